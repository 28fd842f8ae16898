"""Lines of Stripe's balance and the payments, refunds and disputes that they settle, found together."""

from odoo import api, models
from odoo.tools import SQL

PAYMENTS = ("charge", "payment")
REFUNDS = ("refund", "payment_refund")
REFUND_FAILURES = ("refund_failure", "payment_refund_failure")
RETURNED = "payment_failure_refund"


class BillingStripeMatching(models.AbstractModel):
    """Much of a balance is of nothing known here: the sales of a shop, what another database took. Its lines stay open
    for ever, so what can be matched is found with one statement, however many wait.
    """

    _name = "billing.stripe.matching"
    _description = "Matching the Lines of Stripe's Balance"

    @api.private
    def match(self, connection):
        """Match lines that wait for their payment; what is not in the books yet, or differs from its line, waits on.

        :param connection: `billing.stripe.connection`, elevated
        :return: {name of a line: why it could not be matched}
        """
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: a job of the billing
        reasons = {}

        def fail(line_id, _item_id, error):
            reasons[lines.browse(line_id).payment_ref] = self.env["billing.work.loop"].get_reason(error)

        if found := self._find_items(connection):
            self.env["billing.work.loop"].by_halves(found, self._match_some, fail)
        return reasons

    def _match_some(self, found):
        lines = self.env["account.bank.statement.line"].sudo()  # sudo: as above
        items = self.env["account.move.line"].sudo()  # sudo: as above
        for line_id, item_id in found.items():
            item = items.browse(item_id)
            if not item.reconciled:  # by a line before
                self._match_line(lines.browse(line_id), item)

    def _match_line(self, line, item):
        _liquidity, suspense, _others = line._seek_for_lines()
        suspense.account_id = item.account_id
        suspense.partner_id = item.partner_id
        (suspense | item).reconcile()

    def _find_items(self, connection):
        """Return {line id: id of the journal item that it settles}, both of equal amount and currency.

        Where another provider of the company shares the account, the lines of its payments stand in this statement, and
        lines of both where it has kept the statement before.
        """
        sharing = self.env["billing.stripe.connections"].find_sharing(connection)
        own = connection | sharing.filtered(lambda other: other.company_id == connection.company_id)
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                WITH waiting AS (
                    SELECT id, billing_stripe_kind AS kind, billing_stripe_source AS source, amount AS moved,
                           COALESCE(foreign_currency_id, currency_id) AS currency_id,
                           CASE WHEN foreign_currency_id IS NULL THEN amount ELSE amount_currency END AS amount
                      FROM account_bank_statement_line
                     WHERE journal_id = ANY(%(kept)s) AND billing_stripe_ref IS NOT NULL AND is_reconciled IS NOT TRUE
                ), found AS (
                    SELECT waiting.id, payment.move_id
                      FROM waiting
                      JOIN payment_transaction paid
                        ON paid.provider_id = ANY(%(providers)s) AND paid.provider_reference = waiting.source
                      JOIN account_payment payment ON payment.id = paid.payment_id
                     WHERE waiting.kind = ANY(%(refunds)s)
                        OR (waiting.kind = ANY(%(payments)s) AND paid.operation NOT IN ('refund', 'validation'))
                    UNION ALL
                    SELECT waiting.id, entry.id
                      FROM waiting
                      JOIN account_move entry
                        ON entry.journal_id = ANY(%(journals)s)
                       AND entry.ref = waiting.source
                           || CASE WHEN waiting.kind = %(returned)s THEN '-returned' ELSE '-came-back' END
                     WHERE waiting.kind = ANY(%(came_back)s)
                    UNION ALL
                    SELECT waiting.id,
                           CASE WHEN waiting.moved < 0 THEN dispute.taken_move_id ELSE dispute.returned_move_id END
                      FROM waiting
                      JOIN billing_stripe_dispute dispute
                        ON dispute.connection_id = ANY(%(connections)s) AND dispute.reference = waiting.source
                )
                SELECT DISTINCT ON (waiting.id) waiting.id, item.id
                  FROM waiting
                  JOIN found ON found.id = waiting.id
                  JOIN account_move_line item ON item.move_id = found.move_id
                  JOIN account_account account ON account.id = item.account_id
                 WHERE item.parent_state = 'posted' AND item.reconciled IS NOT TRUE AND account.reconcile
                   AND account.account_type NOT IN ('asset_receivable', 'liability_payable')
                   AND item.currency_id = waiting.currency_id AND item.amount_residual_currency = waiting.amount
                 ORDER BY waiting.id, item.id
                """,
                kept=self.env["billing.stripe.statement"].get_journals(connection).ids,
                journals=own.journal_id.ids,
                connections=own.ids,
                providers=own.provider_id.ids,
                payments=list(PAYMENTS),
                refunds=list(REFUNDS),
                returned=RETURNED,
                came_back=[*REFUND_FAILURES, RETURNED],
            )
        )
        return dict(rows)
