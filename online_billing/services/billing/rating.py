"""Work out what is to be billed: the first half of every run. Preview, forecast and estimate stop here."""

from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import EngineError, due, forecast, next_due_date, round_half_up
from ..shared.numbers import get_rounding, get_roundings
from ..shared.values import AccountRow, Bill, BillItem, LineAdvance, Prepared, inclusive

MAXIMUM_ESTIMATE = 60


class BillingRating(models.AbstractModel):
    _name = "billing.rating"
    _description = "Work out what is to be billed"

    # -- a batch of accounts ------------------------------------------------------------------------------------------

    @api.private
    def prepare(self, targets):
        """Work out all bills of some accounts, every missed period up to the target day, in order.

        An account that cannot be rated, or whose invoices Odoo would refuse, is set aside with its reason.

        :param dict targets: {account id: last day to bill}
        :return: Prepared
        """
        prepared = Prepared(accounts=self.fetch_accounts(list(targets)))
        digits = get_roundings(self.env, {account.currency_id for account in prepared.accounts.values()})
        items = self._get_subscription_items(prepared, targets, digits)
        pending, lively = self._get_pending_items(prepared, targets, digits)
        for account_id, account in prepared.accounts.items():
            prepared.bills += self._group_bills(
                account, items.get(account_id, {}), pending.get(account_id, ()), account_id in lively
            )
        self.env["billing.charge.book"].fill_corrected([item for bill in prepared.bills for item in bill.items])
        prepared.set_aside(self.env["billing.bill.lines"].complete(prepared.bills))
        prepared.set_aside(self.env["billing.obstacles"].find(prepared.bills))
        self._list_instant_charges(prepared)
        return prepared

    @api.private
    def fetch_accounts(self, account_ids):
        query = SQL(
            """
            SELECT account.id, account.name, account.partner_id, account.company_id, account.currency_id,
                   account.timezone, account.payment_term_id, account.fiscal_position_id, account.journal_id,
                   account.purchase_reference, account.delivery_channel, partner.lang,
                   partner.active
              FROM billing_account account JOIN res_partner partner ON partner.id = account.partner_id
             WHERE account.id = ANY(%s) ORDER BY account.id
            """,
            account_ids,
        )
        return {row[0]: AccountRow._make(row) for row in self.env.execute_query(query)}

    def _get_subscription_items(self, prepared, targets, digits):
        """Return {account id: {day: [BillItem]}} and note in `prepared` how far each line comes."""
        horizon = max(targets.values())
        rows = self.env["billing.subscription.terms"].fetch_line_rows(
            SQL(
                "subscription.account_id = ANY(%s) AND subscription.state = 'active' AND line.next_due_date <= %s",
                list(targets),
                horizon,
            )
        )
        failed = {}
        terms = self.env["billing.subscription.terms"].prepare_terms(rows, horizon, failed)
        billed = self.env["billing.subscription.terms"].get_billed(rows)
        items, rated = defaultdict(lambda: defaultdict(list)), {}
        for row in rows:
            if row.account_id in failed:
                continue
            own_terms, target, was = terms[row.id], targets[row.account_id], billed.get(row.id)
            # lines with the same terms that have come equally far owe the same
            key = (id(own_terms), target, row.billed_until, row.recheck_from, row.id if was else None)
            try:
                if key not in rated:
                    rated[key] = self._rate_line(own_terms, row, target, was or (), digits[row.currency_id])
            except EngineError as error:
                failed[row.account_id] = error
                continue
            owed, billed_until, next_due = rated[key]
            for one, amount in owed:
                items[row.account_id][one.due_date].append(self._get_item(row, one, amount))
            prepared.advances[row.id] = LineAdvance(row.id, row.account_id, billed_until, next_due)
        prepared.set_aside(
            {
                account_id: self.env["billing.engine.messages"].get_sentence(error)
                for account_id, error in failed.items()
            }
        )
        return items

    def _rate_line(self, terms, row, target, was, digits):
        """Return what a line owes up to a day, how far it is billed then, and when it is due next.

        :return: ([(Due, rounded amount)], day, day)
        """
        owed, billed_until, rounding = [], row.billed_until, _Rounding(was, digits)
        for one in due(terms, target, row.billed_until, was, row.recheck_from, digits):
            if one.kind != "adjustment":
                billed_until = max(filter(None, (billed_until, one.period.end)))
            amount = rounding.round(one)
            if amount or one.kind != "adjustment":
                owed.append((one, amount))
        return owed, billed_until, next_due_date(terms, billed_until)

    def _get_item(self, row, one, amount):
        sign = -1 if row.kind == "credit" else 1
        return BillItem(
            code_id=row.code_id,
            product_id=row.product_id,
            name=row.name,
            quantity=Decimal(one.quantity.numerator) / Decimal(one.quantity.denominator),
            amount=amount * sign,
            line=row,
            due=one,
        )

    def _get_pending_items(self, prepared, targets, digits):
        """Return {account id: [(day, BillItem, whether it waits)]} of recorded charges, and who has more to bill later.

        That is who has a subscription. A line that gets its last bill in this very batch is not one to wait for.
        """
        query = SQL(
            """
            SELECT charge.id, charge.account_id, charge.charge_date, charge.code_id, code.product_id, charge.name,
                   charge.quantity, charge.amount, charge.currency_id, charge.invoice_timing, charge.kind,
                   charge.service_start, charge.service_end, charge.corrects_id
              FROM billing_charge charge JOIN billing_code code ON code.id = charge.code_id
             WHERE charge.state = 'pending' AND charge.account_id = ANY(%s)
             ORDER BY charge.account_id, charge.charge_date, charge.id
            """,
            list(targets),
        )
        pending = defaultdict(list)
        for (
            charge_id,
            account_id,
            day,
            code_id,
            product_id,
            name,
            quantity,
            amount,
            currency_id,
            timing,
            kind,
            *service,
            corrects_id,
        ) in self.env.execute_query(query):
            if day <= targets[account_id]:
                money = round_half_up(Decimal(str(amount)), digits.get(currency_id, 2))
                item = BillItem(
                    code_id,
                    product_id,
                    name,
                    Decimal(str(quantity)),
                    money,
                    charge_id=charge_id,
                    kind=kind,
                    service=tuple(service),
                    corrects_id=corrects_id,
                )
                pending[account_id].append((day, item, timing != "soon"))
        if not pending:
            return pending, set()
        query = SQL(
            "SELECT DISTINCT account_id FROM billing_subscription_line WHERE account_id = ANY(%s) AND next_due_date IS"
            " NOT NULL AND id <> ALL(%s)",
            list(pending),
            [one.line_id for one in prepared.advances.values() if not one.next_due_date],
        )
        return pending, {row[0] for row in self.env.execute_query(query)}

    def _group_bills(self, account, by_day, pending, lively):
        """Return the bills of one account, one a day.

        A recorded charge joins the first bill of a subscription on or after its own day, so that daily runs and one
        late run give the same bills; without a subscription, or if it is not to wait, it is billed on its own day.
        """
        days = sorted(by_day)
        grouped = {day: list(by_day[day]) for day in days}
        for day, item, waits in pending:
            host = next((known for known in days if known >= day), None)
            if host is None:
                if lively and waits:
                    continue
                host = day
            grouped.setdefault(host, []).append(item)
        return [Bill(account, day, grouped[day]) for day in sorted(grouped)]

    def _list_instant_charges(self, prepared):
        """Name on each bill what was invoiced at once since the bill before it."""
        bills = defaultdict(list)
        for bill in prepared.bills:
            if any(item.due and item.due.kind == "period" for item in bill.items):
                bills[bill.account.id].append(bill)
        companies = self.env["res.company"].browse({account.company_id for account in prepared.accounts.values()})
        if not bills or not any(companies.mapped("billing_list_instant_charges")):
            return
        query = SQL(
            """
            SELECT charge.account_id, charge.id, charge.charge_date, charge.name, charge.amount, move.name,
                   charge.code_id
              FROM billing_charge charge JOIN account_move move ON move.id = charge.invoice_id
             WHERE charge.state = 'invoiced' AND charge.invoice_timing = 'now' AND charge.listed_invoice_id IS NULL
               AND charge.account_id = ANY(%s)
             ORDER BY charge.charge_date, charge.id
            """,
            list(bills),
        )
        for account_id, *listed in self.env.execute_query(query):
            if host := next((bill for bill in bills[account_id] if bill.day >= listed[1]), None):
                host.listed.append(tuple(listed))

    # -- the day on which an account is due ---------------------------------------------------------------------------

    @api.private
    def refresh_next_billing_date(self, accounts):
        """Store on accounts the next day on which something falls due."""
        if accounts:
            self.env.flush_all()
            self.store_next_billing_date(accounts.ids)
            accounts.invalidate_recordset(["next_billing_date"])

    @api.private
    def store_next_billing_date(self, account_ids):
        """Store it by SQL alone: the earliest of the lines, or of recorded charges where no line is to come.

        Charges that do not wait for the next bill of a subscription count in any case.
        """
        self.env.cr.execute(
            SQL(
                """
                UPDATE billing_account account SET next_billing_date = found.day
                  FROM (SELECT one.id, LEAST(
                                   COALESCE(
                                       (SELECT min(line.next_due_date) FROM billing_subscription_line line
                                         WHERE line.account_id = one.id),
                                       (SELECT min(charge.charge_date) FROM billing_charge charge
                                         WHERE charge.account_id = one.id AND charge.state = 'pending')),
                                   (SELECT min(charge.charge_date) FROM billing_charge charge
                                     WHERE charge.account_id = one.id AND charge.state = 'pending'
                                       AND charge.invoice_timing = 'soon')
                               ) AS day
                          FROM unnest(%s) AS one(id)) found
                 WHERE account.id = found.id AND account.next_billing_date IS DISTINCT FROM found.day
                """,
                account_ids,
            )
        )

    # -- forecast and estimate ----------------------------------------------------------------------------------------

    def _get_forecast(self, subscription, count=12):
        """Return the next `count` days of a subscription: [(day, [(LineRow, Due, amount)])], amounts before tax."""
        lines = subscription.line_ids.filtered("code_id")
        # lines that are still being typed have no id; a number below zero stands for it
        rows = [
            self.env["billing.subscription.terms"].get_line_row(line)._replace(id=line._origin.id or -number)
            for number, line in enumerate(lines, 1)
        ]
        start = min((row.billed_until or row.start_date for row in rows), default=subscription.start_date)
        return self._forecast_rows(rows, start, count, subscription.currency_id)

    def _forecast_rows(self, rows, start, count, currency):
        terms = self.env["billing.subscription.terms"].prepare_terms(rows, fields.Date.add(start, years=10))
        days = defaultdict(list)
        for row in rows:
            for one in forecast(terms[row.id], row.billed_until or row.start_date, count):
                item = self._get_item(row, one, round_half_up(one.amount, get_rounding(currency)))
                days[one.due_date].append((row, one, item.amount))
        return [(day, days[day]) for day in sorted(days)[:count]]

    @api.private
    def render_forecast(self, subscription):
        """Return the table of the next twelve bills, or what is missing for it."""
        if not (
            subscription.plan_id and subscription.account_id and subscription.start_date and subscription.anchor_date
        ):
            return False
        try:
            days = self._get_forecast(subscription)
        except EngineError as error:
            return Markup("<p class='text-warning'>%s</p>") % self.env["billing.engine.messages"].get_sentence(error)
        rows = [
            {
                "day": day,
                "amount": sum(amount for _row, _one, amount in items),
                "items": ", ".join(
                    f"{row.name} ({self.env['billing.explanation'].get_dates_label(*inclusive(one.service))})"
                    for row, one, _amount in items
                ),
            }
            for day, items in days
        ]
        return self.env["ir.qweb"]._render(
            "online_billing.subscription_forecast", {"rows": rows, "currency": subscription.currency_id}
        )

    @api.private
    def estimate(self, plan, currency=None, start=None, count=12, quantities=None):
        """Do the work of `billing.plan.estimate` on a subscription that is never saved."""
        reader = self.env["billing.reader"]
        money = plan.company_id.currency_id if currency is None else reader.read_currency(currency)
        count = reader.read_integer(count, "count", 1, MAXIMUM_ESTIMATE)
        day = fields.Date.context_today(self) if start is None else reader.read_date(start, "start")
        account = self.env["billing.account"].new(
            {"currency_id": money.id, "company_id": plan.company_id.id, "billing_day": day.day}
        )
        subscription = self.env["billing.subscription"].new(
            {"account_id": account.id, "plan_id": plan.id, "start_date": day, "name": plan.name}
        )
        lines = subscription.line_ids.grouped(lambda line: line.code_id.code)
        given = {} if quantities is None else reader.read_object(quantities, "quantities", tuple(lines))
        for code, quantity in given.items():
            lines[code].quantity = float(reader.read_number(quantity, "quantities", 0))
        try:
            days = self._get_forecast(subscription, count)
        except EngineError as error:
            raise UserError(self.env["billing.engine.messages"].get_sentence(error)) from error
        return {"currency": money.name, "dates": [self._get_estimate_values(day, items) for day, items in days]}

    def _get_estimate_values(self, day, items):
        codes = {code.id: code.code for code in self.env["billing.code"].browse({row.code_id for row, *_rest in items})}
        return {
            "date": str(day),
            "amount": float(sum(amount for *_head, amount in items)),
            "items": [
                {
                    "code": codes[row.code_id],
                    "name": row.name,
                    "from": str(first),
                    "to": str(last),
                    "quantity": float(one.quantity),
                    "amount": float(amount),
                }
                for row, one, amount in items
                for first, last in [inclusive(one.service)]
            ],
        }


class _Rounding:
    """Round each amount of a line once, and adjustments so that what was billed of a period is its rounded whole."""

    def __init__(self, billed, digits):
        self._digits = digits
        self._exact = defaultdict(Fraction)
        for one in billed:
            self._exact[one.period_start] += one.amount
        self._rounded = {start: round_half_up(total, digits) for start, total in self._exact.items()}

    def round(self, due):
        """Return the rounded amount of a due item; items of one period come in their order."""
        if due.kind != "adjustment":
            return round_half_up(due.amount, self._digits)
        start = due.period.start
        self._exact[start] += due.amount
        whole = round_half_up(self._exact[start], self._digits)
        difference = whole - self._rounded.get(start, Decimal(0))
        self._rounded[start] = whole
        return difference
