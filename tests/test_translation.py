"""Encoder and decoder: gradients measured, steps and beams as they should be, and refusals."""

import copy
import datetime
import itertools

import numpy as np
import pytest

from rnnhelpers.date_pairs import FIRST, FORMATS, LAST, _draw_pair, date_pair, load_date_pairs
from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.losses import cross_entropy
from rnnhelpers.translation import EncoderDecoder, Translator
from rnnhelpers.unrolling import unroll

PAIRS = [("un", "one"), ("deux", "two"), ("trois", "three"), ("quatre", "four")]
SETTINGS = [
    {},
    {"attention": True},
    {"bidirectional": True},
    {"attention": True, "bidirectional": True, "n_layers": 2},
    {"attention": True, "bidirectional": True, "cell": "lstm"},
    {"cell": "rnn", "n_layers": 2},
]


def drawn(**settings):
    rng = np.random.default_rng(0)
    model = EncoderDecoder(5, 6, 4, rng=rng, **settings)
    model.params.flat[:] = rng.normal(scale=0.7, size=model.params.flat.shape)
    source, target = rng.integers(1, 5, (2, 4)), rng.integers(1, 6, (2, 3))
    return model, source, target, rng


@pytest.mark.parametrize("settings", SETTINGS)
def test_every_gradient_is_measured(settings):
    model, source, target, rng = drawn(**settings)
    targets = rng.integers(1, 6, (2, 3))

    def loss():
        return cross_entropy(model.forward(source, target, lengths=[4, 2]).logits, targets)[0]

    run = model.forward(source, target, lengths=[4, 2])
    gradients = model.backward(run, cross_entropy(run.logits, targets)[1])
    evidence = check_gradients(loss, model.params, gradients, max_entries=12, show=False)
    assert [str(one) for one in evidence if not one.is_right] == []


def test_without_attention_only_the_last_state_goes_over():
    model, source, target, _ = drawn()
    last = unroll(model.encoder.cells[0], source).final_state
    states = unroll(model.decoder.cells[0], target, last).h
    logits = states @ model.params["readout.W_hy"] + model.params["readout.b_y"]
    np.testing.assert_allclose(model.forward(source, target).logits, logits, rtol=1e-12)


def test_the_decoder_starts_with_both_last_states_side_by_side():
    model, source, _, _ = drawn(bidirectional=True)
    run = model.encoder.forward(source, lengths=[4, 2])
    [start] = model.first_state(run)
    forward, backward = model.encoder.cells
    np.testing.assert_allclose(start[1, :2], unroll(forward, source[1:, :2]).final_state[0])
    np.testing.assert_allclose(start[1, 2:], unroll(backward, source[1:, 1::-1]).final_state[0])


def test_padding_in_the_source_changes_nothing():
    model, source, target, _ = drawn(attention=True, bidirectional=True)
    padded = np.pad(source[:, :2], [(0, 0), (0, 3)], constant_values=3)
    alone = model.forward(source[:, :2], target).logits
    np.testing.assert_allclose(model.forward(padded, target, lengths=[2, 2]).logits, alone, 1e-12)


@pytest.mark.parametrize("settings", SETTINGS)
def test_writing_step_by_step_is_the_same_as_teacher_forcing(settings):
    model, source, target, _ = drawn(**settings)
    encoder = model.encoder.forward(source)
    state, logits = model.first_state(encoder), []
    for step in range(3):
        run = model.decode(encoder, target[:, step : step + 1], state)
        state = run.decoder.final_state
        logits.append(run.logits[:, 0])
    together = model.forward(source, target).logits
    np.testing.assert_allclose(np.stack(logits, axis=1), together, rtol=1e-12)


def test_a_copy_has_parameters_of_its_own():
    model, source, target, _ = drawn(attention=True)
    twin = copy.deepcopy(model)
    twin.params.flat[:] = 0
    assert not twin.attention.params["W_a"].any()
    assert model.attention.params["W_a"].any()
    assert not twin.forward(source, target).logits.any()


def test_a_kind_of_cell_that_is_not_known_is_refused():
    with pytest.raises(ValueError, match="cell is 'elman': expected one of"):
        EncoderDecoder(3, 3, 4, cell="elman", rng=0)


def test_an_odd_number_of_units_cannot_be_halved():
    with pytest.raises(ValueError, match="n_hidden is 5: expected an even number"):
        EncoderDecoder(3, 3, 5, bidirectional=True, rng=0)


# The translator --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def translator():
    return Translator(n_hidden=16, n_updates=90, seed=1).fit(PAIRS, progress=False)


def test_it_learns_and_writes_in_the_order_of_the_texts(translator):
    texts, expected = zip(*PAIRS[::-1], strict=True)
    assert translator.translate(list(texts)) == list(expected)


def test_the_learning_rate_rises_stays_and_falls():
    rates = Translator(n_hidden=4, n_updates=200).fit(PAIRS, progress=False).history_.learning_rates
    rates = np.divide(rates, max(rates))
    np.testing.assert_allclose(rates[:50], np.arange(1, 51) / 50)
    assert (rates[50:121] == 1).all()
    assert (np.diff(rates[120:]) < 0).all()
    assert rates[-1] < 0.04


def test_two_fits_are_the_same(translator):
    again = Translator(n_hidden=16, n_updates=90, seed=1).fit(PAIRS, progress=False)
    assert again.history_.losses == translator.history_.losses
    other = Translator(n_hidden=16, n_updates=90, seed=2).fit(PAIRS, progress=False)
    assert other.history_.losses != translator.history_.losses


def test_its_loss_is_that_of_the_log_probabilities():
    """Of one pair, with the weights of before the only update."""
    pair = ("deux", "two")
    one = Translator(n_hidden=16, n_updates=1, dtype="float64").fit([pair], progress=False)
    rng = np.random.default_rng(0)
    one.model_ = EncoderDecoder(
        len(one.source_encoder_.tokens_), len(one.target_encoder_.tokens_), 16,
        attention=True, bidirectional=True, rng=rng,
    )  # fmt: skip
    n_written = len("two") + 1
    expected = -one.log_probabilities([pair])[0] / n_written
    assert one.history_.losses == pytest.approx([expected])


@pytest.fixture(scope="module")
def confused():
    """A translator that has hardly learned anything: there the beam finds other texts."""
    return Translator(n_hidden=8, n_updates=8).fit(PAIRS, progress=False)


def test_the_widest_beam_finds_the_likeliest_of_all_texts(confused):
    tokens = confused.target_encoder_.tokens_[2:]
    letters = [token for token in tokens if token != "\n"]
    texts = ["".join(some) for n in range(3) for some in itertools.product(letters, repeat=n)]
    likelihoods = confused.log_probabilities([("un", text) for text in texts])
    # As many beginnings are kept as there are texts of up to two letters.
    [(ids, log_p)] = confused._search(["un"], 10**6, 2)
    width = len(tokens)
    assert width == 10
    best = texts[int(np.argmax(likelihoods))]
    assert confused._text(ids) == best
    assert log_p == pytest.approx(likelihoods.max(), rel=1e-5)


@pytest.mark.parametrize("width", [1, 3])
def test_neither_padding_nor_the_unknown_token_is_written(confused, width):
    sure = copy.deepcopy(confused)
    sure.model_.params["readout.b_y"][:2] = 50.0
    [(ids, _)] = sure._search(["un"], width, 4)
    assert len(ids)
    assert min(ids) >= 2


def test_a_wider_beam_is_never_worse_where_it_keeps_the_greedy_text(confused):
    texts = [source for source, _ in PAIRS]
    greedy, beam = (confused.translate(texts, beam_width=width, max_length=8) for width in (1, 5))
    pairs = [list(zip(texts, found, strict=True)) for found in (greedy, beam)]
    before, after = map(confused.log_probabilities, pairs)
    assert (after >= before - 1e-6).all()
    assert (after > before + 1e-3).any()


def test_greedy_takes_the_likeliest_character_each_time(confused):
    [written] = confused.translate(["trois"], max_length=5)
    assert written
    encoder, state = confused._read(["trois"])
    for n, character in enumerate(written):
        ids = confused.target_encoder_.transform(["\n" + written[:n]])
        logits = confused.model_.decode(encoder, ids, state).logits[0, -1]
        assert confused.target_encoder_.tokens_[2 + np.argmax(logits[2:])] == character


def test_spaces_are_characters_like_others():
    pairs = [("a  b", "  x  y "), ("c", "")]
    spaced = Translator(n_hidden=16, n_updates=100).fit(pairs, progress=False)
    assert spaced.translate(["a  b", "c"]) == ["  x  y ", ""]


def test_capitals_are_characters_of_their_own():
    model = Translator(n_hidden=4, n_updates=1).fit([("aA", "bB"), ("A", "B")], progress=False)
    assert {"a", "A"} <= set(model.source_encoder_.tokens_)
    assert {"b", "B"} <= set(model.target_encoder_.tokens_)


def test_a_translation_that_does_not_end_is_cut_off(confused):
    whole = confused.translate(["un", "deux"])
    assert max(map(len, whole)) > 3
    assert confused.translate(["un", "deux"], max_length=3) == [text[:3] for text in whole]


def test_each_character_that_is_written_counts_and_no_padding(translator):
    pairs = [("un", "one"), ("deux", "?"), ("trois", "")]
    apart = [translator.log_probabilities([pair])[0] for pair in pairs]
    np.testing.assert_allclose(translator.log_probabilities(pairs), apart, rtol=1e-5)
    encoder, state = translator._read(["deux"])
    ids = translator.target_encoder_.transform(["\n?\n"])
    logits = translator.model_.decode(encoder, ids[:, :-1], state).logits[0].astype(float)
    log_p = logits - np.log(np.exp(logits).sum(axis=-1, keepdims=True))
    assert ids[0, 1] == 1  # "?" was never seen
    assert apart[1] == pytest.approx(log_p[0, 1] + log_p[1, ids[0, 2]], rel=1e-5)


def test_the_weights_of_attention_say_for_each_character_where_it_looked(translator):
    weights = translator.attention_weights("deux", "two")
    assert weights.shape == (4, 4)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)


def test_without_attention_there_are_no_weights():
    blind = Translator(n_hidden=8, n_updates=1, attention=False).fit(PAIRS, progress=False)
    with pytest.raises(ValueError, match="does not look back"):
        blind.attention_weights("un", "one")


@pytest.mark.parametrize(
    ("pairs", "error", "message"),
    [
        ([], ValueError, "expected a list of pairs"),
        ("un one", ValueError, "expected a list of pairs"),
        (["un"], TypeError, r"pairs\[0\] is 'un': expected two strings"),
        ([("un", 1)], TypeError, r"pairs\[0\] is \('un', 1\)"),
        ([("", "one")], ValueError, "is empty in number 0"),
        ([("un", "one\n")], ValueError, "line break"),
    ],
)
def test_pairs_that_are_none_are_refused(pairs, error, message):
    with pytest.raises(error, match=message):
        Translator(n_updates=1).fit(pairs, progress=False)


def test_texts_that_cannot_be_read_are_refused(translator):
    with pytest.raises(TypeError, match=r"is one string: expected a list; write \['un'\]"):
        translator.translate("un")
    with pytest.raises(ValueError, match="texts is empty: expected at least one string"):
        translator.translate([])
    with pytest.raises(ValueError, match="call fit"):
        Translator().translate(["un"])
    with pytest.raises(ValueError, match="beam_width"):
        translator.translate(["un"], beam_width=0)


@pytest.mark.parametrize("setting", [{"n_hidden": 0}, {"cell": "brain"}, {"learning_rate": -1}])
def test_settings_without_a_meaning_are_refused(setting):
    [(name, value)] = setting.items()
    with pytest.raises(ValueError, match=f"{name} is {value!r}"):
        Translator(**setting)


def test_it_shows_what_is_not_the_default():
    assert repr(Translator(n_hidden=32)) == "Translator(n_hidden=32)"


# The dates -------------------------------------------------------------------------------------


def test_no_date_of_the_test_part_is_in_the_training_part():
    pairs = load_date_pairs(400, 200, n_dates=(1, 2), formats=["yMd"], rng=0)
    days = [{day for french, _ in part for day in french.replace(" et ", ", ").split(", ")}
            for part in pairs]  # fmt: skip
    assert min(map(len, days)) > 200
    assert not days[0] & days[1]


def test_both_sides_are_the_same_dates():
    for name in FORMATS:
        french, english = date_pair([datetime.date(2004, 7, 29)], name)
        assert "29" in french
        assert "2004" in french
        assert english.endswith("July 29, 2004")
        assert english.startswith("Thursday") == (FORMATS[name] == "full")


def test_the_french_formats_are_the_same_under_every_babel():
    fourth = [datetime.date(2025, 7, 4)]
    assert {name: date_pair(fourth, name)[0] for name in FORMATS} == {
        "yMMMMd": "4 juillet 2025",
        "yMMMd": "4 juil. 2025",
        "yMd": "04/07/2025",
        "yMMMMEEEEd": "vendredi 4 juillet 2025",
        "yMMMEd": "ven. 4 juil. 2025",
        "yMEd": "ven. 04/07/2025",
    }


def test_lists_have_as_many_dates_as_asked_for():
    pairs = load_date_pairs(60, 5, n_dates=(3,), formats=["yMd"], rng=0)
    assert {french.count("/") for french, _ in pairs.train} == {6}
    assert load_date_pairs(60, 5, n_dates=(3,), formats=["yMd"], rng=0) == pairs


def test_the_days_are_those_of_a_hundred_years():
    assert (FIRST.isoformat(), LAST.isoformat()) == ("1950-01-01", "2049-12-31")
    rng, formats = np.random.default_rng(0), ["yMd"]
    drawn = [_draw_pair([day], (1,), formats, rng)[0] for day in (0, (LAST - FIRST).days)]
    assert drawn == ["01/01/1950", "31/12/2049"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"n_train": 0}, "n_train is 0"),
        ({"n_dates": ()}, "n_dates is empty"),
        ({"formats": ()}, "formats is empty"),
        ({"formats": ("ymd",)}, "there is no format 'ymd'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_date_pairs(**({"n_train": 1, "n_test": 1, "rng": 0} | arguments))
