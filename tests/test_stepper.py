"""Figures reach the page with their alternatives, and the stepper with all of its steps."""

import base64
import html
import io
import os
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from figure_cases import SENTENCE, cell, heat_maps, unrolled
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from PIL import Image
from traitlets.config import Config

from rnnhelpers.figures import (
    COLORS,
    describe,
    draw_training_curves,
    new_figure,
    show,
    show_steps,
)

WORDS = [*SENTENCE, "and", "reads", "a", "long", "book", "today"]


@pytest.fixture(scope="module", autouse=True)
def shell(tmp_path_factory):
    """Start IPython, whose `display` the figures are shown with."""
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    yield InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    InteractiveShell.clear_instance()
    del os.environ["IPYTHONDIR"]


def shown(function, *arguments, **options):
    """Return what a function puts on the page."""
    with capture_output() as captured:
        function(*arguments, **options)
    [output] = captured.outputs
    return output.data


def plain(alternative="An empty plane.", width=3, height=2):
    return describe(new_figure(width, height)[0], alternative)


def pictures(page):
    found = re.findall(r'src="data:image/\w+;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


class Elements(HTMLParser):
    """The start tags of a piece of HTML, with their attributes."""

    def __init__(self, page):
        super().__init__()
        self.found = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


# One figure -------------------------------------------------------------------------------------


def test_a_figure_is_shown_with_its_alternative():
    data = shown(show, plain('A "plane" < 3 & empty.'))
    assert data["text/plain"] == 'A "plane" < 3 & empty.'
    [image] = Elements(data["text/html"]).all("img")
    assert image["alt"] == 'A "plane" < 3 & empty.'
    assert image["width"] == "300"
    assert pictures(data["text/html"])[0].size == (600, 400)


def test_an_alternative_can_be_given_or_replaced_when_showing():
    assert shown(show, new_figure()[0], "An empty plane.")["text/plain"] == "An empty plane."
    assert shown(show, plain(), "A plane.")["text/plain"] == "A plane."


def test_a_point_is_added_to_the_alternative_of_this_showing():
    fig = plain()
    data = shown(show, fig, point="Nothing is in it.")
    assert data["text/plain"] == "An empty plane. Nothing is in it."
    assert 'alt="An empty plane. Nothing is in it."' in data["text/html"]
    assert shown(show, fig)["text/plain"] == "An empty plane."


def test_what_has_no_alternative_is_refused():
    with pytest.raises(ValueError, match="no text alternative: say in a sentence"):
        show(new_figure()[0])
    with pytest.raises(ValueError, match="no text alternative"):
        show(new_figure()[0], point="Nothing is in it.")
    with pytest.raises(ValueError, match="the text alternative is empty"):
        show(plain(), " ")
    with pytest.raises(ValueError, match="the point is empty"):
        show(plain(), point="")
    with pytest.raises(TypeError, match="got Axes: expected a matplotlib Figure"):
        show(new_figure()[1], "An empty plane.")
    with pytest.raises(TypeError, match="alternative is of type int: expected a str"):
        describe(new_figure()[0], 3)


def test_the_same_figure_is_shown_in_the_same_bytes():
    assert shown(show, cell()) == shown(show, cell())


# The stepper ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def five():
    figs = [plain(f'Plane {step}, "empty".') for step in range(1, 6)]
    captions = ["one", "two & more", "three", "four", "five"]
    return shown(show_steps, figs, captions)


def test_all_steps_are_in_the_page_as_it_is_written_with_captions_and_alternatives(five):
    page = five["text/html"]
    lines = [line for image in Elements(page).all("img") for line in image["alt"].split("\n")]
    assert lines == [f'Time step {n} of 5. Plane {n}, "empty".' for n in range(1, 6)]
    for n, caption in enumerate(["one", "two &amp; more", "three", "four", "five"], start=1):
        assert f"<strong>Time step {n} of 5.</strong> {caption}</p>" in page
    tags = {tag for tag, _ in Elements(page).found}
    assert tags == {"div", "figure", "img", "figcaption", "p", "strong"}  # no controls


def test_rows_hold_the_pictures_side_by_side(five):
    rows = pictures(five["text/html"])
    assert [row.size for row in rows] == [(1200, 400)] * 3
    assert [image["width"] for image in Elements(five["text/html"]).all("img")] == ["300"] * 3
    one, half = rows[0].crop((0, 0, 600, 400)), rows[0].crop((600, 0, 1200, 400))
    assert np.array_equal(one, half)
    assert np.array_equal(rows[2].crop((0, 0, 600, 400)), one)
    assert np.asarray(rows[2].crop((600, 0, 1200, 400))).min() == 255


@pytest.mark.no_cover
@pytest.mark.parametrize(
    ("n_steps", "in_a_row", "widths"),
    [(1, 1, [600]), (3, 2, [1200] * 2), (4, 3, [1800] * 2), (7, 4, [1800] * 2)],
)
def test_many_large_figures_stand_closer_and_less_sharp(n_steps, in_a_row, widths):
    figs = [plain(width=3, height=20)] * n_steps
    page = shown(show_steps, figs, ["a caption"] * n_steps)["text/html"]
    assert [row.width for row in pictures(page)] == widths
    assert Elements(page).all("p")[0]["style"].startswith(f"width:{100 / in_a_row:.4g}%;")


def test_the_controls_are_named_and_know_the_number_of_steps(five):
    [group] = [one for one in Elements(five["text/html"]).all("div") if "role" in one]
    assert (group["role"], group["aria-label"]) == ("group", "Time step 1 to 5")
    controls = Elements(group["data-controls"])
    [slider] = controls.all("input")
    assert (slider["type"], slider["min"], slider["max"]) == ("range", "1", "5")
    assert slider["aria-label"] == "Time step"
    assert [button["type"] for button in controls.all("button")] == ["button"] * 2
    assert [one["role"] for one in controls.all("p")] == ["status"]
    assert ">Previous</button>" in group["data-controls"]
    assert ">Next</button>" in group["data-controls"]


def test_the_page_holds_no_scripts_identifiers_or_files(five):
    page = five["text/html"] + html.unescape(five["text/html"])
    assert "<script" not in page
    assert not re.search(r"""\s(id|name)=|https?:|url\(|src="(?!data:)""", page)
    assert "disabled>" not in page  # a disabled button loses the focus


def test_label_and_captions_are_text_and_no_html():
    page = shown(show_steps, [plain()], ["<b>bold</b>"], label='A "step" <i>')["text/html"]
    elements = Elements(page)
    assert not elements.all("b") + elements.all("i")
    [group] = [one for one in elements.all("div") if "role" in one]
    assert group["aria-label"] == 'A "step" <i> 1 to 1'
    [slider] = Elements(group["data-controls"]).all("input")
    assert slider["aria-label"] == 'A "step" <i>'


def test_as_plain_text_each_step_has_its_caption_and_alternative():
    data = shown(show_steps, [plain(), plain("A plane.")], ["one", "two"], label="Update")
    assert data["text/plain"] == (
        "Update 1 of 2. one\n    An empty plane.\nUpdate 2 of 2. two\n    A plane."
    )


def test_colors_of_areas_stay_as_they_are():
    fig = cell(word="works", step=2)
    page = shown(show_steps, [fig, fig], ["one", "two"])["text/html"]
    counts = pictures(page)[0].convert("RGB").getcolors(10_000)
    colors = {"#{:02X}{:02X}{:02X}".format(*color) for _, color in counts}
    assert {COLORS["input"], COLORS["state"], COLORS["weight"], "#FFFFFF", "#000000"} <= colors


MOVES = {
    "cell": lambda step: cell(12, 2, word=WORDS[step - 1], step=step),
    "unrolled": lambda step: unrolled(WORDS, step=step),
    "states": lambda step: heat_maps(WORDS, step=step),
    "curves": lambda step: draw_training_curves(
        {"SGD": noisy(1, 20 * step), "Adam": noisy(2, 20 * step)}, baselines={"ln K": 3.3}
    ),
}


def noisy(seed, n_updates):
    """Make losses that fall, with noise, so that no two pictures of them have a line in common."""
    noise = np.random.default_rng(seed).normal(scale=0.1, size=n_updates)
    return 3 / (1 + 0.01 * np.arange(n_updates)) + noise


@pytest.mark.no_cover
@pytest.mark.parametrize("draw", MOVES.values(), ids=MOVES)
def test_twelve_steps_take_less_than_150_kilobytes(draw):
    figs = [draw(step) for step in range(1, 13)]
    data = shown(show_steps, figs, [f"The cell reads “{word}”." for word in WORDS])
    assert len(data["text/html"].encode()) < 150_000


def test_the_same_steps_are_shown_in_the_same_bytes():
    one, other = ([cell(word=word) for word in WORDS[:2]] for _ in range(2))
    assert shown(show_steps, one, WORDS[:2]) == shown(show_steps, other, WORDS[:2])


@pytest.mark.parametrize(
    ("figs", "captions", "message"),
    [
        ([plain()], ["one", "two"], "got 1 figures and 2 captions: expected one caption"),
        ([], [], "got 0 figures and 0 captions"),
        ([plain(), plain()], ["one", " "], "caption 2 is empty"),
        ([plain(), plain(width=4)], ["one", "two"], "figure 2 is 4 x 2 inches, and figure 1 is 3"),
        ([new_figure()[0]], ["one"], "no text alternative"),
    ],
)
def test_what_makes_no_stepper_is_refused(figs, captions, message):
    with pytest.raises(ValueError, match=message):
        show_steps(figs, captions)


def test_what_is_of_another_type_is_refused():
    with pytest.raises(TypeError, match="got str: expected a matplotlib Figure"):
        show_steps(["fig"], ["one"])
    with pytest.raises(TypeError, match="caption 1 is of type int: expected a str"):
        show_steps([plain()], [1])
    with pytest.raises(ValueError, match="the label is empty"):
        show_steps([plain()], ["one"], label="")
