"""Speaker notes: what to ask at a prediction, and which wrong answers an exercise will get."""

from functools import cache
from html import escape

from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from publishing.cells import exercise_names
from publishing.talk import Advice, Opening, Talk, read_talk
from rnnhelpers.exercises import all_tasks
from rnnhelpers.exercises.teaching import as_markdown, solution, wrong_answers

MOST_MISTAKES = 6


def speaker_notes(cell: NotebookNode, stem: str) -> list[str]:
    """Return the notes, in HTML, that belong to a cell beside those in the notebook.

    Parameters
    ----------
    cell : NotebookNode
        A cell of a notebook.
    stem : str
        The name of the notebook's file, without the ending.

    Returns
    -------
    list of str
        Empty for most cells.
    """
    if cell.cell_type == "code":
        return [about_task(name) for name in exercise_names(cell)]
    advice = talks()[stem].advice if stem in talks() else {}
    return [about_prediction(advice[cell.id])] if cell.id in advice else []


def opening_notes(stem: str) -> list[str]:
    """Return the notes with which to begin a notebook, if there are any."""
    return [about_opening(talks()[stem].opening)] if stem in talks() else []


@cache
def talks() -> dict[str, Talk]:
    """Return what there is to say about the notebooks."""
    return read_talk()


def about_opening(opening: Opening) -> str:
    """Say how to begin, and what to leave out first."""
    sections = ", ".join(f"<em>{escape(title)}</em>" for title in opening.skip)
    return (
        f"<p>{escape(opening.say)}</p>"
        f"<p><strong>Short of time?</strong> Leave out: {sections}. {escape(opening.because)}</p>"
    )


def about_prediction(advice: Advice) -> str:
    """Say which answers to expect, and what to ask once the right one has been shown."""
    return (
        "<p><strong>Let everybody decide before the answer is shown.</strong> Expect:</p>"
        f"{listed(map(escape, advice.wrong))}"
        f"<p><strong>Then ask:</strong> {escape(advice.ask)}</p><p>{escape(advice.answer)}</p>"
    )


def about_task(name: str) -> str:
    """Say what learners get wrong in a task, and what the check tells them."""
    task = all_tasks()[name]
    items = [
        f"<strong>{escape(wrong)}</strong>: {inline(as_markdown(told))}"
        for wrong, told in wrong_answers(task)
    ]
    more = len(items) - MOST_MISTAKES
    rest = f"<p>And {more} more, which <code>make exercises</code> lists.</p>" if more > 0 else ""
    return (
        "<p><strong>Expect these wrong answers</strong>, and what the check tells them:</p>"
        f"{listed(items[:MOST_MISTAKES])}{rest}<p><strong>Right:</strong></p>"
        f"{markdown2html(solution(task))}"
    )


def listed(items) -> str:
    """Make a list of pieces of HTML."""
    return f"<ul>{''.join(f'<li>{item}</li>' for item in items)}</ul>"


def inline(markdown: str) -> str:
    """Return a line of Markdown as HTML, without a paragraph around it."""
    return markdown2html(markdown).strip().removeprefix("<p>").removesuffix("</p>")
