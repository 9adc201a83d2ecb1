"""The exercises of notebook 08."""

import numpy as np

from rnnhelpers.exercises.tasks import (
    Choice,
    ChoiceQuestion,
    Exercise,
    Mistake,
    NumberQuestion,
)
from rnnhelpers.exercises.values import not_small


def split_by_place(places, test_places):
    """Return a tuple of two arrays of row numbers: of the names to learn from and to test on.

    places has shape (N,): which place each name belongs to. test_places is a list of places; all
    their names are to test on, and all other names to learn from. The numbers go up.
    """
    is_test = np.isin(places, test_places)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def mean_states(h, lengths):
    """Return the mean of the real states of each sequence, of shape (N, H).

    h has shape (N, T, H); lengths has shape (N,) and says how many steps of each sequence are
    real. The padding is at the end, and no sequence is empty.
    """
    return np.array([h[i, :length].mean(axis=0) for i, length in enumerate(lengths)])


def confusion_counts(right, said, n_classes):
    """Return the confusion matrix: whole numbers, of shape (n_classes, n_classes).

    right and said have shape (N,): the number of the right class of each name, and of the class
    that was predicted. The entry in row i and column j counts the names of class i that were taken
    for class j.
    """
    classes = range(n_classes)
    return np.array([[np.sum((right == i) & (said == j)) for j in classes] for i in classes])


# The mistakes ----------------------------------------------------------------------------------


def _first_name_of_each(places, test_places):
    rows = [int(np.flatnonzero(places == place)[0]) for place in test_places if place in places]
    test = np.array(sorted(rows), dtype=int)
    return np.setdiff1d(np.arange(len(places)), test), test


def _divided_without_an_axis(h, lengths):
    is_real = np.arange(h.shape[1]) < lengths[:, None]
    return (h * is_real[:, :, None]).sum(axis=1) / lengths


def _rest_is_lost(places, test_places):
    return np.flatnonzero(~np.isin(places, test_places)), _first_name_of_each(places, test_places)[
        1
    ]


def _as_many_rows_as_places(places, test_places):
    rows = np.arange(len(places))
    return rows[len(test_places) :], rows[: len(test_places)]


def _as_many_rows_from_the_end(places, test_places):
    rows = np.arange(len(places))
    return rows[: -len(test_places)], rows[-len(test_places) :]


def _each_place_once(places, test_places):
    return np.setdiff1d(places, test_places), np.array(test_places)


def _of_one_place(which):
    """Make a `split_by_place` that looks at one of the test places."""

    def answer(places, test_places):
        is_test = places == test_places[which]
        return np.flatnonzero(~is_test), np.flatnonzero(is_test)

    return answer


def _in_the_order_of_the_places(places, test_places):
    train = np.flatnonzero(~np.isin(places, test_places))
    return train, np.concatenate([np.flatnonzero(places == place) for place in test_places])


def _half_of_each_place(places, test_places):
    rows = np.arange(len(places))
    return rows[::2], rows[1::2]


def _chosen_by(is_test):
    """Make a `split_by_place` that asks something else of a place and the test places."""

    def answer(places, test_places):
        mask = np.array([is_test(place, test_places) for place in places])
        return np.flatnonzero(~mask), np.flatnonzero(mask)

    return answer


def _first_rows(places, of_places):
    return np.array([list(places).index(place) for place in of_places if place in places])


def _first_names_in_the_order_given(places, test_places):
    test = _first_rows(places, test_places)
    return np.setdiff1d(np.arange(len(places)), test), test


def _first_name_of_every_place(places, test_places):
    train = _first_rows(places, [place for place in places if place not in test_places])
    return np.unique(train), np.unique(_first_rows(places, test_places))


def _first_row_of_the_place(places, test_places):
    first_rows = _first_rows(places, places)
    is_test = np.isin(places, test_places)
    return first_rows[~is_test], first_rows[is_test]


def _places_and_not_names(places, test_places):
    all_places = np.unique(places)
    is_test = np.isin(all_places, test_places)
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)


def _where_places_are_found(places, test_places):
    is_found = np.isin(test_places, places)
    return np.flatnonzero(~is_found), np.flatnonzero(is_found)


def _mean_up_to(stop):
    """Make a `mean_states` that goes up to another step: `stop` gets a length, all, and T."""

    def answer(h, lengths):
        stops = [stop(length, lengths, h.shape[1]) for length in lengths]
        return np.array([h[i, :n].mean(axis=0) for i, n in enumerate(stops)])

    return answer


def _real(h, lengths):
    return h * (np.arange(h.shape[1]) < lengths[:, None])[:, :, None]


def _summed_over(end):
    """Make a loop that adds up states and divides by `end` of a length and T."""

    def answer(h, lengths):
        return _real(h, lengths).sum(axis=1) / end(lengths[:, None], h.shape[1])

    return answer


def _of_the_carried_states(h, lengths):
    last = h[np.arange(len(h)), lengths - 1]
    is_real = (np.arange(h.shape[1]) < lengths[:, None])[:, :, None]
    return np.where(is_real, h, last[:, None]).mean(axis=1)


def _counted(rule):
    """Make a `confusion_counts` out of the right matrix."""
    return lambda right, said, n_classes: rule(confusion_counts(right, said, n_classes))


def _each_pair_once(right, said, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    counts[right, said] += 1
    return counts


def _classes_that_occur(right, said, n_classes):
    classes = np.unique([right, said])
    return np.array([[np.sum((right == i) & (said == j)) for j in classes] for i in classes])


def _classes_that_are_right_somewhere(right, said, n_classes):
    n = int(right.max()) + 1
    return confusion_counts(right, said, n_classes)[:n, :n]


def _either(right, said, n_classes):
    classes = range(n_classes)
    return np.array([[np.sum((right == i) | (said == j)) for j in classes] for i in classes])


def _from_one(right, said, n_classes):
    return confusion_counts(right - 1, said - 1, n_classes)


def _mentions(right, said, n_classes):
    counts = np.zeros((n_classes, n_classes), dtype=int)
    np.add.at(counts, (right, said), 1)
    np.add.at(counts, (said, right), 1)
    return counts


# The examples ----------------------------------------------------------------------------------


def _place_cases(rng):
    cases = [
        (np.array(["HU", "AT", "HU"]), ["HU"]),
        (np.array(["HU", "AT", "HU", "NL"]), ["HU", "NL"]),
        (np.array(["HU", "HU", "AT", "NL", "NL"]), ["NL", "HU"]),
        (np.array(["CH", "CHE", "CH"]), ["CH"]),  # one place is a part of the other
        (np.array(["CH", "CHE", "CH"]), ["CHE"]),
    ]
    known = np.array(["AT", "ES", "HU", "NL", "PL", "SE"])
    for n_places, n_test in [(3, 1), (4, 2), (6, 3)]:
        places = rng.permutation(known)[:n_places]
        of_names = rng.permutation(np.repeat(places, rng.integers(2, 4, size=n_places)))
        cases.append((of_names, rng.permutation(places)[:n_test].tolist()))
    return cases


def _state_cases(rng):
    cases = [
        (np.array([[[0.4], [0.8], [0.9]]]), np.array([2])),
        (np.array([[[0.4, -0.2], [0.8, 0.6], [0.9, 0.9]]]), np.array([2])),
        (np.array([[[0.5], [0.7], [0.3]], [[0.2], [0.4], [0.9]]]), np.array([3, 2])),
    ]
    for lengths, n_steps, n_hidden in [([4, 2], 4, 2), ([2, 5, 3], 5, 3), ([3, 2], 4, 2)]:
        h = not_small(rng, (len(lengths), n_steps, n_hidden), 0.2, 0.9)
        cases.append((h, np.array(lengths)))
    return cases


def _class_cases(rng):
    cases = [
        (np.array([0, 1, 1]), np.array([0, 1, 0]), 2),
        (np.array([0, 0, 0, 1]), np.array([1, 1, 0, 1]), 2),
        (np.array([0, 1, 0]), np.array([1, 1, 1]), 3),
        (np.array([2, 0, 2, 2]), np.array([0, 0, 0, 2]), 4),
    ]
    for n, n_classes in [(6, 3), (9, 3), (10, 4)]:
        cases.append((rng.integers(n_classes, size=n), rng.integers(n_classes, size=n), n_classes))
    return cases


TASKS = (
    Exercise(
        name="split-by-place",
        reference=split_by_place,
        cases=_place_cases,
        meaning="No place has names in both parts, so no name can be guessed from its relatives.",
        hints=(
            "First ask of each name whether its place is one of the test places.",
            "np.isin(places, test_places) answers that for all names at once, by True and False.",
            "np.flatnonzero(mask) gives the row numbers of the True ones; ~mask turns it round.",
        ),
        mistakes=(
            Mistake(
                "the two parts are swapped",
                "The names to learn from come first.",
                lambda places, test_places: split_by_place(places, test_places)[::-1],
            ),
            Mistake(
                "True and False are returned, not row numbers",
                "Where is the mask True? np.flatnonzero tells.",
                lambda places, test_places: (
                    ~np.isin(places, test_places),
                    np.isin(places, test_places),
                ),
            ),
            Mistake(
                "the places are returned, not the row numbers",
                "Which rows are they in?",
                lambda places, test_places: (
                    places[~np.isin(places, test_places)],
                    places[np.isin(places, test_places)],
                ),
            ),
            Mistake(
                "the places are returned, each once, not the row numbers",
                "Which rows are they in?",
                _each_place_once,
            ),
            Mistake(
                "the test names stay in the part to learn from",
                "A name that was learned from tests nothing.",
                lambda places, test_places: (
                    np.arange(len(places)),
                    np.flatnonzero(np.isin(places, test_places)),
                ),
            ),
            Mistake(
                "only the first name of each test place is tested on, and the others learned from",
                "All names of a test place belong to the test part.",
                _first_name_of_each,
            ),
            Mistake(
                "only the first name of each test place is tested on, and the others are lost",
                "All names of a test place belong to the test part.",
                _rest_is_lost,
            ),
            Mistake(
                "only the first name of each test place is tested on, in the order of test_places",
                "index finds the first name of a place, and no other. Ask each name for its place.",
                _first_names_in_the_order_given,
            ),
            Mistake(
                "only the first name of each place is found, to learn from as well as to test on",
                "index finds the first name of a place, and no other. Ask each name for its place.",
                _first_name_of_every_place,
            ),
            Mistake(
                "only the first of the test places is looked at",
                "test_places is a list, and it may have several places in it.",
                _of_one_place(0),
            ),
            Mistake(
                "only the last of the test places is looked at",
                "Is the mask written anew for each place, in place of the one before?",
                _of_one_place(-1),
            ),
            Mistake(
                "each place's rows come together, in the order of test_places",
                "The row numbers go up: ask each name, one after the other, and not each place.",
                _in_the_order_of_the_places,
            ),
            Mistake(
                "a place counts as a test place if a test place is a part of it",
                "Asked of two strings, `in` looks for a part. Is the whole place in the list?",
                _chosen_by(lambda place, tests: any(test in place for test in tests)),
            ),
            Mistake(
                "a place counts as a test place if it is a part of one",
                "Asked of two strings, `in` looks for a part. Is the whole place in the list?",
                _chosen_by(lambda place, tests: any(place in test for test in tests)),
            ),
            Mistake(
                "each name gets the row number of the first name of its place",
                "index finds the first place that fits, each time. Count the rows on the way: "
                "enumerate, or np.flatnonzero of a mask.",
                _first_row_of_the_place,
            ),
            Mistake(
                "the row numbers go down",
                "They should go up, from the first name to the last.",
                lambda places, test_places: tuple(
                    rows[::-1] for rows in split_by_place(places, test_places)
                ),
            ),
            Mistake(
                "the rows are numbered from 1",
                "Rows are numbered from 0, as in places[0].",
                lambda places, test_places: tuple(
                    rows + 1 for rows in split_by_place(places, test_places)
                ),
            ),
            Mistake(
                "as many rows are taken from the start as there are test places",
                "Which rows have a test place in them? Look at places.",
                _as_many_rows_as_places,
            ),
            Mistake(
                "as many rows are taken from the end as there are test places",
                "Which rows have a test place in them? Look at places.",
                _as_many_rows_from_the_end,
            ),
            Mistake(
                "every second name is tested on, whatever its place",
                "That splits by name: a place has names in both parts then.",
                _half_of_each_place,
            ),
            Mistake(
                "places are numbered, and not names",
                "A place has several names. The row numbers are those of `places`.",
                _places_and_not_names,
            ),
            Mistake(
                "it is asked of each test place whether it has a name",
                "The other way round: ask of each name whether its place is a test place.",
                _where_places_are_found,
            ),
            Mistake(
                "only the part to test on is returned",
                "Two arrays are wanted: also the rows to learn from.",
                lambda places, test_places: split_by_place(places, test_places)[1],
            ),
            Mistake(
                "only the part to learn from is returned",
                "Two arrays are wanted: also the rows to test on.",
                lambda places, test_places: split_by_place(places, test_places)[0],
            ),
        ),
    ),
    NumberQuestion(
        name="size-of-the-last-state",
        task=(
            "A network with 20 hidden units has learned to tell 8 languages apart, from names of "
            "up to 30 letters. Now it reads *Brasil*, six letters, one at a time. Its prediction "
            "is made from the last state. How many numbers does that state have?"
        ),
        reference=lambda: 20,
        meaning=(
            "One for each hidden unit, however long the name is. Letters are time steps; units are "
            "the places in which the network keeps something at each of them."
        ),
        hints=(
            "What does the state have one number of, at every time step?",
            "The state after the first letter and the one after the last have the same shape.",
            "(N, H), and N is 1 here.",
        ),
        mistakes=(
            Mistake(
                "the units of the network above are counted",
                "The network of the question has another number of hidden units.",
                lambda: 48,
            ),
            Mistake(
                "there is one number for each letter",
                "Letters are time steps. Each step has a state, and each state has how many units?",
                lambda: 6,
            ),
            Mistake(
                "there is one number for each letter of the longest name",
                "That is T, the number of time steps of a padded batch.",
                lambda: 30,
            ),
            Mistake(
                "there is one number for each language",
                "Those are the logits, which the read-out makes of the state.",
                lambda: 8,
            ),
            Mistake(
                "the states of all six steps are counted",
                "The prediction is made from the last one only.",
                lambda: 6 * 20,
            ),
            Mistake(
                "the states of thirty steps are counted",
                "The prediction is made from one state, that after the last real letter.",
                lambda: 30 * 20,
            ),
            Mistake(
                "the weights of the read-out are counted",
                "Those are H times K. How many numbers does the state have that they multiply?",
                lambda: 20 * 8,
            ),
            Mistake(
                "the whole state is taken for one number",
                "A state is a vector: one number for each hidden unit.",
                lambda: 1,
            ),
        ),
    ),
    Exercise(
        name="confusion-counts",
        reference=confusion_counts,
        cases=_class_cases,
        meaning="The diagonal has the right answers; all else says what was taken for what.",
        hints=(
            "Go through all pairs of classes: how many names are of class i and were called j?",
            "`(right == i) & (said == j)` is True for exactly those names.",
            "np.sum of a mask counts. Two loops, or one list inside the other, fill the matrix.",
        ),
        mistakes=(
            Mistake(
                "each column is divided by its sum",
                "Counts are asked for: whole numbers. Nothing is divided.",
                lambda right, said, n_classes: (
                    confusion_counts(right, said, n_classes)
                    / confusion_counts(right, said, n_classes).sum(axis=0)
                ),
            ),
            Mistake(
                "rows and columns are swapped",
                "The right class chooses the row, and the predicted one the column.",
                _counted(lambda counts: counts.T),
            ),
            Mistake(
                "each pair of classes is counted once",
                "counts[right, said] += 1 adds 1 to an entry once, however often the pair occurs: "
                "go through the names one by one. Or, in a loop, is it = in place of +=?",
                _each_pair_once,
            ),
            Mistake(
                "each row is divided by its sum",
                "Counts are wanted, and not shares.",
                _counted(lambda counts: counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)),
            ),
            Mistake(
                "each row is divided by its sum, and multiplied by 100",
                "Counts are wanted, and not per cent.",
                _counted(lambda counts: 100 * counts / counts.sum(axis=1, keepdims=True)),
            ),
            Mistake(
                "each column is divided by the sum of a row",
                "Counts are wanted, and not shares. (And sums of rows divide rows only with "
                "keepdims=True.)",
                _counted(lambda counts: counts / counts.sum(axis=1)),
            ),
            Mistake(
                "everything is divided by the number of names",
                "Counts are wanted, and not shares.",
                _counted(lambda counts: counts / counts.sum()),
            ),
            Mistake(
                "everything is divided by the number of names, and multiplied by 100",
                "Counts are wanted, and not per cent.",
                _counted(lambda counts: 100 * counts / counts.sum()),
            ),
            Mistake(
                "only the right answers are counted, as a matrix",
                "A name of class i that was called j belongs in row i and column j.",
                _counted(lambda counts: np.diag(np.diag(counts))),
            ),
            Mistake(
                "only the right answers are counted, one number a class",
                "A matrix is wanted: it also says what the others were taken for.",
                _counted(np.diag),
            ),
            Mistake(
                "the right answers are left out",
                "They stand on the diagonal: class i, taken for class i.",
                _counted(lambda counts: counts - np.diag(np.diag(counts))),
            ),
            Mistake(
                "a name is counted if either of the two classes fits",
                "Both have to fit: & and not |.",
                _either,
            ),
            Mistake(
                "only classes that occur get a row and a column",
                "There are n_classes rows and columns, some of them perhaps all zeros.",
                _classes_that_occur,
            ),
            Mistake(
                "the number of classes is taken from the right ones",
                "n_classes says how many there are; the last one may not occur.",
                _classes_that_are_right_somewhere,
            ),
            Mistake(
                "the classes are numbered from 1",
                "They begin at 0, as rows and columns do.",
                _from_one,
            ),
            Mistake(
                "each mistake is entered twice, also with the classes swapped",
                "To take Spanish for Portuguese is one thing, Portuguese for Spanish another.",
                _mentions,
            ),
            Mistake(
                "the names of each class are counted, whatever was said",
                "Each of them goes into a column, that of the class which was predicted.",
                _counted(lambda counts: counts.sum(axis=1)),
            ),
            Mistake(
                "the accuracy is returned",
                "A matrix is wanted. Its diagonal holds the right answers.",
                _counted(lambda counts: np.trace(counts) / counts.sum()),
            ),
        ),
    ),
    Exercise(
        name="mean-states",
        reference=mean_states,
        cases=_state_cases,
        meaning="The mean is over the real steps, so that the padding of a batch has no say.",
        hints=(
            "Take one sequence: which of its T states are real?",
            "h[i, :length] are the real states of sequence i, of shape (length, H).",
            "Their mean over time is .mean(axis=0). Then the same for each sequence.",
        ),
        mistakes=(
            Mistake(
                "the sums are divided by lengths without a second axis",
                "The sums have shape (N, H) and lengths (N,). lengths[:, None] has a column for "
                "all units.",
                _divided_without_an_axis,
            ),
            Mistake(
                "the padding is in the mean",
                "Only the first `length` states of a sequence are real.",
                lambda h, lengths: h.mean(axis=1),
            ),
            Mistake(
                "the real states are added up, and divided by T",
                "How many states have been added up?",
                _summed_over(lambda length, n_steps: n_steps),
            ),
            Mistake(
                "the states, padding included, are added up, and divided by the length",
                "The division is right. What is added up?",
                lambda h, lengths: h.sum(axis=1) / lengths[:, None],
            ),
            Mistake(
                "the real states are added up, and not divided",
                "A mean is the sum divided by how many there are.",
                _summed_over(lambda length, n_steps: 1),
            ),
            Mistake(
                "the division is by one more than the length",
                "A sequence of length 2 has two real states.",
                _summed_over(lambda length, n_steps: length + 1),
            ),
            Mistake(
                "one state too many is added up, and the sum divided by the length",
                "np.arange(T) counts from 0: is the step with the number `length` still real?",
                lambda h, lengths: (
                    _real(h, np.minimum(lengths + 1, h.shape[1])).sum(axis=1) / lengths[:, None]
                ),
            ),
            Mistake(
                "the last real state is left out",
                "h[i, :length] ends before step `length`, counted from 0: is that the last one?",
                _mean_up_to(lambda length, lengths, n_steps: length - 1),
            ),
            Mistake(
                "one state too many is taken",
                "The steps are counted from 0: the last real one is length - 1.",
                _mean_up_to(lambda length, lengths, n_steps: length + 1),
            ),
            Mistake(
                "the first state is left out",
                "It is real as well: Python counts from 0.",
                lambda h, lengths: np.array(
                    [h[i, 1:length].mean(axis=0) for i, length in enumerate(lengths)]
                ),
            ),
            Mistake(
                "the longest length is taken for all",
                "Each sequence has its own length.",
                _mean_up_to(lambda length, lengths, n_steps: lengths.max()),
            ),
            Mistake(
                "the shortest length is taken for all",
                "Each sequence has its own length.",
                _mean_up_to(lambda length, lengths, n_steps: lengths.min()),
            ),
            Mistake(
                "the states of the first sequence are taken for all",
                "Each sequence has its own states: which index chooses the sequence?",
                lambda h, lengths: np.array([h[0, :length].mean(axis=0) for length in lengths]),
            ),
            Mistake(
                "the largest real value of each unit is taken",
                "That is another way to make one state of many. Here the mean is wanted.",
                lambda h, lengths: np.array(
                    [h[i, :length].max(axis=0) for i, length in enumerate(lengths)]
                ),
            ),
            Mistake(
                "the length of the first sequence is taken for all",
                "Each sequence has its own length.",
                _mean_up_to(lambda length, lengths, n_steps: lengths[0]),
            ),
            Mistake(
                "the last real state is returned",
                "That is the other way to make one state of many. Here the mean is wanted.",
                lambda h, lengths: h[np.arange(len(h)), lengths - 1],
            ),
            Mistake(
                "the last real state counts once more for each step of padding",
                "That is what comes of states that were carried on through the padding.",
                _of_the_carried_states,
            ),
            Mistake(
                "the steps are counted from the end",
                "The padding is at the end, and the real steps are at the start.",
                lambda h, lengths: np.array(
                    [h[i, -length:].mean(axis=0) for i, length in enumerate(lengths)]
                ),
            ),
            Mistake(
                "the units are averaged as well",
                "Each unit keeps its own mean: over which axis do you take it?",
                lambda h, lengths: np.array(
                    [h[i, :length].mean() for i, length in enumerate(lengths)]
                ),
            ),
            Mistake(
                "the mean of the real states is taken over the units, and the time steps stay",
                "The states of one sequence have the shape (T, H): which axis is that of time?",
                lambda h, lengths: np.array(
                    [h[i, :length].mean(axis=1) for i, length in enumerate(lengths)]
                ),
            ),
            Mistake(
                "the units are averaged, and the time steps stay",
                "The mean is over time, the second axis of h.",
                lambda h, lengths: h.mean(axis=2),
            ),
            Mistake(
                "the mean is over the sequences",
                "Each sequence has a mean of its own; it is over time, the second axis of h.",
                lambda h, lengths: h.mean(axis=0),
            ),
        ),
    ),
    ChoiceQuestion(
        name="slightly-ahead",
        task=(
            "Two classifiers are tested on the same 450 images. The first is right in 97.1 %, the "
            "second in 96.9 %. The 95 % interval of the difference goes from −1.3 to +1.8 "
            "percentage points. What do you say, and why?"
        ),
        choices={
            "a": Choice(
                "The first one is better.",
                "It was right once more in 450. How much would that move with other images?",
            ),
            "b": Choice(
                "They are equally good.",
                "That is more than the test can show: a lead of one point, of either, would go "
                "with it as well.",
            ),
            "c": Choice("On this evidence either may be better."),
            "d": Choice(
                "The test has to be repeated until the interval does not hold 0.",
                "Whoever repeats for long enough will find a difference, by chance alone.",
            ),
        },
        reasons={
            1: Choice(
                "97.1 is more than 96.9.",
                "On these images it is. The question is what will be with other ones.",
            ),
            2: Choice("With other images of the same kind, either of them could be ahead."),
            3: Choice(
                "The intervals of the two accuracies overlap.",
                "They may overlap although one is surely ahead: both find the same images hard. "
                "The interval of the difference decides.",
            ),
            4: Choice(
                "450 images are too few to compare anything.",
                "A lead of ten points would show very clearly with 450 images.",
            ),
        },
        meaning=(
            "0 is inside the interval, and so are leads of more than a point for both sides. More "
            "test images would tell more."
        ),
        hints=(
            "What does the interval say about a difference of 0?",
            "That 0 lies in it does not prove that the difference is 0.",
            "The images are a sample. Another sample would have given another difference.",
        ),
    ),
)
