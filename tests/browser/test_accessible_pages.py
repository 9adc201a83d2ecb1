"""The notebooks as pages have no fault that axe finds, but those of nbconvert's own pages."""

from pathlib import Path

import nbformat
import pytest
from pages import export, violations

NOTEBOOKS = sorted(Path(__file__).parents[2].joinpath("notebooks").glob("*.ipynb"))

KINDS = """targets => targets.map(target => {
    const element = document.querySelector(target);
    const where = element.closest('.alert') ? 'in an alert: ' : '';
    return where + [element.localName, ...element.classList].join('.');
})"""

ALTERNATIVES = "[...document.images].map(image => image.alt)"
THEMES = ["light", "dark"]
every_theme = pytest.mark.parametrize("theme", THEMES)


def faults(page, theme):
    """Return what axe finds: the rule and the kind of element, with an example of each."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    # In the dark theme all but the colours is the same as in the light one.
    options = {"runOnly": ["color-contrast"]} if theme == "dark" else {}
    # The colours of code are nbconvert's, and thousands.
    nodes = [
        (violation["id"], violation["help"], node)
        for violation in violations(page, [[".highlight"]], **options)
        for node in violation["nodes"]
    ]
    kinds = page.evaluate(KINDS, [node["target"][0] for _, _, node in nodes])
    return {
        (rule, kind): f"{meaning}: {node['html'][:300]}"
        for kind, (rule, meaning, node) in zip(kinds, nodes, strict=True)
    }


def plain_notebook(*cells):
    """Make a notebook in which every fault is one of nbconvert's."""
    new = nbformat.v4
    alert = (
        '# Title\n\nA text with [a link](#Title).\n\n<div class="alert alert-info" '
        'style="color:#00363D">\n\n'
        "**An** *alert*, `with` [a link](#Title).\n\n</div>"
    )
    first = [new.new_markdown_cell(alert), new.new_code_cell("1", execution_count=1)]
    return new.new_notebook(cells=[*first, *cells])


@pytest.fixture(scope="session")
def usual_faults(chromium, tmp_path_factory):
    """Tell what axe finds in nbconvert's own pages, by theme."""
    folder, context = tmp_path_factory.mktemp("plain"), chromium.new_context()
    usual = {}
    for theme in THEMES:
        page = context.new_page()
        page.goto(export(plain_notebook(), folder / f"{theme}.html", theme))
        usual[theme] = faults(page, theme).keys()
    context.close()
    return usual


@pytest.fixture
def faults_of(open_page, tmp_path, usual_faults):
    """Return a function that tells the faults of a notebook that are not nbconvert's."""

    def faults_of(notebook, theme, until="true"):
        page = open_page(export(notebook, tmp_path / "page.html", theme), keep=True)
        page.wait_for_function(until)
        found = faults(page, theme)
        if theme == "light":  # the pictures are the same in the dark one
            undescribed = [text for text in page.evaluate(ALTERNATIVES) if is_missing(text)]
            found |= {("no description", text): text for text in undescribed}
        return {fault: found[fault] for fault in found.keys() - usual_faults[theme]}

    return faults_of


def is_missing(text):
    """Tell whether a text alternative says nothing: there is none, or nbconvert's excuse."""
    return not text or "No description has been" in text


@every_theme
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_has_no_faults_of_its_own(faults_of, path, theme):
    assert faults_of(nbformat.read(path, as_version=4), theme) == {}


@every_theme
def test_the_stepper_has_no_faults(faults_of, stepper_notebook, theme):
    until = "document.querySelectorAll('input[type=range]').length == 2"
    assert faults_of(stepper_notebook, theme, until) == {}


def test_faults_are_found(faults_of):
    html = (
        '<p role="img"></p><details><p style="color:#BBB;background:white">pale</p></details>'
        '<input type="range">'
    )
    outputs = [
        nbformat.v4.new_output("display_data", data)
        for data in ({"text/html": html}, {"image/png": "", "text/plain": "a figure"})
    ]
    found = faults_of(plain_notebook(nbformat.v4.new_code_cell("2", outputs=outputs)), "light")
    of_axe = {("role-img-alt", "p"), ("color-contrast", "p"), ("label", "input")}
    assert found.keys() - of_axe == {
        ("no description", "No description has been provided for this image")
    }
    assert of_axe <= found.keys()
