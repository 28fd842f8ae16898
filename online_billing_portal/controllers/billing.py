"""The customer's first page, and what all pages of customers have in common."""

from datetime import date

from odoo import http
from odoo.addons.online_billing.controllers.closed_pages import close
from odoo.addons.portal.controllers.portal import CustomerPortal
from odoo.exceptions import UserError
from odoo.http import content_disposition, request
from werkzeug.exceptions import NotFound

from ..services.access import SEE
from ..services.question_files import LARGEST_FILE, MOST_FILES

MOST_PAGES = 1000


class BillingPages(CustomerPortal):
    """Pages under /my/billing: who is logged in sees accounts by their role, and nothing of any other."""

    @http.route("/my/billing", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_home(self, **kwargs):
        roles = self._billing_get_roles()
        return self._billing_render(
            "online_billing_portal.home",
            "home",
            cards=request.env["billing.portal.home"].get_cards(roles),
        )

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "billing_account_count" in counters:
            values["billing_account_count"] = len(self._billing_get_roles())
        return values

    # -- for all pages ------------------------------------------------------------------------------------------------

    def _billing_get_roles(self):
        """Return {account (elevated): role} of whoever is logged in."""
        return request.env["billing.portal.access"].get_roles(request.env.user.partner_id)

    def _billing_get_account(self, account_id, act=SEE):
        """Return an account (elevated) on which the visitor may do something; else the page does not exist."""
        access = request.env["billing.portal.access"]
        for account, role in self._billing_get_roles().items():
            if account.id == account_id and access.allows(role, act):
                return account.with_company(account.company_id)
        raise NotFound

    def _billing_get_move(self, move_id, act=SEE):
        """Return a posted document (elevated) of an account on which the visitor may do something."""
        move = self._billing_get_documents([self._billing_read_id(move_id)], act)
        return move.with_company(move.company_id)

    def _billing_get_documents(self, ids, act=SEE):
        """Return posted documents as above; where one of them is not, none exists."""
        # sudo: the roles on their accounts are asked for at once
        moves = request.env["account.move"].sudo().browse(dict.fromkeys(ids)).exists()
        roles, access = self._billing_get_roles(), request.env["billing.portal.access"]
        if len(moves) < len(set(ids)) or not all(
            move.state == "posted"
            and move.is_sale_document(include_receipts=True)
            and access.allows(roles.get(move.billing_account_id), act)
            for move in moves
        ):
            raise NotFound
        return moves

    @staticmethod
    def _billing_read_id(value):
        """Return an id of an address that could be one; the database knows no larger ones."""
        return value if 0 < value < 2**31 else 0

    @classmethod
    def _billing_read_ids(cls, texts):
        """Return the ids among texts of a form; zero for a number that no record can have."""
        return [
            cls._billing_read_id(int(text)) for text in texts if text.isascii() and text.isdigit() and len(text) < 20
        ]

    @staticmethod
    def _billing_read_page(value):
        """Return the number of a page of a list, from whatever the address says."""
        text = str(value)
        return max(1, min(int(text), MOST_PAGES)) if text.isascii() and text.isdigit() and len(text) < 9 else 1

    @staticmethod
    def _billing_read_day(text):
        """Return the day that a form or an address says; None where it says none."""
        try:
            day = date.fromisoformat(text or "")
        except (TypeError, ValueError):
            return None
        return day if 1900 <= day.year <= 2200 else None

    @staticmethod
    def _billing_choose(accounts, wanted):
        """Return the account that an address names, else the first one."""
        found = [account for account in accounts if str(account.id) == wanted]
        account = (found or accounts)[0]
        return account.with_company(account.company_id)

    @staticmethod
    def _billing_choose_currency(account, code):
        """Return (the currency of an account that an address names, else its own; all that it has documents in)."""
        currencies = request.env["billing.statement"].sudo().get_currencies(account)  # sudo: the role was asked for
        return next((one for one in currencies if one.name == code), currencies[:1]), currencies

    @staticmethod
    def _billing_get_account_names(accounts):
        """Return {account: by what it is told from the others of a visitor}; nothing where there is one alone.

        Numbers of two companies look alike: where there are several, the account says of which it is.
        """
        if len(accounts) < 2:
            return {}
        has_companies = len(accounts.company_id) > 1
        return {one: f"{one.name}, {one.company_id.name}" if has_companies else one.name for one in accounts}

    @staticmethod
    def _billing_try(act):
        """Do something; return (its answer, None), or (None, why it was refused). What is refused leaves nothing."""
        try:
            with request.env.cr.savepoint():
                return act(), None
        except UserError as error:
            return None, str(error)

    @staticmethod
    def _billing_say_file_limits():
        """Return in words what files may be added, for the browser to say before they are sent."""
        return request.env._(
            "Add at most %(count)s files of %(size)s MB each.", count=MOST_FILES, size=LARGEST_FILE // (1024 * 1024)
        )

    @staticmethod
    def _billing_say_too_large():
        """Return why a form was refused before it was read, in the words of its page."""
        return request.env._(
            "Your files are too large together, and nothing was taken. Add at most %(count)s files of %(size)s MB each:"
            " choose them anew below. What you wrote is still there.",
            count=MOST_FILES,
            size=LARGEST_FILE // (1024 * 1024),
        )

    @staticmethod
    def _billing_get_title(page, values):
        """Return by what a page is told from the others of a visitor, in its tab and by a screen reader."""
        _ = request.env._
        record = next((values[name] for name in ("move", "question", "subscription") if values.get(name)), None)
        titles = {
            "invoices": _("Invoices"),
            "payments": _("Payments"),
            "subscriptions": _("Subscriptions"),
            "installments": _("Installments"),
            "promise": _("Promise to pay"),
            "automatic": _("Automatic payment"),
            "statement": _("Statement"),
            "questions": _("Questions"),
            "preferences": _("Preferences"),
            "profile": _("Profile"),
            "privacy": _("Your data"),
        }
        title = titles.get(page) or _("Billing")
        return f"{record.name}, {title}" if record else title

    def _billing_send(self, name, mime, content):
        """Send a file that nobody but the visitor keeps."""
        return request.make_response(
            content,
            [
                ("Content-Type", mime),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )

    def _billing_render(self, template, page, **values):
        """Render a page of ours; nobody but the visitor's browser keeps it, and it tells no other site its address."""
        values = {
            **self._prepare_portal_layout_values(),
            "page_name": "billing",
            "billing_page": page,
            "page_title": self._billing_get_title(page, values),
            **values,
        }
        return close(request.render(template, values), referrer="same-origin")
