from . import lists, money, steps
