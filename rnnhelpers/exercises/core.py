"""Check a learner's answer, and say what a wrong one did.

An `Exercise` holds the reference solution, the inputs to try it on, the known mistakes *as code*
and the hints. `check` runs the learner's function on the same inputs. Where its answers are those
of a known mistake, that mistake is named, with what to look at; where not, the first failing
example is shown, what was got beside what was expected. Nothing here knows notebooks: it prints.
"""

import contextlib
import copy
import difflib
import dis
import importlib
import io
import linecache
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

CHAPTERS = ("start_here", "text_to_numbers", "recurrent_cell")
"""The modules of exercises in this package, one a notebook."""

NOT_ATTEMPTED, RIGHT, NOT_YET = "not attempted yet", "right", "not yet"


@dataclass(frozen=True)
class Mistake:
    """A mistake that learners make, as code.

    Attributes
    ----------
    name : str
        What was done, to follow "This is what comes out when …".
    look_at : str
        Where to look, as a question or an instruction; never the solution itself.
    function : callable
        An answer with this mistake in it.
    """

    name: str
    look_at: str
    function: Callable


@dataclass(frozen=True)
class Exercise:
    """A task with all that is needed to check an answer to it.

    Attributes
    ----------
    name : str
        The name that `check` is called with; unique in the course.
    reference : callable
        The solution; the text folded below the exercise is this code.
    cases : callable
        Takes a `numpy.random.Generator`, returns a list of tuples of arguments, the simplest
        first. Small enough to be read by a person.
    meaning : str
        What a right answer means, in one line.
    hints : tuple of str
        From the gentlest to the one that nearly tells.
    mistakes : tuple of Mistake
        The known mistakes; where one includes another, the more special one first.
    arguments : tuple of str
        Names of the arguments, for the examples that are shown.
    """

    name: str
    reference: Callable
    cases: Callable
    meaning: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    arguments: tuple[str, ...] = field(default=())

    def draw_cases(self):
        """Return the arguments to try, the same ones in every call."""
        return list(self.cases(np.random.default_rng(20)))


def check(name, answer, hint=None):
    """Check the answer to an exercise, and print what is to be said about it.

    Parameters
    ----------
    name : str
        The name of the exercise, as the notebook gives it.
    answer : callable
        Your function.
    hint : int, optional
        Print this hint instead, 1 being the gentlest.

    Examples
    --------
    >>> check("batch-shape", lambda sentences, n_features: None)
    Not attempted yet: batch-shape. Write the body of the function, then run this cell again.
    Stuck? Ask for a hint: check("batch-shape", ..., hint=1)
    """
    exercise = find_exercise(name)
    print(examine(exercise, answer)[1] if hint is None else _give_hint(exercise, hint))


def find_exercise(name):
    """Return the exercise of this name.

    Parameters
    ----------
    name : str
        The name.

    Returns
    -------
    Exercise
        The exercise.

    Raises
    ------
    ValueError
        If there is none, with the name that is closest to it.
    """
    exercises = all_exercises()
    if name not in exercises:
        close = difflib.get_close_matches(str(name), exercises, n=1)
        raise ValueError(
            f"there is no exercise {name!r}"
            + (f": did you mean {close[0]!r}?" if close else f"; there are: {', '.join(exercises)}")
        )
    return exercises[name]


def all_exercises():
    """Return the exercises of all notebooks, by name.

    Returns
    -------
    dict of str to Exercise
        In the order of the course.
    """
    chapters = [importlib.import_module(f"rnnhelpers.exercises.{name}") for name in CHAPTERS]
    return {exercise.name: exercise for chapter in chapters for exercise in chapter.EXERCISES}


def examine(exercise, answer):
    """Judge an answer.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    answer : callable
        The learner's function.

    Returns
    -------
    verdict : str
        `NOT_ATTEMPTED`, `RIGHT` or `NOT_YET`.
    message : str
        What to tell the learner.
    """
    if not callable(answer):
        return NOT_YET, (
            f"Not yet: check got {_shown(answer)} instead of a function. Pass the function "
            "itself, without parentheses and arguments behind its name."
        )
    if _is_stub(answer):
        return NOT_ATTEMPTED, (
            f"Not attempted yet: {exercise.name}. Write the body of the function, then run this "
            f'cell again.\nStuck? Ask for a hint: check("{exercise.name}", ..., hint=1)'
        )
    cases = exercise.draw_cases()
    outcomes = [_call(answer, case) for case in cases]
    tried = list(zip(cases, outcomes, strict=True))
    problem = next(filter(None, (_problem(exercise, answer, *one) for one in tried)), None)
    if problem is None:
        return RIGHT, f"Right, in all {len(cases)} examples. {exercise.meaning}"
    mistake = next((m for m in exercise.mistakes if _gives(m.function, tried)), None)
    if mistake:
        problem += f"\nThis is what comes out when {mistake.name}. {mistake.look_at}"
    return NOT_YET, "Not yet. " + problem


@dataclass(frozen=True)
class _Outcome:
    """What came of a call: a result or an error, what was printed, the arguments afterwards."""

    result: Any
    error: Exception | None
    printed: str
    arguments: tuple


def _call(function, case):
    """Call a function on a copy of the arguments, and catch whatever comes of it."""
    arguments, printed = copy.deepcopy(case), io.StringIO()
    result, error = None, None
    with np.errstate(all="ignore"), contextlib.redirect_stdout(printed):
        try:
            result = function(*arguments)
        except Exception as raised:
            error = raised
    return _Outcome(result, error, printed.getvalue(), arguments)


def _problem(exercise, answer, case, outcome):
    """Say what is wrong with what came of the answer in this case, or return None."""
    got, expected = outcome.result, exercise.reference(*copy.deepcopy(case))
    example = "For " + ", ".join(
        f"{name} = {_shown(value)}" for name, value in zip(exercise.arguments, case, strict=True)
    )
    if outcome.error:
        return _about_error(outcome.error, answer, example)
    if got is None:
        return f"{_about_none(outcome.printed)}\n{example}"
    if not _same(outcome.arguments, case):
        return f"Your function changed its arguments: work on a copy of them.\n{example}"
    if _same(got, expected):
        return None
    compared = f"{example}\n  got       {_shown(got)}\n  expected  {_shown(expected)}"
    remark = _about_kind(got, expected)
    if not remark and _shown(got) == _shown(expected):
        remark = "The two differ in digits that are not shown: is something rounded?"
    return f"{remark}\n{compared}" if remark else compared


def _about_kind(got, expected):
    """Say what is wrong with the type or shape of a result, or return an empty string."""
    if not isinstance(expected, np.ndarray):
        if isinstance(got, type(expected)) or _fits_as_number(got, expected):
            return ""
        return f"Your function returned {_kind(got)}: expected {_kind(expected)}."
    if not isinstance(got, np.ndarray | np.generic):
        return f"Your function returned {_kind(got)}: expected an array, as np.array(…) makes it."
    if got.shape != expected.shape:
        return f"The shape is {got.shape}: expected {expected.shape}."
    if not _fits(got.dtype, expected.dtype):
        whole = " (dtype=int)" if np.issubdtype(expected.dtype, np.integer) else ""
        return f"The numbers are of dtype {got.dtype}: expected {expected.dtype}{whole}."
    if np.issubdtype(got.dtype, np.number) and np.isnan(got).any():
        return "There is a NaN (not a number) in it, as 0 / 0 and infinity / infinity make it."
    return ""


def _about_none(printed):
    if printed:
        return "Your function prints its result and returns None: write `return`."
    return (
        "Your function returned None. Is there a `return` on each way through it? "
        "(Methods that change a list, such as append and sort, return None.)"
    )


def _kind(value):
    """Name the type of a value, with its article."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"


def _about_error(error, answer, example):
    """Say which line of the learner's raised what, without the rest of the traceback."""
    filename = getattr(getattr(answer, "__code__", None), "co_filename", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == filename]
    where = ""
    if frames:
        line = frames[-1].line or linecache.getline(filename, frames[-1].lineno).strip()
        where = f"\n  in your line: {line}" if line else ""
    said = str(error) or "no message"
    return f"Your function raised {type(error).__name__}: {said}{where}\n{example}"


def _give_hint(exercise, hint):
    n_hints = len(exercise.hints)
    if type(hint) is not int or not 1 <= hint <= n_hints:
        return f"{exercise.name} has hints 1 to {n_hints}; the solution is folded below."
    more = f"hint={hint + 1}" if hint < n_hints else "none; the solution is folded below"
    return f"Hint {hint} of {n_hints}: {exercise.hints[hint - 1]}\nNext: {more}"


def _is_stub(function):
    """Tell whether a function does nothing but return None, as the exercises are handed out."""
    code = getattr(function, "__code__", None)
    if code is None or code.co_flags & 0x20:
        return False
    harmless = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}
    instructions = list(dis.get_instructions(code))
    returned = [i for i in instructions if i.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {i.opname for i in instructions} <= harmless and returned[-1].argval is None


def _gives(function, tried):
    """Tell whether a function gives the same results, or the same errors, in all cases."""
    for case, outcome in tried:
        other = _call(function, case)
        if repr(other.error) != repr(outcome.error):
            return False
        pair = other.result, outcome.result
        if other.error is None and not (_same(*pair) or _same(*reversed(pair))):
            return False
    return True


def _same(got, expected):
    """Compare results: arrays and numbers within rounding, all else by kind and content."""
    if isinstance(expected, np.ndarray):
        return (
            isinstance(got, np.ndarray | np.generic)
            and _fits(got.dtype, expected.dtype)
            and _same_numbers(got, expected)
        )
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(_same(got[key], expected[key]) for key in expected)
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(got, type(expected))
            and len(got) == len(expected)
            and all(map(_same, got, expected))
        )
    if _fits_as_number(got, expected):
        return _same_numbers(got, expected)
    return type(got) is type(expected) and got == expected


def _fits(got, expected):
    """Tell whether a dtype will do: whole numbers where they are expected, else any numbers."""
    wanted = np.integer if np.issubdtype(expected, np.integer) else np.number
    return np.issubdtype(got, wanted) if np.issubdtype(expected, np.number) else got == expected


def _fits_as_number(got, expected):
    """Tell whether both are numbers, and the first of a kind that will do for the second."""
    numbers = int | float | np.number
    return all(
        isinstance(value, numbers) and not isinstance(value, bool) for value in (got, expected)
    ) and _fits(np.result_type(got), np.result_type(expected))


def _same_numbers(got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if not np.issubdtype(expected.dtype, np.number):
        return np.array_equal(got, expected)
    return np.allclose(got, expected, rtol=1e-6, atol=1e-9, equal_nan=True)


def _shown(value):
    """Write a value short enough to be read, an array with its shape."""
    if callable(value):
        return f"the function {getattr(value, '__name__', 'without a name')}"
    if isinstance(value, np.ndarray):
        text = np.array2string(
            value + 0.0 if value.dtype.kind == "f" else value, precision=4, suppress_small=True,
            separator=", ", threshold=40,
        )  # fmt: skip
        return " ".join(text.split()) + f" (shape {value.shape})"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 200 else text[:197] + "…"
