from . import charging, explanation, job, ledger, simulation, waiver
