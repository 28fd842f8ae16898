"""F9: a database that had the billing, was used, and lost it again is as it was before, and no log complains."""

from __future__ import annotations

import json
import re

import pytest

from tests.stories.schema import get_difference, look
from tools import database, paths

ADDON = "online_billing"
# what Odoo itself makes when any addon is used, and keeps: number sequences, and its names of fields of models;
# what it forgets until it is updated: its notes of fields of statement lines that depend on a field that goes;
# and its list of the addons that could be installed, where one is newer than the database
KEPT = re.compile(
    r"\bir_sequence_(date_range_)?\d+|\b(model_inherit|selection)__billing_\w+$"
    r"|^- .*account[._]bank[._]statement[._]line(__| )(invoice_date_due|needed_terms|needed_terms_dirty)$"
    r"|^\+ base module_\w+$"
)
BEFORE = """
customer = env["res.partner"].create({"name": "Before"})
payment = env["account.payment"].create({"amount": 5, "payment_type": "inbound", "partner_id": customer.id})
payment.action_post()
env.cr.commit()
"""
USE = """
from datetime import date
from tests.faults import business
company = business.make_company_ready(env)
codes = business.make_codes(env)
plan = business.make_plan(env, "Plan", [(code, "advance", 1) for code in codes.values()])
kinds = env["billing.document.format"].search([("code", "in", ("pdf", "html", "xlsx", "csv", "json"))])
company.billing_document_format_ids = kinds[:2]
accounts = business.make_accounts(env, 3, delivery_channel="email", document_format_ids=kinds.ids)
business.subscribe(env, accounts, plan, "2026-05-01")
env["billing.run"]._bill_accounts(accounts, date(2026, 6, 1))
moves = env["account.move"].search([("billing_account_id", "in", accounts.ids), ("state", "=", "posted")])
assert len(moves) >= 3, moves
journal = env["account.journal"].search([("type", "=", "bank"), ("company_id", "=", company.id)], limit=1)
journal.action_receive_cheques()
line = journal.inbound_payment_method_line_ids.filtered(lambda one: one.code == "billing_cheque")
env["account.payment.register"].with_context(active_model="account.move", active_ids=moves[:1].ids).create({
    "payment_date": "2026-06-02", "journal_id": journal.id, "payment_method_line_id": line.id})._create_payments()
from odoo.addons.online_billing.services.installments.terms import PlanTerms
env["billing.installment.request"].request(
    moves[1], PlanTerms(first_date=date(2027, 1, 10), count=4), day=date(2026, 6, 1),
    rule=env["billing.installment.rule"])
env["billing.collection.case"]._cron_collect()
env["account.move"]._cron_deliver_billing()
env["account.payment"]._cron_send_receipts()
env["ir.attachment"].create([env["billing.document.formats"].get_file_values(moves[0], kind) for kind in kinds])
env.cr.commit()
"""
UNINSTALL = """
env["ir.module.module"].search([("name", "=", "online_billing")]).button_immediate_uninstall()
"""
AFTER = """
import json
payment = env["account.payment"].search([("memo", "!=", False)], order="id desc", limit=1)
found = {"name": payment.payment_method_line_id.name, "state": payment.state, "journal": bool(payment.journal_id)}
env["account.move"].search([("move_type", "=", "out_invoice")])[:1].copy().action_post()
print("FOUND" + json.dumps(found))
"""


def get_left(before, after):
    """Return {kind: what came or went}, without what Odoo itself keeps."""
    found = {
        kind: [one for one in changed if not KEPT.search(one)]
        for kind, changed in get_difference(before, after).items()
    }
    return {kind: changed for kind, changed in found.items() if changed}


def complaints(log, levels):
    return [line for line in log.read_text().splitlines() if re.search(rf" (?:{levels}) \S+ odoo", line)]


@pytest.mark.nightly
def test_case_F9_what_is_uninstalled_leaves_nothing(postgres, template, database_copy):
    name = database_copy(database.BASE_TEMPLATE)

    def shell(script):
        return database.shell(postgres, name, script, cannot="The script failed", more_addons=[paths.TEST_ADDONS])

    shell(BEFORE)
    before = look(postgres, name)
    heard = database.run_odoo(
        postgres,
        *("-d", name, "-i", ADDON, "--stop-after-init", "--no-http", "--max-cron-threads=0", "--log-level=warn"),
        "--log-handler=odoo.models:INFO",
        cannot="The addon cannot be installed",
        log=f"install-{name}.log",
        more_addons=[paths.TEST_ADDONS],
    )
    assert complaints(paths.LOGS / f"install-{name}.log", "WARNING|ERROR|CRITICAL") == []
    # nothing is worked out for each of the documents that are there
    assert re.findall(r"Prepare computation of (?:account|payment|res)\.\S+", heard) == []
    assert get_difference(before, look(postgres, name)), "nothing was installed"
    shell(USE)
    shell(UNINSTALL)
    assert complaints(paths.LOGS / f"shell-{name}.log", "ERROR|CRITICAL") == []
    left = get_left(before, look(postgres, name))
    assert left == {}, json.dumps(left, indent=1)
    kept = json.loads(shell(AFTER).rpartition("FOUND")[2])
    assert kept == {"name": "Cheque", "state": "paid", "journal": True}


def test_case_F9_the_check_sees_what_it_looks_for(tmp_path):
    log = tmp_path / "log"
    log.write_text("2026-06-01 10:00:00,000 12 WARNING db odoo.models: x\n2026-06-01 10:00:00,000 12 INFO db odoo: y\n")
    assert len(complaints(log, "WARNING|ERROR")) == 1
    assert get_left({"a": {"x"}}, {"a": {"x", "S ir_sequence_5"}}) == {}
    assert get_left({"a": {"x"}}, {"a": {"y"}}) == {"a": ["+ y", "- x"]}
