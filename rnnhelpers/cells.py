"""The recurrent cells: one time step, forward and backward (taught in notebooks 03, 05 and 10).

A cell holds parameters and knows one time step. The loop over the time steps is the same for all
cells; it stands in `rnnhelpers.unrolling`.

Everything that a forward pass computes is kept, for the backward pass, on a *tape*. Its arrays have
time as their first axis, so that a step works on one piece of memory: ``h[t]`` is the state after
step t, of shape (N, H), and ``h[0]`` the state before the first one. `rnn_step`, `lstm_step` and
`gru_step` are the equations; the cells are their fast form, which works in place, and the tests
hold the two together. ``h.dot(W)`` stands for ``h @ W``: it is the same product with less ado,
which for one sequence saves half of the time.
"""

from collections.abc import Mapping
from math import prod
from types import SimpleNamespace

import numpy as np

from rnnhelpers._validation import (
    check_choice,
    check_count,
    check_ids,
    check_number,
    check_real,
    check_shape,
)
from rnnhelpers.initialization import as_generator, glorot, recurrent_start, uniform
from rnnhelpers.parameters import Parameters, float_dtype


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

    See Also
    --------
    rnn_step_backward : the same step, backward.
    rnnhelpers.unrolling.unroll : all time steps.

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
    x, h_prev, W_xh, W_hh, b_h = _as_floats(x=x, h_prev=h_prev, W_xh=W_xh, W_hh=W_hh, b_h=b_h)
    _check_step_shapes(x, h_prev, W_xh, W_hh, b_h)
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)


def rnn_step_backward(d_h, x, h_prev, h, W_xh, W_hh):
    r"""Go back through one time step of Elman's recurrent cell.

    From :math:`\partial L/\partial h_t` to the gradients of everything that went into
    :math:`h_t`. The gradient of the pre-activation is in all of them:

    .. math:: d\_a = d\_h \odot (1 - h_t^2)

    Parameters
    ----------
    d_h : array-like of shape (n_sequences, n_hidden)
        Gradient of the loss with respect to the state after this step: what the loss at this step
        says, plus what comes back from the step after (its `d_h_prev`).
    x, h_prev : array-like of shape (n_sequences, n_features) and (n_sequences, n_hidden)
        What the step was given.
    h : array-like of shape (n_sequences, n_hidden)
        What the step returned.
    W_xh, W_hh : array-like of shape (n_features, n_hidden) and (n_hidden, n_hidden)
        Its weights.

    Returns
    -------
    d_x : ndarray of shape (n_sequences, n_features)
        Gradient with respect to the input.
    d_h_prev : ndarray of shape (n_sequences, n_hidden)
        Gradient with respect to the state before: what travels on back through time.
    d_W_xh : ndarray of shape (n_features, n_hidden)
        Share of this step in the gradient of `W_xh`; the gradient is the sum over all steps.
    d_W_hh : ndarray of shape (n_hidden, n_hidden)
        Likewise for `W_hh`.
    d_b_h : ndarray of shape (n_hidden,)
        Likewise for `b_h`.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    Notes
    -----
    Werbos, "Backpropagation through time: what it does and how to do it" (1990).

    Examples
    --------
    >>> x, h_prev, W_xh, W_hh = [[2.0]], [[0.5]], [[0.1]], [[0.4]]
    >>> h = rnn_step(x, h_prev, W_xh, W_hh, b_h=[0.0])
    >>> d_x, d_h_prev, *_ = rnn_step_backward([[1.0]], x, h_prev, h, W_xh, W_hh)
    >>> d_h_prev.round(4)  # (1 - tanh(0.4)^2) * 0.4
    array([[0.3423]])
    """
    d_h, x, h_prev, h, W_xh, W_hh = _as_floats(
        d_h=d_h, x=x, h_prev=h_prev, h=h, W_xh=W_xh, W_hh=W_hh
    )
    _check_step_shapes(x, h_prev, W_xh, W_hh, b_h=np.zeros(h.shape[-1:]))
    for name, array in {"h": h, "d_h": d_h}.items():
        if array.shape != h_prev.shape:
            raise ValueError(
                f"{name} has shape {array.shape}: expected {h_prev.shape}, like h_prev"
            )
    d_a = d_h * (1 - h**2)
    return d_a @ W_xh.T, d_a @ W_hh.T, x.T @ d_a, h_prev.T @ d_a, d_a.sum(axis=0)


def lstm_step(x, h_prev, c_prev, W_xh, W_hh, b_h):
    r"""Take one time step of the LSTM.

    .. math::
        i, f, o &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \quad\text{(each its own columns)} \\
        g &= \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \\
        c_t &= f \odot c_{t-1} + i \odot g \\
        h_t &= o \odot \tanh(c_t)

    Parameters
    ----------
    x : array-like of shape (n_sequences, n_features)
        Current input of each sequence of the batch.
    h_prev, c_prev : array-like of shape (n_sequences, n_hidden)
        Hidden state and cell state before this step.
    W_xh, W_hh, b_h : array-like
        Weights and biases, side by side for i, f, g and o, of the shapes
        (n_features, 4 * n_hidden), (n_hidden, 4 * n_hidden) and (4 * n_hidden,).

    Returns
    -------
    h, c : ndarray of shape (n_sequences, n_hidden)
        Hidden state and cell state after this step.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    See Also
    --------
    LSTMCell : the same for whole sequences, and backward.

    Examples
    --------
    >>> W_xh, W_hh, b_h = np.zeros((1, 4)), np.zeros((1, 4)), [0.0, 10.0, 0.0, 10.0]
    >>> h, c = lstm_step([[1.0]], [[0.0]], [[0.5]], W_xh, W_hh, b_h)
    >>> c.round(4)  # the forget gate is open: what was there stays
    array([[0.5]])
    """
    x, h_prev, c_prev, W_xh, W_hh, b_h = _as_floats(
        x=x, h_prev=h_prev, c_prev=c_prev, W_xh=W_xh, W_hh=W_hh, b_h=b_h
    )
    _check_step_shapes(x, h_prev, W_xh, W_hh, b_h, n_blocks=4)
    check_shape("c_prev", c_prev, h_prev.shape, "the shape of h_prev")
    a_i, a_f, a_g, a_o = np.split(x @ W_xh + h_prev @ W_hh + b_h, 4, axis=1)
    i, f, g, o = _logistic(a_i), _logistic(a_f), np.tanh(a_g), _logistic(a_o)
    c = f * c_prev + i * g
    return o * np.tanh(c), c


def gru_step(x, h_prev, W_xh, W_hh, b_h, b_hn=None):
    r"""Take one time step of the GRU.

    .. math::
        r, z &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \quad\text{(each its own columns)} \\
        n &= \tanh(x_t W_{xh} + b_h + r \odot (h_{t-1} W_{hh} + b_{hn})) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1}

    Parameters
    ----------
    x : array-like of shape (n_sequences, n_features)
        Current input of each sequence of the batch.
    h_prev : array-like of shape (n_sequences, n_hidden)
        State before this step.
    W_xh, W_hh, b_h : array-like
        Weights and biases, side by side for r, z and n, of the shapes
        (n_features, 3 * n_hidden), (n_hidden, 3 * n_hidden) and (3 * n_hidden,).
    b_hn : array-like of shape (n_hidden,), optional
        Bias inside the reset gate's reach. Without it the reset gate is applied before the
        recurrent product, :math:`n = \tanh(x_t W_{xh} + b_h + (r \odot h_{t-1}) W_{hh})`.

    Returns
    -------
    ndarray of shape (n_sequences, n_hidden)
        State after this step.

    Raises
    ------
    ValueError
        If the shapes do not fit together.

    See Also
    --------
    GRUCell, GRUResetBeforeCell : the same for whole sequences, and backward.

    Examples
    --------
    >>> W_xh, W_hh, b_h = np.zeros((1, 3)), np.zeros((1, 3)), [0.0, 10.0, 0.0]
    >>> gru_step([[1.0]], [[0.5]], W_xh, W_hh, b_h, b_hn=[0.0]).round(4)  # z is near 1
    array([[0.5]])
    """
    x, h_prev, W_xh, W_hh, b_h = _as_floats(x=x, h_prev=h_prev, W_xh=W_xh, W_hh=W_hh, b_h=b_h)
    _check_step_shapes(x, h_prev, W_xh, W_hh, b_h, n_blocks=3)
    if b_hn is not None:
        [b_hn] = _as_floats(b_hn=b_hn)
        check_shape("b_hn", b_hn, h_prev.shape[1:], "one number for each hidden unit")
    (x_r, x_z, x_n), (W_r, W_z, W_n) = np.split(x @ W_xh + b_h, 3, 1), np.split(W_hh, 3, 1)
    r, z = _logistic(x_r + h_prev @ W_r), _logistic(x_z + h_prev @ W_z)
    if b_hn is None:
        n = np.tanh(x_n + (r * h_prev) @ W_n)
    else:
        n = np.tanh(x_n + r * (h_prev @ W_n + b_hn))
    return (1 - z) * n + z * h_prev


class Cell:
    """What all cells have in common: parameters, and the input's share of the pre-activations.

    A kind of cell adds its equations, in four methods that the loop over time calls. `tape` makes
    the arrays of a forward pass; `step` fills in time step t. `slopes` computes, for all steps at
    once, what the gradients get multiplied with; `step_backward` takes the gradients of the state
    after step t and returns those of the state before.

    Parameters
    ----------
    n_features : int
        Number of input features D; the number of tokens, if the input is token ids.
    n_hidden : int
        Number of hidden units H.
    rng : numpy.random.Generator or int
        Source of the first weights, or its seed.
    init : {"uniform", "glorot"}, default="uniform"
        Start of `W_xh` and the biases. With "uniform" all are drawn from plus or minus
        1 / sqrt(H); with "glorot" the biases start at zero.
    recurrent_init : {None, "uniform", "glorot", "orthogonal", "identity"}, default=None
        Start of `W_hh`, of each gate's part by itself; by default like `init`.
    dtype : {float64, float32}, default=float64
        float32 trains faster, float64 is for checks.

    Attributes
    ----------
    params : Parameters
        `W_xh` of shape (D, G H), `W_hh` (H, G H) and `b_h` (G H,) for G gates side by side.
    """

    blocks = ("h",)
    """The G blocks of H columns that the parameters are made of: the gates and the candidate."""
    state_names = ("h",)
    """What is carried from step to step."""

    def __init__(
        self, n_features, n_hidden, *, rng, init="uniform", recurrent_init=None, dtype=np.float64
    ):
        check_choice("init", init, ("uniform", "glorot"))
        rng = as_generator(rng)
        shapes = self.shapes(n_features, n_hidden)
        self.params = Parameters(
            {
                name: uniform(rng, shape, n_hidden) if init == "uniform" else np.zeros(shape)
                for name, shape in shapes.items()
            },
            float_dtype(dtype),
        )
        if init == "glorot":
            columns = [glorot(rng, (n_features, n_hidden)) for _ in self.blocks]
            self.params["W_xh"] = np.hstack(columns)
        if recurrent_init is not None or init == "glorot":
            start = init if recurrent_init is None else recurrent_init
            columns = [recurrent_start(start, rng, n_hidden) for _ in self.blocks]
            self.params["W_hh"] = np.hstack(columns)

    @classmethod
    def from_params(cls, params, **options):
        """Make a cell from given parameters, which are copied.

        Parameters
        ----------
        params : mapping of str to array-like
            The arrays by their names.
        **options
            What the cell needs besides, such as ``activation="relu"``.

        Returns
        -------
        Cell
            The cell.

        Raises
        ------
        ValueError
            If an array is missing, or one too many, or the shapes do not fit together.

        Examples
        --------
        >>> cell = RNNCell.from_params({"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]})
        >>> cell.n_features, cell.n_hidden
        (1, 1)
        """
        if not isinstance(params, Mapping):
            raise TypeError(f"params is a {type(params).__name__}: expected arrays by name")
        names = list(cls.shapes(1, 1))
        if not params:
            raise ValueError(f"params is empty: expected the arrays {sorted(names)}")
        params = Parameters({name: check_real(name, array) for name, array in params.items()})
        if sorted(params) != sorted(names):
            raise ValueError(f"params has the arrays {sorted(params)}: expected {sorted(names)}")
        if params["W_xh"].ndim != 2 or params["W_hh"].ndim != 2:
            raise ValueError("W_xh and W_hh: expected matrices, one row for each input or unit")
        n_features, n_hidden = len(params["W_xh"]), len(params["W_hh"])
        for name, shape in cls.shapes(n_features, n_hidden).items():
            if params.shapes[name] != shape:
                raise ValueError(
                    f"{name} has shape {params.shapes[name]}: expected {shape}, since W_xh has "
                    f"{n_features} rows (n_features), W_hh has {n_hidden} (n_hidden), and there "
                    f"are {len(cls.blocks)} blocks side by side"
                )
        cell = cls(n_features, n_hidden, rng=0, dtype=params.dtype, **options)
        for name in names:
            cell.params[name] = params[name]
        return cell

    @classmethod
    def shapes(cls, n_features, n_hidden):
        """Return the shape of each parameter.

        Parameters
        ----------
        n_features, n_hidden : int
            The sizes D and H.

        Returns
        -------
        dict of str to tuple of int
            Shapes by name.

        Examples
        --------
        >>> LSTMCell.shapes(5, 3)
        {'W_xh': (5, 12), 'W_hh': (3, 12), 'b_h': (12,)}
        """
        n_features = check_count("n_features", n_features)
        n_hidden = check_count("n_hidden", n_hidden)
        columns = len(cls.blocks) * n_hidden
        return {"W_xh": (n_features, columns), "W_hh": (n_hidden, columns), "b_h": (columns,)}

    def bind(self, params):
        """Use these parameters from now on, without a copy: windows on a larger flat vector."""
        self.params = params

    @property
    def n_features(self):
        """Number of input features D."""
        return self.params.shapes["W_xh"][0]

    @property
    def n_hidden(self):
        """Number of hidden units H."""
        return self.params.shapes["W_hh"][0]

    @property
    def dtype(self):
        """Type of the parameters."""
        return self.params.dtype

    def __repr__(self):
        """Show the kind and the sizes."""
        return f"{type(self).__name__}(n_features={self.n_features}, n_hidden={self.n_hidden})"

    def _over_time(self, x, width):
        """Return an array for T + 1 moments of N sequences, uninitialised but for the first."""
        array = np.empty((len(x) + 1, x.shape[1], width), self.dtype)
        array[0] = 0
        return array

    def _states(self, x, state):
        """Return an array over time for each state, the initial one filled in."""
        states = [self._over_time(x, self.n_hidden) for _ in self.state_names]
        for array, initial in zip(states, state, strict=True):
            array[0] = initial
        return states

    def _by_block(self, array):
        """Return a window for each block on an array whose last axis has them side by side."""
        n_hidden = self.n_hidden
        return [array[..., k * n_hidden : (k + 1) * n_hidden] for k in range(len(self.blocks))]

    @staticmethod
    def _input_term(x, W_xh, b_h, out):
        """Write x_t W_xh + b_h for all time steps at once into `out[1:]`.

        Of a one-hot vector the product is a row of the matrix: token ids look it up.
        """
        if x.ndim == 2:
            np.take(W_xh + b_h, x, axis=0, out=out[1:], mode="clip")  # the ids have been checked
        else:
            product = rows_of(out[1:])
            np.matmul(rows_of(x), W_xh, out=product)
            product += b_h

    def gradients(self, tape, back, d_params):
        """Write the gradients of all parameters, sums over time and sequences; return d_x.

        The sum over the time steps is one matrix product, over all of them stacked.
        """
        d_a = self._recurrent_gradients(tape, back, d_params)
        if tape.x.ndim == 2:
            sum_by_token(tape.x.ravel(), d_a, out=d_params["W_xh"])
            np.sum(d_params["W_xh"], axis=0, out=d_params["b_h"])  # each step is in one of its rows
            return None
        np.sum(d_a, axis=0, out=d_params["b_h"])
        np.matmul(rows_of(tape.x).T, d_a, out=d_params["W_xh"])
        return (d_a @ self.params["W_xh"].T).reshape(tape.x.shape)

    def _recurrent_gradients(self, tape, back, d_params):
        """Write the gradient of W_hh; return d_a of all time steps, one row a step and sequence."""
        d_a = rows_of(back.d_a[1:])
        np.matmul(rows_of(tape.h[:-1]).T, d_a, out=d_params["W_hh"])
        return d_a


class RNNCell(Cell):
    r"""Elman's cell.

    .. math:: h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)

    Parameters
    ----------
    n_features, n_hidden, rng, init, recurrent_init, dtype
        As in `Cell`.
    activation : {"tanh", "relu"}, default="tanh"
        What the pre-activation goes through.

    See Also
    --------
    rnn_step : the same step as a function of its arrays.

    Notes
    -----
    Elman, "Finding structure in time", Cognitive Science 14 (1990).

    Examples
    --------
    >>> cell = RNNCell(n_features=5, n_hidden=3, rng=np.random.default_rng(0))
    >>> cell.params
    Parameters(W_xh (5, 3), W_hh (3, 3), b_h (3,))
    """

    def __init__(self, n_features, n_hidden, *, activation="tanh", **options):
        self.activation = check_choice("activation", activation, ("tanh", "relu"))
        super().__init__(n_features, n_hidden, **options)

    def tape(self, x, state):
        """Return the arrays of a forward pass, with what does not depend on the states."""
        p = self.params
        [h] = states = self._states(x, state)
        self._input_term(x, p["W_xh"], p["b_h"], out=h)
        return SimpleNamespace(x=x, states=states, h=h, W_hh=p["W_hh"])

    def step(self, tape, t):
        """Take time step t: `h[t]` holds the input term, and becomes the state."""
        a = tape.h[t]
        a += tape.h[t - 1].dot(tape.W_hh)
        if self.activation == "tanh":
            np.tanh(a, out=a)
        else:
            np.maximum(a, 0, out=a)

    def slopes(self, tape):
        """Return what the gradients get multiplied with, for all steps at once."""
        if self.activation == "tanh":
            slope = np.square(tape.h)
            np.subtract(1, slope, out=slope)
        else:
            slope = (tape.h > 0).astype(tape.h.dtype)
        return SimpleNamespace(d_a=slope, W_hh_T=np.ascontiguousarray(tape.W_hh.T))

    def step_backward(self, tape, back, t, d_h):
        """Go back through step t: `d_a[t]` holds the slope, and becomes d_a."""
        d_a = back.d_a[t]
        d_a *= d_h
        return [d_a.dot(back.W_hh_T)]


class LSTMCell(Cell):
    r"""Long short-term memory: gates, and a cell state that is added to.

    .. math::
        i, f, o &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \quad\text{(each its own columns)} \\
        g &= \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \\
        c_t &= f \odot c_{t-1} + i \odot g \\
        h_t &= o \odot \tanh(c_t)

    Backward, from the gradients of :math:`h_t` and :math:`c_t`, with the logistic function's slope
    :math:`i (1 - i)`:

    .. math::
        d\_c &\leftarrow d\_c + d\_h \odot o \odot (1 - \tanh^2 c_t) \\
        d\_a_i &= d\_c \odot g \odot i (1 - i), \quad
        d\_a_f = d\_c \odot c_{t-1} \odot f (1 - f), \\
        d\_a_g &= d\_c \odot i \odot (1 - g^2), \quad
        d\_a_o = d\_h \odot \tanh(c_t) \odot o (1 - o) \\
        d\_h_{prev} &= d\_a\, W_{hh}^\top, \quad d\_c_{prev} = d\_c \odot f

    Parameters
    ----------
    n_features, n_hidden, rng, init, recurrent_init, dtype
        As in `Cell`. The columns are those of the gates i, f, g, o, in this order.
    forget_bias : float or None, default=None
        Start of the forget gate's bias: 1 keeps the gate open at first. None leaves it to `init`.

    Notes
    -----
    Hochreiter and Schmidhuber, "Long short-term memory", Neural Computation 9 (1997); the forget
    gate is of Gers, Schmidhuber and Cummins (2000), its bias of 1 recommended by Jozefowicz,
    Zaremba and Sutskever (2015).

    Examples
    --------
    >>> cell = LSTMCell(n_features=5, n_hidden=3, rng=np.random.default_rng(0), forget_bias=1)
    >>> cell.params["b_h"][3:6]
    array([1., 1., 1.])
    """

    blocks = ("i", "f", "g", "o")
    state_names = ("h", "c")

    def __init__(self, n_features, n_hidden, *, forget_bias=None, **options):
        super().__init__(n_features, n_hidden, **options)
        if forget_bias is not None:
            of_gate = slice(n_hidden, 2 * n_hidden)
            self.params["b_h"][of_gate] = check_number("forget_bias", forget_bias)

    def tape(self, x, state):
        """Return the arrays of a forward pass, with what does not depend on the states.

        The logistic function is a tanh of half the size, sigma(a) = (1 + tanh(a / 2)) / 2. So with
        the columns of i, f and o halved, one tanh serves all four gates.
        """
        p, n_hidden = self.params, self.n_hidden
        h, c = states = self._states(x, state)
        gates, tanh_c = self._over_time(x, 4 * n_hidden), self._over_time(x, n_hidden)
        half = np.repeat(np.array([0.5, 0.5, 1.0, 0.5], self.dtype), n_hidden)
        self._input_term(x, p["W_xh"] * half, p["b_h"] * half, out=gates)
        i, f, g, o = self._by_block(gates)
        return SimpleNamespace(
            x=x, states=states, h=h, c=c, tanh_c=tanh_c, gates=gates, i=i, f=f, g=g, o=o,
            W_hh=p["W_hh"] * half, half=half, rest=1 - half, product=np.empty_like(gates[0]),
        )  # fmt: skip

    def step(self, tape, t):
        """Take time step t: `gates[t]` holds the input term, and becomes the gates."""
        h, c, tanh_c, gates = tape.h[t], tape.c[t], tape.tanh_c[t], tape.gates[t]
        gates += tape.h[t - 1].dot(tape.W_hh, out=tape.product)
        np.tanh(gates, out=gates)
        gates *= tape.half  # i, f, o: (1 + tanh(a / 2)) / 2; g: tanh(a)
        gates += tape.rest
        np.multiply(tape.f[t], tape.c[t - 1], out=c)
        c += tape.i[t] * tape.g[t]
        np.tanh(c, out=tanh_c)
        np.multiply(tape.o[t], tanh_c, out=h)

    def slopes(self, tape):
        """Return what the gradients get multiplied with, for all steps at once."""
        slope, h_to_c = np.empty_like(tape.gates), np.empty_like(tape.c)
        slope_i, slope_f, slope_g, slope_o = self._by_block(slope)
        for t in _in_cache(tape.gates):
            i, f, g, o, tanh_c = tape.i[t], tape.f[t], tape.g[t], tape.o[t], tape.tanh_c[t]
            slope_i[t] = g * i * (1 - i)
            slope_f[t] = tape.c[_one_before(t)] * f * (1 - f)
            slope_g[t] = i * (1 - g * g)
            slope_o[t] = tanh_c * o * (1 - o)
            h_to_c[t] = o * (1 - tanh_c * tanh_c)
        blocks = slope.reshape(*slope.shape[:2], 4, -1)
        return SimpleNamespace(
            d_a=slope, through_c=blocks[:, :, :3], through_o=slope_o, h_to_c=h_to_c,
            W_hh_T=np.ascontiguousarray(self.params["W_hh"].T),
        )  # fmt: skip

    def step_backward(self, tape, back, t, d_h, d_c):
        """Go back through step t: `d_a[t]` holds the slopes, and becomes d_a."""
        d_c = d_c + d_h * back.h_to_c[t]
        through_c = back.through_c[t]
        through_c *= d_c[:, None]  # i, f and g act on the cell state, o on the hidden state
        through_o = back.through_o[t]
        through_o *= d_h
        return [back.d_a[t].dot(back.W_hh_T), d_c * tape.f[t]]


class GRUCell(Cell):
    r"""Gated recurrent unit, with the reset gate applied after the recurrent product.

    .. math::
        r, z &= \sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h) \quad\text{(each its own columns)} \\
        n &= \tanh(x_t W_{xh} + b_h + r \odot (h_{t-1} W_{hh} + b_{hn})) \\
        h_t &= (1 - z) \odot n + z \odot h_{t-1}

    This is what PyTorch and cuDNN compute. `GRUResetBeforeCell` is the other form, of the paper.

    Backward, with :math:`q = h_{t-1} W_{hn} + b_{hn}`, what the reset gate multiplies:

    .. math::
        d\_a_z &= d\_h \odot (h_{t-1} - n) \odot z (1 - z), \quad
        d\_a_n = d\_h \odot (1 - z) \odot (1 - n^2) \\
        d\_q &= d\_a_n \odot r, \quad d\_a_r = d\_a_n \odot q \odot r (1 - r) \\
        d\_h_{prev} &= d\_a_{r,z} W_{rz}^\top + d\_q\, W_{hn}^\top + d\_h \odot z

    Parameters
    ----------
    n_features, n_hidden, rng, init, recurrent_init, dtype
        As in `Cell`. The columns are those of the reset gate r, the update gate z and the
        candidate n, in this order; `b_hn` of shape (H,) is the bias inside the reset gate's reach.
    update_bias : float or None, default=None
        Start of the update gate's bias: 1 makes the unit keep most of its state at first. None
        leaves it to `init`.

    Notes
    -----
    Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
    translation" (2014); the form with the reset gate after the product is of Appleyard, Kocisky
    and Blunsom, "Optimizing performance of recurrent neural networks on GPUs" (2016).

    Examples
    --------
    >>> GRUCell(n_features=5, n_hidden=3, rng=np.random.default_rng(0)).params
    Parameters(W_xh (5, 9), W_hh (3, 9), b_h (9,), b_hn (3,))
    """

    blocks = ("r", "z", "n")

    def __init__(self, n_features, n_hidden, *, update_bias=None, **options):
        super().__init__(n_features, n_hidden, **options)
        if update_bias is not None:
            of_gate = slice(n_hidden, 2 * n_hidden)
            self.params["b_h"][of_gate] = check_number("update_bias", update_bias)

    @classmethod
    def shapes(cls, n_features, n_hidden):
        """Return the shape of each parameter, as in `Cell`, and of `b_hn`."""
        return {**super().shapes(n_features, n_hidden), "b_hn": (int(n_hidden),)}

    def tape(self, x, state):
        """Return the arrays of a forward pass, with what does not depend on the states."""
        p, n_hidden = self.params, self.n_hidden
        [h] = states = self._states(x, state)
        gates, q = self._over_time(x, 3 * n_hidden), self._over_time(x, n_hidden)
        half = np.repeat(np.array([0.5, 0.5, 1.0], self.dtype), n_hidden)  # as in the LSTM
        self._input_term(x, p["W_xh"] * half, p["b_h"] * half, out=gates)
        r, z, n = self._by_block(gates)
        return SimpleNamespace(
            x=x, states=states, h=h, gates=gates, rz=gates[..., : 2 * n_hidden], r=r, z=z, n=n,
            q=q, W_hh=p["W_hh"] * half, b_hn=p.get("b_hn"), product=np.empty_like(gates[0]),
        )  # fmt: skip

    def step(self, tape, t):
        """Take time step t: `gates[t]` holds the input term, and becomes the gates."""
        h_prev, rz, n, q = tape.h[t - 1], tape.rz[t], tape.n[t], tape.q[t]
        product = h_prev.dot(tape.W_hh, out=tape.product)
        rz += product[:, : 2 * self.n_hidden]
        _logistic_of_halves(rz)
        np.add(product[:, 2 * self.n_hidden :], tape.b_hn, out=q)
        n += tape.r[t] * q
        np.tanh(n, out=n)
        self._mix(tape, t)

    def _rz_and_n(self, W):
        """Return the columns of the two gates, and those of the candidate."""
        return W[:, : 2 * self.n_hidden], W[:, 2 * self.n_hidden :]

    @staticmethod
    def _mix(tape, t):
        """Write the new state, (1 - z) n + z h_prev."""
        h = np.subtract(tape.h[t - 1], tape.n[t], out=tape.h[t])
        h *= tape.z[t]
        h += tape.n[t]

    def slopes(self, tape):
        """Return what the gradients get multiplied with, for all steps at once."""
        slope = np.empty_like(tape.gates)
        slope_r, slope_z, slope_n = self._by_block(slope)
        for t in _in_cache(tape.gates):
            r, z, n, h_prev = tape.r[t], tape.z[t], tape.n[t], tape.h[_one_before(t)]
            slope_r[t] = tape.q[t] * (1 - r)  # times d_q, in which r is already
            slope_z[t] = (h_prev - n) * z * (1 - z)
            slope_n[t] = (1 - z) * (1 - n * n)
        return self._back(slope, d_q=np.empty_like(tape.q))

    def _back(self, slope, d_q=None):
        """Return the arrays of a backward pass; `d_a` holds the slopes at first."""
        W_rz, W_n = self._rz_and_n(self.params["W_hh"])
        d_r, d_z, d_n = self._by_block(slope)
        return SimpleNamespace(
            d_a=slope, d_rz=slope[..., : 2 * self.n_hidden], d_r=d_r, d_z=d_z, d_n=d_n, d_q=d_q,
            W_rz_T=np.ascontiguousarray(W_rz.T), W_n_T=np.ascontiguousarray(W_n.T),
        )  # fmt: skip

    def step_backward(self, tape, back, t, d_h):
        """Go back through step t: `d_a[t]` holds the slopes, and becomes d_a."""
        d_r, d_z, d_n = back.d_r[t], back.d_z[t], back.d_n[t]
        d_z *= d_h
        d_n *= d_h
        d_q = np.multiply(d_n, tape.r[t], out=back.d_q[t])
        d_r *= d_q
        d_h_prev = back.d_rz[t].dot(back.W_rz_T)
        d_h_prev += d_q.dot(back.W_n_T)
        d_h_prev += d_h * tape.z[t]
        return [d_h_prev]

    def _recurrent_gradients(self, tape, back, d_params):
        """Write the gradients of W_hh and b_hn; return d_a of all time steps."""
        h_prev, d_q = rows_of(tape.h[:-1]), rows_of(back.d_q[1:])
        d_W_rz, d_W_n = self._rz_and_n(d_params["W_hh"])
        np.matmul(h_prev.T, rows_of(back.d_rz[1:]), out=d_W_rz)
        np.matmul(h_prev.T, d_q, out=d_W_n)
        np.sum(d_q, axis=0, out=d_params["b_hn"])
        return rows_of(back.d_a[1:])


class GRUResetBeforeCell(GRUCell):
    r"""Gated recurrent unit with the reset gate applied before the recurrent product.

    .. math:: n = \tanh(x_t W_{xh} + (r \odot h_{t-1}) W_{hh} + b_h)

    All else is as in `GRUCell`. There is no `b_hn`, and no fused recurrent product: the candidate
    has to wait for the reset gate. Backward, q is :math:`r \odot h_{t-1}`, what the gate lets
    through:

    .. math::
        d\_q = d\_a_n W_{hn}^\top, \quad d\_a_r = d\_q \odot h_{t-1} \odot r (1 - r), \quad
        d\_h_{prev} = d\_a_{r,z} W_{rz}^\top + d\_q \odot r + d\_h \odot z

    Parameters
    ----------
    n_features, n_hidden, update_bias, rng, init, recurrent_init, dtype
        As in `GRUCell`.

    Notes
    -----
    The form of Cho et al. (2014). Some texts write 1 - z where this one has z.

    Examples
    --------
    >>> GRUResetBeforeCell(n_features=5, n_hidden=3, rng=np.random.default_rng(0)).params
    Parameters(W_xh (5, 9), W_hh (3, 9), b_h (9,))
    """

    @classmethod
    def shapes(cls, n_features, n_hidden):
        """Return the shape of each parameter, as in `Cell`."""
        return super(GRUCell, cls).shapes(n_features, n_hidden)

    def tape(self, x, state):
        """Return the arrays of a forward pass; here q is what the reset gate lets through."""
        tape = super().tape(x, state)
        tape.W_rz, tape.W_n = map(np.ascontiguousarray, self._rz_and_n(tape.W_hh))
        return tape

    def step(self, tape, t):
        """Take time step t: `gates[t]` holds the input term, and becomes the gates."""
        h_prev, rz, n = tape.h[t - 1], tape.rz[t], tape.n[t]
        rz += h_prev.dot(tape.W_rz)
        _logistic_of_halves(rz)
        q = np.multiply(tape.r[t], h_prev, out=tape.q[t])
        n += q.dot(tape.W_n)
        np.tanh(n, out=n)
        self._mix(tape, t)

    def slopes(self, tape):
        """Return what the gradients get multiplied with, for all steps at once."""
        slope = np.empty_like(tape.gates)
        slope_r, slope_z, slope_n = self._by_block(slope)
        for t in _in_cache(tape.gates):
            r, z, n, h_prev = tape.r[t], tape.z[t], tape.n[t], tape.h[_one_before(t)]
            slope_r[t] = h_prev * r * (1 - r)
            slope_z[t] = (h_prev - n) * z * (1 - z)
            slope_n[t] = (1 - z) * (1 - n * n)
        return self._back(slope)

    def step_backward(self, tape, back, t, d_h):
        """Go back through step t: `d_a[t]` holds the slopes, and becomes d_a."""
        d_r, d_z, d_n = back.d_r[t], back.d_z[t], back.d_n[t]
        d_z *= d_h
        d_n *= d_h
        d_q = d_n.dot(back.W_n_T)
        d_r *= d_q
        d_h_prev = back.d_rz[t].dot(back.W_rz_T)
        d_h_prev += d_q * tape.r[t]
        d_h_prev += d_h * tape.z[t]
        return [d_h_prev]

    def _recurrent_gradients(self, tape, back, d_params):
        """Write the gradient of W_hh; return d_a of all time steps."""
        d_W_rz, d_W_n = self._rz_and_n(d_params["W_hh"])
        np.matmul(rows_of(tape.h[:-1]).T, rows_of(back.d_rz[1:]), out=d_W_rz)
        np.matmul(rows_of(tape.q[1:]).T, rows_of(back.d_n[1:]), out=d_W_n)
        return rows_of(back.d_a[1:])


def sum_by_token(ids, rows, out):
    """Add up the rows that belong to the same token: the backward pass of a look-up.

    This is one_hot(ids).T @ rows, with the zeros left out.

    Parameters
    ----------
    ids : ndarray of int, shape (n_rows,)
        The token of each row.
    rows : ndarray of shape (n_rows, n_columns)
        The rows.
    out : ndarray of shape (n_tokens, n_columns)
        Where to write the sums; zeros for tokens that do not occur.

    Returns
    -------
    ndarray of shape (n_tokens, n_columns)
        The array `out`.

    Raises
    ------
    ValueError
        If an id is no token.

    Examples
    --------
    >>> sum_by_token(np.array([2, 0, 2]), np.array([[1.0], [10.0], [100.0]]), out=np.empty((3, 1)))
    array([[ 10.],
           [  0.],
           [101.]])
    """
    check_ids("ids", ids, len(out))
    if len(ids) * out.size <= 2_000_000:  # a small product, and soon done
        one_hot = np.zeros((len(ids), len(out)), rows.dtype)
        one_hot[np.arange(len(ids)), ids] = 1
        return np.matmul(one_hot.T, rows, out=out)
    from scipy.sparse import csr_array  # a third of a second, so only when needed

    one_hot = csr_array(
        (np.ones(len(ids), rows.dtype), ids, np.arange(len(ids) + 1)), shape=(len(ids), len(out))
    )
    out[...] = one_hot.T @ rows
    return out


CELLS = {"rnn": RNNCell, "lstm": LSTMCell, "gru": GRUCell, "gru_reset_before": GRUResetBeforeCell}
"""The cells by name."""


def rows_of(array):
    """Return all axes but the last as one: (T, N, H) to (T N, H)."""
    return array.reshape(prod(array.shape[:-1]), array.shape[-1])


def _in_cache(gates):
    """Cut the time steps from 1 to T into slices, short enough for the processor's cache."""
    n_steps = max(1, 100_000 // gates[0].size)
    for start in range(1, len(gates), n_steps):
        yield slice(start, min(start + n_steps, len(gates)))


def _one_before(t):
    """Return the slice of the time steps that come one before these."""
    return slice(t.start - 1, t.stop - 1)


def _logistic(a):
    """Return 1 / (1 + exp(-a)), without overflow."""
    return 0.5 * (1 + np.tanh(0.5 * a))


def _logistic_of_halves(half_a):
    """Turn a / 2 into sigma(a), in place."""
    np.tanh(half_a, out=half_a)
    half_a += 1
    half_a *= 0.5


def _as_floats(**arrays):
    """Return the arrays as float32 if all of them are, and else as float64; all finite."""
    arrays = {name: check_real(name, array) for name, array in arrays.items()}
    for name, array in arrays.items():
        if array.dtype.kind == "b":
            raise TypeError(f"{name} holds True and False: expected numbers")
    all_single = all(array.dtype == np.float32 for array in arrays.values())
    return [array.astype(np.float32 if all_single else np.float64) for array in arrays.values()]


def _check_step_shapes(x, h_prev, W_xh, W_hh, b_h, n_blocks=1):
    """Raise a ValueError that names the first array whose shape does not fit, and why."""
    if x.ndim != 2:
        hint = {
            1: "for one sequence use x[None]",
            3: "these are whole sequences; one time step of them is x[:, t]",
        }.get(x.ndim, "each row is the input of one sequence")
        raise ValueError(f"x has shape {x.shape}: expected (n_sequences, n_features); {hint}")
    (n_sequences, n_features), n_columns = x.shape, b_h.shape[-1] if b_h.ndim else 0
    n_hidden = n_columns // n_blocks
    side_by_side = f", {n_blocks} blocks of n_hidden" if n_blocks > 1 else ""
    expected = {
        "b_h": (b_h, (n_blocks * n_hidden,), "one bias for each hidden unit" + side_by_side),
        "W_xh": (
            W_xh,
            (n_features, n_columns),
            "x has n_features columns, b_h has n_hidden" + side_by_side,
        ),
        "W_hh": (W_hh, (n_hidden, n_columns), "b_h has n_hidden numbers" + side_by_side),
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
