"""Documents to padded token ids and one-hot sequences (taught in notebook 01).

Tokenising and the vocabulary are scikit-learn's; what is added here is what a recurrent network
needs and a bag of words throws away: the order of the tokens.
"""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.utils.validation import check_is_fitted

from rnnhelpers._validation import (
    MOST,
    as_array,
    check_choice,
    check_count,
    check_list,
    check_shape,
    shown,
)

PAD, UNKNOWN = "<pad>", "<unk>"
PAD_ID, UNKNOWN_ID = 0, 1
RESERVED = (PAD, UNKNOWN)

KEEP_SHORT_WORDS = r"(?u)\b\w+\b"
"""Token pattern that, unlike scikit-learn's default, keeps words of one letter."""


class SequenceEncoder(TransformerMixin, BaseEstimator):
    """Turn documents into padded sequences of token ids, or of one-hot vectors.

    A transformer in scikit-learn's conventions: `fit` learns the vocabulary with
    `sklearn.feature_extraction.text.CountVectorizer`, `transform` writes each document as the ids
    of its tokens, in order. Id 0 is the padding after the end of a shorter document, id 1 is any
    token that `fit` has not seen; the tokens of the vocabulary follow in alphabetical order.

    Parameters
    ----------
    analyzer : {"word", "char"} or callable, default="word"
        What a token is, as in `CountVectorizer`.
    lowercase : bool, default=True
        Whether to write every document in lower case first.
    token_pattern : str, default=KEEP_SHORT_WORDS
        Regular expression for a word. The default keeps words of one letter, which
        `CountVectorizer` drops. Only used with ``analyzer="word"``.
    min_df : int or float, default=1
        Leave tokens out of the vocabulary that stand in fewer documents than this (a number of
        documents, or a share of them if it is a float).
    max_features : int or None, default=None
        Keep only this many of the most frequent tokens.
    n_steps : int or None, default=None
        Number of time steps T to write. Shorter documents are padded at the end, longer ones lose
        their end. With None, T is the length of the longest document of the call.
    output : {"ids", "one_hot"}, default="ids"
        What `transform` returns.

    Attributes
    ----------
    tokens_ : ndarray of shape (n_tokens,)
        The token of each id, the two reserved ones first.
    vocabulary_ : dict of str to int
        The id of each token, the two reserved ones included.

    See Also
    --------
    one_hot : the one-hot vectors of token ids.
    sequence_lengths : how many time steps of each sequence are no padding.

    Examples
    --------
    >>> encoder = SequenceEncoder().fit(["dog bites man", "man sleeps"])
    >>> encoder.tokens_.tolist()
    ['<pad>', '<unk>', 'bites', 'dog', 'man', 'sleeps']
    >>> encoder.transform(["dog bites man", "cat sleeps"])
    array([[3, 2, 4],
           [1, 5, 0]])
    >>> encoder.inverse_transform([[3, 2, 4], [1, 5, 0]])
    [['dog', 'bites', 'man'], ['<unk>', 'sleeps']]
    """

    def __init__(
        self,
        *,
        analyzer="word",
        lowercase=True,
        token_pattern=KEEP_SHORT_WORDS,
        min_df=1,
        max_features=None,
        n_steps=None,
        output="ids",
    ):
        self.analyzer = analyzer
        self.lowercase = lowercase
        self.token_pattern = token_pattern
        self.min_df = min_df
        self.max_features = max_features
        self.n_steps = n_steps
        self.output = output

    def fit(self, documents, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        documents : iterable of str
            One string a document.
        y : None
            Ignored; there because scikit-learn's pipelines pass it.

        Returns
        -------
        SequenceEncoder
            The encoder itself.

        Raises
        ------
        TypeError
            If `documents` is one string, or something in it is not a string.
        ValueError
            If there are no documents, no tokens in them, or a parameter has no meaning.
        """
        self._check_parameters()
        documents = _as_documents(documents)
        vectorizer = CountVectorizer(
            analyzer=self.analyzer,
            lowercase=self.lowercase,
            token_pattern=self.token_pattern if self.analyzer == "word" else None,
            min_df=self.min_df,
            max_features=self.max_features,
        )
        found = vectorizer.fit(documents).get_feature_names_out().tolist()
        taken = set(RESERVED).intersection(found)
        if taken:
            raise ValueError(
                f"the documents contain the token {taken.pop()!r}, which the encoder reserves: "
                "write it differently in the documents"
            )
        self.tokens_ = np.array([*RESERVED, *found])
        self.vocabulary_ = {token: token_id for token_id, token in enumerate(self.tokens_.tolist())}
        self._analyze = vectorizer.build_analyzer()
        return self

    def transform(self, documents):
        """Write each document as the ids, or the one-hot vectors, of its tokens in order.

        Parameters
        ----------
        documents : iterable of str
            One string a document. A document without any token becomes padding only.

        Returns
        -------
        ndarray of shape (n_sequences, n_steps) or (n_sequences, n_steps, n_tokens)
            Token ids (int64), or one-hot vectors (float64) with ``output="one_hot"``.

        Raises
        ------
        TypeError
            If `documents` is one string, or something in it is not a string.
        ValueError
            If there are no documents.
        """
        check_is_fitted(self, "tokens_")
        sequences = [
            [self.vocabulary_.get(token, UNKNOWN_ID) for token in self._analyze(document)]
            for document in _as_documents(documents)
        ]
        n_steps = self.n_steps or max(map(len, sequences))
        token_ids = np.full((len(sequences), n_steps), PAD_ID, dtype=np.int64)
        for row, sequence in zip(token_ids, sequences, strict=True):
            row[: len(sequence)] = sequence[:n_steps]
        return one_hot(token_ids, len(self.tokens_)) if self.output == "one_hot" else token_ids

    def inverse_transform(self, sequences):
        """Read the tokens back, without the padding.

        Parameters
        ----------
        sequences : array-like of shape (n_sequences, n_steps) or (n_sequences, n_steps, n_tokens)
            What `transform` returned.

        Returns
        -------
        list of list of str
            The tokens of each sequence; ``"<unk>"`` where the token was not known.
        """
        check_is_fitted(self, "tokens_")
        sequences = as_array("sequences", sequences)
        if sequences.ndim not in (2, 3):
            raise ValueError(
                f"sequences has shape {sequences.shape}: expected (n_sequences, n_steps), or "
                "(n_sequences, n_steps, n_tokens) of one-hot vectors"
            )
        token_ids = sequences
        if sequences.ndim == 3:
            check_shape("sequences", sequences, (*sequences.shape[:2], len(self.tokens_)),
                        "one-hot vectors of this vocabulary")  # fmt: skip
            token_ids = sequences.argmax(axis=-1)
        _check_token_ids(token_ids, len(self.tokens_))
        token_ids = token_ids.astype(np.intp, copy=False)  # an empty list has no whole numbers
        return [self.tokens_[row[row != PAD_ID]].tolist() for row in token_ids]

    def __sklearn_tags__(self):
        """Tell scikit-learn that the input is text, and not a table of numbers."""
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def _check_parameters(self):
        check_choice("output", self.output, ("ids", "one_hot"))
        if not callable(self.analyzer):
            check_choice("analyzer", self.analyzer, ("word", "char", "char_wb"))
        is_count = isinstance(self.n_steps, int | np.integer) and not isinstance(self.n_steps, bool)
        if self.n_steps is not None and not (is_count and 0 < self.n_steps <= MOST):
            raise ValueError(
                f"n_steps is {shown(self.n_steps)}: expected a number of time steps, 1 to {MOST}, "
                "or None for the length of the longest document"
            )


def one_hot(token_ids, n_tokens):
    """Write each token id as a vector with a single 1.

    Padding (id 0) becomes a vector of zeros: nothing is read at that time step.

    Parameters
    ----------
    token_ids : array-like of int, any shape, usually (n_sequences, n_steps)
        Token ids from 0 to ``n_tokens - 1``.
    n_tokens : int
        Number of tokens in the vocabulary, the reserved ones included.

    Returns
    -------
    ndarray of shape (..., n_tokens)
        One more axis than `token_ids`, float64.

    Raises
    ------
    TypeError
        If the ids are not whole numbers.
    ValueError
        If an id is below 0 or not below `n_tokens`.

    Examples
    --------
    >>> one_hot([2, 1, 0], n_tokens=4)
    array([[0., 0., 1., 0.],
           [0., 1., 0., 0.],
           [0., 0., 0., 0.]])
    """
    n_tokens = check_count("n_tokens", n_tokens)
    token_ids = as_array("token_ids", token_ids)
    _check_token_ids(token_ids, n_tokens)
    token_ids = token_ids.astype(np.intp, copy=False)  # an empty list has no whole numbers
    vectors = np.zeros((*token_ids.shape, n_tokens))
    is_token = (token_ids != PAD_ID).astype(float)
    np.put_along_axis(vectors, token_ids[..., None], is_token[..., None], axis=-1)
    return vectors


def sequence_lengths(token_ids):
    """Count the time steps of each sequence that are no padding.

    Parameters
    ----------
    token_ids : array-like of int, shape (n_sequences, n_steps)
        Token ids, padded at the end with id 0.

    Returns
    -------
    ndarray of shape (n_sequences,)
        The lengths, int64.

    Raises
    ------
    ValueError
        If padding stands before a token, as other libraries write it.

    Examples
    --------
    >>> sequence_lengths([[3, 2, 4], [1, 5, 0]])
    array([3, 2])
    """
    token_ids = as_array("token_ids", token_ids)
    if token_ids.ndim != 2:
        raise ValueError(
            f"token_ids has shape {token_ids.shape}: expected (n_sequences, n_steps); "
            "for one sequence use token_ids[None]"
        )
    is_token = token_ids != PAD_ID
    if (is_token[:, 1:] & ~is_token[:, :-1]).any():
        raise ValueError("a token stands after padding (id 0): expected padding at the end only")
    return is_token.sum(axis=1, dtype=np.int64)


def _as_documents(documents):
    """Return a list of strings, or say what is wrong with it."""
    if isinstance(documents, str | bytes):
        raise TypeError(
            "documents is a single string: expected a list of them; for one document use [document]"
        )
    documents = check_list("documents", documents, "strings")
    if not documents:
        raise ValueError("documents is empty: expected at least one string")
    for position, document in enumerate(documents):
        if not isinstance(document, str):
            raise TypeError(
                f"documents[{position}] is {document!r}, of type {type(document).__name__}: "
                "expected a string" + ("; decode it first" if isinstance(document, bytes) else "")
            )
    return documents


def _check_token_ids(token_ids, n_tokens):
    """Raise unless every id is a whole number from 0 to n_tokens - 1."""
    is_whole = token_ids.dtype.kind in "iu" or (not token_ids.size and token_ids.dtype == float)
    if not is_whole:  # an empty list is taken for floats by NumPy
        raise TypeError(f"token ids have dtype {token_ids.dtype}: expected whole numbers")
    outside = token_ids[(token_ids < 0) | (token_ids >= n_tokens)]
    if outside.size:
        raise ValueError(
            f"token id {outside.flat[0]} is outside the vocabulary: expected 0 to {n_tokens - 1} "
            f"for n_tokens={n_tokens}; was it encoded with another vocabulary?"
        )
