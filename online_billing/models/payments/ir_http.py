from odoo import models
from odoo.http import request


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    @classmethod
    def _serve_fallback(cls):
        """Look nothing up for an address that no database can hold; there is no such page."""
        return None if "\x00" in request.httprequest.path else super()._serve_fallback()
