from . import (
    test_blocks,
    test_choice,
    test_colors,
    test_design,
    test_documents,
    test_letterhead,
    test_letters,
    test_pdf,
    test_printing,
    test_scripts,
)
