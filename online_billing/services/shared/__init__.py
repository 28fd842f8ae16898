from . import days, engine_messages, life, reader, statistics, work_loop
