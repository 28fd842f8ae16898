"""A-02, A-07, A-11: every address of ours, asked by everybody over real HTTP, with and without its token."""

import re
from unittest.mock import patch
from urllib.parse import quote

from odoo.addons.payment.utils import generate_access_token
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..payments.pay_common import PayCase
from ..tiers import IS_NIGHT
from .access_common import MISSING, PERSONAS, AccessCase, get_own_routes

PAY = "/billing/pay/<int:account_id>/<int:currency_id>"
PAY_NOW = f"{PAY}/transaction/<string:scope>"
INSTALLMENT = "/online_billing/installment/<int:installment_id>/transaction/<int:invoice_id>"
INVOICE = "/my/invoices/<int:invoice_id>"
RENEW, PAY_RENEW = "/billing/link/renew", f"{PAY}/renew"
OVERDUE = "/invoice/transaction/overdue"
DOCUMENT = "/invoice/transaction/<int:invoice_id>"
# pages of Odoo where what cannot be a token counts as none; all else is as Odoo has it
ODOOS = {"/payment/pay", "/payment/confirmation", "/payment/transaction"}
TOO_LARGE = 10**20
WRONG_TOKENS = ("wrong", "é€", "\N{NULL}", "", None, 5, True, ["x"], {"x": 1})
# what a person is told; anything else that a call answers with is a fault of the program
REFUSALS = {"odoo.exceptions.ValidationError", "werkzeug.exceptions.NotFound"}
# what a pay form sends
SENT = {
    "access_token", "amount", "csrf_token", "flow", "is_validation", "landing_route", "payment_method_id",
    "payment_reference", "provider_id", "token_id", "tokenization_requested",
}  # fmt: skip
# what somebody would like to send besides
WISHED = {
    "billing_account_id", "company_id", "custom_create_values", "invoice_ids", "operation", "partner_id",
    "reference", "reference_prefix", "state",
}  # fmt: skip
# Odoo's own answers: to whoever sees no invoices, and to a token where none is taken
ODOO_REFUSALS = {"odoo.exceptions.AccessError", "werkzeug.exceptions.BadRequest"}


@tagged("post_install", "-at_install")
class TestAccessRoutes(PayCase, AccessCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.currency = cls.account.currency_id
        cls.company.email = "billing@example.com"
        cls.account.partner_id.email = "customer@example.com"
        cls.installment = cls.records["billing.installment"]
        cls.move = cls.installment.move_id
        cls.foreign_move = cls.move.copy(
            {"partner_id": cls.foreign_account.partner_id.id, "billing_account_id": cls.foreign_account.id}
        )
        cls.foreign_move.action_post()
        due = {"invoice_date": "2026-05-01", "invoice_date_due": "2026-05-05", "invoice_payment_term_id": False}
        cls.overdue = cls.move.copy(due)
        cls.overdue.action_post()
        for move in cls.move | cls.foreign_move:
            move._portal_ensure_token()
        items = cls.env["billing.open.items"].get_items([cls.account.id])[cls.account.id]
        cls.open_amount = float(sum(amount for _item, amount in cls.env["billing.open.items"].net(items)))

    # -- asking -------------------------------------------------------------------------------------------------------

    def enter(self, persona):
        user = self.people[persona]
        self.authenticate(*((None, None) if persona == "public" else (user.login, "not looked at")))

    def get_pay_token(self, account):
        return self.env["billing.pay.links"].get_pay_token(account.id, self.currency.id)

    def open_page(self, account_id, token=None, currency_id=None):
        """Return status and text of the pay page, without what differs from one request to the next."""
        query = "" if token is None else f"?access_token={quote(token)}"
        answer = self.url_open(f"/billing/pay/{account_id}/{currency_id or self.currency.id}{query}")
        text = re.sub(r"csrf_token[^,<]*|/billing/pay[^\"'\s]*", "", answer.text)
        return answer.status_code, text

    def call(self, path, token, amount, **changes):
        """Return HTTP status, name and text of the refusal of a call that would start a payment."""
        params = self.get_payment_params(amount, **changes)
        if token is not NotImplemented:
            params["access_token"] = token
        with mute_logger("odoo.http"):
            answer = self.opener.post(
                self.base_url() + path, json={"id": 0, "jsonrpc": "2.0", "method": "call", "params": params}
            )
        if not answer.ok:
            return answer.status_code, "", ""
        data = answer.json().get("error", {}).get("data", {})
        return answer.status_code, data.get("name"), data.get("message")

    def ask_for_payment(self, account_id, token=NotImplemented):
        return self.call(f"/billing/pay/{account_id}/{self.currency.id}/transaction/all", token, self.open_amount)

    def start_installment(self, invoice_id, token=NotImplemented, installment_id=None):
        path = f"/online_billing/installment/{installment_id or self.installment.id}/transaction/{invoice_id}"
        return self.call(path, token, self.installment.amount)

    def pay_document(self, invoice_id, token=NotImplemented):
        return self.call(f"/invoice/transaction/{invoice_id}", token, self.move.amount_residual)

    def pay_overdue(self, token=NotImplemented):
        """Ask to pay all that is overdue of whoever is logged in; no token opens this one."""
        return self.call(OVERDUE, token, self.overdue.amount_residual, payment_reference="OVERDUE")

    def shows_invoice(self, move, token):
        """Tell whether Odoo's own page shows an invoice."""
        query = "" if token is NotImplemented else f"?access_token={quote(token)}"
        answer = self.url_open(f"/my/invoices/{move.id}{query}")
        return answer.status_code == 200 and move.name in answer.text

    def renews(self, move, token):
        """Tell whether another link is made for whoever sends the form; everybody reads the same answer."""
        form = self.url_open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        given = {} if token is NotImplemented else {"access_token": token}
        with patch.object(self.registry["billing.link.privacy"], "is_link_open", lambda *_args: False):
            answer = self.url_open(RENEW, data={"csrf_token": form, "move": str(move.id), **given})
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        before, move.billing_link_date = move.billing_link_date, False
        self.env.flush_all()
        return bool(before)

    def renews_pay_link(self, token):
        """Tell whether a new link is mailed to whoever sends the form with one that was made useless."""
        self.env["billing.pay.links"].turn(self.account)
        self.env.flush_all()
        form = self.url_open("/web/login").text.partition('csrf_token: "')[2].partition('"')[0]
        given = {} if token is NotImplemented else {"access_token": token}
        path = f"/billing/pay/{self.account.id}/{self.currency.id}/renew"
        answer = self.url_open(path, data={"csrf_token": form, **given})
        self.assertEqual(answer.status_code, 404 if token is NotImplemented else 200)
        self.env.invalidate_all()
        mailed = self.env["billing.collection.message"].sudo().search([("key", "like", "link:%")])
        found = bool(mailed)
        mailed.unlink()
        self.account.pay_link_number = 0
        self.env.flush_all()
        return found

    def count_transactions(self):
        self.env.invalidate_all()
        return self.env["payment.transaction"].search_count([])

    def assertRefused(self, answer, also=()):
        status, name, _text = answer
        self.assertLess(status, 500)
        self.assertIn(name, {*REFUSALS, *also})

    # -- the matrix ---------------------------------------------------------------------------------------------------

    def test_a11_every_route_is_declared_and_known_to_this_test(self):
        routes = get_own_routes(self.env) - ODOOS
        self.assertEqual(routes, {PAY, PAY_NOW, PAY_RENEW, INSTALLMENT, INVOICE, RENEW, OVERDUE, DOCUMENT})
        declared = {key[1:] for key in self.rows if key[0] == "route"}
        self.assertEqual(declared, {(route, name) for route in routes for name in ("no token", "right token")})

    def test_a11_what_everybody_gets(self):
        tokens = {"no token": NotImplemented, "right token": self.get_pay_token(self.account)}
        self.assertGreater(self.open_amount, 0)
        for persona in PERSONAS:
            self.enter(persona)
            for name, pay_token in tokens.items():
                page_token = None if pay_token is NotImplemented else pay_token
                with self.subTest(route=PAY, persona=persona, token=name):
                    status, text = self.open_page(self.account.id, page_token)
                    may = self.get_expected("route", PAY, name, persona) == "y"
                    self.assertEqual((status, self.move.name in text), (200, True) if may else (404, False))
                invoice_token = pay_token if pay_token is NotImplemented else self.move.access_token
                with self.subTest(route=INVOICE, persona=persona, token=name):
                    may = self.get_expected("route", INVOICE, name, persona) == "y"
                    self.assertEqual(self.shows_invoice(self.move, invoice_token), may)
                with self.subTest(route=RENEW, persona=persona, token=name):
                    may = self.get_expected("route", RENEW, name, persona) == "y"
                    self.assertEqual(self.renews(self.move, invoice_token), may)
                with self.subTest(route=PAY_RENEW, persona=persona, token=name):
                    may = self.get_expected("route", PAY_RENEW, name, persona) == "y"
                    self.assertEqual(self.renews_pay_link(pay_token), may)
                if pay_token is not NotImplemented:
                    invoice_token = self.move.access_token  # another one by now
                for route, ask in (
                    (PAY_NOW, lambda token=pay_token: self.ask_for_payment(self.account.id, token)),
                    (INSTALLMENT, lambda token=invoice_token: self.start_installment(self.move.id, token)),
                    (DOCUMENT, lambda token=invoice_token: self.pay_document(self.move.id, token)),
                    (OVERDUE, lambda token=invoice_token: self.pay_overdue(token)),
                ):
                    with self.subTest(route=route, persona=persona, token=name):
                        before = self.count_transactions()
                        answer = ask()
                        may = self.get_expected("route", route, name, persona) == "y"
                        self.assertEqual(self.count_transactions() - before, int(may), answer)
                        if may:
                            self.assertEqual(answer, (200, None, None))
                            # what is being paid is asked for once; the next one finds nothing under way
                            self.env["payment.transaction"].search([]).write({"state": "cancel"})
                        else:
                            self.assertRefused(answer, ODOO_REFUSALS if route == OVERDUE else ())

    # -- strangers and nonsense ---------------------------------------------------------------------------------------

    def test_a11_a_foreign_page_and_a_missing_one_answer_alike(self):
        mine = self.get_pay_token(self.account)
        for persona in ("public", "portal_a", "clerk"):
            self.enter(persona)
            for token in (None, "wrong", mine, "é€", "\N{NULL}", ""):
                with self.subTest(persona=persona, token=token):
                    foreign = self.open_page(self.foreign_account.id, token)
                    self.assertEqual(foreign[0], 404)
                    self.assertNotIn(self.foreign_move.name, foreign[1])
                    for number in (MISSING, TOO_LARGE, 0):
                        self.assertEqual(self.open_page(number, token), foreign)
                    self.assertEqual(self.open_page(self.account.id, token, currency_id=MISSING), foreign)

    def get_other_tokens(self):
        """Return tokens that open something else: another document, account or currency, or a thing of another kind."""
        partner, other = self.account.partner_id, self.env["res.currency"].search([("id", "!=", self.currency.id)])[:1]
        links = self.env["billing.pay.links"]
        return {
            "another account": self.get_pay_token(self.foreign_account),
            "another currency": links.get_pay_token(self.account.id, other.id),
            "another document": self.foreign_move.access_token,
            "a payment": generate_access_token(partner.id, self.open_amount, self.currency.id, env=self.env),
            "a message": self.move._sign_token(partner.id),
        }

    def test_a02_a_token_of_anything_else_opens_nothing(self):
        before, pay_token = self.count_transactions(), self.get_pay_token(self.account)
        others = self.get_other_tokens()
        for persona in ("public", "portal_b", "internal"):
            self.enter(persona)
            for name, token in {**others, "a document": self.move.access_token}.items():
                with self.subTest(persona=persona, page="account", token=name):
                    found = self.open_page(self.account.id, token)
                    self.assertEqual((found[0], found), (404, self.open_page(MISSING, token)))
                    refused = self.ask_for_payment(self.account.id, token)
                    self.assertRefused(refused)
                    self.assertEqual(refused, self.ask_for_payment(MISSING, token))
            for name, token in {**others, "an account": pay_token}.items():
                with self.subTest(persona=persona, page="document", token=name):
                    answers = [
                        self.url_open(f"/my/invoices/{number}?access_token={quote(token)}", allow_redirects=False)
                        for number in (self.move.id, MISSING)
                    ]
                    seen = [(answer.status_code, answer.headers.get("Location"), answer.text) for answer in answers]
                    self.assertEqual(*seen)
                    self.assertEqual(seen[0][0], 303)
                    refused = self.start_installment(self.move.id, token)
                    self.assertRefused(refused)
                    self.assertEqual(refused, self.start_installment(MISSING, token))
                    refused = self.pay_document(self.move.id, token)
                    self.assertRefused(refused)
                    self.assertEqual(refused, self.pay_document(MISSING, token))
        self.assertEqual(self.count_transactions(), before)

    def test_a07_nothing_is_read_of_a_payment_but_what_its_form_sends(self):
        before = self.count_transactions()
        names = sorted({*self.env["payment.transaction"]._fields} - SENT - WISHED)
        self.assertGreater(len(names), 30)
        self.enter("portal_a")
        pay = f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/all"
        part = f"/online_billing/installment/{self.installment.id}/transaction/{self.move.id}"
        wished = [*sorted(WISHED), *names[:: 1 if IS_NIGHT else 10]]
        for path, token, amount, in_address in (
            (pay, self.get_pay_token(self.account), self.open_amount, {"currency_id"}),
            (part, self.move.access_token, self.installment.amount, set()),
        ):
            for name in (name for name in wished if name not in in_address):
                with self.subTest(path=path, name=name):
                    self.assertRefused(self.call(path, token, amount, **{name: 7}), ODOO_REFUSALS)
                    self.assertEqual(self.count_transactions(), before)
            self.assertEqual(self.call(path, token, amount), (200, None, None))
            self.env["payment.transaction"].search([]).write({"state": "cancel"})
            before = self.count_transactions()

    def test_a11_a_foreign_payment_and_a_missing_one_are_refused_alike(self):
        before = self.count_transactions()
        for persona in ("public", "portal_a", "clerk"):
            self.enter(persona)
            for token in (*WRONG_TOKENS, self.get_pay_token(self.account)):
                with self.subTest(persona=persona, token=token):
                    foreign = self.ask_for_payment(self.foreign_account.id, token)
                    self.assertRefused(foreign)
                    for number in (MISSING, TOO_LARGE, 0):
                        self.assertEqual(self.ask_for_payment(number, token), foreign)
        self.assertEqual(self.count_transactions(), before)

    def test_a11_a_foreign_invoice_and_a_missing_one_are_refused_alike(self):
        before = self.count_transactions()
        for persona in ("public", "portal_a", "portal_b", "internal", "other_manager"):
            self.enter(persona)
            move = self.move if persona == "portal_b" else self.foreign_move
            for token in (*WRONG_TOKENS, (self.move + self.foreign_move - move).access_token):
                with self.subTest(persona=persona, token=token):
                    foreign = self.start_installment(move.id, token)
                    self.assertRefused(foreign)
                    for number in (MISSING, TOO_LARGE, 0):
                        self.assertEqual(self.start_installment(number, token), foreign)
        self.assertEqual(self.count_transactions(), before)

    def test_a11_an_installment_of_another_invoice_and_a_missing_one_are_refused_alike(self):
        before = self.count_transactions()
        self.enter("portal_b")
        foreign = self.start_installment(self.foreign_move.id, self.foreign_move.access_token)
        self.assertRefused(foreign)
        for number in (MISSING, TOO_LARGE):
            answer = self.start_installment(self.foreign_move.id, self.foreign_move.access_token, number)
            self.assertEqual(answer, foreign)
        self.assertEqual(self.count_transactions(), before)

    def test_a11_nonsense_in_the_link_of_an_installment_leaves_the_invoice_as_it_is(self):
        self.enter("portal_a")
        plain = f"/my/invoices/{self.move.id}?access_token={self.move.access_token}"
        for chosen, token in (
            (self.installment.id, "wrong"), (self.installment.id, "é€"), (self.installment.id, ""), ("é", "é"),
            ("x", "x"), (MISSING, "x"), (TOO_LARGE, "x"), ("", "x"),
        ):  # fmt: skip
            with self.subTest(installment=chosen, token=token):
                page = self.url_open(f"{plain}&installment={quote(str(chosen))}&installment_token={quote(token)}")
                self.assertEqual(page.status_code, 200)
                self.assertNotIn("/online_billing/installment/", page.text)
