from . import book, charging, documents, explanation, hand_written
