"""Build the site: assemble its sources, let Sphinx write it, check it, put it in its place."""

import shutil
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from sphinx.cmd.build import build_main

from publishing.folders import new_folder
from publishing.licences import copy_licences
from publishing.site.doors import doors, write_for_colab
from publishing.site.links import link_faults, outward_links, site_pages
from publishing.site.project import ROOT, read_project
from publishing.site.tree import assemble

HERE = Path(__file__).parent
MATHJAX = "tex-svg.js"
ON_EACH_PAGE = ("pydata-sphinx-theme", "sphinx", "sphinx-copybutton")


def add_command(parser):
    """Tell a parser of the command line what `run` needs."""
    parser.add_argument("folder", nargs="?", default="site", help="where to write (site)")
    parser.add_argument("--lite", action="store_true", help="with JupyterLite, about 55 MB")
    parser.add_argument("--links", action="store_true", help="list the links that lead to the web")
    parser.add_argument(
        "--check-web", action="store_true", help="follow the links to the web, and build nothing"
    )
    parser.set_defaults(run=run)


def run(options):
    """Build, and say what was built."""
    if options.check_web:
        return check_web()
    started = time.monotonic()
    build_site(options.folder, lite=options.lite)
    site = Path(options.folder)
    if options.links:
        print(*outward_links(site), sep="\n")
    n_pages, seconds = len(site_pages(site)), time.monotonic() - started
    print(f"{n_pages} pages in {seconds:.0f} s. Open {site / 'index.html'} in a browser.")
    return 0


def build_site(folder, root=ROOT, *, lite=False):
    """Build the course for reading, whole or not at all.

    Parameters
    ----------
    folder : path-like
        Where to write: a folder that does not exist, or that was built before.
    root : path-like, optional
        The folder of the course.
    lite : bool, default=False
        Whether to add JupyterLite, in which the notebooks run.

    Raises
    ------
    FileExistsError
        If there is something in the place of the folder that was not built before.
    ValueError
        If Sphinx warns of something, or a link leads nowhere.
    """
    root, repository = Path(root), read_project(root).repository
    with new_folder(folder) as site, tempfile.TemporaryDirectory() as temporary:
        sources = Path(temporary, "sources")
        sources.mkdir()
        assemble(root, sources, lambda name: doors(name, repository, lite))
        write_pages(sources, site, Path(temporary, "doctrees"))
        notebooks = sorted((root / "notebooks").glob("*.ipynb"))
        for path in notebooks:
            shutil.copy(path, site / "notebooks")
        if repository:
            write_for_colab(notebooks, site / "colab", repository)
        if lite:
            from publishing.site.lite import build_lite

            build_lite(root, site / "lite")
        if faults := link_faults(site):
            raise ValueError("\n".join(["Links that lead nowhere; nothing was written:", *faults]))


def check_web(root=ROOT):
    """Follow the links that lead to the web, and return 1 if one is broken."""
    with tempfile.TemporaryDirectory() as temporary:
        sources, found = Path(temporary, "sources"), Path(temporary, "found")
        sources.mkdir()
        assemble(root, sources)
        return build_main(["-b", "linkcheck", "-c", str(HERE), "-q", str(sources), str(found)])


def write_pages(sources, site, doctrees):
    """Let Sphinx write the pages; what it warns of stops the build."""
    arguments = ["-b", "html", "-c", str(HERE), "-d", str(doctrees), "-j", "auto", "-q"]
    arguments += ["--fail-on-warning", "--nitpicky", str(sources), str(site)]
    if build_main(arguments):
        raise ValueError("Sphinx found faults, above; nothing was written")
    (site / "_static" / "mathjax").mkdir()
    mathjax = files("mathjax") / "static" / "mathjax"
    for path in (mathjax / "es5" / MATHJAX, mathjax / "LICENSE"):
        shutil.copy(str(path), site / "_static" / "mathjax")
    copy_licences(ON_EACH_PAGE, site / "_static" / "licences")
    (site / ".nojekyll").touch()  # GitHub leaves out folders with an underscore otherwise
    (site / ".buildinfo").unlink(missing_ok=True)
