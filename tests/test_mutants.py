"""The audit by mutants finds what is planted, and refuses what is out of date."""

import doctest
import os
import sys
from dataclasses import replace

import pytest

from audit import mutants
from audit.mutants import Bench, Equivalents, Outcome, draw, report, wilson
from audit.mutation_source import mutants_of
from audit.mutation_tests import RECORDS, Reach
from audit.mutation_worker import in_a_fork, preload, put_in

SMALL = '''"""A module."""

LIMIT = 3


def larger(a: int, b: int = 0):
    """Return the larger one."""
    if a > b:
        return a
    return b


def bounded(n):
    """Return n, if it is not too large."""
    if n > LIMIT:
        raise ValueError(f"{n + 1} is too large: expected {LIMIT} at most")
    return n


def lonely(n):
    """No test runs this."""
    return n + 1


def elsewhere():
    """Another program runs this."""
    return 5


def shared():
    """A fixture of two tests runs this, once."""
    return 7


def kept():
    """A cache of two tests keeps what this gives."""
    return 9
'''
TESTS = '''"""Tests."""

import functools
import os
import subprocess
import sys

import pytest

from rnnhelpers.small import bounded, kept, larger, shared


@pytest.fixture(scope="module", params=[1, 2])
def factor(request):
    return request.param


@pytest.fixture(scope="module")
def number(factor):
    return factor * shared()


def test_that_uses_a_fixture_first(number):
    assert number


def test_that_looks_at_what_a_fixture_gives(number, factor):
    assert number == 7 * factor


@functools.cache
def of_a_cache():
    return kept()


def test_that_fills_a_cache():
    assert of_a_cache()


def test_that_looks_at_what_a_cache_gives():
    assert of_a_cache() == 9


def test_larger():
    assert larger(2, 1) == 2
    assert larger(1, 2) == 2
    assert larger(-1) == 0


def test_bounded():
    assert bounded(2) == 2
    with pytest.raises(ValueError):
        bounded(5)


def test_another_program():
    code = "from rnnhelpers.small import elsewhere; assert elsewhere() == 5"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_that_fails_without_any_mutant():
    assert larger(1, 1) == 2


def test_that_fails_where_mutants_are_run():
    assert "MUTATION_RECORDING" in os.environ or larger(1, 1) == 2
'''


@pytest.fixture
def tree(tmp_path):
    """Write a package that is called like ours, and its tests."""
    root = tmp_path / "tree"
    for name, text in {
        "rnnhelpers/__init__.py": "",
        "rnnhelpers/small.py": SMALL,
        "tests/test_small.py": TESTS,
        "pyproject.toml": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def changes(source):
    return {(mutant.before, mutant.after) for mutant in mutants_of(source, "rnnhelpers/some.py")}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("y = a + b", "y = a - b"),
        ("y = a @ b", "y = (-(a @ b))"),
        ("y = a < b", "y = a <= b"),
        ("y = a < 0.5", "y = a > 0.5"),
        ("y = -0.5 <= a", "y = -0.5 > a"),
        ("y = a < 1.0", "y = a <= 1.0"),
        ("y = a is not b", "y = a is b"),
        ("y = a and b", "y = a or b"),
        ("y = not a", "y = (a)"),
        ("y = -a", "y = (a)"),
        ("y = 0.5", "y = 1.5"),
        ("y = [1, 2]", "y = [1, 3]"),
        ("y = True", "y = False"),
        ("y = 'key'", "y = 'XXkeyXX'"),
        ("y = a in 'iu'", "y = a in 'u'"),
        ("y = f('b', a)", "y = f('XXbXX', a)"),
        ("y = np.einsum('a', b)", "y = np.einsum('XXaXX', b)"),
        ("y = np.array(b, copy=False)", "y = np.array(b, copy=True)"),
        ("y = f(a)", "y = (a)"),
        ("y = a.copy()", "y = a"),
        ("y = f(a, b)", "y = f(a)"),
        ("y = f(a, b=2)", "y = f(a)"),
        ("y = f(b=2, c=c)", "y = f(c=c)"),
        ("y = a if b else c", "y = a if (not (b)) else c"),
        ("y = [a for a in b if a]", "y = [a for a in b if (not (a))]"),
        ("y += a", "pass"),
        ("y += a", "y -= a"),
        ("f(a)", "pass"),
        ("del y[a]", "pass"),
    ],
)
def test_a_change_of_each_kind_is_made(before, after):
    assert (before, after) in changes(before + "\n")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("return a", "return None"),
        ("raise ValueError(a + b)", "pass"),
        ("if a:", "if (not (a)):"),
        ("a.b = a", "pass"),
        ("a = f(a)", "pass"),
        ("break", "continue"),
        ("continue", "break"),
    ],
)
def test_a_change_of_each_kind_is_made_in_functions(before, after):
    body = before + (" pass" if before.endswith(":") else "")
    after += " pass" if before.endswith(":") else ""
    assert (body, after) in changes(f"def f(a, b):\n  while a:\n    {body}\n")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("y = np.einsum(b, a, optimize=True)", {"y = np.einsum(b, optimize=True)"}),
        ("y = a.astype(float, copy=False)", set()),
        ("check('a', a)", {"pass", "check('a')"}),
        ("check('a', a, 'texts')", {"pass", "check('a', a)"}),
    ],
)
def test_what_is_only_fast_or_told_is_left_alone(line, expected):
    assert {after for _, after in changes(line + "\n")} == expected


@pytest.mark.parametrize(
    "line",
    [
        '"""Docstring."""',
        '__all__ = ["name"]',
        "y: Literal['one'] = other",
        "y = f'{a + 1}'",
        "y = 'some words'",
        "y = zip(a, b, strict=True)",
        "y = None",
        "y = lru_cache(maxsize=9)",
        "def f(a: 1 + 1 = None) -> 2: pass",
        "if __name__ == '__main__': f(a)",
        f"MEASURED = {{'rnn': {[0.5] * 20}}}",
    ],
)
def test_what_is_no_code_to_test_is_left_alone(line):
    assert changes(line + "\n") == set()


def test_what_an_error_says_is_left_alone():
    (change,) = changes("def f():\n    raise ValueError('n', 1 + 1)\n")
    assert change == ("raise ValueError('n', 1 + 1)", "pass")


def test_every_mutant_is_python_and_has_its_code_on_the_same_lines():
    path = mutants.ROOT / "rnnhelpers" / "attention.py"
    source = path.read_text(encoding="utf-8")
    found = mutants_of(source, "rnnhelpers/attention.py")
    assert len(found) > 50
    for mutant in found:
        changed = mutant.of(source)
        compile(changed, str(path), "exec")
        assert changed != source
        assert changed.count("\n") == source.count("\n")


def test_functions_that_exist_take_the_code_of_a_mutant(tree, monkeypatch):
    monkeypatch.chdir(tree)
    path = tree / "rnnhelpers" / "small.py"
    names = {}
    exec(compile(SMALL, str(path), "exec"), names)
    (mutant,) = [
        each for each in mutants_of(SMALL, "rnnhelpers/small.py") if each.after == "if a >= b:"
    ]
    larger = names["larger"]
    before = larger.__code__.co_code
    place = (str(path), "larger", 6)
    assert put_in(mutant, {place: [larger]})
    assert larger.__code__.co_code != before
    assert not put_in(mutant, {})


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")


@needs_fork
def test_what_never_ends_is_a_timeout_and_what_dies_is_caught():
    def endless():
        while True:
            pass

    assert in_a_fork(endless, processor_seconds=0.1)[0]["verdict"] == "timeout"
    assert in_a_fork(lambda: os._exit(3), processor_seconds=5)[0]["verdict"] == "caught"
    assert in_a_fork(lambda: {"verdict": "survived"}, 5)[0] == {"verdict": "survived"}


def test_where_the_package_is_there_already_no_mutant_in_its_file_is_tried(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "rnnhelpers", None)
    with pytest.raises(RuntimeError, match="rnnhelpers is imported"):
        preload([])
    monkeypatch.delitem(sys.modules, "rnnhelpers")
    preload([])


@needs_fork
def test_planted_faults_are_caught_or_shown(tree, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take longer than the tests
    wanted = [
        "if a >= b:",
        "return None",
        "LIMIT = 4",
        "if n >= LIMIT:",
        "return n - 1",
        "return 6",
        "return 8",
        "return 10",
    ]
    wanted += ["def larger(a: int, b: int = 1):"]
    found = mutants_of(SMALL, "rnnhelpers/small.py")
    drawn = [mutant for mutant in found if mutant.after in wanted]
    bench = Bench(tmp_path, jobs=1, root=tree)
    reach = Reach(bench.recording(), budget=10)
    outcomes = bench.run(drawn, reach, deadline=float("inf"))
    verdicts = {
        (mutant.before, mutant.after): outcomes[number].verdict
        for number, mutant in enumerate(drawn)
    }
    assert verdicts["if a > b:", "if a >= b:"] == "survived"
    assert verdicts["return a", "return None"] == "caught"
    assert verdicts["LIMIT = 3", "LIMIT = 4"] == "survived"
    assert verdicts["if n > LIMIT:", "if n >= LIMIT:"] == "survived"
    assert (
        verdicts["def larger(a: int, b: int = 0):", "def larger(a: int, b: int = 1):"] == "caught"
    )
    assert verdicts["return n + 1", "return n - 1"] == "survived"
    assert verdicts["return 5", "return 6"] == "caught"
    assert verdicts["return 7", "return 8"] == "caught"
    assert verdicts["return 9", "return 10"] == "caught"
    assert (tree / "rnnhelpers" / "small.py").read_text(encoding="utf-8") == SMALL
    explained = {mutant.key: "reason" for mutant in drawn if mutant.after == "if a >= b:"}
    equivalents = Equivalents([])
    equivalents.reasons = explained
    assert report(drawn, outcomes, equivalents) == 1
    text = capsys.readouterr().out
    assert "    - return n + 1\n    + return n - 1\n    line 22, tests tried: 1" in text
    assert "if a >= b:" not in text


@pytest.fixture
def one():
    """Return one mutant, as all that there is."""
    return mutants_of("def f(a):\n    return -a\n", "rnnhelpers/f.py")[-1:]


def test_a_mutant_that_is_caught_is_well(one, capsys):
    caught = {0: Outcome("caught", "tests/test_f.py::test_f", 1.0, 1)}
    assert report(one, caught, Equivalents([])) == 0
    assert "100.0%" in capsys.readouterr().out


def test_an_explained_mutant_that_is_caught_is_an_error(one, capsys):
    equivalents = Equivalents([])
    equivalents.reasons = {one[0].key: "reason"}
    assert report(one, {0: Outcome("caught", "a test", 1.0, 1)}, equivalents) == 1
    assert "Explained, and caught:" in capsys.readouterr().out


def test_where_none_was_run_nothing_is_well(one, capsys):
    assert report(one, {}, Equivalents([])) == 1
    assert "1 more were not run" in capsys.readouterr().out


def test_explained_mutants_count_in_the_rate_of_all_only(capsys):
    two = mutants_of("def f(a):\n    return -a\n", "rnnhelpers/f.py")[-2:]
    outcomes = {0: Outcome("survived", "", 1.0, 1), 1: Outcome("caught", "a test", 1.0, 1)}
    equivalents = Equivalents([])
    assert report(two, outcomes, equivalents) == 1
    text = capsys.readouterr().out
    assert "50.0%     50.0%\n" in text
    assert "is to be 95% or more" in text
    equivalents.reasons = {two[0].key: "reason"}
    assert report(two, outcomes, equivalents) == 0
    text = capsys.readouterr().out
    assert "50.0%    100.0%\n" in text
    assert "20.7% to 100.0%" in text
    assert "is to be" not in text


@pytest.mark.parametrize(("n_survivors", "code"), [(1, 0), (2, 1)])
def test_one_survivor_of_twenty_is_shown_and_two_are_too_many(n_survivors, code, capsys):
    some = (9 * mutants_of(SMALL, "rnnhelpers/small.py"))[:20]
    caught, survived = Outcome("caught", "a test", 1.0, 1), Outcome("survived", "", 1.0, 1)
    outcomes = {number: survived if number < n_survivors else caught for number in range(20)}
    assert report(some, outcomes, Equivalents([])) == code
    assert capsys.readouterr().out.count("tests tried: 1") == n_survivors


ENTRY = {
    "module": "rnnhelpers/small.py",
    "function": "larger",
    "before": "if a > b:",
    "after": "if a >= b:",
    "reason": "Where they are equal, either is the larger one.",
}


def test_an_entry_of_code_that_is_gone_is_an_error(tree):
    Equivalents([ENTRY]).check_that_they_exist(tree)
    gone = {**ENTRY, "before": "if a > c:"}
    with pytest.raises(ValueError, match=r"no such mutant any more(.|\n)*if a > c:"):
        Equivalents([gone]).check_that_they_exist(tree)
    with pytest.raises(ValueError, match="no such mutant any more"):
        Equivalents([{**ENTRY, "module": "rnnhelpers/gone.py"}]).check_that_they_exist(tree)


def test_an_entry_without_a_reason_is_an_error():
    with pytest.raises(ValueError, match="look at reason"):
        Equivalents([{key: value for key, value in ENTRY.items() if key != "reason"}])


def test_the_explained_mutants_are_of_the_code_of_today():
    equivalents = Equivalents.read(mutants.ROOT / mutants.EQUIVALENTS)
    equivalents.check_that_they_exist(mutants.ROOT)
    assert all(len(reason) > 20 for reason in equivalents.reasons.values())


def test_a_draw_is_of_all_modules_and_changes_with_the_seed():
    found = mutants_of(SMALL, "rnnhelpers/small.py")
    modules = {"one": found, "two": found[:2]}
    first = draw(modules, sample=3, seed=1)
    assert len(first) == 5
    assert first == draw(modules, sample=3, seed=1)
    assert first != draw(modules, sample=3, seed=2)
    assert len(draw(modules, sample=None, seed=1)) == len(found) + 2


def test_a_module_that_does_not_exist_is_named():
    with pytest.raises(ValueError, match="no module celsl"):
        mutants.chosen_modules(mutants.ROOT, ["celsl"])


def test_tests_of_the_module_come_first_and_then_the_quick_ones():
    mutant = mutants_of(SMALL, "rnnhelpers/small.py")[-1]
    own, slow, quick = "tests/test_small.py::a", "tests/test_b.py::b", "tests/test_c.py::c"
    line = {mutant.lines[-1]: [slow, own, quick, ""]}
    recording = {
        "seconds": {own: 2.0, slow: 9.0, quick: 0.1},
        "failed": [],
        "starters": [],
        "fixtures": {},
        "lines": {mutant.path: line},
    }
    assert Reach(recording, budget=20).tests_of(mutant) == [own, quick, slow]
    assert Reach(recording, budget=3).tests_of(mutant) == [own, quick]
    record = f"{RECORDS['rnnhelpers/figures/']}[a figure]"
    lines = {mutant.path: {mutant.lines[-1]: [record, slow, quick]}}
    compared = {**recording, "seconds": {**recording["seconds"], record: 1.0}, "lines": lines}
    assert Reach(compared, budget=3).tests_of(mutant) == [record, quick]
    assert Reach({**recording, "failed": [own]}, budget=3).tests_of(mutant) == [quick]
    assert Reach(recording, budget=1).tests_of(mutant) == [own]
    reader = "tests/test_package.py::reader"
    at_import = replace(mutant, at_import=True)
    constant = "tests/test_small.py::test_of_a_constant"
    known = {**recording, "seconds": {**recording["seconds"], reader: 0.2, constant: 0.1}}
    assert Reach(known, budget=20).tests_of(at_import) == [constant, own, quick, reader, slow]
    assert reader not in Reach(known, budget=20).tests_of(mutant)
    # Of a function that only module-level code has called.
    lines = {mutant.lines[-1]: [""], mutant.lines[-1] + 9: [slow]}
    called = {**known, "lines": {mutant.path: lines}}
    assert Reach(called, budget=20).tests_of(mutant) == [constant, own, reader, slow]
    of_figures = replace(at_import, path="rnnhelpers/figures/cell.py")
    assert record in Reach(compared, budget=20).tests_of(of_figures)
    assert record not in Reach(compared, budget=20).tests_of(replace(of_figures, at_import=False))
    program = "tests/test_small.py::program"
    together = {"a fixture": [slow, quick]}
    known = {
        **recording,
        "fixtures": together,
        "lines": {mutant.path: {mutant.lines[-1]: [*together]}},
    }
    known["seconds"] = {**recording["seconds"], "a fixture": 3.0}
    reach = Reach(known, budget=13)
    assert reach.tests_of(mutant) == [quick, slow]
    assert Reach(known, budget=12).tests_of(mutant) == [quick]
    assert reach.seconds_together([quick, slow]) == pytest.approx(12.1)
    recording["seconds"][program], recording["starters"] = 4.0, [program]
    assert Reach(recording, budget=1).tests_of(mutant) == [own, program]
    assert Reach(recording, budget=1).starters_of(mutant) == [program]


@pytest.mark.parametrize("name", [*RECORDS.values(), mutants.BY_A_PROGRAM])
def test_what_is_told_apart_by_its_name_exists(name):
    path, _, test = name.partition("::")
    assert f"def {test}" in (mutants.ROOT / path).read_text(encoding="utf-8")


def test_a_small_sample_says_little():
    low, high = wilson(19, 20)
    assert low < 0.8 < 0.95 < high < 1.0
    assert wilson(0, 0) == (0.0, 1.0)
    assert doctest.testmod(mutants) == (0, 2)
