"""What is said beside the slides: complete, in place, short, plain; refused if malformed."""

import ast
import re
import unicodedata
from functools import cache
from pathlib import Path

import pytest
from notebook_guards import BELITTLING, CLOSING_SECTIONS, TIME_STAMP, read_notebook

from publishing.cells import syntax_tree
from publishing.minutes import n_words, sections
from publishing.talk import Advice, Opening, Talk, read_talk

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
TALKS = read_talk()
OF_EACH_NOTEBOOK = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

# A wrong answer as a learner would say it, and what it shows.
QUOTED = re.compile(r"“[^“”]+”: \S")
# Markdown, HTML and LaTeX: notes are shown as they are written.
MARKUP = re.compile(r"[*`$\\<>{}#|~^]|\]\(|__|&\w+;|\n")
# What would need a source.
HEARSAY = re.compile(r"\b(?:studies|research|surveys?|most (?:learners|students|people))\b", re.I)
MAX_WRONG, MAX_ASK, MAX_ANSWER, MAX_SAY, MAX_BECAUSE = 35, 30, 40, 70, 35


@cache
def sections_of(path):
    return sections(read_notebook(path))


def texts(talk):
    """Yield each text of a talk with its place in it."""
    opening = talk.opening
    yield from (("opening.say", opening.say), ("opening.because", opening.because))
    for cell, advice in talk.advice.items():
        yield from ((f"{cell}.wrong", text) for text in advice.wrong)
        yield from ((f"{cell}.ask", advice.ask), (f"{cell}.answer", advice.answer))


def unplain(text):
    """List what is no plain text: markup, and the small letters and digits of Unicode."""
    small = ("SUBSCRIPT", "SUPERSCRIPT", "MODIFIER LETTER SMALL")
    names = {character: unicodedata.name(character, "control") for character in text}
    return MARKUP.findall(text) + [
        character for character, name in names.items() if any(word in name for word in small)
    ]


def n_sentences(text):
    return len(re.findall(r"[.?!](?=\s|$)", text))


def test_every_notebook_has_a_talk_and_every_talk_a_notebook():
    assert list(TALKS) == [path.stem for path in NOTEBOOKS]


@OF_EACH_NOTEBOOK
def test_every_prediction_has_advice_and_every_advice_a_prediction(path):
    cells = [cell for section in sections_of(path) for cell in section.cells]
    markdown = [cell for cell in cells if cell.cell_type == "markdown"]
    predictions = [cell.id for cell in markdown if "**Predict.**" in cell.source]
    assert len(predictions) >= 6
    assert list(TALKS[path.stem].advice) == predictions


@OF_EACH_NOTEBOOK
def test_wrong_answers_are_quoted_and_short(path):
    for cell, advice in TALKS[path.stem].advice.items():
        assert 1 <= len(advice.wrong) <= 3, cell
        assert len(set(advice.wrong)) == len(advice.wrong), cell
        for text in advice.wrong:
            assert QUOTED.match(text), (cell, text)
            assert text[-1] in ".?!", (cell, text)
            assert n_words(text) <= MAX_WRONG, (cell, n_words(text), text)


@OF_EACH_NOTEBOOK
def test_questions_ask_and_answers_are_short(path):
    for cell, advice in TALKS[path.stem].advice.items():
        assert advice.ask.endswith("?"), (cell, advice.ask)
        assert n_words(advice.ask) <= MAX_ASK, (cell, n_words(advice.ask), advice.ask)
        assert advice.answer[-1] in ".!”", (cell, advice.answer)
        assert n_words(advice.answer) <= MAX_ANSWER, (cell, n_words(advice.answer), advice.answer)


def test_nothing_is_asked_twice():
    asked = [advice.ask for talk in TALKS.values() for advice in talk.advice.values()]
    assert sorted(asked) == sorted(set(asked))


@OF_EACH_NOTEBOOK
def test_an_opening_is_short(path):
    opening = TALKS[path.stem].opening
    assert 2 <= n_sentences(opening.say) <= 3, opening.say
    assert n_words(opening.say) <= MAX_SAY, n_words(opening.say)
    assert n_sentences(opening.because) == 1, opening.because
    assert n_words(opening.because) <= MAX_BECAUSE, n_words(opening.because)


@OF_EACH_NOTEBOOK
def test_what_may_be_left_out_is_there_and_is_no_closing_section(path):
    opening, *titles = [section.title for section in sections_of(path)]
    may_be_left_out = [title for title in titles if title not in CLOSING_SECTIONS]
    skip = TALKS[path.stem].opening.skip
    assert opening not in skip
    assert set(skip) < set(may_be_left_out), set(skip) - set(may_be_left_out)
    assert len(skip) == len(set(skip))


@OF_EACH_NOTEBOOK
def test_what_may_be_left_out_is_needed_by_no_cell_that_stays(path):
    skip, left_out, stays = TALKS[path.stem].opening.skip, [], []
    for section in sections_of(path):
        trees = [syntax_tree(cell)[0] for cell in section.cells if cell.cell_type == "code"]
        (left_out if section.title in skip else stays).extend(trees)
    assert stays
    assert not used_names(stays) & (given_names(left_out) - given_names(stays))


def used_names(trees):
    """Return the names that are read."""
    names = [node for node in nodes(trees) if isinstance(node, ast.Name)]
    return {name.id for name in names if isinstance(name.ctx, ast.Load)}


def given_names(trees):
    """Return the names that are assigned, imported, defined, or those of a parameter."""
    given = set()
    for node in nodes(trees):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            given.add(node.id)
        elif isinstance(node, ast.alias):
            given.add(node.asname or node.name)
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.arg):
            given.add(node.arg)
    return given


def nodes(trees):
    return [node for tree in trees for node in ast.walk(tree)]


@OF_EACH_NOTEBOOK
def test_the_words_are_plain(path):
    for where, text in texts(TALKS[path.stem]):
        assert not BELITTLING.search(text), (where, text)
        assert not TIME_STAMP.search(text), (where, text)
        assert not HEARSAY.search(text), (where, text)
        assert not unplain(text), (where, unplain(text), text)
        assert text == text.strip(), (where, text)
        assert "  " not in text, (where, text)


@pytest.mark.parametrize(
    "text", ["*so*", "`h`", "$h$", "h₁", "hₜ", "x²", "a\nb", "<b>", "a__b", "[a](b)", "&lt;", "#1"]
)
def test_markup_is_found(text):
    assert unplain(text)


def test_plain_text_is_left_alone():
    assert not unplain("“W_hh times 0.5”, σ(0) − 1, a · b, 2 × 3, [0, 1], x[:, 1], ln 8: “so”?")


WHOLE = """
[nb.opening]
say = "Hello."
skip = ["One"]
because = "It is known."

[nb.cell]
wrong = ["“Two”: it is three."]
ask = "Why?"
answer = "Because."
"""


def read(tmp_path, text):
    path = tmp_path / "talk.toml"
    path.write_text(text, encoding="utf-8")
    return read_talk(path)


def test_a_file_becomes_records(tmp_path):
    opening = Opening("Hello.", ["One"], "It is known.")
    advice = {"cell": Advice(["“Two”: it is three."], "Why?", "Because.")}
    assert read(tmp_path, WHOLE) == {"nb": Talk(opening, advice)}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "ask =",
            "asks =",
            r"talk.toml, \[nb.cell\]: asks is unknown; expected wrong, ask, answer",
        ),
        ("say =", "tell =", r"talk.toml, \[nb.opening\]: tell is unknown; expected say, skip, bec"),
        ('ask = "Why?"\n', "", r"talk.toml, \[nb.cell\]: ask is missing"),
        ('because = "It is known."\n', "", r"talk.toml, \[nb.opening\]: because is missing"),
        ('"Why?"', "3", r"talk.toml, \[nb.cell\]: ask should be a text, not empty; got 3"),
        (
            '"Because."',
            '" "',
            r"talk.toml, \[nb.cell\]: answer should be a text, not empty; got ' '",
        ),
        ('["One"]', '"One"', r"talk.toml, \[nb.opening\]: skip should be a list of texts"),
        ('["One"]', "[1]", r"talk.toml, \[nb.opening\]: skip should be a list of texts"),
        ('["One"]', '["One", " "]', r"talk.toml, \[nb.opening\]: skip should be a list of texts"),
        ('["One"]', "[]", r"talk.toml, \[nb.opening\]: skip should be a list of texts"),
        ("[nb.opening]", "[nb.first]", r"talk.toml, \[nb\]: there is no \[nb.opening\]"),
        (
            "[nb.opening]",
            "nb.cell2 = 1\n[nb.opening]",
            r"talk.toml, \[nb.cell2\]: expected a table",
        ),
        ("[nb.opening]", "other = 1\n[nb.opening]", r"talk.toml, \[other\]: expected tables"),
        ("[nb.cell]", "[nb.opening]", r"talk.toml is no TOML: .*line"),
        ('ask = "Why?"', 'ask = "Why?', r"talk.toml is no TOML: .*line"),
    ],
)
def test_a_malformed_file_is_refused_and_the_place_is_named(tmp_path, old, new, message):
    assert old in WHOLE
    with pytest.raises(ValueError, match=message):
        read(tmp_path, WHOLE.replace(old, new))
