from . import engine_messages, life, reader, work_loop
