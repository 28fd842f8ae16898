"""What a customer has paid."""

from odoo import http
from odoo.addons.online_billing.controllers.limits import limit_mails
from odoo.addons.portal.controllers.portal import pager as make_pager
from odoo.http import request

from ..services.invoices import LONGEST_SEARCH
from .statements import BillingStatements

ROWS = 20


class BillingPayments(BillingStatements):
    @http.route(
        ["/my/billing/payments", "/my/billing/payments/page/<page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_payments(self, page=1, year=None, search=None, **kwargs):
        """List what was paid, the latest first, a page at a time; what cannot be read of an address is not said."""
        return self._billing_show_payments(page, year, search)

    @http.route("/my/billing/payments/<int:payment_id>/mail", type="http", auth="user", methods=["POST"], website=True)
    def billing_payment_mail(self, payment_id, page=1, year=None, search=None, **kwargs):
        """Mail a receipt again to those who get the receipts of its account; show the same page of the list."""
        payment = self._billing_get_payment(payment_id)
        limit_mails()
        _done, error = self._billing_try(lambda: request.env["billing.portal.invoices"].mail_again(payment))
        return self._billing_show_payments(page, year, search, error=error, mailed=not error)

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_show_payments(self, page, year, search, **more):
        accounts = request.env["billing.account"].sudo().union(*self._billing_get_roles())  # sudo: roles were asked
        service = request.env["billing.portal.payments"]
        years = service.get_years(accounts)
        year = next((one for one in years if str(one) == year), None)
        search = search.replace("\0", "").strip()[:LONGEST_SEARCH] if isinstance(search, str) else ""
        domain = service.get_domain(accounts, year, search)
        payments = request.env["billing.money"].sudo()  # sudo: the domain names the visitor's accounts alone
        asked = {name: value for name, value in (("year", year), ("search", search)) if value}
        pager = make_pager(
            url="/my/billing/payments",
            total=payments.search_count(domain),
            page=self._billing_read_page(page),
            step=ROWS,
            url_args=asked,
        )
        offset = pager["offset"] if pager["page_count"] else 0
        found = payments.search(domain, order="date desc, id desc", limit=ROWS, offset=offset)
        return self._billing_render(
            "online_billing_portal.payments",
            "payments",
            rows=service.get_rows(found, accounts),
            pager=pager,
            page_number=pager["page"]["num"] if pager["page_count"] else 1,
            years=years,
            year=year,
            search=search,
            account_names=self._billing_get_account_names(accounts),
            **more,
        )
