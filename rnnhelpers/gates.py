"""What gates are good for: how much of a state is left, and how soon a task is learned.

Taught in notebook 10.
"""

import numpy as np

from rnnhelpers._validation import check_choice, check_count, check_real
from rnnhelpers.memory_tasks import SOLVED, train_on_adding, updates_until
from rnnhelpers.unrolling import unroll

_LSTM = {"cell": "lstm", "n_hidden": 32, "n_sequences": 50, "learning_rate": 0.02}
SETTINGS = {
    "gru": {"cell": "gru", "n_hidden": 24, "n_sequences": 32, "learning_rate": 0.02},
    "lstm": _LSTM,
    "lstm, forget bias 0": _LSTM | {"forget_bias": 0},
    "lstm, forget bias 4": _LSTM | {"forget_bias": 4},
}
"""With what settings the runs of `ADDING_100` were trained; the forget bias is 1 by default."""

ADDING_100 = {
    "gru": [185, 197, 215, 199, 191, 198, 193, 198, 207, 200],
    "lstm": [538, 659, 497, 834, 856, 850, 656, 920, 604, 866],
    "lstm, forget bias 0": [934, 855, 449, 1026, 915, 598, 977, 741, 1103, 822],
    "lstm, forget bias 4": [1039, 1773, 1280, None, 1869, 1086, 858, None, 957, 938],
}
"""After how many updates each of ten runs, with the seeds 0 to 9, had solved the adding problem of
100 steps: the mean of 50 losses in a row below `rnnhelpers.memory_tasks.SOLVED`; None if it had not
after 2,000. Measured by `measure_adding_100`; on another machine they may differ a little."""


def measure_adding_100(name, seed, *, n_updates=2000):
    """Return after how many updates one run of `ADDING_100` was solved, or None.

    Parameters
    ----------
    name : {"gru", "lstm", "lstm, forget bias 0", "lstm, forget bias 4"}
        Which of the `SETTINGS`.
    seed : int
        The seed.
    n_updates : int, default=2000
        The number of updates, at most.

    Returns
    -------
    int or None
        The number of updates.

    Raises
    ------
    TypeError, ValueError
        If a setting has no meaning.

    Examples
    --------
    >>> measure_adding_100("gru", seed=0, n_updates=5)
    """
    check_choice("name", name, SETTINGS)
    n_updates = check_count("n_updates", n_updates)
    _, history = train_on_adding(
        n_steps=100, n_updates=n_updates, stop_below=SOLVED, rng=seed, **SETTINGS[name]
    )
    return updates_until(history, SOLVED)


def norms_back(cell, x, state_name=None):
    r"""Return how far an early state moves the last one at most, for each distance, for any cell.

    .. math:: \left\lVert \frac{\partial s_T}{\partial s_{T-l}} \right\rVert,
        \quad l = 0, \dots, T

    where s is a part of the state: the hidden state h, or the LSTM's cell state c. The norm is the
    largest singular value. All ways from the early state to the late one count, through the other
    part of the state too; that part itself is held still at the early step.

    Parameters
    ----------
    cell : Cell
        What reads.
    x : array-like of shape (n_sequences, n_steps, n_features)
        The sequences. The initial state is zero.
    state_name : {"h", "c"}, optional
        Which part of the state. By default the cell state if there is one, else the hidden state.

    Returns
    -------
    ndarray of shape (n_sequences, n_steps + 1)
        The norms at the distances 0 to n_steps. At the distance 0 they are 1.

    Raises
    ------
    TypeError, ValueError
        As `rnnhelpers.unrolling.unroll`, or if the cell has no such part of the state, or the
        input is token ids.

    See Also
    --------
    rnnhelpers.jacobians.jacobian_norms : the same for a tanh RNN, by its formula.

    Notes
    -----
    The backward pass turns one row, the gradient of the last state, into the gradient of an early
    one. It does so for each row of the identity, and the rows that come back are the columns of the
    matrix of slopes.

    Examples
    --------
    >>> from rnnhelpers.cells import LSTMCell
    >>> cell = LSTMCell(1, 1, rng=0)
    >>> cell.params.flat = 0  # all gates at one half
    >>> norms_back(cell, np.zeros((1, 4, 1)))
    array([[1.    , 0.5   , 0.25  , 0.125 , 0.0625]])
    """
    x = check_real("x", x)
    if x.ndim != 3:
        raise ValueError(f"x has shape {x.shape}: expected (n_sequences, n_steps, n_features)")
    n_hidden = getattr(cell, "n_hidden", 1)  # a cell that is none is refused by unroll
    run = unroll(cell, np.repeat(x, n_hidden, axis=0))
    names = cell.state_names
    name = names[-1] if state_name is None else state_name
    check_choice("state_name", name, [*names])
    part, rows = names.index(name), np.tile(np.eye(n_hidden, dtype=cell.dtype), (len(x), 1))
    d_state = [np.zeros_like(rows) for _ in names]
    d_state[part] = rows
    norms, back = [_norms(rows, len(x))], cell.slopes(run.tape)
    for t in range(run.n_steps, 0, -1):
        d_state = cell.step_backward(run.tape, back, t, *d_state)
        norms.append(_norms(d_state[part], len(x)))
    return np.stack(norms, axis=-1)


def _norms(rows, n_sequences):
    """Return the largest singular value for each sequence, whose rows stand below each other."""
    return np.linalg.norm(rows.reshape(n_sequences, -1, rows.shape[1]), 2, axis=(1, 2))
