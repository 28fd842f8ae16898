"""When a document falls due: who decides it, in which order, and from which day a payment term counts.

The first of these that has something to say decides:

1. the parts of an installment plan, where the journal items carry its dates: the last override of
   ``_compute_needed_terms`` (`models/installments/account_move.py`);
2. the payment term, counted from :func:`get_counting_day`: Odoo's own ``_compute_terms``;
3. the due date that was given with the document;
4. the day from which a term would count: who has no term pays at once. Odoo itself takes today there, and so does the
   posting of documents that come from elsewhere.

Whoever needs a due date asks here; what is stored of it is read from the journal item (:data:`DUE_DAY_OF_LINE`).
"""

from odoo.tools import SQL

#: the day on which a journal item `line` of a document `move` is due. An entry by hand has the day on which it was
#: made as its due date of the document, which says nothing.
DUE_DAY_OF_LINE = SQL(
    "COALESCE(line.date_maturity, CASE WHEN move.move_type <> 'entry' THEN move.invoice_date_due END, move.date)"
)


def get_counting_day(invoice_date, made_on=None):
    """Return the day from which a payment term counts.

    An invoice that is made after its date counts from the day it was made: nobody is late before there was anything to
    pay.

    :param date made_on: the day an invoice was made on, where it is known (``billing_terms_date``)
    """
    return max(invoice_date, made_on) if made_on else invoice_date


def get_due_day_without_term(given, counting_day):
    """Return when a document without a payment term is due: on the day that was given, else at once."""
    return given or counting_day


def get_deciding_terms(of_plan, of_odoo):
    """Return the due lines of a document in the shape of ``needed_terms``: those of a plan come before all others.

    :param dict of_plan: due lines by the parts of a plan; empty where none carries dates, or where the document no
        longer has an amount that they could divide
    :param dict of_odoo: due lines by payment term or due date
    """
    return of_plan or of_odoo


def get_due_day_of_line(line):
    """Return when a due line of an invoice is due, as :data:`DUE_DAY_OF_LINE` says it."""
    return line.date_maturity or line.move_id.invoice_date_due
