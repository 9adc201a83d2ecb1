"""The mutants of a module: programs that differ from it in one place.

Places are bytes of the source, and a mutant has as many lines as its original, so that the code of
each of its functions can take the place of that of the same line.

Not mutated: docstrings, annotations, `__all__`, what a `raise` says, f-strings, and text with a
space in it, which is wording. Other text is a key, a name or an option. Nor are tables of many
numbers at the top of a module, which were measured: to measure all of them again takes hours. Nor
is the `strict` of a `zip`, which says what the code takes for granted; nor what concerns speed
alone: the `optimize` of an `einsum`, and the `copy` of an `astype`. The words in
`check_list("cells", cells, "cells")` are what an error says, as long as the first is the name of
the variable that follows.

At a limit such as 0.17, `<` becomes `>` and not `<=`: nothing is exactly so long.
"""

import ast
import re
from dataclasses import dataclass

OPERATORS = {
    ast.Add: ("+", "-"),
    ast.Sub: ("-", "+"),
    ast.Mult: ("*", "/"),
    ast.Div: ("/", "*"),
    ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"),
    ast.Pow: ("**", "*"),
    ast.BitAnd: ("&", "|"),
    ast.BitOr: ("|", "&"),
    ast.Lt: ("<", "<="),
    ast.LtE: ("<=", "<"),
    ast.Gt: (">", ">="),
    ast.GtE: (">=", ">"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
    ast.And: ("and", "or"),
    ast.Or: ("or", "and"),
}
"""How each operator is written, and the one that takes its place."""

TURNED = {"<": ">", "<=": ">", ">": "<", ">=": "<"}
"""What takes the place of a comparison with a limit that is no whole number."""

SPEED = {("einsum", "optimize"), ("astype", "copy"), ("lru_cache", "maxsize")}
"""Arguments of functions that change how soon something is computed, and not what."""

MANY = 20
"""A table with so many numbers is data."""


@dataclass(frozen=True)
class Mutant:
    """One change of one place."""

    path: str
    """The module: rnnhelpers/cells.py."""
    function: str
    """Function or method (Class.method) that holds the place, or an empty string."""
    lines: tuple[int, int]
    """First line of the statement, and last one of the place."""
    at_import: bool
    """Whether the place is run when the module is imported."""
    span: tuple[int, int]
    """First byte of the place, and the one after its last."""
    text: str
    """What stands there in the mutant."""
    before: str
    """The lines of the place, without the space around them."""
    after: str
    """The same lines in the mutant."""

    @property
    def key(self):
        """What identifies it, also when other lines of the module change."""
        return self.path, self.function, self.before, self.after

    def of(self, source):
        """Return the source of the mutant, given the module's."""
        start, end = self.span
        data = source.encode()
        return (data[:start] + self.text.encode() + data[end:]).decode()


def mutants_of(source, path):
    """Return all mutants of a module, in the order of its text."""
    maker = Maker(source, path)
    maker.visit(ast.parse(source))
    return sorted(maker.mutants, key=lambda mutant: (mutant.span, mutant.text))


class Maker(ast.NodeVisitor):
    """Walks through a module, and notes down each change that can be made."""

    def __init__(self, source, path):
        self.data, self.path = source.encode(), path
        self.starts = [0]
        for line in self.data.splitlines(keepends=True):
            self.starts.append(self.starts[-1] + len(line))
        self.mutants, self.names = [], []
        self.functions = 0  # how many functions are around the place
        self.statement = 1  # first line of the statement around it

    # Places --------------------------------------------------------------------------------------

    def start(self, node):
        """Return the first byte of a node."""
        return self.starts[node.lineno - 1] + node.col_offset

    def end(self, node):
        """Return the byte after the last one of a node."""
        return self.starts[node.end_lineno - 1] + node.end_col_offset

    def source(self, node):
        """Return the text of a node."""
        return self.data[self.start(node) : self.end(node)].decode()

    def line_of(self, place):
        """Return the number of the line that holds this byte."""
        return self.data.count(b"\n", 0, place) + 1

    def add(self, start, end, text):
        """Note down the mutant that has this text from one byte to another."""
        text += "\n" * (self.data.count(b"\n", start, end) - text.count("\n"))
        first, last = self.line_of(start), self.line_of(max(start, end - 1))
        head, tail = self.starts[first - 1], self.starts[last]
        before = self.data[head:tail].decode()
        after = (self.data[head:start] + text.encode() + self.data[end:tail]).decode()
        mutant = Mutant(
            self.path,
            ".".join(self.names),
            (min(self.statement, first), last),
            self.functions == 0,
            (start, end),
            text,
            one_line(before),
            one_line(after),
        )
        self.mutants.append(mutant)

    def replace(self, node, text):
        """Note down the mutant that has this text instead of a node."""
        self.add(self.start(node), self.end(node), text)

    # What is walked through ----------------------------------------------------------------------

    def visit(self, node):
        """Visit a node; a statement is remembered while what it holds is visited."""
        if not isinstance(node, ast.stmt):
            return super().visit(node)
        outer, self.statement = self.statement, node.lineno
        super().visit(node)
        self.statement = outer
        return None

    def visit_FunctionDef(self, node):
        """Visit defaults and decorators as the code around it, then the body."""
        for part in [*node.decorator_list, *node.args.defaults, *node.args.kw_defaults]:
            if part is not None:
                self.visit(part)
        self.names.append(node.name)
        self.functions += 1
        for line in node.body:
            self.visit(line)
        self.functions -= 1
        self.names.pop()

    def visit_ClassDef(self, node):
        """Visit decorators and body."""
        for part in node.decorator_list:
            self.visit(part)
        self.names.append(node.name)
        for line in node.body:
            self.visit(line)
        self.names.pop()

    def visit_Lambda(self, node):
        """Visit what it returns."""
        self.functions += 1
        self.visit(node.body)
        self.functions -= 1

    def visit_JoinedStr(self, node):
        """Leave f-strings as they are: they are wording."""

    def visit_AnnAssign(self, node):
        """Visit the value, and not the annotation."""
        if node.value is not None:
            self.visit(node.value)

    # Statements ----------------------------------------------------------------------------------

    def visit_Expr(self, node):
        """Leave out a call for what it does; docstrings stay."""
        if not isinstance(node.value, ast.Constant):
            self.replace(node, "pass")
            self.visit(node.value)

    def visit_Assign(self, node):
        """Leave out what is stored in an object, or made of the value it replaces."""
        names = [target.id for target in node.targets if isinstance(target, ast.Name)]
        if "__all__" in names or (not self.functions and is_table(node.value)):
            return
        read = {part.id for part in ast.walk(node.value) if isinstance(part, ast.Name)}
        is_stored = any(isinstance(each, ast.Attribute | ast.Subscript) for each in node.targets)
        if self.functions and (is_stored or read.intersection(names)):
            self.replace(node, "pass")
        self.generic_visit(node)

    def visit_Return(self, node):
        """Return nothing."""
        is_none = isinstance(node.value, ast.Constant) and node.value.value is None
        if node.value is not None and not is_none:
            self.replace(node, "return None")
            self.visit(node.value)

    def visit_Raise(self, node):
        """Do not raise; what the error says is wording."""
        self.replace(node, "pass")

    def visit_AugAssign(self, node):
        """Leave it out, or let it do the opposite."""
        self.replace(node, "pass")
        self.swap(node.op, self.end(node.target), self.start(node.value))
        self.visit(node.value)

    def visit_Delete(self, node):
        """Leave it out."""
        self.replace(node, "pass")

    def visit_Assert(self, node):
        """Leave it out."""
        self.replace(node, "pass")

    def visit_Break(self, node):
        """Go on instead."""
        self.replace(node, "continue")

    def visit_Continue(self, node):
        """Stop instead."""
        self.replace(node, "break")

    def visit_If(self, node):
        """Do the opposite; what is run as a program of its own stays."""
        if "__name__" not in self.source(node.test):
            self.negate(node.test)
            self.generic_visit(node)

    # Expressions ---------------------------------------------------------------------------------

    def swap(self, operator, start, end, turned=None):
        """Put the opposite of an operator, which stands between two bytes, in its place."""
        if type(operator) not in OPERATORS:
            return
        old, new = OPERATORS[type(operator)]
        new = (turned or {}).get(old, new)
        pattern = re.escape(old).replace(r"\ ", r"\s+")
        found = re.search(pattern.encode(), self.data[start:end])
        self.add(start + found.start(), start + found.end(), new)

    def negate(self, test):
        """Put `not` before a condition, unless it is one that has an opposite."""
        if not isinstance(test, ast.Compare | ast.UnaryOp):
            self.replace(test, f"(not ({self.source(test)}))")

    def visit_IfExp(self, node):
        """Take the other one."""
        self.negate(node.test)
        self.generic_visit(node)

    def visit_comprehension(self, node):
        """Take the others."""
        for test in node.ifs:
            self.negate(test)
        self.generic_visit(node)

    def visit_BinOp(self, node):
        """Swap the operator; a matrix product changes its sign."""
        if isinstance(node.op, ast.MatMult):
            self.replace(node, f"(-({self.source(node)}))")
        elif not isinstance(node.left, ast.JoinedStr):
            self.swap(node.op, self.end(node.left), self.start(node.right))
        self.generic_visit(node)

    def visit_BoolOp(self, node):
        """Swap each `and` and `or`."""
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.swap(node.op, self.end(left), self.start(right))
        self.generic_visit(node)

    def visit_Compare(self, node):
        """Swap each comparison."""
        terms = [node.left, *node.comparators]
        for operator, left, right in zip(node.ops, terms, terms[1:], strict=False):
            turned = TURNED if is_fraction(left) or is_fraction(right) else None
            self.swap(operator, self.end(left), self.start(right), turned)
        for term, operator in zip(terms, [None, *node.ops], strict=True):
            if isinstance(operator, ast.In | ast.NotIn) and is_text(term):
                self.visit_letters(term)
            else:
                self.visit(term)

    def visit_UnaryOp(self, node):
        """Leave out a minus, a `not` or a `~`."""
        self.replace(node, f"({self.source(node.operand)})")
        self.generic_visit(node)

    def visit_Constant(self, node):
        """Change a number by 1, a truth value, or text that is no wording."""
        value = node.value
        if isinstance(value, bool):
            self.replace(node, str(not value))
        elif isinstance(value, int | float):
            self.replace(node, repr(value + 1))
        elif isinstance(value, str) and value and not re.search(r"\s", value):
            self.replace(node, repr(f"XX{value}XX"))

    def visit_letters(self, node):
        """Leave out the first letter of text in which a letter is looked for."""
        self.replace(node, repr(node.value[1:]))

    def visit_Call(self, node):
        """Leave out the call around a single argument, a `.copy()`, or an argument."""
        if isinstance(node.func, ast.Name) and node.func.id == "zip":
            for argument in node.args:
                self.visit(argument)
            return
        method = getattr(node.func, "attr", getattr(node.func, "id", ""))
        arguments = sorted([*node.args, *node.keywords], key=self.start)
        arguments = [each for each in arguments if (method, getattr(each, "arg", "")) not in SPEED]
        is_alone = len(node.args) == 1 and not node.keywords
        if is_alone and not isinstance(node.args[0], ast.Starred):
            self.replace(node, f"({self.source(node.args[0])})")
        if method == "copy" and isinstance(node.func, ast.Attribute) and not arguments:
            self.replace(node, self.source(node.func.value))
        for number, argument in enumerate(arguments):
            if isinstance(argument, ast.keyword) and argument.arg is not None:
                self.leave_out(node, arguments, number)
        if len(arguments) > 1 and arguments[-1] is (node.args or [None])[-1]:
            self.leave_out(node, arguments, len(arguments) - 1)
        is_said = names_the_next(node.args)
        for part in [node.func, *arguments]:
            if not (is_said and is_text(part)):
                self.visit(part)

    def leave_out(self, call, arguments, number):
        """Leave out an argument, if what remains is a call."""
        if number + 1 < len(arguments):
            start, end = self.start(arguments[number]), self.start(arguments[number + 1])
        else:
            previous = arguments[number - 1] if number else None
            start = self.end(previous) if previous is not None else self.start(arguments[number])
            end = self.end(arguments[number])
        rest = self.data[self.start(call) : start] + self.data[end : self.end(call)]
        try:
            ast.parse(b"(" + rest + b"\n)")
        except SyntaxError:
            return
        self.add(start, end, "")


def is_text(node):
    """Return whether an expression is text as it stands."""
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_fraction(node):
    """Return whether an expression is a number as it stands, and no whole one."""
    match node:
        case (
            ast.Constant(value=float(value))
            | ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float(value)))
        ):
            return value % 1 != 0
    return False


def names_the_next(arguments):
    """Return whether the first argument is text, and the second the variable of that name."""
    match arguments:
        case [ast.Constant(value=str(name)), ast.Name(id=variable), *_]:
            return name == variable
    return False


def is_table(node):
    """Return whether an expression is a display of many numbers, and computes nothing."""
    parts = list(ast.walk(node))
    numbers = [
        part
        for part in parts
        if isinstance(part, ast.Constant) and isinstance(part.value, int | float)
    ]
    return len(numbers) >= MANY and not any(isinstance(part, ast.Call) for part in parts)


def one_line(text):
    """Return text with each run of white space as one space."""
    return " ".join(text.split())
