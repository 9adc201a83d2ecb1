"""The faults that `audit.faults` plants: in outputs, in code, and in what figures are drawn from.

Each function yields `(what, changed)`: what was changed, in words, and the changed copy.
"""

import ast
import re
from collections.abc import Iterator
from copy import deepcopy

import numpy as np
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from tests.closeness import DRAWN, NUMBER, PICTURE

LEAST_CHANGE = 0.0101
"""By how much of its range one number of a figure is changed: 1 %, and a bit for the rounding."""
MOST_NUMBERS_OF_A_LINE = 8


# In outputs --------------------------------------------------------------------------------------


def output_faults(cell: NotebookNode) -> Iterator[tuple[str, list[NotebookNode]]]:
    """Change one thing at a time in the stored outputs of a cell."""
    for number, output in enumerate(cell.outputs):
        places = [output] if output.output_type == "stream" else [output.get("data", {})]
        for place in places:
            for key, text in place.items():
                if key != "text" and not key.startswith("text/"):
                    continue
                for what, changed in (drawn_faults if key == DRAWN else text_faults)(text):
                    outputs = deepcopy(cell.outputs)
                    if output.output_type == "stream":
                        outputs[number][key] = changed
                    else:
                        outputs[number].data[key] = changed
                    yield f"{key}: {what}", outputs


def text_faults(text: str) -> Iterator[tuple[str, str]]:
    r"""Change a digit, a sign, a truth value, or the order of two lines; or drop a line.

    Examples
    --------
    >>> for what, changed in text_faults("loss 2.9\nfell: True"):
    ...     print(what, "|", changed.replace("\n", " / "))
    2.9 to 2.8 | loss 2.8 / fell: True
    2.9 to -2.9 | loss -2.9 / fell: True
    True to False | loss 2.9 / fell: False
    line 1 dropped | fell: True
    lines 1 and 2 exchanged | fell: True / loss 2.9
    line 2 dropped | loss 2.9
    """
    pictures = [match.span() for match in PICTURE.finditer(text)]
    for match in NUMBER.finditer(text):
        if any(start <= match.start() < end for start, end in pictures):
            continue
        digits = match[0].partition("e")[0]
        other = digits[:-1] + ("8" if digits[-1] == "9" else str(int(digits[-1]) + 1))
        sign = match[0][1:] if match[0][0] in "-−+" else f"-{match[0]}"
        for changed in (other + match[0][len(digits) :], sign):
            if float(changed.replace(",", "").replace("−", "-")) or float(
                match[0].strip("-−") or 1
            ):
                yield f"{match[0]} to {changed}", replaced(text, match, changed)
    for match in re.finditer(r"\bTrue\b|\bFalse\b", text):
        other = "False" if match[0] == "True" else "True"
        yield f"{match[0]} to {other}", replaced(text, match, other)
    if not pictures:
        yield from line_faults(text)


def line_faults(text: str) -> Iterator[tuple[str, str]]:
    """Drop each line that says something, and exchange it with the next."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.strip():
            yield f"line {at + 1} dropped", "\n".join(lines[:at] + lines[at + 1 :])
            following = lines[at + 1] if at + 1 < len(lines) else ""
            if following.strip() and following != line:
                exchanged = [*lines[:at], following, line, *lines[at + 2 :]]
                yield f"lines {at + 1} and {at + 2} exchanged", "\n".join(exchanged)


def replaced(text: str, match: re.Match, other: str) -> str:
    """Return a text with something else in the place of a match."""
    return text[: match.start()] + other + text[match.end() :]


def drawn_faults(text: str) -> Iterator[tuple[str, str]]:
    r"""Change what a figure was drawn from: one number by 1 % of the range, order, sign, a series.

    Examples
    --------
    >>> for what, changed in drawn_faults("line y\t0 1"):
    ...     print(what, "|", changed.expandtabs(1))
    line y: number 1, 0 to 0.0101 | line y 0.0101 1
    line y: number 2, 1 to 1.0101 | line y 0 1.0101
    line y: numbers 1 and 2 exchanged | line y 1 0
    line y: the sign | line y 0 -1
    line y: dropped |
    """
    lines = text.split("\n")
    for at, line in enumerate(lines):
        name, tab, row = line.partition("\t")
        if not tab:
            changes = [change for change in text_faults(line) if "dropped" not in change[0]]
        else:
            changes = [(f"{name}: {what}", new) for what, new in row_faults(name, row.split())]
            changes.append((f"{name}: dropped", None))
        for what, changed in changes:
            kept = [] if changed is None else [changed]
            yield what, "\n".join([*lines[:at], *kept, *lines[at + 1 :]])


def row_faults(name: str, numbers: list[str]) -> Iterator[tuple[str, str]]:
    """Change some numbers of one line of what a figure was drawn from."""
    values = np.array(numbers, dtype=float)
    finite = np.flatnonzero(np.isfinite(values))
    if not finite.size:
        return
    size = np.ptp(values[finite]) or np.abs(values[finite]).max() or 1.0
    few = np.unique(np.linspace(0, len(finite) - 1, MOST_NUMBERS_OF_A_LINE).astype(int))
    for at in finite[few]:
        changed = f"{values[at] + LEAST_CHANGE * size:.10g}"
        row = [*numbers[:at], changed, *numbers[at + 1 :]]
        yield f"number {at + 1}, {numbers[at]} to {changed}", f"{name}\t{' '.join(row)}"
    apart = np.flatnonzero(np.abs(np.diff(values)) > LEAST_CHANGE * size)
    if apart.size:
        at = apart[len(apart) // 2]
        row = [*numbers[:at], numbers[at + 1], numbers[at], *numbers[at + 2 :]]
        yield f"numbers {at + 1} and {at + 2} exchanged", f"{name}\t{' '.join(row)}"
    if np.any(values[finite]):
        yield "the sign", f"{name}\t{' '.join(f'{0.0 - value:.10g}' for value in values)}"


# In code -----------------------------------------------------------------------------------------

EXCHANGED_OPERATORS = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.Mod: ast.Mult, ast.FloorDiv: ast.Mult,
}  # fmt: skip
EXCHANGED_COMPARISONS = {
    ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
EXCHANGED_NAMES = {
    "tanh": "sin", "exp": "expm1", "log": "log1p", "sum": "mean", "mean": "sum", "max": "min",
    "min": "max", "argmax": "argmin", "argmin": "argmax", "zeros": "ones", "ones": "zeros",
    "sigmoid": "tanh", "cumsum": "cumprod", "outer": "add", "sqrt": "square", "log2": "log10",
}  # fmt: skip
SAFEGUARDS = ("strict", "progress")
"""What compares lengths (`zip`), as an assertion does, and shows a bar, which no check compares."""
BOUND = ", a bound"
"""How the words for a changed bound end: what is printed of `loss < 2.6` has room for it."""


def code_faults(source: str) -> Iterator[tuple[str, str]]:
    """Change one place of a cell's code: an operator, a number, an index, a function, a line.

    What a figure looks like (sizes, colours, words), what is asserted (`strict=True` is, too) and
    bars of progress are left as they are.

    Examples
    --------
    >>> for what, changed in code_faults("h = x @ W + b[1]"):
    ...     print(what, "|", changed)
    line 1: x @ W + b[1] to x @ W - b[1] | h = x @ W - b[1]
    line 1: x @ W + b[1] to x @ W | h = x @ W
    line 1: x @ W to x * W | h = x * W + b[1]
    line 1: 1 to 2 | h = x @ W + b[2]

    The bound of a comparison that is printed is told apart: that it has room is its purpose.

    >>> for what, changed in code_faults("print(loss < 2.5)"):
    ...     print(what, "|", changed)
    line 1: loss < 2.5 to loss >= 2.5 | print(loss >= 2.5)
    line 1: 2.5 to 2.75, a bound | print(loss < 2.75)
    """
    try:
        tree = ast.parse(TransformerManager().transform_cell(source))
    except SyntaxError:
        return
    bounds = set(printed_bounds(tree))
    for path, node in numeric_nodes(tree):
        for changed in changes(node):
            other = deepcopy(tree)
            parent, field, index = at_path(other, path)
            set_child(parent, field, index, changed)
            new = ast.unparse(ast.fix_missing_locations(other))
            where = f"line {node.lineno}"
            words = "removed" if isinstance(changed, ast.Pass) else f"to {ast.unparse(changed)}"
            bound = BOUND if node in bounds else ""
            yield f"{where}: {ast.unparse(node)} {words}{bound}", new


def numeric_nodes(tree: ast.AST) -> Iterator[tuple[list, ast.AST]]:
    """Yield each node that may hold a number, with the way to it."""
    waiting: list[tuple[list, ast.AST]] = [([], tree)]
    while waiting:
        path, node = waiting.pop(0)
        if isinstance(node, ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
            continue
        if isinstance(node, ast.Call) and draws_only(node):
            continue
        if isinstance(node, ast.keyword) and node.arg in SAFEGUARDS:
            continue
        if path:
            yield path, node
        for field, value in ast.iter_fields(node):
            children = value if isinstance(value, list) else [value]
            for index, child in enumerate(children):
                if isinstance(child, ast.AST):
                    step = (field, index if isinstance(value, list) else None)
                    waiting.append(([*path, step], child))


def printed_bounds(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what says how large something is, at least or at most, in comparisons to be printed."""
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "print":
            for compared in call.args:
                if isinstance(compared, ast.Compare) and all(
                    isinstance(operator, ast.Lt | ast.LtE | ast.Gt | ast.GtE)
                    for operator in compared.ops
                ):
                    for side in (compared.left, *compared.comparators):
                        yield from numbers_added(side)


def numbers_added(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the numbers that a term is, or has by arithmetic, and the operations with them."""
    match node:
        case ast.Constant():
            yield node
        case ast.UnaryOp() | ast.BinOp():
            terms = [node.operand] if isinstance(node, ast.UnaryOp) else [node.left, node.right]
            found = [number for term in terms for number in numbers_added(term)]
            yield from [node, *found] if found else []


def draws_only(call: ast.Call) -> bool:
    """Tell whether a call sets how a figure looks."""
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name in ("new_figure", "set", "legend", "annotate", "check")


def at_path(tree: ast.AST, path: list) -> tuple[ast.AST, str, int | None]:
    """Follow a path to the parent of its last node."""
    node = tree
    for field, index in path[:-1]:
        node = getattr(node, field) if index is None else getattr(node, field)[index]
    return node, *path[-1]


def set_child(parent: ast.AST, field: str, index: int | None, child: ast.AST) -> None:
    """Put a node in the place of another."""
    if index is None:
        setattr(parent, field, child)
    else:
        getattr(parent, field)[index] = child


def changes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what a node is changed to."""
    match node:
        case ast.BinOp(op=operator) if type(operator) in EXCHANGED_OPERATORS:
            if not is_text(node.left) and not is_text(node.right):
                other = EXCHANGED_OPERATORS[type(operator)]()
                yield ast.BinOp(node.left, other, node.right)
                if isinstance(operator, ast.Add):
                    yield node.left
        case ast.UnaryOp(op=ast.USub()):
            yield node.operand
        case ast.Compare(ops=[operator]) if type(operator) in EXCHANGED_COMPARISONS:
            other = EXCHANGED_COMPARISONS[type(operator)]()
            yield ast.Compare(node.left, [other], node.comparators)
        case ast.Constant(value=bool()):
            yield ast.Constant(not node.value)
        case ast.Constant(value=int()):
            yield ast.Constant(node.value + 1)
        case ast.Constant(value=float()):
            yield ast.Constant(node.value * 1.1 or 0.1)
        case ast.Attribute(attr="T"):
            yield node.value
        case ast.Attribute(attr=name) if name in EXCHANGED_NAMES:
            yield ast.Attribute(node.value, EXCHANGED_NAMES[name], node.ctx)
        case ast.Name(id=name) if name in EXCHANGED_NAMES:
            yield ast.Name(EXCHANGED_NAMES[name], node.ctx)
        case ast.AugAssign():
            yield ast.Pass()


def is_text(node: ast.AST) -> bool:
    """Tell whether a node is a text, which may be added up, too."""
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


# In what figures are drawn from ------------------------------------------------------------------

WAYS = ("one number", "two numbers", "the sign", "a series dropped", "two series exchanged")


def perturbed(arguments: tuple[tuple, dict], way: str, rng: np.random.Generator):
    """Change numbers among the arguments of a function that draws; None if there are none such.

    Examples
    --------
    >>> perturbed((([0.0, 1.0],), {}), "the sign", np.random.default_rng(0))
    ((array([-0., -1.]),), {})
    """
    if way in WAYS[3:]:
        return with_series_changed(arguments, way)
    found = [path for path in leaves(arguments) if can_change(get(arguments, path), way)]
    if not found:
        return None
    path = found[rng.integers(len(found))]
    return put(arguments, path, changed_array(get(arguments, path), way, rng))


def leaves(value, path=()) -> Iterator[tuple]:
    """Yield the way to each array of numbers, or list of them, in nested arguments."""
    if is_array(value):
        yield path
    elif isinstance(value, dict):
        for key in value:
            yield from leaves(value[key], (*path, key))
    elif isinstance(value, list | tuple):
        for key, item in enumerate(value):
            yield from leaves(item, (*path, key))


def is_array(value) -> bool:
    """Tell whether a value is an array of numbers, or a list that means one.

    Examples
    --------
    >>> is_array([[1.0, 2.0], [3.0, 4.0]]), is_array([[1.0], [2.0, 3.0]]), is_array(["a"])
    (True, False, False)
    """
    if isinstance(value, list):
        try:
            value = np.asarray(value)
        except ValueError:  # rows of different lengths
            return False
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "fi" and value.size > 0
    is_tuple = isinstance(value, tuple) and len(value) > 0
    return is_tuple and all(isinstance(item, int | float | np.number) for item in value)


def can_change(values, way: str) -> bool:
    """Tell whether a change would be one: two numbers that are equal cannot be exchanged."""
    values = np.asarray(values, dtype=float)
    if way == "two numbers":
        return values.size > 1 and np.nanmax(values) > np.nanmin(values)
    return way == "one number" or bool(np.nansum(np.abs(values)))


def changed_array(values, way: str, rng: np.random.Generator) -> np.ndarray:
    """Return an array with one change."""
    changed = np.array(values, dtype=float)
    flat = changed.reshape(-1)
    finite = np.flatnonzero(np.isfinite(flat))
    if way == "the sign":
        return -changed
    if way == "two numbers":
        low, high = finite[flat[finite].argmin()], finite[flat[finite].argmax()]
        flat[[low, high]] = flat[[high, low]]
        return changed
    size = np.ptp(flat[finite]) or np.abs(flat[finite]).max() or 1.0
    flat[rng.choice(finite)] += LEAST_CHANGE * size
    return changed


def with_series_changed(arguments, way: str):
    """Drop the last of several series, or exchange the first two: what a dict names."""
    for position, argument in enumerate(arguments[0]):
        if isinstance(argument, dict) and len(argument) > 1:
            names = list(argument)
            if way == "a series dropped":
                series = {name: argument[name] for name in names[:-1]}
            else:
                first, second = names[:2]
                series = {**argument, first: argument[second], second: argument[first]}
            return put(arguments, (0, position), series)
    return None


def get(value, path: tuple):
    """Follow a way into nested arguments."""
    for key in path:
        value = value[key]
    return value


def put(value, path: tuple, new):
    """Return nested arguments with something else at the end of a way."""
    if not path:
        return new
    key, *rest = path
    if isinstance(value, dict):
        return {**value, key: put(value[key], tuple(rest), new)}
    items = [put(item, tuple(rest), new) if n == key else item for n, item in enumerate(value)]
    return items if isinstance(value, list) else tuple(items)
