from . import charging, explanation
