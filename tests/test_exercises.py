"""The checks are checked: right answers pass, each known mistake is named, nothing else passes."""

import ast
import copy
import functools
import inspect
import json
import re
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.special import expit
from task_description import description, difference

from rnnhelpers.exercises import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
    all_tasks,
    check,
    values,
)
from rnnhelpers.exercises.core import CHAPTERS, find_task, tasks_of
from rnnhelpers.exercises.tasks import NOT_ATTEMPTED, NOT_YET, RIGHT

TASKS = all_tasks()
EXERCISES = {name: task for name, task in TASKS.items() if isinstance(task, Exercise)}
NUMBERS = {name: task for name, task in TASKS.items() if isinstance(task, NumberQuestion)}
CHOICES = {name: task for name, task in TASKS.items() if isinstance(task, ChoiceQuestion)}
NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))
OTHER_SEEDS = range(1000, 1080, 40)  # learners always get the examples of one seed

every_task = pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
every_number = pytest.mark.parametrize("question", NUMBERS.values(), ids=NUMBERS)
every_choice = pytest.mark.parametrize("question", CHOICES.values(), ids=CHOICES)
every_mistake = pytest.mark.parametrize(
    ("task", "mistake"),
    [
        # Coverage is measured of one in eight: the code of all is run by what is not known, too.
        pytest.param(
            task,
            mistake,
            id=f"{task.name}: {mistake.name}",
            marks=[pytest.mark.no_cover] if at % 8 else [],
        )
        for task in (EXERCISES | NUMBERS).values()
        for at, mistake in enumerate(task.mistakes)
    ],
)


def said(capsys, *arguments, **options):
    """Return what `check` prints, as a learner reads it."""
    check(*arguments, **options)
    return capsys.readouterr().out


REFERENCE = json.loads(
    (Path(__file__).parent / "reference" / "task_values.json").read_text(encoding="utf-8")
)

# Every task of the course ----------------------------------------------------------------------


@pytest.mark.no_cover
@every_task
def test_every_task_is_what_it_was(task):
    changed = difference(REFERENCE[task.name], description(task))
    assert changed == [], "if this is meant, see tests/reference/make_task_values.py"


@every_exercise
def test_the_reference_is_right(capsys, exercise):
    answer = said(capsys, exercise.name, exercise.reference)
    assert answer == (
        f"Right, in all {len(exercise.draw_cases())} examples. {exercise.meaning}\n"
        f"That makes 1 of {len(TASKS)} checks.\n"
    )
    for seed in OTHER_SEEDS:
        assert exercise.examine(exercise.reference, seed=seed).outcome == RIGHT


@pytest.mark.no_cover
@every_mistake
def test_each_known_mistake_is_named_as_itself(capsys, task, mistake):
    wrong = mistake.function if task.name in EXERCISES else mistake.function()
    named = f"Not yet. This is what comes out when {mistake.name}. {mistake.look_at}\n"
    assert said(capsys, task.name, wrong).startswith(named)


@pytest.mark.no_cover
@pytest.mark.parametrize("seed", OTHER_SEEDS)
@every_exercise
def test_a_mistake_is_named_whatever_the_examples_are(exercise, seed):
    for mistake in exercise.mistakes:
        verdict = exercise.examine(mistake.function, seed=seed)
        assert verdict.outcome == NOT_YET
        assert f"when {mistake.name}. {mistake.look_at}\n" in verdict.message


@every_exercise
def test_an_exercise_is_complete(exercise):
    assert len(exercise.mistakes) >= 6
    assert len(exercise.draw_cases()) >= 6
    assert inspect.getdoc(exercise.reference)
    names = [mistake.name for mistake in exercise.mistakes]
    assert len(set(names)) == len(names)


@every_exercise
def test_examples_are_fresh_for_another_seed_and_the_same_for_the_same(exercise):
    first, again, other = map(exercise.draw_cases, (1, 1, 500))
    assert values.same(first, again)
    fresh = [case for case in other if not any(values.same(case, known) for known in first)]
    assert fresh


@every_number
def test_the_right_number_is_right(capsys, question):
    answer = said(capsys, question.name, question.reference())
    assert answer.startswith(f"Right: {question.solution}. {question.meaning}\n")


@every_number
def test_a_number_question_is_complete(question):
    assert len(question.mistakes) >= 6
    numbers = [question.reference(), *(mistake.function() for mistake in question.mistakes)]
    apart = [abs(a - b) for i, a in enumerate(numbers) for b in numbers[i + 1 :]]
    assert min(apart) > 2 * question.within  # each mistake can be told from the others


@every_number
def test_another_number_is_too_large_or_too_small(capsys, question):
    assert " is too large.\n" in said(capsys, question.name, question.reference() + 1234.5)
    assert " is too small.\n" in said(capsys, question.name, question.reference() - 1234.5)


@every_choice
def test_each_choice_and_reason_gets_its_own_feedback(capsys, question):
    rights = 0
    for letter, choice in question.choices.items():
        for number, reason in question.reasons.items():
            answer = said(capsys, question.name, letter, number)
            feedback = choice.feedback or reason.feedback
            if feedback:
                assert answer.startswith("Not yet. ")
                assert answer.endswith(f"{feedback}\n")
            else:
                assert answer.startswith(f"Right. {question.meaning}\n")
                assert question.solution == f"{letter}, because of {number}"
                rights += 1
    assert rights == 1


@every_choice
def test_a_choice_question_is_complete(question):
    for offered in (question.choices, question.reasons):
        assert len(offered) >= 3
        feedback = [choice.feedback for choice in offered.values() if choice.feedback]
        assert len(set(feedback)) == len(offered) - 1


@every_task
def test_hints_come_in_order_and_end(capsys, task):
    assert len(task.hints) == 3
    for number, hint in enumerate(task.hints, start=1):
        answer = said(capsys, task.name, ..., hint=number)
        assert answer.startswith(f"Hint {number} of 3: {hint}\n")
    assert "That was the last hint" in answer
    for none in (4, 0, "one", True):
        assert "has hints 1 to 3" in said(capsys, task.name, ..., hint=none)


# Wrong answers that nobody has named ------------------------------------------------------------


def spoil(result):
    """Make a wrong result that no catalogue knows."""
    if isinstance(result, np.ndarray):
        return result + 0.001 * np.arange(1, result.size + 1).reshape(result.shape)
    if isinstance(result, int):
        return result + 12_345
    return [*result, "something more"]


@every_exercise
def test_a_mistake_that_is_not_known_is_never_right(capsys, exercise):
    answer = said(capsys, exercise.name, lambda *case: spoil(exercise.reference(*case)))
    assert answer.startswith("Not yet.")
    assert "This is what comes out when" not in answer


@pytest.mark.no_cover
@every_exercise
def test_an_answer_right_in_one_example_only_is_not_right(exercise):
    nameless = replace(exercise, mistakes=())  # only the outcome counts here
    for case in exercise.draw_cases():
        expected = exercise.reference(*copy.deepcopy(case))
        verdict = nameless.examine(lambda *case, result=expected: result)
        assert verdict.outcome == NOT_YET


SWAPS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult,
         ast.MatMult: ast.Mult, ast.Pow: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Add,
         ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
         ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq}  # fmt: skip


class Mutants(ast.NodeTransformer):
    """Changes the one place of a program that has the number `at`; counts the places."""

    def __init__(self, at, names):
        self.at, self.names, self.place = at, names, -1

    def here(self):
        self.place += 1
        return self.place == self.at

    def visit_BinOp(self, node):
        self.generic_visit(node)
        if self.here():
            node.op = SWAPS[type(node.op)]()
        if self.here():
            return node.left
        return node.right if self.here() else node

    def visit_Compare(self, node):
        self.generic_visit(node)
        if self.here():
            node.ops = [SWAPS[type(node.ops[0])]()]
        return node

    def visit_AugAssign(self, node):
        self.generic_visit(node)
        if self.here():
            return ast.Assign([node.target], node.value)
        return node

    def visit_Constant(self, node):
        if isinstance(node.value, bool):
            return ast.Constant(not node.value) if self.here() else node
        if isinstance(node.value, int):
            return ast.Constant(node.value + 1) if self.here() else node
        if isinstance(node.value, str):
            return ast.Constant("o") if self.here() else node
        return node

    def visit_Call(self, node):
        self.generic_visit(node)
        if node.args and self.here():
            return node.args[0]
        if node.keywords and self.here():
            node.keywords = node.keywords[1:]
        return node

    def visit_Subscript(self, node):
        self.generic_visit(node)
        is_read = isinstance(node.ctx, ast.Load)
        return node.value if is_read and self.here() else node

    def visit_Name(self, node):
        if isinstance(node.ctx, ast.Load) and node.id in self.names:
            for other in self.names - {node.id}:
                if self.here():
                    return ast.Name(other, ast.Load())
        return node


def mutants_of(function):
    """Yield every program that differs from a function's in one place, with its text."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    del tree.body[0].body[0]  # the docstring
    names = {argument.arg for argument in tree.body[0].args.args}
    at = 0
    while True:
        mutant, changer = copy.deepcopy(tree), Mutants(at, names)
        mutant.body[0].body = [changer.visit(line) for line in mutant.body[0].body]
        if changer.place < at:
            return
        namespace = {"np": np}
        exec(compile(ast.fix_missing_locations(mutant), "<mutant>", "exec"), namespace)
        yield ast.unparse(mutant), namespace[function.__name__]
        at += 1


@pytest.mark.no_cover
@every_exercise
def test_every_slip_in_the_solution_is_caught(exercise):
    mutants = list(mutants_of(exercise.reference))
    assert mutants
    nameless = replace(exercise, mistakes=())  # only the outcome counts here
    for text, mutant in mutants:
        assert nameless.examine(mutant).outcome == NOT_YET, text


# What every answer that is code is told ----------------------------------------------------------


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

    exercise = find_task("tanh-slope")
    assert exercise.examine(stub_with_docstring).outcome == NOT_ATTEMPTED
    assert exercise.examine(stub_with_pass).outcome == NOT_ATTEMPTED
    verdict, message = exercise.examine(forgotten_return)
    assert verdict == NOT_YET
    assert "returned None. Is there a `return` on each way through it?" in message
    assert "\n  expected  " in message


def test_an_answer_is_run_once_an_example():
    exercise, runs = find_task("rnn-step"), []

    def answer(*case):
        runs.append(case)
        return exercise.reference(*case) + 1

    assert exercise.examine(answer).outcome == NOT_YET
    assert len(runs) == len(exercise.draw_cases())


def test_a_result_in_the_place_of_the_function_is_told(capsys):
    answer = said(capsys, "tanh-slope", 3)
    assert "got 3 instead of a function" in answer
    assert "Pass the function itself, tanh_slope," in answer


def test_changed_arguments_are_named(capsys):
    def answer(x, h_prev, W_xh, W_hh, b_h):
        h_prev += 1
        b_h *= 2
        return x

    assert "Your function changed h_prev and b_h, which" in said(capsys, "rnn-step", answer)


def test_what_became_of_changed_arguments_is_shown_and_nothing_else(capsys):
    def answer(h):
        h[:] = 1 - h**2
        return h

    text = said(capsys, "tanh-slope", answer)
    assert text.startswith("Not yet. Your function changed h, which the caller still needs")
    assert "  h        [0.5] (shape (1,))\n  h after  [0.75] (shape (1,))\n" in text


def test_right_numbers_of_the_wrong_type_are_not_called_a_multiple(capsys):
    exercise = find_task("tf-idf")
    text = said(capsys, "tf-idf", lambda counts: exercise.reference(counts).tolist())
    assert text.startswith("Not yet. Your function returned a list: expected an array")
    text = said(capsys, "batch-shape", lambda sentences, n_features: (np.nan,) * 3)
    assert text.startswith("Not yet. There is a NaN")


def test_other_arguments_are_named(capsys):
    text = said(capsys, "tanh-slope", lambda a, h: 1 - h**2)
    assert "takes the arguments (a, h): expected (h), as in the cell that you were given" in text


def test_a_function_that_does_not_tell_its_arguments_is_shown_what_it_raised(capsys):
    with pytest.raises(ValueError, match="no signature"):
        inspect.signature(dict)
    text = said(capsys, "tanh-slope", dict)
    assert "takes the arguments" not in text
    assert "TypeError" in text


def test_a_stopped_answer_is_told_what_it_was_at(capsys):
    def answer(h):
        raise KeyboardInterrupt

    text = said(capsys, "tanh-slope", answer)
    assert "still running when it was stopped. Is there a loop that does not end?" in text
    assert "It had been called with h = [" in text


def test_what_an_answer_prints_is_shown_with_the_example(capsys):
    def answer(h):
        print("h is", h.shape)
        print("done")
        return h

    assert "  printed   h is (1,) ⏎ done\n" in said(capsys, "tanh-slope", answer)


def test_the_smallest_failing_example_is_shown(capsys):
    exercise = find_task("rnn-step")

    def wrong_for_batches(x, h_prev, W_xh, W_hh, b_h):
        return exercise.reference(x, h_prev, W_xh, W_hh, b_h) + (len(x) > 1)

    failing = [case for case in exercise.draw_cases() if len(case[0]) > 1]
    smallest = min(failing, key=lambda case: sum(argument.size for argument in case))
    text = said(capsys, "rnn-step", wrong_for_batches)
    assert f"  x         {values.shown(smallest[0])}\n" in text
    assert f"{len(exercise.draw_cases()) - len(failing)} of" in text.splitlines()[-1]


def raising(name):
    """Make an object of which one method raises an error."""

    def method(*arguments):
        raise RuntimeError("mine")

    return type("Odd", (list,), {name: method})([0.5])


def test_what_cannot_be_shown_is_still_judged():
    message = find_task("tanh-slope").examine(lambda h: raising("__repr__")).message
    assert "Your function returned an Odd: expected an array" in message
    assert "got       an Odd that cannot be shown (RuntimeError)" in message


def test_a_check_that_fails_itself_does_not_blame_the_answer():
    def broken(rng):
        raise ImportError("something is not installed")

    exercise = Exercise("any", lambda: 1, broken, "Fine.", (), ())
    verdict, message = exercise.examine(lambda: 1)
    assert verdict == NOT_YET
    assert "could not be carried out: ImportError: something is not installed" in message
    assert "Otherwise the check is at fault, and not your answer." in message


def test_rounding_is_suspected_only_where_nothing_else_is_to_be_seen(capsys):
    assert said(capsys, "tanh-slope", lambda h: h + 5).startswith("Not yet. The smallest example")


def test_what_is_true_of_some_failing_examples_only_is_not_said(capsys):
    text = said(capsys, "tanh-slope", lambda h: (1 - h**2) * (3 if h.ndim == 2 else -1))
    assert text.startswith("Not yet. The smallest example")


def test_an_empty_example_is_not_the_first_to_be_shown(capsys):
    text = said(capsys, "states-while-reading", lambda words, respond, start: 7)
    assert "  words     ['works']\n" in text


class SilentError(BaseException):
    """An error without a message, and not an Exception."""

    def __str__(self):
        raise ValueError


RECURSIVE = []
RECURSIVE.append([RECURSIVE])
DEEP = []
for _ in range(5000):
    DEEP = [DEEP]
ODD = [
    *map(raising, ("__repr__", "__eq__", "__len__", "__iter__", "__getitem__", "__array__")),
    RECURSIVE, DEEP, 10**400, 10**5000, (10**5000, 1, 1), np.array([3], "m8[D]"), np.longdouble(1),
    np.timedelta64(3, "D"), np.array([0.75 + 1j]), np.ma.masked, np.zeros(1, [("a", float)]),
    np.array(["a"]), type("", (), {})(), np.broadcast_to(1.0, (10**9,)), "\n" * 500, {}.items(),
    (np.array([1, 2]), 1, 2), np.array([None, "a"]),
]  # fmt: skip


@pytest.mark.no_cover
@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@every_exercise
def test_nothing_that_is_returned_stops_the_check(exercise, odd):
    verdict, message = exercise.examine(lambda *case: odd)
    assert verdict == NOT_YET
    assert len(message.splitlines()) <= 15
    assert max(map(len, message.splitlines())) <= 500


@pytest.mark.parametrize(
    "error",
    [ValueError("one\n" * 99), SilentError(), GeneratorExit(), SystemExit(2), KeyError("dog")],
    ids=lambda error: type(error).__name__,
)
def test_nothing_that_is_raised_stops_the_check(capsys, error):
    def answer(h):
        raise error

    lines = said(capsys, "tanh-slope", answer).splitlines()
    assert lines[0].startswith(f"Not yet. Your function raised {type(error).__name__}: ")
    assert lines[1] == "  in your line: raise error"
    assert len(lines) == 6


def test_what_an_answer_does_to_its_surroundings_ends_with_it(capsys):
    def answer(h, W_hy, b_y):
        probabilities = find_task("next-word-probabilities").reference(h, W_hy, b_y)
        np.seterr(all="raise")
        sys.stdout.close()
        return probabilities

    assert said(capsys, "next-word-probabilities", answer).startswith("Right, ")


async def nobody_waits_for_it(h):
    return 1 - h**2


def test_a_coroutine_is_refused_without_a_warning(capsys, recwarn):
    assert "returned a coroutine: expected an array" in said(
        capsys, "tanh-slope", nobody_waits_for_it
    )
    assert not recwarn.list


def test_names_in_messages_do_not_hide_a_known_mistake(capsys):
    def other_names(words, respond, start):
        for word in words:
            mine = []
            start = respond(word, start)
            mine.append(start)
        return mine

    text = said(capsys, "states-while-reading", other_names)
    assert "This is what comes out when the list is made anew in each round." in text


def test_an_error_in_all_examples_is_a_known_mistake_only_with_its_message(capsys):
    def answer(x, h_prev, W_xh, W_hh, b_h):
        raise TypeError("something else than what math.tanh says")

    assert "This is what comes out when" not in said(capsys, "rnn-step", answer)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("words-in-order", lambda s: s.removesuffix(".").split()),
        ("states-while-reading", lambda words, respond, s: [s := respond(w, s) for w in words]),
        ("batch-shape", lambda sentences, n: (*np.shape(sentences), n)),
        ("one-hot", lambda ids, n: np.eye(n, dtype=np.float32)[ids]),
        ("one-hot", lambda ids, n: np.array([[int(j == i) for j in range(n)] for i in ids])),
        ("bag-of-words", lambda ids, n: np.bincount(ids, minlength=n)),
        ("bag-of-words", lambda ids, n: np.array([ids.count(i) for i in range(n)])),
        ("encode-and-pad", lambda sentences, vocabulary, n: np.array(
            [([vocabulary.get(w, 1) for w in s] + [0] * n)[:n] for s in sentences], np.int32)),
        ("rnn-step", lambda x, h, W, V, b: np.tanh(np.hstack([x, h]) @ np.vstack([W, V]) + b)),
        ("rnn-step", lambda *given: find_task("rnn-step").reference(*given).astype(np.float32)),
        ("parameter-count", lambda D, H, K: np.int64(H * (D + H + 1) + K * (H + 1))),
        ("tanh-slope", lambda h: (1 - h) * (1 + h)),
    ],
)  # fmt: skip
def test_other_ways_to_the_right_answer_are_right(name, answer):
    assert find_task(name).examine(answer).outcome == RIGHT


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda h: (v for v in h), "returned a generator: expected an array, as np.array(…) makes"),
        (lambda h: map(abs, h), "np.array(list(…)) around it collects what it gives."),
        (lambda h: (1 - h**2).tolist(), "returned a list: expected an array, as np.array(…)"),
        (lambda h: h.tolist(), "returned a list: expected an array"),
        (lambda h: (1 - h**2)[None], r"The shape is (1, 1): expected (1,)"),
        (lambda h: (1 - h**2).T[..., None], "The shape is "),
        (lambda h: h * np.nan, "There is a NaN"),
        (lambda h: h / 0, "There is an infinity"),
        (lambda h: "1 - h**2", "returned a str: expected an array"),
        (lambda h: [[1], [2, 3]], "returned a list: expected an array"),
        (lambda h: h > 0, "The numbers are of dtype bool: expected float64"),
        (lambda h: print(1 - h**2), "prints something and returns None: write `return`"),
        (lambda h: (1 - h**2) + 1e-5 * h, "digits that are not shown: is something rounded?"),
        (lambda h: 3 * (1 - h**2), "Not yet. Each number is 3 times the right one.\n"),
        (lambda h: (1 - h**2) - 0.5, "Not yet. Each number is off by the same amount, -0.5.\n"),
        (lambda h: (1 - h**2)[::-1], "numbers in reverse order.\n"),
    ],
)
def test_a_wrong_kind_of_result_has_a_message_of_its_own(capsys, answer, message):
    assert message in said(capsys, "tanh-slope", answer)


@pytest.mark.parametrize(
    ("expected", "got", "message"),
    [
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "Look at 'b' in the dictionary.\n"),
        ({"a": 1, "b": 2}, {"a": 1, "b": 3}, "got       3\n"),
        (
            {"a": np.ones(1)},
            {"a": [1.0]},
            "Look at 'a' in the dictionary. It is a list: expected an",
        ),
        (
            {"a": np.ones(2), "b": np.zeros(1)},
            {"b": np.zeros(1), "a": -np.ones(2)},
            "got       [-1.",
        ),
        ({"b": np.ones(2), "a": 3}, {"a": -3, "b": -np.ones(2)}, "with the sign turned"),
        ({"a": 1}, {"d_a": 1}, "The names in the dictionary are ['d_a']: expected ['a']."),
        ({"a": 1}, [("a", 1)], "returned a list: expected a dict"),
        ({"a": 1}, {"a": 1, "b": 2}, "got       {'a': 1, 'b': 2}"),
        (np.array([[1, 2], [3, 4]]), np.array([[2, 1], [4, 3]]), "in reverse order"),
        (True, 1, "returned an int: expected a bool"),
        (3, 3.0, "returned a float: expected an int"),
        (3, 3.0, "got       3.0"),
        ([1], iter([1]), "expected a list. list(…) around it collects what it gives."),
        ([1, 2], np.array([1, 2]), "Your function returned an array: expected a list."),
        (["a b"], ["a  b"], "got       ['a  b']"),
        (["a"], [np.str_("b")], "got       ['b']"),
        ([1, 2], [np.int64(1), np.int64(3)], "got       [1, 3]"),
        (np.array([1]), (np.array([1]),), "a tuple: expected an array, which [0] takes out of it."),
        (np.ones(1), np.ones(1) + 1j, "of dtype complex128: expected float64"),
        ((3, 4), (3.0, 4), "expected  (3, 4)"),
        (np.array([3]), np.array([3.0]), "of dtype float64: expected int64 (dtype=int)"),
        (
            (1, 2),
            [1, 2],
            "returned a list: expected a tuple of 2, as Python makes it of values with",
        ),
        ((1, 2), np.ones(2), "returned an array: expected a tuple of 2"),
        (1.5, 2, "got       2"),
        (np.array(["a"]), np.array(["b"]), "got       ['b'] (shape (1,))"),
        (np.ones((2, 3)), np.ones((3, 2)), "expected (2, 3). Are the axes swapped?"),
        (np.array([[1, 2], [3, 4]]), np.array([[1, 3], [2, 4]]), "rows and columns swapped"),
        ([1, 2], [-1, -2], "with the sign turned"),
        ([1, 2, 4], [2, 1, 4], "in another order"),
        (
            (np.ones(2), np.zeros(2)),
            ([1, 1], [0, 0]),
            "Look at the first of the 2 results. It is a list: expected an array",
        ),
        (
            (0.5, 1.5),
            (np.array(0.5), np.array([1.5])),
            "None of the 2 results is right. Shown is number 1. It is an array: expected a float.",
        ),
        ((0.5, 1.5), (0.5, "1.5"), "number 2 is not right. It is a str: expected a float."),
    ],
)
def test_results_of_any_kind_are_compared(expected, got, message):
    exercise = Exercise("any", lambda: expected, lambda rng: [()], "Fine.", (), ())
    assert exercise.examine(lambda: expected) == (RIGHT, "Right, in all 1 examples. Fine.")
    verdict, text = exercise.examine(lambda: got)
    assert verdict == NOT_YET
    assert message in text


def test_strings_of_numpy_are_strings():
    assert values.same([np.str_("dog")], ["dog"])
    assert not values.same([True], [1])


def test_what_is_wrong_in_other_examples_only_is_told():
    exercise = Exercise(
        "three", lambda n: (n, 2.0 * n, 3.0), lambda rng: [(1,), (2,), (30,)], "Fine.", (), ()
    )
    text = exercise.examine(lambda n: (n, 2.0, 4.0 - (n > 2))).message
    assert "Of the 3 results, number 3 is not right. In other examples number 2 is not" in text
    text = exercise.examine(lambda n: (n, 2.0 * n, 4.0)).message
    assert "Of the 3 results, number 3 is not right.\n" in text


def test_where_a_mistake_is_named_nothing_else_is_guessed():
    exercise = Exercise(
        "rows", lambda n: np.ones((n, 2)), lambda rng: [(n,) for n in (3, 4)], "Fine.", (),
        (Mistake("the axes are swapped", "Which is first?", lambda n: np.ones((2, n))),),
    )  # fmt: skip
    text = exercise.examine(lambda n: np.ones((2, n))).message
    assert "this is what comes out when the axes are swapped" in text.lower()
    assert "The shape is (2, 3): expected (3, 2).\n" in text


def test_results_in_another_order_are_told_once():
    def swapped(n):
        return n, 1.5, -1.5 * n

    def is_said(*mistakes):
        exercise = Exercise(
            "order", lambda n: (-1.5 * n, n, 1.5), lambda rng: [(n,) for n in (3.0, 4.0)], "", (),
            mistakes,
        )  # fmt: skip
        text = exercise.examine(swapped).message
        assert "another order" not in text.replace("the right results in another order.", "", 1)
        return "another order" in text

    assert is_said()
    assert not is_said(Mistake("the slope comes last", "Which is first?", swapped))


def test_shapes_that_do_not_fit_are_explained():
    exercise = Exercise(
        "product", lambda a, b: a @ b.T, lambda rng: [(np.ones((1, 2)),) * 2], "", (), ()
    )
    text = exercise.examine(lambda a, b: a @ b).message
    assert "the last number of A's shape has to be the last but one of B's" in text
    other = exercise.examine(lambda a, b: a + b.reshape(3)).message
    assert "cannot reshape" in other
    assert "last but one" not in other


def test_a_copy_of_a_dictionary_is_explained():
    def halved(weights):
        new = weights.copy()
        for name in new:
            new[name] *= 0.5
        return new

    exercise = Exercise(
        "halved", lambda weights: {name: 0.5 * w for name, w in weights.items()},
        lambda rng: [({"w": np.ones(2)},)], "", (), (),
    )  # fmt: skip
    text = exercise.examine(halved).message
    assert "work on a copy. (A copy of a dictionary or a list still holds the same arrays.)" in text


@pytest.mark.parametrize(("part", "is_said"), [("dog", False), (np.ones(1), True)])
def test_that_a_copy_holds_the_same_arrays_is_said_if_there_are_any(part, is_said):
    def lengthened(parts):
        parts.append(part)
        return len(parts)

    exercise = Exercise("kept", len, lambda rng: [([part],)], "", (), ())
    text = exercise.examine(lengthened).message
    assert "Your function changed obj, which the caller still needs: work on a copy." in text
    assert ("still holds the same arrays" in text) is is_said


def test_numbers_are_compared_within_rounding_only():
    exercise = Exercise("third", lambda: 1 / 3, lambda rng: [()], "Fine.", (), ())
    assert exercise.examine(lambda: np.float64(1) / 3 + 1e-9).outcome == RIGHT
    assert exercise.examine(lambda: 0.3333).outcome == NOT_YET


def test_the_more_special_mistake_is_named_first():
    exercise = Exercise(
        "sum", lambda a: sum(a), lambda rng: [([1, 2],), ([2, 3],)], "Fine.", (),
        (
            Mistake("the last is left out", "Where does it end?", lambda a: sum(a[:-1])),
            Mistake("the first is taken", "Only one?", lambda a: a[0]),
        ),
    )  # fmt: skip
    assert "the last is left out" in exercise.examine(lambda a: a[0]).message


DOUBLE = Exercise(
    "double", lambda n: 2 * n, lambda rng: [(n,) for n in (1, 2, 3, 4, 50)], "Fine.", (),
    (Mistake("it is tripled", "By how much?", lambda n: 3 * n),),
)  # fmt: skip


def test_two_mistakes_at_once_are_named_one_after_the_other():
    text = DOUBLE.examine(lambda n: 3 * n if n < 50 else 0).message
    assert text.startswith(
        "Not yet. In 4 of the 5 examples that are wrong, this is what comes out when it is "
        "tripled. By how much?\n"
    )
    assert "  n         1\n" in text
    assert text.endswith("None of the 5 examples is right.")
    text = DOUBLE.examine(lambda n: 3 * n if n > 1 else -1).message
    assert "In 4 of the 5 examples that are wrong, this is what" in text
    assert "  n         2\n" in text  # the example shown is one that the mistake explains


def test_where_a_mistake_happens_to_be_right_is_not_counted():
    exercise = Exercise(
        "size", lambda n: abs(n), lambda rng: [(n,) for n in (1, 2, 3, 4, 5, -6, -7)], "", (),
        (Mistake("the sign is left", "What of -1?", lambda n: n),),
    )  # fmt: skip
    text = exercise.examine(lambda n: 7 if n == -7 else n).message
    assert text.endswith("6 of 7 examples are right.")
    assert text.startswith("Not yet. In the example that is wrong, this is what comes out when")
    text = exercise.examine(lambda n: n if n != -7 else 0).message
    assert text.startswith("Not yet. In 1 of the 2 examples that are wrong, this is what comes")


@pytest.mark.parametrize(
    "answer",
    [
        lambda n: 3 * n if n < 3 else -1,  # explains two of five examples
        lambda n: 2.0 * n,  # right numbers of the wrong kind
        lambda n: -n,
    ],
)
def test_a_mistake_that_explains_little_is_not_named(answer):
    assert "this is what comes out when" not in DOUBLE.examine(answer).message.lower()


@pytest.mark.parametrize(
    ("limit", "largest_explained", "is_named"),
    [
        (35, 18, False),  # one of three that fail
        (35, 19, True),  # two of three
        (33, 18, True),  # two of four
    ],
)
def test_a_mistake_is_named_if_it_explains_half_of_what_fails(limit, largest_explained, is_named):
    exercise = Exercise(
        "cut", lambda n: 2 * n, lambda rng: [(n,) for n in range(1, 21)], "Fine.", (),
        (Mistake("large ones are cut off", "How large?", lambda n: min(2 * n, limit)),),
    )  # fmt: skip

    def answer(n):
        return exercise.mistakes[0].function(n) if n <= largest_explained else -1

    named = "this is what comes out when large ones are cut off"
    assert (named in exercise.examine(answer).message) is is_named


def test_infinities_are_compared_without_a_warning():
    assert not values.same(np.array([np.inf, 1.0]), np.array([np.inf, 2.0]))
    assert values.same(np.array([np.inf, 0.1 + 0.2]), np.array([np.inf, 0.3]))


def test_long_arrays_are_cut_off_and_a_tuple_of_one_number_is_shown_as_such():
    text = values.shown(np.array(["dog " * 25] * 6))
    assert text.partition("…")[0] == text[: 2 * values.MOST_LETTERS - 3]
    assert text.endswith("… (shape (6,))")
    assert values.shown((0.5,)) == "(0.5,)"
    assert values.shown((1 / 3, 2.0)) == "(0.333333, 2.0)"


def test_numbers_in_another_order_are_found_in_a_table_too():
    table = np.array([[1, 5, 3], [6, 2, 4]])
    assert values.about_numbers(table[:, [1, 0, 2]], table).endswith("in another order.")
    assert values.about_numbers(table[::-1, [1, 0, 2]], table).endswith("in another order.")


def test_a_decorated_stub_is_a_stub():
    @functools.wraps(my_stub)
    def noted(n):
        return my_stub(n)

    assert DOUBLE.examine(noted).outcome == NOT_ATTEMPTED


def my_stub(n):
    """Return n."""


def test_what_is_nearly_zero_in_an_array_is_shown_as_zero():
    assert values.shown(np.array([1e-9, 1.0])) == "[0., 1.] (shape (2,))"
    assert "2., ..., 38." in values.shown(np.arange(41.0))
    assert "..." not in values.shown(np.arange(40.0))
    assert values.wrong_part(5.0, (1.0, 2.0)) == ("", 5.0, (1.0, 2.0))


def test_an_answer_that_is_no_function_and_raises_is_told():
    class Answer:
        def __call__(self, h):
            raise RuntimeError("not today")

    text = find_task("tanh-slope").examine(Answer()).message
    assert "raised RuntimeError: not today" in text
    assert re.search(r"\n  expected  \[.*\] \(shape ", text)


def test_a_mistake_of_another_type_of_number_is_the_same_mistake():
    exercise = Exercise(
        "half", lambda n: n / 2, lambda rng: [(n,) for n in (1, 2, 3)], "Fine.", (),
        (Mistake("it is doubled", "By how much?", lambda n: 2.0 * n),),
    )  # fmt: skip
    assert "what comes out when it is doubled" in exercise.examine(lambda n: 2 * n).message


def test_an_array_of_a_class_that_cannot_be_added_is_shown():
    class Own(np.ndarray):
        def __add__(self, other):
            raise RuntimeError("not with me")

    assert values.shown(np.ones(2).view(Own)) == "[1., 1.] (shape (2,))"


def test_a_mistake_is_not_named_for_where_it_gives_the_right_result():
    def doubled_in_place(numbers):
        numbers *= 2
        return numbers

    exercise = Exercise(
        "doubled", lambda numbers: 2 * numbers,
        lambda rng: [(np.array([n]),) for n in (1, 2, 3, 4, 50)], "Fine.", (),
        (
            Mistake("large ones are cut off", "How large?", lambda n: np.minimum(2 * n, 20)),
            Mistake("they are doubled in place", "Whose are they?", doubled_in_place),
        ),
    )  # fmt: skip
    for answer in (lambda n: 2.0 * n, lambda n: 2 * n if n[0] > 1 else n):
        assert "this is what comes out when" not in exercise.examine(answer).message.lower()
    assert "doubled in place" in exercise.examine(doubled_in_place).message


def test_a_mistake_that_explains_few_examples_is_not_named(capsys):
    exercise = find_task("rnn-step")
    mistake = exercise.mistakes[0].function

    def answer(x, *others):
        return mistake(x, *others) if len(x) == 1 else x

    assert "this is what comes out when" not in said(capsys, "rnn-step", answer).lower()


def test_an_answer_that_never_looks_at_its_arguments_is_told(capsys):
    W_xh = np.ones((8, 2))
    text = said(capsys, "parameter-count", lambda n_features, n_hidden, n_outputs: W_xh.size)
    assert text.startswith(
        "Not yet. Your function returns the same in every example: does it use its arguments, "
        "n_features, n_hidden, n_outputs, and not other names of the notebook?\n"
    )


def test_a_name_that_is_not_known_needs_no_example(capsys):
    text = said(capsys, "tanh-slope", lambda h: 1 - hidden**2)  # noqa: F821
    assert text.startswith(
        "Not yet. Your function raised NameError: name 'hidden' is not defined\n"
    )
    assert "example that shows it" not in text


# What every number and every choice is told ----------------------------------------------------

FIVE = NumberQuestion("five", "How many?", lambda: 5.0, "Count.", ("", "", ""), (), within=0.1)
TWO_TIERS = ChoiceQuestion(
    "two-tiers", "Which?",
    {"a": Choice("This.", "No, not this."), "b": Choice("That.")},
    {1: Choice("So."), 2: Choice("Or so.", "That is not why.")},
    "It is that, so.", ("", "", ""),
)  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "outcome", "message"),
    [
        (..., NOT_ATTEMPTED, "Not attempted yet: five. Write your number in place of the dots"),
        (5, RIGHT, "Right: 5. Count."),
        (np.float32(5.05), RIGHT, "Right: 5."),
        (5.5, NOT_YET, "You are close, and not quite there: work it out again, and round at"),
        (50, NOT_YET, "50 is too large."),
        (-50, NOT_YET, "-50 is too small."),
        ("5", NOT_YET, "Got a str, '5': expected a number. Write it without quotes."),
        ("ln 5", NOT_YET, "expected a number. Write digits, or a formula that Python can work out"),
        ((4, 98), NOT_YET, "(4, 98): expected a number. Python writes a decimal point, and not a"),
        ((4, 9, 8), NOT_YET, "(4, 9, 8): expected a number."),
        (None, NOT_YET, "Got a NoneType, None: expected a number."),
        (True, NOT_YET, "Got a bool, True: expected a number."),
        ([5], NOT_YET, "Got a list, [5]: expected a number."),
        (np.nan, NOT_YET, "The answer is a finite number: got nan."),
        (np.inf, NOT_YET, "The answer is a finite number: got inf."),
        (10**400, NOT_YET, " is too large."),
        (-(10**400), NOT_YET, " is too small."),
        (np.uint8(3), NOT_YET, "3 is too small."),
        (5j, NOT_YET, "Got a complex, 5j: expected a number."),
        (np.complex128(5), NOT_YET, ": expected a number."),
        (np.timedelta64(5), NOT_YET, ": expected a number."),
    ],
)
def test_every_number_gets_an_answer(answer, outcome, message):
    verdict = FIVE.examine(answer)
    assert verdict.outcome == outcome
    assert message in verdict.message


@pytest.mark.parametrize(
    ("answer", "reason", "outcome", "message"),
    [
        (..., ..., NOT_ATTEMPTED, "Choose an answer ('a' or 'b') and a reason (1 or 2)"),
        ("b", ..., NOT_YET, "You have not given your reason: 1 or 2."),
        (..., 1, NOT_YET, "You have not given your answer: 'a' or 'b'."),
        ("b", 1, RIGHT, "Right. It is that, so."),
        (" B) ", "1", RIGHT, "Right."),
        ("b.", "(1)", RIGHT, "Right."),
        ("b", np.int64(1), RIGHT, "Right."),
        ("a", 1, NOT_YET, "You chose 'a'. No, not this."),
        ("b", 2, NOT_YET, "The answer 'b' is right, the reason is not. That is not why."),
        ("a", 2, NOT_YET, "You chose 'a'. No, not this."),
        ("c", 1, NOT_YET, "There is no answer 'c': expected 'a' or 'b'."),
        ("b", 3, NOT_YET, "There is no reason 3: expected 1 or 2."),
        ("b", True, NOT_YET, "There is no reason True: expected 1 or 2."),
        (["b"], 1, NOT_YET, "There is no answer ['b']: expected 'a' or 'b'."),
        (None, 1, NOT_YET, "There is no answer None: expected 'a' or 'b'."),
        (1, "b", NOT_YET, "expected 'a' or 'b'. The answer comes first, and then the reason."),
        (7, "b", NOT_YET, "There is no answer 7: expected 'a' or 'b'."),
    ],
)
def test_every_choice_gets_an_answer(answer, reason, outcome, message):
    verdict = TWO_TIERS.examine(answer, reason)
    assert verdict.outcome == outcome
    assert message in verdict.message


def test_a_decimal_comma_is_told(capsys):
    text = said(capsys, "second-unit", 1, 3)
    assert "Got 1 and 3: expected one number. Python writes a decimal point" in text


def test_a_choice_without_any_reason_is_asked_for_one(capsys):
    name = next(iter(CHOICES))
    assert "You have not given your reason" in said(capsys, name, "a")


def test_an_unknown_check_is_an_error_with_the_closest_name():
    with pytest.raises(ValueError, match="there is no check 'one-hop': did you mean 'one-hot'"):
        check("one-hop", len)
    for name in ("zzz", ["zzz"], None):
        with pytest.raises(ValueError, match="there are: words-in-order, "):
            check(name, len)


# The notebooks ---------------------------------------------------------------------------------


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


def folded_solutions():
    pattern = re.compile(r"<summary>Solution: ([\w-]+)</summary>\n(.*?)</details>", re.DOTALL)
    return [found for _, cell in notebook_cells() for found in pattern.findall(cell.source)]


def test_every_chapter_is_a_notebook_and_its_tasks_are_in_it_in_order():
    titles = [nbformat.read(path, as_version=4).cells[0].source.splitlines()[0][2:]
              for path in NOTEBOOKS]  # fmt: skip
    numbers = [path.name[:2] for path in NOTEBOOKS]
    assert list(CHAPTERS.values()) == list(map(" ".join, zip(numbers, titles, strict=True)))
    assert [name for name, _ in folded_solutions()] == list(TASKS)
    for (module, _), path in zip(CHAPTERS.items(), NOTEBOOKS, strict=True):
        checked = re.findall(
            r'^check\("([\w-]+)"',
            "\n".join(
                cell.source for name, cell in notebook_cells()
                if name == path.name and cell.cell_type == "code"
            ),
            re.MULTILINE,
        )  # fmt: skip
        assert checked == [task.name for task in tasks_of(module)]


def test_the_folded_solutions_are_the_tested_code():
    solutions = dict(folded_solutions())
    for name, exercise in EXERCISES.items():
        code = re.match(r"\s*```python\n(.*?)```", solutions[name], re.DOTALL)[1]
        reference = inspect.getsource(exercise.reference)
        assert without_docstring(code) == without_docstring(reference), name
        namespace = {"np": np, "sigmoid": expit}  # notebook 10 defines sigmoid above its exercises
        exec(code, namespace)
        answer = namespace[exercise.reference.__name__]
        assert exercise.examine(answer).outcome == RIGHT


def test_the_folded_solutions_of_questions_are_the_tested_ones():
    solutions = dict(folded_solutions())
    for name, question in (NUMBERS | CHOICES).items():
        assert solutions[name].strip() == f"**{question.solution}.** {question.meaning}", name


def test_the_questions_in_the_notebooks_are_the_tested_ones():
    prose = [cell.source for _, cell in notebook_cells() if cell.cell_type == "markdown"]
    for question in (NUMBERS | CHOICES).values():
        [text] = [source for source in prose if question.task in source]
        if isinstance(question, ChoiceQuestion):
            offered = {**question.choices, **question.reasons}
            lines = [f"- **{key}**: {choice.text}" for key, choice in offered.items()]
            assert [line for line in text.splitlines() if line.startswith("- **")] == lines


def test_the_stubs_in_the_notebooks_are_those_of_the_solutions():
    stubs = {}
    for _, cell in notebook_cells():
        called = re.search(r'^check\("([\w-]+)", (\w+)\)$', cell.source, re.MULTILINE)
        if cell.cell_type == "code" and called and called[1] in EXERCISES:
            functions = [f for f in ast.parse(cell.source).body if isinstance(f, ast.FunctionDef)]
            stubs[called[1]] = functions[-1]
            assert functions[-1].name == called[2]
    assert list(stubs) == list(EXERCISES)
    for name, stub in stubs.items():
        assert tuple(argument.arg for argument in stub.args.args) == EXERCISES[name].arguments
        assert stub.name == EXERCISES[name].reference.__name__
        assert ast.get_docstring(stub) == inspect.getdoc(EXERCISES[name].reference)
