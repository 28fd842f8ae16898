"""The rule book: who may pay in installments, on which terms, and who must agree."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.tools.misc import format_date

from ...engine import as_exact
from ...models.installments.plan import OCCUPIED
from ..shared.numbers import as_float, plain, rounded_up

# states in which a plan is one of those that a customer has at a time
RUNNING = tuple(state for state in OCCUPIED if state != "broken")
# what a request reads of account and customer, among many other columns
ACCOUNT_FIELDS = (
    *("partner_id", "company_id", "currency_id", "timezone", "delivery_channel", "pay_link_number"),
    "credit_score",
)
CUSTOMER_FIELDS = ("commercial_partner_id", "company_id", "name", "email", "lang")


class BillingInstallmentRules(models.AbstractModel):
    _name = "billing.installment.rules"
    _description = "Rule Book of Installments"

    @api.private
    def find(self, account, moves, total, day, requested_by="staff", previous=None):
        """Return the first rule whose conditions on the customer and the invoices are met; empty if none is."""
        # sudo: customers ask through this too; they are told what does not fit, and not the rules
        rules = self.env["billing.installment.rule"].sudo().search_fetch([("company_id", "=", moves.company_id.id)])
        for rule in rules:
            if not self._get_customer_problems(rule, account, moves, total, day, requested_by, previous):
                return rule.sudo(False)
        return rules.browse()

    @api.private
    def get_problems(self, rule, account, moves, rows, day, requested_by="staff", previous=None, is_found=False):
        """Return sentences that say what the rule book does not allow; none where everything is allowed.

        :param is_found: :meth:`find` has just found the rule, so that customer and invoices meet its conditions
        """
        total = sum(row.principal for row in rows)
        if not rule:
            return [
                self.env._(
                    "No rule of the rule book fits this customer and these invoices. A billing manager can plan them as"
                    " an exception."
                )
            ]
        rule = rule.sudo()  # sudo: as in _find
        of_customer = []
        if not is_found:
            of_customer = self._get_customer_problems(rule, account, moves, total, day, requested_by, previous)
        return [
            *of_customer,
            *self._get_term_problems(rule, moves, rows, total, day),
            *(self._get_customer_day_problems(rule, rows, day) if requested_by == "customer" else ()),
        ]

    @api.private
    def get_fee(self, rule, currency, day):
        """Return the fee of plans by a rule as an exact number in a currency; 0 without a rule."""
        rule = rule.sudo()  # sudo: as in find
        return self._get_in_currency(rule.fee_amount, rule, currency, day) if rule else as_exact(0)

    @api.private
    def get_deposit(self, rule, total, currency):
        """Return what is paid first of a total by a rule, as a Decimal in a currency; 0 without a rule."""
        share = as_exact(f"{rule.sudo().deposit_percent:.2f}")  # sudo: as in find
        return rounded_up(as_exact(total) * share / 100, currency)

    @api.private
    def get_offer(self, rule, total, currency, day):
        """Return what a rule gives to customers who ask alone, before they say how they would pay.

        :param rule: a `billing.installment.rule` that :meth:`find` has found
        :param total: what would be divided, exact or a Decimal, in the currency
        :return: {"months": at most, "least": of an installment, "deposit_percent", "interest_percent", "fee",
            "latest": the last day of the first installment, "is_approved": whether somebody approves it}; amounts are
            floats in the currency, and what the rule does not ask for is 0, or None for the day
        """
        rule = rule.sudo()  # sudo: as in find
        days = rule.self_service_days
        return {
            "months": rule.month_max,
            "least": as_float(self._get_in_currency(rule.part_min, rule, currency, day)),
            "deposit_percent": plain(rule.deposit_percent) if rule.deposit_percent else 0,
            "interest_percent": plain(rule.interest_rate) if rule.interest_rate else 0,
            "fee": as_float(self.get_fee(rule, currency, day)),
            "latest": day + timedelta(days=days) if days else None,
            "is_approved": bool(self.get_approval_reason(rule, total, currency, day)),
        }

    def _get_customer_problems(self, rule, account, moves, total, day, requested_by, previous):
        _, problems = self.env._, []
        currency, company = moves.currency_id, moves.company_id
        least, most = (
            self._get_in_currency(amount, rule, currency, day) for amount in (rule.amount_min, rule.amount_max)
        )
        if total < least or most and total > most:
            problems.append(
                _(
                    "Rule %(rule)s is for open amounts from %(least)s to %(most)s.",
                    rule=rule.name,
                    least=currency.format(as_float(least)),
                    most=currency.format(as_float(most)) if most else _("any amount"),
                )
            )
        oldest = min(move.invoice_date or move.date for move in moves)
        if rule.age_max_days and oldest < day - timedelta(days=rule.age_max_days):
            problems.append(
                _(
                    "Rule %(rule)s is for younger invoices. Days of age at most: %(days)s.",
                    rule=rule.name,
                    days=rule.age_max_days,
                )
            )
        account_sudo = account.sudo()  # sudo: tags and score of the customer, whoever asks
        account_sudo.fetch(ACCOUNT_FIELDS)
        customer = account_sudo.partner_id
        customer.fetch(CUSTOMER_FIELDS)
        if rule.category_ids and not rule.category_ids & (
            customer.category_id | customer.commercial_partner_id.category_id
        ):
            problems.append(
                _(
                    "Rule %(rule)s is for customers with one of the tags %(tags)s.",
                    rule=rule.name,
                    tags=", ".join(rule.category_ids.mapped("name")),
                )
            )
        if rule.score_min and account_sudo.credit_score < rule.score_min:
            problems.append(_("Rule %(rule)s asks for a better credit score.", rule=rule.name))
        if requested_by == "customer" and not rule.self_service:
            problems.append(_("Rule %(rule)s is not open to customers' own requests.", rule=rule.name))
        return problems + self._get_plan_problems(rule, customer, company, previous)

    def _get_plan_problems(self, rule, customer, company, previous):
        _, problems = self.env._, []
        plans = self.env["billing.installment.plan"].sudo()  # sudo: a mere count
        counts, broken = {}, 0
        for state, count, of_broken in plans._read_group(
            [("partner_id", "child_of", customer.commercial_partner_id.id), ("company_id", "=", company.id)],
            ["state"],
            ["__count", "broken_on:count"],
        ):
            counts[state] = count
            broken += of_broken  # a broken plan that is rescheduled keeps having been broken
        running = sum(counts.get(state, 0) for state in RUNNING)
        if previous and previous.sudo().state in RUNNING and self._is_counted(previous, customer, company):
            running -= 1  # sudo above: a mere count
        if rule.plan_limit and running + 1 > rule.plan_limit:
            problems.append(
                _("The customer would have more plans at a time than the rule allows: %(most)s.", most=rule.plan_limit)
            )
        if rule.broken_plan_limit and broken >= rule.broken_plan_limit:
            problems.append(
                _(
                    "Plans that the customer has broken: %(count)s. The rule gives no other one from this number on:"
                    " %(most)s.",
                    count=broken,
                    most=rule.broken_plan_limit,
                )
            )
        return problems

    def _is_counted(self, plan, customer, company):
        """Tell whether a plan is among those of a customer in a company."""
        plan, family = plan.sudo(), customer.commercial_partner_id  # sudo: as above
        is_of_family = plan.filtered_domain([("partner_id", "child_of", family.id)])
        return bool(is_of_family) and plan.company_id == company

    def _get_term_problems(self, rule, moves, rows, total, day):
        _, problems = self.env._, []
        currency = moves.currency_id
        regular = [row for row in rows if not row.is_deposit]
        least = self._get_in_currency(rule.part_min, rule, currency, day)
        if least and min(row.principal for row in regular) < least:
            problems.append(_("No installment may be smaller than %(least)s.", least=currency.format(as_float(least))))
        if rule.month_max and regular[-1].due_date > regular[0].due_date + relativedelta(months=rule.month_max):
            problems.append(
                _("The plan takes too long. Months that it may take at most: %(months)s.", months=rule.month_max)
            )
        share = as_exact(f"{rule.deposit_percent:.2f}")
        paid_first = sum(as_exact(row.principal) for row in rows if row.is_deposit)
        if share and paid_first * 100 < as_exact(total) * share:
            problems.append(_("A deposit of at least %(percent)s %% comes first.", percent=plain(rule.deposit_percent)))
        if rows[0].due_date < day:
            problems.append(_("The first installment lies in the past."))
        return problems

    def _get_customer_day_problems(self, rule, rows, day):
        """Return what the rule does not allow of the days that a customer has chosen."""
        latest = day + timedelta(days=rule.self_service_days)
        first = next(row.due_date for row in rows if not row.is_deposit)
        if rule.self_service_days and first > latest:
            return [self.env._("Begin to pay by %(day)s.", day=format_date(self.env, latest))]
        return []

    def _get_in_currency(self, amount, rule, currency, day):
        """Return an amount of the rule in the currency of the invoices, as an exact number."""
        if rule.currency_id != currency:
            amount = rule.currency_id._convert(amount, currency, rule.company_id, day)
        return as_exact(f"{amount:.{currency.decimal_places}f}")

    @api.private
    def get_approval_reason(self, rule, total, currency, day):
        """Return which limit makes somebody approve a plan of this amount, in words; "" where nobody has to."""
        if not rule:
            return self.env._("No rule of the rule book fits, so a billing manager decides.")
        rule = rule.sudo()  # sudo: as in _find
        limit = self._get_in_currency(rule.approval_limit, rule, currency, day)
        if as_exact(total) <= limit:
            return ""
        if not limit:
            return self.env._("Every plan by the rule “%(rule)s” is approved by somebody.", rule=rule.name)
        return self.env._(
            "%(amount)s is more than %(limit)s, up to which plans by the rule “%(rule)s” start without approval.",
            amount=currency.format(as_float(total)),
            limit=currency.format(as_float(limit)),
            rule=rule.name,
        )

    @api.private
    def may_approve(self, rule):
        """Return whether the user may approve plans of a rule: its approver, or any manager where it names none."""
        if self.env.su and self.env.user.id == 1:
            return True
        approver = rule.sudo().approver_id  # sudo: as in _find
        if approver:
            return approver == self.env.user
        return self.env.user.has_group("online_billing.group_billing_manager")
