"""What every format of an invoice is made by."""

from odoo import api, models


class BillingFormatRenderer(models.AbstractModel):
    """A format is a record of `billing.document.format` that names a model, which inherits from this one."""

    _name = "billing.format.renderer"
    _description = "Write an Invoice in a Format"

    @api.private
    def get_obstacle(self):
        """Return why this format cannot be made on this server, as a sentence; empty where it can."""
        return ""

    @api.private
    def is_for(self, move):
        """Tell whether a document can be said in this format at all; where not, it is sent in the others of its set."""
        return True

    @api.private
    def is_made_by_odoo(self):
        """Tell whether Odoo itself makes and keeps the file when an invoice is sent."""
        return False

    @api.private
    def get_file_name(self, move, extension):
        """Return the name of the file of an invoice, as Odoo names its PDF."""
        return move._get_invoice_report_filename(extension=extension)

    @api.private
    def render(self, move):
        """Return the bytes of the file of an invoice.

        :param move: with elevated rights; whether the caller may see it has been checked
        :raise UserError: it cannot be made of this invoice; says what to do
        """
        raise NotImplementedError
