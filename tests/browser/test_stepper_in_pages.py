"""The stepper in an exported page: by mouse, by keyboard, on slides, in print, without scripts."""

import re

import pytest
from pages import WORDS, export
from playwright.sync_api import expect

CAPTIONS = [
    f"Time step {step} of 3. The cell reads “{word}”." for step, word in enumerate(WORDS, start=1)
]


@pytest.fixture
def address(stepper_notebook, tmp_path):
    return export(stepper_notebook, tmp_path / "page.html")


class Stepper:
    """One of the steppers of a page: the first or another of those with this name."""

    def __init__(self, page, name="Time step", which=0):
        self.page = page
        self.group = page.get_by_role("group", name=name).nth(which)
        self.slider = self.group.get_by_role("slider", name=name)
        self.previous = self.group.get_by_role("button", name="Previous")
        self.next = self.group.get_by_role("button", name="Next")

    def expect_step(self, step):
        """Wait until this step is shown, and check that nothing else is."""
        expect(self.group.get_by_role("status")).to_have_text(CAPTIONS[step - 1])
        expect(self.slider).to_have_value(str(step))
        expect(self.slider).to_have_attribute("aria-valuetext", f"{step} of 3")
        expect(self.previous).to_have_attribute("aria-disabled", str(step == 1).lower())
        expect(self.next).to_have_attribute("aria-disabled", str(step == 3).lower())
        image = self.group.get_by_role("img")  # of those that are shown
        expect(image).to_have_count(1)
        alternative = re.compile(rf"^Time step {step} of 3\. The cell at time step {step}, .*$")
        expect(image).to_have_attribute("alt", alternative)
        window, picture = image.locator("..").bounding_box(), image.bounding_box()
        assert picture["width"] == pytest.approx(2 * window["width"], abs=1)
        assert picture["height"] == pytest.approx(window["height"], abs=1)
        left = window["x"] - (window["width"] if step == 2 else 0)
        assert picture["x"] == pytest.approx(left, abs=1)


@pytest.fixture
def stepper(open_page, address):
    return Stepper(open_page(address))


def test_it_begins_at_the_first_step(stepper):
    stepper.expect_step(1)


def test_it_is_driven_by_mouse(stepper):
    stepper.next.click()
    stepper.expect_step(2)
    stepper.next.click()
    stepper.expect_step(3)
    stepper.previous.click()
    stepper.expect_step(2)
    stepper.slider.click(position={"x": 4, "y": 8})
    stepper.expect_step(1)


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        (["ArrowRight"], 2),
        (["ArrowUp", "ArrowUp"], 3),
        (["End"], 3),
        (["End", "ArrowLeft"], 2),
        (["End", "ArrowDown", "ArrowDown"], 1),
        (["End", "Home"], 1),
        (["ArrowLeft"], 1),
    ],
)
def test_the_slider_is_driven_by_keyboard(stepper, keys, step):
    stepper.slider.focus()
    for key in keys:
        stepper.page.keyboard.press(key)
    stepper.expect_step(step)
    expect(stepper.slider).to_be_focused()


def test_the_buttons_are_driven_by_keyboard_and_keep_the_focus_at_the_ends(stepper):
    stepper.previous.focus()
    stepper.page.keyboard.press("Tab")
    expect(stepper.slider).to_be_focused()
    stepper.page.keyboard.press("Tab")
    expect(stepper.next).to_be_focused()
    for key, step in [("Enter", 2), ("Space", 3), ("Enter", 3)]:
        stepper.page.keyboard.press(key)
        stepper.expect_step(step)
        expect(stepper.next).to_be_focused()


def test_two_steppers_and_a_copy_do_not_disturb_each_other(stepper):
    stepper.next.click()
    expect(Stepper(stepper.page, "Update").slider).to_have_value("1")
    stepper.group.evaluate("group => group.after(group.cloneNode(true))")
    copy = Stepper(stepper.page, which=1)
    copy.expect_step(2)
    copy.next.click()
    copy.expect_step(3)
    stepper.expect_step(2)


def test_on_slides_the_keys_of_the_stepper_do_not_turn_the_page(stepper):
    stepper.page.evaluate(
        "window.turned = []; document.addEventListener('keydown', e => turned.push(e.key))"
    )
    stepper.slider.focus()
    for key in ("ArrowRight", "Home", "End", "PageUp", "PageDown"):
        stepper.page.keyboard.press(key)
    stepper.next.focus()
    for key in ("Enter", "Space", "ArrowLeft", "Escape"):
        stepper.page.keyboard.press(key)
    assert stepper.page.evaluate("turned") == ["Escape"]


def expect_all_steps(page):
    """Check that all is in the page as it is written."""
    for caption in CAPTIONS:
        expect(page.locator("figcaption").get_by_text(caption)).to_be_visible()
    for step in (1, 2, 3):
        alternative = f"Time step {step} of 3. The cell at time step {step}"
        expect(page.get_by_role("img", name=alternative)).to_be_visible()
    for control in ("slider", "button", "status"):
        expect(page.get_by_role(control)).to_have_count(0)


def test_without_scripts_all_steps_are_shown(open_page, address):
    expect_all_steps(open_page(address, java_script_enabled=False))


def test_in_print_all_steps_are_shown(stepper):
    stepper.next.click()
    stepper.page.emulate_media(media="print")
    for caption in CAPTIONS:
        expect(stepper.group.locator("figcaption").get_by_text(caption)).to_be_visible()
    expect(stepper.group.get_by_role("img")).to_have_count(2)
    expect(stepper.group.get_by_role("slider")).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1280])
def test_it_is_no_wider_than_the_page(open_page, address, width):
    stepper = Stepper(open_page(address, viewport={"width": width, "height": 720}))
    stepper.next.click()
    box = stepper.group.locator("figure[data-seen] > div").bounding_box()
    assert 200 < box["width"] <= min(width, 800)
    for control in (stepper.previous, stepper.slider, stepper.next):
        place = control.bounding_box()
        assert place["x"] >= 0
        assert place["x"] + place["width"] <= width
        assert place["height"] >= 24
