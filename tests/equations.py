r"""Read the displayed equations of a notebook, and evaluate them with numbers.

The LaTeX of the course is a small language: sums, products, fractions, powers, subscripts, the
functions of `FUNCTIONS`, sums and products with limits, slopes, and words. `parse` makes a tree of
it, `evaluate` a number or an array. Juxtaposition is the matrix product (or the product with a
number), ``\cdot`` the dot product (or the product of numbers), ``\odot`` multiplies number by
number: an operator that stands in another's place does not fit the shapes, and is reported.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from scipy.special import expit

from rnnhelpers.losses import softmax

DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
TOKEN = re.compile(
    r"\\(?P<word>text|mathrm|operatorname)\{(?P<words>[^{}]*)\}"
    r"|(?P<command>\\(?:[A-Za-z]+|.))|(?P<number>\d+(?:\.\d+)?)|(?P<other>\S)",
    re.DOTALL,
)
INVISIBLE = {r"\,", r"\;", r"\!", r"\:", r"\ ", r"\quad", r"\left", r"\right", r"\begin", r"\end"}
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{\w+\}")
RELATIONS = {"=", r"\le", r"\leftarrow"}
FRACTIONS = {r"\frac", r"\tfrac"}
DOTS = {r"\dots", r"\cdots"}


class EquationError(ValueError):
    """What is wrong with an equation, and what to do."""


class Token(NamedTuple):
    """A piece of LaTeX, and where it stands in the text."""

    text: str
    start: int
    end: int

    @property
    def is_name(self) -> bool:
        r"""Tell whether it can be a symbol: a letter, a Greek one, a word in ``\text{…}``."""
        return self.text[0].isalpha() or self.text in GREEK

    @property
    def is_number(self) -> bool:
        """Tell whether it is a number."""
        return self.text[0].isdigit()


GREEK = {rf"\{name}" for name in ["alpha", "delta", "eta", "lambda", "sigma", "tau"]}


def tokens(latex: str) -> list[Token]:
    r"""Cut LaTeX into tokens, without spaces; ``\text{a word}`` is one, named by its words.

    Examples
    --------
    >>> [token.text for token in tokens(r"\text{logits}_t = 0.5\, h_{t-1} + \frac12")]
    ['logits', '_', 't', '=', '0.5', 'h', '_', '{', 't', '-', '1', '}', '+', '\\frac', '1', '2']
    """
    # The name of an environment is not to be read as a product of letters.
    latex = ENVIRONMENT.sub(lambda found: " " * len(found[0]), latex)
    found, position, single_digits = [], 0, 0
    while match := TOKEN.search(latex, position):
        text, end = match[0], match.end()
        if match["word"]:
            text = " ".join(match["words"].split())
        if single_digits and match["number"]:  # \frac12 is one half
            text, end = text[0], match.start() + 1
        single_digits = 2 if text in FRACTIONS else max(single_digits - 1, 0)
        if text not in INVISIBLE:
            found.append(Token(text, match.start(), end))
        position = end
    return found


def displays(source: str) -> Iterator[tuple[str, int]]:
    """Yield each displayed equation of a Markdown text, and where its LaTeX begins."""
    for match in DISPLAYED.finditer(source):
        yield match[1], match.start(1)


def statements(latex: str) -> list[list[Token]]:
    r"""Cut a display into its statements, at ``\qquad`` and ``\\``, without the words behind ``&``.

    Examples
    --------
    >>> [len(statement) for statement in statements(r"a &= b & \text{a gate} \\ c = 1 \qquad d = 2")]
    [3, 3, 3]
    """
    found: list[list[Token]] = [[]]
    n_columns = 0
    for token in tokens(latex):
        if token.text in (r"\qquad", r"\\"):
            found.append([])
            n_columns = 0
        elif token.text == "&":
            n_columns += 1
        elif n_columns < 2:
            found[-1].append(token)
    return [statement for statement in found if statement]


# From tokens to a tree --------------------------------------------------------------------------


class Node(NamedTuple):
    """A part of an equation: what it is, what it is made of, and its first and last character."""

    kind: str
    parts: tuple
    start: int
    end: int

    def walk(self) -> Iterator["Node"]:
        """Yield this node and all below it."""
        yield self
        for part in self.parts:
            if isinstance(part, Node):
                yield from part.walk()


class Chain(NamedTuple):
    """A statement: expressions, and the relations between them."""

    sides: list[Node]
    relations: list[str]


class Parser:
    """Read the tokens of one statement from left to right, one method for each rule."""

    def __init__(self, found: list[Token]):
        end = found[-1].end if found else 0
        self.tokens = [*found, Token("end of the equation", end, end)]
        self.place = 0
        self.variables: list[str] = []  # of the integrals that are being read

    @property
    def next(self) -> str:
        """The token that comes next."""
        return self.tokens[self.place].text

    def take(self, *expected: str) -> Token:
        """Return the next token and go on; it must be one of those expected, if any are."""
        token = self.tokens[self.place]
        if expected and token.text not in expected:
            raise EquationError(f"'{token.text}' stands where '{' or '.join(expected)}' should")
        self.place += 1
        return token

    def node(self, kind: str, start: int, *parts: Any) -> Node:
        """Make a node that ends with the token read last."""
        return Node(kind, parts, start, self.tokens[self.place - 1].end)

    def chain(self) -> Chain:
        """Read expressions with relations between them, to the end."""
        sides, relations = [self.sum()], []
        while self.next in RELATIONS:
            relations.append(self.take().text)
            sides.append(self.sum())
        self.take("end of the equation")
        return Chain(sides, relations)

    def sum(self) -> Node:
        """Read terms with + and - between them."""
        start = self.tokens[self.place].start
        signs, terms = [], []
        while not terms or self.next in ("+", "-"):
            signs.append(self.take().text if self.next in ("+", "-") else "")
            terms.append(self.dots() if self.next in DOTS else self.product())
        if len(terms) == 1 and not signs[0]:
            return terms[0]
        return self.node("sum", start, tuple(signs), *terms)

    def product(self) -> Node:
        r"""Read factors side by side, or with ``\cdot``, ``\odot`` or / between them."""
        start = self.tokens[self.place].start
        operators, factors = [""], [self.factor()]
        while self.next in (r"\cdot", r"\odot", "/") or self.starts_factor():
            operators.append(self.take().text if self.next in (r"\cdot", r"\odot", "/") else "")
            factors.append(self.factor())
        if len(factors) == 1:
            return factors[0]
        return self.node("product", start, tuple(operators), *factors)

    def starts_factor(self) -> bool:
        """Tell whether the next token can begin a factor."""
        token = self.tokens[self.place]
        if token.text == "end of the equation" or self.at_end_of_integral():
            return False
        if token.text == "|":
            return self.bars_open == 0
        return (
            (token.is_name and not token.text.startswith("of all"))
            or token.is_number
            or token.text in ("(", "[", "{", r"\lVert", r"\sqrt", r"\sum", r"\prod", r"\int", *DOTS)
            or token.text in FUNCTIONS
            or token.text in FRACTIONS
        )

    bars_open = 0

    def at_end_of_integral(self) -> bool:
        """Tell whether `du` comes next, at the end of an integral over u."""
        return bool(self.variables) and self.next == "d" and self.tokens[self.place + 1].is_name

    def factor(self) -> Node:
        """Read something with its powers."""
        start = self.tokens[self.place].start
        base = self.dots() if self.next in DOTS else self.primary()
        while self.next == "^":
            self.take()
            if self.next == r"\top":
                self.take()
                base = self.node("transpose", start, base)
            else:
                base = self.node("power", start, base, self.group())
        return base

    def dots(self) -> Node:
        """Read the dots of a pattern."""
        return self.node("dots", self.take(*DOTS).start)

    def primary(self) -> Node:
        """Read what has no operator outside."""
        token = self.tokens[self.place]
        start, text = token.start, token.text
        if token.is_number:
            self.take()
            return self.node("number", start, text)
        if text in FRACTIONS:
            return self.fraction()
        if text in (r"\sum", r"\prod") or (text in (r"\max", r"\min") and self.peek() == "_"):
            return self.over_an_index()
        if text in FUNCTIONS and not (text in GREEK and self.peek() != "("):
            return self.call()
        if text == "the largest":
            return self.largest()
        if token.is_name:
            return self.symbol()
        if text == r"\int":
            return self.integral()
        if text == r"\sqrt":
            self.take()
            return self.node("call", start, r"\sqrt", self.group())
        if text == "|":
            return self.between_bars()
        if text in CLOSING:
            return self.between(text)
        raise EquationError(f"'{text}' stands where a symbol or a number should")

    def peek(self) -> str:
        """Return the token after the next one."""
        return self.tokens[min(self.place + 1, len(self.tokens) - 1)].text

    def group(self) -> Node:
        """Read what stands in braces, or the one token without them."""
        if self.next != "{":
            return self.factor_without_power()
        self.take("{")
        inside = self.sum()
        self.take("}")
        return inside

    def factor_without_power(self) -> Node:
        """Read one token as LaTeX does after ^, _ and fractions."""
        token = self.take()
        if token.is_number:
            return self.node("number", token.start, token.text)
        if token.is_name:
            return self.node("symbol", token.start, token.text, ())
        raise EquationError(f"'{token.text}' stands where a symbol or a number should")

    def between(self, opening: str) -> Node:
        """Read what stands in brackets of some kind."""
        start = self.take(opening).start
        parts = [self.sum()]
        while opening == "[" and self.next == ",":
            self.take()
            parts.append(self.sum())
        self.take(CLOSING[opening])
        return self.node({"(": "inside", "{": "inside"}.get(opening, opening), start, *parts)

    def between_bars(self) -> Node:
        """Read a length or an absolute value."""
        start = self.take("|").start
        self.bars_open += 1
        inside = self.sum()
        self.take("|")
        self.bars_open -= 1
        return self.node(r"\lVert", start, inside)

    def symbol(self) -> Node:
        """Read a name with its subscript and its primes."""
        token = self.take()
        name, subscript = token.text, ()
        if self.next == "_":
            self.take()
            subscript = self.subscript()
        while self.next == "'":
            name += self.take().text
        return self.node("symbol", token.start, name, subscript)

    def subscript(self) -> tuple[Node, ...]:
        """Read the indices of a subscript: between commas, or letters side by side."""
        if self.next != "{":
            return (self.factor_without_power(),)
        self.take("{")
        indices = []
        while True:
            index = self.sum()
            letters = index.kind == "product" and set(index.parts[0]) == {""}
            indices += index.parts[1:] if letters else [index]
            if self.take(",", "}").text == "}":
                return tuple(indices)

    def call(self) -> Node:
        """Read a function and its arguments."""
        name = self.take()
        text = name.text
        if self.next == "_":
            self.take()
            text += "_" + self.take().text
        arguments = [self.factor()] if self.next != "(" or text == "mean of" else []
        if not arguments:
            self.take("(")
            arguments.append(self.sum())
            while self.next == ",":
                self.take()
                arguments.append(self.sum())
            self.take(")")
        return self.node("call", name.start, text, *arguments)

    def fraction(self) -> Node:
        """Read a fraction, or the slope of one thing by another."""
        start = self.take().start
        if self.next == "{" and self.peek() in (r"\partial", "d"):
            return self.node("slope", start, self.slope_part(), self.slope_part())
        return self.node("fraction", start, self.group(), self.group())

    def slope_part(self) -> Node:
        r"""Read ``{\partial L}``."""
        self.take("{")
        self.take(r"\partial", "d")
        part = self.factor()
        self.take("}")
        return part

    def over_an_index(self) -> Node:
        """Read a sum, a product, or a largest or smallest one, over an index."""
        name = self.take()
        index = low = high = None
        if self.next == "_":
            self.take()
            in_braces = self.next == "{" and self.take()
            index = self.take().text
            if in_braces:
                self.take("=")
                low = self.sum()
                self.take("}")
        if self.next == "^":
            self.take()
            high = self.group()
        is_extreme = name.text in (r"\max", r"\min")
        body = self.factor() if is_extreme else self.signed_product()
        return self.node("over", name.start, name.text, index, low, high, body)

    def signed_product(self) -> Node:
        """Read a product that may begin with a minus."""
        if self.next != "-":
            return self.product()
        start = self.take().start
        return self.node("sum", start, ("-",), self.product())

    def integral(self) -> Node:
        """Read an integral with limits, to its `du`."""
        start = self.take(r"\int").start
        self.take("_")
        low = self.factor_without_power()
        self.take("^")
        high = self.group()
        self.variables.append("")
        body = self.product()
        self.variables.pop()
        self.take("d")
        return self.node("integral", start, low, high, self.take().text, body)

    def largest(self) -> Node:
        """Read `the largest … of all WHAT v WITH WHAT PROPERTY`, in words."""
        start = self.take().start
        body = self.product()
        which = self.take().text
        variable = self.take().text
        return self.node("largest", start, body, variable, f"{which} … {self.take().text}")


CLOSING = {"(": ")", "[": "]", "{": "}", r"\lVert": r"\rVert"}


def parse(found: list[Token]) -> Chain:
    """Make a tree of the tokens of one statement."""
    return Parser(found).chain()


def name_of(node: Node) -> str:
    r"""Write a symbol or a slope as the tables of values do.

    Examples
    --------
    >>> name_of(parse(tokens(r"h_{t - 1}")).sides[0])
    'h_{t-1}'
    >>> name_of(parse(tokens(r"\frac{\partial L}{\partial\, W_{xh}}")).sides[0])
    'dL/dW_{xh}'
    """
    match node.kind, node.parts:
        case "symbol", (name, ()):
            return name
        case "symbol", (name, indices):
            inside = name_of_index(indices)
            is_one = len(indices) == 1 and indices[0].kind in ("symbol", "number")
            bare = is_one and (len(inside) == 1 or inside[0] == "\\")
            return f"{name}_{inside}" if bare else f"{name}_{{{inside}}}"
        case "slope", (above, below):
            return f"d{name_of(above)}/d{name_of(below)}"
        case "call", (name, *arguments):
            return f"{name}({','.join(map(name_of, arguments))})"
    return node.kind


def name_of_index(indices: tuple[Node, ...]) -> str:
    """Write the indices of a subscript without spaces."""
    written = []
    for node in indices:
        match node.kind, node.parts:
            case "sum", (signs, *terms):
                written.append(
                    "".join(s + name_of_index((t,)) for s, t in zip(signs, terms, strict=True))
                )
            case "number", (text,):
                written.append(text)
            case _:
                written.append(name_of(node))
    letters = all(node.kind == "symbol" for node in indices)
    return ("" if letters else ",").join(written)


# From a tree to numbers -------------------------------------------------------------------------


class Each(NamedTuple):
    r"""Several numbers that a symbol stands for, one after the other: a ``\sum`` without index."""

    numbers: list


def cosine(a, b):
    """Return the cosine of two vectors, as SciPy defines it."""
    from scipy.spatial.distance import cosine as distance

    return 1 - distance(a, b)


FUNCTIONS: dict[str, Callable] = {
    r"\tanh": np.tanh,
    r"\sigma": expit,
    r"\ln": np.log,
    r"\log_2": np.log2,
    r"\log": np.log10,
    r"\cos": cosine,
    r"\sqrt": np.sqrt,
    r"\max": np.maximum,
    r"\min": np.minimum,
    "diag": np.diag,
    "softmax": softmax,
    "mean of": np.mean,
}
OVER = {r"\sum": sum, r"\prod": math.prod, r"\max": max, r"\min": min}


def evaluate(node: Node, values: Mapping[str, Any]) -> Any:
    """Return what a part of an equation is worth."""
    return RULES[node.kind](node, values)


def evaluate_number(node: Node, values: Mapping[str, Any]) -> Any:
    """Read a number."""
    return float(node.parts[0]) if "." in node.parts[0] else int(node.parts[0])


def evaluate_inside(node: Node, values: Mapping[str, Any]) -> Any:
    """Return what the brackets hold."""
    return evaluate(node.parts[0], values)


def evaluate_symbol(node: Node, values: Mapping[str, Any]) -> Any:
    r"""Look a symbol up: by its whole name, or in a family, ``values["h_"][2]`` for ``h_2``."""
    name = name_of(node)
    if name in values:
        return plain(name, values[name])
    if name == "e":
        return math.e
    family, *indices = node.parts
    return member(f"{family}_", indices[0], name, values)


def plain(name: str, value: Any) -> Any:
    """Refuse what is no number or array."""
    if isinstance(value, Each):
        raise EquationError(f"'{name}' stands for several numbers here; sum over them")
    return value


def member(family: str, indices: tuple[Node, ...], name: str, values: Mapping[str, Any]) -> Any:
    """Return one of a family of symbols, such as the state at a time step."""
    if not indices or family not in values:
        raise EquationError(f"'{name}' has no value; mend the symbol, or give it one")
    numbers = tuple(evaluate(index, values) for index in indices)
    try:
        return values[family][numbers[0] if len(numbers) == 1 else numbers]
    except (KeyError, TypeError) as error:
        raise EquationError(f"'{name}' has no value at {numbers}; mend the index") from error


def evaluate_slope(node: Node, values: Mapping[str, Any]) -> Any:
    r"""Look a slope up: ``values["dL/dv"]``, or in a family, ``values["dh_/dh_"][3, 2]``."""
    name = name_of(node)
    if name in values:
        return values[name]
    above, below = node.parts
    if above.kind != "symbol" or below.kind != "symbol":
        raise EquationError(f"'{name}' has no value; mend it, or give it one")
    family = "/".join(
        f"d{part.parts[0]}_" if part.parts[1] else f"d{part.parts[0]}" for part in node.parts
    )
    return member(family, above.parts[1] + below.parts[1], name, values)


def evaluate_sum(node: Node, values: Mapping[str, Any]) -> Any:
    """Add terms up; arrays must have one shape, but for a bias, which is a row."""
    signs, *terms = node.parts
    signs, terms = spelt_out(signs, terms, values)
    total = None
    for sign, term in zip(signs, terms, strict=True):
        value = evaluate(term, values) if isinstance(term, Node) else term
        value = -value if sign == "-" else value
        if total is not None and not can_be_added(total, value):
            raise EquationError(
                f"arrays of shape {np.shape(total)} and {np.shape(value)} are added"
            )
        total = value if total is None else total + value
    return total


def can_be_added(a: Any, b: Any) -> bool:
    """Tell whether a sum of two is meant: equal shapes, a number, or a row added to rows."""
    shapes = sorted((np.shape(a), np.shape(b)), key=len)
    return shapes[0] in ((), shapes[1], shapes[1][1:])


def evaluate_product(node: Node, values: Mapping[str, Any]) -> Any:
    """Multiply from the left to the right."""
    operators, *factors = node.parts
    operators, factors = spelt_out(operators, factors, values)
    total = None
    for operator, factor in zip(operators, factors, strict=True):
        value = evaluate(factor, values) if isinstance(factor, Node) else factor
        total = value if total is None else multiply(total, operator, value)
    return total


def multiply(a: Any, operator: str, b: Any) -> Any:
    r"""Multiply as the operator says; it must fit the shapes.

    Examples
    --------
    >>> a, W = np.array([1.0, 2.0]), np.array([[0.0, 1.0], [3.0, 0.0]])
    >>> multiply(a, "", W), multiply(a, r"\odot", a), multiply(a, r"\cdot", a)
    (array([6., 1.]), array([1., 4.]), np.float64(5.0))
    """
    shapes = np.shape(a), np.shape(b)
    n_axes = len(shapes[0]), len(shapes[1])
    if operator == "/" and n_axes == (0, 0):
        return a / b
    if operator == r"\odot" and shapes[0] == shapes[1] != ():
        return a * b
    if operator in ("", r"\cdot") and 0 in n_axes:
        return a * b
    is_product = n_axes in ((1, 2), (2, 2)) if operator == "" else n_axes in ((1, 1), (2, 2))
    if operator in ("", r"\cdot") and is_product and shapes[0][-1] == shapes[1][0]:
        return a @ b
    written = operator or "side by side"
    raise EquationError(f"{written} does not multiply arrays of shape {shapes[0]} and {shapes[1]}")


def spelt_out(operators: tuple, parts: list[Node], values: Mapping[str, Any]) -> tuple:
    r"""Replace the dots in ``a_1 + a_2 + \dots + a_5`` by what they stand for."""
    places = [place for place, part in enumerate(parts) if part.kind == "dots"]
    if not places:
        return operators, parts
    if places != [2] or len(parts) != 4:
        raise EquationError("dots need two terms before and one after them: a_1 + a_2 + … + a_T")
    between, *around = operators[1:]
    if {*around} != {between} and not (between == r"\cdot" and {*around} == {""}):
        raise EquationError(f"dots stand between different operators: {operators[1:]}")
    first, second, last = (indices_in(parts[place], values) for place in (0, 1, 3))
    step = [b - a for a, b in zip(first, second, strict=True)]
    n_steps = max(b - a for a, b in zip(first, last, strict=True))
    if set(step) - {0, 1} or [a + n_steps * s for a, s in zip(first, step, strict=True)] != last:
        raise EquationError(f"the indices {first}, {second}, …, {last} do not count up")
    if len({skeleton(parts[place]) for place in (0, 1, 3)}) > 1:
        raise EquationError("the terms around the dots differ in more than an index")
    numbers = [[a + n * s for a, s in zip(first, step, strict=True)] for n in range(n_steps + 1)]
    terms = [evaluate(with_indices(parts[0], indices), values) for indices in numbers]
    return (operators[0], *[between] * n_steps), terms


def indices_in(node: Node, values: Mapping[str, Any]) -> list[int]:
    """List the numbers of all subscripts in a term."""
    found = [symbol for symbol in node.walk() if symbol.kind == "symbol"]
    return [evaluate(index, values) for symbol in found for index in symbol.parts[1]]


def skeleton(node: Node) -> tuple:
    """Return what a term looks like without its subscripts and places."""
    if node.kind == "symbol":
        return node.parts[0], len(node.parts[1])
    return node.kind, *(skeleton(p) if isinstance(p, Node) else p for p in node.parts)


def with_indices(node: Node, numbers: list[int]) -> Node:
    """Return a term with these numbers as its subscripts; the list is used up."""
    numbers = list(numbers)

    def replaced(part):
        if not isinstance(part, Node):
            return part
        if part.kind == "symbol":
            indices = [Node("number", (str(numbers.pop(0)),), 0, 0) for _ in part.parts[1]]
            return part._replace(parts=(part.parts[0], tuple(indices)))
        return part._replace(parts=tuple(map(replaced, part.parts)))

    return replaced(node)


def evaluate_dots(node: Node, values: Mapping[str, Any]) -> Any:
    """Refuse dots that stand alone."""
    raise EquationError("dots stand for nothing here")


def evaluate_power(node: Node, values: Mapping[str, Any]) -> Any:
    """Raise each number to a power."""
    base, exponent = (evaluate(part, values) for part in node.parts)
    if np.ndim(base) and np.ndim(exponent):
        raise EquationError(f"an array is raised to a power of shape {np.shape(exponent)}")
    return np.power(np.asarray(base, dtype=float), exponent)


def evaluate_transpose(node: Node, values: Mapping[str, Any]) -> Any:
    """Transpose a matrix, and nothing else."""
    value = evaluate(node.parts[0], values)
    if np.ndim(value) != 2:
        raise EquationError(f"what is transposed has the shape {np.shape(value)}, and is no matrix")
    return value.T


def evaluate_call(node: Node, values: Mapping[str, Any]) -> Any:
    """Apply a function."""
    name, *arguments = node.parts
    if name not in FUNCTIONS:
        raise EquationError(f"'{name}' is no function of the course")
    try:
        return FUNCTIONS[name](*(evaluate(argument, values) for argument in arguments))
    except TypeError as error:
        raise EquationError(f"'{name}' does not take {len(arguments)} arguments") from error


def evaluate_fraction(node: Node, values: Mapping[str, Any]) -> Any:
    """Divide by a number, or one number at a time."""
    above, below = (evaluate(part, values) for part in node.parts)
    if np.ndim(above) and np.ndim(below) and np.shape(above) != np.shape(below):
        raise EquationError(f"shape {np.shape(above)} is divided by shape {np.shape(below)}")
    return above / below


def evaluate_over(node: Node, values: Mapping[str, Any]) -> Any:
    """Go over an index: from limit to limit, over what the case says, or over each number."""
    name, index, low, high, body = node.parts
    refuse_unused(index, body)
    if index is None:
        several = {key: value.numbers for key, value in values.items() if isinstance(value, Each)}
        n_numbers = len(next(iter(several.values()), []))
        if not n_numbers or high is not None:
            raise EquationError(f"'{name}' has no index, and nothing to go over")
        rounds = [{key: several[key][n] for key in several} for n in range(n_numbers)]
    elif (low is None) != (high is None):
        raise EquationError(f"'{name}' has one limit; write both or none")
    elif low is not None:
        limits = evaluate(low, values), evaluate(high, values)
        rounds = [{index: number} for number in range(limits[0], limits[1] + 1)]
    elif f"all {index}" in values:
        rounds = [{index: number} for number in values[f"all {index}"]]
    else:
        raise EquationError(f"'{name}' goes over '{index}', which has no range here")
    if not rounds:
        raise EquationError(f"'{name}' goes over nothing")
    return OVER[name]([evaluate(body, {**values, **round_}) for round_ in rounds])


def refuse_unused(variable: str | None, body: Node) -> None:
    """Refuse to go over a variable that nothing depends on."""
    below = [node for part in body.walk() for node in (part, *indices_of(part))]
    if variable is not None and all(node.parts[:1] != (variable,) for node in below):
        raise EquationError(f"it goes over '{variable}', and nothing in it depends on '{variable}'")


def indices_of(node: Node) -> Iterator[Node]:
    """Yield all that stands in the subscript of a symbol."""
    if node.kind == "symbol":
        for index in node.parts[1]:
            yield from index.walk()


def evaluate_integral(node: Node, values: Mapping[str, Any]) -> Any:
    """Integrate, exactly for a polynomial."""
    low, high, variable, body = node.parts
    refuse_unused(variable, body)
    low, high = evaluate(low, values), evaluate(high, values)
    places, weights = np.polynomial.legendre.leggauss(10)
    places, weights = (low + high) / 2 + (high - low) / 2 * places, (high - low) / 2 * weights
    heights = [evaluate(body, {**values, variable: float(place)}) for place in places]
    return float(np.dot(weights, heights))


def evaluate_length(node: Node, values: Mapping[str, Any]) -> Any:
    """Return the length of a vector, the largest stretch of a matrix, or an absolute value."""
    return np.linalg.norm(np.atleast_1d(evaluate(node.parts[0], values)), 2)


def evaluate_list(node: Node, values: Mapping[str, Any]) -> Any:
    """Put arrays side by side."""
    return np.concatenate([evaluate(part, values) for part in node.parts], axis=-1)


def evaluate_largest(node: Node, values: Mapping[str, Any]) -> Any:
    """Return the largest of what the words say; the case has the candidates."""
    body, variable, words = node.parts
    refuse_unused(variable, body)
    if words not in values:
        raise EquationError(f"'{words}' has no value; mend the words, or give them one")
    return max(evaluate(body, {**values, variable: candidate}) for candidate in values[words])


RULES = {
    "number": evaluate_number,
    "inside": evaluate_inside,
    "symbol": evaluate_symbol,
    "slope": evaluate_slope,
    "sum": evaluate_sum,
    "product": evaluate_product,
    "dots": evaluate_dots,
    "power": evaluate_power,
    "transpose": evaluate_transpose,
    "call": evaluate_call,
    "fraction": evaluate_fraction,
    "over": evaluate_over,
    "integral": evaluate_integral,
    r"\lVert": evaluate_length,
    "[": evaluate_list,
    "largest": evaluate_largest,
}


# What an equation must be -----------------------------------------------------------------------


class Case(NamedTuple):
    r"""The numbers that the equations of one cell are evaluated with.

    values : each symbol by its name, ``"h_{t-1}"``, a family by its name and ``_``, ``"h_"``.
    after : what stands left of ``\leftarrow``: the values after the step.
    sides : what the sides of a chain with ``\le``, or a formula without a relation, must be: a
        list of numbers or arrays. Without it a bound could be wrong and still hold.
    rtol : the relative tolerance, larger where a value was measured.
    also : other numbers, with which the equations must hold, too.
    """

    values: dict[str, Any]
    after: dict[str, Any] = {}
    sides: list = []
    rtol: float = 1e-6
    also: tuple["Case", ...] = ()


def fault(found: list[Token], case: Case) -> str:
    """Say what is wrong with a statement, with the numbers of a case; empty if nothing is."""
    try:
        chain = parse(found)
        with np.errstate(all="ignore"):
            faults = (disagreement(chain, one) for one in (case, *case.also))
            return next(filter(None, faults), "")
    except EquationError as error:
        return str(error)
    except (ValueError, IndexError, TypeError, ZeroDivisionError, OverflowError) as error:
        return f"it cannot be computed: {error}"


def disagreement(chain: Chain, case: Case) -> str:
    """Say which two sides of a statement are not what they should be to each other."""
    results = []
    for side, relation in zip(chain.sides, [*chain.relations, ""], strict=True):
        values = case.values | case.after if relation == r"\leftarrow" else case.values
        results.append(evaluate(side, values))
    if not chain.relations or r"\le" in chain.relations:
        return disagreement_with_sides(results, chain, case)
    for left, right in pairwise(results):
        if not is_close(left, right, case.rtol):
            return f"the left side is {shown(left)}, the right side {shown(right)}"
    return ""


def disagreement_with_sides(results: list, chain: Chain, case: Case) -> str:
    """Compare the sides of a bound, or a formula without a relation, with what they must be."""
    if len(results) != len(case.sides):
        return f"it has {len(results)} sides, and the case says what {len(case.sides)} must be"
    for result, expected in zip(results, case.sides, strict=True):
        if not is_close(result, expected, case.rtol):
            return f"a side is {shown(result)}, and must be {shown(expected)}"
    for (left, right), relation in zip(pairwise(results), chain.relations, strict=True):
        if not (np.all(left <= right) if relation == r"\le" else is_close(left, right, case.rtol)):
            return f"it says that {shown(left)} {relation} {shown(right)}"
    return ""


def is_close(a: Any, b: Any, rtol: float) -> bool:
    """Tell whether two results are the same numbers, of the same shape."""
    largest = np.max(np.abs(b))
    return np.shape(a) == np.shape(b) and np.allclose(a, b, rtol=rtol, atol=rtol * largest)


def shown(value: Any) -> str:
    """Write a result in a few characters."""
    return " ".join(np.array2string(np.asarray(value), precision=4, threshold=6).split())
