"""Every public function takes anything: it gives a right answer, or says what it expected.

The quick part of ``make audit ARGS=fuzz``, with the same examples each time.
"""

import json
import math
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from audit.fuzzing import contract
from audit.fuzzing.arguments import JUNK, first_complaint, junk_for
from audit.fuzzing.calls import CASES, LEFT_OUT, Case, public_functions, without_case
from audit.fuzzing.contract import complaint_about
from audit.fuzzing.in_process import N_EXAMPLES
from rnnhelpers._validation import MOST
from rnnhelpers.cells import RNNCell
from rnnhelpers.estimators import RNNClassifier
from rnnhelpers.figures import draw_loss_surface
from rnnhelpers.layers import make_layers
from rnnhelpers.text import SequenceEncoder, one_hot
from rnnhelpers.training import shows_bar

ROOT = Path(__file__).resolve().parents[1]
N_PARTS = 2


def test_every_public_function_has_a_valid_call():
    assert without_case() == [], "give these a Case in audit/fuzzing/calls.py"


def test_no_case_is_of_something_that_is_gone():
    known = set(public_functions())
    assert {case.target for case in CASES} <= known
    assert LEFT_OUT.keys() <= known
    assert not LEFT_OUT.keys() & {case.target for case in CASES}


@pytest.mark.parametrize("part", range(1, N_PARTS + 1))
def test_spoilt_arguments_are_explained(part):
    command = [sys.executable, "-m", "audit.fuzzing", "--examples", str(N_EXAMPLES), "--part"]
    result = subprocess.run(
        [*command, f"{part}/{N_PARTS}"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr[-3000:]
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert not found, "\n".join(f"{one['case']} ({one['spoilt']}): {one['what']}" for one in found)


# The contract can be broken, and it is seen ------------------------------------------------------


def doubled(x):
    return 2 * np.asarray(x, dtype=float)


def spoiling(x):
    x[0] = 7.0
    return 1


def freezing(x):
    x.flags.writeable = False
    return 1


def random(x):
    return np.random.default_rng().random()


def by_form(x):
    return float(isinstance(x, list))


def warning(x):
    warnings.warn("mind this", RuntimeWarning, stacklevel=1)


def endless(x):
    while True:
        pass


def refusing(x):
    raise ValueError(f"x is {x}: expected something else")


def hungry(x):
    return np.ones(10**14)


class Learner:
    """Something that changes before it refuses."""

    def learn(self, x):
        self.x = x
        raise ValueError("expected another x")


X = np.array([1.0, 2.0])


@pytest.mark.parametrize(
    ("function", "x", "complaint"),
    [
        (doubled, X, None),
        (doubled, [math.nan], "is not finite"),
        (doubled, "a", "ValueError that does not say what was expected: could not convert"),
        (doubled, None, "is not finite"),
        (len, 5, "TypeError"),
        (lambda x: {}[0], X, "KeyError: 0"),
        (lambda x: 1 / 0, X, "ZeroDivisionError"),
        (lambda x: x.y, X, "AttributeError"),
        (spoiling, X, "an argument was changed"),
        (freezing, np.ones(2), "an argument was changed"),
        (random, X, "the same call came out different"),
        (warning, X, "RuntimeWarning: mind this"),
        (refusing, X, None),
        (hungry, X, None),  # NumPy's words on memory will do
        (Learner().learn, X, "the object was changed, and then ValueError was raised"),
        (lambda x: "a\ud800".encode(), X, "UnicodeEncodeError"),
    ],
)
def test_what_breaks_the_contract_is_seen(function, x, complaint):
    name = "x" if function is not len else "obj"
    call = (lambda obj: len(obj)) if function is len else function
    found = complaint_about(Case("", {name: X}, function=call), lambda given: {name: x})
    assert found is None if complaint is None else complaint in found


def test_another_answer_to_another_form_is_seen():
    case = Case("", {"x": X}, function=by_form)
    to_list = lambda given: {"x": given["x"].tolist()}  # noqa: E731
    assert complaint_about(case, to_list) is None
    assert "another form" in complaint_about(case, to_list, is_same=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no clock of this kind")
def test_what_does_not_end_is_stopped(monkeypatch):
    monkeypatch.setattr(contract, "SECONDS", 0.05)
    assert "still at work" in complaint_about(Case("", {"x": X}, function=endless), lambda x: x)


def test_junk_that_is_taken_for_an_answer_is_seen():
    def taking_anything(x, n=1):
        return 1

    def taking_two(x, n=1):
        return np.asarray(x, dtype=float) * (n if isinstance(n, int) else 2)

    assert first_complaint(Case("", {"x": X, "n": 1}, function=taking_anything), 1, None) is None
    found = first_complaint(Case("", {"x": X, "n": 1}, function=taking_two), 1, None)
    assert found.spoilt == "x: a thing"
    assert "TypeError" in found.what


def test_no_junk_is_what_an_argument_may_be():
    spoilt = [what for what, _ in junk_for({"random_state": 1})]
    assert len(spoilt) == len(JUNK) - 1
    assert len([*junk_for({"x": 1})]) == len(JUNK)


def test_what_a_call_writes_is_not_there_for_the_next():
    def writing(name):
        folder = Path(name).parent
        Path(name).write_text("here")
        return sorted(path.name for path in folder.iterdir())

    case, before = Case("", {"name": "a"}, function=writing), sorted(Path().iterdir())
    for name in ("a", "b", "../../etc"):
        assert complaint_about(case, lambda _, name=name: {"name": name}) is None
    assert sorted(Path().iterdir()) == before


# What was found -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [[], [[]], np.empty((2, 0))])
def test_no_token_ids_make_no_vectors(ids):
    assert one_hot(ids, 3).shape == (*np.shape(ids), 3)


@pytest.mark.parametrize(
    "size",
    [MOST + 1, 2**62, 2**64, 10**30, 10**5000],
    ids=["MOST + 1", "2^62", "2^64", "1e30", "1e5000"],
)
def test_an_absurd_size_is_refused_before_anything_is_made(size):
    with pytest.raises(ValueError, match=f"n_hidden is .*: expected {MOST} or less"):
        RNNCell(2, size, rng=0)
    with pytest.raises(ValueError, match=r"n_steps is .*: expected a number of time steps, 1 to"):
        SequenceEncoder(n_steps=size).fit(["a b"])


def test_a_size_below_that_is_numpys_to_refuse():
    with pytest.raises(MemoryError, match=r"Unable to allocate .* for an array with shape"):
        RNNCell(2, MOST, rng=0)


def test_a_text_does_not_count_as_true():
    with pytest.raises(TypeError, match="bidirectional is 'False': expected True or False"):
        make_layers("rnn", 2, 3, bidirectional="False", rng=0)
    with pytest.raises(TypeError, match="progress is 'no': expected True or False"):
        shows_bar("no")


def test_too_many_layers_are_refused_before_one_is_made():
    with pytest.raises(ValueError, match="n_layers is 1001: expected 1000 or less"):
        make_layers("rnn", 2, 3, n_layers=1001, rng=0)


def test_no_targets_and_no_names_are_told():
    X = np.ones((2, 3, 1))
    with pytest.raises(ValueError, match="y is empty: expected the class of each sequence"):
        RNNClassifier(n_epochs=1).fit(X, [])
    with pytest.raises(ValueError, match="names has 1: expected two, those of the parameters"):
        draw_loss_surface(np.ones((2, 2)), [0, 1], [0, 1], names=["w"])
