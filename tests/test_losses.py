"""The losses: equal to their formulas, with gradients equal to measured slopes."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.losses import cross_entropy, softmax, squared_error

few = settings(max_examples=40, deadline=None, derandomize=True)
every_dtype = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def by_the_formula(logits, targets, weights, reduction="mean"):
    """Return the cross-entropy, one number after the other; a target of None is not counted."""
    losses, total = [], []
    for row, target in zip(logits, targets, strict=True):
        if target is not None:
            probability = math.exp(row[target]) / sum(math.exp(logit) for logit in row)
            losses.append(-weights[target] * math.log(probability))
            total.append(weights[target])
    return sum(losses) / (sum(total) if reduction == "mean" else 1)


def measured_slopes(loss_of, values, step=1e-5):
    """Return the gradient by central differences."""
    slopes = np.empty_like(values)
    for index in np.ndindex(values.shape):
        up, down = values.copy(), values.copy()
        up[index] += step
        down[index] -= step
        slopes[index] = (loss_of(up) - loss_of(down)) / (2 * step)
    return slopes


def random_batch(seed, n_sequences=3, n_steps=4, n_outputs=5, dtype=np.float64):
    """Return logits as a view of an array with time first, as models make them, and targets."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=2, size=(n_steps, n_sequences, n_outputs)).astype(dtype)
    return logits.swapaxes(0, 1), rng.integers(n_outputs, size=(n_sequences, n_steps))


@given(st.integers(1, 6), st.integers(2, 6), st.booleans(), st.integers(0, 999))
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@few
def test_cross_entropy_is_its_formula(reduction, n_sequences, n_outputs, weighted, seed):
    rng = np.random.default_rng(seed)
    logits = rng.normal(scale=3, size=(n_sequences, n_outputs))
    targets = rng.integers(n_outputs, size=n_sequences)
    weights = rng.uniform(0.1, 3, n_outputs) if weighted else np.ones(n_outputs)
    ignored = rng.random(n_sequences) < 0.4
    ignored[0] = False
    expected = by_the_formula(
        logits.tolist(),
        [None if skip else target for skip, target in zip(ignored, targets, strict=True)],
        weights.tolist(),
        reduction,
    )
    loss, _ = cross_entropy(
        logits,
        np.where(ignored, -100, targets),
        class_weights=weights if weighted else None,
        reduction=reduction,
    )
    assert type(loss) is float
    assert loss == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 0.0, 1.0, 3.0]])
@pytest.mark.parametrize("masked", [False, True])
def test_the_gradient_of_cross_entropy_is_the_measured_slope(reduction, weights, masked):
    logits, targets = random_batch(seed=1)
    targets[0, 1] = -100
    mask = np.array([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 0, 1]], bool) if masked else None
    options = {"class_weights": weights, "mask": mask, "reduction": reduction}
    _, d_logits = cross_entropy(logits, targets, **options)
    slopes = measured_slopes(lambda values: cross_entropy(values, targets, **options)[0], logits)
    np.testing.assert_allclose(d_logits, slopes, rtol=1e-6, atol=1e-9)
    assert abs(d_logits).max() > 0.01


@given(st.integers(1, 5), st.integers(1, 5), st.integers(2, 7), st.integers(0, 999))
@every_dtype
@few
def test_each_row_of_the_gradient_has_the_sum_zero(dtype, n_sequences, n_steps, n_outputs, seed):
    batch = random_batch(seed, n_sequences, n_steps, n_outputs, dtype)
    _, d_logits = cross_entropy(*batch, reduction="sum")
    np.testing.assert_allclose(d_logits.sum(axis=-1), 0, atol=10 * np.finfo(dtype).eps)


@given(st.integers(0, 999), st.floats(-100, 100))
@few
def test_a_number_added_to_all_logits_of_a_row_changes_nothing(seed, shift):
    logits, targets = random_batch(seed)
    loss, d_logits = cross_entropy(logits, targets)
    again, d_again = cross_entropy(logits + shift, targets)
    assert again == pytest.approx(loss, abs=1e-12)
    np.testing.assert_allclose(d_again, d_logits, atol=1e-12)
    np.testing.assert_allclose(softmax(logits + shift), softmax(logits), atol=1e-12)


@given(st.integers(0, 999), st.integers(0, 12))
@few
def test_what_is_not_counted_is_as_if_it_were_not_there(seed, n_ignored):
    logits, targets = random_batch(seed)
    counted = np.ones(12, bool)
    counted[np.random.default_rng(seed).permutation(12)[: min(n_ignored, 11)]] = False
    counted = counted.reshape(3, 4)
    expected, d_expected = cross_entropy(logits[counted], targets[counted])
    for options in ({"ignore_index": 77}, {"mask": counted}):
        loss, d_logits = cross_entropy(logits, np.where(counted, targets, 77), **options)
        assert loss == pytest.approx(expected, rel=1e-12)
        np.testing.assert_allclose(d_logits[counted], d_expected, rtol=1e-12)
        assert not d_logits[~counted].any()


def test_ignore_index_and_mask_both_leave_out():
    logits, targets = random_batch(seed=2)
    targets[0, 0] = 0
    mask = np.ones((3, 4), bool)
    mask[2, 3] = False
    loss, d_logits = cross_entropy(logits, targets, ignore_index=0, mask=mask)
    counted = (targets != 0) & mask
    assert loss == pytest.approx(cross_entropy(logits[counted], targets[counted])[0], rel=1e-12)
    assert (d_logits.any(axis=-1) == counted).all()


def test_what_stands_under_the_mask_is_not_looked_at():
    logits, targets = random_batch(seed=3)
    mask = np.ones((3, 4), bool)
    mask[1, 2:] = False
    expected, d_expected = cross_entropy(logits, targets, mask=mask)
    targets[1, 2:] = [-1, 99]
    loss, d_logits = cross_entropy(logits, targets, mask=mask)
    assert loss == expected
    np.testing.assert_array_equal(d_logits, d_expected)


def test_a_class_of_weight_two_counts_like_each_of_its_samples_twice():
    rng = np.random.default_rng(4)
    logits, targets, weights = rng.normal(size=(6, 3)), np.array([0, 1, 2, 2, 0, 1]), [1, 2, 3]
    times = np.take(weights, targets)
    expected, d_expected = cross_entropy(logits.repeat(times, axis=0), targets.repeat(times))
    loss, d_logits = cross_entropy(logits, targets, class_weights=weights)
    assert loss == pytest.approx(expected, rel=1e-12)
    starts = np.cumsum(times) - times
    np.testing.assert_allclose(d_logits, np.add.reduceat(d_expected, starts, axis=0), rtol=1e-12)


@pytest.mark.parametrize("unit", [1e-60, 1e37])
def test_only_the_ratios_of_weights_matter_to_a_mean(unit):
    logits, targets = np.zeros((4, 2), np.float32), np.array([0, 1, 0, 1])
    loss, d_logits = cross_entropy(logits, targets, class_weights=[3 * unit, unit])
    expected, d_expected = cross_entropy(logits, targets, class_weights=[3, 1])
    assert loss == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(d_logits, d_expected, rtol=1e-6)


@pytest.mark.parametrize(("dtype", "most"), [(np.float32, 3.4e38), (np.float64, 1.79e308)])
def test_a_sum_of_weights_is_finite(dtype, most):
    logits, targets = np.zeros((4, 2), dtype), np.zeros(4, int)
    loss, _ = cross_entropy(logits, targets, class_weights=[most / 8, 0])
    assert loss == pytest.approx(math.log(2), rel=1e-6)
    with pytest.raises(ValueError, match=r"class_weights has .*: expected at most (4\.3|2\.2)e\+"):
        cross_entropy(logits, targets, class_weights=[most / 7, 0])


def test_guessing_evenly_costs_the_log_of_the_number_of_classes():
    assert cross_entropy(np.zeros((2, 3, 50)), np.ones((2, 3), int))[0] == pytest.approx(
        math.log(50), rel=1e-15
    )


@every_dtype
def test_large_logits_neither_overflow_nor_lose_the_loss(dtype):
    logits = np.array([[1e4, -1e4, 0], [-1e4, -5e3, -5e3]], dtype)
    with np.errstate(all="raise"):
        loss, d_logits = cross_entropy(logits, [1, 1], reduction="sum")
        probabilities = softmax(logits)
    assert loss == pytest.approx(2e4 + math.log(2), rel=1e-7)
    assert d_logits.tolist() == [[1, -1, 0], [0, -0.5, 0.5]]
    assert probabilities.tolist() == [[1, 0, 0], [0, 0.5, 0.5]]


def test_logits_whose_difference_is_too_large_for_float32_are_no_trouble():
    loss, d_logits = cross_entropy(np.array([[3e38, -3e38]], np.float32), [0])
    assert loss == 0
    np.testing.assert_array_equal(d_logits, 0)


def test_float32_stays_float32_and_agrees_with_float64():
    logits, targets = random_batch(5, n_sequences=32, n_steps=100, n_outputs=80, dtype=np.float32)
    weights = np.random.default_rng(5).uniform(0.5, 2, 80)
    loss, d_logits = cross_entropy(logits, targets, class_weights=weights)
    exact, d_exact = cross_entropy(logits.astype(float), targets, class_weights=weights)
    assert d_logits.dtype == softmax(logits).dtype == np.float32
    assert d_exact.dtype == np.float64
    assert loss == pytest.approx(exact, rel=1e-6)
    np.testing.assert_allclose(d_logits, d_exact, rtol=2e-5, atol=1e-12)


def test_the_gradient_lies_in_memory_like_the_logits():
    logits, targets = random_batch(seed=6)
    assert not logits.flags.c_contiguous
    assert cross_entropy(logits, targets)[1].strides == logits.strides
    contiguous = np.ascontiguousarray(logits)
    assert cross_entropy(contiguous, targets)[1].strides == contiguous.strides
    np.testing.assert_array_equal(
        cross_entropy(contiguous, targets)[1], cross_entropy(logits, targets)[1]
    )


def test_the_callers_arrays_stay_as_they_are():
    logits, targets = random_batch(seed=7)
    targets[1, 1] = -100
    mask = np.arange(12).reshape(3, 4) != 5
    before = [array.copy() for array in (logits, targets, mask)]
    for array in (logits, targets, mask):
        array.flags.writeable = False
    _, d_logits = cross_entropy(logits, targets, mask=mask)
    _, d_predictions = squared_error(logits, logits + 1, mask=mask)
    softmax(logits)
    for array, copy in zip((logits, targets, mask), before, strict=True):
        np.testing.assert_array_equal(array, copy)
    for gradient in (d_logits, d_predictions):
        assert not np.shares_memory(gradient, logits)
        assert gradient.flags.writeable


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.uint64])
def test_targets_may_be_whole_numbers_of_any_type(kind):
    logits, targets = random_batch(seed=8)
    assert cross_entropy(logits, targets.astype(kind))[0] == cross_entropy(logits, targets)[0]


def test_without_a_counted_target_the_sum_is_zero_and_the_mean_is_refused():
    logits, _ = random_batch(seed=9)
    targets = np.full((3, 4), -100)
    loss, d_logits = cross_entropy(logits, targets, reduction="sum")
    assert loss == 0.0
    assert d_logits.shape == logits.shape
    assert not d_logits.any()
    with pytest.raises(ValueError, match="no target is counted: expected at least one for a mean"):
        cross_entropy(logits, targets)
    with pytest.raises(ValueError, match=r"no target is counted.*a class of weight 0"):
        cross_entropy(logits, np.zeros((3, 4), int), class_weights=[0, 1, 1, 1, 1])
    assert cross_entropy(np.empty((0, 3)), [], reduction="sum")[0] == 0.0
    with pytest.raises(ValueError, match="no target is counted"):
        cross_entropy(np.empty((0, 3)), [])
    with pytest.raises(ValueError, match="no target is counted"):
        squared_error(logits, logits, mask=np.zeros((3, 4), bool))
    loss, d_predictions = squared_error(
        logits, logits + 1, mask=np.zeros((3, 4), bool), reduction="sum"
    )
    assert loss == 0.0
    assert not d_predictions.any()


@pytest.mark.parametrize(
    ("logits", "targets", "error", "message"),
    [
        (np.zeros((2, 3)), [0, 3], ValueError, "targets[1] is 3: expected 0 to 2, for 3 classes"),
        (np.zeros((2, 3)), [0, -1], ValueError, "NumPy would wrap it around silently"),
        (np.zeros((1, 2, 3)), [[0, -5]], ValueError, "targets[0][1] is -5: expected 0 to 2"),
        (
            np.zeros((2, 3)),
            np.array([0, 2**63 - 1], np.uint64),
            ValueError,
            "targets[1] is 9223372036854775807: expected 0 to 2",
        ),
        (np.zeros((2, 3)), [0.0, 1.0], TypeError, "dtype float64: expected whole numbers"),
        (np.zeros((2, 3)), [True, False], TypeError, "dtype bool: expected whole numbers"),
        (np.zeros((2, 3)), ["a", "b"], TypeError, "targets holds text"),
        (np.zeros((2, 3)), [[0], [1, 2]], ValueError, "targets is ragged"),
        (
            np.zeros((2, 3)),
            np.eye(3)[:2],
            ValueError,
            "if they are one-hot, use targets.argmax(-1)",
        ),
        (np.zeros((2, 3)), [0, 1, 2], ValueError, "targets has shape (3,): expected (2,)"),
        (np.zeros((2, 3)), [[0], [1]], ValueError, "use targets[..., 0]"),
        (np.zeros((2, 3, 4)), np.zeros((3, 2), int), ValueError, "use targets.T"),
        (np.zeros((2, 3, 4)), np.zeros((2, 3, 1), int), ValueError, "one axis too many"),
        (np.zeros((2, 4, 3)), np.zeros((2, 3), int), ValueError, "use logits.swapaxes(1, 2)"),
        (np.zeros(3), 0, ValueError, "for one prediction use logits[None]"),
        (np.zeros((1, 1, 1, 3)), [[[0]]], ValueError, "expected (n_sequences, n_outputs) or"),
        (np.zeros((2, 1)), [0, 0], ValueError, "one class only: the loss is always 0"),
        (np.zeros((2, 0)), [0, 0], ValueError, "there is no class"),
        ([[0, np.nan]], [0], ValueError, "logits[0][1] is nan: expected finite numbers"),
        ([[np.inf, 0]], [0], ValueError, "logits[0][0] is inf: expected finite numbers"),
        ([[0, -np.inf]], [0], ValueError, "logits[0][1] is -inf: expected finite numbers"),
        ([[0, 1], [2]], [0, 1], ValueError, "logits is ragged"),
        ([[1j, 0]], [0], TypeError, "logits holds complex numbers"),
        (np.array([[None, 0]]), [0], TypeError, "logits holds objects"),
    ],
)
def test_cross_entropy_refuses_what_does_not_fit(logits, targets, error, message):
    with pytest.raises(error, match=re.escape(message)):
        cross_entropy(logits, targets)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"reduction": "none"}, ValueError, "reduction is 'none': expected 'mean' or 'sum'"),
        ({"class_weights": [1, -1, 1]}, ValueError, "class_weights has -1: expected 0 or more"),
        ({"class_weights": [1, np.nan, 1]}, ValueError, "class_weights[1] is nan"),
        ({"class_weights": [1, 1]}, ValueError, "class_weights has shape (2,): expected (3,)"),
        ({"mask": [1, 0]}, TypeError, "use mask.astype(bool)"),
        ({"mask": [[True, False]]}, ValueError, "mask has shape (1, 2): expected (2,)"),
        ({"ignore_index": 0.5}, TypeError, "ignore_index is 0.5: expected a whole number"),
        ({"ignore_index": None}, TypeError, "ignore_index is None: expected a whole number"),
    ],
)
def test_cross_entropy_refuses_options_without_meaning(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        cross_entropy(np.zeros((2, 3)), [0, 1], **options)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=6))
@few
def test_softmax_gives_probabilities_in_the_order_of_the_logits(logits):
    probabilities = softmax(logits)
    assert probabilities.sum() == pytest.approx(1, abs=1e-12)
    assert probabilities.min() >= 0
    assert (np.diff(probabilities[np.argsort(logits)]) >= 0).all()


def test_softmax_is_over_the_last_axis():
    logits = np.random.default_rng(0).normal(size=(2, 3, 4))
    expected = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    np.testing.assert_allclose(softmax(logits), expected, rtol=1e-14)


@pytest.mark.parametrize("logits", [3.0, [], np.zeros((2, 0))])
def test_softmax_needs_a_class(logits):
    with pytest.raises(ValueError, match=r"expected \(\.\.\., n_outputs\), one number for each"):
        softmax(logits)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("mask_shape", [None, (3, 4), (3, 4, 2)])
def test_squared_error_and_its_gradient(reduction, mask_shape):
    rng = np.random.default_rng(10)
    predictions, targets = rng.normal(size=(2, 3, 4, 2))
    mask = None if mask_shape is None else rng.random(mask_shape) < 0.6
    counted = np.ones((3, 4, 2), bool)
    if mask is not None:
        counted = np.repeat(mask[..., None], 2, axis=-1) if mask.ndim == 2 else mask
    squares = [(predictions[i] - targets[i]) ** 2 for i in np.ndindex(3, 4, 2) if counted[i]]
    expected = sum(squares) / (len(squares) if reduction == "mean" else 1)

    options = {"mask": mask, "reduction": reduction}
    loss, d_predictions = squared_error(predictions, targets, **options)
    assert type(loss) is float
    assert loss == pytest.approx(expected, rel=1e-12)
    slopes = measured_slopes(
        lambda values: squared_error(values, targets, **options)[0], predictions
    )
    np.testing.assert_allclose(d_predictions, slopes, rtol=1e-6, atol=1e-9)
    assert not d_predictions[~counted].any()


@pytest.mark.parametrize("shape", [(), (3,), (2, 3, 4, 5)])
def test_squared_error_takes_any_shape_and_keeps_the_type(shape):
    predictions = np.full(shape, 3, np.float32)
    loss, d_predictions = squared_error(predictions, np.full(shape, 1.0))
    assert loss == 4.0
    assert d_predictions.dtype == np.float32
    assert d_predictions.shape == shape
    np.testing.assert_allclose(d_predictions, 4 / predictions.size)


def test_squared_error_of_huge_float32_numbers_does_not_overflow():
    loss, _ = squared_error(np.full(3, 1e30, np.float32), np.zeros(3))
    assert loss == pytest.approx(1e60, rel=1e-6)


@pytest.mark.parametrize(
    ("targets", "options", "error", "message"),
    [
        (np.zeros(3), {}, ValueError, "targets has shape (3,): expected (3, 1)"),
        (np.zeros(3), {}, ValueError, "NumPy would stretch another one silently"),
        (np.zeros((3, 1)), {"reduction": None}, ValueError, "reduction is None"),
        (np.zeros((3, 1)), {"mask": np.ones(3)}, TypeError, "use mask.astype(bool)"),
        (np.zeros((3, 1)), {"mask": np.ones(2, bool)}, ValueError, "mask has shape (2,)"),
        ([[0], [0], [np.nan]], {}, ValueError, "targets[2][0] is nan"),
        (["a", "b", "c"], {}, TypeError, "targets holds text"),
    ],
)
def test_squared_error_refuses_what_does_not_fit(targets, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        squared_error(np.zeros((3, 1)), targets, **options)
