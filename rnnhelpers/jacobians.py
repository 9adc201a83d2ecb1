"""How much an early state moves a late one (taught in notebook 09)."""

import numpy as np

from rnnhelpers._validation import check_real


def step_jacobian(h, W_hh):
    r"""Return how the state before a step moves the state after it, in a tanh RNN.

    .. math::
        \frac{\partial h_t}{\partial h_{t-1}} = W_{hh} \, \operatorname{diag}(1 - h_t^2)

    Row i says how all units move if unit i of the state before moves, as everywhere in the course,
    where a state is a row: a small change :math:`\delta` of the state before becomes the change
    :math:`\delta \, \partial h_t / \partial h_{t-1}` of the state after.

    Parameters
    ----------
    h : array-like of shape (..., n_hidden)
        The states *after* the steps.
    W_hh : array-like of shape (n_hidden, n_hidden)
        The recurrent weights.

    Returns
    -------
    ndarray of shape (..., n_hidden, n_hidden)
        One matrix for each state.

    Raises
    ------
    TypeError
        If one of them does not hold real numbers.
    ValueError
        If a shape does not fit, a state is not between -1 and 1, or there is a NaN.

    Notes
    -----
    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013),
    equation 5, with rows in place of columns.

    Examples
    --------
    >>> step_jacobian([0.0, 0.6], [[0.5, -1.0], [2.0, 0.0]])
    array([[ 0.5 , -0.64],
           [ 2.  ,  0.  ]])
    """
    h, W_hh = _check(h, W_hh)
    return W_hh * (1 - h**2)[..., None, :]


def jacobian_product(h, W_hh):
    r"""Return how the state before some steps moves the state after the last of them.

    .. math::
        \frac{\partial h_T}{\partial h_0} = \frac{\partial h_1}{\partial h_0} \,
            \frac{\partial h_2}{\partial h_1} \cdots \frac{\partial h_T}{\partial h_{T-1}}

    Parameters
    ----------
    h : array-like of shape (..., n_steps, n_hidden)
        The states after each step, of one sequence or a batch, as `run.h` of
        `rnnhelpers.unrolling.unroll`. Without any step the product is the identity.
    W_hh : array-like of shape (n_hidden, n_hidden)
        The recurrent weights.

    Returns
    -------
    ndarray of shape (..., n_hidden, n_hidden)
        One product for each sequence.

    Raises
    ------
    TypeError, ValueError
        As `step_jacobian`.

    Examples
    --------
    >>> jacobian_product([[0.0], [0.6]], [[0.5]])  # 0.5 * 1, and 0.5 * 0.64
    array([[0.16]])
    """
    h, W_hh = _check(h, W_hh, n_axes=2)
    product = np.broadcast_to(np.eye(len(W_hh)), (*h.shape[:-2], *W_hh.shape)).copy()
    for t in range(h.shape[-2]):
        product = product @ step_jacobian(h[..., t, :], W_hh)
    return product


def jacobian_norms(h, W_hh):
    r"""Return how much an arrow is stretched at most between an earlier state and the last one.

    That is the norm of :math:`\partial h_T / \partial h_{T-l}` for each distance l: its largest
    singular value.

    Parameters
    ----------
    h, W_hh
        As in `jacobian_product`.

    Returns
    -------
    ndarray of shape (..., n_steps + 1)
        The norm at the distances 0 to n_steps. At the distance 0 it is 1.

    Raises
    ------
    TypeError, ValueError
        As `step_jacobian`.

    Examples
    --------
    >>> jacobian_norms(np.zeros((3, 2)), [[0.0, 2.0], [0.0, 0.0]])  # once 2, and then nothing
    array([1., 2., 0., 0.])
    """
    h, W_hh = _check(h, W_hh, n_axes=2)
    product = np.eye(len(W_hh))
    norms = [np.ones(h.shape[:-2])]
    for t in reversed(range(h.shape[-2])):
        product = step_jacobian(h[..., t, :], W_hh) @ product
        norms.append(np.linalg.norm(product, 2, axis=(-2, -1)))
    return np.stack(norms, axis=-1)


def _check(h, W_hh, n_axes=1):
    """Return both as arrays of real numbers, if they belong together."""
    W_hh = check_real("W_hh", W_hh, np.float64)
    if W_hh.ndim != 2 or W_hh.shape[0] != W_hh.shape[1]:
        raise ValueError(f"W_hh has shape {W_hh.shape}: expected (n_hidden, n_hidden)")
    h = check_real("h", h, np.float64)
    if h.ndim < n_axes:
        raise ValueError(
            f"h has shape {h.shape}: expected (..., n_steps, n_hidden), the states after each step"
        )
    if h.shape[-1] != len(W_hh):
        raise ValueError(
            f"h has {h.shape[-1]} units: expected {len(W_hh)}, one for each row of W_hh"
        )
    if h.size and abs(h).max() > 1:
        raise ValueError(
            f"h has the number {h.flat[abs(h).argmax()]:.3g}: expected states of a tanh cell, "
            "between -1 and 1; were pre-activations handed in?"
        )
    return h, W_hh
