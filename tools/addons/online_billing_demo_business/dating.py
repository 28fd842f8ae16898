"""What is done while a past day is played bears that day, and not the one on which the demo is built."""

from datetime import datetime, time

from odoo.tools import SQL

MORNING = time(9)
# by table the columns that say when something was done
MOMENTS = {
    "account_payment": ("billing_confirmed_on",),
    "billing_collection_message": ("create_date", "billing_delivery_date"),
    "billing_installment_plan": ("create_date",),
    "billing_stop": ("create_date",),
}


class Dating:
    """Remember what was made on which day, and write it down when all days are over: nothing looks at it before."""

    def __init__(self, env):
        self.env = env
        self._newest = self._read_newest()
        self._made = []

    def end_day(self, day):
        """Remember that everything since the last call was made on this day."""
        newest = self._read_newest()
        self._made += [(table, self._newest[table], newest[table], day) for table in MOMENTS]
        self._newest = newest

    def write(self):
        """Write the days; on the last of them nothing is changed, for the clock is right."""
        last = max((day for *_one, day in self._made), default=None)
        for table, after, until, day in self._made:
            if after == until or day == last:
                continue
            moment = datetime.combine(day, MORNING)
            for column in map(SQL.identifier, MOMENTS[table]):
                self.env.cr.execute(
                    SQL(
                        "UPDATE %s SET %s = %s WHERE id > %s AND id <= %s AND %s IS NOT NULL",
                        *(SQL.identifier(table), column, moment, after, until, column),
                    )
                )
        self.env.invalidate_all()

    def _read_newest(self):
        self.env.flush_all()
        return {table: self._read_newest_of(table) for table in MOMENTS}

    def _read_newest_of(self, table):
        [(newest,)] = self.env.execute_query(SQL("SELECT COALESCE(max(id), 0) FROM %s", SQL.identifier(table)))
        return newest
