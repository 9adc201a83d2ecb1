"""What would go wrong in silence is refused, and a caller's arrays may be used again."""

import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from rnnhelpers.cells import (
    GRUCell,
    LSTMCell,
    RNNCell,
    gru_step,
    rnn_step,
    rnn_step_backward,
    sum_by_token,
)
from rnnhelpers.figures import (
    describe,
    draw_activation,
    draw_alignment,
    draw_cell,
    draw_matrices,
    draw_state_path,
    new_figure,
    shade_matrix,
    show,
)
from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.language_model import LanguageModel
from rnnhelpers.layers import Embedding, Linear, make_layers
from rnnhelpers.losses import cross_entropy
from rnnhelpers.network import Network, make_network
from rnnhelpers.ngrams import KneserNey
from rnnhelpers.optimizers import SGD, Adagrad, Adam, AdamW, RMSprop
from rnnhelpers.parameters import Parameters
from rnnhelpers.place_names import load_place_names
from rnnhelpers.saving import read_npz
from rnnhelpers.text import SequenceEncoder
from rnnhelpers.torch_weights import from_torch
from rnnhelpers.training import contiguous_batches, shuffled_batches, train
from rnnhelpers.unrolling import (
    bptt,
    bptt_checkpointed,
    unroll,
    unroll_checkpointed,
    unroll_in_pieces,
)

X = np.ones((1, 3, 2))
D = np.ones((1, 3, 3))
IDS = np.array([[0, 3, 1], [4, 2, 0]])


def cell(**options):
    return RNNCell(2, 3, rng=0, **options)


def model(text="abcabc" * 9):
    return LanguageModel(n_hidden=2, n_updates=1, n_sequences=1).fit(text, progress=False)


def layers():
    return make_layers("rnn", 2, 3, rng=0)


def network(**options):
    return make_network("rnn", 5, 3, 2, rng=0, **options)


def train_with(loss_and_gradients):
    optimizer = SGD(Parameters({"w": [1.0]}), learning_rate=0.1)
    return train(optimizer, loss_and_gradients, [1], progress=False)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        # Ids that would write somewhere else in memory
        (lambda: sum_by_token(np.array([-1]), np.ones((1, 2)), np.empty((5, 2))), ValueError,
         "ids has the id -1: expected 0 to 4"),
        (lambda: sum_by_token(np.full(9, 5000), np.ones((9, 128)), np.empty((5000, 128))),
         ValueError, "ids has the id 5000: expected 0 to 4999"),
        (lambda: Embedding(5, 2, rng=0).backward([7], np.ones((1, 2))), ValueError, "the id 7"),
        (lambda: Embedding(5, 2, rng=0).backward([1.7], np.ones((1, 2))), TypeError, "float64"),
        (lambda: Embedding(5, 2, rng=0).backward(IDS, np.ones((3, 2, 2))), ValueError,
         "d_vectors has shape (3, 2, 2): expected (2, 3, 2)"),
        # Gradients that do not belong
        (lambda: Linear(3, 2, rng=0).backward([["1", "2", "3"]], [[1.0, 1.0]]), TypeError,
         "h holds text: expected real numbers"),
        (lambda: Linear(3, 2, rng=0).backward(np.ones((1, 4)), [[1.0, 1.0]]), ValueError,
         "h has shape (1, 4): expected (..., 3)"),
        (lambda: layers().backward(unroll(cell(), X), D), TypeError,
         "run is a Unrolled: expected what forward returned"),
        (lambda: layers().backward(layers().forward(X), D), ValueError,
         "run is of other layers: expected what forward of these returned"),
        (lambda: bptt_checkpointed(unroll_checkpointed(cell(), X), lambda steps, h: None),
         TypeError, "d_h returned None: expected gradients; is its return missing?"),
        (lambda: bptt(unroll_checkpointed(cell(), X), D), TypeError, "expected what unroll return"),
        (lambda: bptt_checkpointed(unroll(cell(), X), D), TypeError,
         "run is a Unrolled: expected what unroll_checkpointed returned"),
        (lambda: bptt(unroll(cell(), X), D, out=cell(dtype="float32").params), ValueError,
         "expected Parameters of the same shapes and type"),
        # Numbers that are none, or too large
        (lambda: unroll(cell(dtype="float32"), [[[1e39, 1.0]]]), ValueError,
         "x has a number too large for float32"),
        (lambda: unroll(cell(), np.ma.array(X, mask=X > 0)), TypeError, "x has masked entries"),
        (lambda: rnn_step([[np.nan]], [[0.0]], [[1.0]], [[1.0]], [0.0]), ValueError, "x[0][0] is"),
        (lambda: rnn_step([["a"]], [[0.0]], [[1.0]], [[1.0]], [0.0]), TypeError, "x holds text"),
        (lambda: gru_step([[1.0]], [[1.0]], np.ones((1, 3)), np.ones((1, 3)), np.ones(3), [1, 2]),
         ValueError, "b_hn has shape (2,): expected (1,)"),
        (lambda: RNNCell.from_params({"W_xh": [[np.nan]], "W_hh": [[0.5]], "b_h": [0.0]}),
         ValueError, "W_xh[0][0] is nan"),
        (lambda: RNNCell.from_params([1]), TypeError, "params is a list: expected arrays by name"),
        (lambda: LSTMCell(2, 2, rng=0, forget_bias=np.nan), ValueError, "forget_bias is nan"),
        (lambda: GRUCell(2, 2, rng=0, update_bias="1"), TypeError, "update_bias is '1': expected"),
        (lambda: cell(recurrent_init=""), ValueError, "start '' is not known"),
        (lambda: cell(recurrent_init=0), TypeError, "start is 0: expected its name"),
        (lambda: cell(dtype="foo"), TypeError, "dtype is 'foo': expected float32 or float64"),
        (lambda: RNNCell(2, 3, rng=-1), ValueError, "rng is -1: expected a seed of 0 or more"),
        (lambda: SGD(cell().params, 10**400), ValueError, "learning_rate is 1000"),
        (lambda: cross_entropy([[1.0, 0.0]], np.array([2**64 - 100], np.uint64)), ValueError,
         "targets has 18446744073709551516: expected the number of a class"),
        (lambda: check_gradients(lambda: None, {"w": np.ones(2)}, {"w": np.ones(2)}), TypeError,
         "the loss is None: expected a number"),
        (lambda: check_gradients(lambda: 1.0, {"w": np.ones(2)}, {"w": ["a", "b"]}), TypeError,
         "the gradient of w is"),
        (lambda: (one := layers()).backward(one.forward(X), np.ones((1, 1, 3))), ValueError,
         "d_h has shape (1, 1, 3): expected (1, 3, 3); one gradient for each state"),
        (lambda: make_layers("rnn", 2, 3, bidirectional=2, rng=0), TypeError,
         "bidirectional is 2: expected True or False"),
        (lambda: SGD(Parameters({"w": [1.0]}), learning_rate=10**5000), ValueError,
         "learning_rate is"),
        (lambda: RNNCell.from_params({}), ValueError, "params is empty: expected the arrays"),
        (lambda: Parameters({}), ValueError, "arrays is empty: expected at least one"),
        (lambda: LanguageModel(n_updates=1).fit("abcabc" * 9, "a", progress=False), ValueError,
         "held_out has 1 token: expected at least 2"),
        (lambda: (learned := model()).decode(learned.encode("ab")[None]), ValueError,
         "ids has shape (1, 2): expected one axis"),
        (lambda: model(["a", "b", "c"] * 9).bits_per_character([""]), ValueError,
         "text has no characters"),
        (lambda: draw_cell([np.inf], [0.5], [[1.0]], [[1.0]], [0.0]), ValueError, "x[0] is inf"),
        (lambda: make_layers("rnn", np.timedelta64(2, "Y"), 3, rng=0), TypeError,
         "expected a whole number"),
        (lambda: SGD(cell().params, np.timedelta64(2, "Y")), TypeError,
         "expected a number above 0"),
        (lambda: draw_alignment([[0.5]], 1, ["b"]), TypeError, "a list of tokens"),
        (lambda: draw_alignment([[0.5]], ["a"], 1), TypeError, "a list of tokens"),
        (lambda: draw_alignment([[1.5]], ["a"], ["b"]), ValueError,
         "weights has numbers outside 0 to 1"),
        (lambda: draw_alignment([[-0.5]], ["a"], ["b"]), ValueError,
         "weights has numbers outside 0 to 1"),
        (lambda: draw_state_path({"A": np.zeros((62, 2))}, {"A": ["w"] * 61}), ValueError,
         "'A' has 62 states: expected at most 61"),
        # Figures
        (lambda: draw_activation(np.tanh, np.cos, [0.1], name=3), TypeError, "name is of type int"),
        (lambda: draw_activation(np.tanh, np.cos, [-9], limit=4), ValueError,
         "points is [-9.0]: expected numbers from -4 to 4"),
        (lambda: draw_matrices({"A": np.eye(2)}, ["a", "b"], 5), TypeError,
         "columns is of type int: expected a list of labels"),
        (lambda: new_figure(width=-1), ValueError, "below 100; it is in inches"),
        (lambda: draw_matrices([np.eye(2)], ["a", "b"], ["c", "d"]), TypeError,
         "matrices is of type list: expected a dict, each matrix under its title"),
        (lambda: describe("fig", "A plane."), TypeError, "got str: expected a matplotlib Figure"),
        (lambda: show("fig"), TypeError, "got str: expected a matplotlib Figure"),
        (lambda: shade_matrix(new_figure()[1], np.eye(2), ["a"]), ValueError,
         "rows has 1 labels: expected 2, one for each"),
        (lambda: shade_matrix(new_figure()[1], np.eye(2), marked_row=2), ValueError,
         "marked_row is 2: expected 1 or less"),
        # Parameters and texts
        (lambda: Parameters({1: [1.0]}), TypeError, "arrays has the name 1: expected a str"),
        (lambda: Parameters.over(np.ones(2, int), {"a": (2,)}), TypeError,
         "flat has dtype int64: expected float32 or float64"),
        (lambda: Parameters.over(np.ones(2), {"a": [2]}), TypeError,
         "the shape of 'a' is a list: expected a tuple of whole numbers"),
        (lambda: Parameters.over(np.ones(2), {"a": (-2,), "b": (4,)}), ValueError,
         "a length of 'a' is -2: expected 0 or more"),
        (lambda: SequenceEncoder().inverse_transform([[1]]), NotFittedError, "not fitted yet"),
        (lambda: SequenceEncoder().fit(["a b"]).inverse_transform([1, 2]), ValueError,
         "sequences has shape (2,): expected (n_sequences, n_steps)"),
        (lambda: load_place_names({"de": 5, "it": "Italian"}), TypeError,
         "the name of 'de' is of type int: expected a string"),
        (lambda: read_npz("model.npz", "Cell", expected=5), TypeError,
         "expected is 5: expected a function that takes the settings"),
        (lambda: read_npz("", "Cell"), ValueError, "path is '': expected the name of a file"),
        (lambda: read_npz("a\0.npz", "Cell"), ValueError, "expected the name of a file"),
        (lambda: from_torch({"weight": np.ones((2, 2, 2)), "bias": np.ones(2)},
                            Linear(2, 2, rng=0).params), ValueError,
         "weight has shape (2, 2, 2): expected a vector or a matrix"),
        # Things of another kind
        (lambda: unroll(layers(), X), TypeError, "layers have a forward of their own"),
        (lambda: unroll_checkpointed(3, "junk"), TypeError, "cell is 3: expected a cell"),
        (lambda: unroll_in_pieces(None, "rubbish", -1), TypeError, "cell is None: expected a cell"),
        (lambda: layers().backward(layers().forward(X), D, truncate=0), ValueError,
         "truncate is 0: expected 1 or more"),
        (lambda: unroll(cell(), X, lengths=[[1], [1, 2]]), ValueError, "lengths is ragged"),
        (lambda: make_network(["gru"], 5, 3, 2, rng=0), ValueError, "cell is ['gru']: expected"),
        (lambda: network(n_embedding=0), ValueError, "n_features is 0: expected 1 or more"),
        (lambda: Network(layers(), Linear(3, 2, rng=0), embedding=Embedding(9, 5, rng=0)),
         ValueError, "the embedding has 5 features: expected 2, what the layers read"),
        (lambda: Parameters({"a.b": [1.0], "a": Parameters({"b": [2.0]})}), ValueError,
         "two arrays are called 'a.b': expected different names"),
        (lambda: Parameters({"a": [1.0]}, dtype=complex), TypeError, "dtype is complex128"),
        (lambda: Parameters({"a": [1.0]}).__setitem__("a", ["3"]), TypeError, "a has dtype <U1"),
        (lambda: shuffled_batches(2, 2, rng=0, lengths=[1.5, 2]), TypeError, "lengths has dtype"),
        (lambda: shuffled_batches(2, 2, rng=0, n_buckets=-5), ValueError, "n_buckets is -5"),
        (lambda: train(cell().params, lambda batch: None, [1]), TypeError,
         "optimizer is a Parameters: expected an optimiser, such as Adam(params)"),
        (lambda: train_with(lambda batch: 1.0), TypeError, "loss_and_gradients returned float"),
        (lambda: train_with(lambda batch: (np.ones(1), Parameters({"w": [1.0]}))), TypeError,
         "expected two things, the loss, a number, and the gradients"),
        (lambda: LanguageModel(seed=np.random.default_rng(0)), TypeError, "seed is Generator"),
        (lambda: LanguageModel(cell_options=5), TypeError, "cell_options is 5: expected a dict"),
        (lambda: LanguageModel().fit("ab\ud800" * 99, progress=False), ValueError,
         "text has half a character, '\\ud800': expected whole ones"),
        (lambda: LanguageModel(patience=2).fit("ab" * 99, progress=False), ValueError,
         "patience is set and held_out is missing"),
        (lambda: KneserNey(order=10**6), ValueError, "order is 1000000: expected 100 or less"),
    ],
)  # fmt: skip
def test_it_is_refused(call, error, message):
    with pytest.raises(error, match=re.escape(message)):
        call()


@pytest.mark.parametrize("flag", [1, np.True_])
def test_one_counts_as_true(flag):
    assert make_layers("rnn", 2, 3, bidirectional=flag, rng=0).bidirectional is True


def test_the_parameters_are_no_place_for_gradients():
    one = cell()
    before, run = one.params.flat.copy(), unroll(one, X)
    with pytest.raises(ValueError, match="out is the parameters themselves"):
        bptt(run, D, out=one.params)
    np.testing.assert_array_equal(one.params.flat, before)


def test_gradients_are_written_only_where_they_fit():
    one = cell()
    run = unroll(one, X)
    others = [RNNCell(2, 4, rng=0).params, cell(dtype="float32").params, np.ones(3)]
    for out in others:
        with pytest.raises(ValueError, match="expected Parameters of the same shapes and type"):
            bptt(run, D, out=out)


@pytest.mark.parametrize("rule", [Adagrad, RMSprop, Adam, AdamW])
def test_a_gradient_too_large_to_be_squared_changes_nothing(rule):
    params = Parameters({"w": [1.0, 2.0]})
    optimizer = rule(params)
    with pytest.raises(ValueError, match="too large to be squared in float64"):
        optimizer.step(np.array([1e200, 1.0]))
    assert (optimizer.n_steps, params.flat.tolist()) == (0, [1.0, 2.0])
    optimizer.step(np.array([1.0, 1.0]))
    assert np.isfinite(params.flat).all()


def test_narrow_whole_numbers_do_not_overflow():
    narrow = [np.array(array, dtype="i1") for array in ([[100]], [[0]], [[2]], [[0]], [0])]
    np.testing.assert_allclose(rnn_step(*narrow), [[1.0]])
    W_xh = np.array([[2]], "u1")
    d_x = rnn_step_backward([[-1.0]], [[1.0]], [[1.0]], [[0.0]], W_xh, [[1.0]])[0]
    np.testing.assert_allclose(d_x, [[-2.0]])


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.int64])
def test_sizes_of_any_type_work(kind):
    assert LSTMCell(4, kind(100), rng=0).params.shapes["W_xh"] == (4, 400)
    assert make_layers("gru", 4, kind(100), n_layers=2, bidirectional=True, rng=0).n_outputs == 200


def test_ids_and_masks_may_be_used_again_before_the_backward_pass():
    one, ids = network(n_embedding=4, pooling="mean"), IDS.copy()
    mask = np.array([[True, True, False], [True, True, True]])
    d_outputs = np.ones((2, 2))
    expected = one.backward(one.forward(IDS, mask=mask.copy()), d_outputs).flat
    run = one.forward(ids, mask=mask)
    ids[:], mask[:] = 4, True
    np.testing.assert_array_equal(one.backward(run, d_outputs).flat, expected)


def test_batches_are_windows_that_cannot_be_written_to():
    ids = np.arange(9)
    x, _ = next(contiguous_batches(ids, 2, 3))
    ids[:] = 0
    assert x[0].tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="read-only"):
        x[:] = 0


def test_one_infinite_gradient_does_not_hide_a_wrong_one():
    w, v = np.ones(2), np.ones(1)
    evidence = check_gradients(
        lambda: (w**2).sum() + v.sum(), {"w": w, "v": v}, {"w": [7.0, -5.0], "v": [np.inf]},
        show=False,
    )  # fmt: skip
    assert [one.is_right for one in evidence] == [False, False]


def test_the_learning_rate_is_put_back_after_an_error_of_the_callers():
    optimizer, calls = SGD(Parameters({"w": [1.0]}), learning_rate=0.1), []

    def loss_and_gradients(batch):
        calls.append(batch)
        return 1 / (3 - len(calls)), Parameters({"w": [1.0]})

    with pytest.raises(ZeroDivisionError):
        train(
            optimizer, loss_and_gradients, range(9), schedule=lambda k: 1 / (k + 2), progress=False
        )
    assert optimizer.learning_rate == 0.1


def test_a_model_with_settings_of_numpys_types_can_be_saved(tmp_path):
    model = LanguageModel(
        n_hidden=np.int64(4), n_updates=np.int32(2), n_sequences=2, learning_rate=np.float32(0.5),
        dtype=np.float32, seed=np.uint8(3),
    )  # fmt: skip
    model.fit("abc€" * 20, progress=False).save(tmp_path / "model.npz")
    other = LanguageModel.load(tmp_path / "model.npz")
    assert (other.settings, other.tokens_) == (model.settings, model.tokens_)
