#!/usr/bin/env python3
"""Takes the pictures of the README: the main pages of the demo, wide and as on a phone, as clerk, manager and customer.

``make screenshots`` serves the demo on a port of its own while it takes the pictures and does not change it; build it
before, with ``make demo SERVE=0``. ``ARGS="account run"`` takes only pictures whose name contains one of the words.
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

from tools import database, paths
from tools.chromium import bring_chromium
from tools.demo import DATABASE, wait_for
from tools.postgres import Cluster
from tools.processes import Family, free_port
from tools.steps import Problem, main, note, step

TARGET = paths.PROJECT / "docs" / "screenshots"
WIDE, PHONE = (1360, 860), (390, 844)
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


def take_pictures() -> None:
    parser = argparse.ArgumentParser(prog="make screenshots", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="take only pictures whose name contains one of these")
    parser.add_argument("--database", default=DATABASE, help="a database with the demo businesses in it")
    parser.add_argument("--cluster", default="main", choices=("main", "test"), help="the server that has the database")
    parser.add_argument("--mailbox", type=Path, default=paths.MAIL, help="a maildir with the mails of the demo")
    arguments = parser.parse_args()
    chromium = bring_chromium()
    if chromium is None:
        raise Problem("Cannot take pictures without a browser: install chromium.")
    wanted = [one for one in PICTURES if not arguments.words or any(word in one.name for word in arguments.words)]
    with Cluster(arguments.cluster).use() as server:
        if not database.exists(server, arguments.database):
            raise Problem("Cannot take pictures: there is no demo yet. Build it first: make demo SERVE=0")
        found = _find(server, arguments.database)
        TARGET.mkdir(parents=True, exist_ok=True)
        with _serving(server, arguments.database) as address, sync_playwright() as playwright:
            options = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=chromium, args=options)
            for who in dict.fromkeys(one.who for one in wanted):
                _take(browser, address, who, [one for one in wanted if one.who == who], found)
            if not arguments.words or "mail" in arguments.words:
                _take_mail(browser, address, arguments.mailbox, found["address"])
            browser.close()


def _find(server: dict[str, str], name: str) -> dict:
    for line in database.shell_lines(
        server, name, FIND, cannot="Cannot find what to take pictures of", more_addons=[paths.DEMO_ADDONS]
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


def _take(browser: Browser, address: str, who: str, pictures: list[Picture], found: dict) -> None:
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
            with step(f"{picture.name} as {who}"):
                _shoot(page, address + picture.address.format(**found), picture)
        context.close()


def _log_in(page: Page, address: str, login: str, password: str) -> None:
    page.goto(f"{address}/web/login")
    page.fill("input[name=login]", login)
    page.fill("input[name=password]", password)
    page.click(".oe_login_form button[type=submit]")
    page.wait_for_url(lambda url: "/web/login" not in url)


def _shoot(page: Page, address: str, picture: Picture) -> None:
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
    _save(page, TARGET / f"{picture.name}.png")


def _settle(page: Page, address: str) -> None:
    """Wait until the page has what it shows; its open connection to the server never becomes quiet."""
    if "/odoo/" in address:
        page.wait_for_selector(".o_view_controller, .o_action")
        page.wait_for_function("!document.querySelector('.o_loading_indicator')")
    page.wait_for_function("[...document.images].every(image => image.complete)")
    page.wait_for_timeout(1500)


def _save(page: Page, target: Path) -> None:
    """Save the picture with as few colours as it needs to stay small."""
    draft = target.with_suffix(".part.png")
    page.screenshot(path=str(draft), animations="disabled", caret="hide")
    picture = Image.open(draft).convert("RGB")
    for colours in (256, 128, 64):
        picture.quantize(colours, dither=Image.Dither.NONE).save(draft, optimize=True)
        if draft.stat().st_size < LARGEST:
            break
    else:
        raise Problem(f"The picture {target.name} is larger than {LARGEST:,} bytes. Show less on it.")
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
