"""Word vectors beside gensim's: words a second, and the objective, one worker each."""

import time
from itertools import count

import numpy as np

from rnnhelpers.datasets import load_topics
from rnnhelpers.word_vectors import SkipGram, context_pairs, split_sentences

N_ROUNDS, N_EPOCHS, N_FEATURES, WINDOW, N_NEGATIVES = 7, 20, 50, 5, 5


def run(n_rounds=N_ROUNDS):
    """Print, for each round, the time of both, and at the end the ratio of the medians."""
    sentences = split_sentences(load_topics().train)
    contenders = {"rnnhelpers": ours}
    try:
        import gensim  # noqa: F401

        contenders["gensim"] = theirs
    except ImportError:
        print("gensim is not installed: no ratio (pip install gensim)")
    n_words = sum(map(len, sentences))
    print(f"{n_words:,} words, {N_EPOCHS} epochs; vectors of {N_FEATURES}, window {WINDOW}")
    seconds = {name: [] for name in contenders}
    for seed in range(n_rounds):
        for name, learn in contenders.items():  # in turns, so that both have the same weather
            took, tokens, E, C = learn(sentences, seed)
            seconds[name].append(took)
            loss = objective(sentences, tokens, E, C)
            print(
                f"{name:12} {took:6.2f} s {N_EPOCHS * n_words / took:12,.0f} words a second   "
                f"objective {loss:.4f}"
            )
    if "gensim" in seconds:
        for how, middle in (("medians", np.median), ("fastest rounds", min)):
            ratio = middle(seconds["gensim"]) / middle(seconds["rnnhelpers"])
            print(f"{how}: {ratio:.2f} times the words a second of gensim")


def ours(sentences, seed):
    """Learn with `SkipGram`: seconds, words, vectors, context vectors."""
    model = SkipGram(
        N_FEATURES, window=WINDOW, n_negatives=N_NEGATIVES, n_epochs=N_EPOCHS, rng=seed
    )
    began = time.perf_counter()
    model.fit(sentences)
    return time.perf_counter() - began, model.tokens_, model.E_, model.C_


def theirs(sentences, seed):
    """Learn with gensim, with the same settings and one worker."""
    from gensim.models import Word2Vec

    began = time.perf_counter()
    model = Word2Vec(
        sentences, vector_size=N_FEATURES, window=WINDOW, min_count=5, sg=1, hs=0,
        negative=N_NEGATIVES, sample=1e-3, alpha=0.025, min_alpha=1e-4, epochs=N_EPOCHS,
        workers=1, seed=seed,
    )  # fmt: skip
    took = time.perf_counter() - began
    return took, model.wv.index_to_key, model.wv.vectors, model.syn1neg


def objective(sentences, tokens, E, C):
    """Return the mean loss of all pairs of the text: every context of the full window.

    The random contexts are not drawn: their mean is worked out.
    """
    place = dict(zip(tokens, count(), strict=False))
    kept = [[place[word] for word in sentence if word in place] for sentence in sentences]
    pairs = np.concatenate([context_pairs(np.array(ids, int), WINDOW) for ids in kept])
    counts = np.bincount([i for ids in kept for i in ids], minlength=len(tokens))
    share = counts**0.75 / (counts**0.75).sum()
    scores = E.astype(float) @ C.astype(float).T
    drawn = N_NEGATIVES * np.logaddexp(0, scores) @ share
    seen = np.logaddexp(0, -scores[pairs[:, 0], pairs[:, 1]])
    return float((seen + drawn[pairs[:, 0]]).mean())
