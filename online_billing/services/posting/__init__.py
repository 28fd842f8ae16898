from . import numbered_move, writer
