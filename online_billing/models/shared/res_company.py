import re

from odoo import Command, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools.image import get_lightness, hex_to_rgb

# what Odoo writes into the button colour of mails of every company until somebody chooses one
UNCHOSEN = "#875A7B"
EXPENSES = ("expense", "expense_direct_cost", "expense_depreciation")


class ResCompany(models.Model):
    _inherit = "res.company"

    billing_zero_invoice = fields.Selection(
        [("issue", "Issue them"), ("skip", "Skip them")],
        string="Invoices of 0.00",
        default="issue",
        required=True,
        help=(
            "What a run does when all charges of an account add up to nothing. Skipped charges are voided with this"
            " reason."
        ),
    )
    billing_list_instant_charges = fields.Boolean(
        string="List Charges Already Billed",
        default=True,
        help="The bill of a period names the charges that were invoiced at once since the last one.",
    )
    billing_late_fee_code_id = fields.Many2one(
        "billing.code",
        string="Code of Late Fees",
        domain=[("kind", "=", "fee")],
        groups="base.group_user",
        help="Gives income account and taxes of late fees. Empty: a code without taxes is made with the first fee.",
        ondelete="restrict",
    )
    billing_late_fee_waive_limit = fields.Monetary(
        string="Clerks Waive up to",
        default=50.0,
        help="Late fees above it are waived by billing managers only.",
        groups="base.group_user",
    )
    default_collection_policy_id = fields.Many2one(
        "billing.collection.policy",
        string="Collection Policy",
        domain="[('company_id', 'in', (False, id))]",
        help="Accounts without a policy of their own or by tag follow this one. Empty: nobody is reminded.",
        ondelete="restrict",
    )
    billing_write_off_account_id = fields.Many2one(
        "account.account",
        string="Write-offs of the Collection",
        domain=[("account_type", "in", EXPENSES)],
        check_company=True,
        help="Where an open amount goes that a manager writes off.",
        ondelete="restrict",
    )
    billing_send_receipts = fields.Boolean(
        string="Mail Receipts", default=True, help="Customers get a receipt as soon as their payment is registered."
    )
    billing_document = fields.Selection(
        [
            ("auto", "Odoo's report where something changes it, else the quick document"),
            ("odoo", "Odoo's report"),
            ("drawn", "The quick document"),
        ],
        string="Documents of Customers",
        default="auto",
        required=True,
        help="For invoices, credit notes, receipts and letters of billing accounts; all others are Odoo's report. A"
        " localisation, Studio or another addon may change Odoo's report for your company: then it is taken, unless you"
        " choose here.",
    )
    billing_design_id = fields.Many2one(
        "billing.document.design",
        string="Design of Documents",
        domain="[('company_id', '=', id)]",
        groups="base.group_user",
        ondelete="restrict",
        help="Texts, columns and further fields on the invoices of accounts without a design of their own.",
    )
    billing_steps_away = fields.Boolean(
        string="Hide the First Steps",
        help="The first page of the billing does not show the first steps any more, whether they are done or not.",
    )

    @api.constrains(
        "billing_late_fee_code_id",
        "billing_late_fee_waive_limit",
        "default_collection_policy_id",
        "billing_write_off_account_id",
        "billing_design_id",
        "billing_return_fee_code_id",
    )
    def _check_billing_settings(self):
        """Refuse what the form of the settings would not offer, whoever writes it."""
        for company in self.sudo():  # sudo: whoever may write on the company need not be allowed to read all of this
            code, policy = company.billing_late_fee_code_id, company.default_collection_policy_id
            return_code = company.billing_return_fee_code_id
            for record in (code, return_code, policy, company.billing_design_id):
                if record.company_id - company:
                    raise ValidationError(
                        self.env._(
                            "“%(record)s” belongs to %(other)s. Choose one of %(company)s.",
                            record=record.display_name,
                            other=record.company_id.name,
                            company=company.name,
                        )
                    )
            if wrong := (code | return_code).filtered(lambda one: one.kind != "fee"):
                raise ValidationError(
                    self.env._(
                        "“%(code)s” is no code of a fee, so no fees can be charged under it. Choose another one.",
                        code=wrong[0].display_name,
                    )
                )
            expense = company.billing_write_off_account_id
            if expense and expense.account_type not in EXPENSES:
                raise ValidationError(
                    self.env._(
                        "Open amounts cannot be written off to “%(account)s”. Choose an account of expenses.",
                        account=expense.display_name,
                    )
                )
            if company.billing_late_fee_waive_limit < 0:
                raise ValidationError(
                    self.env._("The amount up to which clerks waive late fees cannot be below zero. Enter 0 or more.")
                )

    def _get_late_fee_code(self):
        """Return the billing code of late fees; a company without one gets a code that bears no tax.

        Compensation for being late is no turnover in most laws; whoever must tax it chooses another code or gives the
        product its taxes.
        """
        self.ensure_one()
        company = self.sudo()  # sudo: settings of the company, for the job that charges
        if not company.billing_late_fee_code_id:
            codes = self.env["billing.code"].sudo()
            own = [("company_id", "=", self.id), ("code", "=", "LATE-FEE")]
            code = codes.search(own, limit=1)
            if not code:
                code = codes.with_company(self).create(
                    {"code": "LATE-FEE", "name": self.env._("Late fee"), "kind": "fee", "company_id": self.id}
                )
                code.product_id.taxes_id = [Command.clear()]
            company.billing_late_fee_code_id = code
        return company.billing_late_fee_code_id

    def _get_billing_colors(self):
        """Return the colours of mails: {"button", "text" on a button, "link"}.

        The button is as the settings of mails say, else as the company's documents; letters on a light one are dark.
        """
        self.ensure_one()
        company = self.sudo()  # sudo: how mails look is no secret
        chosen = [company.email_secondary_color, company.primary_color, UNCHOSEN]
        chosen = [color for color in chosen if re.fullmatch("#[0-9a-fA-F]{6}", color or "")]
        button = next((color for color in chosen if color.upper() != UNCHOSEN), UNCHOSEN)
        text, is_light = company.email_primary_color or "#FFFFFF", get_lightness(hex_to_rgb(button)) > 0.75
        if is_light and text.upper() == "#FFFFFF":
            text = "#000000"
        return {"button": button, "text": text, "link": "#000000" if is_light else button}
