"""A clerk brings accounts and subscriptions of another system by Odoo's own page, beginning with the empty lists."""

from __future__ import annotations

import pytest

from tests.e2e.test_collection_by_hand import look
from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

PREPARE = """
from odoo.tests import new_test_user
from tests.faults import business
business.make_company_ready(env)
business.make_plan(env, "Basic Monthly", [(business.make_code(env, "BASIC", 20.0), "advance", 1)])
new_test_user(env, "import.clerk", "online_billing.group_billing_user", password="import.clerk")
env.cr.commit()
"""
STATE = """
print("STATE", *(f"{{one.name}}:{{one.state}}" for one in env["billing.{model}"].search([], order="id")))
"""
LISTS = {"accounts": "billing-accounts", "subscriptions": "billing-subscriptions"}


pytestmark = pytest.mark.nightly  # the importer's Python is tested with every commit, in the addon


@pytest.fixture(scope="module")
def clerk(server, odoo_shell):
    odoo_shell(server.database, PREPARE)


@pytest.fixture
def screen(server, page, clerk):
    sign_in(page, server, "import.clerk")
    return page


def get_states(server, odoo_shell, model):
    words = odoo_shell(server.database, STATE.format(model=model)).split()
    return [word.rpartition(":")[2] for word in words[words.index("STATE") + 1 :]]


def open_the_list(page, server, name):
    page.goto(f"{server.url}/odoo/{LISTS[name]}")
    page.wait_for_selector(".o_action_manager .o_control_panel")


def take_the_sample(page, name, folder):
    """Download the file that the empty list offers, as a person would."""
    with page.expect_download() as downloading:
        page.click(f".o_view_nocontent a[href$='/{name}.csv']")
    path = folder / f"{name}.csv"
    downloading.value.save_as(str(path))
    return path


def open_the_importer(page, path):
    page.click(".o_cp_action_menus button:has(.fa-cog)")
    page.click(".o_import_menu")
    page.wait_for_selector(".o_import_file")
    page.set_input_files(".o_import_action input[type=file], .o_control_panel input[type=file]", str(path))
    page.wait_for_selector(".o_import_data_content table")


def press(page, button):
    page.click(f".o_control_panel button:text-is('{button}')")


def import_it(page, path):
    open_the_importer(page, path)
    press(page, "Test")
    page.get_by_text("Everything seems valid.").wait_for()
    press(page, "Import")
    page.get_by_text("records successfully imported").wait_for()


def activate_all(page):
    page.wait_for_selector(".o_data_row")
    page.check("thead .o_list_record_selector input")
    page.click("button[name=action_activate]")
    page.click(".modal-footer .btn-primary")


def test_1_a_file_with_errors_says_them_with_their_rows_and_brings_nothing(server, screen, odoo_shell, tmp_path):
    open_the_list(screen, server, "accounts")
    path = take_the_sample(screen, "accounts", tmp_path)
    look(screen, "import-empty")
    text = path.read_text()
    path.write_text(text.replace("By letter", "By pigeon").replace(",15,", ",45,"))
    open_the_importer(screen, path)
    press(screen, "Import")
    screen.get_by_text("Error at row 4:").first.wait_for()
    said = screen.inner_text(".o_import_data_content")
    assert "By pigeon" in said, said
    assert "C-1003" in said, said
    look(screen, "import-errors")
    assert get_states(server, odoo_shell, "account") == []
    # the same page takes the file once it is mended in part, and says what is left
    path.write_text(text.replace(",15,", ",45,"))
    screen.set_input_files(".o_control_panel input[type=file]", str(path))
    screen.wait_for_selector(".o_import_data_content:not(:has-text('By pigeon'))")
    press(screen, "Import")
    screen.get_by_text("Error at row 3:").first.wait_for()
    assert "from 1 to 31" in screen.inner_text(".o_import_data_content")
    assert get_states(server, odoo_shell, "account") == []


def test_2_the_samples_are_imported_and_activated(server, screen, odoo_shell, tmp_path):
    for name, model in (("accounts", "account"), ("subscriptions", "subscription")):
        open_the_list(screen, server, name)
        path = take_the_sample(screen, name, tmp_path)
        import_it(screen, path)
        screen.get_by_text("Grace Hopper").first.wait_for()
        look(screen, f"import-{name}")
        assert get_states(server, odoo_shell, model) == ["draft"] * 3
        activate_all(screen)
        screen.wait_for_function("!document.querySelector('.o_data_row .text-bg-info')")
        states = set(get_states(server, odoo_shell, model))
        assert states == {"active"}


def test_3_a_subscription_to_nothing_says_its_row(server, screen, odoo_shell, tmp_path):
    path = tmp_path / "subscriptions.csv"
    path.write_text("External ID,Account,Plan,Start Date\nother.s_1,C-1001,Golden,2026-03-01\n")
    open_the_list(screen, server, "subscriptions")
    open_the_importer(screen, path)
    press(screen, "Import")
    screen.get_by_text("Error at row 2:").first.wait_for()
    assert "Golden" in screen.inner_text(".o_import_data_content")
    assert get_states(server, odoo_shell, "subscription") == ["active"] * 3
