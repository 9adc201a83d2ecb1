"""Mini-batches and the loop that learns from them (taught in notebook 06)."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from rnnhelpers._validation import (
    NonFiniteError,
    as_array,
    check_callable,
    check_count,
    check_flag,
    check_number,
    shown,
)
from rnnhelpers.initialization import as_generator
from rnnhelpers.optimizers import Optimizer, clip_by_norm


class DivergedError(ArithmeticError):
    """The loss or a gradient is no number any more.

    Attributes
    ----------
    history : History
        What was recorded until then.
    """

    def __init__(self, message, history):
        super().__init__(message)
        self.history = history


@dataclass(repr=False)
class History:
    """What a training recorded."""

    losses: list = field(default_factory=list)
    """Loss of each step, before its update: for a cross-entropy in nats a target."""
    gradient_norms: list = field(default_factory=list)
    """Length of the gradient at each step, before clipping."""
    learning_rates: list = field(default_factory=list)
    """Learning rate of each step."""
    held_out: list = field(default_factory=list)
    """Pairs (number of steps taken, held-out loss)."""
    best_step: int | None = None
    """Number of steps after which the held-out loss was smallest."""
    stopped: str = "finished"
    """Why it ended: "finished", "no improvement", "interrupted" or "diverged"."""

    @property
    def n_steps(self):
        """Number of updates."""
        return len(self.losses)

    @property
    def best_loss(self):
        """The smallest held-out loss, or None."""
        return min((loss for _, loss in self.held_out), default=None)

    def __repr__(self):
        """Say how it went, without all the numbers."""
        went = f"loss {self.losses[0]:.4g} to {self.losses[-1]:.4g}" if self.losses else "no loss"
        best = f", best held-out loss {self.best_loss:.4g}" if self.held_out else ""
        return f"History({self.n_steps} steps, {self.stopped}; {went}{best})"


def contiguous_batches(ids, n_sequences, n_steps):
    """Cut one long sequence of tokens into batches that follow on from each other.

    The sequence is cut into `n_sequences` strands of equal length, which are read side by side,
    `n_steps` at a time. Row i of each batch goes on where row i of the batch before ended, so the
    state can be carried over. The targets are the tokens one step on.

    Parameters
    ----------
    ids : array-like of int, shape (n_tokens_of_text,)
        The text as token ids.
    n_sequences : int
        Number of strands N.
    n_steps : int
        Number of time steps T of a batch. The last batch may have fewer. What does not fill a
        step of all strands at the end, fewer than `n_sequences` tokens, is left out.

    Yields
    ------
    x : ndarray of shape (n_sequences, n_steps)
        Inputs.
    y : ndarray of shape (n_sequences, n_steps)
        Targets.

    Raises
    ------
    TypeError
        If the ids are not whole numbers.
    ValueError
        If there are not enough of them for one step of each strand.

    Examples
    --------
    >>> for x, y in contiguous_batches(np.arange(9), n_sequences=2, n_steps=3):
    ...     print(x.tolist(), y.tolist())
    [[0, 1, 2], [4, 5, 6]] [[1, 2, 3], [5, 6, 7]]
    [[3], [7]] [[4], [8]]
    """
    n_sequences = check_count("n_sequences", n_sequences)
    n_steps = check_count("n_steps", n_steps)
    ids = np.array(as_array("ids", ids))
    ids.flags.writeable = False  # the batches are windows on it
    if ids.dtype.kind not in "iu":
        raise TypeError(f"ids has dtype {ids.dtype}: expected whole numbers; encode the text first")
    if ids.ndim != 1 or len(ids) <= n_sequences:
        raise ValueError(
            f"ids has shape {ids.shape}: expected one axis of at least {n_sequences + 1} tokens, "
            f"an input and a target for each of {n_sequences} strands"
        )
    length = (len(ids) - 1) // n_sequences
    x = ids[: n_sequences * length].reshape(n_sequences, length)
    y = ids[1 : n_sequences * length + 1].reshape(n_sequences, length)
    return (
        (x[:, start : start + n_steps], y[:, start : start + n_steps])
        for start in range(0, length, n_steps)
    )


def shuffled_batches(n_samples, batch_size, *, rng, lengths=None, n_buckets=10):
    """Draw mini-batches of indices, in a new order each time; each sample comes once.

    Parameters
    ----------
    n_samples : int
        Number of sequences to draw from.
    batch_size : int
        Number of sequences in a batch. The last batch may have fewer.
    rng : numpy.random.Generator or int
        Source of the order. A generator moves on, so that the next call draws another order.
    lengths : array-like of int, shape (n_samples,), optional
        Lengths of the sequences. If given, sequences of similar length come together, so that
        little is padded.
    n_buckets : int, default=10
        Batches are sorted by length within groups of this many batches, and not over all samples,
        so that which sequences meet still changes.

    Returns
    -------
    list of ndarray
        Indices of the sequences of each batch.

    Examples
    --------
    >>> batches = shuffled_batches(7, 3, rng=np.random.default_rng(0))
    >>> [len(batch) for batch in batches]
    [3, 3, 1]
    >>> np.sort(np.concatenate(batches)).tolist()
    [0, 1, 2, 3, 4, 5, 6]
    """
    n_samples = check_count("n_samples", n_samples)
    batch_size = check_count("batch_size", batch_size)
    group = batch_size * check_count("n_buckets", n_buckets)
    rng = as_generator(rng)
    if lengths is not None:
        lengths = as_array("lengths", lengths)
        if lengths.shape != (n_samples,):
            raise ValueError(f"lengths has shape {lengths.shape}: expected ({n_samples},)")
        if lengths.dtype.kind not in "iu":
            raise TypeError(f"lengths has dtype {lengths.dtype}: expected whole numbers")
    order = rng.permutation(n_samples)
    starts = np.arange(0, n_samples, batch_size)
    if lengths is not None:
        groups = [order[start : start + group] for start in range(0, n_samples, group)]
        order = np.concatenate([one[np.argsort(lengths[one], kind="stable")] for one in groups])
        starts = rng.permutation(starts)
    return [order[start : start + batch_size] for start in starts]


def train(
    optimizer,
    loss_and_gradients,
    batches,
    *,
    n_steps=None,
    clip_norm=None,
    schedule=None,
    evaluate=None,
    evaluate_every=100,
    patience=None,
    progress=True,
):
    """Take one step of gradient descent for each batch.

    If there is a held-out loss, the parameters end up as they were when it was smallest.

    Parameters
    ----------
    optimizer : optimiser of `rnnhelpers.optimizers`
        What updates the parameters; it knows them as ``optimizer.params``.
    loss_and_gradients : callable
        Takes a batch, returns the loss, a number, and the gradients, `Parameters`.
    batches : iterable
        The batches, each handed to `loss_and_gradients` as it is. May be without end if `n_steps`
        is given.
    n_steps : int, optional
        Stop after this many batches.
    clip_norm : float, optional
        Scale the gradient down to this length when it is longer.
    schedule : callable, optional
        Takes the number of steps taken so far, returns a factor for the learning rate, as in
        ``lambda step: warmup_cosine(step, 1000, n_warmup=100)``.
    evaluate : callable, optional
        Takes nothing, returns the held-out loss.
    evaluate_every : int, default=100
        Number of steps from one evaluation to the next; there is one at the end, too.
    patience : int, optional
        Stop when the held-out loss has not become smaller in this many evaluations in a row.
    progress : bool, default=True
        Whether to show a progress bar. With ``TQDM_DISABLE=1`` in the environment there is none:
        the checks of the notebooks set it, since a bar is another one in every run.

    Returns
    -------
    History
        What was recorded. The keyboard's interrupt (in Jupyter the stop button) ends the training
        after the step that it is at, and says so; the history is returned all the same. A second
        one stops at once; then the interrupt itself carries the history.

    Raises
    ------
    DivergedError
        If the loss or a gradient is not finite. The parameters are put back to the best ones, or
        to the last ones whose loss was finite, and the error carries the history.
    TypeError, ValueError
        If a setting has no meaning.

    Notes
    -----
    Linear algebra runs on one thread here: at the sizes of recurrent networks a second one costs
    more than it brings, and under load it can slow things down a thousandfold. The setting is the
    whole process's, so two trainings at a time belong in two processes.

    Examples
    --------
    >>> from rnnhelpers.optimizers import SGD
    >>> from rnnhelpers.parameters import Parameters
    >>> params = Parameters({"w": [4.0]})
    >>> def loss_and_gradients(target):
    ...     error = params["w"][0] - target
    ...     return error**2, Parameters({"w": [2 * error]})
    >>> optimizer = SGD(params, learning_rate=0.25)
    >>> history = train(optimizer, loss_and_gradients, [1.0] * 3, progress=False)
    >>> history.losses, params["w"]
    ([9.0, 2.25, 0.5625], array([1.375]))
    """
    from threadpoolctl import threadpool_limits
    from tqdm.auto import tqdm

    if not isinstance(optimizer, Optimizer):
        name = type(optimizer).__name__
        raise TypeError(f"optimizer is a {name}: expected an optimiser, such as Adam(params)")
    _check_settings(n_steps, clip_norm, evaluate, evaluate_every, patience)
    check_callable("loss_and_gradients", loss_and_gradients, "takes a batch")
    for name, function in {"schedule": schedule, "evaluate": evaluate}.items():
        if function is not None:
            check_callable(name, function, "returns a number")
    if not isinstance(batches, Iterable) or (isinstance(batches, np.ndarray) and not batches.ndim):
        raise TypeError(f"batches is of type {type(batches).__name__}: expected a list of batches")
    keep_freed_memory()
    run = _Training(optimizer, loss_and_gradients, clip_norm, schedule, evaluate, patience)
    if n_steps is None and hasattr(batches, "__len__"):
        n_steps = len(batches)
    bar = tqdm(total=n_steps, disable=not shows_bar(progress), unit="step")
    quiet = np.errstate(over="ignore", invalid="ignore", divide="ignore")  # we look ourselves
    with (
        bar,
        threadpool_limits(1, user_api="blas"),
        quiet,
        run.good_parameters_at_an_interrupt(),
        _interrupt_between_steps() as interrupt,
    ):
        for batch in batches:
            run.step(batch)
            if bar.update():
                bar.set_postfix(run.summary(), refresh=False)
            done = n_steps is not None and run.history.n_steps >= n_steps
            if evaluate and not done and run.history.n_steps % evaluate_every == 0 and run.look():
                run.history.stopped = "no improvement"
            if interrupt.is_set():
                run.history.stopped = "interrupted"
            if done or run.history.stopped != "finished":
                break
        if not run.history.losses:
            raise ValueError("batches is empty: expected at least one; was an iterator used up?")
        run.end()
        bar.set_postfix(run.summary())
    if run.history.stopped == "interrupted":
        print(
            f"Interrupted after {run.history.n_steps} steps. What was learned until then is kept; "
            "a new training starts anew."
        )
    return run.history


def shows_bar(progress):
    """Tell whether to show a progress bar: if it is asked for, and the environment allows it.

    In notebooks tqdm itself does not look at ``TQDM_DISABLE``.

    Examples
    --------
    >>> shows_bar(False)
    False
    """
    return check_flag("progress", progress) and os.environ.get("TQDM_DISABLE", "") in ("", "0")


def keep_freed_memory():
    """Have the C library keep the memory that is freed, for the next arrays of the same size.

    Otherwise Linux's hands large arrays back to the system after each step and fetches them anew,
    page by page: with arrays of a few megabytes that takes half of the time. It changes its habit
    once it has seen one block freed that is larger than those. Elsewhere this does nothing.

    Notes
    -----
    ``M_MMAP_THRESHOLD`` in the manual of glibc's `mallopt`: the threshold is dynamic, up to 32 MB.

    Examples
    --------
    >>> keep_freed_memory()
    """
    np.empty(30_000_000, np.uint8)


class _Training:
    """The state of a training: the history, and the parameters to go back to."""

    def __init__(self, optimizer, loss_and_gradients, clip_norm, schedule, evaluate, patience):
        self.optimizer, self.loss_and_gradients = optimizer, loss_and_gradients
        self.clip_norm, self.schedule = clip_norm, schedule
        self.evaluate, self.patience = evaluate, patience
        self.base_rate = optimizer.learning_rate
        self.history = History()
        self.last_good = optimizer.params.flat.copy()
        self.best = None

    def step(self, batch):
        """Loss, gradients, clipping, update."""
        history, params = self.history, self.optimizer.params
        if self.schedule:
            factor = check_number("what schedule returned", self.schedule(history.n_steps))
            self.optimizer.learning_rate = self.base_rate * factor
        try:
            result = self.loss_and_gradients(batch)
            if not isinstance(result, tuple) or len(result) != 2 or np.ndim(result[0]):
                raise TypeError(
                    f"loss_and_gradients returned {type(result).__name__}: expected two things, "
                    "the loss, a number, and the gradients"
                )
            loss, d_params = result
            if not np.isfinite(loss):
                self.diverged(f"the loss is {loss}")
            d_params, norm = clip_by_norm(d_params, self.clip_norm or np.inf)
            np.copyto(self.last_good, params.flat)
            self.optimizer.step(d_params)
        except NonFiniteError as error:
            self.diverged(_what(error))
        history.losses.append(float(loss))
        history.gradient_norms.append(float(norm))
        history.learning_rates.append(self.optimizer.learning_rate)

    def look(self):
        """Compute the held-out loss, keep the best parameters; return whether to lose patience."""
        history = self.history
        try:
            loss = as_array("what evaluate returned", self.evaluate())
            if loss.ndim or loss.dtype.kind not in "iuf":
                raise TypeError(f"evaluate returned {shown(loss)}: expected a number, the loss")
            loss = float(loss)
        except NonFiniteError as error:
            self.diverged(f"looking at held-out data, {_what(error)}")
        if not np.isfinite(loss):
            self.diverged(f"the held-out loss is {loss}")
        is_best = not history.held_out or loss < history.best_loss
        history.held_out.append((history.n_steps, loss))
        if is_best:
            history.best_step, self.best = history.n_steps, self.optimizer.params.flat.copy()
        since = sum(step > history.best_step for step, _ in history.held_out)
        return bool(self.patience) and since >= self.patience

    def end(self):
        """Look once more, and go back to the best parameters."""
        history = self.history
        if self.evaluate and (not history.held_out or history.held_out[-1][0] < history.n_steps):
            self.look()
        if self.best is not None:
            self.optimizer.params.flat[:] = self.best

    @contextlib.contextmanager
    def good_parameters_at_an_interrupt(self):
        """Lose nothing when a second interrupt stops a step in the middle, or an error does."""
        try:
            yield
        except KeyboardInterrupt as error:
            self.go_back()
            self.history.stopped, error.history = "interrupted", self.history
            raise
        finally:
            self.optimizer.learning_rate = self.base_rate

    def go_back(self):
        """Put the parameters back to the best ones, or to the last whose loss was a number."""
        self.optimizer.params.flat[:] = self.last_good if self.best is None else self.best

    def diverged(self, what):
        """Go back to good parameters, and say what happened and what to try."""
        history, rate = self.history, self.optimizer.learning_rate
        history.stopped = "diverged"
        self.go_back()
        if history.losses:
            losses, norms = (
                ", ".join(f"{number:.3g}" for number in numbers[-3:])
                for numbers in (history.losses, history.gradient_norms)
            )
            before = f"Before that the losses were {losses}, the gradient's lengths {norms}."
        else:
            before = "It is the first step, so look at the data and at the initial weights."
        clip = "" if self.clip_norm else "clip_norm=1, then "
        back = (
            "they were before the last update, and perhaps of no use"
            if history.best_step is None
            else f"they were at their best, after step {history.best_step}"
        )
        raise DivergedError(
            f"training stopped at step {history.n_steps + 1}: {what}. {before} Try {clip}a smaller "
            f"learning rate (it was {rate:.3g} at this step). The parameters are as {back}; the "
            "error's history has what was recorded.",
            history,
        ) from None

    def summary(self):
        """Return what stands beside the progress bar."""
        history = self.history
        shown = {"loss": f"{np.mean(history.losses[-50:]):.3f}"}
        if history.held_out:
            shown["held out"] = f"{history.held_out[-1][1]:.3f}"
        return shown


def _what(error):
    """Return what is not finite, without the advice, which is for whoever hands in data."""
    return str(error).partition(": expected")[0]


def _check_settings(n_steps, clip_norm, evaluate, evaluate_every, patience):
    if n_steps is not None:
        check_count("n_steps", n_steps)
    if clip_norm is not None:
        reason = "a negative one would turn the gradient round"
        check_number("clip_norm", clip_norm, above=0, reason=reason)
    check_count("evaluate_every", evaluate_every)
    if patience is not None:
        check_count("patience", patience)
        if evaluate is None:
            raise ValueError("patience is given without evaluate: expected both, or neither")


@contextlib.contextmanager
def _interrupt_between_steps():
    """Note the keyboard's interrupt, so that no step is cut in the middle.

    A second one stops at once. Only a program's main thread can listen; elsewhere nothing changes.
    """
    asked = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield asked
        return

    def note(number, frame):
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
