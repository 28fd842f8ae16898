"""What a piece of work asks the database for: its statements, and whether an index answers a list in its order."""

import re
import threading


class Statements(list):
    """The statements of the body of a ``with``, as texts; `given` has them with their values."""

    def __enter__(self):
        self.given = []
        self._thread = threading.current_thread()
        self._thread.query_hooks = [*getattr(self._thread, "query_hooks", ()), self._note]
        return self

    def __exit__(self, *_error):
        self._thread.query_hooks = [hook for hook in self._thread.query_hooks if hook != self._note]

    def _note(self, cr, query, params, *_more):
        if isinstance(query, bytes):  # with its values, as `execute_values` has it
            query = query.decode()
        self.append(query if isinstance(query, str) else query.as_string(cr._cnx))
        self.given.append((self[-1], params))

    def of(self, table):
        """Return the statements that name a table."""
        return [query for query in self if re.search(rf"\b{table}\b", query)]


def get_plan(records, domain, order=None, limit=80):
    """Return how PostgreSQL would find the first page of a list if it could only use indexes."""
    records.env.flush_all()
    query = records._search(domain, order=order or records._order, limit=limit).select()
    return explain(records.env.cr, query.code, query.params)


def explain(cr, query, params):
    """Return how PostgreSQL would answer a statement if it could only use indexes, in their order."""
    with cr.savepoint(flush=False):
        cr.execute("SET LOCAL enable_seqscan = off")
        cr.execute("SET LOCAL enable_sort = off")
        cr.execute("SET LOCAL enable_bitmapscan = off")
        cr.execute(f"EXPLAIN {query}", params)
        return "\n".join(row[0] for row in cr.fetchall())
