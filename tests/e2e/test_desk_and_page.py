"""A clerk at the counter and on the telephone: the desk by keyboard, and the page of a customer with its acts."""

from __future__ import annotations

import pytest

from tests.e2e.test_collection_by_hand import look
from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

pytestmark = pytest.mark.nightly  # the desk and the page have tests of their own in the addon

PREPARE = """
import datetime
from odoo.tests import new_test_user
from tests.faults import jobs
new_test_user(env, "desk.clerk", "online_billing.group_billing_user", password="desk.clerk", email="d@example.com")
ids = jobs.build_debtors(env, 3)
env.company.default_collection_policy_id = env.ref("online_billing.policy_standard")
env["billing.collection.day"].run_day(datetime.datetime(2026, 3, 17, 12))
accounts = env["billing.account"].browse(ids)
till = env["account.journal"].create({"name": "Till", "type": "cash", "code": "TILL"})
till.action_receive_cheques()
accounts[0].partner_id.write({"name": "Ada Lovelace", "phone": "+44 20 7946 0123"})
accounts[0].message_post(body="Called: she pays on Friday.", message_type="comment")
env.cr.commit()
print(accounts[0].id, accounts[0].amount_due, accounts[1].move_ids[0].name)
"""
STATE = """
account = env["billing.account"].browse({account})
payment = env["account.payment"].search([("billing_account_id", "=", account.id)], order="id desc", limit=1)
print("STATE", payment.amount, payment.billing_cheque_number, account.amount_due)
"""
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 360, "height": 780}


@pytest.fixture(scope="module")
def customer(server, odoo_shell):
    account, due, invoice = odoo_shell(server.database, PREPARE).split()[-3:]
    return {"account": int(account), "due": float(due), "other_invoice": invoice}


def get_state(server, odoo_shell, customer):
    words = odoo_shell(server.database, STATE.format(**customer)).split()
    return words[words.index("STATE") + 1 :]


# 46.00 is open of the customer, on two invoices of 23.00
def test_1_the_desk_takes_a_cheque_by_keyboard_alone(server, page, customer, odoo_shell):
    page.set_viewport_size(WIDE)
    sign_in(page, server, "desk.clerk")
    page.goto(f"{server.url}/odoo/billing-desk")
    page.wait_for_selector(".o_form_view div[name=account_id] input:focus")
    page.keyboard.type("7946 0123")
    page.get_by_role("option").get_by_text("Ada Lovelace").wait_for()
    page.keyboard.press("Enter")
    # a key that comes while the list of customers closes would go to the field that has it
    page.wait_for_selector("div[name=line_ids] .o_data_row")
    page.keyboard.press("Tab")
    page.wait_for_selector("div[name=amount] input:focus")
    page.keyboard.type("30")
    page.keyboard.press("Tab")
    page.wait_for_function(
        "[...document.querySelectorAll('div[name=line_ids] td[name=share]')].some(e => e.textContent.includes('7.00'))"
    )
    look(page, "desk-spread")
    page.fill("div[name=method_id] input", "Cheque")
    page.get_by_role("option").get_by_text("Cheque").first.click()
    page.fill("div[name=cheque_number] input", "004711")
    page.fill("div[name=cheque_bank] input", "First Bank")
    page.get_by_label("None").check()
    page.keyboard.press("Alt+q")
    page.get_by_text("Taken:").wait_for()
    # the next customer can be typed at once
    page.wait_for_selector(".o_form_view div[name=account_id] input:focus")
    assert page.input_value("div[name=account_id] input") == ""
    look(page, "desk-taken")
    amount, number, due = get_state(server, odoo_shell, customer)
    assert (float(amount), number, float(due)) == (30, "004711", customer["due"] - 30)


def test_2_the_receipt_is_downloaded_and_the_desk_goes_on(server, page, customer):
    sign_in(page, server, "desk.clerk")
    page.goto(f"{server.url}/odoo/billing-desk")
    page.wait_for_selector(".o_form_view div[name=account_id] input:focus")
    page.keyboard.type(customer["other_invoice"])
    page.get_by_role("option").nth(0).wait_for()
    page.keyboard.press("Enter")
    page.wait_for_selector("div[name=line_ids] .o_data_row")
    page.fill("div[name=amount] input", "20")
    page.get_by_label("Printed").check()
    with page.expect_download() as downloading:
        page.click("button[name=action_take]:visible")
    assert downloading.value.suggested_filename.endswith(".pdf")
    page.get_by_text("Taken:").wait_for()


def test_3_the_closing_list_shows_what_the_clerk_took(server, page):
    sign_in(page, server, "desk.clerk")
    for name, size in (("closing", WIDE), ("closing-narrow", NARROW)):
        page.set_viewport_size(size)
        page.goto(f"{server.url}/odoo/billing-closing")
        page.get_by_text("Ada Lovelace").first.wait_for()
        page.get_by_text("004711 First Bank").wait_for()
        page.get_by_text("50.00").first.wait_for()
        look(page, name)
    page.set_viewport_size(WIDE)
    with page.expect_download() as downloading:
        page.click("button[name=action_print]:visible")
    assert downloading.value.suggested_filename.endswith(".pdf")


def test_4_the_page_of_a_customer_says_what_is_owed_and_what_happened(server, page, customer):
    sign_in(page, server, "desk.clerk")
    for name, size in (("page", WIDE), ("page-narrow", NARROW)):
        page.set_viewport_size(size)
        page.goto(f"{server.url}/odoo/billing-accounts/{customer['account']}")
        page.get_by_text("What they owe").wait_for()
        assert "Ada Lovelace" in page.input_value("h1 div[name=partner_id] input")
        page.locator(".o_billing_overview [data-open]").first.wait_for()
        look(page, name)
        page.get_by_role("tab", name="Timeline").click()
        for kind in ("invoice", "payment", "message", "note"):
            page.locator(f".o_billing_timeline [data-kind={kind}]").first.wait_for()
        look(page, f"{name}-timeline")
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= size["width"], width


def test_5_acts_are_done_where_the_clerk_stands(server, page, customer, odoo_shell):
    page.set_viewport_size(WIDE)
    sign_in(page, server, "desk.clerk")
    page.goto(f"{server.url}/odoo/billing-accounts/{customer['account']}")
    page.click("button[name=action_take_payment]")
    page.wait_for_selector(".modal div[name=line_ids] .o_data_row")
    page.fill(".modal div[name=amount] input", "5")
    page.keyboard.press("Tab")
    page.get_by_label("None").check()
    look(page, "page-pay")
    page.click(".modal footer button[name=action_take]")
    page.wait_for_selector(".modal", state="hidden")
    page.get_by_role("tab", name="Timeline").click()
    page.locator(".o_billing_timeline [data-kind=payment]").nth(1).wait_for()
    assert float(get_state(server, odoo_shell, customer)[0]) == 5
    page.get_by_role("tab", name="Overview").click()
    page.locator(".o_billing_overview [data-act=open]").first.click()
    page.get_by_role("menuitem", name="Pay", exact=True).click()
    page.wait_for_selector(".modal div[name=line_ids] .o_data_row")
    page.click(".modal .btn-close")
    page.wait_for_selector(".modal", state="hidden")
    page.locator(".o_billing_overview [data-act=open]").first.click()
    page.get_by_role("menuitem", name="Installment Plan").click()
    page.wait_for_selector(".modal:has-text('Open Amount')")
    page.click(".modal .btn-close")
    page.wait_for_selector(".modal", state="hidden")
    page.locator(".o_billing_overview [data-act=open]").first.click()
    page.get_by_role("menuitem", name="Credit or Correct").click()
    page.wait_for_selector(".modal:has-text('Credit Note')")
    page.keyboard.press("Escape")


def test_6_the_list_of_accounts_finds_a_customer_by_telephone(server, page, customer):
    sign_in(page, server, "desk.clerk")
    for size in (WIDE, NARROW):
        page.set_viewport_size(size)
        page.goto(f"{server.url}/odoo/billing-accounts")
        # whichever of the list and the cards this width shows
        page.locator(".o_data_row, .o_kanban_record:not(.o_kanban_ghost)").first.wait_for()
        if not page.locator(".o_searchview_input").is_visible():
            page.locator(".o_control_panel button:has(.oi-search), .o_control_panel .fa-search").first.click()
        page.fill(".o_searchview_input", "020 7946 0123")
        page.locator(".o_searchview_autocomplete .o-dropdown-item").first.wait_for()
        page.keyboard.press("Enter")
        page.get_by_text("Ada Lovelace").first.wait_for()
        page.wait_for_function(
            "document.querySelectorAll('.o_data_row, .o_kanban_record:not(.o_kanban_ghost)').length === 1"
        )
