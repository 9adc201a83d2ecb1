"""Hundreds of steps lead to where PyTorch's optimisers lead, to 1e-12 in float64."""

import numpy as np
import pytest

from rnnhelpers.optimizers import SGD, Adagrad, Adam, AdamW, RMSprop, clip_by_norm, clip_by_value
from rnnhelpers.parameters import Parameters

torch = pytest.importorskip("torch")

PAIRS = [
    (SGD, torch.optim.SGD, {}),
    (SGD, torch.optim.SGD, {"momentum": 0.9}),
    (SGD, torch.optim.SGD, {"momentum": 0.9, "nesterov": True}),
    (SGD, torch.optim.SGD, {"weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"momentum": 0.5, "weight_decay": 0.1}),
    (SGD, torch.optim.SGD, {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    (Adagrad, torch.optim.Adagrad, {}),
    (Adagrad, torch.optim.Adagrad, {"epsilon": 0.01}),
    (RMSprop, torch.optim.RMSprop, {}),
    (RMSprop, torch.optim.RMSprop, {"decay": 0.9, "epsilon": 0.01}),
    (Adam, torch.optim.Adam, {}),
    (Adam, torch.optim.Adam, {"beta1": 0.5, "beta2": 0.99, "epsilon": 0.01}),
    (AdamW, torch.optim.AdamW, {}),
    (AdamW, torch.optim.AdamW, {"weight_decay": 0.2, "beta1": 0.8}),
]


def in_their_names(options):
    """Write our options as PyTorch's."""
    theirs = dict(options)
    if "beta1" in theirs or "beta2" in theirs:
        theirs["betas"] = (theirs.pop("beta1", 0.9), theirs.pop("beta2", 0.999))
    names = {"decay": "alpha", "epsilon": "eps"}
    return {names.get(name, name): value for name, value in theirs.items()}


def both(ours, theirs, options, dtype=np.float64, n_steps=300, start=None):
    """Take the same steps with both; the gradient depends on where each of them is."""
    rng = np.random.default_rng(0)
    params = Parameters({"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)}, dtype)
    tensors = [torch.tensor(array, requires_grad=True) for array in params.values()]
    options = options | ({} if start is None else {"learning_rate": start})
    optimizer = ours(params, **options)
    their_options = in_their_names(options)
    if "learning_rate" in their_options:
        their_options["lr"] = their_options.pop("learning_rate")
    their_optimizer = theirs(tensors, **their_options)
    noise, rates = rng.normal(size=(n_steps, 16)), rng.uniform(0.001, 0.05, size=n_steps)
    for step in range(n_steps):
        noises = Parameters.over(noise[step].astype(dtype), params.shapes)
        for tensor, part in zip(tensors, noises.values(), strict=True):
            tensor.grad = tensor.detach() + torch.tensor(part)
        if start is None:
            optimizer.learning_rate = their_optimizer.param_groups[0]["lr"] = rates[step]
        optimizer.step(params.flat + noises.flat)
        their_optimizer.step()
    return params.flat, np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])


@pytest.mark.no_cover
@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
def test_steps_with_changing_rates(ours, theirs, options):
    np.testing.assert_allclose(*both(ours, theirs, options), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
def test_steps_with_one_rate(ours, theirs, options):
    np.testing.assert_allclose(*both(ours, theirs, options, start=0.02), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("ours", "theirs", "options"), PAIRS)
def test_steps_in_float32(ours, theirs, options):
    arrived, expected = both(ours, theirs, options, np.float32, n_steps=100, start=0.02)
    assert arrived.dtype == expected.dtype == np.float32
    np.testing.assert_allclose(arrived, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Adagrad, torch.optim.Adagrad),
        (RMSprop, torch.optim.RMSprop),
        (Adam, torch.optim.Adam),
        (AdamW, torch.optim.AdamW),
    ],
)
def test_the_defaults_are_theirs(ours, theirs):
    params = Parameters({"w": [0.5]})
    tensor = torch.tensor([0.5], dtype=torch.float64, requires_grad=True)
    optimizer, their_optimizer = ours(params), theirs([tensor])
    for gradient in (0.3, -1e-7, 0.0, 2.0):
        tensor.grad = torch.tensor([gradient], dtype=torch.float64)
        optimizer.step([gradient])
        their_optimizer.step()
    assert params["w"][0] == pytest.approx(tensor.item(), rel=1e-13)


@pytest.mark.parametrize("max_norm", [0.5, 2.0, 100.0])
def test_clipping_but_for_their_small_number_in_the_norm(max_norm):
    rng = np.random.default_rng(1)
    gradient = Parameters({"W": rng.normal(size=(3, 4)), "b": rng.normal(size=4)})
    tensors = [torch.zeros(shape, dtype=torch.float64) for shape in gradient.shapes.values()]
    for tensor, part in zip(tensors, gradient.values(), strict=True):
        tensor.grad = torch.tensor(part)
    their_norm = torch.nn.utils.clip_grad_norm_(tensors, max_norm).item()
    clipped, norm = clip_by_norm(gradient, max_norm)
    theirs = np.concatenate([tensor.grad.numpy().ravel() for tensor in tensors])
    assert norm == pytest.approx(their_norm, rel=1e-14)
    is_clipped = norm > max_norm
    np.testing.assert_allclose(
        clipped.flat, theirs * (1 + 1e-6 / norm if is_clipped else 1), rtol=1e-12
    )


def test_clipping_by_value():
    gradient = np.random.default_rng(2).normal(size=20)
    tensor = torch.zeros(20, dtype=torch.float64)
    tensor.grad = torch.tensor(gradient)
    torch.nn.utils.clip_grad_value_([tensor], 0.7)
    np.testing.assert_array_equal(clip_by_value(gradient, 0.7), tensor.grad.numpy())
