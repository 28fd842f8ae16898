from odoo import api, fields, models

POSTING_SETTING = "online_billing.posting"
POSTING_CHOICES = [("batch", "In batches"), ("odoo", "One by one, by Odoo's own way")]
POSTING_HELP = (
    "In batches: Odoo posts the first invoice of every kind, the others are written after its example and compared with"
    " it. One by one: slower, with the same result."
)
POSTING_WAYS_HELP = (
    "How many invoices of the newest run were written in batches, how many by Odoo one by one, and why; and what came"
    " of the nightly comparison of both ways."
)
DOCUMENT_NOW_HELP = "What customers of this company get, and why."


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    billing_zero_invoice = fields.Selection(related="company_id.billing_zero_invoice", readonly=False)
    billing_list_instant_charges = fields.Boolean(related="company_id.billing_list_instant_charges", readonly=False)
    billing_send_receipts = fields.Boolean(related="company_id.billing_send_receipts", readonly=False)
    billing_steps_away = fields.Boolean(related="company_id.billing_steps_away", readonly=False)
    billing_late_fee_code_id = fields.Many2one(
        related="company_id.billing_late_fee_code_id", readonly=False, check_company=True
    )
    billing_late_fee_waive_limit = fields.Monetary(
        related="company_id.billing_late_fee_waive_limit", readonly=False, currency_field="company_currency_id"
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    billing_policy_id = fields.Many2one(related="company_id.default_collection_policy_id", readonly=False)
    billing_write_off_account_id = fields.Many2one(related="company_id.billing_write_off_account_id", readonly=False)
    billing_debit_notice_days = fields.Integer(related="company_id.billing_debit_notice_days", readonly=False)
    billing_debit_notice_channel = fields.Selection(related="company_id.billing_debit_notice_channel", readonly=False)
    billing_give_back_double = fields.Boolean(related="company_id.billing_give_back_double", readonly=False)
    billing_consent_text = fields.Text(related="company_id.billing_consent_text", readonly=False)
    billing_return_fee_code_id = fields.Many2one(
        related="company_id.billing_return_fee_code_id", readonly=False, check_company=True
    )
    billing_retry_policy_id = fields.Many2one(
        related="company_id.billing_retry_policy_id", readonly=False, check_company=True
    )
    billing_document = fields.Selection(related="company_id.billing_document", readonly=False)
    billing_design_id = fields.Many2one(related="company_id.billing_design_id", readonly=False)
    billing_document_format_ids = fields.Many2many(related="company_id.billing_document_format_ids", readonly=False)
    billing_link_privacy = fields.Selection(related="company_id.billing_link_privacy", readonly=False)
    billing_offer_transfer = fields.Boolean(related="company_id.billing_offer_transfer", readonly=False)
    billing_cash_text = fields.Html(related="company_id.billing_cash_text", readonly=False)
    billing_cheque_text = fields.Html(related="company_id.billing_cheque_text", readonly=False)
    billing_phone_text = fields.Html(related="company_id.billing_phone_text", readonly=False)
    billing_document_now = fields.Char(
        compute="_compute_billing_document_now",
        string="Documents Now",
        help=DOCUMENT_NOW_HELP,
    )
    billing_posting = fields.Selection(
        POSTING_CHOICES,
        default="batch",
        config_parameter=POSTING_SETTING,
        string="Posting of Invoices",
        help=POSTING_HELP,
    )
    billing_posting_ways = fields.Text(
        compute="_compute_billing_posting_ways",
        string="How Invoices Were Made",
        help=POSTING_WAYS_HELP,
    )

    def _compute_billing_posting_ways(self):
        self.billing_posting_ways = self.env["billing.posting.ways"].describe_lately()

    @api.depends("company_id", "billing_document")
    def _compute_billing_document_now(self):
        for settings in self:
            settings.billing_document_now = self.env["billing.document"].get_reason(settings.company_id)
