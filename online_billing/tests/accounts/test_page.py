"""The page of a customer: what they have, what they owe and why, what happened, and the acts where one stands."""

from markupsafe import Markup
from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time
from odoo.tools import SQL

from ..collection.collection_common import CollectionCase

TODAY = "2026-11-27"


@tagged("post_install", "-at_install")
@freeze_time("2026-11-27 12:00:00")
class TestPage(CollectionCase):
    def get_overview(self, account):
        return account.with_user(self.clerk).overview

    def get_rows(self, account):
        """Return {number: row} of what is open in the account's currency."""
        [asked] = self.get_overview(account)["sums"]
        return {row["title"]: row for row in asked["rows"]}

    def walk(self, account):
        """Return all entries of a timeline as somebody sees them who asks for older ones to the end, and the pages."""
        account = account.with_user(self.clerk)
        page, pages = account.timeline, 1
        entries = page["entries"]
        while page["next"]:
            page, pages = account.get_timeline(page["next"]), pages + 1
            entries += page["entries"]
            self.assertLess(pages, 50)
        return entries, pages

    def get_kinds(self, account):
        return [entry["kind"] for entry in self.walk(account)[0]]

    def make_history(self, account, count):
        """Let so many things of each kind happen on one day."""
        env, currency = self.env, account.currency_id
        self.make_many_invoices(account, count)
        env["account.payment"].create(
            [
                {
                    "payment_type": "inbound",
                    "partner_type": "customer",
                    "partner_id": account.partner_id.id,
                    "amount": 1,
                    "date": TODAY,
                    "billing_account_id": account.id,
                }
                for _number in range(count)
            ]
        )
        env["billing.outbox"].queue(
            [
                {"key": f"page-{account.id}-{number}", "account_id": account.id, "currency_id": currency.id}
                for number in range(count)
            ]
        )
        env["billing.payment.promise"].create(
            [
                {"account_id": account.id, "amount": 1, "date_made": TODAY, "date": "2026-12-31"}
                for _number in range(count)
            ]
        )
        env["billing.stop"].create(
            [{"account_id": account.id, "date_from": TODAY, "date_to": TODAY} for _number in range(count)]
        )
        for number in range(count):
            self.say(account, f"Said number {number}")
        env.flush_all()

    def say(self, account, text):
        return account.message_post(body=text, message_type="comment")

    def make_many_invoices(self, account, count):
        return self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": account.partner_id.id,
                    "billing_account_id": account.id,
                    "invoice_date": TODAY,
                    "date": TODAY,
                    "invoice_line_ids": [Command.create({"name": "Fibre", "price_unit": 10, "tax_ids": False})],
                }
                for _number in range(count)
            ]
        )

    # -- what they have and owe ---------------------------------------------------------------------------------------

    def test_case_D8_what_is_owed_is_said_with_the_reason_why_it_rests(self):
        account = self.make_account()
        late = self.owe(account, "2026-11-20")
        disputed = self.owe(account, "2026-11-21", price=200)
        promised = self.owe(account, "2026-11-22", price=300)
        disputed.action_toggle_block_payment()
        self.env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 357, "date": "2026-12-01", "move_ids": [Command.set(promised.ids)]}
        )
        rows = self.get_rows(account)
        self.assertEqual(list(rows), [late.name, disputed.name, promised.name])
        self.assertEqual(rows[late.name]["text"], "Fibre 250")
        self.assertEqual((rows[late.name]["late"], rows[late.name]["amount"]), (7, "$\xa0119.00"))
        self.assertEqual(rows[disputed.name]["text"], "Fibre 250, in dispute")
        self.assertEqual(rows[promised.name]["text"], "Fibre 250, promised until 12/01/2026")
        [asked] = self.get_overview(account)["sums"]
        # what is in dispute is not asked for; what is promised is owed and late all the same
        self.assertEqual((asked["balance"], asked["overdue"]), ("$\xa0714.00", "$\xa0476.00"))

    def test_case_D8_a_part_that_rests_is_named(self):
        account = self.make_account()
        move = self.owe(account, "2026-11-20")
        self.env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 119, "date": "2026-12-01", "move_ids": [Command.set(move.ids)]}
        )
        later = self.owe(account, "2026-11-25", price=100)
        rows = self.get_rows(account)
        self.assertIn("promised until", rows[move.name]["text"])
        self.assertNotIn("promised", rows[later.name]["text"])

    def test_case_D8_credits_stand_beside_what_they_cover(self):
        account = self.make_account()
        move = self.owe(account, "2026-11-20")
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": account.partner_id.id, "amount": 119}
        )
        payment.action_post()
        rows = self.get_rows(account)
        self.assertEqual(rows[move.name]["text"], "Fibre 250, covered by credits")
        self.assertEqual(rows[payment.move_id.name]["text"], "Payment that is not matched yet")
        [asked] = self.get_overview(account)["sums"]
        self.assertEqual((asked["balance"], asked["has_credit"], asked["is_overdue"]), ("$\xa00.00", True, False))

    def test_case_D8_nothing_open_and_nothing_subscribed_is_an_empty_page(self):
        overview = self.get_overview(self.make_account())
        self.assertEqual(overview, {"subscriptions": [], "is_more": False, "pending": "", "sums": []})

    def test_case_D8_what_runs_and_what_is_not_billed_yet_is_shown(self):
        account, code = self.make_account(), self.make_code("NET", 30)
        running = self.subscribe(account, self.make_plan(code, name="Fibre"), "2026-11-01")
        ended = self.subscribe(account, self.make_plan(code, name="Old"), "2026-01-01", activate=False)
        ended.action_cancel()
        self.env["billing.charge"].create({"account_id": account.id, "code_id": code.id, "quantity": 2})
        overview = self.get_overview(account)
        [row] = overview["subscriptions"]
        self.assertEqual((row["id"], row["title"], row["state"]), (running.id, "Fibre", "Running"))
        self.assertEqual(row["text"], f"{running.name}, since 11/01/2026")
        self.assertEqual(overview["pending"], "$\xa060.00")

    def test_case_D8_a_new_account_has_an_empty_page(self):
        form = Form(self.env["billing.account"].with_user(self.clerk))
        form.partner_id = self.env["res.partner"].create({"name": "Grace Hopper"})
        account = form.save()
        self.assertEqual(account.timeline, {"entries": [], "next": ""})

    # -- what happened ------------------------------------------------------------------------------------------------

    def test_case_D8_one_timeline_tells_everything(self):
        account = self.make_account()
        self.make_policy(("overdue", 3))
        move = self.owe(account, "2026-11-20")
        self.collect(TODAY, account)
        self.pay_invoice(move, 19)
        self.env["billing.payment.promise"].create({"account_id": account.id, "amount": 100, "date": "2026-12-01"})
        other = self.owe(account, "2026-11-20", price=50)
        other.action_toggle_block_payment()
        self.say(account, Markup("Called, she was on <b>holiday</b>."))
        entries, _pages = self.walk(account)
        self.assertEqual(
            {entry["kind"] for entry in entries}, {"invoice", "payment", "message", "promise", "stop", "note"}
        )
        shown = {entry["kind"]: entry for entry in entries}
        self.assertEqual(shown["payment"]["amount"], "$\xa019.00")
        self.assertEqual(shown["promise"]["title"], "Promise to pay by 12/01/2026")
        self.assertEqual(shown["note"]["text"], "Called, she was on *holiday*.")
        self.assertEqual(shown["stop"]["title"], f"Dispute: {other.name}")
        for entry in entries:
            if entry["model"]:
                self.assertTrue(self.env[entry["model"]].browse(entry["id"]).exists(), entry)

    def test_case_D8_a_reminder_that_was_mailed_is_told_once(self):
        account = self.make_account()
        self.make_policy(("overdue", 3))
        self.owe(account, "2026-11-20")
        self.collect(TODAY, account)
        with self.mock_mail_gateway():
            self.get_messages(account).with_user(self.clerk).action_send_now()
        self.assertTrue(self.get_messages(account).billing_delivery_message_id)
        self.assertEqual(self.get_kinds(account).count("message"), 1)
        self.assertNotIn("note", self.get_kinds(account))

    def test_case_D8_page_by_page_nothing_is_lost_or_told_twice(self):
        account = self.make_account()
        self.make_history(account, 13)
        entries, pages = self.walk(account)
        keys = [entry["key"] for entry in entries]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(len(keys), 6 * 13)
        self.assertEqual(pages, 4)

    def test_case_D8_what_happens_between_two_pages_moves_no_older_entry(self):
        account = self.make_account()
        self.make_history(account, 5)
        first = account.timeline
        self.say(account, "And one more")
        older = account.get_timeline(first["next"])
        keys = [entry["key"] for entry in first["entries"] + older["entries"]]
        self.assertEqual(len(keys), len(set(keys)))
        self.assertEqual(len(keys), 30)

    def test_case_D8_other_accounts_are_not_told_of(self):
        account, other = self.make_account("Ada Lovelace"), self.make_account("Grace Hopper")
        self.make_history(other, 2)
        self.assertEqual(self.walk(account)[0], [])

    def test_case_D8_opening_the_page_costs_the_same_after_years(self):
        young, old = self.make_account("Ada Lovelace"), self.make_account("Grace Hopper")
        self.make_history(young, 25)
        self.make_history(old, 75)
        counts = []
        for account in (young, young, old):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            account.with_user(self.clerk).timeline  # noqa: B018
            counts.append(self.env.cr.sql_log_count - before)
        # the first look fills what is asked once for everybody
        self.assertEqual(counts[1], counts[2])
        self.assertLess(counts[1], 40)

    def test_case_D8_the_latest_entries_come_from_indexes(self):
        account = self.make_account()
        self.make_history(account, 2)
        service = self.env["billing.timeline"]
        self.env.cr.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off"
        )
        for table, index in (
            ("account_move", "account_move_billing_account_idx"),
            ("account_payment", "account_payment_billing_account_idx"),
            ("billing_collection_message", "billing_collection_message_of_account_idx"),
            ("billing_collection_entry", "billing_collection_entry_of_account_idx"),
        ):
            kind = next(kind for kind in service._get_kinds(account) if self.env[kind.model]._table == table)
            part = service._get_part(kind, 0, None)
            self.assertIn(index, str(self.env.execute_query(SQL("EXPLAIN %s", part))), table)

    def test_case_D8_a_made_up_place_in_the_timeline_is_refused(self):
        account = self.make_account().with_user(self.clerk)
        for nonsense in ("x", "2026-01-01T00:00:00 nothing 1", "2026-13-01T00:00:00 note 1", 7, ["a"], "note"):
            with self.subTest(before=nonsense), self.assertRaisesRegex(UserError, "Load the page anew"):
                account.get_timeline(nonsense)

    # -- acts where one stands ----------------------------------------------------------------------------------------

    def test_case_D8_the_next_reminder_is_shown_and_sent_from_the_page(self):
        account = self.make_account().with_user(self.clerk)
        self.assertFalse(account.can_remind)
        with self.assertRaisesRegex(UserError, "no next step"):
            account.action_remind()
        self.make_policy(("overdue", 3), ("overdue", 30))
        self.owe(account.sudo(), "2026-11-20")
        self.collect(TODAY, account.sudo())
        account.invalidate_recordset()
        self.assertTrue(account.can_remind)
        action = account.action_remind()
        dialogue = self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"]).create({})
        self.assertIn("Step 2", dialogue.preview)
        dialogue.action_apply()
        self.assertEqual(len(self.get_messages(account.sudo())), 2)

    def test_case_D8_a_promise_is_noted_from_the_page(self):
        account = self.make_account().with_user(self.clerk)
        self.owe(account.sudo(), "2026-11-20")
        self.owe(account.sudo(), "2027-01-20", price=50)
        action = account.action_promise()
        promise = Form(self.env["billing.payment.promise"].with_user(self.clerk).with_context(**action["context"]))
        self.assertEqual(promise.amount, 119)
        promise.date = "2026-12-05"
        self.assertEqual(promise.save().account_id, account)

    def test_case_D8_the_customer_leads_to_the_page(self):
        account = self.make_account()
        action = account.partner_id.with_user(self.clerk).action_view_billing_accounts()
        self.assertEqual((action["res_id"], action["views"]), (account.id, [(False, "form")]))
        second = self.env["billing.account"].create({"partner_id": account.partner_id.id})
        action = account.partner_id.with_user(self.clerk).action_view_billing_accounts()
        self.assertEqual(self.env["billing.account"].search(action["domain"]), account | second)
        self.assertFalse(action["res_id"])

    def test_case_D8_buttons_open_what_belongs_to_the_account(self):
        account = self.make_account()
        self.make_history(account, 1)
        for button in ("action_view_payments", "action_view_messages", "action_view_promises"):
            action = getattr(account.with_user(self.clerk), button)()
            found = self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])
            self.assertEqual(len(found), 1, button)

    # -- payments know their account ----------------------------------------------------------------------------------

    def test_case_D8_a_payment_knows_the_account_that_it_came_for(self):
        account = self.make_account()
        move = self.owe(account, "2026-11-20")
        registered = self.pay_invoice(move, 19)
        self.assertEqual(registered.billing_account_id, account)
        later = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_type": "customer", "partner_id": account.partner_id.id, "amount": 100}
        )
        later.action_post()
        self.assertFalse(later.billing_account_id)
        lines = (later.move_id.line_ids | move.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        lines.reconcile()
        self.assertEqual(later.billing_account_id, account)
        lines.remove_move_reconcile()
        self.assertEqual(later.billing_account_id, account)
        found = self.env["account.payment"].search([("billing_account_id", "=", account.id)])
        self.assertEqual(found, registered | later)

    # -- what would not arrive ----------------------------------------------------------------------------------------

    def test_case_D7_an_account_that_is_mailed_to_nobody_says_so_before_the_first_bill(self):
        account = self.make_account()
        self.assertFalse(account.has_no_address)
        account.partner_id.email = False
        self.assertTrue(account.has_no_address)
        action = account.with_user(self.clerk).action_enter_address()
        self.assertEqual((action["res_model"], action["res_id"]), ("res.partner", account.partner_id.id))
        account.invoice_contact_ids = self.env["res.partner"].create({"name": "Bills", "email": "bills@example.com"})
        self.assertFalse(account.has_no_address)
        account.invoice_contact_ids = False
        account.delivery_channel = "letter"
        self.assertFalse(account.has_no_address)

    def test_case_D7_the_form_says_so_while_an_account_is_made(self):
        form = Form(self.env["billing.account"].with_user(self.clerk))
        form.partner_id = self.env["res.partner"].create({"name": "Grace Hopper"})
        self.assertTrue(form.has_no_address)
        form.delivery_channel = "portal"
        self.assertFalse(form.has_no_address)
