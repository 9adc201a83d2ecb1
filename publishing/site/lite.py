"""JupyterLite on the site: the course runs in the reader's browser, with nothing installed.

Python itself (Pyodide) and its NumPy, SciPy, Matplotlib and scikit-learn come from Pyodide's
servers when a reader starts a notebook. What is ours, and Babel, which Pyodide does not have, lie
on the site as wheels. All of it is loaded before the first cell, so that the notebooks run as they
are.
"""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import distribution
from pathlib import PurePosixPath

from publishing.licences import copy_licences

FROM_PYODIDE = [
    "ipython",
    "matplotlib",
    "numpy",
    "packaging",
    "pillow",
    "pydoc-data",  # of the standard library, and a part by itself there
    "scikit-learn",
    "scipy",
    "threadpoolctl",
    "tqdm",
]
"""What the course needs and Pyodide has; `FROM_SITE` is the rest."""

FROM_SITE = ["babel", "comm"]

WHEELS = "wheels"
KERNEL = "@jupyterlite/pyodide-kernel-extension"
# Where the kernel's worker is; Pyodide resolves the addresses of wheels from there.
TO_ROOT = "../" * len(PurePosixPath("extensions", KERNEL, "static").parts)


def build_lite(root, folder):
    """Build JupyterLite with the notebooks of the course and all that they need.

    Parameters
    ----------
    root : pathlib.Path
        The folder of the course.
    folder : pathlib.Path
        Where to write; it must not exist.

    Raises
    ------
    ValueError
        If JupyterLite cannot be built.
    """
    work = folder.with_name(f".{folder.name}-parts")
    contents, wheels = work / "contents", work / WHEELS
    for name in ("notebooks", "docs"):
        ignored = shutil.ignore_patterns(".*", "my_progress*")
        shutil.copytree(root / name, contents / name, ignore=ignored)
    run("hatchling", "build", "-t", "wheel", "-d", str(wheels), cwd=root)
    for name in FROM_SITE:
        write_wheel(name, wheels)
    names = sorted(path.name for path in wheels.iterdir())
    (work / "jupyter-lite.json").write_text(json.dumps(settings(names), indent=1), "utf-8")
    run(
        *("jupyterlite_core.app", "build", "--no-sourcemaps", "--no-unused-shared-packages"),
        *("--lite-dir", str(work), "--contents", str(contents), "--output-dir", str(folder)),
        cwd=work,
    )
    shutil.copytree(wheels, folder / WHEELS)
    copy_licences(("jupyterlite-core", "jupyterlite-pyodide-kernel"), folder / "licences")
    shutil.rmtree(work)


def settings(wheels):
    """Return JupyterLite's settings: what its Python loads before the first cell.

    Examples
    --------
    >>> about = settings(["a-1-py3-none-any.whl"])["jupyter-config-data"]
    >>> [kernel] = about["litePluginSettings"].values()
    >>> kernel["loadPyodideOptions"]["packages"][-1]
    '../../../../wheels/a-1-py3-none-any.whl'
    """
    packages = [*FROM_PYODIDE, *(f"{TO_ROOT}{WHEELS}/{name}" for name in wheels)]
    kernel = {"loadPyodideOptions": {"packages": packages}}
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "How RNNs Work",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }


def write_wheel(name, folder):
    """Write an installed package, of Python alone, back into the wheel that it came from.

    Parameters
    ----------
    name : str
        The name of the package.
    folder : pathlib.Path
        Where to write.

    Raises
    ------
    ValueError
        If it is not a package of Python alone.
    """
    installed = distribution(name)
    if "Tag: py3-none-any" not in (installed.read_text("WHEEL") or ""):
        raise ValueError(f"{name} is not a package of Python alone: a browser cannot run it")
    folder.mkdir(parents=True, exist_ok=True)
    wheel = folder / f"{installed.name.lower()}-{installed.version}-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(installed.files):
            inside = ".." not in path.parts and "__pycache__" not in path.parts
            if inside and path.name not in ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json"):
                archive.writestr(zipfile.ZipInfo(path.as_posix()), path.read_binary())
        archive.writestr(zipfile.ZipInfo(f"{installed._path.name}/RECORD"), "")


def run(module, *arguments, cwd):
    """Run a module of this Python; what it printed is shown if it fails."""
    # No settings of the one who builds, and none of the packages that they have: the same result.
    env = {**os.environ, "JUPYTER_NO_CONFIG": "1", "PYTHONPATH": ""}
    result = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if result.returncode:
        last = "\n".join(result.stdout.splitlines()[-20:])
        raise ValueError(f"{module} failed, and said last:\n{last}")
