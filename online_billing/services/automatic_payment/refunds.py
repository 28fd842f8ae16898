"""Giving money back by the way it came: a row of its own for each refund, never more than is left of the payment."""

import uuid
from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..receivables.values import COUNTED_ATTEMPTS
from ..shared.numbers import as_float, to_decimal


class BillingPaymentRefunds(models.AbstractModel):
    _name = "billing.payment.refunds"
    _description = "Refunds of Payments"

    @api.private
    def get_left(self, payment):
        """Return how much of an online payment can still be given back, as Decimal."""
        # sudo: rows of the billing, for whoever may give money back
        given = payment.sudo().billing_refund_ids.filtered(lambda attempt: attempt.state in COUNTED_ATTEMPTS)
        taken_back = payment.sudo().billing_returned_amount  # sudo: as above
        came_back = sum(given.mapped("returned_amount"))
        currency = payment.currency_id
        gone = sum(given.mapped("amount")) + taken_back - came_back
        return to_decimal(payment.amount, currency) - to_decimal(gone, currency)

    @api.private
    def get_obstacle(self, payment, amount=None):
        """Say why a provider does not give an amount of a payment back, and what to do; nothing where it does.

        What provider and method can is what Odoo knows of them: nothing, the whole payment at once, or any part.

        :param payment: one by which a provider has moved money
        :param Decimal amount: None for any
        """
        transaction = payment.sudo().payment_transaction_id  # sudo: as above
        method = transaction.payment_method_id.primary_payment_method_id or transaction.payment_method_id
        supported = {transaction.provider_id.support_refund, method.support_refund}
        names = {"provider": transaction.provider_id.name, "method": method.name, "payment": payment.display_name}
        if "none" in supported:
            return self.env._(
                "%(provider)s gives nothing back of what was paid by %(method)s. Give %(payment)s back by a transfer or"
                " from the till.",
                **names,
            )
        if (
            amount is not None
            and "full_only" in supported
            and amount != to_decimal(payment.amount, payment.currency_id)
        ):
            return self.env._(
                "%(provider)s gives back the whole of what was paid by %(method)s, and no part of it. Give the part of"
                " %(payment)s back by a transfer or from the till.",
                **names,
            )
        return ""

    @api.private
    def get_left_of_note(self, note):
        """Return how much of a credit note can be given back: what is open of it and is not on its way already.

        What has gone for it has gone, whatever somebody has unmatched since.

        :return: Decimal
        """
        under_way = self.env["billing.rests"].get_being_given_back(note.ids).get(note.id, Decimal(0))
        # sudo: rows of the billing, as above
        refunds = (
            self.env["billing.payment.attempt"]
            .sudo()
            .search([("credit_note_id", "=", note.id), ("kind", "=", "refund"), ("state", "in", COUNTED_ATTEMPTS)])
        )
        gone = sum(refunds.mapped("amount")) - sum(refunds.mapped("returned_amount"))
        open_amount, total = (
            to_decimal(amount, note.currency_id) for amount in (note.amount_residual, note.amount_total)
        )
        return min(open_amount - under_way, total - to_decimal(gone, note.currency_id))

    @api.private
    def get_decline(self, payment):
        """Say that the latest refund of a payment was declined, why, and what to do; nothing where it was not."""
        latest = payment.sudo().billing_refund_ids.sorted("id")[-1:]  # sudo: as above
        if not latest or latest.state in COUNTED_ATTEMPTS:
            return ""
        return self.env._(
            "%(amount)s that %(user)s wanted to give back of %(payment)s did not go back: %(reason)s. Nothing has"
            " moved. Give it back by a transfer or from the till; to try it once more by the provider, open “Give Back”"
            " again.",
            amount=latest.currency_id.format(latest.amount),
            user=latest.create_uid.name,
            payment=payment.display_name,
            reason=(latest.reason or self.env._("the provider does not say why")).strip().rstrip("."),
        )

    @api.private
    def refund(self, payment, amount, reason, credit_note=None, seen=None):
        """Give an amount of a payment back; the row is committed before the provider is asked.

        Each refund is the n-th of its payment, and there is one n-th at most: whoever decides again on what was seen
        before, by a second click or in a second dialogue, gets the refund that was made, and no money moves.

        :param amount: as it was typed
        :param reason: for the record, never empty
        :param credit_note: posted; it is settled by the refund
        :param seen: how many refunds the payment had when this was decided; None: as many as it has now
        :return: the attempt
        :raise UserError: it was no online payment, more is given back than is left, the credit note is another one's,
            or something else was given back since
        """
        payment.browse().check_access("create")  # money goes out
        payment.check_access("write")
        reason = (reason or "").strip()
        if not payment or not reason:
            raise UserError(self.env._("Choose the payment, and say why it is given back."))
        account, transaction = payment.billing_account_id, payment.sudo().payment_transaction_id  # sudo: as above
        if not payment._filter_billing_moved() or payment.payment_type != "inbound":
            raise UserError(
                self.env._(
                    "%(payment)s did not come by an online payment of a billing account. Give it back as it came.",
                    payment=payment.display_name,
                )
            )
        account.hold()
        wanted, left = self.env["billing.paying"].read_wanted(amount, payment.currency_id), self.get_left(payment)
        if made := self._get_made_since(payment, wanted, reason, credit_note, seen):
            return made
        if not Decimal(0) < wanted <= left:
            raise UserError(
                self.env._(
                    "%(left)s of %(payment)s can still be given back.",
                    left=payment.currency_id.format(as_float(left)),
                    payment=payment.display_name,
                )
            )
        if obstacle := self.get_obstacle(payment, wanted):
            raise UserError(obstacle)
        if credit_note:
            self._check_credit_note(payment, wanted, credit_note)
        attempt = self._make_row(payment, transaction, wanted, reason, credit_note)
        self.env["billing.debit.sending"].call(attempt)
        return attempt

    def _get_made_since(self, payment, wanted, reason, credit_note, seen):
        """Return the refund that was wanted, where it was made since it was decided; none where nothing was.

        :raise UserError: another one was made
        """
        refunds = payment.sudo().billing_refund_ids.sorted("id")  # sudo: rows of the billing
        later = refunds[seen:] if seen is not None else refunds.browse()
        if not later:
            return later
        currency = payment.currency_id
        same = later.filtered(
            lambda one: (
                to_decimal(one.amount, currency) == wanted
                and one.credit_note_id == (credit_note or one.credit_note_id.browse())
                and (one.origin, one.intended_reason) == ("staff", reason)
            )
        )
        if same:
            # one that was declined moved nothing; its page says why, and what to do
            return (same.filtered(lambda one: one.state in COUNTED_ATTEMPTS) or same)[:1].sudo(False)
        first = later.filtered(lambda one: one.state in COUNTED_ATTEMPTS)[:1]
        if not first:
            raise UserError(self.get_decline(payment))
        raise UserError(
            self.env._(
                "%(amount)s of %(payment)s has been given back meanwhile by %(user)s. Look at it, then open the"
                " dialogue again if something is to be given back besides.",
                amount=currency.format(first.amount),
                payment=payment.display_name,
                user=first.create_uid.name,
            )
        )

    def _check_credit_note(self, payment, amount, note):
        note.check_access("write")
        fits = (
            note.move_type == "out_refund"
            and note.state == "posted"
            and note.billing_account_id == payment.billing_account_id
            and note.currency_id == payment.currency_id
        )
        if not fits:
            raise UserError(self.env._("Choose a posted credit note of the same account and currency."))
        # Odoo's reconciliation of the note at this moment writes the same rows: one of the two is begun anew
        note.flush_recordset()
        self.env.cr.execute(
            SQL(
                "UPDATE account_move_line SET amount_residual = amount_residual"
                " WHERE move_id = %s AND display_type = 'payment_term'",
                note.id,
            )
        )
        left = self.get_left_of_note(note)
        if amount > left:
            raise UserError(
                self.env._(
                    "%(left)s of %(note)s is open and not being given back already. Give back as much, or without the"
                    " credit note.",
                    left=note.currency_id.format(as_float(left)),
                    note=note.name,
                )
            )

    @api.private
    def begin_twice(self, payment, amount, reason):
        """Make the row of a refund of what was paid twice; the job of the questions asks the provider for it.

        :param payment: elevated, whose account is held
        :param Decimal amount: no more than is left of it
        :param reason: for the record
        :return: the attempt, noted as sent
        """
        return self._make_row(payment, payment.payment_transaction_id, amount, reason, None, origin="twice")

    @api.private
    def take_up(self, payment, amount, reason, reference):
        """Make the row of a refund that somebody has made on the provider's own pages; the provider is not asked.

        What is more than is left of the payment, because it was taken back besides, is booked all the same: the money
        has gone. The customer owes it, and somebody is asked to look into it.

        :param Decimal amount: what is given back
        :param reason: for the record
        :param reference: under which the provider keeps it
        :return: the attempt, noted as sent
        """
        payment = payment.sudo()  # sudo: events come by jobs
        payment.billing_account_id.hold()
        left = self.get_left(payment)
        attempt = self._make_row(payment, payment.payment_transaction_id, amount, reason, None, origin="provider")
        attempt = attempt.sudo()  # sudo: rows of the billing alone
        if amount > left:
            self._ask_somebody(attempt, amount, left)
        attempt.provider_reference = attempt.transaction_id.provider_reference = reference
        return attempt

    def _ask_somebody(self, attempt, amount, left):
        payment, currency = attempt.refunds_id, attempt.currency_id
        self.env["billing.tasks"].give(
            payment,
            f"refunds.more_than_left:{attempt.id}",
            "online_billing.activity_type_payment_differs",
            note=self.env._(
                "%(amount)s of %(payment)s was given back on the provider's page, and only %(left)s of it is left.",
                amount=currency.format(as_float(amount)),
                payment=payment.display_name,
                left=currency.format(as_float(max(left, Decimal(0)))),
            ),
            user_id=self.env["billing.work.loop"].get_responsible(attempt.account_id).id,
        )

    def _make_row(self, payment, transaction, amount, reason, credit_note, origin="staff"):
        """Make the row with its transaction, noted as sent."""
        debits = self.env["billing.debits"]
        now = fields.Datetime.now()
        attempt = debits.make(
            {
                "key": uuid.uuid4().hex,
                "kind": "refund",
                "origin": origin,
                "account_id": payment.billing_account_id.id,
                "currency_id": payment.currency_id.id,
                "amount": as_float(amount),
                "token_id": transaction.token_id.id,
                "provider_id": transaction.provider_id.id,
                "method_name": transaction.token_id.display_name or transaction.payment_method_id.name,
                "refunds_id": payment.id,
                "day": fields.Date.context_today(self),
                "next_time": now,
                "reason": reason,
                "intended_reason": reason,
                "place": len(payment.sudo().billing_refund_ids),  # sudo: as above
                "credit_note_id": credit_note and credit_note.id,
            },
            [],
        )
        attempt.sudo().transaction_id = transaction._create_child_transaction(  # sudo: kept by the billing
            as_float(amount), is_refund=True, invoice_ids=[Command.set(credit_note.ids if credit_note else [])]
        )
        awaits_call = origin != "provider"  # whoever made it there has asked for it
        # for what was paid twice nobody waits who would ask at once
        next_time = now if origin == "twice" else fields.Datetime.add(now, minutes=5)
        debits.move(attempt, "send", sent_at=now, awaits_call=awaits_call, next_time=next_time)
        return attempt
