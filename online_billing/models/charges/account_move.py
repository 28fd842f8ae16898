"""Documents that Odoo makes of the billing's own follow them: account and charges."""

from odoo import api, fields, models

STAFF = "base.group_user"


class AccountMove(models.Model):
    _inherit = "account.move"

    billing_can_bill_again = fields.Boolean(
        compute="_compute_billing_can_bill_again",
        string="Can Be Billed Again",
        help="It was cancelled or credited, and some of its charges can be billed once more.",
        groups=STAFF,
    )

    billing_credited_invoice_id = fields.Many2one(
        "account.move",
        string="Credits Invoice",
        copy=False,
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        groups=STAFF,
        help="The invoice that this credit note, written by hand, gives back. Posted, it belongs to the account of that"
        " invoice and is matched with it, and the billing credits the same no second time. It can be changed or emptied"
        " while the credit note is a draft.",
    )
    billing_can_credit_invoice = fields.Boolean(
        compute="_compute_billing_can_credit_invoice", string="Can Credit an Invoice of the Billing", groups=STAFF
    )

    billing_tax_difference = fields.Text(
        compute="_compute_billing_tax_difference",
        string="Taxes That Differ",
        groups=STAFF,
        help="Where the taxes of this credit note are not those that were charged on the invoice.",
    )
    billing_tax_reason = fields.Char(
        string="Why the Taxes Differ",
        copy=False,
        groups=STAFF,
        help="A credit note gives back the taxes that the invoice charged. Where it is meant to have other taxes, write"
        " down why; it can be confirmed then. What the customer gets back with tax counts against the invoice.",
    )

    @api.depends("move_type", "reversed_entry_id", "commercial_partner_id", "billing_credited_invoice_id")
    def _compute_billing_can_credit_invoice(self):
        """Ask for the invoice on credit notes that were not made of one, and only for customers of the billing."""
        written = self.filtered(
            lambda move: (
                move.move_type == "out_refund"
                and (
                    move.billing_credited_invoice_id
                    or move._origin.billing_credited_invoice_id  # emptied in the form, and not saved yet
                    or not move.reversed_entry_id
                )
            )
        )
        # sudo: whether the customer has an account, on the form of accountants
        accounts = self.env["billing.account"].sudo()
        domain = [("partner_id", "child_of", written.commercial_partner_id.ids)]
        customers = accounts.search(domain).partner_id.commercial_partner_id if written.commercial_partner_id else ()
        for move in self:
            move.billing_can_credit_invoice = move in written and move.commercial_partner_id in customers

    @api.depends(
        "move_type",
        "state",
        "billing_credited_invoice_id",
        "invoice_line_ids.tax_ids",
        "invoice_line_ids.price_total",
        "invoice_line_ids.product_id",
        "invoice_line_ids.billing_origin_line_id",
    )
    def _compute_billing_tax_difference(self):
        """Say on a draft already what would be refused when it is confirmed."""
        taxes, by_hand = self.env["billing.charge.note.taxes"], self.env["billing.charge.hand.written"]
        for move in self:
            origins = {}
            if move.move_type == "out_refund" and move.state == "draft":
                if move.billing_credited_invoice_id:
                    origins = by_hand.find_origins(move)
                elif move.sudo().billing_account_id:  # sudo: as below
                    origins = {line: line.billing_origin_line_id for line in move.invoice_line_ids}
            move.billing_tax_difference = "\n".join(taxes.get_differences(origins)) or False

    def _compute_billing_can_bill_again(self):
        billable = self.env["billing.charge.documents"].get_billable_again(self).invoice_id
        for move in self:
            move.billing_can_bill_again = move._origin in billable

    def copy_data(self, default=None):
        """Have credit notes, duplicates and debit notes of a document of the billing belong to its account."""
        vals_list = super().copy_data(default)
        for move, vals in zip(self, vals_list, strict=True):
            # sudo: accountants who copy an invoice need not be allowed to see accounts
            account = move.sudo().billing_account_id
            if not account or vals.get("move_type", move.move_type) not in ("out_invoice", "out_refund"):
                continue
            customer = self.env["res.partner"].browse(vals.get("partner_id"))
            if customer.commercial_partner_id == account.partner_id.commercial_partner_id:
                vals.setdefault("billing_account_id", account.id)
        return vals_list

    def write(self, vals):
        """Let credit notes name another invoice, or none, while they are drafts."""
        if (name := "billing_credited_invoice_id") in vals:
            invoice = self.browse(self._fields[name].convert_to_cache(vals[name], self, validate=False))
            self.env["billing.charge.hand.written"].let_go(self, invoice)
        return super().write(vals)

    def _post(self, soft=True):
        """Keep charges and documents in step, whoever made or edited the document."""
        self.env["billing.charge.hand.written"].adopt(self)
        if own := self.filtered(lambda move: move.sudo().billing_account_id):  # sudo: as above
            self.env["billing.charge.documents"].prepare_post(own)
        posted = super()._post(soft)
        if own := posted.filtered(lambda move: move.sudo().billing_account_id):  # sudo: as above
            self.env["billing.charge.documents"].follow(own)
        return posted

    def _reconcile_reversed_moves(self, reverse_moves, move_reverse_cancel):
        """Match every credit note with its own invoice, also where several of one invoice are posted together."""
        if not any(move.sudo().billing_account_id for move in reverse_moves):  # sudo: as above
            return super()._reconcile_reversed_moves(reverse_moves, move_reverse_cancel)
        for move in reverse_moves:
            super(AccountMove, move.reversed_entry_id)._reconcile_reversed_moves(move, move_reverse_cancel)
        return reverse_moves

    def unlink(self):
        """Give the charges of a deleted invoice back, so that the next run bills them."""
        if self:  # Odoo deletes nothing, and draws nothing back, with each journal item that it writes
            self.env["billing.charge.documents"].release(self)
        return super().unlink()

    def button_cancel(self):
        res = super().button_cancel()
        self.env["billing.charge.documents"].void_cancelled(self)
        return res

    def button_draft(self):
        if not self:
            return super().button_draft()
        cancelled = self.filtered(lambda move: move.state == "cancel")
        posted = self.filtered(lambda move: move.state == "posted")
        self.env["billing.charge.documents"].check_draft(self - cancelled)
        res = super().button_draft()
        self.env["billing.charge.documents"].restore(cancelled)
        self.env["billing.charge.documents"].follow_reset(posted)
        return res

    def action_bill_again(self):
        """Open the dialogue that bills the charges of a cancelled or credited invoice once more."""
        self.check_access("read")
        self.env["billing.charge"].check_access("write")
        return self.env["billing.charge.documents"].get_billable_again(self).sudo(False).action_bill_again()
