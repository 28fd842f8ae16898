"""The first page: each figure is the list that it opens, and each sum is what stands on its list."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.shared.guarded import BY_EVENT
from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestHome(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["billing.account"].search([]).parked_reason = False
        cls.today = fields.Date.context_today(cls.env["res.company"].with_user(cls.manager))
        cls.account = cls.make_account("Ada Lovelace")
        cls.currency = cls.company.currency_id

    def get_home(self, user=None):
        return self.env["res.company"].with_user(user or self.manager).get_billing_home()

    def get_waiting(self, user=None):
        return {figure["name"]: figure["count"] for figure in self.get_home(user)["waiting"]}

    def get_sums(self, currency=None):
        rows = self.env["res.company"].with_user(self.clerk).get_billing_home_money()
        wanted = (self.company.id, (currency or self.currency).id)
        return next((row for row in rows if (row["company_id"], row["currency_id"]) == wanted), {})

    def open_list(self, name, user=None):
        """Return the records on the list that a figure opens, as the web client would find them."""
        action = self.env["res.company"].with_user(user or self.manager).open_billing_home_list(name)
        return self.env[action["res_model"]].with_user(user or self.manager).search(action["domain"])

    def open_sum(self, name, currency=None):
        home = self.env["res.company"].with_user(self.clerk)
        action = home.open_billing_home_sum(name, self.company.id, (currency or self.currency).id)
        return self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])

    def make_invoice(self, price, day, due=None, post=True, move_type="out_invoice", **vals):
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": self.account.partner_id.id,
                "billing_account_id": self.account.id,
                "invoice_date": day,
                "invoice_payment_term_id": False,
                "invoice_date_due": due or day,
                "invoice_line_ids": [
                    Command.create({"name": "Service", "price_unit": price, "tax_ids": [Command.clear()]})
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def make_everything_wait(self):
        """Let something stand on each list of what waits for a person."""
        env, account, today = self.env, self.account, self.today
        account.parked_reason = "No price"
        self.set_state(env["billing.run"].create({"target_date": today, "company_id": self.company.id}), "stopped")
        self.make_invoice(10, today, post=False)
        self.make_invoice(20, today).billing_delivery_state = "failed"
        self.make_invoice(30, today).billing_delivery_state = "letter"
        disputed = self.make_invoice(40, today)
        disputed.payment_state = "blocked"
        env["billing.outbox"].queue(
            [{"key": "home", "account_id": account.id, "currency_id": self.currency.id, "channel": "letter"}]
        ).billing_delivery_state = "failed"
        self.pay(self.make_invoice(50, today)).billing_delivery_state = "failed"
        promise = env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 5, "date_made": today, "date": today}
        )
        self.set_state(promise, "broken", date_ended=today)
        case = (
            env["billing.collection.case"]
            .sudo()
            .create(
                {
                    "account_id": account.id,
                    "company_id": self.company.id,
                    "currency_id": self.currency.id,
                    "partner_id": account.partner_id.id,
                    "wants_write_off": True,
                    "failure": "No text",
                }
            )
        )
        case.activity_schedule("mail.mail_activity_data_todo", date_deadline=today, user_id=self.clerk.id)
        return case

    def set_state(self, record, state, **vals):
        record.sudo().with_context(billing_by=BY_EVENT).write({"state": state, **vals})

    def pay(self, moves, **vals):
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=moves.ids)
        return register.create(vals)._create_payments()

    def test_d15_an_empty_company_has_nothing_to_do_and_nothing_to_come(self):
        company = self.env["res.company"].create({"name": "Quite New"})
        self.manager.company_ids += company
        home = self.env["res.company"].with_user(self.manager).with_context(allowed_company_ids=company.ids)
        page = home.get_billing_home()
        self.assertEqual((page["waiting"], page["coming"]), ([], []))
        self.assertTrue(page["steps"])
        self.assertEqual(home.get_billing_home_money(), [])

    def test_d15_a_list_that_is_empty_says_so_of_its_figure(self):
        home = self.env["res.company"].with_user(self.manager)
        for action, label in (
            (home.open_billing_home_sum("paid"), "Paid This Month"),
            (home.open_billing_home_list("step.1"), "Steps of the collection"),
        ):
            self.assertIn(f"Nothing counts as “{label}”", action["help"])

    def test_d15_each_figure_is_the_number_of_records_on_the_list_that_it_opens(self):
        self.make_everything_wait()
        waiting = self.get_waiting()
        self.assertEqual(
            set(waiting),
            {
                *("not_billed", "stopped", "drafts", "not_sent", "letters", "receipts", "messages", "promises"),
                *("calls", "disputes", "write_offs", "failures"),
            },
        )
        for name, count in waiting.items():
            with self.subTest(name):
                self.assertEqual(len(self.open_list(name)), count)
        self.assertIn(self.account, self.open_list("not_billed"))

    def test_d15_plans_to_approve_and_broken_ones_are_counted(self):
        values = {"account_id": self.account.id, "company_id": self.company.id, "currency_id": self.currency.id}
        plans = self.env["billing.installment.plan"].sudo().create([{**values, "name": name} for name in "ABC"])
        self.set_state(plans[1], "broken")
        self.assertEqual(self.open_list("approvals"), plans[::2])
        self.assertEqual(self.open_list("plans"), plans[1])
        self.assertEqual((self.get_waiting()["approvals"], self.get_waiting()["plans"]), (2, 1))

    def test_d15_a_clerk_is_not_asked_for_what_managers_decide(self):
        self.make_everything_wait()
        self.assertEqual(set(self.get_waiting()) - set(self.get_waiting(self.clerk)), {"stopped", "write_offs"})
        with self.assertRaisesRegex(UserError, "no such list"):
            self.open_list("write_offs", self.clerk)

    def test_d15_what_other_companies_have_is_not_counted(self):
        self.make_everything_wait()
        company = self.env["res.company"].create({"name": "Another"})
        self.manager.company_ids += company
        home = self.env["res.company"].with_user(self.manager)
        self.assertEqual(home.with_context(allowed_company_ids=company.ids).get_billing_home()["waiting"], [])
        both = home.with_context(allowed_company_ids=[company.id, self.company.id]).get_billing_home()
        self.assertEqual({figure["name"]: figure["count"] for figure in both["waiting"]}, self.get_waiting())

    def test_d15_who_does_not_bill_is_refused(self):
        stranger = self.env.ref("base.user_demo", raise_if_not_found=False) or self.env["res.users"].create(
            {"name": "Stranger", "login": "stranger"}
        )
        for name in ("get_billing_home", "get_billing_home_money", "open_billing_home_list", "open_billing_home_sum"):
            with self.subTest(name), self.assertRaises(AccessError):
                getattr(self.env["res.company"].with_user(stranger), name)()

    def test_d15_a_list_that_is_not_there_is_refused_in_words(self):
        for name in ("", "nothing", "bill", "bill.9", "not_billed.0", "drafts.1"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "no such list"):
                self.open_list(name)
        with self.assertRaisesRegex(UserError, "no such list"):
            self.open_sum("stolen")

    def test_d15_sums_of_this_month_and_last_month_are_those_of_their_lists(self):
        this = self.today.replace(day=1)
        last = (this - timedelta(days=1)).replace(day=1)
        self.make_invoice(100, this)
        self.make_invoice(30, this, move_type="out_refund")
        old = self.make_invoice(70, last, due=last)
        self.make_invoice(999, last - timedelta(days=1), due=self.today + timedelta(days=5))
        self.pay(old, amount=20, payment_date=this)
        sums = self.get_sums()
        expected = {"billed": 70, "billed_last": 70, "paid": 20, "paid_last": 0, "open": 1119}
        for name, amount in expected.items():
            with self.subTest(name):
                self.assertEqual(sums[name], self.currency.format(amount))
                records = self.open_sum(name)
                field = "amount" if name.startswith("paid") else "amount_total_in_currency_signed"
                field = "amount_residual_signed" if name == "open" else field
                self.assertEqual(sum(records.mapped(field)), amount)

    def test_d15_the_charts_grow_from_day_to_day(self):
        self.pay(self.make_invoice(100, fields.Date.to_date("2026-02-02")), amount=20, payment_date="2026-02-02")
        self.pay(self.make_invoice(100, fields.Date.to_date("2026-02-28")), amount=80, payment_date="2026-03-02")
        self.make_invoice(300, fields.Date.to_date("2026-03-02"))
        self.make_invoice(200, fields.Date.to_date("2026-03-03"), move_type="out_refund")
        home = self.env["billing.home.money"].with_user(self.clerk)
        wanted = (self.company.id, self.currency.id)
        [charts] = [
            row["charts"]
            for row in home.get_rows(fields.Date.to_date("2026-03-03"))
            if (row["company_id"], row["currency_id"]) == wanted
        ]
        self.assertEqual(charts["billed"]["last"], [0, 0, *[0.333] * 26, 0.667])
        self.assertEqual(charts["billed"]["this"], [0, 0, 1, 0.333])
        self.assertEqual(charts["paid"]["last"], [0, 0, *[0.25] * 27])
        self.assertEqual(charts["paid"]["this"], [0, 0, 1, 1])

    def test_d15_a_chart_that_falls_below_nothing_begins_at_its_top(self):
        day = fields.Date.to_date("2026-03-02")
        chart = self.env["billing.home.money"]._get_chart({day: -10.0}, day)
        self.assertEqual(chart, {"last": [1] * 29, "this": [1, 1, 0]})

    def test_d15_a_chart_goes_on_to_what_is_dated_later(self):
        today = fields.Date.to_date("2026-03-01")
        chart = self.env["billing.home.money"]._get_chart({today: 1.0, today + timedelta(days=2): 1.0}, today)
        self.assertEqual(chart["this"], [0, 0.5, 0.5, 1])
        self.assertIsNone(self.env["billing.home.money"]._get_chart({today: 0.0}, today))

    def test_d15_overdue_is_what_is_past_its_day_today(self):
        due = [self.today - timedelta(days=1), self.today, self.today + timedelta(days=1)]
        moves = [self.make_invoice(10, due[0] - timedelta(days=1), due=day) for day in due]
        self.assertEqual(self.get_sums()["overdue"], self.currency.format(10))
        self.assertEqual(self.open_sum("overdue"), self.account)
        self.assertEqual(moves[0].billing_account_id, self.account)

    def test_d15_overdue_is_what_the_page_of_the_account_says(self):
        parts = self.env["account.payment.term"].create(
            {
                "name": "Two parts",
                "line_ids": [
                    Command.create(
                        {"value": "percent", "value_amount": 50, "delay_type": "days_after", "nb_days": days}
                    )
                    for days in (5, 60)
                ],
            }
        )
        day = self.today - timedelta(days=10)
        self.make_invoice(100, day, invoice_payment_term_id=parts.id, invoice_date_due=False)
        self.assertEqual(self.get_sums()["overdue"], self.currency.format(50), "its last day has not come yet")
        self.make_invoice(20, self.today, move_type="out_refund")
        self.account.invalidate_recordset()
        self.assertEqual(self.get_sums()["overdue"], self.currency.format(30), "a credit counts")
        self.assertEqual(sum(self.open_sum("overdue").mapped("amount_overdue")), 30)

    def test_d15_each_currency_has_a_row_of_its_own(self):
        foreign = self.env.ref("base.EUR" if self.currency.name != "EUR" else "base.USD")
        foreign.active = True
        self.make_invoice(100, self.today)
        self.make_invoice(7, self.today, currency_id=foreign.id)
        self.assertEqual(self.get_sums()["open"], self.currency.format(100))
        self.assertEqual(self.get_sums(foreign)["open"], foreign.format(7))
        self.assertEqual(self.open_sum("open", foreign).mapped("amount_total"), [7])
        foreign.active = False
        self.assertEqual(self.get_sums(foreign)["open"], foreign.format(7), "what is owed stays in its currency")
        self.assertEqual(self.open_sum("open", foreign).mapped("amount_total"), [7])

    def test_d15_what_is_overdue_in_another_currency_stands_in_its_row(self):
        foreign = self.env.ref("base.EUR" if self.currency.name != "EUR" else "base.USD")
        foreign.active = True
        late = self.today - timedelta(days=5)
        self.make_invoice(100, late)
        self.make_invoice(7, late, currency_id=foreign.id)
        other = self.make_account("Grace Hopper", currency_id=foreign.id)
        self.make_invoice(5, late, currency_id=foreign.id, partner_id=other.partner_id.id, billing_account_id=other.id)
        self.assertEqual(self.get_sums()["overdue"], self.currency.format(100))
        self.assertEqual(self.open_sum("overdue"), self.account)
        self.assertEqual(self.get_sums(foreign)["overdue"], foreign.format(12))
        self.assertEqual(self.open_sum("overdue", foreign), self.account | other)

    def test_d15_what_comes_next_opens_what_it_counts(self):
        plan = self.make_plan(self.make_code("NET", 10))
        accounts = [self.make_account(f"Customer {days}") for days in (-3, 0, 1, 2, 7, 8)]
        for account, days in zip(accounts, (-3, 0, 1, 2, 7, 8), strict=True):
            self.subscribe(account, plan, (self.today + timedelta(days=days)).isoformat())
        self.env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 5, "date_made": self.today, "date": self.today}
        )
        coming = [line["counts"] for line in self.get_home()["coming"]]
        counts = {figure["name"]: figure["count"] for line in coming for figure in line}
        self.assertEqual(self.open_list("bill.0") & self.account.union(*accounts), accounts[0] | accounts[1])
        self.assertEqual(self.open_list("bill.1") & self.account.union(*accounts), accounts[2])
        self.assertEqual(self.open_list("bill.2") & self.account.union(*accounts), accounts[3] | accounts[4])
        self.assertEqual(counts["promise.0"], 1)
        for name, count in counts.items():
            with self.subTest(name):
                self.assertEqual(len(self.open_list(name)), count)
