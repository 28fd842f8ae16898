from . import invoicing, obstacles, rating, run_work
