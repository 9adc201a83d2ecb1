"""Plant a fault in one place of rnnhelpers, see whether the tests notice, and again elsewhere.

A mutant is the package with one change: an operator swapped, a condition turned round, a number
one greater, a call, an argument or a statement left out. It is caught if a test fails, or never
ends. Whichever survives is shown. Look at each: a test is missing, the code has no effect, or
nothing that anybody could see is different, which audit/equivalent_mutants.toml explains.

The mutants are drawn at random, so that whatever is run until time is up is a sample of all. The
draw changes from week to week. Two rates are told: what is caught of all, and what is caught of
those that are not explained, which is to be 95 % or more: the exit code is 1 if it is less, or if
a mutant is explained that a test catches.
"""

import datetime
import hashlib
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path

from audit.mutation_source import mutants_of
from audit.mutation_tests import VARIABLE, Reach, merged
from course import ONE_THREAD

ROOT = Path(__file__).resolve().parent.parent
EQUIVALENTS = "audit/equivalent_mutants.toml"
PACKAGE = "rnnhelpers"
ENOUGH = 0.95
NOT_COPIED = shutil.ignore_patterns(
    ".git", ".venv*", "__pycache__", ".*_cache", "node_modules", "my_progress.json"
)
BUILT = {"site", "slides"}
# The settings in pyproject.toml, without the summary at the end.
OPTIONS = ["--doctest-modules", "-o", "addopts=", "-q"]
LEFT_OUT = ["tests/browser", "tests/grading", "tests/reference", "tests/quick"]
# What it runs in a process of its own is run here in that of the tests, where lines can be noted.
IN_PROCESS = "audit/fuzzing/in_process.py"
BY_A_PROGRAM = "tests/test_hostile_arguments.py::test_spoilt_arguments_are_explained"


def add_command(parser):
    """Describe the options."""
    parser.add_argument(
        "modules",
        nargs="*",
        metavar="MODULE",
        help="cells, figures/cell, or all of a folder: exercises/ (default: everything)",
    )
    parser.add_argument("--sample", type=positive, metavar="N", help="at most N of each module")
    parser.add_argument(
        "--seed", type=int, default=this_week(), help="of the draw (default: year and week)"
    )
    parser.add_argument(
        "--limit-seconds",
        type=positive,
        default=16_000,
        metavar="S",
        help="start no mutant after S seconds (default: %(default)s)",
    )
    parser.add_argument(
        "--test-seconds",
        type=positive,
        default=30,
        metavar="S",
        help="run tests of S processor seconds on a mutant, quick ones first (default: 30)",
    )
    parser.add_argument(
        "--tests", action="append", metavar="PATH", help="use these tests (default: all)"
    )
    parser.add_argument(
        "--jobs", type=positive, default=os.cpu_count(), help="processes (default: %(default)s)"
    )
    parser.add_argument(
        "--recording",
        type=Path,
        metavar="FILE",
        help="keep in FILE which test runs which line, and use it while the sources are the same",
    )
    parser.set_defaults(run=run)


def positive(text):
    """Read a whole number of 1 or more."""
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def this_week():
    """Return year and week as one number: 202648."""
    year, week, _ = datetime.date.today().isocalendar()
    return 100 * year + week


def run(options):
    """Run mutants, report, and return the exit code."""
    if not hasattr(os, "fork"):
        raise ValueError("Mutants run in forks, which this system has not: expected Linux or macOS")
    deadline = time.time() + options.limit_seconds
    mutants = draw(chosen_modules(ROOT, options.modules), options.sample, options.seed)
    equivalents = Equivalents.read(ROOT / EQUIVALENTS)
    equivalents.check_that_they_exist(ROOT)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        bench = Bench(Path(folder), options.jobs, options.tests)
        reach = Reach(bench.recording(options.recording), options.test_seconds)
        outcomes = bench.run(mutants, reach, deadline)
    print(f"seed {options.seed}")
    return report(mutants, outcomes, equivalents)


def chosen_modules(root, names):
    """Return the mutants of the modules with these names, by the path of the module."""
    paths = sorted((root / PACKAGE).rglob("*.py"))
    modules = {path.relative_to(root).as_posix(): path for path in paths}
    if names:
        wanted = {name: name.removeprefix(f"{PACKAGE}/").removesuffix(".py") for name in names}
        found = {name: matching(modules, short) for name, short in wanted.items()}
        for name, paths_found in found.items():
            if not paths_found:
                raise ValueError(
                    f"There is no module {name} in {PACKAGE}: expected a name such as cells, "
                    "figures/cell, or exercises/ for all in a folder"
                )
        kept = {path for paths_found in found.values() for path in paths_found}
        modules = {path: file for path, file in modules.items() if path in kept}
    return {
        path: mutants_of(file.read_text(encoding="utf-8"), path) for path, file in modules.items()
    }


def matching(modules, short):
    """Return the paths of a module, or of all modules of a folder."""
    if short.endswith("/"):
        return [path for path in modules if path.startswith(f"{PACKAGE}/{short}")]
    return [path for path in modules if path == f"{PACKAGE}/{short}.py"]


def draw(mutants_of_module, sample, seed):
    """Return mutants of all modules in a random order, at most `sample` of each."""
    rng = random.Random(seed)
    drawn = []
    for mutants in mutants_of_module.values():
        count = len(mutants) if sample is None else min(sample, len(mutants))
        drawn += rng.sample(mutants, count)
    rng.shuffle(drawn)
    return drawn


# The bench --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant."""

    verdict: str
    """"caught", "timeout" or "survived"."""
    by: str
    """The test that caught it, or what did."""
    seconds: float
    """Processor seconds that it took."""
    n_tests: int
    """Number of tests that reach it."""


class Bench:
    """Copies of the tree in a temporary folder, a process in each, and the mutants shared out."""

    def __init__(self, folder, jobs, tests=None, root=ROOT):
        self.folder, self.root, self.jobs = folder, root, jobs
        whole = ("tests", PACKAGE, IN_PROCESS)
        self.tests = tests or [part for part in whole if (root / part).exists()]

    def copy(self, name):
        """Return a new copy of the tree."""

        def left_out(folder, names):
            built = BUILT if Path(folder) == self.root else set()
            return NOT_COPIED(folder, names) | built.intersection(names)

        return shutil.copytree(self.root, self.folder / name, ignore=left_out)

    def environment(self, tree, **more):
        """Return the environment of a process that takes the package from a copy."""
        path = os.pathsep.join([str(tree), str(ROOT)])
        scraps = self.folder / "scraps"  # what a fork leaves behind, since it ends so suddenly
        scraps.mkdir(exist_ok=True)
        ours = {"PYTHONPATH": path, "TMPDIR": str(scraps)}
        return {**os.environ, **ONE_THREAD, **ours, **more}

    def recording(self, kept=None):
        """Return which test runs which line: what is kept, if it is of these sources."""
        key = self.key()
        if kept is not None and kept.exists():
            recording = json.loads(kept.read_text(encoding="utf-8"))
            if recording["key"] == key:
                return merged([recording])
        recording = {**self.record(), "key": key}
        if kept is not None:
            draft = kept.with_name(f".{kept.name}.part")
            draft.write_text(json.dumps(recording), encoding="utf-8")
            os.replace(draft, kept)
        return recording

    def key(self):
        """Return what changes with the sources, and with the choice of tests."""
        digest = hashlib.sha256(repr(self.tests).encode())
        for part in (PACKAGE, "tests", "audit/fuzzing"):
            for path in sorted((self.root / part).rglob("*.py")):
                digest.update(path.read_bytes())
        return digest.hexdigest()

    def record(self):
        """Run the tests once, and return which of them runs which line."""
        tree, target = self.copy("recorded"), self.folder / "recording"
        spread = ["-n", str(self.jobs), "--dist", "worksteal"] if self.jobs > 1 else []
        command = [sys.executable, "-m", "pytest", "-p", "audit.mutation_tests", *spread]
        command += [*OPTIONS, *(f"--ignore={path}" for path in LEFT_OUT), *self.tests]
        command += ["--deselect", BY_A_PROGRAM]
        # The default of some Pythons cannot tell tests apart.
        env = self.environment(tree, COVERAGE_CORE="ctrace", **{VARIABLE: str(target)})
        done = subprocess.run(
            command, cwd=tree, env=env, capture_output=True, text=True, check=False
        )
        parts = sorted(self.folder.glob("recording-*.json"))
        if done.returncode not in (0, 1) or not parts:
            raise ValueError(f"pytest did not run:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        recording = merged(json.loads(part.read_text(encoding="utf-8")) for part in parts)
        shared, failed = recording["fixtures"], len({*recording["failed"]})
        n_tests = len(recording["seconds"].keys() - shared)
        total = sum(recording["seconds"].values())
        print(f"{n_tests} tests take {total:.0f} processor seconds", end="")
        print(f"; {failed} fail or are skipped without any mutant, and are not used", flush=True)
        return recording

    def run(self, mutants, reach, deadline):
        """Return what became of each mutant, by its place in the list, as far as time allows."""
        jobs, outcomes, untested = [], {}, []
        for number, mutant in enumerate(mutants):
            tests = reach.tests_of(mutant)
            if not tests:
                untested.append(number)
                continue
            job = {"number": number, "mutant": asdict(mutant), "tests": tests}
            job["seconds"] = reach.seconds_together(tests)
            starts = reach.starters_of(mutant)
            job["is_imported"] = bool(starts) or reach.is_run_at_import(mutant)
            jobs.append(job)
        shares = [jobs[first :: self.jobs] for first in range(self.jobs)]
        started = [self.start(n, share, deadline) for n, share in enumerate(shares) if share]
        by_number = {job["number"]: job for job in jobs}
        for process, results in started:
            if process.wait():
                said = results.with_suffix(".log").read_text(encoding="utf-8", errors="replace")
                raise ValueError(f"A process that runs mutants has failed:\n{said[-2000:]}")
            outcomes |= self.read(results, by_number)
        if len(outcomes) < len(jobs):
            untested = up_to_the_last(untested, outcomes)
        return outcomes | {number: Outcome("survived", "", 0.0, 0) for number in untested}

    def start(self, number, jobs, deadline):
        """Start a process on its share of the mutants; return it, and the file of its results."""
        tree, results = self.copy(f"tree-{number}"), self.folder / f"results-{number}.jsonl"
        results.touch()
        plan = {"jobs": jobs, "results": str(results), "deadline": deadline, "options": OPTIONS}
        plan["log"] = str(results.with_suffix(".log"))
        plan["scratch"] = str(self.folder / f"scratch-{number}")
        path = self.folder / f"plan-{number}.json"
        path.write_text(json.dumps(plan), encoding="utf-8")
        command = [sys.executable, "-m", "audit.mutation_worker", str(path)]
        env = self.environment(tree, RNNHELPERS_PROGRESS=str(tree / "nobodys_progress.json"))
        return subprocess.Popen(command, cwd=tree, env=env), results

    def read(self, results, jobs):
        """Return the outcomes that a process has written."""
        outcomes = {}
        for line in results.read_text(encoding="utf-8").splitlines():
            result = json.loads(line)
            job, by = jobs[result["number"]], result.get("by", "")
            if result["verdict"] == "unsure":
                raise ValueError(f"{by} on {job['mutant']}")
            n_tests = len(job["tests"])
            outcomes[job["number"]] = Outcome(result["verdict"], by, result["seconds"], n_tests)
        return outcomes


def up_to_the_last(untested, outcomes):
    """Return the mutants that no test reaches among those that were run before time was up.

    All of them would be known at once; but they would be too many beside a sample of the others.

    Examples
    --------
    >>> up_to_the_last([0, 3, 8, 90], outcomes={1: "caught", 2: "caught", 4: "survived"})
    [0, 3]
    """
    last = max(outcomes, default=-1)
    return [number for number in untested if number < last]


# The explained ----------------------------------------------------------------------------------


class Equivalents:
    """Mutants that nobody can tell from the original, each with the reason."""

    FIELDS = ("module", "function", "before", "after", "reason")

    def __init__(self, entries):
        self.reasons = {}
        for entry in entries:
            unknown = set(entry) ^ set(self.FIELDS)
            if unknown:
                raise ValueError(
                    f"{EQUIVALENTS}: {entry} should have {', '.join(self.FIELDS)}, and no more; "
                    f"look at {', '.join(sorted(unknown))}"
                )
            self.reasons[tuple(entry[field] for field in self.FIELDS[:-1])] = entry["reason"]

    @classmethod
    def read(cls, path):
        """Read them from a file; without a file there are none."""
        if not path.exists():
            return cls([])
        with path.open("rb") as file:
            return cls(tomllib.load(file).get("equivalent", []))

    def __contains__(self, mutant):
        """Return whether a mutant is explained."""
        return mutant.key in self.reasons

    def check_that_they_exist(self, root):
        """Raise a ValueError if an entry is of code that is not there any more."""
        known = set()
        for path in {key[0] for key in self.reasons}:
            file = root / path
            text = file.read_text(encoding="utf-8") if file.exists() else ""
            known.update(mutant.key for mutant in mutants_of(text, path))
        for key in self.reasons:
            if key not in known:
                raise ValueError(
                    f"{EQUIVALENTS}: there is no such mutant any more; take it out, or adapt it "
                    f"to the code of today:\n{shown(*key)}"
                )


def shown(path, function, before, after):
    """Return a mutant as text."""
    return f"  {path}  {function or '(module)'}\n    - {before}\n    + {after}"


# The report -------------------------------------------------------------------------------------


def report(mutants, outcomes, equivalents):
    """Print a table, and each survivor; return the exit code."""
    ran = [(mutants[number], outcome) for number, outcome in sorted(outcomes.items())]
    rows = {}
    for mutant, outcome in ran:
        explained = outcome.verdict == "survived" and mutant in equivalents
        verdict = "explained" if explained else outcome.verdict
        row = rows.setdefault(mutant.path, Counter())
        row.update([verdict, "run"])
        row["seconds"] += outcome.seconds
    print_table(rows)
    left = len(mutants) - len(ran)
    if left:
        print(f"{left} more were not run: the time was up.")
    missed = [pair for pair in ran if pair[1].verdict == "survived" and pair[0] not in equivalents]
    needless = [pair for pair in ran if pair[1].verdict != "survived" and pair[0] in equivalents]
    for title, pairs in (("Survived", missed), ("Explained, and caught", needless)):
        if pairs:
            print(f"\n{title}:")
        for mutant, outcome in sorted(pairs, key=lambda pair: (pair[0].path, pair[0].span)):
            print(f"{shown(*mutant.key)}\n    line {mutant.lines[-1]}, {tests_as_text(outcome)}")
    total = sum(rows.values(), Counter())
    return 1 if needless or rates_of(total)[1] < ENOUGH else 0


def tests_as_text(outcome):
    """Say which tests have to do with a mutant."""
    if outcome.by:
        return outcome.by
    return f"tests tried: {outcome.n_tests}"


COLUMNS = ("run", "caught", "timeout", "explained", "survived")


def print_table(rows):
    """Print the numbers of each module and of all, and what they say of all mutants."""
    total = Counter()
    for row in rows.values():
        total.update(row)
    print(f"{'':<40}" + "".join(f"{name:>10}" for name in (*COLUMNS, "seconds", "of all", "rate")))
    for path, row in [*sorted(rows.items()), ("all", total)]:
        numbers = "".join(f"{row[name]:>10}" for name in COLUMNS)
        rates = "".join(f"{rate:>10.1%}" for rate in rates_of(row))
        print(f"{path:<40}{numbers}{row['seconds']:>10.0f}{rates}")
    low, high = wilson(*caught_of(total))
    print(f"95 % confidence interval of the rate, if this is a sample: {low:.1%} to {high:.1%}")
    if rates_of(total)[1] < ENOUGH:
        print(f"The rate is to be {ENOUGH:.0%} or more.")


def caught_of(row):
    """Return how many are caught, and of how many that are not explained."""
    return row["caught"] + row["timeout"], row["run"] - row["explained"]


def rates_of(row):
    """Return what part is caught: of all, and of those that are not explained."""
    caught, unexplained = caught_of(row)
    rate = caught / unexplained if unexplained else float(row["run"] > 0)
    return caught / max(row["run"], 1), rate


def wilson(successes, n, z=1.96):
    """Return the confidence interval of a proportion (Wilson 1927).

    Examples
    --------
    >>> [round(bound, 3) for bound in wilson(95, 100)]
    [0.888, 0.978]
    """
    if not n:
        return 0.0, 1.0
    rate = successes / n
    centre, room = rate + z * z / (2 * n), z * math.sqrt(rate * (1 - rate) / n + (z / (2 * n)) ** 2)
    scale = 1 + z * z / n
    return (centre - room) / scale, (centre + room) / scale
