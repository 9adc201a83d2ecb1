"""The commands: ``python -m publishing site FOLDER [--lite]``."""

import argparse
import sys

from publishing.site import build


def main(arguments=None):
    """Run a command, and return the exit code or what went wrong."""
    parser = argparse.ArgumentParser(prog="python -m publishing", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    build.add_command(commands.add_parser("site", help="build the course for reading"))
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except (OSError, ValueError) as error:
        return str(error)


if __name__ == "__main__":
    sys.exit(main())
