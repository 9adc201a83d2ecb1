"""Encoder, decoder and attention are PyTorch's, outputs and all gradients, in float64."""

import numpy as np
import pytest
from torch_twins import as_tensor, gradients_of_layers, torch, twin_of_layers

from rnnhelpers.losses import cross_entropy
from rnnhelpers.translation import EncoderDecoder


@pytest.mark.parametrize("seed", range(8))
def test_the_whole_network_equals_pytorch(seed):
    rng = np.random.default_rng(seed)
    model = EncoderDecoder(5, 6, 4, attention=True, bidirectional=True, n_layers=2, rng=rng)
    model.params.flat[:] = rng.normal(scale=0.8, size=model.params.flat.shape)
    source, target = rng.integers(0, 5, (3, 6)), rng.integers(0, 6, (3, 4))
    targets = rng.integers(0, 6, (3, 4))
    run = model.forward(source, target)
    loss, d_logits = cross_entropy(run.logits, targets)
    d_params = model.backward(run, d_logits)

    encoder, decoder = (twin_of_layers("gru", part) for part in (model.encoder, model.decoder))
    W_a, W_hy, b_y = (
        as_tensor(model.params[name], grad=True)
        for name in ("attention.W_a", "readout.W_hy", "readout.b_y")
    )
    memory, last = encoder(torch.nn.functional.one_hot(torch.tensor(source), 5).double())
    # (layers, directions, N, H / 2): the two directions of a layer side by side
    start = last.reshape(2, 2, 3, 2).permute(0, 2, 1, 3).reshape(2, 3, 4)
    one_hot = torch.nn.functional.one_hot(torch.tensor(target), 6).double()
    s, _ = decoder(one_hot, start.contiguous())
    weights = torch.softmax(s @ W_a @ memory.transpose(1, 2), dim=-1)
    logits = torch.cat([s, weights @ memory], dim=-1) @ W_hy + b_y
    theirs = torch.nn.functional.cross_entropy(logits.reshape(-1, 6), torch.tensor(targets).ravel())
    theirs.backward()

    np.testing.assert_allclose(run.attention.weights, weights.detach(), rtol=1e-10, atol=1e-13)
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    gradients = {"attention.W_a": W_a.grad, "readout.W_hy": W_hy.grad, "readout.b_y": b_y.grad}
    for name, part, module in [("encoder", model.encoder, encoder),
                               ("decoder", model.decoder, decoder)]:  # fmt: skip
        found = gradients_of_layers(part, module)
        gradients |= {f"{name}.{inner}": gradient for inner, gradient in found.items()}
    assert gradients.keys() == d_params.keys()
    for name, gradient in gradients.items():
        np.testing.assert_allclose(d_params[name], gradient, rtol=1e-8, atol=1e-12, err_msg=name)
