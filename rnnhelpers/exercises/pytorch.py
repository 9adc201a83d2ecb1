"""The exercises of notebook 12. They are about arrays: PyTorch is not needed."""

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def to_pytorch(W_xh, W_hh, b_h):
    """Return weight_ih, weight_hh, bias_ih and bias_hh: the same cell, as PyTorch wants it.

    W_xh has shape (D, H), W_hh (H, H), b_h (H,). All of the bias goes into bias_ih. End with
    `return weight_ih, weight_hh, bias_ih, bias_hh`.
    """
    return W_xh.T, W_hh.T, b_h, np.zeros(b_h.shape)


def from_keras_order(kernel):
    """Return the weights with their blocks in our order, r, z, n.

    kernel has shape (D, 3 H): the columns of Keras's GRU, in its order z, r, n.
    """
    z, r, n = np.split(kernel, 3, axis=1)
    return np.hstack([r, z, n])


def combine(a1, b1, a2, b2):
    """Return a and b of the one step that does what two steps do, the first one first.

    A step with a and b makes a * h + b of a state h. All of them are arrays of shape (H,). End
    with `return a, b`.
    """
    return a2 * a1, a2 * b1 + b2


# The mistakes ----------------------------------------------------------------------------------


def _turned(
    ih=lambda W: W.T,
    hh=lambda W: W.T,
    biases=lambda b: (b, np.zeros(b.shape)),
):
    """Make a `to_pytorch` with one of its parts replaced."""

    def answer(W_xh, W_hh, b_h):
        return (ih(W_xh), hh(W_hh), *biases(b_h))

    return answer


def _as_it_is(W):
    return W


def _refilled(W):
    return W.reshape(W.shape[::-1])


def _changed_over(W_xh, W_hh, b_h):
    return W_hh.T, W_xh.T, b_h, np.zeros(b_h.shape)


def _put_together(order, axis=1):
    """Make a `from_keras_order` that puts the blocks together in another order."""

    def answer(kernel):
        blocks = np.split(kernel, 3, axis=1)
        return np.concatenate([blocks[number] for number in order], axis=axis)

    return answer


def _dealt_out(kernel):
    z, r, n = kernel[:, 0::3], kernel[:, 1::3], kernel[:, 2::3]
    return np.hstack([r, z, n])


def _overwritten(kernel):
    n_hidden = kernel.shape[1] // 3
    changed = kernel.copy()
    changed[:, :n_hidden] = changed[:, n_hidden : 2 * n_hidden]
    changed[:, n_hidden : 2 * n_hidden] = changed[:, :n_hidden]
    return changed


def _read_backward(kernel):
    return kernel[:, ::-1]


def _first_two_columns(kernel):
    changed = kernel.copy()
    changed[:, [0, 1]] = kernel[:, [1, 0]]
    return changed


def _by_unit(kernel):
    gates = kernel.reshape(len(kernel), -1, 3)
    return gates[..., [1, 0, 2]].reshape(kernel.shape)


def _steps(a=lambda a1, a2: a2 * a1, b=lambda a1, b1, a2, b2: a2 * b1 + b2):
    """Make a `combine` with one of its results replaced."""

    def answer(a1, b1, a2, b2):
        return a(a1, a2), b(a1, b1, a2, b2)

    return answer


# The examples ----------------------------------------------------------------------------------


def _cell_cases(rng):
    cases = []
    for d, n_hidden in [(1, 1), (1, 2), (2, 2), (3, 2), (2, 3)]:
        shapes = [(d, n_hidden), (n_hidden, n_hidden), (n_hidden,)]
        cases.append(tuple(not_small(rng, shape) for shape in shapes))
    return cases


def _kernel_cases(rng):
    return [
        (not_small(rng, (d, 3 * n_hidden)),) for d, n_hidden in [(1, 1), (1, 2), (2, 2), (3, 3)]
    ]


def _step_cases(rng):
    known = [
        tuple(np.array([number]) for number in (0.5, 1.0, 0.5, 1.0)),
        tuple(np.array([number]) for number in (0.0, 2.0, 3.0, 1.0)),
    ]
    return known + [tuple(not_small(rng, (4, n_hidden))) for n_hidden in (1, 2, 3)]


TASKS = (
    Exercise(
        name="to-pytorch",
        reference=to_pytorch,
        cases=_cell_cases,
        meaning="These four arrays are all that torch.nn.RNN has.",
        hints=(
            "PyTorch has one row for each hidden unit. Which axis of W_xh are the hidden units?",
            "Both matrices are transposed: rows become columns. A square one is soon forgotten.",
            "The last result is an array of zeros, of the shape of b_h.",
        ),
        mistakes=(
            Mistake(
                "no matrix is transposed",
                "Which shape does PyTorch want for D inputs and H units? And is a square matrix "
                "the same with its rows and columns swapped?",
                _turned(_as_it_is, _as_it_is),
            ),
            Mistake(
                "only the weights of the input are transposed",
                "The other matrix is square, so its shape says nothing. What are its rows?",
                _turned(hh=_as_it_is),
            ),
            Mistake(
                "only the recurrent weights are transposed",
                "Look at the shape of weight_ih: one row for each hidden unit.",
                _turned(ih=_as_it_is),
            ),
            Mistake(
                "the numbers are filled into the other shape in the order in which they stand",
                "reshape keeps the reading order. A number in row 0 and column 1 should come to "
                "row 1 and column 0.",
                _turned(_refilled, lambda W: W.T),
            ),
            Mistake(
                "one matrix is filled into the other shape, and the square one stays as it is",
                "reshape keeps the reading order; rows should become columns, in both.",
                _turned(_refilled, _as_it_is),
            ),
            Mistake(
                "the rows are put in reverse order",
                "Not the order of the rows changes: they become columns.",
                _turned(lambda W: W[::-1].T, lambda W: W[::-1].T),
            ),
            Mistake(
                "the matrices are turned by a quarter, as a picture is",
                "Row 0 should become column 0, in the same order. rot90 and flips do something "
                "else.",
                _turned(np.rot90, np.rot90),
            ),
            Mistake(
                "the recurrent weights are inverted",
                "Nothing has to be undone: rows become columns.",
                _turned(hh=np.linalg.inv),
            ),
            Mistake(
                "the bias is lost",
                "Two biases, one of them zeros. Where has b_h gone?",
                _turned(biases=lambda b: (np.zeros(b.shape), np.zeros(b.shape))),
            ),
            Mistake(
                "the two matrices are swapped",
                "ih is from the input to the hidden units, hh from hidden to hidden.",
                _changed_over,
            ),
            Mistake(
                "the bias stands in both places",
                "PyTorch adds its two biases. What would their sum be?",
                _turned(biases=lambda b: (b, b)),
            ),
            Mistake(
                "the bias stands in the second place",
                "The sum would be right. But the task says where the bias goes.",
                _turned(biases=lambda b: (np.zeros(b.shape), b)),
            ),
            Mistake(
                "each of the two biases gets half",
                "The sum would be right. But the task says where the bias goes: all of it.",
                _turned(biases=lambda b: (b / 2, b / 2)),
            ),
            Mistake(
                "the second bias undoes the first",
                "The two are added. What must the second be, if the first is all of it?",
                _turned(biases=lambda b: (b, -b)),
            ),
            Mistake(
                "the second bias is made of ones",
                "The two are added. What must the second be, if the first is all of it?",
                _turned(biases=lambda b: (b, np.ones(b.shape))),
            ),
            Mistake(
                "the biases are made into columns",
                "A bias has one axis, in PyTorch as here.",
                _turned(biases=lambda b: (b[:, None], np.zeros((len(b), 1)))),
            ),
            Mistake(
                "the second bias is left out",
                "PyTorch has two biases, always. What is the other one, if one is all of b_h?",
                _turned(biases=lambda b: (b,)),
            ),
        ),
    ),
    ChoiceQuestion(
        name="batch-first",
        task=(
            "x has the shape (32, 100, 8): 32 sentences of 100 words with 8 features. "
            "`torch.nn.RNN(8, 16)`, made without any option, reads it, and no error comes. What "
            "has it read, and why?"
        ),
        choices={
            "a": Choice(
                "32 sentences of 100 words.",
                "That was meant. But which of the two leading axes does PyTorch take for time, "
                "if nobody says?",
            ),
            "b": Choice("100 sentences of 32 words."),
            "c": Choice(
                "One sentence of 3,200 words.",
                "There are still two leading axes, and one of them is the batch. Which one?",
            ),
            "d": Choice(
                "8 sentences of 32 words.",
                "The features are the last axis, in either order: 8 is what each word has.",
            ),
        },
        reasons={
            1: Choice(
                "The first axis is the batch, as everywhere in this course.",
                "In this course it is. What does PyTorch take the first axis for?",
            ),
            2: Choice("The first axis is time, unless batch_first=True is said."),
            3: Choice(
                "The longer of the two axes is taken for time.",
                "Nothing is guessed from lengths: the order of the axes decides.",
            ),
            4: Choice(
                "The last axis must have the size 8, and the others are joined.",
                "The last axis must fit, that is so. But nothing is joined.",
            ),
        },
        meaning=(
            "Both orders have 8 features at the end, so nothing can be noticed from the shape: 32 "
            "steps are taken, with 100 states side by side."
        ),
        hints=(
            "Three axes: time, batch and features. Which comes first by default?",
            "The default of batch_first is False.",
            "So the first axis, 32, is time.",
        ),
    ),
    NumberQuestion(
        name="gru-parameters",
        task=(
            "How many parameters does `torch.nn.GRU(10, 20)` have: 10 input features, 20 hidden "
            "units, one layer?"
        ),
        reference=lambda: 3 * (20 * 10 + 20 * 20 + 20 + 20),
        meaning=(
            "Three blocks, each with 20 · 10 weights of the input, 20 · 20 recurrent ones and two "
            "biases of 20."
        ),
        hints=(
            "Count one block, that of the reset gate, and then the blocks.",
            "A block has weights from each input to each unit, from each unit to each unit, and "
            "biases. How many biases, in PyTorch?",
            "It is three times something that ends in 20 + 20.",
        ),
        mistakes=(
            Mistake(
                "each block has one bias",
                "That would be enough for r and z. PyTorch has more.",
                lambda: 3 * (20 * 10 + 20 * 20 + 20),
            ),
            Mistake(
                "only the candidate has two biases",
                "That is our GRUCell. PyTorch does not save the two that could be added.",
                lambda: 3 * (20 * 10 + 20 * 20 + 20) + 20,
            ),
            Mistake(
                "two biases are counted for the whole layer",
                "Has each gate not a bias of its own?",
                lambda: 3 * (20 * 10 + 20 * 20) + 20 + 20,
            ),
            Mistake(
                "one block is counted, with one bias",
                "How many blocks has a GRU? And how many biases has each, in PyTorch?",
                lambda: 20 * 10 + 20 * 20 + 20,
            ),
            Mistake(
                "the biases are left out",
                "Each block has biases, too.",
                lambda: 3 * (20 * 10 + 20 * 20),
            ),
            Mistake(
                "one block is counted",
                "How many blocks has a GRU?",
                lambda: 20 * 10 + 20 * 20 + 20 + 20,
            ),
            Mistake(
                "two blocks are counted",
                "Two gates, and what else?",
                lambda: 2 * (20 * 10 + 20 * 20 + 20 + 20),
            ),
            Mistake(
                "four blocks are counted",
                "That is the LSTM. How many blocks has a GRU?",
                lambda: 4 * (20 * 10 + 20 * 20 + 20 + 20),
            ),
            Mistake(
                "features and units are swapped",
                "The first number is the size of the input, the second that of the state.",
                lambda: 3 * (10 * 20 + 10 * 10 + 10 + 10),
            ),
            Mistake(
                "the input is taken to be as large as the state",
                "The first number is the size of the input.",
                lambda: 3 * (20 * 20 + 20 * 20 + 20 + 20),
            ),
            Mistake(
                "the recurrent weights are left out",
                "There is a second matrix: from the state before.",
                lambda: 3 * (20 * 10 + 20 + 20),
            ),
            Mistake(
                "the weights of the input are left out",
                "There is a first matrix: from the input.",
                lambda: 3 * (20 * 20 + 20 + 20),
            ),
        ),
    ),
    Exercise(
        name="keras-order",
        reference=from_keras_order,
        cases=_kernel_cases,
        meaning="Blocks of columns can be moved; the numbers in them stay as they are.",
        hints=(
            "Write down the three blocks as they come, and below them as they should stand.",
            "np.split cuts an array into parts along an axis. The blocks stand side by side: which "
            "axis is that?",
            "np.hstack puts blocks side by side again, in the order in which you list them.",
        ),
        mistakes=(
            Mistake(
                "the blocks are taken to be eight columns wide",
                "A block has H columns, and H is a third of the columns of kernel.",
                lambda kernel: np.hstack([kernel[:, 8:16], kernel[:, :8], kernel[:, 16:]]),
            ),
            Mistake(
                "nothing is moved",
                "Keras has the update gate first. Which one is first here?",
                lambda kernel: kernel.copy(),
            ),
            Mistake(
                "the second block overwrites the first before the first has been kept",
                "After the first line, both places hold the same block. Keep a copy.",
                _overwritten,
            ),
            Mistake(
                "the columns are read backward",
                "Within a block the order of the units stays. Move whole blocks.",
                _read_backward,
            ),
            Mistake(
                "the blocks are put in reverse order",
                "Only two of the three change places. Which one is last in both?",
                _put_together([2, 1, 0]),
            ),
            Mistake(
                "each block moves on by one place",
                "Only two of the three change places. Which one is last in both?",
                _put_together([2, 0, 1]),
            ),
            Mistake(
                "each block moves back by one place",
                "Only two of the three change places. Which one is last in both?",
                _put_together([1, 2, 0]),
            ),
            Mistake(
                "the last two blocks change places",
                "Keras has z, r, n, and we have r, z, n.",
                _put_together([0, 2, 1]),
            ),
            Mistake(
                "every third column is taken for a block",
                "The columns of a block stand next to each other: first those of one gate, for all "
                "units.",
                _dealt_out,
            ),
            Mistake(
                "each three columns in a row are taken for the gates of one unit",
                "The columns of a block stand next to each other: first those of one gate, for all "
                "units.",
                _by_unit,
            ),
            Mistake(
                "three columns are taken, and not three blocks",
                "A block has as many columns as there are units.",
                lambda kernel: kernel[:, [1, 0, 2]],
            ),
            Mistake(
                "only the first two columns change places",
                "A block has as many columns as there are units.",
                _first_two_columns,
            ),
            Mistake(
                "the blocks are put below each other",
                "Side by side: the rows are the inputs, and there are as many as before.",
                _put_together([1, 0, 2], axis=0),
            ),
            Mistake(
                "the candidate is left out",
                "There are three blocks.",
                _put_together([1, 0]),
            ),
        ),
    ),
    Exercise(
        name="scan-step",
        reference=combine,
        cases=_step_cases,
        meaning="Two steps made into one, without a look at the state: that is all a scan needs.",
        hints=(
            "Take a state h and do the first step. Do the second step with what comes out.",
            "a2 (a1 h + b1) + b2. Multiply it out.",
            "What stands before h is the new a; all the rest is the new b.",
        ),
        mistakes=(
            Mistake(
                "the two results are the wrong way round",
                "First the factor a of the one step, then what it adds, b.",
                lambda *case: combine(*case)[::-1],
            ),
            Mistake(
                "the second step is done first",
                "What the first step has added goes through the second one, and not the other way "
                "round.",
                _steps(b=lambda a1, b1, a2, b2: a1 * b2 + b1),
            ),
            Mistake(
                "what the steps add is added up",
                "What the first step has added goes through the second step. What happens to it "
                "there?",
                _steps(b=lambda a1, b1, a2, b2: b1 + b2),
            ),
            Mistake(
                "the factors are added",
                "The state is multiplied by the first factor, and what comes out by the second.",
                _steps(a=lambda a1, a2: a1 + a2),
            ),
            Mistake(
                "what the second step adds is multiplied by its factor, too",
                "The second step multiplies first, and then adds.",
                _steps(b=lambda a1, b1, a2, b2: a2 * (b1 + b2)),
            ),
            Mistake(
                "what the second step adds is left out",
                "Both steps add something.",
                _steps(b=lambda a1, b1, a2, b2: a2 * b1),
            ),
            Mistake(
                "what the first step adds is left out",
                "Both steps add something.",
                _steps(b=lambda a1, b1, a2, b2: b2),
            ),
            Mistake(
                "what the first step adds is multiplied by both factors",
                "The first factor is for the state; what is added after it does not meet it.",
                _steps(b=lambda a1, b1, a2, b2: a2 * a1 * b1 + b2),
            ),
            Mistake(
                "what the first step adds is multiplied by the first factor",
                "The first step multiplies first, and then adds. Which factor comes after that?",
                _steps(b=lambda a1, b1, a2, b2: a1 * b1 + b2),
            ),
            Mistake(
                "what the steps add is multiplied",
                "Multiply a2 (a1 h + b1) + b2 out.",
                _steps(b=lambda a1, b1, a2, b2: b1 * b2),
            ),
            Mistake(
                "everything is added",
                "Write down a2 (a1 h + b1) + b2, and multiply it out.",
                lambda a1, b1, a2, b2: (a1 + a2, b1 + b2),
            ),
            Mistake(
                "what each step adds is multiplied by its own factor",
                "A step multiplies first, and then adds. Which factor does b1 meet, and does b2 "
                "meet one?",
                _steps(b=lambda a1, b1, a2, b2: a1 * b1 + a2 * b2),
            ),
            Mistake(
                "what each step adds is multiplied by the factor of the other",
                "After the second step nothing follows: does b2 meet a factor?",
                _steps(b=lambda a1, b1, a2, b2: a2 * b1 + a1 * b2),
            ),
            Mistake(
                "tanh is taken",
                "There is none in these steps: that is what makes it possible.",
                _steps(b=lambda a1, b1, a2, b2: np.tanh(a2 * b1 + b2)),
            ),
            Mistake(
                "the second step is forgotten",
                "That is the first step alone.",
                lambda a1, b1, a2, b2: (a1, b1),
            ),
            Mistake(
                "the first step is forgotten",
                "That is the second step alone.",
                lambda a1, b1, a2, b2: (a2, b2),
            ),
            Mistake(
                "the factors are averaged",
                "One factor after the other: what happens to a state?",
                _steps(a=lambda a1, a2: (a1 + a2) / 2),
            ),
        ),
    ),
)
