"""Attention: look back at all states of a sequence, and take what is needed (notebook 11)."""

from typing import NamedTuple

import numpy as np
from scipy.special import softmax

from rnnhelpers._validation import (
    check_count,
    check_kind,
    check_mask,
    check_number,
    check_out,
    check_real,
    check_shape,
)
from rnnhelpers.parameters import Parameters, float_dtype


class AttentionRun(NamedTuple):
    """What `Attention.forward` returns."""

    context: np.ndarray
    """For each state that asks, the weighted mean of the states it looks at: (N, S, H_memory)."""
    weights: np.ndarray
    """How much it looks at each of them, (N, S, T): each row sums to 1, padding gets 0."""
    h: np.ndarray
    """The states that ask."""
    memory: np.ndarray
    """The states that are looked at."""


class Attention:
    r"""Each state that asks gets a mean of the states of another sequence, with its own weights.

    .. math::
        \text{score}_{sj} &= h_s W_a m_j^\top \\
        \alpha_{sj} &= \frac{e^{\text{score}_{sj}}}{\sum_k e^{\text{score}_{sk}}} \\
        \text{context}_s &= \sum_j \alpha_{sj}\, m_j

    Here :math:`h_s` are the states that ask, those of a decoder, and :math:`m_j` the memory, the
    states of an encoder.

    Parameters
    ----------
    n_hidden : int
        Number of hidden units H of the states that ask.
    n_memory : int, optional
        Number of hidden units of those that are looked at; by default the same.
    start : float, default=0.2
        At first `W_a` is this number times the identity: states that are alike attract each other.
    dtype : {float64, float32}, default=float64
        Type of the parameters.

    Attributes
    ----------
    params : Parameters
        `W_a` of shape (n_hidden, n_memory).

    Notes
    -----
    The score that Luong, Pham and Manning, "Effective approaches to attention-based neural machine
    translation" (2015), call *general*. Attention for translation is by Bahdanau, Cho and Bengio,
    "Neural machine translation by jointly learning to align and translate" (2015).

    Examples
    --------
    >>> memory = 8.0 * np.eye(3)[None]  # three states, as different as can be
    >>> run = Attention(n_hidden=3).forward(memory[:, [2, 0]], memory)
    >>> run.weights.round(3)  # who is alike finds each other
    array([[[0., 0., 1.],
            [1., 0., 0.]]])
    """

    def __init__(self, n_hidden, n_memory=None, *, start=0.2, dtype=np.float64):
        n_hidden = check_count("n_hidden", n_hidden)
        n_memory = n_hidden if n_memory is None else check_count("n_memory", n_memory)
        start = check_number("start", start)
        W_a = start * np.eye(n_hidden, n_memory)
        self.params = Parameters({"W_a": W_a}, float_dtype(dtype))

    def bind(self, params):
        """Use these parameters from now on, without a copy."""
        self.params = params

    def forward(self, h, memory, *, mask=None):
        """Look at the memory from each of the states.

        Parameters
        ----------
        h : array-like of shape (n_sequences, n_asking, n_hidden)
            The states that ask, S for each sequence.
        memory : array-like of shape (n_sequences, n_steps, n_memory)
            The states that are looked at.
        mask : array-like of bool, shape (n_sequences, n_steps), optional
            Which of them are real; padding is not looked at.

        Returns
        -------
        AttentionRun
            The contexts, the weights, and what `backward` needs.

        Raises
        ------
        TypeError
            If the states are no real numbers, or the mask is not boolean.
        ValueError
            If shapes do not fit, there is a NaN, or a sequence is padding only.
        """
        h, memory = self._states("h", h, 0), self._states("memory", memory, 1)
        if len(h) != len(memory):
            raise ValueError(
                f"h has {len(h)} sequences and memory has {len(memory)}: expected as many; "
                "to look at one memory from several sequences, repeat it"
            )
        scores = h @ self.params["W_a"] @ memory.swapaxes(1, 2)
        mask = check_mask(None, mask, *memory.shape[:2])
        if mask is not None:
            if not mask.any(axis=1).all():
                number = int(np.argmin(mask.any(axis=1)))
                raise ValueError(f"sequence {number} is padding only: expected a real step")
            scores = np.where(mask[:, None], scores, -np.inf)
        weights = softmax(scores, axis=-1)
        return AttentionRun(weights @ memory, weights, h, memory)

    def backward(self, run, d_context, *, out=None):
        r"""Go back through the attention.

        With :math:`\bar\alpha` for the gradient of the weights, that of the scores is that of any
        softmax, :math:`\alpha \odot (\bar\alpha - \sum_k \bar\alpha_k \alpha_k)`.

        Parameters
        ----------
        run : AttentionRun
            What `forward` returned.
        d_context : array-like of shape (n_sequences, n_asking, n_memory)
            Gradient of the loss with respect to the contexts.
        out : Parameters, optional
            Where to write the gradient of `W_a`.

        Returns
        -------
        d_params : Parameters
            The gradient of `W_a`.
        d_h : ndarray of shape (n_sequences, n_asking, n_hidden)
            Gradient of the states that ask.
        d_memory : ndarray of shape (n_sequences, n_steps, n_memory)
            Gradient of the states that are looked at.
        """
        check_kind("run", run, AttentionRun, "what forward returned")
        _, alpha, h, memory = run
        d_context = check_real("d_context", d_context, self.params.dtype)
        check_shape("d_context", d_context, run.context.shape, "one gradient for each context")
        W_a, d_params = self.params["W_a"], check_out(out, self.params)
        d_alpha = d_context @ memory.swapaxes(1, 2)
        d_scores = alpha * (d_alpha - (d_alpha * alpha).sum(axis=-1, keepdims=True))
        toward_h = d_scores @ memory  # what came of m_j, for each state that asks
        d_params["W_a"] = np.einsum("nsh,nsm->hm", h, toward_h, optimize=True)
        d_memory = alpha.swapaxes(1, 2) @ d_context
        d_memory += d_scores.swapaxes(1, 2) @ (h @ W_a)
        return d_params, toward_h @ W_a.T, d_memory

    def _states(self, name, states, axis):
        """Return states as an array (N, steps, units), or say what is wrong."""
        states = check_real(name, states, self.params.dtype)
        n_units = self.params.shapes["W_a"][axis]
        if states.ndim != 3 or states.shape[2] != n_units:
            raise ValueError(
                f"{name} has shape {states.shape}: expected (n_sequences, n_steps, {n_units})"
            )
        return states
