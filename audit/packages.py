"""Build the package, install it far from its source, and look at all that comes with it.

Every fault is told with what to do about it. The exit code is 1 if there is one, and also if a
question could not be asked: silence of a service is no answer.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
import venv
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from audit.licences import FILES, PERMISSIVE, kind_of, licences_of, listed_dependencies
from audit.wheels import sdist_faults, wheel_faults
from course import NBVAL, NEEDS_TORCH

ROOT = Path(__file__).resolve().parents[1]
SDIST = {".gitignore", "LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "rnnhelpers"}
KNOWN_TO_BE_VULNERABLE = "idna==3.6"  # CVE-2024-3651
NOT_OUR_OWN = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "JUPYTER_PATH", "PYTEST_ADDOPTS")
LINES = 25


class Failed(ValueError):
    """A command did not end well; the message has what it said last, and what to do."""


def run(command, advice, *, cwd, ok=(0,)):
    """Run a command away from the checkout, and return what it printed, or raise `Failed`."""
    env = {name: value for name, value in os.environ.items() if name not in NOT_OUR_OWN}
    command = [str(part) for part in command]
    result = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, check=False, encoding="utf-8"
    )
    if result.returncode not in ok:
        said = (result.stdout + result.stderr).strip().splitlines()[-LINES:]
        raise Failed("\n  ".join([f"{advice}. {command[1:4]} said:", *said]))
    return result.stdout


class Work:
    """What the steps share: a temporary folder, the wheel, and the environment made from it."""

    def __init__(self, folder, root=ROOT):
        self.folder = Path(folder)
        self.root = root

    def tool(self, *arguments, advice, ok=(0,)):
        """Run a module of the environment of the audit, in the temporary folder."""
        return run([sys.executable, "-m", *arguments], advice, cwd=self.folder, ok=ok)

    def pip(self, *arguments, advice):
        """Let pip work on the environment that was made from the wheel."""
        return self.tool("pip", "--python", self.python, *arguments, advice=advice)

    @cached_property
    def project(self):
        """The table `project` of pyproject.toml."""
        return self.pyproject["project"]

    @cached_property
    def shared(self):
        """Where in an environment the files go that are no modules."""
        wheel = self.pyproject["tool"]["hatch"]["build"]["targets"]["wheel"]
        return list(wheel["shared-data"].values())

    @cached_property
    def pyproject(self):
        """What is in pyproject.toml."""
        return tomllib.loads((self.root / "pyproject.toml").read_text("utf-8"))

    @cached_property
    def built(self):
        """The wheel and the source distribution, in two folders: built twice, by two ways."""
        ways = {"through the sdist": [], "straight": ["--sdist", "--wheel"]}
        advice = "The package cannot be built: see [build-system] and [tool.hatch] of pyproject"
        for name, options in ways.items():
            into = ["--outdir", self.folder / name, self.root]
            self.tool("build", "--no-isolation", *options, *into, advice=advice)
        return [self.folder / name for name in ways]

    @cached_property
    def wheel(self):
        """The wheel."""
        [wheel] = self.built[0].glob("*.whl")
        return wheel

    @cached_property
    def python(self):
        """The Python of a new environment, with nothing in it."""
        folder = self.folder / "environment"
        venv.create(folder, with_pip=False, symlinks=os.name != "nt")
        return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")

    def install(self, extras):
        """Install the wheel with these extras, and return the packages that are there then."""
        constraints = self.root / ".ci" / "constraints.txt"
        self.pip(
            *("install", "--quiet", "--constraint", constraints),
            f"{self.wheel}[{','.join(extras)}]",
            advice="The wheel cannot be installed: is there a connection to the internet, and do "
            "the bounds of pyproject.toml fit together?",
        )
        program = "import sysconfig; print(sysconfig.get_path('purelib'))"
        purelib = run([self.python, "-c", program], "Its Python does not start", cwd=self.folder)
        return list(distributions(path=[purelib.strip()]))

    @cached_property
    def learners(self):
        """What `make lab` installs."""
        return self.install(["course"])

    @cached_property
    def everybody(self):
        """What `make test` installs, with PyTorch if the audit has it."""
        assert self.learners  # before more is there
        torch = ["torch"] if importlib.util.find_spec("torch") else []
        return self.install(["course", "test", *torch])


# The steps -------------------------------------------------------------------------------------


def build(work):
    """Build it twice: the files are valid, the same each time, and hold what is meant."""
    pyproject = work.root / "pyproject.toml"
    work.tool("validate_pyproject", pyproject, advice="pyproject.toml is not valid: mend it")
    first, second = work.built
    [sdist] = first.glob("*.tar.gz")
    work.tool("twine", "check", "--strict", work.wheel, sdist, advice="The metadata need mending")
    work.tool("check_wheel_contents", work.wheel, advice="The wheel holds what it should not")
    never = [str(work.root), str(work.folder)]
    faults = wheel_faults(
        work.wheel, work.root / "rnnhelpers", work.root / "LICENSE", shared=work.shared, never=never
    )
    faults += sdist_faults(sdist, SDIST)
    for path in (work.wheel, sdist):
        if path.read_bytes() != (second / path.name).read_bytes():
            faults.append(f"{path.name} comes out otherwise the second time: what changes in it?")
    print(f"{work.wheel.name}, {work.wheel.stat().st_size:,} bytes; {sdist.name}: built twice")
    return faults


def install(work):
    """Install the wheel in a new environment: the bounds fit, and it does not need its source."""
    print(f"{len(work.learners)} packages for a learner, {len(work.everybody)} with the tests")
    work.pip("check", advice="The packages do not fit together: adapt the bounds of pyproject.toml")
    program = "import rnnhelpers; print(rnnhelpers.__file__)"
    place = run([work.python, "-c", program], "rnnhelpers cannot be imported", cwd=work.folder)
    if work.folder.resolve() not in Path(place.strip()).resolve().parents:
        return [f"rnnhelpers came from {place.strip()}, and not from the wheel"]
    return []


def licences(work):
    """List the licences of all that a learner gets: what is not permissive is named."""
    faults, listed = [], {}
    for package in work.learners:
        kind, families = kind_of(package.metadata), " and ".join(licences_of(package.metadata))
        listed.setdefault((kind, families or "none"), []).append(package.name)
        if kind not in (PERMISSIVE, FILES):
            faults.append(
                f"{package.name}: its licence is {families or 'not told'} ({kind}). Read it; then "
                "add it to FAMILIES in audit/licences.py, or do without the package"
            )
    for (kind, families), names in sorted(listed.items()):
        print(f"{kind}: {families}: {', '.join(sorted(names, key=str.lower))}")
    return faults


def vulnerabilities(work):
    """Ask for the known vulnerabilities of all that is installed."""
    pins = {package.name: package.version for package in work.everybody}
    pins.pop("rnnhelpers", None)
    if not any(answer.get("vulns") for answer in _ask([KNOWN_TO_BE_VULNERABLE], work)):
        return [
            f"nothing is known: pip-audit's service does not tell what is wrong with "
            f"{KNOWN_TO_BE_VULNERABLE}, which is known. Is it within reach of this machine?"
        ]
    answers = _ask([f"{name}=={version.split('+')[0]}" for name, version in pins.items()], work)
    print(f"asked about {len(answers)} packages")
    return vulnerability_faults(answers)


def _ask(pins, work):
    """Return what pip-audit says about pinned packages, one after the other."""
    asked = work.folder / "pins.txt"
    asked.write_text("\n".join(pins), encoding="utf-8")
    told = work.tool(
        *("pip_audit", "--requirement", asked, "--no-deps", "--disable-pip"),
        *("--progress-spinner", "off", "--format", "json"),
        advice="pip-audit got no answer: is its service within reach of this machine?",
        ok=(0, 1),  # 1: something is vulnerable
    )
    try:
        return json.loads(told)["dependencies"]
    except ValueError as error:
        raise Failed("pip-audit got no answer: is its service within reach?") from error


def vulnerability_faults(answers):
    """Return a line for each vulnerability that pip-audit tells, and for each skipped package.

    Examples
    --------
    >>> vulnerability_faults([{"name": "a", "version": "1", "vulns": []}])
    []
    >>> vulnerability_faults([{"name": "b", "skip_reason": "not found"}])
    ['b was not audited: not found']
    """
    faults = [
        f"{each['name']} was not audited: {each['skip_reason']}"
        for each in answers
        if "skip_reason" in each
    ]
    for each in answers:
        for one in each.get("vulns", ()):
            repaired = " or ".join(one["fix_versions"])
            todo = f"{repaired} repairs it: raise the bound" if repaired else "not repaired yet"
            faults.append(f"{each['name']} {each['version']}: {one['id']}; {todo}")
    return faults


def newest(work):
    """Compare direct dependencies with what is newest: the bounds, the licences in the docs."""
    groups = [work.project["dependencies"], *work.project["optional-dependencies"].values()]
    needed = {}
    for line in (line for group in groups for line in group):
        needed.setdefault(canonicalize_name(Requirement(line).name), []).append(line)
    needed.pop("torch", None)  # .ci/constraints.txt says which one
    report = json.loads(
        work.pip(
            *("install", "--quiet", "--dry-run", "--ignore-installed", "--no-deps"),
            *("--only-binary", ":all:", "--report", "-", *needed),
            advice="pip cannot tell what is newest: is there a connection to the internet?",
        )
    )
    print(f"{len(report['install'])} direct dependencies, the newest release of each")
    listed = listed_dependencies((work.root / "docs" / "dependencies.md").read_text("utf-8"))
    faults = []
    for each in report["install"]:
        name = canonicalize_name(each["metadata"]["name"])
        faults += release_faults(each, needed[name], listed[name].licence)
    return faults


def release_faults(found, lines, licence):
    """Return what is wrong with the newest release of a direct dependency.

    Parameters
    ----------
    found : dict
        What pip reports of it: ``metadata`` and ``is_yanked``.
    lines : list of str
        The requirements of pyproject.toml that name it; who keeps it out is told, as news.
    licence : str
        What docs/dependencies.md says.
    """
    told = found["metadata"]
    name, version = told["name"], told["version"]
    for line in lines:
        if not Requirement(line).specifier.contains(version):
            print(f"outdated: {name} {version} is there, and {line} keeps it out")
    faults = []
    if found.get("is_yanked"):
        faults.append(f"{name} {version} was withdrawn (yanked): exclude it with !={version}")
    fields = {
        "Name": name,
        "License-Expression": told.get("license_expression"),
        "License": told.get("license"),
        "Classifier": told.get("classifier"),
    }
    licences = licences_of(fields)
    if licence not in licences:
        faults.append(f"{name}: docs/dependencies.md says {licence}, the package {licences}")
    return faults


def notebooks(work):
    """Run all notebooks on what the wheel has installed; their outputs are compared."""
    place, left_out = work.folder / "course", []
    place.mkdir()
    copytree(
        work.root / "notebooks", place / "notebooks", ignore=ignore_patterns(".*", "my_progress*")
    )
    (place / "tests").mkdir()
    for name in ("closeness.py", "nbval_sanitize.cfg"):
        copy(work.root / "tests" / name, place / "tests")
    copy(work.root / "conftest.py", place)
    if not any(package.name == "torch" for package in work.everybody):
        left_out = ["--ignore", NEEDS_TORCH]
        print(f"{NEEDS_TORCH} is left out: it needs PyTorch (make setup ARGS=torch)")
    told = run(
        [work.python, "-m", "pytest", "-q", *NBVAL, *left_out, "notebooks"],
        "A notebook has another output with the wheel than in the checkout: is a file not in it?",
        cwd=place,
    )
    print(told.strip().splitlines()[-1])
    return []


STEPS = (build, install, licences, vulnerabilities, newest, notebooks)


def add_command(parser):
    """Add the arguments of this audit."""
    names = [step.__name__ for step in STEPS]
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="STEP", help=", ".join(names)
    )
    parser.set_defaults(run=main)


def main(options):
    """Run the steps, also after one has failed, and return 1 if one has."""
    with tempfile.TemporaryDirectory(prefix="rnnhelpers-packages-") as folder:
        work = Work(folder)
        chosen = [step for step in STEPS if step.__name__ in options.only]
        table = [(step.__name__, *timed(step, work)) for step in chosen]
    print()
    for name, faults, seconds in table:
        print(f"{name:<16} {f'{len(faults)} faults' if faults else 'ok':<9} {seconds:>7.1f} s")
    return 1 if any(faults for _, faults, _ in table) else 0


def timed(step, work):
    """Run a step, print what is wrong, and return that and the seconds."""
    print(f"\n--- {step.__name__}: {step.__doc__}", flush=True)
    started = time.monotonic()
    try:
        faults = step(work)
    except Failed as failure:
        faults = [str(failure)]
    for fault in faults:
        print(f"FAULT: {fault}", flush=True)
    return faults, time.monotonic() - started
