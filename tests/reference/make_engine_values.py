"""Write engine_values.json: what PyTorch computes, for machines that do not have it.

    python tests/reference/make_engine_values.py

Needs PyTorch. `tests/test_reference_values.py` compares; the numbers change only if a case does.
"""

import json
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from engine_cases import as_parts, draw_state, make_cell  # noqa: E402
from torch_twins import (  # noqa: E402
    as_tensor,
    gradients_of_layers,
    stacked_state,
    torch,
    twin_of_layers,
)

from rnnhelpers.layers import RecurrentLayers  # noqa: E402

CASES = [("rnn", False), ("relu", True), ("lstm", False), ("lstm", True), ("gru", False)]
LENGTHS = [4, 2]


def values_of(kind, bidirectional, seed):
    """Return inputs, parameters, outputs and gradients of two layers, as lists."""
    rng = np.random.default_rng(seed)
    n_directions = 2 if bidirectional else 1
    widths = [2] * n_directions + [3 * n_directions] * n_directions
    cells = [make_cell(kind, width, 3, rng) for width in widths]
    layers = RecurrentLayers(cells, bidirectional=bidirectional)
    states = [draw_state(cell, 2, rng) for cell in cells]
    mask = (np.arange(4) < np.array(LENGTHS)[:, None])[..., None]
    x, d_h = rng.normal(size=(2, 4, 2)), rng.normal(size=(2, 4, 3 * n_directions)) * mask

    module = twin_of_layers(kind, layers)
    x_tensor, start = as_tensor(x, grad=True), stacked_state(states)
    packed = torch.nn.utils.rnn.pack_padded_sequence(
        x_tensor, torch.tensor(LENGTHS), batch_first=True
    )
    outputs = torch.nn.utils.rnn.pad_packed_sequence(module(packed, start)[0], batch_first=True)[0]
    (outputs * torch.tensor(d_h)).sum().backward()
    return {
        "kind": kind,
        "bidirectional": bidirectional,
        "lengths": LENGTHS,
        "params": {name: array.tolist() for name, array in layers.params.items()},
        "x": x.tolist(),
        "states": [[part.tolist() for part in as_parts(state)] for state in states],
        "d_h": d_h.tolist(),
        "outputs": outputs.detach().numpy().tolist(),
        "d_params": {
            name: array.tolist() for name, array in gradients_of_layers(layers, module).items()
        },
        "d_x": x_tensor.grad.numpy().tolist(),
        "d_states": [part.grad.numpy().tolist() for part in as_parts(start)],
    }


def main():
    """Write the file."""
    values = [values_of(*case, seed) for seed, case in enumerate(CASES)]
    told = {"made_with": f"PyTorch {torch.__version__.partition('+')[0]}", "cases": values}
    text = json.dumps(told, indent=None, separators=(",", ":")).replace('{"kind"', '\n{"kind"')
    (HERE / "engine_values.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
