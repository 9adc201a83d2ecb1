"""Short trainings, from the first draw to the losses: what they return is compared with a record.

A seed gives the same training each time. Whether it is also the training that it was, with the
same batches, rates and first weights, only numbers that are kept can tell.
"""

import numpy as np

from rnnhelpers.estimators import RNNClassifier, RNNRegressor
from rnnhelpers.language_model import LanguageModel
from rnnhelpers.memory_tasks import train_on_adding, train_on_copying
from rnnhelpers.translation import Translator
from rnnhelpers.word_vectors import SkipGram

TEXT = "the cat sat on the mat, and the rat sat on the cat. " * 12
PAIRS = [("un", "one"), ("deux", "two"), ("trois", "three"), ("quatre", "four")] * 3
WORDS = [["the", "dog", "bites", "the", "man"], ["a", "cat", "bites", "the", "dog"]] * 60


def language_model():
    """Return the losses of a language model, before and after each update, and a sentence."""
    model = LanguageModel(
        n_hidden=6, n_updates=12, n_sequences=4, n_steps=9, n_warmup=5, evaluate_every=4
    )
    model.fit(TEXT, "the rat and the cat sat. ", progress=False)
    history = model.history_
    text = model.sample(20, rng=3)
    return [*history.losses, *history.learning_rates, *np.ravel(history.held_out), *map(ord, text)]


def translator():
    """Return the losses of a translator, and how likely it thinks a translation is."""
    model = Translator(n_hidden=6, n_updates=8, batch_size=5).fit(PAIRS, progress=False)
    history, likely = model.history_, model.log_probabilities(PAIRS[:2])
    return [*history.losses, *history.learning_rates, *likely]


def sequences(n_sequences=20, n_steps=5):
    """Return random walks, their lengths, and where they end."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(n_sequences, n_steps, 1)).cumsum(axis=1)
    lengths = rng.integers(2, n_steps + 1, n_sequences)
    return X, lengths, X[np.arange(n_sequences), lengths - 1, 0]


def classifier():
    """Return the losses of a classifier, and what it says."""
    X, lengths, ends = sequences()
    model = RNNClassifier(n_hidden=4, n_epochs=3, batch_size=6, validation_fraction=0.2)
    model.fit(X, ends > 0, lengths)
    return [*model.history_.losses, *np.ravel(model.history_.held_out),
            *model.predict_proba(X[:3], lengths[:3]).ravel()]  # fmt: skip


def regressor():
    """Return the losses of a regressor, and what it says."""
    X, lengths, ends = sequences()
    model = RNNRegressor(n_hidden=4, n_epochs=3, batch_size=6).fit(X, ends, lengths)
    return [*model.history_.losses, *model.predict(X[:3], lengths[:3]).ravel()]


def word_vectors():
    """Return the losses of word vectors, and how alike some are."""
    model = SkipGram(6, window=2, n_epochs=4, batch_size=20, n_shared=9, subsample=0.1).fit(WORDS)
    pairs = [("dog", "cat"), ("the", "bites"), ("a", "man")]
    return [*model.losses_, *(model.similarity(*pair) for pair in pairs), *model.E_[0]]


def adding():
    """Return the losses on the adding problem."""
    return train_on_adding("lstm", 6, n_hidden=5, n_updates=6, n_sequences=7, rng=1)[1].losses


def copying():
    """Return the losses on the copy task."""
    return train_on_copying("gru", 3, n_to_copy=2, n_updates=6, n_sequences=7, rng=1)[1].losses


TRAININGS = {
    function.__name__: function
    for function in (
        language_model, translator, classifier, regressor, word_vectors, adding, copying,
    )
}  # fmt: skip
"""A function that trains, and returns numbers, by its name."""
