"""The rule book, who approves, and the dialogue that shows a plan before it is agreed."""

from datetime import date
from decimal import Decimal

from lxml import html
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import freeze_time, tagged

from .installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentRules(InstallmentCase):
    def request(self, moves, user=None, rule=None, requested_by="staff", **terms):
        service = self.env["billing.installment.request"].with_user(user or self.clerk)
        return service.request(moves, self.terms(**terms), rule=rule, requested_by=requested_by, day=date(2026, 6, 1))

    def assertProblem(self, text, moves, rule, **values):
        with self.assertRaisesRegex(UserError, text):
            self.request(moves, rule=rule, **values)

    def test_a_rule_says_who_may_have_which_plan(self):
        move = self.make_invoice(900)
        tag = self.env["res.partner.category"].create({"name": "Gold"})
        check = self.assertProblem
        check("open amounts from", move, self.make_rule(amount_min=1000))
        check("open amounts from", move, self.make_rule(amount_max=500))
        check("Days of age at most: 10", move, self.make_rule(age_max_days=10))
        check("one of the tags Gold", move, self.make_rule(category_ids=[Command.set(tag.ids)]))
        check("better credit score", move, self.make_rule(score_min=50))
        check("smaller than", move, self.make_rule(part_min=400))
        check("at most: 2", move, self.make_rule(month_max=2), count=4)
        check("deposit of at least 20 %", move, self.make_rule(deposit_percent=20))
        check("lies in the past", move, self.make_rule(), first_date=date(2026, 5, 1))
        check("customers' own requests", move, self.make_rule(), requested_by="customer")
        self.account.partner_id.category_id = tag
        self.account.credit_score = 60
        rule = self.make_rule(
            amount_min=900,
            amount_max=900,
            age_max_days=31,
            category_ids=[Command.set(tag.ids)],
            score_min=60,
            part_min=240,
            month_max=2,
            deposit_percent=20,
        )
        plan = self.request(move, rule=rule, deposit=Decimal(180), deposit_date=date(2026, 6, 1))
        self.assertEqual((plan.state, plan.rule_id), ("active", rule))

    def test_other_plans_of_the_customer_count(self):
        running, rule = self.plan(self.make_invoice(100)), self.make_rule(plan_limit=1)
        move = self.make_invoice(300)
        self.assertProblem("more plans at a time", move, rule)
        running.action_cancel()
        self.assertEqual(self.request(move, rule=rule).state, "active")
        broken = self.plan(self.make_invoice(100), grace_days=0, missed_limit=1)
        self.review(broken, "2026-07-02")
        self.assertProblem("has broken: 1", self.make_invoice(300), self.make_rule(broken_plan_limit=1))

    def test_case_D10_a_limit_of_zero_is_no_limit_everywhere(self):
        broken = self.plan(self.make_invoice(100), grace_days=0, missed_limit=1)
        self.review(broken, "2026-07-02")
        self.plan(self.make_invoice(100))
        limits = ("amount_max", "age_max_days", "plan_limit", "broken_plan_limit", "part_min", "month_max")
        rule = self.make_rule(**dict.fromkeys(limits, 0))
        self.assertEqual(self.request(self.make_invoice(300), rule=rule).state, "active")

    def test_amounts_of_a_rule_are_converted(self):
        euro = self.env.ref("base.EUR") if self.company.currency_id.name != "EUR" else self.env.ref("base.GBP")
        euro.active = True
        self.env["res.currency.rate"].create({"currency_id": euro.id, "name": "2026-01-01", "rate": 0.5})
        move = self.make_invoice(300, currency_id=euro.id)
        self.assertProblem("open amounts from", move, self.make_rule(amount_max=599))
        self.assertEqual(self.request(move, rule=self.make_rule(amount_max=600)).state, "active")

    def test_the_first_rule_that_fits_is_taken(self):
        self.env["billing.installment.rule"].search([]).action_archive()
        small, large = self.make_rule("Small", amount_max=500), self.make_rule("Large", amount_min=500)
        find = self.env["billing.installment.rules"].find
        for amount, rule in ((300, small), (900, large)):
            move = self.make_invoice(amount)
            self.assertEqual(find(self.account, move, Decimal(amount), date(2026, 6, 1)), rule)

    def test_above_the_limit_a_manager_approves(self):
        move = self.make_invoice(900)
        plan = self.request(move, rule=self.make_rule(approval_limit=899.99))
        self.assertEqual(plan.state, "requested")
        self.assertEqual(self.get_terms(move), [("2026-05-01", "900.00", "900.00")])
        with self.assertRaises(AccessError):
            plan.with_user(self.clerk).action_approve()
        plan.with_user(self.manager).action_approve()
        self.assertEqual((plan.state, plan.approved_by_id), ("active", self.manager))

    def test_a_rule_may_name_who_approves(self):
        rule = self.make_rule(approval_limit=0, approver_id=self.manager.id)
        plan = self.request(self.make_invoice(900), rule=rule)
        self.assertEqual(plan.activity_ids.user_id, self.manager)
        admin = self.env.ref("base.user_admin")
        with self.assertRaisesRegex(AccessError, "boss"):
            plan.with_user(admin).action_approve()
        plan.with_user(self.manager).action_approve()
        self.assertEqual(plan.state, "active")
        self.assertFalse(plan.activity_ids, "it is decided")

    def test_a_refused_request_leaves_the_invoice_alone(self):
        move = self.make_invoice(900)
        plan = self.request(move, rule=self.make_rule(approval_limit=0))
        plan.with_user(self.manager).action_refuse()
        self.assertEqual(plan.state, "cancelled")
        self.assertEqual(self.get_terms(move), [("2026-05-01", "900.00", "900.00")])
        self.assertEqual(self.request(move, rule=self.make_rule()).state, "active")

    def test_without_a_rule_only_a_manager_agrees_and_it_is_noted(self):
        self.env["billing.installment.rule"].search([]).action_archive()
        move = self.make_invoice(900)
        self.assertProblem("No rule of the rule book", move, None)
        plan = self.request(move, user=self.manager)
        self.assertEqual(plan.state, "active")
        self.assertIn("Exception from the rule book", " ".join(plan.message_ids.mapped("body")))

    def test_a_customer_is_never_above_the_rule_book(self):
        rule = self.make_rule(self_service=True, amount_max=500, approval_limit=400)
        for user in (self.manager, self.clerk):
            self.assertProblem("open amounts", self.make_invoice(900), rule, user=user, requested_by="customer")
        plan = self.request(self.make_invoice(450), user=self.manager, rule=rule, requested_by="customer")
        self.assertEqual((plan.state, plan.requested_by), ("requested", "customer"))
        self.assertEqual(self.request(self.make_invoice(300), rule=rule, requested_by="customer").state, "active")

    def test_a_rule_that_contradicts_itself_is_refused(self):
        with self.assertRaises(ValidationError):
            self.make_rule(amount_min=10, amount_max=5)
        with self.assertRaises(ValidationError):
            self.make_rule(interest_rate=5)

    # -- the dialogue -------------------------------------------------------------------------------------------------

    def open_dialogue(self, moves, user=None, **vals):
        dialogue = self.env["billing.installment.wizard"].with_user(user or self.clerk)
        return dialogue.create({"move_ids": [Command.set(moves.ids)], "first_date": "2026-07-01", **vals})

    def test_the_dialogue_shows_every_installment_and_writes_nothing(self):
        rule = self.make_rule(sequence=1)
        move = self.make_invoice(1000)
        plans = self.env["billing.installment.plan"].search_count([])
        wizard = self.open_dialogue(move)
        self.assertEqual((wizard.rule_id, wizard.total, wizard.is_possible), (rule, 1000.0, True))
        for text in ("333.33", "333.34", "07/01/2026", "09/01/2026", "Total"):
            self.assertIn(text, wizard.preview)
        wizard.count = 4
        self.assertIn("250.00", wizard.preview)
        self.assertEqual(self.env["billing.installment.plan"].search_count([]), plans)
        self.assertEqual(self.get_terms(move), [("2026-05-01", "1000.00", "1000.00")])

    def test_the_dialogue_agrees_on_a_plan(self):
        self.make_rule(sequence=1, grace_days=7, missed_limit=4)
        move = self.make_invoice(1000)
        wizard = self.open_dialogue(
            move,
            method="parts",
            line_ids=[
                Command.create({"kind": "percent", "value": 30}),
                Command.create({"kind": "amount", "value": 200, "date": "2026-07-20"}),
                Command.create({"kind": "rest"}),
            ],
        )
        plan = self.env["billing.installment.plan"].browse(wizard.action_confirm()["res_id"])
        self.assertEqual((plan.state, plan.grace_days, plan.missed_limit), ("active", 7, 4))
        self.assertEqual(
            [row[:2] for row in self.get_rows(plan)],
            [("2026-07-01", "300.00"), ("2026-07-20", "200.00"), ("2026-09-01", "500.00")],
        )

    def test_case_D10_a_request_says_that_it_is_one_and_why_and_who_approves(self):
        rule = self.make_rule(sequence=1, approval_limit=500, approver_id=self.manager.id)
        wizard = self.open_dialogue(self.make_invoice(1000))
        self.assertEqual((wizard.is_possible, wizard.is_request), (True, True))
        for text in ("This is a request", rule.name, "500.00", self.manager.name):
            self.assertIn(text, wizard.preview)
        self.assertFalse(self.open_dialogue(self.make_invoice(400)).is_request)
        self.assertFalse(self.open_dialogue(self.make_invoice(1000), user=self.manager).is_request)
        rule.approval_limit = 0
        self.assertIn("Every plan by rule", self.open_dialogue(self.make_invoice(400)).preview)

    def test_case_D10_an_approver_sees_who_asks_why_and_how_the_customer_has_paid(self):
        code = self.make_code("INT")
        kept = self.plan(self.make_invoice(100), count=2)
        self.pay(kept.move_ids, 100)
        self.review(kept, "2026-06-02")
        broken = self.plan(self.make_invoice(80), count=2, missed_limit=1, on_break="due")
        self.review(broken, "2026-08-10")
        self.assertEqual((kept.state, broken.state), ("settled", "broken"))
        rule = self.make_rule(sequence=1, approval_limit=500, name="Small ones")
        terms = {"method": "annuity", "annual_percent": Decimal(12), "interest_code_id": code.id}
        plan = self.request(self.make_invoice(900), rule=rule, **terms)
        self.assertEqual((plan.state, plan.asked_by), ("requested", self.clerk.name))
        shown = " ".join(html.fromstring(plan.with_user(self.manager).decision).text_content().split())
        for text in (
            f"Asked for by {self.clerk.name}",
            "900.00 is more than $ 500.00, up to which plans by the rule “Small ones” start without approval",
            "12.00 % a year, $ 18.06 in all",
            "Open on the account today $ 980.00",
            "Of this, overdue $ 900.00",
            "paid in full, on other days than agreed",
            "broken by missed installments; $ 80.00 of it is still open",
        ):
            self.assertIn(text, shown.replace("\N{NO-BREAK SPACE}", " "))
        rule.approval_limit = 0
        self.assertIn("more than", plan.approval_reason, "as it was when somebody asked")
        plan.with_user(self.manager).action_approve()
        self.assertFalse(plan.decision)

    def test_case_D10_a_request_of_the_customer_without_interest(self):
        rule = self.make_rule(self_service=True, approval_limit=0, name="All")
        plan = self.request(self.make_invoice(450), rule=rule, requested_by="customer")
        shown = " ".join(html.fromstring(plan.decision).text_content().split())
        for text in (
            "the customer, in the portal",
            "Every plan by the rule “All” is approved by somebody",
            "Interest none",
            "There has been none yet.",
        ):
            self.assertIn(text, shown)

    def test_the_dialogue_says_why_a_plan_is_not_possible(self):
        self.make_rule(sequence=1)
        paid = self.make_invoice(100)
        self.pay(paid, 100)
        wizard = self.open_dialogue(paid)
        self.assertFalse(wizard.is_possible)
        self.assertIn("Nothing is open", wizard.preview)
        self.env["billing.installment.rule"].search([]).action_archive()
        move = self.make_invoice(900)
        self.assertFalse(self.open_dialogue(move).is_possible)
        self.assertTrue(self.open_dialogue(move, user=self.manager).is_possible)

    def test_the_dialogue_takes_interest_fee_and_deposit_from_the_rule(self):
        interest, fee = self.make_code("INT"), self.make_code("FEE")
        self.make_rule(
            sequence=1,
            interest_rate=12,
            interest_code_id=interest.id,
            fee_amount=5,
            fee_code_id=fee.id,
            deposit_percent=10,
        )
        wizard = self.open_dialogue(self.make_invoice(1000), method="annuity")
        self.assertEqual((wizard.interest_rate, wizard.fee, wizard.deposit), (12.0, 5.0, 100.0))
        self.assertIn("9.00", wizard.preview)
        plan = self.env["billing.installment.plan"].browse(wizard.action_confirm()["res_id"])
        self.assertEqual([row.kind for row in plan.installment_ids], ["deposit", "regular", "regular", "regular"])

    def test_the_dialogue_is_reached_from_invoice_account_and_customer(self):
        first, second = self.make_invoice(100), self.make_invoice(200)
        self.plan(first)
        for action in (
            (first | second).with_user(self.clerk).action_plan_installments(),
            self.account.with_user(self.clerk).action_plan_installments(),
            self.account.partner_id.with_user(self.clerk).action_plan_installments(),
        ):
            self.assertEqual(action["res_model"], "billing.installment.wizard")
            self.assertIn(second.id, action["context"]["default_move_ids"])
        self.assertNotIn(first.id, self.account.action_plan_installments()["context"]["default_move_ids"])

    def test_case_E2_what_may_be_planned_is_what_is_open_on_the_account(self):
        own, by_hand = self.make_invoice(100), self.make_invoice(200, billing_account_id=False)
        blocked, paid = self.make_invoice(300), self.make_invoice(400)
        blocked.action_toggle_block_payment()
        self.pay(paid, 400)
        self.make_invoice(50, move_type="out_refund")
        for record in (self.account, self.account.partner_id):
            action = record.with_user(self.clerk).action_plan_installments()
            self.assertEqual(sorted(action["context"]["default_move_ids"]), (own | by_hand).ids)

    def test_case_E2_what_is_on_none_of_several_accounts_is_planned_from_the_customer(self):
        other = self.env["billing.account"].create({"partner_id": self.account.partner_id.id})
        by_hand = self.make_invoice(200, billing_account_id=False)
        for record, expected in ((self.account, []), (other, []), (self.account.partner_id, by_hand.ids)):
            action = record.with_user(self.clerk).action_plan_installments()
            self.assertEqual(action["context"]["default_move_ids"], expected)

    def test_case_E2_a_requested_plan_takes_its_invoices_wherever_the_dialogue_is_opened(self):
        self.make_rule(approval_limit=100)
        planned, free = self.make_invoice(900, billing_account_id=False), self.make_invoice(80)
        plan = self.env["billing.installment.request"].with_user(self.clerk).request(planned, self.terms())
        self.assertEqual(plan.state, "requested")
        for record in (self.account, self.account.partner_id):
            self.assertEqual(record.action_plan_installments()["context"]["default_move_ids"], free.ids)
