"""What a public function promises whoever calls it with anything: an answer, or an explanation.

A call with spoilt arguments either returns something finite, the same when it is called again, and
leaves its arguments as they were; or it raises one of the errors that are meant for callers, with a
message that says what was expected. Another error from inside, a warning, a NaN, a changed
argument, or seconds of work are complaints. So is an answer that differs from that of the same
numbers in another form (read-only, with gaps between them, a list in place of an array).
"""

import contextlib
import dataclasses
import io
import math
import signal
import tempfile
import types
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

SECONDS = 10
"""Seconds of processor time that one call may take: the slowest valid one takes less than one."""
SCRATCH = ("_work",)
"""Attributes whose values mean nothing: room for the arithmetic of optimisers."""
MOST_TAKEN_APART = 100_000
"""Longer lists are looked at through their `repr` only."""


class TookTooLongError(BaseException):
    """No `Exception`, so that no code under test can catch it."""


@contextlib.contextmanager
def limited():
    """Stop what is inside after this much processor time, where the system has such a clock.

    Only Python code can be stopped in this way; a loop in C is ended by the limit of the process.
    """
    if not hasattr(signal, "ITIMER_PROF"):  # Windows
        yield
        return

    def stop(number, frame):
        raise TookTooLongError

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextlib.contextmanager
def deep_folder():
    """Work in a folder that is removed afterwards, deep enough for what writes to ../../x."""
    with tempfile.TemporaryDirectory(prefix="rnnhelpers-fuzz-") as folder:
        deep = Path(folder, *"abcdefgh")
        deep.mkdir(parents=True)
        with contextlib.chdir(deep):
            yield deep


def outcome_of(function, arguments):
    """Call a function, in silence; return its result or None, and what it raised or None.

    It is called in an empty folder: what one call writes there, the next does not find.
    """
    try:
        with (
            deep_folder(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
            limited(),
        ):
            warnings.simplefilter("error")
            # What other packages say of each other, old and new ones: not what we call.
            warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"(?!rnnhelpers)")
            result = function(**arguments)
            # The work of a generator is done when it is read.
            return (list(result) if isinstance(result, types.GeneratorType) else result), None
    except (Exception, SystemExit, TookTooLongError) as error:
        return None, error


def complaint_about(case, spoilt, *, is_same=False):
    """Return what is wrong with how a function took spoilt arguments, or None.

    Parameters
    ----------
    case : Case
        What is called.
    spoilt : callable
        Takes the arguments of a valid call, returns them spoilt. It is called anew for each call,
        since an argument may be an iterator, which is used up.
    is_same : bool
        Whether the spoilt arguments hold the same as the valid ones, in another form.

    Returns
    -------
    str or None
        The complaint.
    """
    call = case.make()
    arguments = spoilt(call.arguments)
    before, owner = fingerprint(arguments, loose=case.writes), _owner(call.function)
    itself = fingerprint(owner)
    result, error = outcome_of(call.function, arguments)
    if isinstance(error, TookTooLongError):
        return f"still at work after {SECONDS} s"
    if not case.writes and fingerprint(arguments) != before:
        return "an argument was changed"
    if error is not None:
        is_overflow = isinstance(error, RuntimeWarning) and "overflow" in str(error)
        if is_overflow and _is_extreme(arguments):
            return None  # NumPy says so itself, and no number of a learner is that large
        if not case.changes_itself_when_refused and fingerprint(owner) != itself:
            return f"the object was changed, and then {type(error).__name__} was raised"
        return _about_error(case, error)
    may_be_infinite = case.may_be_infinite or _is_extreme(arguments)
    if not may_be_infinite and (where := not_finite(result)):
        return f"{where} is not finite"
    again = case.make()
    other, error = outcome_of(again.function, spoilt(again.arguments))
    if error is not None or fingerprint(other) != fingerprint(result):
        return "the same call came out different"
    if is_same and not case.takes_form_seriously:
        valid = case.make()
        expected, _ = outcome_of(valid.function, valid.arguments)
        if not agree(result, expected):
            return "the same numbers in another form gave another result"
    return None


def _about_error(case, error):
    """Return what is wrong with an error, or None if it explains to the caller what happened."""
    said, kind = str(error), type(error).__name__
    if isinstance(error, MemoryError) and said.startswith("Unable to allocate"):
        return None  # NumPy's own words: how much, for which shape and type
    if not isinstance(error, (TypeError, ValueError, *case.raises)) or isinstance(
        error, UnicodeError
    ):
        return f"{kind}: {said[:300]}"
    if "positional argument" in said and "lambda" in said:
        return None  # the caller's own function was given what it does not take
    if isinstance(error, case.raises) or any(word in said for word in case.explains):
        return None
    return f"{kind} that does not say what was expected: {said[:300]}"


def _owner(function):
    """Return the object of a bound method; None for a function or a class."""
    owner = getattr(function, "__self__", None)
    return None if isinstance(owner, type | types.ModuleType) else owner


def fingerprint(value, *, loose=False, depth=0):
    """Return something that is equal for equal values, whatever they are.

    With `loose` the arrays are left out: of a call that is meant to write into them.
    """
    if depth > 60:
        return "deep"
    go = lambda part: fingerprint(part, loose=loose, depth=depth + 1)  # noqa: E731
    if isinstance(value, np.ndarray):
        if loose:
            return "array"
        # The bytes of a long double have gaps, with anything in them.
        by_value = value.dtype.hasobject or value.dtype.char == "g"
        content = repr(value.tolist()) if by_value else value.tobytes()
        return ("array", str(value.dtype), value.shape, value.flags.writeable, content)
    if isinstance(value, np.random.Generator):
        return repr(value.bit_generator.state)
    if isinstance(value, float | np.floating | np.complexfloating | complex):
        return (type(value).__name__, repr(value))
    if isinstance(value, type | types.FunctionType | types.MethodType | types.ModuleType):
        return getattr(value, "__qualname__", str(value))
    if isinstance(value, Mapping):
        if len(value) > MOST_TAKEN_APART:
            return len(value)
        return (type(value).__name__, [(repr(key), go(part)) for key, part in value.items()])
    if isinstance(value, tuple | list):
        if len(value) > MOST_TAKEN_APART:
            return repr(value)
        return (type(value).__name__, [go(part) for part in value])
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, Iterator):
        return type(value).__name__
    if hasattr(value, "alternative"):  # a figure
        return ("figure", value.alternative)
    if _is_drawing(value):
        return type(value).__name__
    if hasattr(value, "__dict__") and not isinstance(value, BaseException):
        parts = [(name, go(part)) for name, part in vars(value).items() if name not in SCRATCH]
        return (type(value).__name__, parts)
    text = repr(value)
    return type(value).__name__ if " at 0x" in text else text


def _is_drawing(value):
    """Tell whether this is a part of a figure, all of whose parts know each other."""
    return type(value).__module__.startswith("matplotlib.") and not hasattr(value, "alternative")


def not_finite(value, name="the result", depth=0):
    """Return the name of a number in a result that is NaN or infinite, or an empty string."""
    if depth > 20:
        return ""
    if isinstance(value, float | np.floating):
        return "" if math.isfinite(value) else name
    if isinstance(value, np.ndarray):
        is_bad = value.dtype.kind in "fc" and not np.isfinite(value).all()
        return name if is_bad else ""
    if hasattr(value, "alternative"):  # a figure
        return name if any(word in value.alternative.split() for word in ("nan", "inf")) else ""
    parts = {}
    if isinstance(value, Mapping):
        parts = value
    elif isinstance(value, tuple | list) and len(value) <= MOST_TAKEN_APART:
        parts = dict(enumerate(value))
    elif dataclasses.is_dataclass(value) or type(value).__module__.startswith("rnnhelpers"):
        parts = getattr(value, "__dict__", {})
    found = (not_finite(part, f"{name}[{key!r}]", depth + 1) for key, part in parts.items())
    return next(filter(None, found), "")


def _is_extreme(value, depth=0):
    """Tell whether there is a number above 1e30 in something."""
    if depth > 5:
        return False
    if isinstance(value, float | int | np.integer | np.floating):
        with np.errstate(over="ignore"):
            return 1e30 < abs(value if isinstance(value, int) else float(value)) < math.inf
    if isinstance(value, np.ndarray):
        return value.dtype.kind == "f" and bool(((abs(value) > 1e30) & np.isfinite(value)).any())
    if isinstance(value, Mapping):
        value = list(value.values())
    return isinstance(value, tuple | list) and any(_is_extreme(part, depth + 1) for part in value)


def agree(result, expected):
    """Tell whether two results hold the same numbers, but for rounding and the type of lists."""
    if isinstance(expected, np.ndarray | np.number | int | float) and not isinstance(
        expected, bool
    ):
        same_kind = isinstance(result, np.ndarray | np.number | int | float)
        if not same_kind or np.shape(result) != np.shape(expected):
            return False
        if np.asarray(expected).dtype.kind not in "iufb":
            return fingerprint(result) == fingerprint(expected)
        return np.allclose(result, expected, rtol=1e-4, atol=1e-6, equal_nan=True)
    if isinstance(expected, Mapping) and isinstance(result, Mapping):
        return list(result) == list(expected) and all(
            agree(result[key], expected[key]) for key in expected
        )
    if isinstance(expected, str):
        return isinstance(result, str) and str(result) == str(expected)
    if isinstance(expected, tuple | list) and isinstance(result, tuple | list):
        return len(result) == len(expected) and all(map(agree, result, expected))
    if _is_drawing(expected):
        return type(result) is type(expected)
    if hasattr(expected, "__dict__") and not isinstance(expected, type):
        if hasattr(expected, "alternative"):
            return result.alternative == expected.alternative
        return type(result) is type(expected) and all(
            agree(vars(result).get(name), part)
            for name, part in vars(expected).items()
            if not callable(part) and name not in SCRATCH
        )
    return fingerprint(result) == fingerprint(expected)
