from . import (
    test_access,
    test_access_matrix,
    test_guarded_life,
    test_pages,
    test_preferences,
    test_statement,
    test_subscriptions,
)
