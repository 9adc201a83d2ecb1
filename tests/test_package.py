"""The package costs little to import: what is heavy is loaded by who needs it."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rnnhelpers

HEAVY = ("sklearn", "scipy", "matplotlib", "pandas", "torch", "tqdm", "threadpoolctl", "IPython")
ENGINE = ("cells", "unrolling", "layers", "network", "losses", "optimizers", "gradient_check",
          "training", "language_model", "ngrams", "datasets", "saving")  # fmt: skip


def modules_after(statement):
    """Return the names of the modules that a fresh Python has loaded after a statement."""
    program = f"import numpy\n{statement}\nimport sys\nprint(*sys.modules)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return set(result.stdout.split())


def test_importing_the_package_loads_the_package_alone():
    loaded = modules_after("import rnnhelpers") - modules_after("pass")
    assert loaded == {"rnnhelpers"}


@pytest.mark.parametrize("name", ENGINE)
def test_the_engine_loads_nothing_heavy(name):
    loaded = {one.partition(".")[0] for one in modules_after(f"import rnnhelpers.{name}")}
    assert not loaded & set(HEAVY)


def test_its_version_is_that_of_the_project():
    project = Path(__file__).resolve().parents[1] / "pyproject.toml"
    expected = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["version"]
    assert rnnhelpers.__version__ == expected
    with pytest.raises(AttributeError, match="module 'rnnhelpers' has no attribute 'nothing'"):
        _ = rnnhelpers.nothing
