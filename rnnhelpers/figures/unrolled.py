"""The loop of a recurrent network, folded and unrolled over time (notebook 04)."""

import numpy as np

from rnnhelpers._validation import check_real
from rnnhelpers.cells import rnn_step
from rnnhelpers.figures.cell import (
    MOST_UNITS_WITH_NUMBERS,
    check_units,
    column_height,
    draw_arrow,
    draw_body,
    draw_box,
    draw_column,
    new_canvas,
)
from rnnhelpers.figures.labels import (
    broken,
    check_step,
    check_words,
    counted,
    step_in_words,
    vector_in_words,
    where_largest,
    where_smallest,
    write,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import COLORS, course_style, fixed

MOST_STEPS = 28
"""As many time steps as a picture has room for."""

MOST_STEPS_IN_A_ROW = 7
MOST_STEPS_WITH_NUMBERS = 12
MOST_STATES_LISTED, MOST_UNITS_LISTED = 8, 2

FOLDED_WIDTH = 1.75
"""Inches on the left for the folded loop."""

PALE, PALE_INK = "#C4C4C4", "#6B6B6B"
"""For what is yet to come: of lines, and of text, which must stay legible."""


def draw_unrolled(x, h0, W_xh, W_hh, b_h, words=None, *, step=None):
    r"""Draw a recurrent network twice: as a loop, and as the chain that the loop is over time.

    The states are computed here, with `rnnhelpers.cells.rnn_step`:

    .. math:: h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)

    Parameters
    ----------
    x : array-like of shape (n_steps, n_features) or (1, n_steps, n_features)
        One sequence, of at most 28 time steps.
    h0 : array-like of shape (n_hidden,) or (1, n_hidden)
        State before the first time step.
    W_xh : array-like of shape (n_features, n_hidden)
        Weights from the input to the hidden units.
    W_hh : array-like of shape (n_hidden, n_hidden)
        Weights from the state before to the hidden units.
    b_h : array-like of shape (n_hidden,)
        Bias of the hidden units.
    words : sequence of str, optional
        The token read at each time step.
    step : int, optional
        Draw the moment after this time step (0: before the first one): it is framed, and the
        later ones are empty. Each moment is drawn in the same places, for `show_steps`.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states the states, and how many weights they share.

    Raises
    ------
    TypeError
        If an array does not hold real numbers, `step` is no whole number, or `words` is a text.
    ValueError
        If shapes do not fit together, there is more than one sequence, no time step or too many
        of them, not one word for each, a step that the sequence does not have, or a number that
        is not finite.

    Examples
    --------
    >>> fig = draw_unrolled([[1.0], [0.0]], [0.0], [[1.0]], [[0.5]], [0.0], ["dog", "bites"])
    >>> print(fig.alternative)
    A recurrent network with 1 hidden unit and 1 input feature, folded and unrolled. Left: one
    cell, whose state returns to it through W_hh and whose input comes through W_xh; right: the
    same cell at each of 2 time steps, from left to right. The state is 0.00 at the start; 0.76
    after step 1 ("dog"); 0.36 after step 2 ("bites"). The same W_xh, W_hh and b_h, 3 numbers in
    all, serve at every time step.
    """
    arrays = {"x": x, "h0": h0, "W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}
    x, h0, W_xh, W_hh, b_h = (check_real(name, a, float) for name, a in arrays.items())
    x = _one_sequence(x)
    words = check_words(words, len(x))
    step = check_step(step, len(x), smallest=0)
    states = _states(x, h0, W_xh, W_hh, b_h)
    n_weights = W_xh.size + W_hh.size + b_h.size
    with course_style():
        fig = _draw(states, words, x.shape[1], n_weights, step)
    return describe(fig, _in_words(states, words, x.shape[1], n_weights, step))


def _one_sequence(x):
    """Return one sequence as (n_steps, n_features), or raise."""
    shape = x.shape
    if x.ndim == 3 and len(x) == 1:
        x = x[0]
    if x.ndim != 2:
        hint = {
            1: "for one time step use x[None], for one feature x[:, None]",
            3: "draw one of the sequences, x[0] for instance",
        }.get(x.ndim, "one row of features for each time step")
        raise ValueError(
            f"x has shape {shape}: expected one sequence, (n_steps, n_features); {hint}"
        )
    check_number_of_steps("x", shape, len(x))
    return x


def check_number_of_steps(name, shape, n_steps):
    """Raise unless a picture has room for so many time steps."""
    if not n_steps:
        raise ValueError(f"{name} has shape {shape}: expected at least one time step")
    if n_steps > MOST_STEPS:
        raise ValueError(
            f"{name} has {n_steps} time steps: expected at most {MOST_STEPS}, more cannot be "
            f"legible; draw a part, {name}[:{MOST_STEPS}], or a heat map with draw_states"
        )


def _states(x, h0, W_xh, W_hh, b_h):
    """Return the initial state and those after each step, of shape (n_steps + 1, n_hidden)."""
    if h0.shape not in (b_h.shape, (1, *b_h.shape)):
        raise ValueError(
            f"h0 has shape {h0.shape}: expected {b_h.shape}, one number for each hidden unit, "
            "as in b_h"
        )
    states = [np.atleast_2d(h0)]
    for x_t in x:
        states.append(rnn_step(x_t[None], states[-1], W_xh, W_hh, b_h))
    check_units(states[-1])
    return np.concatenate(states)


class Chain:
    """Where the time steps of a chain are drawn: in rows from left to right, in inches.

    Parameters
    ----------
    words : list of str
        The token of each time step.
    start : float
        Center of the place before the first step of a row.
    right : float
        Where a row ends, its words and the line that goes on to the next row included.
    above, below : float
        Height that a row takes above and below the bottom of its boxes, the words not counted.
    widest : float
        The largest distance from one step to the next.
    most_in_a_row : int
        As many time steps as go into a row.
    between : float, default=0.0
        Height between two rows, for the line that goes on.
    """

    def __init__(self, words, start, right, *, above, below, widest, most_in_a_row, between=0.0):
        self.n_steps = len(words)
        self.n_rows = -(-len(words) // most_in_a_row)
        self.in_a_row = -(-len(words) // self.n_rows)
        self.start, self.pitch = start, min(widest, (right - start) / (self.in_a_row + 0.5))
        self.end = start + self.pitch * (self.in_a_row + 0.5)
        self.words = [broken(word, self.pitch - 0.1) for word in words]
        lines = max(word.count("\n") + 1 if word else 0 for word in self.words)
        self.above, self.between = above, between
        self.row_height = above + below + 0.16 * lines + between
        self.height = self.n_rows * self.row_height - between
        self.top = self.height
        """Upper end of the first row; whoever draws moves it to where it should be."""

    def place(self, step):
        """Return the center and the bottom of the box of a step; 0 is before the first one."""
        row, column = divmod(max(step - 1, 0), self.in_a_row)
        bottom = self.top - row * self.row_height - self.above
        return self.start + self.pitch * (column + 1 if step else 0), bottom

    def wraps_before(self, step):
        """Tell whether a step is the first of a row that continues the one above."""
        return step > 1 and (step - 1) % self.in_a_row == 0

    def way(self, step, half, up, gap, beside=0.0):
        """Return the points of a line from the box of the step before to that of this step.

        `half` is half the width of a box, `up` the height of the line above the bottom of the
        boxes, `gap` that of the stretch between two rows, `beside` its distance from the words.
        """
        (before, above), (center, bottom) = self.place(step - 1), self.place(step)
        last = [(center - half, bottom + up)]
        if not self.wraps_before(step):
            return [(before + half, bottom + up), *last]
        right, left = before + self.pitch / 2 + beside, self.start + 0.1
        return [
            (before + half, above + up), (right, above + up), (right, bottom + gap),
            (left, bottom + gap), (left, bottom + up), *last,
        ]  # fmt: skip


def _draw(states, words, n_features, n_weights, step):
    """Draw the loop on the left, and the chain on the right."""
    n_steps, n_hidden = len(states) - 1, states.shape[1]
    has_few_steps = n_steps <= MOST_STEPS_WITH_NUMBERS
    has_numbers = has_few_steps and n_hidden <= MOST_UNITS_WITH_NUMBERS
    each, most, half = (0.27, 1.6, 0.26) if has_few_steps else (0.16, 0.7, 0.2)
    height = column_height(n_hidden, each, most)
    chain = Chain(
        words, FOLDED_WIDTH + half, 7.86, above=height + 0.42, below=0.98, widest=0.95,
        most_in_a_row=6 if has_few_steps else MOST_STEPS_IN_A_ROW,
    )  # fmt: skip
    head, foot = 0.62, 0.42
    fig, ax = new_canvas(max(chain.end + 0.14, 6.2), head + chain.height + foot)
    chain.top = foot + chain.height
    _write_around(ax, chain.top + head, states, n_features, n_weights, has_numbers)
    _draw_folded(ax, chain, height, states, words, step)
    for t in range(1, n_steps + 1):
        _draw_step(ax, chain, t, height, half, states, has_numbers, step)
    box = (*chain.place(0), half, height)
    _draw_cell(ax, box, states[0], "$h_0$", has_numbers, is_framed=step == 0, has_body=step == 0)
    return fig


def _write_around(ax, top, states, n_features, n_weights, has_numbers):
    """Write the headings above, and below how large everything is."""
    n_steps, n_hidden = len(states) - 1, states.shape[1]
    same = "The same $W_{xh}$, $W_{hh}$ and $b_h$ at every time step"
    shades = "" if has_numbers else "\nShades: gold above zero, slate below, the darker the larger."
    for left, heading, explanation in (
        (
            0.12,
            "Folded: a loop",
            f"{counted(n_features, 'feature')}\n{counted(n_hidden, 'hidden unit')}",
        ),
        (
            FOLDED_WIDTH,
            f"Unrolled: the same cell at {_each_step(n_steps)}",
            f"{same}: {counted(n_weights, 'number')}.{shades}",
        ),
    ):
        write(ax, left, top - 0.1, heading, 11, ha="left", va="top", weight="bold")
        write(ax, left, 0.4, explanation, 9, ha="left", va="top")


def _draw_folded(ax, chain, height, states, words, step):
    """Draw the one cell, its state that comes back, and its input."""
    center, half, bottom = 0.85, 0.28, chain.place(0)[1]
    values, time = (None, "t") if step is None else (states[step], str(step))
    _draw_cell(ax, (center, bottom, half, height), values, f"$h_{{{time}}}$", True)
    middle, over, left, right = bottom + height / 2, bottom + height + 0.42, 0.25, 1.45
    loop = [
        (center + half, middle), (right, middle), (right, over), (left, over), (left, middle),
        (center - half, middle),
    ]  # fmt: skip
    draw_arrow(ax, loop, COLORS["state"])
    write(ax, center, over + 0.02, "$W_{hh}$", color=COLORS["weight"], va="bottom")
    word = broken(words[step - 1], room=1.5) if step else ""
    draw_input(ax, center, bottom, f"$x_{{{step or 't'}}}$", word, is_to_come=step == 0)


def _draw_step(ax, chain, t, height, half, states, has_numbers, step):
    """Draw one time step of the chain, pale and empty if it is yet to come."""
    is_to_come = step is not None and t > step
    center, bottom = chain.place(t)
    way = chain.way(t, half, height / 2, height + 0.37, beside=0.05)
    draw_arrow(ax, way, PALE if is_to_come else COLORS["state"], head=14)
    between = center - chain.pitch / 2
    write(ax, between, bottom + height / 2 + 0.07, "$W_{hh}$", color=COLORS["weight"], va="bottom")
    values = None if is_to_come else states[t]
    box = (center, bottom, half, height)
    _draw_cell(ax, box, values, f"$h_{{{t}}}$", has_numbers, t == step, is_to_come)
    draw_input(ax, center, bottom, f"$x_{{{t}}}$", chain.words[t - 1], is_to_come)


def _draw_cell(
    ax, box, values, label, has_numbers, is_framed=False, is_to_come=False, has_body=True
):
    """Draw a cell with its state in it; without values it is empty, without a body a state."""
    center, bottom, half, height = box
    if has_body:
        draw_body(ax, center, bottom - 0.05, 2 * half, height + 0.1, is_framed=is_framed)
    color = PALE if is_to_come else COLORS["state"]
    width = 2 * half - 0.1
    if values is None:
        draw_box(
            ax, center - width / 2, bottom, width, height, facecolor="white", edgecolor=color,
            linestyle="--" if is_to_come else "-", linewidth=1.5,
        )  # fmt: skip
    else:
        draw_column(ax, center, bottom, width, height, values, color, numbers=has_numbers)
    ink = PALE_INK if is_to_come else color
    write(ax, center, bottom + height + 0.07, label, color=ink, va="bottom")


def draw_input(ax, center, bottom, label, word, is_to_come=False, is_thin=False):
    """Draw the input below a cell: its name, the word, and the arrow, if not thin with weights."""
    color = PALE if is_to_come else COLORS["input"]
    ink = PALE_INK if is_to_come else color
    arrow = [(center, bottom - 0.45), (center, bottom - 0.06)]
    if is_thin:
        draw_arrow(ax, arrow, PALE, linewidth=1.2, head=9)
    else:
        draw_arrow(ax, arrow, color)
        weights = COLORS["weight"]
        write(ax, center - 0.07, bottom - 0.27, "$W_{xh}$", color=weights, ha="right")
    write(ax, center, bottom - 0.47, label, color=ink, va="top")
    write(ax, center, bottom - 0.73, word, 9, ink, va="top", linespacing=1.1)


def _each_step(n_steps):
    return f"each of {n_steps} time steps" if n_steps > 1 else "its one time step"


def _in_words(states, words, n_features, n_weights, step):
    """Say what the two pictures are, what the states are, and that the weights are shared."""
    n_steps, n_hidden = len(states) - 1, states.shape[1]
    moment = "" if step is None else f", the moment after step {step} of {n_steps}"
    to_come = "" if step is None or step == n_steps else " The later steps are empty."
    seen = states if step is None else states[: step + 1]
    return (
        f"A recurrent network with {counted(n_hidden, 'hidden unit')} and "
        f"{counted(n_features, 'input feature')}, folded and unrolled{moment}. "
        "Left: one cell, whose state returns to it through W_hh and whose input comes through "
        f"W_xh; right: the same cell at {_each_step(n_steps)}, from left to right. "
        f"{_states_in_words(seen, words)}{to_come} The same W_xh, W_hh and b_h, "
        f"{counted(n_weights, 'number')} in all, serve at every time step."
    )


def _states_in_words(states, words):
    """Read the states out, or the extreme numbers and where they are, and the last state."""
    n_steps, n_hidden = len(states) - 1, states.shape[1]
    if n_steps <= MOST_STATES_LISTED and n_hidden <= MOST_UNITS_LISTED:
        said = [
            f"{vector_in_words(state, MOST_UNITS_LISTED)} {_when(t, words)}"
            for t, state in enumerate(states)
        ]
        return f"The state is {'; '.join(said)}."
    extremes = []
    for index in (where_smallest(states), where_largest(states)):
        t, unit = np.unravel_index(index, states.shape)
        of_unit = f", unit {unit + 1}" if n_hidden > 1 else ""
        extremes.append(f"{fixed(states[t, unit])}, {_when(t, words)}{of_unit}")
    said = f"The smallest number in a state is {extremes[0]}; the largest {extremes[1]}"
    if n_steps and n_hidden <= MOST_UNITS_WITH_NUMBERS:
        said += f"; the last state is {vector_in_words(states[-1], MOST_UNITS_WITH_NUMBERS)}"
    return f"{said}."


def _when(t, words):
    return f"after {step_in_words(t, words, bracketed=True)}" if t else "at the start"
