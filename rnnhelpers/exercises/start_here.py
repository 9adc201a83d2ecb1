"""The exercises of notebook 00."""

from functools import reduce

from rnnhelpers.exercises.tasks import Choice, ChoiceQuestion, Exercise, Mistake


def words_in_order(sentence):
    """Return the words of `sentence` as a list, in order.

    A full stop at the end of the sentence, if there is one, is left out. An empty sentence
    has no words.
    """
    return sentence.rstrip(".").split()


def batch_shape(sentences, n_features):
    """Return the shape of the batch as a tuple of three whole numbers.

    `sentences` is a list of sentences, each a list of words, each as long as the others.
    Each word becomes `n_features` numbers.
    """
    n_sequences = len(sentences)
    n_steps = len(sentences[0])
    return n_sequences, n_steps, n_features


def states_while_reading(words, respond, start):
    """Return the list of the states after each word; the state before the first is `start`.

    The new state is `respond(word, state)`.
    """
    states = []
    state = start
    for word in words:
        state = respond(word, state)
        states.append(state)
    return states


WORDS = ("Chetan", "works", "as", "an", "engineer", "the", "dog", "bites", "man", "v1.2")


def _draw_words(rng, n_words):
    return [WORDS[i] for i in rng.integers(len(WORDS), size=n_words)]


def _draw_sentence(rng):
    return " ".join(_draw_words(rng, rng.integers(2, 6))) + ("." if rng.random() < 0.5 else "")


def _draw_batch(rng):
    n_sequences, n_steps = rng.integers(1, 5, size=2)
    return [_draw_words(rng, n_steps) for _ in range(n_sequences)]


def first_letters(word, state):
    """Add the first letter of the word to the state, a string."""
    return state + word[0]


def half_forget(word, state):
    """Keep half of the state, a number, and add the length of the word."""
    return 0.5 * state + len(word)


def _returned_in_the_first_round(words, respond, start):
    for word in words:
        return [respond(word, start)]


def _returned_with_the_first_word(sentence):
    for word in words_in_order(sentence):
        return [word]


def _append_behind_the_loop(words, respond, start):
    states = []
    state = start
    for word in words:
        state = respond(word, state)
    states.append(state)
    return states


def _new_list_in_each_round(words, respond, start):
    state = start
    for word in words:
        states = []
        state = respond(word, state)
        states.append(state)
    return states


def _one_state_for_each_word(words, respond, start):
    states = {}
    for word, state in zip(words, states_while_reading(words, respond, start), strict=True):
        states[word] = state
    return list(states.values())


def _state_before_each_word(words, respond, start):
    return [start, *states_while_reading(words, respond, start)][:-1]


TASKS = (
    Exercise(
        name="words-in-order",
        reference=words_in_order,
        cases=lambda rng: [
            ("Stop.",),
            ("Chetan works as an ML engineer.",),
            ("the dog and the cat and the dog",),
            ("Version 3.11 is out.",),
            ("Mr. Smith works.",),
            ("",),
            *((_draw_sentence(rng),) for _ in range(2)),
        ],
        meaning="A sentence is now a list of words, and their order is kept.",
        hints=(
            "A string has methods that do both halves of this: one takes characters off its right "
            "end, one cuts it at the spaces.",
            'Look at sentence.rstrip(".") and sentence.split().',
            "Do the first, and call split() on what it returns.",
        ),
        mistakes=(
            Mistake(
                "the full stop stays on the last word",
                'Is "engineer." with its full stop the same word as "engineer"?',
                lambda sentence: sentence.split(),
            ),
            Mistake(
                "the words are sorted",
                "Is anything sorted here? The order is what the sentence means.",
                lambda sentence: sorted(words_in_order(sentence)),
            ),
            Mistake(
                "each word is kept only once",
                "Is there a set or a dict on the way? A word that comes twice is read twice.",
                lambda sentence: list(dict.fromkeys(words_in_order(sentence))),
            ),
            Mistake(
                "the sentence is cut into letters, the full stop among them",
                "list() and a loop go through a string letter by letter: what cuts it at spaces?",
                lambda sentence: list(sentence),
            ),
            Mistake(
                "the full stop is taken off every word",
                'Only one at the end of the sentence goes: what becomes of "Mr."?',
                lambda sentence: [word.rstrip(".") for word in sentence.split()],
            ),
            Mistake(
                "everything behind the first full stop is lost",
                'split(".")[0] ends at the first full stop, and a word may have one inside.',
                lambda sentence: sentence.split(".")[0].split(),
            ),
            Mistake(
                "words are cut at every full stop",
                "Only one at the end goes: what becomes of 3.11?",
                lambda sentence: sentence.replace(".", " ").split(),
            ),
            Mistake(
                "the words are put into lower case",
                "The letters stay as they are: only the full stop goes.",
                lambda sentence: words_in_order(sentence.lower()),
            ),
            Mistake(
                "the words are in reverse",
                "Is anything reversed? The order is what the sentence means.",
                lambda sentence: words_in_order(sentence)[::-1],
            ),
            Mistake(
                "the loop returns in its first round",
                "How far to the right does your `return` stand?",
                _returned_with_the_first_word,
            ),
            Mistake(
                "the sentence is put into a list whole, full stop and all",
                "The list should have one string a word.",
                lambda sentence: [sentence],
            ),
            Mistake(
                'split(" ") is used, and the full stop stays on',
                'Is "engineer." the same word as "engineer"? And split(" ") finds a word in an '
                "empty sentence; split() finds none.",
                lambda sentence: sentence.split(" "),
            ),
            Mistake(
                "the sentence is cut into letters",
                "list() cuts a string into characters: what cuts it at spaces?",
                lambda sentence: list(sentence.rstrip(".")),
            ),
            Mistake(
                "the sentence is put into a list whole",
                "The list should have one string a word.",
                lambda sentence: [sentence.rstrip(".")],
            ),
            Mistake(
                "the last character is cut off, full stop or not",
                "A sentence may have no full stop at its end. What takes off a full stop only?",
                lambda sentence: sentence[:-1].split(),
            ),
            Mistake(
                "the words are sorted, and the full stop stays on",
                "Is anything sorted here? The order is what the sentence means.",
                lambda sentence: sorted(sentence.split()),
            ),
            Mistake(
                "every full stop is taken out",
                "Only one at the end goes: what becomes of 3.11?",
                lambda sentence: sentence.replace(".", "").split(),
            ),
            Mistake(
                'split(" ") is used',
                'split(" ") finds a word in an empty sentence; split() finds none.',
                lambda sentence: sentence.rstrip(".").split(" "),
            ),
            Mistake(
                "the sentence is cut at full stops and not at spaces",
                'split(".") cuts at full stops; split() cuts at spaces.',
                lambda sentence: sentence.split("."),
            ),
            Mistake(
                "the last word is dropped with the full stop",
                "Take off the full stop only, not what it hangs on.",
                lambda sentence: sentence.split()[:-1],
            ),
            Mistake(
                "the words are counted",
                "Return the list itself, not its length.",
                lambda sentence: len(words_in_order(sentence)),
            ),
        ),
    ),
    Exercise(
        name="states-while-reading",
        reference=states_while_reading,
        cases=lambda rng: [
            (["works"], first_letters, ""),
            (["dog", "bites", "man"], first_letters, ""),
            (["Chetan", "works", "as", "an", "ML", "engineer"], first_letters, "?"),
            (["the", "dog", "and", "the", "cat"], first_letters, ""),
            (["dog", "bites", "a", "mailman"], half_forget, 8.0),
            ([], first_letters, "?"),
            (_draw_words(rng, 3), first_letters, ""),
            (_draw_words(rng, 4), half_forget, float(rng.integers(2, 9))),
        ],
        meaning="You wrote the loop of a recurrent network; all that is missing is the function.",
        hints=(
            "Two names change as you go: a list that grows, and the state that is replaced.",
            "Before the loop the state is `start`. In the loop, respond(word, state) returns the "
            "next one: give it the name of the old one.",
            "The order in the loop: compute the new state, then append it.",
        ),
        mistakes=(
            Mistake(
                "each word meets the initial state again",
                "Is `start` handed to respond in every round? What came out of the round before?",
                lambda words, respond, start: [respond(word, start) for word in words],
            ),
            Mistake(
                "the state is written down before the word is read",
                "Which comes first in your loop, respond or append?",
                _state_before_each_word,
            ),
            Mistake(
                "the initial state is part of the list",
                "One state for each word: how long is your list?",
                lambda words, respond, start: [
                    start,
                    *states_while_reading(words, respond, start),
                ],
            ),
            Mistake(
                "only the last state is returned",
                "Return the list of all states.",
                lambda words, respond, start: reduce(
                    lambda state, word: respond(word, state), words, start
                ),
            ),
            Mistake(
                "only the last state is returned, in a list",
                "Return the list of all states: does yours grow in each round?",
                lambda words, respond, start: states_while_reading(words, respond, start)[-1:],
            ),
            Mistake(
                "append stands behind the loop",
                "How far to the right does append stand? A state is written down in each round.",
                _append_behind_the_loop,
            ),
            Mistake(
                "the list is made anew in each round",
                "What stands in the loop is done in each round: does the empty list stand there?",
                _new_list_in_each_round,
            ),
            Mistake(
                "each new state is put in front of the others",
                "append puts the newest last.",
                lambda words, respond, start: states_while_reading(words, respond, start)[::-1],
            ),
            Mistake(
                "the state begins empty, whatever start is",
                "The state before the first word is `start`.",
                lambda words, respond, start: states_while_reading(words, respond, type(start)()),
            ),
            Mistake(
                "a word that comes twice has one state only",
                "Is there a dict in which words are keys? The same word can meet another state.",
                _one_state_for_each_word,
            ),
            Mistake(
                "the words are read from the end",
                "Is anything reversed?",
                lambda words, respond, start: states_while_reading(words[::-1], respond, start),
            ),
            Mistake(
                "the loop returns in its first round",
                "How far to the right does your `return` stand?",
                _returned_in_the_first_round,
            ),
            Mistake(
                "word and state are handed over in the wrong order",
                "respond(word, state): the current input first, the state second.",
                lambda words, respond, start: states_while_reading(
                    words, lambda word, state: respond(state, word), start
                ),
            ),
        ),
    ),
    Exercise(
        name="batch-shape",
        reference=batch_shape,
        cases=lambda rng: [
            ([["dog", "bites", "man"]], 5),
            ([["dog", "bites", "man"], ["man", "bites", "dog"]], 7),
            ([["go"], ["stop"], ["wait"], ["now"], ["go"]], 2),
            ([["the", "dog", "and", "the", "cat"], ["on", "and", "on", "and", "on"]], 4),
            *((_draw_batch(rng), int(rng.integers(2, 20))) for _ in range(2)),
        ],
        meaning="Batch first, then time, then features: (N, T, D), in the whole course.",
        hints=(
            "Count three things: the sentences, the words of one sentence, the numbers a word.",
            "len() gives two of them: of `sentences`, and of `sentences[0]`.",
            "The order is N (sequences), T (time steps), D (features).",
        ),
        mistakes=(
            Mistake(
                "the time axis comes first",
                "Other courses do that. Here the batch comes first: which of your numbers is N?",
                lambda sentences, n_features: (len(sentences[0]), len(sentences), n_features),
            ),
            Mistake(
                "the features come before the time steps",
                "The features are the last axis: x[0, 0] should be the vector of one word.",
                lambda sentences, n_features: (len(sentences), n_features, len(sentences[0])),
            ),
            Mistake(
                "the axes are in reverse",
                "Start with the sequences and end with the features.",
                lambda sentences, n_features: batch_shape(sentences, n_features)[::-1],
            ),
            Mistake(
                "the batch axis is missing",
                "Even one sentence is a batch: a batch of one.",
                lambda sentences, n_features: (len(sentences[0]), n_features),
            ),
            Mistake(
                "sequences and time steps are multiplied into one axis",
                "A recurrent network must know which word comes after which: keep two axes.",
                lambda sentences, n_features: (len(sentences) * len(sentences[0]), n_features),
            ),
            Mistake(
                "a word that comes twice in a sentence is counted once",
                "Is there a set? A word that comes twice is read at two time steps.",
                lambda sentences, n_features: (len(sentences), len(set(sentences[0])), n_features),
            ),
            Mistake(
                "the vocabulary is counted instead of the time steps",
                "T is the length of a sentence, and not the number of different words in all.",
                lambda sentences, n_features: (
                    len(sentences),
                    len({word for words in sentences for word in words}),
                    n_features,
                ),
            ),
            Mistake(
                "letters are counted instead of words",
                "sentences[0][0] is a word; how do you get the list of words around it?",
                lambda sentences, n_features: (
                    len(sentences),
                    len(sentences[0][0]),
                    n_features,
                ),
            ),
        ),
    ),
    ChoiceQuestion(
        name="which-axis",
        task=("A batch `x` has the shape (32, 50, 100). What is `x[:, 2]`, and what tells you so?"),
        choices={
            "a": Choice(
                "The third sentence.",
                "That is x[2]. What does the colon in front of the comma stand for?",
            ),
            "b": Choice("The third word of every sentence."),
            "c": Choice(
                "The third of the 100 numbers of every word.",
                "That is x[:, :, 2]: the features are the last axis. Which axis is the second?",
            ),
        },
        reasons={
            1: Choice(
                "The 2 stands last, and the last axis has the features.",
                "The 2 stands last in the brackets, and yet it is the second of three axes: what "
                "is left out at the end is taken whole.",
            ),
            2: Choice("The colon keeps all of the first axis, and the 2 picks from the second."),
            3: Choice(
                "Python counts from 0, so 2 is the third.",
                "That says which one is picked. It does not say of what.",
            ),
        },
        meaning="One time step of the whole batch, of shape (N, D): that is what a cell is given.",
        hints=(
            "How many axes has x, and how many are spoken of in the brackets?",
            "x[:, 2] is short for x[:, 2, :].",
            "The axes are N, T and D, in this order. The 2 is in the place of T.",
        ),
    ),
)
