"""What banking apps read on a pay page, by Odoo's own addons: SEPA, Swiss QR bill, PayNow of Singapore (EMV)."""

import json

import pytest

from tools import database, paths

SCRIPT = """
import json
from unittest.mock import patch
from odoo.addons.online_billing.services.payments import other_ways
from tests.faults import business
company = business.make_company_ready(env)
company.partner_id.write({"name": "Acme Telecom", "street": "Bahnhofstrasse 1", "city": "Bern", "zip": "3011"})
read, draw = [], other_ways.make_picture
def note(text, has_swiss_cross=False):
    read.append((text, has_swiss_cross))
    return draw(text, has_swiss_cross)
def make_bank(number, country, currency=None, **vals):
    company.partner_id.country_id = env.ref(f"base.{country}")
    return env["res.partner.bank"].create({"acc_number": number, "partner_id": company.partner_id.id,
        "allow_out_payment": True, **vals})
def ask(bank, currency, country, is_named=True, **vals):
    currency = env.ref(f"base.{currency}")
    currency.active = True
    partner = env["res.partner"].create({"name": "Ada Lovelace", "country_id": env.ref(f"base.{country}").id,
        "street": "Gasse 2", "city": "Basel", "zip": "4001"})
    account = env["billing.account"].create({"partner_id": partner.id, "currency_id": currency.id})
    move = env["account.move"].create({"move_type": "out_invoice", "partner_id": partner.id,
        "billing_account_id": account.id, "currency_id": currency.id, "partner_bank_id": bank.id,
        "invoice_line_ids": [(0, 0, {"name": "Net", "price_unit": 178.5, "tax_ids": False})], **vals})
    move.action_post()
    del read[:]
    with patch.object(other_ways, "make_picture", note):
        transfer = env["billing.other.ways"].get_ways(account, currency, 178.5, move, is_named)["transfer"]
    assert bool(transfer["code"]) == bool(read)
    text, has_cross = read[0] if read else ("", False)
    assert has_cross == (transfer["code_name"] == "Swiss QR bill")
    return [transfer["code_name"], text.split(chr(10)) if text else None, transfer["reference"]]
swiss = make_bank("CH9300762011623852957", "ch")
found = {
    "swiss": ask(swiss, "CHF", "ch", payment_reference="RF18539007547034"),
    "swiss by a link that names nobody": ask(swiss, "CHF", "ch", is_named=False),
    "swiss in dollars": ask(swiss, "USD", "ch"),
}
german = make_bank("DE89370400440532013000", "de")
found["sepa"] = ask(german, "EUR", "de")
found["sepa by a link that names nobody"] = ask(german, "EUR", "de", is_named=False)
found["sepa in dollars"] = ask(german, "USD", "de")
singapore = make_bank("123-456789-0", "sg", proxy_type="uen", proxy_value="201403121W", include_reference=True)
found["paynow"] = ask(singapore, "SGD", "sg", payment_reference="BILL 7")
print("FOUND" + json.dumps(found))
"""


@pytest.mark.nightly
def test_banking_apps_read_account_amount_and_reference(postgres, database_copy):
    name = database_copy()
    modules = ["account_qr_code_sepa", "l10n_ch", "l10n_sg"]
    database.install(postgres, name, modules, more_addons=[paths.TEST_ADDONS])
    answer = database.shell(postgres, name, SCRIPT, cannot="The script failed", more_addons=[paths.TEST_ADDONS])
    found = json.loads(answer.rpartition("FOUND")[2])

    kind, lines, reference = found["swiss"]
    assert kind == "Swiss QR bill"
    assert lines[:4] == ["SPC", "0200", "1", "CH9300762011623852957"]
    assert lines[18:20] == ["178.50", "CHF"]
    assert "Ada Lovelace" in lines
    assert lines[27:29] == ["SCOR", "RF18539007547034"]

    # a Swiss code names the customer, which such a link may not; a SEPA code never does
    assert found["swiss by a link that names nobody"][0] != "Swiss QR bill"
    assert found["swiss in dollars"][:2] == [None, None]

    kind, lines, reference = found["sepa"]
    assert kind == "SEPA Credit Transfer QR"
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert lines[5:8] == ["Acme Telecom", "DE89370400440532013000", "EUR178.5"]
    assert (lines[9], lines[10]) == ("", reference)

    kind, lines, reference = found["sepa by a link that names nobody"]
    assert kind == "SEPA Credit Transfer QR"
    assert reference.startswith("RF")
    assert (lines[9], lines[10]) == (reference.replace(" ", ""), "")  # the field of its own for such references
    assert not any("Ada" in line for line in lines)
    assert found["sepa in dollars"][:2] == [None, None]

    kind, lines, _reference = found["paynow"]
    assert kind == "EMV Merchant-Presented QR-code"
    assert "SG.PAYNOW" in lines[0]
    assert "5405178.5" in lines[0]  # field 54, of five letters
    assert "BILL 7" in lines[0]
