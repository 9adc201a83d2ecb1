"""A recurrent language model: what comes next? (taught in notebooks 06 and 07)."""

import numpy as np

from rnnhelpers._validation import (
    as_array,
    check_choice,
    check_count,
    check_flag,
    check_number,
    check_whole_ids,
    show_settings,
)
from rnnhelpers.cells import CELLS
from rnnhelpers.initialization import as_generator
from rnnhelpers.losses import cross_entropy, softmax
from rnnhelpers.network import cell_settings, make_network, network_shapes
from rnnhelpers.optimizers import OPTIMIZERS, warmup_cosine
from rnnhelpers.parameters import float_dtype
from rnnhelpers.saving import BadFile, read_npz, write_npz
from rnnhelpers.training import DivergedError, History, contiguous_batches, train

UNKNOWN = "<unk>"
OPTIMIZER_OPTIONS = {"adam": {"beta2": 0.99}, "adamw": {"beta2": 0.99, "weight_decay": 0.1}}
"""Settings of the optimisers that learn text well."""


class LanguageModel:
    """Predict the next character, or token, from all that came before.

    A text is a string, of which each character is a token, or a list of strings, its tokens, such
    as words. The tokens of the training text are the vocabulary; any other is read as ``"<unk>"``.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "gru_reset_before"}, default="gru"
        The kind of cell.
    n_hidden : int, default=128
        Number of hidden units H.
    n_layers : int, default=1
        Number of recurrent layers.
    n_embedding : int, optional
        Length of token vectors; without it tokens are one-hot.
    n_updates : int, default=1000
        Number of updates in training.
    n_sequences : int, default=32
        Number of strands that the text is cut into, to be read side by side: N.
    n_steps : int, default=32
        Number of time steps T from one update to the next. The state is carried on, the gradient
        is not.
    optimizer : {"adamw", "adam", "rmsprop", "adagrad", "sgd"}, default="adamw"
        The update rule.
    learning_rate : float, default=0.02
        Its largest learning rate: it rises to that in `n_warmup` updates, then falls along a
        cosine to zero.
    optimizer_options : dict, optional
        Further settings of the optimiser, beside or instead of the course's: by default AdamW
        decays the weights by 0.1, and Adam's second beta is 0.99.
    n_warmup : int, default=100
        Number of updates in which the learning rate rises; at most half of them.
    clip_norm : float or None, default=1.0
        Largest length of the gradient.
    cell_options : dict, optional
        Settings of the cells, beside or instead of the course's: by default the recurrent weights
        start orthogonal, and the biases of the LSTM's forget gate and of the GRU's update gate
        at 1.
    unigram_bias : bool, default=True
        Whether the output bias starts at the logarithm of how often each token occurs, so that
        nothing has to be learned for that. Without it the first loss is near log V.
    evaluate_every : int, default=200
        Number of updates from one look at the held-out loss to the next.
    patience : int or None, default=None
        Stop when the held-out loss has not become smaller in this many looks in a row.
    seed : int, default=0
        Seed of the first weights.
    dtype : {"float32", "float64"}, default="float32"
        Type of the parameters.

    Attributes
    ----------
    tokens_ : list of str
        The vocabulary; first ``"<unk>"``.
    network_ : Network
        The network.
    history_ : History
        What the training recorded.

    Examples
    --------
    >>> model = LanguageModel(
    ...     n_hidden=16, n_updates=200, n_sequences=4, n_steps=15, learning_rate=0.03, n_warmup=20
    ... )
    >>> model = model.fit("tick tack tock " * 40, progress=False)
    >>> model.sample(14, prompt="tick ", top_k=1)
    'tack tock tick'
    >>> model.perplexity("tick tack tock tick tack") < 1.2
    True
    """

    def __init__(
        self,
        *,
        cell="gru",
        n_hidden=128,
        n_layers=1,
        n_embedding=None,
        n_updates=1000,
        n_sequences=32,
        n_steps=32,
        optimizer="adamw",
        learning_rate=0.02,
        optimizer_options=None,
        n_warmup=100,
        clip_norm=1.0,
        cell_options=None,
        unigram_bias=True,
        evaluate_every=200,
        patience=None,
        seed=0,
        dtype="float32",
    ):
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        self._check_settings()

    def __repr__(self):
        """Show the settings that are not the defaults."""
        return show_settings(self)

    def _check_settings(self):
        """Say at once what has no meaning."""
        settings = self.settings
        for name, known in {"cell": CELLS, "optimizer": OPTIMIZERS}.items():
            check_choice(name, settings[name], known)
        counts = ("n_hidden", "n_layers", "n_updates", "n_sequences", "n_steps", "evaluate_every")
        for name in counts:
            settings[name] = check_count(name, settings[name])
        settings["n_warmup"] = check_count("n_warmup", settings["n_warmup"], smallest=0)
        settings["seed"] = check_count("seed", settings["seed"], 0, None)
        settings["unigram_bias"] = check_flag("unigram_bias", settings["unigram_bias"])
        for name in ("n_embedding", "patience"):
            if settings[name] is not None:
                settings[name] = check_count(name, settings[name])
        settings["dtype"] = float_dtype(settings["dtype"]).name
        settings["learning_rate"] = check_number(
            "learning_rate", settings["learning_rate"], above=0
        )
        if settings["clip_norm"] is not None:
            settings["clip_norm"] = check_number("clip_norm", settings["clip_norm"], above=0)
        for name in ("cell_options", "optimizer_options"):
            if not isinstance(settings[name], dict | None):
                raise TypeError(f"{name} is {settings[name]!r}: expected a dict, or None")
        try:  # the smallest cell there is, to see whether the options are known
            cell = CELLS[settings["cell"]](1, 1, rng=0, **self._cell_options())
            self._make_optimizer(cell.params)
        except TypeError as error:
            raise TypeError(f"cell_options or optimizer_options do not fit: {error}") from None

    def _cell_options(self):
        """Return the settings of the cells: the course's, and those that are given."""
        return cell_settings(self.settings["cell"], self.settings["cell_options"])

    def _make_optimizer(self, params):
        """Make the optimiser: with the course's settings, and those that are given."""
        settings, name = self.settings, self.settings["optimizer"]
        options = OPTIMIZER_OPTIONS.get(name, {}) | (settings["optimizer_options"] or {})
        return OPTIMIZERS[name](params, learning_rate=settings["learning_rate"], **options)

    def fit(self, text, held_out=None, *, progress=True):
        """Learn from a text, anew.

        The keyboard's interrupt (in Jupyter the stop button) ends it early; the model can then be
        used, though the learning rate had not come down yet.

        Parameters
        ----------
        text : str or list of str
            The text.
        held_out : str or list of str, optional
            A text that is not learned from. If given, the parameters end up as they were when its
            loss was smallest.
        progress : bool, default=True
            Whether to show a progress bar.

        Returns
        -------
        LanguageModel
            The model itself.

        Raises
        ------
        DivergedError
            If the loss is no number any more.
        TypeError
            If a text is neither a string nor a list of strings.
        ValueError
            If the text is too short for `n_sequences`, or has one token only.
        """
        settings = self.settings
        text = _as_tokens("text", text)
        needed = settings["n_sequences"] + 1
        if len(text) < needed:
            raise ValueError(
                f"text has {len(text)} tokens: expected at least {needed}, for n_sequences="
                f"{needed - 1}; use fewer strands, or a longer text"
            )
        if held_out is None and settings["patience"] is not None:
            raise ValueError("patience is set and held_out is missing: expected a text to look at")
        if held_out is not None:
            _check_form("held_out", held_out, isinstance(text, str))
            if len(held_out) < 2:
                raise ValueError("held_out has 1 token: expected at least 2, to predict the second")
        found = sorted(set(text) - {UNKNOWN})
        if len(found) < 2:
            raise ValueError(
                f"text has {len(found)} different tokens: expected at least 2, else there is "
                "nothing to predict"
            )
        try:
            "".join(found).encode()
        except UnicodeEncodeError as error:
            raise ValueError(
                f"text has half a character, {error.object[error.start]!r}: expected whole ones, "
                "or the model could not be saved; was it decoded with errors='surrogateescape'?"
            ) from None
        self._make_network([UNKNOWN, *found], isinstance(text, str))
        ids = self.encode(text)
        if settings["unigram_bias"]:
            counts = np.bincount(ids, minlength=len(self.tokens_)) + 1
            self.network_.readout.params["b_y"] = np.log(counts / counts.sum())
        optimizer = self._make_optimizer(self.network_.params)
        self.history_ = History()
        try:
            self.history_ = train(
                optimizer,
                self._loss_and_gradients(),
                self._passes(ids),
                n_steps=settings["n_updates"],
                clip_norm=settings["clip_norm"],
                schedule=self._schedule,
                evaluate=None if held_out is None else self._evaluation(self.encode(held_out)),
                evaluate_every=settings["evaluate_every"],
                patience=settings["patience"],
                progress=progress,
            )
        except (DivergedError, KeyboardInterrupt) as error:
            self.history_ = getattr(error, "history", self.history_)
            raise
        return self

    def _make_network(self, tokens, of_characters):
        """Make the untrained network for a vocabulary."""
        settings, n_tokens = self.settings, len(tokens)
        self.tokens_, self.of_characters_ = list(tokens), of_characters
        self._ids = {token: number for number, token in enumerate(tokens)}
        self.network_ = make_network(
            settings["cell"],
            n_tokens,
            settings["n_hidden"],
            n_tokens,
            n_layers=settings["n_layers"],
            n_embedding=settings["n_embedding"],
            rng=settings["seed"],
            dtype=settings["dtype"],
            **self._cell_options(),
        )

    def _schedule(self, step):
        """Return the factor of the learning rate."""
        n_updates = self.settings["n_updates"]
        n_warmup = min(self.settings["n_warmup"], n_updates // 2)
        return warmup_cosine(step, n_updates, n_warmup=n_warmup)

    def _passes(self, ids):
        """Go through the text again and again; tell where a pass begins."""
        while True:
            batches = contiguous_batches(
                ids, self.settings["n_sequences"], self.settings["n_steps"]
            )
            for number, (x, y) in enumerate(batches):
                yield x, y, number == 0

    def _loss_and_gradients(self):
        """Return the function that learns from a batch, and carries the state to the next one."""
        state, d_params = None, self.network_.params.empty_like()

        def loss_and_gradients(batch):
            nonlocal state
            x, y, is_start = batch
            run = self.network_.forward(x, None if is_start else state)
            state = run.final_state
            loss, d_logits = cross_entropy(run.outputs, y)
            return loss, self.network_.backward(run, d_logits, out=d_params)

        return loss_and_gradients

    def _evaluation(self, ids):
        """Return the function that computes the held-out loss, 64 strands side by side."""
        n_sequences = max(1, min(64, len(ids) // 100))

        def evaluate():
            state, total, n_tokens = None, 0.0, 0
            for x, y in contiguous_batches(ids, n_sequences, 100):
                run = self.network_.forward(x, state)
                state, n_tokens = run.final_state, n_tokens + y.size
                total += cross_entropy(run.outputs, y, reduction="sum")[0]
            return total / n_tokens

        return evaluate

    def encode(self, text):
        """Write a text as token ids.

        Parameters
        ----------
        text : str or list of str
            The text.

        Returns
        -------
        ndarray of shape (n_tokens_of_text,)
            Ids; 0 for a token that is not in the vocabulary.

        Raises
        ------
        TypeError
            If it is not of the form of the training text: a string, or a list of strings.
        ValueError
            If it is empty, or the model has not been fitted.
        """
        self._check_fitted()
        _check_form("text", text, self.of_characters_)
        return np.array([self._ids.get(token, 0) for token in text])

    def decode(self, ids):
        """Read token ids back.

        Parameters
        ----------
        ids : array-like of int, shape (n_tokens_of_text,)
            Token ids.

        Returns
        -------
        str or list of str
            The text, in the form of the training text; ``"<unk>"`` for id 0.

        Raises
        ------
        TypeError
            If the ids are not whole numbers.
        ValueError
            If an id is no token, or the model has not been fitted.
        """
        self._check_fitted()
        ids = check_whole_ids("ids", ids, len(self.tokens_))
        if ids.ndim != 1:
            raise ValueError(f"ids has shape {ids.shape}: expected one axis, (n_tokens_of_text,)")
        tokens = [self.tokens_[number] for number in ids.tolist()]
        return "".join(tokens) if self.of_characters_ else tokens

    def log_probabilities(self, text):
        """Compute how likely each token of a text is, after all the tokens before it.

        Parameters
        ----------
        text : str or list of str
            The text. The first token is predicted from the initial state, zeros.

        Returns
        -------
        ndarray of shape (n_tokens_of_text,)
            Natural logarithms of the probabilities.

        Raises
        ------
        TypeError, ValueError
            As `encode`.
        """
        ids = self.encode(text)
        logits = [self.network_.readout.params["b_y"][None]]
        state = None
        for start in range(0, len(ids) - 1, 1000):
            run = self.network_.forward(ids[None, start : min(start + 1000, len(ids) - 1)], state)
            logits.append(run.outputs[0])
            state = run.final_state
        with np.errstate(divide="ignore"):
            log_probabilities = np.log(softmax(np.vstack(logits).astype(np.float64)))
        return np.take_along_axis(log_probabilities, ids[:, None], axis=1)[:, 0]

    def perplexity(self, text):
        """Compute e to the mean loss: among how many equally likely tokens the model hesitates.

        Parameters
        ----------
        text : str or list of str
            A text that the model has not learned from.

        Returns
        -------
        float
            1 at best; the size of the vocabulary for a model that knows nothing.
        """
        return float(np.exp(-self.log_probabilities(text).mean()))

    def bits_per_character(self, text):
        """Compute how many bits a character takes on average, if the model does the coding.

        Parameters
        ----------
        text : str or list of str
            A text that the model has not learned from. Of a list the characters of its tokens
            are counted. A model of words then looks better than it is: an unknown word costs the
            same however long it is, and the spaces cost nothing.

        Returns
        -------
        float
            Minus the mean of the binary logarithms of the probabilities, per character.
        """
        self._check_fitted()
        _check_form("text", text, self.of_characters_)
        n_characters = len(text) if isinstance(text, str) else sum(map(len, text))
        if not n_characters:
            raise ValueError("text has no characters: expected at least one, to take the mean over")
        return float(-self.log_probabilities(text).sum() / np.log(2) / n_characters)

    def predict_proba(self, text):
        """Compute how likely each token is to come next.

        Parameters
        ----------
        text : str or list of str
            What came before.

        Returns
        -------
        ndarray of shape (n_tokens,)
            Probabilities, in the order of `tokens_`.
        """
        ids = self.encode(text)
        run = self.network_.forward(ids[None])
        return softmax(run.outputs[0, -1].astype(np.float64))

    def sample(self, n_tokens, *, prompt="", temperature=1.0, top_k=None, rng=0):
        """Write text: draw the next token, read it, draw the next.

        Parameters
        ----------
        n_tokens : int
            How many tokens to write.
        prompt : str or list of str, default=""
            Text to begin after. It is read, and not part of the result.
        temperature : float, default=1.0
            What the logits are divided by: below 1 likely tokens become likelier, above 1 rarer.
        top_k : int, optional
            Draw from this many of the likeliest tokens only; 1 always takes the likeliest.
        rng : numpy.random.Generator or int, default=0
            Source of the draws. The same seed draws the same text; for another one each time hand
            in a generator, which moves on.

        Returns
        -------
        str or list of str
            The text, in the form of the training text. ``"<unk>"`` is never drawn.

        Raises
        ------
        TypeError, ValueError
            If a setting has no meaning.
        """
        self._check_fitted()
        n_tokens, rng = check_count("n_tokens", n_tokens), as_generator(rng)
        check_number(
            "temperature", temperature, above=0, reason="to take the likeliest, use top_k=1"
        )
        if top_k is not None:
            check_count("top_k", top_k)
        logits, state = self.network_.readout.params["b_y"], None
        if not isinstance(prompt, str | list | tuple) or len(prompt):
            _check_form("prompt", prompt, self.of_characters_)
            run = self.network_.forward(self.encode(prompt)[None])
            logits, state = run.outputs[0, -1], run.final_state
        written = []
        for _ in range(n_tokens):
            written.append(_draw(logits, temperature, top_k, rng))
            run = self.network_.forward(np.array([written[-1:]]), state)
            logits, state = run.outputs[0, -1], run.final_state
        return self.decode(written)

    def save(self, path):
        """Write the model to a file, whole or not at all.

        Parameters
        ----------
        path : str or path-like
            Name of the file, ending in ``.npz``.
        """
        self._check_fitted()
        about = {"model": self.settings, "tokens": self.tokens_, "characters": self.of_characters_}
        write_npz(path, "LanguageModel", about, self.network_.params)

    @classmethod
    def load(cls, path):
        """Read a model that `save` has written. Nothing in the file is executed.

        Parameters
        ----------
        path : str or path-like
            Name of the file.

        Returns
        -------
        LanguageModel
            The model; it has no history.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        BadFile
            If it is damaged, or no language model.
        """
        about, arrays = read_npz(path, "LanguageModel", expected=cls._expected)
        model = cls(**about["model"])
        model._make_network(about["tokens"], about["characters"])
        for name, array in arrays.items():
            model.network_.params[name] = array
        return model

    @classmethod
    def _expected(cls, about):
        """Return the shape and type of each array that belongs to the settings of a file."""
        try:
            settings, tokens = cls(**about["model"]).settings, about["tokens"]
            if len(set(_as_tokens("tokens", tokens))) != len(tokens) or tokens[0] != UNKNOWN:
                raise ValueError("its tokens are no vocabulary")
            if not isinstance(about["characters"], bool):
                raise TypeError("it does not say whether its tokens are characters")
            shapes = network_shapes(
                settings["cell"],
                len(tokens),
                settings["n_hidden"],
                len(tokens),
                n_layers=settings["n_layers"],
                n_embedding=settings["n_embedding"],
            )
        except (KeyError, TypeError, ValueError) as error:
            raise BadFile(f"the settings in the file describe no model: {error}") from error
        return {name: (shape, float_dtype(settings["dtype"])) for name, shape in shapes.items()}

    def _check_fitted(self):
        if not hasattr(self, "network_"):
            raise ValueError("this model has not learned anything yet: call fit(text) first")


def mixture_bits_per_character(log_p, log_q, weight):
    r"""Compute how many bits a character takes if two models of characters are mixed.

    The mixture gives :math:`\lambda p + (1 - \lambda) q` to each character.

    Parameters
    ----------
    log_p, log_q : array-like of shape (n_characters,)
        Natural logarithms of the probabilities that the two models gave to the characters of a
        text, as `log_probabilities` returns them.
    weight : float
        :math:`\lambda`, how much the first model is believed: above 0 and below 1.

    Returns
    -------
    float
        Minus the mean of the binary logarithms of the mixed probabilities.

    Raises
    ------
    TypeError
        If the weight is not a number.
    ValueError
        If it is not between 0 and 1, or the two are not of one length, or empty, or no
        logarithms of probabilities.

    Examples
    --------
    >>> log_p, log_q = np.log([0.5, 0.125]), np.log([0.25, 0.25])
    >>> [round(float(-log.mean() / np.log(2)), 2) for log in (log_p, log_q)]
    [2.0, 2.0]
    >>> round(mixture_bits_per_character(log_p, log_q, weight=0.5), 2)  # of 0.375 and 0.1875
    1.92
    """
    weight = check_number("weight", weight, above=0, below=1, reason="1 or 0 would be one model")
    log_p, log_q = _as_logarithms("log_p", log_p), _as_logarithms("log_q", log_q)
    if log_p.ndim != 1 or log_p.shape != log_q.shape or not log_p.size:
        raise ValueError(
            f"log_p has shape {log_p.shape}, log_q {log_q.shape}: expected (n_characters,) for "
            "both; were they computed for the same text?"
        )
    if not (log_p <= 0).all() or not (log_q <= 0).all():
        raise ValueError(
            "log_p or log_q has a number above 0, or NaN: expected logarithms of probabilities; "
            "did you hand in the probabilities themselves?"
        )
    mixed = np.logaddexp(np.log(weight) + log_p, np.log1p(-weight) + log_q)
    return float(-mixed.mean() / np.log(2))


def _as_logarithms(name, values):
    """Return real numbers; minus infinity is the logarithm of 0."""
    values = as_array(name, values)
    if values.dtype.kind not in "iuf":
        raise TypeError(f"{name} has dtype {values.dtype}: expected logarithms of probabilities")
    return values.astype(float, copy=False)


def _as_tokens(name, text):
    """Return a text that is a string or a list of strings, or say what it is instead."""
    if isinstance(text, bytes):
        raise TypeError(f"{name} is bytes: expected a string; decode it, as in text.decode()")
    is_list = isinstance(text, list | tuple) and all(isinstance(token, str) for token in text)
    if not isinstance(text, str) and not is_list:
        raise TypeError(
            f"{name} is a {type(text).__name__}: expected a string, or a list of strings"
        )
    if not len(text):
        raise ValueError(f"{name} is empty: expected at least one token")
    return text


def _check_form(name, text, of_characters):
    """Raise unless a text has the form of the training text."""
    text = _as_tokens(name, text)
    if of_characters and not isinstance(text, str):
        raise TypeError(
            f"{name} is a {type(text).__name__}: expected a string, since this model's tokens are "
            "characters; use ''.join or ' '.join"
        )
    if not of_characters and isinstance(text, str):
        raise TypeError(
            f"{name} is a string: expected a list of strings, since this model's tokens are not "
            "characters; cut it as the training text was, as in text.split()"
        )


def _draw(logits, temperature, top_k, rng):
    """Draw the next token."""
    logits = logits.astype(np.float64)
    logits[0] = -np.inf  # never "<unk>"
    if top_k is not None and top_k < len(logits):
        logits[np.argsort(-logits, kind="stable")[top_k:]] = -np.inf
    with np.errstate(over="ignore"):  # at a temperature near 0 all but the likeliest vanish
        weights = np.exp((logits - logits.max()) / temperature)
    total = np.cumsum(weights)
    return int(np.searchsorted(total, rng.random() * total[-1], side="right"))
