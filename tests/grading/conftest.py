"""Courses that the real nbgrader has graded, with notebooks that students of all kinds hand in.

By default two notebooks are graded; with the option --all-notebooks all of them.
"""

import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from html import unescape
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from students import (
    cell_named,
    filled,
    learned_by_heart,
    names_of_tasks,
    right,
    spoiled,
    wrong,
)

from rnnhelpers.exercises.assignments import write_assignments

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
SPOILED = "05_bptt"
GRADED = (SPOILED, "10_gates")
SEED = 4321
SECONDS = 15  # for a cell: enough to import the package, and not too long for an endless loop


def pytest_addoption(parser):
    parser.addoption("--all-notebooks", action="store_true", help="grade all notebooks")


def chosen(config):
    """Return the paths of the notebooks to grade."""
    every = config.getoption("all_notebooks")
    return [path for path in NOTEBOOKS if every or path.stem in GRADED]


def pytest_generate_tests(metafunc):
    if "graded" in metafunc.fixturenames:
        names = [path.stem for path in chosen(metafunc.config)]
        metafunc.parametrize("graded", names, indirect=True)


@dataclass
class Graded:
    """A course folder of one assignment, after nbgrader has graded it."""

    folder: Path
    name: str

    def run(self, *arguments):
        """Run nbgrader in the course folder, in an environment that has been activated."""
        env = dict(os.environ, JUPYTER_PREFER_ENV_PATH="1", RNNHELPERS_PROGRESS=self.progress)
        env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env["PATH"]])
        command = [sys.executable, "-m", "nbgrader", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "Exception while loading config file" not in done.stderr
        return done.stderr

    @property
    def progress(self):
        """The file with the progress of whoever starts nbgrader."""
        return str(self.folder / "progress-of-the-instructor.json")

    def notebook(self, *folders):
        """Return a notebook of the course folder."""
        path = self.folder.joinpath(*folders, self.name, f"{self.name}_tasks.ipynb")
        return nbformat.read(path, as_version=4)

    @cached_property
    def points(self):
        """What each task gives."""
        source = self.notebook("source")
        return {
            task: cell_named(source, f"grade-{task}").metadata.nbgrader.points
            for task in names_of_tasks(source)
        }

    @cached_property
    def grades(self):
        """The grades of each task, by student."""
        with Gradebook(f"sqlite:///{self.folder / 'gradebook.db'}") as gradebook:
            return {
                submission.student_id: {
                    grade.name.removeprefix("grade-"): (grade.score, grade.needs_manual_grade)
                    for notebook in submission.notebooks
                    for grade in notebook.grades
                }
                for submission in gradebook.assignment_submissions(self.name)
            }

    def scores(self, student):
        """Return what a student got for each task."""
        return {task: score for task, (score, _) in self.grades[student].items()}

    def feedback(self, student):
        """Return the text of the page that a student is given."""
        path = self.folder / "feedback" / student / self.name / f"{self.name}_tasks.html"
        return unescape(re.sub("<[^>]+>", "", path.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def courses(request, tmp_path_factory):
    """Grade an assignment for each notebook, two at a time; return them by name."""
    paths = chosen(request.config)
    folders = [tmp_path_factory.mktemp("grading") / "course" for _ in paths]
    with ThreadPoolExecutor(2) as pool:
        return {course.name: course for course in pool.map(grade_all, paths, folders)}


@pytest.fixture
def graded(request, courses):
    return courses[request.param]


def grade_all(path, folder):
    """Make the assignment of a notebook, hand in notebooks, grade them, and write the feedback."""
    write_assignments([path], folder, SEED)
    course = Graded(folder, path.stem)
    course.run("generate_assignment", course.name)
    source, release = course.notebook("source"), course.notebook("release")
    tasks = names_of_tasks(release)
    hand_in(course, "right", filled(release, right(source, tasks)))
    hand_in(course, "wrong", filled(release, wrong(release, tasks)))
    hand_in(course, "half", filled(release, right(source, tasks[::2])))
    hand_in(course, "untouched", release)
    hand_in(course, "by-heart", filled(release, learned_by_heart(source, tasks)))
    if course.name == SPOILED:
        beside = hand_in(course, "spoiled", spoiled(filled(release, right(source, tasks))))
        (beside / "numpy.py").write_text("raise SystemExit")
        (beside / "rnnhelpers").mkdir()
        (beside / "rnnhelpers" / "__init__.py").write_text("raise SystemExit")
        (beside / "my_progress.json").write_text("{}")
    course.run("autograde", course.name, f"--Execute.timeout={SECONDS}")
    course.run("generate_feedback", course.name)
    return course


def hand_in(course, student, notebook):
    """Put a notebook where nbgrader looks for it; return the folder."""
    folder = course.folder / "submitted" / student / course.name
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{course.name}_tasks.ipynb")
    return folder
