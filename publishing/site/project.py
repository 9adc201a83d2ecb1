"""What the project says about itself, in ``pyproject.toml``: one place, read by all."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BRANCH = "main"
SITE_BRANCH = "gh-pages"
"""The branch that the workflow publishes the site on; Colab opens its notebooks from there."""

GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


@dataclass(frozen=True)
class Project:
    """The settings that the site needs.

    Attributes
    ----------
    version : str
        The version of `rnnhelpers`.
    author : str
        Who is named at the foot of each page.
    repository : str
        ``owner/name`` on GitHub, or empty: then the site offers neither Binder nor Colab.
    """

    version: str
    author: str
    repository: str = ""


def read_project(root=ROOT):
    """Read the settings from the ``pyproject.toml`` of a folder.

    Parameters
    ----------
    root : path-like
        The folder of the course.

    Returns
    -------
    Project
        The settings.

    Raises
    ------
    ValueError
        If ``Repository`` is set to something that is no repository on GitHub.

    Examples
    --------
    >>> read_project().author
    'The authors of How RNNs Work'
    """
    text = (Path(root) / "pyproject.toml").read_text(encoding="utf-8")
    project = tomllib.loads(text)["project"]
    address = project.get("urls", {}).get("Repository", "")
    found = GITHUB.fullmatch(address)
    if address and not found:
        raise ValueError(
            f"[project.urls] Repository in pyproject.toml is {address!r}: expected "
            "https://github.com/OWNER/NAME, since Binder and Colab open the notebooks from there; "
            "without the setting, the site leaves both out"
        )
    author = project["authors"][0]["name"]
    return Project(project["version"], author, found[1] if found else "")
