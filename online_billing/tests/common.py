"""What the tests of this addon begin with: a company, a clerk and a manager, and the builders at hand."""

from ast import literal_eval
from contextlib import contextmanager, nullcontext
from datetime import date

from lxml import etree
from odoo.fields import Command, Domain
from odoo.tests import TransactionCase, new_test_user

from ..services.posting.kept import KEPT
from . import builders


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
        # demo data of Odoo leave mails in the queue, which tests would find beside those that they wait for
        cls.env["mail.mail"].search([("state", "=", "outgoing")]).unlink()
        # a block of numbers is taken in a transaction of its own, which a test has only in tests/faults
        cls.classPatch(cls.registry["billing.posting"], "get_numbers", lambda *_arguments: nullcontext())
        # what another class has billed in this process shall not say how many examples this one needs
        KEPT.clear()

    @contextmanager
    def undone(self):
        """Take back whatever happens in the block."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            yield
        finally:
            self.env.transaction.clear()
            savepoint.close(rollback=True)

    @classmethod
    def make_code(cls, code="NET", price=None, currency=None, tax=None, **vals):
        """Return a billing code without tax but the given one; for `price` see the builders."""
        record = builders.make_code(cls.env, code, price, currency, **vals)
        record.product_id.taxes_id = [Command.set(tax.ids if tax else [])]
        return record

    @classmethod
    def make_price(cls, code, price, currency=None, **vals):
        return builders.make_price(cls.env, code, price, currency or cls.company.currency_id, **vals)

    @classmethod
    def make_plan(cls, *lines, name="Plan", **vals):
        """Return a plan; each line is a code, or a code and the values of its line."""
        return builders.make_plan(cls.env, name, *lines, **vals)

    @classmethod
    def make_account(cls, name="Ada Lovelace", **vals):
        email = f"{name.lower().replace(' ', '.')}@example.com"
        return builders.make_accounts(cls.env, [{"name": name, "email": email}], **vals)

    @classmethod
    def subscribe(cls, account, plan, start, activate=True, **vals):
        return builders.subscribe(cls.env, account, plan, start, activate, **vals)

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

    def find_at_first(self, action):
        """Return what a list holds when it is opened: by the domain of its action and the filters that are on."""
        model = self.env[action["res_model"]].with_user(self.clerk)
        arch = model.get_views([((action["search_view_id"] or [False])[0], "search")])["views"]["search"]["arch"]
        filters = {node.get("name"): node.get("domain") for node in etree.fromstring(arch).iter("filter")}
        context = action["context"]
        context = literal_eval(context) if isinstance(context, str) else context
        on = [name.removeprefix("search_default_") for name in context if name.startswith("search_default_")]
        domains = [action["domain"] or [], *(filters[name] for name in on)]
        parts = [literal_eval(part) if isinstance(part, str) else part for part in domains]
        return model.search(Domain.AND(parts))

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
