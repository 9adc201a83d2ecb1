"""The n-gram model is Chen and Goodman's formulas, and its probabilities are a distribution."""

import pickle
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError

from rnnhelpers.datasets import load_topics
from rnnhelpers.ngrams import FALLBACK_DISCOUNTS, KneserNey

few = settings(max_examples=40, deadline=None, derandomize=True)
texts = st.text("aab cé😀", min_size=1, max_size=60)
orders = st.integers(1, 6)


class ByTheFormulas:
    """Interpolated modified Kneser-Ney with strings, dictionaries and recursion."""

    def __init__(self, order, text):
        self.order, self.alphabet = order, sorted(set(text))
        self.counts = {length: self.count(text, length) for length in range(1, order + 1)}
        self.discounts = {length: self.estimate(self.counts[length]) for length in self.counts}

    def count(self, text, length):
        starts = range(len(text) - length + 1)
        if length == self.order:
            return Counter(text[start : start + length] for start in starts)
        left_neighbours = {}
        for start in starts:
            before = text[start - 1] if start else "the start"
            left_neighbours.setdefault(text[start : start + length], set()).add(before)
        return {ngram: len(neighbours) for ngram, neighbours in left_neighbours.items()}

    def estimate(self, counts):
        n1, n2, n3, n4 = (list(counts.values()).count(count) for count in (1, 2, 3, 4))
        if 0 in (n1, n2, n3, n4):
            return FALLBACK_DISCOUNTS
        y = n1 / (n1 + 2 * n2)
        found = (1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3)
        return found if min(found) > 0 else FALLBACK_DISCOUNTS

    def discount(self, length, count):
        return self.discounts[length][min(count, 3) - 1] if count else 0

    def probability(self, character, history):
        """Return p of a character after a history of fewer than `order` characters."""
        length = len(history) + 1
        shorter = (
            self.probability(character, history[1:]) if history else 1 / (len(self.alphabet) + 1)
        )
        after = [self.counts[length].get(history + each, 0) for each in self.alphabet]
        if not sum(after):
            return shorter
        count = self.counts[length].get(history + character, 0)
        taken = sum(self.discount(length, each) for each in after)
        return (count - self.discount(length, count) + taken * shorter) / sum(after)

    def log_probabilities(self, text):
        histories = [text[max(0, end - self.order + 1) : end] for end in range(len(text))]
        return np.log([self.probability(*pair) for pair in zip(text, histories, strict=True)])


def random_text(seed, n_characters):
    """Return words of a small random vocabulary, the first ones more often."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list("abcdeé😀"), rng.integers(1, 5))) for _ in range(30)]
    share = 1 / np.arange(1, 31)
    chosen = rng.choice(words, n_characters, p=share / share.sum())
    return " ".join(chosen)[:n_characters]


@pytest.fixture(scope="module")
def model():
    return KneserNey(order=4).fit(random_text(0, 3000))


@pytest.mark.parametrize("order", [1, 2, 3, 4, 5])
@pytest.mark.parametrize("n_characters", [1, 3, 4, 30, 1000])
def test_it_is_the_formulas(order, n_characters):
    for seed in range(3):
        text = random_text(seed, n_characters)
        model, expected = KneserNey(order).fit(text), ByTheFormulas(order, text)
        np.testing.assert_allclose(model.discounts_, list(expected.discounts.values()), rtol=1e-12)
        for other in (text[:200], random_text(seed + 9, 200), "ab?ab\ud800cab", "?"):
            np.testing.assert_allclose(
                model.log_probabilities(other),
                expected.log_probabilities(other),
                rtol=1e-12,
                atol=1e-12,
            )


def test_the_formulas_were_tried_with_estimated_discounts():
    discounts = KneserNey(5).fit(random_text(0, 1000)).discounts_
    assert (discounts[2:] != FALLBACK_DISCOUNTS).all()


@given(texts, texts, orders)
@few
def test_it_is_the_formulas_on_odd_texts(text, other, order):
    np.testing.assert_allclose(
        KneserNey(order).fit(text).log_probabilities(other),
        ByTheFormulas(order, text).log_probabilities(other),
        rtol=1e-12,
        atol=1e-12,
    )


def test_it_is_what_comes_out_by_hand():
    # Before each letter stand: a: the start, r, c, d; b: a; c: a; d: a; r: b. That is 8.
    # No count of 2, so the discounts are 0.5, 1 and 1.5.
    p_b = (1 - 0.5) / 8 + (1.5 + 4 * 0.5) / 8 / 6
    # After a: b twice, c, d.
    p_b_after_a = (2 - 1) / 4 + (1 + 0.5 + 0.5) / 4 * p_b
    model = KneserNey(order=2).fit("abracadabra")
    np.testing.assert_allclose(
        np.exp(model.log_probabilities("bab"))[[0, 2]], [p_b, p_b_after_a], rtol=1e-14
    )


def test_discounts_are_estimated_from_the_counts_of_counts():
    # Four letters once, three twice, two three times, one four times.
    model = KneserNey(order=1).fit("abcd" + "efg" * 2 + "hi" * 3 + "j" * 4)
    np.testing.assert_allclose(model.discounts_, [[0.4, 1.2, 2.2]], rtol=1e-14)


def test_a_discount_that_would_add_to_counts_is_replaced():
    # One letter once, one twice, five three times: D2 = 2 - 3 * 1/3 * 5 is negative.
    text = "a" + "b" * 2 + "cdefg" * 3 + "h" * 4
    model = KneserNey(order=1).fit(text)
    np.testing.assert_array_equal(model.discounts_, [FALLBACK_DISCOUNTS])


@given(texts, texts, orders)
@few
def test_what_comes_next_is_a_distribution_and_agrees_with_the_scores(text, other, order):
    model = KneserNey(order).fit(text)
    p = np.exp(model.log_probabilities(other))
    for place, character in enumerate(other):
        after = model.predict_proba(other[:place])
        assert after.shape == (len(model.alphabet_),)
        assert after.min() > 0
        assert after.sum() == pytest.approx(1, abs=1e-12)
        known = character if character in model.alphabet_ else "<unk>"
        assert after[model.alphabet_.index(known)] == pytest.approx(p[place], rel=1e-12)


def test_only_the_last_characters_of_a_history_matter(model):
    history = random_text(0, 3000)[:50]
    np.testing.assert_array_equal(model.predict_proba(history), model.predict_proba(history[-3:]))
    assert not np.array_equal(model.predict_proba(history), model.predict_proba(history[-2:]))


def test_unknown_characters_share_one_probability(model):
    scores = model.log_probabilities("a?"), model.log_probabilities("a日")
    np.testing.assert_array_equal(*scores)
    assert np.exp(scores[0][1]) == pytest.approx(model.predict_proba("a")[0], rel=1e-12)


def test_what_stands_before_an_unknown_character_does_not_matter(model):
    np.testing.assert_array_equal(model.predict_proba("a?"), model.predict_proba(""))
    np.testing.assert_array_equal(model.predict_proba("b?ab"), model.predict_proba("ab"))


def test_the_alphabet_is_sorted_after_the_unknown():
    assert KneserNey().fit("b😀éab ").alphabet_ == ["<unk>", " ", "a", "b", "é", "😀"]


def test_a_text_shorter_than_the_order_will_do():
    model = KneserNey(order=9).fit("ab")
    assert model.predict_proba("a").argmax() == model.alphabet_.index("b")
    # Nothing followed b, so what comes is what comes anywhere.
    np.testing.assert_array_equal(model.predict_proba("ab"), model.predict_proba(""))


def test_bits_are_binary_logarithms(model):
    text = random_text(1, 100)
    expected = -np.log2(np.exp(model.log_probabilities(text))).mean()
    assert model.bits_per_character(text) == pytest.approx(expected, rel=1e-12)


def test_it_predicts_real_text_and_longer_histories_help():
    train, held_out = load_topics()
    bits = [KneserNey(order).fit(train).bits_per_character(held_out) for order in (1, 3, 9)]
    assert 4.4 < bits[0] < 5
    assert 2.3 < bits[1] < 2.8
    assert 1.6 < bits[2] < 2.0


def test_samples_follow_the_probabilities(model):
    rng = np.random.default_rng(0)
    drawn = Counter(model.sample(1, rng, prompt="?ab") for _ in range(1500))
    p = model.predict_proba("ab")
    expected = dict(zip(model.alphabet_[1:], p[1:] / p[1:].sum(), strict=True))
    assert {*drawn} <= {*expected}
    for character, share in expected.items():
        assert drawn[character] / 1500 == pytest.approx(share, abs=0.05)


def test_a_sample_reads_what_it_wrote():
    model = KneserNey(order=5).fit("abcdefgh" * 200)
    assert model.sample(12, rng=0, prompt="cd") == "efghabcdefgh"
    assert len(model.sample(30, rng=0)) == 30


def test_samples_can_be_repeated(model):
    assert model.sample(40, rng=1) == model.sample(40, rng=np.random.default_rng(1))
    assert model.sample(40, rng=1) != model.sample(40, rng=2)


def test_it_can_be_fitted_again_and_pickled(model):
    text = random_text(3, 300)
    again = KneserNey(order=4).fit("something else").fit(random_text(0, 3000))
    np.testing.assert_array_equal(again.log_probabilities(text), model.log_probabilities(text))
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.log_probabilities(text), model.log_probabilities(text))


@pytest.mark.parametrize(("order", "error"), [(0, ValueError), (2.0, TypeError), (True, TypeError)])
def test_an_order_without_meaning_is_refused(order, error):
    with pytest.raises(error, match=f"order is {order}: expected"):
        KneserNey(order)


def test_an_order_that_takes_too_much_memory_is_refused():
    assert KneserNey(100).order == 100
    with pytest.raises(ValueError, match="order is 101: expected 100 or less"):
        KneserNey(101)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ValueError, "text is empty: expected at least one character"),
        (b"abc", TypeError, "text is of type bytes: expected a string; decode it first"),
        (["a", "b"], TypeError, "text is of type list: expected a string; .*join"),
        (np.arange(3), TypeError, "text is of type ndarray: expected a string"),
    ],
)
def test_what_is_no_text_is_refused(model, text, error, message):
    for method in (KneserNey().fit, model.log_probabilities, model.bits_per_character):
        with pytest.raises(error, match=message):
            method(text)
    if len(text):
        with pytest.raises(error, match=message.replace("text", "history")):
            model.predict_proba(text)


def test_a_sample_refuses_what_has_no_meaning(model):
    with pytest.raises(TypeError, match="prompt is of type bytes"):
        model.sample(3, rng=0, prompt=b"ab")
    with pytest.raises(ValueError, match="n_characters is 0: expected 1 or more"):
        model.sample(0, rng=0)
    with pytest.raises(TypeError, match="rng is None"):
        model.sample(3, rng=None)


def test_it_must_be_fitted_first():
    model = KneserNey()
    for method in (model.log_probabilities, model.bits_per_character, model.predict_proba):
        with pytest.raises(NotFittedError, match=r"call fit\(text\) first"):
            method("abc")
    with pytest.raises(NotFittedError, match=r"call fit\(text\) first"):
        model.sample(3, rng=0)
