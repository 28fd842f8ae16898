from odoo import fields, models

# customers read their own invoices in the portal; how these were sent is the company's business
STAFF = "base.group_user"


class BillingDeliverable(models.AbstractModel):
    """What is sent to a customer after the transaction that made it: an invoice, a receipt, a reminder or a notice."""

    _name = "billing.deliverable"
    _description = "Sent to Customers"

    billing_delivery_state = fields.Selection(
        [
            ("pending", "To Send"),
            ("sent", "Sent"),
            ("failed", "Failed"),
            ("letter", "Letter to Print"),
            ("none", "Not Sent"),
            ("cancelled", "Cancelled"),
        ],
        string="Delivery",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What the billing makes is sent after the run, by its own step.",
        groups=STAFF,
    )
    billing_delivery_error = fields.Char(readonly=True, copy=False, string="Delivery Error", groups=STAFF)
    billing_delivery_date = fields.Datetime(readonly=True, copy=False, string="Delivered On", groups=STAFF)
    billing_delivery_attempt_count = fields.Integer(readonly=True, copy=False, string="Delivery Attempts", groups=STAFF)
    billing_delivery_retry_date = fields.Datetime(
        readonly=True,
        copy=False,
        string="Next Delivery Attempt",
        help="Empty on a failed delivery: it is not tried again by itself.",
        groups=STAFF,
    )
    billing_delivery_message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        string="Delivery Message",
        groups=STAFF,
    )

    # what waits is a small part of what was ever sent
    _billing_waiting_idx = models.Index("(id) WHERE billing_delivery_state IN ('pending', 'failed')")

    def _get_billing_recipients(self):
        """Return who gets it and can be reached."""
        raise NotImplementedError

    def _get_mail_recipients(self, template):
        """Return who gets its mail: those who get the document, and those whom the text names beside them."""
        recipients = self._get_billing_recipients()
        if template.use_default_to:
            return recipients
        # sudo: the text is the company's, whoever sends it
        named = (
            template.sudo()
            ._generate_template_recipients(
                self.ids, ("email_cc", "email_to", "partner_to"), find_or_create_partners=True
            )[self.id]
            .get("partner_ids")
        )
        return self._keep_one_per_address(recipients | recipients.browse(named or ()).exists().filtered("email"))

    def _get_billing_sender(self):
        """Return the address from which it comes and to which answers go; empty where there is none."""
        raise NotImplementedError

    def _get_undelivered(self):
        """Return those that wait for delivery, or failed and may be tried again."""
        return self.filtered(lambda record: record.billing_delivery_state in ("pending", "failed"))

    def _has_left(self):
        """Tell whether it has gone to the customer, or was printed: what rests on a notice waits until then."""
        self.ensure_one()
        return self.billing_delivery_state == "sent"

    def _keep_one_per_address(self, partners):
        """Return partners without those who would get the same mail a second time."""
        seen, kept = set(), partners.browse()
        for partner in partners:
            if (address := partner.email_normalized or partner.email) not in seen:
                seen.add(address)
                kept |= partner
        return kept
