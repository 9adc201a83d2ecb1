"""What a figure was drawn from, as text: so that a wrong curve is noticed, and not only a title.

The pixels of a picture differ between versions of Matplotlib, and a text alternative has only its
main numbers. `drawn_data` writes down the numbers themselves, for the checks to compare.
"""

import json

import numpy as np
from matplotlib.category import StrCategoryFormatter
from matplotlib.collections import (
    LineCollection,
    PathCollection,
    PolyCollection,
    QuadMesh,
)
from matplotlib.container import BarContainer
from matplotlib.contour import ContourSet
from matplotlib.image import AxesImage
from matplotlib.ticker import FuncFormatter

DRAWN = "text/x-drawn"
"""The MIME type under which `show` adds it to the output; no page shows it."""

EVENLY_SPACED_FROM = 4


def drawn_data(fig):
    """Write down what the lines, points, bars, matrices and texts of a figure were drawn from.

    Numbers are rounded to a thousandth of their range, and are logarithms (base 10) where the axis
    is logarithmic. What the layout decides is left out: limits, numbers along the axes, the places
    of texts, lines and boxes around things. Words along the axes stay.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.

    Returns
    -------
    str
        A line for each sequence of numbers: its name, a tab, the numbers; and lines of texts,
        without a tab.

    Examples
    --------
    >>> from rnnhelpers.figures import new_figure
    >>> fig, ax = new_figure()
    >>> line = ax.plot([0, 1, 2, 3], [0.5, 0.25, 0.125, 0.1], label="run")
    >>> print(drawn_data(fig).expandtabs(2))
    axes 1
    line "run" x, 4 evenly spaced 0 3
    line "run" y  0.5 0.25 0.125 0.1
    """
    lines = []
    for number, ax in enumerate(fig.axes, start=1):
        texts = [ax.get_title(loc="left"), ax.get_title(), ax.get_xlabel(), ax.get_ylabel()]
        is_key = ax.get_label() == "<colorbar>"
        lines.append(_quoted(f"axes {number}", texts if is_key else [*texts, *_ticks(ax)]))
        if not is_key:
            lines += _lines_of(ax)
    texts = [text.get_text() for text in fig.texts]
    return "\n".join([*lines, _quoted("texts", texts)] if texts else lines)


def _lines_of(ax):
    """Write the lines of what was drawn into one plane."""
    lines, not_ours = [], set()
    bars = {bar for group in ax.containers if isinstance(group, BarContainer) for bar in group}
    for group in ax.containers:
        if isinstance(group, BarContainer):
            boxes = np.array([[*bar.get_xy(), bar.get_width(), bar.get_height()] for bar in group])
            for name, values in zip(("left", "bottom", "width", "height"), boxes.T, strict=True):
                lines.append(_numbers(_named("bars", group, name), values))
    for artist in ax.get_children():
        if isinstance(artist, ContourSet):
            not_ours.update(artist.labelTexts)
        if artist not in bars:
            lines += _lines_of_artist(ax, artist)
    for name, values in getattr(ax, "drawn_data", {}).items():
        lines += _matrix(name, values)
    texts = [text.get_text() for text in ax.texts if text not in not_ours]
    return [*lines, _quoted("texts", texts)] if any(texts) else lines


def _lines_of_artist(ax, artist):
    """Write the lines of a curve, of points, or of a matrix."""
    if hasattr(artist, "get_xdata"):
        return _points(ax, "line", artist, artist.get_xdata(), artist.get_ydata())
    if isinstance(artist, PathCollection):
        lines = _points(ax, "points", artist, *artist.get_offsets().T)
        colors = artist.get_array()
        return lines if colors is None else [*lines, _numbers("colours", colors)]
    if isinstance(artist, QuadMesh | AxesImage):
        return _matrix("matrix", artist.get_array(), artist.get_clim())
    if isinstance(artist, LineCollection | PolyCollection):
        vertices = [path.vertices for path in artist.get_paths()]
        return _points(ax, "outline", artist, *np.concatenate(vertices).T) if vertices else []
    return []


def _points(ax, kind, artist, x, y):
    """Write the coordinates of points in the plane; of an endless line only where it is."""
    in_the_plane = artist.get_transform().contains_branch_seperately(ax.transData)
    coordinates = zip("xy", (x, y), (ax.xaxis, ax.yaxis), in_the_plane, strict=True)
    return [
        _along(axis, values, kind, artist, name)
        for name, values, axis, is_there in coordinates
        if is_there or kind == "points"
    ]


def _along(axis, values, kind, artist, name):
    """Write one coordinate of some points; its logarithm where the axis is logarithmic."""
    numbers = np.asarray(axis.convert_units(values))
    if axis.get_scale() == "linear":
        return _numbers(_named(kind, artist, name), numbers)
    powers = np.log10(np.where(numbers > 0, numbers, np.nan))
    return _numbers(_named(kind, artist, f"{axis.get_scale()} {name}"), powers)


def _matrix(name, values, shades=()):
    """Write the numbers of a matrix, row by row, and which of them have the outermost shades."""
    values = np.ma.filled(np.ma.asarray(values, dtype=float), np.nan)
    shape = " x ".join(map(str, values.shape))
    lines = [_numbers(f"{name} {shape}", values.ravel())]
    return [*lines, _numbers("shades from, to", shades)] if len(shades) else lines


def _named(kind, artist, coordinate):
    """Name a sequence of numbers, with the label of what it belongs to, if that has one."""
    label = artist.get_label() or ""
    own = "" if label.startswith("_") or not label else f" {_in_quotes(label)}"
    return f"{kind}{own} {coordinate}"


def _numbers(name, values):
    """Write a named sequence of numbers on one line."""
    values = np.where(np.abs(values) < 1e-12, 0.0, values)  # rounding noise
    finite = values[np.isfinite(values)]
    span = np.ptp(finite) if finite.size else 0.0
    if _is_evenly_spaced(values, span):
        name, values = f"{name}, {len(values)} evenly spaced", values[[0, -1]]
    size = span or np.abs(finite).max(initial=0.0) or 1.0
    rounded = np.round(values, 3 - int(np.floor(np.log10(size)))) + 0.0
    return f"{name}\t{' '.join(f'{value:.10g}' for value in rounded)}"


def _is_evenly_spaced(values, span):
    """Tell whether the first and the last of these values say them all."""
    if len(values) < EVENLY_SPACED_FROM or not span or not np.isfinite(values).all():
        return False
    return np.allclose(values, np.linspace(*values[[0, -1]], len(values)), 0, 1e-6 * span)


def _ticks(ax):
    """List the words that stand in place of numbers along the axes."""
    words = []
    for axis in (ax.xaxis, ax.yaxis):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, FuncFormatter | StrCategoryFormatter):
            words += formatter.format_ticks(axis.get_majorticklocs())
    return words


def _quoted(name, texts):
    """Write texts on one line, each in quotation marks."""
    return " ".join([name, *(_in_quotes(text) for text in texts if text)])


def _in_quotes(text):
    return json.dumps(" ".join(str(text).split()), ensure_ascii=False)
