"""What is made of the course for others to read: what can be checked without building it."""

import contextlib
import doctest
import importlib
import json
import os
import re
import subprocess
import sys
import venv as standard_venv
from pathlib import Path

import pytest
import yaml

from publishing.folders import MARK, new_folder
from publishing.licences import copy_licences
from publishing.site.doors import doors, for_colab, write_for_colab
from publishing.site.links import link_faults, outward_links
from publishing.site.lite import settings, write_wheel
from publishing.site.project import ROOT, SITE_BRANCH, read_project
from publishing.site.reference import public_modules
from publishing.site.tree import assemble, contents

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WITHOUT_SPHINX = ["folders", "site.doors", "site.links", "site.lite", "site.project",
                  "site.reference", "site.tree"]  # fmt: skip


@pytest.mark.parametrize("name", WITHOUT_SPHINX)
def test_the_examples_of_the_docstrings_are_true(name):
    found = doctest.testmod(importlib.import_module(f"publishing.{name}"))
    assert found.failed == 0


# Folders --------------------------------------------------------------------------------------


def names_in(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_folder_that_was_made_here_is_replaced_whole(tmp_path):
    for name in ("first", "second"):
        with new_folder(tmp_path / "site") as folder:
            (folder / name).touch()
    assert names_in(tmp_path / "site") == [MARK, "second"]
    assert names_in(tmp_path) == ["site"]


def test_after_a_failure_the_folder_is_what_it_was(tmp_path):
    with new_folder(tmp_path / "site") as folder:
        (folder / "whole").touch()
    with contextlib.suppress(ZeroDivisionError), new_folder(tmp_path / "site") as folder:
        (folder / "half").touch()
        1 / 0  # noqa: B018
    assert names_in(tmp_path / "site") == [MARK, "whole"]
    assert names_in(tmp_path) == ["site"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_was_not_made_here_is_never_replaced(tmp_path, kind):
    theirs = tmp_path / "site" / "theirs" if kind == "folder" else tmp_path / "site"
    theirs.parent.mkdir(exist_ok=True)
    theirs.write_text("precious")
    with pytest.raises(FileExistsError, match="was not made here"), new_folder(tmp_path / "site"):
        pass
    assert theirs.read_text() == "precious"
    assert names_in(tmp_path) == ["site"]


# The repository, Binder and Colab -------------------------------------------------------------


def project_with(folder, urls):
    text = f'[project]\nversion = "1"\nauthors = [{{ name = "A" }}]\n{urls}'
    (folder / "pyproject.toml").write_text(text)
    return read_project(folder)


def test_the_repository_is_one_setting(tmp_path):
    assert project_with(tmp_path, "").repository == ""
    urls = '[project.urls]\nRepository = "https://github.com/owner/the.name{}"'
    for end in ("", ".git", "/"):
        assert project_with(tmp_path, urls.format(end)).repository == "owner/the.name"


@pytest.mark.parametrize("address", ["https://example.org/a/b", "https://github.com/a", "a/b"])
def test_what_is_no_repository_on_github_is_refused(tmp_path, address):
    with pytest.raises(ValueError, match=r"expected https://github.com/OWNER/NAME") as error:
        project_with(tmp_path, f'[project.urls]\nRepository = "{address}"')
    assert repr(address) in str(error.value)


def addresses(html):
    return re.findall('href="([^"]+)"', html)


def test_without_a_repository_a_notebook_can_be_had_and_not_run_elsewhere():
    assert addresses(doors("04_unrolling", "", lite=False)) == ["04_unrolling.ipynb"]


def test_with_a_repository_a_notebook_can_be_run_on_binder_and_colab():
    lite, binder, colab, itself = addresses(doors("04_unrolling", "a/b", lite=True))
    assert lite == "../lite/lab/index.html?path=notebooks/04_unrolling.ipynb"
    assert binder.startswith("https://mybinder.org/v2/gh/a/b/main?")
    assert colab.startswith("https://colab.research.google.com/github/a/b/blob/gh-pages/colab/")
    assert itself == "04_unrolling.ipynb"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_for_colab_installs_first_and_links_to_what_is_there(path, tmp_path):
    write_for_colab([path], tmp_path / "colab", "a/b")
    copy = json.loads((tmp_path / "colab" / path.name).read_text(encoding="utf-8"))
    original = json.loads(path.read_text(encoding="utf-8"))
    assert (
        '%pip install --quiet "rnnhelpers @ git+https://github.com/a/b@main"'
        in (copy["cells"][0]["source"])
    )
    assert len(copy["cells"]) == len(original["cells"]) + 1
    assert len({cell["id"] for cell in copy["cells"]}) == len(copy["cells"])
    texts = ["".join(cell["source"]) for cell in copy["cells"] if cell["cell_type"] == "markdown"]
    for target in re.findall(r"\]\(([^)\s]+)\)", "\n".join(texts)):
        assert target.startswith(("https://", "#")), target


def test_the_original_notebook_is_left_alone_by_colab():
    notebook = json.loads(NOTEBOOKS[3].read_text(encoding="utf-8"))
    before = json.dumps(notebook)
    for_colab(notebook, "a/b")
    assert json.dumps(notebook) == before


@pytest.mark.skipif(os.name != "posix", reason="Binder runs Linux")
def test_on_binder_jupyterlab_is_set_up_as_by_make_lab(tmp_path):
    standard_venv.create(tmp_path / "env", with_pip=False, symlinks=True)
    packages = next(path for path in map(Path, sys.path) if path.name == "site-packages")
    [here] = (tmp_path / "env").glob("lib/*/site-packages")
    (here / "ours.pth").write_text(f"{packages}\n")
    path = os.pathsep.join([str(tmp_path / "env" / "bin"), str(Path(sys.executable).parent)])
    env = {**os.environ, "PATH": f"{path}{os.pathsep}{os.environ['PATH']}", "HOME": str(tmp_path)}
    env["JUPYTER_DATA_DIR"] = str(tmp_path / "data")
    env.pop("VIRTUAL_ENV", None)
    subprocess.run([ROOT / "binder" / "postBuild"], cwd=ROOT, env=env, check=True)
    written = tmp_path / "env" / "share/jupyter/lab/settings/overrides.json"
    spec = importlib.util.spec_from_file_location("course", ROOT / "course.py")
    course = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(course)
    assert json.loads(written.read_text()) == course.JUPYTERLAB
    assert (tmp_path / "data" / "nbsignatures.db").exists()


def test_binder_installs_what_pyproject_names_on_a_python_that_it_allows():
    lines = (ROOT / "binder" / "requirements.txt").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == ["-e .[course]"]
    python = (ROOT / "binder" / "runtime.txt").read_text().strip()
    classifiers = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'Python :: {python.removeprefix("python-")}"' in classifiers


# Links ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("link", "fault"),
    [
        ('<a href="b.html#there">b</a>', ""),
        ('<a href="b.html">b</a><a href="#here">here</a><p id="here"></p>', ""),
        ('<a href="https://example.org">out</a>', ""),
        ('<img src="data:image/png;base64,AAAA">', ""),
        ('<a href="c.html">c</a>', "no such file"),
        ('<a href="../outside.html">c</a>', "no such file"),
        ('<a href="b.html#gone">b</a>', "no such place in the page"),
        ('<a href="#gone">b</a>', "no such place in the page"),
        ('<a href="/b.html">b</a>', "an absolute path, which leads elsewhere from disk"),
        ('<script src="https://example.org/x.js"></script>', "fetched from another machine"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "fetched from another machine"),
        ('<img src="https://example.org/x.png">', "fetched from another machine"),
        ('<img src="gone.png">', "no such file"),
    ],
)
def test_a_link_is_followed_to_the_place_in_the_page(tmp_path, link, fault):
    (tmp_path / "outside.html").touch()
    site = tmp_path / "site"
    site.mkdir()
    (site / "a.html").write_text(link)
    (site / "b.html").write_text('<h1 id="there">b</h1>')
    faults = link_faults(site)
    assert len(faults) == bool(fault)
    assert all(one.startswith("a.html: ") and one.endswith(f": {fault}") for one in faults)


def test_links_to_the_web_are_listed_with_their_pages(tmp_path):
    (tmp_path / "a.html").write_text('<a href="https://example.org/x">x</a><a href="a.html">a</a>')
    assert outward_links(tmp_path) == {"https://example.org/x": ["a.html"]}


# What the site is built from ------------------------------------------------------------------


def test_the_reference_has_every_public_module_once():
    listed = public_modules()
    assert len(listed) == len(set(listed))
    package = ROOT / "rnnhelpers"
    own = {f"rnnhelpers.{path.stem}" for path in package.glob("*.py") if path.stem[0] != "_"}
    rooms = {"figures", "exercises", "exercises.teaching", "exercises.assignments"}
    assert set(listed) == own | {f"rnnhelpers.{room}" for room in rooms}


def test_every_document_and_notebook_is_in_the_contents(tmp_path):
    (tmp_path / "docs" / "deep").mkdir(parents=True)
    for name in ("glossary", "misconceptions", "other", "deep/README"):
        (tmp_path / "docs" / f"{name}.md").touch()
    (tmp_path / "notebooks").mkdir()
    notebook = {"cells": [{"cell_type": "markdown", "source": ["# A title\n", "\n", "Text"]}]}
    (tmp_path / "notebooks" / "07_name.ipynb").write_text(json.dumps(notebook))
    listed = contents(tmp_path).split()
    for name in ("glossary", "misconceptions", "other", "deep/README"):
        assert listed.count(f"docs/{name}") == 1
    assert "07 A title <notebooks/07_name>" in contents(tmp_path)


def test_the_sources_have_the_pages_and_what_they_link_to(tmp_path):
    assemble(ROOT, tmp_path, lambda name: f"<p>{name}</p>")
    assert names_in(tmp_path / "notebooks") == [path.name for path in NOTEBOOKS]
    documents = {path.relative_to(ROOT) for path in ROOT.glob("docs/**/*.md")}
    assert documents == {path.relative_to(tmp_path) for path in tmp_path.glob("docs/**/*.md")}
    assert (tmp_path / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()
    first = json.loads((tmp_path / "notebooks" / NOTEBOOKS[0].name).read_text("utf-8"))["cells"][0]
    assert first["source"].startswith("# Start here\n\n<p>00_start_here</p>\n\n*")


def test_what_is_brought_along_has_its_licence_beside_it(tmp_path):
    copy_licences(["numpy", "jupyterlab"], tmp_path / "licences")
    assert names_in(tmp_path / "licences") == ["jupyterlab.txt", "numpy.txt"]
    assert "Project Jupyter" in (tmp_path / "licences" / "jupyterlab.txt").read_text("utf-8")


def test_a_package_without_its_licence_is_not_handed_on(tmp_path, monkeypatch):
    about = tmp_path / "bare-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: bare\nVersion: 1\n")
    (about / "RECORD").write_text("bare-1.dist-info/METADATA,,\nbare/LICENSE,,\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ValueError, match="bare 1 was installed without a licence file"):
        copy_licences(["bare"], tmp_path / "licences")


# JupyterLite, and the workflow ----------------------------------------------------------------


def test_a_wheel_is_written_that_holds_the_package(tmp_path):
    write_wheel("nbval", tmp_path)
    [wheel] = tmp_path.iterdir()
    program = f"import sys; sys.path.insert(0, {str(wheel)!r}); import nbval; print(nbval.__file__)"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert result.stdout.strip().startswith(str(wheel))


def test_a_package_with_a_compiled_part_is_refused(tmp_path):
    with pytest.raises(ValueError, match="numpy is not a package of Python alone"):
        write_wheel("numpy", tmp_path)


def test_jupyterlite_loads_every_dependency_of_the_course():
    from packaging.requirements import Requirement

    from publishing.site.lite import FROM_PYODIDE, FROM_SITE

    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    needed = re.search(r"\ndependencies = \[(.*?)\n\]", text, re.DOTALL)[1]
    names = {Requirement(one).name for one in re.findall(r'"([^"]+)"', needed)}
    assert names <= {*FROM_PYODIDE, *FROM_SITE}
    assert "../../../../wheels/x.whl" in json.dumps(settings(["x.whl"]))


def test_the_workflow_publishes_what_colab_opens():
    text = (ROOT / ".github" / "workflows" / "publish.yml").read_text(encoding="utf-8")
    workflow = yaml.load(text, Loader=yaml.BaseLoader)
    runs = "\n".join(step.get("run", "") for step in workflow["jobs"]["site"]["steps"])
    assert f"HEAD:{SITE_BRANCH}" in runs
    assert "make site ARGS=--lite" in runs
    assert workflow["on"]["push"]["branches"] == ["main"]
