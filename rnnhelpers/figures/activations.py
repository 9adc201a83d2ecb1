"""An activation function and its slope (notebook 03)."""

import numpy as np

from rnnhelpers._validation import check_callable, check_list, check_number, check_real, check_text
from rnnhelpers.figures.labels import (
    in_inches,
    place_labels,
    shortened,
    where_largest,
    where_smallest,
    write_label,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, MARKERS, course_style, fixed, new_figure


def draw_activation(function, slope, points, *, name="tanh", limit=3.2):
    """Draw a function with its tangents at some points, and the slope below it.

    Parameters
    ----------
    function, slope : callable
        The function and its derivative, for arrays.
    points : sequence of float
        Pre-activations at which to draw the tangent.
    name : str, default="tanh"
        The name of the function.
    limit : float, default=3.2
        How far to draw in both directions.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states value and slope at the points, where the slope is
        largest and smallest, and where there is hardly any.

    Raises
    ------
    TypeError, ValueError
        If a point is no number within the limit, or the function or its slope gives something
        other than a finite number for each number.

    Examples
    --------
    >>> fig = draw_activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, [0, 2])
    >>> print(fig.alternative)
    tanh, and its slope below it, over the pre-activation from -3.20 to 3.20. At 0: value 0.00,
    slope 1.00. At 2: value 0.96, slope 0.07. The slope is largest, 1.00, at 0.00, and smallest,
    0.01, at -3.20. It is less than a tenth of the largest below -1.8 and above 1.8.
    """
    limit = check_number("limit", limit, above=0)
    check_callable("function", function, "takes an array of pre-activations")
    check_callable("slope", slope, "takes an array of pre-activations")
    check_text("name", name, may_be_empty=True)
    points = check_real("points", check_list("points", points, "numbers"), float)
    if points.ndim != 1 or (np.abs(points) > limit).any():
        raise ValueError(
            f"points is {points.tolist()}: expected numbers from {-limit:g} to {limit:g}; "
            "for points further out give a larger limit"
        )
    a = np.linspace(-limit, limit, 401)
    values, slopes = _evaluate("function", function, a), _evaluate("slope", slope, a)
    at, steepness = _evaluate("function", function, points), _evaluate("slope", slope, points)
    with course_style():
        fig, (above, below) = new_figure(8, 5.2, nrows=2, sharex=True, height_ratios=[3, 2])
        above.set(ylabel=shortened(name), title=f"{shortened(name, 60)}, with its tangents")
        below.set(ylabel="slope", xlabel="pre-activation a", title="how steep it is")
        _draw_function(above, (a, values), (points, at), "state", "-", height=2.6)
        _draw_function(below, (a, slopes), (points, steepness), "gradient", "--", height=1.4)
        for point, value, steep in zip(points, at, steepness, strict=True):
            half = 0.7 / np.hypot(1, steep)
            ends = np.array([point - half, point + half])
            above.plot(ends, value + steep * (ends - point), color=COLORS["gradient"])
    return describe(fig, _in_words(name, a, slopes, points, at, steepness))


def _evaluate(name, function, a):
    """Return the function's values, or say what it gave instead of one number for each."""
    values = check_real(f"{name}(a)", function(a), float)
    if values.shape != a.shape:
        raise ValueError(
            f"{name}(a) has shape {values.shape} for a of shape {a.shape}: expected one number "
            "for each; use np.full_like(a, 1.0) for a constant"
        )
    return values


def _draw_function(ax, line, marked, role, linestyle, height):
    """Draw a line with marks on it, and beside each, clear of the line and the others, its value.

    `line` and `marked` are each the numbers across and upwards; `height` is about that of the
    axes, in inches.
    """
    room = 0.22 * max(np.ptp(line[1]), 0.1)
    limits = [line[0][[0, -1]], [line[1].min() - room, line[1].max() + room]]
    ax.set(xlim=limits[0], ylim=limits[1])
    ax.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
    ax.plot(*line, color=COLORS[role], linestyle=linestyle)
    ax.plot(*marked, MARKERS[role], color=COLORS[role], markersize=8, zorder=3)
    size, points = np.array([7.0, height]), np.column_stack(marked)
    places, way = in_inches(points, limits, size), in_inches(np.column_stack(line), limits, size)
    texts = [fixed(value) for value in marked[1]]
    middles, _ = place_labels(places, texts, way, bounds=size / 2)
    for point, middle, text in zip(points, middles, texts, strict=True):
        write_label(ax, point, middle, text)


def _in_words(name, a, slopes, points, values, steepness):
    """Say what is drawn, the numbers at the points, and where the slope is large or nearly gone."""
    said = [
        f"{name}, and its slope below it, over the pre-activation from {fixed(a[0])} to "
        f"{fixed(a[-1])}."
    ]
    said += [
        f"At {point:g}: value {fixed(value)}, slope {fixed(steep)}."
        for point, value, steep in zip(points, values, steepness, strict=True)
    ]
    steepest, flattest = where_largest(slopes), where_smallest(slopes)
    if np.ptp(slopes) < 1e-9:
        return " ".join([*said, f"The slope is {fixed(slopes[0])} everywhere."])
    said.append(
        f"The slope is largest, {fixed(slopes[steepest])}, at {fixed(a[steepest])}, and smallest, "
        f"{fixed(slopes[flattest])}, at {fixed(a[flattest])}."
    )
    steep = np.flatnonzero(np.abs(slopes) >= 0.1 * np.abs(slopes).max())
    ends = [f"below {fixed(a[steep[0]], 1)}"] if steep[0] > 0 else []
    ends += [f"above {fixed(a[steep[-1]], 1)}"] if steep[-1] < len(a) - 1 else []
    if ends:
        said.append(f"It is less than a tenth of the largest {' and '.join(ends)}.")
    return " ".join(said)
