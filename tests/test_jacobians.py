"""Jacobians of a tanh RNN are those that are measured, and those of PyTorch."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.cells import RNNCell
from rnnhelpers.jacobians import jacobian_norms, jacobian_product, step_jacobian
from rnnhelpers.unrolling import bptt, unroll

sizes = given(st.integers(1, 4), st.integers(1, 7), st.integers(1, 5), st.integers(0, 99))


def random_run(n_sequences, n_steps, n_hidden, seed):
    rng = np.random.default_rng(seed)
    cell = RNNCell(3, n_hidden, rng=rng)
    cell.params.flat = rng.normal(size=cell.params.flat.shape)
    x, h0 = rng.normal(size=(n_sequences, n_steps, 3)), 0.5 * rng.normal(size=n_hidden)
    return cell, x, np.tile(h0, (n_sequences, 1))


@sizes
@settings(max_examples=40, deadline=None, derandomize=True)
def test_products_are_those_that_are_measured(n_sequences, n_steps, n_hidden, seed):
    cell, x, h0 = random_run(n_sequences, n_steps, n_hidden, seed)
    product = jacobian_product(unroll(cell, x, h0).h, cell.params["W_hh"])
    measured = np.empty((n_sequences, n_hidden, n_hidden))
    for i, by in enumerate(1e-6 * np.eye(n_hidden)):
        up, down = (unroll(cell, x, h0 + move).h[:, -1] for move in (by, -by))
        measured[:, i] = (up - down) / 2e-6
    np.testing.assert_allclose(product, measured, atol=1e-7, rtol=1e-5)


@sizes
@settings(max_examples=40, deadline=None, derandomize=True)
def test_products_send_gradients_back_as_bptt_does(n_sequences, n_steps, n_hidden, seed):
    cell, x, h0 = random_run(n_sequences, n_steps, n_hidden, seed)
    run = unroll(cell, x, h0)
    d_final = np.random.default_rng(seed).normal(size=(n_sequences, n_hidden))
    product = jacobian_product(run.h, cell.params["W_hh"])
    np.testing.assert_allclose(
        np.einsum("nij,nj->ni", product, d_final), bptt(run, d_final=d_final).d_state, atol=1e-10
    )


@sizes
@settings(max_examples=30, deadline=None, derandomize=True)
def test_norms_are_those_of_the_products(n_sequences, n_steps, n_hidden, seed):
    cell, x, h0 = random_run(n_sequences, n_steps, n_hidden, seed)
    h, W_hh = unroll(cell, x, h0).h, cell.params["W_hh"]
    norms = jacobian_norms(h, W_hh)
    assert norms.shape == (n_sequences, n_steps + 1)
    for distance in range(n_steps + 1):
        products = jacobian_product(h[:, n_steps - distance :], W_hh)
        expected = [np.linalg.svd(product, compute_uv=False)[0] for product in products]
        np.testing.assert_allclose(norms[:, distance], expected, rtol=1e-9)
    for n in range(n_sequences):
        np.testing.assert_allclose(jacobian_norms(h[n], W_hh), norms[n])


def test_norms_equal_pytorch():
    torch = pytest.importorskip("torch")
    cell, x, h0 = random_run(1, 6, 4, seed=0)
    twin = torch.nn.RNN(3, 4, batch_first=True, bias=True).double()
    with torch.no_grad():
        twin.weight_ih_l0.copy_(torch.as_tensor(cell.params["W_xh"].T))
        twin.weight_hh_l0.copy_(torch.as_tensor(cell.params["W_hh"].T))
        twin.bias_ih_l0.copy_(torch.as_tensor(cell.params["b_h"]))
        twin.bias_hh_l0.zero_()

    h, W_hh = unroll(cell, x, h0).h, cell.params["W_hh"]
    for distance in range(1, 7):
        start = h0 if distance == 6 else h[:, 5 - distance]
        rest = torch.as_tensor(x[:, 6 - distance :])
        J = torch.autograd.functional.jacobian(
            lambda state, rest=rest: twin(rest, state[None, None])[0][0, -1],
            torch.as_tensor(np.array(start[0])),
        )  # rows are outputs there
        mine = jacobian_product(h[0, 6 - distance :], W_hh)
        np.testing.assert_allclose(mine, J.numpy().T, atol=1e-12)
        norm = torch.linalg.matrix_norm(J, 2).item()
        np.testing.assert_allclose(jacobian_norms(h[0], W_hh)[distance], norm, rtol=1e-10)


def test_no_norm_exceeds_its_bound():
    cell, x, h0 = random_run(5, 12, 6, seed=1)
    h, W_hh = unroll(cell, x, h0).h, cell.params["W_hh"]
    slopes = (1 - h**2).max(axis=2)[:, ::-1]
    bound = np.cumprod(np.linalg.norm(W_hh, 2) * slopes, axis=1)
    assert (jacobian_norms(h, W_hh)[:, 1:] <= bound * (1 + 1e-12)).all()


def test_a_nilpotent_matrix_grows_as_long_as_it_has_units():
    shift = np.diag(np.full(5, 2.0), k=1)
    assert np.abs(np.linalg.eigvals(shift)).max() == 0
    np.testing.assert_array_equal(
        jacobian_norms(np.zeros((8, 6)), shift), [1, 2, 4, 8, 16, 32, 0, 0, 0]
    )


def test_an_orthogonal_matrix_keeps_lengths_in_silence():
    W = RNNCell(1, 8, rng=0, recurrent_init="orthogonal").params["W_hh"]
    np.testing.assert_allclose(jacobian_norms(np.zeros((30, 8)), W), 1)


def test_without_steps_nothing_moves():
    np.testing.assert_array_equal(jacobian_product(np.zeros((0, 2)), np.ones((2, 2))), np.eye(2))
    np.testing.assert_array_equal(jacobian_norms(np.zeros((3, 0, 2)), np.ones((2, 2))), [[1]] * 3)


def test_the_arguments_are_left_as_they_are():
    h, W_hh = np.full((2, 2), 0.5), np.ones((2, 2))
    for function in (step_jacobian, jacobian_product, jacobian_norms):
        function(h, W_hh)
    assert (h == 0.5).all()
    assert (W_hh == 1).all()


@pytest.mark.parametrize(
    ("h", "W_hh", "message"),
    [
        ([0.5, 0.5], np.ones((2, 2)), "h has shape (2,): expected (..., n_steps, n_hidden)"),
        ([[0.5, 0.5]], np.ones((2, 3)), "W_hh has shape (2, 3): expected (n_hidden, n_hidden)"),
        ([[0.5, 0.5]], np.ones(2), "W_hh has shape (2,): expected (n_hidden, n_hidden)"),
        ([[0.5]], np.ones((2, 2)), "h has 1 units: expected 2, one for each row of W_hh"),
        ([[0.5, -1.5]], np.ones((2, 2)), "h has the number -1.5: expected states of a tanh cell"),
        ([[0.5, np.nan]], np.ones((2, 2)), "h[0][1] is nan: expected finite numbers"),
    ],
)
def test_what_does_not_fit_is_refused(h, W_hh, message):
    for function in (jacobian_product, jacobian_norms):
        with pytest.raises(ValueError, match=re.escape(message)):
            function(h, W_hh)
    with pytest.raises(TypeError, match="W_hh holds text"):
        step_jacobian(0.5, [["a"]])


def test_over_no_step_an_arrow_stays_as_it_is_and_the_result_is_the_callers():
    product = jacobian_product(np.zeros((0, 2)), np.eye(2))
    np.testing.assert_array_equal(product, np.eye(2))
    product *= 2  # a view of something shared would refuse
