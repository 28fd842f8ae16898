"""Installments of a customer: what runs, and asking for more."""

from urllib.parse import urlencode

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.access import AGREE
from ..services.installments import INTERVALS, MOST_OFFERED
from .billing import BillingPages


class BillingInstallments(BillingPages):
    @http.route("/my/billing/installments", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_installments(self, account=None, count=None, every=None, first=None, done=None, **kwargs):
        """Show plans with their progress, and what may be divided; with documents in the address, the plan to be."""
        wish = {"count": count, "every": every, "first": self._billing_read_day(first)}
        move_ids = self._billing_read_ids(request.httprequest.args.getlist("move"))
        return self._billing_show_installments(account, move_ids, wish, done=done)

    @http.route(
        "/my/billing/installments/<int:account_id>/agree", type="http", auth="user", methods=["POST"], website=True
    )
    def billing_installments_agree(self, account_id, count=None, every=None, first=None, digest=None, **kwargs):
        """Agree on a plan as it was shown, or ask for it."""
        account = self._billing_get_account(account_id, AGREE)
        move_ids = self._billing_read_ids(request.httprequest.form.getlist("move"))
        wish = {"count": count, "every": every, "first": self._billing_read_day(first)}
        service, person = request.env["billing.portal.installments"], request.env.user.partner_id

        def agree():
            read = service.read_wish(account, **wish)
            return service.agree(account, move_ids, read, digest, person)

        plan, error = self._billing_try(agree)
        if error:
            return self._billing_show_installments(str(account.id), move_ids, wish, error=error)
        return self._billing_leave_to(account, "requested" if plan.state == "requested" else "agreed")

    @http.route(
        "/my/billing/installments/plan/<int:plan_id>/<string:act>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def billing_installments_act(self, plan_id, act, **kwargs):
        """Withdraw a request, or let the rest of a plan fall due today."""
        service, person = request.env["billing.portal.installments"], request.env.user.partner_id
        acts = {"withdraw": service.withdraw, "settle": service.settle}
        if act not in acts:
            raise NotFound
        # sudo: the role on its account is asked for at once
        plan = request.env["billing.installment.plan"].sudo().browse(self._billing_read_id(plan_id)).exists()
        account = self._billing_get_account(plan.account_id.id, AGREE)
        _done, error = self._billing_try(lambda: acts[act](plan.with_company(account.company_id), person))
        if error:
            return self._billing_show_installments(str(account.id), [], {}, error=error)
        return self._billing_leave_to(account, act)

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_leave_to(self, account, done):
        return request.redirect(f"/my/billing/installments?{urlencode({'account': account.id, 'done': done})}")

    def _billing_show_installments(self, wanted, move_ids, wish, error=None, done=None):
        service, access = request.env["billing.portal.installments"], request.env["billing.portal.access"]
        roles = self._billing_get_roles()
        accounts = request.env["billing.account"].sudo().union(*roles)  # sudo: roles were asked
        agreeing = [account for account, role in roles.items() if access.allows(role, AGREE)]
        chosen = self._billing_choose(agreeing, wanted) if agreeing else None
        preview, plannable = None, service.get_plannable(chosen) if chosen else ()
        if chosen and move_ids and not error:
            try:
                preview = service.preview(chosen, move_ids, service.read_wish(chosen, **wish))
            except UserError as refusal:
                error = str(refusal)
        asked = plannable and plannable.filtered(lambda move: move.id in move_ids) or plannable
        return self._billing_render(
            "online_billing_portal.installments",
            "installments",
            plans=service.get_plans(accounts),
            agreeing=agreeing,
            account=chosen,
            plannable=plannable,
            is_cut=len(plannable) == MOST_OFFERED,
            plannable_amounts=service.get_amounts(plannable) if plannable else {},
            chosen_ids=set(move_ids),
            count=wish.get("count") or "3",
            every=wish.get("every") or "month",
            first=wish.get("first"),
            intervals=self._billing_get_intervals(),
            offer=service.get_offer(chosen, asked) if asked and not preview else None,
            preview=preview,
            error=error,
            done=done if done in ("requested", "agreed", "withdraw", "settle") else None,
            account_names=self._billing_get_account_names(accounts),
        )

    def _billing_get_intervals(self):
        _ = request.env._
        labels = {"month": _("every month"), "fortnight": _("every two weeks"), "week": _("every week")}
        return [(name, labels[name]) for name in INTERVALS]
