"""Profile of a customer: addresses, contacts, tax number, documents for verification."""

from odoo import http
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.access import MANAGE
from ..services.question_files import LARGEST_FILE, LARGEST_FORM, MOST_FILES
from .billing import BillingPages


class BillingProfile(BillingPages):
    @http.route("/my/billing/profile", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_profile(self, account=None, saved=None, people=1, **kwargs):
        """Show who the customer is; owners change it."""
        access, roles = request.env["billing.portal.access"], self._billing_get_roles()
        # one that the visitor decides for comes first: there they can do something
        accounts = sorted(roles, key=lambda one: not access.allows(roles[one], MANAGE))
        chosen = self._billing_choose(accounts, account) if accounts else None
        return self._billing_show_profile(
            chosen, self._billing_read_page(people), saved=saved if saved in ("tax", "document") else None
        )

    @http.route("/my/billing/profile/<int:account_id>/tax", type="http", auth="user", methods=["POST"], website=True)
    def billing_save_tax_number(self, account_id, number=None, **kwargs):
        """Keep the tax number, if Odoo's check takes it."""
        account = self._billing_get_account(account_id, MANAGE)
        number = number if isinstance(number, str) else ""
        service = request.env["billing.portal.profile"]
        _done, error = self._billing_try(lambda: service.save_tax_number(account, number))
        if error:
            return self._billing_show_profile(account, error=error, typed=number)
        return request.redirect(f"/my/billing/profile?account={account.id}&saved=tax")

    @http.route(
        "/my/billing/profile/<int:account_id>/documents",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=LARGEST_FORM,
        billing_too_large="_billing_show_large_document",
    )
    def billing_send_document(self, account_id, kind=None, wanted=None, **kwargs):
        """Take a document for verification: one that is wanted, or one unasked."""
        account = self._billing_get_account(account_id, MANAGE)
        asked = None
        if wanted:
            [number] = self._billing_read_ids([wanted]) or [0]
            asked = request.env["billing.portal.profile"].get_wanted(account, number)
            if not asked:
                raise NotFound
        files = [one for one in request.httprequest.files.getlist("files") if one.filename]
        given = [(one.filename, one.read(LARGEST_FILE + 1)) for one in files[: MOST_FILES + 1]]
        person = request.env.user.partner_id
        _done, error = self._billing_try(
            lambda: request.env["billing.verifying"].send(account, person, kind, given, asked)
        )
        if error:
            return self._billing_show_profile(account, error=error, chosen_kind=kind)
        return request.redirect(f"/my/billing/profile?account={account.id}&saved=document")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_show_large_document(self, typed, account_id):
        """Show the profile after files that were too large, with what was chosen."""
        account = self._billing_get_account(account_id, MANAGE)
        [kind] = typed.get("kind", (None,))[:1]
        return self._billing_show_profile(account, error=self._billing_say_too_large(), chosen_kind=kind)

    def _billing_show_profile(self, account, people=1, **values):
        roles = self._billing_get_roles()
        page = {}
        if account:
            person = request.env.user.partner_id
            page = request.env["billing.portal.profile"].get_page(account, person, roles[account], people)
        return self._billing_render(
            "online_billing_portal.profile",
            "profile",
            accounts=list(roles),
            account=account,
            largest_file=LARGEST_FILE // (1024 * 1024),
            most_files=MOST_FILES,
            files_too_large=self._billing_say_file_limits(),
            **page,
            **values,
        )
