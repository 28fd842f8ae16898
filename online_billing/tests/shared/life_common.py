import logging
from functools import partial
from unittest.mock import patch

from odoo.fields import Command
from odoo.tools import mute_logger

from ...models.shared.guarded import ANY, LifeRefused
from .. import builders
from ..common import BillingCase
from ..tiers import SHARE, comes_now

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
    "billing.request.count",  # nobody may
    "billing.resource",
}


class Undone(Exception):
    """What was tried is taken back."""


class LifeCase(BillingCase):
    """Every stored field of every model with a life, in every state, as clerk and as manager, against its table.

    Each addon tries its own models; how many of them there are at least, it says itself.
    """

    addon = "online_billing"
    free = FREE
    least = 15
    least_written = 2000
    least_given = 1000

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
        yield make("billing.account.recipient", account_id=cls.account.id, partner_id=cls.account.partner_id.id)
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
        yield from cls.make_debit_samples(invoice, make)
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

    @classmethod
    def make_debit_samples(cls, invoice, make):
        """Yield a record of each model of automatic payment."""
        token = make(
            "payment.token",
            provider_id=cls.env["payment.provider"].search([("company_id", "=", cls.company.id)], limit=1).id,
            payment_method_id=builders.get_payment_method(cls.env).id,
            partner_id=cls.account.partner_id.id, provider_ref="life", payment_details="1234",
        )  # fmt: skip
        partner = cls.account.partner_id
        consent = cls.env["billing.payment.consents"].give(cls.account, token, partner, "portal", "Life")
        yield from (consent, consent.method_ids)
        attempt = make(
            "billing.payment.attempt",
            key="life", account_id=cls.account.id, currency_id=cls.account.currency_id.id, amount=5,
        )  # fmt: skip
        yield attempt
        yield make("billing.payment.attempt.line", attempt_id=attempt.id, move_id=invoice.id, amount=5, is_open=False)
        policy = make("billing.retry.policy", name="Life")
        yield from (policy, make("billing.retry.rule", policy_id=policy.id, decline_class="later", waits="1"))
        yield make("billing.decline.code", provider_code="life", code="life")

    def get_guarded_models(self):
        models = [
            self.env[name]
            for name, model in self.registry.items()
            if model._auto
            and not model._abstract
            and getattr(model, "_life", None)
            and model._original_module == self.addon
        ]
        self.assertGreaterEqual(len(models), self.least)
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
            if name.startswith("billing.")
            and model._auto
            and not model._abstract
            and not model._transient
            and model._original_module == self.addon
        }
        guarded = {model._name for model in self.get_guarded_models()}
        self.assertEqual(own - guarded, self.free)
        self.assertEqual(set(self.samples), guarded)

    def test_case_F2_tables_name_only_fields_and_states_that_exist(self):
        self.assertGreaterEqual(len(self.get_guarded_models()), self.least)
        for model in self.get_guarded_models():
            life, known = model._get_life(), model._get_guarded_names()
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
            for column, state in enumerate(sample._get_life_states()):
                with (
                    self.subTest(model=name, state=state),
                    patch.object(self.registry[name], "_get_life_state", lambda record, state=state: state),
                ):
                    cells += self.check_written(sample, state, column)
        self.assertGreaterEqual(cells, self.least_written // SHARE)
        _logger.info("%s cells of models, states, fields and people were looked at", cells)

    def check_written(self, sample, state, column):
        life, looked_at = sample._get_life(), 0
        for user in (self.clerk, self.manager):
            record = sample.with_user(user)
            for row, name in enumerate(sorted(sample._get_guarded_names())):
                if not comes_now(row, column):
                    continue
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
                for row, name in enumerate(sorted(sample._get_guarded_names())):
                    if not comes_now(row):
                        continue
                    value = self.get_value(sample._fields[name], sample[name]) or True
                    for way, act in (
                        ("values", partial(model.create, {name: value})),
                        ("context", partial(model.with_context(**{f"default_{name}": value}).create, {})),
                    ):
                        expected = name not in sample._get_life().create
                        message = f"{sample._name}.{name} by {way} as {user.login}"
                        self.assertEqual(self.is_refused(act), expected, message)
                        cells += 1
        self.assertGreaterEqual(cells, self.least_given // SHARE)
        _logger.info("%s cells of new records were looked at", cells)
