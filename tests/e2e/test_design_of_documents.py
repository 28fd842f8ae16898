"""A manager designs the documents of customers, and sees each change at once on an invoice that is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

pytestmark = pytest.mark.nightly  # what is drawn is tested in the addon

PREPARE = """
from odoo.tests import new_test_user
from tests.faults import jobs
new_test_user(env, "design.manager", "online_billing.group_billing_manager", password="design.manager")
jobs.build_debtors(env, 1)
env.cr.commit()
"""


@pytest.fixture(scope="module")
def designed(server, odoo_shell):
    odoo_shell(server.database, PREPARE)


def test_a_text_and_a_column_are_seen_before_anything_is_saved(server, page, designed):
    sign_in(page, server, "design.manager")
    page.goto(f"{server.url}/odoo/billing-designs/new")
    paper = page.frame_locator("iframe[title=Preview]")
    paper.get_by_text("Quantity").first.wait_for()
    page.fill("div[name=name] input", "Shops")
    page.fill("div[name=text_above] textarea", "Thank you for your order.")
    page.locator("div[name=text_above] textarea").press("Tab")
    paper.get_by_text("Thank you for your order.").first.wait_for()
    page.uncheck("div[name=show_quantity] input")
    paper.get_by_text("Unit Price").first.wait_for()
    page.wait_for_timeout(1500)
    assert paper.get_by_text("Quantity").count() == 0
    if folder := os.environ.get("LOOK"):
        page.screenshot(path=str(Path(folder, "design.png")), full_page=True)
