"""The exercises of the course and their checks, one module a notebook."""

from rnnhelpers.exercises.core import Exercise, Mistake, all_exercises, check, examine

__all__ = ["Exercise", "Mistake", "all_exercises", "check", "examine"]
