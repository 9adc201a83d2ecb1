"""The first cell of the course tells a good set-up from a bad one."""

import importlib
import sys
from importlib.metadata import PackageNotFoundError

import pytest

import rnnhelpers
import rnnhelpers.environment as environment
from rnnhelpers.environment import check_environment


def test_this_set_up_is_right(capsys):
    check_environment()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "ok       Python"
    assert all(line.startswith("ok ") for line in lines[:-1])
    assert any("jupyterlab" in line for line in lines)
    assert not any("torch" in line or "nbval" in line for line in lines)
    assert lines[-1] == "Your set-up is right. Go on to the next cell."


def test_a_missing_and_an_old_package_are_named(capsys, monkeypatch):
    versions = {"numpy": "1.26.4", "jupyterlab": None}
    real = environment._installed
    monkeypatch.setattr(environment, "_installed", lambda name: versions.get(name, real(name)))
    check_environment()
    text = capsys.readouterr().out
    assert "WRONG    numpy: needs >=2.0,<3, but 1.26.4 is there\n" in text
    assert "MISSING  jupyterlab: needs >=4.2,<5\n" in text
    assert "Your set-up needs mending." in text
    assert "Your set-up is right" not in text


def test_what_is_not_installed_is_found_missing():
    assert environment._installed("a-package-that-nobody-has-made") is None


def test_helpers_that_are_not_installed_are_told(capsys, monkeypatch):
    def nothing_found(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(environment, "metadata", nothing_found)
    check_environment()
    text = capsys.readouterr().out
    assert text.startswith("MISSING  rnnhelpers: it is read from its folder, and is not installed")
    assert "Your set-up needs mending." in text


def test_a_python_that_is_too_old_is_told(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(ImportError, match=r"needs Python 3\.11 or newer, and this is 3\.9\. Open"):
        importlib.reload(rnnhelpers)
