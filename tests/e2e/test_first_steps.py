"""D15: from an empty database to a paid invoice, following the screens alone; clicks and entries are counted."""

from __future__ import annotations

import pytest

LIMIT = 25
PREPARE = """
from odoo.tests import new_test_user
company = env.company
if not company.chart_template:
    env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
groups = "online_billing.group_billing_manager,base.group_system"
new_test_user(env, "first.boss", groups, password="first.boss", company_id=company.id)
company.partner_id.write({"street": False, "city": False, "email": False})
env.cr.commit()
print("READY")
"""
STATE = """
moves = env["account.move"].search([("billing_account_id", "!=", False)])
print("STATE", *(f"{move.payment_state}:{move.billing_delivery_state}:{move.amount_untaxed:.2f}" for move in moves))
"""


class Hand:
    """A hand that counts: each click, and each entry into a field, is one."""

    def __init__(self, page):
        self.page = page
        self.deeds: list[str] = []

    def click(self, selector: str) -> None:
        self.page.click(selector)
        self.deeds.append(f"click {selector}")

    def enter(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)
        self.deeds.append(f"enter {selector}")


@pytest.fixture
def hand(server, page, odoo_shell):
    assert "READY" in odoo_shell(server.database, PREPARE)
    page.goto(f"{server.url}/web/login")
    page.fill("#login", "first.boss")
    page.fill("#password", "first.boss")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    return Hand(page)


def test_case_D15_the_first_paid_invoice_takes_at_most_25_clicks_and_entries(server, page, hand, odoo_shell):
    open_the_app(hand)
    say_who_bills(hand)
    make_a_price(hand)
    make_a_customer(hand)
    bill_and_send(hand)
    register_the_payment(hand)
    assert page.locator(".o_billing_home_steps .btn-primary").count() == 0, "what is left can wait"
    assert odoo_shell(server.database, STATE).split()[-1] == "paid:sent:50.00"
    print(f"{len(hand.deeds)} clicks and entries:", *hand.deeds, sep="\n")
    assert len(hand.deeds) <= LIMIT, hand.deeds
    if page.locator(".o_billing_home_steps").count():
        page.click("button[name=put_away]")
        page.wait_for_selector(".o_billing_home_steps", state="detached")


def open_the_app(hand):
    hand.click(".o_navbar_apps_menu button")
    hand.click(".o_app:has-text('Billing')")
    hand.page.wait_for_selector(".o_billing_home_steps")
    assert "Billing" in hand.page.inner_text(".o_menu_brand")


def is_done(page, step):
    page.wait_for_selector(f"li[data-step={step}][data-done='1']")


def say_who_bills(hand):
    hand.click("button[name=step_company]")
    hand.enter(".modal div[name=street] input", "1 Main Street")
    hand.enter(".modal div[name=city] input", "Springfield")
    hand.enter(".modal div[name=email] input", "billing@example.com")
    if not hand.page.input_value(".modal div[name=country_id] input"):
        hand.enter(".modal div[name=country_id] input", "United States")
        hand.click(".modal .dropdown-item:text-is('United States')")
    hand.click(".modal footer button.o_form_button_save")
    is_done(hand.page, "company")


def make_a_price(hand):
    hand.click("button[name=step_price]")
    hand.enter(".modal div[name=name] input", "Home Internet 100")
    hand.enter(".modal div[name=amount] input", "50")
    hand.click(".modal button[name=action_create]")
    is_done(hand.page, "plan")


def make_a_customer(hand):
    hand.click("button[name=step_customer]")
    hand.enter(".modal div[name=name] input", "Ada Lovelace")
    hand.enter(".modal div[name=email] input", "ada@example.com")
    hand.click(".modal button[name=action_create]")
    hand.page.wait_for_selector(".o_form_view button[name=action_bill_now]")


def bill_and_send(hand):
    hand.click("button[name=action_bill_now]")
    hand.click(".modal footer .btn-primary")
    hand.page.wait_for_selector(".o_arrow_button_current:has-text('Done')")
    hand.click(".o_menu_sections a:has-text('Home')")
    hand.click("button[name=step_send]")
    hand.click("button[name=action_send_billing_now]")
    # the form is read anew once it is sent; a person sees that the button has gone
    hand.page.wait_for_selector("button[name=action_send_billing_now]", state="hidden")


def register_the_payment(hand):
    hand.click("button[name=action_register_payment]:visible")
    hand.click(".modal button[name=action_create_payments]")
    hand.page.wait_for_selector(".modal", state="detached")
    hand.click(".o_menu_sections a:has-text('Home')")
    hand.page.wait_for_selector(".o_billing_home_waiting, .o_billing_home_steps")
