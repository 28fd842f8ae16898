"""F9: a database that had the billing, was used, and lost it again is as it was before, and no log complains."""

from __future__ import annotations

import json
import re

import pytest

from tools import database, paths

ADDON = "online_billing"
# what the schema is made of, and the rows by which addons show in other addons' tables
SCHEMA = {
    "relations": "SELECT relkind::text, relname FROM pg_class WHERE relnamespace = 'public'::regnamespace",
    "columns": "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
    " WHERE table_schema = 'public'",
    "constraints": "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace",
    "triggers": "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal",
    "functions": "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}
ROWS = {
    "account_journal": "company_id, code",
    "account_payment_method": "code, payment_type",
    "account_payment_method_line": "journal_id, payment_method_id",
    "ir_act_client": "name",
    "ir_act_report_xml": "report_name",
    "ir_act_server": "name",
    "ir_act_window": "name",
    "ir_asset": "path",
    "ir_config_parameter": "key",
    "ir_cron": "cron_name",
    "ir_default": "field_id",
    "ir_filters": "name",
    "ir_model": "model",
    "ir_model_access": "name",
    "ir_model_constraint": "name",
    "ir_model_data": "module, name",
    "ir_model_fields": "model, name",
    "ir_model_fields_selection": "field_id, value",
    "ir_model_relation": "name",
    "ir_module_category": "name",
    "ir_rule": "name",
    "ir_sequence": "code, name",
    "ir_ui_menu": "name",
    "ir_ui_view": "key, name",
    "mail_activity_type": "name",
    "mail_message_subtype": "name",
    "mail_template": "name",
    "res_groups": "name",
    "res_groups_privilege": "name",
    "sms_template": "name",
}
# what Odoo itself makes when any addon is used, and keeps: number sequences, and its names of fields of models;
# what it forgets until it is updated: its notes of fields of statement lines that depend on a field that goes;
# and its list of the addons that could be installed, where one is newer than the database
KEPT = re.compile(
    r"\bir_sequence_(date_range_)?\d+|\b(model_inherit|selection)__billing_\w+$"
    r"|^- .*account[._]bank[._]statement[._]line(__| )(invoice_date_due|needed_terms|needed_terms_dirty)$"
    r"|^\+ base module_\w+$"
)
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


def look(server, name):
    """Return {kind: what there is of it}, as sorted texts."""
    rows = {table: f'SELECT {columns} FROM "{table}"' for table, columns in ROWS.items()}
    return {
        kind: {" ".join(row) for row in database.sql(server, name, query)} for kind, query in {**SCHEMA, **rows}.items()
    }


def get_difference(before, after):
    """Return {kind: what came or went}, without what Odoo itself keeps."""
    found = {}
    for kind in before:
        came, went = after[kind] - before[kind], before[kind] - after[kind]
        changed = [f"+ {one}" for one in sorted(came)] + [f"- {one}" for one in sorted(went)]
        if changed := [one for one in changed if not KEPT.search(one)]:
            found[kind] = changed
    return found


def complaints(log, levels):
    return [line for line in log.read_text().splitlines() if re.search(rf" (?:{levels}) \S+ odoo", line)]


@pytest.mark.nightly
def test_case_F9_what_is_uninstalled_leaves_nothing(postgres, template, database_copy):
    name = database_copy(database.BASE_TEMPLATE)

    def shell(script):
        return database.shell(postgres, name, script, cannot="The script failed", more_addons=[paths.TEST_ADDONS])

    before = look(postgres, name)
    database.install(postgres, name, [ADDON], more_addons=[paths.TEST_ADDONS])
    assert complaints(paths.LOGS / f"install-{name}.log", "WARNING|ERROR|CRITICAL") == []
    assert get_difference(before, look(postgres, name)), "nothing was installed"
    shell(USE)
    shell(UNINSTALL)
    assert complaints(paths.LOGS / f"shell-{name}.log", "ERROR|CRITICAL") == []
    left = get_difference(before, look(postgres, name))
    assert left == {}, json.dumps(left, indent=1)
    kept = json.loads(shell(AFTER).rpartition("FOUND")[2])
    assert kept == {"name": "Cheque", "state": "paid", "journal": True}


def test_case_F9_the_check_sees_what_it_looks_for(tmp_path):
    log = tmp_path / "log"
    log.write_text("2026-06-01 10:00:00,000 12 WARNING db odoo.models: x\n2026-06-01 10:00:00,000 12 INFO db odoo: y\n")
    assert len(complaints(log, "WARNING|ERROR")) == 1
    assert get_difference({"a": {"x"}}, {"a": {"x", "S ir_sequence_5"}}) == {}
    assert get_difference({"a": {"x"}}, {"a": {"y"}}) == {"a": ["+ y", "- x"]}
