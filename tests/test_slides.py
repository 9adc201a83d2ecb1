"""The decks: nothing is lost, everything fits by the estimate, links lead on, notes are there."""

import re
from functools import cache
from html import unescape
from pathlib import Path

import pytest
from nbformat import v4
from notebook_guards import read_notebook

from publishing.cells import exercise_names
from publishing.minutes import sections
from publishing.slides import (
    FOR_READERS,
    HEIGHT,
    blocks_of_markdown,
    cut_table,
    deck_links,
    height_of_markdown,
    lay_out,
    slide_anchors,
    write_decks,
)
from publishing.talk import read_talk
from rnnhelpers.exercises import all_tasks

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.no_cover  # of the helpers, which have tests of their own
each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def markdown(source, slide_type="subslide", **options):
    return v4.new_markdown_cell(source, metadata={"slideshow": {"slide_type": slide_type}})


def code(source, *outputs, slide_type=None):
    metadata = {"slideshow": {"slide_type": slide_type}} if slide_type else {}
    return v4.new_code_cell(source, outputs=list(outputs), metadata=metadata)


def printed(text):
    return v4.new_output("stream", name="stdout", text=text)


def drawn():
    image = '<img src="data:image/png;base64,iVBORw0KGgo=" alt="A curve.">'
    return v4.new_output("display_data", {"text/html": image})


def deck(*cells):
    return lay_out(v4.new_notebook(cells=list(cells)), "00_start_here")


@cache
def notebooks():
    return {path.stem: read_notebook(path) for path in NOTEBOOKS}


@cache
def anchors():
    return slide_anchors(notebooks())


@cache
def deck_of(path):
    links = deck_links(path.stem, anchors(), notebooks())
    return lay_out(notebooks()[path.stem], path.stem, links)


def slides_of(path):
    return [slide for stack in deck_of(path) for slide in stack.slides]


def text_of(html):
    return " ".join(unescape(re.sub(r"<[^<>]*>", " ", html)).split())


def words(markdown):
    """Return the words of prose, which survive on the way to HTML whatever the markup."""
    markup = r"\$\$.*?\$\$|\$[^$]*\$|```.*?```|`[^`]*`|<[^<>]*>|\]\([^)]*\)"
    plain = re.sub(markup, " ", markdown, flags=re.DOTALL)
    return [word for word in re.findall(r"[^\W\d_]{4,}", plain) if word != "summary"]


@each_notebook
def test_each_cell_is_on_a_slide_or_in_the_notes(path):
    shown = text_of(" ".join(block.html for slide in slides_of(path) for block in slide.blocks))
    noted = text_of(" ".join(note for slide in slides_of(path) for note in slide.notes))
    for cell in read_notebook(path).cells:
        kind = cell.metadata.get("slideshow", {}).get("slide_type", "")
        if cell.cell_type == "code":
            assert " ".join(cell.source.split()).replace(" ", "") in shown.replace(" ", ""), cell.id
            if not exercise_names(cell):
                for output in cell.outputs:
                    assert " ".join(output.get("text", "").split()) in shown, cell.id
        elif kind != "skip":
            left_out = "|".join(map(re.escape, FOR_READERS))
            source = re.sub(rf"^(?:{left_out}).*$", "", cell.source, flags=re.MULTILINE)
            place = noted if kind == "notes" else shown
            missing = [word for word in words(source) if word not in place]
            assert missing == [], cell.id


@each_notebook
def test_no_solution_is_on_a_slide(path):
    shown = " ".join(block.html for slide in slides_of(path) for block in slide.blocks)
    assert "<summary>Solution" not in shown
    assert "Not attempted yet" not in shown


@each_notebook
def test_no_slide_is_fuller_than_it_may_be(path):
    full = [slide.name for slide in slides_of(path) if slide.height > HEIGHT]
    assert full == []


@each_notebook
def test_slides_have_names_of_their_own(path):
    names = [slide.name for slide in slides_of(path)]
    assert len(set(names)) == len(names)
    assert all(slide.blocks for slide in slides_of(path))


@each_notebook
def test_the_minutes_of_the_slides_make_those_of_the_section(path):
    found = [(stack.title, stack.minutes) for stack in deck_of(path)]
    expected = [(one.title, one.minutes) for one in sections(read_notebook(path))]
    assert found == [one for one in expected if one[0] != "Sources"]
    for stack in deck_of(path):
        whole = sum(slide.minutes.whole for slide in stack.slides)
        assert whole == pytest.approx(stack.minutes.whole)


@each_notebook
def test_each_exercise_has_its_wrong_answers_in_the_notes(path):
    noted = text_of(" ".join(note for slide in slides_of(path) for note in slide.notes))
    names = [name for cell in read_notebook(path).cells for name in exercise_names(cell)]
    assert names or path.stem.startswith("00")
    for name in names:
        task = all_tasks()[name]
        assert text_of(task.meaning.split("`")[0].split("$")[0])[:30] in noted, name
        for mistake in getattr(task, "mistakes", [])[:6]:
            assert mistake.name in noted, (name, mistake.name)
        for choice in getattr(task, "choices", {}).values():
            start = text_of(re.sub(r"[`*$]", "", choice.feedback or ""))[:20]
            assert start in noted, (name, choice)


@each_notebook
def test_each_prediction_has_what_to_ask_in_the_notes(path):
    talk = read_talk()[path.stem]
    notes = {slide.name: text_of(" ".join(slide.notes)) for slide in slides_of(path)}
    first = slides_of(path)[0].name
    assert talk.opening.say in notes[first]
    assert all(title in notes[first] for title in talk.opening.skip)
    for name, advice in talk.advice.items():
        for said in (*advice.wrong, advice.ask, advice.answer):
            assert " ".join(said.split()) in " ".join(notes.values()), name


def test_a_full_slide_is_followed_by_another():
    paragraph = "A sentence of some length, which goes on and on. " * 4
    stacks = deck(markdown("# Title\n\n" + "\n\n".join([paragraph] * 9), "slide"))
    slides = stacks[0].slides
    assert len(slides) > 1
    assert sum(len(slide.blocks) for slide in slides) == 9  # the title stays with what follows
    assert all(slide.height <= HEIGHT for slide in slides)
    assert slides[0].height + slides[1].blocks[0].height > HEIGHT


def test_a_figure_has_a_slide_of_its_own_and_its_code_is_with_the_text():
    stacks = deck(
        markdown("# Title", "slide"),
        markdown("Look."),
        code("draw()", drawn(), slide_type="subslide"),
        code("x = 1"),
    )
    slides = stacks[0].slides
    assert [len(slide.blocks) for slide in slides] == [1, 2, 1, 1]
    assert slides[1].blocks[1].is_fragment
    assert slides[2].blocks[0].is_figure
    assert 'alt="A curve."' in slides[2].blocks[0].html
    assert "x = 1" in text_of(slides[3].blocks[0].html)


def test_what_is_shown_after_a_question_is_a_fragment_if_it_is_on_the_same_slide():
    long = code("\n".join(["x = 1"] * 15), printed("1\n" * 9), slide_type="fragment")
    short = code("x = 1", slide_type="fragment")
    first, second = deck(markdown("Why?"), short)[0], deck(markdown("Why?\n\n" * 9), long)[0]
    assert [block.is_fragment for block in first.slides[0].blocks] == [False, True]
    assert not second.slides[1].blocks[0].is_fragment


def test_narrow_code_has_a_long_output_beside_it():
    many = printed("1\n" * 14)
    narrow = deck(code("\n".join(["x = 1"] * 12), many))[0].slides
    wide = deck(code("\n".join(["x = " + "1" * 94] * 12), many))[0].slides
    assert "beside" in narrow[0].blocks[0].html
    assert "beside" not in wide[0].blocks[0].html


def test_code_is_magnified_only_as_far_as_it_fits():
    def zoom(source):
        return deck(code(source))[0].slides[0].zoom

    assert zoom("x = 1") == pytest.approx(1.4)
    assert zoom("x" * 80) == pytest.approx(100 / 80)
    assert zoom("x" * 100) == 1
    fence = deck(markdown("```python\n" + "x" * 80 + "\n```"))[0].slides[0]
    assert fence.zoom == pytest.approx(100 / 80)
    assert zoom("\n".join("x" * 22)) == pytest.approx(1, abs=0.02)


def test_a_long_table_is_cut_and_keeps_its_heads():
    rows = [f"| {number} | {'word ' * 9}|" for number in range(40)]
    tables = cut_table("\n".join(["| number | words |", "|---|---|", *rows]))
    assert len(tables) > 1
    assert all(table.startswith("| number | words |\n|---|---|\n| ") for table in tables)
    assert sum(table.count("word word") for table in tables) >= 40
    assert "\n".join(row for table in tables for row in table.split("\n")[2:]) == "\n".join(rows)
    assert all(height_of_markdown(table) <= HEIGHT for table in tables)


def test_folds_code_and_lists_are_not_cut():
    fold = "<details><summary>Answer</summary>\n\nOne.\n\n```python\n\nx = 1\n\n```\n\n</details>"
    text = f"Intro.\n\n**Predict.** Why?\n\n{fold}\n\n- a\n- b\n\n```python\na\n\nb\n```"
    assert blocks_of_markdown(text) == [
        "Intro.",
        f"**Predict.** Why?\n\n{fold}",
        "- a\n- b",
        "```python\na\n\nb\n```",
    ]


def test_links_lead_from_deck_to_deck():
    first_four = {path.stem: read_notebook(path) for path in NOTEBOOKS[:4]}
    links = deck_links("03_recurrent_cell", slide_anchors(first_four), first_four)

    def link(target):
        return links(f'See <a href="{target}">there</a>.')

    first = first_four["02_word_vectors"].cells[0].id
    section = sections(first_four["02_word_vectors"])[1]
    anchor = section.title.replace(" ", "-")
    assert link("02_word_vectors.ipynb") == 'See <a href="02_word_vectors.html">there</a>.'
    assert f'href="02_word_vectors.html#/{section.cells[0].id}"' in link(
        f"02_word_vectors.ipynb#{anchor}"
    )
    assert section.cells[0].id != first
    assert link("10_gates.ipynb") == "See there."  # no such deck among these
    assert link("../docs/glossary.md") == "See there."
    assert link("https://example.org") == 'See <a href="https://example.org">there</a>.'


@each_notebook
def test_every_link_to_a_deck_has_a_slide_to_go_to(path):
    names = {f"{each.stem}.html#/{slide.name}" for each in NOTEBOOKS for slide in slides_of(each)}
    pages = [block.html for slide in slides_of(path) for block in slide.blocks]
    pages += [note for slide in slides_of(path) for note in slide.notes]
    found = [target for page in pages for target in re.findall(r'<a href="([^"]*)"', page)]
    found = [target for target in found if not target.startswith("http")]
    assert found
    for target in found:
        assert target in names or target.removesuffix(".html") in notebooks(), target


def test_a_folder_of_something_else_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="was not made here: expected a new folder"):
        write_decks(NOTEBOOKS[:1], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_is_no_notebook_is_refused(tmp_path):
    broken = tmp_path / "broken.ipynb"
    for text in ("{", "[]", '{"cells": []}', "\xff"):
        broken.write_text(text, encoding="latin-1")
        with pytest.raises(ValueError, match=r"broken\.ipynb is not a notebook"):
            write_decks([*NOTEBOOKS[:1], broken], tmp_path / "slides")
    assert [path.name for path in tmp_path.iterdir()] == ["broken.ipynb"]
