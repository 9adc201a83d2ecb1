"""Time of one training step, side by side, one thread each."""

import platform
import time

import numpy as np

from benchmarks.contenders import BY_HAND, CONTENDERS, make_batch
from rnnhelpers.training import keep_freed_memory

SIZES = {  # N, T, V, H
    "A": (1, 25, 80, 100),
    "B": (16, 25, 80, 100),
    "C": (32, 32, 80, 128),
    "D": (64, 64, 100, 256),
    "E": (32, 128, 100, 512),
}
N_GATES = {"rnn": 1, "gru": 3, "lstm": 4}
N_ROUNDS = 15
BASE = "PyTorch"


def run(cells=("rnn", "gru", "lstm"), sizes=SIZES, n_rounds=N_ROUNDS):
    """Print the table: milliseconds, ratios to PyTorch, share of the matrix-product ceiling."""
    from threadpoolctl import threadpool_limits

    names = available()
    keep_freed_memory()  # for all contenders: they share the process
    with threadpool_limits(1):
        tell_the_machine(names)
        print(f"{'':13}" + "".join(f"{name:>24}" for name in names) + f"{'of ceiling':>12}")
        for cell in cells:
            for size in sizes:
                print_row(cell, size, names, n_rounds)
            print()


def available():
    """Return the names of the contenders whose packages are installed; one thread for each."""
    names = ["rnnhelpers"]
    try:
        import torch

        torch.set_num_threads(1)
        names.append("PyTorch")
    except ImportError:
        print("PyTorch is not installed: no ratios (pip install torch)")
    try:
        import jax  # noqa: F401

        names.append("JAX scan")
    except ImportError:
        print("JAX is not installed: left out (pip install jax)")
    return [*names, *BY_HAND]


def tell_the_machine(names):
    """Print what the numbers depend on."""
    from threadpoolctl import threadpool_info

    blas = [
        f"{pool['internal_api']} {pool['version']}, kernel {pool.get('architecture', 'unknown')}"
        for pool in threadpool_info()
        if pool["user_api"] == "blas"
    ]
    print(f"Python {platform.python_version()}, NumPy {np.__version__} with {'; '.join(blas)}")
    if "PyTorch" in names:
        import torch

        print(f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}")
    print(
        f"Medians of {N_ROUNDS} rounds or more; in brackets the median of the rounds' ratios to "
        f"{BASE}.\n"
    )


def print_row(cell, size, names, n_rounds):
    """Time all contenders at one size, round by round, and print what came out."""
    n_sequences, n_steps, n_tokens, n_hidden = SIZES[size]
    x, y = make_batch(n_sequences, n_steps, n_tokens)
    names = [name for name in names if cell == "rnn" or name not in BY_HAND]
    steps = {name: CONTENDERS[name](cell, x, y, n_tokens, n_hidden) for name in names}
    check_that_they_agree(steps)
    times = time_in_turn(steps, n_rounds)
    cells = []
    for name in names:
        text = f"{1e3 * np.median(times[name]):.2f} ms"
        if BASE in times and name != BASE:
            text += f" [{np.median(times[name] / times[BASE]):.2f}]"
        cells.append(f"{text:>24}")
    padding = " " * 24 * (len(available_columns(names)) - len(names))
    rate = matrix_flops(cell, *SIZES[size]) / np.median(times["rnnhelpers"]) / ceiling()
    print(f"{cell:5} {size} {'':5}" + "".join(cells) + padding + f"{rate:>11.0%}", flush=True)


def available_columns(names):
    """Return the columns of the table: the hand-written ones stay empty for gated cells."""
    return [*[name for name in names if name not in BY_HAND], *BY_HAND]


def check_that_they_agree(steps):
    """Take a few steps with each, and stop if the losses differ: then they are not the same.

    The first losses are the same; later ones may drift a little, since PyTorch learns two biases
    where one would do, and so moves twice as far along them.
    """
    losses = {name: np.array([step() for _ in range(5)]) for name, step in steps.items()}
    for name, values in losses.items():
        off = abs(values / losses["rnnhelpers"] - 1)
        if off[0] > 2e-5 or off.max() > 1e-3:
            raise SystemExit(f"{name} computes something else: {values}, {losses['rnnhelpers']}")


def time_in_turn(steps, n_rounds):
    """Return the seconds a step of each contender in each round; who is first changes each round.

    As in a training, one step follows on another: a turn is as many steps as fill 20 ms.
    """
    names, times = list(steps), {name: [] for name in steps}
    n_steps = {name: max(1, round(0.02 / seconds(step, 1))) for name, step in steps.items()}
    for number in range(n_rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            times[name].append(seconds(steps[name], n_steps[name]))
    return {name: np.array(values) for name, values in times.items()}


def seconds(step, n_steps):
    """Return the time of a step, when so many follow on each other."""
    began = time.perf_counter()
    for _ in range(n_steps):
        step()
    return (time.perf_counter() - began) / n_steps


def matrix_flops(cell, n_sequences, n_steps, n_tokens, n_hidden):
    """Count the operations in the matrix products of a step, the input's look-up left out."""
    recurrent = N_GATES[cell] * n_hidden * n_hidden
    readout = n_hidden * n_tokens
    return 2 * 3 * n_sequences * n_steps * (recurrent + readout)  # forward, and twice backward


def ceiling():
    """Return the operations a second of one large product, on one thread."""
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 768, 768)).astype(np.float32)
    seconds = []
    for _ in range(7):
        began = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - began)
    return 2 * 768**3 / min(seconds)
