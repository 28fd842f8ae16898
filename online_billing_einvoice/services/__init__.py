from . import readiness, run_work
