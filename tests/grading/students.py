"""Students who never were, and the notebooks that they hand in."""

import copy

from rnnhelpers.exercises import ChoiceQuestion, Exercise, all_tasks

TASKS = all_tasks()


def cell_named(notebook, grade_id):
    """Return the cell with this name of nbgrader's."""
    [cell] = [each for each in notebook.cells if name_of(each) == grade_id]
    return cell


def name_of(cell):
    """Return nbgrader's name of a cell; empty if it has none."""
    return cell.metadata.get("nbgrader", {}).get("grade_id", "")


def names_of_tasks(notebook):
    """Return the names of the tasks in an assignment, in their order."""
    return [
        name.removeprefix("grade-")
        for name in map(name_of, notebook.cells)
        if name.startswith("grade-")
    ]


def filled(release, answers):
    """Return what a student hands in, with code for some of the tasks."""
    notebook = copy.deepcopy(release)
    for task, code in answers.items():
        cell_named(notebook, f"answer-{task}").source = code
    return notebook


def right(source, tasks):
    """Answer tasks as the instructor's version does."""
    return {task: cell_named(source, f"answer-{task}").source for task in tasks}


def wrong(release, tasks):
    """Answer tasks with mistakes that the course knows."""
    return {task: wrong_answer(release, task) for task in tasks}


def known_mistake(task):
    """Return a mistake that the check knows by name, another one from task to task."""
    return task.mistakes[sum(map(ord, task.name)) % len(task.mistakes)]


def wrong_choice(question):
    """Return an answer that is right, and a reason that is not."""
    letter = next(key for key, choice in question.choices.items() if not choice.feedback)
    reason = next(key for key, choice in question.reasons.items() if choice.feedback)
    return letter, reason


def told_about(task):
    """Return what the check says of the answers that `wrong` gives."""
    if isinstance(task, ChoiceQuestion):
        return task.reasons[wrong_choice(task)[1]].feedback
    return str(known_mistake(task))


def wrong_answer(release, name):
    """Return the learner's cell with a known mistake in it."""
    task, stub = TASKS[name], cell_named(release, f"answer-{name}").source
    if isinstance(task, Exercise):
        code = "from rnnhelpers.exercises import all_tasks\n\n"
        at = task.mistakes.index(known_mistake(task))
        code += f"{task.reference.__name__} = all_tasks()[{name!r}].mistakes[{at}].function\n"
        return code + f"check({name!r}, {task.reference.__name__})"
    if isinstance(task, ChoiceQuestion):
        return stub.replace("..., ...", "{!r}, {!r}".format(*wrong_choice(task)))
    return stub.replace("...", repr(float(known_mistake(task).function())), 1)


def learned_by_heart(source, tasks):
    """Answer exercises with what is right for the examples of the check, and for no others."""
    answers = right(source, tasks)
    for name in tasks:
        if isinstance(TASKS[name], Exercise):
            function = TASKS[name].reference.__name__
            answers[name] = (
                "from rnnhelpers.exercises import all_tasks, values\n\n"
                f"task = all_tasks()[{name!r}]\n"
                "seen = [(case, task.reference(*case)) for case in task.draw_cases()]\n\n\n"
                f"def {function}(*given):\n"
                "    return next((right for case, right in seen if values.same(case, given)), 0)\n"
                f"\n\ncheck({name!r}, {function})"
            )
    return answers


OVERWRITES = """\
answer_2, reason_2 = "a", 1


class Verdict:
    outcome = "right"


def grade(*given, **options):
    return Verdict


check, verdict = grade, Verdict
"""
NEVER_ENDS = """\
def scalar_bptt(*given):
    while True:
        pass
"""
PRINTS_FOR_EVER = """\
while True:
    print("to the end of the line " * 20)
"""
PRINTS_MUCH_AND_RAISES = """\
def measured_gradient(*given):
    for _ in range(100_000):
        print("to the end of the line " * 20)
    raise ValueError


check("measured-gradient", measured_gradient)
"""
WORTH_SOMETHING = {"bptt"}
"""The tasks of 05 that `spoiled` leaves right."""


def spoiled(notebook):
    """Do to the tasks of 05 what should cost the points of that task, and of no other."""
    notebook.cells.remove(cell_named(notebook, "grade-slope-back"))
    cell_named(notebook, "answer-one-loss").source = OVERWRITES
    cell_named(notebook, "grade-one-loss").source = "pass"
    cell_named(notebook, "answer-scalar-bptt").source = NEVER_ENDS
    cell_named(notebook, "answer-step-back").source = PRINTS_FOR_EVER
    cell_named(notebook, "answer-measured-gradient").source = PRINTS_MUCH_AND_RAISES
    cell_named(notebook, "answer-truncate-or-reset").source = "answer_6, reason_6 = 'a', 1"
    cell_named(notebook, "grade-truncate-or-reset").metadata.tags = ["skip-execution"]
    cell_named(notebook, "grade-bptt").metadata.nbgrader.points = 100
    return notebook
