"""Odoo's own addresses about the people of a customer, asked by everybody, against odoo_route_matrix.csv."""

import csv
from urllib.parse import parse_qsl, urlencode

from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCase
from .route_common import ODOOS

# as a form of Odoo sends it
ADDRESS = ("name", "email", "phone", "street", "city", "zip")


@tagged("post_install", "-at_install")
class TestOdooRoutes(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with ODOOS.open(newline="") as file:
            cls.rows = list(csv.DictReader(file))
        cls.people |= {"public": None, "clerk": cls.clerk, "manager": cls.manager}
        cls.country = cls.env.ref("base.de")
        whole = {"street": "Main Street 1", "zip": "10115", "city": "Berlin", "country_id": cls.country.id}
        cls.customer = cls.account.partner_id
        for partner in (cls.customer, cls.foreign_account.partner_id, cls.clerk.partner_id, cls.manager.partner_id):
            partner.write({**whole, "email": partner.email or "somebody@example.com", "phone": "+49 30 1"})
        for user in cls.people.values():
            if user and user.partner_id.parent_id:
                user.partner_id.write({"email": f"{user.login}@example.com", "phone": "+49 30 2"})
        cls.address = cls.env["res.partner"].create(
            {"name": "Books", "parent_id": cls.customer.id, "type": "invoice", "email": "books@example.com",
             "phone": "+49 30 3", **whole}
        )  # fmt: skip
        cls.env.flush_all()

    def get_print(self):
        """Return what is known of everybody of the customer."""
        self.env.flush_all()
        self.env.invalidate_all()
        everybody = self.env["res.partner"].with_context(active_test=False)
        found = everybody.search([("commercial_partner_id", "=", self.customer.id)])
        return {one.id: (one.active, *(one[name] for name in ADDRESS)) for one in found}

    def ask(self, row, user):
        places = {
            "address": self.address.id,
            "customer": self.customer.id,
            "colleague": self.people["colleague"].partner_id.id,
            "self": user.partner_id.id if user else 1,
        }
        given = dict(parse_qsl(row["given"].format(**places)))
        if row["kind"] == "GET":
            return self.url_open(f"{row['route']}?{urlencode(given)}", allow_redirects=False)
        if row["kind"] == "JSON":
            call = {"id": 0, "jsonrpc": "2.0", "method": "call", "params": given}
            return self.opener.post(self.base_url() + row["route"], json=call)
        number = given.get("partner_id", "")
        known = self.env["res.partner"].browse(int(number) if number.isdigit() else self.address.id)
        form = {name: known[name] or "" for name in ADDRESS} | {"country_id": known.country_id.id or self.country.id}
        token = self.url_open("/my/home" if user else "/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        return self.url_open(
            row["route"], data={"csrf_token": token, **form, **given}, method="POST", allow_redirects=False
        )

    @staticmethod
    def read(row, answer):
        """Return in one word what an answer is."""
        if answer.status_code == 303 and "/web/login" in answer.headers["Location"]:
            return "login"
        if answer.status_code != 200:
            return {403: "refused", 404: "gone"}.get(answer.status_code, str(answer.status_code))
        if row["kind"] == "GET":
            return "page"
        said = answer.json()
        if row["kind"] == "JSON":
            return "refused" if said.get("error") else "done"
        return "said" if said.get("messages") else "done"

    def test_what_everybody_gets_and_changes(self):
        self.assertGreaterEqual(len(self.rows), 15)
        before = self.get_print()
        for persona, user in self.people.items():
            self.authenticate(*((user.login, "not looked at") if user else (None, None)))
            for row in self.rows:
                with self.subTest(persona=persona, route=row["route"], given=row["given"]), self.undone():
                    with mute_logger("odoo.http"):
                        answer = self.ask(row, user)
                    self.assertEqual(self.read(row, answer), row[persona])
                    is_changed = self.get_print() != before
                    is_own = persona not in ("clerk", "manager", "stranger")
                    changes = row["kind"] != "GET" and row[persona] == "done" and is_own
                    self.assertEqual(is_changed, changes)

    def test_who_may_not_add_an_address_reads_who_may(self):
        """On the page that Odoo shows for what is refused, and among the messages that the form itself shows."""
        told = f"You may not add an address of {self.customer.name}"
        asked = [row for row in self.rows if "partner_id" not in row["given"] and row["payer"] == "refused"]
        self.assertEqual([row["kind"] for row in asked], ["GET", "POST", "POST"])
        for persona in ("payer", "viewer", "colleague"):
            self.authenticate(persona, "not looked at")
            for row in asked:
                with self.subTest(persona=persona, kind=row["kind"], given=row["given"]), self.undone():
                    with mute_logger("odoo.http"):
                        answer = self.ask(row, self.people[persona])
                    self.assertEqual(answer.status_code, 403)
                    said = answer.text if row["kind"] == "GET" else answer.json()["messages"][0]
                    self.assertIn(told, said)
                    self.assertIn("An owner of the account adds it", said)
