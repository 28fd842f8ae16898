"""All data of a customer as a file, and the request to erase it."""

from odoo import http
from odoo.addons.online_billing.controllers.limits import limit_files, take
from odoo.addons.online_billing.services.shared.request_limits import ERASURE, EXPORT
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from .billing import BillingPages


class BillingPrivacy(BillingPages):
    @http.route("/my/billing/privacy", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_privacy(self, asked=None, **kwargs):
        """Show what can be exported and erased, and how far that is."""
        return self._billing_show_privacy(asked=asked if asked in ("export", "erasure", "withdrawn") else None)

    @http.route("/my/billing/privacy/<int:company_id>/export", type="http", auth="user", methods=["POST"], website=True)
    def billing_privacy_export(self, company_id, **kwargs):
        """Queue an export of what the visitor owns with a company, a few times a day."""
        accounts = self._billing_get_owned_of(company_id)
        _done, error = self._billing_try(lambda: self._billing_ask_export(accounts))
        if error:
            return self._billing_show_privacy(error=error)
        return request.redirect("/my/billing/privacy?asked=export")

    @http.route(
        "/my/billing/privacy/export/<int:export_id>/<int:number>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_privacy_file(self, export_id, number, **kwargs):
        """Download a file of an export, for whoever asked for it and owns all of its accounts today."""
        privacy = request.env["billing.portal.privacy"]
        export = privacy.get_export(request.env.user.partner_id, self._billing_read_id(export_id))
        part = privacy.get_part(export, number)
        if not part:
            raise NotFound
        limit_files()
        # sudo: the roles on its accounts were asked for; a stream holds no more than a piece of it
        stream = request.env["ir.binary"].sudo()._get_stream_from(part, "raw", filename=part.name)
        response = stream.get_response(as_attachment=True)
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    @http.route(
        "/my/billing/privacy/<int:company_id>/erasure", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_privacy_erasure(self, company_id, confirmed=None, **kwargs):
        """Ask for all that the law does not keep of the customer to be erased."""
        privacy, accounts = request.env["billing.portal.privacy"], self._billing_get_owned_of(company_id)
        customer = accounts[:1].partner_id.commercial_partner_id
        return self._billing_ask_erasure(privacy.ask_erasure, accounts, confirmed, customer)

    @http.route(
        "/my/billing/privacy/<int:company_id>/own-erasure", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_privacy_own_erasure(self, company_id, confirmed=None, **kwargs):
        """Ask for what is held on the visitor alone to be erased, whatever their role."""
        own, person = request.env["billing.portal.own.erasure"], request.env.user.partner_id
        accounts = self._billing_get_of(company_id, own.get_accounts(person))
        return self._billing_ask_erasure(own.ask, accounts, confirmed, person)

    @http.route(
        "/my/billing/privacy/erasure/<int:erasure_id>/withdraw",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def billing_privacy_withdraw(self, erasure_id, **kwargs):
        """Take back a request for erasure that nobody has decided yet."""
        privacy, number = request.env["billing.portal.privacy"], self._billing_read_id(erasure_id)
        is_found, error = self._billing_try(lambda: privacy.withdraw(request.env.user.partner_id, number))
        if error:
            return self._billing_show_privacy(error=error)
        if not is_found:
            raise NotFound
        return request.redirect("/my/billing/privacy?asked=withdrawn")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_owned_of(self, company_id):
        """Return the accounts (elevated) that the visitor owns with a company; else there is no page."""
        owned = request.env["billing.portal.privacy"].get_accounts(request.env.user.partner_id)
        return self._billing_get_of(company_id, owned)

    @staticmethod
    def _billing_get_of(company_id, found):
        """Return the accounts of a company among {company: accounts}; else there is no page."""
        accounts = next((own for company, own in found.items() if company.id == company_id), None)
        if not accounts:
            raise NotFound
        return accounts.with_company(accounts.company_id)

    def _billing_ask_erasure(self, ask, accounts, confirmed, subject):
        """Have an erasure asked for, a few times a day.

        :param ask: takes who asks, the accounts, whether it is confirmed, and what is called before it is made
        :param subject: the `res.partner` for whom requests are counted, in each company
        """
        person, is_confirmed = request.env.user.partner_id, confirmed == "yes"
        _done, error = self._billing_try(
            lambda: ask(person, accounts, is_confirmed, lambda: self._billing_count_erasure(accounts, subject))
        )
        if error:
            return self._billing_show_privacy(error=error)
        return request.redirect("/my/billing/privacy?asked=erasure")

    @staticmethod
    def _billing_count_erasure(accounts, subject):
        """Count a request for erasure that is about to be made.

        :raise UserError: there were three already
        """
        if wait := take(ERASURE, f"{accounts.company_id.id}:{subject.id}"):
            raise UserError(
                request.env._(
                    "This was asked for three times within a day. Hours until it can be asked for again: %(hours)s.",
                    hours=-(-wait // 3600),
                )
            )

    def _billing_ask_export(self, accounts):
        person = request.env.user.partner_id
        return request.env["billing.data.exporting"].ask(person, accounts, lambda: self._billing_count_export(accounts))

    @staticmethod
    def _billing_count_export(accounts):
        """Count an export that is about to be queued, for the customer: colleagues do not have three each.

        :raise UserError: there were three already
        """
        if wait := take(EXPORT, accounts[:1].partner_id.commercial_partner_id.id):
            raise UserError(
                request.env._(
                    "Your data was asked for three times within a day. Hours until it can be asked for again:"
                    " %(hours)s.",
                    hours=-(-wait // 3600),
                )
            )

    def _billing_show_privacy(self, **values):
        person = request.env.user.partner_id
        return self._billing_render(
            "online_billing_portal.privacy",
            "privacy",
            blocks=request.env["billing.portal.privacy"].get_page(person),
            **values,
        )
