"""See what a network sees: kernels, maps, fields, sums, tuning to angles, and reasons for a class."""

from striate.see.backward import SharedWeight, UnitGradient, gradient_lines, unit_gradient
from striate.see.fields import Field, effective_field, receptive_field
from striate.see.gallery import Look
from striate.see.page import look_page
from striate.see.reasons import grad_cam, integrated_gradients, last_spatial_row, occlusion
from striate.see.rows import Filters, filters, maps
from striate.see.tuning import Tuning, tuning
from striate.see.units import Unit, as_lines, unit


__all__ = [
    "Field",
    "Filters",
    "Look",
    "SharedWeight",
    "Tuning",
    "Unit",
    "UnitGradient",
    "as_lines",
    "effective_field",
    "filters",
    "grad_cam",
    "gradient_lines",
    "integrated_gradients",
    "last_spatial_row",
    "look_page",
    "maps",
    "occlusion",
    "receptive_field",
    "tuning",
    "unit",
    "unit_gradient",
]
