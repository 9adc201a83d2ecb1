"""How good a language model is after so many seconds, beside an n-gram model."""

import time

import numpy as np

from rnnhelpers.datasets import load_topics
from rnnhelpers.language_model import LanguageModel
from rnnhelpers.ngrams import KneserNey

RECIPES = {  # what is not said is LanguageModel's default
    "rnn": {"cell": "rnn", "n_hidden": 100, "n_steps": 25, "optimizer": "adam"},
    "gru": {"cell": "gru", "n_hidden": 128},
    "larger gru": {"cell": "gru", "n_hidden": 192},
}
BUDGETS = [("rnn", 5), ("gru", 10), ("larger gru", 30)]  # seconds


def run():
    """Print bits per character on held-out text, each model by itself, then the mixture."""
    text = load_topics()
    print(f"{len(text.train):,} characters to learn from, {len(text.held_out):,} held out\n")
    began = time.perf_counter()
    ngrams = KneserNey(order=9).fit(text.train)
    logs = {"Kneser-Ney, order 9": ngrams.log_probabilities(text.held_out)}
    report("Kneser-Ney, order 9", logs["Kneser-Ney, order 9"], time.perf_counter() - began)
    for name, budget in BUDGETS:
        model, took = learn(RECIPES[name], budget, text.train)
        label = f"{name}, H={RECIPES[name]['n_hidden']}, {model.settings['n_updates']} updates"
        logs[label] = model.log_probabilities(text.held_out)
        report(label, logs[label], took)
    best = list(logs.values())[-1]
    mixed = np.logaddexp(np.log(0.5) + logs["Kneser-Ney, order 9"], np.log(0.5) + best)
    report("half Kneser-Ney, half the last", mixed)


def learn(recipe, budget, text):
    """Train for about that many seconds: the speed of a short training says how many updates."""
    n_trial, took = 100, 0.0
    for _ in range(2):  # the first one also imports what is needed
        began = time.perf_counter()
        LanguageModel(**recipe, n_updates=n_trial).fit(text, progress=False)
        took = time.perf_counter() - began
    n_updates = int(budget * n_trial / took)
    began = time.perf_counter()
    model = LanguageModel(**recipe, n_updates=n_updates).fit(text, progress=False)
    return model, time.perf_counter() - began


def report(name, log_probabilities, took=None):
    """Print a line."""
    bits = -log_probabilities.mean() / np.log(2)
    print(
        f"{name:36} {bits:.3f} bits a character" + (f", {took:.1f} s" if took else ""), flush=True
    )
