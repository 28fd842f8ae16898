from . import days, engine_messages, life, reader, work_loop
