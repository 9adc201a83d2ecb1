"""For instructors: the tasks as assignments for nbgrader, ``python course.py assignments``.

An assignment holds the tasks of a notebook, and not the notebook. What students hand in is run
again to be graded: the tasks alone take seconds for each student and need no PyTorch, nothing else
can break on the way, and a page of feedback is about the answers. What leads to a task stays in the
notebook, which the students have; each task links to its section.

Nothing here needs nbgrader to be installed.
"""

import re
from pathlib import Path

from rnnhelpers._files import check_folder
from rnnhelpers._validation import check_list
from rnnhelpers.exercises.notebooks import (
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
from rnnhelpers.exercises.tasks import Exercise

POINTS_OF_EXERCISE, POINTS_OF_QUESTION = 2, 1
SCHEMA_VERSION = 3
"""The version of nbgrader's metadata; it has not changed since nbgrader 0.6."""

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
BEGIN_HIDDEN, END_HIDDEN = "### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS"

CONFIG = '''\
"""nbgrader's settings for the course How RNNs Work. Start nbgrader in this folder."""

import os

c = get_config()
c.CourseDirectory.course_id = "how-rnns-work"

# The dots that students replace stand above the solution, and stay when it is taken out.
c.ClearSolutions.code_stub = {"python": ""}

# Seconds for a cell. A loop that does not end is stopped, and the next task is graded.
c.Execute.timeout = 30
# Much that was printed may take longer to arrive. It is no reason to grade nothing.
c.Execute.iopub_timeout = 30
c.Execute.raise_on_iopub_timeout = False
# No tag that a student may set keeps a cell from being run: what did not run did not fail.
c.Execute.skip_cells_with_tag = ""

# What lies beside a notebook that is handed in stays out: Python would import it before the
# course's own modules. An assignment needs no file but its notebook.
c.CourseDirectory.ignore.extend(["*.py", "*.so", "*.pyd", "my_progress*.json"])

# Answers that are graded count for nobody's progress.
os.environ["RNNHELPERS_PROGRESS"] = "off"
'''


def assignment(notebook, path, seed):
    """Make the instructor's version of an assignment, from which nbgrader makes the students'.

    Parameters
    ----------
    notebook : dict
        A notebook of the course, as `read_notebook` returns it.
    path : pathlib.Path
        Where it lies; links to its sections have its name.
    seed : int
        Where the examples begin that students do not see.

    Returns
    -------
    dict
        A notebook with the answers in it, and the metadata of nbgrader.

    Raises
    ------
    ValueError
        If the notebook has no tasks.
    """
    tasks = tasks_in(notebook, path)
    if not tasks:
        raise ValueError(f"{path} has no tasks: expected a notebook of the course")
    intro = (
        f"# Tasks: {title_of(notebook)}\n\n"
        f"Put this file beside `{Path(path).name}`, into the same folder: then the links lead to "
        "the sections that the tasks are about.\n\n"
        "Write your answers in place of the dots. The last line of your cell checks your answer, "
        "as in the course. The locked cell below it grades your answer, and stops with an error "
        "as long as it is not right. When your work is graded, your functions also meet examples "
        "that you have not seen.\n\n"
        "Before you hand it in, restart the kernel, run the cells from top to bottom, and save. "
        "You may hand it in with answers that are not right, or not there: each is graded by "
        "itself."
    )
    needed = preamble(tasks, notebook)
    cells = [
        markdown_cell("introduction", intro, **_locked("introduction")),
        code_cell("needed", needed, **_locked("needed")),
    ]
    for number, each in enumerate(tasks, start=1):
        cells += _cells_of(number, each, path, seed)
    return notebook_of(cells)


def _cells_of(number, each, path, seed):
    """Return the three cells of a task: what is asked, the answer, and what grades it."""
    name, points = each.task.name, _points(each.task)
    asked = each.asked(number, path, f" ({points} {'point' if points == 1 else 'points'})")
    answer, given = each.answered([BEGIN_SOLUTION], [END_SOLUTION]), each.names
    if not isinstance(each.task, Exercise):
        # With a number, or the answer to one question could be graded as that to another.
        answer = re.sub(r"\b(answer|reason)\b", rf"\1_{number}", answer)
        given = [f"{each_name}_{number}" for each_name in given]
    return [
        markdown_cell(f"task-{name}", asked, **_locked(f"task-{name}")),
        code_cell(f"answer-{name}", answer, **_metadata(f"answer-{name}", solution=True)),
        code_cell(
            f"grade-{name}",
            _test(each.task, given, seed),
            **_metadata(f"grade-{name}", grade=True, locked=True, points=points),
        ),
    ]


def _points(task):
    return POINTS_OF_EXERCISE if isinstance(task, Exercise) else POINTS_OF_QUESTION


def _test(task, given, seed):
    """Return the code that grades a task; it does not rely on a name that an answer could take."""
    call = f'grade("{task.name}", {", ".join(given)}'
    judge = 'assert verdict.outcome == "right", verdict.message'
    lines = [
        "# This cell grades your answer. Leave it as it is.",
        "from rnnhelpers.exercises import grade",
        "",
        f"verdict = {call})",
        judge,
    ]
    if isinstance(task, Exercise):
        lines += [BEGIN_HIDDEN, f"verdict = {call}, seed={seed})", judge, END_HIDDEN]
    return "\n".join(lines)


def _metadata(grade_id, *, grade=False, solution=False, locked=False, points=None):
    """Return nbgrader's metadata of a cell."""
    metadata = {
        "grade": grade,
        "grade_id": grade_id,
        "locked": locked,
        "schema_version": SCHEMA_VERSION,
        "solution": solution,
        "task": False,
    }
    return {"nbgrader": metadata if points is None else {**metadata, "points": points}}


def _locked(grade_id):
    return _metadata(grade_id, locked=True)


def write_assignments(notebooks, folder, seed):
    """Write a course folder for nbgrader, with an assignment for each notebook, all or none.

    Parameters
    ----------
    notebooks : sequence of pathlib.Path
        The notebooks of the course.
    folder : pathlib.Path
        Where to write; it must not exist yet, so that nobody's answers and grades are lost.
    seed : int
        Where the examples begin that students do not see.

    Returns
    -------
    tasks : int
        How many tasks are in the assignments.
    points : int
        How many points they give.

    Raises
    ------
    FileExistsError
        If there is something in the place of the folder.
    ValueError
        If one of the files is not a notebook of the course.
    """
    paths, points = [Path(path) for path in check_list("notebooks", notebooks, "paths")], []
    with new_folders(check_folder("folder", folder)) as [whole]:
        (whole / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8", newline="\n")
        for path in paths:
            source = assignment(read_notebook(path), path, seed)
            settings = [cell["metadata"]["nbgrader"] for cell in source["cells"]]
            points += [each["points"] for each in settings if each["grade"]]
            (whole / "source" / path.stem).mkdir(parents=True)
            write_notebook(source, whole / "source" / path.stem / f"{path.stem}_tasks.ipynb")
    return len(points), sum(points)
