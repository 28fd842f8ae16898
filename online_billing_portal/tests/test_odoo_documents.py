"""Odoo's own addresses of documents and payments, asked by each role, against odoo_document_matrix.csv."""

import csv
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from odoo.addons.online_billing.tests.payments.pay_common import PayCase
from odoo.addons.payment import utils as payment_utils
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.account_member import NOBODY
from .portal_common import PortalCase

MATRIX = Path(__file__).with_name("odoo_document_matrix.csv")
PERSONAS = ("public", "owner", "payer", "viewer", "nobody", "stranger")
# what scripts send as numbers
NUMBERS = {"amount": float, "currency_id": int, "partner_id": int}


@tagged("post_install", "-at_install")
class TestOdooDocuments(PayCase, PortalCase):
    """A link is a right of its own: whoever has one sees and pays, but for a viewer who is logged in.

    What Odoo's list downloads at once is for staff: customers get the file of each document.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with MATRIX.open(newline="") as file:
            cls.rows = list(csv.DictReader(file))
        cls.people["nobody"] = cls.make_user("nobody", cls.account.partner_id)
        cls.env["billing.account.member"].create(
            {"account_id": cls.account.id, "partner_id": cls.people["nobody"].partner_id.id, "role": NOBODY}
        )
        cls.move = cls.account.move_ids.sorted("id")[0]
        payer, amount, currency = cls.account.partner_id, cls.move.amount_residual, cls.move.currency_id
        transaction = cls.env["payment.transaction"].create(
            {"provider_id": cls.provider.id, "payment_method_id": cls.method.id, "partner_id": payer.id,
             "amount": amount, "currency_id": currency.id, "reference": "MATRIX", "state": "cancel"}
        )  # fmt: skip
        cls.places = {
            "move": cls.move.id,
            "token": cls.move._portal_ensure_token(),
            "amount": amount,
            "currency": currency.id,
            "partner": payer.id,
            "pay": payment_utils.generate_access_token(payer.id, amount, currency.id, env=cls.env),
            "tx": transaction.id,
        }
        cls.env.flush_all()

    def ask(self, row):
        """Return in one word what an address answers."""
        route, given = row["route"].format(**self.places), dict(parse_qsl(row["given"].format(**self.places)))
        if row["kind"] == "JSON":
            given = {name: NUMBERS.get(name, str)(value) for name, value in given.items()}
            params = self.get_payment_params(given.pop("amount"), **{"access_token": None, **given})
            answer = self.call(route, params).json()
            return "refused" if "error" in answer else "done"
        answer = self.url_open(f"{route}?{urlencode(given)}", allow_redirects=False)
        if answer.status_code == 303:
            return "login" if "/web/login" in answer.headers["Location"] else "away"
        if answer.status_code != 200:
            return {403: "refused", 404: "gone", 422: "refused"}.get(answer.status_code, str(answer.status_code))
        if answer.headers.get("Content-Disposition", "").startswith("attachment"):
            return "file"
        if row["route"] == "/payment/pay":
            return "form" if "o_payment_form" in answer.text else "page"
        return "shown" if self.move.name in answer.text else "page"

    def test_a02_what_each_role_gets_of_documents_and_payments(self):
        self.assertGreaterEqual(len(self.rows), 17)
        for persona in PERSONAS:
            self.authenticate(*((persona, "not looked at") if persona != "public" else (None, None)))
            for row in self.rows:
                subject = self.subTest(persona=persona, route=row["route"], given=row["given"])
                with subject, self.undone(), mute_logger("odoo.http"):
                    self.assertEqual(self.ask(row), row[persona])
