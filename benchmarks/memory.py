"""Memory and time against the number of time steps, and the time of an import."""

import subprocess
import sys
import time
import tracemalloc

import numpy as np

from rnnhelpers.cells import CELLS
from rnnhelpers.layers import Linear
from rnnhelpers.losses import cross_entropy
from rnnhelpers.training import keep_freed_memory
from rnnhelpers.unrolling import (
    bptt,
    bptt_checkpointed,
    unroll,
    unroll_checkpointed,
    unroll_in_pieces,
)

N_SEQUENCES, N_HIDDEN, N_TOKENS = 32, 128, 80
LENGTHS = (256, 512, 1024, 2048, 4096)


def make(cell, n_steps):
    """Return a cell, a read-out, tokens and targets."""
    ids, targets = np.random.default_rng(0).integers(N_TOKENS, size=(2, N_SEQUENCES, n_steps))
    readout = Linear(N_HIDDEN, N_TOKENS, rng=0, dtype="float32")
    return CELLS[cell](N_TOKENS, N_HIDDEN, rng=0, dtype="float32"), readout, ids, targets


def everything(cell, readout, ids, targets):
    """Keep all steps: forward, loss at each step, backward."""
    run = unroll(cell, ids)
    bptt(run, read_out(readout, run.h, targets)[1])


def only_the_cell(cell, readout, ids, targets):
    """Keep all steps, but leave the read-out and the loss out."""
    d_h = np.ones((ids.shape[1], len(ids), N_HIDDEN), np.float32).swapaxes(0, 1)
    bptt(unroll(cell, ids), d_h)


def checkpointed(cell, readout, ids, targets):
    """Keep a state every few steps; read-out and loss are made piece by piece, too."""
    d_readout = readout.params.zeros_like()

    def d_h(steps, h):
        d_params, d_h_piece = read_out(readout, h, targets[:, steps])
        d_readout.flat += d_params.flat
        return d_h_piece

    bptt_checkpointed(unroll_checkpointed(cell, ids), d_h)


def truncated(cell, readout, ids, targets):
    """Keep 25 steps at a time."""
    for steps, run in unroll_in_pieces(cell, ids, 25):
        bptt(run, read_out(readout, run.h, targets[:, steps])[1])


def read_out(readout, h, targets):
    """Return the gradients of the read-out and of the states, of the sum of all losses."""
    _, d_logits = cross_entropy(readout.forward(h), targets, reduction="sum")
    return readout.backward(h, d_logits)


def peak_bytes(function, *arguments):
    """Return how much a call held at most."""
    tracemalloc.start()
    function(*arguments)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def seconds(function, *arguments, n_rounds=5):
    """Return the median time of a call."""
    function(*arguments)
    times = []
    for _ in range(n_rounds):
        began = time.perf_counter()
        function(*arguments)
        times.append(time.perf_counter() - began)
    return float(np.median(times))


def run():
    """Print the fits."""
    from threadpoolctl import threadpool_limits

    keep_freed_memory()
    with threadpool_limits(1):
        print(f"N={N_SEQUENCES}, H={N_HIDDEN}, V={N_TOKENS}, tokens, float32, T={LENGTHS}\n")
        for cell in ("rnn", "gru", "lstm"):
            print_fits(cell)
    print_imports()


def print_fits(cell):
    """Print how memory and time grow with T, and what checkpointing and truncation change."""
    cases = [make(cell, n_steps) for n_steps in LENGTHS]
    functions = (only_the_cell, everything, checkpointed, truncated)
    memory = {f: [peak_bytes(f, *case) for case in cases] for f in functions}
    times = [seconds(everything, *case) for case in cases]
    floats, r_memory = fit(memory[only_the_cell])
    per_step, r_time = fit(times)
    print(f"{cell}: {floats / 4 / N_SEQUENCES / N_HIDDEN:.2f} floats a step, sequence and unit "
          f"without the read-out (a line through all T, R² {r_memory:.4f})")  # fmt: skip
    print(f"{'':5}{1e6 * per_step:.0f} µs a step with read-out and loss "
          f"(a line through all T, R² {r_time:.4f})")  # fmt: skip
    mb = {f: values[-1] / 1e6 for f, values in memory.items()}
    ratios = [
        seconds(checkpointed, *cases[-1], n_rounds=1) / seconds(everything, *cases[-1], n_rounds=1)
        for _ in range(5)
    ]
    less = mb[everything] / mb[checkpointed]
    print(
        f"{'':5}T={LENGTHS[-1]}: {mb[everything]:.0f} MB; checkpointed {mb[checkpointed]:.1f} MB, "
        f"{less:.0f} times less, in {np.median(ratios):.2f} of the time"
    )
    growth = (memory[truncated][-1] - memory[truncated][0]) / 1e6
    print(f"{'':5}truncated at 25 steps {mb[truncated]:.1f} MB, "
          f"{growth:+.2f} MB from T={LENGTHS[0]} to T={LENGTHS[-1]}\n")  # fmt: skip


def fit(values):
    """Return the slope of the line through values at LENGTHS, and the share it explains."""
    slope, offset = np.polyfit(LENGTHS, values, 1)
    residual = np.asarray(values) - (slope * np.array(LENGTHS) + offset)
    return slope, 1 - residual.var() / np.var(values)


def print_imports():
    """Print how long the imports take, each in a Python of its own."""
    statement = (
        "import time; a = time.perf_counter(); import numpy; b = time.perf_counter(); "
        "import rnnhelpers{}; c = time.perf_counter(); print(b - a, c - b)"
    )
    for name in ("", ".language_model", ".estimators", ".figures"):
        command = [sys.executable, "-c", statement.format(name)]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True)
                for _ in range(7)]  # fmt: skip
        numpy_ms, more_ms = np.median([[1e3 * float(one) for one in each.stdout.split()]
                                       for each in runs], axis=0)  # fmt: skip
        print(
            f"import rnnhelpers{name}: {more_ms:.0f} ms more than import numpy ({numpy_ms:.0f} ms)"
        )
