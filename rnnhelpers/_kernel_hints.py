"""What to do about an error: a note below its message, in the notebooks of the course.

IPython loads this as an extension when a kernel starts; installing the package puts the line that
says so into ``etc/ipython/ipython_kernel_config.py`` of the environment. So it is there after a
restart, too, when the first cell that is run is one in the middle.
"""

import ast
import builtins
import json
import os
import reprlib
import sys
import textwrap
from pathlib import Path
from typing import NamedTuple

RUN_ABOVE = (
    "Run the cells above this one first: in the menu Run, choose “Run All Above Selected Cell”. "
    "Then run this one again."
)
WIDTH = 75
"""In how many characters JupyterLab's default page shows a line of an error without scrolling."""

NEEDED = ("babel", "matplotlib", "numpy", "scipy", "sklearn", "threadpoolctl", "tqdm")
"""The modules of other packages that the notebooks and the helpers import."""

START_AGAIN = (
    "Close JupyterLab, and start it with `make lab` (or `python course.py lab`) in the folder of "
    "the course."
)


OF_A_WRONG_VALUE = (AttributeError, TypeError, ValueError, IndexError, KeyError)
"""What Python raises if a name stands for something that a cell does not expect."""


class Cell(NamedTuple):
    """A code cell.

    Attributes
    ----------
    heading : str
        The last heading above it.
    source : str
        Its code.
    """

    heading: str
    source: str


def load_ipython_extension(shell):
    """Add a note to errors that come of cells left out, and of names given to something else.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
        The shell of the kernel.
    """
    shell.set_custom_exc((NameError, ImportError, *OF_A_WRONG_VALUE), _show_with_hint)


def hint_for(error, namespace, cells, current="", history=()):
    """Return what to do about an error, or an empty string if there is nothing to say.

    Parameters
    ----------
    error : BaseException
        The error, with its traceback.
    namespace : dict
        The names that the notebook has, and what they stand for.
    cells : list of Cell
        The code cells of the notebook.
    current : str
        The code that was run.
    history : sequence of str
        The code that was run before, in the order in which it was run.

    Returns
    -------
    str
        A few sentences, or nothing.

    Examples
    --------
    >>> cells = [Cell("A loop", "count = 0"), Cell("A loop", "count = count + 1")]
    >>> namespace = {}
    >>> try:
    ...     exec(cells[1].source, namespace)
    ... except NameError as error:
    ...     hint = hint_for(error, namespace, cells, current=cells[1].source)
    >>> print(hint.partition(". ")[0])
    The cell that makes `count` has not been run: under “A loop”, it has the line `count = 0`
    """
    if isinstance(error, ImportError):
        return _about_import(error)
    if type(error) is NameError:
        return _about_missing(error.name, cells, current)
    used = _names_used(error.__traceback__, namespace)
    return (
        _about_imported(used, namespace, cells)
        or _about_builtin(used, namespace)
        or _about_overwritten(used, namespace, _above(cells, current), history)
    )


def code_cells(path):
    """Return the code cells of a notebook, with the headings that they stand under.

    Parameters
    ----------
    path : str or path-like
        The notebook, a file.

    Returns
    -------
    list of Cell
        In their order.
    """
    cells, heading = [], ""
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "code":
            cells.append(Cell(heading, source))
        else:
            titles = [line for line in source.splitlines() if line.startswith("#")]
            heading = titles[-1].lstrip("# ") if titles else heading
    return cells


class Names(ast.NodeVisitor):
    r"""The names that a cell makes: by assignment, `def`, `class`, `for`, `with` or `import`.

    Parameters
    ----------
    source : str
        The code of the cell. What is not Python makes no names.

    Attributes
    ----------
    made : dict of str to int
        The names, and the numbers of the lines, from 1, where they are made first.
    imported : dict of str to tuple
        Those that are imported: the module, what of it (None: the module itself), and the line.

    Examples
    --------
    >>> Names("import numpy as np\nfor word in words:\n    h = step(word, h)").made
    {'np': 1, 'word': 2, 'h': 3}
    """

    def __init__(self, source):
        self.made, self.imported = {}, {}
        try:
            self.visit(ast.parse(source))
        except (SyntaxError, ValueError):  # a magic command, or a cell half written
            self.made, self.imported = {}, {}

    def visit_Name(self, node):
        """Note a name that is given something."""
        if isinstance(node.ctx, ast.Store):
            self.made.setdefault(node.id, node.lineno)

    def visit_FunctionDef(self, node):
        """Note the name of a function or class; what it makes inside stays inside."""
        self.made.setdefault(node.name, node.lineno)

    visit_ClassDef = visit_FunctionDef

    def visit_Lambda(self, node):
        """Skip what stays inside."""

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_Lambda

    def visit_Import(self, node):
        """Note what is imported."""
        for alias in node.names:
            top = alias.name.partition(".")[0]
            self._note_import(alias.asname or top, alias.name if alias.asname else top, None, node)

    def visit_ImportFrom(self, node):
        """Note what is imported."""
        for alias in node.names:
            self._note_import(alias.asname or alias.name, node.module, alias.name, node)

    def _note_import(self, name, module, attribute, node):
        self.made.setdefault(name, node.lineno)
        self.imported[name] = module, attribute, ast.unparse(node)


def _about_missing(name, cells, current):
    """Say which cell makes a name: the nearest one above the cell that was run."""
    maker = _makers(_above(cells, current)).get(name)
    if maker is None:
        return ""
    return (
        f"The cell that makes `{name}` has not been run: under “{maker.heading}”, it has the "
        f"line `{_line_that_makes(name, maker.source)}`. {RUN_ABOVE}"
    )


def _above(cells, current):
    """Return the cells above the one that was run, or all if that was changed."""
    sources = [cell.source.strip() for cell in cells]
    current = current.strip()
    return cells[: sources.index(current)] if current in sources else cells


def _makers(cells):
    """Return the last of some cells that makes a name, by the names."""
    return {name: cell for cell in cells for name in Names(cell.source).made}


def _line_that_makes(name, source):
    """Return the line of a cell that makes a name first."""
    return source.splitlines()[Names(source).made[name] - 1].strip()


def _names_used(traceback, namespace):
    """Return the names of the notebook that its lines used on the way to the error."""
    used = set()
    while traceback:
        frame = traceback.tb_frame
        if frame.f_globals is namespace:
            used.update(frame.f_code.co_names)
        traceback = traceback.tb_next
    return sorted(used & namespace.keys())


def _about_imported(used, namespace, cells):
    """Say which imported name stands for something else by now."""
    for _, source in cells:
        for name, (module, attribute, line) in Names(source).imported.items():
            expected = sys.modules.get(module)
            if expected is not None and attribute is not None:
                expected = getattr(expected, attribute, None)
            if name in used and expected is not None and namespace[name] is not expected:
                return (
                    f"`{name}` is not what this notebook imports: a cell has made it "
                    f"{_shown(namespace[name])}. Give that another name, run "
                    f"`{line}` again, and then this cell."
                )
    return ""


def _about_builtin(used, namespace):
    """Say which name of Python's own stands for something else by now."""
    for name in used:
        value = namespace[name]
        if hasattr(builtins, name) and not _is_jupyters(value, getattr(builtins, name)):
            return (
                f"`{name}` is a name of Python's own, and a cell has made it "
                f"{_shown(value)}. Give that another name, run `del {name}`, "
                "and then this cell again."
            )
    return ""


def _about_overwritten(used, namespace, above, history):
    """Say which name was made last by something that is not in this notebook."""
    own = {cell.source.strip() for cell in above}
    makers, last = _makers(above), _makers([Cell("", source) for source in history])
    for name in used:
        if name not in makers or name not in last or last[name].source.strip() in own:
            continue
        meant, made = (_line_that_makes(name, each[name].source) for each in (makers, last))
        if meant != made:  # the same line: the cell was changed elsewhere, as an exercise is
            return (
                f"`{name}` is {_shown(namespace[name])}: the line `{made}` has made it so. Under "
                f"“{makers[name].heading}”, this notebook has `{meant}` instead. If that is what "
                "you want, run that cell again, and then this one."
            )
    return ""


def _is_jupyters(value, builtin):
    """Tell whether a value is Python's own, or what Jupyter has put in its place."""
    is_of_jupyter = str(getattr(value, "__module__", "")).startswith(("IPython", "ipykernel"))
    return is_of_jupyter or value is builtin or getattr(value, "__wrapped__", None) is builtin


def _about_import(error):
    """Say what to do when something cannot be imported."""
    top = (error.name or "").partition(".")[0]
    if "more than once per process" in str(error):  # what NumPy says when its import was stopped
        return "An import was stopped in the middle. In the menu Kernel, choose “Restart Kernel…”."
    if top == "rnnhelpers":
        return (
            "Is it written as in the notebook that you were given? Then these helpers are of "
            f"another version than the notebook. {START_AGAIN}"
        )
    if isinstance(error, ModuleNotFoundError) and top in NEEDED:
        return f"The set-up of the course is not complete. {START_AGAIN}"
    return ""


def _shown(value):
    """Write a value short enough to be read."""
    if value is None or isinstance(value, int | float | str | list | tuple | dict | set):
        return reprlib.repr(value)
    if getattr(value, "__module__", "") == "__main__":
        return f"a {type(value).__name__} of its own"
    return f"an object of the type {type(value).__name__}"


def _show_with_hint(shell, kind, error, traceback, tb_offset=None):
    """Show an error as ever, with a note if there is something to say."""
    try:
        hint = _hint_in(shell, error)
    except Exception:  # an error in here must not stand in the way of the learner's
        hint = ""
    if hint:
        error.add_note("\n" + textwrap.fill(hint, WIDTH, break_long_words=False))
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)


def _hint_in(shell, error):
    """Return the hint for an error in a notebook of the course, and none in other notebooks."""
    cells = code_cells(_notebook_file(shell.user_ns))
    if not any("rnnhelpers" in cell.source for cell in cells):
        return ""
    *history, current = shell.user_ns.get("In", [""])
    return hint_for(error, shell.user_ns, cells, current, history)


def _notebook_file(namespace):
    """Return the file of the notebook, which Jupyter's server or VS Code names."""
    named = namespace.get("__vsc_ipynb_file__") or os.environ["JPY_SESSION_NAME"]
    return Path(named) if Path(named).exists() else Path.cwd() / Path(named).name
