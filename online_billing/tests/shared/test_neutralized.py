"""A copy of a database that was neutralised reaches no customer: nothing of the billing runs in it by itself."""

from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestNeutralized(BillingCase):
    def get_own_crons(self):
        data = self.env["ir.model.data"].search([("model", "=", "ir.cron"), ("module", "=like", "online_billing%")])
        return self.env["ir.cron"].with_context(active_test=False).browse(data.mapped("res_id"))

    def test_no_scheduled_action_works_or_is_woken(self):
        crons = self.get_own_crons()
        self.assertGreater(len(crons), 10)
        self.env.cr.execute("UPDATE ir_cron SET active = TRUE WHERE id = ANY(%s)", [crons.ids])
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.assertFalse(crons.filtered("active"))
        self.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]).unlink()
        for service in ("billing.invoice.delivery", "billing.receipt.delivery", "billing.message.delivery"):
            self.env[service].wake()
        self.assertFalse(self.env["ir.cron.trigger"].search([("cron_id", "in", crons.ids)]))
        servers = self.env["ir.mail_server"].search([])
        self.assertEqual(servers.mapped("smtp_host"), ["invalid"])
