"""Which licence a package has, by its own metadata, and what that asks of who hands it on."""

import re
from typing import NamedTuple

FAMILIES = {
    "0BSD": r"0BSD",
    "Apache-2.0": r"apache.*",
    "BSD": r"(new |modified )?bsd.*",
    "CC0-1.0": r"cc0.*|public domain|unlicense.*",
    "ISC": r"isc.*",
    "LGPL": r"lgpl.*|.*(lesser|library) general public.*",
    "GPL": r"a?gpl.*|.*general public.*",
    "MIT": r"(the )?mit( license.*|-0)?|expat.*",
    "MIT-CMU": r"mit-cmu|hpnd.*|historical permission.*",
    "MPL-2.0": r"mpl.*|mozilla public.*",
    "PSF-2.0": r"psf.*|python software foundation.*|python-2.*",
    "Zlib": r"zlib.*",
}
"""Names of licences, and how packages write them, in small letters; the first that fits counts."""

WHOLE, FILES, PERMISSIVE, UNKNOWN = "copyleft", "copyleft of its files", "permissive", "unknown"
KINDS = {"GPL": WHOLE, "LGPL": FILES, "MPL-2.0": FILES}
"""What is not permissive. FILES: changes to the package's own files have to be published under
its licence, and what uses it is free. WHOLE: so does what is made with it."""

READ = {"atheris": ["Apache-2.0"], "axe-playwright-python": ["MIT", "MPL-2.0"]}
"""What their metadata do not say, and their files do; of axe the second one is that of axe itself,
and the first one of what brings it along."""

NOTHING = ("", "unknown", "other/proprietary license")
TOO_LONG = 60  # then it is no name, but the text of a licence


def licences_of(metadata):
    """Return the families of licences that a package names: several if its parts differ.

    Parameters
    ----------
    metadata : email.message.Message or dict
        As `importlib.metadata.metadata` returns it.

    Returns
    -------
    list of str
        Names of FAMILIES, the first one first; what is in none as it was written.

    Examples
    --------
    >>> licences_of({"License-Expression": "BSD-3-Clause AND MIT"})
    ['BSD', 'MIT']
    >>> licences_of({"License": "three-clause"})
    ['three-clause']
    """
    names = _written(metadata)
    families = [_family(name) for name in names]
    return list(dict.fromkeys(families))


def kind_of(metadata):
    """Return what a package's licence asks: the strictest of its parts, the mildest of a choice.

    Examples
    --------
    >>> kind_of({"License-Expression": "MIT AND MPL-2.0"})
    'copyleft of its files'
    >>> kind_of({"License-Expression": "GPL-3.0-only OR MIT"})
    'permissive'
    """
    kinds = [PERMISSIVE, FILES, WHOLE, UNKNOWN]
    ranks = [kinds.index(_kind(family)) for family in licences_of(metadata)]
    if not ranks:
        return UNKNOWN
    expression = metadata.get("License-Expression") or ""
    choice = " OR " in expression and not re.search(r" AND | WITH |\(", expression)
    return kinds[min(ranks) if choice else max(ranks)]


class Row(NamedTuple):
    """What docs/dependencies.md says of a package."""

    needed_for: list
    reason: str
    licence: str


def listed_dependencies(text):
    r"""Return the rows of the table of dependencies, by the name of the package.

    Examples
    --------
    >>> listed_dependencies("| package | for |\n|---|---|\n| a | x, y | why | MIT |\n")
    {'a': Row(needed_for=['x', 'y'], reason='why', licence='MIT')}
    """
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {
        name: Row(needed.split(", "), reason, licence) for name, needed, reason, licence in cells
    }


def _written(metadata):
    """Return the licences as the package wrote them, from where it said it most exactly."""
    expression = metadata.get("License-Expression")
    if expression:
        return [part for part in re.split(r" AND | OR | WITH |[()]", expression) if part.strip()]
    classifiers = _all(metadata, "Classifier")
    parts = [line.split(" :: ")[-1] for line in classifiers if line.startswith("License ::")]
    known = [part for part in parts if part.lower() not in (*NOTHING, "osi approved")]
    text = (metadata.get("License") or "").strip()
    named = len(text) <= TOO_LONG and "\n" not in text and text.lower() not in NOTHING
    told = known or (re.split(r" (?:AND|and|OR|or) ", text) if named else [])
    return told or READ.get(metadata.get("Name"), [])


def _all(metadata, name):
    """Return all values of a field, of a message as of a dict."""
    get = getattr(metadata, "get_all", metadata.get)
    return get(name) or []


def _family(name):
    matching = (family for family, form in FAMILIES.items() if re.fullmatch(form, name.lower()))
    return next(matching, name)


def _kind(family):
    return KINDS.get(family, PERMISSIVE) if family in FAMILIES else UNKNOWN
