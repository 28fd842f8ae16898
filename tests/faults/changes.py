"""Every kind of change of what a run reads, each as somebody in the office or a program makes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from odoo import fields


def _day(text):
    return fields.Date.to_date(text)


def _nothing(account):
    """Have nothing ready before the race."""


def _lifecycle(account):
    return account.env["billing.subscription.lifecycle"]


@dataclass
class Change:
    """A change, and what must be there before the race begins."""

    change: Callable
    prepare: Callable = _nothing


def _end(account):
    _lifecycle(account).set_end(account.subscription_ids, _day("2026-11-10"))


def _undo_end(account):
    _lifecycle(account).set_end(account.subscription_ids, False)


def _change_quantity(account):
    _lifecycle(account).change_quantity(account.subscription_ids.line_ids, _day("2026-11-06"), 3)


def _correct_quantity(account):
    _lifecycle(account).change_quantity(account.subscription_ids.line_ids, _day("2026-11-06"), 5)


def _begin_another(account):
    subscription = account.subscription_ids.copy({"start_date": "2026-11-01"})
    subscription.action_activate()


def _add_line(account):
    code = account.env["billing.code"].search([("code", "=", "ADDED")])
    account.subscription_ids.line_ids.create(
        {"subscription_id": account.subscription_ids.id, "code_id": code.id, "quantity": 1}
    )


def _draft_another(account):
    account.subscription_ids.copy({"start_date": "2026-11-01"})


def _activate_draft(account):
    account.subscription_ids.filtered(lambda one: one.state == "draft").action_activate()


def _record_charge(account):
    account.env["billing.charge"].record(
        [{"account": account.name, "code": "ADDED", "key": f"raced/{account.id}", "date": "2026-11-03"}]
    )


def _keep_unused(account):
    account.subscription_ids.credit_unused = False


def _suspend(account):
    account.action_suspend()


def _resume(account):
    account.action_resume()


CHANGES = {
    "end earlier": Change(_end),
    "take the end away": Change(_undo_end),
    "quantity from a day on": Change(_change_quantity),
    "another quantity on the same day": Change(_correct_quantity, prepare=_change_quantity),
    "a line more": Change(_add_line),
    "a subscription more": Change(_begin_another),
    "a draft begins": Change(_activate_draft, prepare=_draft_another),
    "a charge by a program": Change(_record_charge),
    "account resumed": Change(_resume, prepare=_suspend),
}
