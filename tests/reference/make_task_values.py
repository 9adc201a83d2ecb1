"""Write task_values.json: what the tasks of the course ask, and what comes of known mistakes.

    python tests/reference/make_task_values.py

After a change that is meant. `tests/test_exercises.py` compares.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from task_description import description  # noqa: E402

from rnnhelpers.exercises import all_tasks  # noqa: E402


def main():
    """Write the descriptions, a line of the file for each part of a task."""
    tasks = []
    for name, task in all_tasks().items():
        parts = [f"{dumped(part)}: {dumped(values)}" for part, values in description(task).items()]
        tasks.append(f"{dumped(name)}: {{\n" + ",\n".join(parts) + "\n}")
    text = "{\n" + ",\n".join(tasks) + "\n}\n"
    (HERE / "task_values.json").write_text(text, encoding="utf-8")


def dumped(value):
    """Write a value as JSON."""
    return json.dumps(value, ensure_ascii=False)


if __name__ == "__main__":
    main()
