"""The main road through the product, walked by people: a manager bills, a customer pays on a phone, a clerk sees it."""

from __future__ import annotations

import contextlib

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout

PREPARE = """
from tests.faults import business
from odoo.tests import new_test_user
provider = env.ref("payment.payment_provider_demo")
provider.write({"state": "test", "is_published": True})
manager = new_test_user(env, "road.manager", "online_billing.group_billing_manager", password="road.manager")
clerk = new_test_user(env, "road.clerk", "online_billing.group_billing_user", password="road.clerk")
business.make_company_ready(env)
codes = business.make_codes(env)
lines = [(codes["NET"], "advance", 1), (codes["VOICE"], "advance", 2)]
plan = business.make_plan(env, "Home", lines, alignment="calendar")
accounts = business.make_accounts(env, 3, delivery_channel="email")
for account in accounts:
    account.partner_id.email = f"{account.name.lower()}@example.com"
business.subscribe(env, accounts, plan, "2026-08-10")
env.cr.commit()
print(accounts[0].name)
"""
LINK = """
account = env["billing.account"].search([("name", "=", "{account}")])
move = account.move_ids.sorted("invoice_date")[0]
link = move.get_portal_url()
env.cr.commit()
print(link)
"""
STATE = """
account = env["billing.account"].search([("name", "=", "{account}")])
move = account.move_ids.sorted("invoice_date")[0]
print(move.name, move.payment_state, move.amount_residual)
"""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def account(server, odoo_shell):
    return odoo_shell(server.database, PREPARE).split()[-1]


def sign_in(page, server, login):
    page.goto(f"{server.url}/web/login")
    page.fill("#login", login)
    page.fill("#password", login)
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")


def test_from_a_tariff_to_a_paid_invoice(server, page, account, odoo_shell):
    size = page.viewport_size
    preview_and_bill_as_the_manager(server, page, account)
    page.context.clear_cookies()  # the customer is not logged in
    pay_by_the_link_of_the_mail_on_a_phone(server, page, account, odoo_shell)
    open_the_link_without_its_token(server, page, account, odoo_shell)
    page.set_viewport_size(size)
    find_the_paid_invoice_as_the_clerk(server, page, account)


def preview_and_bill_as_the_manager(server, page, account):
    sign_in(page, server, "road.manager")
    page.goto(f"{server.url}/odoo/billing-runs/new")
    page.wait_for_selector(".o_form_view")
    page.click("div[name=target_date] button, div[name=target_date] input")
    page.fill("div[name=target_date] input", "09/15/2026")
    page.keyboard.press("Tab")
    page.click(".o_form_button_save")
    page.click("button[name=action_preview]")
    page.wait_for_selector(".modal .o_form_view")
    preview = page.inner_text(".modal")
    assert account in preview, preview
    page.click(".modal button[name=action_start]")
    confirm_if_asked(page)
    page.wait_for_selector("button[name=action_process_now]")
    page.click("button[name=action_process_now]")
    confirm_if_asked(page)
    page.wait_for_selector(".o_arrow_button_current:has-text('Done')")
    assert "6" in page.inner_text("button[name=action_view_invoices]")


def confirm_if_asked(page):
    """Say yes where a button asks first; a dialogue that has not come after a while does not come."""
    question = page.locator(".modal footer .btn-primary:has-text('Ok')")
    with contextlib.suppress(PlaywrightTimeout):
        question.click(timeout=4000)


def pay_by_the_link_of_the_mail_on_a_phone(server, page, account, odoo_shell):
    page.set_viewport_size(PHONE)
    link = odoo_shell(server.database, LINK.format(account=account)).split()[-1]
    assert "access_token=" in link
    page.goto(f"{server.url}{link}")
    page.click("a[data-bs-target='#pay_with']:visible, a:has-text('Pay Now'):visible")
    page.wait_for_selector("#pay_with.show, .modal.show")
    page.wait_for_selector(".modal.show input[name=customer_input], .modal.show #customer_input", state="attached")
    page.click(".modal.show button[name=o_payment_submit_button]")
    page.wait_for_selector("text=Paid", timeout=60_000)
    shown = odoo_shell(server.database, STATE.format(account=account)).split()
    assert shown[-2:] == ["paid", "0.0"], shown


def open_the_link_without_its_token(server, page, account, odoo_shell):
    link = odoo_shell(server.database, LINK.format(account=account)).split()[-1].partition("?")[0]
    page.goto(f"{server.url}{link}")
    assert "/web/login" in page.url or "/my" in page.url
    assert "Customer 000" not in page.inner_text("body")


def find_the_paid_invoice_as_the_clerk(server, page, account):
    sign_in(page, server, "road.clerk")
    page.goto(f"{server.url}/odoo/billing-accounts")
    page.click(f"tr:has-text('{account}') td[name=name], .o_kanban_record:has-text('{account}')")
    page.wait_for_selector("button[name=action_view_invoices]")
    page.click("button[name=action_view_invoices]")
    page.wait_for_selector("tr:has-text('Paid')")
