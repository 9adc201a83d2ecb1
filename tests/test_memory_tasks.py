"""The tasks are what the papers say, their baselines hold, and training on them starts alike."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers import memory_tasks
from rnnhelpers.losses import cross_entropy
from rnnhelpers.memory_tasks import (
    ADDING_RUNS,
    BLANK,
    COPYING_RUNS,
    GO,
    N_SYMBOLS,
    SOLVED,
    adding_problem,
    copy_task,
    measure_adding,
    measure_copying,
    train_on_adding,
    train_on_copying,
    updates_until,
)
from rnnhelpers.training import History

# The adding problem ----------------------------------------------------------------------------


@given(st.integers(1, 8), st.integers(2, 30), st.integers(0, 99))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_each_half_has_one_mark_and_the_target_is_the_sum(n_sequences, n_steps, seed):
    x, targets = adding_problem(n_sequences, n_steps, np.random.default_rng(seed))
    numbers, marks = x[..., 0], x[..., 1]
    half = n_steps // 2
    assert x.shape == (n_sequences, n_steps, 2)
    assert targets.shape == (n_sequences, 1)
    assert set(np.unique(marks)) <= {0, 1}
    np.testing.assert_array_equal(marks[:, :half].sum(axis=1), 1)
    np.testing.assert_array_equal(marks[:, half:].sum(axis=1), 1)
    assert numbers.min() >= 0
    assert numbers.max() < 1
    for row, target in zip(x, targets, strict=True):
        np.testing.assert_allclose(row[row[:, 1] == 1, 0].sum(), target[0])


def test_every_step_can_be_marked():
    x, _ = adding_problem(2000, 7, rng=0)
    counts = x[..., 1].sum(axis=0)
    np.testing.assert_allclose(counts[:3], 2000 / 3, rtol=0.1)
    np.testing.assert_allclose(counts[3:], 2000 / 4, rtol=0.1)


def test_the_baselines_of_the_adding_problem():
    x, targets = adding_problem(200_000, 4, rng=0)
    late = (x[:, 2:, 0] * x[:, 2:, 1]).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(np.mean((targets - 1) ** 2), 1 / 6, rtol=0.01)
    np.testing.assert_allclose(np.mean((targets - late - 0.5) ** 2), 1 / 12, rtol=0.01)


# The copy task ---------------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(1, 20), st.integers(1, 10), st.integers(0, 99))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_symbols_wait_sign_and_the_symbols_again(n_sequences, delay, n_to_copy, seed):
    ids, targets = copy_task(n_sequences, delay, np.random.default_rng(seed), n_to_copy=n_to_copy)
    n_steps = delay + 2 * n_to_copy
    assert ids.shape == targets.shape == (n_sequences, n_steps)
    symbols = ids[:, :n_to_copy]
    assert symbols.min() >= 1
    assert symbols.max() <= N_SYMBOLS
    np.testing.assert_array_equal(targets[:, -n_to_copy:], symbols)
    np.testing.assert_array_equal(targets[:, :-n_to_copy], BLANK)
    where_go = np.argwhere(ids == GO)
    np.testing.assert_array_equal(where_go[:, 1], n_steps - n_to_copy - 1)
    assert len(where_go) == n_sequences
    np.testing.assert_array_equal(ids[:, n_steps - n_to_copy :], BLANK)
    np.testing.assert_array_equal(ids[:, n_to_copy : n_to_copy + delay - 1], BLANK)


def test_all_symbols_are_drawn_equally_often():
    ids, _ = copy_task(4000, 1, rng=0, n_to_copy=2)
    counts = np.bincount(ids[:, :2].ravel(), minlength=10)
    np.testing.assert_allclose(counts[1:9], 1000, rtol=0.12)


def test_the_baseline_of_the_copy_task():
    n_to_copy, delay = 3, 7
    ids, targets = copy_task(50, delay, rng=0, n_to_copy=n_to_copy)
    logits = np.full((*ids.shape, N_SYMBOLS + 2), -200.0)
    logits[:, :-n_to_copy, BLANK] = 200
    logits[:, -n_to_copy:, 1 : N_SYMBOLS + 1] = 200
    loss, _ = cross_entropy(logits, targets)
    np.testing.assert_allclose(loss, n_to_copy * np.log(8) / (delay + 2 * n_to_copy))


def test_a_seed_and_its_generator_give_the_same_sequences():
    for draw in (adding_problem, copy_task):
        for one, two in zip(draw(3, 6, 5), draw(3, 6, np.random.default_rng(5)), strict=True):
            np.testing.assert_array_equal(one, two)
        assert not np.array_equal(draw(3, 6, 5)[0], draw(3, 6, 6)[0])


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: adding_problem(0, 5, 0), ValueError, "n_sequences is 0: expected 1 or more"),
        (lambda: adding_problem(1, 1, 0), ValueError, "n_steps is 1: expected 2 or more"),
        (lambda: adding_problem(1, 2.5, 0), TypeError, "n_steps is 2.5: expected a whole number"),
        (lambda: adding_problem(1, 5, None), TypeError, "rng is None: expected"),
        (lambda: copy_task(1, 0, 0), ValueError, "delay is 0: expected 1 or more"),
        (lambda: copy_task(1, 2, 0, n_to_copy=0), ValueError, "n_to_copy is 0: expected 1"),
        (lambda: train_on_adding("elman", 5, rng=0), ValueError, "cell is 'elman': expected one"),
        (
            lambda: train_on_copying(["rnn"], 5, rng=0),
            ValueError,
            "cell is ['rnn']: expected one of ['rnn', 'lstm', 'gru', 'gru_reset_before']",
        ),
        (
            lambda: train_on_adding("rnn", 5, rng=0, stop_below=0),
            ValueError,
            "stop_below is 0: expected a number above 0",
        ),
        (
            lambda: updates_until(History(losses=[1.0]), 1, window=0),
            ValueError,
            "window is 0: expected 1 or more",
        ),
    ],
)
def test_what_has_no_meaning_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


# Training on them ------------------------------------------------------------------------------


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_each_cell_learns_both_tasks_at_a_short_distance(cell):
    options = {"n_hidden": 24, "learning_rate": 0.01, "rng": 0}
    _, history = train_on_adding(cell, 4, n_updates=250, **options)
    assert np.mean(history.losses[-50:]) < 1 / 24
    _, history = train_on_copying(cell, 2, n_to_copy=1, n_updates=150, **options)
    assert np.mean(history.losses[-20:]) < np.log(8) / 4


def test_the_network_is_the_one_that_was_asked_for():
    network, history = train_on_adding(
        "lstm",
        3,
        n_hidden=5,
        n_updates=2,
        n_sequences=4,
        rng=0,
        forget_bias=2.5,
        learning_rate=1e-9,
    )
    [cell] = network.layers.cells
    assert (cell.n_features, cell.n_hidden, network.n_outputs) == (2, 5, 1)
    assert network.pooling == "last"
    np.testing.assert_allclose(cell.params["b_h"][5:10], 2.5, atol=1e-6)
    assert cell.params["b_h"].dtype == np.float32
    assert history.learning_rates == [1e-9] * 2
    network, _ = train_on_copying("rnn", 3, n_hidden=5, n_updates=1, rng=0, dtype="float64")
    assert (network.n_features, network.n_outputs, network.pooling) == (10, 10, "each")
    assert network.params.dtype == np.float64


def test_recurrent_weights_start_orthogonal_unless_told_otherwise():
    def first(**options):
        network, _ = train_on_adding(
            "rnn", 2, n_updates=1, learning_rate=1e-12, rng=0, dtype="float64", **options
        )
        return network.layers.cells[0].params["W_hh"]

    np.testing.assert_allclose(first() @ first().T, np.eye(32), atol=1e-6)
    np.testing.assert_allclose(first(recurrent_init="identity"), np.eye(32), atol=1e-6)
    assert np.linalg.norm(first(recurrent_init="uniform") - first()) > 1


def test_a_training_repeats_for_its_seed_and_no_batch_comes_twice():
    one, two = (train_on_adding("rnn", 4, n_updates=5, rng=3)[1].losses for _ in range(2))
    assert one == two
    _, still = train_on_adding("rnn", 4, n_updates=5, rng=3, learning_rate=1e-9)
    assert len(set(still.losses)) == 5  # the weights stay, so only the batches can differ


def test_the_gradient_is_clipped_and_the_loss_is_that_before_the_update():
    _, history = train_on_copying(
        "rnn", 1, n_to_copy=2, n_updates=3, rng=0, answers_only=False, learning_rate=1e-9
    )
    np.testing.assert_allclose(history.losses, np.log(10), atol=0.5)
    assert history.n_steps == 3


def test_only_the_answers_count_unless_all_steps_are_asked_for():
    options = {"n_to_copy": 2, "n_updates": 60, "learning_rate": 0.01, "rng": 0}
    _, answers = train_on_copying("rnn", 30, **options)
    _, every = train_on_copying("rnn", 30, answers_only=False, **options)
    assert np.mean(answers.losses[-20:]) > 0.5 * np.log(8)  # too far for 60 updates
    assert np.mean(every.losses[-20:]) < 0.3 * np.log(8)  # and yet most steps are blank


def test_training_stops_when_the_loss_is_small():
    options = {"n_updates": 400, "learning_rate": 0.01, "rng": 0}
    _, history = train_on_adding("rnn", 2, stop_below=0.03, **options)
    assert 50 <= history.n_steps < 400
    assert np.mean(history.losses[-50:]) < 0.03 <= np.mean(history.losses[-51:-1])
    assert updates_until(history, 0.03) == history.n_steps


def test_updates_until_counts_the_updates_of_a_whole_window():
    history = History(losses=[0.1, 0.9, 0.1, 0.1, 0.1])
    assert updates_until(history, 0.2, window=1) == 1
    assert updates_until(history, 0.2, window=2) == 4
    assert updates_until(history, 0.2, window=3) == 5
    assert updates_until(history, 0.2, window=6) is None
    assert updates_until(history, 0.1, window=1) is None  # below, and not equal


# The tables ------------------------------------------------------------------------------------


def test_the_tables_hold_the_runs_of_each_setting():
    for (n_steps, n_hidden, rate, start), (n_updates, runs) in ADDING_RUNS.items():
        assert len(runs) == (3 if n_steps == 100 else 10), (n_steps, n_hidden, rate, start)
        assert all(run is None or 50 <= run <= n_updates for run in runs)
    for setting, shares in COPYING_RUNS.items():
        assert len(shares) == 10, setting
        assert all(0 <= share < 1.5 for share in shares)


def test_an_entry_of_each_table_can_be_measured_again():
    setting = (10, 32, 0.003, "orthogonal")
    n_updates, runs = ADDING_RUNS[setting]
    again = measure_adding(*setting, n_updates=n_updates, seed=2)
    assert abs(again - runs[2]) < 0.15 * runs[2]
    assert SOLVED < 1 / 12 < 1 / 6
    for setting in [(10, "orthogonal", True, 200), (10, "uniform", True, 200)]:
        assert abs(measure_copying(*setting, seed=0) - COPYING_RUNS[setting][0]) < 0.02


def spied(monkeypatch, name):
    """Let a training be what it is, and keep how it was called, and what it returned."""
    calls, train = [], getattr(memory_tasks, name)

    def spy(*arguments, **options):
        calls.append((arguments, options, *train(*arguments, **options)))
        return calls[-1][2:]

    monkeypatch.setattr(memory_tasks, name, spy)
    return calls


def test_a_run_on_the_adding_problem_is_the_one_of_its_setting(monkeypatch):
    calls = spied(monkeypatch, "train_on_adding")
    assert measure_adding(3, 8, 0.01, "identity", n_updates=2, seed=4) is None
    [(arguments, options, network, history)] = calls
    assert (arguments, options["stop_below"], options["rng"]) == (("rnn", 3), SOLVED, 4)
    assert history.learning_rates == [0.01] * 2
    W_hh = network.layers.cells[0].params["W_hh"]
    np.testing.assert_allclose(W_hh, np.eye(8), atol=0.05)


@pytest.mark.parametrize(("answers_only", "share"), [(True, 1), (False, 5 / 13)])
def test_a_run_on_the_copy_task_ends_at_a_share_of_the_baseline(monkeypatch, answers_only, share):
    calls = spied(monkeypatch, "train_on_copying")
    measured = measure_copying(3, "identity", answers_only, 30, seed=4)
    [(arguments, options, network, history)] = calls
    assert (arguments, options["n_to_copy"], options["rng"]) == (("rnn", 3), 5, 4)
    assert network.layers.cells[0].n_hidden == 128
    assert history.learning_rates == [0.001] * 30
    assert np.trace(network.layers.cells[0].params["W_hh"]) == pytest.approx(128, abs=8)
    assert history.losses[0] > history.losses[-1]
    assert measured == pytest.approx(np.mean(history.losses[-20:]) / (share * np.log(8)))


def test_all_is_measured_anew_in_the_form_of_the_tables(monkeypatch, capsys):
    adding = {(2, 4, 0.01, "uniform"): (3, [None, None])}
    copying = {(1, "uniform", True, 2): [1.0]}
    monkeypatch.setattr(memory_tasks, "ADDING_RUNS", adding)
    monkeypatch.setattr(memory_tasks, "COPYING_RUNS", copying)
    memory_tasks._measure_all()
    first, second = capsys.readouterr().out.splitlines()
    assert first == "    (2, 4, 0.01, 'uniform'): (3, [None, None]),"
    share = round(measure_copying(1, "uniform", True, 2, seed=0), 2)
    assert second == f"    (1, 'uniform', True, 2): [{share}],"
