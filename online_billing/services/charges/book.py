"""The charge book: everything billable enters and leaves by this door, along the table of its states."""

import json
from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine import MACHINES
from ..shared.numbers import as_float, exact, money
from ..shared.rows import insert_missing, insert_rows, update_rows
from ..shared.values import Corrected
from .new_charge import NewCharge, Recorded

# the columns of a row, each with how a NewCharge says it
COLUMNS = (
    "name",
    "origin",
    "key",
    "generation",
    "account_id",
    "company_id",
    "currency_id",
    "code_id",
    "subscription_line_id",
    "subscription_id",
    "price_id",
    "corrects_id",
    "replaces_id",
    "kind",
    "sequence",
    "charge_date",
    "period_start",
    "period_end",
    "service_start",
    "service_end",
    "quantity",
    "amount_exact",
    "amount",
    "tax_included",
    "breakdown",
    "invoice_timing",
    "state",
    "void_reason",
    "is_netted",
    "invoice_id",
    "invoice_line_id",
    "run_id",
    "create_uid",
    "create_date",
    "write_uid",
    "write_date",
)
EXACT_DIGITS = 10
IDENTITY = ("company_id", "key", "generation")


class BillingChargeBook(models.AbstractModel):
    _name = "billing.charge.book"
    _description = "Charge Book"

    # -- in -----------------------------------------------------------------------------------------------------------

    @api.private
    def record(self, new_charges):
        """Write charges by one statement, each key and generation at most once.

        Whoever calls has checked that the user may do so, or acts for the billing.

        :param list new_charges: NewCharge
        :return: a list of Recorded in the same order
        """
        if not new_charges:
            return []
        # what is invoiced in this very transaction leaves nothing to a run: many post for one account at once
        waiting = {new.account_id for new in new_charges if new.timing != "now"}
        self.env["billing.account"].browse(waiting).hold()
        charges = self.env["billing.charge"]
        charges.flush_model()
        stamp = (self.env.uid, self.env.cr.now())
        rows = [self._get_row(new, stamp, new.breakdown) for new in new_charges]
        made = insert_missing(self.env.cr, charges._table, COLUMNS, rows, IDENTITY)
        charges.invalidate_model()
        entered = [new for new in new_charges if self._get_identity(new) in made]
        # what corrects a period was given back with it, and comes again with it
        again = [new for new in entered if new.generation > 1 and not (new.subscription_id and new.corrects_id)]
        self._check_alone(
            {made[self._get_identity(new)] for new in again} | {new.corrects_id for new in entered if new.corrects_id}
        )
        if len(made) == len(new_charges):
            return [Recorded(made[self._get_identity(new)], "created") for new in new_charges]
        return self._compare_all(new_charges, made)

    @api.private
    def record_settled(self, new_charges):
        """Write charges that stand on their invoice already, or are void, as fast as many rows can be written.

        For whoever holds the locks that keep everybody else from the same keys.

        :param list new_charges: NewCharge, none of them pending
        :raise psycopg2.errors.UniqueViolation: one is in the book already; nobody is charged twice
        """
        if not new_charges:
            return
        charges, stamp, texts, rows = self.env["billing.charge"], (self.env.uid, self.env.cr.now()), {}, []
        charges.flush_model()
        for new in new_charges:
            text = texts.get(id(new.breakdown))
            if text is None:  # what many charges have in common is written once
                text = texts[id(new.breakdown)] = json.dumps(new.breakdown)
            rows.append(self._get_row(new, stamp, text))
        insert_rows(self.env.cr, charges._table, COLUMNS, rows)
        charges.invalidate_model()

    def _get_row(self, new: NewCharge, stamp, breakdown):
        return (
            new.name,
            new.origin,
            new.key,
            new.generation,
            new.account_id,
            new.company_id,
            new.currency_id,
            new.code_id,
            new.subscription_line_id,
            new.subscription_id,
            new.price_id,
            new.corrects_id,
            new.replaces_id,
            new.kind,
            new.sequence,
            new.day,
            *new.period,
            *new.service,
            f"{as_float(new.quantity):.6f}",
            f"{as_float(new.exact):.10f}",
            new.amount,
            new.tax_included,
            breakdown,
            new.timing,
            new.state,
            new.void_reason,
            new.is_netted,
            new.invoice_id,
            new.invoice_line_id,
            new.run_id,
            *stamp,
            *stamp,
        )

    def _get_identity(self, new: NewCharge):
        return (new.company_id, new.key, new.generation)

    # -- the same key again -------------------------------------------------------------------------------------------

    @api.private
    def find(self, pairs):
        """Return {(company id, key): the charge that stands under it}, of keys that are known.

        Where nothing stands, neither billed nor pending, it is the newest generation.

        :param pairs: (company id, key)
        """
        generations = self._find_generations(pairs)
        standing = self._filter_standing({charge.id for group in generations.values() for charge in group[:-1]})
        return {
            pair: next((charge for charge in reversed(group) if charge.id in standing), group[-1])
            for pair, group in generations.items()
        }

    def _find_generations(self, pairs):
        """Return {(company id, key): charges by generation} of keys that are known."""
        # sudo: a key is taken whoever may read its charge
        found = (
            self.env["billing.charge"]
            .sudo()
            .search(
                [
                    ("company_id", "in", list({company_id for company_id, _key in pairs})),
                    ("key", "in", list({key for _company_id, key in pairs})),
                ],
                order="generation, id",
            )
        )
        return found.grouped(lambda charge: (charge.company_id.id, charge.key))

    @api.private
    def compare(self, charge, stated):
        """Say whether a charge of the book is what somebody wants to record under its key once more.

        :param dict stated: names as in a NewCharge, with "given" for what was given in the breakdown
        :return: Recorded, a duplicate or a conflict
        """
        first = charge
        while first.replaces_id:  # what is billed again has a day of its own
            first = first.replaces_id
        differs = tuple(name for name, value in stated.items() if value != self._get_stated(first, name, value))
        return Recorded(charge.id, "conflict" if differs else "duplicate", differs)

    def _get_stated(self, charge, name, value):
        """Return what a charge says, in the terms of whoever states a value."""
        if name == "given":
            return (charge.breakdown or {}).get("given")
        if name in ("quantity", "amount"):
            digits = 6 if name == "quantity" else charge.currency_id.decimal_places
            return value if f"{as_float(value):.{digits}f}" == f"{charge[name]:.{digits}f}" else charge[name]
        if name == "timing" and charge.invoice_timing == "soon":
            return value  # it was released, and has waited already
        stored = charge[{"day": "charge_date", "timing": "invoice_timing"}.get(name, name)]
        return stored.id if isinstance(stored, models.BaseModel) else stored

    def _compare_all(self, new_charges, made):
        """Answer for charges of which some did not enter."""
        known, answers, entered = None, [], set()
        for new in new_charges:
            identity = self._get_identity(new)
            if identity in made and identity not in entered:
                entered.add(identity)
                answers.append(Recorded(made[identity], "created"))
                continue
            known = known or self.find({(one.company_id, one.key) for one in new_charges})
            answers.append(self.compare(known[new.company_id, new.key], self._get_content(new)))
        return answers

    def _get_content(self, new: NewCharge):
        return {
            name: (new.breakdown or {}).get("given") if name == "given" else getattr(new, name) for name in new.content
        }

    # -- along the table of states ------------------------------------------------------------------------------------

    @api.private
    def settle(self, settlements):
        """Write down on which invoices pending charges stand now.

        :param list settlements: Settlement
        :raise UserError: one is not pending any more
        """
        self._move(
            "invoice",
            ("invoice_id", "invoice_line_id", "run_id", "tax_included"),
            [(one.charge_id, one.invoice_id, one.invoice_line_id, one.run_id, one.tax_included) for one in settlements],
        )

    @api.private
    def void(self, charges, reason):
        """Void charges with a reason: pending ones, and those whose invoice was cancelled.

        :raise UserError: the charge is void already
        """
        self._move("void", ("void_reason",), [(charge_id, reason) for charge_id in charges.ids])
        self._check_alone(charges.corrects_id.ids)
        self._follow_void(charges)

    def _follow_void(self, charges):
        """Let whatever rests on charges follow when they are void; a seam for what makes charges."""

    @api.private
    def net(self, charges, reason, run):
        """Void pending charges that add up to nothing with the others of their bill; they count as settled."""
        self._move(
            "void",
            ("void_reason", "is_netted", "run_id"),
            [(charge_id, reason, True, run.id or None) for charge_id in charges.ids],
        )

    @api.private
    def release(self, charges):
        """Make charges pending again whose draft invoice was deleted; the next run bills them.

        They wait for no later bill of their subscription: their day has come already.
        """
        self._move(
            "release",
            ("invoice_id", "invoice_line_id", "run_id", "invoice_timing"),
            [(charge_id, None, None, None, "soon") for charge_id in charges.ids],
        )

    @api.private
    def restore(self, charges):
        """Take charges back whose cancelled invoice is a draft again.

        :raise UserError: something else stands under the key of one
        """
        self._move("restore", ("void_reason",), [(charge_id, None) for charge_id in charges.ids])
        self._check_alone((charges | charges.corrects_id).ids)
        self._follow_restored(charges)

    def _follow_restored(self, charges):
        """Let whatever rests on charges follow when they stand again; a seam as above."""

    @api.private
    def detach(self, charges):
        """Let void charges no longer name an invoice that is deleted."""
        self._update(("invoice_id", "invoice_line_id"), [(charge_id, None, None) for charge_id in charges.ids])

    @api.private
    def list_on(self, listed):
        """Write down which bill names charges as already billed.

        :param list listed: (charge id, invoice id)
        """
        self._update(("listed_invoice_id",), listed)

    def _move(self, event, columns, rows):
        """Move charges along their table by one statement.

        :param rows: [(charge id, values of the columns ...)]
        :raise UserError: a charge is in a state that does not know the event
        """
        if not rows:
            return
        changes = MACHINES["charge"].changes(event)
        [target] = set(changes.values())
        moved = self._update(
            ("state", *columns), [(row[0], target, *row[1:]) for row in rows], {"state": tuple(changes)}
        )
        if moved != len(rows):
            raise UserError(
                self.env._(
                    "One of these charges has been billed or voided meanwhile, so this is not possible any more. Reload"
                    " the page and look at them."
                )
            )

    def _update(self, columns, rows, only_where=None):
        if not rows:
            return 0
        charges = self.env["billing.charge"]
        charges.flush_model()
        uid, now = self.env.uid, self.env.cr.now()
        written = update_rows(
            self.env.cr,
            charges._table,
            (*columns, "write_uid", "write_date"),
            [(*row, uid, now) for row in rows],
            only_where,
        )
        charges.invalidate_model()
        return written

    # -- what a correction corrects -----------------------------------------------------------------------------------

    @api.private
    def fill_corrected(self, items):
        """Tell items that change what was billed which charge they change, and how it was posted.

        :param list items: BillItem; corrections among them get `corrects_id`, and `corrected` where a posted invoice
            says how
        """
        periods = {
            (item.line.id, item.due.period.start): None for item in items if item.due and item.due.kind == "adjustment"
        }
        if periods:
            periods = self._find_periods(periods)
        for item in items:
            if item.due and item.due.kind == "adjustment":
                item.corrects_id = periods.get((item.line.id, item.due.period.start))
        if not (ids := {item.corrects_id for item in items if item.corrects_id}):
            return
        posted = self._find_posted(ids)
        for item in items:
            found = posted.get(item.corrects_id)
            if found and item.amount * found.amount < 0:
                item.corrected = found

    def _find_periods(self, pairs):
        """Return {(subscription line id, first day of a period): id of the charge that stands for it}."""
        query = SQL(
            """
            SELECT subscription_line_id, period_start, id FROM billing_charge
             WHERE subscription_line_id = ANY(%s) AND period_start = ANY(%s) AND kind IN ('period', 'once')
               AND origin = 'subscription'
             ORDER BY %s, generation, id
            """,
            list({line_id for line_id, _start in pairs}),
            list({start for _line_id, start in pairs}),
            self.get_standing_condition("billing_charge"),
        )
        return {(line_id, start): charge_id for line_id, start, charge_id in self.env.execute_query(query)}

    def _find_posted(self, charge_ids):
        """Return {charge id: Corrected} of charges that stand on a posted document."""
        query = SQL(
            """
            SELECT charge.id, charge.amount, move.id, move.name, line.account_id,
                   ARRAY(SELECT tax.account_tax_id FROM account_move_line_account_tax_rel tax
                          WHERE tax.account_move_line_id = line.id ORDER BY tax.account_tax_id)
              FROM billing_charge charge
              JOIN account_move_line line ON line.id = charge.invoice_line_id
              JOIN account_move move ON move.id = line.move_id
             WHERE charge.id = ANY(%s) AND charge.state = 'invoiced' AND move.state = 'posted'
            """,
            list(charge_ids),
        )
        self.env["account.move"].flush_model(["name", "state"])
        self.env["account.move.line"].flush_model(["tax_ids", "account_id", "move_id"])
        return {
            charge_id: Corrected(money(amount, EXACT_DIGITS), *rest, tuple(tax_ids))
            for charge_id, amount, *rest, tax_ids in self.env.execute_query(query)
        }

    # -- what stands --------------------------------------------------------------------------------------------------

    @api.private
    def get_standing(self, charges):
        """Return {charge: what still stands of it}: its amount with all that corrects it.

        Of a void one nothing stands but what gave it back and is not void itself.
        """
        charges.flush_model()
        totals = dict(
            self.env["billing.charge"]
            .sudo()  # sudo: what corrects a charge counts, whoever may read it
            ._read_group([("corrects_id", "in", charges.ids), ("state", "!=", "void")], ["corrects_id"], ["amount:sum"])
        )
        return {
            charge: (charge.amount if charge.state != "void" or charge.is_netted else 0.0)
            + totals.get(charge.sudo(), 0.0)
            for charge in charges
        }

    @api.private
    def get_standing_condition(self, alias):
        """Return the SQL condition that a charge stands: it waits, or something of it is left.

        One of 0.00 stands until it is taken back.

        :param alias: of the table in the query
        """
        return SQL(
            """
            (%(charge)s.state = 'pending' OR (%(charge)s.state = 'invoiced' OR %(charge)s.is_netted IS TRUE) AND (
                SELECT CASE WHEN %(charge)s.amount = 0 THEN COUNT(*) = 0
                            ELSE (%(charge)s.amount + COALESCE(SUM(correction.amount), 0)) * %(charge)s.amount > 0 END
                  FROM billing_charge correction
                 WHERE correction.corrects_id = %(charge)s.id AND correction.state <> 'void'))
            """,
            charge=SQL.identifier(alias),
        )

    @api.private
    def filter_free(self, charges):
        """Return the charges that may be billed again: nothing stands of them, nor of any other under their keys."""
        generations = self._find_generations({(charge.company_id.id, charge.key) for charge in charges})
        standing = self._filter_standing({charge.id for group in generations.values() for charge in group})
        taken = {pair for pair, group in generations.items() if standing & set(group.ids)}
        left = self.get_standing(charges)
        return charges.filtered(
            lambda charge: (charge.company_id.id, charge.key) not in taken and charge.currency_id.is_zero(left[charge])
        )

    @api.private
    def check_can_go(self, charges):
        """See to it that charges which give others back may be taken away for a while, as a draft is.

        :raise UserError: what they gave back has been billed again, and would stand twice
        """
        given_back = charges.corrects_id
        generations = self._find_generations({(charge.company_id.id, charge.key) for charge in given_back})
        standing = self._filter_standing({charge.id for group in generations.values() for charge in group})
        for charge in given_back:
            others = generations[charge.company_id.id, charge.key] - charge
            for other in others.filtered(lambda other: other.id in standing)[:1]:
                raise UserError(self._get_again_refusal(charge, other))

    def _filter_standing(self, charge_ids):
        if not charge_ids:
            return set()
        self.env["billing.charge"].flush_model()
        query = SQL(
            "SELECT id FROM billing_charge WHERE id = ANY(%s) AND %s",
            list(charge_ids),
            self.get_standing_condition("billing_charge"),
        )
        return {charge_id for [charge_id] in self.env.execute_query(query)}

    def _check_alone(self, charge_ids):
        """See to it that one generation stands under a key at most, whatever was done to these charges.

        :raise UserError: two would stand: the same would be billed twice
        """
        if not charge_ids:
            return
        self.env["billing.charge"].flush_model()
        query = SQL(
            """
            SELECT charge.id, other.id
              FROM billing_charge charge
              JOIN billing_charge other ON other.company_id = charge.company_id AND other.key = charge.key
                                       AND other.generation <> charge.generation
             WHERE charge.id = ANY(%s) AND %s AND %s
             ORDER BY charge.id, other.generation
             LIMIT 1
            """,
            list(charge_ids),
            self.get_standing_condition("charge"),
            self.get_standing_condition("other"),
        )
        for charge_id, other_id in self.env.execute_query(query):
            raise UserError(self._get_again_refusal(*self.env["billing.charge"].sudo().browse([charge_id, other_id])))

    # -- billing again ------------------------------------------------------------------------------------------------

    @api.private
    def bill_again(self, charges, days, timing):
        """Record the next generation of charges of which nothing stands any more, and of what corrected them.

        :param dict days: {account id: day on which they fall due}
        :param timing: "soon" or "now"
        :return: the new charges, pending
        :raise UserError: a charge still stands, waits, or has been billed again already
        """
        charges.account_id.hold()  # who brings the first one back at this moment comes before or after
        by_key = charges.sorted("generation").grouped(lambda charge: (charge.company_id.id, charge.key))
        charges = charges.browse([group[-1].id for group in by_key.values()])
        self._check_again(charges)
        made = {}
        corrections = charges.search(
            [("corrects_id", "in", charges.ids), ("origin", "=", "subscription"), ("state", "!=", "void")]
        )
        for group in (charges - corrections, corrections):
            new_charges = []
            for charge in group:
                new = self.prepare_again(charge, days[charge.account_id.id], timing)
                new_charges.append(replace(new, corrects_id=made.get(new.corrects_id, new.corrects_id)))
            for charge, answer in zip(group, self.record(new_charges), strict=True):
                if answer.status != "created":
                    raise UserError(self._get_again_refusal(charge, charge.browse(answer.charge_id)))
                made[charge.id] = answer.charge_id
        return charges.browse(made.values())

    @api.private
    def prepare_again(self, charge, day, timing):
        """Return the next generation of a charge: the same period and amount, under the same key."""
        digits = charge.currency_id.decimal_places
        [generations] = self._find_generations({(charge.company_id.id, charge.key)}).values()
        corrected = (
            charge.corrects_id and self._find_keys(charge.corrects_id)[charge.company_id.id, charge.corrects_id.key]
        )
        return NewCharge(
            name=charge.name,
            origin=charge.origin,
            key=charge.key,
            generation=generations[-1].generation + 1,
            replaces_id=charge.id,
            account_id=charge.account_id.id,
            company_id=charge.company_id.id,
            currency_id=charge.currency_id.id,
            code_id=charge.code_id.id,
            subscription_line_id=charge.subscription_line_id.id or None,
            subscription_id=charge.subscription_id.id or None,
            price_id=charge.price_id.id or None,
            corrects_id=corrected.id or None,
            kind=charge.kind,
            sequence=charge.sequence,
            day=day,
            period=(charge.period_start or None, charge.period_end or None),
            service=(charge.service_start or None, charge.service_end or None),
            quantity=exact(charge.quantity),
            amount=money(charge.amount, digits),
            exact=exact(charge.amount_exact, EXACT_DIGITS),
            tax_included=charge.tax_included,
            breakdown=charge.breakdown or None,
            timing=timing,
        )

    def _check_again(self, charges):
        _, standing, known = self.env._, self.get_standing(charges), self._find_keys(charges)
        for charge in charges:
            other = known[charge.company_id.id, charge.key]
            if charge.state == "pending":
                raise UserError(
                    _("“%(charge)s” has not been billed yet; the next run bills it by itself.", charge=charge.name)
                )
            if other != charge and self._filter_standing(other.ids):
                raise UserError(self._get_again_refusal(charge, other))
            if not charge.currency_id.is_zero(standing[charge]) or charge.is_netted:
                raise UserError(
                    _(
                        "“%(charge)s” still stands with %(amount)s. Cancel its invoice or credit it in full first, then"
                        " bill it again.",
                        charge=charge.name,
                        amount=charge.currency_id.format(standing[charge]),
                    )
                )

    def _find_keys(self, charges):
        return self.find({(charge.company_id.id, charge.key) for charge in charges})

    def _get_again_refusal(self, charge, other):
        """Return why a charge cannot stand beside another one of its key."""
        names = {
            "charge": charge.name,
            "where": other.sudo().invoice_id.display_name or self.env._("it waits for the next run"),
        }
        if charge.corrects_id:
            return self.env._(
                "“%(charge)s” has been given back once more already (%(where)s), and would be given back twice. Cancel"
                " that credit note first.",
                **names,
            )
        return self.env._(
            "“%(charge)s” has been billed again already (%(where)s), and would be billed twice. Void or credit that"
            " charge first, or make a new invoice.",
            **names,
        )
