"""The reference of `rnnhelpers`: one page a module, in the groups of the course."""

import ast
from pathlib import Path

GROUPS = {
    "Text and data": ["text", "datasets", "place_names", "date_pairs", "memory_tasks"],
    "The network": [
        "cells",
        "unrolling",
        "layers",
        "attention",
        "network",
        "parameters",
        "initialization",
    ],
    "Learning": ["losses", "gradient_check", "optimizers", "training"],
    "Looking inside": ["jacobians", "gates"],
    "Models": [
        "word_vectors",
        "ngrams",
        "language_model",
        "estimators",
        "translation",
        "saving",
        "torch_weights",
    ],
    "In every notebook": ["figures", "exercises", "environment"],
    "For instructors": ["exercises.teaching", "exercises.assignments", "classroom"],
}
"""The public modules of `rnnhelpers`. The exercises of each notebook are not among them: their
solutions belong under the folds of the notebooks."""


def public_modules():
    """List the public modules, in the order of the reference.

    Examples
    --------
    >>> public_modules()[:2]
    ['rnnhelpers.text', 'rnnhelpers.datasets']
    """
    return [f"rnnhelpers.{name}" for names in GROUPS.values() for name in names]


def write_reference(root, folder):
    """Write the pages of the reference, for Sphinx to fill them from the docstrings.

    Parameters
    ----------
    root : path-like
        The folder of the course.
    folder : path-like
        Where to write; it must exist.
    """
    folder = Path(folder)
    lines = [
        *heading("Reference", "="),
        "What the notebooks import, module by module. Each is imported by its own name; the code "
        "is written to be read.",
        "",
        ".. toctree::",
        "   :hidden:",
        "",
        *[f"   {module}" for module in public_modules()],
        "",
    ]
    for title, names in GROUPS.items():
        lines += heading(title, "-")
        for name in names:
            module = f"rnnhelpers.{name}"
            lines += [f":doc:`{module}`", f"    {first_sentence(root, module)}", ""]
            page = [*heading(module, "="), f".. automodule:: {module}", "   :members:"]
            if name == "figures":  # its modules are private, what it imports is the public part
                page.append("   :imported-members:")
            write(folder / f"{module}.rst", page)
    write(folder / "index.rst", lines)


def heading(title, underline):
    """Return the lines of a heading in reStructuredText.

    Examples
    --------
    >>> heading("Models", "-")
    ['Models', '------', '']
    """
    return [title, underline * len(title), ""]


def first_sentence(root, module):
    """Return the first line of a module's docstring, without importing it."""
    path = Path(root, *module.split("."))
    path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).splitlines()[0]


def write(path, lines):
    """Write lines to a file."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
