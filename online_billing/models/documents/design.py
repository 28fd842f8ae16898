from odoo import api, fields, models


class BillingDocumentDesign(models.Model):
    """What stands on the documents of customers besides what always does, and what of that may be left out.

    An account may have one of its own; all others have that of their company. The texts and further fields are printed
    by Odoo's report too; which columns are shown is a matter of the quick document.
    """

    _name = "billing.document.design"
    _inherit = ["billing.configuration"]
    _description = "Design of Documents"
    _order = "name, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company, index=True)
    text_above = fields.Text(
        string="Text above the Lines", translate=True, help="Stands between the dates and what is billed."
    )
    text_below = fields.Text(
        string="Text below the Lines", translate=True, help="Stands below the total and how it can be paid."
    )
    show_quantity = fields.Boolean(string="Quantity", default=True, help="A column of the quick document.")
    show_price = fields.Boolean(string="Unit Price", default=True, help="A column of the quick document.")
    show_taxes = fields.Boolean(
        string="Taxes", default=True, help="A column of the quick document; the sums of the taxes are always shown."
    )
    show_account = fields.Boolean(
        string="Number of the Account", default=True, help="Among the dates of the quick document."
    )
    show_link = fields.Boolean(
        string="Pay Link", default=True, help="Address and QR code of the page on which the invoice can be paid."
    )
    fact_ids = fields.One2many(
        "billing.document.fact",
        "design_id",
        string="Further Fields",
        copy=True,
        help="What else of the invoice, its account or its customer stands among the dates.",
    )
    account_ids = fields.One2many(
        "billing.account",
        "document_design_id",
        string="Accounts of this Design",
        help="They have it whatever the company has.",
    )
    is_of_company = fields.Boolean(
        compute="_compute_is_of_company",
        string="Of the Company",
        help="Accounts without a design of their own have this one.",
    )

    preview_move_id = fields.Many2one(
        "account.move",
        compute="_compute_preview_move_id",
        readonly=False,
        store=False,
        string="Shown on",
        domain="[('company_id', '=', company_id), ('billing_account_id', '!=', False),"
        " ('move_type', 'in', ('out_invoice', 'out_refund'))]",
        help="The document that the preview shows; nothing of it is changed.",
    )
    preview = fields.Text(  # base64: a form reads of binary fields how large they are
        compute="_compute_preview", help="The document of customers with this design, as it is now."
    )
    preview_missing = fields.Char(
        compute="_compute_preview", string="No Preview", help="Why the document cannot be shown, and what to do."
    )
    is_drawn = fields.Boolean(
        compute="_compute_preview_note",
        string="Is the Quick Document",
        help="Customers of the company get the quick document, and not Odoo's report.",
    )
    preview_note = fields.Char(
        compute="_compute_preview_note", string="Documents Now", help="What customers get, and why."
    )

    @api.depends("company_id")
    def _compute_is_of_company(self):
        for design in self:
            design.is_of_company = bool(design._origin) and design.company_id.billing_design_id == design._origin

    @api.depends("company_id", "account_ids")
    def _compute_preview_move_id(self):
        for design in self:
            domain = [
                ("company_id", "=", design.company_id.id),
                ("billing_account_id", "!=", False),
                ("move_type", "in", ("out_invoice", "out_refund")),
            ]
            own = [("billing_account_id.document_design_id", "=", design._origin.id)]
            invoices = [("move_type", "=", "out_invoice")]
            design.preview_move_id = False
            # of its own accounts before others, and an invoice before a credit note
            for choice in (own + invoices, own, invoices, []) if design._origin else (invoices, []):
                found = self.env["account.move"].search(domain + choice, order="invoice_date desc, id desc", limit=1)
                if found:
                    design.preview_move_id = found
                    break

    @api.depends(
        "preview_move_id",
        "text_above",
        "text_below",
        "show_quantity",
        "show_price",
        "show_taxes",
        "show_account",
        "show_link",
        "fact_ids.sequence",
        "fact_ids.label",
        "fact_ids.path",
    )
    def _compute_preview(self):
        documents = self.env["billing.document"]
        for design in self:
            design.preview, design.preview_missing = documents.get_preview(design.preview_move_id, design)

    @api.depends("company_id")
    def _compute_preview_note(self):
        documents = self.env["billing.document"]
        for design in self:
            design.preview_note = documents.get_reason(design.company_id)
            design.is_drawn = documents.get_choice(design.company_id) == "drawn"

    def action_use_for_company(self):
        """Give this design to all accounts of the company that have none of their own."""
        self.ensure_one()
        self.check_access("write")
        # sudo: managers of the billing choose how its documents look, and nothing else of the company
        self.company_id.sudo().billing_design_id = self
