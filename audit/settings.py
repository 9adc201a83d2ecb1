"""The settings in which the notebooks must print the same: each varies one thing of a machine."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

import course
from audit.cell_orders import TIMES, again, in_order, shuffled, twice

THREADS = """
import numpy, scipy.linalg, threadpoolctl
print(sorted({pool["num_threads"] for pool in threadpoolctl.threadpool_info()}))
"""
KERNEL = """
import numpy, scipy.linalg, threadpoolctl
for size in (3, 300):  # a kernel of a newer CPU than this one ends here
    numpy.ones((size, size)) @ numpy.ones((size, size))
pools = threadpoolctl.threadpool_info()
print(sorted({pool["architecture"] for pool in pools if pool["internal_api"] == "openblas"}))
"""
LOOPS = """
import numpy
print(numpy.show_config("dicts")["SIMD Extensions"].get("found", []))
"""
TORCH = """
import importlib.util
if importlib.util.find_spec("torch"):
    import torch
    print(torch.backends.cpu.get_cpu_capability())
"""
LOCALE = "import locale; print(locale.setlocale(locale.LC_ALL, ''))"
ENCODING = "import locale, codecs; print(codecs.lookup(locale.getencoding()).name)"
OFFSET = "import time; time.tzset(); print(time.localtime(1767225600).tm_gmtoff)"  # 1 January 2026
NETWORKS = "import socket; print([name for _, name in socket.if_nameindex()])"
USER = "import os; print(os.geteuid() != 0)"
HOME = """
import os
given, theirs = os.environ["GIVEN_HOME"], os.path.expanduser("~")
print(os.access(given, os.W_OK), os.access(theirs, os.W_OK))
"""
NOTEBOOKS_WRITABLE = "import os; print(os.access('notebooks', os.W_OK))"
UMASK = "import os; print(oct(os.umask(0o077)))"
FOLDER = "import os; print(os.path.basename(os.getcwd()))"
OPTIMIZED = "import sys; print(sys.flags.optimize)"
WARNED = "import sys; print(sys.warnoptions)"
TERMINAL = "import shutil; print(shutil.get_terminal_size().columns)"

# OpenBLAS calls its kernels for Prescott by the name of an older CPU that has the same.
OLD_NAMES = tuple(f"['{name}']" for name in ("Prescott", "Katmai", "Coppermine", "Northwood"))
LOOPBACK = ("sh", "-c", 'ip link set lo up && exec "$@"', "sh")
FOUR_BLAS_THREADS = """
import numpy, scipy.linalg, threadpoolctl
threadpoolctl.threadpool_limits(4)
"""


@dataclass(frozen=True)
class Setting:
    """One thing that is different from the machine on which the notebooks were executed.

    Attributes
    ----------
    name, reason : str
        What to call it, and why it is looked at.
    environment : mapping
        Environment variables; None takes one out. `{copy}` stands for the folder of the copy.
    probe, expected : str, tuple of str
        A program that prints whether the setting has come about, and what it may print. Without
        it a setting that the system ignores would pass.
    python : str
        Another Python (3.12), or other packages: oldest, newest, pre-releases.
    folder : str
        The folder of the copy, below a temporary one.
    wrapper : tuple of str
        A program that starts the others.
    startup : str
        What each kernel runs before the first cell.
    prepare : callable
        What is done to the copy before; it raises OSError or ValueError if it cannot.
    not_root : bool
        Whether root hands the copy over to somebody else.
    umask : int
        The permissions that new files do not get; -1 leaves it as it is.
    times : int
        How often the notebooks are run.
    only : tuple of str
        The numbers of the notebooks that it can touch; empty for all.
    informative : bool
        Whether a failure is only told: nobody was promised that this works.
    parts : tuple of Setting
        The settings that this one consists of, if it is several together.
    """

    name: str
    reason: str
    environment: Mapping = field(default_factory=dict)
    probe: str = ""
    expected: tuple = ()
    python: str = ""
    folder: str = "course"
    wrapper: tuple = ()
    startup: str = ""
    prepare: Callable = lambda copy: None
    not_root: bool = False
    umask: int = -1
    times: int = 1
    only: tuple = ()
    informative: bool = False
    parts: tuple = ()


def make_locale(name):
    """Return what makes a locale of the system's sources, in the copy alone."""
    language, encoding = name.split(".")

    def prepare(copy):
        if not shutil.which("localedef"):
            raise ValueError("there is no localedef here (Debian, Ubuntu: the package locales)")
        folder = copy / ".locales"
        folder.mkdir()
        command = ["localedef", "-i", language, "-f", encoding, str(folder / name)]
        made = subprocess.run(command, **course.MERGED, check=False)
        if made.returncode:
            raise ValueError(f"localedef cannot make {name}: {made.stdout.strip()}")

    return prepare


def give_home(copy):
    """Make an empty home."""
    (copy / ".home").mkdir()


def lock_home(copy):
    """Make a home in which nothing can be written."""
    (copy / ".home").mkdir()
    (copy / ".home").chmod(0o555)


def lock_notebooks(copy):
    """Let nobody write in the folder of the notebooks, or in one of them."""
    for path in [*(copy / "notebooks").iterdir(), copy / "notebooks"]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def without_network():
    """Return what starts a program where there is no network but the machine itself."""
    is_root = os.name == "posix" and os.geteuid() == 0
    return ("unshare", "--net", *(() if is_root else ("--map-root-user",)), *LOOPBACK)


def simd_features():
    """Return the names of NumPy's loops for newer CPUs that this CPU uses, to turn them off."""
    return " ".join(np.show_config("dicts")["SIMD Extensions"].get("found", []))


def pythons():
    """Return a setting for each Python, and for the oldest and newest packages."""
    minors = range(course.OLDEST[1], course.NEWEST[1] + 2)
    found = [
        Setting(
            name=f"python-3.{minor}",
            reason=(
                f"a Python that the course {'does not promise yet' if newer else 'promises'}; "
                f"another standard library, other wheels"
            ),
            python="" if minor == sys.version_info.minor else f"3.{minor}",
            probe="import sys; print('%d.%d' % sys.version_info[:2])",
            expected=(f"3.{minor}",),
            informative=newer,
        )
        for minor in minors
        for newer in [minor > course.NEWEST[1]]
    ]
    return [
        *found,
        Setting("oldest", "the lower bounds of pyproject.toml", python="oldest"),
        Setting("newest", "what was released since the set-up", python="newest"),
        Setting(
            "pre-releases", "what is released next", python="pre-releases", informative=True
        ),
    ]  # fmt: skip


def processors():
    """Return settings in which sums are made in another order, so that last digits differ."""
    kernels = {
        "Prescott": (OLD_NAMES, "SSE3: any CPU of 64 bits"),
        "Nehalem": (("['Nehalem']",), "SSE4.2: 2008"),
        "Sandybridge": (("['Sandybridge']",), "AVX: 2011"),
        "Haswell": (("['Haswell']", "['Zen']"), "AVX2: 2013"),
        "SkylakeX": (("['SkylakeX']",), "AVX-512: 2017"),
    }
    return [
        *(
            Setting(
                f"blas-{name.lower()}",
                f"OpenBLAS as on a CPU with {reason}",
                {"OPENBLAS_CORETYPE": name},
                probe=KERNEL,
                expected=names,
            )
            for name, (names, reason) in kernels.items()
        ),
        Setting(
            "numpy-without-simd",
            "NumPy's own loops (exp, tanh, sum) as on the oldest CPU that it supports",
            {"NPY_DISABLE_CPU_FEATURES": simd_features()},
            probe=LOOPS,
            expected=("[]",),
        ),
        Setting(
            "torch-without-simd",
            "PyTorch, MKL and oneDNN as on an old CPU",
            {
                "ATEN_CPU_CAPABILITY": "default",
                "MKL_CBWR": "COMPATIBLE",
                "ONEDNN_MAX_CPU_ISA": "SSE41",
            },
            probe=TORCH,
            expected=("DEFAULT",),
            only=("12",),
        ),
        Setting(
            "threads-1",
            "one thread",
            {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            probe=THREADS,
            expected=("[1]",),
        ),
        Setting(
            "threads-4",
            "four threads, also where there are fewer processors",
            {"OMP_NUM_THREADS": "4"},
            startup=FOUR_BLAS_THREADS,
            probe=FOUR_BLAS_THREADS + THREADS,
            expected=("[4]",),
        ),
    ]


def places():
    """Return settings of other languages and time zones."""
    locales = [
        ("turkish", "tr_TR.UTF-8", "lower() of I, and a decimal comma"),
        ("german", "de_DE.UTF-8", "a decimal comma, other names of months"),
        ("latin-1", "de_DE.ISO-8859-1", "a system whose files are not UTF-8"),
    ]
    return [
        *(
            Setting(
                f"locale-{name}",
                reason,
                {"LC_ALL": wanted, "LOCPATH": "{copy}/.locales", "PYTHONUTF8": "0"},
                prepare=make_locale(wanted),
                probe=LOCALE,
                expected=(wanted,),
            )
            for name, wanted, reason in locales
        ),
        Setting(
            "ascii",
            "a bare server: no language, and files are read as ASCII",
            {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
            probe=ENCODING,
            expected=("ascii",),
        ),
        Setting(
            "zone-kiritimati",
            "14 hours ahead",
            {"TZ": "Pacific/Kiritimati"},
            probe=OFFSET,
            expected=("50400",),
        ),
        Setting(
            "zone-st-johns",
            "half an hour beside the others",
            {"TZ": "America/St_Johns"},
            probe=OFFSET,
            expected=("-12600",),
        ),
    ]


def users():
    """Return settings of other users, folders, networks and permissions."""
    return [
        Setting(
            "not-root",
            "a user who may not do everything",
            {"HOME": "{copy}/.home"},
            prepare=give_home,
            probe=USER,
            expected=("True",),
            not_root=True,
        ),
        Setting(
            "home-read-only",
            "a home that cannot be written",
            {"HOME": "{copy}/.home", "GIVEN_HOME": "{copy}/.home"},
            prepare=lock_home,
            probe=HOME,
            expected=("False True",),
            not_root=True,
        ),
        Setting(
            "home-missing",
            "a user without a home, as in a container",
            {"HOME": "/nonexistent/home", "GIVEN_HOME": "/nonexistent/home"},
            probe=HOME,
            expected=("False True",),
            not_root=True,
        ),
        Setting(
            "notebooks-read-only",
            "a course that lies in a folder of somebody else's",
            prepare=lock_notebooks,
            probe=NOTEBOOKS_WRITABLE,
            expected=("False",),
            not_root=True,
        ),
        Setting(
            "umask-077",
            "new files that nobody else can read",
            umask=0o077,
            probe=UMASK,
            expected=("0o77",),
        ),
        Setting(
            "folder",
            "a path with spaces, and with letters that are not ASCII",
            folder="Ordner mit Leerzeichen/où ça/курс",
            probe=FOLDER,
            expected=("курс",),
        ),
        Setting(
            "offline",
            "no network but the machine itself",
            wrapper=without_network(),
            probe=NETWORKS,
            expected=("['lo']",),
        ),
        Setting(
            "terminal",
            "a narrow terminal without colours",
            {"COLUMNS": "40", "LINES": "10", "NO_COLOR": "1", "TERM": "dumb"},
            probe=TERMINAL,
            expected=("40",),
        ),
        Setting(
            "optimized",
            "without assert, as under python -O",
            {"PYTHONOPTIMIZE": "1"},
            probe=OPTIMIZED,
            expected=("1",),
            informative=True,
        ),
        Setting(
            "warnings",
            "every warning is an error, also those of other packages",
            {"PYTHONWARNINGS": "error"},
            probe=WARNED,
            expected=("['error']",),
            informative=True,
        ),
    ]  # fmt: skip


def learners():
    """Return settings in which cells are run more than once, and not from top to bottom."""
    orders = [
        ("cells-twice", "each cell two times in a row", twice),
        ("cells-again", "all cells, and all once more in the same kernel", again),
        ("cells-shuffled", "all cells, and then each from anywhere", shuffled),
    ]
    return [
        Setting(name, reason, prepare=in_order(order), probe=TIMES, expected=("2",))
        for name, reason, order in orders
    ]


def all_settings():
    """Return all settings, those first that are the likeliest to differ.

    Examples
    --------
    >>> [setting.name for setting in all_settings()][:2]
    ['blas-prescott', 'blas-nehalem']
    """
    repeated = Setting(
        "repeated",
        "again and again, each time with another seed of Python's hashes",
        {"PYTHONHASHSEED": None},
        times=10,
    )
    return [*processors(), *pythons(), *places(), *users(), *learners(), repeated]


def together(parts):
    """Return a setting that varies all that these vary, or raise ValueError if two disagree.

    Examples
    --------
    >>> east = Setting("east", "ahead", {"TZ": "Pacific/Kiritimati"})
    >>> narrow = Setting("narrow", "a phone", {"COLUMNS": "40"})
    >>> together([east, narrow]).environment
    {'TZ': 'Pacific/Kiritimati', 'COLUMNS': '40'}
    """
    environment = {}
    for part in parts:
        for name, value in part.environment.items():
            if environment.setdefault(name, value) != value:
                raise ValueError(f"two settings want another {name}: they cannot be together")
    plain = Setting("", "")
    return Setting(
        name="together",
        reason=", ".join(part.name for part in parts),
        environment=environment,
        python=the_only(parts, "python", plain),
        folder=the_only(parts, "folder", plain),
        umask=the_only(parts, "umask", plain),
        wrapper=tuple(word for part in parts for word in part.wrapper),
        startup="".join(part.startup for part in parts),
        not_root=any(part.not_root for part in parts),
        times=max(part.times for part in parts),
        only=() if any(not p.only for p in parts) else tuple(n for p in parts for n in p.only),
        informative=any(part.informative for part in parts),
        parts=tuple(parts),
    )


def the_only(parts, attribute, plain):
    """Return what one of the settings has here, or raise ValueError if two have something."""
    default = getattr(plain, attribute)
    values = {getattr(part, attribute) for part in parts} - {default}
    if len(values) > 1:
        raise ValueError(
            f"two settings want another {attribute} ({', '.join(map(str, sorted(values)))}): "
            "they cannot be together"
        )
    return values.pop() if values else default
