"""Two tasks that can be made as long as one likes, to measure memory (taught in notebook 09)."""

import numpy as np

from rnnhelpers._validation import check_count, check_flag, check_kind, check_number, check_real
from rnnhelpers.initialization import as_generator
from rnnhelpers.losses import cross_entropy, squared_error
from rnnhelpers.network import cell_settings, make_network
from rnnhelpers.optimizers import Adam
from rnnhelpers.training import History, train

BLANK, GO = 0, 9
"""The tokens of the copy task that are no symbols: nothing to read, and "now repeat"."""

N_SYMBOLS = 8
"""How many different symbols there are to be copied: the tokens 1 to 8."""

SOLVED = 0.02
"""Below this mean squared error the adding problem counts as solved in `ADDING_RUNS`."""

ADDING_RUNS = {
    (10, 32, 0.003, "uniform"): (3000, [1038, 1130, 856, 1055, 760, 707, 812, 778, 863, 849]),
    (20, 32, 0.003, "uniform"): (
        3000,
        [1346, 2173, 1285, 1617, 1600, 1373, 1404, 1550, 1417, 1460],
    ),
    (50, 32, 0.003, "uniform"): (
        3000,
        [None, None, None, None, None, None, None, None, None, None],
    ),
    (10, 32, 0.003, "orthogonal"): (3000, [679, 811, 662, 784, 750, 908, 754, 961, 872, 750]),
    (20, 32, 0.003, "orthogonal"): (
        3000,
        [1149, 1560, 1365, 1160, 1675, 1685, 1378, 1228, 1690, 983],
    ),
    (50, 32, 0.003, "orthogonal"): (
        3000,
        [None, None, None, None, None, None, None, None, None, None],
    ),
    (50, 64, 0.001, "uniform"): (
        8000,
        [5029, 4953, 5526, 4896, None, 5335, 5386, None, 6274, 6244],
    ),
    (50, 64, 0.001, "orthogonal"): (
        8000,
        [5738, 4630, 5183, None, 4310, None, 4878, 6863, 3672, None],
    ),
    (100, 64, 0.001, "orthogonal"): (8000, [None, None, None]),
}
"""What ten runs of a tanh RNN on the adding problem took, with the seeds 0 to 9.

Under (T, H, learning rate, start of W_hh) stand the number of updates that a run might take, and
for each seed after how many the loss was below `SOLVED`, or None. With T = 100, where a run takes
long, there are three seeds only, 0 to 2. ``python -m rnnhelpers.memory_tasks`` measures it
anew, in about a quarter of an hour on an idle processor; the numbers of updates differ a little on
another one.
"""

COPYING_RUNS = {
    (10, "uniform", True, 200): [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    (10, "identity", True, 200): [0.59, 0.6, 0.61, 0.59, 0.6, 0.6, 0.6, 0.6, 0.6, 0.61],
    (10, "orthogonal", True, 200): [0.03, 0.03, 0.03, 0.03, 0.04, 0.03, 0.04, 0.03, 0.03, 0.03],
    (20, "orthogonal", True, 200): [0.09, 0.09, 0.08, 0.07, 0.15, 0.07, 1.0, 0.08, 0.09, 0.07],
    (40, "orthogonal", True, 200): [1.0, 1.01, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0],
    (10, "orthogonal", False, 200): [1.11, 1.15, 1.18, 1.16, 1.16, 1.16, 1.17, 1.14, 1.14, 1.2],
}
"""How far ten runs of a tanh RNN with 128 units came on the copy task of 5 symbols, seeds 0 to 9.

Under (delay, start of W_hh, whether only the answers count, number of updates) stands for each seed
the loss of the last 20 batches, as a share of the baseline. Measured as `ADDING_RUNS`, with the
learning rate 0.001.
"""


def adding_problem(n_sequences, n_steps, rng):
    r"""Draw sequences for the adding problem: remember two numbers, and add them up.

    Each time step has a number, uniform between 0 and 1, and a mark. Two steps are marked with 1,
    one in each half of the sequence; the target is the sum of their numbers.

    Parameters
    ----------
    n_sequences : int
        Number of sequences, N.
    n_steps : int
        Number of time steps, T, at least 2.
    rng : numpy.random.Generator or int
        Where the random numbers come from, or a seed for it.

    Returns
    -------
    x : ndarray of shape (N, T, 2)
        The numbers ``x[..., 0]`` and the marks ``x[..., 1]``.
    targets : ndarray of shape (N, 1)
        The sums, between 0 and 2.

    Raises
    ------
    TypeError
        If a number is not whole, or `rng` is neither a generator nor a seed.
    ValueError
        If `n_sequences` is below 1 or `n_steps` is below 2.

    Notes
    -----
    Whoever always says 1, the mean of the sums, has a mean squared error of
    :math:`2 \cdot \frac{1}{12} = \frac{1}{6}`: that is the baseline. The task is from S. Hochreiter
    and J. Schmidhuber, *Long short-term memory*, Neural Computation 9, 1997; the version with
    one mark in each half is that of M. Arjovsky, A. Shah and Y. Bengio, *Unitary evolution
    recurrent neural networks*, 2016.

    Examples
    --------
    >>> x, targets = adding_problem(3, 10, rng=0)
    >>> x.shape, x[..., 1].sum(axis=1)
    ((3, 10, 2), array([2., 2., 2.]))
    >>> bool(np.allclose((x[..., 0] * x[..., 1]).sum(axis=1), targets[:, 0]))
    True
    """
    n_sequences = check_count("n_sequences", n_sequences)
    n_steps = check_count("n_steps", n_steps, smallest=2)
    rng = as_generator(rng)
    x = np.zeros((n_sequences, n_steps, 2))
    x[..., 0] = rng.uniform(size=(n_sequences, n_steps))
    half = n_steps // 2
    rows = np.arange(n_sequences)
    x[rows, rng.integers(0, half, n_sequences), 1] = 1
    x[rows, rng.integers(half, n_steps, n_sequences), 1] = 1
    return x, (x[..., 0] * x[..., 1]).sum(axis=1, keepdims=True)


def copy_task(n_sequences, delay, rng, *, n_to_copy=10):
    r"""Draw sequences for the copy task: read symbols, wait, and repeat them in order.

    A sequence has K = `n_to_copy` symbols, then blanks, then the sign to go, then K blanks. The
    targets are blank until the network has to repeat the symbols, in the last K steps. There are
    ``delay`` steps between the last symbol and the first answer.

    Parameters
    ----------
    n_sequences : int
        Number of sequences, N.
    delay : int
        The number of steps to wait, T in the literature, at least 1. The last of them is the sign
        to go.
    rng : numpy.random.Generator or int
        Where the random numbers come from, or a seed for it.
    n_to_copy : int, default=10
        The number of symbols, K.

    Returns
    -------
    ids : ndarray of int of shape (N, delay + 2 * K)
        The tokens: 0 is blank, 1 to 8 are the symbols, 9 is the sign to go.
    targets : ndarray of int of the same shape
        What the network should say at each step.

    Raises
    ------
    TypeError
        If a number is not whole, or `rng` is neither a generator nor a seed.
    ValueError
        If a number is below 1.

    Notes
    -----
    Whoever always says "blank" until the sign and then guesses among the eight symbols has a loss
    of :math:`\frac{K \ln 8}{T + 2K}`, the mean over all steps: that is the baseline without
    memory. The task is that of S. Hochreiter and J. Schmidhuber (1997), in the form of
    M. Arjovsky, A. Shah and Y. Bengio, *Unitary evolution recurrent neural networks*, 2016.

    Examples
    --------
    >>> ids, targets = copy_task(1, delay=3, rng=0, n_to_copy=2)
    >>> ids
    array([[7, 6, 0, 0, 9, 0, 0]])
    >>> targets
    array([[0, 0, 0, 0, 0, 7, 6]])
    """
    n_sequences = check_count("n_sequences", n_sequences)
    delay = check_count("delay", delay)
    n_to_copy = check_count("n_to_copy", n_to_copy)
    symbols = as_generator(rng).integers(1, N_SYMBOLS + 1, (n_sequences, n_to_copy))
    ids = np.full((n_sequences, delay + 2 * n_to_copy), BLANK)
    targets = np.full_like(ids, BLANK)
    ids[:, :n_to_copy] = symbols
    ids[:, n_to_copy + delay - 1] = GO
    targets[:, -n_to_copy:] = symbols
    return ids, targets


def train_on_adding(
    cell,
    n_steps,
    *,
    n_hidden=32,
    learning_rate=0.001,
    n_updates=1000,
    n_sequences=50,
    stop_below=None,
    rng,
    dtype="float32",
    progress=False,
    **cell_options,
):
    """Train a network on the adding problem, with new sequences in each batch.

    No sequence comes twice, so the loss of a batch, taken before its update, is that of sequences
    that have not been learned from: nothing needs to be held out.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "gru_reset_before"}
        The kind of cell.
    n_steps : int
        Number of time steps, T, at least 2.
    n_hidden : int, default=32
        Number of hidden units H.
    learning_rate : float, default=0.001
        Learning rate of Adam. The gradient is clipped to the length 1.
    n_updates : int, default=1000
        Number of updates, at most.
    n_sequences : int, default=50
        Number of sequences in a batch, N.
    stop_below : float, optional
        Stop as soon as the mean loss of the last 50 batches is below this.
    rng : numpy.random.Generator or int
        Where the first weights and the sequences come from.
    dtype : {"float32", "float64"}, default="float32"
        Type of the numbers. With float64 it takes about twice the time.
    progress : bool, default=False
        Whether to show a progress bar.
    **cell_options
        Settings of the cell, such as ``recurrent_init="uniform"``, beside or instead of
        `rnnhelpers.network.CELL_OPTIONS`: by default W_hh starts orthogonal.

    Returns
    -------
    network : Network
        What was trained. It reads the last state out.
    history : History
        What the training recorded: ``history.losses`` are mean squared errors.

    Raises
    ------
    DivergedError
        If the loss is no number any more.
    TypeError, ValueError
        If a setting has no meaning.

    See Also
    --------
    updates_until : after how many updates the loss was small.

    Examples
    --------
    >>> network, history = train_on_adding("rnn", 2, learning_rate=0.01, n_updates=200, rng=0)
    >>> bool(np.mean(history.losses[-50:]) < 0.01)
    True
    """
    rng = as_generator(rng)
    options = cell_settings(cell, cell_options)
    network = make_network(cell, 2, n_hidden, 1, pooling="last", rng=rng, dtype=dtype, **options)
    history = _train_on_new_batches(
        network,
        lambda: adding_problem(n_sequences, n_steps, rng),
        squared_error,
        learning_rate=learning_rate,
        n_updates=n_updates,
        stop_below=stop_below,
        progress=progress,
    )
    return network, history


def train_on_copying(
    cell,
    delay,
    *,
    n_to_copy=10,
    n_hidden=64,
    learning_rate=0.001,
    n_updates=1000,
    n_sequences=50,
    answers_only=True,
    stop_below=None,
    rng,
    dtype="float32",
    progress=False,
    **cell_options,
):
    """Train a network on the copy task, with new sequences in each batch.

    Parameters
    ----------
    cell : {"rnn", "lstm", "gru", "gru_reset_before"}
        The kind of cell.
    delay : int
        The number of steps to wait, at least 1.
    n_to_copy : int, default=10
        The number of symbols, K.
    n_hidden : int, default=64
        Number of hidden units H.
    answers_only : bool, default=True
        Whether only the last K steps, the answers, count in the loss: then guessing costs ln 8. If
        not, all steps do, most of whose targets are blank, and the baseline is that of `copy_task`;
        that is harder to learn from.
    learning_rate, n_updates, n_sequences, stop_below, rng, dtype, progress, **cell_options
        As in `train_on_adding`.

    Returns
    -------
    network : Network
        What was trained. It reads each state out.
    history : History
        What the training recorded: ``history.losses`` are cross-entropies, the mean over the steps
        that count.

    Raises
    ------
    DivergedError
        If the loss is no number any more.
    TypeError, ValueError
        If a setting has no meaning.

    Examples
    --------
    >>> network, history = train_on_copying("rnn", 2, n_to_copy=1, n_updates=200, rng=0)
    >>> bool(np.mean(history.losses[-50:]) < 0.5 * np.log(8))
    True
    """
    rng, answers_only = as_generator(rng), check_flag("answers_only", answers_only)
    n_tokens = N_SYMBOLS + 2
    options = cell_settings(cell, cell_options)
    network = make_network(cell, n_tokens, n_hidden, n_tokens, rng=rng, dtype=dtype, **options)
    history = _train_on_new_batches(
        network,
        lambda: copy_task(n_sequences, delay, rng, n_to_copy=n_to_copy),
        _loss_of_answers(n_to_copy) if answers_only else cross_entropy,
        learning_rate=learning_rate,
        n_updates=n_updates,
        stop_below=stop_below,
        progress=progress,
    )
    return network, history


def updates_until(history, level, *, window=50):
    """Return after how many updates the mean loss of the last batches was below a level.

    Parameters
    ----------
    history : History
        What a training recorded.
    level : float
        The level.
    window : int, default=50
        Number of batches that the mean is taken over.

    Returns
    -------
    int or None
        The number of updates, or None if the mean was never below the level.

    Examples
    --------
    >>> from rnnhelpers.training import History
    >>> updates_until(History(losses=[0.5, 0.3, 0.1, 0.1]), 0.25, window=2)
    3
    >>> updates_until(History(losses=[0.5, 0.3, 0.1, 0.1]), 0.1, window=2)
    """
    window = check_count("window", window)
    check_kind("history", history, History, "what train returned")
    level = check_number("level", level)
    losses = check_real("history.losses", history.losses, float)
    if len(losses) < window:
        return None
    means = np.lib.stride_tricks.sliding_window_view(losses, window).mean(axis=1)
    below = np.flatnonzero(means < level)
    return int(below[0]) + window if below.size else None


def _loss_of_answers(n_answers):
    """Return the cross-entropy in which the last steps count and no others."""

    def loss(logits, targets):
        is_answer = np.arange(targets.shape[1]) >= targets.shape[1] - n_answers
        return cross_entropy(logits, targets, mask=np.broadcast_to(is_answer, targets.shape))

    return loss


def _train_on_new_batches(
    network, draw, loss_function, *, learning_rate, n_updates, stop_below, progress
):
    """Train on batches that are drawn as they are needed, until the loss is small."""
    if stop_below is not None:
        stop_below = check_number("stop_below", stop_below, above=0)
    n_updates = check_count("n_updates", n_updates)  # without a number it would not end
    d_params, recent = network.params.empty_like(), []

    def loss_and_gradients(batch):
        x, targets = batch
        run = network.forward(x)
        loss, d_outputs = loss_function(run.outputs, targets)
        recent.append(loss)
        return loss, network.backward(run, d_outputs, out=d_params)

    def batches():
        while not (stop_below and len(recent) >= 50 and np.mean(recent[-50:]) < stop_below):
            yield draw()

    optimizer = Adam(network.params, learning_rate=learning_rate)
    return train(
        optimizer, loss_and_gradients, batches(), n_steps=n_updates, clip_norm=1, progress=progress
    )


def measure_adding(n_steps, n_hidden, learning_rate, start, *, n_updates, seed):
    """Return after how many updates one run of `ADDING_RUNS` was solved, or None.

    Parameters
    ----------
    n_steps, n_hidden, learning_rate, n_updates
        As in `train_on_adding`.
    start : str
        The start of W_hh.
    seed : int
        The seed.

    Returns
    -------
    int or None
        The number of updates.

    Examples
    --------
    >>> measure_adding(2, 16, 0.01, "orthogonal", n_updates=60, seed=0)
    """
    _, history = train_on_adding(
        "rnn",
        n_steps,
        n_hidden=n_hidden,
        learning_rate=learning_rate,
        n_updates=n_updates,
        stop_below=SOLVED,
        rng=seed,
        recurrent_init=start,
    )
    return updates_until(history, SOLVED)


def measure_copying(delay, start, answers_only, n_updates, *, seed):
    """Return the share of the baseline that one run of `COPYING_RUNS` ended at.

    Parameters
    ----------
    delay, answers_only, n_updates
        As in `train_on_copying`.
    start : str
        The start of W_hh.
    seed : int
        The seed.

    Returns
    -------
    float
        The mean of the last 20 losses, divided by the baseline.

    Examples
    --------
    >>> 0.9 < measure_copying(2, "uniform", True, n_updates=20, seed=0) < 1.3
    True
    """
    n_to_copy, answers_only = 5, check_flag("answers_only", answers_only)
    _, history = train_on_copying(
        "rnn",
        delay,
        n_to_copy=n_to_copy,
        n_hidden=128,
        n_updates=n_updates,
        answers_only=answers_only,
        rng=seed,
        recurrent_init=start,
    )
    share = 1 if answers_only else n_to_copy / (delay + 2 * n_to_copy)
    return float(np.mean(history.losses[-20:]) / (share * np.log(N_SYMBOLS)))


def _measure_all():
    """Print `ADDING_RUNS` and `COPYING_RUNS`, measured anew."""
    for setting, (n_updates, runs) in ADDING_RUNS.items():
        new = [
            measure_adding(*setting, n_updates=n_updates, seed=seed) for seed in range(len(runs))
        ]
        print(f"    {setting}: ({n_updates}, {new}),", flush=True)
    for setting, shares in COPYING_RUNS.items():
        new = [round(measure_copying(*setting, seed=seed), 2) for seed in range(len(shares))]
        print(f"    {setting}: {new},", flush=True)


if __name__ == "__main__":
    _measure_all()
