"""Patterns of earlier batches of this process, and how long they need no new example of Odoo's."""

from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from odoo.http import request
from odoo.tools import SQL

# then Odoo makes an example again, and the pattern is compared with it
LONGEST, MOST_USES = 600.0, 50  # seconds; batches, or single invoices
# What may show in the fixed columns of an invoice, beside its shape and the kinds of its lines. Small tables: a change
# of any row, whatever it changes, asks for a new example.
CONFIGURATION = (
    "account_account",
    "account_cash_rounding",
    "account_fiscal_position",
    "account_journal",
    "account_payment_method_line",
    "account_payment_term",
    "account_payment_term_line",
    "account_tax",
    "account_tax_repartition_line",
    "ir_config_parameter",
    "ir_default",
    "ir_model_access",
    "ir_rule",
    "mail_alias",
    "mail_alias_domain",
    "mail_message_subtype",
    "res_company",
    "res_currency",
)
# the same of addons that may be there: the team of an invoice follows from its salesperson
OF_OTHERS = ("crm.team", "crm.team.member")


@dataclass
class KeptPattern:
    """What one batch has learned of a shape.

    :ivar pattern: the :class:`Template`; None where Odoo's examples said that such invoices are not to be rendered
    :ivar overrides: what stood over Odoo's methods; another object where something has changed
    :ivar asked: constraints of others that ran for the examples
    :ivar prefix: of the numbers
    :ivar customer_id: of the example; another customer's has to agree before it is relied on
    :ivar is_confirmed: two examples of Odoo's have agreed with it
    """

    pattern: Any
    overrides: Any
    fingerprint: tuple
    asked: frozenset = frozenset()
    prefix: str = ""
    customer_id: int = 0
    is_confirmed: bool = False
    made_at: float = field(default_factory=lambda: monotonic())  # noqa: PLW0108  the clock of the moment, not of import
    uses: int = 0

    def is_fresh(self, overrides, fingerprint):
        """Tell whether nothing has changed, and the last example is not long ago."""
        return (
            self.overrides is overrides
            and self.fingerprint == fingerprint
            and self.uses < MOST_USES
            and 0 <= monotonic() - self.made_at < LONGEST
        )


class Kept:
    """The patterns of this process, by database, user, context and shape."""

    LIMIT = 256

    def __init__(self):
        self._patterns = {}

    def get(self, key):
        return self._patterns.get(key)

    def put(self, key, kept):
        if key not in self._patterns and len(self._patterns) >= self.LIMIT:
            self._patterns.clear()
        self._patterns[key] = kept

    def clear(self):
        self._patterns.clear()


KEPT = Kept()


_WRITTEN = SQL("sum(hashtext(xmin::text || ctid::text)::bigint)")


def get_key(env, shape):
    """Return under what a pattern is kept: whoever bills in another way (language, chatter) has one of their own."""
    context = {name: value for name, value in env.context.items() if name != "billing_number_blocks"}
    # a campaign of the visitor's browser goes into documents that are made for them
    cookies = request.httprequest.cookies if request else {}
    campaign = sorted(item for item in cookies.items() if item[0].startswith("odoo_utm"))
    return (env.registry.db_name, env.uid, env.su, repr(sorted(context.items())), repr(campaign), shape)


def get_fingerprint(env):
    """Return what changes with the configuration, by one statement: how many rows there are, and who wrote them last.

    Whatever is written gets another place in its table, and mostly another number of its transaction: of several
    changes in one transaction each is seen, and so is one that is taken back.
    """
    tables = [
        SQL(
            "SELECT %s::text AS name, count(*) AS number, %s AS written FROM %s",
            table,
            _WRITTEN,
            SQL.identifier(table),
        )
        for table in (*CONFIGURATION, *(env[name]._table for name in OF_OTHERS if name in env))
    ]
    # whoever bills, and the companies: their names, addresses and banks
    people = SQL(
        "SELECT id FROM res_partner WHERE id IN (SELECT partner_id FROM res_company UNION SELECT partner_id FROM"
        " res_users WHERE id = %s)",
        env.uid,
    )
    tables += [
        SQL("SELECT 'users', count(*), %s FROM res_users WHERE id = %s", _WRITTEN, env.uid),
        SQL("SELECT 'people', count(*), %s FROM res_partner WHERE id IN (%s)", _WRITTEN, people),
        SQL("SELECT 'banks', count(*), %s FROM res_partner_bank WHERE partner_id IN (%s)", _WRITTEN, people),
    ]
    return (id(env.registry), *env.execute_query(SQL(" UNION ALL ").join(tables)))
