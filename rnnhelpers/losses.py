"""What is to be made small, with its gradient (taught in notebook 05).

A loss function returns two things: the loss, a number, and its gradient with respect to what the
model said. The gradient has the shape of that, and is where the backward pass begins.
"""

import numpy as np

from rnnhelpers._validation import as_array, check_choice, check_count, check_real, check_shape


def softmax(logits):
    r"""Turn logits into probabilities.

    .. math:: p_k = \frac{e^{\text{logits}_k}}{\sum_j e^{\text{logits}_j}}

    Parameters
    ----------
    logits : array-like of shape (..., n_outputs)
        Any real numbers, one for each class.

    Returns
    -------
    ndarray of shape (..., n_outputs)
        Probabilities: above or equal to 0, with the sum 1 over the last axis.

    Raises
    ------
    TypeError
        If `logits` does not hold real numbers.
    ValueError
        If there is no class, or a NaN or infinity.

    Notes
    -----
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).
    The largest logit of each row is subtracted first. That changes no probability, and no
    exponential is above 1, so none overflows.

    Examples
    --------
    >>> softmax([2.0, 1.0, 0.0]).round(4)
    array([0.6652, 0.2447, 0.09  ])
    >>> softmax([10_000.0, 0.0])
    array([1., 0.])
    """
    logits = _as_floats("logits", logits)
    if not logits.ndim or not logits.shape[-1]:
        raise ValueError(
            f"logits has shape {logits.shape}: expected (..., n_outputs), one number for each class"
        )
    with np.errstate(under="ignore", over="ignore"):
        probabilities, sums, _ = _exponentials(logits)
        probabilities /= sums
    return probabilities


def cross_entropy(
    logits, targets, *, ignore_index=-100, class_weights=None, reduction="mean", mask=None
):
    r"""Measure how improbable the right classes are: softmax cross-entropy, in nats.

    .. math::
        L = \frac{\sum_i w_i \, (-\log p_{i, \text{targets}_i})}{\sum_i w_i} \qquad
        d\_\text{logits}_i = \frac{w_i}{\sum_j w_j} (p_i - \text{onehot}(\text{targets}_i))

    Parameters
    ----------
    logits : array-like of shape (n_sequences, n_outputs) or (n_sequences, n_steps, n_outputs)
        One prediction for each sequence, or for each time step.
    targets : array-like of int, shape (n_sequences,) or (n_sequences, n_steps)
        The right class of each prediction, from 0 to K - 1.
    ignore_index : int, default=-100
        A target with this value is not counted.
    class_weights : array-like of shape (n_outputs,), optional
        How much a target of each class counts: :math:`w_i` is the weight of the class
        ``targets[i]``. All 1 if not given.
    reduction : {"mean", "sum"}, default="mean"
        With "mean", the weighted mean over the counted targets, as above. With "sum", the
        denominator is 1.
    mask : array-like of bool, shape of `targets`, optional
        True for the targets that count, False for padding. What stands in `targets` there is not
        looked at.

    Returns
    -------
    loss : float
        The loss. Guessing evenly among K classes costs log(K).
    d_logits : ndarray, shape of `logits`
        Its gradient, zero where a target is not counted. float32 if `logits` is, else float64.

    Raises
    ------
    TypeError
        If `logits` does not hold real numbers, `targets` no whole ones, or `mask` no booleans.
    ValueError
        If shapes do not fit, a target is no class, there is one class only, no target is counted
        for a mean, a weight is negative or immense, or there is a NaN or infinity.

    See Also
    --------
    softmax : the probabilities.

    Notes
    -----
    Bridle, "Probabilistic interpretation of feedforward classification network outputs" (1990).
    The weighted mean is that of PyTorch's ``torch.nn.CrossEntropyLoss``.

    Examples
    --------
    >>> loss, d_logits = cross_entropy([[2.0, 1.0, 0.0]], [0])
    >>> round(loss, 4)  # -log(0.6652), see softmax
    0.4076
    >>> d_logits.round(4)  # a step against it raises the right class's logit
    array([[-0.3348,  0.2447,  0.09  ]])

    Of two sequences, the second is one step shorter:

    >>> logits = np.zeros((2, 2, 4))
    >>> loss, d_logits = cross_entropy(logits, [[3, 1], [2, 0]], mask=[[True, True], [True, False]])
    >>> round(loss, 4)  # the log of 4
    1.3863
    >>> d_logits[1, 1]
    array([0., 0., 0., 0.])
    """
    logits = _check_logits(logits)
    targets = _check_targets(targets, logits.shape)
    counted = targets != check_count("ignore_index", ignore_index, -np.inf, None)
    if mask is not None:
        counted &= _check_mask(mask, targets.shape)
    weights, total = counted, np.count_nonzero(counted)
    if total < targets.size:
        targets = np.where(counted, targets, 0)  # any class, since its weight is 0
    _check_classes(targets, logits.shape[-1])
    if class_weights is not None:
        weights = counted * _check_class_weights(class_weights, logits)[targets]
        total = weights.sum()
    weights = (weights / _denominator(total, reduction)).astype(logits.dtype, copy=False)
    with np.errstate(
        under="ignore", over="ignore"
    ):  # what is 10,000 below the largest has probability 0
        return _cross_entropy(logits, targets, weights)


def _cross_entropy(logits, targets, weights):
    """Return the weighted sum, and its gradient, which is made in the place of exp(logits)."""
    d_logits, sums, largest = _exponentials(logits)
    sums, largest = sums[..., 0], largest[..., 0]
    n_sequences, *n_steps = targets.shape
    rows = np.arange(n_sequences)
    at_targets = (rows[:, None], np.arange(*n_steps), targets) if n_steps else (rows, targets)
    losses = np.log(sums) + (largest - logits[at_targets])
    d_logits *= (weights / sums)[..., None]
    d_logits[at_targets] -= weights
    return float((weights * losses).sum(dtype=np.float64)), d_logits


def squared_error(predictions, targets, *, mask=None, reduction="mean"):
    r"""Measure how far numbers are from their targets: the mean of the squared differences.

    .. math::
        L = \frac{1}{n} \sum_i (\text{predictions}_i - \text{targets}_i)^2 \qquad
        d\_\text{predictions} = \frac{2}{n} (\text{predictions} - \text{targets})

    Parameters
    ----------
    predictions : array-like of any shape
        What the model said.
    targets : array-like, shape of `predictions`
        What is right.
    mask : array-like of bool, shape of `predictions` with or without its last axis, optional
        True for what counts, False for padding. Where it is False any finite target will do.
    reduction : {"mean", "sum"}, default="mean"
        With "mean", n is how many numbers are counted; with "sum", it is 1.

    Returns
    -------
    loss : float
        The loss.
    d_predictions : ndarray, shape of `predictions`
        Its gradient, zero where nothing is counted. float32 if `predictions` is, else float64.

    Raises
    ------
    TypeError
        If an input does not hold real numbers, or `mask` no booleans.
    ValueError
        If shapes do not fit, no number is counted for a mean, or there is a NaN or infinity.

    Notes
    -----
    Least squares: Legendre, "Nouvelles méthodes pour la détermination des orbites des comètes"
    (1805). The mean is over all numbers, as in PyTorch's ``torch.nn.MSELoss``, and there is no
    factor 1/2.

    Examples
    --------
    >>> squared_error([[1.0, 2.0]], [[1.0, 4.0]])
    (2.0, array([[ 0., -2.]]))
    """
    predictions = _as_floats("predictions", predictions)
    targets = check_real("targets", targets)
    check_shape(
        "targets",
        targets,
        predictions.shape,
        "the shape of predictions, since NumPy would stretch another one silently",
    )
    counted = True if mask is None else _check_mask_of_numbers(mask, predictions.shape)
    n_counted = predictions.size if mask is None else np.count_nonzero(counted)
    denominator = _denominator(n_counted, reduction)

    d_predictions = np.subtract(
        predictions, targets, dtype=predictions.dtype, where=counted, out=np.zeros_like(predictions)
    )
    loss = float(np.square(d_predictions, dtype=np.float64).sum()) / denominator
    d_predictions *= 2 / denominator
    return loss, d_predictions


def _exponentials(logits):
    """Return exp(logits - largest), its sums and the largest, of each row."""
    largest = logits.max(axis=-1, keepdims=True)
    # A fresh array in the memory order of the logits: the rest is done in its place.
    exponentials = logits - largest
    np.exp(exponentials, out=exponentials)
    return exponentials, exponentials.sum(axis=-1, keepdims=True), largest


def _denominator(total, reduction):
    """Return what a sum of losses is divided by; `total` is the sum of their weights."""
    check_choice("reduction", reduction, ("mean", "sum"))
    if reduction == "sum":
        return 1.0
    if not total:
        raise ValueError(
            "no target is counted: expected at least one for a mean; all of them are masked, "
            "or have ignore_index for a class, or a class of weight 0"
        )
    return float(total)


def _as_floats(name, values):
    """Return finite numbers as float32 if they are, and else as float64."""
    values = check_real(name, values)
    return values if values.dtype == np.float32 else values.astype(np.float64, copy=False)


def _check_logits(logits):
    """Return logits of shape (N, K) or (N, T, K), with at least two classes."""
    logits = _as_floats("logits", logits)
    if logits.ndim not in (2, 3):
        hint = "; for one prediction use logits[None]" if logits.ndim == 1 else ""
        raise ValueError(
            f"logits has shape {logits.shape}: expected (n_sequences, n_outputs) or "
            f"(n_sequences, n_steps, n_outputs){hint}"
        )
    if logits.shape[-1] < 2:
        reason = "one class only: the loss is always 0" if logits.shape[-1] else "there is no class"
        raise ValueError(
            f"logits has shape {logits.shape}: expected two classes or more on the last axis; "
            f"{reason}"
        )
    return logits


def _check_targets(targets, shape):
    """Return whole numbers, one for each row of logits of this shape."""
    targets = check_real("targets", targets)
    if targets.shape == shape:
        raise ValueError(
            f"targets has shape {targets.shape}, like logits: expected {shape[:-1]}, the number "
            "of the right class; if they are one-hot, use targets.argmax(-1)"
        )
    if targets.size and targets.dtype.kind not in "iu":
        raise TypeError(
            f"targets has dtype {targets.dtype}: expected whole numbers, that of the right class"
        )
    check_shape("targets", targets, shape[:-1], _why_no_fit(targets.shape, shape))
    if targets.dtype.kind == "u" and targets.size and targets.max() > np.iinfo(np.intp).max:
        raise ValueError(f"targets has {targets.max()}: expected the number of a class")
    return targets.astype(np.intp, copy=False)


def _why_no_fit(shape, logits_shape):
    """Guess why targets of this shape do not fit the logits."""
    n_sequences, *n_steps, n_outputs = logits_shape
    if n_steps and shape == (n_sequences, n_outputs):
        return "the classes stand on the last axis, unlike in PyTorch: use logits.swapaxes(1, 2)"
    if n_steps and shape == (*n_steps, n_sequences):
        return "time looks first: use targets.T"
    if shape == (*logits_shape[:-1], 1):
        return "one axis too many: use targets[..., 0]"
    return "one target for each row of logits"


def _check_mask(mask, shape):
    """Return a mask of booleans of this shape."""
    mask = as_array("mask", mask)
    if mask.dtype != bool:
        raise TypeError(
            f"mask has dtype {mask.dtype}: expected True for what counts, False for padding; "
            "use mask.astype(bool)"
        )
    check_shape("mask", mask, shape, "one entry for each target")
    return mask


def _check_mask_of_numbers(mask, shape):
    """Return a mask of booleans of this shape, made from one with or without the last axis."""
    mask = as_array("mask", mask)
    if mask.shape == shape[:-1] and shape:
        mask = np.broadcast_to(mask[..., None], shape)
    return _check_mask(mask, shape)


def _check_classes(targets, n_outputs):
    """Raise unless all targets are classes."""
    if targets.size and (targets.min() < 0 or targets.max() >= n_outputs):
        where = np.argwhere((targets < 0) | (targets >= n_outputs))[0].tolist()
        value = targets[tuple(where)]
        reason = "does the model have an output for each class?"
        if value < 0:
            reason = (
                "NumPy would wrap it around silently, to a class counted from the end; "
                "for a target that is not to be counted use ignore_index or a mask"
            )
        raise ValueError(
            f"targets{''.join(f'[{index}]' for index in where)} is {value}: expected 0 to "
            f"{n_outputs - 1}, for {n_outputs} classes; {reason}"
        )


def _check_class_weights(class_weights, logits):
    """Return the weights as float64, none negative, and their sum finite in that of the logits."""
    class_weights = check_real("class_weights", class_weights, np.float64)
    check_shape("class_weights", class_weights, logits.shape[-1:], "one weight for each class")
    if class_weights.min() < 0:
        raise ValueError(
            f"class_weights has {class_weights.min():g}: expected 0 or more; "
            "a negative one would reward wrong answers"
        )
    most = float(np.finfo(logits.dtype).max) / max(1, logits.size)
    if class_weights.max() > most:
        raise ValueError(
            f"class_weights has {class_weights.max():g}: expected at most {most:.2g}, so that "
            f"{logits.dtype} holds their sum; only their ratios matter to a mean"
        )
    return class_weights
