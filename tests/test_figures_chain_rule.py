"""The pictures of notebook 05: the numbers in them are those of BPTT."""

import re

import numpy as np
import pytest

from rnnhelpers.cells import RNNCell
from rnnhelpers.figures import COLORS, draw_chain_rule, draw_contributions
from rnnhelpers.unrolling import bptt, unroll

W_XH, W_HH, B_H = 0.5, 0.8, 0.1
X = np.array([1.0, 0.5, -1.0])


def one_unit():
    """Return what the chain rule of notebook 05 is drawn from, and the gradients of `bptt`."""
    cell = RNNCell.from_params({"W_xh": [[W_XH]], "W_hh": [[W_HH]], "b_h": [B_H]})
    run = unroll(cell, X[None, :, None])
    h = run.h[0, :, 0]
    slopes, d_last = 1 - h**2, 2 * (h[-1] - 1)
    return slopes[1:] * W_HH, slopes * X, d_last, bptt(run, d_final=[[d_last]]).d_params


def written_in(fig):
    return [text.get_text() for text in fig.axes[0].texts]


def test_the_products_add_up_to_the_gradient():
    onward, entries, d_last, d_params = one_unit()
    fig = draw_chain_rule(onward, entries, d_last, weight="w_xh")
    gradient = d_params["W_xh"].item()
    assert f"{gradient:.3f}" == written_in(fig)[0].split(" = ")[-1]
    assert f"Their sum is {gradient:.2f}." in fig.alternative


@pytest.mark.parametrize("step", [1, 2, 3])
def test_one_product_has_the_factors_from_the_loss_to_the_use(step):
    onward, entries, d_last, _ = one_unit()
    fig = draw_chain_rule(onward, entries, d_last, step=step)
    product = written_in(fig)[0]
    numbers = [float(number) for number in re.findall(r"-?\d\.\d{3}", product)]
    expected = [d_last, *onward[step - 1 :][::-1], entries[step - 1]]
    np.testing.assert_allclose(numbers, [*expected, np.prod(expected)], atol=6e-4)
    shown = sum("use at" in text for text in written_in(fig)[1:])
    assert shown == 3
    # A state that the product does not go through has no number, and neither has another use.
    values = [text for text in written_in(fig)[1:] if re.fullmatch(r"-?\d\.\d{3}", text)]
    assert len(values) == (4 - step) + 1 + 1  # states, the use, and the factor at the loss


def test_with_one_time_step_there_is_one_factor():
    fig = draw_chain_rule([], [0.5], 2.0)
    assert written_in(fig)[0].endswith("= 1.000 = 1.000")
    assert fig.alternative.endswith("step 1 1 (dL/dh_1 times 0.50). Their sum is 1.")


def test_the_bars_are_the_contributions_and_their_sum():
    fig = draw_contributions([0.5, -0.25, 0.0], ["dog", "bites", "man"], weight="w_hh")
    heights = [bar.get_height() for bar in fig.axes[0].patches]
    assert heights == [0.5, -0.25, 0.0, 0.25]
    written = [text.get_text() for text in fig.axes[0].texts]
    assert written == ["0.50", "-0.25", "0.00", "0.25"]
    colors = [bar.get_facecolor()[:3] for bar in fig.axes[0].patches]
    assert colors[0] == colors[1] != colors[3]
    assert fig.axes[0].patches[3].get_hatch()
    assert tuple(round(255 * part) for part in colors[0]) == tuple(
        bytes.fromhex(COLORS["gradient"][1:])
    )


def test_small_contributions_keep_two_digits():
    fig = draw_contributions([0.0012, -0.03])
    assert [text.get_text() for text in fig.axes[0].texts] == ["1.2e-3", "-0.030", "-0.029"]


def test_many_contributions_are_told_by_their_extremes():
    contributions = np.linspace(-1, 2, 16)
    fig = draw_contributions(contributions, weight="w_hh")
    assert list(fig.axes[0].texts) == []
    assert "from -1 at step 1 to 2 at step 16; together 8." in fig.alternative
    assert "largest in size is that of step 16." in fig.alternative


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: draw_chain_rule([], [], 1.0), r"entries has shape \(0,\): expected one number"),
        (lambda: draw_chain_rule([1] * 5, [1] * 6, 1.0), r"1 to 5 time steps"),
        (lambda: draw_chain_rule([1.0], [1.0], 1.0), r"onward has shape \(1,\): expected \(0,\)"),
        (lambda: draw_chain_rule([1.0], [1.0, 2.0], [1.0]), r"d_last has shape \(1,\)"),
        (lambda: draw_chain_rule([np.nan], [1.0, 2.0], 1.0), r"onward\[0\] is nan"),
        (lambda: draw_chain_rule([], [1.0], 1.0, step=2), "step is 2: expected 1 to 1"),
        (lambda: draw_contributions([]), r"contributions has shape \(0,\)"),
        (lambda: draw_contributions([1.0] * 29), "1 to 28 time steps"),
        (lambda: draw_contributions([1.0], ["a", "b"]), "got 2 words for 1 time steps"),
        (lambda: draw_contributions([np.inf]), r"contributions\[0\] is inf"),
    ],
)
def test_what_cannot_be_drawn_is_named(draw, message):
    with pytest.raises(ValueError, match=message):
        draw()


def test_text_is_no_contribution():
    with pytest.raises(TypeError, match="contributions holds text"):
        draw_contributions(["x"])
