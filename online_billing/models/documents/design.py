from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

PATH_LENGTH = 4  # steps from the invoice to what is printed of it


class BillingDocumentDesign(models.Model):
    """What stands on the documents of customers besides what always does, and what of that may be left out.

    An account may have one of its own; all others have that of their company. The texts and further fields are printed
    by Odoo's report too; which columns are shown is a matter of the quick document.
    """

    _name = "billing.document.design"
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
    fact_ids = fields.One2many("billing.document.fact", "design_id", string="Further Fields", copy=True)
    account_ids = fields.One2many("billing.account", "document_design_id", string="Accounts of this Design")
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
        compute="_compute_preview", help="The quick document with this design, as it is now."
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
            own = [("billing_account_id.document_design_id", "=", design._origin.id)] if design._origin else []
            moves, order = self.env["account.move"], "invoice_date desc, id desc"
            design.preview_move_id = (own and moves.search(domain + own, order=order, limit=1)) or moves.search(
                domain, order=order, limit=1
            )

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
        for design in self:
            design.preview = self.env["billing.document"].get_preview(design.preview_move_id, design)

    @api.depends("company_id")
    def _compute_preview_note(self):
        for design in self:
            design.preview_note = self.env["billing.document"].get_reason(design.company_id)

    def action_use_for_company(self):
        """Give this design to all accounts of the company that have none of their own."""
        self.ensure_one()
        self.check_access("write")
        # sudo: managers of the billing choose how its documents look, and nothing else of the company
        self.company_id.sudo().billing_design_id = self


class BillingDocumentFact(models.Model):
    _name = "billing.document.fact"
    _description = "Further Field on Documents"
    _order = "design_id, sequence, id"

    design_id = fields.Many2one("billing.document.design", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="design_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    label = fields.Char(required=True, translate=True, help="What stands above it.")
    model_name = fields.Char(compute="_compute_model_name", string="Begins at")
    path = fields.Char(
        string="Field",
        required=True,
        help="Which field of the invoice, or of its account or customer; nothing is printed where it is empty.",
    )

    def _compute_model_name(self):
        self.model_name = "account.move"

    @api.constrains("path")
    def _check_path(self):
        """Refuse what does not exist, and what the one who writes it may not read: everybody could read it on paper."""
        for fact in self:
            model, steps = self.env["account.move"], (fact.path or "").split(".")
            for number, step in enumerate(steps, start=1):
                field = model._fields.get(step)
                is_last = number == len(steps)
                if field is None or field.type in ("binary", "html", "json", "properties") or number > PATH_LENGTH:
                    raise ValidationError(
                        self.env._(
                            "“%(path)s” cannot be printed. Choose a field of the invoice, of its account or of its"
                            " customer that holds a text, a number, a date or a name.",
                            path=fact.path,
                        )
                    )
                if not field.relational and not is_last:
                    raise ValidationError(
                        self.env._("“%(path)s” does not exist. Choose the field from the list.", path=fact.path)
                    )
                try:
                    model.check_access("read")
                    model._check_field_access(field, "read")
                except AccessError as error:
                    raise ValidationError(
                        self.env._(
                            "You may not read “%(path)s”, so it cannot be printed for everybody. Choose another field.",
                            path=fact.path,
                        )
                    ) from error
                model = self.env[field.comodel_name] if field.relational else model
