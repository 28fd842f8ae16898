"""Money that is taken back: charge-backs and returned debits open again exactly what was paid."""

from decimal import Decimal

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command

from ..shared.numbers import as_float


class BillingPaymentReturns(models.AbstractModel):
    _name = "billing.payment.returns"
    _description = "Charge-Backs and Returned Debits"

    @api.private
    def take_back(self, payment, amount, day, reason, reference=""):
        """Book that a provider has taken an amount of a payment back: what it had paid is open again.

        Automatic payment of the account is paused. The same event changes nothing a second time.

        :param amount: Decimal
        :param day: on which it was taken back
        :param reason: in plain words, for the record
        :param reference: of the provider, by which the same event is known again
        :return: the entry that opens it; none where this was booked before
        :raise UserError: more than is left of the payment
        """
        payment = payment.sudo()  # sudo: events come by jobs
        account = payment.billing_account_id
        account.hold()
        known = reference and self.env["account.move"].sudo().search(  # sudo: as above
            [("journal_id", "=", payment.journal_id.id), ("ref", "=", reference), ("move_type", "=", "entry")], limit=1
        )
        if known:
            return known.browse()
        left = self.env["billing.payment.refunds"].get_left(payment)
        if not Decimal(0) < amount <= left:
            raise UserError(
                self.env._(
                    "%(left)s of %(payment)s is left, and %(amount)s was taken back. Look at the payment.",
                    left=payment.currency_id.format(as_float(left)),
                    payment=payment.display_name,
                    amount=payment.currency_id.format(as_float(amount)),
                )
            )
        entry = self._make_entry(payment, amount, day, reason, reference)
        came_in = self._get_line(payment.move_id, payment)
        self.env["billing.payment.reopening"].reopen(came_in, self._get_line(entry, payment))
        for attempt in payment.billing_attempt_ids[:1]:
            attempt.write({"returned_amount": attempt.returned_amount + as_float(amount), "returned_on": day})
        payment.message_post(body=self.env._("Taken back by the provider: %(reason)s", reason=reason))
        consent = self.env["billing.payment.consents"].get_holding(account)
        if consent.state == "active":
            self.env["billing.payment.consents"].pause(consent, reason)
        return entry

    def _make_entry(self, payment, amount, day, reason, reference):
        company_currency = payment.company_id.currency_id
        balance = payment.currency_id._convert(as_float(amount), company_currency, payment.company_id, payment.date)
        common = {"partner_id": payment.partner_id.id, "currency_id": payment.currency_id.id, "name": reason}
        entry = (
            self.env["account.move"]
            .with_company(payment.company_id)
            .create(
                {
                    "move_type": "entry",
                    "journal_id": payment.journal_id.id,
                    "date": day,
                    "ref": reference or payment.name,
                    "billing_account_id": payment.billing_account_id.id,
                    "line_ids": [
                        Command.create(
                            {
                                **common,
                                "account_id": payment.destination_account_id.id,
                                "amount_currency": as_float(amount),
                                "balance": balance,
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
                    ],
                }
            )
        )
        entry._post(soft=False)
        return entry

    def _get_line(self, move, payment):
        return move.line_ids.filtered(lambda line: line.account_id == payment.destination_account_id)
