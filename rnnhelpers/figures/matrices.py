"""Matrices of words, as rows of shaded cells with their numbers (notebook 01)."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.patches import Rectangle

from rnnhelpers._validation import (
    check_count,
    check_flag,
    check_kind,
    check_labels,
    check_number,
    check_real,
    check_shape,
)
from rnnhelpers.figures.labels import (
    are_largest,
    check_titles,
    counted,
    enumerated,
    scientific,
    sensible,
    shortened,
    text_width,
    where_largest,
    wrapped,
    write,
)
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
MOST_NUMBERS_READ_OUT = 40
"""How many non-zero numbers of a matrix its text alternative lists."""

WIDEST, NARROWEST = 8.0, 3.0
"""Width of a figure in inches: with many columns, and with one."""

COUNTS_END = 1.25
"""The shades of `COUNTS` go up to this many times the largest number: the rest is too dark."""

QUIET = "#666666"
"""The ink of zeros and of rows that are not marked: quiet, and legible on a pale ground."""

KEY_HEIGHT = 0.6
TITLE_HEIGHT = 0.65
"""Height in inches of a title and a line of column labels below it."""


def shade_matrix(ax, values, rows=None, columns=None, *, signed=False, scale=None, marked_row=None):
    """Draw a matrix as shaded cells, with numbers in them as long as they fit.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    values : array-like of shape (n_rows, n_columns)
        The numbers. Masked entries of a masked array stay empty; room is kept for them.
    rows, columns : sequence of str, optional
        A label for each row and column. Where there is no room for all, some are left out.
    signed : bool, default=False
        Whether the numbers have a sign: zero is white then, and the two signs differ in colour.
    scale : float, optional
        The number that gets the darkest shade; by default the largest one.
    marked_row : int, optional
        The row to frame; the others are drawn pale.

    Raises
    ------
    TypeError, ValueError
        If the values are no matrix of finite numbers, there is not one label for each row or
        column, `scale` is not above 0, or there is no row `marked_row`.

    Examples
    --------
    >>> fig, ax = new_figure(4, 2)
    >>> shade_matrix(ax, [[0.5, -0.5]], ["unit 1"], ["dog", "bites"], signed=True)
    >>> [text.get_text() for text in ax.texts]
    ['0.50', '-0.50']
    """
    check_kind("ax", ax, Axes, "the axes of a figure, as new_figure returns them")
    is_masked = isinstance(values, np.ma.MaskedArray)
    numbers = check_matrix("values", np.ma.getdata(values) if is_masked else values)
    values, shape = np.ma.array(numbers, mask=np.ma.getmaskarray(values)), numbers.shape
    rows = _check_names("rows", rows, shape[0])
    columns = _check_names("columns", columns, shape[1])
    signed = check_flag("signed", signed)
    scale = None if scale is None else check_number("scale", scale, above=0)
    if marked_row is not None:
        marked_row = check_count("marked_row", marked_row, 0, shape[0] - 1)
    cell = _cell_size(ax, rows, columns, shape)
    shading = shading_of(np.ma.getdata(values), signed, scale)
    draw_cells(ax, values, rows, columns, cell, shading, marked_row)


def draw_cells(ax, values, rows, columns, cell, shading, marked_row=None):
    """Do what `shade_matrix` does, with cells of a known size.

    Parameters
    ----------
    ax, values, rows, columns, marked_row
        As for `shade_matrix`.
    cell : tuple of float
        Width and height of a cell in inches.
    shading : tuple
        As `shading_of` returns it.
    """
    is_shown = ~np.ma.getmaskarray(values)
    values = np.asarray(np.ma.getdata(values), dtype=float)
    n_rows, n_columns = values.shape
    shade, norm = shading
    rows = None if rows is None else [shortened(row) for row in rows]
    columns = None if columns is None else [shortened(column) for column in columns]
    ax.pcolormesh(
        np.ma.array(values, mask=~is_shown), cmap=shade, norm=norm,
        edgecolors="#DDDDDD", linewidth=float(np.clip(8 * min(cell) - 0.6, 0, 1)),
    )  # fmt: skip
    ax.set(xlim=(0, n_columns), ylim=(n_rows, 0))
    if marked_row is not None:
        _mark_row(ax, marked_row, values.shape)
    _write_numbers(ax, values, is_shown, shading, cell, marked_row)
    _label(ax.yaxis, rows, n_rows, room=cell[1])
    turned = _must_turn(columns, cell[0])
    _label(ax.xaxis, columns, n_columns, room=cell[0] if turned else np.inf)
    ax.xaxis.tick_top()
    if turned:
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
        With a text alternative that says where the largest number is and which rows are alike,
        and names each row's non-zero numbers if there are not too many.

    Raises
    ------
    TypeError, ValueError
        If a matrix does not have one row for each row label and one column for each column label,
        or holds something other than finite numbers of 0 or more.

    Examples
    --------
    >>> fig = draw_matrices({"One-hot": [[0, 1], [1, 0]]}, ["dog", "bites"], ["bites", "dog"],
    ...                     name_of_row="word")
    >>> print(fig.alternative)
    One-hot: a matrix of 2 rows, one a word, and 2 columns, from "bites" to "dog".
    Each row has a single 1, and zeros elsewhere. Row by row: "dog": dog 1. "bites": bites 1.
    """
    rows = check_labels("rows", rows, "labels")
    columns = check_labels("columns", columns, "labels")
    matrices = _check_matrices(matrices, rows, columns)
    if marked_row is not None and not 0 <= marked_row < len(rows):
        raise ValueError(
            f"marked_row is {marked_row}: expected 0 to {len(rows) - 1}, for {len(rows)} rows"
        )
    maps = [(title, values, shading_of(values)) for title, values in matrices.items()]
    with course_style():
        fig, axes = draw_stack(maps, rows, columns, _row_height(len(rows)), marked_row=marked_row)
        for ax, (_, values, shading) in zip(axes, maps, strict=True):
            if not ax.texts:
                largest = values.max()
                draw_key(fig, [ax], shading, {0: "0", largest: number(largest)})
    return describe(
        fig,
        " ".join(
            f"{_shape_in_words(title, rows, columns, name_of_row)} "
            + _numbers_in_words(values, rows, columns, name_of_row, marked_row)
            for title, values in matrices.items()
        ),
    )


def check_matrix(name, values):
    """Return a matrix of finite numbers with at least one of them, or raise."""
    values = check_real(name, values, float)
    if values.ndim != 2 or not values.size:
        raise ValueError(
            f"{name} has shape {values.shape}: expected (n_rows, n_columns), both 1 or more; "
            "for one row use values[None]"
        )
    return values


def _check_names(name, labels, n):
    """Return labels, one for each of n rows or columns; None as it is."""
    if labels is None:
        return None
    labels = check_labels(name, labels, "labels")
    if len(labels) != n:
        raise ValueError(f"{name} has {len(labels)} labels: expected {n}, one for each")
    return labels


def _check_matrices(matrices, rows, columns):
    """Return the matrices as arrays, or say which one does not fit its labels."""
    check_titles("matrices", matrices, "matrix")
    if not matrices:
        raise ValueError("matrices is empty: expected at least one matrix under its title")
    checked = {}
    for title, given in matrices.items():
        values = checked[title] = check_matrix(repr(title), given)
        reason = "one row for each row label and one column for each column label"
        check_shape(repr(title), values, (len(rows), len(columns)), reason)
        if (values < 0).any():
            raise ValueError(
                f"{title!r} has {number(values.min())}: expected numbers of 0 or more; "
                "to draw numbers with a sign use shade_matrix(ax, values, signed=True)"
            )
    return checked


def draw_stack(maps, rows, columns, row_height, *, below=None, marked_row=None):
    """Draw heat maps with the same columns, one below the other.

    Parameters
    ----------
    maps : list of tuple
        Of each its title, its values of shape (n_rows, n_columns), and its shading.
    rows, columns : list of str
        Their labels. A map with fewer rows than labels has the first of them.
    row_height : float or list of float
        In inches, of all maps or of each.
    below : list of str, optional
        Labels of the columns for the maps below the first one, if the others must be turned.
    marked_row : int, optional
        The row to frame; the others are drawn pale.

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    titles, values, shadings = zip(*maps, strict=True)
    width = _figure_width(titles, rows, columns)
    cell = (width - _labels_width(rows)) / len(columns)
    titles = [wrapped(title, width - _labels_width(rows), size=12) for title in titles]
    others = below if below and _must_turn(columns, cell) else columns
    labels = [columns] + [others] * (len(maps) - 1)
    headers = [
        _header_height(words, cell) + 0.2 * title.count("\n")
        for title, words in zip(titles, labels, strict=True)
    ]
    each = np.broadcast_to(row_height, len(maps))
    heights = [len(h) * height for h, height in zip(values, each, strict=True)]
    fig, axes = new_figure(
        width, sum(headers) + sum(heights), nrows=len(maps), squeeze=False, height_ratios=heights
    )
    for ax, title, h, words, height, shading in zip(
        axes.flat, titles, values, labels, each, shadings, strict=True
    ):
        draw_cells(ax, h, rows[: len(h)], words, (cell, height), shading, marked_row)
        ax.set_title(title)
    return fig, list(axes.flat)


def shading_of(values, signed=False, scale=None):
    """Return the colormap and the norm with which `shade_matrix` shades these numbers."""
    scale = scale or max(np.abs(values).max(initial=0), 1e-12)
    if signed:
        return SIGNED, Normalize(-scale, scale)
    return COUNTS, Normalize(0, COUNTS_END * scale)


def draw_key(fig, axes, shading, labels):
    """Draw which shade is which number, below the axes, and make room for it.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    axes : sequence of matplotlib.axes.Axes
        The heat maps that the key belongs to.
    shading : tuple
        As `shading_of` returns it.
    labels : dict of float to str
        What to write below which number, from the smallest to the largest.
    """
    shade, norm = shading
    fig.set_figheight(fig.get_figheight() + KEY_HEIGHT)
    key = fig.colorbar(
        ScalarMappable(norm, shade), ax=list(axes), location="bottom",
        shrink=min(1, 2.8 / fig.get_figwidth()), aspect=16, pad=0.02,
    )  # fmt: skip
    key.ax.set_xlim(min(labels), max(labels))
    key.set_ticks(list(labels), labels=list(labels.values()))
    key.ax.tick_params(length=3, labelsize=10)
    key.outline.set_visible(False)


def _mark_row(ax, marked, shape):
    """Frame a row in the colour of the input, and cover the others with a pale veil."""
    n_rows, n_columns = shape
    for row in set(range(n_rows)) - {marked}:
        ax.add_patch(Rectangle((0, row), n_columns, 1, facecolor="white", alpha=0.7, zorder=2))
    ax.add_patch(
        Rectangle(
            (0, marked), n_columns, 1, fill=False, edgecolor=COLORS["input"], linewidth=4,
            clip_on=False, zorder=4,
        )
    )  # fmt: skip


def _write_numbers(ax, values, is_shown, shading, cell, marked_row):
    """Write each number into its cell, if all of them fit."""
    shade, norm = shading
    style, size = _number_style(values, shade is SIGNED, *cell)
    if style is None:
        return
    for row, column in np.argwhere(is_shown):
        value = values[row, column]
        text, color = style(value), ink_on(shade(norm(value)))
        if text == "0":
            color = QUIET
        elif marked_row not in (None, row):
            color = "#444444"
        write(ax, column + 0.5, row + 0.5, text, size, color)


def _number_style(values, signed, width, height):
    """Choose how to write the numbers so that each fits its cell, all alike; or (None, None)."""
    if values.size > MOST_CELLS_WITH_NUMBERS or height < 0.17:
        return None, None
    largest = np.abs(values).max()
    if largest >= 1e6 or 0 < largest < 0.01:
        styles = [scientific]
    elif largest >= 1000:
        styles = [lambda value: fixed(value, 0)]
    elif signed:
        styles = [fixed, lambda value: fixed(value, 1)]
    else:
        styles = [number]
    for style in styles:
        longest = max(map(style, values.flat), key=len)
        for size in (10, 9):
            if text_width(longest, size) + 0.05 <= width:
                return style, size
    return None, None


def _shape_in_words(title, rows, columns, name_of_row):
    """Say what the matrix is, and what its two axes are."""
    each = "" if name_of_row == "row" else f", one a {name_of_row},"
    span = f', from "{columns[0]}" to "{columns[-1]}"' if len(columns) > 1 else f' "{columns[0]}"'
    return (
        f"{title}: a matrix of {counted(len(rows), 'row')}{each} and "
        f"{counted(len(columns), 'column')}{span}."
    )


def _numbers_in_words(values, rows, columns, name_of_row, marked_row):
    """Say where the largest number is, which rows are alike, and read the rows out."""
    if marked_row is not None:
        entries = _entries(values[marked_row], columns)
        return f'Row {marked_row + 1}, "{rows[marked_row]}", is framed: {entries}.'
    n_zeros = np.sum(values == 0)
    if n_zeros == values.size:
        return "All numbers are 0."
    if np.array_equal(np.sort(values)[:, ::-1], np.eye(*values.shape)[:1].repeat(len(rows), 0)):
        said = ["Each row has a single 1, and zeros elsewhere."]
    else:
        said = [_largest_in_words(values, rows, columns, name_of_row), *_equal_rows(values, rows)]
    if values.size - n_zeros <= MOST_NUMBERS_READ_OUT:
        said.append("Row by row:")
        for row, numbers in zip(rows, values, strict=True):
            said.append(f'"{row}": {_entries(numbers, columns)}.')
    return " ".join(said)


def _largest_in_words(values, rows, columns, name_of_row):
    """Say what the largest number is and where, and how many are zero."""
    places = np.argwhere(are_largest(values))
    where = f"in {len(places)} places"
    if len(places) <= 3:
        named = [f'{name_of_row} "{rows[i]}", column "{columns[j]}"' for i, j in places]
        where = f"at {' and '.join(named)}"
    n_zeros = np.sum(values == 0)
    zeros = f"; {n_zeros} of {values.size} numbers are 0" if n_zeros else ""
    return f"The largest number is {sensible(values.max())}, {where}{zeros}."


def _equal_rows(values, rows):
    """Say which rows are the same, the first three groups of them."""
    groups = {}
    for row, numbers in zip(rows, values, strict=True):
        groups.setdefault(numbers.tobytes(), []).append(f'"{row}"')
    alike = [enumerated(group) for group in groups.values() if len(group) > 1]
    return [f"Rows {names} are equal." for names in alike[:3]]


def _entries(numbers, columns):
    """Read a row out: its non-zero numbers, with their columns."""
    if np.count_nonzero(numbers) > MOST_NUMBERS_READ_OUT:
        top = columns[where_largest(numbers)]
        return f"{len(numbers)} numbers up to {sensible(numbers.max())}, at {top}"
    entries = [
        f"{column} {sensible(value)}"
        for column, value in zip(columns, numbers, strict=True)
        if value
    ]
    return ", ".join(entries) or "all zero"


def _longest(labels):
    return max(text_width(shortened(label)) for label in labels)


def _labels_width(rows):
    return 0.2 if rows is None else _longest(rows) + 0.2


def _figure_width(titles, rows, columns):
    """Return how wide a figure of matrices should be: narrow if there are few columns."""
    cells = len(columns) * max(1.3, _longest(columns) + 0.15)
    title = max(text_width(title, 12) for title in titles) + 0.2
    return float(np.clip(_labels_width(rows) + max(cells, title), NARROWEST, WIDEST))


def _must_turn(columns, width):
    """Return whether the labels are too long to stand side by side over cells of this width."""
    return columns is not None and _longest(columns) + 0.08 > width


def _header_height(columns, width):
    """Return the height in inches of a title and the column labels over cells of this width."""
    return TITLE_HEIGHT + (_longest(columns) - 0.1 if _must_turn(columns, width) else 0)


def _row_height(n_rows):
    """Return the height of a row in inches, so that labels fit and the whole fits a page."""
    return 0.36 if n_rows <= 16 else min(0.2, 8 / n_rows)


def _cell_size(ax, rows, columns, shape):
    """Estimate width and height of a cell, in inches, before the layout is made."""
    figure, spec = ax.figure, ax.get_subplotspec()
    width, height = figure.bbox.width / figure.dpi, figure.bbox.height / figure.dpi
    if spec is None:
        width, height = width * ax.get_position().width, height * ax.get_position().height
    else:
        grid = spec.get_gridspec()
        ratios = grid.get_height_ratios()
        width /= grid.ncols
        height *= ratios[spec.rowspan.start] / sum(ratios)
    width = (width - _labels_width(rows)) / shape[1]
    header = 0 if columns is None else _header_height(columns, width)
    return width, max(0.01, (height - header) / shape[0])


def _label(axis, labels, length, room):
    """Label the rows or columns, or as many of them as there is room for, in inches each."""
    every = next((every for every in (1, 5, 10, 20, 50) if every * room >= 0.155), 100)
    shown = sorted({0, *range(every - 1, length, every)})
    axis.set_ticks(
        [] if labels is None else np.array(shown) + 0.5,
        labels=None if labels is None else [labels[i] for i in shown],
    )
