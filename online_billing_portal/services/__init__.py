from . import access, home, invoices
