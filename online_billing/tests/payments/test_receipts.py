import re

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
class TestReceipts(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journals = cls.env["account.journal"]
        journals.search([("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1).action_receive_cheques()
        journals.create({"name": "Cash", "type": "cash", "code": "CSH7"})

    def pay(self, moves, journal_type="bank", method="manual", **vals):
        """Register a payment with Odoo's wizard, as a clerk does."""
        journal = self.env["account.journal"].search(
            [("type", "=", journal_type), ("company_id", "=", self.company.id)], limit=1
        )
        line = journal.inbound_payment_method_line_ids.filtered(lambda line: line.code == method)[:1]
        self.assertTrue(line, f"no way to pay by {method} into {journal.name}")
        wizard = (
            self.env["account.payment.register"]
            .with_user(self.clerk)
            .with_context(active_model="account.move", active_ids=moves.ids)
        )
        return (
            wizard.create(
                {"payment_date": "2026-11-10", "journal_id": journal.id, "payment_method_line_id": line.id, **vals}
            )
            ._create_payments()
            .sudo()
        )

    def test_cash_cheque_and_transfer_each_bring_one_receipt(self):
        account = self.make_account()
        for journal_type, method, name in (
            ("cash", "manual", "Cash"),
            ("bank", "billing_cheque", "Cheque"),
            ("bank", "manual", "Bank"),
        ):
            with self.subTest(journal_type=journal_type, method=method):
                move = self.make_invoice(account, delivery="sent")
                payment = self.pay(move, journal_type, method)
                self.assertEqual((move.payment_state, payment.billing_delivery_state), ("paid", "pending"))
                [mail] = self.send_receipts()
                self.assertEqual(payment.billing_delivery_state, "sent")
                self.assertIn(name, mail["body"])
                self.assertEqual(self.send_receipts(), [])

    def test_receipt_says_what_was_paid_and_what_is_still_open(self):
        move = self.make_invoice(self.make_account("Ada Lovelace"), delivery="sent")
        payment = self.pay(move, amount=19)
        [mail] = self.send_receipts()
        self.assertEqual(mail["email_to"], [move.partner_id.email_formatted])
        self.assertEqual(mail["reply_to"], '"Acme Telecom" <billing@acme.example>')
        self.assertEqual(mail["subject"].replace("\xa0", " "), "Acme Telecom: receipt for your payment of $ 19.00")
        body = mail["body"].replace("&nbsp;", " ")
        for text in (
            "$ 19.00",
            "11/10/2026",
            payment.name,
            move.name,
            "still open: $ 100.00",
            f"access_token={move.access_token}",
        ):
            self.assertIn(text, body)
        [pdf] = self.get_pdf(mail)
        text = self.read_pdf(pdf)
        for expected in (
            "Payment Receipt",
            payment.name,
            "Ada Lovelace",
            f"{move.name} 11/01/2026 $ 119.00 $ 19.00 $ 100.00",
        ):
            self.assertIn(expected, text)

    def test_case_D2_the_mail_lists_what_was_paid_and_how_much_where_and_nothing_else(self):
        account = self.make_account()
        moves = self.env["account.move"].concat(*[self.make_invoice(account, delivery="sent") for _number in range(4)])
        self.pay(moves, "cash", group_payment=True, amount=130)
        [mail] = self.send_receipts()
        body = " ".join(re.sub(r"<[^>]+>", " ", mail["body"].replace("&nbsp;", " ").replace("\xa0", " ")).split())
        paid, partly = (
            moves.filtered(lambda move, state=state: move.payment_state == state) for state in ("paid", "partial")
        )
        self.assertEqual((len(paid), len(partly)), (1, 1))
        self.assertIn(f"Invoice {paid.name} paid with this: $ 119.00, fully paid", body)
        self.assertIn(f"Invoice {partly.name} paid with this: $ 11.00, still open: $ 108.00", body)
        for untouched in moves - paid - partly:
            self.assertNotIn(untouched.name, body)

    def test_one_payment_of_two_invoices_brings_one_receipt_with_both(self):
        account = self.make_account()
        moves = self.make_invoice(account, 100, delivery="sent") | self.make_invoice(account, 200, delivery="sent")
        payment = self.pay(moves, group_payment=True)
        self.assertEqual(len(payment), 1)
        [mail] = self.send_receipts()
        text = self.read_pdf(self.get_pdf(mail)[0])
        for expected in (
            f"{moves[0].name} 11/01/2026 $ 119.00 $ 119.00 $ 0.00",
            f"{moves[1].name} 11/01/2026 $ 238.00 $ 238.00 $ 0.00",
            "$ 357.00",
        ):
            self.assertIn(expected, text)

    def test_payment_that_is_matched_later_brings_its_receipt_then(self):
        move = self.make_invoice(self.make_account(), delivery="sent")
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": move.partner_id.id, "amount": 119}
        )
        payment.action_post()
        self.assertFalse(payment.billing_delivery_state)
        (payment.move_id.line_ids | move.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        ).reconcile()
        self.assertEqual(payment.billing_delivery_state, "pending")

    def test_undone_and_repeated_match_brings_no_second_receipt(self):
        move = self.make_invoice(self.make_account(), delivery="sent")
        payment = self.pay(move)
        self.send_receipts()
        lines = (payment.move_id.line_ids | move.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.remove_move_reconcile()
        lines.reconcile()
        self.assertEqual(payment.billing_delivery_state, "sent")
        self.assertEqual(self.send_receipts(), [])

    def test_no_receipt_by_itself_when_switched_off_or_not_by_mail_or_not_of_the_billing(self):
        by_letter = self.pay(self.make_invoice(self.make_account(delivery_channel="letter"), delivery="none"))
        foreign = self.pay(self.make_invoice(self.make_account(), delivery="none", billing_account_id=False))
        self.company.billing_send_receipts = False
        switched_off = self.pay(self.make_invoice(self.make_account(), delivery="sent"))
        self.assertEqual(
            [payment.billing_delivery_state for payment in (by_letter, foreign, switched_off)], [False] * 3
        )

    def test_receipt_is_sent_again_on_request(self):
        payment = self.pay(self.make_invoice(self.make_account(), delivery="sent"))
        self.send_receipts()
        with self.mock_mail_gateway():
            answer = payment.with_user(self.clerk).with_context(force_report_rendering=True).action_send_receipt()
            self.assertEqual(len(self._new_mails), 1)
        self.assertEqual(answer["params"]["type"], "success")

    def test_failed_receipt_is_listed_with_its_reason_and_tried_again(self):
        account = self.make_account()
        account.partner_id.email = False
        payment = self.pay(self.make_invoice(account, delivery="none"))
        self.send_receipts()
        self.assertEqual(self.env["account.payment"].search([("billing_delivery_state", "=", "failed")]), payment)
        self.assertIn("e-mail address", payment.billing_delivery_error)
        account.partner_id.email = "late@example.com"
        payment.billing_delivery_retry_date = fields.Datetime.now()
        self.assertEqual(len(self.send_receipts()), 1)

    def test_draft_payment_has_no_receipt(self):
        payment = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.make_account().partner_id.id,
                "amount": 5,
            }
        )
        with self.assertRaisesRegex(UserError, "Confirm it first"):
            payment.action_send_receipt()

    def test_case_D14_a_receipt_is_never_from_the_systems_own_user(self):
        self.company.email = False
        payment = self.pay(self.make_invoice(self.make_account(), delivery="sent"))
        self.assertEqual(self.send_receipts(), [])
        self.assertIn("no e-mail address of its own", payment.billing_delivery_error)
