"""Announce, charge and simulate late fees.

Every occurrence is a row of `billing.late.fee` under a key that exists once, and becomes a charge under a key of its
own. Below the scheduled action nobody asks the clock: `days` says which day it is on each account."""

import logging
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date, timedelta

import psycopg2
from odoo import api, models
from odoo.exceptions import UserError

from ...engine import EngineError, FeeOccurrence, as_exact, describe_late_fee, fees_due, round_half_up
from ..charges.new_charge import NewCharge
from ..receivables.values import EXEMPTION
from ..shared.numbers import EXACT_DIGITS
from ..shared.rows import insert_missing, update_rows
from .ledger import FeeCase, FeeRow

_logger = logging.getLogger(__name__)

FEE_COLUMNS = (
    "rule_id",
    "line_id",
    "occurrence",
    "move_id",
    "account_id",
    "company_id",
    "currency_id",
    "due_date",
    "arises_on",
    "announced_on",
    "due_on",
    "base",
    "amount_exact",
    "amount",
    "breakdown",
    "state",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
)
OCCURRENCE_KEY = ("move_id", "due_date", "rule_id", "arises_on")
REVIVED = ("announced_on", "due_on", "base", "amount_exact", "amount", "breakdown", "occurrence", "state", "reason")


@dataclass(frozen=True, slots=True)
class Arisen:
    """A fee that has arisen on a debt, and what is to be done about it on a day.

    :param row: the row that exists of it; dropped ones are announced anew
    :param day: the local day on which it is worked on
    :param due_on: the first day on which it may be charged
    """

    case: FeeCase
    occurrence: FeeOccurrence
    row: FeeRow | None
    day: date
    due_on: date

    @property
    def key(self):
        """What is unique: see OCCURRENCE_KEY."""
        return (self.case.move_id, self.case.debt.due, self.case.rule_id, self.occurrence.day)

    @property
    def is_announced(self):
        return self.row is not None and self.row.state == "announced"


class BillingLateFeeCharging(models.AbstractModel):
    _name = "billing.late.fee.charging"
    _description = "Announce and Charge Late Fees"

    @api.private
    def announce(self, account_items, days):
        """Write down the fees that a reminder announces, and return what it must say.

        A fee is announced when it could be charged within its days of notice; what was announced before and is not
        charged yet is told again, with its day unchanged.

        :param dict account_items: {account id: [OpenItem] in due order}
        :param dict days: {account id: local date}
        :return: {account id: [{"fee_id", "line_id", "move_id", "number", "currency_id", "amount", "base", "due_date",
            "arises_on", "due_on", "is_paid"}, ...]}, one entry per account; amounts are Decimals
        """
        cases, _loose = self.env["billing.late.fee.ledger"].get_cases(account_items, days)
        told, new, found = {}, [], {account_id: [] for account_id in account_items}
        for case in cases:
            day, rule = days[case.account_id], self._get_rule(case.rule_id)
            if case.stop or not rule.announce or case.debt.due >= day:
                continue
            occurrences, _problem = self.get_occurrences(case, self._get_horizon(case, rule, day))
            for occurrence in occurrences:
                row = case.rows.get(occurrence.day)
                if row and row.state == "announced":
                    told[row.id] = Arisen(case, occurrence, row, day, row.due_on)
                else:
                    due_on = max(occurrence.day, day + timedelta(days=rule.notice_days))
                    new.append(Arisen(case, occurrence, row, day, due_on))
        made = self._save_announced(new)
        told.update({made[one.key]: one for one in new if one.key in made})
        for fee_id, one in sorted(told.items(), key=lambda pair: (pair[1].due_on, pair[0])):
            found[one.case.account_id].append(self._get_announcement(one, fee_id))
        return found

    def _get_announcement(self, one: Arisen, fee_id):
        case, occurrence = one.case, one.occurrence
        return {
            "fee_id": fee_id,
            "line_id": case.line_id,
            "move_id": case.move_id,
            "number": case.number,
            "currency_id": case.currency_id,
            "amount": occurrence.amount,
            "base": occurrence.base,
            "due_date": case.debt.due,
            "arises_on": occurrence.day,
            "due_on": one.due_on,
            "is_paid": case.debt.paid_on(occurrence.day, case.terms.tolerance) is not None,
        }

    def _get_rule(self, rule_id):
        # sudo: the job of the fees reads its rules
        return self.env["billing.late.fee.rule"].sudo().browse(rule_id)

    def _get_horizon(self, case, rule, day):
        """Return up to which day to look: what may be charged within the days of notice, and what was announced."""
        announced = [row.arises_on for row in case.rows.values() if row.state == "announced"]
        ahead = day + timedelta(days=rule.notice_days if rule.announce else 0)
        return max([ahead, *announced])

    @api.private
    def get_occurrences(self, case, as_of):
        """Return (what has arisen on a debt, None), or (nothing, why not): a reference rate that nobody has entered."""
        try:
            return fees_due(case.terms, case.debt, as_of, case.rates), None
        except EngineError as error:
            return (), self.env["billing.engine.messages"].get_sentence(error)

    def _note_problems(self, problems):
        """Show on rules why they cannot charge, or that they can again."""
        for rule_id, message in problems.items():
            rule = self._get_rule(rule_id)
            if (rule.problem or None) != message:
                rule.problem = message

    @api.private
    def charge_due(self, account_ids, days, reminded=True):
        """Charge every fee that has been announced long enough and still applies; drop what applies no longer.

        :param account_ids: the caller has locked these accounts
        :param dict days: {account id: local date}
        :param reminded: reminders announce the fees of these accounts; one that no reminder has announced within its
            days of notice gets a notice of its own. False: it gets the notice as soon as it has arisen.
        :return: {account id: ids of the fees that were charged}, of accounts that were charged something
        """
        items = self.env["billing.open.items"].get_items(list(account_ids))
        cases, loose = self.env["billing.late.fee.ledger"].get_cases(items, days)
        to_charge, to_announce, kept, problems, waiting = [], [], set(), {}, set()
        untold = self._find_untold(list(account_ids))
        for case in cases:
            day, rule = days[case.account_id], self._get_rule(case.rule_id)
            if case.stop and case.stop != EXEMPTION:
                kept.update(row.id for row in case.rows.values())
                continue
            if case.stop:
                continue
            occurrences, problem = self.get_occurrences(case, self._get_horizon(case, rule, day))
            problems[case.rule_id] = problem or problems.get(case.rule_id)
            if problem:
                waiting.add(case.move_id)
                kept.update(row.id for row in case.rows.values())
            for occurrence in occurrences:
                due_on = day + timedelta(days=rule.notice_days if rule.announce else 0)
                one = Arisen(case, occurrence, case.rows.get(occurrence.day), day, due_on)
                if one.is_announced:
                    kept.add(one.row.id)
                # what was meant to be announced waits until its message has left
                is_told = one.is_announced and one.row.due_on <= day and one.row.id not in untold
                if occurrence.day <= day and (not rule.announce or is_told):
                    to_charge.append(one)
                    continue
                waiting.add(case.move_id)
                if occurrence.day > day:
                    continue
                if not one.is_announced and (not reminded or self._is_overlooked(case, occurrence, rule, day)):
                    to_announce.append(one)
        self._send_notices(to_announce, self._save_announced(to_announce))
        charged = self._charge(to_charge)
        gone = [row for case in cases for row in case.rows.values() if row.state == "announced" and row.id not in kept]
        self._drop([*gone, *loose.values()])
        self._note_problems(problems)
        self.env["billing.late.fee.ledger"].note_looked_after(self._get_looked_after(cases, items, waiting))
        return charged

    @api.private
    def note_announcements(self, announced):
        """Note which message announces fees: they are charged only when it has left.

        :param dict announced: {fee id: message id}
        """
        update_rows(self.env.cr, "billing_late_fee", ("notice_id",), list(announced.items()))
        self.env["billing.late.fee"].invalidate_model(["notice_id"], flush=False)

    def _find_untold(self, account_ids):
        """Return the ids of announced fees whose message has not left: who was not told is not charged."""
        # sudo: fees and messages are kept by the billing, whoever lets it work
        announced = (
            self.env["billing.late.fee"]
            .sudo()
            .search([("account_id", "in", account_ids), ("state", "=", "announced"), ("notice_id", "!=", False)])
        )
        return {fee.id for fee in announced if not fee.notice_id._has_left()}

    def _get_looked_after(self, cases, items, waiting):
        """Return the ids of documents of which nothing is open and nothing waits to be charged."""
        still_open = {item.move_id for own in items.values() for item in own}
        held = {case.move_id for case in cases if case.stop}
        return {case.move_id for case in cases if case.terms.closing} - still_open - held - waiting

    def _is_overlooked(self, case, occurrence, rule, day):
        """Tell whether no reminder will announce a fee: the debt is paid, or the days of notice went by without one."""
        if case.debt.paid_on(day, case.terms.tolerance):
            return True
        return occurrence.day + timedelta(days=max(rule.notice_days, 1)) <= day

    def _charge(self, due):
        """Make the charges of fees and the invoices of those that are invoiced at once.

        :param due: [Arisen]
        :return: {account id: [fee id]}
        """
        if not due:
            return {}
        fees = self._save_charged_fees(due)
        codes = {
            company_id: self.env["res.company"].browse(company_id)._get_late_fee_code()
            for company_id in {one.case.company_id for one in due}
        }
        # sudo: the job charges for everybody; all accounts together, so that they are read together
        accounts = self.env["billing.account"].sudo().browse({one.case.account_id for one in due})
        langs = {account.id: account.partner_id.lang for account in accounts}
        own = [one for one in due if one.key in fees]  # another process was faster with the others
        new_charges = [
            self._prepare_charge(
                one,
                self._get_rule(one.case.rule_id).code_id or codes[one.case.company_id],
                langs[one.case.account_id],
            )
            for one in own
        ]
        made, updates, charged = [], [], defaultdict(list)
        recorded = self.env["billing.charge.book"].record(new_charges)
        for one, new, answer in zip(own, new_charges, recorded, strict=True):
            if answer.status == "created":
                made.append(answer.charge_id)
                updates.append((fees[one.key], "charged", one.day, new.amount, answer.charge_id))
                charged[one.case.account_id].append(fees[one.key])
        update_rows(self.env.cr, "billing_late_fee", ("state", "charged_on", "amount", "charge_id"), updates)
        self.env["billing.late.fee"].invalidate_model()
        self._invoice(self.env["billing.charge"].sudo().browse(made))  # sudo: the job charges for everybody
        return dict(charged)

    def _invoice(self, charges):
        """Invoice what is to be invoiced at once; the rest waits for the next bill, and so does what cannot be."""
        waiting = charges.filtered(lambda charge: charge.invoice_timing != "now")
        at_once = charges - waiting
        if at_once and self._invoice_now(at_once):
            for account, own in at_once.grouped("account_id").items():
                if reason := self._invoice_now(own):
                    waiting |= own
                    self._tell_once(account, reason)
        self.env["billing.rating"].refresh_next_billing_date(waiting.account_id)

    def _invoice_now(self, charges):
        """Invoice charges of an account; return why it cannot be done, or None."""
        try:
            with self.env.cr.savepoint():
                self.env["billing.invoicing"].sudo().invoice_now(charges)  # sudo: the job charges for everybody
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            if not isinstance(error, UserError | EngineError):
                _logger.exception("late fees: charges %s cannot be invoiced", charges.ids)
            self.env.invalidate_all()
            return self.env["billing.run.work"].get_reason(error)
        return None

    def _tell_once(self, account, reason):
        """Give somebody the task to see why the fees of an account cannot be invoiced, unless the task is there."""
        self.env["billing.tasks"].give(
            account,
            "late_fees.not_invoiced",
            "mail.mail_activity_data_todo",
            user_id=self.env["billing.run.work"].get_responsible(account).id,
            summary=self.env._("Late fees of this account cannot be invoiced at once and wait for its next bill"),
            note=reason,
        )

    def _get_charged_amount(self, one: Arisen):
        """Never more than was announced: a debt that was paid in part meanwhile may have become cheaper."""
        if one.is_announced and one.row.amount < as_exact(one.occurrence.amount):
            return round_half_up(one.row.amount, one.case.terms.digits)
        return one.occurrence.amount

    def _prepare_charge(self, one: Arisen, code, lang):
        """Return the charge of a fee; its name is in the language of the customer."""
        _ = self.with_context(lang=lang or self.env.lang).env._
        case, occurrence = one.case, one.occurrence
        days = (occurrence.day - case.debt.due).days
        return NewCharge(
            name=_("Late fee for %(invoice)s, %(days)s days late", invoice=case.number, days=days)
            if days != 1
            else _("Late fee for %(invoice)s, 1 day late", invoice=case.number),
            origin="late_fee",
            key=f"late_fee:{case.move_id}:{case.debt.due}:{case.rule_id}:{occurrence.day}",
            account_id=case.account_id,
            company_id=case.company_id,
            currency_id=case.currency_id,
            code_id=code.id,
            day=one.day,
            service=(one.day, one.day),
            exact=occurrence.exact,
            amount=self._get_charged_amount(one),
            breakdown=self._describe(one),
            timing=self._get_rule(case.rule_id).invoice_timing,
        )

    def _describe(self, one: Arisen):
        return {**describe_late_fee(one.case.terms, one.case.debt, one.occurrence), "invoice": one.case.number}

    def _prepare_fee_values(self, one: Arisen):
        """Return the values of the row of a fee that is announced."""
        case, occurrence = one.case, one.occurrence
        now, uid = self.env.cr.now(), self.env.uid
        return {
            "rule_id": case.rule_id,
            "line_id": case.line_id,
            "occurrence": occurrence.number,
            "move_id": case.move_id,
            "account_id": case.account_id,
            "company_id": case.company_id,
            "currency_id": case.currency_id,
            "due_date": case.debt.due,
            "arises_on": occurrence.day,
            "announced_on": one.day,
            "due_on": one.due_on,
            "base": round_half_up(occurrence.base, case.terms.digits),
            "amount_exact": round_half_up(occurrence.exact, EXACT_DIGITS),
            "amount": occurrence.amount,
            "breakdown": self._describe(one),
            "state": "announced",
            "reason": None,
            "create_uid": uid,
            "create_date": now,
            "write_uid": uid,
            "write_date": now,
        }

    def _save_announced(self, new):
        """Write announced rows; one that was dropped is announced anew.

        :param new: [Arisen]
        :return: {key of an Arisen: fee id} of what was written; another process's rows are not in it
        """
        values = [self._prepare_fee_values(one) for one in new if not one.row]
        made = insert_missing(
            self.env.cr,
            "billing_late_fee",
            FEE_COLUMNS,
            [tuple(vals[name] for name in FEE_COLUMNS) for vals in values],
            OCCURRENCE_KEY,
        )
        made.update(self._revive([one for one in new if one.row]))
        self.env["billing.late.fee"].invalidate_model()
        return made

    def _revive(self, dropped):
        """Announce dropped rows once more: what had settled their debt was undone."""
        updates = []
        for one in dropped:
            vals = self._prepare_fee_values(one)
            updates.append((one.row.id, *(vals[name] for name in REVIVED)))
        update_rows(self.env.cr, "billing_late_fee", REVIVED, updates)
        return {one.key: one.row.id for one in dropped}

    def _save_charged_fees(self, due):
        """Make sure that each fee to be charged has its row; return {key of an Arisen: fee id}."""
        known = {one.key: one.row.id for one in due if one.is_announced}
        new = [replace(one, due_on=one.day) for one in due if one.key not in known]
        return {**known, **self._save_announced(new)}

    def _drop(self, rows):
        """Drop announced fees whose debt was settled, or whose rule holds no longer."""
        if not rows:
            return
        fees = self.env["billing.late.fee"].sudo().browse([row.id for row in rows])  # sudo: the job keeps the rows
        for fee in fees:
            fee.reason = self._get_drop_reason(fee)
        self.env["billing.life"].apply_event("late_fee", fees, "drop")

    def _get_drop_reason(self, fee):
        if fee.account_id.late_fee_exempt:
            return self.env._("The account is exempt from late fees.")
        if not fee.rule_id.is_on:
            return self.env._("The rule was switched off.")
        if self.env["billing.open.documents"].is_settled(fee.move_id):
            return self.env._("The invoice was settled before the fee was charged.")
        return self.env._("The fee no longer applies to the debt as it is now.")

    def _send_notices(self, new, made):
        """Tell customers of fees that no reminder has announced: one notice per account, currency and day."""
        told = defaultdict(list)
        for one in new:
            if (fee_id := made.get(one.key)) is not None:
                told[one.case.account_id, one.case.currency_id, one.day].append(self._get_announcement(one, fee_id))
        if told:
            self.note_announcements(self.env["billing.late.fee.notices"].queue_notices(told))
