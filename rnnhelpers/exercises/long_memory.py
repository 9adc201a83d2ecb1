"""The exercises of notebook 09."""

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


def my_adding(numbers, first, second):
    """Return x, of shape (N, T, 2), and the targets, of shape (N, 1), of the adding problem.

    numbers has shape (N, T). first and second have shape (N,): in row n, the numbers at the
    time steps first[n] and second[n], counted from 0, are marked with 1 and to be added. The
    two are never the same step.
    """
    one_hot = np.eye(numbers.shape[1])
    marks = one_hot[first] + one_hot[second]
    x = np.stack([numbers, marks], axis=2)
    return x, (numbers * marks).sum(axis=1, keepdims=True)


def my_jacobian(h, W_hh):
    """Return how the state before some steps moves the last state: an array of shape (H, H).

    h has shape (T, H): the states after each of the steps, at least one. W_hh has shape (H, H).
    In row i stands how all units of the last state move if unit i of the state before moves.
    """
    product = np.eye(len(W_hh))
    for h_t in h:
        product = product @ (W_hh * (1 - h_t**2))
    return product


def stretch_bound(h, W_hh):
    """Return a number: so much can an arrow be stretched at most on its way through the steps.

    h has shape (T, H): the states after each of the steps, at least one. W_hh has shape (H, H).
    The bound is a product with two factors for each step: the largest singular value of W_hh,
    and the largest slope of tanh at this step.
    """
    longest = np.linalg.norm(W_hh, 2)
    return np.prod(longest * (1 - h**2).max(axis=1))


# The mistakes ----------------------------------------------------------------------------------


def _adding(
    mark=lambda marks, rows, steps: _set(marks, (rows, steps)),
    read=lambda numbers, marks: np.stack([numbers, marks], axis=2),
    target=lambda numbers, marks: (numbers * marks).sum(axis=1, keepdims=True),
):
    """Make a `my_adding` with one of its parts replaced."""

    def answer(numbers, first, second):
        rows, marks = np.arange(len(numbers)), np.zeros(numbers.shape)
        for steps in (first, second):
            mark(marks, rows, steps)
        return read(numbers, marks), target(numbers, marks)

    return answer


def _set(marks, where):
    marks[where] = 1


def _one_mark(which, *, adds_both=False):
    """Make a `my_adding` with one of the two marks, and the target of one number or of both."""

    def answer(numbers, first, second):
        marks = np.eye(numbers.shape[1])[(first, second)[which]]
        x = np.stack([numbers, marks], axis=2)
        if adds_both:
            return x, my_adding(numbers, first, second)[1]
        return x, (numbers * marks).sum(axis=1, keepdims=True)

    return answer


def _everything_between(numbers, first, second):
    steps = np.arange(numbers.shape[1])
    begin, end = np.minimum(first, second)[:, None], np.maximum(first, second)[:, None]
    marks = ((begin <= steps) & (steps <= end)).astype(float)
    return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=1, keepdims=True)


def _one_number(which):
    """Make a `my_adding` with both marks, and the target of one number."""

    def answer(numbers, first, second):
        step = (first, second)[which][:, None]
        return my_adding(numbers, first, second)[0], np.take_along_axis(numbers, step, axis=1)

    return answer


def _chain(
    step=lambda h_t, W_hh: W_hh * (1 - h_t**2),
    steps=lambda h: h,
    join=lambda product, J: product @ J,
    end=lambda product: product,
    begin=lambda W_hh: np.eye(len(W_hh)),
):
    """Make a `my_jacobian` with one of its parts replaced."""

    def answer(h, W_hh):
        product = begin(W_hh)
        for h_t in steps(h):
            product = join(product, step(h_t, W_hh))
        return end(product)

    return answer


def _before_the_step(h):
    return np.vstack([np.zeros_like(h[:1]), h[:-1]])


def _all_matrices(h, W_hh):
    return np.array([W_hh * (1 - h_t**2) for h_t in h])


def _sum_of_steps(h, W_hh):
    return sum(W_hh * (1 - h_t**2) for h_t in h)


def _number_by_number(h, W_hh):
    return np.prod([W_hh * (1 - h_t**2) for h_t in h], axis=0)


def _slopes_at_the_end(h, W_hh):
    return np.linalg.matrix_power(W_hh, len(h)) * np.prod(1 - h**2, axis=0)


def _bound(
    stretch=lambda W_hh: np.linalg.norm(W_hh, 2),
    slope=lambda h: (1 - h**2).max(axis=1),
    join=np.prod,
):
    """Make a `stretch_bound` with one of its parts replaced."""

    def answer(h, W_hh):
        return join(stretch(W_hh) * slope(h))

    return answer


def _radius(W_hh):
    return np.abs(np.linalg.eigvals(W_hh)).max()


def _norm_of_the_product(h, W_hh):
    return np.linalg.norm(my_jacobian(h, W_hh), 2)


# The examples ----------------------------------------------------------------------------------


def _adding_cases(rng):
    cases = [
        (np.array([[0.5, 0.25]]), np.array([0]), np.array([1])),
        (np.array([[0.1, 0.7, 0.4]]), np.array([2]), np.array([0])),
    ]
    for n, n_steps in [(2, 3), (2, 4), (3, 5)]:
        numbers = rng.uniform(0.1, 0.9, size=(n, n_steps)).round(2)
        steps = np.array([rng.permutation(n_steps) for _ in range(n)])
        cases.append((numbers, steps[:, 0], steps[:, 1]))
    return cases


def _chain_cases(rng):
    return [
        (not_small(rng, (n_steps, n_hidden)), not_small(rng, (n_hidden, n_hidden)))
        for n_steps, n_hidden in [(1, 1), (1, 2), (2, 2), (3, 2), (2, 3), (4, 3)]
    ]


_SLOPES = {
    "the slope of tanh is left out": (
        "Between the pre-activation and the state stands tanh. What is its slope?",
        np.ones_like,
    ),
    "tanh is taken of the state once more": (
        "h is the tanh already. What is the slope of tanh, written with h?",
        lambda h: 1 - np.tanh(h) ** 2,
    ),
    "the slope of the sigmoid is used": (
        "h (1 - h) belongs to another activation function. What is the slope of tanh?",
        lambda h: h * (1 - h),
    ),
    "the square is left out of the slope": (
        "The slope of tanh is one minus the square of the state.",
        lambda h: 1 - h,
    ),
    "the square is added, and not subtracted, in the slope": (
        "Where tanh is flat the slope is small: is it there with your sign?",
        lambda h: 1 + h**2,
    ),
    "the 1 - is left out of the slope": (
        "The slope of tanh is one minus the square of the state.",
        lambda h: h**2,
    ),
    "the state is taken for the slope": (
        "The state is not its own slope. Notebook 03 has the slope of tanh.",
        lambda h: h,
    ),
}


def _of_chain(slope):
    return _chain(step=lambda h_t, W_hh: W_hh * slope(h_t))


def _of_bound(slope):
    return _bound(slope=lambda h: slope(h).max(axis=1))


TASKS = (
    Exercise(
        name="adding-problem",
        reference=my_adding,
        cases=_adding_cases,
        meaning="That is all there is to the task; the rest is to draw the numbers and the steps.",
        hints=(
            "Begin with an array of zeros for the marks, of the same shape as the numbers.",
            "Row n gets its ones at first[n] and second[n]. A loop over the rows will do; or add "
            "up two one-hot vectors, one_hot[first] and one_hot[second], where one_hot is "
            "np.eye(numbers.shape[1]).",
            "np.stack(…, axis=2) puts numbers and marks side by side at each step. The target is "
            "the sum of number times mark over the steps, with keepdims=True.",
        ),
        mistakes=(
            Mistake(
                "the steps are counted from 1",
                "first[n] and second[n] are counted from 0, as always in Python.",
                lambda numbers, first, second: my_adding(
                    numbers, (first - 1) % numbers.shape[1], (second - 1) % numbers.shape[1]
                ),
            ),
            Mistake(
                "the mark holds the number that is to be added",
                "The mark says which steps count: it is 1 there.",
                lambda numbers, first, second: (
                    my_adding(numbers, first, second)[0]
                    * np.stack([np.ones(numbers.shape), numbers], axis=2),
                    my_adding(numbers, first, second)[1],
                ),
            ),
            Mistake(
                "the targets have no second axis",
                "One prediction for each sequence is an array of shape (N, 1). What does "
                "keepdims=True do?",
                _adding(target=lambda numbers, marks: (numbers * marks).sum(axis=1)),
            ),
            Mistake(
                "each mark is set in all sequences",
                "marks[:, first] sets those columns in every row. Each row has steps of its own.",
                _adding(mark=lambda marks, rows, steps: _set(marks, (slice(None), steps))),
            ),
            Mistake(
                "numbers and marks stand second and time last",
                "Batch first, then time, then features: which axis of np.stack is new?",
                _adding(read=lambda numbers, marks: np.stack([numbers, marks], axis=1)),
            ),
            Mistake(
                "numbers and marks stand first, as np.stack and np.array have it",
                "Batch first, then time, then features: which axis of np.stack is new?",
                _adding(read=lambda numbers, marks: np.stack([numbers, marks])),
            ),
            Mistake(
                "the marks follow after the numbers, as further time steps",
                "np.concatenate makes no new axis. A step has two features: number and mark.",
                _adding(read=lambda numbers, marks: np.concatenate([numbers, marks], axis=1)),
            ),
            Mistake(
                "reshape is used to move an axis",
                "reshape leaves the numbers in their order. np.stack(…, axis=2) makes the axis.",
                _adding(
                    read=lambda numbers, marks: np.array([numbers, marks]).reshape(
                        *numbers.shape, 2
                    )
                ),
            ),
            Mistake(
                "the mark comes before the number",
                "The first feature of a step is its number, the second its mark.",
                _adding(read=lambda numbers, marks: np.stack([marks, numbers], axis=2)),
            ),
            Mistake(
                "the numbers without a mark are set to zero",
                "Then nothing would have to be ignored. The network gets all numbers to read.",
                _adding(read=lambda numbers, marks: np.stack([numbers * marks, marks], axis=2)),
            ),
            Mistake(
                "the network is given the marks only",
                "What is in the first feature of a step?",
                _adding(read=lambda numbers, marks: np.stack([marks, marks], axis=2)),
            ),
            Mistake(
                "the mark of the second step is forgotten",
                "Two steps of each sequence are marked.",
                _one_mark(0),
            ),
            Mistake(
                "the mark of the first step is forgotten",
                "Two steps of each sequence are marked.",
                _one_mark(1),
            ),
            Mistake(
                "the mark of the second step is forgotten, while the target is right",
                "How should the network know which two numbers are in the sum?",
                _one_mark(0, adds_both=True),
            ),
            Mistake(
                "the mark of the first step is forgotten, while the target is right",
                "How should the network know which two numbers are in the sum?",
                _one_mark(1, adds_both=True),
            ),
            Mistake(
                "all steps from one marked step to the other are marked",
                "Two steps of each sequence are marked: those two, and none between them.",
                _everything_between,
            ),
            Mistake(
                "the target is the number at the second of the two steps alone",
                "The target is the sum of two numbers. Is the first one written over?",
                _one_number(1),
            ),
            Mistake(
                "the target is the number at the first of the two steps alone",
                "The target is the sum of two numbers.",
                _one_number(0),
            ),
            Mistake(
                "all numbers of a sequence are added",
                "Only the numbers at the marked steps count.",
                _adding(target=lambda numbers, marks: numbers.sum(axis=1, keepdims=True)),
            ),
            Mistake(
                "the mean over all steps is taken instead of the sum",
                "The target is the sum of two numbers.",
                _adding(target=lambda numbers, marks: (numbers * marks).mean(1, keepdims=True)),
            ),
            Mistake(
                "the mean of the two numbers is taken",
                "The target is the sum of two numbers.",
                _adding(target=lambda numbers, marks: (numbers * marks).sum(1, keepdims=True) / 2),
            ),
            Mistake(
                "the two numbers are multiplied",
                "The target is the sum of two numbers.",
                _adding(
                    target=lambda numbers, marks: np.where(marks > 0, numbers, 1).prod(
                        axis=1, keepdims=True
                    )
                ),
            ),
            Mistake(
                "the marks are added, and not the numbers",
                "The sum of the marks is 2 in every sequence. What is to be added?",
                _adding(target=lambda numbers, marks: marks.sum(axis=1, keepdims=True)),
            ),
            Mistake(
                "the sum goes over the sequences",
                "Each sequence has a target of its own: which axis is that of the steps?",
                _adding(target=lambda numbers, marks: (numbers * marks).sum(0, keepdims=True)),
            ),
            Mistake(
                "one sum is made of the whole batch",
                "Each sequence has a target of its own: which axis is that of the steps?",
                _adding(target=lambda numbers, marks: (numbers * marks).sum(keepdims=True)),
            ),
        ),
    ),
    Exercise(
        name="state-jacobian",
        reference=my_jacobian,
        cases=_chain_cases,
        meaning="One matrix for each step, multiplied in the order in which the steps come.",
        hints=(
            "One step alone is W_hh, with column j multiplied by the slope of tanh of unit j.",
            "NumPy multiplies the columns of a matrix by the numbers of a vector with *.",
            "Begin with np.eye(len(W_hh)), which changes nothing, and multiply from the right, "
            "with @, by the matrix of each step, the first step first.",
        ),
        mistakes=(
            Mistake(
                "the formula is that for columns: slopes at the rows, the later step on the left",
                "That is how books with column vectors write it. Here a row comes from the left: "
                "it meets W_hh first, then the slopes, then the next step.",
                _chain(
                    step=lambda h_t, W_hh: (1 - h_t**2)[:, None] * W_hh,
                    join=lambda product, J: J @ product,
                ),
            ),
            Mistake(
                "the recurrent weights are left out",
                "At each step W_hh comes first, and then the slopes.",
                _chain(step=lambda h_t, W_hh: np.diag(1 - h_t**2)),
            ),
            Mistake(
                "the slope is taken as (1 - h) squared",
                "The slope of tanh is 1 - h * h.",
                _chain(step=lambda h_t, W_hh: W_hh * (1 - h_t) ** 2),
            ),
            *(
                Mistake(f"{name} in the chain", look_at, _of_chain(slope))
                for name, (look_at, slope) in _SLOPES.items()
            ),
            Mistake(
                "the slopes stand at the rows",
                "The slope belongs to the unit that is moved, at the end of the step: is that the "
                "row or the column of W_hh?",
                _chain(step=lambda h_t, W_hh: (1 - h_t**2)[:, None] * W_hh),
            ),
            Mistake(
                "the steps are multiplied in reverse order",
                "A small change is a row: it meets the matrix of the first step first, and the "
                "others to the right of it.",
                _chain(join=lambda product, J: J @ product),
            ),
            Mistake(
                "rows and columns of the result are swapped",
                "Row i is for unit i of the state before.",
                _chain(end=lambda product: product.T),
            ),
            Mistake(
                "W_hh is transposed",
                "Forward it is h_prev @ W_hh: row i is for unit i of the state before, already.",
                _chain(step=lambda h_t, W_hh: W_hh.T * (1 - h_t**2)),
            ),
            Mistake(
                "the matrices are multiplied number by number",
                "* multiplies number by number. A chain of matrices is @.",
                _number_by_number,
            ),
            Mistake(
                "the matrices of the steps are added",
                "Along a chain the local slopes are multiplied.",
                _sum_of_steps,
            ),
            Mistake(
                "only the last step is in the product",
                "The change goes through all the steps. Does the loop keep its product?",
                _chain(steps=lambda h: h[-1:]),
            ),
            Mistake(
                "only the first step is in the product",
                "The change goes through all the steps. Is the return inside the loop?",
                _chain(steps=lambda h: h[:1]),
            ),
            Mistake(
                "the last step is left out",
                "h has one row for each step, and all of them count.",
                _chain(steps=lambda h: h[:-1]),
            ),
            Mistake(
                "the first step is left out",
                "h has one row for each step: h[0] is the state after the first one.",
                _chain(steps=lambda h: h[1:]),
            ),
            Mistake(
                "the states of the first step are used at every step",
                "Each step has states of its own, and so slopes of its own.",
                _chain(steps=lambda h: np.broadcast_to(h[0], h.shape)),
            ),
            Mistake(
                "the states of the last step are used at every step",
                "Each step has states of its own, and so slopes of its own.",
                _chain(steps=lambda h: np.broadcast_to(h[-1], h.shape)),
            ),
            Mistake(
                "the slopes are those of the state before each step",
                "The slopes belong to the state that a step makes: h[0] is the state after the "
                "first step.",
                _chain(steps=_before_the_step),
            ),
            Mistake(
                "the matrix of each step is returned",
                "One matrix is asked for, of shape (H, H): the product of them all.",
                _all_matrices,
            ),
            Mistake(
                "the product is begun with ones and not with the identity",
                "What may stand first in a product of matrices and change nothing?",
                _chain(end=lambda product: np.ones_like(product) @ product),
            ),
            Mistake(
                "the product is begun with W_hh",
                "Then the weights are passed once too often. What changes nothing in a product of "
                "matrices?",
                _chain(begin=lambda W_hh: W_hh),
            ),
            Mistake(
                "the identity is multiplied number by number",
                "* multiplies number by number, and all that stands beside the diagonal is gone. A "
                "chain of matrices is @.",
                _chain(join=lambda product, J: product * J),
            ),
            Mistake(
                "the slopes of all steps are multiplied after the weights of all steps",
                "The order matters with matrices: weights, slopes, weights, slopes …",
                _slopes_at_the_end,
            ),
            Mistake(
                "the product is begun with zeros",
                "Zero times anything is zero. What changes nothing in a product of matrices?",
                _chain(end=np.zeros_like),
            ),
            Mistake(
                "the norm is returned",
                "The matrix itself is asked for, of shape (H, H).",
                _norm_of_the_product,
            ),
        ),
    ),
    Exercise(
        name="stretch-bound",
        reference=stretch_bound,
        cases=_chain_cases,
        meaning="No arrow is stretched more. Most are stretched less.",
        hints=(
            "For one step: np.linalg.norm(W_hh, 2) times the largest of the slopes of tanh.",
            "(1 - h**2) has shape (T, H). The largest slope of each step is its maximum over the "
            "units.",
            "Multiply the T numbers with np.prod.",
        ),
        mistakes=(
            Mistake(
                "the square of the largest singular value is taken",
                "The eigenvalues of W_hh times its transpose are the squares. What is still to be "
                "done?",
                _bound(stretch=lambda W_hh: np.linalg.norm(W_hh, 2) ** 2),
            ),
            Mistake(
                "W_hh is counted once less than there are steps",
                "Each of the steps stretches, the first one as well.",
                lambda h, W_hh: (
                    np.linalg.norm(W_hh, 2) ** (len(h) - 1) * np.prod((1 - h**2).max(axis=1))
                ),
            ),
            Mistake(
                "the norm of all numbers of W_hh is taken",
                "np.linalg.norm without a second argument is the root of the sum of all squares. "
                "The largest singular value needs a 2 there.",
                _bound(stretch=np.linalg.norm),
            ),
            Mistake(
                "the spectral radius is taken",
                "That is about arrows which keep their direction. How much is *any* arrow "
                "stretched at most?",
                _bound(stretch=_radius),
            ),
            Mistake(
                "the smallest singular value is taken",
                "How much is an arrow stretched at most?",
                _bound(stretch=lambda W_hh: np.linalg.norm(W_hh, -2)),
            ),
            Mistake(
                "all singular values are added",
                "One arrow is stretched at most by the largest of them.",
                _bound(stretch=lambda W_hh: np.linalg.norm(W_hh, "nuc")),
            ),
            Mistake(
                "the largest weight is taken",
                "An arrow is moved by all weights at once. Which function finds the most that "
                "they can do together?",
                _bound(stretch=lambda W_hh: np.abs(W_hh).max()),
            ),
            Mistake(
                "the largest sum of a row is taken",
                "That is np.linalg.norm(W_hh, np.inf), for another kind of length.",
                _bound(stretch=lambda W_hh: np.linalg.norm(W_hh, np.inf)),
            ),
            Mistake(
                "the largest sum of a column is taken",
                "That is np.linalg.norm(W_hh, 1), for another kind of length.",
                _bound(stretch=lambda W_hh: np.linalg.norm(W_hh, 1)),
            ),
            Mistake(
                "the recurrent weights are left out",
                "Each step has two factors. Which one is missing?",
                _bound(stretch=lambda W_hh: 1.0),
            ),
            *(
                Mistake(f"{name} in the bound", look_at, _of_bound(slope))
                for name, (look_at, slope) in _SLOPES.items()
            ),
            Mistake(
                "the slope of the largest state is taken",
                "Where the state is -0.9, is the slope of tanh large or small? Which units have "
                "the largest slope?",
                _bound(slope=lambda h: 1 - h.max(axis=1) ** 2),
            ),
            Mistake(
                "the smallest slope of each step is taken",
                "At most: which slope lets the most through?",
                _bound(slope=lambda h: (1 - h**2).min(axis=1)),
            ),
            Mistake(
                "the mean slope of each step is taken",
                "At most: an arrow can lie along the unit with the largest slope.",
                _bound(slope=lambda h: (1 - h**2).mean(axis=1)),
            ),
            Mistake(
                "all slopes of a step are multiplied",
                "One arrow is multiplied at most by the largest slope of a step.",
                _bound(slope=lambda h: (1 - h**2).prod(axis=1)),
            ),
            Mistake(
                "the largest slope is taken over the steps, and not over the units",
                "h has shape (T, H). Each step has a largest slope of its own: which axis goes "
                "away?",
                _bound(slope=lambda h: (1 - h**2).max(axis=0)),
            ),
            Mistake(
                "the largest slope of all steps is used at every step",
                "That is a bound as well, and a looser one. Each step has a largest slope of its "
                "own.",
                _bound(slope=lambda h: np.full(len(h), (1 - h**2).max())),
            ),
            Mistake(
                "the steps are added",
                "Along a chain the stretches are multiplied.",
                _bound(join=np.sum),
            ),
            Mistake(
                "only the last step is taken",
                "The arrow goes through all the steps.",
                _bound(join=lambda factors: factors[-1]),
            ),
            Mistake(
                "only the first step is taken",
                "The arrow goes through all the steps.",
                _bound(join=lambda factors: factors[0]),
            ),
            Mistake(
                "the first step is left out",
                "h[0] is the state after the first step, and that one stretches as well.",
                _bound(join=lambda factors: np.prod(factors[1:])),
            ),
            Mistake(
                "only the step that stretches most is taken",
                "The arrow goes through all the steps.",
                _bound(join=np.max),
            ),
            Mistake(
                "the factors of the steps are not multiplied yet",
                "One number is asked for: what becomes of the factors along a chain?",
                _bound(join=np.array),
            ),
            Mistake(
                "the recurrent weights are counted once for all steps",
                "W_hh is passed at every step: how often does its factor occur in the product?",
                lambda h, W_hh: np.linalg.norm(W_hh, 2) * np.prod((1 - h**2).max(axis=1)),
            ),
            Mistake(
                "the factors of all units are multiplied",
                "(1 - h**2) has T · H numbers. Each step has one largest slope.",
                lambda h, W_hh: np.prod(np.linalg.norm(W_hh, 2) * (1 - h**2)),
            ),
            Mistake(
                "the norm of the matrix of each step is taken",
                "That is a bound as well, and a tighter one. Asked for are two factors: one of "
                "W_hh alone, and one of the slopes.",
                lambda h, W_hh: np.prod([np.linalg.norm(W_hh * (1 - h_t**2), 2) for h_t in h]),
            ),
            Mistake(
                "the norm of the product is worked out exactly",
                "That is what the bound bounds. The bound itself needs one singular value only.",
                _norm_of_the_product,
            ),
        ),
    ),
    ChoiceQuestion(
        name="radius-zero",
        task=(
            "A tanh network has 100 hidden units. Its recurrent weights have the spectral radius "
            "0, and their largest singular value is 2. What do you know of the norm of "
            "$\\partial h_T / \\partial h_{T-20}$?"
        ),
        choices={
            "a": Choice(
                "It is 0.",
                "The shift of this notebook had the radius 0, too. What was its norm 5 steps back?",
            ),
            "b": Choice(
                "It is below 1, though it need not be 0.",
                "Does the radius forbid that an arrow grows for some steps? Think of the shift.",
            ),
            "c": Choice("It is at most $2^{20}$; more you cannot say from the two numbers."),
            "d": Choice(
                "It is $2^{20}$.",
                "For that every step would have to stretch the arrow as much as it can, and all "
                "slopes would have to be 1. Must they?",
            ),
        },
        reasons={
            1: Choice(
                "Each step multiplies an arrow by the spectral radius.",
                "Only an arrow that keeps its direction is multiplied by its eigenvalue. What is "
                "true of all arrows?",
            ),
            2: Choice(
                "No step stretches an arrow more than the largest singular value does, times the "
                "largest slope."
            ),
            3: Choice(
                "The slopes of tanh are at most 1, so nothing can grow.",
                "The slopes are one factor of a step. What is the other?",
            ),
            4: Choice(
                "Each step stretches every arrow by the largest singular value.",
                "Some arrow is stretched that much by W_hh, and others may be stretched less.",
            ),
        },
        meaning=(
            "The radius says nothing about 20 steps. The largest singular value and the largest "
            "slope, 1, give a bound, and a bound is not the value."
        ),
        hints=(
            "Which of the two numbers is about any arrow, and one step?",
            "A bound says what cannot be exceeded. Does it say what is reached?",
            "The shift with 2 above the diagonal has these two numbers, and so has a matrix of "
            "zeros with a single 2 above the diagonal. What are their norms 20 steps back?",
        ),
    ),
    NumberQuestion(
        name="copy-baseline",
        task=(
            "In a copy task there are 10 symbols to copy, each one of 8 kinds, and the delay is "
            "30 steps. Somebody says “blank” with certainty until the sign to go has been read, "
            "and from then on finds the 8 symbols equally likely. What is the loss, the mean over "
            "all steps of the sequence? ($\\ln 8 = 2.0794$; three decimals will do.)"
        ),
        reference=lambda: 10 * math.log(8) / (30 + 2 * 10),
        within=0.002,
        meaning=(
            "Ten guesses cost ln 8 each, and all other steps cost nothing. The sequence has "
            "10 + 30 + 10 = 50 steps, so it is 10 · 2.0794 / 50."
        ),
        hints=(
            "How many steps does the sequence have, and at how many of them is there a loss?",
            "A sure and right answer costs −ln 1 = 0. A guess among 8 costs ln 8.",
            "The sum is 10 · 2.0794. Divide it by the number of all steps: symbols, delay, "
            "answers.",
        ),
        mistakes=(
            Mistake(
                "the loss is taken as negative",
                "A guess costs something: minus the logarithm of its probability, 1/8.",
                lambda: -10 * math.log(8) / 50,
            ),
            Mistake(
                "only the answers are counted",
                "That is the mean over the 10 answers. The mean over all steps is asked for.",
                lambda: math.log(8),
            ),
            Mistake(
                "the sum is not divided by the number of steps",
                "The loss is a mean.",
                lambda: 10 * math.log(8),
            ),
            Mistake(
                "the sum is rounded, and not divided by the number of steps",
                "The loss is a mean.",
                lambda: 20.79,
            ),
            Mistake(
                "the loss is given in per cent",
                "A loss in nats is no share of anything: leave it as it is.",
                lambda: 100 * 10 * math.log(8) / 50,
            ),
            Mistake(
                "the loss is given in per cent, with one decimal",
                "A loss in nats is no share of anything: leave it as it is.",
                lambda: 41.6,
            ),
            Mistake(
                "the sum is divided by the delay",
                "The sequence is longer than the delay: what comes before, and what after?",
                lambda: 10 * math.log(8) / 30,
            ),
            Mistake(
                "the symbols are counted once in the length of the sequence",
                "They are read, and later they are said: how many steps is that?",
                lambda: 10 * math.log(8) / 40,
            ),
            Mistake(
                "the sign to go is counted as a step of its own",
                "It is the last of the 30 steps of the delay.",
                lambda: 10 * math.log(8) / 51,
            ),
            Mistake(
                "the loss is rounded to one decimal, or the sign counted twice, beside the delay",
                "Three decimals are asked for. And there is one sign, the last of the 30 steps of "
                "the delay.",
                lambda: 10 * math.log(8) / 52,
            ),
            Mistake(
                "the sign to go is left out of the length of the sequence",
                "It is the last of the 30 steps of the delay, and it counts as the others do.",
                lambda: 10 * math.log(8) / 49,
            ),
            Mistake(
                "the two ends of the delay are left out of the length of the sequence",
                "All 30 steps of the delay count, the first one and the sign as well.",
                lambda: 10 * math.log(8) / 48,
            ),
            Mistake(
                "the delay is left out of the length of the sequence",
                "The mean is over all steps, and those without a loss count as well.",
                lambda: 10 * math.log(8) / 20,
            ),
            Mistake(
                "a single answer is counted",
                "There are 10 answers, and each costs a guess.",
                lambda: math.log(8) / 50,
            ),
            Mistake(
                "the guess goes among all 10 tokens",
                "Blank and the sign to go are known not to be the answer: 8 kinds are left.",
                lambda: 10 * math.log(10) / 50,
            ),
            Mistake(
                "the guess goes among 9 tokens",
                "Blank is known not to be the answer any more: how many kinds are left?",
                lambda: 10 * math.log(9) / 50,
            ),
            Mistake(
                "the logarithm is taken to the base 2",
                "The course counts in nats: the natural logarithm, ln 8 = 2.0794.",
                lambda: 10 * 3 / 50,
            ),
            Mistake(
                "the steps of the delay are taken for the guesses",
                "During the delay the answer is blank, for sure. At which steps is it a guess?",
                lambda: 30 * math.log(8) / 50,
            ),
            Mistake(
                "symbols that are read are counted as guesses as well",
                "While the symbols are read the right answer is blank.",
                lambda: 20 * math.log(8) / 50,
            ),
            Mistake(
                "the probability of a guess is taken for its loss",
                "A guess has the probability 1/8. What does it cost, in nats?",
                lambda: 10 / 8 / 50,
            ),
        ),
    ),
)
