from . import run, run_outcome
