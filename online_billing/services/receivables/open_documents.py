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
