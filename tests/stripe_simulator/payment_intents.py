"""Payment intents: an amount that is to be paid, from the first try to the money."""

from __future__ import annotations

from . import (
    account,
    charges,
    currencies,
    customers,
    disputes,
    lists,
    mandates,
    payment_methods,
    returning,
    setup_intents,
)
from . import well_known_methods as known
from .refusals import Refused, card_error, invalid
from .storage import Stored
from .world import World, merge_metadata

CONFIRMABLE = ("requires_payment_method", "requires_confirmation", "requires_action")
CANCELABLE = (*CONFIRMABLE, "requires_capture")
SIMPLE = (
    "description",
    "receipt_email",
    "setup_future_usage",
    "shipping",
    "statement_descriptor",
    "statement_descriptor_suffix",
)
ONLY_CONFIRMED = ("off_session", "return_url", "mandate", "mandate_data", "error_on_requires_action")
DAY = 86_400
DEBIT_TAKES = 5 * DAY


def create(world: World, params: dict) -> dict:
    """Make a payment intent, and confirm it at once if that is asked."""
    currency = currencies.check_currency(params["currency"])
    currencies.check_amount(params["amount"], currency)
    if params.get("customer"):
        customers.load_living(world, params["customer"], "customer")
    if not params.get("confirm"):
        for name in ONLY_CONFIRMED:
            if name in params:
                raise invalid(
                    f"You can only use `{name}` when also setting `confirm` to `true` on the PaymentIntent.", param=name
                )
    identifier = world.new_id("pi")
    body = world.storage.add(
        "payment_intent",
        {
            "id": identifier,
            "object": "payment_intent",
            "amount": params["amount"],
            "amount_capturable": 0,
            "amount_details": {"tip": {}},
            "amount_received": 0,
            "application": None,
            "application_fee_amount": None,
            "automatic_payment_methods": returning.get_automatic(params),
            "canceled_at": None,
            "cancellation_reason": None,
            "capture_method": params.get("capture_method", "automatic_async"),
            "client_secret": f"{identifier}_secret_{world.new_id('x')[2:]}",
            "confirmation_method": "automatic",
            "created": world.now(),
            "currency": currency,
            "customer": params.get("customer"),
            **dict.fromkeys(SIMPLE),
            "last_payment_error": None,
            "latest_charge": None,
            "livemode": world.livemode,
            "metadata": {},
            "next_action": None,
            "on_behalf_of": None,
            "payment_method": None,
            "payment_method_options": {},
            "payment_method_types": params.get("allowed_payment_method_types") or account.get_types(world),
            "processing": None,
            "review": None,
            "status": "requires_payment_method",
            "transfer_data": None,
            "transfer_group": None,
        },
        {"settles": None, "authenticated": False, "mandate": None},
    )
    _change(world, body, params)
    world.save(body)
    world.emit("payment_intent.created", body)
    return _confirm(world, body, params) if params.get("confirm") else body


def _change(world: World, body: dict, params: dict) -> None:
    merge_metadata(body, params)
    body |= {name: params[name] if params[name] != "" else None for name in SIMPLE if name in params}
    if method := params.get("payment_method"):
        stored = payment_methods.resolve_for(world, method, body["customer"])
        body |= {"payment_method": stored.body["id"], "status": "requires_confirmation"}


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a payment intent."""
    return world.load("payment_intent", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Change a payment intent; how much it is for only before it is paid."""
    body = world.load("payment_intent", identifier)
    if {"amount", "currency", "customer", "payment_method"} & set(params) and body["status"] not in CONFIRMABLE:
        raise _wrong_state(body, "update")
    if "currency" in params:
        body["currency"] = currencies.check_currency(params["currency"])
    if "amount" in params:
        body["amount"] = currencies.check_amount(params["amount"], body["currency"])
    if params.get("customer"):
        body["customer"] = customers.load_living(world, params["customer"], "customer")["id"]
    _change(world, body, params)
    return world.save(body)


def confirm(world: World, params: dict, identifier: str) -> dict:
    """Confirm a payment intent: money moves, it is declined, or it waits for the customer or a bank."""
    return _confirm(world, world.load("payment_intent", identifier), params)


def _confirm(world: World, body: dict, params: dict) -> dict:
    stored = _check_confirm(world, body, params)
    behaviour = stored.hidden["behaviour"]
    body |= {"payment_method": stored.body["id"], "next_action": None, "last_payment_error": None}
    if "setup_future_usage" in params:
        body["setup_future_usage"] = params["setup_future_usage"] or None
    mandate = None
    if stored.body["type"] == "sepa_debit":
        again = body["setup_future_usage"] == "off_session"
        mandate = mandates.find_or_make(world, stored.body, params, again=again)["id"]
    world.save(body)
    if _needs_authentication(stored, off_session=bool(params.get("off_session"))):
        if params.get("off_session") or params.get("error_on_requires_action"):
            error = {
                "advice_code": None,
                "code": "authentication_required",
                "message": "Your card was declined. This transaction requires authentication.",
            }
            raise _fail(world, body, stored, known.describe_decline("authentication_required", error))
        body |= {"status": "requires_action", "next_action": returning.get_next_action(world, body, params)}
        world.save(body)
        world.emit("payment_intent.requires_action", body)
        return body
    if "decline" in behaviour:
        raise _fail(world, body, stored, known.describe_decline(behaviour["decline"], behaviour.get("error", {})))
    return _charge(world, body, stored, mandate)


def _check_confirm(world: World, body: dict, params: dict) -> Stored:
    """Return the method that is to pay.

    :raise Refused: the intent is in no state for it, there is no method, or it does not fit
    """
    if body["status"] not in CONFIRMABLE:
        raise _wrong_state(body, "confirm")
    named = params.get("payment_method") or body["payment_method"]
    if not named:
        raise invalid(
            "You cannot confirm this PaymentIntent because it's missing a payment method. You can either update the "
            "PaymentIntent with a payment method and then confirm it again, or confirm it again directly with a "
            "payment method.",
            code="payment_intent_unexpected_state",
            payment_intent=body,
        )
    returning.check_return(body, params)
    stored = payment_methods.resolve_for(world, named, body["customer"])
    kind = stored.body["type"]
    account.check_may_charge(world, kind)
    if kind not in body["payment_method_types"]:
        raise invalid(
            f"The PaymentMethod provided ({kind}) is not allowed for this PaymentIntent.", param="payment_method"
        )
    if stored.hidden["uses"] and not stored.body["customer"]:
        raise invalid(payment_methods.USED_UP, code="payment_method_unexpected_state")
    if kind == "sepa_debit" and (body["currency"] != "eur" or body["capture_method"] == "manual"):
        raise invalid("A SEPA debit is of euros, and cannot be captured later.", param="payment_method")
    return stored


def _needs_authentication(stored: Stored, *, off_session: bool) -> bool:
    rule = stored.hidden["behaviour"].get("authentication")
    return (
        rule == "always"
        or (rule == "unless_set_up" and not stored.hidden["set_up"])
        or (rule == "on_session" and not off_session)
    )


def _charge(world: World, body: dict, stored: Stored, mandate: str | None) -> dict:
    """Move the money of a payment intent, or begin to."""
    captured = body["capture_method"] != "manual"
    # one that is saved with this payment is attached when the customer has let it happen
    set_up = stored.hidden["set_up"] or body["setup_future_usage"] == "off_session"
    world.storage.save(stored.body, {**stored.hidden, "uses": stored.hidden["uses"] + 1, "set_up": set_up})
    if body["setup_future_usage"] and body["customer"]:
        payment_methods.put(world, stored, body["customer"])
    charge = charges.make(world, body, stored, captured=captured, mandate=mandate)
    body |= {"latest_charge": charge["id"], "next_action": None}
    if charge["status"] == "pending":
        body["status"] = "processing"
        hidden = world.load_stored("payment_intent", body["id"]).hidden
        world.storage.save(body, {**hidden, "settles": world.now() + DEBIT_TAKES, "mandate": mandate})
        world.emit("charge.pending", charge)
        world.emit("payment_intent.processing", body)
        return body
    if not captured:
        body |= {"status": "requires_capture", "amount_capturable": body["amount"]}
        world.save(body)
        world.emit("charge.succeeded", charge)
        world.emit("payment_intent.amount_capturable_updated", body)
        return body
    return _succeed(world, body, charge, stored)


def _succeed(world: World, body: dict, charge: dict, stored: Stored) -> dict:
    body |= {"status": "succeeded", "amount_received": charge["amount_captured"], "amount_capturable": 0}
    world.save(body)
    world.emit("charge.succeeded", charge)
    world.emit("payment_intent.succeeded", body)
    if afterwards := stored.hidden["behaviour"].get("afterwards"):
        disputes.open_dispute(world, charge["id"], inquiry=afterwards == "inquiry")
    return body


def _fail(world: World, body: dict, stored: Stored, error: dict) -> Refused:
    """Write down that a try was declined, and return the refusal of it."""
    charge = charges.make_failed(world, body, stored, error)
    error = {**error, "charge": charge["id"], "payment_method": stored.body}
    body |= {
        "latest_charge": charge["id"],
        "last_payment_error": error,
        "next_action": None,
        "payment_method": None,
        "status": "requires_payment_method",
    }
    world.save(body)
    world.emit("payment_intent.payment_failed", body)
    return card_error(error, payment_intent=body)


def authenticate(world: World, identifier: str, *, succeeds: bool = True) -> dict:
    """Let the customer do what an intent waits for, or fail to."""
    kind = "setup_intent" if identifier.startswith("seti_") else "payment_intent"
    body = world.load(kind, identifier)
    if body["status"] != "requires_action":
        raise invalid(f"{identifier} does not wait for the customer: it is {body['status']}")
    stored = world.load_stored("payment_method", body["payment_method"])
    if not succeeds:
        error = {
            "code": f"{kind}_authentication_failure",
            "message": "We are unable to authenticate your payment method. Please choose a different payment method "
            "and try again.",
            "payment_method": stored.body,
            "type": "invalid_request_error",
        }
        if kind == "setup_intent":
            setup_intents.fail(world, body, error)
            return body
        body |= {"status": "requires_payment_method", "last_payment_error": error}
        body |= {"payment_method": None, "next_action": None}
        world.save(body)
        world.emit("payment_intent.payment_failed", body)
        return body
    if kind == "setup_intent":
        return setup_intents.succeed(world, body, stored)
    behaviour = stored.hidden["behaviour"]
    if "decline" in behaviour:
        _fail(world, body, stored, known.describe_decline(behaviour["decline"], behaviour.get("error", {})))
        return body
    return _charge(world, body, stored, None)


def capture(world: World, params: dict, identifier: str) -> dict:
    """Take what a payment intent has reserved, or a part of it."""
    body = world.load("payment_intent", identifier)
    if body["status"] != "requires_capture":
        raise _wrong_state(body, "capture")
    amount = params.get("amount_to_capture", body["amount_capturable"])
    if not 0 < amount <= body["amount_capturable"]:
        raise invalid(
            f"The amount to capture, {amount}, is not between 1 and {body['amount_capturable']}, which is capturable.",
            param="amount_to_capture",
            code="amount_too_large",
        )
    merge_metadata(body, params)
    charge = charges.capture(world, world.load("charge", body["latest_charge"]), amount)
    body |= {"status": "succeeded", "amount_received": charge["amount_captured"], "amount_capturable": 0}
    world.save(body)
    world.emit("payment_intent.succeeded", body)
    return body


def cancel(world: World, params: dict, identifier: str) -> dict:
    """Give a payment intent up; what is reserved is set free."""
    body = world.load("payment_intent", identifier)
    if body["status"] not in CANCELABLE:
        raise _wrong_state(body, "cancel")
    if body["status"] == "requires_capture":
        charge = world.load("charge", body["latest_charge"])
        charge |= {"refunded": True, "amount_refunded": charge["amount"]}
        world.save(charge)
        world.emit("charge.refunded", charge)
    body |= {
        "status": "canceled",
        "amount_capturable": 0,
        "canceled_at": world.now(),
        "cancellation_reason": params.get("cancellation_reason"),
        "next_action": None,
    }
    world.save(body)
    world.emit("payment_intent.canceled", body)
    return body


def _wrong_state(body: dict, verb: str) -> Refused:
    return invalid(
        f"This PaymentIntent's status is {body['status']}, so you cannot {verb} it.",
        code="payment_intent_unexpected_state",
        payment_intent=body,
    )


def settle(world: World, identifier: str, *, outcome: str = "", failure: str = "", still_captured: bool = True) -> dict:
    """Let a debit come to its end, or come back after it had ended well.

    :param outcome: ``succeeded`` or ``failed``; by itself what its account does
    :param failure: why it fails, as ``insufficient_funds``
    :param still_captured: what came back says what was captured before, or 0: the reference leaves it open
    """
    stored = world.load_stored("payment_intent", identifier)
    body = stored.body
    charge = world.load("charge", body["latest_charge"]) if body["latest_charge"] else {}
    method = world.load_stored("payment_method", body["payment_method"]) if body["payment_method"] else None
    if not method or charge.get("payment_method_details", {}).get("type") != "sepa_debit":
        raise invalid(f"{identifier} is no debit that is under way")
    behaviour = method.hidden["behaviour"]
    outcome = outcome or behaviour.get("debit", "succeeded")
    if body["status"] != "processing" and not (body["status"] == "succeeded" and outcome == "failed"):
        raise invalid(f"{identifier} cannot end as {outcome}: it is {body['status']}")
    stored.hidden["settles"] = None
    world.storage.save(body, stored.hidden)
    if outcome == "succeeded":
        charge |= {"status": "succeeded", "paid": True}
        world.save(charge)
        return _succeed(world, body, charge, method)
    failure = failure or behaviour.get("failure", "generic_could_not_process")
    return _bring_back(world, body, charge, method, failure, still_captured=still_captured)


def _bring_back(world: World, body: dict, charge: dict, method: Stored, failure: str, *, still_captured: bool) -> dict:
    charge |= {
        "status": "failed",
        "paid": False,
        "failure_code": failure,
        "failure_message": "The customer's bank returned the debit.",
        "failure_balance_transaction": charges.balance.book(
            world,
            "payment_failure_refund",
            charge["id"],
            -charge["amount_captured"],
            charge["currency"],
            description="The debit was returned",
        )["id"],
    }
    if not still_captured:
        charge["amount_captured"] = 0
    world.save(charge)
    world.emit("charge.failed", charge)
    error = {
        "charge": charge["id"],
        "code": "payment_intent_payment_attempt_failed",
        "decline_code": failure,
        "message": charge["failure_message"],
        "payment_method": method.body,
        "type": "card_error",
    }
    body |= {
        "status": "requires_payment_method",
        "payment_method": None,
        "amount_received": 0,
        "last_payment_error": error,
    }
    world.save(body)
    world.emit("payment_intent.payment_failed", body)
    return body


def settle_due(world: World) -> None:
    """Let every debit end whose time has come."""
    where = "json_extract(body, '$.status') = 'processing' AND json_extract(hidden, '$.settles') <= ?"
    for body in reversed(world.storage.find("payment_intent", world.livemode, where, world.now())):
        settle(world, body["id"])


def get_list(world: World, params: dict) -> dict:
    """Return a page of payment intents."""
    return lists.page(world, "payment_intent", params, "/v1/payment_intents", {"customer": "customer"})
