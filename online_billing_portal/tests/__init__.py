from . import (
    test_access,
    test_access_matrix,
    test_guarded_life,
    test_installments,
    test_languages,
    test_pages,
    test_preferences,
    test_promises,
    test_question_pages,
    test_questions,
    test_statement,
    test_subscriptions,
)
