"""The exercises of notebook 07."""

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


def go_on(token, h, n_tokens, W_xh, W_hh, W_hy):
    """Return the ids of the next tokens, an array of shape (n_tokens,), and the last state, (H,).

    token is the id that is read first, h the state before it is read, of shape (H,). At each time
    step the likeliest token is written, and it is what is read next. There are no biases. W_xh
    has shape (K, H), with one row for each token, W_hh (H, H), W_hy (H, K).
    """
    written = []
    for _ in range(n_tokens):
        h = np.tanh(W_xh[token] + h @ W_hh)
        token = np.argmax(h @ W_hy)
        written.append(token)
    return np.array(written), h


def with_temperature(logits, temperature):
    """Return the probabilities, of shape (K,), that the logits give at this temperature.

    logits has shape (K,). The temperature is above 0. No logit is too large for it.
    """
    raised = np.exp((logits - logits.max()) / temperature)
    return raised / raised.sum()


def mixed_bits(p, q, weight):
    """Return the bits per character of a mixture of two models: a number.

    p and q have shape (T,): what each model gave to the characters that came. The mixture
    believes the first model with this weight, and the second one with the rest.
    """
    return -np.log2(weight * p + (1 - weight) * q).mean()


# The mistakes ----------------------------------------------------------------------------------


def _written(
    token,
    h,
    n_tokens,
    W_xh,
    W_hh,
    W_hy,
    *,
    step=lambda x, h, W_hh: np.tanh(x + h @ W_hh),
    choose=lambda h, W_hy: np.argmax(h @ W_hy),
):
    """Write as `go_on` does, and return the tokens, the first one included, and all states."""
    tokens, states = [token], [h]
    for _ in range(n_tokens):
        states.append(step(W_xh[tokens[-1]], states[-1], W_hh))
        tokens.append(choose(states[-1], W_hy))
    return np.array(tokens), states


def _going_on(**changes):
    """Make a `go_on` with another step, or another choice."""

    def answer(token, h, n_tokens, W_xh, W_hh, W_hy):
        tokens, states = _written(token, h, n_tokens, W_xh, W_hh, W_hy, **changes)
        return tokens[1:], states[-1]

    return answer


def _returning(part):
    """Make a `go_on` that writes rightly, and returns something else."""

    def answer(token, h, n_tokens, W_xh, W_hh, W_hy):
        return part(*_written(token, h, n_tokens, W_xh, W_hh, W_hy))

    return answer


def _first_token_again(token, h, n_tokens, W_xh, W_hh, W_hy):
    written = []
    for _ in range(n_tokens):
        h = np.tanh(W_xh[token] + h @ W_hh)
        written.append(int(np.argmax(h @ W_hy)))
    return np.array(written), h


def _probabilities_are_read(token, h, n_tokens, W_xh, W_hh, W_hy):
    written, x = [], W_xh[token]
    for _ in range(n_tokens):
        h = np.tanh(x + h @ W_hh)
        raised = np.exp(h @ W_hy)
        x = raised / raised.sum() @ W_xh
        written.append(int(np.argmax(raised)))
    return np.array(written), h


def _logits_are_read(token, h, n_tokens, W_xh, W_hh, W_hy):
    written, x = [], W_xh[token]
    for _ in range(n_tokens):
        h = np.tanh(x + h @ W_hh)
        logits = h @ W_hy
        x = logits @ W_xh
        written.append(int(np.argmax(logits)))
    return np.array(written), h


def _chosen_before_reading(token, h, n_tokens, W_xh, W_hh, W_hy):
    written = []
    for _ in range(n_tokens):
        read = token
        token = np.argmax(h @ W_hy)
        h = np.tanh(W_xh[read] + h @ W_hh)
        written.append(token)
    return np.array(written), h


def _no_input_after_the_first(token, h, n_tokens, W_xh, W_hh, W_hy):
    h, written = np.tanh(W_xh[token] + h @ W_hh), []
    for number in range(n_tokens):
        if number:
            h = np.tanh(h @ W_hh)
        written.append(int(np.argmax(h @ W_hy)))
    return np.array(written), h


def _from_zero(token, h, n_tokens, W_xh, W_hh, W_hy):
    return go_on(token, np.zeros(len(h)), n_tokens, W_xh, W_hh, W_hy)


def _given_state_at_each_step(token, h, n_tokens, W_xh, W_hh, W_hy):
    state, written = h, []
    for _ in range(n_tokens):
        state = np.tanh(W_xh[token] + h @ W_hh)
        token = int(np.argmax(state @ W_hy))
        written.append(token)
    return np.array(written), state


def _given_state_all_along(token, h, n_tokens, W_xh, W_hh, W_hy):
    return _given_state_at_each_step(token, h, n_tokens, W_xh, W_hh, W_hy)[0], h


def _taking_for_the_token(choose):
    """Make a `go_on` that writes, and reads, something of the logits that is no token."""

    def answer(token, h, n_tokens, W_xh, W_hh, W_hy):
        written = []
        for _ in range(n_tokens):
            h = np.tanh(W_xh[token] + h @ W_hh)
            token = choose(h @ W_hy)
            written.append(token)
        return np.array(written), h

    return answer


def _numbers_and_not_places(token, h, n_tokens, W_xh, W_hh, W_hy):
    _, states = _written(token, h, n_tokens, W_xh, W_hh, W_hy)
    return np.array([(state @ W_hy).max() for state in states[1:]]), states[-1]


def _logits_are_written(token, h, n_tokens, W_xh, W_hh, W_hy):
    _, states = _written(token, h, n_tokens, W_xh, W_hh, W_hy)
    return np.array([state @ W_hy for state in states[1:]]), states[-1]


def _last_token_is_read_too(token, h, n_tokens, W_xh, W_hh, W_hy):
    tokens, states = _written(token, h, n_tokens, W_xh, W_hh, W_hy)
    return tokens[1:], np.tanh(W_xh[tokens[-1]] + states[-1] @ W_hh)


def _one_too_many(token, h, n_tokens, W_xh, W_hh, W_hy):
    tokens, states = _written(token, h, n_tokens + 1, W_xh, W_hh, W_hy)
    return tokens[1:], states[-1]


def _one_too_few(token, h, n_tokens, W_xh, W_hh, W_hy):
    tokens, states = _written(token, h, n_tokens - 1, W_xh, W_hh, W_hy)
    return tokens[1:], states[-1]


def _softmax(scaled):
    raised = np.exp(scaled - scaled.max())
    return raised / raised.sum()


def _unshifted(logits, temperature):
    raised = np.exp(logits / temperature)
    return raised / raised.sum()


def _shifted_too_late(logits, temperature):
    raised = np.exp(logits / temperature - logits.max())
    return raised / raised.sum()


def _subtracted_only_above(logits, temperature):
    return np.exp((logits - logits.max()) / temperature) / np.exp(logits / temperature).sum()


def _raised_after_softmax(logits, temperature):
    raised = _softmax(logits) ** (1 / temperature)
    return raised / raised.sum()


def _one_hot(logits, temperature):
    return np.eye(len(logits))[logits.argmax()]


def _straight(logits, temperature):
    scaled = logits / temperature
    return scaled / scaled.sum()


def _bits(p):
    return -np.log2(p)


def _mixed(p, q, weight):
    return weight * p + (1 - weight) * q


# The examples ----------------------------------------------------------------------------------


def _networks(rng, n_tokens_known, n_hidden):
    shapes = (n_tokens_known, n_hidden), (n_hidden, n_hidden), (n_hidden, n_tokens_known)
    return tuple(not_small(rng, shape, 0.5, 2, decimals=1) for shape in shapes)


def _go_on_cases(rng):
    steps = np.array([[2.0, 0.5], [0.5, -2.0], [-1.5, 1.0]])
    circle = np.array([[0.5, -1.0], [1.0, 0.5]])
    says = np.array([[-1.0, 2.0, -0.5], [0.5, 0.3, 2.0]])
    cases = [
        (0, np.array([0.5, -0.9]), 1, steps, circle, says),
        (1, np.array([-0.4, 0.8]), 4, steps, circle, says),
    ]
    for n_tokens, n_known, n_hidden in [(2, 3, 2), (3, 4, 2), (4, 3, 3), (5, 5, 2)]:
        token = int(rng.integers(n_known))
        h = not_small(rng, n_hidden, 0.3, 0.9, decimals=1)
        cases.append((token, h, n_tokens, *_networks(rng, n_known, n_hidden)))
    return cases


def _temperature_cases(rng):
    cases = [
        (np.array([1.0, 0.0]), 0.5),
        (np.array([2.0, 1.0, -1.0]), 2.0),
        (np.array([3.0, 1.0, 2.0]), 1.0),
        (np.array([1000.0, 999.0, 990.0]), 1.0),
        (np.array([900.0, 899.0]), 0.5),
        (np.array([800.0, -800.0]), 0.5),
        (np.array([800.0, 0.0]), 400.0),
        (np.array([-2000.0, -2001.0, -2000.5]), 0.8),
    ]
    for n_logits, temperature in [(2, 0.3), (3, 0.7), (4, 1.5), (4, 3.0)]:
        cases.append((not_small(rng, n_logits, 0.4, 3, decimals=1), temperature))
    return cases


def _given(rng, n_characters):
    return rng.uniform(0.02, 0.9, size=n_characters).round(2)


def _mixture_cases(rng):
    cases = [
        (np.array([0.5]), np.array([0.25]), 0.5),
        (np.array([0.5, 0.1]), np.array([0.1, 0.5]), 0.25),
        (np.array([0.25, 0.5]), np.array([0.5, 0.125]), 1.0),
        (np.array([0.25, 0.5, 0.3]), np.array([0.5, 0.125, 0.9]), 0.0),
        (np.array([0.0, 0.5]), np.array([0.2, 0.3]), 0.4),
        (np.array([0.6, 0.5]), np.array([0.2, 0.0]), 0.9),
        (np.full(300, 0.05), np.full(300, 0.06), 0.5),  # their product is too small for a float
    ]
    for n_characters, weight in [(2, 0.3), (3, 0.6), (4, 0.1), (5, 0.8)]:
        cases.append((_given(rng, n_characters), _given(rng, n_characters), weight))
    return cases


TASKS = (
    Exercise(
        name="go-on",
        reference=go_on,
        cases=_go_on_cases,
        meaning=(
            "Two things go from one time step to the next: the state, and the token that was "
            "written."
        ),
        hints=(
            "It is the loop over time again. What takes the place of x_t?",
            "In each turn: read the token, choose the next one, keep it. The state goes on, too.",
            "W_xh[token] is what a one-hot vector times W_xh gives; np.argmax chooses.",
        ),
        mistakes=(
            Mistake(
                "the state is zero before every time step",
                "Two things go on to the next time step. One of them is the state.",
                _going_on(step=lambda x, h, W_hh: np.tanh(x)),
            ),
            Mistake(
                "the state that is given stays the state before each time step",
                "The new state is the state before the next time step: give it the same name.",
                _given_state_at_each_step,
            ),
            Mistake(
                "the state that is given never changes",
                "The new state is the state before the next time step: give it the same name.",
                _given_state_all_along,
            ),
            Mistake(
                "the network begins at the state zero, and not at the one given",
                "h is the state before the first token is read.",
                _from_zero,
            ),
            Mistake(
                "the token that was given is counted as the first one written",
                "It is read, and not written: n_tokens new ones are asked for.",
                lambda token, h, n_tokens, W_xh, W_hh, W_hy: (
                    _written(token, h, n_tokens, W_xh, W_hh, W_hy)[0][:-1],
                    _written(token, h, n_tokens, W_xh, W_hh, W_hy)[1][-2],
                ),
            ),
            Mistake(
                "the state that was given is returned",
                "The last state is asked for: after the last step.",
                _returning(lambda tokens, states: (tokens[1:], states[0])),
            ),
            Mistake(
                "nothing is read at all",
                "At each step a token is read: its row of W_xh.",
                _going_on(step=lambda x, h, W_hh: np.tanh(h @ W_hh)),
            ),
            Mistake(
                "the first token is read again and again",
                "What was written last is what is read next.",
                _first_token_again,
            ),
            Mistake(
                "nothing is read after the first token",
                "The state goes on, but what was written has to be read as well.",
                _no_input_after_the_first,
            ),
            Mistake(
                "the probabilities are read, and not one token",
                "A choice is fed back: one token, with its own row of W_xh.",
                _probabilities_are_read,
            ),
            Mistake(
                "the logits are read, and not one token",
                "A choice is fed back: one token, with its own row of W_xh.",
                _logits_are_read,
            ),
            Mistake(
                "the next token is chosen before the last one is read",
                "Read, then choose: the order of the two lines matters.",
                _chosen_before_reading,
            ),
            Mistake(
                "the least likely token is chosen",
                "argmax, not argmin.",
                _going_on(choose=lambda h, W_hy: int(np.argmin(h @ W_hy))),
            ),
            Mistake(
                "the largest hidden unit is chosen",
                "The tokens are scored by the read-out, h @ W_hy.",
                _going_on(choose=lambda h, W_hy: int(np.argmax(h))),
            ),
            Mistake(
                "the sigmoid is taken in place of tanh",
                "This cell squashes with np.tanh.",
                _going_on(step=lambda x, h, W_hh: 1 / (1 + np.exp(-(x + h @ W_hh)))),
            ),
            Mistake(
                "ReLU is taken in place of tanh",
                "This cell squashes with np.tanh.",
                _going_on(step=lambda x, h, W_hh: np.maximum(x + h @ W_hh, 0)),
            ),
            Mistake(
                "tanh is left out",
                "That is the pre-activation. The state is tanh of it.",
                _going_on(step=lambda x, h, W_hh: x + h @ W_hh),
            ),
            Mistake(
                "tanh is taken of the input only",
                "The state is tanh of the sum: look at your brackets.",
                _going_on(step=lambda x, h, W_hh: np.tanh(x) + h @ W_hh),
            ),
            Mistake(
                "the state is multiplied by W_hh from the wrong side",
                "h is a row: h @ W_hh.",
                _going_on(step=lambda x, h, W_hh: np.tanh(x + W_hh @ h)),
            ),
            Mistake(
                "the old state is added, and not multiplied by W_hh",
                "The old state has a weight: W_hh.",
                _going_on(step=lambda x, h, W_hh: np.tanh(x + h)),
            ),
            Mistake(
                "W_hh acts on the new input too",
                "W_hh is for the old state only.",
                _going_on(step=lambda x, h, W_hh: np.tanh((x + h) @ W_hh)),
            ),
            Mistake(
                "the first token stands among those that were written, and one is missing",
                "Only what the network wrote: append after the choice, not before it.",
                _returning(lambda tokens, states: (tokens[:-1], states[-1])),
            ),
            Mistake(
                "the first token stands among those that were written",
                "Only what the network wrote: the first token was given.",
                _returning(lambda tokens, states: (tokens, states[-1])),
            ),
            Mistake(
                "the last token is read as well",
                "It is written, and then the loop ends: the last state is the one that wrote it.",
                _last_token_is_read_too,
            ),
            Mistake(
                "the state before the last one is returned",
                "The last state is the one that the last token was chosen with.",
                _returning(lambda tokens, states: (tokens[1:], states[-2])),
            ),
            Mistake(
                "all states are returned",
                "The tokens, and only the last state.",
                _returning(lambda tokens, states: (tokens[1:], np.array(states[1:]))),
            ),
            Mistake(
                "only the last token is returned",
                "All tokens that were written: collect them in a list.",
                _returning(lambda tokens, states: (int(tokens[-1]), states[-1])),
            ),
            Mistake(
                "the state is left out of what is returned",
                "Two results, with a comma between them.",
                _returning(lambda tokens, states: tokens[1:]),
            ),
            Mistake(
                "the two results are turned over",
                "First the tokens, then the state.",
                _returning(lambda tokens, states: (states[-1], tokens[1:])),
            ),
            Mistake(
                "the function returns after the first token",
                "Is the return inside the loop? It belongs after it.",
                _returning(lambda tokens, states: (tokens[1:2], states[1])),
            ),
            Mistake(
                "the list of tokens is made anew in each turn",
                "Make the list once, before the loop.",
                _returning(lambda tokens, states: (tokens[-1:], states[-1])),
            ),
            Mistake(
                "the largest logit is taken for the token",
                "A token is the number of a row of W_xh. np.argmax says where the largest logit "
                "is.",
                _taking_for_the_token(np.max),
            ),
            Mistake(
                "all logits together are taken for the token",
                "A token is the number of a row of W_xh: the place of the largest logit.",
                _taking_for_the_token(lambda logits: logits),
            ),
            Mistake(
                "the largest logits are written, and not which token has them",
                "np.argmax says where the largest number is.",
                _numbers_and_not_places,
            ),
            Mistake(
                "all logits are written",
                "One token a time step: the likeliest one.",
                _logits_are_written,
            ),
            Mistake(
                "the tokens are returned as a list",
                "np.array(…) makes an array of a list.",
                _returning(lambda tokens, states: (tokens[1:].tolist(), states[-1])),
            ),
            Mistake(
                "one token too many is written",
                "How many turns does your loop make?",
                _one_too_many,
            ),
            Mistake(
                "one token too few is written",
                "How many turns does your loop make?",
                _one_too_few,
            ),
        ),
    ),
    Exercise(
        name="temperature",
        reference=with_temperature,
        cases=_temperature_cases,
        meaning="At 1 it is the plain softmax. Below 1 the likely gets likelier, above 1 rarer.",
        hints=(
            "It is softmax, with one more operation. On what, and before or after np.exp?",
            "Each logit is divided by the temperature before e is raised to it.",
            "The check tries logits of 1000: take the largest away first, then divide.",
        ),
        mistakes=(
            Mistake(
                "the largest absolute value is taken away, and not the largest logit",
                "All logits may be negative: is the largest of them 0 then, after the subtraction?",
                lambda logits, temperature: _unshifted(logits - np.abs(logits).max(), temperature),
            ),
            Mistake(
                "the largest logit is not taken away before np.exp",
                "np.exp(1000) is infinite, and np.exp(-2000) is 0 for all. Subtract first.",
                _unshifted,
            ),
            Mistake(
                "the largest logit is taken away, but only after the division by the temperature",
                "It has to be divided as well: subtract first, then divide.",
                _shifted_too_late,
            ),
            Mistake(
                "the largest logit is taken away above the fraction line, and not below it",
                "Numerator and denominator need the same powers. Keep them in one array.",
                _subtracted_only_above,
            ),
            Mistake(
                "the smallest logit, or the mean, is taken away, and not the largest",
                "After that no logit should be above 0.",
                lambda logits, temperature: _unshifted(logits - logits.min(), temperature),
            ),
            Mistake(
                "the logits are multiplied by the temperature",
                "A low temperature should make the likely likelier. Multiply, or divide?",
                lambda logits, temperature: _softmax(logits * temperature),
            ),
            Mistake(
                "the temperature has no effect",
                "If all powers, or all probabilities, are divided by the same number and then by "
                "their sum, it cancels; so does a number that is taken from all logits. Where must "
                "the division be?",
                lambda logits, temperature: _softmax(logits),
            ),
            Mistake(
                "the probabilities are divided by the temperature at the end",
                "They should add up to 1. Divide the logits, before np.exp.",
                lambda logits, temperature: _softmax(logits) / temperature,
            ),
            Mistake(
                "the probabilities are raised to the power of the temperature",
                "They should add up to 1. Divide the logits, before np.exp.",
                lambda logits, temperature: _softmax(logits) ** temperature,
            ),
            Mistake(
                "the probabilities are raised to the power of one over the temperature",
                "They do not add up to 1 any more, and one as small as e^-800 is 0 for the "
                "computer. Divide the logits, before np.exp.",
                lambda logits, temperature: _softmax(logits) ** (1 / temperature),
            ),
            Mistake(
                "the temperature comes after softmax, to probabilities that may be 0",
                "A probability as small as e^-800 is 0 for the computer, and any power of it, too. "
                "Divide the logits, before np.exp.",
                _raised_after_softmax,
            ),
            Mistake(
                "the powers are divided by a sum that knows nothing of the temperature",
                "Numerator and denominator need the same powers. Keep them in one array.",
                lambda logits, temperature: (
                    np.exp((logits - logits.max()) / temperature)
                    / np.exp(logits - logits.max()).sum()
                ),
            ),
            Mistake(
                "the powers are divided by their mean",
                "Probabilities add up to 1: divide by the sum.",
                lambda logits, temperature: len(logits) * _softmax(logits / temperature),
            ),
            Mistake(
                "the logits are divided by the temperature, and the probabilities once more",
                "Once is enough: on the logits.",
                lambda logits, temperature: _softmax(logits / temperature) / temperature,
            ),
            Mistake(
                "the logits are divided by the root of the temperature",
                "By the temperature itself.",
                lambda logits, temperature: _softmax(logits / np.sqrt(temperature)),
            ),
            Mistake(
                "the probabilities are put through softmax once more",
                "Softmax is for logits, and once is enough.",
                lambda logits, temperature: _softmax(_softmax(logits) / temperature),
            ),
            Mistake(
                "the logits are divided by the square of the temperature",
                "Once is enough: is there a division in two lines?",
                lambda logits, temperature: _softmax(logits / temperature**2),
            ),
            Mistake(
                "the temperature is subtracted from the logits",
                "What is subtracted from all logits cancels. Divide.",
                lambda logits, temperature: np.exp(logits - logits.max() - temperature),
            ),
            Mistake(
                "the sign of the logits is turned",
                "Which token is the likeliest now? It should be the one with the largest logit.",
                lambda logits, temperature: _softmax(-logits / temperature),
            ),
            Mistake(
                "the powers are not divided by their sum",
                "Probabilities add up to 1.",
                lambda logits, temperature: np.exp((logits - logits.max()) / temperature),
            ),
            Mistake(
                "e is not raised to anything",
                "The logits may be negative. np.exp makes all of them positive.",
                _straight,
            ),
            Mistake(
                "powers of 2 are taken",
                "e, as np.exp has it.",
                lambda logits, temperature: _softmax(logits / temperature * np.log(2)),
            ),
            Mistake(
                "the likeliest token gets everything",
                "That is what a temperature near 0 gives.",
                _one_hot,
            ),
            Mistake(
                "the logarithms of the probabilities are returned",
                "Probabilities: undo the logarithm.",
                lambda logits, temperature: np.log(_softmax(logits / temperature)),
            ),
            Mistake(
                "the logits at this temperature are returned",
                "Probabilities: softmax is missing.",
                lambda logits, temperature: logits / temperature,
            ),
        ),
    ),
    NumberQuestion(
        name="nats-to-bits",
        task=(
            "The held-out loss of a model of characters is 1.40 nats. How many bits per character "
            "is that? (Two decimals will do.)"
        ),
        reference=lambda: round(1.40 / math.log(2), 2),
        within=0.006,
        meaning="One bit is ln 2 = 0.69 nats, so there are more bits than nats.",
        hints=(
            "How many nats does it cost to say which of two equally likely things has happened?",
            "One bit is ln 2 nats. How many of those are in 1.40?",
            "1.40 / np.log(2)",
        ),
        mistakes=(
            Mistake(
                "the nats are multiplied by ln 2",
                "One bit is less than one nat, so there must be more bits than nats.",
                lambda: 1.40 * math.log(2),
            ),
            Mistake(
                "the binary logarithm of the loss is taken",
                "The loss is a logarithm already. Only its unit changes.",
                lambda: math.log2(1.40),
            ),
            Mistake(
                "the natural logarithm of the loss is taken",
                "The loss is a logarithm already. Only its unit changes.",
                lambda: math.log(1.40),
            ),
            Mistake(
                "e is raised to the loss",
                "That is the perplexity.",
                lambda: math.exp(1.40),
            ),
            Mistake(
                "2 is raised to the loss",
                "That undoes a loss in bits. This one is in nats, and only its unit changes.",
                lambda: 2**1.40,
            ),
            Mistake(
                "nats are taken for bits",
                "A nat is a larger unit than a bit.",
                lambda: 1.40,
            ),
            Mistake(
                "the nats are divided by ln 10",
                "That gives decimal digits. A bit is one of two.",
                lambda: 1.40 / math.log(10),
            ),
            Mistake(
                "the nats are divided by 2",
                "By the logarithm of 2.",
                lambda: 1.40 / 2,
            ),
            Mistake(
                "8 bits are counted for each nat",
                "That is for bytes. How many nats does one bit cost?",
                lambda: 1.40 * 8,
            ),
        ),
    ),
    Exercise(
        name="mixed-bits",
        reference=mixed_bits,
        cases=_mixture_cases,
        meaning="The probabilities are mixed, character by character, and then the bits are taken.",
        hints=(
            "A mixture is a model too. What probability does it give to each character that came?",
            "First mix the probabilities, then take minus the binary logarithm, then the mean.",
            "weight * p + (1 - weight) * q",
        ),
        mistakes=(
            Mistake(
                "the bits of the two models are mixed, and not their probabilities",
                "First mix the probabilities. Then take the logarithm.",
                lambda p, q, weight: weight * _bits(p).mean() + (1 - weight) * _bits(q).mean(),
            ),
            Mistake(
                "the weights are the wrong way round",
                "The first model has the weight, the second one the rest.",
                lambda p, q, weight: _bits(_mixed(q, p, weight)).mean(),
            ),
            Mistake(
                "the second model gets the whole weight 1",
                "The two weights must add up to 1, or the probabilities do not.",
                lambda p, q, weight: _bits(weight * p + q).mean(),
            ),
            Mistake(
                "the brackets around 1 - weight are missing",
                "q has the rest of the weight, and the rest is a difference.",
                lambda p, q, weight: _bits(weight * p + 1 - weight * q).mean(),
            ),
            Mistake(
                "the first model gets the whole weight 1",
                "The two weights must add up to 1, or the probabilities do not.",
                lambda p, q, weight: _bits(p + (1 - weight) * q).mean(),
            ),
            Mistake(
                "both models get the whole weight 1",
                "The two weights must add up to 1, or the probabilities do not.",
                lambda p, q, weight: _bits(p + q).mean(),
            ),
            Mistake(
                "the bits of both models are averaged, each with the same weight",
                "First mix the probabilities, with the weight. Then take the logarithm.",
                lambda p, q, weight: (_bits(p).mean() + _bits(q).mean()) / 2,
            ),
            Mistake(
                "the nats of the two models are mixed, and not their probabilities",
                "First mix the probabilities. Then take the binary logarithm.",
                lambda p, q, weight: -(weight * np.log(p).mean() + (1 - weight) * np.log(q).mean()),
            ),
            Mistake(
                "at each character the worse of the two models is believed",
                "Mix with fixed weights.",
                lambda p, q, weight: _bits(np.minimum(p, q)).mean(),
            ),
            Mistake(
                "the better of the two models is taken",
                "A mixture asks both, at each character.",
                lambda p, q, weight: min(_bits(p).mean(), _bits(q).mean()),
            ),
            Mistake(
                "the probabilities are multiplied first",
                "The product of many probabilities is too small for a number of the computer. Take "
                "the logarithms first, and their mean.",
                lambda p, q, weight: -np.log2(_mixed(p, q, weight).prod()) / len(p),
            ),
            Mistake(
                "both models get the same weight",
                "Where is the weight?",
                lambda p, q, weight: _bits((p + q) / 2).mean(),
            ),
            Mistake(
                "both models get the weight that is given",
                "The second one has the rest.",
                lambda p, q, weight: _bits(weight * (p + q)).mean(),
            ),
            Mistake(
                "only the first model counts",
                "Where are q and the weight?",
                lambda p, q, weight: _bits(p).mean(),
            ),
            Mistake(
                "only the second model counts",
                "Where are p and the weight?",
                lambda p, q, weight: _bits(q).mean(),
            ),
            Mistake(
                "at each character the better of the two models is believed",
                "Nobody knows beforehand which will be the better one. Mix with fixed weights.",
                lambda p, q, weight: _bits(np.maximum(p, q)).mean(),
            ),
            Mistake(
                "the probabilities are multiplied",
                "The mixture is a sum, weight by weight.",
                lambda p, q, weight: _bits(p * q).mean(),
            ),
            Mistake(
                "the natural logarithm is taken",
                "That gives nats. Bits come from np.log2.",
                lambda p, q, weight: -np.log(_mixed(p, q, weight)).mean(),
            ),
            Mistake(
                "nats are multiplied by ln 2",
                "There are more bits than nats: divide, or take np.log2.",
                lambda p, q, weight: -np.log(_mixed(p, q, weight)).mean() * math.log(2),
            ),
            Mistake(
                "bits are divided by ln 2",
                "np.log2 gives bits already.",
                lambda p, q, weight: _bits(_mixed(p, q, weight)).mean() / math.log(2),
            ),
            Mistake(
                "the logarithm is that of the sum of the probabilities",
                "First the bits of each character, then the mean.",
                lambda p, q, weight: _bits(_mixed(p, q, weight).sum()),
            ),
            Mistake(
                "the logarithm to base 10 is taken",
                "Bits: np.log2.",
                lambda p, q, weight: -np.log10(_mixed(p, q, weight)).mean(),
            ),
            Mistake(
                "the minus is left out",
                "The logarithm of a probability is negative, and bits are not.",
                lambda p, q, weight: -_bits(_mixed(p, q, weight)).mean(),
            ),
            Mistake(
                "the bits are added up",
                "Per character: the mean.",
                lambda p, q, weight: _bits(_mixed(p, q, weight)).sum(),
            ),
            Mistake(
                "the logarithm is that of the mean probability",
                "First the bits of each character, then the mean.",
                lambda p, q, weight: _bits(_mixed(p, q, weight).mean()),
            ),
            Mistake(
                "the mean probability is returned",
                "Bits: minus the binary logarithm.",
                lambda p, q, weight: _mixed(p, q, weight).mean(),
            ),
            Mistake(
                "the bits of each character are returned",
                "One number: their mean.",
                lambda p, q, weight: _bits(_mixed(p, q, weight)),
            ),
            Mistake(
                "the perplexity is returned",
                "Bits per character: the mean itself.",
                lambda p, q, weight: 2 ** _bits(_mixed(p, q, weight)).mean(),
            ),
            Mistake(
                "the bits are weighted by the probabilities",
                "Each character that came counts once: the plain mean.",
                lambda p, q, weight: (_mixed(p, q, weight) * _bits(_mixed(p, q, weight))).mean(),
            ),
        ),
    ),
    ChoiceQuestion(
        name="what-is-read-next",
        task=(
            "In training the network has read “th”. It finds “o” the likeliest next character. The "
            "text goes on with “e”. What does the network read next, and why?"
        ),
        choices={
            "a": Choice(
                "“o”, what it found likeliest.",
                "That is what happens when it writes. What are the targets made of in training?",
            ),
            "b": Choice("“e”, what stands in the text."),
            "c": Choice(
                "Nothing: the state is all that goes on.",
                "The state goes on, but each time step has an input too.",
            ),
            "d": Choice(
                "Both, weighted with their probabilities.",
                "A one-hot input says one character. Nothing in the cell mixes two.",
            ),
        },
        reasons={
            1: Choice("The targets that follow belong to the text as it was."),
            2: Choice(
                "In a recurrent network the output is fed back.",
                "The loop of the cell is the state. What is read is chosen by us, in training "
                "otherwise than in writing.",
            ),
            3: Choice(
                "So it learns to get over its own mistakes.",
                "That would be good to learn, but reading the text does not teach it: there are no "
                "mistakes in it.",
            ),
            4: Choice(
                "Otherwise the gradient could not go back through time.",
                "The gradient goes back through the states, whatever is read.",
            ),
        },
        meaning=(
            "This is teacher forcing. After “tho” the text's next characters would be targets for "
            "another word."
        ),
        hints=(
            "What will the network be asked for at the next time step?",
            "The target after that is the character that follows “the” in the text.",
            "Which input makes that target a sensible question?",
        ),
    ),
)
"""The exercises and questions, in the order of the notebook."""
