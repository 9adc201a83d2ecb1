"""Layers around and on top of the cells: embedding, read-out, stacked and bidirectional layers.

Each layer has `params`, a `forward` that returns what it computed, and a `backward` that returns
the gradients of its parameters and, but for token ids, of its input.

To train several layers together, put their parameters into one flat vector, and `bind` the layers
to their parts of it. (`Network` and `RecurrentLayers` do that for theirs.)

Examples
--------
>>> from rnnhelpers.cells import RNNCell
>>> cell, readout = RNNCell(3, 4, rng=0), Linear(4, 2, rng=1)
>>> params = Parameters({"rnn": cell.params, "readout": readout.params})  # a copy of both
>>> cell.bind(params.part("rnn"))
>>> readout.bind(params.part("readout"))
>>> params.flat[:] = 0  # from now on this is what they compute with
>>> cell.params["W_xh"].any(), readout.params["b_y"].any()
(np.False_, np.False_)
"""

from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import (
    check_choice,
    check_count,
    check_flag,
    check_kind,
    check_list,
    check_mask,
    check_out,
    check_real,
    check_sequences,
    check_shape,
    check_state,
    check_whole_ids,
)
from rnnhelpers.cells import CELLS, Cell, rows_of, sum_by_token
from rnnhelpers.initialization import as_generator, glorot, uniform
from rnnhelpers.parameters import Parameters, float_dtype
from rnnhelpers.unrolling import (
    NO_GRADIENT,
    Gradients,
    backward_through_time,
    check_final_gradient,
    forward_through_time,
)

MAX_LAYERS = 1000
"""A description of a network with more layers is taken for a mistake."""


class Linear:
    r"""Read-out: from hidden units to one number for each class.

    .. math:: \text{logits}_t = h_t W_{hy} + b_y

    Parameters
    ----------
    n_hidden : int
        Number of hidden units H that are read.
    n_outputs : int
        Number of outputs K.
    rng : numpy.random.Generator or int
        Source of the first weights.
    init : {"uniform", "glorot"}, default="uniform"
        Their start; with "glorot" the bias is zero.
    dtype : {float64, float32}, default=float64
        Type of the parameters.

    Attributes
    ----------
    params : Parameters
        `W_hy` of shape (H, K) and `b_y` of shape (K,).

    Examples
    --------
    >>> readout = Linear(n_hidden=3, n_outputs=2, rng=np.random.default_rng(0))
    >>> readout.forward(np.zeros((4, 5, 3))).shape
    (4, 5, 2)
    """

    def __init__(self, n_hidden, n_outputs, *, rng, init="uniform", dtype=np.float64):
        shape = check_count("n_hidden", n_hidden), check_count("n_outputs", n_outputs)
        rng = as_generator(rng)
        if check_choice("init", init, ("uniform", "glorot")) == "uniform":
            W_hy, b_y = uniform(rng, shape, n_hidden), uniform(rng, shape[1:], n_hidden)
        else:
            W_hy, b_y = glorot(rng, shape), np.zeros(n_outputs)
        self.params = Parameters({"W_hy": W_hy, "b_y": b_y}, float_dtype(dtype))

    def bind(self, params):
        """Use these parameters from now on, without a copy."""
        self.params = params

    def forward(self, h, *, check=True):
        """Compute the outputs.

        Parameters
        ----------
        h : array-like of shape (..., n_hidden)
            States, such as (N, H) or (N, T, H).
        check : bool, default=True
            Whether to look for NaN and infinity first.

        Returns
        -------
        ndarray of shape (..., n_outputs)
            The outputs, in the memory order of `h`.

        Raises
        ------
        TypeError
            If `h` does not hold real numbers.
        ValueError
            If its last axis is not the hidden units, or there is a NaN.
        """
        h = self._states(h, check)
        W_hy, b_y = self.params["W_hy"], self.params["b_y"]
        rows, restore = _as_rows(h)
        outputs = rows @ W_hy
        outputs += b_y
        return restore(outputs)

    def _states(self, h, check):
        """Return the states as an array whose last axis is the hidden units."""
        if check:
            h = check_real("h", h, self.params.dtype)
        n_hidden = self.params.shapes["W_hy"][0]
        if h.ndim < 1 or h.shape[-1] != n_hidden:
            raise ValueError(f"h has shape {h.shape}: expected (..., {n_hidden}), its last axis H")
        return h

    def backward(self, h, d_outputs, out=None, *, check=True):
        """Go back through the read-out.

        Parameters
        ----------
        h : array-like of shape (..., n_hidden)
            What `forward` was given.
        d_outputs : array-like of shape (..., n_outputs)
            Gradient of the loss with respect to what it returned.
        out : Parameters, optional
            Where to write the gradients of the parameters.
        check : bool, default=True
            Whether to look for NaN and infinity in `h` first.

        Returns
        -------
        d_params : Parameters
            Gradients of `W_hy` and `b_y`.
        d_h : ndarray of shape (..., n_hidden)
            Gradient of the states.

        Raises
        ------
        ValueError
            If the shapes do not fit.
        """
        h = self._states(h, check)
        d_outputs = check_real("d_outputs", d_outputs, self.params.dtype)
        expected = (*h.shape[:-1], self.params.shapes["W_hy"][1])
        if d_outputs.shape != expected:
            raise ValueError(f"d_outputs has shape {d_outputs.shape}: expected {expected}")
        d_params = check_out(out, self.params)
        rows, restore = _as_rows(h)
        d_rows = _as_rows(d_outputs, like=h)[0]
        np.matmul(rows.T, d_rows, out=d_params["W_hy"])
        np.sum(d_rows, axis=0, out=d_params["b_y"])
        return d_params, restore(d_rows @ self.params["W_hy"].T)


class Embedding:
    """A vector for each token, learned: a look-up in a matrix.

    Parameters
    ----------
    n_tokens : int
        Number of tokens V.
    n_features : int
        Length D of each vector.
    rng : numpy.random.Generator or int
        Source of the first vectors, drawn from the standard normal distribution.
    dtype : {float64, float32}, default=float64
        Type of the parameters.

    Attributes
    ----------
    params : Parameters
        `E` of shape (V, D).

    Examples
    --------
    >>> embedding = Embedding(n_tokens=10, n_features=4, rng=np.random.default_rng(0))
    >>> embedding.forward([[3, 1, 2]]).shape
    (1, 3, 4)
    """

    def __init__(self, n_tokens, n_features, *, rng, dtype=np.float64):
        shape = check_count("n_tokens", n_tokens), check_count("n_features", n_features)
        vectors = as_generator(rng).standard_normal(shape)
        self.params = Parameters({"E": vectors}, float_dtype(dtype))

    def bind(self, params):
        """Use these parameters from now on, without a copy."""
        self.params = params

    def forward(self, ids):
        """Look the vectors up.

        Parameters
        ----------
        ids : array-like of int, any shape
            Token ids.

        Returns
        -------
        ndarray of shape (..., n_features)
            Their vectors.

        Raises
        ------
        TypeError
            If the ids are not whole numbers.
        ValueError
            If an id is no token.
        """
        E = self.params["E"]
        return E[check_whole_ids("ids", ids, len(E))]

    def backward(self, ids, d_vectors, out=None):
        """Go back through the look-up: the gradients of the same token add up.

        Parameters
        ----------
        ids : array-like of int, any shape
            What `forward` was given.
        d_vectors : array-like of shape (..., n_features)
            Gradient of the loss with respect to what it returned.
        out : Parameters, optional
            Where to write the gradient.

        Returns
        -------
        d_params : Parameters
            Gradient of `E`; rows of tokens that were not looked up are zero.

        Raises
        ------
        TypeError
            If the ids are not whole numbers, or the gradient does not hold real ones.
        ValueError
            If an id is no token, or the shapes do not fit.
        """
        ids = check_whole_ids("ids", ids, len(self.params["E"]))
        d_params = check_out(out, self.params)
        d_vectors = check_real("d_vectors", d_vectors, self.params.dtype)
        shape = (*ids.shape, self.params.shapes["E"][1])
        check_shape("d_vectors", d_vectors, shape, "a gradient for each vector")
        sum_by_token(ids.ravel(), rows_of(d_vectors), out=d_params["E"])
        return d_params


class LayersRun(NamedTuple):
    """What `RecurrentLayers.forward` returns."""

    h: np.ndarray
    """States of the last layer, (N, T, H), or (N, T, 2 H): forward ones, then backward ones."""
    final_state: list
    """State of each cell after its last step, in the order of `RecurrentLayers.cells`."""
    runs: list
    """What `unroll` returned for each cell."""
    mask: np.ndarray | None
    """Which steps are real, if not all are."""


class RecurrentLayers:
    """Cells on top of each other, reading forward, or in both directions.

    The states of a layer are the input of the next one. A layer that reads in both directions has
    a second cell, which reads the sequence from its end; the states of both, side by side, go on.

    Parameters
    ----------
    cells : list of Cell
        The cells: from the lowest layer up, and in each layer forward before backward. They are
        taken over: their parameters become parts of `params`, so make an optimiser afterwards.
    bidirectional : bool, default=False
        Whether each layer reads in both directions.

    Attributes
    ----------
    params : Parameters
        The parameters of all cells, named as in ``"layer_0.W_xh"`` and, for the cell that reads
        backward, ``"layer_0_reverse.W_xh"``.

    See Also
    --------
    make_layers : make the cells, too.

    Notes
    -----
    Schuster and Paliwal, "Bidirectional recurrent neural networks" (1997). A sequence that is
    padded at its end is read backward from its own last step; at the padded steps, which come
    first in that direction, the initial state is carried on.

    Examples
    --------
    >>> layers = make_layers("gru", 5, 3, n_layers=2, bidirectional=True, rng=0)
    >>> run = layers.forward(np.zeros((4, 6, 5)))
    >>> run.h.shape, len(run.final_state)
    ((4, 6, 6), 4)
    """

    def __init__(self, cells, *, bidirectional=False):
        self.bidirectional = check_flag("bidirectional", bidirectional)
        self.cells = [
            check_kind(f"cells[{number}]", cell, Cell, "a cell, such as RNNCell(2, 3, rng=0)")
            for number, cell in enumerate(check_list("cells", cells, "cells"))
        ]
        self.n_directions = 2 if bidirectional else 1
        if not self.cells or len(self.cells) % self.n_directions:
            raise ValueError(
                f"cells has {len(self.cells)}: expected "
                + ("two for each layer" if bidirectional else "at least one")
            )
        if len({id(cell) for cell in self.cells}) < len(self.cells):
            raise ValueError("a cell is in cells twice: expected different ones; use copy.deepcopy")
        n_features = self.cells[0].n_features
        for number, cell in enumerate(self.cells):
            if number % self.n_directions == 0 and number:
                n_features = sum(below.n_hidden for below in self._layer(number - 1))
            if cell.n_features != n_features:
                raise ValueError(
                    f"cells[{number}] reads {cell.n_features} features: expected {n_features}, "
                    "what the layer below has as states"
                )
        self.names = [
            f"layer_{number // self.n_directions}"
            + ("_reverse" if number % self.n_directions else "")
            for number in range(len(self.cells))
        ]
        named = zip(self.names, self.cells, strict=True)
        self.bind(Parameters({name: cell.params for name, cell in named}))

    def __setstate__(self, state):
        """Tie the cells to the one flat vector again after unpickling or copying."""
        self.__dict__.update(state)
        self.bind(self.params)

    def _layer(self, number):
        """Return the cells of the layer that this cell is in."""
        first = number - number % self.n_directions
        return self.cells[first : first + self.n_directions]

    def bind(self, params):
        """Use these parameters from now on, without a copy."""
        self.params = params
        for name, cell in zip(self.names, self.cells, strict=True):
            cell.bind(params.part(name))

    @property
    def n_features(self):
        """Number of input features of the lowest layer."""
        return self.cells[0].n_features

    @property
    def n_outputs(self):
        """Number of states that the last layer hands out at each step."""
        return sum(cell.n_hidden for cell in self._layer(len(self.cells) - 1))

    def forward(self, x, state=None, *, lengths=None, mask=None):
        """Read sequences with all layers.

        Parameters
        ----------
        x, lengths, mask
            As in `rnnhelpers.unrolling.unroll`.
        state : list, optional
            Initial state of each cell, in the form of `LayersRun.final_state`. Zeros if not given.

        Returns
        -------
        LayersRun
            The states of the last layer, the final states, and what `backward` needs.

        Raises
        ------
        TypeError, ValueError
            As `unroll`, and if `state` does not have one entry for each cell.
        """
        x = check_sequences(x, self.n_features, self.params.dtype)
        mask = check_mask(lengths, mask, *x.shape[:2])
        states = self._for_each_cell("state", state)
        runs, n_sequences = [], len(x)
        for first in range(0, len(self.cells), self.n_directions):
            for direction, cell in enumerate(self._layer(first)):
                turn = _reversed if direction else _as_it_is
                start = check_state(
                    states[first + direction], cell.state_names, n_sequences, cell.n_hidden,
                    cell.dtype,
                )  # fmt: skip
                real = None if mask is None else turn(mask)
                runs.append(forward_through_time(cell, turn(x), start, real))
            x = runs[first].h
            if self.bidirectional:
                both = runs[first].tape.h[1:], runs[first + 1].tape.h[:0:-1]
                x = np.concatenate(both, axis=-1).swapaxes(0, 1)
                x.flags.writeable = False
        return LayersRun(x, [run.final_state for run in runs], runs, mask)

    def backward(self, run, d_h=None, d_final=None, *, truncate=None, out=None, check=True):
        """Go back through all layers and time steps, with the parameters of the forward pass.

        Parameters
        ----------
        run : LayersRun
            What `forward` returned.
        d_h : array-like of shape (n_sequences, n_steps, n_outputs), optional
            Gradient of the loss with respect to the states of the last layer.
        d_final : list, optional
            Gradient with respect to the final state of each cell; None for one without.
        truncate : int, optional
            As in `rnnhelpers.unrolling.bptt`; not with layers that read in both directions.
        out : Parameters, optional
            Where to write the gradients of the parameters.
        check : bool, default=True
            Whether to look for NaN and infinity in `d_h` first.

        Returns
        -------
        Gradients
            `d_params`, `d_x` (None for token ids), and `d_state`, one for each cell.

        Raises
        ------
        TypeError, ValueError
            As `bptt`.
        """
        if truncate is not None and self.bidirectional:
            raise ValueError("truncate is given: expected None where a layer reads backward, too")
        if truncate is not None:
            check_count("truncate", truncate)
        check_kind("run", run, LayersRun, "what forward returned")
        if [one.cell for one in run.runs] != self.cells:
            raise ValueError("run is of other layers: expected what forward of these returned")
        d_final = self._for_each_cell("d_final", d_final)
        if d_h is None and all(one is None for one in d_final):
            raise ValueError(NO_GRADIENT)
        if d_h is None:
            d_h = np.zeros(run.h.shape, self.params.dtype)
        if check:
            d_h = check_real("d_h", d_h, self.params.dtype)
        check_shape("d_h", d_h, run.h.shape, "one gradient for each state, batch first")
        d_params = check_out(out, self.params)
        d_states = [None] * len(self.cells)
        for first in range(len(self.cells) - self.n_directions, -1, -self.n_directions):
            parts = np.split(d_h, 2, axis=-1) if self.bidirectional else [d_h]
            d_h = None
            for direction, part in enumerate(parts):
                number, turn = first + direction, _reversed if direction else _as_it_is
                back = backward_through_time(
                    run.runs[number],
                    turn(part).swapaxes(0, 1),
                    check_final_gradient(run.runs[number], d_final[number]),
                    truncate,
                    out=d_params.part(self.names[number]),
                )
                d_states[number] = back.d_state
                if back.d_x is not None:
                    d_h = turn(back.d_x) if d_h is None else d_h + turn(back.d_x)
        return Gradients(d_params, d_h, d_states)

    def _for_each_cell(self, name, given):
        """Return one entry for each cell: None for each if nothing is given."""
        if given is None:
            return [None] * len(self.cells)
        if not isinstance(given, list | tuple) or len(given) != len(self.cells):
            raise ValueError(
                f"{name} is a {type(given).__name__}: expected a list of {len(self.cells)}, "
                "one for each cell, in the order of cells"
            )
        return list(given)


def make_layers(cell, n_features, n_hidden, *, n_layers=1, bidirectional=False, rng, **options):
    """Make stacked, perhaps bidirectional, layers of one kind of cell.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "gru_reset_before"}
        The kind of cell.
    n_features : int
        Number of input features D, or of tokens.
    n_hidden : int
        Number of hidden units H of each cell.
    n_layers : int, default=1
        Number of layers.
    bidirectional : bool, default=False
        Whether each layer reads in both directions.
    rng : numpy.random.Generator or int
        Source of the first weights.
    **options
        Handed on to the cells, such as ``recurrent_init="orthogonal"``.

    Returns
    -------
    RecurrentLayers
        The layers.

    Raises
    ------
    ValueError
        If there is no such cell, or a size has no meaning.

    Examples
    --------
    >>> list(make_layers("rnn", 5, 3, n_layers=2, rng=0).params)[:3]
    ['layer_0.W_xh', 'layer_0.W_hh', 'layer_0.b_h']
    """
    check_choice("cell", cell, CELLS)
    n_layers, rng = check_count("n_layers", n_layers, largest=MAX_LAYERS), as_generator(rng)
    bidirectional = check_flag("bidirectional", bidirectional)
    n_hidden = check_count("n_hidden", n_hidden)
    n_directions, cells = 2 if bidirectional else 1, []
    for layer in range(n_layers):
        n_inputs = n_features if layer == 0 else n_directions * n_hidden
        cells += [CELLS[cell](n_inputs, n_hidden, rng=rng, **options) for _ in range(n_directions)]
    return RecurrentLayers(cells, bidirectional=bidirectional)


def _as_it_is(array):
    return array


def _reversed(array):
    """Return (N, T, ...) with the time steps from the last to the first."""
    return array[:, ::-1]


def _as_rows(array, like=None):
    """Return an array (..., H) as a matrix of rows, and the function that undoes it for a result.

    States lie in memory with time first; then the rows are taken in that order, without a copy.
    """
    like = array if like is None else like
    leading, swap = array.shape[:-1], False
    if like.ndim == 3 and not like.flags.c_contiguous:
        array, swap = array.swapaxes(0, 1), True
        leading = array.shape[:2]

    def restore(rows):
        result = rows.reshape(*leading, rows.shape[-1])
        return result.swapaxes(0, 1) if swap else result

    return rows_of(array), restore
