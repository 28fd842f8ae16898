"""The way of an overdue invoice, walked by people: a clerk agrees on installments, the reminder of another invoice is
made, its customer pays on a phone without login, and the case closes by itself when nothing is open any more."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.nightly  # from tariff to paid is walked with every commit

PREPARE = """
from datetime import timedelta
from odoo import Command, fields
from odoo.tests import new_test_user
from tests.faults import business
company = business.make_company_ready(env)
company.name = "Springfield Telecom"
env.ref("payment.payment_provider_demo").write({"state": "test", "is_published": True})
new_test_user(env, "overdue.clerk", "online_billing.group_billing_user", password="overdue.clerk")
env["billing.installment.rule"].create({"name": "Three months", "approval_limit": 1000})
step = {"name": "First reminder", "trigger": "overdue", "days": 7, "channel": "email",
        "template_id": env.ref("online_billing.mail_template_first").id}
company.default_collection_policy_id = env["billing.collection.policy"].create(
    {"name": "One reminder", "hour": 0, "quiet_weekend": False, "step_ids": [Command.create(step)]})
account = business.make_accounts(env, 1, delivery_channel="email")
account.partner_id.write({"name": "Ada Lovelace", "email": "ada@example.com"})
moves = env["account.move"].create([{
    "move_type": "out_invoice", "partner_id": account.partner_id.id, "billing_account_id": account.id,
    "invoice_date": fields.Date.today() - timedelta(days=days + 14), "invoice_payment_term_id": False,
    "invoice_date_due": fields.Date.today() - timedelta(days=days), "billing_delivery_state": "sent",
    "invoice_line_ids": [Command.create({"name": "Fibre 250", "price_unit": price, "tax_ids": [Command.clear()]})],
} for days, price in ((40, 300), (10, 59))])
moves.action_post()
env.cr.commit()
print("PREPARED", account.id, *moves.ids)
"""
COLLECT = """
from datetime import timedelta
from odoo import fields
env["billing.collection.day"].run_day(fields.Datetime.now() + timedelta(days={days}))
env["billing.collection.message"]._cron_send_messages()
env.cr.commit()
cases = env["billing.collection.case"].search([("account_id", "=", {account})])
print("CASE", *(f"{{case.state}}:{{case.amount_overdue:.2f}}" for case in cases))
"""
LINK = """
import re
mail = env["mail.mail"].search(
    [("model", "=", "billing.account"), ("res_id", "=", {account}), ("subject", "like", "reminder, ")])
links = {{link.replace("&amp;", "&") for link in re.findall(r'href="([^"]*/billing/pay/[^"]*)"', mail.body_html)}}
print("LINK", *links)
"""
STATE = """
moves = env["account.move"].browse({moves})
print("STATE", *(f"{{move.payment_state}}:{{move.amount_residual:.2f}}" for move in moves))
"""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def told(server, odoo_shell):
    """Call it with a script that knows ``env``; returns the words after the mark in the last line it printed."""

    def ask(script, **values):
        return odoo_shell(server.database, script.format(**values) if values else script).splitlines()[-1].split()[1:]

    return ask


@pytest.fixture(scope="module")
def numbers(told):
    """Ids of the account, of the invoice that is planned and of the one that is reminded."""
    return [int(word) for word in told(PREPARE)]


def test_case_F12_the_way_of_an_overdue_invoice_is_one_test(server, page, told, numbers):
    plan_installments_as_the_clerk(server, page, numbers)
    remind_of_what_is_not_planned(told, numbers)
    page.context.clear_cookies()  # from here on it is the customer, who is not logged in
    pay_what_is_due_on_a_phone(server, page, told, numbers)
    pay_the_rest_by_the_same_link(server, page, told, numbers)


def plan_installments_as_the_clerk(server, page, numbers):
    page.goto(f"{server.url}/web/login")
    page.fill("#login", "overdue.clerk")
    page.fill("#password", "overdue.clerk")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    page.goto(f"{server.url}/odoo/action-account.action_move_out_invoice_type/{numbers[1]}")
    page.click("button[name=action_plan_installments]")
    preview = page.locator(".modal .o_billing_installment_preview tbody tr")
    preview.first.wait_for()
    assert preview.count() == 3
    page.fill(".modal div[name=count] input", "4")
    page.keyboard.press("Tab")
    preview.nth(3).wait_for()
    assert ["75.00" in row for row in preview.all_inner_texts()] == [True] * 4
    page.click(".modal button[name=action_confirm]")
    page.wait_for_selector(".o_arrow_button_current:has-text('Running')")
    page.goto(f"{server.url}/odoo/action-account.action_move_out_invoice_type/{numbers[1]}")
    page.click("a[name=billing_installments]")
    rows = page.locator("div[name=billing_installment_part_ids] .o_data_row")
    rows.first.wait_for()
    assert ["part" in row and "75.00" in row for row in rows.all_inner_texts()] == [True] * 4


def remind_of_what_is_not_planned(told, numbers):
    account, planned, overdue = numbers
    assert told(COLLECT, days=0, account=account) == ["open:59.00"]
    [link] = told(LINK, account=account)
    assert "access_token=" in link
    assert told(STATE, moves=[planned, overdue]) == ["not_paid:300.00", "not_paid:59.00"]


def pay_what_is_due_on_a_phone(server, page, told, numbers):
    account, planned, overdue = numbers
    open_link(page, server, told, account)
    page.wait_for_selector("text=What is due")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert "59.00" in page.inner_text("a.btn.active:has-text('What is due')")
    assert page.locator("tbody tr:has-text('75.00')").count() == 4
    pay(page)
    page.wait_for_selector("text=The next payment is")
    assert not page.locator("#o_payment_form, button[name=o_payment_submit_button]").count(), "asked for nothing"
    assert told(STATE, moves=[planned, overdue]) == ["not_paid:300.00", "paid:0.00"]
    assert told(COLLECT, days=1, account=account) == ["open:0.00"], "installments are to come, and nothing is overdue"


def pay_the_rest_by_the_same_link(server, page, told, numbers):
    account, planned, overdue = numbers
    open_link(page, server, told, account)
    page.click("a:has-text('Everything')")
    page.wait_for_selector("a.btn.active:has-text('Everything')")
    assert "300.00" in page.inner_text(".text-bg-light:has-text('To be paid')")
    pay(page)
    page.wait_for_selector("text=Nothing is open any more")
    assert told(STATE, moves=[planned, overdue]) == ["paid:0.00", "paid:0.00"]
    assert told(COLLECT, days=2, account=account) == ["closed:0.00"]


def open_link(page, server, told, account):
    """Open the link of the reminder on a phone, as somebody who is not logged in."""
    [link] = told(LINK, account=account)
    page.set_viewport_size(PHONE)
    page.goto(server.url + link[link.index("/billing/pay/") :])


def pay(page):
    """Pay with the demo provider and wait for Odoo to lead back."""
    page.click("button[name=o_payment_submit_button]:enabled")
    page.wait_for_url("**/payment/status**", timeout=60_000)
    page.wait_for_url("**/billing/pay/**", timeout=60_000)
