from . import lifecycle, terms, upcoming_correction, upcoming_explanation
