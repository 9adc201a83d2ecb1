"""Layers and whole networks: gradients measured, directions and padding as they should be."""

import copy
import pickle
import re

import numpy as np
import pytest
from engine_cases import KINDS, make_cell
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.cells import GRUCell, RNNCell
from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.layers import Embedding, Linear, RecurrentLayers, make_layers
from rnnhelpers.network import Network, make_network, network_shapes
from rnnhelpers.unrolling import bptt, unroll

few = settings(max_examples=20, deadline=None, derandomize=True)


def wrong_gradients(loss, arrays, gradients):
    evidence = check_gradients(loss, arrays, gradients, max_entries=40, show=False)
    return [str(one) for one in evidence if not one.is_right]


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 3)])
def test_the_readout_is_linear_and_its_gradients_are_measured(shape):
    rng = np.random.default_rng(0)
    layer, h = Linear(3, 2, rng=rng), rng.normal(size=shape)
    weights = rng.normal(size=(*shape[:-1], 2))
    expected = h @ layer.params["W_hy"] + layer.params["b_y"]
    np.testing.assert_allclose(layer.forward(h), expected, rtol=1e-12)
    if len(shape) > 1:
        d_params, d_h = layer.backward(h, weights)
        loss = lambda: (layer.forward(h) * weights).sum()  # noqa: E731
        gradients = dict(d_params) | {"h": d_h}
        assert wrong_gradients(loss, dict(layer.params) | {"h": h}, gradients) == []


def test_the_readout_of_states_in_memory_order_is_the_same():
    rng = np.random.default_rng(0)
    layer, time_first = Linear(3, 2, rng=rng), rng.normal(size=(5, 4, 3))
    h, d_outputs = time_first.swapaxes(0, 1), rng.normal(size=(4, 5, 2))
    outputs = layer.forward(h)
    assert outputs.swapaxes(0, 1).flags.c_contiguous  # no copy was needed
    np.testing.assert_allclose(outputs, layer.forward(h.copy()), rtol=1e-12)
    here, there = layer.backward(h, d_outputs), layer.backward(h.copy(), d_outputs)
    np.testing.assert_allclose(here[0].flat, there[0].flat, rtol=1e-12)
    np.testing.assert_allclose(here[1], there[1], rtol=1e-12)


def test_the_embedding_is_one_hot_times_a_matrix():
    rng = np.random.default_rng(0)
    layer, ids = Embedding(6, 3, rng=rng), rng.integers(6, size=(2, 5))
    np.testing.assert_allclose(layer.forward(ids), np.eye(6)[ids] @ layer.params["E"])
    weights = rng.normal(size=(2, 5, 3))
    loss = lambda: (layer.forward(ids) * weights).sum()  # noqa: E731
    assert wrong_gradients(loss, layer.params, layer.backward(ids, weights)) == []


@pytest.mark.parametrize("kind", KINDS)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=3), st.integers(0, 99))
@few
def test_a_backward_layer_is_a_forward_one_on_the_reversed_input(kind, lengths, seed):
    rng = np.random.default_rng(seed)
    cells = [make_cell(kind, 3, 2, rng) for _ in range(2)]
    layers = RecurrentLayers(cells, bidirectional=True)
    n_sequences, n_steps = len(lengths), max(lengths)
    x = rng.normal(size=(n_sequences, n_steps, 3))
    d_h = rng.normal(size=(n_sequences, n_steps, 4))
    run = layers.forward(x, lengths=lengths)
    back = layers.backward(run, d_h * (np.arange(n_steps) < np.array(lengths)[:, None])[..., None])
    total = 0
    for row, length in enumerate(lengths):
        alone, backward = x[row : row + 1, :length], slice(length - 1, None, -1)
        other = unroll(cells[1], alone[:, ::-1])
        np.testing.assert_allclose(run.h[row, :length, 2:], other.h[0, ::-1], rtol=1e-9, atol=1e-13)
        total = total + bptt(other, d_h[row : row + 1, :length, 2:][:, backward]).d_params.flat
        np.testing.assert_allclose(run.h[row, :length, :2], unroll(cells[0], alone).h[0], 1e-9)
    reverse = back.d_params.part("layer_0_reverse").flat
    np.testing.assert_allclose(reverse, total, rtol=1e-9, atol=1e-12)


def test_reversing_time_swaps_the_directions():
    rng = np.random.default_rng(0)
    cell, x = make_cell("gru", 3, 2, rng), rng.normal(size=(2, 5, 3))
    twins = RecurrentLayers([cell, copy.deepcopy(cell)], bidirectional=True)
    h, other = twins.forward(x).h, twins.forward(x[:, ::-1]).h
    np.testing.assert_allclose(other[:, ::-1, :2], h[:, :, 2:], rtol=1e-12)


def test_a_stack_is_one_layer_after_the_other():
    rng = np.random.default_rng(0)
    layers = make_layers("lstm", 3, 4, n_layers=2, rng=rng)
    x = rng.normal(size=(2, 5, 3))
    low = unroll(layers.cells[0], x)
    high = unroll(layers.cells[1], low.h)
    run = layers.forward(x)
    np.testing.assert_allclose(run.h, high.h, rtol=1e-12)
    np.testing.assert_allclose(run.final_state[1][1], high.c[:, -1], rtol=1e-12)


def test_the_state_of_a_stack_carries_over():
    rng = np.random.default_rng(0)
    layers = make_layers("lstm", 3, 4, n_layers=2, rng=rng)
    x = rng.normal(size=(2, 6, 3))
    first = layers.forward(x[:, :2])
    second = layers.forward(x[:, 2:], first.final_state)
    np.testing.assert_allclose(second.h, layers.forward(x).h[:, 2:], rtol=1e-12)


def test_truncation_goes_through_all_layers():
    rng = np.random.default_rng(0)
    layers = make_layers("gru", 3, 4, n_layers=2, rng=rng)
    x, d_h = rng.normal(size=(2, 6, 3)), rng.normal(size=(2, 6, 4))
    cut = layers.backward(layers.forward(x), d_h, truncate=3)
    first = layers.forward(x[:, :3])
    second = layers.forward(x[:, 3:], first.final_state)
    pieces = layers.backward(first, d_h[:, :3]), layers.backward(second, d_h[:, 3:])
    total = sum(piece.d_params.flat for piece in pieces)
    np.testing.assert_allclose(cut.d_params.flat, total, rtol=1e-9, atol=1e-12)


@pytest.mark.no_cover
@pytest.mark.parametrize("pooling", ["each", "last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("n_embedding", [None, 3])
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_the_gradients_of_a_whole_network_are_measured(cell, pooling, bidirectional, n_embedding):
    rng = np.random.default_rng(0)
    network = make_network(
        cell, 5, 3, 2, n_layers=2, bidirectional=bidirectional, n_embedding=n_embedding,
        pooling=pooling, rng=rng,
    )  # fmt: skip
    ids, lengths = rng.integers(5, size=(3, 4)), [4, 1, 3]
    x = ids if n_embedding else rng.normal(size=(3, 4, 5))
    weights = rng.normal(size=network.forward(x, lengths=lengths).outputs.shape)
    loss = lambda: (network.forward(x, lengths=lengths).outputs * weights).sum()  # noqa: E731
    d_params = network.backward(network.forward(x, lengths=lengths), weights)
    assert wrong_gradients(loss, network.params, d_params) == []


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "gru_reset_before"])
@pytest.mark.parametrize("n_layers", [1, 3])
@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("n_embedding", [None, 4])
def test_the_shapes_of_a_network_are_known_before_it_is_made(
    cell, n_layers, bidirectional, n_embedding
):
    options = {"n_layers": n_layers, "bidirectional": bidirectional, "n_embedding": n_embedding}
    network = make_network(cell, 5, 3, 2, rng=0, **options)
    shapes = network_shapes(cell, 5, 3, 2, **options)
    assert list(shapes.items()) == list(network.params.shapes.items())


@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_padding_does_not_matter_to_what_is_read_out(pooling, bidirectional):
    rng = np.random.default_rng(0)
    network = make_network(
        "lstm", 3, 4, 2, n_layers=2, bidirectional=bidirectional, pooling=pooling, rng=rng
    )
    x = rng.normal(size=(2, 7, 3))
    padded = network.forward(x, lengths=[3, 7]).outputs
    np.testing.assert_allclose(padded[:1], network.forward(x[:1, :3]).outputs, rtol=1e-12)
    np.testing.assert_allclose(padded[1:], network.forward(x[1:]).outputs, rtol=1e-12)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_a_copied_network_learns_by_itself(copied):
    rng = np.random.default_rng(0)
    network = make_network("gru", 5, 3, 2, n_embedding=4, pooling="last", rng=rng)
    ids = rng.integers(5, size=(3, 4))
    before = network.forward(ids).outputs
    other = copied(network)
    np.testing.assert_array_equal(other.forward(ids).outputs, before)
    other.params.flat[:] = 0  # must reach every part of the copy, and none of the original
    np.testing.assert_array_equal(other.forward(ids).outputs, 0)
    np.testing.assert_array_equal(network.forward(ids).outputs, before)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda n: pickle.loads(pickle.dumps(n))])
def test_copied_layers_are_tied_to_their_own_vector(copied):
    layers = make_layers("rnn", 3, 2, n_layers=2, rng=0)
    other = copied(layers)
    other.params.flat[:] = 0
    assert not any(cell.params.flat.any() for cell in other.cells)
    assert all(cell.params.flat.any() for cell in layers.cells)


def test_gradients_can_be_written_into_a_given_vector():
    rng = np.random.default_rng(0)
    network = make_network("lstm", 5, 3, 2, n_layers=2, bidirectional=True, rng=rng)
    run = network.forward(rng.normal(size=(2, 4, 5)))
    out = network.params.empty_like()
    d_params = network.backward(run, np.ones((2, 4, 2)), out=out)
    assert d_params is out
    expected = network.backward(run, np.ones((2, 4, 2)))
    np.testing.assert_array_equal(out.flat, expected.flat)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: make_layers("elman", 3, 2, rng=0), ValueError, "cell is 'elman': expected one of"),
        (lambda: make_layers("rnn", 3, 2, n_layers=0, rng=0), ValueError, "n_layers is 0"),
        (lambda: RecurrentLayers([]), ValueError, "cells has 0: expected at least one"),
        (lambda: RecurrentLayers([RNNCell(2, 2, rng=0)] * 2), ValueError, "is in cells twice"),
        (lambda: RecurrentLayers([RNNCell(3, 2, rng=0)], bidirectional=True), ValueError,
         "cells has 1: expected two for each layer"),
        (lambda: RecurrentLayers([RNNCell(3, 2, rng=0), GRUCell(3, 2, rng=0)]), ValueError,
         "cells[1] reads 3 features: expected 2, what the layer below has as states"),
        (lambda: make_layers("rnn", 3, 2, rng=0).forward(np.zeros((1, 2, 3)), np.zeros((1, 2))),
         ValueError, "state is a ndarray: expected a list of 1, one for each cell"),
        (lambda: Linear(3, 2, rng=0).forward(np.zeros((4, 5))), ValueError,
         "h has shape (4, 5): expected (..., 3), its last axis H"),
        (lambda: Linear(3, 2, rng=0).backward(np.zeros((4, 3)), np.zeros((4, 3))), ValueError,
         "d_outputs has shape (4, 3): expected (4, 2)"),
        (lambda: Linear(3, 2, rng=0, init="ones"), ValueError, "init is 'ones': expected"),
        (lambda: Embedding(3, 2, rng=0).forward([[-1]]), ValueError, "ids has the id -1: expected"),
        (lambda: Embedding(3, 2, rng=0).forward([[0.0]]), TypeError, "ids has dtype float64"),
        (lambda: make_network("rnn", 3, 2, 2, pooling="max", rng=0), ValueError,
         "pooling is 'max': expected 'each', 'last' or 'mean'"),
        (lambda: Network(make_layers("rnn", 3, 2, rng=0), Linear(3, 2, rng=0)), ValueError,
         "the read-out reads 3 units: expected 2"),
        (lambda: make_network("rnn", 3, 2, 2, pooling="mean", rng=0).forward(
            np.zeros((2, 4, 3)), lengths=[4, 0]), ValueError, "sequence 1 has no real step"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


def test_states_of_both_directions_cannot_be_overwritten_before_the_way_back():
    run = make_layers("rnn", 3, 2, bidirectional=True, rng=0).forward(np.zeros((1, 2, 3)))
    with pytest.raises(ValueError, match="read-only"):
        run.h[:] = 0


def test_a_gradient_is_needed_and_truncation_has_one_direction():
    layers = make_layers("rnn", 3, 2, bidirectional=True, rng=0)
    run = layers.forward(np.zeros((1, 2, 3)))
    with pytest.raises(ValueError, match="neither d_h nor d_final is given"):
        layers.backward(run)
    with pytest.raises(ValueError, match="truncate is given: expected None where a layer reads"):
        layers.backward(run, np.zeros((1, 2, 4)), truncate=1)


def test_ids_that_change_later_do_not_change_the_gradient():
    network = make_network("rnn", 5, 3, 2, n_embedding=4, rng=0)
    ids = np.array([[1, 2, 4], [0, 1, 3]])
    run = network.forward(ids)
    d_outputs = np.ones_like(run.outputs)
    before = network.backward(run, d_outputs).flat.copy()
    ids[...] = 0
    np.testing.assert_array_equal(network.backward(run, d_outputs).flat, before)


def test_the_read_out_computes_in_the_type_of_its_weights():
    for of_states, own in [(np.float64, np.float32), (np.float32, np.float64), (int, np.float64)]:
        readout = Linear(3, 2, dtype=own, rng=0)
        assert readout.forward(np.ones((4, 3), dtype=of_states)).dtype == own
