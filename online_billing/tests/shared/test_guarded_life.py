import logging
from functools import partial
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...engine import MACHINES
from ...models.shared.guarded import ANY, LifeRefused
from ..common import BillingCase

_logger = logging.getLogger(__name__)

# models whose rows people may change at any time, as their rights allow: configuration without states
FREE = {
    "billing.category",
    "billing.code.resource",
    "billing.collection.policy",
    "billing.collection.step",
    "billing.collection.threshold",
    "billing.document.design",
    "billing.document.fact",
    "billing.installment.rule",
    "billing.late.fee.band",
    "billing.plan.line",
    "billing.quiet.day",
    "billing.reference.index",
    "billing.reference.rate",
    "billing.resource",
}


class Undone(Exception):
    """What was tried is taken back."""


@tagged("post_install", "-at_install")
class TestGuardedLife(BillingCase):
    """Every stored field of every model with a life, in every state, as clerk and as manager, against its table."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.code = cls.make_code("NET", price=50)
        cls.samples = {record._name: record for record in cls.make_samples()}

    @classmethod
    def make_samples(cls):
        """Yield a record of each model with a life; that they make sense together is not needed here."""
        company, currency, day = cls.company.id, cls.company.currency_id.id, "2026-08-01"
        on_account = {"account_id": cls.account.id, "company_id": company, "currency_id": currency}

        def make(model, **vals):
            return cls.env[model].create(vals)

        subscription = cls.subscribe(cls.account, cls.make_plan(cls.code), day)
        yield from (cls.account, cls.code, subscription, subscription.plan_id, subscription.line_ids)
        yield cls.code.price_ids
        yield make(
            "billing.subscription.quantity", line_id=subscription.line_ids.id, date_from="2026-09-01", quantity=2
        )
        tiers = [{"up_to": 0, "unit_price": 1}]
        yield cls.make_code("TIER", price={"model": "graduated", "tiers": tiers}).price_ids.tier_ids
        yield make("billing.charge", account_id=cls.account.id, code_id=cls.code.id, amount=100)
        yield cls.env["billing.charge.month"].search([("code_id", "=", cls.code.id)], limit=1)
        run = make("billing.run")
        yield from (run, make("billing.run.outcome", run_id=run.id, result="nothing", **on_account))
        invoice = cls.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.account.partner_id.id,
                "invoice_date": day,
                "invoice_line_ids": [Command.create({"name": "a", "price_unit": 100, "tax_ids": []})],
            }
        )
        invoice.action_post()
        line = invoice.line_ids.filtered(lambda one: one.display_type == "payment_term")
        plan = make("billing.installment.plan", **on_account)
        row = make("billing.installment", plan_id=plan.id, sequence=1, date=day, amount=100)
        yield from (plan, row)
        yield make(
            "billing.installment.part",
            move_id=invoice.id, company_id=company, currency_id=currency, date="2031-05-05", amount=100,
        )  # fmt: skip
        yield make("billing.payment.promise", account_id=cls.account.id, amount=5, date="2031-01-01")
        yield make("billing.stop", account_id=cls.account.id, date_to=day)
        rule = make("billing.late.fee.rule", name="Rule", fixed_amount=5, currency_id=currency)
        yield from (
            rule,
            make(
                "billing.late.fee",
                rule_id=rule.id, line_id=line.id, occurrence=1, move_id=invoice.id,
                due_date=day, arises_on=day, **on_account,
            ),
        )  # fmt: skip
        yield cls.env.ref("online_billing.document_format_csv")
        case = make("billing.collection.case", **on_account)
        yield from (
            case,
            make(
                "billing.collection.item", case_id=case.id, company_id=company, line_id=line.id, move_id=invoice.id
            ),
            make(
                "billing.collection.entry",
                case_id=case.id, account_id=cls.account.id, company_id=company, date=day, state="done", name="Reminder",
            ),
            make("billing.collection.message", key="k", **on_account),
        )  # fmt: skip

    def get_guarded_models(self):
        models = [
            self.env[name]
            for name, model in self.registry.items()
            if model._auto and not model._abstract and getattr(model, "_life", None)
        ]
        self.assertGreater(len(models), 15)
        return models

    def get_value(self, field, present):
        """Return a value that differs from the present one; whether it makes sense does not matter."""
        match field.type:
            case "boolean":
                return not present
            case "integer" | "many2one_reference":
                return (present or 0) + 1
            case "float" | "monetary":
                return (present or 0.0) + 1.0
            case "date":
                return "2031-01-02"
            case "datetime":
                return "2031-01-02 00:00:00"
            case "selection":
                return next(value for value in reversed(field.get_values(self.env)) if value != present)
            case "many2one":
                return (present.id or 0) + 1
            case "many2many":
                return [Command.link(1)]
            case "json":
                return {"a": 1}
            case _:
                return f"another {present}"

    def is_refused(self, act):
        """Tell whether the guard refuses an act; other refusals, such as missing rights, are not its own."""
        try:
            with self.env.cr.savepoint():
                act()
                raise Undone
        except LifeRefused:
            return True
        except Exception:  # noqa: BLE001 - the values make no sense; only the guard is looked at
            return False
        finally:
            self.env.invalidate_all(flush=False)

    def test_case_F2_every_model_has_a_life_or_is_configuration(self):
        own = {
            name
            for name, model in self.registry.items()
            if name.startswith("billing.") and model._auto and not model._abstract and not model._transient
        }
        guarded = {model._name for model in self.get_guarded_models()}
        self.assertEqual(own - guarded, FREE)
        self.assertEqual(set(self.samples), guarded)

    def test_case_F2_tables_name_only_fields_and_states_that_exist(self):
        self.assertGreater(len(self.get_guarded_models()), 15)
        for model in self.get_guarded_models():
            life, known = model._life, model._get_guarded_names()
            states = {*model._get_life_states(), ANY}
            for table in (life.write, life.manager, life.sealed):
                self.assertLessEqual(set(table), states, model._name)
                for listed in table.values():
                    self.assertLessEqual(listed, known, model._name)
            self.assertLessEqual(life.create, known, model._name)
            self.assertLessEqual(life.delete, states, model._name)

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_case_F2_every_field_is_written_in_every_state_as_the_table_says(self):
        cells = 0
        for name, sample in self.samples.items():
            for state in sample._get_life_states():
                with (
                    self.subTest(model=name, state=state),
                    patch.object(self.registry[name], "_get_life_state", lambda record, state=state: state),
                ):
                    cells += self.check_written(sample, state)
        self.assertGreater(cells, 2000)
        _logger.info("%s cells of models, states, fields and people were looked at", cells)

    def check_written(self, sample, state):
        life, looked_at = sample._life, 0
        for user in (self.clerk, self.manager):
            record = sample.with_user(user)
            for name in sorted(sample._get_guarded_names()):
                value = self.get_value(sample._fields[name], sample[name])
                refused = self.is_refused(partial(record.write, {name: value}))
                expected = name not in life.get_writable(state, user == self.manager)
                self.assertEqual(refused, expected, f"{name} in {state} by {user.login}")
                looked_at += 1
            if record.has_access("unlink"):
                refused = self.is_refused(record.unlink)
                self.assertEqual(refused, not {state, ANY} & life.delete, f"unlink in {state} by {user.login}")
        return looked_at

    @mute_logger("odoo.sql_db", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_case_F3_every_field_is_given_to_a_new_record_as_the_table_says(self):
        cells = 0
        for sample in self.samples.values():
            for user in (self.clerk, self.manager):
                model = sample.browse().with_user(user)
                for name in sorted(sample._get_guarded_names()):
                    value = self.get_value(sample._fields[name], sample[name]) or True
                    for way, act in (
                        ("values", partial(model.create, {name: value})),
                        ("context", partial(model.with_context(**{f"default_{name}": value}).create, {})),
                    ):
                        expected = name not in sample._life.create
                        message = f"{sample._name}.{name} by {way} as {user.login}"
                        self.assertEqual(self.is_refused(act), expected, message)
                        cells += 1
        self.assertGreater(cells, 1000)
        _logger.info("%s cells of new records were looked at", cells)

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
