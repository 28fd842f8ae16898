from . import check, numbered_move, ways, writer
