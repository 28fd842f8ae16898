from . import charging, day, estimate, explanation, ledger, notices, terms, waiver
