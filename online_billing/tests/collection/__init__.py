from . import (
    test_collection,
    test_collection_acts,
    test_collection_clock,
    test_collection_messages,
    test_collection_texts,
    test_collection_vectors,
    test_memory,
    test_notices,
    test_reminder_amounts,
    test_side_tasks,
    test_wake,
)
