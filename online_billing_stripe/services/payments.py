"""Payments that Stripe tells of: the answer or the event, whichever is first, is noted; the other changes nothing."""

import stripe
from odoo import api, models
from odoo.addons.online_billing.services.automatic_payment.values import DECLINED, NOT_FOUND, UNKNOWN
from odoo.addons.online_billing.services.shared.numbers import to_decimal

from .amounts import from_units, to_units
from .client import ASK
from .event_values import DONE, FAILED, IGNORED, ORPHAN, QUARANTINED, Outcome
from .reading import plain


class BillingStripePayments(models.AbstractModel):
    _name = "billing.stripe.payments"
    _description = "Payments That Stripe Tells Of"

    @api.private
    def work_off(self, event, body):
        """Bring what an event is about to the state that Stripe says now.

        :param event: `billing.stripe.event`, whose claim is committed
        :param dict body: of the event
        :return: :class:`Outcome`
        """
        about = body["data"]["object"]
        if about.get("object") == "setup_intent":
            return self._work_off_set_up(event, about)
        reference = about["id"] if about.get("object") == "payment_intent" else about.get("payment_intent")
        if not reference:
            return Outcome(IGNORED, self.env._("It belongs to no payment intent."))
        client = self.env["billing.stripe.client"].get_client(event.provider_id, ASK)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        intent = plain(client.v1.payment_intents.retrieve(reference, {"expand": ["latest_charge", "payment_method"]}))
        return self.bring_up(self.env["billing.stripe.owners"].get_provider(event.provider_id, intent), intent)

    @api.private
    def bring_up(self, provider, intent):
        """Bring the attempt or the transaction of an intent to the state that it says.

        :param dict intent: of Stripe, as it is now, with its charge and its method
        :return: :class:`Outcome`
        """
        owners = self.env["billing.stripe.owners"]
        if attempt := owners.find_attempt(provider, intent):
            return self._bring_up_attempt(attempt, intent)
        if transaction := owners.find_transaction(provider, intent):
            attempt = transaction._get_billing_attempt()
            return (
                self._bring_up_attempt(attempt, intent) if attempt else self._bring_up_transaction(transaction, intent)
            )
        if other := owners.find_other_provider(provider, intent):
            return Outcome(IGNORED, self.env._("It was made through %(provider)s.", provider=other.name))
        is_own = owners.is_of_database(intent)
        if is_own or (is_own is None and owners.is_customer_known(provider, intent.get("customer"))):
            return Outcome(ORPHAN, self.env._("No payment with this reference is known here."))
        return Outcome(IGNORED, self.env._("The payment was not made by this database."))

    # -- attempts -----------------------------------------------------------------------------------------------------

    def _bring_up_attempt(self, attempt, intent):
        attempt.account_id.hold()
        attempt.invalidate_recordset()
        if reason := self._get_difference(attempt, intent):
            return Outcome(QUARANTINED, reason, attempt.id)
        if not attempt.provider_reference:
            attempt.provider_reference = attempt.transaction_id.provider_reference = intent["id"]
        if attempt.state == "succeeded" and intent["status"] == "requires_payment_method":
            if not self._has_come_back(intent):
                return Outcome(DONE, attempt_id=attempt.id)
            reader = self.env["billing.payment.adapter.stripe"].get_reader(attempt)
            decline = self.env["billing.debit.following"].get_decline(attempt, reader.read_intent(intent))
            return self._take_back(attempt.payment_id, intent, decline.text, attempt)
        if attempt.transaction_id.operation != "offline":
            # the customer may have wanted the method saved, and did not come back to the page that does it
            self._bring_up_transaction(attempt.transaction_id, intent)
        else:
            self._note(attempt, intent)
        self.env["billing.attempt.settling"].settle(attempt)
        return Outcome(DONE, attempt_id=attempt.id)

    def _note(self, attempt, intent):
        adapter = self.env["billing.payment.adapter"].get_adapter(attempt.provider_id)
        answer = adapter.get_reader(attempt).read_intent(intent)
        if attempt.state == "waiting" and answer.kind == DECLINED:
            answer = adapter.ask(attempt)  # it gives the intent up besides
            attempt.account_id.hold()
        if answer.kind not in (UNKNOWN, NOT_FOUND):
            self.env["billing.attempt.answers"].note(attempt, answer)

    def _get_difference(self, attempt, intent):
        """Say what of an intent differs from its attempt; nothing where all is as it was asked for."""
        currency = attempt.currency_id
        if attempt.provider_reference and attempt.provider_reference != intent["id"]:
            return self.env._("The attempt stands for another payment of Stripe.")
        if intent["currency"].upper() != currency.name:
            return self.env._(
                "It is in %(given)s, and %(wanted)s were asked for.",
                given=intent["currency"].upper(),
                wanted=currency.name,
            )
        if intent["amount"] != to_units(to_decimal(attempt.amount, currency), currency.name):
            return self.env._(
                "It is about %(given)s, and %(wanted)s were asked for.",
                given=from_units(intent["amount"], currency.name),
                wanted=to_decimal(attempt.amount, currency),
            )
        return ""

    def _has_come_back(self, intent):
        """Tell whether the charge of an intent that had succeeded has failed since."""
        charge = intent.get("latest_charge")
        return (
            intent["status"] == "requires_payment_method"
            and isinstance(charge, dict)
            and charge.get("status") == "failed"
        )

    def _take_back(self, payment, intent, text, attempt):
        """Book that a debit came back after it had succeeded.

        :param text: why, as far as it is known
        """
        if not payment:
            return Outcome(FAILED, self.env._("It came back before it was in the books."), attempt.id)
        charge, error = intent["latest_charge"], intent.get("last_payment_error") or {}
        self.env["billing.payment.returns"].take_back(
            payment,
            # of a charge that has failed Stripe may say that nothing is captured any more
            from_units(charge["amount_captured"] or charge["amount"], payment.currency_id.name),
            self.env["billing.days"].get_local_day(payment.billing_account_id),
            text or error.get("message") or self.env._("The bank returned the debit."),
            reference=f"{charge['id']}-returned",
        )
        return Outcome(DONE, attempt_id=attempt.id)

    # -- transactions of Odoo's own pages -----------------------------------------------------------------------------

    def _bring_up_transaction(self, transaction, intent):
        """Let Odoo work off an intent as if the customer had come back to its page.

        Odoo takes no failure of what has succeeded: a debit that the bank returns late is taken back here.
        """
        is_ours = transaction.billing_account_id or transaction.invoice_ids.billing_account_id
        if is_ours and transaction.state == "done" and self._has_come_back(intent):
            return self._take_back(transaction.payment_id, intent, "", transaction._get_billing_attempt())
        if intent.get("status") == "canceled" and transaction.state in ("done", "authorized"):
            return Outcome(DONE)
        transaction = transaction.with_company(transaction.company_id)
        transaction._process("stripe", self.prepare_payment_data(transaction, intent))
        if transaction.state == "done" and not transaction._get_billing_attempt():
            transaction._post_process()
        return Outcome(DONE)

    @api.private
    def prepare_payment_data(self, transaction, intent):
        """Return an intent as Odoo works it off: in the version of Stripe's interface that Odoo was written for."""
        method, charge = intent.get("payment_method"), intent.get("latest_charge")
        return {
            "reference": transaction.reference,
            "payment_intent": {**intent, "charges": {"data": [charge] if isinstance(charge, dict) else []}},
            "payment_method": method if isinstance(method, dict) else None,
        }

    def _work_off_set_up(self, event, about):
        """Let Odoo keep a method that was saved, where the customer did not come back to its page."""
        transaction = self.env["billing.stripe.owners"].find_transaction(event.provider_id, about)
        if not transaction or transaction.state != "draft" or event.type != "setup_intent.succeeded":
            return Outcome(IGNORED, self.env._("Nothing follows from it."))
        client = self.env["billing.stripe.client"].get_client(event.provider_id, ASK)
        # as above
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            found = plain(client.v1.setup_intents.retrieve(about["id"], {"expand": ["payment_method"]}))
        except stripe.InvalidRequestError as error:
            return Outcome(FAILED, error.user_message or "")
        data = {"reference": transaction.reference, "setup_intent": found, "payment_method": found["payment_method"]}
        transaction.with_company(transaction.company_id)._process("stripe", data)
        return Outcome(DONE)
