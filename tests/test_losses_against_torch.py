"""Losses and gradients are PyTorch's, in float64, over random configurations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.losses import cross_entropy, softmax, squared_error

torch = pytest.importorskip("torch")

many = settings(max_examples=75, deadline=None, derandomize=True)


def assert_same(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-13)


@given(
    sizes=st.tuples(st.integers(1, 5), st.integers(1, 6), st.integers(2, 7)),
    over_time=st.booleans(),
    weighted=st.booleans(),
    ignore_index=st.sampled_from([-100, -1, 0]),
    masked=st.booleans(),
    reduction=st.sampled_from(["mean", "sum"]),
    scale=st.sampled_from([0.1, 1.0, 30.0]),
    seed=st.integers(0, 9999),
)
@many
def test_cross_entropy(sizes, over_time, weighted, ignore_index, masked, reduction, scale, seed):
    rng = np.random.default_rng(seed)
    n_sequences, n_steps, n_outputs = sizes
    shape = (n_sequences, n_steps) if over_time else (n_sequences,)
    logits = rng.normal(scale=scale, size=(*shape, n_outputs))
    targets = rng.integers(n_outputs, size=shape)
    targets[rng.random(shape) < 0.2] = ignore_index
    mask = rng.random(shape) < 0.8 if masked else np.ones(shape, bool)
    first = (0,) * len(shape)
    targets[first], mask[first] = 1, True
    weights = rng.uniform(0.1, 3, n_outputs) if weighted else None

    theirs = torch.tensor(logits, requires_grad=True)
    their_loss = torch.nn.functional.cross_entropy(
        theirs.reshape(-1, n_outputs),
        torch.tensor(np.where(mask, targets, ignore_index)).reshape(-1),
        weight=None if weights is None else torch.tensor(weights),
        ignore_index=ignore_index,
        reduction=reduction,
    )
    their_loss.backward()
    loss, d_logits = cross_entropy(
        logits,
        targets,
        ignore_index=ignore_index,
        class_weights=weights,
        mask=mask if masked else None,
        reduction=reduction,
    )
    assert_same(loss, their_loss.item())
    assert_same(d_logits, theirs.grad.numpy())
    assert_same(softmax(logits), torch.softmax(theirs, dim=-1).detach().numpy())


@given(
    shape=st.lists(st.integers(1, 5), min_size=0, max_size=4),
    reduction=st.sampled_from(["mean", "sum"]),
    seed=st.integers(0, 9999),
)
@many
def test_squared_error(shape, reduction, seed):
    rng = np.random.default_rng(seed)
    predictions, targets = rng.normal(size=(2, *shape))
    theirs = torch.tensor(predictions, requires_grad=True)
    their_loss = torch.nn.functional.mse_loss(theirs, torch.tensor(targets), reduction=reduction)
    their_loss.backward()
    loss, d_predictions = squared_error(predictions, targets, reduction=reduction)
    assert_same(loss, their_loss.item())
    assert_same(d_predictions, theirs.grad.numpy())
