from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ...services.automatic_payment.consents import Terms
from ...services.shared.numbers import as_float, to_decimal


class BillingConsentWizard(models.TransientModel):
    """Note a consent that a customer has signed: which methods, in which order, on which day, up to how much."""

    _name = "billing.consent.wizard"
    _description = "Note a Written Consent"

    account_id = fields.Many2one("billing.account", required=True, help="Whose bills are paid automatically.")
    company_id = fields.Many2one(related="account_id.company_id")
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    customer_id = fields.Many2one(related="account_id.partner_id.commercial_partner_id", string="Belongs To")
    currency_id = fields.Many2one(related="account_id.currency_id")
    earlier_id = fields.Many2one(
        "billing.payment.consent",
        compute="_compute_earlier_id",
        string="Present Consent",
        help="It is withdrawn when this one is noted.",
    )
    has_methods = fields.Boolean(compute="_compute_has_methods")
    line_ids = fields.One2many(
        "billing.consent.wizard.method",
        "wizard_id",
        string="Methods",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        help="The first that works is charged, the others stand in for it.",
    )
    given_by_id = fields.Many2one(
        "res.partner",
        string="Signed By",
        compute="_compute_given_by_id",
        store=True,
        readonly=False,
        help="The contact of the customer who has signed.",
    )
    day_rule = fields.Selection(
        selection=lambda self: self.env["billing.payment.consent"]._fields["day_rule"].selection,
        string="Debited",
        required=True,
        default="due",
        help="On a day of the month: the first such day on which a bill is due. In shorter months the last day counts.",
    )
    day_number = fields.Integer(
        string="Days or Day", default=0, help="0 to 60 days before or after; a day of the month from 1 to 31."
    )
    limit_debit = fields.Monetary(
        string="At Most per Debit", help="A larger debit is not made; the customer pays it. 0: any amount."
    )
    limit_month = fields.Monetary(
        string="At Most per Month", help="Of all debits of a calendar month together. 0: any amount."
    )
    text = fields.Text(
        string="What Was Agreed",
        compute="_compute_text",
        store=True,
        readonly=False,
        help="The words on the paper. Where the customer has signed others than these, write those.",
    )
    failed_amount = fields.Monetary(
        compute="_compute_failed_amount",
        string="Could Not Be Collected",
        help="Open bills whose debits have failed for good.",
    )
    takes_up_failed = fields.Boolean(
        string="Collect It Now",
        help="Only where the customer wants it: they were told that these bills are not tried again.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Signed Paper", help="A scan or a photograph of what the customer has signed."
    )

    @api.depends("account_id")
    def _compute_earlier_id(self):
        for wizard in self:
            wizard.earlier_id = self.env["billing.payment.consents"].get_holding(wizard.account_id)

    @api.depends("account_id")
    def _compute_failed_amount(self):
        charging = self.env["billing.charging.now"]
        for wizard in self:
            failed = charging.get_failed(wizard.account_id) if wizard.account_id else []
            wizard.failed_amount = as_float(charging.get_amount(failed))

    @api.depends("account_id")
    def _compute_given_by_id(self):
        for wizard in self:
            wizard.given_by_id = wizard.account_id.partner_id

    @api.depends("account_id")
    def _compute_text(self):
        for wizard in self:
            lang = wizard.account_id.partner_id.lang or self.env.lang
            consents = self.env["billing.payment.consents"].with_context(lang=lang)
            wizard.text = consents.get_text(wizard.account_id) if wizard.account_id else False

    @api.depends("account_id")
    def _compute_has_methods(self):
        for wizard in self:
            wizard.has_methods = bool(wizard._get_tokens())

    @api.depends("account_id")
    def _compute_line_ids(self):
        """Begin with what the customer has saved, the newest first."""
        for wizard in self:
            tokens = wizard._get_tokens()
            wizard.line_ids = [Command.clear()] + [
                Command.create({"token_id": token.id, "sequence": 10 * place, "purpose": "all"})
                for place, token in enumerate(tokens, 1)
            ]

    def _get_tokens(self):
        """Return the saved methods of the customer in the company of the account, the newest first."""
        customer = self.account_id.partner_id.commercial_partner_id
        if not customer:
            return self.env["payment.token"]
        tokens = self.env["payment.token"].search(
            [("partner_id.commercial_partner_id", "=", customer.id)], order="id desc", limit=20
        )
        root = self.account_id.company_id.root_id
        # sudo: which company a provider belongs to, and whether it is switched on
        return tokens.filtered(
            lambda token: token.company_id.root_id == root and token.sudo().provider_id.state != "disabled"
        )

    def action_give(self):
        """Note the consent and show it."""
        self.ensure_one()
        self.account_id.check_access("write")
        lines = self.line_ids.sorted(lambda line: (line.sequence, line.id))
        if not (self.text or "").strip():
            raise UserError(self.env._("Write what the customer has agreed to."))
        if len(lines.token_id) != len(lines):
            raise UserError(self.env._("A method stands in the list twice. Take one of the lines away."))
        if self.given_by_id.commercial_partner_id != self.account_id.partner_id.commercial_partner_id:
            raise UserError(self.env._("Choose a contact of the customer who has signed."))
        currency = self.currency_id
        terms = Terms(
            self.day_rule,
            self.day_number if self.day_rule != "due" else 0,
            to_decimal(self.limit_debit, currency),
            to_decimal(self.limit_month, currency),
        )
        consent = self.env["billing.payment.consents"].give(
            self.account_id,
            lines.token_id,
            self.given_by_id,
            "written",
            self.text,
            terms,
            self._take_papers(),
            lines.mapped("purpose"),
            self.takes_up_failed,
        )
        self._keep_papers(consent)
        return {
            "type": "ir.actions.act_window",
            "res_model": consent._name,
            "res_id": consent.id,
            "views": [(False, "form")],
        }

    def _take_papers(self):
        """Return what was attached here; nobody makes other files readable by naming them."""
        papers = self.attachment_ids
        papers.check_access("read")
        if any(paper.create_uid != self.env.user or paper.res_model not in (False, self._name) for paper in papers):
            raise UserError(self.env._("Attach the signed paper itself."))
        return papers

    def _keep_papers(self, consent):
        """Let the files belong to the consent: they would vanish with the dialogue."""
        papers = self.attachment_ids.sudo()  # sudo: looked at above
        papers.write({"res_model": consent._name, "res_id": consent.id})
