from . import invoicing, obstacles, rating, run_work, upcoming_correction, upcoming_explanation
