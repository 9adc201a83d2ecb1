"""What hands of learners, files and other programs put where an argument was expected."""

import datetime
import decimal
import fractions
import itertools
import pathlib

import numpy as np

HOSTILE_TEXTS = (
    "\ud800",  # half a character
    "e\u0301\u0323",  # combining marks
    "\u202eשלום",  # from right to left
    "👩‍👩‍👧‍👦🇺🇳",
    "a\x00b",
    "\r\n\v\x85\u2028",
    "ßİﬁ",  # longer or shorter in the other case
    "%s {0} {x} $\\frac{",  # what a template or a formula would take for its own
    "../../etc",
    "x" * 5000,
)
HUGE = (10**9, 2**31, 2**62, 2**63, 2**64, 10**30, 10**400)
"""Sizes: the first one fits into no memory where it is squared, the last ones into no integer."""


def _nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


def _itself():
    value = []
    value.append(value)
    return value


JUNK = {
    "nothing": lambda: None,
    "dots": lambda: ...,
    "True": lambda: True,
    "False": lambda: False,
    "zero": lambda: 0,
    "minus one": lambda: -1,
    "one": lambda: 1,
    "a half": lambda: 0.5,
    "minus zero": lambda: -0.0,
    "NaN": lambda: float("nan"),
    "infinity": lambda: float("inf"),
    "minus infinity": lambda: float("-inf"),
    "the largest float": lambda: 1.7e308,
    "the smallest float": lambda: 5e-324,
    "an imaginary number": lambda: 1j,
    "a NumPy int8": lambda: np.int8(-128),
    "a NumPy uint64": lambda: np.uint64(2**64 - 1),
    "a NumPy NaN": lambda: np.float32("nan"),
    "a NumPy bool": lambda: np.bool_(True),
    "a long double": lambda: np.longdouble("1e4000") if np.finfo(np.longdouble).max > 1e4000 else 1,
    "a Decimal": lambda: decimal.Decimal("0.5"),
    "a Fraction": lambda: fractions.Fraction(1, 3),
    "a date": lambda: datetime.date(2026, 1, 1),
    "a NumPy date": lambda: np.datetime64("2026-01-01"),
    "an empty text": lambda: "",
    "a text": lambda: "text",
    "a number as text": lambda: "1",
    "bytes": lambda: b"bytes",
    "a path": lambda: pathlib.PurePosixPath("a/b"),
    "an object": lambda: object(),
    "a class": lambda: int,
    "a function of nothing": lambda: lambda: None,
    "a function of anything": lambda: lambda *values, **options: None,
    "an empty list": lambda: [],
    "an empty tuple": lambda: (),
    "an empty dict": lambda: {},
    "a set": lambda: {1, 2},
    "a range": lambda: range(3),
    "a list of nothing": lambda: [None],
    "a list of texts": lambda: ["a", "b"],
    "a ragged list": lambda: [[1.0], [1.0, 2.0]],
    "a very deep list": lambda: _nested(100),
    "a list that holds itself": lambda: _itself(),
    "an iterator": lambda: iter([1, 2]),
    "a generator": lambda: (number for number in (1, 2)),
    "a dict of texts": lambda: {"a": "b"},
    "a dict of numbers": lambda: {1: 2},
    "an array of no axis": lambda: np.array(1.0),
    "an empty array": lambda: np.empty(0),
    "an array of empty rows": lambda: np.empty((2, 0)),
    "an array of five axes": lambda: np.ones((1, 2, 1, 2, 1)),
    "an array of objects": lambda: np.array([None, "a"], dtype=object),
    "an array of texts": lambda: np.array(["a", "b"]),
    "an array of bytes": lambda: np.array([b"a"]),
    "an array of complex numbers": lambda: np.array([1 + 2j]),
    "an array of booleans": lambda: np.array([True, False]),
    "an array of dates": lambda: np.array(["2026-01-01"], dtype="datetime64[D]"),
    "an array of records": lambda: np.zeros(2, dtype=[("a", "i4"), ("b", "f4")]),
    "an array of NaN": lambda: np.full(2, np.nan),
    "an array with a mask": lambda: np.ma.array([1.0, 2.0], mask=[True, False]),
    **{f"the text {text[:12]!r}": lambda text=text: text for text in HOSTILE_TEXTS},
    **{f"about 10**{len(str(number)) - 1}": lambda number=number: number for number in HUGE},
}  # fmt: skip
"""Makers of values by name, the simplest first: an iterator is new each time."""

WORK = ("n_updates", "n_epochs", "n_train", "n_test", "n_characters", "max_length", "max_entries")
"""Arguments that ask for work: what is large there is work that was asked for, and no hang."""


def spoilers_of(name, value):
    """Return what an argument can be replaced with: functions of it, by name.

    Parameters
    ----------
    name : str
        The name of the argument.
    value : object
        What it is in a valid call.

    Returns
    -------
    changed : dict of str to callable
        Each takes the valid value and returns another one.
    same : dict of str to callable
        These return the same numbers in another form.

    Examples
    --------
    >>> changed, same = spoilers_of("n", 3)
    >>> changed["one more"](3), same["a NumPy integer"](3)
    (4, np.int64(3))
    """
    changed = {what: lambda _, make=make: make() for what, make in JUNK.items()}
    if name in WORK:
        changed = {what: spoil for what, spoil in changed.items() if not _is_huge(JUNK[what]())}
    of_kind = _of_kind(value)
    return {**of_kind[0], **changed}, of_kind[1]


def _is_huge(value):
    return isinstance(value, int | np.integer) and value >= min(HUGE)


def _of_kind(value):
    if isinstance(value, bool | type(None)):
        return {}, {}
    if isinstance(value, int):
        return NUMBERS, {"a NumPy integer": np.int64}
    if isinstance(value, float):
        return NUMBERS, {"a NumPy number": np.float64}
    if isinstance(value, str):
        return TEXTS, {"a NumPy text": np.str_}
    if isinstance(value, np.ndarray):
        return ARRAYS, ARRAYS_ALIKE if value.dtype.kind in "iuf" else {}
    if isinstance(value, dict):
        return DICTS, {}
    if isinstance(value, list | tuple):
        return LISTS, {}
    if callable(value) and not isinstance(value, type):
        return FUNCTIONS, {}
    return {}, {}


NUMBERS = {
    "one more": lambda number: number + 1,
    "one less": lambda number: number - 1,
    "negative": lambda number: -number,
    "as text": str,
    "in a list": lambda number: [number],
    "in an array": lambda number: np.array([number]),
    "as a float": float,
}
TEXTS = {
    "in capitals": str.upper,
    "twice": lambda text: 2 * text,
    "as bytes": str.encode,
    "in a list": lambda text: [text],
    "letter by letter": list,
    "with a line break": lambda text: text + "\n",
    "with a zero": lambda text: text[:1] + "\0" + text[1:],
    "with half a character": lambda text: text + "\udfff",
    "with marks": lambda text: "".join(letter + "\u0301" for letter in text),
    "as a subclass": lambda text: type("Text", (str,), {})(text),
}
LISTS = {
    "without the last": lambda values: values[:-1],
    "with nothing in it": lambda values: [*values, None],
    "with a text in it": lambda values: [*values, "a"],
    "with NaN in it": lambda values: [float("nan"), *values[1:]],
    "the other way round": lambda values: values[::-1],
    "as an iterator": iter,
    "in a list": lambda values: [values],
    "the first twice": lambda values: [*values[:1], *values],
}
DICTS = {
    "without the first": lambda pairs: dict(itertools.islice(pairs.items(), 1, None)),
    "with one more": lambda pairs: {**pairs, "one more": 1},
    "with nothing": lambda pairs: dict.fromkeys(pairs),
    "with NaN": lambda pairs: dict.fromkeys(pairs, float("nan")),
    "with ragged lists": lambda pairs: {name: [[1.0], [1.0, 2.0]] for name in pairs},
    "with a number as a name": lambda pairs: dict(enumerate(pairs.values())),
    "the names alone": list,
}
FUNCTIONS = {
    "that returns nothing": lambda function: lambda *values, **options: None,
    "that returns a text": lambda function: lambda *values, **options: "1.0",
    "that returns NaN": lambda function: lambda *values, **options: float("nan"),
    "that returns arrays": lambda function: lambda *values, **options: np.ones((2, 2)),
    "that returns a triple": lambda function: lambda *values, **options: (1.0, 2.0, 3.0),
}


def _with(place, value):
    """Return a function that puts a value into a copy of an array, at the place or wherever."""

    def spoil(array):
        if not array.size:
            return array
        other = np.array(array, dtype=np.result_type(array.dtype, np.float64))
        other.flat[place] = value
        return other

    return spoil


def _with_whole(value):
    def spoil(array):
        other = np.array(array)
        if other.size and other.dtype.kind in "iu":
            other.flat[0] = np.clip(value, np.iinfo(other.dtype).min, np.iinfo(other.dtype).max)
        return other

    return spoil


def _read_only(array):
    other = np.array(array)
    other.flags.writeable = False
    return other


def _with_gaps(array):
    if not array.ndim:
        return array
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _masked(array):
    mask = np.zeros(array.shape, bool)
    if mask.size:
        mask.flat[0] = True
    return np.ma.array(array, mask=mask)


ARRAYS = {
    "with NaN at the start": _with(0, np.nan),
    "with infinity at the end": _with(-1, np.inf),
    "with 1e308 in it": _with(0, 1e308),
    "with -1e308 in it": _with(-1, -1e308),
    "with -1 in it": _with(0, -1.0),
    "with a whole -1 in it": _with_whole(-1),
    "with a large whole number in it": _with_whole(2**62),
    "turned": lambda array: array.T,
    "with an axis more": lambda array: array[None],
    "with an axis at the end": lambda array: array[..., None],
    "with an axis less": lambda array: array[0] if array.ndim else array,
    "flat": np.ravel,
    "without a row": lambda array: array[:-1] if array.ndim else array,
    "without a column": lambda array: array[..., :-1] if array.ndim else array,
    "with a row more": lambda array: np.concatenate([array, array[:1]]) if array.ndim else array,
    "empty": lambda array: array[:0] if array.ndim else array,
    "with no column": lambda array: array[..., :0] if array.ndim else array,
    "of objects": lambda array: array.astype(object),
    "of complex numbers": lambda array: array.astype(complex),
    "of booleans": lambda array: array.astype(bool),
    "of texts": lambda array: array.astype(str),
    "of int8": lambda array: array.astype(np.int8),
    "of uint64": lambda array: abs(array).astype(np.uint64),
    "of float16": lambda array: array.astype(np.float16),
    "of long doubles": lambda array: array.astype(np.longdouble),
    "with a mask": _masked,
    "a row for all": lambda array: np.broadcast_to(array[:1], array.shape) if array.ndim else array,
}  # fmt: skip
ARRAYS_ALIKE = {
    "read-only": _read_only,
    "with gaps": _with_gaps,
    "column by column": np.asfortranarray,
    "of the other byte order": lambda array: array.astype(array.dtype.newbyteorder()),
    "as a list": np.ndarray.tolist,
    "with a negative step": lambda array: array[::-1].copy()[::-1] if array.ndim else array,
}
