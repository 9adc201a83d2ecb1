"""The site and the slides, built once for all workers, and opened from disk."""

import subprocess
import sys

import pytest
from filelock import FileLock

from publishing.site.project import ROOT


def pytest_collection_modifyitems(items):
    """Put first what needs no site: one worker builds the decks while the other builds the site."""
    items.sort(key=lambda item: "site" in item.fixturenames)


def build(folder, *options):
    """Build the site as `make site` does."""
    command = [sys.executable, "-m", "publishing", "site", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory, worker_id):
    """Return a function that gives a folder to all workers, and builds it for the first of them.

    What builds it must write it whole or not at all.
    """
    common = tmp_path_factory.getbasetemp()
    if worker_id != "master":  # there are several
        common = common.parent

    def built_once(name, build):
        folder = common / "built once" / name  # with a space, as people have
        folder.parent.mkdir(exist_ok=True)
        with FileLock(folder.with_suffix(".lock")):
            if not folder.exists():
                build(folder)
        return folder

    return built_once


@pytest.fixture(scope="session")
def site(built_once):
    """Build the site; no test may change it."""

    def write(folder):
        built = build(folder)
        assert built.returncode == 0, built.stderr

    return built_once("site", write)


@pytest.fixture
def open_site(site, open_page):
    """Return a function that opens a page from disk; no script may complain in its console."""
    complaints, opened = [], []

    def listen(message):
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def open_site(name, **options):
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        page = open_page("about:blank", **options)
        page.on("console", listen)
        opened.append(page)
        path, _, query = name.partition("?")
        page.goto((site / path).as_uri() + (f"?{query}" if query else ""))
        return page

    yield open_site
    for page in opened:
        page.remove_listener("console", listen)
    assert complaints == []
