"""What charges come to by month and code, kept in step with the book."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools import SQL

from ..shared.rows import insert_rows

KEY = ("company_id", "month", "code_id", "currency_id", "kind", "origin", "state")
COLUMNS = (*KEY, "charge_count", "amount")


class BillingChargeTotals(models.AbstractModel):
    """Rows are only added, so that nobody who charges waits for another; a job makes one of those that belong together.

    Only the book calls what adds: whatever enters it or moves along its table of states is added here by the same
    transaction.
    """

    _name = "billing.charge.totals"
    _description = "Totals of Charges by Month"

    @api.private
    def add(self, new_charges):
        """Add charges that entered the book.

        :param new_charges: NewCharge
        """
        sums = defaultdict(lambda: [0, Decimal(0)])
        for new in new_charges:
            key = (
                *(new.company_id, new.day.replace(day=1), new.code_id, new.currency_id),
                *(new.kind, new.origin, new.state),
            )
            own = sums[key]
            own[0] += 1
            own[1] += new.amount
        if sums:
            insert_rows(self.env.cr, "billing_charge_month", COLUMNS, [(*key, *own) for key, own in sums.items()])
            self.env["billing.charge.month"].invalidate_model()

    @api.private
    def count(self, charge_ids, sign):
        """Add charges of the book as they are now, or take them off.

        :param int sign: 1, or -1 before they change
        """
        query = SQL(
            """
            INSERT INTO billing_charge_month (%(columns)s)
            SELECT company_id, date_trunc('month', charge_date)::date, code_id, currency_id, kind, origin, state,
                   %(sign)s * count(*), %(sign)s * sum(amount)
              FROM billing_charge WHERE id = ANY(%(ids)s) GROUP BY 1, 2, 3, 4, 5, 6, 7
            """,
            columns=self._get_names(COLUMNS),
            sign=sign,
            ids=list(charge_ids),
        )
        self.env.cr.execute(query)
        self.env["billing.charge.month"].invalidate_model()

    @api.private
    def move(self, charge_ids, source):
        """Count charges of the book, which have all left one state, in the one that they are in now.

        :param str source: the state that they were in
        """
        query = SQL(
            """
            INSERT INTO billing_charge_month (%(columns)s)
            SELECT company_id, date_trunc('month', charge_date)::date, code_id, currency_id, kind, origin, way.state,
                   way.sign * count(*), way.sign * sum(amount)
              FROM billing_charge charge
              JOIN LATERAL (VALUES (%(source)s, -1), (charge.state, 1)) way(state, sign) ON TRUE
             WHERE id = ANY(%(ids)s) GROUP BY 1, 2, 3, 4, 5, 6, 7, way.sign
            """,
            columns=self._get_names(COLUMNS),
            source=source,
            ids=list(charge_ids),
        )
        self.env.cr.execute(query)
        self.env["billing.charge.month"].invalidate_model()

    @api.private
    def fold(self):
        """Make one row of those that say the same, and none where they come to nothing."""
        key = self._get_names(KEY)
        query = SQL(
            """
            WITH folded AS (
                DELETE FROM billing_charge_month WHERE (%(key)s) IN (
                    SELECT %(key)s FROM billing_charge_month GROUP BY %(key)s
                    HAVING count(*) > 1 OR (sum(charge_count) = 0 AND sum(amount) = 0))
                RETURNING *)
            INSERT INTO billing_charge_month (%(columns)s)
            SELECT %(key)s, sum(charge_count), sum(amount) FROM folded GROUP BY %(key)s
            HAVING sum(charge_count) <> 0 OR sum(amount) <> 0
            """,
            key=key,
            columns=self._get_names(COLUMNS),
        )
        self.env["billing.charge.month"].flush_model()
        self.env.cr.execute(query)
        self.env["billing.charge.month"].invalidate_model()

    def _get_names(self, names):
        return SQL(", ").join(SQL.identifier(name) for name in names)
