from odoo import models

from . import number_blocks


class AccountMove(models.Model):
    _inherit = "account.move"

    def _locked_increment(self, format_string, format_values):
        """Number invoices of a billing run from its block, and all others above what is reserved."""
        if blocks := number_blocks.in_use(self.env.cr):
            return blocks.next_name(self, format_string, dict(format_values))
        others = {name: value for name, value in format_values.items() if name != "seq"}
        key = (format_string.format(**others, seq=0), self.journal_id)
        if key not in self._get_sequence_cache():
            reserved = number_blocks.highest_reserved(self.env, self.journal_id, key[0])
            format_values["seq"] = max(format_values["seq"], reserved)
        return super()._locked_increment(format_string, format_values)
