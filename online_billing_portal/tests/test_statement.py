"""Statements: the ledger in the customer's words, the same in every form."""

import csv
import io
from datetime import date
from decimal import Decimal
from unittest.mock import patch

from lxml import etree, html
from odoo.tests import tagged

from ..controllers import statements
from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestStatement(PortalCase):
    def get_statement(self, first="2026-01-01", last="2026-03-31", account=None):
        account = account or self.account
        return self.env["billing.statement"].get_statement(
            account, account.currency_id, date.fromisoformat(first), date.fromisoformat(last)
        )

    def pay(self, move, day, amount=None):
        values = {"payment_date": day, **({"amount": amount} if amount else {})}
        register = self.env["account.payment.register"].with_context(active_model="account.move", active_ids=move.ids)
        return register.create(values)._create_payments()

    def test_opening_entries_and_closing_add_up(self):
        moves = self.account.move_ids.sorted("invoice_date")
        self.pay(moves[0], "2026-02-10", 20)
        statement = self.get_statement("2026-02-01", "2026-02-28")
        self.assertEqual(statement.opening, Decimal("50.00"))
        self.assertEqual(
            [(entry.kind, entry.amount, entry.balance) for entry in statement.entries],
            [("bill", Decimal("50.00"), Decimal("100.00")), ("payment", Decimal("-20.00"), Decimal("80.00"))],
        )
        self.assertEqual(statement.closing, Decimal("80.00"))

    def test_the_end_is_what_the_open_items_say(self):
        self.pay(self.account.move_ids[:1], "2026-03-10", 30)
        reversal = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=self.account.move_ids[1:2].ids
        )
        reversal.create({"journal_id": self.account.move_ids[1:2].journal_id.id, "date": "2026-03-20"}).reverse_moves()
        for move in self.account.move_ids.filtered(lambda one: one.state == "draft"):
            move.action_post()
        items = self.env["billing.open.items"].get_items([self.account.id])[self.account.id]
        balance = self.env["billing.open.items"].get_balance(items)["balance"]
        statement = self.get_statement(last="2030-12-31")
        self.assertEqual(statement.closing, balance)
        self.assertEqual({entry.kind for entry in statement.entries}, {"bill", "credit", "payment"})

    def test_a_foreign_account_has_none_of_it(self):
        numbers = {entry.number for entry in self.get_statement(account=self.foreign_account).entries}
        self.assertFalse(numbers & set(self.account.move_ids.mapped("name")))

    def test_every_form_says_the_same(self):
        self.account.company_id.billing_document = "drawn"
        statement = self.get_statement()
        files = self.env["billing.statement.files"]
        _name, _mime, content = files.render(self.account, statement, "csv")
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
        self.assertEqual(Decimal(rows[-1]["balance"]), statement.closing)
        self.assertEqual(len(rows), len(statement.entries) + 2)
        _name, _mime, content = files.render(self.account, statement, "xml")
        root = etree.fromstring(content)
        self.assertEqual(Decimal(root.findtext("closing")), statement.closing)
        self.assertEqual(sum(Decimal(one.get("amount")) for one in root.iter("entry")), statement.closing)
        for code, beginning in (("pdf", b"%PDF"), ("xlsx", b"PK")):
            _name, _mime, content = files.render(self.account, statement, code)
            self.assertTrue(content.startswith(beginning), code)

    def test_a_name_with_signs_that_xml_does_not_know(self):
        self.account.partner_id.name = "Ada \x0b\x01 & Works"
        _name, _mime, content = self.env["billing.statement.files"].render(self.account, self.get_statement(), "xml")
        self.assertEqual(etree.fromstring(content).findtext("customer"), "Ada  & Works")

    def test_the_page_and_its_files(self):
        self.enter("viewer")
        status, text = self.open("/my/billing/statement?first=2026-01-01&last=2026-03-31")
        self.assertEqual(status, 200)
        self.assertIn("150.00", text)
        for code in ("pdf", "csv", "xlsx", "xml"):
            answer = self.url_open(f"/my/billing/statement/{self.account.id}/{code}?first=2026-01-01&last=2026-03-31")
            self.assertEqual(answer.status_code, 200)
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
            self.assertIn("attachment", answer.headers["Content-Disposition"])

    def test_foreign_and_missing_statements_answer_alike(self):
        self.enter("customer")
        for account_id in (self.foreign_account.id, 2**31 - 1, 10**20, 0):
            self.assertEqual(self.open(f"/my/billing/statement/{account_id}/pdf")[0], 404)
        self.assertEqual(self.open(f"/my/billing/statement/{self.account.id}/exe")[0], 404)

    def test_b80_parameters_that_make_no_sense(self):
        self.enter("customer")
        for asked in (
            "first=x", "last=0001-01-01", "last=9999-12-31", "currency=XXX", "account=abc", "account=99999999999",
            "first=2027-01-01&last=2026-01-01", "first[]=1",
        ):  # fmt: skip
            self.assertEqual(self.open(f"/my/billing/statement?{asked}")[0], 200, asked)

    def test_a_long_statement_is_shown_a_page_at_a_time_and_each_begins_with_what_was_owed_before(self):
        moves = self.account.move_ids.sorted("invoice_date")
        self.pay(moves[0], "2026-02-10", 20)
        self.enter("viewer")
        period = "first=2026-01-01&last=2026-03-31"
        with patch.object(statements, "ROWS", 3):
            pages = [self.open(f"/my/billing/statement{page}?{period}")[1] for page in ("", "/page/2", "/page/9")]
        shown = [[move.name in text for move in moves] for text in pages]
        self.assertEqual(shown, [[True, True, False], [False, False, True], [False, False, True]])
        self.assertIn(
            f"/my/billing/statement/page/2?account={self.account.id}&amp;currency=USD&amp;first=2026", pages[0]
        )
        owed = [html.fromstring(text).xpath("//table[@name='statement']//td[@name='before']")[0] for text in pages]
        self.assertEqual([one.text_content().split()[-1] for one in owed], ["0.00", "80.00", "80.00"])
        self.assertTrue(all("130.00" in text for text in pages), "what is owed at the end stands on each")

    def test_receipts_of_own_payments_alone(self):
        own = self.pay(self.account.move_ids[:1], "2026-03-10")
        foreign = self.pay(self.foreign_account.move_ids[:1], "2026-03-10")
        self.enter("viewer")
        answer = self.url_open(f"/my/billing/receipt/{own.id}")
        self.assertEqual((answer.status_code, answer.content[:4]), (200, b"%PDF"))
        self.assertEqual(self.open(f"/my/billing/receipt/{foreign.id}")[0], 404)
        self.assertEqual(self.open(f"/my/billing/receipt/{2**31 - 1}")[0], 404)

    def test_a_receipt_is_mailed_again_but_not_at_once(self):
        self.account.partner_id.email = "ada@example.com"
        self.company.email = "billing@example.com"
        own = self.pay(self.account.move_ids[:1], "2026-03-10")
        state = own.billing_delivery_state
        foreign = self.pay(self.foreign_account.move_ids[:1], "2026-03-10")
        self.env.flush_all()
        self.enter("viewer")
        period = {"first": "2026-03-01", "last": "2026-03-31"}
        page = html.fromstring(self.open("/my/billing/statement?first=2026-03-01&last=2026-03-31")[1])
        self.assertTrue(page.xpath(f"//form[@action='/my/billing/receipt/{own.id}/mail']//button"))
        status, text = self.submit(f"/my/billing/receipt/{own.id}/mail", **period)
        self.assertEqual(status, 200)
        self.assertIn("on its way", text)
        self.assertEqual(html.fromstring(text).xpath("//input[@id='first']/@value"), ["2026-03-01"])
        mails = self.env["mail.mail"].search([("model", "=", "account.payment"), ("res_id", "=", own.id)])
        self.assertEqual(mails.recipient_ids, self.account.partner_id)
        self.assertTrue(mails.attachment_ids)
        self.assertIn("a moment ago", self.submit(f"/my/billing/receipt/{own.id}/mail", **period)[1])
        self.env.invalidate_all()
        self.assertEqual(own.billing_delivery_state, state, "how it was delivered at first stays")
        sent = self.env["mail.mail"].search_count([("model", "=", "account.payment"), ("id", "not in", mails.ids)])
        self.assertEqual(sent, 0)
        for number in (foreign.id, 2**31 - 1, 10**20):
            self.assertEqual(self.submit(f"/my/billing/receipt/{number}/mail")[0], 404)

    # -- payments -----------------------------------------------------------------------------------------------------

    def read_payments(self, query=""):
        """Return the cells of the rows of the list of payments."""
        page = html.fromstring(self.open(f"/my/billing/payments{query}")[1])
        rows = page.xpath("//table[@name='payments']/tbody/tr")
        for narrow in page.xpath("//div[contains(@class, 'd-sm-none')]"):  # on a phone the column for it has no room
            narrow.getparent().remove(narrow)
        return [
            [" ".join(cell.text_content().replace("\ufeff", "").split()) for cell in row.xpath("td")] for row in rows
        ]

    def test_payments_say_when_how_for_what_and_how_much(self):
        moves = self.account.move_ids.sorted("invoice_date")
        foreign = self.pay(self.foreign_account.move_ids[:1], "2026-03-10")
        old, new = self.pay(moves[0], "2025-12-30", 20), self.pay(moves[1], "2026-03-10")
        back = self.env["account.payment"].create(
            {"payment_type": "outbound", "partner_id": self.account.partner_id.id, "amount": 7, "date": "2026-03-11",
             "billing_account_id": self.account.id}
        )  # fmt: skip
        back.action_post()
        draft = self.env["account.payment"].create(
            {"payment_type": "inbound", "partner_id": self.account.partner_id.id, "amount": 9, "date": "2026-03-12",
             "billing_account_id": self.account.id}
        )  # fmt: skip
        self.assertEqual(draft.state, "draft")
        self.env.flush_all()
        for name in ("owner", "payer", "viewer"):
            self.enter(name)
            rows = self.read_payments()
            self.assertEqual([row[0] for row in rows], ["03/11/2026", "03/10/2026", "12/30/2025"], name)
            self.assertEqual([row[1] for row in rows], [new.journal_id.name] * 3)
            self.assertEqual([row[2] for row in rows], ["", moves[1].name, moves[0].name])
            self.assertEqual([row[3] for row in rows], ["$ -7.00", "$ 50.00", "$ 20.00"])
            self.assertEqual(
                [row[4] for row in rows], ["Given back", f"{new.name} Mail it again", f"{old.name} Mail it again"]
            )
        for query, found in (
            ("?year=2025", [old]), ("?year=2026", [back, new]), ("?year=1066", [back, new, old]),
            ("?year=x", [back, new, old]),
            (f"?search={moves[0].name}", [old]), (f"?search={new.name}", [new]), ("?search=%25", []),
            (f"?year=2026&search={moves[0].name}", []), (f"?search={foreign.name}", []),
            (f"?search={self.foreign_account.move_ids[:1].name}", []), ("/page/9", [back, new, old]),
        ):  # fmt: skip
            names = {payment.name for payment in found if payment != back}
            rows = self.read_payments(query)
            self.assertEqual(
                (len(rows), {row[4].split(" ")[0] for row in rows} - {"Given"}), (len(found), names), query
            )
        self.enter("stranger")
        self.assertEqual([row[2] for row in self.read_payments()], [self.foreign_account.move_ids[:1].name])
        self.enter("colleague")
        self.account.is_open_to_colleagues = False
        self.env.flush_all()
        self.assertFalse(self.read_payments())

    def transfer(self, move, day):
        """Return the receivable item of a transfer that is matched with an invoice straight from a bank statement."""
        owed = move.line_ids.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        line = self.env["account.bank.statement.line"].create(
            {"journal_id": journal.id, "date": day, "payment_ref": "Transfer", "amount": move.amount_residual}
        )
        _liquidity, suspense, _others = line._seek_for_lines()
        suspense.write({"account_id": owed.account_id.id, "partner_id": move.partner_id.id})
        (suspense | owed).reconcile()
        self.env.flush_all()
        return suspense

    def test_a_transfer_that_was_matched_from_the_bank_is_a_payment_for_the_customer(self):
        moves = self.account.move_ids.sorted("invoice_date")
        paid = self.pay(moves[0], "2026-03-10")
        line = self.transfer(moves[1], "2026-03-11")
        self.transfer(self.foreign_account.move_ids[:1], "2026-03-12")
        self.assertEqual(moves[1].payment_state, "paid")
        self.enter("viewer")
        rows = [
            ["03/11/2026", line.journal_id.name, moves[1].name, "$ 50.00", ""],
            ["03/10/2026", paid.journal_id.name, moves[0].name, "$ 50.00", f"{paid.name} Mail it again"],
        ]
        for query, found in (
            ("", rows), (f"?search={moves[1].name}", rows[:1]), (f"?search={line.move_name}", rows[:1]),
            ("?year=2026", rows), (f"?search={moves[0].name}", rows[1:]),
        ):  # fmt: skip
            self.assertEqual(self.read_payments(query), found, query)
        card = html.fromstring(self.open("/my/billing")[1]).xpath("//dd[@name='payments']")[0].text_content()
        self.assertIn("03/11/2026", card)
        self.assertNotIn("03/12/2026", card)
        for number in (-line.id, line.id):
            self.assertEqual(self.open(f"/my/billing/receipt/{number}")[0], 404)
        last = self.env["billing.erasing"].get_kept_until(self.account)
        keeping = self.env["billing.erasure.keeping"]
        self.assertEqual(last, keeping.get_end(self.company, date(2026, 3, 11)))
        self.transfer(moves[2], "2027-01-08")
        [keeper] = keeping.get_keepers(self.account.partner_id)
        self.assertEqual(keeper.kept_until, keeping.get_end(self.company, date(2027, 1, 8)))

    def test_pages_of_payments_take_few_statements_however_many_there_are(self):
        counts = []
        self.enter("viewer")
        for number in (1, 21):
            self.env["account.payment"].create(
                [
                    {"payment_type": "inbound", "partner_id": self.account.partner_id.id, "amount": 1,
                     "date": "2026-03-01", "billing_account_id": self.account.id}
                ] * number
            ).action_post()  # fmt: skip
            self.env.flush_all()
            counts.append(self.count_statements("/my/billing/payments"))
        for move in self.account.move_ids[:2]:
            self.transfer(move, "2026-03-02")
            counts.append(self.count_statements("/my/billing/payments"))
        self.assertLessEqual(max(counts), 60)
        self.assertLessEqual(counts[3] - counts[2], 1)
        self.assertLessEqual(counts[1] - counts[0], 3)
        self.assertEqual((len(self.read_payments()), len(self.read_payments("/page/2"))), (20, 4))
        self.assertIn('href="/my/billing/payments"', self.open("/my/billing")[1])

    def test_a_receipt_is_mailed_again_from_the_list_of_payments(self):
        self.account.partner_id.email = "ada@example.com"
        self.company.email = "billing@example.com"
        own = self.pay(self.account.move_ids[:1], "2026-03-10")
        foreign = self.pay(self.foreign_account.move_ids[:1], "2026-03-10")
        self.env.flush_all()
        self.enter("viewer")
        status, text = self.submit(f"/my/billing/payments/{own.id}/mail", year="2026", search="", page="1")
        self.assertEqual(status, 200)
        self.assertIn("on its way", text)
        self.assertEqual(html.fromstring(text).xpath("//select[@id='year']/option[@selected]/@value"), ["2026"])
        mails = self.env["mail.mail"].search([("model", "=", "account.payment"), ("res_id", "=", own.id)])
        self.assertEqual(mails.recipient_ids, self.account.partner_id)
        self.assertIn("a moment ago", self.submit(f"/my/billing/payments/{own.id}/mail")[1])
        for number in (foreign.id, 2**31 - 1, 10**20):
            self.assertEqual(self.submit(f"/my/billing/payments/{number}/mail")[0], 404)
