"""Which checks a learner has passed, kept in a small file of their own.

The file, ``my_progress.json``, lies beside the notebooks: it goes where they go, and deleting it
deletes the record. It holds names and their checksum, no times and no answers. It is written whole
or not at all; a file that cannot be understood is left aside under another name, never lost. A file
without a checksum, of an earlier edition or written by hand, is read as it is.
"""

import errno
import itertools
import json
import os
import stat
import zlib
from pathlib import Path

from rnnhelpers._files import write_whole

FILE_NAME = "my_progress.json"
VARIABLE = "RNNHELPERS_PROGRESS"
"""The environment variable that names another file; the tests set it."""

OFF = "off"
"""Its value where answers are graded: then no progress is kept."""

COURSE_FOLDER = Path(__file__).parents[2] / "notebooks"
"""Where the notebooks of the course lie, if the package is used from its own folder."""

VERSION = 1
CHECKSUM = "crc32"
"""Its key in the file. An earlier edition of the course does not look at it."""
MOST_BYTES = 1_000_000


class _Damaged(ValueError):
    """The file is not one that `record` wrote."""


def progress_file():
    """Return the path of the learner's file: beside the notebook, unless `VARIABLE` says else.

    Returns
    -------
    pathlib.Path
        The file need not exist.
    """
    named = Path(os.environ.get(VARIABLE) or FILE_NAME)
    try:
        return named.absolute()
    except FileNotFoundError:  # the folder that we are in has been deleted
        return named


def is_kept():
    """Tell whether progress is kept: unless `VARIABLE` is `OFF`.

    Returns
    -------
    bool
        False where somebody else's answers are run.
    """
    return os.environ.get(VARIABLE) != OFF


def read_passed():
    """Read which checks were passed; leave a damaged file aside.

    Returns
    -------
    passed : list of str
        The names of the tasks, in the order in which they were passed first.
    notice : str
        What to tell the learner about the file; usually empty.
    """
    path = progress_file()
    try:
        return _parse(_read(path)), ""
    except FileNotFoundError:
        return [], _about_another_file()
    except OSError as error:
        return [], f"Your progress could not be read from {path.name}: {error.strerror}."
    except _Damaged as damage:
        aside = _set_aside(path, "damaged")
        kept = f"It was left aside as {aside}, and a new one begins." if aside else (
            "It could not be renamed; move it away yourself, and a new one begins."
        )  # fmt: skip
        return [], f"Your progress file {path.name} {damage}. {kept}"


def record(name):
    """Note down that a check was passed.

    Parameters
    ----------
    name : str
        The name of the task.

    Returns
    -------
    passed : list of str
        The names of all tasks passed, this one included.
    notice : str
        What to tell the learner about the file; usually empty.
    """
    passed, notice = read_passed()
    if name in passed:
        return passed, notice
    passed = [*passed, name]
    path = progress_file()
    if not notice or not os.path.exists(path):  # what could not be read is not overwritten
        content = {"version": VERSION, "passed": passed, CHECKSUM: _checksum(passed)}
        try:
            write_whole(str(path), (json.dumps(content, indent=1) + "\n").encode())
        except OSError as error:
            notice = notice or (
                f"Your progress could not be kept in {path.name}: {error.strerror}. "
                "Is the folder write-protected, or the disk full?"
            )
    return passed, notice


def set_progress_aside():
    """Begin anew: give the learner's file another name.

    Returns
    -------
    str
        The new name; empty if there was no file, or it could not be renamed.
    """
    path = progress_file()
    is_file = os.path.lexists(path) and not os.path.isdir(path)
    return _set_aside(path, "earlier") if is_file else ""


def _about_another_file():
    """Tell somebody who works in a copy of the notebooks where there is a record already."""
    if os.environ.get(VARIABLE) or not (COURSE_FOLDER / FILE_NAME).exists():
        return ""
    return (
        f"There was no {FILE_NAME} in the folder of this notebook; there is one in "
        f"{COURSE_FOLDER}. Copy it here, or open the notebook there, to go on with that record."
    )


def _read(path):
    if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would wait for somebody to write
        raise OSError(errno.EINVAL, "it is no ordinary file")
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise _Damaged("is larger than any that this course writes")
    return content


def _parse(content):
    try:
        found = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _Damaged("is damaged: it is not JSON") from error
    version = found.get("version") if isinstance(found, dict) else None
    passed = found.get("passed") if isinstance(found, dict) else None
    if type(version) is int and version > VERSION:
        raise _Damaged("was written by a newer version of the course")
    if (
        type(version) is not int
        or version != VERSION
        or not isinstance(passed, list)
        or not all(isinstance(name, str) for name in passed)
    ):
        raise _Damaged("is damaged: it does not hold the names of checks")
    if found.get(CHECKSUM, _checksum(passed)) != _checksum(passed):
        raise _Damaged("is damaged: its names are not those that were written")
    return list(dict.fromkeys(passed))


def _checksum(passed):
    """Return a number that nearly always changes when a name does."""
    return zlib.crc32(json.dumps(passed).encode())


def _set_aside(path, why):
    """Rename a file to the first free name, and return that, or an empty string."""
    for number in itertools.count(1):
        aside = path.with_name(f"{path.stem}.{why}-{number}{path.suffix}")
        if not os.path.lexists(aside):
            break
    try:
        os.rename(path, aside)
    except OSError:
        return ""
    return aside.name
