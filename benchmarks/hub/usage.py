"""What processes need: memory that is theirs or shared, its peak, and seconds of processor.

The proportional set size (PSS) counts what several processes share in equal parts: a sum of it is
the memory that they need together. Linux tells it.
"""

import math
from pathlib import Path
from typing import NamedTuple

import psutil

MB = 1e6


class Usage(NamedTuple):
    """What one process needs.

    Attributes
    ----------
    pss : float
        Proportional set size now, in MB.
    peak : float
        The highest that it can have been: now, and as much more as the resident set once was.
    peak_alone : float
        The highest resident set: what the process needs where it shares with no other, in MB.
    processor : float
        Seconds of processor until now.
    """

    pss: float
    peak: float
    peak_alone: float
    processor: float


def usage_of(pid):
    """Measure a process, and what it has started and waited for."""
    process = psutil.Process(pid)
    memory, times = process.memory_full_info(), process.cpu_times()
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    highest = 1024 * int(status.partition("VmHWM:")[2].split()[0])
    peak = memory.pss + max(0, highest - memory.rss)
    seconds = times.user + times.system + times.children_user + times.children_system
    return Usage(memory.pss / MB, peak / MB, highest / MB, seconds)


def total(usages):
    """Add up what several processes need."""
    return Usage(*map(sum, zip(*usages, strict=True)))


def learners_that_fit(memory, base, each, margin=0.2):
    """Return how many learners fit in a machine's memory.

    Parameters
    ----------
    memory : float
        What the machine has, in MB.
    base : float
        What the system, the hub and the proxy need, in MB.
    each : float
        What one learner needs, in MB.
    margin : float, default=0.2
        The share of the memory that stays free, for the disk cache and for who does more.

    Returns
    -------
    int
        The number of learners; 0 if there is not even room for the base.

    Examples
    --------
    >>> learners_that_fit(8000, base=1000, each=300)
    18
    """
    return max(0, math.floor((memory * (1 - margin) - base) / each))
