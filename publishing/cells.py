"""What a cell of a notebook holds: the exercises it checks, the figures it shows."""

import ast
import warnings
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode


def syntax_tree(cell: NotebookNode) -> tuple[ast.Module, list[str]]:
    """Parse a code cell, magics included. The tree is shared: nobody may change it.

    Returns
    -------
    tree : ast.Module
        Empty if the cell is no Python, as in a cell that shows a `SyntaxError`.
    lines : list of str
        The lines that the tree's line numbers count.
    """
    return tree_of_source(cell.source)


@lru_cache(maxsize=1024)
def tree_of_source(source: str) -> tuple[ast.Module, list[str]]:
    """Parse the source of a cell; several callers ask for each."""
    source = TransformerManager().transform_cell(source)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        try:
            return ast.parse(source), source.splitlines()
        except SyntaxError:
            return ast.Module([], []), []


def exercise_names(cell: NotebookNode) -> list[str]:
    """List the exercises that a code cell checks: the first arguments of its `check("...")`.

    `check("...", ..., hint=1)` checks nothing, it prints a hint.
    """
    calls = [node for node in ast.walk(syntax_tree(cell)[0]) if isinstance(node, ast.Call)]
    return [
        call.args[0].value
        for call in calls
        if called_name(call) == "check"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
        and "hint" not in [keyword.arg for keyword in call.keywords]
    ]


def asks_question(cell: NotebookNode) -> bool:
    """Tell whether a code cell asks for a number or a choice: whether it assigns `...`."""
    values = [node.value for node in syntax_tree(cell)[0].body if isinstance(node, ast.Assign)]
    parts = [part for value in values for part in getattr(value, "elts", [value])]
    return any(isinstance(part, ast.Constant) and part.value is ... for part in parts)


def called_name(call: ast.Call) -> str:
    """Name what is called, without its module: `assert_allclose` of `np.testing.assert_allclose`.

    Examples
    --------
    >>> called_name(ast.parse("np.testing.assert_allclose(a, b)", mode="eval").body)
    'assert_allclose'
    """
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def called_names(cell: NotebookNode) -> set[str]:
    """List the functions that a code cell calls."""
    tree = syntax_tree(cell)[0]
    return {called_name(node) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def image_types(output: NotebookNode) -> list[str]:
    """List the MIME types of the images in an output."""
    return [mime for mime in output.get("data", {}) if mime.startswith("image/")]


def shows_figure(output: NotebookNode) -> bool:
    """Tell whether an output is a figure, or HTML with one; a slider's frames count once."""
    html = output.get("data", {}).get("text/html", "")
    return bool(image_types(output)) or "<img" in html or "<svg" in html
