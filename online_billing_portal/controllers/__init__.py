from . import billing, invoices, odoo_pages
