"""The loss over two parameters, and the way that gradient descent takes on it (notebook 06)."""

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import BoundaryNorm, ListedColormap
from matplotlib.patheffects import withStroke
from matplotlib.ticker import MaxNLocator
from scipy.interpolate import RegularGridInterpolator

from rnnhelpers._validation import check_real
from rnnhelpers.figures.matrices import counted, sensible, shortened
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.states import check_step, place_labels
from rnnhelpers.figures.style import COLORS, COUNTS, MARKERS, course_style, new_figure

STEEP = 100
"""From this ratio of the largest loss to that of the valley on, the levels are logarithmic."""

MOST_LEVELS = 10
MOST_DARKNESS = 0.6
"""The shade of the largest losses, of 1: black numbers can be read on all of them."""

PLANE = (5.6, 4.3)
"""About how wide and high the plane is, in inches."""


def draw_loss_surface(losses, first, second, *, names=("w", "v"), path=None, step=None):
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
        If the losses are not one finite number for each pair, the values do not rise, or the path
        is not a path in two parameters.

    Examples
    --------
    >>> w = np.array([-1.0, 0.0, 1.0])
    >>> fig = draw_loss_surface(w[:, None] ** 2 + w**2, w, w, path=[[1, 1], [0, 0]])
    >>> print(fig.alternative)
    Loss as contours over w, across, from -1 to 1, and v, upwards, from -1 to 1. The lowest loss
    is 0, at w 0, v 0; the highest 2, at w -1, v -1. The path of 1 update starts at w 1, v 1,
    where the loss is about 2, and ends at w 0, v 0, where it is about 0, 0 from the lowest.
    """
    first, second, losses = _check_grid(losses, first, second)
    names = [shortened(name) for name in names]
    path = _check_path(path)
    if step is not None and path is None:
        raise ValueError("step is given without path: expected the path that it is a step of")
    step = check_step(step, 0 if path is None else len(path) - 1, smallest=0)
    with course_style():
        fig, ax = new_figure(8, 5)
        ax.set(xlabel=names[0], ylabel=names[1], xlim=first[[0, -1]], ylim=second[[0, -1]])
        if path is not None:
            _draw_path(ax, path, step, first, second)
        marks = _marks(losses, first, second, path)
        taken = _write_marks(ax, marks, path, step, first, second)
        _draw_levels(fig, ax, first, second, losses, taken)
    return describe(fig, _in_words(losses, first, second, names, path, step))


def _check_grid(losses, first, second):
    """Return the values of both parameters and the losses as arrays, or say what is wrong."""
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
    return *axes, losses


def _check_path(path):
    if path is None:
        return None
    path = check_real("path", path, float)
    if path.ndim != 2 or path.shape[1] != 2 or not len(path):
        raise ValueError(
            f"path has shape {path.shape}: expected (n_updates + 1, 2), both parameters before "
            "the first update and after each"
        )
    return path


def _levels(losses):
    """Choose the levels of the contours: evenly spaced, or 1, 2, 5, 10, … if it is steep."""
    low, high = losses.min(), losses.max()
    if high - low <= 1e-12 * max(abs(low), abs(high)):
        return np.array([])
    if _is_steep(losses):
        floor = _floor(losses)
        powers = np.arange(np.floor(np.log10(floor)), np.ceil(np.log10(high)) + 1)
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


def _draw_levels(fig, ax, first, second, losses, taken):
    """Fill between the levels, pale where the loss is low, and number their lines."""
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
    shown = ScalarMappable(BoundaryNorm(np.arange(len(edges)), len(shades)), ListedColormap(shades))
    key = fig.colorbar(shown, ax=ax, label="loss", pad=0.02)
    key.set_ticks(range(1, len(edges) - 1), labels=texts)
    key.ax.tick_params(which="both", length=0)
    key.outline.set_visible(False)
    fig.draw_without_rendering()  # the labels turn with the lines, as these will be seen
    lines = ax.contour(
        first,
        second,
        heights.T,
        levels=levels,
        colors="#333333",
        linewidths=0.8,
        linestyles="solid",
    )
    places = _places_of_labels(lines, taken, first, second)
    if places:
        lines.clabel(
            manual=places, fmt=dict(zip(lines.levels, texts, strict=True)), fontsize=9,
            colors="black", inline_spacing=3,
        )  # fmt: skip


def _inches(points, first, second):
    """Return where points are on the page, in inches from the middle of the plane."""
    lower = np.array([first[0], second[0]])
    upper = np.array([first[-1], second[-1]])
    return ((np.asarray(points) - lower) / (upper - lower) - 0.5) * PLANE


def _is_inside(points, first, second):
    lower, upper = [first[0], second[0]], [first[-1], second[-1]]
    return ((points >= lower) & (points <= upper)).all(axis=-1)


def _leaves(path, first, second):
    """Return at which update the path leaves the picture first, and where; or None."""
    inside = _is_inside(path, first, second)
    for update in range(1, len(path)):
        if inside[update - 1] and not inside[update]:
            start, end = path[update - 1], path[update]
            edges = np.where(end > start, [first[-1], second[-1]], [first[0], second[0]])
            moves = np.where(end == start, 1.0, end - start)
            shares = np.where(end == start, np.inf, (edges - start) / moves)
            return update, start + shares.min() * (end - start)
    return None


def _until_it_stays_away(path, first, second):
    """Return how many points of the path to draw: to the first one after the last inside."""
    inside = np.flatnonzero(_is_inside(path, first, second))
    return min(len(path), inside[-1] + 2) if len(inside) else 1


def _marks(losses, first, second, path):
    """List what is marked: from which step on, where, and what is written there."""
    marks = []
    if losses.max() > losses.min():
        i, j = np.unravel_index(losses.argmin(), losses.shape)
        marks.append((0, (first[i], second[j]), f"lowest: {_told(losses[i, j], losses)}"))
    if path is None:
        return marks
    inside = _is_inside(path, first, second)
    if inside[0]:
        marks.append((0, path[0], "start"))
    if (leaves := _leaves(path, first, second)) is not None:
        marks.append((leaves[0], leaves[1], f"leaves at update {leaves[0]}"))
    if inside[-1] and len(path) > 1:
        marks.append((len(path) - 1, path[-1], "end"))
    return marks


def _draw_path(ax, path, step, first, second):
    """Draw the way of gradient descent, with heads that show its direction."""
    middle = np.array([first.mean(), second.mean()])
    span = np.array([np.ptp(first), np.ptp(second)])
    far = np.abs((path - middle) / span).max(axis=1, keepdims=True)
    drawn = _until_it_stays_away(path, first, second)
    path = middle + (path - middle) * np.minimum(1, 1e4 / np.maximum(far, 1e-300))
    path = path[:drawn]
    shown = path if step is None else path[: step + 1]
    color = COLORS["gradient"]
    halo = [withStroke(linewidth=4, foreground="white")]
    ax.plot(*shown.T, color=color, linewidth=1.8, path_effects=halo, zorder=3)
    places = _inches(path, first, second)
    lengths = np.linalg.norm(np.diff(places, axis=0), axis=1)
    since = np.inf
    for update, length in enumerate(lengths[: len(shown) - 1]):
        since += length
        if length > 0.12 and since > 0.45:
            start, end = path[update], path[update + 1]
            ax.annotate(
                "", start + 0.62 * (end - start), xytext=start, zorder=4,
                arrowprops={
                    "arrowstyle": "-|>", "color": color, "linewidth": 0, "mutation_scale": 20,
                    "shrinkA": 0, "shrinkB": 0,
                }, annotation_clip=True,
            )  # fmt: skip
            since = 0.0
    if len(path) <= 41:
        ax.plot(*shown[1:].T, ".", color=color, markersize=6, zorder=4)
    ends = [(shown[0], "o", "white"), (shown[-1], MARKERS["gradient"], color)]
    for point, marker, face in ends[: len(shown)]:
        if _is_inside(point, first, second):
            ax.plot(
                *point, marker, color=color, markerfacecolor=face, markersize=9, clip_on=False,
                zorder=5,
            )  # fmt: skip


def _write_marks(ax, marks, path, step, first, second):
    """Mark the lowest loss, the start, the end; return the points that are covered, in inches."""
    points = np.array([_inches(point, first, second) for _, point, _ in marks]).reshape(-1, 2)
    lines = points if path is None else _inches(_dense(path, first, second), first, second)
    texts = [text for *_, text in marks]
    middles, _ = place_labels(points, texts, lines, bounds=np.array(PLANE) / 2)
    for (since, point, text), middle in zip(marks, middles, strict=True):
        if step is not None and since > step:
            continue
        if text.startswith("lowest"):
            ax.plot(
                *point, "*", color="black", markeredgecolor="white", markersize=16, clip_on=False,
                zorder=6,
            )  # fmt: skip
        elif text.startswith("leaves"):
            ax.plot(*point, "X", color=COLORS["gradient"], markersize=11, clip_on=False, zorder=6)
        ax.annotate(
            text, point, xytext=middle * 72, textcoords="offset points", ha="center",
            va="center", fontsize=10, zorder=6, annotation_clip=False,
            path_effects=[withStroke(linewidth=3, foreground="white")],
        )  # fmt: skip
    return np.concatenate([lines, points, points + middles])


def _dense(path, first, second):
    """Return the points of a path inside the picture, and some between them."""
    shares = np.linspace(0, 1, 20)[:, None, None]
    points = (path[:-1] + shares * (path[1:] - path[:-1])).reshape(-1, 2)
    points = np.concatenate([path, points])
    return points[_is_inside(points, first, second)]


def _places_of_labels(lines, taken, first, second):
    """Choose a place on each line for its number, clear of all else; none if there is no room."""
    places = []
    for line in lines.get_paths():
        inches = _inches(line.vertices, first, second)
        usable = (np.abs(inches) < np.array(PLANE) / 2 - 0.3).all(axis=1)
        points, inches = line.vertices[usable], inches[usable]
        if not len(points):
            continue
        apart = np.linalg.norm(inches[:, None] - taken, axis=2).min(axis=1, initial=9)
        best = int(np.round(np.minimum(apart, 0.8), 3).argmax())
        if apart[best] > 0.4:
            places.append(points[best])
            taken = np.concatenate([taken, inches[[best]]])
    return places


def _in_words(losses, first, second, names, path, step):
    """Say what the axes are, where the loss is lowest and highest, and how the path goes."""
    spans = [f"from {sensible(values[0])} to {sensible(values[-1])}" for values in (first, second)]
    steep = " at logarithmic levels" if len(_levels(losses)) and _is_steep(losses) else ""
    said = [
        f"Loss as contours{steep} over {names[0]}, across, {spans[0]}, and {names[1]}, upwards, "
        f"{spans[1]}."
    ]
    lowest = _at(losses.argmin(), losses, first, second)
    highest = _at(losses.argmax(), losses, first, second)
    said.append(
        f"The lowest loss is {_told(losses.min(), losses)}, at {_point(lowest, names)}; "
        f"the highest {sensible(losses.max())}, at {_point(highest, names)}."
        if losses.max() > losses.min()
        else f"The loss is {sensible(losses.min())} everywhere."
    )
    if path is not None:
        shown = path if step is None else path[: step + 1]
        said.append(_path_in_words(shown, losses, first, second, names, lowest))
    return " ".join(said)


def _told(loss, losses):
    """Write a loss; as 0 if it is nothing but a rounding error beside the largest."""
    return sensible(0.0 if abs(loss) < 1e-12 * np.abs(losses).max() else loss)


def _at(index, losses, first, second):
    i, j = np.unravel_index(index, losses.shape)
    return np.array([first[i], second[j]])


def _point(point, names):
    return ", ".join(f"{name} {sensible(value)}" for name, value in zip(names, point, strict=True))


def _path_in_words(path, losses, first, second, names, lowest):
    """Say where the path starts, where it leaves the picture, where it ends."""
    between = RegularGridInterpolator((first, second), losses, bounds_error=False)
    wheres = []
    for point, it in ((path[0], "the loss"), (path[-1], "it")):
        loss = between(point).item()
        outside = "outside the picture" if np.isnan(loss) else ""
        wheres.append(outside or f"where {it} is about {_told(loss, losses)}")
    start = f"starts at {_point(path[0], names)}, {wheres[0]}"
    if len(path) == 1:
        return f"The path {start}."
    said = f"The path of {counted(len(path) - 1, 'update')} {start}"
    if (leaves := _leaves(path, first, second)) is not None:
        said += f", leaves the picture at update {leaves[0]}"
    distance = sensible(np.linalg.norm(path[-1] - lowest))
    return (
        f"{said}, and ends at {_point(path[-1], names)}, {wheres[1]}, {distance} from the lowest."
    )
