"""Having customers deleted at Stripe: noted with what is erased here, asked for afterwards, and until it is known."""

import stripe
from odoo import api, fields, models
from odoo.addons.online_billing.engine import is_for_a_person, next_question
from odoo.addons.online_billing.services.automatic_payment.values import DECLINED, SUCCEEDED, UNKNOWN, Answer
from odoo.addons.online_billing.services.shared.work_loop import Pass, Queue
from odoo.exceptions import UserError
from odoo.tools import SQL

from .client import ASK

CRON = "online_billing_stripe.cron_remove_customers"
GONE = "…"  # in the place of a reference: Stripe knows of no such customer, so that another one is made


class BillingStripeRemovals(models.AbstractModel):
    """A waiting row is a unit. That Stripe is asked is committed as "unknown"; deleting twice is deleting once."""

    _name = "billing.stripe.removals"
    _inherit = "billing.work.loop"
    _description = "Deleting Customers at Stripe"

    _batch_size = 20

    @api.private
    def ask(self, provider, partners):
        """Note that Stripe is to delete what it keeps of partners; nothing is asked before the transaction is through.

        :param partners: `res.partner`, whose saved methods are charged no more
        """
        own = [("provider_id", "=", provider.id), ("partner_id", "in", partners.ids)]
        customers = self.env["billing.stripe.customer"].sudo().search(own)  # sudo: kept by the billing
        tokens = self.env["payment.token"].sudo().with_context(active_test=False).search(own)  # sudo: as above
        mode = self.env["billing.stripe.client"].is_live(provider)
        found = dict.fromkeys(tokens.mapped("provider_ref"), mode)
        found |= {customer.reference: customer.is_live for customer in customers}
        removals = self.env["billing.stripe.removal"].sudo()  # sudo: as above
        waiting = removals.search([("provider_id", "=", provider.id), ("state", "in", ("asked", "unknown"))])
        now = fields.Datetime.now()
        removals.create(
            [
                {"provider_id": provider.id, "reference": reference, "is_live": is_live, "next_time": now}
                for reference, is_live in found.items()
                if reference and reference not in (GONE, *waiting.mapped("reference"))
            ]
        )
        customers.write({"reference": GONE})
        self.env["billing.delivery.queue"].wake_crons((CRON,))

    @api.private
    def work(self):
        """Ask Stripe for everything whose time has come, until nothing is left or the cron's time is up."""
        self.work_through(Pass())

    def _get_queue(self, work):
        condition = SQL("unit.state IN ('asked', 'unknown') AND unit.next_time <= %s", fields.Datetime.now())
        return Queue("billing_stripe_removal", "unit", condition, order=SQL("unit.next_time, unit.id"))

    def _handle(self, work, units):
        removals = self.env["billing.stripe.removal"].sudo().browse(units)  # sudo: a job of the billing
        now = fields.Datetime.now()
        for removal in removals:
            asked = removal.asked + 1
            following = next_question(removal.create_date, asked, now)
            removal.write({"state": "unknown", "asked": asked, "next_time": following})
        return removals.ids

    def _note_failure(self, work, unit_id, value, error):
        removal = self.env["billing.stripe.removal"].sudo().browse(unit_id)  # sudo: a job of the billing
        removal.write(
            {"next_time": fields.Datetime.add(fields.Datetime.now(), hours=1), "error": self.get_reason(error)}
        )

    def _after_commit(self, work, results):
        for removal in self.env["billing.stripe.removal"].sudo().browse(results):  # sudo: a job of the billing
            self._note(removal, self._delete(removal))
            # each by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _delete(self, removal):
        client, provider, reference = self.env["billing.stripe.client"], removal.provider_id, removal.reference
        if client.is_live(provider) != removal.is_live:
            return Answer(UNKNOWN, text=self.env._("The keys are those of the other mode: test or live."))
        try:
            customers = client.get_client(provider, ASK).v1.customers
        except UserError as error:
            return Answer(UNKNOWN, text=str(error))
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            return self._send(customers, reference)
        except Exception as error:  # noqa: BLE001  whatever it is, Stripe may have deleted it: it is unknown
            return Answer(UNKNOWN, text=type(error).__name__)

    def _send(self, customers, reference):
        try:
            customers.delete(reference)
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                return Answer(DECLINED, code=error.code or "", text=error.user_message or "")
            # deleted before, or one of another account: a deleted one says so still
            try:
                known = customers.retrieve(reference)
            except stripe.InvalidRequestError:
                return Answer(DECLINED, text=self.env._("This account of Stripe knows of no such customer."))
            if not getattr(known, "deleted", False):
                return Answer(UNKNOWN)
        return Answer(SUCCEEDED)

    def _note(self, removal, answer):
        """Keep what came of it; what is deleted is not known here by its reference any more."""
        now, vals = fields.Datetime.now(), {"error": answer.text or False}
        if answer.kind == SUCCEEDED:
            vals |= {"state": "done", "ended_at": now, "reference": False}
        elif answer.kind == DECLINED:
            vals |= {"state": "refused", "ended_at": now}
        removal.write(vals)
        if answer.kind == DECLINED or (answer.kind == UNKNOWN and is_for_a_person(removal.create_date, now)):
            self.env["billing.stripe.connections"].ask_somebody(
                self.env["billing.stripe.connections"].get(removal.provider_id),
                self.env._("Delete %(customer)s at Stripe", customer=removal.reference),
                self.env._(
                    "Their data was erased here. Stripe did not delete them: %(reason)s Delete them there by hand.",
                    reason=answer.text or self.env._("it cannot be reached."),
                ),
            )
