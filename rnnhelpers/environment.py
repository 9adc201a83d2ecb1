"""Is everything there that the notebooks need? (asked in notebook 00)."""

import platform
from importlib.metadata import PackageNotFoundError, metadata, version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet


def check_environment():
    """Print for Python and for each package of the course whether its version will do.

    Versions are printed only where they do not fit, so that it reads the same on every machine
    that is set up.

    Examples
    --------
    >>> check_environment()  # doctest: +ELLIPSIS
    ok       Python
    ok       babel
    ...
    Your set-up is right. Go on to the next cell.
    """
    try:
        problems = _problems(metadata("rnnhelpers"))
    except PackageNotFoundError:  # somebody has put the folder on Python's path
        problems = [True]
        print("MISSING  rnnhelpers: it is read from its folder, and is not installed")
    if any(problems):
        print(
            "Your set-up needs mending. Close JupyterLab. In the folder of the course, run\n"
            "`make clean` and then `make lab` (or `python course.py` with clean and lab)."
        )
    else:
        print("Your set-up is right. Go on to the next cell.")


def _problems(course):
    """Compare each version with what the course says of itself; return a list of True and False."""
    needed = [Requirement(line) for line in course.get_all("Requires-Dist")]
    needed = [r for r in needed if r.marker is None or r.marker.evaluate({"extra": "course"})]
    python = SpecifierSet(course["Requires-Python"])
    problems = [_compare("Python", platform.python_version(), python)]
    return problems + [_compare(r.name, _installed(r.name), r.specifier) for r in needed]


def _compare(name, found, specifier):
    """Print a line on one requirement, and return whether there is a problem with it."""
    fits = found is not None and specifier.contains(found, prereleases=True)
    verdict = "ok" if fits else "MISSING" if found is None else "WRONG"
    there = "" if fits or found is None else f", but {found} is there"
    bounds = ",".join(sorted(map(str, specifier), reverse=True))
    print(f"{verdict:8} {name}" + ("" if fits else f": needs {bounds}{there}"))
    return not fits


def _installed(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None
