"""Folders that are written whole or not at all, and that replace only what was made here."""

import contextlib
import shutil
import tempfile
from pathlib import Path

MARK = ".made-by-publishing"
"""The file that says that a folder was made here, and may be made anew."""


@contextlib.contextmanager
def new_folder(folder):
    """Give a temporary folder to write in; at the end it takes the place of `folder`.

    If something goes wrong, `folder` stays what it was.

    Parameters
    ----------
    folder : path-like
        Where to write: a folder that does not exist, is empty, or was written by this function.

    Yields
    ------
    pathlib.Path
        An empty folder beside it.

    Raises
    ------
    FileExistsError
        If there is something in its place that was not made here.

    Examples
    --------
    >>> where = Path(tempfile.mkdtemp()) / "site"
    >>> with new_folder(where) as folder:
    ...     n_characters = (folder / "index.html").write_text("Hello")
    >>> sorted(path.name for path in where.iterdir())
    ['.made-by-publishing', 'index.html']
    """
    folder = Path(folder).absolute()
    check_replaceable(folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
        whole = Path(temporary) / "new"
        whole.mkdir()
        yield whole
        mark = f"Made by python -m publishing. The next time, {folder.name} is replaced whole.\n"
        (whole / MARK).write_text(mark, encoding="utf-8")
        whole.chmod(0o755)
        if folder.exists():
            folder.rename(Path(temporary) / "old")
        shutil.move(whole, folder)


def check_replaceable(folder):
    """Refuse a place where there is something that was not made here.

    Raises
    ------
    FileExistsError
        If there is.
    """
    if folder.is_dir() and ((folder / MARK).exists() or not any(folder.iterdir())):
        return
    if folder.exists() or folder.is_symlink():
        raise FileExistsError(
            f"{folder} exists and was not made here: expected a new folder, an empty one, or one "
            f"with the file {MARK}; move it away, or name another"
        )
