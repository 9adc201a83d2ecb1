"""Our weights under PyTorch's names and back, and notebooks in which PyTorch is missing."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnhelpers.cells import GRUCell, GRUResetBeforeCell, LSTMCell, RNNCell
from rnnhelpers.layers import make_layers
from rnnhelpers.network import make_network
from rnnhelpers.torch_weights import (
    LEFT_OUT,
    LeaveOut,
    copy_to_torch,
    find_torch,
    from_torch,
    gradients_from_torch,
    to_torch,
    torch_name,
)

NOTEBOOK = Path(__file__).parent.parent / "notebooks" / "12_from_numpy_to_pytorch.ipynb"
NEEDS_TORCH = os.environ.get("RNNHELPERS_NEEDS_TORCH") or importlib.util.find_spec("torch")
needs_torch = pytest.mark.skipif(not NEEDS_TORCH, reason="PyTorch is not installed")
CELLS = [RNNCell, LSTMCell, GRUCell]


# The arrays, without PyTorch -------------------------------------------------------------------


@pytest.mark.parametrize("kind", CELLS)
def test_matrices_are_transposed_copies(kind):
    cell = kind(n_features=3, n_hidden=2, rng=0)
    arrays, p = to_torch(cell.params), cell.params
    assert list(arrays) == ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    np.testing.assert_array_equal(arrays["weight_ih_l0"], p["W_xh"].T)
    np.testing.assert_array_equal(arrays["weight_hh_l0"], p["W_hh"].T)
    np.testing.assert_array_equal(arrays["bias_ih_l0"], p["b_h"])
    inner = p["b_hn"] if kind is GRUCell else np.zeros(0)
    n_zeros = len(p["b_h"]) - len(inner)
    np.testing.assert_array_equal(arrays["bias_hh_l0"], [*np.zeros(n_zeros), *inner])
    assert not any(np.shares_memory(array, p.flat) for array in arrays.values())
    assert all(array.flags.c_contiguous for array in arrays.values())


def test_the_order_of_the_names_does_not_matter():
    params = GRUCell(3, 2, rng=0).params
    turned = dict(reversed(list(params.items())))
    for name, array in to_torch(params).items():
        np.testing.assert_array_equal(to_torch(turned)[name], array)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_there_and_back(kind, dtype):
    network = make_network(
        kind, 5, 4, 3, n_layers=2, bidirectional=True, n_embedding=2, rng=0, dtype=dtype
    )
    arrays = to_torch(network.params)
    assert {array.dtype for array in arrays.values()} == {np.dtype(dtype)}
    back = from_torch(arrays, network.params)
    assert back.shapes == network.params.shapes
    assert back.dtype == network.params.dtype
    np.testing.assert_array_equal(back.flat, network.params.flat)
    assert not np.shares_memory(back.flat, network.params.flat)


def test_two_biases_become_one_but_for_the_candidate():
    like = GRUCell(1, 1, rng=0).params
    arrays = to_torch(like) | {
        "bias_ih_l0": np.array([1.0, 2.0, 3.0]),
        "bias_hh_l0": np.array([10.0, 20.0, 30.0]),
    }
    back = from_torch(arrays, like)
    np.testing.assert_array_equal(back["b_h"], [11, 22, 3])
    np.testing.assert_array_equal(back["b_hn"], [30])
    like = LSTMCell(1, 1, rng=0).params
    arrays = to_torch(like) | {"bias_ih_l0": np.arange(4.0), "bias_hh_l0": 10 * np.arange(4.0)}
    np.testing.assert_array_equal(from_torch(arrays, like)["b_h"], [0, 11, 22, 33])


def test_names_of_a_network():
    network = make_network("rnn", 5, 4, 3, n_layers=2, bidirectional=True, n_embedding=2, rng=0)
    assert sorted(to_torch(network.params)) == sorted(
        ["embedding.weight", "readout.weight", "readout.bias"]
        + [
            f"rnn.{what}_{which}_l{layer}{end}"
            for what in ("weight", "bias")
            for which in ("ih", "hh")
            for layer in (0, 1)
            for end in ("", "_reverse")
        ]
    )
    np.testing.assert_array_equal(
        to_torch(network.params)["embedding.weight"], network.params["embedding.E"]
    )


def test_what_does_not_fit_is_told():
    with pytest.raises(ValueError, match="W_hx' is no parameter of ours: expected"):
        torch_name("rnn.W_hx")
    cell = GRUResetBeforeCell(3, 2, rng=0)
    with pytest.raises(ValueError, match="W_hh has three blocks, and there is no b_hn: expected a"):
        to_torch(cell.params)
    like = RNNCell(3, 2, rng=0).params
    with pytest.raises(ValueError, match="there is no bias_hh_l0: expected it among"):
        from_torch({n: a for n, a in to_torch(like).items() if n != "bias_hh_l0"}, like)
    with pytest.raises(ValueError, match=r"W_xh has shape \(2, 2\): expected \(3, 2\)"):
        from_torch(to_torch(like) | {"weight_ih_l0": np.zeros((2, 2))}, like)


# With PyTorch ----------------------------------------------------------------------------------


def layers_and_module(kind, **options):
    import torch

    layers = make_layers(kind, 3, 4, rng=0, **options)
    classes = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    options = {"num_layers" if name == "n_layers" else name: x for name, x in options.items()}
    return layers, classes[kind](3, 4, batch_first=True, **options).double()


@needs_torch
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
@pytest.mark.parametrize("options", [{}, {"n_layers": 2, "bidirectional": True}])
def test_a_module_with_our_weights_does_what_we_do(kind, options):
    import torch

    layers, module = layers_and_module(kind, **options)
    assert copy_to_torch(layers.params, module) is module
    rng = np.random.default_rng(1)
    x = rng.normal(size=(2, 5, 3))
    run, outputs = layers.forward(x), module(torch.tensor(x))[0]
    np.testing.assert_allclose(run.h, outputs.detach().numpy(), rtol=0, atol=1e-13)
    d_h = rng.normal(size=run.h.shape)
    (outputs * torch.tensor(d_h)).sum().backward()
    gradients = gradients_from_torch(module, layers.params)
    expected = layers.backward(run, d_h).d_params
    assert gradients.shapes == layers.params.shapes
    np.testing.assert_allclose(gradients.flat, expected.flat, rtol=0, atol=1e-12)


@needs_torch
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_layer_with_pytorchs_weights_does_what_it_does(kind):
    import torch

    layers, module = layers_and_module(kind)
    layers.params.flat = from_torch(module.state_dict(), layers.params).flat
    x = np.random.default_rng(1).normal(size=(2, 5, 3))
    outputs = module(torch.tensor(x))[0].detach().numpy()
    np.testing.assert_allclose(layers.forward(x).h, outputs, rtol=0, atol=1e-13)
    by_parameters = from_torch(dict(module.named_parameters()), layers.params)
    np.testing.assert_array_equal(by_parameters.flat, layers.params.flat)


@needs_torch
def test_a_readout_and_an_embedding():
    import torch

    network = make_network("rnn", 5, 4, 3, n_embedding=2, rng=0, dtype="float32")
    module = torch.nn.ModuleDict(
        {
            "embedding": torch.nn.Embedding(5, 2),
            "rnn": torch.nn.RNN(2, 4, batch_first=True),
            "readout": torch.nn.Linear(4, 3),
        }
    )
    copy_to_torch(network.params, module)
    ids = np.array([[0, 3, 4, 1]])
    states = module["rnn"](module["embedding"](torch.tensor(ids)))[0]
    theirs = module["readout"](states).detach().numpy()
    np.testing.assert_allclose(network.forward(ids).outputs, theirs, atol=1e-6)


@needs_torch
def test_a_missing_gradient_and_a_wrong_module_are_told():
    import torch

    layers, module = layers_and_module("gru")
    with pytest.raises(ValueError, match=r"weight_ih_l0 has no gradient: call backward\(\)"):
        gradients_from_torch(module, layers.params)
    with pytest.raises(RuntimeError, match="size mismatch"):
        copy_to_torch(layers.params, torch.nn.LSTM(3, 4).double())


# Where PyTorch is missing ----------------------------------------------------------------------


def after(*cells):
    """Run cells with what leaves out those that need torch; return the names, and what was run."""
    leave_out, names, ran = LeaveOut({"torch"}), {"torch": None}, []
    for cell in cells:
        tree = leave_out.visit(ast.parse(cell))
        ran.append(LEFT_OUT not in ast.unparse(tree))
        if ran[-1]:
            exec(compile(ast.fix_missing_locations(tree), "cell", "exec"), names)
        else:
            kept = ast.Module(tree.body[:-1], [])
            exec(compile(ast.fix_missing_locations(kept), "cell", "exec"), names)
    return names, ran


def test_cells_that_need_what_is_missing_are_left_out():
    names, ran = after(
        "x = 1",
        "y = torch.ones(3)",
        "z = x + 1",
        "def f():\n    return y",
        "f()",
        "class C(torch.nn.Module):\n    pass",
        "[C() for _ in range(3)]",
        "class D:\n    def f(self):\n        return torch.ones(3)",
        "y = 2",
        "z = y + 1",
    )
    assert ran == [True, False, True, *5 * [False], True, True]
    assert names["z"] == 3


def test_a_name_that_a_cell_makes_itself_is_not_missing():
    ran = after(
        "for h in torch.ones(3):\n    pass",
        "for h in (1, 2):\n    print(h)",
        "h = torch.ones(3)",
        "h = h + 1",
    )[1]
    assert ran == [False, True, False, False]


def test_imports_and_functions_of_a_cell_that_is_left_out_are_kept():
    names, ran = after(
        "import math\nfrom torch import nn\nx = torch.ones(3)\n"
        "def half(y):\n    return math.floor(y / 2)\n"
        "def third():\n    return x / 3\n"
        "def sixth():\n    return third() / 2\n"
        "def count(n):\n    return 0 if n == 0 else 1 + count(n - 1)",
        "z = half(7), count(2)",
        "nn",
        "sixth()",
    )
    assert ran == [False, True, False, False]
    assert names["z"] == (3, 2)


def test_a_function_that_needs_itself_only_is_kept():
    ran = after(
        "x = torch.ones(3)\ndef count(n):\n    return x",
        "x = torch.ones(3)\ndef count(n):\n    return 0 if n == 0 else count(n - 1)",
        "count(2)",
    )[1]
    assert ran == [False, False, True]


def test_a_cell_that_is_no_program_is_handed_on():
    tree = ast.parse("return torch")
    assert LeaveOut({"torch"}).visit(tree) is tree


def test_it_is_told_how_to_install_what_is_missing(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    assert find_torch() is None
    said = capsys.readouterr().out
    assert said.startswith("PyTorch is not installed. ")
    assert "make setup ARGS=torch" in said
    assert "python course.py setup torch" in said


@needs_torch
def test_what_is_there_is_found(capsys):
    import torch

    assert find_torch() is torch
    assert capsys.readouterr().out == "PyTorch is installed: all cells will run.\n"


RUN = """
import json, sys
from IPython.core.interactiveshell import InteractiveShell

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")

sys.meta_path.insert(0, Missing())
shell = InteractiveShell.instance()
for cell in json.load(sys.stdin):
    print("CELL", cell["id"])
    result = shell.run_cell("".join(cell["source"]))
    result.raise_error()
print("transformers:", len(shell.ast_transformers))
"""


def run_without_torch(cells):
    """Return what cells print in a Python without PyTorch, by their ids."""
    environment = {**os.environ, "MPLBACKEND": "agg", "TQDM_DISABLE": "1"}
    result = subprocess.run(
        [sys.executable, "-c", RUN], input=json.dumps(cells), env=environment, text=True,
        encoding="utf-8", capture_output=True, check=False,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]
    parts = result.stdout.split("CELL ")[1:]
    return {part.partition("\n")[0]: part.partition("\n")[2] for part in parts}


def test_the_notebook_runs_to_its_end_without_pytorch():
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    saved = {
        cell["id"]: "".join(
            "".join(output["text"]) for output in cell["outputs"] if output.get("name") == "stdout"
        )
        for cell in cells
    }
    printed = run_without_torch(cells)
    assert "PyTorch is not installed." in printed["find-torch"]
    left_out = {name for name, text in printed.items() if LEFT_OUT in text}
    assert "same-numbers" in left_out
    assert 15 < len(left_out) < 30
    # What runs all the same prints what it prints where PyTorch is: the exercises among others.
    others = [name for name in printed if name not in left_out and name != "find-torch"]
    for name in others:
        assert printed[name].startswith(saved[name]), name
    assert {"exercise-to-pytorch", "scan-loop", "training-ours", "limit-shown"} <= set(others)


def test_a_second_search_does_not_leave_out_twice():
    search = "from rnnhelpers.torch_weights import find_torch\ntorch = find_torch()"
    cells = [{"id": name, "source": [search]} for name in ("first", "second")]
    assert "transformers: 1" in run_without_torch(cells)["second"]
