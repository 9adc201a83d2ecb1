"""For all tests, also those of the notebooks: the learner's own progress is not touched.

The kernels in which nbval runs notebooks show no progress bars, which differ from run to run.
"""

import os
import shutil
import tempfile
from pathlib import Path

import pytest


def pytest_configure(config):
    """Name a file that does not exist; the kernels in which nbval runs notebooks inherit it."""
    folder = Path(tempfile.mkdtemp(prefix="rnnhelpers-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["RNNHELPERS_PROGRESS"] = str(folder / "my_progress.json")
    if config.getoption("nbval", default=False):
        os.environ["TQDM_DISABLE"] = "1"


@pytest.fixture(autouse=True)
def no_progress_yet():
    """Begin each test without progress."""
    Path(os.environ["RNNHELPERS_PROGRESS"]).unlink(missing_ok=True)
