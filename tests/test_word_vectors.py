"""Skip-gram with negative sampling: the pairs, the gradients, the draws, and what is refused."""

import copy
import re

import numpy as np
import pytest

from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.training import DivergedError
from rnnhelpers.word_vectors import (
    SkipGram,
    context_pairs,
    negative_sampling_loss,
    split_sentences,
)

ANIMALS, PEOPLE = ["dog", "cat", "goose"], ["man", "woman", "baby"]


def sentences(n, seed=0):
    """Return sentences in which animals have one company, and people another."""
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(n):
        animal, person = ANIMALS[rng.integers(3)], PEOPLE[rng.integers(3)]
        made += [["the", animal, "barks", "outside"], ["a", person, "reads", "books"]]
    return made


@pytest.fixture(scope="module")
def model():
    return SkipGram(8, window=2, subsample=1, n_epochs=10, learning_rate=0.05).fit(sentences(1000))


# Text and pairs --------------------------------------------------------------------------------


def test_sentences_end_where_they_should():
    text = "One, two: three.Four\nfive!\n\nSix __init__ 3.14 x1\n \nseven"
    assert split_sentences(text) == [
        ["one", "two"], ["three", "four", "five"], ["six", "__init__", "x1"], ["seven"],
    ]  # fmt: skip


@pytest.mark.parametrize("window", [1, 2, 9])
def test_pairs_are_all_within_the_window_and_no_others(window):
    ids = np.array([3, 1, 4, 1, 5])
    expected = [
        [ids[i], ids[j]] for i in range(5) for j in range(5) if i != j and abs(i - j) <= window
    ]
    assert context_pairs(ids, window).tolist() == expected


def test_a_sentence_of_one_word_has_no_pairs():
    assert context_pairs([7], window=2).shape == (0, 2)
    assert context_pairs([], window=2).shape == (0, 2)


# The loss --------------------------------------------------------------------------------------


def vectors(rng, n_pairs=3, n_negatives=4, n_features=5):
    shapes = {"v": (n_pairs, n_features), "u": (n_pairs, n_features)}
    shapes["u_negative"] = (n_negatives, n_features)
    return {name: rng.normal(size=shape) for name, shape in shapes.items()}


@pytest.mark.parametrize("weight", [1.0, 0.08])
def test_the_gradients_are_the_slopes_of_the_loss(weight):
    arrays = vectors(np.random.default_rng(1))
    _, *gradients = negative_sampling_loss(**arrays, weight=weight)
    evidence = check_gradients(
        lambda: negative_sampling_loss(**arrays, weight=weight)[0],
        arrays,
        dict(zip(arrays, gradients, strict=True)),
        show=False,
    )
    assert all(one.is_right for one in evidence), [str(one) for one in evidence]


def test_the_loss_is_the_equation():
    arrays = vectors(np.random.default_rng(2))
    v, u, u_negative = arrays.values()

    def log_sigma(a):
        return -np.log(1 + np.exp(-a))

    by_pair = [
        -log_sigma(v[i] @ u[i]) - 0.5 * sum(log_sigma(-v[i] @ other) for other in u_negative)
        for i in range(3)
    ]
    loss, *_ = negative_sampling_loss(v, u, u_negative, weight=0.5)
    np.testing.assert_allclose(loss, np.mean(by_pair), rtol=1e-12)


def test_large_scores_are_no_trouble():
    loss, *gradients = negative_sampling_loss([[1e3]], [[-1e3]], [[1e3]])
    assert loss == 2e6
    assert all(np.isfinite(gradient).all() for gradient in gradients)


def test_without_negatives_only_the_pair_counts():
    loss, *_, d_u_negative = negative_sampling_loss([[0.0]], [[1.0]], np.zeros((0, 1)))
    np.testing.assert_allclose(loss, np.log(2))
    assert d_u_negative.shape == (0, 1)


# Learning --------------------------------------------------------------------------------------


def test_a_batch_moves_the_vectors_against_the_checked_gradient():
    model, rng = SkipGram(4, window=2, n_shared=3, n_negatives=2), np.random.default_rng(3)
    both = rng.normal(size=(9, 8)).astype(np.float32)
    before, rate = both.astype(float), 0.1
    words, sentence_of = np.array([5, 2, 5, 7, 0]), np.array([0, 0, 0, 1, 1])
    negatives = np.array([5, 1, 1])
    pairs = model._pairs(sentence_of, np.random.default_rng(4))
    weights = pairs.sum(axis=1, keepdims=True) * np.float32(2 / 3)
    rows = np.concatenate([[0, 0], words, [0, 0], negatives])
    loss = model._step(both, rows, pairs, weights, rate, look=True)

    expected, total = before.copy(), 0.0
    for i, j in np.argwhere(pairs):
        centre, context = words[i], words[i + j - 2]
        assert sentence_of[i] == sentence_of[i + j - 2]
        one, d_v, d_u, d_negative = negative_sampling_loss(
            before[[centre], :4], before[[context], 4:], before[negatives, 4:], weight=2 / 3
        )
        total += one
        expected[centre, :4] -= rate * d_v[0]
        expected[context, 4:] -= rate * d_u[0]
        np.subtract.at(expected[:, 4:], negatives, rate * d_negative)
    assert len(np.argwhere(pairs)) > 3
    np.testing.assert_allclose(both, expected, atol=2e-6)
    np.testing.assert_allclose(loss, total, rtol=1e-5)


def test_no_pair_goes_over_the_end_of_a_sentence_or_the_reach():
    model, sentence_of = SkipGram(window=3), np.repeat([0, 1, 2], [1, 4, 7])
    seen = np.zeros(7)
    for seed in range(200):
        pairs = model._pairs(sentence_of, np.random.default_rng(seed))
        for i, j in np.argwhere(pairs):
            assert sentence_of[i] == sentence_of[i + j - 3]
            assert j != 3
        seen += pairs[8]  # in the middle of the last sentence
    # A reach of 1, 2 or 3 is equally likely: distance 1 always, 2 in two thirds, 3 in a third.
    np.testing.assert_allclose(seen / 200, [1 / 3, 2 / 3, 1, 0, 1, 2 / 3, 1 / 3], atol=0.12)


def test_words_of_the_same_company_are_neighbours(model):
    assert type(model.similarity("dog", "man")) is float
    for group, other in ((ANIMALS, PEOPLE), (PEOPLE, ANIMALS)):
        for word in group:
            near = [name for name, _ in model.neighbours(word, 2)]
            assert sorted(near) == sorted(set(group) - {word})
            assert all(model.similarity(word, one) > 0.9 for one in near)
            assert all(model.similarity(word, one) < 0.5 for one in other)


def test_the_loss_begins_at_that_of_zeros_and_falls(model):
    untrained = 6 * np.log(2)
    assert len(model.losses_) == 10
    assert model.losses_[-1] < model.losses_[0] < untrained
    short = SkipGram(8, learning_rate=1e-9, n_epochs=1).fit(sentences(1000))
    np.testing.assert_allclose(short.losses_[0], untrained, rtol=1e-4)


def test_the_same_seed_gives_the_same_vectors_and_another_gives_others():
    text = sentences(100)
    first, again, other = (SkipGram(5, n_epochs=2, rng=seed).fit(text) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.E_, again.E_)
    assert not np.allclose(first.E_, other.E_)
    generator = np.random.default_rng(0)
    np.testing.assert_array_equal(SkipGram(5, n_epochs=2, rng=generator).fit(text).E_, first.E_)


def test_frequent_words_are_thinned_out():
    text = [["the", word] for word in ["dog", "cat"]] * 1000
    model = SkipGram(2, subsample=1e-2, n_epochs=1)
    share = np.array([0.5, 0.25, 0.25])
    kept = []
    read_once = model._read_once

    def spy(both, ids, *rest):
        kept.append(np.bincount(ids, minlength=3))
        return read_once(both, ids, *rest)

    model._read_once = spy
    model.fit(text)
    expected = (np.sqrt(1e-2 / share) + 1e-2 / share) * model.counts_
    assert model.tokens_ == ["the", "cat", "dog"]
    np.testing.assert_allclose(kept[0], expected, atol=4 * np.sqrt(expected.max()))


def test_random_contexts_are_drawn_from_the_counts_to_three_quarters():
    text = [["the", "dog"]] * 900 + [["cat", "cat"]] * 50
    model, drawn = SkipGram(2, n_epochs=10, subsample=1), np.zeros(3)
    step = model._step

    def spy(both, rows, pairs, *rest):
        drawn[:] += np.bincount(rows[-64:], minlength=3)
        return step(both, rows, pairs, *rest)

    model._step = spy
    model.fit(text)
    expected = model.counts_**0.75
    np.testing.assert_allclose(drawn / drawn.sum(), expected / expected.sum(), atol=0.01)


def test_rare_words_are_left_out_as_if_they_were_not_there():
    text = [["dog", "rare", "cat"]] + [["dog", "cat"]] * 10
    model = SkipGram(2, min_count=2)
    counts, tokens, ids, sentence_of = model._read(text)
    assert tokens == ["cat", "dog"]
    assert counts["rare"] == 1
    assert (ids[:2].tolist(), sentence_of[:3].tolist()) == ([1, 0], [0, 0, 1])


def test_a_model_can_be_copied_and_a_vector_is_a_copy(model):
    other = copy.deepcopy(model)
    other.vector("dog")[:] = 0
    np.testing.assert_array_equal(other.E_, model.E_)
    np.testing.assert_array_equal(other.vector("dog"), model.E_[model.vocabulary_["dog"]])


def test_neighbours_of_a_vector_have_the_word_itself(model):
    name, cosine = model.neighbours(model.vector("dog"), 1)[0]
    assert name == "dog"
    np.testing.assert_allclose(cosine, 1)
    assert len(model.neighbours("dog", 10_000)) == len(model.tokens_) - 1


def test_the_progress_bar_shows_the_loss(capfd):
    SkipGram(2, n_epochs=2).fit(sentences(20), progress=True)
    assert "loss=" in capfd.readouterr().err


# What is refused -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("setting", "error", "message"),
    [
        ({"window": 0}, ValueError, "window is 0: expected 1 or more"),
        ({"window": -3}, ValueError, "window is -3"),
        ({"window": 2.0}, TypeError, "window is 2.0: expected a whole number"),
        ({"window": True}, TypeError, "window is True: expected a whole number"),
        ({"n_features": 0}, ValueError, "n_features is 0"),
        ({"n_negatives": 0}, ValueError, "n_negatives is 0"),
        ({"n_shared": 0}, ValueError, "n_shared is 0"),
        ({"batch_size": 0}, ValueError, "batch_size is 0"),
        ({"n_epochs": 0}, ValueError, "n_epochs is 0"),
        ({"min_count": 0}, ValueError, "min_count is 0"),
        ({"learning_rate": float("nan")}, ValueError, "learning_rate is nan"),
        ({"learning_rate": 0}, ValueError, "learning_rate is 0: expected a number above 0"),
        ({"subsample": -1}, ValueError, "subsample is -1"),
        ({"rng": "x"}, TypeError, "rng is"),
    ],
)
def test_settings_without_meaning_are_refused(setting, error, message):
    with pytest.raises(error, match=re.escape(message)):
        SkipGram(**setting)


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        ("the dog bites", TypeError, "sentences is a text: expected a list of sentences"),
        (["the dog", "bites"], TypeError, "sentences[0] is the text 'the dog'"),
        ([["dog", 3]], TypeError, "sentences[0] has 3 of type int: expected words"),
        ([], ValueError, "sentences is empty: expected at least one"),
        ([[], []], ValueError, "0 of 0 words occur 5 times or more"),
        ([["dog"] * 50], ValueError, "1 of 1 words occur 5 times or more: expected at least 2"),
        ([["dog", "cat"]] * 4, ValueError, "0 of 2 words occur 5 times or more"),
        ([["dog"], ["cat"]] * 9, ValueError, "no two frequent words stand in one sentence"),
    ],
)
def test_a_text_from_which_nothing_can_be_learned_is_refused(given, error, message):
    with pytest.raises(error, match=re.escape(message)):
        SkipGram().fit(given)


def test_vectors_that_grow_without_bounds_are_not_returned():
    model = SkipGram(20, learning_rate=5.0)
    with pytest.raises(DivergedError, match=r"a smaller learning rate \(it is 5.0\)") as caught:
        model.fit(sentences(500))
    assert len(caught.value.history) >= 1


@pytest.mark.parametrize(
    ("ask", "error", "message"),
    [
        (lambda m: m.vector("dgo"), ValueError, "'dgo' is not in the text: expected one of its "
         "words; near to it are 'dog'"),
        (lambda m: m.vector("zzz"), ValueError, "'zzz' is not in the text: expected one of its"),
        (lambda m: m.similarity("dog", 3), TypeError, "word is of type int: expected a word"),
        (lambda m: m.neighbours("dog", 0), ValueError, "n is 0"),
        (lambda m: m.neighbours([1.0, 2.0]), ValueError, "word has shape (2,): expected (8,)"),
        (lambda m: m.neighbours(np.zeros(8)), ValueError, "vector of zeros"),
        (lambda m: m.neighbours([None] * 8), TypeError, "word holds"),
    ],
)  # fmt: skip
def test_what_has_no_vector_is_named(model, ask, error, message):
    with pytest.raises(error, match=re.escape(message)):
        ask(model)


@pytest.mark.parametrize(("n", "times"), [(1, "once"), (3, "3 times")])
def test_a_word_that_is_too_rare_is_said_to_be(n, times):
    model = SkipGram(2, n_epochs=1).fit([["rare", "dog"]] * n + sentences(20))
    with pytest.raises(ValueError, match=f"'rare' occurs {times}: expected 5 times or more"):
        model.vector("rare")


def test_a_text_that_is_refused_leaves_the_model_as_it_was(model):
    model = copy.deepcopy(model)
    before = model.E_.copy()
    with pytest.raises(ValueError, match="expected at least 2"):
        model.fit([["other"] * 9])
    np.testing.assert_array_equal(model.E_, before)
    assert "dog" in model.vocabulary_


def test_before_fit_there_are_no_vectors():
    with pytest.raises(ValueError, match="expected that fit was called before"):
        SkipGram().neighbours("dog")
    model = SkipGram()
    with pytest.raises(ValueError, match="expected at least 2"):
        model.fit([["dog"]])
    with pytest.raises(ValueError, match="fit was called before"):
        model.vector("dog")


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        (([1.0], [1.0], [[1.0]]), "v has shape (1,): expected (n_pairs, n_features)"),
        ((np.zeros((0, 2)), np.zeros((0, 2)), [[1.0, 2.0]]), "one pair or more"),
        (([[1.0]], [[1.0], [2.0]], [[1.0]]), "u has shape (2, 1): expected (1, 1)"),
        (([[1.0]], [[1.0]], [[1.0, 2.0]]), "u_negative has shape (1, 2): expected (n_negatives"),
        (([[np.nan]], [[1.0]], [[1.0]]), "v[0][0] is nan"),
    ],
)
def test_vectors_that_do_not_fit_are_refused(arrays, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        negative_sampling_loss(*arrays)


def test_a_negative_weight_is_refused():
    with pytest.raises(ValueError, match="weight is -1: expected a number at least 0"):
        negative_sampling_loss([[1.0]], [[1.0]], [[1.0]], weight=-1)


@pytest.mark.parametrize(
    ("ids", "window", "error", "message"),
    [
        ([1, 2], 0, ValueError, "window is 0"),
        ([[1, 2]], 1, ValueError, "ids has shape (1, 2): expected (n_words,)"),
        (["dog"], 1, TypeError, "expected whole numbers; encode the words first"),
    ],
)
def test_what_is_no_sentence_of_ids_is_refused(ids, window, error, message):
    with pytest.raises(error, match=re.escape(message)):
        context_pairs(ids, window)


@pytest.mark.parametrize("text", ["", 3, ["a"]])
def test_what_is_no_text_is_refused(text):
    with pytest.raises((TypeError, ValueError), match="text"):
        split_sentences(text)
