"""Pages and steps for the tests in the browser."""

import numpy as np
from axe_playwright_python.sync_playwright import Axe
from nbconvert import HTMLExporter
from traitlets.config import Config

from rnnhelpers.figures import draw_cell

NOTHING = "data:text/javascript,//"
"""In place of the scripts that nbconvert would fetch: for maths, widgets and diagrams."""

WORDS = ["chetan", "works", "hard"]

AXE = Axe().axe_script


def export(notebook, path, theme="light"):
    """Write a notebook as a page, and return its address."""
    html = {"theme": theme}
    for script in ("jquery", "mathjax", "require_js", "widget_renderer"):
        html[f"{script}_url"] = NOTHING
    html["jupyter_widgets_base_url"] = NOTHING
    page, _ = HTMLExporter(config=Config(HTMLExporter=html)).from_notebook_node(notebook)
    path.write_text(page, encoding="utf-8")
    return path.as_uri()


def violations(page, context=None, **options):
    """Return what axe finds; its half a megabyte of script is put into a page once only."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    run = "([where, options]) => axe.run(where ?? document, options).then(all => all.violations)"
    return page.evaluate(run, [context, {"resultTypes": ["violations"], **options}])


def drawn_steps():
    x, W_xh = np.eye(3), np.array([[0.9, -0.4], [0.4, 0.9], [0.2, 0.7]])
    return [
        draw_cell(x[t], [0.5, -0.5], W_xh, np.eye(2) / 2, [0.1, -0.2], word=word, step=t + 1)
        for t, word in enumerate(WORDS)
    ]
