"""The learner's own text file in notebook 07: whatever it is, they are told what to do."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rnnhelpers.datasets import MOST_BYTES, load_text_file

ROOT = Path(__file__).resolve().parents[1]
TEXT = "\n".join(f"Line {n} is unlike line {n * n}: é, ß, 日." for n in range(200))
PNG = (ROOT / "docs" / "cell.png").read_bytes()
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")


@pytest.fixture
def own(tmp_path):
    """A file of the learner's, in a folder with letters that are not English."""
    folder = tmp_path / "Überschrift 日本"
    folder.mkdir()
    return folder / "meine schöne Datei.txt"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        TEXT.replace("\n", "\r\n", 50).replace("\n", "\r", 20).encode(),
        TEXT.encode() + b"\n\n\n \n",
    ],
    ids=["plain", "with a mark", "of Windows", "of an old Mac", "of all systems", "blank lines"],
)
def test_line_ends_and_marks_do_not_matter(own, data):
    own.write_bytes(data)
    text = load_text_file(own)
    assert re.split(r"\n+", f"{text.train}\n{text.held_out}") == TEXT.split("\n")


@pytest.mark.parametrize(
    "data",
    [TEXT.replace("\n", " "), TEXT.replace("\n", "").replace(" ", "")],
    ids=["one line", "one line without spaces"],
)
def test_one_line_is_cut_as_well(own, data):
    own.write_text(data, encoding="utf-8")
    text = load_text_file(own)
    assert data in (text.train + text.held_out, f"{text.train} {text.held_out}")
    assert 0.05 < len(text.held_out) / len(data) < 0.15


REFUSED = {
    "empty": (b"", "is empty: expected a text to learn from"),
    "a mark alone": (b"\xef\xbb\xbf", "is empty: expected a text to learn from"),
    "blank": (b" \r\n\t\n" * 99, "is empty: expected a text to learn from"),
    "one character": (b"a", "has 1 characters without repeats: expected at least 1000"),
    "repeats": (b"again and again\n\n" * 999, "has 15 characters without repeats: expected"),
    "UTF-16": (TEXT.encode("utf-16"), "is in UTF-16: expected UTF-8; in your editor, save"),
    "UTF-16, big-endian": (b"\xfe\xff" + TEXT.encode("utf-16-be"), "is in UTF-16: expected"),
    "UTF-32": (TEXT.encode("utf-32"), "is in UTF-32: expected UTF-8"),
    "UTF-16 without a mark": ("abc\n".encode("utf-16-le") * 999, "has zero bytes in it: expected"),
    "Latin-1": (
        TEXT.replace("日", "x").encode("latin-1"),
        "is not text in UTF-8 (line 1, byte 25 is 0xe9",
    ),
    "zeros": (bytes(9999), "has zero bytes in it: expected plain text"),
    "a zero": (TEXT.encode() + b"\0", "has zero bytes in it: expected plain text"),
    "a PNG": (PNG, "is a PNG picture: expected plain text, saved as UTF-8; export the text"),
    "a PDF": (b"%PDF-1.7\n" + bytes(range(256)), "is a PDF: expected plain text"),
    "a Word file": (b"PK\x03\x04" + bytes(99), "is a zip file, as those of Word and of e-books"),
    "cut in a character": (TEXT.encode() + b"\xe6\x97", "is not text in UTF-8 (line 200, byte"),
    "random": (bytes(range(254, 0, -1)) * 9, "is not text in UTF-8 (line 1, byte 0 is 0xfe"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_text_is_told_with_what_to_do(own, data, message):
    own.write_bytes(data)
    with pytest.raises(ValueError, match=re.escape(f"{own.name} {message}")) as refused:
        load_text_file(own)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_where_the_bytes_are_wrong_is_told(own):
    own.write_bytes("First line\nDas Mädchen\n".encode("latin-1") * 99)
    with pytest.raises(ValueError, match=r"\(line 2, byte 16 is 0xe4, after 'Das M'\)"):
        load_text_file(own)


def test_a_file_that_is_too_large_is_not_read_to_its_end(own):
    with own.open("wb") as file:  # full of holes: it takes no room
        file.truncate(200_000_000_000)
    program = f"""
import resource, sys
from rnnhelpers.datasets import load_text_file
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
try:
    load_text_file({str(own)!r})
except ValueError as error:
    print(error)
"""
    if os.name == "nt":
        program = program.replace("resource, ", "").replace("resource.setrlimit", "#")
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert result.stdout.startswith(f"{own.name} has 200,000 MB: expected at most 50; half a ")
    assert "save the beginning of it under another name" in result.stdout


def test_a_large_file_is_read(own):
    own.write_bytes(b"".join(b"Line %d.\n" % n for n in range(100_000)))
    assert own.stat().st_size < MOST_BYTES
    assert len(load_text_file(own).train) > 1_000_000


def test_a_folder_is_told(own):
    own.mkdir()
    with pytest.raises(ValueError, match="is a folder: expected the name of a text file"):
        load_text_file(own)
    with pytest.raises(ValueError, match="is a folder: expected the name of a text file"):
        load_text_file(own.anchor)


def test_a_name_that_is_nearly_right_is_told(own):
    own.write_text(TEXT, encoding="utf-8")
    near = own.with_name("meine schoene Datei.txt")
    with pytest.raises(FileNotFoundError, match=f"beside the notebook; did you mean {own.name}"):
        load_text_file(near)
    with pytest.raises(FileNotFoundError, match=r"no file a.txt in .*, which is no folder"):
        load_text_file(own / "a.txt")
    with pytest.raises(FileNotFoundError, match=r"beside the notebook$"):
        load_text_file(own.parent / "nowhere" / "a.txt")


@pytest.mark.parametrize("name", ["", "  ", "a\0b", "a\ud800b"])
def test_what_is_no_name_is_told(name):
    with pytest.raises(ValueError, match=r"path is .*: expected the name of a file"):
        load_text_file(name)


@pytest.mark.parametrize("name", [None, 7, b"own.txt", ["own.txt"]])
def test_a_name_of_another_type_is_told(name):
    with pytest.raises(TypeError, match=r"path is a .*: expected the name of a file, as a str"):
        load_text_file(name)


@on_posix
def test_a_pipe_is_not_waited_for_and_a_device_is_not_read(own):
    os.mkfifo(own)
    for path in (own, Path("/dev/zero")):
        with pytest.raises(ValueError, match=f"{path.name} is a pipe or a device: expected"):
            load_text_file(path)


@on_posix
def test_a_file_that_may_not_be_read_is_told(own, monkeypatch):
    own.write_text(TEXT, encoding="utf-8")
    own.chmod(0)
    monkeypatch.chdir(own.parent)
    user = os.geteuid()
    try:
        if user == 0:  # who may read everything
            os.seteuid(65534)
        with pytest.raises(PermissionError, match="may not be read by you: expected a file of you"):
            load_text_file(own.name)
    finally:
        os.seteuid(user)


def test_the_notebook_shows_the_message_in_its_last_line(own):
    notebook = nbformat.read(ROOT / "notebooks" / "07_generating_text.ipynb", as_version=4)
    [cell] = [one for one in notebook.cells if "load_text_file" in one.source]
    own.write_bytes(TEXT.encode("utf-16"))
    assert "my_file = None" in cell.source
    code = cell.source.replace("my_file = None", f"my_file = {str(own)!r}")
    with pytest.raises(ValueError, match="is in UTF-16") as refused:
        exec(compile(code, "cell", "exec"), {})
    assert "\n" not in str(refused.value)
