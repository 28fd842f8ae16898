"""Billing in Odoo's portal: what is overdue, paying a chosen installment, and what a link alone shows."""

import logging
from datetime import datetime
from urllib.parse import urlencode

from odoo import http
from odoo.addons.account_payment.controllers import payment, portal
from odoo.addons.payment import utils as payment_utils
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.fields import Command, Domain
from odoo.http import request

from ..models.payments.res_company import ALL, AMOUNT, NOTHING
from ..services.shared.numbers import as_float
from .closed_pages import close
from .limits import limit_payments, limit_payments_of_nothing, limit_saving, note_guess, stop_guessing

_logger = logging.getLogger(__name__)

LARGEST_AMOUNT = 10**15  # larger ones have no cents as numbers of a program


def _is_token(token, *values):
    """Compare a token; anything that is no token at all is simply wrong."""
    return isinstance(token, str) and token.isascii() and payment_utils.check_access_token(token, *values)


def _read_token(token):
    """Return what Odoo can compare with a token: it would stumble over other letters."""
    return token if isinstance(token, str) and token.isascii() else None


def _is_day(text):
    """Tell whether a text is a day, or a moment, as the addresses of Odoo's lists have them."""
    try:
        datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return False
    return True


def _offer_nothing(refusal=""):
    """Return what a page of Odoo renders where there is no way to pay, and why."""
    return {
        "providers_sudo": request.env["payment.provider"],
        "payment_methods_sudo": request.env["payment.method"],
        "tokens_sudo": request.env["payment.token"],
        "transaction_route": None,
        "billing_refusal": refusal,
    }


def _find_left_out(invoices):
    """Return those of some invoices whose accounts the visitor may not pay."""
    # sudo: whose an invoice is decides who pays it
    refused = request.env["billing.paying"].get_refused(request.env.user, invoices.sudo().billing_account_id)
    return invoices.filtered(lambda invoice: invoice.sudo().billing_account_id in refused)


class InstallmentPortal(portal.PortalAccount):
    def _prepare_my_invoices_values(self, page, date_begin, date_end, sortby, filterby, *args, **kwargs):
        """Lead nobody from Odoo's list to a payment that they may not make.

        What cannot be read of an address counts as not said: Odoo would stumble over it.
        """
        sortby = sortby if sortby in self._get_account_searchbar_sortings() else None
        filterby = filterby if filterby in self._get_account_searchbar_filters() else None
        if not (_is_day(date_begin) and _is_day(date_end)):
            date_begin = date_end = None
        values = super()._prepare_my_invoices_values(page, date_begin, date_end, sortby, filterby, *args, **kwargs)
        get_invoices = values["invoices"]

        def find(pager_offset):
            rows = get_invoices(pager_offset)
            left_out = _find_left_out(request.env["account.move"].union(*(row["invoice"] for row in rows)))
            for row in rows:
                row["billing_may_pay"] = row["invoice"] not in left_out
            return rows

        return values | {"invoices": find}

    def _get_overdue_invoices_domain(self, partner_id=None):
        """Count an invoice as overdue as soon as one of its installments is, on the local day of its account."""
        domain = Domain(super()._get_overdue_invoices_domain(partner_id))
        partner = partner_id or request.env.user.partner_id.id
        overdue = request.env["account.move"]._get_locally_overdue_domain(partner)
        domain = domain.map_conditions(
            lambda condition: overdue if condition.field_expr == "invoice_date_due" else condition
        )
        # set while all that is overdue is being paid: Odoo asks here which documents these are
        left_out = getattr(request, "billing_left_out", ())
        return domain & Domain("id", "not in", left_out) if left_out else domain

    def _overdue_invoices_get_page_view_values(self, overdue_invoices, **kwargs):
        """Ask for what is overdue of planned invoices, and not for all of them; for nothing in dispute or credited.

        What the visitor may not pay is left out, and named with the reason; where nothing else is there, no form is.
        """
        left_out = _find_left_out(overdue_invoices)
        offered = overdue_invoices - left_out or overdue_invoices
        values = super()._overdue_invoices_get_page_view_values(offered, **kwargs)
        paying, visitor = request.env["billing.paying"], request.env.user
        # sudo: whose the invoices are decides what is asked for
        if "payment" in values and offered.sudo().billing_account_id:
            amount = paying.get_overdue_amount(offered.sudo())  # sudo: as above
            values["amount"] = values["payment"]["amount"] = amount
            if not amount:
                values |= _offer_nothing(request.env._("There is nothing to pay at the moment."))
        # sudo: whose the invoices are decides who pays them
        if refusal := paying.get_refusal(visitor, offered.sudo().billing_account_id):
            values |= _offer_nothing(refusal)
        elif left_out:
            why = paying.get_refusal(visitor, left_out.sudo().billing_account_id)  # sudo: as above
            values |= {"billing_left_out": left_out, "billing_left_out_why": why}
        return values

    @http.route()
    def portal_my_invoice_detail(self, invoice_id, access_token=None, **kw):
        answer = self._billing_answer_link(invoice_id, access_token)
        answer = answer or super().portal_my_invoice_detail(invoice_id, access_token=access_token, **kw)
        return close(answer) if access_token else answer

    def _billing_answer_link(self, invoice_id, access_token):
        """Return what a link alone leads to instead of the document; nothing where it shows the document."""
        try:
            move_sudo = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError):
            return None
        account_sudo, privacy = move_sudo.billing_account_id, request.env["billing.link.privacy"]
        if not account_sudo or request.env["account.move"].browse(invoice_id).has_access("read"):
            return None
        if not privacy.is_link_open(move_sudo, move_sudo._get_billing_day()):
            values = {"page_name": "billing_link", "move_id": invoice_id, "token": access_token}
            response = close(request.render("online_billing.link_ended", values))
            response.status_code = 410
            return response
        view = privacy.get_shown(account_sudo, request.env.user)
        if view == NOTHING:
            return self._billing_ask_to_log_in(f"/my/invoices/{invoice_id}")
        if view == AMOUNT:
            values = self._invoice_get_page_view_values(move_sudo, access_token)
            # not as `invoice`, of which Odoo's breadcrumbs tell the number
            values |= {"invoice": None, "document": move_sudo, "page_name": "billing_link"}
            return close(request.render("online_billing.amount_page", values))
        return None

    @http.route("/billing/link/renew", type="http", auth="public", methods=["POST"], website=True, sitemap=False)
    def billing_renew_link(self, move=None, access_token=None, **kwargs):
        """Mail a new link of a document whose link has ended to the known addresses; the answer is always the same."""
        invoice_id = int(move) if isinstance(move, str) and move.isascii() and move.isdigit() and len(move) < 10 else 0
        try:
            move_sudo = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError):
            move_sudo = request.env["account.move"].browse()
        day = move_sudo.billing_account_id and move_sudo._get_billing_day()
        # who logs in needs no link, and one that still shows its document is not taken from those who have it
        is_by_link = isinstance(access_token, str) and access_token == move_sudo.access_token
        if day and is_by_link and not request.env["billing.link.privacy"].is_link_open(move_sudo, day):
            try:
                with request.env.cr.savepoint():  # what cannot be mailed leaves the old link as it is
                    request.env["billing.link.privacy"].renew(move_sudo, day)
            except UserError as error:
                _logger.warning("No new link of %s was mailed: %s", move_sudo.name, error)
        return close(request.render("online_billing.link_ended", {"page_name": "billing_link", "renewed": True}))

    @staticmethod
    def _billing_ask_to_log_in(path):
        return request.redirect(f"/web/login?{urlencode({'redirect': path})}")

    def _invoice_get_page_view_values(self, invoice, access_token, payment=False, amount=None, **kwargs):
        """Propose what is asked for: without credits and what is in dispute, or the installment that was chosen."""
        chosen, token = kwargs.pop("installment", None), kwargs.pop("installment_token", None)
        invoice_sudo, paying = invoice.sudo(), request.env["billing.paying"]  # sudo: as above
        is_billed = invoice.move_type == "out_invoice" and invoice_sudo.billing_account_id
        is_open = bool(is_billed and invoice_sudo.billing_is_open)
        asked = paying.get_asked(invoice_sudo)[invoice_sudo] if is_open else None
        values = super()._invoice_get_page_view_values(invoice, access_token, payment=payment, amount=amount, **kwargs)
        if is_open and not amount and (left_out := paying.get_left_out(invoice_sudo, asked)) > 0:
            values |= {name: min(values[name], as_float(asked)) for name in ("next_amount_to_pay", "amount_due")}
            values["billing_taken_off"] = left_out
            if values["installment_state"] == "epd":  # whoever does not pay the whole keeps nothing
                values |= {"installment_state": None, "epd_discount_amount_currency": 0.0, "show_epd": 0.0}
        refusal = paying.get_refusal(request.env.user, invoice_sudo.billing_account_id)
        if is_open and not asked and not amount:  # who was asked for an amount by a link may pay it
            refusal = refusal or paying.get_nothing_asked_message(invoice_sudo)
        if refusal:
            values |= _offer_nothing()  # nothing is asked for, or the visitor may not pay: no form
        if invoice_sudo.billing_account_id and request.env.user._is_public():
            values["tokens_sudo"] = request.env["payment.token"]  # a link is no log-in
        values["billing_refusal"] = refusal
        values["other_ways"] = self._billing_get_ways_of_invoice(invoice_sudo, values, asked) if is_open else None
        if chosen and values.get("transaction_route") and _is_token(token, invoice.id, self._cast_as_int(chosen)):
            values["transaction_route"] = f"/online_billing/installment/{int(chosen)}/transaction/{invoice.id}"
        return values

    def _billing_get_ways_of_invoice(self, invoice_sudo, values, asked):
        """Return how what an open invoice asks for is paid without a card; None where it asks for nothing.

        See `billing.other.ways`.
        """
        account_sudo = invoice_sudo.billing_account_id
        is_early = values.get("installment_state") == "epd"
        proposed = values.get("amount_due" if is_early else "next_amount_to_pay") or invoice_sudo.amount_residual
        amount = min(proposed, as_float(asked))
        view = request.env["billing.link.privacy"].get_shown(account_sudo, request.env.user)
        if amount <= 0 or view == NOTHING:
            return None
        ways = request.env["billing.other.ways"].sudo()  # sudo: bank account and texts of the company
        account_sudo = account_sudo.with_company(account_sudo.company_id)
        return ways.get_ways(account_sudo, invoice_sudo.currency_id, amount, invoice_sudo, view == ALL)


class InstallmentPayment(payment.PaymentPortal):
    # -- what no address of Odoo's pages can mean counts as not said ---------------------------------------------------

    @http.route()
    def payment_pay(self, *args, access_token=None, **kwargs):
        return super().payment_pay(*args, access_token=_read_token(access_token), **kwargs)

    @http.route(sitemap=False)  # without arguments that it has to have it would be a page for search engines
    def payment_confirm(self, tx_id=None, access_token=None, **kwargs):
        return super().payment_confirm(tx_id, _read_token(access_token), **kwargs)

    @http.route()
    def payment_transaction(self, amount, currency_id, partner_id, access_token, **kwargs):
        return super().payment_transaction(amount, currency_id, partner_id, _read_token(access_token), **kwargs)

    @staticmethod
    def _cast_as_int(str_value):
        """Read no number that no record can have: the database would stumble over it."""
        number = payment.PaymentPortal._cast_as_int(str_value)
        return number if number and 0 < number < 2**31 else None

    @staticmethod
    def _cast_as_float(str_value):
        """Read no amount that nobody can owe: pages would stumble over its digits."""
        number = payment.PaymentPortal._cast_as_float(str_value)
        return number if number is not None and abs(number) < LARGEST_AMOUNT else None

    # -- who may pay --------------------------------------------------------------------------------------------------

    def _get_extra_payment_form_values(self, invoice_id=None, **kwargs):
        """Offer nothing on Odoo's own page of a payment to whoever may not pay the account, and say why."""
        values = super()._get_extra_payment_form_values(invoice_id=invoice_id, **kwargs)
        # sudo: the page has checked the document or its token; whose it is decides who pays
        account_sudo = request.env["account.move"].sudo().browse(self._cast_as_int(invoice_id) or ()).billing_account_id
        if account_sudo:
            close(request.future_response)  # Odoo's page of a payment has its right in the address as well
        if refusal := request.env["billing.paying"].get_refusal(request.env.user, account_sudo):
            values |= _offer_nothing(refusal)
        return values

    def _document_check_access(self, model_name, document_id, access_token=None):
        """Take what cannot be a token as none; Odoo's comparison would stumble over it."""
        read = _read_token(access_token)
        if model_name != "account.move" or not access_token:
            return super()._document_check_access(model_name, document_id, read)
        stop_guessing()
        try:
            return super()._document_check_access(model_name, document_id, read)
        except (AccessError, MissingError):
            note_guess()
            raise

    def _create_transaction(self, *args, partner_id=None, is_validation=False, **kwargs):
        """Let nobody save payment methods or pay without end: each try shows whether a card is good.

        Who pays a document is limited where the document is known; a link of Odoo may name a payer and an amount alone.
        """
        # sudo: the route has checked by a token whose it is
        payer = request.env["res.partner"].sudo().browse(int(partner_id or 0) or ())
        if is_validation:
            limit_saving(payer)
        elif payer and not kwargs.get("custom_create_values"):
            limit_payments_of_nothing(payer)
        return super()._create_transaction(*args, partner_id=partner_id, is_validation=is_validation, **kwargs)

    @http.route()
    def invoice_transaction(self, invoice_id, access_token=None, **kwargs):
        """Let whoever is logged in pay what they see: a form whose address has no token sends none.

        :raise ValidationError: the token is wrong, or there is no such document
        """
        try:
            return super().invoice_transaction(invoice_id, access_token, **kwargs)
        except MissingError as error:
            raise ValidationError(request.env._("The access token is invalid.")) from error

    @http.route()
    def overdue_invoices_transaction(self, *args, **kwargs):
        """Pay of what is overdue what the visitor may pay, as the page has it; Odoo checks and takes the rest.

        :raise ValidationError: nothing is overdue, where Odoo would stumble
        :raise AccessError: the visitor may pay nothing of it
        """
        request.billing_left_out = ()  # Odoo may begin a request anew
        if not request.env.user._is_public():
            overdue = request.env["account.move"].search(self._get_overdue_invoices_domain())
            if not overdue:
                raise ValidationError(request.env._("Nothing is overdue any more. Please load the page again."))
            left_out = _find_left_out(overdue)
            if left_out and left_out == overdue:
                # sudo: whose the invoices are decides who pays them
                accounts = overdue.sudo().billing_account_id
                raise AccessError(request.env["billing.paying"].get_refusal(request.env.user, accounts))
            request.billing_left_out = left_out.ids
        return super().overdue_invoices_transaction(*args, **kwargs)

    def _process_transaction(self, partner_id, currency_id, invoice_ids, payment_reference, **kwargs):
        """Let Odoo's own pages pay invoices of the billing only in ways that they offer."""
        invoices_sudo = request.env["account.move"].sudo().browse(invoice_ids)  # sudo: the route has checked them
        if invoices_sudo.billing_account_id:
            self._billing_check_view(invoices_sudo)
            payer = request.env["res.partner"].browse(partner_id)
            limit_payments(invoices_sudo, payer, invoices_sudo.billing_account_id)
            kwargs = self._billing_read(kwargs, invoices_sudo, payer)
            if not isinstance(payment_reference, str) or not payment_reference.isprintable():
                payment_reference = False
        return super()._process_transaction(partner_id, currency_id, invoice_ids, payment_reference, **kwargs)

    def _billing_check_view(self, invoices_sudo):
        """Refuse to take money by a link that shows nothing, and of whoever may not pay.

        :raise ValidationError: the visitor has to log in
        :raise AccessError: the visitor may not pay the accounts
        """
        privacy = request.env["billing.link.privacy"]
        views = {privacy.get_shown(account, request.env.user) for account in invoices_sudo.billing_account_id}
        if NOTHING in views:
            raise ValidationError(request.env._("Please log in to pay this."))
        accounts = invoices_sudo.billing_account_id
        if refusal := request.env["billing.paying"].get_refusal(request.env.user, accounts):
            raise AccessError(refusal)

    def _billing_read(self, kwargs, invoices_sudo, partner):
        """Return what a form sent, as far as it was offered; the amount is judged where the payment is made."""
        paying, first = request.env["billing.paying"], invoices_sudo[:1]
        way = paying.read_way(kwargs, first.company_id, partner, first.currency_id)
        landing = paying.read_landing(kwargs.get("landing_route"), first.get_portal_url())
        return {**kwargs, **way, "amount": kwargs.get("amount"), "is_validation": False, "landing_route": landing}

    @http.route(
        "/online_billing/installment/<int:installment_id>/transaction/<int:invoice_id>", type="jsonrpc", auth="public"
    )
    def installment_transaction(self, installment_id, invoice_id, access_token=None, **kwargs):
        """Create the transaction that pays a chosen installment of an invoice.

        :raise ValidationError: the token is wrong, or the installment is not one of the invoice or is paid already
        """
        try:
            invoice_sudo = self._document_check_access("account.move", invoice_id, access_token)
        except (AccessError, MissingError) as error:
            raise ValidationError(request.env._("The access token is invalid.")) from error
        # sudo: the invoice's token was checked; the installment must be one of that invoice
        chosen = invoice_sudo.billing_installment_part_ids.installment_id.filtered(lambda row: row.id == installment_id)
        if not chosen or chosen.state not in ("open", "partial", "missed"):
            raise ValidationError(
                request.env._("This installment is paid already. Open the invoice to see what is still due.")
            )
        self._billing_check_view(invoice_sudo)
        partner = invoice_sudo.partner_id if request.env.user._is_public() else request.env.user.partner_id
        moves = chosen._get_open_lines().move_id
        limit_payments(moves | invoice_sudo, partner, invoice_sudo.billing_account_id)
        self._validate_transaction_kwargs(kwargs, additional_allowed_keys={"name_next_installment"})
        kwargs = self._billing_read(kwargs, invoice_sudo, partner)
        kwargs.update(currency_id=invoice_sudo.currency_id.id, partner_id=partner.id, reference_prefix=None)
        transaction_sudo = self._create_transaction(
            custom_create_values={
                "invoice_ids": [Command.set(moves.ids)],
                "billing_installment_id": chosen.id,
            },
            **kwargs,
        )
        return transaction_sudo._get_processing_values()
