from . import open_items, promises, rests, settlements
