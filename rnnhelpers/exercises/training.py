"""The exercises of notebook 06."""

import math

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def next_word_pairs(ids):
    """Return two arrays, inputs and targets: each word that has a next one, and that next one.

    ids has shape (N, T), one sentence a row.
    """
    n_pairs = ids.shape[1] - 1
    return ids[:, :n_pairs], ids[:, 1:]


def sgd_step(params, d_params, learning_rate):
    """Return new parameters, one step downhill: a dictionary of arrays, as params is one.

    d_params has the gradient of each array, under the same name. Both are left as they are.
    """
    return {name: array - learning_rate * d_params[name] for name, array in params.items()}


def my_clip(d_params, max_norm):
    """Return the gradient, shortened to the length max_norm if it is longer than that.

    d_params is a dictionary of arrays. Its length is that of all its numbers together, written
    one after the other as one vector. It is left as it is.
    """
    norm = np.sqrt(sum(np.sum(array**2) for array in d_params.values()))
    factor = max_norm / max(norm, max_norm)
    return {name: factor * array for name, array in d_params.items()}


def masked_loss(p_right, is_real):
    """Return the mean loss, in nats, over the real targets: a number.

    p_right has shape (N, T): the probability that each target got. is_real has the same shape
    and holds True for a word and False for padding.
    """
    return -np.log(p_right[is_real]).mean()


# The mistakes ----------------------------------------------------------------------------------


def _stepped(rule):
    """Make an `sgd_step` that works out each array by a rule of its own."""

    def answer(params, d_params, learning_rate):
        return {name: rule(params[name], d_params[name], learning_rate) for name in params}

    return answer


def _step_of_the_first_array(params, d_params, learning_rate):
    first = next(iter(params))
    return params | {first: params[first] - learning_rate * d_params[first]}


def _only_the_first_array(params, d_params, learning_rate):
    first = next(iter(params))
    return {first: params[first] - learning_rate * d_params[first]}


def _step_in_place(params, d_params, learning_rate):
    for name in params:
        params[name] -= learning_rate * d_params[name]
    return dict(params)


def _step_into_what_was_given(params, d_params, learning_rate):
    for name in params:
        params[name] = params[name] - learning_rate * d_params[name]
    return dict(params)


def _step_of_the_last_array(params, d_params, learning_rate):
    return {
        name: params[name] - learning_rate * d_params[name]
        for name in list(params)[len(params) - 1 :]
    }


def _step_of_matrices_only(params, d_params, learning_rate):
    moved = sgd_step(params, d_params, learning_rate)
    return {name: moved[name] if params[name].ndim == 2 else params[name] for name in params}


def _flat(d_params):
    return np.concatenate([array.ravel() for array in d_params.values()])


def _length(d_params):
    return float(np.linalg.norm(_flat(d_params)))


def _clipped(factor):
    """Make a `my_clip` that multiplies all arrays by a factor of its own."""

    def answer(d_params, max_norm):
        by = factor(d_params, max_norm)
        return {name: by * array for name, array in d_params.items()}

    return answer


def _measured_by(length):
    """Make a `my_clip` with another idea of what the length is."""
    return _clipped(
        lambda d_params, max_norm: (
            max_norm / length(_flat(d_params)) if length(_flat(d_params)) > max_norm else 1.0
        )
    )


def _each_array(rule):
    """Make a `my_clip` that looks at one array at a time."""

    def answer(d_params, max_norm):
        return {name: rule(array, max_norm) for name, array in d_params.items()}

    return answer


def _shortened_alone(array, max_norm):
    norm = float(np.linalg.norm(array))
    return array * (max_norm / norm) if norm > max_norm else array


def _length_of_the_lengths_added(d_params, max_norm):
    norm = sum(float(np.linalg.norm(array)) for array in d_params.values())
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * array for name, array in d_params.items()}


def _measured_by_sums(d_params, max_norm):
    norm = float(np.sqrt(sum(array.sum() ** 2 for array in d_params.values())))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * array for name, array in d_params.items()}


def _clipped_in_place(d_params, max_norm):
    factor = max_norm / max(_length(d_params), max_norm)
    for name in d_params:
        d_params[name] *= factor
    return dict(d_params)


def _length_of_the_last_array(d_params, max_norm):
    norm = float(np.linalg.norm(list(d_params.values())[-1]))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * array for name, array in d_params.items()}


def _length_of_the_first_array(d_params, max_norm):
    norm = float(np.linalg.norm(next(iter(d_params.values()))))
    factor = max_norm / norm if norm > max_norm else 1.0
    return {name: factor * array for name, array in d_params.items()}


def _nats(p_right):
    with np.errstate(divide="ignore"):
        return -np.log(p_right)


def _multiplied(p_right, is_real):
    with np.errstate(invalid="ignore"):
        return (_nats(p_right) * is_real).sum() / is_real.sum()


def _mean_of_means(p_right, is_real):
    rows = zip(p_right, is_real, strict=True)
    return float(np.mean([_nats(p[real]).mean() for p, real in rows if real.any()]))


# The examples ----------------------------------------------------------------------------------


def _id_cases(rng):
    cases = [(np.array([[3, 5, 4]]),), (np.array([[4, 7, 3, 2, 6, 5]]),)]
    for n, n_steps in [(2, 4), (3, 3), (3, 5)]:
        cases.append((rng.permuted(np.tile(np.arange(2, 10), (n, 1)), axis=1)[:, :n_steps],))
    return cases


def _numbers(rng, shape):
    return not_small(rng, shape, 0.3, 2, decimals=1)


def _step_cases(rng):
    cases = [({"w": np.array([2.0])}, {"w": np.array([0.5])}, 0.1)]
    for shapes, learning_rate in [
        ({"W": (1, 2), "b": (2,)}, 0.5),
        ({"W_hy": (2, 3), "b_y": (3,)}, 0.02),
        ({"W_xh": (2, 2), "W_hh": (2, 2), "b_h": (2,)}, 3.0),
    ]:
        params = {name: _numbers(rng, shape) for name, shape in shapes.items()}
        d_params = {name: _numbers(rng, shape) for name, shape in shapes.items()}
        cases.append((params, d_params, learning_rate))
    params = {"W": _numbers(rng, (2, 2)), "V": _numbers(rng, (2, 2))}
    d_params = {"V": _numbers(rng, (2, 2)), "W": _numbers(rng, (2, 2))}  # in another order
    cases.append((params, d_params, 0.1))
    w, v = _numbers(rng, (1, 3)), _numbers(rng, (1, 3))
    # One array is a gradient, too: who changes arrays in their places moves v by another gradient.
    return [*cases, ({"W": w, "V": v}, {"W": _numbers(rng, (1, 3)), "V": w}, 0.5)]


def _clip_cases(rng):
    cases = [
        ({"w": np.array([3.0, 4.0])}, 1.0),
        ({"w": np.array([0.3, -0.4])}, 1.0),
        ({"w": np.array([0.0, 0.0])}, 1.0),
        ({"W": np.array([[2.0, -1.0]]), "b": np.array([2.0])}, 2.5),
        ({"W": np.array([[2.0, -1.0]]), "b": np.array([2.0])}, 4.0),
    ]
    for shapes, max_norm in [({"W": (2, 2), "b": (2,)}, 0.5), ({"W": (2, 3), "b": (3,)}, 20.0)]:
        cases.append(({name: _numbers(rng, shape) for name, shape in shapes.items()}, max_norm))
    return cases


def _probabilities(rng, shape):
    return rng.uniform(0.05, 0.6, size=shape).round(2)


def _mask(lengths, n_steps):
    return np.arange(n_steps) < np.array(lengths)[:, None]


def _loss_cases(rng):
    cases = [
        (np.array([[0.5, 0.25]]), _mask([2], 2)),
        (np.array([[0.5, 0.25, 0.9], [0.1, 0.9, 0.9]]), _mask([2, 1], 3)),
        (np.array([[0.5, 0.2, 0.0]]), _mask([2], 3)),
    ]
    for lengths, n_steps in [([3, 1], 3), ([1, 4, 2], 4)]:
        cases.append((_probabilities(rng, (len(lengths), n_steps)), _mask(lengths, n_steps)))
    return cases


TASKS = (
    Exercise(
        name="next-word-pairs",
        reference=next_word_pairs,
        cases=_id_cases,
        meaning="T words make T - 1 pairs: the last word has no next one.",
        hints=(
            "Which word of a sentence can be no input, and which can be no target?",
            "All words but the last of each row, and all words but the first.",
            "ids[:, :-1] leaves out the last column.",
        ),
        mistakes=(
            Mistake(
                "each word is its own target",
                "At 'chetan' the right answer is the word after it.",
                lambda ids: (ids[:, :-1], ids[:, :-1]),
            ),
            Mistake(
                "each word is its own target, the last one too",
                "The targets are one word on. Which word has none?",
                lambda ids: (ids, ids),
            ),
            Mistake(
                "the words after are the inputs, and the words before the targets",
                "That is to guess the word before. Change the two over.",
                lambda ids: (ids[:, 1:], ids[:, :-1]),
            ),
            Mistake(
                "the last word of a sentence has the first one as its target",
                "np.roll goes round in a circle. Does the last word have a next one?",
                lambda ids: (ids, np.roll(ids, -1, axis=1)),
            ),
            Mistake(
                "the word before is the target, and the first word has the last one",
                "np.roll by +1 moves the words the other way.",
                lambda ids: (ids, np.roll(ids, 1, axis=1)),
            ),
            Mistake(
                "five words are taken, however long the sentence is",
                "Another sentence has another T: ids.shape[1]. Or count from the end.",
                lambda ids: (ids[:, :5], ids[:, 1:]),
            ),
            Mistake(
                "the inputs keep the last word",
                "Each input needs a target. Which word has none?",
                lambda ids: (ids, ids[:, 1:]),
            ),
            Mistake(
                "the targets keep the first word",
                "No word comes before the first one: for which input would it be the target?",
                lambda ids: (ids[:, :-1], ids),
            ),
            Mistake(
                "whole sentences are left out, not words",
                "The words of a sentence stand along the second axis.",
                lambda ids: (ids[:-1], ids[1:]),
            ),
            Mistake(
                "the target is the word after the next",
                "One word on, not two.",
                lambda ids: (ids[:, :-2], ids[:, 2:]),
            ),
            Mistake(
                "both ends are cut off the inputs",
                "The first word has a next one: it is an input.",
                lambda ids: (ids[:, 1:-1], ids[:, 2:]),
            ),
            Mistake(
                "only the last word is a target",
                "At every word the network is asked for the next one.",
                lambda ids: (ids[:, :-1], ids[:, -1]),
            ),
            Mistake(
                "only the last word is a target, as a column",
                "At every word the network is asked for the next one.",
                lambda ids: (ids[:, :-1], ids[:, -1:]),
            ),
            Mistake(
                "the last word gets padding as its target",
                "The last word has no next one, so it is no input either.",
                lambda ids: (ids, np.pad(ids[:, 1:], [(0, 0), (0, 1)])),
            ),
            Mistake(
                "the second word is the target of all",
                "Each word has its own target: is there a colon missing?",
                lambda ids: (ids[:, :-1], ids[:, 1]),
            ),
            Mistake(
                "only the first sentence is cut, and its axis is gone",
                "All sentences: the colon keeps all of the first axis.",
                lambda ids: (ids[0, :-1], ids[0, 1:]),
            ),
            Mistake(
                "time is taken for the first axis",
                "ids has shape (N, T): time is the second axis.",
                lambda ids: (ids.T[:-1], ids.T[1:]),
            ),
            Mistake(
                "the sentences are strung together",
                "One row for each sentence, as in ids.",
                lambda ids: (ids[:, :-1].ravel(), ids[:, 1:].ravel()),
            ),
            Mistake(
                "the pairs are returned one by one",
                "Two arrays are wanted: all inputs, and all targets.",
                lambda ids: [
                    list(zip(row[:-1].tolist(), row[1:].tolist(), strict=True)) for row in ids
                ],
            ),
            Mistake(
                "the two are stacked as one array of pairs",
                "Return two arrays, with a comma between them.",
                lambda ids: np.stack([ids[:, :-1], ids[:, 1:]], axis=2),
            ),
        ),
    ),
    NumberQuestion(
        name="first-loss",
        task=(
            "A network predicts characters. You have made it with small random weights, and before "
            "any training its loss is 4.38. How many different characters does it choose from, "
            "most likely? (A whole number will do.)"
        ),
        reference=lambda: round(math.exp(4.38)),
        within=0.5,
        meaning=(
            "Guessing evenly among K costs ln K, so K is about e^4.38. If your alphabet had 30 "
            "characters, something would be wrong."
        ),
        hints=(
            "What is the loss of a network that thinks all K characters equally likely?",
            "ln K = 4.38. Which function undoes the natural logarithm?",
            "np.exp(4.38)",
        ),
        mistakes=(
            Mistake(
                "the logarithm is undone with 10",
                "The loss is in nats: its logarithm is the natural one.",
                lambda: 10**4.38,
            ),
            Mistake(
                "the logarithm is undone with 2",
                "That would be right for bits. The loss is in nats.",
                lambda: 2**4.38,
            ),
            Mistake(
                "the logarithm is taken once more",
                "The loss is a logarithm already. It has to be undone.",
                lambda: math.log(4.38),
            ),
            Mistake(
                "the probability of one character is given",
                "That is 1/K, what each character gets. How many are there?",
                lambda: math.exp(-4.38),
            ),
            Mistake(
                "the loss is taken for the number of characters",
                "The loss is the logarithm of it.",
                lambda: 4.38,
            ),
            Mistake(
                "the loss is squared",
                "There is no square in this loss. Guessing evenly costs ln K.",
                lambda: 4.38**2,
            ),
        ),
    ),
    Exercise(
        name="sgd-step",
        reference=sgd_step,
        cases=_step_cases,
        meaning="This is all of gradient descent. The rest of the notebook is about doing it well.",
        hints=(
            "The gradient points to where the loss grows. Which way do you go?",
            "Each array gets: itself, minus the learning rate times its gradient.",
            "A new dictionary: {name: ... for name in params}.",
        ),
        mistakes=(
            Mistake(
                "arrays and gradients are paired by their order, not by their names",
                "The gradient of params[name] is d_params[name], wherever it stands.",
                lambda params, d_params, learning_rate: {
                    name: array - learning_rate * gradient
                    for (name, array), gradient in zip(
                        params.items(), d_params.values(), strict=True
                    )
                },
            ),
            Mistake(
                "the step goes uphill",
                "The gradient points to where the loss grows.",
                _stepped(lambda w, d_w, rate: w + rate * d_w),
            ),
            Mistake(
                "the learning rate is left out",
                "How long is the step?",
                _stepped(lambda w, d_w, rate: w - d_w),
            ),
            Mistake(
                "the learning rate is left out, and the step goes uphill",
                "Two things: the direction, and the length of the step.",
                _stepped(lambda w, d_w, rate: w + d_w),
            ),
            Mistake(
                "the step is returned, not where it leads",
                "A step from where? The parameters are in no term of yours.",
                _stepped(lambda w, d_w, rate: -rate * d_w),
            ),
            Mistake(
                "what is to be subtracted is returned",
                "That is what each array has to lose. From what is it subtracted?",
                _stepped(lambda w, d_w, rate: rate * d_w),
            ),
            Mistake(
                "the gradient is divided by the learning rate",
                "A small rate makes a small step.",
                _stepped(lambda w, d_w, rate: w - d_w / rate),
            ),
            Mistake(
                "the learning rate is subtracted from the parameters",
                "The rate is a factor of the gradient: look at your brackets.",
                _stepped(lambda w, d_w, rate: (w - rate) * d_w),
            ),
            Mistake(
                "the rate stands at the parameters, not at the gradient",
                "Which of the two is to be made small?",
                _stepped(lambda w, d_w, rate: rate * w - d_w),
            ),
            Mistake(
                "the difference is multiplied by the learning rate",
                "Only the gradient is: look at your brackets.",
                _stepped(lambda w, d_w, rate: rate * (w - d_w)),
            ),
            Mistake(
                "only the sign of the gradient is used",
                "Where the slope is steep the step is long.",
                _stepped(lambda w, d_w, rate: w - rate * np.sign(d_w)),
            ),
            Mistake(
                "parameters and gradients change their places",
                "What is moved, and along what?",
                _stepped(lambda w, d_w, rate: d_w - rate * w),
            ),
            Mistake(
                "the parameters are multiplied by their gradient",
                "Subtract. The gradient is a direction, not a factor.",
                _stepped(lambda w, d_w, rate: w - rate * w * d_w),
            ),
            Mistake(
                "nothing is moved",
                "What you return are the old parameters.",
                lambda params, d_params, learning_rate: dict(params),
            ),
            Mistake(
                "only the first array is moved",
                "All arrays are: is the loop over all names?",
                _step_of_the_first_array,
            ),
            Mistake(
                "only the first array is returned",
                "Is there a return inside your loop?",
                _only_the_first_array,
            ),
            Mistake(
                "the arrays are changed in their places",
                "The caller still needs them. params.copy() makes a new dictionary of the same "
                "arrays, and -= changes those: fill a new dictionary with new arrays.",
                _step_in_place,
            ),
            Mistake(
                "the new arrays are put into the dictionary that was given",
                "The caller still needs it, with the old arrays in it: fill a dictionary of your "
                "own.",
                _step_into_what_was_given,
            ),
            Mistake(
                "rate and gradient are both subtracted",
                "The rate is a factor of the gradient.",
                _stepped(lambda w, d_w, rate: w - rate - d_w),
            ),
            Mistake(
                "the parameters shrink, and the gradient has no part in it",
                "What is subtracted? Where is d_params in your line?",
                _stepped(lambda w, d_w, rate: w - rate * w),
            ),
            Mistake(
                "each step has the same length",
                "Nothing is divided: where the slope is steep the step is long.",
                _stepped(lambda w, d_w, rate: w - rate * d_w / np.linalg.norm(d_w)),
            ),
            Mistake(
                "all numbers of an array move by the same amount",
                "Each number has a slope of its own.",
                _stepped(lambda w, d_w, rate: w - rate * d_w.mean()),
            ),
            Mistake(
                "only the last array is returned",
                "Is the new dictionary made anew in each turn of your loop?",
                _step_of_the_last_array,
            ),
            Mistake(
                "the biases stay where they are",
                "Biases are parameters like the others.",
                _step_of_matrices_only,
            ),
            Mistake(
                "a list is returned, without the names",
                "A dictionary: each array under its name.",
                lambda params, d_params, learning_rate: list(
                    sgd_step(params, d_params, learning_rate).values()
                ),
            ),
        ),
    ),
    Exercise(
        name="clip-by-norm",
        reference=my_clip,
        cases=_clip_cases,
        meaning="One factor for all numbers: the step is shorter, its direction is the same.",
        hints=(
            "First the length of the whole gradient, one number. Then one factor for all arrays.",
            "The length: the root of the sum of all squares, over all arrays. If it is at most "
            "max_norm, nothing changes.",
            "Otherwise the factor is max_norm / length.",
        ),
        mistakes=(
            Mistake(
                "the length is returned, too",
                "The library's function does so; here only the gradient is asked for.",
                lambda d_params, max_norm: (my_clip(d_params, max_norm), _length(d_params)),
            ),
            Mistake(
                "each number is cut off by itself",
                "np.clip turns the gradient in another direction. One factor for all of it.",
                _each_array(lambda array, max_norm: np.clip(array, -max_norm, max_norm)),
            ),
            Mistake(
                "each number is cut off by itself, and only above",
                "A large negative number is large, too. And one factor for all of it.",
                _each_array(np.minimum),
            ),
            Mistake(
                "each array is shortened by itself",
                "One length for all arrays together, and one factor.",
                _each_array(_shortened_alone),
            ),
            Mistake(
                "a short gradient is made longer",
                "Only what is too long is touched.",
                _clipped(lambda d, longest: longest / _length(d) if _length(d) else 1.0),
            ),
            Mistake(
                "every gradient gets the length 1",
                "Only what is longer than max_norm is touched.",
                _clipped(lambda d, longest: 1 / _length(d) if _length(d) else 1.0),
            ),
            Mistake(
                "a short gradient is made longer, and one of zeros is divided by zero",
                "Only what is too long is touched.",
                _clipped(lambda d, longest: np.float64(longest) / _length(d)),
            ),
            Mistake(
                "the root is forgotten",
                "The sum of the squares is the square of the length.",
                _measured_by(lambda flat: float((flat**2).sum())),
            ),
            Mistake(
                "the root is forgotten in the comparison only",
                "Compare the length with max_norm, not its square.",
                _clipped(
                    lambda d, longest: longest / _length(d) if _length(d) ** 2 > longest else 1
                ),
            ),
            Mistake(
                "what is too long gets the length 1",
                "How long may it be? That is max_norm.",
                _clipped(lambda d, longest: 1 / _length(d) if _length(d) > longest else 1.0),
            ),
            Mistake(
                "the factor is turned over",
                "A gradient that is too long needs a factor below 1.",
                _clipped(lambda d, longest: _length(d) / longest if _length(d) > longest else 1.0),
            ),
            Mistake(
                "what is too long stays, and what is short becomes shorter",
                "Which of the two lengths stands above the fraction line?",
                _clipped(lambda d, longest: min(1.0, _length(d) / longest)),
            ),
            Mistake(
                "what is too long becomes zero",
                "Then nothing is learned from it. Shorten it.",
                _clipped(lambda d, longest: 0.0 if _length(d) > longest else 1.0),
            ),
            Mistake(
                "what is too long is multiplied by max_norm",
                "After that its length is max_norm times what it was. Divide by something, too.",
                _clipped(lambda d, longest: longest if _length(d) > longest else 1.0),
            ),
            Mistake(
                "what is long stays, and what is short is made longer",
                "Which of the two is to be changed? min, not max.",
                _clipped(lambda d, longest: max(1.0, longest / _length(d)) if _length(d) else 1.0),
            ),
            Mistake(
                "the length is the largest of the numbers",
                "The length of a vector: root of the sum of the squares.",
                _measured_by(lambda flat: float(abs(flat).max())),
            ),
            Mistake(
                "the length is the sum of the sizes of the numbers",
                "The length of a vector: root of the sum of the squares.",
                _measured_by(lambda flat: float(abs(flat).sum())),
            ),
            Mistake(
                "the numbers of each array are added up before they are squared",
                "First square each number, then add up.",
                _measured_by_sums,
            ),
            Mistake(
                "the mean of the squares is taken, not the sum",
                "The length of a vector: root of the sum of the squares.",
                _measured_by(lambda flat: float(np.sqrt((flat**2).mean()))),
            ),
            Mistake(
                "the lengths of the arrays are added up",
                "As one vector: add up squares, then take one root.",
                _length_of_the_lengths_added,
            ),
            Mistake(
                "only the first array is measured",
                "The length is that of all arrays together: is the loop left after its first turn?",
                _length_of_the_first_array,
            ),
            Mistake(
                "only the last array is measured",
                "Is the sum set anew in each turn of your loop?",
                _length_of_the_last_array,
            ),
            Mistake(
                "the dictionary that was given is changed, or the arrays in it",
                "The caller still needs both. A copy of a dictionary holds the same arrays, and *= "
                "changes those: fill a new dictionary with new arrays.",
                _clipped_in_place,
            ),
            Mistake(
                "nothing is shortened",
                "What comes out is the gradient that went in.",
                lambda d_params, max_norm: dict(d_params),
            ),
        ),
    ),
    Exercise(
        name="masked-loss",
        reference=masked_loss,
        cases=_loss_cases,
        meaning="Only what was to be predicted counts, in the sum and in the number of targets.",
        hints=(
            "The loss of one target is -log of the probability that it got.",
            "Choose the real targets first. Then take the mean of what is left.",
            "p_right[is_real] holds the probabilities of the real targets, in one row.",
        ),
        mistakes=(
            Mistake(
                "the mean is taken over all targets, padding too",
                "Padding was not to be predicted: leave it out.",
                lambda p, real: _nats(p).mean(),
            ),
            Mistake(
                "padding counts as a loss of zero in the mean",
                "It is out of the sum. But by how many targets do you divide?",
                lambda p, real: _nats(np.where(real, p, 1.0)).mean(),
            ),
            Mistake(
                "padding counts as a loss of zero, by a product that cannot be trusted",
                "By how many targets do you divide? And zero times infinity is not zero.",
                lambda p, real: (_nats(p) * real).mean(),
            ),
            Mistake(
                "padding is multiplied by zero, and zero times infinity is not a number",
                "Where padding got the probability 0 its loss is infinite. Choose before you take "
                "the logarithm.",
                _multiplied,
            ),
            Mistake(
                "padding gets the probability 0, and its loss is infinite",
                "Choose before you take the logarithm: the logarithm of 0 is minus infinity.",
                lambda p, real: _nats(p * real).mean(),
            ),
            Mistake(
                "all losses are added up, and divided by the number of real targets",
                "Padding is still in the sum.",
                lambda p, real: _nats(p).sum() / real.sum(),
            ),
            Mistake(
                "the loss is weighted with the probability itself",
                "Each real target counts the same: the mean of -log p.",
                lambda p, real: (p[real] * _nats(p[real])).mean(),
            ),
            Mistake(
                "the losses are added up and not divided",
                "The mean: by how many targets do you divide?",
                lambda p, real: _nats(p[real]).sum(),
            ),
            Mistake(
                "the sum is divided by the number of time steps",
                "The mean over the real targets: how many are there in all?",
                lambda p, real: _nats(p[real]).sum() / p.shape[1],
            ),
            Mistake(
                "the sum is divided by the number of sentences",
                "The mean over the real targets: how many are there in all?",
                lambda p, real: _nats(p[real]).sum() / len(p),
            ),
            Mistake(
                "the mean of each sentence is taken first, and then the mean of those",
                "Then a word in a short sentence counts more. Each target counts the same.",
                _mean_of_means,
            ),
            Mistake(
                "the mask is used the wrong way round",
                "is_real is True for what counts.",
                lambda p, real: _nats(p[~real]).mean() if (~real).any() else math.nan,
            ),
            Mistake(
                "the minus is left out",
                "The logarithm of a probability is negative, and a loss is not.",
                lambda p, real: -_nats(p[real]).mean(),
            ),
            Mistake(
                "the logarithm is that of the mean probability",
                "First the loss of each target, then the mean.",
                lambda p, real: -math.log(p[real].mean()),
            ),
            Mistake(
                "the logarithm is left out",
                "That is a mean probability. The loss of a target is -log of it.",
                lambda p, real: p[real].mean(),
            ),
            Mistake(
                "one minus the probability is taken for the loss",
                "The loss of a target is -log of its probability.",
                lambda p, real: (1 - p[real]).mean(),
            ),
            Mistake(
                "the logarithm to base 2 is taken",
                "In nats: np.log.",
                lambda p, real: -np.log2(p[real]).mean(),
            ),
            Mistake(
                "the logarithm to base 10 is taken",
                "In nats: np.log.",
                lambda p, real: -np.log10(p[real]).mean(),
            ),
            Mistake(
                "the perplexity is returned",
                "That is e to the loss.",
                lambda p, real: math.exp(_nats(p[real]).mean()),
            ),
            Mistake(
                "the losses are returned one by one",
                "One number: their mean.",
                lambda p, real: _nats(p[real]),
            ),
            Mistake(
                "there is one loss for each sentence",
                "One number for the batch: the mean over all real targets.",
                lambda p, real: np.array(
                    [_nats(row[keep]).mean() for row, keep in zip(p, real, strict=True)]
                ),
            ),
        ),
    ),
    ChoiceQuestion(
        name="turning-curve",
        task=(
            "The loss on the training text falls smoothly, from 4.4 to 0.9, over 2,000 updates. "
            "The held-out loss falls to 2.1 at update 500, and from there it rises to 2.8. What "
            "would you do, and why?"
        ),
        choices={
            "a": Choice(
                "Train on: the training loss is still falling.",
                "It will fall further. Which of the two losses is about new text?",
            ),
            "b": Choice(
                "Start again with a smaller learning rate.",
                "With too large a rate the training loss would jump. What does it do here?",
            ),
            "c": Choice("Take the weights of update 500."),
            "d": Choice(
                "Clip the gradient.",
                "Clipping is for a training loss that leaps up. Does it?",
            ),
        },
        reasons={
            1: Choice("From there on it learns what is true of this text only."),
            2: Choice(
                "The steps are too long, and jump over the valley.",
                "Then the training loss would suffer too. It falls smoothly.",
            ),
            3: Choice(
                "The gradient has exploded.",
                "An exploding gradient shows as a leap in the training loss.",
            ),
            4: Choice(
                "The loss that is made small is what counts.",
                "It is what the updates make small. But what do you want the network for?",
            ),
        },
        meaning=(
            "Two curves that part are the sign of overfitting. Keep the weights that were best on "
            "text that was not learned from."
        ),
        hints=(
            "Two curves: one of the text that is learned from, one of text that is not.",
            "Is anything wrong with the descent itself? Look at the first curve.",
            "After update 500 the network gets better at one text, and worse at others.",
        ),
    ),
)
