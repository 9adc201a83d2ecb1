"""How the loss falls while a network learns (notebook 06)."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.ticker import MaxNLocator

from rnnhelpers._validation import as_array, check_flag, check_number, check_real
from rnnhelpers.figures.labels import (
    enumerated,
    sensible,
    shortened,
    spread,
    where_smallest,
    wrapped,
    write,
)
from rnnhelpers.figures.show import describe
from rnnhelpers.figures.style import SERIES, course_style, new_figure
from rnnhelpers.training import History

MOST_BASELINES = 4
MOST_POINTS_WITH_MARKERS = 12
MOST_POINTS_WITHOUT_MEAN = 400
"""Of more points than this, means are drawn, and the losses themselves pale behind them."""

BASELINE_COLOR = "#555555"
NAMES_WIDTH = 2.1
"""How wide the names beside the curves may be, in inches; longer ones are broken in two lines."""


@dataclass
class _Curve:
    """One curve: the losses as given, the line that is drawn, and where it diverges."""

    name: str
    updates: np.ndarray
    losses: np.ndarray
    diverged_at: float | None = None
    line: np.ndarray | None = None

    @property
    def has_diverged(self):
        return self.diverged_at is not None

    @property
    def end(self):
        """Where it ends, in words."""
        if self.has_diverged:
            return f"diverges at update {self.diverged_at:g}"
        return sensible(self.line[-1])


def draw_training_curves(losses, *, updates=None, baselines=None, ylabel="loss (nats)", log=False):
    """Draw the loss of each run over the number of updates.

    The name of each run stands beside the end of its curve, with the last value. A run that
    diverges is drawn until it leaves the picture, and named so. Of long runs the mean of some
    losses in a row is drawn, with the losses themselves pale behind it.

    Parameters
    ----------
    losses : dict of str to array-like of shape (n_losses,), or to History
        The losses of each run under its name, at most six. From the first NaN or infinity on, a
        run counts as diverged. A `rnnhelpers.training.History` can be given as it is: its losses
        are drawn, and its held-out losses, if there are any, as a second curve.
    updates : array-like of shape (n_losses,), or dict of str to such, optional
        The number of updates before each loss, rising; one for all runs, or for some of them
        under their names. By default 0, 1, 2, …: the first loss is that of the initial weights,
        as a `History` has it.
    baselines : dict of str to float, optional
        Losses to compare with, at most four, such as ``{"chance, ln 27": np.log(27)}``.
    ylabel : str, default="loss (nats)"
        What the losses are.
    log : bool, default=False
        Whether the scale of the losses is logarithmic; then all must be above 0.

    Returns
    -------
    matplotlib.figure.Figure
        With a text alternative that states start, lowest value and end of each run, how it ends
        compared with each baseline, and which run is lowest.

    Raises
    ------
    TypeError, ValueError
        If there is nothing to draw, more than a figure can tell apart, a run without one update
        for each loss, or a loss that a logarithm cannot show.

    Examples
    --------
    >>> fig = draw_training_curves({"SGD": [3.0, 1.5, 2.0]}, baselines={"chance": 2.5})
    >>> print(fig.alternative)
    Training curves: loss (nats) over 0 to 2 updates. SGD starts at 3, is
    lowest at update 1 with 1.50, and ends at 2, below chance (2.50).
    """
    curves = _check_curves(losses, updates)
    baselines = _check_baselines(baselines)
    log = check_flag("log", log)
    if log:
        _check_positive(curves, baselines)
    n_averaged = _average(curves)
    low, high = _window(curves, baselines, log)
    names = _wrap_names(curves, baselines)
    height = max(4.2, sum(_name_height(name) for name in names) + 1.0)
    with course_style():
        fig, ax = new_figure(8, height)
        ax.set(
            xlabel="updates", ylabel=shortened(ylabel, 40), xlim=_updates_shown(curves),
            ylim=(low, high), yscale="log" if log else "linear",
        )  # fmt: skip
        ax.xaxis.set_major_locator(MaxNLocator(7, integer=np.subtract(*_span(curves)) > -20))
        ends = []
        for place, (curve, style) in enumerate(zip(curves, SERIES, strict=False)):
            loss = _draw_curve(ax, curve, style, high, place / len(curves))
            ends.append((loss, *style))
        for value in baselines.values():
            ax.axhline(value, color=BASELINE_COLOR, linewidth=1.2, zorder=1)
            ends.append((value, BASELINE_COLOR, "-", None))
        _write_names(ax, names, ends, height - 0.8)
        if n_averaged > 1:
            ax.set_title(f"lines: mean of {n_averaged} losses in a row", fontsize=10)
    return describe(fig, _in_words(curves, baselines, ylabel, log, n_averaged))


def _check_curves(losses, updates):
    """Return one `_Curve` for each run, and for the held-out losses of a history."""
    if not hasattr(losses, "items"):
        raise TypeError(
            f"losses is a {type(losses).__name__}: expected a dict, such as {{'SGD': losses}}"
        )
    curves = []
    for name, values in losses.items():
        if isinstance(values, History):
            curves.extend(_curves_of_history(str(name), values))
            continue
        given = updates.get(name) if hasattr(updates, "items") else updates
        curves.append(_check_curve(str(name), values, given))
    if hasattr(updates, "items") and (unknown := set(updates) - set(losses)):
        raise ValueError(f"updates has {sorted(unknown)}: expected names of runs in losses")
    if not 1 <= len(curves) <= len(SERIES):
        raise ValueError(
            f"got {len(curves)} curves: expected 1 to {len(SERIES)}, which can be told apart; "
            "draw the others in a second figure"
        )
    return curves


def _curves_of_history(name, history):
    """Return the curve of a history's losses, and of its held-out losses if there are any."""
    diverged_at = history.n_steps if history.stopped == "diverged" else None
    losses = np.array(history.losses, dtype=float)
    if not losses.size and diverged_at is None:
        raise ValueError(f"{name!r} has no losses: expected a history of one step or more")
    curves = [_Curve(name, np.arange(len(losses)), losses, diverged_at)]
    if history.held_out:
        steps, held_out = zip(*history.held_out, strict=True)
        curves.append(_check_curve(f"{name}, held out", held_out, steps))
    return curves


def _check_curve(name, values, updates):
    """Return the curve up to where it diverges, or say what is wrong with the numbers."""
    values = as_array(repr(name), values)
    if values.dtype.kind not in "iufb":
        raise TypeError(f"{name!r} holds {values.dtype}: expected real numbers")
    if values.ndim != 1 or not values.size:
        raise ValueError(f"{name!r} has shape {values.shape}: expected (n_losses,), 1 or more")
    if updates is None:
        updates = np.arange(len(values))
    updates = check_real(f"updates of {name!r}", updates, float)
    if updates.shape != values.shape:
        raise ValueError(
            f"updates of {name!r} has shape {updates.shape}: expected {values.shape}, "
            "the number of updates before each loss; runs of different length need a dict"
        )
    if (np.diff(updates) <= 0).any():
        raise ValueError(f"updates of {name!r} does not rise: expected 0, 10, 20, for instance")
    values, is_finite = values.astype(float), np.isfinite(values)
    if is_finite.all():
        return _Curve(name, updates, values)
    first = int(np.argmin(is_finite))
    if is_finite[first:].any():
        raise ValueError(
            f"{name!r} is {values[first]} at update {updates[first]:g}, and a number after it: "
            "expected none after a run diverged; leave out what is missing, and give updates="
        )
    return _Curve(name, updates[:first], values[:first], float(updates[first]))


def _check_baselines(baselines):
    baselines = {} if baselines is None else baselines
    if not isinstance(baselines, Mapping):
        raise TypeError(
            f"baselines is a {type(baselines).__name__}: expected a dict of names and losses"
        )
    if len(baselines) > MOST_BASELINES:
        raise ValueError(f"got {len(baselines)} baselines: expected at most {MOST_BASELINES}")
    return {
        str(name): check_number(f"baseline {name!r}", value) for name, value in baselines.items()
    }


def _check_positive(curves, baselines):
    for name, values in [(curve.name, curve.losses) for curve in curves] + [
        (name, np.array([value])) for name, value in baselines.items()
    ]:
        if (values <= 0).any():
            raise ValueError(
                f"{name!r} has {sensible(values[values <= 0][0])}: with log=True expected losses "
                "above 0, since zero has no place on a logarithmic scale"
            )


def _average(curves):
    """Give each curve its line, and return of how many losses in a row it is the mean."""
    longest = max(len(curve.losses) for curve in curves)
    n_averaged = 1
    if longest > MOST_POINTS_WITHOUT_MEAN:
        sizes = [size * 10**power for power in range(12) for size in (1, 2, 5)]
        n_averaged = max(size for size in sizes if size <= longest / 50)
    for curve in curves:
        is_long = len(curve.losses) > MOST_POINTS_WITHOUT_MEAN
        curve.line = _trailing_mean(curve.losses, n_averaged) if is_long else curve.losses
    return n_averaged


def _trailing_mean(values, n_averaged):
    """Return the mean of each value and those before it, fewer of them at the beginning."""
    scale = max(np.abs(values).max(), 1e-300)  # sums of huge losses would overflow
    sums = np.cumsum(np.r_[0.0, values / scale])
    ends = np.arange(1, len(values) + 1)
    starts = np.maximum(0, ends - n_averaged)
    return (sums[ends] - sums[starts]) / (ends - starts) * scale


def _window(curves, baselines, log):
    """Choose the range of losses to show; a diverging run does not decide on it."""
    values = [[value] for value in baselines.values()]
    for curve in curves:
        values.append(curve.line[:1] if curve.has_diverged else curve.line)
    values = np.concatenate(values)
    if not values.size:
        return (1.0, 10.0) if log else (0.0, 1.0)
    low, high = values.min(), values.max()
    lines = np.concatenate([curve.line for curve in curves])
    low = lines[lines <= high].min(initial=low)
    if log:
        room = max((high / low) ** 0.08, 1.1)
        return low / room, high * room
    share = 0.25 if any(curve.has_diverged for curve in curves) else 0.08
    room = share * (high - low) or 0.1 * abs(high) or 1.0
    return (0.0 if 0 <= low < high / 2 else low - room), high + room


def _draw_curve(ax, curve, style, top, shift):
    """Draw one curve, its markers shifted; return at which loss its name belongs."""
    color, line, marker = style
    x, y = curve.updates, curve.line
    if curve.line is not curve.losses:
        ax.plot(x, curve.losses, color=color, alpha=0.2, linewidth=0.6, zorder=1)
    if curve.has_diverged:
        x, y = _until_it_leaves(x, y, curve.diverged_at, top)
        ax.plot(
            x[-1], y[-1], color=color, marker="x", markersize=11, markeredgewidth=3, clip_on=False,
            zorder=4,
        )  # fmt: skip
    every = max(1, len(x) // 8)
    few = len(x) <= MOST_POINTS_WITH_MARKERS
    ax.plot(
        x, y, color=color, linestyle=line, marker=marker, zorder=3,
        markevery=1 if few else (int(shift * every), every),
    )  # fmt: skip
    return float(y[-1])


def _until_it_leaves(x, y, diverged_at, top):
    """Cut a curve where it leaves the picture at the top."""
    x, y = np.r_[x, diverged_at], np.r_[y, np.inf]
    first = int(np.argmax(y > top))
    if first == 0:
        return x[:1], np.array([top])
    share = (top - y[first - 1]) / (y[first] - y[first - 1]) if np.isfinite(y[first]) else 1
    leaves = x[first - 1] + share * (x[first] - x[first - 1])
    return np.r_[x[:first], leaves], np.r_[y[:first], top]


def _wrap_names(curves, baselines):
    """Write what stands beside the end of each curve and baseline, in two lines if it is long."""
    ends = [(curve.name, curve.end) for curve in curves]
    ends += [(name, sensible(value)) for name, value in baselines.items()]
    return [wrapped(f"{shortened(name, 40)}: {end}", NAMES_WIDTH) for name, end in ends]


def _name_height(name):
    return 0.19 * (1 + name.count("\n"))


def _write_names(ax, names, ends, height):
    """Write names right of the axes, as near to their losses as they fit, with a piece of line."""
    losses = [(0, loss) for loss, *_ in ends]
    places = (ax.transScale + ax.transLimits).transform(losses)[:, 1]
    heights = [_name_height(name) / height for name in names]
    beside = {"transform": ax.transAxes, "clip_on": False}
    for place, name, (_, color, line, marker) in zip(
        spread(places, heights), names, ends, strict=True
    ):
        ax.plot(
            [1.02, 1.055, 1.09], [place] * 3, color=color, linestyle=line, marker=marker,
            markevery=[1], linewidth=2 if marker else 1.2, **beside,
        )  # fmt: skip
        write(ax, 1.105, place, name, 10, color, ha="left", **beside)


def _in_words(curves, baselines, ylabel, log, n_averaged):
    """Say how each run went, how it compares with the baselines, and which is lowest."""
    first, last = _span(curves)
    span = f"{first:g} to {last:g}" if last > first else f"{first:g}"
    scale = ", on a logarithmic scale," if log else ""
    means = f"; the lines are means of {n_averaged} losses in a row" if n_averaged > 1 else ""
    said = [f"Training curves: {ylabel}{scale} over {span} updates{means}."]
    said.extend(_curve_in_words(curve, baselines) for curve in curves)
    lowest = [(curve.line.min(), curve.name) for curve in curves if curve.line.size]
    if len(lowest) > 1:
        value = min(lowest)[0]
        names = enumerated(name for least, name in lowest if least == value)
        said.append(f"The lowest value of all is {sensible(value)}, of {names}.")
    return " ".join(said)


def _span(curves):
    """Return the first and the last update that is to be seen."""
    seen = [curve.updates for curve in curves]
    seen += [[curve.diverged_at] for curve in curves if curve.has_diverged]
    seen = np.concatenate(seen)
    return seen.min(), seen.max()


def _updates_shown(curves):
    first, last = _span(curves)
    room = 0.03 * (last - first) or 1
    return first - room, last + room


def _curve_in_words(curve, baselines):
    """Say where a curve starts, where it is lowest, and how it ends, beside each baseline."""
    name, line, has_diverged = curve.name, curve.line, curve.has_diverged
    if not line.size:
        return f"{name} {curve.end}, with its first loss."
    start, lowest = sensible(line[0]), where_smallest(line)
    end = f"and {curve.end}" if has_diverged else f"and ends at {curve.end}"
    if line.max() == line.min():
        said = [f"{name} {'stays' if len(line) > 1 else 'is'} at {start}"]
        said += [end] if has_diverged else []
    elif lowest == 0:
        said = [f"{name} starts at {start}, its lowest", end]
    elif lowest == len(line) - 1 and not has_diverged:
        said = [f"{name} starts at {start} and ends at its lowest, {curve.end}"]
    else:
        low = f"is lowest at update {curve.updates[lowest]:g} with {sensible(line[lowest])}"
        said = [f"{name} starts at {start}", low, end]
    if baselines and not has_diverged:
        said.append(" and ".join(_compared(line[-1], *baseline) for baseline in baselines.items()))
    return ", ".join(said) + "."


def _compared(loss, name, baseline):
    where = "below" if loss < baseline else "above" if loss > baseline else "equal to"
    return f"{where} {name} ({sensible(baseline)})"
