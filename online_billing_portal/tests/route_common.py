"""What every address of the portal answers to everybody, as route_matrix.csv declares it, and the means to ask."""

import csv
import inspect
import re
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zlib import crc32

from odoo.addons.online_billing.services.shared.work_loop import Pass
from odoo.addons.online_billing.tests.shared.access_common import get_own_endpoints
from odoo.addons.online_billing.tests.tiers import IS_NIGHT, comes_now
from odoo.tests import new_test_user

from ..models.account_member import NOBODY
from .portal_common import PortalCase

#: addresses of Odoo, of which roles decide as well, with a test of their own
ODOOS = Path(__file__).with_name("odoo_route_matrix.csv")
PERSONAS = ("public", "owner", "payer", "viewer", "stranger", "clerk", "manager")
# of whom a tenth is asked for every commit: colleagues by no role and by the one that sees nothing, somebody of a
# company below the customer, staff without billing, and the manager of another company
ALSO = ("colleague", "nobody", "child", "internal", "other_manager")
MISSING = 2**31 - 1
# an address that nobody may see and one that does not exist are told apart by what the visitor wrote alone
VISITORS_OWN = re.compile(r'csrf_token[^,<>]*|value="[0-9a-f]{40}o\d+"|/my/billing[^"\'\s<]*|\d{6,}')
PLACE = re.compile(r"<(?:\w+:)?(\w+)>")


def get_routes(env):
    """Return {(method, address): names of what it reads of a query or a form} of the controllers of this addon."""
    found = {}
    with ODOOS.open(newline="") as file:
        odoos = {row["route"] for row in csv.DictReader(file)}
    for address, endpoint in get_own_endpoints(env, "online_billing_portal"):
        if address in odoos:
            continue
        names = set(inspect.signature(inspect.unwrap(endpoint.func)).parameters) - {"self", "kwargs", "post"}
        for verb in endpoint.routing["methods"] or ("GET", "POST"):
            found[verb, address] = sorted(names - set(PLACE.findall(address)))
    return found


class RouteCase(PortalCase):
    """The customer with colleagues of each role, a stranger and staff; one record of what each address shows."""

    matrix = Path(__file__).with_name("route_matrix.csv")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.matrix.open(newline="") as file:
            cls.rows = list(csv.DictReader(file))
        elsewhere = cls.env["res.company"].create({"name": "Where nobody is a customer"})
        cls._make_people(elsewhere)
        cls.today = cls.env["billing.days"].get_local_day(cls.account)
        cls.plan.customer_end = "any_day"
        cls._allow_more_time()
        cls.own, cls.foreign = (cls._make_subject(account) for account in (cls.account, cls.foreign_account))
        cls.foreign["company_id"] = elsewhere.id
        cls.missing = {**cls.own, **{name: MISSING for name in cls.own if name.endswith("_id")}}
        cls.env.flush_all()

    @classmethod
    def _make_people(cls, elsewhere):
        partners, customer = cls.env["res.partner"], cls.account.partner_id
        below = partners.create({"name": "Ada Works South", "is_company": True, "parent_id": customer.id})
        cls.people |= {
            "public": None,
            "clerk": cls.clerk,
            "manager": cls.manager,
            "nobody": cls.make_user("nobody", customer),
            "child": cls.make_user("child", below),
            "internal": new_test_user(cls.env, "internal", "base.group_user", email="internal@example.com"),
            "other_manager": new_test_user(
                cls.env, "other_manager", "online_billing.group_billing_manager", email="other@example.com",
                company_id=elsewhere.id, company_ids=[(6, 0, elsewhere.ids)],
            ),
        }  # fmt: skip
        cls.env["billing.account.member"].create(
            {"account_id": cls.account.id, "partner_id": cls.people["nobody"].partner_id.id, "role": NOBODY}
        )

    @classmethod
    def _allow_more_time(cls):
        cls.env["billing.installment.rule"].search([]).active = False
        cls.env["billing.installment.rule"].create(
            {"name": "Everybody", "company_id": cls.company.id, "self_service": True, "month_max": 6, "part_min": 1,
             "approval_limit": 1000}
        )  # fmt: skip
        money = cls.account.currency_id.id
        policy = cls.env["billing.collection.policy"].create(
            {"name": "With promises", "company_id": cls.company.id, "promise_days": 14, "promise_limit": 9,
             "threshold_ids": [(0, 0, {"currency_id": money, "amount": 0, "promise_amount": 1})]}
        )  # fmt: skip
        (cls.account | cls.foreign_account).collection_policy_id = policy

    @classmethod
    def _make_subject(cls, account):
        """Return what the places of an address, and the values of a form, stand for: records of one account."""
        first, second, third = account.move_ids.sorted("invoice_date")
        register = cls.env["account.payment.register"].with_context(active_model="account.move", active_ids=third.ids)
        payment = register.create({"payment_date": cls.today})._create_payments()
        portal, person = cls.env["billing.portal.installments"], account.partner_id
        wish = portal.read_wish(account.sudo(), "3", "month", None)
        digest = portal.preview(account.sudo(), second.ids, wish)["digest"]
        plan = portal.agree(account.sudo(), second.ids, wish, digest, person)
        question = cls.env["billing.questions"].ask(
            person, {"account_id": account.id, "subject": "Why?", "text": "Why?"}, [("why.txt", b"why")]
        )
        exporting = cls.env["billing.data.exporting"]
        asking = cls.people["owner"].partner_id if account == cls.account else person
        export = exporting.ask(asking, account.sudo())
        exporting.work_through(Pass(commit=False))
        erasure = cls.env["billing.portal.privacy"].ask_erasure(person, account.sudo(), True)
        return {
            "company_id": account.company_id.id,
            "export_id": export.id,
            "number": 1,
            "erasure_id": erasure.id,
            "account_id": account.id,
            "move_id": first.id,
            "subscription_id": account.subscription_ids.id,
            "payment_id": payment.id,
            "plan_id": plan.id,
            "question_id": question.id,
            "file_id": question.attachment_ids.id,
            "digest": portal.preview(account.sudo(), first.ids, wish)["digest"],
            "soon": cls.today + timedelta(days=5),
            "currency": account.currency_id.name,
        }

    @staticmethod
    def get_part(persona, rows):
        """Return those of some rows that a persona asks for every commit; all of them at night."""
        if IS_NIGHT or persona not in ALSO:
            return rows
        return rows[ALSO.index(persona) :: 10]

    @staticmethod
    def get_slant(rows, column):
        """Return the rows that the persona of a column asks for every commit, each row others; all of them at night."""
        return [row for number, row in enumerate(rows) if comes_now(number, column)]

    @staticmethod
    def get_share(rows, persona, stride=30):
        """Return each so-manieth of some rows, others for each persona; all of them at night."""
        return rows if IS_NIGHT else rows[crc32(persona.encode()) % stride :: stride]

    # -- asking -------------------------------------------------------------------------------------------------------

    def enter_as(self, persona):
        """Log a person in; remember the token that their forms carry."""
        user = self.people[persona]
        self.authenticate(*((user.login, "not looked at") if user else (None, None)))
        text = self.url_open("/my/billing" if user else "/web/login").text
        self.token = text.partition('csrf_token: "')[2].partition('"')[0]
        self.assertTrue(self.token)

    def ask(self, row, subject, more=None, token=True):
        """Ask the address of a row as :meth:`send` does; what it does is undone."""
        with self.undone():
            return self.send(row, subject, more, token)

    def send(self, row, subject, more=None, token=True):
        """Ask the address of a row about something, as the page that leads to it would.

        :param dict subject: see `_make_subject`
        :param dict more: further values of the query or form, and of places of the address
        """
        more = more or {}
        values = {**subject, **dict(parse_qsl(row["given"].format(**subject), keep_blank_values=True)), **more}
        path = PLACE.sub(lambda place: quote(str(values[place[1]]), safe=""), row["route"])
        named = {name for name, _value in parse_qsl(row["given"].format(**subject))} | set(more)
        given = {name: values[name] for name in named - set(PLACE.findall(row["route"]))}
        if row["method"] == "GET":
            return self.url_open(f"{path}?{urlencode(given, doseq=True)}", allow_redirects=False)
        given |= {"csrf_token": self.token} if token else {}
        return self.url_open(path, data=given, method="POST", allow_redirects=False)

    @staticmethod
    def read(answer):
        """Return in one word what an answer is."""
        if answer.status_code == 303:
            path = urlsplit(answer.headers["Location"]).path
            for start, word in (("/web/login", "login"), ("/billing/pay/", "pay"), ("/my/billing", "done")):
                if path.startswith(start):
                    return word
            return path
        if answer.status_code == 200:
            return "file" if answer.headers.get("Content-Disposition", "").startswith("attachment") else "page"
        return "gone" if answer.status_code == 404 else str(answer.status_code)

    @staticmethod
    def compare(answer):
        """Return status and text of an answer, without what differs from one request to the next."""
        return answer.status_code, VISITORS_OWN.sub("", answer.text)
