"""Build the site: assemble, let Sphinx write, check the links, put it in its place."""

import contextlib
import io
import shutil
import tempfile
from importlib.resources import files
from pathlib import Path

from sphinx.cmd.build import build_main

from publishing.folders import new_folder
from publishing.site.project import ROOT
from publishing.site.tree import assemble

HERE = Path(__file__).parent


def add_command(parser):
    """Tell a parser of the command line what `run` needs."""
    parser.add_argument("folder", nargs="?", default="site", help="where to write (default: site)")
    parser.add_argument("--lite", action="store_true", help="with JupyterLite")
    parser.set_defaults(run=run)


def run(options):
    build_site(options.folder)


def build_site(folder, root=ROOT):
    with new_folder(folder) as site, tempfile.TemporaryDirectory() as temporary:
        sources = Path(temporary) / "sources"
        sources.mkdir()
        assemble(root, sources)
        write_pages(sources, site, Path(temporary) / "doctrees")


def write_pages(sources, site, doctrees):
    arguments = ["-b", "html", "-c", str(HERE), "-d", str(doctrees), "-j", "auto", "-q"]
    arguments += ["--fail-on-warning", "--nitpicky", str(sources), str(site)]
    if build_main(arguments):
        raise ValueError("Sphinx found faults, above; nothing was written")
    mathjax = files("mathjax") / "static" / "mathjax" / "es5" / "tex-svg.js"
    (site / "_static" / "mathjax").mkdir()
    shutil.copy(mathjax, site / "_static" / "mathjax")
