from . import (
    test_posting_amounts,
    test_posting_check,
    test_posting_configuration,
    test_posting_countries,
    test_posting_guard,
    test_posting_headers,
    test_posting_kept,
    test_posting_later,
    test_posting_numbers,
    test_posting_overrides,
    test_posting_setting,
    test_posting_shapes,
)
