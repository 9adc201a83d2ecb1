"""What reads files, one function of the file's bytes each, for a coverage-guided search.

Run as a program, it searches in one of them with atheris, which ends the process.
"""

import argparse
import contextlib
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
MEMORY_MB, SECONDS_A_FILE = 1500, 20
TEXT = b"This is a line of a text of one's own.\n" * 40


def seeds_of(name):
    """Return files to begin with: good ones."""
    with tempfile.TemporaryDirectory(prefix="rnnhelpers-fuzz-") as folder:
        return SEEDS[name](Path(folder, "seed.npz"))


def _language_model(path):
    from rnnhelpers.language_model import LanguageModel

    model = LanguageModel(n_hidden=2, n_updates=1, n_sequences=2, n_steps=3)
    model.fit("abc abd " * 9, progress=False).save(path)
    return [path.read_bytes()]


def _estimator(path):
    from rnnhelpers.estimators import RNNClassifier

    X = np.arange(24.0).reshape(4, 3, 2)
    RNNClassifier(n_hidden=2, n_epochs=1).fit(X, ["a", "b", "a", "b"]).save(path)
    return [path.read_bytes()]


def _header_of(path):
    """Return the headers of both, followed by numbers."""
    found = []
    for make in (_language_model, _estimator):
        with zipfile.ZipFile(io.BytesIO(make(path)[0])) as archive:
            found.append(archive.read("header.npy")[128:])
    return found


def _progress(path):
    good = {"version": 1, "passed": ["tanh-slope"], "crc32": 1}
    return [json.dumps(good).encode(), b'{"version": 1, "passed": []}', b'{"version": 2}']


def _record(path):
    return [json.dumps({"version": 1, "given": {"01.ipynb": "0" * 64}}).encode()]


def _notebook(path):
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": ["# One"]}
    return [json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}).encode()]


def _text(path):
    return [
        TEXT,
        b"\xef\xbb\xbf" + TEXT,
        TEXT.decode().encode("utf-16"),
        b"\r" + TEXT,
        b"\0" + TEXT,
    ]


SEEDS = {
    "model": _language_model,
    "estimator": _estimator,
    "header": _header_of,
    "progress": _progress,
    "record": _record,
    "notebook": _notebook,
    "text": _text,
}
"""The loaders, and what makes good files of each."""


def loader(name, folder):
    """Return a function of the bytes of a file; it raises where the reader breaks its promise.

    Parameters
    ----------
    name : str
        A key of `SEEDS`.
    folder : pathlib.Path
        Where the file is written.

    Returns
    -------
    callable
        Takes bytes. A file that is refused as it should be raises nothing.
    """
    return LOADERS[name](folder)


def _model_loader(folder, read=None):
    from rnnhelpers.language_model import LanguageModel
    from rnnhelpers.saving import BadFile

    path = folder / "model.npz"

    def load(data):
        path.write_bytes(data)
        try:
            model = LanguageModel.load(path)
        except BadFile as error:
            _check_message(error, path)
            return
        # What is not refused can be used.
        _check_finite(model.network_.params.flat)
        model.predict_proba("a" if model.of_characters_ else ["a"])

    return load


def _estimator_loader(folder):
    from rnnhelpers.estimators import RNNClassifier
    from rnnhelpers.saving import BadFile

    path = folder / "estimator.npz"

    def load(data):
        path.write_bytes(data)
        try:
            model = RNNClassifier.load(path)
        except BadFile as error:
            _check_message(error, path)
            return
        _check_finite(model.network_.params.flat)
        repr(model.classes_)

    return load


def _header_loader(folder):
    """Put a header into a file that is in order otherwise, so that its content is looked at."""
    from rnnhelpers.saving import BadFile, read_npz

    path, numbers = folder / "header.npz", _npy(np.zeros(2))

    def load(data):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("header.npy", _npy(np.frombuffer(data, np.uint8)))
            archive.writestr("W.npy", numbers)
        for kind in ("LanguageModel", "RNNClassifier"):
            with contextlib.suppress(BadFile):
                read_npz(path, kind, expected=_expected_by(kind))

    return load


def _expected_by(kind):
    from rnnhelpers.estimators import RNNClassifier
    from rnnhelpers.language_model import LanguageModel

    return {"LanguageModel": LanguageModel, "RNNClassifier": RNNClassifier}[kind]._expected


def _npy(array):
    written = io.BytesIO()
    np.lib.format.write_array(written, array, allow_pickle=False)
    return written.getvalue()


def _progress_loader(folder):
    from rnnhelpers.exercises import progress

    path = folder / "my_progress.json"
    os.environ[progress.VARIABLE] = str(path)

    def load(data):
        path.write_bytes(data)
        passed, notice = progress.read_passed()
        assert all(isinstance(name, str) for name in passed)
        for aside in folder.glob("my_progress.damaged-*"):
            assert aside.name in notice, "left aside, and not told"
            assert aside.read_bytes() == data, "not what was there"
            aside.unlink()

    return load


def _record_loader(folder):
    from rnnhelpers import classroom

    shared, own = folder / "shared", folder / "own"
    for made in (shared, own):
        made.mkdir()
    (shared / "01.ipynb").write_text("of the instructor")

    def load(data):
        (own / classroom.RECORD).write_bytes(data)
        (own / "01.ipynb").write_text("an answer")
        given = classroom.give_copies(shared, own)
        assert (own / "01.ipynb").read_text() == "an answer", "a learner's file was written to"
        assert not given.failed, given.failed
        for beside in own.glob("01.newer-*"):
            beside.unlink()

    return load


def _notebook_loader(folder):
    from rnnhelpers.exercises.notebooks import read_notebook
    from rnnhelpers.exercises.teaching import without_solutions

    path = folder / "a.ipynb"

    def load(data):
        path.write_bytes(data)
        try:
            notebook = read_notebook(path)
        except ValueError as error:
            _check_message(error, path)
            return
        without_solutions(notebook)

    return load


def _text_loader(folder):
    from rnnhelpers.datasets import load_text_file

    path = folder / "own.txt"

    def load(data):
        path.write_bytes(data)
        try:
            text = load_text_file(path)
        except ValueError as error:
            _check_message(error, path)
            return
        assert text.train, "nothing to learn from"
        assert text.held_out, "nothing to measure on"
        assert not {"\r", "\0"} & set(text.train + text.held_out), "line ends, or zeros"

    return load


LOADERS = {
    "model": _model_loader,
    "estimator": _estimator_loader,
    "header": _header_loader,
    "progress": _progress_loader,
    "record": _record_loader,
    "notebook": _notebook_loader,
    "text": _text_loader,
}


def _check_message(error, path):
    """Raise unless an error names the file, and is no error of an encoding, say, from inside."""
    assert not isinstance(error, UnicodeError), error
    assert path.name in str(error), f"the file is not named: {error}"
    assert "expected" in str(error) or ": " in str(error), f"no reason is given: {error}"


def _check_finite(numbers):
    assert np.isfinite(numbers).all(), "NaN or infinity came out of a file"


def search(name, seconds):
    """Search with atheris for a file that a loader does not take well, in a process of its own.

    Returns
    -------
    summary : str
        How many files were tried, and how much of the code they reached.
    complaint : str
        What went wrong, with the file; empty if nothing did.
    """
    with tempfile.TemporaryDirectory(prefix="rnnhelpers-fuzz-") as folder:
        command = [sys.executable, "-m", "audit.fuzzing.loaders", name, folder, str(seconds)]
        result = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )  # fmt: skip
        crashes = [path.read_bytes() for path in Path(folder).glob("crash-*")]
        crashes += [path.read_bytes() for path in Path(folder).glob("*-[0-9a-f]*") if not crashes]
    reached = re.findall(r"cov: (\d+) ft: (\d+)", result.stderr)
    n_runs = re.findall(r"stat::number_of_executed_units: +(\d+)", result.stderr)
    summary = f"{n_runs[-1] if n_runs else '?'} files"
    if reached:
        summary += f", {reached[0][0]} to {reached[-1][0]} places in the code"
    if result.returncode == 0:
        return summary, ""
    said = result.stdout[-1500:] + result.stderr[-3000:]
    return summary, f"the file {crashes[0][:2000]!r}\n{said}" if crashes else said


def main(arguments=None):
    """Search in one loader until the time is over; atheris ends the process."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SEEDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("seconds", type=int)
    options = parser.parse_args(arguments)
    import atheris

    corpus, files = options.folder / "corpus", options.folder / "files"
    corpus.mkdir()
    files.mkdir()
    for number, data in enumerate(seeds_of(options.name)):
        (corpus / str(number)).write_bytes(data)
    for module in [name for name in sys.modules if name.startswith("rnnhelpers")]:
        del sys.modules[module]  # it is imported anew, with what counts the coverage
    with atheris.instrument_imports(include=["rnnhelpers"]):
        load = loader(options.name, files)
    settings = [
        f"-max_total_time={options.seconds}", f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={SECONDS_A_FILE}", "-print_final_stats=1",
        f"-artifact_prefix={options.folder}{os.sep}",
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *settings, str(corpus)], load)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
