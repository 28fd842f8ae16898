from lxml import html
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from ..common import BillingCase


@tagged("post_install", "-at_install")
@freeze_time("2026-08-11")
class TestWizards(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50, name="Access")
        cls.account = cls.make_account()
        plan = cls.make_plan(cls.net, alignment="calendar")
        # ordered on the first, billed for all of August
        cls.subscription = cls.subscribe(cls.account, plan, "2026-08-01")
        cls.bill(cls.account, "2026-08-01")

    def open_wizard(self, action, user=None):
        """Return the form of a dialogue as its button opens it."""
        model = self.env[action["res_model"]].with_user(user or self.clerk)
        return Form(model.with_context(**action["context"]))

    def get_text(self, content):
        # Odoo keeps the sign of an amount together with it by a character that nobody sees
        return " ".join(html.fromstring(content).text_content().replace("\ufeff", "").split())

    # -- end ----------------------------------------------------------------------------------------------------------

    def open_end(self, when, credit=True):
        form = self.open_wizard(self.subscription.action_end())
        form.when = when
        form.credit_unused = credit
        return form

    def test_ending_today_tells_and_credits_the_unused_days(self):
        form = self.open_end("now")
        # 20 of 31 days of 50.00
        self.assertIn("The next bill credits what was billed for later days, before tax:", self.get_text(form.effect))
        self.assertIn("32.26", self.get_text(form.effect))
        form.save().action_end()
        self.assertEqual(self.subscription.end_date, self.day("2026-08-11"))
        self.bill(self.account, "2026-09-30")
        self.assertEqual([charge.amount for charge in self.get_charges(self.account)], [50, -32.26])

    def test_without_credit_nothing_is_credited(self):
        form = self.open_end("now", credit=False)
        self.assertIn("Nothing is credited", self.get_text(form.effect))
        form.save().action_end()
        self.bill(self.account, "2026-09-30")
        self.assertEqual([charge.amount for charge in self.get_charges(self.account)], [50])

    def test_ending_with_the_period_bills_and_credits_nothing_more(self):
        form = self.open_end("period_end")
        self.assertIn("08/31/2026", self.get_text(form.effect))
        form.save().action_end()
        self.bill(self.account, "2026-10-31")
        self.assertEqual(self.subscription.end_date, self.day("2026-08-31"))
        self.assertCharges(self.account, [("2026-08-01", "50.00")])

    def test_ending_on_a_day_needs_the_day(self):
        form = self.open_end("day")
        with self.assertRaises(AssertionError):
            form.save()
        wizard = self.env["billing.subscription.end"].create({"subscription_ids": self.subscription.ids, "when": "day"})
        with self.assertRaisesRegex(UserError, "Choose the last day"):
            wizard.action_end()

    def test_end_before_the_beginning_is_refused(self):
        form = self.open_end("day")
        form.last_day = "2026-07-31"
        self.assertIn("cannot end before", self.get_text(form.effect))
        with self.assertRaisesRegex(UserError, "cannot end before"):
            form.save().action_end()

    def test_several_subscriptions_end_each_with_its_own_period(self):
        yearly = self.subscribe(self.account, self.make_plan(self.net, name="Year", interval_unit="year"), "2026-08-05")
        both = self.subscription | yearly
        form = self.open_wizard(both.action_end())
        form.when = "period_end"
        form.save().action_end()
        self.assertEqual(both.mapped("end_date"), [self.day("2026-08-31"), self.day("2027-08-04")])

    # -- change of quantity -------------------------------------------------------------------------------------------

    def open_change(self, day, quantity):
        form = self.open_wizard(self.subscription.line_ids.action_change_quantity())
        form.date_from = day
        form.quantity = quantity
        return form

    def test_change_tells_what_the_next_bill_corrects_and_it_does(self):
        form = self.open_change("2026-08-16", 3)
        # two more for 16 of 31 days
        self.assertIn("51.61", self.get_text(form.effect))
        form.reason = "Ordered by phone"
        form.save().action_apply()
        change = self.subscription.line_ids.quantity_ids
        self.assertEqual((change.quantity, change.reason), (3, "Ordered by phone"))
        self.bill(self.account, "2026-08-31")
        self.assertEqual([charge.amount for charge in self.get_charges(self.account)], [50, 51.61])

    def test_change_that_lowers_the_quantity_tells_the_credit(self):
        text = self.get_text(self.open_change("2026-08-16", 0).effect)
        self.assertIn("Aug 16 – 31, 2026", text)
        self.assertIn("The next bill corrects them, before tax:", text)
        self.assertIn("-25.81", text)

    def test_change_after_what_is_billed_corrects_nothing(self):
        self.assertIn(
            "Nothing from 09/01/2026 on has been billed", self.get_text(self.open_change("2026-09-01", 2).effect)
        )

    def test_looking_at_a_change_writes_nothing(self):
        self.open_change("2026-08-16", 3)
        line = self.subscription.line_ids
        self.assertFalse(line.quantity_ids)
        self.assertFalse(line.recheck_from)

    def test_change_refuses_a_negative_quantity(self):
        with self.assertRaisesRegex(UserError, "cannot be negative"):
            self.open_change("2026-08-16", -1).save().action_apply()

    def test_change_refuses_a_day_outside_the_subscription(self):
        form = self.open_change("2026-07-31", 2)
        self.assertIn("outside the subscription", self.get_text(form.effect))
        with self.assertRaisesRegex(UserError, "outside the subscription"):
            form.save().action_apply()

    def test_change_of_a_subscription_that_does_not_run_is_refused(self):
        draft = self.subscribe(self.account, self.subscription.plan_id, "2026-09-01", activate=False)
        form = self.open_wizard(draft.line_ids.action_change_quantity())
        form.quantity = 2
        with self.assertRaisesRegex(UserError, "is not running"):
            form.save().action_apply()

    # -- void ---------------------------------------------------------------------------------------------------------

    def make_pending(self):
        self.make_code("REPAIR", price=80, kind="one_time")
        self.env["billing.charge"].record([{"account": self.account.name, "code": "REPAIR", "key": "r-1"}])
        return self.account.charge_ids.filtered(lambda charge: charge.state == "pending")

    def test_void_charge_keeps_its_reason_and_is_never_billed(self):
        charge = self.make_pending()
        form = self.open_wizard(charge.action_void())
        form.reason = " Recorded twice "
        form.save().action_void()
        self.assertEqual((charge.state, charge.void_reason), ("void", "Recorded twice"))
        self.bill(self.account, "2026-09-01")
        self.assertEqual(charge.state, "void")
        self.assertInvoices(self.account, [("2026-08-01", "50.00"), ("2026-09-01", "50.00")])

    def test_voiding_the_last_pending_charge_leaves_nothing_due(self):
        account = self.make_account("Grace Hopper")
        self.make_code("REPAIR", price=80, kind="one_time")
        self.env["billing.charge"].record([{"account": account.name, "code": "REPAIR", "key": "r-1"}])
        self.assertTrue(account.next_billing_date)
        form = self.open_wizard(account.charge_ids.action_void())
        form.reason = "Recorded by mistake"
        form.save().action_void()
        self.assertFalse(account.next_billing_date)

    def test_void_needs_a_reason(self):
        form = self.open_wizard(self.make_pending().action_void())
        with self.assertRaises(AssertionError):
            form.save()
        form.reason = "   "
        with self.assertRaisesRegex(UserError, "with a reason"):
            form.save().action_void()

    def test_invoiced_charge_cannot_be_voided(self):
        charge = self.account.charge_ids
        form = self.open_wizard(charge.action_void())
        form.reason = "Changed my mind"
        with self.assertRaisesRegex(UserError, "credit note"):
            form.save().action_void()
        self.assertEqual(charge.state, "invoiced")

    # -- preview ------------------------------------------------------------------------------------------------------

    def make_run(self):
        return self.env["billing.run"].create({"target_date": "2026-10-01", "account_ids": self.account.ids})

    def test_preview_shows_what_the_run_will_bill_and_writes_nothing(self):
        run = self.make_run()
        charges, moves = self.env["billing.charge"].search_count([]), self.env["account.move"].search_count([])
        form = self.open_wizard(run.action_preview())
        self.assertEqual((form.answer["accounts"], form.answer["invoices"]), (1, 2))
        self.assertEqual(form.answer["totals"], {self.account.currency_id.name: 100.0})
        self.assertIn("100.00", self.get_text(form.content))
        self.assertEqual(
            (charges, moves), (self.env["billing.charge"].search_count([]), self.env["account.move"].search_count([]))
        )
        self.assertEqual(run.state, "draft")

    def test_preview_names_accounts_that_cannot_be_billed(self):
        huge = self.make_plan((self.make_code("HUGE", price=1_000_000), {"quantity": 1_000_000_000}), name="Huge")
        other = self.make_account("Charles Babbage")
        self.subscribe(other, huge, "2026-09-01")
        run = self.make_run()
        run.account_ids |= other
        form = self.open_wizard(run.action_preview())
        self.assertEqual((form.answer["parked"], form.answer["invoices"]), (1, 2))
        self.assertIn(other.name, self.get_text(form.content))
        self.assertIn("larger than an invoice can hold", self.get_text(form.content))

    def test_preview_says_that_a_currency_is_switched_off(self):
        francs = self.env.ref("base.CHF")
        francs.active = True
        self.make_price(self.net, 70, currency=francs)
        other = self.make_account("Ada Byron", currency_id=francs.id)
        self.subscribe(other, self.subscription.plan_id, "2026-09-01")
        francs.active = False
        run = self.make_run()
        run.account_ids = other
        form = self.open_wizard(run.action_preview())
        self.assertEqual((form.answer["parked"], form.answer["totals"]), (1, {}))
        self.assertIn("CHF is switched off", self.get_text(form.content))

    def test_preview_of_nothing_says_so(self):
        run = self.env["billing.run"].create({"target_date": "2026-08-11", "account_ids": self.account.ids})
        self.assertIn("Nothing is due", self.get_text(self.open_wizard(run.action_preview()).content))

    def test_case_D5_the_preview_says_how_many_invoices_bear_a_date_to_come(self):
        form = self.open_wizard(self.make_run().action_preview())  # September and October, today being in August
        self.assertEqual((form.answer["dated_ahead"], form.answer["latest_day"]), (2, "2026-10-01"))
        self.assertIn("2 invoices will bear a date to come, the latest 10/01/2026", self.get_text(form.content))
        with freeze_time("2026-09-10"):
            form = self.open_wizard(self.make_run().action_preview())
            self.assertIn("1 invoice will bear a date to come, 10/01/2026", self.get_text(form.content))
        with freeze_time("2026-10-01"):
            form = self.open_wizard(self.make_run().action_preview())
            self.assertEqual(form.answer["dated_ahead"], 0)
            self.assertNotIn("to come", self.get_text(form.content))

    def test_case_D5_a_date_is_to_come_by_the_calendar_of_the_account(self):
        eastern = self.make_account("Grace Hopper", timezone="Pacific/Auckland")
        self.subscribe(eastern, self.subscription.plan_id, "2026-09-01")
        run = self.env["billing.run"].create({"target_date": "2026-09-01"})
        run.account_ids = self.account | eastern
        with freeze_time("2026-08-31 20:00:00"):  # the first of September has come to New Zealand alone
            self.assertEqual(self.open_wizard(run.action_preview()).answer["dated_ahead"], 1)

    def test_case_D5_a_run_up_to_a_day_to_come_is_started_from_its_preview(self):
        arch = self.env["billing.run"].with_user(self.manager).get_views([(False, "form")])["views"]["form"]["arch"]
        [start] = html.fromstring(arch).xpath("//button[@name='action_start']")
        self.assertIn("target_date > current_date", start.get("invisible"))

    def test_case_D7_the_preview_names_who_is_mailed_without_an_address_and_where_it_is_entered(self):
        form = self.open_wizard(self.make_run().action_preview())
        self.assertEqual(form.answer["no_address_count"], 0)
        self.assertNotIn("e-mail address", self.get_text(form.content))
        self.account.partner_id.email = False
        form = self.open_wizard(self.make_run().action_preview())
        self.assertEqual(form.answer["no_address_count"], 1)
        self.assertIn(f"{self.account.name} {self.account.partner_id.name}", self.get_text(form.content))
        self.assertIn("no e-mail address", self.get_text(form.content))
        self.assertIn(f'href="/odoo/billing-accounts/{self.account.id}"', str(form.content))

    def test_case_D7_contacts_other_channels_and_accounts_without_an_invoice_are_not_named(self):
        self.account.partner_id.email = False
        contact = self.env["res.partner"].create({"name": "Bills", "email": "bills@example.com"})
        for vals in (
            {"invoice_contact_ids": contact.ids},
            {"delivery_channel": "letter", "invoice_contact_ids": False},
        ):
            self.account.write(vals)
            self.assertEqual(self.open_wizard(self.make_run().action_preview()).answer["no_address_count"], 0)
        self.account.delivery_channel = "email"
        run = self.env["billing.run"].create({"target_date": "2026-08-11", "account_ids": self.account.ids})
        self.assertEqual(self.open_wizard(run.action_preview()).answer["no_address_count"], 0, "nothing is due")

    def test_manager_starts_the_run_from_the_preview(self):
        run = self.make_run()
        self.open_wizard(run.action_preview(), self.manager).save().action_start()
        self.assertEqual((run.state, run.account_total), ("running", 1))

    def test_clerk_may_preview_but_not_start(self):
        wizard = self.open_wizard(self.make_run().action_preview()).save()
        with self.assertRaises(AccessError):
            wizard.action_start()
