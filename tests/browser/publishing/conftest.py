"""The site, built once for all tests, and opened from disk."""

import subprocess
import sys

import pytest

from publishing.site.project import ROOT


def build(folder, *options):
    """Build the site as `make site` does."""
    command = [sys.executable, "-m", "publishing", "site", str(folder), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "a folder"  # with a space, as people have
    built = build(folder)
    assert built.returncode == 0, built.stderr
    return folder


@pytest.fixture
def open_site(site, open_page):
    """Return a function that opens a page from disk; no script may complain in its console."""
    complaints = []

    def listen(message):
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def open_site(name, **options):
        options = {"viewport": {"width": 1280, "height": 900}, **options}
        page = open_page("about:blank", **options)
        page.on("console", listen)
        path, _, query = name.partition("?")
        page.goto((site / path).as_uri() + (f"?{query}" if query else ""))
        return page

    yield open_site
    assert complaints == []
