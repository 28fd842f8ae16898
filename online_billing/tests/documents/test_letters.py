"""Letters say what the mail says: also the days of a plan, and no button that paper does not have."""

from odoo.tests import freeze_time, tagged

from ..installments.installment_common import TODAY, InstallmentCase


@freeze_time(TODAY)
@tagged("post_install", "-at_install")
class TestLetters(InstallmentCase):
    def test_the_letter_of_a_plan_names_its_installments(self):
        move = self.make_invoice()
        self.account.delivery_channel = "letter"
        plan = self.plan(move, count=3)
        message = self.env["billing.collection.message"].search(
            [("account_id", "=", move.billing_account_id.id), ("kind", "=", "installment")], limit=1
        )
        self.assertEqual(message.channel, "letter")
        document = self.env["billing.document.drawing"]._get_reminder_document(message)
        rows = plan.installment_ids.sorted("date")
        self.assertEqual(len(document.rows), 3)
        for row, installment in zip(document.rows, rows, strict=True):
            self.assertIn(f"{installment.amount_open:.2f}", row.cells[2])
        self.assertEqual(document.rows[0].cells[0], "Installment 1")

    def test_a_button_is_not_printed_as_if_it_were_a_sentence(self):
        body = (
            "<p>Please pay.</p><p><a href='https://example.com'>View and pay</a></p><p>Or <a href='#'>ask</a> us.</p>"
        )
        paragraphs = self.env["billing.document.drawing"]._get_paragraphs(body)
        self.assertEqual(paragraphs, ["Please pay.", "Or ask us."])
