from . import (
    assignment,
    open_documents,
    open_items,
    overdue,
    planned_items,
    promise_keeping,
    promise_rules,
    promises,
    rests,
    settlements,
    statement,
    stops,
)
