"""The exercises of notebook 01."""

import math

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)


def one_hot_rows(token_ids, n_tokens):
    """Return an array of shape (T, n_tokens): a 1 in each row, in the column of the token id.

    `token_ids` is a list of T whole numbers from 0 to n_tokens - 1.
    """
    rows = np.zeros((len(token_ids), n_tokens))
    for step, token_id in enumerate(token_ids):
        rows[step, token_id] = 1
    return rows


def bag_of_words(token_ids, n_tokens):
    """Return an array of shape (n_tokens,): how often each token id occurs."""
    counts = np.zeros(n_tokens)
    for token_id in token_ids:
        counts[token_id] += 1
    return counts


def tf_idf(counts):
    """Return scikit-learn's TF-IDF for `counts`, both of shape (n_documents, n_tokens).

    Each document has at least one token.
    """
    n_documents = len(counts)
    document_frequency = (counts > 0).sum(axis=0)
    idf = np.log((1 + n_documents) / (1 + document_frequency)) + 1
    weighted = counts * idf
    return weighted / np.linalg.norm(weighted, axis=1, keepdims=True)


def encode_and_pad(sentences, vocabulary, n_steps):
    """Return the token ids as an array of whole numbers, of shape (len(sentences), n_steps).

    `sentences` is a list of lists of words, `vocabulary` a dict from word to id (2 or more).
    A word that is not in the vocabulary has id 1. Shorter sentences end in padding, id 0;
    of longer ones, the first n_steps words are kept.
    """
    token_ids = np.zeros((len(sentences), n_steps), dtype=int)
    for row, words in enumerate(sentences):
        for step, word in enumerate(words[:n_steps]):
            token_ids[row, step] = vocabulary.get(word, 1)
    return token_ids


def _rows_full_of_ones(token_ids, n_tokens):
    rows = np.zeros((len(token_ids), n_tokens))
    rows[token_ids] = 1
    return rows


def _column_before_row(token_ids, n_tokens):
    rows = np.zeros((len(token_ids), n_tokens))
    for step, token_id in enumerate(token_ids):
        rows[token_id, step] = 1
    return rows


def _normalized(weighted, order=2):
    return weighted / np.linalg.norm(weighted, ord=order, axis=1, keepdims=True)


def _smooth_idf(counts, n_with_token, log=np.log):
    return log((1 + len(counts)) / (1 + n_with_token)) + 1


def _document_frequency(counts):
    return (counts > 0).sum(axis=0)


def _textbook_idf(counts):
    return np.log(len(counts) / _document_frequency(counts))


def _weighted(counts):
    return counts * _smooth_idf(counts, _document_frequency(counts))


def _without_plus_one(counts):
    return _smooth_idf(counts, _document_frequency(counts)) - 1


def _sequences(rng, n_tokens, lengths):
    return [(rng.integers(n_tokens, size=length).tolist(), n_tokens) for length in lengths]


def _draw_counts(rng, n_documents, n_tokens):
    """No document without a token, and no token without a document."""
    shape = n_documents, n_tokens
    return rng.poisson(0.7, size=shape) + np.eye(*shape) + np.eye(*shape, k=-1)


def _draw_sentences(rng):
    known_and_unknown = [*VOCABULARY, "cat", "unicorn"]
    return [
        [known_and_unknown[i] for i in rng.integers(len(known_and_unknown), size=n_words)]
        for n_words in rng.integers(1, 6, size=3)
    ]


def _without_cuts(sentences, vocabulary, n_steps):
    token_ids = np.zeros((len(sentences), n_steps), dtype=int)
    for row, words in enumerate(sentences):
        for step, word in enumerate(words):
            token_ids[row, step] = vocabulary.get(word, 1)
    return token_ids


def _padded_in_front(sentences, vocabulary, n_steps):
    right = encode_and_pad(sentences, vocabulary, n_steps)
    return np.array([np.roll(row, max(0, n_steps - len(words))) for row, words in
                     zip(right, sentences, strict=True)])  # fmt: skip


VOCABULARY = {"bites": 2, "dog": 3, "man": 4, "the": 5}

TASKS = (
    Exercise(
        name="one-hot",
        reference=one_hot_rows,
        cases=lambda rng: [([1], 3), ([2, 0], 3), ([3, 0, 3, 1], 5), *_sequences(rng, 6, [5, 8])],
        meaning="One row per word, one column per token, a single 1 in each row.",
        hints=(
            "Start with zeros, and put the ones in. What are the shape, the row and the column?",
            "np.zeros((len(token_ids), n_tokens)) is the start; enumerate(token_ids) gives you "
            "the row and the column of each 1.",
            "In the loop: rows[step, token_id] = 1.",
        ),
        mistakes=(
            Mistake(
                "rows and columns are swapped",
                "The row is the position in the sentence, the column is the token id.",
                lambda token_ids, n_tokens: one_hot_rows(token_ids, n_tokens).T,
            ),
            Mistake(
                "all words are put into one row",
                "That is the beginning of a bag of words. Give each word a row of its own.",
                lambda token_ids, n_tokens: one_hot_rows(token_ids, n_tokens).max(axis=0),
            ),
            Mistake(
                "the token id is written instead of a 1",
                "An id is a name, and not a quantity: the number in the matrix is always 1.",
                lambda token_ids, n_tokens: (
                    one_hot_rows(token_ids, n_tokens) * np.array(token_ids)[:, None]
                ),
            ),
            Mistake(
                "the columns are counted from 1",
                "Token id 0 belongs to the first column, which NumPy calls 0 as well.",
                lambda token_ids, n_tokens: np.roll(one_hot_rows(token_ids, n_tokens), -1, axis=1),
            ),
            Mistake(
                "every row gets the ones of all words",
                "rows[:, token_ids] = 1 fills whole columns, and a list of lists that was made "
                "with * holds the same row again and again. Each row has one 1 of its own.",
                lambda token_ids, n_tokens: np.repeat(
                    one_hot_rows(token_ids, n_tokens).max(axis=0)[None], len(token_ids), axis=0
                ),
            ),
            Mistake(
                "the loop returns in its first round",
                "How far to the right does your `return` stand?",
                lambda token_ids, n_tokens: (
                    one_hot_rows(token_ids, n_tokens) * (np.arange(len(token_ids)) == 0)[:, None]
                ),
            ),
            Mistake(
                "the array is made anew in each round",
                "What stands in the loop is done in each round: does np.zeros stand there?",
                lambda token_ids, n_tokens: (
                    one_hot_rows(token_ids, n_tokens)
                    * (np.arange(len(token_ids)) == len(token_ids) - 1)[:, None]
                ),
            ),
            Mistake(
                "no 1 is put into the zeros",
                "One = puts a number into an array, two of them, ==, ask whether it is there.",
                lambda token_ids, n_tokens: np.zeros((len(token_ids), n_tokens)),
            ),
            Mistake(
                "the token id is taken for the row",
                "Two numbers stand in the brackets: first the position in the sentence.",
                _rows_full_of_ones,
            ),
            Mistake(
                "row and column change places in the brackets",
                "rows[row, column]: first the position in the sentence, then the token id.",
                _column_before_row,
            ),
            Mistake(
                "np.zeros is given two numbers",
                "It takes one shape: two pairs of parentheses, np.zeros((…, …)).",
                lambda token_ids, n_tokens: np.zeros(len(token_ids), n_tokens),
            ),
            Mistake(
                "there are columns up to the largest id only",
                "Every sentence gets as many columns as there are tokens: n_tokens.",
                lambda token_ids, n_tokens: one_hot_rows(token_ids, max(token_ids) + 1),
            ),
            Mistake(
                "the words are sorted by their ids",
                "Row 0 is the first word of the sentence, whatever its id is.",
                lambda token_ids, n_tokens: one_hot_rows(sorted(token_ids), n_tokens),
            ),
            Mistake(
                "the row is taken for the id",
                "Is the 1 always on the diagonal? Use the number in token_ids for the column.",
                lambda token_ids, n_tokens: np.eye(len(token_ids), n_tokens),
            ),
        ),
    ),
    Exercise(
        name="bag-of-words",
        reference=bag_of_words,
        cases=lambda rng: [([1], 3), ([2, 0, 2], 3), *_sequences(rng, 4, [6, 9])],
        meaning="It is the sum of the one-hot rows: as many numbers as tokens, and no order.",
        hints=(
            "How many numbers does the bag have, and what stands for a word that comes twice?",
            "Start with np.zeros(n_tokens), and go through the token ids.",
            "In the loop: counts[token_id] += 1. (np.bincount does all of it.)",
        ),
        mistakes=(
            Mistake(
                "it is noted only whether a word is there",
                "A word that comes twice counts 2: does yours set to 1 where it should add 1? "
                "(counts[token_ids] += 1, with the whole list, adds once to each place only.)",
                lambda token_ids, n_tokens: np.minimum(bag_of_words(token_ids, n_tokens), 1),
            ),
            Mistake(
                "counts are divided by the length",
                "That is the share of each word. Here the counts themselves are wanted.",
                lambda token_ids, n_tokens: bag_of_words(token_ids, n_tokens) / len(token_ids),
            ),
            Mistake(
                "the one-hot rows are not added up",
                "One row a word is one-hot: add the rows over the words.",
                lambda token_ids, n_tokens: one_hot_rows(token_ids, n_tokens),
            ),
            Mistake(
                "the sum goes over the wrong axis",
                "You got one number for each word, always 1. Sum over the words: axis 0.",
                lambda token_ids, n_tokens: one_hot_rows(token_ids, n_tokens).sum(axis=1),
            ),
            Mistake(
                "the bag ends at the largest id that occurs",
                "np.bincount needs minlength=n_tokens to make room for all tokens.",
                lambda token_ids, n_tokens: np.bincount(token_ids),
            ),
            Mistake(
                "the loop returns in its first round",
                "How far to the right does your `return` stand?",
                lambda token_ids, n_tokens: np.eye(n_tokens)[token_ids[0]],
            ),
            Mistake(
                "the bag only has room for the tokens that occur",
                "Every sentence gets as many columns as the vocabulary has tokens: n_tokens.",
                lambda token_ids, n_tokens: np.unique(token_ids, return_counts=True)[1].astype(
                    float
                ),
            ),
            Mistake(
                "nothing is counted",
                "+= 1 adds one. And == compares: it changes nothing.",
                lambda token_ids, n_tokens: np.zeros(n_tokens),
            ),
            Mistake(
                "the places are counted from 1",
                "Token id 0 belongs to the first place, which NumPy calls 0 as well.",
                lambda token_ids, n_tokens: np.roll(bag_of_words(token_ids, n_tokens), -1),
            ),
            Mistake(
                "token ids are added up instead of ones",
                "An id is a name, and not a quantity: add 1 for each word.",
                lambda token_ids, n_tokens: bag_of_words(token_ids, n_tokens) * np.arange(n_tokens),
            ),
        ),
    ),
    Exercise(
        name="tf-idf",
        reference=tf_idf,
        cases=lambda rng: [
            (np.array([[1.0, 1.0], [0.0, 1.0]]),),
            (np.array([[1.0, 1.0, 0.0], [2.0, 0.0, 3.0], [1.0, 0.0, 1.0]]),),
            (_draw_counts(rng, 4, 3),),
            (_draw_counts(rng, 5, 4),),
        ],
        meaning="These are scikit-learn's numbers: smoothed idf, plus 1, rows of length 1.",
        hints=(
            "Four steps: in how many documents each token stands, the idf, the product, the length "
            "of each row.",
            "Document frequency: (counts > 0).sum(axis=0). It has one number a token.",
            "idf = ln((1 + n) / (1 + df)) + 1, and at the end each row is divided by "
            "np.linalg.norm(weighted, axis=1, keepdims=True).",
        ),
        mistakes=(
            Mistake(
                "the rows are not brought to length 1",
                "The last step is missing: each row divided by its own length (L2 norm).",
                _weighted,
            ),
            Mistake(
                "the textbook formula ln(n / df) is used",
                "scikit-learn adds 1 in three places. Which are they?",
                lambda counts: _normalized(counts * _textbook_idf(counts)),
            ),
            Mistake(
                "the textbook formula ln(n / df) is used, and rows are not brought to length 1",
                "Three things are missing: smoothing, the + 1 behind the logarithm, and length 1.",
                lambda counts: counts * _textbook_idf(counts),
            ),
            Mistake(
                "the + 1 behind the logarithm is left out",
                "A word that stands in every document should weigh 1, not 0.",
                lambda counts: _normalized(counts * _without_plus_one(counts)),
            ),
            Mistake(
                "the smoothing is left out: ln(n / df) + 1",
                "As if one more document held every word once: + 1 above and below the line.",
                lambda counts: _normalized(counts * (_textbook_idf(counts) + 1)),
            ),
            Mistake(
                "each row is divided by its sum",
                "The length of a row is the root of the sum of its squares (L2), not its sum (L1).",
                lambda counts: _normalized(_weighted(counts), order=1),
            ),
            Mistake(
                "occurrences are counted instead of documents",
                "A word that stands twice in one document is still in one document: counts > 0.",
                lambda counts: _normalized(counts * _smooth_idf(counts, counts.sum(axis=0))),
            ),
            Mistake(
                "the logarithm is taken of the counts too",
                "Some variants do that. Here the counts themselves are multiplied by the idf.",
                lambda counts: _normalized(
                    np.log1p(counts) * _smooth_idf(counts, _document_frequency(counts))
                ),
            ),
            Mistake(
                "the logarithm has base 10",
                "ln is np.log, to the base e.",
                lambda counts: _normalized(
                    counts * _smooth_idf(counts, _document_frequency(counts), log=np.log10)
                ),
            ),
            Mistake(
                "the logarithm has base 2",
                "ln is np.log, to the base e.",
                lambda counts: _normalized(
                    counts * _smooth_idf(counts, _document_frequency(counts), log=np.log2)
                ),
            ),
            Mistake(
                "1 is added below the line only: ln(n / (1 + df)) + 1",
                "As if one more document held every word once: + 1 above the line as well.",
                lambda counts: _normalized(
                    counts * (np.log(len(counts) / (1 + _document_frequency(counts))) + 1)
                ),
            ),
            Mistake(
                "1 is added below the line only, and none behind the logarithm",
                "scikit-learn adds 1 in three places. Which are they?",
                lambda counts: _normalized(
                    counts * np.log(len(counts) / (1 + _document_frequency(counts)))
                ),
            ),
            Mistake(
                "the fraction in the logarithm is upside down",
                "A word of few documents should weigh more: what is above the line?",
                lambda counts: _normalized(
                    counts * (2 - _smooth_idf(counts, _document_frequency(counts)))
                ),
            ),
            Mistake(
                "the sum for df goes over the tokens and not over the documents",
                "df has one number for each token: over which axis do you add up?",
                lambda counts: _normalized(counts * _smooth_idf(counts, (counts > 0).sum(axis=1))),
            ),
            Mistake(
                "n is the number of tokens",
                "n is the number of documents, which are the rows.",
                lambda counts: _normalized(
                    counts * (np.log((1 + counts.shape[1]) / (1 + _document_frequency(counts))) + 1)
                ),
            ),
            Mistake(
                "each row is divided by the sum of its squares",
                "The length is the root of that sum.",
                lambda counts: _weighted(counts) / (_weighted(counts) ** 2).sum(1, keepdims=True),
            ),
            Mistake(
                "the parenthesis of np.log closes too early",
                "ln((1 + n) / (1 + df)): the whole fraction stands in the logarithm.",
                lambda counts: _normalized(
                    counts * (np.log(1 + len(counts)) / (1 + _document_frequency(counts)) + 1)
                ),
            ),
            Mistake(
                "math.log is used, which takes a single number",
                "np.log takes whole arrays.",
                lambda counts: _normalized(
                    counts * _smooth_idf(counts, _document_frequency(counts), log=math.log)
                ),
            ),
            Mistake(
                "the idf is left out",
                "Did you multiply the counts by an idf that differs between tokens? The document "
                "frequency is a sum over the documents, axis=0.",
                lambda counts: _normalized(counts),
            ),
            Mistake(
                "axis=1 is left out of the norm",
                "That is the length of the whole table: each row has a length of its own.",
                lambda counts: _weighted(counts) / np.linalg.norm(_weighted(counts)),
            ),
            Mistake(
                "1 is added to the products and not to the idf",
                "counts * (logarithm + 1): where do your parentheses close?",
                lambda counts: _normalized(counts * _without_plus_one(counts) + 1),
            ),
            Mistake(
                "keepdims=True is left out of the norm",
                "The lengths have shape (n,) then, and do not meet their rows.",
                lambda counts: _weighted(counts) / np.linalg.norm(_weighted(counts), axis=1),
            ),
            Mistake(
                "the parentheses around 1 + n and 1 + df are left out",
                "1 + n / 1 + df is 1 + n + df for Python: what is above the line, what below?",
                lambda counts: _normalized(
                    counts * (np.log(1 + len(counts) / 1 + _document_frequency(counts)) + 1)
                ),
            ),
            Mistake(
                "smoothing is there, but neither the + 1 behind the logarithm nor the length 1",
                "Two of the three repairs are missing.",
                lambda counts: counts * _without_plus_one(counts),
            ),
            Mistake(
                "each row is divided by its sum before the idf, and not brought to length 1",
                "Shares instead of counts change nothing in the end; the length 1 is missing.",
                lambda counts: _weighted(counts) / counts.sum(axis=1, keepdims=True),
            ),
            Mistake(
                "columns are brought to length 1 instead of rows",
                "A row is a document: axis=1.",
                lambda counts: (
                    _normalized((counts * _smooth_idf(counts, _document_frequency(counts))).T).T
                ),
            ),
        ),
    ),
    ChoiceQuestion(
        name="bag-at-seventy",
        task=(
            "Somebody reports that a deep network, fed with bags of words, gets 70 % right on "
            "thousands of new pairs like ours. What do you think, and why?"
        ),
        choices={
            "a": Choice(
                "It is possible: a deep network finds patterns that logistic regression misses.",
                "A deep network is a function, too. What are its two inputs for the two sentences "
                "of a pair?",
            ),
            "b": Choice("There is a mistake in the experiment: it cannot be more than half."),
            "c": Choice(
                "It is possible, with enough sentences to learn from.",
                "How would more examples tell apart what arrives as the same numbers?",
            ),
        },
        reasons={
            1: Choice(
                "Whether the animal or the person comes first can be guessed from how often each "
                "occurs.",
                "Animal and person occur once in both sentences of a pair. What differs between "
                "the two bags?",
            ),
            2: Choice("The sentences of a pair have the same bag, and so get the same answer."),
            3: Choice(
                "A bag has too many features for so few sentences.",
                "With single words there are 9 to 15 features. The number is not the trouble: what "
                "do the features say about the order?",
            ),
        },
        meaning=(
            "Equal inputs get equal outputs, whatever the model: of each pair one sentence is "
            "right and one is wrong."
        ),
        hints=(
            "Write down the bags of the two sentences of a pair.",
            "A model is a function. What does a function do with two equal inputs?",
            "One of the two answers must be wrong, in every pair.",
        ),
    ),
    Exercise(
        name="encode-and-pad",
        reference=encode_and_pad,
        cases=lambda rng: [
            ([["dog", "bites"]], VOCABULARY, 2),
            ([["dog", "bites", "man"], ["the", "cat", "bites"], ["man"]], VOCABULARY, 4),
            ([["the", "dog", "bites", "the", "unicorn"], []], VOCABULARY, 3),
            (_draw_sentences(rng), VOCABULARY, int(rng.integers(2, 5))),
        ],
        meaning="Every sentence has the same length now, and unknown words keep their places.",
        hints=(
            "Start with an array of padding, and write the ids into it.",
            "np.zeros((len(sentences), n_steps), dtype=int) is the start. "
            "vocabulary.get(word, 1) is the id of a word, or 1 if there is none.",
            "Two loops with enumerate: over the sentences, and over words[:n_steps].",
        ),
        mistakes=(
            Mistake(
                "words that are not in the vocabulary are left out",
                "The words behind them move to another time step. Which id says 'unknown'?",
                lambda sentences, vocabulary, n_steps: encode_and_pad(
                    [[word for word in words if word in vocabulary] for words in sentences],
                    vocabulary,
                    n_steps,
                ),
            ),
            Mistake(
                "unknown words get the id of the padding",
                "A word that was read and is not known is not the same as no word: 1, not 0.",
                lambda sentences, vocabulary, n_steps: np.where(
                    encode_and_pad(sentences, vocabulary, n_steps) == 1,
                    0,
                    encode_and_pad(sentences, vocabulary, n_steps),
                ),
            ),
            Mistake(
                "the padding stands in front",
                "Some libraries do that. Here time step 0 is the first word.",
                _padded_in_front,
            ),
            Mistake(
                "long sentences lose their beginning",
                "words[:n_steps] are the first ones, words[-n_steps:] the last ones.",
                lambda sentences, vocabulary, n_steps: encode_and_pad(
                    [words[-n_steps:] for words in sentences], vocabulary, n_steps
                ),
            ),
            Mistake(
                "the batch is as long as its longest sentence",
                "n_steps is given: it says how many columns there are.",
                lambda sentences, vocabulary, n_steps: encode_and_pad(
                    sentences, vocabulary, max(map(len, sentences))
                ),
            ),
            Mistake(
                "long sentences are not cut",
                "Of a sentence longer than n_steps, the first n_steps words are kept.",
                _without_cuts,
            ),
            Mistake(
                "padding and cuts are both made in front",
                "Some libraries do that. Here time step 0 is the first word.",
                lambda sentences, vocabulary, n_steps: _padded_in_front(
                    [words[-n_steps:] for words in sentences], vocabulary, n_steps
                ),
            ),
            Mistake(
                "the padding has the id of an unknown word",
                "Start from zeros: 0 is the padding, 1 the unknown word.",
                lambda sentences, vocabulary, n_steps: np.array(
                    [
                        [vocabulary.get(word, 1) for word in (words + [None] * n_steps)[:n_steps]]
                        for words in sentences
                    ]
                ),
            ),
            Mistake(
                "a word that is not in the vocabulary stops everything",
                "vocabulary[word] needs to know the word; vocabulary.get(word, …) does not.",
                lambda sentences, vocabulary, n_steps: encode_and_pad(
                    [[word for word in words[:n_steps] if vocabulary[word]] for words in sentences],
                    vocabulary,
                    n_steps,
                ),
            ),
        ),
    ),
    NumberQuestion(
        name="one-hot-size",
        task=(
            "Two sentences, of 4 and of 6 words, become one padded batch of one-hot vectors; the "
            "encoder knows 13 tokens, padding and the unknown word included. How many numbers are "
            "in the array?"
        ),
        reference=lambda: 2 * 6 * 13,
        meaning=(
            "Both sentences take up 6 time steps of 13 numbers, (2, 6, 13), and all but 10 of the "
            "numbers are zero."
        ),
        hints=(
            "What is the shape of the array?",
            "N sequences, T time steps, D features: the batch is as long as its longest sentence.",
            "Multiply the three numbers of the shape.",
        ),
        mistakes=(
            Mistake(
                "the shorter sentence is not padded",
                "An array has one length: how many time steps does the shorter sentence get?",
                lambda: (4 + 6) * 13,
            ),
            Mistake(
                "the ones are counted, and not all numbers",
                "The zeros are numbers too, and take up as much room.",
                lambda: 4 + 6,
            ),
            Mistake(
                "the ones are counted, with a 1 at every padded step",
                "Count the zeros too. (And a padded step has no 1.)",
                lambda: 2 * 6,
            ),
            Mistake(
                "both sentences are as long as the shorter one",
                "Nothing is cut off: the longest sentence gives the length.",
                lambda: 2 * 4 * 13,
            ),
            Mistake(
                "one sentence is counted",
                "The batch has two of them.",
                lambda: 6 * 13,
            ),
            Mistake(
                "padding and the unknown word are counted once more",
                "The 13 tokens have the two among them.",
                lambda: 2 * 6 * 15,
            ),
            Mistake(
                "padding and the unknown word get no column",
                "Every id has a column, those of the two as well: D is 13.",
                lambda: 2 * 6 * 11,
            ),
        ),
    ),
)
