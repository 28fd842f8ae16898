"""Stripe's balance and the ledger, side by side, equal to the cent; and what differs."""

from datetime import datetime, timezone
from decimal import Decimal

import stripe
from odoo import api, fields, models
from odoo.addons.online_billing.services.shared.numbers import as_float, stored_decimal, to_decimal
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from .amounts import from_units
from .client import DIALOGUE
from .reading import plain
from .statement import LOOK_BACK

#: lines of one kind that are shown
MOST = 80


class BillingStripeComparing(models.AbstractModel):
    _name = "billing.stripe.comparing"
    _description = "Comparing Stripe's Balance with the Ledger"

    @api.private
    def compare(self, connection):
        """Ask Stripe for its balance, and put the ledger beside it.

        :return: `billing.stripe.comparison`
        :raise UserError: no statement is kept, or Stripe does not answer
        """
        connection.check_access("read")
        statement = self.env["billing.stripe.statement"]
        elevated = connection.sudo()  # sudo: keys are used, and only sums are shown
        if not statement.is_kept(elevated):
            raise UserError(
                self.env._(
                    "No statement is kept of this connection. Choose the account for fees, a journal on the provider,"
                    " and switch “Keep a Statement” on."
                )
            )
        currency = statement.get_currency(elevated)
        client = self.env["billing.stripe.client"].get_client(elevated.provider_id, DIALOGUE)
        # nothing is open while Stripe is asked
        self.env.cr.commit()  # pylint: disable=invalid-commit
        try:
            balance = plain(client.v1.balance.retrieve())
            brought = statement.bring(elevated, fields.Datetime.now() - LOOK_BACK)
        except stripe.StripeError as error:
            raise UserError(
                self.env._(
                    "Nothing can be compared: Stripe was asked for its balance, and answered %(error)s. Choose “Check"
                    " the Connection”: it says what is wrong.",
                    error=type(error).__name__,
                )
            ) from error
        held = (elevated.held_movement_ids | elevated.left_out_ids).mapped("body")
        movements = list({one["id"]: one for one in [*held, *brought]}.values())
        available, pending = (self._get_amount(balance, state, currency) for state in ("available", "pending"))
        journals = statement.get_journals(elevated)
        in_ledger = self._get_ledger(elevated, journals)
        difference = available + pending - in_ledger
        missing = self._find_missing(elevated, currency, movements)
        lines = [
            *self._shorten([line for line in missing if line[0] == "left_out"]),
            *self._shorten([line for line in missing if line[0] == "missing"]),
            *self._find_strangers(elevated, journals, currency),
        ]
        explained = sum((amount for _kind, _date, _name, amount in lines), Decimal(0))
        lines += [*self._find_unmatched(journals), *self._find_unpaid(elevated)]
        return self.env["billing.stripe.comparison"].create(
            {
                "connection_id": connection.id,
                "currency_id": currency.id,
                "available": as_float(available),
                "pending": as_float(pending),
                "at_stripe": as_float(available + pending),
                "in_ledger": as_float(in_ledger),
                "difference": as_float(difference),
                "unexplained": as_float(difference - explained),
                "line_ids": [
                    Command.create({"kind": kind, "date": date, "name": name, "amount": as_float(amount)})
                    for kind, date, name, amount in lines
                ],
            }
        )

    def _get_amount(self, balance, state, currency):
        units = sum(one["amount"] for one in balance[state] if one["currency"].upper() == currency.name)
        return from_units(units, currency.name)

    def _get_ledger(self, connection, journals):
        """Return the balance of the accounts of the journals, in their currency."""
        self.env.flush_all()
        column = "amount_currency" if connection.journal_id.currency_id else "balance"
        [(amount,)] = self.env.execute_query(
            SQL(
                "SELECT COALESCE(SUM(%s), 0) FROM account_move_line WHERE account_id = ANY(%s)"
                " AND parent_state = 'posted' AND company_id = %s",
                SQL.identifier(column),
                journals.default_account_id.ids,
                connection.company_id.id,
            )
        )
        return stored_decimal(amount)

    # -- what differs -------------------------------------------------------------------------------------------------

    def _find_missing(self, connection, currency, movements):
        """Return movements that are not in the statement: what Stripe has more than the ledger.

        What people have left out is told apart from what is still to come.
        """
        own = [one for one in movements if one["currency"].upper() == currency.name and (one["amount"] or one["fee"])]
        statement = self.env["billing.stripe.statement"]
        references = {one["id"]: statement.get_references(one) for one in own}
        known = statement.get_known(own)
        left_out = {one.reference: one.left_out_reason for one in connection.left_out_ids}
        found = []
        for one in own:
            units = {one["id"]: one["amount"], f"{one['id']}-fee": -one["fee"]}
            lacking = [name for name in references[one["id"]] if name not in known]
            if not lacking:
                continue
            kind, name = "missing", one.get("description") or one["type"]
            if one["amount"] and one["id"] not in lacking:
                name = self.env._("Fee of %(movement)s", movement=name)
            if reason := left_out.get(one["id"]):
                kind, name = "left_out", f"{name}: {reason}"
            day = datetime.fromtimestamp(one["created"], timezone.utc).date()
            found.append((kind, day, name, from_units(sum(units[name] for name in lacking), currency.name)))
        return found

    def _find_strangers(self, connection, journals, currency):
        """Return what stands on the journals' accounts without having come from Stripe: what the ledger has more."""
        items = self.env["account.move.line"].sudo()  # sudo: as above
        domain = [
            ("account_id", "in", journals.default_account_id.ids),
            ("parent_state", "=", "posted"),
            ("company_id", "=", connection.company_id.id),
            # what is entered by hand need not be of a statement
            "|",
            ("statement_line_id", "=", False),
            ("statement_line_id.billing_stripe_ref", "=", False),
        ]
        column = "amount_currency" if connection.journal_id.currency_id else "balance"
        found = items.search(domain, order="id desc", limit=MOST)
        lines = [("stranger", item.date, item.move_id.name, -stored_decimal(item[column])) for item in found]
        if len(found) == MOST:
            [(count, total)] = items._read_group(domain, [], ["__count", f"{column}:sum"])
            lines += self._get_rest(
                "stranger", count - MOST, -to_decimal(total, currency) - sum(line[-1] for line in lines)
            )
        return lines

    def _shorten(self, lines):
        """Return lines of one kind as far as they are shown, and the sum of the others: all of them are explained."""
        shown, rest = lines[:MOST], lines[MOST:]
        return shown + (self._get_rest(rest[0][0], len(rest), sum(line[-1] for line in rest)) if rest else [])

    def _get_rest(self, kind, count, amount):
        return [(kind, False, self.env._("and %(count)s more", count=count), amount)] if count else []

    def _find_unmatched(self, journals):
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: as above
        found = lines.search(
            [
                ("journal_id", "in", journals.ids),
                ("billing_stripe_ref", "!=", False),
                ("is_reconciled", "=", False),
            ],
            limit=MOST,
        )
        return [("unmatched", line.date, line.payment_ref, stored_decimal(line.amount)) for line in found]

    def _find_unpaid(self, connection):
        """Return payments of the journal that no movement of Stripe has settled."""
        payments = self.env["account.payment"].sudo()  # sudo: as above
        found = payments.search(
            [
                ("journal_id", "=", connection.journal_id.id),
                ("payment_transaction_id.provider_id", "=", connection.provider_id.id),
                ("state", "in", ("in_process", "paid")),
                ("is_matched", "=", False),
            ],
            limit=MOST,
        )
        return [("unpaid", one.date, one.name, stored_decimal(one.amount_signed)) for one in found]
