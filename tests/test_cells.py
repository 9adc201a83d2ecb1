"""One recurrent step equals its equation, written out in plain Python, and says what is wrong."""

import math

import numpy as np
import pytest

from rnnhelpers.cells import RNNCell, _in_cache, rnn_step, sum_by_token

SIZES = {"N": 3, "D": 4, "H": 2}
SHAPES = {"x": "ND", "h_prev": "NH", "W_xh": "DH", "W_hh": "HH", "b_h": "H"}


@pytest.fixture
def arrays():
    rng = np.random.default_rng(7)
    return {
        name: rng.normal(size=[SIZES[letter] for letter in letters])
        for name, letters in SHAPES.items()
    }


def test_it_equals_the_sum_over_single_numbers(arrays):
    x, h_prev, W_xh, W_hh, b_h = arrays.values()
    expected = [
        [
            math.tanh(
                sum(x[n, d] * W_xh[d, k] for d in range(SIZES["D"]))
                + sum(h_prev[n, j] * W_hh[j, k] for j in range(SIZES["H"]))
                + b_h[k]
            )
            for k in range(SIZES["H"])
        ]
        for n in range(SIZES["N"])
    ]
    np.testing.assert_allclose(rnn_step(**arrays), expected, rtol=1e-12)


def test_a_batch_is_its_sequences_one_by_one(arrays):
    together = rnn_step(**arrays)
    for n in range(SIZES["N"]):
        one = {**arrays, "x": arrays["x"][[n]], "h_prev": arrays["h_prev"][[n]]}
        np.testing.assert_allclose(rnn_step(**one), together[[n]], rtol=1e-12)


def test_it_changes_no_argument(arrays):
    before = {name: array.copy() for name, array in arrays.items()}
    rnn_step(**arrays)
    for name, array in before.items():
        np.testing.assert_array_equal(arrays[name], array)


def test_single_precision_stays_single(arrays):
    single = {name: array.astype(np.float32) for name, array in arrays.items()}
    assert rnn_step(**single).dtype == np.float32


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("x", lambda a: a[0], r"x has shape \(4,\).*use x\[None\]"),
        ("x", lambda a: a[None], r"x has shape \(1, 3, 4\).*x\[:, t\]"),
        ("x", lambda a: a[:, :3], r"W_xh has shape \(4, 2\): expected \(3, 2\)"),
        ("W_xh", lambda a: a.T, r"W_xh has shape \(2, 4\).*looks transposed: use W_xh.T"),
        ("W_hh", lambda a: a[:1], r"W_hh has shape \(1, 2\): expected \(2, 2\)"),
        ("h_prev", lambda a: a[0], r"h_prev has shape \(2,\).*use h_prev\[None\]"),
        ("h_prev", lambda a: a[:2], r"h_prev has shape \(2, 2\): expected \(3, 2\)"),
        ("b_h", lambda a: a[None], r"b_h has shape \(1, 2\): expected \(2,\)"),
        ("b_h", lambda a: a[0], r"b_h has shape \(\): expected"),
    ],
)
def test_a_wrong_shape_is_named(arrays, name, change, message):
    arrays[name] = change(arrays[name])
    with pytest.raises(ValueError, match=message):
        rnn_step(**arrays)


@pytest.mark.parametrize("n_tokens", [7, 3000])
def test_rows_of_a_token_are_summed_however_many_there_are(n_tokens):
    rng = np.random.default_rng(0)
    ids, rows = rng.integers(n_tokens - 1, size=500), rng.normal(size=(500, 4))
    expected = np.zeros((n_tokens, 4))
    np.add.at(expected, ids, rows)
    out = np.full((n_tokens, 4), 7.0)  # what was there before does not count
    np.testing.assert_allclose(sum_by_token(ids, rows, out=out), expected, atol=1e-12)
    np.testing.assert_allclose(out, expected, atol=1e-12)


@pytest.mark.parametrize("size", [10, 40_000, 300_000])
def test_slices_for_the_cache_leave_out_no_time_step(size):
    slices = list(_in_cache(np.zeros((12, size), dtype=np.int8)))
    steps = [step for one in slices for step in range(one.start, one.stop)]
    assert steps == list(range(1, 12))
    assert len(slices) == {10: 1, 40_000: 6, 300_000: 11}[size]


def test_a_cell_shows_its_sizes():
    assert repr(RNNCell(3, 2, rng=0)) == "RNNCell(n_features=3, n_hidden=2)"
