"""Spoil arguments and files on purpose: who calls a function or opens a file gets told.

In every public function each argument is replaced by junk of all kinds, and then spoilt with
Hypothesis. Files are searched for with atheris,
which looks at which code they reach; it is there for Linux on x86-64, and this part is left out
where it is not. The seed is that of the day, and is printed: with --seed the same is tried again.
"""

import datetime
import json
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

from audit.fuzzing.loaders import SEEDS, search

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("arguments", *SEEDS)


def add_command(parser):
    """Add the options of this audit."""
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seconds", type=int, default=300, help="for each kind of file")
    parser.add_argument("--examples", type=int, default=300, help="for each public function")
    parser.add_argument("--only", default="", help="functions whose names begin like this: losses.")
    parser.add_argument("--seed", type=int, help="where the search for arguments begins")
    parser.set_defaults(run=run)


def run(options):
    """Search in all parts, or in those that are named; return 1 if something was found."""
    unknown = [part for part in options.parts if part not in PARTS]
    if unknown:
        raise ValueError(f"there is no part {unknown[0]}: expected {', '.join(PARTS)}")
    parts = options.parts or PARTS
    seed = int(f"{datetime.date.today():%Y%m%d}") if options.seed is None else options.seed
    n_found = 0
    if "arguments" in parts:
        n_found += spoil_arguments(options.examples, seed, options.only)
    for part in parts:
        if part != "arguments":
            n_found += spoil_files(part, options.seconds)
    print(f"\n{n_found} complaints." if n_found else "\nNothing was found.")
    return 1 if n_found else 0


def spoil_arguments(n_examples, seed, only=""):
    """Search in all public functions; print what was found, and return how much."""
    print(f"arguments: {n_examples} examples for each function, --seed {seed}", flush=True)
    started = time.monotonic()
    command = [sys.executable, "-m", "audit.fuzzing", "--examples", str(n_examples)]
    command += ["--seed", str(seed), "--only", only]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    found = [json.loads(line) for line in result.stdout.splitlines()]
    for one in found:
        print(f"  {one['case']} ({one['spoilt']}): {one['what']}")
    names = [line for line in result.stderr.splitlines() if line[:1].isalpha()]
    print(f"  {len(names)} calls in {time.monotonic() - started:.0f} s", flush=True)
    if result.returncode:  # killed for the time or the memory that a call took
        print(f"  ended with {result.returncode} at {result.stderr[-2000:]}")
    return len(found) + bool(result.returncode)


def spoil_files(part, seconds):
    """Search for files of one kind; print what was found, and return how much."""
    if find_spec("atheris") is None:
        print(f"{part}: left out, since atheris is not there (Linux on x86-64 has it)")
        return 0
    summary, complaint = search(part, seconds)
    print(f"{part}: {summary} in {seconds} s", flush=True)
    if complaint:
        print(complaint)
    return bool(complaint)
