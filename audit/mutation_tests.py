"""Which test runs which line, and how long it takes: a pytest plugin records it.

`python -m pytest -p audit.mutation_tests`, with the start of a path in `MUTATION_RECORDING`: each
process of pytest-xdist writes a file of its own that begins so.
"""

import json
import os
import sys
import time
from pathlib import Path

import pytest

VARIABLE = "MUTATION_RECORDING"
READERS = "tests/test_package.py::"
"""Tests that look at the signatures of all modules, and run nothing of them."""


class Recorder:
    """Measures the lines of each test that passes, and its processor time."""

    def __init__(self, tree, target):
        import coverage  # only here: the tests of a mutant run without it

        self.tree, self.target = Path(tree), Path(target)
        self.seconds, self.failed, self.starters = {}, [], set()
        self.test = None
        sys.addaudithook(self.note_a_program)
        # Coverage holds what it measures in a file of its own; nothing is read from settings.
        self.coverage = coverage.Coverage(
            data_file=None, source=[str(self.tree / "rnnhelpers")], config_file=False
        )
        self.coverage.start()

    def note_a_program(self, event, _):
        """Note down that the test starts another program, whose lines are not measured."""
        if event == "subprocess.Popen" and self.test:
            self.starters.add(self.test)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        """Note down one test."""
        self.test = item.nodeid
        self.coverage.switch_context(item.nodeid)
        started = time.process_time()
        result = yield
        self.seconds[item.nodeid] = round(time.process_time() - started, 4)
        self.coverage.switch_context("")
        return result

    def pytest_runtest_logreport(self, report):
        """Note down that a test has failed, or was skipped."""
        if report.outcome != "passed":
            self.failed.append(report.nodeid)

    def pytest_sessionfinish(self):
        """Write it all down."""
        self.coverage.stop()
        data = self.coverage.get_data()
        lines = {
            Path(path).relative_to(self.tree).as_posix(): data.contexts_by_lineno(path)
            for path in data.measured_files()
        }
        recording = {"seconds": self.seconds, "failed": self.failed, "lines": lines}
        recording["starters"] = sorted(self.starters)
        self.target.write_text(json.dumps(recording), encoding="utf-8")


def pytest_configure(config):
    """Record, unless this process hands its tests to others."""
    target, worker = os.environ.get(VARIABLE), getattr(config, "workerinput", None)
    if target and (worker or not getattr(config.option, "numprocesses", None)):
        name = worker["workerid"] if worker else "main"
        recorder = Recorder(config.rootpath, f"{target}-{name}.json")
        config.pluginmanager.register(recorder, "mutation-recorder")


def merged(recordings):
    """Return the recordings of several processes as one, with the lines as numbers."""
    whole = {"seconds": {}, "failed": [], "starters": [], "lines": {}}
    for part in recordings:
        whole["seconds"].update(part["seconds"])
        whole["failed"] += part["failed"]
        whole["starters"] += part["starters"]
        for path, tests_of_line in part["lines"].items():
            known = whole["lines"].setdefault(path, {})
            for line, tests in tests_of_line.items():
                known.setdefault(int(line), []).extend(tests)
    return whole


class Reach:
    """Finds the tests that run a mutant: those of its module and quick ones first."""

    def __init__(self, recording, budget):
        self.budget = budget
        self.lines = recording["lines"]
        self.starters = sorted(recording["starters"])
        skipped = set(recording["failed"])
        self.seconds = {
            test: seconds for test, seconds in recording["seconds"].items() if test not in skipped
        }

    def is_run_at_import(self, mutant):
        """Return whether the place was run outside of any test."""
        first, last = mutant.lines
        known = self.lines.get(mutant.path, {})
        return any("" in known.get(line, ()) for line in range(first, last + 1))

    def starters_of(self, mutant):
        """Return the tests of its module that start programs, which might reach a mutant."""
        own = f"tests/test_{Path(mutant.path).stem}"
        return [test for test in self.starters if test.startswith(own) and test in self.seconds]

    def tests_of(self, mutant):
        """Return the tests that reach a mutant, as many as the budget in seconds allows."""
        known = self.lines.get(mutant.path, {})
        first, last = mutant.lines
        lines = known if mutant.at_import else range(first, last + 1)
        reached = {test for line in lines for test in known.get(line, ())}
        if mutant.at_import:
            own = f"tests/test_{Path(mutant.path).stem}"  # may read a constant, and run nothing
            readers = {test for test in self.seconds if test.startswith((READERS, own))}
            reached |= readers - {*self.starters}
        chosen, spent = [], 0.0
        for test in sorted(reached & self.seconds.keys(), key=self.order(mutant.path)):
            spent += self.seconds[test]
            if chosen and spent > self.budget:
                break
            chosen.append(test)
        return [*chosen, *(test for test in self.starters_of(mutant) if test not in chosen)]

    def order(self, path):
        """Return the key that sorts tests by how likely, and how soon, they find something."""
        own = (f"tests/test_{Path(path).stem}", f"{Path(path).parent}/{Path(path).name}")
        return lambda test: (not test.startswith(own), self.seconds[test], test)
