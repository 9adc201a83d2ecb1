"""What is in a wheel and in a source distribution, and whether it is what is meant."""

import re
import tarfile
import zipfile
from email import message_from_bytes
from pathlib import PurePosixPath

PURE = ["py3-none-any"]


def wheel_faults(wheel, package, licence, *, shared=(), never=()):
    """Return what is wrong with a wheel of Python code alone, a line each.

    Parameters
    ----------
    wheel : pathlib.Path
        The file.
    package : pathlib.Path
        The folder of the package that it should hold: its modules, all of them, and no more.
    licence : pathlib.Path
        The licence that it should hold, word for word.
    shared : sequence of str
        Where in an environment further files go.
    never : sequence of str
        What no file in it may contain, such as the path of the folder in which it was built.

    Returns
    -------
    list of str
        Empty if all is well.
    """
    meant = {
        (PurePosixPath(package.name) / path.relative_to(package).as_posix()).as_posix()
        for path in package.rglob("*.py")
    }
    name_and_version = "-".join(wheel.name.split("-")[:2])
    meant |= {f"{name_and_version}.data/data/{place}" for place in shared}
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    about = {name: held[name] for name in held if ".dist-info/" in name}
    faults = [f"{name} is missing in the wheel" for name in sorted(meant - set(held))]
    faults += [
        f"{name} is in the wheel, and neither a module of {package.name} nor shared"
        for name in sorted(set(held) - set(about) - meant)
    ]
    faults += [
        f"{name} has in it {text!r}, which is true on one machine only"
        for name, content in sorted(held.items())
        for text in never
        if text.encode() in content
    ]
    return faults + _metadata_faults(about, licence)


def _metadata_faults(about, licence):
    """Return what is wrong with what a wheel says about itself."""
    by_name = {name.partition(".dist-info/")[2]: content for name, content in about.items()}
    absent = [name for name in ("WHEEL", "METADATA", "RECORD") if name not in by_name]
    if absent:
        return [f"the wheel has no {name}" for name in absent]
    faults = []
    tags = message_from_bytes(by_name["WHEEL"]).get_all("Tag", [])
    if tags != PURE:
        faults.append(f"the wheel is for {tags}: expected {PURE}, since there is nothing compiled")
    if by_name.get(f"licenses/{licence.name}") != licence.read_bytes():
        faults.append(f"the wheel does not have {licence.name} as it is: see license-files")
    needed = message_from_bytes(by_name["METADATA"]).get_all("Requires-Dist", [])
    faults += [f"{line!r} names an address: give a version" for line in needed if "@" in line]
    return faults


def sdist_faults(sdist, meant):
    """Return what is wrong with the names in a source distribution, a line each.

    Parameters
    ----------
    sdist : pathlib.Path
        The file, a .tar.gz.
    meant : set of str
        The files and folders that its folder should have.

    Returns
    -------
    list of str
        Empty if all is well.
    """
    with tarfile.open(sdist) as archive:
        paths = [PurePosixPath(member.name) for member in archive.getmembers()]
    outer = re.sub(r"\.tar\.gz$", "", sdist.name)
    faults = [f"{path} is not in the folder {outer}" for path in paths if path.parts[0] != outer]
    there = {path.parts[1] for path in paths if len(path.parts) > 1}
    faults += [f"{name} is in the source distribution" for name in sorted(there - meant)]
    return faults + [
        f"{name} is missing in the source distribution" for name in sorted(meant - there)
    ]
