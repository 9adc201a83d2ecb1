"""Plots of arrays: heat maps, paths, matrices, gates, curves, surfaces say and draw what is so."""

import re
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pytest

from rnnhelpers.figures import (
    SIGNED,
    draw_activation,
    draw_gates,
    draw_loss_surface,
    draw_matrices,
    draw_state_path,
    draw_states,
    draw_training_curves,
    new_figure,
    shade_matrix,
)
from rnnhelpers.figures.labels import broken, place_labels, sensible, spread, text_width
from rnnhelpers.figures.style import MARKERS
from rnnhelpers.optimizers import SGD
from rnnhelpers.parameters import Parameters
from rnnhelpers.training import DivergedError, History, train

LONG = "internationalisation"
WORDS = [f"word{i}" for i in range(1, 21)]


def walk(n_steps, n_hidden, seed=0):
    """Return states that wander, as a recurrent network's do."""
    moves = np.random.default_rng(seed).normal(size=(n_steps, n_hidden)) / 2
    return np.tanh(np.cumsum(moves, axis=0))


def path_of(n_steps, seed=0):
    return np.vstack([np.zeros((1, 2)), walk(n_steps, 2, seed)])


def gates_of(n_steps, n_hidden, *names):
    return {name: (walk(n_steps, n_hidden, seed) + 1) / 2 for seed, name in enumerate(names)}


W = np.linspace(-2, 2, 31)
BOWL = (W[:, None] - 0.4) ** 2 + 2 * (W - 0.8) ** 2
DESCENT = 0.4 + np.outer(0.8 ** np.arange(13), [-2.0, 1.2]) + [0, 0.4]


HARD_CASES = {
    "states, one unit, one step": lambda: draw_states({"A": [[0.5]]}, [LONG]),
    "states, twenty long words": lambda: draw_states({"A": walk(20, 3)}, [LONG] * 20),
    "states, fifty units": lambda: draw_states({"A": walk(20, 50), "B": walk(20, 2)}, WORDS),
    "states, large": lambda: draw_states({"A": 30 * walk(6, 2)}, WORDS[:6], step=3),
    "path, one step": lambda: draw_state_path({"A": path_of(1)}, {"A": [LONG]}),
    "path, twenty steps": lambda: draw_state_path({"A": path_of(20)}, {"A": [LONG] * 20}),
    "path, three of twenty": lambda: draw_state_path(
        {name: path_of(20, seed) for seed, name in enumerate(["A", "B", LONG])},
        {"A": WORDS, "B": WORDS[::-1], LONG: [LONG] * 20},
    ),
    "path, standing still": lambda: draw_state_path({"A": np.zeros((7, 2))}, {"A": WORDS[:6]}),
    "matrix, one number": lambda: draw_matrices({"A long title " * 9: [[0.5]]}, [LONG], [LONG]),
    "matrix, long words": lambda: draw_matrices({"A": np.eye(12)}, [LONG] * 12, [LONG] * 12),
    "matrix, many": lambda: draw_matrices({"A": np.eye(50, 200)}, range(50), range(200)),
    "matrix, marked": lambda: draw_matrices({"A": np.eye(3)}, "abc", "xyz", marked_row=1),
    "matrix, tiny": lambda: draw_matrices({"A": np.eye(3) * 1e-9}, "abc", "xyz"),
    "matrix, huge": lambda: draw_matrices({"A": np.eye(3) * 1e12}, "abc", "xyz"),
    "gates, one step": lambda: draw_gates(gates_of(1, 1, "input gate i"), [LONG]),
    "gates, all": lambda: draw_gates(
        gates_of(6, 3, "input gate i", "forget gate f", "output gate o"), WORDS[:6],
        states={"cell state c": 2 * walk(6, 3)}, step=4,
    ),
    "gates, fifty units, twenty steps": lambda: draw_gates(
        gates_of(20, 50, "r", "z"), [LONG] * 20, states={"h": walk(20, 50)}
    ),
    "curves, one point": lambda: draw_training_curves({"SGD": [2.0]}),
    "curves, six with long names": lambda: draw_training_curves(
        {f"{LONG} {LONG} {rate}": np.linspace(3, rate, 30) for rate in range(6)},
        baselines={f"{LONG} {i}": 1 + i / 10 for i in range(4)},
    ),
    "curves, 10,000 points": lambda: draw_training_curves(
        {"A": 1 + np.random.default_rng(0).random(10_000)}
    ),
    "curves, many huge": lambda: draw_training_curves({"A": np.full(1000, 1e306)}),
    "curves, huge, then diverged": lambda: draw_training_curves(
        {"A": [3, 1e300, 1e308, np.inf], "B": [3, 2, 2, 1]}, baselines={"chance": 3.0}
    ),
    "curves, tiny": lambda: draw_training_curves({"A": [1e-12, 1e-14]}, log=True),
    "curves, diverged at once": lambda: draw_training_curves({"A": [np.nan]}, log=True),
    "surface": lambda: draw_loss_surface(BOWL, W, W, names=(LONG, LONG), path=DESCENT),
    "surface, steep": lambda: draw_loss_surface(np.exp(9 * BOWL), W, W, path=DESCENT, step=0),
    "surface, flat": lambda: draw_loss_surface(0 * BOWL, W, W, path=[[0, 0]]),
    "surface, four numbers": lambda: draw_loss_surface(np.eye(2), [0, 1], [0, 1e-9]),
    "surface, path far out": lambda: draw_loss_surface(
        BOWL, W, W, path=[[0, 0], [1e200, 1], [0, 0]]
    ),
    "activation, points side by side": lambda: draw_activation(
        lambda a: np.maximum(a, 0), lambda a: (a > 0) * 1.0, [0, 0.1, 0.2], name=LONG
    ),
    "activation, no points": lambda: draw_activation(np.sin, np.cos, [], limit=100),
}  # fmt: skip

hard_cases = pytest.mark.parametrize("make", HARD_CASES.values(), ids=HARD_CASES)


def visible_texts(fig):
    """Return the texts that are drawn; call after `draw_without_rendering`."""
    texts = [text for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]
    shown = []
    for ax in fig.axes:
        for axis in (ax.xaxis, ax.yaxis):
            low, high = sorted(axis.get_view_interval())
            hidden = [tick.label2 for tick in axis.get_major_ticks()]
            hidden += [tick.label1 for tick in axis.get_major_ticks()]
            inside = [
                tick for tick in axis.get_major_ticks()
                if low - 1e-9 * abs(low) <= tick.get_loc() <= high + 1e-9 * abs(high) and ax.axison
            ]  # fmt: skip
            shown += [tick.label1 for tick in inside if tick.label1.get_visible()]
            shown += [tick.label2 for tick in inside if tick.label2.get_visible()]
            texts = [text for text in texts if text not in hidden]
            texts = [text for text in texts if ax.axison or text not in (axis.label,)]
    return [text for text in texts + shown if text.get_visible() and text.get_text().strip()]


@pytest.mark.no_cover
@hard_cases
def test_hard_cases_fit_without_overlaps(make):
    fig = make()
    fig.draw_without_rendering()
    width, height = fig.get_size_inches()
    assert width <= 8
    drawn = fig.get_tightbbox()
    assert drawn.x0 >= -0.02
    assert drawn.y0 >= -0.02
    assert drawn.x1 <= width + 0.02
    assert drawn.y1 <= height + 0.02
    texts = visible_texts(fig)
    assert min(text.get_fontsize() for text in texts) >= 9
    window = mpl.text.Text.get_window_extent  # an annotation's own has its arrow in it
    boxes = [(text.get_text(), window(text).padded(-1.5)) for text in texts]
    overlaps = [
        (one, other) for (one, here), (other, there) in combinations(boxes, 2)
        if here.width > 0 and there.width > 0 and here.overlaps(there)
    ]  # fmt: skip
    assert overlaps == []


@hard_cases
def test_hard_cases_are_described_without_impossible_numbers(make):
    alternative = make().alternative
    assert len(alternative) > 40
    assert not re.search(r"nan|inf\b|-0\.00\b|None|\bset\(|array", alternative)


STEPPED = {
    "states": lambda step: draw_states({"A": walk(20, 3), "B": walk(20, 9)}, WORDS, step=step),
    "gates": lambda step: draw_gates(
        gates_of(20, 9, "f"), WORDS, states={"c": 3 * walk(20, 9)}, step=step
    ),
    "path": lambda step: draw_state_path(
        {"A": path_of(20), "B": path_of(20, 1)}, {"A": WORDS, "B": WORDS[::-1]}, step=step
    ),
    "surface": lambda step: draw_loss_surface(BOWL, W, W, path=DESCENT, step=step),
}


@pytest.mark.no_cover
@pytest.mark.parametrize("draw", STEPPED.values(), ids=STEPPED)
def test_the_layout_is_the_same_at_each_step(draw):
    layouts = []
    for step in (1, 5, 12, None):
        fig = draw(step)
        fig.draw_without_rendering()
        layouts.append((fig.get_size_inches(), [ax.get_position().bounds for ax in fig.axes]))
    for size, positions in layouts[:-1]:
        np.testing.assert_array_equal(size, layouts[-1][0])
        np.testing.assert_allclose(positions, layouts[-1][1], rtol=0, atol=1e-4)


def test_states_after_the_step_are_neither_drawn_nor_told():
    h = walk(6, 2)
    fig = draw_states({"A": h}, WORDS[:6], step=3)
    drawn = [text.get_text() for text in fig.axes[0].texts]
    assert drawn == [f"{value + 0:.2f}" for value in h[:3].T.ravel()]
    assert fig.axes[0].collections[0].get_array().mask.sum() == 6
    assert 'to 3 "word3", of 6' in fig.alternative
    assert "word4" not in fig.alternative
    assert f"It ends at {h[2, 0]:.2f} and {h[2, 1]:.2f}." in fig.alternative


def test_states_are_told_with_their_extremes_and_their_largest_change():
    h = np.array([[0.1, 0.2], [0.9, 0.2], [0.8, -0.7]])
    said = draw_states({"A": h}, ["dog", "bites", "man"]).alternative
    assert 'largest 0.90 (unit 1, step 2 "bites")' in said
    assert 'smallest -0.70 (unit 2, step 3 "man")' in said
    most = np.linalg.norm(h[2] - h[1])
    assert (
        f'After the first step it changes most at step 3 "man", by {most:.2f}. '
        "It ends at 0.80 and -0.70." in said
    )
    assert "It does not change." in draw_states({"A": [[1], [1]]}, "ab").alternative


def test_states_larger_than_one_have_a_shade_of_their_own():
    values = [[1.0, 3.0]]
    shown = draw_states({"A": values}, ["dog"]).axes[0].collections[0]
    shades = SIGNED(shown.norm([1.0, 3.0]))
    assert not np.allclose(shades[0], shades[1])


def test_small_numbers_are_written_with_their_power_of_ten():
    fig = draw_matrices({"A": [[0.004, 0.001]]}, ["a"], ["b", "c"])
    assert [text.get_text() for text in fig.axes[0].texts] == ["4.0e-3", "1.0e-3"]


def test_numbers_are_written_only_where_they_fit():
    for n_steps, n_units in ((6, 2), (20, 3), (20, 12), (30, 2), (6, 50)):
        fig = draw_states({"A": -walk(n_steps, n_units)}, ["a"] * n_steps)
        fig.draw_without_rendering()
        ax = fig.axes[0]
        cell = ax.get_window_extent().width / n_steps, ax.get_window_extent().height / n_units
        for text in ax.texts:
            extent = text.get_window_extent()
            assert extent.width < cell[0]
            assert extent.height < cell[1]
        has_key = len(fig.axes) == 2
        assert bool(ax.texts) != has_key


def test_the_words_of_a_path_are_beside_it_if_there_are_many():
    few = draw_state_path({"A": path_of(3)}, {"A": ["dog", "bites", "man"]})
    assert [text.get_text() for text in few.axes[0].texts] == ["1. dog", "2. bites", "3. man"]
    many = draw_state_path({"A": path_of(20)}, {"A": WORDS})
    numbers = re.findall(r"\d+|–", " ".join(text.get_text() for text in many.axes[0].texts))
    assert "1" in numbers
    assert "20" in numbers
    [beside] = many.axes[1].texts
    assert beside.get_text().split("\n") == [f"{i}. word{i}" for i in range(1, 21)]
    height = draw_state_path({"A": path_of(40)}, {"A": WORDS + WORDS}).get_size_inches()[1]
    assert (height - 0.8) / 40 >= 0.2 - 1e-9  # of an inch for a line, and the margins


def test_states_that_are_close_share_a_label():
    path = np.array([[0, 0], [0.5, 0.5], [0.5, 0.5], [-0.5, 0.5], [0.5, 0.501]])
    fig = draw_state_path({"A": path}, {"A": list("abcd")})
    assert [text.get_text() for text in fig.axes[0].texts] == ["1. a, 2. b, 4. d", "3. c"]
    before = draw_state_path({"A": path}, {"A": list("abcd")}, step=1)
    assert [text.get_text() for text in before.axes[0].texts] == ["1. a"]


def test_a_path_is_told_with_its_ends_and_its_longest_stride():
    one, other = path_of(4), path_of(4, seed=3)
    said = draw_state_path(
        {"A": one, "B": other}, {"A": list("abcd"), "B": list("dcba")}
    ).alternative
    strides = np.linalg.norm(np.diff(one, axis=0), axis=1)
    assert f'{strides.max():.2f}, is at step {strides.argmax() + 1} "' in said
    assert f"A and B end {np.linalg.norm(one[-1] - other[-1]):.2f} apart." in said
    start = draw_state_path({"A": one}, {"A": list("abcd")}, step=0).alternative
    assert start.endswith("A: at 0.00 and 0.00, before the first word.")


def test_labels_keep_clear_of_each_other_and_of_the_lines():
    points = np.random.default_rng(0).uniform(-2, 2, size=(12, 2))
    texts = [f"{i}. word" for i in range(12)]
    middles, is_crowded = place_labels(points, texts, points, bounds=2.4)
    half = np.array([text_width(texts[0]) / 2, 0.08])
    places = points + middles
    for one, other in combinations(places, 2):
        assert (np.abs(one - other) > 1.8 * half).any()
    assert (np.abs(places) < 2.4).all()
    assert not is_crowded
    assert place_labels(np.zeros((60, 2)), ["long word"] * 60, np.zeros((1, 2)), 1.0)[1]


def test_a_word_that_just_fits_is_not_broken():
    assert broken("dog", room=text_width("dog", 9)) == "dog"
    assert broken("dog", room=0.99 * text_width("dog", 9)) != "dog"


def test_the_width_of_a_text_is_that_of_the_font_of_the_course():
    with mpl.rc_context({"font.family": "monospace"}):
        narrow, wide = text_width("iiiiiiiii"), text_width("mmmmmmmmm")
    assert narrow < wide / 2


@pytest.mark.parametrize(
    "direction", [(1, 1), (-1, 1), (1, -1), (-1, -1), (0, 1), (0, -1), (1, 0), (-1, 0)]
)
def test_a_label_goes_where_nothing_else_is(direction):
    middle = (text_width("dog") / 2 + 0.08, 0.14) * np.array(direction)
    everywhere = np.stack(np.meshgrid(*[np.arange(-2, 2, 0.02)] * 2), axis=-1).reshape(-1, 2)
    is_near = (np.abs(everywhere - middle) < (text_width("dog") / 2 + 0.06, 0.12)).all(axis=1)
    [found], is_crowded = place_labels(np.zeros((1, 2)), ["dog"], everywhere[~is_near], bounds=2)
    np.testing.assert_allclose(found, middle)
    assert not is_crowded


def contrast(one, other):
    def luminance(color):
        rgb = np.array(mpl.colors.to_rgb(color))
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_each_number_of_a_matrix_is_legible_marked_or_not():
    values = np.linspace(0, 1, 24).reshape(4, 6)
    for marked_row in (None, 1):
        fig = draw_matrices({"A": values}, range(4), range(6), marked_row=marked_row)
        ax = fig.axes[0]
        mesh = ax.collections[0]
        for text in ax.texts:
            row, column = int(text.get_position()[1]), int(text.get_position()[0])
            ground = np.array(mesh.cmap(mesh.norm(values[row, column])))[:3]
            if marked_row not in (None, row):
                ground = 0.3 * ground + 0.7
            assert text.get_alpha() in (None, 1)
            assert contrast(text.get_color(), ground) >= 4.5


def test_a_matrix_says_where_its_largest_number_is_and_which_rows_are_equal():
    said = draw_matrices(
        {"Counts": [[1, 0, 2], [1, 0, 2], [0, 3, 0]]},
        "123",
        ["a", "b", "c"],
        name_of_row="document",
    ).alternative
    assert 'The largest number is 3, at document "3", column "b"; 4 of 9 numbers are 0.' in said
    assert 'Rows "1" and "2" are equal.' in said
    one_hot = draw_matrices({"A": np.eye(3)}, "abc", "xyz").alternative
    assert "Each row has a single 1, and zeros elsewhere." in one_hot
    assert "single 1" not in draw_matrices({"A": np.eye(3) / 2}, "abc", "xyz").alternative
    many = draw_matrices({"A": np.ones((20, 30))}, range(20), range(30)).alternative
    assert "Row by row" not in many


def test_the_number_farthest_from_zero_has_the_darkest_shade():
    _, ax = new_figure(4, 2)
    shade_matrix(ax, [[-4.0, 1.0]], signed=True)
    assert ax.collections[0].norm.vmin == -4
    assert ax.collections[0].norm.vmax == 4
    assert ax.get_xlim() == (0, 2)
    assert not any(spine.get_visible() for spine in ax.spines.values())


def test_a_matrix_is_as_wide_as_its_title():
    title = "a title that is wider than the two columns below it are"
    fig = draw_matrices({title: np.eye(2)}, "ab", "xy")
    assert fig.get_size_inches()[0] >= text_width(title, 12) + 0.4


def test_a_matrix_of_zeros_and_one_of_many_numbers_are_told_in_short():
    assert "All numbers are 0." in draw_matrices({"A": np.zeros((2, 2))}, "ab", "xy").alternative
    columns = [f"c{i}" for i in range(200)]
    said = draw_matrices({"A": [np.arange(1, 201.0)]}, ["a"], columns, marked_row=0).alternative
    assert 'Row 1, "a", is framed: 200 numbers up to 200, at c199.' in said


def test_numbers_from_a_thousand_have_no_decimals():
    fig = draw_states({"A": [[1234.5, -2.25]]}, ["dog"])
    assert [text.get_text() for text in fig.axes[0].texts] == ["1234", "-2"]


def test_a_matrix_in_axes_without_a_grid_has_numbers_where_they_fit():
    fig, _ = new_figure(6, 3)
    wide, narrow = fig.add_axes((0.1, 0.1, 0.8, 0.8)), fig.add_axes((0.1, 0.1, 0.02, 0.02))
    for ax in (wide, narrow):
        shade_matrix(ax, [[0.25, 0.5]], ["a"], ["x", "y"])
    assert [text.get_text() for text in wide.texts] == ["0.25", "0.50"]
    assert not narrow.texts


def test_equal_numbers_have_no_largest_one():
    said = draw_states({"A": np.full((2, 3), 0.5)}, "ab").alternative
    assert "all values are 0.50" in said
    assert "largest" not in said


def test_masked_numbers_stay_empty():
    _, ax = new_figure(4, 2)
    shade_matrix(ax, np.ma.array([[1.0, 2.0]], mask=[[False, True]]), ["a"], ["x", "y"])
    assert [text.get_text() for text in ax.texts] == ["1"]


def test_dollars_and_spaces_in_words_are_shown_as_they_are():
    fig = draw_states({"A": walk(4, 1)}, ["$", "a", "$", " "])
    fig.draw_without_rendering()
    labels = [label for label in fig.axes[0].get_xticklabels() if label.get_text()]
    assert len({round(label.get_window_extent().height) for label in labels[:3]}) == 1
    assert draw_matrices({"A": [[1]]}, ["a"], [" "]).axes[0].get_xticklabels()[0].get_text() == "␣"


def test_gates_are_told_by_how_far_they_are_open():
    gates = {"forget gate f": [[0.9, 0.8], [0.95, 0.7]], "input gate i": [[0.1, 0.2], [0.3, 0.0]]}
    fig = draw_gates(gates, ["dog", "bites"], states={"cell state c": [[0.5, 1.5], [-2, 1]]})
    for name, gate in gates.items():
        assert f"{name}: 2 units, open to {np.mean(gate):.2f} on average" in fig.alternative
    assert 'most open 0.95 (unit 1, step 2 "bites")' in fig.alternative
    assert "On average forget gate f is open most and input gate i least." in fig.alternative
    assert 'smallest -2.00 (unit 1, step 2 "bites")' in fig.alternative
    key = fig.axes[-1]
    assert [label.get_text() for label in key.get_xticklabels()] == ["0: closed", "1: open"]
    scales = {ax.collections[0].norm.vmax for ax in fig.axes[:2]}
    assert len(scales) == 1


def drawn_line(fig, i=0):
    lines = [line for line in fig.axes[0].lines if line.get_zorder() == 3]
    return lines[i].get_xydata()


@pytest.mark.parametrize("n_updates", [80, 400])
def test_a_long_curve_has_about_eight_markers(n_updates):
    fig = draw_training_curves({"A": np.linspace(3, 1, n_updates)})
    [line] = [line for line in fig.axes[0].lines if line.get_zorder() == 3]
    first, every = line.get_markevery()
    assert first < every
    assert len(range(first, len(line.get_xdata()), every)) in (8, 9)


def test_curves_are_told_with_start_lowest_and_end():
    losses = {"SGD": [3.0, 1.25, 2.0], "Adam": [3.1, 2.0, 0.75]}
    said = draw_training_curves(losses, baselines={"chance": 2.5, "bigrams": 1.0}).alternative
    assert "SGD starts at 3, is lowest at update 1 with 1.25, and ends at 2, " in said
    assert "below chance (2.50) and above bigrams (1)." in said
    assert "Adam starts at 3.10 and ends at its lowest, 0.75, below chance" in said
    assert said.endswith("The lowest value of all is 0.75, of Adam.")
    risen = draw_training_curves({"A": [3, 1, 2.8]}, baselines={"chance": 2.5}).alternative
    assert "ends at 2.80, above chance (2.50)" in risen


def test_curves_stand_at_their_updates():
    fig = draw_training_curves(
        {"A": [3, 2], "B": [3, 1, 0.5]}, updates={"A": [10, 30]}, ylabel="bits"
    )
    np.testing.assert_array_equal(drawn_line(fig), [[10, 3], [30, 2]])
    np.testing.assert_array_equal(drawn_line(fig, 1), [[0, 3], [1, 1], [2, 0.5]])
    assert fig.axes[0].get_ylabel() == "bits"
    assert "bits over 0 to 30 updates" in fig.alternative


def test_a_diverged_run_is_drawn_until_it_leaves_and_does_not_set_the_scale():
    fig = draw_training_curves({"A": [3, 2, 1, 1], "B": [3.0, 4.0, 1e9, np.inf]})
    top = fig.axes[0].get_ylim()[1]
    assert top < 5
    assert drawn_line(fig, 1)[-1, 1] == pytest.approx(top)
    assert drawn_line(fig, 1)[-1, 0] <= 1
    names = [text.get_text() for text in fig.axes[0].texts]
    assert "B: diverges at update 3" in names
    assert "B starts at 3, its lowest, and diverges at update 3." in fig.alternative


def quadratic(learning_rate, n_steps):
    """Train one number by gradient descent on its square."""
    params = Parameters({"w": [4.0]})

    def loss_and_gradients(_):
        return params["w"][0] ** 2, Parameters({"w": 2 * params["w"]})

    optimizer = SGD(params, learning_rate=learning_rate)
    return train(
        optimizer, loss_and_gradients, range(n_steps), progress=False,
        evaluate=lambda: params["w"][0] ** 2 + 1, evaluate_every=2,
    )  # fmt: skip


def test_a_history_can_be_drawn_as_it_is():
    history = quadratic(0.25, 5)
    fig = draw_training_curves({"SGD": history})
    np.testing.assert_array_equal(drawn_line(fig)[:, 1], history.losses)
    np.testing.assert_array_equal(drawn_line(fig, 1), history.held_out)
    assert "SGD, held out starts at" in fig.alternative
    with pytest.raises(DivergedError) as caught:
        quadratic(1e60, 50)
    diverged = caught.value.history
    said = draw_training_curves({"SGD": diverged}).alternative
    assert f"diverges at update {diverged.n_steps}" in said


def test_of_many_losses_the_mean_is_drawn():
    losses = 2 + np.random.default_rng(0).normal(size=2000)
    fig = draw_training_curves({"A": losses})
    means = drawn_line(fig)[:, 1]
    [behind] = [line for line in fig.axes[0].lines if line.get_zorder() == 1]
    np.testing.assert_array_equal(behind.get_ydata(), losses)
    assert means[0] == pytest.approx(losses[0])
    assert means[-1] == pytest.approx(losses[-20:].mean())
    assert "means of 20 losses in a row" in fig.alternative
    assert f"ends at {means[-1]:.2f}." in fig.alternative
    assert "mean of 20 losses" in fig.axes[0].get_title("left")


def test_curves_differ_in_line_and_marker_and_are_named_at_their_ends():
    fig = draw_training_curves({name: [3, i] for i, name in enumerate("abcdef")})
    lines = [line for line in fig.axes[0].lines if line.get_zorder() == 3]
    assert len({line.get_marker() for line in lines}) == 6
    assert len({str(line.get_linestyle()) for line in lines}) >= 4
    heights = [text.get_position()[1] for text in fig.axes[0].texts]
    assert heights == sorted(heights)


def test_names_are_spread_no_more_than_needed():
    np.testing.assert_allclose(spread([0.2, 0.8], [0.1, 0.1]), [0.2, 0.8])
    np.testing.assert_allclose(spread([0.4, 0.43, 0.46], [0.1] * 3), [0.33, 0.43, 0.53])
    places = spread([0.0, 0.01, 0.02, 1.0], [0.1] * 4)
    np.testing.assert_allclose(places, [0.05, 0.15, 0.25, 0.95])
    tall = spread([0.9, 0.1, 0.9, 0.9], [0.2, 0.1, 0.1, 0.1])
    order = np.argsort(tall)
    gaps = np.diff(np.array(tall)[order])
    heights = np.array([0.2, 0.1, 0.1, 0.1])[order]
    assert (gaps >= (heights[1:] + heights[:-1]) / 2 - 1e-9).all()


def test_a_surface_says_where_it_is_lowest_and_how_the_path_goes():
    said = draw_loss_surface(BOWL, W, W, names=("w", "v"), path=DESCENT).alternative
    i, j = np.unravel_index(BOWL.argmin(), BOWL.shape)
    assert f"The lowest loss is 0, at w {W[i]:.2f}, v {W[j]:.2f}" in said  # it is 1e-31
    assert "The path of 12 updates starts at w -1.60, v 2, where the loss is about 6.88" in said
    distance = np.linalg.norm(DESCENT[-1] - [W[i], W[j]])
    assert said.endswith(f"{distance:.2f} from the lowest.")


def test_the_losses_of_a_path_are_told_if_they_are_known():
    known = np.linspace(7, 3, len(DESCENT))
    options = {"path": DESCENT, "path_losses": known}
    said = draw_loss_surface(BOWL, W, W, **options).alternative
    assert "starts at w -1.60, v 2, where the loss is 7, and" in said
    assert "where it is 3, " in said
    assert "about" not in said
    assert draw_loss_surface(BOWL, W, W, path=DESCENT).alternative.count("is about") == 2
    halfway = draw_loss_surface(BOWL, W, W, step=6, **options).alternative
    assert "where the loss is 7, and" in halfway
    assert "where it is 5, " in halfway
    outside = draw_loss_surface(BOWL, W, W, path=[[0, 0], [9, 9]], path_losses=[1, 2]).alternative
    assert "where the loss is 1, leaves" in outside
    assert "ends at w 9, v 9, outside the picture" in outside


def test_the_first_parameter_is_drawn_across():
    fig = draw_loss_surface(W[:, None] ** 2 + 0 * W, W, W + 5)
    star = [line for line in fig.axes[0].lines if line.get_marker() == "*"]
    assert star[0].get_xydata()[0, 0] == pytest.approx(0, abs=0.1)
    assert fig.axes[0].get_xlim() == (-2, 2)
    assert fig.axes[0].get_ylim() == (3, 7)


def levels_of(fig):
    return [float(label.get_text()) for label in fig.axes[1].get_yticklabels()]


def test_a_steep_surface_has_the_levels_of_a_logarithm():
    steps = np.diff(levels_of(draw_loss_surface(BOWL, W, W)))
    np.testing.assert_allclose(steps, steps[0])
    for steep in (BOWL**2, np.exp(9 * BOWL)):
        levels = np.array(levels_of(draw_loss_surface(steep, W, W)))
        assert (levels[1:] / levels[:-1]).min() >= 1.9
        assert 4 <= len(levels) <= 10
        assert np.sum(levels < np.median(steep)) >= 2  # the valley is seen


def test_the_key_has_numbers_and_no_ticks():
    axis = draw_loss_surface(BOWL, W, W).axes[1].yaxis
    ticks = axis.get_major_ticks() + axis.get_minor_ticks()
    assert len(ticks) > len(axis.get_major_ticks())
    assert {
        line.get_markersize() for tick in ticks for line in (tick.tick1line, tick.tick2line)
    } == {0}


def test_the_numbers_of_the_levels_are_beside_their_lines():
    fig = draw_loss_surface(BOWL, W, W)
    numbers = [text for text in fig.axes[0].texts if not text.get_text().startswith("lowest")]
    assert len(numbers) >= 3
    for text in numbers:
        x, y = text.get_position()
        there = (x - 0.4) ** 2 + 2 * (y - 0.8) ** 2
        assert there == pytest.approx(float(text.get_text()), rel=0.08)


def test_a_line_at_the_edge_has_no_number_and_the_others_have_one():
    fig = draw_loss_surface(W[:, None] ** 3 + 0 * W, W, W)
    numbers = [float(text.get_text()) for text in fig.axes[0].texts if text.get_text()[0] != "l"]
    assert numbers == [level for level in levels_of(fig) if abs(level) < 6]


def test_the_ends_of_a_path_are_drawn_whole_at_the_edge():
    fig = draw_loss_surface(BOWL, W, W, path=[[-2, 0], [0, 0], [2, 0]])
    ends = [line for line in fig.axes[0].lines if line.get_marker() in ("o", MARKERS["gradient"])]
    assert [line.get_clip_on() for line in ends] == [False, False]


def test_a_path_that_leaves_is_cut_and_said():
    path = [[0, 0], [1, 0], [5, 0], [9, 9]]
    fig = draw_loss_surface(BOWL, W, W, path=path)
    assert "leaves at update 2" in [text.get_text() for text in fig.axes[0].texts]
    cross = [line for line in fig.axes[0].lines if line.get_marker() == "X"]
    np.testing.assert_allclose(cross[0].get_xydata(), [[2, 0]])
    assert "leaves the picture at update 2, and ends at w 9, v 9, outside" in fig.alternative
    back = draw_loss_surface(BOWL, W, W, path=[[5, 0], [1, 0], [5, 0]])
    assert "leaves at update 2" in [text.get_text() for text in back.axes[0].texts]
    before = draw_loss_surface(BOWL, W, W, path=path, step=1)
    assert "leaves" not in before.alternative
    assert "leaves at update 2" not in [text.get_text() for text in before.axes[0].texts]


@pytest.mark.parametrize(("side", "sign"), [("below", 1), ("above", -1)])
def test_a_flat_end_may_be_a_single_point(side, sign):
    fig = draw_activation(np.tanh, lambda a: np.where(sign * a > (sign * a).min(), 1.0, 0.0), [1])
    assert f"less than a tenth of the largest {side}" in fig.alternative


def test_an_activation_is_told_with_its_flat_ends():
    fig = draw_activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, [-2, 1])
    end = np.arctanh(np.sqrt(0.9))
    assert (
        f"less than a tenth of the largest below -{end:.1f} and above {end:.1f}" in fig.alternative
    )
    drawn = [text.get_text() for ax in fig.axes for text in ax.texts]
    assert drawn == ["-0.96", "0.76", "0.07", "0.42"]
    flat = draw_activation(lambda a: 2 * a, lambda a: np.full_like(a, 2.0), [0])
    assert flat.alternative.endswith("The slope is 2.00 everywhere.")


def test_numbers_of_an_alternative_keep_two_digits():
    assert [sensible(x) for x in (0, 2, 0.25, -0.25, 1e-7, 1234.5, 1e9)] == [
        "0", "2", "0.25", "-0.25", "1e-07", "1234", "1e+09",
    ]  # fmt: skip


NAN = [[np.nan, 0.5]]


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_states({}, ["a"]), "states is empty: expected at least one"),
        (lambda: draw_states({"A": NAN}, ["a"]), r"'A'\[0\]\[0\] is nan: expected finite"),
        (lambda: draw_states({"A": [[1.0, 2.0]]}, "ab"), "time and units look swapped"),
        (lambda: draw_states({"A": np.ones((1, 2, 3))}, "ab"), r"use h\[0\]"),
        (lambda: draw_states({"A": np.ones((0, 3))}, []), "expected a time step and a unit"),
        (lambda: draw_states({"A": [[1.0]]}, "a", step=2), "step is 2: expected 1 to 1"),
        (lambda: draw_states({"A": [[1.0]]}, "a", step=0), "step is 0"),
        (lambda: draw_state_path({}, {}), "got 0 paths"),
        (lambda: draw_state_path({"A": np.eye(2)}, {"B": "a"}), "words has no entry 'A'"),
        (lambda: draw_state_path({"A": 2 * np.eye(2)}, {"A": "a"}), "goes as far as 2.00"),
        (lambda: draw_matrices({}, "a", "b"), "matrices is empty"),
        (lambda: draw_matrices({"A": NAN}, "a", "xy"), r"'A'\[0\]\[0\] is nan"),
        (lambda: draw_matrices({"A": [[-1]]}, "a", "x"), "'A' has -1: expected numbers of 0"),
        (lambda: draw_matrices({"A": np.ones((0, 0))}, "", ""), "both 1 or more"),
        (lambda: draw_matrices({"A": [[1]]}, "a", "x", marked_row=1), "marked_row is 1"),
        (lambda: shade_matrix(new_figure()[1], [1, 2]), r"use values\[None\]"),
        (lambda: draw_gates({}, "a"), "gates is empty"),
        (lambda: draw_gates({"f": [[1.3]]}, "a"), "'f' has 1.30 for unit 1.*before the sigmoid"),
        (lambda: draw_gates({"f": [[-0.1]]}, "a"), "are these pre-activations"),
        (lambda: draw_gates({"f": [[1]]}, "a", states={"f": [[1]]}), "expected different names"),
        (lambda: draw_training_curves({}), "got 0 curves: expected 1 to 6"),
        (lambda: draw_training_curves({name: [1] for name in "abcdefg"}), "got 7 curves"),
        (lambda: draw_training_curves({"A": []}), r"'A' has shape \(0,\)"),
        (lambda: draw_training_curves({"A": History()}), "'A' has no losses"),
        (lambda: draw_training_curves({"A": [1, np.nan, 2]}), "is nan at update 1, and a number"),
        (lambda: draw_training_curves({"A": [1, 0]}, log=True), "'A' has 0: with log=True"),
        (lambda: draw_training_curves({"A": [1]}, baselines={"b": 0}, log=True), "'b' has 0"),
        (lambda: draw_training_curves({"A": [1, 2]}, updates=[1]), r"has shape \(1,\)"),
        (lambda: draw_training_curves({"A": [1, 2]}, updates=[1, 1]), "does not rise"),
        (lambda: draw_training_curves({"A": [1]}, updates={"B": [1]}), "expected names of runs"),
        (lambda: draw_training_curves({"A": [1]}, baselines=dict.fromkeys("abcde", 1)), "most 4"),
        (lambda: draw_training_curves({"A": [1]}, baselines={"b": np.inf}), "baseline 'b' is inf"),
        (lambda: draw_loss_surface(BOWL[:5], W, W), r"expected \(31, 31\)"),
        (lambda: draw_loss_surface(BOWL[:5].T, W[:5], W), "use losses.T"),
        (lambda: draw_loss_surface(BOWL, W[::-1], W), "first has shape .* rising"),
        (lambda: draw_loss_surface(BOWL * np.nan, W, W), "losses.* is nan"),
        (lambda: draw_loss_surface(BOWL, W, W, path=[1, 2]), r"path has shape \(2,\)"),
        (lambda: draw_loss_surface(BOWL, W, W, path=[[1, 2, 3]]), r"path has shape \(1, 3\)"),
        (lambda: draw_loss_surface(BOWL, W, W, path=np.ones((0, 2))), r"shape \(0, 2\)"),
        (lambda: draw_loss_surface(BOWL, W, W, path=[[np.inf, 0]]), "path.* is inf"),
        (lambda: draw_loss_surface(BOWL, W, W, path_losses=[1]), "path_losses is given without"),
        (
            lambda: draw_loss_surface(BOWL, W, W, path=[[0, 0]], path_losses=[1, 2]),
            r"path_losses has shape \(2,\): expected \(1,\)",
        ),
        (
            lambda: draw_loss_surface(BOWL, W, W, path=[[0, 0]], path_losses=[np.nan]),
            "path_losses.* is nan",
        ),
        (lambda: draw_loss_surface(BOWL, W, W, step=1), "step is given without path"),
        (lambda: draw_loss_surface(BOWL, W, W, path=[[0, 0]], step=1), "expected 0 to 0"),
        (lambda: draw_activation(np.tanh, np.tanh, [5]), "expected numbers from -3.2 to 3.2"),
        (lambda: draw_activation(np.tanh, lambda a: 1.0, [1]), r"slope\(a\) has shape \(\)"),
        (lambda: draw_activation(np.tanh, np.tanh, [1], limit=0), "limit is 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_training_curves([1, 2]), "losses is a list: expected a dict"),
        (lambda: draw_training_curves({"A": ["x"]}), "'A' holds"),
        (lambda: draw_states({"A": [["x"]]}, "a"), "'A' holds text"),
    ],
)
def test_what_is_no_number_is_named(draw, message):
    with pytest.raises(TypeError, match=message):
        draw()
