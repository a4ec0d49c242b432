"""See what a network sees: kernels, maps, fields, sums, tuning to angles, and reasons for a class."""

from types import FunctionType

from striate.errors.typed import checked
from striate.see.backward import SharedWeight, UnitGradient, gradient_lines, unit_gradient
from striate.see.embedding import Embedded, embedding
from striate.see.fields import Field, effective_field, receptive_field
from striate.see.gallery import Look, surface
from striate.see.maximise import maximise
from striate.see.page import look_page
from striate.see.patches import Fitted, TopPatches, cut_patches, top_patches
from striate.see.reasons import grad_cam, integrated_gradients, last_spatial_row, occlusion
from striate.see.rows import Filters, filters, maps
from striate.see.sentences import Fired, fired, near_words, word_effects
from striate.see.tuning import Tuning, tuning
from striate.see.units import Unit, as_lines, unit


__all__ = [
    "Embedded",
    "Field",
    "Filters",
    "Fired",
    "Fitted",
    "Look",
    "SharedWeight",
    "TopPatches",
    "Tuning",
    "Unit",
    "UnitGradient",
    "as_lines",
    "cut_patches",
    "effective_field",
    "embedding",
    "filters",
    "fired",
    "grad_cam",
    "gradient_lines",
    "integrated_gradients",
    "last_spatial_row",
    "look_page",
    "maps",
    "maximise",
    "near_words",
    "occlusion",
    "receptive_field",
    "surface",
    "top_patches",
    "tuning",
    "unit",
    "unit_gradient",
    "word_effects",
]

# Those of this room call one another as they are; what a program hands in is checked here.
for _name in __all__:
    if isinstance(globals()[_name], FunctionType):
        globals()[_name] = checked(globals()[_name])
