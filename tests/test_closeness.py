"""Numbers that nbval does not compare are compared within what the tags of a cell allow."""

import platform
from pathlib import Path
from textwrap import dedent

import nbformat
import numpy as np
import pytest
from matplotlib.collections import LineCollection
from nbformat import v4

import course
from rnnhelpers.figures import course_style, describe, new_figure
from rnnhelpers.figures.drawn import DRAWN, drawn_data
from tests import closeness
from tests.closeness import cell_differences, drawn_differences

pytest_plugins = ["pytester"]
ROOT = Path(course.__file__).parent


def printing(text, *tags):
    output = v4.new_output("stream", name="stdout", text=text)
    return v4.new_code_cell("...", outputs=[output], metadata={"tags": list(tags)})


def n_differences(saved, new, *tags):
    ignored = ("nbval-ignore-output", *tags)
    return len(cell_differences(printing(saved, *ignored), printing(new).outputs))


@pytest.mark.parametrize(
    ("saved", "new", "tags", "expected"),
    [
        ("loss 2.50", "loss 2.61", ["numbers-within-5-percent"], 0),
        ("loss 2.50", "loss 2.65", ["numbers-within-5-percent"], 1),
        ("loss 0.02", "loss 0.03", ["numbers-within-5-percent"], 0),
        ("loss 2.50", "loss -2.50", ["numbers-within-99-percent"], 1),
        ("right 0%", "right 9%", ["numbers-within-5-percent"], 1),
        ("right 0%", "right 9%", ["shares-within-10-points"], 0),
        ("right 40%", "right 60%", ["shares-within-10-points"], 1),
        ("of 40", "of 45", ["shares-within-10-points"], 1),
        ("1,234 weights", "1,250 weights", ["numbers-within-5-percent"], 0),
        ("fell: True", "fell: False", ["numbers-within-5-percent"], 1),
        ("a 1\nb 2", "b 2\na 1", ["numbers-within-5-percent"], 2),
        ("a 1\nb 2", "a 1", ["numbers-within-5-percent"], 1),
        ("it says red\nloss 2.5", "it says blue\nloss 2.5", ["numbers-within-5-percent"], 1),
        (
            "it says red\nloss 2.5",
            "it says blue\nloss 3.5",
            ["numbers-within-5-percent", "words-vary"],
            1,
        ),
    ],
)
def test_how_far_printed_numbers_may_be(saved, new, tags, expected):
    assert n_differences(saved, new, *tags) == expected


def test_only_what_nbval_ignores_is_compared_again():
    assert cell_differences(printing("loss 2.50"), printing("loss 9.99").outputs) == []


@pytest.mark.parametrize(
    ("name", "release"), [("numpy", np.__version__), ("python", platform.python_version())]
)
def test_numbers_of_another_release_of_the_data_are_not_compared(name, release):
    of_this = f"data-of-{name}-{'.'.join(release.split('.')[:2])}"
    within = "numbers-within-5-percent"
    assert n_differences("loss 2.50", "loss 3.50", within, of_this) == 1
    assert n_differences("loss 2.50", "loss 3.50", within, f"data-of-{name}-0.1") == 0


def test_a_difference_says_which_number_and_where():
    cell = printing("loss 2.50", "nbval-ignore-output", "numbers-within-5-percent")
    assert cell_differences(cell, printing("loss 9.99").outputs) == [
        "9.99, stored 2.50, in: loss 2.50"
    ]


# What figures are drawn from ----------------------------------------------------------------------


def curve(y, scale="linear"):
    fig, ax = new_figure(4, 3)
    with course_style():
        ax.plot(y, label="run")
        ax.set_yscale(scale)
    return describe(fig, "A curve.")


Y = np.random.default_rng(0).normal(size=300)


@pytest.mark.parametrize("place", [0, 150, 299])
def test_one_point_of_a_curve_that_is_off_by_a_hundredth_is_noticed(place):
    wrong = Y.copy()
    wrong[place] += 0.0101 * np.ptp(Y)
    [difference] = drawn_differences(drawn_data(curve(Y)), drawn_data(curve(wrong)), 0.5)
    assert f'line "run" y, number {place + 1} of 300' in difference


def test_numbers_are_rounded_to_a_thousandth_of_their_range():
    assert drawn_data(curve([0, 1 / 7, 1])).endswith("0 0.143 1")
    assert drawn_data(curve([300, 300 + 1 / 7, 301])).endswith("300 300.143 301")
    assert drawn_data(curve([0, 1e5 / 7, 1e5])).endswith("0 14300 100000")


def test_the_last_digits_of_another_machine_are_not():
    noise = np.random.default_rng(1).normal(size=300) * 1e-6
    assert drawn_differences(drawn_data(curve(Y)), drawn_data(curve(Y + noise)), 0.5) == []


def test_small_values_on_a_logarithmic_axis_count_as_much_as_large_ones():
    y = 10.0 ** np.array([-1, -8, -3, -6])
    wrong = y * [1, 2, 1, 1]
    both = [drawn_data(curve(each, "log")) for each in (y, wrong)]
    assert len(drawn_differences(*both, 0.5)) == 1


def test_a_missing_series_or_figure_is_noticed():
    assert drawn_differences(drawn_data(curve(Y)), "axes 1", 0.5)
    assert drawn_differences("axes 1", None, 0.5)
    assert drawn_differences(None, "axes 1", 0.5)


@pytest.mark.parametrize(
    ("chosen", "measured", "stored", "new"),
    [
        ('line "run" x', 'line "run" y', "1 2 3", "1 3 3"),
        ('line "run" log x', 'line "run" log y', "1 2 3", "1 3 3"),
        ("line x, 4 evenly spaced", "line y, 4 evenly spaced", "0 3", "0 4"),
        ("bars left, 4 evenly spaced", "bars height, 4 evenly spaced", "0.6 3.6", "1.6 4.6"),
        ("bars bottom, 4 evenly spaced", "bars width, 4 evenly spaced", "-0.4 2.6", "0 3"),
    ],
)
def test_a_tag_allows_nothing_for_places_that_are_chosen(chosen, measured, stored, new):
    assert drawn_differences(f"{chosen}\t{stored}", f"{chosen}\t{new}", within=100)
    assert not drawn_differences(f"{measured}\t{stored}", f"{measured}\t{new}", within=100)


def test_bars_points_matrices_and_texts_are_written_down():
    fig, (left, right) = new_figure(6, 3, ncols=2)
    with course_style():
        left.bar(["a", "b"], [1.0, 3.0], label="counts")
        left.scatter([1.0, 2.0], [3.0, 5.0], c=[0.1, 0.2])
        left.axhline(0.5)
        right.imshow([[1.0, 2.0], [3.0, np.nan]])
        right.set_xticks([0, 1], ["to", "be"])
        right.text(0, 0, "a  word")
        right.set_title("A title")
    assert drawn_data(fig) == dedent(
        """\
        axes 1 "a" "b"
        bars "counts" left\t-0.4 0.6
        bars "counts" bottom\t0 0
        bars "counts" width\t0.8 0.8
        bars "counts" height\t1 3
        points x\t1 2
        points y\t3 5
        colours\t0.1 0.2
        line y\t0.5 0.5
        axes 2 "A title" "to" "be"
        matrix 2 x 2\t1 2 3 nan
        shades from, to\t1 3
        texts "a word\""""
    )


def test_masked_whole_numbers_and_an_empty_collection_are_written_down():
    fig, ax = new_figure(3, 3)
    ax.imshow(np.ma.masked_equal([[1, 2], [3, 4]], 3), vmin=1, vmax=4)
    ax.add_collection(LineCollection([]))
    assert drawn_data(fig) == "axes 1\nmatrix 2 x 2\t1 2 nan 4\nshades from, to\t1 4"


def test_the_layout_changes_nothing():
    small, large = curve(Y), curve(Y)
    large.set_size_inches(8, 6)
    large.axes[0].set_xlim(-5, 400)
    assert drawn_data(small) == drawn_data(large)


def test_nothing_stands_where_a_logarithm_is_not_finite():
    assert drawn_data(curve([1.0, 0.0, 1000.0], "log")).endswith("log y\t0 nan 3")


def test_rounding_noise_is_nothing():
    assert drawn_data(curve([1e-15, -1e-13, 3e-14])).endswith("y\t0 0 0")


def test_what_is_stored_has_the_name_by_which_it_is_compared():
    stored = v4.new_output("display_data", data={DRAWN: drawn_data(curve(Y))})
    assert closeness.data_of([stored], closeness.DRAWN) == [drawn_data(curve(Y))]


# In pytest ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("stored", "n_failed"), [("2.33", 0), ("2.37", 0), ("3.33", 1)])
def test_make_test_compares_what_nbval_ignores(pytester, stored, n_failed):
    tags = {"tags": ["nbval-ignore-output", "numbers-within-5-percent"]}
    output = v4.new_output("stream", name="stdout", text=f"{stored}\n")
    cell = v4.new_code_cell(
        "print(f'{7 / 3:.2f}')", outputs=[output], metadata=tags, execution_count=1
    )
    nbformat.write(v4.new_notebook(cells=[cell]), pytester.path / "tiny.ipynb")
    pytester.makeconftest((ROOT / "conftest.py").read_text(encoding="utf-8"))
    pytester.makepyprojecttoml("")
    result = pytester.runpytest_subprocess("--nbval", "--nbval-current-env")
    result.assert_outcomes(passed=1 - n_failed, failed=n_failed)
    if n_failed:
        result.stdout.fnmatch_lines(["*2.33, stored 3.33, in: 3.33*"])


def test_a_fingerprint_is_of_code_and_outputs_however_they_are_stored():
    cell = printing("one\ntwo\n", "nbval-ignore-output")
    in_the_file = {**cell, "outputs": [{**cell.outputs[0], "text": ["one\n", "two\n"]}]}
    assert course.fingerprint(cell) == course.fingerprint(in_the_file)
    assert course.fingerprint(cell) != course.fingerprint(printing("one\ntwo\n\n"))
    assert course.fingerprint(cell) != course.fingerprint({**cell, "source": "....."})


@pytest.mark.parametrize(
    ("tags", "is_marked"),
    [(["nbval-ignore-output"], True), (["drawn-within-5-percent"], True), (["other"], False)],
)
def test_what_is_compared_loosely_is_marked_when_it_is_executed(tmp_path, tags, is_marked):
    path = tmp_path / "a.ipynb"
    cell = printing("one\n", *tags)
    cell.metadata.executed = "before"
    nbformat.write(v4.new_notebook(cells=[cell]), path)
    course.normalize(path)
    [cell] = nbformat.read(path, as_version=4).cells
    assert cell.metadata.get("executed") == (course.fingerprint(cell) if is_marked else None)
