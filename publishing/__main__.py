"""Build what is made of the course for others: the web site, and slides."""

import argparse
import sys
from importlib import import_module

COMMANDS = {"site": "publishing.site.build", "slides": "publishing.slides"}
"""The module of each command; it is imported only if it is needed, since it needs more packages."""


def main(arguments=None):
    """Run a command, and return the exit code or what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m publishing", description=__doc__)
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="see COMMAND --help")
    chosen = parser.parse_args(arguments)
    try:
        module = import_module(COMMANDS[chosen.command])
        own = argparse.ArgumentParser(prog=f"python -m publishing {chosen.command}")
        module.add_command(own)
        options = own.parse_args(chosen.rest)
        return options.run(options)
    except ModuleNotFoundError as error:
        return f"{error}: python course.py {chosen.command} installs what it needs"
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
