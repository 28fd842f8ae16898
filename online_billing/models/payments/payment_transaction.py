from odoo import api, fields, models


class PaymentTransaction(models.Model):
    _inherit = "payment.transaction"

    billing_account_id = fields.Many2one(
        "billing.account",
        index="btree_not_null",
        readonly=True,
        ondelete="restrict",
        groups="online_billing.group_billing_user",
        help="Everything open of this account is paid at once.",
    )
    billing_installment_id = fields.Many2one(
        "billing.installment",
        string="Chosen Installment",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="online_billing.group_billing_user",
        help="The payment settles this installment, even where an earlier one is open.",
    )

    billing_discounts = fields.Json(
        string="Discounts for Early Payment",
        readonly=True,
        groups="online_billing.group_billing_user",
        help="What the customer kept of each journal item, because it was paid in time.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Let a customer begin only what is open and is not being paid by another page, whichever page it is."""
        for number, vals in enumerate(vals_list):
            moves = self._get_moves_to_pay(vals)
            if moves.billing_account_id and str(vals.get("operation")).startswith("online_"):
                amount = self.env["billing.paying"].check_amount(
                    vals.get("amount"),
                    moves,
                    self.env["res.currency"].browse(vals.get("currency_id")),
                    self.env["billing.installment"].browse(vals.get("billing_installment_id")),
                )
                vals_list[number] = {**vals, "amount": amount}
        return super().create(vals_list)

    def _get_moves_to_pay(self, vals):
        # sudo: whoever may begin a payment need not be allowed to read what it pays
        return self.new({"invoice_ids": vals.get("invoice_ids", ())}).sudo().invoice_ids._origin

    def _get_billing_begun(self):
        """Return what was begun, on a page or by a debit, where this is what was captured of it by hand; else this."""
        begun = self.source_transaction_id
        return begun if begun and begun.operation == self.operation else self

    def _create_payment(self, **extra_create_values):
        """Queue the receipt, land on the installment that was chosen, and settle the rest with credits.

        Credits are those that the page took off the amount. What was captured by hand is for the same as what was
        begun: Odoo leaves that to whoever matches it.
        """
        transaction = self
        # sudo: a web payment comes from a customer, who sees no plans
        begun = self.sudo()._get_billing_begun()
        if begun != self and begun.invoice_ids.billing_account_id:
            extra_create_values.setdefault("invoice_ids", begun.invoice_ids)
            receivable = begun.invoice_ids.line_ids.filtered(
                lambda line: line.display_type == "payment_term"
            ).account_id
            extra_create_values.setdefault("destination_account_id", receivable[:1].id)
        if chosen := begun.billing_installment_id:
            transaction = self.with_context(billing_target_line_ids=chosen._get_open_lines().ids)
            extra_create_values.setdefault("billing_installment_id", chosen.id)
        if discounts := self.env["billing.paying"].prepare_discounts(self):
            extra_create_values["write_off_line_vals"] = discounts
        payment = super(PaymentTransaction, transaction)._create_payment(**extra_create_values)
        payment._queue_billing_receipts()
        if begun.billing_account_id:  # with documents of the customer that name no account
            paid = {begun.billing_account_id: begun.invoice_ids}
        else:
            paid = self.env["billing.paying"].get_covered(begun.invoice_ids).grouped("billing_account_id")
        for account, moves in paid.items():
            self.env["billing.open.items"].apply_credits(account.with_env(self.env), moves.with_env(self.env))
        return payment
