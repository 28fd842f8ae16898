from . import charge_again, charge_void
