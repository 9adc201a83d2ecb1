"""What is checked at the door: shapes, types and values of what a caller hands in."""

import inspect
from collections.abc import Iterable

import numpy as np

MOST = 100_000_000
"""The largest size. NumPy can still say of arrays of that length how much memory they would take;
of larger ones only that there are no such arrays."""


class NonFiniteError(ValueError):
    """There is a NaN or an infinity where a number is expected."""


def is_number(value):
    """Tell whether a value is a real number; True and False are none."""
    real = isinstance(value, int | float | np.integer | np.floating)
    return real and not isinstance(value, bool | np.timedelta64)


def check_count(name, value, smallest=1, largest=MOST):
    """Return a whole number as an int, or raise: TypeError for another type, else ValueError."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool | np.timedelta64):
        raise TypeError(f"{name} is {shown(value)}: expected a whole number")
    if value < smallest:
        raise ValueError(f"{name} is {shown(value)}: expected {smallest} or more")
    if largest is not None and value > largest:
        raise ValueError(f"{name} is {shown(value)}: expected {largest} or less")
    return int(value)


def check_flag(name, value):
    """Return True or False, or raise a TypeError: a text such as "False" would count as True."""
    if isinstance(value, bool | np.bool_) or (isinstance(value, int) and value in (0, 1)):
        return bool(value)
    raise TypeError(f"{name} is {shown(value)}: expected True or False")


def check_choice(name, value, choices):
    """Return one of some words, or raise a ValueError: a tuple is of two or three of them."""
    if not isinstance(value, str) or value not in choices:
        known = f"one of {[*choices]}"
        if isinstance(choices, tuple):
            *others, last = map(repr, choices)
            known = f"{', '.join(others)} or {last}"
        raise ValueError(f"{name} is {shown(value)}: expected {known}")
    return value


def check_kind(name, value, kinds, hint):
    """Return something of these types, or raise a TypeError; the hint says where to get it."""
    if not isinstance(value, kinds):
        raise TypeError(f"{name} is a {type(value).__name__}: expected {hint}")
    return value


def check_callable(name, value, hint):
    """Return a function, or raise a TypeError; the hint says what it does."""
    if not callable(value):
        raise TypeError(f"{name} is {shown(value)}: expected a function that {hint}")
    return value


def check_list(name, values, of):
    """Return a list of what can be gone through, or raise a TypeError."""
    is_number = isinstance(values, np.ndarray) and not values.ndim
    if not isinstance(values, Iterable) or isinstance(values, str | bytes) or is_number:
        raise TypeError(f"{name} is of type {type(values).__name__}: expected a list of {of}")
    return list(values)


def check_labels(name, values, of="words"):
    """Return a list of texts; a text alone is the list of its characters."""
    if not isinstance(values, str):
        values = check_list(name, values, of)
    return [str(value) for value in values]


def shown(value, most=100):
    """Write a value for a message: all of it if it is short, else its beginning.

    Examples
    --------
    >>> shown(0.5), shown(10**400, most=8)
    ('0.5', '10000000...')
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # a whole number of more than 4,300 digits, for one
        return f"a {type(value).__name__} that is too large to be shown"
    return text if len(text) <= most else f"{text[:most]}..."


def check_number(name, value, *, above=None, at_least=None, below=None, reason=""):
    """Return a finite real number within its bounds as a float, or raise."""
    expected = " and ".join(
        f"{word} {bound}"
        for word, bound in (("above", above), ("at least", at_least), ("below", below))
        if bound is not None
    )
    reason = f"; {reason}" if reason else ""
    if not is_number(value):
        message = f"{name} is {shown(value)}: expected a number {expected}"
        raise TypeError(message.rstrip() + reason)
    given = value
    try:
        value = float(given)
    except OverflowError:
        value = float("inf")
    inside = (
        np.isfinite(value)
        and (above is None or value > above)
        and (at_least is None or value >= at_least)
        and (below is None or value < below)
    )
    if not inside:
        got = shown(given) if isinstance(given, int) else given
        message = f"{name} is {got}: expected a number {expected}"
        raise ValueError(message.rstrip() + reason)
    return value


def check_real(name, values, dtype=None):
    """Return an array of finite real numbers, or say what is in it instead.

    The caller's array is returned as it is where it has the right type already.
    """
    array = as_array(name, values)
    if array.dtype.kind not in "iufb":
        kind = {"O": "objects", "U": "text", "S": "bytes", "c": "complex numbers"}
        what = kind.get(array.dtype.kind, str(array.dtype))
        raise TypeError(f"{name} holds {what}: expected real numbers")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = np.argwhere(~np.isfinite(array))[0]
        where = "".join(f"[{index}]" for index in bad)
        raise NonFiniteError(
            f"{name}{where} is {array[tuple(bad)]}: expected finite numbers; "
            "replace what is missing, and look for a division by zero or an overflow before"
        )
    if dtype is None or array.dtype == dtype:
        return array
    with np.errstate(over="ignore"):
        cast = array.astype(dtype)
    if array.dtype.kind == "f" and cast.itemsize < array.itemsize and not np.isfinite(cast).all():
        raise NonFiniteError(f"{name} has a number too large for {cast.dtype}: expected it scaled")
    return cast


def as_array(name, values):
    """Return an array, or say what keeps these values from being one."""
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise TypeError(f"{name} has masked entries: expected numbers everywhere; use mask=")
    try:
        return np.asarray(values)
    except (ValueError, RecursionError) as error:
        raise ValueError(
            f"{name} is ragged: expected rows of equal length; pad them, and give lengths"
        ) from error


def check_out(out, params):
    """Return where gradients are to be written: new arrays, or `out` if it fits the parameters."""
    if out is None:
        return params.empty_like()
    if not hasattr(out, "shapes") or out.shapes != params.shapes or out.dtype != params.dtype:
        raise ValueError(
            f"out is {out!r}: expected Parameters of the same shapes and type as the parameters; "
            "use params.empty_like()"
        )
    if np.may_share_memory(out.flat, params.flat):
        raise ValueError("out is the parameters themselves: expected room for the gradients")
    return out


def check_shape(name, array, shape, reason):
    """Raise a ValueError unless the array has this shape."""
    if array.shape != shape:
        raise ValueError(f"{name} has shape {array.shape}: expected {shape}; {reason}")


def check_ids(name, ids, n_tokens, reason="was it encoded with another vocabulary?"):
    """Raise unless all of these whole numbers are token ids."""
    if not ids.size:
        return
    smallest, largest = ids.min(), ids.max()
    if smallest < 0 or largest >= n_tokens:
        raise ValueError(
            f"{name} has the id {smallest if smallest < 0 else largest}: expected 0 to "
            f"{n_tokens - 1}, for {n_tokens} tokens; {reason}"
        )


def check_whole_ids(name, ids, n_tokens):
    """Return token ids of any shape as an array; raise TypeError unless they are whole numbers."""
    ids = as_array(name, ids)
    if ids.dtype.kind not in "iu":
        raise TypeError(f"{name} has dtype {ids.dtype}: expected whole numbers")
    check_ids(name, ids, n_tokens)
    return ids


def check_sequences(x, n_features, dtype=None):
    """Return a batch of sequences: token ids (N, T) as they come, or features (N, T, D).

    Raises
    ------
    TypeError
        If `x` does not hold real numbers.
    ValueError
        If it has another shape, is empty, holds an id that is no token, or NaN or infinity.
    """
    if isinstance(x, str | bytes):
        raise TypeError("x is text: expected numbers; encode it first, as SequenceEncoder does")
    x = check_real("x", x)
    if x.dtype.kind == "b":
        raise TypeError("x holds True and False: expected numbers; use x.astype(float)")
    is_ids = x.ndim == 2 and x.dtype.kind in "iu"
    if x.ndim != 3 and not is_ids:
        hint = {
            1: "one sequence of token ids is x[None]",
            2: "for one sequence use x[None], for one feature a step x[:, :, None]; "
            "token ids must be whole numbers",
        }.get(x.ndim, "batch first, then time, then features")
        raise ValueError(
            f"x has shape {x.shape}: expected (n_sequences, n_steps, n_features), "
            f"or token ids of shape (n_sequences, n_steps); {hint}"
        )
    n_sequences, n_steps = x.shape[:2]
    if not n_sequences or not n_steps:
        raise ValueError(
            f"x has shape {x.shape}: expected at least one sequence and one time step; "
            "was everything filtered out?"
        )
    if is_ids:
        check_ids("x", x, n_features)
    elif x.shape[2] != n_features:
        raise ValueError(
            f"x has shape {x.shape}, so {x.shape[2]} features: expected {n_features}"
            + ("; the axes of time and features look swapped" if x.shape[1] == n_features else "")
        )
    return x if is_ids else check_real("x", x, dtype)


def check_mask(lengths, mask, n_sequences, n_steps):
    """Return which steps are real, of shape (N, T), or None if all are.

    Raises
    ------
    TypeError
        If lengths are not whole numbers, or a mask is not of True and False.
    ValueError
        If both are given, the shape does not fit, or a length is below 0 or above T.
    """
    if lengths is not None and mask is not None:
        raise ValueError("both lengths and mask are given: expected one of them")
    if lengths is not None:
        lengths = as_array("lengths", lengths)
        if lengths.dtype.kind not in "iu":
            raise TypeError(f"lengths has dtype {lengths.dtype}: expected whole numbers")
        check_shape("lengths", lengths, (n_sequences,), "one length for each sequence")
        if lengths.min() < 0 or lengths.max() > n_steps:
            bad = lengths.min() if lengths.min() < 0 else lengths.max()
            raise ValueError(
                f"lengths has {bad}: expected 0 to {n_steps}, the number of time steps of x"
            )
        mask = np.arange(n_steps) < lengths[:, None]
    elif mask is not None:
        mask = np.array(as_array("mask", mask))  # a copy: the caller may use it again
        if mask.dtype != bool:
            raise TypeError(
                f"mask has dtype {mask.dtype}: expected True for real steps, False for padding; "
                "use mask.astype(bool)"
            )
        check_shape("mask", mask, (n_sequences, n_steps), "one entry for each step of x")
    return None if mask is None or mask.all() else mask


def check_state(state, names, n_sequences, n_hidden, dtype, label="state"):
    """Return the parts of a state as a tuple of arrays (N, H), zeros for None.

    Raises
    ------
    TypeError
        If it is no state of such a cell.
    ValueError
        If a part has another shape, or NaN or infinity in it.
    """
    shape = (n_sequences, n_hidden)
    if state is None:
        return tuple(np.zeros(shape, dtype) for _ in names)
    parts = state if isinstance(state, tuple | list) and len(names) > 1 else (state,)
    if len(parts) != len(names):
        raise TypeError(
            f"{label} is a {type(state).__name__}: expected a tuple ({', '.join(names)}), "
            "since this cell carries both"
        )
    checked = []
    for name, given in zip(names, parts, strict=True):
        part = check_real(f"{label} {name}", given, dtype)
        if part.shape != shape:
            hint = "one row for each sequence, one column for each unit"
            if part.shape == shape[1:]:
                hint = f"for one sequence use {name}[None]" if n_sequences == 1 else hint
            raise ValueError(f"{label} {name} has shape {part.shape}: expected {shape}; {hint}")
        checked.append(part)
    return tuple(checked)


def check_text(name, text, *, may_be_empty=False):
    """Raise a TypeError unless this is a string, a ValueError if there is nothing in it."""
    if not isinstance(text, str):
        hint = {bytes: "; decode it first", list: "; to join a list of strings use ''.join(...)"}
        raise TypeError(
            f"{name} is of type {type(text).__name__}: expected a string{hint.get(type(text), '')}"
        )
    if not text and not may_be_empty:
        raise ValueError(f"{name} is empty: expected at least one character")


def show_settings(model):
    """Write a model as the call that makes it, with the settings that are not the defaults."""
    defaults = inspect.signature(type(model)).parameters
    shown = [
        f"{name}={value!r}"
        for name, value in model.settings.items()
        if value != defaults[name].default
    ]
    return f"{type(model).__name__}({', '.join(shown)})"
