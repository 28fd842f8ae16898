from . import book, charging, explanation
