"""How much of a state is left: against formulas, and against moving the early state."""

import numpy as np
import pytest

from rnnhelpers import gates
from rnnhelpers.cells import GRUCell, GRUResetBeforeCell, LSTMCell, RNNCell
from rnnhelpers.gates import ADDING_100, SETTINGS, measure_adding_100, norms_back
from rnnhelpers.jacobians import jacobian_norms
from rnnhelpers.memory_tasks import SOLVED, train_on_adding
from rnnhelpers.unrolling import unroll

X = np.random.default_rng(0).normal(size=(3, 6, 2))


def test_for_a_tanh_rnn_they_are_those_of_the_formula():
    cell = RNNCell(2, 4, rng=1)
    expected = jacobian_norms(unroll(cell, X).h, cell.params["W_hh"])
    np.testing.assert_allclose(norms_back(cell, X), expected)


@pytest.mark.parametrize("kind", [RNNCell, LSTMCell, GRUCell, GRUResetBeforeCell])
@pytest.mark.parametrize("part", [0, -1])
def test_moving_an_early_state_moves_the_last_one_by_so_much(kind, part):
    cell = kind(2, 3, rng=2)
    name = cell.state_names[part]
    norms = norms_back(cell, X, name)
    for n, distance in [(0, 1), (1, 4), (2, 6)]:
        expected = np.linalg.norm(measured_slopes(cell, X[n : n + 1], distance, name), 2)
        assert norms[n, distance] == pytest.approx(expected, rel=1e-6)


def measured_slopes(cell, x, distance, name, step=1e-5):
    """Move each unit of one part of the state, that many steps before the end."""
    n_steps = x.shape[1] - distance
    read = unroll(cell, x[:, :n_steps]) if n_steps else None
    slopes = []
    for unit in range(cell.n_hidden):
        ends = []
        for by in (step, -step):
            early = [
                getattr(read, part)[:, -1].copy() if read else np.zeros((1, cell.n_hidden))
                for part in cell.state_names
            ]
            early[cell.state_names.index(name)][0, unit] += by
            state = tuple(early) if len(early) > 1 else early[0]
            late = unroll(cell, x[:, n_steps:], state)
            ends.append(getattr(late, name)[0, -1])
        slopes.append((ends[0] - ends[1]) / (2 * step))
    return np.array(slopes)


def test_without_recurrent_weights_a_cell_state_is_left_by_its_forget_gates():
    cell = LSTMCell(2, 3, rng=3)
    cell.params["W_hh"] = np.zeros((3, 12))
    f = unroll(cell, X).gates["f"]
    products = np.cumprod(f[:, ::-1], axis=1).max(axis=2)
    np.testing.assert_allclose(norms_back(cell, X)[:, 1:], products)


def test_by_default_it_is_the_cell_state_that_is_looked_at():
    cell = LSTMCell(2, 3, rng=3)
    np.testing.assert_array_equal(norms_back(cell, X), norms_back(cell, X, "c"))
    assert not np.allclose(norms_back(cell, X), norms_back(cell, X, "h"))


def test_at_distance_0_nothing_has_changed():
    np.testing.assert_array_equal(norms_back(GRUCell(2, 5, rng=0), X)[:, 0], 1)


def test_what_is_asked_for_must_be_there():
    with pytest.raises(ValueError, match=r"state_name is 'c': expected one of \['h'\]"):
        norms_back(GRUCell(2, 3, rng=0), X, "c")
    with pytest.raises(ValueError, match="expected one of"):
        norms_back(LSTMCell(2, 3, rng=0), X, "output")
    with pytest.raises(ValueError, match=r"shape \(1, 2\): expected \(n_sequences"):
        norms_back(GRUCell(2, 3, rng=0), [[0, 1]])
    with pytest.raises(TypeError, match="expected a cell"):
        norms_back("gru", X)


def test_the_stored_runs_are_those_of_the_settings():
    assert ADDING_100.keys() == SETTINGS.keys()
    assert all(len(runs) == 10 for runs in ADDING_100.values())
    assert measure_adding_100("gru", 0) == pytest.approx(ADDING_100["gru"][0], abs=40)


def test_the_runs_had_the_settings_that_notebook_10_tells():
    for name, setting in SETTINGS.items():
        kind, _, bias = name.partition(", forget bias ")
        told = (24, 32, 0.02) if kind == "gru" else (32, 50, 0.02)
        assert setting["cell"] == kind
        assert tuple(setting[one] for one in ("n_hidden", "n_sequences", "learning_rate")) == told
        assert setting.get("forget_bias") == (int(bias) if bias else None)


def test_a_run_has_100_steps_and_ends_once_it_is_solved(monkeypatch):
    calls = []

    def spy(**options):
        calls.append(options)
        return train_on_adding(**options)

    monkeypatch.setattr(gates, "train_on_adding", spy)
    measure_adding_100("lstm, forget bias 4", 7, n_updates=1)
    run = {"n_steps": 100, "n_updates": 1, "stop_below": SOLVED, "rng": 7}
    assert calls == [{**run, **SETTINGS["lstm, forget bias 4"]}]


def test_a_run_that_is_not_solved_has_no_number():
    assert measure_adding_100("lstm", 0, n_updates=60) is None


def test_only_what_was_measured_can_be_measured_again():
    with pytest.raises(ValueError, match=r"name is 'rnn': expected one of \['gru', 'lstm', "):
        measure_adding_100("rnn", 0)
