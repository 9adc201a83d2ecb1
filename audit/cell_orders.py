"""Orders in which a learner runs cells: twice, all of them again, and all over the place.

Each is written into a notebook as further copies of its code cells. Their stored outputs stay, so
that a copy which prints something else is told like any other difference. Of a cell tagged
`goes-on` there is no copy: its point is that it goes on from where it was.
"""

import random
from copy import deepcopy

import nbformat

GOES_ON = "goes-on"
TIMES = """
import collections, json, pathlib
print(max(
    count
    for path in pathlib.Path("notebooks").glob("*.ipynb")
    for count in collections.Counter(
        "".join(cell["source"])
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
    ).values()
))
"""


def twice(cells):
    """Return the cells, each code cell two times in a row.

    Examples
    --------
    >>> x, y = (nbformat.v4.new_code_cell(name, id=name) for name in "xy")
    >>> [cell.id for cell in twice([x, y])]
    ['x', 'x-again', 'y', 'y-again']
    """
    return [each for cell in cells for each in [cell, *copies([cell])]]


def again(cells):
    """Return the cells, and then all code cells once more.

    Examples
    --------
    >>> x, y = (nbformat.v4.new_code_cell(name, id=name) for name in "xy")
    >>> [cell.id for cell in again([x, y])]
    ['x', 'y', 'x-again', 'y-again']
    """
    return [*cells, *copies(cells)]


def shuffled(cells, seed=0):
    """Return the cells, and then all code cells once more in an order drawn at random.

    Examples
    --------
    >>> x, y = (nbformat.v4.new_code_cell(name, id=name) for name in "xy")
    >>> sorted(cell.id for cell in shuffled([x, y]))
    ['x', 'x-again', 'y', 'y-again']
    """
    more = copies(cells)
    random.Random(seed).shuffle(more)
    return [*cells, *more]


def copies(cells):
    """Return copies of the code cells that may be run again, with ids of their own."""
    found = [deepcopy(cell) for cell in cells if may_be_run_again(cell)]
    for cell in found:
        cell.id += "-again"
    return found


def may_be_run_again(cell):
    """Tell whether a cell promises the same output if it is run again."""
    return cell.cell_type == "code" and GOES_ON not in cell.metadata.get("tags", [])


def in_order(order):
    """Return what writes the notebooks of a copy of the course in such an order."""

    def prepare(copy):
        for path in sorted((copy / "notebooks").glob("*.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            notebook.cells = order(notebook.cells)
            nbformat.write(notebook, path)

    return prepare
