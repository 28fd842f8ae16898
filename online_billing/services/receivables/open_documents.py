"""Whether a document is settled, open or in dispute: for one, for a search and for a query."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

# payments without an entry of their own settle an invoice for Odoo, whatever its journal items still say
SETTLED_STATES = ("in_payment", "paid", "reversed", "invoicing_legacy")
# all others, in the words of the index of open documents
OPEN_STATES = ("not_paid", "partial", "blocked")


class BillingOpenDocuments(models.AbstractModel):
    _name = "billing.open.documents"
    _description = "Which Documents Are Open"

    @api.private
    def get_settled_condition(self, document):
        """Return the SQL condition on documents that are settled for Odoo, whatever their journal items still say.

        :param str document: the name of the table of documents in the query; its row may be missing
        """
        return SQL("COALESCE(%s IN %s, FALSE)", SQL.identifier(document, "payment_state"), SETTLED_STATES)

    @api.private
    def get_unsettled_domain(self):
        """Return the domain of posted documents that are not settled, whoever wrote them."""
        return Domain("state", "=", "posted") & Domain("payment_state", "in", OPEN_STATES)

    @api.private
    def is_settled(self, document):
        """Return whether a document is settled for Odoo, whatever its journal items still say."""
        return document.payment_state in SETTLED_STATES

    @api.private
    def is_blocked(self, document):
        """Return whether a document is in dispute: blocked for payment, as Odoo's button does it."""
        return document.payment_state == "blocked"

    @api.private
    def is_open(self, document):
        """Return whether something of a posted document is still to be settled."""
        return (
            document.state == "posted"
            and not self.is_settled(document)
            and not document.currency_id.is_zero(document.amount_residual)
        )

    @api.private
    def get_open_domain(self):
        """Return the domain of documents that are open, as :meth:`is_open` says it."""
        return self.get_unsettled_domain() & Domain("amount_residual", "!=", 0)

    @api.private
    def get_discount(self, document, day):
        """Return (what is enough on a day, the last day) of an invoice with a discount for early payment, else None.

        As open items have it: it is there until its day and until a part is paid, in the journal items alone.
        """
        if document.move_type not in ("out_invoice", "out_receipt") or document.state != "posted":
            return None
        for line in document.line_ids:
            if line.discount_date and line.display_type == "payment_term" and line.discount_amount_currency:
                untouched = line.amount_residual_currency == line.amount_currency
                if untouched and day <= line.discount_date:
                    return line.discount_amount_currency, line.discount_date
        return None

    @api.private
    def get_subjects(self, move_ids):
        """Return {document id: the first thing that it bills} by one statement; whoever asks may see the documents."""
        if not move_ids:
            return {}
        self.env["account.move.line"].flush_model(["move_id", "name", "display_type", "sequence"])
        rows = self.env.execute_query(
            SQL(
                "SELECT billed.id, line.name FROM unnest(%s) billed(id) CROSS JOIN LATERAL (SELECT name FROM"
                " account_move_line WHERE move_id = billed.id AND display_type = 'product' ORDER BY sequence, id"
                " LIMIT 1) line",
                list(set(move_ids)),
            )
        )
        return {move_id: (name or "").partition("\n")[0] for move_id, name in rows}
