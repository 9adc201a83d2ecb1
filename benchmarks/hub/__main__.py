"""A class on one server: how long, how much memory, and what a failure loses.

Starts a real JupyterHub with its proxy on this machine, and lets learners log in over HTTP, start
their servers, open a notebook, run all of it at once and save it. Needs Linux, Node.js and npm.
"""

import argparse
import asyncio
import signal
import sys
import tempfile
from pathlib import Path

from benchmarks.hub import failures, load
from benchmarks.hub.server import Missing, Server, find_proxy
from benchmarks.hub.usage import learners_that_fit

COLUMNS = {
    "learners": "{:.0f}",
    "start_median": "{:.1f}",
    "start_worst": "{:.1f}",
    "run_median": "{:.1f}",
    "run_worst": "{:.1f}",
    "server": "{:.0f}",
    "kernel": "{:.0f}",
    "peak": "{:.0f}",
    "alone": "{:.0f}",
    "processor_start": "{:.1f}",
    "processor_run": "{:.1f}",
    "hub": "{:.0f}",
    "proxy": "{:.0f}",
}


def main(arguments=None):
    """Read the command line, and measure."""
    options = read(arguments)
    if not sys.platform.startswith("linux"):
        return "This measures with what Linux tells of its processes (/proc): run it on Linux."
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # and not without ending the servers
    try:
        proxy = find_proxy(options.proxy)
    except Missing as missing:
        return str(missing)
    for number in options.notebooks if options.learners else []:
        print(f"\n--- notebook {number}: seconds, and MB (proportional) a learner\n")
        print(" | ".join(COLUMNS), flush=True)
        for n_learners in options.learners:
            measure(n_learners, number, proxy)
    if not options.failures:
        return None
    print("\n--- killed in mid-run\n")
    return 1 if [name for name in options.failures if not survives(name, proxy)] else 0


def read(arguments):
    """Return the options."""
    parser = argparse.ArgumentParser(
        prog="python course.py benchmark hub",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("--learners", type=int, nargs="*", default=[1, 5, 20], help="classes of these sizes")
    add("--notebooks", nargs="*", default=["01"], help="which are run, by their numbers")
    add("--failures", nargs="*", default=list(failures.CASES), choices=list(failures.CASES),
        help="what is killed")  # fmt: skip
    add("--proxy", type=Path, default=Path(sys.prefix) / "hub-proxy",
        help="the folder for configurable-http-proxy, if it is not on the path")  # fmt: skip
    return parser.parse_args(arguments)


def measure(n_learners, number, proxy):
    """Let a class come to a new hub, and print one row."""
    with tempfile.TemporaryDirectory(prefix="hub-", ignore_cleanup_errors=True) as folder:
        before = load.load_average()
        with Server(Path(folder), proxy) as server:
            results = asyncio.run(load.run_class(server, n_learners, number))
            row = load.report(server, results)
    print(" | ".join(form.format(row[name]) for name, form in COLUMNS.items()), end="")
    print(f"   (load before: {before:.1f})")
    if n_learners > 1:
        base = 1000 + row["hub"] + row["proxy"]
        fit = {gb: learners_that_fit(1000 * gb, base, row["peak"]) for gb in (4, 8, 16, 32, 64)}
        print("    learners in so many GB:", fit, flush=True)


def survives(name, proxy):
    """Run one case on a new hub, and tell what came of it."""
    with tempfile.TemporaryDirectory(prefix="hub-", ignore_cleanup_errors=True) as folder:
        try:
            with Server(Path(folder), proxy) as server:
                told = asyncio.run(failures.CASES[name](server))
        except failures.SomethingLost as lost:
            print(f"{name}: SOMETHING WAS LOST: {lost}", flush=True)
            return False
    print(f"{name}: nothing saved was lost; {told}", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
