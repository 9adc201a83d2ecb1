"""The topics are split where they should be, without repeats; copies are measured as defined."""

import re
from pydoc_data.topics import topics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.datasets import copied_share, load_topics

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
