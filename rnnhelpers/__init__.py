"""Helpers of the notebook course *How RNNs Work*.

The rooms are in the order of the course: `text` (notebook 01), `cells` (03), `unrolling` (04),
`losses` and `gradient_check` (05), `optimizers` and `training` (06), `language_model` and `ngrams`
(07), `estimators` (08); beneath them `parameters`, `initialization`, `layers` and `network`, beside
them `datasets` and `saving`; and `figures` and `exercises` (all notebooks). Each is imported by its
own name, so that nobody waits for what they do not use.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - pip sees to it, but not where a folder is read
    raise ImportError(
        "rnnhelpers needs Python 3.11 or newer, and this is {}.{}. Open the course with: "
        "make lab".format(*sys.version_info[:2])
    )


def __getattr__(name):
    """Look the version up when it is asked for: that takes as long as importing NumPy."""
    if name == "__version__":
        from importlib.metadata import version

        return version("rnnhelpers")
    raise AttributeError(f"module 'rnnhelpers' has no attribute {name!r}")
