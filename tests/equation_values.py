r"""The numbers that each displayed equation is evaluated with, by notebook and cell.

What stands left of an equation is computed by the library, by scikit-learn or SciPy, or measured
as a slope, and never by the equation typed anew: so a slip in the text cannot agree with itself.
Random numbers, odd sizes and matrices that are not symmetric let every slip be noticed; the tests
plant them all. To add an equation, write a function here that returns a `Case`::

    @of("03_recurrent_cell", "by-hand")
    def recurrent_cell(rng):
        ...
        return Case({"h_t": rnn_step(x, h_prev, **params), "x_t": x, ...})
"""

from collections.abc import Callable
from functools import cache, partial

import numpy as np
from equation_grammar import displays, statements
from equations import Case, Each, fault
from sklearn.feature_extraction.text import TfidfTransformer

from rnnhelpers.attention import Attention
from rnnhelpers.cells import GRUCell, LSTMCell, RNNCell, gru_step, lstm_step, rnn_step
from rnnhelpers.estimators import RNNClassifier
from rnnhelpers.exercises.long_memory import stretch_bound
from rnnhelpers.jacobians import jacobian_norms, jacobian_product, step_jacobian
from rnnhelpers.language_model import mixture_bits_per_character
from rnnhelpers.losses import cross_entropy, softmax
from rnnhelpers.memory_tasks import adding_problem, copy_task
from rnnhelpers.optimizers import SGD, Adam, clip_by_norm
from rnnhelpers.parameters import Parameters
from rnnhelpers.torch_weights import from_torch, to_torch
from rnnhelpers.translation import EncoderDecoder
from rnnhelpers.unrolling import bptt, unroll
from rnnhelpers.word_vectors import negative_sampling_loss

N, D, H, K = 2, 3, 4, 5
"""Sizes that are all different, so that a product in the wrong order does not fit."""

CASES: dict[tuple[str, str], Callable[[np.random.Generator], Case]] = {}
N_STATEMENTS: dict[tuple[str, str], int] = {}
"""How many equations a cell displays, so that none can get lost among the others."""


def of(notebook: str, *cells: str, n: int = 1):
    """Register a function that makes the numbers for the `n` equations of each of these cells."""

    def register(make):
        CASES.update({(notebook, cell): make for cell in cells})
        N_STATEMENTS.update({(notebook, cell): n for cell in cells})
        return make

    return register


@cache
def case_of(notebook: str, cell: str) -> Case | list[Case]:
    """Return the numbers for a cell, or for each of its displays; `KeyError` if there are none."""
    return CASES[notebook, cell](np.random.default_rng(0))


def text_problems(source: str, notebook: str, cell: str) -> list[str]:
    """Evaluate the displayed equations of a Markdown text, and say which do not hold, and why."""
    shown = list(displays(source))
    if not shown:
        return []
    if (notebook, cell) not in CASES:
        advice = f'write a function @of("{notebook}", "{cell}") in tests/equation_values.py'
        return [f"displays an equation that has no numbers to be evaluated with; {advice}"]
    case = case_of(notebook, cell)
    cases = case if isinstance(case, list) else [case] * len(shown)
    if len(cases) != len(shown):
        return [f"displays {len(shown)} equations, and has {len(cases)} cases; have one for each"]
    n_found = sum(len(statements(latex)) for latex, _ in shown)
    if n_found != (expected := N_STATEMENTS[notebook, cell]):
        return [f"states {n_found} equations, and its @of in tests/equation_values.py {expected}"]
    return [
        f"equation {number} does not hold: {problem}; mend it, or its numbers in the tests"
        for number, ((latex, _), its_case) in enumerate(zip(shown, cases, strict=True), 1)
        for problem in dict.fromkeys(fault(found, its_case) for found in statements(latex))
        if problem
    ]


def slope(function, at, step=1e-6):
    """Measure how a function moves with each number of an array, in the array's shape."""
    at = np.asarray(at, dtype=float)
    nudges = step * np.eye(at.size).reshape(at.size, *at.shape)
    slopes = [(function(at + by) - function(at - by)) / (2 * step) for by in nudges]
    return np.reshape(slopes, at.shape + np.shape(slopes[0]))


# 01 Text to numbers -----------------------------------------------------------------------------

COUNTS = np.array([[2, 1, 0, 3], [0, 1, 0, 1], [0, 4, 1, 2]])


@of("01_text_to_numbers", "tf-idf")
def textbook_idf(rng):
    # Without smoothing scikit-learn adds 1 to the textbook's weight.
    idf = TfidfTransformer(smooth_idf=False).fit(COUNTS).idf_ - 1
    return Case({"idf": idf, "n": 3, "df": (COUNTS > 0).sum(axis=0)})


@of("01_text_to_numbers", "tf-idf-differs", n=2)
def smooth_idf(rng):
    row, fitted = COUNTS[0] * 1.0, TfidfTransformer().fit(COUNTS)
    normalized = TfidfTransformer(use_idf=False).fit_transform(COUNTS).toarray()[0]
    values = {"idf": fitted.idf_, "n": 3, "df": (COUNTS > 0).sum(axis=0), "row": row}
    values["sum of the squares of the row"] = sum(number**2 for number in row)
    return Case(values, after={"row": normalized})


# 02 Word vectors --------------------------------------------------------------------------------


@of("02_word_vectors", "near")
def dot_product(rng):
    a, b = rng.normal(size=(2, 5))
    families = {f"{name}_": dict(enumerate(v, 1)) for name, v in (("a", a), ("b", b))}
    return Case({"a": a, "b": b, "D": 5, **families})


@of("02_word_vectors", "cosine-text")
def cosine(rng):
    a, b = rng.normal(size=(2, 5))
    # The left side is SciPy's cosine, as the left side of the sigmoid is SciPy's.
    return Case({"a": a, "b": b})


@of("02_word_vectors", "guess")
def sigmoid(rng):
    return Case({"s": 0.7})


@of("02_word_vectors", "collapse-reading")
def negative_sampling(rng):
    v, u, *false = rng.normal(size=(5, 3))
    loss = negative_sampling_loss([v], [u], false)[0]
    return Case({"v": v, "u": u, "u_": dict(enumerate(false, 1)), "k": 3, "L": loss})


@of("02_word_vectors", "pencil")
def one_false_pair(rng):
    v, u, u_false = rng.normal(size=(3, 3))
    loss = negative_sampling_loss([v], [u], [u_false])[0]
    return Case({"v": v, "u": u, "u_{false}": u_false, "L": loss})


@of("02_word_vectors", "gradient-text", n=2)
def gradient_of_a_pair(rng):
    v, u = rng.normal(size=(2, 3))
    # With the weight 0 the false contexts do not count: what is left is a true pair.
    _, d_v, d_u, _ = negative_sampling_loss([v], [u], [v], weight=0)
    return Case({"v": v, "u": u, "label": 1, "dL/dv": d_v[0], "dL/du": d_u[0]})


@of("02_word_vectors", "step-text")
def step_of_a_vector(rng):
    v, u, u_false = rng.normal(size=(3, 3))
    d_v = negative_sampling_loss([v], [u], [u_false])[1][0]
    params = Parameters({"v": v})
    SGD(params, learning_rate=0.3).step(d_v)
    return Case({"v": v, r"\eta": 0.3, "dL/dv": d_v}, after={"v": params["v"]})


@of("02_word_vectors", "weighted-counts")
def weighted_counts(rng):
    # By the probabilities of the pair, the row and the column, as the definition has it.
    together = np.array([[7, 1, 2], [1, 0, 3]])
    pair = together / together.sum()
    expected = np.log(pair[0, 0]) - np.log(pair.sum(axis=1)[0]) - np.log(pair.sum(axis=0)[0])
    values = {"count": together[0, 0], "sum of all counts": together.sum()}
    values |= {"sum of the row": together[0].sum(), "sum of the column": together[:, 0].sum()}
    return Case(values, sides=(max(expected, 0),))


# 03 to 05: the cell, and back through time ------------------------------------------------------


def plain_cell(rng):
    """Return the arrays of one step of the plain cell, by their names in an equation."""
    cell = RNNCell(D, H, rng=rng)
    cell.params["b_h"] += rng.normal(size=H)
    x, h_prev = rng.normal(size=(N, D)), rng.uniform(-1, 1, size=(N, H))
    names = {"W_xh": "W_{xh}", "W_hh": "W_{hh}", "b_h": "b_h"}
    weights = {names[name]: array for name, array in cell.params.items()}
    return cell, {"x_t": x, "h_{t-1}": h_prev, **weights}


@of("03_recurrent_cell", "by-hand")
@of("04_unrolling", "equation-text")
def recurrent_cell(rng):
    cell, values = plain_cell(rng)
    return Case({"h_t": rnn_step(values["x_t"], values["h_{t-1}"], **cell.params), **values})


@of("03_recurrent_cell", "slope")
def slope_of_tanh(rng):
    return Case({"a": 0.4, r"d\tanh(a)/da": slope(np.tanh, 0.4)[()]})


def small_chain():
    """Return a network of one unit that read three numbers, and the slope of its loss by each."""
    w_xh, w_hh, b_h, x, y = 0.5, 0.8, 0.1, np.array([1.0, 0.5, -1.3]), 0.7
    weights = {"W_xh": [[w_xh]], "W_hh": [[w_hh]], "b_h": [b_h]}
    run = unroll(RNNCell.from_params(weights), x[None, :, None])
    h = [0.0, *run.h[0, :, 0]]

    def loss(last):
        return (last - y) ** 2

    def onward(t, state):
        """Return the last state if the state after step t were this."""
        for x_t in x[t:]:
            state = rnn_step([[x_t]], [[state]], **weights)[0, 0]
        return state

    d_h = {t: slope(lambda state, t=t: loss(onward(t, state)), h[t])[()] for t in (1, 2, 3)}
    d_params = bptt(run, [[[0], [0], [d_h[3]]]]).d_params

    def step(t, h_prev):
        """Return the state after step t if the state before were this."""
        return rnn_step([[x[t - 1]]], [[h_prev]], **weights)[0, 0]

    between = {(t, t - 1): slope(partial(step, t), h[t - 1])[()] for t in (2, 3)}
    return {
        "w_{xh}": w_xh, "w_{hh}": w_hh, "b_h": b_h, "y": y, "L": loss(h[3]),
        "x_": dict(enumerate(x, 1)), "h_": dict(enumerate(h)), "dL/dh_": d_h, "dh_/dh_": between,
        "dL/dw_{xh}": float(d_params["W_xh"][0, 0]),
    }  # fmt: skip


@of("05_bptt", "loss", "product", n=2)
def one_unit(rng):
    values = small_chain()
    return Case({**values, "t": 2}, also=(Case({**values, "t": 3}),))


@of("05_bptt", "copies-reading")
def sum_over_uses(rng):
    return Case(small_chain())


@of("05_bptt", "d-a")
def through_tanh(rng):
    values = small_chain()
    d_a = slope(lambda a: (np.tanh(a) - values["y"]) ** 2, np.arctanh(values["h_"][3]))[()]
    return Case({**values, "t": 3, "dL/da_t": d_a})


@of("05_bptt", "sentence", "cross-entropy-gradient")
def loss_of_a_word(rng):
    logits = rng.normal(size=K)
    loss, d_logits = cross_entropy(logits[None], [2])
    p = softmax(logits)
    onehot = np.eye(K)[2]
    return Case({"L": loss, "p": p, "p_{right}": p[2], "onehot": onehot, "dL/dlogits": d_logits[0]})


# 06 Training ------------------------------------------------------------------------------------


@of("06_training", "first-loss", "perplexity")
def first_loss(rng):
    loss = cross_entropy(np.zeros((N, K)), [1, 3])[0]
    return Case({"L": loss, "K": K, "perplexity": K})  # K words, all equally likely


@of("06_training", "downhill")
def downhill(rng):
    W, d_W = rng.normal(size=(2, D, H))
    params = Parameters({"W": W})
    SGD(params, learning_rate=0.3).step(Parameters({"W": d_W}))
    return Case({"W": W, "dL/dW": d_W, r"\eta": 0.3}, after={"W": params["W"]})


@of("06_training", "clip")
def clip(rng):
    def clipped(g):
        return Case({"g": g, "c": 0.6}, after={"g": clip_by_norm(g, 0.6)[0]})

    long, short = rng.normal(size=7), 0.01 * rng.normal(size=7)
    return clipped(long)._replace(also=(clipped(short),))


@of("06_training", "padding-reading")
def masked_loss(rng):
    logits, targets, real = rng.normal(size=(6, K)), rng.integers(K, size=6), [1, 1, 0, 1, 0, 1]
    loss = cross_entropy(logits[None], targets[None], mask=np.array([real], bool))[0]
    p = np.take_along_axis(softmax(logits), targets[:, None], axis=1)[:, 0]
    return Case({"L": loss, "m": Each(real), "p": Each(list(p))})


@of("06_training", "adam", n=5)
def adam(rng):
    """Return what the optimiser holds before and after its third update, all with one gradient.

    Then the corrected means are the gradient and its square.
    """
    params, g = Parameters({"W": rng.normal(size=5)}), 1e-8 * rng.normal(size=5)
    optimizer, held = Adam(params, learning_rate=0.3), []
    for _ in range(3):
        optimizer.step(g)
        arrays = {"W": params["W"], "m": optimizer.m["W"], "v": optimizer.v["W"]}
        held.append({name: array.copy() for name, array in arrays.items()})
    _, before, after = held
    corrected = {"t": 3, r"\eta": 0.3, "m'": g, "v'": g**2, **after, "W": before["W"]}
    return [Case({**before, "g": g}, after), Case(corrected, {"W": after["W"]})]


# 07 and 08 --------------------------------------------------------------------------------------


@of("07_generating_text", "temperature")
def temperature(rng):
    z = rng.normal(size=K)
    p = softmax(z / 0.6)
    families = {"z_": dict(enumerate(z, 1)), "p_": dict(enumerate(p, 1))}
    return Case({r"\tau": 0.6, "k": 2, "all j": range(1, K + 1), **families})


@of("07_generating_text", "bits")
def bits(rng):
    p = rng.uniform(0.1, 0.9, size=6)
    # The library's mixture of a model with itself is that model; its loss is in nats.
    n_bits = mixture_bits_per_character(np.log(p), np.log(p), 0.5)
    loss = cross_entropy(np.log([p, 1 - p]).T, np.zeros(6, int))[0]
    return Case({"bits per character": n_bits, "L": loss, "T": 6, "p_": dict(enumerate(p, 1))})


@of("07_generating_text", "race")
def mixture(rng):
    network, counting, weight = 0.3, 0.45, 0.2
    p = 2 ** -mixture_bits_per_character(np.log([network]), np.log([counting]), weight)
    return Case({r"\lambda": weight, "p_{network}": network, "p_{counting}": counting, "p": p})


@of("08_reading_a_whole_sequence", "reader")
def reader(rng):
    names, languages = rng.integers(1, K, size=(8, 6)), [0, 1, 2, 0, 1, 2, 0, 1]
    model = RNNClassifier(n_hidden=H, n_epochs=1, input="tokens", random_state=0)
    model.fit(names, languages)
    weights = {"W_{hy}": "readout.W_hy", "b_y": "readout.b_y"}
    values = {name: model.network_.params[theirs] for name, theirs in weights.items()}
    return Case(values | {"h_T": model.transform(names), "p": model.predict_proba(names)})


# 09 Long memory ---------------------------------------------------------------------------------


@of("09_long_memory", "guess")
def guess(rng):
    _, targets = adding_problem(400_000, 2, rng=0)
    return Case({"s": targets[:, 0]}, rtol=5e-3)


@of("09_long_memory", "jacobian")
def jacobian(rng):
    cell, values = plain_cell(rng)
    x, h_prev = values["x_t"][0], values["h_{t-1}"][0]
    h = rnn_step([x], [h_prev], **cell.params)[0]
    measured = slope(lambda before: rnn_step([x], [before], **cell.params)[0], h_prev)
    return Case({**values, "h_t": h, "h_{t-1}": h_prev, "dh_t/dh_{t-1}": measured})


def run_of_plain_cell(rng):
    """Return the states of one sequence of seven steps, (T, H), and the recurrent weights."""
    cell = RNNCell(D, H, rng=rng)
    cell.params["W_hh"] *= 2
    return unroll(cell, rng.normal(size=(1, 7, D))).h[0], cell.params["W_hh"]


@of("09_long_memory", "chain")
def chain_of_jacobians(rng):
    h, W_hh = run_of_plain_cell(rng)
    steps = {(k, k - 1): step_jacobian(h[k - 1], W_hh) for k in range(2, 8)}
    whole = {(6, 2): jacobian_product(h[2:6], W_hh)}
    return Case({"t": 2, "T": 6, "dh_/dh_": steps | whole})


@of("09_long_memory", "norm")
def norm(rng):
    W = rng.normal(size=(H, H))
    arrows = [*rng.normal(size=(5, H)), np.linalg.svd(W)[0][:, 0]]  # the last is stretched most
    unit = [arrow / np.linalg.norm(arrow) for arrow in arrows]
    return Case({"W": W, "of all arrows … of length 1": unit})


@of("09_long_memory", "bound")
def bound(rng):
    h, W_hh = run_of_plain_cell(rng)
    sigma = np.linalg.svd(W_hh, compute_uv=False)[0]
    states = {(k, j): h[k - 1, j - 1] for k in range(1, 8) for j in range(1, H + 1)}
    values = {"t": 2, "T": 7, "h_": states, "all j": range(1, H + 1), r"\sigma": sigma}
    values["dh_T/dh_t"] = jacobian_product(h[2:7], W_hh)
    silence = stretch_bound(np.zeros((5, H)), W_hh)  # all slopes are 1
    return Case(values, sides=(jacobian_norms(h, W_hh)[5], stretch_bound(h[2:7], W_hh), silence))


@of("09_long_memory", "copy-guess")
def copy_baseline(rng):
    n_to_copy, delay = 5, 11
    _, targets = copy_task(3, delay, rng=0, n_to_copy=n_to_copy)
    logits = np.full((*targets.shape, 10), -100.0)
    logits[:, :-n_to_copy, 0] = logits[:, -n_to_copy:, 1:9] = 100
    return Case({"baseline": cross_entropy(logits, targets)[0], "K": n_to_copy, "d": delay})


# 10 Gates ---------------------------------------------------------------------------------------


def lstm(rng):
    """Return the arrays of one step of the LSTM, of sequences of two steps."""
    cell = LSTMCell(D, H, rng=rng)
    cell.params.flat += rng.normal(size=cell.params.flat.size)
    x, h0, c0 = rng.normal(size=(N, 1, D)), *rng.uniform(-1, 1, size=(2, N, H))
    run = unroll(cell, x, (h0, c0))
    h, c = lstm_step(x[:, 0], h0, c0, **cell.params)
    values = {"x_t": x[:, 0], "h_{t-1}": h0, "c_{t-1}": c0, "h_t": h, "c_t": c}
    values |= {f"{gate}_t": run.gates[gate][:, 0] for gate in "ifgo"}
    return values | blocks(cell.params, "ifgo")


def blocks(params, gates):
    """Cut the weights into the blocks of the gates, named as in an equation."""
    cut = {
        gate: [np.split(params[name], len(gates), axis=-1)[n] for name in ("W_xh", "W_hh", "b_h")]
        for n, gate in enumerate(gates)
    }
    named = {}
    for gate, (W_x, W_h, b) in cut.items():
        named |= {f"W_{{x{gate}}}": W_x, f"W_{{h{gate}}}": W_h, f"b_{gate}": b}
    return named


@of("10_gates", "lstm", n=6)
def lstm_equations(rng):
    return Case(lstm(rng))


def one_unit_of_an_lstm(open_gates):
    """Return the numbers of one unit whose input gate looks at a mark; some gates stay open."""
    steepness, number, mark, h0, c0 = 1.5, 0.9, 0.7, 0.3, 0.6
    W_xh = np.array([[0.0, 0.2, 0.8, -0.4], [2 * steepness, 0.5, 0.0, 0.7]])  # columns: i, f, g, o
    b_h = np.array([-steepness, 0.3, 0.0, 0.1])
    for column in map("ifgo".index, open_gates):
        W_xh[:, column], b_h[column] = 0, 100
    cell = LSTMCell.from_params({"W_xh": W_xh, "W_hh": np.zeros((1, 4)), "b_h": b_h})
    run = unroll(cell, [[[number, mark]]], ([[h0]], [[c0]]))
    values = {f"{gate}_t": run.gates[gate][0, 0, 0] for gate in "ifgo"}
    values |= {"h_t": run.h[0, 0, 0], "c_t": run.c[0, 0, 0], "c_{t-1}": c0, "h_{t-1}": h0}
    return Case(values | {"s": steepness, "mark_t": mark, "a": 0.4})


@of("10_gates", "adds")
def adds(rng):
    return one_unit_of_an_lstm(open_gates="if")


@of("10_gates", "write", n=3)
def write(rng):
    return one_unit_of_an_lstm(open_gates="f")


@of("10_gates", "forget-repair", "show")
def forget_and_show(rng):
    return one_unit_of_an_lstm(open_gates="")


@of("10_gates", "back", n=2)
def along_the_cell_state(rng):
    """Measure how the last cell state moves with each, where no gate looks at the state before."""
    cell = LSTMCell(D, H, rng=rng)
    cell.params["W_hh"][:] = 0
    x, h0 = rng.normal(size=(1, 6, D)), np.zeros((1, H))
    run = unroll(cell, x, (h0, rng.normal(size=(1, H))))

    def moved(early, late):
        """Return how each unit of one cell state moves with the same unit of an earlier one."""
        steps, before = x[:, early:late], run.c[:, early - 1]
        return np.diag(slope(lambda c: unroll(cell, steps, (h0, c[None])).c[0, -1], before[0]))

    forget = dict(enumerate(run.gates["f"][0], 1))
    return Case(
        {"t": 2, "T": 6, "f_": forget, "dc_/dc_": {(2, 1): moved(1, 2), (6, 2): moved(2, 6)}}
    )


@of("10_gates", "half-life")
def half_life(rng):
    return Case({"k": 3, "f": 0.5 ** (1 / 3)})


@of("10_gates", "gru", n=4)
@of("12_from_numpy_to_pytorch", "gates")
def gru_equations(rng):
    cell = GRUCell(D, H, rng=rng)
    cell.params.flat += rng.normal(size=cell.params.flat.size)
    x, h0 = rng.normal(size=(N, 1, D)), rng.uniform(-1, 1, size=(N, H))
    gates = unroll(cell, x, h0).gates
    values = {"x_t": x[:, 0], "h_{t-1}": h0, "h_t": gru_step(x[:, 0], h0, **cell.params)}
    values |= {f"{gate}_t": gates[gate][:, 0] for gate in "rzn"}
    return Case(values | blocks(cell.params, "rzn") | {"b_{hn}": cell.params["b_hn"]})


# 11 and 12 --------------------------------------------------------------------------------------


@of("11_translation", "looking-back", n=4)
def attention(rng):
    """Let a decoder look back, and compare its scores with that of a state of zeros, which is 0."""
    model = EncoderDecoder(n_source=7, n_target=6, n_hidden=H, attention=True, rng=rng)
    model.params.flat += rng.normal(size=model.params.flat.size)
    run = model.forward(rng.integers(1, 7, size=(1, 5)), rng.integers(1, 6, size=(1, 3)))
    h, s, W_a = run.encoder.h, run.decoder.h[:, 1:2], model.params["attention.W_a"]
    with_zeros = Attention(H)
    with_zeros.bind(Parameters({"W_a": W_a}))
    to_each = np.log(
        with_zeros.forward(s, np.concatenate([h, np.zeros((1, 1, H))], 1)).weights[0, 0]
    )
    steps = range(1, 6)
    return Case({
        "t": 2, "j": 3, "all j": steps, "all k": steps,
        "s_t": s[0], "W_a": W_a, "h_": {j: h[:, j - 1] for j in steps},
        "score_": {(2, j): np.full((1, 1), to_each[j - 1] - to_each[-1]) for j in steps},
        r"\alpha_": {(2, j): run.attention.weights[:, 1:2, j - 1] for j in steps},
        "context_t": run.attention.context[:, 1], "logits_t": run.logits[:, 1],
        "W_{hy}": model.params["readout.W_hy"], "b_y": model.params["readout.b_y"],
    })  # fmt: skip


@of("12_from_numpy_to_pytorch", "formula-text")
def torch_formula(rng):
    cell, values = plain_cell(rng)
    theirs = to_torch(cell.params)
    theirs["bias_hh_l0"] += rng.normal(size=H)
    h = rnn_step(values["x_t"], values["h_{t-1}"], **from_torch(theirs, like=cell.params))
    names = {"weight_ih_l0": "W_{ih}", "weight_hh_l0": "W_{hh}"}
    names |= {"bias_ih_l0": "b_{ih}", "bias_hh_l0": "b_{hh}"}
    return Case({**values, **{names[name]: theirs[name] for name in names}, "h_t": h})


@of("12_from_numpy_to_pytorch", "linear")
def linear_recurrence(rng):
    a, b, h_prev = rng.uniform(0.2, 2, size=3)  # above 0, where relu changes nothing
    params = {"W_xh": [[0.0]], "W_hh": [[a]], "b_h": [b]}
    run = unroll(RNNCell.from_params(params, activation="relu"), [[[0.0]]], [[h_prev]])
    return Case({"a_t": a, "b_t": b, "h_{t-1}": h_prev, "h_t": run.h[0, 0, 0]})
