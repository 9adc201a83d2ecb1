"""The exercises of notebook 02."""

TASKS = ()
