"""The gradient of one shared weight: a product along the chain, a sum over time (notebook 05)."""

import numpy as np

from rnnhelpers._validation import check_real, check_shape, check_text
from rnnhelpers.figures.cell import draw_arrow, draw_box, new_canvas
from rnnhelpers.figures.labels import (
    check_step,
    check_words,
    counted,
    sensible,
    shortened,
    significant,
    step_in_words,
    where_largest,
    write,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import BODY, COLORS, course_style, fixed, new_figure
from rnnhelpers.figures.unrolled import PALE, PALE_INK

MOST_STEPS = 5
MOST_CONTRIBUTIONS = 28
MOST_NUMBERS = 10
DECIMALS = 3
TOP, MIDDLE = 2.25, 1.05
"""Height in inches of the middle of the states' boxes, and of the weight's."""

WIDTH, HEIGHT = 0.92, 0.62
"""Size in inches of each box."""


def draw_chain_rule(onward, entries, d_last, *, weight="w", step=None):
    r"""Draw the chain rule of a recurrent network with one unit: products, and their sum.

    The gradient of the last state goes back from state to state, multiplied at each step by a
    local slope. From each state it goes down to the weight, as this step uses it:

    .. math:: \frac{\partial L}{\partial w} = \sum_{t=1}^{T}
        \frac{\partial L}{\partial h_T}
        \left( \prod_{k=t+1}^{T} \frac{\partial h_k}{\partial h_{k-1}} \right)
        \frac{\partial h_t}{\partial w} \bigg|_{\text{its use at step } t}

    Parameters
    ----------
    onward : array-like of shape (n_steps - 1,)
        Slope of each state by the one before: :math:`\partial h_2/\partial h_1` first.
    entries : array-like of shape (n_steps,)
        Slope of each state by the weight, as this time step uses it; at most 5 time steps.
    d_last : float
        Gradient of the loss with respect to the last state.
    weight : str, default="w"
        The name of the weight.
    step : int, optional
        Draw only the product that belongs to the use of the weight at this time step, from 1.
        Without, all products are drawn, and their sum.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the factors, the products and the sum.

    Raises
    ------
    TypeError
        If something holds no real numbers, or `weight` is no text.
    ValueError
        If the sizes do not fit together, there are too many time steps or none, or a number is
        not finite.

    Notes
    -----
    Werbos, "Backpropagation through time: what it does and how to do it" (1990).

    Examples
    --------
    >>> fig = draw_chain_rule([0.5], [1.0, 0.25], 2.0, weight="w_hh", step=1)
    >>> print(fig.alternative)
    The gradient of the loss L by w_hh, back through 2 time steps. dL/dh_2 = 2; times 0.50 makes
    dL/dh_1 = 1. Use of w_hh at step 1: 2 times 0.50 times 1 = 1.
    """
    entries = check_real("entries", entries, float)
    if entries.ndim != 1 or not 1 <= len(entries) <= MOST_STEPS:
        raise ValueError(
            f"entries has shape {entries.shape}: expected one number for each of 1 to "
            f"{MOST_STEPS} time steps"
        )
    n_steps = len(entries)
    onward = check_real("onward", onward, float)
    check_shape("onward", onward, (n_steps - 1,), "one slope from each state to the next")
    d_last = check_real("d_last", d_last, float)
    check_shape("d_last", d_last, (), "a number")
    check_text("weight", weight)
    step = check_step(step, n_steps)
    d_h = d_last * np.cumprod([1.0, *onward[::-1]])[::-1]
    with course_style():
        fig = _draw(onward, entries, d_h, weight, step)
    return describe(fig, _in_words(onward, entries, d_h, weight, step))


def _draw(onward, entries, d_h, weight, step):
    """Draw the chain from right to left, and below it the uses of the weight."""
    n_steps = len(entries)
    fig, ax = new_canvas(8.0, 2.95)
    places = np.linspace(0.75, 7.4, n_steps + 1)
    write(ax, places[0] - WIDTH / 2, 0.32, _sum(onward, entries, d_h, weight, step), 11, ha="left")
    _write_box(ax, places[-1], TOP, "$L$", "the loss", "black", is_pale=False, width=0.8)
    for t in range(n_steps, 0, -1):
        is_on_the_way, is_meant = step is None or t >= step, step in (None, t)
        place, after = places[t - 1], places[t]
        factor = d_h[-1] if t == n_steps else onward[t - 1]
        _draw_factor(
            ax, (after - (0.4 if t == n_steps else WIDTH / 2), TOP), (place + WIDTH / 2, TOP),
            ("" if t == n_steps else "× ") + fixed(factor, DECIMALS), not is_on_the_way,
        )  # fmt: skip
        of_the_state = rf"$\partial L/\partial h_{t}$", fixed(d_h[t - 1], DECIMALS)
        _write_box(ax, place, TOP, *of_the_state, COLORS["state"], is_pale=not is_on_the_way)
        _draw_factor(
            ax, (place, TOP - HEIGHT / 2), (place, MIDDLE + HEIGHT / 2),
            f"× {fixed(entries[t - 1], DECIMALS)}", not is_meant,
        )  # fmt: skip
        product = d_h[t - 1] * entries[t - 1]
        used = f"use at {t}", fixed(product, DECIMALS)
        _write_box(ax, place, MIDDLE, *used, COLORS["weight"], is_pale=not is_meant)
    return fig


def _write_box(ax, center, middle, name, value, color, *, is_pale, width=WIDTH):
    """Draw a box with a name and a number in it; without the number if it is pale."""
    draw_box(
        ax, center - width / 2, middle - HEIGHT / 2, width, HEIGHT, facecolor=BODY,
        edgecolor=PALE if is_pale else color, linewidth=1 if is_pale else 2.5,
    )  # fmt: skip
    ink = PALE_INK if is_pale else "black"
    write(ax, center, middle + 0.14, name, 11, ink)
    if not is_pale:
        write(ax, center, middle - 0.15, value, 11 if value == "the loss" else 12, ink)


def _draw_factor(ax, start, end, text, is_pale):
    """Draw an arrow of the way back, and what is multiplied there, above or beside it."""
    color = PALE if is_pale else COLORS["gradient"]
    draw_arrow(ax, [start, end], color, linewidth=1 if is_pale else 2, head=10 if is_pale else 14)
    if is_pale:
        return
    if start[0] == end[0]:
        write(ax, start[0] + 0.08, (start[1] + end[1]) / 2, text, 10, COLORS["gradient"], ha="left")
    else:
        write(ax, (start[0] + end[0]) / 2, TOP + 0.45, text, 10, COLORS["gradient"])


def _sum(onward, entries, d_h, weight, step):
    """Write the product of one time step, or the sum of all."""
    gradient = rf"$\partial L/\partial${shortened(weight)}"
    if step:
        factors = _factors(onward, entries, d_h, step)
        product = " × ".join(_bracketed(factor, place) for place, factor in enumerate(factors))
        return f"{gradient}, use at {step}:  {product} = {fixed(np.prod(factors), DECIMALS)}"
    products = d_h * entries
    terms = " + ".join(_bracketed(product, place) for place, product in enumerate(products))
    return f"{gradient} = {terms} = {fixed(products.sum(), DECIMALS)}"


def _factors(onward, entries, d_h, step):
    """Return what is multiplied, from the loss back to the use of the weight at a step."""
    return [d_h[-1], *onward[step - 1 :][::-1], entries[step - 1]]


def _bracketed(value, place):
    """Write a number, in brackets if it is negative and not the first."""
    text = fixed(value, DECIMALS)
    return f"({text})" if text.startswith("-") and place else text


def _in_words(onward, entries, d_h, weight, step):
    """Read out the factors, the products and the sum."""
    n_steps = len(entries)
    said = [
        f"The gradient of the loss L by {weight}, back through {counted(n_steps, 'time step')}."
    ]
    back = [f"dL/dh_{n_steps} = {sensible(d_h[-1])}"]
    for t in range(n_steps - 1, (step or 1) - 1, -1):
        back.append(f"times {sensible(onward[t - 1])} makes dL/dh_{t} = {sensible(d_h[t - 1])}")
    said.append("; ".join(back) + ".")
    products = d_h * entries
    if step:
        factors = _factors(onward, entries, d_h, step)
        said.append(
            f"Use of {weight} at step {step}: {' times '.join(map(sensible, factors))} = "
            f"{sensible(products[step - 1])}."
        )
    else:
        each = ", ".join(
            f"step {t} {sensible(products[t - 1])} (dL/dh_{t} times {sensible(entries[t - 1])})"
            for t in range(1, n_steps + 1)
        )
        said.append(f"The uses of {weight}: {each}. Their sum is {sensible(products.sum())}.")
    return " ".join(said)


def draw_contributions(contributions, words=None, *, weight="w"):
    r"""Draw what each time step adds to the gradient of a shared weight, and the sum.

    Parameters
    ----------
    contributions : array-like of shape (n_steps,)
        What each use of the weight adds; at most 28 time steps.
    words : sequence of str, optional
        The token read at each time step.
    weight : str, default="w"
        The name of the weight.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the contributions, or the extreme ones, and their sum.

    Raises
    ------
    TypeError
        If `contributions` does not hold real numbers.
    ValueError
        If there are too many time steps or none, not one word for each, or a number that is not
        finite.

    Examples
    --------
    >>> fig = draw_contributions([0.5, -0.25], ["dog", "bites"], weight="w_hh")
    >>> print(fig.alternative)
    What each of 2 time steps adds to the gradient of w_hh: step 1 ("dog") 0.50, step 2
    ("bites") -0.25; together 0.25. The largest in size is that of step 1 ("dog").
    """
    contributions = check_real("contributions", contributions, float)
    if contributions.ndim != 1 or not 1 <= len(contributions) <= MOST_CONTRIBUTIONS:
        raise ValueError(
            f"contributions has shape {contributions.shape}: expected one number for each of 1 "
            f"to {MOST_CONTRIBUTIONS} time steps"
        )
    words = check_words(words, len(contributions))
    with course_style():
        fig = _draw_bars(contributions, words, weight)
    return describe(fig, _contributions_in_words(contributions, words, weight))


def _draw_bars(contributions, words, weight):
    """Draw a bar for each time step, and a hatched one for the sum at some distance."""
    n_steps, total = len(contributions), contributions.sum()
    fig, ax = new_figure(8.0 if n_steps > 3 else 6.0, 2.9)
    places = [*range(1, n_steps + 1), n_steps + 1.5]
    heights = [*contributions, total]
    bars = ax.bar(places, heights, width=0.6, color=COLORS["gradient"], edgecolor="white")
    bars[-1].set(facecolor="white", edgecolor=COLORS["gradient"], hatch="////", linewidth=1.5)
    ax.axhline(0, color="black", linewidth=1)
    ax.axvline(n_steps + 0.75, color="#888888", linewidth=1, linestyle=":")
    has_numbers = n_steps <= MOST_NUMBERS
    named = [shortened(word, 8) if has_numbers else "" for word in words]
    labels = [f"{t}\n{word}".strip() for t, word in enumerate(named, 1)]
    ax.set_xticks(places, [*labels, "sum"], fontsize=9 if n_steps > 6 else 10)
    ax.set_xlabel("time step", loc="left")
    ax.set_ylabel(f"share of d_{shortened(weight)}")
    ax.margins(y=0.2)
    if has_numbers:
        largest = max(map(abs, heights))
        for place, height in zip(places, heights, strict=True):
            is_up = height >= 0
            ax.annotate(
                _written(height, largest), (place, height), (0, 3 if is_up else -3),
                textcoords="offset points", ha="center", va="bottom" if is_up else "top",
                fontsize=10,
            )  # fmt: skip
    return fig


def _written(value, largest):
    """Write a number with two decimals; with two digits, if two decimals say too little."""
    if largest >= 0.1 or not value:
        return fixed(value)
    return ("-" if value < 0 else "") + significant(abs(value))


def _contributions_in_words(contributions, words, weight):
    """Read out what each time step adds, or the extremes, and the sum."""

    def at(step):
        return step_in_words(step, words, bracketed=True)

    n_steps = len(contributions)
    said = f"What each of {counted(n_steps, 'time step')} adds to the gradient of {weight}: "
    if n_steps <= MOST_NUMBERS:
        largest = abs(contributions).max()
        said += ", ".join(
            f"{at(t)} {_written(c, largest) if largest < 0.1 else sensible(c)}"
            for t, c in enumerate(contributions, 1)
        )
    else:
        low, high = where_largest(-contributions), where_largest(contributions)
        said += (
            f"from {sensible(contributions[low])} at {at(low + 1)} to "
            f"{sensible(contributions[high])} at {at(high + 1)}"
        )
    largest = where_largest(abs(contributions)) + 1
    return (
        f"{said}; together {sensible(contributions.sum())}. "
        f"The largest in size is that of {at(largest)}."
    )
