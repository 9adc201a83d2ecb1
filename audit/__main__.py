"""Measure how far the checks reach; each audit takes minutes to hours."""

import argparse
import sys
from importlib import import_module

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
    parser = argparse.ArgumentParser(prog="python -m audit", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="see COMMAND --help")
    chosen = parser.parse_args(arguments)
    try:
        module = import_module(COMMANDS[chosen.command])
        own = argparse.ArgumentParser(
            prog=f"python -m audit {chosen.command}", description=module.__doc__
        )
        module.add_command(own)
        options = own.parse_args(chosen.rest)
        return options.run(options)
    except ModuleNotFoundError as error:
        return f"{error}: python course.py audit installs what it needs"
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
