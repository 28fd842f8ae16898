"""Payments that customers have begun on pages and not ended: a debit of the same bill waits until none can be paid."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

#: whoever has begun a payment is left in peace for so long
PATIENCE = timedelta(minutes=10)
#: where nobody knows whether a page can still be paid, it is asked again after so long
ASK_AGAIN = timedelta(hours=1)


class BillingOpenPages(models.AbstractModel):
    """A card form can be confirmed long after it was begun: in the window of a bank, or in a forgotten tab.

    A page that is begun after a debit was sent is refused (`billing.paying`). One that was begun before is given up at
    the provider first; where it cannot be given up any more, it has been paid, and the debit is fitted to what is left.
    """

    _name = "billing.open.pages"
    _description = "Payments Begun on Pages"

    @api.private
    def find(self, moves):
        """Return what was begun on pages for documents and may still be paid.

        :return: {document id: `payment.transaction`, elevated}
        """
        self.env["payment.transaction"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT paid.invoice_id, payment.id
                  FROM account_invoice_transaction_rel paid
                  JOIN payment_transaction payment ON payment.id = paid.transaction_id
                 WHERE paid.invoice_id = ANY(%s) AND payment.state = 'draft' AND payment.amount > 0
                   AND payment.operation IN ('online_direct', 'online_redirect', 'online_token')
                   AND NOT EXISTS (SELECT FROM billing_payment_attempt tried WHERE tried.transaction_id = payment.id)
                 ORDER BY payment.id
                """,
                moves.ids,
            )
        )
        transactions = self.env["payment.transaction"].sudo()  # sudo: of customers, for jobs
        adapters = self.env["billing.payment.adapter"]
        begun = transactions.browse({transaction_id for _move_id, transaction_id in rows})
        live = begun.filtered(lambda one: adapters.get_adapter(one.provider_id).may_page_be_paid(one))
        found = defaultdict(transactions.browse)
        for move_id, transaction_id in rows:
            found[move_id] |= transactions.browse(transaction_id) & live
        return found

    @api.private
    def close_older(self, moves):
        """Give up what was begun for documents a while ago, because somebody begins to pay them anew.

        What was done so far is committed where there is something to give up.
        """
        begun = self.env["payment.transaction"].sudo().union(*self.find(moves).values())  # sudo: as above
        if older := self._get_older(begun):
            self.close(older)

    @api.private
    def close(self, transactions):
        """Ask providers to take nothing any more for what was begun a while ago; what was done so far is committed.

        :return: when those that are left are to be looked at again; None where none is
        """
        now = fields.Datetime.now()
        self.env.cr.commit()  # pylint: disable=invalid-commit
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: of customers, for jobs
        for transaction in self._get_older(transactions):
            adapters.get_adapter(transaction.provider_id).close_page(transaction)
        left = transactions.filtered(lambda one: one.state == "draft")
        return max((self._get_next_look(one, now) for one in left), default=None)

    def _get_older(self, transactions):
        over = fields.Datetime.now() - PATIENCE
        return transactions.filtered(lambda one: one.create_date <= over)

    def _get_next_look(self, transaction, now):
        over = transaction.create_date + PATIENCE
        return over if over > now else now + ASK_AGAIN
