"""What was paid twice, because two payments of the same bill have both come: the later one goes back."""

from decimal import Decimal

from odoo import api, models

from ..shared.numbers import as_float


class BillingDoublePayments(models.AbstractModel):
    """A page and a debit take nothing beside each other as long as the provider can be told (`billing.open.pages`).
    Where both have come all the same, the customer owes nothing that the later one could pay, and gets it back."""

    _name = "billing.double.payments"
    _description = "What Was Paid Twice"

    @api.private
    def give_back(self, transactions):
        """Give back what has come by transactions and pays nothing, because another payment of the same bills has.

        The row of the refund is made with what is booked; the job of the questions asks the provider for it.

        :param transactions: elevated; those that are booked and paid twice are taken of them
        """
        for transaction in transactions:
            payment = transaction.payment_id
            if self._is_paid_twice(transaction, payment):
                self._give_back(payment)

    def _is_paid_twice(self, transaction, payment):
        moves = transaction._get_billing_begun().invoice_ids
        if not payment._filter_billing_moved() or payment.payment_type != "inbound" or not moves:
            return False
        if payment.billing_refund_ids or self.env["billing.payment.reopening"].get_unspent(payment) <= 0:
            return False
        settled_by = moves.line_ids.matched_credit_ids.credit_move_id.move_id.origin_payment_id
        online = (settled_by - payment)._filter_billing_moved().payment_transaction_id
        # of two debits the second is made only where the first was declined: what comes of it late is a credit
        return any(self._is_of_page(one) for one in online) or (bool(online) and self._is_of_page(transaction))

    def _is_of_page(self, transaction):
        return (transaction.operation or "").startswith("online_")

    def _give_back(self, payment):
        account = payment.billing_account_id
        account.hold()
        refunds = self.env["billing.payment.refunds"]
        # of the credit what else is open is paid, the rest goes back
        amount = min(
            self.env["billing.payment.reopening"].get_unspent(payment), refunds.get_left(payment)
        ) - self._get_needed(payment)
        if amount <= Decimal(0):
            return
        values = {"amount": payment.currency_id.format(as_float(amount)), "payment": payment.display_name}
        # where the provider does not take it, a person finds another way
        if account.company_id.billing_give_back_double and not refunds.get_obstacle(payment, amount):
            refunds.begin_twice(payment, amount, self.env._("Paid twice, on a page and by another payment"))
            note = self.env._(
                "Two payments of the same bill have come. %(amount)s of the later one, %(payment)s, pays nothing and is"
                " being given back to the customer. Look at how both could be made.",
                **values,
            )
        else:
            note = self.env._(
                "Two payments of the same bill have come. %(amount)s of the later one, %(payment)s, pays nothing and"
                " stands as a credit. Give it back, or agree with the customer to keep it.",
                **values,
            )
        self.env["billing.double.tasks"].tell(payment, note)

    def _get_needed(self, payment):
        """Return what is asked of the account, in this currency, once its other credits are taken off, as Decimal."""
        account, open_items = payment.billing_account_id, self.env["billing.open.items"]
        [items] = open_items.get_items(account.ids).values()
        others = [
            item for item in items if item.currency_id == payment.currency_id.id and item.move_id != payment.move_id.id
        ]
        return open_items.sum_up(others, self.env["billing.days"].get_local_day(account))["all"]
