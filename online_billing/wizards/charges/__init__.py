from . import charge_void
