"""Put figures on the page, each with a text alternative; and let the reader step through time."""

import base64
import html
import io
from textwrap import indent

import numpy as np
from IPython.display import display
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from rnnhelpers._validation import check_list
from rnnhelpers.figures.drawn import DRAWN, drawn_data
from rnnhelpers.figures.style import PIXELS_PER_INCH, course_style

SHARPNESS = 2
"""Pixels of the picture for each pixel of the page, for screens of high density."""

COLORS_IN_A_PICTURE = 256
LAYOUTS = (
    (200, 2, 2, (64, 64)),
    (400, 3, 2, (64, 64)),
    (np.inf, 4, 1.5, (64, 64)),
    (np.inf, 4, 1.25, (32, 16)),
    (np.inf, 4, 1, (16, 8)),
)
"""Up to how many square inches of figures a stepper has how many of them in a row of small
pictures, with which sharpness, and with how many colours for areas and for smooth edges: the more
there is, the less of all, so that a page stays small."""
MOST_BYTES_OF_A_STEP = 12_500
"""Above that, on average, the next layout is tried: twelve steps take less than 150 KB."""

# What the controls of show_steps do. All of it is in attributes, and finds its way from the
# element that it stands in: so a page can hold several steppers, or copies of one.
START = """
const group = this.closest('[data-controls]');
if (!group.querySelector('input')) group.insertAdjacentHTML('afterbegin', group.dataset.controls);
group.querySelector('input').oninput();
"""
SHOW_STEP = """
const group = this.closest('[data-controls]');
const caption = group.querySelectorAll('figcaption > *')[this.value - 1];
const row = caption.closest('figure'), image = row.querySelector('img');
const place = [...caption.parentElement.children].indexOf(caption);
group.dataset.step = this.value;
group.querySelectorAll('figure').forEach(one => one.toggleAttribute('data-seen', one == row));
row.style.setProperty('--place', place);
row.dataset.alternatives ??= image.alt;
image.alt = row.dataset.alternatives.split('\\n')[place];
this.setAttribute('aria-valuetext', this.value + ' of ' + this.max);
const [previous, next] = group.querySelectorAll('button');
previous.setAttribute('aria-disabled', this.value == this.min);
next.setAttribute('aria-disabled', this.value == this.max);
group.querySelector('[role=status]').innerHTML = caption.innerHTML;
"""
GO = "const slider = this.closest('[data-controls]').querySelector('input'); "
PREVIOUS = GO + "slider.stepDown(); slider.oninput()"
NEXT = GO + "slider.stepUp(); slider.oninput()"
# Slides would turn at these keys. JupyterLab is told by data-lm-suppress-shortcuts, which it looks
# for at the element that has the focus.
KEEP_KEYS = "if (/^(Arrow|Page|Home|End|Enter| )/.test(event.key)) event.stopPropagation()"
# On screen one picture of a row is seen through a window; printed, all of them are there.
STEPPER_STYLE = """
@media screen {
[data-step] > figure { display: none }
[data-step] > figure[data-seen] { display: block }
[data-step] figcaption { display: none !important }
[data-step] > figure > div { overflow: hidden; max-width: WIDTHpx }
[data-step] > figure img { display: block; max-width: none !important; max-height: none !important;
width: calc(100% * var(--in-a-row)) !important; height: auto !important;
margin: 0 0 0 calc(-100% * var(--place)) !important }
[data-step] button:focus-visible, [data-step] input:focus-visible {
outline: 3px solid currentColor; outline-offset: 2px }
[data-step] button[aria-disabled=true] { border-style: dashed !important; cursor: default }
}
@media print { [data-step] > :not(figure) { display: none !important } }
"""
BUTTON_STYLE = (
    "font:inherit;color:inherit;background:none;border:1px solid;border-radius:4px;"
    "padding:.25em .8em;min-height:2em;cursor:pointer"
)


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

    Raises
    ------
    TypeError
        If `fig` is not a figure.
    ValueError
        If the text is empty.

    Examples
    --------
    >>> from rnnhelpers.figures import new_figure
    >>> fig = describe(new_figure()[0], "An empty plane.")
    >>> fig.alternative
    'An empty plane.'
    """
    _check_figure(fig)
    _check_text("the text alternative", alternative)
    fig.alternative = alternative
    return fig


def show(fig, alternative=None, *, point=None):
    """Show a figure in the notebook, with its text alternative.

    The picture is written as an HTML image, since exported pages do not carry the alternative of
    plain PNG outputs. The tests compare the alternative, and the numbers that the figure was drawn
    from (`drawn_data`), which the output holds and no page shows: so what is no longer true turns
    them red. They do not compare the pixels.

    Parameters
    ----------
    fig : matplotlib.figure.Figure
        The figure, as the functions of `rnnhelpers.figures` return it.
    alternative : str, optional
        The text alternative, for a figure that was drawn in the notebook and has none, or in
        place of the one that it has.
    point : str, optional
        A sentence to add to the alternative: what the reader should see in the figure here.

    Raises
    ------
    TypeError
        If `fig` is not a figure.
    ValueError
        If the figure has no text alternative, or a text is empty.

    Examples
    --------
    >>> from rnnhelpers.figures import new_figure
    >>> fig = describe(new_figure(3, 2)[0], "An empty plane.")
    >>> show(fig, point="Nothing yet.")  # doctest: +ELLIPSIS
    {'text/html': '<img width="300" ... alt="An empty plane. Nothing yet." src="data:image/png;...
    """
    _check_figure(fig)
    if alternative is not None:
        describe(fig, alternative)
    text = _alternative(fig)
    if point is not None:
        _check_text("the point", point)
        text = f"{text} {point}"
    _display(_image(_png(_drawn(fig)), "png", _width(fig), text), text, drawn_data(fig))


def show_steps(figs, captions, label="Time step"):
    """Show one figure a step, and a slider and buttons with which the reader walks through them.

    What is written is one piece of HTML with all the pictures, small, and their captions. That is
    what a reader sees where the page may not run anything: in a notebook that JupyterLab does not
    trust yet, in print, in mail. Elsewhere it makes a stepper of itself, which shows one picture
    at a time in full size. It holds no scripts, identifiers or files, so it works the same in
    JupyterLab, in exported pages and in slides, and several times in one page.

    Parameters
    ----------
    figs : sequence of matplotlib.figure.Figure
        One figure a step, each with a text alternative, all of the same size.
    captions : sequence of str
        One line a step.
    label : str, default="Time step"
        What the slider steps through.

    Raises
    ------
    TypeError
        If one of `figs` is not a figure.
    ValueError
        If there are no figures, not one caption for each, an empty caption, figures of different
        sizes, or one without a text alternative.

    Examples
    --------
    >>> from rnnhelpers.figures import new_figure
    >>> figs = [describe(new_figure(3, 2)[0], f"Plane {step}, empty.") for step in (1, 2)]
    >>> show_steps(figs, ["The first.", "The last."])  # doctest: +ELLIPSIS
    {'text/html': '<div role="group" aria-label="Time step 1 to 2" data-controls=...
    """
    figs = check_list("figs", figs, "figures")
    captions = check_list("captions", captions, "texts")
    _check_steps(figs, captions, label)
    steps = [
        (f"{label} {step} of {len(figs)}.", caption, _alternative(fig))
        for step, (fig, caption) in enumerate(zip(figs, captions, strict=True), start=1)
    ]
    area = len(figs) * np.prod(figs[0].get_size_inches())
    for in_a_row, *fineness in [layout for most, *layout in LAYOUTS if area <= most]:
        page = _stepper(figs, steps, label, min(in_a_row, len(figs)), *fineness)
        if len(page) < MOST_BYTES_OF_A_STEP * max(len(figs), 12):
            break
    said = [f"{at} {caption}\n{indent(text, '    ')}" for at, caption, text in steps]
    drawn = [f"{at}\n{drawn_data(fig)}" for (at, *_), fig in zip(steps, figs, strict=True)]
    _display(page, "\n".join(said), "\n".join(drawn))


def _stepper(figs, steps, label, in_a_row, sharpness, n_colors):
    """Write the page of a stepper: its rows of pictures, and the controls for when it can move."""
    pictures = _in_few_colors([_drawn(fig, sharpness) for fig in figs], *n_colors)
    width, rows = _width(figs[0]), []
    for first in range(0, len(figs), in_a_row):
        chosen = slice(first, first + in_a_row)
        image = _side_by_side(pictures[chosen], in_a_row)
        rows.append(_row(image, steps[chosen], width, in_a_row, _code(START) if not first else ""))
    controls = _controls(len(figs), label, width)
    return (
        f'<div role="group" aria-label="{html.escape(label)} 1 to {len(figs)}" '
        f'data-controls="{html.escape(controls)}">{"".join(rows)}</div>'
    )


def _controls(n_steps, label, width):
    """Write the buttons, the slider and the line that says the caption of the step."""
    style = " ".join(STEPPER_STYLE.replace("WIDTH", str(width)).split())
    keys = html.escape(KEEP_KEYS)
    previous, following = (
        f'<button type="button" data-lm-suppress-shortcuts style="{BUTTON_STYLE}" '
        f'onclick="{html.escape(go)}">{name}</button>'
        for name, go in [("Previous", PREVIOUS), ("Next", NEXT)]
    )
    slider = (
        f'<input type="range" min="1" max="{n_steps}" value="1" step="1" autocomplete="off" '
        f'data-lm-suppress-shortcuts aria-label="{html.escape(label)}" '
        f'style="flex:1;min-width:4em;min-height:2em;margin:0" oninput="{_code(SHOW_STEP)}">'
    )
    return (
        f"<style>{style}</style>"
        f'<div data-prevent-swipe onkeydown="{keys}" style="display:flex;gap:.8em;'
        f'align-items:center;max-width:{width}px;padding:.4em;box-sizing:border-box">'
        f"{previous}{slider}{following}</div>"
        '<p role="status" style="margin:.5em 0;min-height:1.5em"></p>'
    )


def _row(image, steps, width, in_a_row, onload):
    """Write a row of pictures, which are one image, with a caption below each."""
    # One line a picture: the stepper takes its own.
    alternative = "\n".join(f"{at} {' '.join(text.split())}" for at, _, text in steps)
    captions = "".join(
        f'<p style="width:{100 / in_a_row:.4g}%;margin:.3em 0 1em">'
        f"<strong>{html.escape(at)}</strong> {html.escape(caption)}</p>"
        for at, caption, _ in steps
    )
    return (
        f'<figure style="margin:0;break-inside:avoid;--in-a-row:{in_a_row}">'
        f"<div>{_image(_webp(image), 'webp', width, alternative, onload)}</div>"
        f'<figcaption style="display:flex;gap:1em;max-width:{width}px">{captions}</figcaption>'
        "</figure>"
    )


def _code(lines):
    """Write lines of JavaScript for an attribute."""
    return html.escape(" ".join(lines.split()))


def _image(data, form, width, alternative, onload=""):
    """Write an HTML image that carries its own data and its text alternative."""
    return (
        f'<img width="{width}" style="max-width:100%;height:auto" '
        f'alt="{html.escape(alternative)}" '
        + (f'onload="{onload}" ' if onload else "")
        + f'src="data:image/{form};base64,{base64.b64encode(data).decode()}">'
    )


def _display(page, text, drawn):
    display({"text/html": page, "text/plain": text, DRAWN: drawn}, raw=True)


def _check_figure(fig):
    if not isinstance(fig, Figure):
        raise TypeError(
            f"got {type(fig).__name__}: expected a matplotlib Figure, "
            "as the functions of rnnhelpers.figures return it"
        )


def _check_text(name, text):
    if not isinstance(text, str):
        raise TypeError(f"{name} is of type {type(text).__name__}: expected a str")
    if not text.strip():
        raise ValueError(f"{name} is empty: say in a sentence what the reader should know")


def _check_steps(figs, captions, label):
    if not figs or len(figs) != len(captions):
        raise ValueError(
            f"got {len(figs)} figures and {len(captions)} captions: expected one caption "
            "for each figure, and at least one figure"
        )
    for step, (fig, caption) in enumerate(zip(figs, captions, strict=True), start=1):
        _check_figure(fig)
        _check_text(f"caption {step}", caption)
        size, first = fig.get_size_inches(), figs[0].get_size_inches()
        if tuple(size) != tuple(first):
            raise ValueError(
                f"figure {step} is {size[0]:g} x {size[1]:g} inches, and figure 1 is {first[0]:g} "
                f"x {first[1]:g}: expected one size, since the page would jump at each step. "
                "Draw all steps with the same rows, columns and words"
            )
    _check_text("the label", label)


def _alternative(fig):
    if not getattr(fig, "alternative", None):
        raise ValueError(
            "the figure has no text alternative: say in a sentence what it shows, numbers "
            'included, with show(fig, "…") or describe(fig, "…")'
        )
    return fig.alternative


def _width(fig):
    """Return how many pixels of the page a figure is wide."""
    return int(fig.get_size_inches()[0] * PIXELS_PER_INCH)


def _drawn(fig, sharpness=SHARPNESS):
    """Draw the figure into a picture (once; `savefig` draws it twice)."""
    canvas, dpi = fig.canvas, fig.dpi
    try:
        fig.dpi = sharpness * PIXELS_PER_INCH
        pixels = FigureCanvasAgg(fig)
        with course_style():
            pixels.draw()
        return Image.fromarray(np.asarray(pixels.buffer_rgba())).convert("RGB")
    finally:
        fig.set_canvas(canvas)
        fig.dpi = dpi


def _png(picture):
    """Write a picture as a PNG with a palette, which is a third of the size it has otherwise."""
    reduced = picture.quantize(COLORS_IN_A_PICTURE, dither=Image.Dither.NONE)
    written = io.BytesIO()
    reduced.save(written, format="png", optimize=True)
    return written.getvalue()


def _webp(picture):
    """Write a picture as it is, in half the room that a PNG takes."""
    written = io.BytesIO()
    picture.save(written, format="webp", lossless=True, quality=100)
    return written.getvalue()


def _side_by_side(pictures, in_a_row):
    """Join pictures to one: what neighbours have in common takes room only once in it."""
    width, height = pictures[0].size
    row = Image.new("RGB", (width * in_a_row, height), "white")
    for place, picture in enumerate(pictures):
        row.paste(picture, (width * place, 0))
    return row


def _in_few_colors(pictures, n_of_areas, n_of_edges):
    """Reduce the colours of pictures to the same few: frequent ones, and some for smooth edges."""
    codes = np.stack([_codes(picture) for picture in pictures])
    counts = np.bincount(codes.ravel())
    found = np.flatnonzero(counts)
    frequent = found[np.argsort(-counts[found], kind="stable")[:n_of_areas]]
    few = np.concatenate([_colors(frequent), _edge_colors(pictures, n_of_edges)])
    nearest = ((_colors(found)[:, None] - few) ** 2).sum(axis=-1).argmin(axis=1)
    replacement = np.zeros((2**24, 3), dtype=np.uint8)
    replacement[found] = few[nearest]
    return [Image.fromarray(replacement[one]) for one in codes]


def _codes(picture):
    """Write the colour of each pixel as one number."""
    red, green, blue = np.moveaxis(np.asarray(picture, dtype=np.int32), -1, 0)
    return red << 16 | green << 8 | blue


def _colors(codes):
    """Return red, green and blue of colours that are written as one number."""
    return np.stack([codes >> 16, codes >> 8 & 255, codes & 255], axis=-1)


def _edge_colors(pictures, n_colors):
    """Choose colours that are spread over those of the pictures."""
    width, height = pictures[0].size
    whole = Image.new("RGB", (width, height * len(pictures)))
    for step, picture in enumerate(pictures):
        whole.paste(picture, (0, height * step))
    palette = whole.quantize(n_colors, method=Image.Quantize.FASTOCTREE).getpalette()
    return np.reshape(palette[: 3 * n_colors], (-1, 3))
