"""The instructor's guide and the exam: fresh, whole, right in their sums and in their answers."""

import doctest
import re
import shutil
import tomllib
from pathlib import Path

import pytest
from notebook_guards import (
    BELITTLING,
    CLOSING_SECTIONS,
    heading_anchor,
    link_targets,
    read_notebook,
)
from test_docs import ANCHORS

from publishing import guide, minutes
from publishing.minutes import notebook_minutes

ROOT = Path(__file__).parents[1]
TEACHING = guide.TEACHING.read_text(encoding="utf-8")
EXAM = guide.EXAM.read_text(encoding="utf-8")
PLANS = guide.read_plans()
SIX, DAY = PLANS["six-sessions"], PLANS["one-day"]
NOTEBOOKS = sorted(ROOT.glob("notebooks/*.ipynb"))
QUESTIONS = guide.read_questions(EXAM)
ANSWERS = dict(
    zip(
        [question.number for question in QUESTIONS],
        guide.ANY_TASK.split(EXAM)[3::3],
        strict=True,
    )
)


# Both documents ----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [guide.TEACHING, guide.EXAM], ids=lambda path: path.name)
def test_its_tables_are_fresh(path):
    stale = "stale: run python -m publishing.guide"
    assert path.read_text(encoding="utf-8") == guide.documents()[path], stale


@pytest.mark.parametrize("path", [guide.TEACHING, guide.EXAM], ids=lambda path: path.name)
def test_its_links_lead_somewhere(path):
    """To files and to sections of notebooks; links within a page differ between its readers."""
    targets = link_targets(path.read_text(encoding="utf-8"))
    assert len(targets) > 40
    for target in targets:
        file, _, anchor = target.partition("#")
        assert file, target
        assert (path.parent / file).exists(), target
        assert not anchor or anchor in ANCHORS[Path(file).name], target


@pytest.mark.parametrize("text", [TEACHING, EXAM], ids=["teaching", "exam"])
def test_its_words_are_those_of_the_course(text):
    assert not BELITTLING.findall(text)


def test_its_commands_exist():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = re.findall(r"`make ([a-z]+)", TEACHING)
    assert len(commands) > 5
    for command in commands:
        assert re.search(rf"^{command}:", makefile, re.MULTILINE), command


# Plans -------------------------------------------------------------------------------------------


def test_the_six_sessions_hold_every_section_of_the_course_once():
    planned = [(place.notebook, place.title) for each in SIX.sessions for place in each.places]
    assert len(set(planned)) == len(planned)
    there = {
        (path.stem, section.title)
        for path in NOTEBOOKS
        for section in guide.course()[path.stem][1:]
        if section.title not in CLOSING_SECTIONS
    }
    assert set(planned) == there


@pytest.mark.parametrize("plan", [SIX, DAY], ids=lambda plan: plan.name)
def test_every_session_has_room_for_discussion(plan):
    for number, session in enumerate(plan.sessions, 1):
        here, _, _ = guide.sums(guide.rows(session, plan))
        left = plan.minutes - plan.pause - here.whole
        assert left >= plan.slack, (number, left)
        assert guide.n_predictions(session) >= 3


def test_the_numbers_in_its_words_are_those_of_the_plans_and_the_formula():
    six = tomllib.loads(guide.PLANS.read_text(encoding="utf-8"))["six-sessions"]
    said = f"Six sessions of {six['minutes']} minutes, each with a break of {six['break']}."
    assert said in TEACHING
    assert f"{minutes.WORDS_PER_MINUTE} words a minute" in TEACHING
    assert f"{60 * minutes.MINUTES_PER_CODE_CELL:.0f} seconds for a code cell" in TEACHING
    each = minutes.MINUTES_PER_EXERCISE, minutes.MINUTES_PER_QUESTION
    assert "{} minutes for an exercise and {} for a question".format(*each) in TEACHING


def test_the_six_sessions_lose_no_minute():
    """What is done in class and at home is all that the notebooks hold, to the rounded minute."""
    in_plan = 0
    for session in SIX.sessions:
        in_plan += sum(part.whole for part in guide.sums(guide.rows(session, SIX)))
    assert in_plan == sum(map(guide.minutes_of, guide.course().values()))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_rounding_to_whole_minutes_moves_little(path):
    rounded = guide.minutes_of(guide.course()[path.stem])
    assert abs(rounded - notebook_minutes(read_notebook(path))) <= 2


def tables_of(text):
    """Return the tables of a Markdown text, each as a list of rows of cells."""
    tables = re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in each.strip().split("\n")]
        for each in tables
    ]


def test_every_sum_that_is_shown_is_the_sum_of_the_rows_above_it():
    n_sums = 0
    for header, _, *lines in tables_of(TEACHING) + tables_of(EXAM):
        if not {"all", "together"} & set(lines[-1][:2]):
            continue
        for column in range(len(header)):
            if re.fullmatch(r"\d+", lines[-1][column]):
                numbers = [int(line[column]) for line in lines[:-1] if line[column] != "at home"]
                assert sum(numbers) == int(lines[-1][column]), (header, lines[-1])
                n_sums += 1
    assert n_sums > 50


def test_the_minutes_that_skipping_saves_add_up():
    [(_, _, *lines)] = [each for each in tables_of(TEACHING) if each[0][0] == "skip"]
    so_far = 0
    for line in lines:
        so_far += int(line[1])
        assert so_far == int(line[2])


def test_notebook_08_is_needed_by_none_as_the_guide_says():
    [(_, _, *lines)] = [
        each for each in tables_of(TEACHING) if each[0][1:] == ["needs", "is needed by"]
    ]
    needed_by = {line[0][1:3]: line[2] for line in lines}
    assert needed_by["08"] == "–"
    assert needed_by["07"] == "11"


def test_the_anchors_are_those_of_the_notebooks():
    for found in guide.course().values():
        for section in found:
            assert guide.anchor(section.title) == heading_anchor(section.title)


def test_every_notebook_has_two_or_three_chosen_mistakes():
    for _, tasks in guide.chapters():
        names = {task.name for task in tasks}
        chosen = [entry["task"] for entry in PLANS["mistakes"] if entry["task"] in names]
        assert 2 <= len(chosen) <= 3
        assert len(set(chosen)) == len(chosen)


def test_every_notebook_has_a_time_of_its_cells():
    [(_, _, *lines)] = [each for each in tables_of(TEACHING) if "seconds" in each[0]]
    assert [line[0][1:3] for line in lines] == [path.stem[:2] for path in NOTEBOOKS]


# The file of plans -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('notebook = "03_recurrent_cell"', 'notebook = "03_cell"', "no notebook 03_cell"),
        ('"The cell by hand"', '"The cell"', "has no section 'The cell'"),
        ("slack = 20", "slacks = 20", "unknown keys \\['slacks'\\], and \\['slack'\\]"),
        ('because = "A set-up', 'why = "A set-up', "unknown keys \\['why'\\]"),
        ('wrong = "a"\n', 'wrong = "b"\n', "which-axis knows no wrong answer 'b'"),
        ("each word meets the initial state again", "x", "knows no wrong answer 'x'"),
        ('  "Two loops",\n', "", "no reason for {'03_recurrent_cell': \\['Two loops'\\]}"),
        ('08_reading_a_whole_sequence = "No', '# "No', "no reason for {'08_reading"),
        (
            "[one-day.left-out]",
            '[one-day.left-out]\n00_start_here = "x"',
            "reasons without a section",
        ),
        (
            'told = ["Padding in',
            'told = ["Downhill", "Padding in',
            "'Downhill'\\)\\] more than once",
        ),
    ],
)
def test_a_plan_that_does_not_fit_is_refused(tmp_path, old, new, message):
    text = guide.PLANS.read_text(encoding="utf-8")
    assert old in text
    changed = tmp_path / "plans.toml"
    changed.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        guide.read_plans(changed)


def test_a_section_at_home_needs_a_reason(tmp_path):
    text = guide.PLANS.read_text(encoding="utf-8")
    changed = tmp_path / "plans.toml"
    changed.write_text(re.sub(r"^because = .*\n", "", text, count=1, flags=re.MULTILINE))
    with pytest.raises(ValueError, match=r"six-sessions, session 1, 00_start_here: .* a reason"):
        guide.read_plans(changed)


def test_marks_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"missing are .*'b', 'begin'"):
        guide.refreshed("<!-- a: begin -->\n<!-- a: end -->", {"a": "", "b": ""})
    with pytest.raises(ValueError, match=r"unknown are .*'a', 'begin'"):
        guide.refreshed("<!-- a: begin -->\n<!-- a: end -->", {})


def test_a_stale_document_is_named_and_written_anew(tmp_path, monkeypatch, capsys):
    for name in ("TEACHING", "EXAM"):
        copy = tmp_path / getattr(guide, name).name
        shutil.copy(getattr(guide, name), copy)
        monkeypatch.setattr(guide, name, copy)
    monkeypatch.setattr(guide, "ROOT", tmp_path)
    assert guide.main(["--check"]) == 0
    guide.TEACHING.write_text(TEACHING.replace("| telling |", "| saying |"), encoding="utf-8")
    assert guide.main(["--check"]) == 1
    assert "| saying |" in guide.TEACHING.read_text(encoding="utf-8")
    assert guide.main([]) == 0
    assert guide.TEACHING.read_text(encoding="utf-8") == TEACHING
    assert capsys.readouterr().out == "teaching.md is stale\nteaching.md is written anew\n"
    assert guide.main(["--chek"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exam.md", "teaching.md"]


# The exam ----------------------------------------------------------------------------------------


def test_there_are_thirty_questions_of_many_kinds_on_every_notebook():
    assert len(QUESTIONS) == 30
    assert len({question.title for question in QUESTIONS}) == 30
    kinds = [question.kind for question in QUESTIONS]
    assert {kind: kinds.count(kind) >= 2 for kind in kinds} == {
        kind: True for kind in ("Shape", "Compute", "Bug", "Explain", "Claim", "Figure")
    }
    examined = {Path(link_targets(one.examines)[0]).name[:2] for one in QUESTIONS}
    assert examined == {path.name[:2] for path in NOTEBOOKS}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.number)
def test_a_question_has_all_that_an_instructor_needs(question):
    text = ANSWERS[question.number]
    asked, fold, rest = text.partition("<details><summary>Answer</summary>\n\n")
    assert fold
    assert len(asked.partition("\n\n")[2].split()) > 20
    answer = rest.partition("</details>")[0]
    assert re.search(r"\*\*Full marks:\*\* .*\*\*Half:\*\* \S", answer)
    wrong = answer.partition("**Wrong answers, and what they show**\n\n")[2]
    assert len(re.findall(r"^- .+: .+|^- “.+", wrong, re.MULTILINE)) >= 2
    [target] = link_targets(question.examines)
    file, _, anchor = target.partition("#")
    assert anchor in ANCHORS[Path(file).name]
    title = re.match(r"\[\d\d (.+)\]", question.examines)[1]
    assert heading_anchor(title) == anchor
    assert question.examines.startswith(f"[{Path(file).name[:2]} ")


def test_a_point_is_a_minute():
    assert [one.points for one in QUESTIONS] == [one.minutes for one in QUESTIONS]


def test_the_suggested_exam_leaves_time_to_read():
    chosen = [one for one in QUESTIONS if one.number in guide.suggested(EXAM)]
    assert len(chosen) == len(guide.suggested(EXAM))
    assert sum(one.minutes for one in chosen) == 80
    assert {one.kind for one in chosen} == {one.kind for one in QUESTIONS}


PROOFS = {
    number: re.findall(r"```pycon\n(.*?)```", text, re.DOTALL) for number, text in ANSWERS.items()
}


@pytest.mark.parametrize("number", [number for number, proofs in PROOFS.items() if proofs])
def test_the_proof_of_an_answer_runs(number):
    code = "\n".join(PROOFS[number])
    test = doctest.DocTestParser().get_doctest(code, {}, f"question {number}", "exam.md", 0)
    report = []
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    result = runner.run(test, out=report.append)
    assert result.attempted
    assert not result.failed, "".join(report)
    assert not re.search(r"\d\.\d{5}", "".join(example.want for example in test.examples))


def test_every_question_with_a_number_to_compute_is_proved():
    assert {one.number for one in QUESTIONS if one.kind in ("Compute", "Shape")} <= {
        number for number, proofs in PROOFS.items() if proofs
    }


def test_what_is_asked_is_no_text_of_a_notebook():
    cells = [cell.source for path in NOTEBOOKS for cell in read_notebook(path).cells]
    course = " ".join(" ".join(cells).split())
    for number, text in ANSWERS.items():
        asked = text.partition("<details>")[0].strip().partition("\n\n")[2]
        for sentence in re.split(r"(?<=[.?!])\s+", asked):
            assert len(sentence.split()) < 8 or sentence not in course, (number, sentence)
