from . import (
    test_access_companies,
    test_access_matrix,
    test_access_methods,
    test_access_routes,
    test_configuration,
    test_guarded_life,
    test_program_interface,
    test_reader,
    test_structure,
    test_translations,
    test_views,
    test_wizards,
)
