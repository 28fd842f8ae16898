"""A form whose files are too large: refused before it is read, and answered by its page with all that was typed."""

import io

from lxml import html
from odoo.tests import tagged

from ..services.form_heads import MOST_DRAINED, read_fields
from ..services.question_files import LARGEST_FORM
from .privacy_common import PDF, PrivacyCase

LARGE = PDF + bytes(LARGEST_FORM)
QUESTIONS = "/my/billing/questions"


@tagged("post_install", "-at_install")
class TestLargeFiles(PrivacyCase):
    def send_large(self, name, path, **values):
        self.enter(name)
        given = {"csrf_token": self.get_token(), **values}
        files = {"files": ("large.pdf", LARGE, "application/pdf")}
        answer = self.url_open(path, data=given, files=files, allow_redirects=False)
        self.env.invalidate_all()
        return answer.status_code, html.fromstring(answer.text)

    def assertSaid(self, page):
        [alert] = page.xpath("//*[@role='alert']")
        self.assertIn("at most 5 files of 5 MB each", alert.text_content())

    def test_a_question_keeps_what_was_typed(self):
        lines = self.move.invoice_line_ids[:1]
        status, page = self.send_large(
            "payer", f"{QUESTIONS}/new", invoice=self.move.id, kind="dispute", amount="12,50", subject="Why so much?",
            text="Ünder protest", lines=lines.ids,
        )  # fmt: skip
        self.assertEqual(status, 413)
        self.assertSaid(page)
        self.assertEqual(page.xpath("//input[@name='subject']/@value"), ["Why so much?"])
        self.assertEqual(page.xpath("//input[@name='amount']/@value"), ["12,50"])
        self.assertEqual(page.xpath("//textarea[@name='text']")[0].text, "Ünder protest")
        self.assertTrue(page.xpath(f"//input[@name='lines'][@value='{lines.id}'][@checked]"))
        self.assertFalse(self.env["billing.question"].search([("account_id", "=", self.account.id)]))

    def test_an_answer_keeps_what_was_typed(self):
        question = self.ask("payer")
        count = len(question.message_ids)
        status, page = self.send_large("payer", f"{QUESTIONS}/{question.id}/answer", text="Here it is")
        self.assertEqual(status, 413)
        self.assertSaid(page)
        self.assertEqual(page.xpath("//textarea[@name='text']")[0].text, "Here it is")
        self.assertEqual(len(question.message_ids), count)

    def test_a_document_keeps_what_was_chosen(self):
        status, page = self.send_large("owner", f"/my/billing/profile/{self.account.id}/documents", kind="tax")
        self.assertEqual(status, 413)
        self.assertSaid(page)
        self.assertEqual(page.xpath("//select[@name='kind']/option[@selected]/@value"), ["tax"])
        self.assertFalse(self.account.verification_ids)

    def test_nobody_is_shown_a_page_that_is_not_theirs(self):
        question = self.ask("payer")
        for name, path in (
            ("stranger", f"{QUESTIONS}/{question.id}/answer"),
            ("payer", f"/my/billing/profile/{self.account.id}/documents"),
        ):
            status, page = self.send_large(name, path, text="Here it is")
            self.assertEqual(status, 404, path)
            self.assertNotIn(self.account.name, page.text_content())

    def test_the_browser_is_told_the_limits(self):
        self.enter("owner")
        for path in (f"{QUESTIONS}/new", "/my/billing/profile"):
            [field] = html.fromstring(self.open(path)[1]).xpath("//input[@type='file']")
            self.assertEqual((field.get("data-largest"), field.get("data-most")), (str(5 * 1024 * 1024), "5"))
            self.assertEqual(field.get("data-too-large"), "Add at most 5 files of 5 MB each.")

    def test_fields_are_read_as_far_as_the_first_file(self):
        body = (
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
            b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n2\r\n'
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n3\r\n'
            b'--x\r\nContent-Disposition: form-data; name="b"\r\n\r\n4\r\n--x--\r\n'
        )
        stream = io.BytesIO(body + bytes(10**6))
        self.assertEqual(read_fields(stream, b"x"), {"a": ["1", "2"]})
        self.assertFalse(stream.read(1), "the browser is still sending")
        self.assertGreater(MOST_DRAINED, LARGEST_FORM)
        self.assertEqual(read_fields(io.BytesIO(b"nothing of a form"), b"x"), {})
