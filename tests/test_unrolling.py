"""The loop over time: equal to the equations, with gradients equal to measured slopes."""

import re

import numpy as np
import pytest
from engine_cases import KINDS, as_parts, draw_state, make_cell, weighted_sum
from hypothesis import given, settings
from hypothesis import strategies as st

from rnnhelpers.cells import (
    LSTMCell,
    RNNCell,
    gru_step,
    lstm_step,
    rnn_step,
    rnn_step_backward,
)
from rnnhelpers.gradient_check import check_gradients
from rnnhelpers.unrolling import (
    bptt,
    bptt_checkpointed,
    unroll,
    unroll_checkpointed,
    unroll_in_pieces,
)

SIZES = st.integers(1, 4)
every_kind = pytest.mark.parametrize("kind", KINDS)
few = settings(max_examples=25, deadline=None, derandomize=True)


def sigmoid(a):
    return 1 / (1 + np.exp(-a))


def by_the_equations(cell, x, state):
    """Read a batch with the equations of the course, written out step by step."""
    p, n_hidden = cell.params, cell.n_hidden
    h, *rest = as_parts(state)
    states = []
    for t in range(x.shape[1]):
        a = x[:, t] @ p["W_xh"] + p["b_h"]
        u = h @ p["W_hh"]
        parts = [slice(k * n_hidden, (k + 1) * n_hidden) for k in range(len(cell.blocks))]
        if len(parts) == 1:
            h = np.tanh(a + u) if cell.activation == "tanh" else np.maximum(a + u, 0)
        elif len(parts) == 4:
            i, f, o = (sigmoid(a[:, parts[k]] + u[:, parts[k]]) for k in (0, 1, 3))
            g = np.tanh(a[:, parts[2]] + u[:, parts[2]])
            rest = [f * rest[0] + i * g]
            h = o * np.tanh(rest[0])
        else:
            r, z = (sigmoid(a[:, part] + u[:, part]) for part in parts[:2])
            if "b_hn" in p:
                n = np.tanh(a[:, parts[2]] + r * (u[:, parts[2]] + p["b_hn"]))
            else:
                n = np.tanh(a[:, parts[2]] + (r * h) @ p["W_hh"][:, parts[2]])
            h = (1 - z) * n + z * h
        states.append(h)
    return np.stack(states, axis=1), [h, *rest]


def random_case(kind, n_sequences, n_steps, n_features, n_hidden, seed, tokens=False):
    """Return a cell, an input, an initial state, and gradients for everything it returns."""
    rng = np.random.default_rng(seed)
    cell = make_cell(kind, n_features, n_hidden, rng)
    x = rng.normal(size=(n_sequences, n_steps, n_features))
    if tokens:
        x = rng.integers(n_features, size=(n_sequences, n_steps))
    state = draw_state(cell, n_sequences, rng)
    d_h = rng.normal(size=(n_sequences, n_steps, n_hidden))
    return cell, x, state, d_h, draw_state(cell, n_sequences, rng)


def as_flat(state):
    return np.concatenate([part.ravel() for part in as_parts(state)])


def all_gradients(back):
    """Return everything that bptt returns as one vector."""
    d_x = np.zeros(0) if back.d_x is None else back.d_x.ravel()
    return np.concatenate([back.d_params.flat, d_x, as_flat(back.d_state)])


@every_kind
@given(SIZES, st.integers(1, 6), SIZES, SIZES, st.integers(0, 999))
@few
def test_it_computes_the_equations(kind, n_sequences, n_steps, n_features, n_hidden, seed):
    cell, x, state, *_ = random_case(kind, n_sequences, n_steps, n_features, n_hidden, seed)
    run = unroll(cell, x, state)
    h, final = by_the_equations(cell, x, state)
    np.testing.assert_allclose(run.h, h, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(as_flat(run.final_state), as_flat(tuple(final)), atol=1e-14)


@pytest.mark.no_cover
@every_kind
@pytest.mark.parametrize("padding", ["none", "at the end", "anywhere"])
@pytest.mark.parametrize("tokens", [False, True])
def test_gradients_are_the_measured_slopes(kind, padding, tokens):
    cell, x, state, d_h, d_final = random_case(kind, 3, 5, 4, 3, seed=1, tokens=tokens)
    options = {
        "none": {},
        "at the end": {"lengths": [5, 2, 0]},
        "anywhere": {"mask": np.random.default_rng(0).random((3, 5)) > 0.4},
    }[padding]
    arrays = dict(cell.params) | {
        f"state{number}": part for number, part in enumerate(as_parts(state))
    }
    run = unroll(cell, x, state, **options)
    back = bptt(run, d_h, d_final)
    gradients = dict(back.d_params) | {
        f"state{number}": part for number, part in enumerate(as_parts(back.d_state))
    }
    if tokens:
        assert back.d_x is None
    else:
        arrays["x"], gradients["x"] = x, back.d_x

    def loss():
        again = unroll(cell, x, state, **options)
        return weighted_sum(again.h, again.final_state, d_h, d_final)

    wrong = [str(one) for one in check_gradients(loss, arrays, gradients, show=False)
             if not one.is_right]  # fmt: skip
    assert wrong == []


def test_the_step_functions_add_up_to_the_loop():
    cell, x, state, d_h, _ = random_case("rnn", 3, 4, 5, 2, seed=3)
    weights = [cell.params[name] for name in ("W_xh", "W_hh", "b_h")]
    states = [state]
    for t in range(4):
        states.append(rnn_step(x[:, t], states[-1], *weights))
    run = unroll(cell, x, state)
    np.testing.assert_allclose(run.h, np.stack(states[1:], axis=1), rtol=1e-13)

    d_h_next, sums, d_x = np.zeros_like(state), [0, 0, 0], np.empty_like(x)
    for t in reversed(range(4)):
        d_x[:, t], d_h_next, *shares = rnn_step_backward(
            d_h[:, t] + d_h_next, x[:, t], states[t], states[t + 1], *weights[:2]
        )
        sums = [total + share for total, share in zip(sums, shares, strict=True)]
    back = bptt(run, d_h)
    for name, total in zip(("W_xh", "W_hh", "b_h"), sums, strict=True):
        np.testing.assert_allclose(back.d_params[name], total, rtol=1e-11)
    np.testing.assert_allclose(back.d_x, d_x, rtol=1e-11)
    np.testing.assert_allclose(back.d_state, d_h_next, rtol=1e-11)


@pytest.mark.parametrize("kind", ["lstm", "gru", "gru_reset_before"])
def test_the_plain_steps_are_the_fast_cells(kind):
    cell, x, state, *_ = random_case(kind, 3, 4, 5, 2, seed=3)
    run = unroll(cell, x, state)
    parts = as_parts(state)
    for t in range(4):
        step = lstm_step if kind == "lstm" else gru_step
        parts = as_parts(step(x[:, t], *parts, *cell.params.values()))
        np.testing.assert_allclose(parts[0], run.h[:, t], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(as_flat(parts), as_flat(run.final_state), rtol=1e-12, atol=1e-14)


def test_the_plain_steps_refuse_what_does_not_fit():
    x, h = np.ones((1, 3)), np.ones((1, 2))
    with pytest.raises(ValueError, match=re.escape("W_hh has shape (2, 6): expected (2, 8); b_h")):
        lstm_step(x, h, h, np.ones((3, 8)), np.ones((2, 6)), np.ones(8))
    with pytest.raises(ValueError, match=re.escape("c_prev has shape (2, 2): expected (1, 2)")):
        lstm_step(x, h, np.ones((2, 2)), np.ones((3, 8)), np.ones((2, 8)), np.ones(8))
    with pytest.raises(ValueError, match=re.escape("b_h has shape (7,): expected (6,); one bias")):
        gru_step(x, h, np.ones((3, 6)), np.ones((2, 6)), np.ones(7), np.ones(2))


@pytest.mark.parametrize(
    ("argument", "value", "message"),
    [
        ("d_h", np.ones((1, 3)), "d_h has shape (1, 3): expected (1, 2), like h_prev"),
        ("h", np.ones((2, 2)), "h has shape (2, 2): expected (1, 2), like h_prev"),
        ("x", np.ones(3), "x has shape (3,): expected (n_sequences, n_features); for one"),
        ("W_hh", np.ones((2, 3)), "W_hh has shape (2, 3): expected (2, 2)"),
    ],
)
def test_the_backward_step_refuses_what_does_not_fit(argument, value, message):
    shapes = {"d_h": (1, 2), "x": (1, 3), "h_prev": (1, 2), "h": (1, 2), "W_xh": (3, 2)}
    given_arrays = {name: np.ones(shape) for name, shape in shapes.items()}
    given_arrays["W_hh"] = np.ones((2, 2))
    with pytest.raises(ValueError, match=re.escape(message)):
        rnn_step_backward(**given_arrays | {argument: value})


# Properties


@every_kind
@given(st.integers(2, 5), st.integers(1, 6), st.integers(0, 999))
@few
def test_the_order_of_the_batch_does_not_matter(kind, n_sequences, n_steps, seed):
    cell, x, state, d_h, _ = random_case(kind, n_sequences, n_steps, 3, 2, seed)
    order = np.random.default_rng(seed).permutation(n_sequences)
    shuffled = tuple(part[order] for part in as_parts(state))
    run = unroll(cell, x, state)
    other = unroll(cell, x[order], shuffled if len(shuffled) > 1 else shuffled[0])
    np.testing.assert_allclose(other.h, run.h[order], rtol=1e-12, atol=1e-14)
    here, there = bptt(run, d_h), bptt(other, d_h[order])
    np.testing.assert_allclose(there.d_params.flat, here.d_params.flat, rtol=1e-9, atol=1e-12)


@every_kind
@given(st.lists(st.integers(1, 6), min_size=1, max_size=4), st.integers(0, 999), st.booleans())
@few
def test_padding_does_not_matter(kind, lengths, seed, tokens):
    n_steps = max(lengths) + 2
    cell, x, state, d_h, d_final = random_case(kind, len(lengths), n_steps, 3, 2, seed, tokens)
    for row, length in enumerate(lengths):
        d_h[row, length:] = 0
    padded = unroll(cell, x, state, lengths=lengths)
    d_padded = bptt(padded, d_h, d_final)
    total = 0
    for row, length in enumerate(lengths):
        alone = slice(row, row + 1)
        starts = [tuple(part[alone] for part in as_parts(one)) for one in (state, d_final)]
        start, d_end = (parts if len(parts) > 1 else parts[0] for parts in starts)
        run = unroll(cell, x[alone, :length], start)
        np.testing.assert_allclose(padded.h[alone, :length], run.h, rtol=1e-12, atol=1e-14)
        last = as_flat(run.final_state)
        np.testing.assert_allclose(
            as_flat(tuple(part[alone] for part in as_parts(padded.final_state))), last, atol=1e-14
        )
        back = bptt(run, d_h[alone, :length], d_end)
        total = total + back.d_params.flat
        if not tokens:
            np.testing.assert_allclose(d_padded.d_x[alone, :length], back.d_x, atol=1e-12)
            assert not d_padded.d_x[row, length:].any()
    np.testing.assert_allclose(d_padded.d_params.flat, total, rtol=1e-9, atol=1e-12)


@every_kind
@given(st.integers(1, 4), st.integers(1, 4), st.integers(0, 999))
@few
def test_two_halves_with_the_state_carried_are_the_whole(kind, first, second, seed):
    cell, x, state, d_h, d_final = random_case(kind, 2, first + second, 3, 2, seed)
    whole = unroll(cell, x, state)
    one = unroll(cell, x[:, :first], state)
    two = unroll(cell, x[:, first:], one.final_state)
    np.testing.assert_allclose(np.concatenate([one.h, two.h], axis=1), whole.h, rtol=1e-12)
    back_two = bptt(two, d_h[:, first:], d_final)
    back_one = bptt(one, d_h[:, :first], back_two.d_state)
    back = bptt(whole, d_h, d_final)
    total = back_one.d_params.flat + back_two.d_params.flat
    np.testing.assert_allclose(total, back.d_params.flat, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(as_flat(back_one.d_state), as_flat(back.d_state), atol=1e-12)


@every_kind
@given(st.integers(1, 4), st.integers(1, 9), st.integers(1, 4), st.integers(0, 999))
@few
def test_truncation_cuts_the_gradient_and_keeps_the_value(kind, n_sequences, n_steps, k, seed):
    cell, x, state, d_h, d_final = random_case(kind, n_sequences, n_steps, 3, 2, seed)
    run = unroll(cell, x, state)
    cut = bptt(run, d_h, d_final, truncate=k)
    total, first = 0, None
    for steps, piece in unroll_in_pieces(cell, x, k, state):
        np.testing.assert_allclose(piece.h, run.h[:, steps], rtol=1e-12, atol=1e-14)
        back = bptt(piece, d_h[:, steps], d_final if steps.stop == n_steps else None)
        total = total + back.d_params.flat
        np.testing.assert_allclose(cut.d_x[:, steps], back.d_x, rtol=1e-9, atol=1e-12)
        first = first or back
    np.testing.assert_allclose(cut.d_params.flat, total, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(as_flat(cut.d_state), as_flat(first.d_state), atol=1e-12)


@every_kind
@pytest.mark.parametrize("tokens", [False, True])
@pytest.mark.parametrize("every", [None, 1, 4, 50])
def test_checkpointing_gives_the_same_gradients(kind, tokens, every):
    cell, x, state, d_h, d_final = random_case(kind, 3, 10, 4, 3, seed=5, tokens=tokens)
    lengths = [10, 3, 7]
    run = unroll(cell, x, state, lengths=lengths)
    kept = unroll_checkpointed(cell, x, state, every=every, lengths=lengths)
    np.testing.assert_allclose(as_flat(kept.final_state), as_flat(run.final_state), rtol=1e-12)
    whole, from_start = all_gradients(bptt(run, d_h, d_final)), all_gradients(bptt(run, d_h))
    pieces = {
        "array": bptt_checkpointed(kept, d_h, d_final),
        "list": bptt_checkpointed(kept, d_h.tolist(), d_final),
        "function": bptt_checkpointed(kept, lambda steps, h: d_h[:, steps], d_final),
    }
    for back in pieces.values():
        np.testing.assert_allclose(all_gradients(back), whole, rtol=1e-9, atol=1e-12)
    only_h = all_gradients(bptt_checkpointed(kept, d_h))
    np.testing.assert_allclose(only_h, from_start, rtol=1e-9, atol=1e-12)


def test_a_checkpointed_piece_sees_its_own_states():
    cell, x, *_ = random_case("gru", 2, 7, 3, 2, seed=0)
    seen = np.full((2, 7, 2), np.nan)

    def d_h(steps, h):
        seen[:, steps] = h
        return h

    back = bptt_checkpointed(unroll_checkpointed(cell, x), d_h)
    run = unroll(cell, x)
    np.testing.assert_allclose(seen, run.h, rtol=1e-12)
    np.testing.assert_allclose(back.d_params.flat, bptt(run, run.h).d_params.flat, rtol=1e-9)


@every_kind
@given(st.integers(1, 5), st.integers(1, 6), st.integers(0, 999))
@few
def test_token_ids_are_one_hot_vectors(kind, n_sequences, n_steps, seed):
    cell, ids, state, d_h, _ = random_case(kind, n_sequences, n_steps, 5, 3, seed, tokens=True)
    by_id, by_vector = (unroll(cell, x, state) for x in (ids, np.eye(5)[ids]))
    np.testing.assert_allclose(by_id.h, by_vector.h, rtol=1e-12, atol=1e-14)
    here, there = bptt(by_id, d_h), bptt(by_vector, d_h)
    np.testing.assert_allclose(here.d_params.flat, there.d_params.flat, rtol=1e-9, atol=1e-12)


def test_many_tokens_take_the_sparse_way_to_the_same_gradient():
    cell, ids, state, d_h, _ = random_case("gru", 40, 30, 60, 3, seed=2, tokens=True)
    here, there = (bptt(unroll(cell, x, state), d_h) for x in (ids, np.eye(60)[ids]))
    np.testing.assert_allclose(here.d_params.flat, there.d_params.flat, rtol=1e-9, atol=1e-11)


# What may be handed in


@every_kind
@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
def test_any_layout_and_type_of_numbers_works_and_stays_as_it_is(kind, dtype):
    rng = np.random.default_rng(0)
    cell = make_cell(kind, 3, 2, rng)
    wide = rng.normal(size=(6, 2, 8)).round(1).astype(dtype)
    x = wide.transpose(1, 2, 0)[:, ::2, ::2]  # (2, 4, 3), neither contiguous nor in order
    assert not x.flags.c_contiguous
    before = wide.copy()
    wide.flags.writeable = False
    run = unroll(cell, x)
    np.testing.assert_allclose(run.h, unroll(cell, np.array(x, dtype=float)).h, rtol=1e-6)
    d_h = np.broadcast_to(np.array([1.0, 2.0]), (2, 4, 2))  # read-only, strides of zero
    d_final = draw_state(cell, 2, rng)
    kept = [part.copy() for part in as_parts(d_final)]
    bptt(run, d_h, d_final)
    np.testing.assert_array_equal(wide, before)
    np.testing.assert_array_equal(as_flat(d_final), as_flat(tuple(kept)))


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.uint32, np.int64, np.uint64])
def test_ids_of_any_width_work(dtype):
    cell = RNNCell(5, 2, rng=0)
    ids = np.array([[0, 4, 2]])
    np.testing.assert_array_equal(unroll(cell, ids.astype(dtype)).h, unroll(cell, ids).h)


def test_a_batch_that_changes_later_does_not_change_the_gradient():
    cell, x, _, d_h, _ = random_case("rnn", 1, 4, 3, 2, seed=0)
    run = unroll(cell, x)
    before = bptt(run, d_h).d_params.flat.copy()
    x[...] = 7
    np.testing.assert_array_equal(bptt(run, d_h).d_params.flat, before)


def test_the_states_cannot_be_written_to():
    run = unroll(RNNCell(3, 2, rng=0), np.zeros((1, 4, 3)))
    with pytest.raises(ValueError, match="read-only"):
        run.h[0, 0] = 1


def test_the_final_state_is_a_copy():
    run = unroll(LSTMCell(3, 2, rng=0), np.ones((1, 4, 3)))
    last = run.h[:, -1].copy()
    run.final_state[0][...] = 5
    np.testing.assert_array_equal(run.h[:, -1], last)


@every_kind
def test_float32_stays_float32(kind):
    rng = np.random.default_rng(0)
    cell = make_cell(kind, 3, 2, rng, dtype=np.float32)
    run = unroll(cell, rng.normal(size=(2, 4, 3)), draw_state(cell, 2, rng))
    back = bptt(run, rng.normal(size=(2, 4, 2)))
    arrays = [run.h, *as_parts(run.final_state), back.d_params.flat, back.d_x]
    assert {array.dtype for array in [*arrays, *as_parts(back.d_state)]} == {np.dtype("float32")}


def test_the_lstm_shows_its_cell_state_and_gates():
    rng = np.random.default_rng(0)
    cell = make_cell("lstm", 3, 2, rng)
    x = rng.normal(size=(2, 4, 3))
    run = unroll(cell, x)
    gates = run.gates
    assert list(gates) == ["i", "f", "g", "o"]
    c_prev = np.concatenate([np.zeros((2, 1, 2)), run.c[:, :-1]], axis=1)
    np.testing.assert_allclose(run.c, gates["f"] * c_prev + gates["i"] * gates["g"], rtol=1e-12)
    np.testing.assert_allclose(run.h, gates["o"] * np.tanh(run.c), rtol=1e-12)
    simple = unroll(make_cell("rnn", 3, 2, rng), x)
    assert simple.gates == {}
    with pytest.raises(AttributeError, match="RNNCell has no cell state: only the LSTM has"):
        _ = simple.c


@every_kind
def test_memory_of_saturated_units_is_not_lost_in_the_arithmetic(kind):
    rng = np.random.default_rng(0)
    cell = make_cell(kind, 3, 4, rng, scale=1e4)
    x, state = rng.normal(size=(2, 5, 3)), draw_state(cell, 2, rng)
    if kind == "relu":
        cell.params.flat *= 1e-4
    run = unroll(cell, x, state)
    assert np.isfinite(run.h).all()
    assert np.isfinite(bptt(run, np.ones((2, 5, 4))).d_params.flat).all()


# Memory


def peak_floats(function):
    """Return how many float32 numbers a call held at most, besides what there was before."""
    import tracemalloc

    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1] / 4
    finally:
        tracemalloc.stop()


def test_the_vanilla_cell_takes_three_numbers_a_step_sequence_and_unit():
    n_sequences, n_hidden = 8, 64
    cell = RNNCell(5, n_hidden, rng=0, dtype=np.float32)

    def forward_and_backward(n_steps):
        ids = np.zeros((n_sequences, n_steps), dtype=np.int64)
        run = unroll(cell, ids)
        d_h = np.ones((n_steps, n_sequences, n_hidden), np.float32).swapaxes(0, 1)
        bptt(run, d_h)

    forward_and_backward(2000)  # what is imported on the way is no memory of the steps
    short, long = (peak_floats(lambda n=n: forward_and_backward(n)) for n in (1000, 2000))
    per_step = (long - short) / 1000 / n_sequences / n_hidden
    assert per_step <= 3.15  # 3, and the token ids: an input, as two numbers of 4 bytes twice over


def test_checkpointing_takes_a_twentieth_of_the_memory():
    cell = RNNCell(5, 64, rng=0, dtype=np.float32)
    ids = np.zeros((8, 4096), dtype=np.int64)

    def everything():
        run = unroll(cell, ids)
        bptt(run, np.ones((4096, 8, 64), np.float32).swapaxes(0, 1))

    def in_pieces():
        bptt_checkpointed(unroll_checkpointed(cell, ids), lambda steps, h: np.ones_like(h))

    assert peak_floats(everything) > 20 * peak_floats(in_pieces)


def test_the_memory_of_truncated_bptt_does_not_grow():
    cell = RNNCell(5, 64, rng=0, dtype=np.float32)

    def in_pieces(n_steps):
        for _, run in unroll_in_pieces(cell, np.zeros((8, n_steps), dtype=np.int64), 25):
            bptt(run, np.ones_like(run.h))

    ids = 2 * 8 * 1000 * 2  # the caller's own tokens, two numbers of 4 bytes each, for slack
    assert peak_floats(lambda: in_pieces(2000)) < peak_floats(lambda: in_pieces(1000)) + ids


# What is refused


X, STATE = np.zeros((2, 3, 4)), np.zeros((2, 5))
NAN = np.where(np.arange(24).reshape(2, 3, 4) == 13, np.nan, 0.0)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"x": np.zeros((2, 3, 7))}, ValueError, "so 7 features: expected 4"),
        ({"x": np.zeros((2, 4, 3))}, ValueError, "the axes of time and features look swapped"),
        ({"x": np.zeros((3, 4))}, ValueError, "(n_sequences, n_steps, n_features), or token "
         "ids of shape (n_sequences, n_steps); for one sequence use x[None]"),
        ({"x": np.zeros(4)}, ValueError, "x has shape (4,): expected"),
        ({"x": 3}, ValueError, "x has shape (): expected"),
        ({"x": np.zeros((0, 3, 4))}, ValueError, "expected at least one sequence and one"),
        ({"x": np.zeros((2, 0, 4))}, ValueError, "expected at least one sequence and one"),
        ({"x": [[0, -1]]}, ValueError, "x has the id -1: expected 0 to 3, for 4 tokens"),
        ({"x": [[0, 4]]}, ValueError, "x has the id 4: expected 0 to 3"),
        ({"x": [[True, False]]}, TypeError, "x holds True and False: expected numbers"),
        ({"x": NAN}, ValueError, "x[1][0][1] is nan: expected finite numbers"),
        ({"x": X + np.inf}, ValueError, "x[0][0][0] is inf: expected finite numbers"),
        ({"x": X + 1j}, TypeError, "x holds complex numbers: expected real numbers"),
        ({"x": X.astype(object)}, TypeError, "x holds objects: expected real numbers"),
        ({"x": "Chetan works"}, TypeError, "x is text: expected numbers; encode it first"),
        ({"x": [["Chetan", "works"]]}, TypeError, "x holds text: expected real numbers"),
        ({"x": [[[1.0], [2.0]], [[1.0]]]}, ValueError, "x is ragged: expected rows of equal"),
        ({"state": np.zeros((5, 2))}, ValueError, "state h has shape (5, 2): expected (2, 5)"),
        ({"state": np.zeros(5)}, ValueError, "state h has shape (5,): expected (2, 5)"),
        ({"state": STATE + np.nan}, ValueError, "state h[0][0] is nan"),
        ({"lengths": [3, 4]}, ValueError, "lengths has 4: expected 0 to 3, the number of time"),
        ({"lengths": [3, -1]}, ValueError, "lengths has -1: expected 0 to 3"),
        ({"lengths": [3]}, ValueError, "lengths has shape (1,): expected (2,); one length"),
        ({"lengths": [1.5, 2]}, TypeError, "lengths has dtype float64: expected whole numbers"),
        ({"mask": np.ones((2, 3))}, TypeError, "mask has dtype float64: expected True for real"),
        ({"mask": np.ones((3, 2), bool)}, ValueError, "mask has shape (3, 2): expected (2, 3)"),
        ({"mask": np.ones((2, 3), bool), "lengths": [1, 2]}, ValueError, "expected one of them"),
    ],
)  # fmt: skip
def test_bad_input_is_refused(arguments, error, message):
    cell = RNNCell(4, 5, rng=0)
    with pytest.raises(error, match=re.escape(message)):
        unroll(cell, **{"x": X} | arguments)


def test_a_state_without_the_axis_of_sequences_is_told_how_to_get_one():
    cell = RNNCell(4, 5, rng=0)
    with pytest.raises(ValueError, match=re.escape("for one sequence use h[None]")):
        unroll(cell, X[:1], STATE[0])
    with pytest.raises(ValueError, match="one row for each sequence, one column for each unit"):
        unroll(cell, X, STATE[0])


def test_an_lstm_wants_both_of_its_states():
    cell = LSTMCell(4, 5, rng=0)
    with pytest.raises(TypeError, match=re.escape("state is a ndarray: expected a tuple (h, c)")):
        unroll(cell, X, STATE)
    with pytest.raises(ValueError, match=re.escape("state c has shape (2, 4): expected (2, 5)")):
        unroll(cell, X, (STATE, STATE[:, :4]))


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "neither d_h nor d_final is given: expected the gradient of the loss"),
        ({"d_h": np.zeros((3, 2, 5))}, ValueError, "d_h has shape (3, 2, 5): expected (2, 3, 5)"),
        ({"d_h": np.full((2, 3, 5), np.nan)}, ValueError, "d_h[0][0][0] is nan"),
        (
            {"d_final": np.zeros((3, 5))},
            ValueError,
            "d_final d_h has shape (3, 5): expected (2, 5)",
        ),
        ({"d_final": STATE, "truncate": 0}, ValueError, "truncate is 0: expected 1 or more"),
        (
            {"d_final": STATE, "truncate": 2.5},
            TypeError,
            "truncate is 2.5: expected a whole number",
        ),
    ],
)
def test_bad_gradients_are_refused(arguments, error, message):
    run = unroll(RNNCell(4, 5, rng=0), X)
    with pytest.raises(error, match=re.escape(message)):
        bptt(run, **arguments)


def test_checkpointing_refuses_the_same():
    kept = unroll_checkpointed(RNNCell(4, 5, rng=0), X)
    with pytest.raises(ValueError, match="neither d_h nor d_final is given"):
        bptt_checkpointed(kept)
    with pytest.raises(ValueError, match=re.escape("d_h has shape (3, 2, 5): expected (2, 3, 5)")):
        bptt_checkpointed(kept, np.zeros((3, 2, 5)))
    with pytest.raises(ValueError, match="every is 0: expected 1 or more"):
        unroll_checkpointed(RNNCell(4, 5, rng=0), X, every=0)
    with pytest.raises(ValueError, match="so 2 features: expected 4"):
        unroll_checkpointed(RNNCell(4, 5, rng=0), np.zeros((1, 3, 2)))


def test_an_input_that_is_too_large_for_the_type_of_the_cell_is_refused():
    cell = RNNCell(1, 1, rng=0, dtype=np.float32)
    for read in (unroll, unroll_checkpointed):
        with pytest.raises(ValueError, match="x has a number too large for float32"):
            read(cell, [[[1e300]]])


def test_one_sequence_of_token_ids_is_told_from_a_batch():
    with pytest.raises(ValueError, match=re.escape("one sequence of token ids is x[None]")):
        unroll(RNNCell(4, 5, rng=0), [0, 1, 2])


@pytest.mark.parametrize(("n_steps", "every"), [(1, 1), (9, 3), (10, 4), (100, 10)])
def test_by_itself_checkpointing_keeps_a_state_every_root_of_the_steps(n_steps, every):
    kept = unroll_checkpointed(RNNCell(3, 2, rng=0), np.zeros((1, n_steps, 3)))
    assert kept.every == every
    assert len(kept.starts) == -(-n_steps // every)
