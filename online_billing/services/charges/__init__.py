from . import book, charging, corrections, documents, explanation, hand_written, rebilling, standing
