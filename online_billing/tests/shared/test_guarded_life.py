from functools import partial

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...engine import MACHINES
from ...models.shared.guarded import LifeRefused
from . import life_common


@tagged("post_install", "-at_install")
class TestGuardedLife(life_common.LifeCase):
    def test_case_F3_services_take_no_values_from_the_context(self):
        values = {"account_id": self.account.id, "amount": 5, "date": "2031-01-01"}
        sneaking = self.env["billing.payment.promise"].with_context(default_state="kept", default_user_id=self.clerk.id)
        promise = sneaking.sudo().create(values)
        self.assertEqual((promise.state, promise.user_id), ("open", self.env.user))

    def test_case_F3_import_is_guarded_as_well(self):
        result = (
            self.env["billing.account"]
            .with_user(self.clerk)
            .load(
                ["partner_id/.id", "state", "next_billing_date"],
                [[str(self.account.partner_id.id), "active", "2026-08-01"]],
            )
        )
        self.assertFalse(result["ids"])
        self.assertIn("cannot be given", result["messages"][0]["message"])

    def test_case_F3_states_move_along_their_table_even_for_services(self):
        """Every model whose states are a table of the engine: no written value moves it, nor is it made further on."""
        tables = {frozenset(machine.states): name for name, machine in MACHINES.items()}
        moved = set()
        for name, sample in self.samples.items():
            if not sample._has_states() or frozenset(sample._get_life_states()) not in tables:
                continue
            moved.add(tables[frozenset(sample._get_life_states())])
            record = sample.sudo()
            other = self.get_value(record._fields["state"], record.state)
            for act in (
                partial(record.write, {"state": other}),
                partial(record.with_context(billing_by="BY_EVENT").write, {"state": other}),
                partial(record.create, {"state": other}),
            ):
                with self.assertRaises(LifeRefused, msg=name), self.cr.savepoint():
                    act()
            self.env.invalidate_all(flush=False)
        self.assertEqual(moved, set(MACHINES))

    def test_case_F3_a_record_that_moved_by_its_events_is_not_moved_back_by_a_value(self):
        run = self.bill(self.account, "2026-08-31").sudo()
        charge = self.account.charge_ids.filtered("invoice_id")[:1].sudo()
        fee = self.samples["billing.late.fee"].sudo()
        self.env["billing.life"].apply_event("late_fee", fee, "drop")
        for record, state in ((run, "draft"), (charge, "pending"), (fee, "announced")):
            with self.assertRaises(LifeRefused):
                record.write({"state": state})

    def test_case_F3_a_run_that_is_done_stays(self):
        run = self.bill(self.account, "2026-08-31").with_user(self.manager)
        for act in (
            lambda: run.write({"state": "draft"}),
            lambda: run.outcome_ids.write({"amount": 1}),
            lambda: run.outcome_ids.create({"run_id": run.id}),
            run.unlink,
        ):
            with self.assertRaises(UserError):
                act()
        run.note = "for staff"

    def test_case_F3_a_line_is_not_made_with_what_the_billing_keeps(self):
        subscription = self.samples["billing.subscription"].with_user(self.clerk)
        for vals in (
            {"billed_until": "2026-09-01"},
            {"price_id": self.code.price_ids.id},
            {"next_due_date": "2026-09-01"},
        ):
            with self.assertRaises(LifeRefused):
                subscription.write({"line_ids": [Command.create({"code_id": self.code.id, **vals})]})

    def test_case_A2_an_end_date_is_set_by_the_dialogue_alone_once_a_subscription_runs(self):
        subscription = self.samples["billing.subscription"].with_user(self.clerk)
        with self.assertRaisesRegex(AccessError, "Use “End”"):
            subscription.end_date = "2026-08-15"
        result = subscription.load([".id", "end_date"], [[str(subscription.id), "2026-08-15"]])
        self.assertFalse(result["ids"])
        self.bill(self.account, "2026-08-01")
        self.env["billing.subscription.lifecycle"].with_user(self.clerk).set_end(subscription, self.day("2026-08-15"))
        self.assertEqual(
            (subscription.end_date, subscription.line_ids.recheck_from),
            (self.day("2026-08-15"), self.day("2026-08-01")),
        )

    def test_case_A2_an_end_date_of_a_draft_is_kept_when_it_begins(self):
        subscription = self.subscribe(
            self.account, self.make_plan(self.code, name="Short"), "2026-08-01", activate=False
        )
        subscription.with_user(self.clerk).end_date = "2026-08-15"
        subscription.with_user(self.clerk).action_activate()
        self.assertEqual(subscription.end_date, self.day("2026-08-15"))

    def test_case_A2_a_quantity_is_changed_by_the_dialogue_alone(self):
        line = self.samples["billing.subscription.line"].with_user(self.clerk)
        quantities = self.env["billing.subscription.quantity"].with_user(self.clerk)
        vals = {"line_id": line.id, "date_from": "2026-08-10", "quantity": 3}
        for act in (
            lambda: quantities.create(vals),
            lambda: line.write({"quantity_ids": [Command.create({"date_from": "2026-08-10", "quantity": 3})]}),
            lambda: line.quantity_ids.write({"quantity": 9}),
            line.with_user(self.manager).quantity_ids.unlink,
        ):
            with self.assertRaisesRegex(AccessError, "Change Quantity"):
                act()
        self.bill(self.account, "2026-08-01")
        with self.assertRaises(LifeRefused):
            line.quantity = 7
        self.env["billing.subscription.lifecycle"].with_user(self.clerk).change_quantity(
            line, self.day("2026-08-10"), 3
        )
        self.assertEqual(line.recheck_from, self.day("2026-08-01"))

    def test_case_F2_a_plan_keeps_what_was_requested_until_it_is_approved(self):
        plan = self.samples["billing.installment.plan"]
        for user in (self.clerk, self.manager):
            for name, value in (
                ("fee", 0.5),
                ("missed_limit", 99),
                ("on_break", "decide"),
                ("rule_id", 1),
                ("terms", {"a": 1}),
            ):
                with self.assertRaises(LifeRefused, msg=name):
                    plan.with_user(user).write({name: value})
        plan.with_user(self.clerk).note = "asked by telephone"

    def test_an_unchanged_value_and_a_copy_are_no_offence(self):
        subscription = self.samples["billing.subscription"].with_user(self.clerk)
        subscription.write({"plan_id": subscription.plan_id.id, "start_date": "2026-08-01", "state": "active"})
        twin = subscription.copy()
        self.assertEqual((twin.state, twin.plan_id), ("draft", subscription.plan_id))

    def test_case_F3_a_code_that_is_used_stays_of_its_kind_even_for_services(self):
        for code in (self.code.with_user(self.manager), self.code.sudo()):
            with self.assertRaisesRegex(LifeRefused, "make another code"):
                code.kind = "credit"
            code.write({"name": "Renamed", "code": "NET-2", "unit_cost": 3})
        unused = self.make_code("NEW").with_user(self.manager)
        unused.kind = "one_time"
        self.make_plan(unused, name="With it")
        with self.assertRaisesRegex(UserError, "not billed by the period"):
            unused.kind = "usage"

    def test_case_F3_the_period_of_a_plan_stays_once_somebody_subscribed_even_to_a_draft(self):
        plan = self.make_plan(self.code, name="New").with_user(self.manager)
        plan.interval_unit = "year"
        self.subscribe(self.account, plan.sudo(), "2026-08-01", activate=False)
        for values in ({"interval_unit": "month"}, {"interval_count": 3}):
            for record in (plan, plan.sudo()):
                with self.assertRaisesRegex(LifeRefused, "duplicate the plan"):
                    record.write(values)
        plan.write({"name": "Renamed", "trial_days": 5, "interval_unit": "year"})
        twin = plan.copy()
        twin.interval_unit = "month"
        self.assertEqual((twin.interval_unit, len(twin.line_ids)), ("month", 1))

    def test_case_F3_codes_and_plans_are_imported_with_all_that_may_be_given(self):
        result = (
            self.env["billing.plan"]
            .with_user(self.manager)
            .load(["name", "interval_count", "interval_unit"], [["Imported", "3", "month"]])
        )
        self.assertTrue(result["ids"], result["messages"])
        result = (
            self.env["billing.code"]
            .with_user(self.manager)
            .load(["code", "name", "kind"], [["IMP", "Imported", "fee"]])
        )
        self.assertTrue(result["ids"], result["messages"])
