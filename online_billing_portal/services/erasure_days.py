"""Erase what the law or another company has kept, once its time is over: the work loop over requests that are done."""

from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.work_loop import Pass, Queue
from odoo.tools import SQL

FAILED = "online_billing_portal.mail_activity_type_erase"


class BillingErasureDays(models.AbstractModel):
    """A request whose day to look again has come is a unit; one that fails is a task of a manager."""

    _name = "billing.erasure.days"
    _inherit = "billing.work.loop"
    _description = "Erase What Is Kept No Longer"

    _batch_size = 20

    @api.private
    def work(self):
        """Erase what is due, until the cron's time is up."""
        self.work_through(Pass())

    def _get_queue(self, work):
        # what was erased before such a day was kept has the day after the last document
        due = SQL("COALESCE(unit.look_on, unit.kept_until + 1) <= %s", fields.Date.today())
        condition = SQL("unit.state = 'done' AND %s", due)
        return Queue("billing_erasure", "unit", condition, stays=True)

    def _handle(self, work, units):
        for erasure in self.env["billing.erasure"].sudo().browse(units):  # sudo: the cron works for everybody
            self.env["billing.erasing"].erase_rest(erasure.with_company(erasure.company_id))

    def _note_failure(self, work, unit_id, value, error):
        erasure = self.env["billing.erasure"].sudo().browse(unit_id)  # sudo: as above
        if not erasure.activity_search([FAILED]):
            accounts = self.env["billing.erasing"].get_accounts(erasure)
            manager = self.get_responsible(accounts[:1])
            erasure.activity_schedule(FAILED, user_id=manager.id, note=self.get_reason(error))
