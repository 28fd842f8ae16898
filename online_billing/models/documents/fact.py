from odoo import api, fields, models
from odoo.exceptions import ValidationError

PATH_LENGTH = 4  # steps from the invoice to what is printed of it
UNPRINTED = ("binary", "html", "json", "properties", "properties_definition", "reference", "many2one_reference")


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
            if obstacle := fact.find_obstacle():
                raise ValidationError(obstacle)

    @api.private
    def find_obstacle(self):
        """Return why a field cannot be printed for everybody by whoever asks; empty where it can.

        Odoo checks constraints with elevated rights, with which everything could be read.
        """
        self.ensure_one()
        model, steps = self.sudo(False).env["account.move"], (self.path or "").split(".")
        for number, step in enumerate(steps, start=1):
            field = model._fields.get(step)
            if field is None or field.type in UNPRINTED or number > PATH_LENGTH:
                return self.env._(
                    "“%(path)s” cannot be printed. Choose a field of the invoice, of its account or of its customer"
                    " that holds a text, a number, a date or a name.",
                    path=self.path,
                )
            if not field.relational and number < len(steps):
                return self.env._("“%(path)s” does not exist. Choose the field from the list.", path=self.path)
            if not self._may_read(model, field):
                return self.env._(
                    "You may not read “%(path)s”, so it cannot be printed for everybody. Choose another field.",
                    path=self.path,
                )
            model = model.env[field.comodel_name] if field.relational else model
        return ""

    def _may_read(self, model, field):
        """Tell whether whoever asks may read a field; of one that refers to others, their names too."""
        is_allowed = model.has_access("read") and model._has_field_access(field, "read")
        return is_allowed and (not field.relational or model.env[field.comodel_name].has_access("read"))
