"""Note in which journal a statement of Stripe's balance stands that was kept before: it is not to be divided."""

from odoo import SUPERUSER_ID, api


def migrate(cr, version):
    env = api.Environment(cr, SUPERUSER_ID, {})  # sudo: an update is nobody's
    kept = [("statement_until", "!=", False), ("statement_journal_id", "=", False)]
    for connection in env["billing.stripe.connection"].search(kept):
        connection.statement_journal_id = connection.journal_id
