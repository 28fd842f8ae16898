"""A business of some years: as many charges as are asked for, and invoices, cases, plans and runs in proportion.

One customer is billed, reminded, promises and gets a plan as a user would have it; all the others are copies of those
rows, made inside PostgreSQL.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from odoo import fields
from odoo.fields import Command

from tests.performance.business import clone
from tests.performance.debtors import Debtors

CODES = 40
PRICES_OF_A_CODE = 50
DAYS = 700  # over which charges and invoices are spread
OPEN_EACH = 20  # one invoice of so many is not paid
RUNS = 60
LARGE_RUNS = 5


class Grown(Debtors):
    """The business of a seller who has billed for two years."""

    def make(self, charges: int) -> None:
        """Make ``charges`` charges, a tenth as many invoices, a twentieth as many accounts, and what hangs on them."""
        env, self.count = self.env, max(charges // 20, 2 * OPEN_EACH)
        self.today = fields.Date.today()
        self.company.email = "billing@seller.example.com"
        self._make_catalogue()
        self.make_accounts(self.count)
        self.account = env["billing.account"].search([], order="id", limit=1)
        self._make_followed()
        move = self._copy_invoices(charges // 10)
        self._copy_charges(move, charges)
        self._copy_runs()
        self._copy_collection()
        self._copy_plans()
        self._copy_payments()
        env.invalidate_all()

    def make_one_customer(self, invoices: int) -> None:
        """Make one customer with ``invoices`` invoices, three charges and a payment of each."""
        self.count, self.today = 1, fields.Date.today()
        self._make_catalogue()
        self.make_accounts(1)
        self.account = self.env["billing.account"].search([], order="id", limit=1)
        self._make_followed()
        self._copy_charges(self._copy_invoices(invoices), 3 * invoices)
        self._copy_payments()
        self.env.invalidate_all()

    def _make_catalogue(self) -> None:
        from odoo.addons.online_billing.tests import builders

        self.codes = [builders.make_code(self.env, f"C{number:02}", 1.5) for number in range(CODES)]
        self.env.flush_all()
        for code in self.codes:
            days = {"valid_from": "DATE '2000-01-01' + n * 90"}
            clone(self.env.cr, "billing_price", code.price_ids.id, PRICES_OF_A_CODE, days)

    def _make_followed(self) -> None:
        """Let one customer be billed for some months, reminded, promise and get a plan."""
        from odoo.addons.online_billing.services.installments.terms import PlanTerms

        env, noon = self.env, datetime.combine(self.today, datetime.min.time()) + timedelta(hours=12)
        env["billing.run"]._bill_accounts(self.account, self.today)
        self.run = env["billing.run"].search([], limit=1)
        self.moves = env["account.move"].search([("billing_account_id", "=", self.account.id)], order="id")
        step = {"name": "First reminder", "trigger": "overdue", "days": 10}
        step["template_id"] = env.ref("online_billing.mail_template_first").id
        self.company.default_collection_policy_id = env["billing.collection.policy"].create(
            {"name": "Grown", "hour": 0, "quiet_weekend": False, "step_ids": [Command.create(step)]}
        )
        env.flush_all()
        env["billing.collection.day"].run_day(noon)
        env["billing.installment.rule"].create({"name": "Grown", "approval_limit": 10**9, "month_max": 0})
        terms = PlanTerms(first_date=self.today + timedelta(days=30), count=3, fee=Decimal(0))
        self.plan = env["billing.installment.request"].request(self.moves[0], terms, day=self.today)
        self.promise = env["billing.payment.promise"].create(
            {"account_id": self.account.id, "amount": 5.0, "date": self.today + timedelta(days=3)}
        )
        wizard = env["account.payment.register"].with_context(active_model="account.move", active_ids=self.moves[1].ids)
        self.payment = wizard.create({})._create_payments()
        env.flush_all()

    def _of(self, number: str) -> dict[str, str]:
        """Return the columns that say whose a row is: of account ``number`` from 0."""
        account = f"{self.account.id} + ({number}) %% {self.count}"
        return {"account_id": account, "billing_account_id": account, "partner_id": self._partner(number)}

    def _partner(self, number: str) -> str:
        return f"{self.account.partner_id.id} + ({number}) %% {self.count}"

    def _copy_invoices(self, count: int) -> int:
        seed, open_one = self.moves[-1], f"n %% {OPEN_EACH} = 0"
        day = f"current_date - n %% {DAYS}"
        name = f"'{seed.sequence_prefix}' || (n + 100000)"
        rest = f"CASE WHEN {open_one} THEN seed.{{0}} ELSE 0 END"
        whose = self._of("n") | dict.fromkeys(("commercial_partner_id", "partner_shipping_id"), self._partner("n"))
        moves = clone(
            self.env.cr,
            "account_move",
            seed.id,
            count,
            {
                **whose,
                **dict.fromkeys(("invoice_date", "date"), day),
                **dict.fromkeys(("name", "payment_reference"), name),
                **{column: rest.format(column) for column in ("amount_residual", "amount_residual_signed")},
                "invoice_date_due": f"{day} + 14",
                "sequence_number": "n + 100000",
                "access_token": "NULL",
                "payment_state": f"CASE WHEN {open_one} THEN 'not_paid' ELSE 'paid' END",
                "billing_delivery_state": "CASE n %% 500 WHEN 0 THEN 'failed' WHEN 1 THEN 'pending' ELSE 'sent' END",
            },
        )
        self.clone_lines(
            seed,
            count,
            {
                "move_id": f"{moves} + n",
                "move_name": name,
                "partner_id": self._partner("n"),
                **dict.fromkeys(("invoice_date", "date"), day),
                "date_maturity": f"CASE WHEN seed.date_maturity IS NULL THEN NULL ELSE {day} + 14 END",
                **{column: rest.format(column) for column in ("amount_residual", "amount_residual_currency")},
                "reconciled": f"CASE WHEN {open_one} THEN seed.reconciled ELSE seed.date_maturity IS NOT NULL END",
            },
        )
        self.invoices, self.first_invoice = count, moves
        self.env.cr.execute(
            "SELECT min(id) - 1 FROM account_move_line WHERE move_id > %s AND display_type = 'payment_term'", [moves]
        )
        [self.first_due_line] = self.env.cr.fetchone()
        return moves

    def _copy_charges(self, moves: int, count: int) -> None:
        seed = self.env["billing.charge"].search([("invoice_id", "=", self.moves[-1].id)], limit=1)
        codes = ", ".join(str(code.id) for code in self.codes)
        day = f"current_date - n %% {DAYS}"
        waits = "n %% 200 = 0"
        lines_each = len(seed.subscription_id.line_ids)
        clone(
            self.env.cr,
            "billing_charge",
            seed.id,
            count,
            {
                "account_id": self._of("n")["account_id"],
                # the subscriptions and their lines are numbered as the accounts are
                "subscription_id": f"seed.subscription_id + n %% {self.count}",
                "subscription_line_id": f"seed.subscription_line_id + n %% {self.count} * {lines_each}",
                "key": "'bench:' || n",
                "code_id": f"(ARRAY[{codes}])[1 + n %% {CODES}]",
                "charge_date": day,
                "state": f"CASE WHEN {waits} THEN 'pending' ELSE 'invoiced' END",
                "invoice_id": f"CASE WHEN {waits} THEN NULL ELSE {moves} + 1 + n %% {self.invoices} END",
                "invoice_line_id": "NULL",
                "run_id": f"CASE WHEN {waits} THEN NULL ELSE {self.run.id} END",
            },
        )

        self.env.cr.execute(
            """
            TRUNCATE billing_charge_month;
            INSERT INTO billing_charge_month
                   (company_id, month, code_id, currency_id, kind, origin, state, charge_count, amount)
            SELECT company_id, date_trunc('month', charge_date)::date, code_id, currency_id, kind, origin, state,
                   count(*), sum(amount)
              FROM billing_charge GROUP BY 1, 2, 3, 4, 5, 6, 7
            """
        )

    def _copy_runs(self) -> None:
        cr = self.env.cr
        outcome = self.run.outcome_ids[:1]
        runs = clone(cr, "billing_run", self.run.id, RUNS, {"name": "'R' || n"})
        for number in range(RUNS):
            count = self.count if number < LARGE_RUNS else 10
            whose = {"run_id": str(runs + RUNS - number), "account_id": self._of("n - 1")["account_id"]}
            clone(cr, "billing_run_outcome", outcome.id, count, whose)
        self.env["billing.run"].invalidate_model()

    def _copy_collection(self) -> None:
        """Give each account of which an invoice is open a case like the first one, and five messages."""
        env, cr, whose = self.env, self.env.cr, self._of(f"n * {OPEN_EACH}")
        cases_count = self.count // OPEN_EACH - 1
        case = env["billing.collection.case"].search([], limit=1)
        cases = clone(
            cr,
            "billing_collection_case",
            case.id,
            cases_count,
            {
                "account_id": whose["account_id"],
                "partner_id": whose["partner_id"],
                "days_overdue": "10 + n %% 400",
                "oldest_due_date": "current_date - 10 - n %% 400",
                "amount_overdue": "5 + n %% 77",
                "next_date": "current_date + n %% 30",
            },
        )
        item = {
            "case_id": f"{cases} + n",
            "line_id": f"{self.first_due_line} + n * {OPEN_EACH}",
            "move_id": f"{self.first_invoice} + n * {OPEN_EACH}",
        }
        clone(cr, "billing_collection_item", case.item_ids[:1].id, cases_count, item)
        for entry in env["billing.collection.entry"].search([("case_id", "=", case.id)]):
            changes = {"case_id": f"{cases} + n", "account_id": whose["account_id"]}
            clone(cr, "billing_collection_entry", entry.id, cases_count, changes)
        message = env["billing.collection.message"].search([], limit=1)
        changes = {"account_id": whose["account_id"], "key": "'bench:' || n"}
        changes["create_date"] = "now() - n * interval '1 minute'"
        clone(cr, "billing_collection_message", message.id, cases_count * 5, {**changes, "state": "'sent'"})
        kept = "CASE n %% 10 WHEN 0 THEN 'open' WHEN 1 THEN 'broken' ELSE 'kept' END"
        changes = {"account_id": whose["account_id"], "date": f"current_date + 3 - n %% {DAYS}", "state": kept}
        clone(cr, "billing_payment_promise", self.promise.id, cases_count, changes)

    def _copy_plans(self) -> None:
        cr, count, whose = self.env.cr, self.count // OPEN_EACH - 1, self._of(f"n * {OPEN_EACH}")
        changes = {"name": "'P' || n", "account_id": whose["account_id"], "partner_id": whose["partner_id"]}
        plans = clone(cr, "billing_installment_plan", self.plan.id, count, {**changes, "access_token": "NULL"})
        for installment in self.plan.installment_ids:
            changes = {"plan_id": f"{plans} + n", "account_id": whose["account_id"]}
            changes["date"] = f"current_date + 30 - n %% {DAYS}"
            clone(cr, "billing_installment", installment.id, count, changes)

    def _copy_payments(self) -> None:
        changes = {
            "name": "'PAY' || n",
            "date": f"current_date - n %% {DAYS}",
            "move_id": "NULL",
            "billing_account_id": self._of("n")["account_id"],
            "partner_id": self._partner("n"),
        }
        clone(self.env.cr, "account_payment", self.payment.id, self.invoices, changes)
