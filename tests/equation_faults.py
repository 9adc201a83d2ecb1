r"""Plant every single slip in the displayed equations of a text.

A slip is what a hurried author makes: another sign, an index of the step before, a symbol for
another one of its kind, a matrix on the wrong side. `equation_faults` yields the texts with one
slip each; `notebook_guards.equation_problems` must find each of them.
"""

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from equation_grammar import Node, Token, displays, parse, statements
from notation import Symbol, symbols

OTHERS = {
    r"\tanh": [r"\sigma"],
    r"\ln": [r"\log_2"],
    r"\max": [r"\min"],
    r"\min": [r"\max"],
    r"\sum": [r"\prod"],
    r"\prod": [r"\sum"],
    r"\cos": [r"\tanh"],
    r"\odot": [r"\,", "+"],
    r"\cdot": [r"\odot", "+"],
    r"\le": [r"\ge", "="],
    r"\leftarrow": ["="],
    "/": [r"\cdot"],
    "+": ["-"],
    "-": ["+"],
    "'": [""],
}
"""What may stand in the place of a token by mistake."""

TIMES = {
    "t": ["t-1", "t+1", "t-10"],
    "t-1": ["t", "t+1", "t-10"],
    "t+1": ["t", "t+2"],
    "t+2": ["t+1", "t+3"],
    "T": ["t", "T-1"],
    "T-1": ["T", "t-1"],
    "tj": ["jt"],
    "tk": ["tj"],
}
"""What may stand in the place of a time index by mistake."""

SAME_MEANING = {
    ("05_bptt", "product"): {
        "the slopes are numbers here, and numbers may be multiplied in any order": [
            r"\frac{\partial h_3}{\partial h_2} \cdot \frac{\partial L}{\partial h_3}",
            r"\frac{\partial h_2}{\partial h_1} \cdot \frac{\partial h_3}{\partial h_2}",
        ],
    },
    ("09_long_memory", "norm"): {
        "a matrix and its transpose have the same singular values": [r"\lVert W^\top \rVert ="],
    },
    ("11_translation", "looking-back"): {
        "the weights sum to 1, so the mean of one and the same context is that context": [
            r"\sum_j \alpha_{tj}\, \text{context}_t"
        ],
    },
}
"""Slips after which an equation says the same: why, and what the changed text has then."""

Edit = tuple[int, int, str]
"""Replace the characters from one to another by these."""


def equation_faults(source: str) -> Iterator[tuple[str, str]]:
    r"""Yield `(description, changed source)` for each single slip in a Markdown text's equations.

    Examples
    --------
    >>> faults = dict(equation_faults("$$a = b_t + c$$"))
    >>> faults["equation 1: '+' becomes '-' in 'a = b_t + c', character 9"]
    '$$a = b_t - c$$'
    >>> "$$a = b_{t-10} + c$$" in faults.values(), "$$a = c$$" in faults.values()
    (True, True)
    """
    seen = {source}
    for number, (latex, start) in enumerate(displays(source), 1):
        for begin, end, new in edits(latex):
            changed = source[: start + begin] + new + source[start + end :]
            if changed in seen:
                continue
            seen.add(changed)
            around = " ".join(latex[max(begin - 8, 0) : end + 8].split())
            becomes = f"'{new}'" if new.strip() else "nothing"
            what = (
                f"'{latex[begin:end]}' becomes {becomes}" if end > begin else f"{becomes} comes in"
            )
            yield f"equation {number}: {what} in '{around}', character {begin + 1}", changed


def edits(latex: str) -> Iterator[Edit]:
    """Yield each slip in one display."""
    parts = statements(latex)
    written = {}  # each symbol as it is written, by its kind
    for found in parts:
        for symbol in symbols(found, words=True):
            written.setdefault(kind(symbol), set()).add(named(latex, found, symbol))
    for found in parts:
        yield from token_edits(found)
        for symbol in symbols(found, words=True):
            yield from symbol_edits(latex, found, symbol, sorted(written[kind(symbol)]))
        for side in parse(found).sides:
            for node in side.walk():
                yield from node_edits(latex, node)
    yield from row_name_edits(latex)


def token_edits(found: list[Token]) -> Iterator[Edit]:
    """Exchange single tokens: operators, functions, numbers."""
    for before, token, after in zip(
        ["", *texts(found)], found, [*texts(found)[1:], ""], strict=False
    ):
        for other in OTHERS.get(token.text, []):
            yield token.start, token.end, other
        if token.text == r"\sigma" and after == "(":
            yield token.start, token.end, r"\tanh"
        if token.text == r"\log" and after == "_":
            yield token.start, token.end + len("_2"), r"\ln"
        if token.text == "-" and before in ("", "(", "{", "=", "}"):  # the sign of a number
            yield token.start, token.end, ""
        if token.is_number:
            yield token.start, token.end, token.text[:-1] + str((int(token.text[-1]) + 1) % 10)
        if token.text == "^" and after == r"\top":
            yield token.start, token.end + len(r"\top"), ""


def texts(found: list[Token]) -> list[str]:
    """List what the tokens say."""
    return [token.text for token in found]


def symbol_edits(
    latex: str, found: list[Token], symbol: Symbol, of_its_kind: list[str]
) -> Iterator[Edit]:
    """Exchange a symbol with others of its kind, move its time, transpose it."""
    start, end = place_of(found, symbol)
    for other in of_its_kind:
        if other != latex[start:end]:
            yield start, end, other + ("" if other[-1] in "}0123456789" else " ")
    for time in TIMES.get(symbol.subscript, []):
        base = found[symbol.start]
        yield start, end, f"{latex[base.start : base.end]}_{{{time}}}"
    if symbol.base == "W" and symbol.superscript != r"\top":
        yield end, end, r"^\top"


def place_of(found: list[Token], symbol: Symbol) -> tuple[int, int]:
    """Return the first and last character of a symbol, its subscript included."""
    return found[symbol.start].start, found[symbol.start + symbol.n_tokens - 1].end


def named(latex: str, found: list[Token], symbol: Symbol) -> str:
    """Return a symbol as it is written."""
    start, end = place_of(found, symbol)
    return latex[start:end]


def kind(symbol: Symbol) -> str:
    """Tell what a symbol can be mistaken for."""
    if symbol.base in ("W", "w"):
        return "weights"
    if symbol.base == "e" or (symbol.base == r"\sigma" and symbol.is_called):
        return symbol.base  # a constant, a function: nothing else
    return "bias" if symbol.base == "b" and symbol.subscript not in ("", "t") else "value"


def row_name_edits(latex: str) -> Iterator[Edit]:
    """Exchange the words behind the rows of an aligned block."""
    said = list(ROW_NAME.finditer(latex))
    for this in said:
        for other in {other[1] for other in said} - {this[1]}:
            yield this.start(1), this.end(1), other


ROW_NAME = re.compile(r"& *\\text\{([^{}]*)\}")


def node_edits(latex: str, node: Node) -> Iterator[Edit]:
    """Change how a part of an equation is built."""
    parts = [part for part in node.parts if isinstance(part, Node)]
    inside = latex[parts[0].start : parts[-1].end] if parts else ""
    match node.kind:
        case "sum" if len(parts) > 1:
            yield from without_each(parts, first="-" if node.parts[0][1] == "-" else "")
        case "product":
            yield from without_each(parts)
            yield from exchanged(latex, parts, node.parts[0])
        case "fraction" | "slope":
            yield upside_down(latex, node)
        case "power":
            yield parts[0].end, node.end, ""
        case "call":
            name = CALLED.match(latex, node.start)
            yield node.start, name.end(), ""
        case "inside" if parts[0].kind == "sum":
            yield node.start, node.end, inside
        case "[":
            yield node.start, node.end, f"[{', '.join(map(slice_of(latex), parts[::-1]))}]"
        case "over":
            yield from over_edits(latex, node)
        case r"\lVert":
            yield node.start, node.end, f"({inside})"


CALLED = re.compile(r"\\(?:text|operatorname|mathrm)\{[^{}]*\}|\\[A-Za-z]+(?:_\d)?")


def slice_of(latex: str) -> Callable[[Node], str]:
    """Return a function that tells what a node is written as."""
    return lambda node: latex[node.start : node.end]


def without_each(parts: list[Node], first: str = "") -> Iterator[Edit]:
    """Leave out each term or factor; `first` stands in the place of the first one."""
    yield parts[0].start, parts[1].start, first
    for before, part in pairwise(parts):
        yield before.end, part.end, ""


def exchanged(latex: str, factors: list[Node], operators: tuple) -> Iterator[Edit]:
    r"""Exchange neighbours at a matrix or between slopes; at ``\odot`` their order is free."""
    for (left, right), operator in zip(pairwise(factors), operators[1:], strict=True):
        kinds = left.kind, right.kind
        if operator != r"\odot" and (
            is_matrix(left) or is_matrix(right) or kinds == ("slope",) * 2
        ):
            a, b = map(slice_of(latex), (left, right))
            yield left.start, right.end, f"{b}{latex[left.end : right.start] or ' '}{a}"


def is_matrix(node: Node) -> bool:
    """Tell whether a factor is a weight matrix, a transposed one, or a diagonal one."""
    if node.kind == "transpose":
        return is_matrix(node.parts[0])
    return (node.kind, *node.parts[:1]) in (("symbol", "W"), ("call", "diag"))


def upside_down(latex: str, fraction: Node) -> Edit:
    """Exchange what stands above and below the line."""
    command = CALLED.match(latex, fraction.start)
    middle = end_of_group(latex, command.end())
    above, below = latex[command.end() : middle].strip(), latex[middle : fraction.end].strip()
    return (
        fraction.start,
        fraction.end,
        f"{command[0].rstrip('_')}{{{bare(below)}}}{{{bare(above)}}}",
    )


def bare(group: str) -> str:
    """Strip the braces of a group."""
    return group[1:-1] if group.startswith("{") else group


def end_of_group(latex: str, start: int) -> int:
    """Return where the group ends that begins at a place: braces, or one character."""
    depth, place = 0, start
    while True:
        depth += {"{": 1, "}": -1}.get(latex[place], 0)
        place += 1
        if depth == 0 and not latex[place - 1].isspace():
            return place


def over_edits(latex: str, node: Node) -> Iterator[Edit]:
    """Move the limits of a sum or product by one, and leave the whole sign out."""
    _, _, low, high, body = node.parts
    yield node.start, body.start, ""
    for limit, by in ((low, "+1"), (high, "-1")):
        if limit is not None:
            yield limit.start, limit.end, f"{{{latex[limit.start : limit.end]}{by}}}"
