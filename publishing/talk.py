"""What an instructor says beside the slides: how to open a notebook, and what follows a Predict.

It stands in `talk.toml`, one table for each Predict cell and one for each opening:
`[NOTEBOOK.CELL]` with `wrong`, `ask` and `answer`, and `[NOTEBOOK.opening]` with `say`, `skip` and
`because`. The name of a notebook is that of its file, without `.ipynb`.
"""

import tomllib
from pathlib import Path
from typing import Any, NamedTuple

TALK = Path(__file__).with_name("talk.toml")
OPENING = "opening"


class Advice(NamedTuple):
    """What helps at a Predict cell.

    Attributes
    ----------
    wrong : list of str
        Wrong answers that a class will give, each in quotation marks, a colon, and what it shows.
    ask : str
        A question for the class once the answer has been shown.
    answer : str
        The answer to it.
    """

    wrong: list[str]
    ask: str
    answer: str


class Opening(NamedTuple):
    """How to begin with a notebook.

    Attributes
    ----------
    say : str
        What to open the talk with.
    skip : list of str
        The titles of the sections to leave out if time is short, the first to go first.
    because : str
        Why these.
    """

    say: str
    skip: list[str]
    because: str


class Talk(NamedTuple):
    """What there is to say about one notebook.

    Attributes
    ----------
    opening : Opening
        How to begin.
    advice : dict of str to Advice
        By the id of the Predict cell.
    """

    opening: Opening
    advice: dict[str, Advice]


def read_talk(path: Path = TALK) -> dict[str, Talk]:
    """Read what there is to say about each notebook.

    Parameters
    ----------
    path : pathlib.Path
        A file like `talk.toml`.

    Returns
    -------
    dict of str to Talk
        By the name of the notebook, in the order of the file.

    Raises
    ------
    ValueError
        If the file is no TOML, or if a key is missing, unknown or of another type. The message
        names the place.

    Examples
    --------
    >>> talks = read_talk()
    >>> list(talks)[0]
    '00_start_here'
    >>> print(talks["03_recurrent_cell"].advice["forgets-predict"].ask)
    What would have to stand in the formula, so that the two results could differ?
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{path.name} is no TOML: {error}") from error
    return {
        notebook: talk_from(notebook, entries, path.name) for notebook, entries in content.items()
    }


def talk_from(notebook: str, entries: Any, place: str) -> Talk:
    """Make a talk of the tables of one notebook; `place`, a file, is named in the errors.

    Examples
    --------
    >>> talk_from("03_recurrent_cell", {}, "talk.toml")
    Traceback (most recent call last):
    ...
    ValueError: talk.toml, [03_recurrent_cell]: there is no [03_recurrent_cell.opening]
    """
    if not isinstance(entries, dict):
        raise ValueError(f"{place}, [{notebook}]: expected tables, got {entries!r}")
    if OPENING not in entries:
        raise ValueError(f"{place}, [{notebook}]: there is no [{notebook}.{OPENING}]")
    records = {
        name: record_from(
            Opening if name == OPENING else Advice, table, f"{place}, [{notebook}.{name}]"
        )
        for name, table in entries.items()
    }
    return Talk(records.pop(OPENING), records)


def record_from(kind: type[Advice] | type[Opening], table: Any, where: str) -> Advice | Opening:
    """Make an `Advice` or an `Opening` of a table, if its keys and their types are right.

    Examples
    --------
    >>> table = {"say": "Hello.", "skip": "Tokens"}
    >>> record_from(Opening, table, "talk.toml, [03.opening]")
    Traceback (most recent call last):
    ...
    ValueError: talk.toml, [03.opening]: because is missing; expected say, skip, because
    >>> record_from(Opening, {**table, "because": "Known."}, "talk.toml, [03.opening]")
    Traceback (most recent call last):
    ...
    ValueError: talk.toml, [03.opening]: skip should be a list of texts, none empty; got 'Tokens'
    """
    problem = problem_of(kind, table)
    if problem:
        raise ValueError(f"{where}: {problem}")
    return kind(**table)


def problem_of(kind: type[Advice] | type[Opening], table: Any) -> str:
    """Say why a table is no `Advice` or no `Opening`; empty if it is one."""
    expected = ", ".join(kind._fields)
    if not isinstance(table, dict):
        return f"expected a table with {expected}; got {table!r}"
    if unknown := [key for key in table if key not in kind._fields]:
        return f"{unknown[0]} is unknown; expected {expected}"
    if missing := [key for key in kind._fields if key not in table]:
        return f"{missing[0]} is missing; expected {expected}"
    for key, value in table.items():
        if kind.__annotations__[key] is str:
            is_right, wanted = is_text(value), "a text, not empty"
        else:
            is_right, wanted = is_texts(value), "a list of texts, none empty"
        if not is_right:
            return f"{key} should be {wanted}; got {value!r}"
    return ""


def is_text(value: Any) -> bool:
    """Tell whether something is a text that says something."""
    return isinstance(value, str) and bool(value.strip())


def is_texts(value: Any) -> bool:
    """Tell whether something is a list of such texts, at least one."""
    return isinstance(value, list) and bool(value) and all(map(is_text, value))
