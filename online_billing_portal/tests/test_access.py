"""Who of a customer sees and does what: on our pages, and on Odoo's own."""

from urllib.parse import parse_qs, urlencode, urlsplit

from odoo.addons.online_billing.tests.payments.pay_common import PayCase
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..services.access import ACTS, AGREE, ASK, AUTOMATIC, MANAGE, PAY, PROMISE, SEE
from .portal_common import PortalCase

ROLES = {
    "customer": "owner",
    "owner": "owner",
    "payer": "payer",
    "viewer": "viewer",
    "colleague": "payer",
    "stranger": None,
}
MAY = {
    "owner": {SEE, ASK, PAY, PROMISE, AUTOMATIC, AGREE, MANAGE},
    "payer": {SEE, ASK, PAY, PROMISE, AUTOMATIC},
    "viewer": {SEE, ASK},
    None: set(),
}


@tagged("post_install", "-at_install")
class TestRoles(PortalCase):
    def get_role(self, name, account=None):
        return self.env["billing.portal.access"].get_role(self.people[name].partner_id, account or self.account)

    def test_each_person_has_one_role(self):
        self.assertEqual({name: self.get_role(name) for name in ROLES}, ROLES)

    def test_closed_to_colleagues_only_who_is_named_sees_it(self):
        self.account.is_open_to_colleagues = False
        self.assertEqual({name: self.get_role(name) for name in ROLES}, {**ROLES, "colleague": None})

    def test_what_each_role_may_do(self):
        access = self.env["billing.portal.access"]
        self.assertEqual(set(ACTS), {"owner", "payer", "viewer"})
        for name, role in ROLES.items():
            person = self.people[name].partner_id
            may = {act for act in MAY["owner"] if access.may(person, self.account, act)}
            self.assertEqual(may, MAY[role], name)

    def test_a_company_above_does_not_own_the_accounts_of_those_below(self):
        holding = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        self.make_user("holding", partner=holding)
        self.account.partner_id.parent_id = holding
        self.assertEqual(self.account.partner_id.commercial_partner_id, self.account.partner_id)
        user = self.env["res.users"].search([("login", "=", "holding")])
        self.assertIsNone(self.env["billing.portal.access"].get_role(holding, self.account))
        self.env.flush_all()
        self.assertFalse(self.env["account.move"].with_user(user).search([("id", "in", self.account.move_ids.ids)]))

    def test_whoever_leaves_the_customer_leaves_their_role_and_the_links_behind(self):
        links, ids = self.env["billing.pay.links"], (self.account.id, self.account.currency_id.id)
        other = self.foreign_account.partner_id
        for name, changes in (("payer", {"parent_id": other.id}), ("owner", {"parent_id": False, "is_company": True})):
            token = links.get_pay_token(*ids)
            self.people[name].partner_id.write({"phone": "1", **changes})
            self.assertIsNone(self.get_role(name))
            self.assertNotIn(self.people[name].partner_id, self.account.member_ids.partner_id)
            self.assertTrue(links.read_pay_token(token, *ids).is_turned, name)
        token = links.get_pay_token(*ids)
        desk = self.env["res.partner"].create({"name": "Desk", "parent_id": self.account.partner_id.id})
        self.people["viewer"].partner_id.parent_id = desk  # of the same customer as before
        self.assertEqual(self.get_role("viewer"), "viewer")
        # the customer as a contact of another one: so are its people
        holding = self.env["res.partner"].create({"name": "Holding", "is_company": True})
        self.account.partner_id.write({"is_company": False, "parent_id": holding.id})
        self.assertEqual(self.get_role("viewer"), "viewer")
        self.assertFalse(links.read_pay_token(token, *ids).is_turned)

    def test_a_draft_account_is_shown_to_nobody(self):
        draft = self.env["billing.account"].create({"partner_id": self.account.partner_id.id})
        self.assertIsNone(self.get_role("customer", draft))

    def test_only_a_contact_of_the_customer_gets_a_role(self):
        with self.assertRaisesRegex(ValidationError, "no contact of"):
            self.env["billing.account.member"].create(
                {"account_id": self.account.id, "partner_id": self.people["stranger"].partner_id.id}
            )

    def test_odoos_own_documents_follow_the_role(self):
        move = self.account.move_ids[:1]
        self.account.is_open_to_colleagues = False
        self.env.flush_all()
        for name, role in {**ROLES, "colleague": None}.items():
            with self.subTest(person=name):
                own = move.with_user(self.people[name])
                self.assertEqual(bool(own.search([("id", "=", move.id)])), bool(role))
                lines = own.env["account.move.line"].search([("move_id", "=", move.id)])
                self.assertEqual(bool(lines), bool(role))
                if not role:
                    with self.assertRaises(AccessError):
                        own.read(["name"])

    def test_staff_see_a_closed_account_as_before(self):
        self.account.is_open_to_colleagues = False
        move = self.account.move_ids[:1].with_user(self.clerk)
        self.assertEqual(move.search([("id", "=", move.id)]), move)

    def test_a_viewer_does_not_pay_on_odoos_pages(self):
        move = self.account.move_ids[:1]
        for name, pays in (("viewer", False), ("payer", True), ("colleague", True)):
            self.enter(name)
            params = {
                "access_token": None, "provider_id": 1, "payment_method_id": 1,
                "token_id": None,
                "amount": move.amount_residual, "flow": "direct", "tokenization_requested": False,
                "landing_route": "/my",
            }  # fmt: skip
            answer = self.make_jsonrpc_request_raw(f"/invoice/transaction/{move.id}", params)
            told = answer.get("error", {}).get("data", {}).get("name", "")
            self.assertEqual("AccessError" in told, not pays, (name, told))

    def test_a_viewer_pays_on_no_page_and_reads_why(self):
        """The rule is one, on the pay page as on Odoo's; a link is no role, and who has it alone may pay."""
        account, currency = self.account, self.account.currency_id
        path = self.env["billing.pay.links"].get_pay_path(account.id, currency.id)
        token = parse_qs(urlsplit(path).query)["access_token"][0]
        params = {
            "access_token": token, "provider_id": 1, "payment_method_id": 1, "token_id": None, "amount": 1,
            "flow": "direct", "tokenization_requested": False, "landing_route": "/my",
        }  # fmt: skip
        move = account.move_ids[:1]
        for name, pays in (("viewer", False), ("payer", True), ("stranger", True), (None, True)):
            self.enter(name)
            text = self.open(path)[1]
            self.assertEqual('name="may_not_pay"' in text, not pays, name)
            self.assertEqual('name="wanted"' in text, pays, name)
            route = f"/billing/pay/{account.id}/{currency.id}/transaction/all"
            told = self.make_jsonrpc_request_raw(route, params).get("error", {}).get("data", {}).get("name", "")
            self.assertEqual("AccessError" in told, not pays, (name, told))
            if name != "stranger":
                text = self.open(f"/my/invoices/{move.id}?access_token={move._portal_ensure_token()}")[1]
                self.assertEqual(f"/invoice/transaction/{move.id}" in text, pays, name)
                self.assertEqual('name="may_not_pay"' in text, not pays, name)
                self.assertEqual('data-bs-target="#pay_with"' in text, pays, name)

    def test_odoos_other_pages_with_a_form_offer_nothing_to_whoever_may_not_pay(self):
        account, move = self.account, self.account.move_ids[:1]
        customer, amount, currency = account.partner_id, move.amount_residual, account.currency_id
        given = {
            "invoice_id": move.id,
            "amount": amount,
            "access_token": payment_utils.generate_access_token(customer.id, amount, currency.id, env=self.env),
        }
        page = f"/payment/pay?{urlencode(given)}"
        # a link is a right of its own: whoever has it alone may pay
        for name, pays in (("viewer", False), ("payer", True), ("customer", True), (None, True)):
            with self.subTest(person=name):
                self.enter(name)
                self.check_form(page, pays)
                if name:
                    text = self.open("/my/invoices")[1]
                    self.assertIn(move.name, text)
                    self.assertEqual("Pay Now" in text, pays)
        # Odoo lists there what is addressed to the visitor
        for name, pays in (("viewer", False), ("payer", True)):
            with self.subTest(addressed=name), self.undone():
                person = self.people[name].partner_id
                self.env.cr.execute("UPDATE account_move SET partner_id = %s WHERE id = %s", [person.id, move.id])
                self.env.invalidate_all()
                self.enter(name)
                self.check_form("/my/invoices/overdue", pays)

    def check_form(self, page, pays):
        """A page offers to pay, or says who may."""
        status, text = self.open(page)
        self.assertEqual(status, 200)
        self.assertEqual("Owners and payers of the account may" in text, not pays)
        # Odoo says so where a company has no provider
        self.assertEqual("o_payment_form" in text or "No payment method available" in text, pays)

    def make_jsonrpc_request_raw(self, path, params):
        answer = self.opener.post(
            self.base_url() + path, json={"id": 0, "jsonrpc": "2.0", "method": "call", "params": params}
        )
        return answer.json()


@tagged("post_install", "-at_install")
class TestOverdueOfSeveralAccounts(PayCase, PortalCase):
    """Odoo's page of all that is overdue, of somebody who may pay one account and sees another one."""

    page, route = "/my/invoices/overdue", "/invoice/transaction/overdue"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.seen = cls.make_account("Ada Works East", delivery_channel="portal")
        cls.seen.partner_id.parent_id = cls.account.partner_id
        cls.subscribe(cls.seen, cls.plan, "2026-01-01")
        cls.bill(cls.seen, "2026-03-01")
        person = cls.people["payer"].partner_id
        cls.env["billing.account.member"].create({"account_id": cls.seen.id, "partner_id": person.id, "role": "viewer"})
        cls.paid, cls.left = cls.account.move_ids[:1], cls.seen.move_ids[:1]
        cls.env.flush_all()
        # Odoo lists there what is addressed to the visitor
        for move in cls.paid | cls.left:
            cls.env.cr.execute("UPDATE account_move SET partner_id = %s WHERE id = %s", [person.id, move.id])
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.enter("payer")

    def ask(self, amount):
        """Begin to pay what is overdue; return the answer."""
        params = self.get_payment_params(amount, payment_reference="BATCH")
        answer = self.call(self.route, params).json()
        self.env.invalidate_all()
        return answer

    def test_what_may_be_paid_is_offered_and_paid_and_the_rest_is_named(self):
        for currency in (self.left.currency_id, self.env.ref("base.CHF")):
            with self.subTest(currency=currency.name), self.undone():
                query = "UPDATE account_move SET currency_id = %s WHERE id = %s"
                self.env.cr.execute(query, [currency.id, self.left.id])
                self.env.invalidate_all()
                status, text = self.open(self.page)
                self.assertEqual(status, 200)
                self.assertIn("o_payment_form", text)
                self.assertIn(f"{self.paid.amount_residual:.2f}", text)
                self.assertNotIn(f"{self.paid.amount_residual + self.left.amount_residual:.2f}", text)
                said = text.partition('name="left_out"')[2].partition("</div>")[0]
                self.assertIn(self.left.name, said)
                self.assertIn(self.seen.name, said)
                self.assertIn("Owners and payers of the account may", said)
                self.assertNotIn(self.paid.name, said)
                too_much = self.ask(self.paid.amount_residual + self.left.amount_residual)
                self.assertIn("or a part of it", too_much["error"]["data"]["message"])
                answer = self.ask(self.paid.amount_residual)
                self.assertEqual(self.paid.transaction_ids.reference, answer["result"]["reference"])
                self.assertFalse(self.left.transaction_ids)

    def test_where_nothing_else_is_overdue_there_is_no_form(self):
        self.env.cr.execute("UPDATE account_move SET partner_id = NULL WHERE id = %s", [self.paid.id])
        self.env.invalidate_all()
        text = self.open(self.page)[1]
        self.assertIn('name="may_not_pay"', text)
        self.assertNotIn('name="left_out"', text)
        self.assertNotIn("o_payment_form", text)
        error = self.ask(self.left.amount_residual)["error"]["data"]
        self.assertEqual(error["name"], "odoo.exceptions.AccessError")
        self.assertIn("Owners and payers of the account may", error["message"])
        self.assertFalse(self.left.transaction_ids)

    def test_who_may_pay_both_pays_both(self):
        self.seen.member_ids.role = "payer"
        self.env.flush_all()
        total = self.paid.amount_residual + self.left.amount_residual
        text = self.open(self.page)[1]
        self.assertIn(f"{total:.2f}", text)
        self.assertNotIn('name="left_out"', text)
        self.assertIn("reference", self.ask(total)["result"])
        self.assertEqual(self.paid.transaction_ids.invoice_ids, self.paid | self.left)
