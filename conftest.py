"""For all tests, also those of the notebooks: the learner's own progress is not touched.

The kernels in which nbval runs notebooks show no progress bars, which differ from run to run.
What nbval cannot compare, since it may differ a little, is compared within a tolerance.
"""

import os
import shutil
import tempfile
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import pytest

from tests import closeness

collect_ignore = [] if find_spec("sphinx") else ["publishing/site"]  # which is made with it


def pytest_configure(config):
    """Name a file that does not exist; the kernels in which nbval runs notebooks inherit it."""
    folder = Path(tempfile.mkdtemp(prefix="rnnhelpers-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    os.environ["RNNHELPERS_PROGRESS"] = str(folder / "my_progress.json")
    if config.getoption("nbval", default=False):
        os.environ["TQDM_DISABLE"] = "1"
        if os.name == "posix":
            start_kernels_without_ports(folder)


def start_kernels_without_ports(folder):
    """Let nbval talk to its kernels through files: a port that was free may be taken meanwhile.

    Jupyter looks for free ports, and the kernel opens them a second later, or dies if another
    program was quicker.
    """
    from nbval import kernel

    manager_class, numbers = kernel.KernelManager, count()

    def manager(**options):
        place = str(folder / f"kernel-{next(numbers)}")
        sockets = {"transport": "ipc", "ip": place, "connection_file": f"{place}.json"}
        return manager_class(**sockets, **options)

    kernel.KernelManager = manager


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Keep nbval from comparing what figures were drawn from to the last digit."""
    collected = yield
    for file in collected:
        if hasattr(file, "skip_compare"):
            file.skip_compare += (closeness.DRAWN,)
    return collected


def pytest_collection_modifyitems(items):
    """Begin with the last notebooks, which take longest: so two workers end at the same time."""
    items.sort(key=lambda item: item.path.name if hasattr(item, "cell") else "", reverse=True)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    """Compare that within a tolerance, once nbval has compared the rest of a cell's outputs."""
    result = yield
    is_cell = hasattr(item, "test_outputs")
    if is_cell and (found := closeness.cell_differences(item.cell, item.test_outputs)):
        item.raise_cell_error("Cell outputs are too far apart", "\n".join(found))
    return result


@pytest.fixture(autouse=True)
def no_progress_yet():
    """Begin each test without progress."""
    Path(os.environ["RNNHELPERS_PROGRESS"]).unlink(missing_ok=True)
