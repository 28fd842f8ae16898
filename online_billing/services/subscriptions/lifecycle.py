"""Begin, change and end subscriptions."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, format_date

from ...engine import EngineError
from ..shared.numbers import plain
from ..shared.values import day_after


class BillingSubscriptionLifecycle(models.AbstractModel):
    _name = "billing.subscription.lifecycle"
    _description = "Begin, Change and End Subscriptions"

    @api.private
    def activate(self, subscriptions):
        """Agree the prices of the first day and let billing begin, in the past or the future as the start says.

        :raise UserError: no lines, no price, or an account that is not active
        """
        for subscription in subscriptions:
            if subscription.account_id.state == "draft":
                subscription.account_id.action_activate()
            if subscription.account_id.state != "active":
                raise UserError(
                    self.env._(
                        "Subscription %(name)s cannot begin, because account %(account)s is not active. Resume or"
                        " reopen the account first.",
                        name=subscription.name,
                        account=subscription.account_id.name,
                    )
                )
            if not subscription.line_ids:
                raise UserError(
                    self.env._(
                        "Subscription %(name)s has nothing to bill. Add a line, or choose a plan that has lines.",
                        name=subscription.name,
                    )
                )
        self.env["billing.life"].apply_event("subscription", subscriptions, "activate")
        self.agree(subscriptions.line_ids)

    @api.private
    def agree(self, lines):
        """Pin the price version of the first day on lines that have none, and work out when they fall due."""
        for line in lines.filtered(lambda one: not one.price_id):
            subscription = line.subscription_id
            day = line.start_date or subscription.start_date
            price = line.code_id._get_price(day, subscription.currency_id, subscription.plan_id)
            if not price:
                error = EngineError("schedule.price_missing", line=line.name, day=day)
                raise UserError(self.env["billing.engine.messages"].get_sentence(error))
            line.sudo().price_id = price  # sudo: pinned by the catalogue, not by the user
        lines._refresh_next_due_date()

    @api.private
    def change_quantity(self, line, day, quantity, reason=None):
        """Change the quantity of a line from a day on; what is billed already is corrected by the next run."""
        line.check_access("write")
        subscription = line.subscription_id
        if line.kind == "one_time":
            raise UserError(
                self.env._("“%(line)s” is billed once; its quantity does not change over time.", line=line.name)
            )
        if day < (line.start_date or subscription.start_date) or (
            subscription.end_date and day > subscription.end_date
        ):
            raise UserError(
                self.env._(
                    "%(day)s lies outside the subscription. Choose a day between its first and its last.",
                    day=format_date(self.env, day),
                )
            )
        if same_day := line.quantity_ids.filtered(lambda change: change.date_from == day):
            same_day.sudo().write({"quantity": quantity, "reason": reason})
        else:
            self.env["billing.subscription.quantity"].sudo().create(  # sudo: only along this way
                {"line_id": line.id, "date_from": day, "quantity": quantity, "reason": reason}
            )
        self._recheck(line, day)
        subscription.message_post(
            body=self.env._(
                "Quantity of “%(line)s” from %(day)s: %(quantity)s",
                line=line.name,
                day=format_date(self.env, day),
                quantity=plain(quantity),
            )
        )

    @api.private
    def set_end(self, subscriptions, last_day, credit_unused=None):
        """Set or take away the last day; unused days that were billed in advance are credited by the next run."""
        subscriptions.check_access("write")
        for subscription in subscriptions:
            if subscription.state == "ended":
                self.env["billing.life"].apply_event("subscription", subscription, "reopen")
            if subscription.state != "active":
                raise UserError(self.env._("Subscription %(name)s is not running.", name=subscription.name))
            if last_day and last_day < subscription.start_date:
                raise UserError(
                    self.env._(
                        "Subscription %(name)s begins on %(start)s; it cannot end before. Cancel it instead.",
                        name=subscription.name,
                        start=format_date(self.env, subscription.start_date),
                    )
                )
            before = min(filter(None, (subscription.end_date, last_day)), default=None)
            terms = {"end_date": last_day}
            if credit_unused is not None:
                terms["credit_unused"] = credit_unused
            subscription.sudo().write(terms)  # sudo: only along this way; write access was checked
            if before:
                for line in subscription.line_ids:
                    self._recheck(line, day_after(before))

    def _recheck(self, line, day):
        """Have the periods from the one of a day on compared with what they should be, if they have been billed."""
        if line.billed_until and day < line.billed_until:
            subscription = line.subscription_id
            start = self.env["billing.subscription.terms"].get_period(subscription, day).start
            line.sudo().recheck_from = min(filter(None, (line.recheck_from, start)))  # sudo: kept by the billing alone
        line._refresh_next_due_date()

    @api.private
    def get_period_end(self, subscription, day):
        """Return the last day of the period that contains a day."""
        return fields.Date.subtract(self.env["billing.subscription.terms"].get_period(subscription, day).end, days=1)

    @api.private
    def cancel(self, subscriptions):
        """Cancel subscriptions that have not been billed."""
        if billed := subscriptions.filtered("charge_ids"):
            raise UserError(
                self.env._(
                    "%(names)s has been billed. End it instead: you can choose the day and whether unused days are"
                    " credited.",
                    names=", ".join(billed.mapped("name")),
                )
            )
        self.env["billing.life"].apply_event("subscription", subscriptions, "cancel")
        subscriptions.line_ids._refresh_next_due_date()

    @api.private
    def reset_to_draft(self, subscriptions):
        """Take a subscription back to draft while nothing of it has been billed."""
        if billed := subscriptions.filtered("charge_ids"):
            raise UserError(
                self.env._(
                    "%(names)s has been billed and cannot go back to draft. End it and begin a new one.",
                    names=", ".join(billed.mapped("name")),
                )
            )
        for subscription in subscriptions:
            self.env["billing.life"].apply_event("subscription", subscription, "reset")
        subscriptions.line_ids.sudo().write(
            {"price_id": False, "recheck_from": False}
        )  # sudo: nothing is agreed any more
        subscriptions.line_ids._refresh_next_due_date()

    @api.private
    def end_finished(self, account_ids, today_by_account):
        """Mark subscriptions as ended whose last day is past and whose bills are all written."""
        finished = self.env["billing.subscription"].search(
            [("account_id", "in", account_ids), ("state", "=", "active"), ("end_date", "!=", False)]
        )
        finished = finished.filtered(
            lambda one: (
                one.end_date < today_by_account[one.account_id.id]
                and not any(line.next_due_date for line in one.line_ids)
            )
        )
        if finished:
            self.env["billing.life"].apply_event("subscription", finished, "end")

    @api.private
    def end_past(self, as_of):
        """Mark subscriptions as ended on their own day: what was billed in advance has no bill on which it would be.

        :param datetime as_of: the instant, UTC; decides the local day of each account
        """
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT subscription.account_id, local.day
                  FROM billing_subscription subscription
                  JOIN billing_account account ON account.id = subscription.account_id
                 CROSS JOIN LATERAL (
                       SELECT (%s::timestamp AT TIME ZONE 'UTC' AT TIME ZONE account.timezone)::date AS day) local
                 WHERE subscription.state = 'active' AND subscription.end_date < local.day
                   AND NOT EXISTS (SELECT FROM billing_subscription_line line
                                    WHERE line.subscription_id = subscription.id AND line.next_due_date IS NOT NULL)
                 ORDER BY subscription.account_id
                """,
                as_of,
            )
        )
        days = dict(rows)
        self.end_finished(list(days), days)
