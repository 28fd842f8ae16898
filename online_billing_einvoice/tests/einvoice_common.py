"""A company and customers with all that the law asks for, and every kind of document that the billing makes."""

from odoo.addons.online_billing.tests.formats.formats_common import FormatsCase
from odoo.fields import Command

from .en16931 import find_faults


class EinvoiceCase(FormatsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.ref("base.EUR").active = True
        cls.company.partner_id.write({"phone": "+32 2 555 01 23", "email": "billing@acme.example"})
        cls.bank_account = cls.env["res.partner.bank"].create(
            {
                "acc_number": "BE71096123456769",
                "partner_id": cls.company.partner_id.id,
                "company_id": cls.company.id,
                "allow_out_payment": True,
            }
        )
        cls.exempt = cls.make_tax("Exempt", 0, ubl_cii_tax_category_code="E")
        cls.exempt.ubl_cii_tax_exemption_reason_code = "VATEX-EU-132-1I"
        cls.reverse = cls.make_tax("Reverse charge", 0, ubl_cii_tax_category_code="AE")
        cls.reverse.ubl_cii_tax_exemption_reason_code = "VATEX-EU-AE"

    @classmethod
    def make_tax(cls, name, percent, **vals):
        return cls.env["account.tax"].create(
            {
                "name": name,
                "amount": percent,
                "type_tax_use": "sale",
                "company_id": cls.company.id,
                "tax_group_id": cls.none.tax_group_id.id,
                **vals,
            }
        )

    @classmethod
    def make_buyer(cls, edi_format="ubl_bis3", **vals):
        """Return an account that wants electronic invoices; by default a Belgian business."""
        return cls.make_receiver("pdf", "xml", invoice_edi_format=edi_format, **{"name": "Buyer", **vals})

    def make_line(self, price, taxes=None, **vals):
        """Return the values of a line of an invoice; by default with the usual tax."""
        taxes = self.tax if taxes is None else taxes
        return {"name": "Fibre 250", "price_unit": price, "tax_ids": [Command.set(taxes.ids)], **vals}

    def get_faults(self, move):
        """Return what the official rules find in the electronic form of a document, as text."""
        return [f"{fault.rule}: {fault.text} ({fault.location})" for fault in find_faults(self.render(move, "xml"))]

    def assertValid(self, move):
        self.assertEqual(self.get_faults(move), [])
