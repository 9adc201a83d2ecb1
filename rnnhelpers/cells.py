"""One time step of a recurrent network (taught in notebook 03)."""

import numpy as np


def rnn_step(x, h_prev, W_xh, W_hh, b_h):
    r"""Take one time step of Elman's recurrent cell.

    .. math:: h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)

    Parameters
    ----------
    x : array-like of shape (n_sequences, n_features)
        Current input of each sequence of the batch.
    h_prev : array-like of shape (n_sequences, n_hidden)
        State before this step; zeros before the first one.
    W_xh : array-like of shape (n_features, n_hidden)
        Weights from the input to the hidden units.
    W_hh : array-like of shape (n_hidden, n_hidden)
        Weights from the previous state to the hidden units.
    b_h : array-like of shape (n_hidden,)
        Bias of the hidden units.

    Returns
    -------
    ndarray of shape (n_sequences, n_hidden)
        State after this step, each number between -1 and 1.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Notes
    -----
    After Elman, "Finding structure in time", Cognitive Science 14 (1990), with tanh in the place
    of the logistic function.

    Examples
    --------
    >>> x, h_prev = [[1.0, 0.0, 0.0]], [[0.0, 0.0]]
    >>> W_xh = [[0.5, -1.0], [1.0, 0.0], [0.0, 1.0]]
    >>> rnn_step(x, h_prev, W_xh, W_hh=[[0.8, 0.0], [0.0, 0.8]], b_h=[0.0, 0.0]).round(4)
    array([[ 0.4621, -0.7616]])
    """
    x, h_prev, W_xh, W_hh, b_h = map(np.asarray, (x, h_prev, W_xh, W_hh, b_h))
    _check_step_shapes(x, h_prev, W_xh, W_hh, b_h)
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)


def _check_step_shapes(x, h_prev, W_xh, W_hh, b_h):
    """Raise a ValueError that names the first array whose shape does not fit, and why."""
    if x.ndim != 2:
        hint = {
            1: "for one sequence use x[None]",
            3: "these are whole sequences; one time step of them is x[:, t]",
        }.get(x.ndim, "each row is the input of one sequence")
        raise ValueError(f"x has shape {x.shape}: expected (n_sequences, n_features); {hint}")
    (n_sequences, n_features), n_hidden = x.shape, b_h.shape[-1] if b_h.ndim else 0
    expected = {
        "b_h": (b_h, (n_hidden,), "one bias for each hidden unit"),
        "W_xh": (W_xh, (n_features, n_hidden), "x has n_features columns, b_h has n_hidden"),
        "W_hh": (W_hh, (n_hidden, n_hidden), "b_h has n_hidden numbers"),
        "h_prev": (h_prev, (n_sequences, n_hidden), "one state for each row of x"),
    }
    for name, (array, shape, reason) in expected.items():
        if array.shape == shape:
            continue
        if array.shape == shape[::-1]:
            hint = f"it looks transposed: use {name}.T"
        elif name == "h_prev" and array.shape == shape[1:]:
            hint = "for one sequence use h_prev[None]"
        else:
            hint = reason
        raise ValueError(f"{name} has shape {array.shape}: expected {shape}; {hint}")
