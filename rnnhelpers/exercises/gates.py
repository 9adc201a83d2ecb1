"""The exercises of notebook 10."""

import math

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def sigmoid(a):
    """Return the sigmoid, as notebook 10 has it."""
    return 1 / (1 + np.exp(-a))


def my_lstm_step(x, h_prev, c_prev, W_xh, W_hh, b_h):
    """Return h and c after one time step, each of shape (N, H).

    x has shape (N, D), h_prev and c_prev (N, H). W_xh has shape (D, 4H), W_hh (H, 4H) and
    b_h (4H,): side by side the columns of i, f, g and o. End with `return h, c`.
    """
    a_i, a_f, a_g, a_o = np.split(x @ W_xh + h_prev @ W_hh + b_h, 4, axis=1)
    c = sigmoid(a_f) * c_prev + sigmoid(a_i) * np.tanh(a_g)
    return sigmoid(a_o) * np.tanh(c), c


def what_is_left(f):
    """Return the share of the cell state after each step that is left in the last one: (T, H).

    f has shape (T, H): the forget gates at each step. Only the way along the cell state counts.
    The cell state after the last step is there as a whole: its share is 1.
    """
    left = np.ones(f.shape)
    for t in reversed(range(len(f) - 1)):
        left[t] = left[t + 1] * f[t + 1]
    return left


def my_gru_step(x, h_prev, W_xh, W_hh, b_h, b_hn):
    """Return the state after one time step, of shape (N, H).

    x has shape (N, D), h_prev (N, H). W_xh has shape (D, 3H), W_hh (H, 3H) and b_h (3H,): side
    by side the columns of r, z and n. b_hn has shape (H,).
    """
    x_r, x_z, x_n = np.split(x @ W_xh + b_h, 3, axis=1)
    h_r, h_z, h_n = np.split(h_prev @ W_hh, 3, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * (h_n + b_hn))
    return (1 - z) * n + z * h_prev


# The mistakes ----------------------------------------------------------------------------------


def _lstm(
    order=lambda i, f, g, o: (i, f, g, o),
    before=lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh + b_h,
    gate=sigmoid,
    squash=np.tanh,
    cell=lambda i, f, g, c_prev: f * c_prev + i * g,
    shown=lambda o, c, c_prev: o * np.tanh(c),
    both=lambda h, c: (h, c),
):
    """Make a `my_lstm_step` with one of its parts replaced."""

    def answer(x, h_prev, c_prev, W_xh, W_hh, b_h):
        a_i, a_f, a_g, a_o = order(*np.split(before(x, h_prev, W_xh, W_hh, b_h), 4, axis=1))
        i, f, g, o = gate(a_i), gate(a_f), squash(a_g), gate(a_o)
        c = cell(i, f, g, c_prev)
        return both(shown(o, c, c_prev), c)

    return answer


def _hidden_state_is_kept(x, h_prev, c_prev, W_xh, W_hh, b_h):
    return my_lstm_step(x, h_prev, h_prev, W_xh, W_hh, b_h)


def _cell_state_is_read(x, h_prev, c_prev, W_xh, W_hh, b_h):
    return my_lstm_step(x, c_prev, c_prev, W_xh, W_hh, b_h)


def _one_unit_after_the_other(a):
    """Read the columns as i, f, g, o of the first unit, then of the second, and so on."""
    return np.concatenate([a[:, k::4] for k in range(4)], axis=1)


def _products_from_the_end(f):
    return np.cumprod(f[::-1], axis=0)[::-1]


def _sums_of_later(f):
    return np.array([f[t + 1 :].sum(axis=0) for t in range(len(f))])


def _moved(f, by):
    """Shift rows up, ones coming in at the end."""
    return np.vstack([f[by:], np.ones((min(by, len(f)), f.shape[1]))])


def _gru(
    gates=lambda r, z: (r, z),
    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(x_n + r * (h_prev @ W_n + b_hn)),
    mix=lambda n, z, h_prev: (1 - z) * n + z * h_prev,
    gate=sigmoid,
    bias=lambda b_h: b_h,
):
    """Make a `my_gru_step` with one of its parts replaced."""

    def answer(x, h_prev, W_xh, W_hh, b_h, b_hn):
        x_r, x_z, x_n = np.split(x @ W_xh + bias(b_h), 3, axis=1)
        W_r, W_z, W_n = np.split(W_hh, 3, axis=1)
        r, z = gates(gate(x_r + h_prev @ W_r), gate(x_z + h_prev @ W_z))
        return mix(candidate(x_n, h_prev, r, W_n, b_hn), z, h_prev)

    return answer


def _gru_of_blocks(order):
    """Make a `my_gru_step` that takes the blocks of the weights to be in another order."""

    def answer(x, h_prev, W_xh, W_hh, b_h, b_hn):
        weights = (np.split(each, 3, axis=-1) for each in (W_xh, W_hh, b_h))
        moved = (
            np.concatenate([blocks[order.index(name)] for name in "rzn"], axis=-1)
            for blocks in weights
        )
        return my_gru_step(x, h_prev, *moved, b_hn)

    return answer


def _mixed_by_the_reset_gate(x, h_prev, W_xh, W_hh, b_h, b_hn):
    x_r, _, x_n = np.split(x @ W_xh + b_h, 3, axis=1)
    h_r, _, h_n = np.split(h_prev @ W_hh, 3, axis=1)
    r = sigmoid(x_r + h_r)
    return (1 - r) * np.tanh(x_n + r * (h_n + b_hn)) + r * h_prev


_ADDED_TOO_EARLY = (
    "Were input and state added before the reset gate could act on the state's part alone? Split "
    "the two products apart."
)


def _bias_in_the_bracket(x, h_prev, W_xh, W_hh, b_h, b_hn):
    b_n = b_h[2 * len(b_hn) :]
    without = np.concatenate([b_h[: 2 * len(b_hn)], 0 * b_n])
    return my_gru_step(x, h_prev, W_xh, W_hh, without, b_hn + b_n)


def _gates_without_the_state(x, h_prev, W_xh, W_hh, b_h, b_hn):
    x_r, x_z, x_n = np.split(x @ W_xh + b_h, 3, axis=1)
    n = np.tanh(x_n + sigmoid(x_r) * (h_prev @ np.split(W_hh, 3, axis=1)[2] + b_hn))
    return (1 - sigmoid(x_z)) * n + sigmoid(x_z) * h_prev


# The examples ----------------------------------------------------------------------------------


def _lstm_cases(rng):
    cases = []
    for n, d, n_hidden in [(1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 3, 2)]:
        shapes = [
            (n, d), (n, n_hidden), (n, n_hidden), (d, 4 * n_hidden), (n_hidden, 4 * n_hidden),
            (4 * n_hidden,),
        ]  # fmt: skip
        x, h_prev, c_prev, *weights = (not_small(rng, shape) for shape in shapes)
        cases.append((x, h_prev, 2 * c_prev, *weights))
    return cases


def _forget_cases(rng):
    cases = [
        (np.array([[0.5]]),),
        (np.array([[0.5], [0.25]]),),
        (np.array([[0.9, 0.5], [1.0, 0.5], [0.0, 0.5]]),),
    ]
    for shape in [(3, 1), (4, 2), (5, 3)]:
        cases.append((rng.uniform(0.2, 0.95, shape).round(2),))
    return cases


def _gru_cases(rng):
    cases = []
    for n, d, n_hidden in [(1, 1, 1), (1, 2, 1), (2, 1, 1), (1, 2, 2), (2, 3, 2)]:
        shapes = [
            (n, d), (n, n_hidden), (d, 3 * n_hidden), (n_hidden, 3 * n_hidden), (3 * n_hidden,),
            (n_hidden,),
        ]  # fmt: skip
        cases.append(tuple(not_small(rng, shape) for shape in shapes))
    return cases


TASKS = (
    NumberQuestion(
        name="half-life",
        task=(
            "A forget gate stays at 0.98, and nothing is written. After how many time steps is "
            "half of what the cell state held left? (A whole number will do.)"
        ),
        reference=lambda: math.log(0.5) / math.log(0.98),
        within=0.75,
        meaning=(
            "0.98 to the power 34 is 0.503, and ln(1/2) / ln 0.98 is 34.3: with a gate at 0.98 a "
            "memory is half gone after about 34 steps."
        ),
        hints=(
            "After one step 0.98 of it is left. After two?",
            "Which power of 0.98 is one half?",
            "The logarithm of a power: ln(f^k) is k ln f.",
        ),
        mistakes=(
            Mistake(
                "0.02 is taken away at each step",
                "The gate multiplies what is still there, and not what was there at first.",
                lambda: 0.5 / 0.02,
            ),
            Mistake(
                "1 is divided by 0.02, or a logarithm by one to another base",
                "Half is asked for, and the gate multiplies what is still there. With logarithms: "
                "take both to the same base.",
                lambda: 1 / 0.02,
            ),
            Mistake(
                "the fraction is turned upside down, or a share is given",
                "A number of steps is asked for, and this is less than one. Which of the two "
                "logarithms belongs below the line?",
                lambda: math.log(0.98) / math.log(0.5),
            ),
            Mistake(
                "a sign is lost",
                "Both logarithms are negative. What is their quotient?",
                lambda: -math.log(0.5) / math.log(0.98),
            ),
            Mistake(
                "a quarter is waited for",
                "That is two half-lives.",
                lambda: math.log(0.25) / math.log(0.98),
            ),
            Mistake(
                "the gate is taken as 0.9",
                "0.98, and not 0.9.",
                lambda: math.log(0.5) / math.log(0.9),
            ),
        ),
    ),
    Exercise(
        name="lstm-step",
        reference=my_lstm_step,
        cases=_lstm_cases,
        meaning="That is the whole LSTM: four blocks, a sum, and a gate before what is shown.",
        hints=(
            "All four pre-activations are one line: x @ W_xh + h_prev @ W_hh + b_h. np.split cuts "
            "it in four along the columns.",
            "i, f and o go through the sigmoid, g through tanh. What is kept is f * c_prev, what "
            "is written is i * g.",
            "c is the sum of the two, and h is o * np.tanh(c). Return h first.",
        ),
        mistakes=(
            Mistake(
                "the two results are the wrong way round",
                "h comes first, then c.",
                _lstm(both=lambda h, c: (c, h)),
            ),
            Mistake(
                "the forget gate multiplies the candidate too",
                "f says what is kept of the old, i what is written of the new. Is a bracket wrong?",
                _lstm(cell=lambda i, f, g, c_prev: f * (c_prev + i * g)),
            ),
            Mistake(
                "the forget gate is turned round: 1 keeps nothing",
                "In spite of its name, a forget gate at 1 keeps everything.",
                _lstm(cell=lambda i, f, g, c_prev: (1 - f) * c_prev + i * g),
            ),
            Mistake(
                "the forget gate is left out",
                "That is the memory that only adds. What multiplies c_prev?",
                _lstm(cell=lambda i, f, g, c_prev: c_prev + i * g),
            ),
            Mistake(
                "the input gate is left out",
                "Everything is written. What multiplies the candidate?",
                _lstm(cell=lambda i, f, g, c_prev: f * c_prev + g),
            ),
            Mistake(
                "one gate serves for both: what is not kept is written",
                "i is a gate of its own, with columns of its own.",
                _lstm(cell=lambda i, f, g, c_prev: f * c_prev + (1 - f) * g),
            ),
            Mistake(
                "one gate serves for both: what is not written is kept",
                "f is a gate of its own, with columns of its own.",
                _lstm(cell=lambda i, f, g, c_prev: (1 - i) * c_prev + i * g),
            ),
            Mistake(
                "the forget gate is added",
                "A gate is something that one multiplies by.",
                _lstm(cell=lambda i, f, g, c_prev: f + c_prev + i * g),
            ),
            Mistake(
                "the input gate and the forget gate change places",
                "The columns are i, f, g, o, and f belongs to the old cell state.",
                _lstm(cell=lambda i, f, g, c_prev: i * c_prev + f * g),
            ),
            Mistake(
                "kept and written are multiplied",
                "The new cell state is a sum.",
                _lstm(cell=lambda i, f, g, c_prev: f * c_prev * i * g),
            ),
            Mistake(
                "what is written is taken away",
                "The new cell state is a sum. The candidate has a sign of its own.",
                _lstm(cell=lambda i, f, g, c_prev: f * c_prev - i * g),
            ),
            Mistake(
                "the old cell state is forgotten altogether",
                "Of c_prev a share is kept. Where is it in your code?",
                _lstm(cell=lambda i, f, g, c_prev: i * g),
            ),
            Mistake(
                "the cell state goes through tanh before it is carried on",
                "Only what is shown goes through tanh. What is carried is the sum itself.",
                _lstm(
                    cell=lambda i, f, g, c_prev: np.tanh(f * c_prev + i * g),
                    shown=lambda o, c, c_prev: o * c,
                ),
            ),
            Mistake(
                "the cell state goes through tanh twice",
                "Only what is shown goes through tanh. What is carried is the sum itself.",
                _lstm(cell=lambda i, f, g, c_prev: np.tanh(f * c_prev + i * g)),
            ),
            Mistake(
                "tanh is left out of the hidden state",
                "h = o * c would not stay between -1 and 1. What does c go through first?",
                _lstm(shown=lambda o, c, c_prev: o * c),
            ),
            Mistake(
                "the output gate is inside tanh",
                "First tanh of the cell state, then the gate.",
                _lstm(shown=lambda o, c, c_prev: np.tanh(o * c)),
            ),
            Mistake(
                "the output gate is left out",
                "What multiplies tanh(c)?",
                _lstm(shown=lambda o, c, c_prev: np.tanh(c)),
            ),
            Mistake(
                "the cell state is shown through the sigmoid",
                "Gates go through the sigmoid. What does the cell state go through?",
                _lstm(shown=lambda o, c, c_prev: o * sigmoid(c)),
            ),
            Mistake(
                "the old cell state is shown",
                "What is shown is made of the new cell state.",
                _lstm(shown=lambda o, c, c_prev: o * np.tanh(c_prev)),
            ),
            Mistake(
                "the hidden state is kept, and not the cell state",
                "What the forget gate multiplies is c_prev.",
                _hidden_state_is_kept,
            ),
            Mistake(
                "the gates read the cell state in place of the hidden state",
                "W_hh belongs to what is shown. Which of the two states is that?",
                _cell_state_is_read,
            ),
            Mistake(
                "the candidate goes through the sigmoid",
                "g is what is written, and may be negative. Which curve is that?",
                _lstm(squash=sigmoid),
            ),
            Mistake(
                "the candidate is not squashed",
                "Between its pre-activation and g there is a curve.",
                _lstm(squash=lambda a: a),
            ),
            Mistake(
                "the gates do not go through the sigmoid",
                "A gate is between 0 and 1. Which curve sees to that?",
                _lstm(gate=lambda a: a),
            ),
            Mistake(
                "the gates go through tanh",
                "A gate is between 0 and 1. Which curve is that?",
                _lstm(gate=np.tanh),
            ),
            Mistake(
                "the sign in the exponent of the sigmoid is wrong",
                "A large pre-activation should open the gate: 1 / (1 + exp(-a)).",
                _lstm(gate=lambda a: sigmoid(-a)),
            ),
            Mistake(
                "the blocks are taken as i, f, o, g",
                "The candidate's columns are the third block, the output gate's the fourth.",
                _lstm(order=lambda i, f, g, o: (i, f, o, g)),
            ),
            Mistake(
                "the columns of one unit are taken to stand together",
                "First come all columns of i, then all of f. np.split cuts in four.",
                _lstm(
                    before=lambda x, h_prev, W_xh, W_hh, b_h: _one_unit_after_the_other(
                        x @ W_xh + h_prev @ W_hh + b_h
                    )
                ),
            ),
            Mistake(
                "the state before is left out of the pre-activations",
                "The gates read the state before, too: h_prev @ W_hh.",
                _lstm(before=lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + b_h),
            ),
            Mistake(
                "the input is left out of the pre-activations",
                "Where is x in your code?",
                _lstm(before=lambda x, h_prev, W_xh, W_hh, b_h: h_prev @ W_hh + b_h),
            ),
            Mistake(
                "the bias is left out",
                "Where is b_h in your code?",
                _lstm(before=lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh),
            ),
            Mistake(
                "the bias is added twice",
                "Here input and state have one bias together.",
                _lstm(before=lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh + 2 * b_h),
            ),
        ),
    ),
    Exercise(
        name="left-of-the-cell-state",
        reference=what_is_left,
        cases=_forget_cases,
        meaning="It is also the gradient of the cell state along its own way: one number a unit.",
        hints=(
            "Begin at the end: after the last step all is there. What happened between the step "
            "before and the last?",
            "c_t is f_t * c_(t-1) plus what is written: to get from t to t + 1, the gate of step "
            "t + 1 multiplies.",
            "Go backward: left[t] is left[t + 1] * f[t + 1].",
        ),
        mistakes=(
            Mistake(
                "the gate of the step itself is counted too",
                "c_t is there after step t; its own gate has done its work. Which gate comes next?",
                _products_from_the_end,
            ),
            Mistake(
                "the gates from the beginning are multiplied",
                "Not what came before counts, but what comes after. Begin at the end.",
                lambda f: np.cumprod(f, axis=0),
            ),
            Mistake(
                "the gates from the beginning are multiplied, shifted by one step",
                "Not what came before counts, but what comes after. Begin at the end.",
                lambda f: np.vstack([np.ones((1, f.shape[1])), np.cumprod(f, axis=0)[:-1]]),
            ),
            Mistake(
                "it is worked out what is left of the first cell state after each step",
                "Asked for is what is left of each in the last one. Begin at the end.",
                lambda f: np.vstack([np.ones((1, f.shape[1])), np.cumprod(f[1:], axis=0)]),
            ),
            Mistake(
                "the gates are returned as they are",
                "A gate is what one step leaves. How many steps are there to the last one?",
                lambda f: f.copy(),
            ),
            Mistake(
                "the last step comes first",
                "The numbers are right and begin at the last step. Turn them round.",
                lambda f: what_is_left(f)[::-1],
            ),
            Mistake(
                "the last row is the last gate",
                "How much of the last cell state is left in the last cell state?",
                lambda f: np.vstack([what_is_left(f)[:-1], f[-1:]]),
            ),
            Mistake(
                "the last gate is left out",
                "The step from the last but one to the last has a gate, too. Where does the "
                "product end?",
                lambda f: np.vstack([_products_from_the_end(f[1:-1]), np.ones((2, f.shape[1]))])[
                    -len(f) :
                ],
            ),
            Mistake(
                "one gate is raised to a power",
                "The gates differ from step to step: multiply those that come after.",
                lambda f: np.array([row ** (len(f) - 1 - t) for t, row in enumerate(f)]),
            ),
            Mistake(
                "the product of all gates is divided by that of the gates so far",
                "A gate can be 0, and then 0 is divided by 0. Multiply from the end, without "
                "dividing.",
                lambda f: f.prod(axis=0) / np.cumprod(f, axis=0),
            ),
            Mistake(
                "the last row is zero",
                "How much of the last cell state is there in the last cell state?",
                lambda f: np.vstack([what_is_left(f)[:-1], 0 * f[:1]]),
            ),
            Mistake(
                "everything is 0",
                "Do you multiply by a last row that was never set to 1?",
                lambda f: np.zeros(f.shape),
            ),
            Mistake(
                "each step's own gate is counted, and the last step comes first",
                "Its own gate has done its work when c_t is there; and turn the result round.",
                lambda f: np.cumprod(f[::-1], axis=0),
            ),
            Mistake(
                "the product of all gates stands at each step",
                "From step t on, only the gates after t have multiplied.",
                lambda f: 0 * f + f.prod(axis=0),
            ),
            Mistake(
                "only the next gate is taken",
                "From step t to the last there are many gates on the way. Or does your loop run "
                "forward, and read left[t + 1] before it is worked out?",
                lambda f: _moved(f, 1),
            ),
            Mistake(
                "only the last gate is taken, to the power of the distance",
                "Each step has a gate of its own.",
                lambda f: f[-1] ** np.arange(len(f))[::-1, None],
            ),
            Mistake(
                "the gates are added up",
                "What is left of what is left: the gates multiply.",
                lambda f: np.vstack([np.cumsum(f[:0:-1], axis=0)[::-1], np.ones((1, f.shape[1]))]),
            ),
            Mistake(
                "each gate is added to what is left",
                "What is left of what is left: the gate multiplies.",
                lambda f: 1 + _sums_of_later(f),
            ),
            Mistake(
                "the gates after each step are added up, and none follows the last",
                "What is left of what is left: the gates multiply. A product of no gates is 1.",
                _sums_of_later,
            ),
            Mistake(
                "the gates from each step to the last are added up",
                "What is left of what is left: the gates multiply, beginning with the next one.",
                lambda f: np.cumsum(f[::-1], axis=0)[::-1],
            ),
            Mistake(
                "the gates are turned round: 1 forgets everything",
                "In spite of its name, a forget gate at 1 keeps everything.",
                lambda f: what_is_left(1 - f),
            ),
            Mistake(
                "the logarithms are added, and the exponential is left out",
                "A sum of logarithms is the logarithm of a product. What undoes it?",
                lambda f: (
                    _moved(np.cumsum(np.log(f)[::-1], axis=0)[::-1], 1) - np.eye(len(f))[:, [-1]]
                ),
            ),
            Mistake(
                "the products run over the units",
                "Time is the first axis here, and each unit has a way of its own.",
                lambda f: what_is_left(f.T).T,
            ),
            Mistake(
                "each step's own gate is taken, and not the next one",
                "From t to t + 1 the gate of step t + 1 multiplies.",
                lambda f: _moved(_products_from_the_end(np.vstack([f[:1], f[:-1]])), 1),
            ),
            Mistake(
                "one number is returned for each unit",
                "For each step there is a share: an array of shape (T, H).",
                lambda f: what_is_left(f)[0],
            ),
            Mistake(
                "one row is missing, that of the last step",
                "After the last step all is there: a row of ones at the end.",
                lambda f: what_is_left(f)[:-1],
            ),
        ),
    ),
    ChoiceQuestion(
        name="lstm-vanishing",
        task=(
            "A colleague says: “My network is an LSTM, so its gradients do not vanish.” All its "
            "forget gates stay near 0.5, and the loss looks at the last of 100 steps. How much of "
            "the gradient of the last cell state reaches the first one along the cell states, and "
            "why?"
        ),
        choices={
            "a": Choice(
                "All of it: the path is a sum.",
                "A sum of two terms: what is the old cell state multiplied by, in the first one?",
            ),
            "b": Choice(
                "About half of it.",
                "That is one step. How many are there on the way?",
            ),
            "c": Choice("Next to nothing."),
            "d": Choice(
                "Much more than all of it: it explodes.",
                "For that the factors on the way would have to be above 1. Can a forget gate be?",
            ),
        },
        reasons={
            1: Choice(
                "Adding has the slope 1.",
                "Adding has the slope 1, and in front of the addition something multiplies.",
            ),
            2: Choice("Each step on the way multiplies by its forget gate."),
            3: Choice(
                "Each step on the way multiplies by the recurrent weights and a slope of tanh.",
                "That is the path of a plain RNN. What stands between two cell states?",
            ),
            4: Choice(
                "The forget gate is one set of weights, and used once.",
                "The weights are one set; the gate is worked out anew at each step.",
            ),
        },
        meaning=(
            "0.5 to the power 99 is about 1e-30. The LSTM has a path on which nothing has to "
            "vanish; whether it does, the forget gates decide."
        ),
        hints=(
            "Write down how c_t moves if the cell state before moves.",
            "The factor is f_t, at each step.",
            "How large is 0.5 to the power 99?",
        ),
    ),
    Exercise(
        name="gru-step",
        reference=my_gru_step,
        cases=_gru_cases,
        meaning="One state, two gates, and what is written is what is not kept.",
        hints=(
            "Split x @ W_xh + b_h and h_prev @ W_hh in three each. r and z are sigmoids of the "
            "sums of their parts.",
            "In the candidate, r multiplies the state's part and its bias: r * (h_n + b_hn).",
            "The new state is (1 - z) times the candidate and z times the state before.",
        ),
        mistakes=(
            Mistake(
                "the reset gate multiplies the state before the product, and the bias after it",
                "In this variant the gate multiplies what comes out of h_prev @ W_hn, with b_hn.",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        x_n + (r * h_prev) @ W_n + r * b_hn
                    )
                ),
            ),
            Mistake(
                "the bias b_n is inside the bracket of the reset gate",
                "Only the recurrent part stands in the bracket: h_prev @ W_hn + b_hn.",
                _bias_in_the_bracket,
            ),
            Mistake(
                "the old state and the candidate both get z",
                "What is written is what is not kept: 1 - z for the one, z for the other.",
                _gru(mix=lambda n, z, h_prev: z * n + z * h_prev),
            ),
            Mistake(
                "the update gate resets",
                "In the candidate's bracket stands r, and z mixes at the end.",
                _gru(gates=lambda r, z: (z, z)),
            ),
            Mistake(
                "the update gate is turned round: 1 writes",
                "Here z is the share of the old state that is kept. (Some texts have it the other "
                "way.)",
                _gru(mix=lambda n, z, h_prev: z * n + (1 - z) * h_prev),
            ),
            Mistake(
                "the reset gate is applied before the product",
                "That is the other form. Here the gate multiplies h_prev @ W_hn + b_hn.",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        x_n + (r * h_prev) @ W_n + b_hn
                    )
                ),
            ),
            Mistake(
                "b_hn stands outside the reset gate",
                "The reset gate multiplies the bracket: product and bias.",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        x_n + r * (h_prev @ W_n) + b_hn
                    )
                ),
            ),
            Mistake(
                "b_hn is left out",
                "Where is b_hn in your code?",
                _gru(candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(x_n + r * (h_prev @ W_n))),
            ),
            Mistake(
                "the reset gate is left out",
                "In the candidate, what multiplies the state's part?",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(x_n + h_prev @ W_n + b_hn)
                ),
            ),
            Mistake(
                "the reset gate and b_hn are left out of the candidate",
                _ADDED_TOO_EARLY,
                _gru(candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(x_n + h_prev @ W_n)),
            ),
            Mistake(
                "the reset gate multiplies b_hn, and not the state's part",
                _ADDED_TOO_EARLY,
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        x_n + h_prev @ W_n + r * b_hn
                    )
                ),
            ),
            Mistake(
                "the reset gate multiplies the input's part too, and b_hn is left out",
                _ADDED_TOO_EARLY,
                _gru(candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(r * (x_n + h_prev @ W_n))),
            ),
            Mistake(
                "the reset gate multiplies the input's part too",
                "The input always gets in whole. The gate is for what comes from the state.",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        r * (x_n + h_prev @ W_n + b_hn)
                    )
                ),
            ),
            Mistake(
                "the two gates change places",
                "The columns are r, z, n, in this order.",
                _gru(gates=lambda r, z: (z, r)),
            ),
            *(
                Mistake(
                    f"the blocks are taken as {', '.join(order)}",
                    "The columns are r, z, n, in this order: the candidate is last.",
                    _gru_of_blocks(order),
                )
                for order in ("nrz", "rnz", "nzr", "znr")
            ),
            Mistake(
                "the candidate is the new state",
                "Of the old state the share z is kept.",
                _gru(mix=lambda n, z, h_prev: n),
            ),
            Mistake(
                "the candidate is left out of the mixture",
                "What is not kept is written anew. Where is n?",
                _gru(mix=lambda n, z, h_prev: z * h_prev),
            ),
            Mistake(
                "nothing of the old state is kept",
                "Of the old state the share z is kept.",
                _gru(mix=lambda n, z, h_prev: (1 - z) * n),
            ),
            Mistake(
                "the reset gate mixes",
                "Which gate decides how much of the old state is kept?",
                _mixed_by_the_reset_gate,
            ),
            Mistake(
                "the reset gate is applied before the product, without b_hn",
                "That is the other form. Here the gate multiplies h_prev @ W_hn + b_hn.",
                _gru(candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(x_n + (r * h_prev) @ W_n)),
            ),
            Mistake(
                "the reset gate is turned round",
                "r is the share that is let through, and 1 - r is not.",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: np.tanh(
                        x_n + (1 - r) * (h_prev @ W_n + b_hn)
                    )
                ),
            ),
            Mistake(
                "the candidate is added whole",
                "What is written is what is not kept: the two shares add up to 1.",
                _gru(mix=lambda n, z, h_prev: n + z * h_prev),
            ),
            Mistake(
                "the old state is kept whole",
                "What is kept is the share z: the two shares add up to 1.",
                _gru(mix=lambda n, z, h_prev: (1 - z) * n + h_prev),
            ),
            Mistake(
                "the state goes through tanh once more",
                "tanh is in the candidate. The mixture goes through nothing.",
                _gru(mix=lambda n, z, h_prev: np.tanh((1 - z) * n + z * h_prev)),
            ),
            Mistake(
                "the candidate goes through the sigmoid",
                "A candidate may be negative. Which curve is that?",
                _gru(
                    candidate=lambda x_n, h_prev, r, W_n, b_hn: sigmoid(
                        x_n + r * (h_prev @ W_n + b_hn)
                    )
                ),
            ),
            Mistake(
                "the candidate is not squashed",
                "Where is tanh?",
                _gru(candidate=lambda x_n, h_prev, r, W_n, b_hn: x_n + r * (h_prev @ W_n + b_hn)),
            ),
            Mistake(
                "the gates go through tanh",
                "A gate is between 0 and 1. Which curve is that?",
                _gru(gate=np.tanh),
            ),
            Mistake(
                "the gates do not read the state before",
                "A gate sees the input and the state before.",
                _gates_without_the_state,
            ),
            Mistake(
                "b_h is left out",
                "Where is b_h in your code?",
                _gru(bias=lambda b_h: 0 * b_h),
            ),
        ),
    ),
)
