"""What the tests of the engine share: random cells and batches, and a loss that uses everything."""

import numpy as np

from rnnhelpers.cells import CELLS

KINDS = {
    "rnn": ("rnn", {}),
    "relu": ("rnn", {"activation": "relu"}),
    "lstm": ("lstm", {}),
    "gru": ("gru", {}),
    "gru_reset_before": ("gru_reset_before", {}),
}


def make_cell(kind, n_features, n_hidden, rng, scale=1.0, dtype=np.float64):
    """Return a cell of which every parameter is drawn at random, the biases too."""
    name, options = KINDS[kind]
    cell = CELLS[name](n_features, n_hidden, rng=rng, dtype=dtype, **options)
    cell.params.flat[:] = rng.normal(scale=scale / n_hidden**0.5, size=cell.params.flat.shape)
    return cell


def draw_state(cell, n_sequences, rng, scale=0.5):
    """Return a random state in the form that the cell takes."""
    parts = [rng.normal(scale=scale, size=(n_sequences, cell.n_hidden)) for _ in cell.state_names]
    return parts[0] if len(parts) == 1 else tuple(parts)


def as_parts(state):
    """Return the parts of a state as a tuple, whatever its form."""
    return state if isinstance(state, tuple) else (state,)


def weighted_sum(h, final_state, d_h, d_final):
    """Return the loss whose gradients are `d_h` and `d_final`."""
    finals = zip(as_parts(final_state), as_parts(d_final), strict=True)
    return float((h * d_h).sum() + sum((state * weight).sum() for state, weight in finals))
