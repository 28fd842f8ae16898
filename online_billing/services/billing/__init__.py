from . import invoice_choice, invoicing, obstacles, rating, run_work
