"""For instructors: handouts without the solutions, the solutions, and a list of all tasks.

They are commands of the course: ``python course.py handout`` and ``python course.py exercises``.
"""

import ast
import inspect
import re
from pathlib import Path

from rnnhelpers._files import check_folder
from rnnhelpers._validation import check_kind, check_list, check_text
from rnnhelpers.exercises.core import CHAPTERS, tasks_of
from rnnhelpers.exercises.notebooks import (
    SOLUTION,
    code_cell,
    markdown_cell,
    new_folders,
    notebook_of,
    preamble,
    read_notebook,
    tasks_in,
    title_of,
    write_notebook,
)
from rnnhelpers.exercises.tasks import ChoiceQuestion, Exercise, NumberQuestion

TASKS = Exercise, NumberQuestion, ChoiceQuestion
REVEALING = "reveals-solution"
"""The tag of cells that show what an exercise asks for, and that no later cell needs."""


def without_solutions(notebook):
    """Return a notebook without the folded solutions, and without cells that show one elsewhere.

    Cells with the tag `REVEALING` are left out. All else stays: the predictions and the questions
    to check oneself keep their answers.

    Parameters
    ----------
    notebook : dict
        The notebook, as `json.load` reads it.

    Returns
    -------
    dict
        Another notebook; cells that held a solution only are left out.

    Examples
    --------
    >>> fold = "<details><summary>Solution: one</summary>Tell.</details>"
    >>> cells = [{"cell_type": "markdown", "source": [source]} for source in ("Ask.", fold)]
    >>> without_solutions({"cells": cells})
    {'cells': [{'cell_type': 'markdown', 'source': ['Ask.']}]}
    """
    cells = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if REVEALING in cell.get("metadata", {}).get("tags", []):
            continue
        if cell["cell_type"] == "markdown" and SOLUTION.search(source):
            rest = SOLUTION.sub("", source).strip()
            if rest:
                cells.append({**cell, "source": rest.splitlines(keepends=True)})
        else:
            cells.append(cell)
    return {**notebook, "cells": cells}


def only_solutions(notebook, path):
    """Make a notebook of the solutions: for those who teach, or for learners a week later.

    For each task it has what is asked, the learner's cell with the solution in it, why it is right,
    and the mistakes that the check knows by name, with what learners are told.

    Parameters
    ----------
    notebook : dict
        The notebook, as `read_notebook` returns it.
    path : pathlib.Path
        Where it lies; links to its sections have its name.

    Returns
    -------
    dict
        A notebook that can be run.
    """
    tasks = tasks_in(notebook, path)
    intro = (
        f"# Solutions: {title_of(notebook)}\n\n"
        "For each task: what is asked, a right answer, why it is right, and what learners get "
        "wrong, with what the check tells them. Run the cells to see that the answers are right. "
        f"Links lead to the notebook `{Path(path).name}`, if it lies in the same folder."
    )
    cells = [markdown_cell("solutions", intro), code_cell("needed", preamble(tasks, notebook))]
    for number, each in enumerate(tasks, start=1):
        name = each.task.name
        mistakes = "\n".join(
            f"- **{as_markdown(wrong)}**: {as_markdown(told)}"
            for wrong, told in wrong_answers(each.task)
        )
        about = [
            f"**Why.** {as_markdown(each.task.meaning)}",
            each.remark,
            "**What learners get wrong**, and what they are told",
            mistakes,
        ]
        cells += [
            markdown_cell(f"task-{name}", each.asked(number, path)),
            code_cell(f"solution-{name}", each.answered()),
            markdown_cell(f"about-{name}", "\n\n".join(filter(None, about))),
        ]
    return notebook_of(cells)


def write_handout(notebooks, folder):
    """Write copies of notebooks without the solutions, and the solutions apart, all or none.

    Parameters
    ----------
    notebooks : sequence of pathlib.Path
        The notebooks of the course.
    folder : pathlib.Path
        Where to write the copies; it must not exist yet, so that nobody's answers are lost. The
        solutions go into `solutions_folder` of it, which must not exist either: nothing that an
        instructor keeps is in the folder that learners are given.

    Returns
    -------
    int
        How many solutions were left out.

    Raises
    ------
    FileExistsError
        If there is something in the place of one of the folders.
    ValueError
        If one of the files is not a notebook.
    """
    paths, n_solutions = [Path(path) for path in check_list("notebooks", notebooks, "paths")], 0
    with new_folders(check_folder("folder", folder), solutions_folder(folder)) as (
        for_learners,
        solutions,
    ):
        for path in paths:
            notebook = read_notebook(path)
            n_solutions += sum(len(SOLUTION.findall(cell["source"])) for cell in notebook["cells"])
            write_notebook(without_solutions(notebook), for_learners / path.name)
            write_notebook(
                only_solutions(notebook, path), solutions / f"{path.stem}_solutions.ipynb"
            )
    return n_solutions


def as_markdown(message):
    r"""Return what the check prints so that Markdown shows it as it is; `code` stays code.

    Examples
    --------
    >>> print(as_markdown("* is used instead of `@`"))
    \* is used instead of `@`
    """
    check_text("message", message, may_be_empty=True)
    parts = re.split("(`[^`]+`)", message)
    parts[::2] = [re.sub(r"([*$<\\])", r"\\\1", part) for part in parts[::2]]
    return "".join(parts)


def solutions_folder(folder):
    """Name the folder of the solutions that belong to a handout.

    Raises
    ------
    ValueError
        If the folder of the handout is given without a name, as "." or "..".

    Examples
    --------
    >>> solutions_folder("week-1").name
    'week-1-solutions'
    """
    folder = check_folder("folder", folder)
    if folder.name in ("", ".."):
        raise ValueError(f"folder is {str(folder)!r}: expected one with a name, such as week-1")
    return folder.with_name(f"{folder.name}-solutions")


def list_tasks(names=()):
    r"""Describe every task of the course: what is asked, hints, known mistakes, the solution.

    Returns
    -------
    str
        Markdown, one section a notebook.

    Examples
    --------
    >>> print("\n".join(list_tasks().splitlines()[:8]))  # doctest: +ELLIPSIS
    # The tasks of How RNNs Work
    <BLANKLINE>
    ...
    <BLANKLINE>
    ## 00 Start here
    <BLANKLINE>
    ### words-in-order
    <BLANKLINE>
    """
    names = [str(name) for name in check_list("names", names, "numbers of notebooks")]
    chosen = {
        module: title
        for module, title in CHAPTERS.items()
        if not names or title.startswith(tuple(name[:2] for name in names))
    }
    if unknown := [name for name in names if not any(t[:2] == name[:2] for t in chosen.values())]:
        raise ValueError(f"there is no notebook {unknown[0]}: expected a number, such as 05")
    tasks = {title: tasks_of(module) for module, title in chosen.items()}
    n_tasks = sum(map(len, tasks.values()))
    mistakes = [m for group in tasks.values() for task in group for m in wrong_answers(task)]
    pages = [
        "# The tasks of How RNNs Work",
        f"{n_tasks} tasks, and {len(mistakes)} wrong answers that the check knows by name.",
    ]
    for title, group in tasks.items():
        pages += [f"## {title}", *map(_described, group)]
    return "\n\n".join(pages) + "\n"


def _described(task):
    """Describe one task in Markdown."""
    hints = "\n".join(f"{number}. {hint}" for number, hint in enumerate(task.hints, start=1))
    mistakes = "\n".join(
        f"- **{as_markdown(wrong)}**: {as_markdown(told)}" for wrong, told in wrong_answers(task)
    )
    return "\n\n".join(
        [
            f"### {task.name}",
            _asked(task),
            f"**Hints**\n\n{hints}",
            f"**What learners get wrong**, and what they are told\n\n{mistakes}",
            f"**Solution**\n\n{solution(task)}",
        ]
    )


def _asked(task):
    if isinstance(task, Exercise):
        signature = f"{task.reference.__name__}{inspect.signature(task.reference)}"
        return f"`{signature}`\n\n{inspect.getdoc(task.reference)}"
    if isinstance(task, ChoiceQuestion):
        offered = {**task.choices, **task.reasons}
        lines = [f"- **{key}**: {choice.text}" for key, choice in offered.items()]
        return "\n".join([task.task, "", *lines])
    return task.task


def wrong_answers(task):
    """List the wrong answers that the check of a task knows.

    Parameters
    ----------
    task : Exercise, NumberQuestion or ChoiceQuestion
        A task of the course.

    Returns
    -------
    list of (str, str)
        Each wrong answer, and what a learner is told.

    Examples
    --------
    >>> from rnnhelpers.exercises import all_tasks
    >>> wrong_answers(all_tasks()["second-unit"])[0][0]
    'the row of W_hh is taken instead of the column'
    """
    check_kind("task", task, TASKS, "a task of the course")
    if isinstance(task, ChoiceQuestion):
        offered = {**task.choices, **task.reasons}
        return [(str(key), one.feedback) for key, one in offered.items() if one.feedback]
    return [(mistake.name, mistake.look_at) for mistake in task.mistakes]


def solution(task):
    """Return the solution of a task, in Markdown, with why it is right.

    Parameters
    ----------
    task : Exercise, NumberQuestion or ChoiceQuestion
        A task of the course.

    Returns
    -------
    str
        Code without its docstring, or the number or the choice.

    Examples
    --------
    >>> from rnnhelpers.exercises import all_tasks
    >>> print(solution(all_tasks()["second-unit"])[:8])
    **1.2.**
    """
    check_kind("task", task, TASKS, "a task of the course")
    if isinstance(task, Exercise):
        function = ast.parse(inspect.getsource(task.reference)).body[0]
        del function.body[0]  # the docstring, which was shown above
        return f"```python\n{ast.unparse(function)}\n```\n\n{task.meaning}"
    return f"**{task.solution}.** {task.meaning}"
