"""The update rules, clipping and schedules: equal to their equations, and strict at the door."""

import math
import pickle
import re
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers._validation import NonFiniteError
from rnnhelpers.optimizers import (
    OPTIMIZERS,
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Optimizer,
    RMSprop,
    clip_by_norm,
    clip_by_value,
    exponential_decay,
    warmup_cosine,
)
from rnnhelpers.parameters import Parameters

few = settings(max_examples=40, deadline=None, derandomize=True)
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


def sgd(p, gradients, rates, momentum=0.0, nesterov=False, weight_decay=0.0):
    """Return where one number gets to; so do the other rules below."""
    velocity = 0.0
    for gradient, rate in zip(gradients, rates, strict=True):
        g = gradient + weight_decay * p
        velocity = momentum * velocity + g
        p = p - rate * (g + momentum * velocity if nesterov else velocity)
    return p


def adagrad(p, gradients, rates, epsilon=1e-10):
    total = 0.0
    for g, rate in zip(gradients, rates, strict=True):
        total += g * g
        p -= rate * g / (math.sqrt(total) + epsilon)
    return p


def rmsprop(p, gradients, rates, decay=0.99, epsilon=1e-8):
    mean_square = 0.0
    for g, rate in zip(gradients, rates, strict=True):
        mean_square = decay * mean_square + (1 - decay) * g**2
        p -= rate * g / (math.sqrt(mean_square) + epsilon)
    return p


def adam(p, gradients, rates, beta1=0.9, beta2=0.999, epsilon=1e-8, weight_decay=0.0):
    mean = mean_square = 0.0
    for t, (g, rate) in enumerate(zip(gradients, rates, strict=True), start=1):
        p -= rate * weight_decay * p
        mean = beta1 * mean + (1 - beta1) * g
        mean_square = beta2 * mean_square + (1 - beta2) * g**2
        corrected, corrected_square = mean / (1 - beta1**t), mean_square / (1 - beta2**t)
        p -= rate * corrected / (math.sqrt(corrected_square) + epsilon)
    return p


def adamw(p, gradients, rates, weight_decay=0.01, **options):
    return adam(p, gradients, rates, weight_decay=weight_decay, **options)


RULES = [
    (SGD, sgd, {}),
    (SGD, sgd, {"momentum": 0.9}),
    (SGD, sgd, {"momentum": 0.9, "nesterov": True}),
    (SGD, sgd, {"weight_decay": 0.1}),
    (SGD, sgd, {"momentum": 0.8, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, adagrad, {}),
    (Adagrad, adagrad, {"epsilon": 0.1}),
    (RMSprop, rmsprop, {}),
    (RMSprop, rmsprop, {"decay": 0.9, "epsilon": 0.1}),
    (Adam, adam, {}),
    (Adam, adam, {"beta1": 0.5, "beta2": 0.9, "epsilon": 0.1}),
    (AdamW, adamw, {}),
    (AdamW, adamw, {"weight_decay": 0.3, "beta1": 0.7}),
]


def some_params(dtype=np.float64):
    rng = np.random.default_rng(0)
    return Parameters({"W": rng.normal(size=(2, 3)), "b": rng.normal(size=3)}, dtype)


def gradient_like(params, seed=1):
    d_params = params.empty_like()
    d_params.flat[:] = np.random.default_rng(seed).normal(size=d_params.flat.shape)
    return d_params


@pytest.mark.parametrize(("make", "rule", "options"), RULES)
def test_every_number_follows_the_rule(make, rule, options):
    params, rng = some_params(), np.random.default_rng(2)
    gradients, rates = rng.normal(size=(200, 9)), rng.uniform(0.001, 0.1, size=200)
    expected = [
        rule(number, own.tolist(), rates.tolist(), **options)
        for number, own in zip(params.flat.tolist(), gradients.T, strict=True)
    ]
    optimizer = make(params, **options)
    for gradient, rate in zip(gradients, rates, strict=True):
        optimizer.learning_rate = rate
        optimizer.step(Parameters.over(gradient, params.shapes))
    assert optimizer.n_steps == 200
    np.testing.assert_allclose(params.flat, expected, rtol=1e-12, atol=1e-12)


@given(st.floats(1e-3, 1e3), st.booleans(), st.sampled_from([0.5, 0.9, 0.99]))
@few
def test_the_first_step_of_adam_has_the_length_of_the_learning_rate(size, negative, beta1):
    params = Parameters({"w": [1.0]})
    gradient = -size if negative else size
    Adam(params, learning_rate=0.01, beta1=beta1).step([gradient])
    assert params["w"][0] == pytest.approx(1 + (0.01 if negative else -0.01), abs=1e-6)


@every_optimizer
def test_it_finds_the_bottom_of_a_bowl(make):
    params = Parameters({"w": [1.0, -1.0, 0.5]})
    scale, optimizer = np.array([1.0, 3.0, 10.0]), make(params, learning_rate=0.05)
    for _ in range(2000):
        optimizer.step(scale * params.flat)
    assert abs(params.flat).max() < 0.03


@every_optimizer
def test_the_parameters_change_in_place_and_the_gradient_does_not(make):
    params = some_params()
    flat, window, before = params.flat, params["W"], params.flat.copy()
    d_params = gradient_like(params)
    d_params.flat.flags.writeable = False
    make(params).step(d_params)
    assert params.flat is flat
    assert np.shares_memory(window, flat)
    assert (params.flat != before).all()


@every_optimizer
def test_a_flat_gradient_is_the_same_gradient(make):
    first, second = some_params(), some_params()
    make(first).step(gradient_like(first))
    make(second).step(gradient_like(second).flat.tolist())
    np.testing.assert_array_equal(first.flat, second.flat)


@every_optimizer
@pytest.mark.parametrize("gradient_dtype", [np.float32, np.float64])
def test_float32_stays_float32(make, gradient_dtype):
    params, exact = some_params(np.float32), some_params()
    optimizer, reference = make(params), make(exact)
    for seed in range(20):
        optimizer.step(gradient_like(params, seed).flat.astype(gradient_dtype))
        reference.step(gradient_like(exact, seed))
    state = [part for part in vars(optimizer).values() if isinstance(part, Parameters)]
    assert {part.dtype for part in state} == {np.dtype(np.float32)}
    np.testing.assert_allclose(params.flat, exact.flat, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("make", "rule", "options"), RULES)
def test_a_step_allocates_nothing_of_the_size_of_the_parameters(make, rule, options):
    params = Parameters({"w": np.ones(100_000, np.float32)})
    d_params, optimizer = params.copy(), make(params, **options)
    optimizer.step(d_params)
    tracemalloc.start()
    optimizer.step(d_params)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < params.flat.nbytes / 4


@every_optimizer
def test_a_pickled_optimizer_goes_on_where_it_was(make):
    optimizer = make(some_params())
    optimizer.step(gradient_like(optimizer.params))
    again = pickle.loads(pickle.dumps(optimizer))
    for each in (optimizer, again):
        each.step(gradient_like(optimizer.params, seed=5))
    assert again.n_steps == 2
    np.testing.assert_array_equal(again.params.flat, optimizer.params.flat)


@every_optimizer
@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_gradient_that_is_not_finite_is_refused_and_nothing_changes(make, flat, value):
    optimizer, untouched = make(some_params()), make(some_params())
    for each in (optimizer, untouched):
        each.step(gradient_like(each.params))
    bad = gradient_like(optimizer.params)
    bad["W"][1, 0] = bad["b"][2] = value
    message = re.escape(f"d_params['W'][1][0] is {value}: expected finite numbers; if the gradient")
    with pytest.raises(NonFiniteError, match=message):
        optimizer.step(bad.flat if flat else bad)
    assert optimizer.n_steps == 1
    for name, part in vars(optimizer).items():
        if isinstance(part, Parameters):
            np.testing.assert_array_equal(part.flat, vars(untouched)[name].flat)


def test_a_gradient_with_the_error_in_a_later_array_is_named_too():
    params = some_params()
    bad = gradient_like(params)
    bad["b"][1] = np.nan
    with pytest.raises(ValueError, match=re.escape("d_params['b'][1] is nan")):
        SGD(params).step(bad)


def test_a_large_finite_float32_gradient_is_no_error():
    params = some_params(np.float32)
    SGD(params, learning_rate=1e-30).step(np.full(9, 1e30, np.float32))
    np.testing.assert_allclose(params.flat, some_params().flat - 1, rtol=1e-5, atol=1e-6)


def test_a_gradient_too_large_for_float32_is_refused():
    with pytest.raises(ValueError, match=re.escape("d_params['W'][0][0] is inf")):
        SGD(some_params(np.float32)).step(np.full(9, 1e300))


OTHER_NAMES = Parameters({"W": np.zeros((2, 3)), "b_h": np.zeros(3)})
OTHER_ORDER = Parameters({"b": np.zeros(3), "W": np.zeros((2, 3))})
OTHER_SHAPE = Parameters({"W": np.zeros((3, 2)), "b": np.zeros(3)})


@pytest.mark.parametrize(
    ("d_params", "error", "message"),
    [
        (OTHER_NAMES, ValueError, "d_params has the arrays ['W', 'b_h']: expected ['W', 'b']"),
        (OTHER_ORDER, ValueError, "expected ['W', 'b'], in this order"),
        (OTHER_SHAPE, ValueError, "d_params['W'] has shape (3, 2): expected (2, 3)"),
        ({"W": np.zeros((2, 3))}, TypeError, "use Parameters(d_params)"),
        (np.zeros(8), ValueError, "d_params has shape (8,): expected (9,); one number for each"),
        (np.zeros((9, 1)), ValueError, "d_params has shape (9, 1): expected (9,)"),
        (np.zeros(9, complex), TypeError, "d_params holds complex numbers"),
        ([[1.0], [1.0, 2.0]], ValueError, "d_params is ragged"),
        (None, TypeError, "d_params holds objects"),
    ],
)
def test_a_gradient_of_something_else_is_refused(d_params, error, message):
    optimizer = Adam(some_params())
    with pytest.raises(error, match=re.escape(message)):
        optimizer.step(d_params)
    assert optimizer.n_steps == 0


@every_optimizer
@pytest.mark.parametrize("rate", [0, -0.1, np.nan, np.inf])
def test_a_learning_rate_that_does_not_descend_is_refused(make, rate):
    message = rf"learning_rate is {rate}: expected a number above 0; .* a negative one climbs"
    with pytest.raises(ValueError, match=message):
        make(some_params(), learning_rate=rate)
    optimizer = make(some_params(), learning_rate=0.5)
    with pytest.raises(ValueError, match=message):
        optimizer.learning_rate = rate
    assert optimizer.learning_rate == 0.5


@pytest.mark.parametrize(
    ("make", "options", "error", "message"),
    [
        (SGD, {"momentum": 1.0}, ValueError, "momentum is 1.0: expected a number at least 0 and"),
        (SGD, {"momentum": -0.1}, ValueError, "momentum is -0.1: expected a number at least 0"),
        (SGD, {"nesterov": True}, ValueError, "nesterov is True and momentum is 0"),
        (SGD, {"weight_decay": -1}, ValueError, "a negative one makes the weights grow"),
        (Adagrad, {"epsilon": 0}, ValueError, "epsilon is 0: expected a number above 0"),
        (RMSprop, {"decay": 1}, ValueError, "decay is 1: expected a number at least 0 and below 1"),
        (RMSprop, {"epsilon": -1e-8}, ValueError, "epsilon is -1e-08: expected a number above 0"),
        (Adam, {"beta1": 1.0}, ValueError, "beta1 is 1.0: expected"),
        (Adam, {"beta2": -0.5}, ValueError, "beta2 is -0.5: expected"),
        (Adam, {"beta2": np.nan}, ValueError, "beta2 is nan: expected"),
        (Adam, {"epsilon": 0.0}, ValueError, "epsilon is 0.0: expected a number above 0"),
        (Adam, {"learning_rate": "0.1"}, TypeError, "learning_rate is '0.1': expected a number"),
        (AdamW, {"weight_decay": -0.01}, ValueError, "weight_decay is -0.01: expected"),
        (AdamW, {"beta1": 2}, ValueError, "beta1 is 2: expected"),
    ],
)
def test_options_out_of_their_range_are_refused(make, options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        make(some_params(), **options)


@every_optimizer
def test_parameters_must_be_parameters(make):
    with pytest.raises(TypeError, match=r"params is of type dict: expected Parameters"):
        make({"W": np.zeros(3)})


def test_a_rule_of_ones_own_needs_to_say_what_it_changes():
    class Halving(Optimizer):
        def _update(self, d_flat):
            self._descend(d_flat, 0.5)

    params = some_params()
    before = params.flat.copy()
    with pytest.raises(NotImplementedError):
        Optimizer(params, 1).step(np.ones_like(before))
    np.testing.assert_array_equal(params.flat, before)
    Halving(params, 1).step(np.ones_like(before))
    np.testing.assert_array_equal(params.flat, before - 0.5)


def test_the_optimizers_are_found_by_their_names():
    assert {name: make.__name__.lower() for name, make in OPTIMIZERS.items()} == {
        name: name for name in ("sgd", "adagrad", "rmsprop", "adam", "adamw")
    }


@given(
    st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8),
    st.floats(1e-3, 1e4),
    st.sampled_from([1.0, 1e-18, 1e18, 1e150]),
)
@few
def test_clipping_by_norm_keeps_the_direction(numbers, max_norm, unit):
    gradient, max_norm = np.array(numbers) * unit, max_norm * unit
    clipped, norm = clip_by_norm(gradient, max_norm)
    assert norm == pytest.approx(math.hypot(*gradient.tolist()), rel=1e-12)
    if norm <= max_norm:
        assert clipped is gradient
    else:
        assert math.hypot(*clipped.tolist()) == pytest.approx(max_norm, rel=1e-12)
        np.testing.assert_allclose(clipped * (norm / max_norm), gradient, 1e-12, atol=1e-300)


def test_the_norm_is_over_all_arrays_and_the_callers_gradient_stays():
    gradient = Parameters({"W": [[2.0, 0.0]], "b": [3.0, 6.0]})
    before = gradient.flat.copy()
    gradient.flat.flags.writeable = False
    clipped, norm = clip_by_norm(gradient, 3.5)
    assert norm == 7.0
    assert isinstance(clipped, Parameters)
    assert clipped["W"].tolist() == [[1.0, 0.0]]
    assert clipped["b"].tolist() == [1.5, 3.0]
    np.testing.assert_array_equal(gradient.flat, before)
    assert clip_by_norm(gradient, 7.0) == (gradient, 7.0)
    assert clip_by_norm(gradient, 7.0)[0] is gradient


def test_the_squares_of_whole_numbers_do_not_overflow():
    clipped, norm = clip_by_norm(np.array([2**30, 0], np.int32), 0.5)
    assert norm == 2.0**30
    assert clipped.tolist() == [0.5, 0.0]


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(1e30, np.float32), (1e-30, np.float32), (1e-12, np.float32), (1e200, float), (1e-200, float)],
)
def test_norms_neither_overflow_nor_vanish(value, dtype):
    gradient = np.full(10_000, value, dtype)
    with np.errstate(all="raise"):
        clipped, norm = clip_by_norm(gradient, 50 * value)
    assert norm == pytest.approx(100 * value, rel=1e-5)
    assert clipped.dtype == dtype
    np.testing.assert_allclose(clipped, value / 2, rtol=1e-5)


def test_a_norm_may_be_too_large_for_the_type_of_the_gradient():
    _, norm = clip_by_norm(np.full(4, 3e38, np.float32), 1.0)
    assert norm == pytest.approx(6e38)


def test_a_gradient_of_zeros_has_the_norm_zero():
    for gradient in (np.zeros(3), np.zeros(0), some_params().zeros_like()):
        clipped, norm = clip_by_norm(gradient, 1.0)
        assert norm == 0.0
        assert clipped is gradient


def test_arrays_of_other_forms_can_be_clipped():
    matrix = np.array([[3, 0, 9], [0, 4, 9]], np.float32)[:, :2]
    clipped, norm = clip_by_norm(matrix, 2.5)
    assert norm == 5.0
    assert clipped.dtype == np.float32
    assert clipped.tolist() == [[1.5, 0.0], [0.0, 2.0]]
    assert clip_by_norm([3, 4], 1)[0].round(4).tolist() == [0.6, 0.8]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8), st.floats(1e-3, 1e3))
@few
def test_clipping_by_value_touches_only_what_is_too_large(numbers, limit):
    gradient = np.array(numbers)
    clipped = clip_by_value(gradient, limit)
    expected = [math.copysign(min(abs(number), limit), number) for number in numbers]
    assert clipped.tolist() == expected
    assert gradient.tolist() == numbers
    assert not np.shares_memory(clipped, gradient)


def test_parameters_clipped_by_value_are_parameters():
    gradient = some_params(np.float32)
    clipped = clip_by_value(gradient, 0.2)
    assert clipped.shapes == gradient.shapes
    assert clipped.dtype == np.float32
    np.testing.assert_array_equal(clipped["W"], gradient["W"].clip(-0.2, 0.2))
    assert abs(gradient.flat).max() > 0.2


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
@pytest.mark.parametrize("limit", [0, -1.0, np.nan, -np.inf])
def test_limits_without_meaning_are_refused(clip, limit):
    with pytest.raises(ValueError, match=rf"is {limit}: expected a number above 0"):
        clip(np.ones(3), limit)


@pytest.mark.parametrize("clip", [clip_by_norm, clip_by_value])
def test_what_is_no_gradient_is_refused(clip):
    with pytest.raises(TypeError, match=re.escape("use Parameters(d_params)")):
        clip({"b": np.ones(3)}, 1.0)
    with pytest.raises(TypeError, match="d_params holds text"):
        clip("abc", 1.0)


def test_clipping_by_value_does_not_hide_an_infinity():
    bad = gradient_like(some_params())
    bad["b"][2] = np.inf
    with pytest.raises(ValueError, match=re.escape("d_params['b'][2] is inf: expected finite")):
        clip_by_value(bad, 1.0)
    with pytest.raises(ValueError, match=re.escape("d_params[1][0] is nan: expected finite")):
        clip_by_value(np.array([[1.0], [np.nan]]), 1.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_norm_tells_of_what_is_not_finite(value, dtype):
    bad = gradient_like(some_params(dtype))
    bad["b"][2] = value
    with np.errstate(all="raise"):
        clipped, norm = clip_by_norm(bad, 1.0)
    assert clipped is bad
    np.testing.assert_equal(norm, abs(value))
    with pytest.raises(NonFiniteError):
        SGD(some_params(dtype)).step(clipped)


def test_with_an_infinite_limit_only_the_norm_is_measured():
    gradient = np.array([3e30, 4e30])
    clipped, norm = clip_by_norm(gradient, np.inf)
    assert clipped is gradient
    assert norm == pytest.approx(5e30)


def test_the_message_for_a_negative_norm_says_what_it_would_do():
    with pytest.raises(ValueError, match="a negative one would turn the gradient around"):
        clip_by_norm(np.ones(3), -1.0)


def test_warmup_and_cosine_have_the_right_values():
    rates = [
        warmup_cosine(step, 20, peak=0.4, n_warmup=4, final=0.1) for step in (0, 1, 3, 4, 8, 12, 20)
    ]
    quarter = 0.04 + 0.36 * (1 + math.sqrt(0.5)) / 2
    assert rates == pytest.approx([0.08, 0.16, 0.32, 0.4, quarter, 0.22, 0.04], rel=1e-12)
    assert warmup_cosine(21, 20, peak=0.4, n_warmup=4, final=0.1) == rates[-1]
    assert warmup_cosine(10**9, 20, peak=0.4, final=0.1) == pytest.approx(0.04)
    assert warmup_cosine(0, 20, peak=0.4) == 0.4
    assert warmup_cosine(20, 20) == 0.0


@given(st.integers(1, 60), st.integers(0, 59), st.floats(0, 0.99))
@few
def test_the_rate_climbs_to_the_peak_and_falls(n_steps, n_warmup, final):
    n_warmup = min(n_warmup, n_steps - 1)
    rates = [warmup_cosine(s, n_steps, n_warmup=n_warmup, final=final) for s in range(n_steps + 2)]
    assert min(rates[:n_steps]) > 0
    assert max(rates) == rates[n_warmup] == 1
    assert (np.diff(rates[: n_warmup + 1]) > 0).all()
    assert (np.diff(rates[n_warmup : n_steps + 1]) < 0).all()
    assert rates[n_steps] == rates[n_steps + 1] == pytest.approx(final, abs=1e-15)


def test_exponential_decay_multiplies_every_few_steps():
    expected = 0.5
    for step in range(30):
        if step and step % 10 == 0:
            expected *= 0.9
        rate = exponential_decay(step, start=0.5, factor=0.9, every=10)
        assert rate == pytest.approx(expected, rel=1e-14)
    assert exponential_decay(3, start=1, factor=0.5) == 0.125
    assert type(exponential_decay(0, start=np.float32(1), factor=0.5)) is float


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"step": -1}, ValueError, "step is -1: expected 0 or more"),
        ({"step": 0.5}, TypeError, "step is 0.5: expected a whole number"),
        ({"step": 2**53 + 1}, ValueError, f"step is {2**53 + 1}: expected {2**53} or less"),
        ({"n_steps": 0}, ValueError, "n_steps is 0: expected 1 or more"),
        ({"peak": 0}, ValueError, "peak is 0: expected a number above 0"),
        ({"n_warmup": -1}, ValueError, "n_warmup is -1: expected 0 or more"),
        ({"n_warmup": 10}, ValueError, "n_warmup is 10: expected less than n_steps, 10"),
        ({"final": -0.1}, ValueError, "final is -0.1: expected a number at least 0"),
        ({"final": 1.5}, ValueError, "final is 1.5: expected 0 to 1, since it is a share of peak"),
    ],
)
def test_warmup_and_cosine_refuse_what_has_no_meaning(options, error, message):
    with pytest.raises(error, match=re.escape(message)):
        warmup_cosine(**{"step": 0, "n_steps": 10} | options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"step": -1}, "step is -1: expected 0 or more"),
        ({"start": 0}, "start is 0: expected a number above 0"),
        ({"factor": 1}, "above 0 and below 1; with 1 or more the rate does not decay"),
        ({"factor": 0}, "factor is 0: expected a number above 0 and below 1"),
        ({"every": 0}, "every is 0: expected 1 or more"),
    ],
)
def test_exponential_decay_refuses_what_has_no_meaning(options, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        exponential_decay(**{"step": 1, "start": 1.0, "factor": 0.5} | options)


def test_the_length_of_a_gradient_whose_squares_are_tiny_is_exact():
    numbers = np.full(50, 1e-22, dtype=np.float32)
    before = Parameters({"W": numbers.copy()})
    assert clip_by_norm(before, 1.0)[1] == pytest.approx(1e-22 * np.sqrt(50), rel=1e-5, abs=0)
