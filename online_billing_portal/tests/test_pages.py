"""The customer's pages, over real HTTP."""

import io
import re
import zipfile
from datetime import date
from unittest.mock import patch

import psycopg2
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tests import tagged
from odoo.tools import mute_logger

from .portal_common import PortalCase

PAGES = (
    "/my/billing",
    "/my/billing/invoices",
    "/my/billing/invoices/{own}",
    "/my/billing/subscriptions",
    "/my/billing/statement",
    "/my/billing/preferences",
)


@tagged("post_install", "-at_install")
class TestPages(PortalCase):
    def get_paths(self):
        return [path.format(own=self.account.move_ids[:1].id) for path in PAGES]

    def test_without_log_in_every_page_asks_for_it(self):
        self.enter(None)
        for path in self.get_paths():
            answer = self.url_open(path, allow_redirects=False)
            self.assertEqual(answer.status_code, 303, path)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_each_page_is_told_from_the_others_by_its_title(self):
        pages = ("promise", "installments", "payments", "automatic", "questions", "profile", "privacy")
        paths = [*self.get_paths(), *(f"/my/billing/{page}" for page in pages)]
        self.enter("owner")
        titles = [re.search(r"<title>(.*?)</title>", self.open(path)[1])[1] for path in paths]
        self.assertEqual(len(set(titles)), len(paths), titles)
        self.assertIn(f"Invoices – {self.company.name}", titles)
        self.assertIn(f"{self.account.move_ids[:1].name}, Invoices – {self.company.name}", titles)

    def test_the_first_page_says_what_is_owed_and_what_comes_next(self):
        self.enter("customer")
        status, text = self.open("/my/billing")
        self.assertEqual(status, 200)
        open_amount = sum(self.account.move_ids.mapped("amount_residual"))
        self.assertEqual(open_amount, 150)
        self.assertEqual(self.read_figure(text, "balance"), "$ 150.00")
        self.assertIn(self.account.name, text)
        self.assertNotIn(self.foreign_account.name, text)
        self.assertIn("50.00", re.search(r'name="next_bill".*?</dd>', text, re.DOTALL)[0])

    def tax(self, amount, **vals):
        """Give what is subscribed a tax."""
        tax = self.env["account.tax"].create(
            {"name": f"{amount} %", "amount": amount, "company_id": self.company.id, **vals}
        )
        self.code.product_id.taxes_id = [Command.set(tax.ids)]
        return tax

    def read_next_bill(self):
        self.env.flush_all()
        self.enter("customer")
        return re.search(r'name="next_bill".*?</dd>', self.open("/my/billing")[1], re.DOTALL)[0]

    def test_the_next_bill_is_said_with_the_tax_that_the_customer_will_be_asked_for(self):
        self.tax(19)
        said = self.read_next_bill()
        self.assertIn("59.50", said)
        self.assertIn("with tax", said)
        day = self.account.next_billing_date
        self.bill(self.account, day.isoformat())
        [billed] = self.account.move_ids.filtered(lambda move: move.invoice_date == day)
        self.assertEqual(billed.amount_total, 59.50)

    def test_the_next_bill_of_a_customer_abroad_has_their_own_tax(self):
        tax = self.tax(19)
        position = self.env["account.fiscal.position"].create({"name": "Abroad"})
        self.tax(5, fiscal_position_ids=[Command.set(position.ids)], original_tax_ids=[Command.set(tax.ids)])
        self.code.product_id.taxes_id = [Command.set(tax.ids)]
        self.account.fiscal_position_id = position
        self.assertIn("52.50", self.read_next_bill())

    def read_figure(self, text, name):
        part = re.search(rf'name="{name}".*?</div>', text, re.DOTALL)[0]
        return re.sub(r"<[^>]+>", "", part.split(">", 1)[1]).replace("\xa0", " ").strip()

    def test_a_viewer_sees_no_button_to_pay(self):
        for name, pays in (("viewer", False), ("payer", True)):
            self.enter(name)
            _status, text = self.open("/my/billing")
            self.assertEqual('name="pay"' in text, pays, name)

    def test_who_has_nothing_is_told_so(self):
        self.make_user("nobody", self.env["res.partner"].create({"name": "No Bills", "is_company": True}))
        self.enter("nobody")
        _status, text = self.open("/my/billing")
        self.assertIn("Nothing is billed to you here", text)
        _status, text = self.open("/my/billing/invoices")
        self.assertIn("No invoice is found", text)

    def test_the_list_shows_own_documents_alone(self):
        self.enter("customer")
        _status, text = self.open("/my/billing/invoices")
        for move in self.account.move_ids:
            self.assertIn(move.name, text)
        for move in self.foreign_account.move_ids:
            self.assertNotIn(f"/my/billing/invoices/{move.id}", text)

    def test_filters_and_search_find_what_they_say(self):
        self.enter("customer")
        first = self.account.move_ids.sorted("id")[:1]
        self.pay(first)
        for asked, shown in (
            ("filterby=paid", True),
            ("filterby=open", False),
            (f"search={first.name}", True),
            ("first=2026-02-01", False),
            ("last=2026-01-31", True),
        ):
            _status, text = self.open(f"/my/billing/invoices?{asked}")
            self.assertEqual(f"/my/billing/invoices/{first.id}" in text, shown, asked)

    def pay(self, move):
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        register.create({})._create_payments()

    def test_a_document_shows_why_and_what_is_open(self):
        self.enter("customer")
        move = self.account.move_ids[:1]
        _status, text = self.open(f"/my/billing/invoices/{move.id}")
        self.assertIn("Why this amount?", text)
        self.assertIn("Billing period", text)
        self.assertIn("What is open", text)

    def test_a_document_comes_in_each_format_of_the_account(self):
        self.account.document_format_ids = self.env["billing.document.format"].search([("code", "in", ("csv", "json"))])
        move = self.account.move_ids[:1]
        self.enter("viewer")
        for code, mime in (("csv", "text/csv"), ("json", "application/json")):
            answer = self.url_open(f"/my/billing/invoices/{move.id}/{code}")
            self.assertEqual(answer.status_code, 200)
            self.assertIn(mime, answer.headers["Content-Type"])
        self.assertEqual(self.open(f"/my/billing/invoices/{move.id}/exe")[0], 404)
        self.assertEqual(self.open(f"/my/billing/invoices/{self.foreign_account.move_ids[:1].id}/csv")[0], 404)

    def test_a_form_that_cannot_be_made_says_so_and_not_what_staff_lacks(self):
        move, formats = self.account.move_ids[:1], type(self.env["billing.document.formats"])
        self.enter("viewer")
        with patch.object(formats, "render", side_effect=UserError("No country of ours.")):
            answer = self.url_open(f"/my/billing/invoices/{move.id}/pdf")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("cannot be made just now", answer.text)
        self.assertNotIn("No country", answer.text)

    def test_by_due_date_what_falls_due_next_stands_first_and_what_is_paid_last(self):
        service, moves = self.env["billing.portal.invoices"], self.account.move_ids.sorted("id")
        self.assertGreater(len(moves), 1)
        standings = {moves[0].id: {"next_day": date(2026, 11, 5)}, moves[1].id: {"next_day": date(2026, 11, 1)}}
        domain = Domain("id", "in", moves.ids)
        whole = service.find(moves, domain, "due", standings, 20, 0)
        self.assertEqual(whole[:2], moves[1] | moves[0])
        self.assertEqual(len(whole), len(moves))
        pages = [service.find(moves, domain, "due", standings, 1, offset) for offset in range(len(moves))]
        self.assertEqual([one.id for one in pages], whole.ids, "page by page it is the same")

    def test_by_amount_a_credit_note_is_less_than_nothing(self):
        moves = self.account.move_ids
        credit = moves[0]._reverse_moves([{"invoice_date": moves[0].invoice_date}])
        credit.action_post()
        found = self.env["billing.portal.invoices"].find(
            moves, Domain("id", "in", (moves | credit).ids), "amount", {}, 20, 0
        )
        self.assertEqual((len(found), found[-1]), (len(moves) + 1, credit))

    def test_the_documents_of_a_period_as_one_file(self):
        self.account.document_format_ids = self.env["billing.document.format"].search([("code", "in", ("csv", "json"))])
        self.enter("viewer")
        answer = self.url_open("/my/billing/documents?first=2026-01-01&last=2026-02-28")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
            self.assertEqual(len(archive.namelist()), 4)
        self.assertEqual(self.open("/my/billing/documents?first=2020-01-01&last=2020-02-01")[0], 303)

    def test_foreign_and_missing_documents_answer_alike(self):
        foreign = self.foreign_account.move_ids[:1].id
        own_draft = self.account.move_ids[:1].copy()
        for name in ("customer", "viewer", "stranger"):
            self.enter(name)
            wrong = [
                foreign if name != "stranger" else self.account.move_ids[:1].id,
                own_draft.id,
                2**31 - 1,
                10**20,
                0,
            ]
            answers = {self.open(f"/my/billing/invoices/{move_id}")[0] for move_id in wrong}
            self.assertEqual(answers, {404}, name)

    def test_b80_parameters_that_make_no_sense_are_read_as_not_said(self):
        self.enter("customer")
        for asked in (
            "page/0", "page/-1", "page/99999999999999999999", "page/abc", "?page=abc", "?sortby=x", "?filterby=x",
            "?first=2026-02-30", "?last=x", "?first[]=1", "?search=%00", "?search=%25", "?search=" + "x" * 10000,
            "?search='; drop table account_move; --", "?sortby=name%20desc;", "?groupby=x",
        ):  # fmt: skip
            path = f"/my/billing/invoices/{asked}" if asked.startswith("page") else f"/my/billing/invoices{asked}"
            status, _text = self.open(path)
            self.assertIn(status, (200, 404), asked)

    def test_a19_headers(self):
        self.enter("customer")
        for path in self.get_paths():
            answer = self.url_open(path)
            self.assertEqual(answer.headers["Cache-Control"], "no-store", path)
            self.assertEqual(answer.headers["Referrer-Policy"], "same-origin", path)
            self.assertIn("frame-ancestors 'self'", answer.headers.get("Content-Security-Policy", ""), path)

    def test_chosen_documents_are_paid_together(self):
        self.enter("payer")
        chosen = self.account.move_ids[:2]
        _status, text = self.open("/my/billing/invoices")
        self.assertIn(f'name="document" value="{chosen[0].id}"', text)
        asked = "&".join(f"document={move.id}" for move in chosen)
        answer = self.url_open(f"/my/billing/pay?{asked}", allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        place = answer.headers["Location"]
        self.assertIn(f"/billing/pay/{self.account.id}/", place)
        text = self.url_open(place).text
        self.assertIn("100.00", text)
        self.assertIn("You pay what you have chosen", text)

    def test_where_what_was_chosen_is_paid_meanwhile_there_is_a_way_back(self):
        self.enter("payer")
        chosen = self.account.move_ids[:1]
        wizard = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=chosen.ids)
        wizard.create({})._create_payments()
        self.env.flush_all()
        text = self.url_open(f"/my/billing/pay?document={chosen.id}").text
        self.assertIn("Paid already", text)
        self.assertIn('href="/my/billing/invoices?filterby=open"', text)
        self.assertNotIn("data-amount", text)

    def test_choosing_more_documents_takes_no_more_statements(self):
        self.enter("payer")
        asked = [f"document={move.id}" for move in self.account.move_ids]
        self.assertGreater(len(asked), 2)
        counts = [self.count_statements(f"/my/billing/pay?{'&'.join(asked[:most])}", 303) for most in (1, len(asked))]
        self.assertEqual(*counts)

    def test_what_cannot_be_paid_together(self):
        self.enter("payer")
        own, foreign = self.account.move_ids[0], self.foreign_account.move_ids[0]
        self.assertEqual(self.open(f"/my/billing/pay?document={own.id}&document={foreign.id}")[0], 404)
        for asked in ("", "document=x", "document="):
            answer = self.url_open(f"/my/billing/pay?{asked}", allow_redirects=False)
            self.assertIn("refused=none", answer.headers["Location"], asked)
        self.assertIn("Choose at least one invoice", self.open("/my/billing/invoices?refused=none")[1])
        self.enter("viewer")
        self.assertEqual(self.open(f"/my/billing/pay?document={own.id}")[0], 404)
        self.assertNotIn('name="document"', self.open("/my/billing/invoices")[1])

    def test_a_document_is_mailed_again_but_not_at_once(self):
        self.account.partner_id.email = "ada@example.com"
        move = self.account.move_ids[0]
        self.enter("viewer")
        self.company.email = False
        self.env.flush_all()
        with self.assertLogs("odoo.addons.online_billing_portal.services.invoices", "WARNING"):
            text = self.submit(f"/my/billing/invoices/{move.id}/mail")[1]
        self.assertIn("could not be mailed just now", text)
        self.assertNotIn("Settings", text)
        self.company.email = "billing@example.com"
        self.env.flush_all()
        status, text = self.submit(f"/my/billing/invoices/{move.id}/mail")
        self.assertEqual(status, 200)
        self.assertIn("on its way", text)
        mails = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", move.id)])
        self.assertEqual(len(mails), 1)
        self.assertIn("a moment ago", self.submit(f"/my/billing/invoices/{move.id}/mail")[1])
        self.assertEqual(self.env["mail.mail"].search_count([("res_id", "=", move.id), ("id", "not in", mails.ids)]), 0)
        self.assertEqual(self.submit(f"/my/billing/invoices/{self.foreign_account.move_ids[0].id}/mail")[0], 404)

    def test_files_are_limited_and_pages_are_not(self):
        self.switch_limits_on()
        path = f"/my/billing/invoices/{self.account.move_ids[0].id}"
        self.enter("viewer")
        self.assertEqual({self.open(f"{path}/pdf")[0] for _number in range(10)}, {200})
        answer = self.url_open(f"{path}/pdf")
        self.assertEqual(answer.status_code, 429)
        self.assertTrue(0 < int(answer.headers["Retry-After"]) <= 60)
        self.assertEqual(self.open(path)[0], 200)
        self.enter("payer")
        self.assertEqual(self.open(f"{path}/pdf")[0], 200, "somebody else is not kept waiting")

    def test_a_file_that_cannot_be_counted_is_read_all_the_same(self):
        def broken(*_args):
            raise psycopg2.OperationalError("no room")

        self.switch_limits_on()
        limits = self.registry["billing.request.limits"]
        self.enter("viewer")
        with patch.object(limits, "_get_wait", broken), mute_logger("odoo.addons.online_billing.controllers.limits"):
            answer = self.url_open(f"/my/billing/invoices/{self.account.move_ids[0].id}/csv")
        self.assertEqual(answer.status_code, 200)
        self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_nobody_has_more_than_ten_documents_an_hour_mailed_again(self):
        self.switch_limits_on()
        asked, moves = [], self.account.move_ids.ids
        self.enter("viewer")
        with patch.object(self.registry["billing.portal.invoices"], "mail_again", lambda _self, one: asked.append(one)):
            statuses = [
                self.submit(f"/my/billing/invoices/{moves[number % len(moves)]}/mail")[0] for number in range(12)
            ]
            self.assertEqual((statuses, len(asked)), ([200] * 10 + [429] * 2, 10))
            self.enter("payer")
            self.assertEqual(self.submit(f"/my/billing/invoices/{moves[0]}/mail")[0], 200)

    def test_list_and_page_say_the_same_of_a_credit(self):
        move = self.account.move_ids.sorted("invoice_date")[0]
        payment = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_id": self.account.partner_id.id, "amount": 50, "date": "2026-03-01"}
        )
        payment.action_post()
        self.enter("payer")
        self.assertIn("Covered by a credit", self.open("/my/billing/invoices")[1])
        _status, text = self.open(f"/my/billing/invoices/{move.id}")
        self.assertIn("Covered by a credit", text)
        self.assertNotIn('name="pay"', text)
        self.assertIn(
            'name="pay"', self.open(f"/my/billing/invoices/{self.account.move_ids.sorted('invoice_date')[1].id}")[1]
        )
