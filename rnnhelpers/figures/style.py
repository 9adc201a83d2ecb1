"""One style and one colour grammar for every picture of the course.

The same colour is always the same thing (`COLORS`), and never the only sign of it: each thing has
a marker, a label or a place of its own too. Numbers that have a sign are shaded with `SIGNED`
(gold above zero, slate below), numbers that count with `COUNTS`, and several runs of the same
thing are told apart with `SERIES`. All of it is tested: readers with each kind of dichromacy can
tell the colours apart, also from black, and all of them can be read as text on the page.
"""

import matplotlib as mpl
import matplotlib.style
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from rnnhelpers._validation import check_number

COLORS = {
    "input": "#0B69EB",
    "state": "#BC500A",
    "output": "#0E5A3C",
    "gradient": "#5E0A78",
    "weight": "#707073",
}
"""What is drawn in which colour: blue, orange, green, purple and grey."""
MARKERS = {"input": "s", "state": "o", "output": "D", "gradient": "v", "weight": "x"}

SERIES = (
    ("#1A2B5C", "-", "o"),
    ("#996708", "--", "s"),
    ("#397975", "-.", "^"),
    ("#8204E5", ":", "D"),
    ("#482C02", (0, (8, 2)), "v"),
    ("#000000", (0, (3, 1, 1, 1, 1, 1)), "P"),
)
"""Colour, line and marker of each of several runs in one plot, at most six.

Their colours are none of those in `COLORS`, since a run is neither an input nor a state. Name
each run beside its line or in a legend too.
"""

BODY = "#F7F7F7"
"""The surface on which parts of a drawing lie, such as the inside of a cell."""

SIGNED = LinearSegmentedColormap.from_list(
    "signed", ["#26303C", "#8592A0", BODY, "#E9C84F", "#9A6B00"]
)
COUNTS = mpl.colormaps["Blues"]

PIXELS_PER_INCH = 100
"""How large a figure is shown: 8 inches wide is 800 pixels of the page."""

STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.labelsize": 11,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10,
    "legend.fontsize": 10,
    "legend.frameon": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "lines.linewidth": 2,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


def course_style():
    """Make a context in which matplotlib draws in the style of the course.

    Nothing of the learner's own settings has an effect in it, or is changed by it.

    Returns
    -------
    context manager
        For a ``with`` statement.

    Examples
    --------
    >>> with course_style():
    ...     mpl.rcParams["font.size"]
    11.0
    """
    return matplotlib.style.context(["default", STYLE])


def new_figure(width=8.0, height=4.0, **subplots):
    """Make an empty figure in the style of the course.

    The figure is independent of `matplotlib.pyplot`, so that nothing is shown twice and no global
    setting is changed. What is added to it should be added inside ``with course_style():``.

    Parameters
    ----------
    width, height : float
        Size in inches; a page shows `PIXELS_PER_INCH` pixels an inch. At most 8 wide.
    **subplots
        Passed on to `matplotlib.figure.Figure.subplots`.

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or ndarray of them

    Examples
    --------
    >>> fig, ax = new_figure(6, 3)
    >>> fig.get_size_inches().tolist()
    [6.0, 3.0]
    """
    for name, inches in {"width": width, "height": height}.items():
        check_number(name, inches, above=0, below=100, reason="it is in inches")
    with course_style():
        fig = Figure(figsize=(width, height), layout="constrained")
        return fig, fig.subplots(**subplots)


def ink_on(color):
    """Choose black or white ink for text on a colour, whichever has the higher contrast.

    Parameters
    ----------
    color : matplotlib color
        The background.

    Returns
    -------
    str
        ``"black"`` or ``"white"``.

    Notes
    -----
    Relative luminance after WCAG 2.1: black has the higher contrast above 0.179.

    Examples
    --------
    >>> ink_on("yellow"), ink_on("navy")
    ('black', 'white')
    """
    if not mpl.colors.is_color_like(color):
        raise ValueError(f"color is {color!r:.100}: expected one that matplotlib knows")
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return "black" if linear @ [0.2126, 0.7152, 0.0722] > 0.179 else "white"


def number(value, decimals=2):
    """Write a number for a figure: fixed decimals, never a minus zero, whole numbers bare.

    Examples
    --------
    >>> number(-0.001), number(0.5), number(3.0)
    ('0', '0.50', '3')
    """
    is_whole = round(float(value), decimals).is_integer()
    return fixed(value, 0 if is_whole else decimals)


def fixed(value, decimals=2):
    """Write a number for a figure with all its decimals, never a minus zero.

    Examples
    --------
    >>> fixed(-0.001), fixed(0.5), fixed(3)
    ('0.00', '0.50', '3.00')
    """
    return f"{round(float(value), decimals) + 0.0:.{decimals}f}"
