from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..shared.guarded import ANY, Life, names

RENDERER = "billing.format.renderer"


class BillingDocumentFormat(models.Model):
    """A form in which customers get their documents. An addon that knows another one brings a record and its renderer.

    What it is and how it is made belongs to the addon; managers choose its name and its place.
    """

    _name = "billing.document.format"
    _inherit = ["billing.guarded", "billing.configuration"]
    _description = "Format of Documents"
    _order = "sequence, id"
    _life = Life(write={ANY: names("name sequence")})

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, help="The order in which files are attached.")
    code = fields.Char(required=True, help="By which programs and addresses name the format.")
    mimetype = fields.Char(string="MIME Type", required=True, help="By which browsers and mail programs know the file.")
    extension = fields.Char(string="File Extension", required=True, help="What the names of the files end with.")
    renderer = fields.Char(required=True, help="Technical name of the model that writes a document in this format.")
    note = fields.Char(string="What It Is For", translate=True)
    obstacle = fields.Char(
        compute="_compute_obstacle", string="Why Not", help="Why it cannot be made on this server; empty where it can."
    )

    _code_unique = models.Constraint("UNIQUE (code)", "There is a format with this code.")

    @api.depends("renderer")
    def _compute_obstacle(self):
        for kind in self:
            kind.obstacle = self.env[kind.renderer].get_obstacle() if kind._has_renderer() else False

    @api.depends("name", "obstacle")
    def _compute_display_name(self):
        for kind in self:
            kind.display_name = self.env._("%(name)s (not available)", name=kind.name) if kind.obstacle else kind.name

    @api.constrains("renderer")
    def _check_renderer(self):
        for kind in self:
            if not kind._has_renderer():
                raise ValidationError(
                    self.env._(
                        "“%(model)s” writes no documents. Name a model that inherits from %(base)s.",
                        model=kind.renderer,
                        base=RENDERER,
                    )
                )

    def _has_renderer(self):
        base, model = self.env.registry[RENDERER], self.env.registry.get(self.renderer)
        return model is not None and model is not base and issubclass(model, base)
