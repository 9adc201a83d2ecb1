"""On a shared server: learners get their own copies, and nothing that they changed is lost."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from rnnhelpers import classroom
from rnnhelpers.classroom import RECORD, Given, give_copies

ROOT = Path(__file__).resolve().parents[1]
NAME = "notebooks/01.txt"  # signing notebooks takes a while, and has a test of its own
BESIDE = "notebooks/01.newer-1.txt"
FIRST = hashlib.sha256(b"first edition").hexdigest()


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "shared" / "course"
    (folder / "notebooks").mkdir(parents=True)
    (folder / "docs").mkdir()
    (folder / NAME).write_text("first edition")
    (folder / "docs/glossary.md").write_text("terms")
    return folder


@pytest.fixture
def own(tmp_path):
    return tmp_path / "home" / "course"


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_text()
        for path in folder.rglob("*")
        if path.is_file() and path.name != RECORD
    }


def test_at_first_everything_is_copied(shared, own):
    assert give_copies(shared, own) == Given(new=("docs/glossary.md", NAME))
    assert contents(own) == {NAME: "first edition", "docs/glossary.md": "terms"}


def test_a_second_time_nothing_is_done(shared, own):
    give_copies(shared, own)
    before = {path: path.stat().st_mtime_ns for path in own.rglob("*")}
    assert give_copies(shared, own) == Given()
    assert {path: path.stat().st_mtime_ns for path in own.rglob("*")} == before


def test_what_the_learner_saved_stays_and_is_told_of_no_edition_twice(shared, own):
    give_copies(shared, own)
    (own / NAME).write_text("my answer")
    assert give_copies(shared, own) == Given()
    assert contents(own)[NAME] == "my answer"
    assert sorted(contents(own)) == ["docs/glossary.md", NAME]


def test_a_newer_edition_replaces_what_was_not_touched(shared, own):
    give_copies(shared, own)
    (shared / NAME).write_text("second edition")
    assert give_copies(shared, own) == Given(renewed=(NAME,))
    assert contents(own)[NAME] == "second edition"
    (own / NAME).write_text("my answer")
    (shared / NAME).write_text("third edition")
    assert give_copies(shared, own) == Given(beside=(BESIDE,))


def test_a_newer_edition_is_laid_beside_what_was_changed_once(shared, own):
    give_copies(shared, own)
    (own / NAME).write_text("my answer")
    (shared / NAME).write_text("second edition")
    assert give_copies(shared, own) == Given(beside=(BESIDE,))
    assert contents(own)[NAME] == "my answer"
    assert contents(own)[BESIDE] == "second edition"
    (own / BESIDE).unlink()
    assert give_copies(shared, own) == Given()


def test_two_newer_editions_lie_beside_each_other(shared, own):
    give_copies(shared, own)
    (own / NAME).write_text("my answer")
    for edition in ("second edition", "third edition"):
        (shared / NAME).write_text(edition)
        give_copies(shared, own)
    assert contents(own)["notebooks/01.newer-1.txt"] == "second edition"
    assert contents(own)["notebooks/01.newer-2.txt"] == "third edition"


def test_interrupted_before_the_record_was_written_the_same_edition_is_not_laid_there_twice(
    shared, own
):
    give_copies(shared, own)
    before = (own / RECORD).read_bytes()
    (own / NAME).write_text("my answer")
    (shared / NAME).write_text("second edition")
    give_copies(shared, own)
    (own / RECORD).write_bytes(before)
    give_copies(shared, own)
    assert set(contents(own)) == {"docs/glossary.md", NAME, BESIDE}


def test_a_deleted_or_renamed_file_is_given_anew(shared, own):
    give_copies(shared, own)
    (own / NAME).rename(own / "notebooks/mine.txt")
    assert give_copies(shared, own) == Given(new=(NAME,))
    assert contents(own)["notebooks/mine.txt"] == "first edition"


def test_what_is_no_longer_shared_stays_with_the_learner(shared, own):
    give_copies(shared, own)
    (shared / NAME).unlink()
    assert give_copies(shared, own) == Given()
    assert contents(own)[NAME] == "first edition"


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "{}",
        json.dumps({"version": 2, "given": {NAME: FIRST}}),
        json.dumps({"version": 1, "given": [NAME]}),
        "[" * 100_000,
    ],
)
def test_without_a_record_what_differs_counts_as_changed(shared, own, record):
    give_copies(shared, own)
    (own / RECORD).write_text(record)
    (shared / NAME).write_text("second edition")
    assert give_copies(shared, own) == Given(beside=(BESIDE,))
    assert contents(own)[NAME] == "first edition"


def test_a_file_that_is_the_same_already_is_only_noted_down(shared, own):
    (own / "notebooks").mkdir(parents=True)
    (own / NAME).write_text("first edition")
    assert give_copies(shared, own) == Given(new=("docs/glossary.md",))
    given = json.loads((own / RECORD).read_text())["given"]
    assert given[NAME] == FIRST


def test_progress_and_hidden_files_of_the_instructor_are_not_given(shared, own):
    for name in ("my_progress.json", ".hidden", ".ipynb_checkpoints/01.ipynb", "__pycache__/a.pyc"):
        path = shared / "notebooks" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("of the instructor")
    give_copies(shared, own)
    assert sorted(contents(own)) == ["docs/glossary.md", NAME]


def test_the_record_of_progress_is_never_touched(shared, own):
    give_copies(shared, own)
    mine = own / "notebooks" / "my_progress.json"
    mine.write_text("mine")
    (shared / "notebooks" / "my_progress.json").write_text("of somebody")
    give_copies(shared, own)
    assert mine.read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_is_left_alone(shared, own):
    (own / NAME).mkdir(parents=True)
    assert give_copies(shared, own).beside == (BESIDE,)
    assert (own / NAME).is_dir()


def test_a_file_in_the_place_of_a_folder_is_told_and_the_others_are_given(shared, own):
    own.mkdir(parents=True)
    (own / "notebooks").write_text("mine")
    given = give_copies(shared, own)
    assert given.new == ("docs/glossary.md",)
    assert [failure.partition(":")[0] for failure in given.failed] == [NAME]
    assert (own / "notebooks").read_text() == "mine"


def test_copies_are_the_learners_own_to_write_in(shared, own):
    (shared / NAME).chmod(0o444)
    give_copies(shared, own)
    assert os.access(own / NAME, os.W_OK)
    assert (own / NAME).stat().st_mode & 0o200


def test_no_shared_folder_is_told(tmp_path):
    with pytest.raises(NotADirectoryError, match="expected the one with the course"):
        give_copies(tmp_path / "missing", tmp_path / "own")


@pytest.mark.parametrize(("empty", "folders"), [("shared", ("", "own")), ("own", ("shared", ""))])
def test_a_variable_that_is_not_set_is_no_folder(empty, folders, shared, monkeypatch):
    monkeypatch.chdir(shared.parent)
    before = sorted(shared.parent.rglob("*"))
    with pytest.raises(ValueError, match=f"{empty} is empty: expected the path of a folder"):
        give_copies(*folders)
    assert sorted(shared.parent.rglob("*")) == before


@pytest.mark.parametrize("folder", ["a\0b", "\ud800"])
def test_what_can_be_no_name_is_no_folder(folder, shared):
    with pytest.raises(ValueError, match=r"own is '.*': expected the path of a folder"):
        give_copies(shared, folder)


# The command ----------------------------------------------------------------------------------


def start(home, *arguments, cwd=None, **environment):
    command = [sys.executable, "-P", "-m", "rnnhelpers.classroom", *map(str, arguments)]
    ours = {"HOME": str(home), "PYTHONPATH": str(ROOT), "TMPDIR": str(home)}
    environment = os.environ | ours | environment
    # Whatever sets these is not the learner.
    environment.pop("JUPYTER_DATA_DIR", None)
    return subprocess.run(
        command, env=environment, cwd=cwd or home, capture_output=True, text=True, check=False
    )


needs_posix = pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run on Windows")


@needs_posix
def test_the_command_takes_over_with_its_arguments_and_exit_code(shared, tmp_path):
    program = "import os, sys; print(sys.argv[1:], os.environ['JUPYTER_RUNTIME_DIR'])"
    program += "; sys.exit(7)"
    result = start(tmp_path, shared, sys.executable, "-c", program, "--port", "1")
    [runtime] = tmp_path.glob("jupyter-*")
    assert (result.returncode, result.stdout) == (7, f"['--port', '1'] {runtime}\n")
    assert (tmp_path / "course" / NAME).read_text() == "first edition"


@needs_posix
def test_the_folder_in_which_it_is_called_can_be_the_shared_one(shared, tmp_path):
    for folder, is_given in ((".", True), ("", False)):
        home = tmp_path / f"home{folder}"
        home.mkdir()
        done = start(home, folder, sys.executable, "-c", "print('at work')", cwd=shared)
        assert done.stdout == "at work\n"
        assert (home / shared.name / NAME).exists() is is_given
        assert ("shared is empty: expected the path of a folder" in done.stderr) is not is_given


@needs_posix
def test_the_folder_of_the_sockets_is_the_learners_alone(shared, tmp_path):
    program = "import os; print(oct(os.stat(os.environ['JUPYTER_RUNTIME_DIR']).st_mode & 0o777))"
    result = start(tmp_path, shared, sys.executable, "-c", program)
    assert result.stdout == "0o700\n"
    result = start(
        tmp_path, shared, sys.executable, "-c",
        "import os; print(os.environ['JUPYTER_RUNTIME_DIR'])", JUPYTER_RUNTIME_DIR="/chosen",
    )  # fmt: skip
    assert result.stdout == "/chosen\n"


@needs_posix
@pytest.mark.parametrize("problem", ["missing", "a file in the way", "no notebook"])
def test_the_server_starts_whatever_happens_and_the_log_says_what(shared, tmp_path, problem):
    folder = shared
    if problem == "missing":
        folder = shared / "missing"
    elif problem == "a file in the way":
        (tmp_path / "course").write_text("mine")
    else:
        (shared / "notebooks/02.ipynb").write_text("no notebook")
    result = start(tmp_path, folder, sys.executable, "-c", "print('started')")
    assert (result.returncode, result.stdout) == (0, "started\n")
    told = {"missing": "expected the one with the course", "a file in the way": "failed: ",
            "no notebook": "the copies were not signed"}  # fmt: skip
    assert told[problem] in result.stderr


@needs_posix
def test_a_module_of_the_learner_is_not_taken_for_another(shared, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('the wrong module')")
    result = start(tmp_path, shared, sys.executable, "-P", "-c", "print('started')")
    assert result.stdout == "started\n"


def test_copies_are_signed_and_changed_ones_are_not(tmp_path, monkeypatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "data"))
    given, foreign = tmp_path / "given.ipynb", tmp_path / "foreign.ipynb"
    for path, text in [(given, "1"), (foreign, "2")]:
        cell = nbformat.v4.new_code_cell(text, id="one")
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    classroom.trust_notebooks([given, tmp_path / "glossary.md"])
    notary = NotebookNotary()
    trusted = [notary.check_signature(nbformat.read(path, 4)) for path in (given, foreign)]
    notary.store.close()
    assert trusted == [True, False]


def test_only_copying_is_possible_and_no_argument_is_told(shared, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(classroom, "trust_notebooks", list)
    assert classroom.main([str(shared)]) is None
    assert capsys.readouterr().err == f"classroom: new: docs/glossary.md, {NAME}\n"
    assert classroom.main([]).startswith("usage: ")
    monkeypatch.setattr(sys, "argv", ["classroom.py"])
    assert classroom.main().startswith("usage: ")
    monkeypatch.setattr(sys, "argv", ["classroom.py", str(shared)])
    assert classroom.main() is None
