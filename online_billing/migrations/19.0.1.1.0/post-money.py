"""Note on which account money stands that was matched straight from bank statements before."""

from odoo import SUPERUSER_ID, api
from odoo.tools import split_every

BATCH = 1000


def migrate(cr, version):
    cr.execute(
        """
        SELECT line.id
          FROM account_move_line line
          JOIN account_account receivable ON receivable.id = line.account_id
          JOIN account_journal journal ON journal.id = line.journal_id
          JOIN account_move move ON move.id = line.move_id
         WHERE receivable.account_type = 'asset_receivable' AND journal.type IN ('bank', 'cash', 'credit')
           AND move.move_type = 'entry' AND move.origin_payment_id IS NULL
           AND line.billing_account_id IS NULL
           AND move.company_id IN (SELECT company_id FROM billing_account)
         ORDER BY line.id
        """
    )
    env = api.Environment(cr, SUPERUSER_ID, {})  # sudo: an update is nobody's
    for ids in split_every(BATCH, [line_id for [line_id] in cr.fetchall()]):
        env["billing.money.book"].note(env["account.move.line"].browse(ids))
        env.invalidate_all()
