from odoo import models

from . import number_blocks, numbering


class AccountMove(models.Model):
    _inherit = "account.move"

    def _locked_increment(self, format_string, format_values):
        """Number what a batch posts by its plan, and all other invoices above what batches have reserved.

        Where the billing posts by Odoo's own way, nothing is reserved and nothing is looked up.
        """
        if numbers := numbering.in_use(self.env.cr):
            return numbers.next_name(self, format_string, dict(format_values), super()._locked_increment)
        if self.env["billing.posting"].is_in_batches():
            others = {name: value for name, value in format_values.items() if name != "seq"}
            key = (format_string.format(**others, seq=0), self.journal_id)
            if key not in self._get_sequence_cache():
                reserved = number_blocks.highest_reserved(self.env, self.journal_id, key[0])
                format_values["seq"] = max(format_values["seq"], reserved)
        return super()._locked_increment(format_string, format_values)
