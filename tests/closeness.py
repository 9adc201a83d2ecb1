"""Compare outputs within a tolerance: what nbval can only compare to the last digit, or not at all.

Two things are compared so, after nbval has compared the rest (`conftest.py` calls this for every
cell that it has run):

- what figures were drawn from (`rnnhelpers.figures.drawn`): names and texts exactly, each number
  within half a percent of the range of its line. The tag `drawn-within-5-percent` allows more, for
  a curve that another machine computes a little differently, but not for the places along the x
  axis where a curve is known, or where evenly spaced bars stand: these are chosen, not measured;
- the outputs of cells tagged `nbval-ignore-output`. The tag `numbers-within-5-percent` says how far
  each number may be from the stored one (one unit of its last digit always), and
  `shares-within-5-points` the same of numbers followed by %. The words between are compared
  exactly; in a cell tagged `words-vary`, lines with other words are not compared.

Numbers that come of data inside a package, or inside Python, are those of one release. The tags
`data-of-babel-2.18` and `data-of-python-3.11.7` say which: with another one the cell's assertions
have to do.
"""

import re
from importlib.metadata import version
from itertools import zip_longest
from math import isclose
from platform import python_version

from nbformat import NotebookNode

DRAWN = "text/x-drawn"
DRAWN_WITHIN = re.compile(r"drawn-within-(\d+)-percent")
NUMBERS_WITHIN = re.compile(r"numbers-within-(\d+)-percent")
SHARES_WITHIN = re.compile(r"shares-within-(\d+)-points")
DATA_OF = re.compile(r"data-of-([a-z-]+)-(\d+(?:\.\d+)+)")
IGNORED, WORDS_VARY = "nbval-ignore-output", "words-vary"
TOLERANCES = (DRAWN_WITHIN, NUMBERS_WITHIN, SHARES_WITHIN)
USUAL_PERCENT = 0.5
CHOSEN = re.compile(r"line .*\bx(, \d+ evenly spaced)?|bars .*(left|bottom), \d+ evenly spaced")
# 1,234 and 0.5 and -3e-05; but not the 2 of `x_2`, of `h2` or of `1999-12`.
NUMBER = re.compile(r"(?<![\w.])[-−+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:e[-+]?\d+)?(?![\w])")
PICTURE = re.compile(r"data:image/\w+;base64,[A-Za-z0-9+/=]+")


def cell_differences(cell: NotebookNode, outputs: list[NotebookNode]) -> list[str]:
    """List where new outputs of a code cell are too far from the stored ones."""
    tags = cell.metadata.get("tags", [])
    if not has_its_data(tags):
        return []
    within = percent(tags, DRAWN_WITHIN, USUAL_PERCENT)
    differences = [
        difference
        for saved, new in zip_longest(data_of(cell.outputs, DRAWN), data_of(outputs, DRAWN))
        for difference in drawn_differences(saved, new, within)
    ]
    if IGNORED in tags and has_tolerance(cell):
        both = shown_text(cell.outputs), shown_text(outputs)
        differences += text_differences(
            *both,
            percent(tags, NUMBERS_WITHIN, USUAL_PERCENT),
            points=percent(tags, SHARES_WITHIN),
            words=WORDS_VARY not in tags,
        )
    return differences


def percent(tags: list[str], form: re.Pattern, otherwise: float | None = None) -> float | None:
    """Return the number in the first tag of this form.

    Examples
    --------
    >>> percent(["numbers-within-5-percent"], NUMBERS_WITHIN)
    5.0
    """
    found = [match for tag in tags if (match := form.fullmatch(tag))]
    return float(found[0][1]) if found else otherwise


def has_its_data(tags: list[str]) -> bool:
    """Tell whether the packages whose data a cell's numbers come of are here in that release.

    Examples
    --------
    >>> has_its_data(["numbers-within-5-percent"]), has_its_data(["data-of-numpy-0.1"])
    (True, False)
    """
    releases = [match.groups() for tag in tags if (match := DATA_OF.fullmatch(tag))]
    return all(f"{release_of(name)}.".startswith(f"{release}.") for name, release in releases)


def release_of(name: str) -> str:
    """Return the release of an installed package, or of Python."""
    return python_version() if name == "python" else version(name)


def has_tolerance(cell: NotebookNode) -> bool:
    """Tell whether a tag of a cell allows its numbers more than the usual tolerance."""
    tags = cell.metadata.get("tags", [])
    return any(percent(tags, form) is not None for form in TOLERANCES)


def words_of(outputs: list[NotebookNode]) -> list[str]:
    """Return the lines of outputs without their numbers."""
    drawn = "\n".join(data_of(outputs, DRAWN))
    return [squeezed(line) for line in f"{shown_text(outputs)}\n{drawn}".splitlines()]


def data_of(outputs: list[NotebookNode], mime: str) -> list[str]:
    """List what outputs hold of one MIME type."""
    return [output.data[mime] for output in outputs if mime in output.get("data", {})]


def shown_text(outputs: list[NotebookNode]) -> str:
    """Join what is printed and displayed, apart from pictures and the numbers behind them."""
    printed: dict[str, str] = {}
    for output in outputs:
        if output.output_type == "stream":
            printed[output.name] = printed.get(output.name, "") + output.text
    shown = [
        PICTURE.sub("PICTURE", text)
        for output in outputs
        for mime, text in sorted(output.get("data", {}).items())
        if mime.startswith("text/") and mime != DRAWN
    ]
    return "\n".join([*(text for _, text in sorted(printed.items())), *shown])


def drawn_differences(saved: str | None, new: str | None, within: float) -> list[str]:
    """Compare what a figure was drawn from; `within` is in percent of the range of each line.

    Examples
    --------
    >>> drawn_differences("line y\\t0 0.5 1", "line y\\t0 0.501 1", within=0.5)
    []
    >>> drawn_differences("line y\\t0 0.5 1", "line y\\t0 0.51 1", within=0.5)
    ['a figure: line y, number 2 of 3: 0.51, stored 0.5']
    >>> drawn_differences("line x\\t1 2 3", "line x\\t1 3 3", within=100)
    ['a figure: line x, number 2 of 3: 3, stored 2']
    """
    if saved is None or new is None:
        state = "is not stored" if saved is None else "is stored and was not shown"
        return [f"a figure: what it was drawn from {state}"]
    differences = []
    for old, now in zip_longest(saved.splitlines(), new.splitlines(), fillvalue=""):
        (name, _, row), (new_name, _, new_row) = old.partition("\t"), now.partition("\t")
        numbers, new_numbers = row.split(), new_row.split()
        if name != new_name and not (within > USUAL_PERCENT and close(name, new_name, within)):
            differences.append(f"a figure: {new_name!r}, stored {name!r}")
        elif len(numbers) != len(new_numbers):
            differences.append(
                f"a figure: {name}: {len(new_numbers)} numbers, {len(numbers)} stored"
            )
        else:
            allowed = USUAL_PERCENT if CHOSEN.fullmatch(name) else within
            differences += row_differences(f"a figure: {name}", numbers, new_numbers, allowed)
    return differences


def row_differences(name: str, numbers: list[str], new: list[str], within: float) -> list[str]:
    """Compare two sequences of numbers within a percentage of the range of the first."""
    values = [float(number) for number in numbers]
    finite = [value for value in values if value == value]
    size = max(finite, default=0) - min(finite, default=0) or max(map(abs, finite), default=0)
    allowed = within / 100 * size + 1e-9
    return [
        f"{name}, number {at} of {len(numbers)}: {now}, stored {old}"
        for at, (old, now, value) in enumerate(zip(numbers, new, values, strict=True), start=1)
        if old != now and not abs(float(now) - value) < allowed
    ]


def close(saved: str, new: str, within: float) -> bool:
    """Tell whether two texts differ only in numbers, and in those little."""
    return not text_differences(saved, new, within)


def text_differences(
    saved: str, new: str, within: float, *, points: float | None = None, words: bool = True
) -> list[str]:
    """Compare the numbers of two texts, one after the other, and the words if these matter.

    `within` is in percent of each number; `points`, if given, is for numbers followed by %.

    Examples
    --------
    >>> text_differences("loss 2.50, right 40%", "loss 2.51, right 80%", within=5)
    ['80, stored 40, in: loss 2.50, right 40%']
    >>> text_differences("right 40%", "right 42%", within=1, points=3)
    []
    >>> text_differences("loss 2.50", "cost 2.50", within=5)
    ['the words differ: cost #, stored loss #']
    """
    differences = []
    for old, now in zip_longest(saved.splitlines(), new.splitlines(), fillvalue=""):
        if squeezed(old) != squeezed(now):
            if words:
                differences.append(f"the words differ: {squeezed(now)}, stored {squeezed(old)}")
            continue
        for first, second in zip(NUMBER.finditer(old), NUMBER.finditer(now), strict=True):
            is_share = points is not None and old.startswith("%", first.end())
            allowed = (0, points) if is_share else (within, 0)
            if not is_near(first[0], second[0], *allowed):
                differences.append(f"{second[0]}, stored {first[0]}, in: {old}")
    return differences


def squeezed(line: str) -> str:
    """Return a line with a sign for each number, and one space for several.

    Examples
    --------
    >>> squeezed("loss   12.50 of  7")
    'loss # of #'
    """
    return " ".join(NUMBER.sub("#", line).split())


def is_near(saved: str, new: str, within: float, points: float = 0) -> bool:
    """Tell whether a printed number is near a stored one, or the next with as many decimals.

    A whole number is not the next one: it counts, or names, something.

    Examples
    --------
    >>> is_near("2.50", "2.60", within=5), is_near("0.1", "0.2", within=5)
    (True, True)
    >>> is_near("2.50", "2.70", within=5), is_near("1", "2", within=5)
    (False, False)
    """
    decimals = saved.partition(".")[2].partition("e")[0]
    unit = 10.0 ** -len(decimals) if decimals else 0
    allowed = max(1.001 * unit, points)
    return isclose(value(saved), value(new), rel_tol=within / 100, abs_tol=allowed)


def value(printed: str) -> float:
    """Read a printed number, with commas between thousands or a typographic minus."""
    return float(printed.replace(",", "").replace("−", "-"))
