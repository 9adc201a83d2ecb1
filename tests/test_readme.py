"""The README is true: its picture, its map of the notebooks, its commands and its links."""

import re
from pathlib import Path

from notebook_guards import STATED_MINUTES, opening, read_notebook, tags

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
NOTEBOOKS = {path.name: read_notebook(path) for path in sorted(ROOT.glob("notebooks/*.ipynb"))}
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def test_the_picture_is_one_of_the_course():
    [(alternative, picture)] = re.findall(r"!\[([^\]]+)\]\(([^)]+)\)", README)
    pages = [
        output["data"].get("text/html", "")
        for cell in NOTEBOOKS["03_recurrent_cell.ipynb"].cells
        for output in cell.get("outputs", [])
        if "data" in output
    ]
    shown = [tag.attributes.get("alt") for page in pages for tag in tags(page) if tag.name == "img"]
    assert alternative in shown
    assert (ROOT / picture).read_bytes().startswith(b"\x89PNG")


def test_the_map_names_every_notebook_and_its_minutes():
    rows = re.findall(r"\]\(notebooks/([\w.]+)\) \| [^|]+ \| (\d+) \|", README)
    stated = [(name, STATED_MINUTES.search(opening(nb))[1]) for name, nb in NOTEBOOKS.items()]
    assert rows == stated


def test_the_map_in_notebook_00_names_every_notebook():
    text = "\n".join(cell.source for cell in NOTEBOOKS["00_start_here.ipynb"].cells)
    assert [name for name in NOTEBOOKS if f"]({name})" not in text] == ["00_start_here.ipynb"]


def test_its_commands_exist():
    for target in re.findall(r"(?:`|\n)make ([a-z]+)", README + CONTRIBUTING):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target
    for command in re.findall(r"(?:python3?|py) course\.py ([a-z]+)", README + CONTRIBUTING):
        assert f"course.py {command}" in MAKEFILE.replace("$(COURSE)", "course.py"), command


def test_the_room_that_it_takes_is_what_make_says():
    [told] = re.findall(r"about (\d+) MB", README)
    assert f"about {told} MB" in (ROOT / "course.py").read_text(encoding="utf-8")


def test_its_links_lead_to_files():
    for target in re.findall(r"\]\(([^)#:]+)\)", README + CONTRIBUTING):
        assert (ROOT / target).exists(), target


def test_the_guards_that_contributing_names_exist():
    guards = (ROOT / "tests" / "notebook_guards.py").read_text(encoding="utf-8")
    named = {name for group in re.findall(r"\[([a-z_, ]+)\](?!\()", CONTRIBUTING)
             for name in group.split(", ")}  # fmt: skip
    assert {"anatomy", "slides"} <= named
    for name in named:
        assert f"def {name}(" in guards, name
