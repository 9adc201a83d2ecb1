"""The loop over time, forward and backward (taught in notebooks 04 and 05).

`unroll` reads a batch of sequences with any cell and keeps all states; `bptt` goes back through
the same steps and returns the gradients of everything that went in.
"""

from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import (
    check_count,
    check_mask,
    check_out,
    check_real,
    check_sequences,
    check_shape,
    check_state,
)
from rnnhelpers.cells import Cell
from rnnhelpers.parameters import Parameters


def unroll(cell, x, state=None, *, lengths=None, mask=None):
    r"""Read sequences, one time step after the other, with the same parameters at every step.

    Parameters
    ----------
    cell : Cell
        What computes one step.
    x : array-like of shape (n_sequences, n_steps, n_features), or of int (n_sequences, n_steps)
        The input. Token ids stand for one-hot vectors, which are never written out.
    state : array-like of shape (n_sequences, n_hidden), or a tuple of two for the LSTM, optional
        State before the first step: h0, or (h0, c0). Zeros if not given.
    lengths : array-like of int, shape (n_sequences,), optional
        How many steps of each sequence are real; the others, at the end, are padding.
    mask : array-like of bool, shape (n_sequences, n_steps), optional
        Instead of `lengths`, where padding is not only at the end: True for the real steps. At a
        padded step the state is carried on as it is, and the input contributes nothing.

    Returns
    -------
    Unrolled
        All states (`h`, for the LSTM also `c`), the `gates`, the `final_state`, and what `bptt`
        needs.

    Raises
    ------
    TypeError
        If an input does not hold numbers of the right kind.
    ValueError
        If shapes do not fit, an id is no token, a length is impossible, or there is a NaN.

    Examples
    --------
    >>> from rnnhelpers.cells import RNNCell
    >>> cell = RNNCell.from_params({"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]})
    >>> run = unroll(cell, [[[1.0], [0.0], [0.0]]])
    >>> run.h.round(4)  # each state is the tanh of half the one before
    array([[[0.7616],
            [0.3634],
            [0.1797]]])
    """
    _check_cell(cell)
    x = check_sequences(x, cell.n_features, cell.dtype)
    mask = check_mask(lengths, mask, *x.shape[:2])
    state = check_state(state, cell.state_names, len(x), cell.n_hidden, cell.dtype)
    return forward_through_time(cell, x, state, mask)


def forward_through_time(cell, x, state, mask):
    """Read sequences, all arguments checked: the loop itself."""
    tape = cell.tape(_time_first(x, cell.dtype), state)
    padded = _padded_steps(mask)
    for t in range(1, x.shape[1] + 1):
        cell.step(tape, t)
        if t in padded:  # the state is carried on
            for array in tape.states:
                np.copyto(array[t], array[t - 1], where=padded[t])
    return Unrolled(cell, tape, padded)


def bptt(run, d_h=None, d_final=None, *, truncate=None, out=None):
    r"""Go back through all time steps: backpropagation through time.

    The state after step t has two ways to the loss: what the loss says of it directly, `d_h` of
    this step, and through the steps that follow, what came back from step t + 1. Their sum goes
    back through the cell.

    Parameters
    ----------
    run : Unrolled
        What `unroll` returned.
    d_h : array-like of shape (n_sequences, n_steps, n_hidden), optional
        Gradient of the loss with respect to the state after each step, where the loss looks at
        the states; zeros where it does not.
    d_final : array-like of shape (n_sequences, n_hidden), or a tuple of two for the LSTM, optional
        Gradient with respect to `run.final_state`, if the loss looks at that; added to `d_h`.
    truncate : int, optional
        Truncated BPTT: cut the sequence into pieces of this many steps, and let no gradient pass
        from one to the one before. The states are what they were.
    out : Parameters, optional
        Where to write the gradients of the parameters.

    Returns
    -------
    Gradients
        `d_params`, `d_x` (None if the input was token ids), and `d_state`, of the initial state.
        The parameters must be those that `unroll` used: update them afterwards.

    Raises
    ------
    TypeError
        If a gradient does not hold real numbers.
    ValueError
        If a shape does not fit, both gradients are missing, or there is a NaN.

    Notes
    -----
    Werbos, "Backpropagation through time: what it does and how to do it" (1990).

    Examples
    --------
    >>> from rnnhelpers.cells import RNNCell
    >>> cell = RNNCell.from_params({"W_xh": [[1.0]], "W_hh": [[0.5]], "b_h": [0.0]})
    >>> run = unroll(cell, [[[1.0], [0.0], [0.0]]])
    >>> d_params, d_x, d_state = bptt(run, d_final=[[1.0]])  # the loss is the last state
    >>> d_x.round(4)  # the further back, the less it matters
    array([[[0.0882],
            [0.42  ],
            [0.9677]]])
    """
    if not isinstance(run, Unrolled):
        raise TypeError(f"run is a {type(run).__name__}: expected what unroll returned")
    if truncate is not None:
        check_count("truncate", truncate)
    return backward_through_time(run, *_check_gradients(run, d_h, d_final), truncate, out)


def backward_through_time(run, d_h, d_state, truncate=None, out=None):
    """Go back, all arguments checked: `d_h` has time first, `d_state` is a list of new arrays."""
    cell, tape, padded = run.cell, run.tape, run.padded
    d_params = check_out(out, cell.params)
    back = cell.slopes(tape)
    for t, rows in padded.items():  # a padded step contributes nothing
        back.d_a[t][rows[:, 0]] = 0
    for t in range(run.n_steps, 0, -1):
        d_state[0] += d_h[t - 1]  # d_h has no h_0, so the step is one less
        d_prev = cell.step_backward(tape, back, t, *d_state)
        if t in padded:  # and hands the gradient of the state on
            for before, after in zip(d_prev, d_state, strict=True):
                np.copyto(before, after, where=padded[t])
        if truncate and t > 1 and (t - 1) % truncate == 0:
            d_prev = [np.zeros_like(part) for part in d_prev]
        d_state = d_prev
    d_x = cell.gradients(tape, back, d_params)
    return Gradients(d_params, None if d_x is None else d_x.swapaxes(0, 1), _one_or_all(d_state))


class Unrolled:
    """What reading a batch leaves behind: every state, and what the backward pass needs.

    Attributes
    ----------
    cell : Cell
        The cell that read.
    n_sequences, n_steps : int
        N and T.
    """

    def __init__(self, cell, tape, padded):
        self.cell, self.tape, self.padded = cell, tape, padded
        self.n_steps, self.n_sequences = len(tape.h) - 1, tape.h.shape[1]

    @property
    def h(self):
        """All hidden states, h_1 to h_T, of shape (n_sequences, n_steps, n_hidden); read-only."""
        return _batch_first(self.tape.h[1:])

    @property
    def c(self):
        """The cell states of an LSTM, like `h`."""
        if "c" not in self.cell.state_names:
            raise AttributeError(
                f"{type(self.cell).__name__} has no cell state: only the LSTM has; "
                "what it carries is h"
            )
        return _batch_first(self.tape.c[1:])

    @property
    def gates(self):
        """The gates, and the candidate, by their letters, each like `h`; empty for Elman's cell.

        At padded steps they show what the cell would have done; it had no effect.
        """
        names = self.cell.blocks if len(self.cell.blocks) > 1 else ()
        return {name: _batch_first(getattr(self.tape, name)[1:]) for name in names}

    @property
    def final_state(self):
        """The state after the last step, to go on from: of shape (N, H), or (h, c) for the LSTM."""
        return _one_or_all([array[-1].copy() for array in self.tape.states])


class Gradients(NamedTuple):
    """What `bptt` returns."""

    d_params: Parameters
    """Gradient of each parameter of the cell."""
    d_x: np.ndarray | None
    """Gradient of the input, (N, T, D); None for token ids."""
    d_state: np.ndarray | tuple
    """Gradient of the initial state, in the form of the state."""


def unroll_in_pieces(cell, x, n_steps, state=None, *, lengths=None, mask=None):
    """Read long sequences piece by piece: the state is carried on, and detached.

    With `bptt` on each piece this is truncated backpropagation through time, and the memory it
    takes is that of one piece, however long the sequences are.

    Parameters
    ----------
    cell, x, state, lengths, mask
        As in `unroll`.
    n_steps : int
        Number of time steps in a piece; the last one may be shorter.

    Yields
    ------
    steps : slice
        Which time steps of `x` the piece is.
    run : Unrolled
        What `unroll` returns for it.

    Examples
    --------
    >>> from rnnhelpers.cells import RNNCell
    >>> cell = RNNCell(3, 2, rng=0)
    >>> for steps, run in unroll_in_pieces(cell, np.zeros((1, 5, 3)), n_steps=2):
    ...     print(steps.start, steps.stop, run.h.shape)
    0 2 (1, 2, 2)
    2 4 (1, 2, 2)
    4 5 (1, 1, 2)
    """
    _check_cell(cell)
    n_steps = check_count("n_steps", n_steps)
    x = check_sequences(x, cell.n_features, cell.dtype)
    mask = check_mask(lengths, mask, *x.shape[:2])
    state = check_state(state, cell.state_names, len(x), cell.n_hidden, cell.dtype)
    return _pieces(cell, x, n_steps, state, mask)


def _pieces(cell, x, n_steps, state, mask):
    """Read piece after piece, all arguments checked."""
    for start in range(0, x.shape[1], n_steps):
        steps = slice(start, min(start + n_steps, x.shape[1]))
        run = _read_piece(cell, x, steps, state, mask)
        yield steps, run
        state = [array[-1].copy() for array in run.tape.states]


def _read_piece(cell, x, steps, state, mask):
    """Read some of the time steps, all arguments checked."""
    mask = None if mask is None else mask[:, steps]
    return forward_through_time(cell, x[:, steps], state, mask)


class Checkpointed(NamedTuple):
    """What `unroll_checkpointed` keeps: a state every few steps."""

    cell: object
    """The cell that read."""
    x: np.ndarray
    """What it read."""
    mask: np.ndarray | None
    """Which steps are real, if not all."""
    every: int
    """Number of steps from one kept state to the next."""
    starts: list
    """The state before each piece, a list of its parts."""
    final_state: np.ndarray | tuple
    """The state after the last step."""


def unroll_checkpointed(cell, x, state=None, *, every=None, lengths=None, mask=None):
    r"""Read sequences, but keep only a state every few steps; `bptt_checkpointed` redoes the rest.

    Memory for :math:`\sqrt T` states and the steps of one piece is needed, in place of T steps,
    for the time of a second forward pass.

    Parameters
    ----------
    cell, x, state, lengths, mask
        As in `unroll`. `x` must not change before the backward pass.
    every : int, optional
        Number of steps between two kept states; by default the square root of T, rounded up.

    Returns
    -------
    Checkpointed
        The kept states, and the final one.

    Notes
    -----
    Chen, Xu, Zhang and Guestrin, "Training deep nets with sublinear memory cost" (2016).

    Examples
    --------
    >>> from rnnhelpers.cells import RNNCell
    >>> kept = unroll_checkpointed(RNNCell(3, 2, rng=0), np.zeros((1, 100, 3)))
    >>> kept.every, len(kept.starts)
    (10, 10)
    """
    _check_cell(cell)
    x = check_sequences(x, cell.n_features, cell.dtype)
    mask = check_mask(lengths, mask, *x.shape[:2])
    every = int(np.ceil(x.shape[1] ** 0.5)) if every is None else check_count("every", every)
    state = check_state(state, cell.state_names, len(x), cell.n_hidden, cell.dtype)
    starts = []
    for _, run in _pieces(cell, x, every, state, mask):
        starts.append([array[0].copy() for array in run.tape.states])
    return Checkpointed(cell, x, mask, every, starts, run.final_state)


def bptt_checkpointed(run, d_h=None, d_final=None):
    """Go back through all time steps, reading each piece once more before.

    Parameters
    ----------
    run : Checkpointed
        What `unroll_checkpointed` returned.
    d_h : array-like of shape (n_sequences, n_steps, n_hidden), or callable, optional
        As in `bptt`. A function gets the time steps of a piece, a slice, and its states of shape
        (n_sequences, steps of the piece, n_hidden), and returns the gradient of those: so the
        read-out and the loss, too, need memory for one piece only.
    d_final : array-like of shape (n_sequences, n_hidden), or a tuple of two for the LSTM, optional
        As in `bptt`.

    Returns
    -------
    Gradients
        The same as `bptt` returns.

    Examples
    --------
    >>> from rnnhelpers.cells import RNNCell
    >>> cell, x = RNNCell(3, 2, rng=0), np.ones((1, 100, 3))
    >>> everything = bptt(unroll(cell, x), d_final=np.ones((1, 2)))
    >>> in_pieces = bptt_checkpointed(unroll_checkpointed(cell, x), d_final=np.ones((1, 2)))
    >>> np.allclose(everything.d_params.flat, in_pieces.d_params.flat)
    True
    """
    if not isinstance(run, Checkpointed):
        name = type(run).__name__
        raise TypeError(f"run is a {name}: expected what unroll_checkpointed returned")
    cell, x, n_steps = run.cell, run.x, run.x.shape[1]
    if d_h is None and d_final is None:
        raise ValueError(NO_GRADIENT)
    if d_h is not None and not callable(d_h):
        d_h = check_real("d_h", d_h)
        check_shape("d_h", d_h, (*x.shape[:2], cell.n_hidden), "one gradient for each state")
    d_params, d_x = cell.params.zeros_like(), None if x.ndim == 2 else np.empty(x.shape, cell.dtype)
    zeros = [np.zeros((len(x), cell.n_hidden), cell.dtype) for _ in cell.state_names]
    d_state = _one_or_all(zeros) if d_final is None else d_final
    for start, state in zip(range(0, n_steps, run.every)[::-1], run.starts[::-1], strict=True):
        steps = slice(start, min(start + run.every, n_steps))
        piece = _read_piece(cell, x, steps, state, run.mask)
        piece_d_h = d_h
        if d_h is not None:
            piece_d_h = d_h(steps, piece.h) if callable(d_h) else d_h[:, steps]
            if piece_d_h is None:
                raise TypeError("d_h returned None: expected gradients; is its return missing?")
        piece_d_params, piece_d_x, d_state = bptt(piece, piece_d_h, d_state)
        d_params.flat += piece_d_params.flat
        if d_x is not None:
            d_x[:, steps] = piece_d_x
    return Gradients(d_params, d_x, d_state)


NO_GRADIENT = (
    "neither d_h nor d_final is given: expected the gradient of the loss with respect to "
    "the states (d_h), to the final state (d_final), or to both"
)


def _check_cell(cell):
    """Raise unless this is a cell."""
    if not isinstance(cell, Cell):
        raise TypeError(
            f"cell is {cell!r}: expected a cell, such as RNNCell(n_features, n_hidden, rng=0); "
            "layers have a forward of their own"
        )


def _check_gradients(run, d_h, d_final):
    """Return the incoming gradients: time first, and a list of arrays that may be written to."""
    cell, shape = run.cell, (run.n_sequences, run.n_steps, run.cell.n_hidden)
    if d_h is None and d_final is None:
        raise ValueError(NO_GRADIENT)
    if d_h is None:
        d_h = np.zeros((run.n_steps, 1, 1), cell.dtype)
    else:
        d_h = check_real("d_h", d_h, cell.dtype)
        check_shape("d_h", d_h, shape, "one gradient for each state, batch first")
        d_h = d_h.swapaxes(0, 1)
    return d_h, check_final_gradient(run, d_final)


def check_final_gradient(run, d_final):
    """Return the gradient of the final state as a list of new arrays, zeros for None."""
    cell, names = run.cell, [f"d_{name}" for name in run.cell.state_names]
    parts = check_state(d_final, names, run.n_sequences, cell.n_hidden, cell.dtype, "d_final")
    return [np.array(part) for part in parts]


def _time_first(x, dtype):
    """Copy (N, T, ...) to (T, N, ...), so that the caller may go on using x for something else."""
    x = x.swapaxes(0, 1)
    return np.array(x, dtype=np.intp if x.ndim == 2 else dtype, order="C")


def _batch_first(array):
    """Look at (T, N, H) as (N, T, H), without the right to write."""
    view = array.swapaxes(0, 1)
    view.flags.writeable = False
    return view


def _padded_steps(mask):
    """Return for each step (from 1) with padding in it which sequences are padded, as (N, 1)."""
    if mask is None:
        return {}
    padded = ~mask.T[:, :, None]
    return {t + 1: padded[t] for t in np.flatnonzero(padded.any(axis=(1, 2))).tolist()}


def _one_or_all(parts):
    """Return the form in which a state is handed out: an array if it has one part, else a tuple."""
    return parts[0] if len(parts) == 1 else tuple(parts)
