"""Models in files: settings and named arrays as `.npz`, written whole or not at all.

A file is an ordinary `.npz`, which `numpy.load` reads too. Besides the arrays it has one entry,
``header``: JSON as UTF-8 bytes, in an array of uint8. The header says what kind of model the file
holds, with which settings, and gives the name, shape and dtype of every array.

Nothing in a file is ever unpickled or evaluated, so a file from a stranger can be wrong, but it
cannot run code. The header is read first; an array is read when its size is known to fit.
"""

import io
import json
import os
import re
import zipfile
from collections.abc import Mapping
from math import isfinite, prod

import numpy as np

from rnnhelpers._files import can_be_a_name, write_whole
from rnnhelpers._validation import check_callable, check_real, shown

FORMAT = 1
"""Version of the format. A change that an older reader would misread needs the next number."""

HEADER = "header"
MAX_HEADER = 1_000_000
MAX_DEPTH = 20
MAX_DIMENSIONS = 64
DTYPES = (
    *("float32", "float64", "bool"),
    *("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
)
FIELDS = {"format": int, "kind": str, "settings": dict, "arrays": dict}

KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
# Words joined by dots, as in "rnn.W_xh": no folder, no "..", nothing that a system reads otherwise.
NAME = re.compile(r"(?=.{1,200}\Z)[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*")

# NumPy's own reader evaluates this line as a Python literal. A pattern cannot be tricked into work.
MAX_NPY_START = 1024
NPY_START = re.compile(
    rb"\x93NUMPY\x01\x00(?P<length>..)"
    rb"\{'descr': '(?P<descr>[^']*)', 'fortran_order': (?P<fortran>False|True), "
    rb"'shape': (?P<shape>\([0-9, ]*\)), \} *\n",
    re.DOTALL,
)
AGAIN = "copy or download it again, or save the model again"


class BadFile(ValueError):
    """A file is damaged, or does not hold what was asked for."""


def write_npz(path, kind, settings, arrays):
    """Save settings and arrays in one `.npz` file, whole or not at all.

    The file appears under its name when all of it is on the disk. If something fails before (the
    disk is full, say), an older file of this name stays as it was.

    Parameters
    ----------
    path : str or path-like
        Name of the file, which ends in ``.npz``. An existing file is replaced; if it is a symbolic
        link, the file that the link points to.
    kind : str
        What is saved, the name of a class: ``"LanguageModel"``.
    settings : dict
        What the class needs to know besides the arrays: None, bool, int, float, str, and lists and
        dicts of them, with str as keys.
    arrays : mapping of str to array-like
        Arrays of float32, float64, whole numbers, or True and False. Names are words of letters,
        digits and underscores, joined by dots: ``"rnn.W_xh"``.

    Raises
    ------
    TypeError
        If the path, the kind, a setting or an array has a type that cannot be saved.
    ValueError
        If the name of the file does not end in ``.npz``, a name of kind or array is none, a number
        is NaN or infinite, or the settings are too long for a header (1 MB).
    FileNotFoundError
        If the folder does not exist.
    FileExistsError
        If the path is a folder.
    PermissionError
        If the folder, or an existing file, is write-protected.
    OSError
        If writing fails for another reason.

    See Also
    --------
    read_npz : the way back.

    Notes
    -----
    The same content gives the same bytes. The file is put together in memory first, so saving
    needs as much memory again as the arrays. It is written under another name
    (``.rnnhelpers-….tmp``) in the same folder and then renamed; only a process that is killed
    meanwhile leaves such a file behind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_npz(f"{folder}/tiny.npz", "Cell", {"n_hidden": 2}, {"b_h": [0.5, -0.5]})
    ...     settings, arrays = read_npz(f"{folder}/tiny.npz", "Cell")
    >>> settings, arrays
    ({'n_hidden': 2}, {'b_h': array([ 0.5, -0.5])})
    """
    target = _check_target(path)
    _check_kind(kind)
    if not isinstance(settings, dict):
        raise TypeError(f"settings is a {type(settings).__name__}: expected a dict")
    _check_setting("settings", settings)
    arrays = _check_arrays(arrays)
    write_whole(target, _npz_bytes(_header_bytes(kind, settings, arrays), arrays))


def read_npz(path, kind, *, expected=None):
    """Load what `write_npz` has saved, and check all of it.

    Parameters
    ----------
    path : str or path-like
        Name of the file.
    kind : str
        What the file should hold: the name that `write_npz` was given.
    expected : callable, optional
        A function from the settings to a mapping of the name of each array to its shape and dtype.
        It says which arrays a model of these settings has, and is called before an array is read.
        It should not make arrays itself: the settings may come from a stranger.

    Returns
    -------
    settings : dict
        The settings.
    arrays : dict of str to ndarray
        The arrays, in the order in which they were saved.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    BadFile
        If the file is damaged or cut off, was not written by `write_npz`, holds another kind, was
        written by a newer version, or does not hold the arrays that are expected. It is a
        ValueError.
    TypeError, ValueError
        If `path` or `kind` is no name.

    See Also
    --------
    write_npz : the way there.

    Notes
    -----
    A file is refused rather than repaired: compressed entries, big-endian numbers, NaN and infinity
    do not come from `write_npz`. The memory needed is bounded by the length of the file (about
    twice that), not by the sizes that the file claims.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_npz(f"{folder}/tiny.npz", "Cell", {"n_hidden": 2}, {"b_h": [0.5, -0.5]})
    ...     settings, arrays = read_npz(
    ...         f"{folder}/tiny.npz",
    ...         "Cell",
    ...         expected=lambda settings: {"b_h": ((settings["n_hidden"],), "float64")},
    ...     )
    >>> arrays["b_h"]
    array([ 0.5, -0.5])
    """
    path = _check_path(path)
    _check_kind(kind)
    if expected is not None:
        check_callable("expected", expected, "takes the settings")
    with _open(path, kind) as file:
        try:
            return _read(file, kind, expected)
        except BadFile as error:
            raise BadFile(f"{path} {error}") from error.__cause__


def _check_path(path):
    """Return the path as a str."""
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path is a {type(path).__name__}: expected a str or a pathlib.Path")
    path = os.fsdecode(path)
    if not path or not can_be_a_name(path):
        raise ValueError(f"path is {shown(path)}: expected the name of a file")
    return path


def _check_target(path):
    """Return the full name of the file to write, links followed."""
    path = _check_path(path)
    if not os.path.basename(path).endswith(".npz"):
        raise ValueError(f"path is {path!r}: expected a file name that ends in .npz")
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(
            f"path is {path!r}, but there is no folder {folder}: expected one that exists; "
            "make it first, with os.makedirs"
        )
    if os.path.lexists(target) and not os.path.isfile(target):
        raise FileExistsError(f"path is {path!r}, which is no file: expected the name of a file")
    # Renaming would get around the protection of a file.
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(
            f"path is {path!r}, which is write-protected: expected a file that may be replaced; "
            "choose another name"
        )
    return target


def _check_kind(kind):
    """Raise unless this is the name of a kind."""
    if not isinstance(kind, str):
        raise TypeError(f"kind is a {type(kind).__name__}: expected a str, the name of a class")
    if not KIND.fullmatch(kind):
        raise ValueError(f"kind is {kind[:100]!r}: expected the name of a class")


def _check_setting(name, value, depth=0):
    """Raise unless JSON brings this value back as it is."""
    if depth > MAX_DEPTH:
        raise ValueError(
            f"{name[:100]}... is nested deeper than {MAX_DEPTH}: expected a few levels; "
            "does it contain itself?"
        )
    if isinstance(value, dict):
        for key, part in value.items():
            if not isinstance(key, str):
                raise TypeError(f"{name} has the key {key!r}: expected a str")
            _check_setting(f"{name}[{key!r}]"[:200], part, depth + 1)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            _check_setting(f"{name}[{index}]", part, depth + 1)
    elif not isinstance(value, bool | int | float | str | None):
        raise TypeError(
            f"{name} is of type {type(value).__name__}: expected None, bool, int, float, str, a "
            "list or a dict; use list(...) for a tuple, .item() for a NumPy number"
        )
    elif isinstance(value, float) and not isfinite(value):
        raise ValueError(f"{name} is {value}: expected a finite number; use None for 'unknown'")


def _check_arrays(arrays):
    """Return the arrays as they are stored: little-endian, row after row."""
    if not isinstance(arrays, Mapping):
        raise TypeError(f"arrays is a {type(arrays).__name__}: expected a mapping of names")
    stored = {}
    for name, values in arrays.items():
        if not isinstance(name, str):
            raise TypeError(f"arrays has the name {name!r}: expected a str")
        if not NAME.fullmatch(name) or name == HEADER:
            raise ValueError(
                f"arrays has the name {name[:200]!r}: expected letters, digits and underscores, "
                f"words joined by dots, other than {HEADER!r}"
            )
        array = check_real(f"arrays[{name!r}]", values)
        if array.dtype.name not in DTYPES:
            raise TypeError(
                f"arrays[{name!r}] has dtype {array.dtype}: expected one of {', '.join(DTYPES)}; "
                "use .astype"
            )
        stored[name] = np.asarray(array, dtype=_stored(array.dtype), order="C")
    return stored


def _file_name(name):
    """Return the name of an array's entry in the zip file."""
    return f"{name}.npy"


def _stored(dtype):
    """Return this dtype as it is in files: little-endian on every machine."""
    return np.dtype(dtype).newbyteorder("<")


def _header_bytes(kind, settings, arrays):
    """Return the header as JSON."""
    described = {
        name: {"shape": list(array.shape), "dtype": array.dtype.name}
        for name, array in arrays.items()
    }
    header = {"format": FORMAT, "kind": kind, "settings": settings, "arrays": described}
    data = json.dumps(header, ensure_ascii=False, allow_nan=False).encode("utf-8")
    if len(data) > MAX_HEADER:
        raise ValueError(
            f"settings and names take {len(data)} bytes as JSON: expected at most {MAX_HEADER}; "
            "give long lists as arrays"
        )
    return data


def _npz_bytes(header, arrays):
    """Return the whole file as a buffer.

    `numpy.savez` would do, but that it marks a file with the system it was written on, and takes
    an array that is called ``file`` for its own argument.
    """
    buffer = io.BytesIO()
    entries = {HEADER: np.frombuffer(header, np.uint8), **arrays}
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, array in entries.items():
            entry = zipfile.ZipInfo(_file_name(name))  # dated 1980: the same on each day
            entry.create_system, entry.external_attr = 3, 0o644 << 16  # and on each system
            with archive.open(entry, "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, version=(1, 0), allow_pickle=False)
    return buffer.getbuffer()


def _open(path, kind):
    """Open the file to read."""
    if os.path.exists(path) and not os.path.isfile(path):
        raise BadFile(f"{path} is no file: expected the name of a file with a saved {kind}")
    try:
        return open(path, "rb")
    except FileNotFoundError as error:
        hint = "check the name, and the folder you are in"
        if os.path.isfile(f"{path}.npz"):
            hint = f"did you mean {path}.npz?"
        raise FileNotFoundError(
            f"there is no file {os.path.abspath(path)}: expected a saved {kind}; {hint}"
        ) from error


def _read(file, kind, expected):
    """Read an open file. The errors lack the name of the file, which is put before them."""
    with _open_zip(file) as archive:
        entries = _entries(archive, os.fstat(file.fileno()).st_size)
        header = _read_header(archive, entries, kind)
        described = _described(header["arrays"])
        if expected is not None:
            _check_expected(described, expected, header)
        files = dict.fromkeys(map(_file_name, (HEADER, *described)))
        _check_names("entry", entries, files, f"according to its header; {AGAIN}")
        arrays = {
            name: _read_array(archive, entries[_file_name(name)], name, shape, dtype)
            for name, (shape, dtype) in described.items()
        }
    return header["settings"], arrays


def _open_zip(file):
    """Read the table of contents, which stands at the end of a zip file."""
    start = file.read(4)
    if not start:
        raise BadFile(f"is empty: expected an .npz file; {AGAIN}")
    try:
        return zipfile.ZipFile(file)
    except Exception as error:  # of many types, and each means the same
        if start == b"PK\x03\x04":
            raise BadFile(
                f"is cut off or damaged: expected a table of contents at its end; {AGAIN}"
            ) from error
        raise BadFile(
            f"is no .npz file at all, it begins with {start!r}: expected a file that "
            "rnnhelpers has saved"
        ) from error


def _entries(archive, n_bytes):
    """Return the entries by name."""
    entries = {}
    for entry in archive.infolist():
        name = entry.orig_filename
        if name in entries:
            raise BadFile(f"has two entries {name[:200]!r}: expected one; {AGAIN}")
        entries[name] = entry
    # Entries that overlap could hold far more than the file is long.
    total = sum(entry.compress_size for entry in entries.values())
    if total > n_bytes:
        raise BadFile(f"claims to hold {total} bytes: expected at most its {n_bytes}; {AGAIN}")
    return entries


def _read_entry(archive, entry, most):
    """Return the bytes of an entry, if they are as they were stored, and not too many."""
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        raise BadFile(
            f"has a compressed entry {entry.filename!r}: expected entries as rnnhelpers stores "
            "them; was the file packed again by another program?"
        )
    if entry.file_size > most + MAX_NPY_START:
        raise BadFile(
            f"has an entry {entry.filename!r} of {entry.file_size} bytes: expected about {most}; "
            "it was not saved by rnnhelpers"
        )
    try:
        return archive.read(entry)
    except Exception as error:  # of many types, and each means the same
        raise BadFile(
            f"is damaged: the entry {entry.filename!r} cannot be read "
            f"({type(error).__name__}: {error}); {AGAIN}"
        ) from error


def _split_npy(name, data):
    """Return dtype, order and shape, as they are written, and where the numbers begin."""
    start = NPY_START.match(data[:MAX_NPY_START])
    if not start or start.end() != 10 + int.from_bytes(start["length"], "little"):
        raise BadFile(
            f"has an entry {name!r} that is no plain array: expected NumPy's format 1.0 and real "
            "numbers; it was not saved by rnnhelpers"
        )
    descr, shape = start["descr"].decode("latin-1"), start["shape"].decode()
    if descr == "|O":
        raise BadFile(
            f"has an array {name!r} of Python objects: expected real numbers; objects are "
            "pickled, a pickle can run any code, so it is never opened"
        )
    if descr.startswith(">"):
        raise BadFile(
            f"has an array {name!r} of big-endian numbers: expected little-endian ones, which "
            "rnnhelpers writes on every machine; save the model again"
        )
    return descr, "F" if start["fortran"] == b"True" else "C", shape, start.end()


def _read_header(archive, entries, kind):
    """Return the header, if it is one of this format and kind."""
    if _file_name(HEADER) not in entries:
        raise BadFile(
            f"has no entry {HEADER!r}: expected a file that rnnhelpers has saved; it looks like "
            "one of numpy.savez, which numpy.load reads"
        )
    data = _read_entry(archive, entries[_file_name(HEADER)], MAX_HEADER)
    descr, _, shape, begin = _split_npy(HEADER, data)
    if descr != "|u1" or shape != f"({len(data) - begin},)":
        raise BadFile(
            f"has a header of dtype {descr!r} and shape {shape}: expected uint8, and one number "
            f"for each of its {len(data) - begin} bytes; it was not saved by rnnhelpers"
        )
    header = _parse_json(data[begin:])
    _check_header(header, kind)
    return header


def _parse_json(data):
    """Return what the header says."""
    try:
        header = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadFile(
            f"has a header that is no JSON ({error}): it was not saved by rnnhelpers"
        ) from error
    if not isinstance(header, dict):
        raise BadFile(
            f"has a header that holds a {type(header).__name__}: expected a JSON object; "
            "it was not saved by rnnhelpers"
        )
    return header


def _check_header(header, kind):
    """Raise unless all fields are there and fit; the format comes first, it may change the rest."""
    for field, expected in FIELDS.items():
        value = header.get(field)
        if type(value) is not expected:
            got = f"of type {type(value).__name__}" if field in header else "missing"
            raise BadFile(
                f"has a header whose {field!r} is {got}: expected {expected.__name__}; "
                "it was not saved by rnnhelpers"
            )
        if field == "format":
            _check_format(value)
    if not KIND.fullmatch(header["kind"]):
        raise BadFile(f"holds a {header['kind'][:100]!r}: expected the name of a class")
    if header["kind"] != kind:
        raise BadFile(
            f"is a saved {header['kind']}: expected a {kind}; load it with {header['kind']}.load"
        )
    try:
        _check_setting("settings", header["settings"])
    except ValueError as error:
        raise BadFile(f"has a header that cannot be right: {error}") from error


def _check_format(found):
    """Raise unless the file is of this version."""
    if found > FORMAT:
        raise BadFile(
            f"was written by a newer version of rnnhelpers, in format {str(found)[:20]}: expected "
            f"format {FORMAT}; update rnnhelpers"
        )
    if found < FORMAT:
        raise BadFile(
            f"has the format {str(found)[:20]}: expected {FORMAT}; it was not saved by rnnhelpers"
        )


def _described(arrays):
    """Return the shape and dtype of each array that the header describes."""
    described = {}
    for name, array in arrays.items():
        if not NAME.fullmatch(name) or name == HEADER:
            raise BadFile(f"has a header that names an array {name[:200]!r}: expected a name")
        if not isinstance(array, dict) or array.keys() != {"shape", "dtype"}:
            raise BadFile(f"has a header without shape and dtype of the array {name!r}: {AGAIN}")
        shape, dtype = array["shape"], array["dtype"]
        if dtype not in DTYPES:
            raise BadFile(
                f"has a header with the dtype {str(dtype)[:100]!r} for the array {name!r}: "
                f"expected one of {', '.join(DTYPES)}"
            )
        if not _is_shape(shape, np.dtype(dtype).itemsize):
            raise BadFile(
                f"has a header with the shape {str(shape)[:100]} for the array {name!r}: "
                "expected a list of lengths of a possible array"
            )
        described[name] = tuple(shape), np.dtype(dtype)
    return described


def _is_shape(shape, itemsize):
    """Tell whether NumPy could have an array of this shape."""
    return (
        isinstance(shape, list)
        and len(shape) <= MAX_DIMENSIONS
        and all(type(length) is int and length >= 0 for length in shape)
        and itemsize * prod(max(length, 1) for length in shape) < 2**63
    )


def _check_expected(described, expected, header):
    """Raise unless the file describes the arrays that the caller needs."""
    kind, needed = header["kind"], {}
    try:
        for name, (shape, dtype) in expected(header["settings"]).items():
            needed[name] = tuple(int(length) for length in shape), np.dtype(dtype)
    except (
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        OverflowError,
        MemoryError,
    ) as error:
        raise BadFile(
            f"has settings that do not make a {kind} ({type(error).__name__}: {error}); "
            "was it saved by another version of rnnhelpers?"
        ) from error
    reason = f"for a {kind} of these settings; was it saved by another version of rnnhelpers?"
    _check_names("array", described, needed, reason)
    for name, (shape, dtype) in needed.items():
        _check_same(name, "shape", described[name][0], shape, reason)
        _check_same(name, "dtype", described[name][1], dtype, reason)


def _check_names(what, found, needed, reason):
    """Raise if something is missing, or too much."""
    for name in needed:
        if name not in found:
            raise BadFile(f"has no {what} {name!r}: expected it {reason}")
    for name in found:
        if name not in needed:
            raise BadFile(f"has an {what} {name[:200]!r}: expected no such {what} {reason}")


def _check_same(name, what, found, expected, reason):
    """Raise unless shape or dtype are as expected."""
    if found != expected:
        raise BadFile(f"has an array {name!r} of {what} {found}: expected {expected} {reason}")


def _read_array(archive, entry, name, shape, dtype):
    """Return an array whose shape and dtype are known, if it is what the file holds."""
    stored, n_bytes = _stored(dtype), dtype.itemsize * prod(shape)
    data = _read_entry(archive, entry, n_bytes)
    found_descr, order, found_shape, begin = _split_npy(name, data)
    reason = f"according to its header; {AGAIN}"
    _check_same(name, "shape", found_shape, str(shape), reason)
    _check_same(name, "dtype", found_descr, stored.str, reason)
    _check_same(name, "size", f"{len(data) - begin} bytes", f"{n_bytes} bytes", reason)
    view = np.ndarray(shape, stored, buffer=data, offset=begin, order=order)
    if dtype.kind == "b" and (view.view(np.uint8) > 1).any():
        raise BadFile(f"has an array {name!r} with a number in it: expected True and False")
    if dtype.kind == "f" and not np.isfinite(view).all():
        raise BadFile(
            f"has an array {name!r} with NaN or infinity in it: expected finite numbers, and "
            "rnnhelpers saves no others; was it written by another program?"
        )
    return np.array(view, dtype=dtype, order="C")
