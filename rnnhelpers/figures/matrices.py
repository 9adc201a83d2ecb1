"""Matrices of words, as rows of shaded cells with their numbers (notebook 01)."""

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import (
    COLORS,
    COUNTS,
    SIGNED,
    course_style,
    fixed,
    ink_on,
    new_figure,
    number,
)

MOST_CELLS_WITH_NUMBERS = 240
MOST_LETTERS_ACROSS = 80
"""How many letters of column labels fit side by side into a figure 8 inches wide."""


def shade_matrix(ax, values, rows=None, columns=None, *, signed=False, scale=None):
    """Draw a matrix as shaded cells, with numbers in them as long as there is room.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    values : array-like of shape (n_rows, n_columns)
        The numbers.
    rows, columns : sequence of str, optional
        A label for each row and column.
    signed : bool, default=False
        Whether the numbers have a sign: zero is white then, and the two signs differ in colour.
    scale : float, optional
        The number that gets the darkest shade; by default the largest one.
    """
    values = np.asarray(values, dtype=float)
    n_rows, n_columns = values.shape
    scale = scale or max(np.abs(values).max(initial=0), 1e-12)
    shade, norm = (
        (SIGNED, Normalize(-scale, scale)) if signed else (COUNTS, Normalize(0, 1.25 * scale))
    )
    ax.pcolormesh(values, cmap=shade, norm=norm, edgecolors="#DDDDDD", linewidth=1)
    ax.invert_yaxis()
    if values.size <= MOST_CELLS_WITH_NUMBERS:
        for (row, column), value in np.ndenumerate(values):
            text = fixed(value) if signed else number(value)
            ax.text(
                column + 0.5, row + 0.5, text, ha="center", va="center", fontsize=10,
                color=ink_on(shade(norm(value))), alpha=0.45 if text == "0" else 1,
            )  # fmt: skip
    _label(ax.xaxis, columns, n_columns)
    _label(ax.yaxis, rows, n_rows)
    ax.xaxis.tick_top()
    if columns is not None and _must_turn(columns):
        ax.tick_params(axis="x", rotation=90)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)


def draw_matrices(matrices, rows, columns, *, name_of_row="row", marked_row=None):
    """Draw matrices with the same rows and columns, one below the other.

    Parameters
    ----------
    matrices : dict of str to array-like of shape (n_rows, n_columns)
        The numbers (0 or more) under the title of each matrix.
    rows : sequence of str
        A label for each row, for instance the words of a sentence or the documents.
    columns : sequence of str
        A label for each column, usually the words of the vocabulary.
    name_of_row : str, default="row"
        What a row is ("word", "document"), for the text alternative.
    marked_row : int, optional
        The row to frame, for instance the one that is read at this time step; the others are
        drawn pale.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that names each row's non-zero numbers.

    Raises
    ------
    ValueError
        If a matrix does not have one row for each row label and one column for each column label.

    Examples
    --------
    >>> fig = draw_matrices({"One-hot": [[0, 1], [1, 0]]}, ["dog", "bites"], ["bites", "dog"],
    ...                     name_of_row="word")
    >>> fig.alternative
    'One-hot, one row a word. dog: dog 1. bites: bites 1.'
    """
    matrices = {title: np.asarray(values, dtype=float) for title, values in matrices.items()}
    rows, columns = [str(row) for row in rows], [str(column) for column in columns]
    for title, values in matrices.items():
        if values.shape != (len(rows), len(columns)):
            raise ValueError(
                f"{title!r} has shape {values.shape}: expected {(len(rows), len(columns))}, "
                "one row for each row label and one column for each column label"
            )
    height = len(matrices) * (header_height(columns) + 0.36 * len(rows)) + 0.1
    with course_style():
        fig, axes = new_figure(8, height, nrows=len(matrices), squeeze=False)
        for ax, (title, values) in zip(axes.flat, matrices.items(), strict=True):
            shade_matrix(ax, values, rows, columns)
            ax.set_title(title)
            if marked_row is not None:
                _mark_row(ax, marked_row, values.shape)
    marked = range(len(rows)) if marked_row is None else [marked_row]
    about = f"one row a {name_of_row}" if marked_row is None else f"{name_of_row} {marked_row + 1}"
    return describe(
        fig,
        " ".join(
            f"{title}, {about}. {_in_words(values[marked], [rows[i] for i in marked], columns)}"
            for title, values in matrices.items()
        ),
    )


def _mark_row(ax, marked, shape):
    """Frame a row in the colour of the input, and cover the others with a pale veil."""
    n_rows, n_columns = shape
    for row in set(range(n_rows)) - {marked}:
        ax.add_patch(Rectangle((0, row), n_columns, 1, facecolor="white", alpha=0.7, zorder=3))
    ax.add_patch(
        Rectangle(
            (0, marked),
            n_columns,
            1,
            fill=False,
            edgecolor=COLORS["input"],
            linewidth=4,
            clip_on=False,
            zorder=4,
        )
    )


def _in_words(values, rows, columns):
    """Read a matrix out: each row with its non-zero numbers."""
    lines = []
    for row, numbers in zip(rows, values, strict=True):
        entries = [
            f"{column} {number(value)}"
            for column, value in zip(columns, numbers, strict=True)
            if number(value) != "0"
        ]
        lines.append(f"{row}: {', '.join(entries) or 'all zero'}.")
    return " ".join(lines)


def header_height(columns):
    """Return the height in inches of a title and the column labels, turned or not."""
    return 0.5 + (0.1 * max(map(len, columns)) if _must_turn(columns) else 0.15)


def _must_turn(columns):
    return max(map(len, columns)) * len(columns) > MOST_LETTERS_ACROSS


def _label(axis, labels, length):
    axis.set_ticks([] if labels is None else np.arange(length) + 0.5, labels=labels)
