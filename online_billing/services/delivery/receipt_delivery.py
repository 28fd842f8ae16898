"""Mail receipts for payments that settle invoices of the billing."""

from odoo import models
from odoo.exceptions import UserError

from ...models.delivery.batch import KEY as BATCH
from ...models.delivery.batch import Batch
from ...models.payments.account_payment import CONFIRMED_STATES

RECEIPT_REPORT = "account.action_report_payment_receipt"


class BillingReceiptDelivery(models.AbstractModel):
    _name = "billing.receipt.delivery"
    _inherit = "billing.delivery.queue"
    _description = "Deliver Receipts"

    _delivers = "account.payment"
    _crons = ("online_billing.cron_send_receipts",)
    _states = CONFIRMED_STATES
    _ended_states = ("canceled", "rejected")

    def _get_recipients(self, record):
        return record._get_mail_recipients(self._get_receipt_template())

    def _may_be_mailed_again(self, record):
        return record.state in self._states

    def _send(self, records):
        self._mail(records)
        self.mark_sent(records)

    def _mail(self, records):
        for company, payments in records.grouped("company_id").items():
            with Batch(payments, self._get_settled(payments)) as batch:
                service = self.with_company(company).with_context(**{"mail_notify_force_send": False, BATCH: batch})
                of_company = payments.with_env(service.env)
                with service.env["billing.mail.posting"].collecting(of_company):
                    for payment in of_company:
                        service._mail_receipt(payment)

    def _get_settled(self, payments):
        """Return the invoices that payments settle; what their receipts say of them is read for all at once."""
        lines = payments.sudo().move_id.line_ids  # sudo: a receipt names what it settles, whoever sends it
        partials = lines.matched_debit_ids | lines.matched_credit_ids
        moves = (partials.debit_move_id | partials.credit_move_id).move_id
        return moves.filtered(lambda move: move.is_invoice(include_receipts=True))

    def _get_receipt_template(self):
        template = self.env.ref("online_billing.mail_template_receipt", raise_if_not_found=False) or self.env.ref(
            "account.mail_template_data_payment_receipt", raise_if_not_found=False
        )
        if not template:
            raise UserError(
                self.env._(
                    "The mail template of receipts has been deleted. Update the Online Billing app to get it back."
                )
            )
        return template

    def _mail_receipt(self, payment):
        """Post the receipt with its PDF on the payment, addressed to the customer in the customer's language."""
        template = self._get_receipt_template().sudo()  # sudo: the text is the company's, whoever sends it
        lang = template._render_lang(payment.ids)[payment.id] or self.env.lang

        def render(name, **options):
            return template.with_context(lang=lang)._render_field(name, payment.ids, **options)[payment.id]

        reports = self.env["ir.actions.report"].with_company(payment.company_id)
        content, kind = reports._render_qweb_pdf(RECEIPT_REPORT, payment.ids)
        title = self.env(context={**self.env.context, "lang": lang})._(
            "Receipt %(number)s", number=(payment.name or "").replace("/", "_")
        )
        author_id, email_from = payment._message_compute_author(email_from=render("email_from") or None)
        payment.with_context(billing_delivery=True).message_post(
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=author_id,
            email_from=email_from,
            reply_to=render("reply_to") or payment._get_billing_sender() or False,
            subject=render("subject"),
            body=render("body_html", options={"post_process": True}),
            partner_ids=payment._get_mail_recipients(template).ids,
            attachments=[
                (f"{title}.{kind}", content),
                *((attachment.name, attachment.raw) for attachment in template.attachment_ids),
            ],
            email_layout_xmlid="online_billing.mail_layout",
            email_add_signature=False,
            mail_auto_delete=template.auto_delete,
            mail_server_id=template.mail_server_id.id,
        )
        payment.sudo().mark_as_sent()  # sudo: the mark belongs to the sending
