"""What must hold in the books, looked at every night in what has changed: a difference is a task for a manager."""

from collections import defaultdict
from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

KEY = "audit.books"  # by which its task is known again
FAILED_TASK = "online_billing.activity_type_failed_task"
#: a night that was a little late leaves no gap
LOOK_BACK = timedelta(hours=26)
#: so long a job may take to do its work
PATIENCE = timedelta(days=1)
#: differences that are looked for of one kind, and named on one account
MOST, NAMED = 100, 10

#: each finds (account, document or day) of what differs. They know the tables alone, and nothing of what wrote them
CHECKS = {
    "unbalanced": """
        SELECT changed.account_id, changed.name
          FROM changed JOIN account_move_line line ON line.move_id = changed.id
         GROUP BY changed.account_id, changed.id, changed.name
        HAVING round(sum(line.balance), 6) <> 0""",
    "total": """
        SELECT changed.account_id, changed.name
          FROM changed JOIN account_move_line line ON line.move_id = changed.id
         WHERE changed.move_type IN ('out_invoice', 'out_refund')
         GROUP BY changed.account_id, changed.id, changed.name, changed.amount_total, changed.amount_untaxed,
                  changed.amount_tax
        HAVING round(changed.amount_total - changed.amount_untaxed - changed.amount_tax, 6) <> 0
            OR round(changed.amount_total
                     - abs(sum(line.amount_currency) FILTER (WHERE line.display_type = 'payment_term')), 6) <> 0""",
    "residual": """
        SELECT changed.account_id, changed.name
          FROM changed JOIN account_move_line line ON line.move_id = changed.id
          JOIN account_account account ON account.id = line.account_id AND account.account_type = 'asset_receivable'
         WHERE round(line.amount_residual_currency - line.amount_currency
                     + COALESCE((SELECT sum(part.debit_amount_currency) FROM account_partial_reconcile part
                                  WHERE part.debit_move_id = line.id), 0)
                     - COALESCE((SELECT sum(part.credit_amount_currency) FROM account_partial_reconcile part
                                  WHERE part.credit_move_id = line.id), 0), 6) <> 0""",
    "elsewhere": """
        SELECT changed.account_id, changed.name
          FROM changed JOIN billing_account account ON account.id = changed.account_id
          JOIN account_journal journal ON journal.id = changed.journal_id
         WHERE changed.company_id <> account.company_id OR journal.company_id <> changed.company_id""",
    "charge": """
        SELECT charge.account_id, changed.name
          FROM changed JOIN billing_charge charge ON charge.invoice_id = changed.id AND charge.state = 'invoiced'
          LEFT JOIN account_move_line line ON line.id = charge.invoice_line_id
         WHERE line.move_id IS DISTINCT FROM charge.invoice_id OR charge.account_id <> changed.account_id""",
    "paid_twice": """
        SELECT tried.account_id, move.name
          FROM tried JOIN billing_payment_attempt_line line ON line.attempt_id = tried.id
          JOIN account_move move ON move.id = line.move_id
         WHERE tried.kind = 'debit' AND tried.state = 'succeeded'
         GROUP BY tried.account_id, move.id, move.name, move.amount_total
        HAVING (SELECT sum(own.amount)
                  FROM billing_payment_attempt_line own
                  JOIN billing_payment_attempt attempt ON attempt.id = own.attempt_id
                 WHERE own.move_id = move.id AND attempt.kind = 'debit' AND attempt.state = 'succeeded'
                   AND NOT EXISTS (SELECT FROM account_move entry
                                    WHERE entry.billing_returned_payment_id = attempt.payment_id
                                      AND entry.state = 'posted')
                   AND NOT EXISTS (SELECT FROM billing_payment_attempt refund
                                    WHERE refund.refunds_id = attempt.payment_id AND refund.state = 'succeeded'))
               > move.amount_total""",
    "booked": """
        SELECT tried.account_id, tried.day::text
          FROM tried LEFT JOIN account_payment payment ON payment.id = tried.payment_id
         WHERE tried.is_booked AND (payment.id IS NULL OR payment.amount > tried.amount
                                    OR payment.currency_id <> tried.currency_id
                                    OR EXISTS (SELECT FROM billing_payment_attempt other
                                                WHERE other.payment_id = payment.id AND other.id <> tried.id))""",
    "left": """
        SELECT attempt.account_id, attempt.day::text FROM billing_payment_attempt attempt
         WHERE attempt.state = 'planned' AND attempt.next_time < %(late)s
            OR attempt.state IN ('sent', 'unknown', 'waiting') AND attempt.next_time < %(late)s
            OR attempt.state = 'succeeded' AND attempt.is_booked IS NOT TRUE AND attempt.ended_at < %(late)s""",
}
#: what is looked at, read once a night and found by indexes, however many documents there are
LOOKED_AT = (
    "DROP TABLE IF EXISTS pg_temp.changed, pg_temp.tried",
    """
    CREATE TEMPORARY TABLE pg_temp.changed ON COMMIT DROP AS
    SELECT move.id, move.name, move.move_type, move.journal_id, move.company_id, move.currency_id,
           move.amount_total, move.amount_untaxed, move.amount_tax,
           COALESCE(move.billing_account_id, payment.billing_account_id) AS account_id
      FROM (SELECT id FROM account_move WHERE write_date >= %(since)s
             UNION SELECT id FROM account_move WHERE billing_account_id = ANY(%(accounts)s)
             UNION SELECT move_id FROM account_payment WHERE billing_account_id = ANY(%(accounts)s)) looked
      JOIN account_move move ON move.id = looked.id
      LEFT JOIN account_payment payment ON payment.move_id = move.id
     WHERE move.state = 'posted' AND COALESCE(move.billing_account_id, payment.billing_account_id) IS NOT NULL""",
    """
    CREATE TEMPORARY TABLE pg_temp.tried ON COMMIT DROP AS
    SELECT attempt.* FROM billing_payment_attempt attempt
     WHERE attempt.write_date >= %(since)s OR attempt.account_id = ANY(%(accounts)s)""",
    "ANALYZE pg_temp.changed, pg_temp.tried",
)


class BillingAuditing(models.AbstractModel):
    """It mends nothing and stops nothing: whoever is told looks at the document, and calls whoever can mend it."""

    _name = "billing.auditing"
    _description = "Checking the Books"

    @api.private
    def work(self, as_of):
        """Look at what has changed since the last night, and at accounts of which something differed then.

        :param datetime as_of: UTC without zone
        :return: {account id: [(key of the check, document or day), ...]} of what differs
        """
        activities = self.env["mail.activity"].sudo()  # sudo: whoever has the task
        told = activities.search([("res_model", "=", "billing.account"), ("billing_key", "=", KEY)])
        found = self._find(as_of, told.mapped("res_id"))
        accounts = self.env["billing.account"].sudo().browse(found)  # sudo: a job of the billing
        for account in accounts:
            user = self.env["billing.work.loop"].get_responsible(account)
            self.env["billing.tasks"].give(
                account,
                KEY,
                FAILED_TASK,
                summary=self.env._("The books of an account do not add up"),
                note=self._describe(found[account.id]),
                user_id=user.id,
            )
        well = accounts.browse(set(told.mapped("res_id")) - set(found)).exists()
        self.env["billing.tasks"].close(well, KEY)
        return found

    def _find(self, as_of, account_ids):
        self.env.flush_all()
        values = {"since": as_of - LOOK_BACK, "late": as_of - PATIENCE, "accounts": account_ids, "most": MOST}
        for statement in LOOKED_AT:
            self.env.cr.execute(SQL(statement, **values))  # pylint: disable=sql-injection
        found = defaultdict(list)
        for key, check in CHECKS.items():
            query = SQL(f"{check} LIMIT %(most)s", **values)  # pylint: disable=sql-injection
            for account_id, name in self.env.execute_query(query):
                if (key, name) not in found[account_id]:
                    found[account_id].append((key, name))
        return dict(found)

    def _describe(self, differences):
        """Say in plain words what differs on one account."""
        _ = self.env._
        texts = {
            "unbalanced": _("its entry does not balance"),
            "total": _("its total is not the sum of its lines"),
            "residual": _("what is open of it is not what its payments leave"),
            "elsewhere": _("it is in another company than its account, or its journal is"),
            "charge": _("its charges and its lines do not belong together"),
            "paid_twice": _("more was debited for it than it comes to"),
            "booked": _("a debit of this day and its payment in the books differ"),
            "left": _("a debit of this day has waited for its job for more than a day"),
        }
        named = [f"{name}: {texts[key]}" for key, name in differences[:NAMED]]
        if left := len(differences) - len(named):
            named.append(_("and %(count)s more", count=left))
        return "\n".join(named)
