"""One dict of figures for the tests: each function of `rnnhelpers.figures`, usual and hard cases.

Hard are long words, one time step, twenty, one unit, fifty: where there is room for little, or
little to draw.
"""

import numpy as np

from rnnhelpers.figures import (
    draw_activation,
    draw_alignment,
    draw_by_distance,
    draw_cell,
    draw_chain_rule,
    draw_contributions,
    draw_gates,
    draw_gradients,
    draw_loss_surface,
    draw_matrices,
    draw_state_path,
    draw_states,
    draw_stretch,
    draw_training_curves,
    draw_unrolled,
)

LONG = "internationalisation"
SENTENCE = ["chetan", "works", "as", "an", "ml", "engineer"]
TWENTY = [LONG, "as"] * 10


def states(n_steps, n_hidden, seed=0):
    return np.tanh(np.random.default_rng(seed).normal(size=(n_steps, n_hidden)))


def parameters(n_features, n_hidden):
    rng = np.random.default_rng(0)
    shapes = [(n_features, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
    return [rng.uniform(-1, 1, size=shape) for shape in shapes]


def cell(n_features=8, n_hidden=2, **options):
    x, h_prev = np.eye(n_features)[0], states(1, n_hidden)
    return draw_cell(x, h_prev, *parameters(n_features, n_hidden), **options)


def unrolled(words, n_hidden=2, **options):
    x, h0 = np.eye(len(words)), np.zeros(n_hidden)
    return draw_unrolled(x, h0, *parameters(len(words), n_hidden), words, **options)


def gradients(words, n_hidden=2, **options):
    sizes = 0.6 ** np.arange(len(words))[::-1, None]
    return draw_gradients(sizes * states(len(words), n_hidden), words, **options)


def chain(n_steps, **options):
    slopes = np.linspace(-0.95, 0.9, 2 * n_steps)
    return draw_chain_rule(slopes[: n_steps - 1], slopes[n_steps:], -1.7576, **options)


def contributions(words, **options):
    return draw_contributions(states(len(words), 1)[:, 0], words, **options)


def heat_maps(words, n_hidden=2, **options):
    return draw_states({"A cell": states(len(words), n_hidden)}, words, **options)


def path(words, n_paths=1, **options):
    names = ["A", "B", LONG][:n_paths]
    paths = {name: states(len(words) + 1, 2, seed) for seed, name in enumerate(names)}
    return draw_state_path(paths, dict.fromkeys(names, words), **options)


def gates(words, n_hidden=2, **options):
    open_ = {name: states(len(words), n_hidden) ** 2 for name in ("forget gate f", "input gate i")}
    cell_state = {"cell state c": 2 * states(len(words), n_hidden)}
    return draw_gates(open_, words, states=cell_state, **options)


def curves(names, n_losses=50, **options):
    losses = {
        name: 3 / (1 + np.arange(n_losses) / 9) + place / 9 for place, name in enumerate(names)
    }
    return draw_training_curves(losses, baselines={"chance": np.log(27)}, **options)


def by_distance(names, n_steps=40, **options):
    factors = np.linspace(0.4, 1.2, len(names))
    runs = zip(names, factors, strict=True)
    norms = {name: factor ** np.arange(n_steps + 1) for name, factor in runs}
    return draw_by_distance(norms, **options)


def alignment(source, target, **options):
    scores = np.random.default_rng(0).normal(scale=3, size=(len(target), len(source)))
    weights = np.exp(scores)
    return draw_alignment(weights / weights.sum(axis=1, keepdims=True), source, target, **options)


def surface(power=1, path=None, **options):
    w = np.linspace(-2, 2, 31)
    bowl = (w[:, None] - 0.4) ** 2 + 2 * (w - 0.8) ** 2
    way = np.array([0.4, 0.8]) + np.outer(0.8 ** np.arange(13), [-2.0, 1.0])
    return draw_loss_surface(bowl**power, w, w, path=way if path is None else path, **options)


FIGURES = {
    "cell": lambda: cell(word="works", step=2),
    "cell, a long word": lambda: cell(12, 8, word=LONG, step=20),
    "cell, one unit": lambda: cell(1, 1),
    "cell, fifty units": lambda: cell(200, 50, word=LONG),
    "unrolled": lambda: unrolled(SENTENCE, step=3),
    "unrolled, one step": lambda: unrolled([LONG]),
    "unrolled, seven steps": lambda: unrolled([*SENTENCE, "today"]),
    "unrolled, twenty steps": lambda: unrolled(TWENTY),
    "unrolled, one unit": lambda: unrolled(SENTENCE, 1),
    "unrolled, fifty units": lambda: unrolled(SENTENCE, 50),
    "gradients": lambda: gradients(SENTENCE, step=3),
    "gradients, one step": lambda: gradients([LONG]),
    "gradients, twenty steps": lambda: gradients(TWENTY),
    "gradients, fifty units": lambda: gradients(SENTENCE, 50),
    "gradients, two losses": lambda: gradients(SENTENCE, step=2, losses=[4, 6]),
    "gradients, two ways": lambda: draw_gradients(
        [[0.3, 0.4], [0, 1], [0.6, -0.8]], direct=[[0, 0], [0, 0.5], [0.6, -0.8]]
    ),
    "chain rule": lambda: chain(3, weight="w_xh"),
    "chain rule, one product": lambda: chain(5, weight="w_hh", step=1),
    "chain rule, five steps": lambda: chain(5, weight=LONG),
    "chain rule, one step": lambda: chain(1),
    "contributions": lambda: contributions(SENTENCE, weight="w_hh"),
    "contributions, one step": lambda: contributions([LONG]),
    "contributions, twenty steps": lambda: contributions(TWENTY, weight=LONG),
    "states": lambda: heat_maps(SENTENCE, step=3),
    "states, one step, one unit": lambda: heat_maps([LONG], 1),
    "states, twenty steps": lambda: heat_maps(TWENTY),
    "states, fifty units": lambda: heat_maps(SENTENCE, 50),
    "path": lambda: path(SENTENCE, 2),
    "path, halfway": lambda: path(SENTENCE, 2, step=3),
    "path, one step": lambda: path([LONG]),
    "path, twenty steps": lambda: path(TWENTY, 3),
    "gates": lambda: gates(SENTENCE, step=4),
    "gates, one step, one unit": lambda: gates([LONG], 1),
    "gates, twenty steps, fifty units": lambda: gates(TWENTY, 50),
    "matrices": lambda: draw_matrices(
        {"One-hot": np.eye(6), "TF-IDF": np.eye(6) / 3}, SENTENCE, SENTENCE, name_of_row="word"
    ),
    "matrix, long words": lambda: draw_matrices({"A": np.eye(2, 9)}, [LONG] * 2, [LONG] * 9),
    "matrix, one number": lambda: draw_matrices({"A": [[0.5]]}, ["a"], [LONG]),
    "matrix, a marked row": lambda: draw_matrices(
        {"Counts": np.eye(6)}, SENTENCE, SENTENCE, marked_row=3
    ),
    "matrix, fifty by twenty": lambda: draw_matrices({"A": np.eye(50, 20)}, range(50), TWENTY),
    "curves": lambda: curves(["SGD", "Adam"]),
    "curves, six with long names": lambda: curves([f"{LONG} {i}" for i in range(6)]),
    "curves, all zero": lambda: draw_training_curves({"A": [0, 0, 0]}),
    "curves, one diverges": lambda: draw_training_curves(
        {"A": [3, 2, 1.5, 1.2], "B": [3, 2.8, 2.6, 2.9, 80, np.inf]}, updates={"A": [0, 2, 4, 6]}
    ),
    "curves, logarithmic": lambda: curves(["SGD", "Adam"], 400, log=True),
    "curves, one loss": lambda: curves(["SGD"], 1),
    "surface": lambda: surface(),
    "surface, the start": lambda: surface(names=(LONG, LONG), step=0),
    "surface, steep, left far": lambda: surface(power=3, path=[[0, 0], [1, 0.5], [-1e9, 0.5]]),
    "by distance": lambda: by_distance(["uniform", "orthogonal", "identity"]),
    "by distance, six with long names": lambda: by_distance([f"{LONG} {i}" for i in range(6)]),
    "by distance, one step": lambda: by_distance([LONG], 1, ylabel=3 * LONG),
    "by distance, none": lambda: by_distance([LONG], 0),
    "by distance, long names at one place": lambda: draw_by_distance(
        {f"{place} {LONG} {LONG}": 0.9 ** np.arange(30) + place / 90 for place in range(3)}
    ),
    "by distance, ends in zero": lambda: draw_by_distance({"a": [1, 2, 4, 0, 0], "b": [0, 0]}),
    "by distance, huge": lambda: draw_by_distance(
        {"a": 10.0 ** np.arange(0, 120, 4), "b": np.ones(30)}
    ),
    "stretch": lambda: draw_stretch(
        {
            "W_hh": [[0.5, -0.8], [0.6, 0.4]],
            "a turn": [[0.8, 0.6], [-0.6, 0.8]],
            "shift": [[0, 2], [0, 0]],
        }
    ),
    "stretch, a long name": lambda: draw_stretch({LONG * 2: [[30, -80], [6, 4]]}),
    "stretch, three long names": lambda: draw_stretch(
        {f"{i} {LONG * 2}": [[0.003, 0.1], [0.1, 0.4]] for i in range(3)}
    ),
    "stretch, nothing left": lambda: draw_stretch({"zero": np.zeros((2, 2)), LONG: np.eye(2)}),
    "alignment": lambda: alignment("14 avr. 2025", "April 14, 2025\n", step=3),
    "alignment, words": lambda: alignment(SENTENCE, [LONG, "an"]),
    "alignment, one": lambda: alignment(["a"], [LONG]),
    "alignment, many": lambda: alignment(TWENTY, TWENTY),
    "alignment, tall": lambda: alignment("abc", TWENTY * 2),
    "activation": lambda: draw_activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, [-2, 0, 1]),
    "activation, one point": lambda: draw_activation(np.sin, np.cos, [0.1], name=LONG, limit=9),
}
"""A function that draws the figure, under the name of the case."""
