"""The files that say what the course needs say the same: pyproject.toml, conda's, the workflow."""

import re
import runpy
import tomllib
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]
NEEDED = [*PROJECT["dependencies"], *EXTRAS["course"], *EXTRAS["test"]]


def read_yaml(name):
    # BaseLoader: everything stays text, so that 3.10 is not the number 3.1 and `on` not True.
    return yaml.load((ROOT / name).read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def bounds(requirements):
    parsed = [Requirement(requirement) for requirement in requirements]
    assert len({one.name for one in parsed}) == len(parsed), "a package is named twice"
    return {one.name: one.specifier for one in parsed}


def python_classifiers():
    found = (re.fullmatch(r".*:: Python :: (\d\.\d+)", line) for line in PROJECT["classifiers"])
    return [match[1] for match in found if match]


def conda_packages():
    listed = read_yaml("environment.yml")["dependencies"]
    return bounds(one for one in listed if isinstance(one, str) and one != "pip")


def test_conda_names_the_packages_of_pyproject_with_the_same_bounds():
    python = {"python": SpecifierSet(PROJECT["requires-python"])}
    assert conda_packages() == bounds(NEEDED) | python


def test_conda_installs_the_helpers_with_pip():
    listed = read_yaml("environment.yml")["dependencies"]
    assert "pip" in listed
    assert [one["pip"] for one in listed if isinstance(one, dict)] == [["-e ."]]


@pytest.mark.parametrize("requirement", sorted({*NEEDED, *chain(*EXTRAS.values())}))
def test_a_package_has_a_lower_and_an_upper_bound(requirement):
    operators = sorted(one.operator for one in Requirement(requirement).specifier)
    assert operators == ["<", ">="]


def test_pythons_start_at_the_oldest_allowed_and_leave_none_out():
    minors = [Version(version).minor for version in python_classifiers()]
    assert PROJECT["requires-python"] == f">=3.{minors[0]}"
    assert minors == list(range(minors[0], minors[-1] + 1))


def test_course_py_looks_for_the_same_pythons():
    course = runpy.run_path(str(ROOT / "course.py"))
    versions = [Version(version).release for version in python_classifiers()]
    assert (course["OLDEST"], course["NEWEST"]) == (versions[0], versions[-1])


def test_the_workflow_runs_on_every_python_of_the_classifiers():
    jobs = read_yaml(".github/workflows/check.yml")["jobs"]
    matrix = jobs["check"]["strategy"]["matrix"]
    versions = {*matrix["python"], *(one["python"] for one in matrix["include"])}
    assert versions == set(python_classifiers())
    # The oldest and the newest run on all systems, the oldest packages on the oldest Python.
    assert matrix["python"] == [python_classifiers()[0], python_classifiers()[-1]]
    setup = [step["with"] for step in jobs["oldest"]["steps"] if "python" in step.get("uses", "")]
    assert setup == [{"python-version": python_classifiers()[0]}]
