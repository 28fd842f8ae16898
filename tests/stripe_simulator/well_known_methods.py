"""Stripe's own methods for tests, by their ids, and what each does when it is charged.

https://docs.stripe.com/testing and https://docs.stripe.com/payments/sepa-debit/accept-a-payment#test-your-integration
"""

from __future__ import annotations

import re

# {decline code: (code, message, advice code)}; what is not here is a card_declined without advice
DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined.", "try_again_later"),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds.", "try_again_later"),
    "lost_card": ("card_declined", "Your card was declined.", "do_not_try_again"),
    "stolen_card": ("card_declined", "Your card was declined.", "do_not_try_again"),
    "fraudulent": ("card_declined", "Your card was declined.", "do_not_try_again"),
    "do_not_honor": ("card_declined", "Your card was declined.", "try_again_later"),
    "card_velocity_exceeded": (
        "card_declined",
        "Your card was declined for making repeated attempts too frequently or exceeding its amount limit.",
        "try_again_later",
    ),
    "expired_card": ("expired_card", "Your card has expired.", "confirm_card_data"),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect.", "confirm_card_data"),
    "incorrect_number": ("incorrect_number", "Your card number is incorrect.", "confirm_card_data"),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
        "try_again_later",
    ),
}
CARD = {"type": "card", "brand": "visa", "last4": "4242", "country": "US", "funding": "credit"}
# what is declined is declined when it is saved as well, except of a card that is fine until it is charged
CARDS = {
    "visa": {},
    "visa_debit": {"last4": "5556", "funding": "debit"},
    "mastercard": {"brand": "mastercard", "last4": "4444"},
    "mastercard_debit": {"brand": "mastercard", "last4": "8210", "funding": "debit"},
    "mastercard_prepaid": {"brand": "mastercard", "last4": "5100", "funding": "prepaid"},
    "amex": {"brand": "amex", "last4": "0005"},
    "discover": {"brand": "discover", "last4": "1117"},
    "diners": {"brand": "diners", "last4": "0004"},
    "jcb": {"brand": "jcb", "last4": "0505"},
    "unionpay": {"brand": "unionpay", "last4": "0005"},
    "at": {"last4": "0007", "country": "AT"},
    "de": {"last4": "0016", "country": "DE"},
    "es": {"last4": "0007", "country": "ES"},
    "fr": {"last4": "0003", "country": "FR"},
    "gb": {"last4": "0000", "country": "GB"},
    "chargeDeclined": {"last4": "0002", "decline": "generic_decline", "fails_at_once": True},
    "chargeDeclinedInsufficientFunds": {"last4": "9995", "decline": "insufficient_funds", "fails_at_once": True},
    "chargeDeclinedLostCard": {"last4": "9987", "decline": "lost_card", "fails_at_once": True},
    "chargeDeclinedStolenCard": {"last4": "9979", "decline": "stolen_card", "fails_at_once": True},
    "chargeDeclinedExpiredCard": {"last4": "0069", "decline": "expired_card", "fails_at_once": True},
    "chargeDeclinedIncorrectCvc": {"last4": "0127", "decline": "incorrect_cvc", "fails_at_once": True},
    "chargeDeclinedProcessingError": {"last4": "0119", "decline": "processing_error", "fails_at_once": True},
    "chargeDeclinedVelocityLimitExceeded": {
        "last4": "6975",
        "decline": "card_velocity_exceeded",
        "fails_at_once": True,
    },
    "chargeDeclinedFraudulent": {"last4": "0019", "decline": "fraudulent", "fails_at_once": True},
    "chargeCustomerFail": {"last4": "0341", "decline": "generic_decline"},
    "authenticationRequired": {"last4": "3184", "authentication": "always"},
    "authenticationRequiredOnSetup": {"last4": "3155", "authentication": "unless_set_up"},
    "authenticationRequiredSetupForOffSession": {"last4": "0446", "authentication": "on_session"},
    "authenticationRequiredChargeDeclinedInsufficientFunds": {
        "last4": "3178",
        "authentication": "always",
        "decline": "insufficient_funds",
    },
    "threeDSecure2Required": {"last4": "3220", "authentication": "always"},
    "createDispute": {"last4": "0259", "afterwards": "dispute"},
    "createDisputeInquiry": {"last4": "1976", "afterwards": "inquiry"},
    "refundFail": {"last4": "5126", "refund": "fails"},
    "pendingRefund": {"last4": "7726", "refund": "pends"},
    "bypassPending": {"last4": "0077", "available_at_once": True},
}
DEBIT = {"type": "sepa_debit"}
# how a debit ends that is under way
DEBITS = {
    "success": {},
    "successDelayed": {},
    "failed": {"debit": "failed"},
    "failedDelayed": {"debit": "failed"},
    "disputed": {"afterwards": "dispute"},
    "insufficientFunds": {"debit": "failed", "failure": "insufficient_funds"},
    "exceedsWeeklyVolumeLimit": {"decline": "charge_exceeds_source_limit"},
    "exceedsTransactionLimit": {"decline": "charge_exceeds_transaction_limit"},
}
# {IBAN: which of them}, as the tests of Stripe's pages have them for Austria; every other succeeds
IBANS = {
    "AT611904300234573201": "success",
    "AT321904300235473204": "successDelayed",
    "AT861904300235473202": "failed",
    "AT051904300235473205": "failedDelayed",
    "AT591904300235473203": "disputed",
    "AT981904300000343434": "exceedsWeeklyVolumeLimit",
    "AT601904300000121212": "exceedsTransactionLimit",
    "AT981904300002222227": "insufficientFunds",
}
DEBIT_NAME = re.compile(r"pm_(?:sepaDebit_)?([a-z]+[A-Za-z]*)_([a-z]{2})")


def find(identifier: str) -> dict | None:
    """Return what a method of this well-known id is and does; None if it is none of them."""
    if identifier.startswith("pm_card_"):
        name = identifier.removeprefix("pm_card_")
        return find_card(name) or find_card(name.removeprefix("visa_"))
    if (match := DEBIT_NAME.fullmatch(identifier)) and match[1] in DEBITS:
        iban = next((iban for iban, name in IBANS.items() if name == match[1]), "AT611904300234573201")
        return {**DEBIT, "country": match[2].upper(), "last4": iban[-4:], **DEBITS[match[1]]}
    return None


def find_card(name: str) -> dict | None:
    """Return what a card is and does, by the part of its id after ``pm_card_``, or of its token after ``tok_``."""
    return {**CARD, **CARDS[name]} if name in CARDS else None


def find_account(iban: str) -> dict:
    """Return what a bank account does when it is debited."""
    plain = iban.replace(" ", "").upper()
    return {**DEBIT, "country": plain[:2], "last4": plain[-4:], **DEBITS[IBANS.get(plain, "success")]}


def describe_decline(code: str, given: dict) -> dict:
    """Return the error of a decline.

    :param code: the decline code, of those here or another
    :param given: code, message and advice_code instead of those that belong to it
    """
    kind, message, advice = DECLINES.get(code, ("card_declined", "Your card was declined.", None))
    error = {"code": kind, "message": message, "advice_code": advice, **given}
    error |= {"type": "card_error", "doc_url": f"https://stripe.com/docs/error-codes/{error['code'].replace('_', '-')}"}
    # expired cards and wrong numbers are told by the code itself
    if error["code"] in ("card_declined", "authentication_required"):
        error["decline_code"] = code
    return {name: value for name, value in error.items() if value is not None}
