"""The hidden state while a sentence is read: as a heat map, and as a path (notebooks 03, 04)."""

from itertools import pairwise

import numpy as np
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke

from rnnhelpers._validation import check_count, check_real
from rnnhelpers.figures.matrices import (
    cell_width,
    counted,
    draw_cells,
    draw_key,
    figure_width,
    header_height,
    must_turn,
    shades,
    shortened,
    text_width,
    wrapped,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import (
    COLORS,
    MARKERS,
    SERIES,
    course_style,
    fixed,
    listed,
    new_figure,
)

MOST_UNITS_LISTED = 6
MOST_HEIGHT_OF_ROWS = 7.0
"""Height in inches that the cells of all heat maps share, at most, if they have many units."""

PATH_STYLES = (
    (COLORS["state"], "-", MARKERS["state"]),
    (SERIES[0][0], "--", "s"),
    (SERIES[2][0], ":", "^"),
)
"""Colour, line and marker of each path that a figure can hold."""

MOST_POINTS_WITH_WORDS = 14
PLANE, WORDS_WIDTH = 4.5, 2.6
"""How wide the plane of a path is in inches, and the list of words beside it, if there is one."""

CLOSE = 0.13
"""States nearer to each other than this many inches share a label."""


def draw_states(states, words, *, step=None):
    """Draw hidden states as heat maps over the words: one column a time step, one row a unit.

    Parameters
    ----------
    states : dict of str to array-like of shape (n_steps, n_hidden)
        The states of one sequence under the title of each heat map; all with as many steps.
    words : sequence of str
        The token read at each time step.
    step : int, optional
        Draw only the states up to this time step (from 1) and frame its column. The layout is
        that of the whole sequence, so that nothing jumps from one frame to the next.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states for each heat map its largest and smallest value, the
        word that changes the state most, and the last state.

    Raises
    ------
    TypeError, ValueError
        If a heat map does not have one state of finite numbers for each word, or there is no
        such time step.

    Examples
    --------
    >>> fig = draw_states({"A small cell": [[0.5, -0.5], [0.9, 0.1]]}, ["dog", "bites"])
    >>> print(fig.alternative)
    Hidden state as a heat map, one row a unit, one column a time step: from 1 "dog" to 2 "bites".
    A small cell: 2 units; largest 0.90 (unit 1, step 2 "bites"), smallest -0.50 (unit 2,
    step 1 "dog"). It changes most at step 2 "bites", by 0.72. It ends at 0.90 and 0.10.
    """
    words = [str(word) for word in words]
    states = check_states(states, words)
    step = check_step(step, len(words))
    scale = max(1, *(np.abs(h).max() for h in states.values()))
    maps = [(title, h, *shades(h, signed=True, scale=scale)) for title, h in states.items()]
    with course_style():
        fig, axes = draw_heat_maps(maps, words, step)
        if not all(ax.texts for ax in axes):
            draw_key(fig, axes, *maps[0][2:], signed_labels(scale))
    return describe(
        fig,
        f"Hidden state as a heat map, one row a unit, one column a time step: "
        f"{steps_in_words(words, step)}. "
        + " ".join(f"{title}: {states_in_words(h, words, step)}" for title, h in states.items()),
    )


def draw_state_path(paths, words, *, limit=1.08, step=None):
    """Draw the path of a state of two hidden units, one point a time step.

    Each point is labelled with its time step and word. If there are many, the labels have the
    numbers only, and the words stand beside the plane.

    Parameters
    ----------
    paths : dict of str to array-like of shape (n_steps + 1, 2)
        The states of each path under its name, the initial state first.
    words : dict of str to sequence of str
        For each path, the token that leads to each state after the initial one.
    limit : float, default=1.08
        How far the plane is shown in each direction.
    step : int, optional
        Draw the paths only up to the state after this time step; 0 is the initial state. The
        layout is that of the whole paths.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states where each path begins and ends, its longest stride,
        and how far apart the paths end.

    Raises
    ------
    TypeError, ValueError
        If a path does not have two units, or not one state more than words, or leaves the plane,
        or there are more paths than a figure can tell apart.

    Examples
    --------
    >>> fig = draw_state_path({"A": [[0, 0], [0.5, 0.2]]}, {"A": ["dog"]})
    >>> print(fig.alternative)
    Path of the state in a plane: hidden unit 1 across, hidden unit 2 upwards, each from -1.08
    to 1.08. A: from 0.00 and 0.00, by dog, to 0.50 and 0.20. Its longest stride, 0.54, is at
    step 1 "dog".
    """
    paths, words = _check_paths(paths, words, limit)
    n_steps = max(len(path) for path in paths.values()) - 1
    step = n_steps if step is None else check_step(step, n_steps, smallest=0)
    labels, with_words = _plan_labels(paths, words, limit)
    room = (PLANE + 0.9) / max(text_width(shortened(name)) + 0.9 for name in paths)
    side_by_side = int(np.clip(room, 1, len(paths)))
    height = PLANE + 0.75
    height += 0 if len(paths) == 1 else 0.1 + 0.22 * np.ceil(len(paths) / side_by_side)
    with course_style():
        if with_words:
            fig, ax = new_figure(PLANE + 0.9, height)
        else:
            fig, (ax, beside) = new_figure(
                8, max(height, 0.2 * n_steps + 0.8), ncols=2,
                width_ratios=[8 - WORDS_WIDTH, WORDS_WIDTH],
            )  # fmt: skip
            _write_words(beside, paths, words)
        colors = dict(zip(paths, (color for color, _, _ in PATH_STYLES), strict=False))
        for (name, path), style in zip(paths.items(), PATH_STYLES, strict=False):
            _draw_path(ax, name, path[: step + 1], style)
        for name, steps, middle in labels:
            reached = [number for number in steps if number <= step]
            if reached:
                text = _label_text(reached, words[name], with_words)
                write_label(ax, paths[name][steps[0]], middle, text, colors[name])
        ax.axhline(0, color="#CCCCCC", linewidth=1, zorder=0)
        ax.axvline(0, color="#CCCCCC", linewidth=1, zorder=0)
        ax.set(
            xlim=(-limit, limit), ylim=(-limit, limit), xlabel="hidden unit 1",
            ylabel="hidden unit 2", aspect="equal",
        )  # fmt: skip
        if len(paths) > 1:
            fig.legend(loc="outside upper left", ncols=side_by_side)
        fig.draw_without_rendering()  # a square plane gets its final place at the second time
    return describe(fig, _paths_in_words(paths, words, limit, step))


def check_states(states, words, name="states"):
    """Return the states as arrays, or say which one does not fit the words."""
    if not states:
        raise ValueError(f"{name} is empty: expected at least one heat map under its title")
    checked = {}
    for title, values in states.items():
        h = checked[title] = check_real(repr(title), values, float)
        if h.ndim != 2 or len(h) != len(words):
            hint = ""
            if h.ndim == 3 and len(h) == 1:
                hint = "; of a batch of one sequence use h[0]"
            elif h.ndim == 2 and h.shape[1] == len(words):
                hint = "; the axes of time and units look swapped"
            raise ValueError(
                f"{title!r} has shape {h.shape}: expected ({len(words)}, n_hidden), "
                f"one state for each word{hint}"
            )
        if not h.size:
            raise ValueError(f"{title!r} has shape {h.shape}: expected a time step and a unit")
    return checked


def check_step(step, n_steps, smallest=1):
    """Return the time step as an int, or None for all of them; raise if there is no such step."""
    if step is None:
        return None
    step = check_count("step", step, smallest)
    if step > n_steps:
        raise ValueError(
            f"step is {step}: expected {smallest} to {n_steps}; time steps are counted from 1"
        )
    return step


def draw_heat_maps(maps, words, step=None):
    """Draw heat maps over the words, stacked and aligned.

    Parameters
    ----------
    maps : list of tuple
        Of each its title, its values of shape (n_steps, n_units), its colormap and norm.
    words : sequence of str
        The token read at each time step.
    step : int, optional
        The last time step to show, framed.

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    columns = [f"{number}. {shortened(word)}" for number, word in enumerate(words, start=1)]
    most_units = max(values.shape[1] for _, values, *_ in maps)
    rows = [f"unit {unit + 1}" for unit in range(most_units)]
    width = figure_width([title for title, *_ in maps], rows, columns)
    cell = cell_width(width, rows, len(columns))
    turned = must_turn(columns, cell)
    share = max(0.8, MOST_HEIGHT_OF_ROWS / len(maps))
    heights = [min(0.36, share / values.shape[1]) * values.shape[1] for _, values, *_ in maps]
    titles = [wrapped(title, width - text_width(rows[-1]) - 0.2, 12) for title, *_ in maps]
    headers = [0.65 + 0.2 * title.count("\n") for title in titles]
    headers[0] += header_height(columns, cell) - 0.65
    fig, axes = new_figure(
        width, sum(heights) + sum(headers), nrows=len(maps), squeeze=False, height_ratios=heights
    )
    for ax, title, height, (_, values, shade, norm) in zip(
        axes.flat, titles, heights, maps, strict=True
    ):
        n_units = values.shape[1]
        hidden = np.zeros_like(values, dtype=bool)
        hidden[step:] = step is not None
        draw_cells(
            ax, np.ma.array(values, mask=hidden).T, rows[:n_units], columns,
            (cell, height / n_units), shade, norm,
        )  # fmt: skip
        if turned and ax is not axes.flat[0]:  # the words stand above the first one
            labels = [str(number) for number in range(1, len(words) + 1)]
            ax.set_xticks(np.arange(len(words)) + 0.5, labels=labels, rotation=0)
        ax.set_title(title)
        if step is not None:
            ax.add_patch(
                Rectangle(
                    (step - 1, 0), 1, n_units, fill=False, edgecolor=COLORS["state"],
                    linewidth=3.5, clip_on=False, zorder=4,
                )
            )  # fmt: skip
    return fig, list(axes.flat)


def signed_labels(scale):
    """Return what to write below the ends and the middle of a key for numbers with a sign."""
    end = fixed(scale, 0 if float(scale).is_integer() else 2)
    return {-scale: f"-{end}", 0: "0", scale: end}


def steps_in_words(words, step=None):
    """Say which time steps are shown."""
    last = len(words) if step is None else step
    end = f'{last} "{words[last - 1]}"'
    shown = end if last == 1 else f'from 1 "{words[0]}" to {end}'
    return shown if last == len(words) else f"{shown}, of {len(words)}"


def states_in_words(h, words, step=None):
    """Say what the extreme values of a state are, which word changes it most, where it ends."""
    h = h[:step]
    said = [f"{counted(h.shape[1], 'unit')}; {extremes_in_words(h, words)}."]
    strides = np.linalg.norm(np.diff(h, axis=0), axis=1)
    if len(h) > 1:
        most = int(strides.argmax())
        said.append(
            f"It changes most at {_step_in_words(most + 1, words)}, by {fixed(strides[most])}."
            if strides[most] > 0
            else "It does not change."
        )
        how = "at" if h.shape[1] <= MOST_UNITS_LISTED else "with"
        said.append(f"It ends {how} {listed(h[-1], MOST_UNITS_LISTED)}.")
    return " ".join(said)


def extremes_in_words(h, words, largest="largest", smallest="smallest"):
    """Say where the largest and the smallest number of a heat map are."""
    if h.size == 1:
        return f"its value is {fixed(h[0, 0])}"
    if h.max() == h.min():
        return f"all values are {fixed(h.max())}"
    said = []
    for word, index in ((largest, h.argmax()), (smallest, h.argmin())):
        step, unit = np.unravel_index(index, h.shape)
        said.append(
            f"{word} {fixed(h.flat[index])} (unit {unit + 1}, {_step_in_words(step, words)})"
        )
    return ", ".join(said)


def _step_in_words(index, words):
    return f'step {index + 1} "{words[index]}"'


def _check_paths(paths, words, limit):
    """Return the paths as arrays and the words as strings, or say what is wrong with them."""
    if not 1 <= len(paths) <= len(PATH_STYLES):
        raise ValueError(
            f"got {len(paths)} paths: expected at most {len(PATH_STYLES)} in a figure, "
            "and at least one"
        )
    checked, said = {}, {}
    for name, points in paths.items():
        if name not in words:
            raise ValueError(f"words has no entry {name!r}: expected the words of each path")
        said[name] = [str(word) for word in words[name]]
        path = checked[name] = check_real(repr(name), points, float)
        if path.ndim != 2 or path.shape[1] != 2 or len(path) != len(said[name]) + 1:
            raise ValueError(
                f"{name!r} has shape {path.shape}: expected ({len(said[name]) + 1}, 2), "
                "the initial state and one state of two units for each word"
            )
        farthest = np.abs(path).max()
        if farthest > limit:
            raise ValueError(
                f"{name!r} goes as far as {farthest:.2f}, and the plane to {limit:.2f}: "
                f"expected a larger limit, or a state between -1 and 1, as tanh makes it"
            )
    return checked, said


def _draw_path(ax, name, path, style):
    """Draw a path: the initial state hollow, the last state larger."""
    color, line, marker = style
    ax.plot(*path.T, color=color, linestyle=line, marker=marker, label=shortened(name))
    ax.plot(*path[0], color=color, marker=marker, markerfacecolor="white", zorder=3)
    if len(path) > 1:
        ax.plot(*path[-1], color=color, marker=marker, markersize=9, zorder=3)


def _plan_labels(paths, words, limit):
    """Decide what to write at which point, and where there is room for it.

    Returns
    -------
    labels : list of tuple
        Of each the path's name, the time steps that share the label, and where its middle is,
        in inches right of and above the first of these points.
    with_words : bool
        Whether the labels have the words, or the numbers of the time steps only.
    """
    inch = PLANE / (2 * limit)
    groups = [(name, steps) for name, path in paths.items() for steps in _close_steps(path * inch)]
    points = np.array([paths[name][steps[0]] * inch for name, steps in groups]).reshape(-1, 2)
    lines = [_along(path * inch) for path in paths.values()]
    for with_words in (True, False):
        n_points = sum(len(steps) for _, steps in groups)
        if with_words and n_points > MOST_POINTS_WITH_WORDS:
            continue
        texts = [_label_text(steps, words[name], with_words) for name, steps in groups]
        middles, is_crowded = place_labels(
            points, texts, np.concatenate(lines), bounds=PLANE / 2 + 0.05
        )
        if not is_crowded:
            break
    return [(*group, middle) for group, middle in zip(groups, middles, strict=True)], with_words


def _close_steps(path):
    """Group the time steps whose states are too near to each other for labels of their own."""
    groups = []
    for step in range(1, len(path)):
        for group in groups:
            if np.linalg.norm(path[step] - path[group[0]]) < CLOSE:
                group.append(step)
                break
        else:
            groups.append([step])
    return groups


def _along(path, every=0.06):
    """Return points along a path, as close to each other as this many inches."""
    pieces = [path[-1:]]
    for start, end in pairwise(path):
        n_points = 1 + int(np.linalg.norm(end - start) / every)
        pieces.append(start + np.linspace(0, 1, n_points, endpoint=False)[:, None] * (end - start))
    return np.concatenate(pieces)


def _label_text(steps, words, with_words):
    """Write the time steps that share a label: with their words, or as ranges."""
    if with_words:
        return ", ".join(f"{step}. {shortened(words[step - 1])}" for step in steps)
    ranges = []
    for step in steps:
        if ranges and ranges[-1][-1] == step - 1:
            ranges[-1].append(step)
        else:
            ranges.append([step])
    return ", ".join(f"{first}–{rest[-1]}" if rest else f"{first}" for first, *rest in ranges)


def place_labels(points, texts, lines, bounds, size=10):
    """Find a place near its point for each label, clear of other labels, points and lines.

    Parameters
    ----------
    points : array of shape (n_labels, 2)
        Where the labelled points are, in inches from the middle of the plane.
    texts : sequence of str
        What is written at each.
    lines : array of shape (n, 2)
        Points along the lines to keep clear of.
    bounds : float or array of shape (2,)
        How far from the middle a label may reach.
    size : float, default=10
        Of the font, in points.

    Returns
    -------
    middles : array of shape (n_labels, 2)
        Where the middle of each label is, in inches from its point.
    is_crowded : bool
        Whether a label had to be placed on another one, or outside.
    """
    boxes, middles, is_crowded = [], [], False
    directions = np.array([(1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0)])
    for point, text in zip(points, texts, strict=True):
        half = np.array([text_width(text, size) / 2 + 0.03, 0.09])
        gaps = np.repeat([0.05, 0.15, 0.3, 0.5, 0.75], len(directions))
        tried = np.tile(directions, (5, 1)) * (half + gaps[:, None])
        place = point + tried
        cost = 20 * gaps + np.tile(np.arange(8), 5) * 0.1
        for obstacles, weight in ((lines, 2), (points, 30)):
            inside = np.abs(place[:, None] - obstacles) < half + 0.03
            cost += weight * inside.all(axis=2).sum(axis=1)
        collides = (np.abs(place) + half > bounds).any(axis=1)
        for middle, other in boxes:
            collides |= (np.abs(place - middle) < half + other).all(axis=1)
        best = int((cost + 1000 * collides).argmin())
        is_crowded |= bool(collides[best]) or gaps[best] > 0.4
        boxes.append((place[best], half))
        middles.append(tried[best])
    return np.array(middles).reshape(-1, 2), is_crowded


def write_label(ax, point, middle, text, color):
    """Write a label where `place_labels` found room, with a thin line if it is far away."""
    far = np.abs(middle).max() > 0.3 and np.linalg.norm(middle) - text_width(text) / 2 > 0.22
    ax.annotate(
        text, point, xytext=middle * 72, textcoords="offset points", ha="center", va="center",
        color=color, fontsize=10, path_effects=[withStroke(linewidth=3, foreground="white")],
        arrowprops={"arrowstyle": "-", "color": color, "linewidth": 0.7, "shrinkB": 3}
        if far else None, zorder=4,
    )  # fmt: skip


def _write_words(ax, paths, words):
    """List the words of each path in a column of its own."""
    ax.axis("off")
    ax.set(xlim=(0, 1), ylim=(0, 1))
    columns = [
        (name, words[name], color) for name, (color, *_) in zip(paths, PATH_STYLES, strict=False)
    ]
    if all(words[name] == columns[0][1] for name in paths):
        columns = [("", columns[0][1], "black")]
    most = int(WORDS_WIDTH / len(columns) / 0.08)
    for place, (name, read, color) in enumerate(columns):
        lines = [name] if len(columns) > 1 else []
        lines += [f"{step}. {word}" for step, word in enumerate(read, start=1)]
        ax.text(
            place / len(columns), 1, "\n".join(shortened(line, most) for line in lines),
            ha="left", va="top", fontsize=10, linespacing=1.3, color=color,
        )  # fmt: skip


def _paths_in_words(paths, words, limit, step):
    """Say what the plane is, where each path goes, and how far apart they end."""
    said = [
        "Path of the state in a plane: hidden unit 1 across, hidden unit 2 upwards, each from "
        f"{fixed(-limit)} to {fixed(limit)}."
    ]
    for name, path in paths.items():
        shown = path[: step + 1]
        read = words[name][: len(shown) - 1]
        start, end = listed(shown[0], most=2), listed(shown[-1], most=2)
        if not read:
            said.append(f"{name}: at {start}, before the first word.")
            continue
        said.append(f"{name}: from {start}, by {', '.join(read)}, to {end}.")
        strides = np.linalg.norm(np.diff(shown, axis=0), axis=1)
        most = int(strides.argmax())
        said.append(
            f"Its longest stride, {fixed(strides[most])}, is at {_step_in_words(most, read)}."
            if strides[most] > 0
            else "It does not move."
        )
    ends = [(name, path[: step + 1][-1]) for name, path in paths.items()]
    for place, (one, here) in enumerate(ends):
        for other, there in ends[place + 1 :]:
            said.append(f"{one} and {other} end {fixed(np.linalg.norm(here - there))} apart.")
    return " ".join(said)
