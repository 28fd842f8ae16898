import logging
from collections import Counter
from contextlib import nullcontext

import psycopg2
from odoo import api, models

from .batch import Batch, Refused
from .kept import KEPT
from .number_blocks import create_table
from .numbering import EntryNumbers
from .odoo_way import UNCHECKED, create_checked, get_line_ids
from .result import WriterResult

_logger = logging.getLogger(__name__)

SETTING = "online_billing.posting"
# the beginning of the names of the indexes that keep numbers unique
NUMBERS = "account_move_unique_name"


def _is_number_taken(error):
    """Tell whether the database refused a row because its number is another invoice's already."""
    is_double = isinstance(error, psycopg2.errors.UniqueViolation)
    return is_double and (error.diag.constraint_name or "").startswith(NUMBERS)


class BillingPosting(models.AbstractModel):
    """The seam through which the billing makes posted invoices: by Odoo's own way, or in batches that equal it.

    In batches Odoo makes the first invoice of every shape; its rows are the pattern for the others. See the README of
    this package. An override may post in another way, as long as the result is the same.
    """

    _name = "billing.posting"
    _description = "Writer of Posted Invoices"

    def init(self):
        create_table(self.env.cr)

    @api.model
    @api.private
    def is_in_batches(self):
        """Return whether invoices are posted in batches; switched off under Settings, nothing of it takes part."""
        setting = self.env["ir.config_parameter"].sudo().get_param(SETTING)  # sudo: a setting
        return setting != "odoo"

    @api.model
    @api.private
    def create_posted(self, vals_list, *, expected=None, exemplar=True):
        """Make posted customer invoices and credit notes, as ``create`` and ``_post(soft=False)`` leave them.

        Works in the caller's transaction and never commits. What Odoo refuses leaves the transaction to the caller: to
        find the one invoice that cannot be made, roll back and try them one by one. A fault of the batches themselves,
        after an upgrade for instance, costs nobody an invoice: these go Odoo's own way, with the reason.

        Context key ``billing_number_blocks``: take numbers in blocks, so that other workers do not wait for them; only
        for callers who commit soon after.

        :param list vals_list: values as for ``account.move.create``
        :param list expected: for each invoice (amount before tax or None, amount with tax or None); compared before
            anything is posted
        :param bool exemplar: False lets Odoo make every single one of a batch
        :return: :class:`WriterResult`
        :raise UserError: an amount is not the expected one, or Odoo refuses an invoice
        """
        expected = expected or [UNCHECKED] * len(vals_list)
        if not self.is_in_batches():
            return self._create_by_odoo(vals_list, expected, "setting")
        self.env.flush_all()  # a savepoint would write what is pending as somebody else
        try:
            with self.env.cr.savepoint():
                result = self._create_in_batch(vals_list, expected, exemplar)
                self.env.flush_all()  # as above
                return result
        except Refused as refusal:
            raise refusal.args[0] from None
        except psycopg2.OperationalError:
            raise  # somebody else is at it, or the server goes down: the caller tries again
        except Exception as error:
            if _is_number_taken(error):
                # somebody has taken the same numbers and committed meanwhile; Odoo looks for the next ones
                return self._create_by_odoo(vals_list, expected, "number taken meanwhile")
            _logger.exception("A batch of %s invoices goes Odoo's own way", len(vals_list))
            KEPT.clear()
            return self._create_by_odoo(vals_list, expected, f"fault: {type(error).__name__}")

    @api.model
    @api.private
    def get_numbers(self, entries):
        """Return a context in which Odoo posts entries of the billing that are no invoices, payments for instance.

        With the context key ``billing_number_blocks`` their numbers come from blocks, as above: several workers post in
        one journal without waiting for each other. Else they are Odoo's own.

        :param list entries: (journal, day) of each of them
        """
        takes_blocks = self.env.context.get("billing_number_blocks") and self.is_in_batches()
        return EntryNumbers(self.env, entries) if takes_blocks else nullcontext()

    def _create_in_batch(self, vals_list, expected, exemplar):
        """Make them after an example; a seam for another way of posting, with the same result."""
        batch = Batch(self.env, vals_list, expected)
        batch.run(render=exemplar)
        return WriterResult(
            self.env["account.move"].browse(batch.move_ids),
            [list(ids) for ids in batch.line_ids],
            batch.plain,
            batch.rendered,
            batch.reasons,
            frozenset(batch.rendered_ids),
        )

    def _create_by_odoo(self, vals_list, expected, reason):
        moves = create_checked(self.env, vals_list, range(len(vals_list)), expected)
        moves._post(soft=False)
        lines = [get_line_ids(move) for move in moves]
        return WriterResult(moves, lines, len(moves), 0, Counter({reason: len(moves)} if moves else {}))
