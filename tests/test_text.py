"""The sequence encoder agrees with scikit-learn, keeps order, and refuses what it cannot read."""

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rnnhelpers.text import (
    KEEP_SHORT_WORDS,
    PAD_ID,
    UNKNOWN_ID,
    SequenceEncoder,
    one_hot,
    sequence_lengths,
)

DOCUMENTS = [
    "Chetan works as an ML engineer.",
    "The dog bites the man.",
    "Plan A or plan B?",
    "Élodie naïvely reads 日本語.",
]


@pytest.fixture
def encoder():
    return SequenceEncoder().fit(DOCUMENTS)


def test_the_sum_of_the_one_hot_vectors_is_the_bag_of_words(encoder):
    vectors = one_hot(encoder.transform(DOCUMENTS), len(encoder.tokens_))
    vectorizer = CountVectorizer(token_pattern=KEEP_SHORT_WORDS)
    counts = vectorizer.fit_transform(DOCUMENTS).toarray()
    assert encoder.tokens_[2:].tolist() == vectorizer.get_feature_names_out().tolist()
    np.testing.assert_array_equal(vectors.sum(axis=1)[:, 2:], counts)
    assert not vectors.sum(axis=1)[:, :2].any()


def test_ids_read_back_are_the_words_in_order(encoder):
    read_back = encoder.inverse_transform(encoder.transform(DOCUMENTS))
    assert read_back[1] == ["the", "dog", "bites", "the", "man"]
    assert read_back[2] == ["plan", "a", "or", "plan", "b"]


def test_one_hot_output_reads_back_too():
    encoder = SequenceEncoder(output="one_hot").fit(DOCUMENTS)
    x = encoder.transform(DOCUMENTS)
    assert x.shape == (4, 6, len(encoder.tokens_))
    assert encoder.inverse_transform(x)[1] == ["the", "dog", "bites", "the", "man"]


def test_shorter_documents_are_padded_at_the_end(encoder):
    token_ids = encoder.transform(DOCUMENTS)
    assert token_ids.shape == (4, 6)
    assert token_ids.dtype == np.int64
    assert token_ids[1, 5] == PAD_ID
    assert sequence_lengths(token_ids).tolist() == [6, 5, 5, 4]


def test_an_unknown_word_keeps_its_time_step(encoder):
    token_ids = encoder.transform(["The cat bites."])
    assert token_ids[0, 1] == UNKNOWN_ID
    assert encoder.inverse_transform(token_ids) == [["the", "<unk>", "bites"]]


def test_a_document_without_tokens_is_padding_only(encoder):
    token_ids = encoder.transform(["", "the dog"])
    assert token_ids[0].tolist() == [PAD_ID, PAD_ID]
    assert sequence_lengths(token_ids).tolist() == [0, 2]


def test_only_empty_documents_have_no_time_steps(encoder):
    assert encoder.transform(["", "?!"]).shape == (2, 0)


@pytest.mark.parametrize(("n_steps", "expected"), [(3, "the dog bites"), (7, DOCUMENTS[1][:-1])])
def test_a_fixed_number_of_steps_cuts_the_end_or_pads(n_steps, expected):
    encoder = SequenceEncoder(n_steps=n_steps).fit(DOCUMENTS)
    token_ids = encoder.transform([DOCUMENTS[1]])
    assert token_ids.shape == (1, n_steps)
    assert " ".join(encoder.inverse_transform(token_ids)[0]) == expected.lower()


def test_characters_can_be_tokens():
    encoder = SequenceEncoder(analyzer="char", lowercase=False).fit(["Abba", "b a"])
    assert encoder.tokens_.tolist() == ["<pad>", "<unk>", " ", "A", "a", "b"]
    assert encoder.inverse_transform(encoder.transform(["ab"])) == [["a", "b"]]


def test_tokens_of_too_few_documents_are_left_out():
    encoder = SequenceEncoder(min_df=2).fit(["dog man", "dog bites", "bites"])
    assert list(encoder.tokens_[2:]) == ["bites", "dog"]


def test_a_small_vocabulary_keeps_the_most_frequent_tokens():
    encoder = SequenceEncoder(max_features=1).fit(["dog dog man"])
    assert encoder.tokens_.tolist() == ["<pad>", "<unk>", "dog"]


def test_it_clones_pickles_and_works_in_a_pipeline(encoder):
    changed = clone(SequenceEncoder(n_steps=4, output="one_hot"))
    assert changed.get_params()["n_steps"] == 4
    again = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(again.transform(DOCUMENTS), encoder.transform(DOCUMENTS))
    pipeline = make_pipeline(SequenceEncoder(), FunctionTransformer(sequence_lengths))
    assert pipeline.fit_transform(DOCUMENTS).tolist() == [6, 5, 5, 4]


def test_an_iterator_of_documents_will_do():
    assert SequenceEncoder().fit(iter(DOCUMENTS)).transform(iter(DOCUMENTS)).shape == (4, 6)


@pytest.mark.parametrize(
    ("documents", "error", "message"),
    [
        ("Chetan works", TypeError, r"single string.*use \[document\]"),
        (b"Chetan works", TypeError, "single string"),
        (7, TypeError, "of type int: expected a list of strings"),
        ([], ValueError, "empty: expected at least one"),
        (["fine", None], TypeError, r"documents\[1\] is None, of type NoneType"),
        (["fine", b"bytes"], TypeError, "decode it first"),
    ],
)
def test_what_is_no_list_of_strings_is_refused(encoder, documents, error, message):
    with pytest.raises(error, match=message):
        SequenceEncoder().fit(documents)
    with pytest.raises(error, match=message):
        encoder.transform(documents)


@pytest.mark.parametrize("n_steps", [0, -3, 2.5, "6", True])
def test_a_number_of_steps_without_meaning_is_refused(n_steps):
    with pytest.raises(ValueError, match=r"n_steps is .*expected a number of time steps"):
        SequenceEncoder(n_steps=n_steps).fit(DOCUMENTS)


def test_an_unknown_output_is_refused():
    with pytest.raises(ValueError, match="output is 'onehot': expected 'ids' or 'one_hot'"):
        SequenceEncoder(output="onehot").fit(DOCUMENTS)


def test_reserved_tokens_in_the_documents_are_refused():
    with pytest.raises(ValueError, match="the token '<pad>', which the encoder reserves"):
        SequenceEncoder(token_pattern=r"\S+").fit(["dog <pad> man"])


def test_it_must_be_fitted_first():
    with pytest.raises(NotFittedError):
        SequenceEncoder().transform(DOCUMENTS)


def test_one_hot_of_any_shape():
    assert one_hot(np.int8(2), 3).tolist() == [0, 0, 1]
    token_ids = np.random.default_rng(0).integers(1, 5, size=(2, 3, 4))
    vectors = one_hot(token_ids, 5)
    assert vectors.shape == (2, 3, 4, 5)
    np.testing.assert_array_equal(vectors.argmax(axis=-1), token_ids)
    assert vectors.sum() == token_ids.size


@pytest.mark.parametrize("token_id", [-1, 5, 99])
def test_one_hot_refuses_ids_outside_the_vocabulary(token_id):
    with pytest.raises(ValueError, match=rf"token id {token_id} is outside .*0 to 4"):
        one_hot([0, token_id], 5)


def test_one_hot_refuses_numbers_that_are_not_whole():
    with pytest.raises(TypeError, match="dtype float64: expected whole numbers"):
        one_hot([0.5], 5)


def test_lengths_refuse_padding_in_front_and_a_single_sequence():
    with pytest.raises(ValueError, match="padding at the end only"):
        sequence_lengths([[0, 3, 2]])
    with pytest.raises(ValueError, match=r"shape \(3,\).*token_ids\[None\]"):
        sequence_lengths([3, 2, 0])


def test_a_function_of_ones_own_can_cut_documents_into_tokens():
    encoder = SequenceEncoder(analyzer=list).fit(["a  b"])  # warnings are errors here
    assert encoder.inverse_transform(encoder.transform(["b  a"])) == [["b", " ", " ", "a"]]


def test_letters_can_be_taken_within_words():
    encoder = SequenceEncoder(analyzer="char_wb").fit(["ab c"])
    [tokens] = encoder.inverse_transform(encoder.transform(["ab c"]))
    assert tokens == [" ", "a", "b", " ", " ", "c", " "]
