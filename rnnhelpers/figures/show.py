"""Put figures on the page, each with a text alternative; and let the reader step through time."""

import base64
import html
import io

from IPython.display import display
from matplotlib.figure import Figure
from PIL import Image

from rnnhelpers.figures.style import PIXELS_PER_INCH, course_style

SHARPNESS = 2
"""Pixels of the picture for each pixel of the page, for screens of high density."""

COLORS_IN_A_PICTURE = 256


def describe(fig, alternative):
    """Give a figure the text that stands for it where it cannot be seen.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure.
    alternative : str
        What the figure shows, its main numbers included.

    Returns
    -------
    matplotlib.figure.Figure
        The same figure.

    Examples
    --------
    >>> from rnnhelpers.figures import new_figure
    >>> fig = describe(new_figure()[0], "An empty plane.")
    >>> fig.alternative
    'An empty plane.'
    """
    _check_figure(fig)
    fig.alternative = alternative
    return fig


def show(fig, alternative=None):
    """Show a figure in the notebook, with its text alternative.

    The picture is written as an HTML image, since exported pages do not carry the alternative of
    plain PNG outputs. nbval compares the alternative, and not the pixels: so a number in it that
    is no longer true turns the tests red.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, as the functions of `rnnhelpers.figures` return it.
    alternative : str, optional
        The text alternative, for a figure that was drawn in the notebook and has none.

    Raises
    ------
    TypeError
        If `fig` is not a figure.
    ValueError
        If the figure has no text alternative.

    Examples
    --------
    >>> from rnnhelpers.figures import draw_matrices
    >>> fig = draw_matrices({"One-hot": [[0, 1]]}, ["dog"], ["bites", "dog"], name_of_row="word")
    >>> show(fig)  # doctest: +ELLIPSIS
    {'text/html': '<img width="800" ... alt="One-hot, one row a word. dog: dog 1." ...
    """
    if alternative:
        describe(fig, alternative)
    page = _image(fig)
    _display(page, fig.alternative)


def show_steps(figs, captions, label="Time step"):
    """Show one figure a time step, and a slider with which the reader walks through them.

    It is one piece of HTML without scripts of its own, identifiers or files, so it works the same
    in JupyterLab, in exported pages and in slides. Where the page may not run anything (a notebook
    that is not trusted yet), the first step is shown.

    Parameters
    ----------
    figs : sequence of matplotlib.figure.Figure
        One figure a step, each with a text alternative.
    captions : sequence of str
        One line a step, shown above the figure.
    label : str, default="Time step"
        What the slider steps through.

    Raises
    ------
    ValueError
        If there are no figures, or not one caption for each.
    """
    figs, captions = list(figs), list(captions)
    if not figs or len(figs) != len(captions):
        raise ValueError(
            f"got {len(figs)} figures and {len(captions)} captions: expected one caption "
            "for each figure, and at least one figure"
        )
    n_steps = len(figs)
    frames = "".join(
        f'<div data-step style="display:{"block" if step == 1 else "none"}">'
        f"<p><strong>{html.escape(label)} {step} of {n_steps}.</strong> {html.escape(caption)}</p>"
        f"{_image(fig)}</div>"
        for step, (fig, caption) in enumerate(zip(figs, captions, strict=True), start=1)
    )
    reveal = (
        "this.closest('figure').querySelectorAll('[data-step]').forEach("
        "(frame, i) => frame.style.display = i == this.value - 1 ? 'block' : 'none')"
    )
    slider = (
        f'<label>{html.escape(label)} <input type="range" min="1" max="{n_steps}" value="1" '
        f'step="1" style="width:60%;vertical-align:middle" oninput="{html.escape(reveal)}" '
        # JupyterLab and reveal.js would take the arrow keys for themselves.
        'onkeydown="event.stopPropagation()"></label>'
    )
    said = [f"{step}. {caption}" for step, caption in enumerate(captions, start=1)]
    _display(f'<figure style="margin:0">{slider}{frames}</figure>', "\n".join(said))


def _display(page, text):
    display({"text/html": page, "text/plain": text}, raw=True)


def _image(fig):
    """Write the figure as an HTML image that carries its own data and its text alternative."""
    _check_figure(fig)
    if not getattr(fig, "alternative", None):
        raise ValueError(
            "the figure has no text alternative: say in a sentence what it shows, numbers "
            'included, with show(fig, "…") or describe(fig, "…")'
        )
    width = int(fig.get_size_inches()[0] * PIXELS_PER_INCH)
    return (
        f'<img width="{width}" style="max-width:100%;height:auto" '
        f'alt="{html.escape(fig.alternative)}" '
        f'src="data:image/png;base64,{base64.b64encode(_png(fig)).decode()}">'
    )


def _check_figure(fig):
    if not isinstance(fig, Figure):
        raise TypeError(
            f"got {type(fig).__name__}: expected a matplotlib Figure, "
            "as the functions of rnnhelpers.figures return it"
        )


def _png(fig):
    """Draw the figure as a PNG with a palette, which is a third of the size it has otherwise."""
    drawn, reduced = io.BytesIO(), io.BytesIO()
    with course_style():
        fig.savefig(drawn, format="png", dpi=SHARPNESS * PIXELS_PER_INCH)
    picture = Image.open(drawn).convert("RGB")
    picture.quantize(COLORS_IN_A_PICTURE, dither=Image.Dither.NONE).save(
        reduced, format="png", optimize=True
    )
    return reduced.getvalue()
