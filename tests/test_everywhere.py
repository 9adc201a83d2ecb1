"""The audit of other machines: what it tells, and that nothing passes that was not tried."""

import argparse
import doctest
import importlib
import os
import stat
import subprocess
import sys
from collections import Counter

import nbformat
import pytest

import course
from audit import everywhere, settings
from audit.everywhere import CannotTry, Outcome, attempt, exit_code, read_report, table
from audit.settings import Setting, all_settings, lock_notebooks, together

NAMES = [setting.name for setting in all_settings()]


def options(*arguments):
    parser = argparse.ArgumentParser()
    everywhere.add_command(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def two_notebooks(tmp_path, monkeypatch):
    """In place of the course's notebooks: what both print is a variable; 01 has another saved."""
    folder = tmp_path / "given"
    folder.mkdir()
    source = "import os\nprint(os.environ.get('SETTING', 'not there'))"
    for name, saved in {"00_right": "there\n", "01_wrong": "something else\n"}.items():
        cell = nbformat.v4.new_code_cell(source, execution_count=1)
        cell.outputs = [nbformat.v4.new_output("stream", name="stdout", text=saved)]
        notebook = nbformat.v4.new_notebook(cells=[cell], metadata=course.METADATA)
        nbformat.write(notebook, folder / f"{name}.ipynb")
    monkeypatch.setattr(course, "NOTEBOOKS", folder)


@pytest.mark.parametrize("module", ["audit.cell_orders", "audit.everywhere", "audit.settings"])
def test_the_examples_of_the_docstrings_are_true(module):
    found = doctest.testmod(importlib.import_module(module))
    assert (found.failed, found.attempted > 0) == (0, True)


# Settings -------------------------------------------------------------------------------------


def test_each_setting_has_a_name_of_its_own_and_a_reason():
    assert not [name for name, count in Counter(NAMES).items() if count > 1]
    assert all(setting.reason for setting in all_settings())


def test_whatever_a_system_could_ignore_has_a_probe():
    without = [s.name for s in all_settings() if not (s.probe and s.expected)]
    # Packages cannot be ignored, only fail to install; repeated asks for nothing.
    assert without == ["oldest", "newest", "pre-releases", "repeated"]


def test_a_python_for_each_version_that_the_course_promises():
    promised = [f"python-3.{n}" for n in range(course.OLDEST[1], course.NEWEST[1] + 1)]
    told = {s.name: s.informative for s in all_settings() if s.name.startswith("python-")}
    assert [name for name in told if not told[name]] == promised
    assert list(told.values()).count(True) == 1


def test_settings_that_want_two_things_at_once_are_refused():
    by_name = {setting.name: setting for setting in all_settings()}
    with pytest.raises(ValueError, match="another TZ"):
        together([by_name["zone-kiritimati"], by_name["zone-st-johns"]])
    with pytest.raises(ValueError, match=r"another python \(newest, oldest\)"):
        together([by_name["oldest"], by_name["newest"]])


def test_together_is_what_each_of_them_is():
    by_name = {setting.name: setting for setting in all_settings()}
    names = ["torch-without-simd", "umask-077", "not-root", "offline", "oldest", "folder"]
    both = together([by_name[name] for name in names])
    assert both.reason == ", ".join(names)
    assert both.environment["ATEN_CPU_CAPABILITY"] == "default"
    assert (both.umask, both.not_root, both.python) == (0o077, True, "oldest")
    assert both.wrapper == by_name["offline"].wrapper
    assert both.folder == by_name["folder"].folder
    assert both.only == ()  # the others can touch every notebook
    assert not both.informative
    assert together([both, by_name["warnings"]]).informative


def test_locked_notebooks_cannot_be_written(tmp_path):
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/00_a.ipynb").write_text("{}", encoding="utf-8")
    lock_notebooks(tmp_path)
    for path in (tmp_path / "notebooks", tmp_path / "notebooks/00_a.ipynb"):
        assert not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH)
        path.chmod(0o700)  # so that pytest can take it away


def test_a_locale_that_cannot_be_made_is_told(tmp_path):
    with pytest.raises(ValueError, match="localedef"):
        settings.make_locale("xx_XX.UTF-8")(tmp_path)


# A run ----------------------------------------------------------------------------------------


def test_a_setting_reaches_the_notebooks_and_what_differs_is_told(two_notebooks, capsys):
    setting = Setting("small", "a reason", {"SETTING": "there"})
    outcome = attempt(setting, ["00", "01"], times=1)
    assert [outcome.verdict("00"), outcome.verdict("01")] == ["ok", "FAILED"]
    assert outcome.state == "FAILED"
    told = everywhere.told(outcome)
    assert "01_wrong" in told
    assert "something else" in told
    assert "00_right" not in told
    assert outcome.seconds > 0 or os.name == "nt"  # Windows does not tell
    assert exit_code([outcome], all_must_be_tried=False) == 1


def test_a_cell_that_prints_something_else_the_second_time_is_told(tmp_path, monkeypatch):
    for name, tags in {"00_counts": [], "01_goes_on": ["goes-on"]}.items():
        start = nbformat.v4.new_code_cell("count = 0", execution_count=1)
        step = nbformat.v4.new_code_cell("count += 1\nprint(count)", execution_count=2)
        step.metadata.tags = tags
        step.outputs = [nbformat.v4.new_output("stream", name="stdout", text="1\n")]
        notebook = nbformat.v4.new_notebook(cells=[start, step], metadata=course.METADATA)
        nbformat.write(notebook, tmp_path / f"{name}.ipynb")
    monkeypatch.setattr(course, "NOTEBOOKS", tmp_path)
    (setting,) = everywhere.chosen(["cells-twice"])
    outcome = attempt(setting, ["00", "01"], times=1)
    assert [outcome.verdict("00"), outcome.verdict("01")] == ["FAILED", "ok"]


@pytest.mark.parametrize(
    ("probe", "reason"),
    [
        ("print('C')", "small has no effect: wanted tr_TR, got C"),
        ("pass", "small has no effect: wanted tr_TR, got nothing"),
        ("raise SystemExit(3)", "the probe of small ended with exit code 3: no message"),
        ("raise ValueError(7)", "the probe of small ended with exit code 1: ValueError: 7"),
        pytest.param(
            "import os; os.kill(os.getpid(), 4)",
            "the probe of small ended with signal SIGILL: this CPU has no such instructions",
            marks=pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals"),
        ),
    ],
)
def test_what_has_no_effect_here_was_not_tried(two_notebooks, probe, reason):
    setting = Setting("small", "a reason", probe=probe, expected=("tr_TR",))
    outcome = attempt(setting, ["00"], times=1)
    assert outcome.state == "not tried"
    assert outcome.obstacle.startswith(reason)
    assert outcome.verdict("00") == "-"


def test_a_program_that_is_not_there_is_told(two_notebooks):
    setting = Setting("small", "", wrapper=("no-such-program",), probe="print(1)", expected=("1",))
    outcome = attempt(setting, ["00"], times=1)
    assert outcome.obstacle.startswith("no-such-program does not start: ")


def test_a_part_of_several_settings_that_has_no_effect_is_named(two_notebooks):
    good = Setting("good", "", {"SETTING": "there"}, probe="print(1)", expected=("1",))
    bad = Setting("bad", "", {"OTHER": "1"}, probe="print(1)", expected=("2",))
    outcome = attempt(together([good, bad]), ["00"], times=1)
    assert outcome.obstacle == "bad has no effect: wanted 2, got 1"


def test_a_setting_that_cannot_touch_what_was_asked_for_was_not_tried():
    outcome = attempt(Setting("small", "", only=("12",)), ["00"], times=1)
    assert outcome.obstacle == "it can only touch 12, which was not asked for"


def test_what_the_user_has_set_does_not_count(monkeypatch, tmp_path):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    machine = everywhere.Machine(Setting("small", "", {"HOME": "{copy}/home"}), tmp_path)
    environment = machine.environment()
    assert not {"TZ", "PYTHONHASHSEED"} & set(environment)
    assert environment["HOME"] == f"{tmp_path / 'course'}/home"
    assert environment["PATH"] == os.environ["PATH"]


def test_the_copy_has_the_notebooks_and_nothing_of_the_users(two_notebooks, tmp_path):
    (course.NOTEBOOKS / "my_progress.json").touch()
    (course.NOTEBOOKS / ".ipynb_checkpoints").mkdir()
    copy = tmp_path / "copy"
    everywhere.copy_course(copy)
    copied = sorted(path.name for path in copy.iterdir())
    assert copied == [
        "conftest.py", "course.py", "notebooks", "pyproject.toml", "rnnhelpers", "tests",
    ]  # fmt: skip
    assert sorted(path.name for path in (copy / "notebooks").iterdir()) == [
        "00_right.ipynb", "01_wrong.ipynb",
    ]  # fmt: skip


# What pytest says ------------------------------------------------------------------------------


def read(tmp_path, report, code, notebooks=("00", "01")):
    path = tmp_path / "report.xml"
    path.write_text(report, encoding="utf-8")
    outcome = Outcome(Setting("small", ""))
    ended = subprocess.CompletedProcess([], code, stdout="the last line\n")
    read_report(path, list(notebooks), ended, outcome)
    return outcome


CELL = '<testcase classname="notebooks.{0}" name="Cell 0">{1}</testcase>'


def test_a_notebook_of_which_no_cell_was_run_has_not_passed(tmp_path):
    report = f"<testsuite>{CELL.format('00_a', '')}</testsuite>"
    outcome = read(tmp_path, report, code=0)
    assert [outcome.verdict("00"), outcome.verdict("01")] == ["ok", "FAILED"]
    assert outcome.faults[0] == "01: no cell was run"
    assert "the last line" in outcome.faults[1]


def test_a_cell_that_is_skipped_has_not_passed(tmp_path):
    cells = CELL.format("00_a", "") + CELL.format("01_b", '<skipped message="why"/>')
    outcome = read(tmp_path, f"<testsuite>{cells}</testsuite>", code=0)
    assert outcome.verdict("01") == "FAILED"


def test_a_pytest_that_breaks_down_has_passed_nothing(tmp_path):
    outcome = read(tmp_path, "", code=3)
    assert [outcome.verdict("00"), outcome.verdict("01")] == ["FAILED", "FAILED"]
    assert "the last line" in outcome.faults[-1]


def test_a_bad_ending_after_good_cells_is_not_good(tmp_path):
    cells = CELL.format("00_a", "") + CELL.format("01_b", "")
    outcome = read(tmp_path, f"<testsuite>{cells}</testsuite>", code=-9)
    assert outcome.state == "FAILED"
    assert outcome.faults == ["pytest ended with signal SIGKILL\nthe last line"]


def test_colours_are_left_out_of_what_differs(tmp_path):
    wrong = '<failure message="m">#x1B[91mdisagreed#x1B[0m\n\n  &lt;&lt;&lt; 1</failure>'
    cells = CELL.format("00_a", wrong) + CELL.format("01_b", "")
    outcome = read(tmp_path, f"<testsuite>{cells}</testsuite>", code=1)
    assert outcome.faults == ["00_a, Cell 0\n  disagreed\n    <<< 1"]


def test_of_a_traceback_of_pytests_own_the_message_is_told(tmp_path):
    lines = [
        *(f"    line {n}" for n in range(40)),
        "E   RuntimeError: Kernel died",
        "client.py:207",
    ]
    wrong = f'<error message="m">{chr(10).join(lines)}</error>'
    cells = CELL.format("00_a", wrong) + CELL.format("01_b", "")
    outcome = read(tmp_path, f"<testsuite>{cells}</testsuite>", code=1)
    assert outcome.faults == ["00_a, Cell 0\n  E   RuntimeError: Kernel died"]


# The table and the exit code --------------------------------------------------------------------


def outcomes():
    good, half = Setting("good", ""), Setting("half", "")
    info, never = Setting("info", "", informative=True), Setting("never", "")
    return [
        Outcome(good, passed=Counter({"05": 1, "12": 1}), seconds=61.4),
        Outcome(half, passed=Counter({"05": 9}), failed=Counter({"05": 1}), faults=["x"]),
        Outcome(info, failed=Counter({"05": 1}), faults=["x"]),
        Outcome(never, obstacle="there is no localedef here"),
    ]


def test_the_table_tells_what_passed_what_did_not_and_what_was_not_tried():
    lines = table(outcomes(), ["05", "12"]).splitlines()
    assert [line.split() for line in lines[:5]] == [
        ["setting", "05", "12", "processor", "s"],
        ["good", "ok", "ok", "61"],
        ["half", "9/10", "-", "0"],
        ["info", "FAILED", "-", "0", "information", "only"],
        ["never", "-", "-", "0", "not", "tried"],
    ]
    assert "never: there is no localedef here" in lines
    assert any(line.startswith("12 is tried where PyTorch is installed") for line in lines)
    assert lines[-1] == "1 passed, 2 failed, 1 not tried"


@pytest.mark.parametrize(
    ("which", "named", "code"),
    [([0], True, 0), ([0, 1], False, 1), ([0, 2], True, 0), ([0, 3], False, 0), ([0, 3], True, 1),
     ([3], False, 1)],
)  # fmt: skip
def test_the_exit_code(which, named, code):
    assert exit_code([outcomes()[index] for index in which], all_must_be_tried=named) == code


# The command line -------------------------------------------------------------------------------


def test_the_list_of_settings(capsys):
    assert everywhere.run(options("--list")) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == NAMES


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["turkish"], "no setting is called turkish: there are .*locale-turkish"),
        (["--times", "0"], "--times is 0"),
        (["--notebook", "99"], "There is no notebook 99"),
        (["--together", "zone-kiritimati", "zone-st-johns"], "cannot be together"),
    ],
)
def test_what_cannot_be_run_is_told(arguments, told):
    with pytest.raises(ValueError, match=told):
        everywhere.run(options(*arguments))


# Pythons ----------------------------------------------------------------------------------------


def test_a_python_is_found_by_its_version():
    own = "{}.{}".format(*sys.version_info)
    found = everywhere.find_python(own)
    assert course.output_of([found, "-c", course.VERSION]) == own


def test_a_python_that_is_not_there_is_told():
    with pytest.raises(CannotTry, match=r"there is no Python 3\.99"):
        everywhere.find_python("3.99")


def test_pyenvs_versions_are_looked_at(tmp_path, monkeypatch):
    monkeypatch.setenv("PYENV_ROOT", str(tmp_path))
    for version in ("3.12.1", "3.1.5"):
        (tmp_path / "versions" / version / "bin").mkdir(parents=True)
        (tmp_path / "versions" / version / "bin/python").touch()
    paths = [command[0] for command in everywhere.candidates("3.12")]
    assert str(tmp_path / "versions/3.12.1/bin/python") in paths
    assert str(tmp_path / "versions/3.1.5/bin/python") not in paths


def test_a_python_that_cannot_be_started_is_no_python(tmp_path):
    assert everywhere.may_run(sys.executable, {})
    assert not everywhere.may_run(str(tmp_path / "python"), {})
    (tmp_path / "broken").write_text(f"#!{sys.executable}\nraise SystemExit(1)\n", encoding="utf-8")
    (tmp_path / "broken").chmod(0o755)
    assert not everywhere.may_run(str(tmp_path / "broken"), {})
