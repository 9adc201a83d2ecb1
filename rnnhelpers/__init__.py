"""Helpers of the notebook course *How RNNs Work*.

The rooms are in the order of the course: `text` (notebook 01), `cells` (03), `figures` and
`exercises` (all of them).
"""

from importlib.metadata import version

__version__ = version("rnnhelpers")
