from . import paying
