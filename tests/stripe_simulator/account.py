"""The account itself: where it is, what it may do."""

from __future__ import annotations

import typing

from .refusals import invalid
from .world import World

IDENTIFIER = "acct_1SimulatorOfTests"
DEFAULTS = {
    "country": "DE",
    "default_currency": "eur",
    "charges_enabled": True,
    "payouts_enabled": True,
    "details_submitted": True,
    "capabilities": {"card_payments": "active", "sepa_debit_payments": "active", "transfers": "active"},
}
CAPABILITIES = {"card": "card_payments", "sepa_debit": "sepa_debit_payments"}


def retrieve(world: World, _params: dict) -> dict:
    """Return the account of the key."""
    return {
        "id": IDENTIFIER,
        "object": "account",
        "business_profile": {"mcc": "5734", "name": "The business of the tests", "url": "https://example.com"},
        "business_type": "company",
        "email": "billing@example.com",
        "metadata": {},
        "settings": {
            "dashboard": {"display_name": "The business of the tests", "timezone": "Etc/UTC"},
            "payments": {"statement_descriptor": "TESTS"},
            "payouts": {"schedule": {"delay_days": get_delay(world), "interval": "daily"}},
        },
        "type": "standard",
        **get_values(world),
    }


def get_values(world: World) -> dict:
    """Return what a test may have set of the account."""
    return {**DEFAULTS, **typing.cast("dict", world.storage.get_setting("account", {}))}


def get_delay(world: World) -> int:
    """Return after how many days money can be paid out."""
    return typing.cast("int", world.storage.get_setting("delay_days", 2))


def get_types(world: World) -> list[str]:
    """Return the kinds of methods that the account may take."""
    capabilities = get_values(world)["capabilities"]
    return [kind for kind, name in CAPABILITIES.items() if capabilities.get(name) == "active"]


def check_may_charge(world: World, kind: str) -> None:
    """Refuse a payment that the account may not take.

    :raise Refused: charges are off, or methods of this kind are
    """
    if not get_values(world)["charges_enabled"]:
        raise invalid(
            "Your account cannot currently make live charges. Add or update your business details.",
            code="account_invalid",
            status=403,
        )
    if kind not in get_types(world):
        raise invalid(
            f"The payment method type `{kind}` is invalid. Please ensure the provided type is activated in your "
            "dashboard.",
            param="payment_method",
        )
