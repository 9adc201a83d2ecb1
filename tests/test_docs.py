"""The glossary and the index of misconceptions: their links lead somewhere, nothing is missing."""

import re
from pathlib import Path

import pytest
from notebook_guards import all_headings, heading_anchor, link_targets, read_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
GLOSSARY = ROOT / "docs" / "glossary.md"
MISCONCEPTIONS = ROOT / "docs" / "misconceptions.md"
ANCHORS = {
    path.name: {heading_anchor(heading.text) for _, heading in all_headings(read_notebook(path))}
    for path in NOTEBOOKS
}


def rows_of(path):
    rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows[1:]]


@pytest.mark.parametrize("path", [GLOSSARY, MISCONCEPTIONS], ids=lambda path: path.stem)
def test_every_link_leads_to_a_section_that_is_there(path):
    targets = link_targets(path.read_text(encoding="utf-8"))
    assert len(targets) >= 40
    for target in targets:
        file, _, anchor = target.partition("#")
        assert anchor in ANCHORS[Path(file).name], target
        assert (path.parent / file).exists(), target


@pytest.mark.parametrize("path", [GLOSSARY, MISCONCEPTIONS], ids=lambda path: path.stem)
def test_every_row_says_what_is_so_and_where(path):
    rows = rows_of(path)
    assert len(rows) >= 40
    for row in rows:
        assert len(row) == 3, row
        assert all(row), row
        assert link_targets(row[2]), row
    firsts = [row[0] for row in rows]
    assert len(set(firsts)) == len(firsts)


def test_the_glossary_is_in_the_order_of_the_alphabet():
    terms = [row[0].lower() for row in rows_of(GLOSSARY)]
    assert terms == sorted(terms)


def test_the_section_that_introduces_a_term_has_it():
    for term, _, where in rows_of(GLOSSARY):
        for target in link_targets(where):
            file, _, anchor = target.partition("#")
            text = section(ROOT / "notebooks" / Path(file).name, anchor).lower()
            words = re.split(r", | \(", term.lower())
            assert any(word.strip(")") in text for word in words), (term, target)


def section(path, anchor):
    """Return the text of a section, of its cells from the heading to the next one."""
    text = "\n".join(cell.source for cell in read_notebook(path).cells)
    level, start = next(
        (len(found[1]), found.start())
        for found in re.finditer(r"^(#{1,4}) (.*)$", text, re.MULTILINE)
        if heading_anchor(found[2]) == anchor
    )
    end = re.search(rf"^#{{1,{level}}} ", text[start + level :], re.MULTILINE)
    return text[start : start + level + end.start()] if end else text[start:]


@pytest.mark.parametrize("path", NOTEBOOKS[1:], ids=lambda path: path.stem)
def test_every_notebook_links_to_the_glossary(path):
    text = "\n".join(cell.source for cell in read_notebook(path).cells)
    assert "](../docs/glossary.md)" in text
