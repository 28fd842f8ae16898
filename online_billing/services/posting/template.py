"""Rows of an invoice that Odoo made, taken as the pattern for others of its shape."""

from operator import itemgetter

from .copy_text import NULL, same

MOVE_SLOTS = frozenset(
    """id name sequence_prefix sequence_number ref invoice_origin payment_reference partner_id
        commercial_partner_id partner_shipping_id fiscal_position_id invoice_partner_display_name invoice_user_id date
        invoice_date invoice_date_due invoice_currency_rate amount_untaxed amount_tax amount_total
        amount_residual amount_untaxed_signed amount_untaxed_in_currency_signed amount_tax_signed
        amount_total_signed amount_total_in_currency_signed amount_residual_signed""".split()
)
_LINE_SLOTS = frozenset("id move_id move_name ref date invoice_date partner_id".split())
_BALANCE_SLOTS = frozenset(
    "debit credit balance amount_currency amount_residual amount_residual_currency reconciled".split()
)
LINE_SLOTS = {
    "product": _LINE_SLOTS
    | _BALANCE_SLOTS
    | frozenset(
        """product_id product_uom_id account_id name quantity price_unit discount price_subtotal price_total
        analytic_distribution""".split()
    ),
    "tax": _LINE_SLOTS | _BALANCE_SLOTS | {"tax_base_amount"},
    "term": _LINE_SLOTS
    | _BALANCE_SLOTS
    | frozenset("account_id name date_maturity discount_date discount_balance discount_amount_currency".split()),
    "text": _LINE_SLOTS | {"name"},
}
MESSAGE_SLOTS = frozenset({"id", "res_id", "message_id"})
FOLLOWER_SLOTS = frozenset({"id", "res_id"})

# What differs between the batches of a run, beside the slots.
DATES = frozenset({"create_date", "write_date"})

RENDERED = {
    "account.move": MOVE_SLOTS | {"create_date", "write_date", "create_uid", "write_uid"},
    "account.move.line": frozenset().union(
        *LINE_SLOTS.values(),
        {"sequence", "tax_ids", "tax_tag_ids", "create_date", "write_date", "create_uid", "write_uid"},
    ),
}


class Row:
    """One row as a pattern: fixed texts, and slots that differ from invoice to invoice."""

    __slots__ = ("_columns", "_format", "_pick", "_slots", "_texts")

    def __init__(self, columns, texts, slots):
        self._columns, self._texts, self._slots = list(columns), list(texts), slots
        self._format = "\t".join(
            "%s" if column in slots else text.replace("%", "%%") for column, text in zip(columns, texts, strict=True)
        )
        names = [column for column in columns if column in slots]
        self._pick = itemgetter(*names)  # all patterns have several slots, so this picks a tuple

    def fill(self, values):
        """One line of COPY text."""
        return self._format % self._pick(values)

    def renew(self, texts):
        """Return the same pattern with other texts in some columns, as far as it has them."""
        pairs = zip(self._columns, self._texts, strict=True)
        return Row(self._columns, [texts.get(column, text) for column, text in pairs], self._slots)


class Template:
    """Everything that one shape of invoices has in common.

    :ivar later: by table the columns that Odoo computes once the rows are written
    """

    def __init__(self, schema, later):
        self.schema = schema
        self.later = later
        self.move = None
        self.lines = {}
        self.term_names = {}
        self.thread = None
        self.messages = []
        self.followers = []

    def renew(self, now, message_now):
        """Return the same pattern as of another moment.

        :param str now: when the rows are written, as the database writes it
        :param str message_now: the same for the messages
        """
        written = dict.fromkeys(DATES, now)
        renewed = Template(self.schema, self.later)
        renewed.move = self.move.renew(written)
        renewed.lines = {kind: row.renew(written) for kind, row in self.lines.items()}
        renewed.term_names = self.term_names
        renewed.thread = self.thread
        renewed.messages = [row.renew(written | {"date": message_now}) for row in self.messages]
        renewed.followers = [(row.renew(written), subtype_ids) for row, subtype_ids in self.followers]
        return renewed

    def learn_move(self, texts, more):
        self.move = Row(self.schema["account_move"], self._without_later("account_move", texts), MOVE_SLOTS | more)

    def learn_line(self, kind, sort, texts, more):
        texts = self._without_later("account_move_line", texts)
        self.lines[kind] = Row(self.schema["account_move_line"], texts, LINE_SLOTS[sort] | more)

    def _without_later(self, table, texts):
        """What Odoo computes once the rows are written begins as nothing."""
        return [
            NULL if column in self.later[table] else text
            for column, text in zip(self.schema[table], texts, strict=True)
        ]

    def learn_thread(self, messages, followers):
        """Learn what stands in the chatter of a new invoice.

        :param messages: rows of mail_message
        :param followers: pairs of a row of mail_followers and its subtypes
        """
        self.thread = (messages, followers)
        self.messages = [Row(self.schema["mail_message"], texts, MESSAGE_SLOTS) for texts in messages]
        self.followers = [
            (Row(self.schema["mail_followers"], texts, FOLLOWER_SLOTS), subtype_ids) for texts, subtype_ids in followers
        ]


def first_difference(schema, table, rendered, written, ignored=()):
    """Name the first column in which a rendered line differs from the row that Odoo wrote; None if all are equal."""
    for (column, column_type), ours, theirs in zip(schema[table].items(), rendered.split("\t"), written, strict=True):
        if column not in ignored and not same(ours, theirs, column_type):
            return f"{table}.{column}"
    return None
