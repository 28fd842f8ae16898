"""Pay everything that is open on an account at once, by the link of a reminder and without login."""

from datetime import timedelta

from odoo import fields, http
from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.payment.controllers.post_processing import PaymentPostProcessing
from odoo.exceptions import ValidationError
from odoo.fields import Command
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..services.receivables.values import NOT_ASKED

SCOPES = ("due", "all")
# so long the page says what has been paid on it
JUST_NOW = timedelta(hours=1)


class BillingPay(PortalAccount):
    @http.route(
        "/billing/pay/<int:account_id>/<int:currency_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def billing_pay(self, account_id, currency_id, access_token=None, scope=None, **kwargs):
        """Show what is open and Odoo's payment form for it; without a right token the page does not exist."""
        account_sudo, currency = self._billing_check(account_id, currency_id, access_token)
        open_items = self._billing_get_open(account_sudo, currency)
        scope = scope if scope in SCOPES else None
        if scope is None:
            scope = "due" if open_items["due"] else "all"
        values = {
            "page_name": "billing_pay",
            "account": account_sudo,
            "company": account_sudo.company_id,
            "res_company": account_sudo.company_id,  # logo and footer: of whoever is paid, not of the visitor
            "currency": currency,
            "scope": scope,
            "open_items": open_items,
            "received": self._billing_get_received(account_sudo, currency),
            "amount": float(open_items[scope] - open_items["kept"][scope]),
            "pay_path": request.env["billing.pay.links"].get_pay_path(account_id, currency_id),
        }
        if values["amount"] > 0:
            values |= self._get_common_page_view_values(
                invoices_data={
                    "partner": account_sudo.partner_id,
                    "company": account_sudo.company_id,
                    "total_amount": values["amount"],
                    "currency": currency,
                    "landing_route": values["pay_path"],
                    "transaction_route": f"/billing/pay/{account_id}/{currency_id}/transaction/{scope}",
                },
                access_token=access_token,
            )
        return request.render("online_billing.pay_page", values)

    @http.route(
        "/billing/pay/<int:account_id>/<int:currency_id>/transaction/<string:scope>", type="jsonrpc", auth="public"
    )
    def billing_pay_transaction(self, account_id, currency_id, scope, access_token=None, **kwargs):
        """Create the transaction over all listed invoices; the amount is what is open now, whatever the page says."""
        account_sudo, currency = self._billing_check(account_id, currency_id, access_token)
        if scope not in SCOPES:
            raise NotFound
        self._validate_transaction_kwargs(kwargs, additional_allowed_keys=("payment_reference",))
        account_sudo.hold()  # of several pages that are confirmed at once, the others see what the first has begun
        paying = request.env["billing.paying"]
        open_items = self._billing_get_open(account_sudo, currency)
        amount, pending = open_items[scope] - open_items["kept"][scope], open_items["pending"]
        if amount <= 0:
            raise ValidationError(
                paying.get_under_way_message(pending, currency)
                if pending
                else request.env._("Nothing is open on this account any more. Thank you.")
            )
        asked = kwargs.get("amount")
        if not paying.is_amount(asked) or currency.compare_amounts(asked, float(amount)):
            raise ValidationError(request.env._("What is open has changed meanwhile. Please reload the page."))
        moves = self._billing_get_moves(open_items, scope)
        company = account_sudo.company_id
        reference = moves.name if len(moves) == 1 else company.get_next_batch_payment_communication()
        logged_in = not request.env.user._is_public()
        partner_sudo = request.env.user.partner_id if logged_in else account_sudo.partner_id
        tx_sudo = self._create_transaction(
            **paying.read_way(kwargs, company, partner_sudo, currency),
            landing_route=request.env["billing.pay.links"].get_pay_path(account_id, currency_id),
            amount=float(amount),
            currency_id=currency.id,
            partner_id=partner_sudo.id,
            reference_prefix=reference,
            custom_create_values={
                "invoice_ids": [Command.set(moves.ids)],
                "billing_account_id": account_sudo.id,
                "billing_discounts": self._billing_get_discounts(open_items, scope),
            },
        )
        return tx_sudo._get_processing_values()

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_check(self, account_id, currency_id, access_token):
        """Return account and currency for a right token; a wrong one learns nothing, not even that they exist."""
        if not request.env["billing.pay.links"].is_pay_token(access_token, account_id, currency_id):
            raise NotFound
        # sudo: the token stands for the right to see and pay what is open on this account
        account_sudo = request.env["billing.account"].sudo().browse(account_id).exists()
        currency = request.env["res.currency"].sudo().browse(currency_id).exists()
        if not account_sudo or not currency:
            raise NotFound
        return account_sudo.with_company(account_sudo.company_id), currency

    def _billing_get_open(self, account_sudo, currency):
        """Return what is open: rows for the page, what is due, what is open at all, and what is being paid."""
        receivables = request.env["billing.open.items"].sudo()  # sudo: as above
        items = receivables.get_items([account_sudo.id])[account_sudo.id]
        items = [item for item in items if item.currency_id == currency.id]
        today = fields.Date.context_today(account_sudo.with_context(tz=account_sudo.timezone))
        moves = {move.id: move for move in request.env["account.move"].sudo().browse({i.move_id for i in items})}
        rows = [
            {
                "item": item,
                "move": moves[item.move_id],
                "amount": float(item.amount),
                "is_resting": item.amount > 0 and item.get_resting(today, NOT_ASKED) >= item.amount,
                "is_due": item.amount > 0 and item.due_date <= today,
                "is_overdue": item.amount > 0 and item.due_date < today,
            }
            for item in items
        ]
        pending = request.env["billing.paying"].get_under_way(items)
        kept = receivables.get_discounts(items, today)
        for row in rows:
            row["kept"] = kept["lines"].get(row["item"].line_id)
        return {"rows": rows, "pending": pending, "kept": kept, **receivables.sum_up(items, today)}

    def _billing_get_discounts(self, open_items, scope):
        """Return what is kept of each journal item of a scope, as the payment remembers it."""
        rows = [row for row in open_items["rows"] if row["kept"] and (scope == "all" or row["is_due"])]
        return {str(row["item"].line_id): float(row["kept"]) for row in rows}

    def _billing_get_received(self, account_sudo, currency):
        """Return the payment that this visitor has just made for this account; none after an hour."""
        tx_sudo = PaymentPostProcessing()._get_monitored_transaction()
        just_now = fields.Datetime.now() - JUST_NOW
        is_own = tx_sudo.billing_account_id == account_sudo and tx_sudo.currency_id == currency
        if is_own and tx_sudo.state == "done" and tx_sudo.last_state_change >= just_now:
            return tx_sudo
        return tx_sudo.browse()

    def _billing_get_moves(self, open_items, scope):
        """Return the documents that the payment settles: invoices of the scope, and credit notes taken off."""
        moves = request.env["account.move"].sudo()  # sudo: the token has been checked
        for row in open_items["rows"]:
            item = row["item"]
            if row["is_resting"] or item.kind == "payment":
                continue
            if item.amount < 0 or scope == "all" or row["is_due"]:
                moves |= row["move"]
        return moves
