"""What Odoo's pages of documents ask for: credits taken off, as the pay page of the account does, over real HTTP."""

from lxml import html
from odoo.tests import new_test_user, tagged

from ..delivery.delivery_common import DeliveryCase
from .test_other_ways import WaysCase, read


@tagged("post_install", "-at_install")
class TestAsked(WaysCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        cls.first = cls.make_invoice(
            cls.account, price=100, invoice_date_due="2026-11-05", invoice_payment_term_id=False
        )
        cls.customer = new_test_user(cls.env, "ada", "base.group_portal", partner_id=cls.account.partner_id.id)

    def give_back(self, price, **vals):
        return self.make_invoice(self.account, price=price, move_type="out_refund", **vals)

    def get_asked(self, path, login=None):
        """Return (amount of the card form, amount of a transfer) of a page."""
        text = self.open(path, login)
        [amount] = html.fromstring(text).xpath("//form[@id='o_payment_form']/@data-amount") or [None]
        return amount and float(amount), read(text).get("amount")

    def get_reason(self, move):
        """Return why the page of a document lets nobody pay it."""
        page = html.fromstring(self.open(self.get_link(move)))
        self.assertFalse(page.xpath("//form[@id='o_payment_form'] | //a[@data-bs-target='#pay_with']"))
        self.assertFalse(page.xpath("//section[@name='other_ways']"))
        [reason] = page.xpath("//p[@name='may_not_pay']")
        return " ".join(reason.text_content().split())

    def pay(self, move, amount):
        self.finish_payment(
            self.start_payment(f"/invoice/transaction/{move.id}", amount, access_token=move.access_token)
        )

    def test_a_credit_is_taken_off_in_each_way_to_pay_and_settled_with_the_payment(self):
        path = self.get_link(self.first)
        self.assertNotIn("Not asked for", self.open(path))
        credit = self.give_back(20)
        for login in (None, "ada"):
            self.assertEqual(self.get_asked(path, login), (95.2, "$ 95.20 USD"))
        [why] = html.fromstring(self.open(path)).xpath("//p[@name='taken_off']")
        self.assertIn("Not asked for: $ 23.80.", why.text_content().replace("\xa0", " "))
        self.pay(self.first, 95.2)
        self.assertEqual((self.first | credit).mapped("amount_residual"), [0.0, 0.0])

    def test_a_part_that_is_paid_leaves_the_credit_alone_until_the_rest_is(self):
        credit = self.give_back(20)
        self.open(self.get_link(self.first))
        self.pay(self.first, 50)
        self.assertEqual((self.first | credit).mapped("amount_residual"), [69.0, 23.8])
        self.assertEqual(self.get_asked(self.get_link(self.first)), (45.2, "$ 45.20 USD"))
        self.pay(self.first, 45.2)
        self.assertEqual((self.first | credit).mapped("amount_residual"), [0.0, 0.0])

    def test_a_part_in_dispute_waits_for_its_settlement_and_takes_no_credit(self):
        credit = self.give_back(20)
        self.env["billing.stops"].dispute(self.first, 30)
        self.assertEqual(self.get_asked(self.get_link(self.first)), (65.2, "$ 65.20 USD"))
        self.pay(self.first, 65.2)
        self.assertEqual((self.first | credit).mapped("amount_residual"), [53.8, 23.8])
        self.assertEqual(self.get_reason(self.first), "Nothing of this is to be paid while it is in dispute.")

    def test_who_owes_nothing_on_balance_is_told_why_and_finds_no_form(self):
        self.give_back(100)
        self.assertEqual(self.get_reason(self.first), "Your credit covers this: nothing is to be paid.")

    def test_a_link_that_shows_amount_and_day_alone_asks_for_the_same(self):
        self.account.link_privacy = "amount"
        path = self.get_link(self.first)
        self.assertEqual(self.get_asked(path), (119.0, "$ 119.00 USD"))
        self.give_back(20)
        self.assertEqual(self.get_asked(path), (95.2, "$ 95.20 USD"))
        [asked] = html.fromstring(self.open(path)).xpath("//p[starts-with(., 'To be paid')]/strong")
        self.assertEqual(asked.text_content().replace("\xa0", " "), "$ 95.20")
        self.give_back(100)
        self.assertIn("Your credit covers this", self.get_reason(self.first))

    def test_an_older_debt_takes_the_credit_first(self):
        older = self.make_invoice(self.account, price=10, invoice_date_due="2026-11-02", invoice_payment_term_id=False)
        self.give_back(20)
        self.assertIn("Your credit covers this", self.get_reason(older))
        self.assertEqual(self.get_asked(self.get_link(self.first)), (107.1, "$ 107.10 USD"))

    def test_a_credit_in_another_currency_takes_nothing_off(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.give_back(20, currency_id=euro.id)
        self.assertEqual(self.get_asked(self.get_link(self.first)), (119.0, "$ 119.00 USD"))

    def test_an_amount_that_a_link_names_stays(self):
        self.give_back(20)
        wizard = self.env["payment.link.wizard"].with_context(active_model="account.move", active_id=self.first.id)
        link = wizard.create({"amount": 119.0}).link
        self.assertEqual(self.get_asked(self.get_path(link))[0], 119.0)

    def test_an_amount_that_a_link_names_may_be_paid_although_a_credit_covers_it(self):
        self.give_back(100)
        wizard = self.env["payment.link.wizard"].with_context(active_model="account.move", active_id=self.first.id)
        path = self.get_path(wizard.create({"amount": 50.0}).link)
        page = html.fromstring(self.open(path))
        self.assertFalse(page.xpath("//p[@name='may_not_pay']"))
        [form] = page.xpath("//form[@id='o_payment_form']")
        self.assertEqual(float(form.get("data-invoice-next-amount-to-pay")), 50.0)

    def test_all_that_is_overdue_is_asked_for_without_credits(self):
        credit = self.give_back(20)
        other = self.make_invoice(self.account, price=50, invoice_date_due="2026-11-06", invoice_payment_term_id=False)
        self.assertEqual(self.get_asked("/my/invoices/overdue", "ada")[0], 154.7)
        self.finish_payment(self.start_payment("/invoice/transaction/overdue", 154.7, payment_reference="BATCH"))
        self.assertEqual((self.first | other | credit).mapped("amount_residual"), [0.0, 0.0, 0.0])

    def test_nothing_overdue_on_balance_shows_no_form(self):
        self.give_back(100)
        text = self.open("/my/invoices/overdue", "ada")
        page = html.fromstring(text)
        self.assertFalse(page.xpath("//form[@id='o_payment_form']"))
        [reason] = page.xpath("//p[@name='may_not_pay']")
        self.assertEqual(reason.text_content().strip(), "There is nothing to pay at the moment.")
