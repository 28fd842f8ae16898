"""Installing the billing changes no journal: who takes cheques says so on the journal."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestCheques(BillingCase):
    def make_journals(self, **vals):
        kinds = {"bank": "BNK9", "cash": "CSH9", "credit": "CRD9", "sale": "SAL9"}
        journals = self.env["account.journal"].create(
            [{"name": f"Second {kind}", "type": kind, "code": code, **vals} for kind, code in kinds.items()]
        )
        return dict(zip(kinds, journals, strict=True))

    def get_codes(self, journal):
        lines = journal.inbound_payment_method_line_ids | journal.outbound_payment_method_line_ids
        return [line.code for line in lines if line.code == "billing_cheque"]

    def test_case_F11_no_journal_takes_cheques_by_itself(self):
        lines = self.env["account.payment.method.line"].with_context(active_test=False)
        self.assertFalse(lines.search([("code", "=", "billing_cheque")]))
        for kind, journal in self.make_journals().items():
            with self.subTest(kind=kind):
                self.assertFalse(self.get_codes(journal))
                self.assertFalse(journal.billing_receives_cheques)

    def test_case_F11_a_chart_of_accounts_brings_the_journals_that_it_names(self):
        company = self.env["res.company"].create({"name": "Young Company"})
        self.env["account.chart.template"].try_loading("generic_coa", company=company, install_demo=False)
        journals = self.env["account.journal"].search([("company_id", "=", company.id)])
        self.assertFalse(journals.filtered(lambda journal: journal.type == "cash"))
        self.assertFalse([code for journal in journals for code in self.get_codes(journal)])

    def test_case_F11_a_button_lets_a_bank_or_a_till_take_cheques_once(self):
        journals = self.make_journals()
        for _press in range(2):
            for journal in journals.values():
                journal.action_receive_cheques()
        for kind, journal in journals.items():
            with self.subTest(kind=kind):
                expected = ["billing_cheque"] if kind in ("bank", "cash") else []
                self.assertEqual(self.get_codes(journal), expected)
                self.assertEqual(journal.billing_receives_cheques, bool(expected))
        line = journals["cash"].inbound_payment_method_line_ids.filtered(lambda one: one.code == "billing_cheque")
        self.assertEqual((line.name, line.payment_type), ("Cheque", "inbound"))
        self.assertIn(line.payment_method_id, journals["cash"].available_payment_method_ids)

    def test_case_F11_another_method_is_put_on_journals_as_odoo_does(self):
        known = type(self.env["account.payment.method"])._get_payment_method_information
        information = {**known(self.env["account.payment.method"]), "voucher": {"mode": "multi", "type": ("bank",)}}
        self.patch(
            type(self.env["account.payment.method"]), "_get_payment_method_information", lambda _self: information
        )
        bank = self.make_journals()["bank"]
        self.env["account.payment.method"].create({"name": "Voucher", "code": "voucher", "payment_type": "inbound"})
        self.assertIn("voucher", bank.inbound_payment_method_line_ids.mapped("code"))

    def test_case_F11_only_who_keeps_journals_presses_the_button(self):
        journal = self.make_journals()["bank"]
        with self.assertRaises(AccessError):
            journal.with_user(self.clerk).action_receive_cheques()
        self.assertFalse(journal.billing_receives_cheques)
