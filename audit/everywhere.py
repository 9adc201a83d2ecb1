"""Run all notebooks, strictly compared, on other Pythons, packages, processors, users, places.

Each setting has a copy of the course in a temporary folder. What the system cannot do is told
with the reason, and never counts as passed.
"""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import course
from audit.settings import all_settings, together

VENVS = course.ROOT / ".venv-audit"
EXTRAS = ["course", "test"]
CELL_SECONDS = 900  # nbval waits for 2000: too long for a kernel that hangs
COPIED = ["conftest.py", "course.py", "pyproject.toml", "rnnhelpers"]
COPIED += ["tests/closeness.py", "tests/nbval_sanitize.cfg"]
# What somebody may have set, and what a setting sets: each setting varies one thing.
NEUTRAL = re.compile(
    "LC_.*|LANG|LANGUAGE|LOCPATH|TZ|PYTHON.*|OPENBLAS_.*|OMP_.*|MKL_.*|ONEDNN_.*|ATEN_.*|NPY_.*"
    "|PYTEST_.*|RNNHELPERS_.*|IPYTHONDIR|MPL.*|JUPYTER_.*|COLUMNS|LINES|NO_COLOR|FORCE_COLOR"
)
# The copy's course.py makes the environment, as in `make test`, and starts the other program.
START = """
import subprocess, sys, course
venv = course.Venv()
command = [venv.python, *sys.argv[1:]]
code = subprocess.run(command, env=venv.environment()).returncode
sys.exit(code if code >= 0 else 128 - code)
"""
MAKE_VENV = """
import sys, pathlib, course
folder, kind, *extras = sys.argv[1:]
try:
    course.Venv(pathlib.Path(folder), oldest=kind == "oldest").ensure(extras)
except course.Trouble as trouble:
    sys.exit(str(trouble))
"""
SITE_PACKAGES = "import sysconfig; print(sysconfig.get_path('purelib'))"
PATH = "import sys; print(sys.executable)"
ANSI = re.compile(r"\x1b\[[0-9;]*m|#x1B\[[0-9;]*m")


class CannotTry(Exception):
    """Something without which a setting cannot be tried; the message says what."""


@dataclass
class Outcome:
    """What came of a setting.

    Attributes
    ----------
    setting : Setting
        What was tried.
    obstacle : str
        Why it could not be tried, if so.
    runs : int
        How often the notebooks were run.
    passed, failed : Counter
        How many of the runs of each notebook (05) passed, and how many did not.
    faults : list of str
        What differed, and where.
    seconds : float
        Processor seconds, those of all programs it started included.
    """

    setting: object
    obstacle: str = ""
    runs: int = 0
    passed: Counter = field(default_factory=Counter)
    failed: Counter = field(default_factory=Counter)
    faults: list = field(default_factory=list)
    seconds: float = 0.0

    def verdict(self, notebook):
        """Return what the table says of a notebook.

        Examples
        --------
        >>> outcome = Outcome(None, passed=Counter({"05": 9, "06": 10}), failed=Counter({"05": 1}))
        >>> [outcome.verdict(notebook) for notebook in ("05", "06", "12")]
        ['9/10', 'ok', '-']
        """
        passed, failed = self.passed[notebook], self.failed[notebook]
        if passed and failed:
            return f"{passed}/{passed + failed}"
        return "ok" if passed else "FAILED" if failed else "-"

    @property
    def state(self):
        """Tell in a word what came of it."""
        if self.obstacle:
            return "not tried"
        return "FAILED" if self.faults else "passed"


def add_command(parser):
    """Describe the command line."""
    parser.add_argument(
        "settings", nargs="*", metavar="SETTING", help="which settings (default: all)"
    )
    parser.add_argument("--list", action="store_true", help="list the settings, and do no more")
    parser.add_argument(
        "--notebook", nargs="+", default=[], metavar="05", help="which notebooks (default: all)"
    )
    parser.add_argument(
        "--times", type=int, metavar="N", help="run each setting N times (repeated: 10, others: 1)"
    )
    parser.add_argument(
        "--together",
        action="store_true",
        help="vary all of the settings that are named in one run: quicker, where all passes",
    )
    parser.set_defaults(run=run)


def run(options):
    """Try the settings that are asked for, print the table, and return the exit code."""
    settings = chosen(options.settings)
    if options.list:
        for setting in settings:
            print(f"{setting.name:<20} {setting.reason}")
        return 0
    if options.times is not None and options.times < 1:
        raise ValueError(f"--times is {options.times}: it must be 1 or more")
    try:
        notebooks = [path.stem[:2] for path in course.chosen(options.notebook)]
    except course.Trouble as trouble:
        raise ValueError(str(trouble)) from None
    if options.together:
        settings = [together(settings)]
    outcomes = []
    for setting in settings:
        print(f"{setting.name}: {setting.reason} ...", flush=True)
        outcomes.append(attempt(setting, notebooks, options.times or setting.times))
        print("  " + told(outcomes[-1]).replace("\n", "\n  "), flush=True)
    print("\n" + table(outcomes, notebooks))
    return exit_code(outcomes, all_must_be_tried=bool(options.settings))


def chosen(names):
    """Return the settings with these names, or all."""
    settings = all_settings()
    known = [setting.name for setting in settings]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"no setting is called {unknown[0]}: there are {', '.join(known)}")
    return [setting for setting in settings if not names or setting.name in names]


# What is told -----------------------------------------------------------------------------------


def told(outcome):
    """Return a few lines on what came of a setting."""
    if outcome.obstacle:
        return f"not tried: {outcome.obstacle}"
    lines = [f"{outcome.state} in {outcome.seconds:.0f} processor seconds", *outcome.faults]
    return "\n".join(lines)


def table(outcomes, notebooks):
    """Return a table of settings and notebooks, and what could not be tried, with the reasons."""
    rows = [["setting", *notebooks, "processor s", ""]]
    for outcome in outcomes:
        verdicts = [outcome.verdict(notebook) for notebook in notebooks]
        told_only = "information only" if outcome.setting.informative else ""
        state = "not tried" if outcome.obstacle else told_only
        rows.append([outcome.setting.name, *verdicts, f"{outcome.seconds:.0f}", state])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    obstacles = [f"{o.setting.name}: {o.obstacle}" for o in outcomes if o.obstacle]
    if obstacles:
        lines += ["", "Not tried:", *obstacles]
    if "12" in notebooks and any(not o.obstacle and o.verdict("12") == "-" for o in outcomes):
        lines += ["", "12 is tried where PyTorch is installed (for this Python: make setup "
                  "ARGS=torch), and\nwhere the setting can touch it."]  # fmt: skip
    states = Counter(outcome.state for outcome in outcomes)
    counts = [f"{states[state]} {state.lower()}" for state in ("passed", "FAILED", "not tried")]
    return "\n".join([*lines, "", ", ".join(counts)])


def exit_code(outcomes, all_must_be_tried):
    """Return 1 if something failed that is promised, or could not be tried and was asked for."""
    failed = any(outcome.faults and not outcome.setting.informative for outcome in outcomes)
    untried = [outcome for outcome in outcomes if outcome.obstacle]
    return 1 if failed or (untried and all_must_be_tried) or untried == outcomes else 0


# One setting ------------------------------------------------------------------------------------


def attempt(setting, notebooks, times):
    """Try a setting on its copy of the course, and return what came of it."""
    outcome = Outcome(setting)
    wanted = [number for number in notebooks if not setting.only or number in setting.only]
    started = processor_seconds()
    try:
        if not wanted:
            raise CannotTry(f"it can only touch {', '.join(setting.only)}, which was not asked for")
        with tempfile.TemporaryDirectory(prefix="how-rnns-work-") as temporary:
            machine = Machine(setting, Path(temporary))
            wanted = machine.with_packages(wanted)
            machine.prepare()
            for _ in range(times):
                machine.run_notebooks(wanted, outcome)
    except CannotTry as obstacle:
        outcome.obstacle = str(obstacle)
    outcome.seconds = processor_seconds() - started
    return outcome


def processor_seconds():
    """Return the processor time of all programs that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


class Machine:
    """A copy of the course, and how programs are started in it under a setting."""

    def __init__(self, setting, temporary):
        temporary.chmod(0o755)  # for another user
        self.setting = setting
        self.temporary = temporary
        self.copy = temporary / setting.folder
        self.user = other_user() if setting.not_root else {}
        self.packages = site_packages(setting.python)

    def with_packages(self, notebooks):
        """Return those of the notebooks whose packages are there: 12 needs PyTorch."""
        there = any((self.packages / "torch").glob("__init__.py"))
        kept = [number for number in notebooks if there or number != "12"]
        if not kept:
            raise CannotTry("12 needs PyTorch, which is not installed in this environment")
        return kept

    def prepare(self):
        """Copy the course, set it up as the setting says, and see whether that came about."""
        copy_course(self.copy)
        python = python_for(self.setting.python, self.user)
        link_packages(python, self.copy / ".venv", self.packages)
        if self.setting.startup:
            startup = self.copy / ".ipython/profile_default/startup"
            startup.mkdir(parents=True)
            (startup / "00-setting.py").write_text(self.setting.startup, encoding="utf-8")
        for part in self.setting.parts or [self.setting]:
            try:
                part.prepare(self.copy)
            except (OSError, ValueError) as error:
                raise CannotTry(str(error)) from None
        if self.user:
            give_to(self.temporary, self.user)
        for part in self.setting.parts or [self.setting]:
            if part.probe:
                self.check(part)

    def environment(self):
        """Return the environment variables: those of the setting, and what does not matter."""
        env = {name: value for name, value in os.environ.items() if not NEUTRAL.fullmatch(name)}
        if self.setting.startup:
            env["IPYTHONDIR"] = str(self.copy / ".ipython")
        for name, value in self.setting.environment.items():
            env.pop(name, None)
            if value is not None:
                env[name] = value.format(copy=self.copy)
        return env

    def start(self, *arguments):
        """Run a program of the copy's venv in the setting, and return what came of it."""
        python = str(course.Venv(self.copy / ".venv").python)
        command = [*self.setting.wrapper, python, "-c", START, *arguments]
        options = {"umask": self.setting.umask} if self.setting.umask >= 0 else {}
        options.update(self.user, cwd=self.copy, env=self.environment(), stdin=subprocess.DEVNULL)
        try:
            return subprocess.run(command, check=False, **options, **course.MERGED)
        except OSError as error:
            raise CannotTry(f"{command[0]} does not start: {error.strerror}") from None

    def check(self, part):
        """Raise CannotTry if the setting, or this part of it, has not come about here."""
        result = self.start("-c", part.probe)
        said = (result.stdout.strip().splitlines() or [""])[-1]
        if result.returncode:
            how = ending(result.returncode)
            why = "this CPU has no such instructions" if how == "signal SIGILL" else said
            raise CannotTry(f"the probe of {part.name} ended with {how}: {why or 'no message'}")
        if said not in part.expected:
            wanted = " or ".join(part.expected)
            raise CannotTry(f"{part.name} has no effect: wanted {wanted}, got {said or 'nothing'}")

    def run_notebooks(self, notebooks, outcome):
        """Run the notebooks once, and note down what passed and what did not."""
        outcome.runs += 1
        report = self.temporary / f"report-{outcome.runs}.xml"
        report.touch()
        if self.user:
            give_to(report, self.user)
        paths = [
            f"notebooks/{path.name}"
            for path in sorted((self.copy / "notebooks").glob("*.ipynb"))
            if path.name[:2] in notebooks
        ]
        arguments = ["pytest", *course.NBVAL, "-p", "no:cacheprovider", f"--junitxml={report}"]
        arguments += [f"--nbval-cell-timeout={CELL_SECONDS}"]
        result = self.start("-m", *arguments, *paths)
        read_report(report, notebooks, result, outcome)


def read_report(report, notebooks, result, outcome):
    """Count the notebooks of a run that passed, and keep what the others said."""
    try:
        cases = list(ElementTree.parse(report).iter("testcase"))
    except ElementTree.ParseError:
        cases = []
    seen, failed = set(), set()
    for case in cases:
        notebook = notebook_of(case)
        number = notebook[:2]
        seen.add(number)
        bad = [part for part in case if part.tag in ("failure", "error", "skipped")]
        if bad:
            failed.add(number)
            outcome.faults.append(f"{notebook}, {case.get('name')}\n{excerpt(bad[0])}")
    for number in notebooks:
        if number not in seen:
            failed.add(number)
            outcome.faults.append(f"{number}: no cell was run")
    broke_down = result.returncode and not failed
    if broke_down:
        failed.update(notebooks)
    if broke_down or not seen.issuperset(notebooks):
        last = result.stdout.strip().splitlines()[-15:]
        outcome.faults.append("\n".join([f"pytest ended with {ending(result.returncode)}", *last]))
    outcome.failed.update(failed)
    outcome.passed.update(set(notebooks) - failed)


def notebook_of(case):
    """Return the name of the notebook that a test case belongs to."""
    return re.search(r"\d\d_\w+", case.get("classname")).group()


def excerpt(part):
    """Return the lines of a failure that say what was expected and what came."""
    text = ANSI.sub("", part.text or part.get("message", ""))
    lines = [line for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if line.startswith("E  ")] or lines  # pytest's own traceback
    return "\n".join(f"  {line[:160]}" for line in lines[:25])


def ending(code):
    """Tell how a program ended.

    Examples
    --------
    >>> ending(2), ending(-9), ending(128 + 9)  # the last one: so says a shell
    ('exit code 2', 'signal SIGKILL', 'signal SIGKILL')
    """
    with contextlib.suppress(ValueError):
        return f"signal {signal.Signals(-code if code < 0 else code - 128).name}"
    return f"exit code {code}"


# The copy ---------------------------------------------------------------------------------------


def copy_course(copy):
    """Copy what the notebooks need, the notebooks included."""
    ignored = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "my_progress*", ".exec*")
    for name in COPIED:
        source, target = course.ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=ignored)
        else:
            shutil.copyfile(source, target)
    shutil.copytree(course.NOTEBOOKS, copy / "notebooks", ignore=ignored)


def link_packages(python, folder, packages):
    """Make a venv whose packages are those of another one, so that it costs nothing."""
    made = subprocess.run(
        [python, "-m", "venv", "--without-pip", str(folder)], check=False, **course.MERGED
    )
    if made.returncode:
        raise CannotTry(f"{python} makes no venv: {made.stdout.strip()}")
    own = course.output_of([course.Venv(folder).python, "-c", SITE_PACKAGES])
    Path(own, "packages.pth").write_text(f"{packages}\n", encoding="utf-8")


def other_user():
    """Return how subprocess starts a program as somebody else, if this is root."""
    if os.name != "posix":
        raise CannotTry("this system has no root")
    if os.geteuid():
        return {}
    import pwd

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise CannotTry("there is no user nobody to hand the copy over to") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def give_to(path, user):
    """Hand a file or folder over, with all that is in it."""
    for each in [path, *path.rglob("*")]:
        os.chown(each, user["user"], user["group"], follow_symlinks=False)


# Pythons ----------------------------------------------------------------------------------------


def site_packages(kind):
    """Return the folder of the packages of this Python, or of one that is set up for a setting."""
    if not kind:
        return Path(course.output_of([sys.executable, "-c", SITE_PACKAGES]))
    venv = course.Venv(VENVS / kind)
    base = find_python(kind) if kind[0].isdigit() else sys.executable
    command = [base, "-c", MAKE_VENV, str(venv.folder), kind, *EXTRAS]
    made = subprocess.run(command, cwd=course.ROOT, check=False, **course.MERGED)
    if made.returncode:
        raise CannotTry(f"it could not be set up: {last_lines(made)}")
    if kind in ("newest", "pre-releases"):
        upgrade(venv, kind)
    return Path(course.output_of([venv.python, "-c", SITE_PACKAGES]))


def upgrade(venv, kind):
    """Bring all packages of a venv to their newest releases, dependencies included."""
    if venv.uv:
        command = [venv.uv, "pip", "install", "--python", venv.python, "--upgrade"]
        command += ["--prerelease", "allow"] if kind == "pre-releases" else []
    else:
        command = venv.command("pip", "install", "--upgrade", "--upgrade-strategy", "eager")
        command += ["--pre"] if kind == "pre-releases" else []
    command += ["--quiet", "--editable", f".[{','.join(EXTRAS)}]"]
    done = subprocess.run(command, cwd=course.ROOT, check=False, **course.MERGED)
    if done.returncode:
        raise CannotTry(f"it could not be upgraded: {last_lines(done)}")


def last_lines(result, count=5):
    """Return the end of what a program said, in one line."""
    return " | ".join(line.strip() for line in result.stdout.strip().splitlines()[-count:])


def find_python(version):
    """Return the path of a Python of this version (3.12): on the path, pyenv's, uv's."""
    for candidate in candidates(version):
        if course.output_of([*candidate, "-c", course.VERSION]) == version:
            return course.output_of([*candidate, "-c", PATH])
    raise CannotTry(
        f"there is no Python {version} on the path, or of pyenv's, or of uv's "
        f"(uv python install {version})"
    )


def candidates(version):
    """Return commands that may start a Python of this version, the likeliest first."""
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found = [[sys.executable], [f"python{version}"]]
    found += [["py", f"-{version}"]] if os.name == "nt" else []
    found += [[str(path)] for path in sorted(pyenv.glob(f"{version}.*/bin/python"))]
    find = ["uv", "python", "find", "--system", version]
    found += [[path] for path in [course.output_of(find)] if path]
    return found


def python_for(kind, user):
    """Return the Python that makes the copy's venv: of the right version, and open to the user."""
    venv = course.Venv(VENVS / kind) if kind else None
    python = venv.python if venv else sys.executable
    if not user or may_run(python, user):
        return python
    version = course.output_of([python, "-c", course.VERSION])
    for path in [f"/usr/bin/python{version}", f"/usr/local/bin/python{version}"]:
        if may_run(path, user):
            return path
    raise CannotTry(f"no Python {version} was found that the user nobody may start")


def may_run(python, user):
    """Tell whether a user may start a Python; root's is often in a folder closed to others."""
    try:
        started = subprocess.run([python, "-c", ""], check=False, cwd="/", **user, **course.MERGED)
    except OSError:
        return False
    return started.returncode == 0
