"""For instructors: handouts without the solutions, and a list of all tasks with their mistakes.

Both are commands of the course: ``python course.py handout`` and ``python course.py exercises``.
"""

import ast
import inspect
import json
import re
import shutil
import tempfile
from pathlib import Path

from rnnhelpers.exercises.core import CHAPTERS, tasks_of
from rnnhelpers.exercises.tasks import ChoiceQuestion, Exercise

REVEALING = "reveals-solution"
"""The tag of cells that show what an exercise asks for, and that no later cell needs."""

SOLUTION = re.compile(r"<details><summary>Solution\b.*?</details>", re.DOTALL)


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


def write_handout(notebooks, folder):
    """Write copies of notebooks without the solutions into a new folder, all or none.

    Parameters
    ----------
    notebooks : sequence of pathlib.Path
        The notebooks of the course.
    folder : pathlib.Path
        Where to write; it must not exist yet, so that nobody's answers are lost.

    Returns
    -------
    int
        How many solutions were left out.

    Raises
    ------
    FileExistsError
        If there is something in the place of the folder.
    ValueError
        If one of the files is not a notebook.
    """
    folder = Path(folder)
    if folder.exists():
        raise FileExistsError(
            f"{folder} exists: expected a new folder, since somebody's answers may be in it; "
            "move it away, or name another"
        )
    n_solutions = 0
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".handout-", dir=folder.parent) as temporary:
        whole = Path(temporary) / folder.name
        whole.mkdir()
        for path in notebooks:
            text = Path(path).read_text(encoding="utf-8")
            try:
                notebook = json.loads(text)
                handout = json.dumps(without_solutions(notebook), indent=1, ensure_ascii=False)
            except (KeyError, TypeError, ValueError) as error:
                raise ValueError(f"{path} is not a notebook: expected JSON with cells") from error
            sources = ["".join(cell["source"]) for cell in notebook["cells"]]
            n_solutions += sum(len(SOLUTION.findall(source)) for source in sources)
            (whole / Path(path).name).write_text(handout + "\n", encoding="utf-8", newline="\n")
        shutil.move(whole, folder)
    return n_solutions


def list_tasks():
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
    tasks = {title: tasks_of(module) for module, title in CHAPTERS.items()}
    n_tasks = sum(map(len, tasks.values()))
    mistakes = [m for group in tasks.values() for task in group for m in _wrong_answers(task)]
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
    mistakes = "\n".join(f"- {name}: {look_at}" for name, look_at in _wrong_answers(task))
    return "\n\n".join(
        [
            f"### {task.name}",
            _asked(task),
            f"**Hints**\n\n{hints}",
            f"**What learners get wrong**, and what they are told\n\n{mistakes}",
            f"**Solution**\n\n{_solution(task)}",
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


def _wrong_answers(task):
    """Return pairs of a wrong answer and what to look at."""
    if isinstance(task, ChoiceQuestion):
        offered = {**task.choices, **task.reasons}
        return [(f"**{key}**", one.feedback) for key, one in offered.items() if one.feedback]
    return [(f"**{mistake.name}**", mistake.look_at) for mistake in task.mistakes]


def _solution(task):
    if isinstance(task, Exercise):
        function = ast.parse(inspect.getsource(task.reference)).body[0]
        del function.body[0]  # the docstring, which was shown above
        return f"```python\n{ast.unparse(function)}\n```\n\n{task.meaning}"
    return f"**{task.solution}.** {task.meaning}"
