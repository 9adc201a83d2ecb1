"""Where a decoder looks while it writes (notebook 11)."""

import numpy as np

from rnnhelpers._validation import check_labels
from rnnhelpers.figures.labels import check_step, counted, shortened, where_largest
from rnnhelpers.figures.matrices import check_matrix, draw_key, shade_matrix, shading_of
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import course_style, fixed, new_figure

CELL = 0.235
"""Height and width of a cell in inches, if there is room."""
WIDEST = 6.6
"""Width in inches of the widest picture, without its labels."""


def draw_alignment(weights, source, target, *, step=None):
    """Draw the weights of attention: a row for each token written, a column for each one read.

    Parameters
    ----------
    weights : array-like of shape (n_written, n_read)
        The weights, 0 to 1.
    source, target : sequence of str
        The tokens that were read, and those that were written; a string is a sequence of
        characters.
    step : int, optional
        Draw only the rows up to this one (from 1), and frame it.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that says for each token written at which one it looked most.

    Raises
    ------
    TypeError, ValueError
        If there is not one row for each token written and one column for each one read, or a
        weight is below 0 or above 1.

    Examples
    --------
    >>> fig = draw_alignment([[0.1, 0.9], [0.8, 0.2]], ["mars", "4"], ["4", "March"])
    >>> print(fig.alternative)
    Attention, one row for each of 2 tokens written, one column for each of 2 tokens read; light
    is 0, dark is 1. Where each looks most: "4" at "4" (0.90), "March" at "mars" (0.80).
    """
    weights = check_matrix("weights", weights)
    source = check_labels("source", source, "tokens")
    target = check_labels("target", target, "tokens")
    if weights.shape != (len(target), len(source)):
        raise ValueError(
            f"weights has shape {weights.shape}: expected {(len(target), len(source))}, one row "
            "for each token written and one column for each one read"
        )
    if weights.min() < 0 or weights.max() > 1 + 1e-6:
        raise ValueError("weights has numbers outside 0 to 1: expected what a softmax gives")
    step = check_step(step, len(target))
    rows, columns = [[shortened(token, 12) for token in side] for side in (target, source)]
    cell = min(CELL * 1.6, WIDEST / len(source), 8 / len(target))
    width, height = cell * len(source) + 1.4, cell * len(target) + 1.1
    with course_style():
        fig, ax = new_figure(min(8.0, max(3.2, width)), max(1.8, height))
        later = np.ma.array(weights, mask=np.zeros(weights.shape, bool))
        later[step or len(target) :] = np.ma.masked
        marked = None if step is None else step - 1
        shade_matrix(ax, later, rows, columns, scale=1, marked_row=marked)
        ax.set_xlabel("read")
        ax.xaxis.set_label_position("top")
        ax.set_ylabel("written")
        draw_key(fig, [ax], shading_of(weights, scale=1), {0: "0", 1: "1"})
    return describe(fig, _in_words(weights[:step], source, target))


def _in_words(weights, source, target):
    """Say where each token that was written looked most."""
    looks = []
    for row, token in zip(weights, target, strict=False):
        most = where_largest(row)
        looks.append(f'"{shortened(token)}" at "{shortened(source[most])}" ({fixed(row[most])})')
    return (
        f"Attention, one row for each of {counted(len(target), 'token')} written, one column for "
        f"each of {counted(len(source), 'token')} read; light is 0, dark is 1. "
        f"Where each looks most: {', '.join(looks)}."
    )
