"""The exercises of notebook 05."""

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


def scalar_bptt(x, w_xh, w_hh, b_h, target):
    """Return d_w_xh, d_w_hh and d_b_h, three numbers, for a network of one hidden unit.

    x is a list of numbers, one a time step. The state before the first one is 0. The loss is
    the square of (last state - target). The last line reads `return d_w_xh, d_w_hh, d_b_h`.
    """
    h = [0.0]
    for x_t in x:
        h.append(np.tanh(w_xh * x_t + w_hh * h[-1] + b_h))
    d_w_xh, d_w_hh, d_b_h = 0.0, 0.0, 0.0
    d_h = 2 * (h[-1] - target)
    for t in range(len(x), 0, -1):
        d_a = d_h * (1 - h[t] ** 2)
        d_w_xh += d_a * x[t - 1]
        d_w_hh += d_a * h[t - 1]
        d_b_h += d_a
        d_h = d_a * w_hh
    return d_w_xh, d_w_hh, d_b_h


def step_back(d_h, x, h_prev, h, W_hh):
    """Return d_h_prev, d_W_xh, d_W_hh and d_b_h: what one time step adds to them.

    d_h, h_prev and h have shape (N, H), x (N, D), W_hh (H, H). d_h is the whole gradient of
    the loss with respect to h. Return the four arrays in this order, with commas between them.
    """
    d_a = d_h * (1 - h**2)
    return d_a @ W_hh.T, x.T @ d_a, h_prev.T @ d_a, d_a.sum(axis=0)


def measured_gradient(loss, w, step):
    """Return the measured slope of the loss for each number of w: an array like w.

    loss(w) is a number. Each number of w, which has shape (n,), is moved by `step`, up and
    down; w itself is the same after as before.
    """
    gradient = np.zeros(len(w))
    for i in range(len(w)):
        up, down = w.copy(), w.copy()
        up[i] += step
        down[i] -= step
        gradient[i] = (loss(up) - loss(down)) / (2 * step)
    return gradient


def my_bptt(x, h0, h, d_h, W_hh):
    """Return d_W_xh, d_W_hh and d_b_h, summed over all time steps.

    x has shape (N, T, D), h0 (N, H), W_hh (H, H); h and d_h have shape (N, T, H): the states
    after each step, and what the loss says of each of them directly. The last line reads
    `return d_W_xh, d_W_hh, d_b_h`.
    """
    _, n_steps, n_features = x.shape
    d_W_xh = np.zeros((n_features, len(W_hh)))
    d_W_hh = np.zeros(W_hh.shape)
    d_b_h = np.zeros(len(W_hh))
    d_h_next = np.zeros(h0.shape)
    for t in reversed(range(n_steps)):
        h_prev = h[:, t - 1] if t > 0 else h0
        d_a = (d_h[:, t] + d_h_next) * (1 - h[:, t] ** 2)
        d_W_xh += x[:, t].T @ d_a
        d_W_hh += h_prev.T @ d_a
        d_b_h += d_a.sum(axis=0)
        d_h_next = d_a @ W_hh.T
    return d_W_xh, d_W_hh, d_b_h


# The mistakes ----------------------------------------------------------------------------------


def _scalar_states(x, w_xh, w_hh, b_h):
    h = [0.0]
    for x_t in x:
        h.append(math.tanh(w_xh * x_t + w_hh * h[-1] + b_h))
    return h


def _scalar(
    steps=lambda n: range(n, 0, -1),
    first=lambda h, target: 2 * (h - target),
    states=_scalar_states,
    slope=lambda h: 1 - h**2,
    slope_at=lambda t: t,
    back=lambda d_h, d_a, w_xh, w_hh: d_a * w_hh,
    before=lambda h, t: h[t - 1],
    read=lambda x, t: x[t - 1],
    total=sum,
):
    """Make a `scalar_bptt` with one of its parts replaced."""

    def answer(x, w_xh, w_hh, b_h, target):
        h = states(x, w_xh, w_hh, b_h)
        d_h, shares = first(h[-1], target), []
        for t in steps(len(x)):
            d_a = d_h * slope(h[slope_at(t)])
            shares.append((d_a * read(x, t), d_a * before(h, t), d_a))
            d_h = back(d_h, d_a, w_xh, w_hh)
        return tuple(total(list(share)) for share in zip(*shares, strict=True))

    return answer


def _with_a_loss_at_every_step(x, w_xh, w_hh, b_h, target):
    h, totals, d_h = _scalar_states(x, w_xh, w_hh, b_h), np.zeros(3), 0.0
    for t in range(len(x), 0, -1):
        d_a = (d_h + 2 * (h[t] - target)) * (1 - h[t] ** 2)
        totals += d_a * np.array([x[t - 1], h[t - 1], 1.0])
        d_h = d_a * w_hh
    return tuple(totals.tolist())


def _twice(h):
    return 1 - np.tanh(h) ** 2


def _back(
    slope=lambda h, h_prev: 1 - h**2,
    before=lambda d_h, d_a, W_hh: d_a @ W_hh.T,
    recurrent=lambda d_a, h_prev, h: h_prev.T @ d_a,
    share=lambda weights: weights,
    bias=lambda d_a: d_a.sum(axis=0),
):
    """Make a `step_back` with one of its parts replaced."""

    def answer(d_h, x, h_prev, h, W_hh):
        d_a = d_h * slope(h, h_prev)
        return (
            before(d_h, d_a, W_hh), share(x.T @ d_a), share(recurrent(d_a, h_prev, h)),
            bias(d_a),
        )  # fmt: skip

    return answer


def _measured(
    difference=lambda loss, w, up, down, step: (loss(up) - loss(down)) / (2 * step),
    move=lambda w, i, by: w + by * np.eye(len(w))[i],
):
    """Make a `measured_gradient` with one of its parts replaced."""

    def answer(loss, w, step):
        return np.array(
            [difference(loss, w, move(w, i, step), move(w, i, -step), step) for i in range(len(w))],
            dtype=float,
        )

    return answer


def _never_put_back(loss, w, step):
    w, gradient = w.copy(), np.zeros(len(w))
    for i in range(len(w)):
        w[i] += step
        up = loss(w)
        w[i] -= 2 * step
        gradient[i] = (up - loss(w)) / (2 * step)
    return gradient


def _copies_before_the_loop(loss, w, step):
    up, down, gradient = w.copy(), w.copy(), np.zeros(len(w))
    for i in range(len(w)):
        up[i] += step
        down[i] -= step
        gradient[i] = (loss(up) - loss(down)) / (2 * step)
    return gradient


def _through_time(
    steps=lambda n: reversed(range(n)),
    before=lambda h, h0, t: h[:, t - 1] if t > 0 else h0,
    arriving=lambda d_h, d_h_next, t, n: d_h[:, t] + d_h_next,
    slope=lambda h: 1 - h**2,
    slope_at=lambda h_now, h_prev: h_now,
    through_tanh=lambda d, d_h_next, slopes: d * slopes,
    back=lambda d_a, d, d_h_next, W_hh: d_a @ W_hh.T,
    to_input=lambda d_a, x_now: x_now.T @ d_a,
    to_recurrent=lambda d_a, h_prev: h_prev.T @ d_a,
    to_bias=lambda d_a: d_a.sum(axis=0),
    overwritten=(),
    end=lambda totals, n: totals,
):
    """Make a `my_bptt` with one of its parts replaced; `overwritten` are numbers of results."""

    def answer(x, h0, h, d_h, W_hh):
        n_steps, n_hidden = x.shape[1], len(W_hh)
        totals = [np.zeros(size) for size in ((x.shape[2], n_hidden), (n_hidden,) * 2, n_hidden)]
        d_h_next = np.zeros(h0.shape)
        for t in steps(n_steps):
            h_prev = before(h, h0, t)
            d = arriving(d_h, d_h_next, t, n_steps)
            d_a = through_tanh(d, d_h_next, slope(slope_at(h[:, t], h_prev)))
            shares = to_input(d_a, x[:, t]), to_recurrent(d_a, h_prev), to_bias(d_a)
            for which, share in enumerate(shares):
                if which in overwritten:
                    totals[which] = share
                else:
                    totals[which] += share  # into the array: a share has to fit its shape
            d_h_next = back(d_a, d, d_h_next, W_hh)
        return end(tuple(totals), n_steps)

    return answer


SLIPS = {
    "right": my_bptt,
    "wrap-around": _through_time(before=lambda h, h0, t: h[:, t - 1]),
    "dropped d_h_next": _through_time(arriving=lambda d_h, d_h_next, t, n: d_h[:, t]),
    "tanh of a tanh": _through_time(slope=_twice),
}
"""`my_bptt`, and three versions of it with a slip that has been published, for notebook 05."""


# The examples ----------------------------------------------------------------------------------


def _scalar_cases(rng):
    cases = [
        ([1.0], 0.5, 0.8, 0.1, 1.0),
        ([1.0, 0.5, -1.0], 0.5, 0.8, 0.1, 1.0),
        ([0.5, -1.0], -0.7, 0.6, 0.2, 0.25),
    ]
    for n_steps in (2, 3, 4):
        x = not_small(rng, n_steps).tolist()
        cases.append((x, *not_small(rng, 3).tolist(), float(not_small(rng, 1)[0])))
    return cases


def _step_cases(rng):
    cases = []
    for n, d, n_hidden in [(1, 1, 1), (1, 2, 2), (2, 3, 2), (2, 2, 2), (3, 2, 4)]:
        shapes = [(n, n_hidden), (n, d), (n, n_hidden), (n, n_hidden), (n_hidden, n_hidden)]
        cases.append(tuple(not_small(rng, shape) for shape in shapes))
    return cases


def square_of_the_sum(w):
    """Return (w[0] + w[1] + …)²."""
    return float(w.sum() ** 2)


def product_of_cubes(w):
    """Return w[0]³ · w[1]³ · …."""
    return float(np.prod(w**3))


def tanh_of_the_sum(w):
    """Return tanh(w[0] + 2 w[1] + 3 w[2] + …)."""
    return float(np.tanh(w @ np.arange(1, len(w) + 1)))


def _slope_cases(rng):
    return [
        (square_of_the_sum, np.array([1.5]), 0.1),
        (square_of_the_sum, np.array([1.0, -0.5]), 0.01),
        (product_of_cubes, np.array([1.0, 2.0, -1.0]), 0.1),
        (tanh_of_the_sum, not_small(rng, 2), 0.1),
        (product_of_cubes, not_small(rng, 3), 0.2),
    ]


def _through_time_cases(rng):
    cases = []
    for n, n_steps, d, n_hidden in [(1, 1, 1, 1), (1, 2, 1, 1), (1, 3, 2, 2), (2, 2, 3, 2)]:
        shapes = [
            (n, n_steps, d), (n, n_hidden), (n, n_steps, n_hidden), (n, n_steps, n_hidden),
            (n_hidden, n_hidden),
        ]  # fmt: skip
        cases.append(tuple(not_small(rng, shape) for shape in shapes))
    return cases


_SLOPE_MISTAKES = {
    "the slope of tanh is left out": (
        "Between the state and the pre-activation stands tanh. What is its slope?",
        np.ones_like,
    ),
    "tanh is taken of the state once more": (
        "h is the tanh already. What is the slope of tanh, written with h?",
        _twice,
    ),
    "the slope of the sigmoid is used": (
        "h (1 - h) belongs to another activation function. What is the slope of tanh?",
        lambda h: h * (1 - h),
    ),
    "the square is left out of the slope": (
        "The slope of tanh is one minus the square of the state.",
        lambda h: 1 - h,
    ),
    "the state is taken for the slope": (
        "The state is not its own slope. Notebook 03 has the slope of tanh.",
        lambda h: h,
    ),
}


TASKS = (
    NumberQuestion(
        name="slope-back",
        task=(
            "A network of one hidden unit has $w_{hh} = -0.5$, and its state at some time step is "
            "$h_t = 0.6$. How much does $h_t$ move, for each unit that the state before moves: "
            "what is $\\partial h_t / \\partial h_{t-1}$?"
        ),
        reference=lambda: (1 - 0.6**2) * -0.5,
        within=0.002,
        meaning=(
            "Two slopes, one after the other: w_hh from the state before to the pre-activation, "
            "-0.5, and 1 - 0.6² = 0.64 through tanh."
        ),
        hints=(
            "The state before goes through two things on its way: a weight, and tanh.",
            "The slope of tanh, seen from the state, is 1 - h².",
            "It is 0.64 times something.",
        ),
        mistakes=(
            Mistake(
                "the weight is left out",
                "That is the slope of tanh. What stands between the state before and tanh?",
                lambda: 1 - 0.6**2,
            ),
            Mistake(
                "the slope of tanh is left out",
                "That is the weight alone. After it comes tanh.",
                lambda: -0.5,
            ),
            Mistake(
                "the sign of the weight is lost",
                "The weight is negative: if the state before goes up, what does this one do?",
                lambda: (1 - 0.6**2) * 0.5,
            ),
            Mistake(
                "tanh is taken of the state once more",
                "0.6 is the tanh already.",
                lambda: (1 - math.tanh(0.6) ** 2) * -0.5,
            ),
            Mistake(
                "the square is left out of the slope",
                "The slope of tanh is 1 minus the square of the state.",
                lambda: (1 - 0.6) * -0.5,
            ),
            Mistake(
                "the 1 - is left out of the slope",
                "The slope of tanh is one minus the square of the state.",
                lambda: 0.6**2 * -0.5,
            ),
            Mistake(
                "the weight is multiplied with the state",
                "Not the value of the state is asked for, but how it moves.",
                lambda: 0.6 * -0.5,
            ),
            Mistake(
                "the two slopes are added",
                "One slope after the other: what does the chain rule do with them?",
                lambda: (1 - 0.6**2) - 0.5,
            ),
            Mistake(
                "the slope of the sigmoid is used",
                "h (1 - h) belongs to another activation function.",
                lambda: 0.6 * (1 - 0.6) * -0.5,
            ),
            Mistake(
                "the slope of tanh is divided by the weight",
                "One slope after the other: what does the chain rule do with them?",
                lambda: (1 - 0.6**2) / -0.5,
            ),
            Mistake(
                "the slope of tanh is divided by the weight, and the sign is lost",
                "Two things: what does the chain rule do with slopes, and the weight is negative.",
                lambda: (1 - 0.6**2) / 0.5,
            ),
            Mistake(
                "the answer is given in percent",
                "Asked is how much h_t moves for each unit, and not for a hundred.",
                lambda: 100 * (1 - 0.6**2) * -0.5,
            ),
        ),
    ),
    ChoiceQuestion(
        name="one-loss",
        task=(
            "A network reads 100 words, and the loss looks at its last state only. How many uses "
            "of one recurrent weight have a share in its gradient, and why?"
        ),
        choices={
            "a": Choice(
                "One.",
                "The last use of the weight is one way to the loss. Did the weight have a part in "
                "the states before?",
            ),
            "b": Choice(
                "As many as there are hidden units.",
                "Units are not time steps: how often is the weight used while the text is read?",
            ),
            "c": Choice("One hundred."),
        },
        reasons={
            1: Choice(
                "There is one loss, and it has one gradient.",
                "There is one gradient, and yet it is a sum: the weight comes to the loss in more "
                "than one way.",
            ),
            2: Choice("The weight is used at each time step, and each use moves the last state."),
            3: Choice(
                "The chain rule multiplies one factor for each time step.",
                "Those are the factors in one share. How many shares are there?",
            ),
        },
        meaning=(
            "Each use of the weight has a way of its own to the one loss, and what they do adds "
            "up. (With h_0 = 0 the share of the first use is zero, and it is in the sum all the "
            "same.)"
        ),
        hints=(
            "Give each time step its own copy of the weight. How many copies move the loss?",
            "The number of losses and the number of uses are two things.",
            "Count how often the weight is used until the last state is there.",
        ),
    ),
    Exercise(
        name="scalar-bptt",
        reference=scalar_bptt,
        cases=_scalar_cases,
        meaning="That is backpropagation through time; with matrices only the products change.",
        hints=(
            "First a loop forward that keeps all states, then one backward, from the last step.",
            "Going back, d_h is the gradient of the state at this step. Behind tanh it is "
            "d_a = d_h times the slope. Each parameter gets d_a times what it was multiplied by.",
            "At the end of each turn: d_h = d_a * w_hh, which is the d_h of the step before.",
        ),
        mistakes=(
            *(
                Mistake(name, look_at, _scalar(slope=slope))
                for name, (look_at, slope) in _SLOPE_MISTAKES.items()
            ),
            Mistake(
                "the slope is taken at the state before",
                "tanh made h[t], and not h[t - 1].",
                _scalar(slope_at=lambda t: t - 1),
            ),
            Mistake(
                "the bias is left out on the way forward",
                "What is added inside tanh, to make a state?",
                _scalar(states=lambda x, w_xh, w_hh, b_h: _scalar_states(x, w_xh, w_hh, 0.0)),
            ),
            Mistake(
                "only the last time step is counted",
                "The parameters were used at every time step. Does your loop go back to the first?",
                _scalar(steps=lambda n: [n]),
            ),
            Mistake(
                "the steps are taken from the first to the last",
                "The gradient begins at the loss. Which time step is nearest to it?",
                _scalar(steps=lambda n: range(1, n + 1)),
            ),
            Mistake(
                "the gradient of the last state is used at every step",
                "What is d_h of the step before? It changes in every turn of the loop.",
                _scalar(back=lambda d_h, d_a, w_xh, w_hh: d_h),
            ),
            Mistake(
                "the recurrent weight is left out on the way back",
                "From the pre-activation to the state before it goes through a weight.",
                _scalar(back=lambda d_h, d_a, w_xh, w_hh: d_a),
            ),
            Mistake(
                "the slope of tanh is left out on the way back to the state before",
                "What goes back through the weight is the gradient of the pre-activation.",
                _scalar(back=lambda d_h, d_a, w_xh, w_hh: d_h * w_hh),
            ),
            Mistake(
                "the way back goes through w_xh",
                "Which weight leads from the state before to this one?",
                _scalar(back=lambda d_h, d_a, w_xh, w_hh: d_a * w_xh),
            ),
            Mistake(
                "w_hh gets the state after the step, not the one before",
                "What is w_hh multiplied with in the forward pass?",
                _scalar(before=lambda h, t: h[t]),
            ),
            Mistake(
                "the state before the first step is taken from the end of the list",
                "The state before the first is 0. In a list without it, which one is h[-1]?",
                _scalar(before=lambda h, t: h[t - 1] if t > 1 else h[-1]),
            ),
            Mistake(
                "the 2 of the square is left out",
                "What is the derivative of a square?",
                _scalar(first=lambda h, target: h - target),
            ),
            Mistake(
                "the sign is turned",
                "The loss grows with the last state if that is above the target.",
                _scalar(first=lambda h, target: 2 * (target - h)),
            ),
            Mistake(
                "the loss itself is sent back, not its derivative",
                "What is the derivative of the loss with respect to the last state?",
                _scalar(first=lambda h, target: (h - target) ** 2),
            ),
            Mistake(
                "each step overwrites what the steps before have put down",
                "Shares add up: is it = or += ?",
                _scalar(total=lambda shares: shares[-1]),
            ),
            Mistake(
                "there is a loss at every time step",
                "The loss looks at the last state only. What do the states before it get?",
                _with_a_loss_at_every_step,
            ),
            Mistake(
                "the mean over the time steps is taken",
                "The uses of a weight add up. Nothing is divided.",
                _scalar(total=lambda shares: sum(shares) / len(shares)),
            ),
            Mistake(
                "states and inputs are one step apart",
                "If h[0] is the state before the first step, then x[0] made h[1].",
                _scalar(steps=lambda n: range(n - 1, -1, -1)),
            ),
            Mistake(
                "the inputs are read from the end",
                "Which number was read at step t?",
                _scalar(read=lambda x, t: x[-t]),
            ),
            Mistake(
                "d_h piles up instead of being replaced",
                "At the end of each turn d_h is that of the step before: is it = or += ?",
                _scalar(back=lambda d_h, d_a, w_xh, w_hh: d_h + d_a * w_hh),
            ),
            Mistake(
                "the bias counts the time steps",
                "The bias was multiplied by 1: what does it get, then?",
                lambda x, *others: (*scalar_bptt(x, *others)[:2], float(len(x))),
            ),
            Mistake(
                "the first time step is left out",
                "Where does your loop end?",
                lambda x, w_xh, w_hh, b_h, target: (
                    _scalar(steps=lambda n: range(n, 1, -1))(x, w_xh, w_hh, b_h, target)
                    or (0.0, 0.0, 0.0)
                ),
            ),
        ),
    ),
    Exercise(
        name="step-back",
        reference=step_back,
        cases=_step_cases,
        meaning="One time step, back. BPTT is this in a loop.",
        hints=(
            "First d_a, of shape (N, H). Then everything else is a product with d_a.",
            "The shapes decide: d_W_xh is (D, H), x is (N, D), d_a is (N, H).",
            "x.T @ d_a, h_prev.T @ d_a; and back to the state before through W_hh.T.",
        ),
        mistakes=(
            *(
                Mistake(name, look_at, _back(slope=lambda h, h_prev, slope=slope: slope(h)))
                for name, (look_at, slope) in _SLOPE_MISTAKES.items()
            ),
            Mistake(
                "all four have the wrong sign",
                "The slope of tanh is never negative. And the minus of gradient descent comes "
                "later, with the step.",
                _back(slope=lambda h, h_prev: h**2 - 1),
            ),
            Mistake(
                "the slope is taken at the state before",
                "tanh made h, and not h_prev.",
                _back(slope=lambda h, h_prev: 1 - h_prev**2),
            ),
            Mistake(
                "W_hh is not transposed on the way back",
                "Forward, unit j collects along column j of W_hh. Backward, unit i of the state "
                "before collects along row i.",
                _back(before=lambda d_h, d_a, W_hh: d_a @ W_hh),
            ),
            Mistake(
                "the slope of tanh is left out on the way to h_prev",
                "What goes back through W_hh is d_a.",
                _back(before=lambda d_h, d_a, W_hh: d_h @ W_hh.T),
            ),
            Mistake(
                "d_h_prev is d_a, without the weights",
                "Each unit of the state before reached this step through W_hh.",
                _back(before=lambda d_h, d_a, W_hh: d_a),
            ),
            Mistake(
                "W_hh gets the state after the step, not the one before",
                "What is W_hh multiplied with in the forward pass?",
                _back(recurrent=lambda d_a, h_prev, h: h.T @ d_a),
            ),
            Mistake(
                "the gradients of the weights are transposed",
                "d_name has the shape of name: W_xh is (D, H).",
                lambda d_h, x, h_prev, h, W_hh: (
                    (d_h * (1 - h**2)) @ W_hh.T,
                    (d_h * (1 - h**2)).T @ x,
                    (d_h * (1 - h**2)).T @ h_prev,
                    (d_h * (1 - h**2)).sum(axis=0),
                ),
            ),
            Mistake(
                "only d_W_xh is transposed",
                "W_xh has shape (D, H), and so has its gradient.",
                lambda d_h, x, h_prev, h, W_hh: (
                    (d_h * (1 - h**2)) @ W_hh.T,
                    (d_h * (1 - h**2)).T @ x,
                    h_prev.T @ (d_h * (1 - h**2)),
                    (d_h * (1 - h**2)).sum(axis=0),
                ),
            ),
            Mistake(
                "only the bias gets the mean over the sequences",
                "The shares of the sequences are added up: sum, not mean.",
                _back(bias=lambda d_a: d_a.mean(axis=0)),
            ),
            Mistake(
                "the bias keeps an axis too many",
                "b_h has shape (H,): leave keepdims out.",
                _back(bias=lambda d_a: d_a.sum(axis=0, keepdims=True)),
            ),
            Mistake(
                "only the weights are divided by the number of sequences",
                "The uses add up. If the loss is a mean, d_h knows it already.",
                lambda d_h, x, h_prev, h, W_hh: _back(share=lambda weights: weights / len(x))(
                    d_h, x, h_prev, h, W_hh
                ),
            ),
            Mistake(
                "only d_W_hh is transposed",
                "d_W_hh[i, j] belongs to the weight from unit i to unit j.",
                _back(recurrent=lambda d_a, h_prev, h: d_a.T @ h_prev),
            ),
            Mistake(
                "the mean over the sequences is taken",
                "Each sequence uses the weights, and the uses add up. If the loss is a mean, d_h "
                "knows it already.",
                lambda d_h, x, h_prev, h, W_hh: _back(
                    share=lambda weights: weights / len(x), bias=lambda d_a: d_a.mean(axis=0)
                )(d_h, x, h_prev, h, W_hh),
            ),
            Mistake(
                "the bias gets a gradient for each sequence",
                "b_h has shape (H,), and all sequences use it.",
                _back(bias=lambda d_a: d_a),
            ),
            Mistake(
                "the bias is summed over the units",
                "b_h has one number for each unit: which axis goes away?",
                _back(bias=lambda d_a: d_a.sum(axis=1)),
            ),
            Mistake(
                "the bias gets the sum of everything",
                "b_h has one number for each unit: which axis goes away?",
                _back(bias=lambda d_a: d_a.sum()),
            ),
            Mistake(
                "the bias gets d_h, before the slope of tanh",
                "The bias is added inside tanh, like the other terms.",
                lambda d_h, x, h_prev, h, W_hh: (
                    *step_back(d_h, x, h_prev, h, W_hh)[:3],
                    d_h.sum(axis=0),
                ),
            ),
        ),
    ),
    Exercise(
        name="measured-gradient",
        reference=measured_gradient,
        cases=_slope_cases,
        meaning="It needs no formula, and so it can judge every formula.",
        hints=(
            "One number of w after the other: move it up and look at the loss, move it down and "
            "look again.",
            "The slope is the difference of the two losses, divided by how far they are apart.",
            "w.copy() leaves w alone. The two points are 2 * step apart.",
        ),
        mistakes=(
            Mistake(
                "the difference is divided by step",
                "How far are the two points apart?",
                _measured(lambda loss, w, up, down, step: (loss(up) - loss(down)) / step),
            ),
            Mistake(
                "the difference is not divided",
                "A slope is a difference of losses for a difference of w.",
                _measured(lambda loss, w, up, down, step: loss(up) - loss(down)),
            ),
            Mistake(
                "each number is moved up only",
                "To both sides: the loss above minus the loss below.",
                _measured(lambda loss, w, up, down, step: (loss(up) - loss(w)) / step),
            ),
            Mistake(
                "each number is moved down only",
                "To both sides: the loss above minus the loss below.",
                _measured(lambda loss, w, up, down, step: (loss(w) - loss(down)) / step),
            ),
            Mistake(
                "the second point is w itself, at half the distance",
                "From the point above, w is one step away and the point below is two.",
                _measured(lambda loss, w, up, down, step: (loss(up) - loss(w)) / (2 * step)),
            ),
            Mistake(
                "the sign is turned",
                "The loss above minus the loss below.",
                _measured(lambda loss, w, up, down, step: (loss(down) - loss(up)) / (2 * step)),
            ),
            Mistake(
                "/ 2 * step is written without brackets",
                "Python divides by 2, and then multiplies by step.",
                _measured(lambda loss, w, up, down, step: (loss(up) - loss(down)) / 2 * step),
            ),
            Mistake(
                "/ 2 * step is written without any brackets",
                "Division comes before subtraction: the difference needs brackets, and 2 * step.",
                _measured(lambda loss, w, up, down, step: loss(up) - loss(down) / 2 * step),
            ),
            Mistake(
                "all numbers are moved at once",
                "The slope for one number: the others stay where they are.",
                _measured(move=lambda w, i, by: w + by),
            ),
            Mistake(
                "w + step moves all numbers, and there is one slope",
                "One number after the other, each with a slope of its own.",
                lambda loss, w, step: (loss(w + step) - loss(w - step)) / (2 * step),
            ),
            Mistake(
                "another step than the given one is taken",
                "The distance is the argument `step`.",
                lambda loss, w, step: measured_gradient(loss, w, 1e-5),
            ),
            Mistake(
                "a step of 0.001 is taken, and not the given one",
                "The distance is the argument `step`.",
                lambda loss, w, step: measured_gradient(loss, w, 1e-3),
            ),
            Mistake(
                "the slopes are divided by how many numbers w has",
                "Each number has a slope of its own: nothing is averaged.",
                lambda loss, w, step: measured_gradient(loss, w, step) / len(w),
            ),
            Mistake(
                "the return stands in the loop",
                "Is the return indented like the loop, or like what is in it?",
                lambda loss, w, step: np.concatenate(
                    [measured_gradient(loss, w, step)[:1], np.zeros(len(w) - 1)]
                ),
            ),
            Mistake(
                "the copies are made once, before the loop",
                "When the second number is moved, where is the first one in `up`?",
                _copies_before_the_loop,
            ),
            Mistake(
                "the loss is asked of a single number",
                "loss wants the whole vector, with one of its numbers moved.",
                lambda loss, w, step: np.array(
                    [(loss(w[i] + step) - loss(w[i] - step)) / (2 * step) for i in range(len(w))]
                ),
            ),
            Mistake(
                "a number that was moved is not put back",
                "When the second number is moved, where is the first one?",
                _never_put_back,
            ),
            Mistake(
                "up and down are the same array",
                "up = w gives the array a second name. w.copy() makes another array.",
                lambda loss, w, step: np.zeros(len(w)),
            ),
        ),
    ),
    ChoiceQuestion(
        name="truncate-or-reset",
        task=(
            "A long text is read in pieces of 25 words. After each piece the state is handed on, "
            "and no gradient goes back into the piece before. What can the network remember from "
            "the piece before, and what can it learn from it?"
        ),
        choices={
            "a": Choice(
                "It remembers nothing, and learns nothing.",
                "The state is handed on: what is in it?",
            ),
            "b": Choice(
                "It remembers, but it is not taught what was worth remembering there.",
            ),
            "c": Choice(
                "It remembers, and learns as if the text were in one piece.",
                "No gradient goes back over the border: which products are missing from the sum?",
            ),
        },
        reasons={
            1: Choice(
                "The numbers of the state cross the border, and the blame does not.",
            ),
            2: Choice(
                "The state is set to zero at each border.",
                "That would be resetting it. Here it is handed on.",
            ),
            3: Choice(
                "The weights are the same in each piece.",
                "They are. But the uses of the weights before the border get no share.",
            ),
        },
        meaning=(
            "Truncating cuts the way back, resetting cuts the way forward. The forward pass of a "
            "truncated network is that of one that is not."
        ),
        hints=(
            "Two things could cross the border: a state, forward, and a gradient, backward.",
            "Which of the two does resetting stop, and which truncating?",
            "The states are what they were; some products are missing from the sum.",
        ),
    ),
    Exercise(
        name="bptt",
        reference=my_bptt,
        cases=_through_time_cases,
        meaning="You have written backpropagation through time.",
        hints=(
            "The loop goes from the last time step to the first. Three sums grow, and d_h_next is "
            "replaced in each turn; it begins with zeros.",
            "The state at step t has two ways to the loss: d_h[:, t] + d_h_next. Then all is as "
            "in the exercise step-back.",
            "The state before step t is h[:, t - 1]; before the first step it is h0. At the end "
            "of each turn: d_h_next = d_a @ W_hh.T.",
        ),
        mistakes=(
            *(
                Mistake(name, look_at, _through_time(slope=slope))
                for name, (look_at, slope) in _SLOPE_MISTAKES.items()
            ),
            Mistake(
                "the slope is taken at the state before",
                "tanh made h[:, t], and not the state before it.",
                _through_time(slope_at=lambda h_now, h_prev: h_prev),
            ),
            Mistake(
                "the brackets around the two ways are missing",
                "Both ways go through tanh: Python multiplies before it adds.",
                _through_time(
                    through_tanh=lambda d, d_h_next, slopes: d - d_h_next + d_h_next * slopes
                ),
            ),
            Mistake(
                "only what the loss says directly goes through tanh",
                "Both ways end at the state, and tanh has made the state. Where are your brackets?",
                _through_time(
                    through_tanh=lambda d, d_h_next, slopes: (d - d_h_next) * slopes + d_h_next
                ),
            ),
            Mistake(
                "what comes back from later steps is left out",
                "The state has two ways to the loss: directly, and through the next state.",
                SLIPS["dropped d_h_next"],
            ),
            Mistake(
                "what the loss says of the states before the last is left out",
                "Each state has what the loss says of it directly, and what comes back.",
                _through_time(
                    arriving=lambda d_h, d_h_next, t, n: d_h[:, t] if t == n - 1 else d_h_next
                ),
            ),
            Mistake(
                "the state before the first step is taken from the end",
                "At t = 0, which column is h[:, t - 1]?",
                SLIPS["wrap-around"],
            ),
            Mistake(
                "the initial state is taken to be zero",
                "h0 is given, and it need not be zero.",
                _through_time(before=lambda h, h0, t: h[:, t - 1] if t > 0 else 0 * h0),
            ),
            Mistake(
                "W_hh gets the state after the step, not the one before",
                "What is W_hh multiplied with in the forward pass?",
                _through_time(before=lambda h, h0, t: h[:, t]),
            ),
            Mistake(
                "W_hh is not transposed on the way back",
                "Forward it is h_prev @ W_hh; backward, unit i collects along row i of W_hh.",
                _through_time(back=lambda d_a, d, d_h_next, W_hh: d_a @ W_hh),
            ),
            Mistake(
                "the slope of tanh is left out on the way to the state before",
                "What goes back through W_hh is d_a.",
                _through_time(back=lambda d_a, d, d_h_next, W_hh: d @ W_hh.T),
            ),
            Mistake(
                "d_a is handed on without the weights",
                "Each unit of the state before reached this step through W_hh.",
                _through_time(back=lambda d_a, d, d_h_next, W_hh: d_a),
            ),
            Mistake(
                "the initial state stands before every step",
                "After the first step the state before is h[:, t - 1].",
                _through_time(before=lambda h, h0, t: h0),
            ),
            Mistake(
                "what arrives is handed on as it is",
                "On the way to the state before it goes through tanh and through W_hh.",
                _through_time(back=lambda d_a, d, d_h_next, W_hh: d),
            ),
            Mistake(
                "the mean over the sequences is taken",
                "The shares of the sequences are added up. If the loss is a mean, d_h knows it.",
                lambda x, *others: tuple(total / len(x) for total in my_bptt(x, *others)),
            ),
            Mistake(
                "what comes back piles up instead of being replaced",
                "d_h_next is what comes back from the next step: is it = or += ?",
                _through_time(back=lambda d_a, d, d_h_next, W_hh: d_h_next + d_a @ W_hh.T),
            ),
            Mistake(
                "the steps are taken from the first to the last",
                "The gradient begins at the end of the sequence: reversed(range(T)).",
                _through_time(steps=range),
            ),
            Mistake(
                "each step overwrites what the steps before have put down",
                "The uses of a weight add up: is it = or += ?",
                _through_time(overwritten=(0, 1, 2)),
            ),
            *(
                Mistake(
                    f"each step overwrites {name}, and the other two add up",
                    f"The uses of a weight add up: is it = or += for {name}?",
                    _through_time(overwritten=(which,)),
                )
                for which, name in enumerate(("d_W_xh", "d_W_hh", "d_b_h"))
            ),
            Mistake(
                "the return stands in the loop",
                "Is the return indented like the loop, or like what is in it?",
                _through_time(steps=lambda n: [n - 1]),
            ),
            Mistake(
                "d_W_hh is transposed",
                "d_W_hh[i, j] belongs to the weight from unit i to unit j.",
                _through_time(to_recurrent=lambda d_a, h_prev: d_a.T @ h_prev),
            ),
            Mistake(
                "d_W_xh is transposed",
                "W_xh has shape (D, H), and so has its gradient.",
                _through_time(to_input=lambda d_a, x_now: d_a.T @ x_now),
            ),
            Mistake(
                "the gradients of both weights are transposed",
                "d_name has the shape of name: W_xh is (D, H).",
                _through_time(
                    to_input=lambda d_a, x_now: d_a.T @ x_now,
                    to_recurrent=lambda d_a, h_prev: d_a.T @ h_prev,
                ),
            ),
            Mistake(
                "the bias is summed over the units",
                "b_h has one number for each unit: which axis goes away?",
                _through_time(to_bias=lambda d_a: d_a.sum(axis=1)),
            ),
            Mistake(
                "the bias is not summed over the sequences",
                "b_h has shape (H,), and all sequences use it.",
                _through_time(to_bias=lambda d_a: d_a),
            ),
            Mistake(
                "the mean over the time steps is taken",
                "The uses of a weight add up. If the loss is a mean, d_h knows it already.",
                _through_time(end=lambda totals, n: tuple(total / n for total in totals)),
            ),
            Mistake(
                "the first time step is left out",
                "Where does your loop end? range(T - 1, 0, -1) stops before 0.",
                _through_time(steps=lambda n: range(n - 1, 0, -1)),
            ),
            Mistake(
                "the last time step is left out",
                "With T steps the last one has the index T - 1.",
                _through_time(steps=lambda n: reversed(range(n - 1))),
            ),
            Mistake(
                "the bias gets one number for all units",
                "b_h has one number for each unit: which axis goes away?",
                _through_time(end=lambda totals, n: (*totals[:2], totals[2].sum())),
            ),
        ),
    ),
)
