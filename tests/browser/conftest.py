"""Pages in a headless Chromium that reaches nothing but this machine."""

import os
import re
import shutil

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from pages import WORDS, drawn_steps
from playwright.sync_api import sync_playwright
from traitlets.config import Config

from rnnhelpers.figures import show_steps

QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--no-sandbox",
]

# Also of a page that has no storage, because it was not loaded.
FORGET = "() => { try { localStorage.clear(); sessionStorage.clear(); } catch {} }"


def any_address_but(*beginnings):
    """Return a pattern for addresses, which the browser's driver understands, too.

    With a function in its place each request would have to wait for an answer from here.
    """
    return re.compile(f"^(?!{'|'.join(map(re.escape, beginnings))})")


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("RNNHELPERS_CHROMIUM") or shutil.which("chromium")
    assert path, "no browser: give the path of a Chromium or Chrome in RNNHELPERS_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def kept_pages():
    """Pages to open one address after another in, by the options that they were made with."""
    kept = {}
    yield kept
    for page in kept.values():
        page.context.close()


@pytest.fixture
def open_page(chromium, kept_pages):
    """Return a function that opens an address; in the end no page may have asked for another.

    With `keep=True` it is opened in a page that other tests have used and will use. The scripts
    that many addresses share are compiled already there, which is most of the time of opening one.
    """
    opened, contexts, asked, errors = [], [], [], []

    def note_error(error):
        errors.append(str(error))

    def refuse(route):
        asked.append(route.request.url)
        route.abort()

    def open_page(address, allowed="file:", *, keep=False, **options):
        name = repr(sorted(options.items()))
        if keep and name in kept_pages:
            page = kept_pages[name]
        else:
            page = chromium.new_context(**options).new_page()
        if keep:
            kept_pages[name] = page
        else:
            contexts.append(page.context)
        if "viewport" in options:
            page.set_viewport_size(options["viewport"])  # the test before may have changed it
        page.context.route(any_address_but(allowed, "data:", "blob:", "about:"), refuse)
        page.set_default_timeout(20_000)
        if page not in opened:
            page.on("pageerror", note_error)
            opened.append(page)
        page.goto(address)
        return page

    yield open_page
    for page in set(opened) & set(kept_pages.values()):
        page.evaluate(FORGET)
        page.goto("about:blank")  # what still goes on in the page ends with this test
        page.remove_listener("pageerror", note_error)
        page.context.unroute_all()
    for context in contexts:
        context.close()
    assert asked == [], "requests that leave this machine"
    assert errors == [], "errors of scripts in the page"


@pytest.fixture(scope="session")
def stepper_notebook(tmp_path_factory):
    """Make a notebook with two steppers of three steps, as if its cells had been run."""
    os.environ["IPYTHONDIR"] = str(tmp_path_factory.mktemp("ipython"))
    InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    new = nbformat.v4
    cells = [new.new_markdown_cell("# Steppers", id="title")]
    for label in ("Time step", "Update"):
        with capture_output() as captured:
            show_steps(drawn_steps(), [f"The cell reads “{word}”." for word in WORDS], label)
        output = new.new_output("display_data", captured.outputs[0].data)
        cells.append(new.new_code_cell("...", id=label[:4], outputs=[output], execution_count=1))
    InteractiveShell.clear_instance()
    del os.environ["IPYTHONDIR"]
    kernel = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    return new.new_notebook(cells=cells, metadata={"kernelspec": kernel})
