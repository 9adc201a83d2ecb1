"""Evaluate every displayed equation, and plant every single slip in it: each must be found."""

import ast
import re
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from equation_faults import SAME_MEANING, equation_faults
from equation_grammar import FUNCTIONS, EquationError, displays, parse, statements, tokens
from equation_values import CASES, text_problems
from equations import FUNCTIONS as WHAT_FUNCTIONS_DO
from equations import Case, Each, evaluate, fault
from notation import QUOTING, code_problems, formula_problems, word_problems
from notebook_guards import equation_problems, read_notebook

NOTEBOOKS = sorted((Path(__file__).parent.parent / "notebooks").glob("*.ipynb"))


@cache
def displaying_cells():
    """Return the source of each cell with a displayed equation, by notebook and cell."""
    return {
        (path.stem, cell.id): cell.source
        for path in NOTEBOOKS
        for cell in read_notebook(path).cells
        if cell.cell_type == "markdown" and "$$" in cell.source
    }


@cache
def slips(source):
    """Return all slips in a text."""
    return list(equation_faults(source))


def test_every_equation_has_numbers_and_no_numbers_are_left_over():
    assert set(CASES) == set(displaying_cells())


@pytest.mark.no_cover
@pytest.mark.parametrize("place", CASES, ids="-".join)
def test_every_slip_is_found_but_those_that_change_nothing(place):
    source = displaying_cells()[place]
    assert not problems(source, place)
    same_meaning = [part for parts in SAME_MEANING.get(place, {}).values() for part in parts]
    missed, changes_nothing = [], set()
    for description, changed in slips(source):
        if not problems(changed, place):
            same = [part for part in same_meaning if part in changed]
            changes_nothing.update(same)
            missed += [] if same else [description]
    assert missed == []
    assert changes_nothing == set(same_meaning), (
        "a slip listed as harmless is found, or not planted"
    )


def problems(source, place):
    """Return what the guards say of a text's formulas."""
    return text_problems(source, *place) or formula_problems(source, place[0])


def test_there_are_many_slips_each_with_a_description_of_its_own():
    planted = [(source, slip) for source in displaying_cells().values() for slip in slips(source)]
    n_equations = sum(len(list(displays(source))) for source in displaying_cells().values())
    assert len(planted) > 40 * n_equations
    assert len({(source, description) for source, (description, _) in planted}) == len(planted)
    assert len({(source, changed) for source, (_, changed) in planted}) == len(planted)
    assert all(source != changed for source, (_, changed) in planted)


# The slips that are planted ---------------------------------------------------------------------

CELL = r"$$h_t = \tanh(x_t W_{xh} + h_{t-1} W_{hh} + b_h)$$"


@pytest.mark.parametrize(
    "slip",
    [
        r"\tanh(x_t W_{xh} - h_{t-1} W_{hh} + b_h)",
        r"\tanh(x_t W_{xh} + h_{t} W_{hh} + b_h)",
        r"\tanh(x_t W_{xh} + h_{t-10} W_{hh} + b_h)",
        r"\tanh(x_t W_{xh} + h_{t+1} W_{hh} + b_h)",
        r"\tanh(W_{xh} x_t + h_{t-1} W_{hh} + b_h)",
        r"\tanh(x_t W_{xh}^\top + h_{t-1} W_{hh} + b_h)",
        r"\tanh(x_t W_{xh} + h_{t-1} W_{hh}^\top + b_h)",
        r"\tanh(x_t W_{xh} + h_{t-1} W_{hh})",
        r"\tanh(x_t W_{hh} + h_{t-1} W_{hh} + b_h)",
        r"\sigma(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
        r"(x_t W_{xh} + h_{t-1} W_{hh} + b_h)",
        r"\tanh(x_t + h_{t-1} W_{hh} + b_h)",
    ],
)
def test_a_slip_in_the_cell_is_planted_and_found(slip):
    planted = [changed for _, changed in equation_faults(CELL)]
    texts = ["".join(changed.split()) for changed in planted]
    assert texts.count("".join(f"$$h_t={slip}$$".split())) == 1
    assert text_problems(f"$$h_t = {slip}$$", "03_recurrent_cell", "by-hand")


@pytest.mark.parametrize(
    ("latex", "slip"),
    [
        (r"a = \frac{b}{c}", r"a = \frac{c}{b}"),
        (r"a = b^2", "a = b"),
        (r"a = 0.9 b", "a = 0.0 b"),
        (r"a = \sum_{k=1}^{T} z_k", r"a = \sum_{k=1}^{{T-1}} z_k"),
        (r"a = \sum_{k=1}^{T} z_k", r"a = \sum_{k={1+1}}^{T} z_k"),
        (r"a = \sum_{k=1}^{T} z_k", r"a = \prod_{k=1}^{T} z_k"),
        (r"a = \sum_{k=1}^{T} z_k", "a = z_k"),
        (r"a = b \odot c", r"a = b \, c"),
        (r"a = (1 - b) c", "a = 1 - b c"),
        (r"a = -b", "a = b"),
        (r"a = [b, c]", "a = [c, b]"),
        (r"a = m'", "a = m"),
        (r"a = W^\top", "a = W"),
        (r"a \le b", r"a \ge b"),
        (r"\frac{\partial L}{\partial h_t} = a", r"\frac{\partial h_t}{\partial L} = a"),
        (r"i_t &= a & \text{input gate} \\ f_t &= b & \text{forget gate}",
         r"i_t &= a & \text{forget gate} \\ f_t &= b & \text{forget gate}"),
    ],
)  # fmt: skip
def test_each_kind_of_slip_is_planted(latex, slip):
    assert f"$${slip}$$" in dict(equation_faults(f"$${latex}$$")).values()


def test_text_around_the_equations_is_left_alone():
    source = f"First $x - 1$.\n\n{CELL}\n\nThen `a - b` and - this."
    for _, changed in equation_faults(source):
        assert changed.startswith("First $x - 1$.\n\n$$")
        assert changed.endswith("$$\n\nThen `a - b` and - this.")


# What equations are worth -----------------------------------------------------------------------

VECTOR, MATRIX = np.array([1.0, 2.0]), np.array([[1.0, 2.0], [3.0, 4.0]])


def worth(latex, **values):
    (found,) = statements(latex)
    (side,) = parse(found).sides
    return evaluate(side, values)


@pytest.mark.parametrize(
    ("latex", "expected"),
    [
        (r"2 + 3 \cdot 4 - 1", 13),
        (r"\frac12 + \tfrac1{4} + \frac{1}{4}", 1),
        (r"2^3", 8),
        (r"-2^2", -4),
        (r"\tanh(a)^2", np.tanh(3.0) ** 2),
        (r"2 a", 6),
        (r"v \cdot v", 5),
        (r"v\, M", [7, 10]),
        (r"M^\top", MATRIX.T),
        (r"v \odot v", [1, 4]),
        (r"|v|", 5**0.5),
        (r"\lVert v \rVert", 5**0.5),
        (r"|-a|", 3),
        (r"[v, v]", [1, 2, 1, 2]),
        (r"\operatorname{diag}(v)", [[1, 0], [0, 2]]),
        (r"\max\left(0,\ -a\right)", 0),
        (r"\sum_{k=1}^{3} k^2", 14),
        (r"\prod_{k=1}^{3} 2 k", 48),
        (r"\sum_{k=1}^{3} -k + 10", 4),
        (r"\int_0^1 u^2 du", 1 / 3),
        (r"\ln e^a", 3),
        (r"\log_2 8", 3),
        (r"e^{-a}", np.exp(-3)),
        (r"a / 2", 1.5),
        (r"\sqrt{a + 1}", 2),
        (r"z_1 + z_2 + \dots + z_4", 10),
        (r"z_1 \cdot z_2 \cdots z_4", 24),
    ],
)
def test_worth(latex, expected):
    z = {k: float(k) for k in range(1, 5)}
    result = worth(latex, a=3.0, v=VECTOR, M=MATRIX, z_=z)
    np.testing.assert_allclose(result, expected)


@pytest.mark.parametrize(
    ("latex", "message"),
    [
        (r"v v", "side by side does not multiply arrays of shape"),
        (r"M \odot v", "does not multiply"),
        (r"a \odot a", "does not multiply"),
        (r"M v", "does not multiply"),
        (r"v + M M^\top v", "does not multiply"),
        (r"x + v", "are added"),
        (r"v^\top", "is no matrix"),
        (r"b", "'b' has no value"),
        (r"z_9", "has no value at"),
        (r"\sum_k z_k", "has no range here"),
        (r"\sum_{k=1} z_k", "one limit"),
        (r"\sum_{k=1}^{3} a", "nothing in it depends on 'k'"),
        (r"\sum_{k=3}^{1} k", "goes over nothing"),
        (r"\sum a", "nothing to go over"),
        (r"z_1 + z_3 + \dots + z_4", "do not count up"),
        (r"z_1 + a + \dots + z_4", "do not count up|differ in more|zip"),
        (r"z_1 + z_2 + \dots", "two terms before and one after"),
        (r"z_1 + z_2 - \dots + z_4", "different operators"),
        (r"a +", "stands where a symbol or a number should"),
        (r"(a", "stands where"),
        (r"\ge a", "stands where a symbol"),
        (r"\frac{\partial L}{\partial v}", "'dL/dv' has no value"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(latex, message):
    z = {k: float(k) for k in range(1, 5)}
    with pytest.raises((EquationError, ValueError), match=message):
        worth(latex, a=3.0, v=VECTOR, M=MATRIX, z_=z, x=np.ones(3))


def test_every_function_does_something():
    assert set(WHAT_FUNCTIONS_DO) == FUNCTIONS


def test_a_sum_without_index_goes_over_each_number():
    assert worth(r"\sum m \cdot p", m=Each([1, 0, 2]), p=Each([5.0, 7.0, 3.0])) == 11
    with pytest.raises(EquationError, match="several numbers here; sum over them"):
        worth("m", m=Each([1, 2]))


@pytest.mark.parametrize(
    ("latex", "case", "message"),
    [
        ("a = b", Case({"a": 1, "b": 1}), ""),
        ("a = b", Case({"a": 1, "b": 2}), "the left side is 1, the right side 2"),
        ("a = b = 1", Case({"a": 1, "b": 1}), ""),
        ("a = b = 2", Case({"a": 1, "b": 1}), "the left side is 1, the right side 2"),
        ("a = b", Case({"a": 1, "b": np.ones(2)}), "the left side is 1, the right side [1. 1.]"),
        ("a = b", Case({"a": 1, "b": 1}, also=(Case({"a": 1, "b": 2}),)), "right side 2"),
        (r"a \leftarrow a - 1", Case({"a": 3}, after={"a": 2}), ""),
        (r"a \leftarrow a + 1", Case({"a": 3}, after={"a": 2}), "the left side is 2"),
        (r"a \le b", Case({"a": 1, "b": 2}, sides=(1, 2)), ""),
        (r"a \le b", Case({"a": 1, "b": 2}, sides=(1, 3)), "a side is 2, and must be 3"),
        (r"a \le b", Case({"a": 2, "b": 1}, sides=(2, 1)), r"it says that 2 \le 1"),
        (r"a \le b", Case({"a": 2, "b": 1}), "it has 2 sides, and the case says what 0 must be"),
        ("a", Case({"a": 2}, sides=(2,)), ""),
        ("a = 1 / b", Case({"a": 2, "b": 0}), "it cannot be computed: division by zero"),
    ],
)  # fmt: skip
def test_fault(latex, case, message):
    (found,) = statements(latex)
    said = fault(found, case)
    assert said == message if not message else message in said


def test_an_aligned_block_is_cut_into_its_rows():
    latex = r"\begin{aligned} a &= b & \text{one} \\ c &= d & \text{two} \end{aligned}"
    rows = [[token.text for token in row] for row in statements(latex)]
    assert rows == [["a", "=", "b"], ["c", "=", "d"]]


def test_tokens_know_where_they_stand():
    latex = r"a_{t-1} = \text{two  words} + \frac12"
    for token in tokens(latex):
        written = latex[token.start : token.end]
        assert token.text in (written, "two words")


def test_a_cell_without_numbers_says_what_to_write():
    (problem,) = text_problems("$$a = b$$", "03_recurrent_cell", "new")
    assert 'write a function @of("03_recurrent_cell", "new")' in problem


def test_a_display_too_many_is_reported():
    (problem,) = text_problems("$$m = 1$$ $$v = 1$$ $$W = 1$$", "06_training", "adam")
    assert "displays 3 equations, and has 2 cases" in problem


def test_an_equation_that_got_lost_among_others_is_reported():
    (path,) = (path for path in NOTEBOOKS if path.stem == "10_gates")
    (cell,) = (cell for cell in read_notebook(path).cells if cell.id == "gru")
    shorter, n_cut = re.subn(r"z_t &= [^&]*&[^&]*?\\\\", "", cell.source)
    assert n_cut == 1
    (problem,) = text_problems(shorter, path.stem, cell.id)
    assert problem == "states 3 equations, and its @of in tests/equation_values.py 4"


def test_a_slip_turns_the_guards_of_a_notebook_red():
    (path,) = (path for path in NOTEBOOKS if path.stem == "03_recurrent_cell")
    nb = read_notebook(path)
    assert equation_problems(nb, path) == []
    (cell,) = (cell for cell in nb.cells if cell.id == "by-hand")
    (code,) = (cell for cell in nb.cells if "equation:by-hand" in cell.metadata.get("tags", []))
    cell.source = cell.source.replace("h_{t-1}", "h_{t-10}")
    code.source = code.source.replace("np.testing.assert_allclose", "np.allclose")
    said = "\n".join(equation_problems(nb, path))
    assert "equation 1 does not hold: 'h_{t-10}' has no value" in said
    assert "is tagged equation:by-hand and asserts nothing" in said
    assert "h_{t-10} is not in the notation" in said


# The notation -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("$h_{t-10}$", "h_{t-10} is not in the notation"),
        ("$$h_t = h_{t-10}$$", "h_{t-10} is not in the notation"),
        ("$h(t-1)$", "has the time in brackets: write it below, h_t"),
        ("$h^{(t)}$", "has the time above"),
        (r"$a^{\langle t\rangle}$", "has the time above"),
        ("$W_h$", "W_h is not in the notation"),
        ("$U$", "U is not in the notation"),
        (r"$\beta$", r"\beta is not in the notation"),
        ("$W_{ih}$", "W_{ih} is not in the notation"),
        ("$W_{xh} x_t$", "rows stand left of the weights: x_t W_{xh}"),
        (r"$W_{hh}\, h_{t-1}$", "rows stand left of the weights"),
        ("$x_t W_{hh}$", "the weights of x begin with it"),
        ("$h_{t-1} W_{xh}$", "the weights of h begin with it"),
        (r"$$a &= b & \text{c}$$", ""),
        (r"$$i_t &= b & \text{forget gate}$$", "i is called 'forget gate': it is the input gate"),
        (r"$\text{logits}_{x}$", "is not in the notation"),
        ("$h_{t-1}$ and $x_t W_{xh}$ and $h_3$", ""),
        (r"$s_t W_a h_j^\top$", ""),
        (r"$d\_h = d\_a\, W_{hh}^\top$", ""),
        ("`U @ h` and costs $5", ""),
        ("```\n$U$\n```", ""),
    ],
)  # fmt: skip
def test_formula(text, message):
    found = formula_problems(text, "03_recurrent_cell")
    assert (message in found[0]) if message else found == []


def test_the_names_of_pytorch_belong_to_its_notebook():
    assert formula_problems("$W_{ih}$", "12_from_numpy_to_pytorch") == []


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("h = W_xh @ x_t", "rows stand left of the weights: x_t @ W_xh"),
        ("h = W_hh @ h", "rows stand left of the weights"),
        ("Wxh = 1", "has a name 'Wxh'"),
        ("def step(x, hprev): pass", "has a name 'hprev'; here it is h_prev"),
        ("timestamp = 3", "has a name 'timestamp'"),
        ("U = 3", "has a name 'U'"),
        ("h = x_t @ W_xh + h_prev @ W_hh + b_h", ""),
        ("W_hh.T @ h", ""),
    ],
)
def test_code(code, message):
    found = code_problems(ast.parse(code))
    assert (message in found[0]) if message else found == []


@pytest.mark.parametrize(
    ("text", "notebook", "is_refused"),
    [
        ("The cell state after step 3", "04_unrolling", True),
        ("All cell states", "05_bptt", True),
        ("The cell state of an LSTM", "04_unrolling", False),
        ("The cell state after step 3", "10_gates", False),
        ("[states](03.ipynb#State-and-cell-state)", "07_generating_text", False),
    ],
)
def test_words(text, notebook, is_refused):
    assert bool(word_problems(text, notebook)) == is_refused


def test_quoting_cells_exist_and_need_the_exemption():
    for notebook, cell_id in QUOTING:
        (path,) = (path for path in NOTEBOOKS if path.stem == notebook)
        (cell,) = (cell for cell in read_notebook(path).cells if cell.id == cell_id)
        assert formula_problems(cell.source, notebook)
