from . import acts, day, files, steps, texts
