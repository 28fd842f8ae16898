from . import engine_messages, life, reader
