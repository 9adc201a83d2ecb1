"""Hold every notebook of the course to the guards. Whether its outputs are true is nbval's part."""

from functools import cache
from pathlib import Path

import pytest
from notebook_guards import GUARDS, n_undescribed_images, read_notebook

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)

load = cache(read_notebook)


def test_there_are_notebooks():
    assert NOTEBOOKS, "no notebooks/*.ipynb: every check of the notebooks would pass unseen"


@pytest.mark.no_cover
@pytest.mark.parametrize("guard", GUARDS.values(), ids=GUARDS)
@each_notebook
def test_notebook(path, guard):
    problems = guard(load(path), path)
    assert not problems, "\n".join([path.name, *problems])


@pytest.mark.no_cover
@each_notebook
def test_every_image_of_the_web_page_is_described(path):
    assert n_undescribed_images(load(path)) == 0
