"""B24 on the real thing: Odoo's addon of Peppol in its demo mode, in which it answers for the network itself."""

import json

import pytest

from tools import database, paths

PREPARE = """
from tests.faults import business
company = business.make_company_ready(env)
company.partner_id.write({"country_id": env.ref("base.be").id, "vat": "BE0477472701", "street": "1 Main Street",
    "city": "Brussels", "zip": "1000", "phone": "+32 2 555 01 23", "email": "billing@acme.example"})
env["ir.config_parameter"].set_param("account_peppol.edi.mode", "demo")
company.write({"peppol_eas": "0208", "peppol_endpoint": "0477472701"})
registration = env["peppol.registration"].create({"company_id": company.id, "peppol_eas": "0208",
    "peppol_endpoint": "0477472701", "contact_email": "billing@acme.example", "phone_number": "+3225550123"})
registration._create_connection("0208:0477472701", "demo", company)
env["res.partner.bank"].create({"acc_number": "BE71096123456769", "partner_id": company.partner_id.id,
    "allow_out_payment": True})
env.ref("account.ir_cron_account_move_send").active = True
env.cr.commit()
"""
BILL = """
import json
from datetime import date
from tests.faults import business
company = env.company
code = env["billing.code"].create({"code": "NET", "name": "Internet"})
code.product_id.taxes_id = env["account.tax"].create({"name": "VAT 21%", "amount": 21, "type_tax_use": "sale"})
env["billing.price"].create({"code_id": code.id, "model": "per_unit", "unit_price": 40, "valid_from": "2020-01-01",
    "currency_id": company.currency_id.id})
plan = env["billing.plan"].create({"name": "Plan", "line_ids": [(0, 0, {"code_id": code.id})]})
found = {}
for channel, number in (("portal", "0246697724"), ("letter", "0239843188"), ("email", "0428759497"), ("portal", "")):
    partner = env["res.partner"].create({"name": f"{channel} {number}", "email": f"{channel}@example.com",
        "is_company": True, "country_id": env.ref("base.be").id, "street": "2 Rue Haute", "city": "Brussels",
        "zip": "1000"})
    if number:
        partner.write({"vat": "BE" + number, "invoice_edi_format": "ubl_bis3", "peppol_eas": "0208",
            "peppol_endpoint": number})
        partner.button_account_peppol_check_partner_endpoint(company=company)
    account = env["billing.account"].create({"partner_id": partner.id, "delivery_channel": channel, "timezone": "UTC"})
    account.action_activate()
    subscription = env["billing.subscription"].create({"account_id": account.id, "plan_id": plan.id,
        "start_date": "2026-11-01"})
    subscription.action_activate()
    env["billing.run"]._bill_accounts(account, date(2026, 11, 1))
    found[account.id] = f"{channel} {number}".strip()
env.cr.commit()
for _time in range(2):
    env["account.move"]._cron_deliver_billing()
    env["account.move"]._cron_account_move_send()
    env.cr.commit()
answer = {}
for account_id, name in found.items():
    [move] = env["account.move"].search([("billing_account_id", "=", account_id)])
    answer[name] = [move.peppol_move_state or None, bool(move.peppol_message_uuid), move.billing_network_state or None,
        "mail" if move.billing_delivery_message_id else move.billing_delivery_state]
    if move.ubl_cii_xml_id:
        from odoo.addons.online_billing_einvoice.tests.en16931 import find_faults
        answer[name].append([fault.rule for fault in find_faults(move.ubl_cii_xml_id.raw)])
print("FOUND" + json.dumps(answer))
"""


@pytest.mark.nightly
def test_case_B24_portal_and_letter_customers_get_their_documents_over_peppol(postgres, database_copy):
    name = database_copy()
    database.install(postgres, name, ["account_peppol"], more_addons=[paths.TEST_ADDONS])

    def shell(script):
        return database.shell(postgres, name, script, cannot="The script failed", more_addons=[paths.TEST_ADDONS])

    shell(PREPARE)
    found = json.loads(shell(BILL).rpartition("FOUND")[2])
    on_network = ["processing", True]  # as Odoo notes that the network took it, and under which number
    assert found == {
        "portal 0246697724": [*on_network, "sent", "none", []],
        "letter 0239843188": [*on_network, "sent", "letter", []],
        "email 0428759497": [*on_network, None, "mail", []],
        "portal": [None, False, None, "none"],  # who is on no network
    }
