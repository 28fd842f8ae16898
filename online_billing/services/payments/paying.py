"""What may be paid online: no page takes what another one is taking at this moment, or more than is open."""

from decimal import Decimal

from odoo import api, models
from odoo.exceptions import ValidationError

from ..receivables.values import CREDIT_UNDER_WAY, DISPUTE, NOT_ASKED, PAYMENT_UNDER_WAY
from ..shared.numbers import as_float, to_decimal
from ..shared.reader import ID_LIMIT

# what lies beyond is no payment, and NaN is below nothing
AMOUNT_LIMIT = 10**12
FLOWS = ("direct", "redirect", "token")
PATH_LENGTH = 2000


class BillingPaying(models.AbstractModel):
    _name = "billing.paying"
    _description = "What May Be Paid Online"

    # -- who ----------------------------------------------------------------------------------------------------------

    @api.private
    def get_refused(self, user, accounts):
        """Return which accounts somebody may not pay; without more, whoever has got there may pay all.

        :param user: the `res.users` who asks, public ones as well
        :param accounts: `billing.account`
        """
        return accounts.browse()

    @api.private
    def get_refusal(self, user, accounts):
        """Return why somebody may not pay accounts, as a sentence for them; empty where they may.

        Asked by every page and route that takes money. Without more, whoever has got there may; an addon that knows
        roles says more.

        :param user: the `res.users` who asks, public ones as well
        :param accounts: `billing.account`
        """
        return ""

    @api.private
    def get_concerned(self, partner):
        """Return an account (elevated) of the customer to whom a partner belongs, whom it concerns that they pay.

        :param partner: the `res.partner` (elevated)
        :return: none where the customer has no account
        """
        accounts, customer = self.env["billing.account"].sudo(), partner.commercial_partner_id  # sudo: asked, not shown
        return accounts.search([("partner_id", "child_of", customer.id)], limit=1) if customer else accounts

    @api.private
    def check_visitor(self, accounts):
        """Refuse a visitor who is taken for a program; without more, nobody is.

        Asked when an attempt to pay, or to save a payment method, has been counted for its address; nothing is held or
        made of it yet.

        :param accounts: `billing.account` (elevated) that it is about
        :raise ValidationError: a sentence for the visitor that says what to do
        """

    # -- how much -----------------------------------------------------------------------------------------------------

    @api.private
    def get_asked(self, moves):
        """Return {document: Decimal} of what documents of accounts ask for, as the pay page of each account has it.

        Credits are taken off, the oldest debts first; what is in dispute or being paid is not asked for.

        :param moves: `account.move`; those of no account are left out
        """
        receivables = self.env["billing.open.items"].sudo()  # sudo: whoever sees a document sees what it asks for
        billed = moves.filtered("billing_account_id")
        items = receivables.get_items(billed.billing_account_id.ids)
        asked = dict.fromkeys(billed.ids, Decimal(0))
        for account in billed.billing_account_id:
            day = self.env["billing.days"].get_local_day(account)
            for own in receivables.split_by_currency(items[account.id]).values():
                for one in receivables.stand(own, day, NOT_ASKED):
                    if one.item.move_id in asked:
                        asked[one.item.move_id] += one.active
        return {move: asked[move.id] for move in billed}

    @api.private
    def get_amount(self, moves):
        """Return what documents of accounts ask for together, all of one currency, for a field of a dialogue."""
        return as_float(sum(self.get_asked(moves).values(), Decimal(0)))

    @api.private
    def get_left_out(self, move, asked):
        """Return what is open of a document and not asked for, for a page.

        :param Decimal asked: as `get_asked` returns it
        """
        return as_float(to_decimal(move.amount_residual, move.currency_id) - asked)

    @api.private
    def get_overdue_amount(self, moves):
        """Return what is asked for of overdue documents of one currency together: of planned ones what is overdue.

        :param moves: `account.move`; those of no account count with what Odoo says
        """
        asked, total = self.get_asked(moves), Decimal(0)
        for move in moves:
            following = move._get_invoice_next_payment_values()
            is_part = following.get("installment_state") == "overdue"
            proposed = following["next_amount_to_pay"] if is_part else move.amount_residual
            proposed = to_decimal(proposed, move.currency_id)
            total += min(proposed, asked.get(move, proposed))
        return as_float(total)

    @api.private
    def get_covered(self, moves):
        """Return those open documents of accounts that nothing is asked for of because credits cover the rest."""
        unasked = moves.browse([move.id for move, amount in self.get_asked(moves).items() if not amount])
        unasked = unasked.filtered("billing_is_open")
        held = self._get_reasons(unasked)
        return unasked.filtered(lambda move: move not in held)

    @api.private
    def get_nothing_asked_message(self, move):
        """Say why nothing is asked for of an open document, to whoever could pay it.

        :param move: an `account.move` (elevated) of an account
        """
        reason, amount = self._get_reasons(move).get(move, (None, None))
        if reason == PAYMENT_UNDER_WAY:
            return self.get_under_way_message(amount, move.currency_id)
        if reason == DISPUTE:
            return self.env._("Nothing of this is to be paid while it is in dispute.")
        return self.env._("Your credit covers this: nothing is to be paid.")

    def _get_reasons(self, moves):
        """Return {open document: (why, how much) of it is not asked for}; credits alone are no such reason."""
        receivables = self.env["billing.open.items"].sudo()  # sudo: whoever sees a document sees what it asks for
        items, reasons = receivables.get_items(moves.billing_account_id.ids), {}
        for move in moves:
            own = [item for item in items[move.billing_account_id.id] if item.move_id == move.id and item.amount > 0]
            for reason in (DISPUTE, PAYMENT_UNDER_WAY):  # the last one decides
                if amount := self._get_held(own, {reason}):
                    reasons[move] = reason, amount
        return reasons

    @api.private
    def check_amount(self, amount, moves, currency, installment=None):
        """Refuse a payment that a customer is about to begin, unless it takes a part of what is open and asked for.

        What was begun on other pages a while ago is given up at the provider first. The accounts are held: of several
        pages that are confirmed at once the first is served, and the others are begun anew and see it.

        :param amount: what is to be paid, as it was given
        :param moves: the documents that it pays; those of the billing decide, others count with what Odoo says is open
        :param installment: the part of them that was chosen
        :return: the amount in the currency's rounding, as it is to be stored
        :raise ValidationError: nothing is open, all of it is being paid, or the amount is no part of the rest
        """
        self.env["billing.open.pages"].close_older(moves.filtered("billing_account_id"))
        moves.billing_account_id.hold()
        owed, under_way = self._get_owed(moves, currency, installment)
        wanted = to_decimal(amount, currency) if self.is_amount(amount) else Decimal(0)
        if owed <= 0:
            raise ValidationError(self.env._("This is paid already; nothing is open any more. Thank you."))
        left = owed - under_way
        if left <= 0:
            raise ValidationError(self.get_under_way_message(under_way, currency))
        if 0 < wanted <= left:
            return as_float(wanted)
        if under_way:
            raise ValidationError(
                self.env._(
                    "%(under_way)s of this is being paid at this moment. Pay the other %(left)s or a part of it: reload"
                    " the page to see what is open.",
                    under_way=currency.format(as_float(under_way)),
                    left=currency.format(as_float(left)),
                )
            )
        raise ValidationError(
            self.env._(
                "Pay %(open)s or a part of it. Please reload the page to see what is open.",
                open=currency.format(as_float(left)),
            )
        )

    @api.private
    def prepare_discounts(self, transaction):
        """Return the journal items that book what a customer kept of a payment in time, without what Odoo books itself.

        What was paid in time stays so, however late the payment is confirmed; where something else was paid on an
        invoice meanwhile, its discount is gone.
        """
        begun = transaction.sudo()._get_billing_begun()  # sudo: the customer paid, the books follow
        # who has captured a part has not let the customer keep anything for paying the whole
        kept = begun.billing_discounts or {} if begun.amount == transaction.amount else {}
        lines = self.env["account.move.line"].sudo().browse(map(int, kept)).exists()  # sudo: as above
        lines = lines.filtered(lambda line: line.amount_residual_currency == line.amount_currency)
        first = transaction.sudo().invoice_ids.filtered(lambda move: move.state == "posted")[:1]  # sudo: as above
        following = first._get_invoice_next_payment_values() if first else {}
        if following.get("installment_state") == "epd" and transaction.amount == following["amount_due"]:
            lines -= following["epd_line"]  # Odoo books it: the payment is of this invoice alone
        values = []
        for line in lines:
            found = [{"aml": line, "amount_currency": -line.amount_residual_currency, "balance": -line.balance}]
            booked = self.env["account.move"]._get_invoice_counterpart_amls_for_early_payment_discount(
                found, line.balance - line.discount_balance
            )
            values += [{**one, "partner_id": line.partner_id.id} for group in booked.values() for one in group if group]
        return values

    @api.private
    def is_amount(self, amount):
        """Tell whether something given is an amount that could be paid at all."""
        return isinstance(amount, int | float) and not isinstance(amount, bool) and 0 < amount < AMOUNT_LIMIT

    @api.private
    def read_wanted(self, wanted, currency):
        """Return an amount that somebody chose, in the rounding of the currency; zero where it is none."""
        return to_decimal(wanted, currency) if self.is_amount(wanted) else Decimal(0)

    @api.private
    def get_under_way(self, items):
        """Return how much of open items is being paid.

        :param list items: OpenItem of one currency
        """
        return self._get_held(items, {PAYMENT_UNDER_WAY})

    @api.private
    def get_under_way_message(self, amount, currency):
        """Say that something need not be paid, because it is being paid."""
        return self.env._(
            "This is being paid: a payment that settles %(amount)s of it has been started and is not confirmed yet."
            " Please do not pay again; reload the page in a while. If the payment was broken off, you can start it"
            " again after ten minutes.",
            amount=currency.format(as_float(amount)),
        )

    def _get_owed(self, moves, currency, installment):
        """Return what is owed by documents, and how much of it payments under way settle, with credits they take."""
        billed = moves.filtered("billing_account_id")
        owed = sum(
            (to_decimal(move.amount_residual, currency) for move in moves - billed if move.is_inbound()), Decimal(0)
        )
        items = [
            item
            for account_items in self.env["billing.open.items"].get_items(billed.billing_account_id.ids).values()
            for item in account_items
            if item.move_id in billed.ids
            and item.currency_id == currency.id
            and item.amount > 0
            and (not installment or item.installment_id == installment.id)
        ]
        under_way = self._get_held(items, {PAYMENT_UNDER_WAY, CREDIT_UNDER_WAY})
        return owed + sum(item.amount for item in items), under_way

    def _get_held(self, items, reasons):
        return sum((item.get_resting(item.due_date, reasons) for item in items), Decimal(0))

    # -- how ----------------------------------------------------------------------------------------------------------

    @api.private
    def read_way(self, given, company, partner, currency):
        """Return how a customer wants to pay, as far as the page offered it, for Odoo to make the payment of.

        :param dict given: what the form sent
        :raise ValidationError: something is missing, or is none of what can be chosen
        """
        amount = given["amount"] if self.is_amount(given.get("amount")) else 0.0
        # sudo: the customer chooses among the ways that are offered, and may read none of them
        providers = (
            self.env["payment.provider"]
            .sudo()
            ._get_compatible_providers(company.id, partner.id, amount, currency_id=currency.id)
        )
        flow, wanted = given.get("flow"), given.get("tokenization_requested")
        provider = self._choose(providers, given.get("provider_id"))
        if flow not in FLOWS or wanted not in (None, False, True) or not provider:
            raise self._get_way_refusal()
        way = {
            "provider_id": provider.id,
            "payment_method_id": None,
            "token_id": None,
            "flow": flow,
            "tokenization_requested": bool(wanted),
        }
        if flow == "token" and self.env.user._is_public():
            chosen = None  # a link is no log-in: what was saved is for whoever saved it
        elif flow == "token":
            tokens = self.env["payment.token"].sudo()._get_available_tokens(provider.ids, partner.id)
            chosen = self._choose(tokens, given.get("token_id"))
            way["token_id"] = chosen.id
        else:
            methods = (
                self.env["payment.method"]
                .sudo()
                ._get_compatible_payment_methods(provider.ids, partner.id, currency_id=currency.id)
            )
            chosen = self._choose(methods, given.get("payment_method_id"))
            way["payment_method_id"] = chosen.id
        if not chosen:
            raise self._get_way_refusal()
        return way

    @api.private
    def read_landing(self, path, default):
        """Return the page of this site that a customer comes back to, and another one where that is none."""
        is_ours = (
            isinstance(path, str)
            and path.startswith("/")
            and path.isascii()
            and path.isprintable()
            and "\\" not in path
            and not path.startswith("//")
            and len(path) <= PATH_LENGTH
        )
        return path if is_ours else default

    def _choose(self, offered, record_id):
        is_id = isinstance(record_id, int) and not isinstance(record_id, bool) and 0 < record_id <= ID_LIMIT
        return offered & offered.browse(record_id) if is_id else offered.browse()

    def _get_way_refusal(self):
        return ValidationError(
            self.env._("This way to pay cannot be used here. Please reload the page and choose one of those it shows.")
        )
