"""The gates of an LSTM or GRU while a sentence is read (notebook 10)."""

import numpy as np
from matplotlib.colors import Normalize

from rnnhelpers._validation import check_labels
from rnnhelpers.figures.labels import check_step, counted, steps_in_words
from rnnhelpers.figures.matrices import COUNTS_END, draw_key, shading_of
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.states import (
    check_states,
    draw_heat_maps,
    extremes_in_words,
    signed_labels,
    states_in_words,
)
from rnnhelpers.figures.style import COUNTS, course_style, fixed

KEY = {0: "0: closed", 1: "1: open"}


def draw_gates(gates, words, *, states=None, step=None):
    """Draw gates as heat maps over the words, and below them the states that they act on.

    Parameters
    ----------
    gates : dict of str to array-like of shape (n_steps, n_hidden)
        The values of each gate of one sequence under its name, such as "forget gate f": 0 is
        closed, 1 is open. All gates have one scale.
    words : sequence of str
        The token read at each time step.
    states : dict of str to array-like of shape (n_steps, n_hidden), optional
        What has a sign: the cell state, the hidden state, the candidate.
    step : int, optional
        Draw only the time steps up to this one (from 1) and frame its column. The layout is that
        of the whole sequence.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that says how far each gate is open on average, where it is most
        open and most closed, and how the states go.

    Raises
    ------
    TypeError, ValueError
        If there is not one row of finite numbers for each word, or a gate is below 0 or above 1.

    Examples
    --------
    >>> fig = draw_gates({"forget gate f": [[0.9], [0.2]]}, ["dog", "bites"])
    >>> print(fig.alternative)
    Gates as heat maps from 0, closed, to 1, open, one row a unit, one column a time step:
    from 1 "dog" to 2 "bites". forget gate f: 1 unit, open to 0.55 on average; most open 0.90
    (unit 1, step 1 "dog"), most closed 0.20 (unit 1, step 2 "bites").
    """
    words = check_labels("words", words)
    gates = check_states(gates, words, "gates")
    for name, gate in gates.items():
        _check_gate(name, gate, words)
    states = {} if states is None else check_states(states, words)
    if both := set(gates) & set(states):
        raise ValueError(f"{sorted(both)} is in gates and in states: expected different names")
    step = check_step(step, len(words))
    scale = max([1.0, *(np.abs(h).max() for h in states.values())])
    maps = [(name, gate, (COUNTS, Normalize(0, COUNTS_END))) for name, gate in gates.items()]
    maps += [(name, h, shading_of(h, signed=True, scale=scale)) for name, h in states.items()]
    with course_style():
        fig, axes = draw_heat_maps(maps, words, step)
        draw_key(fig, axes[: len(gates)], maps[0][2], KEY)
        if not all(ax.texts for ax in axes[len(gates) :]):
            draw_key(fig, axes[len(gates) :], maps[-1][2], signed_labels(scale))
    return describe(fig, _in_words(gates, states, words, step))


def _check_gate(name, gate, words):
    """Raise unless all values of a gate are between 0 and 1."""
    outside = np.argwhere((gate < 0) | (gate > 1))
    if len(outside):
        step, unit = outside[0]
        raise ValueError(
            f"{name!r} has {gate[step, unit]:.2f} for unit {unit + 1} at step {step + 1} "
            f'"{words[step]}": expected numbers from 0 (closed) to 1 (open); are these '
            "pre-activations, before the sigmoid? A candidate, the output of a tanh, belongs "
            "into states="
        )


def _in_words(gates, states, words, step):
    """Say what is to be seen of each gate and state, and which gate is open most."""
    said = [
        "Gates as heat maps from 0, closed, to 1, open, one row a unit, one column a time step: "
        f"{steps_in_words(words, step)}."
    ]
    means = {name: gate[:step].mean() for name, gate in gates.items()}
    for name, gate in gates.items():
        extremes = extremes_in_words(gate[:step], words, "most open", "most closed")
        said.append(
            f"{name}: {counted(gate.shape[1], 'unit')}, open to {fixed(means[name])} on average; "
            f"{extremes}."
        )
    if len(gates) > 1:
        most, least = max(means, key=means.get), min(means, key=means.get)
        said.append(
            f"On average {most} is open most and {least} least."
            if fixed(means[most]) != fixed(means[least])
            else "On average all gates are open equally far."
        )
    said += [f"{name}: {states_in_words(h, words, step)}" for name, h in states.items()]
    return " ".join(said)
