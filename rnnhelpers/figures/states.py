"""The hidden state while a sentence is read: as a heat map, and as a path (notebooks 03, 04)."""

import numpy as np
from matplotlib.patheffects import withStroke

from rnnhelpers.figures.matrices import header_height, shade_matrix
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, MARKERS, course_style, listed, new_figure

MOST_UNITS_LISTED = 6
PATH_STYLES = [
    (COLORS["state"], "-", MARKERS["state"]),
    ("#333333", "--", "s"),
    ("#777777", ":", "^"),
]
"""Colour, line and marker of each path that a figure can hold."""


def draw_states(states, words):
    """Draw hidden states as heat maps over the words: one column a time step, one row a unit.

    Parameters
    ----------
    states : dict of str to array-like of shape (n_steps, n_hidden)
        The states of one sequence under the title of each heat map; all with as many steps.
    words : sequence of str
        The token read at each time step.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the last state of each heat map.

    Raises
    ------
    ValueError
        If a heat map does not have one state for each word.

    Examples
    --------
    >>> fig = draw_states({"A small cell": [[0.5, -0.5], [0.9, 0.1]]}, ["dog", "bites"])
    >>> fig.alternative
    'A small cell: the state over 2 time steps ends, after "bites", at 0.90 and 0.10.'
    """
    states = {title: np.asarray(h, dtype=float) for title, h in states.items()}
    words = [str(word) for word in words]
    for title, h in states.items():
        if h.ndim != 2 or len(h) != len(words):
            raise ValueError(
                f"{title!r} has shape {h.shape}: expected ({len(words)}, n_hidden), "
                "one state for each word"
            )
    with course_style():
        columns = [f"{step}. {word}" for step, word in enumerate(words, start=1)]
        heights = [header_height(columns) + 0.4 * min(h.shape[1], 12) for h in states.values()]
        fig, axes = new_figure(
            8, sum(heights), nrows=len(states), squeeze=False, height_ratios=heights
        )
        for ax, (title, h) in zip(axes.flat, states.items(), strict=True):
            units = [f"unit {unit + 1}" for unit in range(h.shape[1])] if h.shape[1] <= 12 else None
            shade_matrix(ax, h.T, units, columns, signed=True, scale=1)
            ax.set_title(title)
    return describe(
        fig,
        " ".join(
            f"{title}: the state over {len(h)} time steps ends, after "
            f'"{words[-1]}", at {listed(h[-1], MOST_UNITS_LISTED)}.'
            for title, h in states.items()
        ),
    )


def draw_state_path(paths, words, *, limit=1.08):
    """Draw the path of a state of two hidden units, one point a time step.

    Parameters
    ----------
    paths : dict of str to array-like of shape (n_steps + 1, 2)
        The states of each path under its name, the initial state first.
    words : dict of str to sequence of str
        For each path, the token that leads to each state after the initial one.
    limit : float, default=1.08
        How far the plane is shown in each direction.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states where each path ends.

    Raises
    ------
    ValueError
        If a path does not have two units, or not one state more than words, or there are more
        paths than a figure can tell apart.

    Examples
    --------
    >>> fig = draw_state_path({"A": [[0, 0], [0.5, 0.2]]}, {"A": ["dog"]})
    >>> fig.alternative
    'Path of the state, unit 2 over unit 1. A: from 0.00 and 0.00, by dog, to 0.50 and 0.20.'
    """
    if len(paths) > len(PATH_STYLES):
        raise ValueError(f"got {len(paths)} paths: expected at most {len(PATH_STYLES)} in a figure")
    paths = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    for name, path in paths.items():
        if path.ndim != 2 or path.shape[1] != 2 or len(path) != len(words[name]) + 1:
            raise ValueError(
                f"{name!r} has shape {path.shape}: expected ({len(words[name]) + 1}, 2), "
                "the initial state and one state of two units for each word"
            )
    with course_style():
        fig, ax = new_figure(6, 5.2)
        for (name, path), (color, line, marker) in zip(paths.items(), PATH_STYLES, strict=False):
            ax.plot(*path.T, color=color, linestyle=line, marker=marker, label=name)
            for step, word in enumerate(words[name], start=1):
                ax.annotate(
                    f"{step}. {word}", path[step], xytext=(7, 5), textcoords="offset points",
                    color=color, path_effects=[withStroke(linewidth=4, foreground="white")],
                )  # fmt: skip
        ax.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
        ax.axvline(0, color="#CCCCCC", linewidth=1, zorder=0)
        ax.set(
            xlim=(-limit, limit), ylim=(-limit, limit), xlabel="hidden unit 1",
            ylabel="hidden unit 2", aspect="equal",
        )  # fmt: skip
        if len(paths) > 1:
            ax.legend(loc="lower left")
    return describe(
        fig,
        "Path of the state, unit 2 over unit 1. "
        + " ".join(
            f"{name}: from {listed(path[0], most=2)}, by {', '.join(words[name])}, "
            f"to {listed(path[-1], most=2)}."
            for name, path in paths.items()
        ),
    )
