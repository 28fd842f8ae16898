from . import (
    days,
    engine_messages,
    import_answers,
    life,
    reader,
    references,
    request_limits,
    statistics,
    tasks,
    work_loop,
)
