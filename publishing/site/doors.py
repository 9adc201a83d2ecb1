"""Where a notebook can be run without installing anything: JupyterLite, Binder, Colab."""

import json
import re
from pathlib import Path
from urllib.parse import quote

from publishing.site.project import BRANCH, SITE_BRANCH
from publishing.site.tree import write_json

LINK = re.compile(r"\]\((?!https?:|#)([^)\s#]+)(#[^)\s]*)?\)")


def doors(name, repository, lite):
    """Write the line under the title of a notebook that says where it can be had and run.

    Parameters
    ----------
    name : str
        The name of the notebook, without its suffix.
    repository : str
        ``owner/name`` on GitHub; if it is empty, there is neither Binder nor Colab.
    lite : bool
        Whether the site has JupyterLite.

    Returns
    -------
    str
        A paragraph of HTML.

    Examples
    --------
    >>> print(doors("04_unrolling", "", False))
    <p class="doors"><a href="04_unrolling.ipynb" download>Download this notebook</a></p>
    >>> "colab.research.google.com/github/a/b/blob/gh-pages" in doors("04_unrolling", "a/b", False)
    True
    """
    links = []
    if lite:
        path = quote(f"notebooks/{name}.ipynb")
        links.append((f"../lite/lab/index.html?path={path}", "Run it in this browser"))
    if repository:
        links.append((binder_address(repository, f"notebooks/{name}.ipynb"), "Run it on Binder"))
        links.append((colab_address(repository, name), "Run it on Colab"))
    written = [f'<a href="{address}">{words}</a>' for address, words in links]
    written.append(f'<a href="{name}.ipynb" download>Download this notebook</a>')
    return f'<p class="doors">{" ".join(written)}</p>'


def binder_address(repository, path):
    """Return where Binder opens a file of a repository.

    Examples
    --------
    >>> binder_address("a/b", "notebooks/04_unrolling.ipynb")
    'https://mybinder.org/v2/gh/a/b/main?urlpath=lab/tree/notebooks/04_unrolling.ipynb'
    """
    return f"https://mybinder.org/v2/gh/{repository}/{BRANCH}?urlpath=lab/tree/{quote(path)}"


def colab_address(repository, name):
    """Return where Colab opens the copy of a notebook that is on the published site.

    Examples
    --------
    >>> colab_address("a/b", "04_unrolling")
    'https://colab.research.google.com/github/a/b/blob/gh-pages/colab/04_unrolling.ipynb'
    """
    place = f"github/{repository}/blob/{SITE_BRANCH}/colab/{quote(name)}.ipynb"
    return f"https://colab.research.google.com/{place}"


def for_colab(notebook, repository):
    """Return a copy of a notebook that installs the helpers of the course before anything else.

    Links to other notebooks open their copies in Colab, links to documents those on GitHub: Colab
    has only the one file.

    Parameters
    ----------
    notebook : dict
        The notebook, as `json.load` reads it.
    repository : str
        ``owner/name`` on GitHub.

    Returns
    -------
    dict
        Another notebook.

    Examples
    --------
    >>> link = "[the loop](04_unrolling.ipynb#Back)"
    >>> copy = for_colab({"cells": [{"cell_type": "markdown", "source": [link]}]}, "a/b")
    >>> print(copy["cells"][0]["source"])
    # Colab: first the helpers of the course are installed, in about a minute.
    %pip install --quiet "rnnhelpers @ git+https://github.com/a/b@main"
    >>> print(copy["cells"][1]["source"])
    [the loop](https://colab.research.google.com/github/a/b/blob/gh-pages/colab/04_unrolling.ipynb)
    """
    install = {
        "cell_type": "code",
        "id": "install-on-colab",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
        "source": "# Colab: first the helpers of the course are installed, in about a minute.\n"
        f'%pip install --quiet "rnnhelpers @ git+https://github.com/{repository}@{BRANCH}"',
    }
    cells = [with_far_links(cell, repository) for cell in notebook["cells"]]
    return {**notebook, "cells": [install, *cells]}


def with_far_links(cell, repository):
    """Return a cell whose links lead to the web, in place of files that are not there."""
    if cell["cell_type"] != "markdown":
        return cell

    def far(match):
        path = Path(match[1])
        if path.suffix == ".ipynb":
            return f"]({colab_address(repository, path.stem)})"
        place = match[1].removeprefix("../")
        return f"](https://github.com/{repository}/blob/{BRANCH}/{place}{match[2] or ''})"

    return {**cell, "source": LINK.sub(far, "".join(cell["source"]))}


def write_for_colab(notebooks, folder, repository):
    """Write copies of notebooks for Colab.

    Parameters
    ----------
    notebooks : sequence of pathlib.Path
        The notebooks.
    folder : pathlib.Path
        Where to write; it must not exist.
    repository : str
        ``owner/name`` on GitHub.
    """
    folder.mkdir()
    for path in notebooks:
        notebook = json.loads(path.read_text(encoding="utf-8"))
        write_json(folder / path.name, for_colab(notebook, repository))
