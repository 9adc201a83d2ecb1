"""The estimators keep scikit-learn's contract, learn, and do not look at padding."""

import copy
import pickle
import tracemalloc
from unittest import SkipTest

import numpy as np
import pytest
import sklearn.utils
from sklearn import config_context
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import DataConversionWarning, NotFittedError
from sklearn.metrics import log_loss
from sklearn.model_selection import (
    GridSearchCV,
    StratifiedKFold,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from rnnhelpers import estimators
from rnnhelpers.estimators import RNNClassifier, RNNRegressor
from rnnhelpers.network import CELL_OPTIONS
from rnnhelpers.saving import BadFile, read_npz, write_npz
from rnnhelpers.text import SequenceEncoder
from rnnhelpers.training import DivergedError

QUICK = {"cell": "rnn", "n_hidden": 16, "n_epochs": 12, "learning_rate": 0.03}
TINY = {"cell": "rnn", "n_hidden": 4, "n_epochs": 2}


class FoldingClassifier(RNNClassifier):
    """Takes two columns a step; the checks hand in odd numbers of columns, too."""

    def _fold(self, X):
        return super()._fold(np.pad(X, ((0, 0), (0, X.shape[1] % 2))))


class FoldingRegressor(RNNRegressor):
    """As `FoldingClassifier`."""

    def _fold(self, X):
        return super()._fold(np.pad(X, ((0, 0), (0, X.shape[1] % 2))))


CONTRACTED = [
    RNNClassifier(**QUICK),
    RNNRegressor(**QUICK),
    FoldingClassifier(**QUICK, n_step_features=2),
    FoldingRegressor(**QUICK, n_step_features=2),
]
# What scikit-learn's checks ask for, and the course has not got.
NOT_HERE = ("pandas is not installed", "SCIPY_ARRAY_API is not set")


@pytest.mark.no_cover
@parametrize_with_checks(CONTRACTED)
def test_scikit_learn_finds_nothing_to_object_to(estimator, check):
    try:
        check(estimator)
    except SkipTest as skip:
        if not str(skip).startswith(NOT_HERE):
            raise AssertionError(f"a check was skipped: {skip}") from skip


@pytest.mark.parametrize("estimator", CONTRACTED, ids=lambda estimator: type(estimator).__name__)
def test_scikit_learn_has_many_checks(estimator):
    checks = [check for _, check in parametrize_with_checks([estimator]).args[1]]
    names = {check.func.__name__ for check in checks}
    assert len(checks) >= 45
    kind = "classifiers" if isinstance(estimator, RNNClassifier) else "regressors"
    assert names >= {
        f"check_{kind}_train",
        "check_transformer_general",
        "check_estimators_pickle",
        "check_fit_idempotent",
        "check_methods_subset_invariance",
        "check_n_features_in",
    }


def digits():
    """Return handwritten digits, row by row: training, then test."""
    X, y = load_digits(return_X_y=True)
    return train_test_split(X.reshape(-1, 8, 8), y, stratify=y, random_state=0)


def cumulated(n_samples, n_steps=6, seed=0):
    """Return sequences of different lengths, with junk after their end, and their sums."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_samples, n_steps, 2))
    lengths = rng.integers(1, n_steps + 1, size=n_samples)
    is_real = np.arange(n_steps) < lengths[:, None]
    y = np.where(is_real, X[..., 0], 0).sum(axis=1)
    return np.where(is_real[..., None], X, 99), lengths, y


def tokens(n_samples, seed=0):
    """Return token ids from 1 to 5, padded, and whether there are more small ones than large."""
    rng = np.random.default_rng(seed)
    ids = rng.integers(1, 6, size=(n_samples, 7))
    ids[np.arange(7) >= rng.integers(1, 8, size=n_samples)[:, None]] = 0
    return ids, ((ids > 0) & (ids < 3)).sum(axis=1) > (ids > 3).sum(axis=1)


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_it_reads_handwritten_digits_row_by_row(cell):
    X, X_test, y, y_test = digits()
    model = RNNClassifier(cell=cell, n_epochs=12).fit(X, y)
    assert model.score(X_test, y_test) >= 0.93
    assert model.n_iter_ == 12
    assert model.history_.n_steps == 12 * 43
    assert np.argmax(model.history_.learning_rates) == 12 * 43 // 20
    assert model.n_features_in_ == 8


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_it_learns_sums_of_sequences_of_different_lengths(pooling):
    X, lengths, y = cumulated(600)
    model = RNNRegressor(pooling=pooling, n_hidden=16, n_epochs=20, learning_rate=0.02)
    model.fit(X[:500], 1000 + 50 * y[:500], lengths[:500])
    assert model.score(X[500:], 1000 + 50 * y[500:], lengths=lengths[500:]) > 0.9
    assert model.predict(X[500:], lengths[500:]).shape == (100,)


def test_it_learns_several_targets_of_different_size():
    X, lengths, y = cumulated(400)
    targets = np.stack([y, 1e6 - 1e4 * y, np.full(400, 7.0)], axis=1)
    model = RNNRegressor(n_epochs=20, learning_rate=0.02).fit(X, targets, lengths)
    predictions = model.predict(X, lengths)
    assert predictions.shape == (400, 3)
    assert ((predictions - targets)[:, :2].std(axis=0) < 0.3 * targets[:, :2].std(axis=0)).all()
    np.testing.assert_allclose(predictions[:, 2], 7, atol=0.2)


NAMES = {
    "Finland": (
        "Espoo Forssa Hamina Heinola Hyvinkää Hämeenlinna Iisalmi Imatra Joensuu Jyväskylä "
        "Kajaani Kokkola Kouvola Kuusamo Lappeenranta Mikkeli Mäntsälä Naantali Pori Raahe "
        "Rauma Riihimäki Rovaniemi Salo Savonlinna Seinäjoki Tampere Turku Vaasa Ylivieska"
    ),
    "Italy": (
        "Ancona Bari Belluno Bologna Brescia Caserta Catania Cosenza Cremona Ferrara Foggia "
        "Gorizia Grosseto Imperia Latina Livorno Mantova Matera Messina Modena Novara Pavia "
        "Perugia Pescara Piacenza Pistoia Potenza Ravenna Savona Siracusa Treviso Verona"
    ),
    "Wales": (
        "Aberaeron Aberdare Abergavenny Abergele Aberystwyth Amlwch Bangor Barmouth Blaenavon "
        "Brynmawr Caerphilly Cardigan Criccieth Cwmbran Ffestiniog Harlech Llanberis "
        "Llandeilo Llandovery Llandrindod Llandudno Llanelli Llangollen Llanrwst Machynlleth "
        "Nefyn Pontypool Pontypridd Pwllheli Rhayader Rhyl Tywyn"
    ),
}


def place_names():
    pairs = [(name, country) for country, names in NAMES.items() for name in names.split()]
    return tuple(map(list, zip(*pairs, strict=True)))


def test_it_tells_the_country_of_a_place_name_in_a_pipeline():
    names, countries = place_names()
    model = make_pipeline(
        SequenceEncoder(analyzer="char"),
        RNNClassifier(
            input="tokens", cell="rnn", n_hidden=16, bidirectional=True, pooling="mean",
            batch_size=8,
        ),
    )  # fmt: skip
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    assert cross_val_score(model, names, countries, cv=folds).mean() > 0.55
    model.fit(names, countries)
    assert model.classes_.tolist() == ["Finland", "Italy", "Wales"]
    assert model.score(names, countries) > 0.95


def test_a_grid_search_finds_what_can_learn():
    X, y = tokens(120)
    grid = {"n_epochs": np.array([1, 20]), "pooling": ["last"]}
    model = RNNClassifier(input="tokens", cell="rnn", n_hidden=8, learning_rate=0.03)
    search = GridSearchCV(model, grid, cv=3).fit(X, y)
    assert search.best_params_ == {"n_epochs": 20, "pooling": "last"}
    assert search.best_estimator_.score(X, y) > 0.9


def test_lengths_are_routed_through_cross_validation():
    X, lengths, y = cumulated(150)
    model = RNNRegressor(**QUICK)
    with config_context(enable_metadata_routing=True):
        model.set_fit_request(lengths=True).set_score_request(lengths=True)
        scores = cross_val_score(model, X, y, cv=3, params={"lengths": lengths})
    assert scores.min() > 0.7
    assert RNNRegressor(**QUICK).fit(X, y, lengths).score(X, y) < 0.7


def test_parameters_are_kept_as_they_are_given():
    given = {"cell_options": {"init": "glorot"}, "dtype": np.float64, "class_weight": {0: 1, 1: 2}}
    model = RNNClassifier(**given)
    assert all(model.get_params()[name] is value for name, value in given.items())
    assert clone(model).get_params() == model.get_params()
    assert RNNRegressor().set_params(n_hidden=7).n_hidden == 7
    shared = RNNClassifier().get_params()
    del shared["class_weight"]
    assert RNNRegressor().get_params() == shared


def test_predictions_do_not_depend_on_padding():
    X, lengths, y = cumulated(60)
    wide = np.concatenate([X, np.full((60, 5, 2), -1e9)], axis=1)
    other = np.where(X == 99, 1e300, X)
    for model in (RNNRegressor(**TINY), RNNRegressor(**TINY, pooling="mean", bidirectional=True)):
        first = model.fit(X, y, lengths).predict(X, lengths)
        np.testing.assert_allclose(model.predict(wide, lengths), first, rtol=1e-12)
        np.testing.assert_allclose(model.predict(other, lengths), first, rtol=1e-12)
        single = [model.predict(x[None, :n])[0] for x, n in zip(X, lengths, strict=True)]
        np.testing.assert_allclose(single, first, rtol=1e-9)
        for padded in (wide, other):
            again = clone(model).fit(padded, y, lengths)
            np.testing.assert_array_equal(again.network_.params.flat, model.network_.params.flat)
        assert not np.allclose(model.predict(X), first)


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_the_loss_is_that_of_the_predictions(pooling):
    options = {"pooling": pooling, "batch_size": 60, "n_epochs": 1, "learning_rate": 1e-30}
    X, lengths, y = cumulated(60)
    model = RNNRegressor(**options).fit(X, 10 * y, lengths)
    errors = (model.predict(X, lengths) - 10 * y) / (10 * y).std()
    np.testing.assert_allclose(model.history_.losses, [np.mean(errors**2)], rtol=1e-5)
    X, y = tokens(60)
    weight = {False: 1, True: 4}
    model = RNNClassifier(**options, input="tokens", class_weight=weight).fit(X, y)
    loss = log_loss(y, model.predict_proba(X), sample_weight=np.where(y, 4, 1))
    np.testing.assert_allclose(model.history_.losses, [loss], rtol=1e-5)


@pytest.mark.parametrize("Model", [RNNClassifier, RNNRegressor])
def test_the_gradient_is_that_of_the_loss(Model):
    options = {"batch_size": 60, "n_epochs": 2, "dtype": "float64", "clip_norm": None}
    X, lengths, y = cumulated(60)
    y = y > 0 if Model is RNNClassifier else np.stack([y, -y, y**2], axis=1)
    model = Model(**options, optimizer="sgd", learning_rate=1e-4).fit(X, y, lengths)
    history = model.history_
    fall = history.learning_rates[0] * history.gradient_norms[0] ** 2
    np.testing.assert_allclose(history.losses[0] - history.losses[1], fall, rtol=1e-3)


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_the_length_of_tokens_is_where_padding_begins(pooling):
    X, y = tokens(60)
    model = RNNClassifier(**TINY, input="tokens", pooling=pooling).fit(X, y)
    wide = np.pad(X, ((0, 0), (0, 4)))
    np.testing.assert_allclose(model.predict_proba(wide), model.predict_proba(X), rtol=1e-12)
    single = [model.predict_proba(row[None, row > 0])[0] for row in X]
    np.testing.assert_allclose(single, model.predict_proba(X), rtol=1e-9)


def test_predictions_do_not_depend_on_the_batch_or_its_order(monkeypatch):
    X, lengths, y = cumulated(50)
    model = RNNClassifier(n_hidden=8, n_epochs=2, n_layers=2).fit(X, y > 0, lengths)
    together = model.predict_proba(X, lengths)
    order = np.random.default_rng(0).permutation(50)
    np.testing.assert_allclose(
        model.predict_proba(X[order], lengths[order]), together[order], rtol=1e-10
    )
    alone = [model.predict_proba(X[[i]], lengths[[i]])[0] for i in range(50)]
    np.testing.assert_allclose(alone, together, rtol=1e-10)
    monkeypatch.setattr(estimators, "CHUNK", 7000)
    np.testing.assert_allclose(model.predict_proba(X, lengths), together, rtol=1e-10)


def test_predicting_takes_little_memory(monkeypatch):
    model = RNNClassifier(n_hidden=32, n_epochs=1).fit(np.eye(20), np.arange(20) % 2)
    X = np.zeros((2000, 20))
    monkeypatch.setattr(estimators, "CHUNK", 200_000)
    tracemalloc.start()
    model.predict(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 200_000 + 3 * X.nbytes


@pytest.mark.parametrize("pooling", ["last", "mean"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_document_of_padding_only_has_a_state_of_zeros(pooling, bidirectional):
    X, y = tokens(40)
    X[3] = 0
    options = {"input": "tokens", "pooling": pooling, "bidirectional": bidirectional}
    model = RNNClassifier(**TINY, **options, validation_fraction=0.2).fit(X, y)
    states = model.transform(X)
    assert states.shape == (40, 8 if bidirectional else 4)
    assert not states[3].any()
    assert states[[0, 1, 2, 4]].any(axis=1).all()
    of_padding = model.predict_proba(X[[3]])
    bias = model.network_.params["readout.b_y"]
    np.testing.assert_allclose(of_padding[0, 1], 1 / (1 + np.exp(bias[0] - bias[1])), rtol=1e-6)
    without_steps = model.predict_proba(np.zeros((2, 0), int))
    np.testing.assert_array_equal(without_steps, np.repeat(of_padding, 2, axis=0))


def test_empty_documents_go_through_a_pipeline():
    names, countries = place_names()
    encoder = SequenceEncoder(analyzer="char")
    model = make_pipeline(encoder, RNNClassifier(**TINY, input="tokens"))
    model.fit([*names, ""], [*countries, "Italy"])
    assert model.predict_proba(["", "Roma"]).shape == (2, 3)
    assert model.predict_proba([""]).shape == (1, 3)


@pytest.mark.parametrize("pooling", ["last", "mean"])
def test_transform_returns_the_states_that_are_read_out(pooling):
    X, lengths, y = cumulated(30)
    model = RNNRegressor(**TINY, pooling=pooling, standardize=False, dtype="float64")
    states = model.fit_transform(X, y, lengths)
    run = model.network_.forward(X, lengths=lengths)
    np.testing.assert_allclose(states, run.features)
    np.testing.assert_array_equal(states, model.transform(X, lengths))
    assert model.get_feature_names_out().tolist() == [f"rnnregressor{i}" for i in range(4)]
    outputs = run.outputs[:, 0] * model.target_scale_ + model.target_mean_
    np.testing.assert_allclose(model.predict(X, lengths), outputs)


def test_decisions_logits_and_probabilities_agree():
    X, _, y = cumulated(90)
    for n_classes in (2, 3):
        labels = np.array(["c", "a", "b"])[np.digitize(y, [0, 2][: n_classes - 1])]
        model = RNNClassifier(**TINY).fit(X, labels)
        proba, decision = model.predict_proba(X), model.decision_function(X)
        np.testing.assert_array_equal(model.predict(X), np.unique(labels)[proba.argmax(axis=1)])
        np.testing.assert_allclose(model.predict_log_proba(X), np.log(proba))
        if n_classes == 2:
            decision = np.stack([np.zeros(90), decision], axis=1)
        np.testing.assert_allclose(np.exp(decision) / np.exp(decision).sum(axis=1)[:, None], proba)


def test_features_are_scaled_over_the_real_steps():
    X, lengths, y = cumulated(80)
    X = X * [1, 1e-3] + [0, 5]
    model = RNNRegressor(**TINY).fit(X, y, lengths)
    real_steps = X[np.arange(6) < lengths[:, None]]
    np.testing.assert_allclose(model.input_mean_, real_steps.mean(axis=0))
    np.testing.assert_allclose(model.input_scale_, real_steps.std(axis=0))
    rescaled = RNNRegressor(**TINY).fit(100 * X + 3, y, lengths)
    np.testing.assert_allclose(
        rescaled.predict(100 * X + 3, lengths), model.predict(X, lengths), rtol=1e-3, atol=1e-3
    )
    as_it_is = RNNRegressor(**TINY, standardize=False).fit(X, y, lengths)
    assert as_it_is.input_scale_.tolist() == [1, 1]
    constant = RNNRegressor(**TINY).fit(np.full((30, 4), 0.1), np.arange(30))
    assert constant.input_scale_.tolist() == [1]


def test_folded_and_unfolded_sequences_are_learned_alike():
    X, _, y = cumulated(40)
    unfolded = RNNRegressor(**TINY).fit(X, y)
    folded = RNNRegressor(**TINY, n_step_features=2).fit(X.reshape(40, 12), y)
    np.testing.assert_array_equal(folded.predict(X.reshape(40, 12)), unfolded.predict(X))
    assert (folded.n_features_in_, unfolded.n_features_in_) == (12, 2)
    lengths = np.full(40, 3)
    np.testing.assert_allclose(
        folded.predict(X.reshape(40, 12), lengths), unfolded.predict(X[:, :3]), rtol=1e-9
    )


def test_the_seed_decides():
    X, _, y = cumulated(40)

    def fit(random_state):
        return RNNRegressor(**TINY, random_state=random_state).fit(X, y).network_.params.flat

    np.testing.assert_array_equal(fit(3), fit(3))
    np.testing.assert_array_equal(fit(3), fit(np.random.RandomState(3)))
    assert not np.array_equal(fit(3), fit(4))
    assert not np.array_equal(fit(None), fit(None))
    same = np.random.RandomState(3)
    assert not np.array_equal(fit(same), fit(same))


OWN_TOKENS = np.arange(1, 49)[:, None]
OWN_CLASSES = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [24, 16, 8]))
WATCHED = {
    "input": "tokens",
    "cell": "rnn",
    "n_embedding": 6,
    "optimizer": "sgd",
    "optimizer_options": {"momentum": 0.9},
    "validation_fraction": 0.25,
}


def held_out_rows(**options):
    """Return which samples are never learned from: the vector of their token has not moved."""
    start = RNNClassifier(**WATCHED, **options, learning_rate=1e-30)
    trained = RNNClassifier(**WATCHED, **options, learning_rate=0.3)
    for model in (start, trained):
        model.fit(OWN_TOKENS, OWN_CLASSES)
    has_moved = start.network_.params["embedding.E"] != trained.network_.params["embedding.E"]
    return trained, np.flatnonzero(~has_moved.any(axis=1)[1:])


def test_held_out_samples_are_not_learned_from_and_the_best_weights_come_back():
    model, held_out = held_out_rows(n_epochs=30)
    assert np.bincount(OWN_CLASSES[held_out]).tolist() == [6, 4, 2]
    history = model.history_
    losses = [loss for _, loss in history.held_out]
    assert len(losses) == model.n_iter_ == 30
    assert history.best_step < history.n_steps
    assert min(losses) < losses[-1] - 0.1
    loss = log_loss(OWN_CLASSES[held_out], model.predict_proba(OWN_TOKENS[held_out]))
    np.testing.assert_allclose(loss, min(losses), rtol=1e-5)


def test_training_stops_when_the_held_out_loss_does_not_fall_any_more():
    model, _ = held_out_rows(n_epochs=30, patience=3)
    assert model.history_.stopped == "no improvement"
    assert model.n_iter_ == len(model.history_.held_out) < 30
    n_batches = model.history_.n_steps // model.n_iter_
    assert model.n_iter_ == model.history_.best_step // n_batches + 3


def test_scales_are_learned_without_the_held_out_samples():
    powers = 2.0 ** np.arange(16)
    model = RNNRegressor(**TINY, validation_fraction=0.25).fit(powers[:, None], powers[::-1])
    learned = np.flatnonzero([int(model.input_mean_[0] * 12) >> i & 1 for i in range(16)])
    assert len(learned) == 12
    assert model.target_mean_ * 12 == powers[::-1][learned].sum()
    assert model.target_scale_ == pytest.approx(powers[::-1][learned].std())


def test_the_optimiser_gets_what_was_asked_for():
    X, _, y = cumulated(64)
    model = RNNRegressor(**TINY, optimizer="sgd", learning_rate=0.5, batch_size=16).fit(X, y)
    assert model.history_.n_steps == 8
    assert max(model.history_.learning_rates) == 0.5
    assert model.history_.learning_rates[-1] < 0.05
    start, moved = (
        RNNRegressor(**TINY, optimizer="sgd", learning_rate=rate, clip_norm=0.01, batch_size=64)
        .fit(X, y).network_.params.flat
        for rate in (1e-30, 1.0)
    )  # fmt: skip
    np.testing.assert_allclose(np.linalg.norm(moved - start), 0.01 + 0.01 / 2, rtol=0.1)
    options = {"cell_options": {"recurrent_init": "identity"}, "learning_rate": 1e-30}
    start = RNNRegressor(**TINY, **options, optimizer_options={"weight_decay": 0.0}).fit(X, y)
    np.testing.assert_allclose(start.network_.params["rnn.layer_0.W_hh"], np.eye(4), atol=1e-20)
    W_hh = RNNRegressor(**TINY, learning_rate=1e-30).fit(X, y).network_.params["rnn.layer_0.W_hh"]
    assert CELL_OPTIONS["rnn"] == {"recurrent_init": "orthogonal"}
    gated = {name: options for name, options in CELL_OPTIONS.items() if name != "rnn"}
    kept = {"lstm": "forget_bias", "gru": "update_bias", "gru_reset_before": "update_bias"}
    assert gated == {name: CELL_OPTIONS["rnn"] | {bias: 1.0} for name, bias in kept.items()}
    np.testing.assert_allclose(W_hh @ W_hh.T, np.eye(4), atol=1e-6)
    decayed = RNNRegressor(**TINY, optimizer_options={"weight_decay": 30.0}, clip_norm=None)
    assert np.abs(decayed.fit(X, y).network_.params.flat).max() < 0.5


def test_rare_classes_can_count_more():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(300, 3)), np.repeat([7, 3], [270, 30])
    X[y == 3] += 0.7
    models = [RNNClassifier(**QUICK, class_weight=w) for w in (None, "balanced", {3: 9.0, 7: 1.0})]
    n_rare = [(model.fit(X, y).predict(X) == 3).sum() for model in models]
    assert n_rare[0] < 15
    assert n_rare[1] > 60
    assert n_rare[1] == n_rare[2]
    ones = RNNClassifier(**TINY, class_weight={3: 5.0, 7: 5.0}).fit(X, y).predict_proba(X)
    np.testing.assert_allclose(RNNClassifier(**TINY).fit(X, y).predict_proba(X), ones, rtol=1e-4)


def test_weights_are_relative_to_all_samples_and_not_to_the_batch():
    X, y = np.zeros((60, 1)), np.repeat([0, 1], 30)
    weights = {0: 3.0, 1: 1.0}
    model = RNNClassifier(**QUICK, batch_size=1, class_weight=weights, optimizer="sgd").fit(X, y)
    np.testing.assert_allclose(model.predict_proba(X[:1]), [[0.75, 0.25]], atol=0.05)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_arrays_of_the_caller_stay_as_they_are(dtype):
    X, lengths, y = cumulated(40)
    X = np.asfortranarray(X.astype(dtype))
    before = X.copy()
    for array in (X, lengths, y):
        array.flags.writeable = False
    model = RNNRegressor(**TINY).fit(X, y, lengths)
    strided = np.repeat(X, 2, axis=1)[:, ::2]
    np.testing.assert_array_equal(model.predict(strided, lengths), model.predict(X, lengths))
    np.testing.assert_array_equal(X, before)
    assert model.predict(X, lengths).dtype == model.transform(X, lengths).dtype == np.float64
    assert model.network_.params.dtype == np.float32


def test_a_progress_bar_is_shown_if_asked_for(capsys):
    X, _, y = cumulated(40)
    RNNRegressor(**TINY).fit(X, y)
    assert not capsys.readouterr().err
    RNNRegressor(**TINY, verbose=1).fit(X, y)
    assert "step" in capsys.readouterr().err


def test_tags_say_what_the_input_may_be():
    if not hasattr(sklearn.utils, "get_tags"):
        pytest.skip("scikit-learn 1.5 has another kind of tags")
    features, ids = map(sklearn.utils.get_tags, (RNNClassifier(), RNNRegressor(input="tokens")))
    assert (features.estimator_type, ids.estimator_type) == ("classifier", "regressor")
    assert features.input_tags.three_d_array
    assert features.input_tags.two_d_array
    assert not features.input_tags.sparse
    assert not ids.input_tags.three_d_array
    assert ids.input_tags.positive_only
    assert ids.target_tags.multi_output
    assert not features.target_tags.multi_output
    assert features.target_tags.required
    encoder = sklearn.utils.get_tags(SequenceEncoder())
    assert encoder.input_tags.string
    assert not encoder.input_tags.two_d_array


FITTED = {
    "plain": (RNNClassifier(**TINY), "features"),
    "two layers": (RNNClassifier(n_hidden=3, n_epochs=1, n_layers=2, cell="lstm"), "features"),
    "both ways": (
        RNNClassifier(n_hidden=3, n_epochs=1, n_layers=2, bidirectional=True), "features"
    ),
    "folded": (RNNClassifier(**TINY, n_step_features=2), "folded"),
    "tokens": (RNNClassifier(**TINY, input="tokens", class_weight={True: 2, False: 1}), "tokens"),
    "embedded": (
        RNNClassifier(
            **TINY, input="tokens", n_embedding=np.int64(5), n_tokens=9, dtype=np.float64,
            cell_options={"init": "glorot"}, learning_rate=np.float32(0.01),
        ),
        "tokens",
    ),
    "regressor": (RNNRegressor(**TINY, pooling="mean"), "features"),
    "two targets": (RNNRegressor(**TINY), "two targets"),
    "reset before": (
        RNNRegressor(cell="gru_reset_before", n_epochs=1, random_state=None), "folded"
    ),
}  # fmt: skip


@pytest.fixture(params=FITTED)
def fitted(request):
    """Return a fitted estimator, and what it can predict."""
    model, kind = FITTED[request.param]
    if kind == "tokens":
        X, y = tokens(30)
        return clone(model).fit(X, y), X
    X, _, y = cumulated(30)
    X = X.reshape(30, 12) if kind == "folded" else X
    y = y > 0 if isinstance(model, RNNClassifier) else y
    y = np.stack([y, -y], axis=1) if kind == "two targets" else y
    return clone(model).fit(X, y), X


def assert_same(again, model, X):
    np.testing.assert_array_equal(again.predict(X), model.predict(X))
    np.testing.assert_array_equal(again.transform(X), model.transform(X))
    if isinstance(model, RNNClassifier):
        np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_saved_estimator_comes_back_as_it_was(fitted, tmp_path):
    model, X = fitted
    model.save(tmp_path / "model.npz")
    again = type(model).load(tmp_path / "model.npz")
    assert_same(again, model, X)
    given, back = model.get_params(), again.get_params()
    assert np.dtype(given.pop("dtype")) == np.dtype(back.pop("dtype"))
    assert given == back
    assert (again.n_iter_, again.n_features_in_) == (model.n_iter_, model.n_features_in_)
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "model.npz").read_bytes()


def test_a_pickle_and_a_copy_predict_the_same(fitted):
    model, X = fitted
    assert_same(pickle.loads(pickle.dumps(model)), model, X)
    copied = copy.deepcopy(model)
    assert_same(copied, model, X)
    before = model.predict(X)
    copied.network_.params.flat += 1
    np.testing.assert_array_equal(model.predict(X), before)


@pytest.mark.parametrize(
    "labels",
    [
        np.array([2, 1, 2**62]),
        np.array([2, -1, 5], np.int8),
        np.array([2.0, 1.0, -0.0]),
        np.array([True, False]),
        np.array(["é", "longer", ""], "<U10"),
        np.array(["b", "a", "longer"], object),
        np.array([1, 2], np.uint64),
    ],
    ids=lambda labels: labels.dtype.name,
)
def test_classes_of_all_types_come_back(labels, tmp_path):
    X = np.eye(12)
    y = np.resize(labels, 12)
    model = RNNClassifier(**TINY).fit(X, y)
    model.save(tmp_path / "model.npz")
    again = RNNClassifier.load(tmp_path / "model.npz")
    assert again.classes_.dtype == model.classes_.dtype
    assert again.classes_.tolist() == model.classes_.tolist() == sorted(labels.tolist())
    assert again.predict(X).dtype == y.dtype


def test_names_of_columns_come_back(tmp_path):
    model = RNNClassifier(**TINY).fit(np.eye(12), np.arange(12) % 2)
    model.feature_names_in_ = np.array([f"t{i}" for i in range(12)], object)
    model.save(tmp_path / "model.npz")
    again = RNNClassifier.load(tmp_path / "model.npz")
    assert again.feature_names_in_.dtype == object
    assert again.feature_names_in_.tolist() == model.feature_names_in_.tolist()
    again.fit(np.eye(12)[:, :, None], np.arange(12) % 2)
    assert not hasattr(again, "feature_names_in_")


def test_a_source_of_randomness_cannot_be_saved(tmp_path):
    source = np.random.RandomState(0)
    model = RNNClassifier(**TINY, random_state=source).fit(np.eye(12), np.arange(12) % 2)
    with pytest.raises(TypeError, match=r"random_state.*of type RandomState: expected None, bool"):
        model.save(tmp_path / "model.npz")
    with pytest.raises(NotFittedError):
        RNNClassifier().save(tmp_path / "model.npz")


def test_dates_as_classes_can_be_learned_but_not_saved(tmp_path):
    y = np.resize(np.array(["2020-01-01", "2021-01-01"], "datetime64[D]"), 12)
    model = RNNClassifier(**TINY)
    with pytest.raises((TypeError, ValueError)):
        model.fit(np.eye(12), y).save(tmp_path / "model.npz")


def with_changes(path, **changes):
    """Write a saved classifier with other settings."""
    model = RNNClassifier(**TINY).fit(np.eye(12), np.arange(12) % 2)
    model.save(path)
    about, arrays = read_npz(path, "RNNClassifier")
    parameters = {**about["parameters"], **changes.pop("parameters", {})}
    arrays.update(changes.pop("arrays", {}))
    write_npz(path, "RNNClassifier", {**about, "parameters": parameters, **changes}, arrays)
    return path


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"n_hidden": 10**9}},
        {"parameters": {"n_layers": 10**9}},
        {"parameters": {"n_hidden": "4"}},
        {"parameters": {"cell": "transformer"}},
        {"parameters": {"unknown": 1}},
        {"parameters": {"class_weight": [[[], 1]]}},
        {"n_features_in": -1},
        {"n_features_in": None},
        {"feature_names": 3},
        {"is_folded": False},
        {"classes": {"dtype": "|O", "labels": [[], []]}},
        {"classes": {"dtype": "<U20000000", "labels": ["0", "1"]}},
        {"classes": {"dtype": "<i8", "labels": [0, 1.5]}},
        {"classes": {"dtype": "<i8", "labels": [0, 2**70]}},
        {"classes": {"dtype": "<i8", "labels": [1, 1]}},
        {"classes": {"dtype": "<i8", "labels": [0, 1, 2]}},
        {"classes": {"dtype": "<M8[D]", "labels": [0, 1]}},
        {"classes": {"dtype": "i8,i8", "labels": [0, 1]}},
        {"classes": "ab"},
        {"arrays": {"input_scale_": [0.0]}},
    ],
    ids=repr,
)
def test_a_file_that_is_no_estimator_is_refused(changes, tmp_path):
    path = with_changes(tmp_path / "model.npz", **changes)
    with pytest.raises(BadFile):
        RNNClassifier.load(path)


@pytest.mark.parametrize(("n_letters", "reason"), [(2**23, "different"), (2**23 + 1, "shorter")])
def test_labels_take_64_megabytes_at_most(n_letters, reason, tmp_path):
    classes = {"dtype": f"<U{n_letters}", "labels": ["same", "same"]}
    path = with_changes(tmp_path / "model.npz", classes=classes)
    with pytest.raises(BadFile, match=reason):
        RNNClassifier.load(path)


def test_a_fit_that_was_refused_leaves_nothing_to_predict_with():
    model = RNNClassifier(**TINY, validation_fraction=0.5)
    with pytest.raises(ValueError, match="least populated class"):
        model.fit(np.eye(12), [0] + [1] * 11)
    assert model.classes_.tolist() == [0, 1]
    with pytest.raises(NotFittedError):
        model.predict(np.eye(12))


def test_a_file_of_another_kind_is_refused(tmp_path):
    path = with_changes(tmp_path / "model.npz")
    assert RNNClassifier.load(path).predict(np.eye(12)).shape == (12,)
    with pytest.raises(BadFile, match="is a saved RNNClassifier: expected a RNNRegressor"):
        RNNRegressor.load(path)
    with pytest.raises(FileNotFoundError):
        RNNClassifier.load(tmp_path / "missing.npz")


def test_a_training_that_diverges_keeps_its_history():
    X, _, y = cumulated(100)
    options = {"optimizer": "sgd", "learning_rate": 1e30, "clip_norm": None, "n_epochs": 5}
    model = RNNRegressor(cell="rnn", cell_options={"activation": "relu"}, **options)
    with pytest.raises(DivergedError, match="smaller learning rate") as caught:
        model.fit(X, y)
    assert model.history_ is caught.value.history
    assert model.history_.n_steps >= 1
    assert np.isfinite(model.network_.params.flat).all()


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"cell": "GRU"}, ValueError, r"cell is 'GRU': expected one of \['rnn', 'lstm', 'gru'"),
        ({"pooling": "each"}, ValueError, r"pooling is 'each': expected one of \['last', 'mean'\]"),
        ({"input": "ids"}, ValueError, r"input is 'ids': expected one of \['features', 'tokens'\]"),
        ({"optimizer": "lion"}, ValueError, r"optimizer is 'lion': expected one of \['sgd', 'adag"),
        ({"n_hidden": 0}, ValueError, "n_hidden is 0: expected 1 or more"),
        ({"n_layers": 1.5}, TypeError, "n_layers is 1.5: expected a whole number"),
        ({"n_epochs": 0}, ValueError, "n_epochs is 0"),
        ({"batch_size": -1}, ValueError, "batch_size is -1"),
        ({"n_step_features": 0}, ValueError, "n_step_features is 0"),
        ({"n_embedding": 0}, ValueError, "n_embedding is 0"),
        ({"n_embedding": 4}, ValueError, "n_embedding is 4 and input 'features': expected None"),
        ({"n_tokens": 4}, ValueError, "n_tokens is 4 and input 'features': expected None"),
        ({"bidirectional": "no"}, TypeError, "bidirectional is 'no': expected True or False"),
        ({"standardize": 1}, TypeError, "standardize is 1: expected True or False"),
        ({"learning_rate": -1.0}, ValueError, "learning_rate is -1.0: expected a number above 0"),
        ({"learning_rate": "fast"}, TypeError, "learning_rate is 'fast': expected a number"),
        ({"clip_norm": 0}, ValueError, "clip_norm is 0: expected a number above 0"),
        ({"validation_fraction": 1.0}, ValueError, "validation_fraction is 1.0.*below 1"),
        ({"patience": 3}, ValueError, "patience is 3 and validation_fraction 0"),
        ({"cell_options": "init"}, TypeError, "cell_options is 'init': expected a dict"),
        ({"optimizer_options": []}, TypeError, r"optimizer_options is \[\]: expected a dict"),
        ({"dtype": "float16"}, TypeError, "dtype is float16: expected float32"),
    ],
)
def test_parameters_without_meaning_are_refused_before_the_data_is_looked_at(
    parameters, error, message
):
    with pytest.raises(error, match=message):
        RNNClassifier().set_params(**parameters).fit("no data", None)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"n_step_features": 5}, ValueError, "n_features=12 columns: expected a multiple"),
        ({"cell_options": {"gain": 2}}, TypeError, "unexpected keyword argument 'gain'"),
        ({"random_state": "x"}, ValueError, "'x' cannot be used to seed"),
        ({"class_weight": "fair"}, ValueError, "'class_weight'.*'balanced'.*Got 'fair'"),
    ],
)
def test_parameters_without_meaning_for_the_data_are_refused_by_fit(parameters, error, message):
    model = RNNClassifier().set_params(**parameters)
    with pytest.raises(error, match=message):
        model.fit(np.eye(12), np.arange(12) % 2)


NAN = np.where(np.eye(6) > 0, np.nan, 0)


@pytest.mark.parametrize(
    ("X", "y", "lengths", "error", "message"),
    [
        (np.eye(6), [0, 1] * 3, [7] * 6, ValueError, "lengths has 7: expected 0 to 6"),
        (np.eye(6), [0, 1] * 3, [2] * 5, ValueError, r"lengths has shape \(5,\): expected \(6,\)"),
        (np.eye(6), [0, 1] * 3, [2.0] * 6, TypeError, "lengths has dtype float64: expected whole"),
        (np.eye(6), [0, 1] * 3, [0] * 6, ValueError, "X is padding only"),
        (NAN, [0, 1] * 3, None, ValueError, "Input X contains NaN"),
        (NAN[..., None], [0, 1] * 3, None, ValueError, "Input X contains NaN"),
        (np.eye(6), None, None, ValueError, "requires y to be passed, but the target y is None"),
        (np.eye(6), object(), None, TypeError, "y is of type object: expected the targets"),
        (np.eye(6), [0] * 6, None, ValueError, "y has one class only, 0: expected at least two"),
        (np.eye(6), [0, 1], None, ValueError, r"inconsistent numbers of samples: \[6, 2\]"),
        (np.eye(6), [0.5, 1.5] * 3, None, ValueError, "Unknown label type"),
        (np.eye(6), [0, np.nan] * 3, None, ValueError, "Input y contains NaN"),
        (np.eye(6), np.eye(6), None, ValueError, "y should be a 1d array"),
        ([[1, 2], [1]] * 3, [0, 1] * 3, None, ValueError, "X is ragged: .* pad them"),
        (np.zeros((6, 1, 1, 1)), [0, 1] * 3, None, ValueError, r"4 axes: expected \(n_samples"),
        (
            np.zeros((6, 0, 2)),
            [0, 1] * 3,
            None,
            ValueError,
            r"shape \(6, 0, 2\): expected at least",
        ),
        (["Oslo", "Roma"] * 3, [0, 1] * 3, None, ValueError, "could not convert string to float"),
        (np.arange(6.0), [0, 1] * 3, None, ValueError, "Reshape your data"),
    ],
)
def test_data_that_cannot_be_learned_from_is_refused(X, y, lengths, error, message):
    with pytest.raises(error, match=message):
        RNNClassifier(**TINY).fit(X, y, lengths)


@pytest.mark.parametrize(
    ("X", "lengths", "error", "message"),
    [
        (np.eye(6), None, TypeError, "X has dtype float64: expected token ids"),
        ([[True, False]] * 6, None, TypeError, "X has dtype bool: expected token ids"),
        ([[1, 2]] * 6, [2] * 6, ValueError, "lengths is given and input is 'tokens': expected Non"),
        ([[0, 2]] * 6, None, ValueError, "padding at the end only"),
        ([[-1, 2]] * 6, None, ValueError, "X has the id -1: expected 0 to 2"),
        ([[0, 0]] * 6, None, ValueError, "X is padding only"),
    ],
)
def test_tokens_that_cannot_be_learned_from_are_refused(X, lengths, error, message):
    with pytest.raises(error, match=message):
        RNNClassifier(**TINY, input="tokens").fit(X, [0, 1] * 3, lengths)


def test_the_vocabulary_is_that_of_fit_unless_it_is_given():
    X, y = tokens(30)
    model = RNNClassifier(**TINY, input="tokens").fit(X, y)
    assert model.n_features_in_ == 6
    with pytest.raises(ValueError, match=r"X has the id 6: .* 0 to 5, .*give n_tokens"):
        model.predict([[6]])
    model.set_params(n_tokens=9).fit(X, y)
    assert model.predict([[8, 0, 0]]).shape == (1,)
    with pytest.raises(ValueError, match="X has the id 5: expected 0 to 3"):
        model.set_params(n_tokens=4).fit(X, y)


def test_what_was_not_learned_from_is_refused():
    X, lengths, y = cumulated(20)
    folded = RNNRegressor(**TINY).fit(X[..., 0], y)
    unfolded = RNNRegressor(**TINY).fit(X, y, lengths)
    assert unfolded.predict(X[:, :2]).shape == (20,)
    with pytest.raises(ValueError, match="X has 5 features, but RNNRegressor is expecting 6"):
        folded.predict(X[:, :5, 0])
    with pytest.raises(ValueError, match="X has 1 features, but RNNRegressor is expecting 2"):
        unfolded.predict(X[..., :1])
    with pytest.raises(ValueError, match="X has 3 axes: expected 2, as in fit"):
        folded.predict(X)
    with pytest.raises(
        ValueError, match=r"X has 2 axes: expected 3, .* one sequence use X\[None\]"
    ):
        unfolded.predict(X[0])
    with pytest.raises(ValueError, match="lengths has 7: expected 0 to 6"):
        unfolded.predict(X, lengths * 0 + 7)
    with pytest.raises(NotFittedError):
        RNNRegressor().predict(X)


def test_targets_in_a_column_are_taken_with_a_warning():
    X, _, y = cumulated(20)
    with pytest.warns(DataConversionWarning):
        model = RNNClassifier(**TINY).fit(X, (y > 0)[:, None])
    assert model.predict(X).shape == (20,)
    assert RNNRegressor(**TINY).fit(X, y[:, None]).predict(X).shape == (20, 1)


# Scores ---------------------------------------------------------------------------------------


def test_classes_that_are_none_are_refused_in_the_score():
    model = RNNClassifier(**TINY).fit(np.eye(12), np.arange(12) % 2)
    for none in ([0] * 11 + [None], np.array([None] * 12)):
        with pytest.raises(ValueError, match="y has None in it: expected the class of each"):
            model.score(np.eye(12), none)
    with pytest.raises(ValueError, match=r"y should be a 1d array, got an array of shape"):
        model.score(np.eye(12), np.zeros((12, 2)))


@pytest.mark.parametrize("kind", [RNNClassifier, RNNRegressor])
def test_samples_of_no_weight_do_not_count_in_the_score(kind):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 4)), rng.integers(2, size=30)
    model = kind(**TINY).fit(X, y)
    counts = rng.random(30) < 0.5
    weighted = model.score(X, y, sample_weight=counts.astype(float))
    assert weighted == pytest.approx(model.score(X[counts], y[counts]))
    assert weighted != pytest.approx(model.score(X, y))
    with pytest.raises(ValueError, match=r"sample_weight\[0\] is nan: expected finite"):
        model.score(X, y, sample_weight=np.where(np.arange(30), 1, np.nan))
    with pytest.raises(ValueError, match=r"sample_weight has shape \(\): expected \(n_samples,\)"):
        model.score(X, y, sample_weight=-1)


def test_the_logarithm_of_a_probability_too_small_for_a_float_is_finite():
    X, y = np.random.default_rng(0).normal(size=(20, 4)), np.arange(20) % 3
    model = RNNClassifier(**TINY).fit(X, y)
    model.network_.params["readout.b_y"][:] = 0, 1000, -1000
    log_p = model.predict_log_proba(X)
    assert np.isfinite(log_p).all()
    assert log_p[:, 2].max() < -1900
