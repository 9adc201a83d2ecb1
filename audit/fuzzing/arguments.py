"""Spoil the arguments of every public function, one or two at a time, and print the complaints.

Each argument is replaced by all kinds of junk first, and then by what is drawn.

Run as a program, in a process of its own: its memory and its time are limited, and what it writes
goes into a folder that is removed.
"""

import argparse
import contextlib
import copy
import faulthandler
import json
import math
import os
import signal
import sys
import types
from pathlib import Path
from typing import NamedTuple
from unittest import mock

import hypothesis
import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from audit.fuzzing.contract import complaint_about, deep_folder
from audit.fuzzing.spoil import spoilers_of

MEMORY = 3 << 30
"""How many bytes of address space the calls may take."""
SECONDS = 300, 20
"""How many seconds of the processor it may take, and how many more for each example."""


class Complaint(NamedTuple):
    """What was found."""

    case: str
    spoilt: str
    what: str


JUNK = {
    "a thing": types.SimpleNamespace(),
    "a text": "junk",
    "None": None,
    "NaN": math.nan,
    "-1": -1,
    "10^400": 10**400,
    "an empty list": [],
    "a ragged list": [[1], [1, 2]],
    "four axes": np.zeros((2, 1, 3, 1)),
}
"""What no argument of a call should be, or few."""
NO_JUNK = {("random_state", "None")}
"""What is right, and makes each call another one."""


def junk_for(arguments):
    """Yield what each argument in turn can be replaced with, whatever it should be."""
    for name in arguments:
        for what, junk in JUNK.items():
            if (name, what) not in NO_JUNK:
                yield f"{name}: {what}", {name: junk}


def spoilers(name, value):
    """Return a strategy of what an argument can be replaced with.

    It draws what that is called, a function of the valid value, and whether the numbers stay.
    """
    changed, same = spoilers_of(name, value)
    known = [(what, spoil, False) for what, spoil in changed.items()]
    known += [(what, spoil, True) for what, spoil in same.items()]
    drawn = st.one_of(
        st.integers(),
        st.floats(),
        st.text(max_size=20),
        st.lists(st.one_of(st.none(), st.integers(), st.floats(), st.text(max_size=3)), max_size=4),
        arrays.arrays(
            arrays.scalar_dtypes(), arrays.array_shapes(min_dims=0, max_dims=4, min_side=0)
        ),
    ).map(lambda drawn: (f"{drawn!r:.100}", lambda _: copy.deepcopy(drawn), False))
    return st.one_of(st.sampled_from(known), st.sampled_from(known), drawn)


def first_complaint(case, n_examples, seed):
    """Search for spoilt arguments that a function does not take well.

    Parameters
    ----------
    case : Case
        A valid call.
    n_examples : int
        How many ways to spoil it are tried.
    seed : int or None
        Where the search begins; None for the same examples each time.

    Returns
    -------
    Complaint or None
        The simplest one that was found.
    """
    valid = case.make().arguments
    found = None
    if what := complaint_about(case, lambda arguments: arguments, is_same=True):
        return Complaint(case.name, "nothing", what)
    for what, junk in junk_for(valid):
        if said := complaint_about(case, lambda given, junk=junk: given | copy.deepcopy(junk)):
            return Complaint(case.name, what, said)
    if not valid:
        return None

    @settings(
        max_examples=n_examples, database=None, deadline=None, derandomize=seed is None,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    @given(data=st.data())
    def judge(data):
        nonlocal found
        names = data.draw(st.lists(st.sampled_from([*valid]), min_size=1, max_size=2, unique=True))
        chosen = {name: data.draw(spoilers(name, valid[name])) for name in names}

        def spoilt(arguments):
            changes = {name: spoil(arguments[name]) for name, (_, spoil, _) in chosen.items()}
            return {**arguments, **changes}

        try:
            spoilt(case.make().arguments)
        except Exception:  # these numbers do not fit into that type, say
            hypothesis.reject()
        is_same = all(same for *_, same in chosen.values())
        what = complaint_about(case, spoilt, is_same=is_same)
        if what:
            found = Complaint(
                case.name, "; ".join(f"{name}: {how[0]}" for name, how in chosen.items()), what
            )
        assert not what, what

    search = judge if seed is None else hypothesis.seed(seed)(judge)
    try:
        search()
    except (AssertionError, BaseExceptionGroup, hypothesis.errors.Flaky) as error:
        return found or Complaint(case.name, "", str(error))
    except hypothesis.errors.Unsatisfiable:
        return None
    return None


@contextlib.contextmanager
def in_a_deep_folder():
    """Work in a folder that is removed afterwards, with the progress in it."""
    with deep_folder() as deep:
        variables = {"RNNHELPERS_PROGRESS": str(deep / "my_progress.json"), "TQDM_DISABLE": "1"}
        with mock.patch.dict(os.environ, variables):
            yield


@contextlib.contextmanager
def limited_memory(size):
    """Take at most `size` bytes of address space more than now, where the system can say no."""
    if sys.platform != "linux":
        yield
        return
    import resource

    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    known = [limit for limit in (taken + size, *before) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(known), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def limit_time(n_examples):
    """Limit the time of this process, where the system can, and tell where a loop in C was."""
    try:
        import resource
    except ImportError:  # Windows
        return
    seconds = SECONDS[0] + SECONDS[1] * n_examples
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 10))
    faulthandler.register(signal.SIGXCPU, all_threads=False)


def main(arguments=None):
    """Search in a part of the cases, and print the complaints as lines of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=20, help="for each function")
    parser.add_argument("--seed", type=int, help="else the same examples each time")
    parser.add_argument("--part", default="1/1", help="which part of the cases: 2/4")
    parser.add_argument("--only", default="", help="the beginning of the names")
    options = parser.parse_args(arguments)
    part, n_parts = map(int, options.part.split("/"))
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ["MPLBACKEND"] = "Agg"
    # Here, since the settings above have to be known before NumPy is loaded.
    from audit.fuzzing.calls import CASES

    with in_a_deep_folder(), limited_memory(MEMORY):
        limit_time(options.examples)
        chosen = [case for case in CASES if case.name.startswith(options.only)]
        for case in chosen[part - 1 :: n_parts]:
            print(case.name, file=sys.stderr, flush=True)  # the last one, if this is killed
            if found := first_complaint(case, case.n_examples(options.examples), options.seed):
                print(json.dumps(found._asdict()), flush=True)


if __name__ == "__main__":
    main()
