"""An activation function and its slope (notebook 03)."""

import numpy as np

from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, MARKERS, course_style, new_figure


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
        With a text alternative that states value and slope at the points.

    Examples
    --------
    >>> fig = draw_activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, [0, 2])
    >>> print(fig.alternative)
    tanh and its slope. At 0: value 0.00, slope 1.00. At 2: value 0.96, slope 0.07.
    """
    a = np.linspace(-limit, limit, 400)
    with course_style():
        fig, (above, below) = new_figure(8, 4.8, nrows=2, sharex=True, height_ratios=[3, 2])
        above.plot(a, function(a), color=COLORS["state"])
        below.plot(a, slope(a), color=COLORS["gradient"], linestyle="--")
        for point in points:
            value, steepness = float(function(point)), float(slope(point))
            half = 0.7 / np.hypot(1, steepness)
            ends = np.array([point - half, point + half])
            above.plot(ends, value + steepness * (ends - point), color=COLORS["gradient"])
            above.plot(point, value, MARKERS["state"], color=COLORS["state"])
            below.plot(point, steepness, MARKERS["gradient"], color=COLORS["gradient"])
            below.annotate(
                f"{steepness:.2f}",
                (point, steepness),
                xytext=(-8 if point < 0 else 8, 3),
                textcoords="offset points",
                ha="right" if point < 0 else "left",
            )
        above.set(ylabel=name, title=f"{name}, with its tangents")
        below.set(ylabel="slope", xlabel="pre-activation a", title="how steep it is")
        for ax in (above, below):
            ax.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
    return describe(
        fig,
        f"{name} and its slope. "
        + " ".join(
            f"At {point:g}: value {function(point):.2f}, slope {slope(point):.2f}."
            for point in points
        ),
    )
