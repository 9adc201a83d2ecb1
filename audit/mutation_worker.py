"""Run mutants in the tree that is the working folder: `python -m audit.mutation_worker PLAN`.

A process in which everything is imported and all tests are collected forks once for each mutant.
The fork puts the code of the mutant into the functions that exist, runs the tests that reach it
until one fails, and ends. Where the place is run at import, the fork is of a process that has not
imported the package yet, and the mutant is written to its file. So it is if a mutant survives in
the first way, and its function is also called at import, or tests of the module start programs.
"""

import contextlib
import gc
import importlib
import json
import os
import re
import select
import signal
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from audit.mutation_source import Mutant

MEMORY = 4 * 2**30
"""Bytes that a mutant may take in addition to what is taken already."""


# One mutant, one process ------------------------------------------------------------------------


def in_a_fork(attempt, processor_seconds, memory=MEMORY):
    """Return what a function says in a process of its own, and the processor seconds it took.

    A process that takes more than these seconds of the processor, or 20 times as long on the
    clock, is ended and called a timeout. One that ends by itself without a word has crashed.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if not pid:
        os.close(reading)
        with contextlib.suppress(BaseException):  # whatever a mutant does, it ends here
            limit(processor_seconds, memory)
            os.write(writing, json.dumps(attempt()).encode())
        os._exit(0)
    os.close(writing)
    on_time, _, _ = select.select([reading], [], [], 20 * processor_seconds + 60)
    if not on_time:
        os.kill(pid, signal.SIGKILL)
    said = b""
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read()
    _, status, usage = os.wait4(pid, 0)
    seconds = usage.ru_utime + usage.ru_stime
    if said:
        return json.loads(said), seconds
    was_stopped = os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGPROF, signal.SIGKILL)
    return {"verdict": "timeout" if was_stopped else "caught", "by": "a crash"}, seconds


def limit(processor_seconds, memory):
    """Set this process its limits: SIGPROF ends it, and what it cannot have is a MemoryError."""
    import resource  # Windows has none, and is not meant to come so far

    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, processor_seconds)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if sys.platform == "linux" else 0
    if pages:
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))


# What takes the place of functions that exist ---------------------------------------------------


def codes_in(code):
    """Yield a code object and all that it holds."""
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            yield from codes_in(constant)


def place_of(code):
    """Return what a function has in common with itself in a mutant."""
    return code.co_filename, code.co_qualname, code.co_firstlineno


def live_functions(folder):
    """Return all functions of a folder's modules that exist, by their place."""
    found = {}
    for thing in gc.get_objects():
        if type(thing) is type(live_functions) and thing.__code__.co_filename.startswith(folder):
            found.setdefault(place_of(thing.__code__), []).append(thing)
    return found


def put_in(mutant, functions):
    """Give the functions that exist the code of a mutant; return whether one of them changed."""
    path = Path(mutant.path).resolve()
    source = path.read_text(encoding="utf-8")
    old, new = (compile(text, str(path), "exec") for text in (source, mutant.of(source)))
    before = {place_of(code): code for code in codes_in(old)}
    changed = False
    for code in codes_in(new):
        place = place_of(code)
        for function in functions.get(place, ()):
            if code != before.get(place):
                function.__code__ = code
                changed = True
    return changed


class Warm:
    """A process in which all is imported and collected, which forks for each mutant it is sent."""

    def __init__(self, jobs, options):
        self.jobs = {job.number: job for job in jobs}
        questions, self.questions = map(os.fdopen, os.pipe(), "rw")
        self.answers, answers = map(os.fdopen, os.pipe(), "rw")
        self.pid = os.fork()
        if not self.pid:
            self.questions.close()
            self.answers.close()
            with contextlib.suppress(BaseException):
                files = sorted({test.partition("::")[0] for job in jobs for test in job.tests})
                runner = WarmRunner(self.jobs, questions, answers)
                pytest.main([*options, *files], plugins=[runner])
            os._exit(0)
        questions.close()
        answers.close()

    def run(self, job):
        """Return what became of a mutant, and the processor seconds it took."""
        print(job.number, file=self.questions, flush=True)
        answer = self.answers.readline()
        if not answer:
            raise RuntimeError("pytest has ended before its time")
        return json.loads(answer)

    def close(self):
        """End the process."""
        self.questions.close()
        os.waitpid(self.pid, 0)


def with_tests_that_pass(job, attempt):
    """Return what `attempt(tests)` says of a mutant, if the test that fails passes without it.

    `attempt(tests, original=True)` runs tests without the mutant, once for each test that is the
    first to fail. A test that fails then has caught nothing, and is not run any more.
    """
    while True:
        result, seconds = attempt([test for test in job.tests if PASSES.get(test, True)])
        test = result.get("by")
        if result["verdict"] != "caught" or test not in job.tests:
            return result, seconds
        if test not in PASSES:
            PASSES[test] = attempt([test], original=True)[0]["verdict"] == "survived"
        if PASSES[test]:
            return result, seconds


PASSES = {}
"""Whether a test passes in this process without any mutant, for those that have failed with one."""


class WarmRunner:
    """A pytest plugin that runs the mutants it is asked for instead of the tests."""

    def __init__(self, jobs, questions, answers):
        self.jobs, self.questions, self.answers = jobs, questions, answers
        self.failed = None
        self.finders = {}

    def pytest_runtestloop(self, session):
        """Fork for each mutant, once everything is collected."""
        items = {item.nodeid: item for item in session.items}
        lost = {test for job in self.jobs.values() for test in job.tests} - items.keys()
        if lost:
            raise RuntimeError(f"{len(lost)} tests are not there that were, such as {min(lost)}")
        functions = live_functions(str(Path("rnnhelpers").resolve()))
        gc.collect()
        gc.freeze()  # so that a fork need not copy what it does not change
        for number in self.questions:
            answer = self.run(self.jobs[int(number)], items, functions)
            print(json.dumps(answer), file=self.answers, flush=True)
        return True

    def run(self, job, items, functions):
        """Try one mutant; the tests that found one in the same module go first."""
        finders = self.finders.setdefault(job.mutant.path, [])

        def attempt(tests, original=False):
            first = [test for test in finders if test in tests]
            chosen = [items[test] for test in dict.fromkeys([*first, *tests])]
            return in_a_fork(lambda: self.said(job, functions, chosen, original), job.limit)

        result, seconds = with_tests_that_pass(job, attempt)
        if result.get("by") in items:
            finders[:] = [result["by"], *(test for test in finders if test != result["by"])][:20]
        return result, seconds

    def said(self, job, functions, items, original):
        """Put a mutant in, unless it is the original that counts, and run tests."""
        try:
            if original or put_in(job.mutant, functions):
                return self.verdict(items)
        except ValueError:  # it has other variables of the function around it
            pass
        return {"verdict": "unsure"}

    def verdict(self, items):
        """Run tests until one fails."""
        for item, following in zip(items, [*items[1:], None], strict=True):
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.failed:
                return {"verdict": "caught", "by": self.failed}
        return {"verdict": "survived"}

    def pytest_runtest_logreport(self, report):
        """Note down the first test that fails."""
        if report.failed and not self.failed:
            self.failed = report.nodeid


class Chooser:
    """A pytest plugin that keeps some tests, in this order."""

    def __init__(self, tests):
        self.place = {test: number for number, test in enumerate(tests)}
        self.failed = ""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        """Leave out the others."""
        chosen = [item for item in items if item.nodeid in self.place]
        items[:] = sorted(chosen, key=lambda item: self.place[item.nodeid])

    def pytest_runtest_logreport(self, report):
        """Note down which test fails."""
        if report.failed:
            self.failed = report.nodeid


def run_cold(job, options):
    """Write a mutant to its file, run its tests in a fork that imports it, and put it back."""
    path = Path(job.mutant.path)
    source = path.read_text(encoding="utf-8")

    def attempt(tests, original=False):
        path.write_text(source if original else job.mutant.of(source), encoding="utf-8")
        return in_a_fork(lambda: said_by_pytest(tests, options), job.limit + 20)

    try:
        return with_tests_that_pass(job, attempt)
    finally:
        path.write_text(source, encoding="utf-8")


def said_by_pytest(tests, options):
    """Run tests as a session of their own, until one fails."""
    if not tests:
        return {"verdict": "survived"}
    chooser = Chooser(tests)
    files = list(dict.fromkeys(test.partition("::")[0] for test in tests))
    code = pytest.main([*options, "-x", *files], plugins=[chooser])
    if code not in (0, 1, 2):
        return {"verdict": "unsure", "by": f"pytest ended with {code!s}"}
    if not code:
        return {"verdict": "survived"}
    return {"verdict": "caught", "by": chooser.failed or "an import"}


# The plan ---------------------------------------------------------------------------------------


class Job:
    """A mutant, the tests that reach it, and the processor seconds that they may take."""

    def __init__(self, number, mutant, tests, seconds, is_imported):
        self.number, self.tests, self.is_imported = number, tests, is_imported
        mutant = dict(mutant, lines=tuple(mutant["lines"]), span=tuple(mutant["span"]))
        self.mutant = Mutant(**mutant)
        self.limit = 2 + 10 * seconds


def preload(files):
    """Import what these files import, so that a fork need not; not the package, nor the tests.

    The plugins of pytest are imported, too, unless it is told to do without.
    """
    without = os.environ.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    for plugin in () if without else entry_points(group="pytest11"):
        with contextlib.suppress(ImportError):
            plugin.load()
    texts = [Path(file).read_text(encoding="utf-8") for file in files]
    names = {
        name for text in texts for name in re.findall(r"^(?:from|import) ([\w.]+)", text, re.M)
    }
    folders = [path.parent.name for path in Path().glob("*/__init__.py")]
    own = (*folders, "course", *(path.stem for path in Path("tests").glob("*.py")))
    for name in sorted(names):
        if not name.startswith(own):
            with contextlib.suppress(ImportError):
                importlib.import_module(name)
    if "rnnhelpers" in sys.modules:
        raise RuntimeError("rnnhelpers is imported: a mutant in its file would not be seen")


def be_quiet(log):
    """Print to a file, keep no bytecode, and let hypothesis be content with the first failure."""
    os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND), 1)
    os.dup2(1, 2)
    sys.dont_write_bytecode = True  # a mutant can be as long, and as young, as its original
    with contextlib.suppress(ImportError):
        hypothesis = importlib.import_module("hypothesis")
        phases = [hypothesis.Phase.explicit, hypothesis.Phase.generate]
        same = {"database": None, "derandomize": True, "deadline": None}
        hypothesis.settings.register_profile("mutants", phases=phases, **same)
        hypothesis.settings.load_profile("mutants")


def outcome(job, warm, options):
    """Return what became of a mutant, and the processor seconds it took."""
    if job.mutant.at_import:
        return run_cold(job, options)
    result, seconds = warm.run(job)
    if result["verdict"] == "unsure" or (result["verdict"] == "survived" and job.is_imported):
        result, more = run_cold(job, options)
        return result, seconds + more
    return result, seconds


def main(plan_path):
    """Run a plan, and append a line of JSON for each mutant to the file that it names."""
    plan = json.loads(Path(plan_path).read_text(encoding="utf-8"))
    jobs = [Job(**job) for job in plan["jobs"]]
    options = [*plan["options"], "-p", "no:cacheprovider", "-p", "no:xdist"]
    options += ["--basetemp", plan["scratch"], "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    be_quiet(plan["log"])
    files = {test.partition("::")[0] for job in jobs for test in job.tests}
    preload({*Path("rnnhelpers").rglob("*.py"), *files})
    warm = Warm(jobs, options)
    with open(plan["results"], "a", encoding="utf-8") as results:
        for job in jobs:
            if time.time() > plan["deadline"]:
                break
            result, seconds = outcome(job, warm, options)
            line = {"number": job.number, "seconds": round(seconds, 3), **result}
            print(json.dumps(line), file=results, flush=True)
    warm.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
