"""Odoo's own way to a posted invoice, with one look at its amounts between making it and posting it."""

from odoo.exceptions import UserError

from .request import TEXT_LINES

# nothing was agreed on the amounts of an invoice
UNCHECKED = (None, None)


def create_checked(env, vals_list, indexes, expected):
    """Create these invoices and compare them with what was agreed; nothing is posted yet.

    :param expected: by index what :func:`check_amounts` takes
    :raise UserError: an amount is another one
    """
    moves = env["account.move"].create([_copy(vals_list[index]) for index in indexes])
    for index, move in zip(indexes, moves, strict=True):
        check_amounts(env, move.currency_id, expected[index], move.amount_untaxed, move.amount_total)
    return moves


def check_amounts(env, currency, expected, untaxed, total):
    """Compare the amounts of an invoice with those agreed, before it is posted.

    :param expected: (amount before tax or None, amount with tax or None)
    :raise UserError: one of them is another one
    """
    for agreed, found in zip(expected, (untaxed, total), strict=True):
        if agreed is not None and found != agreed and currency.compare_amounts(found, agreed):
            raise UserError(
                env._(
                    "The charges add up to %(agreed)s, but the invoice would be of %(found)s. Nothing is posted. Look"
                    " at how the taxes of its products round, and at “Product Unit” under Settings / Technical /"
                    " Decimal Accuracy.",
                    agreed=currency.format(agreed),
                    found=currency.format(found),
                )
            )


def get_line_ids(move):
    """Return the ids of the invoice lines of a move in the order of their commands."""
    return sorted(
        move.line_ids.filtered(lambda line: line.display_type == "product" or line.display_type in TEXT_LINES)._ids
    )


def _copy(vals):
    """Values that Odoo may change while it works on them."""
    return {
        name: [(*command[:2], dict(command[2])) if command[0] == 0 else command for command in value]
        if name == "invoice_line_ids"
        else value
        for name, value in vals.items()
    }
