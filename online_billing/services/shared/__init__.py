from . import days, engine_messages, import_answers, life, reader, request_limits, statistics, tasks, work_loop
