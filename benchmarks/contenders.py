"""The same training step, several times: ours, PyTorch's, JAX's, and two ways to write it by hand.

A step is forward, softmax cross-entropy at every time step, backward, and an update by plain
gradient descent, in float32. Every contender is a function without arguments that takes one step
and returns the loss as a float; all of them start from the same weights and read the same batch.
"""

import numpy as np

from rnnhelpers.losses import cross_entropy
from rnnhelpers.network import make_network
from rnnhelpers.optimizers import SGD
from rnnhelpers.torch_weights import copy_to_torch

LEARNING_RATE = 1e-3


def make_batch(n_sequences, n_steps, n_tokens):
    """Return token ids and targets."""
    ids = np.random.default_rng(1).integers(n_tokens, size=(2, n_sequences, n_steps))
    return ids[0], ids[1]


def start(cell, n_tokens, n_hidden):
    """Return the network that all contenders start from."""
    return make_network(cell, n_tokens, n_hidden, n_tokens, rng=0, dtype="float32")


def ours(cell, x, y, n_tokens, n_hidden):
    """Return a step of rnnhelpers."""
    network = start(cell, n_tokens, n_hidden)
    optimizer, d_params = SGD(network.params, LEARNING_RATE), network.params.empty_like()

    def step():
        run = network.forward(x)
        loss, d_logits = cross_entropy(run.outputs, y)
        optimizer.step(network.backward(run, d_logits, out=d_params))
        return loss

    return step


def pytorch(cell, x, y, n_tokens, n_hidden):
    """Return a step of PyTorch in eager mode; its one-hot vectors are made once, beforehand."""
    import torch

    kinds = {"rnn": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
    rnn = kinds[cell](n_tokens, n_hidden, batch_first=True)
    readout = torch.nn.Linear(n_hidden, n_tokens)
    model = torch.nn.ModuleDict({"rnn": rnn, "readout": readout})
    copy_to_torch(start(cell, n_tokens, n_hidden).params, model)
    one_hot = torch.eye(n_tokens)[torch.from_numpy(x)]
    targets = torch.from_numpy(y).reshape(-1)
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)

    def step():
        optimizer.zero_grad()
        logits = readout(rnn(one_hot)[0])
        loss = torch.nn.functional.cross_entropy(logits.reshape(-1, n_tokens), targets)
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def jax_scan(cell, x, y, n_tokens, n_hidden):
    """Return a step of JAX: one compiled function around `jax.lax.scan`."""
    import jax
    import jax.numpy as jnp

    params = dict(start(cell, n_tokens, n_hidden).params)
    params = {name.rpartition(".")[2]: jnp.array(array) for name, array in params.items()}
    ids, targets = jnp.array(x.T), jnp.array(y.T)

    def rnn(p, state, a):
        h = jnp.tanh(a + state[0] @ p["W_hh"])
        return (h,), h

    def lstm(p, state, a):
        i, f, g, o = jnp.split(a + state[0] @ p["W_hh"], 4, axis=1)
        c = jax.nn.sigmoid(f) * state[1] + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    def gru(p, state, a):
        a_r, a_z, a_n = jnp.split(a, 3, axis=1)
        u_r, u_z, u_n = jnp.split(state[0] @ p["W_hh"], 3, axis=1)
        r, z = jax.nn.sigmoid(a_r + u_r), jax.nn.sigmoid(a_z + u_z)
        n = jnp.tanh(a_n + r * (u_n + p["b_hn"]))
        h = (1 - z) * n + z * state[0]
        return (h,), h

    one_step = {"rnn": rnn, "lstm": lstm, "gru": gru}[cell]

    def loss_of(p):
        zeros = (jnp.zeros((len(x), n_hidden)),) * (2 if cell == "lstm" else 1)
        terms = (p["W_xh"] + p["b_h"])[ids]
        h = jax.lax.scan(lambda state, a: one_step(p, state, a), zeros, terms)[1]
        log_p = jax.nn.log_softmax(h @ p["W_hy"] + p["b_y"])
        return -jnp.take_along_axis(log_p, targets[..., None], axis=-1).mean()

    @jax.jit
    def update(p):
        loss, d_p = jax.value_and_grad(loss_of)(p)
        return loss, {name: p[name] - LEARNING_RATE * d_p[name] for name in p}

    def step():
        nonlocal params
        loss, params = update(params)
        return float(loss)

    return step


def textbook(cell, x, y, n_tokens, n_hidden):
    """Return a step as textbooks write it: one-hot vectors, everything inside the time loop."""
    params = {
        name.rpartition(".")[2]: array.copy()
        for name, array in start(cell, n_tokens, n_hidden).params.items()
    }
    one_hot = np.eye(n_tokens, dtype=np.float32)

    def step():
        W_xh, W_hh, b_h, W_hy, b_y = (params[n] for n in ("W_xh", "W_hh", "b_h", "W_hy", "b_y"))
        n_sequences, n_steps = x.shape
        h, probabilities, loss = [np.zeros((n_sequences, n_hidden), np.float32)], [], 0.0
        for t in range(n_steps):
            h.append(np.tanh(one_hot[x[:, t]] @ W_xh + h[-1] @ W_hh + b_h))
            logits = h[-1] @ W_hy + b_y
            exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
            probabilities.append(exponentials / exponentials.sum(axis=1, keepdims=True))
            loss -= np.log(probabilities[-1][np.arange(n_sequences), y[:, t]]).sum()
        gradients = {name: np.zeros_like(array) for name, array in params.items()}
        d_h_next = np.zeros_like(h[0])
        for t in reversed(range(n_steps)):
            d_logits = (probabilities[t] - one_hot[y[:, t]]) / x.size
            gradients["W_hy"] += h[t + 1].T @ d_logits
            gradients["b_y"] += d_logits.sum(axis=0)
            d_a = (d_logits @ W_hy.T + d_h_next) * (1 - h[t + 1] ** 2)
            gradients["W_xh"] += one_hot[x[:, t]].T @ d_a
            gradients["W_hh"] += h[t].T @ d_a
            gradients["b_h"] += d_a.sum(axis=0)
            d_h_next = d_a @ W_hh.T
        for name, gradient in gradients.items():
            params[name] -= np.float32(LEARNING_RATE) * gradient
        return float(loss / x.size)

    return step


def char_rnn_style(cell, x, y, n_tokens, n_hidden):
    """Return a step in the style of the well-known 100-line program: columns, and dictionaries.

    That program reads one sequence; here a batch is the columns. Otherwise as there: one-hot
    columns are built at every step, and every product is inside the loop.
    """
    params = {
        name.rpartition(".")[2]: array.copy()
        for name, array in start(cell, n_tokens, n_hidden).params.items()
    }
    n_sequences, n_steps = x.shape
    W_xh, W_hh, W_hy = (np.ascontiguousarray(params[n].T) for n in ("W_xh", "W_hh", "W_hy"))
    b_h, b_y = params["b_h"][:, None], params["b_y"][:, None]
    columns = np.arange(n_sequences)

    def step():
        xs, hs, ps, loss = {}, {-1: np.zeros((n_hidden, n_sequences), np.float32)}, {}, 0.0
        for t in range(n_steps):
            xs[t] = np.zeros((n_tokens, n_sequences), np.float32)
            xs[t][x[:, t], columns] = 1
            hs[t] = np.tanh(np.dot(W_xh, xs[t]) + np.dot(W_hh, hs[t - 1]) + b_h)
            ys = np.dot(W_hy, hs[t]) + b_y
            ps[t] = np.exp(ys) / np.sum(np.exp(ys), axis=0)
            loss += -np.log(ps[t][y[:, t], columns]).sum()
        d_W_xh, d_W_hh, d_W_hy = np.zeros_like(W_xh), np.zeros_like(W_hh), np.zeros_like(W_hy)
        d_b_h, d_b_y = np.zeros_like(b_h), np.zeros_like(b_y)
        d_h_next = np.zeros_like(hs[0])
        for t in reversed(range(n_steps)):
            d_y = np.copy(ps[t])
            d_y[y[:, t], columns] -= 1
            d_y /= x.size
            d_W_hy += np.dot(d_y, hs[t].T)
            d_b_y += d_y.sum(axis=1, keepdims=True)
            d_h = np.dot(W_hy.T, d_y) + d_h_next
            d_raw = (1 - hs[t] * hs[t]) * d_h
            d_b_h += d_raw.sum(axis=1, keepdims=True)
            d_W_xh += np.dot(d_raw, xs[t].T)
            d_W_hh += np.dot(d_raw, hs[t - 1].T)
            d_h_next = np.dot(W_hh.T, d_raw)
        pairs = zip(
            (W_xh, W_hh, W_hy, b_h, b_y), (d_W_xh, d_W_hh, d_W_hy, d_b_h, d_b_y), strict=True
        )
        for param, d_param in pairs:
            np.subtract(param, np.float32(LEARNING_RATE) * d_param, out=param)
        return float(loss / x.size)

    return step


CONTENDERS = {
    "rnnhelpers": ours,
    "PyTorch": pytorch,
    "JAX scan": jax_scan,
    "textbook": textbook,
    "char-rnn style": char_rnn_style,
}
"""By name; the last two know the vanilla cell only."""
BY_HAND = ("textbook", "char-rnn style")
