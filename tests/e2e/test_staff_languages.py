"""Staff in German and in Arabic: every page of the app opens, and says its dates and amounts as the language writes
them; Home, the page of a customer and the cash desk stand as they should on a wide and on a narrow screen.
"""

from __future__ import annotations

import json
import shutil

import pytest

from tests.e2e.test_collection_by_hand import look
from tests.e2e.test_from_tariff_to_paid_invoice import sign_in

pytestmark = pytest.mark.nightly  # the languages of all addons take a while to load

LANGUAGES = {"de": "de_DE", "ar": "ar_001"}
PREPARE = """
import datetime
from odoo.tests import new_test_user
from tests.faults import jobs
languages = {languages!r}
for language in languages.values():
    env["res.lang"]._activate_lang(language)
env["ir.module.module"].search([("state", "=", "installed")])._update_translations(list(languages.values()))
for name, language in languages.items():
    login = f"staff.{{name}}"
    group, address = "online_billing.group_billing_manager", login + "@example.com"
    user = new_test_user(env, login, group, password=login, email=address)
    user.lang = language
ids = jobs.build_debtors(env, 3)
env.company.default_collection_policy_id = env.ref("online_billing.policy_standard")
env["billing.collection.day"].run_day(datetime.datetime(2026, 3, 17, 12))
account = env["billing.account"].browse(ids[0])
code = env["billing.code"].search([], limit=1)
charge = {{"account_id": account.id, "code_id": code.id, "amount": 1234.5, "invoice_timing": "now"}}
env["billing.charge"].create(charge)
account.message_post(body="Called: they pay on Friday.", message_type="comment")
env.cr.commit()
print(account.id)
"""
# every page as the web client opens it, and every form, list and dialogue of the addons as a view
OPEN = """
import json
from lxml import etree
from tests.performance.pages import Client
user = env["res.users"].search([("login", "=", "staff.{name}")])
own = env(user=user, su=False, context={{"lang": user.lang, "tz": "UTC", "allowed_company_ids": user.company_ids.ids}})
opened = [name for name, ask in Client(own).get_pages() if json.dumps(ask(), default=str)]
views = env["ir.ui.view"].search([("model", "=like", "billing.%"), ("inherit_id", "=", False), ("type", "!=", "qweb")])
for view in views:
    found = own[view.model].get_views([(view.id, view.type)])
    etree.fromstring(found["views"][view.type]["arch"])
    own[view.model].fields_get()
menus = own["ir.ui.menu"].search([("id", "child_of", env.ref("online_billing.menu_root").id)])
english = {{menu.id: menu.name for menu in menus.with_context(lang="en_US")}}
print("OPENED", json.dumps([opened, len(views), {{english[menu.id]: menu.name for menu in menus}}]))
"""
PATIENCE = 150_000  # milliseconds: the first page of a language makes its scripts and styles
WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 360, "height": 780}


@pytest.fixture(scope="module")
def account(server, odoo_shell):
    return int(odoo_shell(server.database, PREPARE.format(languages=LANGUAGES)).split()[-1])


def get_opened(server, odoo_shell, name):
    return json.loads(odoo_shell(server.database, OPEN.format(name=name)).partition("OPENED ")[2])


def test_1_every_page_opens_in_each_language(server, account, odoo_shell):
    pages, views, menus = get_opened(server, odoo_shell, "de")
    assert len(pages) > 60, pages
    assert views > 80
    assert menus["Cash Desk"] == "Kasse"
    same = {english for english, german in menus.items() if english == german}
    assert same <= {"Stripe", "System"}, same
    arabic_pages, arabic_views, _menus = get_opened(server, odoo_shell, "ar")
    assert (len(arabic_pages), arabic_views) == (len(pages), views)


# what scrolls by itself, and what is Odoo's own
OTHERS = ".table-responsive, .o_notebook_headers, .o_statusbar_status, .o_control_panel, .o-mail-Chatter, table, svg"


def find_overflowing(page):
    """Return texts of the page that stand beyond its edges, or upon each other."""
    return page.evaluate(
        """(OTHERS) => {
            const found = [], boxes = [];
            const main = document.querySelector('.o_action_manager');
            const walker = document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
            while (walker.nextNode()) {
                const node = walker.currentNode, text = node.textContent.trim();
                const shown = {visibilityProperty: true, opacityProperty: true};
                if (!text || !node.parentElement.checkVisibility(shown)) continue;
                if (node.parentElement.closest(OTHERS)) continue;
                const range = document.createRange();
                range.selectNodeContents(node);
                for (const box of range.getClientRects()) {
                    if (box.width < 2 || box.height < 2) continue;
                    if (box.left < -1 || box.right > innerWidth + 1) found.push('beyond: ' + text.slice(0, 60));
                    for (const other of boxes) {
                        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
                        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
                        if (other.node !== node && wide > 3 && high > 0.5 * Math.min(box.height, other.box.height))
                            found.push('upon each other: ' + text.slice(0, 40) + ' | ' + other.text.slice(0, 40));
                    }
                    boxes.push({box, node, text});
                }
            }
            return found;
        }""",
        OTHERS,
    )


def open_pages(server, page, account, name):
    """Open Home, the page of a customer and the desk in both widths; yield the text of each."""
    page.set_default_timeout(PATIENCE)
    sign_in(page, server, f"staff.{name}")
    pages = {
        "home": ("billing-home", ".o_billing_home_money a.h4"),
        "customer": (f"billing-accounts/{account}", ".o_billing_overview [data-open]"),
        "desk": ("billing-desk", ".o_form_view div[name=account_id] input"),
    }
    for width, size in (("wide", WIDE), ("narrow", NARROW)):
        page.set_viewport_size(size)
        for title, (path, sign) in pages.items():
            page.goto(f"{server.url}/odoo/{path}")
            page.locator(sign).first.wait_for()
            look(page, f"{name}-{title}-{width}")
            assert find_overflowing(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            yield title, page.inner_text(".o_action_manager")


def test_2_german_staff_reads_german(server, page, account):
    texts = {}
    for title, text in open_pages(server, page, account, "de"):
        texts.setdefault(title, text)
    assert "Was als Nächstes kommt" in texts["home"]
    assert "What comes next" not in texts["home"]
    # 1,234.50 before tax stands on the page of the customer as German writes it; dates too
    for part in ("1.234,50", "Was sie schulden", ".02.2026"):
        assert part in texts["customer"], texts["customer"]
    for english in ("What they owe", "Overdue", "1,234.50", "Next step"):
        assert english not in texts["customer"], texts["customer"]
    assert "Zahlung" in texts["desk"]


def test_3_arabic_staff_sees_mirrored_pages(server, page, account):
    for _title, text in open_pages(server, page, account, "ar"):
        assert text
    assert page.evaluate("document.body.classList.contains('o_rtl')")
    page.set_viewport_size(WIDE)
    page.goto(f"{server.url}/odoo/billing-home")
    heading = page.locator(".o_billing_home_money h2")
    heading.wait_for()
    if shutil.which("rtlcss"):  # which Odoo turns its styles round with; without it pages stand as in English
        box = heading.evaluate(
            "e => { const r = document.createRange(); r.selectNodeContents(e); return r.getBoundingClientRect().left }"
        )
        assert box > WIDE["width"] / 3, box
