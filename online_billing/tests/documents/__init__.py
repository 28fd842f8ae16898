from . import (
    test_choice,
    test_colors,
    test_design,
    test_documents,
    test_letterhead,
    test_pdf,
    test_scripts,
)
