"""The words, numbers and places of labels, in the pictures and in their text alternatives."""

import re
import textwrap
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache

import numpy as np
from matplotlib.font_manager import FontProperties
from matplotlib.patheffects import withStroke
from matplotlib.textpath import TextPath
from scipy.optimize import isotonic_regression

from rnnhelpers._validation import check_count, check_labels
from rnnhelpers.figures.style import fixed

ROUNDING = 1e-9
"""By what part of it two numbers may differ and count as equal."""
TINY = 1e-15
"""By how much two numbers near zero may differ and count as equal."""
MOST_LETTERS = 24
"""Of a label, unless its picture has room for more or less."""

MOST_LINES_OF_A_WORD = 3
VISIBLE_SPACE = str.maketrans({" ": "␣", "\n": "↵", "\t": "⇥"})

# How wide it is --------------------------------------------------------------------------------


def text_width(text, size=10):
    """Return how wide a text is with a font of this size, in inches."""
    return _width_per_point(text) * size


@lru_cache(maxsize=4096)
def _width_per_point(text):
    if not text.strip():
        return 0.0
    font = FontProperties(family="DejaVu Sans")
    return float(TextPath((0, 0), text, size=10, prop=font).vertices[:, 0].max()) / 720


# How a word is written where there is little room ----------------------------------------------


def shortened(text, most=MOST_LETTERS):
    r"""Write a label so that it can be read: not too long, spaces visible, dollars as such.

    Examples
    --------
    >>> shortened("internationalisation", 8), shortened("5$")
    ('interna…', '5\\$')
    >>> shortened(" "), shortened("\t"), shortened("\n")
    ('␣', '⇥', '↵')
    """
    text = _visible(text)
    return _plain(text if len(text) <= most else _cut(text, most - 1))


def written(word, size, room):
    """Write a label as `shortened` does, with as many letters as fit into this many inches.

    Examples
    --------
    >>> written("dog", 9, room=1), written("a very long token", 9, room=0.55)
    ('dog', 'a very…')
    """
    word = _visible(word)
    if text_width(_plain(word), size) > room:
        fitting = bisect_right(
            range(1, len(word)), room, key=lambda kept: text_width(_plain(_cut(word, kept)), size)
        )
        word = _cut(word, max(1, fitting))
    return _plain(word)


def broken(word, room, size=9):
    r"""Break a word into as few lines as fit, of about the same length.

    Examples
    --------
    >>> broken("dog", room=0.8), broken("internationalisation", room=0.8)
    ('dog', 'internatio-\nnalisation')
    """
    word = _visible(word)
    for n_lines in range(1, MOST_LINES_OF_A_WORD + 1):
        length = max(1, -(-len(word) // n_lines))
        parts = [word[start : start + length] for start in range(0, len(word), length)]
        lines = [_plain(f"{part}-") for part in parts[:-1]] + [_plain(part) for part in parts[-1:]]
        if all(text_width(line, size) <= room for line in lines):
            return "\n".join(lines)
    return written(word, size, room)


def wrapped(text, width, size=10):
    r"""Break a line between its words so that it is not wider than this many inches.

    Examples
    --------
    >>> wrapped("the loss while the network learns", width=1.5)
    'the loss while the\nnetwork learns'
    """
    letters = max(8, int(len(text) * width / max(text_width(text, size), 1e-9)))
    return "\n".join(textwrap.wrap(text, letters)) if letters < len(text) else text


def _visible(text):
    """Show what cannot be seen: a token can be a space or the end of a line."""
    text = str(text)
    return text.translate(VISIBLE_SPACE) if not text.strip() or "\n" in text else text


def _cut(text, kept):
    return text if len(text) <= kept else text[:kept].rstrip() + "…"


def _plain(text):
    return re.sub(r"(?<!\\)\$", r"\\$", text)  # two dollars would be read as a formula


# How numbers are written, beside `number` and `fixed` ------------------------------------------


def sensible(value):
    """Write a number for a text alternative: two decimals, or two digits if it is tiny or huge.

    Examples
    --------
    >>> sensible(0.5), sensible(3.0), sensible(-1e-9), sensible(123456.0)
    ('0.50', '3', '-1e-09', '123456')
    """
    size = abs(value)
    if size < 1e6 and (size >= 1000 or float(value).is_integer()):
        return fixed(value, 0)
    return fixed(value) if 0.005 <= size < 1000 else f"{value:.2g}"


def significant(size):
    """Write a size, which can be of any order, with two significant digits.

    Examples
    --------
    >>> [significant(size) for size in (0.0, 3.2e-8, 0.031, 0.5, 1.0, 12.3, 123.4, 2.5e6)]
    ['0', '3.2e-8', '0.031', '0.50', '1.0', '12', '123', '2.5e6']
    """
    if size == 0:
        return "0"
    if not 0.01 <= size < 999.5:
        return scientific(size)
    return f"{size:.0f}" if size >= 99.5 else f"{size:#.2g}".rstrip(".")


def scientific(value, decimals=1):
    """Write a number with its power of ten, as short as can be; zero bare.

    Examples
    --------
    >>> scientific(0.00032), scientific(-2e6, decimals=0), scientific(0)
    ('3.2e-4', '-2e6', '0')
    """
    mantissa, exponent = f"{value:.{decimals}e}".split("e")
    return f"{mantissa}e{int(exponent)}" if value else "0"


# How things are told ---------------------------------------------------------------------------


def counted(n, thing):
    """Count things.

    Examples
    --------
    >>> counted(1, "feature"), counted(1000, "feature")
    ('1 feature', '1,000 features')
    """
    return f"{n:,} {thing}{'' if n == 1 else 's'}"


def enumerated(things):
    """Join things as in a sentence.

    Examples
    --------
    >>> enumerated([1]), enumerated([1, 2]), enumerated([1, 2, 3])
    ('1', '1 and 2', '1, 2 and 3')
    """
    *others, last = map(str, things)
    return f"{', '.join(others)} and {last}" if others else last


def capitalized(text):
    """Begin a sentence.

    Examples
    --------
    >>> capitalized("bias 0.10; W_hh as it is")
    'Bias 0.10; W_hh as it is'
    """
    return text[:1].upper() + text[1:]


def are_largest(values):
    """Tell of each number whether it is the largest, but for rounding errors.

    Examples
    --------
    >>> are_largest(np.array([0.1, 0.3, 0.1 + 0.2]))
    array([False,  True,  True])
    """
    largest = np.max(values)
    return np.asarray(values) >= largest - ROUNDING * abs(largest) - TINY


def where_largest(values):
    """Return the flat index of the largest number: of equal ones, the first.

    Numbers count as equal that differ by rounding errors only, which are other ones on another
    computer: so the place that a text alternative names does not depend on it.

    Examples
    --------
    >>> where_largest(np.array([0.1, 0.3, 0.1 + 0.2]))
    1
    """
    return int(np.argmax(are_largest(values)))


def where_smallest(values):
    """Return the flat index of the smallest number: of equal ones, the first.

    Examples
    --------
    >>> where_smallest(np.array([3.0, 1.0, 1.0]))
    1
    """
    return where_largest(-np.asarray(values))


def vector_in_words(values, most):
    """Read out the numbers of all units, or the extreme ones if there are more than `most`.

    Examples
    --------
    >>> vector_in_words(np.array([0.5, -1.0]), most=2)
    '0.50 and -1.00'
    >>> vector_in_words(np.array([0.5, -1.0]), most=1)
    '2 numbers from -1.00 (unit 2) to 0.50 (unit 1)'
    """
    if len(values) <= most:
        return enumerated([fixed(value) for value in values])
    low, high = where_smallest(values), where_largest(values)
    return (
        f"{len(values)} numbers from {fixed(values[low])} (unit {low + 1}) "
        f"to {fixed(values[high])} (unit {high + 1})"
    )


# Time steps and their words --------------------------------------------------------------------


def check_titles(name, arrays, what):
    """Refuse anything but a dict of arrays under their titles."""
    if not isinstance(arrays, Mapping):
        raise TypeError(
            f"{name} is of type {type(arrays).__name__}: expected a dict, each {what} under its "
            f'title; for a single one use {{"a title": {name}}}'
        )


def check_words(words, n_steps):
    """Return one text for each time step, empty ones if there are none, or raise."""
    if words is None:
        return [""] * n_steps
    if isinstance(words, str | bytes):
        raise TypeError(f"words is the text {words!r}: expected a list, one word for each step")
    words = check_labels("words", words)
    if len(words) != n_steps:
        raise ValueError(
            f"got {len(words)} words for {n_steps} time steps: expected one word for each; "
            "were they tokenized in another way?"
        )
    return words


def check_step(step, n_steps, smallest=1):
    """Return a step as an int, or None as it is; raise if there is no such step."""
    if step is None:
        return None
    step = check_count("step", step, smallest)
    if step > n_steps:
        raise ValueError(
            f"step is {step}: expected {smallest} to {n_steps}; the first step has the number 1"
        )
    return step


def step_in_words(step, words, *, bracketed=False):
    """Name a time step, from 1, and its word if it has one.

    Examples
    --------
    >>> step_in_words(2, ["dog", "bites"]), step_in_words(2, ["", ""])
    ('step 2 "bites"', 'step 2')
    >>> step_in_words(2, ["dog", "bites"], bracketed=True)
    'step 2 ("bites")'
    """
    word = f'"{words[step - 1]}"' if words[step - 1] else ""
    return f"step {step} {f'({word})' if word and bracketed else word}".rstrip()


def steps_in_words(words, step=None):
    """Say which time steps are shown, all or those up to a step.

    Examples
    --------
    >>> steps_in_words(["dog", "bites", "man"], step=2)
    'from 1 "dog" to 2 "bites", of 3'
    """
    last = len(words) if step is None else step
    end = f'{last} "{words[last - 1]}"'
    shown = end if last == 1 else f'from 1 "{words[0]}" to {end}'
    return shown if last == len(words) else f"{shown}, of {len(words)}"


# Where labels stand ----------------------------------------------------------------------------


def write(ax, x, y, text, size=13, color="black", *, ha="center", va="center", **style):
    """Write a text at a place, in its middle unless the alignment says another."""
    ax.text(x, y, text, fontsize=size, color=color, ha=ha, va=va, **style)


def in_inches(points, limits, size):
    """Return where points are on the page, in inches from the middle of a plane.

    Parameters
    ----------
    points : array-like of shape (..., 2)
        Across and upwards, as the axes count.
    limits : array-like of shape (2, 2)
        The lower and the upper end of both axes, one row each.
    size : float or array-like of shape (2,)
        Width and height of the plane in inches.

    Examples
    --------
    >>> in_inches([0.0, 3.0], limits=[[0, 4], [1, 3]], size=2)
    array([-1.,  1.])
    """
    limits = np.asarray(limits, dtype=float)
    return ((np.asarray(points) - limits[:, 0]) / np.ptp(limits, axis=1) - 0.5) * size


def place_labels(points, texts, lines, bounds):
    """Find a place near its point for each label, clear of other labels, points and lines.

    Parameters
    ----------
    points : array of shape (n_labels, 2)
        Where the labelled points are, in inches from the middle of the plane.
    texts : sequence of str
        What is written at each.
    lines : array of shape (n, 2)
        Points along the lines to keep clear of.
    bounds : float or array of shape (2,)
        How far from the middle a label may reach.

    Returns
    -------
    middles : array of shape (n_labels, 2)
        Where the middle of each label is, in inches from its point.
    is_crowded : bool
        Whether a label had to be placed on another one, far away or outside.

    Examples
    --------
    >>> middles, is_crowded = place_labels(np.zeros((1, 2)), ["dog"], np.zeros((1, 2)), bounds=2)
    >>> middles.round(1), is_crowded
    (array([[0.2, 0.1]]), False)
    """
    boxes, middles, is_crowded = [], [], False
    directions = [(1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0)]
    for point, text in zip(points, texts, strict=True):
        half = np.array([text_width(text) / 2 + 0.03, 0.09])
        gaps = np.repeat([0.05, 0.15, 0.3, 0.5, 0.75], len(directions))
        tried = np.tile(directions, (5, 1)) * (half + gaps[:, None])
        place = point + tried
        cost = 20 * gaps + np.tile(np.arange(8), 5) * 0.1
        for obstacles, weight in ((lines, 2), (points, 30)):
            inside = np.abs(place[:, None] - obstacles) < half + 0.03
            cost += weight * inside.all(axis=2).sum(axis=1)
        collides = (np.abs(place) + half > bounds).any(axis=1)
        for middle, other in boxes:
            collides |= (np.abs(place - middle) < half + other).all(axis=1)
        best = int((cost + 1000 * collides).argmin())
        is_crowded |= bool(collides[best]) or gaps[best] > 0.4
        boxes.append((place[best], half))
        middles.append(tried[best])
    return np.array(middles).reshape(-1, 2), bool(is_crowded)


def write_label(ax, point, middle, text, color="black"):
    """Write a label where `place_labels` found room, with a thin line if it is far away."""
    far = np.abs(middle).max() > 0.3 and np.linalg.norm(middle) - text_width(text) / 2 > 0.22
    line = {"arrowstyle": "-", "color": color, "linewidth": 0.7, "shrinkB": 3}
    ax.annotate(
        text, point, xytext=middle * 72, textcoords="offset points", ha="center", va="center",
        color=color, fontsize=10, path_effects=[withStroke(linewidth=3, foreground="white")],
        arrowprops=line if far else None, annotation_clip=False, zorder=6,
    )  # fmt: skip


def spread(places, heights):
    """Move labels apart so that none lies on another, as little as possible, between 0 and 1.

    Examples
    --------
    >>> [round(place, 2) for place in spread([0.5, 0.5, 0.98], [0.1, 0.1, 0.1])]
    [0.45, 0.55, 0.95]
    """
    heights = np.asarray(heights, dtype=float)
    order = np.argsort(places, kind="stable")
    lowest = np.cumsum(heights[order]) - heights[order] / 2  # where each would stand in a pile
    lifted = isotonic_regression(np.asarray(places, dtype=float)[order] - lowest).x
    moved = np.empty(len(heights))
    moved[order] = lowest + np.clip(lifted, 0, max(0.0, 1 - heights.sum()))
    return moved.tolist()
