"""Slides: a reveal.js deck of every notebook, with speaker notes, that needs no network.

The cells' slide types say what belongs together; here it is laid out so that it fits. Each slide
is filled with blocks (a paragraph, a list, a cell's code, its output) until the next one would
not fit, a figure gets a slide of its own, as large as it can be, and the notes say how long the
slide takes, what to ask, and which wrong answers to expect.
"""

import base64
import html
import io
import math
import re
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path

import jinja2
import matplotlib
from nbconvert.filters import Highlight2HTML, markdown2html
from nbformat import NotebookNode, reader
from PIL import Image

from publishing.cells import exercise_names, shows_figure
from publishing.folders import new_folder
from publishing.minutes import Minutes, cell_minutes, sections
from publishing.notes import opening_notes, speaker_notes

TEMPLATES = Path(__file__).with_name("templates")

# Sizes in CSS pixels, the same as in slides.css: a slide of 1280 x 720, without its margins and
# the running title. A line of 100 characters, the longest in the notebooks' code, fits.
WIDTH, HEIGHT = 1192, 612
TEXT_LINE, TEXT_WIDTH = 35, 88  # the height of a line, and how many characters fit on one
CODE_LINE, CODE_WIDTH = 25, 100
GAP = 14
LARGEST = 1.4  # a slide with little on it is magnified, at most so much
FIGURE = 800  # the width at which figures are drawn
FOR_READERS = ("**Time:**", "The terms of all notebooks are in")  # no slide needs these
STEPPER_CONTROLS = 120  # the slider and the caption


@dataclass
class Block:
    """A piece of a slide that is never cut: its HTML, how high, and for code how wide it is."""

    html: str
    height: float
    is_fragment: bool = False
    is_figure: bool = False
    columns: int = 0


@dataclass
class Slide:
    """What is on the screen at once."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    minutes: Minutes = field(default_factory=Minutes)

    @property
    def height(self) -> float:
        """The height of what is on it."""
        return sum(block.height for block in self.blocks)

    @property
    def zoom(self) -> float:
        """How far it can be magnified: text then also takes more lines, code must not."""
        if any(block.is_figure for block in self.blocks):
            return 1.0
        columns = max((block.columns for block in self.blocks), default=0)
        room = math.sqrt(0.95 * HEIGHT / max(self.height, 1))
        return max(1.0, min(LARGEST, room, CODE_WIDTH / max(columns, 1)))

    @property
    def seconds(self) -> int:
        """How long it takes, for the clock of the speaker's view."""
        return max(5, round(60 * self.minutes.whole))

    @property
    def duration(self) -> str:
        """How long it takes, in words."""
        return f"{self.minutes.whole:.1f} min"


@dataclass
class Stack:
    """A section: slides, one below the other; its minutes are those of all of its cells."""

    title: str
    slides: list[Slide]
    minutes: Minutes


# What a cell becomes ---------------------------------------------------------------------------


def lines_of(text: str, width: int) -> int:
    r"""Count the lines of a text when long ones are broken.

    Examples
    --------
    >>> lines_of("ab" * 30 + "\n\nc", width=40)
    4
    """
    return sum(max(1, math.ceil(len(line) / width)) for line in text.rstrip("\n").split("\n"))


def visible(markdown: str) -> str:
    r"""Return about what is seen of a text: no tags, no targets, formulas without their names.

    Examples
    --------
    >>> visible("**Bold** [link](a.html), $\\tanh(W_{xh})$ <b>x</b>")
    'Bold link, tanh(Wxh) x'
    """
    text = re.sub(r"<[^<>]+>", "", re.sub(r"\]\([^)]*\)", "]", markdown))
    text = re.sub(r"\\(?:frac|partial|text|mathrm|left|right|,|;|quad|begin|end)", "", text)
    return re.sub(r"[*_`$\\{}\[\]]", "", text)


def blocks_of_markdown(source: str) -> list[str]:
    r"""Cut a text where a slide may end: between paragraphs, lists, tables and folds.

    A heading stays with what follows, and a question with its folded answer.

    Examples
    --------
    >>> fold = "<details><summary>Answer</summary>\n\nYes.\n\n</details>"
    >>> text = f"One.\n\n- a\n- b\n\n**Why?**\n\n{fold}"
    >>> [block[:8] for block in blocks_of_markdown(text)]
    ['One.', '- a\n- b', '**Why?**']
    """
    pieces, depth, fenced = [[]], 0, False
    for line in source.strip().split("\n"):
        if re.match(r"\s*```", line):
            fenced = not fenced
        depth += len(re.findall(r"<(?:details|div)\b", line))
        depth -= len(re.findall(r"</(?:details|div)>", line))
        if line.strip() or depth or fenced:
            pieces[-1].append(line)
        elif pieces[-1]:
            pieces.append([])
    blocks: list[str] = []
    for text in ("\n".join(piece) for piece in pieces if piece):
        together = blocks and (
            text.startswith("<details")
            or re.fullmatch(r"#{1,6} .*", blocks[-1])
            or blocks[-1].endswith(":")
        )
        if together:
            blocks[-1] += "\n\n" + text
        else:
            blocks.append(text)
    return blocks


def height_of_markdown(source: str, width: int = TEXT_WIDTH) -> float:
    """Estimate how high a text will be, with its folds open."""
    height, fenced = 0.0, False
    paragraph: list[str] = []
    table: list[str] = []

    def end_of_paragraph():
        nonlocal height
        text = visible(" ".join(paragraph)).strip()
        height += lines_of(text, width) * TEXT_LINE + GAP if text else 0
        height += sum(row_heights(table, width)) + GAP if table else 0
        paragraph.clear()
        table.clear()

    for line in source.split("\n"):
        if line.startswith("|") and not fenced:
            table.append(line)
            continue
        if not (paragraph and re.match(r"[^\W]|\(", line)):
            end_of_paragraph()
        if re.match(r"\s*```", line):
            fenced = not fenced
            height += GAP
        elif fenced:
            height += CODE_LINE
        elif heading := re.match(r"(#{1,6}) (.*)", line):
            size = {1: 64, 2: 50}.get(len(heading[1]), 40)
            height += lines_of(visible(heading[2]), TEXT_WIDTH * 30 // size) * size + GAP
        elif re.match(r"\s*(?:[-*+]|\d+\.) ", line):
            paragraph.append("    " + line)
        elif "$$" in line:  # around one formula, or the first and last line of several
            height += 2.2 * TEXT_LINE if line.count("$$") == 2 else GAP
        elif re.search(r"\\\\(\[.*\])?\s*$", line):
            height += 1.5 * TEXT_LINE
        elif line.startswith(("<div", "<details")):
            height += 2 * GAP + (TEXT_LINE if "<summary>" in line else 0)
        else:
            paragraph.append(line)
    end_of_paragraph()
    return height


def row_heights(rows: list[str], width: int) -> list[float]:
    """Estimate the heights of a table's rows; a long column gets more of the width."""
    cells = [
        [visible(cell).strip() for cell in row.strip().strip("|").split("|")]
        for row in rows
        if not re.fullmatch(r"[|:\- ]+", row)
    ]
    longest = [max(map(len, column)) for column in zip(*cells, strict=True)]
    share = min(1.0, 0.9 * width / max(1, sum(longest)))
    widths = [max(6, int(length * share)) for length in longest]
    lines = [max(map(lines_of, row, widths)) for row in cells]
    return [n_lines * 31 + 11 for n_lines in lines]


def cut_table(source: str) -> list[str]:
    """Cut a table that is too long for a slide into several, each with the heads of the columns.

    What stands before the table, such as its heading, stays with the first of them.
    """
    lines = source.split("\n")
    before = next((at for at, line in enumerate(lines) if line.startswith("|")), len(lines))
    head, rows = lines[before : before + 2], lines[before + 2 :]
    is_table = rows and all(row.startswith("|") for row in rows)
    if not is_table or height_of_markdown(source) <= HEIGHT:
        return [source]
    first, *heights = row_heights(head + rows, TEXT_WIDTH)
    start = "\n".join(lines[:before])
    tables = [[start, *head]] if start else [[*head]]
    room = 0.95 * HEIGHT - height_of_markdown(start) - first - GAP
    for row, height in zip(rows, heights, strict=True):
        if height > room:
            tables.append([*head])
            room = 0.95 * HEIGHT - first - GAP
        tables[-1].append(row)
        room -= height
    return ["\n".join(table) for table in tables]


def of_markdown(cell: NotebookNode, links) -> list[Block]:
    """Make the blocks of a text cell."""
    source = cell.source.replace(' style="color:#00363D"', "")
    return [
        Block(links(markdown2html(text)), height_of_markdown(text), columns=code_columns(text))
        for block in blocks_of_markdown(source)
        for text in cut_table(block)
        if not text.startswith(FOR_READERS)
    ]


def code_columns(markdown: str) -> int:
    r"""Return how wide the code in a text is, in characters.

    Examples
    --------
    >>> code_columns("Write:\n\n```python\nx = 1\n```\n\nA longer line of text.")
    5
    """
    fences = re.findall(r"```\w*\n(.*?)```", markdown, flags=re.DOTALL)
    return max((len(line) for fence in fences for line in fence.split("\n")), default=0)


def of_code(cell: NotebookNode) -> list[Block]:
    """Make the blocks of a code cell: its code, what it prints, its figures.

    A cell that has a slide of its own for a large figure shares one with what is before it, since
    the figure has a slide of its own anyway.
    """
    shown = figures(cell)
    hidden_first = slide_type(cell) in (("fragment", "subslide") if shown else ("fragment",))
    code = Highlight2HTML(pygments_lexer="python3")(cell.source)
    printed = "" if exercise_names(cell) else printed_by(cell)
    output = f'<pre class="output">{html.escape(printed)}</pre>' if printed else ""
    heights = [
        lines_of(text, CODE_WIDTH) * CODE_LINE + 20 + GAP if text else 0
        for text in (cell.source, printed)
    ]
    columns = [max(map(len, text.split("\n"))) for text in (cell.source, printed)]
    if printed and sum(columns) + 8 <= CODE_WIDTH and sum(heights) > HEIGHT / 2:
        both = f'<div class="beside">{code}{output}</div>'
        blocks = [Block(both, max(heights), hidden_first, columns=sum(columns) + 8)]
    elif sum(heights) <= HEIGHT:
        blocks = [Block(code + output, sum(heights), hidden_first, columns=max(columns))]
    else:
        blocks = [Block(code, heights[0], hidden_first, columns=columns[0])]
        blocks += [Block(output, heights[1], columns=columns[1])]
    return blocks + [Block(figure(one), HEIGHT, is_figure=True) for one in shown]


def slide_type(cell: NotebookNode) -> str:
    """Return what the author made of a cell; empty: it stands where the cell before it stands."""
    return cell.metadata.get("slideshow", {}).get("slide_type", "")


def printed_by(cell: NotebookNode) -> str:
    """Return what a cell printed."""
    texts = [output.text for output in cell.outputs if output.output_type == "stream"]
    return "".join(texts).rstrip("\n")


def figures(cell: NotebookNode) -> list[NotebookNode]:
    """List the outputs of a cell that show a figure."""
    return [output for output in cell.get("outputs", []) if shows_figure(output)]


def figure(output: NotebookNode) -> str:
    """Make a figure as large as a slide allows; a stepper is magnified with its controls."""
    page = output.data["text/html"]
    if "data-controls" not in page:
        return f'<div class="figure">{page}</div>'
    png = re.search(r"base64,([A-Za-z0-9+/=]+)", html.unescape(page))[1]
    with Image.open(io.BytesIO(base64.b64decode(png))) as image:
        in_a_row = int(re.search(r"--in-a-row:\s*(\d+)", html.unescape(page))[1])
        high = FIGURE * image.height / (image.width / in_a_row)
    zoom = min(WIDTH / FIGURE, HEIGHT / (high + STEPPER_CONTROLS))
    return f'<div class="figure" style="zoom:{zoom:.3f}">{page}</div>'


# How slides are filled -------------------------------------------------------------------------


def lay_out(nb: NotebookNode, stem: str, links=lambda page: page) -> list[Stack]:
    """Lay the cells of a notebook out on slides, section by section.

    Parameters
    ----------
    nb : NotebookNode
        An executed notebook.
    stem : str
        The name of its file, without the ending: what the speaker notes are found by.
    links : callable
        Rewrites the links of a piece of HTML.

    Returns
    -------
    list of Stack
        No slide is higher than `HEIGHT`, by the estimate, unless one block alone is.
    """
    minutes = {id(cell): each for cell, each in zip(nb.cells, cell_minutes(nb), strict=True)}
    stacks = []
    for section in sections(nb):
        slides: list[Slide] = []
        for cell in section.cells:
            kind = slide_type(cell)
            if not slides or kind == "slide" or (kind == "subslide" and not figures(cell)):
                slides.append(Slide(cell.id))
            if kind == "notes":
                slides[-1].notes.append(links(markdown2html(cell.source)))
            elif kind != "skip":
                fill(slides, of_markdown(cell, links) if is_text(cell) else of_code(cell), cell.id)
                slides[-1].notes += speaker_notes(cell, stem)
            slides[-1].minutes = slides[-1].minutes.plus(minutes[id(cell)])
        if not stacks:
            slides[0].notes[:0] = opening_notes(stem)
        if any(slide.blocks for slide in slides):  # the sources are left out whole
            stacks.append(Stack(section.title, slides, section.minutes))
    return stacks


def is_text(cell: NotebookNode) -> bool:
    """Tell whether a cell is Markdown."""
    return cell.cell_type == "markdown"


def fill(slides: list[Slide], blocks: Iterable[Block], name: str):
    """Put blocks on the last slide, and on new ones where it is full."""
    for number, block in enumerate(blocks):
        last = slides[-1]
        full = block.is_figure or last.height + block.height > HEIGHT
        if last.blocks and (full or last.blocks[-1].is_figure):
            block.is_fragment = False  # the slide itself is what is shown next
            slides.append(Slide(f"{name}-{number + 1}"))
        slides[-1].blocks.append(block)


# Files -----------------------------------------------------------------------------------------


def deck_links(stem: str, anchors: dict[str, str], decks: Iterable[str]):
    """Return a function that makes links between notebooks lead from deck to deck.

    Links to files that are no deck are taken out: their text stays.
    """
    decks = set(decks)

    def target(found):
        path, _, anchor = html.unescape(found[1]).partition("#")
        name = Path(path).stem if path else stem
        if path.startswith(("http:", "https:")):
            return found[0]
        if name in decks and (not path or path.endswith(".ipynb")):
            slide = anchors.get(f"{name}#{anchor}", "")
            return f'<a href="{name}.html{"#/" + slide if slide else ""}">{found[2]}</a>'
        return found[2]

    def links(page):
        page = re.sub(r'<a class="anchor-link".*?</a>', "", page)
        return re.sub(r'<a href="([^"]*)"[^>]*>(.*?)</a>', target, page, flags=re.DOTALL)

    return links


def slide_anchors(notebooks: dict[str, NotebookNode]) -> dict[str, str]:
    """Map `stem#Title-of-a-section` to the id of the cell in which that section begins."""
    return {
        f"{stem}#{section.title.replace(' ', '-')}": section.cells[0].id
        for stem, nb in notebooks.items()
        for section in sections(nb)
    }


def data_uri(path: Path) -> str:
    """Return a file as text that a style sheet can hold: browsers load no fonts from the disk."""
    return "data:font/woff;base64," + base64.b64encode(path.read_bytes()).decode()


def add_command(parser):
    """Tell a parser of the command line what `run` needs."""
    parser.add_argument("folder", type=Path, help="where to write; older slides are replaced")
    parser.add_argument("notebooks", type=Path, nargs="+")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Build, and say what was built."""
    for stem, n_slides in write_decks(options.notebooks, options.folder).items():
        print(f"{stem:<32} {n_slides:>3} slides")
    print(f"Open {options.folder / 'index.html'} in a browser.")
    return 0


def write_decks(paths: Iterable[Path], folder: Path) -> dict[str, int]:
    """Write a deck of each notebook, and what they need, into a folder: all of it or nothing.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        The notebooks, executed.
    folder : pathlib.Path
        Where to write. An older folder of slides is replaced; another one is left alone.

    Returns
    -------
    dict
        How many slides the deck of each notebook has.

    Raises
    ------
    FileExistsError
        If there is something in the place of the folder that was not made here.
    ValueError
        If one of the files is no notebook.
    """
    notebooks = {Path(path).stem: read(Path(path)) for path in paths}
    anchors = slide_anchors(notebooks)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), trim_blocks=True, lstrip_blocks=True
    )
    counts, listed = {}, []
    with new_folder(folder) as whole:
        copy_packages(whole)
        for stem, nb in notebooks.items():
            stacks = lay_out(nb, stem, deck_links(stem, anchors, notebooks))
            page = environment.get_template("deck.html.j2").render(
                title=stacks[0].title, stacks=stacks
            )
            (whole / f"{stem}.html").write_text(page, encoding="utf-8", newline="\n")
            counts[stem] = sum(len(stack.slides) for stack in stacks)
            telling = sum(stack.minutes.telling for stack in stacks)
            doing = sum(stack.minutes.doing for stack in stacks)
            listed.append((stem, stacks[0].title, counts[stem], round(telling), round(doing)))
        index = environment.get_template("index.html.j2").render(decks=listed)
        (whole / "index.html").write_text(index, encoding="utf-8", newline="\n")
    return counts


def read(path: Path) -> NotebookNode:
    """Read a notebook, or say that it is none."""
    try:
        notebook = reader.reads(path.read_text(encoding="utf-8"))
        if notebook.cells:
            return notebook
    except (ValueError, TypeError, AttributeError, reader.NotJSONError):
        pass  # the message below says what is expected
    raise ValueError(f"{path} is not a notebook: expected JSON with cells")


def copy_packages(folder: Path):
    """Copy reveal.js, MathJax and the fonts, with their licences, from the packages with them."""
    revealjs = Path(str(files("sphinx_revealjs"))) / "_static/revealjs"
    for part in ("dist/reveal.js", "dist/reveal.css", "dist/reset.css", "plugin/notes", "LICENSE"):
        source, target = revealjs / part, folder / "reveal.js" / part
        target.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, target)
    mathjax = Path(str(files("mathjax"))) / "static/mathjax"
    shutil.copyfile(mathjax / "es5/tex-svg.js", folder / "tex-svg.js")
    sans = revealjs / "dist/theme/fonts/source-sans-pro"
    mono = Path(matplotlib.get_data_path()) / "fonts/ttf"
    fonts = {
        "regular": sans / "source-sans-pro-regular.woff",
        "italic": sans / "source-sans-pro-italic.woff",
        "semibold": sans / "source-sans-pro-semibold.woff",
        "mono": mono / "DejaVuSansMono.ttf",
    }
    style = (TEMPLATES / "slides.css").read_text(encoding="utf-8")
    for name, path in fonts.items():
        style = style.replace(f"{{{{ {name} }}}}", data_uri(path))
    (folder / "slides.css").write_text(style, encoding="utf-8", newline="\n")
    licences = {
        "MathJax": mathjax / "LICENSE",
        "Source Sans Pro": sans / "LICENSE",
        "DejaVu Sans Mono": mono / "LICENSE_DEJAVU",
    }
    (folder / "licences").mkdir()
    for name, path in licences.items():
        shutil.copyfile(path, folder / "licences" / f"{name}.txt")
