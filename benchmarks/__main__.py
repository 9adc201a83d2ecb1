"""Measure: all, or the parts that are named."""

import argparse
import os

# Before NumPy and JAX are imported: one thread each, for a fair comparison.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
os.environ.setdefault(
    "XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
)

PARTS = ("speed", "memory", "learning", "word_vectors")


def main():
    """Read the command line and run the parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--cells", nargs="+", default=["rnn", "gru", "lstm"], help="speed: which")
    parser.add_argument("--sizes", nargs="+", default=list("ABCDE"), help="speed: which")
    parser.add_argument("--rounds", type=int, default=15, help="speed: how many rounds")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(
            f"no part is called {', '.join(sorted(unknown))}: there are {', '.join(PARTS)}"
        )
    if hasattr(os, "sched_setaffinity"):  # one core, so that nobody gets a second thread
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for part in arguments.parts or PARTS:
        print(f"--- {part}\n", flush=True)
        if part == "speed":
            from benchmarks import speed

            speed.run(arguments.cells, arguments.sizes, arguments.rounds)
        elif part == "memory":
            from benchmarks import memory

            memory.run()
        elif part == "learning":
            from benchmarks import learning

            learning.run()
        else:
            from benchmarks import word_vectors

            word_vectors.run()


if __name__ == "__main__":
    main()
