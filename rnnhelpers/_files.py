"""Say where files and folders are; write files whole or not at all."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def can_be_a_name(text):
    """Tell whether a file or folder can have this name, apart from an empty one."""
    try:
        return b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half a character
        return False


def check_folder(name, value):
    """Return the path of a folder, or raise: TypeError for another type, ValueError if no name."""
    if not isinstance(value, str | os.PathLike):
        raise TypeError(f"{name} is a {type(value).__name__}: expected a str or a pathlib.Path")
    if value == "":
        raise ValueError(f"{name} is empty: expected the path of a folder; is a variable not set?")
    path = Path(value)
    if not can_be_a_name(str(path)):
        raise ValueError(f"{name} is {str(path)!r:.200}: expected the path of a folder")
    return path


def write_whole(target, data):
    """Write a file under another name, make sure that it is on the disk, and rename it.

    Parameters
    ----------
    target : str
        The name of the file; what is there already is replaced.
    data : bytes-like
        What to write.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(os.path.join(folder, "notes.txt"), b"All of it.")
    ...     print(os.listdir(folder))
    ['notes.txt']
    """
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".rnnhelpers-{secrets.token_hex(8)}.tmp")
    try:
        # Unlike tempfile, open gives the permissions that a new file has. "x": never overwrite.
        with open(temporary, "xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except FileExistsError:  # somebody else's
        raise
    except BaseException:  # Ctrl-C too
        with suppress(OSError):
            os.remove(temporary)
        raise
    _sync_folder(folder)


def _sync_folder(folder):
    """Make sure that the new name is on the disk, where the system can (Windows cannot)."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
