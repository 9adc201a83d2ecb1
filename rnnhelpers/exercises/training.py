"""The exercises of notebook 06."""

TASKS = ()
