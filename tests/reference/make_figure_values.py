"""Write figure_values.json: what the figures of the tests show, and how they look.

    python tests/reference/make_figure_values.py

After a change that is meant. Look at the difference before you commit it, and at the figures.
`tests/test_figures.py` compares.
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from figure_cases import FIGURES  # noqa: E402
from figure_description import description, release  # noqa: E402
from matplotlib.backends.backend_agg import FigureCanvasAgg  # noqa: E402

from rnnhelpers.figures import course_style  # noqa: E402


def described(make):
    """Draw a figure, and describe it."""
    fig = make()
    with course_style():
        FigureCanvasAgg(fig).draw()
    return description(fig)


def main():
    """Write the descriptions, a line of the file for each line of them."""
    figures = {name: described(make) for name, make in FIGURES.items()}
    values = {"matplotlib": release(), "figures": figures}
    text = json.dumps(values, indent=0, ensure_ascii=False) + "\n"
    (HERE / "figure_values.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
