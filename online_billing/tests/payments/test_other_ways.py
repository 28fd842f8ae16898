"""Paying without a card: what the pay pages say over real HTTP, as text that needs no script."""

import re
from contextlib import ExitStack, contextmanager
from unittest.mock import patch

from lxml import html
from odoo.tests import new_test_user, tagged

from ...services.payments import other_ways
from ..common import BillingCase
from ..delivery.delivery_common import DeliveryCase
from ..installments.installment_common import InstallmentCase
from .pay_common import PayCase

IBAN = "DE89 3704 0044 0532 0130 00"


def read(text):
    """Return {name: text} of what a page says of a transfer; empty where it says nothing."""
    found = html.fromstring(text).xpath("//section[@name='other_ways']//div[@name='transfer']//dd[@name]")
    return {one.get("name"): " ".join(one.text_content().replace("\xa0", " ").split()) for one in found}


class WaysCase(PayCase):
    """To be put in front of a case whose company is paid by bank transfer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        bank = cls.env["res.bank"].create({"name": "First Bank", "bic": "COBADEFFXXX"})
        cls.bank = cls.make_bank(IBAN, bank_id=bank.id, acc_holder_name="Acme Holding")

    @classmethod
    def make_bank(cls, number, **vals):
        owner = cls.company.partner_id
        return cls.env["res.partner.bank"].create({"acc_number": number, "partner_id": owner.id, **vals})

    def get_pay_link(self, more=""):
        return self.get_path(self.env["billing.pay.links"].get_pay_url(self.account, self.currency)) + more

    def get_link(self, move):
        self.env["billing.pay.links"].ensure_invoice_tokens(move)
        return f"/my/invoices/{move.id}?access_token={move.access_token}"

    def open(self, path, login=None):
        self.authenticate(login, login)
        answer = self.url_open(path)
        self.assertEqual(answer.status_code, 200)
        return answer.text

    @contextmanager
    def codes(self, make=None, currency="USD"):
        """Let bank accounts make codes for a currency, as Odoo's addons do; yield what each code was asked for."""
        asked = []

        def describe(bank, qr_method, amount, currency, debtor_partner, free_communication, structured_communication):
            asked.append((bank, amount, debtor_partner, free_communication, structured_communication))
            if make:
                return make()
            return {"barcode_type": "QR", "value": f"{bank.sanitized_acc_number} {currency.name}{amount}"}

        def refuse(_bank, _method, _debtor, own):
            return None if own.name == currency else "Another currency."

        banks = type(self.env["res.partner.bank"])
        with ExitStack() as stack:
            for name, method in (
                ("_get_available_qr_methods", lambda _bank: [("sct_qr", "SEPA Credit Transfer QR", 1)]),
                ("_get_error_messages_for_qr", refuse),
                ("_get_qr_code_generation_params", describe),
            ):
                stack.enter_context(patch.object(banks, name, method))
            yield asked


@tagged("post_install", "-at_install")
class TestOtherWays(WaysCase, DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.currency = cls.account.currency_id
        due = {"invoice_payment_term_id": False}
        cls.first = cls.make_invoice(cls.account, price=100, invoice_date_due="2026-11-05", **due)
        cls.second = cls.make_invoice(cls.account, price=50, invoice_date_due="2026-11-06", **due)
        cls.third = cls.make_invoice(cls.account, price=10, invoice_date_due="2026-11-07", **due)
        cls.customer = new_test_user(cls.env, "ada", "base.group_portal", partner_id=cls.account.partner_id.id)

    def test_a_transfer_says_all_that_a_bank_asks_for_by_link_and_logged_in(self):
        for login in (None, "ada"):
            said = read(self.open(self.get_pay_link("&scope=all"), login))
            number = said.pop("number")
            self.assertTrue(number.startswith((IBAN, IBAN.replace(" ", ""))), number)
            self.assertEqual(said.pop("holder"), "Acme Holding")
            self.assertEqual(said.pop("bank"), "First Bank COBADEFFXXX")
            self.assertEqual(said.pop("amount"), "$ 190.40 USD")
            self.assertTrue(said.pop("reference").startswith(self.account.payment_reference))
            self.assertFalse(said)

    def test_each_choice_has_its_amount_and_its_reference(self):
        own = self.account.payment_reference
        for more, amount, reference in (
            ("&scope=all", "190.40", own),
            (f"&scope=documents-{self.first.id}", "119.00", self.first.payment_reference),
            (f"&scope=documents-{self.first.id}-{self.third.id}", "130.90", own),
            ("&scope=other&wanted=25.50", "25.50", own),
        ):
            with self.subTest(more=more):
                said = read(self.open(self.get_pay_link(more)))
                self.assertIn(f"$ {amount} USD", said["amount"])
                self.assertTrue(said["reference"].startswith(reference), said)

    def test_where_nothing_is_asked_for_nothing_is_offered(self):
        for more in ("&scope=other", "&scope=other&wanted=99999"):
            self.assertFalse(read(self.open(self.get_pay_link(more))))
        moves = self.first | self.second | self.third
        moves.write({"payment_state": "blocked"})
        self.assertNotIn("other_ways", self.open(self.get_pay_link()))
        self.assertFalse(read(self.open(self.get_link(self.first))))

    def test_the_page_of_an_invoice_says_it_too(self):
        for login in (None, "ada"):
            said = read(self.open(self.get_link(self.first), login))
            self.assertEqual(said["amount"], "$ 119.00 USD")
            self.assertTrue(said["reference"].startswith(self.first.payment_reference))

    def test_a_reference_of_the_document_is_taken_as_it_is(self):
        move = self.make_invoice(self.account, price=7, payment_reference="RF18 5390 0754 7034")
        self.assertTrue(read(self.open(self.get_link(move)))["reference"].startswith("RF18 5390 0754 7034"))

    def test_what_is_disputed_or_being_paid_is_not_asked_for(self):
        self.env["billing.stops"].dispute(self.first, 20)
        self.assertEqual(read(self.open(self.get_link(self.first)))["amount"], "$ 99.00 USD")
        path = self.get_link(self.second)
        self.start_payment(f"/invoice/transaction/{self.second.id}", 59.50, access_token=self.second.access_token)
        self.assertFalse(read(self.open(path)))

    def test_amount_and_day_tell_no_number_and_no_name(self):
        self.account.link_privacy = "amount"
        self.env.flush_all()
        with self.codes() as asked:
            for path in (self.get_link(self.first), self.get_pay_link(f"&scope=documents-{self.first.id}")):
                text = self.open(path)
                said = read(text)
                self.assertTrue(said["reference"].startswith(self.account.payment_reference), said)
                self.assertEqual(said["amount"], "$ 119.00 USD")
                for hidden in (self.first.name, self.account.partner_id.name, self.account.name):
                    self.assertNotIn(hidden, text)
            self.assertEqual([bool(debtor) for _bank, _amount, debtor, *_texts in asked], [False, False])
            for _bank, _amount, _debtor, *texts in asked:
                self.assertEqual(texts, [self.account.payment_reference] * 2)

    def test_nothing_stays_nothing(self):
        self.account.link_privacy = "nothing"
        self.env.flush_all()
        for path in (self.get_link(self.first), self.get_pay_link()):
            self.authenticate(None, None)
            answer = self.url_open(path, allow_redirects=False)
            self.assertIn("/web/login", answer.headers["Location"])
            self.assertNotIn(IBAN, answer.text)

    def test_a_code_is_a_picture_with_words_for_whoever_cannot_see_it(self):
        with self.codes() as asked:
            text = self.open(self.get_pay_link("&scope=all"))
        [picture] = html.fromstring(text).xpath("//figure[@name='code']/img")
        self.assertTrue(picture.get("src").startswith("data:image/svg+xml;base64,"))
        self.assertIn("QR code of this transfer", picture.get("alt"))
        self.assertIn("SEPA Credit Transfer QR", text)
        reference = self.account.payment_reference
        self.assertEqual(asked, [(self.bank, 190.40, self.account.partner_id, reference, reference)])

    def test_without_a_code_that_fits_there_is_text_alone(self):
        def fail():
            raise ValueError("This text is too long for a QR code.")

        other = self.env.ref("base.EUR")
        other.active = True
        with self.codes(currency="EUR"):
            self.assertNoCode()
        with self.codes(fail), self.assertLogs(other_ways.__name__, level="WARNING"):
            self.assertNoCode()
        self.bank.currency_id = other
        with self.codes():
            self.assertNoCode()
        self.assertNoCode()  # no addon makes any

    def assertNoCode(self):
        self.env.flush_all()
        text = self.open(self.get_pay_link("&scope=all"))
        self.assertTrue(read(text))
        self.assertNotIn('name="code"', text)

    def test_an_account_in_the_currency_comes_before_others(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.bank.currency_id = euro
        (self.first | self.second | self.third).partner_bank_id = False
        dollars = self.make_bank("021000021 123456789", currency_id=self.currency.id)
        self.assertIn(dollars.acc_number, read(self.open(self.get_pay_link("&scope=all")))["number"])

    def test_the_account_that_documents_name_comes_first(self):
        named = self.make_bank("021000021 123456789")
        (self.first | self.second).partner_bank_id = named
        both = f"&scope=documents-{self.first.id}-{self.second.id}"
        self.assertIn(named.acc_number, read(self.open(self.get_pay_link(both)))["number"])
        self.assertIn("DE89", read(self.open(self.get_pay_link("&scope=all")))["number"])

    def test_a_company_without_a_bank_account_or_without_transfers_offers_none(self):
        self.company.billing_offer_transfer = False
        self.assertNotIn("other_ways", self.open(self.get_pay_link()))
        self.company.billing_offer_transfer = True
        (self.first | self.second | self.third).partner_bank_id = False
        self.bank.active = False
        self.assertNotIn("other_ways", self.open(self.get_pay_link()))

    def test_cash_cheque_and_phone_are_told_where_they_are_filled(self):
        self.company.billing_cash_text = "<p>At our <b>counter</b><script>alert(1)</script></p>"
        self.company.billing_phone_text = "<p><br></p>"
        text = self.open(self.get_pay_link())
        self.assertIn("At our <b>counter</b>", text)
        self.assertNotIn("alert(1)", text)
        self.assertIn("In cash", text)
        self.assertNotIn("By phone", text)
        self.assertNotIn("By cheque", text)
        self.company.write({"billing_cheque_text": "<p>To Acme</p>", "billing_offer_transfer": False})
        for path in (self.get_pay_link(), self.get_link(self.first)):
            text = self.open(path)
            self.assertIn("To Acme", text)
            self.assertFalse(read(text))

    def test_texts_speak_the_customers_language(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.company.billing_cash_text = "<p>At the counter</p>"
        self.company.with_context(lang="de_DE").billing_cash_text = "<p>Am Schalter</p>"
        self.customer.lang = "de_DE"
        self.env.flush_all()
        text = self.open(self.get_pay_link(), "ada")
        self.assertIn("Am Schalter", text)
        self.assertNotIn("At the counter", text)

    def test_card_forms_say_that_they_need_javascript(self):
        for path in (self.get_pay_link(), self.get_link(self.first)):
            text = self.open(path)
            self.assertRegex(text, r"(?s)<noscript>.*needs JavaScript.*other ways below.*</noscript>")
        self.account.link_privacy = "amount"
        self.company.billing_offer_transfer = False
        self.env.flush_all()
        text = self.open(self.get_link(self.first))
        self.assertIn("needs JavaScript", text)
        self.assertNotIn("other ways below", text)

    def test_buttons_to_copy_are_hidden_until_a_script_shows_them(self):
        buttons = html.fromstring(self.open(self.get_pay_link())).xpath("//button[contains(@class, 'o_billing_copy')]")
        self.assertEqual([one.get("hidden") for one in buttons], ["hidden", "hidden"])
        self.assertEqual(buttons[0].get("data-copy"), IBAN.replace(" ", ""))

    def test_managers_decide_what_is_said(self):
        settings = self.env["billing.settings"].with_user(self.manager)
        settings.create({"billing_cash_text": "<p>Here</p>", "billing_offer_transfer": False})
        self.assertEqual(str(self.company.billing_cash_text), "<p>Here</p>")
        self.assertFalse(self.company.billing_offer_transfer)


@tagged("post_install", "-at_install")
class TestOtherWaysOfInstallments(WaysCase, InstallmentCase):
    def test_an_installment_is_paid_by_transfer(self):
        self.currency = self.account.currency_id
        move = self.make_invoice(900)
        installment = self.plan(move, first_date=self.day("2027-01-10")).installment_ids[0]
        self.env.flush_all()
        said = read(self.open(self.get_pay_link(f"&scope=part-{installment.id}")))
        self.assertEqual(said["amount"], "$ 300.00 USD")
        self.assertTrue(said["reference"].startswith(move.payment_reference))


@tagged("post_install", "-at_install")
class TestPaymentReferences(BillingCase):
    def test_a_reference_is_checked_and_leads_back_to_its_account(self):
        references = self.env["billing.payment.references"]
        # the check figures of ISO 11649: RF and 00 behind it, letters as 10 to 35, 98 less the rest by 97
        digits = "".join(str(int(letter, 36)) for letter in "BA000042RF00")
        self.assertEqual(references.get_reference(42), f"RF{98 - int(digits) % 97:02d} BA00 0042")
        for account_id in (1, 42, 999999, 1234567, 2**31 - 1):
            written = references.get_reference(account_id)
            for text in (written, written.replace(" ", ""), written.lower(), f" {written} "):
                self.assertEqual(references.read_account_id(text), account_id, text)

    def test_what_is_no_reference_leads_nowhere(self):
        references = self.env["billing.payment.references"]
        right = references.get_reference(42)
        wrong = right[:-1] + ("3" if right[-1] != "3" else "4")
        for text in (
            wrong,
            "",
            None,
            "RF18 5390 0754 7034",
            "INV/2026/00001",
            "RF",
            "RF00BA",
            right + "9" * 30,
            "RF٣٣BA1",
        ):
            self.assertIsNone(references.read_account_id(text), text)

    def test_the_look_up_finds_the_account_by_it(self):
        account, _other = self.make_account("Ada Lovelace"), self.make_account("Alan Turing")
        accounts = self.env["billing.account"].with_user(self.clerk)
        for text in (account.payment_reference, re.sub(" ", "", account.payment_reference).lower()):
            self.assertEqual(accounts.search([("lookup", "ilike", text)]), account)
        self.assertFalse(self.env["billing.account"].new().payment_reference)
