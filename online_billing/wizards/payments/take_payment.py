from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...models.accounts.account_recipient import RECEIPTS
from ...models.payments.account_payment_method import CHEQUE

MONEY = ("cash", "bank", "credit")


class BillingTakePayment(models.TransientModel):
    """Type what a customer hands over, see how it is spread over what is open, change that, and give a receipt.

    The same dialogue for the page of an account, for chosen invoices, and, staying open for the next customer, at the
    desk.
    """

    _name = "billing.take.payment"
    _description = "Take a Payment"

    is_desk = fields.Boolean(help="Stays open for the next customer.")
    account_id = fields.Many2one(
        "billing.account",
        string="Customer",
        help="Found by the beginning of words of the name, by account number or its last digits, by invoice number,"
        " payment reference, e-mail address, or the last digits of the telephone number.",
    )
    company_id = fields.Many2one("res.company", compute="_compute_company_id", store=True, precompute=True)
    move_ids = fields.Many2many(
        "account.move", string="Chosen Invoices", help="Only these are paid. Empty: everything that is open."
    )
    currency_id = fields.Many2one(
        "res.currency",
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        help="What is open in other currencies is paid separately.",
    )
    amount = fields.Monetary(string="Handed Over", help="It is spread over what is open, the oldest first.")
    date = fields.Date(
        string="Received On", required=True, default=fields.Date.context_today, help="The day on which the money came."
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Where It Goes",
        compute="_compute_journal_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('type', 'in', ('cash', 'bank', 'credit')), ('company_id', 'parent_of', company_id),"
        " ('currency_id', 'in', (False, currency_id))]",
        help="The till, or the bank account on which the money arrives.",
    )
    method_ids = fields.Many2many("account.payment.method.line", compute="_compute_method_ids")
    method_id = fields.Many2one(
        "account.payment.method.line",
        string="How It Came",
        compute="_compute_method_id",
        store=True,
        readonly=False,
        precompute=True,
        domain="[('id', 'in', method_ids)]",
        help="By hand, by cheque, or another way that the journal takes.",
    )
    is_cheque = fields.Boolean(compute="_compute_is_cheque")
    cheque_number = fields.Char(help="As it is printed on the cheque.")
    cheque_bank = fields.Char(help="The bank on which the cheque is drawn.")
    memo = fields.Char(string="Note", help="Stands on the receipt. Empty: the numbers of the invoices.")
    line_ids = fields.One2many(
        "billing.take.payment.line",
        "take_id",
        string="What It Pays",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
        help="What of the money goes to which document; change what should go elsewhere.",
    )
    amount_open = fields.Monetary(compute="_compute_sums", string="Open", help="Everything that is listed.")
    amount_left = fields.Monetary(
        compute="_compute_sums", string="Not Spread", help="It stays as a credit of the customer, for the next invoice."
    )
    receipt = fields.Selection(
        [("mail", "By e-mail"), ("print", "Printed"), ("none", "None")],
        compute="_compute_receipt",
        store=True,
        readonly=False,
        precompute=True,
        help="By e-mail: to the recipients of the account, else to the customer.",
    )
    payment_id = fields.Many2one("account.payment", readonly=True, help="What was taken by this dialogue.")
    last_payment_id = fields.Many2one("account.payment", readonly=True, string="Last Payment")
    last_partner_id = fields.Many2one(related="last_payment_id.partner_id", string="From")
    last_currency_id = fields.Many2one(related="last_payment_id.currency_id", string="Its Currency")
    last_amount = fields.Monetary(related="last_payment_id.amount", currency_field="last_currency_id", string="Taken")

    @api.depends("is_desk")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for take in self:
            take.display_name = self.env._("Cash Desk") if take.is_desk else self.env._("Take a Payment")

    @api.depends("account_id")
    def _compute_company_id(self):
        for take in self:
            take.company_id = take.account_id.company_id or self.env.company

    @api.depends("account_id")
    def _compute_currency_id(self):
        for take in self:
            take.currency_id = (
                take.move_ids[:1].currency_id or take.account_id.currency_id or take.company_id.currency_id
            )

    @api.depends("company_id", "currency_id")
    def _compute_journal_id(self):
        for take in self:
            journal = take.journal_id
            is_kept = journal.company_id in take.company_id.parent_ids | take.company_id
            if not (journal and is_kept and journal.currency_id in (take.currency_id, journal.currency_id.browse())):
                take.journal_id = self._find_journal(take.company_id, take.currency_id)

    def _find_journal(self, company, currency):
        """Return the till of a company; without one, its bank account."""
        usable = Domain("company_id", "parent_of", company.id) & Domain("currency_id", "in", (False, currency.id))
        journals = self.env["account.journal"].search(usable & Domain("type", "in", MONEY))
        journals = journals.filtered("inbound_payment_method_line_ids")
        return journals.sorted(lambda journal: MONEY.index(journal.type))[:1]

    @api.depends("journal_id")
    def _compute_method_ids(self):
        """Leave out what customers pay by themselves: a provider's ways are no ways of the desk."""
        for take in self:
            ways = take.journal_id._get_available_payment_method_lines("inbound")
            take.method_ids = ways.filtered(lambda way: not way.payment_provider_id)

    @api.depends("method_ids")
    def _compute_method_id(self):
        for take in self:
            if take.method_id not in take.method_ids:
                take.method_id = take.method_ids[:1]._origin

    @api.depends("method_id")
    def _compute_is_cheque(self):
        for take in self:
            take.is_cheque = take.method_id.code == CHEQUE

    @api.depends("account_id", "currency_id", "amount")
    def _compute_line_ids(self):
        """Spread the amount anew whenever it or the customer changes; what is changed by hand stays until then."""
        service = self.env["billing.payment.taking"]
        for take in self:
            commands = [Command.clear()]
            account, currency, moves = take.account_id._origin, take.currency_id._origin, take.move_ids._origin
            if account and currency:
                shares = service.spread(account, currency, take.amount, moves)
                commands += [
                    Command.create(take._prepare_line_values(line, shares.get(line.line_id)))
                    for line in service.get_lines(account, currency, moves)
                ]
            take.line_ids = commands

    def _prepare_line_values(self, line, share):
        return {
            "move_line_id": line.line_id,
            "move_id": line.move_id,
            "due": line.due,
            "text": line.text,
            "amount_open": float(line.left),
            "share": float(share or 0),
        }

    @api.depends("amount", "line_ids.share")
    def _compute_sums(self):
        for take in self:
            take.amount_open = sum(take.line_ids.mapped("amount_open"))
            take.amount_left = take.amount - sum(take.line_ids.mapped("share"))

    @api.depends("account_id")
    def _compute_receipt(self):
        for take in self:
            account = take.account_id
            if not account:
                take.receipt = take.receipt or "print"
            else:
                is_mailed = account.delivery_channel == "email" and account.company_id.billing_send_receipts
                take.receipt = (
                    "mail" if is_mailed and account._get_billing_recipients(RECEIPTS).filtered("email") else "print"
                )

    # -- acts ---------------------------------------------------------------------------------------------------------

    def action_take(self):
        """Take the money, give the receipt, and go on."""
        self.ensure_one()
        payment = self._take()
        following = self._get_desk_action(payment) if self.is_desk else {"type": "ir.actions.act_window_close"}
        if self.receipt != "print":
            return following
        return {
            "type": "ir.actions.client",
            "tag": "online_billing.print_and_go_on",
            "params": {"report": self._get_receipt_action(payment), "next": following},
        }

    def action_print_last(self):
        """Print the receipt of the last payment, once more."""
        self.ensure_one()
        self.check_access("read")
        return self._get_receipt_action(self.last_payment_id) if self.last_payment_id else False

    def action_mail_last(self):
        """Mail the receipt of the last payment."""
        self.ensure_one()
        self.check_access("read")
        return self.last_payment_id.action_send_receipt() if self.last_payment_id else False

    def _take(self):
        self.check_access("write")
        if self.payment_id:
            raise UserError(
                self.env._(
                    "This was taken already: %(payment)s, %(amount)s. Open the dialogue anew for another payment.",
                    payment=self.payment_id.display_name,
                    amount=self.payment_id.currency_id.format(self.payment_id.amount),
                )
            )
        if not self.account_id:
            raise UserError(self.env._("Choose the customer who pays: type a name, a number or an invoice."))
        if self.receipt == "mail" and not self.account_id._get_billing_recipients(RECEIPTS).filtered("email"):
            raise UserError(
                self.env._(
                    "%(account)s has no e-mail address for the receipt. Print it, or enter the address first.",
                    account=self.account_id.display_name,
                )
            )
        if not self.journal_id or not self.method_id:
            raise UserError(
                self.env._(
                    "Choose where the money goes. Without a till or a bank account, ask whoever keeps the journals."
                )
            )
        way = {
            "journal_id": self.journal_id.id,
            "payment_method_line_id": self.method_id.id,
            "date": self.date,
            "memo": self.memo,
            # printed or none: nothing is mailed by itself
            "billing_delivery_state": "pending" if self.receipt == "mail" else "none",
        }
        if self.is_cheque:
            way.update(billing_cheque_number=self.cheque_number, billing_cheque_bank=self.cheque_bank)
        shares = {line.move_line_id.id: line.share for line in self.line_ids}
        self.payment_id = self.env["billing.payment.taking"].take(
            self.account_id, self.currency_id, self.amount, shares, way
        )
        return self.payment_id

    def _get_receipt_action(self, payment):
        return self.env.ref("account.action_report_payment_receipt").report_action(payment)

    def _get_desk_action(self, payment):
        """Return the desk for the next customer, which stays at the till and shows what was just taken."""
        action = self.env["ir.actions.act_window"]._for_xml_id("online_billing.billing_desk_action")
        context = {
            "default_is_desk": True,
            "default_last_payment_id": payment.id,
            "default_journal_id": self.journal_id.id,
            "default_method_id": self.method_id.id,
            "default_date": self.date,
        }
        return dict(action, context=context, target="main")
