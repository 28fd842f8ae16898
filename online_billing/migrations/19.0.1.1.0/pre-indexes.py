"""Take away indexes of fields that have none any more: Odoo leaves them, and each row that is written renews them."""

from odoo.tools import SQL

INDEXES = (
    "billing_payment_attempt__account_id_index",
    "billing_payment_attempt__transaction_id_index",
    "billing_run_outcome__account_id_index",
    "billing_subscription_line__next_due_date_index",
)


def migrate(cr, version):
    for name in INDEXES:
        cr.execute(SQL("DROP INDEX IF EXISTS %s", SQL.identifier(name)))
