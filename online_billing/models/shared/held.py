from odoo import api, models


class BillingHeld(models.AbstractModel):
    """What others of the billing refer to for good: whoever deletes it is told who does, and what to do instead.

    Odoo says of a refusal by the database which constraint it was, and advises to archive what has no archive.
    """

    _name = "billing.held"
    _description = "Kept While Others Refer to It"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_held(self):
        self.env["billing.references"].check_unheld(self)
