"""Measure how far the checks reach; each audit takes minutes to hours."""

import sys

from publishing.commands import run_command

COMMANDS = {
    "mutants": "audit.mutants",
    "faults": "audit.faults",
    "everywhere": "audit.everywhere",
    "fuzz": "audit.fuzz",
    "packages": "audit.packages",
}
"""The module of each audit; it is imported only if it is needed, since it needs more packages."""


def main(arguments=None):
    """Run an audit, and return the exit code or what went wrong."""
    return run_command("python -m audit", __doc__, COMMANDS, "python course.py audit", arguments)


if __name__ == "__main__":
    sys.exit(main())
