r"""Evaluate the displayed equations of a notebook with numbers.

Juxtaposition is the matrix product (or the product with a number), ``\cdot`` the dot product (or
the product of numbers), ``\odot`` multiplies number by number: an operator that stands in another's
place does not fit the shapes, and is reported. `equation_values` has the numbers.
"""

import math
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from equation_grammar import Chain, EquationError, Node, Token, name_of, parse
from scipy.spatial.distance import cosine as distance_of_directions
from scipy.special import expit

from rnnhelpers.losses import softmax


class Each(NamedTuple):
    r"""Several numbers that a symbol stands for, one after the other: a ``\sum`` without index."""

    numbers: list


def cosine(a, b):
    """Return the cosine of two vectors, as SciPy defines it."""
    return 1 - distance_of_directions(a, b)


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
    after: Mapping[str, Any] = MappingProxyType({})
    sides: tuple = ()
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
        values = {**case.values, **case.after} if relation == r"\leftarrow" else case.values
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
