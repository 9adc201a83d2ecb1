"""Compare what a learner's function returned with what was expected, and write both short."""

from collections.abc import Iterator
from itertools import permutations

import numpy as np

from rnnhelpers._validation import is_number

MOST_LETTERS = 200
RELATIVE, ABSOLUTE = 1e-6, 1e-9
"""How far two numbers may be apart and still count as the same."""


def same(got, expected, *, either_way=False):
    """Compare results: arrays and numbers within rounding, all else by kind and content.

    Parameters
    ----------
    got, expected : object
        What came, and what should have come.
    either_way : bool, default=False
        Whether it is enough that the second will do for the first: a whole number will do for a
        float, and not the other way round.

    Returns
    -------
    bool
        Whether the first will do for the second.

    Examples
    --------
    >>> same(0.1 + 0.2, 0.3), same([1, 2], (1, 2)), same(np.ones(2), [1, 1])
    (True, False, False)
    >>> same(2.0, 2), same(2.0, 2, either_way=True)
    (False, True)
    """
    if isinstance(expected, np.ndarray):
        return (
            isinstance(got, np.ndarray | np.generic)
            and (
                fits(got.dtype, expected.dtype) or (either_way and fits(expected.dtype, got.dtype))
            )
            and _same_numbers(got, expected)
        )
    if isinstance(expected, dict):
        return (
            isinstance(got, dict)
            and got.keys() == expected.keys()
            and all(same(got[key], expected[key], either_way=either_way) for key in expected)
        )
    if isinstance(expected, list | tuple):
        return (
            isinstance(got, type(expected))
            and len(got) == len(expected)
            and all(same(*pair, either_way=either_way) for pair in zip(got, expected, strict=True))
        )
    if fits_as_number(got, expected) or (either_way and fits_as_number(expected, got)):
        return _same_numbers(got, expected)
    if isinstance(expected, str):  # NumPy's strings are some, too
        return isinstance(got, str) and got == expected
    return type(got) is type(expected) and got == expected


def fits(got, expected):
    """Tell whether a dtype will do: whole numbers where they are expected, else any real ones."""
    if expected.kind in "iu":
        return got.kind in "iu"
    return got.kind in "iuf" if expected.kind == "f" else got == expected


def fits_as_number(got, expected):
    """Tell whether both are numbers, and the first of a kind that will do for the second."""
    if not is_number(got) or not is_number(expected):
        return False
    return isinstance(got, int | np.integer) or not isinstance(expected, int | np.integer)


def _same_numbers(got, expected):
    got, expected = np.asarray(got), np.asarray(expected)
    if got.shape != expected.shape:
        return False
    if expected.dtype.kind not in "iuf":
        return np.array_equal(got, expected)
    if got.dtype.kind not in "iuf":  # a whole number that is too large for NumPy
        return False
    got, expected = got.astype(float, copy=False), expected.astype(float, copy=False)
    equal = got == expected
    if equal.all():  # most are, and the rest takes three times as long
        return True
    with np.errstate(all="ignore"):  # infinity less infinity is NaN, which is near nothing
        near = np.abs(got - expected) < ABSOLUTE + RELATIVE * np.abs(expected)
    return bool((near | equal | (np.isnan(got) & np.isnan(expected))).all())


def about_kind(got, expected, found="Your function returned", *, may_guess=True):
    """Say what is wrong with the type or shape of a result, or return an empty string.

    Parameters
    ----------
    got, expected : object
        What came, and what should have come.
    found : str
        How the sentence about the type begins; "It is" for a part of the result.
    may_guess : bool, default=True
        Whether to ask for a likely reason.
    """
    if isinstance(expected, tuple) and isinstance(got, tuple) and len(got) != len(expected):
        return f"{found} {len(got)} things: expected {len(expected)}."
    if isinstance(expected, tuple) and not isinstance(got, tuple):
        return (
            f"{found} {kind(got)}: expected a tuple of {len(expected)}, as Python makes it of "
            "values with commas between them."
        )
    if not isinstance(expected, np.ndarray):
        if isinstance(got, type(expected)) or fits_as_number(got, expected):
            return ""
        return f"{found} {kind(got)}: expected {kind(expected)}." + _how_to_collect(
            got, f"{type(expected).__name__}(…)"
        )
    if not isinstance(got, np.ndarray | np.generic):
        how = "as np.array(…) makes it."
        if isinstance(got, tuple) and len(got) == 1 and isinstance(got[0], np.ndarray):
            how = "which [0] takes out of it."
        return f"{found} {kind(got)}: expected an array, {how}" + _how_to_collect(
            got, "np.array(list(…))"
        )
    if got.shape != expected.shape:
        turned = may_guess and got.ndim > 1 and got.shape == expected.shape[::-1]
        return f"The shape is {got.shape}: expected {expected.shape}." + (
            " Are the axes swapped?" if turned else ""
        )
    if not fits(got.dtype, expected.dtype):
        whole = " (dtype=int)" if np.issubdtype(expected.dtype, np.integer) else ""
        return f"The numbers are of dtype {got.dtype}: expected {expected.dtype}{whole}."
    return ""


def _how_to_collect(got, by):
    return f" {by} around it collects what it gives." if isinstance(got, Iterator) else ""


def wrong_part(got, expected, *, may_guess=True):
    """Say which of several results are right, and pick the part to look at.

    Parameters
    ----------
    got, expected : object
        What came, and what should have come.
    may_guess : bool, default=True
        Whether to say that the results are right, and their order is wrong.

    Returns
    -------
    str
        A sentence if there are several results, as many as expected, or a dictionary; else empty.
    got, expected : object
        Of a dictionary, and if there are arrays among the results, or the first that is wrong is
        of another type than expected, the first part that is wrong; else all.

    Examples
    --------
    >>> wrong_part((1.0, 2.0, 5.0), (1.0, 2.0, 3.0))
    ('Of the 3 results, number 3 is not right.', (1.0, 2.0, 5.0), (1.0, 2.0, 3.0))
    """
    if isinstance(expected, dict) and isinstance(got, dict):
        return _wrong_entry(got, expected)
    if not _are_several(got, expected):
        return "", got, expected
    if _is_permuted(got, expected):
        said = "These are the right results in another order."
        return said if may_guess else "", got, expected
    wrong = wrong_numbers(got, expected)
    if all(map(_is_no_array, got, expected)):
        return f"Look at the first of the {len(expected)} results.", got[0], expected[0]
    if len(wrong) == len(expected):
        said = f"None of the {len(expected)} results is right."
    else:
        said = f"Of the {len(expected)} results, number {listed(wrong)} not right."
    first = wrong[0] - 1
    are_arrays = any(isinstance(part, np.ndarray) for part in expected)
    if not are_arrays and not about_kind(got[first], expected[first]):
        return said, got, expected
    if len(wrong) > 1:
        said += f" Shown is number {wrong[0]}."
    return said, got[first], expected[first]


def wrong_numbers(got, expected):
    """List which of several results are not right, by their numbers from 1.

    Examples
    --------
    >>> wrong_numbers((1.0, 2.0, 5.0), (1.0, 2.0, 3.0)), wrong_numbers(1.0, 2.0)
    ([3], [])
    """
    if not _are_several(got, expected):
        return []
    pairs = zip(got, expected, strict=True)
    return [number for number, both in enumerate(pairs, start=1) if not same(*both)]


def listed(numbers):
    """Write numbers with the verb that fits.

    Examples
    --------
    >>> listed([2]), listed([1, 2, 4])
    ('2 is', '1, 2 and 4 are')
    """
    *first, last = map(str, numbers)
    return f"{', '.join(first)} and {last} are" if first else f"{last} is"


def _are_several(got, expected):
    """Tell whether there are several results, with numbers among them, and as many as expected."""
    are_tuples = isinstance(got, tuple) and isinstance(expected, tuple)
    several = are_tuples and len(got) == len(expected) > 1
    return several and any(map(_has_numbers, expected))


def _is_permuted(got, expected):
    """Tell whether several results are the expected ones in some order."""
    return any(all(map(same, order, expected)) for order in permutations(got))


def _wrong_entry(got, expected):
    """Say which names of a dictionary are wrong, or pick the first entry that is."""
    if got.keys() != expected.keys():
        said = f"The names in the dictionary are {shown(list(got))}: expected {list(expected)}."
        return said, got, expected
    name = next(name for name in expected if not same(got[name], expected[name]))
    return f"Look at {name!r} in the dictionary.", got[name], expected[name]


def _is_no_array(got, expected):
    return isinstance(expected, np.ndarray) and not isinstance(got, np.ndarray | np.generic)


def holds_arrays(value):
    """Tell whether a value is a list, or a dictionary, with arrays in it.

    Examples
    --------
    >>> holds_arrays({"b_h": np.zeros(2)}), holds_arrays(["dog", "man"])
    (True, False)
    """
    parts = value.values() if isinstance(value, dict) else value
    return isinstance(value, dict | list) and any(isinstance(part, np.ndarray) for part in parts)


def _has_numbers(part):
    return isinstance(part, np.ndarray | float | np.floating)


def about_infinities(got, expected):
    """Say that there are no finite numbers where there should be, or return an empty string."""
    got, expected = _as_numbers(got), _as_numbers(expected)
    if got is None or expected is None:
        return ""
    if np.isnan(got).any() and not np.isnan(expected).any():
        return "There is a NaN (not a number) in it, as 0 / 0 and infinity - infinity make it."
    if np.isinf(got).any() and not np.isinf(expected).any():
        return "There is an infinity in it, as np.exp of a large number and 1 / 0 make it."
    return ""


def about_numbers(got, expected):
    """Say how wrong numbers are related to the right ones.

    Of several results in another order `wrong_part` tells.

    Parameters
    ----------
    got, expected : object
        What came, and what should have come.

    Returns
    -------
    str or None
        A sentence; empty if there is no relation, None if so few numbers cannot tell.

    Examples
    --------
    >>> about_numbers([2, 4], [1, 2])
    'Each number is 2 times the right one.'
    """
    if _are_several(got, expected) and _is_permuted(got, expected):
        return ""
    got, expected = _as_numbers(got), _as_numbers(expected)
    if got is None or expected is None or got.shape != expected.shape:
        return ""
    if _same_numbers(got, expected) or not np.isfinite(got).all():
        return ""
    if len(np.unique(np.abs(expected[expected != 0]))) < 2:
        return None  # of a single number, everything is a multiple
    if _same_numbers(got, -expected):
        return "These are the right numbers with the sign turned."
    if any(_same_numbers(got, np.flip(expected, axis)) for axis in range(expected.ndim)):
        return "These are the right numbers in reverse order."
    if expected.ndim == 2 and _same_numbers(got, expected.T):
        return "These are the right numbers with rows and columns swapped."
    factor = float(np.vdot(got, expected) / np.vdot(expected, expected))
    if factor and _same_numbers(got, factor * expected):
        return f"Each number is {factor:.4g} times the right one."
    difference = float((got - expected).flat[0])
    if _same_numbers(got, expected + difference):
        return f"Each number is off by the same amount, {difference:.4g}."
    if _same_numbers(np.sort(got, axis=None), np.sort(expected, axis=None)):
        return "These are the right numbers in another order."
    return ""


def _as_numbers(value):
    try:
        if isinstance(value, dict):
            value = np.concatenate([np.ravel(value[name]) for name in sorted(value)])
        array = np.asarray(value)
    except Exception:  # a ragged list, or names that cannot be sorted
        return None
    return array.astype(float, copy=False) if array.dtype.kind in "iuf" else None


def kind(value):
    """Name the type of a value, with its article.

    Examples
    --------
    >>> kind([]), kind(1), kind(np.zeros(2))
    ('a list', 'an int', 'an array')
    """
    name = "array" if type(value) is np.ndarray else type(value).__name__
    if isinstance(value, np.floating):
        name = "float"
    return f"{'an' if name[:1].lower() in set('aeiou') else 'a'} {name}"


def shown(value):
    """Write a value short enough to be read, an array with its shape.

    Examples
    --------
    >>> shown(np.array([[0.5, -0.25]])), shown(1 / 3), shown(["dog"])
    ('[[ 0.5 , -0.25]] (shape (1, 2))', '0.333333', "['dog']")
    """
    if callable(value):
        return f"the function {getattr(value, '__name__', 'without a name')}"
    if isinstance(value, np.ndarray):
        value = np.asarray(value)  # a class of the learner's own might not add or print
        is_small = value.size <= 1000  # of a large one the ends are shown only
        text = np.array2string(
            value + 0.0 if is_small and value.dtype.kind == "f" else value, precision=4,
            suppress_small=True, separator=", ", threshold=40,
        )  # fmt: skip
        return shortened(" ".join(text.split()), 2 * MOST_LETTERS) + f" (shape {value.shape})"
    if isinstance(value, float | np.floating):
        text = f"{value:.6g}"
        return text + ".0" if text.lstrip("-").isdecimal() else text
    if type(value) is tuple and 1 < len(value) < 9 and any(map(_has_numbers, value)):
        return shortened(f"({', '.join(map(shown, value))})", 2 * MOST_LETTERS)
    try:
        return shortened(repr(_plain(value)))
    except Exception as error:  # the learner's own classes can raise anything
        return f"{kind(value)} that cannot be shown ({type(error).__name__})"


def _plain(value):
    """Return the numbers and strings of Python in place of NumPy's, in lists and tuples, too."""
    if type(value) in (list, tuple) and any(isinstance(part, np.generic) for part in value):
        return type(value)(map(_plain, value))
    return value.item() if isinstance(value, np.generic) else value


def shortened(text, most=MOST_LETTERS):
    """Put a text into one line, and cut off the end of one that is too long to be read."""
    text = " ".join(line.strip() for line in text[: 10 * most].splitlines())
    return text if len(text) <= most else text[: most - 3] + "…"


def size(value):
    """Count the numbers, or letters, that a value is made of, to find the smallest example.

    Examples
    --------
    >>> size(np.zeros((2, 3))), size(["dog", "man"]), size(7)
    (6, 6, 1)
    """
    if isinstance(value, np.ndarray | str):
        return value.size if isinstance(value, np.ndarray) else len(value)
    if isinstance(value, dict):
        return sum(map(size, value)) + sum(map(size, value.values()))
    if isinstance(value, list | tuple):
        return sum(map(size, value))
    return 1


def not_small(rng, shape, smallest=0.3, largest=0.9, *, decimals=2):
    """Draw numbers of both signs, large enough for each to make a difference that can be seen."""
    signs = rng.choice([-1, 1], size=shape)
    return (signs * rng.uniform(smallest, largest, size=shape)).round(decimals)
