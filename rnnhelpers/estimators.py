"""Recurrent networks as scikit-learn estimators (taught in notebooks 08 to 10)."""

import contextlib
import copy
import re
from typing import NamedTuple

import numpy as np
from sklearn.base import (
    BaseEstimator,
    ClassifierMixin,
    ClassNamePrefixFeaturesOutMixin,
    MultiOutputMixin,
    RegressorMixin,
    TransformerMixin,
)
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import (
    assert_all_finite,
    check_array,
    check_consistent_length,
    check_random_state,
    column_or_1d,
)
from sklearn.utils.class_weight import compute_class_weight
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from rnnhelpers._validation import (
    check_choice,
    check_count,
    check_ids,
    check_mask,
    check_number,
    check_real,
    shown,
)
from rnnhelpers.cells import CELLS
from rnnhelpers.losses import cross_entropy, softmax, squared_error
from rnnhelpers.network import cell_settings, make_network, network_shapes
from rnnhelpers.optimizers import OPTIMIZERS, warmup_cosine
from rnnhelpers.parameters import Parameters, float_dtype
from rnnhelpers.saving import BadFile, read_npz, write_npz
from rnnhelpers.text import sequence_lengths
from rnnhelpers.training import DivergedError, History, shuffled_batches, train

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # scikit-learn 1.5 has it as a method
    validate_data = BaseEstimator._validate_data

CHOICES = {
    "cell": [*CELLS],
    "pooling": ["last", "mean"],
    "input": ["features", "tokens"],
    "optimizer": [*OPTIMIZERS],
}
FLOATS = [np.float64, np.float32]
CHUNK = 4_000_000
"""How many numbers a forward pass without a backward one may keep, about: 32 MB."""
LABEL_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|U[0-9]{1,9}|O)")


class _Sequences(NamedTuple):
    """Sequences, padded at the end to the same number of steps."""

    x: np.ndarray
    """Features (N, T, D), or token ids (N, T)."""
    lengths: np.ndarray
    """How many steps of each are real, (N,)."""

    def take(self, rows):
        """Return some of them, without the padding that they all have."""
        lengths = self.lengths[rows]
        return _Sequences(self.x[rows, : max(1, lengths.max())], lengths)

    @property
    def is_real(self):
        """Which steps are no padding, (N, T)."""
        return np.arange(self.x.shape[1]) < self.lengths[:, None]


class _RNNEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    """What classifier and regressor have in common: all but the targets and the loss."""

    def __init__(
        self,
        *,
        cell="gru",
        n_hidden=32,
        n_layers=1,
        bidirectional=False,
        n_embedding=None,
        pooling="last",
        input="features",
        n_step_features=1,
        n_tokens=None,
        standardize=True,
        n_epochs=30,
        batch_size=32,
        optimizer="adamw",
        learning_rate=0.01,
        optimizer_options=None,
        clip_norm=1.0,
        cell_options=None,
        validation_fraction=0.0,
        patience=None,
        dtype="float32",
        random_state=0,
        verbose=0,
    ):
        self._keep(locals())

    def _keep(self, given):
        """Keep the parameters as they are given: they are checked in `fit`."""
        for name in self._get_param_names():
            setattr(self, name, given[name])

    def fit(self, X, y, lengths=None):
        """Learn from sequences and their targets.

        Parameters
        ----------
        X : array-like
            The sequences. With ``input="features"``, of shape (n_samples, n_steps, n_features) or,
            folded, (n_samples, n_steps * n_step_features); with ``input="tokens"``, whole numbers
            of shape (n_samples, n_steps), padded at the end with 0.
        y : array-like of shape (n_samples,), for the regressor also (n_samples, n_outputs)
            The target of each sequence.
        lengths : array-like of int, shape (n_samples,), optional
            How many steps of each sequence of features are real; the others, at the end, are
            padding. All are real if not given. Of tokens the lengths are known.

        Returns
        -------
        self
            The estimator itself.

        Raises
        ------
        DivergedError
            If the loss is no number any more. `history_` has what was recorded.
        TypeError, ValueError
            If a parameter has no meaning, or the data cannot be learned from.
        """
        self._check_parameters()
        if y is None:
            raise ValueError(
                f"{type(self).__name__} requires y to be passed, but the target y is None: "
                "expected the target of each sequence"
            )
        if not hasattr(y, "__len__") and not hasattr(y, "__array__"):
            raise TypeError(
                f"y is of type {type(y).__name__}: expected the targets, one for each sequence"
            )
        vars(self).pop("feature_names_in_", None)  # of another fit
        sequences = self._read(X, lengths, is_fit=True)
        with _no_overflow("y"):
            y = self._read_targets(y)
        check_consistent_length(sequences.x, y)
        seed = check_random_state(self.random_state).randint(2**31 - 1)
        rng = np.random.default_rng(seed)
        rows, held_out = self._split(sequences.lengths, y, rng)
        self._learn_input_scale(sequences.take(rows))
        self._learn_targets(y[rows])
        self.network_ = self._make_network(rng)
        sequences = self._scaled(sequences, self.network_.params.dtype)
        self._train(sequences, self._scaled_targets(y), rows, held_out, rng)
        return self

    def fit_transform(self, X, y, lengths=None):
        """Learn, and return what `transform` says of the same sequences.

        Parameters
        ----------
        X, y, lengths
            As in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_directions * n_hidden)
            The pooled states.
        """
        return self.fit(X, y, lengths).transform(X, lengths)

    def transform(self, X, lengths=None):
        """Return what the read-out reads: the last states, or the mean ones.

        Parameters
        ----------
        X, lengths
            As in `fit`; the number of steps may differ, but for folded sequences.

        Returns
        -------
        ndarray of shape (n_samples, n_directions * n_hidden)
            The pooled states, float64. Those of a sequence without a real step are zeros.

        Raises
        ------
        NotFittedError
            If nothing has been learned yet.
        TypeError, ValueError
            If the sequences are not of the kind that was learned from.
        """
        return self._states(X, lengths)

    def _states(self, X, lengths):
        """Return what `transform` does, whatever form its output has been set to."""
        check_is_fitted(self, "network_")
        sequences = self._read(X, lengths, is_fit=False)
        network = _in_double(self.network_)
        states = np.zeros((len(sequences.x), network.layers.n_outputs))
        with _one_thread():
            for rows in self._chunks(sequences, np.flatnonzero(sequences.lengths)):
                x, steps = self._scaled(sequences.take(rows), np.float64)
                states[rows] = network.forward(x, lengths=steps).features
        return states

    def _outputs(self, X, lengths):
        """Return logits, or predictions in the units of the loss: (N, K), float64."""
        states, params = self._states(X, lengths), self.network_.params
        return states @ params["readout.W_hy"] + params["readout.b_y"]

    @property
    def _n_features_out(self):
        """Number of columns that `transform` returns."""
        return self.network_.layers.n_outputs

    def __sklearn_tags__(self):
        """Tell scikit-learn what the input may be."""
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = self.input == "features"
        tags.input_tags.positive_only = self.input == "tokens"
        return tags

    def _check_parameters(self):
        """Say at once what has no meaning."""
        for name, known in CHOICES.items():
            check_choice(name, getattr(self, name), known)
        for name in ("n_hidden", "n_layers", "n_step_features", "n_epochs", "batch_size"):
            check_count(name, getattr(self, name))
        for name in ("n_embedding", "n_tokens", "patience"):
            if getattr(self, name) is not None:
                check_count(name, getattr(self, name))
        for name in ("bidirectional", "standardize"):
            if not isinstance(getattr(self, name), bool | np.bool_):
                raise TypeError(f"{name} is {getattr(self, name)!r}: expected True or False")
        for name in ("cell_options", "optimizer_options"):
            if not isinstance(getattr(self, name), dict | None):
                raise TypeError(f"{name} is {getattr(self, name)!r}: expected a dict, or None")
        check_number("learning_rate", self.learning_rate, above=0)
        if self.clip_norm is not None:
            check_number("clip_norm", self.clip_norm, above=0)
        check_number("validation_fraction", self.validation_fraction, at_least=0, below=1)
        if not isinstance(self.verbose, int | np.integer | np.bool_):
            raise TypeError(f"verbose is {shown(self.verbose)}: expected a whole number")
        float_dtype(self.dtype)
        self._check_together()

    def _check_together(self):
        """Say which parameters do not go together."""
        if self.patience is not None and not self.validation_fraction:
            raise ValueError(
                f"patience is {self.patience} and validation_fraction 0: expected a "
                "validation_fraction above 0, since it is the held-out loss that is waited for"
            )
        for name in ("n_embedding", "n_tokens"):
            if self.input == "features" and getattr(self, name) is not None:
                raise ValueError(
                    f"{name} is {getattr(self, name)} and input 'features': expected None; "
                    "it is for token ids, input='tokens'"
                )

    def _read(self, X, lengths, *, is_fit):
        """Return the input as sequences, if it is what was asked for."""
        if self.input == "tokens":
            return self._read_tokens(X, lengths, is_fit)
        with _no_overflow("X"):
            x = self._read_features(X, is_fit)
        n_sequences, n_steps = x.shape[:2]
        check_mask(lengths, None, n_sequences, n_steps)
        lengths = np.full(n_sequences, n_steps) if lengths is None else np.asarray(lengths)
        return _Sequences(x, lengths)

    def _read_tokens(self, X, lengths, is_fit):
        """Return token ids as sequences; in `fit` also learn how many tokens there are."""
        if lengths is not None:
            raise ValueError(
                "lengths is given and input is 'tokens': expected None, since the padding, id 0, "
                "tells where a sequence ends"
            )
        ids = check_array(X, dtype=None, ensure_min_features=0, estimator=self, input_name="X")
        if ids.dtype.kind not in "iu":
            raise TypeError(
                f"X has dtype {ids.dtype}: expected token ids, whole numbers, as SequenceEncoder "
                "writes them; use input='features' for other numbers"
            )
        lengths = sequence_lengths(ids)
        if is_fit:
            self.n_features_in_ = int(self.n_tokens or ids.max(initial=0) + 1)
        reason = "give n_tokens, the size of the vocabulary, if fit has not seen all of it"
        check_ids("X", ids, self.n_features_in_, reason)
        return _Sequences(ids if ids.shape[1] else np.zeros((len(ids), 1), int), lengths)

    def _read_features(self, X, is_fit):
        """Return features (N, T, D); in `fit` also learn how many there are."""
        n_axes = _n_axes(X)
        if is_fit:
            self._is_folded = n_axes != 3
        elif self._is_folded != (n_axes != 3):
            raise ValueError(
                f"X has {n_axes} axes: expected {2 if self._is_folded else 3}, as in fit"
                + ("; for one sequence use X[None]" if n_axes == 2 else "")
            )
        if n_axes > 3:
            raise ValueError(f"X has {n_axes} axes: expected (n_samples, n_steps, n_features)")
        if n_axes == 3:
            return self._read_unfolded(X, is_fit)
        return self._fold(validate_data(self, X, reset=is_fit, dtype=FLOATS))

    def _read_unfolded(self, X, is_fit):
        """Return features that have an axis for time."""
        X = check_array(X, allow_nd=True, dtype=FLOATS, estimator=self, input_name="X")
        if not X.size:
            raise ValueError(f"X has shape {X.shape}: expected at least one step and one feature")
        if is_fit:
            self.n_features_in_ = X.shape[2]
        if X.shape[2] != self.n_features_in_:
            raise ValueError(
                f"X has {X.shape[2]} features, but {type(self).__name__} is expecting "
                f"{self.n_features_in_} features as input, on the last axis"
            )
        return X

    def _fold(self, X):
        """Turn columns into steps: the first `n_step_features` columns are the first step."""
        if X.shape[1] % self.n_step_features:
            raise ValueError(
                f"X has n_features={X.shape[1]} columns: expected a multiple of n_step_features="
                f"{self.n_step_features}, to fold them into steps"
            )
        return X.reshape(len(X), -1, self.n_step_features)

    def _split(self, lengths, y, rng):
        """Return which samples are learned from, and which are held out."""
        # There is no mean of nothing, and so no gradient for the layers.
        rows = np.flatnonzero(lengths) if self.pooling == "mean" else np.arange(len(lengths))
        if not lengths.any():
            raise ValueError("X is padding only: expected at least one sequence with a real step")
        if not self.validation_fraction:
            return rows, rows[:0]
        return train_test_split(
            rows,
            test_size=self.validation_fraction,
            stratify=self._strata(y[rows]),
            random_state=int(rng.integers(2**31)),
        )

    def _learn_input_scale(self, sequences):
        """Learn mean and standard deviation of each feature over all real steps."""
        if self.input == "tokens":
            return
        n_features = sequences.x.shape[2]
        self.input_mean_, self.input_scale_ = np.zeros(n_features), np.ones(n_features)
        if self.standardize:
            real_steps = sequences.x[sequences.is_real]
            self.input_mean_, self.input_scale_ = _mean_and_scale(real_steps)

    def _scaled(self, sequences, dtype):
        """Return the sequences as the network reads them, zero where there is padding."""
        if self.input == "tokens":
            return sequences
        x = np.where(sequences.is_real[:, :, None], sequences.x, self.input_mean_)
        x = (x - self.input_mean_) / self.input_scale_
        return _Sequences(x.astype(dtype), sequences.lengths)

    def _make_network(self, rng):
        """Make the untrained network."""
        return make_network(
            self.cell,
            self._n_inputs,
            self.n_hidden,
            self._n_outputs,
            n_layers=self.n_layers,
            bidirectional=self.bidirectional,
            n_embedding=self.n_embedding,
            pooling=self.pooling,
            rng=rng,
            dtype=self.dtype,
            **cell_settings(self.cell, self.cell_options),
        )

    @property
    def _n_inputs(self):
        """Number of features of a step, or of tokens."""
        is_folded = self.input == "features" and self._is_folded
        return self.n_step_features if is_folded else self.n_features_in_

    def _train(self, sequences, targets, rows, held_out, rng):
        """Learn from some of the samples; watch the loss of the others."""
        n_batches = -(-len(rows) // self.batch_size)
        n_updates = self.n_epochs * n_batches
        optimizer = OPTIMIZERS[self.optimizer](
            self.network_.params, learning_rate=self.learning_rate, **(self.optimizer_options or {})
        )
        self.history_ = History()
        try:
            self.history_ = train(
                optimizer,
                self._loss_and_gradients(sequences, targets),
                self._batches(rows, sequences.lengths, rng),
                n_steps=n_updates,
                clip_norm=self.clip_norm,
                schedule=lambda step: warmup_cosine(step, n_updates, n_warmup=n_updates // 20),
                evaluate=self._evaluation(sequences, targets, held_out) if held_out.size else None,
                evaluate_every=n_batches,
                patience=self.patience,
                progress=bool(self.verbose),
            )
        except DivergedError as error:
            self.history_ = error.history
            raise
        finally:
            self.n_iter_ = -(-self.history_.n_steps // n_batches)

    def _batches(self, rows, lengths, rng):
        """Go through the samples again and again, each time in another order."""
        while True:
            for batch in shuffled_batches(
                len(rows), self.batch_size, rng=rng, lengths=lengths[rows]
            ):
                yield rows[batch]

    def _loss_and_gradients(self, sequences, targets):
        """Return the function that learns from a batch."""
        network, d_params = self.network_, self.network_.params.empty_like()

        def loss_and_gradients(rows):
            x, lengths = sequences.take(rows)
            run = network.forward(x, lengths=lengths)
            loss, d_outputs = self._loss(run.outputs, targets[rows])
            d_outputs /= targets[rows].size
            return loss / targets[rows].size, network.backward(run, d_outputs, out=d_params)

        return loss_and_gradients

    def _evaluation(self, sequences, targets, held_out):
        """Return the function that computes the held-out loss."""

        def evaluate():
            total = 0.0
            for rows in self._chunks(sequences, held_out):
                x, lengths = sequences.take(rows)
                outputs = self.network_.forward(x, lengths=lengths).outputs
                total += self._loss(outputs, targets[rows])[0]
            return total / targets[held_out].size

        return evaluate

    def _chunks(self, sequences, rows):
        """Cut samples into pieces that fit into memory, those of similar length together."""
        n_steps, n_directions = sequences.x.shape[1], 1 + bool(self.bidirectional)
        n_kept = 8 * self.n_hidden * self.n_layers * n_directions + self._n_inputs
        size = max(1, CHUNK // (n_steps * n_kept))
        rows = rows[np.argsort(sequences.lengths[rows], kind="stable")]
        return (rows[start : start + size] for start in range(0, len(rows), size))

    def save(self, path):
        """Write the estimator to a file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Name of the file, ending in ``.npz``.

        Raises
        ------
        NotFittedError
            If nothing has been learned yet.
        TypeError
            If a parameter cannot be written as text, such as a `RandomState`.
        OSError
            If writing fails.
        """
        check_is_fitted(self, "network_")
        network = {f"network.{name}": array for name, array in self.network_.params.items()}
        others = {name: getattr(self, name) for name in self._scales()}
        write_npz(path, type(self).__name__, self._about(), {**network, **others})

    @classmethod
    def load(cls, path):
        """Read an estimator that `save` has written. Nothing in the file is executed.

        Parameters
        ----------
        path : str or path-like
            Name of the file.

        Returns
        -------
        RNNClassifier or RNNRegressor
            The estimator; it has no history.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        BadFile
            If it is damaged, or holds something else.
        """
        about, arrays = read_npz(path, cls.__name__, expected=cls._expected)
        model = cls._untrained(about)
        for name in model._scales():
            setattr(model, name, arrays.pop(name))
            if name.endswith("_scale_") and not (getattr(model, name) > 0).all():
                raise BadFile(f"{path} has a {name} of 0 or less: expected a scale above 0")
        model.network_ = model._make_network(rng=np.random.default_rng(0))
        for name, array in arrays.items():
            model.network_.params[name.removeprefix("network.")] = array
        return model

    def _scales(self):
        """Return the shape of each array that is learned besides the network."""
        shape = (self._n_inputs,)
        return {} if self.input == "tokens" else {"input_mean_": shape, "input_scale_": shape}

    def _about(self):
        """Return what a file has to tell besides the arrays."""
        names = getattr(self, "feature_names_in_", None)
        return {
            "parameters": {name: _plain(name, value) for name, value in self.get_params().items()},
            "n_features_in": int(self.n_features_in_),
            "feature_names": None if names is None else names.tolist(),
            "is_folded": self.input == "features" and self._is_folded,
            "n_epochs_run": self.n_iter_,
        }

    def _take_over(self, about):
        """Learn what a file tells besides the arrays."""
        self.n_features_in_ = check_count("n_features_in", about["n_features_in"])
        self.n_iter_ = check_count("n_epochs_run", about["n_epochs_run"], smallest=0)
        self._is_folded = bool(about["is_folded"])
        if about["feature_names"] is not None:
            self.feature_names_in_ = np.array([str(n) for n in about["feature_names"]], object)

    @classmethod
    def _untrained(cls, about):
        """Return the estimator that the settings of a file describe, without its network."""
        try:
            model = cls(**{name: _unplain(name, v) for name, v in about["parameters"].items()})
            model._check_parameters()
            model._take_over(about)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise BadFile(
                f"the settings in the file do not describe a {cls.__name__}: {error}"
            ) from error
        return model

    @classmethod
    def _expected(cls, about):
        """Return the shape and type of each array that belongs to the settings of a file."""
        model = cls._untrained(about)
        dtype = float_dtype(model.dtype)
        arrays = {f"network.{name}": (shape, dtype) for name, shape in model._shapes().items()}
        return {**arrays, **{name: (shape, np.float64) for name, shape in model._scales().items()}}

    def _shapes(self):
        """Return the shapes of the network's parameters, without making them."""
        return network_shapes(
            self.cell,
            self._n_inputs,
            self.n_hidden,
            self._n_outputs,
            n_layers=self.n_layers,
            bidirectional=self.bidirectional,
            n_embedding=self.n_embedding,
        )


class RNNClassifier(ClassifierMixin, _RNNEstimator):
    """Classify sequences with a recurrent network, in scikit-learn's conventions.

    The network reads a sequence step by step. Its last state, or the mean of its states, is read
    out as one logit for each class, and trained with the cross-entropy loss.

    Parameters
    ----------
    cell : {"gru", "lstm", "rnn", "gru_reset_before"}, default="gru"
        The kind of cell.
    n_hidden : int, default=32
        Number of hidden units H of each cell.
    n_layers : int, default=1
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether they read in both directions.
    n_embedding : int, optional
        Length of token vectors; without it tokens are one-hot.
    pooling : {"last", "mean"}, default="last"
        What is read out: the state after the last real step, or the mean over all real steps. A
        sequence without a real step has a pooled state of zeros; with "mean" such sequences are
        not learned from.
    input : {"features", "tokens"}, default="features"
        What `X` holds: numbers, or token ids as `rnnhelpers.text.SequenceEncoder` writes them.
    n_step_features : int, default=1
        How many columns of a folded `X` make a step.
    n_tokens : int, optional
        Size of the vocabulary; by default the largest id that `fit` sees, plus 1.
    standardize : bool, default=True
        Whether to scale features to mean 0 and standard deviation 1, over all real steps.
    n_epochs : int, default=30
        How often each sequence is learned from.
    batch_size : int, default=32
        Number of sequences of a batch. Those of similar length come together.
    optimizer : {"adamw", "adam", "rmsprop", "adagrad", "sgd"}, default="adamw"
        The update rule.
    learning_rate : float, default=0.01
        Its largest learning rate: it rises to that in the first twentieth of the updates, then
        falls along a cosine to zero.
    optimizer_options : dict, optional
        Further settings of the optimiser.
    clip_norm : float or None, default=1.0
        Largest length of the gradient.
    cell_options : dict, optional
        Settings of the cells, beside or instead of `rnnhelpers.network.CELL_OPTIONS`.
    validation_fraction : float, default=0.0
        Share of the samples that are held out. If there are any, their loss is computed after each
        epoch, and the parameters end up as they were when it was smallest. The classifier holds
        out the same share of each class.
    patience : int, optional
        Stop when the held-out loss has not become smaller in this many epochs in a row.
    class_weight : dict, "balanced" or None, default=None
        How much a sample of each class counts, as in scikit-learn.
    dtype : {"float32", "float64"}, default="float32"
        Type of the parameters. Predictions are computed in float64, so that they do not depend on
        which sequences are predicted together.
    random_state : int, RandomState or None, default=0
        Source of the first weights, the order of the samples, and the choice of held-out ones.
    verbose : int, default=0
        1 shows a progress bar.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The classes, in the order of the columns of `predict_proba`.
    n_features_in_ : int
        Number of features of a step, or of columns if `X` was folded, or of tokens.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the columns, if `X` was a data frame.
    n_iter_ : int
        Number of epochs run.
    history_ : History
        What the training recorded.
    network_ : Network
        The network.
    input_mean_, input_scale_ : ndarray of shape (n_step_features,)
        What features are scaled with.

    See Also
    --------
    RNNRegressor : predict numbers.
    rnnhelpers.text.SequenceEncoder : make token ids of text.

    Notes
    -----
    Cross-validation hands `lengths` on if it is asked to: with
    ``sklearn.set_config(enable_metadata_routing=True)``, and
    ``model.set_fit_request(lengths=True).set_score_request(lengths=True)``. Token ids need none.

    Examples
    --------
    Which came first, the low or the high?

    >>> X = [[0, 0, 1, 1], [0, 1, 1, 1], [1, 1, 0, 0], [1, 0, 0, 0]] * 4
    >>> y = ["rises", "rises", "falls", "falls"] * 4
    >>> model = RNNClassifier(n_hidden=8).fit(X, y)
    >>> model.predict([[0, 0, 0, 1], [1, 1, 1, 0]]).tolist()
    ['rises', 'falls']

    Text, character by character:

    >>> from sklearn.pipeline import make_pipeline
    >>> from rnnhelpers.text import SequenceEncoder
    >>> names = ["Oslo", "Bergen", "Roma", "Milano"] * 4
    >>> model = make_pipeline(SequenceEncoder(analyzer="char"), RNNClassifier(input="tokens"))
    >>> model = model.fit(names, ["Norway", "Norway", "Italy", "Italy"] * 4)
    >>> model.predict(["Oslo", "Roma"]).tolist()
    ['Norway', 'Italy']
    """

    def __init__(
        self,
        *,
        cell="gru",
        n_hidden=32,
        n_layers=1,
        bidirectional=False,
        n_embedding=None,
        pooling="last",
        input="features",
        n_step_features=1,
        n_tokens=None,
        standardize=True,
        n_epochs=30,
        batch_size=32,
        optimizer="adamw",
        learning_rate=0.01,
        optimizer_options=None,
        clip_norm=1.0,
        cell_options=None,
        validation_fraction=0.0,
        patience=None,
        class_weight=None,
        dtype="float32",
        random_state=0,
        verbose=0,
    ):
        self._keep(locals())

    def predict(self, X, lengths=None):
        """Say which class is most probable.

        Parameters
        ----------
        X, lengths
            As in `fit`; the number of steps may differ, but for folded sequences.

        Returns
        -------
        ndarray of shape (n_samples,)
            The classes.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `transform`.
        """
        numbers = self._outputs(X, lengths).argmax(axis=1)
        return self.classes_[numbers]

    def predict_proba(self, X, lengths=None):
        """Compute how probable each class is.

        Parameters
        ----------
        X, lengths
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            The probabilities, in the order of `classes_`.
        """
        return softmax(self._outputs(X, lengths))

    def predict_log_proba(self, X, lengths=None):
        """Compute the natural logarithms of the probabilities, without rounding small ones to 0.

        Parameters
        ----------
        X, lengths
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            The logarithms, in the order of `classes_`.
        """
        from scipy.special import log_softmax

        return log_softmax(self._outputs(X, lengths), axis=1)

    def decision_function(self, X, lengths=None):
        """Compute the logits; of two classes, how much larger that of the second is.

        Parameters
        ----------
        X, lengths
            As in `predict`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), or (n_samples,) for two classes
            The logits, in the order of `classes_`.
        """
        logits = self._outputs(X, lengths)
        return logits[:, 1] - logits[:, 0] if len(self.classes_) == 2 else logits

    def score(self, X, y, sample_weight=None, *, lengths=None):
        """Compute the accuracy: the share of right predictions.

        Parameters
        ----------
        X, lengths
            As in `predict`.
        y : array-like of shape (n_samples,)
            The right classes.
        sample_weight : array-like of shape (n_samples,), optional
            How much each sample counts.

        Returns
        -------
        float
            From 0 to 1.
        """
        weights = _checked_weights(sample_weight)
        y = column_or_1d(y)
        if any(label is None for label in y):  # to scikit-learn a mix of unknown and other targets
            raise ValueError("y has None in it: expected the class of each sample")
        return accuracy_score(y, self.predict(X, lengths), sample_weight=weights)

    @property
    def _n_outputs(self):
        return len(self.classes_)

    def _read_targets(self, y):
        """Learn the classes; return the number of each target."""
        y = column_or_1d(y, warn=True)
        assert_all_finite(y, input_name="y")
        if not y.size:
            raise ValueError("y is empty: expected the class of each sequence")
        check_classification_targets(y)
        self.classes_, numbers = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(
                f"y has one class only, {self.classes_.tolist()[0]!r}: expected at least two, "
                "else there is nothing to tell apart"
            )
        return numbers

    def _strata(self, y):
        return y

    def _learn_targets(self, y):
        """Learn how much each class counts, so that a sample counts 1 on average."""
        self._class_weights = None
        if self.class_weight is not None:
            weights = compute_class_weight(
                self.class_weight, classes=self.classes_, y=self.classes_[y]
            )
            self._class_weights = weights / weights[y].mean()

    def _scaled_targets(self, y):
        return y

    def _loss(self, logits, targets):
        """Return the sum of the losses, not their mean: weights are relative to all samples."""
        return cross_entropy(logits, targets, class_weights=self._class_weights, reduction="sum")

    def _about(self):
        labels = [_plain("classes_", label) for label in self.classes_.tolist()]
        dtype = _label_dtype(self.classes_.dtype.str).str
        return {**super()._about(), "classes": {"dtype": dtype, "labels": labels}}

    def _take_over(self, about):
        super()._take_over(about)
        dtype, labels = _label_dtype(about["classes"]["dtype"]), list(about["classes"]["labels"])
        if dtype.itemsize * len(labels) > 2**26:
            raise ValueError(f"its classes have dtype {dtype}: expected shorter labels")
        self.classes_ = np.array(labels, dtype)
        if self.classes_.tolist() != labels or not 2 <= len(labels) == len(set(labels)):
            raise ValueError(f"its classes are no different labels of dtype {dtype}")


class RNNRegressor(RegressorMixin, MultiOutputMixin, _RNNEstimator):
    """Predict numbers from sequences with a recurrent network, in scikit-learn's conventions.

    The network reads a sequence step by step. Its last state, or the mean of its states, is read
    out, and trained with the squared error. Targets are scaled to mean 0 and standard deviation 1
    for the training, and predictions scaled back, so that learning rates suit targets of any size.

    Parameters
    ----------
    cell, n_hidden, n_layers, bidirectional, n_embedding, pooling, input, n_step_features
        As in `RNNClassifier`.
    n_tokens, standardize, n_epochs, batch_size, optimizer, learning_rate, optimizer_options
        As in `RNNClassifier`.
    clip_norm, cell_options, validation_fraction, patience, dtype, random_state, verbose
        As in `RNNClassifier`.

    Attributes
    ----------
    target_mean_, target_scale_ : ndarray of shape () or (n_outputs,)
        What targets are scaled with.
    n_features_in_, feature_names_in_, n_iter_, history_, network_, input_mean_, input_scale_
        As in `RNNClassifier`.

    See Also
    --------
    RNNClassifier : tell classes apart.

    Examples
    --------
    How many ones are there?

    >>> X = np.random.default_rng(0).integers(0, 2, size=(200, 6))
    >>> model = RNNRegressor(n_hidden=8).fit(X, X.sum(axis=1))
    >>> model.predict([[0, 0, 0, 0, 1, 0], [1, 1, 0, 1, 1, 0]]).round()
    array([1., 4.])
    """

    def predict(self, X, lengths=None):
        """Predict the targets.

        Parameters
        ----------
        X, lengths
            As in `fit`; the number of steps may differ, but for folded sequences.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs), as `y` in `fit`
            The predictions.

        Raises
        ------
        NotFittedError, TypeError, ValueError
            As `transform`.
        """
        outputs = self._outputs(X, lengths)
        shape = (len(outputs), *self.target_mean_.shape)
        return outputs.reshape(shape) * self.target_scale_ + self.target_mean_

    def score(self, X, y, sample_weight=None, *, lengths=None):
        """Compute the coefficient of determination R²: which share of the variance is predicted.

        Parameters
        ----------
        X, lengths
            As in `predict`.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            The right targets.
        sample_weight : array-like of shape (n_samples,), optional
            How much each sample counts.

        Returns
        -------
        float
            1 at best; 0 for always predicting the mean.
        """
        weights = _checked_weights(sample_weight)
        return r2_score(y, self.predict(X, lengths), sample_weight=weights)

    @property
    def _n_outputs(self):
        return self.target_mean_.size

    def _read_targets(self, y):
        """Return numbers."""
        y = check_array(y, ensure_2d=False, dtype="numeric", estimator=self, input_name="y")
        return y.astype(np.float64)

    def _strata(self, y):
        return None

    def _learn_targets(self, y):
        """Learn mean and standard deviation of the targets."""
        self.target_mean_, self.target_scale_ = _mean_and_scale(y)

    def _scaled_targets(self, y):
        """Return targets (N, K) as the network learns them."""
        scaled = (y - self.target_mean_) / self.target_scale_
        return scaled.reshape(len(y), -1).astype(self.dtype)

    def _loss(self, predictions, targets):
        """Return the sum of the losses."""
        return squared_error(predictions, targets, reduction="sum")

    def _scales(self):
        shape = self.target_mean_.shape
        return {**super()._scales(), "target_mean_": shape, "target_scale_": shape}

    def _about(self):
        return {**super()._about(), "target_shape": [*self.target_mean_.shape]}

    def _take_over(self, about):
        super()._take_over(about)
        shape = [check_count("target_shape", length) for length in about["target_shape"]]
        self.target_mean_ = np.broadcast_to(0.0, shape)


def _n_axes(X):
    """Return how many axes an array-like has."""
    try:
        return X.ndim if hasattr(X, "ndim") else np.asarray(X).ndim
    except ValueError as error:
        raise ValueError(
            "X is ragged: expected rows of equal length; pad them, and give lengths"
        ) from error


def _checked_weights(sample_weight):
    """Return weights, one a sample and none NaN, as scikit-learn 1.5 does not ask; None if None."""
    if sample_weight is None:
        return None
    weights = check_real("sample_weight", sample_weight)
    if weights.ndim != 1:
        raise ValueError(f"sample_weight has shape {weights.shape}: expected (n_samples,)")
    return weights


@contextlib.contextmanager
def _no_overflow(name):
    """Explain what scikit-learn does not: a whole number that no float can hold."""
    try:
        yield
    except OverflowError:
        raise ValueError(
            f"{name} has a number too large for a float: expected smaller ones"
        ) from None


def _mean_and_scale(values):
    """Return mean and standard deviation over the first axis; 1 for the scale of a constant."""
    mean = np.asarray(values.mean(axis=0, dtype=np.float64))
    scale = np.asarray(values.std(axis=0, dtype=np.float64))
    is_constant = scale <= 1e-13 * np.abs(mean)  # rounding leaves a little
    return mean, np.where(is_constant, 1.0, scale)


def _in_double(network):
    """Return a copy of a network that computes in float64."""
    network = copy.deepcopy(network)
    params = network.params
    network.bind(Parameters.over(params.flat.astype(np.float64), params.shapes))
    return network


def _one_thread():
    """Limit linear algebra to one thread, as `rnnhelpers.training.train` does."""
    from threadpoolctl import threadpool_limits

    return threadpool_limits(1, user_api="blas")


def _plain(name, value):
    """Return a parameter as JSON can hold it; `write_npz` refuses what is left."""
    if name == "class_weight" and isinstance(value, dict):
        return [[_plain("", label), _plain("", weight)] for label, weight in value.items()]
    if name == "dtype":
        return np.dtype(value).name
    if isinstance(value, dict):
        return {key: _plain("", part) for key, part in value.items()}
    return value.item() if isinstance(value, np.generic) else value


def _unplain(name, value):
    """Undo `_plain`."""
    return dict(value) if name == "class_weight" and isinstance(value, list) else value


def _label_dtype(dtype):
    """Return the type of class labels, if files can hold it."""
    if not LABEL_DTYPE.fullmatch(dtype):
        raise TypeError(f"classes_ has dtype {dtype}: expected numbers, booleans or strings")
    return np.dtype(dtype)
