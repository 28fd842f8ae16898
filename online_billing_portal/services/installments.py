"""Installments as their customer asks for them: what may be divided, how it would be, agreed as it was shown."""

from hashlib import sha256

from odoo import api, models
from odoo.addons.online_billing.services.installments.terms import PlanTerms, get_proposed_first_date, read_rule
from odoo.addons.online_billing.services.shared.numbers import as_float
from odoo.exceptions import UserError

#: how often a customer may pay: {name: (unit, count)}
INTERVALS = {"month": ("month", 1), "fortnight": ("week", 2), "week": ("week", 1)}
FEWEST, MOST = 2, 60
SHOWN_STATES = ("requested", "approved", "active", "broken", "kept", "settled")
LISTED = 50
MOST_OFFERED = 50


class BillingPortalInstallments(models.AbstractModel):
    _name = "billing.portal.installments"
    _description = "Installments of a Customer"

    # -- what there is ------------------------------------------------------------------------------------------------

    @api.private
    def get_plans(self, accounts):
        """Return the plans of accounts (elevated), those that run or wait first, each with its rows.

        :return: [{"plan", "rows": [{"day", "amount", "extra", "open", "state"}], "can_settle", "can_withdraw"}]
        """
        plans = accounts.env["billing.installment.plan"].search(
            [("account_id", "in", accounts.ids), ("state", "in", SHOWN_STATES)], order="id desc", limit=LISTED
        )
        running = plans.filtered(lambda plan: plan.state in ("requested", "approved", "active", "broken"))
        return [
            {
                "plan": plan,
                "rows": [
                    {
                        "day": row.date,
                        "amount": row.amount,
                        "extra": row.interest + row.fee,
                        "open": row.amount_open,
                        "state": row.state,
                    }
                    for row in plan.installment_ids.sorted(lambda row: (row.date, row.sequence))
                    if not row.is_left
                ],
                "can_settle": plan.state == "active" and plan.amount_open > 0,
                "can_withdraw": plan.state == "requested" and plan.requested_by == "customer",
            }
            for plan in running + (plans - running)
        ]

    @api.private
    def get_plannable(self, account, move_ids=None):
        """Return the oldest invoices of an account (elevated) that may be divided, MOST_OFFERED at most.

        :param move_ids: look at these documents alone
        """
        domain = [("billing_account_id", "=", account.id)]
        if move_ids is not None:
            domain.append(("id", "in", list(move_ids)))
        waiting = self._get_request().find_plannable(domain)
        waiting = waiting.sorted(lambda move: (move.invoice_date_due or move.date, move.id))
        found = waiting.browse()
        while waiting and len(found) < MOST_OFFERED:  # what is not offered is not worked out
            some, waiting = waiting[:MOST_OFFERED], waiting[MOST_OFFERED:]
            amounts = self.get_amounts(some.with_prefetch(some.ids))
            found |= some.filtered(lambda move, amounts=amounts: amounts[move] > 0)
        return found[:MOST_OFFERED]

    @api.private
    def get_amounts(self, moves):
        """Return {document: what of it a plan would be made of, a float in its currency}."""
        ledger = self.env["billing.installment.ledger"].sudo()  # sudo: as above
        return {move: as_float(amount) for move, amount in ledger.get_plannable_amounts(moves).items()}

    @api.private
    def get_offer(self, account, moves):
        """Return what the rule book gives for documents together; None where it gives nothing.

        :param account: a `billing.account` (elevated)
        :param moves: documents of it that may be divided
        :return: as of `billing.installment.rules`, and the "currency" of its amounts
        """
        if len(moves.currency_id) != 1:
            return None
        day, (rule, total) = self._get_day(account), self._find_rule(account, moves)
        if not rule or self._is_foreign_to(rule, account, moves):
            return None
        return {"currency": moves.currency_id, **self._get_book().get_offer(rule, total, moves.currency_id, day)}

    # -- asking for one -----------------------------------------------------------------------------------------------

    @api.private
    def read_wish(self, account, count, every, first):
        """Return what a customer wishes, from what a form says.

        :param account: a `billing.account` (elevated)
        :param str count: number of installments
        :param str every: one of INTERVALS
        :param first: day of the first installment; None for the one that is proposed
        :raise UserError: it cannot be read
        """
        text = str(count)
        if not (text.isascii() and text.isdigit() and len(text) < 4 and FEWEST <= int(text) <= MOST):
            raise UserError(self.env._("Choose from %(fewest)s to %(most)s installments.", fewest=FEWEST, most=MOST))
        if every not in INTERVALS:
            raise UserError(self.env._("Choose how often you want to pay."))
        unit, number = INTERVALS[every]
        return {
            "count": int(text),
            "interval_unit": unit,
            "interval_count": number,
            "first_date": first or get_proposed_first_date(self._get_day(account)),
        }

    @api.private
    def preview(self, account, move_ids, wish):
        """Return a plan as it would be; nothing is saved.

        :param account: a `billing.account` (elevated)
        :param move_ids: ids of documents; those that may not be planned are refused
        :param dict wish: see :meth:`read_wish`
        :return: {"rows": [...], "currency", "total", "extra", "problems": [...], "needs_approval", "first_day",
            "digest", "moves"}; amounts are floats in the currency
        :raise UserError: there is no such plan
        """
        moves, terms, rule = self._get_terms(account, move_ids, wish)
        found = self._get_request().preview(moves, terms, rule, None, "customer", self._get_day(account))
        return {
            "moves": moves,
            "currency": moves.currency_id,
            "rows": [
                {
                    "day": row.due_date,
                    "is_deposit": row.is_deposit,
                    "amount": as_float(row.principal),
                    "extra": as_float(row.interest + row.fee),
                }
                for row in found.rows
            ],
            "total": as_float(sum(row.principal for row in found.rows)),
            "extra": as_float(sum(row.interest + row.fee for row in found.rows)),
            "problems": self._word_problems(found),
            "needs_approval": found.needs_approval or bool(found.problems),
            "first_day": wish["first_date"],
            "digest": self._get_digest(found),
        }

    @api.private
    def agree(self, account, move_ids, wish, digest, person):
        """Agree on a plan as it was shown, or ask for it where somebody has to decide.

        :param str digest: of the preview; where the plan would be another by now, it has to be looked at again
        :param person: the `res.partner` who agrees
        :return: the `billing.installment.plan` (elevated)
        :raise UserError: it is not as it was shown, or there is no such plan
        """
        account.hold()  # of two windows that agree at once, the second sees what the first has agreed
        moves, terms, rule = self._get_terms(account, move_ids, wish)
        request, day = self._get_request(), self._get_day(account)
        found = request.preview(moves, terms, rule, None, "customer", day)
        if digest != self._get_digest(found):
            raise UserError(self.env._("Your plan would be another one by now. Look at the new rows before you agree."))
        plan = request.request(moves, terms, rule, "customer", day=day, is_exception=bool(found.problems))
        asked = self.env._("Asked for in the portal by %(person)s.", person=person.display_name)
        agreed = self.env._("Agreed in the portal by %(person)s.", person=person.display_name)
        plan.message_post(
            body=asked if plan.state == "requested" else agreed, author_id=person.id, subtype_xmlid="mail.mt_note"
        )
        return plan

    # -- leaving one --------------------------------------------------------------------------------------------------

    @api.private
    def withdraw(self, plan, person):
        """Take back what was asked for and is not decided yet.

        :raise UserError: it has been decided meanwhile
        """
        if plan.state != "requested" or plan.requested_by != "customer":
            raise UserError(self.env._("This request has been decided meanwhile."))
        self.env["billing.installment.ending"].sudo().cancel(plan)  # sudo: the role on its account was asked for
        plan.message_post(
            body=self.env._("Withdrawn in the portal by %(person)s.", person=person.display_name),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
        )

    @api.private
    def settle(self, plan, person):
        """Let all that is open of a plan fall due today; interest of later installments is not charged.

        :raise UserError: the plan does not run
        """
        if plan.state != "active" or plan.amount_open <= 0:
            raise UserError(self.env._("Nothing of this plan is to be settled any more."))
        self.env["billing.installment.ending"].sudo().settle_early(plan)  # sudo: as above
        plan.message_post(
            body=self.env._("Settled early in the portal by %(person)s.", person=person.display_name),
            author_id=person.id,
            subtype_xmlid="mail.mt_note",
        )

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _get_request(self):
        return self.env["billing.installment.request"].sudo()  # sudo: the caller knows the role on the account

    def _get_day(self, account):
        return self.env["billing.days"].get_local_day(account)

    def _get_terms(self, account, move_ids, wish):
        """Return (documents, terms, rule): the rule book gives what the customer does not choose."""
        moves = self.get_plannable(account, move_ids)
        if not moves or len(moves) != len(set(move_ids)):
            raise UserError(self.env._("Choose at least one open invoice that is not on a plan yet."))
        if len(moves.currency_id) > 1:
            raise UserError(self.env._("Choose invoices in one currency; each currency has a plan of its own."))
        book, day, (rule, total) = self._get_book(), self._get_day(account), self._find_rule(account, moves)
        if not rule:
            return moves, PlanTerms(**wish), rule
        if self._is_foreign_to(rule, account, moves):
            money = moves.currency_id.name
            raise UserError(self.env._("Invoices in %(currency)s are not paid in installments here.", currency=money))
        fee, deposit = book.get_fee(rule, moves.currency_id, day), book.get_deposit(rule, total, moves.currency_id)
        return moves, read_rule(rule, fee, deposit, day, wish), rule

    def _get_book(self):
        return self.env["billing.installment.rules"].sudo()  # sudo: as above

    def _find_rule(self, account, moves):
        """Return (the rule for documents, what of them would be divided)."""
        ledger = self.env["billing.installment.ledger"].sudo()  # sudo: as above
        total = sum(ledger.get_plannable_amounts(moves).values())
        rule = self._get_book().find(account, moves, total, self._get_day(account), "customer")
        return rule.sudo(), total  # sudo: its terms are what is offered

    def _is_foreign_to(self, rule, account, moves):
        """Tell whether a rule charges something, which an account does in its own currency alone."""
        return account.currency_id != moves.currency_id and bool(rule.fee_amount or rule.interest_rate)

    def _word_problems(self, found):
        """Return why somebody has to decide; rules for which the customer does not qualify are nobody's business."""
        if not found.problems:
            return []
        if not found.rule:
            return [self.env._("We do not give installments for these invoices by rule.")]
        return found.problems

    def _get_digest(self, found):
        rows = [
            (str(row.due_date), str(row.principal), str(row.interest), str(row.fee), row.is_deposit)
            for row in found.rows
        ]
        return sha256(repr((found.moves.ids, rows, bool(found.problems))).encode()).hexdigest()
