"""The assignments in the real nbgrader: every answer gets the points that it must get."""

import re

import pytest
from nbformat import from_dict
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions, Execute
from students import TASKS, WORTH_SOMETHING, name_of, told_about
from traitlets.config import PyFileConfigLoader

from conftest import NOTEBOOKS, SEED, SPOILED
from rnnhelpers.exercises import Exercise
from rnnhelpers.exercises.assignments import CONFIG, assignment
from rnnhelpers.exercises.notebooks import CHECK, IMPORT_OF_CHECK, read_notebook


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Return nbgrader's settings, as the course folder has them."""
    path = tmp_path_factory.mktemp("settings") / "nbgrader_config.py"
    path.write_text(CONFIG)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNNHELPERS_PROGRESS", "")  # put back as it was: the settings set it
        return PyFileConfigLoader(path.name, path.parent).load_config()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_students_get_the_cells_of_the_course_and_no_solution(path, settings):
    course = read_notebook(path)
    notebook = from_dict(assignment(course, path, SEED))
    MetadataValidator().validate_nb(notebook)
    for preprocessor in (ClearSolutions(config=settings), ClearHiddenTests(config=settings)):
        notebook, _ = preprocessor.preprocess(notebook, {})
    given = [cell.source for cell in notebook.cells if name_of(cell).startswith("answer-")]
    stubs = [cell["source"] for cell in course["cells"] if CHECK.search(cell["source"])]
    for cell, stub in zip(given, stubs, strict=True):
        renamed = re.sub(r"(answer|reason)_\d\b", r"\1", cell)
        assert renamed.split() == IMPORT_OF_CHECK.sub("", stub).split()
    text = "\n".join(cell.source for cell in notebook.cells)
    assert str(SEED) not in text
    assert "BEGIN" not in text


def test_the_settings_are_ones_that_nbgrader_knows(settings):
    for name in settings.Execute:
        assert Execute.class_traits(config=True)[name], name


def test_right_answers_get_all_points(graded):
    assert graded.scores("right") == graded.points
    assert list(graded.points) == [task for task in TASKS if task in graded.points]


@pytest.mark.parametrize("student", ["wrong", "untouched"])
def test_wrong_answers_and_none_get_no_points(graded, student):
    assert graded.scores(student) == dict.fromkeys(graded.points, 0)


def test_each_task_counts_by_itself(graded):
    kept = list(graded.points)[::2]
    expected = {task: points if task in kept else 0 for task, points in graded.points.items()}
    assert graded.scores("half") == expected


def test_the_examples_of_the_check_learned_by_heart_are_not_enough(graded):
    for task, score in graded.scores("by-heart").items():
        assert score == (0 if isinstance(TASKS[task], Exercise) else graded.points[task]), task


def test_a_spoiled_answer_costs_its_own_points_only(courses):
    course = courses[SPOILED]
    for task, score in course.scores("spoiled").items():
        assert score == (course.points[task] if task in WORTH_SOMETHING else 0), task
    assert course.grades["spoiled"]["slope-back"] == (0, True)  # its grading cell is missing
    assert "Your function was still running when it was stopped." in course.feedback("spoiled")


def test_only_what_no_cell_could_grade_is_left_to_the_instructor(graded):
    left = {
        (student, task)
        for student, grades in graded.grades.items()
        for task, (_, needs_manual_grade) in grades.items()
        if needs_manual_grade
    }
    assert left <= {("spoiled", "slope-back")}


def test_the_feedback_says_what_is_wrong(graded):
    text = " ".join(graded.feedback("wrong").split())
    for task in graded.points:
        assert " ".join(told_about(TASKS[task]).split()) in text, task
    assert graded.feedback("untouched").count("Not attempted yet: ") >= 2 * len(graded.points)
    assert "Not yet." not in graded.feedback("right")


def test_grading_touches_nobodys_progress(graded):
    found = [path.relative_to(graded.folder) for path in graded.folder.rglob("*progress*.json")]
    assert {path.parts[0] for path in found} <= {"submitted"}
    assert "That makes" not in graded.feedback("right")
