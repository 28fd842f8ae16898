"""How Stripe is asked to charge, to refund and to give up, and what became of it."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import stripe
from odoo import api, models
from odoo.addons.online_billing.services.automatic_payment.values import DECLINED, NOT_FOUND, UNKNOWN, WAITING, Answer
from odoo.addons.online_billing.services.shared.numbers import to_decimal
from odoo.addons.payment_stripe import const as words_of_odoo
from odoo.tools import hmac as sign

from .amounts import to_units
from .client import ASK, ATTEMPT_MARK, CHARGE
from .reading import OPEN_STATUSES, Reader, plain

CONFIRM_SCOPE = "online_billing_stripe.confirm"
#: clocks of two machines differ, and a question must not look past what it looks for
SINCE = timedelta(hours=1)
#: what Stripe's list shows of an intent besides, to say why it was declined
WITH_CHARGE = ["latest_charge"]
PAGE = 100


@dataclass(frozen=True, slots=True)
class Call:
    """What asking needs, so that no transaction is open meanwhile.

    :ivar dict params: of the request; None where Stripe could not even be asked
    :ivar str trouble: why it cannot be asked, as a code of the list of declines
    """

    client: stripe.StripeClient
    key: str
    is_refund: bool
    is_waiting: bool
    reference: str
    customer: str
    paid_by: str
    since: int
    reader: Reader
    params: dict | None = None
    trouble: str = ""


class BillingPaymentAdapterStripe(models.AbstractModel):
    """A request goes out with the key of its row, and is known by it in Stripe's own lists ever after.

    A question retrieves what has a reference. Without one it goes through what was made for the customer since: that
    list is complete at once, which Stripe's search is not. So only a list that was read to its end says "not found".
    """

    _name = "billing.payment.adapter.stripe"
    _inherit = "billing.payment.adapter"
    _description = "How Stripe Is Asked to Charge"

    @api.private
    def has_questions(self):
        return True

    @api.private
    def captures_by_hand(self, provider):
        """Debits ask for the money itself: the setting of the provider is for what pages begin."""
        return False

    @api.private
    def tells_returns(self, provider):
        """As long as somebody listens: the provider itself, or another one that reaches the same account of Stripe."""
        connections = self.env["billing.stripe.connections"]
        if connections.is_in_use(provider):
            return True
        own = self.env["billing.stripe.connection"].sudo().search([("provider_id", "=", provider.id)])  # sudo: as above
        return any(connections.is_in_use(other.provider_id) for one in own for other in connections.find_sharing(one))

    @api.private
    def get_expiry(self, token):
        return token.stripe_expires_on or None

    @api.private
    def forget(self, provider, partners):
        """Note that Stripe is to delete the customers that stand for partners; see ``billing.stripe.removals``."""
        self.env["billing.stripe.removals"].ask(provider, partners)

    @api.private
    def get_reader(self, attempt):
        """Return what reads Stripe's answers for an attempt.

        :return: :class:`Reader`
        """
        codes = self.env["billing.decline.code"].sudo()  # sudo: a list of words, for jobs
        rows = codes.search_fetch([("provider_code", "=", "stripe")], ["code", "decline_class"])
        return Reader(
            classes={row.code: row.decline_class for row in rows},
            digits=attempt.currency_id.decimal_places,
            confirm_url=self.get_confirm_url(attempt),
        )

    @api.private
    def get_confirm_url(self, attempt):
        """Return the page on which the customer finishes the payment of an attempt."""
        token = self.get_confirm_token(attempt.id)
        return f"{attempt.account_id.get_base_url()}/online_billing/stripe/confirm/{attempt.id}?access_token={token}"

    @api.private
    def get_confirm_token(self, attempt_id):
        """Return what proves that somebody was given the link."""
        return sign(self.env(su=True), CONFIRM_SCOPE, int(attempt_id))  # sudo: the secret of the database

    # -- charging -----------------------------------------------------------------------------------------------------

    def _prepare_charge(self, attempt):
        token, transaction = attempt.token_id, attempt.transaction_id
        currency = attempt.currency_id
        units, params = self._get_units(attempt), None
        trouble = "" if units else "amount_not_chargeable"
        if not token.stripe_payment_method or not token.provider_ref:
            trouble = "payment_method_missing"
        if not trouble:
            params = {
                "amount": units,
                "currency": currency.name.lower(),
                "customer": token.provider_ref,
                "payment_method": token.stripe_payment_method,
                # without it Stripe could send the customer away by another method, and nobody is here
                "allowed_payment_method_types": [self._get_type(token)],
                "confirm": True,
                "off_session": True,
                "description": transaction.reference,
                "metadata": self.env["billing.stripe.client"].get_marks(attempt),
                "expand": WITH_CHARGE,
            }
            if token.stripe_mandate:
                params["mandate"] = token.stripe_mandate
        return self._make_call(attempt, CHARGE, params, trouble)

    def _get_units(self, attempt):
        """Return the amount of an attempt as Stripe counts it; None where it is finer than Stripe takes."""
        currency = attempt.currency_id
        try:
            return to_units(to_decimal(attempt.amount, currency), currency.name)
        except ValueError:
            return None

    def _get_type(self, token):
        method = token.payment_method_id.primary_payment_method_id or token.payment_method_id
        return words_of_odoo.PAYMENT_METHODS_MAPPING.get(method.code, method.code)

    def _make_call(self, attempt, use, params=None, trouble=""):
        is_refund = attempt.kind == "refund"
        source = attempt.refunds_id.payment_transaction_id
        since = (attempt.sent_at or attempt.create_date) - SINCE
        return Call(
            client=self.env["billing.stripe.client"].get_client(attempt.provider_id, use),
            key=attempt.key,
            is_refund=is_refund,
            is_waiting=attempt.state == "waiting",
            reference=attempt.provider_reference or attempt.transaction_id.provider_reference or "",
            customer=attempt.token_id.provider_ref or "",
            paid_by=(source.provider_reference or "") if is_refund else "",
            since=int(since.timestamp()),
            reader=self.get_reader(attempt),
            params=params,
            trouble=trouble,
        )

    def _send_charge(self, request):
        if request.trouble:
            return Answer(DECLINED, code=request.trouble)
        try:
            intent = request.client.v1.payment_intents.create(request.params, {"idempotency_key": request.key})
        except stripe.StripeError as error:
            return request.reader.read_error(error)
        return request.reader.read_intent(plain(intent))

    # -- asking -------------------------------------------------------------------------------------------------------

    def _prepare_question(self, attempt):
        return self._make_call(attempt, ASK)

    def _send_question(self, request):
        if request.is_refund:
            return self._ask_for_refund(request)
        found = self._find_intent(request)
        if isinstance(found, Answer):
            return found
        answer = request.reader.read_intent(found)
        # the customer's browser may hold the intent still: it must not be paid beside another try
        if request.is_waiting and answer.kind == DECLINED and found["status"] != "canceled":
            ended = self._give_up(request, found)
            return answer if ended.kind == DECLINED else ended
        return answer

    def _find_intent(self, request):
        """Return the intent of an attempt as a dict, or the answer that there is none or that nobody knows."""
        intents = request.client.v1.payment_intents
        try:
            if request.reference:
                return plain(intents.retrieve(request.reference, {"expand": WITH_CHARGE}))
            if not request.customer:
                return Answer(UNKNOWN, text="no customer")
            params = {
                "customer": request.customer,
                "created": {"gte": request.since},
                "limit": PAGE,
                "expand": [f"data.{name}" for name in WITH_CHARGE],
            }
            made = [
                intent
                for intent in map(plain, intents.list(params).auto_paging_iter())
                if (intent.get("metadata") or {}).get(ATTEMPT_MARK) == request.key
            ]
        except stripe.InvalidRequestError as error:
            # in another account, or in the other mode: that says nothing about the one that was asked to charge
            return Answer(UNKNOWN, text=error.code or "")
        except stripe.StripeError as error:
            return request.reader.read_error(error)
        taken = [intent for intent in made if intent["status"] in ("succeeded", "processing")]
        return next(iter(taken or made), Answer(NOT_FOUND))

    # -- giving up ----------------------------------------------------------------------------------------------------

    def _send_cancel(self, request):
        found = self._find_intent(request)
        if isinstance(found, Answer):
            return found
        return self._give_up(request, found) if found["status"] in OPEN_STATUSES else request.reader.read_intent(found)

    def _give_up(self, request, intent):
        """Give an intent up; where it cannot be given up any more, say what it is now."""
        intents = request.client.v1.payment_intents
        try:
            options = {"idempotency_key": f"{request.key}-cancel"}
            ended = intents.cancel(intent["id"], {"cancellation_reason": "abandoned"}, options)
        except stripe.InvalidRequestError:
            try:
                return request.reader.read_intent(plain(intents.retrieve(intent["id"], {"expand": WITH_CHARGE})))
            except stripe.StripeError as error:
                return request.reader.read_error(error)
        except stripe.StripeError:
            return Answer(WAITING, intent["id"], url=request.reader.confirm_url)
        return request.reader.read_intent(plain(ended))

    # -- pages --------------------------------------------------------------------------------------------------------

    @api.private
    def may_page_be_paid(self, transaction):
        """An intent can be paid as long as nobody gives it up; what has none is left to time, as with others."""
        return bool(transaction.provider_reference) or super().may_page_be_paid(transaction)

    def _prepare_page(self, transaction):
        client = self.env["billing.stripe.client"].get_client(transaction.provider_id, ASK)
        return client, transaction.provider_reference

    def _send_page_close(self, request):
        """Give the intent of a page up; return what it is now, None where there is none.

        Stripe knows of none where the provider has another account, or another mode, since it was made.
        """
        client, intent = request
        if not intent:
            return None
        # by the intent: other databases of the same account number their bills alike
        intents, options = client.v1.payment_intents, {"idempotency_key": f"{intent}-page-closed"}
        with suppress(stripe.InvalidRequestError):  # it is paid, or given up already
            intents.cancel(intent, {"cancellation_reason": "abandoned"}, options)
        try:
            return plain(intents.retrieve(intent, {"expand": ["latest_charge", "payment_method"]}))
        except stripe.InvalidRequestError as error:
            if error.code != "resource_missing":
                raise
            return None

    def _end_page(self, transaction, found):
        """Bring the transaction to what its intent is; what none can be given up for is left to time."""
        if found:
            self.env["billing.stripe.payments"].bring_up(transaction.provider_id, found)
        else:
            transaction.provider_reference = False

    # -- giving back --------------------------------------------------------------------------------------------------

    def _prepare_refund(self, attempt):
        source = attempt.refunds_id.payment_transaction_id.provider_reference
        if not source:
            return self._make_call(attempt, CHARGE, trouble="payment_missing")
        units = self._get_units(attempt)
        if not units:
            return self._make_call(attempt, CHARGE, trouble="amount_not_chargeable")
        params = {
            "payment_intent": source,
            "amount": units,
            "metadata": self.env["billing.stripe.client"].get_marks(attempt),
        }
        return self._make_call(attempt, CHARGE, params)

    def _send_refund(self, request):
        if request.trouble:
            return Answer(DECLINED, code=request.trouble)
        try:
            refund = request.client.v1.refunds.create(request.params, {"idempotency_key": request.key})
        except stripe.StripeError as error:
            return request.reader.read_error(error)
        return request.reader.read_refund(plain(refund))

    def _ask_for_refund(self, request):
        refunds = request.client.v1.refunds
        try:
            if request.reference:
                return request.reader.read_refund(plain(refunds.retrieve(request.reference)))
            if not request.paid_by:
                return Answer(UNKNOWN, text="no payment")
            pages = refunds.list({"payment_intent": request.paid_by, "limit": PAGE}).auto_paging_iter()
            for refund in map(plain, pages):
                if (refund.get("metadata") or {}).get(ATTEMPT_MARK) == request.key:
                    return request.reader.read_refund(refund)
        except stripe.InvalidRequestError as error:
            return Answer(UNKNOWN, text=error.code or "")
        except stripe.StripeError as error:
            return request.reader.read_error(error)
        return Answer(NOT_FOUND)
