"""The licences of what the site and the slides bring with them, as files beside it."""

import shutil
from importlib.metadata import distribution


def copy_licences(packages, folder):
    """Copy the licence of each package, as it was installed with it, to NAME.txt.

    Parameters
    ----------
    packages : iterable of str
        Names of installed packages.
    folder : pathlib.Path
        Where to write; it is made if it is not there.

    Raises
    ------
    ValueError
        If a package came without its licence: it may not be handed on like this.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in packages:
        package = distribution(name)
        found = [path for path in package.files or [] if _is_licence(path)]
        if not found:
            raise ValueError(f"{name} {package.version} was installed without a licence file")
        shutil.copyfile(str(package.locate_file(found[0])), folder / f"{name}.txt")


def _is_licence(path):
    """Tell whether a file is the licence of the package that it was installed with."""
    about = any(part.endswith(".dist-info") for part in path.parts)
    return about and path.name.upper().startswith(("LICENSE", "LICENCE"))
