"""The part of `audit.faults` that runs inside pytest, with nbval's items and nbval's comparison.

`python -m pytest -p audit.planting_plugin --nbval … --plant outputs --plant-report FILE NOTEBOOK`
runs a notebook as `make test` does, plants the faults, and writes what became of each.
"""

import json
import os
import signal
import traceback
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.axes import Axes
from nbformat import NotebookNode, from_dict
from nbval.plugin import coalesce_streams
from traitlets.config import Config

from audit import planting
from publishing.cells import called_names, exercise_names
from tests import closeness
from tests.notebook_guards import GUARDS

KINDS = ("outputs", "code", "figures")
NOT_CAUGHT, WITHIN, SAME = "not caught", "within the tolerance", "changes nothing"
WITHIN_BOUND = "a bound with room"
FAILED, NOTHING_TO_CHANGE = "the audit failed", "nothing to change"
SECONDS_OF_A_FAULT = 200
OF_OUTPUTS = (
    "clean_output", "no_stray_repr", "no_long_decimals", "no_untagged_error",
    "figures_have_alternatives", "anatomy", "ignored_output_is_compared",
)  # fmt: skip
"""The guards that look at outputs."""


def pytest_addoption(parser):
    """Say what to plant, how much of it, and where to write what became of it."""
    group = parser.getgroup("planting")
    group.addoption("--plant", choices=KINDS)
    group.addoption("--plant-sample", type=int, default=0)
    group.addoption("--plant-seed", type=int, default=0)
    group.addoption("--plant-report")


def pytest_configure(config):
    """Plant what is asked for."""
    if config.getoption("--plant"):
        config.pluginmanager.register(Planter(config), "planter")


class Planter:
    """Plants faults of one kind in the notebook that pytest runs, and notes what became of them."""

    def __init__(self, config):
        self.kind = config.getoption("--plant")
        self.sample = config.getoption("--plant-sample")
        self.rng = np.random.default_rng(config.getoption("--plant-seed"))
        self.report = config.getoption("--plant-report")
        self.rows: list[dict] = []
        self.failed: list[str] = []
        self.all: list[tuple[str, str]] = []
        self.differing: list[str] = []
        self.varying: set[str] = set()
        """Cells that show other numbers in every run, such as times: that says nothing."""

    def pytest_sessionfinish(self):
        """Write the report."""
        content = {"faults": self.rows, "failed": self.failed, "possible": self.all}
        written = json.dumps(content, ensure_ascii=False)
        Path(self.report).write_text(written, encoding="utf-8")

    def note(self, item, what: str, verdict: str):
        """Note down what became of a fault."""
        self.rows.append({"cell": item.cell.id, "what": what, "verdict": verdict})

    def chosen(self, faults: list) -> list:
        """Return all faults, or as many as were asked for, drawn evenly."""
        if not self.sample or len(faults) <= self.sample:
            return faults
        drawn = self.rng.choice(len(faults), self.sample, replace=False)
        return [faults[number] for number in sorted(drawn)]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item):
        """Plant faults in the stored outputs of a cell that has passed: they are the truth."""
        try:
            result = yield
        except Exception:
            self.failed.append(item.cell.id)
            raise
        faults = list(planting.output_faults(item.cell))
        self.all += [(item.cell.id, what) for what, _ in faults]
        for what, outputs in self.chosen(faults):
            self.note(item, what, verdict(item, outputs, item.test_outputs))
        return result

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        """Run the cells in this process, and each fault in a copy of it."""
        if self.kind == "outputs":
            return None
        items = session.items
        items[0].parent.setup_sanitize_files()
        os.chdir(items[0].path.parent)
        self.shell = InteractiveShell.instance(
            config=Config({"HistoryManager": {"enabled": False}})
        )
        self.shell._showtraceback = lambda *shown: None  # it would be among what the cell prints
        plans = self.plans(items)
        if self.kind == "code":
            self.truth = in_a_copy(lambda: [self.run(item.cell.source) for item in items])
            self.differing = self.differing_cells(items)
            self.varying = {
                item.cell.id
                for item, outputs in zip(items, self.truth, strict=True)
                if shows_otherwise(item.cell, item.cell.outputs, outputs)
            }
        for number, item in enumerate(items):
            if plans[number] and self.kind == "figures":
                self.truth = in_a_copy(lambda item=item: self.run(item.cell.source))
            for what, change in plans[number]:
                found = in_a_copy(lambda n=number, c=change: self.first_difference(items, n, c))
                if found == NOT_CAUGHT and what.endswith(planting.BOUND):
                    found = WITHIN_BOUND
                self.note(item, what, found or "nbval, no end")
            self.run(item.cell.source)
        self.failed = sorted(self.differing)
        return True

    def differing_cells(self, items) -> list[str]:
        """List the cells whose outputs are others here than in a kernel: they show nothing."""
        return [
            item.cell.id
            for item, outputs in zip(items, self.truth, strict=True)
            if caught_by(item, item.cell.outputs, outputs)
        ]

    def plans(self, items) -> list[list]:
        """Choose the faults for each cell."""
        faults = [
            (number, what, change)
            for number, item in enumerate(items)
            for what, change in FAULTS_OF[self.kind](item.cell, self.rng)
        ]
        self.all = [(items[number].cell.id, what) for number, what, _ in faults]
        plans: list[list] = [[] for _ in items]
        for number, what, change in self.chosen(faults):
            plans[number].append((what, change))
        return plans

    def run(self, source: str) -> list[NotebookNode]:
        """Run a cell, and return its outputs in the form that a kernel gives them."""
        with capture_output() as captured:
            result = self.shell.run_cell(source, store_history=True)
        outputs = [
            {"output_type": "stream", "name": name, "text": text}
            for name, text in (("stdout", captured.stdout), ("stderr", captured.stderr))
            if text
        ]
        outputs += [
            {"output_type": "display_data", "data": shown.data, "metadata": {}}
            for shown in captured.outputs
        ]
        if error := result.error_in_exec or result.error_before_exec:
            named = {"ename": type(error).__name__, "evalue": str(error), "traceback": []}
            outputs.append({"output_type": "error", **named})
        return [from_dict(output) for output in outputs]

    def first_difference(self, items, number: int, change) -> str:
        """Run a cell with a fault, and those after it; say what notices the fault first."""
        outputs = change(self) if callable(change) else self.run(change)
        if self.kind == "figures":
            if not change.done:
                return NOTHING_TO_CHANGE
            if pictures(outputs) == pictures(self.truth):
                return SAME
            found = caught_by(items[number], self.truth, outputs)
            return found or without_notice(items[number].cell, self.truth, outputs)
        is_within = False
        for item, truth in zip(items[number:], self.truth[number:], strict=True):
            if item is not items[number]:
                outputs = self.run(item.cell.source)
            counts = item.cell.id not in self.differing
            if counts and (found := caught_by(item, item.cell.outputs, outputs)):
                return found if item is items[number] else f"{found}, later"
            counts = counts and item.cell.id not in self.varying
            is_within |= counts and shows_otherwise(item.cell, truth, outputs)
        return WITHIN if is_within else NOT_CAUGHT


def in_a_copy(function):
    """Return what a function returns in a copy of this process; None if that does not end."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.close(read)
        # The copy is ended by it; seconds of the processor, which other programs do not take.
        signal.setitimer(signal.ITIMER_PROF, SECONDS_OF_A_FAULT)
        try:
            returned = function()
        except BaseException:
            returned = f"{FAILED}: {traceback.format_exc(limit=-2)}"
        with os.fdopen(write, "w", encoding="utf-8") as pipe:
            json.dump(returned, pipe)
        os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as pipe:
        returned = pipe.read()
    os.waitpid(child, 0)
    return from_dict(json.loads(returned)) if returned else None


# What catches a fault ----------------------------------------------------------------------------


def caught_by(item, stored: list[NotebookNode], outputs: list[NotebookNode]) -> str:
    """Say what notices that outputs are not the stored ones; empty if nothing does."""
    errors = [output for output in outputs if output.output_type == "error"]
    if errors and not item.options["check_exception"]:
        return "assert" if errors[0].ename == "AssertionError" else "error"
    if item.options["check"]:
        both = (coalesce_streams(deepcopy(each)) for each in (outputs, stored))
        item.format_output_compare = lambda *compared: None  # to show the difference takes seconds
        if not item.compare_outputs(*both):
            return "nbval"
    cell = NotebookNode(item.cell, outputs=stored)
    return "tolerance" if closeness.cell_differences(cell, outputs) else ""


def verdict(item, stored: list[NotebookNode], outputs: list[NotebookNode]) -> str:
    """Say what notices a fault in stored outputs."""
    if found := caught_by(item, stored, outputs):
        return found
    notebook = NotebookNode(item.parent.nb)
    cells = [
        NotebookNode(cell, outputs=stored) if cell is item.cell else cell for cell in notebook.cells
    ]
    notebook["cells"] = cells
    for name in OF_OUTPUTS:
        guard, path = GUARDS[name], Path(item.path)
        if set(guard(notebook, path)) - set(guard(item.parent.nb, path)):
            return f"guard {name}"
    numbers = closeness.words_of(item.cell.outputs) == closeness.words_of(stored)
    return WITHIN if numbers and closeness.has_tolerance(item.cell) else NOT_CAUGHT


def without_notice(cell: NotebookNode, stored: list[NotebookNode], outputs) -> str:
    """Say why a figure from other numbers is not noticed: only where a tag allows that much."""
    untagged = NotebookNode(cell, outputs=stored, metadata=NotebookNode())
    return WITHIN if closeness.cell_differences(untagged, outputs) else NOT_CAUGHT


def shows_otherwise(cell: NotebookNode, truth: list[NotebookNode], outputs) -> bool:
    """Tell whether a cell shows other numbers or words, where a tag allows some."""
    before, after = (
        [closeness.shown_text(each), *closeness.data_of(each, closeness.DRAWN)]
        for each in (truth, outputs)
    )
    return closeness.has_tolerance(cell) and before != after


def pictures(outputs: list[NotebookNode]) -> list[str]:
    """List the pages that show pictures, with each of their pixels."""
    return closeness.data_of(outputs, "text/html")


# What is changed before a cell runs ---------------------------------------------------------------


def code_changes(cell: NotebookNode, rng: np.random.Generator) -> Iterator[tuple[str, str]]:
    """Yield faults in the code of a cell; stubs of exercises are held word for word by tests."""
    if not exercise_names(cell):
        yield from planting.code_faults(cell.source)


def figure_changes(cell: NotebookNode, rng: np.random.Generator) -> Iterator[tuple[str, object]]:
    """Yield changes of what is handed to the functions that draw in a cell that shows a figure."""
    if not called_names(cell) & {"show", "show_steps"}:
        return
    names = {name for name in called_names(cell) if name.startswith("draw_")}
    for way in planting.WAYS:
        seed = int(rng.integers(2**31))
        yield (
            f"{', '.join(sorted(names)) or 'Axes'}: {way}",
            Perturbed(cell.source, names, way, seed),
        )


class Perturbed:
    """Runs a cell in which the first call that draws numbers gets others than it should."""

    def __init__(self, source: str, names: set[str], way: str, seed: int):
        self.source, self.names, self.way = source, names, way
        self.rng, self.done = np.random.default_rng(seed), False

    def __call__(self, planter: Planter) -> list[NotebookNode]:
        """Run the cell in the shell of a planter."""
        import rnnhelpers.figures

        for name in self.names or ("plot", "bar", "barh"):
            for holder in (rnnhelpers.figures, planter.shell.user_ns) if self.names else (Axes,):
                self.wrap(holder, name)
        return planter.run(self.source)

    def wrap(self, holder, name: str):
        """Put a function that perturbs its arguments in the place of another."""
        is_dict = isinstance(holder, dict)
        original = holder.get(name) if is_dict else getattr(holder, name, None)
        if original is None:
            return

        def wrapped(*arguments, **options):
            own = arguments[:1] if holder is Axes else ()
            given = (arguments[len(own) :], options)
            changed = None if self.done else planting.perturbed(given, self.way, self.rng)
            self.done |= changed is not None
            arguments, options = changed or given
            return original(*own, *arguments, **options)

        if is_dict:
            holder[name] = wrapped
        else:
            setattr(holder, name, wrapped)


FAULTS_OF = {"code": code_changes, "figures": figure_changes}
