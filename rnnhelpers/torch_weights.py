"""Our weights in PyTorch's modules, and what happens where it is missing (see notebook 12).

PyTorch holds its matrices the other way round, ``weight_ih_l0`` is `W_xh` transposed, and each of
its recurrent layers has two biases. The gates stand in the same order as ours. `to_torch` and
`from_torch` need NumPy alone; nothing here loads PyTorch before it is asked for.
"""

import ast
import dis
import sys
import types
from collections.abc import Mapping

import numpy as np

from rnnhelpers._validation import check_kind, check_real
from rnnhelpers.parameters import Parameters

RECURRENT = {"W_xh": "weight_ih", "W_hh": "weight_hh", "b_h": "bias_ih", "b_hn": "bias_hh"}
"""What our parameters of a cell are called in ``torch.nn.RNN``, ``LSTM`` and ``GRU``."""
OTHERS = {"W_hy": "weight", "b_y": "bias", "E": "weight"}
"""What those of `Linear` and `Embedding` are called in ``torch.nn.Linear`` and ``Embedding``."""
ADVICE = """\
PyTorch is not installed. Cells that need it say "Left out"; all others run.
To install it, close JupyterLab, and in the folder of the course run
    make setup ARGS=torch        (or: python course.py setup torch)
On Linux that can be several GB. PyTorch's own page on installing it says how to get a smaller one,
which uses no graphics card, into the environment of the course (its folder .venv)."""
LOADS, STORES = ("LOAD_NAME", "LOAD_GLOBAL"), ("STORE_NAME", "STORE_GLOBAL")
"""The instructions of Python that read a name of the notebook, and that make one."""
REUSABLE = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)
"""The statements of a cell that later cells may use, even if the cell itself is left out."""
LEFT_OUT = "Left out: this cell needs PyTorch (see the first one)."


def torch_name(name):
    """Return what PyTorch calls one of our parameters.

    Parameters
    ----------
    name : str
        Our name, with or without the names of the layers that it is in.

    Returns
    -------
    str
        PyTorch's name. A cell that is in no layer is taken for layer 0.

    Raises
    ------
    ValueError
        If there is no such parameter.

    Examples
    --------
    >>> torch_name("W_xh"), torch_name("rnn.layer_1_reverse.W_hh"), torch_name("readout.W_hy")
    ('weight_ih_l0', 'rnn.weight_hh_l1_reverse', 'readout.weight')
    """
    check_kind("name", name, str, "the name of a parameter, as a str")
    *layers, last = name.split(".")
    ending = "l0"
    if layers and layers[-1].startswith("layer_"):
        ending = layers.pop().replace("layer_", "l")
    if last in RECURRENT:
        return ".".join([*layers, f"{RECURRENT[last]}_{ending}"])
    if last in OTHERS:
        return ".".join([*layers, OTHERS[last]])
    raise ValueError(f"{name!r} is no parameter of ours: expected {[*RECURRENT, *OTHERS]}")


def to_torch(params):
    """Return our weights as PyTorch's modules want them: by their names, in their shapes.

    Matrices are transposed. All of our bias goes into ``bias_ih``, and ``bias_hh`` is zero, but for
    the GRU's candidate, whose second bias `b_hn` stands in its last third.

    Parameters
    ----------
    params : Parameters or mapping of str to ndarray
        Weights of a cell, of `RecurrentLayers`, or of a whole `Network`.

    Returns
    -------
    dict of str to ndarray
        Arrays by PyTorch's names, copies. Of a network they begin with ``rnn.``, ``readout.`` and
        ``embedding.``.

    Raises
    ------
    ValueError
        If a name is not one of ours, or the weights are those of a GRU that PyTorch does not have.

    See Also
    --------
    copy_to_torch : the same, into a module.
    from_torch : the way back.

    Examples
    --------
    >>> arrays = to_torch({"W_xh": np.ones((5, 3)), "W_hh": np.eye(3), "b_h": np.zeros(3)})
    >>> [(name, array.shape) for name, array in arrays.items()]
    [('weight_ih_l0', (3, 5)), ('weight_hh_l0', (3, 3)), ('bias_ih_l0', (3,)),
     ('bias_hh_l0', (3,))]
    """
    check_kind("params", params, Mapping, "Parameters, or arrays by name")
    params = {name: _as_weights(name, array) for name, array in params.items()}
    arrays = {}
    for name, array in params.items():
        theirs, layer, last = torch_name(name), *_cut(name)
        if last == "W_hh" and array.shape[1] == 3 * len(array) and f"{layer}b_hn" not in params:
            raise ValueError(
                f"{name} has three blocks, and there is no {layer}b_hn: expected a GRU with the "
                "reset gate after the product, GRUCell; PyTorch does not have the other form"
            )
        if last in ("W_xh", "W_hh", "W_hy"):
            arrays[theirs] = np.array(array.T, order="C")
        elif last != "b_hn":
            arrays[theirs] = np.array(array)
        if last == "b_h":
            both = np.zeros_like(array)
            inner = params.get(f"{layer}b_hn", np.zeros(0))
            both[len(both) - len(inner) :] = inner
            arrays[torch_name(f"{layer}b_hn")] = both
    return arrays


def from_torch(arrays, like):
    """Return weights of PyTorch's modules as ours.

    Where PyTorch adds two biases, ours is their sum.

    Parameters
    ----------
    arrays : mapping of str to array-like or torch.Tensor
        The weights by PyTorch's names, such as ``module.state_dict()``.
    like : Parameters
        Parameters with the names and shapes that are wanted: those of a cell, layers or network.

    Returns
    -------
    params : Parameters
        New parameters, like `like`.

    Raises
    ------
    ValueError
        If an array is missing, or has another shape.

    Examples
    --------
    >>> from rnnhelpers.parameters import Parameters
    >>> like = Parameters({"W_hy": np.zeros((3, 2)), "b_y": np.zeros(2)})
    >>> from_torch({"weight": [[1, 2, 3], [4, 5, 6]], "bias": [7, 8]}, like)["W_hy"]
    array([[1., 4.],
           [2., 5.],
           [3., 6.]])
    """
    check_kind("arrays", arrays, Mapping, "arrays by name, such as module.state_dict()")
    check_kind("like", like, Parameters, "Parameters, such as those of a cell")
    return _collect(arrays, like, add_biases=True)


def copy_to_torch(params, module):
    """Give a PyTorch module our weights.

    Parameters
    ----------
    params : Parameters
        As in `to_torch`.
    module : torch.nn.Module
        A module whose parameters have the names that `to_torch` makes: ``torch.nn.RNN``, ``LSTM``
        or ``GRU`` for a cell or layers, ``torch.nn.Linear`` for a read-out; for a network a module
        with the parts ``rnn``, ``readout`` and, if there is one, ``embedding``. It is changed in
        place; a module in float32, PyTorch's default, gets rounded weights.

    Returns
    -------
    torch.nn.Module
        The same module.

    Raises
    ------
    RuntimeError
        By PyTorch, if names or shapes do not fit.
    """
    import torch

    arrays = to_torch(params).items()
    module.load_state_dict({name: torch.from_numpy(array) for name, array in arrays})
    return module


def gradients_from_torch(module, like):
    """Return the gradients that a PyTorch module holds, under our names.

    The two biases of a layer get the same gradient; ours is that of one of them, and not the sum.

    Parameters
    ----------
    module : torch.nn.Module
        A module after ``loss.backward()``.
    like : Parameters
        The parameters that the gradients belong to.

    Returns
    -------
    d_params : Parameters
        The gradients, like `like`.

    Raises
    ------
    ValueError
        If a gradient is missing: before ``backward``, or after ``zero_grad``.
    """
    arrays = {name: parameter.grad for name, parameter in module.named_parameters()}
    missing = [name for name, gradient in arrays.items() if gradient is None]
    if missing:
        raise ValueError(f"{missing[0]} has no gradient: call backward() of the loss first")
    return _collect(arrays, like, add_biases=False)


def _cut(name):
    """Return a name in two parts: the layers with their dots, and the last part."""
    layer, dot, last = name.rpartition(".")
    return layer + dot, last


def _collect(arrays, like, add_biases):
    """Return arrays of PyTorch's names as parameters like some of ours."""
    params = like.zeros_like()
    for name, ours in params.items():
        layer, last = _cut(name)
        array = _find(arrays, torch_name(name))
        if last == "b_h" and add_biases:
            inner = _find(arrays, torch_name(f"{layer}b_hn"))
            n_added = len(array) - like.shapes.get(f"{layer}b_hn", (0,))[0]
            array = np.concatenate([array[:n_added] + inner[:n_added], array[n_added:]])
        if last == "b_hn":
            array = array[-len(ours) :]
        params[name] = array.T if last in ("W_xh", "W_hh", "W_hy") else array
    return params


def _find(arrays, name):
    """Return one of PyTorch's arrays, as NumPy's."""
    if name not in arrays:
        raise ValueError(f"there is no {name}: expected it among {list(arrays)}")
    array = arrays[name]
    array = np.asarray(array.detach().cpu()) if hasattr(array, "detach") else array
    return _as_weights(name, array)


def _as_weights(name, array):
    """Return a vector or a matrix of real numbers."""
    array = check_real(name, array)
    if array.ndim not in (1, 2):
        raise ValueError(f"{name} has shape {array.shape}: expected a vector or a matrix")
    return array


def find_torch():
    """Return PyTorch if it is installed; if not, say how to install it.

    In a notebook without PyTorch, the cells that need it are then left out, with a line that says
    so, and all others run: a cell needs it if it uses the name ``torch``, or a name that only a
    cell which was left out would have made.

    Returns
    -------
    module or None
        ``torch``, or None if it is not there.
    """
    try:
        import torch
    except (ImportError, OSError):  # on Windows an OSError, if a library of its own is missing
        torch = None
    print(ADVICE if torch is None else "PyTorch is installed: all cells will run.")
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        others = [one for one in shell.ast_transformers if not isinstance(one, LeaveOut)]
        shell.ast_transformers[:] = others if torch else [*others, LeaveOut({"torch"})]
    return torch


class LeaveOut:
    """What leaves out the cells that need a name which is missing.

    IPython hands it each cell before it is run. Of a cell that is left out, what it imports and
    defines is kept, where that needs nothing that is missing: later cells may use it.

    Parameters
    ----------
    missing : set of str
        The names. Those that a cell which is left out would have made are added; those that
        another cell makes are taken away.

    Examples
    --------
    >>> leave_out = LeaveOut({"torch"})
    >>> for cell in ("x = torch.ones(3)", "print(x)", "x = 1", "print(x)"):
    ...     print(ast.unparse(leave_out.visit(ast.parse(cell))) == cell)
    False
    False
    True
    True
    """

    def __init__(self, missing):
        self.missing = set(missing)

    def visit(self, tree):
        """Return what to run in the place of a cell: itself, or a line that says it is left out.

        Parameters
        ----------
        tree : ast.Module
            The cell.

        Returns
        -------
        ast.Module
            Itself, or another one.
        """
        try:
            needs_it = _needed(tree) & self.missing
        except SyntaxError:  # such as a return outside of a function; Python will say so
            return tree
        if not needs_it:
            self.missing -= _made(tree)
            return tree
        kept = []
        reusable = [one for one in tree.body if isinstance(one, REUSABLE)]
        self.missing |= _made(_cell(one for one in tree.body if one not in reusable))
        for statement in reusable:
            one = _cell([statement])
            if _imports_torch(statement) or _needed(one) & self.missing:
                self.missing |= _made(one)
            else:
                self.missing -= _made(one)
                kept.append(statement)
        return _cell([*kept, *ast.parse(f"print({LEFT_OUT!r})").body])


def _cell(statements):
    """Return statements as a cell."""
    return ast.Module(list(statements), [])


def _imports_torch(statement):
    """Tell whether a statement imports PyTorch, or something from it."""
    names = [name.name for name in getattr(statement, "names", [])]
    return any(
        f"{name}.".startswith("torch.") for name in [*names, getattr(statement, "module", "")]
    )


def _compiled(tree):
    """Return the code of a cell."""
    return compile(tree, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def _needed(tree):
    """Return the names that a cell needs of the cells before it."""
    needed, made = set(), set()
    for instruction in dis.get_instructions(_compiled(tree)):
        if instruction.opname in LOADS and instruction.argval not in made:
            needed.add(instruction.argval)
        elif instruction.opname in STORES:
            made.add(instruction.argval)
    return needed | (_read_by_functions(_compiled(tree)) - made)


def _made(tree):
    """Return the names that a cell makes."""
    code = _compiled(tree)
    return {one.argval for one in dis.get_instructions(code) if one.opname in STORES}


def _read_by_functions(code):
    """Return the names of the notebook that the functions and classes in code read."""
    read = set()
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            read |= {one.argval for one in dis.get_instructions(inner) if one.opname in LOADS}
            read |= _read_by_functions(inner)
    return read
