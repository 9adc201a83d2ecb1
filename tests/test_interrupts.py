"""Stopped anywhere, and run again: the result is that of one run, and nothing is left behind.

Python looks for Ctrl-C at calls and at the turns of loops. Here it comes at drawn ones of these
places in the package, which makes each test repeatable; the clock would not.
"""

import dis
import os
import random
import signal
import sys
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits
from tqdm.auto import tqdm

import rnnhelpers
from rnnhelpers import _files
from rnnhelpers.cells import RNNCell
from rnnhelpers.datasets import load_text_file
from rnnhelpers.estimators import RNNClassifier
from rnnhelpers.exercises import all_tasks, grade, tasks
from rnnhelpers.figures import draw_unrolled
from rnnhelpers.figures.drawn import drawn_data
from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.language_model import LanguageModel
from rnnhelpers.losses import cross_entropy
from rnnhelpers.network import make_network
from rnnhelpers.optimizers import Adam
from rnnhelpers.training import contiguous_batches, train
from rnnhelpers.translation import Translator
from rnnhelpers.word_vectors import SkipGram

PACKAGE = str(Path(rnnhelpers.__file__).parent)
N_PLACES = 10

pytestmark = pytest.mark.no_cover  # it traces, too


@pytest.fixture(autouse=True)
def two_threads():
    """Begin with two, since `make test` gives one: that they are set back must be seen."""
    with threadpool_limits(2, user_api="blas"):
        yield


@pytest.fixture(autouse=True)
def ctrl_c_counts():
    """Raise KeyboardInterrupt, even where the shell ignores Ctrl-C, as in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@cache
def places_in(code):
    """Return where in some code Python looks for Ctrl-C, as offsets.

    The end of a `with`, a call with None three times, is left out: if it comes in that very moment,
    Python does not carry out what was to be done there, and nobody can help it.
    """
    found, before = set(), []
    for one in dis.get_instructions(code):
        is_end = before == [("LOAD_CONST", None)] * 3
        if one.opname.startswith(("CALL", "JUMP_BACKWARD", "RESUME")) and not is_end:
            found.add(one.offset)
        if one.opname not in ("PRECALL", "CACHE"):
            before = [*before[-2:], (one.opname, one.argval)]
    return found


class Stop:
    """Ctrl-C at some of the places in the package where Python looks for it.

    Parameters
    ----------
    *places : int
        At which of them, counted from 1.
    """

    def __init__(self, *places):
        self.places, self.n = places, 0

    def __enter__(self):
        self.before = sys.gettrace()
        sys.settrace(self.trace)
        return self

    def __exit__(self, *exception):
        sys.settrace(self.before)

    def trace(self, frame, event, argument):
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "opcode" and frame.f_lasti in places_in(frame.f_code):
            self.n += 1
            if self.n in self.places:
                signal.raise_signal(signal.SIGINT)
        return self.trace


def settings():
    """Return what is the whole process's, and must be as before."""
    return {
        "what Ctrl-C does": signal.getsignal(signal.SIGINT),
        "NumPy's warnings": np.geterr(),
        "Matplotlib's settings": dict(matplotlib.rcParams),
        "threads": {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()},
    }


def stop_and_run_again(make, act, look=None, twice=False):
    """Stop `act` at drawn places, look at what it was done to, and run it again.

    Parameters
    ----------
    make : callable
        Returns what is acted on.
    act : callable
        Takes that, returns a result; the second one must equal that of a run without a stop.
    look : callable, optional
        Takes what was acted on after the stop, and asserts something of it.
    twice : bool, default=False
        Whether to press the keys a second time at once.
    """
    expected, state = act(make()), make()
    with Stop() as counter:
        act(state)
    before, n_stopped = settings(), 0
    for place in random.Random(0).sample(range(1, counter.n + 1), min(N_PLACES, counter.n)):
        state = make()
        try:
            with Stop(place, place + 1 if twice else 0):
                act(state)
        except KeyboardInterrupt:
            n_stopped += 1
        assert settings() == before, place
        if look:
            look(state)
        np.testing.assert_equal(act(state), expected, err_msg=str(place))
    return n_stopped


TOKENS = np.random.default_rng(0).integers(9, size=200)
SENTENCES = [line.split() for line in ("the dog bites", "a man works", "the man bites a dog")] * 4
TEXT = "the cat sat on the mat and the dog sat on the cat. " * 6


def small_model():
    return LanguageModel(cell="rnn", n_hidden=6, n_updates=6, n_sequences=2, n_steps=10, n_warmup=2)


@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_network(kind):
    def act(network):
        run = network.forward(TOKENS[:18].reshape(3, 6))
        loss, d_logits = cross_entropy(run.outputs, TOKENS[20:38].reshape(3, 6))
        return loss, run.outputs.copy(), network.backward(run, d_logits).flat.copy()

    assert stop_and_run_again(lambda: make_network(kind, 9, 5, 9, rng=0, n_layers=2), act)


def test_checking_gradients_leaves_the_parameters_as_they_were():
    def act(params):
        gradients = {"w": 2 * np.array([1.0, 2.0, 3.0])}
        return check_gradients(lambda: (params["w"] ** 2).sum(), params, gradients, show=False)

    def look(params):
        assert params["w"].tolist() == [1, 2, 3]

    assert stop_and_run_again(lambda: {"w": np.array([1.0, 2.0, 3.0])}, act, look)


@pytest.mark.parametrize("twice", [False, True], ids=["once", "twice"])
def test_a_training_ends_between_two_updates(twice):
    seen = set()

    def act(state):
        network = state["network"] = make_network("rnn", 9, 5, 9, rng=0)

        def loss_and_gradients(batch):
            seen.add(network.params.flat.tobytes())
            run = network.forward(batch[0])
            loss, d_logits = cross_entropy(run.outputs, batch[1])
            return loss, network.backward(run, d_logits)

        batches = contiguous_batches(TOKENS, 4, 5)
        train(Adam(network.params, 0.01), loss_and_gradients, batches, progress=False)
        seen.add(network.params.flat.tobytes())
        return network.params.flat.copy()

    def look(state):
        if "network" in state and seen:
            assert state["network"].params.flat.tobytes() in seen

    n_stopped = stop_and_run_again(dict, act, look, twice)
    assert (n_stopped > N_PLACES / 2) == twice


@pytest.mark.parametrize(
    ("make", "act"),
    [
        (small_model, lambda m: m.fit(TEXT, progress=False).sample(20, prompt="t", rng=0)),
        (
            lambda: RNNClassifier(cell="gru", n_hidden=4, n_epochs=2, random_state=0),
            lambda m: m.fit(np.eye(30).reshape(30, 6, 5), list("abc") * 10).predict_proba(
                np.eye(30).reshape(30, 6, 5)
            ),
        ),
        (
            lambda: SkipGram(n_features=5, window=2, n_negatives=2, n_epochs=2, min_count=1, rng=0),
            lambda m: m.fit(SENTENCES, progress=False).vector("dog"),
        ),
        (
            lambda: Translator(attention=True, n_hidden=6, n_updates=6),
            lambda m: m.fit([("ab", "ba"), ("abc", "cba")] * 8, progress=False).translate(["ab"]),
        ),
    ],
    ids=["language model", "classifier", "skip-gram", "translator"],
)
def test_a_model(make, act):
    stop_and_run_again(make, act)


def test_a_file_is_the_old_one_or_the_new_one(tmp_path):
    model, path = small_model().fit(TEXT, progress=False), tmp_path / "model.npz"
    model.save(path)
    new = path.read_bytes()

    def make():
        path.write_bytes(b"old")

    def act(state):
        model.save(path)
        return path.read_bytes()

    def look(state):
        assert os.listdir(tmp_path) == ["model.npz"]
        assert path.read_bytes() in (b"old", new)

    assert stop_and_run_again(make, act, look) == N_PLACES


def test_a_text_that_is_loaded(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text(TEXT * 20, encoding="utf-8")
    assert stop_and_run_again(lambda: path, load_text_file)


def test_a_picture_that_is_drawn():
    cell = RNNCell(n_features=2, n_hidden=2, rng=0).params
    weights = cell["W_xh"], cell["W_hh"], cell["b_h"]

    def act(state):
        return drawn_data(draw_unrolled(np.eye(2), np.zeros(2), *weights))

    assert stop_and_run_again(lambda: None, act)


def test_a_progress_bar_is_closed_by_whatever_stops_a_training():
    def stopped(batch):
        raise KeyError("stop")

    network = make_network("rnn", 9, 5, 9, rng=0)
    with pytest.raises(KeyError) as caught:  # which keeps everything, as a notebook does
        train(Adam(network.params, 0.01), stopped, contiguous_batches(TOKENS, 4, 5), progress=True)
    assert caught.tb is not None
    assert not tqdm._instances, "a bar that is still open is drawn again below the next one"


def test_a_check_says_the_same_when_it_is_asked_again():
    slope = all_tasks()["tanh-slope"]

    def make():
        tasks._examples.cache_clear()  # as in a fresh kernel

    def act(state):
        return grade(slope.name, slope.mistakes[2].function).message

    stop_and_run_again(make, act)


def test_a_check_that_is_stopped_while_it_looks_for_the_mistake_says_so(monkeypatch):
    slope = all_tasks()["tanh-slope"]
    monkeypatch.setattr(tasks, "_agree", lambda *given, **more: signal.raise_signal(signal.SIGINT))
    tasks._examples.cache_clear()
    said = grade(slope.name, lambda h: h).message
    assert said.startswith("Not yet. The check was stopped before it had compared all mistakes.")
    assert "The smallest example that shows it:" in said


def test_a_known_mistake_that_was_stopped_is_run_again():
    outcomes = [KeyboardInterrupt, None]

    def stopped_once(h):
        if (error := outcomes.pop(0)) is not None:
            raise error
        return h

    example = tasks._Example((np.ones(1),), np.zeros(1))
    mistake = tasks.Mistake("it is stopped", "", stopped_once)
    with pytest.raises(KeyboardInterrupt):
        example.made_by(mistake)
    assert example.made_by(mistake)[0].error is None


def test_a_file_that_was_only_opened_is_removed(tmp_path, monkeypatch):
    def opened(*given):
        with open(*given):
            raise KeyboardInterrupt

    monkeypatch.setattr(_files, "open", opened, raising=False)
    with pytest.raises(KeyboardInterrupt):
        _files.write_whole(str(tmp_path / "mine"), b"mine")
    assert not os.listdir(tmp_path)


def test_a_temporary_file_of_somebody_else_is_left_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(_files.secrets, "token_hex", lambda n: "0")
    (tmp_path / ".rnnhelpers-0.tmp").write_bytes(b"theirs")
    with pytest.raises(FileExistsError):
        _files.write_whole(str(tmp_path / "mine"), b"mine")
    assert (tmp_path / ".rnnhelpers-0.tmp").read_bytes() == b"theirs"
