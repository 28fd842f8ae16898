from . import (
    charging,
    decision,
    due_lines,
    ending,
    history,
    ledger,
    news,
    request,
    restoring,
    review,
    rules,
    virtual_parts,
)
