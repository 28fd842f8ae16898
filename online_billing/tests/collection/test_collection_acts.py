"""What staff do: promises, now, skip, postpone, undo, hand over, write off."""

from unittest.mock import patch

from lxml import html
from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from .collection_common import CollectionCase


@tagged("post_install", "-at_install")
@freeze_time("2024-11-10 12:00:00")
class TestCollectionActs(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policy = cls.make_policy(("overdue", 7), ("overdue", 14), ("overdue", 21))
        cls.account = cls.make_account()
        cls.invoice = cls.owe(cls.account, "2024-11-01")

    def promise(self, amount=119, date="2024-11-20", **vals):
        return self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": amount, "date_made": "2024-11-05", "date": date, **vals}
        )

    # -- promises -----------------------------------------------------------------------------------------------------

    def test_a_promise_lets_everything_rest_and_a_broken_one_reopens_the_case(self):
        promise = self.promise()
        self.collect_days("2024-11-08", "2024-11-20")
        self.assertFalse(self.get_messages(self.account))
        self.assertFalse(self.get_case(self.account), "nothing was ever asked for")
        self.collect("2024-11-21")
        self.assertEqual((promise.state, self.get_case(self.account).state), ("broken", "open"))
        self.assertEqual(self.get_log(self.account), [("2024-11-21", 1)])

    def test_a_kept_promise_is_seen(self):
        promise = self.promise(amount=60)
        self.collect("2024-11-08")
        self.assertEqual(promise.state, "open")
        self.pay_invoice(self.invoice, 59.99)
        self.collect("2024-11-09")
        self.assertEqual(promise.state, "open")
        self.pay_invoice(self.invoice, 0.01)
        self.collect("2024-11-10")
        self.assertEqual(promise.state, "kept")
        self.assertEqual(self.get_log(self.account), [("2024-11-10", 1)])

    def test_a_promise_is_seen_on_the_case_at_once_and_so_is_its_end(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        promise = self.promise()
        self.assertEqual((case.state, case.pause_reason, case.next_date), ("paused", "promise", False))
        promise.with_user(self.clerk).action_cancel()
        self.assertEqual((case.state, str(case.next_date)), ("open", "2024-11-15"))

    def test_a_promise_about_one_invoice_leaves_the_others_alone(self):
        other = self.owe(self.account, "2024-11-01", price=50)
        self.promise(move_ids=[Command.set(self.invoice.ids)])
        self.collect("2024-11-10")
        [message] = self.get_messages(self.account)
        self.assertEqual(message.amount, 59.5)
        resting = {item.move_id: item.resting for item in self.get_case(self.account).item_ids}
        self.assertEqual(resting, {self.invoice: "promise", other: False})

    def test_a_cancelled_promise_holds_nothing(self):
        self.promise().with_user(self.clerk).action_cancel()
        self.collect("2024-11-10")
        self.assertEqual(len(self.get_messages(self.account)), 1)

    def test_the_clerk_notes_a_promise_on_the_invoice(self):
        action = self.invoice.with_user(self.clerk).action_new_billing_promise()
        form = Form(self.env["billing.payment.promise"].with_user(self.clerk).with_context(**action["context"]))
        form.date = "2024-11-20"
        promise = form.save()
        self.assertEqual((promise.account_id, promise.move_ids, promise.amount), (self.account, self.invoice, 119.0))

    def test_the_service_is_back_after_any_act_on_a_case_of_which_nothing_is_overdue_any_more(self):
        self.policy.step_ids[0].suspends = True
        self.collect("2024-11-10")
        case = self.get_case(self.account)
        self.assertEqual(self.account.state, "suspended")
        self.owe(self.account, "2024-11-20")
        with patch.object(type(self.env["billing.collection.wake"]), "note", lambda *_args: None):
            self.pay_invoice(self.invoice)
        self.env["billing.collection.acts"].postpone(case, self.day("2024-12-01"), "They have paid")
        self.assertEqual(self.account.state, "active")

    # -- by hand ------------------------------------------------------------------------------------------------------

    def get_dialogue(self, case, action, **vals):
        context = getattr(case.with_user(self.clerk), f"action_{action}")()["context"]
        return (
            self.env["billing.collection.act"]
            .with_user(self.clerk)
            .with_context(**context)
            .create({"reason": "The customer called", **vals})
        )

    def test_a_skipped_step_is_left_out_and_can_be_taken_back(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        self.get_dialogue(case, "skip").action_apply()
        entry = case.entry_ids.filtered(lambda entry: entry.state == "skipped")
        self.assertEqual((entry.step_id.sequence, entry.user_id, entry.reason), (2, self.clerk, "The customer called"))
        self.assertEqual((case.next_step_id, str(case.next_date)), (self.policy.step_ids[2], "2024-11-22"))
        case.with_user(self.clerk).action_undo()
        self.assertEqual((case.next_step_id, str(case.next_date)), (self.policy.step_ids[1], "2024-11-15"))
        self.assertEqual(entry.state, "undone")
        with self.assertRaises(UserError):
            case.with_user(self.clerk).action_undo()
        self.collect("2024-11-15")
        self.assertEqual(self.get_log(self.account), [("2024-11-08", 1), ("2024-11-15", 2)])

    def test_a_postponed_step_waits_and_can_be_taken_back(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        self.get_dialogue(case, "postpone", day="2024-11-18").action_apply()
        self.collect_days("2024-11-15", "2024-11-17")
        self.assertEqual(len(self.get_log(self.account)), 1)
        self.collect("2024-11-18")
        self.assertEqual(self.get_log(self.account)[-1], ("2024-11-18", 2))
        self.assertFalse(case.not_before)
        self.get_dialogue(case, "postpone", day="2024-12-18").action_apply()
        self.assertEqual(str(case.next_date), "2024-12-18")
        case.with_user(self.clerk).action_undo()
        self.assertFalse(case.not_before)
        self.assertEqual(str(case.next_date), "2024-11-22")

    def test_a_step_cannot_be_postponed_into_the_past(self):
        self.collect("2024-11-08")
        with self.assertRaises(UserError):
            self.get_dialogue(self.get_case(self.account), "postpone", day="2024-11-10").action_apply()

    def test_the_next_step_can_be_taken_at_once(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        case.with_user(self.clerk).action_do_now()
        entry = case.entry_ids.sorted("id")[-1]
        self.assertEqual((entry.step_id.sequence, entry.user_id, str(entry.date)), (2, self.clerk, "2024-11-10"))
        self.assertEqual(len(self.get_messages(self.account)), 2)
        case.with_user(self.clerk).action_do_now()
        with self.assertRaises(UserError):
            case.with_user(self.clerk).action_do_now()
        self.assertEqual(len(self.get_messages(self.account)), 3)

    def test_case_D3_what_the_next_step_does_is_shown_before_it_is_done(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        self.assertIn("14 days after", case.next_step_summary)
        dialogue = self.get_dialogue(case, "preview_now", reason=False)
        for text in ("Step 2", "E-mail", self.account.partner_id.display_name, self.invoice.name, "119.00"):
            self.assertIn(text, dialogue.preview)
        self.assertIn("<table", dialogue.preview)
        self.assertNotIn("&lt;", dialogue.preview, "it is shown as the customer will read it")
        self.assertEqual((len(self.get_messages(self.account)), len(case.entry_ids)), (1, 1))
        dialogue.action_apply()
        self.assertEqual(self.get_log(self.account)[-1], ("2024-11-10", 2))

    def test_case_D3_a_customer_without_an_address_is_shown_before_the_step(self):
        self.collect("2024-11-08")
        self.account.partner_id.email = False
        dialogue = self.get_dialogue(self.get_case(self.account), "preview_now", reason=False)
        self.assertIn("no address", dialogue.preview)

    def test_case_D3_the_way_of_a_reminder_is_chosen_for_this_one(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        dialogue = self.get_dialogue(case, "preview_now", reason=False)
        self.assertEqual(dialogue.channel, "email")
        dialogue.channel = "letter"
        self.assertIn("Letter", dialogue.preview)
        dialogue.action_apply()
        self.assertEqual(self.get_messages(self.account).mapped("channel"), ["email", "letter"])
        self.account.partner_id.email = False
        dialogue = self.get_dialogue(case, "preview_now", reason=False, channel="email")
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            dialogue.action_apply()
        self.send_messages()
        self.get_dialogue(case, "preview_now", reason=False, channel="letter").action_apply()
        self.assertEqual(self.get_messages(self.account)[-1].channel, "letter")

    def test_case_D3_the_last_message_is_sent_once_more(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        with self.assertRaisesRegex(UserError, "Nothing has been sent"):
            self.get_dialogue(case, "preview_again", reason=False).action_apply()
        self.send_messages()
        dialogue = self.get_dialogue(case, "preview_again", reason=False)
        first = self.get_messages(self.account)
        self.assertEqual(dialogue.channel, "email")
        self.assertIn(first.subject, dialogue.preview)
        dialogue.channel = "letter"
        for _time in range(2):
            dialogue.action_apply()
        again = self.get_messages(self.account) - first
        self.assertEqual((len(again), again.channel, again.billing_delivery_state), (1, "letter", "letter"))
        for name in ("subject", "body", "amount", "move_ids", "partner_ids", "res_id", "lines"):
            self.assertEqual(again[name], first[name], name)
        self.assertEqual(self.get_log(self.account), [("2024-11-08", 1)], "no step was taken")
        noted = case.entry_ids.filtered(lambda entry: entry.message_id == again)
        self.assertEqual((len(noted), noted.state, noted.user_id), (1, "note", self.clerk))
        self.account.partner_id.email = False
        with self.assertRaisesRegex(UserError, "no address"):
            self.get_dialogue(case, "preview_again", reason=False, channel="email").action_apply()

    def test_case_D3_of_several_cases_those_that_can_are_done_and_the_others_named(self):
        silent, other = self.make_account("Grace Hopper"), self.make_account("Alan Turing")
        self.owe(silent, "2024-11-01")
        self.owe(other, "2024-11-01")
        self.collect("2024-11-08")
        self.send_messages()
        silent.partner_id.email = False
        cases = self.get_case(self.account) + self.get_case(silent) + self.get_case(other)
        dialogue = self.get_dialogue(cases, "preview_now", reason=False)
        for case in cases:
            self.assertIn(case.display_name, dialogue.preview)
        notice = dialogue.action_apply()["params"]
        self.assertEqual([len(self.get_messages(one.account_id)) for one in cases], [2, 1, 2])
        self.assertEqual(notice["type"], "warning")
        self.assertIn(f"{silent.display_name} (", notice["message"])
        self.assertIn("no e-mail address", notice["message"])
        self.assertNotIn(other.display_name, notice["message"])
        with self.assertRaisesRegex(UserError, "Grace Hopper"):
            self.get_case(silent).with_user(self.clerk).action_do_now()
        with patch("odoo.addons.online_billing.services.collection.acts.SHOWN_CASES", 1):
            short = self.env["billing.collection.acts"].get_next_step_html(cases)
        self.assertIn("2 more cases", short)
        self.assertNotIn(other.display_name, short)

    def test_case_D3_a_change_needs_its_reason(self):
        self.collect("2024-11-08")
        with self.assertRaises(UserError):
            self.get_dialogue(self.get_case(self.account), "skip", reason=False).action_apply()

    def test_a_case_is_handed_over_and_taken_back(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        self.get_dialogue(case, "hand_over").action_apply()
        self.assertEqual((case.state, bool(case.activity_ids)), ("handed_over", True))
        self.collect("2024-11-30")
        self.assertEqual(len(self.get_messages(self.account)), 1)
        mine = case.activity_schedule("mail.mail_activity_data_todo", user_id=self.manager.id, summary="Ask the lawyer")
        case.with_user(self.clerk).action_take_back()
        self.assertEqual(case.state, "open")
        self.assertEqual(case.activity_ids, mine, "nobody is to collect any more; what somebody has put down stays")

    def test_the_forecast_says_what_comes_and_why_nothing_does(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account).with_user(self.clerk)
        rows = [
            [cell.text_content().strip() for cell in row.iter("td")]
            for row in html.fromstring(case.forecast).iter("tr")
        ][1:]
        self.assertEqual([row[:2] for row in rows], [["11/15/2024", "Step 2"], ["11/22/2024", "Step 3"]])
        self.assertEqual([row[2] for row in rows], [self.invoice.name] * 2)
        self.account.collection_exempt = True
        case.invalidate_recordset()
        self.assertIn("never reminded", case.forecast)

    def test_the_forecast_names_the_invoice_of_each_row(self):
        later = self.owe(self.account, "2024-11-20")
        self.collect("2024-11-08")
        rows, _sentence = self.env["billing.collection.acts"]._get_forecast(self.get_case(self.account))
        found = {(row["step"], str(row["day"])): row["documents"] for row in rows}
        self.assertEqual(found["Step 2", "2024-11-15"], self.invoice.name)
        self.assertIn(later.name, "".join(found.values()))

    def test_only_a_manager_writes_off_and_the_books_are_balanced(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        with self.assertRaises(AccessError):
            case.with_user(self.clerk).action_write_off()
        with self.assertRaises(UserError):
            case.with_user(self.manager).action_write_off()  # no account has been chosen
        expense = self.env["account.account"].create({"name": "Bad debts", "code": "BAD1", "account_type": "expense"})
        self.company.billing_write_off_account_id = expense
        todo = "mail.mail_activity_data_todo"
        self.env["billing.tasks"].give(case, "collection.write_off", todo, user_id=self.manager.id)
        mine = case.activity_schedule(todo, user_id=self.clerk.id, summary="Ask the lawyer")
        context = case.with_user(self.manager).action_preview_write_off()["context"]
        dialogue = self.env["billing.collection.act"].with_user(self.manager).with_context(**context).create({})
        for text in (self.invoice.name, "119.00", "Bad debts"):
            self.assertIn(text, dialogue.preview)
        self.assertEqual(case.state, "open", "nothing is written off by looking")
        dialogue.action_apply()
        self.assertEqual((self.invoice.payment_state, self.invoice.amount_residual), ("paid", 0.0))
        self.assertEqual(case.state, "closed")
        line = self.env["account.move.line"].search([("account_id", "=", expense.id)])
        self.assertEqual((line.balance, line.parent_state), (119.0, "posted"))
        self.assertEqual(case.activity_ids, mine)

    def test_an_entry_that_writes_off_names_the_currency_of_its_amount(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2024-01-01", "rate": 0.5, "company_id": self.company.id}
        )
        expense = self.env["account.account"].create({"name": "Bad debts", "code": "BAD1", "account_type": "expense"})
        self.company.billing_write_off_account_id = expense
        account = self.make_account("In euro", currency_id=euro.id)
        bill = self.owe(account, "2024-11-01", currency_id=euro.id)
        self.collect("2024-11-08")
        self.get_case(account).with_user(self.manager).action_write_off()
        self.assertEqual((bill.payment_state, bill.amount_residual), ("paid", 0.0))
        line = self.env["account.move.line"].search([("account_id", "=", expense.id)])
        self.assertEqual((line.move_id.currency_id, line.move_id.amount_total), (euro, 119.0))
        self.assertEqual((line.amount_currency, line.balance), (119.0, 238.0))

    def test_case_C16_forms_propose_the_day_of_the_account_and_keep_what_was_typed(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account)
        other = self.make_account("Elsewhere", timezone="Pacific/Kiritimati")
        self.account.timezone = "America/Los_Angeles"
        clerk = self.clerk
        clerk.tz = "Europe/Berlin"
        with freeze_time("2024-11-10 23:30:00"):  # the 11th in Berlin and on Kiritimati, the 10th in Los Angeles
            for model, name in (
                ("billing.charge", "charge_date"),
                ("billing.payment.promise", "date_made"),
                ("billing.subscription", "start_date"),
            ):
                for account, day in ((self.account, "2024-11-10"), (other, "2024-11-11")):
                    with self.subTest(model=model, account=account.name):
                        form = Form(self.env[model].with_user(clerk).with_context(tz=clerk.tz))
                        self.assertFalse(form[name])
                        form.account_id = account
                        self.assertEqual(str(form[name]), day)
                        form[name] = "2024-11-03"
                        form.account_id = other
                        self.assertEqual(str(form[name]), "2024-11-03")
            context = case.with_user(clerk).action_postpone()["context"]
            dialogue = self.env["billing.collection.act"].with_user(clerk).with_context(tz=clerk.tz, **context)
            self.assertEqual(str(Form(dialogue).day), "2024-11-17")
            self.assertEqual(str(dialogue.create({}).day), "2024-11-17")
            self.assertEqual(str(dialogue.create({"day": "2024-12-01"}).day), "2024-12-01")

    def test_nobody_changes_a_case_by_hand(self):
        self.collect("2024-11-08")
        case = self.get_case(self.account).with_user(self.manager)
        for vals in ({"state": "closed"}, {"step_id": False}, {"message_date": False}, {"not_before": "2030-01-01"}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                case.write(vals)
        case.collector_id = self.clerk
        self.assertEqual(self.account.collector_id, self.clerk)

    # -- where people come from ---------------------------------------------------------------------------------------

    def test_invoice_and_customer_show_the_button_of_a_case_only_where_there_is_one(self):
        other = self.owe(self.make_account("Alan Turing"), "2024-12-31")
        self.collect("2024-11-09", self.account)
        self.assertTrue(self.invoice.with_user(self.clerk).billing_has_case)
        self.assertTrue(self.account.partner_id.with_user(self.clerk).billing_has_case)
        self.assertFalse(other.with_user(self.clerk).billing_has_case)
        self.assertFalse(other.partner_id.with_user(self.clerk).billing_has_case)
        form = html.fromstring(self.env["account.move"].get_view(view_type="form")["arch"].encode())
        [button] = form.xpath("//button[@name='action_view_billing_case']")
        self.assertIn("not billing_has_case", button.get("invisible"))

    def test_what_comes_next_ends_with_the_hand_over(self):
        self.policy.step_ids[1].hands_over = True
        self.collect("2024-11-09")
        rows, _sentence = self.env["billing.collection.acts"]._get_forecast(self.get_case(self.account))
        self.assertEqual([row["step"] for row in rows], ["Step 2"])
