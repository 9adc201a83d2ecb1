"""The tables of the instructor's guide and of the exam, made from the notebooks.

``python -m publishing.guide`` writes them anew into `docs/teaching.md` and `docs/exam.md`, between
the marks that begin and end each of them; with ``--check`` it only says what is stale.
"""

import re
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from publishing.minutes import Minutes, Section, sections
from rnnhelpers.exercises import ChoiceQuestion, Exercise
from rnnhelpers.exercises.core import CHAPTERS, find_task, tasks_of
from rnnhelpers.exercises.teaching import as_markdown, wrong_answers

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = ROOT / "notebooks"
PLANS = ROOT / "publishing" / "plans.toml"
TEACHING = ROOT / "docs" / "teaching.md"
EXAM = ROOT / "docs" / "exam.md"

CLOSING_ROW = "closing sections"
CLOSING = ("Recap", "Questions to check yourself", "What comes next", "Sources")
PREDICT = "**Predict.**"
WAYS = ("before", "done", "told", "after")
IN_CLASS = ("done", "told")

REGION = re.compile(r"(<!-- ([a-z0-9-]+): begin -->\n).*?(<!-- \2: end -->)", re.DOTALL)
MARK = re.compile(r"<!-- ([a-z0-9-]+): (begin|end) -->")
ANY_TASK = re.compile(r"^### (\d+)\. (.+)$", re.MULTILINE)
WORTH = re.compile(
    r"^\*\*(\d+) points?, (\d+) minutes?\.\*\* (\w+)\. Examines (.+)\.$", re.MULTILINE
)
CHOSEN = re.compile(r"^\*\*Suggested exam\.\*\* Questions ([\d, and]+)\.", re.MULTILINE)


class Place(NamedTuple):
    """A section in a plan, and what is done with it: one of `WAYS`."""

    notebook: str
    title: str
    way: str


class Session(NamedTuple):
    """A session of a plan: its title, its sections in their order, and reasons by notebook."""

    title: str
    places: list[Place]
    reasons: dict[str, str]


class Plan(NamedTuple):
    """A plan: what its sessions are called, how long each is, and how much of it stays free."""

    name: str
    minutes: int
    pause: int
    slack: int
    sessions: list[Session]
    left_out: dict[str, str]


class Question(NamedTuple):
    """A question of the exam, as its heading and the line below it describe it."""

    number: int
    title: str
    points: int
    minutes: int
    kind: str
    examines: str


@cache
def course() -> dict[str, list[Section]]:
    """Return the sections of each notebook, the opening first, by the notebook's file name."""
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    return {path.stem: sections(nbformat.read(path, as_version=4)) for path in paths}


def whole(minutes: float) -> int:
    """Round minutes to whole ones, half a minute up.

    Examples
    --------
    >>> [whole(minutes) for minutes in (0.2, 2.5, 7.4)]
    [0, 3, 7]
    """
    return int(minutes + 0.5)


def anchor(title: str) -> str:
    """Return what a link to a heading ends in, in JupyterLab: the title, with - for a space.

    Examples
    --------
    >>> anchor("Padding, last state, and mean")
    'Padding,-last-state,-and-mean'
    """
    return re.sub(r"[`*]", "", title).replace(" ", "-")


def link(notebook: str, title: str) -> str:
    """Link from a page in `docs` to a section.

    Examples
    --------
    >>> link("01_text_to_numbers", "Tokens")
    '[Tokens](../notebooks/01_text_to_numbers.ipynb#Tokens)'
    """
    return f"[{title}](../notebooks/{notebook}.ipynb#{anchor(title)})"


def number_of(notebook: str) -> str:
    """Return the two digits with which a notebook's name begins."""
    return notebook[:2]


def named(notebook: str) -> str:
    """Link to a notebook by its number and title."""
    return f"[{number_of(notebook)} {course()[notebook][0].title}](../notebooks/{notebook}.ipynb)"


# Plans -------------------------------------------------------------------------------------------


def read_plans(path: Path = PLANS) -> dict[str, Any]:
    """Read the file of plans, and hold it to the notebooks.

    Returns
    -------
    dict
        The `Plan` of each name, and the lists ``"skip"`` and ``"mistakes"`` as they stand there.

    Raises
    ------
    ValueError
        If a key, a notebook, a section, a task or a mistake is not known, or something is missing;
        the message names the place.
    """
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    _only(data, {"six-sessions", "one-day", "skip", "mistakes"}, "the file")
    for number, skip in enumerate(data["skip"], 1):
        where = f"skip {number}"
        _only(skip, {"notebook", "sections", "because", "breaks"}, where)
        for title in skip["sections"]:
            _refuse_unknown(skip["notebook"], title, where)
    for number, entry in enumerate(data["mistakes"], 1):
        _only(entry, {"task", "wrong", "in_class"}, f"mistakes {number}")
        wrong_answer(entry["task"], entry["wrong"])
    plans = {name: _plan(data[name], name) for name in ("six-sessions", "one-day")}
    return plans | {"skip": data["skip"], "mistakes": data["mistakes"]}


def _plan(data: dict, where: str) -> Plan:
    _only(data, {"name", "minutes", "break", "slack", "sessions", "left-out?"}, where)
    found = [
        _session(session, f"{where}, session {number}")
        for number, session in enumerate(data["sessions"], 1)
    ]
    plan = Plan(
        data["name"], data["minutes"], data["break"], data["slack"], found, data.get("left-out", {})
    )
    _account_for_all(plan, where)
    return plan


def _account_for_all(plan: Plan, where: str) -> None:
    """Refuse a section that stands twice in a plan, or nowhere and without a reason."""
    planned = [(place.notebook, place.title) for each in plan.sessions for place in each.places]
    twice = sorted({place for place in planned if planned.count(place) > 1})
    if twice:
        raise ValueError(f"{where}: got {twice} more than once; expected each section once")
    missing = {name: [one.title for one in found] for name, found in unplanned(plan).items()}
    no_reason = {name: found for name, found in missing.items() if name not in plan.left_out}
    no_section = sorted(set(plan.left_out) - set(missing))
    if no_reason or no_section:
        raise ValueError(
            f"{where}: got no session and no reason for {no_reason}, and reasons without a section "
            f"for {no_section}; expected a reason in left-out for each notebook of which something "
            "stands in no session"
        )


def _session(data: dict, where: str) -> Session:
    _only(data, {"title", "parts"}, where)
    places, reasons = [], {}
    for part in data["parts"]:
        _only(part, {"notebook", "because?", *(f"{way}?" for way in WAYS)}, where)
        notebook = part["notebook"]
        found = [Place(notebook, title, way) for way in WAYS for title in part.get(way, ())]
        for place in found:
            _refuse_unknown(notebook, place.title, where)
        order = [section.title for section in course()[notebook]]
        places += sorted(found, key=lambda place: order.index(place.title))
        at_home = [place.title for place in found if place.way not in IN_CLASS]
        if bool(at_home) != ("because" in part):
            raise ValueError(
                f"{where}, {notebook}: got sections at home {at_home} and because "
                f"{part.get('because')!r}; expected a reason where a section is read at home, "
                "and none elsewhere"
            )
        if at_home:
            reasons[notebook] = part["because"]
    return Session(data["title"], places, reasons)


def _only(data: dict, keys: set[str], where: str) -> None:
    """Refuse unknown and missing keys; those that may be missing end in a question mark."""
    known = {key.rstrip("?") for key in keys}
    needed = {key for key in keys if not key.endswith("?")}
    unknown, missing = sorted(set(data) - known), sorted(needed - set(data))
    if unknown or missing:
        raise ValueError(
            f"{where}: got the unknown keys {unknown}, and {missing} is missing; "
            f"expected {sorted(known)}"
        )


def _refuse_unknown(notebook: str, title: str, where: str) -> None:
    """Refuse what is no section of a notebook, or its opening or one of the closing ones."""
    if notebook not in course():
        raise ValueError(f"{where}: there is no notebook {notebook}; expected one of {[*course()]}")
    titles = [section.title for section in body(notebook)]
    if title not in titles:
        raise ValueError(f"{where}: {notebook} has no section {title!r}; expected one of {titles}")


def section_of(notebook: str, title: str) -> Section:
    """Return the section of a notebook that has this title."""
    return next(section for section in course()[notebook] if section.title == title)


def body(notebook: str) -> list[Section]:
    """Return the sections of a notebook between its opening and its closing ones."""
    return [section for section in course()[notebook][1:] if section.title not in CLOSING]


def minutes_of(found: list[Section]) -> int:
    """Add up the minutes of sections, each rounded as the tables show it."""
    return sum(whole(one.minutes.telling) + whole(one.minutes.doing) for one in found)


def rows(session: Session, plan: Plan) -> list[tuple[Place, Minutes, Minutes]]:
    """Return for each section of a session its minutes in class and at home.

    The opening of a notebook goes with the notebook's first section in the plan, and its closing
    sections are homework after the last one.
    """
    first, last = {}, {}
    for each in plan.sessions:
        for place in each.places:
            first.setdefault(place.notebook, place)
            last[place.notebook] = place
    found = []
    for place in session.places:
        opening = course()[place.notebook][0]
        if place is first[place.notebook]:
            found.append(_row(Place(place.notebook, opening.title, place.way)))
        found.append(_row(place))
        if place is last[place.notebook]:
            closing = [s for s in course()[place.notebook] if s.title in CLOSING]
            minutes = Minutes(sum(whole(section.minutes.telling) for section in closing), 0)
            found.append((Place(place.notebook, CLOSING_ROW, "after"), Minutes(), minutes))
    return found


def _row(place: Place) -> tuple[Place, Minutes, Minutes]:
    exact = section_of(place.notebook, place.title).minutes
    telling, doing = whole(exact.telling), whole(exact.doing)
    if place.way == "done":
        return place, Minutes(telling, doing), Minutes()
    if place.way == "told":
        return place, Minutes(telling, 0), Minutes(0, doing)
    return place, Minutes(), Minutes(telling, doing)


def sums(table: list[tuple[Place, Minutes, Minutes]]) -> tuple[Minutes, Minutes, Minutes]:
    """Add up the minutes in class, of homework before, and of homework after."""
    in_class, before, after = Minutes(), Minutes(), Minutes()
    for place, here, home in table:
        in_class = in_class.plus(here)
        if place.way == "before":
            before = before.plus(home)
        else:
            after = after.plus(home)
    return in_class, before, after


def n_predictions(session: Session) -> int:
    """Count the predictions in the sections that are told in a session."""
    return sum(
        cell.source.count(PREDICT)
        for place in session.places
        if place.way in IN_CLASS
        for cell in section_of(place.notebook, place.title).cells
        if cell.cell_type == "markdown"
    )


def unplanned(plan: Plan) -> dict[str, list[Section]]:
    """Return the sections, by notebook, that stand in no session of a plan."""
    planned = {(place.notebook, place.title) for each in plan.sessions for place in each.places}
    left = {
        notebook: [
            section for section in body(notebook) if (notebook, section.title) not in planned
        ]
        for notebook in course()
    }
    return {notebook: found for notebook, found in left.items() if found}


# Mistakes ----------------------------------------------------------------------------------------


def wrong_answer(task_name: str, wrong: str) -> tuple[str, str]:
    """Return what a wrong answer is, and what the check says to it, in Markdown.

    Parameters
    ----------
    task_name : str
        The name of a task of the course.
    wrong : str
        The name of a mistake of its, or the letter or number of a choice.

    Raises
    ------
    ValueError
        If the task knows no such wrong answer.

    Examples
    --------
    >>> wrong_answer("which-axis", "a")[0]
    'the answer *a*: The third sentence.'
    """
    task = find_task(task_name)
    known = dict(wrong_answers(task))
    if wrong not in known:
        raise ValueError(
            f"{task_name} knows no wrong answer {wrong!r}; expected one of {list(known)}"
        )
    if isinstance(task, ChoiceQuestion):
        offered = {str(key): one.text for key, one in {**task.choices, **task.reasons}.items()}
        return f"the answer *{wrong}*: {as_markdown(offered[wrong])}", as_markdown(known[wrong])
    return as_markdown(wrong), as_markdown(known[wrong])


def chapters() -> Iterator[tuple[str, list]]:
    """Yield each notebook's name with its tasks."""
    for notebook, module in zip(course(), CHAPTERS, strict=True):
        yield notebook, list(tasks_of(module))


# The exam ----------------------------------------------------------------------------------------


def read_questions(text: str) -> list[Question]:
    """Read the questions of an exam: a heading each, and a line that says what it is worth.

    Raises
    ------
    ValueError
        If a heading is not followed by such a line, or the numbers are not 1, 2, 3 …

    Examples
    --------
    >>> exam = '''### 1. A shape
    ...
    ... **2 points, 3 minutes.** Shape. Examines [01 Tokens](a.ipynb#Tokens).
    ... '''
    >>> read_questions(exam)[0].kind
    'Shape'
    """
    found = []
    pieces = ANY_TASK.split(text)[1:]
    for number, title, rest in zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True):
        worth = WORTH.match(rest.strip())
        if not worth or int(number) != len(found) + 1:
            raise ValueError(
                f"question {number}, {title!r}: expected number {len(found) + 1}, and below the "
                "heading a line **N points, N minutes.** Kind. Examines [section](link)."
            )
        points, minutes, kind, examines = worth.groups()
        found.append(Question(int(number), title, int(points), int(minutes), kind, examines))
    return found


def suggested(text: str) -> list[int]:
    """Return the numbers of the questions that an exam suggests.

    Examples
    --------
    >>> suggested("**Suggested exam.** Questions 1, 4 and 12.")
    [1, 4, 12]
    """
    chosen = CHOSEN.search(text)
    if not chosen:
        raise ValueError("found no line '**Suggested exam.** Questions 1, 2 and 3.' in the exam")
    return [int(number) for number in re.findall(r"\d+", chosen[1])]


# Tables ------------------------------------------------------------------------------------------


def table(header: list[str], lines: list[list[Any]], numbers_from: int | None = None) -> str:
    """Write a Markdown table; columns from `numbers_from` on are set to the right.

    Examples
    --------
    >>> print(table(["section", "minutes"], [["Tokens", 3]], numbers_from=1))
    | section | minutes |
    |---|--:|
    | Tokens | 3 |
    """
    last = len(header) if numbers_from is None else numbers_from
    rule = "".join("---|" if column < last else "--:|" for column in range(len(header)))
    written = [header, *lines]
    text = [f"| {' | '.join(str(cell) for cell in line)} |" for line in written]
    return "\n".join([text[0], "|" + rule, *text[1:]])


def summary(plan: Plan) -> str:
    """Write the overview of a plan, one line a session."""
    lines = []
    for number, session in enumerate(plan.sessions, 1):
        here, before, after = sums(rows(session, plan))
        free = plan.minutes - plan.pause - whole(here.whole)
        notebooks = ", ".join(dict.fromkeys(number_of(place.notebook) for place in session.places
                                            if place.way in IN_CLASS))  # fmt: skip
        lines.append(
            [
                f"{number}. {session.title}",
                notebooks,
                *map(whole, (here.telling, here.doing, here.whole)),
                free,
                n_predictions(session),
                *map(whole, (before.whole, after.whole)),
            ]
        )
    together = [sum(line[column] for line in lines) for column in range(2, 9)]
    header = [plan.name.lower(), "notebooks", "telling", "doing", "together", "left"]
    header += ["predictions", "home before", "home after"]
    return table(header, [*lines, ["all", "", *together]], numbers_from=2)


def session_table(plan: Plan, number: int) -> str:
    """Write what is done in a session, section by section, and the homework below it."""
    session = plan.sessions[number - 1]
    found = rows(session, plan)
    here, before, after = sums(found)
    lines = [
        [
            number_of(place.notebook),
            _titled(place),
            whole(in_class.telling),
            _doing(place, in_class),
        ]
        for place, in_class, _ in found
        if place.way in IN_CLASS
    ]
    lines.append(["", "together", whole(here.telling), whole(here.doing)])
    text = [table(["notebook", "section", "telling", "doing"], lines, numbers_from=2)]
    for when, minutes in (("before", before), ("after", after)):
        if minutes.whole:
            text.append(_homework(session, found, when, minutes))
    return "\n\n".join(text)


def _titled(place: Place) -> str:
    if place.title == course()[place.notebook][0].title:
        return f"the opening of {named(place.notebook)}"
    return link(place.notebook, place.title)


def _doing(place: Place, in_class: Minutes) -> str | int:
    at_home = place.way == "told" and _row(place)[2].doing
    return "at home" if at_home else whole(in_class.doing)


def _homework(session: Session, found: list, when: str, minutes: Minutes) -> str:
    """Write the homework before or after a session, one item a notebook."""
    items = []
    for notebook in dict.fromkeys(place.notebook for place, _, _ in found):
        mine = [(place, home) for place, _, home in found if place.notebook == notebook]
        read = [(place, home) for place, home in mine if place.way == when]
        sections_read = [(place, home) for place, home in read if place.title != CLOSING_ROW]
        left_open = [home.doing for place, home in mine if place.way == "told" and home.doing]
        closing = [home.whole for place, home in read if place.title == CLOSING_ROW]
        sentences = []
        if sections_read:
            titles = ", ".join(_titled(place) for place, _ in sections_read)
            read_minutes = whole(sum(home.whole for _, home in sections_read))
            sentences.append(f"{titles} ({read_minutes} minutes). *{session.reasons[notebook]}*")
        if when == "after" and left_open:
            sentences.append(f"The exercises left open ({whole(sum(left_open))} minutes).")
        if closing:
            sentences.append(
                f"Recap, and questions to check oneself ({whole(closing[0])} minutes)."
            )
        if sentences:
            items.append(f"- **{number_of(notebook)}** {' '.join(sentences)}")
    return f"**At home {when}**, {whole(minutes.whole)} minutes:\n\n" + "\n".join(items)


def left_out_table(plan: Plan) -> str:
    """Write which sections stand in no session of a plan, and why."""
    lines = []
    for notebook, found in unplanned(plan).items():
        titles = "; ".join(section.title for section in found)
        what = titles if len(found) < len(body(notebook)) else "the whole notebook"
        lines.append([named(notebook), what, plan.left_out[notebook], minutes_of(found)])
    together = sum(line[3] for line in lines)
    header = ["notebook", "left out", "why, and what to say", "minutes"]
    return table(header, [*lines, ["together", "", "", together]], numbers_from=3)


def sections_tables() -> str:
    """Write the minutes of each section, one fold a notebook."""
    folds = []
    for notebook, found in course().items():
        lines = [
            [
                f"opening: {section.title}"
                if section is found[0]
                else link(notebook, section.title),
                whole(section.minutes.telling),
                whole(section.minutes.doing),
            ]
            for section in found
        ]
        telling, doing = (sum(line[column] for line in lines) for column in (1, 2))
        lines.append(["together", telling, doing])
        title = f"{number_of(notebook)} {found[0].title}: {telling} telling, {doing} doing"
        body_of_fold = table(["section", "telling", "doing"], lines, numbers_from=1)
        folds.append(f"<details><summary>{title}</summary>\n\n{body_of_fold}\n\n</details>")
    return "\n\n".join(folds)


def counts_table() -> str:
    """Write how many tasks each notebook has, and how many wrong answers they know by name."""
    lines = []
    for notebook, tasks in chapters():
        exercises = sum(isinstance(task, Exercise) for task in tasks)
        wrong = sum(len(wrong_answers(task)) for task in tasks)
        lines.append([named(notebook), exercises, len(tasks) - exercises, wrong])
    together = [sum(line[column] for line in lines) for column in (1, 2, 3)]
    header = ["notebook", "exercises", "questions", "wrong answers known by name"]
    return table(header, [*lines, ["all", *together]], numbers_from=1)


def mistakes_table(chosen: list[dict], notebook: str, tasks: list) -> str:
    """Write the chosen mistakes of one notebook."""
    names = [task.name for task in tasks]
    lines = []
    for entry in chosen:
        if entry["task"] in names:
            what, said = wrong_answer(entry["task"], entry["wrong"])
            lines.append([f"`{entry['task']}`", what, said, entry["in_class"]])
    header = ["task", "the wrong answer", "what the check says", "what to do in class"]
    return table(header, [[str(cell).replace("|", r"\|") for cell in line] for line in lines])


def needs_table() -> str:
    """Write which notebooks each notebook needs, by its "You need", and which need it."""
    needs = {}
    for notebook, found in course().items():
        opening = "\n".join(cell.source for cell in found[0].cells)
        wanted = opening.partition("**You need**")[2]
        links = re.findall(r"\]\(([\w.]+)\.ipynb", wanted)
        needs[notebook] = [other for other in course() if other in links]
    lines = []
    for notebook in course():
        needed_by = [other for other, wanted in needs.items() if notebook in wanted]
        both = (", ".join(map(number_of, names)) or "–" for names in (needs[notebook], needed_by))
        lines.append([named(notebook), *both])
    return table(["notebook", "needs", "is needed by"], lines)


def skip_table(skips: list[dict]) -> str:
    """Write what to skip, in order, with the minutes that each entry saves, and all so far."""
    lines, so_far = [], 0
    for skip in skips:
        found = [section_of(skip["notebook"], title) for title in skip["sections"]]
        saved = minutes_of(found)
        so_far += saved
        all_of_it = len(found) == len(body(skip["notebook"]))
        what = named(skip["notebook"]) if all_of_it else (
            f"{number_of(skip['notebook'])}: "
            + ", ".join(link(skip["notebook"], title) for title in skip["sections"])
        )  # fmt: skip
        lines.append([what, saved, so_far, skip["because"], skip["breaks"]])
    return table(["skip", "saves", "so far", "because", "what breaks"], lines)


def questions_table(questions: list[Question]) -> str:
    """Write the overview of the exam."""
    lines = [
        [f"{one.number}. {one.title}", one.kind.lower(), one.examines, one.points, one.minutes]
        for one in questions
    ]
    lines.append(["all", "", "", *(sum(line[column] for line in lines) for column in (3, 4))])
    return table(["question", "kind", "examines", "points", "minutes"], lines, numbers_from=3)


def suggested_table(text: str) -> str:
    """Write the questions of the suggested exam, with their sums."""
    chosen = set(suggested(text))
    return questions_table([one for one in read_questions(text) if one.number in chosen])


# Documents ---------------------------------------------------------------------------------------


def regions_of_guide() -> dict[str, str]:
    """Return the text of each region of `docs/teaching.md`, by its name."""
    plans = read_plans()
    six, day = plans["six-sessions"], plans["one-day"]
    regions = {"six-sessions": summary(six), "one-day": summary(day)}
    for number in range(1, len(six.sessions) + 1):
        regions[f"session-{number}"] = session_table(six, number)
    for number in range(1, len(day.sessions) + 1):
        regions[f"block-{number}"] = session_table(day, number)
    for notebook, tasks in chapters():
        name = f"mistakes-{number_of(notebook)}"
        regions[name] = mistakes_table(plans["mistakes"], notebook, tasks)
    return regions | {
        "left-out": left_out_table(day),
        "sections": sections_tables(),
        "counts": counts_table(),
        "needs": needs_table(),
        "skip": skip_table(plans["skip"]),
    }


def regions_of_exam(text: str) -> dict[str, str]:
    """Return the text of each region of `docs/exam.md`, by its name."""
    return {"questions": questions_table(read_questions(text)), "suggested": suggested_table(text)}


def refreshed(text: str, regions: dict[str, str]) -> str:
    r"""Put the text of each region between its marks.

    Raises
    ------
    ValueError
        If a region has no place in the text, has two, or a mark names none of the regions.

    Examples
    --------
    >>> print(refreshed("<!-- sum: begin -->\n4\n<!-- sum: end -->", {"sum": "5"}))
    <!-- sum: begin -->
    5
    <!-- sum: end -->
    """
    marks = MARK.findall(text)
    expected = [(name, end) for name in regions for end in ("begin", "end")]
    if sorted(marks) != sorted(expected):
        unknown = sorted(set(marks) - set(expected))
        missing = sorted(set(expected) - set(marks))
        raise ValueError(
            f"the marks do not fit: unknown are {unknown}, missing are {missing}; expected one "
            "'<!-- name: begin -->' and one '<!-- name: end -->' for each table"
        )
    return REGION.sub(lambda found: f"{found[1]}{regions[found[2]]}\n{found[3]}", text)


def documents() -> dict[Path, str]:
    """Return each document, by its path, with all its tables fresh."""
    teaching, exam = (path.read_text(encoding="utf-8") for path in (TEACHING, EXAM))
    return {
        TEACHING: refreshed(teaching, regions_of_guide()),
        EXAM: refreshed(exam, regions_of_exam(exam)),
    }


def main(arguments: list[str]) -> int:
    """Write the stale documents anew, or with `--check` only name them; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(f"got {arguments}; expected nothing, or --check", file=sys.stderr)
        return 2
    stale = {p: text for p, text in documents().items() if text != p.read_text(encoding="utf-8")}
    for path, text in stale.items():
        print(f"{path.relative_to(ROOT)} {'is stale' if arguments else 'is written anew'}")
        if not arguments:
            replace_text(path, text)
    return 1 if arguments and stale else 0


def replace_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    with tempfile.TemporaryDirectory(prefix=".guide-", dir=path.parent) as folder:
        temporary = Path(folder) / path.name
        temporary.write_text(text, encoding="utf-8", newline="\n")
        temporary.replace(path)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
