"""How good a language model is after so many seconds, beside an n-gram model."""

import time

import numpy as np

from rnnhelpers.datasets import load_topics
from rnnhelpers.language_model import LanguageModel
from rnnhelpers.ngrams import KneserNey

RECIPES = {
    "rnn": {
        "cell": "rnn",
        "n_hidden": 100,
        "n_sequences": 32,
        "n_steps": 25,
        "optimizer": "adam",
    },
    "gru": {"cell": "gru", "n_hidden": 128, "n_sequences": 16, "n_steps": 50},
    "large gru": {
        "cell": "gru",
        "n_hidden": 256,
        "n_sequences": 24,
        "n_steps": 50,
        "learning_rate": 8e-3,
        "optimizer_options": {"weight_decay": 0.2, "beta2": 0.99},
    },
}
BUDGETS = [("rnn", 5), ("gru", 10), ("large gru", 30)]  # seconds


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
    n_trial = 60
    began = time.perf_counter()
    LanguageModel(**recipe, n_updates=n_trial, n_warmup=10).fit(text, progress=False)
    n_updates = int(0.97 * budget * n_trial / (time.perf_counter() - began))
    began = time.perf_counter()
    model = LanguageModel(**recipe, n_updates=n_updates).fit(text, progress=False)
    return model, time.perf_counter() - began


def report(name, log_probabilities, took=None):
    """Print a line."""
    bits = -log_probabilities.mean() / np.log(2)
    print(
        f"{name:36} {bits:.3f} bits a character" + (f", {took:.1f} s" if took else ""), flush=True
    )
