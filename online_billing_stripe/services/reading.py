"""What Stripe's answers say of an attempt: intents, refunds and errors become an `Answer` of automatic payment."""

from dataclasses import dataclass

import stripe
from odoo.addons.online_billing.services.automatic_payment.values import (
    ACCEPTED,
    DECLINED,
    SUCCEEDED,
    UNKNOWN,
    WAITING,
    Answer,
)

from .amounts import write_amount

#: the customer proves who they are, and then the same intent goes on (Stripe: "Decline codes", "Error codes")
TO_AUTHENTICATE = frozenset(("authentication_required", "payment_intent_authentication_failure"))
#: how a class of the list is known of advice, and of what became of a charge before its bank was asked
ADVICE, OUTCOME = "advice:", "outcome:"
#: the stricter one counts where a code and the advice beside it differ
STRICTNESS = ("later", "provider", "customer", "gone")
#: the intent can still be confirmed, or given up
OPEN_STATUSES = frozenset(("requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"))


def plain(found):
    """Return an object of the SDK as dicts and lists."""
    return found.to_dict() if hasattr(found, "to_dict") else found


@dataclass(frozen=True, slots=True)
class Reader:
    """Read what Stripe says, without the database.

    :ivar dict classes: {code: class} of the list of declines; advice and outcomes stand there with their prefix
    :ivar int digits: decimals of the currency
    :ivar str confirm_url: where the customer confirms
    """

    classes: dict
    digits: int
    confirm_url: str

    def read_intent(self, intent):
        """Return what a payment intent says.

        :param dict intent: of Stripe; with its latest charge where that was asked for
        """
        status, reference = intent["status"], intent["id"]
        if status == "succeeded":
            return self._succeed(intent, intent.get("amount_received") or intent["amount"])
        if status in ("processing", "requires_capture"):
            return Answer(ACCEPTED, reference)
        if status == "requires_action":
            return Answer(WAITING, reference, "authentication_required", url=self.confirm_url)
        if status == "canceled":
            return Answer(DECLINED, reference, "canceled", intent.get("cancellation_reason") or "")
        if status == "requires_payment_method":
            charge = intent.get("latest_charge")
            outcome = (charge.get("outcome") if isinstance(charge, dict) else None) or {}
            return self._decline(reference, intent.get("last_payment_error") or {}, outcome)
        return Answer(UNKNOWN, reference, text=status)

    def read_refund(self, refund):
        """Return what a refund says."""
        status, reference = refund["status"], refund["id"]
        if status == "succeeded":
            return self._succeed(refund, refund["amount"])
        if status in ("pending", "requires_action"):
            return Answer(ACCEPTED, reference)
        if status in ("failed", "canceled"):
            return Answer(DECLINED, reference, refund.get("failure_reason") or status)
        return Answer(UNKNOWN, reference, text=status)

    def read_error(self, error):
        """Return what an error says: only where Stripe refuses is nothing taken, whatever else happens is unknown.

        :param error: of the SDK
        """
        if isinstance(error, stripe.CardError):
            detail = plain(error.error) if error.error else {}
            reference = (detail.get("payment_intent") or {}).get("id") or ""
            return self._decline(reference, {"code": error.code, **detail}, {})
        if isinstance(error, stripe.InvalidRequestError) and error.http_status in (400, 404):
            return Answer(DECLINED, code=error.code or "invalid_request", text=error.user_message or "")
        # 401, 403: the key is wrong or may not do this; it is asked again until somebody has mended it
        return Answer(UNKNOWN, text=f"{type(error).__name__} {error.http_status or ''} {error.code or ''}".strip())

    def _succeed(self, found, units):
        currency = found["currency"].upper()
        amount = write_amount(units, currency, self.digits)
        return Answer(SUCCEEDED, found["id"], amount=amount, currency=currency)

    def _decline(self, reference, detail, outcome):
        code = detail.get("decline_code") or detail.get("code") or "unknown"
        text = detail.get("message") or ""
        if {code, detail.get("code")} & TO_AUTHENTICATE:
            return Answer(WAITING, reference, code, text, self.confirm_url)
        return Answer(DECLINED, reference, code, text, decline_class=self._get_class(code, detail, outcome))

    def _get_class(self, code, detail, outcome):
        """Return the strictest class of a code, the advice beside it and the outcome; nothing where none is listed."""
        advice = detail.get("advice_code") or outcome.get("advice_code")
        names = (code, f"{ADVICE}{advice}", f"{OUTCOME}{outcome.get('type')}")
        known = [self.classes[name] for name in names if name in self.classes]
        return max(known, key=STRICTNESS.index, default="")
