"""The loss of skip-gram beside PyTorch's automatic differentiation."""

import numpy as np
import pytest

from rnnhelpers.word_vectors import negative_sampling_loss

torch = pytest.importorskip("torch")


@pytest.mark.parametrize("seed", range(5))
def test_loss_and_gradients_are_those_of_autograd(seed):
    rng = np.random.default_rng(seed)
    n_pairs, n_negatives, n_features = rng.integers(1, 7, size=3)
    shapes = [(n_pairs, n_features), (n_pairs, n_features), (n_negatives, n_features)]
    arrays, weight = [rng.normal(size=shape) for shape in shapes], rng.uniform(0, 2)
    v, u, u_negative = (torch.tensor(array, requires_grad=True) for array in arrays)
    seen = torch.nn.functional.logsigmoid((v * u).sum(1))
    drawn = torch.nn.functional.logsigmoid(-v @ u_negative.T).sum(1)
    expected = -(seen + weight * drawn).mean()
    expected.backward()
    loss, *gradients = negative_sampling_loss(*arrays, weight=weight)
    np.testing.assert_allclose(loss, expected.item(), rtol=1e-12)
    for gradient, tensor in zip(gradients, (v, u, u_negative), strict=True):
        np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=1e-12, atol=1e-15)
