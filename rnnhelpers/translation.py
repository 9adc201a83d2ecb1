"""From one sequence to another: encoder, decoder, attention between them (taught in notebook 11).

`EncoderDecoder` is the network, forward and backward; `Translator` learns from pairs of strings.
"""

from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import (
    check_count,
    check_flag,
    check_kind,
    check_list,
    check_number,
    check_out,
    show_settings,
    shown,
)
from rnnhelpers.attention import Attention, AttentionRun
from rnnhelpers.initialization import as_generator
from rnnhelpers.layers import LayersRun, Linear, make_layers
from rnnhelpers.losses import cross_entropy
from rnnhelpers.network import cell_settings
from rnnhelpers.optimizers import Adam, warmup_cosine
from rnnhelpers.parameters import Joined, float_dtype
from rnnhelpers.text import SequenceEncoder, sequence_lengths
from rnnhelpers.training import shuffled_batches, train

END = "\n"
"""The token that a decoder reads first, and writes last."""


class EncoderDecoderRun(NamedTuple):
    """What `EncoderDecoder.forward` returns."""

    logits: np.ndarray
    """What to write at each step, (N, S, K)."""
    encoder: LayersRun
    """What the encoder did."""
    decoder: LayersRun
    """What the decoder did."""
    attention: AttentionRun | None
    """Where it looked."""
    features: np.ndarray
    """What was read out: the decoder's states, and with attention the contexts beside them."""


class EncoderDecoder(Joined):
    r"""An encoder reads a sequence, a decoder writes another one, a token at each step.

    The decoder is a language model whose first state is the last state of the encoder:
    :math:`s_0 = h_T`. With attention, each of its states :math:`s_t` also looks back at all states
    of the encoder, and the read-out sees both:
    :math:`\text{logits}_t = [s_t, \text{context}_t]\, W_{hy} + b_y`.

    Parameters
    ----------
    n_source, n_target : int
        Number of tokens of the two sides.
    n_hidden : int
        Number of hidden units H of each layer of the decoder. An encoder that reads in both
        directions has half of them for each.
    cell : {"gru", "rnn", "lstm", "gru_reset_before"}, default="gru"
        The kind of cell.
    n_layers : int, default=1
        Number of layers of the encoder, and of the decoder.
    bidirectional : bool, default=False
        Whether the encoder reads in both directions.
    attention : bool, default=False
        Whether the decoder looks back.
    rng : numpy.random.Generator or int
        Source of the first weights.
    dtype : {float64, float32}, default=float64
        Type of the parameters.

    Attributes
    ----------
    params : Parameters
        All parameters, named as in ``"encoder.layer_0.W_xh"``, ``"decoder.layer_0.W_xh"``,
        ``"attention.W_a"`` and ``"readout.W_hy"``.
    encoder, decoder : RecurrentLayers
        The two networks.
    attention : Attention or None
        What looks back.
    readout : Linear
        What makes logits.

    Raises
    ------
    ValueError
        If a size has no meaning, the kind of cell is unknown, or `n_hidden` is odd and the encoder
        reads in both directions.

    Notes
    -----
    Sutskever, Vinyals and Le, "Sequence to sequence learning with neural networks" (2014); Cho and
    others, "Learning phrase representations using RNN encoder-decoder for statistical machine
    translation" (2014).

    Examples
    --------
    >>> model = EncoderDecoder(7, 5, n_hidden=4, attention=True, rng=0)
    >>> run = model.forward(np.zeros((2, 6), dtype=int), np.zeros((2, 3), dtype=int))
    >>> run.logits.shape, run.attention.weights.shape
    ((2, 3, 5), (2, 3, 6))
    """

    parts = {  # noqa: RUF012
        name: name for name in ("encoder", "decoder", "attention", "readout")
    }

    def __init__(
        self,
        n_source,
        n_target,
        n_hidden,
        *,
        cell="gru",
        n_layers=1,
        bidirectional=False,
        attention=False,
        rng,
        dtype=np.float64,
    ):
        rng, n_hidden = as_generator(rng), check_count("n_hidden", n_hidden)
        bidirectional = check_flag("bidirectional", bidirectional)
        attention = check_flag("attention", attention)
        if bidirectional and n_hidden % 2:
            raise ValueError(
                f"n_hidden is {n_hidden}: expected an even number, half for each direction"
            )
        options = {"rng": rng, "dtype": dtype, "n_layers": n_layers, **cell_settings(cell)}
        n_encoder = n_hidden // 2 if bidirectional else n_hidden
        self.encoder = make_layers(
            cell, n_source, n_encoder, bidirectional=bidirectional, **options
        )
        self.decoder = make_layers(cell, n_target, n_hidden, **options)
        self.attention = Attention(n_hidden, dtype=dtype) if attention else None
        n_features = 2 * n_hidden if attention else n_hidden
        self.readout = Linear(n_features, n_target, rng=rng, dtype=dtype)
        self.join_parameters()

    def forward(self, source, target, *, lengths=None):
        """Read the source, then read the target and say at each step what comes next.

        Parameters
        ----------
        source : array-like of int, shape (n_sequences, n_source_steps)
            Token ids.
        target : array-like of int, shape (n_sequences, n_target_steps)
            What the decoder reads: teacher forcing.
        lengths : array-like of int, shape (n_sequences,), optional
            How many steps of each source are real.

        Returns
        -------
        EncoderDecoderRun
            The logits, and what `backward` needs.
        """
        encoder = self.encoder.forward(source, lengths=lengths)
        return self.decode(encoder, target, self.first_state(encoder))

    def first_state(self, encoder):
        """Return the decoder's state before its first step: the encoder's last, layer by layer.

        Where the encoder reads in both directions, the two are put side by side.

        Parameters
        ----------
        encoder : LayersRun
            What the encoder's `forward` returned.

        Returns
        -------
        list
            One state for each layer.
        """
        check_kind("encoder", encoder, LayersRun, "what the encoder's forward returned")
        n_directions, final = self.encoder.n_directions, encoder.final_state
        layers = [final[first : first + n_directions]
                  for first in range(0, len(final), n_directions)]  # fmt: skip
        return [_side_by_side(states) for states in layers]

    def decode(self, encoder, target, state):
        """Go on writing, after what the encoder has read, from a state of the decoder.

        Parameters
        ----------
        encoder : LayersRun
            What the encoder's `forward` returned.
        target : array-like of int, shape (n_sequences, n_target_steps)
            What the decoder reads.
        state : list
            The state of each layer of the decoder.

        Returns
        -------
        EncoderDecoderRun
            As from `forward`.
        """
        check_kind("encoder", encoder, LayersRun, "what the encoder's forward returned")
        decoder = self.decoder.forward(target, state)
        features, attention = decoder.h, None
        if self.attention:
            attention = self.attention.forward(decoder.h, encoder.h, mask=encoder.mask)
            features = np.concatenate([decoder.h, attention.context], axis=-1)
        logits = self.readout.forward(features, check=False)
        return EncoderDecoderRun(logits, encoder, decoder, attention, features)

    def backward(self, run, d_logits, *, out=None):
        """Go back: through the read-out, the attention, the decoder, and then the encoder.

        Parameters
        ----------
        run : EncoderDecoderRun
            What `forward` returned.
        d_logits : array-like of shape (n_sequences, n_target_steps, n_target)
            Gradient of the loss with respect to the logits.
        out : Parameters, optional
            Where to write the gradients.

        Returns
        -------
        d_params : Parameters
            The gradients of all parameters.
        """
        check_kind("run", run, EncoderDecoderRun, "what forward returned")
        d_params, d_memory = check_out(out, self.params), None
        _, d_s = self.readout.backward(
            run.features, d_logits, out=d_params.part("readout"), check=False
        )
        if self.attention:
            d_s, d_context = np.split(d_s, 2, axis=-1)
            _, d_asking, d_memory = self.attention.backward(
                run.attention, d_context, out=d_params.part("attention")
            )
            d_s = d_s + d_asking
        back = self.decoder.backward(run.decoder, d_s, out=d_params.part("decoder"), check=False)
        d_final = []
        for d_state in back.d_state:
            d_final += _apart(d_state, self.encoder.n_directions)
        self.encoder.backward(
            run.encoder, d_memory, d_final, out=d_params.part("encoder"), check=False
        )
        return d_params


class Translator:
    """Learn from pairs of strings to write the second one when given the first.

    Each character is a token. A line break ends a translation, so there can be none in it.

    Parameters
    ----------
    n_hidden : int, default=96
        Number of hidden units H.
    cell : {"gru", "rnn", "lstm", "gru_reset_before"}, default="gru"
        The kind of cell.
    n_layers : int, default=1
        Number of layers of the encoder, and of the decoder.
    bidirectional : bool, default=True
        Whether the encoder reads in both directions, with half of the units for each.
    attention : bool, default=True
        Whether the decoder looks back.
    n_updates : int, default=600
        Number of updates in training.
    batch_size : int, default=16
        Number of pairs from which an update is computed.
    learning_rate : float, default=0.02
        Adam's learning rate. It rises to that in the first 50 updates, and falls in the last two
        fifths, along a cosine, to 3 % of it.
    seed : int, default=0
        Seed of the first weights and of the order of the pairs.
    dtype : {"float32", "float64"}, default="float32"
        Type of the parameters.

    Attributes
    ----------
    model_ : EncoderDecoder
        The network.
    source_encoder_, target_encoder_ : SequenceEncoder
        What turns the strings into token ids.
    history_ : History
        What the training recorded.

    Examples
    --------
    >>> pairs = [("un", "one"), ("deux", "two"), ("trois", "three")]
    >>> translator = Translator(n_hidden=16, n_updates=100)
    >>> translator.fit(pairs, progress=False).translate(["deux", "un"])
    ['two', 'one']
    """

    def __init__(
        self,
        *,
        n_hidden=96,
        cell="gru",
        n_layers=1,
        bidirectional=True,
        attention=True,
        n_updates=600,
        batch_size=16,
        learning_rate=0.02,
        seed=0,
        dtype="float32",
    ):
        self.settings = {name: value for name, value in locals().items() if name != "self"}
        for name in ("n_hidden", "n_layers", "n_updates", "batch_size"):
            check_count(name, self.settings[name])
        check_count("seed", seed, 0, None)
        check_number("learning_rate", learning_rate, above=0)
        float_dtype(dtype)
        for name in ("bidirectional", "attention"):
            check_flag(name, self.settings[name])
        cell_settings(cell)  # raises if there is no such cell

    def __repr__(self):
        """Show the settings that are not the defaults."""
        return show_settings(self)

    def fit(self, pairs, *, progress=True):
        """Learn from pairs of strings, anew.

        Parameters
        ----------
        pairs : list of tuple of str
            What is read, and what is to be written.
        progress : bool, default=True
            Whether to show a progress bar.

        Returns
        -------
        Translator
            The translator itself.

        Raises
        ------
        TypeError
            If a pair is not two strings.
        ValueError
            If there are no pairs, a string to be read is empty, or there is a line break in one.
        DivergedError
            If the loss is no number any more.
        """
        settings = self.settings
        source_texts, target_texts = _check_pairs(pairs)
        self.source_encoder_ = _fit_encoder(source_texts)
        self.target_encoder_ = _fit_encoder([text + END for text in target_texts])
        source = self.source_encoder_.transform(source_texts)
        # The decoder reads END, then the text; it should write the text, then END.
        whole = self.target_encoder_.transform([END + text + END for text in target_texts])
        rng = as_generator(settings["seed"])
        self.model_ = EncoderDecoder(
            len(self.source_encoder_.tokens_),
            len(self.target_encoder_.tokens_),
            settings["n_hidden"],
            **{name: settings[name]
               for name in ("cell", "n_layers", "bidirectional", "attention", "dtype")},
            rng=rng,
        )  # fmt: skip
        self.history_ = train(
            Adam(self.model_.params, settings["learning_rate"], beta2=0.99),
            self._loss_and_gradients(source, whole),
            _batches(source, settings["batch_size"], rng),
            n_steps=settings["n_updates"],
            clip_norm=1.0,
            schedule=self._schedule,
            progress=progress,
        )
        return self

    def _schedule(self, step):
        """Return the factor of the learning rate."""
        n_updates = self.settings["n_updates"]
        n_level = 3 * n_updates // 5
        if step < n_level:
            return min(1, (step + 1) / 50)
        return warmup_cosine(step - n_level, n_updates - n_level, final=0.03)

    def _loss_and_gradients(self, source, whole):
        """Return the function that learns from the pairs of these numbers."""
        model, d_params = self.model_, self.model_.params.empty_like()
        n_source, n_whole = sequence_lengths(source), sequence_lengths(whole)

        def loss_and_gradients(rows):
            lengths, n_steps = n_source[rows], n_whole[rows].max() - 1
            x, text = source[rows, : lengths.max()], whole[rows, : n_steps + 1]
            run = model.forward(x, text[:, :-1], lengths=lengths)
            targets = text[:, 1:]
            loss, d_logits = cross_entropy(run.logits, targets, mask=targets > 0)
            return loss, model.backward(run, d_logits, out=d_params)

        return loss_and_gradients

    def translate(self, texts, *, beam_width=1, max_length=100):
        """Write the translation of each text.

        Parameters
        ----------
        texts : list of str
            What is to be read.
        beam_width : int, default=1
            How many unfinished translations to go on with at each step. With 1 the likeliest
            character is taken at each step: greedy.
        max_length : int, default=100
            The longest translation, in characters; a longer one is cut off.

        Returns
        -------
        list of str
            The translations.

        Raises
        ------
        TypeError
            If the texts are no strings.
        ValueError
            If there are none, one is empty, or nothing has been learned.
        """
        found = self._search(texts, beam_width, max_length)
        return [self._text(ids)[:max_length] for ids, _ in found]

    def log_probabilities(self, pairs):
        """Compute how likely each whole translation is to the model.

        Parameters
        ----------
        pairs : list of tuple of str
            What is read, and what might be written.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Natural logarithms: the sum over the characters, the end included.
        """
        self._check_fitted()
        sources, targets = _check_pairs(pairs)
        encoder, state = self._read(sources)
        whole = self.target_encoder_.transform([END + text + END for text in targets])
        logits = self.model_.decode(encoder, whole[:, :-1], state).logits
        log_p = _log_softmax(logits)
        ids = whole[:, 1:]
        chosen = np.take_along_axis(log_p, ids[..., None], axis=-1)[..., 0]
        return np.where(ids > 0, chosen, 0).sum(axis=1)

    def attention_weights(self, source, target):
        """Return where the decoder looks while it writes a translation.

        Parameters
        ----------
        source, target : str
            What is read, and what is written.

        Returns
        -------
        ndarray of shape (len(target) + 1, len(source))
            A row for each character that is written, the end included; each sums to 1.

        Raises
        ------
        ValueError
            If the model has no attention.
        """
        self._check_fitted()
        if not self.settings["attention"]:
            raise ValueError("this translator does not look back: make one with attention=True")
        _check_pairs([(source, target)])
        encoder, state = self._read([source])
        ids = self.target_encoder_.transform([END + target])
        return self.model_.decode(encoder, ids, state).attention.weights[0]

    def _read(self, texts):
        """Read the texts; return what the encoder did, and the decoder's first state."""
        self._check_fitted()
        ids = self.source_encoder_.transform(_check_texts("texts", texts))
        encoder = self.model_.encoder.forward(ids, lengths=sequence_lengths(ids))
        return encoder, self.model_.first_state(encoder)

    def _search(self, texts, width, max_length):
        """Find likely translations; return the ids and the log probability of each.

        At each step every one of the kept beginnings of a text is extended by every token; of all
        these the likeliest are kept. One that has ended stays as it is.
        """
        width, max_length = check_count("beam_width", width), check_count("max_length", max_length)
        texts = _check_texts("texts", texts)
        encoder, state = self._read(texts)
        n_texts, n_tokens = len(texts), len(self.target_encoder_.tokens_)
        end = self.target_encoder_.vocabulary_[END]
        width = min(width, n_tokens - 2)
        rows = np.repeat(np.arange(n_texts), width)
        encoder = _rows_of_run(encoder, rows)
        state = _rows_of_state(state, rows)
        written = np.full((n_texts * width, 1), end)
        has_ended = np.zeros(n_texts * width, dtype=bool)
        # All copies of a text are the same at first: only the first one counts.
        log_p = np.where(np.arange(n_texts * width) % width == 0, 0.0, -np.inf)
        for _ in range(max_length + 1):  # the end is a token, too
            run = self.model_.decode(encoder, written[:, -1:], state)
            extended = log_p[:, None] + _log_softmax(run.logits[:, -1])
            extended[:, :2] = -np.inf  # neither padding nor "<unk>" is ever written
            extended[has_ended] = -np.inf
            extended[has_ended, end] = log_p[has_ended]
            extended = extended.reshape(n_texts, width * n_tokens)
            best = np.argsort(-extended, axis=1, kind="stable")[:, :width]
            log_p = np.take_along_axis(extended, best, axis=1).ravel()
            parents = (best // n_tokens + width * np.arange(n_texts)[:, None]).ravel()
            tokens = (best % n_tokens).ravel()
            written = np.column_stack([written[parents], tokens])
            has_ended = has_ended[parents] | (tokens == end)
            if has_ended.all():
                break
            state = _rows_of_state(run.decoder.final_state, parents)
        first = slice(None, None, width)  # the likeliest of each text
        return list(zip(written[first, 1:], log_p[first], strict=True))

    def _text(self, ids):
        """Return what was written, up to the end."""
        return "".join(self.target_encoder_.tokens_[ids]).partition(END)[0]

    def _check_fitted(self):
        if not hasattr(self, "model_"):
            raise ValueError("this translator has not learned anything yet: call fit(pairs) first")


def _batches(source, batch_size, rng):
    """Draw batches of pairs whose sources have similar lengths, without end."""
    lengths = sequence_lengths(source)
    while True:
        yield from shuffled_batches(len(source), batch_size, rng=rng, lengths=lengths)


def _fit_encoder(texts):
    """Learn which characters there are."""
    # Not analyzer="char", which makes one space of two.
    return SequenceEncoder(analyzer=list, lowercase=False).fit(texts)


def _check_pairs(pairs):
    """Return the two sides of pairs, or say what they are instead."""
    if not isinstance(pairs, list | tuple) or not pairs:
        raise ValueError(f"pairs is {shown(pairs)}: expected a list of pairs of strings")
    for number, pair in enumerate(pairs):
        is_pair = isinstance(pair, tuple | list) and len(pair) == 2
        if not is_pair or not all(isinstance(side, str) for side in pair):
            raise TypeError(f"pairs[{number}] is {shown(pair)}: expected two strings")
    source, target = (list(side) for side in zip(*pairs, strict=True))
    return _check_texts("what is read", source), _check_texts("what is written", target, True)


def _check_texts(name, texts, may_be_empty=False):
    """Return a list of strings without line breaks, or say what is wrong."""
    if isinstance(texts, str):
        raise TypeError(f"{name} is one string: expected a list; write [{texts!r}]")
    texts = check_list(name, texts, "strings")
    if not texts:
        raise ValueError(f"{name} is empty: expected at least one string")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise TypeError(f"{name} has {text!r} as number {number}: expected a string")
        if not text and not may_be_empty:
            raise ValueError(f"{name} is empty in number {number}: expected something to read")
        if END in text:
            raise ValueError(
                f"{name} has a line break in {shown(text)}: expected none, since it ends a "
                "translation"
            )
    return texts


def _side_by_side(states):
    """Join the states of the directions of one layer; each is an array, or a tuple of two."""
    if len(states) == 1:
        return states[0]
    if isinstance(states[0], tuple):
        return tuple(np.concatenate(part, axis=1) for part in zip(*states, strict=True))
    return np.concatenate(states, axis=1)


def _apart(state, n_directions):
    """Undo `_side_by_side`, for a gradient."""
    if isinstance(state, tuple):
        parts = (np.split(part, n_directions, axis=1) for part in state)
        return list(zip(*parts, strict=True))
    return np.split(state, n_directions, axis=1)


def _rows_of_state(state, rows):
    """Take these sequences of the state of each layer."""
    return [tuple(part[rows] for part in one) if isinstance(one, tuple) else one[rows]
            for one in state]  # fmt: skip


def _rows_of_run(run, rows):
    """Take these sequences of what the encoder did, as far as the attention needs it."""
    mask = None if run.mask is None else run.mask[rows]
    return LayersRun(run.h[rows], [], [], mask)


def _log_softmax(logits):
    """Compute the logarithms of the softmax, in double precision."""
    from scipy.special import log_softmax

    return log_softmax(logits.astype(np.float64), axis=-1)
