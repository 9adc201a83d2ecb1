"""The pictures of notebook 09: what is drawn is what was measured."""

import re

import numpy as np
import pytest

from rnnhelpers.figures import SERIES
from rnnhelpers.figures.distance import draw_by_distance, draw_stretch


def lines_of(fig, color):
    """Return what is drawn in the axes in a colour, without the pieces beside the names."""
    ax = fig.axes[0]
    return [line for line in ax.lines if line.get_color() == color and _is_inside(line, ax)]


def _is_inside(line, ax):
    return line.get_transform() != ax.transAxes


def test_each_run_is_drawn_with_its_sizes_and_named():
    shrinks, grows = 0.5 ** np.arange(5), 3.0 ** np.arange(3)
    fig = draw_by_distance({"shrinks": shrinks, "grows": grows}, ylabel="size")
    for (color, *_), run in zip(SERIES, (shrinks, grows), strict=False):
        [line] = lines_of(fig, color)
        np.testing.assert_allclose(line.get_ydata(), run)
        assert not line.get_clip_on()  # the marks at the frame are whole
    assert [text.get_text() for text in fig.axes[0].texts] == ["shrinks", "grows"]
    assert fig.axes[0].get_yscale() == "log"
    assert "shrinks: from 1.0 to 0.062 at distance 4." in fig.alternative
    assert "grows: from 1.0 to 9.0 at distance 2." in fig.alternative


def test_a_run_that_rises_and_falls_tells_its_top():
    alternative = draw_by_distance({"hill": [1, 5, 20, 4]}).alternative
    assert "hill: from 1.0 up to 20 at distance 2, and to 4.0 at distance 3." in alternative


@pytest.mark.parametrize(
    ("run", "said", "n_drawn"),
    [
        ([1, 2, 0, 0], "to 2.0 at distance 1, and 0 from distance 2 on", 2),
        ([1, 1e-9, 1e-12, 1e-30], "and too small to be drawn from distance 3 on", 3),
    ],
)
def test_a_run_ends_with_a_cross_where_it_gets_too_small(run, said, n_drawn):
    fig = draw_by_distance({"run": run, "other": np.ones(4)})
    line, cross = lines_of(fig, SERIES[0][0])
    assert len(line.get_ydata()) == n_drawn
    assert cross.get_marker() == "x"
    assert cross.get_xdata()[0] == n_drawn - 1
    assert said in fig.alternative
    assert len(lines_of(fig, SERIES[1][0])) == 1  # without a cross


def test_the_smallest_size_to_be_drawn_can_be_chosen():
    alternative = draw_by_distance({"run": [1, 0.1, 0.01]}, lowest=0.05).alternative
    assert "to 0.10 at distance 1, and too small to be drawn from distance 2 on" in alternative


def test_the_circle_becomes_the_ellipse_of_the_matrix():
    W = np.array([[0.5, -0.8], [0.6, 0.4]])
    fig = draw_stretch({"W": W})
    circle, ellipse = (
        np.stack(line.get_data(), axis=1) for line in fig.axes[0].lines if len(line.get_xdata()) > 2
    )
    np.testing.assert_allclose(np.linalg.norm(circle, axis=1), 1)
    np.testing.assert_allclose(ellipse, circle @ W)
    lengths = np.linalg.norm(ellipse, axis=1)
    longest, shortest = np.linalg.svd(W, compute_uv=False)
    np.testing.assert_allclose([lengths.max(), lengths.min()], [longest, shortest], rtol=1e-3)
    assert f"the longest {longest:.2f}, the shortest {shortest:.2f}" in fig.alternative
    assert fig.axes[0].get_xlabel() == f"longest {longest:.2f}, shortest {shortest:.2f}"
    before, after = (np.array(note.xy) for note in fig.axes[0].texts)
    np.testing.assert_allclose(np.linalg.norm(before), 1)
    np.testing.assert_allclose(after, before @ W)
    np.testing.assert_allclose(np.linalg.norm(after), longest)


@pytest.mark.parametrize("angle", np.linspace(0, 6, 7))
def test_the_arrow_points_up_or_to_the_right_whatever_the_sign_of_the_decomposition(angle):
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    fig = draw_stretch({"W": turn @ np.diag([2, 1])})
    before = np.array(fig.axes[0].texts[0].xy)
    assert before[np.argmax(abs(before))] > 0


@pytest.mark.parametrize(
    ("W", "said"),
    [
        (np.eye(2), "a circle, all of length 1.00"),
        ([[0, 1], [-1, 0]], "a circle, all of length 1.00"),
        ([[0, 2], [0, 0]], "a line, the longest 2.00, the shortest 0.00"),
        (np.zeros((2, 2)), "a point, nothing is left"),
    ],
)
def test_what_becomes_of_the_circle_is_said(W, said):
    assert f"W: {said}." in draw_stretch({"W": W}).alternative


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda: draw_by_distance([1, 2]), TypeError, "sizes is a list: expected a dict"),
        (lambda: draw_by_distance({}), ValueError, "got 0 runs: expected 1 to 6"),
        (lambda: draw_by_distance({str(i): [1] for i in range(7)}), ValueError, "got 7 runs"),
        (lambda: draw_by_distance({"a": [[1]]}), ValueError, "'a' has shape (1, 1): expected"),
        (lambda: draw_by_distance({"a": []}), ValueError, "'a' has shape (0,): expected"),
        (lambda: draw_by_distance({"a": [1, -2]}), ValueError, "'a' has -2: expected sizes of 0"),
        (lambda: draw_by_distance({"a": [np.inf]}), ValueError, "'a'[0] is inf: expected finite"),
        (lambda: draw_by_distance({"a": [1]}, lowest=0), ValueError, "lowest is 0: expected"),
        (lambda: draw_stretch(np.eye(2)), TypeError, "matrices is a ndarray: expected a dict"),
        (lambda: draw_stretch({}), ValueError, "got 0 matrices: expected 1 to 3"),
        (lambda: draw_stretch({str(i): np.eye(2) for i in range(4)}), ValueError, "got 4 matrices"),
        (lambda: draw_stretch({"a": np.eye(3)}), ValueError, "'a' has shape (3, 3): expected"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, error, message):
    with pytest.raises(error, match=re.escape(message)):
        draw()
