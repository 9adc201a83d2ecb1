"""The engine equals values that PyTorch computed once, and short trainings go as they went."""

import json
from pathlib import Path

import numpy as np
import pytest
from engine_cases import KINDS, as_parts
from trainings import TRAININGS

from rnnhelpers.cells import CELLS
from rnnhelpers.layers import RecurrentLayers
from rnnhelpers.parameters import Parameters

FILE = Path(__file__).parent / "reference" / "engine_values.json"
CASES = json.loads(FILE.read_text(encoding="utf-8"))["cases"]


def make_layers_of(case):
    name, options = KINDS[case["kind"]]
    params = Parameters(case["params"])
    prefixes = dict.fromkeys(one.partition(".")[0] for one in params)
    cells = [CELLS[name].from_params(params.part(prefix), **options) for prefix in prefixes]
    return RecurrentLayers(cells, bidirectional=case["bidirectional"])


@pytest.mark.parametrize(
    "case", CASES, ids=lambda case: case["kind"] + "-both" * case["bidirectional"]
)
def test_outputs_and_gradients_are_the_frozen_ones(case):
    layers = make_layers_of(case)
    states = [tuple(state) if len(state) > 1 else state[0] for state in case["states"]]
    run = layers.forward(case["x"], states, lengths=case["lengths"])
    back = layers.backward(run, case["d_h"])
    real = np.arange(4) < np.array(case["lengths"])[:, None]
    np.testing.assert_allclose(run.h * real[..., None], case["outputs"], rtol=1e-10, atol=1e-13)
    for name, expected in case["d_params"].items():
        np.testing.assert_allclose(back.d_params[name], expected, 1e-10, 1e-12, err_msg=name)
    np.testing.assert_allclose(back.d_x, case["d_x"], rtol=1e-10, atol=1e-12)
    by_part = zip(*map(as_parts, back.d_state), strict=True)
    for ours, expected in zip(by_part, case["d_states"], strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-10, atol=1e-12)


def test_every_cell_that_pytorch_has_is_there():
    assert {case["kind"] for case in CASES} == set(KINDS) - {"gru_reset_before"}


TRAINED = json.loads((FILE.parent / "training_values.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", TRAININGS)
def test_a_training_goes_as_it_went(name):
    np.testing.assert_allclose(
        TRAININGS[name](),
        TRAINED[name],
        rtol=2e-3,
        atol=1e-4,
        err_msg="if this is meant, see tests/reference/make_training_values.py",
    )
