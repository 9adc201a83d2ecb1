"""The table of the dependencies says what pyproject.toml says, and what the packages say."""

import doctest
import tomllib
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from audit import licences, packages
from audit.licences import kind_of, licences_of, listed_dependencies

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LISTED = listed_dependencies((ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"))


def asked_for():
    groups = {"every learner": PROJECT["dependencies"], **PROJECT["optional-dependencies"]}
    found = {}
    for group, lines in groups.items():
        for line in lines:
            found.setdefault(Requirement(line).name, set()).add(group)
    return found


def installed():
    for name in LISTED:
        try:
            yield name, metadata(name)
        except PackageNotFoundError:
            continue


def test_each_dependency_is_listed_with_who_needs_it():
    assert {name: set(row.needed_for) for name, row in LISTED.items()} == asked_for()
    assert list(LISTED) == sorted(LISTED)


def test_each_has_its_reason():
    assert [name for name, row in LISTED.items() if not row.reason] == []


def test_the_licences_are_those_of_the_installed_packages():
    there = dict(installed())
    assert {Requirement(line).name for line in PROJECT["dependencies"]} <= set(there)
    assert {name: LISTED[name].licence in licences_of(each) for name, each in there.items()} == (
        dict.fromkeys(there, True)
    )


def test_the_releases_that_ci_holds_are_within_the_bounds():
    lines = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").split()
    [torch] = PROJECT["optional-dependencies"]["torch"]
    [held] = [Requirement(line) for line in lines]
    [pin] = held.specifier
    assert held.name == Requirement(torch).name
    assert pin.operator == "=="
    assert Requirement(torch).specifier.contains(pin.version)


@pytest.mark.parametrize("module", [licences, packages])
def test_the_examples_of_the_docstrings_are_true(module):
    found = doctest.testmod(module)
    assert found.attempted > 0
    assert found.failed == 0


@pytest.mark.parametrize(
    ("fields", "families", "kind"),
    [
        ({"License-Expression": "Apache-2.0 OR BSD-2-Clause"}, ["Apache-2.0", "BSD"], "permissive"),
        ({"License-Expression": "(MIT OR GPL-2.0) AND MIT"}, ["MIT", "GPL"], "copyleft"),
        ({"License-Expression": "GPL-3.0-only OR MIT"}, ["GPL", "MIT"], "permissive"),
        ({"License": "MPL-2.0 AND MIT"}, ["MPL-2.0", "MIT"], "copyleft of its files"),
        ({"Classifier": ["License :: OSI Approved :: MIT License"]}, ["MIT"], "permissive"),
        (
            {"Classifier": ["License :: OSI Approved :: GNU General Public License v3 (GPLv3)"]},
            ["GPL"],
            "copyleft",
        ),
        (
            {"Classifier": ["License :: OSI Approved :: GNU Lesser General Public License v3"]},
            ["LGPL"],
            "copyleft of its files",
        ),
        ({"License": "AGPL-3.0-only"}, ["GPL"], "copyleft"),
        ({"License": "For research"}, ["For research"], "unknown"),
        ({"License": "UNKNOWN"}, [], "unknown"),
        ({"Name": "axe-playwright-python"}, ["MIT", "MPL-2.0"], "copyleft of its files"),
        ({"License": "Copyright (c) A\n\nAll rights reserved"}, [], "unknown"),
        ({}, [], "unknown"),
    ],
)
def test_a_licence_is_read_from_where_the_package_says_it(fields, families, kind):
    assert licences_of(fields) == families
    assert kind_of(fields) == kind
