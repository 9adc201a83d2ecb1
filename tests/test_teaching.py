"""What instructors are given: handouts that keep the solutions back, and a list of all tasks."""

import ast
import copy
import inspect
from pathlib import Path

import nbformat
import pytest

from rnnhelpers.exercises import Exercise, all_tasks
from rnnhelpers.exercises.__main__ import main
from rnnhelpers.exercises.teaching import (
    REVEALING,
    list_tasks,
    without_solutions,
    write_handout,
)

TASKS = all_tasks()
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


def sources(path):
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def test_a_handout_has_everything_but_the_solutions(tmp_path):
    assert write_handout(NOTEBOOKS, tmp_path / "handout") == len(TASKS)
    revealing = 0
    for path in NOTEBOOKS:
        copied = tmp_path / "handout" / path.name
        nbformat.validate(nbformat.read(copied, as_version=4))
        all_cells, kept = sources(path), sources(copied)
        cells = nbformat.read(path, as_version=4).cells
        tagged = [cell.source for cell in cells if REVEALING in cell.metadata.get("tags", [])]
        left_out = [source for source in all_cells if source not in [*kept, *tagged]]
        assert len(all_cells) == len(kept) + len(left_out) + len(tagged)
        assert all("<summary>Solution: " in source for source in left_out)
        assert left_out
        all_cells = [source for source in all_cells if source not in tagged]
        revealing += len(tagged)
        text = "\n".join(kept)
        assert text.count("<summary>Answer</summary>") == "\n".join(all_cells).count(
            "<summary>Answer</summary>"
        )
        assert "<summary>Solution" not in text
    assert revealing


def code_lines(source):
    """Return the lines of code in a cell, in one form, however they are written."""
    try:
        return {
            ast.unparse(node) for node in ast.walk(ast.parse(source)) if isinstance(node, ast.expr)
        }
    except SyntaxError:  # prose
        return set()


def test_what_a_solution_returns_is_in_no_code_of_a_handout(tmp_path):
    """Not even where a later cell shows it: such cells are tagged."""
    write_handout(NOTEBOOKS, tmp_path / "handout")
    shown = set()
    for path in (tmp_path / "handout").iterdir():
        for source in sources(path):
            shown |= code_lines(source)
    for task in TASKS.values():
        if isinstance(task, Exercise):
            function = ast.parse(inspect.getsource(task.reference)).body[0]
            calls = [node for node in ast.walk(function) if isinstance(node, ast.BinOp | ast.Call)]
            longest = max((ast.unparse(node) for node in calls), key=len)
            assert longest not in shown, task.name


def test_no_line_of_a_solution_is_left_in_a_handout(tmp_path):
    write_handout(NOTEBOOKS, tmp_path / "handout")
    text = "\n".join(
        source for path in (tmp_path / "handout").iterdir() for source in sources(path)
    )
    for task in TASKS.values():
        if not isinstance(task, Exercise):
            assert f"**{task.solution}.** {task.meaning}" not in text
        assert text.count(f'check("{task.name}"') >= 1


def test_what_stands_beside_a_solution_stays():
    fold = "<details><summary>Solution: one</summary>\n\nTell.\n\n</details>"
    cells = [
        {"cell_type": "markdown", "source": f"Before.\n\n{fold}\n\nAfter.", "id": "a"},
        {"cell_type": "markdown", "source": [fold], "id": "b"},
        {"cell_type": "code", "source": [f"print('''{fold}''')"], "id": "c"},
    ]
    notebook = {"cells": cells, "nbformat": 4}
    before = copy.deepcopy(notebook)
    kept = without_solutions(notebook)
    assert [cell["id"] for cell in kept["cells"]] == ["a", "c"]
    assert "".join(kept["cells"][0]["source"]).split() == ["Before.", "After."]
    assert kept["cells"][1] == cells[2]
    assert notebook == before


def test_a_folder_that_exists_is_left_alone(tmp_path):
    (tmp_path / "answers.ipynb").write_text("mine")
    with pytest.raises(FileExistsError, match="expected a new folder, since somebody's answers"):
        write_handout(NOTEBOOKS, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["answers.ipynb"]


def test_a_notebook_that_cannot_be_read_leaves_no_half_handout(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    with pytest.raises(ValueError, match=r"broken\.ipynb is not a notebook: expected JSON"):
        write_handout([*NOTEBOOKS, broken], tmp_path / "handout")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.ipynb"]


def test_the_list_has_every_task_hint_and_mistake():
    text = list_tasks()
    for task in TASKS.values():
        assert f"\n### {task.name}\n" in text
        assert all(f". {hint}\n" in text for hint in task.hints)
        assert task.meaning in text
        for mistake in getattr(task, "mistakes", ()):
            assert f"- **{mistake.name}**: {mistake.look_at}\n" in text
        for choice in getattr(task, "choices", {}).values():
            assert f": {choice.text}\n" in text
            assert choice.feedback in text
    assert text.count("```python") == sum(isinstance(task, Exercise) for task in TASKS.values())


def test_the_commands_say_what_they_did(tmp_path, capsys):
    assert main(["list"]) is None
    assert capsys.readouterr().out == list_tasks()
    folder = tmp_path / "new" / "handout"
    assert main(["handout", str(folder), str(NOTEBOOKS[0])]) is None
    said = capsys.readouterr().out
    assert f"Notebooks written to {folder}: 1, without their 4 solutions." in said
    assert "expected a new folder" in main(["handout", str(folder), str(NOTEBOOKS[0])])
