"""Data stay data: nothing that is read from a file is unpickled, evaluated or run."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("rnnhelpers", "publishing", "audit", "benchmarks", "docs")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
SOURCES.append(ROOT / "course.py")

MODULES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal",
           "code", "codeop", "runpy"}  # fmt: skip
"""Modules that make objects or run code out of bytes."""
NAMES = {"eval", "exec", "compile", "__import__", "execfile"}
CALLS = {
    "os.system", "os.popen", "numpy.load", "np.load", "np.loadtxt", "np.genfromtxt",
    "np.fromregex", "yaml.load", "yaml.unsafe_load", "yaml.full_load", "torch.load",
    "pandas.read_pickle", "pd.read_pickle", "pandas.eval", "pd.eval", "importlib.reload",
}  # fmt: skip
"""Calls that do so, or that read files past our own checks."""
PROGRAMS = {"subprocess", "os.execv", "os.execve", "os.execvp", "os.execvpe", "os.spawnv",
            "os.startfile"}  # fmt: skip
"""What starts other programs."""

EXCEPTIONS = {
    ("rnnhelpers/torch_weights.py", "compile"): "looks which names the learner's own cell uses",
    ("rnnhelpers/classroom.py", "os.execvp"): "starts the learner's server, which the hub names",
    ("publishing/site/lite.py", "subprocess"): "runs JupyterLite's own builder",
    ("benchmarks/memory.py", "subprocess"): "measures itself in a fresh process",
    ("benchmarks/hub/server.py", "subprocess"): "starts the server that it measures",
    ("course.py", "subprocess"): "runs pip, uv, pytest and Jupyter",
    ("course.py", "os.execve"): "lets JupyterLab, or a newer Python, take its place",
    ("audit/fuzz.py", "subprocess"): "searches in processes of their own, which may be ended",
    ("audit/fuzzing/loaders.py", "subprocess"): "searches in processes of their own",
    ("audit/everywhere.py", "subprocess"): "runs the notebooks elsewhere",
    ("audit/settings.py", "subprocess"): "asks whether a setting can be had, and has come true",
    ("audit/faults.py", "subprocess"): "runs the notebooks that it has planted faults in",
    ("audit/packages.py", "subprocess"): "runs the tools that build and check the package",
    ("audit/mutants.py", "subprocess"): "starts the processes that run mutants",
    ("audit/mutation_worker.py", "compile"): "puts a mutant of the course's own code in place",
}
"""Where it is meant, and why. None of these takes its command out of a file."""


def dotted(node):
    """Return the dotted name of an expression, or an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""


def dangers_in(code):
    """Return the names of what could execute data, in a piece of code."""
    found = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names]
            if isinstance(node, ast.ImportFrom):
                names = [node.module or ""] + [f"{node.module}.{name}" for name in names]
            found |= {name for name in names if name.partition(".")[0] in MODULES}
            found |= {name for name in names if name in PROGRAMS | CALLS}
        elif isinstance(node, ast.Call):
            name = dotted(node.func)
            if name in NAMES | CALLS | PROGRAMS:
                found.add(name)
            found |= {
                "allow_pickle"
                for keyword in node.keywords
                if keyword.arg == "allow_pickle"
                and not (isinstance(keyword.value, ast.Constant) and keyword.value.value is False)
            }
            found |= {"shell=True" for keyword in node.keywords if keyword.arg == "shell"}
        elif isinstance(node, ast.Attribute) and node.attr == "literal_eval":
            found.add("literal_eval")
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_executes_data(path):
    name = path.relative_to(ROOT).as_posix()
    found = dangers_in(path.read_text(encoding="utf-8"))
    excepted = {danger for file, danger in EXCEPTIONS if file == name}
    assert found == excepted


def test_no_exception_is_left_of_a_file_that_is_gone():
    assert {file for file, _ in EXCEPTIONS} <= {p.relative_to(ROOT).as_posix() for p in SOURCES}


@pytest.mark.parametrize(
    ("code", "danger"),
    [
        ("import pickle", "pickle"),
        ("from joblib import load", "joblib"),
        ("def f(x):\n    import marshal as m", "marshal"),
        ("eval(text)", "eval"),
        ("exec(text)", "exec"),
        ("np.load(path)", "np.load"),
        ("yaml.load(text, Loader)", "yaml.load"),
        ("torch.load(path)", "torch.load"),
        ("read(path, allow_pickle=True)", "allow_pickle"),
        ("read(path, allow_pickle=wanted)", "allow_pickle"),
        ("import subprocess", "subprocess"),
        ("from subprocess import run", "subprocess"),
        ("os.system('ls')", "os.system"),
        ("start('ls', shell=True)", "shell=True"),
        ("ast.literal_eval(text)", "literal_eval"),
    ],
)
def test_each_danger_is_seen(code, danger):
    assert danger in dangers_in(code)


@pytest.mark.parametrize(
    "code",
    ["yaml.safe_load(text)", "json.loads(text)", "model.eval()", "write(a, allow_pickle=False)",
     "re.compile('a')", "torch.from_numpy(a)", "tomllib.load(file)"],
)  # fmt: skip
def test_what_is_harmless_is_left_alone(code):
    assert dangers_in(code) == set()
