"""Kill a learner's server or kernel, the hub or the proxy in mid-run: what is lost, what is not.

Each case first saves a notebook that has run and solves a task, then kills while a long cell runs.
What was saved must be there afterwards, and the learner must be able to go on.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import time

import aiohttp
import nbformat

from benchmarks.hub.comparing import differences
from benchmarks.hub.learner import FOLDER, Learner, Lost, code_of, with_outputs
from benchmarks.hub.load import TASKS, notebook_path, progress_of, solve

LONG_CELL = (
    "import time\nsecret = 42\nprint('half' + 'way', flush=True)\ntime.sleep({})\nprint('end')"
)


class SomethingLost(AssertionError):
    """What had been saved is not there, or the learner cannot go on."""


def require(condition, message):
    """Raise `SomethingLost` if the condition does not hold."""
    if not condition:
        raise SomethingLost(message)


class Case:
    """A learner in the middle of something.

    Parameters
    ----------
    server : benchmarks.hub.server.Server
        A hub that runs.
    name : str
        The name of the learner, who has not been here before.
    """

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.path = notebook_path("01")
        self.where = f"{FOLDER}/{self.path.name}"
        self.file = server.homes / name / self.where

    def learner(self):
        """Return the learner in a new browser, without cookies."""
        return Learner(self.server.address, self.name, self.server.password)

    async def work(self, learner):
        """Log in, run the notebook, solve the first task, save; return the kernel."""
        await learner.log_in()
        await learner.start_server()
        notebook = await learner.read(self.where)
        kernel = await learner.start_kernel(self.where)
        self.saved = with_outputs(notebook, await kernel.run(code_of(notebook)))
        await solve(kernel, TASKS[0])
        await learner.save(self.where, self.saved)
        return kernel

    def check_the_disk(self, n_tasks=1):
        """Require that what was saved is on the disk, whole."""
        require(
            nbformat.read(self.file, as_version=4) == self.saved,
            f"the notebook of {self.name} is not the one that was saved",
        )
        expected = [task.name for task in TASKS[:n_tasks]]
        found = progress_of(self.server, self.name)
        require(found == expected, f"the progress of {self.name} is {found}, not {expected}")

    async def go_on(self):
        """Come back in a new browser, find what was saved, run it again and solve another task.

        Returns
        -------
        float
            How many seconds it took until JupyterLab was there again.
        """
        async with self.learner() as learner:
            began = time.monotonic()
            await learner.log_in()
            await learner.start_server()
            seconds = time.monotonic() - began
            notebook = await learner.read(self.where)
            require(notebook.cells == self.saved.cells, "another notebook was opened")
            kernel = await learner.start_kernel(self.where)
            outputs = await kernel.run(code_of(notebook))
            stored = nbformat.read(self.path, as_version=4)
            require(not differences(stored, outputs), "the notebook does not run as before")
            await solve(kernel, TASKS[1])
            await learner.save(self.where, self.saved)
            await kernel.close()
        self.check_the_disk(n_tasks=2)
        return seconds


async def run_and_kill(kernel, kill, sleep=600):
    """Start a long cell, kill when it is half-way, and return when that was."""
    await kernel.run_until(LONG_CELL.format(sleep), "halfway")
    kill()
    return time.monotonic()


async def is_lost(kernel):
    """Wait until the kernel, or the way to it, is gone."""
    try:
        async with asyncio.timeout(300):
            await kernel.run(["pass"])
    except (Lost, aiohttp.ClientError):
        return True
    return False


def kill_process(server, name, kind):
    """Kill a learner's server or kernel, and nothing else."""
    os.kill(server.process(name, kind), signal.SIGKILL)


async def wait_until(condition, what, seconds=60):
    """Wait until something holds."""
    deadline = time.monotonic() + seconds
    while not condition():
        require(time.monotonic() < deadline, f"in {seconds} s it did not happen that {what}")
        await asyncio.sleep(0.2)


async def server_killed(server):
    """Kill the learner's server, as a system does that has no memory left."""
    case = Case(server, "server-killed")
    async with case.learner() as learner:
        kernel = await case.work(learner)
        killed = await run_and_kill(kernel, lambda: kill_process(server, case.name, "server"))
        require(await is_lost(kernel), "the socket stayed open without a server")
        await wait_until(lambda: not server.processes(case.name), "its kernel ended")
        orphan = time.monotonic() - killed
        case.check_the_disk()
    back = await case.go_on()
    return f"its kernel ended after {orphan:.0f} s; JupyterLab again {back:.0f} s after logging in"


async def kernel_killed(server):
    """Kill the kernel, as a system does that has no memory left."""
    case = Case(server, "kernel-killed")
    async with case.learner() as learner:
        kernel = await case.work(learner)
        before = server.process(case.name, "kernel")
        killed = await run_and_kill(kernel, lambda: kill_process(server, case.name, "kernel"))
        require(await is_lost(kernel), "nobody said that the kernel was gone")
        await wait_until(
            lambda: (
                "kernel" in server.processes(case.name).values()
                and server.process(case.name, "kernel") != before
            ),
            "another kernel was started",
        )
        restarted = time.monotonic() - killed
        case.check_the_disk()
        again = await learner.connect(kernel.id)
        [outputs] = await again.run(["print(secret)"])
        require(outputs[0].get("ename") == "NameError", "variables came back from nowhere")
        await again.close()
    await case.go_on()
    return f"a new kernel ran after {restarted:.0f} s, without variables; the server went on"


async def hub_killed(server):
    """Kill the hub; the proxy and the learners' servers are processes of their own."""
    case = Case(server, "hub-killed")
    async with case.learner() as learner:
        kernel = await case.work(learner)
        before = server.process(case.name, "server")
        request = asyncio.create_task(kernel.run([LONG_CELL.format(3)]))
        await asyncio.sleep(1)
        server.kill("hub")
        [outputs] = await request
        require("end" in outputs[-1]["text"], "a cell did not run to its end without the hub")
        case.saved.cells.append(nbformat.v4.new_code_cell("secret", id="without-the-hub"))
        await learner.save(case.where, case.saved)
        case.check_the_disk()
        async with case.learner() as another:
            with contextlib.suppress(RuntimeError, aiohttp.ClientError):
                await another.log_in()
                require(False, "somebody could log in without a hub")
        await asyncio.to_thread(server.start_hub)
        again = await learner.start_kernel(case.where)
        [outputs] = await again.run(["print(secret)"])
        require(outputs[0]["text"] == "42\n", "the kernel has lost its variables")
        await again.close()
    require(server.process(case.name, "server") == before, "the server was started anew")
    case.saved.cells.pop()
    await _save(case)
    await case.go_on()
    return "the cell ran to its end and was saved meanwhile; afterwards the same server and kernel"


async def _save(case):
    async with case.learner() as learner:
        await learner.log_in()
        await learner.start_server()
        await learner.save(case.where, case.saved)


async def proxy_killed(server):
    """Kill the proxy: nobody reaches anything, and everything goes on behind it."""
    case = Case(server, "proxy-killed")
    async with case.learner() as learner:
        kernel = await case.work(learner)
        await run_and_kill(kernel, lambda: server.kill("proxy"), sleep=1)
        require(await is_lost(kernel), "the socket stayed open without a proxy")
        case.check_the_disk()
        await asyncio.to_thread(server.start_proxy)
        # A new proxy knows no routes; the hub tells them every five minutes, or when it starts.
        server.kill("hub")
        began = time.monotonic()
        await asyncio.to_thread(server.start_hub)
        await learner.start_server()
        seconds = time.monotonic() - began
        again = await learner.start_kernel(case.where)
        [outputs] = await again.run(["print(secret)"])
        require(outputs[0]["text"] == "42\n", "the kernel has lost its variables")
        await again.close()
    await case.go_on()
    return f"reached again {seconds:.0f} s after the hub was restarted, with the same variables"


async def killed_while_saving(server, n_kills=8):
    """Kill the server while it saves, again and again, each time at another moment.

    What the server said is saved must be there, or what was sent after it; never half of it.
    """
    case, rng = Case(server, "killed-while-saving"), random.Random(0)
    truncated = 0
    async with case.learner() as learner:
        await learner.log_in()
        await learner.start_server()
        notebook = await learner.read(case.where)
    for _ in range(n_kills):
        async with case.learner() as learner:
            await learner.log_in()
            await learner.start_server()
            sent = acknowledged = notebook.metadata.get("edition", 0)
            pid = server.process(case.name, "server")
            asyncio.get_running_loop().call_later(0.5 + rng.random(), os.kill, pid, signal.SIGKILL)
            with contextlib.suppress(RuntimeError, aiohttp.ClientError):
                while True:
                    sent += 1
                    notebook.metadata["edition"] = sent
                    await learner.save(case.where, notebook)
                    acknowledged = sent
        try:
            json.loads(case.file.read_bytes())
        except ValueError:
            truncated += 1  # the copy beside it takes its place when it is opened
        async with case.learner() as learner:
            await learner.log_in()
            await learner.start_server()
            notebook = await learner.read(case.where)
        found = notebook.metadata.get("edition", 0)
        require(
            acknowledged <= found <= sent,
            f"save {acknowledged} was acknowledged and {sent} sent, but {found} is there",
        )
    return (
        f"{n_kills} kills: each time the notebook was whole when it was opened "
        f"({truncated} times it had been cut off on the disk, and the copy beside it was taken)"
    )


CASES = {
    "server": server_killed,
    "kernel": kernel_killed,
    "hub": hub_killed,
    "proxy": proxy_killed,
    "saving": killed_while_saving,
}
