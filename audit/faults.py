"""Plant faults in the notebooks, and see which of them `make test` would notice.

Kinds: outputs (a digit, a sign, a truth value, a line of a stored output), code (an operator, a
number, an index, a function), figures (numbers handed to a function that draws) and equations (any
slip in a displayed one). All runs on a copy of the course. A fault that nothing notices must be
told in audit/explained_faults.toml, with the reason; the exit code is 1 otherwise.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from course import ONE_THREAD

ROOT = Path(__file__).resolve().parent.parent
EXPLAINED = ROOT / "audit" / "explained_faults.toml"
LEFT_OUT = (".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "htmlcov", "site", "slides")
KINDS = ("outputs", "figures", "equations", "code")
USUAL_KINDS = KINDS[:3]
"""Faults in code are planted on request: a human has to look at each that changes nothing."""
PYTEST = ["-m", "pytest", "-q", "--no-header", "-p", "audit.planting_plugin", "--nbval"]
PYTEST += ["--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
PYTEST += ["-o", "addopts=", "-o", "filterwarnings=default"]
NOT_CAUGHT, WITHIN, WITHIN_BOUND, SAME, FAILED = (
    "not caught", "within the tolerance", "a bound with room", "changes nothing",
    "the audit failed",
)  # fmt: skip


class Fault(NamedTuple):
    """A planted fault and what became of it."""

    kind: str
    notebook: str
    cell: str
    what: str
    verdict: str


class Explained(NamedTuple):
    """A fault that nothing needs to notice, and why; `what` may have wildcards."""

    kind: str
    notebook: str
    cell: str
    what: str
    why: str

    def covers(self, kind: str, notebook: str, cell: str, what: str) -> bool:
        """Tell whether this explains a fault."""
        pattern = ".*".join(map(re.escape, self.what.split("*")))
        return (kind, notebook, cell) == self[:3] and bool(re.fullmatch(pattern, what, re.DOTALL))


def add_command(parser):
    """Say which faults are planted, where, and how many."""
    default = " and ".join(USUAL_KINDS)
    parser.add_argument("--kind", choices=KINDS, action="append", help=f"default: {default}")
    parser.add_argument("--notebook", action="append", help="such as 05; default: all")
    parser.add_argument(
        "--sample",
        type=int,
        default=0,
        metavar="N",
        help="so many in a notebook, at most; of outputs, in a cell",
    )
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.set_defaults(run=run)


def run(options) -> int:
    """Plant the faults, print what became of them, and return 1 if one was not noticed."""
    paths = sorted((ROOT / "notebooks").glob("*.ipynb"))
    chosen = [path for path in paths if path.stem.startswith(tuple(options.notebook or ("",)))]
    if not chosen:
        raise ValueError(f"there is no notebook {', '.join(options.notebook)} in notebooks/")
    sys.path.insert(0, str(ROOT / "tests"))  # where the tests' modules find each other, too
    explained, faults, problems = read_explained(EXPLAINED), [], []
    with tempfile.TemporaryDirectory(prefix="faults-") as folder:
        copy = Path(folder) / "course"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*LEFT_OUT))
        for path in chosen:
            for kind in options.kind or USUAL_KINDS:
                if kind == "equations":
                    found = plant_in_equations(path)
                else:
                    found, possible, troubles = plant(copy, path.name, kind, options)
                    problems += troubles
                    problems += stale(explained, kind, path.stem, found, possible)
                faults += found
                print(line_of(kind, path.stem, found), flush=True)
    return tell(faults, problems, explained)


def plant_in_equations(path: Path) -> list[Fault]:
    """Plant every slip in the displayed equations of a notebook, as `make test` does, too."""
    from equation_faults import SAME_MEANING, equation_faults
    from equation_values import text_problems
    from notation import formula_problems

    faults = []
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "markdown":
            continue
        parts = [*itertools.chain(*SAME_MEANING.get((path.stem, cell["id"]), {}).values())]
        for what, changed in equation_faults("".join(cell["source"])):
            if text_problems(changed, path.stem, cell["id"]):
                verdict = "evaluation"
            elif formula_problems(changed, path.stem):
                verdict = "notation"
            else:
                verdict = SAME if any(part in changed for part in parts) else NOT_CAUGHT
            faults.append(Fault("equations", path.stem, cell["id"], what, verdict))
    return faults


def plant(copy: Path, name: str, kind: str, options) -> tuple[list[Fault], list, list[str]]:
    """Plant faults of a kind in a notebook of a copy of the course.

    Returns
    -------
    faults : list of Fault
        What was planted.
    possible : list of (str, str)
        Cell and words of all that could have been planted.
    problems : list of str
        Why nothing can be said of some cells.
    """
    report = copy.parent / f"{kind}-{name}.json"
    command = [sys.executable, *PYTEST, "--plant", kind, "--plant-sample", str(options.sample)]
    command += ["--plant-seed", str(options.seed), "--plant-report", str(report)]
    # One thread: a copy of a process has no other threads than the one that copied it.
    path = [copy, copy / "tests", copy / "tests" / "quick"]
    env = {**os.environ, **ONE_THREAD, "PYTHONPATH": os.pathsep.join(map(str, path))}
    ran = subprocess.run(
        [*command, f"notebooks/{name}"],
        cwd=copy,
        env=env,
        check=False,
        capture_output=True,
        text=True,
    )
    stem = Path(name).stem
    if not report.exists() or ran.returncode > 1:  # 1: some outputs differ, which is told below
        return [], [], [f"{stem}, {kind}: could not be run:\n{(ran.stdout + ran.stderr)[-1500:]}"]
    told = json.loads(report.read_text(encoding="utf-8"))
    faults = [Fault(kind, stem, row["cell"], row["what"], row["verdict"]) for row in told["faults"]]
    where = "differs from what is stored, so nothing can be said of it"
    problems = [f"{stem}, {kind}: cell {cell} {where}" for cell in told["failed"]]
    return faults, [tuple(each) for each in told["possible"]], problems


def read_explained(path: Path) -> list[Explained]:
    """Read the faults that nothing needs to notice."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    return [Explained(**entry) for entry in content.get("fault", [])]


def stale(explained, kind: str, stem: str, faults: list[Fault], possible: list) -> list[str]:
    """Find the explanations of faults that are noticed by now, or can no longer be planted."""
    problems = []
    for entry in explained:
        if (entry.kind, entry.notebook) != (kind, stem):
            continue
        named = f"explained_faults.toml: {stem}, {entry.cell}: {entry.what!r}"
        n_possible = sum(entry.covers(kind, stem, *each) for each in possible)
        if not n_possible:
            problems.append(f"{named} can no longer be planted; remove it")
            continue
        planted = [fault for fault in faults if entry.covers(*fault[:4])]
        if len(planted) == n_possible and all(fault.verdict != NOT_CAUGHT for fault in planted):
            problems.append(f"{named} is noticed by now; remove it")
    return problems


def line_of(kind: str, stem: str, faults: list[Fault]) -> str:
    """Write what became of the faults of one kind in one notebook.

    Examples
    --------
    >>> fault = Fault("code", "05_bptt", "loss", "line 1: 2 to 3", "nbval, later")
    >>> line_of("code", "05_bptt", [fault, fault._replace(verdict="not caught")])
    'code     05_bptt                          2 planted: nbval 1, not caught 1'
    """
    counts = Counter(fault.verdict.partition(",")[0] for fault in faults)
    by_what = ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items()))
    return f"{kind:8} {stem:30} {len(faults):>3} planted: {by_what or '-'}"


def tell(faults: list[Fault], problems: list[str], explained: list[Explained]) -> int:
    """Print what was not noticed, and return the exit code."""
    missed = [fault for fault in faults if fault.verdict.startswith((NOT_CAUGHT, FAILED))]
    open_ = [fault for fault in missed if not any(e.covers(*fault[:4]) for e in explained)]
    covered = (WITHIN, WITHIN_BOUND)
    for title, rows in (
        ("Not caught", open_),
        ("Explained", [m for m in missed if m not in open_]),
        ("Covered", [f for f in faults if f.kind == "code" and f.verdict in covered]),
    ):
        if rows:
            print(f"\n{title}:")
        for fault in rows:
            print(f"  {fault.notebook} {fault.kind} {fault.cell}: {fault.what} [{fault.verdict}]")
    if problems:
        print("\nProblems:", *problems, sep="\n  ")
    told = Counter(fault.verdict for fault in faults)
    print(
        f"\n{len(faults)} planted, {len(open_)} not caught, {len(missed) - len(open_)} explained, "
        f"{told[WITHIN]} within a tolerance, {told[WITHIN_BOUND]} of a bound with room, "
        f"{told[SAME]} that change nothing"
    )
    return 1 if open_ or problems else 0
