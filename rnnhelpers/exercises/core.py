"""What a learner calls: check an answer, see the progress, start over. Only this module prints."""

import contextlib
import difflib
import importlib
import io
import os
import warnings

from rnnhelpers._validation import shown
from rnnhelpers.exercises.progress import (
    is_kept,
    progress_file,
    read_passed,
    record,
    set_progress_aside,
)
from rnnhelpers.exercises.tasks import RIGHT, Exercise

CHAPTERS = {
    "start_here": "00 Start here",
    "text_to_numbers": "01 Text to numbers",
    "word_vectors": "02 Word vectors",
    "recurrent_cell": "03 The recurrent cell",
    "unrolling": "04 Unrolling",
    "bptt": "05 Backpropagation through time",
    "training": "06 Training",
    "generating_text": "07 Generating text",
    "whole_sequence": "08 Reading a whole sequence",
    "long_memory": "09 Long memory",
    "gates": "10 Gates",
    "translation": "11 Translation",
    "pytorch": "12 From NumPy to PyTorch",
}
"""The modules of tasks in this package, one a notebook, and the notebook's title."""


def check(name, answer, reason=None, *, hint=None):
    """Check an answer, and print what is to be said about it.

    Parameters
    ----------
    name : str
        The name of the task, as the notebook gives it.
    answer : callable, float or str
        Your function, your number, or the letter of your choice.
    reason : int, optional
        Where you choose an answer: the number of your reason.
    hint : int, optional
        Print this hint instead, 1 being the gentlest.

    Raises
    ------
    ValueError
        If there is no task of this name.

    Examples
    --------
    >>> check("batch-shape", lambda sentences, n_features: None)
    Not attempted yet: batch-shape. Write the body of the function, then run this cell again.
    Stuck? Ask for a hint: check("batch-shape", ..., hint=1)
    """
    task = find_task(name)
    if hint is not None:
        print(_give_hint(task, hint))
        return
    verdict = _examined(task, answer, reason)
    print(verdict.message)
    if verdict.outcome == RIGHT and is_kept():
        passed, notice = record(task.name)
        tasks = all_tasks()
        print(f"That makes {len(tasks.keys() & set(passed))} of {len(tasks)} checks.")
        if notice:
            print(notice)


def grade(name, answer, reason=None, *, seed=None):
    """Judge an answer as `check` does, but print nothing, and note nothing down.

    For autograders: with another seed an answer meets examples that nobody has seen. What the
    answer writes to the standard error is kept back, since graders take that for a failure.

    Parameters
    ----------
    name : str
        The name of the task.
    answer : callable, float or str
        The function, the number, or the letter of the choice.
    reason : int, optional
        Where an answer is chosen: the number of the reason.
    seed : int, optional
        Where the random examples of an exercise begin; by default where those of `check` do.
        Questions have no examples.

    Returns
    -------
    Verdict
        The outcome, which is ``"right"`` for a right answer, and the message of `check`.

    Raises
    ------
    ValueError
        If there is no task of this name.

    Examples
    --------
    >>> grade("tanh-slope", lambda h: 1 - h**2, seed=7).outcome
    'right'
    >>> verdict = grade("tanh-slope", lambda h: 1 - h)
    >>> assert verdict.outcome == "right", verdict.message  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ...
    AssertionError: Not yet. ...
    """
    task = find_task(name)
    options = {} if seed is None or not isinstance(task, Exercise) else {"seed": seed}
    with contextlib.redirect_stderr(io.StringIO()), warnings.catch_warnings(action="ignore"):
        return _examined(task, answer, reason, **options)


def show_progress():
    """Print which checks of the course were passed, notebook by notebook.

    They are read from ``my_progress.json``, a small file beside the notebooks.

    Examples
    --------
    >>> show_progress()  # doctest: +ELLIPSIS
    0 of ... checks passed.
    00 Start here: 0 of ...; open: words-in-order, ...
    """
    passed, notice = read_passed()
    tasks = all_tasks()
    print(f"{len(tasks.keys() & set(passed))} of {len(tasks)} checks passed.")
    for module, title in CHAPTERS.items():
        names = [task.name for task in tasks_of(module)]
        still_open = [name for name in names if name not in passed]
        line = f"{title}: {len(names) - len(still_open)} of {len(names)}"
        print(f"{line}; open: {', '.join(still_open)}" if still_open else f"{line}; all passed")
    if notice:
        print(notice)


def start_over():
    """Begin the course anew: no check counts as passed.

    The file with your progress gets another name, and nothing is deleted. Your answers in the
    notebooks are yours, and stay.

    Examples
    --------
    >>> start_over()
    Nothing to do: no check is noted as passed yet.
    """
    path = progress_file()
    aside = set_progress_aside()
    if aside:
        print(f"You start over: 0 of {len(all_tasks())} checks passed.")
        print(f"The record so far is kept as {aside}; your answers in the notebooks stay.")
    elif os.path.lexists(path):
        print(f"{path.name} could not be renamed: move it away yourself to start over.")
    else:
        print("Nothing to do: no check is noted as passed yet.")


def find_task(name):
    """Return the task of this name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    Exercise, NumberQuestion or ChoiceQuestion
        The task.

    Raises
    ------
    ValueError
        If there is none, with the name that is closest to it.
    """
    tasks = all_tasks()
    if not isinstance(name, str) or name not in tasks:
        close = difflib.get_close_matches(name, tasks, n=1) if isinstance(name, str) else []
        raise ValueError(
            f"there is no check {shown(name)}"
            + (f": did you mean {close[0]!r}?" if close else f"; there are: {', '.join(tasks)}")
        )
    return tasks[name]


def tasks_of(module):
    """Return the tasks of one notebook, in its order.

    Parameters
    ----------
    module : str
        A key of `CHAPTERS`.

    Returns
    -------
    tuple
        The tasks.
    """
    return importlib.import_module(f"rnnhelpers.exercises.{module}").TASKS


def all_tasks():
    """Return the tasks of all notebooks, by name.

    Returns
    -------
    dict of str to Exercise, NumberQuestion or ChoiceQuestion
        In the order of the course.
    """
    return {task.name: task for module in CHAPTERS for task in tasks_of(module)}


def _examined(task, answer, reason, **options):
    """Judge an answer; a reason that is not given is not handed on, as each task has its own."""
    given = (answer,) if reason is None else (answer, reason)
    return task.examine(*given, **options)


def _give_hint(task, hint):
    n_hints = len(task.hints)
    if type(hint) is not int or not 1 <= hint <= n_hints:
        return f"{task.name} has hints 1 to {n_hints}; after them comes the solution."
    more = (
        f"Next: hint={hint + 1}"
        if hint < n_hints
        else "That was the last hint; after it comes the solution."
    )
    return f"Hint {hint} of {n_hints}: {task.hints[hint - 1]}\n{more}"
