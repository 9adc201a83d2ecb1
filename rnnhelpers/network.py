"""A whole network: recurrent layers between an input and a read-out."""

from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import (
    as_array,
    check_choice,
    check_count,
    check_flag,
    check_kind,
    check_out,
)
from rnnhelpers.cells import CELLS
from rnnhelpers.initialization import as_generator
from rnnhelpers.layers import (
    MAX_LAYERS,
    Embedding,
    LayersRun,
    Linear,
    RecurrentLayers,
    make_layers,
)
from rnnhelpers.parameters import Joined

CELL_OPTIONS = {
    "rnn": {"recurrent_init": "orthogonal"},
    "lstm": {"recurrent_init": "orthogonal", "forget_bias": 1.0},
    "gru": {"recurrent_init": "orthogonal", "update_bias": 1.0},
    "gru_reset_before": {"recurrent_init": "orthogonal", "update_bias": 1.0},
}
"""Settings with which the cells learn well: they keep most of their state at first."""


def cell_settings(cell, given=None):
    """Return the settings of a kind of cell: `CELL_OPTIONS`, and those that are given, or raise."""
    check_choice("cell", cell, CELL_OPTIONS)
    if given is not None and not isinstance(given, dict):
        raise TypeError(f"given is a {type(given).__name__}: expected a dict of settings, or None")
    return CELL_OPTIONS[cell] | (given or {})


class NetworkRun(NamedTuple):
    """What `Network.forward` returns."""

    outputs: np.ndarray
    """Logits or predictions: (N, T, K) if each step is read out, else (N, K)."""
    final_state: list
    """State of each cell after its last step."""
    x: np.ndarray
    """The input."""
    layers: LayersRun
    """What the recurrent layers returned."""
    features: np.ndarray
    """What was read out."""


class Network(Joined):
    """Recurrent layers, with a read-out of each state, of the last one, or of their mean.

    Parameters
    ----------
    layers : RecurrentLayers
        What reads the sequences. It and the other layers are taken over: their parameters become
        parts of `params`, so make an optimiser afterwards.
    readout : Linear
        What makes outputs of states.
    embedding : Embedding, optional
        Vectors for token ids. Without it the layers take token ids as one-hot vectors.
    pooling : {"each", "last", "mean"}, default="each"
        What is read out: the states of each step (many-to-many), the final state, or the mean of
        the states of all real steps (many-to-one). With layers that read in both directions, the
        final state is that of both: the forward one at the end, the backward one at the start.

    Attributes
    ----------
    params : Parameters
        All parameters, named as in ``"rnn.layer_0.W_xh"`` and ``"readout.W_hy"``.

    See Also
    --------
    make_network : make the layers, too.

    Examples
    --------
    >>> network = make_network("lstm", 5, 8, 3, pooling="last", rng=0)
    >>> network.forward(np.zeros((4, 6, 5))).outputs.shape
    (4, 3)
    """

    parts = {"embedding": "embedding", "rnn": "layers", "readout": "readout"}  # noqa: RUF012

    def __init__(self, layers, readout, *, embedding=None, pooling="each"):
        check_choice("pooling", pooling, ("each", "last", "mean"))
        check_kind("layers", layers, RecurrentLayers, "what make_layers returns")
        check_kind("readout", readout, Linear, "the read-out, such as Linear(3, 2, rng=0)")
        if embedding is not None:
            check_kind("embedding", embedding, Embedding, "an Embedding, or None")
        read = readout.params.shapes["W_hy"][0]
        if read != layers.n_outputs:
            raise ValueError(f"the read-out reads {read} units: expected {layers.n_outputs}")
        if embedding is not None and embedding.params.shapes["E"][1] != layers.n_features:
            raise ValueError(
                f"the embedding has {embedding.params.shapes['E'][1]} features: expected "
                f"{layers.n_features}, what the layers read"
            )
        self.layers, self.readout, self.embedding = layers, readout, embedding
        self.pooling = pooling
        self.join_parameters()

    @property
    def n_features(self):
        """Number of input features, or of tokens."""
        return len(self.embedding.params["E"]) if self.embedding else self.layers.n_features

    @property
    def n_outputs(self):
        """Number of outputs K."""
        return self.readout.params.shapes["W_hy"][1]

    def forward(self, x, state=None, *, lengths=None, mask=None):
        """Compute the outputs.

        Parameters
        ----------
        x, lengths, mask
            As in `rnnhelpers.unrolling.unroll`.
        state : list, optional
            Initial state of each cell, such as the `final_state` of the run before.

        Returns
        -------
        NetworkRun
            The outputs, and what `backward` needs.

        Raises
        ------
        TypeError, ValueError
            As `unroll`; also if the mean is asked for and a sequence has no real step.
        """
        vectors = x
        if self.embedding:
            x = np.array(as_array("x", x))  # a copy, for the backward pass
            vectors = self.embedding.forward(x)
        run = self.layers.forward(vectors, state, lengths=lengths, mask=mask)
        features = self._pool(run)
        outputs = self.readout.forward(features, check=False)
        return NetworkRun(outputs, run.final_state, x, run, features)

    def backward(self, run, d_outputs, *, out=None):
        """Go back through the whole network, with the parameters of the forward pass.

        Parameters
        ----------
        run : NetworkRun
            What `forward` returned.
        d_outputs : array-like, like `run.outputs`
            Gradient of the loss with respect to the outputs.
        out : Parameters, optional
            Where to write the gradients.

        Returns
        -------
        d_params : Parameters
            The gradients of all parameters.
        """
        check_kind("run", run, NetworkRun, "what forward returned")
        d_params = check_out(out, self.params)
        d_features = self.readout.backward(
            run.features, d_outputs, out=d_params.part("readout"), check=False
        )[1]
        d_h, d_final = self._unpool(run, d_features)
        back = self.layers.backward(run.layers, d_h, d_final, out=d_params.part("rnn"), check=False)
        if self.embedding:
            self.embedding.backward(run.x, back.d_x, out=d_params.part("embedding"))
        return d_params

    def _pool(self, run):
        """Return what is read out."""
        if self.pooling == "each":
            return run.h
        if self.pooling == "last":
            top = run.runs[-self.layers.n_directions :]
            return np.concatenate([one.tape.h[-1] for one in top], axis=1)
        return np.einsum("nth,nt->nh", run.h, self._weights(run))

    @staticmethod
    def _weights(run):
        """Return the share of each step in the mean: zero where it is padding."""
        shape, dtype = run.h.shape[:2], run.h.dtype
        real = np.ones(shape, dtype) if run.mask is None else run.mask.astype(dtype)
        n_real = real.sum(axis=1, keepdims=True)
        if not n_real.all():
            raise ValueError(
                f"sequence {int(np.argmin(n_real))} has no real step: expected at least one, since "
                "there is no mean of nothing"
            )
        return real / n_real

    def _unpool(self, run, d_features):
        """Return the gradients of the states and of the final states, from that of the features."""
        if self.pooling == "each":
            return d_features, None
        if self.pooling == "mean":
            weights = self._weights(run.layers)
            return d_features[:, None, :] * weights[:, :, None], None
        cells, n_directions = self.layers.cells, self.layers.n_directions
        d_final = [None] * len(cells)
        parts = np.split(d_features, n_directions, axis=1)
        for number, part in zip(range(-n_directions, 0), parts, strict=True):
            others = [np.zeros_like(part) for _ in cells[number].state_names[1:]]
            d_final[number] = (part, *others) if others else part
        return None, d_final


def make_network(
    cell,
    n_features,
    n_hidden,
    n_outputs,
    *,
    n_layers=1,
    bidirectional=False,
    n_embedding=None,
    pooling="each",
    rng,
    dtype=np.float64,
    **options,
):
    """Make a network.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "gru_reset_before"}
        The kind of cell.
    n_features : int
        Number of input features D, or of tokens.
    n_hidden : int
        Number of hidden units H of each cell.
    n_outputs : int
        Number of outputs K.
    n_layers : int, default=1
        Number of recurrent layers.
    bidirectional : bool, default=False
        Whether they read in both directions.
    n_embedding : int, optional
        Length of the vectors of an embedding; no embedding by default.
    pooling : {"each", "last", "mean"}, default="each"
        What is read out, as in `Network`.
    rng : numpy.random.Generator or int
        Source of the first weights.
    dtype : {float64, float32}, default=float64
        Type of all parameters.
    **options
        Handed on to the cells, such as ``recurrent_init="orthogonal"``.

    Returns
    -------
    Network
        The network.

    Examples
    --------
    >>> make_network("rnn", 5, 8, 5, rng=0).params
    Parameters(rnn.layer_0.W_xh (5, 8), rnn.layer_0.W_hh (8, 8), rnn.layer_0.b_h (8,),
        readout.W_hy (8, 5), readout.b_y (5,))
    """
    rng = as_generator(rng)
    embedding = None
    if n_embedding is not None:
        embedding = Embedding(n_features, n_embedding, rng=rng, dtype=dtype)
    layers = make_layers(
        cell,
        n_embedding or n_features,
        n_hidden,
        n_layers=n_layers,
        bidirectional=bidirectional,
        rng=rng,
        dtype=dtype,
        **options,
    )
    readout = Linear(layers.n_outputs, n_outputs, rng=rng, dtype=dtype)
    return Network(layers, readout, embedding=embedding, pooling=pooling)


def network_shapes(
    cell, n_features, n_hidden, n_outputs, *, n_layers=1, bidirectional=False, n_embedding=None
):
    """Return the shapes of the parameters of a network, without making it.

    So a file that asks for an absurd size can be refused before any memory is taken.

    Parameters
    ----------
    cell, n_features, n_hidden, n_outputs, n_layers, bidirectional, n_embedding
        As in `make_network`.

    Returns
    -------
    dict of str to tuple of int
        Shapes by name, in the order of ``network.params``.

    Raises
    ------
    ValueError
        If there are more than 1000 layers.

    Examples
    --------
    >>> network_shapes("rnn", 5, 8, 2)["readout.W_hy"]
    (8, 2)
    """
    check_choice("cell", cell, CELLS)
    n_layers = check_count("n_layers", n_layers, largest=MAX_LAYERS)
    n_outputs, n_hidden = check_count("n_outputs", n_outputs), check_count("n_hidden", n_hidden)
    n_features, bidirectional = (
        check_count("n_features", n_features),
        check_flag("bidirectional", bidirectional),
    )
    if n_embedding is not None:
        n_embedding = check_count("n_embedding", n_embedding)
    shapes = {"embedding.E": (n_features, n_embedding)} if n_embedding else {}
    directions = ("", "_reverse") if bidirectional else ("",)
    n_inputs = n_embedding or n_features
    for layer in range(n_layers):
        for direction in directions:
            for name, shape in CELLS[cell].shapes(n_inputs, n_hidden).items():
                shapes[f"rnn.layer_{layer}{direction}.{name}"] = shape
        n_inputs = len(directions) * n_hidden
    return {**shapes, "readout.W_hy": (n_inputs, n_outputs), "readout.b_y": (n_outputs,)}
