"""The assignments for nbgrader: every task is in, students see no solution, `grade` judges.

What nbgrader makes of them is tested in tests/grading.
"""

import ast
import os
import re
import sys
import warnings
from pathlib import Path

import nbformat
import numpy as np
import pytest

from rnnhelpers.exercises import ChoiceQuestion, Exercise, all_tasks, check, grade, progress
from rnnhelpers.exercises.__main__ import HIDDEN_SEEDS, main
from rnnhelpers.exercises.assignments import (
    BEGIN_HIDDEN,
    BEGIN_SOLUTION,
    CONFIG,
    END_HIDDEN,
    END_SOLUTION,
    assignment,
    write_assignments,
)
from rnnhelpers.exercises.core import CHAPTERS, tasks_of
from rnnhelpers.exercises.notebooks import read_notebook
from rnnhelpers.exercises.tasks import MOST_PRINTED, N_DRAWS, NOT_ATTEMPTED, RIGHT

TASKS = all_tasks()
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
SEED = 4321

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    folder = tmp_path_factory.mktemp("new") / "assignments"
    n_tasks, points = write_assignments(NOTEBOOKS, folder, SEED)
    assert n_tasks == len(TASKS)
    assert points == sum(2 if isinstance(task, Exercise) else 1 for task in TASKS.values())
    return folder


def source(course, path):
    name = path.stem
    return nbformat.read(course / "source" / name / f"{name}_tasks.ipynb", as_version=4)


def settings(cell):
    return cell.metadata["nbgrader"]


def named(notebook, kind):
    """Return the cells of a kind, by the names of their tasks."""
    return {cell.id.removeprefix(kind): cell for cell in notebook.cells if cell.id.startswith(kind)}


def without(source, begin, end):
    """Return a cell as students get it, without what stands between two marks."""
    return re.sub(rf"^ *{begin}\n.*?^ *{end}(\n|$)", "", source, flags=re.DOTALL | re.MULTILINE)


# The assignments --------------------------------------------------------------------------------


@each_notebook
def test_an_assignment_has_every_task_of_its_notebook(course, path):
    notebook = source(course, path)
    nbformat.validate(notebook)
    module = list(CHAPTERS)[NOTEBOOKS.index(path)]
    names = [task.name for task in tasks_of(module)]
    order = [f"{kind}-{name}" for name in names for kind in ("task", "answer", "grade")]
    assert [cell.id for cell in notebook.cells] == ["introduction", "needed", *order]
    for cell in notebook.cells:
        assert settings(cell)["grade_id"] == cell.id
        kind = cell.id.partition("-")[0]
        expected = {"grade": kind == "grade", "solution": kind == "answer", "task": False}
        expected |= {"locked": kind != "answer", "schema_version": 3, "grade_id": cell.id}
        if kind == "grade":
            expected["points"] = 2 if isinstance(TASKS[cell.id[6:]], Exercise) else 1
        assert settings(cell) == expected


@each_notebook
def test_every_answer_is_right_and_gets_its_points(course, path):
    namespace = {}
    for cell in source(course, path).cells:
        if cell.cell_type == "code":
            exec(cell.source, namespace)


@each_notebook
def test_what_students_get_is_not_attempted_yet(course, path):
    notebook = source(course, path)
    namespace = {}
    exec(notebook.cells[1].source, namespace)
    tests = named(notebook, "grade-")
    for name, cell in named(notebook, "answer-").items():
        assert cell.source.count(BEGIN_SOLUTION) == cell.source.count(END_SOLUTION) == 1
        stub = without(cell.source, BEGIN_SOLUTION, END_SOLUTION)
        assert "SOLUTION" not in stub
        if isinstance(TASKS[name], Exercise):
            [function] = [n for n in ast.parse(stub).body if isinstance(n, ast.FunctionDef)]
            assert len(function.body) == 2  # the docstring and the dots
        exec(stub, namespace)
        visible = without(tests[name].source, BEGIN_HIDDEN, END_HIDDEN)
        assert str(SEED) not in visible
        with pytest.raises(AssertionError, match=f"Not attempted yet: {name}."):
            exec(visible, namespace)


@each_notebook
def test_a_wrong_answer_fails_with_what_learners_are_told(course, path):
    notebook = source(course, path)
    for name, cell in named(notebook, "grade-").items():
        task = TASKS[name]
        judged = [arg.id for call in ast.walk(ast.parse(cell.source)) if isinstance(call, ast.Call)
                  for arg in call.args[1:]]  # fmt: skip
        if isinstance(task, ChoiceQuestion):
            wrong = next(key for key, choice in task.choices.items() if choice.feedback)
            answers, told = [wrong, 1], task.choices[wrong].feedback
        else:
            mistake = task.mistakes[0]
            is_code = isinstance(task, Exercise)
            answers, told = [mistake.function if is_code else mistake.function()], str(mistake)
        with pytest.raises(AssertionError, match=re.escape(told)):
            exec(cell.source, dict(zip(judged, answers, strict=False)))


def test_no_answer_can_be_taken_for_that_to_another_task(course):
    for path in NOTEBOOKS:
        given = []
        for cell in named(source(course, path), "grade-").values():
            calls = [node for node in ast.walk(ast.parse(cell.source))
                     if isinstance(node, ast.Call)]  # fmt: skip
            given.append({arg.id for call in calls for arg in call.args[1:]})
        assert len(set().union(*given)) == sum(map(len, given)), path.stem


def test_hidden_examples_are_drawn_with_the_seed_and_only_for_code(course):
    for path in NOTEBOOKS:
        for name, cell in named(source(course, path), "grade-").items():
            is_code = isinstance(TASKS[name], Exercise)
            assert cell.source.count(f"seed={SEED})") == is_code
            hidden = cell.source.partition(BEGIN_HIDDEN)[2]
            assert (f"seed={SEED})" in hidden and END_HIDDEN in hidden) == is_code


def test_what_stands_above_the_tasks_is_what_they_need(course):
    for path in NOTEBOOKS:
        functions = [node.name for node in ast.parse(source(course, path).cells[1].source).body
                     if isinstance(node, ast.FunctionDef)]  # fmt: skip
        assert functions == (["sigmoid"] if path.stem == "10_gates" else [])


def test_the_same_seed_writes_the_same_files(course, tmp_path):
    names = [str(path) for path in NOTEBOOKS[:2]]  # text will do for a path
    write_assignments(names, str(tmp_path / "again"), SEED)
    for path in (tmp_path / "again").rglob("*.*"):
        assert path.read_bytes() == (course / path.relative_to(tmp_path / "again")).read_bytes()


def test_the_settings_are_python_and_turn_progress_off(course, monkeypatch):
    assert (course / "nbgrader_config.py").read_text() == CONFIG
    monkeypatch.setenv(progress.VARIABLE, "")  # put back as it was: the settings set it

    class Anything:
        def __getattr__(self, name):
            vars(self)[name] = Anything()
            return vars(self)[name]

        def extend(self, values):
            assert "*.py" in values

    found = Anything()
    exec(CONFIG, {"get_config": lambda: found})
    assert vars(found.Execute)["skip_cells_with_tag"] == ""
    assert not progress.is_kept()


def test_what_is_there_or_has_no_tasks_is_refused(course, tmp_path):
    with pytest.raises(FileExistsError, match="expected a new folder"):
        write_assignments(NOTEBOOKS, course, SEED)
    empty = tmp_path / "empty.ipynb"
    nbformat.write(nbformat.v4.new_notebook(), empty)
    with pytest.raises(ValueError, match=r"empty\.ipynb has no tasks: expected a notebook of the"):
        write_assignments([NOTEBOOKS[0], empty], tmp_path / "assignments", SEED)
    assert list(tmp_path.iterdir()) == [empty]
    with pytest.raises(ValueError, match="has no tasks"):
        assignment(read_notebook(empty), empty, SEED)


def test_the_command_says_what_it_did_and_draws_a_seed(tmp_path, capsys):
    seeds = set()
    for folder in (tmp_path / "one", tmp_path / "two"):
        assert main(["assignments", str(folder), str(NOTEBOOKS[3])]) is None
        said = capsys.readouterr().out
        assert f"Assignments for nbgrader written to {folder}: 1, with 6 tasks and 10 poin" in said
        [written] = folder.rglob("*.ipynb")
        seeds |= set(map(int, re.findall(r"seed=(\d+)", written.read_text())))
    assert len(seeds) == 2
    assert seeds <= set(HIDDEN_SEEDS)
    assert min(HIDDEN_SEEDS) > 20 + N_DRAWS
    assert "expected a new folder" in main(["assignments", str(folder), str(NOTEBOOKS[3])])


# The judgement ----------------------------------------------------------------------------------


def test_grade_says_what_check_says_and_notes_nothing(capsys):
    right, wrong = (lambda h: 1 - h**2), (lambda h: 1 - h)
    for answer in (right, wrong, lambda h: ...):
        verdict = grade("tanh-slope", answer)
        assert capsys.readouterr().out == ""
        assert not Path(os.environ[progress.VARIABLE]).exists()
        check("tanh-slope", answer)
        assert capsys.readouterr().out.startswith(verdict.message)
        Path(os.environ[progress.VARIABLE]).unlink(missing_ok=True)
    assert grade("tanh-slope", right).outcome == RIGHT
    assert grade("second-unit", 1.2, seed=SEED).outcome == RIGHT
    assert grade("second-unit", ...).outcome == NOT_ATTEMPTED
    assert grade("which-axis", "b", 2, seed=SEED).outcome == RIGHT
    assert "You have not given your reason" in grade("which-axis", "b").message


def test_grade_draws_other_examples_for_another_seed():
    task = TASKS["rnn-step"]
    seen = {np.array(case[0]).tobytes(): task.reference(*case) for case in task.draw_cases()}

    def by_heart(x, *others):
        return seen.get(x.tobytes(), 0)

    assert grade("rnn-step", by_heart).outcome == RIGHT
    assert grade("rnn-step", by_heart, seed=SEED).outcome != RIGHT


def test_a_right_answer_that_warns_writes_nothing_a_grader_could_take_for_a_failure(capsys):
    def tanh_slope(h):
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
        print("on the way", file=sys.stderr)
        return 1 - h**2

    assert grade("tanh-slope", tanh_slope).outcome == RIGHT
    assert capsys.readouterr() == ("", "")


def test_what_is_printed_without_end_fills_no_memory():
    kept = []

    def tanh_slope(h):
        for _ in range(1000):
            print("x" * 1000)
        kept.append(len(sys.stdout.getvalue()))

    message = grade("tanh-slope", tanh_slope).message
    assert max(kept) < 2 * MOST_PRINTED
    assert re.search(r"^  printed +xxxxx", message, re.MULTILINE)


def test_when_enough_is_printed_nothing_more_is_kept():
    kept = []

    def tanh_slope(h):
        print("x" * MOST_PRINTED, end="")
        print("y" * MOST_PRINTED, end="")
        kept.append(sys.stdout.getvalue())

    grade("tanh-slope", tanh_slope)
    assert set(kept) == {"x" * MOST_PRINTED}


def test_where_progress_is_off_none_is_kept_and_none_is_told(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv(progress.VARIABLE, progress.OFF)
    monkeypatch.chdir(tmp_path)
    check("second-unit", 1.2)
    assert capsys.readouterr().out.startswith("Right: 1.2.")
    check("second-unit", 1.2)
    assert "That makes" not in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
