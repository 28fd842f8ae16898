"""Take away indexes of fields that have none any more: Odoo leaves them, and each row that is written renews them."""


def migrate(cr, version):
    cr.execute(
        "DROP INDEX IF EXISTS billing_run_outcome__account_id_index, billing_subscription_line__next_due_date_index"
    )
