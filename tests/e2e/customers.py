"""Customers who do everything alone: what is billed to them, who of them logs in, and how their pages are judged."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

from tests.e2e.test_collection_by_hand import look

NARROW, WIDE = 360, 1400
HEIGHTS = {NARROW: 780, WIDE: 900}
# from where pages with a payment form bring scripts besides: that of the provider
SCRIPTS = ("https://js.stripe.com/v3/",)
GRAVE = ("serious", "critical")
# a sign of Odoo's payment form, which customers of a provider that is in use do not meet
OF_TEST_MODE = 'aria-label="Test mode"'
# for each width two customers: one pays all that is open, the other one still owes it
PREPARE = """
import json
from datetime import timedelta
from dateutil.relativedelta import relativedelta
from odoo import Command, fields
from odoo.addons.online_billing.tests import builders
from odoo.tests import new_test_user
from tests.faults import business
company = business.make_company_ready(env)
company.write({"name": "Springfield Telecom", "street": "1 Main Street", "city": "Springfield", "zip": "04999",
               "phone": "+1 207 555 0100", "vat": "00-1234567"})
env["res.partner.bank"].create({"acc_number": "0012345", "partner_id": company.partner_id.id, "company_id": company.id,
                                "allow_out_payment": True})
env["ir.config_parameter"].set_param("online_billing.request_limits", "off")
provider = env.ref("payment.payment_provider_demo")
provider.write({"state": "test", "is_published": True})
method = provider.payment_method_ids[:1]
method.active = True
clerk = new_test_user(env, "journey.clerk", "online_billing.group_billing_manager", password="journey.clerk",
                      email="clerk@example.com", name="Carla Clerk")
rule = {"name": "Three months", "self_service": True, "approval_limit": 1000, "month_max": 6, "part_min": 5}
env["billing.installment.rule"].search([]).active = False
env["billing.installment.rule"].create(rule)
policy = env["billing.collection.policy"].create({"name": "With promises", "promise_days": 14, "promise_limit": 9,
    "threshold_ids": [Command.create({"currency_id": company.currency_id.id, "amount": 0, "promise_amount": 5})]})
codes = business.make_codes(env)
lines = [(codes["NET"], "advance", 1), (codes["VOICE"], "advance", 2)]
plan = business.make_plan(env, "Home Internet", lines, alignment="calendar")
plan.customer_end = "any_day"
today = fields.Date.today()
start = today.replace(day=1) - relativedelta(months=3)
formats = env["billing.document.format"].search([]).filtered(lambda one: not one.obstacle)
found = {}
for name in ("pays_360", "owes_360", "pays_1400", "owes_1400"):
    title = f"{name.partition('_')[0].title()} Works {name.partition('_')[2]}"
    account = builders.make_accounts(env, [{"name": title, "is_company": True, "email": f"{name}@example.com",
        "street": "7 Elm Street", "city": "Springfield", "zip": "04999", "vat": "00-7654321",
        "country_id": env.ref("base.us").id}],
        delivery_channel="email", document_format_ids=[Command.set(formats.ids)], collector_id=clerk.id,
        collection_policy_id=policy.id)
    builders.subscribe(env, account, plan, start)
    env["billing.run"]._bill_accounts(account, today)
    people = {}
    for role in ("owner", "viewer"):
        person = env["res.partner"].create({"name": f"{role.title()} of {title}", "parent_id": account.partner_id.id,
                                            "email": f"{role}.{name}@example.com"})
        login = f"{role}.{name}"
        new_test_user(env, login, "base.group_portal", partner_id=person.id, password=login)
        env["billing.account.member"].create({"account_id": account.id, "partner_id": person.id, "role": role})
        people[role] = login
    env["payment.token"].create({"provider_id": provider.id, "payment_method_id": method.id, "provider_ref": name,
        "payment_details": "4242", "demo_simulated_state": "done",
        "partner_id": env["res.users"].search([("login", "=", people["owner"])]).partner_id.id})
    moves = account.move_ids.sorted("invoice_date")
    found[name] = {"account": account.id, "number": account.name, "moves": moves.ids, "names": moves.mapped("name"),
        "amounts": moves.mapped("amount_total"), "subscription": account.subscription_ids.id, "people": people,
        "formats": formats.mapped("code")}
env.cr.commit()
print("FOUND", json.dumps(found))
"""


@dataclass
class Visitor:
    """Somebody at a browser of some width, who looks at every page that they come to."""

    page: object
    url: str
    width: int
    seen: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.on("request", self._note_script)

    def _note_script(self, request) -> None:
        """Note a script from elsewhere, whatever brought it: it would read what is typed beside it. G-01."""
        if request.resource_type == "script" and not request.url.startswith((f"{self.url}/", *SCRIPTS)):
            self.faults.append(f"{self.page.url} loads a script from {request.url}")

    def go(self, path: str) -> None:
        self.page.goto(self.url + path)

    def follow(self, selector: str) -> None:
        """Click on what leads to another page, and wait for that."""
        with self.page.expect_navigation():
            self.page.click(selector)

    def read(self, selector: str) -> str:
        """Return the text of an element as one line, with plain spaces."""
        return " ".join(self.page.inner_text(selector).split())

    def see(self, name: str, leave: tuple[str, ...] = ()) -> None:
        """Judge the page: nothing beside it, and nothing that keeps anybody from using it; `faults` says what is.

        :param leave: rules of axe-core that the page breaks outside of what is ours
        """
        self.page.wait_for_load_state()
        self.page.evaluate("document.fonts.ready.then(() => true)")
        look(self.page, f"{name}-{self.width}")
        self.seen.append(name)
        whole, window = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        if whole > window:
            self.faults.append(f"{name} is {whole} wide in a window of {window}: {self._find_wide()}")
        found = [fault for fault in get_grave_faults(self.page) if not fault.startswith(leave)]
        self.faults += [f"{name}: {fault}" for fault in found]
        if folder := os.environ.get("LOOK"):
            Path(folder, f"{name}-{self.width}.txt").write_text("\n".join(self.faults))

    def _find_wide(self) -> list[str]:
        return self.page.evaluate(
            "[...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > innerWidth + 1)"
            ".slice(0, 5).map(e => e.outerHTML.slice(0, 120))"
        )


def get_grave_faults(page) -> list[str]:
    """Return what axe-core finds serious or critical on a page: the rule, and where it is broken."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    faults = []
    for one in (one for one in found if one["impact"] in GRAVE):
        places = [str(node["target"]) for node in one["nodes"] if OF_TEST_MODE not in node["html"]]
        if places:
            faults.append(f"{one['id']}: {', '.join(places[:4])}")
    return faults


def enter(context, url: str, database: str, login: str) -> None:
    """Log somebody in, as the form of the log-in does; how that looks is seen once, by keyboard."""
    answer = context.request.post(
        f"{url}/web/session/authenticate", data={"params": {"db": database, "login": login, "password": login}}
    )
    assert (json.loads(answer.text()).get("result") or {}).get("uid"), answer.text()


def get_amount(text: str) -> float:
    """Return the amount of money in a text."""
    return float(re.search(r"-?[\d,]+\.\d\d", text)[0].replace(",", ""))
