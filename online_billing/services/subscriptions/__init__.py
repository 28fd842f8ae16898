from . import lifecycle, upcoming_correction, upcoming_explanation
