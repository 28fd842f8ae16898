"""Questions and disputes of a customer: asked, read, answered and closed."""

from odoo import http
from odoo.addons.online_billing.services.shared.numbers import as_float
from odoo.addons.online_billing.services.shared.typed_amounts import read_amount
from odoo.addons.portal.controllers.portal import pager as make_pager
from odoo.exceptions import UserError
from odoo.http import request
from werkzeug.exceptions import NotFound

from ..models.question import CLOSED
from ..models.question import DISPUTE as DISPUTED
from ..models.question import QUESTION as ASKED
from ..services.access import ASK, DISPUTE
from ..services.question_files import FILE_TYPES, LARGEST_FILE, LARGEST_FORM, MOST_FILES
from .billing import BillingPages

ROWS = 20
LONGEST_SUBJECT, LONGEST_TEXT = 200, 10_000
SHOWN = ("open", "closed", "all")
KINDS = (ASKED, DISPUTED)


class BillingQuestions(BillingPages):
    @http.route(
        ["/my/billing/questions", "/my/billing/questions/page/<page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_questions(self, page=1, filterby=None, **kwargs):
        """List the questions of the accounts that the visitor sees, the newest first."""
        filterby = filterby if filterby in SHOWN else "all"
        roles = self._billing_get_roles()
        questions = request.env["billing.question"].sudo()  # sudo: the domain names the visitor's accounts alone
        domain = [("account_id", "in", [account.id for account in roles])]
        if filterby != "all":
            domain.append(("state", "=" if filterby == "closed" else "!=", CLOSED))
        pager = make_pager(
            url="/my/billing/questions",
            total=questions.search_count(domain),
            page=self._billing_read_page(page),
            step=ROWS,
            url_args={"filterby": filterby},
        )
        found = questions.search(domain, limit=ROWS, offset=pager["offset"] if pager["page_count"] else 0)
        return self._billing_render(
            "online_billing_portal.questions",
            "questions",
            questions=found,
            pager=pager,
            filterby=filterby,
            account_names=self._billing_get_account_names(request.env["billing.account"].sudo().union(*roles)),
            may_ask=bool(self._billing_get_accounts_to_ask()),
        )

    @http.route("/my/billing/questions/new", type="http", auth="user", methods=["GET"], website=True, readonly=True)
    def billing_question_new(self, invoice=None, line=None, account=None, kind=None, **kwargs):
        """Show the form of a new question: about an invoice and its lines, or about an account."""
        move, accounts = self._billing_get_subject(invoice, account)
        chosen = {self._billing_read_number(line)} if move else set()
        return self._billing_show_form(move, accounts, {"kind": kind, "account": account}, chosen)

    @http.route(
        "/my/billing/questions/new",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=LARGEST_FORM,
        billing_too_large="_billing_show_large_question",
    )
    def billing_question_create(self, invoice=None, account=None, **post):
        """Take a new question; what is refused comes back with what was written."""
        move, accounts = self._billing_get_subject(invoice, account)
        chosen = {self._billing_read_number(number) for number in request.httprequest.form.getlist("lines")}
        try:
            if len(accounts) > 1:
                raise UserError(request.env._("Choose the account that it is about."))
            with request.env.cr.savepoint():  # what is refused half way leaves nothing behind
                question = request.env["billing.questions"].ask(
                    request.env.user.partner_id,
                    self._billing_read_question(move, accounts[0], chosen, post),
                    self._billing_read_files(),
                )
        except UserError as refused:
            return self._billing_show_form(move, accounts, {**post, "account": account}, chosen, str(refused))
        return request.redirect(f"/my/billing/questions/{question.id}")

    @http.route(
        "/my/billing/questions/<int:question_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_question(self, question_id, **kwargs):
        """Show a question and what was written about it; notes among staff are not shown."""
        return self._billing_show_question(self._billing_get_question(question_id))

    @http.route(
        "/my/billing/questions/<int:question_id>/answer",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=LARGEST_FORM,
        billing_too_large="_billing_show_large_answer",
    )
    def billing_question_answer(self, question_id, text=None, **kwargs):
        """Take what the customer writes, with files."""
        question = self._billing_get_question(question_id, ASK)
        try:
            with request.env.cr.savepoint():
                request.env["billing.questions"].answer(
                    question, request.env.user.partner_id, self._billing_read_text(text), self._billing_read_files()
                )
        except UserError as refused:
            return self._billing_show_question(question, str(refused), text)
        return request.redirect(f"/my/billing/questions/{question.id}#last")

    @http.route("/my/billing/questions/<int:question_id>/end", type="http", auth="user", methods=["POST"], website=True)
    def billing_question_end(self, question_id, **kwargs):
        """Close a question; of a dispute, what rests is asked for again: whoever may dispute withdraws it."""
        question = self._billing_get_question(question_id, ASK)
        self._billing_get_question(question_id, self._billing_get_act_to_end(question))
        try:
            with request.env.cr.savepoint():
                request.env["billing.questions"].end_by_customer(question)
        except UserError as refused:
            return self._billing_show_question(question, str(refused))
        return request.redirect(f"/my/billing/questions/{question.id}")

    @http.route(
        "/my/billing/questions/<int:question_id>/files/<int:file_id>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
        readonly=True,
    )
    def billing_question_file(self, question_id, file_id, **kwargs):
        """Hand out a file of the question, or of the thread that the page shows."""
        question = self._billing_get_question(question_id)
        shown = question.attachment_ids | request.env["billing.questions"].get_thread(question).attachment_ids
        found = shown.filtered(lambda one: one.id == file_id)
        if not found:
            raise NotFound
        return self._billing_send(found.name, "application/octet-stream", found.raw or b"")

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _billing_get_accounts_to_ask(self):
        access = request.env["billing.portal.access"]
        return [account for account, role in self._billing_get_roles().items() if access.allows(role, ASK)]

    def _billing_get_subject(self, invoice, account):
        """Return (document or None, accounts that may be asked about); who may ask about none finds no page."""
        if invoice:
            move = self._billing_get_move(self._billing_read_number(invoice), ASK)
            return move, [move.billing_account_id]
        if account:
            return None, [self._billing_get_account(self._billing_read_number(account), ASK)]
        accounts = self._billing_get_accounts_to_ask()
        if not accounts:
            raise NotFound
        return None, accounts

    def _billing_get_question(self, question_id, act=None):
        """Return a question (elevated) of an account on which the visitor may do something; else there is no page."""
        # sudo: the role on its account is asked for at once
        question = request.env["billing.question"].sudo().browse(self._billing_read_id(question_id)).exists()
        if not question:
            raise NotFound
        account = self._billing_get_account(question.account_id.id, *([act] if act else []))
        return question.with_company(account.company_id)

    def _billing_get_act_to_end(self, question):
        return DISPUTE if question.kind == DISPUTED else ASK

    def _billing_may(self, account, act):
        return request.env["billing.portal.access"].may(request.env.user.partner_id, account, act)

    def _billing_may_dispute(self, move):
        """Tell whether the visitor may dispute a document: an invoice that came to something."""
        came_to_something = bool(move) and move.move_type == "out_invoice" and move.amount_total > 0
        return came_to_something and self._billing_may(move.billing_account_id, DISPUTE)

    def _billing_show_form(self, move, accounts, asked, chosen, error=None):
        topics = request.env["billing.question"]._fields["topic"]._description_selection(request.env)
        return self._billing_render(
            "online_billing_portal.question_new",
            "questions",
            asked_move=move,
            accounts=accounts,
            may_dispute=self._billing_may_dispute(move),
            asked=asked,
            chosen=chosen,
            topics=topics,
            error=error,
            **self._billing_get_file_limits(),
        )

    def _billing_show_question(self, question, error=None, text=None):
        return self._billing_render(
            "online_billing_portal.question",
            "questions",
            question=question,
            thread=request.env["billing.questions"].get_thread(question),
            is_open=question.state != CLOSED,
            may_answer=self._billing_may(question.account_id, ASK),
            may_end=self._billing_may(question.account_id, self._billing_get_act_to_end(question)),
            error=error,
            text=text,
            **self._billing_get_file_limits(),
        )

    def _billing_show_large_question(self, typed):
        """Show the form of a question whose files were too large, with what was typed: {name: [texts]}."""
        asked = {name: texts[0] for name, texts in typed.items()}
        move, accounts = self._billing_get_subject(asked.get("invoice"), asked.get("account"))
        chosen = {self._billing_read_number(number) for number in typed.get("lines", ())}
        return self._billing_show_form(move, accounts, asked, chosen, self._billing_say_too_large())

    def _billing_show_large_answer(self, typed, question_id):
        """Show a question to which files were too large, with what was typed."""
        [text] = typed.get("text", ("",))[:1]
        return self._billing_show_question(
            self._billing_get_question(question_id, ASK), self._billing_say_too_large(), text
        )

    def _billing_get_file_limits(self):
        return {
            "file_types": ",".join(f".{name}" for name in FILE_TYPES),
            "most_files": MOST_FILES,
            "largest_file": LARGEST_FILE // (1024 * 1024),
            "files_too_large": self._billing_say_file_limits(),
        }

    def _billing_read_number(self, value):
        """Return an id that an address or a form says as text; zero where it says none."""
        text = str(value)
        return self._billing_read_id(int(text)) if text.isascii() and text.isdigit() and len(text) < 11 else 0

    def _billing_read_text(self, text):
        text = self._billing_clean(text)[:LONGEST_TEXT]
        if not text:
            raise UserError(request.env._("Please write what it is about."))
        return text

    @staticmethod
    def _billing_clean(text):
        """Return a text without what the database cannot keep."""
        text = text if isinstance(text, str) else ""
        return text.replace("\0", "").encode("utf-8", "ignore").decode().strip()

    def _billing_read_question(self, move, account, chosen, post):
        """Return the values of a question from what a form says; a dispute names lines, an amount, or neither."""
        kind = post.get("kind") if post.get("kind") in KINDS else ASKED
        if kind == DISPUTED and not self._billing_may_dispute(move):
            raise UserError(
                request.env._(
                    "You may ask here, and not dispute an amount. Ask your question, or have an owner or a payer of the"
                    " account dispute the invoice."
                )
            )
        if kind == ASKED and move and self._billing_clean(post.get("amount")):
            raise UserError(
                request.env._(
                    "You have written an amount: choose “I do not agree”, so that it need not be paid until that is"
                    " settled. For a question alone, leave the amount empty."
                )
            )
        subject = " ".join(self._billing_clean(post.get("subject")).split())[:LONGEST_SUBJECT]
        if not subject:
            raise UserError(request.env._("Please write a subject: a few words are enough."))
        topics = request.env["billing.question"]._fields["topic"].get_values(request.env)
        lines = move.invoice_line_ids.filtered(lambda line: line.id in chosen) if move else None
        return {
            "account_id": account.id,
            "move_id": move.id if move else False,
            "line_ids": [(6, 0, lines.ids)] if lines else False,
            "kind": kind,
            "topic": post.get("topic") if post.get("topic") in topics else "other",
            "amount": self._billing_read_amount(post.get("amount"), move) if kind == DISPUTED else 0,
            "subject": subject,
            "text": self._billing_read_text(post.get("text")),
        }

    def _billing_read_amount(self, text, move):
        """Return the amount that somebody disputes; zero where none is named.

        :raise UserError: it is no amount of the currency, or not above zero
        """
        text = self._billing_clean(text)
        if not text:
            return 0.0
        currency = move.currency_id
        try:
            amount = currency.round(as_float(read_amount(request.env, text, currency)))
        except ValueError:
            amount = 0.0
        if currency.compare_amounts(amount, 0) <= 0:
            raise UserError(
                request.env._(
                    "Write the amount as a number above zero, such as 12.50. Leave it empty for the chosen lines, or"
                    " for all of the invoice."
                )
            )
        return amount

    def _billing_read_files(self):
        """Return [(name, bytes), ...] of a form; no more is read of a file than shows that it is too large."""
        files = [one for one in request.httprequest.files.getlist("files") if one.filename]
        return [(one.filename, one.read(LARGEST_FILE + 1)) for one in files[: MOST_FILES + 1]]
