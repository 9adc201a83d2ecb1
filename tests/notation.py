r"""The one notation of the course, as a table: which symbols there are, with which subscripts.

`formula_problems` holds the formulas of a text to it, displayed and inline, and `code_problems` the
names in code. A new symbol is a new line in `SYMBOLS`. What other texts write may be quoted in an
"In the article" box, and in the cells of `QUOTING`.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise

from equation_grammar import FUNCTIONS, Token, tokens

SYMBOLS = {
    # Sizes, counts and indices: bare.
    **dict.fromkeys(["N", "T", "D", "H", "V", "K", "n", "k", "d", "j", "t", "m", "l"], ""),
    **dict.fromkeys(["e", "I", "df", "idf", "perplexity"], ""),
    # What there is at each time step; `#` is any number.
    "x": "t #",
    "h": "t t-1 t+1 t+2 T T-1 T-# # j k,j",
    "c": "t t-1 T #",
    "a": "t # D",
    "s": "t #",
    "y": "t-1",
    **dict.fromkeys(["i", "f", "g", "o", "r", "z", "n"], "t t+1 t+2 T"),
    **dict.fromkeys(["logits", "mark", "start", "ask", "number", "context"], "t"),
    **dict.fromkeys(["score", r"\alpha"], "tj tk"),
    # Weights, as from_to, and biases.
    "W": "xh hh hy yh xi hi xf hf xg hg xo ho xr hr xz hz xn hn a",
    "w": "xh hh",
    "b": "h y i f g o r z n hn t # D",
    # Losses, probabilities and logits.
    "L": "",
    "p": "t k right false network counting",
    "q": "",
    "z": "t k j",
    # Word vectors, numbers to be added, and the slopes of one step.
    "v": "#",
    "u": "# m false",
    "E": "",
    "C": "",
    "J": "#",
    # Factors.
    **dict.fromkeys([r"\delta", r"\eta", r"\lambda", r"\tau", r"\sigma"], ""),
}  # fmt: skip
"""Subscripts that each symbol may have; a symbol may also stand without one."""

IN_NOTEBOOK = {"12_from_numpy_to_pytorch": {"W": "ih", "b": "ih hh"}}
"""Symbols that one notebook has besides: PyTorch's names."""

QUOTING = {("12_from_numpy_to_pytorch", "letters"): "it lists what other texts write"}
"""Cells that quote another notation, and why; an article box quotes it anyway."""

FORMULA = re.compile(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$(?!\$)", re.DOTALL)
CODE = re.compile(
    r"^[ \t]*(```+|~~~+).*?^[ \t]*\1[ \t]*$|(`+)(?!`).+?(?<!`)\2(?!`)", re.M | re.DOTALL
)
TIMED = set("xhcasyifgorzn")
"""Symbols with a value at each time step."""
ROWS = {"x", "h", "s", "y"}
"""Rows, which stand left of a weight matrix."""
ROW_NAMES = {
    "i": "input gate", "f": "forget gate", "g": "candidate", "o": "output gate", "c": "cell state",
    "h": "hidden state", "r": "reset gate", "z": "update gate", "n": "candidate",
}  # fmt: skip
"""What the words behind an equation must call its left side."""


def formula_problems(text: str, notebook: str) -> list[str]:
    r"""Say what is not in the notation of the course, formula by formula.

    Examples
    --------
    >>> formula_problems("The slip is $x_{t-10}$.", "03_recurrent_cell")
    ["x_{t-10} is not in the notation: 'x' has the subscripts t, #"]
    >>> formula_problems("$W_{xh} x_t$", "03_recurrent_cell")
    ['W_{xh} x_t: rows stand left of the weights: x_t W_{xh}']
    """
    problems = []
    for match in FORMULA.finditer(CODE.sub(" ", text)):
        problems += problems_of(match[1] or match[2], notebook)
    return list(dict.fromkeys(problems))


def problems_of(latex: str, notebook: str) -> Iterator[str]:
    """Yield what is wrong with one formula."""
    found = symbols(tokens(latex))
    for symbol in found:
        yield from symbol_problems(symbol, notebook)
    for left, right in pairwise(found):
        if left.end == right.start:
            yield from order_problems(left, right)
    yield from row_name_problems(latex)


class Symbol:
    """A name with its subscript, and its place among the tokens of a formula."""

    def __init__(self, found: list[Token], start: int):
        self.start = start
        self.base = found[start].text
        self.subscript, end = "", start + 1
        if text_at(found, end) == "_":
            end, self.subscript = group_at(found, end + 1)
        self.n_tokens = end - start
        while text_at(found, end) == "'":
            end += 1
        self.is_called = text_at(found, end) == "("
        self.argument = text_at(found, end + 1) if self.is_called else ""
        self.superscript = text_at(found, end + 1) if text_at(found, end) == "^" else ""
        if self.superscript == "{":
            self.superscript = text_at(found, end + 2)
        if self.superscript == r"\top":
            end += 2
        self.end = end

    def __str__(self):
        if not self.subscript:
            return self.base
        return (
            f"{self.base}_{self.subscript}"
            if len(self.subscript) == 1
            else f"{self.base}_{{{self.subscript}}}"
        )


def text_at(found: list[Token], place: int) -> str:
    """Return the text of a token, empty behind the last one."""
    return found[place].text if place < len(found) else ""


def group_at(found: list[Token], place: int) -> tuple[int, str]:
    """Read the group that begins at a token: where it ends, and what it says, without braces."""
    if text_at(found, place) != "{":
        return place + 1, text_at(found, place)
    depth, written = 0, ""
    while place < len(found):
        text = found[place].text
        depth += (text == "{") - (text == "}")
        place += 1
        if depth == 0:
            break
        written += text if text not in "{}" else ""
    return place, written


def symbols(found: list[Token], words: bool = False) -> list[Symbol]:
    """List the symbols of a formula, but not the letters in their subscripts; or words, too."""
    listed, place = [], 0
    while place < len(found):
        text = found[place].text
        if text_at(found, place + 1) == r"\_":  # d\_h: the name of a gradient in code
            place += 3
        elif found[place].is_name and (words or is_symbol(text)) and text not in FUNCTION_WORDS:
            listed.append(Symbol(found, place))
            place = listed[-1].end
        else:
            place += 1
    return listed


def is_symbol(text: str) -> bool:
    """Tell a symbol from words that stand for a number once."""
    return len(text) == 1 or text[0] == "\\" or text in SYMBOLS


FUNCTION_WORDS = {name for name in FUNCTIONS if name[0] != "\\"}


def symbol_problems(symbol: Symbol, notebook: str) -> Iterator[str]:
    """Yield what is wrong with a symbol by itself."""
    own = IN_NOTEBOOK.get(notebook, {}).get(symbol.base, "")
    if symbol.base not in SYMBOLS:
        yield f"{symbol} is not in the notation: use the course's symbol, or add it to the table"
        return
    allowed = [*SYMBOLS[symbol.base].split(), *own.split()]
    subscript = symbol.subscript.replace(r"\text", "")
    if subscript and subscript not in allowed and re.sub(r"\d+", "#", subscript) not in allowed:
        which = f"has the subscripts {', '.join(allowed)}" if allowed else "has no subscript"
        yield f"{symbol} is not in the notation: '{symbol.base}' {which}"
    if symbol.base in TIMED and symbol.is_called and symbol.argument in ("t", "T"):
        below = f"{symbol.base}_{symbol.argument}"
        yield f"{symbol.base}({symbol.argument}…) has the time in brackets: write it below, {below}"
    if symbol.superscript in ("(", r"\langle"):
        yield f"{symbol.base} has the time above: write it below, {symbol.base}_t"


def order_problems(left: Symbol, right: Symbol) -> Iterator[str]:
    """Yield what is wrong with two symbols side by side."""
    if left.base == "W" and right.base in ROWS and right.superscript != r"\top":
        yield f"{left} {right}: rows stand left of the weights: {right} {left}"
    is_into = (
        left.base in ("x", "h", "y") and right.base == "W" and right.subscript[:1] in set("xhy")
    )
    if is_into and right.subscript[0] != left.base:
        yield f"{left} {right}: the weights of {left.base} begin with it: W_{{{left.base}…}}"


def row_name_problems(latex: str) -> Iterator[str]:
    """Yield the rows of an aligned block whose words name another thing than their left side."""
    for row in re.split(r"\\\\", latex):
        columns = tokens(row)
        places = [place for place, token in enumerate(columns) if token.text == "&"]
        if len(places) < 2 or not columns[0].is_name:
            continue
        words = text_at(columns, places[1] + 1)
        due = ROW_NAMES.get(columns[0].text, words)
        if not words.startswith(due):
            yield f"{columns[0].text} is called '{words}': it is the {due}"


# Words and code ---------------------------------------------------------------------------------

CELL_STATE = re.compile(r"\bcells?'?s?[-\s]states?\b", re.I)
ABOUT_CELL_STATES = ("03", "10", "11", "12")
"""Notebooks that have the LSTM, or tell its cell state from other states."""
WRONG_NAMES = {
    re.compile(r"W_?(?:x|h|y)|W(?:xh|hh|hy)|U|bh"): "W_xh, W_hh, W_hy, b_h, b_y",
    re.compile(r"h(?:prev|_previous|_old|_last|_tm1|t)|prev_h|h_t_1"): "h_prev",
    re.compile(r"time_?stamps?", re.I): "t, or n_steps",
}
"""Names that other courses give to what has a name here."""


def word_problems(text: str, notebook: str) -> list[str]:
    """Find a "cell state" where none is meant: only the LSTM has one.

    Examples
    --------
    >>> word_problems("The cell state after *works*.", "04_unrolling")
    ["says 'cell state'; only the LSTM has one: say 'hidden state', or name the LSTM"]
    """
    text = re.sub(r"\]\([^)]*\)", "]", text)  # where a link leads is not said
    is_about = notebook[:2] in ABOUT_CELL_STATES or re.search(r"LSTM|article", text)
    if is_about or not CELL_STATE.search(text):
        return []
    return ["says 'cell state'; only the LSTM has one: say 'hidden state', or name the LSTM"]


def code_problems(tree: ast.AST) -> list[str]:
    """Find names and products in code that are not the course's.

    Examples
    --------
    >>> code_problems(ast.parse("a = W_xh @ x_t"))
    ["multiplies 'W_xh @ x_t'; rows stand left of the weights: x_t @ W_xh"]
    >>> code_problems(ast.parse("a = x_t @ Wxh"))
    ["has a name 'Wxh'; here it is W_xh, W_hh, W_hy, b_h, b_y"]
    """
    problems = []
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(ast.Name(left), ast.MatMult(), ast.Name(right)):
                if left.startswith("W_") and re.fullmatch(r"[xh](?:_.*)?", right):
                    advice = f"rows stand left of the weights: {right} @ {left}"
                    problems.append(f"multiplies '{left} @ {right}'; {advice}")
            case ast.Name(name) | ast.arg(name):
                problems += [
                    f"has a name '{name}'; here it is {ours}"
                    for pattern, ours in WRONG_NAMES.items()
                    if pattern.fullmatch(name)
                ]
    return list(dict.fromkeys(problems))
