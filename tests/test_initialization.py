"""Weights start where the papers say."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.cells import CELLS, GRUCell, LSTMCell, RNNCell
from rnnhelpers.initialization import (
    as_generator,
    glorot,
    identity,
    orthogonal,
    recurrent_start,
    uniform,
)


def test_uniform_fills_its_interval():
    W = uniform(np.random.default_rng(0), (200, 64), n_hidden=64)
    assert 0.124 < W.max() <= 0.125
    assert -0.125 <= W.min() < -0.124
    assert abs(W.mean()) < 0.002


def test_glorot_has_the_variance_of_the_paper():
    W = glorot(np.random.default_rng(0), (200, 100))
    np.testing.assert_allclose(W.var(), 2 / 300, rtol=0.03)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 99))
@settings(max_examples=30, deadline=None, derandomize=True)
def test_orthogonal_matrices_keep_lengths(rows, columns, seed):
    W = orthogonal(np.random.default_rng(seed), (rows, columns))
    assert W.shape == (rows, columns)
    small = W.T @ W if rows >= columns else W @ W.T
    np.testing.assert_allclose(small, np.eye(min(rows, columns)), atol=1e-12)


def test_orthogonal_matrices_are_drawn_evenly():
    rng = np.random.default_rng(0)
    corners = [orthogonal(rng, (3, 3))[0, 0] for _ in range(2000)]
    # Without the correction of the signs, QR returns one sign more often than the other.
    assert abs(np.mean(corners)) < 0.05
    np.testing.assert_allclose(np.mean(np.square(corners)), 1 / 3, rtol=0.06)


def test_each_gate_gets_a_start_of_its_own():
    for kind in (LSTMCell, GRUCell):
        cell = kind(3, 5, rng=0, recurrent_init="orthogonal")
        gates = np.split(cell.params["W_hh"], len(cell.blocks), axis=1)
        for gate in gates:
            np.testing.assert_allclose(gate @ gate.T, np.eye(5), atol=1e-12)
        assert not np.allclose(gates[0], gates[1])
    np.testing.assert_array_equal(RNNCell(3, 5, rng=0, recurrent_init="identity").params["W_hh"],
                                  identity(None, (5, 5)))  # fmt: skip


def test_glorot_starts_the_biases_at_zero_and_uniform_does_not():
    for name, kind in CELLS.items():
        assert not kind(3, 5, rng=0, init="glorot").params["b_h"].any(), name
        assert kind(3, 5, rng=0).params["b_h"].all(), name
        assert kind(3, 5, rng=0, init="glorot").params["W_hh"].all(), name


def test_the_bias_of_one_gate_can_be_set():
    lstm = LSTMCell(3, 2, rng=0, init="glorot", forget_bias=1.5).params["b_h"]
    np.testing.assert_array_equal(lstm, [0, 0, 1.5, 1.5, 0, 0, 0, 0])
    gru = GRUCell(3, 2, rng=0, init="glorot", update_bias=1).params["b_h"]
    np.testing.assert_array_equal(gru, [0, 0, 1, 1, 0, 0])


def test_a_seed_and_its_generator_are_the_same_and_repeat():
    one, two = (RNNCell(3, 4, rng=rng).params.flat for rng in (7, np.random.default_rng(7)))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, RNNCell(3, 4, rng=8).params.flat)


@pytest.mark.parametrize("rng", [None, "0", 1.5, True, np.random])
def test_what_cannot_be_repeated_is_refused(rng):
    with pytest.raises(TypeError, match=r"expected np\.random\.default_rng"):
        as_generator(rng)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"init": "ones"}, "init is 'ones': expected 'uniform' or 'glorot'"),
        ({"recurrent_init": "ones"}, "start 'ones' is not known: expected 'uniform' or one of"),
        ({"activation": "gelu"}, "activation is 'gelu': expected 'tanh' or 'relu'"),
        ({"n_hidden": 0}, "n_hidden is 0: expected 1 or more"),
        ({"n_features": -3}, "n_features is -3: expected 1 or more"),
    ],
)
def test_unknown_settings_are_refused(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        RNNCell(**{"n_features": 3, "n_hidden": 2, "rng": 0} | options)


@pytest.mark.parametrize(
    "start", [lambda rng, shape: uniform(rng, shape, 3), glorot, orthogonal, identity]
)
@pytest.mark.parametrize(
    ("shape", "error", "message"),
    [
        ((2.5, 3), TypeError, "shape is 2.5: expected a whole number"),
        ((0, 3), ValueError, "shape is 0: expected 1 or more"),
        ((), ValueError, "shape is empty: expected at least one length"),
        (3, TypeError, "shape is of type int: expected a list of lengths"),
    ],
)
def test_a_shape_has_whole_lengths(start, shape, error, message):
    with pytest.raises(error, match=re.escape(message)):
        start(0, shape)


@pytest.mark.parametrize("start", [orthogonal, identity])
def test_a_matrix_has_two_lengths(start):
    with pytest.raises(ValueError, match=r"shape is \(3,\): expected two lengths"):
        start(0, (3,))


def test_the_starts_by_name():
    for name in ("uniform", "glorot", "orthogonal", "identity"):
        assert recurrent_start(name, np.random.default_rng(0), 3).shape == (3, 3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"W_xh": None}, "params has the arrays ['W_hh', 'b_h']: expected ['W_hh', 'W_xh', 'b_h']"),
        ({"b_y": [0.0]}, "params has the arrays"),
        ({"W_hh": np.zeros((2, 3))}, "W_hh has shape (2, 3): expected (2, 2), since W_xh has 4"),
        ({"b_h": np.zeros(3)}, "b_h has shape (3,): expected (2,)"),
        ({"W_xh": np.zeros(4)}, "W_xh and W_hh: expected matrices"),
    ],
)
def test_given_parameters_must_fit_together(change, message):
    arrays = {"W_xh": np.zeros((4, 2)), "W_hh": np.zeros((2, 2)), "b_h": np.zeros(2)} | change
    arrays = {name: array for name, array in arrays.items() if array is not None}
    with pytest.raises(ValueError, match=re.escape(message)):
        RNNCell.from_params(arrays)


def test_given_parameters_are_copied():
    mine = {"W_xh": np.ones((4, 2)), "W_hh": np.ones((2, 2)), "b_h": np.ones(2)}
    RNNCell.from_params(mine, activation="relu").params.flat[:] = 0
    assert all(array.all() for array in mine.values())
