"""Real text to learn from, and how to see whether held-out text leaks (taught in notebook 07)."""

import difflib
import os
import re
import stat
from hashlib import sha256
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rnnhelpers._files import can_be_a_name
from rnnhelpers._validation import check_count, check_flag, check_number, check_text, shown

BLANK_LINES = re.compile(r"\n\s*\n")
MOST_BYTES = 50_000_000
"""A larger text file is refused: the course's models learn from a hundredth of it, and reading it
takes about four times its size of memory."""
MARKS = {"UTF-32": (b"\xff\xfe\0\0", b"\0\0\xfe\xff"), "UTF-16": (b"\xff\xfe", b"\xfe\xff")}
"""How a text begins that is in another encoding and says so."""
NO_TEXT = {
    "a PDF": b"%PDF-",
    "a PNG picture": b"\x89PNG",
    "a JPEG picture": b"\xff\xd8\xff",
    "a zip file, as those of Word and of e-books are": b"PK\x03\x04",
    "compressed with gzip": b"\x1f\x8b",
    "an old Word file": b"\xd0\xcf\x11\xe0",
}
"""How files begin that are taken for texts most often."""
CRUDE = re.compile(r"shit|poo\b|poop|puke|piss|vomit|snot|booger|barf|diarrhea|bile\b")
"""What is in some names of colours, and nobody wants to read aloud."""
FEWEST_CHARACTERS = 1000
"""A text file with fewer characters is too short to learn from and to measure on."""
FEWEST_PIECES = 20
"""A text is cut between paragraphs if it has so many, else between lines, else between words."""


class TextSplit(NamedTuple):
    """A text in two parts."""

    train: str
    """What to learn from."""
    held_out: str
    """The end of the text, to measure on."""


class ColourNames(NamedTuple):
    """Names of colours in two parts, each in an order that means nothing."""

    train: list
    """What to learn from."""
    held_out: list
    """Other names, to measure on."""


def load_colour_names(*, held_out=0.1):
    """Load names that people gave to colours, split for a model that invents new ones.

    Parameters
    ----------
    held_out : float, default=0.1
        Which share of the names to hold out.

    Returns
    -------
    ColourNames
        `train` and `held_out`, lists of names such as ``"cloudy blue"``; no name is in both. They
        are mixed, in the same way everywhere: in alphabetical order a model would learn the
        alphabet, and the end of the alphabet would be held out.

    Raises
    ------
    TypeError
        If `held_out` is not a number.
    ValueError
        If it is not between 0 and 1, or leaves nothing to learn from or to measure on.

    Notes
    -----
    ``XKCD_COLORS`` of Matplotlib: the most frequent answers of the colour survey of xkcd (Randall
    Munroe, 2010), which he gave to the public domain (CC0). Crude ones are left out.

    Examples
    --------
    >>> names = load_colour_names()
    >>> len(names.train), len(names.held_out), names.train[:2]
    (828, 92, ['greyblue', 'bubble gum pink'])
    """
    check_number(
        "held_out", held_out, above=0, below=1, reason="it is a share, 0.1 for a tenth of the names"
    )
    # Here, since it takes longer than most texts.
    from matplotlib.colors import XKCD_COLORS

    names = [name.removeprefix("xkcd:") for name in XKCD_COLORS if not CRUDE.search(name)]
    # A generator's numbers may change from one version of NumPy to another, a hash does not.
    mixed = sorted(names, key=lambda name: sha256(name.encode()).digest())
    cut = round(len(mixed) * (1 - held_out))
    if not 0 < cut < len(mixed):
        raise ValueError(
            f"held_out is {held_out}: expected a share that leaves at least one of {len(mixed)} "
            "names on each side"
        )
    return ColourNames(mixed[:cut], mixed[cut:])


def load_text_file(path, *, held_out=0.1):
    """Load a text file of your own, split for a language model as `load_topics` splits its text.

    Repeated paragraphs are left out, and the end of the text is held out. The cut is between two
    paragraphs, or between two lines or words where there are too few paragraphs.

    Parameters
    ----------
    path : str or path-like
        Name of the file: plain text in UTF-8, with or without a byte-order mark.
    held_out : float, default=0.1
        Which share of the characters, at the end, to hold out.

    Returns
    -------
    TextSplit
        `train` and `held_out`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    PermissionError
        If you may not read it.
    OSError
        If reading fails for another reason.
    TypeError
        If `held_out` is not a number, or `path` no name.
    ValueError
        If `held_out` is not between 0 and 1; if `path` is a folder, or a pipe or device; if the
        file is empty, larger than 50 MB, not text in UTF-8, or shorter than 1,000 characters
        (without repeats).

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "numbers.txt"
    ...     _ = path.write_text(" ".join(f"This is number {n}." for n in range(100)))
    ...     text = load_text_file(path)
    >>> text.held_out[:19], text.held_out[-19:]
    ('This is number 90. ', ' This is number 99.')
    """
    check_number(
        "held_out", held_out, above=0, below=1, reason="it is a share, 0.1 for the last tenth"
    )
    path = _check_path(path)
    text = BLANK_LINES.sub("\n\n", _read_text(path).strip())
    text = "\n\n".join(_first_occurrences(text.split("\n\n")))
    if len(text) < FEWEST_CHARACTERS:
        raise ValueError(
            f"{path.name} has {len(text)} characters without repeats: expected at least "
            f"{FEWEST_CHARACTERS}, and better 100,000; a model cannot learn from less"
        )
    for between in ("\n\n", "\n", " "):
        pieces = text.split(between)
        if len(pieces) >= FEWEST_PIECES:
            cut = _nearest_end(pieces, 1 - held_out, len(between))
            return TextSplit(between.join(pieces[:cut]), between.join(pieces[cut:]))
    cut = round(len(text) * (1 - held_out))  # a language that has no spaces
    return TextSplit(text[:cut], text[cut:])


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
    keep_repeats = check_flag("keep_repeats", keep_repeats)
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


def _read_bytes(path):
    """Return what is in an ordinary file of a size that fits, or say what it is instead."""
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise ValueError(f"{path.name or path} is a folder: expected the name of a text file")
        if not stat.S_ISREG(
            about.st_mode
        ):  # a pipe waits for somebody to write, a device is endless
            raise ValueError(
                f"{path.name} is a pipe or a device: expected the name of an ordinary text file"
            )
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise FileNotFoundError(
            f"there is no file {path.name} here: expected the name of a text file; a name without "
            f"a folder is looked for beside the notebook{_near_name(path)}"
        ) from None
    except NotADirectoryError:
        raise FileNotFoundError(
            f"there is no file {path.name} in {path.parent}, which is no folder: expected the "
            "name of a text file"
        ) from None
    except PermissionError:
        raise PermissionError(
            f"{path.name} may not be read by you: expected a file of your own; copy it, or change "
            "its permissions"
        ) from None
    if len(data) > MOST_BYTES:
        raise ValueError(
            f"{path.name} has {about.st_size / 1e6:,.0f} MB: expected at most "
            f"{MOST_BYTES / 1e6:.0f}; half a megabyte is enough to learn from in a minute, so save "
            "the beginning of it under another name"
        )
    return data


def _near_name(path):
    """Say which file in the same folder has a name that is close to this one, if there is one."""
    try:
        near = difflib.get_close_matches(path.name, os.listdir(path.parent), n=1)
    except OSError:
        return ""
    return f"; did you mean {near[0]}?" if near else ""


def _first_occurrences(paragraphs):
    """Leave out each paragraph whose words, in their order, were there before."""
    first = {}
    for paragraph in paragraphs:
        first.setdefault(" ".join(paragraph.split()), paragraph)
    return list(first.values())


def _nearest_end(pieces, share, n_between=2):
    """Return the number of pieces, at least 1, that hold nearest to this share of the text."""
    ends = np.array(list(accumulate(len(piece) + n_between for piece in pieces)))
    return 1 + int(np.abs(ends[:-1] - share * ends[-1]).argmin())


def _check_path(path):
    """Return the name of a file as a path, or raise."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is a {type(path).__name__}: expected the name of a file, as a str")
    path = os.fspath(path)
    if not isinstance(path, str) or not path.strip() or not can_be_a_name(path):
        raise ValueError(f"path is {shown(path)}: expected the name of a file, as a str")
    return Path(path)


def _read_text(path):
    """Return the text of a file in UTF-8, with one kind of line end, or say why there is none."""
    data = _read_bytes(path)
    for encoding, marks in MARKS.items():
        if data.startswith(marks):
            raise ValueError(
                f"{path.name} is in {encoding}: expected UTF-8; in your editor, save it as UTF-8"
            )
    for kind, start in NO_TEXT.items():
        if data.startswith(start):
            raise ValueError(
                f"{path.name} is {kind}: expected plain text, saved as UTF-8; export the text from "
                "the program that made the file"
            )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig").rpartition("\n")
        where = f"line {before[0].count(chr(10)) + bool(before[1]) + 1}, byte {error.start}"
        raise ValueError(
            f"{path.name} is not text in UTF-8 ({where} is {data[error.start]:#04x}, after "
            f"{before[2][-20:]!r}): expected plain text, saved as UTF-8; an older text may be in "
            "Latin-1 or Windows-1252: in your editor, open it in that encoding and save it as UTF-8"
        ) from None
    if "\0" in text:
        raise ValueError(
            f"{path.name} has zero bytes in it: expected plain text, saved as UTF-8; it may be in "
            "UTF-16 without its mark, or no text at all"
        )
    if not text.strip():
        raise ValueError(f"{path.name} is empty: expected a text to learn from")
    return text.replace("\r\n", "\n").replace("\r", "\n")
