from odoo import models

from .batch import ask_once


class ResCurrency(models.Model):
    _inherit = "res.currency"

    def format(self, amount):
        """Write an amount of a batch once: the page, the mail and the documents before mostly say the same ones."""
        find = super().format
        return ask_once(self.env, ("amount", self.id, amount), lambda: find(amount))
