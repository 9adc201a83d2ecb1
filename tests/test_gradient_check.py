"""The check passes right gradients, and says where a wrong one is wrong."""

import re

import numpy as np
import pytest

from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.parameters import Parameters


@pytest.fixture
def arrays():
    rng = np.random.default_rng(0)
    return {"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}


def loss_of(arrays):
    return lambda: float(np.tanh(np.arange(3.0) @ arrays["W"] + arrays["b"]).sum())


def gradients_of(arrays):
    d_a = 1 - np.tanh(np.arange(3.0) @ arrays["W"] + arrays["b"]) ** 2
    return {"W": np.outer(np.arange(3.0), d_a), "b": d_a}


def test_a_right_gradient_passes_with_room(arrays):
    evidence = check_gradients(loss_of(arrays), arrays, gradients_of(arrays), show=False)
    assert [one.name for one in evidence] == ["W", "b"]
    assert all(one.is_right and one.difference < 1e-7 for one in evidence)


def test_it_prints_a_line_for_each_array(arrays, capsys):
    gradients = gradients_of(arrays)
    gradients["b"][2] *= 1.25
    check_gradients(loss_of(arrays), arrays, gradients)
    first, second = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"W +12 of 12 entries   below 1e-06   right", first)
    given, measured = gradients["b"][2], gradients["b"][2] / 1.25
    assert second.endswith(f"0.2   WRONG: b[2] is {given:.6g}, measured {measured:.6g}")


def test_an_array_without_numbers_has_no_wrong_one():
    nothing = {"W": np.zeros((0, 3))}
    [evidence] = check_gradients(lambda: 1.0, nothing, nothing, show=False)
    assert evidence.is_right
    assert evidence.difference == 0


@pytest.mark.parametrize("factor", [-1, 0, 1.001])
def test_one_wrong_entry_is_found(arrays, factor):
    gradients = gradients_of(arrays)
    gradients["W"][2, 1] *= factor
    evidence = check_gradients(loss_of(arrays), arrays, gradients, show=False)
    assert (evidence[0].is_right, evidence[1].is_right) == (False, True)
    assert evidence[0].position == (2, 1)


def test_the_arrays_are_put_back_exactly(arrays):
    before = {name: array.copy() for name, array in arrays.items()}
    check_gradients(loss_of(arrays), arrays, gradients_of(arrays), show=False)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, before[name])


def test_they_are_put_back_after_an_error_too(arrays):
    before, calls = arrays["W"].copy(), []

    def loss():
        calls.append(1)
        if len(calls) > 3:
            raise ZeroDivisionError
        return 1.0

    with pytest.raises(ZeroDivisionError):
        check_gradients(loss, arrays, gradients_of(arrays), show=False)
    np.testing.assert_array_equal(arrays["W"], before)


def test_a_gradient_of_zero_is_right_where_nothing_depends():
    w, unused = np.array([2.0]), np.ones(3)
    gradients = {"w": [4.0], "unused": np.zeros(3)}
    evidence = check_gradients(lambda: w[0] ** 2, {"w": w, "unused": unused}, gradients, show=False)
    assert all(one.is_right for one in evidence)


def test_a_nan_in_the_gradient_is_wrong(arrays):
    gradients = gradients_of(arrays)
    gradients["b"][0] = np.nan
    evidence = check_gradients(loss_of(arrays), arrays, gradients, show=False)
    assert evidence[1].difference == np.inf


def test_large_entries_of_either_sign_are_moved_far_enough_to_be_measured():
    w = np.array([1e6, -1e6])
    evidence = check_gradients(lambda: (w**2).sum(), {"w": w}, {"w": 2 * w}, show=False)
    assert evidence[0].is_right


def test_large_arrays_are_sampled_the_same_way_each_time():
    w = np.linspace(-1, 1, 1000)
    gradient = 2 * w
    runs = [
        check_gradients(lambda: (w**2).sum(), {"w": w}, {"w": gradient}, max_entries=50, show=False)
        for _ in range(2)
    ]
    assert runs[0] == runs[1]
    assert (runs[0][0].n_checked, runs[0][0].n_entries) == (50, 1000)


def test_parameters_that_have_no_gradient_are_left_out(arrays, capsys):
    gradients = gradients_of(arrays)
    check_gradients(loss_of(arrays), arrays, {"b": gradients["b"]})
    assert capsys.readouterr().out.count("\n") == 1


def test_parameters_and_non_contiguous_arrays_can_be_checked():
    params = Parameters({"W": np.arange(6.0).reshape(2, 3)})
    view = np.ones((4, 4))[::2, ::2]
    loss = lambda: (params["W"] ** 2).sum() + (view**2).sum()  # noqa: E731
    for arrays, gradient in ((params, 2 * params["W"]), ({"W": view}, 2 * view)):
        [one] = check_gradients(loss, arrays, {"W": gradient}, show=False)
        assert one.is_right


def read_only(array):
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("array", "gradient", "error", "message"),
    [
        (np.ones(2, "f4"), np.ones(2), TypeError, "w is float32: expected an array of float64"),
        ([1.0, 2.0], np.ones(2), TypeError, "w is list: expected an array of float64"),
        (np.ones(2), np.ones(3), ValueError, "the gradient of w has shape (3,): expected (2,)"),
        (read_only(np.ones(2)), np.ones(2), ValueError, "w is read-only"),
    ],
)
def test_what_cannot_be_checked_is_refused(array, gradient, error, message):
    with pytest.raises(error, match=re.escape(message)):
        check_gradients(lambda: 1.0, {"w": array}, {"w": gradient})


def test_names_and_settings_are_checked(arrays):
    with pytest.raises(ValueError, match="gradients has 'v', arrays has"):
        check_gradients(loss_of(arrays), arrays, {"v": [1.0]})
    with pytest.raises(ValueError, match="gradients is empty"):
        check_gradients(loss_of(arrays), arrays, {})
    with pytest.raises(ValueError, match="step is -1: expected a number above 0"):
        check_gradients(loss_of(arrays), arrays, gradients_of(arrays), step=-1)
    with pytest.raises(ValueError, match="step is 5e-324: expected 1e-12 or more"):
        check_gradients(loss_of(arrays), arrays, gradients_of(arrays), step=5e-324)
    with pytest.raises(ValueError, match="tolerance is 0: expected a number above 0"):
        check_gradients(loss_of(arrays), arrays, gradients_of(arrays), tolerance=0)


def test_a_loss_that_is_no_number_or_changes_is_refused(arrays):
    with pytest.raises(ValueError, match="the loss is nan: expected a finite number"):
        check_gradients(lambda: np.nan, arrays, gradients_of(arrays))
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="comes out different when computed twice"):
        check_gradients(rng.random, arrays, gradients_of(arrays))
