"""The exercises of notebook 04."""

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def my_unroll(x, h0, W_xh, W_hh, b_h):
    """Return the states after each time step, of shape (N, T, H).

    x has shape (N, T, D), h0 (N, H), W_xh (D, H), W_hh (H, H), b_h (H,). There is at least
    one time step.
    """
    h, states = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_xh + h @ W_hh + b_h)
        states.append(h)
    return np.stack(states, axis=1)


def last_states(h, lengths):
    """Return the state of each sequence after its last real word, of shape (N, H).

    h has shape (N, T, H); lengths has shape (N,) and says how many words of each sequence are
    real. The padding is at the end, and no sequence is empty.
    """
    return np.array([h[i, length - 1] for i, length in enumerate(lengths)])


def carry_on(h_new, h_prev, is_real):
    """Return h_new where the word is real and h_prev where it is padding, of shape (N, H).

    h_new and h_prev have shape (N, H): what the cell computed, and the state before. is_real
    has shape (N,) and holds True and False.
    """
    return np.where(is_real[:, None], h_new, h_prev)


# The mistakes ----------------------------------------------------------------------------------


def _loop(
    start=lambda h0: h0,
    step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h @ W_hh + b_h),
    steps=range,
    collect=lambda states: np.stack(states, axis=1),
    read=lambda x, t: x[:, t],
):
    """Make a `my_unroll` with one of its parts replaced."""

    def answer(x, h0, W_xh, W_hh, b_h):
        h, states = start(h0), []
        for t in steps(x.shape[1]):
            h = step(read(x, t), h, h0, W_xh, W_hh, b_h)
            states.append(h)
        return collect(states)

    return answer


def _states_before(x, h0, W_xh, W_hh, b_h):
    h, states = h0, []
    for t in range(x.shape[1]):
        states.append(h)
        h = np.tanh(x[:, t] @ W_xh + h @ W_hh + b_h)
    return np.stack(states, axis=1)


def _return_in_the_loop(x, h0, W_xh, W_hh, b_h):
    h, states = h0, []
    for t in range(x.shape[1]):
        h = np.tanh(x[:, t] @ W_xh + h @ W_hh + b_h)
        states.append(h)
        return np.stack(states, axis=1)


# The examples ----------------------------------------------------------------------------------


def _loop_cases(rng):
    cases = []
    for n, n_steps, d, n_hidden in [(1, 1, 1, 1), (1, 2, 2, 2), (2, 3, 3, 2), (3, 2, 3, 2)]:
        shapes = [(n, n_steps, d), (n, n_hidden), (d, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
        cases.append(tuple(not_small(rng, shape) for shape in shapes))
    return cases


def _length_cases(rng):
    return [
        (not_small(rng, (1, 3, 1)), np.array([2])),
        (not_small(rng, (2, 3, 2)), np.array([1, 3])),
        (not_small(rng, (2, 4, 1)), np.array([2, 1])),
        (not_small(rng, (3, 3, 2)), rng.permutation([1, 2, 3])),
        (not_small(rng, (4, 4, 3)), rng.integers(1, 5, size=4)),
    ]


def _mask_cases(rng):
    def case(n, n_hidden, is_real):
        shape = n, n_hidden
        return not_small(rng, shape), not_small(rng, shape), np.array(is_real)

    return [
        case(1, 2, [True]),
        case(1, 2, [False]),
        case(2, 3, [True, False]),
        case(2, 2, [False, True]),
        case(3, 2, rng.permutation([True, False, False])),
    ]


TASKS = (
    Exercise(
        name="unroll",
        reference=my_unroll,
        cases=_loop_cases,
        meaning="That is a whole recurrent network, for any batch of any length.",
        hints=(
            "One turn of the loop is one time step of all sequences: x[:, t] is what is read.",
            "Keep the state in a name that each turn replaces, and append it to a list.",
            "The list has T arrays of shape (N, H). np.stack(…, axis=1) puts time second.",
        ),
        mistakes=(
            Mistake(
                "every time step begins from the initial state again",
                "Which state does a time step get: h0, or that of the step before?",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h0 @ W_hh + b_h)),
            ),
            Mistake(
                "the initial state is taken to be zero",
                "h0 is given, and it need not be zero.",
                _loop(start=lambda h0: 0 * h0),
            ),
            Mistake(
                "each state is written down before the word is read",
                "Which comes first in your loop, the cell or append?",
                _states_before,
            ),
            Mistake(
                "the initial state is among the states",
                "T words, T states: that before the first word is not asked for.",
                lambda x, h0, W_xh, W_hh, b_h: np.concatenate(
                    [h0[:, None], my_unroll(x, h0, W_xh, W_hh, b_h)], axis=1
                ),
            ),
            Mistake(
                "the last state only is returned",
                "All states are asked for, one for each time step.",
                _loop(collect=lambda states: states[-1]),
            ),
            Mistake(
                "time stands first, as np.array and np.stack of a list have it",
                "Batch first: (N, T, H). Which axis of np.stack is time to be?",
                _loop(collect=np.stack),
            ),
            Mistake(
                "the states of all steps are joined side by side",
                "np.concatenate makes no new axis. Which function does?",
                _loop(collect=lambda states: np.concatenate(states, axis=1)),
            ),
            Mistake(
                "the return stands in the loop",
                "Is the return indented like the loop, or like what is in it?",
                _return_in_the_loop,
            ),
            Mistake(
                "the loop goes over the sequences, not over the time steps",
                "x[t] is a sequence. x[:, t] is a time step of all sequences.",
                lambda x, h0, W_xh, W_hh, b_h: _loop(read=lambda x, t: x[t])(
                    x, h0, W_xh, W_hh, b_h
                ),
            ),
            Mistake(
                "* is used instead of @",
                "* multiplies number by number; the product of a vector and a matrix is @.",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x * W_xh + h * W_hh + b_h)),
            ),
            Mistake(
                "the number of sequences is taken for that of time steps",
                "len(x) is N. Where is T in the shape of x?",
                lambda x, *others: _loop(steps=lambda n: range(len(x)))(x, *others),
            ),
            Mistake(
                "the units stand second and time last",
                "The shape is (N, T, H): which axis of np.stack is time to be?",
                _loop(collect=lambda states: np.stack(states, axis=2)),
            ),
            Mistake(
                "reshape is used to move an axis",
                "reshape leaves the numbers in their order. np.stack(…, axis=1), or swapaxes.",
                lambda x, *others: _loop(
                    collect=lambda states: np.array(states).reshape(len(x), len(states), -1)
                )(x, *others),
            ),
            Mistake(
                "one array is appended again and again",
                "h[:] = … writes into the array that is in the list already; h = … makes another.",
                _loop(collect=lambda states: np.stack([states[-1] for _ in states], axis=1)),
            ),
            Mistake(
                "the last word is read first",
                "In which order are the words read?",
                _loop(steps=lambda n: reversed(range(n))),
            ),
            Mistake(
                "tanh is left out",
                "What turns the pre-activation into a state?",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: x @ W_xh + h @ W_hh + b_h),
            ),
            Mistake(
                "the bias is left out",
                "The cell adds up three terms.",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h @ W_hh)),
            ),
            Mistake(
                "the previous state is left out",
                "The cell adds up three terms.",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x @ W_xh + b_h)),
            ),
            Mistake(
                "W_hh is transposed",
                "With row vectors the state stands on the left: h @ W_hh.",
                _loop(step=lambda x, h, h0, W_xh, W_hh, b_h: np.tanh(x @ W_xh + h @ W_hh.T + b_h)),
            ),
            Mistake(
                "the first word is left out",
                "Python counts from 0: which is the first time step of x?",
                _loop(steps=lambda n: range(1, n)),
            ),
        ),
    ),
    NumberQuestion(
        name="parameters-unrolled",
        task=(
            "A cell with $D = 50$ features and $H = 20$ hidden units reads a text of 1,000 words. "
            "You draw it unrolled, all thousand steps of it. How many parameters (weights and "
            "biases) does the network in your drawing have? There is no read-out."
        ),
        reference=lambda: 50 * 20 + 20 * 20 + 20,
        meaning=(
            "50 · 20 numbers in W_xh, 20 · 20 in W_hh and 20 in b_h. They are drawn a thousand "
            "times, and they are there once."
        ),
        hints=(
            "A drawing with a thousand cells shows one cell a thousand times.",
            "Which arrays does the cell have, and what are their shapes?",
            "W_xh is (D, H), W_hh is (H, H), b_h is (H,).",
        ),
        mistakes=(
            Mistake(
                "every time step gets parameters of its own",
                "The same arrays serve at every step.",
                lambda: 1000 * (50 * 20 + 20 * 20 + 20),
            ),
            Mistake(
                "the recurrent weights are counted at every step",
                "W_hh serves at every step, too.",
                lambda: 50 * 20 + 1000 * 20 * 20 + 20,
            ),
            Mistake(
                "the input weights are counted at every step",
                "W_xh serves at every step, too.",
                lambda: 1000 * 50 * 20 + 20 * 20 + 20,
            ),
            Mistake(
                "the cell of this notebook is counted",
                "The question is about another cell: D = 50, H = 20.",
                lambda: 8 * 2 + 2 * 2 + 2,
            ),
            Mistake(
                "the cell of this notebook is counted a thousand times",
                "The question is about another cell, and the same arrays serve at every step.",
                lambda: 1000 * (8 * 2 + 2 * 2 + 2),
            ),
            Mistake(
                "two biases are counted, as PyTorch has them",
                "This cell has one bias.",
                lambda: 50 * 20 + 20 * 20 + 2 * 20,
            ),
            Mistake(
                "the bias gets one number for each feature",
                "b_h has one number for each hidden unit.",
                lambda: 50 * 20 + 20 * 20 + 50,
            ),
            Mistake(
                "the bias is left out",
                "b_h is a parameter, too.",
                lambda: 50 * 20 + 20 * 20,
            ),
            Mistake(
                "the recurrent weights are left out",
                "Which array leads from each state to the next?",
                lambda: 50 * 20 + 20,
            ),
            Mistake(
                "each unit has one recurrent weight, to itself",
                "Every unit hears every unit: W_hh is a square.",
                lambda: 50 * 20 + 20 + 20,
            ),
            Mistake(
                "the states are counted",
                "States are computed, not learned.",
                lambda: 1000 * 20,
            ),
            Mistake(
                "the states are counted, too",
                "States are computed, not learned.",
                lambda: 50 * 20 + 20 * 20 + 20 + 1000 * 20,
            ),
        ),
    ),
    Exercise(
        name="last-states",
        reference=last_states,
        cases=_length_cases,
        meaning="Every sequence is read to its own end, and padding has no say in it.",
        hints=(
            "A sequence of 2 words has its last state at index 1.",
            "Each row needs another time step. A loop over the sequences will do.",
            "NumPy pairs two lists of indices: h[[0, 1], [1, 5]] is h[0, 1] and h[1, 5].",
        ),
        mistakes=(
            Mistake(
                "the state at the end of the padding is taken",
                "h[:, -1] is the last time step of the longest sequence.",
                lambda h, lengths: h[:, -1],
            ),
            Mistake(
                "the time step after the last word is taken",
                "Python counts from 0: with 2 words, what is the index of the last one?",
                lambda h, lengths: h[np.arange(len(h)), lengths],
            ),
            Mistake(
                "each length counts from the end",
                "h[i, -2] is the second state from the end, padding included.",
                lambda h, lengths: h[np.arange(len(h)), -lengths],
            ),
            Mistake(
                "each length is applied to every sequence",
                "A colon in the first place takes all sequences. Which ones are meant?",
                lambda h, lengths: h[:, lengths - 1],
            ),
            Mistake(
                "the lengths are applied to every sequence, and one step too late",
                "A colon takes all sequences; and with 2 words, what is the index of the last?",
                lambda h, lengths: h[:, lengths],
            ),
            Mistake(
                "one sequence only is looked at",
                "Is the return in the loop, or is each result overwritten by the next?",
                lambda h, lengths: h[:1, lengths[0] - 1],
            ),
            Mistake(
                "the units are added up",
                "A state has H numbers, and all are asked for.",
                lambda h, lengths: last_states(h, lengths).sum(axis=1, keepdims=True),
            ),
            Mistake(
                "the lengths pick sequences, not time steps",
                "The first axis is the sequences, the second one time.",
                lambda h, lengths: h[lengths - 1, -1],
            ),
            Mistake(
                "all sequences are cut at the same length",
                "Each sequence has a length of its own.",
                lambda h, lengths: h[:, lengths.max() - 1],
            ),
            Mistake(
                "all sequences are cut at the shortest length",
                "Each sequence has a length of its own.",
                lambda h, lengths: h[:, lengths.min() - 1],
            ),
            Mistake(
                "the states of the real words are added up",
                "Of each sequence, one state is asked for: the last one.",
                lambda h, lengths: np.array(
                    [states[:length].sum(axis=0) for states, length in zip(h, lengths, strict=True)]
                ),
            ),
            Mistake(
                "the mean over the real words is taken",
                "Of each sequence, one state is asked for: the last one.",
                lambda h, lengths: np.array(
                    [
                        states[:length].mean(axis=0)
                        for states, length in zip(h, lengths, strict=True)
                    ]
                ),
            ),
            Mistake(
                "all real states are kept",
                "Of each sequence, one state is asked for: the last one.",
                lambda h, lengths: [
                    states[:length] for states, length in zip(h, lengths, strict=True)
                ],
            ),
            Mistake(
                "the first state is taken",
                "That is the state after the first word.",
                lambda h, lengths: h[:, 0],
            ),
        ),
    ),
    Exercise(
        name="carry-on",
        reference=carry_on,
        cases=_mask_cases,
        meaning="Where there is nothing to read, nothing happens. That is all a mask does.",
        hints=(
            "For each sequence either all of its numbers are new, or all are old.",
            "np.where(condition, a, b) takes from a where the condition holds, and else from b.",
            "is_real has shape (N,), the states (N, H): is_real[:, None] has shape (N, 1).",
        ),
        mistakes=(
            Mistake(
                "new and old are swapped",
                "True means that the word is real: which state then?",
                lambda h_new, h_prev, is_real: np.where(is_real[:, None], h_prev, h_new),
            ),
            Mistake(
                "the state of a padded sequence is set to zero",
                "Zero would be forgetting. The state is to stay what it was.",
                lambda h_new, h_prev, is_real: h_new * is_real[:, None],
            ),
            Mistake(
                "the mask is laid along the units",
                "is_real has one entry for each sequence. Which axis is that of the states?",
                lambda h_new, h_prev, is_real: np.where(is_real, h_new, h_prev),
            ),
            Mistake(
                "the padded sequences are left out",
                "The result has a row for each sequence, padded or not.",
                lambda h_new, h_prev, is_real: h_new[is_real],
            ),
            Mistake(
                "the old state is added to the new one",
                "Either the one or the other, not both.",
                lambda h_new, h_prev, is_real: h_new + np.where(is_real[:, None], 0, h_prev),
            ),
            Mistake(
                "the old state is added also where the word is real",
                "h_prev is to count only where the word is padding.",
                lambda h_new, h_prev, is_real: h_new * is_real[:, None] + h_prev,
            ),
            Mistake(
                "real sequences are put before padded ones",
                "Each sequence keeps its row.",
                lambda h_new, h_prev, is_real: np.concatenate([h_new[is_real], h_prev[~is_real]]),
            ),
            Mistake(
                "an if asks for one answer where there are N",
                "is_real has one entry for each sequence. Which function of NumPy chooses by rows?",
                lambda h_new, h_prev, is_real: h_new if is_real else h_prev,
            ),
            Mistake(
                "the new state is kept everywhere",
                "What is is_real for?",
                lambda h_new, h_prev, is_real: h_new.copy(),
            ),
            Mistake(
                "the old state is kept everywhere",
                "What is is_real for?",
                lambda h_new, h_prev, is_real: h_prev,
            ),
            Mistake(
                "one padded sequence stops all of them",
                "Each sequence has an entry of its own in is_real.",
                lambda h_new, h_prev, is_real: h_new if is_real.all() else h_prev,
            ),
            Mistake(
                "one real word lets all sequences go on",
                "Each sequence has an entry of its own in is_real.",
                lambda h_new, h_prev, is_real: h_new if is_real.any() else h_prev,
            ),
        ),
    ),
    ChoiceQuestion(
        name="reset-or-carry",
        task=(
            "You read two things with the same network: ten thousand short messages by different "
            "people, and a novel, cut into pieces of fifty words. What should happen to the state "
            "between two messages, and between two pieces, and why?"
        ),
        choices={
            "a": Choice(
                "Reset in both cases.",
                "Then the network meets every fiftieth word of the novel as if it were the first.",
            ),
            "b": Choice(
                "Carry over in both cases.",
                "Then what a message means to the network depends on who wrote before.",
            ),
            "c": Choice("Reset between messages, carry over between pieces."),
            "d": Choice(
                "Carry over between messages, reset between pieces.",
                "Which of the two is one sequence, and which are many?",
            ),
        },
        reasons={
            1: Choice(
                "A long state is slower to compute.",
                "The state has H numbers, whatever was read before.",
            ),
            2: Choice("The state should say what this sequence has said so far, and no other."),
            3: Choice(
                "Pieces of equal length can be read as a batch.",
                "That is about speed. What does the state know after a reset?",
            ),
        },
        meaning=(
            "A message is a sequence of its own. The pieces of a novel are one sequence, cut only "
            "so that it fits into memory."
        ),
        hints=(
            "Ask of each border: does what comes after it follow on from what came before?",
            "The cut in the novel is yours; the cut between messages is not.",
            "The state is what the network knows of this sequence so far.",
        ),
    ),
)
