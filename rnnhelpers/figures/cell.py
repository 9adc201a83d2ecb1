"""The recurrent cell, with its three terms and the values they have (notebook 03)."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle

from rnnhelpers.cells import rnn_step
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import (
    COLORS,
    COUNTS,
    SIGNED,
    course_style,
    fixed,
    ink_on,
    listed,
    new_figure,
    number,
)

MOST_UNITS_WITH_NUMBERS = 8
MOST_FEATURES_WITH_NUMBERS = 12
TOP, BOTTOM = 5.6, 2.6
"""Upper and lower end of the columns of numbers, in units of the drawing."""


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
        The number of the time step, to be written in the place of *t*.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the three terms, their sum and the new state.

    Raises
    ------
    ValueError
        If the shapes do not fit together, or there is more than one sequence.

    Examples
    --------
    >>> fig = draw_cell([1.0, 0.0], [0.5], [[0.3], [0.6]], [[-0.4]], [0.1], word="dog", step=2)
    >>> print(fig.alternative)
    The cell at time step 2, reading "dog". Input term 0.30; state term -0.20; bias 0.10;
    their sum 0.20; new state, the tanh of the sum, 0.20.
    """
    x, h_prev, W_xh, W_hh, b_h = (np.asarray(a, dtype=float) for a in (x, h_prev, W_xh, W_hh, b_h))
    x, h_prev = np.atleast_2d(x), np.atleast_2d(h_prev)
    if len(x) != 1:
        raise ValueError(f"x has shape {x.shape}: expected one sequence; draw x[[0]], for instance")
    h = rnn_step(x, h_prev, W_xh, W_hh, b_h)[0]
    from_input, from_state = (x @ W_xh)[0], (h_prev @ W_hh)[0]
    total = from_input + from_state + b_h
    now, before = ("t", "t-1") if step is None else (str(step), str(step - 1))

    with course_style():
        fig, ax = new_figure(8, 3.9)
        ax.set(xlim=(0, 16), ylim=(0, 7.3))
        ax.axis("off")
        ax.add_patch(
            FancyBboxPatch(
                (2.9, 1.75),
                10.6,
                5.0,
                boxstyle="round,pad=0.1,rounding_size=0.4",
                facecolor="#F7F7F7",
                edgecolor="#888888",
                linewidth=1.5,
            )
        )
        columns = [
            (1.3, h_prev[0], rf"$h_{{{before}}}$", "state"),
            (3.9, from_input, rf"$x_{{{now}}}\,W_{{xh}}$", "input"),
            (6.1, from_state, rf"$h_{{{before}}}\,W_{{hh}}$", "state"),
            (8.3, b_h, r"$b_h$", "weight"),
            (10.5, total, rf"$a_{{{now}}}$", "weight"),
            (14.7, h, rf"$h_{{{now}}}$", "state"),
        ]
        for center, values, label, role in columns:
            _draw_column(ax, center, values, label, COLORS[role])
        middle = (TOP + BOTTOM) / 2
        for center, sign in [(5.0, "+"), (7.2, "+"), (9.4, "=")]:
            ax.text(center, middle, sign, ha="center", va="center", fontsize=16)
        _draw_arrow(ax, (11.3, middle), (13.9, middle), COLORS["state"])
        ax.text(12.45, middle + 0.25, "tanh", ha="center", va="bottom", fontsize=13)
        _draw_arrow(
            ax, (1.3, TOP + 0.1), (6.1, TOP + 0.1), COLORS["state"],
            connectionstyle="arc3,rad=-0.22",
        )  # fmt: skip
        _draw_input(ax, x[0], word, now)
    terms = (from_input, from_state, b_h, total, h)
    said = [listed(values, MOST_UNITS_WITH_NUMBERS) for values in terms]
    read = f', reading "{word}"' if word else ""
    at = f" at time step {step}" if step is not None else ""
    return describe(
        fig,
        f"The cell{at}{read}. Input term {said[0]}; state term {said[1]}; bias {said[2]}; "
        f"their sum {said[3]}; new state, the tanh of the sum, {said[4]}.",
    )


def _draw_column(ax, center, values, label, color):
    """Draw a vector as a column of shaded cells, framed in the colour of what it is."""
    height = (TOP - BOTTOM) / len(values)
    norm = Normalize(-1.5, 1.5)
    for unit, value in enumerate(values):
        shade = SIGNED(norm(value))
        corner = (center - 0.7, TOP - (unit + 1) * height)
        ax.add_patch(Rectangle(corner, 1.4, height, facecolor=shade, edgecolor="none"))
        if len(values) <= MOST_UNITS_WITH_NUMBERS:
            ax.text(
                center, corner[1] + height / 2, fixed(value), ha="center", va="center",
                color=ink_on(shade), fontsize=12 if len(values) <= 5 else 10,
            )  # fmt: skip
    ax.add_patch(
        Rectangle(
            (center - 0.7, BOTTOM), 1.4, TOP - BOTTOM, fill=False, edgecolor=color, linewidth=2.5
        )
    )
    ax.text(center, BOTTOM - 0.2, label, ha="center", va="top", fontsize=13, color=color)


def _draw_input(ax, x, word, now):
    """Draw the input below the cell, as a row, and the arrow to the term that it makes."""
    name = rf"$x_{{{now}}}$" + (f' = "{word}"' if word else "")
    if len(x) <= MOST_FEATURES_WITH_NUMBERS:
        width = 0.62
        for feature, value in enumerate(x):
            left = 3.9 + (feature - len(x) / 2) * width
            left += max(0, len(x) * width / 2 - 3.4)
            shade = COUNTS(0.55 * min(abs(value), 1))
            ax.add_patch(
                Rectangle((left, 0.1), width, 0.62, facecolor=shade, edgecolor=COLORS["input"])
            )
            ax.text(
                left + width / 2, 0.4, number(value, 1), ha="center", va="center",
                color=ink_on(shade), fontsize=10,
            )  # fmt: skip
        right = left + width
    else:
        right = 4.2
    ax.text(right + 0.3, 0.4, name, ha="left", va="center", fontsize=13, color=COLORS["input"])
    _draw_arrow(ax, (3.9, 0.8), (3.9, BOTTOM - 0.75), COLORS["input"])


def _draw_arrow(ax, start, end, color, **style):
    ax.add_patch(
        FancyArrowPatch(
            start, end, arrowstyle="-|>", mutation_scale=18, linewidth=2, color=color, **style
        )
    )
