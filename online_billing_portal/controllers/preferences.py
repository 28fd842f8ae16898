"""Preferences of a customer: delivery, formats, language, recipients, colleagues."""

from odoo import http
from odoo.addons.online_billing.controllers.limits import limit_invitations
from odoo.addons.online_billing.models.accounts.account_recipient import KINDS
from odoo.http import request

from ..services.access import MANAGE
from ..services.inviting import INVITED_AS, KNOWN, MAILED
from .billing import BillingPages


class BillingPreferences(BillingPages):
    @http.route("/my/billing/preferences", type="http", auth="user", methods=["GET"], website=True)
    def billing_preferences(self, account=None, saved=None, invited=None, **kwargs):
        """Show how documents come and who sees them; owners change it."""
        owned = self._billing_get_owned()
        chosen = next((one for one in owned if str(one.id) == account), owned[:1] and owned[0])
        invited = invited if invited in (MAILED, KNOWN) else None
        return self._billing_show_preferences(owned, chosen, saved=bool(saved), invited=invited)

    @http.route(
        "/my/billing/preferences/<int:account_id>/delivery", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_save_delivery(self, account_id, channel=None, language=None, **kwargs):
        """Keep how documents come."""
        account = self._billing_get_account(account_id, MANAGE)
        form = request.httprequest.form
        typed = {
            "channel": channel,
            "codes": form.getlist("format"),
            "language": language,
            "recipients": {kind: self._billing_read_ids(form.getlist(kind)) for kind in KINDS},
            "notices": form.get("notices"),
        }
        return self._billing_save(
            account,
            lambda service: service.save_delivery(
                account, channel, typed["codes"], language, typed["recipients"], typed["notices"]
            ),
            typed=typed,
        )

    @http.route(
        "/my/billing/preferences/<int:account_id>/people", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_save_people(self, account_id, is_open=None, link_view=None, **kwargs):
        """Keep who of the customer sees the account, and what a link shows."""
        account = self._billing_get_account(account_id, MANAGE)
        form = request.httprequest.form
        given = {name.removeprefix("role_"): form[name] for name in form if name.startswith("role_")}
        roles = {number: role for text, role in given.items() for number in self._billing_read_ids([text])}
        given = (account, bool(is_open), roles, link_view)
        return self._billing_save(account, lambda service: service.save_people(*given))

    @http.route(
        "/my/billing/preferences/<int:account_id>/invite", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_invite(self, account_id, name=None, email=None, role=None, **kwargs):
        """Give a colleague a role on the account, and mail them the link to log in."""
        account = self._billing_get_account(account_id, MANAGE)
        limit_invitations(account.partner_id.commercial_partner_id)
        inviting = request.env["billing.portal.inviting"]
        invited, error = self._billing_try(lambda: inviting.invite(account, name, email, role))
        if error:
            form = {"name": name, "email": email, "role": role}
            return self._billing_show_preferences(self._billing_get_owned(), account, invite_error=error, invite=form)
        return request.redirect(f"/my/billing/preferences?account={account.id}&invited={invited}#invite")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_owned(self):
        """Return the accounts (elevated) that the visitor manages."""
        access = request.env["billing.portal.access"]
        return [
            account.with_company(account.company_id)
            for account, role in self._billing_get_roles().items()
            if access.allows(role, MANAGE)
        ]

    def _billing_save(self, account, act, typed=None):
        _done, error = self._billing_try(lambda: act(request.env["billing.portal.preferences"]))
        if error:
            return self._billing_show_preferences(self._billing_get_owned(), account, error=error, typed=typed)
        return request.redirect(f"/my/billing/preferences?account={account.id}&saved=1")

    def _billing_show_preferences(self, owned, account, saved=False, error=None, typed=None, **more):
        """Show the page; what was typed and refused stands in the form, else what is kept."""
        page = request.env["billing.portal.preferences"].get_page(account) if account else {}
        if account and not typed:
            typed = {
                "channel": account.delivery_channel,
                "codes": page["chosen_formats"].mapped("code"),
                "language": account.partner_id.lang,
                "recipients": page["chosen_recipients"],
                "notices": page["chosen_notice_channel"],
            }
        return self._billing_render(
            "online_billing_portal.preferences",
            "preferences",
            accounts=owned,
            account=account,
            saved=saved,
            error=error,
            typed=typed,
            invited_as=INVITED_AS,
            **page,
            **more,
        )
