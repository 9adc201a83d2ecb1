"""The gradient that flows back through the time steps (notebooks 05 and 09)."""

from typing import NamedTuple

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.patches import Polygon

from rnnhelpers._validation import as_array, check_real, check_shape
from rnnhelpers.figures.cell import draw_arrow, draw_body, draw_box, new_canvas
from rnnhelpers.figures.labels import (
    capitalized,
    check_step,
    check_words,
    counted,
    enumerated,
    significant,
    step_in_words,
    text_width,
    where_largest,
    where_smallest,
    write,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, course_style, ink_on
from rnnhelpers.figures.unrolled import PALE, PALE_INK, Chain, check_number_of_steps, draw_input

PROPORTIONAL_UP_TO = 20
"""If the largest size is more than so many times the smallest, powers of ten are drawn instead."""

LARGEST = 0.26
"""Width of the widest arrow, in inches."""

MOST_SIZES_LISTED = 8
LEAST_STRENGTH = 0.1
HALF, HEIGHT = 0.28, 0.78
"""Half the width of a box, and its height."""

NAME, FLOW = 0.61, 0.21
"""How far above the bottom of the boxes the names of the states are, and the arrows back."""

HEAD = 0.15
"""Length of the head of an arrow."""

SHADES = LinearSegmentedColormap.from_list(
    "gradient", [0.6 + 0.4 * np.array(to_rgb(COLORS["gradient"])), COLORS["gradient"]]
)


def draw_gradients(d_h, words=None, *, step=None, losses=None, direct=None):
    r"""Draw how large the gradient of the state is at each time step, as it flows back.

    The size of :math:`\partial L/\partial h_t` is its Euclidean norm. It is written as a number,
    and drawn as the width and the colour of the arrow that arrives at the time step. Both are
    proportional to it if the largest size is at most 20 times the smallest one (zeros aside);
    else to its power of ten, from the smallest to the largest. The picture says which. A
    gradient of zero is a dashed line, with nothing flowing.

    Parameters
    ----------
    d_h : array-like of shape (n_steps, n_hidden)
        Gradient of the loss with respect to the state after each time step, all that comes back
        from later steps included; at most 28 time steps.
    words : sequence of str, optional
        The token read at each time step.
    step : int, optional
        Draw the moment at which the gradient has come back to this time step: the ones before it
        are empty. Each moment is drawn in the same places and to the same scale.
    losses : sequence of int, optional
        The time steps, from 1, at which a loss looks at the state. They are marked; otherwise
        the gradient is drawn as coming in at the last time step.
    direct : array-like of shape (n_steps, n_hidden), optional
        What the loss itself says of each state, the `d_h` that `rnnhelpers.unrolling.bptt` is
        given. With it, what the loss adds and what comes back from the step after are drawn to
        scale; without, where the two meet only their sum is known, and both are thin.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the sizes, and how much of the gradient arrives.

    Raises
    ------
    TypeError
        If `d_h` does not hold real numbers, or steps are no whole numbers.
    ValueError
        If `d_h` has another shape, too many time steps or none, or a number that is not finite;
        if there is not one word for each step; if a step is none of the sequence's; if there is
        a gradient at a step after the last loss; or if `direct` is not that of `d_h`.

    Examples
    --------
    >>> fig = draw_gradients([[0.3, 0.4], [0.0, 1.0]], ["dog", "bites"])
    >>> print(fig.alternative)
    The gradient of the loss flows back through 2 time steps, from right to left; width and
    colour of each arrow show how large it is there. From step 2 ("bites") back to step 1
    ("dog") the size is 1.0, 0.50. It shrinks at every step back: what arrives at step 1 is
    50 % of what is at step 2.
    """
    d_h = check_real("d_h", d_h, float)
    if d_h.ndim != 2 or not d_h.shape[1]:
        hint = "one of them is d_h[0]" if d_h.ndim == 3 else "one row for each time step"
        raise ValueError(f"d_h has shape {d_h.shape}: expected (n_steps, n_hidden); {hint}")
    check_number_of_steps("d_h", d_h.shape, len(d_h))
    words = check_words(words, len(d_h))
    step = check_step(step, len(d_h))
    if direct is not None:
        direct = _check_direct(direct, d_h)
        losses = np.flatnonzero(direct.any(axis=1)) + 1 if losses is None else losses
    sizes = _sizes(d_h)
    losses = _check_losses(losses, sizes)
    with course_style():
        fig = _draw(_flows(d_h, direct, sizes, losses), words, step, losses)
    return describe(fig, _in_words(sizes, words, step or 1, losses))


def _check_direct(direct, d_h):
    """Return what the loss says of each state, or raise."""
    direct = check_real("direct", direct, float)
    check_shape("direct", direct, d_h.shape, "one gradient for each state, as in d_h")
    if not np.allclose(direct[-1], d_h[-1], rtol=1e-6, atol=0):
        raise ValueError(
            "direct and d_h differ at the last time step, where only the loss contributes: "
            "expected the gradients of the same loss; are the two swapped?"
        )
    return direct


class _Flows(NamedTuple):
    """How large everything is, of shape (n_steps,) each; NaN where it is not known."""

    at: np.ndarray
    """The gradient of each state."""
    back: np.ndarray
    """What comes back to it from the step after."""
    from_loss: np.ndarray
    """What the loss adds to it."""


def _flows(d_h, direct, sizes, losses):
    """Return the size of the gradient at each state, and of the two parts that it is the sum of."""
    if direct is not None:
        back, from_loss = _sizes(d_h - direct), _sizes(direct)
        back[-1] = 0
        back[back < 1e-12 * from_loss] = 0  # rounding of a difference that is none
        return _Flows(sizes, back, from_loss)
    back, from_loss = sizes.copy(), np.zeros(len(sizes))
    for t in losses or []:
        is_last = t == losses[-1]
        back[t - 1], from_loss[t - 1] = (0, sizes[t - 1]) if is_last else (np.nan, np.nan)
    return _Flows(sizes, back, from_loss)


def _sizes(d_h):
    """Return the norm of each row, without overflow or underflow on the way."""
    largest = np.abs(d_h).max(axis=1, keepdims=True)
    scaled = np.divide(d_h, largest, out=np.zeros_like(d_h), where=largest > 0)
    with np.errstate(over="ignore"):  # what is too large is named below
        sizes = largest[:, 0] * np.sqrt((scaled**2).sum(axis=1))
    return check_real("the size of d_h", sizes)


def _check_losses(losses, sizes):
    """Return the time steps with a loss, in order, or None."""
    if losses is None:
        return None
    n_steps = len(sizes)
    losses = as_array("losses", losses)
    if not losses.size:
        raise ValueError("there is no loss at any time step: expected one at least")
    if losses.dtype.kind not in "iu":
        raise TypeError(f"losses has dtype {losses.dtype}: expected time steps, whole numbers")
    losses = sorted(set(losses.ravel().tolist()))
    if losses[0] < 1 or losses[-1] > n_steps:
        bad = losses[0] if losses[0] < 1 else losses[-1]
        raise ValueError(f"losses has {bad}: expected time steps from 1 to {n_steps}")
    after = np.flatnonzero(sizes[losses[-1] :])
    if len(after):
        t = losses[-1] + after[0] + 1
        raise ValueError(
            f"the gradient at step {t} is not zero, but the last loss is at step {losses[-1]}: "
            "expected a loss at that step or later; are the steps counted from 1?"
        )
    return losses


def strengths(sizes):
    """Return how strongly each size is to be drawn, from 0 to 1, and whether by powers of ten.

    Parameters
    ----------
    sizes : ndarray
        Zero or more each.

    Returns
    -------
    strengths : ndarray of the same shape
        Zero for zero, 1 for the largest.
    is_logarithmic : bool
        True if the largest size is more than 20 times the smallest one that is not zero.

    Examples
    --------
    >>> strengths(np.array([0.0, 0.5, 1.0]))
    (array([0. , 0.5, 1. ]), False)
    >>> strengths(np.array([1e-8, 1e-4, 1.0]))
    (array([0.1 , 0.55, 1.  ]), True)
    """
    drawn, is_there = np.zeros(sizes.shape), sizes > 0
    if not is_there.any():
        return drawn, False
    there = sizes[is_there]
    smallest, largest = there.min(), there.max()
    decades = np.log10(largest) - np.log10(smallest)
    if decades <= np.log10(PROPORTIONAL_UP_TO):
        drawn[is_there] = there / largest
        return drawn, False
    missing = (np.log10(largest) - np.log10(there)) / decades
    drawn[is_there] = 1 - (1 - LEAST_STRENGTH) * missing
    return drawn, True


def _draw(flows, words, step, losses):
    """Draw the chain, and what flows through it back to a time step."""
    drawn, is_logarithmic = strengths(np.nan_to_num(np.array(flows)))
    drawn = _Flows(*np.where(np.isnan(flows), np.nan, drawn))
    n_steps = len(words)
    chain = Chain(
        words, 0.32, 7.68, above=HEIGHT + (0.6 if losses else 0.12), below=0.95, widest=1.1,
        most_in_a_row=7, between=LARGEST + 0.14,
    )  # fmt: skip
    head, foot = 0.36, 0.46
    fig, ax = new_canvas(max(chain.end + 0.32, 6.4), head + chain.height + foot)
    chain.top = foot + chain.height
    come_from = "the losses" if losses and len(losses) > 1 else "the loss"
    heading = f"The gradient flows back, from {come_from} to the first time step"
    style = {"ha": "left", "va": "top"}
    write(ax, 0.12, chain.top + head - 0.1, heading, 11, weight="bold", **style)
    write(ax, 0.12, 0.42, _legend(flows, is_logarithmic), 9, linespacing=1.4, **style)
    center, bottom = chain.place(0)
    write(ax, center, bottom + NAME, "$h_0$", color=COLORS["state"])
    for t in range(1, n_steps + 1):
        is_to_come = step is not None and t < step
        _draw_step(ax, chain, t, flows.at[t - 1], drawn.at[t - 1], is_to_come, t == step)
        if t in (losses or []):
            _draw_loss(ax, chain.place(t), drawn.from_loss[t - 1], is_to_come)
    for t in range(step or 1, n_steps):
        _draw_flow(ax, _way_back(chain, t + 1), drawn.back[t - 1])
    if not losses:
        _draw_entry(ax, chain.place(n_steps), drawn.at[-1])
    ax.drawn_data = _drawn(flows if losses else flows[:2], step, is_logarithmic)
    return fig


def _drawn(flows, step, is_logarithmic):
    """Return the sizes that width and colour stand for, by name; logarithms on that scale."""
    is_there = np.arange(1, len(flows[0]) + 1) >= (step or 1)
    sizes = np.where(is_there, flows, np.nan)
    if is_logarithmic:
        sizes = np.log10(np.where(sizes > 0, sizes, np.nan))
    scale = "log size" if is_logarithmic else "size"
    names = ("at each step", "of what comes back", "of what the loss adds")
    return {f"{scale} {name}": row for name, row in zip(names, sizes, strict=False)}


def _legend(flows, is_logarithmic):
    """Say what number, width and colour mean."""
    rule = "by its power of ten (logarithmic scale)" if is_logarithmic else "in proportion"
    zero = "" if flows.at.all() else " Dashed: zero."
    unknown = " Thin: its share is not known." if np.isnan(flows).any() else ""
    return (
        "Number: the size of $\\partial L/\\partial h_t$, its length as a vector.\n"
        f"Width and colour of an arrow: what flows in it, {rule}.{zero}{unknown}"
    )


def _draw_step(ax, chain, t, size, strength, is_to_come, is_framed):
    """Draw one time step: its name, the size of the gradient there, its input below."""
    center, bottom = chain.place(t)
    draw_body(ax, center, bottom - 0.05, 2 * HALF, HEIGHT + 0.1, is_framed=is_framed)
    if not chain.wraps_before(t):
        draw_arrow(ax, chain.way(t, HALF, NAME, 0), PALE, linewidth=1.2, head=9)
    write(ax, center, bottom + NAME, f"$h_{{{t}}}$", color=COLORS["state"])
    is_empty = is_to_come or not strength
    face = "white" if is_empty else SHADES(strength)
    draw_box(
        ax, center - HALF + 0.03, bottom, 2 * HALF - 0.06, 2 * FLOW, facecolor=face, linewidth=1.5,
        edgecolor=PALE if is_to_come else COLORS["gradient"], linestyle="--" if is_empty else "-",
    )  # fmt: skip
    if not is_to_come:
        text = significant(size)
        fontsize = 10 if text_width(text, 10) <= 2 * HALF - 0.1 else 9
        write(ax, center, bottom + FLOW, text, fontsize, ink_on(face))
    draw_input(ax, center, bottom, f"$x_{{{t}}}$", chain.words[t - 1], is_thin=True)


def _draw_loss(ax, place, strength, is_to_come):
    """Draw what the loss adds at a time step."""
    center, bottom = place
    start, end = (center, bottom + HEIGHT + 0.38), (center, bottom + HEIGHT + 0.07)
    if is_to_come:
        draw_arrow(ax, [start, end], PALE)
    else:
        _draw_flow(ax, [start, end], strength)
    color = PALE_INK if is_to_come else COLORS["gradient"]
    write(ax, center, start[1] + 0.01, "loss", 10, color, va="bottom")


def _way_back(chain, step):
    """Return the points from the box of a step back to the one before it."""
    return chain.way(step, HALF, FLOW, chain.above + chain.between / 2, beside=0.14)[::-1]


def _draw_entry(ax, place, strength):
    """Draw the gradient that comes in at the last time step."""
    end, up = place[0] + HALF, place[1] + FLOW
    _draw_flow(ax, [(end + 0.34, up), (end, up)], strength)
    write(ax, end + 0.2, up + LARGEST / 2 + 0.07, "loss", 10, COLORS["gradient"], va="bottom")


def _draw_flow(ax, points, strength):
    """Draw an arrow as wide and as dark as its strength; dashed for zero, thin for not known."""
    points = np.array(points)
    if np.isnan(strength):
        draw_arrow(ax, points, COLORS["gradient"], linewidth=1.5, head=14)
        return
    if not strength:
        ax.plot(*points.T, color=COLORS["gradient"], linewidth=1.2, linestyle=(0, (2, 2)))
        return
    width, color = LARGEST * strength, SHADES(strength)
    tip, direction = points[-1], points[-1] - points[-2]
    along = HEAD * direction / np.hypot(*direction)
    across = along[::-1] * [-1, 1] / HEAD * (width / 2 + 0.05)
    neck = tip - along
    ax.plot(
        *np.vstack([points[:-1], neck]).T, color=color, linewidth=72 * width,
        solid_capstyle="butt", solid_joinstyle="round",
    )  # fmt: skip
    ax.add_patch(Polygon([tip, neck + across, neck - across], facecolor=color, edgecolor="none"))


def _in_words(sizes, words, step, losses):
    """Say what flows where, how large it is, and how much of it arrives."""
    of = "the loss"
    if losses:
        several = "es" if len(losses) > 1 else ""
        of = f"the loss{several} at step{several[1:]} {enumerated(losses)}"
    moment = f", so far to step {step}" if step > 1 else ""
    return (
        f"The gradient of {of} flows back through {counted(len(sizes), 'time step')}, from right "
        f"to left{moment}; width and colour of each arrow show how large it is there. "
        f"{_sizes_in_words(sizes, words, step)} {_trend_in_words(sizes, step)}"
    )


def _sizes_in_words(sizes, words, step):
    """Read the sizes out, from the last step back, or the extreme ones and where they are."""
    n_steps = len(sizes)
    if step == n_steps:
        return f"The size at {_at(step, words)} is {significant(sizes[-1])}."
    if n_steps - step < MOST_SIZES_LISTED:
        return (
            f"From {_at(n_steps, words)} back to {_at(step, words)} the size "
            f"is {', '.join(significant(size) for size in sizes[step - 1 :][::-1])}."
        )
    seen = sizes[step - 1 :]
    low, high = where_smallest(seen) + step, where_largest(seen) + step
    return (
        f"The largest size is {significant(sizes[high - 1])}, at {_at(high, words)}; "
        f"the smallest {significant(sizes[low - 1])}, at {_at(low, words)}."
    )


def _at(step, words):
    return step_in_words(step, words, bracketed=True)


def _trend_in_words(sizes, step):
    """Say how much of the gradient arrives at a step."""
    if not sizes[step - 1 :].any():
        return "It is zero everywhere." if step == 1 else "It is zero so far."
    origin = np.flatnonzero(sizes)[-1] + 1
    if step == origin:
        return "Nothing has flowed back from there yet."
    way = sizes[step - 1 : origin][::-1]
    if not way[-1]:
        zero_from = origin - np.flatnonzero(way)[-1] - 1
        if zero_from == step:
            return f"Nothing arrives at step {step}."
        return f"Nothing arrives at step {step}: the gradient is zero from step {zero_from} back."
    arrives = (
        f"what arrives at step {step} is {_ratio_in_words(way[-1], way[0])} "
        f"what is at step {origin}."
    )
    steps = np.diff(way)
    if (steps < 0).all():
        return f"It shrinks at every step back: {arrives}"
    if (steps > 0).all():
        return f"It grows at every step back: {arrives}"
    return capitalized(arrives)


def _ratio_in_words(size, reference):
    """Say what share of a size another one is, or how many times as large."""
    decades = np.log10(size) - np.log10(reference)
    if abs(decades) > 300:
        return f"1e{decades:.0f} times"
    ratio = size / reference
    if 0.001 <= ratio < 1:
        return f"{significant(100 * ratio)} % of"
    return "as large as" if ratio == 1 else f"{significant(ratio)} times"
