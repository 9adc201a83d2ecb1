"""On a server with many learners: give each their own copy of the course, then start their server.

A hub runs ``python -P -m rnnhelpers.classroom SHARED COMMAND …`` as the learner. ``SHARED`` is a
folder that all may read and only the instructor may write; what is in it is copied to a folder of
the same name in the learner's home. A file that the learner has changed is never written to: a
newer edition is laid beside it. Then the command takes the place of this one, whatever happened.
"""

import hashlib
import json
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

from rnnhelpers._files import check_folder, write_whole

RECORD = ".given.json"
"""In the learner's folder: which edition of each file was given last, as a SHA-256."""

VERSION = 1


class Given(NamedTuple):
    """What a learner was given, as paths relative to their folder.

    Attributes
    ----------
    new : tuple of str
        Files that the learner did not have.
    renewed : tuple of str
        Files that had not been touched, and are now those of the newer edition.
    beside : tuple of str
        Newer editions of files that the learner has changed, under another name.
    failed : tuple of str
        Files that could not be copied, with the reason.
    """

    new: tuple[str, ...] = ()
    renewed: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()


def give_copies(shared, own):
    """Copy what a learner lacks, and what is newer; never write to what the learner changed.

    Hidden files and records of progress are left out. A file that the learner has deleted or
    renamed is given again: that is how one begins a notebook anew.

    Parameters
    ----------
    shared : pathlib.Path
        The folder of the instructor.
    own : pathlib.Path
        The folder of the learner; made if it is missing.

    Returns
    -------
    Given
        What was done.

    Raises
    ------
    NotADirectoryError
        If there is no shared folder.
    ValueError
        If one of the folders is an empty text, as that of a variable that is not set.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     shared, own = Path(folder, "shared"), Path(folder, "own")
    ...     shared.mkdir()
    ...     _ = Path(shared, "01.ipynb").write_text("first edition")
    ...     print(give_copies(shared, own).new)
    ...     _ = Path(own, "01.ipynb").write_text("an answer")
    ...     _ = Path(shared, "01.ipynb").write_text("second edition")
    ...     print(give_copies(shared, own).beside)
    ...     print(Path(own, "01.ipynb").read_text())
    ('01.ipynb',)
    ('01.newer-1.ipynb',)
    an answer
    """
    shared, own = check_folder("shared", shared), check_folder("own", own)
    if not shared.is_dir():
        raise NotADirectoryError(
            f"{shared} is no folder: expected the one with the course, which the instructor fills"
        )
    record = _read_record(own)
    done = {"new": [], "renewed": [], "beside": [], "failed": []}
    before = dict(record)
    for name in _files_of(shared):
        try:
            kind, written = _give(shared / name, own / name, name, record)
        except OSError as error:  # the other files may still be copied
            done["failed"].append(f"{name}: {error.strerror}")
        else:
            if kind:
                done[kind].append(str(written.relative_to(own)))
    if record != before:
        content = json.dumps({"version": VERSION, "given": record}, indent=1) + "\n"
        try:
            write_whole(str(own / RECORD), content.encode())
        except OSError as error:
            done["failed"].append(f"{RECORD}: {error.strerror}")
    return Given(**{kind: tuple(names) for kind, names in done.items()})


def _files_of(shared):
    """Return the names of the files to give, relative and sorted."""
    names = [path.relative_to(shared) for path in sorted(shared.rglob("*")) if path.is_file()]
    return [name.as_posix() for name in names if not any(map(_is_left_out, name.parts))]


def _is_left_out(part):
    return part.startswith((".", "my_progress")) or part == "__pycache__"


def _give(source, target, name, record):
    """Give one file, note it down in the record, and return what was done and what was written."""
    content = source.read_bytes()
    edition = hashlib.sha256(content).hexdigest()
    if not os.path.lexists(target):
        kind, written = "new", target
    elif record.get(name) == edition:
        return "", None
    else:
        has = hashlib.sha256(target.read_bytes()).hexdigest() if target.is_file() else ""
        if has == edition:
            kind = ""
        elif has and has == record.get(name):
            kind, written = "renewed", target
        else:
            kind, written = "beside", _free_name(target, content)
    if kind:
        written.parent.mkdir(parents=True, exist_ok=True)
        write_whole(str(written), content)
    record[name] = edition
    return kind, written if kind else None


def _free_name(target, content):
    """Return the first name beside the target that is free, or has this content already."""
    number = 1
    while True:
        beside = target.with_name(f"{target.stem}.newer-{number}{target.suffix}")
        if not os.path.lexists(beside) or (beside.is_file() and beside.read_bytes() == content):
            return beside
        number += 1


def _read_record(own):
    """Return what was given last; nothing, if the record is missing or is not one of ours.

    Without a record each file that differs counts as changed by the learner, and is left alone.
    """
    try:
        found = json.loads((own / RECORD).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    given = found.get("given") if isinstance(found, dict) else None
    if not isinstance(given, dict) or found.get("version") != VERSION:
        return {}
    return {name: edition for name, edition in given.items() if isinstance(edition, str)}


def trust_notebooks(paths):
    """Sign notebooks that came from the instructor, so that what they show runs in JupyterLab.

    Parameters
    ----------
    paths : iterable of pathlib.Path
        Files; those that are not notebooks are passed over.
    """
    notebooks = [path for path in paths if path.suffix == ".ipynb"]
    if not notebooks:
        return
    from nbformat import v4
    from nbformat.sign import NotebookNotary

    notary = NotebookNotary()
    for path in notebooks:  # v4 does not validate, which takes longer than everything else
        notary.sign(v4.reads(path.read_text(encoding="utf-8")))
    notary.store.close()


def main(arguments=None):
    """Give the copies, tell in the log what was done, and start the command in this place.

    The server starts even if nothing could be copied: the learner's own files are there.

    Parameters
    ----------
    arguments : sequence of str, optional
        The shared folder, and the command with its arguments; by default those of the command
        line.

    Returns
    -------
    str or None
        What is wrong with the arguments; or nothing, where there is no command.
    """
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    if not arguments:
        return "usage: python -P -m rnnhelpers.classroom SHARED [COMMAND [ARGUMENT …]]"
    shared, *command = arguments
    own = Path.home() / Path(shared).absolute().name
    # Whatever goes wrong must not keep the learner from their work.
    given = Given()
    try:
        given = give_copies(shared, own)
    except Exception as error:
        _tell("the course was not copied", error)
    for kind, names in given._asdict().items():
        if names:
            _tell(kind, ", ".join(names))
    try:
        trust_notebooks(own / name for name in given.new + given.renewed + given.beside)
    except Exception as error:
        _tell("the copies were not signed: sliders stand still until their cells run", error)
    if command:
        # The kernels' sockets lie there: in a home with a long name, their paths would be longer
        # than the 107 characters that a socket may have.
        os.environ.setdefault("JUPYTER_RUNTIME_DIR", tempfile.mkdtemp(prefix="jupyter-"))
        os.execvp(command[0], command)
    return None


def _tell(what, details):
    print(f"classroom: {what}: {details}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
