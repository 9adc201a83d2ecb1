"""From gradients to better parameters (taught in notebook 06).

Update rules, clipping, and schedules of the learning rate. Parameters and their gradients are flat
vectors (`rnnhelpers.parameters`), so that each rule is written once for all numbers.
"""

import math
from collections.abc import Mapping

import numpy as np

from rnnhelpers._validation import (
    NonFiniteError,
    check_count,
    check_flag,
    check_number,
    check_real,
    check_shape,
)
from rnnhelpers.parameters import Parameters

MOST_STEPS = 2**53
"""Up to here a float counts every step."""


class Optimizer:
    """What all optimisers have in common: parameters, a learning rate, and one step.

    Parameters
    ----------
    params : Parameters
        What is to be learned. `step` changes these numbers in place.
    learning_rate : float
        What the gradient, or what the rule makes of it, is multiplied by; above 0. It may be set
        to another value between steps.

    Attributes
    ----------
    n_steps : int
        Number of steps taken.
    """

    squares_gradients = False
    """Whether the rule squares the numbers of the gradient, which must not overflow then."""

    def __init__(self, params, learning_rate):
        if not isinstance(params, Parameters):
            raise TypeError(
                f"params is of type {type(params).__name__}: expected Parameters, which are "
                "changed in place; a cell's are cell.params"
            )
        self.params, self.learning_rate, self.n_steps = params, learning_rate, 0
        self._work = np.empty_like(params.flat)

    @property
    def learning_rate(self):
        """What the step is multiplied by."""
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value):
        reason = "with 0 nothing is learned, and a negative one climbs: the loss grows"
        self._learning_rate = check_number("learning_rate", value, above=0, reason=reason)

    def step(self, d_params):
        """Change the parameters, in place, so that the loss gets smaller.

        Parameters
        ----------
        d_params : Parameters, or ndarray of shape (n_parameters,)
            Gradient of the loss, with the names and shapes of the parameters, or flat. It is not
            changed.

        Raises
        ------
        TypeError
            If the gradient is something else.
        ValueError
            If names or shapes differ, or there is a NaN or infinity. Then no parameter has
            changed, and the step is not counted.
        """
        d_flat = self._check_gradient(d_params)
        if self.squares_gradients and not math.isfinite(_sum_of_squares(d_flat)):
            raise NonFiniteError(
                f"the gradient has numbers too large to be squared in {d_flat.dtype}: expected "
                "smaller ones; clip it by its norm first"
            )
        self.n_steps += 1
        self._update(d_flat)

    def _update(self, d_flat):
        """Change the parameters, given their gradient."""
        raise NotImplementedError

    def _descend(self, direction, rate):
        """Subtract the rate times the direction."""
        np.multiply(direction, rate, out=self._work)
        self.params.flat -= self._work

    def _check_gradient(self, d_params):
        """Return a gradient as a flat vector of finite numbers, of the type of the parameters."""
        if isinstance(d_params, Parameters):
            _check_names(d_params, self.params)
        d_flat = _numbers(d_params)
        check_shape("d_params", d_flat, self.params.flat.shape, "one number for each parameter")
        with np.errstate(over="ignore"):  # what is too large for float32 is found below
            d_flat = d_flat.astype(self.params.dtype, copy=False)
        _check_finite(d_flat, self.params.shapes)
        return d_flat


class SGD(Optimizer):
    r"""Gradient descent on batches, with or without momentum.

    .. math::
        v &\leftarrow \mu v + g \\
        \theta &\leftarrow \theta - \eta \, v
        \qquad\text{(Nesterov: } \theta \leftarrow \theta - \eta \, (g + \mu v) \text{)}

    Parameters
    ----------
    params : Parameters
        What is to be learned, changed in place.
    learning_rate : float, default=0.01
        The factor :math:`\eta`.
    momentum : float, default=0.0
        Share of the velocity that is kept from step to step, :math:`\mu`, below 1.
    nesterov : bool, default=False
        Whether to look ahead: to take the step from where momentum is about to lead.
    weight_decay : float, default=0.0
        Adds this times the parameters to the gradient, which pulls them to 0.

    Attributes
    ----------
    velocity : Parameters or None
        Decaying sum of the gradients, v; None without momentum.

    Raises
    ------
    TypeError
        If `params` is no `Parameters`, or an option no number.
    ValueError
        If an option is out of its range, or `nesterov` is without momentum.

    Notes
    -----
    Robbins and Monro, "A stochastic approximation method" (1951); Polyak, "Some methods of
    speeding up the convergence of iteration methods" (1964); Nesterov's method (1983) in the form
    of Sutskever et al., "On the importance of initialization and momentum in deep learning"
    (2013), rearranged as in ``torch.optim.SGD``.

    Examples
    --------
    >>> params = Parameters({"w": [1.0, -2.0]})
    >>> optimizer = SGD(params, learning_rate=0.1)
    >>> optimizer.step(2 * params.flat)  # the gradient of the sum of squares
    >>> params["w"]
    array([ 0.8, -1.6])
    """

    def __init__(
        self, params, learning_rate=0.01, *, momentum=0.0, nesterov=False, weight_decay=0.0
    ):
        super().__init__(params, learning_rate)
        self.momentum = _check_share("momentum", momentum)
        self.weight_decay = _check_weight_decay(weight_decay)
        self.nesterov = check_flag("nesterov", nesterov)
        if nesterov and not momentum:
            raise ValueError("nesterov is True and momentum is 0: expected a momentum above 0")
        self.velocity = params.zeros_like() if momentum else None

    def _update(self, d_flat):
        if self.weight_decay:
            np.multiply(self.params.flat, self.weight_decay, out=self._work)
            self._work += d_flat
            d_flat = self._work
        if not self.momentum:
            return self._descend(d_flat, self.learning_rate)
        velocity = self.velocity.flat
        velocity *= self.momentum
        velocity += d_flat
        if not self.nesterov:
            return self._descend(velocity, self.learning_rate)
        self._descend(d_flat, self.learning_rate)
        self._descend(velocity, self.learning_rate * self.momentum)


class Adagrad(Optimizer):
    r"""Smaller steps for parameters that have had large gradients.

    .. math::
        s &\leftarrow s + g^2 \\
        \theta &\leftarrow \theta - \eta \, \frac{g}{\sqrt{s} + \epsilon}

    Parameters
    ----------
    params : Parameters
        What is to be learned, changed in place.
    learning_rate : float, default=0.01
        Length of the first step of each parameter, :math:`\eta`.
    epsilon : float, default=1e-10
        Keeps the denominator above 0.

    Attributes
    ----------
    s : Parameters
        Sum of the squared gradients.

    Raises
    ------
    TypeError
        If `params` is no `Parameters`, or an option no number.
    ValueError
        If an option is not above 0.

    Notes
    -----
    Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and stochastic
    optimization" (2011).

    Examples
    --------
    >>> params = Parameters({"w": [1.0, -2.0]})
    >>> optimizer = Adagrad(params, learning_rate=0.1)
    >>> optimizer.step(2 * params.flat)  # the first step has the same length for all
    >>> params["w"]
    array([ 0.9, -1.9])
    """

    squares_gradients = True

    def __init__(self, params, learning_rate=0.01, *, epsilon=1e-10):
        super().__init__(params, learning_rate)
        self.epsilon = _check_epsilon(epsilon)
        self.s = params.zeros_like()

    def _update(self, d_flat):
        work, s = self._work, self.s.flat
        np.square(d_flat, out=work)
        s += work
        np.sqrt(s, out=work)
        work += self.epsilon
        np.divide(d_flat, work, out=work)
        self._descend(work, self.learning_rate)


class RMSprop(Optimizer):
    r"""As Adagrad, but with a mean that forgets, so that steps do not shrink for ever.

    .. math::
        v &\leftarrow \rho v + (1 - \rho) g^2 \\
        \theta &\leftarrow \theta - \eta \, \frac{g}{\sqrt{v} + \epsilon}

    Parameters
    ----------
    params : Parameters
        What is to be learned, changed in place.
    learning_rate : float, default=0.01
        The factor :math:`\eta`.
    decay : float, default=0.99
        Share of the mean that is kept from step to step, :math:`\rho`, below 1 (PyTorch's `alpha`).
    epsilon : float, default=1e-8
        Keeps the denominator above 0.

    Attributes
    ----------
    v : Parameters
        Moving mean of the squared gradients.

    Raises
    ------
    TypeError
        If `params` is no `Parameters`, or an option no number.
    ValueError
        If an option is out of its range.

    Notes
    -----
    Tieleman and Hinton, lecture 6e of "Neural networks for machine learning" (2012). Epsilon is
    added after the root, as in ``torch.optim.RMSprop``.

    Examples
    --------
    >>> params = Parameters({"w": [1.0, -2.0]})
    >>> optimizer = RMSprop(params, learning_rate=0.01)
    >>> optimizer.step(2 * params.flat)  # the mean starts at 0: ten times as long a step
    >>> params["w"].round(4)
    array([ 0.9, -1.9])
    """

    squares_gradients = True

    def __init__(self, params, learning_rate=0.01, *, decay=0.99, epsilon=1e-8):
        super().__init__(params, learning_rate)
        self.decay = _check_share("decay", decay)
        self.epsilon = _check_epsilon(epsilon)
        self.v = params.zeros_like()

    def _update(self, d_flat):
        work, v = self._work, self.v.flat
        np.square(d_flat, out=work)
        _move(v, work, self.decay, work)
        np.sqrt(v, out=work)
        work += self.epsilon
        np.divide(d_flat, work, out=work)
        self._descend(work, self.learning_rate)


class Adam(Optimizer):
    r"""Moving means of the gradient and of its square, corrected for their start at zero.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g \\
        v &\leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        \theta &\leftarrow \theta - \eta \,
            \frac{m / (1 - \beta_1^t)}{\sqrt{v / (1 - \beta_2^t)} + \epsilon}

    Parameters
    ----------
    params : Parameters
        What is to be learned, changed in place.
    learning_rate : float, default=0.001
        The factor :math:`\eta`.
    beta1, beta2 : float, default=0.9 and 0.999
        Share of each mean that is kept from step to step, below 1.
    epsilon : float, default=1e-8
        Keeps the denominator above 0.

    Attributes
    ----------
    m, v : Parameters
        Moving means of the gradient and of its square, not corrected.

    Raises
    ------
    TypeError
        If `params` is no `Parameters`, or an option no number.
    ValueError
        If an option is out of its range.

    Notes
    -----
    Kingma and Ba, "Adam: a method for stochastic optimization" (2014).

    Examples
    --------
    >>> params = Parameters({"w": [1.0, -2.0]})
    >>> optimizer = Adam(params, learning_rate=0.1)
    >>> for _ in range(2):
    ...     optimizer.step(2 * params.flat)
    >>> params["w"].round(3)  # two steps of length 0.1, whatever the size of the gradient
    array([ 0.8, -1.8])
    """

    squares_gradients = True

    def __init__(self, params, learning_rate=0.001, *, beta1=0.9, beta2=0.999, epsilon=1e-8):
        super().__init__(params, learning_rate)
        self.beta1 = _check_share("beta1", beta1)
        self.beta2 = _check_share("beta2", beta2)
        self.epsilon = _check_epsilon(epsilon)
        self.m, self.v = params.zeros_like(), params.zeros_like()

    def _update(self, d_flat):
        work, m, v = self._work, self.m.flat, self.v.flat
        _move(m, d_flat, self.beta1, work)
        np.square(d_flat, out=work)
        _move(v, work, self.beta2, work)
        # The corrections are numbers: they go where they cost least.
        np.sqrt(v, out=work)
        work /= math.sqrt(1 - self.beta2**self.n_steps)
        work += self.epsilon
        np.divide(m, work, out=work)
        self._descend(work, self.learning_rate / (1 - self.beta1**self.n_steps))


class AdamW(Adam):
    r"""Adam with weight decay that does not go through the moving means.

    .. math:: \theta \leftarrow (1 - \eta \lambda) \, \theta, \quad\text{and then as in Adam}

    Parameters
    ----------
    params, learning_rate, beta1, beta2, epsilon
        As in `Adam`.
    weight_decay : float, default=0.01
        How fast parameters decay, :math:`\lambda`. All of them do, biases too.

    Raises
    ------
    TypeError
        If `params` is no `Parameters`, or an option no number.
    ValueError
        If an option is out of its range.

    Notes
    -----
    Loshchilov and Hutter, "Decoupled weight decay regularization" (2017). As in
    ``torch.optim.AdamW``, the decay is multiplied by the learning rate.

    Examples
    --------
    >>> params = Parameters({"w": [1.0, -2.0]})
    >>> optimizer = AdamW(params, learning_rate=0.1, weight_decay=0.5)
    >>> optimizer.step([0.0, 0.0])  # no gradient: decay only
    >>> params["w"]
    array([ 0.95, -1.9 ])
    """

    def __init__(self, params, learning_rate=0.001, *, weight_decay=0.01, **options):
        super().__init__(params, learning_rate, **options)
        self.weight_decay = _check_weight_decay(weight_decay)

    def _update(self, d_flat):
        self.params.flat *= 1 - self.learning_rate * self.weight_decay
        super()._update(d_flat)


OPTIMIZERS = {"sgd": SGD, "adagrad": Adagrad, "rmsprop": RMSprop, "adam": Adam, "adamw": AdamW}
"""The optimisers by name."""


def clip_by_norm(d_params, max_norm):
    r"""Shorten a gradient that is too long, and keep its direction.

    .. math:: g \leftarrow g \cdot \min\left(1, \frac{\text{max\_norm}}{\lVert g \rVert}\right)

    Parameters
    ----------
    d_params : Parameters or ndarray
        The gradient. Its norm is over all numbers of all arrays.
    max_norm : float
        The greatest length allowed, above 0; with infinity nothing is clipped.

    Returns
    -------
    clipped : Parameters or ndarray
        `d_params` itself if it is short enough, else a new gradient of length `max_norm`.
    norm : float
        Length of `d_params`, before clipping. If there is a NaN or infinity in it, so is its
        length, and it comes back as it is: nothing could save it, and optimisers refuse it.

    Raises
    ------
    TypeError
        If `d_params` is no gradient, or `max_norm` no number.
    ValueError
        If `max_norm` is not above 0.

    Notes
    -----
    Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks" (2013).
    ``torch.nn.utils.clip_grad_norm_`` adds 1e-6 to the norm that it divides by; this function
    does not.

    Examples
    --------
    >>> clip_by_norm(np.array([3.0, 4.0]), max_norm=1.0)
    (array([0.6, 0.8]), 5.0)
    """
    if not (isinstance(max_norm, float) and max_norm == math.inf):
        reason = "a negative one would turn the gradient around, and 0 would erase it"
        max_norm = check_number("max_norm", max_norm, above=0, reason=reason)
    numbers = _numbers(d_params)
    norm = _norm(numbers)
    if norm <= max_norm or not math.isfinite(norm):
        return d_params, norm
    return _like(d_params, numbers * (max_norm / norm)), norm


def clip_by_value(d_params, limit):
    """Bring each number of a gradient between -limit and limit.

    Unlike `clip_by_norm` it changes the direction.

    Parameters
    ----------
    d_params : Parameters or ndarray
        The gradient.
    limit : float
        The greatest absolute value allowed, above 0.

    Returns
    -------
    Parameters or ndarray
        A new gradient.

    Raises
    ------
    TypeError
        If `d_params` is no gradient, or `limit` no number.
    ValueError
        If `limit` is not above 0, or there is a NaN or infinity in the gradient.

    Notes
    -----
    Mikolov, "Statistical language models based on neural networks" (2012).

    Examples
    --------
    >>> clip_by_value(np.array([3.0, -0.4]), limit=1.0)
    array([ 1. , -0.4])
    """
    reason = "the numbers are brought between -limit and limit"
    limit = check_number("limit", limit, above=0, reason=reason)
    numbers = _numbers(d_params)
    if isinstance(d_params, Parameters):
        _check_finite(numbers, d_params.shapes)
    return _like(d_params, np.clip(check_real("d_params", numbers), -limit, limit))


def warmup_cosine(step, n_steps, *, peak=1.0, n_warmup=0, final=0.0):
    """Return the factor of the learning rate at a step: up in a line, then down along a cosine.

    Parameters
    ----------
    step : int
        Number of steps taken before this one: 0 for the first.
    n_steps : int
        Where the cosine ends. What comes after has the final rate.
    peak : float, default=1.0
        The highest value, that of step `n_warmup`. With 1 what is returned is a factor, as
        `rnnhelpers.training.train` wants it; with the learning rate itself it is a rate.
    n_warmup : int, default=0
        Number of steps before that, with rates that grow evenly from above 0.
    final : float, default=0.0
        The final rate, as a share of `peak`.

    Returns
    -------
    float
        The learning rate. With ``final=0`` it is 0 from step `n_steps` on, which optimisers refuse.

    Raises
    ------
    TypeError
        If an argument is no number of the right kind.
    ValueError
        If an argument is out of its range, or the warm-up takes all steps.

    Notes
    -----
    The cosine: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts"
    (2016), without restarts. The warm-up: Goyal et al., "Accurate, large minibatch SGD" (2017).

    Examples
    --------
    >>> [round(warmup_cosine(step, n_steps=7, n_warmup=3), 2) for step in range(9)]
    [0.25, 0.5, 0.75, 1.0, 0.85, 0.5, 0.15, 0.0, 0.0]
    """
    step = check_count("step", step, smallest=0, largest=MOST_STEPS)
    n_steps = check_count("n_steps", n_steps, largest=MOST_STEPS)
    peak = check_number("peak", peak, above=0)
    n_warmup = check_count("n_warmup", n_warmup, smallest=0, largest=MOST_STEPS)
    final = check_number("final", final, at_least=0)
    if final > 1:
        raise ValueError(f"final is {final}: expected 0 to 1, since it is a share of peak")
    if n_warmup >= n_steps:
        raise ValueError(
            f"n_warmup is {n_warmup}: expected less than n_steps, {n_steps}; "
            "no step would be left for the cosine"
        )
    if step < n_warmup:
        return peak * (step + 1) / (n_warmup + 1)
    progress = min(1, (step - n_warmup) / (n_steps - n_warmup))
    return peak * (final + (1 - final) * (1 + math.cos(math.pi * progress)) / 2)


def exponential_decay(step, *, factor, every=1, start=1.0):
    """Return the factor of the learning rate at a step: it shrinks every few steps.

    Parameters
    ----------
    step : int
        Number of steps taken before this one: 0 for the first.
    factor : float
        What the rate is multiplied with, between 0 and 1.
    every : int, default=1
        Number of steps that have the same rate.
    start : float, default=1.0
        The first value. With 1 what is returned is a factor, as `rnnhelpers.training.train` wants
        it; with the learning rate itself it is a rate.

    Returns
    -------
    float
        The learning rate.

    Raises
    ------
    TypeError
        If an argument is no number of the right kind.
    ValueError
        If an argument is out of its range.

    Notes
    -----
    The same as PyTorch's ``StepLR``; with ``every=1``, its ``ExponentialLR``.

    Examples
    --------
    >>> [exponential_decay(step, start=8.0, factor=0.5, every=2) for step in range(5)]
    [8.0, 8.0, 4.0, 4.0, 2.0]
    """
    step = check_count("step", step, smallest=0, largest=MOST_STEPS)
    every = check_count("every", every, largest=MOST_STEPS)
    start = check_number("start", start, above=0)
    reason = "with 1 or more the rate does not decay"
    factor = check_number("factor", factor, above=0, below=1, reason=reason)
    return start * factor ** (step // every)


def _move(mean, values, decay, work):
    """Let a moving mean forget a little, and take in new values; `work` may be the values."""
    np.multiply(values, 1 - decay, out=work)
    mean *= decay
    mean += work


def _norm(numbers):
    """Return the length of a gradient; NaN or infinity if there is one in it."""
    squared = _sum_of_squares(numbers)
    if 1e-20 < squared < math.inf:
        return math.sqrt(squared)
    # The squares are too large for the type, or too small: measure in units of the largest.
    largest = float(np.abs(numbers).max(initial=0))
    if not 0 < largest < math.inf:
        return largest
    scaled = numbers.astype(np.float64) / largest
    return largest * math.sqrt(_sum_of_squares(scaled))


def _sum_of_squares(numbers):
    """Return the sum of squares; infinity where it is too large for the type."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return float(np.vdot(numbers, numbers))


def _like(d_params, numbers):
    """Return new numbers in the form of a gradient."""
    if isinstance(d_params, Parameters):
        return Parameters.over(numbers, d_params.shapes)
    return numbers


def _numbers(d_params):
    """Return the numbers of a gradient as an array of floats."""
    if isinstance(d_params, Parameters):
        return d_params.flat
    if isinstance(d_params, Mapping):
        raise TypeError(
            f"d_params is a {type(d_params).__name__}: expected Parameters, or an array; "
            "use Parameters(d_params)"
        )
    if isinstance(d_params, np.ndarray) and d_params.dtype.kind == "f":
        return d_params
    return check_real("d_params", d_params, np.float64)


def _check_finite(d_flat, shapes):
    """Raise if a gradient is not finite, with the name of the first parameter where it is not."""
    if math.isfinite(_sum_of_squares(d_flat)):
        return  # no square is negative, so nothing can have cancelled
    for name, array in Parameters.over(d_flat, shapes).items():
        bad = np.argwhere(~np.isfinite(array)).tolist()
        if bad:
            where = "".join(f"[{index}]" for index in bad[0])
            raise NonFiniteError(
                f"d_params[{name!r}]{where} is {array[tuple(bad[0])]}: expected finite numbers; "
                "if the gradient explodes, clip it from the first step on, or lower the "
                "learning rate"
            )


def _check_names(d_params, params):
    """Raise unless a gradient has the names and shapes of the parameters, in their order."""
    if d_params.shapes is params.shapes:  # made by params.empty_like()
        return
    if list(d_params) != list(params):
        raise ValueError(
            f"d_params has the arrays {list(d_params)}: expected {list(params)}, in this order; "
            "is it the gradient of another model?"
        )
    for name, shape in params.shapes.items():
        check_shape(
            f"d_params[{name!r}]", d_params[name], shape, f"a gradient has the shape of its {name}"
        )


def _check_share(name, value):
    """Return what share is kept from step to step."""
    reason = "it is the share that is kept from step to step"
    return check_number(name, value, at_least=0, below=1, reason=reason)


def _check_epsilon(epsilon):
    """Return a number that keeps a denominator above 0."""
    reason = "it keeps the denominator above 0, where a gradient is 0"
    return check_number("epsilon", epsilon, above=0, reason=reason)


def _check_weight_decay(weight_decay):
    """Return a weight decay that does not make weights grow."""
    reason = "a negative one makes the weights grow"
    return check_number("weight_decay", weight_decay, at_least=0, reason=reason)
