from . import open_items, promise_keeping, promises, rests, settlements
