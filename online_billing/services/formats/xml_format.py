"""An invoice as an electronic one: UBL or CII, made by Odoo's own builders."""

from odoo import api, models
from odoo.exceptions import UserError

ADDON = "account_edi_ubl_cii"
DEFAULT = "ubl_bis3"
MOST_DECIMALS = 2  # EN 16931, BR-DEC: amounts have no more
MIMETYPES = ("application/xml", "text/xml")
EMBEDDED = "facturx"  # a PDF that holds the XML: one is nothing without the other


class BillingFormatXml(models.AbstractModel):
    """Which electronic format it is, says the customer; else the country of the company, as Odoo suggests it."""

    _name = "billing.format.xml"
    _inherit = "billing.format.renderer"
    _description = "Invoice as XML"

    @api.private
    def is_made_by_odoo(self):
        return True

    @api.private
    def get_obstacle(self):
        """Say which addon is missing, if it is."""
        if "ubl_cii_xml_id" in self.env["account.move"]._fields:
            return ""
        return self.env._(
            "Electronic invoices are made by an addon of Odoo that is not installed (%(addon)s). Ask your administrator"
            " to install it.",
            addon=ADDON,
        )

    @api.private
    def is_for(self, move):
        """Tell whether it is an invoice or credit note whose amounts fit: dinars have a decimal too many."""
        return move.is_sale_document() and move.currency_id.decimal_places <= MOST_DECIMALS

    @api.private
    def get_edi_format(self, move):
        """Return Odoo's name of the electronic format of an invoice; empty where Odoo cannot make any."""
        return self.get_customer_format(move.commercial_partner_id, move.company_id)

    @api.private
    def get_customer_format(self, partner, company):
        """Return Odoo's name of the electronic format that a customer of a company gets; empty where there is none."""
        if self.get_obstacle():
            return ""
        partner = partner.with_company(company)
        owner = company.partner_id.with_company(company)
        return (
            partner.invoice_edi_format
            or owner._get_suggested_ubl_cii_edi_format()
            or partner._get_suggested_ubl_cii_edi_format()
            or DEFAULT
        )

    @api.private
    def is_part_of_pdf(self, move):
        """Tell whether the PDF is a part of the electronic invoice."""
        return self.get_edi_format(move) == EMBEDDED

    @api.private
    def get_file_name(self, move, extension):
        """Return the name of the file that was sent, else of that which would be."""
        if obstacle := self.get_obstacle():
            raise UserError(obstacle)
        if made := self._get_made(move):
            return made.name
        builder = self._get_builder(move)
        if builder is None:
            return super().get_file_name(move, extension)
        return builder._export_invoice_filename(move)

    @api.private
    def render(self, move):
        """Return the electronic invoice that was sent, else let Odoo build it.

        :raise UserError: something that the format asks for is missing
        """
        if obstacle := self.get_obstacle():
            raise UserError(obstacle)
        if made := self._get_made(move):
            return made.raw
        builder = self._get_builder(move)
        if not self.is_for(move):
            raise UserError(
                self.env._(
                    "“%(document)s” cannot be an electronic invoice: these are for invoices and credit notes whose"
                    " amounts have two decimals at most. Choose another format.",
                    document=move.name,
                )
            )
        if builder is None:
            raise UserError(
                self.env._(
                    "The electronic form of “%(document)s” is “%(format)s”. It can be downloaded once the document has"
                    " been sent.",
                    document=move.name,
                    format=self._get_label(move),
                )
            )
        content, errors = builder._export_invoice(move)
        if errors:
            raise UserError(
                self.env._(
                    "The electronic form of “%(document)s” cannot be made yet: %(reasons)s",
                    document=move.name,
                    reasons=" ".join(sorted(errors)),
                )
            )
        return content

    def _get_made(self, move):
        """Return the electronic invoice that was sent: UBL or CII by Odoo's builders, else as its country has it."""
        if move.ubl_cii_xml_id or self._get_builder(move) is not None:
            return move.ubl_cii_xml_id
        others = self.env["account.move.send"]._get_invoice_extra_attachments(move)
        return others.filtered(lambda file: file.mimetype in MIMETYPES or (file.name or "").endswith(".xml"))[:1]

    def _get_label(self, move):
        """Return how Odoo calls the electronic format of an invoice."""
        field, name = self.env["res.partner"]._fields["invoice_edi_format"], self.get_edi_format(move)
        return dict(field._description_selection(self.env)).get(name, name)

    def _get_builder(self, move):
        partner = move.commercial_partner_id.with_company(move.company_id)
        return partner._get_edi_builder(self.get_edi_format(move))
