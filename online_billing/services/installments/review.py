"""What a day makes of the plans: paid and missed installments, interest that falls due, plans kept and broken."""

from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ...engine import as_exact, interest_on_open, judge, shorten_from_end
from ...models.installments.plan import TASKS
from ..receivables.values import DISPUTE, PAYMENT_UNDER_WAY, PROMISE
from ..shared.numbers import as_float, get_rounding, to_decimal
from .charging import PlanCharge
from .terms import PlanTerms, get_plan_row
from .values import DatedAmount

# what rests for these reasons is not missed
RESTS = frozenset({DISPUTE, PROMISE, PAYMENT_UNDER_WAY})


class BillingInstallmentReview(models.AbstractModel):
    _name = "billing.installment.review"
    _description = "Judge Installment Plans on a Day"

    @api.private
    def review(self, account_ids, days):
        """Judge the plans of accounts on their local days; the same day again finds nothing to do.

        :param list account_ids: accounts of which the caller holds the lock
        :param dict days: {account id: local date}
        :return: {plan id: {"paid": [installment id], "missed": [...], "event": event or None, "charged": [charge id]}}
            of the plans of which there is news
        """
        # sudo: the collection judges all plans of its accounts
        plans = self.env["billing.installment.plan"].sudo()
        plans = plans.search(Domain("account_id", "in", list(account_ids)) & plans._get_to_review_domain())
        plans.installment_ids.part_ids.mapped("amount_open")  # one read for all
        resting = self._get_resting(plans, days) if plans else set()
        news = {}
        for plan in plans:
            if told := self._review_plan(plan, days[plan.account_id.id], resting):
                news[plan.id] = told
        return news

    @api.private
    def review_now(self, plans):
        days = {
            account.id: self.env["billing.days"].get_local_day(account) for account in plans.sudo().account_id
        }  # sudo: the day of an account is no secret
        return self.review(list(days), days)

    def _get_resting(self, plans, days):
        """Return the ids of installments of which nothing is asked for now.

        What is open of them is in dispute, promised or being paid, or money that came in and is not matched yet covers
        it, as reminders count it.
        """
        service = self.env["billing.open.items"]
        known, active = set(), set()
        for account_id, items in service.get_items(plans.account_id.ids).items():
            by_currency = defaultdict(list)
            for item in items:
                by_currency[item.currency_id].append(item)
            for own in by_currency.values():
                known.update(item.installment_id for item in own)
                standings = service.stand(own, days[account_id], RESTS)
                active.update(one.item.installment_id for one in standings if one.active > 0)
        return known - active

    def _review_plan(self, plan, day, resting):
        """Judge one plan: first surplus money, then what was paid and missed, then what follows from it."""
        moves = plan.move_ids.filtered(lambda move: move.state != "cancel")
        if not moves:  # cancelled or deleted: nothing is owed any more
            self.env["billing.installment.ending"].leave(plan, "cancel", day)
            return {"paid": [], "missed": [], "event": "cancel", "charged": []}
        if moves.filtered(lambda move: move.state == "draft"):
            return None  # somebody is editing an invoice
        plan.reviewed_on = day
        if plan.state == "active" and plan.overpayment == "shorten":
            for move in plan.installment_ids.part_ids.move_id:
                self._shorten(plan, move, day)
        self._note_lost(plan)
        judgement = judge(self._get_plan_rows(plan, resting), day, plan.grace_days, plan.missed_limit)
        told = {"paid": [], "missed": [], "event": None, "charged": []}
        told["missed"] = self._mark_missed(plan, judgement, day)
        if plan.state == "active":
            told["charged"] = self._charge_interest(plan, judgement, day)
        told["event"] = self._follow_event(plan, judgement, day)
        if told["missed"] and plan.state == "active":  # of a plan that has ended the collection reminds
            self.env["billing.installment.news"].tell(plan, "missed", day)
        told["paid"] = list(judgement.paid) if told["event"] else []
        return told if any(told.values()) else None

    def _get_plan_rows(self, plan, resting):
        return [
            get_plan_row(row.id, row, row.amount_open, row.amount_lost, row.id in resting)
            for row in plan.installment_ids.filtered(lambda row: not row.is_left).sorted("date")
        ]

    def _note_lost(self, plan):
        """Note what of each installment went without money: on a cancelled invoice, credited, or written off."""
        lost = self.env["billing.installment.history"].get_lost(plan)
        for row in plan.installment_ids:
            amount = as_float(lost.get(row, 0))
            if row.currency_id.compare_amounts(row.amount_lost, amount):
                row.amount_lost = amount

    def _mark_missed(self, plan, judgement, day):
        """Note which installments are missed; return the ids of those that were not before."""
        rows = plan.installment_ids
        new = rows.filtered(lambda row: row.id in judgement.missed and not row.missed_on)
        if plan.state not in ("active", "broken"):
            return []
        new.write({"missed_on": day})
        rows.filtered(lambda row: row.missed_on and row.id in judgement.paid).write({"missed_on": False})
        return new.ids

    def _charge_interest(self, plan, judgement, day):
        due = plan.installment_ids.filtered(lambda row: row.interest and row.id in judgement.due and not row.is_left)
        amounts = self._get_interest(plan, due)
        due = due.filtered(lambda row: amounts[row])
        if not due:
            return []
        wanted = [
            PlanCharge(
                plan,
                origin="installment_interest",
                key=row._get_interest_key(),
                code=plan.interest_code_id,
                amount=as_float(amounts[row]),
                text=self.env._(
                    "Installment plan %(plan)s: interest of installment %(number)s", plan=plan.name, number=row.sequence
                ),
                day=row.date,
            )
            for row in due
        ]
        return self.env["billing.installment.charging"].charge(wanted).ids

    def _get_interest(self, plan, due):
        """Return {installment: Decimal}: interest of what was open when the interval of each began."""
        agreed = plan.installment_ids.filtered(lambda row: row.kind in ("deposit", "regular")).sorted("sequence")
        begins, balance, start = {}, plan.principal, plan.activated_on
        for row in agreed:
            begins[row] = (start, balance)
            start, balance = row.date, row.balance
        charged = {charge.key for charge in plan.charge_ids}
        due = due.filtered(lambda row: row._get_interest_key() not in charged)
        if not due:
            return defaultdict(int)
        opened = self.env["billing.installment.history"].get_open_at(plan, {begins[row][0] for row in due})
        rate, currency = PlanTerms.from_json(plan.terms).get_period_rate(), plan.currency_id
        amounts = defaultdict(int)
        for row in due:
            day, balance = begins[row]
            amounts[row] = interest_on_open(
                as_exact(to_decimal(row.interest, currency)),
                as_exact(to_decimal(balance, currency)),
                opened[day],
                rate,
                get_rounding(currency),
            )
        return amounts

    def _follow_event(self, plan, judgement, day):
        """Move the plan along its life, and do what that brings with it."""
        event = judgement.event
        if event == "cancel" and plan.state in ("active", "broken"):
            self.env["billing.installment.ending"].leave(plan, "cancel", day)
            self.env["billing.installment.news"].tell(plan, "cancelled", day)
            return event
        if event in ("keep", "settle") and plan.state == "active":
            plan._apply_event(event)
            plan.write({"ended_on": day, "paid_on": day})
            self.env["billing.installment.news"].tell(plan, "kept", day)
            return event
        if event in ("keep", "settle") and plan.state == "broken":
            plan._apply_event("settle")
            plan.write({"ended_on": day, "paid_on": day})
            return "settle"
        if event not in ("keep", "settle") and plan.state in ("kept", "settled"):
            plan._apply_event("reopen")  # a payment was taken back
            plan.write({"ended_on": False, "paid_on": False})
            return "reopen"
        if event == "break" and plan.state == "active":
            plan._apply_event("break")
            plan.broken_on = day
            if plan.on_break == "due":
                self.env["billing.installment.ending"].collapse(plan, day)
            else:
                self._ask_to_decide(plan)
            self.env["billing.installment.news"].tell(plan, "broken", day)
            return event
        return None

    def _ask_to_decide(self, plan):
        responsible = plan.rule_id.approver_id or self.env["billing.run.work"].get_responsible(plan.account_id)
        self.env["billing.tasks"].give(
            plan,
            TASKS["broken"],
            "mail.mail_activity_data_todo",
            user_id=responsible.id,
            summary=self.env._("Decide how this broken installment plan goes on"),
        )

    def _shorten(self, plan, move, day):
        """Take what was paid beyond the installments due off the end of the plan.

        Money is surplus where a payment that settled one installment reached into a later one that is not due yet.
        What it paid there becomes an installment of its own, paid in advance.
        """
        parts = move.billing_installment_part_ids.filtered(lambda part: not part.is_virtual)
        currency = plan.currency_id
        for part in parts.sorted("date"):
            row = part.installment_id
            surplus = part.amount - part.amount_open
            is_partial = not currency.is_zero(surplus) and not currency.is_zero(part.amount_open)
            if row.plan_id != plan or row.is_left or not is_partial or part.date <= day:
                continue
            if not self._has_spilled(part):
                continue
            self._take_off_end(plan, move, part, to_decimal(surplus, currency), day)
            return

    def _has_spilled(self, part):
        """Return whether a payment reached this part after settling an earlier one."""
        money = part._get_lines().matched_credit_ids.credit_move_id
        earlier = part.move_id.billing_installment_part_ids.filtered(lambda other: other.date < part.date)
        return bool(earlier._get_lines() & money.matched_debit_ids.debit_move_id)

    def _take_off_end(self, plan, move, part, surplus, day):
        currency = plan.currency_id
        every = move.billing_installment_part_ids.filtered(lambda one: not one.is_virtual).sorted("date")
        open_parts = every.filtered(lambda one: not currency.is_zero(one.amount_open))
        coming = open_parts.filtered(lambda one: one.date >= part.date)
        agreed = [to_decimal(one.amount_open, currency) + (surplus if one == part else 0) for one in coming]
        left = [to_decimal(as_float(amount), currency) for amount in shorten_from_end(agreed, surplus)]
        if left[0] == to_decimal(part.amount_open, currency):
            return  # the last part: there is nothing behind it to shorten
        rows = plan.installment_ids
        extra = rows.create(
            {
                "plan_id": plan.id,
                "sequence": max(rows.mapped("sequence")) + 1,
                "kind": "extra",
                "date": day,
                "amount": as_float(surplus),
            }
        )
        schedule = [
            DatedAmount(one.date, to_decimal(one.amount_open, currency), one.installment_id)
            for one in open_parts - coming
        ]
        shortened = defaultdict(int)
        for one, was, now in zip(coming, agreed, left, strict=True):
            shortened[one.installment_id] += was - now
            schedule.append(DatedAmount(one.date, now, one.installment_id))
        part.installment_id = extra
        for row, amount in shortened.items():
            if not amount:
                continue
            if currency.compare_amounts(row.amount, as_float(amount)) > 0:
                row.amount -= as_float(amount)
            else:
                row.write({"is_left": True, "amount_frozen": 0.0})
        self.env["billing.installment.ledger"].apply({move: schedule})
