"""Each kind of document in each electronic format, judged by the official rules."""

from lxml import etree
from odoo.addons.online_billing.models.delivery.batch import KEY, Batch
from odoo.addons.online_billing.tests.tiers import IS_NIGHT
from odoo.tests import tagged

from .einvoice_common import EinvoiceCase
from .en16931 import find_faults

# one of each syntax for every commit: what the others change of UBL is little
FORMATS = ("ubl_bis3", "xrechnung", "nlcius", "facturx") if IS_NIGHT else ("ubl_bis3", "facturx")


@tagged("post_install", "-at_install")
class TestJudge(EinvoiceCase):
    """The judge itself: it finds what is wrong, and says which rule it breaks."""

    def test_case_B25_the_judge_finds_what_is_wrong(self):
        right = self.render(self.make_invoice(self.make_buyer(), lines=[self.make_line(100)]), "xml").decode()
        self.assertEqual(find_faults(right.encode()), [])
        number = "<cbc:CompanyID>BE0246697724</cbc:CompanyID>"
        for wrong, expected in (
            (right.replace(">119.00</cbc:PayableAmount", ">120.00</cbc:PayableAmount"), {"BR-CO-16"}),
            (right.replace(f"<cac:PartyTaxScheme>{number}", "<cac:PartyTaxScheme>"), {"UBL-SR-53"}),
            (right.replace("cbc:IssueDate", "cbc:IssuedOn"), {"schema", "BR-03"}),
        ):
            self.assertNotEqual(wrong, right)
            with self.subTest(expected=expected):
                self.assertLessEqual(expected, {fault.rule for fault in find_faults(wrong.encode())})

    def test_case_B25_the_judge_of_cii_finds_what_is_wrong(self):
        right = self.render(self.make_invoice(self.make_buyer("facturx"), lines=[self.make_line(100)]), "xml").decode()
        self.assertEqual(find_faults(right.encode()), [])
        wrong = right.replace(">100.00</ram:TaxBasisTotalAmount", ">90.00</ram:TaxBasisTotalAmount")
        self.assertNotEqual(wrong, right)
        self.assertTrue(find_faults(wrong.encode()))

    def test_case_B25_what_the_judge_does_not_know_is_not_called_valid(self):
        for content in (b"<invoice/>", b'<Order xmlns="urn:oasis:names:specification:ubl:schema:xsd:Order-2"/>'):
            with self.assertRaisesRegex(ValueError, "no electronic invoice"):
                find_faults(content)


class KindsCase(EinvoiceCase):
    """What makes a document of a kind once per format; the tests below say which kinds."""

    def assertValidEverywhere(self, make, formats=FORMATS, **buyer):
        """Judge what `make` returns for a buyer of each format.

        :param make: called with an account, returns the document
        """
        for edi_format in formats:
            with self.subTest(edi_format=edi_format):
                move = make(self.make_buyer(edi_format, **buyer))
                self.assertEqual(move.state, "posted")
                self.assertValid(move)

    def assertLinesValid(self, *lines, formats=FORMATS, buyer=None, **vals):
        self.assertValidEverywhere(
            lambda account: self.make_invoice(account, lines=list(lines), **vals), formats, **(buyer or {})
        )


@tagged("post_install", "-at_install")
class TestBuyers(KindsCase):
    def test_case_B25_a_business_at_home(self):
        self.assertLinesValid(self.make_line(100))

    def test_case_B25_a_consumer_without_a_tax_number(self):
        self.assertLinesValid(self.make_line(100), buyer={"vat": False})

    def test_case_B25_a_consumer_without_an_end_point(self):
        self.assertLinesValid(self.make_line(100), buyer={"vat": False, "peppol_eas": False, "peppol_endpoint": False})

    def test_case_B25_a_consumer_is_given_no_tax_scheme_and_a_business_keeps_its_own(self):
        for vat, expected in ((False, 0), ("BE0246697724", 1)):
            content = self.render(self.make_invoice(self.make_buyer(vat=vat), lines=[self.make_line(1)]), "xml")
            customer = content.partition(b"<cac:AccountingCustomerParty>")[2]
            customer = customer.partition(b"</cac:AccountingCustomerParty>")[0]
            self.assertEqual(customer.count(b"<cac:PartyTaxScheme>"), expected)

    def test_case_B25_a_business_abroad_with_reverse_charge(self):
        germany = {"vat": "DE136695976", "country_id": self.env.ref("base.de").id}
        self.assertLinesValid(self.make_line(100, self.reverse), buyer=germany)

    def test_case_B25_an_intra_community_supply(self):
        germany = {"vat": "DE136695976", "country_id": self.env.ref("base.de").id}
        self.assertLinesValid(self.make_line(100, self.none), buyer=germany)

    def test_case_B25_an_export(self):
        america = {"vat": False, "country_id": self.env.ref("base.us").id}
        self.assertLinesValid(self.make_line(100, self.none), buyer=america)

    def test_case_B25_a_business_whose_number_names_no_country(self):
        america = {"vat": "12-3456789", "country_id": self.env.ref("base.us").id}
        self.assertLinesValid(self.make_line(100), buyer=america)

    def test_case_B25_a_seller_whose_number_names_no_country(self):
        self.company.partner_id.write({"vat": "00-0001234", "country_id": self.env.ref("base.us").id})
        self.assertLinesValid(self.make_line(100), formats=("ubl_bis3", "xrechnung", "facturx"))


@tagged("post_install", "-at_install")
class TestLines(KindsCase):
    def test_case_B25_several_taxes_sections_notes_and_a_credit_among_the_lines(self):
        self.assertValidEverywhere(self.make_full_invoice)

    def test_case_B25_exempt_lines(self):
        self.assertLinesValid(self.make_line(100), self.make_line(5, self.exempt), self.make_line(7, self.exempt))

    def test_case_B25_nothing_but_exempt_lines(self):
        self.assertLinesValid(self.make_line(5, self.exempt))

    def test_case_B25_discounts(self):
        self.assertLinesValid(
            self.make_line(33.33, discount=12.5, quantity=3), self.make_line(33.33, discount=100, quantity=3)
        )

    def test_case_B25_negative_lines(self):
        self.assertLinesValid(
            self.make_line(100), self.make_line(-30), self.make_line(10, quantity=-2), self.make_line(-10, quantity=-2)
        )

    def test_case_B25_allowances_at_nothing(self):
        self.assertLinesValid(self.make_line(100), self.make_line(0), self.make_line(0, quantity=500))

    def test_case_B25_a_bill_of_nothing(self):
        self.assertLinesValid(self.make_line(0), self.make_line(0, self.exempt))

    def test_case_B25_prices_of_a_part_of_a_cent(self):
        self.assertLinesValid(
            self.make_line(0.0125, quantity=1234.5), self.make_line(0.0000123, quantity=1e6), self.make_line(0.001)
        )

    def test_case_B25_prices_that_include_their_tax(self):
        included = self.make_tax("Included", 21, price_include_override="tax_included")
        self.assertLinesValid(
            self.make_line(11.99, included, quantity=7), self.make_line(9.99, included, quantity=3, discount=10)
        )

    def test_case_B25_an_amount_per_unit_beside_the_tax(self):
        fixed = self.make_tax("Levy", 1.5, amount_type="fixed", include_base_amount=True, sequence=0)
        self.assertLinesValid(self.make_line(100, self.tax + fixed, quantity=3))

    def test_case_B25_many_lines_that_round(self):
        self.assertLinesValid(*(self.make_line(0.07 * number + 0.005, quantity=number / 3) for number in range(1, 30)))

    def test_case_B25_names_of_several_lines_and_letters(self):
        self.assertLinesValid(
            self.make_line(100, name="محمد\n2026-10-01 – 2026-10-31 <b>&amp;</b>"), self.make_line(1, name=False)
        )


@tagged("post_install", "-at_install")
class TestDocuments(KindsCase):
    def test_case_B25_credit_notes(self):
        self.assertValidEverywhere(lambda account: self.make_full_invoice(account, move_type="out_refund"))

    def test_case_B25_documents_of_a_batch_say_what_each_says_by_itself(self):
        germany = {"vat": "DE136695976", "country_id": self.env.ref("base.de").id}
        america = {"vat": False, "country_id": self.env.ref("base.us").id}
        moves = self.env["account.move"]
        for buyer, taxes in (({}, self.tax), (germany, self.none), (america, self.none), ({}, self.exempt)):
            lines = [self.make_line(price, taxes) for price in (100, 33.33)]
            moves |= self.make_invoice(self.make_buyer("ubl_bis3", **buyer), lines=lines)
        for name in ("account.edi.xml.cii", "account.edi.xml.ubl_bis3"):
            batched = self.env[name].with_context(**{KEY: Batch(moves)})
            contents = [
                [builder._export_invoice(move)[0] for move in moves] for builder in (self.env[name], batched, batched)
            ]
            self.assertEqual(contents[0], contents[1], name)
            self.assertEqual(contents[0], contents[2], name)
            self.assertEqual(len(set(contents[0])), len(moves), name)

    def test_case_B25_a_credit_note_of_an_invoice(self):
        def reverse(account):
            credit = self.make_full_invoice(account)._reverse_moves([{"invoice_date": "2026-11-02"}])
            credit.action_post()
            return credit

        self.assertValidEverywhere(reverse)
        for name in ("account.edi.xml.cii", "account.edi.xml.ubl_bis3"):
            note = reverse(self.make_buyer("ubl_bis3"))
            content = self.env[name]._export_invoice(note)[0].decode()
            self.assertIn(f">{note.reversed_entry_id.name}<", content, name)

    def test_case_B25_a_part_of_it_paid(self):
        def pay(account):
            move = self.make_invoice(account, lines=[self.make_line(100)])
            register = self.env["account.payment.register"].with_context(
                active_model="account.move", active_ids=move.ids
            )
            register.create({"amount": 50})._create_payments()
            self.assertEqual(move.amount_residual, 69)
            return move

        self.assertValidEverywhere(pay)

    def test_case_B25_a_currency_without_decimals(self):
        self.assertForeign("JPY", 0)

    def test_case_B25_a_foreign_currency(self):
        self.assertForeign("GBP", 2)

    def test_case_B25_a_currency_of_three_decimals_goes_out_in_the_other_formats(self):
        account = self.make_buyer(currency=self.make_currency("KWD", 3, 0.3))
        move = self.make_invoice(account, lines=[self.make_line(1.005)])
        formats = self.env["billing.document.formats"].get_formats(move)
        self.assertEqual(formats.mapped("code"), ["pdf"])

    def test_case_B25_rounded_for_cash(self):
        accounts = self.env["account.account"]
        rounding = self.env["account.cash.rounding"].create(
            {
                "name": "Five cents",
                "rounding": 0.05,
                "strategy": "add_invoice_line",
                "profit_account_id": accounts.search([("account_type", "=", "income")], limit=1).id,
                "loss_account_id": accounts.search([("account_type", "=", "expense")], limit=1).id,
            }
        )
        for price in (100.02, 100.01):  # up by 0.03, down by 0.01
            self.assertLinesValid(self.make_line(price), invoice_cash_rounding_id=rounding.id)

    def test_case_B25_terms_and_a_text(self):
        terms = self.env.ref("account.account_payment_term_30days")
        self.assertLinesValid(
            self.make_line(100), narration="<p>Thanks<br/>a lot</p>", invoice_payment_term_id=terms.id
        )

    def test_case_B25_a_discount_for_early_payment(self):
        terms = self.env["account.payment.term"].create(
            {
                "name": "2% within ten days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "included",
            }
        )
        for computation in ("included", "excluded", "mixed"):
            terms.early_pay_discount_computation = computation
            with self.subTest(computation=computation):
                lines = self.make_line(100), self.make_line(20, self.low)
                self.assertLinesValid(*lines, invoice_payment_term_id=terms.id)

    def make_mixed_terms(self):
        """Return terms whose tax is of the discounted amount, whatever is paid."""
        return self.env["account.payment.term"].create(
            {
                "name": "2% within ten days",
                "early_discount": True,
                "discount_percentage": 2,
                "discount_days": 10,
                "early_pay_discount_computation": "mixed",
            }
        )

    def test_case_B25_a_lower_tax_beside_exempt_negative_and_fixed_lines(self):
        terms = self.make_mixed_terms()
        fixed = self.make_tax("Levy", 1.5, amount_type="fixed", include_base_amount=True, sequence=0)
        cases = (
            (self.make_line(100), self.make_line(50, self.exempt)),
            (self.make_line(50, self.exempt),),
            (self.make_line(100), self.make_line(20, self.low), self.make_line(-30, self.low)),
            (self.make_line(100, self.tax + fixed, quantity=3), self.make_line(1)),
            (self.make_line(33.33, discount=12.5, quantity=3), self.make_line(0.07), self.make_line(9.99, self.low)),
        )
        for kind in ("out_invoice", "out_refund"):
            vals = {"invoice_payment_term_id": terms.id, "move_type": kind}
            for lines in cases:
                self.assertLinesValid(*lines, **vals)

    def test_case_B25_a_lower_tax_abroad_and_without_cents(self):
        terms = self.make_mixed_terms()
        germany = {"vat": "DE136695976", "country_id": self.env.ref("base.de").id}
        self.assertLinesValid(self.make_line(100, self.reverse), buyer=germany, invoice_payment_term_id=terms.id)
        yen = {"currency": self.make_currency("JPY", 0, 1.5)}
        lines = self.make_line(1000), self.make_line(333, self.low)
        self.assertLinesValid(*lines, buyer=yen, invoice_payment_term_id=terms.id)

    def test_case_B25_cii_takes_the_discount_off_with_its_tax_and_puts_it_back(self):
        move = self.make_invoice(
            self.make_buyer("facturx"), lines=[self.make_line(100)], invoice_payment_term_id=self.make_mixed_terms().id
        )
        self.assertEqual((move.amount_untaxed, move.amount_tax), (100, 18.62))  # 19 % of 98
        tree = etree.fromstring(self.render(move, "xml"))
        found = [
            (one.findtext("{*}ChargeIndicator/{*}Indicator"), one.findtext("{*}ActualAmount"))
            for one in tree.iterfind(".//{*}ApplicableHeaderTradeSettlement/{*}SpecifiedTradeAllowanceCharge")
        ]
        self.assertEqual(sorted(found), [("false", "2.00"), ("true", "2.00")])
        bases = [
            (one.findtext("{*}CategoryCode"), one.findtext("{*}BasisAmount"), one.findtext("{*}CalculatedAmount"))
            for one in tree.iterfind(".//{*}ApplicableHeaderTradeSettlement/{*}ApplicableTradeTax")
        ]
        self.assertEqual(sorted(bases), [("E", "2.00", "0.00"), ("S", "98.00", "18.62")])

    def assertForeign(self, name, decimals):
        currency = self.make_currency(name, decimals, 1.5)
        lines = [self.make_line(1000), self.make_line(333, self.low), self.make_line(5, self.exempt)]
        for kind in ("out_invoice", "out_refund"):
            self.assertLinesValid(*lines, buyer={"currency": currency}, move_type=kind)
