"""Everything open is paid on one page, over real HTTP: with the token, without login, once."""

from unittest.mock import patch

from lxml import html
from odoo.tests import JsonRpcException, new_test_user, tagged

from ...controllers import pay
from ..delivery.delivery_common import DeliveryCase
from .pay_common import PayCase


@tagged("post_install", "-at_install")
class TestPayAccount(PayCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        cls.first = cls.make_invoice(
            cls.account, price=100, invoice_date_due="2026-11-05", invoice_payment_term_id=False
        )
        cls.second = cls.make_invoice(
            cls.account, price=50, invoice_date_due="2026-11-06", invoice_payment_term_id=False
        )

    def get_link(self, account=None):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(account or self.account, self.currency))

    def get_call(self, scope="all", **changes):
        """Return route and parameters that the page of the account calls."""
        token = self.env["billing.pay.links"].get_pay_token(self.account.id, self.currency.id)
        given = {"access_token": token, "is_validation": False, "csrf_token": "x", "payment_reference": "x", **changes}
        return f"/billing/pay/{self.account.id}/{self.currency.id}/transaction/{scope}", given

    def start(self, amount, **changes):
        route, given = self.get_call(**changes)
        return self.start_payment(route, amount, self.get_link(), **given)

    def refuse(self, amount, **changes):
        route, given = self.get_call(**changes)
        return self.get_refusal(route, amount, **given)

    def get_transactions(self):
        self.env.invalidate_all()
        return self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)])

    def pay_elsewhere(self, moves, amount):
        """Register a payment at the counter."""
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        wizard.create({"payment_date": "2026-11-10", "amount": amount, "group_payment": True})._create_payments()

    def test_one_payment_settles_all_invoices_and_the_page_then_says_so(self):
        page = self.url_open(self.get_link())
        self.assertEqual(page.status_code, 200)
        for text in (self.first.name, self.second.name, "178.50"):
            self.assertIn(text, page.text)
        status = self.finish_payment(self.start(178.50))
        self.assertEqual((status["state"], status["landing_route"]), ("done", self.get_link()))
        self.assertEqual((self.first | self.second).mapped("payment_state"), ["paid", "paid"])
        payment = (self.first | self.second).reconciled_payment_ids
        self.assertEqual((len(payment), payment.amount, payment.billing_delivery_state), (1, 178.50, "pending"))
        page = self.url_open(self.get_link())
        self.assertEqual(page.status_code, 200)
        self.assertIn("Nothing is open any more", page.text)
        [received] = html.fromstring(page.text).xpath("//div[@name='received']")
        self.assertIn("178.50", received.text_content())
        self.opener.cookies.clear()
        self.authenticate(None, None)
        self.assertNotIn('name="received"', self.url_open(self.get_link()).text, "told to whoever has paid")
        self.assertNotIn("o_payment_form", page.text)
        with self.assertRaises(JsonRpcException):
            self.start(178.50)

    def test_of_many_documents_the_first_are_shown_and_all_where_they_are_asked_for(self):
        with patch.object(pay, "MOST_ROWS", 1):
            cut = html.fromstring(self.url_open(self.get_link()).text)
            [further] = cut.xpath("//p[@name='further']")
            [link] = further.xpath("a/@href")
            whole = html.fromstring(self.url_open(self.get_path(link)).text)
        self.assertEqual(len(cut.xpath("//tbody/tr")), 1)
        self.assertIn(": 1.", " ".join(further.text_content().split()))
        self.assertIn("178.50", cut.text_content(), "what is paid is the sum of all")
        self.assertEqual(len(whole.xpath("//tbody/tr")), 2)
        self.assertFalse(whole.xpath("//p[@name='further']"))

    def test_credits_are_taken_off_and_settled_with_the_payment(self):
        credit = self.make_invoice(self.account, price=20, move_type="out_refund")
        self.assertIn("154.70", self.url_open(self.get_link()).text)
        self.finish_payment(self.start(154.70))
        self.assertEqual((self.first | self.second | credit).mapped("amount_residual"), [0.0, 0.0, 0.0])

    def test_money_of_before_settles_what_is_left_of_documents_that_name_no_account(self):
        (self.first | self.second).billing_account_id = False
        before = {"payment_type": "inbound", "partner_id": self.account.partner_id.id, "amount": 23.8}
        self.env["account.payment"].create(before).action_post()
        self.assertIn("154.70", self.url_open(self.get_link()).text)
        self.finish_payment(self.start(154.70))
        self.assertEqual((self.first | self.second).mapped("amount_residual"), [0.0, 0.0])

    def test_a_disputed_invoice_is_shown_and_not_paid(self):
        self.second.payment_state = "blocked"
        page = self.url_open(self.get_link()).text
        self.assertIn("in dispute", page)
        self.finish_payment(self.start(119.0))
        self.assertEqual((self.first.payment_state, self.second.amount_residual), ("paid", 59.5))

    def test_only_what_is_due_can_be_paid_first(self):
        later = self.make_invoice(
            self.account,
            price=10,
            invoice_date="2026-11-01",
            invoice_date_due="2099-01-01",
            invoice_payment_term_id=False,
        )
        page = self.url_open(self.get_link()).text
        self.assertIn("What is due", page)
        self.assertIn("190.40", page)
        self.finish_payment(self.start(178.50, scope="due"))
        self.assertEqual((self.first.payment_state, later.amount_residual), ("paid", 11.9))
        self.assertNotIn("Nothing is due today", page)
        self.assertIn("The next payment is", self.url_open(self.get_link()).text)
        self.opener.cookies.clear()
        self.authenticate(None, None)
        self.assertIn("Nothing is due today", self.url_open(self.get_link()).text, "to whoever has not just paid")

    def test_the_page_bears_the_name_and_logo_of_whoever_is_paid(self):
        company = self.env["res.company"].create({"name": "Second Firm"})
        account = self.make_account(company_id=company.id)
        self.assertNotEqual(self.env.ref("base.public_user").company_id, company)
        page = html.fromstring(self.url_open(self.get_link(account)).text)
        self.assertTrue(page.xpath(f"//header//img[@src='/logo.png?company={company.id}']"))
        self.assertIn("Second Firm", page.xpath("//footer")[0].text_content())

    def test_another_amount_than_what_is_open_is_refused(self):
        amounts = (0, -5, 1, 1e-9, 178.49, 178.51, 1e9, 1e308, None, True, "178.5", [178.5], float("nan"), float("inf"))
        for amount in amounts:
            with self.subTest(amount=amount):
                self.assertIn("has changed", self.refuse(amount))
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_case_F4_the_amount_of_what_is_due_is_not_that_of_everything(self):
        self.make_invoice(self.account, price=10, invoice_date_due="2099-01-01", invoice_payment_term_id=False)
        for scope, amount in (("due", 190.40), ("all", 178.50)):
            with self.subTest(scope=scope):
                self.assertIn("has changed", self.refuse(amount, scope=scope))
        self.start(178.50, scope="due")
        self.assertEqual(self.get_transactions().amount, 178.50)

    def test_case_F4_what_is_paid_or_credited_is_not_paid_again(self):
        self.pay_elsewhere(self.first | self.second, 178.50)
        self.assertIn("Nothing is open", self.refuse(178.50))
        self.make_invoice(self.account, price=10)
        credit = self.make_invoice(self.account, price=10, move_type="out_refund")
        self.assertEqual(credit.amount_residual, 11.90)
        self.assertIn("Nothing is open", self.refuse(11.90))
        self.assertFalse(self.get_transactions())

    def test_case_F7_a_page_says_that_a_payment_is_being_made(self):
        self.start(178.50)
        page = self.url_open(self.get_link()).text
        self.assertIn("Please do not pay it again", page)
        self.assertIn("178.50", page)
        self.assertIn("There is nothing else to pay", page)
        self.assertNotIn("Nothing is open any more", page)
        self.assertNotIn("o_payment_form", page)
        self.assertIn("This is being paid", self.refuse(178.50))
        self.assertEqual(len(self.get_transactions()), 1)

    def test_case_F7_a_payment_that_failed_can_be_made_again_at_once(self):
        processing = self.start(178.50)
        for state in ("error", "cancel"):
            self.env["payment.transaction"].search([("reference", "=", processing["reference"])]).state = state
            processing = self.start(178.50)
        self.finish_payment(processing)
        self.assertEqual((self.first | self.second).mapped("payment_state"), ["paid", "paid"])

    def test_case_F7_what_is_not_being_paid_can_be_paid(self):
        token = self.first._portal_ensure_token()
        self.start_payment(f"/invoice/transaction/{self.first.id}", 100.0, access_token=token)
        self.assertIn("78.50", self.url_open(self.get_link()).text)
        self.finish_payment(self.start(78.50))
        self.assertEqual(self.get_transactions().invoice_ids, self.first | self.second)
        refusal = self.get_refusal(f"/invoice/transaction/{self.first.id}", 100.0, access_token=token)
        self.assertIn("being paid", refusal)

    def test_case_F7_credits_of_a_payment_under_way_count_for_the_pages_of_the_invoices(self):
        credit = self.make_invoice(self.account, price=20, move_type="out_refund")
        payment = self.start(154.70)
        for move, amount in ((self.first, 23.80), (self.second, 59.50)):
            token = move._portal_ensure_token()
            refusal = self.get_refusal(f"/invoice/transaction/{move.id}", amount, access_token=token)
            self.assertIn("being paid", refusal)
        self.finish_payment(payment)
        self.assertEqual((self.first | self.second | credit).mapped("amount_residual"), [0.0, 0.0, 0.0])

    def test_case_F7_credits_are_left_to_what_no_payment_under_way_pays(self):
        credit = self.make_invoice(self.account, price=20, move_type="out_refund")
        token = self.first._portal_ensure_token()
        self.start_payment(f"/invoice/transaction/{self.first.id}", 110.0, access_token=token)
        self.assertIn("44.70", self.url_open(self.get_link()).text)
        self.finish_payment(self.start(44.70))
        moves = self.first | self.second | credit
        self.assertEqual(sum(moves.mapped("amount_residual_signed")), 110)

    def test_an_unknown_choice_of_what_to_pay_is_refused(self):
        with self.assertRaises(JsonRpcException):
            self.start(178.50, scope="everything")
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))

    def test_a_wrong_token_learns_nothing_and_breaks_nothing(self):
        other = self.make_account("Alan Turing")
        right = self.get_link()
        path = right.partition("?")[0]
        foreign = f"{path}?{self.get_link(other).partition('?')[2]}"
        wrong = [
            path,
            f"{right}x",
            foreign,
            f"{path}?access_token=%C3%A9%E2%82%AC",
            f"{path}?access_token=",
            right.upper(),
        ]
        for link in (*wrong, "/billing/pay/999999/1?access_token=x", "/billing/pay/0/0?access_token=%00"):
            with self.subTest(link=link):
                page = self.url_open(link)
                self.assertEqual(page.status_code, 404)
                self.assertNotIn(self.first.name, page.text)
        for token in ("wrong", "é€", "", None, 5, ["x"]):
            with self.subTest(token=token), self.assertRaises(JsonRpcException):
                self.start(178.50, access_token=token)
        self.assertFalse(self.env["payment.transaction"].search([("billing_account_id", "=", self.account.id)]))


@tagged("post_install", "-at_install")
class TestPayOverdue(PayCase, DeliveryCase):
    """Odoo's own page of all that is overdue, of a customer who is logged in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        customer = new_test_user(cls.env, "customer", "base.group_portal", password="customer-pass")
        cls.account = cls.make_account()
        cls.account.partner_id = customer.partner_id
        cls.due = {"invoice_date": "2026-05-01", "invoice_date_due": "2026-05-05", "invoice_payment_term_id": False}
        first, second = (cls.make_invoice(cls.account, price=price, **cls.due) for price in (100, 50))
        cls.moves = first | second

    def setUp(self):
        super().setUp()
        self.authenticate("customer", "customer-pass")

    def start(self, amount, **changes):
        return self.start_payment("/invoice/transaction/overdue", amount, payment_reference="BATCH", **changes)

    def refuse(self, amount):
        return self.get_refusal("/invoice/transaction/overdue", amount, payment_reference="BATCH")

    def test_case_F4_the_amount_of_the_overdue_page_is_a_part_of_what_is_overdue(self):
        self.assertIn("178.50", self.url_open("/my/invoices/overdue").text)
        for amount in (-5, 0, None, 1e-9, 1e9, 1e308, True, "178.5", 178.51, float("nan"), float("inf")):
            with self.subTest(amount=amount):
                self.assertIn("178.50 or a part of it", self.refuse(amount))
        self.assertFalse(self.moves.transaction_ids)
        self.finish_payment(self.start(178.50))
        self.assertEqual(self.moves.mapped("payment_state"), ["paid", "paid"])

    def test_an_invoice_whose_address_has_no_token_is_paid_by_whoever_sees_it(self):
        """As the portal leads there: its form has no token then, and sends none."""
        move = self.moves[0]
        [form] = html.fromstring(self.url_open(f"/my/invoices/{move.id}").text).xpath("//form[@id='o_payment_form']")
        self.assertFalse(form.get("data-access-token"))
        route, amount = form.get("data-transaction-route"), move.amount_residual
        self.authenticate(None, None)
        self.assertIn("access token is invalid", self.get_refusal(route, amount))
        new_test_user(self.env, "stranger", "base.group_portal", password="stranger-pass")
        self.authenticate("stranger", "stranger-pass")
        self.assertIn("access token is invalid", self.get_refusal(route, amount))
        self.authenticate("customer", "customer-pass")
        self.finish_payment(self.start_payment(route, amount))
        self.assertEqual(move.payment_state, "paid")

    def test_case_F7_the_overdue_page_and_the_page_of_an_invoice(self):
        self.start_payment(f"/invoice/transaction/{self.moves[0].id}", self.moves[0].amount_residual, access_token=None)
        self.assertIn("is being paid at this moment", self.refuse(178.50))
        self.start(59.50)
        self.assertIn("This is being paid", self.refuse(1.0))

    def test_case_F4_what_is_no_invoice_of_the_billing_counts_with_what_is_open_on_it(self):
        other = self.make_invoice(
            self.account,
            price=10,
            invoice_date="2026-05-01",
            invoice_date_due="2026-05-05",
            invoice_payment_term_id=False,
        )
        other.billing_account_id = False
        self.assertIn("190.40", self.refuse(190.41))
        self.start(190.40)
        self.assertEqual(self.moves.transaction_ids.invoice_ids, self.moves | other)
