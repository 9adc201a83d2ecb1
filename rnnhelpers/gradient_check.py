"""Is a gradient right? Measure the slope of the loss and compare (taught in notebook 05)."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from rnnhelpers._validation import (
    as_array,
    check_callable,
    check_count,
    check_flag,
    check_kind,
    check_number,
)
from rnnhelpers.initialization import as_generator

STEP = 6e-6
"""Default step: about the cube root of float64's precision, where the error is smallest."""
TOLERANCE = 1e-6
"""Default tolerance: a right gradient is usually within 1e-7, wrong ones are mostly far off."""
FLOOR = 1e-3
"""Entries below this share of the largest gradient are compared as if they were that large."""


class Evidence(NamedTuple):
    """What the check found for one array."""

    name: str
    """Which one."""
    difference: float
    """Largest relative difference."""
    position: tuple
    """Where it is."""
    given: float
    """What the gradient says there."""
    measured: float
    """What the loss says there."""
    n_checked: int
    """How many of the entries were looked at."""
    n_entries: int
    """How many there are."""
    tolerance: float
    """Up to which difference the gradient passes."""

    @property
    def is_right(self):
        """Whether the difference is within the tolerance."""
        return self.difference <= self.tolerance

    def __str__(self):
        """Write the evidence as one line.

        Below the tolerance the difference is rounding, another one on every machine: the line says
        no more than that it is below. Above, it says where and what.
        """
        checked = f"{self.n_checked} of {self.n_entries}"
        if self.is_right:
            return f"{self.name:<24} {checked:>12} entries   below {self.tolerance:.0e}   right"
        where = f"{self.name}[{', '.join(map(str, self.position))}]"
        return (
            f"{self.name:<24} {checked:>12} entries   {self.difference:.2g}   WRONG: {where} is "
            f"{self.given:.6g}, measured {self.measured:.6g}"
        )


def check_gradients(
    loss, arrays, gradients, *, step=STEP, tolerance=TOLERANCE, max_entries=200, rng=0, show=True
):
    r"""Compare gradients with central differences of the loss, and print one line for each array.

    .. math:: \frac{\partial L}{\partial \theta} \approx
        \frac{L(\theta + \varepsilon) - L(\theta - \varepsilon)}{2 \varepsilon}

    Parameters
    ----------
    loss : callable
        Takes nothing, returns the loss as a number, computed from what is in `arrays` at the time.
    arrays : mapping of str to ndarray of float64
        What the loss depends on, such as `Parameters`. Each entry is moved and put back exactly.
    gradients : mapping of str to array-like
        The gradients to check, by the same names, of the same shapes. Names that are in `arrays`
        only are left out.
    step : float, default=6e-6
        How far each number is moved, times the larger of 1 and its size. The error of central
        differences has two parts: the curve's own, which grows with the square of the step, and
        the rounding of the loss, which grows as the step shrinks. Near the cube root of float64's
        precision their sum is smallest, about 1e-10 for a loss near 1.
    tolerance : float, default=1e-6
        Largest relative difference that passes. The difference of two entries is taken relative
        to the larger of them, and at least to a thousandth of the largest gradient of all: what is
        smaller than that drowns in rounding.
    max_entries : int, default=200
        Arrays with more entries are checked at that many of them, drawn at random.
    rng : numpy.random.Generator or int, default=0
        Source of that choice.
    show : bool, default=True
        Whether to print the lines.

    Returns
    -------
    list of Evidence
        One for each array.

    Raises
    ------
    TypeError
        If an array is not float64: with float32 the rounding is larger than the difference.
    ValueError
        If a name or shape does not fit, an array is read-only, or the loss is not finite or does
        not come out the same twice.

    Notes
    -----
    At a kink, such as relu's at zero, the slope is not defined and the check may fail by chance.
    Step and error: Press et al., "Numerical Recipes" (2007), section 5.7.

    Examples
    --------
    >>> w = np.array([1.0, 2.0, 3.0])
    >>> _ = check_gradients(lambda: (w**2).sum(), {"w": w}, {"w": 2 * w})
    w                              3 of 3 entries   below 1e-06   right
    >>> _ = check_gradients(lambda: (w**2).sum(), {"w": w}, {"w": w})
    w                              3 of 3 entries   0.5   WRONG: w[0] is 1, measured 2
    """
    check_callable("loss", loss, "takes nothing, and returns the loss")
    check_kind("arrays", arrays, Mapping, "arrays by name")
    check_kind("gradients", gradients, Mapping, "gradients by name")
    show = check_flag("show", show)
    if check_number("step", step, above=0) < 1e-12:
        raise ValueError(f"step is {step}: expected 1e-12 or more; less is lost in rounding")
    check_number("tolerance", tolerance, above=0)
    check_count("max_entries", max_entries)
    checked = _check_arrays(arrays, gradients)
    before = _value(loss)
    if _value(loss) != before:
        raise ValueError(
            "the loss comes out different when computed twice: expected the same number; "
            "is something drawn at random in it? Use a new default_rng(seed) in each call"
        )
    rng, measured = as_generator(rng), {}
    for name, (array, _) in checked.items():
        chosen = np.arange(array.size)
        if array.size > max_entries:
            chosen = np.sort(rng.choice(array.size, max_entries, replace=False))
        measured[name] = chosen, [_slope(loss, array, entry, step) for entry in chosen]
    finite = [gradient[np.isfinite(gradient)] for _, gradient in checked.values()]
    largest = max(abs(gradient).max(initial=0) for gradient in finite)
    largest = max(largest, *(max(map(abs, slopes), default=0) for _, slopes in measured.values()))
    evidence = []
    for name, (_, gradient) in checked.items():
        found = _compare(name, gradient, *measured[name], FLOOR * largest, tolerance)
        evidence.append(found)
        if show:
            print(found)
    return evidence


def _check_arrays(arrays, gradients):
    """Return the arrays to check with their gradients, by name."""
    checked = {}
    for name, given in gradients.items():
        if name not in arrays:
            raise ValueError(f"gradients has {name!r}, arrays has {list(arrays)}: expected a match")
        array, gradient = arrays[name], as_array(name, given)
        if gradient.dtype.kind not in "iuf":
            raise TypeError(f"the gradient of {name} is {gradient.dtype}: expected real numbers")
        if not isinstance(array, np.ndarray) or array.dtype != np.float64:
            found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise TypeError(
                f"{name} is {found}: expected an array of float64; in float32 the rounding is "
                "larger than the difference that is looked for"
            )
        if not array.flags.writeable:
            raise ValueError(f"{name} is read-only: expected an array that can be moved; copy it")
        if gradient.shape != array.shape:
            raise ValueError(
                f"the gradient of {name} has shape {gradient.shape}: expected {array.shape}"
            )
        checked[name] = array, gradient
    if not checked:
        raise ValueError("gradients is empty: expected at least one")
    return checked


def _value(loss):
    """Return the loss as a finite number."""
    value = loss()
    try:
        value = float(value)
    except TypeError:
        raise TypeError(f"the loss is {value!r}: expected a number") from None
    if not np.isfinite(value):
        raise ValueError(f"the loss is {value}: expected a finite number")
    return value


def _slope(loss, array, entry, step):
    """Return the central difference of the loss along one entry, which is put back after."""
    original = array.flat[entry]
    moved = step * max(1.0, abs(original))
    try:
        array.flat[entry] = up = original + moved
        loss_up = _value(loss)
        array.flat[entry] = down = original - moved
        loss_down = _value(loss)
    finally:
        array.flat[entry] = original
    return (loss_up - loss_down) / (up - down)


def _compare(name, gradient, chosen, slopes, floor, tolerance):
    """Return the evidence of one array."""
    if not len(chosen):
        return Evidence(name, 0.0, (), 0.0, 0.0, 0, 0, tolerance)
    given, slopes = gradient.flat[chosen], np.array(slopes)
    size = np.maximum(np.maximum(abs(given), abs(slopes)), max(floor, np.finfo(float).tiny))
    with np.errstate(invalid="ignore"):
        difference = abs(given - slopes) / size
    difference[np.isnan(difference)] = np.inf
    worst = int(difference.argmax())
    position = tuple(map(int, np.unravel_index(chosen[worst], gradient.shape)))
    return Evidence(
        name, float(difference[worst]), position, float(given[worst]), float(slopes[worst]),
        len(chosen), gradient.size, tolerance,
    )  # fmt: skip
