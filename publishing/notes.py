"""Speaker notes: what to ask at a prediction, and which wrong answers an exercise will get."""

from html import escape

from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from publishing.cells import exercise_names
from rnnhelpers.exercises import ChoiceQuestion, all_tasks

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
    return []


def about_task(name: str) -> str:
    """Say what learners get wrong in a task, and what the check tells them."""
    task = all_tasks()[name]
    if isinstance(task, ChoiceQuestion):
        offered = {**task.choices, **task.reasons}
        wrong = [(str(key), one.feedback) for key, one in offered.items() if one.feedback]
        right = f"Right is {task.solution}. {task.meaning}"
    else:
        wrong = [(one.name, one.look_at) for one in task.mistakes]
        right = f"A right answer: {task.meaning}"
    items = [f"<li><strong>{escape(what)}</strong>: {inline(why)}</li>" for what, why in wrong]
    more = len(items) - MOST_MISTAKES
    rest = f"<p>And {more} more, which <code>make exercises</code> lists.</p>" if more > 0 else ""
    return (
        "<p><strong>Expect these wrong answers</strong>, and what the check tells them:</p>"
        f"<ul>{''.join(items[:MOST_MISTAKES])}</ul>{rest}<p>{inline(right)}</p>"
    )


def inline(markdown: str) -> str:
    """Return a line of Markdown as HTML, without a paragraph around it."""
    return markdown2html(markdown).strip().removeprefix("<p>").removesuffix("</p>")
