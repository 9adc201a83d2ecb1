"""What Sphinx reads: the README, the notebooks, the documents and the reference, in one folder.

The folder is like the course's own, so that every link between the files leads where it leads
there.
"""

import json
import re
import shutil
from copy import deepcopy
from pathlib import Path
from urllib.parse import unquote

from publishing.site.reference import write_reference
from rnnhelpers.figures.drawn import DRAWN

LOOK_UP = ["glossary", "misconceptions"]
"""The documents for learners; all others are for those who teach the course or work on it."""

LINK = re.compile(r"\]\(([^)\s]+)")


def assemble(root, folder, doors=lambda name: ""):
    """Write everything that the site is built from.

    Parameters
    ----------
    root : path-like
        The folder of the course.
    folder : path-like
        An empty folder.
    doors : callable, optional
        Takes the name of a notebook, without its suffix, and returns a line of HTML to put under
        its title: where it can be run.
    """
    root, folder = Path(root), Path(folder)
    (folder / "notebooks").mkdir()
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        notebook = under_title(without_drawn(notebook), doors(path.stem))
        write_json(folder / "notebooks" / path.name, notebook)
    shutil.copytree(root / "docs", folder / "docs", ignore=shutil.ignore_patterns(".*"))
    shutil.copy(root / "CONTRIBUTING.md", folder)
    readme = (root / "README.md").read_text(encoding="utf-8")
    (folder / "index.md").write_text(readme + contents(folder), encoding="utf-8")
    (folder / "reference").mkdir()
    write_reference(root, folder / "reference")
    for page in [folder / "index.md", *folder.glob("docs/**/*.md"), folder / "CONTRIBUTING.md"]:
        copy_linked_files(page, root, folder)


def write_json(path, content):
    """Write a notebook as the course does."""
    text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
    path.write_text(text, encoding="utf-8", newline="\n")


def without_drawn(notebook):
    """Return a notebook without what its figures were drawn from, which only the checks compare.

    Examples
    --------
    >>> output = {"data": {"text/html": "<img>", "text/x-drawn": "axes 1"}}
    >>> without_drawn({"cells": [{"outputs": [output]}]})
    {'cells': [{'outputs': [{'data': {'text/html': '<img>'}}]}]}
    """
    notebook = deepcopy(notebook)
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            output.get("data", {}).pop(DRAWN, None)
    return notebook


def under_title(notebook, line):
    r"""Return a notebook with a line of HTML under its title.

    Examples
    --------
    >>> cell = {"cell_type": "markdown", "source": ["# Title\n", "\n", "Text"]}
    >>> under_title({"cells": [cell]}, "<p>Run it.</p>")["cells"][0]["source"]
    '# Title\n\n<p>Run it.</p>\n\nText'
    """
    first, *others = notebook["cells"]
    title, _, rest = "".join(first["source"]).partition("\n\n")
    source = "\n\n".join(part for part in (title, line, rest) if part)
    return {**notebook, "cells": [{**first, "source": source}, *others]}


def contents(folder):
    """Return the tables of contents, which Sphinx shows beside each page."""
    notebooks = sorted(folder.glob("notebooks/*.ipynb"))
    documents = sorted(folder.glob("docs/**/*.md"))
    others = [path for path in documents if path.stem not in LOOK_UP]
    parts = {
        "The course": [f"{numbered_title(path)} <notebooks/{path.stem}>" for path in notebooks],
        "Look up": [*(f"docs/{name}" for name in LOOK_UP), "reference/index"],
        "To teach it, to work on it": [
            *(path.relative_to(folder).with_suffix("").as_posix() for path in others),
            "CONTRIBUTING",
        ],
    }
    return "".join(
        "\n".join(["", "```{toctree}", ":hidden:", f":caption: {title}", "", *pages, "```", ""])
        for title, pages in parts.items()
    )


def numbered_title(path):
    """Return the title of a notebook with its number: 03 The recurrent cell."""
    first = "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])
    return f"{path.stem[:2]} {first.splitlines()[0].removeprefix('# ')}"


def copy_linked_files(page, root, folder):
    """Copy what a page links to and the site does not have, so that it can be downloaded."""
    place = page.parent.relative_to(folder)
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        linked = (root / place / unquote(target.partition("#")[0])).resolve()
        if linked.is_relative_to(root) and linked.is_file():
            copy = folder / linked.relative_to(root)
            if not copy.exists() and linked.name != "README.md":
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(linked, copy)
