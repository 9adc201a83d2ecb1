"""Real text to learn from, and how to see whether held-out text leaks (taught in notebook 07)."""

import re
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import check_count, check_number, check_text

BLANK_LINES = re.compile(r"\n\s*\n")


class TextSplit(NamedTuple):
    """A text in two parts."""

    train: str
    """What to learn from."""
    held_out: str
    """The end of the text, to measure on."""


def load_topics(*, held_out=0.1, keep_repeats=False):
    """Load the help texts on Python's language that come with Python, split for a language model.

    The topics stand in the sorted order of their names. Many of them repeat whole passages of
    others. A paragraph that was there before is left out, since held-out text that is also in the
    training text can be learned by heart: a leak. Paragraphs are the same if their words are, in
    whatever way lines are broken and indented.

    Parameters
    ----------
    held_out : float, default=0.1
        Which share of the characters, at the end, to hold out. The cut is at the end of a
        paragraph, as near to it as possible.
    keep_repeats : bool, default=False
        Whether to keep repeated paragraphs, to show the leak.

    Returns
    -------
    TextSplit
        `train` and `held_out`, paragraphs with a blank line between them.

    Raises
    ------
    TypeError
        If `held_out` is not a number.
    ValueError
        If it is not between 0 and 1.

    See Also
    --------
    copied_share : how much of a text is copied from another.

    Notes
    -----
    The text is ``topics`` of the standard library's module ``pydoc_data.topics``, what ``help()``
    shows. It differs between Python versions. In Python 3.11 it has 465,000 characters, 373,000
    without repeats. What is left of copies in the held-out part is nearly all the ruled lines of
    tables.

    Examples
    --------
    >>> topics = load_topics()
    >>> "assert" in topics.train[:100], len(topics.train) > 8 * len(topics.held_out)
    (True, True)
    >>> raw = load_topics(keep_repeats=True)
    >>> copied_share(raw.held_out, raw.train) > copied_share(topics.held_out, topics.train)
    True
    """
    check_number(
        "held_out", held_out, above=0, below=1, reason="it is a share, 0.1 for the last tenth"
    )
    # Here, since it is half a megabyte that few need.
    from pydoc_data.topics import topics

    paragraphs = [
        paragraph
        for name in sorted(topics)
        for paragraph in BLANK_LINES.split(topics[name].strip("\n"))
    ]
    if not keep_repeats:
        paragraphs = _first_occurrences(paragraphs)
    cut = _nearest_end(paragraphs, 1 - held_out)
    return TextSplit("\n\n".join(paragraphs[:cut]), "\n\n".join(paragraphs[cut:]))


def copied_share(text, source, length=50):
    """Compute which share of a text stands word for word in another one.

    Parameters
    ----------
    text : str
        The text that may be copied, such as held-out text.
    source : str
        The text that it may be copied from, such as training text.
    length : int, default=50
        How many characters in a row must be the same to be called a copy.

    Returns
    -------
    float
        Share of the characters of `text` that lie in a run of `length` characters that `source`
        has too.

    Raises
    ------
    TypeError
        If a text is not a string, or `length` is not a whole number.
    ValueError
        If a text is empty, or `length` is below 1.

    Examples
    --------
    >>> copied_share("the cat sat", "a cat sat down", length=5)  # " cat sat", 8 of 11
    0.7272727272727273
    """
    check_text("text", text)
    check_text("source", source)
    length = check_count("length", length)
    known = {source[start : start + length] for start in range(len(source) - length + 1)}
    is_copied = np.zeros(len(text), dtype=bool)
    for start in range(len(text) - length + 1):
        if text[start : start + length] in known:
            is_copied[start : start + length] = True
    return float(is_copied.mean())


def _first_occurrences(paragraphs):
    """Leave out each paragraph whose words, in their order, were there before."""
    first = {}
    for paragraph in paragraphs:
        first.setdefault(" ".join(paragraph.split()), paragraph)
    return list(first.values())


def _nearest_end(paragraphs, share):
    """Return the number of paragraphs that hold nearest to this share of the characters."""
    ends = np.array(list(accumulate(len(paragraph) + 2 for paragraph in paragraphs)))
    return 1 + int(np.abs(ends[:-1] - share * ends[-1]).argmin())
