"""How long a notebook takes, and each of its sections."""

from pathlib import Path

import pytest
from nbformat import v4
from notebook_guards import read_notebook

from publishing.minutes import cell_minutes, notebook_minutes, sections

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))


def code(source, *figures):
    shown = [v4.new_output("display_data", data) for data in figures]
    return v4.new_code_cell(source, outputs=shown)


def test_words_code_figures_and_exercises_count():
    slider = {"text/html": "<div><img src='data:,' alt='a'/><img src='data:,' alt='b'/></div>"}
    figures = [{"image/png": "iVBORw0KGgo="}, slider, {"text/html": "<svg></svg>"}]
    text = "<b>one</b> [two](https://example.org/not/read) " * 150
    cells = [
        v4.new_markdown_cell(text),
        code('check("one", 1)', *figures),
        code('check("one", 2)', *figures),
        code("1", {"text/html": "<b>no figure</b>"}),
        code('answer, reason = ..., ...\ncheck("two", answer, reason)'),
        code('answer = ...\ncheck("three", answer)'),
        code("x = 1"),
        v4.new_raw_cell("not read"),
    ]
    nb = v4.new_notebook(cells=cells)
    assert notebook_minutes(nb) == 2 + 2 + 3 + 5 + 2 * 2
    minutes = cell_minutes(nb)
    assert [round(each.telling, 2) for each in minutes] == [2, 1.83, 1.83, *[0.33] * 4, 0]
    assert [each.doing for each in minutes] == [0, 5, 0, 0, 2, 2, 0, 0]


def test_a_notebook_is_cut_at_its_headings():
    cells = ["# Title", "One.", "## First", "### No section", "## Second"]
    nb = v4.new_notebook(cells=[v4.new_markdown_cell(cell) for cell in cells])
    found = sections(nb)
    assert [section.title for section in found] == ["Title", "First", "Second"]
    assert [[cell.source for cell in section.cells] for section in found] == [
        ["# Title", "One."],
        ["## First", "### No section"],
        ["## Second"],
    ]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_the_sections_make_the_whole(path):
    nb = read_notebook(path)
    whole = sum(section.minutes.whole for section in sections(nb))
    assert round(whole) == notebook_minutes(nb)
    assert sum(len(section.cells) for section in sections(nb)) == len(nb.cells)
