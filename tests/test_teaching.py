"""What instructors are given: handouts that keep the solutions back, and a list of all tasks."""

import ast
import copy
import inspect
import re
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbconvert.filters import markdown2html
from nbconvert.preprocessors import ExecutePreprocessor
from notebook_guards import heading_anchor, link_targets

from rnnhelpers.exercises import Exercise, all_tasks
from rnnhelpers.exercises.__main__ import main
from rnnhelpers.exercises.notebooks import new_folders, preamble, read_notebook, tasks_in
from rnnhelpers.exercises.teaching import (
    REVEALING,
    as_markdown,
    list_tasks,
    only_solutions,
    solutions_folder,
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


@pytest.mark.parametrize("there", ["handout", "handout-solutions"])
def test_a_folder_that_exists_is_left_alone(tmp_path, there):
    (tmp_path / there).mkdir()
    (tmp_path / there / "answers.ipynb").write_text("mine")
    with pytest.raises(FileExistsError, match=f"{there} exists: expected a new folder, since som"):
        write_handout(NOTEBOOKS, tmp_path / "handout")
    assert [path.name for path in tmp_path.rglob("*")] == [there, "answers.ipynb"]


def test_of_two_folders_none_is_left_if_one_cannot_be_made(tmp_path):
    wanted = tmp_path / "one", tmp_path / "two"

    def write():
        with new_folders(*wanted) as folders:
            for folder in folders:
                (folder / "file").touch()
            wanted[1].touch()  # somebody else is faster

    with pytest.raises(OSError, match="two"):
        write()
    assert list(tmp_path.iterdir()) == [wanted[1]]


@pytest.mark.parametrize(
    "content",
    [
        "{",
        '{"cells": [{"cell_type": 1, "metadata": {}, "source": ""}]}',
        '{"cells": [{"cell_type": "code", "metadata": [], "source": ""}]}',
        '{"cells": [{"cell_type": "code", "metadata": {"tags": "a"}, "source": ""}]}',
    ],
)
def test_a_notebook_that_cannot_be_read_leaves_no_half_handout(tmp_path, content):
    broken = tmp_path / "broken.ipynb"
    broken.write_text(content)
    with pytest.raises(ValueError, match=r"broken\.ipynb is not a notebook: expected JSON"):
        write_handout([*NOTEBOOKS, broken], tmp_path / "handout")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.ipynb"]


# The solutions, apart ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def solutions(tmp_path_factory):
    """Return the notebooks of solutions, as they are written, by the name of their notebook."""
    folder = tmp_path_factory.mktemp("new") / "handout"
    write_handout(NOTEBOOKS, folder)
    written = folder.with_name("handout-solutions")
    found = {
        path.stem: nbformat.read(written / f"{path.stem}_solutions.ipynb", as_version=4)
        for path in NOTEBOOKS
    }
    assert len(list(written.iterdir())) == len(found)
    return found


def test_every_solution_is_right_when_it_is_run(solutions, capsys):
    passed = []
    for notebook in solutions.values():
        nbformat.validate(notebook)
        namespace = {}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                exec(cell.source, namespace)
                said = capsys.readouterr().out
                passed += re.findall(r'^check\("([\w-]+)"', cell.source, re.MULTILINE)
                assert said.startswith("Right") == ("\ncheck(" in cell.source), cell.source
    assert passed == list(TASKS)


def test_the_solutions_run_in_jupyter(solutions):
    notebook = copy.deepcopy(solutions["10_gates"])
    ExecutePreprocessor(timeout=120).preprocess(notebook)
    printed = "".join(
        output.text for cell in notebook.cells for output in cell.get("outputs", [])
        if output.get("name") == "stdout"
    )  # fmt: skip
    assert printed.count("Right") == len(tasks_in(read_notebook(NOTEBOOKS[10]), NOTEBOOKS[10]))


def test_the_solutions_say_what_is_asked_why_and_what_goes_wrong(solutions):
    for path in NOTEBOOKS:
        cells = {cell.id: cell.source for cell in solutions[path.stem].cells}
        for each in tasks_in(read_notebook(path), path):
            name = each.task.name
            assert each.text in cells[f"task-{name}"]
            assert "\n## " not in cells[f"task-{name}"]
            about = cells[f"about-{name}"]
            assert as_markdown(each.task.meaning) in about
            assert each.remark in about
            for mistake in getattr(each.task, "mistakes", ()):
                told = f"{as_markdown(mistake.name)}**: {as_markdown(mistake.look_at)}"
                assert f"- **{told}" in about
            for choice in getattr(each.task, "choices", {}).values():
                assert as_markdown(choice.feedback) in about


@pytest.mark.parametrize(
    "message", ["* is used instead of @", "a * b, `a * b` and *args", r"$1 < 2$ or \n", "W_hh.T"]
)
def test_messages_are_shown_in_markdown_as_they_are_printed(message):
    html = markdown2html(as_markdown(message))
    assert unescape(re.sub("<[^>]+>", "", html)).strip() == message.replace("`", "")
    assert "$" not in re.sub(r"\\\$", "", as_markdown(message))  # no formula either


def test_the_solutions_link_to_the_sections_of_their_notebook(solutions):
    for path in NOTEBOOKS:
        headings = {
            heading_anchor(line.removeprefix("## "))
            for cell in read_notebook(path)["cells"]
            for line in cell["source"].splitlines()
            if line.startswith("## ")
        }
        for cell in solutions[path.stem].cells:
            if cell.id.startswith("task-"):
                file, _, anchor = link_targets(cell.source)[0].partition("#")
                assert file == path.name
                assert anchor in headings


def test_a_magic_command_in_a_notebook_is_no_hindrance():
    [path] = [path for path in NOTEBOOKS if path.stem == "10_gates"]
    notebook = read_notebook(path)
    tasks = tasks_in(notebook, path)
    needed = preamble(tasks, notebook)
    assert "def sigmoid(" in needed
    notebook["cells"].insert(0, {"cell_type": "code", "source": "%timeit np.tanh(1)"})
    assert preamble(tasks, notebook) == needed


def test_an_answer_keeps_its_comments_and_the_prose_beside_the_code():
    code = "def half(x):\n    # Not //.\n    return x / 2\n"
    solution = f"<details><summary>Solution: tanh-slope</summary>\n\n```python\n{code}```\n\n"
    cells = [
        {"cell_type": "markdown", "source": ["## A section\n", "\n", "**Exercise.** Halve."]},
        {
            "cell_type": "code",
            "source": 'def half(x):\n    """Halve."""\n    ...\n\n\ncheck("tanh-slope", half)',
        },
        {"cell_type": "markdown", "source": f"{solution}`x * 0.5` is the same.\n\n</details>"},
    ]
    [each] = tasks_in({"cells": [{**c, "source": "".join(c["source"])} for c in cells]}, "a.ipynb")
    assert (each.section, each.text) == ("A section", "**Exercise.** Halve.")
    assert each.remark == "`x * 0.5` is the same."
    body = '    """Halve."""\n    # Not //.\n    return x / 2'
    assert each.answered() == f'def half(x):\n{body}\n\n\ncheck("tanh-slope", half)'


@pytest.mark.parametrize("folder", [".", "..", "week-1/.."])
def test_a_handout_needs_a_folder_with_a_name(folder):
    with pytest.raises(ValueError, match=f"folder is '{folder}': expected one with a name"):
        solutions_folder(folder)


def test_a_handout_needs_a_folder():
    with pytest.raises(ValueError, match="folder is empty: expected the path of a folder"):
        write_handout([], "")
    with pytest.raises(TypeError, match=r"folder is a bytes: expected a str or a pathlib\.Path"):
        write_handout([], b"week-1")


def test_a_handout_has_no_solutions_to_write(tmp_path):
    write_handout(NOTEBOOKS[:1], tmp_path / "handout")
    copied = tmp_path / "handout" / NOTEBOOKS[0].name
    with pytest.raises(ValueError, match=r"00_start_here\.ipynb: cell 12 checks 'words-in-order'"):
        only_solutions(read_notebook(copied), copied)


def test_the_list_has_every_task_hint_and_mistake():
    text = list_tasks()
    for task in TASKS.values():
        assert f"\n### {task.name}\n" in text
        assert all(f"\n{n}. {hint}\n" in text for n, hint in enumerate(task.hints, start=1))
        assert task.meaning in text
        for mistake in getattr(task, "mistakes", ()):
            wrong, told = as_markdown(mistake.name), as_markdown(mistake.look_at)
            assert f"- **{wrong}**: {told}\n" in text
        for choice in getattr(task, "choices", {}).values():
            assert f": {choice.text}\n" in text
            assert choice.feedback in text
    assert text.count("```python") == sum(isinstance(task, Exercise) for task in TASKS.values())


def test_the_tasks_of_one_notebook_are_listed(capsys):
    assert main(["list", "05", "03_recurrent_cell"]) is None
    listed = capsys.readouterr().out
    titles = [line for line in listed.splitlines() if line.startswith("## ")]
    assert titles == ["## 03 The recurrent cell", "## 05 Backpropagation through time"]
    assert "### rnn-step" in listed
    assert main(["list", "05", "99"]) == "there is no notebook 99: expected a number, such as 05"
    assert capsys.readouterr().out == ""


def test_the_commands_say_what_they_did(tmp_path, capsys):
    assert main(["list"]) is None
    assert capsys.readouterr().out == list_tasks()
    folder = tmp_path / "new" / "handout"
    assert main(["handout", str(folder), str(NOTEBOOKS[0])]) is None
    said = capsys.readouterr().out
    assert f"Notebooks written to {folder}: 1, without their 4 solutions." in said
    assert f"The solutions are in {folder}-solutions, with what learners get wrong." in said
    assert "expected a new folder" in main(["handout", str(folder), str(NOTEBOOKS[0])])
