from . import terms
