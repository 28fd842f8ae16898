from odoo import api, fields, models
from odoo.exceptions import AccessError

from ...models.shared.res_config_settings import (
    DOCUMENT_NOW_HELP,
    POSTING_CHOICES,
    POSTING_HELP,
    POSTING_SETTING,
    POSTING_WAYS_HELP,
)


class BillingSettings(models.TransientModel):
    """What a billing manager decides about the company's billing, without the rights of an administrator."""

    _name = "billing.settings"
    _description = "Billing Settings"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True, default=lambda self: self.env.company)
    currency_id = fields.Many2one(related="company_id.currency_id")
    billing_zero_invoice = fields.Selection(related="company_id.billing_zero_invoice", readonly=False)
    billing_list_instant_charges = fields.Boolean(related="company_id.billing_list_instant_charges", readonly=False)
    billing_send_receipts = fields.Boolean(related="company_id.billing_send_receipts", readonly=False)
    billing_document = fields.Selection(related="company_id.billing_document", readonly=False)
    billing_document_now = fields.Char(
        compute="_compute_billing_document_now", string="Documents Now", help=DOCUMENT_NOW_HELP
    )
    billing_design_id = fields.Many2one(related="company_id.billing_design_id", readonly=False)
    billing_document_format_ids = fields.Many2many(related="company_id.billing_document_format_ids", readonly=False)
    billing_link_privacy = fields.Selection(related="company_id.billing_link_privacy", readonly=False)
    billing_offer_transfer = fields.Boolean(related="company_id.billing_offer_transfer", readonly=False)
    billing_cash_text = fields.Html(related="company_id.billing_cash_text", readonly=False)
    billing_cheque_text = fields.Html(related="company_id.billing_cheque_text", readonly=False)
    billing_phone_text = fields.Html(related="company_id.billing_phone_text", readonly=False)
    billing_steps_away = fields.Boolean(related="company_id.billing_steps_away", readonly=False)
    billing_late_fee_code_id = fields.Many2one(
        related="company_id.billing_late_fee_code_id", readonly=False, check_company=True
    )
    billing_late_fee_waive_limit = fields.Monetary(
        related="company_id.billing_late_fee_waive_limit", readonly=False, currency_field="currency_id"
    )
    default_collection_policy_id = fields.Many2one(related="company_id.default_collection_policy_id", readonly=False)
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

    billing_posting = fields.Selection(
        POSTING_CHOICES,
        compute="_compute_billing_posting",
        inverse="_inverse_billing_posting",
        string="Posting of Invoices",
        help=POSTING_HELP,
    )
    billing_posting_ways = fields.Text(
        compute="_compute_billing_posting_ways", string="How Invoices Were Made", help=POSTING_WAYS_HELP
    )

    @api.depends("company_id", "billing_document")
    def _compute_billing_document_now(self):
        for settings in self:
            settings.billing_document_now = self.env["billing.document"].get_reason(settings.company_id)

    def _compute_billing_posting(self):
        self.billing_posting = "batch" if self.env["billing.posting"].is_in_batches() else "odoo"

    def _inverse_billing_posting(self):
        """Switch the batches on or off; they hold for all companies of the database."""
        self._check_manager()
        for settings in self:
            # sudo: parameters are the administrators', but this one is the managers' to decide as well
            self.env["ir.config_parameter"].sudo().set_param(POSTING_SETTING, settings.billing_posting or "batch")

    def _compute_billing_posting_ways(self):
        self.billing_posting_ways = self.env["billing.posting.ways"].describe_lately()

    @api.depends("company_id.name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for settings in self:
            settings.display_name = self.env._("Billing Settings of %(company)s", company=settings.company_id.name)

    @api.model_create_multi
    def create(self, vals_list):
        """Write what was decided on the company: these settings and no others, by whoever manages the billing of it."""
        self._check_manager()
        for vals in vals_list:
            self._check_chosen_company(vals.get("company_id"))
        # sudo: managers may not write on companies, but these settings are theirs to decide
        return super(BillingSettings, self.sudo()).create(vals_list).sudo(False)

    def write(self, vals):
        self._check_manager()
        self.check_access("write")
        for company in self.company_id:
            self._check_chosen_company(vals.get("company_id", company.id))
        return super(BillingSettings, self.sudo()).write(vals)  # sudo: as above

    def action_save(self):
        """Keep what was decided, and go back."""
        self._check_manager()
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _check_manager(self):
        if not self.env.user.has_group("online_billing.group_billing_manager"):
            raise AccessError(self.env._("Only billing managers change these settings. Ask one of them."))

    @api.model
    def _check_chosen_company(self, company_id):
        if company_id and company_id not in self.env.companies.ids:
            raise AccessError(self.env._("Choose the company first whose settings you change."))
