"""A manager presses the figures of the first page, and sees on each list what was counted, or a sentence."""

from __future__ import annotations

import pytest

from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

pytestmark = pytest.mark.nightly  # what the figures count is tested in the addon

PREPARE = """
from odoo.tests import new_test_user
from tests.faults import jobs
user = new_test_user(env, "home.manager", "online_billing.group_billing_manager", password="home.manager")
jobs.build_debtors(env, 2)
env["ir.filters"].create({
    "name": "Only large ones", "model_id": "account.move", "domain": "[('amount_total', '>', 1000000)]",
    "is_default": True, "user_ids": [(4, user.id)],
    "action_id": env.ref("online_billing.account_move_action_billing").id,
})
env.cr.commit()
"""


@pytest.fixture
def home(server, page, odoo_shell):
    if not getattr(server, "is_prepared", False):
        odoo_shell(server.database, PREPARE)
        server.is_prepared = True
    sign_in(page, server, "home.manager")
    page.goto(f"{server.url}/odoo/billing-home")
    page.wait_for_selector(".o_billing_home_money a[name=open]")
    return page


def test_a_favourite_hides_nothing_of_what_was_counted(home):
    amount = home.inner_text(".o_billing_home_money a[name=open]")
    home.click(".o_billing_home_money a[name=open]")
    home.wait_for_selector(".o_data_row")
    assert home.locator(".o_searchview_facet").count() == 0
    assert amount in home.inner_text("tfoot")


def test_an_empty_list_says_so_in_words_and_shows_no_invented_rows(home):
    home.click(".o_billing_home_money a[name=paid]")
    home.get_by_text("Nothing counts as “Paid This Month”").wait_for()
    assert "<p" not in home.inner_text(".o_view_nocontent")
    assert home.locator(".o_data_row, .o_view_sample_data").count() == 0
