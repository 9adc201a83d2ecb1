"""The site in a browser, opened from disk: every page can be read by all, and its parts work."""

import doctest
import io
import re
import subprocess
import sys

import numpy as np
import pytest
from pages import violations
from PIL import Image
from playwright.sync_api import expect

from conftest import build
from publishing.folders import MARK
from publishing.site import pages
from publishing.site.links import site_pages
from publishing.site.project import ROOT
from publishing.site.reference import public_modules

NOTEBOOKS = sorted(path.stem for path in ROOT.glob("notebooks/*.ipynb"))
DOCUMENTS = sorted(path.relative_to(ROOT).with_suffix("") for path in ROOT.glob("docs/**/*.md"))
PAGES = [
    *("index.html", "search.html", "genindex.html", "py-modindex.html", "CONTRIBUTING.html"),
    *(f"notebooks/{name}.html" for name in NOTEBOOKS),
    *(f"{path.as_posix()}.html" for path in DOCUMENTS),
    "reference/index.html",
    *(f"reference/{module}.html" for module in public_modules()),
]
expect.set_options(timeout=20_000)  # a busy machine
PHONE = {"width": 360, "height": 740}

READY = """async () => {
    document.querySelectorAll('details').forEach(one => one.open = true);
    await window.MathJax?.startup?.promise;
}"""

# The theme waits until the window has its size, before wide code can be reached by keyboard.
SETTLED = """() => [...document.querySelectorAll(
    'pre, div.math, .pst-scrollable-table-container')].every(
    one => one.scrollWidth <= one.clientWidth || one.tabIndex == 0)"""

# Of each kind of code one word is enough to see its colour; the inside of a formula has no text.
WITH_LESS = """() => {
    const seen = new Set();
    for (const span of document.querySelectorAll('.highlight pre span[class]')) {
        if (seen.has(span.className)) span.replaceWith(...span.childNodes);
        seen.add(span.className);
    }
    document.querySelectorAll('mjx-container svg > *').forEach(one => one.remove());
}"""

# Words that a reader sees, those of code, signatures and formulas left out.
VISIBLE_TEXT = """() => {
    const copy = document.querySelector('main').cloneNode(true);
    copy.querySelectorAll('pre, code, script, mjx-container, dt').forEach(one => one.remove());
    return copy.textContent;
}"""

TOO_WIDE = """() => [document.documentElement, document.querySelector('.bd-article-container')]
    .filter(one => one.scrollWidth > one.clientWidth)
    .map(one => `${one.localName}: ${one.scrollWidth} of ${one.clientWidth} pixels`)"""


def faults(page, **options):
    """Return what axe finds, one line for each element."""
    return [
        f"{violation['id']}: {node['html'][:200]}: {node['failureSummary'][:200]}"
        for violation in violations(page, preload=False, **options)
        for node in violation["nodes"]
    ]


def set_mode(page, mode):
    page.evaluate("mode => document.documentElement.dataset.theme = mode", mode)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_can_be_read_by_all(open_site, name):
    """In the light, in the dark and on a phone; one page load, since there are many pages."""
    page = open_site(name, keep=True)
    page.evaluate(READY)
    shown = page.evaluate(VISIBLE_TEXT)
    for left_over in ("$", "\\(", "\\frac", "No description has been provided", "**"):
        assert left_over not in shown
    assert all(page.evaluate("[...document.images].map(image => image.alt.length > 0)"))
    page.evaluate(WITH_LESS)
    page.add_style_tag(content="* { transition: none !important }")  # colours change at once
    assert faults(page) == []
    set_mode(page, "dark")  # only colours are different
    assert faults(page, runOnly=["color-contrast", "link-in-text-block"]) == []
    page.set_viewport_size(PHONE)  # only the room is different
    page.wait_for_function(SETTLED)
    assert page.evaluate(TOO_WIDE) == []
    assert faults(page, runOnly=["scrollable-region-focusable", "target-size"]) == []


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize(
    "name", ["index.html", "notebooks/03_recurrent_cell.html", "docs/glossary.html", "search.html"]
)
def test_a_phone_has_no_faults(open_site, name, mode):
    page = open_site(name, viewport=PHONE, color_scheme=mode, keep=True)
    page.evaluate(READY)
    page.evaluate(WITH_LESS)
    assert faults(page) == []


def test_these_are_all_pages(site):
    assert sorted(PAGES) == [path.relative_to(site).as_posix() for path in site_pages(site)]


def test_faults_are_found(open_site):
    page = open_site("docs/glossary.html", viewport=PHONE)
    page.evaluate(
        """document.querySelector('article').insertAdjacentHTML('beforeend',
        '<p style="color:#bbb;background:#fff">pale</p><div style="width:500px">wide</div>')"""
    )
    assert [fault.partition(":")[0] for fault in faults(page)] == ["color-contrast"]
    [too_wide] = page.evaluate(TOO_WIDE)
    assert too_wide.startswith("div: 516 of 3")


# Search ---------------------------------------------------------------------------------------


def search(page, words):
    """Type into the search box, and return what is found: titles and pages, best first."""
    page.keyboard.press("Control+k")
    box = page.get_by_role("dialog").get_by_role("searchbox")
    expect(box).to_be_focused()
    box.fill(words)
    box.press("Enter")
    expect(page.get_by_text("Search finished, found")).to_be_visible()
    expect(page.locator("ul.search > li:not(:has(p.context))")).to_have_count(0)
    links = page.locator("ul.search > li > a").all()
    return [link.get_attribute("href") for link in links]


def test_a_term_is_found_in_the_glossary_first_and_in_its_notebook(open_site):
    page = open_site("notebooks/05_bptt.html")
    found = search(page, "hidden state")
    assert found[0] == "docs/glossary.html#term-hidden-state"
    assert "notebooks/03_recurrent_cell.html" in found
    first = page.locator("ul.search > li").first
    expect(first).to_contain_text("hidden state: the numbers that are carried from one time step")
    first.get_by_role("link").click()
    expect(page.locator("#term-hidden-state")).to_be_in_viewport()


def test_a_function_is_found_in_the_reference(open_site):
    found = search(open_site("index.html"), "rnn_step_backward")
    assert found[0] == "reference/rnnhelpers.cells.html#rnnhelpers.cells.rnn_step_backward"


def test_what_is_not_there_is_not_found(open_site):
    page = open_site("search.html?q=quetzalcoatl")
    expect(page.get_by_text("did not match any documents")).to_be_visible()


# Notebooks ------------------------------------------------------------------------------------


def test_a_stepper_steps_by_mouse_and_by_keyboard(open_site):
    page = open_site("notebooks/03_recurrent_cell.html", viewport=PHONE)
    stepper = page.get_by_role("group", name="Time step").first
    slider = stepper.get_by_role("slider")
    last = int(slider.get_attribute("max"))
    assert last >= 3
    for act, step in [
        (lambda: stepper.get_by_role("button", name="Next").click(), 2),
        (lambda: slider.press("ArrowRight"), 3),
        (lambda: slider.press("Home"), 1),
        (lambda: slider.press("End"), last),
        (lambda: stepper.get_by_role("button", name="Previous").press("Enter"), last - 1),
    ]:
        act()
        expect(slider).to_have_value(str(step))
        expect(stepper.get_by_role("status")).to_contain_text(f"Time step {step} of {last}.")
        expect(stepper.get_by_role("img")).to_have_count(1)
        expect(stepper.get_by_role("img")).to_have_attribute(
            "alt", re.compile(rf"^Time step {step} of {last}\.")
        )


def test_an_answer_unfolds_with_its_formulas(open_site):
    page = open_site("notebooks/03_recurrent_cell.html")
    fold = page.locator("details", has=page.locator("mjx-container")).first
    formula = fold.locator("mjx-container").first
    expect(formula).to_be_hidden()
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(formula).to_be_visible()


def test_links_between_notebooks_lead_to_the_section(open_site):
    page = open_site("docs/glossary.html")
    page.get_by_role("link", name="05 A sum: one weight, used three times").click()
    heading = page.get_by_role("heading", name="A sum: one weight, used three times")
    expect(heading).to_be_in_viewport()
    page.goto(page.url.partition("#")[0] + "#A-sum:-one-weight,-used-three-times")  # JupyterLab's
    expect(heading).to_be_in_viewport()


def test_what_the_site_brings_along_has_its_licence(site):
    names = [path.name for path in sorted((site / "_static" / "licences").iterdir())]
    assert names == ["pydata-sphinx-theme.txt", "sphinx-copybutton.txt", "sphinx.txt"]
    mathjax = (site / "_static" / "mathjax" / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in mathjax


def test_a_notebook_can_be_downloaded_as_it_is(site, open_site):
    page = open_site("notebooks/04_unrolling.html")
    link = page.get_by_role("link", name="Download this notebook")
    file = site / "notebooks" / link.get_attribute("href")
    assert file.read_bytes() == (ROOT / "notebooks" / "04_unrolling.ipynb").read_bytes()
    expect(page.get_by_role("link", name="Binder")).to_have_count(0)


# Dark mode ------------------------------------------------------------------------------------


def picture(locator):
    return np.asarray(Image.open(io.BytesIO(locator.screenshot())).convert("L"), dtype=float)


def is_dark(page):
    color = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return max(map(int, color.strip("rgb()").split(","))) < 100


def test_the_button_makes_it_dark_and_the_next_page_stays_so(open_site):
    page = open_site("index.html", color_scheme="light")
    assert not is_dark(page)
    page.get_by_role("button", name="Color mode").click()
    page.get_by_role("button", name="Dark").click()
    assert is_dark(page)
    page.get_by_role("link", name="04 Unrolling").first.click()
    expect(page.get_by_role("heading", name="Unrolling", exact=True)).to_be_visible()
    assert is_dark(page)


@pytest.mark.parametrize("name", ["index.html", "notebooks/03_recurrent_cell.html"])
def test_pictures_are_as_legible_in_the_dark(open_site, name):
    page = open_site(name, color_scheme="light")
    page.evaluate(READY)
    image = page.locator("article img").first
    light = picture(image)
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("document.documentElement.dataset.theme == 'dark'")
    dark = picture(image)
    assert is_dark(page)
    assert np.median(dark) > 240
    assert dark.min() < 120
    assert np.abs(light - dark).mean() < 2


# Building -------------------------------------------------------------------------------------


def test_the_examples_of_the_docstrings_are_true():
    assert doctest.testmod(pages).failed == 0


def test_a_folder_that_is_not_a_site_is_left_alone(tmp_path):
    (tmp_path / "theirs").touch()
    refused = build(tmp_path)
    assert refused.returncode == 1
    assert MARK in refused.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


@pytest.mark.parametrize("text", ["[gone](gone.md)", "[gone](#nowhere)", "`rnnhelpers.gone`"])
def test_a_link_that_leads_nowhere_stops_the_build(tmp_path, text):
    sources, site = tmp_path / "sources", tmp_path / "site"
    (sources / "docs").mkdir(parents=True)
    site.mkdir()
    kind = "rst" if text[0] == "`" else "md"
    (sources / f"index.{kind}").write_text(f"Title\n=====\n\n{text}\n")
    program = (
        "import sys; from publishing.site.build import write_pages; write_pages(*sys.argv[1:])"
    )
    command = [sys.executable, "-c", program, sources, site, tmp_path / "doctrees"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "Sphinx found faults" in result.stderr
    assert f"index.{kind}:" in result.stderr
