from . import billed_again, charging, day, estimate, explanation, ledger, notices, terms, waiver
