"""The exercises of notebook 02."""

import math

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)


def cosine(a, b):
    """Return the cosine of two vectors, a number from -1 to 1.

    a and b have shape (D,), and neither is all zeros.
    """
    return a @ b / (np.linalg.norm(a) * np.linalg.norm(b))


def my_context_pairs(words, window):
    """Return the pairs (centre, context) of a sentence, as a list of tuples of two words.

    `words` is a list of strings. Each word in turn is the centre; its context words are those
    up to `window` places before it, then those up to `window` places after it, in the order
    of the sentence. The same word may come twice in a sentence.
    """
    pairs = []
    for i, centre in enumerate(words):
        before = words[max(0, i - window) : i]
        after = words[i + 1 : i + 1 + window]
        pairs += [(centre, context) for context in before + after]
    return pairs


def pair_gradient(v, u, label):
    """Return d_v and d_u, the gradient of the loss of one pair: two arrays of shape (D,).

    v and u have shape (D,). The label is 1 for a pair from the text, whose loss is
    -ln σ(v·u), and 0 for a false pair, whose loss is -ln σ(-v·u). The last line reads
    `return d_v, d_u`.
    """
    error = 1 / (1 + np.exp(-(v @ u))) - label
    return error * u, error * v


def nearest_words(word, tokens, E, n):
    """Return the n words whose vectors have the largest cosines with that of `word`.

    `tokens` is a list of V words, all different, and E an array of shape (V, D) with their
    vectors in its rows. The result is a list, nearest first, without `word` itself; n is
    less than V.
    """
    row = tokens.index(word)
    cosines = E @ E[row] / np.linalg.norm(E, axis=1)
    cosines[row] = -np.inf
    return [tokens[i] for i in np.argsort(-cosines)[:n]]


def _length(a):
    return np.linalg.norm(a)


def _cosine_cases(rng):
    """Right angle, opposite and same direction by hand; then drawn ones of other lengths."""
    return [
        (np.array([4.0, 3.0]), np.array([3.0, 4.0])),
        (np.array([4.0, 3.0]), np.array([-6.0, 8.0])),
        (np.array([1.0, 2.0]), np.array([-2.0, -4.0])),
        (rng.uniform(1, 3, size=3).round(1), rng.uniform(-2, -1, size=3).round(1)),
        (rng.uniform(-3, 3, size=4).round(1), rng.uniform(0.5, 2, size=4).round(1)),
    ]


_SOME_WORDS = ["a", "dog", "bites", "the", "man", "and", "sleeps", "old"]


def _window_cases(rng):
    """No word, one word, short and long windows; a word that comes twice."""
    drawn = rng.permutation(_SOME_WORDS)[:5].tolist()
    return [
        ([], 1),
        (["dog"], 2),
        (["dog", "bites", "man"], 1),
        (["the", "dog", "bites", "the", "man"], 2),
        (["old", "dog", "old", "man"], 2),
        (drawn, 1),
        (drawn, 3),
        ([*drawn, drawn[1], drawn[0]], 2),
    ]


def _pairs_by_place(words, places):
    """Pair each word with those at the places that `places(i)` gives."""
    n = len(words)
    return [(words[i], words[j]) for i in range(n) for j in places(i) if 0 <= j < n]


def _around(i, window):
    return [j for j in range(i - window, i + window + 1) if j != i]


def _pairs_in_a_ring(words, window):
    n = len(words)
    return [
        (words[i], words[j % n])
        for i in range(n)
        for j in range(i - window, min(n, i + window + 1))
        if j != i
    ]


def _pairs_with_negative_start(words, window):
    pairs = []
    for i, centre in enumerate(words):
        before = words[i - window : i]
        after = words[i + 1 : i + 1 + window]
        pairs += [(centre, context) for context in before + after]
    return pairs


def _pairs_with_the_centre_removed(words, window, lowest=0):
    pairs = []
    for i, centre in enumerate(words):
        around = words[max(lowest, i - window) : i + window + 1]
        around.remove(centre)
        pairs += [(centre, context) for context in around]
    return pairs


def _pairs_of_some_centres(words, window, centres):
    return [
        (words[i], words[j]) for i in centres for j in _around(i, window) if 0 <= j < len(words)
    ]


def _pairs_of_other_words(words, window):
    pairs = []
    for i, centre in enumerate(words):
        for context in words[max(0, i - window) : i + window + 1]:
            if context != centre:
                pairs.append((centre, context))
    return pairs


def _pairs_of_other_words_with_negative_start(words, window):
    pairs = []
    for i, centre in enumerate(words):
        for context in words[i - window : i + window + 1]:
            if context != centre:
                pairs.append((centre, context))
    return pairs


def _pairs_without_the_word_before(words, window):
    pairs = []
    for i, centre in enumerate(words):
        around = words[max(0, i - window) : i - 1] + words[i + 1 : i + 1 + window]
        pairs += [(centre, context) for context in around]
    return pairs


def _pairs_until_place_window(words, window):
    pairs = []
    for i, centre in enumerate(words):
        around = words[max(0, i - window) : i] + words[i + 1 : window]
        pairs += [(centre, context) for context in around]
    return pairs


def _pairs_from_first_places(words, window):
    pairs = []
    for centre in words:
        i = words.index(centre)
        pairs += [(centre, words[j]) for j in _around(i, window) if 0 <= j < len(words)]
    return pairs


def _each_pair_once(words, window):
    return list(dict.fromkeys(_right_pairs(words, window)))


def _right_pairs(words, window):
    return _pairs_by_place(words, lambda i: _around(i, window))


def _sigmoid(a):
    return 1 / (1 + np.exp(-a))


def _gradient_cases(rng):
    """Both labels for the same vectors, a score of 0, and drawn vectors."""
    by_hand = np.array([1.0, 0.5]), np.array([0.5, 1.0])
    at_zero = np.array([2.0, 1.0]), np.array([-1.0, 2.0])
    cases = [(*by_hand, 1), (*by_hand, 0), (*at_zero, 1), (*at_zero, 0)]
    for size, label in [(1, 1), (3, 1), (3, 0)]:
        v = rng.choice([-1, 1], size=size) * rng.uniform(0.4, 1.5, size=size).round(1)
        u = rng.uniform(0.4, 1.5, size=size).round(1)
        cases.append((v, u, label))
    return cases


def _both(v, u, factor):
    return factor * u, factor * v


def _table_cases(rng):
    """Long and short vectors, in front of, behind and beside each other; then drawn ones.

    Two of one direction, and two of opposite ones, are alone or nearly so: their cosines are 1
    and -1 without any rounding.
    """
    by_hand = np.array([[4.0, 3.0], [3.0, 4.0], [8.0, -1.0], [-4.0, -3.0], [0.5, 0.5]])
    names = ["dog", "cat", "engine", "nobody", "pet"]
    cases = [("dog", names, by_hand, 1), ("dog", names, by_hand, 3), ("engine", names, by_hand, 2)]
    alike, opposite = (
        np.array([[0.0, 2.0], [0.0, 5.0], [3.0, 4.0]]),
        np.array([[2.0, 0.0], [-1, 0]]),
    )
    for word in ("cup", "mug"):  # one of them comes after the other, however ties are sorted
        cases.append((word, ["cup", "mug", "dog"], alike, 1))
    for word in ("hot", "cold"):
        cases.append((word, ["hot", "cold"], opposite, 1))
    long_and_short = np.array([[4.0, 0.0], [1.5, 0.5], [1.0, 2.0], [-3.0, 1.0]])
    for word in ("far", "near"):  # times its own length, a cosine may be below -2, or above
        cases.append((word, ["far", "near", "beside", "behind"], long_and_short, 3))
    for n in (1, 4):
        lengths = rng.permutation([0.5, 1.0, 2.0, 4.0, 6.0, 8.0])[:, None]
        directions = rng.normal(size=(6, 3))
        E = lengths * directions / np.linalg.norm(directions, axis=1, keepdims=True)
        words = rng.permutation(_SOME_WORDS)[:6].tolist()
        cases.append((words[int(rng.integers(6))], words, E.round(2), n))
    return cases


def _without(word, tokens, scores, n):
    """Return the n words with the largest scores, leaving one out."""
    order = [tokens[i] for i in np.argsort(-scores) if tokens[i] != word]
    return order[:n]


def _cosines(word, tokens, E):
    own = E[tokens.index(word)]
    return E @ own / (np.linalg.norm(E, axis=1) * np.linalg.norm(own))


def _falling(numbers):
    return np.argsort(-numbers)


def _rising_from_its_end(numbers):
    return np.argsort(numbers)[::-1]


def _with_a_number_for_itself(instead, cosines=_cosines, order=_falling):
    """Make a `nearest_words` that gives the word itself this number in place of its cosine."""

    def answer(word, tokens, E, n):
        numbers = cosines(word, tokens, E)
        numbers[tokens.index(word)] = instead
        return [tokens[i] for i in order(numbers)[:n]]

    return answer


def _without_the_first_place(order):
    """Make a `nearest_words` that leaves out whichever word comes first."""

    def answer(word, tokens, E, n):
        return [tokens[i] for i in order(_cosines(word, tokens, E))[1 : n + 1]]

    return answer


def _cosines_times_own_length(word, tokens, E):
    return E @ E[tokens.index(word)] / np.linalg.norm(E, axis=1)


def _with_lengths_in_a_column(word, tokens, E, n):
    row = tokens.index(word)
    cosines = E @ E[row] / np.linalg.norm(E, axis=1, keepdims=True)
    cosines[row] = -np.inf
    return [tokens[i] for i in np.argsort(-cosines)[:n]]


TASKS = (
    Exercise(
        name="cosine",
        reference=cosine,
        cases=_cosine_cases,
        meaning="The lengths are divided out: only the directions are compared.",
        hints=(
            "Two things: the dot product, and what it is divided by.",
            "np.linalg.norm(a) is the length of a. Both lengths are needed.",
            "The dot product a @ b, divided by the product of the two lengths, in parentheses.",
        ),
        mistakes=(
            Mistake(
                "the dot product is not divided by the lengths",
                "A cosine lies between -1 and 1. What is the dot product divided by?",
                lambda a, b: a @ b,
            ),
            Mistake(
                "it is divided by the length of a only",
                "Two vectors have two lengths.",
                lambda a, b: a @ b / _length(a),
            ),
            Mistake(
                "it is divided by the length of b only",
                "Two vectors have two lengths.",
                lambda a, b: a @ b / _length(b),
            ),
            Mistake(
                "the parentheses around the product of the lengths are missing",
                "Python divides by the first length, and then multiplies by the second.",
                lambda a, b: a @ b / _length(a) * _length(b),
            ),
            Mistake(
                "the lengths are added",
                "The dot product is divided by the product of the two lengths.",
                lambda a, b: a @ b / (_length(a) + _length(b)),
            ),
            Mistake(
                "the square root is left out of the lengths",
                "The length of (4, 3) is the square root of 4 * 4 + 3 * 3: it is 5, and not 25.",
                lambda a, b: a @ b / ((a @ a) * (b @ b)),
            ),
            Mistake(
                "one square root is left out: a length is squared",
                "The length of (4, 3) is the square root of 4 * 4 + 3 * 3. Both need it.",
                lambda a, b: a @ b / ((a @ a) * _length(b)),
            ),
            Mistake(
                "the numbers of each vector are added up instead of measuring its length",
                "The length of (4, 3) is 5, and not 7: np.linalg.norm.",
                lambda a, b: a @ b / (a.sum() * b.sum()),
            ),
            Mistake(
                "the sizes of the numbers are added up instead of measuring the length",
                "The length of (4, 3) is 5, and not 7: np.linalg.norm squares before it adds.",
                lambda a, b: a @ b / (abs(a).sum() * abs(b).sum()),
            ),
            Mistake(
                "len is used, which counts the numbers of a vector",
                "The length of the arrow (4, 3) is 5: np.linalg.norm(a).",
                lambda a, b: a @ b / (len(a) * len(b)),
            ),
            Mistake(
                "* is used instead of @, and nothing is added up",
                "a * b is an array. The dot product adds its numbers up: a @ b.",
                lambda a, b: a * b / (_length(a) * _length(b)),
            ),
            Mistake(
                "the products are averaged instead of added up",
                "The dot product is a sum: a @ b.",
                lambda a, b: np.mean(a * b) / (_length(a) * _length(b)),
            ),
            Mistake(
                "the length of a * b is taken",
                "Measure a and b by themselves, and multiply their lengths.",
                lambda a, b: a @ b / _length(a * b),
            ),
            Mistake(
                "the length of a + b is taken",
                "Measure a and b by themselves, and multiply their lengths.",
                lambda a, b: a @ b / _length(a + b),
            ),
            Mistake(
                "the length of a is used twice",
                "Two vectors have two lengths.",
                lambda a, b: a @ b / (_length(a) * _length(a)),
            ),
            Mistake(
                "the length of b is used twice",
                "Two vectors have two lengths.",
                lambda a, b: a @ b / (_length(b) * _length(b)),
            ),
            Mistake(
                "np.cos is taken of the dot product",
                "No np.cos is needed: dividing by the lengths gives the cosine already.",
                lambda a, b: np.cos(a @ b),
            ),
            Mistake(
                "only the first two numbers are multiplied",
                "The vectors may have more than two numbers: a @ b takes all.",
                lambda a, b: a[:2] @ b[:2] / (_length(a) * _length(b)),
            ),
            Mistake(
                "the distance of the two vectors is returned",
                "Far apart and in another direction are two things. Begin with a @ b.",
                lambda a, b: _length(a - b),
            ),
            Mistake(
                "the cosine is subtracted from 1",
                "That is called the cosine distance: 0 for the same direction. Asked is 1 there.",
                lambda a, b: 1 - cosine(a, b),
            ),
            Mistake(
                "the angle itself is returned",
                "Leave np.arccos out: asked is the cosine of the angle.",
                lambda a, b: np.arccos(np.clip(cosine(a, b), -1, 1)),
            ),
            Mistake(
                "the sign is taken away",
                "Opposite directions have the cosine -1.",
                lambda a, b: abs(cosine(a, b)),
            ),
            Mistake(
                "the sum is multiplied by the lengths",
                "The lengths are to be divided out.",
                lambda a, b: a @ b * (_length(a) * _length(b)),
            ),
        ),
    ),
    Exercise(
        name="context-pairs",
        reference=my_context_pairs,
        cases=_window_cases,
        meaning="These pairs are all that a word vector will ever learn from.",
        hints=(
            "Go through the places of the sentence. Which places are up to `window` away, and "
            "exist?",
            "A slice picks words: those before place i are words[max(0, i - window) : i].",
            "Those after it are words[i + 1 : i + 1 + window]. Pair the centre with each of both.",
        ),
        mistakes=(
            Mistake(
                "each word is paired with itself as well",
                "A word is no context of itself. Which place do you leave out?",
                lambda words, window: _pairs_by_place(
                    words, lambda i: range(i - window, i + window + 1)
                ),
            ),
            Mistake(
                "only the words after the centre are taken",
                "The window reaches to both sides.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: range(i + 1, i + window + 1)
                ),
            ),
            Mistake(
                "only the words before the centre are taken",
                "The window reaches to both sides.",
                lambda words, window: _pairs_by_place(words, lambda i: range(i - window, i)),
            ),
            Mistake(
                "a slice begins before the sentence, and is empty",
                "With a negative number Python counts from the end. What if i is less than window?",
                _pairs_with_negative_start,
            ),
            Mistake(
                "the sentence is closed to a ring",
                "Python takes place -1 for the last word. Before the first word there is none.",
                _pairs_in_a_ring,
            ),
            Mistake(
                "the sentence is closed to a ring, at both ends",
                "j % len(words) goes round: what stands before the first word, and after the last?",
                lambda words, window: [
                    (words[i], words[j % len(words)])
                    for i in range(len(words))
                    for j in _around(i, window)
                ],
            ),
            Mistake(
                "the window ends one word too early, after the centre",
                "The end of a slice or range is not part of it.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [*range(i - window, i), *range(i + 1, i + window)]
                ),
            ),
            Mistake(
                "the first word is never a context",
                "Places begin at 0.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [j for j in _around(i, window) if j != 0]
                ),
            ),
            Mistake(
                "the last word is never a context",
                "The last place is len(words) - 1, and it belongs to the sentence.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [j for j in _around(i, window) if j != len(words) - 1]
                ),
            ),
            Mistake(
                "the window ends one word too early, and the last word is never a context",
                "The end of a range is not part of it: think of i + window, and of the last place.",
                lambda words, window: _pairs_by_place(
                    words,
                    lambda i: [
                        j for j in _around(i, window) if j < min(len(words) - 1, i + window)
                    ],
                ),
            ),
            Mistake(
                "only the direct neighbours are taken",
                "Is window in your code?",
                lambda words, window: _pairs_by_place(words, lambda i: _around(i, 1)),
            ),
            Mistake(
                "the word directly before the centre is left out",
                "The end of a slice is not part of it: words[… : i] ends before the centre.",
                _pairs_without_the_word_before,
            ),
            Mistake(
                "the words after the centre begin with the centre itself",
                "The place after i is i + 1.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [*range(i - window, i), *range(i, i + window)]
                ),
            ),
            Mistake(
                "the slice after the centre ends at the place `window`",
                "The end of a slice is a place in the sentence, and no length.",
                _pairs_until_place_window,
            ),
            Mistake(
                "the window is one word too short on both sides",
                "With a window of 1 the direct neighbours belong to it.",
                lambda words, window: _pairs_by_place(words, lambda i: _around(i, window - 1)),
            ),
            Mistake(
                "the window is one word too long on both sides",
                "With a window of 1 the direct neighbours belong to it, and nothing else.",
                lambda words, window: _pairs_by_place(words, lambda i: _around(i, window + 1)),
            ),
            Mistake(
                "the window is one word too long after the centre",
                "The end of a slice is not part of it: where does yours end?",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [*range(i - window, i), *range(i + 1, i + window + 2)]
                ),
            ),
            Mistake(
                "only the words exactly `window` places away are taken",
                "Up to `window` places: the words between belong to it as well.",
                lambda words, window: _pairs_by_place(words, lambda i: [i - window, i + window]),
            ),
            Mistake(
                "the window is ignored, and all other words are taken",
                "Is window in your code?",
                lambda words, window: _pairs_by_place(words, lambda i: _around(i, len(words))),
            ),
            Mistake(
                "context and centre change places",
                "The centre comes first in each pair.",
                lambda words, window: [(b, a) for a, b in _right_pairs(words, window)],
            ),
            Mistake(
                "a slice begins before the sentence, and words like the centre are left out",
                "Two things. With a negative number Python counts from the end: what if i is less "
                "than window? And leave out the place of the centre, not its word.",
                _pairs_of_other_words_with_negative_start,
            ),
            Mistake(
                "a word is left out for being the same word as the centre",
                "Leave out the place of the centre, not its word: the same word may come again.",
                _pairs_of_other_words,
            ),
            Mistake(
                "remove takes the centre out of the words around it, where it may come twice",
                "remove takes the first word of that name. Leave out the place of the centre.",
                _pairs_with_the_centre_removed,
            ),
            Mistake(
                "remove looks for the centre in a slice that is empty",
                "With a negative number Python counts from the end. What if i is less than window?",
                lambda words, window: _pairs_with_the_centre_removed(words, window, -window),
            ),
            Mistake(
                "words.index is used, which finds the first place of a word only",
                "The same word may come twice: count the places yourself, with enumerate.",
                _pairs_from_first_places,
            ),
            Mistake(
                "repeated pairs are left out",
                "A pair that occurs twice in the text counts twice.",
                _each_pair_once,
            ),
            Mistake(
                "the words after the centre come before those in front of it",
                "In the order of the sentence: first those before the centre.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [*range(i + 1, i + window + 1), *range(i - window, i)]
                ),
            ),
            Mistake(
                "the words come by their distance, nearest first",
                "In the order of the sentence: the one furthest to the left comes first.",
                lambda words, window: _pairs_by_place(
                    words, lambda i: [j for k in range(1, window + 1) for j in (i - k, i + k)]
                ),
            ),
            Mistake(
                "each pair is followed by its mirror image",
                "First all pairs of the first centre, then those of the second.",
                lambda words, window: [
                    pair
                    for i, word in enumerate(words)
                    for other in words[i + 1 : i + window + 1]
                    for pair in [(word, other), (other, word)]
                ],
            ),
            Mistake(
                "the words before the centre come from near to far",
                "In the order of the sentence: the one furthest to the left comes first.",
                lambda words, window: _pairs_by_place(
                    words,
                    lambda i: [*range(i - 1, i - window - 1, -1), *range(i + 1, i + window + 1)],
                ),
            ),
            Mistake(
                "places are paired instead of words",
                "words[i] is the word at the place i.",
                lambda words, window: _pairs_by_place(
                    list(range(len(words))), lambda i: _around(i, window)
                ),
            ),
            Mistake(
                "the context words of a centre stay together in one list",
                "One tuple of two words for each context word.",
                lambda words, window: [
                    (w, [words[j] for j in _around(i, window) if 0 <= j < len(words)])
                    for i, w in enumerate(words)
                ],
            ),
            Mistake(
                "append puts a list of pairs into the list, for each centre",
                "append adds one thing, whatever it is; += adds the things of a list.",
                lambda words, window: [
                    [(words[i], words[j]) for j in _around(i, window) if 0 <= j < len(words)]
                    for i in range(len(words))
                ],
            ),
            Mistake(
                "each pair is a list of two words",
                "A tuple is written with round brackets: (centre, context).",
                lambda words, window: [[a, b] for a, b in _right_pairs(words, window)],
            ),
            Mistake(
                "only the first word is ever the centre",
                "Is your `return` inside the loop?",
                lambda words, window: [(words[0], word) for word in words[1 : window + 1]],
            ),
            Mistake(
                "the first word is never a centre",
                "Places begin at 0. Does your loop begin there?",
                lambda words, window: _pairs_of_some_centres(words, window, range(1, len(words))),
            ),
            Mistake(
                "the last word is never a centre",
                "The last place is len(words) - 1, and range stops before its end.",
                lambda words, window: _pairs_of_some_centres(words, window, range(len(words) - 1)),
            ),
            Mistake(
                "the first and the last word are never centres",
                "Words at the ends are centres too: where does your loop begin, and where end?",
                lambda words, window: _pairs_of_some_centres(
                    words, window, range(1, len(words) - 1)
                ),
            ),
            Mistake(
                "words without a whole window are no centres",
                "Words at the ends are centres too: their windows are cut off there.",
                lambda words, window: [
                    (words[i], words[j])
                    for i in range(window, len(words) - window)
                    for j in _around(i, window)
                ],
            ),
        ),
    ),
    NumberQuestion(
        name="pair-count",
        task="A sentence has 7 words, and the window is 2. How many pairs does it give?",
        reference=lambda: len(_right_pairs(list("abcdefg"), 2)),
        meaning=(
            "Three words in the middle have 4 neighbours each, the second and the last but one "
            "have 3, the first and the last have 2: 12 + 6 + 4."
        ),
        hints=(
            "How many context words does a word in the middle have? And the first one?",
            "Write the seven places down, with the number of context words under each.",
            "2, 3, 4, … and the same backwards from the other end.",
        ),
        mistakes=(
            Mistake(
                "the second word and the last but one are given four neighbours",
                "How many words stand to the left of the second one?",
                lambda: 5 * 4 + 2 * 2,
            ),
            Mistake(
                "the ends of the sentence are forgotten",
                "The first word has nothing to its left.",
                lambda: 7 * 4,
            ),
            Mistake(
                "two words are counted as one pair, whichever is the centre",
                "(works, as) and (as, works) are two pairs: each word is the centre once.",
                lambda: 11,
            ),
            Mistake(
                "the window is 1",
                "Up to two places to the left, and up to two to the right.",
                lambda: 12,
            ),
            Mistake(
                "each word is paired with itself as well",
                "A word is no context of itself.",
                lambda: 22 + 7,
            ),
            Mistake(
                "both are done: the ends are forgotten, and each word is paired with itself",
                "The first word has nothing to its left, and no word is its own context.",
                lambda: 7 * 5,
            ),
            Mistake(
                "the ends are forgotten, and one side only is counted",
                "The window reaches to both sides, and is cut off at the ends.",
                lambda: 7 * 2,
            ),
            Mistake(
                "only words exactly two places apart are counted",
                "Up to two places: the direct neighbours count as well.",
                lambda: 10,
            ),
            Mistake(
                "each word is paired with all others",
                "The window of 2 limits how far a pair may be apart.",
                lambda: 7 * 6,
            ),
        ),
    ),
    Exercise(
        name="pair-gradient",
        reference=pair_gradient,
        cases=_gradient_cases,
        meaning="One line for both kinds of pairs: the label says which way to pull.",
        hints=(
            "Both gradients share one number: how wrong the probability is.",
            "The probability is the sigmoid of v @ u. From it the label is subtracted.",
            "d_v is that number times u, and d_u is that number times v.",
        ),
        mistakes=(
            Mistake(
                "only d_v is returned",
                "Two gradients are asked for: return both, with a comma between them.",
                lambda v, u, label: (_sigmoid(v @ u) - label) * u,
            ),
            Mistake(
                "the sign is turned: label minus probability",
                "The gradient points uphill. For a pair from the text, which way must v·u go for "
                "the loss to rise?",
                lambda v, u, label: _both(v, u, label - _sigmoid(v @ u)),
            ),
            Mistake(
                "the label is left out",
                "How wrong is a probability of 0.9 if the label is 1? And if it is 0?",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u)),
            ),
            Mistake(
                "the label is always 1",
                "A false pair has the label 0: is `label` in your code?",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u) - 1),
            ),
            Mistake(
                "the sigmoid is left out",
                "v @ u is a score. The label is subtracted from a probability.",
                lambda v, u, label: _both(v, u, v @ u - label),
            ),
            Mistake(
                "d_v and d_u change places",
                "Moving the first number of v changes v·u by the first number of u. So what is d_v "
                "made of?",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u) - label)[::-1],
            ),
            Mistake(
                "both gradients are the error times v",
                "The slope of v·u with respect to v is u. And with respect to u?",
                lambda v, u, label: ((_sigmoid(v @ u) - label) * v,) * 2,
            ),
            Mistake(
                "both gradients are the error times u",
                "The slope of v·u with respect to u is v.",
                lambda v, u, label: ((_sigmoid(v @ u) - label) * u,) * 2,
            ),
            Mistake(
                "the sigmoid's own slope is multiplied in",
                "That would be the gradient of the squared difference. With the logarithm it "
                "cancels.",
                lambda v, u, label: _both(
                    v,
                    u,
                    (_sigmoid(v @ u) - label) * _sigmoid(v @ u) * (1 - _sigmoid(v @ u)),
                ),
            ),
            Mistake(
                "for a false pair σ(-v·u) takes the place of σ(v·u)",
                "A false pair is wrong by as much as it was believed to be a true one: which of "
                "the two is that?",
                lambda v, u, label: _both(
                    v, u, _sigmoid(v @ u) - 1 if label else _sigmoid(-(v @ u))
                ),
            ),
            Mistake(
                "the label is added",
                "A guess of 0.9 with the label 1 is nearly right: the error is small.",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u) + label),
            ),
            Mistake(
                "the labels 0 and 1 change places",
                "The label is 1 for a pair from the text.",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u) - (1 - label)),
            ),
            Mistake(
                "the label is subtracted inside the fraction",
                "Where do your parentheses close? First the sigmoid, then the label.",
                lambda v, u, label: _both(v, u, 1 / (1 + np.exp(-(v @ u)) - label)),
            ),
            Mistake(
                "the parentheses below the fraction line are missing",
                "1 / 1 + np.exp(…) is 1 plus a power: 1 / (1 + np.exp(…)).",
                lambda v, u, label: _both(v, u, 1 / 1 + np.exp(-(v @ u)) - label),
            ),
            Mistake(
                "e to the power of the score takes the place of the sigmoid",
                "A probability lies between 0 and 1.",
                lambda v, u, label: _both(v, u, np.exp(v @ u) - label),
            ),
            Mistake(
                "the label is subtracted after the multiplication",
                "First how wrong the guess is, in parentheses; then times the other vector.",
                lambda v, u, label: (_sigmoid(v @ u) * u - label, _sigmoid(v @ u) * v - label),
            ),
            Mistake(
                "the vector is multiplied by the label alone",
                "Put the difference in parentheses, and multiply it by the vector.",
                lambda v, u, label: (_sigmoid(v @ u) - label * u, _sigmoid(v @ u) - label * v),
            ),
            Mistake(
                "the sign of the score is turned in the sigmoid",
                "The sigmoid of a large score is near 1. Is yours? Count the minus "
                "signs before the score.",
                lambda v, u, label: _both(v, u, _sigmoid(-(v @ u)) - label),
            ),
            Mistake(
                "* is used instead of @ for the score",
                "The score is one number: the dot product v @ u.",
                lambda v, u, label: _both(v, u, _sigmoid(v * u) - label),
            ),
            Mistake(
                "math.exp is given an array, since * was used instead of @",
                "The score is one number: the dot product v @ u.",
                lambda v, u, label: _both(v, u, math.exp(v * u) - label),
            ),
            Mistake(
                "the other vector is left out",
                "How wrong the probability is, is one number; d_v has the shape of v.",
                lambda v, u, label: (_sigmoid(v @ u) - label,) * 2,
            ),
            Mistake(
                "the moved vectors are returned",
                "Asked is the gradient: the step comes after it.",
                lambda v, u, label: (
                    v - (_sigmoid(v @ u) - label) * u,
                    u - (_sigmoid(v @ u) - label) * v,
                ),
            ),
            Mistake(
                "d_u is worked out with a v that has been moved already",
                "Both gradients belong to the same loss, before any step.",
                lambda v, u, label: (
                    (_sigmoid(v @ u) - label) * u,
                    (_sigmoid(v @ u) - label) * (v - (_sigmoid(v @ u) - label) * u),
                ),
            ),
            Mistake(
                "the absolute value of the error is taken",
                "The sign says which way to pull: together, or apart.",
                lambda v, u, label: _both(v, u, abs(_sigmoid(v @ u) - label)),
            ),
            Mistake(
                "the label is taken for -1 where it is 0",
                "For a false pair the label is 0, and the error is the probability itself.",
                lambda v, u, label: _both(v, u, _sigmoid(v @ u) - (2 * label - 1)),
            ),
            Mistake(
                "the loss takes the place of the error",
                "Asked are slopes. How wrong is the probability: what is it minus the label?",
                lambda v, u, label: _both(
                    v, u, -np.log(_sigmoid(v @ u) if label else _sigmoid(-(v @ u)))
                ),
            ),
            Mistake(
                "the error is squared",
                "The sign is lost that way: it says which way to pull.",
                lambda v, u, label: _both(v, u, (_sigmoid(v @ u) - label) ** 2),
            ),
            Mistake(
                "everything is divided by the number of features",
                "The dot product is a sum, and no mean.",
                lambda v, u, label: _both(v, u, (_sigmoid(v @ u) - label) / len(v)),
            ),
            Mistake(
                "the cosine takes the place of the dot product",
                "The score is the dot product itself, lengths included.",
                lambda v, u, label: _both(v, u, _sigmoid(cosine(v, u)) - label),
            ),
        ),
    ),
    ChoiceQuestion(
        name="hot-and-cold",
        task=(
            "Word vectors are learned from a cookbook. *hot* and *cold* stand in the same kind of "
            "sentence: serve it hot, serve it cold, add hot water, add cold water. They are never "
            "in one window together. What is the cosine of their vectors after training, and why?"
        ),
        choices={
            "a": Choice("Near 1."),
            "b": Choice(
                "Near −1.",
                "Their meanings are opposite. But training sees no meanings: what does it see?",
            ),
            "c": Choice(
                "Near 0.",
                "0 is what two words have that have nothing to do with each other. Which pairs are "
                "the two words in?",
            ),
        },
        reasons={
            1: Choice(
                "They mean the opposite.",
                "Nobody told the model what a word means. What does it learn from?",
            ),
            2: Choice("Both are pulled towards the vectors of the same context words."),
            3: Choice(
                "They are never in one window together, so that nothing pulls at them.",
                "The score of a pair compares a centre with its context. Neither word needs the "
                "other for that: look at what stands around them.",
            ),
        },
        meaning=(
            "serve, it, add and water pull both vectors the same way. Nearness here means that two "
            "words keep the same company, and opposites do."
        ),
        hints=(
            "Write down the pairs that hot is the centre of, and those of cold.",
            "The centre vector is pulled towards the context vectors of its pairs.",
            "Two vectors that are pulled to the same places end up in the same direction.",
        ),
    ),
    Exercise(
        name="nearest-words",
        reference=nearest_words,
        cases=_table_cases,
        meaning="One product of a matrix and a vector compares a word with the whole vocabulary.",
        hints=(
            "Three steps: the cosines with all rows, their order, and the words.",
            "E @ E[row] holds the dot products with all rows; np.linalg.norm(E, axis=1) the "
            "lengths of the rows. (The length of the word's own vector changes no order.)",
            "np.argsort(-cosines) lists the rows from the largest cosine to the smallest. The word "
            "itself must not come first.",
        ),
        mistakes=(
            Mistake(
                "the word itself is among its neighbours",
                "Each word is nearest to itself: leave it out.",
                lambda word, tokens, E, n: [
                    tokens[i] for i in np.argsort(-_cosines(word, tokens, E))[:n]
                ],
            ),
            Mistake(
                "the word itself is counted, and left out only then",
                "How many words are left when the word itself has gone?",
                lambda word, tokens, E, n: [
                    tokens[i] for i in np.argsort(-_cosines(word, tokens, E))[1:n]
                ],
            ),
            Mistake(
                "dot products are compared, and not cosines",
                "A long vector has large dot products with many: divide by the lengths of the "
                "rows, one for each row. (np.linalg.norm(E) alone is one number for all of them.)",
                lambda word, tokens, E, n: _without(word, tokens, E @ E[tokens.index(word)], n),
            ),
            Mistake(
                "dot products are compared, and the word itself is among the neighbours",
                "Two things: divide by the lengths of the rows, one for each row, and leave the "
                "word itself out.",
                lambda word, tokens, E, n: [
                    tokens[i] for i in np.argsort(-(E @ E[tokens.index(word)]))[:n]
                ],
            ),
            Mistake(
                "the end of the rising order is taken as it is",
                "There the nearest comes last, and that is the word itself.",
                lambda word, tokens, E, n: [
                    tokens[i] for i in np.argsort(_cosines(word, tokens, E))[-n:]
                ],
            ),
            Mistake(
                "the word itself comes first, with n others behind it",
                "Each word is nearest to itself: leave it out.",
                lambda word, tokens, E, n: [
                    tokens[i] for i in np.argsort(-_cosines(word, tokens, E))[: n + 1]
                ],
            ),
            Mistake(
                "the word itself gets the cosine 0",
                "0 is not the smallest cosine: others may be below it.",
                _with_a_number_for_itself(0),
            ),
            Mistake(
                "the word itself gets the cosine -1",
                "Another word may point the opposite way, and have -1 too. What is below all of "
                "them?",
                _with_a_number_for_itself(-1),
            ),
            Mistake(
                "the word itself gets the cosine -1, and the rising order is read from its end",
                "Another word may point the opposite way, and have -1 too. What is below all of "
                "them?",
                _with_a_number_for_itself(-1, order=_rising_from_its_end),
            ),
            Mistake(
                "the word itself gets -1, where the word's own length is not divided out",
                "Then the numbers may be below -1. What is below all of them?",
                _with_a_number_for_itself(-1, _cosines_times_own_length),
            ),
            Mistake(
                "the word itself gets a number like -2, and its own length is not divided out",
                "Then the other numbers may be lower still. What is below all of them?",
                _with_a_number_for_itself(-2, _cosines_times_own_length),
            ),
            Mistake(
                "the first place is left out, whichever word has it",
                "Another word of the same direction may come first. Leave out the word itself, "
                "and not a place.",
                _without_the_first_place(_falling),
            ),
            Mistake(
                "the last place of the rising order is left out, whichever word has it",
                "Another word of the same direction may have it. Leave out the word itself, and "
                "not a place.",
                _without_the_first_place(_rising_from_its_end),
            ),
            Mistake(
                "the lengths stand in a column, and every product is divided by every length",
                "One length for each row, in shape (V,): leave keepdims out.",
                _with_lengths_in_a_column,
            ),
            Mistake(
                "the row of the word is deleted, so that the rows below it move up",
                "After np.delete the rows are no longer those of tokens.",
                lambda word, tokens, E, n: [
                    tokens[i]
                    for i in np.argsort(-np.delete(_cosines(word, tokens, E), tokens.index(word)))[
                        :n
                    ]
                ],
            ),
            Mistake(
                "the farthest words are returned",
                "np.argsort begins with the smallest number.",
                lambda word, tokens, E, n: _without(word, tokens, -_cosines(word, tokens, E), n),
            ),
            Mistake(
                "the nearest word comes last",
                "Nearest first.",
                lambda word, tokens, E, n: _without(word, tokens, _cosines(word, tokens, E), n)[
                    ::-1
                ],
            ),
            Mistake(
                "distances are compared, and not cosines",
                "Two vectors of one direction can be far apart. Which measure is asked for?",
                lambda word, tokens, E, n: _without(
                    word, tokens, -np.linalg.norm(E - E[tokens.index(word)], axis=1), n
                ),
            ),
            Mistake(
                "the columns of E are divided by their lengths instead of the rows",
                "The vector of a word is a row: axis=1, with keepdims=True.",
                lambda word, tokens, E, n: _without(
                    word,
                    tokens,
                    (E / np.linalg.norm(E, axis=0))
                    @ (E / np.linalg.norm(E, axis=0))[tokens.index(word)],
                    n,
                ),
            ),
            Mistake(
                "the sign is taken away from the cosines",
                "The opposite direction is as far away as can be.",
                lambda word, tokens, E, n: _without(
                    word, tokens, abs(_cosines(word, tokens, E)), n
                ),
            ),
            Mistake(
                "the rows are returned instead of their words",
                "tokens[i] is the word of row i.",
                lambda word, tokens, E, n: [
                    tokens.index(near)
                    for near in _without(word, tokens, _cosines(word, tokens, E), n)
                ],
            ),
            Mistake(
                "the cosines are returned instead of the words",
                "np.argsort gives the rows in the order of their numbers, np.sort the numbers.",
                lambda word, tokens, E, n: np.sort(_cosines(word, tokens, E))[::-1][1 : n + 1],
            ),
            Mistake(
                "the order of the cosines is used as if it were the list of words",
                "np.argsort gives numbers of rows: tokens[i] is the word of row i.",
                lambda word, tokens, E, n: np.argsort(-_cosines(word, tokens, E))[1 : n + 1],
            ),
            Mistake(
                "all words are returned",
                "Asked are n of them.",
                lambda word, tokens, E, n: _without(
                    word, tokens, _cosines(word, tokens, E), len(tokens)
                ),
            ),
            Mistake(
                "one word too many is returned",
                "How many words does your slice pick?",
                lambda word, tokens, E, n: _without(word, tokens, _cosines(word, tokens, E), n + 1),
            ),
            Mistake(
                "only one word is returned",
                "Asked is a list of n words.",
                lambda word, tokens, E, n: _without(word, tokens, _cosines(word, tokens, E), 1)[0],
            ),
            Mistake(
                "a list of pairs is returned",
                "Asked are the words alone, in order.",
                lambda word, tokens, E, n: [
                    (near, float(_cosines(word, tokens, E)[tokens.index(near)]))
                    for near in _without(word, tokens, _cosines(word, tokens, E), n)
                ],
            ),
            Mistake(
                "the first row is compared, and not the word's",
                "tokens.index(word) is the row of the word.",
                lambda word, tokens, E, n: _without(
                    word, tokens, _cosines(tokens[0], tokens, E), n
                ),
            ),
        ),
    ),
)
