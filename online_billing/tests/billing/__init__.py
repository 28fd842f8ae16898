from . import (
    test_amounts,
    test_countries,
    test_faults,
    test_languages,
    test_line_rates,
    test_obstacles,
    test_run,
    test_sources,
    test_totals,
)
