"""The tasks as they stand in the notebooks, and folders of notebooks made from them.

A task in a notebook is a text, a code cell that ends with ``check("name", …)``, and a folded
solution. Nothing here judges an answer, and nothing needs more than the standard library.
"""

import ast
import contextlib
import json
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from rnnhelpers.exercises.core import find_task
from rnnhelpers.exercises.tasks import ChoiceQuestion, Exercise, NumberQuestion

SOLUTION = re.compile(r"<details><summary>Solution\b[^<]*</summary>(.*?)</details>", re.S)
"""A folded solution; the group is what is in it."""

CHECK = re.compile(r'^check\("([\w-]+)"', re.M)
IMPORT_OF_CHECK = re.compile(r"^from rnnhelpers\.exercises import check\n+", re.M)
SECTION = re.compile(r"^## (.+)\n*", re.M)
CODE_BLOCK = re.compile(r"```python\n(.*?)```\n*", re.S)
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class TaskInNotebook:
    """A task as it stands in a notebook.

    Attributes
    ----------
    task : Exercise, NumberQuestion or ChoiceQuestion
        The task.
    section : str
        The heading of the section that it stands in.
    text : str
        What is asked, in Markdown.
    code : str
        The learner's cell, without the import of `check`.
    solution : str
        What the folded solution says, in Markdown.
    """

    task: Exercise | NumberQuestion | ChoiceQuestion
    section: str
    text: str
    code: str
    solution: str

    @property
    def remark(self):
        """What the folded solution of an exercise says beside the code; often empty."""
        is_code = isinstance(self.task, Exercise)
        return CODE_BLOCK.sub("", self.solution).strip() if is_code else ""

    @property
    def names(self):
        """The names that the learner gives to the answer: a function, or a number, or a choice."""
        if isinstance(self.task, Exercise):
            return (self.task.reference.__name__,)
        return ("answer", "reason") if isinstance(self.task, ChoiceQuestion) else ("answer",)

    def asked(self, number, path, note=""):
        """Return the task as a text of its own, for a notebook that lies beside the course's.

        Parameters
        ----------
        number : int
            Its number in the notebook.
        path : pathlib.Path
            The notebook that it stands in.
        note : str, optional
            What to add to the heading.

        Returns
        -------
        str
            Markdown, with a link to the section; JupyterLab's anchors have '-' for a space.
        """
        anchor = re.sub(r"[`*]", "", self.section).replace(" ", "-")
        link = f"[{self.section}]({Path(path).name}#{anchor})"
        return f"## {number}. {self.task.name}{note}\n\n*From the section {link}.*\n\n{self.text}"

    def answered(self, before=(), after=()):
        """Return the learner's cell with the solution in it.

        Parameters
        ----------
        before, after : sequence of str, optional
            Lines to write around the solution. If there are any, what the learner has to replace
            stays, above them.

        Returns
        -------
        str
            Code that the check finds right.
        """
        lines = self.code.splitlines()
        at = _line_to_replace(self.code)
        indent = re.match(" *", lines[at])[0]
        kept = [lines[at]] if before else []
        around = [[indent + line for line in marks] for marks in (before, after)]
        lines[at : at + 1] = [*kept, *around[0], *self._solution_lines(lines[at]), *around[1]]
        return "\n".join(lines)

    def _solution_lines(self, placeholder):
        if isinstance(self.task, Exercise):
            code = CODE_BLOCK.search(self.solution)[1]
            lines = code.rstrip().splitlines()
            return lines[_first_line_of_body(code) :]
        given = self.task.solution
        if isinstance(self.task, ChoiceQuestion):
            letter, reason = given.split(", because of ")
            given = f'"{letter}", {reason}'
        name, _, dots = placeholder.partition(" = ")
        return [f"{name} = {dots.replace('..., ...', '...').replace('...', given, 1)}"]


def _line_to_replace(code):
    """Return the index of the line with the dots that a learner replaces."""
    is_dots = [
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Constant) and node.value is ...
    ]
    return min(node.lineno for node in is_dots) - 1


def _first_line_of_body(code):
    """Return the index of the first line below a function's signature, comments included."""
    function = ast.parse(code).body[0]
    lines = code.splitlines()
    first = function.body[0].lineno - 1
    while lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return first


def read_notebook(path):
    """Read a notebook of the course.

    Parameters
    ----------
    path : pathlib.Path
        The file.

    Returns
    -------
    dict
        The notebook, with the sources of its cells as strings.

    Raises
    ------
    ValueError
        If the file is not a notebook.
    """
    try:
        notebook = json.loads(Path(path).read_text(encoding="utf-8"))
        cells = [_read_cell(cell) for cell in notebook["cells"]]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not a notebook: expected JSON with cells") from error
    return {**notebook, "cells": cells}


def _read_cell(cell):
    """Return a cell with its source as one text; raise if it has no kind, source or metadata."""
    if not isinstance(cell["cell_type"], str) or not isinstance(cell["metadata"], dict):
        raise TypeError("a cell has no kind, or no metadata")
    tags = cell["metadata"].get("tags", [])
    if not isinstance(tags, list):
        raise TypeError("a cell has tags that are no list")
    return {**cell, "source": "".join(cell["source"])}


def tasks_in(notebook, path):
    """Find the tasks of a notebook, in their order.

    Parameters
    ----------
    notebook : dict
        The notebook, as `read_notebook` returns it.
    path : pathlib.Path
        Where it lies, for messages.

    Returns
    -------
    list of TaskInNotebook
        The tasks; empty if there are none.

    Raises
    ------
    ValueError
        If the cells around a check are not those of a task.
    """
    found, section, cells = [], "", notebook["cells"]
    for at, cell in enumerate(cells):
        if cell["cell_type"] == "markdown":
            section = (SECTION.findall(cell["source"]) or [section])[-1]
            continue
        name = CHECK.search(cell["source"])
        if not name:
            continue
        around = [each["source"] for each in cells[max(at - 1, 0) : at + 2 : 2]]
        solution = SOLUTION.search(around[-1])
        if len(around) < 2 or not solution:
            raise ValueError(
                f"{path}: cell {at + 1} checks {name[1]!r}: expected a text before it, and after "
                "it a folded solution; is this a handout, without the solutions?"
            )
        found.append(
            TaskInNotebook(
                task=find_task(name[1]),
                section=section,
                text=SECTION.sub("", around[0]).strip(),
                code=IMPORT_OF_CHECK.sub("", cell["source"]),
                solution=solution[1].strip(),
            )
        )
    return found


def preamble(tasks, notebook):
    """Return what the answers need above them: imports, and functions of the notebook.

    Parameters
    ----------
    tasks : sequence of TaskInNotebook
        The tasks of the notebook.
    notebook : dict
        The notebook.

    Returns
    -------
    str
        Code.

    Examples
    --------
    >>> print(preamble([], {"cells": []}))
    import numpy as np
    <BLANKLINE>
    from rnnhelpers.exercises import check
    """
    used = set().union(*(_names_from_elsewhere(each.answered()) for each in tasks))
    functions = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code" and not CHECK.search(cell["source"]):
            for node in _statements(cell["source"]):
                if isinstance(node, ast.FunctionDef) and node.name in used:
                    functions[node.name] = ast.get_source_segment(cell["source"], node)
    imports = "import numpy as np\n\nfrom rnnhelpers.exercises import check"
    return "\n\n\n".join([imports, *functions.values()])


def _names_from_elsewhere(code):
    """Return the names that a cell reads, without those that it assigns or takes as arguments."""
    nodes = list(ast.walk(ast.parse(code)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    own = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    own |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    return {node.id for node in names} - own


def _statements(code):
    try:
        return ast.parse(code).body
    except SyntaxError:  # a cell with a magic command
        return []


def title_of(notebook):
    """Return the title of a notebook, from its first heading.

    Examples
    --------
    >>> title_of({"cells": [{"cell_type": "markdown", "source": "# Gates"}]})
    'Gates'
    """
    return notebook["cells"][0]["source"].splitlines()[0].lstrip("# ")


def markdown_cell(name, source, **metadata):
    """Return a text cell; its name is unique in the notebook."""
    return {"cell_type": "markdown", "id": name, "metadata": metadata, "source": source}


def code_cell(name, source, **metadata):
    """Return a code cell that has not been run; its name is unique in the notebook."""
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": metadata,
        "outputs": [],
        "source": source,
    }


def notebook_of(cells):
    """Return a notebook of these cells, for the kernel of the course."""
    return {"cells": cells, "metadata": METADATA, "nbformat": 4, "nbformat_minor": 5}


def write_notebook(notebook, path):
    """Write a notebook as Jupyter does, with a list of lines for each source."""
    cells = [
        {**cell, "source": "".join(cell["source"]).splitlines(keepends=True)}
        for cell in notebook["cells"]
    ]
    text = json.dumps({**notebook, "cells": cells}, indent=1, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8", newline="\n")


@contextlib.contextmanager
def new_folders(*folders):
    """Make new folders, all with everything in them or none.

    Parameters
    ----------
    *folders : pathlib.Path
        Where they are to be; nothing may be there yet, so that nobody's answers are lost.

    Yields
    ------
    list of pathlib.Path
        The folders to write in, which take the wanted places at the end.

    Raises
    ------
    FileExistsError
        If there is something in the place of a folder.
    """
    for folder in folders:
        if os.path.lexists(folder):
            raise FileExistsError(
                f"{folder} exists: expected a new folder, since somebody's answers may be in it; "
                "move it away, or name another"
            )
    folders[0].parent.mkdir(parents=True, exist_ok=True)
    moved = []
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folders[0].parent) as temporary:
        written = [Path(temporary) / folder.name for folder in folders]
        for folder in written:
            folder.mkdir()
        yield written
        try:
            for source, folder in zip(written, folders, strict=True):
                source.rename(folder)
                moved.append(folder)
        except BaseException:  # Ctrl-C too
            for folder in moved:
                shutil.rmtree(folder, ignore_errors=True)
            raise
