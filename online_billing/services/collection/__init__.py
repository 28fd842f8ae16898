from . import accounts, acts, day, files, filing, notices, steps, texts, wake, write_off
