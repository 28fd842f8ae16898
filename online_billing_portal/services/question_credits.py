"""Credit notes that settle disputes: made of the invoice, for the lines and the amount that are given back."""

from odoo import Command, api, models
from odoo.addons.online_billing.engine import allocate
from odoo.addons.online_billing.services.shared.numbers import as_float, to_decimal
from odoo.exceptions import UserError

from ..models.question import CLOSED


class BillingQuestionCredits(models.AbstractModel):
    _name = "billing.question.credits"
    _description = "Credit Notes That Settle Disputes"

    @api.private
    def get_lines(self, question):
        """Return the lines of which a credit note may give something back: those in dispute, else all that bill."""
        lines = question.line_ids or question.move_id.invoice_line_ids
        return lines.filtered(lambda line: line.display_type == "product" and line.price_total > 0)

    @api.private
    def make_note(self, question, lines, amount):
        """Return a draft credit note over an amount of lines of the disputed invoice; posted, it settles the dispute.

        It is made as the button of the invoice makes it, so that the charges of the lines know what was given back. An
        amount below that of the lines is shared out among them; taxes are those of the lines.

        :param question: an open dispute without a credit note
        :param lines: of the invoice
        :param float amount: with tax, in the currency of the invoice
        :raise UserError: it is none, has a credit note, no line is chosen, or more is given back than was billed
        """
        question.check_access("write")
        self._check(question, lines, amount)
        move = question.move_id
        note = move._reverse_moves([self._prepare_note_values(question)])
        copies = {line.billing_origin_line_id: line for line in note.invoice_line_ids}
        wanted = note.invoice_line_ids.browse().union(*(copies[line] for line in lines))
        if others := note.invoice_line_ids.filtered(lambda line: line.display_type == "product") - wanted:
            note.write({"invoice_line_ids": [Command.delete(line.id) for line in others]})
        self._lower(note, lines, copies, to_decimal(amount, move.currency_id))
        # sudo: kept by the billing
        question.sudo().write({"credit_note_id": note.id, "credit_note_ids": [Command.link(note.id)]})
        return note

    @api.private
    def follow_posted(self, notes):
        """Settle of disputes what credit notes give back that are posted now."""
        for question, note in self._get_pairs(notes):
            if question.state != CLOSED:
                self.env["billing.questions"].settle_by_credit(question, note)

    @api.private
    def follow_reset(self, notes):
        """Let disputes go on that credit notes had settled which are drafts again.

        Odoo leaves a draft matched with its invoice; what it says no more is open again, and rests.
        """
        for question, note in self._get_pairs(notes):
            note.line_ids.remove_move_reconcile()
            self.env["billing.questions"].reopen_credited(question, note)

    def _get_pairs(self, notes):
        """Return (question, credit note) of the disputes for which credit notes were made."""
        # sudo: whoever posts a credit note, or takes it back, need not see what it was made for
        questions = self.env["billing.question"].sudo()
        found = questions.search([("credit_note_ids", "in", notes.ids)]) if notes else questions
        return [(question, note) for question in found for note in question.credit_note_ids & notes.sudo()]

    @api.private
    def get_left(self, question):
        """Return how much of a dispute its posted credit notes have not given back; Decimal, not below zero.

        Of a whole invoice no more is left than is open of it. What taxes round away is nothing.
        """
        currency = question.currency_id
        given = sum(to_decimal(one.amount_total, currency) for one in self._get_posted(question))
        disputed = to_decimal(question.amount or question.move_id.amount_total, currency)
        left = disputed - given
        if not question.amount:
            left = min(left, to_decimal(question.move_id.amount_residual, currency))
        return left if left > to_decimal(currency.rounding, currency) else to_decimal(0, currency)

    def _get_posted(self, question):
        return question.credit_note_ids.filtered(lambda note: note.state == "posted")

    def _check(self, question, lines, amount):
        _, move = self.env._, question.move_id
        if question.kind != "dispute" or question.state == CLOSED:
            raise UserError(_("%(question)s is no dispute that goes on.", question=question.display_name))
        if question.sudo().credit_note_id.state == "draft":  # sudo: whether there is one
            raise UserError(
                _(
                    "There is a credit note for %(question)s already. Post that one, or delete it first.",
                    question=question.display_name,
                )
            )
        if not lines or lines - move.invoice_line_ids.filtered(lambda line: line.display_type == "product"):
            raise UserError(_("Choose the lines of the invoice of which something is given back."))
        # lines below zero have taken something off: no more is given back than the document came to
        most = min(sum(lines.mapped("price_total")), move.amount_total)
        if move.currency_id.compare_amounts(amount, 0) <= 0 or move.currency_id.compare_amounts(amount, most) > 0:
            raise UserError(
                _(
                    "Credit an amount above zero, and at most what the chosen lines come to: %(most)s.",
                    most=move.currency_id.format(most),
                )
            )

    def _prepare_note_values(self, question):
        account, move = question.account_id, question.move_id
        day = self.env["billing.days"].get_local_day(account)
        return {
            "ref": self.env._("Dispute %(number)s", number=question.name),
            "invoice_date": day,
            "date": day,
            "invoice_date_due": day,
            "invoice_origin": move.name,
            "billing_account_id": account.id,
            **self.env["billing.network.delivery"].get_first_states(account.delivery_channel),
        }

    def _lower(self, note, lines, copies, amount):
        """Share an amount with tax out among the lines of a note, in proportion to what each bills."""
        currency = note.currency_id
        lines = lines.filtered("price_total")  # what is free has nothing to give back
        totals = [to_decimal(line.price_total, currency) for line in lines]
        if amount == sum(totals):
            return
        shares = allocate(amount, totals, currency.decimal_places)
        for line, total, share in zip(lines, totals, shares, strict=True):
            copy = copies[line]
            whole = copy.price_unit * copy.quantity * (1 - copy.discount / 100)
            copy.write({"quantity": 1, "discount": 0, "price_unit": currency.round(whole * as_float(share / total))})
        # taxes are rounded: the largest line takes what that leaves
        left = as_float(amount) - note.amount_total
        largest = max((copies[line] for line in lines), key=lambda copy: copy.price_total)
        if not currency.is_zero(left):
            largest.price_unit = currency.round(largest.price_unit + left)
