"""What the page of a customer shows: what they have, what they owe and why, in few statements."""

from odoo import api, models
from odoo.tools.misc import format_date

from ..receivables.values import DEBIT_PLANNED, HOLDS_REMINDERS
from ..shared.numbers import as_float

# what is shown; the lists of the app show the rest
ITEMS = 30
SUBSCRIPTIONS = 10


class BillingAccountPage(models.AbstractModel):
    _name = "billing.account.page"
    _description = "Page of a Customer"

    @api.private
    def get_overview(self, account):
        """Return what a customer has and owes, as texts in the language of whoever asks.

        :param account: a `billing.account`
        :return: {"subscriptions": [{"id", "title", "text", "state"}], "is_more": whether there are others, "pending":
            what is charged and not billed yet, or empty, "sums": [{"currency", "balance", "owed", "credit", "overdue",
            "rows": [...], "left": number of rows that are not shown}]}
        """
        running, is_more = self._get_subscriptions(account)
        return {
            "subscriptions": running,
            "is_more": is_more,
            "pending": self._get_pending(account),
            "sums": self._get_sums(account),
        }

    # -- what they have -----------------------------------------------------------------------------------------------

    def _get_subscriptions(self, account):
        subscriptions = self.env["billing.subscription"]
        if not subscriptions.has_access("read"):
            return [], False
        own = [("account_id", "=", account.id), ("state", "in", ("active", "draft"))]
        found = subscriptions.search(own, limit=SUBSCRIPTIONS + 1)
        states = dict(subscriptions._fields["state"]._description_selection(self.env))
        rows = [
            {
                "id": one.id,
                "title": one.plan_id.name,
                "text": self._get_span(one),
                "state": states[one.state],
            }
            for one in found[:SUBSCRIPTIONS]
        ]
        return rows, len(found) > SUBSCRIPTIONS

    def _get_span(self, subscription):
        start = format_date(self.env, subscription.start_date)
        if subscription.end_date:
            end = format_date(self.env, subscription.end_date)
            return self.env._("%(number)s, %(start)s to %(end)s", number=subscription.name, start=start, end=end)
        return self.env._("%(number)s, since %(start)s", number=subscription.name, start=start)

    def _get_pending(self, account):
        pending = account._get_pending_amount() if self.env["billing.charge"].has_access("read") else 0.0
        return account.currency_id.format(pending) if pending else ""

    # -- what they owe ------------------------------------------------------------------------------------------------

    def _get_sums(self, account):
        """Return what is open, by currency: that of the account first."""
        service = self.env["billing.open.items"]
        by_currency = service.split_by_currency(service.get_items([account.id])[account.id])
        currencies = self.env["res.currency"].browse(by_currency)
        day = self.env["billing.days"].get_local_day(account)
        return [
            self._get_sum(currency, by_currency[currency.id], day)
            for currency in currencies.sorted(lambda one: (one != account.currency_id, one.name))
        ]

    def _get_sum(self, currency, items, day):
        service = self.env["billing.open.items"]
        sums = {**service.get_balance(items), "overdue": service.sum_up(items, day)["overdue"]}
        standings = {one.item: one for one in service.stand(items, day)}
        shown = items[:ITEMS]
        subjects = self.env["billing.open.documents"].get_subjects(
            [item.move_id for item in shown if item.kind == "invoice"]
        )
        return {
            "currency": currency.name,
            **{name: currency.format(as_float(amount)) for name, amount in sums.items()},
            "has_credit": bool(sums["credit"]),
            "is_overdue": sums["overdue"] > 0,
            "rows": [self._get_row(currency, item, standings.get(item), day, subjects) for item in shown],
            "left": len(items) - len(shown),
        }

    def _get_row(self, currency, item, standing, day, subjects):
        _ = self.env._
        kinds = {
            "invoice": "",
            "entry": _("Payment that came back, or another entry"),
            "credit": _("Credit"),
            "payment": _("Payment that is not matched yet"),
        }
        late = (day - item.due_date).days
        texts = [kinds[item.kind] or subjects.get(item.move_id, "")]
        if standing and (reason := self._get_reason(currency, standing, day)):
            texts.append(reason)
        elif item.amount > 0 and not standing:
            texts.append(_("covered by credits"))
        elif item.for_something_else:
            texts.append(_("for an order that is not invoiced yet, or a donation"))
        return {
            "key": f"{item.line_id}-{item.installment_id or 0}",
            "id": item.move_id,
            "is_invoice": item.kind == "invoice",
            "title": item.number,
            "text": ", ".join(text for text in texts if text),
            "due": format_date(self.env, item.due_date) if item.amount > 0 else "",
            "late": late if item.amount > 0 and late > 0 else 0,
            "amount": currency.format(as_float(item.amount)),
        }

    def _get_reason(self, currency, standing, day):
        """Say why something of an item is not asked for now, and until when."""
        if not standing.reason:
            return ""
        _ = self.env._
        labels = {
            "dispute": _("in dispute"),
            "payment_under_way": _("being paid"),
            "promise": _("promised"),
            "plan": _("on an installment plan"),
        }
        text = labels.get(standing.reason, "")
        holding = [rest for rest in standing.item.get_holding(day, HOLDS_REMINDERS) if rest.reason == standing.reason]
        until = max((rest.until for rest in holding if rest.until), default=None)
        if standing.reason == DEBIT_PLANNED:
            text = _("debited on %(day)s", day=format_date(self.env, until))
        elif until:
            text = _("%(reason)s until %(day)s", reason=text, day=format_date(self.env, until))
        if standing.active > 0:
            amount = currency.format(as_float(standing.resting))
            text = _("%(amount)s of it %(reason)s", amount=amount, reason=text)
        return text
