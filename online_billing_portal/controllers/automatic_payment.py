"""Automatic payment on the customer's pages: agreeing, changing, stopping one debit, withdrawing."""

from datetime import date
from urllib.parse import urlencode

from odoo import http
from odoo.http import request

from ..services.access import AUTOMATIC
from ..services.automatic_payment import PLACES
from .billing import BillingPages

TERMS = ("day_rule", "day_number", "limit_debit", "limit_month")


class BillingAutomaticPayment(BillingPages):
    @http.route("/my/billing/automatic", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_automatic(self, account=None, done=None, **kwargs):
        """Show what holds, what is coming and what was tried; who decides finds the forms besides."""
        return self._billing_show_automatic(account, done=done)

    @http.route("/my/billing/automatic/<int:account_id>", type="http", auth="user", methods=["POST"], website=True)
    def billing_automatic_give(self, account_id, version=None, agree=None, failed=None, **kwargs):
        """Agree, or change what was agreed to."""
        account = self._billing_get_account(account_id, AUTOMATIC)
        form = request.httprequest.form
        chosen = [self._billing_read_method(form, place) for place in range(PLACES)]
        given = {name: form.get(name) for name in TERMS}
        service, person = request.env["billing.portal.automatic.payment"], request.env.user.partner_id
        if not agree:
            error = request.env._("Tick that you agree. Without that nothing is collected.")
        else:
            _consent, error = self._billing_try(
                lambda: service.give(account, person, chosen, given, version, bool(failed))
            )
        if error:
            return self._billing_show_automatic(str(account.id), error=error, given=given, chosen=chosen, failed=failed)
        return self._billing_leave_to_automatic(account, "given")

    @http.route(
        "/my/billing/automatic/<int:account_id>/withdraw", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_automatic_withdraw(self, account_id, **kwargs):
        """End automatic payment."""
        account = self._billing_get_account(account_id, AUTOMATIC)
        service, person = request.env["billing.portal.automatic.payment"], request.env.user.partner_id
        _done, error = self._billing_try(lambda: service.withdraw(account, person))
        if error:
            return self._billing_show_automatic(str(account.id), error=error)
        return self._billing_leave_to_automatic(account, "withdrawn")

    @http.route(
        "/my/billing/automatic/<int:account_id>/pause", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_automatic_pause(self, account_id, until=None, **kwargs):
        """Let nothing be collected until a day, or until it is taken up again."""
        account = self._billing_get_account(account_id, AUTOMATIC)
        service, person = request.env["billing.portal.automatic.payment"], request.env.user.partner_id
        # what is no day at all is refused as one that has passed
        day = self._billing_read_day(until) or (date.min if until else None)
        _done, error = self._billing_try(lambda: service.pause(account, person, day))
        if error:
            return self._billing_show_automatic(str(account.id), error=error)
        return self._billing_leave_to_automatic(account, "paused")

    @http.route(
        "/my/billing/automatic/<int:account_id>/resume", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_automatic_resume(self, account_id, **kwargs):
        """Go on with what was paused here."""
        account = self._billing_get_account(account_id, AUTOMATIC)
        service = request.env["billing.portal.automatic.payment"]
        _done, error = self._billing_try(lambda: service.resume(account))
        if error:
            return self._billing_show_automatic(str(account.id), error=error)
        return self._billing_leave_to_automatic(account, "resumed")

    @http.route("/my/billing/automatic/<int:account_id>/stop", type="http", auth="user", methods=["POST"], website=True)
    def billing_automatic_stop(self, account_id, attempt=None, **kwargs):
        """Take back one debit that is coming."""
        account = self._billing_get_account(account_id, AUTOMATIC)
        service, person = request.env["billing.portal.automatic.payment"], request.env.user.partner_id
        [attempt_id] = self._billing_read_ids([attempt or ""]) or [0]
        _done, error = self._billing_try(lambda: service.stop(account, attempt_id, person))
        if error:
            return self._billing_show_automatic(str(account.id), error=error)
        return self._billing_leave_to_automatic(account, "stopped")

    @http.route(
        "/my/billing/automatic/<int:account_id>/leave_out", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_automatic_leave_out(self, account_id, bill=None, **kwargs):
        """Let one bill be asked for like any other."""
        return self._billing_decide_on_bill(account_id, bill, "leave_out", "left_out")

    @http.route(
        "/my/billing/automatic/<int:account_id>/take_in", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_automatic_take_in(self, account_id, bill=None, **kwargs):
        """Let automatic payment have one bill again."""
        return self._billing_decide_on_bill(account_id, bill, "take_in", "taken_in")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_decide_on_bill(self, account_id, bill, act, done):
        account = self._billing_get_account(account_id, AUTOMATIC)
        service, person = request.env["billing.portal.automatic.payment"], request.env.user.partner_id
        [move_id] = self._billing_read_ids([bill or ""]) or [0]
        _done, error = self._billing_try(lambda: getattr(service, act)(account, move_id, person))
        if error:
            return self._billing_show_automatic(str(account.id), error=error)
        return self._billing_leave_to_automatic(account, done)

    def _billing_read_method(self, form, place):
        """Return (id of the saved method, purpose) that was chosen at a place of the order; no id where none was."""
        [token_id] = self._billing_read_ids([form.get(f"token_{place}", "")]) or [0]
        return token_id, form.get(f"purpose_{place}", "all")

    def _billing_leave_to_automatic(self, account, done):
        return request.redirect(f"/my/billing/automatic?{urlencode({'account': account.id, 'done': done})}")

    def _billing_show_automatic(self, wanted, error=None, done=None, given=None, chosen=None, failed=None):
        roles = self._billing_get_roles()
        values = {"accounts": list(roles), "account": None, "may_decide": False}
        if roles:
            account = self._billing_choose(list(roles), wanted)
            role = next(role for one, role in roles.items() if one.id == account.id)
            page = request.env["billing.portal.automatic.payment"].get_page(account, request.env.user.partner_id)
            values |= {
                "account": account,
                "may_decide": request.env["billing.portal.access"].allows(role, AUTOMATIC),
                **page,
                "terms": self._billing_get_terms(page, given),
                "takes_up_failed": bool(failed),
            }
            if chosen:
                values["places"] = [{"token_id": token_id, "purpose": purpose} for token_id, purpose in chosen]
        return self._billing_render(
            "online_billing_portal.automatic_payment", "automatic", **values, error=error, done=done
        )

    def _billing_get_terms(self, page, given):
        """Return what stands in the form: what was typed, else what holds."""
        if given:
            return given
        consent = page["consent"]
        return {
            "day_rule": consent.day_rule if consent else "due",
            "day_number": str(consent.day_number) if consent and consent.day_rule != "due" else "",
            "limit_debit": page["typed"].get("limit_debit", ""),
            "limit_month": page["typed"].get("limit_month", ""),
        }
