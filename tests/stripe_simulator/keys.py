"""The keys of the account, and what a request may do with the one that it brings."""

from __future__ import annotations

import typing
from collections.abc import Mapping

from . import account
from .refusals import Refused, invalid
from .storage import Storage

TEST = "sk_test_simulator"
LIVE = "sk_live_simulator"
# one that may not do what a test has forbidden
RESTRICTED = "rk_test_simulator"
PUBLISHABLE = "pk_test_simulator"


def get_mode(storage: Storage, headers: Mapping[str, str], name: str) -> bool:
    """Return whether a request is of live mode.

    :param name: the kind of request, as ``payouts.list``
    :raise Refused: it brings no key, another, or one that may not do this
    """
    scheme, _space, key = headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not key:
        raise _unauthorized(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY')."
        )
    if key.startswith("pk_"):
        raise _unauthorized(
            "This API call cannot be made with a publishable API key. Please use a secret API key.",
            code="secret_key_required",
        )
    if key not in (TEST, LIVE, RESTRICTED):
        raise _unauthorized(f"Invalid API Key provided: {hide(key)}")
    forbidden = typing.cast("list[str]", storage.get_setting("forbidden", []))
    if key == RESTRICTED and name in forbidden:
        raise invalid(
            f"The provided key '{hide(key)}' does not have the required permissions for this endpoint.",
            status=403,
            code="more_permissions_required",
        )
    if headers.get("Stripe-Account", account.IDENTIFIER) != account.IDENTIFIER:
        raise invalid(
            f"The provided key '{hide(key)}' does not have access to account '{headers['Stripe-Account']}' (or that "
            "account does not exist).",
            status=403,
            code="account_invalid",
        )
    return key == LIVE


def _unauthorized(message: str, **more: str) -> Refused:
    return invalid(message, status=401, **more)


def hide(key: str) -> str:
    """Return a key as it may be shown: what kind it is, and its end."""
    return f"{'_'.join(key.split('_')[:2])}_{'*' * 8}{key[-4:]}"
