"""The benchmark compares like with like: its contenders take the same steps."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import learning, memory, speed, word_vectors  # noqa: E402
from benchmarks.contenders import BY_HAND, CONTENDERS, make_batch  # noqa: E402
from rnnhelpers.datasets import TextSplit  # noqa: E402


def losses(name, cell, n_steps=6):
    x, y = make_batch(3, 5, 11)
    step = CONTENDERS[name](cell, x, y, 11, 7)
    return [step() for _ in range(n_steps)]


@pytest.mark.parametrize("name", BY_HAND)
def test_the_loops_by_hand_take_the_same_steps(name):
    expected = losses("rnnhelpers", "rnn")
    np.testing.assert_allclose(losses(name, "rnn"), expected, rtol=2e-5)
    assert expected[-1] < expected[0]


def test_contenders_that_do_not_agree_are_found():
    speed.check_that_they_agree({"rnnhelpers": lambda: 1.0, "same": lambda: 1.000001})
    drifting = iter([1.0, 1.0005, 1.0005, 1.0005, 1.002])
    for other in (lambda: 1.0001, lambda: next(drifting)):
        with pytest.raises(SystemExit, match="other computes something else"):
            speed.check_that_they_agree({"rnnhelpers": lambda: 1.0, "other": other})


def test_a_ratio_above_one_is_of_what_is_slower(monkeypatch, capsys):
    times = {"rnnhelpers": np.array([2.0, 2.0]), speed.BASE: np.array([1.0, 1.0])}
    monkeypatch.setattr(speed, "time_in_turn", lambda steps, n_rounds: times)
    speed.print_row("rnn", next(iter(speed.SIZES)), ["rnnhelpers"], 1)
    assert "2000.00 ms [2.00]" in capsys.readouterr().out


def test_nothing_that_is_held_out_is_learned_from(monkeypatch, capsys):
    text = TextSplit("one two three four five six " * 80, "seven eight nine " * 20)
    learn, read = learning.learn, []

    def learn_and_note(recipe, budget, learned):
        read.append(learned)
        return learn(recipe, budget, learned)

    monkeypatch.setattr(learning, "load_topics", lambda: text)
    monkeypatch.setattr(learning, "learn", learn_and_note)
    monkeypatch.setattr(learning, "BUDGETS", [("rnn", 0.5)])  # seconds: some updates anywhere
    learning.run()
    assert read == [text.train]
    assert "half Kneser-Ney" in capsys.readouterr().out


@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_the_cases_of_memory_run(cell):
    case = memory.make(cell, 30)
    for function in (
        memory.everything,
        memory.only_the_cell,
        memory.checkpointed,
        memory.truncated,
    ):
        assert memory.peak_bytes(function, *case) > 0


def test_the_objective_of_word_vectors_is_the_mean_over_all_pairs():
    sentences = [["dog", "bites", "man"], ["rare"], ["man", "bites", "dog"]]
    tokens, rng = ["bites", "dog", "man"], np.random.default_rng(0)
    E, C = rng.normal(size=(2, 3, 4))
    share = np.full(3, 1 / 3)  # each word occurs twice
    losses = []
    for sentence in (sentences[0], sentences[2]):
        for centre in sentence:
            v = E[tokens.index(centre)]
            drawn = 5 * np.log(1 + np.exp(C @ v)) @ share
            losses += [
                np.log(1 + np.exp(-C[tokens.index(context)] @ v)) + drawn
                for context in sentence
                if context != centre
            ]
    found = word_vectors.objective(sentences, tokens, E, C)
    np.testing.assert_allclose(found, np.mean(losses))


def test_both_word_vectors_learn():
    sentences = [["dog", "bites", "man"], ["man", "pets", "cat"]] * 1000
    contenders = [word_vectors.ours]
    if importlib.util.find_spec("gensim"):
        contenders.append(word_vectors.theirs)
    for learn in contenders:
        _, tokens, E, C = learn(sentences, 0)
        untrained = word_vectors.objective(sentences, tokens, 0 * E, 0 * C)
        np.testing.assert_allclose(untrained, 6 * np.log(2))
        assert word_vectors.objective(sentences, tokens, E, C) < untrained - 0.5


def test_an_unknown_part_is_named():
    command = [sys.executable, "-m", "benchmarks", "sped"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert (
        "no part is called sped: there are speed, memory, learning, word_vectors" in result.stderr
    )
