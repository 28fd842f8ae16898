"""Late invoices, looked after by people: a clerk sees the case and lets a step wait, a customer pays all on a phone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

pytestmark = pytest.mark.nightly  # each act has its own tests; by hand they take minutes

PREPARE = """
import datetime
from odoo import fields
from odoo.tests import new_test_user
from tests.faults import jobs
provider = env.ref("payment.payment_provider_demo")
provider.write({"state": "test", "is_published": True})
new_test_user(env, "late.clerk", "online_billing.group_billing_user", password="late.clerk")
new_test_user(env, "late.manager", "online_billing.group_billing_manager", password="late.manager")
ids = jobs.build_debtors(env, 3)
env.company.default_collection_policy_id = env.ref("online_billing.policy_standard")
env["billing.collection.day"].run_day(datetime.datetime(2026, 3, 17, 12))
account = env["billing.account"].browse(ids[0])
env["billing.payment.promise"].create({"account_id": ids[2], "amount": 10, "date": "2099-01-01"})
env.cr.commit()
print(account.name, env["billing.pay.links"].get_pay_url(account, account.currency_id), account.case_ids.id,
      account.move_ids[0].name)
"""
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def late(server, odoo_shell):
    name, link, case_id, invoice = odoo_shell(server.database, PREPARE).split()[-4:]
    return {"account": name, "path": link.partition("/billing/")[2], "case": case_id, "invoice": invoice}


def look(page, name):
    """Keep a picture for whoever wants to look at the pages: LOOK names the folder."""
    if folder := os.environ.get("LOOK"):
        page.wait_for_timeout(700)
        page.screenshot(path=str(Path(folder, f"{name}.png")), full_page=True)


def test_1_the_clerk_sees_what_comes_next_and_lets_it_wait(server, page, late):
    sign_in(page, server, "late.clerk")
    page.goto(f"{server.url}/odoo/billing-cases/{late['case']}")
    page.wait_for_selector(".o_form_view")
    page.get_by_text("If nothing is paid and nothing new falls due.").wait_for()
    look(page, "case")
    page.click("button[name=action_postpone]")
    page.fill(".modal div[name=reason] input", "The customer is on holiday")
    page.click(".modal button[name=action_apply]")
    page.wait_for_selector("div[name=not_before]")
    page.get_by_role("tab", name="Log").click()
    page.get_by_text("The customer is on holiday").wait_for()
    look(page, "case-log")
    page.click("button[name=action_undo]")
    page.click(".modal-footer .btn-primary")
    page.wait_for_selector("div[name=not_before]", state="hidden")


def test_2_every_page_of_the_collection_opens(server, page, late):
    sign_in(page, server, "late.manager")
    pages = (
        "billing-cases",
        "billing-coming-steps",
        "billing-messages",
        "billing-messages-not-sent",
        "billing-promises",
        "billing-disputes",
    )
    for path in (*pages, "billing-policies", "billing-quiet-days"):
        page.goto(f"{server.url}/odoo/{path}")
        page.wait_for_selector(".o_action_manager .o_control_panel")
        look(page, path)
    page.goto(f"{server.url}/odoo/billing-cases")
    page.click("button.o_switch_view.o_kanban")
    page.wait_for_selector(".o_kanban_view")
    look(page, "cases-kanban")
    page.goto(f"{server.url}/odoo/billing-policies")
    page.get_by_text("Standard", exact=True).first.click()
    page.get_by_text("Read from top to bottom").wait_for()
    look(page, "policy")
    page.goto(f"{server.url}/odoo/billing-messages")
    page.locator(".o_data_row").first.click()
    page.wait_for_selector(".o_form_view")
    look(page, "message")
    page.goto(f"{server.url}/odoo/billing-accounts")
    page.get_by_text(late["account"]).first.click()
    page.get_by_role("tab", name="Collection").click()
    look(page, "account")
    page.set_viewport_size(PHONE)
    for path in (f"billing-cases/{late['case']}", "billing-cases", "billing-policies"):
        page.goto(f"{server.url}/odoo/{path}")
        page.wait_for_selector(".o_action_manager .o_control_panel")
        look(page, f"phone-{path.replace('/', '-')}")


def test_3_the_customer_pays_everything_on_a_phone(server, page, late):
    page.set_viewport_size(PHONE)
    page.goto(f"{server.url}/billing/{late['path']}")
    page.get_by_text(late["invoice"]).wait_for()
    look(page, "phone-pay")
    page.locator("input[name=o_payment_radio]").first.check()
    page.fill("input[name=customer_input]", "4242")
    page.click("button[name=o_payment_submit_button]")
    page.get_by_text("Nothing is open any more.").wait_for()
    look(page, "phone-paid")
