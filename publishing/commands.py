"""Choose a command whose module is imported only then, since it needs more packages."""

import argparse
from importlib import import_module


def run_command(prog, description, commands, installer, arguments=None):
    """Run one of several commands, and return the exit code or what went wrong.

    Parameters
    ----------
    prog, description : str
        How the program is started, and what it does.
    commands : dict of str to str
        The module of each command. It has `add_command`, which says what arguments it takes, and
        sets `run`.
    installer : str
        What installs the packages of a command, in which ``{}`` stands for its name.
    arguments : list of str, optional
        In place of those of the command line.
    """
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("command", choices=commands)
    parser.add_argument("rest", nargs=argparse.REMAINDER, metavar="...", help="see COMMAND --help")
    chosen = parser.parse_args(arguments)
    try:
        module = import_module(commands[chosen.command])
        own = argparse.ArgumentParser(prog=f"{prog} {chosen.command}", description=module.__doc__)
        module.add_command(own)
        options = own.parse_args(chosen.rest)
        return options.run(options)
    except ModuleNotFoundError as error:
        return f"{error}: {installer.format(chosen.command)} installs what it needs"
    except (OSError, ValueError) as error:
        return str(error)
