"""Batches that lose nothing, and a loop that stops when it should and keeps what it has."""

import os
import re
import signal
import subprocess
import sys
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.language_model import LanguageModel
from rnnhelpers.losses import cross_entropy, squared_error
from rnnhelpers.memory_tasks import train_on_adding, train_on_copying
from rnnhelpers.network import make_network
from rnnhelpers.optimizers import SGD, Adam
from rnnhelpers.parameters import Parameters
from rnnhelpers.training import DivergedError, contiguous_batches, shuffled_batches, train
from rnnhelpers.translation import Translator
from rnnhelpers.word_vectors import SkipGram

few = settings(max_examples=50, deadline=None, derandomize=True)


@given(st.integers(2, 200), st.integers(1, 8), st.integers(1, 9))
@few
def test_contiguous_batches_follow_on_and_leave_nothing_out(n_tokens, n_sequences, n_steps):
    ids = np.random.default_rng(n_tokens).integers(50, size=n_tokens)
    if n_tokens <= n_sequences:
        with pytest.raises(ValueError, match="expected one axis of at least"):
            contiguous_batches(ids, n_sequences, n_steps)
        return
    batches = list(contiguous_batches(ids, n_sequences, n_steps))
    x, y = (np.concatenate(arrays, axis=1) for arrays in zip(*batches, strict=True))
    length = (n_tokens - 1) // n_sequences
    np.testing.assert_array_equal(x.ravel(), ids[: n_sequences * length])
    np.testing.assert_array_equal(y.ravel(), ids[1 : n_sequences * length + 1])
    assert all(batch.shape == (n_sequences, n_steps) for batch, _ in batches[:-1])


@given(st.integers(1, 60), st.integers(1, 9), st.booleans(), st.integers(0, 99))
@few
def test_shuffled_batches_draw_each_sample_once(n_samples, batch_size, by_length, seed):
    lengths = np.random.default_rng(seed).integers(1, 20, n_samples) if by_length else None
    batches = shuffled_batches(n_samples, batch_size, rng=seed, lengths=lengths)
    np.testing.assert_array_equal(np.sort(np.concatenate(batches)), np.arange(n_samples))
    assert sorted(map(len, batches))[1:] == [batch_size] * (len(batches) - 1)


def test_sequences_of_similar_length_come_together_and_still_meet_others():
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 100, 1000)

    def padding(batches):
        return sum(lengths[batch].max() * len(batch) - lengths[batch].sum() for batch in batches)

    by_length = [shuffled_batches(1000, 20, rng=rng, lengths=lengths) for _ in range(2)]
    assert padding(by_length[0]) < 0.25 * padding(shuffled_batches(1000, 20, rng=rng))
    one, two = ({frozenset(batch.tolist()) for batch in batches} for batches in by_length)
    assert not one & two
    assert not np.all(np.diff([lengths[batch].mean() for batch in by_length[0]]) >= 0)


def test_batches_are_sorted_within_groups_of_so_many():
    lengths = np.random.default_rng(0).permutation(120)

    def mean_span(n_buckets):
        batches = shuffled_batches(120, 10, rng=0, lengths=lengths, n_buckets=n_buckets)
        return np.mean([np.ptp(lengths[batch]) for batch in batches])

    assert mean_span(12) == 9  # of all samples the ten next to each other
    assert 9 < mean_span(4) < 60 < mean_span(1)


def test_the_order_of_sorted_batches_is_drawn():
    lengths = np.arange(120)
    starts = [
        [batch[0] for batch in shuffled_batches(120, 10, rng=seed, lengths=lengths, n_buckets=12)]
        for seed in (0, 1)
    ]
    assert sorted(starts[0]) == sorted(starts[1]) == list(range(0, 120, 10))
    assert starts[0] != starts[1]


def test_the_ids_of_the_caller_can_be_written_to_afterwards():
    ids = np.arange(9)
    list(contiguous_batches(ids, n_sequences=2, n_steps=3))
    assert ids.flags.writeable


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: contiguous_batches([0.5, 1], 1, 1), TypeError, "ids has dtype float64: expected"),
        (lambda: contiguous_batches([[1, 2]], 1, 1), ValueError, "ids has shape (1, 2): expected"),
        (lambda: contiguous_batches([1, 2], 0, 1), ValueError, "n_sequences is 0: expected 1 or"),
        (lambda: contiguous_batches([1, 2], 1, 0), ValueError, "n_steps is 0: expected 1 or more"),
        (lambda: shuffled_batches(3, 2, rng=None), TypeError, "rng is None: expected"),
        (lambda: shuffled_batches(3, 2, rng=0, lengths=[1]), ValueError, "lengths has shape (1,)"),
    ],
)
def test_batches_refuse_what_has_no_meaning(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


# The loop


class Valley:
    """The loss (w - target)², a parameter to learn, and a place to make things go wrong."""

    def __init__(self, learning_rate=0.1, start=4.0):
        self.params = Parameters({"w": [start]})
        self.optimizer = SGD(self.params, learning_rate=learning_rate)
        self.calls = 0
        self.at = {}

    def __call__(self, target):
        self.calls += 1
        if self.calls in self.at:
            return self.at[self.calls]()
        error = self.params["w"][0] - target
        return error**2, Parameters({"w": [2 * error]})

    @property
    def w(self):
        return float(self.params["w"][0])


def train_quietly(valley, batches, **options):
    return train(valley.optimizer, valley, batches, progress=False, **options)


def test_it_takes_a_step_for_each_batch():
    valley = Valley()
    history = train_quietly(valley, [1.0] * 5)
    np.testing.assert_allclose(history.losses, [9 * 0.64**k for k in range(5)])
    np.testing.assert_allclose(history.gradient_norms, [6 * 0.8**k for k in range(5)])
    # Python's own, which print as they are, and can be saved as JSON.
    recorded = [*history.losses, *history.gradient_norms, *history.learning_rates]
    assert {type(number) for number in recorded} == {float}
    np.testing.assert_allclose(valley.w, 1 + 3 * 0.8**5)
    assert (history.n_steps, history.stopped, history.held_out) == (5, "finished", [])
    assert (history.best_loss, history.best_step) == (None, None)


def test_batches_without_end_stop_at_n_steps():
    def without_end():
        while True:
            yield 1.0

    assert train_quietly(Valley(), without_end(), n_steps=7).n_steps == 7


def test_clipping_comes_before_the_update():
    valley = Valley()
    history = train_quietly(valley, [1.0], clip_norm=0.5)
    assert history.gradient_norms == [6.0]
    np.testing.assert_allclose(valley.w, 4 - 0.1 * 0.5)


def test_the_schedule_is_a_factor_and_does_not_stay():
    valley = Valley(learning_rate=0.2)
    history = train_quietly(valley, [1.0] * 3, schedule=lambda step: 1 / (step + 1))
    np.testing.assert_allclose(history.learning_rates, [0.2, 0.1, 0.2 / 3])
    assert valley.optimizer.learning_rate == 0.2


def test_the_best_parameters_come_back():
    valley, seen = Valley(), []

    def evaluate():
        seen.append(valley.w)
        return (valley.w - 2) ** 2  # smallest on the way from 4 to 1

    history = train_quietly(valley, [1.0] * 20, evaluate=evaluate, evaluate_every=2)
    assert [step for step, _ in history.held_out] == list(range(2, 21, 2))
    assert history.best_step == 2 * (1 + int(np.argmin((np.array(seen) - 2) ** 2)))
    assert history.best_step < 20
    assert valley.w == min(seen, key=lambda w: abs(w - 2))
    assert history.best_loss == (valley.w - 2) ** 2


@pytest.mark.parametrize("loss", ["low", [1.0, 2.0], 1j, True, None])
def test_a_held_out_loss_is_a_number(loss):
    with pytest.raises(TypeError, match=r"evaluate returned .*expected a number, the loss"):
        train_quietly(Valley(), [1.0] * 5, evaluate=lambda: loss, evaluate_every=1)


def test_a_held_out_loss_may_be_a_whole_number():
    history = train_quietly(Valley(), [1.0] * 2, evaluate=lambda: 3, evaluate_every=1)
    assert history.held_out == [(1, 3.0), (2, 3.0)]


def test_it_looks_once_more_at_the_end():
    valley = Valley()
    history = train_quietly(valley, [1.0] * 5, evaluate=lambda: valley.w, evaluate_every=3)
    assert [step for step, _ in history.held_out] == [3, 5]


def test_patience_ends_it():
    valley, losses = Valley(), iter([5.0, 4.0, 4.5, 4.2, 4.1, 0.0])
    history = train_quietly(
        valley, [1.0] * 60, evaluate=lambda: next(losses), evaluate_every=2, patience=3
    )
    assert (history.stopped, history.n_steps, history.best_step) == ("no improvement", 10, 4)


def test_a_held_out_loss_that_stays_the_same_is_no_improvement():
    valley = Valley()
    history = train_quietly(valley, [1.0] * 60, evaluate=lambda: 1.0, evaluate_every=2, patience=3)
    assert (history.stopped, history.n_steps, history.best_step) == ("no improvement", 8, 2)


def test_a_history_says_how_it_went():
    history = train_quietly(Valley(), [1.0] * 3, evaluate=lambda: 0.5)
    assert repr(history) == "History(3 steps, finished; loss 9 to 3.686, best held-out loss 0.5)"


def test_the_keyboard_stops_it_between_two_steps_and_nothing_is_lost(capsys):
    valley, undisturbed = Valley(), Valley()

    def pressed():
        signal.raise_signal(signal.SIGINT)
        return valley(1.0)

    valley.at = {4: pressed}
    before = signal.getsignal(signal.SIGINT)
    history = train_quietly(valley, [1.0] * 50)
    train_quietly(undisturbed, [1.0] * 4)
    assert (history.n_steps, history.stopped) == (4, "interrupted")
    assert "Interrupted after 4 steps. What was learned until then" in capsys.readouterr().out
    assert valley.w == undisturbed.w
    assert signal.getsignal(signal.SIGINT) is before


def test_an_interrupted_training_returns_the_best_parameters():
    valley = Valley()

    def pressed():
        signal.raise_signal(signal.SIGINT)
        return valley(1.0)

    valley.at = {7: pressed}
    held_out = iter([1.0, 2.0, 3.0, 4.0])
    history = train_quietly(valley, [1.0] * 50, evaluate=lambda: next(held_out), evaluate_every=2)
    assert (history.stopped, history.best_step, history.n_steps) == ("interrupted", 2, 7)
    np.testing.assert_allclose(valley.w, 1 + 3 * 0.8**2)


def test_pressing_twice_stops_at_once():
    valley = Valley()

    def pressed_twice():
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)

    valley.at = {2: pressed_twice}
    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt) as caught:
        train_quietly(valley, [1.0] * 50)
    assert (caught.value.history.n_steps, caught.value.history.stopped) == (1, "interrupted")
    assert valley.w == 4.0  # before the last update: its loss was a number
    assert signal.getsignal(signal.SIGINT) is before


def test_it_works_in_another_thread():
    valley, histories = Valley(), []
    thread = threading.Thread(target=lambda: histories.append(train_quietly(valley, [1.0] * 3)))
    thread.start()
    thread.join()
    assert histories[0].n_steps == 3


@pytest.mark.parametrize(
    ("result", "what", "n_good"),
    [
        ((np.nan, Parameters({"w": [1.0]})), "the loss is nan", 2),
        ((np.inf, Parameters({"w": [1.0]})), "the loss is inf", 2),
        ((1.0, Parameters({"w": [np.inf]})), r"d_params\['w'\]\[0\] is inf\. Before", 3),
    ],
)
def test_a_loss_that_is_no_number_stops_it_and_says_what_to_try(result, what, n_good):
    valley, undisturbed = Valley(), Valley()
    valley.at = {4: lambda: result}
    with pytest.raises(DivergedError, match=f"training stopped at step 4: .*{what}") as caught:
        train_quietly(valley, [1.0] * 9)
    train_quietly(undisturbed, [1.0] * n_good)
    message = str(caught.value)
    assert "Before that the losses were 9, 5.76, 3.69, the gradient's lengths 6, 4.8, 3." in message
    assert "Try clip_norm=1, then a smaller learning rate (it was 0.1 at this step)" in message
    assert "The parameters are as they were before the last update, and perhaps of no" in message
    assert caught.value.history.stopped == "diverged"
    assert caught.value.history.n_steps == 3
    assert valley.w == undisturbed.w


def test_after_a_divergence_the_best_parameters_come_back():
    valley = Valley()
    valley.at = {6: lambda: (np.nan, Parameters({"w": [1.0]}))}
    held_out = iter([1.0, 2.0])
    with pytest.raises(DivergedError, match="as they were at their best, after step 2"):
        train_quietly(valley, [1.0] * 9, evaluate=lambda: next(held_out), evaluate_every=2)
    np.testing.assert_allclose(valley.w, 1 + 3 * 0.8**2)


@pytest.mark.parametrize("raises", [False, True])
def test_a_held_out_loss_that_is_no_number_is_a_divergence_too(raises):
    def evaluate():
        return cross_entropy([[np.nan, 1.0]], [0])[0] if raises else np.inf

    valley = Valley()
    with pytest.raises(DivergedError, match=r"the held-out loss is inf|logits.* is nan"):
        train_quietly(valley, [1.0] * 9, evaluate=evaluate, evaluate_every=2)
    np.testing.assert_allclose(valley.w, 1 + 3 * 0.8)


def test_at_the_first_step_it_says_to_look_at_the_data():
    valley = Valley()
    with pytest.raises(DivergedError, match="It is the first step, so look at the data"):
        train_quietly(valley, [np.nan])
    assert valley.w == 4


def test_a_real_network_that_diverges_is_caught_without_a_warning():
    rng = np.random.default_rng(0)
    network = make_network("rnn", 2, 8, 1, activation="relu", pooling="last", rng=rng)
    x, y = rng.normal(size=(4, 30, 2)) * 100, rng.normal(size=(4, 1))

    def loss_and_gradients(_):
        run = network.forward(x)
        loss, d_outputs = squared_error(run.outputs, y)
        return loss, network.backward(run, d_outputs)

    optimizer = SGD(network.params, learning_rate=1e3)
    with pytest.raises(DivergedError, match="Try clip_norm=1, then a smaller") as caught:
        train(optimizer, loss_and_gradients, range(1000), progress=False)
    assert 1 <= caught.value.history.n_steps < 1000
    assert np.isfinite(loss_and_gradients(None)[0])


def test_a_network_learns_to_tell_which_symbol_came_first():
    rng = np.random.default_rng(0)
    network = make_network("gru", 4, 16, 4, pooling="last", rng=rng)
    ids = rng.integers(4, size=(300, 8))

    def loss_and_gradients(rows):
        run = network.forward(ids[rows])
        loss, d_outputs = cross_entropy(run.outputs, ids[rows, 0])
        return loss, network.backward(run, d_outputs)

    batches = [batch for _ in range(40) for batch in shuffled_batches(300, 30, rng=rng)]
    optimizer = Adam(network.params, learning_rate=0.02)
    history = train(optimizer, loss_and_gradients, batches, clip_norm=1.0, progress=False)
    assert abs(history.losses[0] - np.log(4)) < 0.2
    new = rng.integers(4, size=(200, 8))
    assert (network.forward(new).outputs.argmax(axis=1) == new[:, 0]).mean() > 0.95


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_steps": 0}, "n_steps is 0: expected 1 or more"),
        ({"clip_norm": -1.0}, "clip_norm is -1.0: expected a number above 0; a negative one would"),
        ({"evaluate_every": 0}, "evaluate_every is 0: expected 1 or more"),
        ({"patience": 2}, "patience is given without evaluate: expected both, or neither"),
        ({"patience": 0, "evaluate": lambda: 1.0}, "patience is 0: expected 1 or more"),
    ],
)
def test_settings_without_meaning_are_refused_before_any_step(options, message):
    valley = Valley()
    with pytest.raises(ValueError, match=re.escape(message)):
        train_quietly(valley, [1.0], **options)
    assert valley.calls == 0


@pytest.mark.parametrize("name", ["schedule", "evaluate"])
def test_what_is_to_be_called_is_a_function(name):
    message = f"{name} is 3: expected a function that returns a number"
    with pytest.raises(TypeError, match=message):
        train_quietly(Valley(), [1.0], **{name: 3})


def test_no_batches_are_refused():
    with pytest.raises(ValueError, match="batches is empty: expected at least one"):
        train_quietly(Valley(), iter([]))


def test_the_environment_silences_the_bar_as_in_the_checks_of_notebooks():
    code = (
        "from rnnhelpers.optimizers import SGD\n"
        "from rnnhelpers.parameters import Parameters\n"
        "from rnnhelpers.training import train\n"
        "params = Parameters({'w': [4.0]})\n"
        "train(SGD(params, 0.1), lambda batch: (1.0, Parameters({'w': [0.1]})), [1, 2, 3])\n"
    )
    shown = {}
    for disable in ("0", "1"):
        environment = os.environ | {"TQDM_DISABLE": disable}
        command = [sys.executable, "-c", code]
        result = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        )
        shown[disable] = result.stderr
    assert "3/3" in shown["0"]
    assert shown["1"] == ""


def test_the_progress_bar_counts_the_steps(capsys):
    valley = Valley()
    train(valley.optimizer, valley, [1.0] * 3, evaluate=lambda: 0.5, evaluate_every=1)
    assert "3/3" in capsys.readouterr().err


def test_beside_the_bar_stand_the_mean_of_the_last_losses_and_the_held_out_one(capsys):
    valley, held_out = Valley(), iter([0.75, 0.5])
    history = train(
        valley.optimizer, valley, [1.0] * 60, evaluate=lambda: next(held_out), evaluate_every=30
    )
    end = capsys.readouterr().err.rpartition("60/60")[2]
    assert f"loss={np.mean(history.losses[-50:]):.3f}, held out=0.500" in end
    assert "step" in end
    train(valley.optimizer, valley, [1.0] * 2)
    assert "held out" not in capsys.readouterr().err


SENTENCES = [["the", "dog", "bites", "the", "man"]] * 5


@pytest.mark.parametrize(
    "call",
    [
        lambda show: train(Valley().optimizer, Valley(), [1.0], progress=show),
        lambda show: train_on_adding("rnn", 2, n_updates=1, rng=0, progress=show),
        lambda show: train_on_copying("rnn", 1, n_updates=1, rng=0, progress=show),
        lambda show: LanguageModel(n_hidden=2, n_updates=1).fit("ab" * 40, progress=show),
        lambda show: Translator(n_hidden=2, n_updates=1).fit([("a", "b")] * 9, progress=show),
        lambda show: SkipGram(2, min_count=1, n_epochs=1).fit(SENTENCES, progress=show),
    ],
)
def test_whoever_asks_for_a_bar_gets_one_and_nobody_else_does(call, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    call(False)
    assert capsys.readouterr().err == ""
    call(True)
    assert "/1 [" in capsys.readouterr().err
    with pytest.raises(TypeError, match="progress is 'no': expected True or False"):
        call("no")


def test_one_thread_is_used_while_training_and_as_many_as_before_after_it():
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

    valley, seen = Valley(), []
    valley.at = {1: lambda: seen.extend(threads()) or (1.0, Parameters({"w": [0.0]}))}
    with threadpool_limits(2, user_api="blas"):
        before = threads()
        train_quietly(valley, [1.0])
        assert threads() == before
    assert set(seen) == {1}
