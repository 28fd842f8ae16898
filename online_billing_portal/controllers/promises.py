"""Promises to pay that customers give by themselves."""

from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..services.access import PROMISE
from .billing import BillingPages


class BillingPromises(BillingPages):
    @http.route("/my/billing/promise", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_promise(self, account=None, currency=None, done=None, **kwargs):
        """Show what has been promised, and a form for another promise."""
        return self._billing_show_promises(account, currency, done=bool(done))

    @http.route("/my/billing/promise/<int:account_id>", type="http", auth="user", methods=["POST"], website=True)
    def billing_promise_give(self, account_id, currency=None, amount=None, until=None, **kwargs):
        """Note a promise."""
        account = self._billing_get_account(account_id, PROMISE)
        money, _currencies = self._billing_choose_currency(account, currency)
        service, person = request.env["billing.portal.promises"], request.env.user.partner_id
        day = self._billing_read_day(until)
        _promise, error = self._billing_try(lambda: service.promise(account, money, amount, day, person))
        if error:
            return self._billing_show_promises(str(account.id), currency, error=error, amount=amount, until=day)
        address = urlencode({"account": account.id, "currency": money.name, "done": 1})
        return request.redirect(f"/my/billing/promise?{address}")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_show_promises(self, wanted, currency, error=None, done=False, amount=None, until=None):
        access = request.env["billing.portal.access"]
        accounts = [one for one, role in self._billing_get_roles().items() if access.allows(role, PROMISE)]
        values = {"accounts": accounts, "account": None, "promises": (), "offer": None, "refusal": None}
        if accounts:
            account = self._billing_choose(accounts, wanted)
            money, currencies = self._billing_choose_currency(account, currency)
            values |= {
                "account": account,
                "currency": money,
                "currencies": currencies,
                **request.env["billing.portal.promises"].get_page(account, money),
            }
        return self._billing_render(
            "online_billing_portal.promises",
            "promise",
            **values,
            error=error,
            done=done,
            typed_amount=amount if isinstance(amount, str) else None,
            until=until,
        )
