"""What the simulator does something about, of all that the SDK can send.

A parameter that Stripe knows and the simulator would overlook is refused, so that no test passes for want of an effect.
"""

from __future__ import annotations

from collections.abc import Iterable

from .refusals import Refused

PAGE = "limit starting_after ending_before"
CUSTOMER = "address description email invoice_settings metadata name phone preferred_locales shipping"
INTENT = (
    "customer description metadata payment_method receipt_email setup_future_usage shipping statement_descriptor "
    "statement_descriptor_suffix"
)
SETUP = "customer description metadata payment_method"
CONFIRM = "error_on_requires_action mandate mandate_data off_session return_url"
METHODS = "allowed_payment_method_types automatic_payment_methods"
DONE = {
    "accounts.retrieve_current": "",
    "balance.retrieve": "",
    "balance_transactions.list": f"{PAGE} created currency payout source type",
    "balance_transactions.retrieve": "",
    "charges.list": f"{PAGE} created customer payment_intent",
    "charges.retrieve": "",
    "charges.update": "description metadata receipt_email shipping",
    "customers.create": f"{CUSTOMER} payment_method",
    "customers.delete": "",
    "customers.list": f"{PAGE} created email",
    "customers.payment_methods.list": f"{PAGE} type",
    "customers.payment_methods.retrieve": "",
    "customers.retrieve": "",
    "customers.update": CUSTOMER,
    "disputes.close": "",
    "disputes.list": f"{PAGE} charge created payment_intent",
    "disputes.retrieve": "",
    "disputes.update": "evidence metadata submit",
    "events.list": f"{PAGE} created delivery_success type types",
    "events.retrieve": "",
    "mandates.retrieve": "",
    "payment_intents.cancel": "cancellation_reason",
    "payment_intents.capture": "amount_to_capture metadata",
    "payment_intents.confirm": f"{CONFIRM} payment_method setup_future_usage",
    "payment_intents.create": f"{INTENT} {CONFIRM} {METHODS} amount capture_method confirm currency",
    "payment_intents.list": f"{PAGE} created customer",
    "payment_intents.retrieve": "",
    "payment_intents.search": "limit page query",
    "payment_intents.update": f"{INTENT} amount currency",
    "payment_methods.attach": "customer",
    "payment_methods.create": "billing_details card metadata sepa_debit type",
    "payment_methods.detach": "",
    "payment_methods.list": f"{PAGE} customer type",
    "payment_methods.retrieve": "",
    "payment_methods.update": "allow_redisplay billing_details card metadata",
    "payouts.list": f"{PAGE} arrival_date created destination status",
    "payouts.retrieve": "",
    "refunds.create": "amount charge metadata payment_intent reason",
    "refunds.list": f"{PAGE} charge created payment_intent",
    "refunds.retrieve": "",
    "refunds.update": "metadata",
    "setup_intents.cancel": "cancellation_reason",
    "setup_intents.confirm": "mandate_data payment_method return_url",
    "setup_intents.create": f"{METHODS} {SETUP} confirm mandate_data payment_method_options return_url usage",
    "setup_intents.list": f"{PAGE} created customer payment_method",
    "setup_intents.retrieve": "",
    "setup_intents.update": SETUP,
    "webhook_endpoints.create": "api_version description enabled_events metadata url",
    "webhook_endpoints.delete": "",
    "webhook_endpoints.list": PAGE,
    "webhook_endpoints.retrieve": "",
    "webhook_endpoints.update": "description disabled enabled_events metadata url",
}


def check(name: str, params: Iterable[str]) -> None:
    """Refuse what would have no effect.

    :param name: the kind of request
    :raise Refused: with 501, which Stripe never answers
    """
    overlooked = sorted(set(params) - {*DONE[name].split(), "expand"})
    if overlooked:
        message = f"The simulator does nothing about {', '.join(overlooked)} of {name} yet."
        raise Refused(501, {"type": "api_error", "message": message, "param": overlooked[0]})
