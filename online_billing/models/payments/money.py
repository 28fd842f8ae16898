from odoo import api, fields, models
from odoo.tools import SQL


class BillingMoney(models.Model):
    """What customers paid and were given back, one row each: Odoo's payments, and what was matched from the bank.

    It is no table: everything stands where Odoo keeps it. A payment that waits for the bank is matched there with its
    outstanding account, so that the statement line has no receivable item, and it is here once. Numbers below zero are
    those of journal items.

    It answers by indexes for some accounts or some days, and for all there ever was it does not.
    """

    _name = "billing.money"
    _description = "Payment of a Customer, However It Came"
    _auto = False
    _order = "date desc, id desc"
    _depends = {
        "account.payment": [
            *("amount", "amount_company_currency_signed", "billing_account_id", "company_id", "currency_id", "date"),
            *("journal_id", "memo", "name", "partner_id", "payment_type", "state"),
        ],
        "account.move.line": [
            *("amount_currency", "balance", "billing_account_id", "company_id", "currency_id", "date", "journal_id"),
            *("move_name", "name", "parent_state", "partner_id"),
        ],
    }

    date = fields.Date(readonly=True)
    made_on = fields.Datetime(string="Noted On", readonly=True, help="When it was written into the books.")
    name = fields.Char(string="Number", readonly=True)
    billing_account_id = fields.Many2one("billing.account", readonly=True)
    partner_id = fields.Many2one("res.partner", string="Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    journal_id = fields.Many2one("account.journal", readonly=True)
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_currency_id = fields.Many2one(related="company_id.currency_id", string="Company Currency")
    amount = fields.Monetary(
        string="Amount in Currency", readonly=True, help="Below zero where money was given back to the customer."
    )
    company_amount = fields.Monetary(string="Amount", currency_field="company_currency_id", readonly=True)
    memo = fields.Char(readonly=True)
    state = fields.Selection(
        selection=lambda self: self.env["account.payment"]._fields["state"].selection, readonly=True
    )
    payment_id = fields.Many2one("account.payment", string="Payment", readonly=True)
    line_id = fields.Many2one(
        "account.move.line", string="From the Bank", readonly=True, help="Matched straight from a bank statement."
    )
    way = fields.Char(compute="_compute_way", help="How it came, as the customer calls it.")
    receipt_state = fields.Selection(related="payment_id.billing_delivery_state", string="Receipt")

    @property
    def _table_query(self):
        # both halves have the same types: PostgreSQL looks into them by what is asked for no other way
        return SQL(
            """
            SELECT payment.id, payment.date, payment.create_date AS made_on, payment.name::varchar AS name,
                   payment.billing_account_id, payment.partner_id, payment.company_id, payment.journal_id,
                   payment.currency_id,
                   CASE WHEN payment.payment_type = 'outbound' THEN -payment.amount ELSE payment.amount END AS amount,
                   payment.amount_company_currency_signed AS company_amount, payment.memo::varchar AS memo,
                   payment.state::varchar AS state, payment.id AS payment_id, NULL::integer AS line_id
              FROM account_payment payment
             WHERE payment.billing_account_id IS NOT NULL
             UNION ALL
            SELECT -line.id, line.date, line.create_date, line.move_name::varchar, line.billing_account_id,
                   line.partner_id, line.company_id, line.journal_id, line.currency_id,
                   -line.amount_currency, -line.balance, line.name::varchar,
                   'paid'::varchar, NULL::integer, line.id
              FROM account_move_line line
             WHERE %s
            """,
            self.env["billing.money.book"].get_line_condition("line"),
        )

    @api.depends("payment_id", "journal_id")
    def _compute_way(self):
        for money in self:
            payment = money.payment_id
            money.way = payment._get_billing_method_label() if payment else money.journal_id.name

    def action_open(self):
        """Open the payment, or the entry of the bank statement."""
        self.ensure_one()
        self.check_access("read")
        document = self.payment_id or self.line_id.move_id
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "views": [(False, "form")],
        }

    def _get_documents(self):
        """Return the invoices and credit notes that it has settled."""
        line, payment = self.line_id, self.payment_id
        debits, credits_ = line.matched_debit_ids.debit_move_id.move_id, line.matched_credit_ids.credit_move_id.move_id
        # each by itself before they are joined: what is joined is not read for a whole page at once
        settled, spent = (moves.filtered(lambda move: move.is_invoice(True)) for moves in (debits, credits_))
        return settled | spent | payment.reconciled_invoice_ids | payment.invoice_ids
