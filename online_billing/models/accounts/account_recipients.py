"""How what is sent about an account reaches its customer, and who gets it."""

from odoo import api, fields, models
from odoo.fields import Domain

from ..delivery.addressed import keep_addressed
from .account_recipient import KINDS


class BillingAccount(models.Model):
    _inherit = "billing.account"

    recipient_ids = fields.One2many(
        "billing.account.recipient",
        "account_id",
        string="Recipients",
        help="Who gets what is sent about the account. Nobody: the customer gets it. What nobody of them is to get, all"
        " of them do.",
    )
    invoice_contact_ids = fields.Many2many(
        "res.partner",
        compute="_compute_invoice_contact_ids",
        inverse="_inverse_invoice_contact_ids",
        search="_search_invoice_contact_ids",
        string="Invoice Contacts",
        help="The recipients by name; whoever is new among them gets everything. Empty: the customer.",
    )
    delivery_channel = fields.Selection(
        [("email", "By e-mail"), ("portal", "In the portal only"), ("letter", "By letter")],
        default="email",
        required=True,
        tracking=True,
        help=(
            "E-mail: invoices and receipts are sent with a PDF and a link to pay. Letter: invoices wait in the list of"
            " letters to print."
        ),
    )

    @api.depends("recipient_ids.partner_id")
    def _compute_invoice_contact_ids(self):
        for account in self:
            account.invoice_contact_ids = account.recipient_ids.partner_id

    def _inverse_invoice_contact_ids(self):
        # a row that is made or deleted has them read anew
        wanted = {account: account.with_context(active_test=False).invoice_contact_ids for account in self}
        rows = self.recipient_ids.filtered(lambda row: row.partner_id not in wanted[row.account_id])
        missing = [
            {"account_id": account.id, "partner_id": person.id}
            for account, people in wanted.items()
            for person in people - account.recipient_ids.partner_id
        ]
        rows.unlink()
        self.env["billing.account.recipient"].create(missing)

    def _search_invoice_contact_ids(self, operator, value):
        if operator != "in":
            return NotImplemented
        people = [one for one in value if one]
        found = Domain("recipient_ids", "any", Domain("partner_id", "in", people)) if people else Domain.FALSE
        return found | Domain("recipient_ids", "=", False) if len(people) < len(value) else found

    def _get_billing_recipients(self, kind):
        """Return who gets what is sent about the account: the recipients whom it concerns, else the customer.

        :param str kind: one of `account_recipient.KINDS`
        """
        self.ensure_one()
        return self._get_chosen_recipients(kind) or self.partner_id

    def _get_chosen_recipients(self, kind):
        """Return the recipients of the account who get one kind of what is sent, and can be reached by e-mail.

        What is to reach none of them is for all of them: nothing is lost because each thought that another gets it.

        :param str kind: as above
        """
        reached = self.recipient_ids.filtered(lambda row: row.partner_id.active and row.partner_id.email)
        return (reached.filtered(KINDS[kind]) or reached).partner_id

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Mail a reminder to those it is addressed to, and not to everybody who follows the account."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        return keep_addressed(self, recipients, message, msg_vals)
