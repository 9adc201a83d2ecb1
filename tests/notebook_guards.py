"""What a finished notebook of the course looks like, one guard for each promise.

A guard takes a loaded notebook and its path and returns a list of problems, empty if all is well.
A problem says where, what and what to do, for example::

    cell 7 (id tfidf-by-hand): prints an absolute path: /home/ada/x.txt; print a relative path

`GUARDS` holds them all, by name. `read_notebook` loads a notebook as it lies on the disk.
"""

import ast
import re
import warnings
from collections.abc import Callable, Iterator
from copy import deepcopy
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

import nbformat
from equation_values import text_problems
from nbconvert import HTMLExporter
from nbformat import NotebookNode, ValidationError, reader
from notation import QUOTING, code_problems, formula_problems, word_problems

from course import fingerprint, is_compared_loosely
from publishing.cells import (
    asks_question,
    called_name,
    exercise_names,
    image_types,
    syntax_tree,
)
from publishing.minutes import notebook_minutes
from tests.closeness import has_tolerance

KERNELSPEC = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE_INFO = {"name": "python"}
# What nbconvert writes where an image has no text alternative.
NO_DESCRIPTION = "No description has been provided for this image"

CLOSING_SECTIONS = ("Recap", "Questions to check yourself", "What comes next", "Sources")
# Sections that reveal nothing, so that there is nothing to predict.
WITHOUT_PREDICTION = (*CLOSING_SECTIONS, "Exercises", "Further reading")
SLIDE_TYPES = ("slide", "subslide", "fragment", "skip", "notes")
MAX_CODE_LINES = 15
MIN_ALTERNATIVE = 40
MIN_EXERCISES = 3


def read_notebook(path: Path) -> NotebookNode:
    """Load a notebook without the silent repairs of `nbformat.read`, which would hide faults."""
    return reader.reads(path.read_text(encoding="utf-8"))


def n_undescribed_images(nb: NotebookNode) -> int:
    """Count the images that nbconvert's web page, in its default template, has no text for."""
    outputs_only = HTMLExporter(exclude_input=True, exclude_markdown=True)
    return outputs_only.from_notebook_node(nb)[0].count(NO_DESCRIPTION)


# Cells and outputs -----------------------------------------------------------------------------


def cells(nb: NotebookNode, cell_type: str | None = None) -> Iterator[tuple[str, NotebookNode]]:
    """Yield each cell, or those of one type, with where it is: `cell 7 (id tfidf-by-hand)`."""
    for number, cell in enumerate(nb.cells, 1):
        if cell_type in (None, cell.cell_type):
            yield f"cell {number} (id {cell.get('id', 'missing')})", cell


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Tell whether a cell is tagged so."""
    return tag in cell.metadata.get("tags", [])


def outputs(nb: NotebookNode) -> Iterator[tuple[str, NotebookNode, NotebookNode]]:
    """Yield `(where, cell, output)` for each output of the notebook."""
    for where, cell in cells(nb, "code"):
        for output in cell.outputs:
            yield where, cell, output


def texts(output: NotebookNode) -> Iterator[tuple[str, str]]:
    """Yield `(kind, text)` for each text in an output, without the bytes of inlined images.

    The kind is `stdout`, `stderr`, `error`, `traceback` or a MIME type such as `text/html`.
    Tracebacks come without the colours that the kernel gives them.
    """
    if output.output_type == "stream":
        yield output.name, output.text
    elif output.output_type == "error":
        yield "error", f"{output.ename}: {output.evalue}"
        yield "traceback", ANSI_COLOUR.sub("", "\n".join(output.traceback))
    else:
        for mime, text in output.data.items():
            if mime.startswith("text/"):
                yield mime, DATA_URI.sub("data:", text)


# In a traceback no fault; but `\x1b[32m/home/ada` hides that a path begins after the `m`.
ANSI_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Base64 has letters, digits and slashes enough to look like a path, an address or a number.
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")


# Source code -----------------------------------------------------------------------------------


def n_code_lines(cell: NotebookNode) -> int:
    """Count the lines that are neither blank nor part of a docstring."""
    tree, lines = syntax_tree(cell)
    docstrings = [
        node.body[0]
        for node in ast.walk(tree)
        if isinstance(node, FUNCTION | ast.ClassDef) and ast.get_docstring(node) is not None
    ]
    documenting = [line for d in docstrings for line in lines[d.lineno - 1 : d.end_lineno]]
    return n_not_blank(cell.source.splitlines()) - n_not_blank(documenting)


def n_not_blank(lines: list[str]) -> int:
    """Count the lines with something on them."""
    return sum(1 for line in lines if line.strip())


def asserts_something(cell: NotebookNode) -> bool:
    """Tell whether running the cell checks something.

    `assert` and NumPy's `assert_...` count. What stands in the body of a function does not, since
    it may never be called, and neither does `assert True`.
    """
    waiting: list[ast.AST] = [syntax_tree(cell)[0]]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Assert) and not isinstance(node.test, ast.Constant):
            return True
        if isinstance(node, ast.Call) and called_name(node).startswith("assert_"):
            return True
        if not isinstance(node, FUNCTION | ast.Lambda):
            waiting += ast.iter_child_nodes(node)
    return False


FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef


# Markdown and HTML -----------------------------------------------------------------------------

FENCE = re.compile(r"\s*(```+|~~~+)")
HEADING = re.compile(r"(#{1,6})\s+(.*?)\s*#*\s*$")
CODE = (
    r"^[ \t]*(?P<fence>```+|~~~+).*?^[ \t]*(?P=fence)[ \t]*$"  # a fenced block
    r"|(?<!`)(?P<ticks>`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)(?P=ticks)(?!`)"  # a code span
)
# Blank code and formulas: `a[i](x)` is no link there, and `<i>` no tag.
CODE_AND_MATHS = re.compile(CODE + r"|\$\$.+?\$\$|(?<![\\$])\$[^$\n]+\$", re.DOTALL | re.MULTILINE)
# A list item with the lines that belong to it.
LIST_ITEM = re.compile(
    r"^ {0,3}(?:[-*+]|\d+[.)]) .*(?:\n(?! {0,3}(?:[-*+]|\d+[.)]) |\s*$).*)*", re.M
)


class Heading(NamedTuple):
    """A heading: the number of its line (from 0), its level and its text."""

    line: int
    level: int
    text: str


class Piece(NamedTuple):
    """A code cell, or what a Markdown cell has to say in one section (`text`)."""

    where: str
    cell: NotebookNode
    text: str


class Section(NamedTuple):
    """What stands under an H2 heading; the title is empty for what comes before the first."""

    title: str
    where: str
    pieces: list[Piece]

    @property
    def text(self) -> str:
        """The section's Markdown."""
        return "\n\n".join(piece.text for piece in self.pieces)

    def is_one_of(self, titles: tuple[str, ...]) -> bool:
        """Tell whether the title begins with one of these, numbers and case aside."""
        return bare_title(self.title).startswith(tuple(title.lower() for title in titles))


class Tag(NamedTuple):
    """An HTML tag; a closing one has a slash before its name and no attributes."""

    name: str
    attributes: dict[str, str | None]


def headings(source: str) -> Iterator[Heading]:
    """Yield the headings of a Markdown text, which comments in fenced code are not.

    Examples
    --------
    >>> [heading.text for heading in headings("# One\\n```\\n# a comment\\n```\\n## Two")]
    ['One', 'Two']
    """
    fence = None
    for number, line in enumerate(source.splitlines()):
        if mark := FENCE.match(line):
            fence = mark[1] if fence is None else None if mark[1].startswith(fence) else fence
        elif fence is None and (heading := HEADING.match(line)):
            yield Heading(number, len(heading[1]), heading[2])


def all_headings(nb: NotebookNode) -> Iterator[tuple[str, Heading]]:
    """Yield `(where, heading)` for each heading of the notebook."""
    for where, cell in cells(nb, "markdown"):
        for heading in headings(cell.source):
            yield where, heading


def sections(nb: NotebookNode) -> list[Section]:
    """Cut a notebook at its H2 headings."""
    found = [Section("", "the opening", [])]
    for where, cell in cells(nb):
        if cell.cell_type != "markdown":
            found[-1].pieces.append(Piece(where, cell, ""))
            continue
        lines = cell.source.splitlines()
        starts = [heading for heading in headings(cell.source) if heading.level == 2]
        ends = [heading.line for heading in starts] + [len(lines)]
        found[-1].pieces.append(Piece(where, cell, "\n".join(lines[: ends[0]])))
        for heading, end in zip(starts, ends[1:], strict=True):
            text = "\n".join(lines[heading.line : end])
            found.append(Section(heading.text, where, [Piece(where, cell, text)]))
    return found


def bare_title(title: str) -> str:
    """Strip a section's number.

    Examples
    --------
    >>> bare_title("7. Recap")
    'recap'
    """
    return title.lstrip("0123456789.· ").lower()


def prose(source: str) -> str:
    """Return a Markdown text without its code and formulas."""
    return CODE_AND_MATHS.sub(" ", source)


def tags(html: str) -> list[Tag]:
    """List the HTML tags of a text.

    Examples
    --------
    >>> [tag.name for tag in tags("<details><summary>Answer</summary> 1 < 2 </details>")]
    ['details', 'summary', '/summary', '/details']
    """
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda name, attributes: found.append(Tag(name, dict(attributes)))
    parser.handle_endtag = lambda name: found.append(Tag(f"/{name}", {}))
    parser.feed(html)
    parser.close()
    return found


def has_fold(text: str, summary: str = "") -> bool:
    """Tell whether a Markdown text folds something away under a summary that begins so."""
    return bool(re.search(rf"<details[^>]*>\s*<summary[^>]*>\s*{summary}", prose(text), re.I))


# The guards ------------------------------------------------------------------------------------


def valid(nb: NotebookNode, path: Path) -> list[str]:
    """Hold a notebook to nbformat's schema, 4.5 or later, with an id of its own for each cell."""
    if (nb.nbformat, nb.nbformat_minor) < (4, 5):
        return [f"notebook: format {nb.nbformat}.{nb.nbformat_minor}; save it as 4.5 or later"]
    problems, seen = [], set()
    for where, cell in cells(nb):
        if "id" not in cell:
            problems.append(f"{where}: has no id; give it one that names what it does")
        elif cell.id in seen:
            problems.append(f"{where}: shares its id with an earlier cell; give it its own")
        seen.add(cell.get("id"))
    return problems or schema_problems(nb)


def schema_problems(nb: NotebookNode) -> list[str]:
    """Validate a copy, since `nbformat.validate` repairs what it warns about."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            nbformat.validate(deepcopy(nb))
        except ValidationError as error:
            match list(error.absolute_path):
                case ["cells", int(index), *_]:
                    where = list(cells(nb))[index][0]
                case _:
                    where = "notebook"
            return [f"{where}: against the notebook format: {error.message}; mend or remove it"]
        except Warning as warning:
            return [f"notebook: nbformat warns: {warning}; save it with a current nbformat"]
    return []


def executed_in_order(nb: NotebookNode, path: Path) -> list[str]:
    """Find code cells that were not run from the top: nbval does not compare unexecuted cells."""
    problems = []
    for count, (where, cell) in enumerate(cells(nb, "code"), 1):
        if not cell.source.strip():
            problems.append(f"{where}: is an empty code cell; remove it")
        elif cell.execution_count is None:
            problems.append(f"{where}: was not executed; run all cells and save")
        elif cell.execution_count != count:
            problems.append(
                f"{where}: has execution count {cell.execution_count}, expected {count}; "
                "restart the kernel, run all cells and save"
            )
    return problems


def no_untagged_error(nb: NotebookNode, path: Path) -> list[str]:
    """Allow an error where it is announced, and nowhere else."""
    problems = []
    for where, cell in cells(nb, "code"):
        errors = [output.ename for output in cell.outputs if output.output_type == "error"]
        announced = has_tag(cell, "raises-exception")
        if errors and not announced:
            problems.append(f"{where}: ends in {errors[0]}; mend it, or tag it raises-exception")
        if announced and not errors:
            problems.append(f"{where}: is tagged raises-exception and raises none; untag it")
    return problems


class Blot(NamedTuple):
    """Something that no output should contain."""

    what: str
    pattern: re.Pattern
    advice: str


BLOTS = [
    Blot(
        "prints an absolute path",
        re.compile(
            # A root folder, if it is not the rest of a relative path (`data/home`), of a URL, or
            # of a closing tag (`</var>`).
            r"(?<![\w.~/<])/(?:home|Users|root|tmp|usr|work|opt|var|private|mnt|media|srv|etc"
            r"|proc|Applications|Library|content|kaggle|workspaces?)\b[^\s\"'<>]*"
            # IPython shortens the reader's home folder so.
            r"|(?<![\w~])~[/\\]\w[^\s\"'<>]*"
            r"|\b[A-Za-z]:(?:\\|/(?:Users|Windows|Program))[^\s\"'<>]*"
            r"|file:/[^\s\"'<>]*|\b(?:site|dist)-packages\b"
        ),
        "print a relative path instead",
    ),
    Blot(
        "prints an object's address",
        # Short hexadecimal numbers, such as 0xff, may be what a cell is about.
        re.compile(r"\bat 0x[0-9a-fA-F]+|\b0x[0-9a-fA-F]{6,}"),
        "print the object's contents instead",
    ),
    Blot(
        "shows a warning",
        re.compile(r"\w*Warning:|\bwarnings\.warn\b"),
        "mend its cause, or catch it and print its message",
    ),
    Blot(
        "shows a uuid",
        # With dashes, or without, as in the ids of matplotlib's JavaScript animations.
        re.compile(
            r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
            r"|(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])"
        ),
        "it changes with each run: show the thing without it",
    ),
    Blot("shows colour codes", ANSI_COLOUR, "print plain text"),
    Blot(
        "shows scikit-learn's HTML",
        re.compile(r"sk-container-id"),
        "its ids count up: assign the estimator instead of showing it",
    ),
]
# tqdm's percentage, bar and counts: `30%|###       | 3/10`.
PROGRESS_BAR = re.compile(r"\d+%\|")


def clean_output(nb: NotebookNode, path: Path) -> list[str]:
    """Find what is different on each machine or in each run, and what no learner should read."""
    problems = []
    for where, cell, output in outputs(nb):
        expected = has_tag(cell, "stderr-expected")
        for kind, text in texts(output):
            if kind == "stderr" and not expected:
                advice = "mend its cause, or tag it stderr-expected"
                problems.append(f"{where}: writes to stderr: {shortened(text)}; {advice}")
            if PROGRESS_BAR.search(text) and not expected:
                problems.append(f"{where}: shows a progress bar; tag it stderr-expected")
            problems += [
                f"{where}: {blot.what}: {shortened(found[0])}; {blot.advice}"
                for blot in BLOTS
                if (found := blot.pattern.search(text))
            ]
    return list(dict.fromkeys(problems))


def shortened(text: str) -> str:
    """Return the first 60 characters of a text, on one line, control characters escaped."""
    line = repr(" ".join(text.split()))[1:-1]
    return line if len(line) <= 60 else f"{line[:57]}..."


# What Python, matplotlib and IPython show of an object that has nothing better to show: something
# in angle brackets, alone or in lists, tuples and arrays; matplotlib's texts; the counts, edges
# and bars that `plt.hist` returns.
STRAY_REPR = re.compile(r"[\[({]*(?:array\(\[+)?(?:<[A-Za-z_]|Text\()|\(array\(\[|.*<matplotlib\.")
FIGURE_SIZE = "<Figure size"


def no_stray_repr(nb: NotebookNode, path: Path) -> list[str]:
    """Find reprs such as `Text(0.5, 1.0, 'loss')`, which say nothing to a learner.

    The repr behind a display of HTML or Markdown is not shown, and therefore allowed. That behind
    a figure is not: the figure's text alternative belongs there.
    """
    problems = []
    for where, _, output in outputs(nb):
        plain = output.get("data", {}).get("text/plain", "")
        shown_instead = set(output.get("data", {})) - {"text/plain", *image_types(output)}
        if image_types(output) and plain.startswith(FIGURE_SIZE):
            problems.append(f"{where}: has a figure described as {plain}; use show(figure)")
        elif STRAY_REPR.match(plain) and not shown_instead:
            advice = "assign the result, or print what matters"
            problems.append(f"{where}: shows {shortened(plain)}; {advice}")
    return problems


UNSTABLE_NUMBERS = [
    Blot(
        "prints more than 6 decimals",
        re.compile(r"\d*\.\d{7,}"),
        "the last ones depend on the machine: round to 4",
    ),
    Blot(
        "prints a negative zero",
        re.compile(r"(?<![\w.])[-−]0\.0*(?![\d\w])"),
        "its sign depends on the machine: add 0 after rounding",
    ),
    Blot(
        "prints rounding noise",
        # From 1e-10 to 1e-20; a power of ten itself is a tolerance: `equal to 1e-12: True`.
        re.compile(r"(?<![\w.])(?!1[eE])\d+(?:\.\d*)?[eE]-(?:1\d|20)(?!\d)"),
        "print a comparison instead",
    ),
]
HTML_TAG = re.compile(r"<[^<>]+>")


def no_long_decimals(nb: NotebookNode, path: Path) -> list[str]:
    """Find numbers that another machine computes differently, where outputs are compared."""
    problems = []
    for where, cell, output in outputs(nb):
        if has_tag(cell, "nbval-ignore-output"):
            continue
        for kind, text in texts(output):
            if kind == "traceback":
                continue
            visible = HTML_TAG.sub(" ", text) if kind == "text/html" else text
            problems += [
                f"{where}: {blot.what}: {found[0]}; {blot.advice}"
                for blot in UNSTABLE_NUMBERS
                if (found := blot.pattern.search(visible))
            ]
    return problems


# nbval's comments, `# NBVAL_SKIP` among them, and its tags of the same names.
NBVAL_COMMENT = re.compile(r"^\s*#[#\s]*((?:NBVAL|PYTEST_VALIDATE)_\w+)", re.MULTILINE)
NBVAL_TAG = re.compile(r"(?:nbval|pytest-validate)-")


def ignored_output_is_asserted(nb: NotebookNode, path: Path) -> list[str]:
    """Hold a cell whose output is not compared to an `assert` of its own.

    `nbval-ignore-output` is the one tag of nbval's that is allowed.
    """
    problems = []
    for where, cell in cells(nb, "code"):
        for comment in NBVAL_COMMENT.findall(cell.source):
            advice = "use the tag nbval-ignore-output and assert a bound"
            problems.append(f"{where}: has the comment # {comment}; {advice}")
        for tag in cell.metadata.get("tags", []):
            if NBVAL_TAG.match(tag) and tag != "nbval-ignore-output":
                advice = "only nbval-ignore-output and raises-exception are used here"
                problems.append(f"{where}: is tagged {tag}; {advice}")
        if has_tag(cell, "nbval-ignore-output") and not asserts_something(cell):
            problems.append(f"{where}: its output is ignored; assert what must hold of it")
    return problems


def ignored_output_is_compared(nb: NotebookNode, path: Path) -> list[str]:
    """Hold each number that nbval does not compare to something, all the same.

    A tolerance says how far the numbers of another run may be off (`tests/closeness.py`); and what
    is stored must be what `python course.py notebooks` has stored, with the code as it is.
    """
    problems = []
    for where, cell in cells(nb, "code"):
        if has_tag(cell, "nbval-ignore-output") and not has_tolerance(cell):
            advice = "add the tag numbers-within-5-percent, or as much as it takes"
            problems.append(f"{where}: its output is ignored; {advice}")
        expected = fingerprint(cell) if is_compared_loosely(cell) else None
        if cell.metadata.get("executed") != expected:
            advice = f"run python course.py notebooks {path.stem}"
            problems.append(f"{where}: its code or output was changed by hand; {advice}")
    return problems


POOR_BEGINNING = re.compile(r"(?:an? |the |this )?(?:image|picture|figure) (?:of|showing)\b", re.I)
MARKDOWN_IMAGE = re.compile(r"!\[([^\]]*)\]\([^)]*\)")


def figures_have_alternatives(nb: NotebookNode, path: Path) -> list[str]:
    """Hold every image to a text that stands for it.

    `show(figure)` writes an HTML image with its alternative in `alt`, which nbval compares. A bare
    image output is refused: nbval compares nothing of it, and exported pages carry no text for it.
    """
    problems = []
    for where, _, output in outputs(nb):
        problems += [
            f"{where}: shows a bare {mime}, which has no text alternative; use show(figure)"
            for mime in image_types(output)
        ]
        html = output.get("data", {}).get("text/html", "")
        # The frames of a slider are read one after the other, so each may say little.
        min_length = MIN_ALTERNATIVE if html.count("<img") == 1 else 1
        problems += html_image_problems(where, html, min_length)
    for where, cell in cells(nb, "markdown"):
        text = prose(cell.source)
        problems += html_image_problems(where, text, 1)
        for alternative in MARKDOWN_IMAGE.findall(text):
            if fault := alternative_fault(alternative, 1):
                problems.append(f"{where}: an image's text alternative {fault}")
    return problems


def html_image_problems(where: str, html: str, min_length: int) -> list[str]:
    """Find the `<img>` without a good `alt`."""
    alternatives = [tag.attributes.get("alt") or "" for tag in tags(html) if tag.name == "img"]
    faults = [alternative_fault(alternative, min_length) for alternative in alternatives]
    return [f"{where}: the alt of an <img> {fault}" for fault in faults if fault]


def alternative_fault(alternative: str, min_length: int) -> str:
    """Say what is wrong with a text alternative and what to do; empty if nothing is.

    Examples
    --------
    >>> alternative_fault("Figure showing the loss", 1)
    "begins with 'Figure showing'; begin with what is to be seen"
    """
    if not alternative.strip():
        return "is missing; say what is to be seen, numbers included"
    if "Figure size" in alternative:
        return "is matplotlib's repr; say what is to be seen, numbers included"
    if poor := POOR_BEGINNING.match(alternative):
        return f"begins with {poor[0]!r}; begin with what is to be seen"
    if len(alternative) < min_length:
        return f"has {len(alternative)} characters; say what is to be seen in {min_length} or more"
    return ""


def short_cells(nb: NotebookNode, path: Path) -> list[str]:
    """Find code cells that hold more than one idea."""
    return [
        f"{where}: has {n_lines} lines, at most {MAX_CODE_LINES}; split it, or use a helper"
        for where, cell in cells(nb, "code")
        if (n_lines := n_code_lines(cell)) > MAX_CODE_LINES
    ]


def anatomy(nb: NotebookNode, path: Path) -> list[str]:
    """Hold a notebook to the course's order: opening, predictions, exercises, closing."""
    return [
        *heading_problems(nb),
        *opening_problems(nb),
        *prediction_problems(nb),
        *exercise_problems(nb),
        *closing_problems(nb),
        *fold_problems(nb),
    ]


def heading_problems(nb: NotebookNode) -> list[str]:
    """Hold headings to one title, in the first line, and no skipped level."""
    where, first = next(cells(nb))
    problems, level = [], 1
    if first.cell_type != "markdown" or not first.source.startswith("# "):
        problems.append(f"{where}: does not begin with a title; begin with '# ' and the title")
    titles = [where for where, heading in all_headings(nb) if heading.level == 1]
    for where in titles[1:]:
        problems.append(f"{where}: has a second H1 heading; use '## ' below the title")
    for where, heading in all_headings(nb):
        if heading.level > level + 1:
            advice = f"use H{level + 1}"
            problems.append(
                f"{where}: H{heading.level} '{heading.text}' follows H{level}; {advice}"
            )
        level = heading.level
    return problems


STATED_MINUTES = re.compile(r"\babout (\d+) minutes\b", re.I)


def opening(nb: NotebookNode) -> str:
    """Return the Markdown before the first code cell."""
    texts = []
    for cell in nb.cells:
        if cell.cell_type == "code":
            break
        texts.append(cell.source)
    return "\n\n".join(texts)


def opening_problems(nb: NotebookNode) -> list[str]:
    """Look for what a learner wants to know before starting."""
    where, text = next(cells(nb))[0], opening(nb)
    problems = [
        f"{where}: the opening lacks {what}; write it before the first code cell"
        for what, pattern in (
            ("'You will be able to'", r"You will be able to"),
            ("'You need'", r"You need"),
            ("its time, 'about N minutes'", STATED_MINUTES),
        )
        if not re.search(pattern, text)
    ]
    goals = re.search(r"You will be able to[^\n]*\n\s*((?:[-*+] .*\n?|[ \t]+\S.*\n?)*)", text)
    n_goals = len(LIST_ITEM.findall(goals[1])) if goals else 3
    if not 3 <= n_goals <= 5:
        problems.append(f"{where}: {n_goals} goals after 'You will be able to'; list 3 to 5")
    return problems


PREDICT = "**Predict.**"


def prediction_problems(nb: NotebookNode) -> list[str]:
    """Look for a prediction in each section that runs something, its answer folded away."""
    problems = []
    for section in sections(nb)[1:]:
        runs = [n for n, piece in enumerate(section.pieces) if piece.cell.cell_type == "code"]
        if not runs or section.is_one_of(WITHOUT_PREDICTION):
            continue
        if not any(PREDICT in piece.text for piece in section.pieces[: runs[-1]]):
            advice = f"ask for one before code that answers it, with '{PREDICT}'"
            problems.append(f"{section.where}: '{section.title}' has no prediction; {advice}")
    for where, cell in cells(nb, "markdown"):
        _, *prompts = cell.source.split(PREDICT)
        if not all(map(has_fold, prompts)):
            advice = "fold it under '<details><summary>...</summary>' in the same cell"
            problems.append(f"{where}: a prediction without an answer; {advice}")
    return problems


def exercise_problems(nb: NotebookNode) -> list[str]:
    """Look for enough exercises, saved as a learner finds them, each with a solution."""
    problems = []
    checks = [
        (number, where, cell, name)
        for number, (where, cell) in enumerate(cells(nb))
        if cell.cell_type == "code"
        for name in exercise_names(cell)
    ]
    names = {name for _, _, cell, name in checks if not asks_question(cell)}
    if len(names) < MIN_EXERCISES:
        problems.append(f"notebook: checks {len(names)} exercises; have {MIN_EXERCISES} or more")
    for number, where, cell, name in checks:
        saved = "\n".join(text for output in cell.outputs for _, text in texts(output))
        if "Not attempted yet" not in saved:
            advice = "run it before the exercise is filled in, and save"
            problems.append(f"{where}: '{name}' does not say 'Not attempted yet'; {advice}")
        later = (other for other, *_, its_name in checks if other > number and its_name != name)
        until_next = nb.cells[number + 1 : next(later, None)]
        answers = [other for other in until_next if other.cell_type == "markdown"]
        if not any(has_fold(answer.source, "Solution") for answer in answers):
            advice = "fold one under '<details><summary>Solution' before the next exercise"
            problems.append(f"{where}: '{name}' has no solution; {advice}")
    return problems


YEAR = re.compile(r"\b(?:18|19|20)\d\d\b")


def closing_problems(nb: NotebookNode) -> list[str]:
    """Look for the closing sections, their order, folded answers and dated sources."""
    by_title = {bare_title(section.title): section for section in sections(nb)}
    missing = [title for title in CLOSING_SECTIONS if title.lower() not in by_title]
    if missing:
        return [f"notebook: has no section '{title}'; add '## {title}'" for title in missing]
    expected = [by_title[title.lower()] for title in CLOSING_SECTIONS]
    ordered = [section for section in by_title.values() if section in expected]
    problems = []
    if ordered != expected:
        section = next(s for s, due in zip(ordered, expected, strict=True) if s is not due)
        order = ", ".join(CLOSING_SECTIONS)
        problems.append(f"{section.where}: '{section.title}' is out of order; order: {order}")
    _, questions, _, sources = expected
    if not has_fold(questions.text):
        problems.append(f"{questions.where}: questions without answers; fold each one's answer")
    items = LIST_ITEM.findall(sources.text)
    if not items:
        problems.append(f"{sources.where}: lists no source; list each with its year")
    problems += [
        f"{sources.where}: a source has no year: {shortened(item)}; add it"
        for item in items
        if not YEAR.search(item)
    ]
    return problems


def fold_problems(nb: NotebookNode) -> list[str]:
    """Hold each fold to its form: Markdown in it is rendered only after a blank line."""
    problems = []
    for where, cell in cells(nb, "markdown"):
        text = prose(cell.source)
        names = [tag.name for tag in tags(text)]
        depth = 0
        for name, following in pairwise([*names, ""]):
            depth += (name == "details") - (name == "/details")
            if name == "details" and following != "summary":
                problems.append(f"{where}: a <details> without <summary>; begin it with one")
            if depth < 0:
                break
        if depth != 0:
            problems.append(f"{where}: <details> and </details> do not pair up; close each once")
        if re.search(r"</summary>(?![ \t]*\n[ \t]*(?:\n|$))", text):
            problems.append(f"{where}: text right after </summary>; leave a blank line between")
    return problems


def slides(nb: NotebookNode, path: Path) -> list[str]:
    """Hold every cell to a place in the slide show.

    Code without a slide type stands on the slide of the cell before it. "-", which says the same
    to nbconvert, is refused: the deck of JupyterLab leaves such a cell out.
    """
    problems = []
    for where, cell in cells(nb):
        slide_type = cell.metadata.get("slideshow", {}).get("slide_type")
        if slide_type is None and cell.cell_type == "code":
            continue
        if slide_type not in SLIDE_TYPES:
            choice = ", ".join(SLIDE_TYPES)
            problems.append(f"{where}: has slide type {slide_type}; choose one of {choice}")
        elif cell is nb.cells[0] and slide_type != "slide":
            problems.append(f"{where}: begins the show as {slide_type}; make it a slide")
    return problems


# `[text](target "title")`, images too; a target may be wrapped in angle brackets.
MARKDOWN_LINK = re.compile(r"\]\(\s*<?([^\s)>]+)>?(?:\s+[\"'][^)]*)?\)")
# `[name]: target` at the beginning of a line.
LINK_DEFINITION = re.compile(r"^ {0,3}\[[^\]]+\]:\s*<?([^\s>]+)", re.MULTILINE)
WEB = re.compile(r"https?://[^\s)>\]\"']+")
# A target that is absolute on some system, or a file's URL.
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]|file:", re.I)
# `mailto:`, `data:`, `attachment:` and the web, which is looked at apart.
OTHER_SCHEME = re.compile(r"[A-Za-z][\w+.-]+:")
NUMBERED_LINK = re.compile(r"\[(?:[Nn]otebook )?(\d\d)\b[^\]]*\]\((\d\d)_")
"""The number of a notebook in the words of a link, at their beginning, and that of the file."""


def links(nb: NotebookNode, path: Path) -> list[str]:
    """Follow the links inside the course, and keep those to the web where sources belong."""
    problems = []
    for section in sections(nb):
        may_link_out = path.name.startswith("00") or section.is_one_of(("Sources",))
        for piece in section.pieces:
            text = prose(piece.text)
            if not may_link_out:
                problems += [
                    f"{piece.where}: links to {url}; move it to 'Sources'"
                    for url in WEB.findall(text)
                ]
            for target in link_targets(text):
                if fault := link_fault(target, nb, path):
                    problems.append(f"{piece.where}: links to {target}: {fault}")
            problems += [
                f"{piece.where}: a link says notebook {told}, and leads to {number}; one is wrong"
                for told, number in NUMBERED_LINK.findall(text)
                if told != number
            ]
    return problems


def link_targets(text: str) -> list[str]:
    """List what a Markdown text links to or shows, in Markdown's ways and in HTML's.

    Examples
    --------
    >>> link_targets('[a](b.ipynb#c) ![d](e.png "f") <a href="#g">h</a>')
    ['b.ipynb#c', 'e.png', '#g']
    """
    in_html = [tag.attributes.get("href") or tag.attributes.get("src") for tag in tags(text)]
    return [
        *MARKDOWN_LINK.findall(text),
        *LINK_DEFINITION.findall(text),
        *(target for target in in_html if target),
    ]


def link_fault(target: str, nb: NotebookNode, path: Path) -> str:
    """Say why a link leads nowhere, and what to do; empty if it does lead somewhere."""
    if ABSOLUTE.match(target):
        return "an absolute path; link relative to the notebook"
    if OTHER_SCHEME.match(target):
        return ""
    file, _, anchor = unquote(target).partition("#")
    destination = path.parent / file if file else path
    if file and not destination.exists():
        return "no such file; mend the link"
    if not anchor or destination.suffix != ".ipynb":
        return ""
    its_headings = all_headings(read_notebook(destination) if file else nb)
    if anchor not in {heading_anchor(heading.text) for _, heading in its_headings}:
        return "no such heading there; write the heading's text with '-' for each space"
    return ""


def heading_anchor(text: str) -> str:
    """Return a heading's anchor as JupyterLab and nbconvert form it: its text, '-' for a space.

    Examples
    --------
    >>> heading_anchor("What `tanh` does, *step* by step")
    'What-tanh-does,-step-by-step'
    """
    without_links = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return re.sub(r"[`*]", "", without_links).replace(" ", "-")


EQUATION_TAG = "equation:"


def equations_hold(nb: NotebookNode, path: Path) -> list[str]:
    """Evaluate each displayed equation with numbers that the library computes."""
    return [
        f"{where}: {problem}"
        for where, cell in cells(nb, "markdown")
        for problem in text_problems(cell.source, path.stem, cell.get("id", ""))
    ]


def equations_are_asserted(nb: NotebookNode, path: Path) -> list[str]:
    """Look for code that asserts each displayed equation: a cell tagged `equation:ITS-CELL`."""
    problems, asserted = [], set()
    displaying = {
        cell.get("id"): where for where, cell in cells(nb, "markdown") if "$$" in cell.source
    }
    for where, cell in cells(nb, "code"):
        tagged = [tag for tag in cell.metadata.get("tags", []) if tag.startswith(EQUATION_TAG)]
        for name in (tag.removeprefix(EQUATION_TAG) for tag in tagged):
            asserted.add(name)
            if name not in displaying:
                advice = "name a Markdown cell of this notebook with $$"
                problems.append(f"{where}: is tagged {EQUATION_TAG}{name}, which is none; {advice}")
        if tagged and not asserts_something(cell):
            problems.append(f"{where}: is tagged {tagged[0]} and asserts nothing; assert it")
    for name, where in displaying.items():
        if name not in asserted:
            advice = f"tag a cell that asserts it {EQUATION_TAG}{name}"
            problems.append(f"{where}: displays an equation that no cell asserts; {advice}")
    return problems


def one_notation(nb: NotebookNode, path: Path) -> list[str]:
    """Hold formulas and names to the notation of the course, but for what is quoted."""
    problems = []
    for where, cell in cells(nb):
        if (path.stem, cell.get("id")) in QUOTING or "**In the article" in cell.source:
            continue
        if cell.cell_type == "code":
            found = code_problems(syntax_tree(cell)[0])
        else:
            found = [
                *formula_problems(cell.source, path.stem),
                *word_problems(cell.source, path.stem),
            ]
        problems += [f"{where}: {problem}" for problem in found]
    return problems


def equation_problems(nb: NotebookNode, path: Path) -> list[str]:
    """Return all that is wrong with the equations of a notebook: values, cells, notation."""
    guards = (equations_hold, equations_are_asserted, one_notation)
    return [problem for guard in guards for problem in guard(nb, path)]


# They tell a learner who is stuck that it is their own fault.
BELITTLING = re.compile(r"\b(?:simply|just|obviously|of\s+course|clearly|trivial)\b", re.I)
TIME_STAMP = re.compile(r"\btime[-\s]?stamps?\b", re.I)


def plain_words(nb: NotebookNode, path: Path) -> list[str]:
    """Find words that belittle, and the article's `timestamp` outside its boxes."""
    problems = []
    for where, cell in cells(nb, "markdown"):
        text = prose(cell.source)
        for word in dict.fromkeys(BELITTLING.findall(text)):
            problems.append(f"{where}: says '{word}'; leave it out")
        if "In the article" not in text and (word := TIME_STAMP.search(text)):
            problems.append(f"{where}: says '{word[0]}'; say 'time step'")
    return problems


def reading_time(nb: NotebookNode, path: Path) -> list[str]:
    """Hold the stated time to the estimate: within a fifth of it, or 3 minutes."""
    stated, minutes = STATED_MINUTES.search(opening(nb)), notebook_minutes(nb)
    if stated is None or abs(int(stated[1]) - minutes) <= max(3, minutes / 5):
        return []
    where = next(where for where, cell in cells(nb) if stated[0] in cell.source)
    return [f"{where}: says '{stated[0]}', the estimate is {minutes}; write 'about {minutes}'"]


# What editors leave in a cell's metadata: when it ran, and how it was folded or shown.
CELL_STATE = ("execution", "ExecuteTime", "collapsed", "scrolled", "outputId", "vscode", "pycharm")


def no_state_left(nb: NotebookNode, path: Path) -> list[str]:
    """Find traces of the machine, the editor or the run that saved the notebook."""
    problems = []
    for key, expected in (("kernelspec", KERNELSPEC), ("language_info", LANGUAGE_INFO)):
        if nb.metadata.get(key) != expected:
            problems.append(f"notebook: metadata {key} is {nb.metadata.get(key)}; use {expected}")
    if "widgets" in nb.metadata:
        problems.append("notebook: holds widget state; remove it from the metadata")
    for where, cell in cells(nb):
        left = [key for key in CELL_STATE if key in cell.metadata]
        if "outputs_hidden" in cell.metadata.get("jupyter", {}):
            left.append("jupyter.outputs_hidden")
        problems += [f"{where}: metadata holds {key}; remove it" for key in left]
    for where, _, output in outputs(nb):
        if any("jupyter.widget" in mime for mime in output.get("data", {})):
            problems.append(f"{where}: shows a widget, which needs a kernel; show HTML instead")
    return problems


# Numbers -------------------------------------------------------------------------------------

NUMBER = re.compile(r"(?<![\w.,])(\d+(?:,\d+)*(?:\.\d+)?)(?!\w)([ \u00a0\u202f]?\\?%)?")
CODE_LINK_OR_TAG = re.compile(CODE + r"|\]\([^)]*\)|<[^<>]*>", re.DOTALL | re.MULTILINE)
LATER_YEAR = re.compile(r"(?:19|20)\d\d")
ASKED = ("question", "solution", "self-test")
"""How the ids of cells begin whose numbers are made up, to be worked with."""
OF_THE_TEXT = {
    "02_word_vectors": {"0.365"},  # 0.73 times 0.5, on the way to a result that is shown
    "03_recurrent_cell": {"0.9866"},  # tanh 2.5, in a question
    "05_bptt": {"136", "272", "2.8"},  # two runs for each of 136 numbers; the root of 8
    "07_generating_text": {"0.999", "0.99"},  # how fast Adam usually forgets, and what it is set to
    "08_reading_a_whole_sequence": {"1797"},  # so many pictures scikit-learn brings along
    "10_gates": {"0.00005"},  # the logistic function of -10
    "11_translation": {"99 %"},  # with other seeds; it would take minutes to show
    "12_from_numpy_to_pytorch": {"1024", "0.25"},  # two to the power ten; a half of a half
}
"""Numbers that no cell shows, by notebook; look at each before you add one."""


def numbers_are_shown(nb: NotebookNode, path: Path) -> list[str]:
    """Find numbers in the text that stand in no code and no output.

    These are those of three digits or more, those with decimals, and percentages. Round ones are
    left out, and years, sources, questions and their solutions. A number may be that of an output,
    rounded; a percentage may be a share there.
    """
    shown = {number for _, cell in cells(nb, "code") for number in all_numbers(cell.source)}
    for _, _, output in outputs(nb):
        shown |= {number for _, text in texts(output) for number in all_numbers(text)}
    shown |= OF_THE_TEXT.get(path.stem, set())
    problems = []
    for section in sections(nb):
        if section.is_one_of(("Sources", "Questions to check yourself")):
            continue
        for piece in section.pieces:
            if piece.cell.cell_type == "code" or piece.cell.id.startswith(ASKED):
                continue
            text = CODE_LINK_OR_TAG.sub(" ", piece.text).replace("{,}", ",")
            problems += [
                f"{piece.where}: says {number}, which no cell shows; print it, or see OF_THE_TEXT"
                for number in exact_numbers(text)
                if not is_rounded_from(number, shown)
            ]
    return problems


def exact_numbers(text: str) -> list[str]:
    """List the numbers that are no round ones, no years, and not just a digit or two.

    Examples
    --------
    >>> exact_numbers("26,180 of 1,000,000 in 1990: 36 % are 12, about 0.36, or 0.5")
    ['26180', '36 %', '0.36']
    >>> exact_numbers("120, 100, 0.0005, 1.50, 5 %")
    ['120', '0.0005', '1.50']
    """
    return [number for number in all_numbers(text) if _is_exact(number)]


def _is_exact(number: str) -> bool:
    figures = number.rstrip(" %").replace(".", "")
    is_round = len(figures.rstrip("0")) < 2
    has_decimals = len(figures.strip("0")) >= 2 and not number.isdigit()
    is_long = len(figures) >= 4 or len(figures.lstrip("0")) >= 3
    return not is_round and (has_decimals or is_long) and not LATER_YEAR.fullmatch(number)


def all_numbers(text: str) -> list[str]:
    """List the numbers of a text, without commas, percentages with their sign.

    Examples
    --------
    >>> all_numbers("1,000 of 7.5 are 3 % and 4%")
    ['1000', '7.5', '3 %', '4 %']
    """
    return [
        number.replace(",", "") + (" %" if is_percentage else "")
        for number, is_percentage in NUMBER.findall(text)
    ]


def is_rounded_from(number: str, shown: set[str]) -> bool:
    """Tell whether a number is one of these, or one of these with fewer decimals.

    Examples
    --------
    >>> is_rounded_from("0.693", {"0.69315"}), is_rounded_from("0.694", {"0.69315"})
    (True, False)
    >>> is_rounded_from("69 %", {"0.69315"}), is_rounded_from("69 %", {"69", "0.7"})
    (True, False)
    """
    if number in shown:
        return True
    figures, is_share, _ = number.partition(" %")
    form = f".{len(figures.partition('.')[2])}f"
    for one in shown:
        value, was_share, _ = one.partition(" %")
        if "." in value and (is_share or not was_share):
            times = 100 if is_share and not was_share else 1
            if f"{times * float(value):{form}}" == figures:
                return True
    return False


Guard = Callable[[NotebookNode, Path], list[str]]

GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        valid,
        executed_in_order,
        no_untagged_error,
        clean_output,
        no_stray_repr,
        no_long_decimals,
        ignored_output_is_asserted,
        ignored_output_is_compared,
        figures_have_alternatives,
        short_cells,
        anatomy,
        slides,
        links,
        numbers_are_shown,
        equations_hold,
        equations_are_asserted,
        one_notation,
        plain_words,
        reading_time,
        no_state_left,
    )
}
