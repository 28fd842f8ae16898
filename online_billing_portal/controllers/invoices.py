"""Invoices of a customer."""

from urllib.parse import urlencode

from odoo import http
from odoo.addons.portal.controllers.portal import pager as make_pager
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.access import PAY
from ..services.invoices import FILTERS, LONGEST_SEARCH, ORDERS
from .billing import BillingPages

ROWS = 20
MOST_FILES = 100


class BillingInvoices(BillingPages):
    @http.route(
        ["/my/billing/invoices", "/my/billing/invoices/page/<page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_invoices(self, page=1, sortby=None, filterby=None, search=None, first=None, last=None, **kwargs):
        """List what was billed, a page at a time; what cannot be read of an address counts as not said."""
        sortby = sortby if sortby in ORDERS else "date"
        filterby = filterby if filterby in FILTERS else "all"
        search = search.replace("\0", "").strip()[:LONGEST_SEARCH] if isinstance(search, str) else ""
        first, last = self._billing_read_day(first), self._billing_read_day(last)
        invoices = request.env["billing.portal.invoices"]
        accounts = request.env["billing.account"].sudo().union(*self._billing_get_roles())  # sudo: roles were asked
        standings = invoices.get_standings(accounts)
        domain = invoices.get_domain(accounts, filterby, search, first, last, standings)
        moves = request.env["account.move"].sudo()  # sudo: the domain names the visitor's accounts alone
        asked = {
            "sortby": sortby, "filterby": filterby, "search": search,
            "first": first and first.isoformat(), "last": last and last.isoformat(),
        }  # fmt: skip
        pager = make_pager(
            url="/my/billing/invoices",
            total=moves.search_count(domain),
            page=self._billing_read_page(page),
            step=ROWS,
            url_args={name: value for name, value in asked.items() if value},
        )
        found = moves.search(
            domain, order=ORDERS[sortby], limit=ROWS, offset=pager["offset"] if pager["page_count"] else 0
        )
        return self._billing_render(
            "online_billing_portal.invoices",
            "invoices",
            rows=invoices.get_rows(found, standings),
            pager=pager,
            default_url="/my/billing/invoices",
            searchbar_sortings=self._billing_get_sortings(),
            searchbar_filters=self._billing_get_filters(),
            several=len(accounts) > 1,
            too_many=kwargs.get("many") not in (None, "0") and MOST_FILES,
            **asked,
        )

    @http.route(
        "/my/billing/invoices/<int:move_id>", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def billing_invoice(self, move_id, **kwargs):
        """Show one document: its lines with the reason of each amount, what falls due when, and what was paid."""
        move = self._billing_get_move(move_id)
        role = self._billing_get_roles()[move.billing_account_id.with_env(move.env).sudo()]
        return self._billing_render(
            "online_billing_portal.invoice",
            "invoices",
            move=move,
            account=move.billing_account_id,
            may_pay=request.env["billing.portal.access"].allows(role, PAY),
            formats=request.env["billing.document.formats"].sudo().get_formats(move),  # sudo: names of formats
            **request.env["billing.portal.invoices"].get_page(move, request.env.lang),
        )

    @http.route(
        "/my/billing/invoices/<int:move_id>/<string:code>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_invoice_file(self, move_id, code, **kwargs):
        """Download one document in one format."""
        move = self._billing_get_move(move_id)
        try:
            name, mime, content = request.env["billing.document.formats"].sudo().render(move, code)  # sudo: role asked
        except UserError:
            raise NotFound from None
        return self._billing_send(name, mime, content)

    @http.route("/my/billing/documents", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_documents(self, first=None, last=None, **kwargs):
        """Download the documents of a period as one file, each in the formats of its account."""
        accounts = request.env["billing.account"].sudo().union(*self._billing_get_roles())  # sudo: roles were asked
        service = request.env["billing.portal.invoices"]
        first, last = self._billing_read_day(first), self._billing_read_day(last)
        domain = service.get_domain(accounts, "all", "", first, last, {})
        moves = request.env["account.move"].sudo().search(domain, order="invoice_date, id", limit=MOST_FILES + 1)
        if not moves or len(moves) > MOST_FILES:
            period = {"first": first or "", "last": last or "", "many": len(moves)}
            return request.redirect(f"/my/billing/invoices?{urlencode(period)}")
        return self._billing_send("invoices.zip", "application/zip", service.get_archive(moves))

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_sortings(self):
        _ = request.env._
        return {
            "date": {"label": _("Date")},
            "due": {"label": _("Due Date")},
            "number": {"label": _("Number")},
            "amount": {"label": _("Amount")},
        }

    def _billing_get_filters(self):
        _ = request.env._
        return {
            "all": {"label": _("All")},
            "open": {"label": _("Open")},
            "overdue": {"label": _("Overdue")},
            "paid": {"label": _("Paid")},
            "credits": {"label": _("Credit Notes")},
        }
