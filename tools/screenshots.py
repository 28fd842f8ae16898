#!/usr/bin/env python3
"""Takes the pictures of the README: the main pages of the demo, wide and as on a phone, as clerk, manager and customer.

``make screenshots`` serves the demo on a port of its own while it takes the pictures and does not change it; build it
before, with ``make demo SERVE=0``. ``ARGS="account run"`` takes only pictures whose name contains one of the words.
``ARGS=--every`` takes every page that a menu or a link of the portal leads to, wide and as on a phone, into
``.local/pictures``, to be looked at: on sheets of eight, and named where a page is wider than a phone.
"""

from __future__ import annotations

import argparse
import contextlib
import email
import email.policy
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tools import database, paths
from tools.chromium import bring_chromium
from tools.demo import DATABASE, wait_for
from tools.postgres import Cluster
from tools.processes import Family, free_port
from tools.steps import Problem, main, note, step

TARGET = paths.PROJECT / "docs" / "screenshots"
WIDE, PHONE = (1400, 880), (360, 800)
EVERY = paths.LOCAL / "pictures"
ON_A_SHEET = 8
LARGEST = 300_000
PATIENCE = 90_000  # milliseconds
LOGINS = {
    "clerk": ("clerk@demo.example", "demo"),
    "manager": ("manager@demo.example", "demo"),
    "customer": ("customer1@demo.example", "demo"),
}
# which records are worth showing, found by what they show
FIND = """
import datetime, json
def first(model, domain, order='id'):
    return env[model].search(domain, order=order, limit=1)
customer = env['res.users'].search([('login', '=', 'customer1@demo.example')]).partner_id
account = first('billing.account', [('partner_id', '=', customer.id)])
invoices = [('billing_account_id', '=', account.id), ('state', '=', 'posted')]
invoice = first('account.move', invoices, 'invoice_date desc, id desc')
bill = first('account.move', [*invoices, ('move_type', '=', 'out_invoice')], 'invoice_date desc, id desc')
phone = first('billing.charge', [('code_id.code', '=', 'TEL-CALL'), ('state', '=', 'invoiced'), ('amount', '>', 60)])
runs = env['billing.run'].search([('company_id', '=', account.company_id.id)], order='target_date desc, id desc')
run = runs.filtered(lambda one: one.invoice_count > 10)[:1]
case = first('billing.collection.case', [('state', '=', 'open')], 'days_overdue desc, id')
plan = first('billing.installment.plan', [('state', '=', 'active')])
fee = first('billing.late.fee', [('state', '=', 'charged')])
everything = '-'.join(str(company.id) for company in env['billing.run'].search([]).company_id.sorted('id'))
question = first('billing.question', [('author_id', '=', customer.id), ('state', '=', 'answered')])
own_dispute = first('billing.question', [('author_id', '=', customer.id), ('kind', '=', 'dispute')])
disputed = first('billing.question', [('kind', '=', 'dispute'), ('state', '=', 'new')])
listed = env['billing.charge'].search([('listed_invoice_id', '!=', False)]).listed_invoice_id[:1]
manager = env['res.users'].search([('login', '=', 'manager@demo.example')])
dispute = first('billing.stripe.dispute', [])
# what is shown for the length of a dialogue belongs to whoever opened it
comparison = env['billing.demo.business'].with_user(manager)._compare_with_stripe(datetime.date.today())
env.cr.commit()
print('FOUND', json.dumps({
    'dispute': dispute.id, 'stripe_company': dispute.company_id.id, 'comparison': comparison and comparison.id,
    'account': account.id, 'subscription': account.subscription_ids[:1].id, 'charge': phone.id, 'run': run.id,
    'code': first('billing.code', [('code', '=', 'NET-100')]).id, 'plan': first('billing.plan', []).id,
    'invoice': invoice.id, 'link': invoice.get_portal_url(), 'listed': listed.id, 'courier': listed.company_id.id,
    'everything': everything,
    'case': case.id, 'plan_agreed': plan.id, 'fee_rule': fee.rule_id.id, 'case_company': case.company_id.id,
    'plan_company': plan.company_id.id, 'fee_company': fee.company_id.id,
    'pay': env['billing.pay.links'].get_pay_path(case.account_id.id, case.currency_id.id),
    'policy': env.ref('online_billing.policy_standard').id,
    'address': customer.email,
    'question': question.id, 'own_pay': env['billing.pay.links'].get_pay_path(account.id, account.currency_id.id),
    'bill': bill.id, 'own_dispute': own_dispute.id,
    'disputed': disputed.id, 'dispute_company': disputed.company_id.id,
    'plannable': env['billing.installment.request'].find_plannable([('billing_account_id', '=', account.id)])[:1].id,
}))
"""


# every menu of the app, with its first record, and what the customer's pages link to
MENUS = """
import json
manager = env['res.users'].search([('login', '=', 'manager@demo.example')])
companies = env['billing.run'].search([]).company_id
Menu = env['ir.ui.menu'].with_user(manager).with_context(allowed_company_ids=companies.ids)
pages = []
menus = Menu.search([('id', 'child_of', env.ref('online_billing.menu_root').id), ('action', '!=', False)])
for menu in menus._filter_visible_menus():  # a search alone finds what only others see, too
    action = menu.action.sudo()
    path = action.path or f'action-{action.id}'
    record = 0
    if action._name == 'ir.actions.act_window' and 'form' in (action.view_mode or ''):
        model = Menu.env[action.res_model]
        record = not model._transient and model.search([], limit=1).id
    pages.append([menu.complete_name, path, record])
print('FOUND', json.dumps(pages))
"""


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at which page; `{name}` in the address is a record, `?cids=` the companies ticked."""

    name: str
    who: str
    address: str
    size: tuple[int, int] = WIDE
    click: str = ""
    whole: bool = False


PICTURES = (
    Picture("home", "manager", "/odoo/billing-home?cids={everything}"),
    Picture("phone-home", "clerk", "/odoo/billing-home", PHONE, whole=True),
    Picture("accounts", "clerk", "/odoo/billing-accounts?cids={everything}"),
    Picture("account", "clerk", "/odoo/billing-accounts/{account}"),
    Picture(
        "subscription",
        "clerk",
        "/odoo/billing-subscriptions/{subscription}",
        click="a:has-text('Next Twelve')",
        whole=True,
    ),
    Picture("charge", "clerk", "/odoo/billing-charges/{charge}"),
    Picture("open-invoices", "clerk", "/odoo/billing-open"),
    Picture("invoice", "clerk", "/odoo/billing-invoices/{listed}?cids={courier}"),
    Picture("billing-code", "manager", "/odoo/billing-codes/{code}", click="a:has-text('Price History')", whole=True),
    Picture("plan", "manager", "/odoo/billing-plans/{plan}"),
    Picture("runs", "manager", "/odoo/billing-runs?cids={everything}"),
    Picture("run", "manager", "/odoo/billing-runs/{run}"),
    Picture("parked", "manager", "/odoo/billing-parked?cids={everything}"),
    Picture("report", "manager", "/odoo/billing-charge-report"),
    Picture("collection", "manager", "/odoo/billing-cases?cids={everything}"),
    Picture("collection-case", "manager", "/odoo/billing-cases/{case}?cids={case_company}", whole=True),
    Picture("collection-policy", "manager", "/odoo/billing-policies/{policy}", whole=True),
    Picture("coming-steps", "manager", "/odoo/billing-coming-steps?cids={everything}"),
    Picture(
        "installment-plan",
        "manager",
        "/odoo/billing-installment-plans/{plan_agreed}?cids={plan_company}",
        whole=True,
    ),
    Picture("installment-plans", "clerk", "/odoo/billing-installment-plans?cids={everything}"),
    Picture("coming-debits", "manager", "/odoo/billing-coming-debits?cids={everything}"),
    Picture("attempts", "manager", "/odoo/billing-payment-attempts?cids={everything}"),
    Picture("stripe-events", "manager", "/odoo/billing-stripe-events?cids={stripe_company}", click=".o_facet_remove"),
    Picture("stripe-balance", "manager", "/odoo/billing.stripe.comparison/{comparison}?cids={stripe_company}"),
    Picture("stripe-dispute", "manager", "/odoo/billing-stripe-disputes/{dispute}?cids={stripe_company}", whole=True),
    Picture("late-fees", "manager", "/odoo/billing-late-fees?cids={everything}"),
    Picture("late-fee-rule", "manager", "/odoo/billing-late-fee-rules/{fee_rule}?cids={fee_company}", whole=True),
    Picture("phone-collection", "clerk", "/odoo/billing-cases", PHONE),
    Picture("phone-reminder-pay", "nobody", "{pay}", PHONE),  # by the link of a mail, without login
    Picture("customer-billing", "customer", "/my/billing"),
    Picture("customer-invoice", "customer", "/my/billing/invoices/{bill}", click="summary >> nth=0"),
    Picture("customer-statement", "customer", "/my/billing/statement"),
    Picture("phone-customer-billing", "customer", "/my/billing", PHONE),
    Picture(
        "phone-customer-installments",
        "customer",
        "/my/billing/installments?account={account}&move={plannable}&count=3&every=month#preview",
        PHONE,
        whole=True,
    ),
    Picture("phone-customer-invoice", "customer", "/my/billing/invoices/{bill}", PHONE),
    Picture("phone-customer-pay", "customer", "{own_pay}", PHONE),
    Picture("customer-questions", "customer", "/my/billing/questions"),
    Picture("phone-customer-question", "customer", "/my/billing/questions/{question}", PHONE),
    Picture("customer-subscription", "customer", "/my/billing/subscriptions/{subscription}"),
    Picture("customer-dispute", "customer", "/my/billing/questions/{own_dispute}"),
    Picture("customer-privacy", "customer", "/my/billing/privacy"),
    Picture("customer-preferences", "customer", "/my/billing/preferences"),
    Picture("questions", "manager", "/odoo/billing-questions?cids={everything}"),
    Picture(
        "question",
        "manager",
        "/odoo/billing-questions/{disputed}?cids={dispute_company}",
        whole=True,
    ),
    Picture("portal-invoices", "customer", "/my/invoices"),
    Picture("portal-invoice", "customer", "{link}"),
    Picture("phone-accounts", "clerk", "/odoo/billing-accounts", PHONE),
    Picture("phone-account", "clerk", "/odoo/billing-accounts/{account}", PHONE),
    Picture("phone-run", "manager", "/odoo/billing-runs/{run}", PHONE),
    Picture("phone-portal-invoice", "customer", "{link}", PHONE),
)


CUSTOMER_PAGES = (
    "/my/billing",
    "/my/billing/invoices",
    "/my/billing/invoices/{bill}",
    "/my/billing/pay?account={account}",
    "/my/billing/installments",
    "/my/billing/promise",
    "/my/billing/subscriptions",
    "/my/billing/statement",
    "/my/billing/payments",
    "/my/billing/questions",
    "/my/billing/questions/new",
    "/my/billing/automatic",
    "/my/billing/preferences",
    "/my/billing/profile",
    "/my/billing/privacy",
    "/my/payment_method",
)


def take_pictures() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="take only pictures whose name contains one of these")
    parser.add_argument("--every", action="store_true", help="take every page, to look at, and none for the README")
    parser.add_argument("--database", default=DATABASE, help="a database with the demo businesses in it")
    parser.add_argument("--cluster", default="main", choices=("main", "test"), help="the server that has the database")
    parser.add_argument("--mailbox", type=Path, default=paths.MAIL, help="a maildir with the mails of the demo")
    arguments = parser.parse_args()
    chromium = bring_chromium()
    if chromium is None:
        raise Problem("Cannot take pictures without a browser: install chromium.")
    with Cluster(arguments.cluster).use() as server:
        if not database.exists(server, arguments.database):
            raise Problem("Cannot take pictures: there is no demo yet. Build it first: make demo SERVE=0")
        found = _ask(server, arguments.database, FIND)
        target = EVERY if arguments.every else TARGET
        target.mkdir(parents=True, exist_ok=True)
        pages = _list_pages(_ask(server, arguments.database, MENUS), found) if arguments.every else PICTURES
        wanted = [one for one in pages if not arguments.words or any(word in one.name for word in arguments.words)]
        with _serving(server, arguments.database) as address, sync_playwright() as playwright:
            options = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=options)
            failed = []
            for who in dict.fromkeys(one.who for one in wanted):
                failed += _take(browser, address, who, [one for one in wanted if one.who == who], found, target)
            if arguments.every:
                _lay_out(target, wanted)
            elif not arguments.words or "mail" in arguments.words:
                _take_mail(browser, address, arguments.mailbox, found["address"])
            browser.close()
        if failed:
            raise Problem("Cannot take every picture:\n" + "\n".join(failed))


def _ask(server: dict[str, str], name: str, script: str):
    for line in database.shell_lines(
        server, name, script, cannot="Cannot find what to take pictures of", more_addons=[paths.DEMO_ADDONS]
    ):
        word, _space, text = line.partition(" ")
        if word == "FOUND":
            return json.loads(text)
    raise Problem("Cannot find what to take pictures of: the database has no demo businesses.")


@contextlib.contextmanager
def _serving(server: dict[str, str], name: str) -> Iterator[str]:
    family, port = Family("screenshots"), free_port()
    family.stop_left_behind()
    try:
        with step("start Odoo"):
            words = ("-d", name, "--db-filter", f"^{name}$", f"--http-port={port}", "--max-cron-threads=0")
            process = family.start(
                database.odoo_command("--log-level=warn", *words),
                log=paths.LOGS / "screenshots.log",
                environment=database.process_environment(server),
            )
            wait_for(f"http://127.0.0.1:{port}/web/health", process, "Odoo", "screenshots.log")
        yield f"http://127.0.0.1:{port}"
    finally:
        family.stop()


def _list_pages(menus: list, found: dict) -> list[Picture]:
    """Return every page twice, wide and as on a phone."""
    pages = []
    for name, path, record in menus:
        word = re.sub(r"[^a-z]+", "-", name.lower()).strip("-")
        pages.append((f"staff-{word}", "manager", f"/odoo/{path}?cids={{everything}}"))
        if record:
            pages.append((f"staff-{word}-one", "manager", f"/odoo/{path}/{record}?cids={{everything}}"))
    own = [one for one in PICTURES if one.who in ("customer", "nobody")]
    addresses = dict.fromkeys([*CUSTOMER_PAGES, *(one.address for one in own)])
    for address in addresses:
        who = "nobody" if address == "{pay}" else "customer"
        word = re.sub(r"[^a-z]+", "-", address.partition("?")[0].removeprefix("/my/").lower()).strip("-")
        pages.append((f"customer-{word}", who, address))
    wide = [Picture(name, who, address, WIDE, whole=True) for name, who, address in pages]
    phone = [Picture(f"phone-{name}", who, address, PHONE, whole=True) for name, who, address in pages]
    return [*wide, *phone]


def _lay_out(target: Path, pictures: list[Picture]) -> None:
    """Put the pictures on sheets, so that many can be looked at together."""
    for size, width in ((WIDE, 700), (PHONE, 360)):
        files = [target / f"{one.name}.png" for one in pictures if one.size == size]
        for number, first in enumerate(range(0, len(files), ON_A_SHEET), 1):
            shown = [Image.open(file).convert("RGB") for file in files[first : first + ON_A_SHEET] if file.exists()]
            shown = [one.resize((width, one.height * width // one.width)) for one in shown]
            shown = [one.crop((0, 0, width, min(one.height, width * 3))) for one in shown]
            columns = 2 if size == WIDE else ON_A_SHEET
            rows = [shown[at : at + columns] for at in range(0, len(shown), columns)]
            heights = [max(one.height for one in row) + 10 for row in rows]
            sheet = Image.new("RGB", (columns * (width + 10), sum(heights)), "grey")
            for row, top in zip(rows, (sum(heights[:at]) for at in range(len(rows))), strict=True):
                for column, one in enumerate(row):
                    sheet.paste(one, (column * (width + 10), top))
            sheet.save(target / f"sheet-{'wide' if size == WIDE else 'phone'}-{number:02}.png")


def _take(browser: Browser, address: str, who: str, pictures: list[Picture], found: dict, target: Path) -> list[str]:
    """Take the pictures that somebody sees, and return which were not to be had, and why."""
    failed: list[str] = []
    for size in dict.fromkeys(one.size for one in pictures):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            is_mobile=size == PHONE,
            has_touch=size == PHONE,
            device_scale_factor=2 if size == PHONE else 1,
            locale="en-US",
            timezone_id="UTC",
        )
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        if who in LOGINS:
            _log_in(page, address, *LOGINS[who])
        for picture in (one for one in pictures if one.size == size):
            try:
                with step(f"{picture.name} as {who}"):
                    _shoot(page, address + picture.address.format(**found), picture, target)
            except (Problem, PlaywrightError) as error:
                # one page that does not come is no reason to look at none of the others
                failed.append(f"{picture.name}: {str(error).partition(chr(10))[0]}")
        context.close()
    return failed


def _log_in(page: Page, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_url(lambda url: "/web/login" not in url)


def _shoot(page: Page, address: str, picture: Picture, target: Path) -> None:
    page.set_viewport_size({"width": picture.size[0], "height": picture.size[1]})
    address, _question, companies = address.partition("?cids=")
    page.context.clear_cookies(name="cids")
    if companies:
        page.context.add_cookies([{"name": "cids", "value": companies, "url": address}])
    page.goto(address)
    _settle(page, address)
    if page.locator(".o_error_dialog").count():
        raise Problem(f"The page {address} shows an error: {page.locator('.o_error_dialog').inner_text()[:300]}")
    if picture.click:
        page.click(picture.click)
        _settle(page, address)
    if picture.whole:
        # a form scrolls inside its page: make the page as high as the form
        height = page.evaluate(
            "Math.max(0, ...[...document.querySelectorAll('.o_form_sheet_bg, .o_content')].map(e => e.scrollHeight))"
        )
        page.set_viewport_size({"width": picture.size[0], "height": min(max(height + 140, picture.size[1]), 2200)})
        page.wait_for_timeout(400)
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if wide > 0:
        note(f"{picture.name} is {wide} pixels too wide")
    _save(page, target / f"{picture.name}.png", LARGEST if target == TARGET else 0)


def _settle(page: Page, address: str) -> None:
    """Wait until the page has what it shows; its open connection to the server never becomes quiet."""
    if "/odoo/" in address:
        page.wait_for_selector(".o_view_controller, .o_action")
        page.wait_for_function("!document.querySelector('.o_loading_indicator')")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_timeout(1500)


def _save(page: Page, target: Path, largest: int = LARGEST) -> None:
    """Save the picture with as few colours as it needs to stay small, if there is a bound of bytes."""
    draft = target.with_suffix(".part.png")
    page.screenshot(path=str(draft), animations="disabled", caret="hide")
    picture = Image.open(draft).convert("RGB")
    for colours in (256, 128, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(draft, optimize=True)
        if not largest or draft.stat().st_size < largest:
            break
    else:
        raise Problem(f"The picture {target.name} is larger than {largest:,} bytes. Show less on it.")
    draft.replace(target)


def _take_mail(browser: Browser, server: str, folder: Path, address: str) -> None:
    """Take a picture of the last invoice mail that a customer got."""
    if not folder.is_dir():
        note("no mailbox, so no picture of a mail")
        return
    for file in sorted(folder.glob("[cn][ue][rw]/*"), reverse=True):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        body = message.get_body(preferencelist=("html",))
        if body and address in str(message["To"]) and "invoice" in str(message["Subject"]).lower():
            with step("mail"):
                page = browser.new_page(viewport={"width": 760, "height": 720})
                # the logo comes from the server of the demo, which is here on another port
                page.set_content(re.sub(r"http://localhost:\d+/", f"{server}/", body.get_content()))
                _settle(page, "")
                _save(page, TARGET / "mail.png")
                page.close()
            return
    note("no invoice in the mailbox, so no picture of a mail")


if __name__ == "__main__":
    main(take_pictures)
