"""The exercises of notebook 11."""

from dataclasses import dataclass, field

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def decoder_pairs(ids, end):
    """Return two arrays: what the decoder reads, and what it should write at each step.

    ids has shape (S,): the token ids of a translation. The decoder reads the id `end` first,
    and writes it last. End with `return read, written`.
    """
    return np.append(end, ids), np.append(ids, end)


def both_directions(forward, backward):
    """Return the states of a layer that reads in both directions: shape (N, T, 2 H).

    forward has shape (N, T, H): the states of the cell that reads from the first step to the
    last. backward has the same shape: the states of the other cell, in the order in which it
    read, so the last step comes first. The forward states come first in the result.
    """
    return np.concatenate([forward, backward[:, ::-1]], axis=2)


def attend(s, h):
    """Return the contexts, of shape (S, H), and the weights, of shape (S, T).

    s has shape (S, H): the states of the decoder, which ask. h has shape (T, H): the states of
    the encoder, which are looked at. The score of two states is their dot product. End with
    `return contexts, weights`.
    """
    exponentials = np.exp(s @ h.T)
    weights = exponentials / exponentials.sum(axis=1, keepdims=True)
    return weights @ h, weights


def write_greedily(step, state, end, longest):
    """Return the list of the token ids that are written, the end left out.

    step(token, state) reads a token; it returns the probabilities of the next one, of shape
    (K,), and the next state. The first token to be read is `end`. At each step the likeliest
    token is written. It is over when that is `end`, or when there are `longest` tokens.
    """
    written, token = [], end
    for _ in range(longest):
        probabilities, state = step(token, state)
        token = np.argmax(probabilities).item()
        if token == end:
            break
        written.append(token)
    return written


# The mistakes ----------------------------------------------------------------------------------


def _attending(normalise):
    """Make an `attend` that makes weights of scores in a way of its own."""

    def answer(h, memory):
        weights = normalise(h @ memory.T)
        return weights @ memory, weights

    return answer


def _softmax(scores, axis=1):
    exponentials = np.exp(scores)
    return exponentials / exponentials.sum(axis=axis, keepdims=True)


def _by_cosine(s, h):
    lengths = np.linalg.norm(s, axis=1)[:, None] * np.linalg.norm(h, axis=1)
    return _attending(lambda scores: _softmax(scores / lengths))(s, h)


def _hard(scores):
    return np.eye(scores.shape[1])[scores.argmax(axis=1)]


def _written(*, first=None, feed=True, carry=True, keep_end=False, stop=True, pick=np.argmax,
             extra=0):  # fmt: skip
    """Make a `write_greedily` that differs in one thing."""

    def answer(step, state, end, longest):
        written, token = [], end if first is None else first
        while len(written) < longest + extra:
            probabilities, after = step(token, state)
            state = after if carry else state
            chosen = int(pick(probabilities))
            token = chosen if feed else token
            if stop and chosen == end:
                return [*written, chosen] if keep_end else written
            written.append(chosen)
        return written

    return answer


def _with_the_first_end(step, state, end, longest):
    return [end, *write_greedily(step, state, end, longest)]


def _the_probabilities(step, state, end, longest):
    written, token = [], end
    while len(written) < longest:
        probabilities, state = step(token, state)
        token = int(probabilities.argmax())
        if token == end:
            break
        written.append(float(probabilities.max()))
    return written


def _at_the_first_turn(step, state, end, longest):
    return write_greedily(step, state, end, longest)[:1]


def _the_end_is_skipped(step, state, end, longest):
    written, token = [], end
    for _ in range(longest):
        probabilities, state = step(token, state)
        token = int(np.argmax(probabilities))
        if token != end:
            written.append(token)
    return written


def _ended_by_0(step, state, end, longest):
    written = _written(stop=False)(step, state, end, longest)
    return written[: written.index(0)] if 0 in written else written


def _without_a_limit(step, state, end, longest):
    written, token = [], end
    while True:
        probabilities, state = step(token, state)
        token = int(np.argmax(probabilities))
        if token == end:
            return written
        written.append(token)


# The examples ----------------------------------------------------------------------------------


def _pair_cases(rng):
    cases = [(np.array([4, 7, 5]), 2), (np.array([3]), 2), (np.array([], dtype=int), 1)]
    for n_tokens, end in [(4, 0), (5, 9)]:
        cases.append((rng.permutation(np.arange(1, 9))[:n_tokens], end))
    return cases


def _direction_cases(rng):
    return [
        (not_small(rng, shape, decimals=1), not_small(rng, shape, decimals=1))
        for shape in [(1, 2, 1), (1, 3, 2), (2, 3, 2), (3, 2, 3)]
    ]


def _attend_cases(rng):
    cases = [(np.array([[1.0, 0.0]]), np.array([[2.0, 0.0], [0.0, 2.0]]))]
    for n_asking, n_steps, n_hidden in [(1, 3, 2), (2, 3, 2), (3, 2, 4)]:
        h = not_small(rng, (n_asking, n_hidden), 0.5, 1.5, decimals=1)
        memory = not_small(rng, (n_steps, n_hidden), 0.5, 1.5, decimals=1)
        cases.append((h, memory))
    return cases


@dataclass(frozen=True)
class _Spelling:
    """A `step` whose state counts, and that has this path of tokens written, from its first on."""

    path: tuple
    n_tokens: int
    calls: list = field(default_factory=list, compare=False)

    @property
    def __name__(self):
        """What the check calls it."""
        return f"step that should spell {' '.join(map(str, self.path[1:]))}"

    def __call__(self, token, state):
        """Give the next token of the path 0.7; if it is not where it should be, another one."""
        self.calls.append(token)
        if len(self.calls) > 500:
            raise RuntimeError("step has been called 500 times: what ends your loop?")
        here, following = self.path[state % (len(self.path) - 1) :][:2]
        if token != here:
            others = [k for k in range(self.n_tokens) if k not in (following, self.path[0])]
            following = others[state % len(others)]
        probabilities = np.full(self.n_tokens, 0.3 / (self.n_tokens - 1))
        probabilities[following] = 0.7
        return probabilities, state + 1


def _writing_cases(rng):
    cases = [
        (_Spelling((2, 1, 3, 2), 4), 0, 2, 9),
        (_Spelling((2, 2), 4), 0, 2, 9),
        (_Spelling((0, 3, 1, 2, 1, 3), 4), 0, 0, 3),
    ]
    for n_written, end in [(4, 0), (3, 3)]:
        others = [token for token in range(6) if token != end]
        path = (end, *rng.permutation(others)[:n_written].tolist(), end)
        cases.append((_Spelling(path, 6), 0, end, 8))
    return cases


TASKS = (
    Exercise(
        name="decoder-pairs",
        reference=decoder_pairs,
        cases=_pair_cases,
        meaning="The decoder reads what it should have written the step before; at first the end.",
        hints=(
            "The two arrays have the same length. How much longer than ids are they?",
            "At each step the decoder reads what it should have written the step before.",
            "np.append(ids, end) has the end behind the ids.",
        ),
        mistakes=(
            Mistake(
                "the end is added to each id",
                "With an array `+` adds number by number. np.append puts one thing behind another.",
                lambda ids, end: (end + ids, ids + end),
            ),
            Mistake(
                "the two are the wrong way round",
                "First what is read, then what is written.",
                lambda ids, end: (np.append(ids, end), np.append(end, ids)),
            ),
            Mistake(
                "each token is its own target, with the end behind",
                "Then the decoder would learn to repeat what it reads. Which token is read first?",
                lambda ids, end: (np.append(ids, end), np.append(ids, end)),
            ),
            Mistake(
                "each token is its own target, with the end in front",
                "Then the decoder would learn to repeat what it reads. What is written last?",
                lambda ids, end: (np.append(end, ids), np.append(end, ids)),
            ),
            Mistake(
                "the last token of the translation is never read",
                "After it the end has to be written, so it must be read.",
                lambda ids, end: (np.append(end, ids[:-1]), ids),
            ),
            Mistake(
                "the end is read and never written",
                "How should the decoder learn to stop?",
                lambda ids, end: (np.append(end, ids), ids),
            ),
            Mistake(
                "the end is written and not read first",
                "Before the first token is written something must be read.",
                lambda ids, end: (ids, np.append(ids, end)),
            ),
            Mistake(
                "the first token is given to the decoder, and never asked for",
                "It has to write the first token too: what does it read before?",
                lambda ids, end: (ids, np.append(ids[1:], end)),
            ),
            Mistake(
                "the end is nowhere",
                "It is read first, and written last.",
                lambda ids, end: (ids, ids),
            ),
            Mistake(
                "the end stands on both sides of both",
                "It is read first, not last; and written last, not first.",
                lambda ids, end: tuple(np.concatenate([[end], ids, [end]]) for _ in range(2)),
            ),
            Mistake(
                "the decoder also reads the end that it has written",
                "After the end nothing is written, so nothing needs to be read.",
                lambda ids, end: (np.concatenate([[end], ids, [end]]), np.append(ids, end)),
            ),
            Mistake(
                "0 is taken for the end",
                "The id of the end is the second argument.",
                lambda ids, end: (np.append(0, ids), np.append(ids, 0)),
            ),
            Mistake(
                "the ids are read in the reverse order",
                "The translation is read from its beginning.",
                lambda ids, end: (np.append(end, ids[::-1]), np.append(ids, end)),
            ),
        ),
    ),
    Exercise(
        name="both-directions",
        reference=both_directions,
        cases=_direction_cases,
        meaning="At each step the two halves have read up to it: from the front, and from the end.",
        hints=(
            "Step t of the result has the state of each cell after it has read step t.",
            "The other cell read the last step first. Turn its time axis round.",
            "backward[:, ::-1] turns the time axis round; np.concatenate with axis=2 joins units.",
        ),
        mistakes=(
            Mistake(
                "the backward states are left in the order in which they were made",
                "Its first state has read the last step: to which step does it belong?",
                lambda f, b: np.concatenate([f, b], axis=2),
            ),
            Mistake(
                "the forward states are turned round, and the backward ones are not",
                "Which of the two cells read from the end?",
                lambda f, b: np.concatenate([f[:, ::-1], b], axis=2),
            ),
            Mistake(
                "both are turned round",
                "The forward states are in order already.",
                lambda f, b: np.concatenate([f, b], axis=2)[:, ::-1],
            ),
            Mistake(
                "the backward states come first",
                "The forward ones first.",
                lambda f, b: np.concatenate([b[:, ::-1], f], axis=2),
            ),
            Mistake(
                "the sequences are turned round, not the time steps",
                "(N, T, H): time is the second axis.",
                lambda f, b: np.concatenate([f, b[::-1]], axis=2),
            ),
            Mistake(
                "the units are turned round, not the time steps",
                "(N, T, H): time is the second axis.",
                lambda f, b: np.concatenate([f, b[..., ::-1]], axis=2),
            ),
            Mistake(
                "all axes are turned round",
                "Sequences and units are in order already. Only the time steps are not.",
                lambda f, b: np.concatenate([f, b[::-1, ::-1, ::-1]], axis=2),
            ),
            Mistake(
                "the two are put one after the other in time",
                "Side by side: the number of units doubles, and not that of time steps.",
                lambda f, b: np.concatenate([f, b[:, ::-1]], axis=1),
            ),
            Mistake(
                "the two are put below each other as more sequences",
                "Side by side: the number of units doubles, and not that of sequences.",
                lambda f, b: np.concatenate([f, b[:, ::-1]]),
            ),
            Mistake(
                "the states are added up",
                "Then it cannot be told any more which cell said what. Side by side.",
                lambda f, b: f + b[:, ::-1],
            ),
            Mistake(
                "the mean of the states is taken",
                "Then it cannot be told any more which cell said what. Side by side.",
                lambda f, b: (f + b[:, ::-1]) / 2,
            ),
            Mistake(
                "a new axis holds the direction",
                "Join along the units: np.concatenate, not np.stack.",
                lambda f, b: np.stack([f, b[:, ::-1]], axis=2),
            ),
        ),
    ),
    NumberQuestion(
        name="bottleneck-size",
        task=(
            "An encoder with 64 units in each direction reads a list of three dates, 40 "
            "characters. How many numbers of it does a decoder without attention get?"
        ),
        reference=lambda: 2 * 64,
        meaning="Two states of 64 numbers, the last of each direction, however long the text is.",
        hints=(
            "The decoder starts with the last state of the encoder.",
            "One last state for each direction.",
            "Twice 64.",
        ),
        mistakes=(
            Mistake(
                "all states of both directions are counted",
                "With attention the decoder can look at all of them. Without it, only the last.",
                lambda: 40 * 2 * 64,
            ),
            Mistake(
                "all states of one direction are counted",
                "Without attention only the last states are handed over; and of both directions.",
                lambda: 40 * 64,
            ),
            Mistake(
                "one direction is left out",
                "Each direction has a last state.",
                lambda: 64,
            ),
            Mistake(
                "one number for each character is counted",
                "A state has as many numbers as there are units.",
                lambda: 40,
            ),
            Mistake(
                "two numbers for each character are counted",
                "Without attention only the last states are handed over, of 64 numbers each.",
                lambda: 80,
            ),
            Mistake(
                "the states are counted, not their numbers",
                "Two states are handed over. How many numbers has each of them?",
                lambda: 2,
            ),
            Mistake(
                "three states are counted, one for each date",
                "The encoder does not know of dates: it reads characters, and hands over the end.",
                lambda: 3 * 64,
            ),
            Mistake(
                "two states are counted for each date, one for each direction",
                "The encoder does not know of dates: it reads characters, and hands over the end.",
                lambda: 3 * 2 * 64,
            ),
            Mistake(
                "two states are counted for each direction",
                "A GRU has one state. (An LSTM would hand over two of each direction, the hidden "
                "state and the cell state.)",
                lambda: 2 * 2 * 64,
            ),
        ),
    ),
    Exercise(
        name="attend",
        reference=attend,
        cases=_attend_cases,
        meaning="Each row of weights sums to 1: a context is a mean of the states looked at.",
        hints=(
            "All scores at once are one product of two matrices, of shape (S, T).",
            "The softmax of each row makes the weights. A context is then one more product.",
            "s @ h.T are the scores; with keepdims=True a sum over axis 1 divides each row.",
        ),
        mistakes=(
            Mistake(
                "the contexts are made with the scores, and not with the weights",
                "A context is a mean: the weights of a row sum to 1, the scores do not.",
                lambda s, h: (s @ h.T @ h, attend(s, h)[1]),
            ),
            Mistake(
                "the state that asks is added to its context",
                "The context is the mean of the encoder's states, and nothing else.",
                lambda s, h: (s + attend(s, h)[0], attend(s, h)[1]),
            ),
            Mistake(
                "the softmax runs over the states that ask",
                "For each state that asks, the weights over those looked at sum to 1: which axis?",
                _attending(lambda scores: _softmax(scores, axis=0)),
            ),
            Mistake(
                "the softmax runs over all pairs together",
                "One softmax for each state that asks: each row sums to 1.",
                _attending(lambda scores: _softmax(scores, axis=None)),
            ),
            Mistake(
                "the scores are taken for weights",
                "Weights are positive and sum to 1: the softmax is missing.",
                _attending(lambda scores: scores),
            ),
            Mistake(
                "the exponentials are not divided by their sum",
                "Weights sum to 1 in each row.",
                _attending(np.exp),
            ),
            Mistake(
                "the scores are divided by their sum, without an exponential",
                "Scores can be negative. What makes them positive first?",
                _attending(lambda scores: scores / scores.sum(axis=1, keepdims=True)),
            ),
            Mistake(
                "only the highest score counts",
                "A softmax, so that all states count, some more and some less.",
                _attending(_hard),
            ),
            Mistake(
                "all states count the same",
                "Where are the scores?",
                _attending(lambda scores: np.full(scores.shape, 1 / scores.shape[1])),
            ),
            Mistake(
                "each score goes through the sigmoid",
                "Those are gates, each by itself. Weights share out one whole: the softmax.",
                _attending(lambda scores: 1 / (1 + np.exp(-scores))),
            ),
            Mistake(
                "the scores have the wrong sign",
                "The higher the score, the more weight.",
                _attending(lambda scores: _softmax(-scores)),
            ),
            Mistake(
                "the scores are divided by the root of the number of units",
                "Transformers do that. Here a score is the sum of the products.",
                lambda h, memory: _attending(lambda s: _softmax(s / h.shape[1] ** 0.5))(h, memory),
            ),
            Mistake(
                "the scores are divided by the lengths of the two states",
                "That is the cosine. Here a score is the sum of the products, as it is.",
                _by_cosine,
            ),
            Mistake(
                "the weights come first and the contexts second",
                "Change the two over.",
                lambda h, memory: attend(h, memory)[::-1],
            ),
            Mistake(
                "the weights are turned on their side",
                "One row for each state that asks: (S, T).",
                lambda h, memory: (attend(h, memory)[0], attend(h, memory)[1].T),
            ),
            Mistake(
                "only the weights are returned",
                "Both: contexts and weights.",
                lambda h, memory: attend(h, memory)[1],
            ),
            Mistake(
                "only the contexts are returned",
                "Both: contexts and weights.",
                lambda h, memory: attend(h, memory)[0],
            ),
        ),
    ),
    ChoiceQuestion(
        name="why-look-back",
        task=(
            "Two translators made as many updates. The one without attention gets some of the "
            "single dates right, and no list. The one with attention gets nearly all right. "
            "What does attention change?"
        ),
        choices={
            "a": Choice(
                "The encoder can read longer texts.",
                "An encoder reads any length, with attention and without.",
            ),
            "b": Choice("What the decoder can get from the encoder grows with the text."),
            "c": Choice(
                "The state of the decoder gets larger.",
                "Here the decoder with attention had fewer units.",
            ),
            "d": Choice(
                "The model remembers the training texts better.",
                "No date of the test part was learned from.",
            ),
        },
        reasons={
            1: Choice(
                "A larger state holds more.",
                "Its size is chosen by you, attention or not. What else can the decoder reach?",
            ),
            2: Choice("Each character written comes with a mean of all states, weighted anew."),
            3: Choice(
                "The weights say which characters are important in general.",
                "They are computed anew at each step, from the state of the decoder.",
            ),
            4: Choice(
                "More weights to learn give a better fit.",
                "Here the translator with attention had fewer weights.",
            ),
        },
        meaning=(
            "Without attention everything goes through one state of fixed size. With it, each step "
            "takes what it needs from as many states as there are characters."
        ),
        hints=(
            "Think of what is handed from the encoder to the decoder, in numbers.",
            "With a text twice as long: what becomes twice as much, with and without attention?",
            "The weights are made anew at each step. From what?",
        ),
    ),
    Exercise(
        name="write-greedily",
        reference=write_greedily,
        cases=_writing_cases,
        meaning="Read, write the likeliest, read that: the loop of free running, with an end.",
        hints=(
            "It is the sampling loop of notebook 07, with the likeliest token, and a way to stop.",
            "Each turn: read the token, with the state; take the likeliest; is it the end?",
            "probabilities.argmax() is the likeliest token. Keep the state that step returns.",
        ),
        mistakes=(
            Mistake(
                "only the end token ends the loop",
                "A decoder may never find the end likeliest. What is `longest` for?",
                _without_a_limit,
            ),
            Mistake(
                "nothing is written",
                "The first token to be read is the end. Does your loop stop before it has read "
                "anything? Look for the end after step.",
                lambda step, state, end, longest: [],
            ),
            Mistake(
                "only the first token is written",
                "Is `return` inside the loop? It ends the function in the first turn.",
                _at_the_first_turn,
            ),
            Mistake(
                "0 is taken for the end",
                "The id of the end is the third argument.",
                _ended_by_0,
            ),
            Mistake(
                "the tokens are no whole numbers",
                "argmax returns a whole number, and a token id is one: leave float out.",
                lambda *case: [float(token) for token in write_greedily(*case)],
            ),
            Mistake(
                "the end that was written is kept",
                "The end is left out of the list.",
                _written(keep_end=True),
            ),
            Mistake(
                "the end that was read first is kept",
                "Only what is written belongs to the list.",
                _with_the_first_end,
            ),
            Mistake(
                "the token that was written is not read",
                "At each step the decoder reads what it has written before.",
                _written(feed=False),
            ),
            Mistake(
                "the state stays the first one",
                "step returns the next state: hand it to the next step.",
                _written(carry=False),
            ),
            Mistake(
                "neither the token nor the state goes on",
                "Both come back to step in the next turn: the token, and the new state.",
                _written(feed=False, carry=False),
            ),
            Mistake(
                "writing does not stop at the end",
                "When the likeliest token is the end, it is over.",
                _written(stop=False),
            ),
            Mistake(
                "the end is left out, and writing goes on after it",
                "When the likeliest token is the end, it is over: leave the loop.",
                _the_end_is_skipped,
            ),
            Mistake(
                "one token too many is written",
                "At most `longest` tokens.",
                _written(extra=1),
            ),
            Mistake(
                "one token too few is written",
                "Up to `longest` tokens, that many included.",
                _written(extra=-1),
            ),
            Mistake(
                "the least likely token is written",
                "argmax, not argmin.",
                _written(pick=np.argmin),
            ),
            Mistake(
                "the second likeliest token is written",
                "The likeliest: argmax.",
                _written(pick=lambda probabilities: np.argsort(probabilities)[-2]),
            ),
            Mistake(
                "token 0 is read first",
                "The first token to be read is the end, whatever its number.",
                _written(first=0),
            ),
            Mistake(
                "the probabilities are written, not the tokens",
                "argmax says which token it is, max how likely.",
                _the_probabilities,
            ),
        ),
    ),
)
