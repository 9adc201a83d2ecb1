"""Set up, open and check the course *How RNNs Work*: `python course.py help`.

Standard library only, and only syntax that Python 2.7 can read: who starts this with an old
Python is told what to do, or moved on to a newer one, instead of being shown a syntax error.
"""

import os
import signal
import subprocess
import sys

OLDEST = (3, 11)
NEWEST = (3, 14)
# Printed by a Python about itself: its path if it is new enough; its version.
PATH_IF_NEW = "import sys; print(sys.executable if sys.version_info >= {} else '')".format(OLDEST)
VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def say(text="", end="\n"):
    """Print at once, so that our lines and those of the programs we start keep their order."""
    sys.stdout.write(text + end)
    sys.stdout.flush()


def output_of(command):
    """Return what a command prints, or an empty string if it fails or does not exist."""
    try:
        with open(os.devnull, "w") as nowhere:
            return subprocess.check_output(command, stderr=nowhere).decode().strip()
    except (OSError, ValueError, subprocess.CalledProcessError):
        return ""


def hand_over(command, env=None):
    """Let another program take the place of this one, and give back its exit code."""
    env = os.environ if env is None else env
    if os.name == "posix":
        os.execve(command[0], command, env)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the other program
    return subprocess.call(command, env=env)


def newer_python():
    """Return the path of a Python that is new enough, or an empty string."""
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    candidates = [["python3.{}".format(minor)] for minor in minors] + [["python3"], ["python"]]
    if os.name == "nt":
        candidates = [["py", "-3.{}".format(minor)] for minor in minors] + candidates
    for candidate in candidates:
        path = output_of(candidate + ["-c", PATH_IF_NEW])
        if path:
            return path
    find = ["uv", "python", "find", "--system", ">={}.{}".format(*OLDEST)]
    return output_of(find) or (output_of(["uv", "python", "install"]) and output_of(find))


def too_old(version, path):
    """Return what to tell somebody whose only Python is too old."""
    return (
        "How RNNs Work needs Python {}.{} or newer; this is Python {}.{} at {},\n"
        "and no newer one was found. Install one from python.org or with your package manager,\n"
        "or install uv (docs.astral.sh/uv), which brings its own; then run the same command again."
    ).format(*(OLDEST + tuple(version[:2]) + (path,)))


if sys.version_info < OLDEST:
    python = newer_python()
    if python:
        sys.exit(hand_over([python, os.path.abspath(__file__)] + sys.argv[1:]))
    sys.exit(too_old(sys.version_info, sys.executable))

import contextlib
import hashlib
import json
import re
import shutil
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
START = "notebooks/00_start_here.ipynb"
NEEDS_TORCH = "notebooks/12_from_numpy_to_pytorch.ipynb"
NBVAL = ["--nbval", "--nbval-current-env", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
# The pytest settings in pyproject.toml are for modules; Jupyter has warnings of its own.
NBVAL += ["-o", "addopts=", "-o", "filterwarnings=default", "-n", "2", "--dist", "loadfile"]
NBVAL += ["--no-loadscope-reorder"]  # in the order of conftest.py
CHECKS = [
    ("lint", ["ruff", "check", "."]),
    ("format", ["ruff", "format", "--check", "."]),
    ("unit tests", ["pytest", "-n", "2", "--dist", "worksteal"]),
    ("notebooks", ["pytest"] + NBVAL + ["notebooks"]),
]
# The settings in pyproject.toml leave these tests out: they need a browser.
BROWSER = (
    "browser",
    ["pytest", "-o", "addopts=-ra", "-n", "2", "--dist", "worksteal", "tests/browser"]
    + ["--ignore", "tests/browser/publishing"],
)
# And these need nbgrader, which instructors use, and learners do not.
GRADING = (
    "grading",
    ["pytest", "-o", "addopts=-ra", "-o", "filterwarnings=default", "tests/grading"],
)
# Also in a browser: what is made of the course for others to read. Building it needs more packages.
PUBLISHING = (
    "publishing",
    ["pytest", "-o", "addopts=-ra", "-n", "2", "--dist", "worksteal", "tests/browser/publishing"],
)
CHROMIUMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
CHROMIUMS += ["msedge", "microsoft-edge"]
CHROMIUMS += [
    "/Applications/{0}.app/Contents/MacOS/{0}".format(name)
    for name in ("Google Chrome", "Chromium", "Microsoft Edge")
]
CHROMIUMS += [
    os.path.join(os.environ[folder], *path.split("/"))
    for folder in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")
    for path in ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
    if folder in os.environ
]
# Two checks at once are on two cores: further threads of NumPy would only be in each other's way.
ONE_THREAD = {name + "_NUM_THREADS": "1" for name in ("MKL", "OMP", "OPENBLAS")}
MERGED = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "errors": "replace"}
METADATA = {
    "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


JUPYTERLAB = {
    # No question about news, and no request to the internet at the start.
    "@jupyterlab/apputils-extension:notification": {"fetchNews": "false", "checkForUpdates": False},
    # All cells are drawn, and not only those in view: slides are cut off otherwise.
    "@jupyterlab/notebook-extension:tracker": {"windowingMode": "none"},
    # A link to the glossary opens it as a page, and not its source.
    "@jupyterlab/docmanager-extension:plugin": {"defaultViewers": {"markdown": "Markdown Preview"}},
}


class Trouble(Exception):
    """Something that the person at the keyboard can put right; the message says how."""


class Venv:
    """A virtual environment beside this file: made, kept up to date, and made anew if broken."""

    def __init__(self, folder=ROOT / ".venv", oldest=False):
        self.folder = folder
        self.oldest = oldest  # hold the oldest Python and dependencies that pyproject.toml allows
        self.bin = folder / ("Scripts" if os.name == "nt" else "bin")
        self.python = str(self.bin / "python")
        self.stamp = folder / "course-stamp.json"
        self.uv = shutil.which("uv")

    def ensure(self, extras):
        """Make the venv hold these extras of pyproject.toml, without work if it does already."""
        stamp, version = self.read_stamp(), output_of([self.python, "-c", VERSION])
        fault = self.fault(stamp, version)
        held = [] if fault or not stamp else stamp["extras"]
        wanted = {
            "folder": str(self.folder),
            "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
            "extras": sorted(set(held).union(extras)),
        }
        if not fault and stamp == dict(wanted, python=version):
            return self
        started = time.monotonic()
        if fault and self.folder.exists():
            say("Making {} anew: {}.".format(self.folder.name, fault))
        start = "Setting up {} (once, about a minute, about 620 MB)" if fault else "Updating {}"
        say(start.format(self.folder.name) + " ... ", end="")
        if fault:
            self.create()
        self.install(wanted["extras"])
        self.write_stamp(dict(wanted, python=output_of([self.python, "-c", VERSION])))
        say("done in {:.0f} s".format(time.monotonic() - started))
        return self

    def read_stamp(self):
        """Return what was set up: None if there is no stamp, {} if the set-up was not finished."""
        try:
            return json.loads(self.stamp.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {} if self.stamp.exists() else None

    def write_stamp(self, content):
        """Note down what is set up."""
        self.stamp.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

    def fault(self, stamp, version):
        """Return why the venv must be made anew, if so; `version` is empty if it won't start."""
        if not version:
            return "its Python does not start"
        if tuple(map(int, version.split("."))) < OLDEST:
            return "its Python {} is too old".format(version)
        if stamp == {}:
            return "its set-up was interrupted"
        if stamp and stamp["folder"] != str(self.folder):
            return "it was moved or copied here"
        if stamp and stamp["python"] != version:
            return "it was made for Python {}".format(stamp["python"])
        return ""

    def create(self):
        """Make an empty venv, with uv if it is there."""
        base = getattr(sys, "_base_executable", "") or sys.executable  # not another venv's
        if self.uv:
            wanted = "{}.{}".format(*OLDEST) if self.oldest else base
            make = [self.uv, "venv", "--no-cache", "--allow-existing", "--python", wanted]
        elif self.oldest:
            raise Trouble("not possible: --oldest needs uv (docs.astral.sh/uv).")
        elif output_of([base, "-c", "import ensurepip, venv; print('there')"]):
            make = [base, "-m", "venv"]
        else:
            raise Trouble(
                "not possible.\nThe Python at {} has no module venv. Install it (Debian, Ubuntu: "
                "sudo apt install\npython3-venv), or install uv (docs.astral.sh/uv); then run the "
                "same command again.".format(base)
            )
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)
        self.write_stamp({})
        self.run_quietly(make + [str(self.folder)])

    def install(self, extras):
        """Install the helpers, editable, with these extras."""
        if self.uv:
            command = [self.uv, "pip", "install", "--python", self.python]
            command += ["--upgrade", "--resolution", "lowest-direct"] if self.oldest else []
        else:
            if not output_of([self.python, "-m", "pip", "--version"]):  # uv leaves it out
                self.run_quietly([self.python, "-m", "ensurepip"])
            command = [self.python, "-m", "pip", "install", "--disable-pip-version-check"]
        self.run_quietly(command + ["--quiet", "--editable", ".[{}]".format(",".join(extras))])

    def run_quietly(self, command):
        """Run one step of the set-up, and show the end of what it said only if it failed."""
        result = subprocess.run(command, cwd=ROOT, env=self.environment(), check=False, **MERGED)
        if result.returncode:
            last = "\n  ".join(result.stdout.strip().splitlines()[-14:])
            raise Trouble(
                "failed. This was said last:\n\n  {}\n\nIs there a connection to the internet, and "
                "room on the disk? Then run the\nsame command again; nothing is lost.".format(last)
            )

    def environment(self):
        """Return environment variables under which only this venv's Python and kernel are found."""
        foreign = ("PYTHONHOME", "JUPYTER_PATH", "MPLBACKEND")
        env = {name: value for name, value in os.environ.items() if name not in foreign}
        env["PATH"] = os.pathsep.join([str(self.bin), env.get("PATH", os.defpath)])
        # Also because Python 3.11 on Windows misreads an editable path that is not plain English.
        env["PYTHONPATH"] = str(ROOT)
        env.update(VIRTUAL_ENV=str(self.folder), JUPYTER_PREFER_ENV_PATH="1", PIP_USER="0")
        if self.oldest:  # old releases use what newer ones of their dependencies call deprecated
            env["PYTEST_ADDOPTS"] = "-W default::DeprecationWarning"
        if self.folder.exists() and not os.access(os.path.expanduser("~"), os.W_OK):
            (self.folder / "home").mkdir(exist_ok=True)
            env["HOME"] = str(self.folder / "home")  # of Jupyter, IPython, Matplotlib, pip and uv
        return env

    def command(self, *arguments):
        """Return the command that runs a module in this venv."""
        return [self.python, "-m"] + list(arguments)

    def run(self, *arguments, **options):
        """Run a module in this venv; `env` has further environment variables."""
        quick = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests" / "quick")])}
        env = dict(self.environment(), **dict(quick, **options.pop("env", {})))
        return subprocess.run(self.command(*arguments), env=env, check=False, **options)


def prepare_jupyterlab(settings):
    """Set JupyterLab up for the course, with what else its file of overrides says unchanged."""
    overrides = {}
    if settings.exists():
        overrides = json.loads(settings.read_text(encoding="utf-8"))
    merged = dict(overrides)
    for plugin, ours in JUPYTERLAB.items():
        merged[plugin] = dict(overrides.get(plugin, {}), **ours)
    if merged != overrides:
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(merged, indent=2) + "\n", encoding="utf-8")


def trust(venv):
    """Sign the notebooks that changed since the last time, so that their sliders move."""
    marker = venv.folder / "course-trusted"
    since = marker.stat().st_mtime if marker.exists() else 0
    changed = [str(path) for path in NOTEBOOKS.glob("*.ipynb") if path.stat().st_mtime > since]
    if changed:
        venv.run("nbformat.sign", *changed, stdin=subprocess.DEVNULL, capture_output=True)
        marker.touch()


def lab(arguments, extras=("course",)):
    """Open the course in JupyterLab; arguments are passed on: --no-browser --port 8899."""
    venv = Venv().ensure(extras)
    with contextlib.suppress(OSError):  # in a folder of somebody else's: it works without
        prepare_jupyterlab(venv.folder / "share/jupyter/lab/settings/overrides.json")
        trust(venv)
    say("JupyterLab opens in your browser, at " + START + ". Stop it here: Ctrl-C, then y.")
    command = venv.command("jupyterlab", "--ServerApp.root_dir=" + str(ROOT))
    command += ["--LabApp.default_url=/lab/tree/" + START]
    command += ["--allow-root"] if os.name == "posix" and os.geteuid() == 0 else []
    return hand_over(command + arguments, venv.environment())


def present(arguments):
    """Like lab, with what presents notebooks as slides."""
    return lab(arguments, ("course", "instructor"))


def test(arguments):
    """Run all checks; --oldest: with the oldest Python and packages allowed (needs uv)."""
    if arguments not in ([], ["--oldest"]):
        raise Trouble("test knows no argument but --oldest.")
    checks, left_out, extras = CHECKS, {}, ["course", "test"]
    if is_set("RNNHELPERS_NEEDS_GRADING"):
        checks, extras = checks + [GRADING], extras + ["grading"]
    else:
        left_out["grading"] = "with nbgrader; set RNNHELPERS_NEEDS_GRADING=1 to install and run it"
    if arguments:
        left_out["browser"] = "pages do not depend on old packages"
        venv = Venv(ROOT / ".venv-oldest", oldest=True).ensure(extras)
    else:
        chromium = find_chromium()
        if chromium:
            os.environ["RNNHELPERS_CHROMIUM"] = chromium
            checks, extras = checks + [BROWSER], extras + ["browser"]
            if is_set("RNNHELPERS_NEEDS_PUBLISHING"):
                checks, extras = checks + [PUBLISHING], extras + ["site", "slides"]
            else:
                left_out["publishing"] = "site and slides; set RNNHELPERS_NEEDS_PUBLISHING=1"
        else:
            left_out["browser"] = "no Chromium found; set RNNHELPERS_CHROMIUM"
            left_out["publishing"] = "looks at pages in Chromium, too"
        venv = Venv().ensure(extras)
    if not has_torch(venv):
        left_out["notebook 12"] = "its outputs need PyTorch: make setup ARGS=torch"
        checks = with_options(checks, "notebooks", ["--ignore", NEEDS_TORCH])
    if is_set("RNNHELPERS_COVERAGE"):  # half as long again
        checks = with_options(checks, "unit tests", ["--cov"])
    return run_checks(venv, checks, left_out)


def is_set(variable):
    """Tell whether an environment variable says yes: it is neither empty nor 0."""
    return os.environ.get(variable, "") not in ("", "0")


def with_options(checks, name, options):
    """Return the checks, the command of one of them with further options."""
    return [(each, command + options if each == name else command) for each, command in checks]


def has_torch(venv):
    """Tell whether PyTorch is in a venv, or stop if it may not be missing."""
    look = "import importlib.util; print(importlib.util.find_spec('torch') or '')"
    if output_of([venv.python, "-c", look]):
        return True
    if is_set("RNNHELPERS_NEEDS_TORCH"):
        raise Trouble(
            "PyTorch is missing, and RNNHELPERS_NEEDS_TORCH is set. Install it: make setup "
            "ARGS=torch (or\npython course.py setup torch)."
        )
    return False


def find_chromium():
    """Return the path of a Chromium, Chrome or Edge, or an empty string if it may be missing."""
    wanted = os.environ.get("RNNHELPERS_CHROMIUM")
    found = [path for path in map(shutil.which, [wanted] if wanted else CHROMIUMS) if path]
    if found:
        return found[0]
    if wanted:
        raise Trouble("RNNHELPERS_CHROMIUM is {}: there is no such program.".format(wanted))
    for needing in ("RNNHELPERS_NEEDS_CHROMIUM", "RNNHELPERS_NEEDS_PUBLISHING"):
        if is_set(needing):
            raise Trouble(
                "No Chromium found, and {} is set. Install Chromium or Chrome, "
                "or give\nthe path of one in RNNHELPERS_CHROMIUM.".format(needing)
            )
    return ""


def run_checks(venv, checks, left_out=()):
    """Run all checks, also after one has failed, and return 1 if one has.

    `left_out` has the names of checks that are not run, and why.
    """
    table = []
    for name, command in checks:
        say("\n--- {}: {}".format(name, " ".join(command)))
        started = time.monotonic()
        failed = venv.run(*command, env=ONE_THREAD).returncode != 0
        table.append((name, "FAILED" if failed else "ok", time.monotonic() - started))
        say("--- {}: {} after {:.1f} s".format(*table[-1]))
    say()
    for row in table:
        say("{:<12} {:<6} {:>7.1f} s".format(*row))
    for name in left_out:
        say("{:<12} left out  ({})".format(name, left_out[name]))
    failures = [row for row in table if row[1] == "FAILED"]
    say("\n{} passed, {} failed".format(len(table) - len(failures), len(failures)))
    return 1 if failures else 0


def notebooks(arguments):
    """Execute and save all notebooks, or those named: 01_text_to_numbers, or 01."""
    paths = chosen(arguments)
    venv = Venv().ensure(["course", "test"])
    if ROOT / NEEDS_TORCH in paths and not has_torch(venv):
        paths.remove(ROOT / NEEDS_TORCH)
        say("{} is left as it was: it needs PyTorch (make setup ARGS=torch).".format(NEEDS_TORCH))
    return 1 if [path for path in paths if not execute(venv, path)] else 0


def chosen(names):
    """Return the paths of the notebooks with these names, or of all."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    stems = tuple(Path(name).stem for name in names)
    for stem in stems:
        if not any(path.stem.startswith(stem) for path in paths):
            raise Trouble("There is no notebook {} in {}.".format(stem, NOTEBOOKS))
    return [path for path in paths if not stems or path.stem.startswith(stems)]


def execute(venv, path):
    """Execute a notebook and save it, whole or not at all; return whether it ran to its end."""
    say("{:<32}".format(path.stem), end=" ")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=".executing-", dir=path.parent) as folder:
        nobodys = {
            "RNNHELPERS_PROGRESS": os.path.join(folder, "my_progress.json"),
            "TQDM_DISABLE": "1",  # a bar is another one in every run
        }
        arguments = ["--to", "notebook", "--execute", "--ExecutePreprocessor.record_timing=False"]
        arguments += ["--output-dir", folder, "--output", path.name, str(path)]
        result = venv.run("nbconvert", *arguments, env=nobodys, **MERGED)
        if result.returncode == 0:
            normalize(Path(folder) / path.name)
            os.replace(Path(folder) / path.name, path)
    state = "s" if result.returncode == 0 else "s  FAILED, left as it was"
    say("{:>6.1f} {}".format(time.monotonic() - started, state))
    if result.returncode:
        say("\n" + useful_part(result.stdout) + "\n")
    return result.returncode == 0


def normalize(path):
    """Take out of an executed notebook what differs between machines and moments."""
    notebook = json.loads(path.read_text(encoding="utf-8"))
    notebook["metadata"].update(METADATA)
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = joined(cell["outputs"])
            cell["metadata"].pop("executed", None)
            if is_compared_loosely(cell):
                cell["metadata"]["executed"] = fingerprint(cell)
    text = json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def is_compared_loosely(cell):
    """Tell whether the tags of a cell say that another machine may compute other numbers."""
    tags = cell["metadata"].get("tags", [])
    return any(re.match(r"nbval-ignore-output|drawn-within-", tag) for tag in tags)


def fingerprint(cell):
    """Return a few letters that change with the code of a cell and with what it showed."""
    shown = [as_text(cell["source"])]
    for output in cell["outputs"]:
        parts = output.get("data", {"text": output.get("text", "")})
        shown.append({kind: as_text(parts[kind]) for kind in parts})
    return hashlib.sha256(json.dumps(shown, sort_keys=True).encode()).hexdigest()[:12]


def as_text(value):
    """Join the lines of a text: a list in the file, one text once nbformat has read it."""
    return "".join(value) if isinstance(value, list) else value


def joined(outputs):
    """Join what a cell printed in pieces: where it is cut depends on the moment."""
    whole = []
    for output in outputs:
        if whole and "name" in output and output["name"] == whole[-1].get("name"):
            printed = "".join(whole[-1]["text"] + output["text"])
            whole[-1]["text"] = printed.splitlines(keepends=True)
        else:
            whole.append(output)
    return whole


def useful_part(printed):
    """Return the failing cell and its traceback from what nbconvert printed."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    told = plain.partition("An error occurred while executing the following cell:\n")[2]
    return told.strip() or "\n".join(plain.strip().splitlines()[-15:])


def handout(arguments):
    """Write notebooks without the solutions, and those apart; which notebooks, --to FOLDER."""
    return write_for_instructors(("rnnhelpers.exercises", "handout"), arguments)


def assignments(arguments):
    """Write the tasks as assignments for nbgrader; arguments: which notebooks, --to FOLDER."""
    return write_for_instructors(("rnnhelpers.exercises", "assignments"), arguments)


def slides(arguments):
    """Build slides with speaker notes; arguments: which notebooks, --to FOLDER."""
    return write_for_instructors(("publishing", "slides"), arguments, extras=["slides"])


def write_for_instructors(command, arguments, extras=()):
    """Write something of the notebooks that are named, or of all, into a folder."""
    folder, names = command[-1], list(arguments)
    if names[-1:] == ["--to"]:
        raise Trouble("--to needs the name of a folder.")
    if "--to" in names:
        at = names.index("--to")
        folder = names[at + 1]
        del names[at : at + 2]
    paths = [str(path) for path in chosen(names)]
    venv = Venv().ensure(["course"] + list(extras))
    return venv.run(*(list(command) + [folder] + paths)).returncode


def exercises(arguments):
    """List tasks with hints, known mistakes and solutions: of all notebooks, or of those named."""
    return Venv().ensure(["course"]).run("rnnhelpers.exercises", "list", *arguments).returncode


def format_code(arguments):
    """Format the code and put right what the linter can."""
    venv = Venv().ensure(["course", "test"])
    results = [venv.run("ruff", "check", "--fix", "."), venv.run("ruff", "format", ".")]
    return max(result.returncode for result in results)


def set_up(arguments):
    """Only set up .venv; arguments are further extras of pyproject.toml: torch."""
    Venv().ensure(["course"] + arguments)


def site(arguments):
    """Build the course as a web site; arguments: --lite (to run it there), --links, a folder."""
    return (
        Venv().ensure(["course", "site"]).run("publishing", "site", *arguments, cwd=ROOT).returncode
    )


def benchmark(arguments):
    """Measure: speed, memory, learning; hub: a class on one server; and --help."""
    if arguments[:1] == ["hub"]:
        venv = Venv().ensure(["course", "hub"])
        return venv.run("benchmarks.hub", *arguments[1:], cwd=ROOT).returncode
    return Venv().ensure(["course"]).run("benchmarks", *arguments, cwd=ROOT).returncode


def audit(arguments):
    """Measure how far the checks reach: mutants, faults, everywhere, fuzz, packages."""
    venv = Venv().ensure(["course", "test", "audit"])
    return venv.run("audit", *arguments, cwd=ROOT).returncode


def clean(arguments):
    """Remove .venv and what the checks leave behind; notebooks are not touched."""
    caches = [".venv", ".venv-oldest", ".venv-audit", ".pytest_cache", ".ruff_cache", ".hypothesis"]
    caches += ["htmlcov", "benchmarks/__pycache__", "benchmarks/hub/__pycache__"]
    for folder in caches + ["__pycache__", "rnnhelpers/__pycache__", "tests/__pycache__"]:
        shutil.rmtree(ROOT / folder, ignore_errors=True)
    (ROOT / ".coverage").unlink(missing_ok=True)


def show_help(arguments):
    """Show this help."""
    say("How RNNs Work. Usage: python course.py COMMAND [ARGUMENTS]\n")
    for name, function in COMMANDS.items():
        say("  {:<11} {}".format(name, function.__doc__))


COMMANDS = {
    "lab": lab,
    "present": present,
    "test": test,
    "notebooks": notebooks,
    "format": format_code,
    "setup": set_up,
    "slides": slides,
    "handout": handout,
    "assignments": assignments,
    "exercises": exercises,
    "site": site,
    "benchmark": benchmark,
    "audit": audit,
    "clean": clean,
    "help": show_help,
}


def main(arguments):
    """Run a command and return the exit code, or the message of an exit that is not a success."""
    name = arguments[0].lstrip("-") if arguments else "help"
    if name not in COMMANDS:
        say("There is no command {}.\n".format(name))
        show_help([])
        return 2
    os.chdir(ROOT)
    sys.stdout.reconfigure(errors="backslashreplace")
    try:
        return COMMANDS[name](arguments[1:]) or 0
    except Trouble as trouble:
        return str(trouble)
    except OSError as error:
        return "{}\nIs the folder {} yours to write in, and the disk not full?".format(error, ROOT)
    except KeyboardInterrupt:
        say("\nStopped. Run the same command again to go on.")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
