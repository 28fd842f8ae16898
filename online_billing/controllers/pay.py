"""Pay everything that is open on an account at once, by the link of a reminder and without login."""

from datetime import timedelta
from urllib.parse import urlencode

from odoo import fields, http
from odoo.addons.account_payment.controllers.portal import PortalAccount
from odoo.addons.payment.controllers.post_processing import PaymentPostProcessing
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Domain
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..models.payments.res_company import ALL as ALL_SHOWN
from ..models.payments.res_company import NOTHING
from ..services.receivables.values import NOT_ASKED
from ..services.shared.numbers import as_float
from ..services.shared.typed_amounts import read_amount, write_amount
from .closed_pages import close
from .limits import admit_payer, limit_payments, note_guess, stop_guessing

# "next" is what is due, else what falls due first; "other" is an amount of the customer's; "part-7" is installment 7
# "documents-12-15" are chosen documents
DUE, NEXT, ALL, OTHER, PART, DOCUMENTS = "due", "next", "all", "other", "part-", "documents-"
# so many rows the page shows unless all are asked for: whoever owes hundreds of bills looks at a sum first
MOST_ROWS = 100
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
    def billing_pay(self, account_id, currency_id, access_token=None, scope=None, wanted=None, rows=None, **kwargs):
        """Show what is open and Odoo's payment form for it; without a right token the page does not exist.

        Who has just paid and owes nothing today is asked for nothing, until they choose what to pay as well. So is who
        has chosen what is paid meanwhile, on another page maybe: something else is never asked for instead.
        """
        account_sudo, currency = self._billing_check(account_id, currency_id, access_token)
        view = request.env["billing.link.privacy"].get_shown(account_sudo, request.env.user)
        # never a link of today: who has an old one would have a new one for ever
        path = self._billing_get_path(account_id, currency_id, access_token)
        if view == NOTHING:
            if not request.env.user._is_public():
                raise NotFound
            return request.redirect(f"/web/login?{urlencode({'redirect': path})}")
        open_items = self._billing_get_open(account_sudo, currency)
        if not self._billing_is_pay_link_open(account_sudo, currency, access_token, open_items):
            values = {
                "page_name": "billing_link",
                "renew_path": f"/billing/pay/{account_id}/{currency_id}/renew",
                "token": access_token,
            }
            response = close(request.render("online_billing.link_ended", values))
            response.status_code = 410
            return response
        received = self._billing_get_received(account_sudo, currency)
        settled = self._billing_get_settled(account_sudo, currency, scope)
        scope = self._billing_leave_out_paid(open_items, scope)
        is_scope = self._billing_is_scope(open_items, scope)
        is_choice_gone = not is_scope and isinstance(scope, str) and scope.startswith((PART, DOCUMENTS))
        if not is_scope:
            scope = None if is_choice_gone or (received and not open_items["due"]) else NEXT
        amount = self._billing_get_amount(open_items, scope, self._billing_read_typed(wanted, currency))
        following = self._billing_get_rows(open_items, NEXT)
        values = {
            "page_name": "billing_pay",
            "account": account_sudo,
            "company": account_sudo.company_id,
            "res_company": account_sudo.company_id,  # logo and footer: of whoever is paid, not of the visitor
            "currency": currency,
            "scope": scope,
            "open_items": open_items,
            "rows": open_items["rows"] if rows == "all" else open_items["rows"][:MOST_ROWS],
            "received": received,
            "amount": float(amount),
            "typed_amount": write_amount(request.env, amount, currency) if scope == OTHER and amount else "",
            "asked": float(self._billing_get_amount(open_items, ALL)),
            "next_amount": float(self._billing_get_amount(open_items, NEXT)),
            "next_day": following and max(row["item"].due_date for row in following),
            "next_name": len(following) == 1 and following[0]["name"],
            "view": view,
            "chosen": self._billing_get_chosen(open_items, scope),
            "settled": settled,
            "is_choice_gone": is_choice_gone,
            "pay_path": path,
            "pay_page": f"/billing/pay/{account_id}/{currency_id}",
            "pay_token": access_token,
        }
        values["refusal"] = request.env["billing.paying"].get_refusal(request.env.user, account_sudo)
        if values["amount"] > 0 and not values["refusal"]:
            values["other_ways"] = self._billing_get_ways_of_scope(account_sudo, currency, open_items, scope, values)
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
            if request.env.user._is_public():
                values["tokens_sudo"] = request.env["payment.token"]  # a link is no log-in
            if currency == account_sudo.currency_id:
                wishes = request.env["billing.consent.wishes"]
                methods = values["payment_methods_sudo"]
                values["unsaved_methods"] = wishes.find_unsaved(methods, values["providers_sudo"])
                if values["tokens_sudo"] or methods - values["unsaved_methods"]:
                    values["consent_offer"] = wishes.get_offer(account_sudo, request.env.user)
        return close(request.render("online_billing.pay_page", values))

    @http.route(
        "/billing/pay/<int:account_id>/<int:currency_id>/transaction/<string:scope>", type="jsonrpc", auth="public"
    )
    def billing_pay_transaction(
        self, account_id, currency_id, scope, access_token=None, billing_consent=None, **kwargs
    ):
        """Create the transaction over what was chosen; the amount is what is open now, whatever the page says.

        Who wishes for automatic payment besides sends the version of the words that they have read.
        """
        account_sudo, currency = self._billing_check(account_id, currency_id, access_token)
        if request.env["billing.link.privacy"].get_shown(account_sudo, request.env.user) == NOTHING:
            raise ValidationError(request.env._("Please log in to pay this."))
        if refusal := request.env["billing.paying"].get_refusal(request.env.user, account_sudo):
            raise AccessError(refusal)
        self._validate_transaction_kwargs(kwargs, additional_allowed_keys=("payment_reference",))
        admit_payer(account_sudo)
        account_sudo.hold()  # of several pages that are confirmed at once, the others see what the first has begun
        paying = request.env["billing.paying"]
        open_items = self._billing_get_open(account_sudo, currency)
        if not self._billing_is_pay_link_open(account_sudo, currency, access_token, open_items):
            raise ValidationError(request.env._("This link has ended. Please reload the page."))
        asked, pending = kwargs.get("amount"), open_items["pending"]
        if not self._billing_is_scope(open_items, scope):
            if scope.startswith((PART, DOCUMENTS)):
                raise ValidationError(request.env._("What is open has changed meanwhile. Please reload the page."))
            raise NotFound
        wanted = paying.read_wanted(asked, currency)
        amount = self._billing_get_amount(open_items, scope, wanted)
        if self._billing_get_amount(open_items, ALL) <= 0:
            raise ValidationError(
                paying.get_under_way_message(pending, currency)
                if pending
                else request.env._("Nothing is open on this account any more. Thank you.")
            )
        if amount <= 0 or not paying.is_amount(asked) or currency.compare_amounts(asked, float(amount)):
            raise ValidationError(request.env._("What is open has changed meanwhile. Please reload the page."))
        moves = self._billing_get_moves(open_items, scope)
        installments = {row["item"].installment_id for row in self._billing_get_rows(open_items, scope)}
        company = account_sudo.company_id
        reference = moves.name if len(moves) == 1 else company.get_next_batch_payment_communication()
        logged_in = not request.env.user._is_public()
        partner_sudo = request.env.user.partner_id if logged_in else account_sudo.partner_id
        limit_payments(moves, partner_sudo, account_sudo)
        way, wish = paying.read_way(kwargs, company, partner_sudo, currency), {}
        if billing_consent:
            wish = request.env["billing.consent.wishes"].prepare_values(
                account_sudo, currency, request.env.user, billing_consent, way
            )
        tx_sudo = self._create_transaction(
            **way,
            landing_route=self._billing_get_path(account_id, currency_id, access_token),
            amount=float(amount),
            currency_id=currency.id,
            partner_id=partner_sudo.id,
            reference_prefix=reference,
            custom_create_values={
                "invoice_ids": [Command.set(moves.ids)],
                "billing_account_id": account_sudo.id,
                "billing_installment_id": len(installments) == 1 and installments.pop(),
                "billing_discounts": self._billing_get_discounts(open_items, scope),
                **wish,
            },
        )
        return tx_sudo._get_processing_values()

    @http.route(
        "/billing/pay/<int:account_id>/<int:currency_id>/renew",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def billing_renew_pay_link(self, account_id, currency_id, access_token=None, **kwargs):
        """Mail a new link to the known addresses to whoever has one that has ended; the answer is always the same."""
        account_sudo, currency = self._billing_check(account_id, currency_id, access_token)
        open_items = self._billing_get_open(account_sudo, currency)
        if not self._billing_is_pay_link_open(account_sudo, currency, access_token, open_items):
            day = request.env["billing.days"].get_local_day(account_sudo)
            # sudo: to the known addresses alone
            request.env["billing.link.privacy"].sudo().renew_pay_link(account_sudo, currency, day)
        return close(request.render("online_billing.link_ended", {"page_name": "billing_link", "renewed": True}))

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_check(self, account_id, currency_id, access_token):
        """Return account and currency for a right token; a wrong one learns nothing, not even that they exist."""
        stop_guessing()
        if not request.env["billing.pay.links"].read_pay_token(access_token, account_id, currency_id):
            if access_token:
                note_guess()
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
        asked = {id(one.item): one.active for one in receivables.stand(items, today, NOT_ASKED)}
        kept = receivables.get_discounts(items, today)["lines"]
        rows = [
            {
                "item": item,
                "move": moves[item.move_id],
                "name": self._billing_get_name(item),
                "amount": float(item.usable),
                "asked": asked.get(id(item), 0),
                "kept": kept.get(item.line_id),
                "is_resting": item.amount > 0 and item.get_resting(today, NOT_ASKED) >= item.amount,
                "is_due": item.amount > 0 and item.due_date <= today,
                "is_overdue": item.amount > 0 and item.due_date < today,
            }
            for item in items
            if item.usable
        ]
        # an installment of several documents is paid at once: it is offered with the first of them
        parts = {}
        for row in rows:
            if row["item"].installment_id and row["asked"] > 0:
                parts.setdefault(row["item"].installment_id, []).append(row)
        for own in parts.values():
            own[0]["part"] = float(sum(row["asked"] - (row["kept"] or 0) for row in own))
        pending = request.env["billing.paying"].get_under_way(items)
        return {"rows": rows, "pending": pending, **receivables.sum_up(items, today)}

    def _billing_get_name(self, item):
        """Return how an open item is called on the page that is an installment; nothing for what is none."""
        # sudo: as above
        installment = request.env["billing.installment"].sudo().browse(item.installment_id or ())
        return self._billing_get_installment_name(installment) if installment else ""

    def _billing_get_installment_name(self, installment):
        if installment.kind == "regular":
            parts = installment.plan_id.installment_ids.filtered(lambda part: part.kind == "regular")
            return request.env._(
                "Installment %(number)s of %(count)s", number=parts.ids.index(installment.id) + 1, count=len(parts)
            )
        return dict(installment._fields["kind"]._description_selection(request.env))[installment.kind]

    def _billing_is_scope(self, open_items, scope):
        """Tell whether something can be chosen to pay: of documents and parts each has to be asked for."""
        if not isinstance(scope, str):
            return False
        asked = [row["item"] for row in open_items["rows"] if row["asked"] > 0]
        if documents := self._billing_split(scope, DOCUMENTS):
            return set(documents) <= {str(item.move_id) for item in asked}
        parts = {item.installment_id for item in asked} - {None}
        return scope in {DUE, NEXT, ALL, OTHER, *(f"{PART}{number}" for number in parts)}

    def _billing_leave_out_paid(self, open_items, scope):
        """Return a scope of the page without chosen documents of which nothing is asked for any more."""
        if not (documents := self._billing_split(scope, DOCUMENTS)):
            return scope
        asked = {str(row["item"].move_id) for row in open_items["rows"] if row["asked"] > 0}
        return DOCUMENTS + "-".join(one for one in documents if one in asked)

    def _billing_split(self, scope, kind):
        """Return the numbers that a scope of one kind names, as they stand in the address; none of another kind."""
        return scope.removeprefix(kind).split("-") if isinstance(scope, str) and scope.startswith(kind) else []

    def _billing_get_chosen(self, open_items, scope):
        """Return the numbers of the documents that were chosen one by one; none for other scopes."""
        if not self._billing_split(scope, DOCUMENTS):
            return []
        return list(dict.fromkeys(row["move"].name for row in self._billing_get_rows(open_items, scope)))

    def _billing_get_settled(self, account_sudo, currency, scope):
        """Return how that is called which somebody chose and which is settled: documents and parts of this account."""
        documents, parts = self._billing_split(scope, DOCUMENTS), self._billing_split(scope, PART)
        ids = [int(text) for text in documents or parts if text.isascii() and text.isdigit() and len(text) < 10]
        if not ids:
            return []
        own = Domain("id", "in", ids) & Domain("currency_id", "=", currency.id)
        if parts:
            own &= Domain("account_id", "=", account_sudo.id) & Domain("state", "=", "paid")
            # sudo: as above
            paid = request.env["billing.installment"].sudo().search(own)
            return [self._billing_get_installment_name(installment) for installment in paid]
        own &= Domain("billing_account_id", "=", account_sudo.id) & Domain("state", "=", "posted")
        moves = request.env["account.move"].sudo().search(own, order="id")  # sudo: as above
        return moves.filtered(request.env["billing.open.documents"].is_settled).mapped("name")

    def _billing_get_path(self, account_id, currency_id, access_token):
        """Return the address of the page with the token by which the visitor came."""
        return f"/billing/pay/{account_id}/{currency_id}?{urlencode({'access_token': access_token})}"

    def _billing_is_pay_link_open(self, account_sudo, currency, access_token, open_items):
        """Tell whether the link of the visitor is still accepted; whoever sees the account anyway needs none."""
        privacy = request.env["billing.link.privacy"].sudo()  # sudo: mere conditions
        if privacy.sees_account(account_sudo, request.env.user):
            return True
        link = request.env["billing.pay.links"].read_pay_token(access_token, account_sudo.id, currency.id)
        owed = request.env["account.move"].sudo()  # sudo: as above
        owed = owed.union(*(row["move"] for row in open_items["rows"] if row["amount"] > 0))
        day = request.env["billing.days"].get_local_day(account_sudo)
        return not link.is_turned and privacy.is_pay_link_open(account_sudo, link.issued, day, owed)

    def _billing_get_rows(self, open_items, scope):
        """Return the rows of what is paid by a scope."""
        rows = [row for row in open_items["rows"] if row["asked"] > 0]
        if scope is None:
            return []
        if scope == DUE or (scope == NEXT and open_items["due"]):
            return [row for row in rows if row["is_due"]]
        if scope == NEXT:
            first = min((row["item"].due_date for row in rows), default=None)
            return [row for row in rows if row["item"].due_date == first]
        if scope.startswith(PART):
            return [row for row in rows if f"{PART}{row['item'].installment_id}" == scope]
        if documents := set(self._billing_split(scope, DOCUMENTS)):
            return [row for row in rows if str(row["item"].move_id) in documents]
        return rows

    def _billing_get_amount(self, open_items, scope, wanted=0):
        """Return what is paid by a scope; of another amount only what is not more than is asked for."""
        rows = self._billing_get_rows(open_items, scope)
        if scope == OTHER:
            return wanted if wanted <= sum(row["asked"] for row in rows) else 0
        return sum(row["asked"] - (row["kept"] or 0) for row in rows)

    def _billing_read_typed(self, text, currency):
        """Return the amount that somebody typed; zero where it is none."""
        try:
            wanted = as_float(read_amount(request.env, text, currency))
        except ValueError:
            wanted = None
        return request.env["billing.paying"].read_wanted(wanted, currency)

    def _billing_get_discounts(self, open_items, scope):
        """Return what is kept of each journal item of a scope, as the payment remembers it."""
        rows = [] if scope == OTHER else self._billing_get_rows(open_items, scope)
        return {str(row["item"].line_id): float(row["kept"]) for row in rows if row["kept"]}

    def _billing_get_ways_of_scope(self, account_sudo, currency, open_items, scope, values):
        """Return how the amount of a scope is paid without a card; see `billing.other.ways`."""
        paid = {row["item"].move_id for row in self._billing_get_rows(open_items, scope)}
        # sudo: the token has been checked
        moves, ways = request.env["account.move"].sudo().browse(paid), request.env["billing.other.ways"].sudo()
        return ways.get_ways(account_sudo, currency, values["amount"], moves, values["view"] == ALL_SHOWN)

    def _billing_get_received(self, account_sudo, currency):
        """Return the payment that this visitor has just made for this account; none after an hour."""
        tx_sudo = PaymentPostProcessing()._get_monitored_transaction()
        just_now = fields.Datetime.now() - JUST_NOW
        is_own = tx_sudo.billing_account_id == account_sudo and tx_sudo.currency_id == currency
        if is_own and tx_sudo.state == "done" and tx_sudo.last_state_change >= just_now:
            return tx_sudo
        return tx_sudo.browse()

    def _billing_get_moves(self, open_items, scope):
        """Return the documents that the payment settles: those of the scope, and credit notes taken off."""
        moves = request.env["account.move"].sudo()  # sudo: the token has been checked
        held_back = {row["item"].move_id for row in open_items["rows"] if row["item"].held_back}
        paid = {row["item"].line_id for row in self._billing_get_rows(open_items, scope)}
        for row in open_items["rows"]:
            item = row["item"]
            if row["is_resting"] or item.kind == "payment" or item.move_id in held_back:
                continue
            if (item.amount < 0 and not scope.startswith((PART, DOCUMENTS))) or item.line_id in paid:
                moves |= row["move"]
        return moves
