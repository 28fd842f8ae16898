from . import accounts, acts, day, files, notices, steps, texts, wake, write_off
