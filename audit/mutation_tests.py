"""Which test runs which line, and how long it takes: a pytest plugin records it.

`python -m pytest -p audit.mutation_tests`, with the start of a path in `MUTATION_RECORDING`: each
process of pytest-xdist writes a file of its own that begins so.

What a fixture of a module or a session does is done once, for all the tests that ask for it: its
lines and its time are noted apart, and each of these tests reaches them. What a cache keeps is
forgotten before each test.
"""

import contextlib
import functools
import gc
import json
import os
import sys
import time
from pathlib import Path

import pytest

VARIABLE = "MUTATION_RECORDING"
FIXTURE = "fixture"
READERS = "tests/test_package.py::"
"""Tests that look at the signatures of all modules, and run nothing of them."""
RECORDS = {
    "rnnhelpers/figures/": "tests/test_figures.py::test_every_figure_looks_as_it_did",
    "rnnhelpers/exercises/": "tests/test_exercises.py::test_every_task_is_what_it_was",
    "rnnhelpers/": "tests/test_reference_values.py::",
}
"""Tests that compare all that comes out of a folder with what came out before: they find most."""


def shared_fixtures(item):
    """Return the fixtures that a test shares with others, each with its key."""
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    definitions = {name: found[-1] for name, found in known.items() if found}
    indices = getattr(getattr(item, "callspec", None), "indices", {})

    def behind(name):
        """Yield a fixture's name, and those of all that it asks for."""
        yield name
        for other in definitions[name].argnames:
            if other in definitions and other != name:
                yield from behind(other)

    def key(name):
        """Return what is set up once: a fixture, with the parameters of this test."""
        parameters = {each: indices[each] for each in sorted(behind(name)) if each in indices}
        return f"{FIXTURE} {definitions[name].baseid} {name} {parameters}"

    return {name: key(name) for name, each in definitions.items() if each.scope != "function"}


class Recorder:
    """Measures the lines of each test that passes, and its processor time."""

    def __init__(self, tree, target):
        import coverage  # only here: the tests of a mutant run without it

        self.tree, self.target = Path(tree), Path(target)
        self.seconds, self.failed, self.starters, self.fixtures = {}, [], set(), {}
        self.test, self.running, self.caches = None, [], None
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
        """Note down one test, and the fixtures that it shares."""
        if self.caches is None:
            cache = type(functools.cache(len))
            self.caches = [thing for thing in gc.get_objects() if type(thing) is cache]
        for cache in self.caches:
            if getattr(cache, "__module__", "").startswith(("rnnhelpers", "tests", "test_")):
                cache.cache_clear()
        self.test = item.nodeid
        for key in shared_fixtures(item).values():
            self.fixtures.setdefault(key, []).append(self.test)
        with self.measured(item.nodeid):
            return (yield)

    @contextlib.contextmanager
    def measured(self, name):
        """Give lines and time to a name, and nothing of it to what this is a part of."""
        started = time.process_time()
        self.running.append(name)
        self.coverage.switch_context(name)
        try:
            yield
        finally:
            whole = time.process_time() - started
            self.seconds[name] = round(self.seconds.get(name, 0.0) + whole, 4)
            self.running.pop()
            around = self.running[-1] if self.running else ""
            self.coverage.switch_context(around)
            if around:
                self.seconds[around] = self.seconds.get(around, 0.0) - whole

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef, request):
        """Note down a fixture that several tests share."""
        key = shared_fixtures(request._pyfuncitem).get(fixturedef.argname)
        if key not in self.fixtures:
            return (yield)
        with self.measured(key):
            return (yield)

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
        recording |= {"starters": sorted(self.starters), "fixtures": self.fixtures}
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
    whole = {"seconds": {}, "failed": [], "starters": [], "fixtures": {}, "lines": {}}
    for part in recordings:
        whole["seconds"].update(part["seconds"])
        whole["failed"] += part["failed"]
        whole["starters"] += part["starters"]
        for key, tests in part["fixtures"].items():
            whole["fixtures"].setdefault(key, []).extend(tests)
        for path, tests_of_line in part["lines"].items():
            known = whole["lines"].setdefault(path, {})
            for line, tests in tests_of_line.items():
                known.setdefault(int(line), []).extend(tests)
    return whole


class Reach:
    """Finds the tests that run a mutant: records, those of its module, and quick ones first."""

    def __init__(self, recording, budget):
        self.budget = budget
        self.lines = recording["lines"]
        self.starters = sorted(recording["starters"])
        skipped = {*recording["failed"]}
        self.seconds = {
            test: seconds for test, seconds in recording["seconds"].items() if test not in skipped
        }
        self.fixtures, self.shared = recording["fixtures"], {}
        for key, tests in self.fixtures.items():
            for test in tests:
                self.shared.setdefault(test, set()).add(key)

    def tests_behind(self, context):
        """Return the test that a context is, or those that share the fixture that it is."""
        return self.fixtures.get(context, [context])

    def seconds_of(self, test, done=frozenset()):
        """Return the processor seconds of a test, and of the fixtures that are not done yet."""
        missing = self.shared.get(test, set()) - done
        return self.seconds[test] + sum(self.seconds.get(key, 0.0) for key in missing)

    def seconds_together(self, tests):
        """Return the processor seconds of tests, with each fixture that they share once."""
        total, done = 0.0, set()
        for test in tests:
            total += self.seconds_of(test, done)
            done |= self.shared.get(test, set())
        return total

    def is_run_at_import(self, mutant):
        """Return whether the place was run outside of any test."""
        first, last = mutant.lines
        known = self.lines.get(mutant.path, {})
        return any("" in known.get(line, ()) for line in range(first, last + 1))

    def starters_of(self, mutant):
        """Return the tests of its module that start programs, which might reach a mutant."""
        own = f"tests/test_{Path(mutant.path).stem}"
        return [test for test in self.starters if test.startswith(own) and test in self.seconds]

    def reaching(self, path, lines):
        """Return the tests that run one of these lines of a module."""
        known = self.lines.get(path, {})
        contexts = {context for line in lines for context in known.get(line, ())}
        return {test for context in contexts for test in self.tests_behind(context) if test}

    def tests_of(self, mutant):
        """Return the tests that reach a mutant, as many as the budget in seconds allows."""
        first, last = mutant.lines
        reached = self.reaching(mutant.path, range(first, last + 1))
        # A function that makes a constant, say: whoever uses the constant may see it.
        only_at_import = not reached and self.is_run_at_import(mutant)
        if mutant.at_import or only_at_import:
            reached = self.reaching(mutant.path, self.lines.get(mutant.path, {}))
            own = f"tests/test_{Path(mutant.path).stem}"  # may read a constant, and run nothing
            record = next(
                test for folder, test in RECORDS.items() if mutant.path.startswith(folder)
            )
            readers = {test for test in self.seconds if test.startswith((READERS, own, record))}
            reached |= readers - {*self.starters}
        chosen, spent, done = [], 0.0, set()
        for test in sorted(reached & self.seconds.keys(), key=self.order(mutant.path)):
            spent += self.seconds_of(test, done)
            if chosen and spent > self.budget:
                break
            chosen.append(test)
            done |= self.shared.get(test, set())
        return [*chosen, *(test for test in self.starters_of(mutant) if test not in chosen)]

    def order(self, path):
        """Return the key that sorts tests by how likely, and how soon, they find something."""
        own = (f"tests/test_{Path(path).stem}", f"{Path(path).parent}/{Path(path).name}")
        first = (*RECORDS.values(), *own)
        return lambda test: (not test.startswith(first), self.seconds_of(test), test)
