"""What a matrix does to arrows, and what is left of them after many steps (notebook 09)."""

import numpy as np
from matplotlib.ticker import MaxNLocator

from rnnhelpers._validation import check_number, check_real
from rnnhelpers.figures.labels import (
    fixed,
    shortened,
    significant,
    spread,
    where_largest,
    wrapped,
    write,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, SERIES, course_style, new_figure

MOST_MATRICES = 3
NAMES_WIDTH = 2.1
"""How wide the names beside the curves may be, in inches; longer ones are broken in two lines."""
LOWEST = 1e-16
"""What is smaller than this is no longer drawn: next to 1 it is below the rounding errors."""


def draw_by_distance(sizes, *, ylabel="norm of dh_T/dh_t", lowest=LOWEST):
    """Draw sizes against the distance in time steps, on a logarithmic scale, one line a run.

    The name of each run stands beside its end, and a thin line where the size is 1. A run is drawn
    until it is too small for the picture, or zero, which has no place on a logarithmic scale; its
    end is then marked with a cross.

    Parameters
    ----------
    sizes : dict of str to array-like of shape (n_distances,)
        For each run, at most six, its size at the distances 0, 1, 2, …, none below 0.
    ylabel : str, default="norm of dh_T/dh_t"
        What the sizes are.
    lowest : float, default=1e-16
        The smallest size that is drawn.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states where each run begins and ends, and its largest size
        if that is in between.

    Raises
    ------
    TypeError, ValueError
        If there is nothing to draw, more than a figure can tell apart, or a size below 0.

    Examples
    --------
    >>> from textwrap import fill
    >>> fig = draw_by_distance({"shrinks": [1, 0.1, 0.01], "shift": [1, 2, 0]})
    >>> print(fill(fig.alternative, 72))
    norm of dh_T/dh_t, on a logarithmic scale, at the distances 0 to 2.
    shrinks: from 1.0 to 0.010 at distance 2. shift: from 1.0 to 2.0 at
    distance 1, and 0 from distance 2 on.
    """
    runs = _check_sizes(sizes)
    lowest = check_number("lowest", lowest, above=0)
    drawn = {name: _as_drawn(run, lowest) for name, run in runs.items()}
    names = [wrapped(shortened(name, 40), NAMES_WIDTH) for name in runs]
    with course_style():
        fig, ax = new_figure(8, 4.2)
        longest = max(map(len, runs.values())) - 1
        ax.set(
            xlabel="distance T - t, in time steps", ylabel=shortened(ylabel, 40), yscale="log",
            xlim=(0, max(longest, 1)), ylim=_limits(drawn.values()),
        )  # fmt: skip
        ax.xaxis.set_major_locator(MaxNLocator(7, integer=True))
        ax.axhline(1, color="#555555", linewidth=1, zorder=1)
        ends = []
        for run, whole, style in zip(drawn.values(), runs.values(), SERIES, strict=False):
            ends.append((_draw_run(ax, run, len(run) < len(whole), *style), *style))
        _write_names(ax, names, ends)
    return describe(fig, _in_words(runs, drawn, ylabel))


def draw_stretch(matrices):
    """Draw what 2-by-2 matrices make of a circle of arrows of length 1.

    An arrow is a row of two numbers, and becomes the row times the matrix.

    Parameters
    ----------
    matrices : dict of str to array-like of shape (2, 2)
        The matrices under their names, at most three; one panel each.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states, for each, the longest and the shortest of the arrows
        that come out.

    Raises
    ------
    TypeError, ValueError
        If there is nothing to draw, more than three matrices, or another shape.

    Examples
    --------
    >>> from textwrap import fill
    >>> fig = draw_stretch({"twice": [[2, 0], [0, 2]], "shift": [[0, 2], [0, 0]]})
    >>> print(fill(fig.alternative, 72))
    What matrices make of arrows of length 1. twice: a circle, all of length
    2.00. shift: a line, the longest 2.00, the shortest 0.00.
    """
    matrices = _check_matrices(matrices)
    reach = 1.15 * max(1.0, *(np.linalg.norm(W, 2) for W in matrices.values()))
    with course_style():
        fig, axes = new_figure(8, 3.4, ncols=len(matrices), squeeze=False)
        for ax, (name, W) in zip(axes[0], matrices.items(), strict=True):
            ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
            ax.set_title(shortened(name, 26), fontsize=11)
            ax.set_xlabel(_lengths(W))
            _draw_circle(ax, W)
    said = " ".join(f"{name}: {_shape(W)}." for name, W in matrices.items())
    return describe(fig, f"What matrices make of arrows of length 1. {said}")


def _check_sizes(sizes):
    """Return one array for each run, or say what is wrong with it."""
    if not hasattr(sizes, "items"):
        raise TypeError(
            f"sizes is a {type(sizes).__name__}: expected a dict, each run under its name"
        )
    if not 1 <= len(sizes) <= len(SERIES):
        raise ValueError(f"got {len(sizes)} runs: expected 1 to {len(SERIES)}")
    runs = {}
    for name, given in sizes.items():
        values = check_real(repr(name), given, float)
        if values.ndim != 1 or not values.size:
            raise ValueError(
                f"{name!r} has shape {values.shape}: expected (n_distances,), 1 or more"
            )
        if (values < 0).any():
            raise ValueError(f"{name!r} has {values.min():.3g}: expected sizes of 0 or more")
        runs[str(name)] = values
    return runs


def _check_matrices(matrices):
    if not hasattr(matrices, "items"):
        raise TypeError(
            f"matrices is a {type(matrices).__name__}: expected a dict, each under its name"
        )
    if not 1 <= len(matrices) <= MOST_MATRICES:
        raise ValueError(f"got {len(matrices)} matrices: expected 1 to {MOST_MATRICES}")
    checked = {str(name): check_real(repr(name), W, float) for name, W in matrices.items()}
    for name, W in checked.items():
        if W.shape != (2, 2):
            raise ValueError(f"{name!r} has shape {W.shape}: expected (2, 2), to be drawn in")
    return checked


def _as_drawn(run, lowest):
    """Return a run up to where it gets too small to be drawn; at least its first size."""
    too_small = np.flatnonzero(run < lowest)
    return run[: max(1, too_small[0])] if too_small.size else run


def _limits(runs):
    """Choose the range of sizes to show: all of them, and 1."""
    shown = np.concatenate([*runs, [1.0]])
    shown = shown[shown > 0]
    low, high = shown.min(), shown.max()
    room = max((high / low) ** 0.05, 1.2)
    return low / room, high * room


def _draw_run(ax, run, is_cut, color, line, marker):
    """Draw one run; return the size at which its name belongs."""
    run = np.maximum(run, ax.get_ylim()[0])
    every = max(1, len(run) // 8)
    ax.plot(
        run, color=color, linestyle=line, marker=marker, markevery=every, zorder=3, clip_on=False
    )
    if is_cut:
        ax.plot(
            len(run) - 1, run[-1], color=color, marker="x", markersize=11, markeredgewidth=3,
            clip_on=False, zorder=4,
        )  # fmt: skip
    return run[-1]


def _write_names(ax, names, ends):
    """Write names right of the axes, as near to the ends of the runs as they fit."""
    places = (ax.transScale + ax.transLimits).transform([(0, size) for size, *_ in ends])[:, 1]
    heights = [0.19 * (1 + name.count("\n")) / 3.4 for name in names]
    beside = {"transform": ax.transAxes, "clip_on": False}
    for place, name, (_, color, line, marker) in zip(
        spread(places, heights), names, ends, strict=True
    ):
        ax.plot(
            [1.02, 1.055, 1.09], [place] * 3, color=color, linestyle=line, marker=marker,
            markevery=[1], **beside,
        )  # fmt: skip
        write(ax, 1.105, place, name, 10, color, ha="left", **beside)


def _in_words(runs, drawn, ylabel):
    """Say how each run begins, how large it gets, and where it ends."""
    last = max(map(len, runs.values())) - 1
    said = [f"{ylabel}, on a logarithmic scale, at the distances 0 to {last}."]
    for name, run in runs.items():
        shown = drawn[name]
        end, peak = len(shown) - 1, where_largest(shown)
        words = f"{name}: from {significant(shown[0])}"
        if 0 < peak < end:
            words += f" up to {significant(shown[peak])} at distance {peak}, and"
        words += f" to {significant(shown[-1])} at distance {end}"
        if end + 1 < len(run):
            gone = "0" if not run[end + 1 :].any() else "too small to be drawn"
            words += f", and {gone} from distance {end + 1} on"
        said.append(words + ".")
    return " ".join(said)


def _draw_circle(ax, W):
    """Draw the circle, what becomes of it, and the arrow that is stretched most."""
    angles = np.linspace(0, 2 * np.pi, 121)
    circle = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    ax.plot(*circle.T, color=COLORS["weight"], linestyle="--", linewidth=1.4, zorder=2)
    ax.plot(*(circle @ W).T, color=COLORS["state"], zorder=3)
    before = _longest(W)
    for arrow, color, style in (
        (before, COLORS["weight"], "--"), (before @ W, COLORS["state"], "-")
    ):  # fmt: skip
        ax.annotate(
            "", arrow, (0, 0), zorder=4,
            arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 2, "linestyle": style,
                        "shrinkA": 0, "shrinkB": 0},
        )  # fmt: skip
    ax.axhline(0, color="#DDDDDD", linewidth=0.8, zorder=0)
    ax.axvline(0, color="#DDDDDD", linewidth=0.8, zorder=0)


def _longest(W):
    """Return the arrow of length 1 that is stretched most, pointing up or to the right."""
    U, stretches, _ = np.linalg.svd(W)
    arrow = np.array([1.0, 0.0]) if np.isclose(*stretches) else U[:, 0]
    return arrow if arrow[where_largest(abs(arrow))] > 0 else -arrow


def _lengths(W):
    longest, shortest = np.linalg.svd(W, compute_uv=False)
    return f"longest {fixed(longest)}, shortest {fixed(shortest)}"


def _shape(W):
    """Say what becomes of the circle."""
    longest, shortest = np.linalg.svd(W, compute_uv=False)
    if not longest:
        return "a point, nothing is left"
    if np.isclose(longest, shortest):
        return f"a circle, all of length {fixed(longest)}"
    form = "a line" if shortest < 1e-9 else "an ellipse"
    return f"{form}, the longest {fixed(longest)}, the shortest {fixed(shortest)}"
