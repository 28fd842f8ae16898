"""The charge book: everything billable enters and leaves by this door, along the table of its states."""

import json

from odoo import api, models
from odoo.exceptions import UserError

from ...engine import MACHINES
from ..shared.numbers import as_float
from ..shared.rows import insert_missing, insert_rows, update_rows
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
        entered = self._get_entered(new_charges, made)
        self.env["billing.charge.totals"].add(entered)
        # what corrects a period was given back with it, and comes again with it
        again = [new for new in entered if new.generation > 1 and not (new.subscription_id and new.corrects_id)]
        self.env["billing.charge.standing"].check_alone(
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
        self.env["billing.charge.totals"].add(new_charges)

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

    def _get_entered(self, new_charges, made):
        """Return which of the new charges are in the book now: of those with one key the first."""
        first = {}
        for new in new_charges:
            first.setdefault(self._get_identity(new), new)
        return [new for identity, new in first.items() if identity in made]

    # -- the same key again -------------------------------------------------------------------------------------------

    @api.private
    def find(self, pairs):
        """Return {(company id, key): the charge that stands under it}, of keys that are known.

        Where nothing stands, neither billed nor pending, it is the newest generation.

        :param pairs: (company id, key)
        """
        service = self.env["billing.charge.standing"]
        generations = service.find_generations(pairs)
        standing = service.find_standing({charge.id for group in generations.values() for charge in group[:-1]})
        return {
            pair: next((charge for charge in reversed(group) if charge.id in standing), group[-1])
            for pair, group in generations.items()
        }

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
        self.env["billing.charge.standing"].check_alone(charges.corrects_id.ids)
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
        self.env["billing.charge.standing"].check_alone((charges | charges.corrects_id).ids)
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
        self.env["billing.charge"].flush_model()
        totals, moving = self.env["billing.charge.totals"], [row[0] for row in rows]
        sources = tuple(changes)
        if len(sources) > 1:
            totals.count(moving, -1)
        moved = self._update(("state", *columns), [(row[0], target, *row[1:]) for row in rows], {"state": sources})
        if moved != len(rows):
            raise UserError(
                self.env._(
                    "One of these charges has been billed or voided meanwhile, so this is not possible any more. Reload"
                    " the page and look at them."
                )
            )
        if len(sources) > 1:
            totals.count(moving, 1)
        else:
            totals.move(moving, sources[0])

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
