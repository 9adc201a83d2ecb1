"""Texts are split where they should be, without repeats; copies are measured as defined."""

import re
from itertools import pairwise
from pydoc_data.topics import topics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.colors import XKCD_COLORS

from rnnhelpers.datasets import CRUDE, copied_share, load_colour_names, load_text_file, load_topics

few = settings(max_examples=100, deadline=None, derandomize=True)
short_text = st.text("ab", min_size=1, max_size=25)


def topic_paragraphs(*, keep_repeats):
    """Return the paragraphs of all topics, read line by line."""
    found, seen = [], set()
    for _, topic in sorted(topics.items()):
        lines = []
        for line in [*topic.split("\n"), ""]:
            if line.strip():
                lines.append(line)
            elif lines:
                words = tuple(" ".join(lines).split())
                if keep_repeats or words not in seen:
                    found.append("\n".join(lines))
                seen.add(words)
                lines = []
    return found


def words_only(text):
    """Leave out the ruled lines of tables, which are the same in all of them."""
    return " ".join(re.sub(r"[-=+|]{2,}|\|", " ", text).split())


@pytest.mark.parametrize("keep_repeats", [False, True])
def test_the_parts_together_are_the_paragraphs_in_order(keep_repeats):
    train, held_out = load_topics(keep_repeats=keep_repeats)
    together = f"{train}\n\n{held_out}"
    assert together == "\n\n".join(topic_paragraphs(keep_repeats=keep_repeats))


def test_no_paragraph_is_there_twice():
    paragraphs = [" ".join(each.split()) for each in "\n\n".join(load_topics()).split("\n\n")]
    assert len(set(paragraphs)) == len(paragraphs) > 1000


@pytest.mark.parametrize("share", [0.0001, 0.1, 0.25, 0.9999])
def test_the_cut_is_the_nearest_between_two_paragraphs(share):
    train, held_out = load_topics(held_out=share)
    target = (1 - share) * len(f"{train}\n\n{held_out}")
    before, after = len(train.split("\n\n")[-1]), len(held_out.split("\n\n")[0])
    miss = abs(len(train) - target)
    assert train
    assert held_out
    # The blank line at the cut is 2 characters, which may be counted to either side.
    assert miss <= abs(len(train) - before - target) + 2 or train.count("\n\n") == 0
    assert miss <= abs(len(train) + after - target) + 2 or held_out.count("\n\n") == 0


def test_the_default_is_the_last_tenth():
    train, held_out = load_topics()
    assert len(held_out) / len(train + held_out) == pytest.approx(0.1, abs=0.005)


def test_the_leak_is_there_in_the_raw_text_and_gone_without_repeats():
    raw, topics = load_topics(keep_repeats=True), load_topics()
    assert copied_share(raw.held_out, raw.train) > 0.15
    assert copied_share(words_only(raw.held_out), words_only(raw.train)) > 0.05
    assert copied_share(words_only(topics.held_out), words_only(topics.train)) < 0.02


@pytest.mark.parametrize(
    ("held_out", "error"), [(0, ValueError), (1, ValueError), (10, ValueError), ("0.1", TypeError)]
)
def test_a_share_without_meaning_is_refused(held_out, error):
    with pytest.raises(error, match=r"held_out is .*expected a number above 0.*last tenth"):
        load_topics(held_out=held_out)


@given(short_text, short_text, st.integers(1, 7))
@few
def test_copied_share_is_its_definition(text, source, length):
    runs = [
        range(start, start + length)
        for start in range(len(text) - length + 1)
        if text[start : start + length] in source
    ]
    copied = [any(place in run for run in runs) for place in range(len(text))]
    assert copied_share(text, source, length) == pytest.approx(sum(copied) / len(text), abs=1e-15)


def test_copied_share_at_its_bounds():
    text = "’tis real text, of more than fifty characters in a row, you see"
    assert copied_share(text, text) == 1
    assert copied_share(text, f"so {text} there") == 1
    assert copied_share(text[:49], text) == 0
    assert copied_share(text, text[:49]) == 0
    assert copied_share(text, text[:50]) == 50 / len(text)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("", "a"), ValueError, "text is empty"),
        (("a", ""), ValueError, "source is empty"),
        ((b"a", "a"), TypeError, "text is of type bytes: expected a string; decode"),
        (("a", ["a"]), TypeError, r"source is of type list: expected a string; .*join"),
        (("a", "a", 0), ValueError, "length is 0: expected 1 or more"),
        (("a", "a", 2.5), TypeError, "length is 2.5: expected a whole number"),
    ],
)
def test_copied_share_refuses(arguments, error, message):
    with pytest.raises(error, match=message):
        copied_share(*arguments)


def test_the_colour_names_are_those_of_matplotlib_in_two_parts():
    train, held_out = load_colour_names()
    names = {name.removeprefix("xkcd:") for name in XKCD_COLORS}
    crude = names - set(train + held_out)
    assert set(train + held_out) | crude == names
    assert len(set(train + held_out)) == len(train + held_out)
    assert len(crude) < 40
    assert "vomit green" in crude
    assert {"spruce", "bluish", "pale green", "red"} <= names - crude  # none by mistake
    assert not [name for name in train + held_out if CRUDE.search(name)]
    assert len(held_out) / len(train + held_out) == pytest.approx(0.1, abs=0.001)


def test_the_colour_names_are_mixed_and_the_same_everywhere():
    train, held_out = load_colour_names()
    assert load_colour_names() == (train, held_out)
    assert (train[0], train[-1], held_out[-1]) == ("greyblue", "medium grey", "pumpkin")
    in_order = sum(a < b for a, b in pairwise(train)) / len(train)
    assert 0.4 < in_order < 0.6
    assert load_colour_names(held_out=0.25).train == (train + held_out)[: round(0.75 * 920)]


@pytest.mark.parametrize(
    ("held_out", "error"),
    [
        (0, ValueError),
        (1, ValueError),
        ("0.1", TypeError),
        (1e-9, ValueError),
        (0.9999, ValueError),
    ],
)
def test_a_share_of_names_without_meaning_is_refused(held_out, error):
    with pytest.raises(error, match=r"held_out is .*expected a"):
        load_colour_names(held_out=held_out)


def test_one_name_is_enough_to_learn_from_or_to_measure_on():
    train, held_out = load_colour_names()
    n_names = len(train) + len(held_out)
    assert len(load_colour_names(held_out=1 - 1 / n_names).train) == 1
    assert len(load_colour_names(held_out=1 / n_names).held_out) == 1


def write(folder, text, encoding="utf-8"):
    """Write a file and return its path."""
    path = folder / "mine.txt"
    path.write_bytes(text.encode(encoding))
    return path


PARAGRAPHS = [f"Paragraph {number}: some line of text\nand another – é." for number in range(60)]
WHOLE = "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("share", [0.1, 0.3])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_text_file_is_split_between_paragraphs(tmp_path, share, encoding, end):
    path = write(tmp_path, f"\n{WHOLE}\n\n".replace("\n", end), encoding)
    for name in (path, str(path)):
        train, held_out = load_text_file(name, held_out=share)
        assert f"{train}\n\n{held_out}" == WHOLE
        assert held_out.startswith("Paragraph")
        assert len(held_out) / len(WHOLE) == pytest.approx(share, abs=0.02)


def test_repeated_paragraphs_of_a_file_are_left_out(tmp_path):
    again = PARAGRAPHS[3].replace("\n", "\n   ")
    path = write(tmp_path, f"{WHOLE}\n \n\n{again}\n\n{PARAGRAPHS[5]}")
    assert "\n\n".join(load_text_file(path)) == WHOLE


@pytest.mark.parametrize(
    ("text", "between"),
    [
        ("\n".join(f"line {number}, and on" for number in range(100)), "\n"),
        (" ".join(f"word{number}" for number in range(300)), " "),
        (" ".join(["a" * 20] * 100 + ["a"] * 600), " "),
        ("字" * 500 + "文" * 1500, ""),
    ],
)
def test_a_file_without_paragraphs_is_split_all_the_same(tmp_path, text, between):
    train, held_out = load_text_file(write(tmp_path, text))
    assert f"{train}{between}{held_out}" == text
    assert len(held_out) / len(text) == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "mine.txt is empty"),
        (b" \n\n\t\n", "mine.txt is empty"),
        (b"\xef\xbb\xbf", "mine.txt is empty"),
        (b"short", "has 5 characters without repeats: expected at least 1000"),
        (b"the same again\n\n" * 500, "has 14 characters without repeats"),
        (b"%PDF-1.7 \xe2\xe3\xcf" * 500, "mine.txt is a PDF"),
        ("café ".encode("latin-1") * 500, r"not text in UTF-8 \(line 1, byte 3 is 0xe9"),
        ("a text".encode("utf-16") * 500, "is in UTF-16: expected UTF-8"),
        (b"a\0b" * 500, "has zero bytes"),
    ],
)
def test_a_file_that_is_no_text_is_refused(tmp_path, data, message):
    path = tmp_path / "mine.txt"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as refused:
        load_text_file(path)
    assert str(tmp_path) not in str(refused.value)


def test_a_share_of_a_file_without_meaning_is_refused(tmp_path):
    path = write(tmp_path, WHOLE)
    for share in (0, 1, 1.5):
        with pytest.raises(
            ValueError, match=r"held_out is .*: expected a number above 0 and below 1"
        ):
            load_text_file(path, held_out=share)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"there is no file mine.txt here.*beside the note"):
        load_text_file(tmp_path / "mine.txt")
    (tmp_path / "folder").mkdir()
    with pytest.raises(ValueError, match="folder is a folder"):
        load_text_file(tmp_path / "folder")
    with pytest.raises(ValueError, match="held_out is 2"):
        load_text_file(write(tmp_path, WHOLE), held_out=2)
