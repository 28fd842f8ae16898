"""Installment plans: request, approve and start; one way for staff and for customers."""

from datetime import timedelta
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ...engine import EngineError, installment_schedule, spread_over_invoices
from ...models.delivery.notes import Notes
from ...models.installments.plan import TASKS
from ..posting import configuration
from ..shared.numbers import as_float, get_rounding, to_decimal
from .values import DatedAmount


class Preview(NamedTuple):
    """A plan as it would be; nothing of it is saved.

    :param rows: engine rows, with principal, interest, fee and balance
    :param pieces: (place of the row, place of the invoice, exact amount)
    :param plannable: {invoice: Decimal} of what the plan is made of
    :param problems: sentences: what the rule does not allow
    """

    rows: tuple
    pieces: list
    plannable: dict
    moves: models.BaseModel
    account: models.BaseModel
    rule: models.BaseModel
    problems: list
    needs_approval: bool
    approval_reason: str


class BillingInstallmentRequest(models.AbstractModel):
    _name = "billing.installment.request"
    _description = "Request, Approve and Start Installment Plans"

    @api.private
    def get_account(self, moves):
        """Return the billing account on which a plan for these invoices is kept: their own, else one of the customer.

        :raise UserError: the customer has none
        """
        if account := moves.billing_account_id[:1]:
            return account
        customer = moves[:1].commercial_partner_id
        accounts = self.env["billing.account"].search(
            [
                ("partner_id", "child_of", customer.id),
                ("company_id", "=", moves[:1].company_id.id),
                ("state", "!=", "closed"),
            ]
        )
        account = (accounts.filtered(lambda account: account.currency_id == moves[:1].currency_id) or accounts)[:1]
        if not account:
            raise UserError(
                self.env._(
                    "%(customer)s has no billing account, on which the plan could be kept. Open one for the customer"
                    " first.",
                    customer=customer.display_name,
                )
            )
        return account

    @api.private
    def check_plannable(self, moves, previous=None):
        """Refuse what cannot be paid in installments.

        :param previous: the plan that is replaced, if any
        :return: {invoice: Decimal} of what a plan is made of: what is open and not in dispute
        :raise UserError: with the reason and what to do
        """
        _, ledger = self.env._, self.env["billing.installment.ledger"]
        if not moves:
            raise UserError(_("Choose at least one open invoice."))
        ledger.fetch_documents(moves)
        plannable = ledger.get_plannable_amounts(moves)
        for move in moves:
            name = move.display_name
            if move.move_type != "out_invoice":
                raise UserError(
                    _("%(name)s is not a customer invoice; only invoices are paid in installments.", name=name)
                )
            if move.state != "posted":
                raise UserError(_("%(name)s is not posted. Confirm it first, then plan its installments.", name=name))
            if self.env["billing.open.documents"].is_blocked(move):
                raise UserError(
                    _("%(name)s is blocked for payment. Settle the dispute and unblock it first.", name=name)
                )
            if not ledger.get_open_amount(move) > 0:
                raise UserError(_("Nothing is open on %(name)s, so there is nothing to plan.", name=name))
            if not plannable[move] > 0:
                raise UserError(
                    _("All that is open on %(name)s is in dispute. Settle the dispute, then plan its rest.", name=name)
                )
        if len(moves.company_id) > 1:
            raise UserError(_("These invoices belong to several companies. Make one plan for each company."))
        if len(moves.currency_id) > 1:
            raise UserError(_("These invoices are in several currencies. Make one plan for each currency."))
        if len(moves.commercial_partner_id) > 1:
            raise UserError(_("These invoices belong to several customers. Make one plan for each customer."))
        plans = self.env["billing.installment.plan"]
        others = plans.sudo().search(plans._get_occupying_domain(moves)) - (previous or plans)  # sudo: a mere check
        if others:
            raise UserError(
                _(
                    "%(name)s is on the plan %(plan)s already. Reschedule or cancel that plan instead.",
                    name=(moves & others[:1].move_ids)[:1].display_name,
                    plan=others[:1].name,
                )
            )
        return plannable

    @api.private
    def find_plannable(self, domain):
        """Return the open invoices of a domain that may be paid in installments; what has a plan already is left out.

        What is blocked for payment has to be unblocked first.
        """
        service = self.env["billing.open.documents"]
        domain = Domain(domain) & Domain("move_type", "=", "out_invoice") & service.get_open_domain()
        moves = self.env["account.move"].search(domain).filtered(lambda move: not service.is_blocked(move))
        plans = self.env["billing.installment.plan"]
        return moves - plans.sudo().search(plans._get_occupying_domain(moves)).move_ids.sudo(False)

    def _get_sorted(self, moves):
        """Return invoices in the order in which installments pay them: the oldest first."""
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.invoice_date or move.date, move.id))

    @api.private
    def preview(self, moves, terms, rule=None, previous=None, requested_by="staff", day=None):
        """Work out a plan without saving anything.

        :param moves: invoices
        :param PlanTerms terms: what is wished
        :param rule: the rule to obey; None looks for the first that fits, an empty recordset means none
        :return: :class:`Preview`
        :raise UserError: the invoices cannot be planned, or the terms make no plan
        """
        plannable = self.check_plannable(moves, previous)
        moves = self._get_sorted(moves)
        account, currency = self.get_account(moves), moves.currency_id
        open_amounts = [plannable[move] for move in moves]
        total = sum(open_amounts)
        try:
            rows = installment_schedule(terms.get_engine_terms(total, get_rounding(currency)))
            pieces = spread_over_invoices([row.principal for row in rows], open_amounts)
        except EngineError as error:
            raise UserError(self.env["billing.engine.messages"].get_sentence(error)) from error
        self._check_charges(terms, rows, account, currency)
        day = self.env["billing.installment.ledger"].get_day(day, account)
        book = self.env["billing.installment.rules"]
        is_sought = rule is None
        if is_sought:
            rule = book.find(account, moves, total, day, requested_by, previous)
        problems = book.get_problems(rule, account, moves, rows, day, requested_by, previous, is_found=is_sought)
        reason = book.get_approval_reason(rule, total, currency, day)
        return Preview(rows, pieces, plannable, moves, account, rule, problems, bool(reason), reason)

    def _check_charges(self, terms, rows, account, currency):
        """Refuse interest and fee that nobody could charge: without a billing code, or in a currency of their own."""
        if not terms.fee and not any(row.interest for row in rows):
            return
        if account.currency_id != currency:
            raise UserError(
                self.env._(
                    "Interest and fee would be charged in %(currency)s, but account %(account)s is billed in %(other)s."
                    " Agree on a plan without interest and fee, or move the invoices to an account in %(currency)s.",
                    currency=currency.name,
                    account=account.display_name,
                    other=account.currency_id.name,
                )
            )
        if any(row.interest for row in rows) and not terms.interest_code_id or terms.fee and not terms.fee_code_id:
            raise UserError(
                self.env._(
                    "Interest and fee are charged on their own, with their own tax. Choose the billing codes for them"
                    " in the rule or in this dialogue."
                )
            )

    @api.private
    def request(
        self, moves, terms, rule=None, requested_by="staff", note=None, previous=None, day=None, is_exception=False
    ):
        """Ask for a plan; it starts at once where the rule asks nobody, or where the user may approve it.

        :param moves: posted customer invoices
        :param PlanTerms terms: what is wished
        :param rule: as for :meth:`_preview`
        :param str requested_by: ``staff`` or ``customer``
        :param previous: the running or broken plan that is replaced
        :param date day: local day of the account; today where it is not told
        :param bool is_exception: asked for is what the rule book does not give: somebody has to approve it
        :return: the `billing.installment.plan`, requested or running
        :raise UserError: it cannot be planned, or the rule book does not allow it
        """
        self.env["billing.installment.ledger"].fetch_documents(moves)
        with configuration.held(self.env, moves.company_id.ids):
            plan = self._request(moves, terms, rule, requested_by, note, previous, day, is_exception)
            if found := configuration.get_held(self.env):
                found.learn(self.env)
        return plan

    def _request(self, moves, terms, rule, requested_by, note, previous, day, is_exception):
        preview = self.preview(moves, terms, rule, previous, requested_by, day)
        day = self.env["billing.installment.ledger"].get_day(day, preview.account)
        book = self.env["billing.installment.rules"]
        may_approve = requested_by == "staff" and book.may_approve(preview.rule)
        if preview.problems and not may_approve and not is_exception:
            raise UserError("\n".join(preview.problems))
        values = self._prepare_plan_values(preview, terms, requested_by, note, previous)
        with Notes() as notes:
            # sudo: plans are made by this method alone, which has checked everything
            plans = self.env["billing.installment.plan"].sudo()
            plan = notes.on(plans).create(values).with_env(plans.env)
            self._create_rows(plan, preview.rows)
            if preview.problems:
                notes.write()
                plan.message_post(
                    body=self.env._("Exception from the rule book: %(problems)s", problems=" ".join(preview.problems))
                )
            plan = plan.with_env(self.env)
            if may_approve or not (preview.needs_approval or preview.problems):
                self._start(plan, day, notes, self.env.user if may_approve else None, preview.plannable)
            else:
                notes.write()
                self._ask_for_approval(plan)
        return plan

    def _prepare_plan_values(self, preview, terms, requested_by, note, previous):
        total = sum(row.principal for row in preview.rows)
        return {
            "account_id": preview.account.id,
            "company_id": preview.moves.company_id.id,
            "currency_id": preview.moves.currency_id.id,
            "move_ids": [fields.Command.set(preview.moves.ids)],
            "rule_id": preview.rule.id,
            "method": terms.method,
            "terms": terms.get_json(),
            "principal": as_float(total),
            "part_count": len(preview.rows),
            "interest_rate": as_float(terms.annual_percent),
            "interest_total": as_float(sum(row.interest for row in preview.rows)),
            "fee": as_float(terms.fee),
            "deposit": as_float(terms.deposit),
            "interval_unit": terms.interval_unit,
            "interval_count": terms.interval_count,
            "first_date": preview.rows[0].due_date,
            "last_date": preview.rows[-1].due_date,
            "interest_code_id": terms.interest_code_id,
            "fee_code_id": terms.fee_code_id,
            "charge_timing": terms.charge_timing,
            "overpayment": terms.overpayment,
            "missed_limit": terms.missed_limit,
            "grace_days": terms.grace_days,
            "on_break": terms.on_break,
            "note": note,
            "requested_by": requested_by,
            "approval_reason": preview.approval_reason or " ".join(preview.problems),
            "previous_plan_id": previous.id if previous else False,
        }

    def _create_rows(self, plan, rows):
        # sudo: installments are made by their plan alone
        return (
            self.env["billing.installment"]
            .sudo()
            .create(
                [
                    {
                        "plan_id": plan.id,
                        "sequence": row.sequence,
                        "kind": "deposit" if row.is_deposit else "regular",
                        "date": row.due_date,
                        "amount": as_float(row.principal),
                        "interest": as_float(row.interest),
                        "fee": as_float(row.fee),
                        "balance": as_float(row.balance),
                    }
                    for row in rows
                ]
            )
        )

    def _ask_for_approval(self, plan):
        approver = plan.rule_id.approver_id
        if approver:
            self.env["billing.tasks"].give(
                plan.sudo(),  # sudo: a clerk gives the manager a task
                TASKS["requested"],
                "mail.mail_activity_data_todo",
                user_id=approver.id,
                summary=self.env._("Approve or refuse this installment plan"),
            )

    @api.private
    def approve(self, plans, day=None):
        """Approve requested plans and start them.

        :raise AccessError: the rule names somebody else
        """
        book = self.env["billing.installment.rules"]
        for plan in plans:
            if not book.may_approve(plan.rule_id):
                raise AccessError(
                    self.env._(
                        "Plan %(plan)s is approved by %(approver)s.",
                        plan=plan.name,
                        approver=plan.rule_id.approver_id.name or self.env._("a billing manager"),
                    )
                )
            day_of_plan = self.env["billing.installment.ledger"].get_day(day, plan.account_id)
            with Notes() as notes:
                self._start(plan, day_of_plan, notes, approver=self.env.user)

    def _start(self, plan, day, notes, approver=None, plannable=None):
        """Approve a plan and put it on its invoices.

        :param Notes notes: of the plan so far, which are written with those of its start
        :param plannable: {invoice: Decimal} of a plan that was made in this transaction, which sees no change of others
        """
        values = {"approved_by_id": approver.id if approver else False, "approved_on": day}
        plan._apply_event("approve", values, is_new=plannable is not None)
        self._activate(plan, day, notes, plannable)

    def _activate(self, plan, day, notes, plannable):
        """Put the dates of an approved plan on its invoices, and charge its fee.

        :param Notes notes: as for :meth:`_start`
        :param plannable: the same
        :raise UserError: the invoices changed since the plan was requested
        """
        moves, previous = self._get_sorted(plan.move_ids), plan.previous_plan_id
        self.env["billing.installment.ledger"].lock(moves)
        plannable = plannable or self.check_plannable(moves, plan | previous)
        ledger = self.env["billing.installment.ledger"]
        open_amounts = [plannable[move] for move in moves]
        if sum(open_amounts) != to_decimal(plan.principal, plan.currency_id):
            raise UserError(
                self.env._(
                    "%(amount)s is open on the invoices of plan %(plan)s, not %(planned)s as it was when the plan was"
                    " requested. Refuse this plan and make a new one.",
                    plan=plan.name,
                    amount=plan.currency_id.format(as_float(sum(open_amounts))),
                    planned=plan.currency_id.format(plan.principal),
                )
            )
        if previous:
            self.env["billing.installment.ending"].leave(previous, "reschedule", day)
        rows = plan.installment_ids.sorted("sequence")
        pieces = spread_over_invoices([to_decimal(row.amount, row.currency_id) for row in rows], open_amounts)
        before = {
            str(move.id): [[str(one.day), str(one.amount)] for one in ledger.get_open_schedule(move)] for move in moves
        }
        schedules = {move: [] for move in moves}
        for number, place, amount in pieces:
            row = rows[number]
            schedules[moves[place]].append(DatedAmount(row.date, self._as_decimal(amount, plan.currency_id), row))
        for move, amount in zip(moves, open_amounts, strict=True):
            if disputed := ledger.get_open_amount(move) - amount:
                schedules[move].append(DatedAmount(self._get_disputed_day(move, schedules[move]), disputed))
        restoring = self.env["billing.installment.restoring"]
        originals = {str(move.id): restoring.get_original_terms(move) for move in moves}
        modes = ledger.apply(schedules)
        plan._apply_event(
            "activate",
            {
                "mode": "virtual" if "virtual" in modes else "split",
                "activated_on": day,
                "original_terms": previous.original_terms if previous else originals,
            },
        )
        self.env["billing.installment.charging"].charge_fee(plan, day)
        self.env["billing.installment.news"].log(plan, moves, before, notes)
        self.env["billing.installment.news"].tell(plan, "started", day, notes)

    def _get_disputed_day(self, move, planned):
        """Return when a disputed part of an invoice stays due that is on no plan: as before, on a day of its own."""
        day = min(one.day for one in self.env["billing.installment.ledger"].get_open_schedule(move))
        taken = {one.day for one in planned}
        while day in taken:
            day -= timedelta(days=1)
        return day

    def _as_decimal(self, amount, currency):
        return to_decimal(as_float(amount), currency)

    @api.private
    def reschedule(self, plan, terms, rule=None, note=None, day=None):
        """Replace a running or broken plan by a new one for what is open."""
        plannable = self.env["billing.installment.ledger"].get_plannable_amounts(plan.move_ids)
        moves = plan.move_ids.filtered(lambda move: plannable[move] > 0)
        return self.request(moves, terms, rule=rule, note=note, previous=plan, day=day)
