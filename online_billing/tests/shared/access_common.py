"""Who may do what, as it is declared, and the people to try it with."""

import csv
import inspect
from datetime import date
from pathlib import Path

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.service.model import get_public_method
from odoo.tests import new_test_user

from ...services.installments.terms import PlanTerms
from .. import builders
from ..common import BillingCase

# what is the same for all companies, whoever manages the billing of one of them
OF_ALL_COMPANIES = {"billing.decline.code", "billing.document.format", "billing.request.count"}
PERSONAS = ("public", "portal_a", "portal_b", "internal", "clerk", "manager", "other_manager", "system")
OPERATIONS = ("read", "write", "create", "unlink")
# no record has this id
MISSING = 2**31 - 1


def is_own(module, addon="online_billing"):
    """Tell whether a Python module, or an addon, is this addon."""
    return module.removeprefix("odoo.addons.").split(".")[0] == addon


def get_own_classes(model, addon="online_billing"):
    return [cls for cls in type(model).__mro__ if is_own(cls.__module__, addon)]


def get_own_methods(model, addon="online_billing"):
    """Return the names of the methods that classes of an addon define on a model and that the wire can reach."""
    functions = {
        name for cls in get_own_classes(model, addon) for name, value in vars(cls).items() if inspect.isfunction(value)
    }
    return {name for name in functions if is_public(model, name)}


def is_public(model, name):
    try:
        return bool(get_public_method(model, name))
    except AccessError:
        return False


def get_own_fields(model, addon="online_billing"):
    return {name for name, field in model._fields.items() if is_own(field._module or "", addon)}


def get_own_endpoints(env, addon="online_billing"):
    """Yield (address, endpoint) of all that controllers of an addon define, or change, among what Odoo knows."""
    # what Odoo builds its routing map from, for the thread of a request alone
    for address, endpoint in env["ir.http"]._generate_routing_rules(sorted(env.registry._init_modules), {}):
        method = endpoint.func
        classes = type(method.__self__).__mro__
        if any(is_own(cls.__module__, addon) and method.__name__ in vars(cls) for cls in classes):
            yield address, endpoint


def get_own_routes(env, addon="online_billing"):
    """Return the addresses of :func:`get_own_endpoints`."""
    return {address for address, _endpoint in get_own_endpoints(env, addon)}


class AccessCase(BillingCase):
    """Two customers of one company, and one person of each kind; the matrix of the addon says what each may do."""

    addon = "online_billing"
    matrix = Path(__file__).with_name("access_matrix.csv")

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with cls.matrix.open(newline="") as file:
            cls.rows = {(row["kind"], row["model"], row["name"]): row for row in csv.DictReader(file)}
        cls._make_records()
        cls._make_people()

    @classmethod
    def _make_records(cls):
        """Make one record of every model for customer A."""
        env = cls.env
        code = cls.make_code("NET", 10)
        price = cls.make_price(cls.make_code("CALLS"), {"model": "volume", "tiers": [{"up_to": 0, "unit_price": 1}]})
        plan = cls.make_plan(code)
        cls.account = cls.make_account("Customer A", delivery_channel="portal")
        cls.foreign_account = cls.make_account("Customer B", delivery_channel="portal")
        subscription = cls.subscribe(cls.account, plan, "2026-01-01")
        line = subscription.line_ids
        quantity = env["billing.subscription.quantity"].create(
            {"line_id": line.id, "date_from": "2026-06-01", "quantity": 2}
        )
        run = cls.bill(cls.account, "2026-01-01")
        charge = env["billing.charge"].create(
            {"account_id": cls.account.id, "code_id": code.id, "charge_date": "2026-01-05", "quantity": 1}
        )
        void = env["billing.charge"].create(
            {"account_id": cls.account.id, "code_id": code.id, "charge_date": "2026-01-06", "quantity": 1}
        )
        env["billing.charge.book"].void(void, "Test")
        resource = env["billing.resource"].create({"name": "Technician", "company_id": cls.company.id})
        need = env["billing.code.resource"].create({"code_id": code.id, "resource_id": resource.id})
        move = cls.account.move_ids
        payment = (
            env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids).create({})
        )
        payment = payment._create_payments()
        installments = cls._make_installments()
        recipient = env["billing.account.recipient"].create(
            {"account_id": cls.account.id, "partner_id": cls.account.partner_id.id}
        )
        take = env["billing.take.payment"].create({"account_id": cls.account.id, "amount": 1})
        design = env["billing.document.design"].create({"name": "Access", "company_id": cls.company.id})
        fact = env["billing.document.fact"].create({"design_id": design.id, "label": "Your sign", "path": "ref"})
        kind = env.ref("online_billing.document_format_csv")
        file = env["ir.attachment"].create(
            {
                "name": "access.csv",
                "raw": b"access",
                "res_model": move._name,
                "res_id": move.id,
                "billing_format_id": kind.id,
            }
        )
        cls.records = {
            record._name: record
            for record in (
                *installments, design, fact, kind, file,
                cls.account, recipient, run, run.outcome_ids, subscription, line, quantity, charge, code, price,
                price.tier_ids, plan, plan.line_ids, resource, need, move, move.invoice_line_ids[:1],
                payment, payment.journal_id, cls.account.partner_id, cls.company,
                env["billing.charge.month"].search([("code_id", "=", code.id)], limit=1),
                env["billing.category"].create({"name": "Access", "company_id": cls.company.id}),
                *cls._make_collection_records(move),
                *cls._make_debit_records(move, payment),
                env["billing.charge.again"].create({"charge_ids": [Command.set(void.ids)]}),
                env["billing.charge.void"].create({"charge_ids": [Command.set(charge.ids)], "reason": "Test"}),
                env["billing.run.preview"].create({"run_id": run.id}),
                env["billing.new.price"].create({"name": "New", "amount": 1}),
                env["billing.new.customer"].create({"name": "New"}),
                env["billing.cash.closing"].create({}),
                env["billing.money"].browse(payment.id),
                env["billing.settings"].create({}),
                env["billing.request.count"].create({"key": "guess", "counted_at": "2026-01-01"}),
                env["mail.mail"].create({"subject": "Access", "model": "billing.account", "res_id": cls.account.id}),
                take, take.line_ids,
                env["billing.subscription.change"].create(
                    {"line_id": line.id, "quantity": 3, "date_from": "2026-07-01"}
                ),
                env["billing.subscription.end"].create(
                    {"subscription_ids": [Command.set(subscription.ids)], "when": "day", "last_day": "2026-12-31"}
                ),
            )
        }  # fmt: skip

    @classmethod
    def _make_collection_records(cls, move):
        """Make one record of every model of the collection."""
        env, account = cls.env, cls.account
        message = env["billing.outbox"].queue(
            [{"key": "access", "account_id": account.id, "currency_id": account.currency_id.id, "channel": "letter"}]
        )
        promise = env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 5, "date_made": "2026-01-01", "date": "2026-02-01"}
        )
        transaction = env["payment.transaction"].create(
            {
                "provider_id": env["payment.provider"].search([], limit=1).id,
                "payment_method_id": builders.get_payment_method(env).id,
                "reference": "access",
                "amount": 5,
                "currency_id": account.currency_id.id,
                "partner_id": account.partner_id.id,
                "billing_account_id": account.id,
            }
        )
        stop = env["billing.stop"].create({"account_id": account.id, "date_to": "2026-02-01"})
        return message, promise, stop, transaction, *cls._make_late_fee_records(move), *cls._make_case_records(move)

    @classmethod
    def _make_debit_records(cls, move, payment):
        """Make one record of every model of automatic payment."""
        env, account = cls.env, cls.account
        token = env["payment.token"].create(
            {
                "provider_id": env["payment.provider"].search([("company_id", "=", cls.company.id)], limit=1).id,
                "payment_method_id": builders.get_payment_method(env).id,
                "partner_id": account.partner_id.id,
                "provider_ref": "access",
                "payment_details": "1234",
            }
        )
        consents = env["billing.payment.consents"]
        consent = consents.give(account, token, account.partner_id, "portal", "Access")
        consents.pause(consent, "Access")  # no button of these tests charges anything
        attempt = env["billing.debits"].make(
            {
                "key": "access",
                "account_id": account.id,
                "currency_id": account.currency_id.id,
                "amount": 5,
                "consent_id": consent.id,
                "token_id": token.id,
                "provider_id": token.provider_id.id,
                "day": "2031-01-01",
            },
            [],
        )
        lines = env["billing.payment.attempt.line"].sudo()  # sudo: rows are made by the services alone
        line = lines.create({"attempt_id": attempt.id, "move_id": move.id, "amount": 5, "is_open": False}).sudo(False)
        policy = env["billing.retry.policy"].create(
            {
                "name": "Access",
                "company_id": cls.company.id,
                "rule_ids": [Command.create({"decline_class": "later", "waits": "1"})],
            }
        )
        wizard = env["billing.consent.wizard"].create({"account_id": account.id})
        return (
            token, consent, consent.method_ids, attempt, line, policy, policy.rule_ids, wizard, wizard.line_ids,
            env["billing.decline.code"].create({"provider_code": "access", "code": "access"}),
            env["billing.charge.now"].create({"account_id": account.id}),
            env["billing.attempt.verdict"].create({"attempt_id": attempt.id}),
            env["billing.payment.refund"].create({"payment_id": payment.id, "amount": 1}),
            env["billing.payment.return"].create({"payment_id": payment.id, "amount": 1, "reason": "Access"}),
        )  # fmt: skip

    @classmethod
    def _make_late_fee_records(cls, move):
        """Make one record of every model of late fees."""
        env, account, company = cls.env, cls.account, cls.company.id
        index = env["billing.reference.index"].create({"name": "Access", "source": "Access", "company_id": company})
        rate = env["billing.reference.rate"].create({"index_id": index.id, "valid_from": "2026-01-01", "percent": 1})
        rule = env["billing.late.fee.rule"].create(
            {
                "name": "Access",
                "company_id": company,
                "currency_id": account.currency_id.id,
                "method": "compensation",
                "band_ids": [Command.create({"lower": 0, "amount": 40})],
            }
        )
        fee = (
            env["billing.late.fee"]
            .sudo()  # sudo: rows are made by the services alone
            .create(
                {
                    "rule_id": rule.id,
                    "line_id": move.line_ids.filtered(lambda line: line.display_type == "payment_term").id,
                    "occurrence": 1,
                    "move_id": move.id,
                    "account_id": account.id,
                    "company_id": company,
                    "due_date": "2026-01-01",
                    "currency_id": account.currency_id.id,
                    "arises_on": "2026-02-01",
                    "amount": 40,
                }
            )
            .sudo(False)
        )
        return (
            index,
            rate,
            rule,
            rule.band_ids,
            fee,
            env["billing.late.fee.waive"].create({"fee_ids": [Command.set(fee.ids)], "reason": "Test"}),
            env["billing.late.fee.simulation"].create({"rule_id": rule.id}),
        )

    @classmethod
    def _make_installments(cls):
        """Return a rule, a plan over an invoice of customer A, its first installment and part, and the dialogue."""
        env = cls.env
        move = env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": cls.account.partner_id.id,
                "invoice_date": "2026-01-01",
                "billing_account_id": cls.account.id,
                "invoice_line_ids": [
                    Command.create({"name": "Planned", "price_unit": 30, "tax_ids": [Command.clear()]})
                ],
            }
        )
        move.action_post()
        rule = env["billing.installment.rule"].create({"name": "Access", "company_id": cls.company.id})
        terms = PlanTerms(first_date=date(2030, 1, 1), count=3)
        plan = env["billing.installment.request"].request(move, terms, rule=rule)
        wizard = env["billing.installment.wizard"].create(
            {"move_ids": [Command.set(move.ids)], "line_ids": [Command.create({"kind": "rest"})]}
        )
        row = plan.installment_ids[0]
        return rule, plan, row, row.part_ids, wizard, wizard.line_ids

    @classmethod
    def _make_case_records(cls, move):
        env, account, company = cls.env, cls.account, cls.company
        policy = env["billing.collection.policy"].create({"name": "Access", "company_id": company.id})
        step = env["billing.collection.step"].create({"policy_id": policy.id, "name": "Call", "channel": "none"})
        threshold = env["billing.collection.threshold"].create(
            {"policy_id": policy.id, "currency_id": account.currency_id.id, "amount": 1}
        )
        quiet = env["billing.quiet.day"].create({"name": "Feast", "date": "2026-12-25", "company_id": company.id})
        case = env["billing.collection.case"].create(
            {
                "account_id": account.id,
                "company_id": company.id,
                "currency_id": account.currency_id.id,
                "partner_id": account.partner_id.id,
                "policy_id": policy.id,
            }
        )
        item = env["billing.collection.item"].create(
            {"case_id": case.id, "company_id": company.id, "line_id": move.line_ids[:1].id, "move_id": move.id}
        )
        entry = env["billing.collection.entry"].create(
            {
                "case_id": case.id,
                "account_id": account.id,
                "company_id": company.id,
                "date": "2026-01-05",
                "state": "note",
                "name": "Access",
            }
        )
        act = env["billing.collection.act"].create(
            {"case_ids": [Command.set(case.ids)], "act": "hand_over", "reason": "Test"}
        )
        return policy, step, threshold, quiet, case, item, entry, act

    @classmethod
    def _make_people(cls):
        env = cls.env
        other = env["res.company"].create({"name": "Other Company"})
        env["account.chart.template"].try_loading("generic_coa", company=other, install_demo=False)
        cls.other_company = other
        mine = {"company_id": cls.company.id, "company_ids": [Command.set(cls.company.ids)]}
        theirs = {"company_id": other.id, "company_ids": [Command.set(other.ids)]}
        cls.people = {
            "public": env.ref("base.public_user"),
            "portal_a": new_test_user(
                env, "portal_a", "base.group_portal", partner_id=cls.account.partner_id.id, **mine
            ),
            "portal_b": new_test_user(
                env, "portal_b", "base.group_portal", partner_id=cls.foreign_account.partner_id.id, **mine
            ),
            "internal": new_test_user(env, "internal", "base.group_user", email="internal@example.com", **mine),
            "clerk": cls.clerk,
            "manager": cls.manager,
            "other_manager": new_test_user(
                env, "other_manager", "online_billing.group_billing_manager", email="other@example.com", **theirs
            ),
            "system": new_test_user(env, "system", "base.group_system", email="system@example.com", **mine),
        }
        cls.env.flush_all()

    def as_person(self, persona, record=None):
        """Return a record, or the one of its model, as a person sees it in the companies of their own."""
        user = self.people[persona]
        return record.with_user(user).with_context(allowed_company_ids=user.company_ids.ids)

    def get_own_models(self):
        """Return the models that have a table and are this suite's own."""
        return [
            model
            for _name, model in sorted(self.env.items())
            if is_own(model._original_module, self.addon) and not model._abstract
        ]

    def get_stored_models(self):
        """Return those of them that keep something: all but dialogues."""
        return [model for model in self.get_own_models() if not model._transient]

    def get_models_of_companies(self):
        """Return those of them whose records belong to a company."""
        return [model for model in self.get_stored_models() if model._name not in OF_ALL_COMPANIES]

    def get_expected(self, kind, model, name, persona):
        row = self.rows.get((kind, model, name))
        self.assertIsNotNone(row, f"access_matrix.csv says nothing about {kind} {model} {name}")
        return row[persona]
