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


# The contrast of texts takes axe longer than all else, and is the same wherever elements of one
# kind have the same letters on the same grounds: so it is told to look at one of each kind. Kinds
# are told apart by name, classes, letters and all that the elements around paint behind them. If
# one of these is moved out of its place and has no ground of its own, what lies behind is not known
# from them; then each text in it is looked at.
MARK_ONE_OF_EACH_KIND = """outside => {
    const left_out = outside.map(selectors => selectors.join(' ')).join(', ') || 'template';
    const NOTHING = 'rgba(0, 0, 0, 0) none 1 none normal', painted = new Map();
    const behind = node => {
        if (!node) return {key: '', clipped: false, away: false};
        if (!painted.has(node)) {
            const style = getComputedStyle(node), outer = behind(node.parentElement);
            const own = [style.backgroundColor, style.backgroundImage, style.opacity, style.filter,
                style.mixBlendMode].join(' ');
            const covers = /^rgb\\(/.test(style.backgroundColor);
            const moved = !/^(static|relative)$/.test(style.position) || style.transform != 'none'
                || ['top', 'left'].some(side => parseFloat(style[side]))
                || ['Top', 'Left'].some(side => parseFloat(style['margin' + side]) < 0);
            painted.set(node, {
                key: own == NOTHING ? outer.key : own + ' / ' + outer.key,
                clipped: outer.clipped || style.clip != 'auto' && style.position == 'absolute',
                away: !covers && (outer.away || moved),
            });
        }
        return painted.get(node);
    };
    const kinds = new Map();
    for (const node of document.body.querySelectorAll('*')) {
        node.removeAttribute('data-one-of-its-kind');
        const hasText = [...node.childNodes].some(one => one.nodeType == 3 && one.data.trim());
        if (!hasText && !node.matches('button, input, select, textarea')) continue;
        if (node.closest(left_out) || !node.getClientRects().length) continue;
        if (!node.checkVisibility({visibilityProperty: true})) continue;
        const {key, clipped, away} = behind(node);
        if (clipped) continue;
        const style = getComputedStyle(node);
        const kind = [node.localName, node.className, style.color, style.fontSize,
            style.fontWeight, style.textShadow, key, away ? kinds.size : ''].join(' | ');
        if (!kinds.has(kind)) kinds.set(kind, node);
    }
    kinds.forEach(node => node.setAttribute('data-one-of-its-kind', ''));
    axe.configure({rules: [{id: 'color-contrast', selector: '[data-one-of-its-kind]'}]});
}"""

RUN = """([exclude, options]) => axe.run({include: [document], exclude}, options)
    .then(found => found.violations)"""


def violations(page, exclude=(), **options):
    """Return what axe finds, but in what `exclude` selects.

    Its half a megabyte of script is put into a page once only.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    page.evaluate(MARK_ONE_OF_EACH_KIND, list(exclude))
    return page.evaluate(RUN, [list(exclude), {"resultTypes": ["violations"], **options}])


def drawn_steps():
    x, W_xh = np.eye(3), np.array([[0.9, -0.4], [0.4, 0.9], [0.2, 0.7]])
    return [
        draw_cell(x[t], [0.5, -0.5], W_xh, np.eye(2) / 2, [0.1, -0.2], word=word, step=t + 1)
        for t, word in enumerate(WORDS)
    ]
