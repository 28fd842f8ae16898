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
        known = [("provider_id", "=", provider.id), ("reference", "in", list(found))]
        waiting = removals.search([*known, ("state", "in", ("asked", "unknown"))])
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
    def ask_again(self, removals):
        """Let Stripe be asked about rows anew, for somebody who has mended what was in the way.

        :param removals: `billing.stripe.removal`; what is deleted already is left alone
        """
        open_ones = removals.sudo().filtered(lambda one: one.state != "done")  # sudo: as above
        open_ones.write({"state": "asked", "asked": 0, "next_time": fields.Datetime.now(), "ended_at": False})
        self.env["billing.delivery.queue"].wake_crons((CRON,))

    @api.private
    def note_deleted(self, removals):
        """Note that customers are deleted at Stripe, whoever did it there, and close the tasks about them.

        :param removals: `billing.stripe.removal`
        """
        connections = self.env["billing.stripe.connections"]
        for removal in removals.sudo().filtered(lambda one: one.state != "done"):  # sudo: as above
            connections.is_well_again(connections.get(removal.provider_id), self._get_key(removal))
            # what is deleted is not known here by its reference any more
            removal.write({"state": "done", "ended_at": fields.Datetime.now(), "reference": False, "error": False})

    @api.private
    def find(self, provider, reference):
        """Return the rows (elevated) about a customer that Stripe knows by a reference."""
        removals = self.env["billing.stripe.removal"].sudo()  # sudo: events come by jobs
        return removals.search([("provider_id", "=", provider.id), ("reference", "=", reference)])

    @api.private
    def work(self):
        """Ask Stripe for everything whose time has come, until nothing is left or the cron's time is up."""
        self.work_through(Pass())

    def _get_queue(self, work):
        condition = SQL("unit.state IN ('asked', 'unknown') AND unit.next_time <= %s", fields.Datetime.now())
        return Queue("billing_stripe_removal", "unit", condition, order=SQL("unit.next_time, unit.id"))

    def _handle(self, work, units):
        """Note of which rows Stripe is asked now; what it cannot be asked stays as it is, and says why."""
        removals = self.env["billing.stripe.removal"].sudo().browse(units)  # sudo: a job of the billing
        now, ready = fields.Datetime.now(), removals.browse()
        for removal in removals:
            if obstacle := self._get_obstacle(removal):
                removal.write({"next_time": fields.Datetime.add(now, hours=1), "error": obstacle})
                if is_for_a_person(removal.create_date, now):
                    self._tell(removal, obstacle)
                continue
            asked = removal.asked + 1
            following = next_question(removal.create_date, asked, now)
            removal.write({"state": "unknown", "asked": asked, "next_time": following})
            ready |= removal
        return ready.ids

    def _get_obstacle(self, removal):
        """Return why Stripe cannot be asked about a row; nothing where it can."""
        client, provider = self.env["billing.stripe.client"], removal.provider_id
        if client.is_live(provider) != removal.is_live:
            return self.env._("The keys are those of the other mode: test or live.")
        try:
            client.get_client(provider, ASK)
        except UserError as error:
            return str(error)
        return ""

    def _note_failure(self, work, unit_id, value, error):
        removal = self.env["billing.stripe.removal"].sudo().browse(unit_id)  # sudo: a job of the billing
        removal.write(
            {"next_time": fields.Datetime.add(fields.Datetime.now(), hours=1), "error": self.get_reason(error)}
        )

    def _after_commit(self, work, results):
        for removal in self.env["billing.stripe.removal"].sudo().browse(results):  # sudo: a job of the billing
            removal.invalidate_recordset()
            if removal.state != "unknown":
                continue  # meanwhile Stripe has told that it is deleted, or somebody has noted it
            self._note(removal, self._delete(removal))
            # each by itself
            self.env.cr.commit()  # pylint: disable=invalid-commit

    def _delete(self, removal):
        reference = removal.reference
        try:
            customers = self.env["billing.stripe.client"].get_client(removal.provider_id, ASK).v1.customers
            # nothing is open while Stripe is asked
            self.env.cr.commit()  # pylint: disable=invalid-commit
            return self._send(customers, reference)
        except Exception as error:  # noqa: BLE001  whatever it is, Stripe may have deleted it: it is unknown
            return Answer(UNKNOWN, text=self._say(error))

    def _say(self, error):
        name = type(error).__name__
        if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
            return self.env._("Stripe does not let the key of the provider do it (%(error)s).", error=name)
        return self.env._("Stripe was asked, and its answer did not come or says nothing (%(error)s).", error=name)

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
        """Keep what came of it, and give somebody the task where Stripe refuses or nobody knows for long."""
        if answer.kind == SUCCEEDED:
            self.note_deleted(removal)
            return
        now, reason = fields.Datetime.now(), answer.text or self.env._("Stripe does not say why.")
        vals = {"state": "refused", "ended_at": now} if answer.kind == DECLINED else {}
        removal.write({"error": reason, **vals})
        if answer.kind == DECLINED or is_for_a_person(removal.create_date, now):
            self._tell(removal, reason)

    def _tell(self, removal, reason):
        """Give somebody the task to see to it that a customer is deleted, once until it is."""
        connections = self.env["billing.stripe.connections"]
        connections.ask_somebody(
            connections.get(removal.provider_id),
            self._get_key(removal),
            self.env._("Delete %(customer)s at Stripe", customer=removal.reference),
            self.env._(
                "Their data was erased here. Stripe did not delete them: %(reason)s Mend that and choose “Ask"
                " Again” under Stripe, Deleted Customers; or delete them on Stripe's page, and choose “It Is"
                " Deleted” there.",
                reason=reason,
            ),
        )

    def _get_key(self, removal):
        """Return by what the task about a customer is known again."""
        return f"stripe.removal:{removal.reference}"
