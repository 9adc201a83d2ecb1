"""A valid call of every public function, small enough to be made many times, for spoiling.

A new public function has no case yet, and turns `tests/test_hostile_arguments.py` red until it has
one here, or a reason in `LEFT_OUT`.
"""

import atexit
import copy
import datetime
import functools
import importlib
import inspect
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
from sklearn.exceptions import DataConversionWarning

from publishing.site.reference import public_modules
from rnnhelpers.attention import Attention
from rnnhelpers.cells import GRUCell, LSTMCell, RNNCell
from rnnhelpers.layers import Embedding, Linear, make_layers
from rnnhelpers.network import make_network
from rnnhelpers.optimizers import OPTIMIZERS, SGD
from rnnhelpers.parameters import Parameters
from rnnhelpers.saving import BadFile, write_npz
from rnnhelpers.training import DivergedError, History
from rnnhelpers.unrolling import unroll, unroll_checkpointed

PACKAGE = "rnnhelpers."


class Call(NamedTuple):
    """A function, and arguments that it takes."""

    function: Callable
    arguments: dict


class New(NamedTuple):
    """An argument that cannot be copied, and is made anew for each call."""

    make: Callable


@dataclass(frozen=True)
class Case:
    """A valid call, and what is to be known about it.

    Attributes
    ----------
    name : str
        The function, without the name of the package; after a colon what this case is about.
    arguments : dict
        Its arguments. They are copied for each call.
    owner : callable, optional
        Of a method: makes the object.
    function : callable, optional
        What is called, if it is not the function itself.
    raises : tuple of type
        Errors beside TypeError and ValueError that the docstring names.
    explains : tuple of str
        One of these words is in the message of each error.
    writes : bool
        Whether it is meant to write into its arguments.
    changes_itself_when_refused : bool
        Whether an object may have changed after an error: one that is learning.
    may_be_infinite : bool
        Whether NaN or infinity may come out, as the docstring says.
    takes_form_seriously : bool
        Whether the type of the same numbers is part of the question.
    is_slow : bool
        Whether a quarter of the examples has to do: a figure, or a training.
    """

    name: str
    arguments: dict = field(default_factory=dict)
    owner: Callable | None = None
    function: Callable | None = None
    raises: tuple = ()
    explains: tuple = ("expected",)
    writes: bool = False
    changes_itself_when_refused: bool = False
    may_be_infinite: bool = False
    takes_form_seriously: bool = False
    is_slow: bool = False

    @property
    def target(self):
        """The name of what is called, as `public_functions` lists it."""
        return self.name.partition(":")[0]

    def n_examples(self, n):
        """Return how many of n examples are tried."""
        return n // 4 if self.is_slow else n

    def make(self):
        """Return the call, with arguments of its own."""
        made = {
            name: value.make() if isinstance(value, New) else copy.deepcopy(value)
            for name, value in self.arguments.items()
        }
        if self.function is not None:
            return Call(self.function, made)
        owner = self.owner() if self.owner else None
        return Call(find(self.target, owner), made)


def find(name, owner=None):
    """Return a public function by its name, or the method of an object."""
    if owner is not None:
        return getattr(owner, name.rpartition(".")[2])
    for module in public_modules():
        prefix = module.removeprefix(PACKAGE) + "."
        rest = name.removeprefix(prefix).split(".")
        if name.startswith(prefix) and hasattr(importlib.import_module(module), rest[0]):
            found = functools.reduce(getattr, rest, importlib.import_module(module))
            if callable(found):
                return found
    raise LookupError(f"there is no {name}: expected a public function of {PACKAGE}")


def public_functions():
    """List all public functions, classes and methods, without the name of the package.

    Returns
    -------
    list of str
        What the public modules define, or list as `__all__`. Records (`NamedTuple`) and errors
        only hold what they are given, and are not among them.
    """
    return [
        f"{module.removeprefix(PACKAGE)}.{name}"
        for module in public_modules()
        for name in _functions_of(importlib.import_module(module))
    ]


def _functions_of(module):
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    ]
    for name in names:
        value = getattr(module, name)
        if inspect.isclass(value):
            if not hasattr(value, "_fields") and not issubclass(value, BaseException):
                yield name
                yield from (f"{name}.{method}" for method in _methods_of(value))
        elif inspect.isfunction(value):
            yield name


def _methods_of(kind):
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        value = getattr(value, "__func__", value)
        # Setters of scikit-learn's own, such as set_output, are not ours.
        is_method = not name.startswith("_") and inspect.isfunction(value)
        if is_method and value.__module__.startswith(PACKAGE) and hasattr(kind, name):
            yield name


@functools.cache
def folder():
    """Return a folder for the files of the calls, which is removed at the end."""
    made = Path(tempfile.mkdtemp(prefix="rnnhelpers-fuzz-"))
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return made


def a_copy_of(make):
    """Return a function that makes something once, and returns copies of it."""
    made = functools.cache(make)
    return lambda: copy.deepcopy(made())


RNG = np.random.default_rng(5)
X = RNG.normal(size=(2, 3, 4)).round(3)
IDS = np.array([[2, 3, 1], [4, 2, 0]])
MASK = IDS > 0
H = np.tanh(RNG.normal(size=(2, 3, 3))).round(3)
D = RNG.normal(size=(2, 3, 3)).round(3)
W_XH, W_HH, B_H = (RNG.normal(size=shape).round(3) for shape in ((4, 3), (3, 3), (3,)))
WIDE = {
    n: dict(zip(("W_xh", "W_hh", "b_h"), (np.tile(W, n) for W in (W_XH, W_HH, B_H)), strict=True))
    for n in (1, 3, 4)
}
WORDS = ["the", "dog", "bites"]
TEXT = "the dog bites the man. the cat bites the dog. " * 6
PAIRS = [("un", "one"), ("deux", "two"), ("trois", "three")]
# What scikit-learn says of arrays and parameters in its own, known words.
SKLEARN = {"explains": (
    "expected", "Expected", "should", "must be", "Found", "contains NaN", "contains infinity",
    "Unsupported", "Unknown", "requires", "could not convert", "not supported", "No vocabulary",
    "cannot be used to seed",
    "empty vocabulary", "max_df", "is not iterable", "invalid literal", "no terms remain",
    "not a valid", "is not allowed", "Cannot", "not compatible", "inhomogeneous", "would exceed",
    "Mix of label input types", "is expecting",
)}  # fmt: skip


def rnn():
    """Return a small cell."""
    return RNNCell(4, 3, rng=0)


def params():
    """Return small parameters."""
    return Parameters({"w": [1.0, -2.0], "b": [[0.5]]})


def gradients():
    """Return gradients of them."""
    return Parameters({"w": [0.1, 0.2], "b": [[3.0]]})


def a_run():
    """Return what a cell read."""
    return unroll(rnn(), X)


def layers():
    """Return a layer that reads both ways."""
    return make_layers("gru", 4, 3, bidirectional=True, rng=0)


def network():
    """Return a small network."""
    return make_network("lstm", 5, 3, 2, n_embedding=4, pooling="mean", rng=0)


_network = functools.cache(network)
_layers = functools.cache(layers)


def attention():
    """Return what looks back."""
    return Attention(3, 4)


@a_copy_of
def language_model():
    """Return a model that has learned a little."""
    from rnnhelpers.language_model import LanguageModel

    return LanguageModel(n_hidden=4, n_updates=2, n_sequences=2, n_steps=5).fit(
        TEXT, progress=False
    )


def untrained_model():
    """Return a model that learns fast."""
    from rnnhelpers.language_model import LanguageModel

    return LanguageModel(n_hidden=4, n_updates=2, n_sequences=2, n_steps=5)


@a_copy_of
def kneser_ney():
    """Return a fitted n-gram model."""
    from rnnhelpers.ngrams import KneserNey

    return KneserNey(order=3).fit(TEXT)


@a_copy_of
def skip_gram():
    """Return word vectors."""
    from rnnhelpers.word_vectors import SkipGram

    return SkipGram(4, window=2, min_count=2, n_epochs=1).fit(SENTENCES)


SENTENCES = [["the", "dog", "bites"], ["the", "cat", "bites"], ["the", "dog"]] * 3


@a_copy_of
def encoder():
    """Return an encoder that knows some words."""
    from rnnhelpers.text import SequenceEncoder

    return SequenceEncoder().fit(["dog bites man", "man sleeps"])


def estimator(name, **settings):
    """Return a function that makes a fitted estimator."""

    def make():
        from rnnhelpers import estimators

        kind = getattr(estimators, name)
        y = LABELS if name == "RNNClassifier" else NUMBERS
        return kind(**QUICK, **settings).fit(SEQUENCES, y)

    return a_copy_of(make)


QUICK = {"n_hidden": 2, "n_epochs": 1}
SEQUENCES = RNG.normal(size=(4, 3, 2)).round(3)
LABELS = np.array(["a", "b", "a", "b"])
NUMBERS = np.array([0.5, 1.5, -1.0, 2.0])
classifier, regressor = estimator("RNNClassifier"), estimator("RNNRegressor")


def fresh_estimator(name):
    """Return a function that makes an estimator that has learned nothing."""

    def make():
        from rnnhelpers import estimators

        return getattr(estimators, name)(**QUICK)

    return make


def learn_with(name):
    """Return a function that makes an estimator with settings, and has it learn."""

    def learn(**settings):
        from rnnhelpers import estimators

        y = LABELS if name == "RNNClassifier" else NUMBERS
        return getattr(estimators, name)(**settings).fit(SEQUENCES, y).predict(SEQUENCES)

    return learn


def model_with(**settings):
    """Have a language model with these settings learn."""
    from rnnhelpers.language_model import LanguageModel

    return LanguageModel(**settings).fit(TEXT, progress=False).settings


def encode_with(documents, **settings):
    """Encode documents with an encoder with these settings."""
    from rnnhelpers.text import SequenceEncoder

    return SequenceEncoder(**settings).fit_transform(documents)


def encoder_decoder():
    """Return a small translation network."""
    from rnnhelpers.translation import EncoderDecoder

    return EncoderDecoder(5, 6, 4, attention=True, rng=0)


@a_copy_of
def translator():
    """Return a translator that has learned a little."""
    from rnnhelpers.translation import Translator

    return Translator(n_hidden=4, n_updates=2).fit(PAIRS, progress=False)


def untrained_translator():
    """Return a translator that learns fast."""
    from rnnhelpers.translation import Translator

    return Translator(n_hidden=4, n_updates=2)


_encoder_decoder = functools.cache(encoder_decoder)


def a_file(write):
    """Return a maker of the path of a file that a function has written."""

    @functools.cache
    def path():
        to = folder() / f"{write.__name__}-{id(write)}.npz"
        write(to)
        return str(to)

    return New(path)


def saved(make):
    """Return a maker of the path of a saved model."""
    return a_file(lambda path: make().save(path))


def tiny_file(path):
    """Write a small file."""
    write_npz(path, "Cell", {"n_hidden": 2}, {"b_h": [0.5, -0.5]})


@functools.cache
def text_file():
    """Return the path of a text file."""
    path = folder() / "own.txt"
    path.write_text("\n\n".join(f"This is paragraph {n} of {n * n}." for n in range(60)))
    return str(path)


@functools.cache
def notebook():
    """Return a notebook of the course, and its path."""
    from rnnhelpers.exercises.notebooks import read_notebook

    path = Path(__file__).parents[2] / "notebooks" / "00_start_here.ipynb"
    return read_notebook(path), path


def new_folder():
    """Return the name of a folder that is not there yet."""
    return Path(tempfile.mkdtemp(dir=folder())) / "new"


def shared_folder():
    """Return a folder with something in it."""
    made = Path(tempfile.mkdtemp(dir=folder()))
    (made / "01.ipynb").write_text("{}")
    return made


def task(name):
    """Return a task of the course."""
    from rnnhelpers.exercises import all_tasks

    return all_tasks()[name]


def figure():
    """Return a figure with a text alternative."""
    from rnnhelpers.figures import draw_states

    return draw_states({"A": H[0]}, WORDS)


def an_axes():
    """Return axes to draw into."""
    from rnnhelpers.figures import new_figure

    return new_figure()[1]


def squares():
    """Return a loss and what it is computed from, which belong together."""
    return {"loss": lambda: float((W_HH**2).sum()), "arrays": {"W": W_HH}}


def check_gradients_of(gradient, **options):
    """Check the gradient of the sum of squares of three numbers."""
    from rnnhelpers.gradient_check import check_gradients

    w = np.array([1.0, 2.0, 3.0])
    return check_gradients(lambda: (w**2).sum(), {"w": w}, {"w": gradient}, **options)


def loss_of_a_batch(batch):
    """Return a loss and its gradients, for `train`."""
    return 1.5, gradients()


def train_quietly(**options):
    """Train new parameters."""
    from rnnhelpers.training import train

    return train(SGD(params()), progress=False, **options)


STEP = {"x": X[:, 0], "h_prev": H[:, 0]}
SETTINGS_OF_CELL = {"n_features": 4, "n_hidden": 3, "rng": 0, "init": "glorot",
                    "recurrent_init": "orthogonal", "dtype": "float64"}  # fmt: skip
SMALL_LM = {"n_hidden": 4, "n_updates": 2, "n_sequences": 2, "n_steps": 5}
LM_SETTINGS = {
    "cell": "gru", "n_layers": 1, "n_embedding": 2, "optimizer": "adamw", "learning_rate": 0.02,
    "optimizer_options": {"weight_decay": 0.1}, "n_warmup": 1, "clip_norm": 1.0,
    "cell_options": {"init": "glorot"}, "unigram_bias": True, "evaluate_every": 1, "seed": 0,
    "dtype": "float32", **SMALL_LM,
}  # fmt: skip
ESTIMATOR_SETTINGS = {
    "cell": "gru", "n_layers": 1, "bidirectional": False, "pooling": "last", "input": "features",
    "n_step_features": 1, "standardize": True, "batch_size": 2, "optimizer": "adamw",
    "learning_rate": 0.01, "optimizer_options": {"weight_decay": 0.1}, "clip_norm": 1.0,
    "cell_options": {"init": "glorot"}, "validation_fraction": 0.5, "patience": 1,
    "dtype": "float32", "random_state": 0, "verbose": 0, **QUICK,
}  # fmt: skip
TRAIN = {"n_hidden": 2, "n_updates": 2, "n_sequences": 2, "rng": 0, "learning_rate": 0.01,
         "dtype": "float32", "stop_below": 0.1}  # fmt: skip
# scikit-learn's convention: a constructor keeps what it is given, and `fit` looks at it.
STORES = {"may_be_infinite": True, "takes_form_seriously": True}
SEPARATE = {"changes_itself_when_refused": True}
# A warning of scikit-learn's, on targets in a column, is one here as well.
DIVERGED = {"raises": (DivergedError, DataConversionWarning)}


def _methods(owner, prefix, methods):
    """Return cases of the methods of one object."""
    return [Case(f"{prefix}.{name}", arguments, owner) for name, arguments in methods.items()]


def _estimator_cases(name, fitted, y):
    prefix, X_, fresh = f"estimators.{name}", {"X": SEQUENCES}, fresh_estimator(name)
    cases = [
        Case(prefix, ESTIMATOR_SETTINGS, **STORES),
        Case(f"{prefix}.fit", {**X_, "y": y, "lengths": np.array([3, 2, 1, 3])}, fresh,
             **SEPARATE, **DIVERGED, **SKLEARN),
        Case(f"{prefix}.fit: settings", ESTIMATOR_SETTINGS, function=learn_with(name),
             is_slow=True, **DIVERGED, **SKLEARN),
        Case(f"{prefix}.fit_transform", {**X_, "y": y},
             function=lambda X, y: fresh().fit_transform(X, y), **DIVERGED, **SKLEARN),
        Case(f"{prefix}.score", {**X_, "y": y, "sample_weight": np.ones(4)}, fitted,
             raises=(DataConversionWarning,), **SKLEARN),
        Case(f"{prefix}.save", {"path": New(lambda: str(new_folder().parent / "a.npz"))}, fitted,
             raises=(OSError,)),
        Case(f"{prefix}.load", {"path": saved(fitted)}, raises=(OSError, BadFile)),
    ]  # fmt: skip
    reading = ["predict"]
    if name == "RNNClassifier":
        reading += ["predict_proba", "predict_log_proba", "decision_function"]
    lengths = {"lengths": np.array([3, 2, 1, 3])}
    # scikit-learn wraps this one, and takes its first argument without a name.
    cases.append(
        Case(
            f"{prefix}.transform",
            {**X_, **lengths},
            function=lambda X, lengths: fitted().transform(X, lengths),
            **SKLEARN,
        )
    )
    return cases + [
        Case(f"{prefix}.{each}", {**X_, **lengths}, fitted, **SKLEARN) for each in reading
    ]


def _figure_cases():
    states = {"A": H[0]}
    sequences = {"x": X[0], "h0": H[0, 0], **WIDE[1], "words": WORDS, "step": 2}
    drawn = {
        "draw_activation": {"function": New(lambda: np.tanh),
                            "slope": New(lambda: lambda a: 1 - np.tanh(a) ** 2),
                            "points": [-2.0, 0.0, 1.0], "name": "tanh", "limit": 3.2},
        "draw_alignment": {"weights": np.array([[0.5, 0.5], [1.0, 0.0]]), "source": "ab",
                           "target": ["c", "d"], "step": 1},
        "draw_by_distance": {"sizes": {"a": [1.0, 0.5, 0.1]}, "ylabel": "norm", "lowest": 1e-9},
        "draw_cell": {"x": X[0, 0], "h_prev": H[0, 0], **WIDE[1], "word": "dog", "step": 1},
        "draw_chain_rule": {"onward": [0.5, 0.2], "entries": [0.1, 0.4, 0.9], "d_last": -1.5,
                            "weight": "w", "step": 1},
        "draw_contributions": {"contributions": [0.1, -0.5, 0.9], "words": WORDS, "weight": "w"},
        "draw_gates": {"gates": {"forget gate f": H[0] ** 2}, "words": WORDS, "states": states,
                       "step": 2},
        "draw_gradients": {"d_h": D[0], "words": WORDS, "step": 2, "losses": [0.5, 0.1, 1.0],
                           "direct": D[0]},
        "draw_loss_surface": {"losses": W_HH**2, "first": [0.0, 1.0, 2.0],
                              "second": [0.0, 1.0, 2.0], "names": ("w", "v"),
                              "path": [[0.0, 0.0], [1.0, 1.0]], "path_losses": [0.5, 0.25],
                              "step": 1},
        "draw_matrices": {"matrices": {"A": W_HH}, "rows": WORDS, "columns": WORDS,
                          "name_of_row": "row", "marked_row": 1},
        "draw_state_path": {"paths": {"A": np.zeros((4, 2))}, "words": {"A": WORDS},
                            "limit": 1.08, "step": 1},
        "draw_states": {"states": states, "words": WORDS, "step": 2},
        "draw_stretch": {"matrices": {"A": W_HH[:2, :2]}},
        "draw_training_curves": {"losses": {"a": [3.0, 2.0, 1.5]}, "updates": [1, 2, 3],
                                 "baselines": {"chance": 3.3}, "ylabel": "loss", "log": True},
        "draw_unrolled": sequences,
        "describe": {"fig": New(figure), "alternative": "States."},
        "show": {"fig": New(figure), "alternative": "States.", "point": None},
        "show_steps": {"figs": New(lambda: [figure()]), "captions": ["One."], "label": "Step"},
        "course_style": {},
        "ink_on": {"color": "#336699"},
        "new_figure": {"width": 4.0, "height": 2.0},
        "shade_matrix": {"ax": New(an_axes), "values": W_HH, "rows": WORDS, "columns": WORDS,
                         "signed": True, "scale": 1.0, "marked_row": 1},
    }  # fmt: skip
    writes = ("describe", "show", "show_steps", "shade_matrix")
    return [Case(f"figures.{name}", arguments, writes=name in writes, is_slow=True)
            for name, arguments in drawn.items()]  # fmt: skip


def _cell_cases():
    kinds = {"RNNCell": (1, {"activation": "relu"}), "LSTMCell": (4, {"forget_bias": 1.0}),
             "GRUCell": (3, {"update_bias": 1.0}), "GRUResetBeforeCell": (3, {})}  # fmt: skip
    for name, (n_blocks, options) in kinds.items():
        given = dict(WIDE[n_blocks]) | ({"b_hn": B_H} if name == "GRUCell" else {})
        yield Case(f"cells.{name}", {**SETTINGS_OF_CELL, **options})
        yield Case(f"cells.{name}.from_params", {"params": given})
        yield Case(f"cells.{name}.shapes", {"n_features": 4, "n_hidden": 3})


def _optimizer_cases():
    options = {
        "SGD": {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1},
        "Adagrad": {"epsilon": 1e-8},
        "RMSprop": {"decay": 0.9, "epsilon": 1e-8},
        "Adam": {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8},
        "AdamW": {"beta1": 0.9, "beta2": 0.99, "epsilon": 1e-8, "weight_decay": 0.1},
    }
    for kind in OPTIMIZERS.values():
        name = kind.__name__
        given = {"params": params(), "learning_rate": 0.1, **options[name]}
        yield Case(f"optimizers.{name}", given)
        yield Case(f"optimizers.{name}.step", {"d_params": gradients()},
                   lambda kind=kind: kind(params()))  # fmt: skip
        yield Case(f"optimizers.{name}.step: flat", {"d_params": np.array([0.1, 0.2, 3.0])},
                   lambda kind=kind: kind(params()))  # fmt: skip


CASES = [
    # Text and data
    Case("text.SequenceEncoder", {"analyzer": "word", "n_steps": 3, "output": "ids"}, **STORES),
    Case("text.SequenceEncoder.fit", {"documents": ["dog bites", "man"]},
         lambda: find("text.SequenceEncoder")(), **SEPARATE, **SKLEARN),
    Case("text.SequenceEncoder.fit: settings",
         {"documents": ["dog bites", "man"], "analyzer": "word", "lowercase": True,
          "token_pattern": r"\b\w+\b", "min_df": 1, "max_features": 3, "n_steps": 3,
          "output": "one_hot"}, function=encode_with, **SKLEARN),
    # scikit-learn wraps this method, and takes its first argument without a name.
    Case("text.SequenceEncoder.transform", {"documents": ["dog bites man", "a cat"]},
         function=lambda documents: encoder().transform(documents)),
    *_methods(encoder, "text.SequenceEncoder", {
        "inverse_transform": {"sequences": np.array([[3, 2, 4], [1, 5, 0]])},
    }),
    Case("text.one_hot", {"token_ids": IDS, "n_tokens": 5}),
    Case("text.sequence_lengths", {"token_ids": IDS}),
    Case("datasets.load_colour_names", {"held_out": 0.1}),
    Case("datasets.load_text_file", {"path": New(text_file), "held_out": 0.1}, raises=(OSError,)),
    Case("datasets.load_topics", {"held_out": 0.1, "keep_repeats": True}),
    Case("datasets.copied_share", {"text": "a cat sat", "source": "the cat sat", "length": 3}),
    Case("place_names.load_place_names",
         {"languages": {"de": "German", "it": "Italian"}, "keep_shared": True}),
    Case("date_pairs.load_date_pairs",
         {"n_train": 2, "n_test": 1, "n_dates": (1, 2), "formats": ("yMd",), "rng": 0}),
    Case("date_pairs.date_pair",
         {"dates": [datetime.date(2026, 3, 13)], "french_format": "yMd"}),
    Case("memory_tasks.adding_problem", {"n_sequences": 2, "n_steps": 4, "rng": 0}),
    Case("memory_tasks.copy_task", {"n_sequences": 2, "delay": 2, "rng": 0, "n_to_copy": 2}),
    Case("memory_tasks.train_on_adding", {"cell": "rnn", "n_steps": 4, **TRAIN}, is_slow=True,
         **DIVERGED),
    Case("memory_tasks.train_on_copying",
         {"cell": "gru", "delay": 2, "n_to_copy": 2, "answers_only": True, **TRAIN},
         is_slow=True, **DIVERGED),
    Case("memory_tasks.updates_until",
         {"history": History(losses=[0.5, 0.3, 0.1, 0.1]), "level": 0.25, "window": 2}),
    Case("memory_tasks.measure_adding",
         {"n_steps": 4, "n_hidden": 2, "learning_rate": 0.01, "start": "orthogonal",
          "n_updates": 2, "seed": 0},
         is_slow=True, **DIVERGED),
    Case("memory_tasks.measure_copying",
         {"delay": 2, "start": "uniform", "answers_only": True, "n_updates": 2, "seed": 0},
         is_slow=True, **DIVERGED),
    # The network
    Case("cells.rnn_step", {**STEP, **WIDE[1]}),
    Case("cells.rnn_step_backward",
         {"d_h": D[:, 0], "x": X[:, 0], "h_prev": H[:, 0], "h": H[:, 1], "W_xh": W_XH,
          "W_hh": W_HH}),
    Case("cells.lstm_step", {**STEP, "c_prev": H[:, 1], **WIDE[4]}),
    Case("cells.gru_step", {**STEP, **WIDE[3], "b_hn": B_H}),
    *_cell_cases(),
    Case("unrolling.unroll",
         {"cell": rnn(), "x": X, "state": H[:, 0], "lengths": np.array([3, 2])}),
    Case("unrolling.unroll: tokens and a mask",
         {"cell": LSTMCell(5, 3, rng=0), "x": IDS, "state": (H[:, 0], H[:, 1]), "mask": MASK}),
    Case("unrolling.bptt", {"run": a_run(), "d_h": D, "d_final": D[:, 0], "truncate": 2}),
    Case("unrolling.unroll_in_pieces",
         {"cell": rnn(), "x": X, "n_steps": 2, "state": H[:, 0], "lengths": np.array([3, 2])}),
    Case("unrolling.unroll_checkpointed",
         {"cell": rnn(), "x": X, "state": H[:, 0], "every": 2, "lengths": np.array([3, 2])}),
    Case("unrolling.bptt_checkpointed",
         {"run": unroll_checkpointed(rnn(), X), "d_h": D, "d_final": D[:, 0]},
         explains=("expected", "only integer scalar")),  # a class in place of the function
    Case("unrolling.bptt_checkpointed: a function",
         {"run": unroll_checkpointed(rnn(), X), "d_h": New(lambda: lambda steps, h: h)},
         explains=("expected", "only integer scalar")),  # a class in place of the function
    Case("layers.Linear", {"n_hidden": 3, "n_outputs": 2, "rng": 0, "init": "glorot",
                           "dtype": "float32"}),
    *_methods(lambda: Linear(3, 2, rng=0), "layers.Linear", {
        "forward": {"h": H},
        "backward": {"h": H, "d_outputs": D[..., :2]},
    }),
    Case("layers.Embedding", {"n_tokens": 5, "n_features": 2, "rng": 0, "dtype": "float32"}),
    *_methods(lambda: Embedding(5, 3, rng=0), "layers.Embedding", {
        "forward": {"ids": IDS},
        "backward": {"ids": IDS, "d_vectors": D},
    }),
    Case("layers.RecurrentLayers",
         {"cells": New(lambda: [GRUCell(4, 3, rng=0), GRUCell(4, 3, rng=1)]),
          "bidirectional": True}, writes=True),
    *_methods(_layers, "layers.RecurrentLayers", {
        "forward": {"x": X, "state": [H[:, 0], H[:, 1]], "lengths": np.array([3, 2])},
        "backward": {"run": New(lambda: _layers().forward(X)),
                     "d_h": np.concatenate([D, D], axis=-1), "d_final": [D[:, 0], None]},
    }),
    Case("layers.RecurrentLayers.backward: truncated",
         {"run": New(lambda: _one_layer().forward(X)), "d_h": D, "truncate": 2},
         lambda: _one_layer()),
    Case("layers.make_layers",
         {"cell": "gru", "n_features": 4, "n_hidden": 3, "n_layers": 2, "bidirectional": True,
          "rng": 0, "recurrent_init": "orthogonal", "dtype": "float32"}),
    Case("attention.Attention", {"n_hidden": 3, "n_memory": 4, "start": 0.2, "dtype": "float32"}),
    *_methods(attention, "attention.Attention", {
        "forward": {"h": H, "memory": X, "mask": MASK},
        "backward": {"run": New(lambda: attention().forward(H, X)), "d_context": X},
    }),
    Case("network.cell_settings", {"cell": "gru", "given": {"init": "glorot"}},
         may_be_infinite=True),  # what is given is checked by the cell
    Case("network.Network",
         {"layers": New(lambda: make_layers("rnn", 4, 3, rng=0)),
          "readout": New(lambda: Linear(3, 2, rng=0)),
          "embedding": New(lambda: Embedding(5, 4, rng=0)), "pooling": "last"}, writes=True),
    *_methods(_network, "network.Network", {
        "forward": {"x": IDS, "state": [(H[:, 0], H[:, 1])], "lengths": np.array([3, 2])},
        "backward": {"run": New(lambda: _network().forward(IDS)), "d_outputs": D[:, 0, :2]},
    }),
    Case("network.make_network",
         {"cell": "gru", "n_features": 5, "n_hidden": 3, "n_outputs": 2, "n_layers": 2,
          "bidirectional": True, "n_embedding": 4, "pooling": "mean", "rng": 0,
          "dtype": "float32"}),
    Case("network.network_shapes",
         {"cell": "gru", "n_features": 5, "n_hidden": 3, "n_outputs": 2, "n_layers": 2,
          "bidirectional": True, "n_embedding": 4}),
    # A gradient that is not finite has to be held, for whoever looks at it.
    Case("parameters.Parameters", {"arrays": {"W": W_HH, "b": B_H}, "dtype": "float32"},
         may_be_infinite=True),
    Case("parameters.Parameters.over",
         {"flat": np.arange(3.0), "shapes": {"w": (2,), "b": (1,)}}, may_be_infinite=True),
    *_methods(lambda: Parameters({"rnn": params(), "b_y": B_H}), "parameters.Parameters", {
        "zeros_like": {}, "copy": {},
    }),
    Case("parameters.Parameters.part", {"prefix": "rnn"},
         lambda: Parameters({"rnn": params(), "b_y": B_H}), raises=(KeyError,)),
    Case("parameters.float_dtype", {"dtype": "float32"}),
    Case("initialization.as_generator", {"rng": 0}),
    Case("initialization.uniform", {"rng": New(lambda: np.random.default_rng(0)),
                                    "shape": (2, 3), "n_hidden": 3}, writes=True),
    Case("initialization.glorot", {"rng": New(lambda: np.random.default_rng(0)),
                                   "shape": (2, 3)}, writes=True),
    Case("initialization.orthogonal", {"rng": New(lambda: np.random.default_rng(0)),
                                       "shape": (2, 3)}, writes=True),
    Case("initialization.identity", {"rng": None, "shape": (2, 3)}, writes=True),
    Case("initialization.recurrent_start",
         {"name": "glorot", "rng": New(lambda: np.random.default_rng(0)), "n_hidden": 3},
         writes=True),
    # Learning
    Case("losses.softmax", {"logits": D}),
    Case("losses.cross_entropy",
         {"logits": D, "targets": IDS % 3, "ignore_index": -100,
          "class_weights": np.array([1.0, 2.0, 0.5]), "reduction": "mean", "mask": MASK}),
    Case("losses.squared_error",
         {"predictions": D, "targets": H, "mask": MASK, "reduction": "sum"}),
    Case("gradient_check.check_gradients",
         {"loss": New(lambda: lambda: 1.5), "arrays": {"w": np.ones(2)},
          "gradients": {"w": np.zeros(2)}}),
    Case("gradient_check.check_gradients: options",
         {"gradient": np.array([2.0, 4.0, 6.0]), "step": 1e-5, "tolerance": 1e-6,
          "max_entries": 2, "rng": 0, "show": False}, function=check_gradients_of,
         may_be_infinite=True),
    *_optimizer_cases(),
    Case("optimizers.clip_by_norm", {"d_params": gradients(), "max_norm": 1.0},
         may_be_infinite=True),
    Case("optimizers.clip_by_norm: flat", {"d_params": np.array([3.0, 4.0]), "max_norm": 1.0},
         may_be_infinite=True),
    Case("optimizers.clip_by_value", {"d_params": gradients(), "limit": 1.0}),
    Case("optimizers.clip_by_value: flat", {"d_params": np.array([3.0, 4.0]), "limit": 1.0}),
    Case("optimizers.warmup_cosine",
         {"step": 2, "n_steps": 7, "peak": 1.0, "n_warmup": 3, "final": 0.1}),
    Case("optimizers.exponential_decay", {"step": 2, "factor": 0.5, "every": 2, "start": 1.0}),
    Case("training.History", {"losses": [0.5]}, **STORES),
    Case("training.contiguous_batches", {"ids": np.arange(20), "n_sequences": 2, "n_steps": 3}),
    Case("training.shuffled_batches",
         {"n_samples": 7, "batch_size": 3, "rng": 0, "lengths": np.arange(7), "n_buckets": 2}),
    Case("training.train",
         {"loss_and_gradients": New(lambda: loss_of_a_batch), "batches": [1, 2, 3], "n_steps": 2,
          "clip_norm": 1.0, "schedule": New(lambda: lambda step: 0.5),
          "evaluate": New(lambda: lambda: 1.0), "evaluate_every": 1, "patience": 2},
         function=train_quietly, **DIVERGED),
    Case("training.train: the optimiser",
         {"optimizer": SGD(params()), "loss_and_gradients": New(lambda: loss_of_a_batch),
          "batches": [1, 2], "progress": False}, writes=True, **DIVERGED),
    Case("training.shows_bar", {"progress": True}),
    Case("training.keep_freed_memory"),
    # Looking inside
    *[Case(f"jacobians.{name}", {"h": H, "W_hh": W_HH})
      for name in ("step_jacobian", "jacobian_product", "jacobian_norms")],
    Case("gates.norms_back", {"cell": LSTMCell(4, 3, rng=0), "x": X, "state_name": "h"}),
    # Models
    Case("word_vectors.split_sentences", {"text": TEXT}),
    Case("word_vectors.context_pairs", {"ids": IDS[0], "window": 1}),
    Case("word_vectors.negative_sampling_loss",
         {"v": D[0], "u": H[0], "u_negative": H[1], "weight": 0.5}),
    Case("word_vectors.SkipGram",
         {"n_features": 4, "window": 2, "min_count": 2, "n_negatives": 2, "subsample": 0.1,
          "n_epochs": 1, "learning_rate": 0.02, "batch_size": 8, "n_shared": 4, "rng": 0}),
    Case("word_vectors.SkipGram.fit", {"sentences": SENTENCES},
         lambda: find("word_vectors.SkipGram")(4, window=2, min_count=2, n_epochs=1, subsample=1),
         **DIVERGED),
    *_methods(skip_gram, "word_vectors.SkipGram", {
        "vector": {"word": "dog"}, "similarity": {"a": "dog", "b": "cat"},
        "neighbours": {"word": "dog", "n": 2},
    }),
    Case("word_vectors.SkipGram.neighbours: of a vector", {"word": np.ones(4), "n": 2}, skip_gram),
    Case("ngrams.KneserNey", {"order": 3}),
    *_methods(kneser_ney, "ngrams.KneserNey", {
        "fit": {"text": TEXT}, "log_probabilities": {"text": "the dox"},
        "bits_per_character": {"text": "the dox"}, "predict_proba": {"history": "the"},
        "sample": {"n_characters": 5, "rng": 0, "prompt": "the"},
    }),
    Case("language_model.LanguageModel", {**LM_SETTINGS, "patience": None}),
    Case("language_model.LanguageModel.fit: settings", LM_SETTINGS, function=model_with,
         is_slow=True, **DIVERGED),
    Case("language_model.LanguageModel.fit", {"text": TEXT, "held_out": TEXT[:50],
                                              "progress": False},
         untrained_model, **SEPARATE, **DIVERGED),
    *_methods(language_model, "language_model.LanguageModel", {
        "encode": {"text": "the dox"}, "decode": {"ids": np.array([2, 3, 0])},
        "log_probabilities": {"text": "the dox"}, "perplexity": {"text": "the dox"},
        "bits_per_character": {"text": "the dox"}, "predict_proba": {"text": "the dox"},
        "sample": {"n_tokens": 3, "prompt": "the", "temperature": 0.7, "top_k": 2, "rng": 0},
    }),
    Case("language_model.LanguageModel.save",
         {"path": New(lambda: str(new_folder().parent / "a.npz"))}, language_model,
         raises=(OSError,)),
    Case("language_model.LanguageModel.load", {"path": saved(language_model)},
         raises=(OSError, BadFile)),
    Case("language_model.mixture_bits_per_character",
         {"log_p": np.log([0.5, 0.25]), "log_q": np.log([0.25, 0.5]), "weight": 0.5}),
    *_estimator_cases("RNNClassifier", classifier, LABELS),
    *_estimator_cases("RNNRegressor", regressor, NUMBERS),
    Case("translation.EncoderDecoder",
         {"n_source": 5, "n_target": 6, "n_hidden": 4, "cell": "gru", "n_layers": 1,
          "bidirectional": True, "attention": True, "rng": 0, "dtype": "float32"}),
    *_methods(_encoder_decoder, "translation.EncoderDecoder", {
        "forward": {"source": IDS, "target": IDS, "lengths": np.array([3, 2])},
        "first_state": {"encoder": New(lambda: _encoder_decoder().encoder.forward(IDS))},
        "decode": {"encoder": New(lambda: _encoder_decoder().encoder.forward(IDS)),
                   "target": IDS, "state": [np.ones((2, 4))]},
        "backward": {"run": New(lambda: _encoder_decoder().forward(IDS, IDS)),
                     "d_logits": np.ones((2, 3, 6))},
    }),
    Case("translation.Translator",
         {"n_hidden": 4, "cell": "gru", "n_layers": 1, "bidirectional": True, "attention": True,
          "n_updates": 2, "batch_size": 2, "learning_rate": 0.02, "seed": 0, "dtype": "float32"}),
    Case("translation.Translator.fit", {"pairs": PAIRS, "progress": False}, untrained_translator,
         **SEPARATE, **DIVERGED),
    *_methods(translator, "translation.Translator", {
        "translate": {"texts": ["un", "deux"], "beam_width": 2, "max_length": 4},
        "log_probabilities": {"pairs": PAIRS},
        "attention_weights": {"source": "un", "target": "one"},
    }),
    Case("saving.write_npz",
         {"path": New(lambda: str(new_folder().parent / "a.npz")), "kind": "Cell",
          "settings": {"n": 1, "names": ["a"]}, "arrays": {"W": W_HH}}, raises=(OSError,)),
    Case("saving.read_npz", {"path": a_file(tiny_file), "kind": "Cell",
                             "expected": New(lambda: lambda s: {"b_h": ((2,), "float64")})},
         raises=(OSError, BadFile)),
    Case("torch_weights.torch_name", {"name": "rnn.layer_0.W_xh"}),
    Case("torch_weights.to_torch", {"params": dict(WIDE[1])}),
    Case("torch_weights.from_torch",
         {"arrays": {"weight": [[1, 2, 3], [4, 5, 6]], "bias": [7, 8]},
          "like": Parameters({"W_hy": np.zeros((3, 2)), "b_y": np.zeros(2)})}),
    # In every notebook
    *_figure_cases(),
    Case("exercises.check", {"name": "batch-shape", "answer": New(lambda: lambda *a: 1),
                             "reason": None, "hint": 1}, explains=("there is no check",)),
    Case("exercises.grade", {"name": "tanh-slope", "answer": New(lambda: lambda h: 1 - h**2),
                             "seed": 3}, explains=("there is no check", "expected")),
    Case("exercises.all_tasks"),
    Case("exercises.show_progress"),
    Case("exercises.start_over"),
    Case("exercises.Exercise.draw_cases", {"seed": 20}, lambda: task("tanh-slope")),
    Case("exercises.Exercise.examine",
         {"answer": New(lambda: lambda h: h), "seed": 20}, lambda: task("tanh-slope")),
    Case("exercises.NumberQuestion.examine", {"answer": 1.5}, lambda: task("second-unit")),
    Case("exercises.ChoiceQuestion.examine", {"answer": "a", "reason": 1},
         lambda: next(one for one in find("exercises.all_tasks")().values()
                      if type(one).__name__ == "ChoiceQuestion")),
    Case("environment.check_environment"),
    # For instructors
    Case("exercises.teaching.write_handout",
         {"notebooks": New(lambda: [notebook()[1]]), "folder": New(new_folder)},
         raises=(OSError,), is_slow=True),
    Case("exercises.teaching.as_markdown", {"message": "* for `@`"}),
    Case("exercises.teaching.solutions_folder", {"folder": "week-1"}),
    Case("exercises.teaching.wrong_answers", {"task": New(lambda: task("second-unit"))}),
    Case("exercises.teaching.solution", {"task": New(lambda: task("second-unit"))}),
    Case("exercises.teaching.list_tasks", {"names": ("05",)}),
    Case("exercises.assignments.write_assignments",
         {"notebooks": New(lambda: [notebook()[1]]), "folder": New(new_folder), "seed": 1},
         raises=(OSError,), is_slow=True),
    Case("classroom.give_copies", {"shared": New(shared_folder), "own": New(new_folder)},
         raises=(OSError,)),
]  # fmt: skip
"""The cases, in the order of the reference."""

_one_layer = functools.cache(lambda: make_layers("rnn", 4, 3, rng=0))

LOOP = "the inside of a loop: `unroll`, `bptt` and their like have checked the arguments"
BASE = "what several classes have in common: each of those has its case"
RECORD = "holds what it is given"
READ = "takes a notebook that `read_notebook` has read and checked: the audit of files"
TORCH = "needs PyTorch, whose own checks speak; tests/test_torch_weights.py"
LEFT_OUT = {
    "cells.Cell": BASE,
    "cells.Cell.from_params": BASE,
    "cells.Cell.shapes": BASE,
    "cells.rows_of": LOOP,
    "cells.sum_by_token": LOOP,
    "unrolling.forward_through_time": LOOP,
    "unrolling.backward_through_time": LOOP,
    "unrolling.check_final_gradient": LOOP,
    "unrolling.Unrolled": RECORD,
    "parameters.Joined": BASE,
    "parameters.Parameters.empty_like": "its values are undefined",
    "optimizers.Optimizer": BASE,
    "optimizers.Optimizer.step": BASE,
    "gates.measure_adding_100": "`train_on_adding` with 100 steps, which takes minutes",
    "exercises.Choice": RECORD,
    "exercises.ChoiceQuestion": RECORD,
    "exercises.Exercise": RECORD,
    "exercises.Mistake": RECORD,
    "exercises.Mistake.told_of": RECORD,
    "exercises.NumberQuestion": RECORD,
    "torch_weights.copy_to_torch": TORCH,
    "torch_weights.gradients_from_torch": TORCH,
    "torch_weights.find_torch": "changes the notebook it is called in; tests/test_torch_weights.py",
    "torch_weights.LeaveOut": "takes cells of a notebook apart for `find_torch`",
    "torch_weights.LeaveOut.visit": "takes cells of a notebook apart for `find_torch`",
    "exercises.teaching.without_solutions": READ,
    "exercises.teaching.only_solutions": READ,
    "exercises.assignments.assignment": READ,
    "classroom.trust_notebooks": "signs files for Jupyter in the home; tests/test_classroom.py",
    "classroom.main": "a program: another one takes its place; tests/test_classroom.py",
}
"""Public functions without a case, and why."""

INNER = ("bind", "gradients", "join_parameters", "slopes", "step", "step_backward", "tape")
"""Methods of cells, layers and networks that only the loops over time and parameters call."""


def without_case():
    """List the public functions that have no case, and are not left out for a reason."""
    known = {case.target for case in CASES} | LEFT_OUT.keys()
    return [name for name in public_functions() if name not in known and not _is_inner(name)]


def _is_inner(name):
    module, _, method = name.partition(".")
    return module != "optimizers" and method.rpartition(".")[2] in INNER
