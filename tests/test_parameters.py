"""Named windows on one flat vector stay tied to it, through copies, parts and pickles."""

import copy
import pickle
import re

import numpy as np
import pytest

from rnnhelpers.parameters import Parameters, float_dtype


@pytest.fixture
def params():
    inner = Parameters({"W": np.arange(6.0).reshape(2, 3), "b": [6.0, 7.0]})
    return Parameters({"one": inner, "two": Parameters({"b": [8.0]})})


def test_flat_holds_the_arrays_one_after_the_other(params):
    np.testing.assert_array_equal(params.flat, np.arange(9.0))
    assert list(params) == ["one.W", "one.b", "two.b"]
    assert (len(params), params.dtype) == (3, np.float64)


def test_the_arrays_are_copied_in():
    mine = np.zeros(2)
    params = Parameters({"b": mine})
    params.flat += 1
    np.testing.assert_array_equal(mine, [0, 0])


def test_what_is_written_through_one_is_seen_through_the_other(params):
    params["one.b"] = [60, 70]
    params.part("one")["W"][0] = -1
    params.flat[-1] = 80
    np.testing.assert_array_equal(params.flat, [-1, -1, -1, 3, 4, 5, 60, 70, 80])
    assert params["two.b"] == 80


def test_assigning_to_flat_writes_into_the_same_memory(params):
    memory = params.flat
    params.flat = params.flat - 1
    params.flat -= 1
    assert params.flat is memory
    assert params["two.b"] == 6
    with pytest.raises(ValueError, match="broadcast"):
        params.flat = np.zeros(3)


def test_a_part_is_named_without_its_prefix(params):
    assert list(params.part("one")) == ["W", "b"]
    with pytest.raises(KeyError, match=re.escape("no parameter begins with 'on.'")):
        params.part("on")


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda p: pickle.loads(pickle.dumps(p))])
def test_a_copy_is_tied_to_its_own_vector(params, copied):
    other = copied(params)
    other.flat[:] = 0
    assert not other["one.W"].any()
    assert params["one.W"].any()


def test_like_has_the_same_shapes_and_its_own_numbers(params):
    for other in (params.zeros_like(), params.empty_like(), params.copy()):
        other.flat[:] = 0
        assert other.shapes == params.shapes
    assert params.flat.any()
    np.testing.assert_array_equal(params.copy().flat, params.flat)


@pytest.mark.parametrize(
    ("arrays", "dtype"),
    [
        ({"a": np.zeros(2, "f4"), "b": np.zeros(2, "f4")}, "float32"),
        ({"a": np.zeros(2, "f4"), "b": np.zeros(2)}, "float64"),
        ({"a": [1, 2]}, "float64"),
    ],
)
def test_the_type_is_that_of_the_arrays(arrays, dtype):
    assert Parameters(arrays).dtype == dtype


def test_wrong_values_are_refused_and_change_nothing(params):
    with pytest.raises(ValueError, match=re.escape("one.W has shape (3, 2): expected (2, 3); it")):
        params["one.W"] = np.ones((3, 2))
    with pytest.raises(KeyError, match="there is no parameter 'W': expected one of"):
        params["W"] = 1
    with pytest.raises(TypeError, match="a has dtype complex128: expected real numbers"):
        Parameters({"a": [1j]})
    with pytest.raises(ValueError, match=re.escape("flat has shape (2,): expected (3,)")):
        Parameters.over(np.zeros(2), {"a": (3,)})
    with pytest.raises(TypeError, match=re.escape("dtype is float16: expected float32 (to train)")):
        float_dtype("float16")
    np.testing.assert_array_equal(params.flat, np.arange(9.0))


def test_it_shows_its_shapes(params):
    assert repr(params) == "Parameters(one.W (2, 3), one.b (2,), two.b (1,))"
