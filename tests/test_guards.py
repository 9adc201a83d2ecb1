"""Plant every kind of fault in a faultless notebook: the guards, and nbval, must report it."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
from nbformat import NotebookNode, v4
from nbval.plugin import comment_markers, metadata_tags
from notebook_guards import (
    GUARDS,
    KERNELSPEC,
    LANGUAGE_INFO,
    n_undescribed_images,
    read_notebook,
)

from course import fingerprint

SANITIZE = Path(__file__).with_name("nbval_sanitize.cfg")

# The faultless notebook ------------------------------------------------------------------------

TITLE = """\
# Counting words

You will see a sentence become numbers, in about 19 minutes.

You will be able to

- count the words of a sentence,
- draw the counts,
- say what
  counts forget.

You need nothing but a sentence."""

PREDICT_COUNT = """\
**Predict.** How many words has "Chetan works as an ML engineer."?

<details><summary>Answer</summary>

Six, as `len` says: see [the recap](#2.-Recap).

</details>"""

PREDICT_FAILURE = """\
## What has no length?

**Predict.** What does `len(7)` do?

<details><summary>Answer</summary>

It fails. <img src="00_start_here.ipynb" alt="A ruler that ends nowhere"/>

</details>"""

ARTICLE = """\
> **In the article**: "The first one is the Timestamp." The usual word is time step."""

SOLUTION = """\
<details><summary>Solution</summary>

```python
# Count, then compare.
answer = 6
```

</details>"""

RECAP = """\
## 2. Recap

| word | number |
|---|---|
| engineer | 1 |

[Start here](00_start_here.ipynb#What-you-need) tells what you need."""

QUESTIONS = """\
## Questions to check yourself

1. How many words has an empty sentence?

   <details><summary>Answer</summary>

   None.

   </details>"""

NEXT = """\
## What comes next

Numbers that mean something."""

SOURCES = """\
## Sources

- Elman: [Finding structure in time](https://doi.org/10.1207/s15516709cog1402_1).
  Cognitive Science, 1990."""

SETUP = '''\
import sys
import time

from IPython.display import HTML, display


def check(name, answer):
    """Stand in for the check of the course."""
    print(f"Not attempted yet: {name}. Write your answer, then run this cell again.")'''

COUNT = """\
sentence = "Chetan works as an ML engineer."
print("words:", len(sentence.split()))"""

PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
ALTERNATIVE = "Six bars of the same height, one for each word; each word occurs once."
BARS_HTML = f'<img alt="{ALTERNATIVE}" src="data:image/png;base64,{PNG}">'
BARS = f"""\
png = "{PNG}"
alternative = "{ALTERNATIVE}"
html = f'<img alt="{{alternative}}" src="data:image/png;base64,{{png}}">'
display({{"text/html": html, "text/plain": alternative}}, raw=True)"""

STEPS = """\
display(HTML(html.replace("Six bars", "Step 1 of 6: one bar")))"""
SLIDER = BARS_HTML.replace("Six bars", "Step 1 of 6: one bar")
HTML_REPR = "<IPython.core.display.HTML object>"

TIMING = """\
started = time.perf_counter()
seconds = time.perf_counter() - started
print(seconds)
assert seconds < 60"""

BAR = "100%|##########| 3/3 [00:01<00:00, 2.97it/s, loss=1.79]"
PROGRESS = f'print("{BAR}", file=sys.stderr)'


def markdown(cell_id, source, slide_type="slide"):
    metadata = {"slideshow": {"slide_type": slide_type}}
    return v4.new_markdown_cell(source, id=cell_id, metadata=metadata)


def code(cell_id, source, *outputs, tags=()):
    metadata = {"slideshow": {"slide_type": "fragment"}, "tags": list(tags)}
    return v4.new_code_cell(source, id=cell_id, outputs=list(outputs), metadata=metadata)


def loosely_compared(cell_id, source, *outputs):
    cell = code(cell_id, source, *outputs)
    cell.metadata.tags = ["nbval-ignore-output", "numbers-within-99-percent"]
    cell.metadata.executed = fingerprint(cell)
    return cell


def stream(text, name="stdout"):
    return v4.new_output("stream", name=name, text=text)


def shown(data, metadata=None, output_type="display_data"):
    return v4.new_output(output_type, data=data, metadata=metadata or {})


def exercise(name):
    said = f"Not attempted yet: {name}. Write your answer, then run this cell again.\n"
    return [
        code(f"check-{name}", f'answer = None\ncheck("{name}", answer)', stream(said)),
        markdown(f"solution-{name}", SOLUTION, "skip"),
    ]


def numbered(nb):
    """Give the code cells the counts of a run from the top."""
    for count, cell in enumerate((c for c in nb.cells if c.cell_type == "code"), 1):
        cell.execution_count = count
    return nb


def faultless_notebook():
    bars = shown({"text/html": BARS_HTML, "text/plain": ALTERNATIVE})
    failure = v4.new_output(
        "error",
        ename="TypeError",
        evalue="object of type 'int' has no len()",
        traceback=[
            "\x1b[31mTypeError\x1b[39m    Traceback (most recent call last)",
            "\x1b[36mCell\x1b[39m \x1b[32mIn[5]\x1b[39m\n----> 1 len(7)",
            "\x1b[31mTypeError\x1b[39m: object of type 'int' has no len()",
        ],
    )
    nb = v4.new_notebook(
        metadata={"kernelspec": dict(KERNELSPEC), "language_info": dict(LANGUAGE_INFO)},
        cells=[
            markdown("title", TITLE),
            code("setup", SETUP),
            markdown("section", "## What is counted?\n\nWords."),
            markdown("predict", PREDICT_COUNT, "subslide"),
            code("count", COUNT, stream("words: 6\n")),
            code("bars", BARS, bars),
            code("steps", STEPS, shown({"text/html": SLIDER, "text/plain": HTML_REPR})),
            markdown("predict-failure", PREDICT_FAILURE),
            code("failure", "len(7)", failure, tags=["raises-exception"]),
            loosely_compared("timing", TIMING, stream("1.57199999e-07\n")),
            code("progress", PROGRESS, stream(f"{BAR}\n", "stderr"), tags=["stderr-expected"]),
            markdown("article", ARTICLE, "notes"),
            markdown("exercises", "## Exercises"),
            *exercise("total"),
            *exercise("longest"),
            *exercise("order"),
            markdown("recap", RECAP),
            markdown("questions", QUESTIONS),
            markdown("next", NEXT),
            markdown("sources", SOURCES),
        ],
    )
    return numbered(nb)


FAULTLESS = faultless_notebook()


@pytest.fixture
def notebook():
    return deepcopy(FAULTLESS)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """Where the faultless notebook would lie, beside another one that it links to."""
    folder = tmp_path_factory.mktemp("notebooks")
    other = v4.new_notebook(cells=[markdown("needs", "# What `you` need")])
    nbformat.write(other, folder / "00_start_here.ipynb")
    return folder / "01_counting_words.ipynb"


# The faults ------------------------------------------------------------------------------------
#
# A plant spoils a notebook and returns the cell that is to blame, or None for the notebook itself.

Plant = Callable[[NotebookNode], NotebookNode | None]


class Fault(NamedTuple):
    """A fault, the guard that must report it, and what the report must say."""

    guard: str
    says: str
    plant: Plant


def cell_of(nb, cell_id):
    return next(cell for cell in nb.cells if cell.get("id") == cell_id)


def outputs(*new, cell="count"):
    """Put other outputs in a cell."""

    def plant(nb):
        blamed = cell_of(nb, cell)
        blamed.outputs = deepcopy(list(new))
        return blamed

    return plant


def prints(text, cell="count"):
    return outputs(stream(text), cell=cell)


def result(text, **others):
    return outputs(shown({"text/plain": text, **others}, output_type="execute_result"))


def figure(alternative):
    """Put a figure in the cell of the bars, as `show` writes it."""
    html = BARS_HTML.replace(ALTERNATIVE, alternative)
    return outputs(shown({"text/html": html, "text/plain": alternative}), cell="bars")


def bare_image(mime, **metadata):
    """Put an image in the cell of the bars, as `plt.show()` writes it."""
    return outputs(shown({mime: PNG, "text/plain": ALTERNATIVE}, metadata), cell="bars")


def source(cell, old, new):
    """Change a cell's source; an empty `old` stands for all of it."""

    def plant(nb):
        blamed = cell_of(nb, cell)
        assert old in blamed.source
        blamed.source = blamed.source.replace(old, new) if old else new
        return blamed

    return plant


def appended(text, cell="section"):
    return source(cell, "", f"{cell_of(FAULTLESS, cell).source}\n\n{text}")


def attribute(cell, **values):
    def plant(nb):
        blamed = cell_of(nb, cell)
        blamed.update(values)
        return blamed

    return plant


def metadata(cell, **values):
    def plant(nb):
        blamed = cell_of(nb, cell)
        blamed.metadata.update(nbformat.from_dict(values))
        return blamed

    return plant


def executed(plant):
    """Store what a changed cell shows, as `python course.py notebooks` does."""

    def planted(nb):
        cell = plant(nb)
        cell.metadata.executed = fingerprint(cell)
        return cell

    return planted


def without(cell, blamed=None):
    """Remove a cell."""

    def plant(nb):
        nb.cells.remove(cell_of(nb, cell))
        return blamed and cell_of(nb, blamed)

    return plant


def moved(cell, before, blamed):
    """Move a cell."""

    def plant(nb):
        moving = cell_of(nb, cell)
        nb.cells.remove(moving)
        nb.cells.insert(nb.cells.index(cell_of(nb, before)), moving)
        return cell_of(nb, blamed)

    return plant


def blaming(cell, plant):
    """Blame another cell than the one that is changed; None for the notebook."""

    def planted(nb):
        plant(nb)
        return cell and cell_of(nb, cell)

    return planted


def of_notebook(**values):
    """Change the notebook's metadata."""

    def plant(nb):
        nb.metadata.update(nbformat.from_dict(values))

    return plant


def without_id(nb):
    blamed = cell_of(nb, "count")
    del blamed["id"]
    return blamed


def old_format(nb):
    nb.nbformat_minor = 4


def longer(n_words):
    """Add so many words to the recap."""
    return blaming("title", appended("word " * n_words, "recap"))


LINES_16 = "\n\n".join(f"x = {n}" for n in range(16))


def tagged_for(displaying, asserting):
    """Display an equation in `section`, and tag a cell that is to assert the one of another."""

    def plant(nb):
        appended("$$a = 1$$")(nb)
        tags = cell_of(nb, asserting).metadata.get("tags", [])
        metadata("timing", tags=["nbval-ignore-output", "equation:section"])(nb)
        return metadata(asserting, tags=[*tags, "equation:section", f"equation:{displaying}"])(nb)

    return plant


LONG = "Six bars of the same height, one for each word; "
NO_PREDICTION = source("predict", "**Predict.**", "Guess:")

FAULTS = [
    Fault("valid", "has no id", without_id),
    Fault("valid", "shares its id", attribute("count", id="setup")),
    Fault("valid", "format 4.4", old_format),
    Fault("valid", "against the notebook format", metadata("count", tags="a-tag")),
    Fault("valid", "against the notebook format", attribute("count", execution_count="five")),
    Fault("valid", "against the notebook format", attribute("count", id="with a blank")),
    Fault("executed_in_order", "was not executed", attribute("bars", execution_count=None)),
    Fault("executed_in_order", "count 7, expected 3", attribute("bars", execution_count=7)),
    Fault("executed_in_order", "count 2, expected 3", attribute("bars", execution_count=2)),
    Fault("executed_in_order", "is an empty code cell", attribute("bars", source=" \n")),
    Fault("no_untagged_error", "ends in TypeError", metadata("failure", tags=[])),
    Fault("no_untagged_error", "raises none", metadata("count", tags=["raises-exception"])),
    *(
        Fault("clean_output", f"absolute path: {path}", prints(f"from {path} read\n"))
        for path in (
            "/home/ada/course/words.txt",
            "/Users/ada/words.txt",
            "/root/words.txt",
            "/tmp/tmp1x/words.txt",
            "/usr/share/dict/words",
            "/work/words.txt",
            "/opt/words",
            "/var/log/words",
            "/private/var/words",
            "~/course/words.txt",
            "file:///srv/words.txt",
            "site-packages",
            "C:/Users/ada/words.txt",
        )
    ),
    Fault("clean_output", r"path: C:\\Users\\ada", prints("from C:\\Users\\ada\n")),
    Fault("clean_output", "absolute path: /home", result("PosixPath('/home/ada')")),
    Fault(
        "clean_output",
        "absolute path: /home",
        outputs(shown({"text/html": "<b>/home/ada</b>", "text/plain": HTML_REPR})),
    ),
    Fault("clean_output", "absolute path: /home", outputs(shown({"text/markdown": "`/home/ada`"}))),
    Fault(
        "clean_output",
        "absolute path: /home",
        outputs(
            v4.new_output("error", ename="E", evalue="e", traceback=["File \x1b[32m/home/ada/x.py"])
        ),
    ),
    Fault(
        "clean_output",
        "absolute path: /home",
        outputs(v4.new_output("error", ename="E", evalue="no /home/ada/x.txt", traceback=[])),
    ),
    Fault("clean_output", "address: at 0x7f", prints("<function f at 0x7f3a5c0d1e40>\n")),
    Fault("clean_output", "address: 0x7f3a", prints("id 0x7f3a5c0d1e40\n")),
    Fault("clean_output", "warning: RuntimeWarning:", prints("RuntimeWarning: overflow\n")),
    Fault("clean_output", "warning: warnings.warn", prints("  warnings.warn(message)\n")),
    Fault("clean_output", "writes to stderr: oh", outputs(stream("oh\n", "stderr"))),
    Fault("clean_output", "a progress bar", prints(" 30%|###       | 3/10\n")),
    Fault("clean_output", "a progress bar", blaming("progress", metadata("progress", tags=[]))),
    Fault("clean_output", "a uuid", prints("1b4e28ba-2fa1-11d2-883f-0016d3cca427\n")),
    Fault(
        "clean_output",
        "a uuid",
        outputs(shown({"text/html": '<div id="_anim_img1b4e28ba2fa111d2883f0016d3cca427">'})),
    ),
    Fault("clean_output", "colour codes", prints("\x1b[31mred\x1b[0m\n")),
    Fault(
        "clean_output",
        "scikit-learn's HTML",
        outputs(shown({"text/html": '<div id="sk-container-id-1">', "text/plain": "Ridge()"})),
    ),
    *(
        Fault("no_stray_repr", f"shows {plain}", result(plain))
        for plain in (
            "<matplotlib.legend.Legend>",
            "Text(0.5, 1.0, 'loss')",
            "[<matplotlib.lines.Line2D>]",
            "<Figure size 600x300 with 1 Axes>",
            "<Axes: xlabel='step'>",
            "array([<Axes: >, <Axes: >], dtype=object)",
            "(array([1., 2.]), array([0., 1.]), <BarContainer>)",
            "{'boxes': [<matplotlib.lines.Line2D>]}",
            "[Text(0, 0, 'a'), Text(1, 0, 'b')]",
            "<function check(name, answer)>",
            "<rnnhelpers.text.Vocabulary object>",
            "<BarContainer object of 6 artists>",
            "<generator object tokens>",
            "<map>",
        )
    ),
    Fault("no_stray_repr", "shows <Axes", result("<Axes: >", **{"image/png": PNG})),
    Fault(
        "no_stray_repr",
        "figure described as",
        outputs(shown({"image/png": PNG, "text/plain": "<Figure size 600x300 with 1 Axes>"})),
    ),
    Fault("no_stray_repr", "shows <Figure", outputs(shown({"text/plain": "<Figure size 1x1>"}))),
    Fault("no_long_decimals", "6 decimals: 0.3333333", prints("p = 0.3333333\n")),
    Fault("no_long_decimals", "6 decimals", result("np.float64(0.1234567890)")),
    Fault(
        "no_long_decimals",
        "6 decimals",
        outputs(shown({"text/html": "<td>0.12345678</td>", "text/plain": "a table"})),
    ),
    Fault("no_long_decimals", "6 decimals: 0.6666667", figure(LONG + "0.6666667 high")),
    Fault("no_long_decimals", "negative zero: -0.0000", prints("[ 1.0000 -0.0000]\n")),
    Fault("no_long_decimals", "negative zero: -0.", prints("[-0.  1.]\n")),
    Fault("no_long_decimals", "noise: 1.2e-13", prints("difference 1.2e-13\n")),
    Fault("no_long_decimals", "noise: 4.44e-16", result("4.44e-16")),
    Fault("no_long_decimals", "noise: 5e-10", prints("off by 5e-10\n")),
    Fault(
        "no_long_decimals",
        "6 decimals",
        outputs(v4.new_output("error", ename="E", evalue="got 0.12345678", traceback=[])),
    ),
    Fault("no_long_decimals", "6 decimals", blaming("timing", metadata("timing", tags=[]))),
    *(
        Fault("ignored_output_is_asserted", "its output is ignored", source("timing", old, new))
        for old, new in (
            ("assert seconds < 60", "# assert seconds < 60"),
            ("assert seconds < 60", "print('assert seconds < 60')"),
            ("assert seconds < 60", "assert True"),
            ("assert seconds < 60", "def bounded():\n    assert seconds < 60"),
            ("assert seconds < 60", "seconds ="),
            ("", "%%time\nassert 1 < 2"),
        )
    ),
    Fault(
        "ignored_output_is_compared",
        "its output is ignored; add the tag numbers-within-5-percent",
        metadata("timing", tags=["nbval-ignore-output"]),
    ),
    Fault("ignored_output_is_compared", "was changed by hand", prints("2\n", "timing")),
    Fault("ignored_output_is_compared", "was changed by hand", source("timing", "60", "61")),
    Fault("ignored_output_is_compared", "was changed by hand", metadata("timing", executed="")),
    Fault("ignored_output_is_compared", "was changed by hand", metadata("count", executed="1")),
    Fault(
        "ignored_output_is_asserted",
        "has the comment # NBVAL_SKIP",
        source("count", COUNT, f"{COUNT}\n  ##  NBVAL_SKIP"),
    ),
    Fault(
        "ignored_output_is_asserted",
        "has the comment # NBVAL_IGNORE_OUTPUT",
        source("timing", "seconds = ", "# NBVAL_IGNORE_OUTPUT\nseconds = "),
    ),
    Fault(
        "ignored_output_is_asserted",
        "has the comment # PYTEST_VALIDATE_IGNORE_OUTPUT",
        source("count", COUNT, f"#PYTEST_VALIDATE_IGNORE_OUTPUT\n{COUNT}"),
    ),
    *(
        Fault(
            "ignored_output_is_asserted",
            f"is tagged {tag}",
            metadata("timing", tags=[tag, "nbval-ignore-output"]),
        )
        for tag in ("nbval-skip", "nbval-raises-exception", "pytest-validate-ignore-output")
    ),
    Fault("figures_have_alternatives", "alt of an <img> is missing", figure("")),
    Fault("figures_have_alternatives", "a bare image/png", bare_image("image/png")),
    Fault("figures_have_alternatives", "a bare image/jpeg", bare_image("image/jpeg")),
    Fault("figures_have_alternatives", "a bare image/svg+xml", bare_image("image/svg+xml")),
    Fault(
        "figures_have_alternatives",
        "a bare image/png",
        bare_image("image/png", **{"image/png": {"alt": ALTERNATIVE}}),
    ),
    Fault("figures_have_alternatives", "has 9 characters", figure("Six bars.")),
    Fault("figures_have_alternatives", "has 39 characters", figure(ALTERNATIVE[:39])),
    Fault("figures_have_alternatives", "is matplotlib's repr", figure(f"{LONG} Figure size 1x1")),
    Fault("figures_have_alternatives", "'Image of'", figure(f"Image of {LONG}")),
    Fault("figures_have_alternatives", "'A picture of'", figure(f"A picture of {LONG}")),
    Fault("figures_have_alternatives", "'figure showing'", figure(f"figure showing {LONG}")),
    *(
        Fault(
            "figures_have_alternatives",
            "the alt of an <img> is missing",
            outputs(shown({"text/html": html, "text/plain": HTML_REPR}), cell="steps"),
        )
        for html in ('<img src="x">', '<img src="x" alt="">', f'{SLIDER}<img src="alt=1" alt>')
    ),
    Fault(
        "figures_have_alternatives",
        "the alt of an <img> has 4 characters",
        outputs(shown({"text/html": '<img src="x" alt="Bars">'}), cell="steps"),
    ),
    Fault("figures_have_alternatives", "<img> is missing", appended('<img src="x.png">')),
    Fault("figures_have_alternatives", "'picture of'", appended('<img alt="picture of it">')),
    Fault("figures_have_alternatives", "an image's text alternative", appended("![](x.png)")),
    Fault("short_cells", "has 16 lines", source("count", "", LINES_16)),
    Fault("short_cells", "has 16 lines", source("count", "", "y = 1\n# why\n" * 8)),
    Fault(
        "short_cells", "has 16 lines", source("count", "", f"%matplotlib inline\n{LINES_16[7:]}")
    ),
    Fault("anatomy", "begin with '# '", source("title", "# Counting words\n", "Counting\n")),
    Fault("anatomy", "begin with '# '", moved("setup", "title", "setup")),
    Fault("anatomy", "second H1", source("section", "## What", "# What")),
    Fault("anatomy", "H4 'Why' follows H2", appended("#### Why")),
    Fault("anatomy", "lacks 'You will be able", source("title", "You will be", "You are")),
    Fault("anatomy", "lacks 'You need'", source("title", "You need", "Bring")),
    Fault(
        "anatomy",
        "lacks 'You need'",
        blaming("title", lambda nb: (appended("You need")(nb), source("title", "You n", "N")(nb))),
    ),
    Fault("anatomy", "lacks its time", source("title", "about 19 minutes", "no time")),
    Fault("anatomy", "2 goals", source("title", "- draw the counts,\n", "")),
    Fault("anatomy", "6 goals", source("title", "- draw", "- a\n- b\n- c\n- draw")),
    Fault("anatomy", "has no prediction", blaming("section", NO_PREDICTION)),
    Fault("anatomy", "has no prediction", moved("predict", "predict-failure", "section")),
    Fault(
        "anatomy", "without an answer", source("predict", "<summary>Answer</summary>", "Answer:")
    ),
    Fault("anatomy", "without an answer", appended("**Predict.** And twice?", "predict")),
    Fault("anatomy", "checks 2 exercises", blaming(None, source("check-order", "order", "total"))),
    Fault("anatomy", "checks 2 exercises", without("check-total")),
    Fault(
        "anatomy",
        "checks 2 exercises",
        blaming(None, source("check-total", "answer = None", "answer = ...")),
    ),
    Fault("anatomy", "'Not attempted yet'", prints("Right: total.\n", "check-total")),
    Fault("anatomy", "has no solution", without("solution-longest", "check-longest")),
    Fault("anatomy", "has no solution", without("solution-order", "check-order")),
    Fault(
        "anatomy",
        "has no solution",
        blaming("check-total", source("solution-total", "Solution", "Answer")),
    ),
    Fault("anatomy", "no section 'Recap'", blaming(None, source("recap", "2. Recap", "In short"))),
    Fault("anatomy", "no section 'Questions to check yourself'", without("questions")),
    Fault("anatomy", "no section 'What comes next'", without("next")),
    Fault("anatomy", "no section 'Sources'", without("sources")),
    Fault("anatomy", "is out of order", moved("next", "recap", "next")),
    Fault("anatomy", "is out of order", moved("sources", "next", "sources")),
    Fault("anatomy", "without answers", source("questions", QUESTIONS[31:], "1. How many?")),
    Fault("anatomy", "lists no source", source("sources", "- Elman", "Elman")),
    Fault("anatomy", "has no year", source("sources", "1990", "undated")),
    Fault("anatomy", "has no year", source("sources", "1990", "report 119907")),
    Fault("anatomy", "has no year", appended("- A talk\n- A book, 2016", "sources")),
    Fault("anatomy", "do not pair up", source("recap", "2. Recap\n", "2. Recap\n</details>\n")),
    Fault("anatomy", "do not pair up", source("solution-total", "</details>", "")),
    Fault("anatomy", "do not pair up", appended("<details><summary>B</summary>\n\nb", "predict")),
    Fault(
        "anatomy",
        "do not pair up",
        appended("</details>\n\n<details><summary>Answer</summary>\n\nSix."),
    ),
    Fault("anatomy", "without <summary>", appended("<details>\n\nMore\n\n</details>")),
    Fault("anatomy", "leave a blank line", source("predict", "</summary>\n\n", "</summary>\n")),
    Fault("slides", "slide type None", attribute("section", metadata=NotebookNode())),
    Fault("slides", "slide type -;", metadata("count", slideshow={"slide_type": "-"})),
    Fault("slides", "slide type page", metadata("count", slideshow={"slide_type": "page"})),
    Fault("slides", "show as notes", metadata("title", slideshow={"slide_type": "notes"})),
    Fault("numbers_are_shown", "says 26180, which no cell", appended("It takes 26,180 steps.")),
    Fault("numbers_are_shown", "says 0.6932, which no", appended("A guess costs $0.6932$.")),
    Fault("numbers_are_shown", "says 0.37, which no", appended("The loss falls to 0.37.")),
    Fault("numbers_are_shown", "says 37 %, which no", appended("It is right in 37 %.")),
    Fault(
        "links", "says notebook 05, and leads to 00", appended("[Notebook 05](00_start_here.ipynb)")
    ),
    Fault("links", "no such file", appended("[more](02_word_vectors.ipynb)")),
    Fault("links", "no such file", appended('![bars](bars.png "The bars")')),
    Fault("links", "no such file", appended('<a href="02_word_vectors.ipynb">more</a>')),
    Fault("links", "no such file", appended("[more][2]\n\n[2]: 02_word_vectors.ipynb")),
    Fault("links", "no such heading", appended("[recap](#Recap)")),
    Fault("links", "no such heading", appended("[recap](#2. Recap)".replace(" ", "%20"))),
    Fault("links", "no such heading", appended("[start](00_start_here.ipynb#Nowhere)")),
    Fault("links", "an absolute path", appended("[more](/home/ada/more.ipynb)")),
    Fault("links", "an absolute path", appended("[more](file:///home/ada/more.ipynb)")),
    Fault("links", "an absolute path", appended("[more](C:/course/more.ipynb)")),
    Fault("links", "https://x.org/a; move it", appended("[more](https://x.org/a)")),
    Fault("links", "http://x.org/a; move it", appended("See http://x.org/a for more.")),
    *(
        Fault("plain_words", f"says '{word}'", appended(f"This is {word} done."))
        for word in ("simply", "just", "Obviously", "of course", "of\ncourse", "clearly", "trivial")
    ),
    *(
        Fault("plain_words", f"says '{word}'", appended(f"At each {word} it reads."))
        for word in ("timestamp", "Time stamp", "time-stamps")
    ),
    Fault("plain_words", "says 'Timestamp'", source("article", "In the article", "They say")),
    Fault("equations_hold", "has no numbers", appended("$$a = 1$$")),
    Fault("equations_are_asserted", "that no cell asserts", appended("$$a = 1$$")),
    Fault("equations_are_asserted", "equation:count, which is none", tagged_for("count", "timing")),
    Fault("equations_are_asserted", "and asserts nothing", tagged_for("section", "count")),
    Fault("one_notation", "h_{t-10} is not in the notation", appended("Then $h_{t-10}$ is next.")),
    Fault("one_notation", "has the time in brackets", appended("$$y = h(t-1)$$")),
    Fault("one_notation", "rows stand left of the weights", appended("as $W_{xh} x_t$ says")),
    Fault("one_notation", "has a name 'Wxh'", source("count", COUNT, f"{COUNT}\nWxh = 1")),
    Fault("one_notation", "says 'cell state'", appended("The cell state is what it remembers.")),
    Fault("reading_time", "the estimate is 34", longer(2000)),
    Fault("reading_time", "says 'about 30", source("title", "about 19", "about 30")),
    Fault("reading_time", "says 'about 14", source("title", "about 19", "about 14")),
    Fault("no_state_left", "kernelspec", of_notebook(kernelspec={**KERNELSPEC, "name": "rnn"})),
    Fault("no_state_left", "language_info", of_notebook(language_info={"version": "3.11.7"})),
    Fault("no_state_left", "widget state", of_notebook(widgets={})),
    Fault("no_state_left", "metadata holds execution", metadata("count", execution={})),
    Fault("no_state_left", "metadata holds collapsed", metadata("count", collapsed=False)),
    Fault("no_state_left", "metadata holds scrolled", metadata("count", scrolled=True)),
    Fault(
        "no_state_left",
        "metadata holds jupyter.outputs_hidden",
        metadata("count", jupyter={"outputs_hidden": True}),
    ),
    Fault(
        "no_state_left",
        "shows a widget",
        outputs(shown({"application/vnd.jupyter.widget-view+json": {"model_id": "1"}})),
    ),
]


@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
def test_faultless_notebook_passes(guard, notebook, path):
    assert guard(notebook, path) == []
    assert notebook == FAULTLESS, "a guard must not change the notebook"


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.guard}-{fault.says}")
def test_fault_is_reported(fault, notebook, path):
    cell = fault.plant(notebook)
    problems = GUARDS[fault.guard](notebook, path)
    if cell is None:
        place = "notebook: "
    else:
        number = [id(other) for other in notebook.cells].index(id(cell)) + 1
        place = f"cell {number} (id {cell.get('id', 'missing')}): "
    assert problems, "not reported"
    assert [problem for problem in problems if not problem.startswith(place)] == []
    assert any(fault.says in problem for problem in problems), problems
    assert all("; " in problem or ": " in problem[len(place) :] for problem in problems)


def test_every_guard_has_a_fault():
    assert {fault.guard for fault in FAULTS} == set(GUARDS)


HARMLESS = {
    "a relative path": prints("data/home/words.txt ../tmp/x ./usr/x and/or\n"),
    "a short hexadecimal number": prints("0xff\n"),
    "a path-like data URI": outputs(
        shown({"text/html": BARS_HTML.replace(PNG, "/home/ada+/tmp/0x7f3a5c0d/1111111111111111")}),
        cell="bars",
    ),
    "a closing tag like a path": outputs(shown({"text/html": "<var>x</var>"})),
    "a tolerance": prints("equal to 1e-12: True; vanished: 2.5e-41; small: 3.1e-05\n"),
    "six decimals": prints("0.123456 -0.05 1.0-0.0 -0.5\n"),
    "lists, arrays and classes": result("(['a'], array([1., 2.]), numpy.ndarray, 'Text(')"),
    "short alternatives of a slider's frames": outputs(
        shown({"text/html": '<img src="x" alt="Step 1"><img src="x" alt="Step 2">'}), cell="steps"
    ),
    "HTML behind which nothing is seen": result(HTML_REPR, **{"text/html": "<b>six</b>"}),
    "NumPy's assertion": executed(
        source("timing", "assert seconds < 60", "np.testing.assert_array_less(0, 1)")
    ),
    "an assertion in a loop": executed(
        source("timing", "assert seconds < 60", "for s in [seconds]:\n    assert s < 60")
    ),
    "a magic": source("count", COUNT, f"%matplotlib inline\n{COUNT}"),
    "fifteen lines": source("count", "", LINES_16[7:] + "\n\n"),
    "a docstring": source(
        "count", "", 'def f():\n    """Do.\n\n    A\n    B\n    C\n    """\n' + LINES_16[21:]
    ),
    "no heading in code": appended("```python\n# one\n#### two\n```"),
    "code that looks like prose": appended(
        "`just` ``a [link](nowhere)``\n\n```\nsimply <details>\n```"
    ),
    "a formula that looks like a link": appended("$W[i](t)$"),
    "words within words": appended("Adjust the justified outline of the course."),
    "a mail address": appended("[write](mailto:ada@example.org)"),
    "a link with percent signs": appended("[start](00_start%5Fhere.ipynb#What-you%2Dneed)"),
    "a comment like a heading": source("count", COUNT, f"## Six\n{COUNT}"),
    "digits in a traceback, which is not compared": outputs(
        v4.new_output("error", ename="E", evalue="e", traceback=["got 0.123456789"]),
        cell="failure",
    ),
    "code on the slide before it": attribute("count", metadata=NotebookNode()),
    "an alternative that is long enough": figure(ALTERNATIVE[:40]),
    "a picture's bytes": outputs(
        shown({"text/html": BARS_HTML.replace(PNG, "/home/ada"), "text/plain": ALTERNATIVE}),
        cell="bars",
    ),
    "checks that are no exercise's": source("count", COUNT, "check()\ncheck(1)\ncheck(name)"),
    "a hint that is asked for": source(
        "count", COUNT, f'def check(name, answer, hint=None): ...\n{COUNT}\ncheck("a", 0, hint=1)'
    ),
    "another notation in the article": appended("It has $h(t-10)$ and $U$.", "article"),
    "a time that is nearly right": source("title", "about 19", "about 16"),
}


@pytest.mark.parametrize("plant", HARMLESS.values(), ids=HARMLESS)
def test_no_false_alarm(plant, notebook, path):
    plant(notebook)
    assert [problem for guard in GUARDS.values() for problem in guard(notebook, path)] == []


@pytest.mark.parametrize("guard", ["links", "anatomy", "plain_words"])
def test_a_displayed_formula_is_no_link_and_no_tag(guard, notebook, path):
    appended("$$\n[a](b) <img>\n$$")(notebook)
    assert GUARDS[guard](notebook, path) == []


def test_first_notebook_may_link_to_the_web(notebook, path):
    appended("[more](https://example.org)")(notebook)
    assert GUARDS["links"](notebook, path)
    assert GUARDS["links"](notebook, path.with_name("00_start_here.ipynb")) == []


@pytest.mark.parametrize(
    "plant",
    [source("count", COUNT, f"# {marker}\n{COUNT}") for marker in comment_markers]
    + [
        metadata("count", tags=[tag])
        for tag in metadata_tags
        if tag not in {"nbval-ignore-output", "raises-exception"}
    ],
    ids=[
        *comment_markers,
        *sorted(set(metadata_tags) - {"nbval-ignore-output", "raises-exception"}),
    ],
)
def test_all_of_nbvals_markers_are_known(plant, notebook, path):
    plant(notebook)
    assert GUARDS["ignored_output_is_asserted"](notebook, path)


def test_reading_a_notebook_repairs_nothing(notebook, path):
    cell_of(notebook, "bars").id = "count"
    copy = path.with_name("same_ids.ipynb")
    copy.write_text(json.dumps(notebook), encoding="utf-8")
    assert GUARDS["valid"](read_notebook(copy), copy)


def test_web_page_tells_of_a_figure_without_alternative(notebook):
    assert n_undescribed_images(notebook) == 0
    outputs(shown({"image/png": PNG, "text/plain": ALTERNATIVE}), cell="bars")(notebook)
    assert n_undescribed_images(notebook) == 1


# What nbval sees -------------------------------------------------------------------------------


def stripped(nb):
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)


def html_with(old, new):
    html = SLIDER.replace(old, new)
    return outputs(shown({"text/html": html, "text/plain": HTML_REPR}), cell="steps")


def bar_with(old, new):
    return outputs(stream(f"{BAR.replace(old, new)}\n", "stderr"), cell="progress")


SEEN_BY_NBVAL = {
    "other number in a stream": prints("words: 7\n"),
    "other number in an alternative": figure(ALTERNATIVE.replace("once", "twice")),
    "other alternative in a slider": html_with("Step 1", "Step 2"),
    "other count in a progress bar": bar_with("3/3", "2/3"),
    "other loss in a progress bar": bar_with("1.79", "1.78"),
}
UNSEEN_BY_NBVAL = {
    "other pixels in a slider": html_with(PNG, PNG.replace("42mNk", "43mNk")),
    "other times in a progress bar": bar_with("[00:01<00:00, 2.97it/s", "[00:10<00:00, 3.14s/it"),
}


@pytest.fixture(scope="module")
def nbval_verdicts(tmp_path_factory):
    """Run nbval, and return what it says of each cell: `passed` or `failed`.

    It compares cell by cell. So one run of one kernel can take the faultless notebook, then its
    cells with other outputs saved in them, then all its cells as a stripped notebook has them.
    """
    nb = deepcopy(FAULTLESS)
    names = [cell.id for cell in nb.cells if cell.cell_type == "code"]
    for name, plant in {**SEEN_BY_NBVAL, **UNSEEN_BY_NBVAL}.items():
        nb.cells.append(plant(deepcopy(FAULTLESS)))
        names.append(name)
    without_outputs = deepcopy(FAULTLESS)
    stripped(without_outputs)
    nb.cells += without_outputs.cells
    names += [f"stripped {cell.id}" for cell in without_outputs.cells if cell.cell_type == "code"]
    for number, cell in enumerate(nb.cells):
        cell.id = f"cell-{number}"

    folder = tmp_path_factory.mktemp("nbval")
    nbformat.write(nb, folder / "cells.ipynb")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    options = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", str(SANITIZE)]
    options += ["-p", "nbval.plugin", "-p", "no:cacheprovider", "--junitxml=report.xml"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    # No other plugin is needed, and each takes its time to load.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    assert run.returncode == pytest.ExitCode.TESTS_FAILED, run.stdout + run.stderr
    cases = ElementTree.parse(folder / "report.xml").iter("testcase")
    verdicts = ["passed" if len(case) == 0 else "failed" for case in cases]
    return dict(zip(names, verdicts, strict=True))


def test_nbval_passes_the_true_notebook(nbval_verdicts):
    true = [cell.id for cell in FAULTLESS.cells if cell.cell_type == "code"]
    assert [name for name in true if nbval_verdicts[name] != "passed"] == []


@pytest.mark.parametrize("name", SEEN_BY_NBVAL)
def test_nbval_sees(name, nbval_verdicts):
    assert nbval_verdicts[name] == "failed"


@pytest.mark.parametrize("name", UNSEEN_BY_NBVAL)
def test_nbval_does_not_mind(name, nbval_verdicts):
    assert nbval_verdicts[name] == "passed"


def test_nbval_passes_a_stripped_notebook_and_the_guard_does_not(nbval_verdicts, notebook, path):
    verdicts = [verdict for name, verdict in nbval_verdicts.items() if name.startswith("stripped")]
    stripped(notebook)
    assert set(verdicts) == {"passed"}
    assert len(GUARDS["executed_in_order"](notebook, path)) == len(verdicts)
