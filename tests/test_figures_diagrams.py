"""The drawings of the cell, the unrolled chain and the gradient show what was computed."""

import re
from functools import cached_property

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.transforms import Bbox

from rnnhelpers.cells import RNNCell, rnn_step
from rnnhelpers.figures import COLORS, draw_cell, draw_gradients, draw_unrolled, ink_on
from rnnhelpers.figures.cell import draw_column, new_canvas
from rnnhelpers.figures.drawn import drawn_data
from rnnhelpers.figures.gradients import SHADES, strengths
from rnnhelpers.figures.labels import broken, text_width, written
from rnnhelpers.unrolling import bptt, unroll
from tests.closeness import drawn_differences

LONG = "internationalisation"
WORDS = ["chetan", "works", "as", "an", "ml", "engineer"]


def parameters(n_features=3, n_hidden=2, seed=0):
    rng = np.random.default_rng(seed)
    shapes = [(n_features, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
    return [rng.normal(size=shape) / n_hidden**0.5 for shape in shapes]


def sequence(n_steps=6, n_features=3, seed=1):
    return np.random.default_rng(seed).normal(size=(n_steps, n_features))


def unrolled(n_steps=6, n_features=3, n_hidden=2, words=None, **options):
    h0 = np.zeros(n_hidden)
    x, weights = sequence(n_steps, n_features), parameters(n_features, n_hidden)
    return draw_unrolled(x, h0, *weights, words, **options)


def cell(n_features=3, n_hidden=2, **options):
    x, h_prev = sequence(1, n_features), np.linspace(-0.9, 0.9, n_hidden)
    return draw_cell(x, h_prev, *parameters(n_features, n_hidden), **options)


def of_sizes(sizes, words=None, **options):
    """Draw gradients of two units with these norms."""
    return draw_gradients(np.array(sizes, dtype=float)[:, None] * [0.6, -0.8], words, **options)


TWENTY = np.logspace(-8, 6, 20)

FIGURES = {
    "cell": lambda: cell(word="works", step=2),
    "cell, one unit": lambda: cell(1, 1),
    "cell, eight units, a long word": lambda: cell(12, 8, word=LONG, step=20),
    "cell, fifty units, many features": lambda: cell(3000, 50, word=LONG * 3, step=20),
    "cell, wide letters": lambda: cell(12, 3, word="W" * 30, step=20),
    "cell, large numbers": lambda: draw_cell([1e4, -2.5], [0], [[1], [3e5]], [[1]], [0]),
    "unrolled": lambda: unrolled(words=WORDS),
    "unrolled, one step": lambda: unrolled(1, 1, 1, [LONG]),
    "unrolled, twenty steps": lambda: unrolled(20, 300, 3, [LONG] * 20),
    "unrolled, fifty units": lambda: unrolled(6, 5, 50, [LONG] * 6, step=2),
    "unrolled, twenty steps of fifty units": lambda: unrolled(20, 5, 50, step=11),
    "unrolled, eight units, twelve steps": lambda: unrolled(12, 5, 8, [LONG] * 12, step=7),
    "unrolled, seven steps, nothing read": lambda: unrolled(7, 3, 1, ["W" * 40] * 7, step=0),
    "unrolled, twenty steps of eight units": lambda: unrolled(20, 5, 8, step=20),
    "unrolled, as many steps as fit": lambda: unrolled(28, 3, 4, [LONG * 2] * 28),
    "gradients": lambda: of_sizes([0.03, 0.08, 0.2, 0.3, 0.6, 1], WORDS),
    "gradients, one step": lambda: of_sizes([1], [LONG]),
    "gradients, twenty steps": lambda: of_sizes(TWENTY, [LONG] * 20),
    "gradients, halfway": lambda: of_sizes(TWENTY, step=9, losses=[12, 20]),
    "gradients, nothing": lambda: of_sizes([0, 0, 0]),
    "gradients, two ways": lambda: of_sizes([0.5, 0.4, 1], direct=np.eye(3, 2)[[2, 2, 2]] * 0
                                            + [[0, 0], [0.1, 0], [0.6, -0.8]]),
}  # fmt: skip


class Drawn:
    """A figure that is drawn once, when the first test looks at it.

    It is not drawn as a fixture: coverage would be measured of that.
    """

    def __init__(self, fig):
        self.fig = fig

    @cached_property
    def canvas(self):
        canvas = FigureCanvasAgg(self.fig)
        canvas.draw()
        return canvas

    @cached_property
    def texts(self):
        """The texts, with their extents."""
        assert self.canvas
        return [(text, text.get_window_extent()) for text in texts_of(self.fig)]


@pytest.fixture(scope="module", params=FIGURES.values(), ids=FIGURES)
def drawn(request):
    return Drawn(request.param())


def texts_of(fig):
    return [text for text in fig.findobj(mpl.text.Text) if text.get_text().strip()]


def written_in(fig):
    return [text.get_text() for text in texts_of(fig)]


def numbers_in(fig):
    """Return what is written as a number, as it is written."""
    return [text for text in written_in(fig) if re.fullmatch(r"-?[\d.]+(e-?\d+)?", text)]


@pytest.mark.no_cover
def test_a_figure_fits_its_page_and_its_texts_are_large_enough(drawn):
    fig, texts = drawn.fig, drawn.texts
    assert isinstance(fig, Figure)
    width, height = fig.get_size_inches()
    assert width <= 8
    assert min(text.get_fontsize() for text, _ in texts) >= 9
    extents = [box for _, box in texts]
    # The axes are as large as the figure: what leaves them is cut off, and must not be there.
    [ax] = fig.axes
    extents += [artist.get_window_extent() for artist in (*ax.patches, *ax.lines)]
    union = Bbox.union(extents)
    assert min(union.x0, union.y0) >= -1
    assert union.x1 <= width * fig.dpi + 1
    assert union.y1 <= height * fig.dpi + 1


@pytest.mark.no_cover
def test_no_text_lies_on_another(drawn):
    boxes = [(text.get_text(), box.padded(-1.5)) for text, box in drawn.texts]
    for i, (one, box) in enumerate(boxes):
        for other, other_box in boxes[i + 1 :]:
            assert not box.overlaps(other_box), (one, other)


def luminance(rgb):
    linear = np.where(rgb <= 0.03928, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    light, dark = max(one, other), min(one, other)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.no_cover
def test_every_text_has_enough_contrast_with_what_lies_behind_it(drawn):
    canvas, texts = drawn.canvas, drawn.texts
    for text, _ in texts:
        text.set_visible(False)
    canvas.draw()
    picture = luminance(np.asarray(canvas.buffer_rgba())[::-1, :, :3] / 255)
    for text, box in texts:
        text.set_visible(True)
        ink = luminance(np.array(mpl.colors.to_rgb(text.get_color())))
        behind = picture[int(box.y0) : int(box.y1) + 1, int(box.x0) : int(box.x1) + 1]
        assert contrast(ink, np.median(behind)) >= 4.5, text.get_text()


@pytest.mark.no_cover
@pytest.mark.parametrize("name", ["cell", "unrolled", "gradients, twenty steps"])
def test_a_figure_is_drawn_to_the_same_pixels_each_time(name):
    pictures = []
    for _ in range(2):
        canvas = FigureCanvasAgg(FIGURES[name]())
        canvas.draw()
        pictures.append(bytes(canvas.buffer_rgba()))
    assert pictures[0] == pictures[1]


# --- words -----------------------------------------------------------------------------------


def test_a_word_is_broken_into_lines_that_fit_and_loses_nothing():
    for word in ("dog", LONG, "x" * 30):
        lines = broken(word, 0.9).split("\n")
        assert "".join(line.removesuffix("-") for line in lines) == word
        assert all(text_width(line, 9) <= 0.9 for line in lines)
    assert "\n" not in broken("dog", 0.9)
    assert broken("a\n", 0.9) == "a↵"
    four_lines = "n" * int(2.8 * 0.9 / text_width("n", 9))
    assert broken(four_lines, 0.9).endswith("…")
    assert broken(LONG * 9, 0.9).endswith("…")


def test_a_word_is_cut_only_where_there_is_no_room():
    assert written(LONG, 13, 3) == LONG
    cut = written(LONG, 13, 1)
    assert text_width(cut, 13) <= 1
    assert LONG.startswith(cut.removesuffix("…"))
    assert text_width(LONG[: len(cut)] + "…", 13) > 1
    assert written(LONG, 13, 0.01) == f"{LONG[0]}…"
    assert written("a\tb\n ", 13, 3) == "a⇥b↵␣"


def test_every_number_in_a_column_stays_clear_of_its_frame():
    values = np.outer([1.234, 12.34, 123.4, 1234.5, 12345.6], [1, -1]).ravel()
    for width in np.arange(0.4, 0.8, 0.01):
        fig, ax = new_canvas(1, 5)
        draw_column(ax, 0.5, 0, width, 5, values[:8], "black", scale=1e5)
        for text in texts_of(fig):
            said, size = text.get_text(), text.get_fontsize()
            assert text_width(said, size) <= width - 0.05 or "e" in said or "10^" in said, said


def test_spaces_have_no_width():
    assert text_width("  ") == 0


def test_a_dollar_sign_is_no_formula():
    for fig in (
        draw_cell([1], [0], [[1]], [[1]], [0], word="$5 and $x_2$"),
        draw_unrolled([[1]], [0], [[1]], [[1]], [0], ["$a$"]),
        draw_gradients([[1.0]], ["$a$"]),
    ):
        fig.draw_without_rendering()
        assert any(r"\$" in text for text in written_in(fig))
        assert "$a$" in fig.alternative or "$5 and $x_2$" in fig.alternative


# --- the cell --------------------------------------------------------------------------------


def terms_of(x, h_prev, W_xh, W_hh, b_h):
    return {"input term": x @ W_xh, "state term": h_prev @ W_hh, "bias": b_h}


def test_the_cell_says_which_term_moves_the_sum_most():
    rng = np.random.default_rng(0)
    for _ in range(20):
        x, h_prev = rng.normal(size=3), rng.normal(size=4)
        weights = parameters(3, 4, seed=rng)
        terms = terms_of(x, h_prev, *weights)
        names = np.array(list(terms))[np.abs(list(terms.values())).argmax(axis=0)]
        said = re.search(r"moved most (.*?)\.", draw_cell(x, h_prev, *weights).alternative)[1]
        if "in every unit" in said:
            assert set(names) == {re.match("by the (.*) in every", said)[1]}
            continue
        for part in re.split(", (?=by)", said):
            name, units = re.match(r"by the (.*) in units? (.*)", part).groups()
            where = np.flatnonzero(names == name) + 1
            assert [int(unit) for unit in re.findall(r"\d+", units)] == where.tolist()


@pytest.mark.parametrize(
    ("b_h", "said"),
    [
        ([0.0], "All three terms are zero. The unit is not saturated."),
        ([3.0], "by the bias. The unit is saturated."),
        ([3.0, 0.5, -4.0], "Units 1 and 3 are saturated, close to -1 or 1."),
        ([3.0, 0.5], "Unit 1 is saturated, close to -1 or 1."),
        ([1.0, 0.5], "No unit is saturated."),
        ([3.0, 9.0], "All units are saturated, close to -1 or 1."),
        ([0.0, 9.0], "moved most by the bias in unit 2. Unit 2 is saturated, close to -1 or 1."),
        ([3.0] * 5 + [0.1] * 5, "by the bias in every unit. 5 of 10 units are saturated, close"),
    ],
)
def test_the_cell_says_what_is_saturated(b_h, said):
    n_hidden = len(b_h)
    zeros = np.zeros((n_hidden, n_hidden))
    fig = draw_cell(np.zeros(1), zeros[0], zeros[:1], zeros, b_h)
    assert said in fig.alternative


def test_a_cell_of_many_units_says_where_the_extremes_are():
    x, h_prev, weights = sequence(1)[0], np.linspace(-1, 1, 30), parameters(3, 30)
    fig = draw_cell(x, h_prev, *weights)
    for values in terms_of(x, h_prev, *weights).values():
        low, high = values.argmin(), values.argmax()
        said = f"from {values[low]:.2f} (unit {low + 1}) to {values[high]:.2f} (unit {high + 1})"
        assert said in fig.alternative
    cells = [text for text in numbers_in(fig) if re.fullmatch(r"-?\d\.\d\d", text)]
    assert not cells
    assert {"unit", "1", "30"} < set(written_in(fig))
    assert "≥ 1.5" in written_in(fig)


def test_the_one_of_a_long_one_hot_vector_is_still_to_be_seen():
    def shades(x):
        fig = draw_cell(x, [0], np.zeros((5000, 1)), [[0]], [0])
        return {patch.get_facecolor() for patch in fig.findobj(mpl.patches.Rectangle)}

    assert len(shades(np.eye(5000)[4321]) - shades(np.zeros(5000))) == 1


# --- the unrolled chain ----------------------------------------------------------------------


def states_of(x, h0, W_xh, W_hh, b_h):
    states = [np.array([h0], dtype=float)]
    for x_t in x:
        states.append(rnn_step(x_t[None], states[-1], W_xh, W_hh, b_h))
    return np.concatenate(states)


@pytest.mark.parametrize("n_hidden", [1, 2, 5])
def test_the_chain_draws_and_says_the_states(n_hidden):
    x, h0, weights = sequence(), np.full(n_hidden, 0.25), parameters(3, n_hidden)
    fig = draw_unrolled(x, h0, *weights, WORDS)
    states = states_of(x, h0, *weights)
    assert numbers_in(fig) == [f"{v + 0.0:.2f}" for h in [*states[1:], states[0]] for v in h]
    if n_hidden <= 2:
        for t, word in enumerate(WORDS, start=1):
            said = " and ".join(f"{v:.2f}" for v in states[t])
            assert f'{said} after step {t} ("{word}")' in fig.alternative
    else:
        t, unit = np.unravel_index(states.argmax(), states.shape)
        said = f'largest {states.max():.2f}, after step {t} ("{WORDS[t - 1]}"), unit {unit + 1}'
        assert said in fig.alternative
        t, unit = np.unravel_index(states.argmin(), states.shape)
        said = f'is {states.min():.2f}, after step {t} ("{WORDS[t - 1]}"), unit {unit + 1}'
        assert said in fig.alternative


def test_the_chain_agrees_with_unroll():
    W_xh, W_hh, b_h = parameters()
    x = sequence()
    run = unroll(RNNCell.from_params({"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h}), x[None])
    fig = draw_unrolled(x[None], np.zeros((1, 2)), W_xh, W_hh, b_h)
    assert " and ".join(f"{v:.2f}" for v in run.h[0, -1]) + " after step 6" in fig.alternative


@pytest.mark.parametrize("n_steps", [1, 6, 20])
def test_the_same_weights_stand_at_every_step(n_steps):
    fig = unrolled(n_steps, 3, 2, [LONG] * n_steps)
    for weights in ("$W_{xh}$", "$W_{hh}$"):
        drawn = [text for text in texts_of(fig) if text.get_text() == weights]
        assert len(drawn) == n_steps + 1  # and once at the loop
        assert {text.get_color() for text in drawn} == {COLORS["weight"]}
    assert "The same W_xh, W_hh and b_h, 12 numbers in all" in fig.alternative
    assert any(": 12 numbers" in text for text in written_in(fig))


def skeleton(fig):
    """Return the size of the figure, and where its patches and texts are."""
    patches = [p.get_extents().extents for p in fig.findobj(mpl.patches.FancyBboxPatch)]
    texts = {
        (text.get_text(), *text.get_position())
        for text in texts_of(fig)
        if text.get_text().startswith("$") and text.get_position()[0] > 1.6
    }
    return fig.get_size_inches().tolist(), np.round(patches, 6).tolist(), texts


def test_nothing_moves_from_one_moment_to_the_next():
    def options(step):
        return {"n_steps": 9, "words": [LONG, "a", "dog"] * 3, "step": step}

    whole = skeleton(unrolled(**options(None)))
    for step in (0, 1, 5, 9):
        size, patches, texts = skeleton(unrolled(**options(step)))
        assert size == whole[0]
        before_the_first = 1 if step == 0 else 0  # h_0 has a frame at this moment only
        assert len(patches) == len(whole[1]) + before_the_first
        assert {tuple(patch) for patch in whole[1]} <= {tuple(patch) for patch in patches}
        assert texts == whole[2]
    sizes = np.linspace(0.1, 1, 9)
    whole = skeleton(of_sizes(sizes))
    for step in (1, 5, 9):
        assert skeleton(of_sizes(sizes, step=step)) == whole


@pytest.mark.parametrize("step", [0, 2, 6])
def test_a_moment_shows_the_states_up_to_it_and_no_later_ones(step):
    x, weights = sequence(), parameters()
    states = states_of(x, np.zeros(2), *weights)
    fig = draw_unrolled(x, [0, 0], *weights, WORDS, step=step)
    expected = [f"{v + 0.0:.2f}" for h in [*states[1 : step + 1], states[0]] for v in h]
    assert numbers_in(fig) == [f"{v + 0.0:.2f}" for v in states[step]] + expected
    assert f"the moment after step {step} of 6" in fig.alternative
    assert ("The later steps are empty." in fig.alternative) == (step < 6)
    assert f"after step {step + 1} (" not in fig.alternative
    framed = [p for p in fig.findobj(mpl.patches.FancyBboxPatch) if p.get_linewidth() == 3]
    assert len(framed) == 1
    names = (f"$h_{step}$", f"$h_{{{step}}}$")
    at = [text.get_position()[0] for text in texts_of(fig) if text.get_text() in names]
    left = framed[0].get_x()
    assert left < max(at) < left + framed[0].get_width()


def test_the_folded_cell_shows_the_moment():
    fig = unrolled(words=WORDS, step=3)
    assert written_in(fig).count("$h_{3}$") == 2
    assert written_in(fig).count("as") == 2
    assert written_in(fig).count("$x_{3}$") == 2
    assert "$h_{t}$" in written_in(unrolled(words=WORDS))


# --- the gradient ----------------------------------------------------------------------------


def flows(fig):
    """Return width, in points, and colour of each arrow that has a size, from left to right."""
    lines = [line for line in fig.axes[0].lines if line.get_linestyle() == "-"]
    lines = sorted(lines, key=lambda line: (-round(line.get_ydata()[-1], 2), line.get_xdata()[-1]))
    return [line.get_linewidth() for line in lines], [line.get_color() for line in lines]


def test_width_and_colour_are_in_proportion_to_the_size():
    sizes = np.array([0.2, 0.4, 1.0])
    widths, colors = flows(of_sizes(sizes))
    np.testing.assert_allclose(np.array(widths) / widths[-1], sizes)
    assert colors == [SHADES(size) for size in sizes]
    darkness = [-luminance(np.array(color[:3])) for color in colors]
    assert darkness == sorted(darkness)


@pytest.mark.parametrize("sizes", [TWENTY, TWENTY[::-1], TWENTY[::3]])
def test_width_grows_with_the_power_of_ten_over_many_decades(sizes):
    drawn, is_logarithmic = strengths(sizes)
    assert is_logarithmic
    assert drawn.max() == 1
    np.testing.assert_allclose(np.diff(drawn), np.diff(drawn)[0])
    fig = of_sizes(sizes)
    assert any("logarithmic" in text for text in written_in(fig))
    widths, colors = flows(fig)
    np.testing.assert_allclose(widths, 72 * 0.26 * drawn)
    assert colors == [SHADES(strength) for strength in drawn]


def test_a_factor_of_twenty_is_the_limit_of_proportion():
    assert not strengths(np.array([0.05, 1]))[1]
    assert strengths(np.array([0.0499, 1]))[1]
    assert "logarithmic" not in " ".join(written_in(of_sizes([0.06, 1])))


def test_sizes_of_any_order_are_drawn():
    for sizes in ([5e-324, 1e-300, 1e300], [1e-200, 0, 1e-310], [1e305, 1e306, 1e307]):
        drawn, _ = strengths(np.array(sizes))
        assert np.isfinite(drawn).all()
        assert drawn.max() == 1
        assert ((drawn > 0) == (np.array(sizes) > 0)).all()
        of_sizes(sizes)
    fig = draw_gradients([[3e200, 4e200], [3e-200, 4e-200]])
    assert "is 5.0e-200, 5.0e200." in fig.alternative
    assert "1e400 times" in fig.alternative


def test_zero_is_dashed_and_has_no_head():
    fig = of_sizes([0, 0, 0.5, 1], WORDS[:4])
    lines = fig.axes[0].lines
    assert [line.get_linestyle() for line in lines] == ["--", "--", "-", "-"]
    assert [line.get_color() for line in lines[:2]] == [COLORS["gradient"]] * 2
    assert len(fig.findobj(lambda artist: type(artist) is Polygon)) == 2
    assert numbers_in(fig) == ["0", "0", "0.50", "1.0"]
    assert any("Dashed: zero." in text for text in written_in(fig))
    assert fig.alternative.endswith(
        "Nothing arrives at step 1: the gradient is zero from step 2 back."
    )
    assert of_sizes([0, 0]).alternative.endswith("is 0, 0. It is zero everywhere.")


@pytest.mark.parametrize(
    ("sizes", "said"),
    [
        ([0.03, 0.3, 1], "It shrinks at every step back: what arrives at step 1 is 3.0 % of what"),
        ([8, 4, 2], "It grows at every step back: what arrives at step 1 is 4.0 times what is"),
        ([0.5, 2, 1], "0.50. What arrives at step 1 is 50 % of what is at step 3."),
        ([1, 1, 1], "What arrives at step 1 is as large as what is at step 3."),
        ([1e-8, 1e-4, 1], "arrives at step 1 is 1.0e-8 times what is at step 3."),
        ([0.5, 1, 0], "what arrives at step 1 is 50 % of what is at step 2."),
        ([0, 0.5, 1], "0. Nothing arrives at step 1."),
        ([0, 0.1, 0.5, 1], "0. Nothing arrives at step 1."),
        ([1], "The size at step 1 is 1.0. Nothing has flowed back from there yet."),
    ],
)
def test_the_alternative_says_how_the_size_changes(sizes, said):
    assert said in of_sizes(sizes).alternative


def test_a_long_chain_says_the_extremes():
    alternative = of_sizes(TWENTY[::-1], [*WORDS, *WORDS, *WORDS, "to", "be"]).alternative
    assert 'The largest size is 1.0e6, at step 1 ("chetan"); ' in alternative
    assert 'the smallest 1.0e-8, at step 20 ("be").' in alternative
    assert "It grows at every step back: what arrives at step 1 is 1.0e14 times" in alternative


def test_a_moment_shows_what_has_flowed_back_to_it():
    sizes = [0.1, 0.2, 0.4, 1.0]
    whole = of_sizes(sizes)
    for step in (1, 2, 4):
        fig = of_sizes(sizes, step=step)
        assert numbers_in(fig) == ["0.10", "0.20", "0.40", "1.0"][step - 1 :]
        assert flows(fig) == tuple(part[step - 1 :] for part in flows(whole))
        framed = [p for p in fig.findobj(mpl.patches.FancyBboxPatch) if p.get_linewidth() == 3]
        assert len(framed) == 1
        assert ("so far to step" in fig.alternative) == (step > 1)
    assert "the size is 1.0, 0.40, 0.20." in of_sizes(sizes, step=2).alternative
    assert "0.10" not in of_sizes(sizes, step=2).alternative


def test_the_sizes_that_are_drawn_can_be_compared():
    sizes = [0.1, 0.2, 0.4, 1.0]
    stored = drawn_data(of_sizes(sizes))
    assert "size at each step 4\t0.1 0.2 0.4 1" in stored
    assert "size of what the loss adds 4\t0 0 0 1" in drawn_data(of_sizes(sizes, losses=[4]))
    assert "size at each step 4\tnan 0.2 0.4 1" in drawn_data(of_sizes(sizes, step=2))
    assert "log size at each step 4\tnan -6 -3 0" in drawn_data(of_sizes([0, 1e-6, 1e-3, 1]))
    off = of_sizes([0.1, 0.2, 0.4, 1.01])  # the numbers in the picture are the same
    assert drawn_differences(stored, drawn_data(off), within=0.5)


def gradients_of_the_states(cell, x, d_h):
    """Return dL/dh_t of every step: what the loss says, and what comes back from later steps."""
    run = unroll(cell, x)
    back = [
        bptt(unroll(cell, x[:, t:], run.h[:, t - 1]), d_h[:, t:]).d_state[0]
        for t in range(1, x.shape[1])
    ]
    return d_h[0] + [*back, np.zeros(cell.n_hidden)]


@pytest.mark.parametrize(("scale", "trend"), [(0.3, "It shrinks"), (1.5, "It grows")])
def test_real_gradients_shrink_or_grow(scale, trend):
    turn = np.array([[0.6, -0.8], [0.8, 0.6]])
    cell = RNNCell.from_params({"W_xh": np.eye(2) / 9, "W_hh": scale * turn, "b_h": [0, 0]})
    x, d_h = np.zeros((1, 6, 2)), np.zeros((1, 6, 2))
    d_h[0, -1] = [0.6, 0.8]
    total = gradients_of_the_states(cell, x, d_h)
    fig = draw_gradients(total, WORDS)
    # With zero states the slope of tanh is 1, and a rotation changes no length.
    np.testing.assert_allclose(np.linalg.norm(total, axis=1), scale ** np.arange(5, -1, -1.0))
    assert trend in fig.alternative
    ratio = scale**5
    said = f"{ratio:#.2g} times" if ratio > 1 else f"{100 * ratio:#.2g} % of"
    assert f"what arrives at step 1 is {said} what is at step 6." in fig.alternative


def test_what_the_losses_add_is_drawn_beside_what_comes_back():
    W_xh, W_hh, b_h = parameters()
    cell = RNNCell.from_params({"W_xh": W_xh, "W_hh": W_hh, "b_h": b_h})
    x, d_h = sequence()[None], np.zeros((1, 6, 2))
    d_h[0, [1, 5]] = [[1.0, 0.5], [0.0, 1.0]]
    total = gradients_of_the_states(cell, x, d_h)
    fig = draw_gradients(total, WORDS, direct=d_h[0])
    norm = np.linalg.norm
    expected = [norm(total - d_h[0], axis=1)[:-1], norm(d_h[0, [1, 5]], axis=1)]
    lengths = np.concatenate([norm(total, axis=1), *expected])
    drawn, _ = strengths(lengths)
    np.testing.assert_allclose(sorted(flows(fig)[0]), sorted(72 * 0.26 * drawn[6:]))
    assert written_in(fig).count("loss") == 2
    assert "The gradient of the losses at steps 2 and 6 flows back" in fig.alternative


def test_where_only_the_sum_is_known_no_size_is_drawn():
    fig = of_sizes([0.5, 0.4, 1], losses=[2, 3])
    assert written_in(fig).count("loss") == 2
    assert len(flows(fig)[0]) == 2  # the last loss, and what arrives at step 1
    assert any("Thin: its share is not known." in text for text in written_in(fig))
    heading = "The gradient flows back, from {} to the first time step".format
    assert heading("the losses") in written_in(fig)
    assert heading("the loss") in written_in(of_sizes([0.5, 1], losses=[2]))
    assert heading("the loss") in written_in(of_sizes([0.5, 1]))
    assert of_sizes([0.5, 1], losses=np.array([2])).alternative.startswith(
        "The gradient of the loss at step 2 flows back"
    )


# --- what cannot be drawn --------------------------------------------------------------------

ONE = [[[1.0], [0.0]], [0.0], [[1.0]], [[0.5]], [0.0]]
"""A sequence of two steps, and a cell of one unit."""


def with_x(x):
    return draw_unrolled(x, *ONE[1:])


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: with_x(np.ones((2, 3, 1))), r"shape \(2, 3, 1\): expected one sequence.*x\[0\]"),
        (lambda: with_x(np.ones(3)), r"x has shape \(3,\).*for one feature x\[:, None\]"),
        (lambda: with_x(np.ones((0, 1))), "expected at least one time step"),
        (lambda: with_x(np.ones((29, 1))), "^x has 29 time steps: expected at most 28, .*draw_st"),
        (lambda: with_x(np.ones((2, 2))), "W_xh has shape"),
        (lambda: with_x([[np.nan], [0]]), r"x\[0\]\[0\] is nan: expected finite"),
        (lambda: draw_unrolled(ONE[0], [0, 0], *ONE[2:]), r"h0 has shape \(2,\): expected \(1,\)"),
        (lambda: draw_unrolled(ONE[0], [np.inf], *ONE[2:]), r"h0\[0\] is inf: expected finite"),
        (lambda: draw_unrolled(*ONE, ["dog"]), "got 1 words for 2 time steps"),
        (lambda: draw_unrolled(*ONE, step=3), "step is 3: expected 0 to 2"),
        (lambda: draw_unrolled(*ONE, step=-1), "step is -1: expected 0 or more"),
        (lambda: draw_unrolled(ONE[0], [], np.ones((1, 0)), np.ones((0, 0)), []), "no hidden unit"),
        (lambda: draw_gradients([1.0, 2.0]), r"d_h has shape \(2,\): expected \(n_steps, n_hid"),
        (lambda: draw_gradients(np.ones((1, 2, 3))), r"one of them is d_h\[0\]"),
        (lambda: draw_gradients(np.ones((0, 2))), "expected at least one time step"),
        (lambda: draw_gradients(np.ones((2, 0))), r"d_h has shape \(2, 0\)"),
        (lambda: draw_gradients(np.ones((29, 1))), "29 time steps: expected at most 28"),
        (lambda: draw_gradients([[np.inf]]), "is inf: expected finite"),
        (lambda: draw_gradients([[1.7e308, 1.7e308]]), "the size of d_h.* is inf: expected finite"),
        (lambda: of_sizes([1, 1], ["dog"]), "got 1 words for 2 time steps"),
        (lambda: of_sizes([1, 1], step=3), "step is 3: expected 1 to 2"),
        (lambda: of_sizes([1, 1], step=0), "step is 0: expected 1 or more"),
        (lambda: of_sizes([1, 1], losses=[3]), "losses has 3: expected time steps from 1 to 2"),
        (lambda: of_sizes([1, 1], losses=[0, 2]), "losses has 0: expected time steps from 1 to 2"),
        (lambda: of_sizes([1, 1], losses=[]), "no loss at any time step"),
        (lambda: of_sizes([1, 1], losses=[1]), "the gradient at step 2 is not zero, but the last"),
        (lambda: of_sizes([1, 1], direct=[[0, 0]]), r"direct has shape \(1, 2\): expected \(2,"),
        (lambda: of_sizes([1, 1], direct=np.ones((2, 2))), "direct and d_h differ at the last"),
        (lambda: draw_gradients([[1.0], [1.0]], direct=[[0.0], [1.1]]), "direct and d_h differ"),
        (lambda: cell(step=0), "step is 0: expected 1 or more"),
        (lambda: draw_cell([1], [np.nan], [[1]], [[1]], [0]), r"h_prev\[0\] is nan"),
        (lambda: draw_cell([1], [0], [[np.nan]], [[1]], [0]), r"^W_xh\[0\]\[0\] is nan"),
        (lambda: draw_cell([1], [], np.ones((1, 0)), np.ones((0, 0)), []), "no hidden unit"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_unrolled(*ONE, "ab"), "words is the text 'ab': expected a list"),
        (lambda: draw_unrolled(*ONE, step=1.0), "step is 1.0: expected a whole number"),
        (lambda: of_sizes([1, 1], "ab"), "words is the text 'ab'"),
        (lambda: of_sizes([1, 1], losses=[1.5]), "losses has dtype float64"),
        (lambda: cell(step="2"), "step is '2': expected a whole number"),
        (lambda: draw_gradients([["a"]]), "d_h holds text"),
    ],
)
def test_what_is_of_another_type_is_named(draw, message):
    with pytest.raises(TypeError, match=message):
        draw()


def test_numbers_are_legible_on_every_shade_of_the_gradient():
    for share in np.linspace(0, 1, 64):
        shade = SHADES(share)
        ink = luminance(np.array(mpl.colors.to_rgb(ink_on(shade))))
        assert contrast(ink, luminance(np.array(shade[:3]))) >= 4.5
