"""Money that customers have paid for something else than bills: it settles none of them."""

from odoo import api, models
from odoo.tools import SQL

ORDERS, DONATION = "sale_order_ids", "is_donation"
# nothing more of such an order will be invoiced
INVOICED = ("invoiced", "upselling")


class BillingBoundPayments(models.AbstractModel):
    """Customers pay orders of Odoo's Sales online before there is an invoice, and give donations on a website. In the
    books that money is a credit of the customer like any other; whoever took it for a bill would ask for the order once
    more."""

    _name = "billing.bound.payments"
    _description = "Payments for Something Else Than Bills"

    @api.private
    def find(self, move_ids):
        """Return which entries of payments were made for an order that is not invoiced yet, or are donations.

        Free is what is left once an order is invoiced, and all of it where the order is cancelled.

        :return: ids of these of the entries
        """
        transactions = self.env["payment.transaction"]
        purposes = {ORDERS: self._get_order_condition, DONATION: self._get_donation_condition}
        # those whose addon is installed
        purposes = {name: get for name, get in purposes.items() if name in transactions._fields}
        if not move_ids or not purposes:
            return set()
        transactions.flush_model([*purposes, "invoice_ids", "source_transaction_id"])
        self.env["account.payment"].flush_model(["move_id", "payment_transaction_id", "payment_type"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT payment.move_id
                  FROM account_payment payment
                  JOIN payment_transaction taken ON taken.id = payment.payment_transaction_id
                 WHERE payment.move_id = ANY(%s) AND payment.payment_type = 'inbound' AND (%s)
                """,
                list(move_ids),
                SQL(" OR ").join(get() for get in purposes.values()),
            )
        )
        return {move_id for (move_id,) in rows}

    def _get_order_condition(self):
        """Return the SQL condition on `taken`, or on what was captured of it, for orders that are still to be invoiced.

        One whose invoice is a draft counts as invoiced for Sales; the money goes to that once it is posted.
        """
        self.env["sale.order"].flush_model(["state", "invoice_status"])
        self.env["account.move"].flush_model(["state"])
        return SQL(
            """
            EXISTS (SELECT FROM sale_order_transaction_rel paid
                      JOIN sale_order bought ON bought.id = paid.sale_order_id
                     WHERE paid.transaction_id IN (taken.id, taken.source_transaction_id) AND bought.state <> 'cancel'
                       AND (bought.invoice_status IS NULL OR bought.invoice_status NOT IN %s
                            OR EXISTS (SELECT FROM account_invoice_transaction_rel made
                                         JOIN account_move draft ON draft.id = made.invoice_id
                                        WHERE made.transaction_id = paid.transaction_id AND draft.state = 'draft')))
            """,
            INVOICED,
        )

    def _get_donation_condition(self):
        return SQL("taken.is_donation")
