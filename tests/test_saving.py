"""Files are written whole or not at all, come back as they were, and are never trusted."""

import contextlib
import io
import json
import os
import pickle
import stat
import subprocess
import sys
import tempfile
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnnhelpers.parameters import Parameters
from rnnhelpers.saving import DTYPES, FORMAT, MAX_HEADER, BadFile, read_npz, write_npz

KIND = "LanguageModel"
SETTINGS = {
    "n_hidden": 3,
    "rate": 0.1,
    "tied": True,
    "init": None,
    "tokens": ["<unk>", "a", "é", "日"],
    "nested": {"empty": {}, "list": [[1, 2], []]},
    "large": 2**100,
}
ARRAYS = {
    "rnn.W_hh": np.arange(6.0).reshape(2, 3) / 7,
    "b": np.array([1, -2], np.float32),
    "mask": np.array([True, False]),
}
SLOW_IS_FINE = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
on_posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such permissions or limits")


def npy(array, allow_pickle=False):
    """Return an array as the bytes of a .npy file."""
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asarray(array), allow_pickle=allow_pickle)
    return buffer.getvalue()


def npy_claiming(array, **claims):
    """Return the numbers of an array under a .npy header that says something else."""
    array, buffer = np.asarray(array), io.BytesIO()
    header = np.lib.format.header_data_from_array_1_0(array) | claims
    np.lib.format.write_array_header_1_0(buffer, header)
    return buffer.getvalue() + array.tobytes()


def header_of(arrays, /, **changes):
    """Return the fields of a good header, some of them changed."""
    described = {
        name: {"shape": list(np.shape(array)), "dtype": np.asarray(array).dtype.name}
        for name, array in arrays.items()
    }
    return {"format": FORMAT, "kind": KIND, "settings": {}, "arrays": described} | changes


def header_entry(header):
    """Return a header as an entry of the file; text is taken as it is."""
    text = header if isinstance(header, str) else json.dumps(header)
    return npy(np.frombuffer(text.encode(), np.uint8))


def pack(path, entries, compression=zipfile.ZIP_STORED):
    """Write a zip file of these entries, given as a mapping or as pairs."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in entries.items() if isinstance(entries, dict) else entries:
            archive.writestr(zipfile.ZipInfo(name), data, compression)
    return path


def with_array(data, shape=(2,), dtype="float64"):
    """Return the entries of a file with one array "W", whose entry is the data given."""
    described = {"W": {"shape": list(shape), "dtype": dtype}}
    return {"header.npy": header_entry(header_of({}, arrays=described)), "W.npy": data}


def with_header(header):
    """Return the entries of a file with this header and one array "W"."""
    return {"header.npy": header_entry(header), "W.npy": npy(np.zeros(2))}


def assert_same(arrays, others):
    """Check that two mappings hold the same arrays, in the same order."""
    assert list(arrays) == list(others)
    for name, array in arrays.items():
        assert array.dtype == others[name].dtype
        np.testing.assert_array_equal(array, others[name], strict=True)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A file that a property test writes again and again."""
    return tmp_path_factory.mktemp("scratch") / "scratch.npz"


@pytest.fixture
def good(tmp_path):
    """A file that is in order."""
    path = tmp_path / "good.npz"
    write_npz(path, KIND, SETTINGS, ARRAYS)
    return path


# There and back.


def test_all_comes_back_as_it_was(good):
    settings_, arrays = read_npz(good, KIND)
    assert settings_ == SETTINGS
    assert list(settings_) == list(SETTINGS)
    assert_same(arrays, ARRAYS)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (4, 5), (1,) * 64])
def test_every_type_and_shape(tmp_path, dtype, shape):
    array = np.random.default_rng(0).integers(0, 100, shape).astype(dtype)
    write_npz(tmp_path / "a.npz", KIND, {}, {"a": array})
    assert_same(read_npz(tmp_path / "a.npz", KIND)[1], {"a": array})


@given(number=st.floats(allow_nan=False, allow_infinity=False), whole=st.integers())
@settings(SLOW_IS_FINE, max_examples=50)
def test_numbers_come_back_to_the_last_bit(scratch, number, whole):
    write_npz(scratch, KIND, {"number": number, "whole": whole}, {"a": np.array(number)})
    about, arrays = read_npz(scratch, KIND)
    assert about["whole"] == whole
    assert np.float64(about["number"]).tobytes() == np.float64(number).tobytes()
    assert arrays["a"].tobytes() == np.float64(number).tobytes()


def test_any_memory_layout_is_read_and_left_alone(tmp_path):
    base = np.random.default_rng(0).normal(size=(4, 6))
    read_only = base.copy()
    read_only.flags.writeable = False
    arrays = {
        "fortran": np.asfortranarray(base),
        "strided": base[::2, ::-3],
        "big_endian": base.astype(">f8"),
        "read_only": read_only,
        "list": [[1, 2], [3, 4]],
    }
    before = {name: np.array(array) for name, array in arrays.items()}
    write_npz(tmp_path / "a.npz", KIND, {}, arrays)
    _, back = read_npz(tmp_path / "a.npz", KIND)
    for name, array in before.items():
        np.testing.assert_array_equal(back[name], array)
        np.testing.assert_array_equal(arrays[name], array)
        assert back[name].flags.c_contiguous
        assert back[name].flags.writeable
        assert back[name].dtype.isnative
    assert arrays["fortran"].flags.f_contiguous


def test_parameters_are_saved_as_they_are(tmp_path):
    params = Parameters({"rnn": Parameters({"W": [[1.0, 2.0]]}), "b": [3.0]})
    write_npz(tmp_path / "a.npz", KIND, {}, params)
    assert_same(read_npz(tmp_path / "a.npz", KIND)[1], params)


def test_numpy_reads_the_file_too(good):
    with np.load(good, allow_pickle=False) as file:
        header = json.loads(file["header"].tobytes().decode("utf-8"))
        assert_same({name: file[name] for name in ARRAYS}, ARRAYS)
    assert header == header_of(ARRAYS, settings=SETTINGS)
    assert "日".encode() in good.read_bytes()


def test_a_fortran_array_of_another_writer_is_read(tmp_path):
    array = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    path = pack(tmp_path / "a.npz", with_array(npy(array), (2, 3)))
    assert b"'fortran_order': True" in path.read_bytes()
    _, arrays = read_npz(path, KIND)
    assert_same(arrays, {"W": array})
    assert arrays["W"].flags.c_contiguous


def test_a_line_of_any_length_may_describe_an_array(tmp_path):
    data = npy(np.arange(2.0))
    start = data[10 : data.index(b"\n")].ljust(265) + b"\n"  # 266 bytes: 0x010A, with a line feed
    data = data[:8] + len(start).to_bytes(2, "little") + start + data[data.index(b"\n") + 1 :]
    assert data[8:10] == b"\n\x01"
    np.testing.assert_array_equal(np.load(io.BytesIO(data)), [0, 1])
    _, arrays = read_npz(pack(tmp_path / "a.npz", with_array(data)), KIND)
    assert_same(arrays, {"W": np.arange(2.0)})


def test_no_arrays_and_no_settings_will_do(tmp_path):
    write_npz(str(tmp_path / "a.npz"), KIND, {}, {})
    assert read_npz(str(tmp_path / "a.npz"), KIND) == ({}, {})


def test_the_same_content_gives_the_same_bytes(good, tmp_path):
    turned = {name: np.asfortranarray(array) for name, array in ARRAYS.items()}
    write_npz(tmp_path / "again.npz", KIND, dict(SETTINGS), turned)
    assert (tmp_path / "again.npz").read_bytes() == good.read_bytes()
    with zipfile.ZipFile(good) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert {entry.create_system for entry in archive.infolist()} == {3}


# What is not written.


@pytest.mark.parametrize(
    ("about", "error", "message"),
    [
        ([1], TypeError, "settings is a list: expected a dict"),
        ({1: 2}, TypeError, "settings has the key 1: expected a str"),
        ({"a": [{"b": (1, 2)}]}, TypeError, r"settings\['a'\]\[0\]\['b'\] is of type tuple: exp"),
        ({"a": np.int64(1)}, TypeError, r"of type int64: expected .* \.item\(\)"),
        ({"a": np.zeros(2)}, TypeError, "of type ndarray"),
        ({"a": b"x"}, TypeError, "of type bytes"),
        ({"a": [0.5, float("nan")]}, ValueError, r"settings\['a'\]\[1\] is nan: expected a finite"),
        ({"a": float("-inf")}, ValueError, "is -inf"),
        ({"a": "x" * MAX_HEADER}, ValueError, "take 10000.. bytes as JSON: expected at most 1000"),
        ({"a": "\ud800"}, ValueError, "surrogates not allowed"),
    ],
)
def test_settings_that_would_not_come_back_are_refused(tmp_path, about, error, message):
    with pytest.raises(error, match=message):
        write_npz(tmp_path / "a.npz", KIND, about, {})
    assert not os.listdir(tmp_path)


def test_settings_of_many_levels_come_back(tmp_path):
    about = {"a": 1}
    for _ in range(18):
        about = {"a": about}
    write_npz(tmp_path / "a.npz", KIND, about, {})
    assert read_npz(tmp_path / "a.npz", KIND)[0] == about


def test_settings_that_contain_themselves_are_refused(tmp_path):
    about = {}
    about["me"] = [about]
    with pytest.raises(ValueError, match=r"nested deeper than 20.*contain itself"):
        write_npz(tmp_path / "a.npz", KIND, about, {})


@pytest.mark.parametrize(
    ("arrays", "error", "message"),
    [
        ([1], TypeError, "arrays is a list: expected a mapping"),
        ({1: [1]}, TypeError, "the name 1: expected a str"),
        ({"a": np.array([None])}, TypeError, r"arrays\['a'\] holds objects: expected real"),
        ({"a": ["x"]}, TypeError, "holds text"),
        ({"a": [1j]}, TypeError, "holds complex numbers"),
        ({"a": np.zeros(2, "M8[s]")}, TypeError, "datetime64"),
        ({"a": np.zeros(2, [("x", float)])}, TypeError, "expected real numbers"),
        ({"a": np.zeros(2, np.float16)}, TypeError, r"dtype float16: expected .* use \.astype"),
        ({"a": [[1], [1, 2]]}, ValueError, "ragged"),
        ({"a": [0.0, np.nan]}, ValueError, r"arrays\['a'\]\[1\] is nan: expected finite"),
        ({"a": np.float32([np.inf])}, ValueError, "is inf"),
    ],
)
def test_arrays_that_are_not_real_numbers_are_refused(tmp_path, arrays, error, message):
    with pytest.raises(error, match=message):
        write_npz(tmp_path / "a.npz", KIND, {}, arrays)
    assert not os.listdir(tmp_path)


@pytest.mark.parametrize(
    "name", ["", "header", "a/b", "a\\b", "..", "a..b", ".a", "C:a", "a b", "é", "a\n", "x" * 201]
)
def test_names_of_arrays_that_are_no_plain_words_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"arrays has the name .*: expected letters, digits"):
        write_npz(tmp_path / "a.npz", KIND, {}, {name: [1.0]})


@pytest.mark.parametrize(
    ("kind", "error", "message"),
    [(7, TypeError, "kind is a int: expected a str"), ("a b", ValueError, "kind is 'a b': exp")],
)
def test_a_kind_is_the_name_of_a_class(good, kind, error, message):
    with pytest.raises(error, match=message):
        write_npz(good, kind, {}, {})
    with pytest.raises(error, match=message):
        read_npz(good, kind)


@pytest.mark.parametrize("name", ["model", "model.npy", "model.npz.bak", "npz", "model.NPZ"])
def test_another_ending_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match=r"expected a file name that ends in \.npz"):
        write_npz(tmp_path / name, KIND, {}, {})
    assert not os.listdir(tmp_path)


def test_a_path_is_text(good):
    with pytest.raises(TypeError, match=r"path is a int: expected a str or a pathlib\.Path"):
        write_npz(3, KIND, {}, {})
    with pytest.raises(TypeError, match="path is a bytes"):
        read_npz(os.fsencode(good), KIND)


# Whole or not at all.


def test_a_file_is_replaced_and_nothing_else_appears(good):
    write_npz(good, "Other", {}, {"a": [1.0]})
    assert_same(read_npz(good, "Other")[1], {"a": np.array([1.0])})
    assert os.listdir(good.parent) == ["good.npz"]


def test_a_folder_that_is_missing_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no folder .*nowhere: expected one that exists"):
        write_npz(tmp_path / "nowhere" / "a.npz", KIND, {}, {})


def test_a_folder_is_not_replaced(tmp_path):
    folder = tmp_path / "a.npz"
    folder.mkdir()
    with pytest.raises(FileExistsError, match=r"a\.npz', which is no file"):
        write_npz(folder, KIND, {}, {})
    assert os.listdir(tmp_path) == ["a.npz"]
    with pytest.raises(BadFile, match="is no file: expected the name of a file"):
        read_npz(folder, KIND)


@contextlib.contextmanager
def as_nobody():
    """Lay down the rights of root, who may write everywhere."""
    is_root = os.getuid() == 0
    if is_root:
        os.setresuid(65534, 65534, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)


@on_posix
def test_a_read_only_folder_stays_as_it_is():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npz")
        path.write_bytes(b"old")
        path.chmod(0o666)
        os.chmod(folder, 0o555)
        try:
            with as_nobody(), pytest.raises(PermissionError):
                write_npz(path, KIND, {}, {})
        finally:
            os.chmod(folder, 0o755)
        assert os.listdir(folder) == ["a.npz"]
        assert path.read_bytes() == b"old"


@on_posix
def test_a_write_protected_file_stays_as_it_is():
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "a.npz")
        path.write_bytes(b"old")
        path.chmod(0o444)
        os.chmod(folder, 0o777)
        with as_nobody(), pytest.raises(PermissionError, match="which is write-protected"):
            write_npz(path, KIND, {}, {})
        assert path.read_bytes() == b"old"


FULL_DISK = """
import os, resource, sys
import numpy as np
from rnnhelpers.saving import write_npz
path = sys.argv[1]
for limit in (0, 1, 100, 8191, 8192, 8193, 70_000, 160_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write_npz(path, "Other", {}, {"a": np.zeros(10_000), "b": np.ones(10_000)})
    except OSError as error:
        print(type(error).__name__, os.listdir(os.path.dirname(path)))
    else:
        print("written")
"""


@on_posix
def test_a_full_disk_leaves_the_old_file_and_nothing_else(good):
    old = good.read_bytes()
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", FULL_DISK, str(good)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.splitlines() == ["OSError ['good.npz']"] * 8
    assert run.stderr == ""
    assert good.read_bytes() == old


@on_posix
@pytest.mark.parametrize("mask", [0o022, 0o077])
def test_a_file_has_the_permissions_of_any_new_file(good, mask):
    before = os.umask(mask)
    try:
        write_npz(good, KIND, {}, {})
    finally:
        os.umask(before)
    assert stat.S_IMODE(good.stat().st_mode) == 0o666 & ~mask


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_its_file_is_replaced(tmp_path, exists):
    link, target = tmp_path / "link.npz", tmp_path / "folder" / "target.npz"
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"old")
    try:
        link.symlink_to(Path("folder", "target.npz"))
    except OSError:
        pytest.skip("this system lets no links be made")
    write_npz(link, KIND, {"a": 1}, {})
    assert link.is_symlink()
    assert read_npz(target, KIND) == read_npz(link, KIND) == ({"a": 1}, {})
    assert sorted(os.listdir(tmp_path)) == ["folder", "link.npz"]
    assert os.listdir(target.parent) == ["target.npz"]


# What is not read.


def test_a_missing_file_is_named_with_a_hint(good):
    with pytest.raises(FileNotFoundError, match=r"no file .*x\.npz: expected a saved Lang.*check"):
        read_npz(good.with_name("x.npz"), KIND)
    with pytest.raises(FileNotFoundError, match=r"did you mean .*good\.npz\?"):
        read_npz(good.with_name("good"), KIND)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"hello, world", r"is no \.npz file at all, it begins with b'hell'"),
        (npy(np.zeros(3)), r"is no \.npz file at all"),
        (pickle.dumps({"a": 1}), r"is no \.npz file at all"),
        (b"PK\x03\x04 and no more", "is cut off or damaged"),
    ],
)
def test_what_is_no_zip_file_is_refused(tmp_path, data, message):
    (tmp_path / "a.npz").write_bytes(data)
    with pytest.raises(BadFile, match=rf"a\.npz {message}"):
        read_npz(tmp_path / "a.npz", KIND)


def test_a_plain_npz_is_refused(tmp_path):
    np.savez(tmp_path / "a.npz", W=np.zeros(3))
    with pytest.raises(BadFile, match=r"has no entry 'header': .*numpy\.savez"):
        read_npz(tmp_path / "a.npz", KIND)


def test_another_kind_is_named(tmp_path):
    write_npz(tmp_path / "a.npz", "RNNClassifier", {}, {})
    with pytest.raises(
        BadFile, match=r"is a saved RNNClassifier: .*load it with RNNClassifier\.lo"
    ):
        read_npz(tmp_path / "a.npz", KIND)


FINE = header_of({"W": np.zeros(2)})


def without(field):
    """Return a header that lacks a field."""
    return {name: value for name, value in FINE.items() if name != field}


def describing(**array):
    """Return a header that describes "W" in this way."""
    return FINE | {"arrays": {"W": array}}


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("{", "has a header that is no JSON"),
        ("", "is no JSON"),
        ("[" * 500_000, "is no JSON"),
        ('{"format": ' + "1" * 5000, "is no JSON"),
        ("[1]", "a header that holds a list: expected a JSON object"),
        (without("format"), "whose 'format' is missing: expected int"),
        (without("kind"), "whose 'kind' is missing"),
        (without("settings"), "whose 'settings' is missing"),
        (without("arrays"), "whose 'arrays' is missing"),
        (FINE | {"format": "1"}, "whose 'format' is of type str: expected int"),
        (FINE | {"format": True}, "whose 'format' is of type bool"),
        (FINE | {"kind": None}, "whose 'kind' is of type NoneType"),
        (FINE | {"settings": []}, "whose 'settings' is of type list"),
        (FINE | {"arrays": []}, "whose 'arrays' is of type list"),
        (FINE | {"kind": "../x\n"}, r"holds a '\.\./x\\n': expected the name of a class"),
        (FINE | {"format": 0}, "has the format 0: expected 1"),
        ({"format": 2}, "written by a newer version of rnnhelpers, in format 2: .* update rnn"),
        ({"format": 10**4000}, "written by a newer version"),
        (FINE | {"settings": {"a": [float("nan")]}}, r"settings\['a'\]\[0\] is nan"),
        ('{"format": 1, "kind": "LanguageModel", "settings": {"a": 1e999}, "arrays": {}}', "inf"),
        (FINE | {"settings": {"a": json.loads("[" * 30 + "]" * 30)}}, "nested deeper than 20"),
        (FINE | {"arrays": {"W": [2]}}, "without shape and dtype of the array 'W'"),
        (describing(shape=[2]), "without shape and dtype"),
        (FINE | {"arrays": {"../W": FINE["arrays"]["W"]}}, r"names an array '\.\./W'"),
        (FINE | {"arrays": {"header": FINE["arrays"]["W"]}}, "names an array 'header'"),
        (describing(shape=[2], dtype="object"), "the dtype 'object' .* expected one of float32"),
        (describing(shape=[2], dtype=["f8"]), "the dtype"),
        (describing(shape=[2], dtype=">f8"), "the dtype '>f8'"),
        (describing(shape=2, dtype="float64"), "the shape 2 for the array 'W'"),
        (describing(shape=[-2], dtype="float64"), r"the shape \[-2\]"),
        (describing(shape=[2.0], dtype="float64"), r"the shape \[2\.0\]"),
        (describing(shape=[True], dtype="float64"), r"the shape \[True\]"),
        (describing(shape=[1] * 65, dtype="float64"), "the shape"),
        (describing(shape=[0, 2**63], dtype="float64"), "the shape"),
        (describing(shape=[2**60], dtype="float64"), "the shape"),
        (describing(shape=[2**40, 2**40], dtype="float64"), "the shape"),
        (describing(shape=[10**4000], dtype="float64"), "the shape"),
        (FINE | {"arrays": {}}, r"has an entry 'W\.npy': expected no such entry according to"),
        (header_of({"W": np.zeros(2), "b": 1.0}), r"has no entry 'b\.npy': expected it"),
        (header_of({"W": np.zeros((2, 1))}), r"'W' of shape \(2,\): expected \(2, 1\) according"),
        (header_of({"W": np.zeros(2, int)}), "'W' of dtype <f8: expected <i8 according"),
        (header_of({"W": np.zeros(3)}), r"'W' of shape \(2,\): expected \(3,\)"),
    ],
)
def test_a_header_that_is_out_of_order_is_refused(tmp_path, header, message):
    path = pack(tmp_path / "a.npz", with_header(header))
    with pytest.raises(BadFile, match=message):
        read_npz(path, KIND)


def test_the_header_of_these_tests_is_fine_otherwise(tmp_path):
    _, arrays = read_npz(pack(tmp_path / "a.npz", with_header(FINE)), KIND)
    assert_same(arrays, {"W": np.zeros(2)})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (npy(np.zeros(3)), r"a header of dtype '<f8' and shape \(3,\): expected uint8"),
        (npy(np.zeros((3, 1), np.uint8)), r"of dtype '\|u1' and shape \(3, 1\)"),
        (npy_claiming(np.zeros(3, np.uint8), shape=(10**12,)), r"shape \(1000000000000,\)"),
        (npy(np.frombuffer(b"\xff\xfe", np.uint8)), "a header that is no JSON"),
        (npy(np.array({}, object), allow_pickle=True), "'header' of Python objects"),
        (npy(np.zeros(MAX_HEADER + 2000, np.uint8)), "of 10021.. bytes: expected about 1000000"),
        (b"not an array", "'header' that is no plain array"),
    ],
)
def test_a_header_entry_of_another_form_is_refused(tmp_path, header, message):
    path = pack(tmp_path / "a.npz", {"header.npy": header})
    with pytest.raises(BadFile, match=message):
        read_npz(path, KIND)


TWO = np.array([0.5, 1.5])


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (with_array(npy(TWO.astype(">f8"))), "'W' of big-endian numbers: expected little"),
        (with_array(npy(TWO.astype("f4"))), "'W' of dtype <f4: expected <f8"),
        (with_array(npy_claiming(TWO, descr="|V8")), r"'W' of dtype \|V8: expected <f8"),
        (with_array(npy_claiming(TWO, descr=[("x", "<f8")])), "'W' that is no plain array"),
        (with_array(npy_claiming(TWO, shape=(10**10,))), r"of shape \(10000000000,\): expected"),
        (with_array(npy_claiming(TWO, shape=(10**10,)), (10**10,)), "'W' of size 16 bytes: exp"),
        (with_array(npy(TWO) + b"more"), "'W' of size 20 bytes: expected 16 bytes"),
        (with_array(npy(TWO)[:-1]), "'W' of size 15 bytes"),
        (with_array(npy(TWO)[:50]), "no plain array"),
        (with_array(b""), "no plain array"),
        (with_array(npy(TWO) + bytes(5000)), r"'W\.npy' of 5144 bytes: expected about 16"),
        (with_array(npy(TWO).replace(b"NUMPY\1", b"NUMPY\2")), "no plain array"),
        (with_array(npy(TWO).replace(b"{'descr'", b"{'d\\dscr'")), "no plain array"),
        (with_array(npy(TWO).replace(b"\x93NUMPY\1\0v", b"\x93NUMPY\1\0u")), "no plain array"),
        (with_array(npy([0.5, np.nan])), "'W' with NaN or infinity in it"),
        (with_array(npy([-np.inf, 0.5])), "'W' with NaN or infinity in it"),
        (with_array(npy_claiming(np.uint8([1, 2]), descr="|b1"), (2,), "bool"), "with a number"),
        (with_array(npy(TWO)) | {"../W.npy": npy(TWO)}, r"has an entry '\.\./W\.npy': expected no"),
        (with_array(npy(TWO)) | {"a/W.npy": npy(TWO)}, r"has an entry 'a/W\.npy'"),
        (with_array(npy(TWO)) | {"W": npy(TWO)}, "has an entry 'W'"),
    ],
)
def test_entries_that_do_not_fit_the_header_are_refused(tmp_path, entries, message):
    path = pack(tmp_path / "a.npz", entries)
    with pytest.raises(BadFile, match=message):
        read_npz(path, KIND)


@pytest.mark.parametrize("name", ["W.npy", "header.npy"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_entries_of_one_name_are_refused(tmp_path, name):
    entries = with_array(npy(TWO))
    path = pack(tmp_path / "a.npz", [*entries.items(), (name, entries[name])])
    with pytest.raises(BadFile, match=f"has two entries '{name}'"):
        read_npz(path, KIND)


@pytest.mark.parametrize("changed", ["W.npy", "header.npy"])
def test_a_file_that_was_packed_again_is_refused(tmp_path, changed):
    entries = with_array(npy(TWO))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        for name, data in entries.items():
            archive.writestr(name, data, zipfile.ZIP_DEFLATED if name == changed else None)
    with pytest.raises(BadFile, match=r"compressed entry .*packed again"):
        read_npz(tmp_path / "a.npz", KIND)


def test_objects_are_never_unpickled(tmp_path):
    trace = tmp_path / "trace"
    bomb = Bomb(trace)
    data = npy(np.array([bomb]), allow_pickle=True)
    for name, entry in {"array": data, "raw": pickle.dumps(bomb)}.items():
        path = pack(tmp_path / f"{name}.npz", with_array(entry, (1,)))
        with pytest.raises(BadFile, match=r"Python objects.*never opened|no plain array"):
            read_npz(path, KIND)
    assert not trace.exists()
    pickle.loads(pickle.dumps(bomb)).close()
    assert trace.exists()


class Bomb:
    """An object whose pickle makes a file when it is loaded."""

    def __init__(self, trace):
        self.trace = trace

    def __reduce__(self):
        return open, (str(self.trace), "w")


# What the caller expects.


def expected_of(about):
    """Say which arrays the model of these tests has."""
    n = about["n_hidden"]
    return {"W_hh": ((n, n), np.float64), "b_h": ((np.int64(n),), "float64")}


def test_arrays_that_are_expected_are_returned(tmp_path):
    arrays = {"b_h": np.zeros(2), "W_hh": np.eye(2)}
    write_npz(tmp_path / "a.npz", KIND, {"n_hidden": 2}, arrays)
    assert_same(read_npz(tmp_path / "a.npz", KIND, expected=expected_of)[1], arrays)


@pytest.mark.parametrize(
    ("about", "arrays", "message"),
    [
        ({"n_hidden": 2}, {"b_h": [0.0, 0.0]}, "has no array 'W_hh': expected it for a Language"),
        (
            {"n_hidden": 1},
            {"W_hh": [[1.0]], "b_h": [0.0], "b_y": [0.0]},
            "has an array 'b_y': expected no such array for a LanguageModel of these settings",
        ),
        (
            {"n_hidden": 2},
            {"W_hh": np.eye(2), "b_h": [0.0]},
            r"'b_h' of shape \(1,\): expected \(2,\) for a LanguageModel",
        ),
        (
            {"n_hidden": 1},
            {"W_hh": np.float32([[1]]), "b_h": [0.0]},
            "'W_hh' of dtype float32: expected float64",
        ),
        ({}, {}, r"settings that do not make a LanguageModel \(KeyError: 'n_hidden'\)"),
        ({"n_hidden": "many"}, {}, "settings that do not make a LanguageModel"),
        ({"n_hidden": None}, {}, r"settings that do not make a LanguageModel \(TypeError"),
    ],
)
def test_arrays_that_are_not_expected_are_refused(tmp_path, about, arrays, message):
    write_npz(tmp_path / "a.npz", KIND, about, arrays)
    with pytest.raises(BadFile, match=message):
        read_npz(tmp_path / "a.npz", KIND, expected=expected_of)


def test_settings_that_ask_for_impossible_arrays_are_refused(tmp_path):
    write_npz(tmp_path / "a.npz", KIND, {"n": 10**18}, {"a": [1.0]})
    with pytest.raises(BadFile, match=r"do not make a LanguageModel \(\w*MemoryError"):
        read_npz(
            tmp_path / "a.npz",
            KIND,
            expected=lambda about: {"a": (np.empty(about["n"]).shape, float)},
        )


# Damage of every sort.


def read_or_refuse(path, data):
    """Read these bytes: they are refused, or give the content of the good file."""
    path.write_bytes(data)
    try:
        about, arrays = read_npz(path, KIND)
    except BadFile:
        return False
    assert about == SETTINGS
    assert_same(arrays, ARRAYS)
    return True


def test_a_file_cut_off_anywhere_is_refused(good, tmp_path):
    data = good.read_bytes()
    for length in range(len(data)):
        assert not read_or_refuse(tmp_path / "cut.npz", data[:length])


@pytest.mark.no_cover
@pytest.mark.parametrize("mask", [0x01, 0xFF])
def test_a_change_of_any_byte_is_refused_or_does_not_matter(good, tmp_path, mask):
    data = bytearray(good.read_bytes())
    read = 0
    for position in range(len(data)):
        data[position] ^= mask
        read += read_or_refuse(tmp_path / "changed.npz", data)
        data[position] ^= mask
    assert 0 < read < len(data) / 2  # dates, permissions and the like do not matter


@pytest.mark.no_cover
@pytest.mark.parametrize("change", ["zero", "removed", "doubled"])
def test_a_byte_that_is_missing_or_too_much_is_refused(good, tmp_path, change):
    data = good.read_bytes()
    for position in range(len(data)):
        byte = data[position : position + 1]
        new = {"zero": b"\0", "removed": b"", "doubled": 2 * byte}[change]
        read_or_refuse(tmp_path / "changed.npz", data[:position] + new + data[position + 1 :])


DAMAGE = st.lists(
    st.tuples(
        st.sampled_from(["flip", "cut", "insert", "remove", "end"]),
        st.floats(0, 1, exclude_max=True),
        st.binary(min_size=1, max_size=30),
    ),
    min_size=1,
    max_size=4,
)


def damaged(data, damage):
    """Return the bytes after all of the damage; "end" hits the table of contents."""
    for how, where, new in damage:
        start = max(len(data) - 250, 0) if how == "end" else 0
        position = start + int(where * (len(data) - start))
        if how == "cut":
            data = data[:position]
        elif how == "insert":
            data = data[:position] + new + data[position:]
        elif how == "remove":
            data = data[:position] + data[position + len(new) :]
        else:
            data = data[:position] + new + data[position + len(new) :]
    return data


@given(damage=DAMAGE)
@settings(SLOW_IS_FINE, max_examples=150)
def test_damage_is_refused_or_does_not_matter(scratch, damage):
    write_npz(scratch, KIND, SETTINGS, ARRAYS)
    read_or_refuse(scratch, damaged(scratch.read_bytes(), damage))


ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-3, 3),
        st.sampled_from([10**12, 2**63, 2**64, 10**400]),
        st.floats(),
        st.sampled_from([*DTYPES, "object", "<f8", "W", "header", KIND, ""]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["W", "b", "shape", "dtype", "../x"]), inner, max_size=3),
    ),
    max_leaves=6,
)


@given(
    changes=st.dictionaries(st.sampled_from([*FINE]), ANYTHING, max_size=2),
    array=st.dictionaries(st.sampled_from(["shape", "dtype", "x"]), ANYTHING, max_size=3),
    text=st.one_of(st.none(), st.text(max_size=20)),
)
@settings(SLOW_IS_FINE, max_examples=150)
def test_a_header_of_anything_is_refused_or_is_right(scratch, changes, array, text):
    arrays = {"W": FINE["arrays"]["W"] | array}
    header = FINE | {"arrays": arrays} | changes if text is None else text
    pack(scratch, with_header(header))
    with contextlib.suppress(BadFile):
        assert_same(read_npz(scratch, KIND)[1], {"W": np.zeros(2)})


@pytest.mark.parametrize(
    "entries",
    [
        with_array(npy_claiming(TWO, shape=(10**10,))),
        with_array(npy_claiming(TWO, shape=(10**10,)), (10**10,)),
        with_array(npy(TWO), (10**15,)),
        with_header("[" * 900_000),
        with_header("[" + "[]," * 300_000 + "0]"),
        with_header(FINE | {"settings": {"k" * 400_000: [0] * 20_000}}),
        {"header.npy": npy(np.zeros(20_000_000, np.uint8))},
        with_array(npy(np.zeros(2_500_000))),
    ],
)
@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_what_a_file_claims_is_not_allocated(tmp_path, entries, compression):
    path = pack(tmp_path / "a.npz", entries, compression)
    tracemalloc.start()
    try:
        with contextlib.suppress(BadFile):
            read_npz(path, KIND)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50e6


def test_entries_that_overlap_are_refused(tmp_path):
    path = pack(tmp_path / "a.npz", {"header.npy": header_entry(FINE), "A.npy": bytes(100_000)})
    data = path.read_bytes()
    start, end = data.rindex(b"PK\x01\x02"), data.rindex(b"PK\x05\x06")
    # The table of contents names the large entry a hundred times more.
    more = b"".join(data[start:end].replace(b"A.npy", b"%05d" % number) for number in range(100))
    size = int.from_bytes(data[end + 12 : end + 16], "little") + len(more)
    tail = data[end : end + 12] + size.to_bytes(4, "little") + data[end + 16 :]
    path.write_bytes(data[:end] + more + tail)
    with pytest.raises(BadFile, match=r"claims to hold 10100... bytes: expected at most"):
        read_npz(path, KIND)


def test_no_file_stays_open(tmp_path):
    def lowest_that_is_free():
        free = os.dup(1)
        os.close(free)
        return free

    before = lowest_that_is_free()
    for _ in range(3):
        write_npz(tmp_path / "model.npz", KIND, SETTINGS, ARRAYS)
        read_npz(tmp_path / "model.npz", KIND)
    assert lowest_that_is_free() == before


def test_a_protected_file_is_kept_whoever_asks(tmp_path, monkeypatch):
    path = tmp_path / "model.npz"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "access", lambda *arguments: False)  # nothing is refused to root
    with pytest.raises(PermissionError, match="which is write-protected"):
        write_npz(path, KIND, SETTINGS, ARRAYS)
    assert path.read_bytes() == b"old"
