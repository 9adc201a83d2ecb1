"""The exercises of the course and their checks, one module a notebook."""

from rnnhelpers.exercises.core import all_tasks, check, grade, show_progress, start_over
from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
    Verdict,
)

__all__ = [
    "Choice",
    "ChoiceQuestion",
    "Exercise",
    "Mistake",
    "NumberQuestion",
    "Verdict",
    "all_tasks",
    "check",
    "grade",
    "show_progress",
    "start_over",
]
