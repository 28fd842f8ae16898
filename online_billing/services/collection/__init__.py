from . import accounts, acts, day, files, steps, texts, write_off
