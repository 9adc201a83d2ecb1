"""The pictures of the course: each takes arrays and returns a figure with a text alternative."""

from rnnhelpers.figures.activations import draw_activation
from rnnhelpers.figures.alignment import draw_alignment
from rnnhelpers.figures.cell import draw_cell
from rnnhelpers.figures.chain_rule import draw_chain_rule, draw_contributions
from rnnhelpers.figures.curves import draw_training_curves
from rnnhelpers.figures.distance import draw_by_distance, draw_stretch
from rnnhelpers.figures.gates import draw_gates
from rnnhelpers.figures.gradients import draw_gradients
from rnnhelpers.figures.matrices import draw_matrices, shade_matrix
from rnnhelpers.figures.show import describe, show, show_steps
from rnnhelpers.figures.states import draw_state_path, draw_states
from rnnhelpers.figures.style import (
    BODY,
    COLORS,
    COUNTS,
    MARKERS,
    SERIES,
    SIGNED,
    course_style,
    ink_on,
    new_figure,
)
from rnnhelpers.figures.surface import draw_loss_surface
from rnnhelpers.figures.unrolled import draw_unrolled

__all__ = [
    "BODY",
    "COLORS",
    "COUNTS",
    "MARKERS",
    "SERIES",
    "SIGNED",
    "course_style",
    "describe",
    "draw_activation",
    "draw_alignment",
    "draw_by_distance",
    "draw_cell",
    "draw_chain_rule",
    "draw_contributions",
    "draw_gates",
    "draw_gradients",
    "draw_loss_surface",
    "draw_matrices",
    "draw_state_path",
    "draw_states",
    "draw_stretch",
    "draw_training_curves",
    "draw_unrolled",
    "ink_on",
    "new_figure",
    "shade_matrix",
    "show",
    "show_steps",
]
