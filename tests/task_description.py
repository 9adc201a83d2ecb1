"""What a task asks, says and takes for a mistake, as few numbers: to be compared with what it was.

`tests/reference/task_values.json` has them for each task of the course, so that it is seen when the
examples of an exercise change, what comes of a known mistake, a hint, or what an answer is told.
"""

import contextlib
import copy
import io
import warnings
import zlib

import numpy as np

from rnnhelpers.exercises import Exercise, NumberQuestion


def description(task):
    """List what is right in a task and what is known to be wrong, by their names, and its texts."""
    return answers_of(task) | {name: print_of(texts) for name, texts in texts_of(task).items()}


def texts_of(task):
    """List all that a task may say: task, meaning, hints, and where a wrong answer is led."""
    told = [mistake.look_at for mistake in getattr(task, "mistakes", ())]
    for choices in (getattr(task, "choices", {}), getattr(task, "reasons", {})):
        told += [text for one in choices.values() for text in (one.text, one.feedback)]
    return {
        "asks": [getattr(task, "task", ""), task.meaning],
        "hints": [*task.hints],
        "tells": told,
    }


def answers_of(task):
    """List what is right in a task and what is known to be wrong, by their names."""
    if isinstance(task, Exercise):
        return of_exercise(task)
    if isinstance(task, NumberQuestion):
        known = {mistake.name: mistake.function() for mistake in task.mistakes}
        answers = {"right": task.reference(), "within": task.within, **known}
        return {name: print_of(answer) for name, answer in answers.items()}
    lists = {"choices": [*task.choices], "reasons": [*task.reasons], "right": task.solution}
    lists["wrong"] = [bool(one.feedback) for one in (task.choices | task.reasons).values()]
    return {name: print_of(values) for name, values in lists.items()}


def of_exercise(exercise):
    """Describe the examples that a learner gets, and what comes of them."""
    cases = exercise.draw_cases()
    answers = {"right": exercise.reference}
    answers |= {mistake.name: mistake.function for mistake in exercise.mistakes}
    made = {name: [outcome(answer, case) for case in cases] for name, answer in answers.items()}
    return {name: print_of(values) for name, values in {"examples": cases, **made}.items()}


def outcome(function, case):
    """Return what a function makes of the arguments, and what it leaves of them."""
    arguments = copy.deepcopy(case)
    with np.errstate(all="ignore"), contextlib.redirect_stdout(io.StringIO()):
        try:
            with warnings.catch_warnings(category=DeprecationWarning, action="error"):
                return function(*arguments), arguments
        except DeprecationWarning:  # of NumPy 2.0, for what is an error later
            return "TypeError", arguments
        except Exception as error:
            return type(error).__name__, arguments


def print_of(value):
    """Return how many numbers a value has, their size, and a sum in which each has its weight."""
    numbers = np.arcsinh(np.array([*flat(value)], dtype=float))  # so that none drowns the others
    numbers = np.nan_to_num(numbers, nan=-7.7, posinf=777.0, neginf=-777.0)
    weights = np.cos(1 + np.arange(len(numbers)))
    sums = [float(np.linalg.norm(numbers)), float(numbers @ weights)]
    return [len(numbers), *(float(f"{number:.9g}") for number in sums)]


def flat(value):
    """Yield the numbers in a value; what is no number gets one of its own."""
    if isinstance(value, dict):
        value = [*value.items()]
    if isinstance(value, np.ndarray) and value.dtype.kind in "biuf":
        yield from (value.ndim, *value.shape, *value.ravel().astype(float))
    elif isinstance(value, bool | int | float):
        yield float(value)
    elif isinstance(value, np.number | np.bool_):
        yield from (0, float(value))
    elif isinstance(value, list | tuple | np.ndarray):
        yield len(value)
        for part in value:
            yield from flat(part)
    elif isinstance(value, set | frozenset):
        yield from flat(sorted(map(repr, value)))
    else:
        text = value if isinstance(value, str) else type(value).__name__
        yield zlib.crc32(text.encode()) / 2**32


def difference(before, now):
    """Return the names of what is not as before."""
    names = sorted(before.keys() ^ now.keys())
    return names + [name for name in before if name in now and not alike(before[name], now[name])]


def alike(one, two):
    """Tell whether two prints are the same, but for rounding."""
    return one[0] == two[0] and np.allclose(one[1:], two[1:], rtol=0, atol=1e-6 * one[1] + 1e-9)
