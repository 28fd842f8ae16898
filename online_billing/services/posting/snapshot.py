"""All that is stored of an invoice, without what must differ between two invoices with the same content."""

from psycopg2 import sql

_OWN = {
    "account_move": {"id", "name", "sequence_number", "create_date", "write_date"},
    "account_move_line": {"id", "move_id", "move_name", "create_date", "write_date"},
    "account_analytic_line": {"id", "move_line_id", "create_date", "write_date"},
    "mail_message": {"id", "res_id", "message_id", "date", "create_date", "write_date"},
    "mail_followers": {"id", "res_id"},
}
# what hangs on a message, and of which there is nothing to compare but how much
_ON_MESSAGES = {"tracking": "mail_tracking_value", "notifications": "mail_notification", "mails": "mail_mail"}


def read_rows(env, table, condition, order="id"):
    """Rows of a table as dicts, by {column: value or values}."""
    env.flush_all()
    where = sql.SQL(" AND ").join(sql.SQL("{} = ANY(%s)").format(sql.Identifier(column)) for column in condition)
    query = sql.SQL("SELECT * FROM {} WHERE {} ORDER BY {}").format(sql.Identifier(table), where, sql.Identifier(order))
    values = [list(value) if isinstance(value, (tuple, list)) else [value] for value in condition.values()]
    env.cr.execute(query, values)
    return env.cr.dictfetchall()


def take(env, move):
    """Return {part: what is stored of it} of an invoice."""

    reference = _get_own_reference(move)

    def rows(table, **condition):
        return read_rows(env, table, condition)

    def neutral(table, found):
        own = _OWN[table]
        return [
            {name: _neutral(value, move, reference) for name, value in row.items() if name not in own} for row in found
        ]

    def relation(table, column, found):
        places = {row["id"]: place for place, row in enumerate(found)}
        related = read_rows(env, table, {column: list(places)}, order=column) if places else []
        return sorted((places[row.pop(column)], *row.values()) for row in related)

    lines = rows("account_move_line", move_id=move.id)
    line_ids = [line["id"] for line in lines]
    analytic = rows("account_analytic_line", move_line_id=line_ids)
    messages = rows("mail_message", model="account.move", res_id=move.id)
    message_ids = [message["id"] for message in messages]
    followers = rows("mail_followers", res_model="account.move", res_id=move.id)
    return {
        "account_move": neutral("account_move", rows("account_move", id=move.id)),
        "account_move_line": neutral("account_move_line", lines),
        "taxes": relation("account_move_line_account_tax_rel", "account_move_line_id", lines),
        "tags": relation("account_account_tag_account_move_line_rel", "account_move_line_id", lines),
        "account_analytic_line": [
            {**row, "line": line_ids.index(found["move_line_id"])}
            for row, found in zip(neutral("account_analytic_line", analytic), analytic, strict=True)
        ],
        "mail_message": neutral("mail_message", messages),
        **{part: len(rows(table, mail_message_id=message_ids)) for part, table in _ON_MESSAGES.items()},
        "mail_followers": neutral("mail_followers", followers),
        "subtypes": relation("mail_followers_mail_message_subtype_rel", "mail_followers_id", followers),
        "activities": len(rows("mail_activity", res_model="account.move", res_id=move.id)),
        "line messages": len(rows("mail_message", model="account.move.line", res_id=line_ids)),
        "payments": len(read_rows(env, "account_move__account_payment", {"invoice_id": move.id}, order="invoice_id")),
    }


def find_differences(ours, theirs):
    """Return [(where, ours, theirs)] of what differs between two snapshots; where is a column, or a part as a whole."""
    found = []
    for part, own in ours.items():
        other = theirs[part]
        if own == other:
            continue
        if isinstance(own, list) and len(own) == len(other) and all(isinstance(row, dict) for row in own):
            found += [
                (f"{part}.{column}", value, row[column])
                for mine, row in zip(own, other, strict=True)
                for column, value in mine.items()
                if value != row[column]
            ]
        else:
            found.append((part, own, other))
    return found


def _neutral(value, move, reference):
    if not isinstance(value, str):
        return value
    value = value.replace(move.name, "<number>")
    return value.replace(reference, "<reference>") if reference else value


def _get_own_reference(move):
    """The reference under which this invoice is paid, where it is made of what is this one's own; else nothing."""
    reference = move.payment_reference
    if not reference or move.name in reference or move.move_type != "out_invoice":
        return None
    return reference if reference == move._get_invoice_computed_reference() else None
