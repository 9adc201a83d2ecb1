"""The language model learns, scores, samples and is saved as it says."""

import re
import tracemalloc

import numpy as np
import pytest

from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.language_model import UNKNOWN, LanguageModel, _draw, mixture_bits_per_character
from rnnhelpers.losses import cross_entropy
from rnnhelpers.saving import BadFile, read_npz, write_npz
from rnnhelpers.training import DivergedError

TEXT = "the cat sat on the mat, and the rat sat on the cat. " * 20
SMALL = {"n_hidden": 12, "n_updates": 120, "n_sequences": 4, "n_steps": 10, "n_warmup": 10}


def fit(text=TEXT, held_out=None, **settings):
    return LanguageModel(**SMALL | settings).fit(text, held_out, progress=False)


@pytest.fixture(scope="module")
def model():
    return fit()


@pytest.mark.no_cover
@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru", "gru_reset_before"])
@pytest.mark.parametrize("options", [{}, {"n_layers": 2}, {"n_embedding": 5}])
def test_every_kind_learns_a_repeated_sentence(cell, options):
    model = fit(cell=cell, n_updates=300, **options)
    untrained = np.log(len(set(TEXT)))
    assert model.history_.losses[-1] < 0.5 * untrained
    assert model.perplexity(TEXT[:200]) < 3


def test_it_carries_the_state_over_and_starts_each_pass_anew():
    model = fit(n_updates=1, dtype="float64", optimizer="sgd", learning_rate=1e-9)
    loss_and_gradients = model._loss_and_gradients()
    ids, state, number = model.encode(TEXT), None, 0
    for (x, y, is_start), _ in zip(model._passes(ids), range(60), strict=False):
        number += is_start
        run = model.network_.forward(x, None if is_start else state)
        state = run.final_state
        loss, d_params = loss_and_gradients((x, y, is_start))
        assert loss == cross_entropy(run.outputs, y)[0]
    assert number == 3  # passes: 1,040 characters, 4 strands of 259, 26 batches each
    assert d_params.flat.any()


def test_its_gradient_is_the_measured_one():
    model = fit(n_updates=1, dtype="float64", n_layers=2, n_embedding=4)
    x, y, _ = next(model._passes(model.encode(TEXT)))
    loss, gradients = model._loss_and_gradients()((x, y, True))
    assert loss > 0
    evidence = check_gradients(
        lambda: model._loss_and_gradients()((x, y, True))[0],
        model.network_.params, gradients, max_entries=20, show=False,
    )  # fmt: skip
    assert [str(one) for one in evidence if not one.is_right] == []


def test_the_first_loss_is_that_of_the_frequencies_or_of_an_even_guess():
    ids = fit(n_updates=1).encode(TEXT)
    shares = np.unique(ids, return_counts=True)[1] / len(ids)
    entropy, even = -(shares * np.log(shares)).sum(), np.log(len(shares) + 1)
    first = [np.mean([fit(n_updates=1, unigram_bias=bias, seed=seed).history_.losses[0]
                      for seed in range(8)]) for bias in (True, False)]  # fmt: skip
    assert abs(first[0] - entropy) < 0.15
    assert abs(first[1] - even) < 0.15
    assert even - entropy > 0.3


def test_probabilities_are_those_of_reading_the_text_in_one_go(model):
    text = TEXT[5:300]
    logs = model.log_probabilities(text)
    assert logs.shape == (295,)
    run = model.network_.forward(model.encode(text)[None])
    for position in (1, 2, 100, 294):
        expected = model.predict_proba(text[:position])[model.encode(text)[position]]
        np.testing.assert_allclose(np.exp(logs[position]), expected, rtol=1e-4)
    bias = model.network_.readout.params["b_y"].astype(float)
    first = np.exp(bias)[model.encode(text[0])[0]] / np.exp(bias).sum()
    np.testing.assert_allclose(np.exp(logs[0]), first, rtol=1e-5)
    assert run.outputs.shape[1] == len(text)


def test_a_long_text_is_read_in_pieces_without_forgetting(model):
    text = TEXT[:1040] + TEXT[3:1030]
    run = model.network_.forward(model.encode(text)[None])
    log_p = run.outputs[0] - np.log(np.exp(run.outputs[0]).sum(axis=-1, keepdims=True))
    expected = np.take_along_axis(log_p[:-1], model.encode(text)[1:, None], axis=1)[:, 0]
    np.testing.assert_allclose(model.log_probabilities(text)[1:], expected, atol=2e-4)


def test_perplexity_and_bits_are_two_ways_to_say_the_same(model):
    text = TEXT[7:260]
    loss = -model.log_probabilities(text).mean()
    np.testing.assert_allclose(model.perplexity(text), np.exp(loss))
    np.testing.assert_allclose(model.bits_per_character(text), loss / np.log(2))
    assert abs(model.predict_proba("the c").sum() - 1) < 1e-9


def test_words_can_be_tokens():
    words = TEXT.split()
    model = fit(words, n_updates=150)
    assert model.tokens_[:3] == [UNKNOWN, "and", "cat"]
    assert model.sample(3, prompt=["sat", "on"], top_k=1)[0] == "the"
    np.testing.assert_allclose(
        model.bits_per_character(words[:20]) * sum(map(len, words[:20])),
        -model.log_probabilities(words[:20]).sum() / np.log(2),
    )


def test_unknown_characters_are_read_and_improbable_and_never_written(model):
    np.testing.assert_array_equal(model.encode("tZ"), [model.tokens_.index("t"), 0])
    assert model.log_probabilities("the Zat")[4] < np.log(0.02)
    assert UNKNOWN not in model.sample(200, prompt="Z", temperature=50.0)


def test_sampling_is_repeatable_and_draws_by_the_probabilities(model):
    assert model.sample(40, rng=3) == model.sample(40, rng=np.random.default_rng(3))
    assert model.sample(40, rng=3) != model.sample(40, rng=4)
    rng, prompt = np.random.default_rng(0), "the "
    drawn = [model.sample(1, prompt=prompt, rng=rng, temperature=2.0) for _ in range(2000)]
    logits = np.log(model.predict_proba(prompt)) / 2
    logits[0] = -np.inf
    expected = np.exp(logits - logits.max()) / np.exp(logits - logits.max()).sum()
    counts = np.array([drawn.count(token) for token in model.tokens_]) / 2000
    assert abs(counts - expected).max() < 0.04


def test_the_loss_of_a_short_held_out_text_is_of_all_its_tokens(model):
    text = ("a dog sat on a log. " * 8)[:150]
    expected = -model.log_probabilities(text)[1:].mean()
    np.testing.assert_allclose(model._evaluation(model.encode(text))(), expected, rtol=1e-5)


def test_the_lowest_random_number_does_not_draw_the_unknown_token():
    class Lowest:
        random = staticmethod(lambda: 0.0)

    assert _draw(np.zeros(3), 1.0, None, Lowest) == 1


def test_every_token_but_the_unknown_one_can_be_drawn(model):
    drawn = set(model.sample(1000, prompt="the ", temperature=1e6, rng=0))
    assert drawn == set(model.tokens_[1:])


def test_top_k_keeps_the_likeliest(model):
    likeliest = [model.tokens_[k] for k in np.argsort(-model.predict_proba("the ")[1:])[:2] + 1]
    rng = np.random.default_rng(0)
    drawn = {model.sample(1, prompt="the ", top_k=2, temperature=30.0, rng=rng) for _ in range(60)}
    assert drawn == set(likeliest)
    assert model.sample(1, prompt="the ", top_k=1) == likeliest[0]
    cold = {model.sample(1, prompt="the ", temperature=1e-6, rng=rng) for _ in range(20)}
    assert cold == {likeliest[0]}


def test_sampling_goes_on_from_its_own_words(model):
    text = model.sample(30, prompt="the ", top_k=1)
    again = "the "
    for _ in range(30):
        again += model.tokens_[1 + model.predict_proba(again)[1:].argmax()]
    assert "the " + text == again


def test_the_best_parameters_on_held_out_text_are_kept():
    held_out = "a dog sat on a log. " * 10
    model = fit(held_out=held_out, evaluate_every=10, n_updates=200)
    history = model.history_
    assert history.best_step < 200  # it gets worse at that text as it learns the other by heart
    np.testing.assert_allclose(
        model._evaluation(model.encode(held_out))(), history.best_loss, rtol=1e-5
    )


def test_a_text_of_the_wrong_form_is_refused(model):
    words = fit(TEXT.split(), n_updates=1)
    for use in (words.perplexity, words.encode, lambda text: words.sample(2, prompt=text)):
        with pytest.raises(TypeError, match="is a string: expected a list of strings, since"):
            use("the cat")
    for use in (model.perplexity, lambda text: model.sample(2, prompt=text)):
        with pytest.raises(TypeError, match="is a list: expected a string, since this model's"):
            use(["the", "cat"])
    with pytest.raises(TypeError, match="held_out is a list: expected a string"):
        fit(TEXT, TEXT.split())


def test_a_refused_text_leaves_the_model_as_it_is():
    model = fit(n_updates=1)
    before = model.log_probabilities(TEXT)
    with pytest.raises(ValueError, match="text has 4 tokens"):
        model.fit("abca", progress=False)
    np.testing.assert_array_equal(model.log_probabilities(TEXT), before)


def test_ids_are_read_back(model):
    assert model.decode(model.encode("the cat")) == "the cat"
    assert model.decode([0]) == UNKNOWN
    with pytest.raises(ValueError, match="ids has the id -1: expected 0 to"):
        model.decode([-1])
    with pytest.raises(TypeError, match="ids has dtype float64: expected whole numbers"):
        model.decode([0.5])


def test_given_options_stand_beside_the_default_ones():
    model = fit(n_updates=1, cell="lstm", cell_options={"forget_bias": 2.0})
    params = model.network_.params.part("rnn.layer_0")
    gates = np.split(params["W_hh"].astype(float), 4, axis=1)
    np.testing.assert_allclose(gates[0] @ gates[0].T, np.eye(12), atol=0.2)
    assert abs(params["b_h"][12:24].mean() - 2) < 0.1
    plain = fit(n_updates=1, optimizer_options={"weight_decay": 0.0})
    assert plain._make_optimizer(plain.network_.params).beta2 == 0.99


def test_patience_ends_the_training():
    held_out = "a dog sat on a log. " * 10
    model = fit(held_out=held_out, evaluate_every=5, n_updates=400, patience=3)
    assert model.history_.stopped == "no improvement"
    assert model.history_.n_steps < 400


def test_it_shows_what_is_not_a_default():
    assert repr(LanguageModel(cell="rnn", n_hidden=9)) == "LanguageModel(cell='rnn', n_hidden=9)"


def test_the_same_seed_gives_the_same_model_and_another_another():
    one, two, three = (fit(n_updates=5, seed=seed).network_.params.flat for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, three)


def test_a_divergence_keeps_the_history():
    model = LanguageModel(**SMALL | {"optimizer": "sgd", "learning_rate": 1e38, "n_warmup": 0,
                                     "clip_norm": None, "unigram_bias": False})  # fmt: skip
    with pytest.raises(DivergedError, match="Try clip_norm=1, then a smaller learning rate"):
        model.fit(TEXT, progress=False)
    assert 1 <= model.history_.n_steps < SMALL["n_updates"]


# Files


@pytest.mark.parametrize("settings", [{}, {"cell": "lstm", "n_layers": 2, "n_embedding": 4}])
def test_a_saved_model_comes_back_the_same(tmp_path, settings):
    model = fit(n_updates=5, **settings)
    model.save(tmp_path / "model.npz")
    other = LanguageModel.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(other.log_probabilities(TEXT), model.log_probabilities(TEXT))
    assert other.sample(20, rng=1) == model.sample(20, rng=1)
    assert (other.settings, other.tokens_) == (model.settings, model.tokens_)


def test_word_models_come_back_too(tmp_path):
    model = fit(TEXT.split(), n_updates=5)
    model.save(tmp_path / "model.npz")
    assert LanguageModel.load(tmp_path / "model.npz").sample(3) == model.sample(3)


@pytest.mark.parametrize(
    "change",
    [
        lambda about, arrays: about["model"].update(n_hidden=13),
        lambda about, arrays: about["model"].update(cell="elman"),
        lambda about, arrays: about["model"].update(size=1),
        lambda about, arrays: about.update(tokens=about["tokens"][:-1]),
        lambda about, arrays: about.update(tokens=[1, 2]),
        lambda about, arrays: about["tokens"].reverse(),
        lambda about, arrays: about["tokens"].__setitem__(1, about["tokens"][2]),
        lambda about, arrays: about.update(characters="yes"),
        lambda about, arrays: about["model"].update(dtype="float16"),
        lambda about, arrays: about["model"].update(n_layers=10**9),
        lambda about, arrays: about.pop("model"),
        lambda about, arrays: arrays.pop("readout.b_y"),
        lambda about, arrays: arrays.update(more=np.zeros(2)),
        lambda about, arrays: arrays.update({"readout.b_y": np.zeros(3, "f4")}),
        lambda about, arrays: arrays.update({"readout.b_y": arrays["readout.b_y"].astype("f8")}),
    ],
)
def test_files_that_do_not_fit_are_refused(tmp_path, model, change):
    path = tmp_path / "model.npz"
    model.save(path)
    about, arrays = read_npz(path, "LanguageModel")
    change(about, arrays)
    write_npz(path, "LanguageModel", about, arrays)
    with pytest.raises(BadFile):
        LanguageModel.load(path)


def test_a_file_that_asks_for_too_much_is_refused_before_memory_is_taken(tmp_path, model):
    path = tmp_path / "model.npz"
    model.save(path)
    about, arrays = read_npz(path, "LanguageModel")
    about["model"]["n_hidden"] = 100_000
    write_npz(path, "LanguageModel", about, arrays)
    tracemalloc.start()
    with pytest.raises(BadFile):
        LanguageModel.load(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


# What is refused


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"cell": "elman"}, ValueError, "cell is 'elman': expected one of ['rnn', 'lstm', 'gru'"),
        ({"optimizer": "best"}, ValueError, "optimizer is 'best': expected one of"),
        ({"n_hidden": 0}, ValueError, "n_hidden is 0: expected 1 or more"),
        ({"n_updates": 1.5}, TypeError, "n_updates is 1.5: expected a whole number"),
        ({"learning_rate": -0.1}, ValueError, "learning_rate is -0.1: expected a number above 0"),
        ({"learning_rate": 0}, ValueError, "learning_rate is 0: expected a number above 0"),
        ({"clip_norm": -1.0}, ValueError, "clip_norm is -1.0: expected a number above 0"),
        ({"cell_options": {"size": 3}}, TypeError, "cell_options or optimizer_options do not fit"),
        ({"optimizer_options": {"beta1": 2}}, ValueError, "beta1 is 2: expected a number"),
        ({"patience": 0}, ValueError, "patience is 0: expected 1 or more"),
        ({"n_warmup": -1}, ValueError, "n_warmup is -1: expected 0 or more"),
    ],
)
def test_settings_without_meaning_are_refused_at_once(settings, error, message):
    with pytest.raises(error, match=re.escape(message)):
        LanguageModel(**SMALL | settings)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("", ValueError, "text is empty: expected at least one token"),
        ([], ValueError, "text is empty: expected at least one token"),
        (b"bytes", TypeError, "text is bytes: expected a string; decode it"),
        ([1, 2], TypeError, "text is a list: expected a string, or a list of strings"),
        (3, TypeError, "text is a int: expected a string, or a list of strings"),
        ("aaaaa", ValueError, "text has 1 different tokens: expected at least 2"),
        ("ab", ValueError, "text has 2 tokens: expected at least 5, for n_sequences=4; use fewer"),
    ],
)
def test_texts_without_meaning_are_refused(text, error, message):
    with pytest.raises(error, match=re.escape(message)):
        LanguageModel(**SMALL).fit(text, progress=False)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"temperature": 0}, ValueError, "temperature is 0: expected a number above 0; to take"),
        ({"temperature": -1.0}, ValueError, "temperature is -1.0: expected a number above 0"),
        ({"top_k": 0}, ValueError, "top_k is 0: expected 1 or more"),
        ({"n_tokens": 0}, ValueError, "n_tokens is 0: expected 1 or more"),
        ({"rng": None}, TypeError, "rng is None: expected np.random.default_rng(seed)"),
        ({"prompt": 5}, TypeError, "prompt is a int: expected a string, or a list of strings"),
    ],
)
def test_samples_without_meaning_are_refused(model, arguments, error, message):
    with pytest.raises(error, match=re.escape(message)):
        model.sample(**{"n_tokens": 3} | arguments)


def test_a_model_must_learn_first(tmp_path):
    model = LanguageModel(**SMALL)
    for use in (lambda: model.sample(3), lambda: model.perplexity("a"),
                lambda: model.bits_per_character("a"),
                lambda: model.save(tmp_path / "a.npz")):  # fmt: skip
        with pytest.raises(ValueError, match="has not learned anything yet: call fit"):
            use()


def test_a_mixture_is_mixed_in_probabilities_and_costs_less_than_the_mixed_bits(model):
    rng = np.random.default_rng(0)
    p, q = rng.uniform(0.01, 1, size=(2, 50))
    mixed = mixture_bits_per_character(np.log(p), np.log(q), weight=0.3)
    np.testing.assert_allclose(mixed, -np.log2(0.3 * p + 0.7 * q).mean())
    assert mixed < -(0.3 * np.log2(p) + 0.7 * np.log2(q)).mean()
    log_p = model.log_probabilities("the cat")
    np.testing.assert_allclose(
        mixture_bits_per_character(log_p, log_p, weight=0.5), model.bits_per_character("the cat")
    )


def test_a_mixture_survives_tiny_probabilities_and_none():
    log_p, log_q = [-2000.0, -1.0], [-2001.0, -np.inf]
    expected = (2000 - np.log(0.25 + 0.75 * np.exp(-1)) + 1 - np.log(0.25)) / 2 / np.log(2)
    np.testing.assert_allclose(mixture_bits_per_character(log_p, log_q, 0.25), expected)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (([-1.0], [-1.0], 1.5), ValueError, "weight is 1.5: expected a number above 0 and below 1"),
        (([-1.0], [-1.0], "half"), TypeError, "weight is 'half'"),
        (([-1.0], [-1.0, -2.0], 0.5), ValueError, r"shape \(1,\), log_q \(2,\).*same text"),
        (([], [], 0.5), ValueError, r"log_p has shape \(0,\)"),
        (([[-1.0]], [[-1.0]], 0.5), ValueError, r"expected \(n_characters,\)"),
        (([0.5], [-1.0], 0.5), ValueError, "above 0, or NaN.*probabilities themselves"),
        (([-1.0], [np.nan], 0.5), ValueError, "above 0, or NaN"),
    ],
)
def test_a_mixture_without_meaning_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        mixture_bits_per_character(*arguments)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_model_that_is_asked_stays_as_it_was(dtype):
    model = fit(dtype=dtype, n_updates=3)
    before = model.network_.params.flat.copy()
    for options in ({}, {"top_k": 2}, {"prompt": "the"}, {"temperature": 0.5}):
        model.sample(20, rng=0, **options)
    model.predict_proba("the ")
    model.bits_per_character(TEXT)
    np.testing.assert_array_equal(model.network_.params.flat, before)
