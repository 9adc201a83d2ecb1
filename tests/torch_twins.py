"""PyTorch modules with the weights of ours, and their gradients under our names."""

import os

import numpy as np
import pytest

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


def suffix(name):
    """Return PyTorch's ending for one of our cells: layer_0_reverse is l0_reverse."""
    return name.replace("layer_", "l")


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
    with torch.no_grad():
        for name, cell in zip(layers.names, layers.cells, strict=True):
            p, end = cell.params, suffix(name)
            getattr(module, f"weight_ih_{end}").copy_(as_tensor(p["W_xh"].T))
            getattr(module, f"weight_hh_{end}").copy_(as_tensor(p["W_hh"].T))
            getattr(module, f"bias_ih_{end}").copy_(as_tensor(p["b_h"]))
            getattr(module, f"bias_hh_{end}").zero_()
            if "b_hn" in p:
                getattr(module, f"bias_hh_{end}")[-cell.n_hidden :] = as_tensor(p["b_hn"])
    return module


def gradients_of_layers(layers, module):
    """Return PyTorch's gradients under the names that our parameters have."""
    gradients = {}
    for name, cell in zip(layers.names, layers.cells, strict=True):
        end = suffix(name)
        gradients[f"{name}.W_xh"] = getattr(module, f"weight_ih_{end}").grad.numpy().T
        gradients[f"{name}.W_hh"] = getattr(module, f"weight_hh_{end}").grad.numpy().T
        gradients[f"{name}.b_h"] = getattr(module, f"bias_ih_{end}").grad.numpy()
        if "b_hn" in cell.params:
            of_both = getattr(module, f"bias_hh_{end}").grad.numpy()
            gradients[f"{name}.b_hn"] = of_both[-cell.n_hidden :]
    return gradients


def stacked_state(states):
    """Return our list of states as PyTorch takes it: one tensor, or two for the LSTM."""
    parts = zip(*(state if isinstance(state, tuple) else (state,) for state in states), strict=True)
    tensors = tuple(as_tensor(np.stack(part), grad=True) for part in parts)
    return tensors if len(tensors) > 1 else tensors[0]
