"""PyTorch modules with the weights of ours, and their gradients under our names."""

import os

import numpy as np
import pytest

from rnnhelpers.torch_weights import copy_to_torch, gradients_from_torch

if os.environ.get("RNNHELPERS_NEEDS_TORCH"):  # as in CI: then a missing PyTorch is an error
    import torch
else:
    torch = pytest.importorskip("torch")

MODULES = {
    "rnn": torch.nn.RNN,
    "relu": torch.nn.RNN,
    "lstm": torch.nn.LSTM,
    "gru": torch.nn.GRU,
}


def as_tensor(array, grad=False):
    """Return a tensor with the numbers of an array, which it shares nothing with."""
    return torch.tensor(np.array(array), requires_grad=grad)


def twin_of_layers(kind, layers):
    """Return the PyTorch module that computes the same as these layers."""
    options = {"nonlinearity": "relu"} if kind == "relu" else {}
    module = MODULES[kind](
        int(layers.n_features),
        int(layers.cells[0].n_hidden),
        num_layers=len(layers.cells) // layers.n_directions,
        bidirectional=layers.bidirectional,
        batch_first=True,
        **options,
    ).double()
    return copy_to_torch(layers.params, module)


def gradients_of_layers(layers, module):
    """Return PyTorch's gradients under the names that our parameters have."""
    return gradients_from_torch(module, layers.params)


def stacked_state(states):
    """Return our list of states as PyTorch takes it: one tensor, or two for the LSTM."""
    parts = zip(*(state if isinstance(state, tuple) else (state,) for state in states), strict=True)
    tensors = tuple(as_tensor(np.stack(part), grad=True) for part in parts)
    return tensors if len(tensors) > 1 else tensors[0]
