"""Documents that Odoo makes of the billing's own: credit notes, duplicates, debit notes, drafts edited by hand.

One rule: a document made of another one belongs to its account, and each of its lines knows the line that it is made
of. When it is posted, the book learns what it says: a line the other way round takes back what its charge stands for; a
line of the same kind bills the charge again where nothing of it stands any more, and is a charge of its own otherwise.
"""

from dataclasses import replace

from odoo import Command, api, models
from odoo.exceptions import UserError

from ...engine import as_exact
from ..shared.numbers import exact, to_decimal
from .new_charge import NewCharge

# charges that live and die with the document that they were read from
OF_DOCUMENTS = ("document", "late_fee_waiver")


class BillingChargeDocuments(models.AbstractModel):
    _name = "billing.charge.documents"
    _description = "Charges of Documents Made by Hand"

    # -- before a document is posted ----------------------------------------------------------------------------------

    @api.private
    def prepare_post(self, moves):
        """See to it that charges and lines of edited drafts agree before they are posted.

        The charge of a line that was deleted is free again; a line that says another amount is refused, because what
        was agreed and what is billed would differ and nobody would know.

        :raise UserError: a line of the billing has another amount or currency than its charge, or the document another
            customer
        """
        moves -= self._let_go_of_strangers(moves)
        self._check_currency(moves)
        self.env["billing.charge.note.taxes"].check(moves)
        for move in moves:
            self._give_back_whole_tax(move)
        book = self.env["billing.charge.book"]
        freed = self.env["billing.charge"].sudo()
        for charge in self._get_charges(moves):
            line = charge.invoice_line_id
            if line and line.move_id == charge.invoice_id:
                if self._says(line, charge) and self._names(line, charge):
                    continue
                if charge.origin not in OF_DOCUMENTS:
                    self._refuse(charge, line)
                book.void(charge, self.env._("The line was changed on the draft."))
                book.detach(charge)
            elif charge.origin in OF_DOCUMENTS:
                book.void(charge, self.env._("The line was deleted from the draft."))
                book.detach(charge)
            else:
                freed |= charge
        if not freed:
            return
        for move, charges in freed.grouped("invoice_id").items():
            names = ", ".join(charges.mapped("name"))
            move.message_post(
                body=self.env._(
                    "No longer on this invoice, and pending again for the next run: %(charges)s. Void the charge if it"
                    " is not to be billed.",
                    charges=names,
                )
            )
        book.release(freed)
        self.env["billing.rating"].refresh_next_billing_date(freed.account_id)

    def _let_go_of_strangers(self, moves):
        """Take off their account the documents that somebody has addressed to another customer, and return them.

        A duplicate or a credit note is made for whom it was made of; on its draft it can become anybody's. What bills
        charges of the account cannot: the account would owe what somebody else is asked for.

        :raise UserError: a document bills what the account owes
        """
        # sudo: accountants who address a document need not be allowed to see accounts
        strange = moves.sudo().filtered(
            lambda move: move.commercial_partner_id != move.billing_account_id.partner_id.commercial_partner_id
        )
        for move in strange:
            charges = self._get_charges(move)
            if owed := charges.filtered(lambda charge: charge.origin not in OF_DOCUMENTS):
                raise UserError(
                    self.env._(
                        "%(document)s bills “%(charge)s” of account %(account)s, which belongs to %(customer)s, and is"
                        " addressed to %(other)s. Set the customer back; to bill %(other)s, delete the draft, void the"
                        " charge, and charge it to an account of %(other)s.",
                        document=move.display_name,
                        charge=owed[0].name,
                        account=owed[0].account_id.name,
                        customer=owed[0].account_id.partner_id.display_name,
                        other=move.partner_id.display_name,
                    )
                )
            self.env["billing.charge.book"].void(charges, self.env._("The document was addressed to another customer."))
            self.env["billing.charge.book"].detach(charges)
        strange = strange.with_context(skip_invoice_sync=True)
        strange.billing_account_id = False
        strange.invoice_line_ids.billing_origin_line_id = False
        return strange

    def _give_back_whole_tax(self, note):
        """Let the last of several credit notes give back the tax that the others left, so that they sum to the invoice.

        Each note rounds its own tax; their sum may miss that of the invoice by a few smallest units.
        """
        invoice, currency = note.reversed_entry_id, note.currency_id
        if note.move_type != "out_refund" or invoice.state != "posted" or invoice.currency_id != currency:
            return
        notes = note | invoice.reversal_move_ids.filtered(lambda move: move.state == "posted")
        if currency.compare_amounts(sum(notes.mapped("amount_untaxed")), invoice.amount_untaxed):
            return
        most = currency.rounding * len(notes.invoice_line_ids)
        given = notes.line_ids.grouped("tax_line_id")
        for tax, lines in invoice.line_ids.filtered("tax_line_id").grouped("tax_line_id").items():
            back = given.get(tax, lines.browse())
            own = back.filtered(lambda line: line.move_id == note)[:1]
            rest = -sum(lines.mapped("amount_currency")) - sum(back.mapped("amount_currency"))
            if own and not currency.is_zero(rest) and currency.compare_amounts(abs(rest), most) <= 0:
                amount = currency.round(own.amount_currency + rest)
                note.write({"line_ids": [Command.update(own.id, {"amount_currency": amount})]})

    def _check_currency(self, moves):
        """Refuse documents in another currency than the charges that they carry, or that their lines are made of.

        :raise UserError: with both currencies
        """
        lines = moves.invoice_line_ids
        # sudo: as below; void ones as well: a document made of a cancelled one may bill it again
        charges = self.env["billing.charge"].sudo()
        found = charges.search([("invoice_line_id", "in", (lines | lines.billing_origin_line_id).ids)])
        by_line = found.grouped("invoice_line_id")
        for line in lines:
            carried = by_line.get(line, charges) | by_line.get(line.billing_origin_line_id, charges)
            if other := carried.filtered(lambda charge, line=line: charge.currency_id != line.move_id.currency_id):
                raise UserError(
                    self.env._(
                        "“%(line)s” was charged in %(charged)s, and this document is in %(currency)s. Set the document"
                        " back to %(charged)s; to bill another currency, use an account of that currency.",
                        line=other[0].name,
                        charged=other[0].currency_id.name,
                        currency=line.move_id.currency_id.name,
                    )
                )

    def _get_charges(self, moves):
        # sudo: whoever posts an invoice keeps its charges in step with it
        charges = self.env["billing.charge"].sudo()
        return charges.search([("invoice_id", "in", moves.ids), ("state", "=", "invoiced")]) if moves.ids else charges

    def _says(self, line, charge):
        """Tell whether a line has the amount of its charge: before tax, or with it where the price list includes it."""
        currency, sign = charge.currency_id, self._get_sign(line.move_id)
        said = (
            line.price_subtotal,
            line.price_total,
            self.env["billing.charge.note.taxes"].get_amount(line),
            currency.round(line.price_unit * line.quantity * (1 - line.discount / 100)),
        )
        return any(currency.compare_amounts(sign * amount, charge.amount) == 0 for amount in said)

    def _names(self, line, charge):
        """Tell whether a line still credits what its charge takes back: on a draft, another line can be chosen."""
        origin = line.billing_origin_line_id
        if charge.origin != "document" or not charge.corrects_id or not origin:
            return True
        sources = charge.search([("invoice_line_id", "=", origin.id)])
        return charge.corrects_id in {self._get_corrected(source) for source in sources}

    def _get_corrected(self, source):
        """Return which charge a document corrects that is made of one: what corrects another one stands for that."""
        return source.corrects_id if source.origin in OF_DOCUMENTS and source.corrects_id else source

    def _get_sign(self, move):
        return -1 if move.move_type == "out_refund" else 1

    def _refuse(self, charge, line):
        raise UserError(
            self.env._(
                "“%(line)s” is the charge of %(amount)s that the billing made, and the draft says another amount. Set"
                " the line back; or delete it, then its charge is pending again and can be voided or billed with the"
                " next run; or post the invoice and give back the difference with a credit note.",
                line=charge.name,
                amount=charge.currency_id.format(charge.amount),
            )
        )

    # -- after it was posted ------------------------------------------------------------------------------------------

    @api.private
    def follow(self, moves):
        """Record what posted documents say that were made of other documents, each line once.

        :raise UserError: they give back more than is left
        """
        lines = moves.invoice_line_ids.filtered(
            lambda line: line.display_type == "product" and line.billing_origin_line_id
        )
        if lines:
            self._record(lines)
        self._check_left(moves, lines)

    def _record(self, lines):
        charges = self.env["billing.charge"].sudo()  # sudo: as above
        settled = charges.search([("invoice_line_id", "in", lines.ids), ("state", "!=", "void")]).invoice_line_id
        found = charges.search([("invoice_line_id", "in", lines.billing_origin_line_id.ids)], order="generation, id")
        sources = {charge.invoice_line_id: charge for charge in found}
        free = self.env["billing.charge.standing"].filter_free(found)
        new_charges = []
        for line in lines - settled:
            if source := sources.get(line.billing_origin_line_id):
                new_charges.append(self._prepare_charge(line, source, source in free))
                free -= source  # of two lines made of the same one, the first bills it again
        self.env["billing.charge.book"].record(self._number(new_charges))

    def _prepare_charge(self, line, source, is_free):
        """Return the charge of a line that was made of the line of another charge.

        :param is_free: nothing stands of that charge any more, and it was not billed again
        """
        move, currency = line.move_id, source.currency_id
        said = line.price_total if source.tax_included else self.env["billing.charge.note.taxes"].get_amount(line)
        amount = to_decimal(self._get_sign(move) * said, currency)
        new = NewCharge(
            name=source.name,
            origin="document",
            key=f"document:{line.id}",
            account_id=source.account_id.id,
            company_id=source.company_id.id,
            currency_id=currency.id,
            code_id=source.code_id.id,
            day=move.invoice_date or move.date,
            service=(source.service_start or None, source.service_end or None),
            amount=amount,
            exact=as_exact(amount),
            tax_included=source.tax_included,
            quantity=exact(line.quantity),
            breakdown={"kind": "document", "invoice": source.invoice_id.name},
            timing="now",
            state="invoiced",
            invoice_id=move.id,
            invoice_line_id=line.id,
        )
        is_reversal = move.move_type != source.invoice_id.move_type
        if is_reversal or source.corrects_id:
            corrected = self._get_corrected(source)
            return replace(
                new,
                corrects_id=corrected.id,
                kind="adjustment" if corrected.subscription_line_id else "single",
                subscription_line_id=corrected.subscription_line_id.id or None,
                subscription_id=corrected.subscription_id.id or None,
                period=(corrected.period_start or None, corrected.period_end or None),
            )
        if is_free:
            again = self.env["billing.charge.rebilling"].prepare_again(source, new.day, "now")
            return replace(
                again,
                amount=amount,
                exact=again.exact if amount == again.amount else new.exact,
                state="invoiced",
                invoice_id=move.id,
                invoice_line_id=line.id,
            )
        return new

    def _number(self, new_charges):
        """Give the charge of a line that was changed on its draft the generation after the one it had."""
        book = self.env["billing.charge.book"]
        known = book.find({(new.company_id, new.key) for new in new_charges if new.origin == "document"})
        return [
            replace(new, generation=before.generation + 1, replaces_id=before.id)
            if new.origin == "document" and (before := known.get((new.company_id, new.key)))
            else new
            for new in new_charges
        ]

    # -- what is left to give back ------------------------------------------------------------------------------------

    @api.private
    def get_left(self, lines):
        """Return {line: what nobody has given back of it}: what stands of its charges, else what its amount leaves."""
        # sudo: as above
        charges = self.env["billing.charge"].sudo().search([("invoice_line_id", "in", lines.ids)])
        standing = self.env["billing.charge.standing"].get_standing(charges)
        by_line = charges.grouped("invoice_line_id")
        return {
            line: sum(standing[charge] for charge in by_line[line]) if line in by_line else self._get_rest(line)
            for line in lines
        }

    def _get_rest(self, line):
        """Return what is left of a line without charge: its amount, less what is left of all that gives it back."""
        if line.parent_state == "cancel":
            return 0.0
        made = line.search([("billing_origin_line_id", "=", line.id), ("parent_state", "=", "posted")])
        back = made.filtered(lambda one: one.move_id.move_type != line.move_id.move_type)
        taxes = self.env["billing.charge.note.taxes"]
        return taxes.get_amount(line) - sum(self._get_rest(one) for one in back)

    def _check_left(self, moves, lines):
        """See to it that credits of any origin, together, take back no more than there was.

        :param lines: those of the documents that were made of other lines
        :raise UserError: with what was left
        """
        # sudo: as above
        charges = self.env["billing.charge"].sudo()
        given = charges.search(
            [("invoice_id", "in", moves.ids), ("state", "=", "invoiced"), ("corrects_id", "!=", False)]
        )
        # who gives back the same at this moment comes before or after
        given.filtered(lambda charge: charge.origin in OF_DOCUMENTS).account_id.hold()
        standing = self.env["billing.charge.standing"].get_standing(given.corrects_id)
        for charge, back in given.grouped("corrects_id").items():
            self._check_taken(
                back.invoice_id,
                charge,
                charge.invoice_id,
                amount=charge.amount,
                taken=sum(back.mapped("amount")),
                left=standing[charge],
            )
        charged = charges.search([("invoice_line_id", "in", lines.billing_origin_line_id.ids)]).invoice_line_id
        for line, made in lines.grouped("billing_origin_line_id").items():
            back = made.filtered(lambda one, line=line: one.move_id.move_type != line.move_id.move_type)
            if back and line not in charged:
                self._check_taken(
                    back.move_id,
                    line,
                    line.move_id,
                    amount=line.price_subtotal,
                    taken=-sum(self.env["billing.charge.note.taxes"].get_amount(one) for one in back),
                    left=self._get_rest(line),
                )

    def _check_taken(self, notes, source, invoice, *, amount, taken, left):
        """Refuse what takes back more of a charge, or of a line that has none, than was left.

        :param amount: what it was
        :param taken: what the documents that are posted now add to it
        :param left: what is left with them
        """
        currency, direction = source.currency_id, -1 if amount < 0 else 1
        if taken * direction >= 0 or currency.compare_amounts(left * direction, 0) >= 0:
            return
        raise UserError(
            self.env._(
                "%(note)s gives back %(amount)s of “%(line)s” (%(invoice)s), of which only %(left)s is left to give"
                " back. What was cancelled, or given back before, counts no more; drafts that were posted once count as"
                " given back. Lower the amount to what is left, or cancel another credit note of that invoice first.",
                note=", ".join(notes.mapped("display_name")),
                amount=currency.format(-taken * direction),
                line=source.name or source.display_name,
                invoice=invoice.display_name or "",
                left=currency.format(max((left - taken) * direction, 0.0)),
            )
        )

    # -- when it goes -------------------------------------------------------------------------------------------------

    @api.private
    def release(self, moves):
        """Give the charges of deleted documents back to the next run; those that arose by the document go with it."""
        book, charges = self.env["billing.charge.book"], self._get_charges(moves)
        own = charges.filtered(lambda charge: charge.origin in OF_DOCUMENTS)
        book.void(own, self.env._("The document was deleted."))
        book.release(charges - own)
        # sudo: as above
        void = self.env["billing.charge"].sudo().search([("invoice_id", "in", moves.ids), ("state", "=", "void")])
        book.detach(void)
        self.env["billing.rating"].refresh_next_billing_date((charges - own).account_id)

    @api.private
    def check_draft(self, moves):
        """See to it that documents may be drafts again: what a draft gives back is not given back while it is one.

        :raise UserError: what one of them gave back has been billed again
        """
        self.env["billing.charge.standing"].check_can_go(self._get_charges(moves))

    @api.private
    def follow_reset(self, moves):
        """Hear that posted documents are drafts again, to be cancelled or edited: what they said is not said any more.

        Their charges stay as they are until it is known what becomes of the draft. An override follows for others.
        """

    @api.private
    def void_cancelled(self, moves):
        """Void the charges of cancelled invoices: they are not billed again unless the invoice comes back."""
        for move, charges in self._get_charges(moves).grouped("invoice_id").items():
            reason = self.env._("Invoice %(invoice)s was cancelled.", invoice=move.display_name)
            self.env["billing.charge.book"].void(charges, reason)

    @api.private
    def restore(self, moves):
        """Take the charges of an invoice back that was cancelled and is a draft again.

        :raise UserError: one was billed again meanwhile, and that stands
        """
        # sudo: as above
        charges = self.env["billing.charge"].sudo().search([("invoice_id", "in", moves.ids), ("state", "=", "void")])
        self.env["billing.charge.book"].restore(charges)

    # -- billing again ------------------------------------------------------------------------------------------------

    @api.private
    def get_billable_again(self, moves):
        """Return the charges of invoices of which nothing stands any more, and which were not billed again."""
        # sudo: whether there are any, for the buttons of an invoice
        charges = (
            self.env["billing.charge"]
            .sudo()
            .search([("invoice_id", "in", moves.ids), ("origin", "not in", OF_DOCUMENTS), ("is_netted", "=", False)])
        )
        return self.env["billing.charge.standing"].filter_free(
            charges.filtered(lambda charge: not charge.corrects_id or charge.state == "void")
        )
