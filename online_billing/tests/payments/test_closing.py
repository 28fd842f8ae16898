"""The closing list of a day: each payment on exactly one list, by cashier and journal, with its sums."""

import base64
import io

import openpyxl
from odoo import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tests.common import freeze_time

from ..delivery.delivery_common import DeliveryCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-27 12:00:00")
class TestClosing(DeliveryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.till = cls.env["account.journal"].create({"name": "Till", "type": "cash", "code": "TILL"})
        cls.bank = cls.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1
        )
        cls.other = new_test_user(
            cls.env, "other.clerk", "online_billing.group_billing_user", email="other@example.com", name="Other Clerk"
        )
        cls.account = cls.make_account()

    def take(self, amount, user=None, journal=None, moment="2026-11-27 12:00:00", **vals):
        """Take money at the desk at a moment, UTC."""
        takes = self.env["billing.take.payment"].with_user(user or self.clerk)
        take = takes.create(
            {
                "account_id": self.account.id,
                "amount": amount,
                "journal_id": (journal or self.till).id,
                "receipt": "none",
                **vals,
            }
        )
        before = self.env["account.payment"].search([])
        take.action_take()
        payment = self.env["account.payment"].search([]) - before
        self.env.flush_all()
        self.env.cr.execute("UPDATE account_payment SET billing_confirmed_on = %s WHERE id = %s", [moment, payment.id])
        payment.invalidate_recordset()
        return payment

    def get_list(self, user=None, **vals):
        return self.env["billing.cash.closing"].with_user(user or self.clerk).create(vals)._get_list()

    def get_groups(self, **vals):
        return [
            (group["cashier"], group["journal"], group["count"], group["value"])
            for group in self.get_list(**vals)["groups"]
        ]

    def test_a_day_is_listed_by_cashier_and_journal_with_its_sums(self):
        self.take(10)
        self.take(20.5)
        self.take(30, journal=self.bank)
        self.take(40, user=self.other)
        everybody = {"user_ids": [Command.clear()]}
        self.assertEqual(
            sorted(self.get_groups(**everybody)),
            [
                (self.other.name, "Till", 1, 40),
                (self.clerk.name, self.bank.name, 1, 30),
                (self.clerk.name, "Till", 2, 30.5),
            ],
        )
        sums = {one["label"]: (one["count"], one["total"]) for one in self.get_list(**everybody)["sums"]}
        self.assertEqual(sums["Till (USD)"], (3, "$\xa070.50"))

    def test_a_clerk_sees_first_what_he_took_himself(self):
        self.take(10)
        self.take(40, user=self.other)
        self.assertEqual(self.get_groups(), [(self.clerk.name, "Till", 1, 10)])
        self.assertEqual(self.get_groups(user_ids=[Command.set(self.other.ids)]), [(self.other.name, "Till", 1, 40)])

    def test_a_draft_is_on_the_list_of_the_day_on_which_it_is_confirmed(self):
        """The list of the day on which the draft was entered has been printed already."""
        payment = self.take(10)
        payment.action_draft()
        with freeze_time("2026-11-26 12:00:00"):
            draft = payment.copy({"amount": 33, "memo": "later"})
        self.assertFalse(draft.billing_confirmed_on)
        self.assertEqual(self.get_groups(day="2026-11-26"), [])
        draft.with_user(self.clerk).action_post()
        lists = [self.get_list(day=f"2026-11-{day}", user_ids=[Command.clear()])["groups"] for day in (26, 27)]
        # the other one was taken back to draft, and counts no more
        self.assertEqual([[group["value"] for group in groups] for groups in lists], [[], [33, 0]])
        draft.action_draft()
        with freeze_time("2026-11-28 12:00:00"):
            draft.action_post()
        lists = [self.get_list(day=f"2026-11-{day}", user_ids=[Command.clear()])["count"] for day in (26, 27, 28)]
        self.assertEqual(lists, [0, 2, 0])

    def test_each_payment_is_on_the_list_of_the_day_on_which_it_was_confirmed(self):
        self.company.partner_id.tz = "America/New_York"
        self.take(10, moment="2026-11-27 04:59:59")
        self.take(20, moment="2026-11-27 05:00:00")
        self.take(40, moment="2026-11-28 04:59:59")
        self.take(80, moment="2026-11-28 05:00:00", date="2026-11-01")
        totals = {day: [group[3] for group in self.get_groups(day=f"2026-11-{day}")] for day in (26, 27, 28, 29)}
        self.assertEqual(totals, {26: [10], 27: [60], 28: [80], 29: []})

    def test_whoever_asks_sees_the_same_list_of_a_day(self):
        self.company.partner_id.tz = "Europe/Berlin"
        self.clerk.tz, self.manager.tz = "Europe/Berlin", "America/New_York"
        self.take(10, moment="2026-11-26 23:30:00")
        everybody = {"user_ids": [Command.clear()]}
        for user in (self.clerk, self.manager):
            with self.subTest(user=user.login):
                days = [self.get_list(user, day=f"2026-11-{day}", **everybody) for day in (26, 27)]
                self.assertEqual([one["count"] for one in days], [0, 1])
                self.assertIn("12:30", days[1]["groups"][0]["rows"][0]["entered"])
        with freeze_time("2026-11-27 23:30:00"):
            self.assertEqual(str(self.env["billing.cash.closing"].with_user(self.manager).create({}).day), "2026-11-28")

    def test_what_was_paid_back_out_of_the_till_is_taken_off(self):
        """The sums are what came into the till by these payments, as the ledger has it."""
        self.take(50)
        back = self.env["account.payment"].with_user(self.clerk)
        back = back.create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": self.account.partner_id.id,
                "amount": 20,
                "journal_id": self.till.id,
            }
        )
        back.action_post()
        self.assertEqual(self.get_groups(), [(self.clerk.name, "Till", 2, 30)])
        [group] = self.get_list()["groups"]
        self.assertEqual([row["state"] for row in group["rows"]], ["", "paid back"])
        self.assertEqual(self.get_list()["sums"][0]["total"], "$\xa030.00")
        entries = self.env["account.payment"].search([("journal_id", "=", self.till.id)]).move_id
        received = entries.line_ids.filtered(lambda line: line.account_id.account_type != "asset_receivable")
        self.assertEqual(sum(received.mapped("balance")), 30)

    def test_a_branch_lists_what_it_took_into_the_till_of_the_company_above_it(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        self.env.cr.precommit.run()  # Odoo gives a branch the accounts of its parent at the end of the transaction
        for user in (self.clerk, self.env.user):
            user.company_ids |= branch
        self.env = self.env(context={**self.env.context, "allowed_company_ids": [self.company.id, branch.id]})
        self.take(50)
        self.account = self.make_account("Grace Hopper", company_id=branch.id)
        payment = self.take(20)
        self.assertEqual((payment.journal_id, payment.company_id), (self.till, self.company))
        closings = self.env["billing.cash.closing"].with_user(self.clerk)
        closing = closings.with_context(allowed_company_ids=[branch.id, self.company.id]).create({})
        self.assertEqual(closing.company_id, branch)
        self.assertEqual([group["value"] for group in closing._get_list()["groups"]], [20])
        self.assertEqual([group["value"] for group in self.get_list()["groups"]], [70])

    def test_nothing_that_was_typed_is_a_formula_or_a_link_in_the_spreadsheet(self):
        typed = '=HYPERLINK("http://elsewhere.example","Ada")'
        self.account.partner_id.name = typed
        long_address = "http://elsewhere.example/" + "a" * 3000
        self.take(10, memo=long_address)
        closing = self.env["billing.cash.closing"].with_user(self.clerk).create({})
        book = openpyxl.load_workbook(io.BytesIO(self.download(closing.action_export())))
        cells = next(book["Payments"].iter_rows(min_row=4))
        self.assertEqual((cells[6].value, cells[6].data_type), (typed, "s"))
        self.assertEqual((cells[8].value, cells[8].data_type, cells[8].hyperlink), (long_address, "s", None))

    def test_amounts_in_the_spreadsheet_have_the_decimals_of_their_currency(self):
        formats = {}
        for name in ("USD", "JPY", "TND"):
            currency = self.env.ref(f"base.{name}")
            currency.active = True
            self.account = self.make_account(f"Customer {name}", currency_id=currency.id)
            self.take(7)
        closing = self.env["billing.cash.closing"].with_user(self.clerk).create({})
        book = openpyxl.load_workbook(io.BytesIO(self.download(closing.action_export())))
        for sheet, place, first in (("Payments", 10, 4), ("Sums", 4, 2)):
            for cells in book[sheet].iter_rows(min_row=first):
                formats[sheet, cells[place + 1].value] = cells[place].number_format
        for sheet in ("Payments", "Sums"):
            found = [formats[sheet, name] for name in ("USD", "JPY", "TND")]
            self.assertEqual(found, ["#,##0.00", "#,##0", "#,##0.000"])

    def test_what_was_taken_back_is_named_and_not_counted(self):
        self.take(10)
        back = self.take(90)
        back.action_draft()
        back.action_cancel()
        [group] = self.get_list()["groups"]
        self.assertEqual((group["count"], group["value"], len(group["rows"])), (1, 10, 2))
        self.assertEqual([row["state"] for row in group["rows"]], ["", "cancelled, not counted"])

    def test_what_is_taken_back_to_draft_stays_listed_until_it_is_confirmed_again(self):
        self.take(10)
        back = self.take(90)
        back.action_draft()
        [group] = self.get_list()["groups"]
        self.assertEqual((group["count"], group["value"], len(group["rows"])), (1, 10, 2))
        self.assertEqual([row["state"] for row in group["rows"]], ["", "draft again, not counted"])
        back.action_post()
        [group] = self.get_list()["groups"]
        self.assertEqual((group["count"], group["value"]), (2, 100))

    def test_currencies_are_never_added_up(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.take(10)
        self.account = self.make_account("Grace Hopper", currency_id=euro.id)
        self.take(7)
        self.assertEqual(sorted(one["total"] for one in self.get_list()["sums"]), ["$\xa010.00", "7.00\xa0€"])

    def test_the_list_is_shown_printed_and_exported(self):
        self.take(10, memo="From the postman")
        form = Form(self.env["billing.cash.closing"].with_user(self.clerk))
        for text in ("Till", "Ada Lovelace", "From the postman", "10.00"):
            self.assertIn(text, form.content)
        closing = form.save()
        text = self.read_pdf(self.download(closing.action_print()))
        for expected in ("Closing List 11/27/2026", "Till", "Ada Lovelace", "From the postman", "$ 10.00"):
            self.assertIn(expected, text)
        book = openpyxl.load_workbook(io.BytesIO(self.download(closing.action_export())))
        rows = list(book["Payments"].iter_rows(values_only=True))
        self.assertEqual(rows[0][0], "Closing List 11/27/2026")
        self.assertEqual((rows[3][0], rows[3][6], rows[3][10]), (self.clerk.name, "Ada Lovelace", 10))
        [sums] = list(book["Sums"].iter_rows(min_row=2, values_only=True))
        self.assertEqual(sums, (self.clerk.name, "Till", None, 1, 10, "USD"))

    def test_an_empty_day_says_so(self):
        form = Form(self.env["billing.cash.closing"].with_user(self.clerk))
        form.day = "2026-01-01"
        self.assertIn("Nothing was taken on this day", form.content)
        self.assertIn("Nothing was taken", self.read_pdf(self.download(form.save().action_print())))

    def download(self, action):
        attachment = int(action["url"].split("/")[3].split("?")[0])
        return base64.b64decode(self.env["ir.attachment"].with_user(self.clerk).browse(attachment).datas)
