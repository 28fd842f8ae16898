from . import lists, money
