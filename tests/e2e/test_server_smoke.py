"""A real Odoo with the addons in it comes up and lets the administrator in."""

import pytest

pytestmark = pytest.mark.nightly  # a clerk and a manager sign in with every commit


def test_the_administrator_signs_in_and_sees_the_backend(server, page):
    page.goto(f"{server.url}/web/login")
    page.fill("#login", "admin")
    page.fill("#password", "admin")
    page.click("button[type=submit]")
    page.wait_for_selector(".o_main_navbar")
    assert "/odoo" in page.url
