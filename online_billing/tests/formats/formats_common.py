"""An invoice with everything in it, and a reader of each format that answers in the same words."""

import csv
import io
import json
from decimal import Decimal
from typing import NamedTuple

import openpyxl
from lxml import etree, html
from odoo.fields import Command

from ..builders import make_accounts
from ..delivery.delivery_common import DeliveryCase

CODES = ("pdf", "html", "xml", "xlsx", "csv", "json")
ARABIC, HEBREW = "محمد بن عبد الله", "דוד כהן"


class Found(NamedTuple):
    """What a reader finds in a file; amounts as Decimals."""

    line_count: int
    nets: list  # of the lines
    taxes: dict  # {amount: base} of each group
    net: Decimal
    tax: Decimal
    total: Decimal
    currency: str


class FormatsCase(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "force_report_rendering": True})
        country = cls.env.ref("base.be")
        cls.company.partner_id.write(
            {
                "country_id": country.id,
                "vat": "BE0477472701",
                "zip": "1000",
                "street": "1 Main Street",
                "city": "Brussels",
            }
        )
        cls.formats = {kind.code: kind for kind in cls.env["billing.document.format"].search([("code", "in", CODES)])}
        cls.customer = {"country_id": country.id, "vat": "BE0246697724", "street": "2 Rue Haute", "zip": "1000"}
        cls.customer |= {"city": "Brussels", "invoice_edi_format": "ubl_bis3"}
        groups = cls.env["account.tax.group"]
        for percent in (19, 7, 0):
            groups |= groups.create(
                {"name": f"Group {percent}", "sequence": 30 - percent, "company_id": cls.company.id}
            )
        cls.tax.tax_group_id = groups[0]
        cls.low, cls.none = cls.env["account.tax"].create(
            [
                {
                    "name": f"VAT {percent}%",
                    "amount": percent,
                    "type_tax_use": "sale",
                    "company_id": cls.company.id,
                    "tax_group_id": group.id,
                }
                for percent, group in ((7, groups[1]), (0, groups[2]))
            ]
        )

    @classmethod
    def make_receiver(cls, *codes, name=ARABIC, currency=None, **vals):
        """Return an account that wants formats; by default its customer's name is written from the right."""
        more = {"currency_id": currency.id} if currency else {}
        customer = {"name": name, **cls.customer, "email": "customer@example.com", **vals}
        return make_accounts(cls.env, [customer], document_format_ids=cls.choose(*codes), **more)

    @classmethod
    def choose(cls, *codes):
        return [Command.set([cls.formats[code].id for code in codes])]

    @classmethod
    def make_full_invoice(cls, account, **vals):
        """Return an invoice of 115.16 and 20.30 of taxes: 19.60 on 103.16, 0.70 on 10.00, nothing on 2.00."""
        lines = [
            {"display_type": "line_section", "name": f"Internet {HEBREW}"},
            {"name": "Fibre 250", "price_unit": 39.9, "quantity": 3, "discount": 10},
            {"display_type": "line_subsection", "name": "Calls abroad"},
            {"name": "Calls", "price_unit": 0.0125, "quantity": 1234.5},
            {"name": "Credit for an outage", "price_unit": 20, "quantity": -1},
            {"display_type": "line_note", "name": "Counted by the minute"},
            {"name": f"Book {ARABIC}", "price_unit": 10, "tax_ids": [Command.set(cls.low.ids)]},
            {"name": "Stamp", "price_unit": 2, "tax_ids": [Command.set(cls.none.ids)]},
        ]
        return cls.make_invoice(account, lines=lines, **vals)

    @classmethod
    def make_currency(cls, name, decimals, rate=1.0):
        """Return a currency with a rate from the beginning."""
        currency = cls.env["res.currency"].with_context(active_test=False).search([("name", "=", name)])
        currency.write({"active": True, "rounding": 10.0**-decimals})
        cls.env["res.currency.rate"].create(
            {"name": "2000-01-01", "currency_id": currency.id, "rate": rate, "company_id": cls.company.id}
        )
        return currency

    def render(self, move, code):
        return self.env["billing.document.formats"].render(move, code)[2]

    # -- readers ------------------------------------------------------------------------------------------------------

    def read(self, code, content):
        return getattr(self, f"read_{code}")(content)

    def read_json(self, content):
        values = json.loads(content)
        totals = values["totals"]
        lines = [line for line in values["lines"] if line["kind"] == "line"]
        return Found(
            len(lines),
            [Decimal(line["net"]["value"]) for line in lines],
            {Decimal(tax["amount"]["value"]): Decimal(tax["base"]["value"]) for tax in values["taxes"]},
            *(Decimal(totals[name]["value"]) for name in ("net", "tax", "total")),
            values["currency"]["code"],
        )

    def get_csv_rows(self, content):
        return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))

    def read_csv(self, content):
        rows = self.get_csv_rows(content)
        lines = [row for row in rows if row["row"] == "line"]
        [total] = [row for row in rows if row["row"] == "total"]
        return Found(
            len(lines),
            [Decimal(row["net"]) for row in lines],
            {Decimal(row["tax"]): Decimal(row["net"]) for row in rows if row["row"] == "tax"},
            *(Decimal(total[name]) for name in ("net", "tax", "gross")),
            total["currency"],
        )

    def read_xlsx(self, content):
        book = openpyxl.load_workbook(io.BytesIO(content))
        lines = [row for row in book["Lines"].iter_rows(min_row=2, values_only=True) if row[1] == "Line"]
        totals = list(book["Totals"].iter_rows(min_row=2, values_only=True))
        sums = {row[0]: row[2] for row in totals if row[1] is None}
        return Found(
            len(lines),
            [self.as_decimal(row[8]) for row in lines],
            {self.as_decimal(row[2]): self.as_decimal(row[1]) for row in totals if row[1] is not None},
            *(self.as_decimal(sums[name]) for name in ("Untaxed Amount", "Taxes", "Total")),
            totals[0][3],
        )

    def as_decimal(self, number):
        self.assertIsInstance(number, int | float)
        return Decimal(str(number))

    def read_html(self, content):
        page = html.fromstring(content)

        def get_values(path):
            return [Decimal(value) for value in page.xpath(f"{path}//data/@value")]

        taxes = {
            Decimal(row.xpath("./td/data/@value")[0]): Decimal(row.xpath("./th/data/@value")[0])
            for row in page.xpath("//*[@id='totals']//tr[@class='tax']")
        }
        [net], [total] = get_values("//tr[@class='untaxed']"), get_values("//tr[@class='total']")
        nets = get_values("//*[@id='lines']//tr[@class='line']")
        return Found(len(nets), nets, taxes, net, sum(taxes), total, None)

    def read_xml(self, content):
        tree = etree.fromstring(content)

        def get_numbers(path):
            return [Decimal(number) for number in tree.xpath(path, namespaces=names)]

        names = {
            prefix: f"urn:oasis:names:specification:ubl:schema:xsd:{kind}-2"
            for prefix, kind in (("cac", "CommonAggregateComponents"), ("cbc", "CommonBasicComponents"))
        }
        lines = "/*/cac:InvoiceLine | /*/cac:CreditNoteLine"
        nets = [
            Decimal(line.findtext("cbc:LineExtensionAmount", namespaces=names))
            for line in tree.xpath(lines, namespaces=names)
        ]
        subtotals = "/*/cac:TaxTotal/cac:TaxSubtotal"
        [net] = get_numbers("/*/cac:LegalMonetaryTotal/cbc:TaxExclusiveAmount/text()")
        [total] = get_numbers("/*/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount/text()")
        taxes = zip(
            get_numbers(f"{subtotals}/cbc:TaxAmount/text()"),
            get_numbers(f"{subtotals}/cbc:TaxableAmount/text()"),
            strict=True,
        )
        return Found(
            len(nets), nets, dict(taxes), net, get_numbers("/*/cac:TaxTotal/cbc:TaxAmount/text()")[0], total,
            tree.findtext("cbc:DocumentCurrencyCode", namespaces=names),
        )  # fmt: skip
