from . import book, charging, documents, explanation
