"""JupyterLite, from a web server of this machine: all but Python itself, which is fetched."""

import json
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from publishing.site.lite import FROM_SITE, build_lite
from publishing.site.project import ROOT, read_project

SECONDS = 60


class Quiet(SimpleHTTPRequestHandler):
    """A web server that does not write down what it is asked for."""

    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="module")
def lite(tmp_path_factory):
    folder = tmp_path_factory.mktemp("with lite") / "lite"
    build_lite(ROOT, folder)
    return folder


@pytest.fixture
def address(lite):
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=lite.parent))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/lite/"
    server.shutdown()
    server.server_close()


def test_what_its_python_loads_from_the_site_is_there(lite):
    settings = json.loads((lite / "jupyter-lite.json").read_text(encoding="utf-8"))
    [kernel] = settings["jupyter-config-data"]["litePluginSettings"].values()
    addresses = [one for one in kernel["loadPyodideOptions"]["packages"] if one.endswith(".whl")]
    worker = next(lite.glob("extensions/@jupyterlite/*/static/*worker*.js")).parent
    wheels = [(worker / address).resolve() for address in addresses]
    assert all(wheel.is_file() and wheel.is_relative_to(lite) for wheel in wheels)
    names = {wheel.name.partition("-")[0] for wheel in wheels}
    assert names == {"rnnhelpers", *FROM_SITE}
    assert any(f"rnnhelpers-{read_project().version}-" in wheel.name for wheel in wheels)
    assert not list(lite.parent.glob(".lite*"))


def test_a_notebook_opens_and_only_python_is_fetched_from_elsewhere(chromium, address):
    context, asked = chromium.new_context(), []

    def answer(route):
        if route.request.url.startswith((address, "data:", "blob:")):
            route.continue_()
        else:
            asked.append(route.request.url)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.goto(f"{address}lab/index.html?path=notebooks/03_recurrent_cell.ipynb")
    title = page.locator(".jp-Notebook h1", has_text="The recurrent cell")
    expect(title).to_be_visible(timeout=SECONDS * 1000)
    context.close()
    assert [one for one in asked if "/pyodide/" not in one] == []
