from odoo import SUPERUSER_ID, api, fields, models

from ..shared.guarded import Life
from .addressed import on_one_line


class BillingCollectionMessage(models.Model):
    """The outbox of the collection: each reminder, notice and letter, made once in the transaction that decided it."""

    _name = "billing.collection.message"
    _inherit = ["billing.guarded", "billing.deliverable"]
    _description = "Reminder or Notice"
    _order = "create_date desc, id desc"
    _rec_name = "subject"
    _check_company_auto = True
    _life = Life()

    key = fields.Char(required=True, readonly=True, copy=False, help="The same message is never made twice.")
    account_id = fields.Many2one(
        "billing.account", required=True, readonly=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, index=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    kind = fields.Selection(
        [
            ("coming_due", "Coming Due"),
            ("due", "Due Today"),
            ("overdue", "Reminder"),
            ("fee_notice", "Late Fee"),
            ("installment", "Installments"),
            ("promise", "Promise to Pay"),
            ("debit", "Automatic Payment"),
            ("other", "Other"),
        ],
        required=True,
        readonly=True,
        default="other",
        help="What it is about.",
    )
    channel = fields.Selection(
        [("email", "E-mail"), ("sms", "SMS"), ("letter", "Letter")],
        required=True,
        readonly=True,
        default="email",
        help="How it goes to the customer.",
    )
    partner_ids = fields.Many2many(
        "res.partner",
        "billing_collection_message_partner_rel",
        "message_id",
        "partner_id",
        string="Recipients",
        readonly=True,
        help="The recipients of the account whom it concerns, else the customer.",
    )
    lang = fields.Char(string="Language", readonly=True)
    subject = fields.Char(readonly=True)
    body = fields.Html(readonly=True, sanitize_style=True, sanitize_attributes=False)
    sms_text = fields.Text(string="SMS Text", readonly=True, help="What is sent as a text message.")
    amount = fields.Monetary(readonly=True, help="What the message asks for.")
    lines = fields.Json(readonly=True, help="The table of a letter: number, due day, days late, open amount.")
    move_ids = fields.Many2many(
        "account.move",
        "billing_collection_message_move_rel",
        "message_id",
        "move_id",
        string="Documents",
        readonly=True,
    )
    res_model = fields.Char(string="About", readonly=True, help="What the message is about, besides the documents.")
    res_id = fields.Many2oneReference(string="About Record", model_field="res_model", readonly=True)
    billing_delivery_state = fields.Selection(required=True, default="pending")

    _of_account_idx = models.Index("(account_id, create_date DESC, id DESC)")
    _newest_idx = models.Index("(create_date DESC, id DESC)")
    _key_unique_per_company = models.Constraint("UNIQUE (company_id, key)", "This message has been made already.")

    # -- delivery -----------------------------------------------------------------------------------------------------

    def _get_billing_recipients(self):
        """Return those to whom the message is addressed and who can be reached on its channel."""
        self.ensure_one()
        if self.channel == "sms":
            return self.partner_ids.filtered("phone")
        if self.channel == "email":
            return self._keep_one_per_address(self.partner_ids.filtered("email"))
        return self.partner_ids

    def _get_billing_sender(self):
        """Return from where the message comes: whoever looks after the account, else the company."""
        self.ensure_one()
        user = self.account_id._get_collector()
        if user and user.id != SUPERUSER_ID and user.email:
            return on_one_line(user.email_formatted)
        return on_one_line(self.company_id.email_formatted)

    def action_send_now(self):
        """Send waiting and failed messages now."""
        self.check_access("read")
        return self.env["billing.message.delivery"].send_and_notify(self)

    def action_cancel(self):
        """Take messages that have not been sent out of the list."""
        self.check_access("read")
        waiting = self.filtered(lambda message: message.billing_delivery_state in ("pending", "failed", "letter"))
        waiting.sudo().write(
            {"billing_delivery_state": "cancelled", "billing_delivery_retry_date": False}
        )  # sudo: kept by the billing

    def action_print_letters(self):
        """Download the letters as one PDF; what has been printed leaves the list of letters."""
        self.check_access("read")
        return self.env["billing.message.delivery"].print_letters(self)

    @api.model
    def _cron_send_messages(self):
        self.env["billing.message.delivery"].work()
