"""The hidden state while a sentence is read: as a heat map, and as a path (notebooks 03, 04)."""

from itertools import combinations, pairwise

import numpy as np
from matplotlib.patches import Rectangle

from rnnhelpers._validation import check_labels, check_number, check_real, check_shape
from rnnhelpers.figures.labels import (
    check_step,
    check_titles,
    counted,
    in_inches,
    place_labels,
    shortened,
    step_in_words,
    steps_in_words,
    text_width,
    vector_in_words,
    where_largest,
    where_smallest,
    write,
    write_label,
)
from rnnhelpers.figures.matrices import draw_key, draw_stack, shading_of
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import (
    COLORS,
    MARKERS,
    SERIES,
    course_style,
    fixed,
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
MOST_STATES_OF_A_PATH = 61
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
    step 1 "dog"). After the first step it changes most at step 2 "bites", by 0.72. It ends at
    0.90 and 0.10.
    """
    words = check_labels("words", words)
    states = check_states(states, words)
    step = check_step(step, len(words))
    scale = max(1, *(np.abs(h).max() for h in states.values()))
    maps = [(title, h, shading_of(h, signed=True, scale=scale)) for title, h in states.items()]
    with course_style():
        fig, axes = draw_heat_maps(maps, words, step)
        if not all(ax.texts for ax in axes):
            draw_key(fig, axes, maps[0][2], signed_labels(scale))
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
    paths, words = _check_paths(paths, words, check_number("limit", limit, above=0))
    n_steps = max(len(path) for path in paths.values()) - 1
    step = n_steps if step is None else check_step(step, n_steps, smallest=0)
    labels, with_words = _plan_labels(paths, words, limit)
    with course_style():
        fig, ax, beside = _new_plane(paths, limit, n_steps, with_words)
        for (name, path), style in zip(paths.items(), PATH_STYLES, strict=False):
            _draw_path(ax, name, path[: step + 1], style)
        colors = dict(zip(paths, (color for color, _, _ in PATH_STYLES), strict=False))
        for name, steps, middle in labels:
            if reached := [number for number in steps if number <= step]:
                text = _label_text(reached, words[name], with_words)
                write_label(ax, paths[name][steps[0]], middle, text, colors[name])
        if beside is not None:
            _write_words(beside, paths, words)
        if len(paths) > 1:
            fig.legend(loc="outside upper left", ncols=_names_in_a_line(paths))
        fig.draw_without_rendering()  # a square plane gets its final place at the second time
    return describe(fig, _paths_in_words(paths, words, limit, step))


def check_states(states, words, name="states"):
    """Return the states as arrays, or say which one does not fit the words."""
    check_titles(name, states, "heat map")
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


def draw_heat_maps(maps, words, step=None):
    """Draw heat maps over the words, stacked and aligned.

    Parameters
    ----------
    maps : list of tuple
        Of each its title, its values of shape (n_steps, n_units), and its shading.
    words : sequence of str
        The token read at each time step.
    step : int, optional
        The last time step to show, framed.

    Returns
    -------
    fig : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    numbers = [str(number) for number in range(1, len(words) + 1)]
    columns = [f"{number}. {shortened(word)}" for number, word in zip(numbers, words, strict=True)]
    sizes = [values.shape[1] for _, values, _ in maps]
    rows = [f"unit {unit}" for unit in range(1, max(sizes) + 1)]
    share = max(0.8, MOST_HEIGHT_OF_ROWS / len(maps))
    row_heights = [min(0.36, share / n_units) for n_units in sizes]
    shown = []
    for title, values, shading in maps:
        is_hidden = np.zeros_like(values, dtype=bool)
        is_hidden[step:] = step is not None
        shown.append((title, np.ma.array(values, mask=is_hidden).T, shading))
    fig, axes = draw_stack(shown, rows, columns, row_heights, below=numbers)
    if step is not None:
        frame = {"fill": False, "edgecolor": COLORS["state"], "linewidth": 3.5}
        for ax, n_units in zip(axes, sizes, strict=True):
            ax.add_patch(Rectangle((step - 1, 0), 1, n_units, clip_on=False, zorder=4, **frame))
    return fig, axes


def signed_labels(scale):
    """Return what to write below the ends and the middle of a key for numbers with a sign."""
    end = fixed(scale, 0 if float(scale).is_integer() else 2)
    return {-scale: f"-{end}", 0: "0", scale: end}


def states_in_words(h, words, step=None):
    """Say what the extreme values of a state are, which word changes it most, where it ends."""
    h = h[:step]
    said = [f"{counted(h.shape[1], 'unit')}; {extremes_in_words(h, words)}."]
    if len(h) > 1:
        move, distance = _longest_move(h)
        said.append(
            f"After the first step it changes most at {step_in_words(move + 1, words)}, "
            f"by {fixed(distance)}."
            if distance > 0
            else "It does not change."
        )
        how = "at" if h.shape[1] <= MOST_UNITS_LISTED else "with"
        said.append(f"It ends {how} {vector_in_words(h[-1], MOST_UNITS_LISTED)}.")
    return " ".join(said)


def _longest_move(h):
    """Return which move from a state to the next one is the longest, from 1, and how long it is."""
    distances = np.linalg.norm(np.diff(h, axis=0), axis=1)
    return where_largest(distances) + 1, distances.max()


def extremes_in_words(h, words, largest="largest", smallest="smallest"):
    """Say where the largest and the smallest number of a heat map are."""
    if h.size == 1:
        return f"its value is {fixed(h[0, 0])}"
    if h.max() == h.min():
        return f"all values are {fixed(h.max())}"
    said = []
    for word, index in ((largest, where_largest(h)), (smallest, where_smallest(h))):
        step, unit = np.unravel_index(index, h.shape)
        said.append(
            f"{word} {fixed(h.flat[index])} (unit {unit + 1}, {step_in_words(step + 1, words)})"
        )
    return ", ".join(said)


def _check_paths(paths, words, limit):
    """Return the paths as arrays and the words as strings, or say what is wrong with them."""
    check_titles("paths", paths, "path")
    check_titles("words", words, "list of words")
    if not 1 <= len(paths) <= len(PATH_STYLES):
        raise ValueError(
            f"got {len(paths)} paths: expected at most {len(PATH_STYLES)} in a figure, "
            "and at least one"
        )
    checked, said = {}, {}
    for name, points in paths.items():
        if len(points) > MOST_STATES_OF_A_PATH:
            raise ValueError(
                f"{name!r} has {len(points)} states: expected at most {MOST_STATES_OF_A_PATH}; "
                "draw a part of the path"
            )
        if name not in words:
            raise ValueError(f"words has no entry {name!r}: expected the words of each path")
        said[name] = check_labels(f"words[{name!r}]", words[name])
        path = checked[name] = check_real(repr(name), points, float)
        reason = "the initial state and one state of two units for each word"
        check_shape(repr(name), path, (len(said[name]) + 1, 2), reason)
        farthest = np.abs(path).max()
        if farthest > limit:
            raise ValueError(
                f"{name!r} goes as far as {farthest:.2f}, and the plane to {limit:.2f}: "
                f"expected a larger limit, or a state between -1 and 1, as tanh makes it"
            )
    return checked, said


def _new_plane(paths, limit, n_steps, with_words):
    """Make the figure: the plane, and axes for the words beside it if it has none (else None)."""
    height = PLANE + 0.75
    if len(paths) > 1:
        height += 0.1 + 0.22 * np.ceil(len(paths) / _names_in_a_line(paths))
    if with_words:
        fig, ax = new_figure(PLANE + 0.9, height)
        beside = None
    else:
        fig, (ax, beside) = new_figure(
            8, max(height, 0.2 * n_steps + 0.8), ncols=2,
            width_ratios=[8 - WORDS_WIDTH, WORDS_WIDTH],
        )  # fmt: skip
    for draw_axis in (ax.axhline, ax.axvline):
        draw_axis(0, color="#CCCCCC", linewidth=1, zorder=0)
    ax.set(
        xlim=(-limit, limit), ylim=(-limit, limit), xlabel="hidden unit 1",
        ylabel="hidden unit 2", aspect="equal",
    )  # fmt: skip
    return fig, ax, beside


def _names_in_a_line(paths):
    """Return how many names of paths have room side by side above the plane."""
    room = (PLANE + 0.9) / max(text_width(shortened(name)) + 0.9 for name in paths)
    return int(np.clip(room, 1, len(paths)))


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
    plane = [[-limit, limit]] * 2
    inches = {name: in_inches(path, plane, PLANE) for name, path in paths.items()}
    groups = [(name, steps) for name, path in inches.items() for steps in _close_steps(path)]
    points = np.array([inches[name][steps[0]] for name, steps in groups]).reshape(-1, 2)
    lines = np.concatenate([_along(path) for path in inches.values()])
    n_points = sum(len(steps) for _, steps in groups)
    for with_words in (True, False) if n_points <= MOST_POINTS_WITH_WORDS else (False,):
        texts = [_label_text(steps, words[name], with_words) for name, steps in groups]
        middles, is_crowded = place_labels(points, texts, lines, bounds=PLANE / 2 + 0.05)
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
        text = "\n".join(shortened(line, most) for line in lines)
        left = place / len(columns)
        write(ax, left, 1, text, 10, color, ha="left", va="top", linespacing=1.3)


def _paths_in_words(paths, words, limit, step):
    """Say what the plane is, where each path goes, and how far apart they end."""
    said = [
        "Path of the state in a plane: hidden unit 1 across, hidden unit 2 upwards, each from "
        f"{fixed(-limit)} to {fixed(limit)}."
    ]
    for name, path in paths.items():
        shown = path[: step + 1]
        read = words[name][: len(shown) - 1]
        start, end = vector_in_words(shown[0], most=2), vector_in_words(shown[-1], most=2)
        if not read:
            said.append(f"{name}: at {start}, before the first word.")
            continue
        said.append(f"{name}: from {start}, by {', '.join(read)}, to {end}.")
        move, distance = _longest_move(shown)
        said.append(
            f"Its longest stride, {fixed(distance)}, is at {step_in_words(move, read)}."
            if distance > 0
            else "It does not move."
        )
    ends = {name: path[: step + 1][-1] for name, path in paths.items()}
    for one, other in combinations(ends, 2):
        apart = np.linalg.norm(ends[one] - ends[other])
        said.append(f"{one} and {other} end {fixed(apart)} apart.")
    return " ".join(said)
