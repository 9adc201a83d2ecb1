"""The loss over two parameters, and the way that gradient descent takes on it (notebook 06)."""

from typing import NamedTuple

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from scipy.interpolate import RegularGridInterpolator

from rnnhelpers._validation import check_list, check_real
from rnnhelpers.figures.labels import (
    check_step,
    counted,
    in_inches,
    place_labels,
    sensible,
    shortened,
    where_largest,
    where_smallest,
    write_label,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, COUNTS, MARKERS, course_style, new_figure

STEEP = 100
"""From this ratio of the largest loss to that of the valley on, the levels are logarithmic."""

MOST_LEVELS, MOST_UPDATES_WITH_DOTS = 10, 40
MOST_DARKNESS = 0.6
"""The shade of the largest losses, of 1: black numbers can be read on all of them."""

PLANE = np.array([5.6, 4.3])
"""About how wide and high the plane is, in inches."""


def draw_loss_surface(
    losses, first, second, *, names=("w", "v"), path=None, path_losses=None, step=None
):
    """Draw the loss over two parameters as contours, with the way of gradient descent on it.

    The lowest loss is marked with a star. If the largest loss is more than 100 times that of the
    valley (than which only 1 in 20 are lower), the levels are 1, 2, 5, 10, …, so that the valley
    is seen too.

    Parameters
    ----------
    losses : array-like of shape (n_first, n_second)
        The loss for each pair of values.
    first, second : array-like of shape (n_first,) and (n_second,)
        The values of the two parameters, rising. The first is drawn across, the second upwards.
    names : pair of str, default=("w", "v")
        What the parameters are called.
    path : array-like of shape (n_updates + 1, 2), optional
        The two parameters before and after each update. What is outside the values is cut off.
    path_losses : array-like of shape (n_updates + 1,), optional
        The loss at each point of the path. Without it the text alternative estimates the first and
        the last one from the surface, and says "about": on a cliff that can be far off.
    step : int, optional
        Draw only this many updates of the path; 0 is its start. The layout is that of all.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that says where the loss is lowest and highest, and where the path
        starts, ends and leaves the picture.

    Raises
    ------
    TypeError, ValueError
        If the losses are not one finite number for each pair, the values do not rise, the path
        is not a path in two parameters, or the losses of the path are not one for each point.

    Examples
    --------
    >>> w = np.array([-1.0, 0.0, 1.0])
    >>> fig = draw_loss_surface(w[:, None] ** 2 + w**2, w, w, path=[[1, 1], [0, 0]])
    >>> print(fig.alternative)
    Loss as contours over w, across, from -1 to 1, and v, upwards, from -1 to 1. The lowest loss
    is 0, at w 0, v 0; the highest 2, at w -1, v -1. The path of 1 update starts at w 1, v 1,
    where the loss is about 2, and ends at w 0, v 0, where it is about 0, 0 from the lowest.
    """
    surface = _check_surface(losses, first, second)
    names = [shortened(str(name)) for name in check_list("names", names, "two texts")]
    if len(names) != 2:
        raise ValueError(f"names has {len(names)}: expected two, those of the parameters")
    path, path_losses = _check_path(path, path_losses)
    if step is not None and path is None:
        raise ValueError("step is given without path: expected the path that it is a step of")
    step = check_step(step, 0 if path is None else len(path) - 1, smallest=0)
    with course_style():
        fig, ax = new_figure(8, 5)
        xlim, ylim = surface.limits
        ax.set(xlabel=names[0], ylabel=names[1], xlim=xlim, ylim=ylim)
        if path is not None:
            _draw_path(ax, path, step, surface)
        taken = _write_marks(ax, surface, path, step)
        _draw_levels(fig, ax, surface, taken)
    return describe(fig, _in_words(surface, names, path, path_losses, step))


class _Surface(NamedTuple):
    """The losses of shape (n_first, n_second) over the values of both parameters."""

    losses: np.ndarray
    first: np.ndarray
    second: np.ndarray

    @property
    def limits(self):
        """The lower and the upper end of both axes, one row each."""
        return np.array([self.first[[0, -1]], self.second[[0, -1]]])

    def at(self, index):
        """Return the values of both parameters at a flat index of the losses."""
        i, j = np.unravel_index(index, self.losses.shape)
        return np.array([self.first[i], self.second[j]])

    def is_inside(self, points):
        """Tell which points are in the picture."""
        lower, upper = self.limits.T
        return ((points >= lower) & (points <= upper)).all(axis=-1)

    def in_inches(self, points):
        """Return where points are on the page, in inches from the middle of the plane."""
        return in_inches(points, self.limits, PLANE)

    def told(self, loss):
        """Write a loss; as 0 if it is nothing but a rounding error beside the largest."""
        return sensible(0.0 if abs(loss) < 1e-12 * np.abs(self.losses).max() else loss)


def _check_surface(losses, first, second):
    """Return the losses and the values of both parameters as arrays, or say what is wrong."""
    axes = []
    for name, given in (("first", first), ("second", second)):
        values = check_real(name, given, float)
        if values.ndim != 1 or len(values) < 2 or (np.diff(values) <= 0).any():
            raise ValueError(
                f"{name} has shape {values.shape}: expected two values or more, rising, "
                "such as np.linspace(-2, 2, 41)"
            )
        axes.append(values)
    losses = check_real("losses", losses, float)
    shape = (len(axes[0]), len(axes[1]))
    if losses.shape != shape:
        hint = "losses[i, j] belongs to first[i] and second[j]"
        if losses.shape == shape[::-1]:
            hint += "; use losses.T, or np.meshgrid(first, second, indexing='ij')"
        raise ValueError(f"losses has shape {losses.shape}: expected {shape}; {hint}")
    return _Surface(losses, *axes)


def _check_path(path, losses):
    if path is None:
        if losses is not None:
            raise ValueError("path_losses is given without path: expected the path, too")
        return None, None
    path = check_real("path", path, float)
    if path.ndim != 2 or path.shape[1] != 2 or not len(path):
        raise ValueError(
            f"path has shape {path.shape}: expected (n_updates + 1, 2), both parameters before "
            "the first update and after each"
        )
    if losses is not None:
        losses = check_real("path_losses", losses, float)
        if losses.shape != (len(path),):
            raise ValueError(
                f"path_losses has shape {losses.shape}: expected ({len(path)},), one loss for each "
                "point of the path"
            )
    return path, losses


def _draw_path(ax, path, step, surface):
    """Draw the way of gradient descent, with heads that show its direction."""
    drawn = _until_it_stays_away(path, surface)
    shown = drawn if step is None else drawn[: step + 1]
    color = COLORS["gradient"]
    halo = [withStroke(linewidth=4, foreground="white")]
    ax.plot(*shown.T, color=color, linewidth=1.8, path_effects=halo, zorder=3)
    _draw_heads(ax, shown, surface)
    if len(drawn) <= MOST_UPDATES_WITH_DOTS + 1:
        ax.plot(*shown[1:].T, ".", color=color, markersize=6, zorder=4)
    ends = [(shown[0], "o", "white"), (shown[-1], MARKERS["gradient"], color)]
    for point, marker, face in ends[: len(shown)]:
        if surface.is_inside(point):
            ax.plot(
                *point, marker, color=color, markerfacecolor=face, markersize=9, clip_on=False,
                zorder=5,
            )  # fmt: skip


def _until_it_stays_away(path, surface):
    """Return the path to the first point after the last inside, with nothing endlessly far out."""
    inside = np.flatnonzero(surface.is_inside(path))
    path = path[: inside[-1] + 2 if len(inside) else 1]
    middle, span = surface.limits.mean(axis=1), np.ptp(surface.limits, axis=1)
    far = np.abs((path - middle) / span).max(axis=1, keepdims=True)
    return middle + (path - middle) * np.minimum(1, 1e4 / np.maximum(far, 1e-300))


def _draw_heads(ax, path, surface):
    """Draw heads of arrows on a path, where there is room for them."""
    lengths = np.linalg.norm(np.diff(surface.in_inches(path), axis=0), axis=1)
    style = {
        "arrowstyle": "-|>", "color": COLORS["gradient"], "linewidth": 0, "mutation_scale": 20,
        "shrinkA": 0, "shrinkB": 0,
    }  # fmt: skip
    since = np.inf
    for start, end, length in zip(path[:-1], path[1:], lengths, strict=True):
        since += length
        if length > 0.12 and since > 0.45:
            tip = start + 0.62 * (end - start)
            ax.annotate("", tip, xytext=start, arrowprops=style, annotation_clip=True)
            since = 0.0


def _write_marks(ax, surface, path, step):
    """Mark the lowest loss, the start, the end; return the points that are covered, in inches."""
    marks = _marks(surface, path)
    points = surface.in_inches(np.array([point for _, point, _ in marks]).reshape(-1, 2))
    lines = points if path is None else surface.in_inches(_dense(path, surface))
    texts = [text for *_, text in marks]
    middles, _ = place_labels(points, texts, lines, bounds=PLANE / 2)
    for (since, point, text), middle in zip(marks, middles, strict=True):
        if step is not None and since > step:
            continue
        if text.startswith("lowest"):
            star = {"color": "black", "markeredgecolor": "white", "markersize": 16}
            ax.plot(*point, "*", clip_on=False, zorder=6, **star)
        elif text.startswith("leaves"):
            ax.plot(*point, "X", color=COLORS["gradient"], markersize=11, clip_on=False, zorder=6)
        write_label(ax, point, middle, text)
    return np.concatenate([lines, points, points + middles])


def _marks(surface, path):
    """List what is marked: from which step on, where, and what is written there."""
    marks, losses = [], surface.losses
    if losses.max() > losses.min():
        lowest = surface.at(where_smallest(losses))
        marks.append((0, lowest, f"lowest: {surface.told(losses.min())}"))
    if path is None:
        return marks
    inside = surface.is_inside(path)
    if inside[0]:
        marks.append((0, path[0], "start"))
    if (leaves := _leaves(path, surface)) is not None:
        marks.append((*leaves, f"leaves at update {leaves[0]}"))
    if inside[-1] and len(path) > 1:
        marks.append((len(path) - 1, path[-1], "end"))
    return marks


def _leaves(path, surface):
    """Return at which update the path leaves the picture first, and where; or None."""
    inside = surface.is_inside(path)
    leaving = np.flatnonzero(inside[:-1] & ~inside[1:])
    if not len(leaving):
        return None
    start, end = path[leaving[0]], path[leaving[0] + 1]
    lower, upper = surface.limits.T
    moves = np.where(end == start, np.nan, end - start)
    shares = (np.where(end > start, upper, lower) - start) / moves
    return int(leaving[0]) + 1, start + np.nanmin(shares) * (end - start)


def _dense(path, surface):
    """Return the points of a path inside the picture, and some between them."""
    shares = np.linspace(0, 1, 20)[:, None, None]
    points = (path[:-1] + shares * (path[1:] - path[:-1])).reshape(-1, 2)
    points = np.concatenate([path, points])
    return points[surface.is_inside(points)]


def _draw_levels(fig, ax, surface, taken):
    """Fill between the levels, pale where the loss is low, and number their lines."""
    losses, first, second = surface
    levels = _levels(losses)
    if not len(levels):
        ax.set_facecolor(COUNTS(MOST_DARKNESS / 2))
        ax.set_title(f"the same loss everywhere: {sensible(losses.min())}")
        return
    texts = [sensible(level) for level in levels]
    heights = losses
    if _is_steep(losses):  # between grid points, too
        heights, levels = np.log10(np.maximum(losses, levels[0] / 2)), np.log10(levels)
    edges = np.r_[min(heights.min(), levels[0] - 1e-9), levels, heights.max()]
    shades = COUNTS(np.linspace(0, MOST_DARKNESS, len(edges) - 1))
    ax.contourf(first, second, heights.T, levels=edges, colors=shades)
    ax.drawn_data = {"grid x": first, "grid y": second, "heights": heights, "levels": levels}
    shown = ScalarMappable(BoundaryNorm(np.arange(len(edges)), len(shades)), ListedColormap(shades))
    key = fig.colorbar(shown, ax=ax, label="loss", pad=0.02)
    key.set_ticks(range(1, len(edges) - 1), labels=texts)
    key.ax.tick_params(which="both", length=0)
    key.outline.set_visible(False)
    fig.draw_without_rendering()  # the labels turn with the lines, as these will be seen
    lines = ax.contour(
        first, second, heights.T, levels=levels, colors="#333333", linewidths=0.8,
        linestyles="solid",
    )  # fmt: skip
    places = _places_of_numbers(lines, taken, surface)
    if places:
        numbers = dict(zip(lines.levels, texts, strict=True))
        lines.clabel(manual=places, fmt=numbers, fontsize=9, colors="black", inline_spacing=3)


def _levels(losses):
    """Choose the levels of the contours: evenly spaced, or 1, 2, 5, 10, … if it is steep."""
    low, high = losses.min(), losses.max()
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return []
    if _is_steep(losses):
        floor = _floor(losses)
        powers = np.arange(np.floor(np.log10(floor)), np.log10(high))
        for digits in ((1, 2, 5), (1,)):
            levels = np.sort(np.outer(10.0**powers, digits).ravel())
            levels = levels[(levels > max(low, floor / 5)) & (levels < high)]
            if len(levels) <= MOST_LEVELS:
                return levels
        return levels[:: int(np.ceil(len(levels) / MOST_LEVELS))]
    levels = MaxNLocator(8).tick_values(low, high)
    return levels[(levels > low) & (levels < high)]


def _is_steep(losses):
    return losses.min() >= 0 and losses.max() > STEEP * _floor(losses)


def _floor(losses):
    """Return a loss that only few are smaller than: the smallest can be as good as 0."""
    return np.quantile(losses[losses > 0], 0.05)


def _places_of_numbers(lines, taken, surface):
    """Choose a place on each line for its number, clear of all else; none if there is no room."""
    places = []
    for line in lines.get_paths():
        inches = surface.in_inches(line.vertices)
        usable = (np.abs(inches) < PLANE / 2 - 0.3).all(axis=1)
        points, inches = line.vertices[usable], inches[usable]
        if not len(points):
            continue
        apart = np.linalg.norm(inches[:, None] - taken, axis=2).min(axis=1, initial=9)
        best = int(np.round(np.minimum(apart, 0.8), 3).argmax())
        if apart[best] > 0.4:
            places.append(points[best])
            taken = np.concatenate([taken, inches[[best]]])
    return places


def _in_words(surface, names, path, path_losses, step):
    """Say what the axes are, where the loss is lowest and highest, and how the path goes."""
    losses = surface.losses
    spans = [f"from {sensible(low)} to {sensible(high)}" for low, high in surface.limits]
    steep = " at logarithmic levels" if len(_levels(losses)) and _is_steep(losses) else ""
    said = [
        f"Loss as contours{steep} over {names[0]}, across, {spans[0]}, and {names[1]}, upwards, "
        f"{spans[1]}."
    ]
    lowest, highest = surface.at(where_smallest(losses)), surface.at(where_largest(losses))
    said.append(
        f"The lowest loss is {surface.told(losses.min())}, at {_point(lowest, names)}; "
        f"the highest {sensible(losses.max())}, at {_point(highest, names)}."
        if losses.max() > losses.min()
        else f"The loss is {sensible(losses.min())} everywhere."
    )
    if path is not None:
        shown = slice(None if step is None else step + 1)
        known = None if path_losses is None else path_losses[shown]
        said.append(_path_in_words(path[shown], known, surface, names))
    return " ".join(said)


def _point(point, names):
    return ", ".join(f"{name} {sensible(value)}" for name, value in zip(names, point, strict=True))


def _path_in_words(path, path_losses, surface, names):
    """Say where the path starts, where it leaves the picture, where it ends."""
    losses, first, second = surface
    between = RegularGridInterpolator((first, second), losses, bounds_error=False)
    wheres = []
    for at, it in ((0, "the loss"), (-1, "it")):
        loss = between(path[at]).item()
        if np.isnan(loss):
            wheres.append("outside the picture")
        elif path_losses is None:
            wheres.append(f"where {it} is about {surface.told(loss)}")
        else:
            wheres.append(f"where {it} is {surface.told(path_losses[at])}")
    start = f"starts at {_point(path[0], names)}, {wheres[0]}"
    if len(path) == 1:
        return f"The path {start}."
    said = f"The path of {counted(len(path) - 1, 'update')} {start}"
    if (leaves := _leaves(path, surface)) is not None:
        said += f", leaves the picture at update {leaves[0]}"
    distance = sensible(np.linalg.norm(path[-1] - surface.at(where_smallest(losses))))
    return (
        f"{said}, and ends at {_point(path[-1], names)}, {wheres[1]}, {distance} from the lowest."
    )
