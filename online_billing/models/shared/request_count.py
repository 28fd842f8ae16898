from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

# longer than the longest time in which anything is limited
KEPT = timedelta(days=2)


class BillingRequestCount(models.Model):
    """What was asked for from outside, one row each: two that ask at once never wait for each other's row."""

    _name = "billing.request.count"
    _description = "Requests That Are Limited"
    _log_access = False
    _rec_name = "key"

    key = fields.Char(required=True, readonly=True, help="What is limited, and for whom; nobody can read it back.")
    counted_at = fields.Datetime(required=True, readonly=True)

    _key_idx = models.Index("(key, counted_at)")
    _counted_at_idx = models.Index("(counted_at)")

    def init(self):
        """Keep it out of the log of the database: a crash may forget who asked how often."""
        self.env.cr.execute(SQL("ALTER TABLE %s SET UNLOGGED", SQL.identifier(self._table)))
        return super().init()

    @api.autovacuum
    def _gc_counts(self):
        before = fields.Datetime.now() - KEPT
        self.env.cr.execute(SQL("DELETE FROM %s WHERE counted_at < %s", SQL.identifier(self._table), before))
