"""The benchmark compares like with like: its contenders take the same steps."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks import memory, speed  # noqa: E402
from benchmarks.contenders import BY_HAND, CONTENDERS, make_batch  # noqa: E402


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


def test_an_unknown_part_is_named():
    command = [sys.executable, "-m", "benchmarks", "sped"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "no part is called sped: there are speed, memory, learning" in result.stderr
