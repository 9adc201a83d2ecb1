"""The instructor's commands: ``python -m rnnhelpers.exercises`` list, handout, assignments."""

import argparse
import secrets
import sys
from pathlib import Path

from rnnhelpers.exercises.assignments import write_assignments
from rnnhelpers.exercises.teaching import list_tasks, solutions_folder, write_handout

# The examples of `check` begin at a small seed: the hidden ones keep away from it.
HIDDEN_SEEDS = range(1_000, 1_000_000)


def main(arguments=None):
    """Run a command.

    Parameters
    ----------
    arguments : sequence of str, optional
        The arguments; by default those of the command line.

    Returns
    -------
    str or None
        What went wrong, if something did.

    Examples
    --------
    >>> main(["list"])  # doctest: +ELLIPSIS
    # The tasks of How RNNs Work
    ...
    """
    parser = argparse.ArgumentParser(prog="python -m rnnhelpers.exercises", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    listing = commands.add_parser("list", help="tasks, with hints, known mistakes and solutions")
    listing.add_argument("names", nargs="*", metavar="NOTEBOOK", help="such as 05; all by default")
    for name, help_text in (
        ("handout", "copies of notebooks without the solutions, and the solutions apart"),
        ("assignments", "a course folder for nbgrader, an assignment for each notebook"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("folder", type=Path, help="a folder that does not exist yet")
        command.add_argument("notebooks", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    write = _handout if options.command == "handout" else _assignments
    try:
        if options.command == "list":
            print(list_tasks(options.names), end="")
        else:
            print(write(options.notebooks, options.folder))
    except (OSError, ValueError) as error:
        return str(error)
    return None


def _handout(notebooks, folder):
    n_solutions = write_handout(notebooks, folder)
    return (
        f"Notebooks written to {folder}: {len(notebooks)}, without their {n_solutions} solutions. "
        "The answers to predictions are still in them.\n"
        f"The solutions are in {solutions_folder(folder)}, with what learners get wrong."
    )


def _assignments(notebooks, folder):
    # Drawn anew: everybody can read this program, and so compute what a fixed seed gives.
    n_tasks, points = write_assignments(notebooks, folder, secrets.choice(HIDDEN_SEEDS))
    return (
        f"Assignments for nbgrader written to {folder}: {len(notebooks)}, with {n_tasks} tasks "
        f"and {points} points. What is in {folder / 'source'} has the solutions: it is yours. "
        "What comes next is in docs/grading.md."
    )


if __name__ == "__main__":
    sys.exit(main())
