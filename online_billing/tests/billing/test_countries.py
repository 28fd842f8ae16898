"""In companies of countries whose accounting is installed: what is billed, credited, debited and shown to customers."""

import unittest
from datetime import date

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .. import builders
from ..common import BillingCase

# numbers of businesses, of the seller and of two buyers; Argentina gives no number to an invoice without them
NUMBERS = {
    "IN": ("24AAGCC7144L6ZE", "27AAACM4154G1ZU"),
    "AR": ("30714295698", "30500010912"),
    "IT": ("IT01234560157", "IT00743110157"),
}
# Brazil has one type of document for all of them
TYPES_OF = "AR"


@tagged("post_install", "-at_install")
class TestCountries(BillingCase):
    """Done at night, on the databases that have countries beside ours."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        found = {}
        for code, chart in cls.env["account.chart.template"]._get_chart_template_mapping().items():
            if chart["installed"] and chart["visible"] and chart.get("country_code"):
                found.setdefault(chart["country_code"], code)
        cls.charts = {country: chart for country, chart in found.items() if chart != "generic_coa"}
        if not cls.charts:
            raise unittest.SkipTest("the accounting of no country is installed")
        cls.formats = cls.env["billing.document.format"].search(
            [("code", "in", ("pdf", "html", "csv", "xlsx", "json"))]
        )

    def test_what_is_billed_is_corrected_and_shown_in_each_country(self):
        self.assertTrue(self.charts)
        for country, chart in self.charts.items():
            with self.subTest(country=country):
                self.settle(country, chart)
                self.check_bills(country)
                self.check_credit_notes(country)
                self.check_debit_notes(country)
                self.check_end()
                self.check_formats(country)

    def settle(self, country, chart):
        """Bill two customers of a company of a country from here on."""
        place = self.env["res.country"].search([("code", "=", country)])
        place.currency_id.active = True
        own, other = NUMBERS.get(country, (False, False))
        company = self.env["res.company"].create(
            {
                "name": f"Seller in {country}", "country_id": place.id, "currency_id": place.currency_id.id,
                "state_id": place.state_ids[:1].id, "email": "seller@example.com",
            }
        )  # fmt: skip
        company.partner_id.write({"vat": own, **self.get_duties(country)})
        self.env.user.company_ids |= company
        self.env = self.env(context={**self.env.context, "allowed_company_ids": company.ids})
        self.env["account.chart.template"].try_loading(chart, company=self.env.company, install_demo=False)
        code = builders.make_code(self.env, "NET", 100)
        plan = builders.make_plan(self.env, "Plan", (code, {"timing": "advance"}))
        customers = [
            {
                "name": f"Buyer {number}", "is_company": True, "vat": other, "country_id": place.id,
                "state_id": place.state_ids[:1].id, **self.get_duties(country),
            }
            for number in range(2)
        ]  # fmt: skip
        self.accounts = builders.make_accounts(self.env, customers, delivery_channel="portal")
        self.subscriptions = builders.subscribe(self.env, self.accounts, plan, "2026-09-01")

    def get_duties(self, country):
        if country != "AR":
            return {}
        return {
            "l10n_latam_identification_type_id": self.env.ref("l10n_ar.it_cuit").id,
            "l10n_ar_afip_responsibility_type_id": self.env.ref("l10n_ar.res_IVARI").id,
        }

    def bill_until(self, day):
        run = self.env["billing.run"]._bill_accounts(self.accounts, date.fromisoformat(day))
        self.assertEqual(set(run.outcome_ids.mapped("result")), {"billed"}, run.outcome_ids.mapped("reason"))
        return self.env["account.move"].search([("billing_run_id", "=", run.id)], order="sequence_number")

    def assertType(self, country, move, kind):
        if country == TYPES_OF:
            self.assertEqual(move.l10n_latam_document_type_id.internal_type, kind)

    def check_bills(self, country):
        self.invoices = self.bill_until("2026-11-01")
        self.assertEqual(self.invoices.mapped("state"), ["posted"] * 6)
        self.assertEqual(len(set(self.invoices.mapped("name"))), 6)
        days = self.invoices.mapped("invoice_date")
        self.assertEqual(days, sorted(days))
        self.assertEqual(self.invoices.mapped("amount_untaxed"), [100] * 6)
        for move in self.invoices:
            self.assertType(country, move, "invoice")
        self.total = self.invoices[0].amount_total

    def check_credit_notes(self, country):
        """Odoo's own buttons: credit an invoice, and credit it and make another one."""
        account = self.accounts[0]
        first, second, _third = self.invoices.filtered(lambda move: move.billing_account_id == account)
        for move, method in ((first, "refund_moves"), (second, "modify_moves")):
            wizard = self.env["account.move.reversal"].with_context(active_model="account.move", active_ids=move.ids)
            getattr(wizard.create({"reason": "Wrong", "journal_id": move.journal_id.id}), method)()
            note = move.reversal_move_ids
            if note.state == "draft":
                note.action_post()
            self.assertType(country, note, "credit_note")
            self.assertEqual((note.billing_account_id, note.amount_total), (account, self.total))
            self.assertEqual((move.payment_state, move.amount_residual), ("reversed", 0))
        again = self.env["account.move"].search([("billing_account_id", "=", account.id), ("state", "=", "draft")])
        again.action_post()
        self.assertType(country, again, "invoice")
        self.env.invalidate_all()
        self.assertAlmostEqual(account.amount_due, 2 * self.total)

    def check_debit_notes(self, country):
        if "account.debit.note" not in self.env:
            return
        account = self.accounts[1]
        invoice = self.invoices.filtered(lambda move: move.billing_account_id == account)[0]
        wizard = self.env["account.debit.note"].with_context(active_model="account.move", active_ids=invoice.ids)
        made = wizard.create({"reason": "More", "copy_lines": True}).create_debit()
        note = self.env["account.move"].browse(made["res_id"])
        note.action_post()
        self.assertType(country, note, "debit_note")
        self.assertEqual((note.billing_account_id, note.amount_total), (account, self.total))
        charge = self.env["billing.charge"].search([("invoice_id", "=", note.id)])
        self.assertEqual((charge.origin, charge.state, charge.amount), ("document", "invoiced", 100))
        self.env.invalidate_all()
        self.assertAlmostEqual(account.amount_due, 4 * self.total)

    def check_end(self):
        """A run credits what was billed in advance, by a document of its own that names the invoice."""
        subscription = self.subscriptions[1]
        wizard = self.env["billing.subscription.end"].create(
            {"subscription_ids": [Command.set(subscription.ids)], "when": "day", "last_day": "2026-11-15"}
        )
        wizard.action_end()
        made = self.bill_until("2026-12-01")
        note = made.filtered(lambda move: move.billing_account_id == self.accounts[1])
        last = self.invoices.filtered(lambda move: move.billing_account_id == self.accounts[1])[-1]
        self.assertEqual((note.move_type, note.amount_untaxed, note.reversed_entry_id), ("out_refund", 50, last))

    def check_formats(self, country):
        formats, invoice = self.env["billing.document.formats"], self.invoices[0]
        made = {kind.code: formats.get_file_values(invoice, kind)["raw"] for kind in self.formats if kind.code != "pdf"}
        self.assertTrue(all(made.values()))
        self.assertIn(invoice.name, made["html"].decode())
        if country == "IT" and invoice.commercial_partner_id.invoice_edi_format == "it_edi_xml":
            # it is no UBL or CII, and Odoo makes it as the document is sent
            with self.assertRaisesRegex(UserError, "“Italy .*”. It can be downloaded once"):
                formats.get_file_values(invoice, self.env.ref("online_billing.document_format_xml"))
