"""The recurrent cell, with its three terms and the values they have (notebook 03)."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.path import Path

from rnnhelpers._validation import check_count, check_real, check_text
from rnnhelpers.cells import rnn_step
from rnnhelpers.figures.labels import (
    capitalized,
    enumerated,
    scientific,
    text_width,
    vector_in_words,
    where_largest,
    write,
    written,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import (
    BODY,
    COLORS,
    COUNTS,
    SIGNED,
    course_style,
    fixed,
    ink_on,
    new_figure,
    number,
)

MOST_UNITS_WITH_NUMBERS = 8
MOST_FEATURES_WITH_NUMBERS = 12
MOST_FEATURES_AS_STRIPES = 120
LOWEST_WITH_NUMBER = 0.15
"""Height in inches that a number needs."""

WIDEST_INPUT = 4.4
"""In inches: a wider input is drawn without its numbers."""

BOTTOM = 1.3
"""Height in inches of the lower end of the columns; the input is below."""

DARKEST = 1.5
"""From here on a number has the darkest shade: the same in every picture, so that they compare."""

SATURATED = 0.95
"""From here on the slope of tanh, 1 - h², is less than a tenth."""


def draw_cell(x, h_prev, W_xh, W_hh, b_h, *, word=None, step=None):
    r"""Draw one time step of one sequence: where each number of the new state comes from.

    .. math:: h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)

    Parameters
    ----------
    x : array-like of shape (n_features,) or (1, n_features)
        Current input.
    h_prev : array-like of shape (n_hidden,) or (1, n_hidden)
        State before this step.
    W_xh, W_hh, b_h : array-like
        The parameters, as for `rnnhelpers.cells.rnn_step`.
    word : str, optional
        The token that `x` stands for.
    step : int, optional
        The number of the time step, from 1, to be written in the place of *t*.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the three terms, their sum and the new state, which
        term moves the sum most, and which units are saturated.

    Raises
    ------
    TypeError
        If an array does not hold real numbers, `word` is no text, or `step` no whole number.
    ValueError
        If the shapes do not fit together, there is more than one sequence, no hidden unit, or a
        number that is not finite.

    Examples
    --------
    >>> fig = draw_cell([1.0, 0.0], [0.5], [[0.3], [0.6]], [[-0.4]], [0.1], word="dog", step=2)
    >>> print(fig.alternative)
    The cell at time step 2, reading "dog". Input term 0.30; state term -0.20; bias 0.10;
    their sum 0.20; new state, the tanh of the sum, 0.20. The sum is moved most by the input
    term. The unit is not saturated.
    """
    arrays = {"x": x, "h_prev": h_prev, "W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}
    x, h_prev, W_xh, W_hh, b_h = (check_real(name, a, float) for name, a in arrays.items())
    x, h_prev = np.atleast_2d(x), np.atleast_2d(h_prev)
    if len(x) != 1:
        raise ValueError(f"x has shape {x.shape}: expected one sequence; draw x[[0]], for instance")
    h = rnn_step(x, h_prev, W_xh, W_hh, b_h)[0]
    check_units(h)
    if step is not None:
        step = check_count("step", step)
    if word is not None:
        check_text("word", word, may_be_empty=True)
    terms = {
        "input term": (x @ W_xh)[0],
        "state term": (h_prev @ W_hh)[0],
        "bias": b_h,
    }
    total = sum(terms.values())
    with course_style():
        fig = _draw(x[0], h_prev[0], terms, total, h, word, step)
    return describe(fig, _in_words(terms, total, h, word, step))


def _draw(x, h_prev, terms, total, h, word, step):
    """Draw the state before, the body of the cell with the sum, the new state; the input below."""
    now, before = ("t", "t-1") if step is None else (str(step), str(step - 1))
    height = column_height(len(h), each=0.5, most=1.9)
    fig, ax = new_canvas(8, BOTTOM + height + 0.88)
    draw_body(ax, 4.1, BOTTOM - 0.45, 5.4, height + 1.2, rounding=0.2)
    from_input, from_state, bias = terms.values()
    for center, values, label, role in (
        (0.65, h_prev, rf"$h_{{{before}}}$", "state"),
        (1.95, from_input, rf"$x_{{{now}}}\,W_{{xh}}$", "input"),
        (3.05, from_state, rf"$h_{{{before}}}\,W_{{hh}}$", "state"),
        (4.15, bias, r"$b_h$", "weight"),
        (5.25, total, rf"$a_{{{now}}}$", "weight"),
        (7.35, h, rf"$h_{{{now}}}$", "state"),
    ):
        draw_column(ax, center, BOTTOM, 0.72, height, values, COLORS[role], scale=DARKEST)
        write(ax, center, BOTTOM - 0.08, label, color=COLORS[role], va="top")
    _draw_operations(ax, height)
    has_scale = len(h) > MOST_UNITS_WITH_NUMBERS
    if has_scale:
        _explain_shades(ax, height, len(h))
    _draw_input(ax, x, word, now, end=6.9 if has_scale else 7.9)
    return fig


def _draw_operations(ax, height):
    """Draw how the terms become the new state, and how the state before becomes its term."""
    middle, top = BOTTOM + height / 2, BOTTOM + height
    for center, sign in ((2.5, "+"), (3.6, "+"), (4.7, "=")):
        write(ax, center, middle, sign, 16)
    draw_arrow(ax, [(5.68, middle), (6.94, middle)], COLORS["state"])
    write(ax, 6.22, middle + 0.08, "tanh", va="bottom")
    way = [(0.65, top + 0.05), (1.85, top + 0.53), (3.05, top + 0.05)]
    draw_arrow(ax, way, COLORS["state"], is_curved=True)
    write(ax, 1.95, top + 0.32, r"$\times\,W_{hh}$", color=COLORS["weight"], va="bottom")


def _explain_shades(ax, height, n_units):
    """Say, where there is no room for numbers, which row is which unit and what a shade means."""
    left = 0.2
    write(ax, left, BOTTOM + height, "1", 9, ha="right", va="top")
    write(ax, left - 0.06, BOTTOM + height / 2, "unit", 9, rotation=90)
    write(ax, left, BOTTOM, str(n_units), 9, ha="right", va="bottom")
    for y, share, text in (
        (0.72, 1.0, f"≥ {DARKEST}"),
        (0.46, 0.5, "0"),
        (0.2, 0.0, f"≤ -{DARKEST}"),
    ):
        draw_box(ax, 7.0, y, 0.18, 0.18, facecolor=SIGNED(share), edgecolor="#888888")
        write(ax, 7.25, y + 0.09, text, 9, ha="left")


def _draw_input(ax, x, word, now, end):
    """Draw the input below the cell, as a row as far as `end`, and the arrow to its term."""
    center, bottom, height = 1.95, 0.2, 0.34
    middle, color = bottom + height / 2, COLORS["input"]
    values, texts, width = _cells_of_input(x)
    left = max(0.12, center - len(values) * width / 2)
    right = left + len(values) * width
    edge = color if any(texts) else "none"
    for corner, text, shade in zip(
        left + width * np.arange(len(values)), texts, _shades_of_input(values), strict=True
    ):
        draw_box(ax, corner, bottom, width, height, facecolor=shade, edgecolor=edge)
        write(ax, corner + width / 2, middle, text, 10, ink_on(shade))
    draw_box(ax, left, bottom, right - left, height, fill=False, edgecolor=color)
    name = rf"$x_{{{now}}}$"
    if word:
        room = end - right - 0.12 - text_width(f'x{now} = ""', 13)
        name += f' = "{written(word, 13, room)}"'
    write(ax, right + 0.12, middle, name, color=color, ha="left")
    draw_arrow(ax, [(center, bottom + height + 0.03), (center, BOTTOM - 0.36)], color)
    write(ax, center + 0.12, 0.7, r"$\times\,W_{xh}$", color=COLORS["weight"], ha="left")


def _cells_of_input(x):
    """Return the values to draw, what to write in each, and the width of each in inches."""
    if 0 < len(x) <= MOST_FEATURES_WITH_NUMBERS:
        texts = [number(value, 1) for value in x]
        width = max(0.31, 0.09 + max(text_width(text, 10) for text in texts))
        if len(x) * width <= WIDEST_INPUT:
            return x, texts, width
    if len(x) > MOST_FEATURES_AS_STRIPES:  # so that a single 1 is still to be seen
        bins = np.array_split(x, MOST_FEATURES_AS_STRIPES)
        x = np.array([part[np.abs(part).argmax()] for part in bins])
    return x, [""] * len(x), 3.2 / max(1, len(x))


def _shades_of_input(x):
    """Shade an input as counts, or with both signs where it has numbers below zero."""
    if (x < 0).any():
        return [SIGNED(0.5 + 0.5 * value / DARKEST) for value in x]
    return [COUNTS(0.55 * min(value, 1)) for value in x]


def _in_words(terms, total, h, word, step):
    """Say the parts, their numbers, and what to see in them."""

    def told(values):
        return vector_in_words(values, MOST_UNITS_WITH_NUMBERS)

    read = f', reading "{word}"' if word else ""
    at = f" at time step {step}" if step is not None else ""
    parts = "; ".join(f"{name} {told(term)}" for name, term in terms.items())
    return (
        f"The cell{at}{read}. {capitalized(parts)}; their sum {told(total)}; "
        f"new state, the tanh of the sum, {told(h)}. "
        f"{_what_moves_the_sum(terms)} {_what_is_saturated(h)}"
    )


def _what_moves_the_sum(terms):
    """Say which of the terms is the largest, sign aside, and in which units."""
    sizes = np.abs(np.array(list(terms.values())))
    if not sizes.any():
        return "All three terms are zero."
    n_units, largest = sizes.shape[1], np.apply_along_axis(where_largest, 0, sizes)
    largest[~sizes.any(axis=0)] = -1  # nothing moves the sum of this unit
    moved = {name: np.flatnonzero(largest == i) for i, name in enumerate(terms)}
    moved = {name: units for name, units in moved.items() if len(units)}
    if len(moved) == 1 and n_units == len(*moved.values()):
        every = " in every unit" if n_units > 1 else ""
        return f"The sum is moved most by the {next(iter(moved))}{every}."
    by = [f"by the {name} in {_units_in_words(units, n_units)}" for name, units in moved.items()]
    return f"The sum is moved most {', '.join(by)}."


def _what_is_saturated(h):
    """Say which units are so close to -1 or 1 that tanh is flat there."""
    saturated = np.flatnonzero(np.abs(h) >= SATURATED)
    if len(h) == 1:
        return f"The unit is {'' if len(saturated) else 'not '}saturated."
    if not len(saturated):
        return "No unit is saturated."
    if len(saturated) == len(h):
        return "All units are saturated, close to -1 or 1."
    be = "is" if len(saturated) == 1 else "are"
    units = _units_in_words(saturated, len(h))
    return f"{capitalized(units)} {be} saturated, close to -1 or 1."


def _units_in_words(units, n_units):
    """Name some of the units, or count them if the layer has many."""
    if n_units > MOST_UNITS_WITH_NUMBERS:
        return f"{len(units)} of {n_units} units"
    return f"unit{'s' if len(units) > 1 else ''} {enumerated([unit + 1 for unit in units])}"


# What the pictures of chains are drawn with, too -----------------------------------------------


def check_units(h):
    """Raise unless there is a hidden unit to draw."""
    if not h.size:
        raise ValueError("W_hh has shape (0, 0), so there is no hidden unit: expected one or more")


def new_canvas(width, height):
    """Make a figure without axes, whose coordinates are inches from its lower left corner."""
    fig, ax = new_figure(width, height)
    fig.set_layout_engine("none")
    ax.set_position([0, 0, 1, 1])
    ax.set(xlim=(0, width), ylim=(0, height))
    ax.axis("off")
    return fig, ax


def column_height(n_units, each, most):
    """Return the height in inches of a column of units, at least 0.5."""
    return min(max(0.5, each * n_units), most)


def draw_body(ax, center, bottom, width, height, *, rounding=0.06, is_framed=False):
    """Draw the body of a cell, with a thick frame if it is the one of this moment."""
    edge = ("black", 3) if is_framed else ("#888888", 1.5)
    ax.add_patch(
        FancyBboxPatch(
            (center - width / 2, bottom), width, height, facecolor=BODY, edgecolor=edge[0],
            linewidth=edge[1], boxstyle=f"round,pad=0,rounding_size={rounding}",
        )
    )  # fmt: skip


def draw_box(ax, left, bottom, width, height, **style):
    """Draw a rectangle."""
    ax.add_patch(Rectangle((left, bottom), width, height, **style))


def draw_column(ax, center, bottom, width, height, values, color, *, scale=1.0, numbers=True):
    """Draw a vector as a column of shaded cells, framed in the colour of what it is.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw, from `new_canvas`.
    center, bottom, width, height : float
        Place and size in inches.
    values : ndarray of shape (n_hidden,)
        The numbers, the first one on top.
    color : matplotlib color
        Of the frame.
    scale : float, default=1.0
        The number that gets the darkest shade.
    numbers : bool, default=True
        Whether to write the numbers too, if there are few enough.
    """
    each, left = height / len(values), center - width / 2
    edges = bottom + height - each * np.arange(len(values) + 1)
    norm = Normalize(-scale, scale)
    ax.pcolormesh([left, left + width], edges, values[:, None], cmap=SIGNED, norm=norm)
    if numbers and len(values) <= MOST_UNITS_WITH_NUMBERS and each >= LOWEST_WITH_NUMBER:
        size = 9 if width < 0.6 else 10 if each < 0.3 else 12
        for value, top in zip(values, edges, strict=False):
            ink = ink_on(SIGNED(norm(value)))
            write(ax, center, top - each / 2, _fitting(value, size, width - 0.06), size, ink)
    draw_box(ax, left, bottom, width, height, fill=False, edgecolor=color, linewidth=2.5)


def _fitting(value, size, room):
    """Write a number with as many decimals as there is room for, at most two."""
    texts = [*(fixed(value, decimals) for decimals in (2, 1, 0)), scientific(value, 0)]
    return next((text for text in texts if text_width(text, size) <= room), texts[-1])


def draw_arrow(ax, points, color, *, linewidth=2, head=16, is_curved=False):
    """Draw an arrow of the forward pass along some points; if curved, of three points."""
    codes = [Path.MOVETO, Path.CURVE3, Path.CURVE3] if is_curved else None
    ax.add_patch(
        FancyArrowPatch(
            path=Path(points, codes), arrowstyle="-|>", mutation_scale=head, linewidth=linewidth,
            color=color,
        )
    )  # fmt: skip
