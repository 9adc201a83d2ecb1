"""The stepper in JupyterLab, which has keys and colours of its own, and trusts not everybody."""

import json
import os
import socket
import subprocess
import sys
import time
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
import pytest
from playwright.sync_api import expect
from test_stepper_in_pages import CAPTIONS, Stepper, expect_all_steps

THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SECONDS_TO_START = 60


class JupyterLab:
    """A JupyterLab of its own, with two notebooks, of which it trusts one."""

    def __init__(self, folder, notebook):
        self.settings = folder / "settings"
        folders = {"DATA": "data", "CONFIG": "config", "RUNTIME": "runtime"}
        self.environment = dict(os.environ, JUPYTER_PREFER_ENV_PATH="1")
        self.environment.update(
            {f"JUPYTER_{name}_DIR": str(folder / place) for name, place in folders.items()},
            JUPYTERLAB_SETTINGS_DIR=str(self.settings),
            JUPYTERLAB_WORKSPACES_DIR=str(folder / "workspaces"),
            IPYTHONDIR=str(folder / "ipython"),
        )
        root = folder / "notebooks"
        root.mkdir()
        for name in ("trusted", "untrusted"):
            notebook.metadata["title"] = name  # or their signatures would be the same
            nbformat.write(notebook, root / f"{name}.ipynb")
        self.run("nbformat.sign", str(root / "trusted.ipynb")).wait()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{port}"
        options = [f"--port={port}", "--ServerApp.port_retries=0", "--ServerApp.ip=127.0.0.1"]
        options += ["--IdentityProvider.token=", f"--ServerApp.root_dir={root}", "--no-browser"]
        options += ["--ServerApp.allow_root=True"]
        self.server = self.run("jupyterlab", *options)

    def run(self, *command):
        return subprocess.Popen(
            [sys.executable, "-m", *command],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def wait_until_it_answers(self):
        for _ in range(SECONDS_TO_START * 5):
            try:
                return urlopen(f"{self.address}/api/status").close()
            except URLError:
                assert self.server.poll() is None, "JupyterLab has ended"
                time.sleep(0.2)
        raise TimeoutError(f"JupyterLab did not answer in {SECONDS_TO_START} s")

    def choose(self, theme):
        """Set the theme for pages that are opened from now on."""
        path = self.settings / "@jupyterlab/apputils-extension/themes.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"theme": THEMES[theme]}))

    def stop(self):
        self.server.terminate()
        try:
            self.server.wait(20)
        except subprocess.TimeoutExpired:
            self.server.kill()
            self.server.wait()


@pytest.fixture(scope="module")
def lab(tmp_path_factory, stepper_notebook):
    lab = JupyterLab(tmp_path_factory.mktemp("lab"), stepper_notebook.copy())
    try:
        lab.wait_until_it_answers()
        yield lab
    finally:
        lab.stop()


@pytest.fixture(params=THEMES)
def theme(request):
    return request.param


@pytest.fixture
def open_notebook(lab, open_page, theme):
    def open_notebook(name):
        lab.choose(theme)
        page = open_page(
            f"{lab.address}/lab/tree/{name}.ipynb?reset",
            allowed=lab.address,
            viewport={"width": 1200, "height": 1400},
        )
        page.wait_for_selector(".jp-OutputArea-output img", timeout=60_000)
        expect(page.locator("body")).to_have_attribute("data-jp-theme-name", THEMES[theme])
        return page

    return open_notebook


def test_a_trusted_notebook_steps_by_mouse_and_keyboard_and_is_legible(open_notebook):
    page = open_notebook("trusted")
    stepper = Stepper(page)
    stepper.expect_step(1)
    stepper.next.click()
    stepper.expect_step(2)
    stepper.slider.focus()
    for key, step in [("ArrowRight", 3), ("Home", 1), ("ArrowUp", 2), ("End", 3), ("ArrowDown", 2)]:
        page.keyboard.press(key)
        stepper.expect_step(step)
        expect(stepper.slider).to_be_focused()
    stepper.previous.focus()
    page.keyboard.press("Enter")
    stepper.expect_step(1)
    stepper.next.focus()
    page.keyboard.press("Space")
    stepper.expect_step(2)
    expect(stepper.next).to_be_focused()
    page.keyboard.press("b")  # in JupyterLab: a new cell below
    expect(page.locator(".jp-Notebook .jp-Cell")).to_have_count(3)
    for element in (stepper.previous, stepper.next, stepper.group.get_by_role("status")):
        assert contrast(element) >= 4.5


def test_an_untrusted_notebook_shows_all_steps_legibly(open_notebook):
    page = open_notebook("untrusted")
    outputs = page.locator(".jp-Notebook .jp-OutputArea-output")
    expect(outputs.first.locator("img")).to_have_count(2)
    for image in outputs.locator("img").all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") == 3200
    expect_all_steps(outputs.first)
    for caption in CAPTIONS:
        assert contrast(outputs.first.get_by_text(caption)) >= 4.5


def contrast(element):
    """Return the contrast of a text with what is painted behind it."""
    text, behind = element.evaluate(
        """element => {
            const painted = node => getComputedStyle(node).backgroundColor;
            let behind = element;
            while (painted(behind) == 'rgba(0, 0, 0, 0)') behind = behind.parentElement;
            return [getComputedStyle(element).color, painted(behind)];
        }"""
    )
    *ground, _ = numbers(behind)
    *ink, alpha = numbers(text)
    seen = [alpha * one + (1 - alpha) * under for one, under in zip(ink, ground, strict=True)]
    darker, lighter = sorted(map(luminance, (seen, ground)))
    return (lighter + 0.05) / (darker + 0.05)


def numbers(color):
    """Return red, green, blue and opacity of a colour that is written rgb(…) or rgba(…)."""
    found = [float(part) for part in color.partition("(")[2].rstrip(")").split(",")]
    return found if len(found) == 4 else [*found, 1]


def luminance(rgb):
    shares = [channel / 255 for channel in rgb]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
