"""What stories share: a business through the ORM, a clock that is an argument, and what was billed as plain values."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time

from odoo.tests import TransactionCase

from tests.faults import business
from tests.faults.audit import find_faults
from tests.stories.agreements import PRICES
from tests.stories.closed_form import Agreement

NOON = time(12)


class StoryCase(TransactionCase):
    """A company that sells by agreement, without tax, so that an amount is what the customer pays."""

    # Odoo gives these to tests that lie in an addon
    test_tags = frozenset({"standard", "post_install"})
    test_module = "online_billing"
    test_class = "StoryCase"
    test_sequence = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = business.make_company_ready(cls.env)
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.codes = business.make_codes(cls.env, {code: float(PRICES[code]) for code in ("A", "B", "C")})
        cls.codes["SETUP"] = business.make_code(cls.env, "SETUP", float(PRICES["SETUP"]), kind="one_time")
        cls.codes["EXTRA"] = business.make_code(cls.env, "EXTRA", 0.0, kind="one_time", model="dynamic")
        for code in cls.codes.values():
            code.product_id.taxes_id = False
        cls.runner = cls.env["billing.run.work"]
        cls.plans = {}

    # -- arrange ------------------------------------------------------------------------------------------------------

    @classmethod
    def sign(cls, agreement: Agreement, **account_terms):
        """Return the account of a customer with whom an agreement is made; all that will change is known at once."""
        account = business.make_accounts(cls.env, 1, billing_day=agreement.billing_day, **account_terms)
        subscription = cls.env["billing.subscription"].create(
            {
                "account_id": account.id,
                "plan_id": cls.plan_for(agreement).id,
                "start_date": agreement.start,
                "end_date": agreement.end,
                "trial_days": agreement.trial_days,
            }
        )
        for line in subscription.line_ids:
            [term] = [term for term in agreement.lines if term.code == line.code_id.code]
            line.write(
                {
                    "timing": term.timing,
                    "quantity": term.quantity,
                    "quantity_ids": [(0, 0, {"date_from": day, "quantity": many}) for day, many in term.changes],
                }
            )
        subscription.action_activate()
        results = cls.env["billing.charge"].record(
            [
                {
                    "account": account.name,
                    "code": "EXTRA",
                    "key": f"{account.name}/{number}",
                    "amount": cents / 100,
                    "date": day.isoformat(),
                }
                for number, (day, cents) in enumerate(agreement.charges)
            ]
        )
        assert all(result["status"] == "created" for result in results), results
        return account

    @classmethod
    def plan_for(cls, agreement: Agreement):
        codes = tuple(line.code for line in agreement.lines)
        key = (agreement.unit, agreement.count, agreement.alignment, codes)
        if key not in cls.plans or not cls.plans[key].exists():  # the plan of another test is gone with it
            cls.plans[key] = business.make_plan(
                cls.env,
                f"Plan {len(cls.plans)}",
                [(cls.codes[code], "advance", 1) for code in codes],
                interval_unit=agreement.unit,
                interval_count=agreement.count,
                alignment=agreement.alignment,
            )
        return cls.plans[key]

    # -- act ----------------------------------------------------------------------------------------------------------

    def run_daily(self, day: date | datetime):
        """Let the two crons do their work at noon UTC of a day, or at an instant."""
        as_of = day if isinstance(day, datetime) else datetime.combine(day, NOON)
        self.runner.start_daily_runs(as_of)
        runs = self.env["billing.run"].search([("state", "=", "running")])
        for run in runs:
            self.runner.process(run, commit=False)
        return runs

    def start_by_hand(self, day: date, accounts=None):
        run = self.env["billing.run"].create(
            {"target_date": day, "account_ids": [(6, 0, (accounts or []) and accounts.ids)]}
        )
        self.runner.start(run, background=False)
        return run

    def run_by_hand(self, day: date, accounts=None):
        run = self.start_by_hand(day, accounts)
        self.runner.process(run, commit=False)
        return run

    # -- assert -------------------------------------------------------------------------------------------------------

    def get_invoices(self, accounts):
        """Return {account id: [(date, ((code, cents), ...))]} as the journal items and the charges say."""
        self.env.flush_all()
        self.env.cr.execute(
            """
            SELECT move.billing_account_id, move.id, move.invoice_date, move.state,
                   CASE move.move_type WHEN 'out_refund' THEN -1 ELSE 1 END * move.amount_total,
                   array_agg(code.code || ':' || round(charge.amount * 100)::bigint ORDER BY code.code, charge.amount)
              FROM account_move move LEFT JOIN billing_charge charge ON charge.invoice_id = move.id
              LEFT JOIN billing_code code ON code.id = charge.code_id
             WHERE move.billing_account_id = ANY(%s) GROUP BY move.id ORDER BY move.invoice_date, move.id
            """,
            [accounts.ids],
        )
        found = defaultdict(list)
        for account_id, move_id, day, state, total, items in self.env.cr.fetchall():
            pairs = tuple(sorted((code, int(amount)) for code, amount in (item.split(":") for item in items)))
            self.assertEqual(state, "posted", move_id)
            self.assertEqual(round(total * 100), sum(amount for _code, amount in pairs), move_id)
            found[account_id].append((day, pairs))
        return found

    def assert_nothing_left(self, accounts, day: date):
        """Whoever is due on or before the day has been billed, and nobody is parked."""
        accounts.invalidate_recordset()
        self.assertFalse(accounts.filtered("parked_reason").mapped("parked_reason"))
        self.assertFalse(accounts.filtered(lambda one: one.next_billing_date and one.next_billing_date <= day))

    def assert_whole(self):
        self.env.flush_all()
        self.assertEqual(find_faults(self.env.cr), {})
