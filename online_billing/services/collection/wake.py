"""Look again at accounts as soon as money, a credit or a dispute has changed what is open on them."""

import logging

import psycopg2
from odoo import api, models
from odoo.tools import SQL

_logger = logging.getLogger(__name__)

NOTED = "billing_collection_wake"


class BillingCollectionWake(models.AbstractModel):
    _name = "billing.collection.wake"
    _description = "Work on Accounts Whose Debts Changed"

    @api.private
    def note(self, lines):
        """Have the cases of journal items looked at before this transaction ends, however many items it changes.

        No step is taken: what was paid closes its case, and gives back the service that it took.
        """
        if lines := lines.filtered(lambda line: line.account_id.account_type == "asset_receivable"):
            precommit = self.env.cr.precommit
            if NOTED not in precommit.data:
                precommit.add(self.look)
            precommit.data.setdefault(NOTED, set()).update(lines.ids)

    @api.private
    def look(self):
        """Look at what was noted. A payment is worth more than a look: where that fails, the next day looks again."""
        line_ids = self.env.cr.precommit.data.pop(NOTED, ())
        if not line_ids:
            return
        # sudo: whoever pays, also on the portal; the collection is the billing's own
        collection = self.sudo().with_context(tracking_disable=True, mail_notrack=True)
        try:
            with self.env.cr.savepoint():
                collection._look_at(collection._lock_accounts(list(line_ids)))
        except psycopg2.OperationalError:
            raise  # lost a race for the account: the whole transaction is tried again
        except Exception:
            _logger.exception("collection: accounts could not be looked at after what is open on them changed")
            self.env.invalidate_all()

    def _lock_accounts(self, line_ids):
        """Lock the accounts with cases that journal items concern: their own, and the others of the same customer."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT account.id FROM billing_account account
                 WHERE account.id IN (SELECT known.account_id FROM billing_collection_case known)
                   AND account.id IN (
                       SELECT move.billing_account_id FROM account_move_line line
                         JOIN account_move move ON move.id = line.move_id WHERE line.id = ANY(%(lines)s)
                       UNION
                       SELECT other.id FROM account_move_line line
                         JOIN res_partner payer ON payer.id = line.partner_id
                         JOIN res_partner owner ON owner.commercial_partner_id = payer.commercial_partner_id
                         JOIN billing_account other ON other.partner_id = owner.id WHERE line.id = ANY(%(lines)s))
                 ORDER BY account.id FOR NO KEY UPDATE OF account
                """,
                lines=line_ids,
            )
        )
        return [account_id for (account_id,) in rows]

    def _look_at(self, account_ids):
        if not account_ids:
            return
        accounts, cases = self.env["billing.collection.accounts"], self.env["billing.collection.files"]
        debtors = accounts.fetch_debtors(account_ids)
        # the day of the last look: today's own look comes at its hour
        days = {
            account.id: account.collection_day or self.env["billing.days"].get_local_day(account)
            for account in self.env["billing.account"].browse(account_ids)
        }
        items = self.env["billing.open.items"].get_items(account_ids)
        self.env["billing.promise.keeping"].review_broken(account_ids)
        files = cases.open_files(debtors, accounts.get_policy_views(debtors), items, days)
        files = [file for file in files if file.id]
        self.env["billing.collection.filing"].put_away(files)
