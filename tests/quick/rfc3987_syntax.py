"""Stands in the way of a package that builds 38 parsers, for two seconds, when it is imported.

JupyterLab asks for it, and each Python that imports nbformat imports it, through jsonschema: dozens
in ``make test``. It checks one kind of address (IRIs), which no notebook and none of our schemas
has. Without it jsonschema leaves these out, as it does where it is not installed. `course.py` puts
this folder on the path of what it runs, but not of JupyterLab.
"""

raise ImportError("rfc3987_syntax is left out of the checks: see tests/quick")
