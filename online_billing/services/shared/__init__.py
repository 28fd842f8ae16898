from . import days, engine_messages, life, reader, request_limits, statistics, work_loop
