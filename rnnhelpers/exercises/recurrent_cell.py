"""The exercises of notebook 03."""

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


def my_rnn_step(x, h_prev, W_xh, W_hh, b_h):
    """Return the new state, of shape (N, H).

    x has shape (N, D), h_prev (N, H), W_xh (D, H), W_hh (H, H), b_h (H,).
    """
    return np.tanh(x @ W_xh + h_prev @ W_hh + b_h)


def tanh_slope(h):
    """Return the slope of tanh at the pre-activation whose tanh is h; an array like h."""
    return 1 - h**2


def parameter_count(n_features, n_hidden, n_outputs):
    """Return the number of parameters in W_xh, W_hh, b_h, W_hy and b_y together."""
    cell = n_features * n_hidden + n_hidden * n_hidden + n_hidden
    read_out = n_hidden * n_outputs + n_outputs
    return cell + read_out


def next_word_probabilities(h, W_hy, b_y):
    """Return the softmax of the logits, of shape (N, K): each row adds up to 1.

    h has shape (N, H), W_hy (H, K), b_y (K,).
    """
    logits = h @ W_hy + b_y
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def _powers(logits, axis):
    return np.exp(logits - logits.max(axis=axis, keepdims=True))


def _rows_by_their_sums(array):
    return array / array.sum(axis=1, keepdims=True)


def _softmax(logits, axis):
    raised = _powers(logits, axis)
    return raised / raised.sum(axis=axis, keepdims=True)


def _step_cases(rng):
    """One hidden unit; one sequence; then batches of other sizes."""
    cases = []
    sizes = [(1, 1, 1), (1, 3, 2), (2, 3, 2), (2, 2, 2), (4, 2, 3)]
    for n_sequences, n_features, n_hidden in sizes:
        shapes = [
            (n_sequences, n_features), (n_sequences, n_hidden), (n_features, n_hidden),
            (n_hidden, n_hidden), (n_hidden,),
        ]  # fmt: skip
        cases.append(tuple(not_small(rng, shape, 0.4, 1) for shape in shapes))
    return cases


def _read_out_cases(rng):
    cases = []
    for n_sequences, n_hidden, n_outputs in [(1, 2, 2), (2, 2, 3), (3, 4, 5)]:
        shapes = [(n_sequences, n_hidden), (n_hidden, n_outputs), (n_outputs,)]
        cases.append(tuple(rng.uniform(-1, 1, size=shape).round(2) for shape in shapes))
    # One and two large logits in a row, and rows of different size.
    large = np.array([[1.0, -1.0], [0.1, 0.0], [1.0, 0.9]]), 2000 * np.eye(2), np.zeros(2)
    return [*cases, large]


# A time step of the notebook's cell, for a question with numbers.
_WORD, _STATE = np.array([0.4, 0.9]), np.array([-0.5, 0.25])
_W_HH, _BIAS = np.array([[0.5, -0.8], [0.6, 0.4]]), np.array([0.1, -0.2])


def _pre_activation():
    return _WORD + _STATE @ _W_HH + _BIAS


TASKS = (
    NumberQuestion(
        name="second-unit",
        task=(
            "The state before is $(-0.5, 0.25)$, and the cell of this notebook reads *works*, "
            "whose row of $W_{xh}$ is $(0.4, 0.9)$. What is the second number of the "
            "pre-activation? ($W_{hh}$ has the rows $(0.5, -0.8)$ and $(0.6, 0.4)$; the bias "
            "is $(0.1, -0.2)$.)"
        ),
        reference=lambda: _pre_activation()[1],
        within=0.005,
        meaning=(
            "It is 0.9 + (−0.5) · (−0.8) + 0.25 · 0.4 − 0.2: the word, both units of the state "
            "before through the second column of W_hh, and the bias."
        ),
        hints=(
            "Four numbers are added up: one from the word, two from the state before, one bias.",
            "The second number needs the second column of W_hh.",
            "0.9 from the word, then -0.5 times -0.8 from the first unit. Two numbers are left.",
        ),
        mistakes=(
            Mistake(
                "the row of W_hh is taken instead of the column",
                "A row vector times a matrix: the second result belongs to the second column.",
                lambda: (_WORD + _STATE @ _W_HH.T + _BIAS)[1],
            ),
            Mistake(
                "tanh is taken already",
                "The pre-activation is what goes into tanh.",
                lambda: np.tanh(_pre_activation())[1],
            ),
            Mistake(
                "the first unit is worked out",
                "That is the first number of the pre-activation. And the second?",
                lambda: _pre_activation()[0],
            ),
            Mistake(
                "the bias is left out",
                "Four numbers are added up, and one of them is the bias.",
                lambda: (_WORD + _STATE @ _W_HH)[1],
            ),
            Mistake(
                "the bias is subtracted",
                "The bias of the second unit is -0.2, and it is added.",
                lambda: (_WORD + _STATE @ _W_HH - _BIAS)[1],
            ),
            Mistake(
                "the state before is left out",
                "What comes from the state before, through W_hh?",
                lambda: (_WORD + _BIAS)[1],
            ),
            Mistake(
                "the word is left out",
                "What does the word add to the second unit?",
                lambda: (_STATE @ _W_HH + _BIAS)[1],
            ),
            Mistake(
                "the unit hears itself only",
                "Each unit hears from every unit of the state before.",
                lambda: (_WORD + _STATE * np.diag(_W_HH) + _BIAS)[1],
            ),
            Mistake(
                "the unit hears the other unit only",
                "Each unit hears from every unit of the state before, itself included.",
                lambda: (_WORD + _STATE @ (_W_HH - np.diag(np.diag(_W_HH))) + _BIAS)[1],
            ),
        ),
    ),
    Exercise(
        name="rnn-step",
        reference=my_rnn_step,
        cases=_step_cases,
        meaning="This one line is the cell of a recurrent network, for any N, D and H.",
        hints=(
            "Three terms are added: one for the input, one for the previous state, one constant. "
            "What is done to their sum?",
            "A row vector times a matrix is written x @ W_xh.",
            "np.tanh goes around all three terms, and around nothing less.",
        ),
        mistakes=(
            Mistake(
                "the previous state is left out",
                "Is h_prev in your sum?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + b_h),
            ),
            Mistake(
                "the bias is left out",
                "Three terms are added. How many are in your sum?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh),
            ),
            Mistake(
                "tanh is left out",
                "That is the pre-activation a. What turns it into a state between -1 and 1?",
                lambda x, h_prev, W_xh, W_hh, b_h: x @ W_xh + h_prev @ W_hh + b_h,
            ),
            Mistake(
                "the input is left out",
                "Is x in your sum?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(h_prev @ W_hh + b_h),
            ),
            Mistake(
                "W_hh is transposed",
                "With row vectors the state stands on the left: h_prev @ W_hh.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh.T + b_h),
            ),
            Mistake(
                "the previous state is added without its weights",
                "What is the shape of W_hh, and where is it in your sum?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev + b_h),
            ),
            Mistake(
                "tanh is taken of the input term only",
                "Where does the parenthesis of np.tanh( close?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh) + h_prev @ W_hh + b_h,
            ),
            Mistake(
                "tanh is taken of each term by itself",
                "Add up first. There is one np.tanh( around all of it.",
                lambda x, h_prev, W_xh, W_hh, b_h: (
                    np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + np.tanh(b_h)
                ),
            ),
            Mistake(
                "math.tanh is used, which takes a single number",
                "np.tanh takes whole arrays.",
                lambda x, h_prev, W_xh, W_hh, b_h: math.tanh(x @ W_xh + h_prev @ W_hh + b_h),
            ),
            Mistake(
                "W_hh stands on the left of the state",
                "States are row vectors here: h_prev @ W_hh.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + W_hh @ h_prev + b_h),
            ),
            Mistake(
                "the weights stand on the left, as with column vectors",
                "Input and state are row vectors here: x @ W_xh, and h_prev @ W_hh.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(W_xh @ x + W_hh @ h_prev + b_h),
            ),
            Mistake(
                "* is used instead of @",
                "* multiplies number by number; the product of a vector and a matrix is @.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x * W_xh + h_prev * W_hh + b_h),
            ),
            Mistake(
                "W_xh and W_hh change places",
                "xh leads from x to h, hh leads from h to h.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_hh + h_prev @ W_xh + b_h),
            ),
            Mistake(
                "W_xh and W_hh are both transposed",
                "With row vectors input and state stand on the left, and there is no .T.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh.T + h_prev @ W_hh.T + b_h),
            ),
            Mistake(
                "the bias is added twice",
                "There is one b_h for both terms.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh + 2 * b_h),
            ),
            Mistake(
                "tanh is taken of two terms by themselves, and the bias is added to that",
                "Add up first. There is one np.tanh( around all of it.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh) + np.tanh(h_prev @ W_hh) + b_h,
            ),
            Mistake(
                "tanh is taken before the state's term is added",
                "Where does the parenthesis of np.tanh( close?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + b_h) + h_prev @ W_hh,
            ),
            Mistake(
                "tanh is taken of the previous state once more",
                "h_prev has been through tanh already: it goes into the sum as it is.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + np.tanh(h_prev) @ W_hh + b_h),
            ),
            Mistake(
                "negative numbers are set to 0 (ReLU) instead of tanh",
                "The cell of this course squashes with tanh: its states can be negative.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.maximum(x @ W_xh + h_prev @ W_hh + b_h, 0),
            ),
            Mistake(
                "W_xh is transposed",
                "With row vectors the input stands on the left: x @ W_xh, and no .T.",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh.T + h_prev @ W_hh + b_h),
            ),
            Mistake(
                "tanh is taken before the bias is added",
                "Where does the parenthesis of np.tanh( close?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh) + b_h,
            ),
            Mistake(
                "the sigmoid is used instead of tanh",
                "States of tanh lie between -1 and 1, those of the sigmoid between 0 and 1.",
                lambda x, h_prev, W_xh, W_hh, b_h: _sigmoid(x @ W_xh + h_prev @ W_hh + b_h),
            ),
            Mistake(
                "the bias is subtracted",
                "Which sign does b_h have in the equation?",
                lambda x, h_prev, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h_prev @ W_hh - b_h),
            ),
        ),
    ),
    Exercise(
        name="parameter-count",
        reference=parameter_count,
        cases=lambda rng: [
            (1, 1, 1),
            (6, 2, 6),
            (3, 5, 4),
            (50, 100, 10),
            tuple(rng.integers(2, 20, size=3).tolist()),
        ],
        meaning="T is in none of it: a longer sentence needs no more parameters.",
        hints=(
            "Add the sizes of W_xh, W_hh, b_h, W_hy and b_y.",
            "A matrix of shape (D, H) has D * H numbers. What shape does each of the five have?",
            "W_xh (D, H), W_hh (H, H), b_h (H,), W_hy (H, K), b_y (K,).",
        ),
        mistakes=(
            Mistake(
                "the biases are left out",
                "b_h and b_y are learned too.",
                lambda D, H, K: D * H + H * H + H * K,
            ),
            Mistake(
                "the recurrent weights are left out",
                "Which array leads from each hidden unit to each hidden unit?",
                lambda D, H, K: D * H + H + H * K + K,
            ),
            Mistake(
                "the read-out is left out",
                "W_hy and b_y turn the state into an output: they are parameters too.",
                lambda D, H, K: D * H + H * H + H,
            ),
            Mistake(
                "only the output bias is left out",
                "The read-out has a bias as well.",
                lambda D, H, K: D * H + H * H + H + H * K,
            ),
            Mistake(
                "only the hidden bias is left out",
                "The cell has a bias as well.",
                lambda D, H, K: D * H + H * H + H * K + K,
            ),
            Mistake(
                "each bias is counted as one number",
                "b_h has one number for each hidden unit, b_y one for each output.",
                lambda D, H, K: D * H + H * H + 1 + H * K + 1,
            ),
            Mistake(
                "the input weights are left out",
                "Which array leads from the features to the hidden units?",
                lambda D, H, K: H * H + H + H * K + K,
            ),
            Mistake(
                "the output weights are left out",
                "Which array leads from the hidden units to the outputs?",
                lambda D, H, K: D * H + H * H + H + K,
            ),
            Mistake(
                "each unit has one recurrent weight, to itself",
                "Every unit hears every unit: W_hh is a square, of shape (H, H).",
                lambda D, H, K: D * H + H + H + H * K + K,
            ),
            Mistake(
                "^ is written for a power",
                "In Python a power is **; ^ does something else, to the bits of whole numbers.",
                lambda D, H, K: D * H + H ^ 2 + H + H * K + K,
            ),
            Mistake(
                "the sides of the matrices are added and not multiplied",
                "A matrix of shape (2, 3) has 6 numbers, and not 5.",
                lambda D, H, K: (D + H) + (H + H) + H + (H + K) + K,
            ),
            Mistake(
                "the three numbers are added",
                "They are sizes of arrays: a matrix of shape (D, H) has D times H numbers.",
                lambda D, H, K: D + H + K,
            ),
            Mistake(
                "there are two hidden biases",
                "That is how PyTorch counts, which keeps two. Here there is one b_h.",
                lambda D, H, K: D * H + H * H + 2 * H + H * K + K,
            ),
            Mistake(
                "the read-out is taken from the input",
                "W_hy leads from the hidden units, and not from the features, to the outputs.",
                lambda D, H, K: D * H + H * H + H + D * K + K,
            ),
        ),
    ),
    Exercise(
        name="tanh-slope",
        reference=tanh_slope,
        cases=lambda rng: [
            (np.array([0.5]),),
            (np.array([0.0, -0.9]),),
            (np.tanh(rng.normal(size=(2, 3))).round(2),),
        ],
        meaning="The slope costs one multiplication, since the state is there already.",
        hints=(
            "h is tanh(a) already. Write the derivative of tanh with tanh in it.",
            "The derivative of tanh(a) is 1 - tanh(a)**2.",
            "And tanh(a) is h.",
        ),
        mistakes=(
            Mistake(
                "h is treated as the pre-activation, so that tanh is taken a second time",
                "h is the tanh of the pre-activation already: write tanh(a) squared with h.",
                lambda h: 1 - np.tanh(h) ** 2,
            ),
            Mistake(
                "math.tanh is used, which takes a single number",
                "h may be an array. And h is the tanh already: no tanh is needed.",
                lambda h: 1 - math.tanh(h) ** 2,
            ),
            Mistake(
                "the slope of the sigmoid is used",
                "h (1 - h) belongs to the sigmoid. What is the derivative of tanh?",
                lambda h: h * (1 - h),
            ),
            Mistake(
                "the square is left out",
                "At h = -0.9 your slope is 1.9; tanh is nowhere steeper than 1.",
                lambda h: 1 - h,
            ),
            Mistake(
                "h**2 is not subtracted from 1",
                "At h = 0, in the middle, tanh is steepest: the slope there is 1, not 0.",
                lambda h: h**2,
            ),
            Mistake(
                "the sign is turned",
                "tanh rises everywhere: its slope is never below 0.",
                lambda h: h**2 - 1,
            ),
            Mistake(
                "^ is written for a power",
                "In Python a power is **; ^ does something else, to the bits of whole numbers.",
                lambda h: 1 - h ^ 2,
            ),
            Mistake(
                "the difference is squared, and not h",
                "Where do your parentheses stand? Only h is squared.",
                lambda h: (1 - h) ** 2,
            ),
            Mistake(
                "h**2 is added",
                "tanh is nowhere steeper than 1.",
                lambda h: 1 + h**2,
            ),
            Mistake(
                "tanh is taken of h, and no slope",
                "h is a tanh already. What is the derivative of tanh?",
                lambda h: np.tanh(h),
            ),
            Mistake(
                "h is doubled instead of squared",
                "In Python, squared is **2.",
                lambda h: 1 - h * 2,
            ),
        ),
    ),
    ChoiceQuestion(
        name="saturated-unit",
        task=(
            "A hidden unit has the state 0.999, and training wants another one from it. How fast "
            "do its weights learn, and why?"
        ),
        choices={
            "a": Choice(
                "Fast.",
                "A state of 0.999 is the height of the curve. Learning asks for its slope: how "
                "much does the state move when the pre-activation does?",
            ),
            "b": Choice("Slowly."),
            "c": Choice(
                "As fast as at any other state.",
                "The slope of tanh is not the same everywhere: 1 in the middle, and at 0.999?",
            ),
        },
        reasons={
            1: Choice(
                "The state cannot become larger than 1.",
                "That is so, but it would only keep the state from rising. Going down is as slow: "
                "what is small in both directions?",
            ),
            2: Choice(
                "The weights of a state near 1 are as large as they can be.",
                "tanh bounds the state, and nothing bounds the weights.",
            ),
            3: Choice("The slope of tanh there is about 0.002."),
        },
        meaning=(
            "1 − 0.999² is 0.002: the unit is saturated, and what training asks of it comes "
            "through at a five-hundredth."
        ),
        hints=(
            "Which of the two is meant by reacting: the height of the curve, or its slope?",
            "The slope is 1 - h**2. What is it at h = 0.999?",
            "A small slope makes every change small, up or down.",
        ),
    ),
    Exercise(
        name="next-word-probabilities",
        reference=next_word_probabilities,
        cases=_read_out_cases,
        meaning="From a state of H numbers to K probabilities: the output is not the state.",
        hints=(
            "Two lines: the logits h W_hy + b_y, and their softmax.",
            "Softmax: e to the power of each logit, divided by the sum over the K outputs of the "
            "same sequence (axis=1, keepdims=True).",
            "Subtract logits.max(axis=1, keepdims=True) from the logits first: it changes nothing "
            "in the result, and keeps np.exp from overflowing.",
        ),
        mistakes=(
            Mistake(
                "the softmax is left out",
                "Those are the logits: they can be negative, and do not add up to 1.",
                lambda h, W_hy, b_y: h @ W_hy + b_y,
            ),
            Mistake(
                "the softmax goes over the sequences",
                "Each row, which is one sequence, should add up to 1: axis=1.",
                lambda h, W_hy, b_y: _softmax(h @ W_hy + b_y, axis=0),
            ),
            Mistake(
                "the softmax goes over the whole batch",
                "Each row should add up to 1 by itself: axis=1, keepdims=True.",
                lambda h, W_hy, b_y: _softmax(h @ W_hy + b_y, axis=None),
            ),
            Mistake(
                "the bias is left out",
                "Is b_y in your logits?",
                lambda h, W_hy, b_y: _softmax(h @ W_hy, axis=1),
            ),
            Mistake(
                "np.exp overflows at large logits",
                "Subtract each row's largest logit before np.exp: the result stays the same.",
                lambda h, W_hy, b_y: _rows_by_their_sums(np.exp(h @ W_hy + b_y)),
            ),
            Mistake(
                "the softmax goes over the whole batch, and np.exp overflows",
                "Two things: each row should add up to 1 by itself (axis=1, keepdims=True), and "
                "large logits need their row's largest subtracted before np.exp.",
                lambda h, W_hy, b_y: np.exp(h @ W_hy + b_y) / np.exp(h @ W_hy + b_y).sum(),
            ),
            Mistake(
                "the softmax goes over the sequences, and np.exp overflows",
                "Two things: each row, not each column, should add up to 1 (axis=1), and large "
                "logits need their row's largest subtracted before np.exp.",
                lambda h, W_hy, b_y: np.exp(h @ W_hy + b_y) / np.exp(h @ W_hy + b_y).sum(axis=0),
            ),
            Mistake(
                "the division by the sum is left out, and np.exp overflows",
                "Each row should add up to 1.",
                lambda h, W_hy, b_y: np.exp(h @ W_hy + b_y),
            ),
            Mistake(
                "each row loses its largest logit, and the sum goes over the sequences",
                "Each row should add up to 1: over which axis do you add up?",
                lambda h, W_hy, b_y: (
                    _powers(h @ W_hy + b_y, axis=1) / _powers(h @ W_hy + b_y, axis=1).sum(axis=0)
                ),
            ),
            Mistake(
                "the logarithm of the softmax is returned",
                "Probabilities lie between 0 and 1: leave the logarithm out.",
                lambda h, W_hy, b_y: np.log(_softmax(h @ W_hy + b_y, axis=1)),
            ),
            Mistake(
                "W_hy stands on the left of the state",
                "States are row vectors here: h @ W_hy.",
                lambda h, W_hy, b_y: _softmax(W_hy @ h + b_y, axis=1),
            ),
            Mistake(
                "math.exp is used, which takes a single number",
                "np.exp takes whole arrays.",
                lambda h, W_hy, b_y: math.exp(h @ W_hy + b_y),
            ),
            Mistake(
                "both the softmax and the bias are left out",
                "That is a part of the logits: add b_y, and then take the softmax.",
                lambda h, W_hy, b_y: h @ W_hy,
            ),
            Mistake(
                "the largest logit of the whole batch is subtracted",
                "A row of small logits then underflows to 0 / 0: take each row's own maximum.",
                lambda h, W_hy, b_y: _rows_by_their_sums(_powers(h @ W_hy + b_y, axis=None)),
            ),
            Mistake(
                "keepdims=True is left out",
                "Sums and maxima have shape (N,) then, and do not meet the rows of (N, K).",
                lambda h, W_hy, b_y: (
                    _powers(h @ W_hy + b_y, axis=1) / _powers(h @ W_hy + b_y, axis=1).sum(axis=1)
                ),
            ),
            Mistake(
                "the division by the sum is left out",
                "Each row should add up to 1.",
                lambda h, W_hy, b_y: _powers(h @ W_hy + b_y, axis=1),
            ),
            Mistake(
                "the largest logit is subtracted above the line only",
                "Numerator and denominator must both be powers of the shifted logits.",
                lambda h, W_hy, b_y: (
                    _powers(h @ W_hy + b_y, axis=1)
                    / np.exp(h @ W_hy + b_y).sum(axis=1, keepdims=True)
                ),
            ),
            Mistake(
                "each output gets a sigmoid of its own",
                "The probabilities of a row have to share the 1 among them: softmax.",
                lambda h, W_hy, b_y: _sigmoid(h @ W_hy + b_y),
            ),
            Mistake(
                "the logits are divided by their sum",
                "Softmax raises e to each logit first, which makes them all positive.",
                lambda h, W_hy, b_y: (h @ W_hy + b_y) / (h @ W_hy + b_y).sum(axis=1, keepdims=True),
            ),
            Mistake(
                "tanh is taken of the logits",
                "The state has been through tanh already; the logits go into softmax.",
                lambda h, W_hy, b_y: _softmax(np.tanh(h @ W_hy + b_y), axis=1),
            ),
        ),
    ),
)
