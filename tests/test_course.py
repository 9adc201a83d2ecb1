"""course.py: what it decides, what it tells, and that it never leaves half of something behind."""

import ast
import hashlib
import importlib.util
import json
import os
import sqlite3
import subprocess
import sys
import venv as standard_venv
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def course():
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def here(course, tmp_path):
    """A Venv whose programs are those that these tests run with."""
    venv = course.Venv(tmp_path / ".venv")
    venv.python = sys.executable
    return venv


def start(*arguments):
    command = [sys.executable, str(ROOT / "course.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


# An old Python --------------------------------------------------------------------------------


def test_an_old_python_can_read_course_py():
    source = (ROOT / "course.py").read_bytes()
    assert source.isascii()
    too_new = (ast.JoinedStr, ast.NamedExpr, ast.AnnAssign, ast.Nonlocal, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(source)):
        where = f"line {getattr(node, 'lineno', '?')}"
        assert not isinstance(node, too_new), where
        if isinstance(node, ast.arguments):
            assert not node.kwonlyargs + node.posonlyargs, where
        elif isinstance(node, ast.arg):
            assert node.annotation is None, where
        elif isinstance(node, ast.Raise):
            assert node.cause is None, where
        elif isinstance(node, ast.Dict):
            assert None not in node.keys, where
        elif isinstance(node, ast.List | ast.Tuple | ast.Set):
            assert not any(isinstance(one, ast.Starred) for one in node.elts), where
        elif isinstance(node, ast.Call):
            assert not any(isinstance(one, ast.Starred) for one in node.args[:-1]), where


def test_the_course_opens_with_its_first_notebook(course):
    first = min(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert first == course.START.partition("/")[2]


def test_an_old_python_is_told_what_is_needed_and_what_it_is(course):
    told = course.too_old((3, 8, 18, "final", 0), "/usr/bin/python3")
    assert told.startswith("How RNNs Work needs Python 3.11 or newer; this is Python 3.8 at /usr")
    assert "python.org" in told
    assert "uv" in told


def test_a_newer_python_is_found_on_the_path(course, monkeypatch):
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    found = course.newer_python()
    answer = subprocess.run([found, "-c", course.VERSION], capture_output=True, check=True)
    assert tuple(map(int, answer.stdout.split(b"."))) >= course.OLDEST


def test_no_newer_python_is_found_where_there_is_none(course, monkeypatch, tmp_path):
    too_new = course.PATH_IF_NEW.replace("(3, 11)", "(99, 0)")
    assert course.output_of([sys.executable, "-c", too_new]) == ""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(course, "PATH_IF_NEW", too_new)
    assert course.newer_python() == ""


# The venv -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stamp", "version", "fault"),
    [
        (None, "3.12", ""),
        ({"folder": "HERE", "python": "3.12"}, "3.12", ""),
        ({"folder": "HERE", "python": "3.12"}, "", "does not start"),
        (None, "3.9", "3.9 is too old"),
        ({}, "3.12", "interrupted"),
        ({"folder": "elsewhere", "python": "3.12"}, "3.12", "moved"),
        ({"folder": "HERE", "python": "3.11"}, "3.12", "made for Python 3.11"),
    ],
)
def test_a_broken_venv_is_told_from_a_good_one(course, tmp_path, stamp, version, fault):
    venv = course.Venv(tmp_path)
    if stamp:
        stamp["folder"] = stamp["folder"].replace("HERE", str(tmp_path))
    found = venv.fault(stamp, version)
    assert fault in found
    assert bool(found) == bool(fault)


@pytest.fixture
def made(course, tmp_path):
    """A real, empty venv with a stamp, that notes what would be done instead of downloading."""

    class Noted(course.Venv):
        def create(self):
            self.done.append("create")

        def install(self, extras):
            self.done.append(extras)

    venv = Noted(tmp_path / ".venv")
    venv.done = []
    standard_venv.create(venv.folder, with_pip=False, symlinks=os.name == "posix")
    venv.write_stamp(
        {
            "folder": str(venv.folder),
            "pyproject": hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest(),
            "extras": ["course", "test"],
            "python": "{}.{}".format(*sys.version_info[:2]),
        }
    )
    return venv


def test_a_new_venv_is_made_in_folders_that_are_not_there_yet(course, tmp_path):
    venv = course.Venv(tmp_path / ".venv-audit" / "3.12")
    venv.create()
    assert Path(venv.python).exists()


def test_a_venv_that_is_ready_is_left_alone(made, capsys):
    made.ensure(["course"])
    assert made.done == []
    assert capsys.readouterr().out == ""


def test_another_extra_is_added_to_those_there(made):
    made.ensure(["instructor"])
    assert made.done == [["course", "instructor", "test"]]
    made.ensure(["course", "instructor"])
    assert len(made.done) == 1


def test_a_changed_pyproject_is_installed_into_the_same_venv(made, capsys):
    made.write_stamp(dict(made.read_stamp(), pyproject="of last week"))
    made.ensure(["course"])
    assert made.done == [["course", "test"]]
    assert capsys.readouterr().out.startswith("Updating .venv ... done")


def test_an_interrupted_set_up_begins_anew_and_says_so(made, capsys):
    made.write_stamp({})
    made.ensure(["course"])
    assert made.done == ["create", ["course"]]
    assert capsys.readouterr().out.startswith("Making .venv anew: its set-up was interrupted.\n")


def test_a_step_that_fails_shows_its_last_words(course, here):
    with pytest.raises(course.Trouble, match=r"no room(.|\n)*nothing is lost"):
        here.run_quietly([sys.executable, "-c", "print('no room'); raise SystemExit(3)"])


def test_programs_see_this_venv_and_no_other(course, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONHOME", "/elsewhere")
    monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
    monkeypatch.setenv("MPLBACKEND", "agg")
    environment = course.Venv(tmp_path).environment()
    assert not {"PYTHONHOME", "JUPYTER_PATH", "MPLBACKEND"} & set(environment)
    assert environment["PATH"].split(os.pathsep)[0].startswith(str(tmp_path))
    assert environment["JUPYTER_PREFER_ENV_PATH"] == "1"


@pytest.mark.parametrize("writable", [True, False])
def test_the_home_is_moved_into_the_venv_only_if_it_is_not_writable(
    course, tmp_path, monkeypatch, writable
):
    home = str(tmp_path if writable else tmp_path / "missing")
    monkeypatch.setenv("HOME", home)
    monkeypatch.setenv("USERPROFILE", home)  # what Windows calls it
    found = course.Venv(tmp_path).environment()["HOME"]
    assert found == (home if writable else str(tmp_path / "home"))


# JupyterLab -----------------------------------------------------------------------------------


def test_jupyterlab_is_prepared_and_other_overrides_are_kept(course, tmp_path):
    settings = tmp_path / "settings" / "overrides.json"
    course.prepare_jupyterlab(settings)
    assert json.loads(settings.read_text()) == course.JUPYTERLAB
    notification, notebook, documents = course.JUPYTERLAB
    theirs = {"theme": {"dark": True}, notification: {"doNotDisturbMode": True, "fetchNews": "x"}}
    settings.write_text(json.dumps(theirs))
    course.prepare_jupyterlab(settings)
    assert json.loads(settings.read_text()) == {
        "theme": {"dark": True},
        notification: {
            "doNotDisturbMode": True,
            "fetchNews": "false",
            "checkForUpdates": False,
        },
        notebook: {"windowingMode": "none"},
        documents: {"defaultViewers": {"markdown": "Markdown Preview"}},
    }


def test_notebooks_are_trusted_when_they_changed(course, here, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "NOTEBOOKS", tmp_path)
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    write_notebook(tmp_path / "one.ipynb", "1")
    here.folder.mkdir()
    course.trust(here)
    signatures = tmp_path / "data" / "nbsignatures.db"
    connection = sqlite3.connect(signatures)
    assert connection.execute("select count(*) from nbsignatures").fetchone() == (1,)
    connection.close()
    signatures.unlink()
    course.trust(here)
    assert not signatures.exists()  # nothing has changed, nothing was run


# The checks -----------------------------------------------------------------------------------


def test_checks_go_on_after_a_failure_and_are_summed_up(course, here, capfd):
    checks = [("broken", ["json.tool", "missing.json"]), ("fine", ["calendar", "2026", "1"])]
    assert course.run_checks(here, checks) == 1
    out = capfd.readouterr().out
    assert out.index("broken: FAILED after") < out.index("January 2026") < out.index("fine: ok")
    assert out.endswith("\n1 passed, 1 failed\n")


def test_checks_that_all_pass_exit_with_0(course, here, capfd):
    assert course.run_checks(here, [("fine", ["calendar", "2026", "1"])]) == 0
    assert capfd.readouterr().out.endswith("\n1 passed, 0 failed\n")


def test_what_is_left_out_is_in_the_table_and_does_not_count(course, here, capfd):
    fine = [("fine", ["calendar", "2026", "1"])]
    assert course.run_checks(here, fine, {"browser": "none found"}) == 0
    out = capfd.readouterr().out
    assert out.endswith("browser      left out  (none found)\n\n1 passed, 0 failed\n")


@pytest.fixture
def no_chromium(course, monkeypatch, tmp_path):
    monkeypatch.setenv("RNNHELPERS_CHROMIUM", "")  # put back as it was, if a test sets it
    monkeypatch.setenv("RNNHELPERS_NEEDS_CHROMIUM", "")
    monkeypatch.setenv("RNNHELPERS_NEEDS_GRADING", "1")
    monkeypatch.setenv("RNNHELPERS_NEEDS_PUBLISHING", "")
    monkeypatch.setenv("RNNHELPERS_COVERAGE", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(course, "CHROMIUMS", ["chromium", str(tmp_path / "no browser")])


@pytest.fixture
def run(course, monkeypatch):
    """Note which checks would be run with which extras, and what is left out."""
    noted = []
    monkeypatch.setattr(course.Venv, "ensure", lambda venv, extras: extras)
    monkeypatch.setattr(course, "run_checks", lambda *arguments: noted.append(arguments))
    monkeypatch.setattr(course, "has_torch", lambda venv: True)
    return noted


def test_without_a_chromium_the_browser_check_is_left_out(course, no_chromium, run):
    course.test([])
    why = {
        "browser": "no Chromium found; set RNNHELPERS_CHROMIUM",
        "publishing": "looks at pages in Chromium, too",
    }
    assert run == [(["course", "test", "grading"], [*course.CHECKS, course.GRADING], why)]


@pytest.mark.parametrize("needing", ["RNNHELPERS_NEEDS_CHROMIUM", "RNNHELPERS_NEEDS_PUBLISHING"])
def test_without_a_chromium_that_is_needed_nothing_passes(
    course, no_chromium, run, monkeypatch, needing
):
    monkeypatch.setenv(needing, "1")
    with pytest.raises(course.Trouble, match=f"No Chromium found, and {needing} is set"):
        course.test([])
    assert run == []


def test_a_wrong_path_of_a_chromium_is_told(course, no_chromium, monkeypatch):
    monkeypatch.setenv("RNNHELPERS_CHROMIUM", "/nowhere/chromium")
    with pytest.raises(course.Trouble, match="is /nowhere/chromium: there is no such program"):
        course.find_chromium()


def test_a_chromium_is_found_and_handed_to_the_check(course, no_chromium, run, monkeypatch):
    monkeypatch.setenv("RNNHELPERS_CHROMIUM", sys.executable)
    course.test([])
    why = {"publishing": "site and slides; set RNNHELPERS_NEEDS_PUBLISHING=1"}
    extras = ["course", "test", "grading", "browser"]
    assert run == [(extras, [*course.CHECKS, course.GRADING, course.BROWSER], why)]
    monkeypatch.setenv("RNNHELPERS_CHROMIUM", "")
    monkeypatch.setattr(course, "CHROMIUMS", ["chromium", sys.executable])
    course.test([])
    assert os.environ["RNNHELPERS_CHROMIUM"] == sys.executable
    course.test(["--oldest"])
    assert run[-1][1] == [*course.CHECKS, course.GRADING]


@pytest.mark.parametrize("value", ["", "0"])
def test_nbgrader_is_installed_and_run_only_where_it_is_asked_for(
    course, no_chromium, run, monkeypatch, value
):
    monkeypatch.setenv("RNNHELPERS_NEEDS_GRADING", value)
    course.test([])
    [(extras, checks, left_out)] = run
    assert (extras, checks) == (["course", "test"], course.CHECKS)
    assert "set RNNHELPERS_NEEDS_GRADING=1" in left_out["grading"]


def test_what_is_published_is_checked_where_it_is_asked_for(course, no_chromium, run, monkeypatch):
    monkeypatch.setenv("RNNHELPERS_CHROMIUM", sys.executable)
    monkeypatch.setenv("RNNHELPERS_NEEDS_PUBLISHING", "1")
    course.test([])
    checks = [*course.CHECKS, course.GRADING, course.BROWSER, course.PUBLISHING]
    assert run == [(["course", "test", "grading", "browser", "site", "slides"], checks, {})]


def test_without_pytorch_the_outputs_of_its_notebook_are_left_out(
    course, no_chromium, run, monkeypatch
):
    monkeypatch.setattr(course, "has_torch", lambda venv: False)
    course.test([])
    _, checks, left_out = run[-1]
    assert dict(checks)["notebooks"] == [*dict(course.CHECKS)["notebooks"], "--ignore",
                                         "notebooks/12_from_numpy_to_pytorch.ipynb"]  # fmt: skip
    assert [name for name, _ in checks] == [*dict(course.CHECKS), "grading"]
    assert left_out["notebook 12"] == "its outputs need PyTorch: make setup ARGS=torch"


@pytest.mark.parametrize(("value", "is_measured"), [("1", True), ("", False), ("0", False)])
def test_coverage_is_measured_where_it_is_asked_for(
    course, no_chromium, run, monkeypatch, value, is_measured
):
    monkeypatch.setenv("RNNHELPERS_COVERAGE", value)
    course.test([])
    [(_, checks, _)] = run
    assert {name: "--cov" in command for name, command in checks} == {
        "lint": False, "format": False, "unit tests": is_measured, "notebooks": False,
        "grading": False,
    }  # fmt: skip


def test_a_missing_pytorch_is_an_error_where_it_is_needed(course, here, monkeypatch):
    monkeypatch.setattr(course, "output_of", lambda command: "")
    monkeypatch.setenv("RNNHELPERS_NEEDS_TORCH", "")
    assert not course.has_torch(here)
    monkeypatch.setenv("RNNHELPERS_NEEDS_TORCH", "1")
    with pytest.raises(course.Trouble, match="PyTorch is missing"):
        course.has_torch(here)


# Notebooks ------------------------------------------------------------------------------------


def write_notebook(path, *sources):
    cells = [nbformat.v4.new_code_cell(text, id=f"cell-{i}") for i, text in enumerate(sources)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)


def test_a_notebook_is_executed_and_a_second_time_byte_for_byte_the_same(
    course, here, tmp_path, capsys
):
    path = tmp_path / "01_good one.ipynb"
    in_pieces = "import sys, time\nprint('é', end=' ', flush=True)\ntime.sleep(0.3)\nprint(6 * 7)"
    write_notebook(path, in_pieces, "assert 'ipykernel' in sys.modules")
    assert course.execute(here, path)
    first = path.read_bytes()
    notebook = nbformat.reads(first.decode(), as_version=4)
    assert [output.text for output in notebook.cells[0].outputs] == ["é 42\n"]
    assert [cell.execution_count for cell in notebook.cells] == [1, 2]
    assert notebook.metadata == course.METADATA
    assert course.execute(here, path)
    assert path.read_bytes() == first
    assert list(tmp_path.glob("*")) == [path]
    assert capsys.readouterr().out.splitlines()[0].startswith("01_good one      ")


def test_a_failing_notebook_stays_as_it_was_and_its_cell_is_shown(course, here, tmp_path, capsys):
    path = tmp_path / "02_bad.ipynb"
    write_notebook(path, "state = 'ready'", "state / 2  # the culprit", "print('never')")
    before = path.read_bytes()
    assert not course.execute(here, path)
    assert path.read_bytes() == before
    assert list(tmp_path.glob("*")) == [path]
    out = capsys.readouterr().out
    assert "FAILED, left as it was" in out.splitlines()[0]
    assert "state / 2  # the culprit" in out
    assert "TypeError: unsupported operand" in out
    assert "nbconvert" not in out  # only the learner's own traceback
    assert "\x1b" not in out


def test_a_long_traceback_is_shown_from_the_cell_to_the_error(course):
    before = (
        "a frame of nbclient\n" * 20 + "An error occurred while executing the following cell:\n"
    )
    inside = "the cell\n" + "a frame of the cell\n" * 20 + "ValueError: \x1b[31mbad\x1b[0m\n"
    found = course.useful_part(before + inside)
    assert found.startswith("the cell\na frame of the cell\n")
    assert found.endswith("\nValueError: bad")
    assert course.useful_part("no kernel") == "no kernel"


def test_notebooks_are_chosen_by_their_names(course, tmp_path, monkeypatch):
    monkeypatch.setattr(course, "NOTEBOOKS", tmp_path)
    paths = [tmp_path / name for name in ("00_start.ipynb", "01_text.ipynb", "02_words.ipynb")]
    for path in paths:
        path.touch()
    assert course.chosen([]) == paths
    assert course.chosen(["02", "notebooks/00_start.ipynb"]) == [paths[0], paths[2]]
    with pytest.raises(course.Trouble, match="no notebook 07"):
        course.chosen(["01", "07"])


# The command line -----------------------------------------------------------------------------


def test_an_unknown_command_shows_the_help_and_exits_with_2():
    result = start("lba")
    assert result.returncode == 2
    assert result.stdout.startswith("There is no command lba.\n")
    assert "  lab  " in result.stdout


@pytest.mark.parametrize("arguments", [[], ["help"], ["--help"]])
def test_help_names_every_command(course, arguments):
    result = start(*arguments)
    assert result.returncode == 0
    assert set(course.COMMANDS) <= set(result.stdout.split())


def test_trouble_is_told_without_a_traceback():
    result = start("test", "--fast")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == "test knows no argument but --oldest.\n"


def test_ctrl_c_and_a_folder_of_somebody_else_are_told_kindly(course, monkeypatch, capsys):
    def raising(error):
        def command(arguments):
            raise error

        return command

    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)  # main sets how it encodes
    monkeypatch.setitem(course.COMMANDS, "lab", raising(KeyboardInterrupt()))
    assert course.main(["lab"]) == 130
    monkeypatch.setitem(course.COMMANDS, "lab", raising(PermissionError(13, "denied", ".venv")))
    assert "yours to write in" in course.main(["lab"])


# For instructors ------------------------------------------------------------------------------


@pytest.fixture
def commands(course, monkeypatch):
    """Note what would be run in the course's environment."""
    noted = []

    class Done:
        returncode = 0

    monkeypatch.setattr(course.Venv, "ensure", lambda venv, extras: venv)
    monkeypatch.setattr(
        course.Venv, "run", lambda venv, *command, **options: noted.append(command) or Done
    )
    return noted


WRITERS = {
    "handout": ("rnnhelpers.exercises", "handout"),
    "assignments": ("rnnhelpers.exercises", "assignments"),
    "slides": ("publishing", "slides"),
}
every_writer = pytest.mark.parametrize("name", WRITERS)


@every_writer
def test_all_notebooks_are_written_or_those_named(course, commands, name):
    every = [str(path) for path in sorted(course.NOTEBOOKS.glob("*.ipynb"))]
    assert course.COMMANDS[name]([]) == 0
    assert course.COMMANDS[name](["01", "--to", "week-1", "03"]) == 0
    named = [path for path in every if Path(path).name.startswith(("01", "03"))]
    assert commands == [(*WRITERS[name], name, *every), (*WRITERS[name], "week-1", *named)]


@every_writer
@pytest.mark.parametrize("arguments", [["99"], ["week-1"]])
def test_a_notebook_that_is_not_there_is_refused(course, commands, name, arguments):
    with pytest.raises(course.Trouble, match="There is no notebook"):
        course.COMMANDS[name](arguments)
    assert commands == []


@every_writer
def test_to_nowhere_is_refused(course, commands, name):
    with pytest.raises(course.Trouble, match="--to needs the name of a folder"):
        course.COMMANDS[name](["01", "--to"])


def test_the_site_is_built(course, commands):
    assert course.site(["--lite"]) == 0
    assert commands == [("publishing", "site", "--lite")]


def test_the_list_of_exercises_is_printed(course, commands):
    assert course.exercises([]) == 0
    assert course.exercises(["05"]) == 0
    assert commands == [
        ("rnnhelpers.exercises", "list"),
        ("rnnhelpers.exercises", "list", "05"),
    ]
