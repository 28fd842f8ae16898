"""Disputes: a bank takes a payment back, or asks about it first."""

from __future__ import annotations

from . import balance, lists
from .refusals import invalid
from .world import World, merge_metadata

DAY = 86_400
DAYS_FOR_EVIDENCE = 9
EVIDENCE = (
    "access_activity_log", "billing_address", "cancellation_policy", "cancellation_policy_disclosure",
    "cancellation_rebuttal", "customer_communication", "customer_email_address", "customer_name",
    "customer_purchase_ip", "customer_signature", "duplicate_charge_documentation", "duplicate_charge_explanation",
    "duplicate_charge_id", "product_description", "receipt", "refund_policy", "refund_policy_disclosure",
    "refund_refusal_explanation", "service_date", "service_documentation", "shipping_address", "shipping_carrier",
    "shipping_date", "shipping_documentation", "shipping_tracking_number", "uncategorized_file", "uncategorized_text",
)  # fmt: skip
OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def open_dispute(
    world: World, charge: str, *, amount: int | None = None, reason: str = "fraudulent", inquiry: bool = False
) -> dict:
    """Let a bank dispute a charge.

    :param amount: a part of the charge; the whole of what was taken if nothing is given
    :param inquiry: whether it only asks: no money is taken until it is escalated
    """
    body = world.load("charge", charge)
    if body["status"] != "succeeded":
        raise invalid(f"{charge} is not paid: it is {body['status']}")
    debit = body["payment_method_details"]["type"] == "sepa_debit"
    if debit and inquiry:
        raise invalid("a debit is taken back without being asked about")
    amount = body["amount_captured"] if amount is None else amount
    if not 0 < amount <= body["amount_captured"]:
        raise invalid(f"{amount} of {body['amount_captured']} cannot be disputed")
    kind = "sepa_debit" if debit else "card"
    dispute = world.make(
        "du",
        "dispute",
        {
            "amount": amount,
            "balance_transactions": [],
            "charge": charge,
            "currency": body["currency"],
            "enhanced_eligibility_types": [],
            "evidence": dict.fromkeys(EVIDENCE),
            "evidence_details": {
                "due_by": (world.now() // DAY + DAYS_FOR_EVIDENCE + 1) * DAY - 1,
                "enhanced_eligibility": {},
                "has_evidence": False,
                "past_due": False,
                "submission_count": 0,
            },
            "is_charge_refundable": inquiry,
            "metadata": {},
            "network_reason_code": None if debit else "10.4",
            "payment_intent": body["payment_intent"],
            "payment_method_details": {
                "type": kind,
                **({} if debit else {"card": {"brand": "visa", "case_type": "inquiry" if inquiry else "chargeback"}}),
            },
            "reason": reason,
            "status": "warning_needs_response" if inquiry else "needs_response",
        },
    )
    body["disputed"] = True
    world.save(body)
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        _withdraw(world, dispute)
    if debit:
        # nothing can be said against the debtor's right to have it back
        close(world, dispute["id"], outcome="lost")
        dispute = world.load("dispute", dispute["id"])
    return dispute


def _withdraw(world: World, dispute: dict) -> None:
    fee = balance.get_fee(world, "dispute", dispute["amount"])
    _book(world, dispute, -dispute["amount"], fee, "Chargeback withdrawal", "dispute")
    world.emit("charge.dispute.funds_withdrawn", dispute)


def _book(world: World, dispute: dict, amount: int, fee: int, description: str, category: str) -> None:
    transaction = balance.book(
        world,
        "adjustment",
        dispute["id"],
        amount,
        dispute["currency"],
        fee=fee,
        description=f"{description} for {dispute['charge']}",
        category=category,
    )
    dispute["balance_transactions"].append(transaction)
    world.save(dispute)


def escalate(world: World, identifier: str) -> dict:
    """Let an inquiry become a dispute: the money is taken."""
    body = world.load("dispute", identifier)
    if not body["status"].startswith("warning_") or body["status"] == "warning_closed":
        raise invalid(f"{identifier} is no open inquiry: it is {body['status']}")
    previous = {"status": body["status"], "is_charge_refundable": body["is_charge_refundable"]}
    body |= {"status": "needs_response", "is_charge_refundable": False}
    body["payment_method_details"]["card"]["case_type"] = "chargeback"
    world.save(body)
    world.emit("charge.dispute.updated", body, previous)
    _withdraw(world, body)
    return body


def close(world: World, identifier: str, *, outcome: str) -> dict:
    """Let a bank decide.

    :param outcome: ``won``, ``lost``, or ``warning_closed`` of an inquiry; what it took comes back with the first, the
        fee does not
    """
    body = world.load("dispute", identifier)
    inquiry = body["status"].startswith("warning_")
    if body["status"] not in OPEN or outcome not in (("warning_closed",) if inquiry else ("won", "lost")):
        raise invalid(f"{identifier} cannot end as {outcome}: it is {body['status']}")
    body |= {"status": outcome, "is_charge_refundable": outcome in ("won", "warning_closed")}
    world.save(body)
    if outcome == "won":
        _book(world, body, body["amount"], 0, "Chargeback reversal", "dispute_reversal")
        world.emit("charge.dispute.funds_reinstated", body)
    world.emit("charge.dispute.closed", body)
    return body


def retrieve(world: World, _params: dict, identifier: str) -> dict:
    """Return a dispute."""
    return world.load("dispute", identifier)


def update(world: World, params: dict, identifier: str) -> dict:
    """Give evidence, and hand it in."""
    body = world.load("dispute", identifier)
    if body["status"] not in ("needs_response", "warning_needs_response"):
        raise invalid(f"This dispute is {body['status']} and cannot be changed.", code="dispute_unexpected_state")
    if body["evidence_details"]["due_by"] < world.now():
        raise invalid("The time for evidence is over.", code="dispute_unexpected_state")
    previous = {"evidence_details": dict(body["evidence_details"]), "status": body["status"]}
    merge_metadata(body, params)
    if evidence := params.get("evidence"):
        body["evidence"] |= {name: text or None for name, text in evidence.items()}
        body["evidence_details"]["has_evidence"] = any(body["evidence"].values())
    # evidence is handed in unless it is said that it is a draft
    if evidence and params.get("submit", True):
        body["evidence_details"]["submission_count"] += 1
        body["status"] = "warning_under_review" if body["status"].startswith("warning_") else "under_review"
    world.save(body)
    world.emit("charge.dispute.updated", body, previous)
    return body


def accept(world: World, _params: dict, identifier: str) -> dict:
    """Give a dispute up: it is lost."""
    body = world.load("dispute", identifier)
    if body["status"] not in OPEN:
        raise invalid(f"This dispute is already closed: {body['status']}.", code="dispute_unexpected_state")
    return close(world, identifier, outcome="warning_closed" if body["status"].startswith("warning_") else "lost")


def get_list(world: World, params: dict) -> dict:
    """Return a page of disputes."""
    properties = {"charge": "charge", "payment_intent": "payment_intent"}
    return lists.page(world, "dispute", params, "/v1/disputes", properties)
