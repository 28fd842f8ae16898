"""Whoever tries many cards on a pay page is stopped by the limits; here somebody is told of it."""

import logging

from odoo import SUPERUSER_ID, api, models

TASK = "online_billing.activity_type_failed_task"

_logger = logging.getLogger(__name__)


class BillingPaymentWatch(models.AbstractModel):
    _name = "billing.payment.watch"
    _description = "Watch over Attempts to Pay"

    @api.private
    def tell_too_many(self, accounts):
        """Give somebody the task to look at accounts where too many payments or methods are tried, once until done.

        In a transaction of its own, as what is refused is taken back. What goes wrong here keeps nobody from being
        refused.

        :param accounts: `billing.account`
        """
        try:
            with self.env.registry.cursor() as cursor:
                elevated = self.env(cr=cursor, user=SUPERUSER_ID, su=True)
                self.with_env(elevated)._tell(accounts.with_env(elevated))
        except Exception:
            _logger.exception("Nobody could be told that payments are begun too often")

    def _tell(self, accounts):
        for account in accounts:
            self.env["billing.tasks"].give(
                account,
                "payments.too_many",
                TASK,
                summary=self.env._("Too many attempts to pay"),
                note=self.env._(
                    "Payments of this account are begun on pages, or payment methods of its customer saved, more often"
                    " than the limits let. Somebody may be trying out stolen cards. Look at the payment transactions;"
                    " where they are not the customer's, give the documents another link, and end the customer's access"
                    " to the portal until there is another password."
                ),
                user_id=self.env["billing.work.loop"].get_responsible(account).id,
            )
