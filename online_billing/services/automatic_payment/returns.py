"""Money that is taken back: charge-backs and returned debits open again exactly what was paid."""

from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import format_date

from ..shared.numbers import as_float, to_decimal


class BillingPaymentReturns(models.AbstractModel):
    _name = "billing.payment.returns"
    _description = "Charge-Backs and Returned Debits"

    @api.private
    def take_back(self, payment, amount, day, reason, reference=""):
        """Book that a provider has taken an amount of a payment back: what it had paid is open again.

        Once all of the payment was taken back, so is what it was enough to let the customer keep: a discount for early
        payment. What is more than is left of the payment, because it was given back besides, is booked all the same:
        the money has gone. The customer owes it, and somebody is asked to look into it. Automatic payment of the
        account is paused, and the fee of the company is charged. The same event changes nothing a second time.

        :param amount: Decimal
        :param day: on which it was taken back
        :param reason: in plain words, for the record
        :param reference: of the provider, by which the same event is known again
        :return: the entry that opens it; none where this was booked before
        :raise UserError: no amount
        """
        payment = payment.sudo()  # sudo: events come by jobs
        payment.billing_account_id.hold()
        if known := self._find_known(payment, reference):
            return known.browse()
        return self._book_taken(payment, amount, day, reason, reference)

    def _book_taken(self, payment, amount, day, reason, reference):
        account, left = payment.billing_account_id, self.env["billing.payment.refunds"].get_left(payment)
        if amount <= 0:
            raise UserError(self.env._("An amount above zero is taken back."))
        is_completed = self._is_whole(payment, amount) and not self._is_whole(payment)
        entry = self._make_entry(payment, amount, day, reason, reference, with_kept=is_completed)
        payment.invoice_ids |= payment.reconciled_invoice_ids  # which it pays again if it comes again
        came_in = self._get_line(payment.move_id, payment)
        self.env["billing.payment.reopening"].reopen(came_in, self._get_line(entry, payment))
        if amount > left:
            self._ask_somebody(payment, entry, amount, left)
        payment.message_post(body=self.env._("Taken back by the provider: %(reason)s", reason=reason))
        consent = self.env["billing.payment.consents"].get_holding(account)
        if consent:
            self.env["billing.payment.consents"].pause(consent, reason)
        self.env["billing.return.fees"].charge(entry, day)
        return entry

    @api.private
    def note(self, payment, amount, day, reason, reference="", seen=None):
        """Book what somebody has read on a statement of the bank: as :meth:`take_back`, and never more than is left.

        :param amount: as it was typed
        :param day: on which the bank took it
        :param reason: as the bank says it, never empty
        :param reference: of the bank, by which the same return is known again
        :param seen: how many entries of returns the payment had when this was decided: whoever decides it again on
            the same, by a second click or in a second dialogue, gets the entry that was made; None: as many as now
        :return: the entry
        :raise UserError: it cannot be taken back by people, something is missing, it was booked before, or something
            else was since
        """
        payment._check_billing_can_be_taken_back()
        reason, reference = (reason or "").strip(), (reference or "").strip()
        if not reason:
            raise UserError(self.env._("Say why it was taken back, as the bank does."))
        payment.billing_account_id.hold()
        wanted = self.env["billing.paying"].read_wanted(amount, payment.currency_id)
        if made := self._get_made_since(payment, wanted, day, reason, reference, seen):
            return made
        # what was noted by mistake and undone is noted again under the same number
        if (known := self._find_known(payment, reference)) and self._stands(known):
            raise UserError(
                self.env._("%(reference)s has been booked already: %(entry)s.", reference=reference, entry=known.name)
            )
        left = self.env["billing.payment.refunds"].get_left(payment)
        if not Decimal(0) < wanted <= left:
            raise UserError(
                self.env._(
                    "%(left)s of %(payment)s can still be taken back.",
                    left=payment.currency_id.format(as_float(left)),
                    payment=payment.display_name,
                )
            )
        if not day or day < payment.date:
            raise UserError(self.env._("A payment is taken back on the day on which it came, or later."))
        if day > self.env["billing.days"].get_latest_today(payment.billing_account_id):
            raise UserError(
                self.env._(
                    "%(day)s is still to come. Type the day on which the bank took it.", day=format_date(self.env, day)
                )
            )
        return self._book_taken(payment.sudo(), wanted, day, reason, reference)  # sudo: who may note it was asked

    def _get_made_since(self, payment, amount, day, reason, reference, seen):
        """Return the entry that was wanted, where it was made since it was decided; none where nothing was.

        :raise UserError: another one was made
        """
        entries = payment.sudo().billing_return_ids.sorted("id")  # sudo: rows of the billing
        later = entries[seen:] if seen is not None else entries.browse()
        currency, told = payment.currency_id, (day, reason, reference or payment.name)
        same = later.filtered(
            lambda entry: (
                to_decimal(self.get_amount(entry), currency) == amount
                and (entry.date, entry.line_ids[:1].name, entry.ref) == told
            )
        )
        if later and not same:
            raise UserError(
                self.env._(
                    "Something of %(payment)s has been noted as taken back meanwhile by %(user)s. Look at it, then open"
                    " the dialogue again if something was taken back besides.",
                    payment=payment.display_name,
                    user=later[0].create_uid.name,
                )
            )
        return same[:1].sudo(False)

    @api.private
    def may_be_undone(self, entry):
        """Tell whether an entry books what somebody has noted as taken back, and nobody has undone."""
        payment = entry.sudo().billing_returned_payment_id  # sudo: as below
        return bool(payment._may_billing_be_taken_back() and self.get_amount(entry.sudo()) > 0 and self._stands(entry))

    def _stands(self, entry):
        """Tell whether an entry is in the books, and nothing that reverses it."""
        return entry.state == "posted" and all(reversal.state == "cancel" for reversal in entry.reversal_move_ids)

    @api.private
    def undo(self, entry):
        """Book that something was not taken back after all, as :meth:`give_back` does.

        :param entry: of :meth:`note`
        :return: the entry that reverses it
        :raise UserError: nobody has noted it, or it is undone already
        """
        payment = entry.billing_returned_payment_id
        payment.check_access("write")
        entry.check_access("write")
        payment.billing_account_id.hold()
        if not payment or not self.may_be_undone(entry):
            raise UserError(
                self.env._(
                    "%(entry)s cannot be undone: it is not what somebody has noted as taken back, or it is undone"
                    " already.",
                    entry=entry.display_name,
                )
            )
        day = max(self.env["billing.days"].get_local_day(payment.billing_account_id), entry.date)
        return self.give_back(payment, entry, day, self.env._("It was not taken back"), reverses=entry)

    @api.private
    def give_back(self, payment, taken, day, reason, reference="", reverses=None):
        """Book that a provider has given back what it had taken of a payment: what it had paid is paid again.

        Where all of it was taken back until now, the customer keeps the discount for early payment again. The same
        event changes nothing a second time. Automatic payment of the account stays as it is.

        :param taken: the entry of :meth:`take_back`
        :param day: on which it came back
        :param reason: in plain words, for the record
        :param reference: of the provider, by which the same event is known again
        :param reverses: the entry that should not have been made, if the money has not moved at all
        :return: the entry; none where this was booked before
        """
        payment, taken = payment.sudo(), taken.sudo()  # sudo: events come by jobs
        payment.billing_account_id.hold()
        if self._find_known(payment, reference):
            return taken.browse()
        if not reverses and not self._stands(taken):
            # somebody has taken it out of the books already, by Odoo's buttons
            self.env["billing.payment.reopening"].match_again(payment)
            payment.message_post(
                body=self.env._(
                    "The payment stands again: %(reason)s. The entry by which it was taken back had been taken out of"
                    " the books before.",
                    reason=reason,
                )
            )
            return taken.browse()
        came_again = self._get_line(taken, payment)
        amount = to_decimal(self.get_amount(taken), payment.currency_id)
        is_part_again = self._is_whole(payment) and not self._is_whole(payment, -amount)
        entry = self._make_entry(payment, -amount, day, reason, reference, reverses, with_kept=is_part_again)
        came_again.remove_move_reconcile()
        (came_again | self._get_line(entry, payment)).reconcile()
        self.env["billing.payment.reopening"].match_again(payment)
        self.env["billing.return.fees"].take_back(taken)
        payment.message_post(body=self.env._("The payment stands again: %(reason)s", reason=reason))
        return entry

    @api.private
    def take_refund_back(self, attempt, day, reason, reference):
        """Book that a refund came back after it had succeeded: what it had settled is open again.

        The same event changes nothing a second time.

        :param attempt: of the kind refund, which is in the books
        :param day: on which it came back
        :param reason: in plain words, for the record
        :param reference: of the provider, by which the same event is known again
        :return: the entry; none where this was booked before
        """
        attempt = attempt.sudo()  # sudo: events come by jobs
        attempt.account_id.hold()
        refund = attempt.payment_id
        if known := self._find_known(refund, reference):
            return known.browse()
        paid_out = self._get_line(refund.move_id, refund)
        paid_out.remove_move_reconcile()
        amount = to_decimal(attempt.amount, attempt.currency_id)
        entry = self._make_entry(refund, -amount, day, reason, reference)
        (paid_out | self._get_line(entry, refund)).reconcile()
        refund.message_post(body=self.env._("The refund came back: %(reason)s", reason=reason))
        if not attempt.credit_note_id:  # what the payment had paid is paid again
            self.env["billing.payment.reopening"].match_again(attempt.refunds_id)
        return entry

    def _ask_somebody(self, payment, entry, amount, left):
        currency = payment.currency_id
        self.env["billing.tasks"].give(
            payment,
            f"returns.more_than_left:{entry.id}",
            "online_billing.activity_type_payment_differs",
            note=self.env._(
                "%(amount)s was taken back, and only %(left)s of the payment was left: the rest had been given back"
                " already. The customer owes it now; ask for it, or contest it with the provider.",
                amount=currency.format(as_float(amount)),
                left=currency.format(as_float(left)),
            ),
            user_id=self.env["billing.work.loop"].get_responsible(payment.billing_account_id).id,
        )

    @api.private
    def get_amount(self, entry):
        """Return how much of its payment was taken back by an entry, below zero where it came again; a float."""
        payment = entry.billing_returned_payment_id
        money = entry.line_ids.filtered(lambda line: line.account_id == payment.outstanding_account_id)
        left = -sum(money.mapped("amount_currency"))
        return left if payment.payment_type == "inbound" else -left

    def _find_known(self, payment, reference):
        """Return the entry of what a reference stands for, if it is booked: others of the journal may bear it too."""
        entries = payment.sudo().billing_return_ids  # sudo: as above
        return entries.filtered(lambda entry: reference and entry.ref == reference and entry.state != "cancel")[:1]

    def _is_whole(self, payment, more=Decimal(0)):
        """Tell whether all of a payment was taken back, with so much more of it."""
        taken = to_decimal(payment.billing_returned_amount, payment.currency_id) + more
        return taken >= to_decimal(payment.amount, payment.currency_id)

    def _make_entry(self, payment, amount, day, reason, reference, reverses=None, with_kept=False):
        """Make the entry of an amount that left, or of one below zero that came again.

        :param reverses: the entry that should not have been made
        :param with_kept: the customer keeps nothing of the bill for that payment any more, or keeps it again
        """
        company_currency = payment.company_id.currency_id
        balance = payment.currency_id._convert(as_float(amount), company_currency, payment.company_id, payment.date)
        common = {"partner_id": payment.partner_id.id, "currency_id": payment.currency_id.id, "name": reason}
        _money, _paid, kept = payment._seek_for_lines() if with_kept else (None, None, ())
        kept = [self._prepare_kept(line, -1 if amount > 0 else 1) for line in kept]
        entry = (
            self.env["account.move"]
            .sudo()  # sudo: only the billing ties entries to what was taken back
            .with_company(payment.company_id)
            .create(
                {
                    "move_type": "entry",
                    "partner_id": payment.partner_id.id,
                    "currency_id": payment.currency_id.id,  # else its total would name another one
                    "journal_id": payment.journal_id.id,
                    "date": day,
                    "ref": reference or payment.name,
                    "billing_account_id": payment.billing_account_id.id,
                    "billing_returned_payment_id": payment.id,
                    "reversed_entry_id": reverses and reverses.id,
                    "line_ids": [
                        Command.create(
                            {
                                **common,
                                "account_id": payment.destination_account_id.id,
                                "amount_currency": as_float(amount) - sum(line["amount_currency"] for line in kept),
                                "balance": balance - sum(line["balance"] for line in kept),
                                "date_maturity": day,
                            }
                        ),
                        Command.create(
                            {
                                **common,
                                "account_id": payment.outstanding_account_id.id,
                                "amount_currency": -as_float(amount),
                                "balance": -balance,
                            }
                        ),
                        *map(Command.create, kept),
                    ],
                }
            )
        )
        entry._post(soft=False)
        return entry.with_env(self.env)

    def _prepare_kept(self, line, sign):
        """Return the values of a line of what a customer keeps, with its share of the tax: once more, or taken back."""
        return {
            "name": line.name,
            "partner_id": line.partner_id.id,
            "currency_id": line.currency_id.id,
            "account_id": line.account_id.id,
            "amount_currency": sign * line.amount_currency,
            "balance": sign * line.balance,
            "analytic_distribution": line.analytic_distribution,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "tax_tag_ids": [Command.set(line.tax_tag_ids.ids)],
            "tax_repartition_line_id": line.tax_repartition_line_id.id,
            "group_tax_id": line.group_tax_id.id,
            "tax_base_amount": sign * line.tax_base_amount,
        }

    def _get_line(self, move, payment):
        return move.line_ids.filtered(lambda line: line.account_id == payment.destination_account_id)
