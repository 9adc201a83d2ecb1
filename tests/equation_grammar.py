r"""Read the LaTeX of the displayed equations: tokens, and a tree of what they mean.

The LaTeX of the course is a small language: sums, products, fractions, powers, subscripts,
functions, sums and products with limits, slopes, and words. `tokens` cuts it, `statements` tells
one statement from the next, `parse` makes a tree, whose parts know where they stand in the text.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

DISPLAYED = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
TOKEN = re.compile(
    r"\\(?P<word>text|mathrm|operatorname)\{(?P<words>[^{}]*)\}"
    r"|(?P<command>\\(?:[A-Za-z]+|.))|(?P<number>\d+(?:\.\d+)?)|(?P<other>\S)",
    re.DOTALL,
)
INVISIBLE = {r"\,", r"\;", r"\!", r"\:", r"\ ", r"\quad", r"\left", r"\right"}
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{\w+\}")
RELATIONS = {"=", r"\le", r"\leftarrow"}
FRACTIONS = {r"\frac", r"\tfrac"}
DOTS = {r"\dots", r"\cdots"}
END = "(the end)"
FUNCTIONS = {
    *(r"\tanh", r"\sigma", r"\ln", r"\log_2", r"\log", r"\cos", r"\sqrt", r"\max", r"\min"),
    *("diag", "softmax", "mean of"),
}
"""What is a function, and no symbol; `equations.FUNCTIONS` has what each one does."""


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


GREEK = set(
    re.findall(
        r"\\\w+",
        r"\alpha\beta\gamma\delta\epsilon\varepsilon\zeta\eta\theta\iota\kappa\lambda\mu\nu\xi\pi\rho"
        r"\sigma\tau\upsilon\phi\varphi\chi\psi\omega\Gamma\Delta\Theta\Lambda\Sigma\Phi\Omega",
    )
)


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
    >>> [len(found) for found in statements(r"a &= b & \text{a gate} \\ c = 1 \qquad d = 2 b")]
    [3, 3, 4]
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
        self.tokens = [*found, Token(END, end, end)]
        self.place = 0
        self.bars_open = 0  # a second | closes the first
        self.integrals_open = 0  # there `du` is no product

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
        self.take(END)
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
        if token.text == END or self.at_end_of_integral():
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

    def at_end_of_integral(self) -> bool:
        """Tell whether `du` comes next, at the end of an integral over u."""
        return self.integrals_open > 0 and self.next == "d" and self.tokens[self.place + 1].is_name

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
        self.integrals_open += 1
        body = self.product()
        self.integrals_open -= 1
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
