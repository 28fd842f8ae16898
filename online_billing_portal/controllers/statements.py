"""Statements of an account for any period, and receipts."""

from dateutil.relativedelta import relativedelta
from odoo import http
from odoo.addons.online_billing.controllers.limits import limit_files, limit_mails
from odoo.addons.online_billing.models.payments.account_payment import CONFIRMED_STATES
from odoo.addons.portal.controllers.portal import pager as make_pager
from odoo.http import request
from werkzeug.exceptions import NotFound

from .billing import BillingPages

FORMATS = ("pdf", "csv", "xlsx", "xml")
LONGEST = relativedelta(years=10)
ROWS = 40


class BillingStatements(BillingPages):
    @http.route(
        ["/my/billing/statement", "/my/billing/statement/page/<page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_statement(self, account=None, currency=None, first=None, last=None, page=1, **kwargs):
        """Show what was owed, billed and paid in a period, a page at a time; without one, in this year so far."""
        return self._billing_show_statement(account, currency, first, last, page)

    def _billing_show_statement(self, account, currency, first, last, page, **more):
        accounts = list(self._billing_get_roles())
        if not accounts:
            return self._billing_render("online_billing_portal.statement", "statement", statement=None, accounts=())
        chosen = self._billing_choose(accounts, account)
        money, currencies = self._billing_choose_currency(chosen, currency)
        days, service = self._billing_read_days(chosen, first, last), request.env["billing.statement"].sudo()
        statement = service.get_page(
            chosen, money, *days, self._billing_read_page(page), ROWS
        )  # sudo: the role is known
        pager = make_pager(
            url="/my/billing/statement",
            total=statement.count,
            page=statement.number,
            step=ROWS,
            url_args={
                "account": chosen.id,
                "currency": money.name,
                "first": statement.first.isoformat(),
                "last": statement.last.isoformat(),
            },
        )
        return self._billing_render(
            "online_billing_portal.statement",
            "statement",
            accounts=accounts,
            account=chosen,
            statement=statement,
            pager=pager,
            kinds=service.get_kind_labels(),
            currency=money,
            currencies=currencies,
            formats=FORMATS,
            receipts=self._billing_get_receipts(chosen, money, statement.entries),
            **more,
        )

    @http.route(
        "/my/billing/statement/<int:account_id>/<string:code>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_statement_file(self, account_id, code, currency=None, first=None, last=None, **kwargs):
        """Download a statement."""
        account = self._billing_get_account(account_id)
        if code not in FORMATS:
            raise NotFound
        limit_files()
        money, _currencies = self._billing_choose_currency(account, currency)
        days, service = self._billing_read_days(account, first, last), request.env["billing.statement"].sudo()
        statement = service.get_statement(account, money, *days)  # sudo: the role on the account was asked for
        # sudo: the role on the account was asked for
        files = request.env["billing.statement.files"].sudo().with_context(lang=account.partner_id.lang)
        return self._billing_send(*files.render(account, statement, code))

    @http.route(
        "/my/billing/receipt/<int:payment_id>", type="http", auth="user", methods=["GET"], website=True, readonly=True
    )
    def billing_receipt(self, payment_id, **kwargs):
        """Download the receipt of a payment."""
        payment = self._billing_get_payment(payment_id)
        limit_files()
        # sudo: as above; forced, as tests would get the page in place of the PDF
        reports = request.env["ir.actions.report"].sudo().with_context(force_report_rendering=True)
        content, _kind = reports._render_qweb_pdf("account.action_report_payment_receipt", payment.ids)
        return self._billing_send(f"{payment.name}.pdf".replace("/", "-"), "application/pdf", content)

    @http.route("/my/billing/receipt/<int:payment_id>/mail", type="http", auth="user", methods=["POST"], website=True)
    def billing_receipt_mail(self, payment_id, first=None, last=None, page=1, **kwargs):
        """Mail the receipt of a payment again to those who get the documents of its account; show the same page."""
        payment = self._billing_get_payment(payment_id)
        limit_mails()
        _done, error = self._billing_try(lambda: request.env["billing.portal.invoices"].mail_again(payment))
        account, currency = str(payment.billing_account_id.id), payment.currency_id.name
        return self._billing_show_statement(account, currency, first, last, page, error=error, mailed=not error)

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_payment(self, payment_id):
        """Return a confirmed payment (elevated) of an account that the visitor sees."""
        # sudo: the role on its account is asked for at once
        payment = request.env["account.payment"].sudo().browse(self._billing_read_id(payment_id)).exists()
        if not payment or payment.state not in CONFIRMED_STATES:
            raise NotFound
        account = self._billing_get_account(payment.billing_account_id.id)
        return payment.with_company(account.company_id)

    def _billing_read_days(self, account, first, last):
        """Return the days of a statement; what makes no sense is read as not said."""
        today = request.env["billing.days"].get_local_day(account)
        last = self._billing_read_day(last) or today
        first = self._billing_read_day(first) or last.replace(month=1, day=1)
        return max(min(first, last), last - LONGEST if last.year > 11 else first), last

    def _billing_get_receipts(self, account, currency, entries):
        """Return the payments of the days of some entries in a currency, the latest first."""
        if not entries:
            return account.env["account.payment"]
        return account.env["account.payment"].search(
            [
                ("billing_account_id", "=", account.id),
                ("currency_id", "=", currency.id),
                ("state", "in", CONFIRMED_STATES),
                ("payment_type", "=", "inbound"),
                ("date", ">=", entries[0].day),
                ("date", "<=", entries[-1].day),
            ],
            order="date desc, id desc",
            limit=ROWS,
        )
