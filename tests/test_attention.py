"""Attention: the mean it takes, its gradients measured, and what it refuses."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.attention import Attention
from rnnhelpers.gradient_check import check_gradients


def drawn(n_hidden=3, n_memory=2, n_sequences=2, n_asking=4, n_steps=5, seed=0):
    rng = np.random.default_rng(seed)
    attention = Attention(n_hidden, n_memory)
    attention.params["W_a"] = rng.normal(size=(n_hidden, n_memory))
    h = rng.normal(size=(n_sequences, n_asking, n_hidden))
    return attention, h, rng.normal(size=(n_sequences, n_steps, n_memory)), rng


def test_it_is_the_formula_for_each_state_that_asks():
    attention, h, memory, _ = drawn()
    run = attention.forward(h, memory)
    for n, s in np.ndindex(2, 4):
        scores = [h[n, s] @ attention.params["W_a"] @ memory[n, j] for j in range(5)]
        alpha = np.exp(scores) / np.exp(scores).sum()
        np.testing.assert_allclose(run.weights[n, s], alpha, rtol=1e-12)
        context = sum(a * m for a, m in zip(alpha, memory[n], strict=True))
        np.testing.assert_allclose(run.context[n, s], context, rtol=1e-12)


@given(
    st.tuples(*[st.integers(1, 4)] * 5), st.booleans(), st.integers(0, 999)
)  # fmt: skip
@settings(max_examples=30, deadline=None, derandomize=True)
def test_every_gradient_is_measured(sizes, padded, seed):
    attention, h, memory, rng = drawn(*sizes, seed=seed)
    mask = None
    if padded:
        lengths = rng.integers(1, sizes[4] + 1, size=sizes[2])
        mask = np.arange(sizes[4]) < lengths[:, None]
    d_context = rng.normal(size=(*h.shape[:2], sizes[1]))
    run = attention.forward(h, memory, mask=mask)
    d_params, d_h, d_memory = attention.backward(run, d_context)
    evidence = check_gradients(
        lambda: (attention.forward(h, memory, mask=mask).context * d_context).sum(),
        {"W_a": attention.params["W_a"], "h": h, "memory": memory},
        {"W_a": d_params["W_a"], "h": d_h, "memory": d_memory},
        show=False,
    )
    assert [str(one) for one in evidence if not one.is_right] == []


def test_padding_is_not_looked_at_and_gets_no_gradient():
    attention, h, memory, rng = drawn()
    mask = np.arange(5) < np.array([[3], [5]])
    other = memory.copy()
    other[0, 3:] = 1e6
    run, same = attention.forward(h, memory, mask=mask), attention.forward(h, other, mask=mask)
    np.testing.assert_array_equal(run.context, same.context)
    assert (run.weights[0, :, 3:] == 0).all()
    alone = attention.forward(h[:1], memory[:1, :3])
    np.testing.assert_allclose(run.context[:1], alone.context, rtol=1e-12)
    d_memory = attention.backward(run, rng.normal(size=run.context.shape))[2]
    assert (d_memory[0, 3:] == 0).all()
    assert d_memory[0, :3].all()


def test_huge_scores_do_not_overflow():
    attention, h, memory, _ = drawn()
    run = attention.forward(1e4 * h, memory)
    np.testing.assert_allclose(run.weights.sum(axis=-1), 1)


def test_single_precision_stays_so():
    attention = Attention(3, dtype=np.float32)
    states = np.ones((1, 2, 3), np.float32)
    run = attention.forward(states, states)
    d_params, d_h, d_memory = attention.backward(run, states)
    assert {run.context.dtype, d_h.dtype, d_memory.dtype, d_params.dtype} == {np.dtype("float32")}


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"h": np.zeros((2, 3))}, ValueError, r"h has shape \(2, 3\): expected \(n_seq"),
        ({"memory": np.zeros((2, 5, 4))}, ValueError, r"memory has shape .*n_steps, 2\)"),
        ({"h": np.zeros((1, 4, 3))}, ValueError, "h has 1 sequences and memory has 2"),
        ({"h": np.full((2, 4, 3), np.nan)}, ValueError, r"h\[0\]\[0\]\[0\] is nan"),
        ({"mask": np.ones((2, 5))}, TypeError, "expected True for real steps"),
        ({"mask": np.ones((2, 4), bool)}, ValueError, r"mask has shape \(2, 4\)"),
        ({"mask": np.array([[True] * 5, [False] * 5])}, ValueError, "sequence 1 is padding only"),
    ],
)
def test_what_does_not_fit_is_refused(change, error, message):
    attention, h, memory, _ = drawn()
    given = {"h": h, "memory": memory} | change
    with pytest.raises(error, match=message):
        attention.forward(given.pop("h"), given.pop("memory"), **given)


def test_a_gradient_of_another_shape_is_refused():
    attention, h, memory, _ = drawn()
    run = attention.forward(h, memory)
    with pytest.raises(ValueError, match="one gradient for each context"):
        attention.backward(run, np.zeros((2, 4, 3)))
