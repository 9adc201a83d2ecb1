"""An n-gram language model of characters: the baseline to beat (taught in notebook 07).

It counts what followed each short history in the training text. With good smoothing that is hard
to beat on little text, and it is fitted in less than a second.
"""

from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import check_count, check_text
from rnnhelpers.initialization import as_generator

UNKNOWN = "<unk>"
UNKNOWN_ID = 0
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)
"""Discounts where a text is too short to estimate them: half of each count."""


class KneserNey:
    r"""Predict the next character from the few before it: modified Kneser-Ney smoothing.

    The probability of a character :math:`w` after a history :math:`h` mixes what followed all of
    :math:`h` with what is expected after :math:`h'`, the history without its first character:

    .. math:: p(w \mid h) = \frac{c(hw) - D(c(hw))}{\sum_v c(hv)} + \gamma(h)\, p(w \mid h')

    A discount D is taken from each count; :math:`\gamma(h)` is the share of all counts after
    :math:`h` that was taken. So rare histories lean more on the shorter one. A history that was
    not seen has :math:`p(w \mid h) = p(w \mid h')`.

    Parameters
    ----------
    order : int, default=9
        Length of the longest n-grams: a character is predicted from up to ``order - 1`` before it.

    Attributes
    ----------
    alphabet_ : list of str
        What can come next: first ``"<unk>"``, then the characters of the training text, sorted.
    discounts_ : ndarray of shape (order, 3)
        What is taken from a count of 1, of 2, and of 3 or more; row 0 is for single characters.

    See Also
    --------
    rnnhelpers.language_model.LanguageModel : the recurrent model, with the same methods.

    Notes
    -----
    Chen and Goodman, "An empirical study of smoothing techniques for language modeling", Computer
    Speech and Language 13 (1999), interpolated form; after Kneser and Ney (1995).

    - For n-grams of length `order`, c is how often they occur. For shorter ones it is how many
      different characters stand before them (the continuation count): "Francisco" may be frequent,
      but if only "San" stands before it, nothing else should predict it. The start of the text
      counts as one more character to stand before.
    - D is one of three numbers, for c = 1, for c = 2 and for c of 3 or more. They are estimated
      from the numbers of n-grams with c = 1, 2, 3 and 4, for each length of n-grams. If one of
      these numbers is zero, or a discount comes out as zero or less, then half of 1, 2 and 3 is
      taken in their place.
    - Below single characters lies the uniform distribution over the alphabet, ``"<unk>"``
      included. This is all that ``"<unk>"`` gets, and it is the probability of "some character
      that the training text does not have". Such a character in a history was never seen, so only
      what follows it is used.
    - At the start of a text the history is shorter. There is no mark for start or end.

    Examples
    --------
    >>> model = KneserNey(order=4).fit("tick tack tock " * 20)
    >>> model.alphabet_
    ['<unk>', ' ', 'a', 'c', 'i', 'k', 'o', 't']
    >>> model.predict_proba("tick t").round(2)
    array([0.  , 0.  , 0.33, 0.  , 0.32, 0.  , 0.33, 0.  ])
    >>> round(model.bits_per_character("tock tick tack"), 2)
    0.63
    """

    def __init__(self, order=9):
        self.order = check_count("order", order)
        if self.order > 100:
            raise ValueError(f"order is {self.order}: expected 100 or less, for memory's sake")

    def fit(self, text):
        """Count the n-grams of a text.

        Parameters
        ----------
        text : str
            The training text. It may be shorter than `order`.

        Returns
        -------
        KneserNey
            The model itself.

        Raises
        ------
        TypeError
            If it is not a string.
        ValueError
            If it is empty.

        Examples
        --------
        >>> KneserNey(order=2).fit("abracadabra").alphabet_
        ['<unk>', 'a', 'b', 'c', 'd', 'r']
        """
        check_text("text", text)
        self._code_points = np.unique(_code_points(text))
        self.alphabet_ = [UNKNOWN, *map(chr, self._code_points)]
        n_tokens = len(self.alphabet_)
        numbered = _number_ngrams(self._encode(text), n_tokens, self.order)
        counts = _count_ngrams(numbered)
        self.discounts_ = np.array([_estimate_discounts(each) for each in counts])
        self._tables, n_contexts = [], 1
        for (keys, _), each, discounts in zip(numbered, counts, self.discounts_, strict=True):
            self._tables.append(_make_table(keys, each, discounts, n_tokens, n_contexts))
            n_contexts = len(keys)
        return self

    def log_probabilities(self, text):
        """Compute how likely each character of a text is, after those before it.

        Parameters
        ----------
        text : str
            The text.

        Returns
        -------
        ndarray of shape (n_characters,)
            Natural logarithms of the probabilities.

        Raises
        ------
        TypeError
            If it is not a string.
        ValueError
            If it is empty, or the model has not been fitted.

        Examples
        --------
        >>> model = KneserNey(order=2).fit("abracadabra")
        >>> model.log_probabilities("abz").round(2)
        array([-0.95, -1.15, -3.31])
        """
        self._check_fitted()
        check_text("text", text)
        ids = self._encode(text)
        contexts = np.zeros(len(ids), dtype=np.int64)
        p = np.full(len(ids), 1 / len(self.alphabet_))
        for table in self._tables:
            ngrams = table.find(contexts, ids)
            p = table.share[ngrams] + table.rest[contexts] * p
            contexts = _one_later(ngrams)
        return np.log(p)

    def bits_per_character(self, text):
        """Compute how many bits a character takes on average, if the model does the coding.

        Parameters
        ----------
        text : str
            A text that the model was not fitted to.

        Returns
        -------
        float
            Minus the mean of the binary logarithms of the probabilities.

        Raises
        ------
        TypeError, ValueError
            As `log_probabilities`.

        Examples
        --------
        >>> round(KneserNey(order=2).fit("abracadabra").bits_per_character("cadabra"), 2)
        1.33
        """
        return float(-self.log_probabilities(text).mean() / np.log(2))

    def predict_proba(self, history):
        """Compute how likely each character is to come next.

        Parameters
        ----------
        history : str
            What came before; it may be empty.

        Returns
        -------
        ndarray of shape (n_tokens,)
            Probabilities, in the order of `alphabet_`.

        Raises
        ------
        TypeError
            If it is not a string.
        ValueError
            If the model has not been fitted.

        Examples
        --------
        >>> KneserNey(order=2).fit("abracadabra").predict_proba("a").round(2)
        array([0.04, 0.19, 0.32, 0.19, 0.19, 0.07])
        """
        return self._predict(self._read(history))

    def sample(self, n_characters, rng, prompt=""):
        """Write text: draw the next character, read it, draw the next.

        Parameters
        ----------
        n_characters : int
            How many characters to write.
        rng : numpy.random.Generator or int
            Source of the draws, or its seed.
        prompt : str, default=""
            Text to begin after. It is read, and not part of the result.

        Returns
        -------
        str
            The text. ``"<unk>"`` is never drawn.

        Raises
        ------
        TypeError
            If an argument is of another type.
        ValueError
            If `n_characters` is below 1, or the model has not been fitted.

        Examples
        --------
        >>> model = KneserNey(order=5).fit("tick tack tock " * 20)
        >>> model.sample(14, rng=0, prompt="tick ")
        'tack tick tack'
        """
        n_characters, rng = check_count("n_characters", n_characters), as_generator(rng)
        contexts, written = self._read(prompt, "prompt"), []
        for _ in range(n_characters):
            p = self._predict(contexts)
            p[UNKNOWN_ID] = 0
            written.append(rng.choice(len(p), p=p / p.sum()))
            contexts = self._step(contexts, written[-1])
        return "".join(self.alphabet_[token_id] for token_id in written)

    def _check_fitted(self):
        if not hasattr(self, "_tables"):
            # Here, since it takes half a second, and is needed only if something is wrong.
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("this KneserNey is not fitted: call fit(text) first")

    def _encode(self, text):
        """Return the id of each character: its position in `alphabet_`."""
        code_points, known = _code_points(text), self._code_points
        places = np.searchsorted(known, code_points).clip(max=len(known) - 1)
        return np.where(known[places] == code_points, places + 1, UNKNOWN_ID)

    def _read(self, history, name="history"):
        """Return for each table which history of its length stands at the end of a text."""
        self._check_fitted()
        check_text(name, history, may_be_empty=True)
        contexts = [0, *[-1] * (self.order - 1)]
        for token_id in self._encode(history[max(0, len(history) - self.order + 1) :]):
            contexts = self._step(contexts, token_id)
        return contexts

    def _step(self, contexts, token_id):
        """Return the histories one character later."""
        longer = zip(self._tables[:-1], contexts[:-1], strict=True)
        return [0, *(table.find(context, token_id) for table, context in longer)]

    def _predict(self, contexts):
        """Return the distribution of the next character after these histories."""
        token_ids = np.arange(len(self.alphabet_))
        p = np.full(len(token_ids), 1 / len(token_ids))
        for table, context in zip(self._tables, contexts, strict=True):
            p = table.share[table.find(context, token_ids)] + table.rest[context] * p
        return p


class _Table(NamedTuple):
    """The n-grams of one length.

    An n-gram has a number, its place in `keys`, and is -1 if it was not seen. As its history is an
    n-gram of the table before, also with a number, one integer tells all of it: the key
    ``history * n_tokens + last character``. The -1 needs no special case: such a key is negative,
    and never found; and the last entries, which -1 points to, are what an unseen n-gram gets.
    """

    keys: np.ndarray
    """The keys, sorted, and at the end one that is larger than any other."""
    share: np.ndarray
    """Of each n-gram, its discounted count over the sum of counts after its history; last, 0."""
    rest: np.ndarray
    """Of each history, the share of counts that was taken away, gamma; last, 1."""
    n_tokens: int
    """Size of the alphabet."""

    def find(self, contexts, token_ids):
        """Return the numbers of n-grams, from their histories and last characters."""
        keys = contexts * self.n_tokens + token_ids
        places = np.searchsorted(self.keys, keys)
        return np.where(self.keys[places] == keys, places, -1)


def _code_points(text):
    """Return the code points of a string as an array."""
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def _one_later(ngrams):
    """Return for each position the n-gram that ends before it: the history of the next table."""
    return np.concatenate([[-1], ngrams[:-1]])


def _number_ngrams(ids, n_tokens, order):
    """Return for each length the sorted keys, and the number of the n-gram that ends at each id."""
    numbered, contexts = [], np.zeros(len(ids), dtype=np.int64)
    for length in range(1, order + 1):
        start = min(length - 1, len(ids))  # no n-gram ends before
        numbers = np.full(len(ids), -1)
        keys, numbers[start:] = np.unique(
            contexts[start:] * n_tokens + ids[start:], return_inverse=True
        )
        numbered.append((keys, numbers))
        contexts = _one_later(numbers)
    return numbered


def _count_ngrams(numbered):
    """Return c of each n-gram for each length: occurrences of the longest, else continuations."""
    counts = []
    for start, (keys, numbers) in enumerate(numbered[:-1]):
        longer_keys, longer = numbered[start + 1]
        suffixes = np.empty(len(longer_keys), dtype=np.int64)
        suffixes[longer[start + 1 :]] = numbers[start + 1 :]
        counts.append(np.bincount(suffixes, minlength=len(keys)))
        counts[-1][numbers[start : start + 1]] += 1  # the start of the text stands before it
    keys, numbers = numbered[-1]
    return [*counts, np.bincount(numbers[len(numbered) - 1 :], minlength=len(keys))]


def _estimate_discounts(counts):
    """Return the discounts for counts of 1, of 2, and of 3 or more."""
    n_with = np.array([np.count_nonzero(counts == count) for count in (1, 2, 3, 4)])
    if not n_with.all():
        return FALLBACK_DISCOUNTS
    y = n_with[0] / (n_with[0] + 2 * n_with[1])
    discounts = np.arange(1, 4) - np.arange(2, 5) * y * n_with[1:] / n_with[:-1]
    return tuple(discounts) if (discounts > 0).all() else FALLBACK_DISCOUNTS


def _make_table(keys, counts, discounts, n_tokens, n_contexts):
    """Turn counts into the shares of `_Table`."""
    contexts = keys // n_tokens
    taken = np.array([0, *discounts])[np.minimum(counts, 3)]
    totals = np.bincount(contexts, counts, minlength=n_contexts)
    rest = np.bincount(contexts, taken, minlength=n_contexts)
    # Nothing follows the end of the text: such a history is as good as unseen.
    rest = np.divide(rest, totals, out=np.ones(n_contexts), where=totals > 0)
    share = (counts - taken) / totals[contexts]
    last = np.iinfo(np.int64).max
    return _Table(np.append(keys, last), np.append(share, 0), np.append(rest, 1), n_tokens)
