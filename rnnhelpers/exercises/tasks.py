"""What a learner is asked, and the judgement of an answer: code, a number, or a choice.

A task holds all that is needed to judge an answer: the reference solution, the inputs to try it
on, the known mistakes *as code*, and the hints. Where a wrong answer is that of a known mistake,
the mistake is named, with what to look at. Nothing here prints, and nothing knows notebooks.
"""

import contextlib
import copy
import dis
import functools
import inspect
import io
import linecache
import math
import traceback
import types
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnnhelpers._validation import check_count, is_number
from rnnhelpers.exercises import values

NOT_ATTEMPTED, RIGHT, NOT_YET = "not attempted yet", "right", "not yet"
MOST_THAT_MAY_DIFFER = 0.3
"""In what share of the examples a mistake that is named may not be what the answer did."""
N_DRAWS = 4
"""How many times the examples of an exercise are drawn, each time with other random numbers."""
MOST_PRINTED = 10_000
"""About how many characters of what an answer prints are kept."""


class Verdict(NamedTuple):
    """What is to be said about an answer.

    Attributes
    ----------
    outcome : str
        `NOT_ATTEMPTED`, `RIGHT` or `NOT_YET`.
    message : str
        What to tell the learner.
    """

    outcome: str
    message: str


@dataclass(frozen=True)
class Mistake:
    """A mistake that learners make, as code.

    Attributes
    ----------
    name : str
        What was done, to follow "This is what comes out when …".
    look_at : str
        Where to look, as a question or an instruction; never the solution itself.
    function : callable
        An answer with this mistake in it.
    """

    name: str
    look_at: str
    function: Callable

    def __str__(self):
        """Tell the learner what the answer did, and where to look."""
        return f"This is what comes out when {self.name}. {self.look_at}"

    def told_of(self, n_explained, n_failed):
        """Tell the learner that it explains so many of the examples that are wrong."""
        if n_failed == 1:
            where = "In the example that is wrong"
        else:
            where = f"In {n_explained} of the {n_failed} examples that are wrong"
        return f"{where}, t{str(self)[1:]}"


@dataclass(frozen=True)
class Exercise:
    """A function to write.

    Attributes
    ----------
    name : str
        The name that `check` is called with; unique in the course.
    reference : callable
        The solution, with the docstring of the stub; the text folded below the exercise is this
        code.
    cases : callable
        Takes a `numpy.random.Generator`; returns a list of tuples of arguments: the edge cases,
        and random ones. Small enough to be read by a person.
    meaning : str
        What a right answer means, in one line.
    hints : tuple of str
        From the gentlest to the one that nearly tells.
    mistakes : tuple of Mistake
        The known mistakes; where one includes another, the more special one first.
    """

    name: str
    reference: Callable
    cases: Callable
    meaning: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]

    @property
    def arguments(self):
        """Names of the arguments, as the stub has them."""
        return tuple(inspect.signature(self.reference).parameters)

    def draw_cases(self, seed=20):
        """Return the arguments to try, the smallest first; the same ones for the same seed.

        Parameters
        ----------
        seed : int, default=20
            Where the random examples begin.

        Returns
        -------
        list of tuple
            The edge cases once, and `N_DRAWS` draws of the random ones.
        """
        seed, cases = check_count("seed", seed, 0, None), []
        for draw in range(N_DRAWS):
            for case in self.cases(np.random.default_rng(seed + draw)):
                if not any(values.same(case, known) for known in cases):
                    cases.append(case)
        return sorted(cases, key=_reading_order)

    def examine(self, answer, reason=None, seed=20):
        """Judge an answer.

        Parameters
        ----------
        answer : callable
            The learner's function.
        reason : None
            Code needs no reason.
        seed : int, default=20
            Where the random examples begin.

        Returns
        -------
        Verdict
            The outcome, and what to tell the learner.
        """
        if not callable(answer):
            return Verdict(NOT_YET, _about_no_function(answer, self.reference.__name__))
        if _is_stub(answer):
            return Verdict(
                NOT_ATTEMPTED,
                f"Not attempted yet: {self.name}. Write the body of the function, then run this "
                f"cell again.\n{_offer_hints(self)}",
            )
        try:
            with np.errstate(all="ignore"):
                return self._judge(answer, _examples(self, seed))
        except Exception as error:  # the learner's own classes can raise anything
            return Verdict(
                NOT_YET,
                f"Not yet. The check could not be carried out: {_described(error)}\n"
                "If your function returns an object of a class of your own, return plain numbers, "
                "strings, lists or arrays. Otherwise the check is at fault, and not your answer.",
            )

    def _judge(self, answer, examples):
        tried = []
        for example in examples:
            outcome = _call(answer, example.case)
            if isinstance(outcome.error, KeyboardInterrupt):
                about = _about_interrupt(self.arguments, example.case)
                return Verdict(NOT_YET, f"Not yet. {about}")
            tried.append(_Trial(example, outcome))
        failed = [trial for trial in tried if trial.failed]
        if not failed:
            return Verdict(RIGHT, f"Right, in all {len(tried)} examples. {self.meaning}")
        try:
            with warnings.catch_warnings(action="ignore"):  # of the known mistakes
                named, example = self._name_mistake(tried, failed)
        except KeyboardInterrupt:
            named, example = "The check was stopped before it had compared all mistakes.", failed[0]
        said = [
            named or self._about_all(tried, failed),
            self._about_failure(answer, example, failed, is_named=bool(named)),
            _n_right(failed, tried),
        ]
        return Verdict(NOT_YET, "Not yet. " + "\n".join(filter(None, said)))

    def _name_mistake(self, tried, failed):
        """Name the known mistake that explains the answer, and choose an example that shows it.

        Where none explains all examples, there may be two mistakes in the answer: then one that
        explains most examples, and at least half of those that failed, is named.
        """
        only_errors = all(trial.outcome.error for trial in failed)
        best, most = (None, failed[0]), MOST_THAT_MAY_DIFFER
        for mistake in self.mistakes:
            n_unlike, n_differing, explained = 0, 0, []
            for trial in tried:
                made, has_changed = trial.example.made_by(mistake)
                if has_changed and not trial.has_changed_arguments:
                    is_same = is_alike = False
                else:
                    is_same = _agree(made, trial.outcome, messages=True)
                    is_alike = is_same or _agree(made, trial.outcome, only_errors)
                n_unlike += not is_alike
                if not is_same:
                    n_differing += 1
                elif not trial.gives_result(made) and not trial.has_changed_arguments:
                    explained.append(trial)
                if n_unlike and n_differing >= most * len(tried):
                    break  # it explains less than another does, or too little
            if not n_unlike:
                return str(mistake), failed[0]
            differing = n_differing / len(tried)
            if differing < most and 2 * len(explained) >= len(failed):
                said = mistake.told_of(len(explained), len(failed))
                best, most = (said, explained[0]), differing
        return best

    def _about_all(self, tried, failed):
        """Say what the results have in common with each other, or with the right ones."""
        if _is_constant(tried):
            return (
                "Your function returns the same in every example: does it use its arguments, "
                f"{', '.join(self.arguments)}, and not other names of the notebook?"
            )
        remarks = {
            ""
            if trial.has_changed_arguments
            else values.about_numbers(trial.outcome.result, trial.example.expected)
            for trial in failed
        } - {None}
        return remarks.pop() if len(remarks) == 1 else ""

    def _about_failure(self, answer, trial, failed, *, is_named):
        """Show the smallest failing example: what went in, what came, what should have come."""
        outcome, got, expected = trial.outcome, trial.outcome.result, trial.example.expected
        lines = dict(zip(self.arguments, map(values.shown, trial.example.case), strict=True))
        if outcome.printed.strip():
            printed = outcome.printed.strip()[: 10 * values.MOST_LETTERS]
            lines["printed"] = values.shortened(printed.replace("\n", " ⏎ "))
        if outcome.error:
            wrong_call = _about_signature(self.reference, answer, trial.example.case)
            remark = wrong_call or _about_error(outcome.error, answer)
            if wrong_call or isinstance(outcome.error, NameError):
                return remark  # the example has no part in it
            lines["expected"] = values.shown(expected)
        elif got is None:
            remark = _about_none(outcome.printed)
            lines["expected"] = values.shown(expected)
        elif trial.has_changed_arguments:
            changed = _changed(self.arguments, trial.example.case, outcome.arguments)
            remark = (
                f"Your function changed {' and '.join(changed)}, which the caller still needs: "
                "work on a copy."
            )
            if any(map(values.holds_arrays, changed.values())):
                remark += " (A copy of a dictionary or a list still holds the same arrays.)"
            lines |= {f"{name} after": values.shown(value) for name, value in changed.items()}
        else:
            which, got, expected = values.wrong_part(got, expected, may_guess=not is_named)
            found = "It is" if which else "Your function returned"
            remark = values.about_kind(
                got, expected, found, may_guess=not is_named
            ) or values.about_infinities(got, expected)
            remark = " ".join(filter(None, [which, remark, _about_others(trial, failed)]))
            lines |= {"got": values.shown(got), "expected": values.shown(expected)}
            if not remark and lines["got"] == lines["expected"]:
                remark = "The two differ in digits that are not shown: is something rounded?"
        width = max(map(len, lines))
        shown = [f"  {name:{width}}  {text}" for name, text in lines.items()]
        return "\n".join(filter(None, [remark, "The smallest example that shows it:", *shown]))


@dataclass(frozen=True)
class NumberQuestion:
    """A number to predict.

    Attributes
    ----------
    name : str
        The name that `check` is called with; unique in the course.
    task : str
        The question, as it stands in the notebook.
    reference : callable
        Computes the number, without arguments.
    meaning : str
        Why the number is what it is; the folded solution says the same.
    hints : tuple of str
        From the gentlest to the one that nearly tells.
    mistakes : tuple of Mistake
        What goes wrong in people's heads, computed without arguments.
    within : float, default=0
        How far from the number an answer may be.
    """

    name: str
    task: str
    reference: Callable
    meaning: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    within: float = 0

    @property
    def solution(self):
        """The number, as the folded solution gives it."""
        return f"{self.reference():.6g}"

    def examine(self, answer, reason=None):
        """Judge a number.

        Parameters
        ----------
        answer : float
            The learner's number; ``...`` if there is none yet.
        reason : None
            A number needs no reason.

        Returns
        -------
        Verdict
            The outcome, and what to tell the learner.
        """
        if answer is ...:
            return Verdict(
                NOT_ATTEMPTED,
                f"Not attempted yet: {self.name}. Write your number in place of the dots, then "
                f"run this cell again.\n{_offer_hints(self)}",
            )
        if reason is not None:
            return Verdict(
                NOT_YET,
                f"Not yet. Got {values.shown(answer)} and {values.shown(reason)}: expected one "
                "number. Python writes a decimal point, and not a comma.",
            )
        if not is_number(answer):
            return Verdict(
                NOT_YET,
                f"Not yet. Got {values.kind(answer)}, {values.shown(answer)}: expected a number."
                + _how_to_write_a_number(answer),
            )
        with contextlib.suppress(OverflowError):  # a whole number larger than any float
            answer = float(answer)
        if self._agrees(answer, self.reference()):
            return Verdict(RIGHT, f"Right: {self.solution}. {self.meaning}")
        mistake = next((m for m in self.mistakes if self._agrees(answer, m.function())), None)
        return Verdict(NOT_YET, f"Not yet. {mistake or self._about(answer)}")

    def _agrees(self, answer, number):
        number = float(number)  # with which Python compares any whole number
        apart = self.within + values.RELATIVE * abs(number)
        return bool(number - apart <= answer <= number + apart)

    def _about(self, answer):
        """Say what is wrong with a number that no known mistake gives, without the right one."""
        if answer in (math.inf, -math.inf) or answer != answer:
            return f"The answer is a finite number: got {answer}."
        number, close = float(self.reference()), 10 * self.within
        if number - close <= answer <= number + close:
            return "You are close, and not quite there: work it out again, and round at the end."
        got = f"{answer:.6g}" if isinstance(answer, float) else values.shown(answer)
        return f"{got} is too {'large' if answer > number else 'small'}."


@dataclass(frozen=True)
class Choice:
    """One of the answers, or reasons, to choose from.

    Attributes
    ----------
    text : str
        What it says, as it stands in the notebook.
    feedback : str
        What to tell somebody who chose it, wrongly; empty for the right one.
    """

    text: str
    feedback: str = ""


@dataclass(frozen=True)
class ChoiceQuestion:
    """An answer to choose, and the reason for it.

    Of all answers one is right, and of all reasons one: those without feedback.

    Attributes
    ----------
    name : str
        The name that `check` is called with; unique in the course.
    task : str
        The question, as it stands in the notebook.
    choices : dict of str to Choice
        The answers, by their letters.
    reasons : dict of int to Choice
        The reasons, by their numbers.
    meaning : str
        What a right answer means; the folded solution says the same.
    hints : tuple of str
        From the gentlest to the one that nearly tells.
    """

    name: str
    task: str
    choices: dict[str, Choice]
    reasons: dict[int, Choice]
    meaning: str
    hints: tuple[str, ...]

    @property
    def solution(self):
        """The right letter and number, as the folded solution gives them."""
        return f"{_right_one(self.choices)}, because of {_right_one(self.reasons)}"

    def examine(self, answer, reason=...):
        """Judge a choice and the reason for it.

        Parameters
        ----------
        answer : str
            The letter; ``...`` if there is none yet.
        reason : int
            The number of the reason; ``...`` if there is none yet.

        Returns
        -------
        Verdict
            The outcome, and what to tell the learner.
        """
        letters, numbers = _listed(self.choices), _listed(self.reasons)
        if answer is ... and reason is ...:
            return Verdict(
                NOT_ATTEMPTED,
                f"Not attempted yet: {self.name}. Choose an answer ({letters}) and a reason "
                f"({numbers}), then run this cell again.\n{_offer_hints(self)}",
            )
        chosen = answer.strip(" ().").lower() if isinstance(answer, str) else answer
        why = reason.strip(" ().") if isinstance(reason, str) else reason
        why = int(why) if isinstance(why, str) and why.isdecimal() else why
        for given, offered, what in (
            (chosen, self.choices, "answer"),
            (why, self.reasons, "reason"),
        ):
            if given is ...:
                return Verdict(
                    NOT_YET, f"Not yet. You have not given your {what}: {_listed(offered)}."
                )
            is_key = isinstance(given, str | int | np.integer) and not isinstance(given, bool)
            if not is_key or given not in offered:
                swapped = is_key and (given in self.choices or given in self.reasons)
                return Verdict(
                    NOT_YET,
                    f"Not yet. There is no {what} {values.shown(given)}: expected "
                    f"{_listed(offered)}."
                    + " The answer comes first, and then the reason."
                    * swapped,
                )
        feedback = self.choices[chosen].feedback
        if feedback:
            return Verdict(NOT_YET, f"Not yet. You chose {chosen!r}. {feedback}")
        feedback = self.reasons[why].feedback
        if feedback:
            return Verdict(
                NOT_YET, f"Not yet. The answer {chosen!r} is right, the reason is not. {feedback}"
            )
        return Verdict(RIGHT, f"Right. {self.meaning}")


Task = Exercise | NumberQuestion | ChoiceQuestion


def _right_one(choices):
    return next(key for key, choice in choices.items() if not choice.feedback)


def _listed(choices):
    *others, last = (repr(key) for key in choices)
    return f"{', '.join(others)} or {last}"


def _offer_hints(task):
    return f'Stuck? Ask for a hint: check("{task.name}", ..., hint=1)'


def _reading_order(case):
    """Put the examples that are read most easily first: small ones, but not empty ones."""
    is_empty = hasattr(case[0], "__len__") and len(case[0]) == 0 if case else False
    return is_empty, values.size(case)


# An answer that is code ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Outcome:
    """What came of a call: a result or an error, what was printed, the arguments afterwards."""

    result: Any
    error: BaseException | None
    printed: str
    arguments: tuple


class _Beginning(io.StringIO):
    """Keeps the beginning of what is printed: a loop that prints without end fills no memory."""

    def write(self, text):
        """Write a text, or none of it if enough has been written."""
        if self.tell() < MOST_PRINTED:
            super().write(text[:MOST_PRINTED])
        return len(text)


def _call(function, case):
    """Call a function on a copy of the arguments, and catch whatever comes of it."""
    arguments, printed = copy.deepcopy(case), _Beginning()
    result, error = None, None
    with contextlib.redirect_stdout(printed), np.errstate(all="ignore"):
        try:
            result = function(*arguments)
        except BaseException as raised:  # KeyboardInterrupt and SystemExit too
            error = raised
    if inspect.iscoroutine(result):
        result.close()  # or Python warns that nobody waits for it
    text = "" if printed.closed else printed.getvalue()
    return _Outcome(result, error, text, arguments)


class _Example:
    """Arguments, what is right for them, and what comes of them with the known mistakes."""

    def __init__(self, case, expected):
        self.case, self.expected, self._made = case, expected, {}

    def made_by(self, mistake):
        """Return the outcome of a known mistake, and whether it has changed what it was given.

        It is run at the first question only.
        """
        if mistake not in self._made:
            made = _call(mistake.function, self.case)
            if isinstance(made.error, KeyboardInterrupt):
                raise made.error  # it is no part of the mistake, and must not be kept
            self._made[mistake] = made, not values.same(made.arguments, self.case)
        return self._made[mistake]


@functools.lru_cache(maxsize=8)
def _examples(exercise, seed):
    """Draw the examples of an exercise; they are kept, for the learner's next attempts."""
    return [
        _Example(case, exercise.reference(*copy.deepcopy(case)))
        for case in exercise.draw_cases(seed)
    ]


@dataclass(frozen=True)
class _Trial:
    """An example, and what came of the learner's answer."""

    example: _Example
    outcome: _Outcome

    @functools.cached_property
    def failed(self):
        """Whether the answer is wrong here."""
        return self.has_changed_arguments or not self.gives_result(self.outcome)

    def gives_result(self, outcome):
        """Tell whether an outcome, of the learner's or another function, has the right result."""
        return outcome.error is None and values.same(outcome.result, self.example.expected)

    @functools.cached_property
    def has_changed_arguments(self):
        """Whether the answer changed what it was given."""
        return not values.same(self.outcome.arguments, self.example.case)


def _agree(one, other, messages):
    """Tell whether two outcomes of an example are the same result, or the same error.

    The messages of errors, with a learner's own names in them, count only if there is nothing
    else to compare.
    """
    if type(one.error) is not type(other.error):
        return False
    if one.error is not None:
        return not messages or _described(one.error) == _described(other.error)
    return values.same(one.result, other.result, either_way=True)


def _is_constant(tried):
    """Tell whether all results are of the right kind, and the same."""
    first = tried[0].outcome.result
    return len(tried) > 1 and not any(
        trial.outcome.error
        or values.about_kind(trial.outcome.result, trial.example.expected)
        or values.about_infinities(trial.outcome.result, trial.example.expected)
        or not values.same(trial.outcome.result, first)
        for trial in tried
    )


def _described(error):
    """Write an error short enough to be read: its type, and its message if there is one."""
    try:
        said = values.shortened(str(error)) or "no message"
    except Exception:  # the learner's own class of errors
        said = "no message"
    return f"{type(error).__name__}: {said}"


def _code_of(function):
    """Return the code that somebody wrote, below decorators; None if there is none to be seen."""
    try:
        code = inspect.unwrap(function).__code__
    except Exception:  # a built-in function, or an object that can be called
        return None
    return code if isinstance(code, types.CodeType) else None


def _is_stub(function):
    """Tell whether a function does nothing but return None, as the exercises are handed out."""
    code = _code_of(function)
    if code is None or code.co_flags & inspect.CO_GENERATOR:
        return False
    harmless = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST", "POP_TOP"}
    instructions = list(dis.get_instructions(code))
    returned = [i for i in instructions if i.opname in ("LOAD_CONST", "RETURN_CONST")]
    return {i.opname for i in instructions} <= harmless and returned[-1].argval is None


def _about_no_function(answer, name):
    return (
        f"Not yet. check got {values.shown(answer)} instead of a function. Pass the function "
        f"itself, {name}, without parentheses and arguments behind its name."
    )


def _about_interrupt(arguments, case):
    example = ", ".join(
        f"{name} = {values.shown(value)}" for name, value in zip(arguments, case, strict=True)
    )
    return (
        "Your function was still running when it was stopped. Is there a loop that does not end?\n"
        f"It had been called with {example}"
    )


def _about_signature(reference, answer, case):
    """Say that the answer cannot take the arguments, or return an empty string."""
    try:
        signature = inspect.signature(answer)
    except (TypeError, ValueError):  # a built-in function that does not say
        return ""
    try:
        signature.bind(*case)
    except TypeError:
        expected = inspect.signature(reference)
        return (
            f"Your function takes the arguments {signature}: expected {expected}, "
            "as in the cell that you were given."
        )
    return ""


def _about_error(error, answer):
    """Say which line of the learner's raised what, without the rest of the traceback."""
    filename = getattr(_code_of(answer), "co_filename", None)
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename == filename]
    where = ""
    if frames:
        line = frames[-1].line or linecache.getline(filename, frames[-1].lineno).strip()
        where = f"\n  in your line: {line}" if line else ""
    said = _described(error)
    if said.startswith("ValueError: matmul:"):
        where += "\nIn A @ B, the last number of A's shape has to be the last but one of B's."
    return f"Your function raised {said}{where}"


def _about_others(trial, failed):
    """Say which of several results are wrong in other examples only."""
    wrong = [
        values.wrong_numbers(each.outcome.result, each.example.expected)
        for each in failed
        if not each.outcome.error and not each.has_changed_arguments
    ]
    here = values.wrong_numbers(trial.outcome.result, trial.example.expected)
    others = sorted(set().union(*wrong) - set(here)) if here else []
    return f"In other examples number {values.listed(others)} not right, either." if others else ""


def _how_to_write_a_number(answer):
    """Say how a number is written in Python, to somebody who wrote something else."""
    if isinstance(answer, tuple) and len(answer) == 2 and all(map(is_number, answer)):
        return " Python writes a decimal point, and not a comma."
    if not isinstance(answer, str):
        return ""
    try:
        float(answer)
    except ValueError:
        return " Write digits, or a formula that Python can work out, without quotes."
    return " Write it without quotes."


def _about_none(printed):
    if printed:
        return "Your function prints something and returns None: write `return`."
    return (
        "Your function returned None. Is there a `return` on each way through it? "
        "(Methods that change a list, such as append and sort, return None.)"
    )


def _changed(names, before, after):
    """Return what has become of the arguments that were changed, by name."""
    return {
        name: new
        for name, old, new in zip(names, before, after, strict=True)
        if not values.same(new, old)
    }


def _n_right(failed, tried):
    n_right = len(tried) - len(failed)
    if n_right == 0:
        return f"None of the {len(tried)} examples is right."
    return f"{n_right} of {len(tried)} examples {'is' if n_right == 1 else 'are'} right."
