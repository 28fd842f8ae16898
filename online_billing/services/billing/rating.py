"""Work out what is to be billed: the first half of every run. Preview, forecast and estimate stop here."""

from collections import defaultdict
from dataclasses import replace

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import EngineError, forecast, round_half_up
from ..shared.numbers import as_float, get_rounding
from ..shared.values import AccountRow, Bill, Prepared, inclusive

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
        prepared = self.work_out(targets)
        prepared.set_aside(self.env["billing.obstacles"].find(prepared.bills))
        self._list_instant_charges(prepared)
        return prepared

    @api.private
    def work_out(self, targets):
        """Work out what bills come to, as `prepare` does, without asking what would keep Odoo from posting them.

        For whoever reads amounts alone: what stands in the way is the staff's to mend, and changes no amount.

        :param dict targets: {account id: last day to bill}
        :return: Prepared
        """
        prepared = Prepared(accounts=self.fetch_accounts(list(targets)))
        prepared.bills = self._group(prepared, self.env["billing.sources"].collect(prepared, targets))
        self.env["billing.charge.corrections"].fill_corrected([item for bill in prepared.bills for item in bill.items])
        prepared.set_aside(self.env["billing.bill.lines"].complete(prepared.bills))
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

    def _group(self, prepared, found):
        """Return the bills of what was found, one a day, account and currency, by account and day.

        What joins other bills comes after what makes them: it joins the first on or after its own day, so that daily
        runs and one late run give the same bills. Where there is none, it waits for a bill to come, or is billed on its
        own day. What is in another currency than its account joins nothing and waits for nothing.
        """
        grouped, foreign = {account_id: {} for account_id in prepared.accounts}, defaultdict(list)
        joining = []
        for one in found:
            if one.account_id not in grouped:
                continue
            if one.currency_id and one.currency_id != prepared.accounts[one.account_id].currency_id:
                foreign[one.account_id, one.day, one.currency_id].append(one.item)
            elif one.joins == "own":
                grouped[one.account_id].setdefault(one.day, []).append(one.item)
            else:
                joining.append(one)
        later = self._get_accounts_billed_later(prepared, joining)
        days = {account_id: sorted(by_day) for account_id, by_day in grouped.items()}
        for one in joining:
            host = next((day for day in days[one.account_id] if day >= one.day), None)
            if host is None and one.joins == "next" and one.account_id in later:
                continue
            grouped[one.account_id].setdefault(host or one.day, []).append(one.item)
        bills = [
            Bill(prepared.accounts[account_id], day, items)
            for account_id, by_day in grouped.items()
            for day, items in by_day.items()
        ]
        bills += [
            Bill(prepared.accounts[account_id]._replace(currency_id=currency_id), day, items)
            for (account_id, day, currency_id), items in foreign.items()
        ]
        order = {account_id: place for place, account_id in enumerate(prepared.accounts)}
        return sorted(bills, key=lambda bill: (order[bill.account.id], bill.day))

    def _get_accounts_billed_later(self, prepared, joining):
        """Return the accounts with something that may wait, for which a bill of a subscription is still to come.

        A line that gets its last bill in this very batch is not one to wait for.
        """
        waiting = {one.account_id for one in joining if one.joins == "next"}
        if not waiting:
            return waiting
        query = SQL(
            "SELECT DISTINCT account_id FROM billing_subscription_line WHERE account_id = ANY(%s) AND next_due_date IS"
            " NOT NULL AND id <> ALL(%s)",
            list(waiting),
            [one.line_id for one in prepared.advances.values() if not one.next_due_date],
        )
        return {account_id for [account_id] in self.env.execute_query(query)}

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
            SELECT charge.account_id, charge.currency_id, charge.id, charge.charge_date, charge.name, charge.amount,
                   move.name, charge.code_id
              FROM billing_charge charge JOIN account_move move ON move.id = charge.invoice_id
             WHERE charge.state = 'invoiced' AND charge.invoice_timing = 'now' AND charge.listed_invoice_id IS NULL
               AND charge.account_id = ANY(%s)
             ORDER BY charge.charge_date, charge.id
            """,
            list(bills),
        )
        for account_id, currency_id, *listed in self.env.execute_query(query):
            own = (bill for bill in bills[account_id] if bill.account.currency_id == currency_id)
            if host := next((bill for bill in own if bill.day >= listed[1]), None):
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
        source = self.env["billing.source.subscriptions"]
        terms = self.env["billing.subscription.terms"].prepare_terms(rows, fields.Date.add(start, years=10))
        days = defaultdict(list)
        for row in rows:
            for one in forecast(terms[row.id], row.billed_until or row.start_date, count):
                item = source.get_item(row, one, round_half_up(one.amount, get_rounding(currency)))
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
        totals = self._get_forecast_totals(subscription, days)
        rows = [
            {
                "day": day,
                "amount": sum(amount for _row, _one, amount in items),
                "total": totals.get(day),
                "items": [
                    (row.name, self.env["billing.explanation"].get_dates_label(*inclusive(one.service)))
                    for row, one, _amount in items
                ],
            }
            for day, items in days
        ]
        return self.env["ir.qweb"]._render(
            "online_billing.subscription_forecast",
            {"rows": rows, "currency": subscription.currency_id, "has_totals": bool(totals)},
        )

    def _get_forecast_totals(self, subscription, days):
        """Return {day: total with tax} of a forecast, by the second half of preparing bills.

        Empty for an account that is still being entered, or where a bill could not be written as it should.
        """
        account_id = subscription.account_id._origin.id
        account = self.fetch_accounts([account_id]).get(account_id) if account_id else None
        if not account:
            return {}
        source, lines = self.env["billing.source.subscriptions"], self.env["billing.bill.lines"]
        account = account._replace(currency_id=subscription.currency_id.id)
        bills = [
            Bill(
                account, day, [replace(source.get_item(row, one, amount), amount=amount) for row, one, amount in items]
            )
            for day, items in days
        ]
        if lines.complete(bills):
            return {}
        return {bill.day: total for bill, total in zip(bills, lines.get_totals(bills), strict=True)}

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
            lines[code].quantity = as_float(reader.read_number(quantity, "quantities", 0))
        try:
            days = self._get_forecast(subscription, count)
        except EngineError as error:
            raise UserError(self.env["billing.engine.messages"].get_sentence(error)) from error
        return {"currency": money.name, "dates": [self._get_estimate_values(day, items) for day, items in days]}

    def _get_estimate_values(self, day, items):
        codes = {code.id: code.code for code in self.env["billing.code"].browse({row.code_id for row, *_rest in items})}
        return {
            "date": str(day),
            "amount": as_float(sum(amount for *_head, amount in items)),
            "items": [
                {
                    "code": codes[row.code_id],
                    "name": row.name,
                    "from": str(first),
                    "to": str(last),
                    "quantity": as_float(one.quantity),
                    "amount": as_float(amount),
                }
                for row, one, amount in items
                for first, last in [inclusive(one.service)]
            ],
        }
