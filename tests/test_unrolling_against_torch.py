"""Outputs and every gradient are PyTorch's, in float64, over random configurations."""

import numpy as np
import pytest
from engine_cases import KINDS, as_parts, draw_state, make_cell
from hypothesis import given, settings
from hypothesis import strategies as st
from torch_twins import as_tensor, gradients_of_layers, stacked_state, torch, twin_of_layers

from rnnhelpers.layers import RecurrentLayers
from rnnhelpers.unrolling import bptt, unroll

TORCH_KINDS = [kind for kind in KINDS if kind != "gru_reset_before"]  # PyTorch does not have it


def assert_same(ours, theirs, what, noise=0.0):
    """Compare to 1e-9 of the largest entry; `noise` is what rounding alone can do."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    assert ours.shape == theirs.shape, what
    largest = abs(theirs).max(initial=0)
    assert abs(ours - theirs).max(initial=0) <= 1e-9 * largest + noise, what


def random_layers(kind, n_features, n_hidden, n_layers, bidirectional, scale, rng):
    n_directions, cells = 2 if bidirectional else 1, []
    for layer in range(n_layers):
        n_inputs = n_features if layer == 0 else n_directions * n_hidden
        for _ in range(n_directions):
            cells.append(make_cell(kind, n_inputs, n_hidden, rng, scale))
    return RecurrentLayers(cells, bidirectional=bidirectional)


@pytest.mark.no_cover
@pytest.mark.parametrize("kind", TORCH_KINDS)
@given(
    sizes=st.tuples(*[st.integers(1, 5)] * 2, st.integers(1, 7), st.integers(1, 6)),
    n_layers=st.integers(1, 3),
    bidirectional=st.booleans(),
    padded=st.booleans(),
    with_state=st.booleans(),
    tokens=st.booleans(),
    scale=st.sampled_from([0.5, 1.0, 2.0, 20.0]),
    seed=st.integers(0, 9999),
)
@settings(max_examples=75, deadline=None, derandomize=True)
def test_layers_equal_pytorch(
    kind, sizes, n_layers, bidirectional, padded, with_state, tokens, scale, seed
):
    rng = np.random.default_rng(seed)
    n_sequences, n_features, n_steps, n_hidden = sizes
    if kind == "relu":
        scale = min(scale, 1.0)  # larger ones grow without end, in PyTorch as here
    layers = random_layers(kind, n_features, n_hidden, n_layers, bidirectional, scale, rng)
    module = twin_of_layers(kind, layers)

    ids = rng.integers(n_features, size=(n_sequences, n_steps))
    vectors = np.eye(n_features)[ids] if tokens else rng.normal(size=(*ids.shape, n_features))
    lengths = rng.integers(1, n_steps + 1, n_sequences) if padded else np.full(len(ids), n_steps)
    lengths[rng.integers(n_sequences)] = n_steps
    mask = (np.arange(n_steps) < lengths[:, None])[..., None]
    states = [draw_state(cell, n_sequences, rng, 0.5 * with_state) for cell in layers.cells]
    d_finals = [draw_state(cell, n_sequences, rng) for cell in layers.cells]

    x, start = as_tensor(vectors, grad=True), stacked_state(states)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x, torch.tensor(lengths), batch_first=True, enforce_sorted=False
    )
    outputs, final = module(packed, start)
    outputs = torch.nn.utils.rnn.pad_packed_sequence(outputs, batch_first=True)[0]
    d_h = rng.normal(size=outputs.shape) * mask
    loss = (outputs * torch.tensor(d_h)).sum()
    for part, weight in zip(as_parts(final), as_parts(stacked_state(d_finals)), strict=True):
        loss = loss + (part * weight.detach()).sum()
    loss.backward()

    run = layers.forward(ids if tokens else vectors, states, lengths=lengths)
    back = layers.backward(run, d_h, d_finals)

    assert_same(run.h * mask, outputs.detach(), "outputs")
    for ours, theirs in zip(as_parts(stacked_state(run.final_state)), as_parts(final), strict=True):
        assert_same(ours.detach(), theirs.detach(), "final state")
    # Where a unit is saturated its slope, 1 - h², is a small difference of large numbers, and the
    # last bit of h decides: PyTorch's tanh and NumPy's differ in that bit. Nothing can be read
    # from what is left of such gradients, so they are compared to the size of the others.
    noise = 1e-13 * np.sqrt(n_steps) * max(1.0, scale) ** n_layers
    for name, theirs in gradients_of_layers(layers, module).items():
        assert_same(back.d_params[name], theirs, name, noise)
    for ours, theirs in zip(as_parts(stacked_state(back.d_state)), as_parts(start), strict=True):
        assert_same(ours.detach(), theirs.grad, "initial state", noise)
    if tokens:
        assert back.d_x is None
    else:
        assert_same(back.d_x, x.grad, "input", noise)


@pytest.mark.parametrize("kind", TORCH_KINDS)
@pytest.mark.parametrize("k", [1, 3, 4, 20])
def test_truncation_equals_detaching_in_pytorch(kind, k):
    rng = np.random.default_rng(0)
    cell = make_cell(kind, 3, 4, rng)
    layers = RecurrentLayers([cell])
    module = twin_of_layers(kind, layers)
    vectors, d_h = rng.normal(size=(2, 9, 3)), rng.normal(size=(2, 9, 4))
    x, state, loss = as_tensor(vectors, grad=True), None, 0
    for start in range(0, 9, k):
        outputs, state = module(x[:, start : start + k], state)
        loss = loss + (outputs * torch.tensor(d_h[:, start : start + k])).sum()
        state = tuple(part.detach() for part in as_parts(state))
        state = state if len(state) > 1 else state[0]
    loss.backward()
    back = bptt(unroll(cell, vectors), d_h, truncate=k)
    for name, theirs in gradients_of_layers(layers, module).items():
        assert_same(back.d_params[name.removeprefix("layer_0.")], theirs, name)
    assert_same(back.d_x, x.grad, "input")
