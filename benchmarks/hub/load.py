"""So many learners at once: log in, start, open a notebook, run all of it, solve a task, save."""

import asyncio
import json
import statistics
import time
from pathlib import Path
from typing import NamedTuple

import nbformat

from benchmarks.hub.comparing import differences
from benchmarks.hub.learner import FOLDER, Learner, code_of, with_outputs
from benchmarks.hub.server import ROOT
from benchmarks.hub.usage import total, usage_of
from rnnhelpers.exercises import ChoiceQuestion, NumberQuestion
from rnnhelpers.exercises.core import tasks_of

TASKS = tasks_of("text_to_numbers")
"""Each learner solves another of these, so that a mixed-up record of progress is noticed."""


class Result(NamedTuple):
    """What one learner met with.

    Attributes
    ----------
    seconds_to_start : float
        From the button of the login form to JupyterLab's page.
    seconds_to_run : float
        From opening the notebook to the last output.
    starting, server, kernel : Usage
        The server after its start, and both when everything has run.
    """

    seconds_to_start: float
    seconds_to_run: float
    starting: object
    server: object
    kernel: object


def notebook_path(number):
    """Return the path of a notebook of the course, from the first digits of its name."""
    found = sorted((ROOT / "notebooks").glob(f"{number}_*.ipynb"))
    if len(found) != 1:
        raise ValueError(f"{len(found)} notebooks begin with {number}_: expected one")
    return found[0]


def solution(task):
    """Return code that solves a task, as a learner would write it, the check included."""
    if isinstance(task, ChoiceQuestion):
        letter, number = task.solution.split(", because of ")
        answer = f"{letter!r}, {number}"
    elif isinstance(task, NumberQuestion):
        answer = repr(task.reference())
    else:
        answer = "TASK.reference"
    return (
        "from rnnhelpers.exercises import all_tasks, check\n"
        f"TASK = all_tasks()[{task.name!r}]\n"
        f"check({task.name!r}, {answer})"
    )


async def solve(kernel, task):
    """Solve a task, and return the code and what the check said."""
    source = solution(task)
    [outputs] = await kernel.run([source])
    said = "".join(output.get("text", "") for output in outputs)
    if "That makes" not in said:
        raise RuntimeError(f"the check of {task.name} did not accept its solution: {outputs}")
    return source, outputs


def progress_of(server, name):
    """Return the names of the tasks that a learner's file says were passed."""
    content = json.loads((server.homes / name / FOLDER / "my_progress.json").read_text("utf-8"))
    return content["passed"]


async def one_learner(server, number, path, everybody):
    """Be one learner, from the login to the saved notebook; check what was shown and kept."""
    name, task = f"learner-{number:02}", TASKS[number % len(TASKS)]
    stored = nbformat.read(path, as_version=4)
    where = f"{FOLDER}/{path.name}"
    async with Learner(server.address, name, server.password) as learner:
        began = time.monotonic()
        await learner.log_in()
        await learner.start_server()
        seconds_to_start = time.monotonic() - began
        starting = usage_of(server.process(name, "server"))
        await everybody.wait()  # the teacher says: now open the notebook, and run all

        began = time.monotonic()
        notebook = await learner.read(where, must_be_trusted=True)
        kernel = await learner.start_kernel(where)
        outputs = await kernel.run(code_of(notebook))
        seconds_to_run = time.monotonic() - began
        different = differences(stored, outputs)
        if different:
            raise AssertionError(f"{name} saw something else:\n" + "\n".join(different))

        await kernel.close()  # nobody answers the server's pings while we wait for the others
        await everybody.wait()  # nobody's measurement is disturbed by another's saving
        usages = [usage_of(server.process(name, kind)) for kind in ("server", "kernel")]
        done = with_outputs(notebook, outputs)
        kernel = await learner.connect(kernel.id)
        source, said = await solve(kernel, task)
        done.cells.append(nbformat.v4.new_code_cell(source, outputs=said, id=f"task-{number}"))
        await learner.save(where, done)
        kept = nbformat.read(server.homes / name / where, as_version=4)
        if kept != done:
            raise AssertionError(f"{name}: the file is not the notebook that was saved")
        if progress_of(server, name) != [task.name]:
            raise AssertionError(f"{name} has the progress of somebody else")
        await kernel.close()
    return Result(seconds_to_start, seconds_to_run, starting, *usages)


async def run_class(server, n_learners, number):
    """Let so many learners come at once, and return what each met with."""
    everybody, path = asyncio.Barrier(n_learners), notebook_path(number)
    async with asyncio.TaskGroup() as group:
        tasks = [
            group.create_task(one_learner(server, i, path, everybody)) for i in range(n_learners)
        ]
    return [task.result() for task in tasks]


def report(server, results):
    """Return one row: what was measured of a class, as numbers by name."""
    start, run = ([getattr(r, f"seconds_to_{what}") for r in results] for what in ("start", "run"))
    both = [total([result.server, result.kernel]) for result in results]
    return {
        "learners": len(results),
        "start_median": statistics.median(start),
        "start_worst": max(start),
        "run_median": statistics.median(run),
        "run_worst": max(run),
        "server": statistics.mean(result.server.pss for result in results),
        "kernel": statistics.mean(result.kernel.pss for result in results),
        "peak": statistics.mean(usage.peak for usage in both),
        "alone": max(usage.peak_alone for usage in both),
        "processor_start": statistics.mean(result.starting.processor for result in results),
        "processor_run": statistics.mean(
            usage.processor - result.starting.processor
            for usage, result in zip(both, results, strict=True)
        ),
        "hub": usage_of(server.hub.pid).peak,
        "proxy": usage_of(server.proxy.pid).peak,
    }


def load_average():
    """Return how many processes wanted a processor in the last minute."""
    return float(Path("/proc/loadavg").read_text(encoding="utf-8").split()[0])
