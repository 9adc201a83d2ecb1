"""How long a notebook and its sections take, by one formula.

150 words a minute, 20 seconds for a code cell and half a minute for a figure, 5 minutes for an
exercise and 2 for a question: set to what newcomers who read the first notebooks needed.
"""

import re
from typing import NamedTuple

from nbformat import NotebookNode

from publishing.cells import asks_question, exercise_names, shows_figure

WORDS_PER_MINUTE = 150
MINUTES_PER_CODE_CELL = 20 / 60
MINUTES_PER_FIGURE = 30 / 60
MINUTES_PER_EXERCISE = 5
MINUTES_PER_QUESTION = 2

WORD = re.compile(r"[^\W_]+(?:['’_-][^\W_]+)*")
HTML_TAG = re.compile(r"<[^<>]+>")
TARGET_OF_LINK = re.compile(r"\]\([^)]*\)")


class Minutes(NamedTuple):
    """Minutes of telling (text, code and figures) and of doing (exercises and questions)."""

    telling: float = 0.0
    doing: float = 0.0

    @property
    def whole(self) -> float:
        """Both."""
        return self.telling + self.doing

    def plus(self, other: "Minutes") -> "Minutes":
        """Return the sum of two."""
        return Minutes(self.telling + other.telling, self.doing + other.doing)


class Section(NamedTuple):
    """A section of a notebook: its title (the first one is the opening), and its cells."""

    title: str
    cells: list[NotebookNode]
    minutes: Minutes


def n_words(markdown: str) -> int:
    """Count the words of a text, without HTML tags and the targets of links.

    Examples
    --------
    >>> n_words("<b>Two</b> [words](https://example.org/not/read)")
    2
    """
    return len(WORD.findall(TARGET_OF_LINK.sub("]", HTML_TAG.sub(" ", markdown))))


def cell_minutes(nb: NotebookNode) -> list[Minutes]:
    """Estimate the minutes of each cell; an exercise that is checked twice counts once."""
    seen: set[str] = set()
    estimates = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            estimates.append(Minutes(n_words(cell.source) / WORDS_PER_MINUTE))
        elif cell.cell_type == "code":
            n_figures = sum(map(shows_figure, cell.outputs))
            telling = MINUTES_PER_CODE_CELL + n_figures * MINUTES_PER_FIGURE
            new = set(exercise_names(cell)) - seen
            seen |= new
            each = MINUTES_PER_QUESTION if asks_question(cell) else MINUTES_PER_EXERCISE
            estimates.append(Minutes(telling, len(new) * each))
        else:
            estimates.append(Minutes())
    return estimates


def sections(nb: NotebookNode) -> list[Section]:
    """Cut a notebook at the cells that begin with a heading of level 1 or 2."""
    found: list[Section] = []
    for cell, minutes in zip(nb.cells, cell_minutes(nb), strict=True):
        heading = re.match(r"##? (.*)", cell.source) if cell.cell_type == "markdown" else None
        if heading or not found:
            found.append(Section(heading[1].strip() if heading else "", [cell], minutes))
        else:
            last = found[-1]
            found[-1] = Section(last.title, [*last.cells, cell], last.minutes.plus(minutes))
    return found


def notebook_minutes(nb: NotebookNode) -> int:
    """Estimate how long a learner takes with a notebook, exercises included."""
    return round(sum(minutes.whole for minutes in cell_minutes(nb)))
