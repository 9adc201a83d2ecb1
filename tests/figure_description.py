"""How a figure looks, as lines of text: where everything in it is, and in which style.

`rnnhelpers.figures.drawn` writes down what a figure was drawn from, and leaves out what the layout
decides. This is the rest. `tests/reference/figure_values.json` has both for each figure of
`figure_cases.py`, so that whatever changes is seen, and can be judged.

Another release of Matplotlib lays figures out a little differently: with it only the data and the
alternative are compared.
"""

import itertools

import matplotlib as mpl
import numpy as np
from matplotlib.collections import Collection
from matplotlib.colors import to_hex
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch
from matplotlib.text import Text

from rnnhelpers.figures.drawn import drawn_data

SHARE = {"drawn": 0.002, "sizes": 0.01}
"""How far numbers may be off, as a share of the largest of their line."""

PERCENT = 0.9
"""How far places in the axes may be off: fonts are not quite the same everywhere."""


def release():
    """Return the release of Matplotlib, without its last number: 3.11."""
    return ".".join(mpl.__version__.split(".")[:2])


def description(fig):
    """List what is to be seen in a figure that has been drawn, and what it says instead.

    Numbers that may be off a little stand after a tab.
    """
    alternative, drawn = fig.alternative, drawn_data(fig).splitlines()
    return {
        "alternative": [alternative],
        "drawn": drawn,
        "sizes": [f"\t{numbers(*limits)}" for limits in sizes(fig)],
        "looks": looks(fig),
    }


def sizes(fig):
    """List the size of a figure in inches, and the limits of its axes."""
    return [fig.get_size_inches(), *((*ax.get_xlim(), *ax.get_ylim()) for ax in fig.axes)]


def looks(fig):
    """List where things are, in percent of the axes, and their style."""
    lines = []
    for number, ax in enumerate(fig.axes, start=1):
        place = ax.get_position()
        lines.append(f"axes {number}\t{numbers(*(100 * place.p0), *(100 * place.size))}")
        if ax.axison:
            labels = [*ax.get_xticklabels(), *ax.get_yticklabels()]
            font = numbers(*sorted({label.get_fontsize() for label in labels}))
            lines.append(f"ticks {', '.join(label.get_text() for label in labels)!r} {font}")
            lines += [*text_lines(ax, ax.xaxis.label), *text_lines(ax, ax.yaxis.label)]
        for artist in ax.get_children():
            if artist.get_visible() and artist not in (*ax.spines.values(), ax.patch):
                lines += lines_of(ax, artist)
    for artist in (*fig.legends, *fig.texts):
        lines += lines_of(None, artist)
    return lines


def numbers(*values):
    """Write numbers with four digits."""
    return " ".join(f"{value + 0.0:.4g}" for value in values)


def lines_of(ax, artist):
    """Describe one thing that is drawn."""
    if isinstance(artist, Legend):
        box, texts = artist.get_window_extent(), [text.get_text() for text in artist.get_texts()]
        return [f"legend {', '.join(texts)}\t{in_percent(ax, box.p0)} {in_percent(ax, box.p1)}"]
    if isinstance(artist, Text):
        return text_lines(ax, artist)
    if not isinstance(artist, Line2D | Patch | Collection | AxesImage):
        return []
    box = artist.get_window_extent(ax.figure.canvas.get_renderer())
    style = " ".join([type(artist).__name__, *colors_of(artist), *style_of(artist)])
    return [f"{style}\t{in_percent(ax, box.p0)} {in_percent(ax, box.p1)}"]


def text_lines(ax, text):
    """Describe a text, unless it is empty, and the arrow that starts at it, if there is one."""
    words = " ".join(text.get_text().split())
    arrow = getattr(text, "arrow_patch", None)
    lines = lines_of(ax, arrow) if arrow else []
    if not words:
        return lines
    place = text.get_transform().transform(text.get_unitless_position())
    style = f"{text.get_ha()} {text.get_va()} {text.get_weight()} {color_of(text.get_color())}"
    sizes = numbers(text.get_fontsize(), text.get_rotation(), text.get_zorder())
    line = f"text {words} {style} {sizes}\t{in_percent(ax, place)}"
    if "\n" in text.get_text():  # and so how far apart its lines are
        box = text.get_window_extent(text.figure.canvas.get_renderer())
        line += f" {numbers(100 * box.height / text.figure.bbox.height)}"
    return [*lines, line]


def in_percent(ax, place):
    """Write a place on the screen as one in the axes, or as it is in a figure without any."""
    return numbers(*(100 * ax.transAxes.inverted().transform(place))) if ax else numbers(*place)


def color_of(color):
    """Write a colour with its opacity."""
    return to_hex(color, keep_alpha=True)


def colors_of(artist):
    """Return the colours of a thing; of a collection the first ones."""
    found = []
    for get in ("get_color", "get_facecolor", "get_edgecolor"):
        if hasattr(artist, get):
            colors = getattr(artist, get)()
            found += map(color_of, colors[:3] if isinstance(artist, Collection) else [colors])
    return found


def style_of(artist):
    """Return how thick the lines of a thing are, which marks it has, and what it covers."""
    found = [numbers(artist.get_zorder())]
    if isinstance(artist, Collection):
        return [*found, numbers(*artist.get_linewidth()[:1])]
    if isinstance(artist, AxesImage):
        return found
    if isinstance(artist, Line2D):
        found += [str(artist.get_marker()), numbers(artist.get_markersize())]
        found.append(f"every {artist.get_markevery()}")
        found.append(f"dashes {getattr(artist, '_unscaled_dash_pattern', None)}")
    if isinstance(artist, FancyArrowPatch):
        found.append(f"head {numbers(artist.get_mutation_scale())}")
        found.append(f"gaps {numbers(artist.shrinkA, artist.shrinkB)}")
    return [*found, numbers(artist.get_linewidth()), str(artist.get_linestyle())]


def difference(before, now, parts=("alternative", "drawn", "looks")):
    """Return the first line that is not as before, or an empty string."""
    for part in parts:
        lines = before[part]
        for line, other in itertools.zip_longest(lines, now[part], fillvalue="(nothing)"):
            if not are_alike(line, other, part):
                return f"- {line}\n+ {other}"
    return ""


def are_alike(line, other, part):
    """Tell whether two lines have the same words, and nearly the same numbers after the tab."""
    (words, _, one), (others, _, two) = line.partition("\t"), other.partition("\t")
    one, two = np.array(one.split(), float), np.array(two.split(), float)
    if words != others or one.shape != two.shape:
        return False
    size = np.nanmax(np.abs(one), initial=0)
    room = SHARE[part] * size if part in SHARE else PERCENT
    return np.allclose(one, two, rtol=0, atol=room, equal_nan=True)
