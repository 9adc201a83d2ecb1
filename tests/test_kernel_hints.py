"""Errors of a clumsy learner come with what to do about them."""

import builtins
import json
import os
import subprocess
import symtable
import sys
from pathlib import Path

import numpy as np
import pytest

from rnnhelpers import _kernel_hints as kernel_hints
from rnnhelpers._kernel_hints import Cell, Names, code_cells, hint_for

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
CELLS = [
    Cell("Start", "import math\nfrom os.path import join as put"),
    Cell("A loop", "count = 0\nwords = ['a']"),
    Cell("A loop", "for word in words:\n    count = len(word)"),
    Cell("The end", "print(count)"),
    Cell("Below", "count = 7"),
]

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def hint_after(source, namespace=None, cells=CELLS, history=()):
    """Run a cell, and return the hint for the error that it raises."""
    namespace = {"__name__": "__main__"} | (namespace or {})
    for earlier in history:
        exec(earlier, namespace)
    with pytest.raises(Exception) as caught:  # noqa: PT011 - the hint is compared
        exec(source, namespace)
    return hint_for(caught.value, namespace, cells, source, history)


def test_the_nearest_cell_above_that_makes_a_name_is_told():
    hint = hint_after("print(count)")
    assert "makes `count` has not been run: under “A loop”" in hint
    assert "`count = len(word)`" in hint
    assert "Run All Above Selected Cell" in hint


def test_of_a_cell_that_was_changed_all_others_are_looked_at():
    assert "under “Below”, it has the line `count = 7`" in hint_after("print(count + 1)")


def test_what_a_function_misses_is_told():
    assert "`words = ['a']`" in hint_after("def first():\n    return words[0]\n\n\nfirst()")


@pytest.mark.parametrize(
    "source",
    ["print(cuont)", "word", "def f():\n    n += 1\n\n\nf()", "1 / 0", "None + 1", "None.x"],
    ids=["typing slip", "made below only", "unbound", "division", "type", "attribute"],
)
def test_of_other_errors_nothing_is_said(source):
    cells = [Cell("", source), *CELLS] if source == "word" else CELLS
    assert hint_after(source, {"n": 3}, cells) == ""


def test_an_import_that_was_overwritten_is_told():
    hint = hint_after("math.sqrt(2)", {"math": 5})
    assert hint.startswith("`math` is not what this notebook imports: a cell has made it 5.")
    assert "`import math`" in hint
    assert "made it a function of its own" in hint_after(
        "def put(a):\n    return a\n\n\nput('a', 'b')"
    )


def test_an_import_that_is_as_it_was_is_not_accused():
    assert hint_after("math.sqrt('2')", {"math": __import__("math")}) == ""


def test_a_name_of_pythons_own_that_was_overwritten_is_told():
    hint = hint_after("list('abc')", {"list": ["a", "b"]})
    assert hint.startswith("`list` is a name of Python's own, and a cell has made it ['a', 'b'].")
    assert "`del list`" in hint


def test_a_name_of_the_notebook_that_was_overwritten_is_told():
    before = [CELLS[1].source, "words = 7"]
    hint = hint_after(CELLS[2].source, history=before)
    assert hint.startswith("`words` is 7: the line `words = 7` has made it so. Under “A loop”,")
    assert "this notebook has `words = ['a']` instead" in hint
    assert "is 7" in hint_after("words + 'b'", history=before)
    nothing_to_say = {
        "made since as the notebook says": [*before, CELLS[1].source],
        "made by no cell": ["globals()['words'] = 7"],
        "the same line, in a cell that was changed": ["n = 7\nwords = ['a']\nwords += [n]"],
    }
    for what, history in nothing_to_say.items():
        assert hint_after("words + 'b'", history=history) == "", what
    below = [Cell("", "x()"), Cell("", "x = print")]
    assert hint_after("x()", cells=below, history=["x = 1"]) == "", "made below only"
    both = [CELLS[1].source, CELLS[2].source, CELLS[1].source]
    assert hint_after("count + 'b'", history=both) == "", "made by another cell of the notebook"


def test_of_a_large_or_strange_value_little_is_shown():
    assert "made it [0, 1, 2, 3, 4, 5, ...]." in hint_after("sum(1)(2)", {"sum": list(range(99))})
    assert "made it an object of the type ndarray." in hint_after(
        "sum(1)", {"sum": np.zeros((99, 99))}
    )


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (ModuleNotFoundError("No module named 'numpy'", name="numpy"), "not complete"),
        (ModuleNotFoundError("No module named 'sklearn.x'", name="sklearn.x"), "not complete"),
        (ImportError("cannot import name 'x'", name="rnnhelpers.text"), "another version"),
        (ImportError("cannot load module more than once per process"), "Restart Kernel"),
        (ModuleNotFoundError("No module named 'my_own'", name="my_own"), ""),
    ],
    ids=["numpy", "part of sklearn", "old helpers", "interrupted import", "the learner's"],
)
def test_imports(error, advice):
    hint = hint_for(error, {}, CELLS)
    assert advice in hint
    assert bool(hint) == bool(advice)


def test_the_names_that_a_cell_makes():
    source = (
        "import numpy as np\nimport os.path\nfrom math import pi as p, e\nwith open(f) as file:\n"
        "    a, (b, *c) = 1, 2\nd: int = 3\nfor i in [j for j in range(3)]:\n    k += 1\n"
        "def g(h):\n    inside = h\nclass K:\n    l = 1\nif (m := 3): pass\nn = lambda o: o"
    )
    assert set(Names(source).made) == {*"abcdegikmnp", "K", "np", "os", "file"}
    assert Names(source).made["k"] == 8
    assert Names(source).imported["np"] == ("numpy", None, "import numpy as np")
    assert Names("%matplotlib inline\nx = 1").made == {}
    assert Names("x = (").made == {}


@each_notebook
def test_no_notebook_gives_an_imported_name_or_one_of_pythons_to_something_else(path):
    imported = set()
    for _, source in code_cells(path):
        names = Names(source)
        own = set(names.made) - set(names.imported)
        assert not own & imported, "imported before, and made to be something else"
        pythons = set(dir(builtins)) - {"_"}  # put there by doctest, as by Python at its prompt
        assert not set(names.made) & pythons, "a name of Python's own"
        imported |= set(names.imported)


def names_read(source):
    """Return the names of the notebook that a cell reads, and its functions when they are run."""
    tables, found = [symtable.symtable(source, "cell", "exec")], set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        is_cell = table.get_type() == "module"
        symbols = [one for one in table.get_symbols() if is_cell or one.is_global()]
        found |= {one.get_name() for one in symbols if one.is_referenced()}
    return found


def borrowed(cells):
    """Yield what a cell reads and does not make: name, names of cells above and below, in words."""
    made = [Names(cell.source) for cell in cells]
    for k, cell in enumerate(cells):
        for name in names_read(cell.source) - set(made[k].made):
            words = f"{name}, in the cell that begins {cell.source.splitlines()[0]!r}"
            yield name, made[:k], made[k + 1 :], words


def making(name, all_names):
    """Return those that make a name, and do not import it."""
    return [names for names in all_names if name in names.made and name not in names.imported]


def given_away(cells):
    """Yield what a cell reads of one above it, and one below gives to something else."""
    for name, above, below, words in borrowed(cells):
        if any(name in names.made for names in above) and making(name, below):
            yield words


@each_notebook
def test_a_cell_that_is_run_again_after_the_end_finds_what_it_found(path):
    assert sorted(given_away(code_cells(path))) == []


def made_twice(cells):
    """Yield what a cell reads, and two cells above it make: it matters which of them ran last."""
    for name, above, _, words in borrowed(cells):
        if len(making(name, above)) > 1:
            yield words


@each_notebook
def test_somebody_who_goes_back_and_comes_again_finds_the_same(path):
    assert sorted(made_twice(code_cells(path))) == []


def test_a_name_that_two_cells_make_is_found():
    cells = [Cell("", "h = 1"), Cell("", "h = 2\nprint(h)")]
    assert list(made_twice(cells)) == []
    assert len(list(made_twice([*cells, Cell("", "def f():\n    return h")]))) == 1


def test_a_name_that_is_given_away_is_found():
    cells = [Cell("", "h = 1"), Cell("", "print(h)"), Cell("", "def f():\n    return h")]
    assert list(given_away(cells)) == []
    assert len(list(given_away([*cells, Cell("", "h = 'another'")]))) == 2


# In Jupyter --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def kernel():
    """Start a kernel as JupyterLab does for notebook 01."""
    from jupyter_client.manager import start_new_kernel

    name = {"JPY_SESSION_NAME": str(NOTEBOOKS[1])}
    manager, client = start_new_kernel(kernel_name="python3", env={**os.environ, **name})
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def run(kernel, source):
    """Run a cell, and return its status and what JupyterLab shows of it."""
    shown = []

    def keep(message):
        content = message["content"]
        shown.append(content.get("text", "") + "\n".join(content.get("traceback", [])))

    reply = kernel.execute_interactive(source, output_hook=keep, timeout=60)
    return reply["content"]["status"], "".join(shown)


def test_a_cell_alone_after_a_restart_is_told_what_is_missing(kernel):
    status, shown = run(kernel, "print(sentence.split())")
    assert status == "error"  # so that "Run All" stops here
    assert "NameError" in shown
    assert 'sentence = "Chetan works as an ML engineer."' in shown
    assert shown.index("NameError") < shown.index("has not been run: under “Tokens”")


def test_jupyters_own_names_are_not_accused(kernel):
    assert "Python's own" not in run(kernel, "open('nowhere', 'x', 1, 2, 3, 4, 5, 6, 7, 8)")[1]


def test_other_errors_are_shown_as_ever(kernel):
    status, shown = run(kernel, "None.nothing")
    assert status == "error"
    assert shown.rstrip().endswith("'NoneType' object has no attribute 'nothing'")


class Shell:
    """As much of IPython's shell as the handler uses."""

    def __init__(self, source):
        self.user_ns, self.shown = {"In": ["", source]}, []

    def set_custom_exc(self, kinds, handler):
        self.kinds, self.handler = kinds, handler

    def showtraceback(self, exception, tb_offset=None):
        self.shown.append(exception[1])

    def fail_with(self, source):
        try:
            exec(source, self.user_ns)
        except self.kinds as error:
            self.handler(self, type(error), error, error.__traceback__)
        return getattr(self.shown[-1], "__notes__", [])


def notes_in(path, monkeypatch, source="print(count)"):
    """Return the notes of an error in a notebook."""
    shell = Shell(source)
    kernel_hints.load_ipython_extension(shell)
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    return shell.fail_with(source)


def written(folder, name, *sources):
    """Write a notebook of code cells."""
    cells = [{"cell_type": "markdown", "source": ["text\n", "## Counting\n"]}]
    cells += [{"cell_type": "code", "source": source.splitlines(True)} for source in sources]
    (folder / name).write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return folder / name


def test_notebooks_of_others_are_left_alone(tmp_path, monkeypatch):
    mine = written(tmp_path, "mine.ipynb", "count = 1", "print(count)")
    assert notes_in(mine, monkeypatch) == []
    course = written(tmp_path, "course.ipynb", "import rnnhelpers", "count = 1", "print(count)")
    [note] = notes_in(course, monkeypatch)
    assert "under “Counting”, it has the\nline `count = 1`" in note
    assert max(map(len, note.splitlines())) <= 75


def test_a_notebook_that_cannot_be_read_does_not_matter(tmp_path, monkeypatch):
    (tmp_path / "damaged.ipynb").write_text("{")
    for path in (tmp_path / "damaged.ipynb", tmp_path / "gone.ipynb"):
        assert notes_in(path, monkeypatch) == []
    monkeypatch.delenv("JPY_SESSION_NAME")
    shell = Shell("print(count)")
    kernel_hints.load_ipython_extension(shell)
    assert shell.fail_with("print(count)") == []


def test_a_notebook_that_the_server_names_in_another_way_is_found(tmp_path, monkeypatch):
    written(tmp_path, "course.ipynb", "import rnnhelpers", "count = 1", "print(count)")
    monkeypatch.chdir(tmp_path)
    assert len(notes_in("somewhere/else/course.ipynb", monkeypatch)) == 1


def test_in_vs_code_the_editor_names_the_notebook(tmp_path, monkeypatch):
    path = written(tmp_path, "course.ipynb", "import rnnhelpers", "count = 1", "print(count)")
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    shell = Shell("print(count)")
    shell.user_ns["__vsc_ipynb_file__"] = str(path)
    kernel_hints.load_ipython_extension(shell)
    assert len(shell.fail_with("print(count)")) == 1


# Where the package is not installed ---------------------------------------------------------------

WITHOUT = """
import json, sys
from pathlib import Path
root, missing, paths = sys.argv[1], sys.argv[2].split(","), sys.argv[3:]
sys.path[:] = [path for path in sys.path if Path(path or ".").resolve() != Path(root)]

class Missing:
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in missing:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing)
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.history_manager.enabled = False
for path in paths:
    print("###", path)
    for cell in json.loads(Path(path).read_text(encoding="utf-8"))["cells"]:
        source = "".join(cell["source"])
        starts = tuple(f"{word} {name}" for word in ("from", "import") for name in missing)
        if cell["cell_type"] == "code" and any(l.startswith(starts) for l in source.splitlines()):
            shell.run_cell(source)
            break
"""


@pytest.mark.parametrize("missing", ["rnnhelpers", "rnnhelpers,numpy,sklearn"])
def test_without_the_package_the_first_cell_that_imports_says_what_to_do(missing, tmp_path):
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", WITHOUT, str(root), missing, *map(str, NOTEBOOKS)]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    env["IPYTHONDIR"] = str(tmp_path)
    result = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", cwd=tmp_path, env=env, check=True
    )
    shown = result.stdout.split("### ")[1:]
    assert len(shown) == len(NOTEBOOKS)
    for of_notebook in shown:
        assert "ModuleNotFoundError" in of_notebook
        assert "# not found? Open it with: make lab" in of_notebook
