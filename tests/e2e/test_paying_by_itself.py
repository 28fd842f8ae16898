"""A customer agrees once while paying and is never asked again: debit, notice, receipt, a decline whose mail leads to
the payment, the portal, and what staff do with debits."""

from __future__ import annotations

import json

import pytest

from tests.e2e.test_collection_by_hand import look
from tests.e2e.test_from_tariff_to_paid_invoice import sign_in
from tests.faults import debits
from tests.stripe_simulator.simulator import SECRET, Simulator

PREPARE = """
from odoo import Command, fields
from odoo.tests import new_test_user
from tests.faults import business
company = business.make_company_ready(env)
company.name = "Springfield Telecom"
company.billing_retry_policy_id = False
provider = env.ref("payment.payment_provider_demo")
provider.write({"state": "test", "is_published": True, "allow_tokenization": True})
provider.payment_method_ids.support_tokenization = True
new_test_user(env, "debit.clerk", "online_billing.group_billing_user", password="debit.clerk")
account = business.make_accounts(env, 1, delivery_channel="email", timezone="UTC")
new_test_user(env, "debit.ada", "base.group_portal", partner_id=account.partner_id.id, password="debit.ada")
account.partner_id.write({"name": "Ada Lovelace", "email": "ada@example.com"})
env.cr.commit()
print("PREPARED", account.id)
"""
OWE = """
from datetime import timedelta
from odoo import Command, fields
account = env["billing.account"].browse({account})
move = env["account.move"].create({{
    "move_type": "out_invoice", "partner_id": account.partner_id.id, "billing_account_id": account.id,
    "invoice_date": fields.Date.today(), "invoice_payment_term_id": False, "billing_delivery_state": "sent",
    "invoice_date_due": fields.Date.today() + timedelta(days={days}),
    "invoice_line_ids": [Command.create({{"name": "Fibre 250", "price_unit": {price}, "tax_ids": [Command.clear()]}})],
}})
move.action_post()
env.cr.commit()
print("OWED", move.id, env["billing.pay.links"].get_pay_path(account.id, account.currency_id.id))
"""
WORK = """
from datetime import timedelta
from odoo import fields
from odoo.tests.common import freeze_time
moment = fields.Datetime.now() + timedelta(days={days})
moment = max(moment, moment.replace(hour=12))  # the work of a day does not begin at night
env["billing.payment.consent"].search([]).looked_on = False  # days pass here more than once
with freeze_time(moment):
    env["billing.payment.consent"]._cron_plan_debits()
    env["billing.payment.attempt"]._cron_send()
    env["billing.payment.attempt"]._cron_ask()
    env["billing.collection.message"]._cron_send_messages()
    env["account.payment"]._cron_send_receipts()
env.cr.commit()
attempts = env["billing.payment.attempt"].search([("account_id", "=", {account})], order="id")
print("WORKED", *(f"{{one.kind}}:{{one.state}}:{{one.amount:.2f}}" for one in attempts))
"""
MAILS = """
import re
mails = env["mail.mail"].sudo().search([("subject", "ilike", "{subject}")], order="id desc", limit=1)
links = re.findall(r'href="([^"]*/billing/pay/[^"]*)"', mails.body_html or "")
print("MAILED", len(mails), *(link.replace("&amp;", "&") for link in links[:1]))
"""
FAIL = """
env["billing.account"].browse({account}).consent_id.method_ids.token_id.demo_simulated_state = "error"
env.cr.commit()
print("CHANGED")
"""
SUCCEED = FAIL.replace('"error"', '"done"')
STATE = """
account = env["billing.account"].browse({account})
moves = account.move_ids.sorted("id")
print("STATE", account.consent_id.channel or "none", *(f"{{move.payment_state}}:{{move.amount_residual:.2f}}"
    for move in moves))
"""
DISPUTES = """
disputes = env["billing.stripe.dispute"].search([("account_id", "in", {accounts})])
disputes = disputes.sorted(lambda dispute: dispute.account_id.id)
bills = disputes.account_id.move_ids.filtered(lambda move: move.move_type == "out_invoice")
bills = bills.sorted(lambda move: move.billing_account_id.id)
print("FOUND", *disputes.ids, *(f"{{move.amount_residual:.2f}}" for move in bills))
"""
PHONE, WIDE = {"width": 360, "height": 780}, {"width": 1400, "height": 900}


@pytest.fixture(scope="module")
def told(server, odoo_shell):
    """Call it with a script that knows ``env``; returns the words after the mark in the last line it printed."""

    def ask(script, **values):
        return odoo_shell(server.database, script.format(**values) if values else script).splitlines()[-1].split()[1:]

    return ask


@pytest.fixture(scope="module")
def account(told):
    return int(told(PREPARE)[0])


def test_a_customer_agrees_once_and_is_never_asked_again(server, page, told, account):
    agree_while_paying(server, page, told, account)
    be_told_debited_and_sent_a_receipt(server, page, told, account)
    be_declined_and_pay_by_the_link_of_the_mail(server, page, told, account)
    page.context.clear_cookies()
    stop_charge_and_refund_as_the_clerk(server, page, told, account)


def agree_while_paying(server, page, told, account):
    _move, path = told(OWE, account=account, days=0, price=59)
    page.set_viewport_size(PHONE)
    sign_in_as_customer(page, server)
    page.goto(f"{server.url}{path}")
    page.wait_for_selector("[name=consent_offer]")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.check("#billing_consent")
    box = page.locator("input[name=o_payment_tokenize_checkbox]").first
    box.wait_for(state="attached")
    assert box.is_checked(), "the method is saved"
    page.fill("input[name=customer_input], #customer_input", "4242")
    look(page, "pay-consent-phone")
    page.set_viewport_size(WIDE)
    look(page, "pay-consent")
    pay(page)
    page.wait_for_selector("text=Nothing is open any more")
    assert told(STATE, account=account) == ["page", "paid:0.00"]
    page.goto(f"{server.url}{path}")
    assert not page.locator("[name=consent_offer]").count()


def be_told_debited_and_sent_a_receipt(server, page, told, account):
    told(OWE, account=account, days=3, price=80)
    assert told(WORK, account=account, days=0) == ["debit:planned:80.00"]
    assert told(MAILS, subject="Coming debit: %80.00%")[0] == "1"
    for name, size in (("automatic", WIDE), ("automatic-phone", PHONE)):
        page.set_viewport_size(size)
        page.goto(f"{server.url}/my/billing/automatic")
        page.wait_for_selector("section[name=coming] li:has-text('80.00')")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        look(page, name)
    page.set_viewport_size(WIDE)
    page.goto(f"{server.url}/my/billing")
    page.wait_for_selector("dd[name=automatic]:has-text('80.00')")
    look(page, "customer-home")
    assert told(WORK, account=account, days=4) == ["debit:succeeded:80.00"]
    assert told(STATE, account=account) == ["page", "paid:0.00", "paid:0.00"]
    assert told(MAILS, subject="receipt")[0] == "1"


def be_declined_and_pay_by_the_link_of_the_mail(server, page, told, account):
    told(FAIL, account=account)
    told(OWE, account=account, days=3, price=70)
    told(WORK, account=account, days=0)
    assert told(WORK, account=account, days=4)[-1] == "debit:failed:70.00"
    mailed, link = told(MAILS, subject="A debit of %70.00% has failed: please pay")
    assert mailed == "1"
    page.goto(f"{server.url}/my/billing/automatic")
    page.wait_for_selector("section[name=past] li:has-text('The payment was declined')")
    look(page, "automatic-failed")
    page.goto(server.url + link[link.index("/billing/pay/") :])
    told(SUCCEED, account=account)
    page.click("#pay a:has-text('Pay now')")  # whoever has just paid is asked for nothing that is not due
    pay(page)
    page.wait_for_selector("text=Nothing is open any more")
    assert told(STATE, account=account)[-1] == "paid:0.00"


def stop_charge_and_refund_as_the_clerk(server, page, told, account):
    move, _path = told(OWE, account=account, days=3, price=90)
    assert told(WORK, account=account, days=0)[-1] == "debit:planned:90.00"
    sign_in(page, server, "debit.clerk")
    page.goto(f"{server.url}/odoo/billing-coming-debits")
    page.wait_for_selector(".fc-event:has-text('90.00')")
    look(page, "coming")
    page.goto(f"{server.url}/odoo/billing-payment-attempts")
    page.wait_for_selector("tr.o_data_row:has-text('90.00')")
    look(page, "attempts")
    page.click("tr.o_data_row:has-text('90.00')")
    page.click("button[name=action_stop]")
    page.click(".modal footer .btn-primary")
    page.wait_for_selector(".o_arrow_button_current:has-text('Not Made')")
    look(page, "attempt-stopped")
    page.goto(f"{server.url}/odoo/action-account.action_move_out_invoice_type/{move}")
    page.wait_for_selector(".alert:has-text('was not made')")
    look(page, "invoice-not-debited")
    page.click("button[name=action_charge_billing_now]")
    page.wait_for_selector(".modal .o_data_row")
    look(page, "charge-now")
    page.click(".modal button[name=action_charge]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Succeeded')")
    assert told(STATE, account=account)[-1] == "paid:0.00"
    look(page, "attempt")
    page.click("button[name=action_view_payment]")
    page.click("button[name=action_refund_billing]")
    page.wait_for_selector(".modal div[name=left]:has-text('90.00')")
    page.fill(".modal div[name=amount] input", "15")
    page.fill(".modal div[name=reason] input", "Charged too much")
    look(page, "refund")
    page.click(".modal button[name=action_refund]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Succeeded')")
    page.wait_for_selector("h1:has-text('Refund')")
    look(page, "refunded")
    assert told(STATE, account=account)[-1] == "partial:15.00"
    for name, size in (("account", WIDE), ("account-phone", PHONE)):
        page.set_viewport_size(size)
        page.goto(f"{server.url}/odoo/billing-accounts/{account}")
        page.get_by_role("tab", name="Automatic Payment").click()
        look(page, name)
        page.click(".tab-pane button[name=action_give_consent]:visible")
        page.wait_for_selector(".modal button[name=action_give]")
        assert "4242" in page.inner_text(".modal div[name=line_ids]")
        look(page, f"{name}-consent")
        page.goto(f"{server.url}/odoo/billing-consents")
        page.click("tr.o_data_row:has-text('Ada'), .o_kanban_record:has-text('Ada')")
        page.wait_for_selector(".o_form_view div[name=method_ids]:has-text('4242')")
        look(page, f"{name}-consent-form")
        page.goto(f"{server.url}/odoo/billing-payment-attempts")
        page.locator("tr.o_data_row, .o_kanban_record:not(.o_kanban_ghost)").nth(3).wait_for()
        look(page, f"{name}-attempts")
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    page.set_viewport_size(WIDE)


@pytest.mark.nightly
def test_staff_see_what_a_bank_disputes_and_how_it_decides(server, page, odoo_shell, told, account):
    """Two customers dispute what was debited: the evidence has its day, all rests, and one of them is right."""
    with Simulator() as simulator:
        simulator.set_webhook("http://127.0.0.1:9/", secrets=[SECRET])
        intents, accounts = debit_at_stripe(server, odoo_shell, simulator)
        disputes = [simulator.dispute(intent)["id"] for intent in intents]
        odoo_shell(server.database, debits.bring(simulator))
        found = told(DISPUTES, accounts=accounts)
        assert found[2:] == ["100.00", "100.00"]
        sign_in(page, server, "debit.clerk")
        see_open_disputes(server, page, found[:2], accounts[0])
        for dispute, outcome in zip(disputes, ("won", "lost"), strict=True):
            simulator.close_dispute(dispute, outcome)
        odoo_shell(server.database, debits.bring(simulator))
        for dispute, outcome in zip(found[:2], ("Won", "Lost"), strict=True):
            page.goto(f"{server.url}/odoo/billing-stripe-disputes/{dispute}")
            page.wait_for_selector(f".o_arrow_button_current:has-text('{outcome}')")
            page.wait_for_selector(".o-mail-Chatter")
            assert not page.locator(".o-mail-Activity").count(), "nothing is to be answered any more"
            assert not page.locator(".alert-danger:visible, .alert-info:visible").count()
            look(page, f"dispute-{outcome}")
        assert told(DISPUTES, accounts=accounts)[2:] == ["0.00", "100.00"]


def debit_at_stripe(server, odoo_shell, simulator):
    """Let two customers be debited; return their payments at Stripe and the ids of their accounts."""
    words = {"key": simulator.key, "secret": SECRET, "url": simulator.url}
    odoo_shell(server.database, debits.PREPARE.format(**words))
    made = [simulator.client().v1.customers.create().id for _number in range(2)]
    customers = [(customer, simulator.make_method(customer)["id"]) for customer in made]
    accounts = json.loads(odoo_shell(server.database, debits.OWE.format(customers=customers, is_planned=True)))
    odoo_shell(server.database, debits.SEND)
    return [simulator.objects("payment_intent", customer=customer)[0]["id"] for customer in made], accounts


def see_open_disputes(server, page, disputes, account):
    page.goto(f"{server.url}/odoo/billing-stripe-disputes")
    page.locator("tr.o_data_row:has-text('Needs an Answer')").nth(1).wait_for()
    look(page, "disputes")
    page.goto(f"{server.url}/odoo/billing-stripe-disputes/{disputes[0]}")
    page.wait_for_selector(".alert:has-text('The bank waits for an answer until')")
    assert page.inner_text(".alert div[name=evidence_by]").strip()
    page.wait_for_selector(".alert:has-text('Nobody is reminded of it until the bank has decided')")
    page.wait_for_selector("div[name=stop_ids] .o_data_row")
    page.wait_for_selector(".o-mail-Activity:has-text('Hand in the evidence')")
    look(page, "dispute")
    page.goto(f"{server.url}/odoo/billing-accounts/{account}")
    page.get_by_role("tab", name="Automatic Payment").click()
    page.wait_for_selector(".alert:has-text('Nothing is debited for now')")
    look(page, "account-disputed")


def sign_in_as_customer(page, server):
    page.goto(f"{server.url}/web/login")
    page.fill("#login", "debit.ada")
    page.fill("#password", "debit.ada")
    page.click("button[type=submit]")
    page.wait_for_url("**/my**")


def pay(page):
    """Pay with the demo provider and wait for Odoo to lead back."""
    page.click("button[name=o_payment_submit_button]:enabled")
    page.wait_for_url("**/payment/status**", timeout=60_000)
    page.wait_for_url("**/billing/pay/**", timeout=60_000)
