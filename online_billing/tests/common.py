"""Builders for the tests: a test says what it is about and leaves the rest to them."""

from datetime import date

from odoo.fields import Command
from odoo.tests import TransactionCase, new_test_user


class BillingCase(TransactionCase):
    """A company with a chart of accounts, a clerk and a manager, and builders of everything that is billed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True, no_reset_password=True, lang="en_US"))
        cls.company = cls.env.company
        if not cls.company.chart_template:
            cls.env["account.chart.template"].try_loading("generic_coa", company=cls.company, install_demo=False)
        cls.clerk = new_test_user(cls.env, "clerk", "online_billing.group_billing_user", email="clerk@example.com")
        cls.manager = new_test_user(cls.env, "boss", "online_billing.group_billing_manager", email="boss@example.com")
        cls.day = staticmethod(date.fromisoformat)

    @classmethod
    def make_code(cls, code="NET", price=None, currency=None, tax=None, **vals):
        """Return a billing code; `price` is a number per unit, or the values of its price version."""
        record = cls.env["billing.code"].create({"code": code, "name": vals.pop("name", f"Service {code}"), **vals})
        record.product_id.taxes_id = [Command.set(tax.ids if tax else [])]
        if price is not None:
            cls.make_price(record, price, currency=currency)
        return record

    @classmethod
    def make_price(cls, code, price, currency=None, **vals):
        given = dict(price) if isinstance(price, dict) else {"model": "per_unit", "unit_price": price}
        tiers = [Command.create(tier) for tier in given.pop("tiers", ())]
        given = {"valid_from": "2000-01-01", "currency_id": (currency or cls.company.currency_id).id, **given, **vals}
        return cls.env["billing.price"].create({"code_id": code.id, "tier_ids": tiers, **given})

    @classmethod
    def make_plan(cls, *lines, name="Plan", **vals):
        """Return a plan; each line is a code, or a code and the values of its line."""
        commands = []
        for line in lines:
            code, line_vals = line if isinstance(line, tuple) else (line, {})
            commands.append(Command.create({"code_id": code.id, **line_vals}))
        return cls.env["billing.plan"].create({"name": name, "line_ids": commands, **vals})

    @classmethod
    def make_account(cls, name="Ada Lovelace", **vals):
        partner = cls.env["res.partner"].create(
            {"name": name, "email": f"{name.lower().replace(' ', '.')}@example.com"}
        )
        account = cls.env["billing.account"].create({"partner_id": partner.id, "timezone": "UTC", **vals})
        account.action_activate()
        return account

    @classmethod
    def subscribe(cls, account, plan, start, activate=True, **vals):
        subscription = cls.env["billing.subscription"].create(
            {"account_id": account.id, "plan_id": plan.id, "start_date": start, **vals}
        )
        if activate:
            subscription.action_activate()
        return subscription

    @classmethod
    def bill(cls, accounts, until):
        """Bill accounts up to a day and return the run."""
        return cls.env["billing.run"]._bill_accounts(accounts, date.fromisoformat(until))

    @classmethod
    def get_charges(cls, account):
        return account.charge_ids.sorted(lambda charge: (charge.charge_date, charge.id))

    @classmethod
    def get_invoices(cls, account):
        return cls.env["account.move"].search([("billing_account_id", "=", account.id)], order="invoice_date, id")

    def assertCharges(self, account, expected):
        """Compare charges with [(day, amount), ...]; the days as ISO text."""
        actual = [(str(charge.charge_date), f"{charge.amount:.2f}") for charge in self.get_charges(account)]
        self.assertEqual(actual, expected)

    def assertInvoices(self, account, expected):
        """Compare invoices with [(day, total before tax), ...]; credit notes are negative."""
        actual = [
            (
                str(move.invoice_date),
                f"{-move.amount_untaxed if move.move_type == 'out_refund' else move.amount_untaxed:.2f}",
            )
            for move in self.get_invoices(account)
        ]
        self.assertEqual(actual, expected)
