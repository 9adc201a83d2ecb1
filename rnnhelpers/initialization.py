"""Where the weights start from (taught in notebooks 06 and 09)."""

import numpy as np

from rnnhelpers._validation import check_count, check_list, shown


def as_generator(rng):
    """Return a random generator from a generator or a seed.

    Parameters
    ----------
    rng : numpy.random.Generator or int
        A generator, which is used and so moves on, or the seed of a new one.

    Returns
    -------
    numpy.random.Generator
        The generator.

    Raises
    ------
    ValueError
        If a seed is negative.
    TypeError
        If it is neither; None included, since a result that cannot be repeated cannot be checked.

    Examples
    --------
    >>> as_generator(0).integers(10)
    np.int64(8)
    """
    if isinstance(rng, np.random.Generator):
        return rng
    if isinstance(rng, int | np.integer) and not isinstance(rng, bool):
        if rng < 0:
            raise ValueError(f"rng is {rng}: expected a seed of 0 or more")
        return np.random.default_rng(rng)
    raise TypeError(
        f"rng is {rng!r}: expected np.random.default_rng(seed), or the seed, "
        "so that the result can be repeated"
    )


def uniform(rng, shape, n_hidden):
    r"""Draw evenly from :math:`[-1/\sqrt{H}, 1/\sqrt{H}]`, what PyTorch does for recurrent layers.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shape : tuple of int
        Shape of the array.
    n_hidden : int
        Number of hidden units H.

    Returns
    -------
    ndarray of shape `shape`
        The numbers.

    Examples
    --------
    >>> abs(uniform(np.random.default_rng(0), (50, 100), n_hidden=100)).max() <= 0.1
    np.True_
    """
    limit = check_count("n_hidden", n_hidden) ** -0.5
    return as_generator(rng).uniform(-limit, limit, _check_lengths(shape))


def glorot(rng, shape):
    r"""Draw evenly from :math:`\pm\sqrt{6/(\text{fan in} + \text{fan out})}`.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shape : tuple of int
        (fan in, fan out).

    Returns
    -------
    ndarray of shape `shape`
        The numbers.

    Notes
    -----
    Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks"
    (2010), equation 16. Also called Xavier, after the first name.

    Examples
    --------
    >>> W = glorot(np.random.default_rng(0), (300, 300))
    >>> round(float(W.std()), 3)  # the square root of 2 / (300 + 300)
    0.058
    """
    shape = _check_lengths(shape)
    limit = (6 / sum(shape)) ** 0.5
    return as_generator(rng).uniform(-limit, limit, shape)


def orthogonal(rng, shape):
    """Draw a random orthogonal matrix: it turns a vector, and leaves its length as it is.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of randomness.
    shape : tuple of int
        Rows and columns. If they differ, the shorter side is orthonormal.

    Returns
    -------
    ndarray of shape `shape`
        The matrix, drawn evenly from all of them (Haar measure).

    Notes
    -----
    Saxe, McClelland and Ganguli, "Exact solutions to the nonlinear dynamics of learning in deep
    linear neural networks" (2014). The signs are those of Mezzadri, "How to generate random
    matrices from the classical compact groups" (2007).

    Examples
    --------
    >>> W = orthogonal(np.random.default_rng(0), (4, 4))
    >>> np.allclose(W @ W.T, np.eye(4))
    True
    """
    rows, columns = shape = _check_matrix(shape)
    q, r = np.linalg.qr(as_generator(rng).standard_normal((max(shape), min(shape))))
    q *= np.sign(np.diagonal(r))
    return q if rows >= columns else q.T


def identity(rng, shape):
    """Return the identity matrix: each unit starts out keeping what it has.

    Parameters
    ----------
    rng : numpy.random.Generator
        Not used; there so that all starts are called alike.
    shape : tuple of int
        Rows and columns.

    Returns
    -------
    ndarray of shape `shape`
        Ones on the diagonal.

    Notes
    -----
    Le, Jaitly and Hinton, "A simple way to initialize recurrent networks of rectified linear
    units" (2015).

    Examples
    --------
    >>> identity(None, (2, 2))
    array([[1., 0.],
           [0., 1.]])
    """
    return np.eye(*_check_matrix(shape))


def recurrent_start(name, rng, n_hidden):
    """Return a square matrix of recurrent weights, by the name of its start.

    Parameters
    ----------
    name : {"uniform", "glorot", "orthogonal", "identity"}
        Which one.
    rng : numpy.random.Generator
        Source of randomness.
    n_hidden : int
        Number of hidden units H.

    Returns
    -------
    ndarray of shape (n_hidden, n_hidden)
        The weights.

    Raises
    ------
    ValueError
        If there is no start of that name.

    Examples
    --------
    >>> recurrent_start("identity", np.random.default_rng(0), 2)
    array([[1., 0.],
           [0., 1.]])
    """
    if not isinstance(name, str):
        raise TypeError(f"start is {shown(name)}: expected its name")
    if name == "uniform":
        return uniform(rng, (n_hidden, n_hidden), n_hidden)
    starts = {"glorot": glorot, "orthogonal": orthogonal, "identity": identity}
    if name not in starts:
        raise ValueError(f"start {name!r} is not known: expected 'uniform' or one of {[*starts]}")
    return starts[name](rng, (n_hidden, n_hidden))


def _check_lengths(shape):
    """Return the shape of an array, a tuple of lengths of 1 or more."""
    shape = tuple(check_count("shape", length) for length in check_list("shape", shape, "lengths"))
    if not shape:
        raise ValueError("shape is empty: expected at least one length")
    return shape


def _check_matrix(shape):
    """Return the shape of a matrix."""
    shape = _check_lengths(shape)
    if len(shape) != 2:
        raise ValueError(f"shape is {shape}: expected two lengths, those of rows and columns")
    return shape
