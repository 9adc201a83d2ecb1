"""Pages in a headless Chromium that reaches nothing but this machine."""

import os
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


@pytest.fixture(scope="session")
def chromium():
    path = os.environ.get("RNNHELPERS_CHROMIUM") or shutil.which("chromium")
    assert path, "no browser: give the path of a Chromium or Chrome in RNNHELPERS_CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium):
    """Return a function that opens an address; in the end no page may have asked for another."""
    contexts, asked, errors = [], [], []

    def open_page(address, allowed="file:", **options):
        context = chromium.new_context(**options)
        contexts.append(context)

        def answer(route):
            if route.request.url.startswith((allowed, "data:", "blob:")):
                route.continue_()
            else:
                asked.append(route.request.url)
                route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(address)
        return page

    yield open_page
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
