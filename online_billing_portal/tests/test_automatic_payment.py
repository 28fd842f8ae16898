"""Automatic payment on the customer's pages: agreeing, changing, stopping one debit, withdrawing; by role."""

import unittest
from datetime import timedelta

from lxml import html
from odoo.addons.online_billing.services.automatic_payment.values import WAITING, Answer
from odoo.exceptions import AccessError
from odoo.fields import Date
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..controllers.automatic_payment import TERMS
from .portal_common import PortalCase

PATH = "/my/billing/automatic"


@tagged("post_install", "-at_install")
class TestAutomaticPayment(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if cls.env["ir.module.module"]._get("payment_demo").state != "installed":
            raise unittest.SkipTest("payment_demo is not installed")
        cls.provider = cls.env.ref("payment.payment_provider_demo")
        cls.provider.write({"state": "test", "company_id": cls.company.id})
        cls.payer, cls.customer = cls.people["payer"].partner_id, cls.account.partner_id
        cls.token = cls.save_method(cls.payer, "1111")
        cls.of_company = cls.save_method(cls.customer, "2222")
        cls.foreign = cls.save_method(cls.foreign_account.partner_id, "3333")
        cls.of_owner = cls.save_method(cls.people["owner"].partner_id, "4444")
        cls.env.flush_all()

    @classmethod
    def save_method(cls, partner, name):
        return super().save_method(partner, name, cls.provider, demo_simulated_state="done")

    def read(self, name, account=None):
        self.enter(name)
        self.env.flush_all()
        status, text = self.open(f"{PATH}?account={(account or self.account).id}")
        self.assertEqual(status, 200)
        return html.fromstring(text)

    def get_version(self):
        consents = self.env["billing.payment.consents"].sudo()
        return consents.get_version(consents.get_text(self.account))

    def give(self, name="payer", account=None, **changes):
        """Send the form of a person; return status, and where it leads or else the text that answers."""
        self.enter(name)
        values = {"version": self.get_version(), "agree": "1", "token_0": self.token.id, "purpose_0": "all"}
        values |= {"day_rule": "due", **changes}
        answer = self.submit(f"{PATH}/{(account or self.account).id}", **values)
        self.env.invalidate_all()
        return answer

    def get_consent(self):
        return self.env["billing.payment.consents"].get_holding(self.account)

    def plan_debit(self):
        """Plan a debit of the first bill, as the daily job does."""
        [lines] = self.env["billing.due.lines"].get_lines(self.account).values()
        consent = self.get_consent()
        return self.env["billing.debits"].plan(consent, consent.method_ids[:1], lines[:1], Date.today())

    # -- agreeing and changing ----------------------------------------------------------------------------------------

    def test_a_payer_agrees_with_order_day_and_limits(self):
        page = self.read("payer")
        self.assertFalse(page.xpath("//section[@name='coming']"))
        offered = page.xpath("//select[@name='token_0']/option/@value")
        self.assertEqual(set(offered), {str(self.token.id), str(self.of_company.id)})
        status, place = self.give(
            token_1=self.of_company.id, purpose_1="recurring", day_rule="before", day_number="2", limit_debit="80.50",
        )  # fmt: skip
        self.assertEqual((status, "done=given" in place), (303, True), place[:200])
        consent = self.get_consent()
        self.assertEqual((consent.channel, consent.given_by_id), ("portal", self.payer))
        self.assertEqual(
            [(one.token_id, one.purpose) for one in consent.method_ids],
            [(self.token, "all"), (self.of_company, "recurring")],
        )
        self.assertEqual((consent.day_rule, consent.day_number, consent.limit_debit), ("before", 2, 80.5))
        page = self.read("payer")
        [holding] = page.xpath("//section[@name='holding']")
        self.assertIn("Days before a bill is due: 2", " ".join(holding.text_content().split()))
        self.assertEqual(page.xpath("//input[@name='limit_debit']/@value"), ["80.50"])

    def test_a_change_is_a_new_consent_and_the_one_before_is_kept(self):
        self.give()
        first = self.get_consent()
        self.assertEqual(self.give("owner", token_0=self.of_owner.id)[0], 303)
        second = self.get_consent()
        self.assertEqual((first.state, first.ended_by_id), ("withdrawn", self.people["owner"].partner_id))
        self.assertEqual((second.state, second.method_ids.token_id), ("active", self.of_owner))

    def test_what_cannot_be_chosen_is_refused_and_nothing_is_kept(self):
        for changes, told in (
            ({"agree": ""}, "Tick that you agree"),
            ({"version": "x"}, "has changed meanwhile"),
            ({"token_0": ""}, "Choose a saved payment method"),
            ({"token_0": self.foreign.id}, "one of your saved"),
            ({"token_0": self.of_owner.id}, "one of your saved"),
            ({"token_0": 999999999}, "one of your saved"),
            ({"token_0": "9" * 40}, "Choose a saved payment method"),
            ({"token_1": self.token.id, "purpose_1": "all"}, "each payment method once"),
            ({"purpose_0": "x"}, "one of your saved"),
            ({"day_rule": "x"}, "Choose when"),
            ({"day_rule": "before", "day_number": "61"}, "from 0 to 60"),
            ({"day_rule": "day_of_month", "day_number": "0"}, "from 1 to 31"),
            ({"day_rule": "day_of_month", "day_number": "é"}, "from 1 to 31"),
            ({"day_rule": "day_of_month"}, "from 1 to 31"),
            ({"limit_debit": "-1"}, "Type an amount"),
            ({"limit_month": "1e9"}, "Type an amount"),
            ({"limit_month": "x" * 5000}, "Type an amount"),
            ({"limit_month": "9" * 35}, "Type an amount"),
        ):
            status, text = self.give(**changes)
            self.assertEqual((status, told in text), (200, True), changes)
        self.assertFalse(self.get_consent())

    def test_a07_no_field_changes_but_by_the_names_that_the_form_reads(self):
        models = ("billing.payment.consent", "billing.payment.consent.method", "billing.account", "payment.token")
        names = {name for model in models for name in self.env[model]._fields} - {*TERMS, "name"}  # the person
        self.assertGreater(len(names), 100)
        seen = []
        for more in ({}, dict.fromkeys(names, "7")):
            with self.undone():
                self.assertEqual(self.give(limit_debit="80.50", **more)[0], 303)
                consent = self.get_consent()
                about = (consent, consent.method_ids, self.account, self.token)
                seen.append([self.get_kept_values(record) for record in about])
        self.assertEqual(*seen)

    def get_kept_values(self, record):
        """Return what stands in the columns of a record, without what is another each time."""
        kept = [name for name, field in record._fields.items() if field.column_type and field.type != "datetime"]
        return {name: record.sudo()[name] for name in kept if name not in ("id", "consent_id")}

    def test_without_a_saved_method_the_page_leads_to_where_one_is_saved(self):
        (self.token | self.of_company).active = False
        page = self.read("payer")
        [told] = page.xpath("//p[@name='no_method']")
        self.assertEqual(told.xpath(".//a/@href"), ["/my/payment_method"])
        self.assertFalse(page.xpath("//input[@name='agree']"))

    # -- roles --------------------------------------------------------------------------------------------------------

    def test_a_viewer_sees_and_decides_nothing(self):
        self.give()
        attempt = self.plan_debit()
        page = self.read("viewer")
        self.assertIn("Your bills are paid by themselves", page.text_content())
        self.assertTrue(page.xpath("//section[@name='coming']"))
        for name in ("give", "withdraw", "stop", "pause", "leave_out"):
            self.assertFalse(page.xpath(f"//*[@name='{name}']"), name)
        self.enter("viewer")
        for path, values in self.get_acts(attempt):
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}{path}", **values)[0], 404, path)
        self.env.invalidate_all()
        self.assertEqual((self.get_consent().state, attempt.state), ("active", "planned"))

    def test_a_stranger_finds_nothing_of_the_account(self):
        self.give()
        attempt = self.plan_debit()
        page = self.read("stranger")
        self.assertNotIn(self.account.name, page.text_content())
        self.assertNotIn("1111", page.text_content())
        for path, values in self.get_acts(attempt):
            status = self.submit(f"{PATH}/{self.account.id}{path}", **values)[0]
            self.assertEqual(status, 404, path)
        # with an account of their own they do not reach a debit of another
        status, text = self.submit(f"{PATH}/{self.foreign_account.id}/stop", attempt=attempt.id)
        self.assertEqual((status, "does not exist" in text), (200, True))
        bill = attempt.line_ids.move_id
        for act in ("leave_out", "take_in"):
            status, text = self.submit(f"{PATH}/{self.foreign_account.id}/{act}", bill=bill.id)
            self.assertEqual((status, "does not exist" in text), (200, True))
        self.env.invalidate_all()
        self.assertEqual((self.get_consent().state, attempt.state), ("active", "planned"))
        self.assertFalse(bill.billing_without_debit)

    def get_acts(self, attempt):
        return (
            ("", {"agree": "1"}),
            ("/withdraw", {}),
            ("/pause", {}),
            ("/resume", {}),
            ("/stop", {"attempt": attempt.id}),
            ("/leave_out", {"bill": attempt.line_ids.move_id.id}),
            ("/take_in", {"bill": attempt.line_ids.move_id.id}),
        )

    def test_nobody_who_is_not_logged_in_gets_in(self):
        self.enter(None)
        self.assertEqual(self.open(PATH)[0], 303)

    def test_without_the_token_of_the_form_nothing_happens(self):
        self.enter("payer")
        answer = self.url_open(f"{PATH}/{self.account.id}", data={"agree": "1"}, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)

    # -- debits -------------------------------------------------------------------------------------------------------

    def read_next_debit(self):
        """Return what the first page says of automatic payment."""
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        return " ".join(told.text_content().split())

    def test_the_first_page_names_the_next_debit_also_before_it_is_planned_less_what_is_credited(self):
        self.give(day_rule="after", day_number="40")
        bill = self.account.move_ids.sorted("invoice_date")[0]
        credit = bill._reverse_moves([{"invoice_date": Date.today()}])
        credit.invoice_line_ids.price_unit = 10
        credit.action_post()
        self.env.flush_all()
        [lines] = self.env["billing.due.lines"].get_lines(self.account).values()
        [first, *_others] = lines
        self.assertLess(first.amount, bill.amount_total)
        day = max(first.due_date + timedelta(days=40), Date.today() + timedelta(days=3))
        amount = sum(line.amount for line in lines if max(line.due_date + timedelta(days=40), day) == day)
        told = f"{bill.currency_id.symbol} {amount:.2f} on {day:%m/%d/%Y}"
        page = self.read("payer")
        self.assertIn(told, self.read_next_debit().replace("\xa0", " "))
        [row] = page.xpath(f"//ul[@name='later']/li[.//a[normalize-space()='{bill.name}']]")
        self.assertIn(f"{first.amount:.2f}", row.text_content())
        self.plan_debit()
        self.assertIn("from 1111", self.read_next_debit())

    def test_a_bill_that_is_left_out_says_what_is_left_to_pay_of_it(self):
        self.give()
        bill = self.account.move_ids.sorted("invoice_date")[0]
        credit = bill._reverse_moves([{"invoice_date": Date.today()}])
        credit.invoice_line_ids.price_unit = 10
        credit.action_post()
        self.env["billing.debit.leaving.out"].leave_out(bill, self.payer)
        page = self.read("payer")
        [row] = page.xpath("//section[@name='left_out']//li")
        self.assertIn(f"{bill.amount_total - credit.amount_total:.2f}", row.text_content())

    def test_one_debit_is_stopped_and_not_collected_later(self):
        self.give()
        attempt = self.plan_debit()
        page = self.read("payer")
        [coming] = page.xpath("//section[@name='coming']")
        self.assertIn("1111", coming.text_content())
        self.assertIn(self.account.move_ids[-1:].name, coming.text_content())
        status, place = self.submit(f"{PATH}/{self.account.id}/stop", attempt=attempt.id)
        self.assertEqual((status, "done=stopped" in place), (303, True), place[:200])
        self.env.invalidate_all()
        self.assertEqual((attempt.state, attempt.is_final, self.get_consent().state), ("given_up", True, "active"))
        self.assertIn(f"Stopped by {self.payer.name}", attempt.reason)
        self.assertIn("Stopped", self.read("payer").xpath("//section[@name='past']")[0].text_content())
        self.enter("payer")
        status, text = self.submit(f"{PATH}/{self.account.id}/stop", attempt=attempt.id)
        self.assertIn("cannot be stopped any more", text)

    def test_a_bill_that_is_to_be_debited_is_not_settled(self):
        self.give()
        bill = self.plan_debit().line_ids.move_id
        self.enter("payer")
        for path in (f"/my/billing/invoices/{bill.id}", f"/my/billing/invoices?search={bill.name}"):
            page = html.fromstring(self.open(path)[1])
            badges = [one.text_content() for one in page.xpath("//*[contains(@class, 'badge')]")]
            self.assertIn("Automatic payment", badges)
            self.assertNotIn("Settled", badges)

    def test_one_bill_is_left_out_and_taken_in_again(self):
        self.give()
        bill, bills = self.account.move_ids[:1], len(self.account.move_ids)
        for page in (self.read("payer"), html.fromstring(self.open(f"/my/billing/invoices/{bill.id}")[1])):
            self.assertTrue(page.xpath(f"//form[@name='leave_out'][input/@value='{bill.id}']"))
        status, place = self.submit(f"{PATH}/{self.account.id}/leave_out", bill=bill.id)
        self.assertEqual((status, "done=left_out" in place), (303, True), place[:200])
        self.env.invalidate_all()
        self.assertTrue(bill.billing_without_debit)
        page = self.read("payer")
        [left_out] = page.xpath("//section[@name='left_out']")
        self.assertIn(bill.name, left_out.text_content())
        self.assertEqual(len(page.xpath("//form[@name='leave_out']")), bills - 1)
        [told] = html.fromstring(self.open(f"/my/billing/invoices/{bill.id}")[1]).xpath("//div[@name='debit']")
        self.assertIn("left out of automatic payment", told.text_content())
        self.assertTrue(told.xpath(".//form[@name='take_in']"))
        self.assertFalse(self.read("viewer").xpath("//form[@name='take_in']"))
        self.enter("payer")
        status, place = self.submit(f"{PATH}/{self.account.id}/take_in", bill=bill.id)
        self.assertEqual((status, "done=taken_in" in place), (303, True), place[:200])
        self.env.invalidate_all()
        self.assertFalse(bill.billing_without_debit)
        self.assertFalse(self.read("payer").xpath("//section[@name='left_out']"))

    def test_what_waits_for_the_customer_leads_to_the_bank(self):
        self.give()
        attempt = self.plan_debit()
        self.send(attempt)
        self.env["billing.attempt.answers"].note(attempt, Answer(WAITING, "w", url="https://bank.example/confirm"))
        self.env["billing.attempt.settling"].settle(attempt)
        self.assertEqual(attempt.state, "waiting")
        self.assertEqual(self.read("payer").xpath("//a[@name='confirm']/@href"), ["https://bank.example/confirm"])
        self.assertFalse(self.read("viewer").xpath("//a[@name='confirm']"))

    def send(self, attempt):
        """Note an attempt as sent, with its transaction."""
        self.env["billing.debit.sending"]._send(attempt.sudo())

    def test_what_failed_is_said_in_plain_words(self):
        self.give()
        attempt = self.plan_debit()
        self.send(attempt)
        answer = Answer("declined", code="declined", text="insufficient_funds_x")
        self.env["billing.attempt.answers"].note(attempt, answer)
        self.env["billing.attempt.settling"].settle(attempt)
        text = self.read("viewer").xpath("//section[@name='past']")[0].text_content()
        self.assertIn("The payment was declined. There may be too little money on the account.", text)
        self.assertNotIn("insufficient_funds_x", text)

    # -- withdrawing, pausing -----------------------------------------------------------------------------------------

    def test_withdrawing_ends_it_with_what_was_coming(self):
        self.give()
        consent, attempt = self.get_consent(), self.plan_debit()
        self.enter("payer")
        status, place = self.submit(f"{PATH}/{self.account.id}/withdraw")
        self.assertEqual((status, "done=withdrawn" in place), (303, True))
        self.env.invalidate_all()
        self.assertEqual((consent.state, consent.ended_by_id, attempt.state), ("withdrawn", self.payer, "given_up"))
        status, text = self.submit(f"{PATH}/{self.account.id}/withdraw")
        self.assertEqual((status, "has ended already" in text), (200, True))

    def test_what_staff_have_paused_is_not_begun_anew_by_the_customer(self):
        self.give()
        consent = self.get_consent()
        consent.with_user(self.clerk).action_pause()
        self.env.flush_all()
        page = self.read("payer")
        self.assertIn("Paused", page.text_content())
        self.assertNotIn(self.clerk.name, page.xpath("//section[@name='holding']")[0].text_content())
        self.assertFalse(page.xpath("//section[@name='give']"))
        self.assertIn("is paused", self.give()[1])
        self.assertEqual(self.get_consent(), consent)

    def test_the_customer_pauses_it_until_a_day_and_takes_it_up_again(self):
        self.give()
        consent, attempt = self.get_consent(), self.plan_debit()
        until = Date.add(Date.today(), days=30)
        status, place = self.submit(f"{PATH}/{self.account.id}/pause", until=str(until))
        self.assertEqual((status, "done=paused" in place), (303, True), place[:200])
        self.env.invalidate_all()
        self.assertEqual((consent.state, consent.paused_until, consent.paused_by_id), ("paused", until, self.payer))
        self.assertEqual((attempt.state, attempt.is_final), ("given_up", False))
        page = self.read("payer")
        [told] = page.xpath("//div[@name='paused']")
        self.assertIn("goes on by itself", told.text_content())
        self.assertFalse(page.xpath("//section[@name='give']"))
        self.assertFalse(page.xpath("//*[@name='pause']"))
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        self.assertIn("Paused until", told.text_content())
        self.assertIn("Take it up again first", self.give()[1])
        status, place = self.submit(f"{PATH}/{self.account.id}/resume")
        self.assertEqual((status, "done=resumed" in place), (303, True), place[:200])
        self.env.invalidate_all()
        self.assertEqual((consent.state, consent.paused_until, consent.paused_by_id.ids), ("active", False, []))
        self.assertEqual(self.get_consent(), consent)

    def test_without_a_day_it_is_paused_until_it_is_taken_up_again(self):
        self.give()
        self.submit(f"{PATH}/{self.account.id}/pause", until="")
        self.env.invalidate_all()
        consent = self.get_consent()
        self.assertEqual((consent.state, consent.paused_until), ("paused", False))
        self.assertIn("until you take it up again", self.read("payer").xpath("//div[@name='paused']")[0].text_content())
        self.enter("payer")
        self.assertIn("is paused or has ended", self.submit(f"{PATH}/{self.account.id}/pause")[1])

    def test_a_day_that_cannot_be_and_what_staff_have_paused_are_refused(self):
        self.give()
        today = Date.today()
        for until in (today, Date.add(today, days=400), "2020-01-01", "tomorrow", "9" * 50):
            status, text = self.submit(f"{PATH}/{self.account.id}/pause", until=str(until))
            self.assertEqual((status, "of the coming year" in text), (200, True), until)
        consent = self.get_consent()
        self.assertEqual(consent.state, "active")
        self.assertIn("is not paused", self.submit(f"{PATH}/{self.account.id}/resume")[1])
        consent.with_user(self.clerk).action_pause()
        self.env.flush_all()
        self.assertIn("Write to us", self.submit(f"{PATH}/{self.account.id}/resume")[1])
        self.assertFalse(self.read("payer").xpath("//*[@name='resume']"))
        self.env.invalidate_all()
        self.assertEqual(consent.state, "paused")

    # -- elsewhere ----------------------------------------------------------------------------------------------------

    def test_the_first_page_says_how_it_stands(self):
        self.enter("payer")
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        self.assertIn("Have your bills paid by themselves", told.text_content())
        self.give()
        self.plan_debit()
        self.env.flush_all()
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        self.assertIn("50.00", told.text_content())
        self.assertIn("1111", told.text_content())
        self.enter("viewer")
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        self.assertIn("1111", told.text_content())

    def test_the_first_page_says_what_all_debits_of_the_next_day_come_to(self):
        self.give()
        attempt = self.plan_debit()
        day, consent = attempt.day, attempt.consent_id
        vals = {"account_id": self.account.id, "currency_id": consent.currency_id.id, "consent_id": consent.id}
        vals |= {"token_id": self.token.id, "provider_id": self.provider.id, "method_name": attempt.method_name}
        for name, amount, later in (("same", 7.25, 0), ("later", 100, 1)):
            of_day = {"key": name, "amount": amount, "day": day + timedelta(days=later), "next_time": attempt.next_time}
            self.env["billing.debits"].make(vals | of_day, [])
        self.env.flush_all()
        [told] = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='automatic']")
        text = told.text_content()
        self.assertIn("57.25", text)
        self.assertEqual(text.count(attempt.method_name), 1)

    def test_who_decides_in_the_portal_is_offered_it_on_the_pay_page(self):
        wishes = self.env["billing.consent.wishes"]
        expected = {
            "customer": True,
            "owner": True,
            "payer": True,
            "colleague": True,
            "viewer": False,
            "stranger": False,
        }
        offered = {name: bool(wishes.get_offer(self.account.sudo(), self.people[name])) for name in expected}
        self.assertEqual(offered, expected)

    def test_b80_parameters_that_make_no_sense(self):
        self.enter("payer")
        for asked in ("account=x", "account=%00", "account=99999999999999999999", "done=é", "done=given&done=x"):
            self.assertEqual(self.open(f"{PATH}?{asked}")[0], 200, asked)
        for values in ({"attempt": "x"}, {"attempt": "9" * 30}, {"attempt": "-1"}, {}):
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}/stop", **values)[0], 200, values)

    def test_a_closed_account_cannot_agree(self):
        self.env.cr.execute("UPDATE billing_account SET state = 'closed' WHERE id = %s", [self.account.id])
        self.env.invalidate_all()
        self.assertIn("is closed", self.give()[1])
        self.assertFalse(self.get_consent())

    def test_a_new_method_offers_to_collect_what_could_not_be_collected(self):
        self.assertFalse(self.read("payer").xpath("//input[@name='failed']"))
        self.give()
        self.plan_debit()
        attempt = self.env["billing.payment.attempt"].search([("account_id", "=", self.account.id)])
        attempt.transaction_id = self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.token.payment_method_id.id,
                "reference": "declined",
                "amount": attempt.amount,
                "currency_id": attempt.currency_id.id,
                "partner_id": self.customer.id,
            }
        )
        self.env["billing.life"].apply_event("payment_attempt", attempt, "send")
        self.env["billing.life"].apply_event("payment_attempt", attempt, "fail")
        attempt.is_final = True
        attempt.line_ids.is_open = False
        self.assertTrue(self.read("payer").xpath("//input[@name='failed' and not(@checked)]"))
        self.give()
        self.assertFalse(self.get_consent().takes_up_failed)
        self.give(failed="1")
        self.assertTrue(self.get_consent().takes_up_failed)

    # -- Odoo's own page of saved methods -----------------------------------------------------------------------------

    def archive(self, name, token):
        """Delete a method as Odoo's page does; tell whether it is gone, and what its page says before."""
        self.enter(name)
        said = self.env["payment.token"].with_user(self.people[name]).browse(token.id).get_linked_records_info()
        call = {"id": 0, "jsonrpc": "2.0", "method": "call", "params": {"token_id": token.id}}
        self.opener.post(self.base_url() + "/payment/archive_token", json=call)
        self.env.invalidate_all()
        return not token.active, said

    def test_methods_of_the_customer_are_deleted_by_whoever_decides_on_automatic_payment(self):
        self.give(token_0=self.of_company.id)
        shown = {}
        for name in ("viewer", "payer"):
            self.enter(name)
            shown[name] = self.of_company.payment_details in self.open("/my/payment_method")[1]
        self.assertEqual(shown, {"viewer": False, "payer": True})
        with self.assertRaises(AccessError):
            self.of_company.with_user(self.people["viewer"]).get_linked_records_info()
        call = {"id": 0, "jsonrpc": "2.0", "method": "call", "params": {"token_id": self.of_company.id}}
        self.enter("viewer")
        with mute_logger("odoo.http"):
            answer = self.opener.post(self.base_url() + "/payment/archive_token", json=call).json()
        self.assertIn("is not yours", str(answer["error"]))
        self.assertTrue(self.of_company.active)
        is_gone, said = self.archive("payer", self.of_company)
        self.assertEqual((is_gone, [one["name"] for one in said]), (True, [self.account.name]))
