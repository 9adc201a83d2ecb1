"""Write training_values.json: what comes of a few short trainings.

    python tests/reference/make_training_values.py

After a change that is meant. `tests/test_reference_values.py` compares.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from trainings import TRAININGS  # noqa: E402


def main():
    """Write a line of the file for each training."""
    lines = [
        f'"{name}": {[float(f"{number:.6g}") for number in train()]}'
        for name, train in TRAININGS.items()
    ]
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    json.loads(text)  # raises where a number is none
    (HERE / "training_values.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
