"""Build what is made of the course for others: the web site, and slides."""

import sys

from publishing.commands import run_command

COMMANDS = {"site": "publishing.site.build", "slides": "publishing.slides"}
"""The module of each command; it is imported only if it is needed, since it needs more packages."""


def main(arguments=None):
    """Run a command, and return the exit code or what went wrong."""
    return run_command("python -m publishing", __doc__, COMMANDS, "python course.py {}", arguments)


if __name__ == "__main__":
    sys.exit(main())
