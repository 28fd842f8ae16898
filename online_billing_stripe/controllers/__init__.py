from . import confirm, odoo_events, webhook
