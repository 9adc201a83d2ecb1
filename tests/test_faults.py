"""The audit that plants faults says rightly what is noticed, on a notebook of four cells."""

import argparse
import shutil
from pathlib import Path

import pytest
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat import v4
from nbformat import write as write_notebook

import course as commands
from audit import faults
from audit.faults import Explained, Fault, line_of, plant, stale, tell

ROOT = Path(faults.__file__).parent.parent
COMPARED = (
    "import numpy as np\n\n"
    "x = np.array([1.0, 2.0, 4.0])\nprint(x.sum() + 0)\nprint('much:', x.sum() > 5.0)"
)
NOT_SHOWN = "hidden = 3 * 7"
LOOSE = "about = x.mean() + 0.1\nprint(f'about {about:.2f}')\nassert about > 0"
SHOWN = (
    "from rnnhelpers.figures import draw_states, show\n\n"
    "show(draw_states({'A cell': x[:, None] / 5}, ['a', 'b', 'c']))"
)
OPTIONS = argparse.Namespace(sample=0, seed=0)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """Write what the audit needs of the course, with one notebook, executed."""
    folder = tmp_path_factory.mktemp("audited") / "course"
    folder.mkdir()
    for name in ("audit", "publishing", "rnnhelpers", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("conftest.py", "course.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    (folder / "notebooks").mkdir()
    tags = {"tags": ["nbval-ignore-output", "numbers-within-5-percent"]}
    cells = [
        v4.new_code_cell(COMPARED, id="compared"),
        v4.new_code_cell(NOT_SHOWN, id="hidden"),
        v4.new_code_cell(LOOSE, id="loose", metadata=tags),
        v4.new_code_cell(SHOWN, id="shown"),
    ]
    execute(cells, folder)
    return folder


def execute(cells, folder):
    """Run the cells in a kernel, as `python course.py notebooks` does, and save them."""
    notebook = v4.new_notebook(cells=cells, metadata=dict(commands.METADATA))
    kernel = {"metadata": {"path": str(folder)}}
    ExecutePreprocessor(record_timing=False).preprocess(notebook, kernel)
    path = folder / "notebooks" / "01_tiny.ipynb"
    write_notebook(notebook, path)
    commands.normalize(path)


def verdicts(course, kind):
    found, possible, problems = plant(course, "01_tiny.ipynb", kind, OPTIONS)
    assert not problems
    assert {(fault.cell, fault.what) for fault in found} == set(possible)
    return {(fault.cell, fault.what): fault.verdict for fault in found}


def test_a_changed_output_is_noticed_by_what_compares_it(course):
    found = verdicts(course, "outputs")
    assert found["compared", "text: 7.0 to 7.1"] == "nbval"
    assert found["loose", "text: 2.43 to -2.43"] == "tolerance"
    assert found["loose", "text: 2.43 to 2.44"] == "guard ignored_output_is_compared"
    drawn = {what: said for (_, what), said in found.items() if what.startswith("text/x-drawn")}
    assert set(drawn.values()) == {"tolerance"}
    assert "text/x-drawn: matrix 1 x 3: number 2, 0.4 to 0.40606" in drawn


def test_changed_code_is_noticed_where_it_is_shown_first(course):
    found = verdicts(course, "code")
    assert found["compared", "line 3: 4.0 to 4.4"] == "nbval"
    assert found["compared", "line 4: x.sum to x.mean"] == "nbval"
    assert found["compared", "line 5: x.sum() > 5.0 to x.sum() <= 5.0"] == "nbval"
    assert found["compared", "line 5: 5.0 to 5.5, a bound"] == "a bound with room"
    assert found["hidden", "line 1: 3 to 4"] == "not caught"
    assert found["loose", "line 1: 0.1 to 0.11000000000000001"] == "within the tolerance"
    assert found["loose", "line 1: x.mean to x.sum"] == "tolerance"
    assert found["shown", "line 3: 5 to 6"] == "nbval"


def test_what_is_drawn_from_other_numbers_is_noticed(course):
    found = verdicts(course, "figures")
    assert found["shown", "draw_states: the sign"] == "nbval"
    assert found["shown", "draw_states: one number"] in ("nbval", "tolerance")
    assert "not caught" not in found.values()


def test_a_notebook_that_cannot_be_run_is_a_problem(course, tmp_path):
    broken = tmp_path / "course"
    shutil.copytree(course, broken)
    (broken / "audit" / "planting_plugin.py").write_text("1 / 0", encoding="utf-8")
    found, _, [problem] = plant(broken, "01_tiny.ipynb", "outputs", OPTIONS)
    assert found == []
    assert "could not be run" in problem
    assert "ZeroDivisionError" in problem


FAULT = Fault("code", "01_tiny", "hidden", "line 1: 3 to 4", "not caught")
WHY = Explained("code", "01_tiny", "hidden", "line 1: * to *", "It is not used.")


def test_a_fault_must_be_noticed_or_explained(capsys):
    assert tell([FAULT._replace(verdict="nbval")], [], []) == 0
    assert tell([FAULT], [], []) == 1
    assert "01_tiny code hidden: line 1: 3 to 4 [not caught]" in capsys.readouterr().out
    assert tell([FAULT], [], [WHY]) == 0
    assert "1 explained" in capsys.readouterr().out
    assert tell([], ["01_tiny: could not be run"], []) == 1


def test_an_explanation_that_explains_nothing_is_a_problem():
    possible = [("hidden", FAULT.what)]
    assert stale([WHY], "code", "01_tiny", [FAULT], possible) == []
    [problem] = stale([WHY], "code", "01_tiny", [FAULT._replace(verdict="nbval")], possible)
    assert "is noticed by now" in problem
    more = [*possible, ("hidden", "line 1: 7 to 8")]  # of which only a sample was planted
    assert stale([WHY], "code", "01_tiny", [FAULT._replace(verdict="nbval")], more) == []
    [problem] = stale([WHY], "code", "01_tiny", [], [])
    assert "can no longer be planted" in problem
    assert stale([WHY], "code", "02_other", [], []) == []


def test_only_the_star_stands_for_anything():
    index = WHY._replace(what="line 1: x[0] * to x[1] *")
    assert index.covers("code", "01_tiny", "hidden", "line 1: x[0] * W to x[1] * W")
    assert not index.covers("code", "01_tiny", "hidden", "line 1: x0 * W to x1 * W")
    assert not index.covers("code", "01_tiny", "other", "line 1: x[0] * W to x[1] * W")


def test_one_line_says_what_became_of_all_faults_of_a_kind():
    assert line_of("code", "01_tiny", []).endswith("0 planted: -")
