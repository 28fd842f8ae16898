"""Installment plans: request, approve, start, change and end; one way for staff and, later, for customers."""

from datetime import date
from typing import NamedTuple

from odoo import fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import EngineError, as_exact, installment_schedule, spread_over_invoices
from .failpoint import failpoint
from .installment_ledger import to_decimal


class Preview(NamedTuple):
    """A plan as it would be; nothing of it is saved.

    :param rows: engine rows, with principal, interest, fee and balance
    :param pieces: (place of the row, place of the invoice, exact amount)
    :param problems: sentences: what the rule does not allow
    """

    rows: tuple
    pieces: list
    moves: models.BaseModel
    account: models.BaseModel
    rule: models.BaseModel
    problems: list
    needs_approval: bool


class BillingInstallments(models.AbstractModel):
    _name = "billing.installments"
    _description = "Installment Plans"

    # -- what can be planned ------------------------------------------------------------------------------------------

    def _get_account(self, moves):
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

    def _check_plannable(self, moves, previous=None):
        """Refuse what cannot be paid in installments.

        :param previous: the plan that is replaced, if any
        :raise UserError: with the reason and what to do
        """
        _ = self.env._
        if not moves:
            raise UserError(_("Choose at least one open invoice."))
        for move in moves:
            name = move.display_name
            if move.move_type != "out_invoice":
                raise UserError(
                    _("%(name)s is not a customer invoice; only invoices are paid in installments.", name=name)
                )
            if move.state != "posted":
                raise UserError(_("%(name)s is not posted. Confirm it first, then plan its installments.", name=name))
            if move.payment_state == "blocked":
                raise UserError(
                    _("%(name)s is blocked for payment. Settle the dispute and unblock it first.", name=name)
                )
            if not self.env["billing.installment.ledger"]._get_open_amount(move) > 0:
                raise UserError(_("Nothing is open on %(name)s, so there is nothing to plan.", name=name))
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

    def _get_sorted(self, moves):
        """Return invoices in the order in which installments pay them: the oldest first."""
        return moves.sorted(lambda move: (move.invoice_date_due or move.date, move.invoice_date or move.date, move.id))

    # -- preview ------------------------------------------------------------------------------------------------------

    def _preview(self, moves, terms, rule=None, previous=None, requested_by="staff", day=None):
        """Work out a plan without saving anything.

        :param moves: invoices
        :param PlanTerms terms: what is wished
        :param rule: the rule to obey; None looks for the first that fits, an empty recordset means none
        :return: :class:`Preview`
        :raise UserError: the invoices cannot be planned, or the terms make no plan
        """
        self._check_plannable(moves, previous)
        moves = self._get_sorted(moves)
        account, currency = self._get_account(moves), moves.currency_id
        ledger = self.env["billing.installment.ledger"]
        open_amounts = [ledger._get_open_amount(move) for move in moves]
        total = sum(open_amounts)
        try:
            rows = installment_schedule(terms.get_engine_terms(total, currency.decimal_places))
            pieces = spread_over_invoices([row.principal for row in rows], open_amounts)
        except EngineError as error:
            raise UserError(self.env["billing.adapter"]._get_error_message(error)) from error
        self._check_charges(terms, rows)
        day = day or fields.Date.context_today(self)
        book = self.env["billing.installment.rules"]
        if rule is None:
            rule = book._find(account, moves, total, day, requested_by, previous)
        problems = book._get_problems(rule, account, moves, rows, day, requested_by, previous)
        return Preview(rows, pieces, moves, account, rule, problems, book._needs_approval(rule, total, currency, moves))

    def _check_charges(self, terms, rows):
        if any(row.interest for row in rows) and not terms.interest_code_id or terms.fee and not terms.fee_code_id:
            raise UserError(
                self.env._(
                    "Interest and fee are charged on their own, with their own tax. Choose the billing codes for them"
                    " in the rule or in this dialogue."
                )
            )

    # -- request ------------------------------------------------------------------------------------------------------

    def _request(self, moves, terms, rule=None, requested_by="staff", note=None, previous=None, day=None):
        """Ask for a plan; it starts at once where the rule asks nobody, or where the user may approve it.

        :param moves: posted customer invoices
        :param PlanTerms terms: what is wished
        :param rule: as for :meth:`_preview`
        :param str requested_by: ``staff`` or ``customer``
        :param previous: the running or broken plan that is replaced
        :param date day: local day of the account; today where it is not told
        :return: the `billing.installment.plan`, requested or running
        :raise UserError: it cannot be planned, or the rule book does not allow it
        """
        day = day or fields.Date.context_today(self)
        preview = self._preview(moves, terms, rule, previous, requested_by, day)
        book = self.env["billing.installment.rules"]
        may_approve = requested_by == "staff" and book._may_approve(preview.rule)
        if preview.problems and not may_approve:
            raise UserError("\n".join(preview.problems))
        # sudo: plans are made by this method alone, which has checked everything
        plan = (
            self.env["billing.installment.plan"]
            .sudo()
            .create(self._prepare_plan_values(preview, terms, requested_by, note, previous))
        )
        failpoint("installment_plan_made")
        self._create_rows(plan, preview.rows)
        failpoint("installment_rows_made")
        if preview.problems:
            plan.message_post(
                body=self.env._("Exception from the rule book: %(problems)s", problems=" ".join(preview.problems))
            )
        plan = plan.sudo(False)
        if may_approve or not preview.needs_approval:
            self._start(plan, day, approver=self.env.user if may_approve else None)
        else:
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
            "principal": float(total),
            "part_count": len(preview.rows),
            "interest_rate": float(terms.annual_percent),
            "interest_total": float(sum(row.interest for row in preview.rows)),
            "fee": float(terms.fee),
            "deposit": float(terms.deposit),
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
                        "amount": float(row.principal),
                        "interest": float(row.interest),
                        "fee": float(row.fee),
                        "balance": float(row.balance),
                    }
                    for row in rows
                ]
            )
        )

    def _ask_for_approval(self, plan):
        approver = plan.rule_id.approver_id
        if approver:
            plan.sudo().activity_schedule(  # sudo: a clerk gives the manager a task
                "mail.mail_activity_data_todo",
                user_id=approver.id,
                summary=self.env._("Approve or refuse this installment plan"),
            )

    # -- approve and start --------------------------------------------------------------------------------------------

    def _approve(self, plans, day=None):
        """Approve requested plans and start them.

        :raise AccessError: the rule names somebody else
        """
        book = self.env["billing.installment.rules"]
        for plan in plans:
            if not book._may_approve(plan.rule_id):
                raise AccessError(
                    self.env._(
                        "Plan %(plan)s is approved by %(approver)s.",
                        plan=plan.name,
                        approver=plan.rule_id.approver_id.name or self.env._("a billing manager"),
                    )
                )
            self._start(plan, day or fields.Date.context_today(self), approver=self.env.user)

    def _start(self, plan, day, approver=None):
        plan._apply_event("approve")
        plan.sudo().write(  # sudo: what the form does not let anybody write
            {"approved_by_id": approver.id if approver else False, "approved_on": day}
        )
        self._activate(plan, day)

    def _activate(self, plan, day=None):
        """Put the dates of an approved plan on its invoices, and charge its fee.

        :raise UserError: the invoices changed since the plan was requested
        """
        day = day or fields.Date.context_today(self)
        moves, previous = self._get_sorted(plan.move_ids), plan.previous_plan_id
        self._lock(moves)
        self._check_plannable(moves, plan | previous)
        ledger = self.env["billing.installment.ledger"]
        open_amounts = [ledger._get_open_amount(move) for move in moves]
        if sum(open_amounts) != to_decimal(plan.principal, plan.currency_id):
            raise UserError(
                self.env._(
                    "%(amount)s is open on the invoices of plan %(plan)s, not %(planned)s as it was when the plan was"
                    " requested. Refuse this plan and make a new one.",
                    plan=plan.name,
                    amount=plan.currency_id.format(float(sum(open_amounts))),
                    planned=plan.currency_id.format(plan.principal),
                )
            )
        if previous:
            self._leave(previous, "reschedule", day)
        rows = plan.installment_ids.sorted("sequence")
        pieces = spread_over_invoices([to_decimal(row.amount, row.currency_id) for row in rows], open_amounts)
        before = {str(move.id): [[str(d), str(a)] for d, a in ledger._get_open_schedule(move)] for move in moves}
        modes = set()
        for place, move in enumerate(moves):
            schedule = [
                (rows[number].date, self._as_decimal(amount, plan.currency_id), rows[number])
                for number, of_move, amount in pieces
                if of_move == place
            ]
            modes.add(ledger._apply(move, schedule))
        plan.sudo().write(  # sudo: what the form does not let anybody write
            {
                "mode": "virtual" if "virtual" in modes else "split",
                "activated_on": day,
                "original_terms": previous.original_terms if previous else before,
            }
        )
        plan._apply_event("activate")
        self._charge_fee(plan, day)
        failpoint("installment_fee_charged")
        self._log(plan, moves, before)
        self._tell(plan, "started", day)

    def _as_decimal(self, amount, currency):
        return to_decimal(float(amount), currency)

    def _lock(self, moves):
        if moves.sudo().try_lock_for_update(allow_referencing=True) != moves:  # sudo: a lock changes nothing
            raise UserError(
                self.env._("Somebody else works on one of these invoices at this moment. Try again in a minute.")
            )

    # -- end ----------------------------------------------------------------------------------------------------------

    def _leave(self, plan, event, day):
        """Note what was paid of a plan that is left; nothing more is expected of its installments."""
        for row in plan.sudo().installment_ids:  # sudo: installments are changed by their plan alone
            row.write({"amount_frozen": row.amount_paid, "is_left": True})
        plan._apply_event(event)
        plan.sudo().ended_on = day  # sudo: what the form does not let anybody write

    def _cancel(self, plans, day=None):
        """End plans, or refuse requested ones; what is open falls due again as it did before."""
        day = day or fields.Date.context_today(self)
        for plan in plans:
            was_running = plan.state in ("active", "broken")
            if was_running:
                self._lock(plan.move_ids)
                self._leave(plan, "cancel", day)
                for move in plan.move_ids:
                    original = (plan.original_terms or {}).get(str(move.id))
                    if original and move.state == "posted":
                        self.env["billing.installment.ledger"]._restore(move, original)
                self._tell(plan, "cancelled", day)
            else:
                plan._apply_event("cancel")
                plan.sudo().ended_on = day  # sudo: as above

    def _settle_early(self, plan, day=None):
        """Let everything open fall due today and drop the interest of later installments."""
        day = day or fields.Date.context_today(self)
        self._lock(plan.move_ids)
        self._collapse(plan, day)
        plan._apply_event("settle")
        plan.sudo().ended_on = day  # sudo: as above
        self._tell(plan, "settled", day)

    def _make_rest_due(self, plans, day=None):
        """Let the rest of broken plans fall due."""
        day = day or fields.Date.context_today(self)
        for plan in plans:
            if plan.state != "broken":
                raise UserError(
                    self.env._("Plan %(plan)s is not broken. Settle it early or cancel it instead.", plan=plan.name)
                )
            self._lock(plan.move_ids)
            self._collapse(plan, day)

    def _resume(self, plans):
        """Let broken plans go on: what was missed so far is forgiven, as many again break the plan."""
        for plan in plans:
            plan._apply_event("resume")
            limit = plan.missed_limit and plan.missed_limit + plan.missed_count
            plan.sudo().write({"missed_limit": limit, "ended_on": False})  # sudo: as above

    def _reschedule(self, plan, terms, rule=None, note=None, day=None):
        """Replace a running or broken plan by a new one for what is open."""
        moves = plan.move_ids.filtered(lambda move: self.env["billing.installment.ledger"]._get_open_amount(move) > 0)
        return self._request(moves, terms, rule=rule, note=note, previous=plan, day=day)

    def _collapse(self, plan, day):
        """Make one installment, due on the day, of all that are still to come."""
        rows = plan.sudo().installment_ids  # sudo: installments are changed by their plan alone
        coming = rows.filtered(lambda row: row.date >= day and row.state in ("open", "partial"))
        if not coming:
            return
        total = sum(coming.mapped("amount_open"))
        ledger = self.env["billing.installment.ledger"]
        schedules = {}
        for move in coming.part_ids.move_id:
            parts = move.billing_installment_part_ids.filtered(
                lambda part: not plan.currency_id.is_zero(part.amount_open)
            )
            stays = parts.filtered(lambda part: part.installment_id not in coming)
            schedules[move] = (
                [(part.date, to_decimal(part.amount_open, plan.currency_id), part.installment_id) for part in stays],
                to_decimal(sum((parts - stays).mapped("amount_open")), plan.currency_id),
            )
        for row in coming:
            row.write({"amount_frozen": row.amount_paid, "is_left": True})
        rest = rows.create(
            {
                "plan_id": plan.id,
                "sequence": max(rows.mapped("sequence")) + 1,
                "kind": "rest",
                "date": day,
                "amount": total,
            }
        )
        for move, (stays, amount) in schedules.items():
            ledger._apply(move, [*stays, (day, amount, rest)])

    # -- charges ------------------------------------------------------------------------------------------------------

    def _charge_fee(self, plan, day):
        if plan.fee:
            text = self.env._("Installment plan %(plan)s: fee", plan=plan.name)
            self._charge([(plan, plan._get_fee_key(), plan.fee_code_id, plan.fee, text, day)])

    def _charge(self, wanted):
        """Record charges of plans, each key once.

        :param list wanted: (plan, key, billing code, amount, text, day)
        :return: the new charges
        """
        charges = self.env["billing.charge"].sudo()  # sudo: the key is for services to give
        keys = [key for _plan, key, *_rest in wanted]
        known = set(charges.search([("key", "in", keys)]).mapped(lambda charge: (charge.company_id.id, charge.key)))
        values, instant = [], []
        for plan, key, code, amount, text, day in wanted:
            if (plan.company_id.id, key) in known:
                continue
            exact = as_exact(to_decimal(amount, plan.currency_id))
            try:
                prepared = self.env["billing.charging"]._prepare_values(
                    plan.account_id, code, key, as_exact(1), exact, text, day, plan.charge_timing
                )
            except EngineError as error:
                raise UserError(self.env["billing.adapter"]._get_error_message(error)) from error
            values.append({**prepared, "currency_id": plan.account_id.currency_id.id})
            instant.append(plan.charge_timing == "now")
        made = charges.create(values)
        failpoint("installment_charges_made")
        self.env["billing.installment.plan"].invalidate_model(["charge_ids", "charge_count"])
        now = made.browse([charge.id for charge, at_once in zip(made, instant, strict=True) if at_once])
        if now:
            self.env["billing.invoicing"]._invoice_now(now)
        return made

    # -- the record ---------------------------------------------------------------------------------------------------

    def _log(self, plan, moves, before):
        """Write the old and the new dates into the chatter of plan and invoices."""
        for move in moves:
            now = self.env["billing.installment.ledger"]._get_open_schedule(move)
            old = [(date.fromisoformat(day), float(amount)) for day, amount in before[str(move.id)]]
            move.sudo()._message_log(  # sudo: the record is kept whoever plans
                body=self.env["ir.qweb"]._render(
                    "online_billing.installment_log",
                    {"plan": plan, "old": old, "new": [(day, float(amount)) for day, amount in now]},
                )
            )

    def _tell(self, plan, event, day):
        """Have the customer told of what became of a plan: once for each event and day."""
        plan = plan.sudo()  # sudo: the customer's address and language
        lang = plan.partner_id.lang or plan.company_id.partner_id.lang or "en_US"
        local = plan.with_context(lang=lang)
        body = (
            self.env["ir.qweb"]
            .with_context(lang=lang)
            ._render("online_billing.installment_message", {"plan": local, "event": event})
        )
        subjects = {
            "started": local.env._("Your installment plan %(plan)s", plan=plan.name),
            "missed": local.env._("An installment of your plan %(plan)s is open", plan=plan.name),
            "broken": local.env._("Your installment plan %(plan)s has ended", plan=plan.name),
            "settled": local.env._("Early settlement of your plan %(plan)s", plan=plan.name),
            "cancelled": local.env._("Your installment plan %(plan)s has ended", plan=plan.name),
            "kept": local.env._("Your installment plan %(plan)s is paid", plan=plan.name),
        }
        plan.message_post(body=body, subject=subjects[event])
        if "billing.messages" in self.env:
            self.env["billing.messages"]._queue(
                [
                    {
                        "key": f"installment_plan:{plan.id}:{event}:{day}",
                        "account_id": plan.account_id.id,
                        "company_id": plan.company_id.id,
                        "currency_id": plan.currency_id.id,
                        "kind": "installment",
                        "channel": "letter" if plan.account_id.delivery_channel == "letter" else "email",
                        "lang": lang,
                        "subject": subjects[event],
                        "body": str(body),
                        "amount": plan.amount_open,
                        "move_ids": plan.move_ids.ids,
                        "res_model": plan._name,
                        "res_id": plan.id,
                    }
                ]
            )
