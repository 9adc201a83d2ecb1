"""The checks are checked: right answers pass, each known mistake is named, nothing else passes."""

import ast
import inspect
import re
import textwrap
from pathlib import Path

import nbformat
import numpy as np
import pytest

from rnnhelpers.exercises import all_exercises, check
from rnnhelpers.exercises.core import (
    NOT_ATTEMPTED,
    NOT_YET,
    RIGHT,
    Exercise,
    Mistake,
    examine,
    find_exercise,
)

EXERCISES = all_exercises()
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
every_mistake = pytest.mark.parametrize(
    ("exercise", "mistake"),
    [
        pytest.param(exercise, mistake, id=f"{exercise.name}: {mistake.name}")
        for exercise in EXERCISES.values()
        for mistake in exercise.mistakes
    ],
)


def said(capsys, *arguments, **options):
    """Return what `check` prints, as a learner reads it."""
    check(*arguments, **options)
    return capsys.readouterr().out


@every_exercise
def test_the_reference_is_right(capsys, exercise):
    answer = said(capsys, exercise.name, exercise.reference)
    assert answer.startswith(f"Right, in all {len(exercise.draw_cases())} examples.")
    assert exercise.meaning in answer


@every_mistake
def test_each_known_mistake_is_named_as_itself(capsys, exercise, mistake):
    answer = said(capsys, exercise.name, mistake.function)
    assert answer.startswith("Not yet.")
    assert f"This is what comes out when {mistake.name}. {mistake.look_at}" in answer


@every_exercise
def test_an_exercise_is_complete(exercise):
    assert len(exercise.mistakes) >= 6
    assert len(exercise.hints) == 3
    assert len(exercise.draw_cases()) >= 3
    assert tuple(inspect.signature(exercise.reference).parameters) == exercise.arguments
    names = [mistake.name for mistake in exercise.mistakes]
    assert len(set(names)) == len(names)


@every_exercise
def test_hints_come_in_order_and_end(capsys, exercise):
    for number, hint in enumerate(exercise.hints, start=1):
        answer = said(capsys, exercise.name, ..., hint=number)
        assert answer.startswith(f"Hint {number} of 3: {hint}")
    assert "none; the solution is folded below" in answer
    assert "has hints 1 to 3" in said(capsys, exercise.name, ..., hint=4)
    assert "has hints 1 to 3" in said(capsys, exercise.name, ..., hint="one")
    assert "has hints 1 to 3" in said(capsys, exercise.name, ..., hint=True)


def spoil(result):
    """Make a wrong result that no catalogue knows."""
    if isinstance(result, np.ndarray):
        return result + 0.001
    if isinstance(result, int):
        return result + 12_345
    return [*result, "something more"]


@every_exercise
def test_a_mistake_that_is_not_known_is_never_right(capsys, exercise):
    answer = said(capsys, exercise.name, lambda *case: spoil(exercise.reference(*case)))
    assert answer.startswith("Not yet.")
    assert "This is what comes out when" not in answer
    assert "got" in answer


@every_exercise
def test_an_answer_right_in_the_first_example_only_is_not_right(capsys, exercise):
    first = exercise.reference(*exercise.draw_cases()[0])
    assert said(capsys, exercise.name, lambda *case: first).startswith("Not yet.")


@every_exercise
def test_an_answer_that_raises_shows_its_own_line(capsys, exercise):
    def answer(*case):
        return len(case) // 0

    text = said(capsys, exercise.name, answer)
    assert "Your function raised ZeroDivisionError: integer division or modulo by zero" in text
    assert "in your line: return len(case) // 0" in text
    assert "Traceback" not in text


def test_only_stubs_are_not_attempted():
    def stub_with_docstring(x):
        """Say what to do."""
        ...

    def stub_with_pass(x):
        pass

    def forgotten_return(x):
        x + 1

    exercise = find_exercise("tanh-slope")
    assert examine(exercise, stub_with_docstring)[0] == NOT_ATTEMPTED
    assert examine(exercise, stub_with_pass)[0] == NOT_ATTEMPTED
    verdict, message = examine(exercise, forgotten_return)
    assert verdict == NOT_YET
    assert "returned None. Is there a `return` on each way through it?" in message


def test_an_answer_is_run_once_an_example():
    exercise, runs = find_exercise("rnn-step"), []

    def answer(*case):
        runs.append(case)
        return exercise.reference(*case) + 1

    assert examine(exercise, answer)[0] == NOT_YET
    assert len(runs) == len(exercise.draw_cases())


def test_a_result_in_the_place_of_the_function_is_told(capsys):
    assert "got 3 instead of a function" in said(capsys, "tanh-slope", 3)


def test_a_changed_argument_is_told(capsys):
    def answer(h):
        h **= 2
        return 1 - h

    assert "changed its arguments" in said(capsys, "tanh-slope", answer)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda h: (1 - h**2).tolist(), "returned a list: expected an array, as np.array(…)"),
        (lambda h: h.tolist(), "returned a list: expected an array"),
        (lambda h: (1 - h**2)[None], r"The shape is (1, 1): expected (1,)"),
        (lambda h: h * np.nan, "There is a NaN"),
        (lambda h: "1 - h**2", "returned a str: expected an array"),
        (lambda h: [[1], [2, 3]], "returned a list: expected an array"),
        (lambda h: h > 0, "The numbers are of dtype bool: expected float64"),
        (lambda h: print(1 - h**2), "prints its result and returns None: write `return`"),
        (lambda h: (1 - h**2) + 1e-5, "digits that are not shown: is something rounded?"),
    ],
)
def test_a_wrong_kind_of_result_has_a_message_of_its_own(capsys, answer, message):
    assert message in said(capsys, "tanh-slope", answer)


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        ({"a": 1}, {"a": 2}, "got       {'a': 2}"),
        ({"a": 1}, [("a", 1)], "returned a list: expected a dict"),
        (True, 1, "returned an int: expected a bool"),
        (3, 3.0, "returned a float: expected an int"),
        ((3, 4), (3.0, 4), "expected  (3, 4)"),
        (np.array([3]), np.array([3.0]), "of dtype float64: expected int64 (dtype=int)"),
        ((1, 2), [1, 2], "returned a list: expected a tuple"),
        (1.5, 2, "got       2"),
        (np.array(["a"]), np.array(["b"]), "got       ['b'] (shape (1,))"),
    ],
)
def test_results_of_any_kind_are_compared(expected, got, message):
    exercise = Exercise("any", lambda: expected, lambda rng: [()], "Fine.", (), ())
    assert examine(exercise, lambda: expected) == (RIGHT, "Right, in all 1 examples. Fine.")
    verdict, text = examine(exercise, lambda: got)
    assert verdict == NOT_YET
    assert message in text


def test_numbers_are_compared_within_rounding_only():
    exercise = Exercise("third", lambda: 1 / 3, lambda rng: [()], "Fine.", (), ())
    assert examine(exercise, lambda: np.float64(1) / 3 + 1e-9)[0] == RIGHT
    assert examine(exercise, lambda: 0.3333)[0] == NOT_YET


def test_the_more_special_mistake_is_named_first():
    exercise = Exercise(
        "sum", sum, lambda rng: [([1, 2],), ([2, 3],)], "Fine.", (),
        (
            Mistake("the last is left out", "Where does it end?", lambda a: sum(a[:-1])),
            Mistake("the first is taken", "Only one?", lambda a: a[0]),
        ),
        ("a",),
    )  # fmt: skip
    assert "the last is left out" in examine(exercise, lambda a: a[0])[1]


def test_an_unknown_exercise_is_an_error_with_the_closest_name():
    with pytest.raises(ValueError, match="there is no exercise 'one-hop': did you mean 'one-hot'"):
        check("one-hop", len)
    with pytest.raises(ValueError, match="there are: words-in-order, "):
        check("zzz", len)


def without_docstring(source):
    """Return the syntax tree of a function, its docstring left out, as text."""
    function = ast.parse(textwrap.dedent(source)).body[0]
    if ast.get_docstring(function) is not None:
        del function.body[0]
    return ast.dump(function)


def notebook_cells():
    for path in NOTEBOOKS:
        for cell in nbformat.read(path, as_version=4).cells:
            yield path.name, cell


def test_the_folded_solutions_are_the_tested_code():
    pattern = re.compile(r"<summary>Solution: ([\w-]+)</summary>\s*```python\n(.*?)```", re.DOTALL)
    solutions = [found for _, cell in notebook_cells() for found in pattern.findall(cell.source)]
    assert [name for name, _ in solutions] == list(EXERCISES)
    for name, code in solutions:
        reference = inspect.getsource(EXERCISES[name].reference)
        assert without_docstring(code) == without_docstring(reference), name
        namespace = {"np": np}
        exec(code, namespace)
        answer = namespace[EXERCISES[name].reference.__name__]
        assert examine(EXERCISES[name], answer)[0] == RIGHT


def test_the_stubs_in_the_notebooks_have_the_arguments_of_the_solution():
    stubs = {}
    for _, cell in notebook_cells():
        called = re.search(r'^check\("([\w-]+)", (\w+)\)$', cell.source, re.MULTILINE)
        if cell.cell_type == "code" and called:
            functions = [f for f in ast.parse(cell.source).body if isinstance(f, ast.FunctionDef)]
            stubs[called[1]] = functions[-1]
            assert functions[-1].name == called[2]
    assert list(stubs) == list(EXERCISES)
    for name, stub in stubs.items():
        assert tuple(argument.arg for argument in stub.args.args) == EXERCISES[name].arguments
        assert stub.name == EXERCISES[name].reference.__name__
        assert ast.get_docstring(stub)
