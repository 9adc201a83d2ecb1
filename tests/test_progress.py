"""The learner's progress is kept whole or not at all, and nothing of theirs is lost."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from rnnhelpers.exercises import all_tasks, check, progress, show_progress, start_over
from rnnhelpers.exercises.core import CHAPTERS

TASKS = all_tasks()
RIGHT = "tanh-slope", lambda h: 1 - h**2
N = len(TASKS)


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Keep the progress in a folder of its own, as a learner's notebook does."""
    monkeypatch.delenv(progress.VARIABLE)
    monkeypatch.setattr(progress, "COURSE_FOLDER", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "my_progress.json"


def said(capsys, function, *arguments):
    function(*arguments)
    return capsys.readouterr().out


def test_a_right_answer_is_noted_once(file, capsys):
    for _ in range(2):
        assert f"That makes 1 of {N} checks.\n" in said(capsys, check, *RIGHT)
    written = json.loads(file.read_bytes())
    assert written == {"version": 1, "passed": ["tanh-slope"], "crc32": written["crc32"]}
    assert f"That makes 2 of {N} checks." in said(capsys, check, "second-unit", 1.2)
    assert json.loads(file.read_bytes())["passed"] == ["tanh-slope", "second-unit"]


def test_other_answers_and_hints_leave_no_trace(file, capsys):
    check("tanh-slope", lambda h: h)
    check("tanh-slope", lambda h: None)
    check("tanh-slope", ..., hint=1)
    check("second-unit", ...)
    show_progress()
    assert not list(file.parent.iterdir())


def test_a_later_wrong_answer_takes_nothing_away(file, capsys):
    check(*RIGHT)
    check("tanh-slope", lambda h: h)
    assert said(capsys, show_progress).endswith(f"{list(TASKS)[-1]}\n")
    assert json.loads(file.read_bytes())["passed"] == ["tanh-slope"]


def test_progress_is_shown_notebook_by_notebook(file, capsys):
    for name in ("one-hot", "tf-idf"):
        progress.record(name)
    lines = said(capsys, show_progress).splitlines()
    assert lines[0] == f"2 of {N} checks passed."
    assert lines[1].startswith("00 Start here: 0 of 4; open: words-in-order, ")
    assert lines[2].startswith("01 Text to numbers: 2 of 6; open: bag-of-words, bag-at-seventy, ")
    assert len(lines) == 1 + len(CHAPTERS)
    for name in TASKS:
        progress.record(name)
    lines = said(capsys, show_progress).splitlines()
    assert lines[0] == f"{N} of {N} checks passed."
    assert all(line.endswith("; all passed") for line in lines[1:])


def test_who_works_in_a_copy_is_told_where_the_other_record_is(file, capsys, monkeypatch):
    check(*RIGHT)
    copy = file.parent / "Downloads"
    copy.mkdir()
    monkeypatch.chdir(copy)
    for function, arguments in ((show_progress, ()), (check, RIGHT)):
        text = said(capsys, function, *arguments)
        assert (
            "There was no my_progress.json in the folder of this notebook; there is one in " in text
        )
        assert str(file.parent) in text
    assert f"That makes 1 of {N} checks." in text
    assert (copy / "my_progress.json").exists()
    assert "There was no" not in said(capsys, show_progress)


def test_names_that_the_course_no_longer_has_are_kept_and_not_counted(file, capsys):
    file.write_text('{"version": 1, "passed": ["of-an-old-course"]}')
    assert said(capsys, show_progress).startswith(f"0 of {N} checks passed.\n")
    assert f"That makes 1 of {N} checks." in said(capsys, check, *RIGHT)
    assert json.loads(file.read_bytes())["passed"] == ["of-an-old-course", "tanh-slope"]


DAMAGED = {
    "empty": b"",
    "cut off": b'{"version": 1, "passed": ["tanh-',
    "not UTF-8": b'{"version": 1, "passed": ["\xff"]}',
    "UTF-16": '{"version": 1, "passed": []}'.encode("utf-16"),
    "a list": b'["tanh-slope"]',
    "no version": b'{"passed": ["tanh-slope"]}',
    "a version that is no number": b'{"version": "1", "passed": []}',
    "true as version": b'{"version": true, "passed": []}',
    "numbers": b'{"version": 1, "passed": [1, 2]}',
    "not a list": b'{"version": 1, "passed": "tanh-slope"}',
    "deep": b"[" * 100_000,
    "a huge number": b'{"version": 1' + b"0" * 10_000 + b', "passed": []}',
    "huge": b" " * 2_000_000,
    "binary": bytes(range(256)),
    "a checksum of other names": b'{"version": 1, "passed": ["tanh-slope"], "crc32": 1}',
    "a checksum that is no number": b'{"version": 1, "passed": [], "crc32": null}',
    "from a newer course": b'{"version": 2, "passed": ["tanh-slope"]}',
}


def test_a_newer_file_is_told_from_a_damaged_one(file):
    file.write_bytes(DAMAGED["from a newer course"])
    assert "was written by a newer version of the course" in progress.read_passed()[1]


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_reported_and_left_aside(file, capsys, content):
    file.write_bytes(content)
    text = said(capsys, show_progress)
    assert text.startswith(f"0 of {N} checks passed.\n")
    assert "Your progress file my_progress.json " in text
    assert text.endswith("It was left aside as my_progress.damaged-1.json, and a new one begins.\n")
    assert (file.parent / "my_progress.damaged-1.json").read_bytes() == content
    assert not file.exists()
    assert "left aside" not in said(capsys, check, *RIGHT)
    file.write_bytes(content)
    assert "left aside as my_progress.damaged-2.json" in said(capsys, check, *RIGHT)
    assert json.loads(file.read_bytes())["passed"] == ["tanh-slope"]
    assert len(list(file.parent.iterdir())) == 3


def damages_of(content):
    """Return copies of a file: each byte flipped, zero, removed or doubled, and cut off there."""
    for at, byte in enumerate(content):
        for new in ([byte ^ 0x01], [byte ^ 0x20], [byte ^ 0xFF], [0], [], [byte, byte]):
            yield content[:at] + bytes(new) + content[at + 1 :]
        yield content[:at]


def test_damage_to_any_byte_is_told_and_nothing_is_lost(file):
    names = ["tanh-slope", "one-hot"]
    for name in names:
        progress.record(name)
    n_told = 0
    for content in damages_of(file.read_bytes()):
        file.write_bytes(content)
        passed, notice = progress.read_passed()
        if passed == names and not notice:
            continue  # a space more, or the name of the checksum
        n_told += 1
        assert passed == []
        assert "my_progress.json is damaged: " in notice or "by a newer version" in notice
        aside = file.with_name("my_progress.damaged-1.json")
        assert notice.endswith(f" It was left aside as {aside.name}, and a new one begins.")
        assert aside.read_bytes() == content
        aside.unlink()
    assert n_told > 400


def test_a_file_without_a_checksum_is_read_as_it_is(file):
    file.write_text('{"version": 1, "passed": ["one-hot"]}')
    assert progress.read_passed() == (["one-hot"], "")
    assert progress.record("tanh-slope") == (["one-hot", "tanh-slope"], "")
    assert "crc32" in json.loads(file.read_bytes())


@pytest.mark.parametrize(("size", "is_read"), [(1_000_000, True), (1_000_001, False)])
def test_the_largest_file_that_is_read(file, size, is_read):
    file.write_text('{"version": 1, "passed": ["one-hot"]}'.ljust(size))
    passed, notice = progress.read_passed()
    assert passed == (["one-hot"] if is_read else [])
    assert ("larger than any that this course writes" in notice) is not is_read


@pytest.mark.parametrize("position", range(0, 60, 3))
def test_a_changed_byte_never_stops_a_check(file, capsys, position):
    check(*RIGHT)
    content = bytearray(file.read_bytes())
    content[position % len(content)] ^= 0x5F
    file.write_bytes(content)
    capsys.readouterr()
    assert f" of {N} checks." in said(capsys, check, *RIGHT)
    assert "tanh-slope" in json.loads(file.read_bytes())["passed"]
    assert f" of {N} checks passed." in said(capsys, show_progress)


def test_a_folder_in_the_place_of_the_file_is_left_alone(file, capsys):
    file.mkdir()
    (file / "thesis.txt").write_text("mine")
    text = said(capsys, check, *RIGHT)
    assert text.startswith("Right, ")
    assert "Your progress could not be read from my_progress.json: " in text
    assert (file / "thesis.txt").read_text() == "mine"


def test_starting_over_leaves_a_folder_where_it_is(file, capsys):
    file.mkdir()
    assert "could not be renamed: move it away yourself" in said(capsys, start_over)
    assert file.is_dir()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_not_waited_for(file):
    os.mkfifo(file)
    program = (
        "from rnnhelpers.exercises import check, show_progress\n"
        "check('tanh-slope', lambda h: 1 - h**2); show_progress()"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=file.parent, env=env, capture_output=True, text=True,
        check=True, timeout=60,
    )  # fmt: skip
    assert result.stdout.startswith("Right, ")
    assert result.stdout.count("could not be read from my_progress.json: it is no ordinary") == 2


def test_a_name_that_is_too_long_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / ("x" * 300)))
    assert "Your progress could not be " in said(capsys, check, *RIGHT)
    assert said(capsys, start_over).startswith("Nothing to do")


def test_a_link_is_not_followed_out_of_the_folder_but_replaced(file, capsys, tmp_path):
    other = tmp_path / "other.json"
    other.write_text('{"version": 1, "passed": ["one-hot"]}')
    try:
        file.symlink_to(other)
    except OSError:
        pytest.skip("this system does not allow links")
    assert f"That makes 2 of {N} checks." in said(capsys, check, *RIGHT)
    assert other.read_text() == '{"version": 1, "passed": ["one-hot"]}'


def test_a_file_that_cannot_be_written_is_told_and_the_verdict_stands(file, capsys, monkeypatch):
    def full(target, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(progress, "write_whole", full)
    lines = said(capsys, check, *RIGHT).splitlines()
    assert lines[0].startswith("Right, ")
    assert lines[1] == f"That makes 1 of {N} checks."
    assert lines[2].startswith(
        "Your progress could not be kept in my_progress.json: No space left on device."
    )


def test_starting_over_keeps_the_record_under_another_name(file, capsys):
    assert said(capsys, start_over) == "Nothing to do: no check is noted as passed yet.\n"
    check(*RIGHT)
    content = file.read_bytes()
    capsys.readouterr()
    text = said(capsys, start_over)
    assert text.startswith(f"You start over: 0 of {N} checks passed.\n")
    assert "kept as my_progress.earlier-1.json" in text
    assert (file.parent / "my_progress.earlier-1.json").read_bytes() == content
    assert said(capsys, show_progress).startswith(f"0 of {N} checks passed.\n")
    check(*RIGHT)
    start_over()
    assert (file.parent / "my_progress.earlier-2.json").exists()


def test_starting_over_when_the_file_cannot_be_renamed(file, capsys, monkeypatch):
    check(*RIGHT)
    capsys.readouterr()
    monkeypatch.setattr(progress.os, "rename", lambda old, new: (_ for _ in ()).throw(OSError(1)))
    assert "could not be renamed: move it away yourself" in said(capsys, start_over)
    file.write_bytes(b"damaged")
    assert "could not be renamed; move it away yourself" in said(capsys, show_progress)
    assert file.read_bytes() == b"damaged"
    check(*RIGHT)
    assert file.read_bytes() == b"damaged"  # what could not be read is not overwritten


def test_another_file_can_be_named(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "elsewhere.json"))
    assert progress.record("one-hot") == (["one-hot"], "")
    assert (tmp_path / "elsewhere.json").exists()


def test_many_at_once_leave_a_whole_file(file):
    threads = [threading.Thread(target=progress.record, args=(name,)) for name in TASKS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = json.loads(file.read_bytes())["passed"]
    assert set(passed) <= set(TASKS)
    assert [path.name for path in file.parent.iterdir()] == ["my_progress.json"]


def test_the_file_is_never_committed():
    root = Path(__file__).parent.parent
    for name in ("my_progress.json", "my_progress.damaged-1.json", "my_progress.earlier-1.json"):
        ignored = subprocess.run(
            ["git", "check-ignore", "--no-index", "-q", f"notebooks/{name}"], cwd=root, check=False
        )
        assert ignored.returncode in (0, 128), name  # 128: this copy is no git repository
    patterns = (root / ".gitignore").read_text(encoding="utf-8").splitlines()
    assert "my_progress*.json" in patterns


def test_another_kernel_sees_it(file, capsys):
    check(*RIGHT)
    program = "from rnnhelpers.exercises import show_progress; show_progress()"
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=file.parent, env=env, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert result.stdout.startswith(f"1 of {N} checks passed.")


def test_the_folder_of_the_course_is_where_its_notebooks_are():
    assert (progress.COURSE_FOLDER / "00_start_here.ipynb").exists()
