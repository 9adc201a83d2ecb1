"""Whether a learner's outputs are those that are stored with the course."""

import configparser
import re
from pathlib import Path

RULES = Path(__file__).resolve().parents[2] / "tests" / "nbval_sanitize.cfg"
IGNORED = "nbval-ignore-output"


def read_rules(path=RULES):
    """Return what must not be compared: pairs of a pattern and its replacement."""
    parser = configparser.RawConfigParser()
    parser.read(path, encoding="utf-8")
    return [
        (re.compile(parser.get(name, "regex")), parser.get(name, "replace"))
        for name in parser.sections()
    ]


def comparable(outputs, rules):
    """Return outputs as texts in one form: streams joined, no pictures, no counts."""
    found = []
    for output in outputs:
        if output["output_type"] == "stream":
            texts = {output["name"]: output["text"]}
        elif output["output_type"] == "error":
            texts = {"error": f"{output['ename']}: {output['evalue']}"}
        else:
            data = output["data"].items()
            texts = {kind: text for kind, text in data if not kind.startswith("image/")}
        texts = {kind: "".join(text) for kind, text in texts.items() if kind != "metadata"}
        for pattern, replacement in rules:
            texts = {kind: pattern.sub(replacement, text) for kind, text in texts.items()}
        if found and output["output_type"] == "stream" and found[-1].keys() == texts.keys():
            found[-1] = {kind: found[-1][kind] + texts[kind] for kind in texts}
        else:
            found.append(texts)
    return found


def differences(stored, outputs, rules=None):
    """Compare the outputs of all code cells with the stored ones, where those are compared.

    Parameters
    ----------
    stored : nbformat.NotebookNode
        The notebook of the course.
    outputs : list of list
        The outputs of its code cells.
    rules : list, optional
        By default those of the tests.

    Returns
    -------
    list of str
        One line for each cell that differs; empty if none does.
    """
    rules = read_rules() if rules is None else rules
    code = [cell for cell in stored.cells if cell.cell_type == "code"]
    found = []
    for number, (cell, its) in enumerate(zip(code, outputs, strict=True), start=1):
        if IGNORED in cell.metadata.get("tags", []):
            continue
        expected, got = comparable(cell.outputs, rules), comparable(its, rules)
        if expected != got:
            shown = f"expected {str(expected)[:300]}, got {str(got)[:300]}"
            found.append(f"code cell {number}: {shown}")
    return found
