"""Named parameters that lie in one flat vector (used by every layer, from notebook 05 on)."""

from collections.abc import Mapping
from math import prod

import numpy as np

from rnnhelpers._validation import as_array, check_count, check_kind, shown


class Parameters(Mapping):
    """Named arrays that are views of one flat vector.

    A model has many arrays, and an optimiser, a norm or a file treats them all alike. So the
    numbers stand one after the other in `flat`, and each name is a window on its part: what is
    written through the one is seen through the other.

    Gradients are kept in the same way: ``d_params["W_hh"]`` belongs to ``params["W_hh"]``, and
    plain gradient descent on everything is ``params.flat -= learning_rate * d_params.flat``.

    Parameters
    ----------
    arrays : mapping of str to array-like
        The arrays, which are copied; their order is kept. The value may itself be `Parameters`;
        its names then get the prefix of its own name and a dot, as in ``"rnn.W_xh"``. Layers go on
        using their own arrays, until their `bind` is called with a part of the new ones.
    dtype : dtype, optional
        float32 or float64. By default the type of the arrays: float64 if they differ or are whole
        numbers.

    Attributes
    ----------
    flat : ndarray of shape (n_parameters,)
        All numbers.

    Raises
    ------
    TypeError
        If an array is complex, or no numbers at all.

    Examples
    --------
    >>> params = Parameters({"W": [[1.0, 2.0], [3.0, 4.0]], "b": [0.0, 0.0]})
    >>> params.flat
    array([1., 2., 3., 4., 0., 0.])
    >>> params.flat *= 10
    >>> params["W"]
    array([[10., 20.],
           [30., 40.]])
    >>> params["b"] = [5, 6]
    >>> params.flat
    array([10., 20., 30., 40.,  5.,  6.])
    """

    def __init__(self, arrays, dtype=None):
        check_kind("arrays", arrays, Mapping, "arrays by name")
        if not arrays:
            raise ValueError("arrays is empty: expected at least one")
        named = {}
        for name, array in arrays.items():
            if not isinstance(name, str):
                raise TypeError(f"arrays has the name {shown(name)}: expected a str")
            parts = array if isinstance(array, Parameters) else {None: array}
            for inner, part in parts.items():
                full = name if inner is None else f"{name}.{inner}"
                if full in named:
                    raise ValueError(f"two arrays are called {full!r}: expected different names")
                named[full] = as_array(full, part)
        for name, array in named.items():
            if array.dtype.kind not in "iuf":
                raise TypeError(f"{name} has dtype {array.dtype}: expected real numbers")
        if dtype is None:
            dtype = np.result_type(*(array.dtype for array in named.values()))
            dtype = dtype if dtype.kind == "f" else np.float64
        dtype = float_dtype(dtype)
        flat = np.empty(sum(array.size for array in named.values()), dtype)
        self._show(flat, {name: array.shape for name, array in named.items()})
        for name, array in named.items():
            self[name] = array

    def _show(self, flat, shapes):
        """Make the views."""
        self._flat, self.shapes, self._views, self._parts, start = flat, shapes, {}, {}, 0
        for name, shape in shapes.items():
            size = prod(shape)
            self._views[name] = flat[start : start + size].reshape(shape)
            start += size

    @classmethod
    def over(cls, flat, shapes):
        """Look at an existing flat vector, without a copy, as arrays of these shapes.

        Parameters
        ----------
        flat : ndarray of shape (n_parameters,)
            The numbers.
        shapes : mapping of str to tuple of int
            The shape of each array, in the order of `flat`.

        Returns
        -------
        params : Parameters
            Windows on `flat`.

        Examples
        --------
        >>> numbers = np.arange(3.0)
        >>> Parameters.over(numbers, {"w": (2,), "b": (1,)})["w"]
        array([0., 1.])
        """
        check_kind("flat", flat, np.ndarray, "an array, which is looked at")
        if flat.dtype.kind != "f":
            raise TypeError(f"flat has dtype {flat.dtype}: expected float32 or float64")
        check_kind("shapes", shapes, Mapping, "shapes by name")
        for name, shape in shapes.items():
            check_kind(f"the shape of {name!r}", shape, tuple, "a tuple of whole numbers")
            for length in shape:
                check_count(f"a length of {name!r}", length, smallest=0)
        needed = sum(prod(shape) for shape in shapes.values())
        if flat.shape != (needed,):
            raise ValueError(f"flat has shape {flat.shape}: expected ({needed},) for these arrays")
        params = cls.__new__(cls)
        params._show(flat, dict(shapes))
        return params

    @property
    def flat(self):
        """All numbers; what is assigned to it is written into the same memory."""
        return self._flat

    @flat.setter
    def flat(self, values):
        if values is not self._flat:  # after `flat -= step` they are there already
            self._flat[...] = values

    def __getitem__(self, name):
        """Return the array of this name, a view."""
        return self._views[name]

    def __setitem__(self, name, values):
        """Write new values into the array of this name."""
        if name not in self._views:
            raise KeyError(f"there is no parameter {name!r}: expected one of {list(self)}")
        values = as_array(name, values)
        if values.dtype.kind not in "iuf":
            raise TypeError(f"{name} has dtype {values.dtype}: expected real numbers")
        if values.shape != self.shapes[name]:
            raise ValueError(
                f"{name} has shape {values.shape}: expected {self.shapes[name]}"
                + ("; it looks transposed" if values.T.shape == self.shapes[name] else "")
            )
        self._views[name][...] = values

    def __iter__(self):
        """Go through the names, in the order of `flat`."""
        return iter(self._views)

    def __len__(self):
        """Return the number of arrays."""
        return len(self._views)

    def __repr__(self):
        """Show names and shapes."""
        inner = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"Parameters({inner})"

    @property
    def dtype(self):
        """The type of the numbers."""
        return self.flat.dtype

    def empty_like(self):
        """Return arrays of the same names and shapes, for gradients; their values are undefined."""
        return Parameters.over(np.empty_like(self.flat), self.shapes)

    def zeros_like(self):
        """Return zeros of the same names and shapes."""
        return Parameters.over(np.zeros_like(self.flat), self.shapes)

    def copy(self):
        """Return a copy that shares nothing with this one."""
        return Parameters.over(self.flat.copy(), self.shapes)

    def part(self, prefix):
        """Return the arrays whose names begin with a prefix and a dot, as windows, not copies.

        Parameters
        ----------
        prefix : str
            What stands before the dot.

        Returns
        -------
        params : Parameters
            The part, its names without the prefix.

        Raises
        ------
        KeyError
            If no name begins with it.

        Examples
        --------
        >>> rnn, readout = Parameters({"b_h": [1.0]}), Parameters({"b_y": [2.0]})
        >>> params = Parameters({"rnn": rnn, "readout": readout})
        >>> list(params), list(params.part("readout"))
        (['rnn.b_h', 'readout.b_y'], ['b_y'])
        >>> params.part("readout").flat += 40
        >>> params.flat
        array([ 1., 42.])
        """
        check_kind("prefix", prefix, str, "what stands before the dot")
        if prefix not in self._parts:
            self._parts[prefix] = self._find_part(prefix + ".")
        return self._parts[prefix]

    def _find_part(self, prefix):
        """Return the windows on the arrays with this prefix, which stand next to each other."""
        names = [name for name in self.shapes if name.startswith(prefix)]
        if not names:
            raise KeyError(f"no parameter begins with {prefix!r}: there are {list(self)}")
        sizes = {name: prod(shape) for name, shape in self.shapes.items()}
        first = list(sizes).index(names[0])
        start = sum(list(sizes.values())[:first])
        flat = self.flat[start : start + sum(sizes[name] for name in names)]
        shapes = {name.removeprefix(prefix): self.shapes[name] for name in names}
        return Parameters.over(flat, shapes)

    def __reduce__(self):
        """Pickle the numbers once; the windows are made anew."""
        return Parameters.over, (self.flat, self.shapes)


def float_dtype(dtype):
    """Return float32 or float64 as a dtype, or say what is wrong with another one.

    Parameters
    ----------
    dtype : dtype-like
        What is asked for.

    Returns
    -------
    numpy.dtype
        One of the two.

    Raises
    ------
    TypeError
        If it is another one.

    Examples
    --------
    >>> float_dtype("float32")
    dtype('float32')
    """
    try:
        dtype = np.dtype(dtype)
    except Exception:  # of many types, and each means the same
        raise TypeError(f"dtype is {dtype!r}: expected float32 or float64") from None
    if dtype not in (np.float32, np.float64):
        raise TypeError(f"dtype is {dtype}: expected float32 (to train) or float64 (to check)")
    return dtype


class Joined:
    """Something of parts whose parameters are windows on one flat vector.

    Attributes
    ----------
    parts : dict of str to str
        For each part its name among the parameters, and the attribute that holds it; a part that
        is None is left out.
    params : Parameters
        All parameters, named as in ``"readout.W_hy"``.
    """

    parts = {}  # noqa: RUF012

    def join_parameters(self):
        """Put the parameters of all parts into one flat vector."""
        self.bind(Parameters({name: part.params for name, part in self._named_parts()}))

    def _named_parts(self):
        named = [(name, getattr(self, attribute)) for name, attribute in self.parts.items()]
        return [(name, part) for name, part in named if part is not None]

    def bind(self, params):
        """Use these parameters from now on, without a copy."""
        self.params = params
        for name, part in self._named_parts():
            part.bind(params.part(name))

    def __setstate__(self, state):
        """Tie the parts to the one flat vector again after unpickling or copying."""
        self.__dict__.update(state)
        self.bind(self.params)
