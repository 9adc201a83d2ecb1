"""The instructor's commands: ``python -m rnnhelpers.exercises list`` and ``… handout FOLDER …``."""

import argparse
import sys
from pathlib import Path

from rnnhelpers.exercises.teaching import list_tasks, write_handout


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
    commands.add_parser("list", help="all tasks, with hints, known mistakes and solutions")
    handout = commands.add_parser("handout", help="copies of notebooks without the solutions")
    handout.add_argument("folder", type=Path, help="a folder that does not exist yet")
    handout.add_argument("notebooks", type=Path, nargs="+")
    options = parser.parse_args(arguments)
    if options.command == "list":
        print(list_tasks(), end="")
        return None
    try:
        n_solutions = write_handout(options.notebooks, options.folder)
    except (OSError, ValueError) as error:
        return str(error)
    print(
        f"Notebooks written to {options.folder}: {len(options.notebooks)}, "
        f"without their {n_solutions} solutions. The answers to predictions are still in them."
    )
    return None


if __name__ == "__main__":
    sys.exit(main())
