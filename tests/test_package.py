"""The package costs little to import, and its defaults are those that are documented."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import rnnhelpers
from rnnhelpers.estimators import RNNClassifier, RNNRegressor
from rnnhelpers.memory_tasks import train_on_adding, train_on_copying

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


def public_callables():
    """Yield each public function, class and method of the package with a name to find it by."""
    for info in pkgutil.walk_packages(rnnhelpers.__path__, "rnnhelpers."):
        if info.name.endswith("__main__"):
            continue
        module = importlib.import_module(info.name)
        for name, thing in vars(module).items():
            if name.startswith("_") or getattr(thing, "__module__", None) != info.name:
                continue
            if inspect.isfunction(thing) or inspect.isclass(thing):
                yield f"{info.name}.{name}", module, thing
            for method, function in vars(thing).items() if inspect.isclass(thing) else ():
                plain = getattr(function, "__func__", function)
                if not method.startswith("_") and inspect.isfunction(plain):
                    yield f"{info.name}.{name}.{method}", module, plain


def documented_defaults(docstring):
    """Yield parameters and their defaults: two from ``beta1, beta2 : float, default=0.9 and 1``.

    Those without a default, and those that are only said to be optional, are left out.
    """
    for words, value in re.findall(r"^ *([\w, ]+?) : .*\bdefault=(.+)$", docstring, re.M):
        names = words.split(", ")
        values = value.split(" and ") if len(names) > 1 and " and " in value else [value]
        yield from zip(names, values * (len(names) // len(values)), strict=True)


def test_defaults_are_those_that_the_docstrings_name():
    found, wrong = 0, []
    for name, module, thing in public_callables():
        for parameter, said in documented_defaults(thing.__doc__ or ""):
            default = inspect.signature(thing).parameters[parameter].default
            constant = getattr(module, said.removeprefix("all of "), None)
            if constant is not None:
                same = default == constant or default == tuple(constant)
            elif inspect.isclass(default):
                same = default.__name__ == said
            else:
                same = repr(default) == repr(ast.literal_eval(said))
            found += 1
            wrong += [] if same else [f"{name}: {parameter}={default!r}, documented as {said}"]
    assert wrong == []
    assert found > 150


def test_what_is_documented_once_has_one_default():
    """The parameters of one are described "as in" the other."""
    for one, other in [(train_on_copying, train_on_adding), (RNNRegressor, RNNClassifier)]:
        theirs = inspect.signature(other).parameters
        for name, parameter in inspect.signature(one).parameters.items():
            if name in theirs and name != "n_hidden":
                assert parameter.default == theirs[name].default, (one.__name__, name)
