from . import assignment, open_items, promise_keeping, promises, rests, settlements, stops
