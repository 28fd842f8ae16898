import socket
from collections import Counter, defaultdict
from datetime import date
from unittest import SkipTest
from unittest.mock import patch
from urllib.parse import urlsplit

from odoo.addons.iap.tools import iap_tools
from odoo.addons.online_billing_einvoice.tests.en16931 import find_faults
from odoo.addons.sms.tools.sms_api import SmsApi
from odoo.exceptions import UserError
from odoo.tests import TransactionCase, tagged

from ..builder import FLAG
from ..people import DOMAINS

TODAY = date(2026, 11, 24)


@tagged("post_install", "-at_install")
class TestDemoBusiness(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not cls.env["payment.provider"].search_count([("code", "=", "demo")]):
            raise SkipTest("the addon payment_demo is not installed")
        # mail and PDF have tests of their own, and take most of the time
        with (
            patch.object(type(cls.env["billing.invoice.delivery"]), "send_now", lambda self, records: None),
            patch.object(type(cls.env["billing.receipt.delivery"]), "send_now", lambda self, records: None),
        ):
            cls.summary = cls._build()
        cls.accounts = cls.env["billing.account"].search([("company_id", "in", cls._get_companies().ids)])
        cls.moves = cls.env["account.move"].search([("billing_account_id", "in", cls.accounts.ids)])

    @classmethod
    def _build(cls):
        return cls.env["billing.demo.business"]._build(TODAY, report=lambda line: None, commit=False)

    @classmethod
    def _get_companies(cls):
        return cls.env["billing.run"].search([]).company_id

    def test_there_is_enough_to_look_at(self):
        self.assertGreaterEqual(len(self.accounts), 60)
        self.assertGreaterEqual(len(self._get_companies()), 2)
        self.assertGreaterEqual(len(self.accounts.currency_id), 2)
        self.assertGreaterEqual(
            (max(self.moves.mapped("invoice_date")) - min(self.moves.mapped("invoice_date"))).days, 90
        )
        for figure in ("paid", "open", "overdue"):
            self.assertGreater(self.summary[figure], 0, figure)
        self.assertLessEqual(
            {"active", "ended", "cancelled", "draft"}, set(self.env["billing.subscription"].search([]).mapped("state"))
        )

    def test_what_was_done_on_a_past_day_bears_that_day(self):
        steps = self.env["billing.collection.entry"].search([("message_id", "!=", False)])
        self.assertGreater(len(set(steps.mapped("date"))), 10)
        for step in steps:
            self.assertEqual(step.message_id.create_date.date(), step.date)
        taken = self.env["account.payment"].search([("billing_confirmed_on", "!=", False)])
        self.assertGreater(len({payment.billing_confirmed_on.date() for payment in taken}), 10)
        for payment in taken:
            self.assertGreaterEqual(payment.billing_confirmed_on.date(), payment.date)

    def test_nobody_real_gets_mail(self):
        for address in [*self.accounts.partner_id.mapped("email"), *self._get_companies().mapped("email")]:
            domain = address.rpartition("@")[2]
            self.assertTrue(domain.endswith(DOMAINS), address)

    def test_nothing_of_them_reaches_a_service_on_the_internet(self):
        account = self.env["iap.account"].get("sms")
        with patch.object(iap_tools, "iap_jsonrpc", return_value=[]) as asked:
            SmsApi(self.env, account)._send_sms_batch([])
            SmsApi(self.env, account)._send_verification_sms("+12025550166")
        addresses = [iap_tools.iap_get_endpoint(self.env), *(call.args[0] for call in asked.call_args_list)]
        self.assertEqual(len(addresses), 3)
        for address in addresses:
            self.assertEqual(urlsplit(address).hostname, "127.0.0.1")
            with socket.socket() as probe, self.assertRaises(ConnectionRefusedError):
                probe.connect(("127.0.0.1", urlsplit(address).port))

    def test_every_invoice_is_paid_open_or_overdue(self):
        self.assertEqual(
            self.summary["paid"] + self.summary["open"] + self.summary["overdue"], self.summary["invoices"]
        )

    def test_charges_add_up_to_the_invoices(self):
        by_currency = defaultdict(float)
        for _code, currency, amount in self.summary["amount_by_code"]:
            by_currency[currency] += amount
        self.assertEqual(set(by_currency), set(self.moves.currency_id.mapped("name")))
        for currency, moves in self.moves.grouped("currency_id").items():
            untaxed = sum(
                -move.amount_untaxed if move.move_type == "out_refund" else move.amount_untaxed for move in moves
            )
            self.assertAlmostEqual(by_currency[currency.name], untaxed, places=2, msg=currency.name)

    def test_only_parked_accounts_are_left_behind_by_the_last_run(self):
        last_days = dict(self.env["billing.run"]._read_group([], ["company_id"], ["target_date:max"]))
        late = self.accounts.filtered(
            lambda one: one.next_billing_date and one.next_billing_date <= last_days[one.company_id]
        )
        self.assertEqual(late, self.accounts.filtered("parked_reason"))

    def test_parked_accounts_say_why_and_ask_one_person(self):
        parked = self.accounts.filtered("parked_reason")
        self.assertEqual(len(parked), 3)
        for account in parked:
            asked = account.activity_search(["online_billing.activity_type_parked"])
            self.assertEqual(len(asked), 1, account.name)
            # late fees that cannot be invoiced either are a task of their own, asked once as well
            others = (account.activity_ids - asked).mapped("summary")
            self.assertEqual(len(others), len(set(others)), others)

    def test_case_B25_every_document_is_a_valid_electronic_invoice(self):
        posted = self.moves.filtered(lambda move: move.state == "posted")
        self.assertGreater(len(posted), 200)
        faults = {}
        for move in posted:
            try:
                content = self.env["billing.format.xml"].render(move)
                found = sorted({f"{fault.rule}: {fault.text}" for fault in find_faults(content)})
            except UserError as error:
                found = [str(error).replace(move.name, "it")]
            if found:
                faults[move] = f"{move.company_id.name}: {' '.join(found)}"
        causes = Counter(faults.values()).most_common()
        summary = f"{len(posted) - len(faults)} of {len(posted)} are valid"
        self.assertFalse(faults, "\n".join([summary, *(f"{count} {cause}" for cause, count in causes)]))

    def test_case_B25_nothing_is_missing_on_the_demo_companies_and_their_customers(self):
        self._get_companies().billing_document_format_ids = self.env["billing.document.format"].search(
            [("code", "in", ("pdf", "xml"))]
        )
        found = self.env["billing.einvoice.readiness"].find(self._get_companies(), self.accounts)
        self.assertEqual([lack.text for lacks in found for of_one in lacks.values() for lack in of_one], [])

    def test_customs_duty_is_invoiced_on_its_day_and_listed_on_a_later_bill(self):
        duties = self.env["billing.charge"].search([("code_id.code", "=", "DUTY")])
        self.assertTrue(duties)
        for duty in duties:
            self.assertEqual(duty.invoice_id.invoice_date, duty.charge_date)
            self.assertEqual(duty.invoice_line_id.tax_ids.mapped("amount"), [0.0])
        listed = duties.listed_invoice_id
        self.assertTrue(listed)
        self.assertFalse(listed & duties.invoice_id)

    def test_foreign_customers_of_the_consultancy_pay_no_tax(self):
        foreign = self.moves.filtered(
            lambda move: move.company_id.name.startswith("Alder") and move.partner_id.country_id.code != "GB"
        )
        self.assertTrue(foreign)
        self.assertEqual(set(foreign.mapped("amount_tax")), {0.0})

    def test_money_comes_in_every_way(self):
        payments = self.env["account.payment"].search([("company_id", "in", self._get_companies().ids)])
        self.assertLessEqual({"Bank Transfer", "Cheque"}, set(payments.payment_method_line_id.mapped("name")))
        self.assertEqual({"bank", "cash"}, set(payments.journal_id.mapped("type")))
        online = payments.filtered("payment_transaction_id")
        self.assertTrue(online)
        self.assertEqual(set(online.payment_transaction_id.mapped("state")), {"done"})
        # debits are made on the day on which the demo is built
        past = payments.filtered(lambda payment: not payment.billing_attempt_ids)
        self.assertLessEqual(max(past.mapped("date")), TODAY)
        self.assertGreaterEqual(len(set(online.mapped("date"))), 10)

    def test_installment_plans_fees_and_promises_of_every_kind(self):
        states = set(self.env["billing.installment.plan"].search([]).mapped("state"))
        self.assertLessEqual({"requested", "active", "kept", "broken", "settled", "rescheduled"}, states)
        fees = set(self.env["billing.late.fee"].search([]).mapped("state"))
        self.assertLessEqual({"announced", "charged", "waived"}, fees)
        promises = set(self.env["billing.payment.promise"].search([]).mapped("state"))
        self.assertLessEqual({"open", "kept", "broken"}, promises)
        self.assertIn("blocked", self.moves.mapped("payment_state"))

    def test_customers_pay_by_themselves_with_every_outcome(self):
        attempts = self.env["billing.payment.attempt"].search([])
        self.assertLessEqual(
            {"planned", "sent", "unknown", "waiting", "succeeded", "failed"}, set(attempts.mapped("state"))
        )
        self.assertTrue(attempts.filtered(lambda one: one.state == "planned" and one.previous_id), "tried again")
        self.assertGreaterEqual(len(set(attempts.filtered(lambda one: one.state == "planned").mapped("day"))), 3)
        for attempt in attempts.filtered(lambda one: one.state == "succeeded"):
            self.assertTrue(attempt.is_booked, attempt.booking_error)
        consents = self.env["billing.payment.consent"].search([])
        self.assertLessEqual({"active", "withdrawn"}, set(consents.mapped("state")))
        self.assertLessEqual({"portal", "page", "written"}, set(consents.mapped("channel")))

    def test_questions_wait_and_are_answered_and_a_part_is_in_dispute(self):
        questions = self.env["billing.question"].search([])
        self.assertLessEqual({"new", "answered", "closed"}, set(questions.mapped("state")))
        self.assertLessEqual({"refused", "credited"}, set(questions.mapped("outcome")))
        self.assertTrue(questions.filtered(lambda one: one.is_resting and one.amount))
        for question in questions.filtered("date_answered"):
            self.assertGreater(question.answer_hours, 0, question.subject)

    def test_data_is_exported_documents_wait_and_somebody_wants_to_be_forgotten(self):
        self.assertEqual(self.env["billing.data.export"].search([]).mapped("state"), ["ready"])
        documents = self.env["billing.verification"].search([])
        self.assertEqual(set(documents.mapped("state")), {"accepted", "received", "asked"})
        self.assertEqual(self.env["billing.erasure"].search([]).mapped("state"), ["asked"])

    def test_customers_stand_on_every_step_of_the_calendar(self):
        policy = self.env.ref("online_billing.policy_standard")
        entries = self.env["billing.collection.entry"].search([("state", "=", "done"), ("step_id", "!=", False)])
        # whoever has been suspended is handed over a month later: in three months that is hardly anybody
        last = policy.step_ids.filtered("hands_over")
        self.assertEqual(entries.step_id | last, policy.step_ids)
        self.assertIn("handed_over", self.env["billing.collection.case"].search([]).mapped("state"))
        # what keeps an account from being billed keeps its late fee from being billed as well
        failed = self.env["billing.collection.case"].search([("failure", "!=", False)])
        self.assertFalse(failed.account_id - self.accounts.filtered("parked_reason"), failed.mapped("failure"))

    def test_a_second_call_changes_nothing(self):
        before = self.env["account.move"].search_count([])
        self.assertEqual(self._build(), self.summary)
        self.assertEqual(self.env["account.move"].search_count([]), before)

    def test_half_made_businesses_are_not_built_upon(self):
        self.env["ir.config_parameter"].set_param(FLAG, "begun")
        with self.assertRaisesRegex(UserError, "new database"):
            self._build()

    def test_a_customer_of_two_businesses_sees_what_both_bill(self):
        user = self.env["res.users"].search([("login", "=", "customer3@demo.example")])
        roles = self.env["billing.portal.access"].get_roles(user.partner_id)
        self.assertEqual(list(roles.values()), ["owner", "owner"])
        companies = [account.company_id for account in roles]
        self.assertEqual({company.name for company in companies}, {"Tidewater Internet", "Ledgerleaf Software"})
        for account in roles:
            moves = self.moves.filtered(lambda move, account=account: move.billing_account_id == account)
            self.assertGreaterEqual(len(moves), 2, account.company_id.name)
            states = set(moves.mapped("payment_state"))
            self.assertIn("not_paid", states, "something is left to pay")
            self.assertTrue(states & {"paid", "in_payment"})
        seen = self.env["account.move"].with_user(user).search([("move_type", "=", "out_invoice")])
        self.assertEqual({*seen.company_id.mapped("name")}, {company.name for company in companies})

    def test_staff_and_customers_can_log_in(self):
        logins = self.summary["logins"][1:]
        self.assertEqual(len(logins), 8)
        for _who, login, password in logins:
            user = self.env["res.users"].search([("login", "=", login)])
            credential = {"login": login, "password": password, "type": "password"}
            self.assertEqual(
                user.with_user(user)._check_credentials(credential, {"interactive": False})["uid"], user.id
            )
