"""What customers may promise by themselves: by which day, how much, and how often, as their policy says."""

from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from dateutil.relativedelta import relativedelta
from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tools.misc import format_date

from ..shared.numbers import as_float, to_decimal

# promises that count against how often somebody may promise; what was taken back or needed no longer does not
COUNTED = ("open", "kept", "broken")


class PromiseOffer(NamedTuple):
    """What may be promised; amounts are in the currency that was asked for."""

    latest: date  # the last day by which it may be paid
    least: Decimal  # at least the oldest document
    documents: tuple  # (document id, Decimal that is asked for of it), the oldest first

    @property
    def most(self) -> Decimal:
        """All that is asked for, credits taken off and without what rests."""
        return sum((amount for _move_id, amount in self.documents), Decimal(0))

    def get_covered(self, amount: Decimal) -> list:
        """Return the ids of the documents that an amount covers wholly, the oldest first; no other is spared."""
        covered = []
        for move_id, asked in self.documents:
            amount -= asked
            if amount < 0:
                break
            covered.append(move_id)
        return covered


class BillingPromiseRules(models.AbstractModel):
    _name = "billing.promise.rules"
    _description = "What Customers May Promise by Themselves"

    @api.private
    def get_offer(self, account, currency, day):
        """Return the PromiseOffer for an account in a currency on its local day.

        :raise UserError: nothing can be promised, with the reason in words for the customer
        """
        policy = self._get_policy(account)
        if not policy.promise_days:
            raise UserError(self.env._("Promises to pay cannot be given here. Please write to us."))
        documents = self._get_documents(account, currency, day)
        if not documents:
            raise UserError(self.env._("Nothing is asked for at the moment, so there is nothing to promise."))
        if policy.promise_limit and self._count(account, day) >= policy.promise_limit:
            raise UserError(
                self.env._("You have promised to pay as often as is possible here within a year. Please write to us.")
            )
        threshold = policy.threshold_ids.filtered(lambda one: one.currency_id == currency)
        most = sum(amount for _move_id, amount in documents)
        least = min(max(to_decimal(threshold.promise_amount, currency), documents[0][1]), most)
        return PromiseOffer(day + timedelta(days=policy.promise_days), least, documents)

    @api.private
    def promise(self, account, currency, amount, until, day):
        """Note what a customer promises, after the rules of the policy.

        :param Decimal amount: in the currency
        :param date until: the last day on which it is paid
        :param date day: the local day of the account
        :return: the `billing.payment.promise`
        :raise UserError: the policy does not allow it
        """
        account.hold()  # of two that promise at once, the second sees the first
        offer = self.get_offer(account, currency, day)
        if not day <= until <= offer.latest:
            raise UserError(
                self.env._("Choose a day from today to %(latest)s.", latest=format_date(self.env, offer.latest))
            )
        if not offer.least <= amount <= offer.most:
            raise UserError(
                self.env._(
                    "Promise an amount from %(least)s to %(most)s.",
                    least=currency.format(as_float(offer.least)),
                    most=currency.format(as_float(offer.most)),
                )
            )
        return self.env["billing.payment.promise"].create(
            {
                "account_id": account.id,
                "currency_id": currency.id,
                "move_ids": [Command.set(offer.get_covered(amount))],
                "amount": as_float(amount),
                "date": until,
                "date_made": day,
            }
        )

    def _get_documents(self, account, currency, day):
        """Return ((document id, what is asked for of it), ...); what rests already is not promised again."""
        service, asked = self.env["billing.open.items"], {}
        items = [item for item in service.get_items([account.id])[account.id] if item.currency_id == currency.id]
        for one in service.stand(items, day):
            if one.active > 0:
                asked[one.item.move_id] = asked.get(one.item.move_id, Decimal(0)) + one.active
        moves = self.env["account.move"].sudo().browse(asked)  # sudo: whose they are, and nothing else
        own = set(moves.filtered(lambda move: move.billing_account_id == account).ids)
        return tuple((move_id, amount) for move_id, amount in asked.items() if move_id in own)

    def _get_policy(self, account):
        [debtor] = self.env["billing.collection.accounts"].fetch_debtors([account.id])
        # sudo: customers promise through this, and need not read policies
        return self.env["billing.collection.policy"].sudo().browse(debtor.policy_id or ())

    def _count(self, account, day):
        promises = self.env["billing.payment.promise"].sudo()  # sudo: a mere count
        since = day - relativedelta(years=1)
        return promises.search_count(
            [("account_id", "=", account.id), ("state", "in", COUNTED), ("date_made", ">", since)]
        )
