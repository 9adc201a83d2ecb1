"""The figures say what they show, look the same everywhere, and refuse what they cannot draw."""

import base64
import io
import os
import re

import matplotlib as mpl
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from PIL import Image
from traitlets.config import Config

from rnnhelpers.cells import rnn_step
from rnnhelpers.figures import (
    COLORS,
    COUNTS,
    SIGNED,
    describe,
    draw_activation,
    draw_cell,
    draw_matrices,
    draw_state_path,
    draw_states,
    ink_on,
    new_figure,
    show,
    show_steps,
)

LONG = "internationalisation"


def cell(n_features=3, n_hidden=2, seed=0, **options):
    rng = np.random.default_rng(seed)
    shapes = [(n_features,), (n_hidden,), (n_features, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
    arrays = [rng.uniform(-1, 1, size=shape) for shape in shapes]
    return draw_cell(*arrays, **options), arrays


@pytest.fixture(scope="module", autouse=True)
def shell(tmp_path_factory):
    """Start IPython, whose `display` the figures are shown with."""
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()
    del os.environ["IPYTHONDIR"]


FIGURES = {
    "cell": lambda: cell(word="works", step=2)[0],
    "cell, one unit": lambda: cell(1, 1)[0],
    "cell, fifty units, many features, a long word": lambda: cell(200, 50, word=LONG)[0],
    "cell, twelve features": lambda: cell(12, 8, word=LONG, step=20)[0],
    "matrices": lambda: draw_matrices(
        {"Counts": np.eye(3), "Weights": np.eye(3) / 2}, ["a", "b", "c"], ["x", "y", "z"]
    ),
    "matrix, long words": lambda: draw_matrices({"A": np.ones((2, 9))}, [LONG] * 2, [LONG] * 9),
    "matrix, one number": lambda: draw_matrices({"A": [[0.5]]}, ["a"], ["b"]),
    "matrix, many numbers": lambda: draw_matrices(
        {"A": np.ones((20, 30))}, range(20), [f"w{i}" for i in range(30)], marked_row=3
    ),
    "states, one step": lambda: draw_states({"A": [[0.5]]}, ["dog"]),
    "states, twenty steps": lambda: draw_states({"A": np.ones((20, 2)) / 2}, [LONG] * 20),
    "states, fifty units": lambda: draw_states({"A": np.ones((6, 50)) / 2}, ["dog"] * 6),
    "path": lambda: draw_state_path({"A": np.eye(4, 2), "B": np.eye(4, 2) / 2},
                                    {"A": ["dog"] * 3, "B": [LONG] * 3}),
    "activation": lambda: draw_activation(np.tanh, lambda a: 1 - np.tanh(a) ** 2, [-2, 0, 1]),
}  # fmt: skip

every_figure = pytest.mark.parametrize("make", FIGURES.values(), ids=FIGURES)


def visible_texts(fig):
    return [text for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]


@every_figure
def test_every_figure_has_a_text_alternative_and_fits_the_page(make):
    fig = make()
    assert isinstance(fig, Figure)
    assert len(fig.alternative) >= 20
    assert fig.get_size_inches()[0] <= 8


@every_figure
def test_no_text_is_smaller_than_nine_points(make):
    assert min(text.get_fontsize() for text in visible_texts(make())) >= 9


@every_figure
def test_nothing_leaves_the_figure(make):
    fig = make()
    fig.draw_without_rendering()
    width, height = fig.get_size_inches()
    drawn = fig.get_tightbbox()
    assert drawn.x0 >= -0.01
    assert drawn.y0 >= -0.01
    assert drawn.x1 <= width + 0.01
    assert drawn.y1 <= height + 0.01


@every_figure
def test_a_figure_does_not_change_the_settings_of_the_learner(make):
    before = {name: value for name, value in mpl.rcParams.items() if name != "backend"}
    make()
    assert {name: mpl.rcParams[name] for name in before} == before


@every_figure
def test_a_figure_does_not_depend_on_the_settings_of_the_learner(make):
    usual = picture_in(shown(make()))
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "black", "lines.linewidth": 9}):
        changed = picture_in(shown(make()))
    assert usual == changed


def test_the_cell_states_its_numbers():
    fig, (x, h_prev, W_xh, W_hh, b_h) = cell(word="works", step=2)
    h = rnn_step(x[None], h_prev[None], W_xh, W_hh, b_h)[0]
    assert fig.alternative.startswith('The cell at time step 2, reading "works". Input term ')
    for values in (x @ W_xh, h_prev @ W_hh, b_h, h):
        assert " and ".join(f"{value:.2f}" for value in values) in fig.alternative
        for value in values:
            assert f"{value:.2f}" in [text.get_text() for text in visible_texts(fig)]


def test_a_matrix_draws_its_numbers():
    fig = draw_matrices({"A": [[0, 0.25], [2, -0.0]]}, ["a", "b"], ["x", "y"])
    drawn = [text.get_text() for text in fig.axes[0].texts]
    assert drawn == ["0", "0.25", "2", "0"]
    assert fig.alternative == "A, one row a row. a: y 0.25. b: x 2."


def test_a_number_that_rounds_to_zero_has_no_sign():
    fig = draw_states({"A": [[-0.001, 0.5]]}, ["dog"])
    assert fig.alternative.endswith("at 0.00 and 0.50.")
    assert [text.get_text() for text in fig.axes[0].texts] == ["0.00", "0.50"]
    fig = draw_cell([0.0], [0.0], [[1.0]], [[1.0]], [-0.001])
    assert "-0.00" not in fig.alternative
    assert "-0.00" not in [text.get_text() for text in visible_texts(fig)]


def test_a_marked_row_is_the_one_described():
    fig = draw_matrices({"A": np.eye(2)}, ["a", "b"], ["x", "y"], name_of_row="word", marked_row=1)
    assert fig.alternative == "A, word 2. b: y 1."


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_cell(np.eye(2), np.eye(2), np.eye(2), np.eye(2), [0, 0]), "one sequence"),
        (lambda: draw_cell([1.0], [0.5], [[1.0, 2.0]], [[1.0]], [0.0]), "W_xh has shape"),
        (lambda: draw_matrices({"A": np.eye(2)}, ["a"], ["x", "y"]), r"'A' has shape \(2, 2\)"),
        (lambda: draw_states({"A": np.eye(2)}, ["a"]), "one state for each word"),
        (lambda: draw_state_path({"A": np.eye(2)}, {"A": ["a", "b"]}), "the initial state and"),
        (lambda: draw_state_path(dict.fromkeys("ABCD"), {}), "got 4 paths: expected at most 3"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def shown(*figs, **options):
    """Return the HTML that is put on the page."""
    with capture_output() as captured:
        if options:
            show_steps(figs, **options)
        else:
            show(*figs)
    [output] = captured.outputs
    return output.data


def picture_in(data):
    return re.search(r'src="data:image/png;base64,([^"]+)"', data["text/html"])[1]


def test_a_figure_is_shown_with_its_alternative():
    fig = describe(new_figure(3, 2)[0], 'A "plane" < 3 & empty.')
    data = shown(fig)
    assert data["text/plain"] == 'A "plane" < 3 & empty.'
    assert 'alt="A &quot;plane&quot; &lt; 3 &amp; empty."' in data["text/html"]
    assert 'width="300"' in data["text/html"]
    assert Image.open(io.BytesIO(base64.b64decode(picture_in(data)))).size == (600, 400)


def test_the_same_figure_is_drawn_to_the_same_bytes():
    assert shown(cell()[0]) == shown(cell()[0])


def test_a_figure_without_alternative_is_refused():
    with pytest.raises(ValueError, match="no text alternative: say in a sentence"):
        show(new_figure()[0])
    with pytest.raises(TypeError, match="got Axes: expected a matplotlib Figure"):
        show(new_figure()[1], "An empty plane.")


def test_an_alternative_can_be_given_when_showing():
    with capture_output() as captured:
        show(new_figure()[0], "An empty plane.")
    assert captured.outputs[0].data["text/plain"] == "An empty plane."


def test_steps_show_the_first_and_hold_the_others():
    figs = [cell(step=step)[0] for step in (1, 2, 3)]
    data = shown(*figs, captions=["one", "two & more", "three"])
    page = data["text/html"]
    assert re.findall(r'data-step style="display:(\w+)"', page) == ["block", "none", "none"]
    assert "<strong>Time step 2 of 3.</strong> two &amp; more" in page
    assert page.count(' alt="The cell at time step') == 3
    assert '<input type="range" min="1" max="3" value="1"' in page
    assert "<script" not in page
    assert " id=" not in page
    assert data["text/plain"] == "1. one\n2. two & more\n3. three"


def test_steps_need_a_caption_each():
    with pytest.raises(ValueError, match="got 1 figures and 2 captions"):
        show_steps([cell()[0]], ["one", "two"])
    with pytest.raises(ValueError, match="got 0 figures and 0 captions"):
        show_steps([], [])


def simulate_color_blindness(color, matrix):
    return np.clip(matrix @ np.array(mpl.colors.to_rgb(color)), 0, 1)


# Deuteranopia and protanopia after Machado, Oliveira and Fernandes (2009), severity 1.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)


@pytest.mark.parametrize("matrix", [np.eye(3), DEUTERANOPIA, PROTANOPIA])
def test_the_colors_stay_apart(matrix):
    seen = [simulate_color_blindness(color, matrix) for color in COLORS.values()]
    distances = [
        np.linalg.norm(one - other) for i, one in enumerate(seen) for other in seen[i + 1 :]
    ]
    assert min(distances) > 0.12


def contrast(one, other):
    def luminance(color):
        rgb = np.array(mpl.colors.to_rgb(color))
        linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return linear @ [0.2126, 0.7152, 0.0722]

    lighter, darker = sorted([luminance(one), luminance(other)], reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_ink_is_legible_on_every_shade():
    for shades in (SIGNED, COUNTS):
        assert min(contrast(ink_on(shades(i)), shades(i)) for i in range(256)) >= 4.5


def test_the_colors_are_legible_as_text_on_white():
    for name, color in COLORS.items():
        assert contrast(color, "white") >= 3, name
