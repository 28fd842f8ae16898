"""What PostgreSQL knows of the sizes of tables: plans made for empty tables are slow on full ones."""

from odoo import api, models
from odoo.tools import SQL

# a table that has grown by so much since it was looked at is looked at again; below so many pages any plan will do
GROWTH, PAGES = 2, 16


class BillingStatistics(models.AbstractModel):
    _name = "billing.statistics"
    _description = "Sizes of Tables That the Database Knows"

    @api.private
    def refresh(self, tables):
        """Have the database look at tables that have grown a lot since it did, after an import for instance.

        It would do so by itself some time later; until then it plans for tables as they were. One that somebody else
        has it look at meanwhile, another worker most often, is left to them: to wait and look again helps nobody.

        :param tables: names of tables
        :return: names of those that had grown
        """
        grown = [
            name
            for [name] in self.env.execute_query(
                SQL(
                    "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND relkind = 'r' AND"
                    " pg_relation_size(oid) > current_setting('block_size')::int * (%s + %s * GREATEST(relpages, 0))"
                    " ORDER BY relname",
                    list(tables),
                    PAGES,
                    GROWTH,
                )
            )
        ]
        for name in grown:
            self.env.cr.execute(SQL("ANALYZE (SKIP_LOCKED) %s", SQL.identifier(name)))
        return grown
