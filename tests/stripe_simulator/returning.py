"""Customers who are sent away to prove who they are, and where they come back to."""

from __future__ import annotations

from .refusals import invalid
from .world import World

NEVER_REDIRECT = {"card", "sepa_debit", "us_bank_account", "bacs_debit", "acss_debit", "au_becs_debit"}


def get_automatic(params: dict) -> dict | None:
    """Return which methods an intent takes by itself; None where the request names them."""
    if "allowed_payment_method_types" in params:
        return params.get("automatic_payment_methods")
    return {"allow_redirects": "always", "enabled": True, **params.get("automatic_payment_methods", {})}


def check_return(body: dict, params: dict) -> None:
    """Refuse to confirm an intent that could send a customer away without a way back.

    :raise Refused: there is no ``return_url``, and some method might need one
    """
    automatic = body["automatic_payment_methods"] or {"enabled": False}
    if automatic["enabled"]:
        redirects = automatic.get("allow_redirects", "always") != "never"
    else:
        redirects = not set(body["payment_method_types"]) <= NEVER_REDIRECT
    if redirects and not params.get("return_url"):
        raise invalid(
            "This intent is configured to accept payment methods enabled in your Dashboard. Because some of these "
            "payment methods might redirect your customer off of your page, you must provide a `return_url`. If you "
            "don't want to accept redirect-based payment methods, set `automatic_payment_methods[enabled]` to `true` "
            "and `automatic_payment_methods[allow_redirects]` to `never`.",
            param="return_url",
        )


def get_next_action(world: World, body: dict, params: dict) -> dict:
    """Return what the customer has to do, with the way back that the request names."""
    if url := params.get("return_url"):
        page = f"https://hooks.stripe.com/3d_secure_2/hosted?intent={body['id']}&mode={int(world.livemode)}"
        return {"type": "redirect_to_url", "redirect_to_url": {"return_url": url, "url": page}}
    return {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
