"""Invoices of a customer."""

from urllib.parse import urlencode

from odoo import http
from odoo.addons.online_billing.controllers.limits import limit_files, limit_mails
from odoo.addons.online_billing.controllers.pay import DOCUMENTS
from odoo.addons.online_billing.services.shared.request_limits import ARCHIVE
from odoo.addons.portal.controllers.portal import pager as make_pager
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.access import AUTOMATIC, PAY
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
        roles, access = self._billing_get_roles(), request.env["billing.portal.access"]
        accounts = request.env["billing.account"].sudo().union(*roles)  # sudo: roles were asked
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
        offset = pager["offset"] if pager["page_count"] else 0
        found = invoices.find(moves, domain, sortby, standings, ROWS, offset)
        return self._billing_render(
            "online_billing_portal.invoices",
            "invoices",
            rows=invoices.get_rows(found, standings),
            pager=pager,
            default_url="/my/billing/invoices",
            searchbar_sortings=self._billing_get_sortings(),
            searchbar_filters=self._billing_get_filters(),
            account_names=self._billing_get_account_names(accounts),
            payable={account.id for account, role in roles.items() if access.allows(role, PAY)},
            refused=kwargs.get("refused"),
            too_many=kwargs.get("many") not in (None, "0") and MOST_FILES,
            **asked,
        )

    @http.route(
        "/my/billing/invoices/<int:move_id>", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def billing_invoice(self, move_id, **kwargs):
        """Show one document: its lines with the reason of each amount, what falls due when, and what was paid."""
        return self._billing_show_invoice(self._billing_get_move(move_id))

    def _billing_show_invoice(self, move, **more):
        role = self._billing_get_roles()[move.billing_account_id.with_env(move.env).sudo()]
        return self._billing_render(
            "online_billing_portal.invoice",
            "invoices",
            move=move,
            account=move.billing_account_id,
            may_pay=request.env["billing.portal.access"].allows(role, PAY),
            may_decide=request.env["billing.portal.access"].allows(role, AUTOMATIC),
            debit=request.env["billing.portal.automatic.payment"].get_bill(move),
            formats=request.env["billing.document.formats"].sudo().get_offered(move),  # sudo: names of formats
            **request.env["billing.portal.invoices"].get_page(move, request.env.lang),
            **more,
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
        if code == "mail":  # the address of the form, loaded anew
            return request.redirect(f"/my/billing/invoices/{move.id}")
        limit_files()
        try:
            name, mime, content = request.env["billing.document.formats"].sudo().render(move, code)  # sudo: role asked
        except UserError:
            formats = request.env["billing.document.formats"].sudo().get_offered(move)  # sudo: names of formats
            if code not in formats.mapped("code"):
                raise NotFound from None
            # what is missing is for staff to read
            error = request.env._(
                "This form of the document cannot be made just now. Choose another one, or write to us under Questions."
            )
            return self._billing_show_invoice(move, error=error)
        return self._billing_send(name, mime, content)

    @http.route("/my/billing/pay", type="http", auth="user", methods=["GET"], website=True)
    def billing_pay_chosen(self, **kwargs):
        """Lead to the pay page with the documents that were chosen: of one account, in one currency."""
        ids = self._billing_read_ids(request.httprequest.args.getlist("document"))[:MOST_FILES]
        if not ids:
            return request.redirect("/my/billing/invoices?filterby=open&refused=none")
        moves = self._billing_get_documents(ids, PAY)
        if len(moves.billing_account_id) > 1 or len(moves.currency_id) > 1:
            return request.redirect("/my/billing/invoices?filterby=open&refused=several")
        links = request.env["billing.pay.links"]
        path = links.get_pay_path(moves.billing_account_id.id, moves.currency_id.id)
        return request.redirect(f"{path}&scope={DOCUMENTS}{'-'.join(map(str, moves.ids))}#pay")

    @http.route("/my/billing/invoices/<int:move_id>/mail", type="http", auth="user", methods=["POST"], website=True)
    def billing_invoice_mail(self, move_id, **kwargs):
        """Mail a document again to those who get the documents of its account."""
        move = self._billing_get_move(move_id)
        limit_mails()
        _done, error = self._billing_try(lambda: request.env["billing.portal.invoices"].mail_again(move))
        return self._billing_show_invoice(move, error=error, mailed=not error)

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
        limit_files(ARCHIVE)
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
