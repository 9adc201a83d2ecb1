"""What every figure must do, and what the colours must: be told apart, and be legible."""

import inspect
import itertools
import json
from functools import cached_property
from pathlib import Path
from unittest.mock import patch

import matplotlib as mpl
import numpy as np
import pytest
from colorspacious import cspace_convert
from figure_cases import FIGURES
from figure_description import description, difference, release
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text

from rnnhelpers import figures
from rnnhelpers.cells import rnn_step
from rnnhelpers.figures import (
    COLORS,
    COUNTS,
    MARKERS,
    SIGNED,
    course_style,
    draw_cell,
    draw_matrices,
    draw_state_path,
    draw_states,
    ink_on,
)
from rnnhelpers.figures.style import BODY, SERIES

REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "figure_values.json").read_text(encoding="utf-8")
)

# What all figures have in common ----------------------------------------------------------------


class Drawn:
    """A figure as it is shown, with its pixels, and the texts that were really drawn.

    It is drawn when a test looks at it: not as a fixture, of which coverage would be measured.
    """

    def __init__(self, make):
        self.fig = make()
        self.canvas = FigureCanvasAgg(self.fig)

    @cached_property
    def seen(self):
        texts, draw = [], Text.draw

        def note_and_draw(text, renderer):
            if text.get_visible() and text.get_text().strip() and text not in texts:
                texts.append(text)
            draw(text, renderer)

        with patch.object(Text, "draw", note_and_draw):
            return self.draw(), texts

    @property
    def pixels(self):
        return self.seen[0]

    @property
    def laid_out(self):
        """The figure, with everything in its place."""
        assert self.seen
        return self.fig

    @property
    def texts(self):
        return self.seen[1]

    @cached_property
    def boxes(self):
        """Where the texts are. (An annotation's own extent has its arrow in it.)"""
        return [Text.get_window_extent(text) for text in self.texts]

    @cached_property
    def extent(self):
        assert self.texts
        with course_style():
            return self.fig.get_tightbbox()

    def draw(self):
        with course_style():
            self.canvas.draw()
        return np.array(self.canvas.buffer_rgba())[..., :3]

    def region(self, box):
        """Return the rows and columns of the pixels in which a box lies."""
        bottom, top = (int(len(self.pixels) - y) for y in (box.y0, box.y1))
        return slice(max(top - 1, 0), bottom + 2), slice(max(int(box.x0) - 1, 0), int(box.x1) + 2)


@pytest.fixture(scope="module", params=FIGURES)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def drawn(name):
    return Drawn(FIGURES[name])


def test_an_empty_figure_fills_a_page():
    assert figures.new_figure()[0].get_size_inches().tolist() == [8, 4]


def test_every_function_that_draws_is_among_the_cases():
    functions = [name for name in figures.__all__ if name.startswith("draw_")]
    source = inspect.getsource(inspect.getmodule(FIGURES["cell"]))
    assert [name for name in functions if f"{name}(" not in source] == []


def test_every_figure_has_a_text_alternative_and_fits_the_page(drawn):
    assert isinstance(drawn.fig, Figure)
    assert 60 <= len(drawn.fig.alternative) <= 2000
    assert drawn.fig.get_size_inches()[0] <= 8


@pytest.mark.no_cover
def test_every_figure_looks_as_it_did(name, drawn):
    parts = ["alternative", "drawn"]
    if REFERENCE["matplotlib"] == release():
        parts.append("looks")
    change = difference(REFERENCE["figures"][name], description(drawn.laid_out), parts)
    assert change == "", "if this is meant, see tests/reference/make_figure_values.py"


@pytest.mark.no_cover
def test_no_text_is_smaller_than_nine_points(drawn):
    assert min(text.get_fontsize() for text in drawn.texts) >= 9


@pytest.mark.no_cover
def test_nothing_leaves_the_figure(drawn):
    width, height = drawn.fig.get_size_inches()
    assert min(drawn.extent.x0, drawn.extent.y0) >= -0.01
    assert drawn.extent.x1 <= width + 0.01
    assert drawn.extent.y1 <= height + 0.01


@pytest.mark.no_cover
def test_no_text_lies_on_another(drawn):
    texts = [text.get_text() for text in drawn.texts]
    boxes = [box.padded(-1.5) for box in drawn.boxes]
    for one, other in itertools.combinations(range(len(texts)), 2):
        assert not boxes[one].overlaps(boxes[other]), (texts[one], texts[other])


@pytest.mark.no_cover
def test_every_text_has_contrast_with_what_is_really_behind_it(drawn):
    boxes = drawn.boxes
    for text in drawn.texts:
        text.set_alpha(0)
    behind = drawn.draw()
    is_ink = (behind != drawn.pixels).any(axis=-1)
    found = {}
    for text, box in zip(drawn.texts, boxes, strict=True):
        place = drawn.region(box)
        ground = behind[place][is_ink[place]] / 255
        assert len(ground), f"{text.get_text()} cannot be seen at all"
        if text.get_path_effects():  # a halo, which keeps lines away from the letters
            ground = np.array([mpl.colors.to_rgb(text.get_path_effects()[0]._gc["foreground"])])
        contrasts = [contrast(text.get_color(), color) for color in np.unique(ground, axis=0)]
        found[text.get_text()] = np.percentile(contrasts, 5)
    assert {text: ratio for text, ratio in found.items() if ratio < 4.5} == {}


ODD_SETTINGS = {
    "axes.facecolor": "black",
    "axes.grid": True,
    "axes.labelcolor": "red",
    "figure.dpi": 50,
    "font.family": "serif",
    "font.size": 30,
    "image.cmap": "jet",
    "lines.linewidth": 9,
    "mathtext.fontset": "cm",
    "text.color": "red",
}


@pytest.mark.no_cover
def test_the_settings_of_the_learner_change_nothing_and_are_not_changed(name, drawn):
    with mpl.rc_context(ODD_SETTINGS):
        before = dict(mpl.rcParams)
        again = Drawn(FIGURES[name])
        assert dict(mpl.rcParams) == before
    # Also the second time of two, so a figure is drawn to the same bytes each time.
    assert np.array_equal(again.pixels, drawn.pixels)
    assert again.fig.alternative == drawn.fig.alternative


# What some of them show -------------------------------------------------------------------------


def visible_texts(fig):
    return [text for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]


def cell(n_features=3, n_hidden=2, seed=0, **options):
    rng = np.random.default_rng(seed)
    shapes = [(n_features,), (n_hidden,), (n_features, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
    arrays = [rng.uniform(-1, 1, size=shape) for shape in shapes]
    return draw_cell(*arrays, **options), arrays


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
    assert fig.alternative.endswith('Row by row: "a": y 0.25. "b": x 2.')


def test_a_number_that_rounds_to_zero_has_no_sign():
    fig = draw_states({"A": [[-0.001, 0.5]]}, ["dog"])
    assert "smallest 0.00 (unit 1" in fig.alternative
    assert [text.get_text() for text in fig.axes[0].texts] == ["0.00", "0.50"]
    fig = draw_cell([0.0], [0.0], [[1.0]], [[1.0]], [-0.001])
    assert "-0.00" not in fig.alternative
    assert "-0.00" not in [text.get_text() for text in visible_texts(fig)]


def test_a_marked_row_is_the_one_described():
    fig = draw_matrices({"A": np.eye(2)}, ["a", "b"], ["x", "y"], name_of_row="word", marked_row=1)
    assert fig.alternative.endswith('Row 2, "b", is framed: y 1.')


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


# Colours ----------------------------------------------------------------------------------------

SIGHTS = {
    "usual": None,
    "deuteranopia": "deuteranomaly",
    "protanopia": "protanomaly",
    "tritanopia": "tritanomaly",
}
"""Kinds of colour vision, with the name of their milder form that the simulation goes by."""

every_sight = pytest.mark.parametrize("sight", SIGHTS)


def seen(colors, sight):
    """Return where colours are for a kind of sight, in the space CAM02-UCS: distance is difference.

    About 1 is the smallest difference that is noticed. The simulation is that of Machado, Oliveira
    and Fernandes (2009), at full severity.
    """
    rgb = np.array([mpl.colors.to_rgb(color) for color in colors])
    if SIGHTS[sight]:
        space = {"name": "sRGB1+CVD", "cvd_type": SIGHTS[sight], "severity": 100}
        rgb = np.clip(cspace_convert(rgb, space, "sRGB1"), 0, 1)
    return cspace_convert(rgb, "sRGB1", "CAM02-UCS")


def differences(colors, sight):
    pairs = itertools.combinations(zip(colors, seen(colors, sight), strict=True), 2)
    return {(one, other): np.linalg.norm(here - there) for (one, here), (other, there) in pairs}


def test_the_simulation_takes_red_and_green_together_but_not_blue_and_yellow():
    red_green, blue_yellow = ["#BB4433", "#7A7A00"], ["#0000FF", "#FFFF00"]
    for sight in ("deuteranopia", "protanopia"):
        [usual], [simulated] = (differences(red_green, s).values() for s in ("usual", sight))
        assert simulated < 0.5 * usual
        [usual], [simulated] = (differences(blue_yellow, s).values() for s in ("usual", sight))
        assert simulated > 0.8 * usual


@every_sight
@pytest.mark.parametrize(
    "colors", [COLORS.values(), [color for color, *_ in SERIES]], ids=["COLORS", "SERIES"]
)
def test_the_colors_are_told_apart(colors, sight):
    found = differences([*dict.fromkeys([*colors, "#000000"])], sight)
    assert min(found.values()) >= 15, min(found, key=found.get)


def test_a_run_has_the_color_of_no_role():
    runs, roles = [color for color, *_ in SERIES], list(COLORS.values())
    away = np.linalg.norm(seen(runs, "usual")[:, None] - seen(roles, "usual"), axis=-1)
    assert away.min() >= 12


def test_what_has_a_color_has_another_sign_too():
    assert MARKERS.keys() == COLORS.keys()
    assert len(set(MARKERS.values())) == len(COLORS)
    assert set(MARKERS.values()) <= Line2D.markers.keys()
    assert len(SERIES) == 6
    for signs in zip(*SERIES, strict=True):
        assert len(set(signs)) == len(SERIES)


@every_sight
def test_signed_shades_say_the_sign_and_the_size(sight):
    below = seen(SIGNED(np.linspace(0.5, 0, 101)), sight)
    above = seen(SIGNED(np.linspace(0.5, 1, 101)), sight)
    for shades in (below, above):
        assert (np.diff(shades[::5, 0]) < 0).all()  # the larger, the darker
    apart = np.linalg.norm(below - above, axis=-1)
    assert apart[10:].min() >= 5  # from a tenth of the largest number on
    assert apart[25:].min() >= 15
    # Without any colour too: a number below zero is darker than the same number above.
    assert (above[10:, 0] - below[10:, 0]).min() >= 2


@every_sight
def test_shades_of_counts_get_darker(sight):
    shades = seen(COUNTS(np.linspace(0, 1, 21)), sight)
    assert (np.diff(shades[:, 0]) < 0).all()


def luminance(color):
    rgb = np.array(mpl.colors.to_rgb(color))
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("white", "black") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


def test_ink_is_legible_on_every_shade():
    for shades in (SIGNED, COUNTS):
        assert min(contrast(ink_on(shades(i)), shades(i)) for i in range(256)) >= 4.5


@pytest.mark.parametrize("ground", ["white", BODY])
def test_the_colors_are_legible_as_text(ground):
    colors = [*COLORS.values(), *(color for color, *_ in SERIES)]
    assert {color for color in colors if contrast(color, ground) < 4.5} == set()
