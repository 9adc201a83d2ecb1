"""Vectors that say what words mean: skip-gram with negative sampling (taught in notebook 02)."""

import difflib
import re
from collections import Counter

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from rnnhelpers._validation import (
    as_array,
    check_count,
    check_list,
    check_number,
    check_real,
    check_shape,
    check_text,
)
from rnnhelpers.initialization import as_generator
from rnnhelpers.training import DivergedError, shows_bar

WORD = r"[^\W\d]\w*"
"""Token pattern: letters, digits and underscores, and no digit first."""
SENTENCE_ENDS = re.compile(r"\n\s*\n|(?<=[.!?:;])\s")
SMALLEST_RATE, SMALLEST_BATCH = 1e-4, 8
LOOK_EVERY = 8


def split_sentences(text):
    """Split a text into sentences, and those into words in lower case.

    A sentence ends at a blank line, or at white space after one of ``. ! ? : ;``. A word is
    letters, digits and underscores, no digit first: ``__init__`` is one, and 3.14 is none.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of list of str
        The words of each sentence, in order; sentences without a word are left out.

    Raises
    ------
    TypeError
        If `text` is no string.
    ValueError
        If it is empty.

    Examples
    --------
    >>> split_sentences("Chetan works. He doesn't sleep: why?")
    [['chetan', 'works'], ['he', 'doesn', 't', 'sleep'], ['why']]
    """
    from sklearn.feature_extraction.text import CountVectorizer

    check_text("text", text)
    words_of = CountVectorizer(token_pattern=WORD).build_analyzer()
    sentences = [words_of(sentence) for sentence in SENTENCE_ENDS.split(text)]
    return [words for words in sentences if words]


def context_pairs(ids, window):
    """List each word with each word near it, its contexts.

    Parameters
    ----------
    ids : array-like of int, shape (n_words,)
        The words of one sentence.
    window : int
        How many words to each side are contexts.

    Returns
    -------
    ndarray of int, shape (n_pairs, 2)
        Pairs (centre, context): the centres in the order of the sentence, and for each of them
        the contexts from left to right.

    Raises
    ------
    TypeError
        If the ids or the window are no whole numbers.
    ValueError
        If the window is below 1, or there is not one axis.

    Examples
    --------
    >>> context_pairs([7, 3, 5], window=1).tolist()
    [[7, 3], [3, 7], [3, 5], [5, 3]]
    """
    window = check_count("window", window)
    ids = as_array("ids", ids)
    if ids.ndim != 1:
        raise ValueError(f"ids has shape {ids.shape}: expected (n_words,), the words of a sentence")
    if ids.size and ids.dtype.kind not in "iu":
        raise TypeError(
            f"ids has dtype {ids.dtype}: expected whole numbers; encode the words first"
        )
    places = np.arange(len(ids))
    distance = abs(places[:, None] - places)
    centres, contexts = np.nonzero((distance > 0) & (distance <= window))
    return np.stack([ids[centres], ids[contexts]], axis=1).astype(np.intp)


def negative_sampling_loss(v, u, u_negative, *, weight=1.0):
    r"""Measure how badly pairs of words are told from random ones: the loss, and its gradients.

    With the score :math:`s = v \cdot u` of a word and a context and the logistic function
    :math:`\sigma`, the mean over the pairs of

    .. math:: L = -\log \sigma(v \cdot u) - w \sum_m \log \sigma(-v \cdot u_m)

    Parameters
    ----------
    v : array-like of shape (n_pairs, n_features)
        Vectors of the words.
    u : array-like of shape (n_pairs, n_features)
        Vectors of the contexts that were seen, one for each word.
    u_negative : array-like of shape (n_negatives, n_features)
        Vectors of the contexts that were drawn at random; all pairs share them.
    weight : float, default=1.0
        How much each of those counts, w. With k / n_negatives it is as if each pair had k.

    Returns
    -------
    loss : float
        The loss in nats. With vectors of zeros it is (1 + weight * n_negatives) log 2.
    d_v, d_u, d_u_negative : ndarray
        Its gradients, in the shapes of the vectors.

    Raises
    ------
    TypeError
        If something holds no real numbers.
    ValueError
        If the shapes do not fit, there is no pair, the weight is below 0, or there is a NaN or
        infinity.

    Notes
    -----
    Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed representations of words and phrases
    and their compositionality" (2013), equation 4, where each pair has negatives of its own.

    Examples
    --------
    >>> v, u, u_negative = np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]), np.array([[1.0, 1.0]])
    >>> loss, d_v, d_u, d_u_negative = negative_sampling_loss(v, u, u_negative)
    >>> round(loss, 4)  # -log(1/2) - log(1 - 0.7311)
    2.0064
    >>> d_v.round(4)  # (1/2 - 1) u + 0.7311 u_negative
    array([[ 0.7311, -0.2689]])
    """
    v, u, u_negative = (
        check_real(name, array, float)
        for name, array in {"v": v, "u": u, "u_negative": u_negative}.items()
    )
    if v.ndim != 2 or not v.size:
        raise ValueError(f"v has shape {v.shape}: expected (n_pairs, n_features), one pair or more")
    check_shape("u", u, v.shape, "one context for each word")
    if u_negative.ndim != 2 or u_negative.shape[1] != v.shape[1]:
        raise ValueError(
            f"u_negative has shape {u_negative.shape}: expected (n_negatives, {v.shape[1]})"
        )
    check_number("weight", weight, at_least=0)
    pairs, weights = np.ones((len(v), 1)), np.full((len(v), 1), float(weight))
    scores, negative_scores = np.sum(v * u, axis=1, keepdims=True), v @ u_negative.T
    loss = _loss(scores, pairs, negative_scores, weights) / len(v)
    with np.errstate(over="ignore"):
        g, g_negative = _slopes(scores, pairs, negative_scores, weights / len(v))
    g /= len(v)
    return loss, g * u + g_negative @ u_negative, g * v, g_negative.T @ v


def _slopes(scores, pairs, negative_scores, weights):
    """Return the slope of the loss by each score: probability minus label."""
    g = (_logistic(scores) - 1) * pairs
    g_negative = _logistic(negative_scores)
    g_negative *= weights
    return g, g_negative


def _loss(scores, pairs, negative_scores, weights):
    """Return the sum of the losses."""
    seen = np.logaddexp(0, -scores, dtype=float) * pairs
    drawn = np.logaddexp(0, negative_scores, dtype=float) * weights
    return float(seen.sum() + drawn.sum())


def _logistic(a):
    return 1 / (1 + np.exp(-a))  # an overflow does no harm: 1 / (1 + infinity) is 0


class SkipGram:
    """Word vectors by skip-gram with negative sampling.

    Each word has two vectors: `E_[i]` where it is the word that is looked at, `C_[i]` where it is
    a context. Training makes the product of the two large for words that stand near each other,
    and small for words that are drawn at random. So words with the same company get similar
    vectors.

    Parameters
    ----------
    n_features : int, default=50
        Length D of a vector.
    window : int, default=5
        Up to how many words to each side are contexts. For each word the reach is drawn anew,
        from 1 to `window`, so that near words count more.
    min_count : int, default=5
        Words that occur less often are left out, as if they were not there.
    n_negatives : int, default=5
        How many random contexts count against one real one, k.
    subsample : float, default=1e-3
        Of words whose share of the text is above this, some occurrences are left out, drawn anew
        in each epoch: a share f is kept with probability sqrt(subsample / f) + subsample / f.
    n_epochs : int, default=20
        How often the text is read.
    learning_rate : float, default=0.025
        At the beginning; it falls in a straight line to 0.0001.
    batch_size : int, default=192
        Number of neighbouring words whose vectors are updated together. If the vocabulary is
        small, a quarter of its size is taken, and at least 8.
    n_shared : int, default=64
        Number of random contexts that are drawn for a batch, and shared by its words.
    rng : numpy.random.Generator or int, default=0
        Source of the first vectors and of all that is drawn.

    Attributes
    ----------
    tokens_ : list of str
        The words, the most frequent first.
    vocabulary_ : dict of str to int
        The place of each word in `tokens_`.
    counts_ : ndarray of shape (n_tokens,)
        How often each occurs.
    E_ : ndarray of float32, shape (n_tokens, n_features)
        The vectors of the words.
    C_ : ndarray of float32, shape (n_tokens, n_features)
        The vectors of the words as contexts.
    losses_ : list of float
        Mean loss of a pair in each epoch, estimated on every eighth batch; NaN for an epoch of a
        tiny text of which `subsample` left no pair there.

    Notes
    -----
    Mikolov, Sutskever, Chen, Corrado and Dean, "Distributed representations of words and phrases
    and their compositionality" (2013); what is drawn, and how, is as in their program word2vec.
    What differs: the words of a batch share their random contexts, so that they are one matrix
    product (Ji, Satish, Li and Dubey, "Parallelizing word2vec in shared and distributed memory",
    2016). The update of a batch is the sum over its words. So large batches, as well as large
    learning rates, diverge.

    Examples
    --------
    >>> text = "the dog bites the man. the cat bites the dog. the man pets the cat. " * 50
    >>> model = SkipGram(8, window=2, subsample=1, n_epochs=5).fit(split_sentences(text))
    >>> model.tokens_
    ['the', 'bites', 'cat', 'dog', 'man', 'pets']
    >>> model.E_.shape
    (6, 8)
    """

    def __init__(
        self, n_features=50, *, window=5, min_count=5, n_negatives=5, subsample=1e-3,
        n_epochs=20, learning_rate=0.025, batch_size=192, n_shared=64, rng=0,
    ):  # fmt: skip
        self.n_features = check_count("n_features", n_features)
        self.window = check_count("window", window)
        self.min_count = check_count("min_count", min_count)
        self.n_negatives = check_count("n_negatives", n_negatives)
        self.subsample = check_number("subsample", subsample, above=0)
        self.n_epochs = check_count("n_epochs", n_epochs)
        self.learning_rate = check_number("learning_rate", learning_rate, above=0)
        self.batch_size = check_count("batch_size", batch_size)
        self.n_shared = check_count("n_shared", n_shared)
        self.rng = rng
        as_generator(rng)

    def fit(self, sentences, *, progress=False):
        """Learn the vectors.

        Parameters
        ----------
        sentences : iterable of list of str
            The words of each sentence, as `split_sentences` returns them. No pair of words goes
            over the end of a sentence.
        progress : bool, default=False
            Whether to show a progress bar.

        Returns
        -------
        SkipGram
            This object.

        Raises
        ------
        TypeError
            If `sentences` is a text, or a sentence is, or a word is none.
        ValueError
            If fewer than two words are frequent enough, or none stands beside another.
        DivergedError
            If the vectors grow without bounds.
        """
        from threadpoolctl import threadpool_limits
        from tqdm.auto import tqdm

        rng = as_generator(self.rng)
        all_counts, tokens, ids, sentence_of = self._read(sentences)
        counts = np.array([all_counts[word] for word in tokens])
        both = np.zeros((len(tokens), 2 * self.n_features), np.float32)  # E and C, side by side
        E, C = np.split(both, 2, axis=1)
        E[...] = (rng.random(E.shape) - 0.5) / self.n_features
        share = counts / counts.sum()
        kept = np.sqrt(self.subsample / share) + self.subsample / share
        drawn = np.cumsum(counts**0.75)
        drawn /= drawn[-1]
        losses = []
        epochs = tqdm(range(self.n_epochs), disable=not shows_bar(progress), unit="epoch")
        with threadpool_limits(1, user_api="blas"), np.errstate(over="ignore", invalid="ignore"):
            for epoch in epochs:
                stays = rng.random(len(ids)) < kept[ids]
                loss = self._read_once(both, ids[stays], sentence_of[stays], drawn, epoch, rng)
                losses.append(loss)
                self._check_bounds(both, losses)
                epochs.set_postfix(loss=f"{loss:.3f}", refresh=False)
        self.tokens_, self._all_counts, self.counts_ = tokens, all_counts, counts
        self.vocabulary_ = {word: place for place, word in enumerate(tokens)}
        self.E_, self.C_, self.losses_ = E.copy(), C.copy(), losses
        return self

    def _read(self, sentences):
        """Return all counts, the words that are frequent enough, and the text as their ids."""
        sentences = _check_sentences(sentences)
        counts = Counter(word for sentence in sentences for word in sentence)
        frequent = [word for word, n in counts.items() if n >= self.min_count]
        if len(frequent) < 2:
            raise ValueError(
                f"{len(frequent)} of {len(counts)} words occur {self.min_count} times or more: "
                "expected at least 2, since a word is told from others; use more text, or a "
                "smaller min_count"
            )
        tokens = sorted(frequent, key=lambda word: (-counts[word], word))
        places = {word: place for place, word in enumerate(tokens)}
        kept = [[places[word] for word in sentence if word in places] for sentence in sentences]
        if max(map(len, kept)) < 2:
            raise ValueError(
                "no two frequent words stand in one sentence: expected sentences of several words, "
                "such as [['dog', 'bites', 'man']]; is each word a sentence of its own?"
            )
        ids = np.array([place for sentence in kept for place in sentence])
        return counts, tokens, ids, np.repeat(np.arange(len(kept)), list(map(len, kept)))

    def _read_once(self, both, ids, sentence_of, drawn, epoch, rng):
        """Go through the text once, batch by batch; return the mean loss of a pair."""
        n_words, window = len(ids), self.window
        size = min(self.batch_size, max(SMALLEST_BATCH, len(both) // 4))
        n_batches = -(-n_words // size)
        padded = np.pad(ids, window)
        pairs = self._pairs(sentence_of, rng)
        weights = pairs.sum(axis=1, keepdims=True) * np.float32(self.n_negatives / self.n_shared)
        negatives = np.searchsorted(drawn, rng.random((n_batches, self.n_shared)))
        total, n_pairs = 0.0, 0.0
        for batch in range(n_batches):
            start = batch * size
            stop = min(start + size, n_words)
            done = (epoch + start / n_words) / self.n_epochs
            rate = self.learning_rate + (SMALLEST_RATE - self.learning_rate) * done
            rows = np.concatenate([padded[start : stop + 2 * window], negatives[batch]])
            loss = self._step(
                both, rows, pairs[start:stop], weights[start:stop], rate, batch % LOOK_EVERY == 0
            )
            if loss is not None:
                total += loss
                n_pairs += pairs[start:stop].sum()
        return total / n_pairs if n_pairs else float("nan")

    def _check_bounds(self, both, losses):
        """Raise if the vectors are no numbers any more, or worse than vectors of zeros."""
        untrained = (1 + self.n_negatives) * np.log(2)
        if losses[-1] > 1.5 * untrained or not np.isfinite(both).all():
            raise DivergedError(
                f"the vectors grow without bounds: in epoch {len(losses)} the loss is "
                f"{losses[-1]:.3g}, and that of vectors of zeros is {untrained:.3g}; try a "
                f"smaller learning rate (it is {self.learning_rate}), or a smaller batch_size (it "
                f"is {self.batch_size})",
                losses,
            )

    def _pairs(self, sentence_of, rng):
        """Mark the contexts of each word, 1 or 0: in its sentence, and within a reach drawn."""
        window = self.window
        reach = rng.integers(1, window + 1, size=(len(sentence_of), 1))
        distance = abs(np.arange(-window, window + 1))
        around = np.pad(sentence_of, window, constant_values=-1)
        in_sentence = sliding_window_view(around, 2 * window + 1) == sentence_of[:, None]
        return (in_sentence & (distance > 0) & (distance <= reach)).astype(np.float32)

    def _step(self, both, rows, pairs, weights, rate, look):
        """Move the vectors of a batch against the gradient of the sum of its losses.

        The rows are those of the words, with `window` more at both ends, and of the negatives.
        """
        n_words, window, n_features = len(pairs), self.window, self.n_features
        width = 2 * window + 1
        here, near = slice(window, window + n_words), slice(n_words + 2 * window)
        far = slice(n_words + 2 * window, None)
        vectors = both.take(rows, axis=0)
        v, u = vectors[here, :n_features], vectors[near, n_features:]
        u_negative = vectors[far, n_features:]
        around = _windows(u, width)  # (n_words, width, D): the contexts of each word
        scores, negative_scores = (around @ v[:, :, None])[..., 0], v @ u_negative.T
        g, g_negative = _slopes(scores, pairs, negative_scores, weights)
        gradient = np.zeros_like(vectors)
        gradient[here, :n_features] = (g[:, None] @ around)[:, 0] + g_negative @ u_negative
        gradient[near, n_features:] = _to_contexts(g, v)
        gradient[far, n_features:] = g_negative.T @ v
        both += _sum_of_rows(rows, gradient, len(both), -rate)
        return _loss(scores, pairs, negative_scores, weights) if look else None

    def vector(self, word):
        """Return the vector of a word.

        Parameters
        ----------
        word : str
            A word of the vocabulary.

        Returns
        -------
        ndarray of shape (n_features,)
            Its row of `E_`.

        Raises
        ------
        ValueError
            If it is not in the vocabulary.
        """
        place = self._place(word)
        return self.E_[place].copy()

    def similarity(self, a, b):
        """Return the cosine of two words: 1 for the same direction, 0 for a right angle.

        Parameters
        ----------
        a, b : str
            Words of the vocabulary.

        Returns
        -------
        float
            From -1 to 1.

        Raises
        ------
        ValueError
            If one is not in the vocabulary.
        """
        directions = self._directions()
        return float(directions[self._place(a)] @ directions[self._place(b)])

    def neighbours(self, word, n=10):
        """List the words whose vectors point in the most similar direction.

        Parameters
        ----------
        word : str or array-like of shape (n_features,)
            A word, which is left out of the list, or a vector.
        n : int, default=10
            How many; at most as many as there are.

        Returns
        -------
        list of (str, float)
            Words with their cosines, the nearest first.

        Raises
        ------
        TypeError
            If it is neither a word nor numbers.
        ValueError
            If the word is not in the vocabulary, or the vector has another length, or is zero.
        """
        n, directions = check_count("n", n), self._directions()
        place = None
        if isinstance(word, str):
            place = self._place(word)
            vector = directions[place]
        else:
            vector = check_real("word", word, float)
            check_shape("word", vector, (self.n_features,), "a word, or a vector of its length")
            if not vector.any():
                raise ValueError("word is a vector of zeros, which has no direction")
            vector = vector / np.linalg.norm(vector)
        cosines = directions @ vector
        order = [other for other in np.argsort(-cosines, kind="stable") if other != place]
        return [(self.tokens_[other], float(cosines[other])) for other in order[:n]]

    def _directions(self):
        """Return all vectors, each divided by its length."""
        self._check_fitted()
        E = self.E_.astype(float)
        return E / np.maximum(np.linalg.norm(E, axis=1, keepdims=True), np.finfo(float).tiny)

    def _place(self, word):
        """Return the place of a word in the vocabulary, or say which one may be meant."""
        self._check_fitted()
        if not isinstance(word, str):
            raise TypeError(f"word is of type {type(word).__name__}: expected a word, as a string")
        if word in self.vocabulary_:
            return self.vocabulary_[word]
        if word in self._all_counts:
            n = self._all_counts[word]
            times = "once" if n == 1 else f"{n} times"
            raise ValueError(
                f"{word!r} occurs {times}: expected {self.min_count} times or more (min_count); "
                "from so few occurrences nothing can be learned"
            )
        near = difflib.get_close_matches(word.lower(), self.tokens_, n=3)
        hint = f"; near to it are {', '.join(map(repr, near))}" if near else ""
        raise ValueError(f"{word!r} is not in the text: expected one of its words{hint}")

    def _check_fitted(self):
        if not hasattr(self, "losses_"):
            raise ValueError("there are no vectors yet: expected that fit was called before")


def _to_contexts(g, v):
    """Return the gradient of each context, summed over the words that it is near to.

    Row m has been the context k of word m - k. With zeros around, g and v are read along diagonals.
    """
    n_words, width = g.shape
    above = np.zeros((n_words + 2 * (width - 1), width), g.dtype)
    above[width - 1 : width - 1 + n_words] = g
    n_contexts = n_words + width - 1
    down, right = above.strides
    by_context = as_strided(above[:, width - 1 :], (n_contexts, width), (down, down - right))
    words = np.zeros((n_words + 2 * (width - 1), v.shape[1]), v.dtype)
    words[width - 1 : width - 1 + n_words] = v
    return (by_context[:, None] @ _windows(words, width))[:, 0]


def _windows(rows, width):
    """Return (n - width + 1, width, D): at each row, it and those after it, without a copy.

    As `sliding_window_view`, whose checks take as long as the arithmetic here.
    """
    down, right = rows.strides
    return as_strided(rows, (len(rows) - width + 1, width, rows.shape[1]), (down, down, right))


def _sum_of_rows(ids, rows, n_tokens, factor):
    """Add up the rows of each token, times a factor: one_hot(ids).T @ rows."""
    from scipy.sparse import csc_array

    values, ends = np.full(len(ids), factor, rows.dtype), np.arange(len(ids) + 1)
    return csc_array((values, ids, ends), shape=(n_tokens, len(ids))) @ rows


def _check_sentences(sentences):
    """Return a list of lists of words."""
    if isinstance(sentences, str | bytes):
        raise TypeError(
            "sentences is a text: expected a list of sentences, each a list of words; use "
            "split_sentences(text)"
        )
    sentences = check_list("sentences", sentences, "sentences, each a list of words")
    if not sentences:
        raise ValueError("sentences is empty: expected at least one; was an iterator used up?")
    for number, sentence in enumerate(sentences):
        if isinstance(sentence, str | bytes):
            raise TypeError(
                f"sentences[{number}] is the text {sentence!r:.40}: expected a list of words; use "
                "split_sentences(text)"
            )
        for word in check_list(f"sentences[{number}]", sentence, "words"):
            if not isinstance(word, str):
                raise TypeError(
                    f"sentences[{number}] has {word!r:.40} of type {type(word).__name__}: expected "
                    "words, as strings"
                )
    return [list(sentence) for sentence in sentences]
