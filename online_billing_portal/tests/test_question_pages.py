"""The pages of questions, over real HTTP."""

import re

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.question_files import MOST_FILES
from ..services.questions import MOST_AN_HOUR
from .question_common import QuestionCase

READY = "document.body?.getAttribute('is-ready') === 'true'"
#: sends a form twice, as who clicks twice, and keeps it from leaving the page
SEND_TWICE = """
    let sent = 0;
    const form = document.querySelector("form[name=question]");
    window.addEventListener("submit", (ev) => {
        sent += ev.defaultPrevented ? 0 : 1;
        ev.preventDefault();
    });
    form.querySelector("#subject").value = form.querySelector("#text").value = "Once";
    for (let turn = 0; turn < 2; turn++) {
        form.requestSubmit();
    }
    const before = sent;
    window.dispatchEvent(new PageTransitionEvent("pageshow"));
    form.requestSubmit();
    console.log(before === 1 && sent === 2 ? "test successful" : `sent ${before} and ${sent} times`);
"""


@tagged("post_install", "-at_install")
class TestQuestionPages(QuestionCase):
    def test_without_log_in_every_page_asks_for_it(self):
        question = self.ask()
        self.env.flush_all()
        self.enter(None)
        for path in ("", "/new", f"/{question.id}", f"/{question.id}/files/1"):
            answer = self.url_open(f"/my/billing/questions{path}", allow_redirects=False)
            self.assertEqual(answer.status_code, 303, path)
            self.assertIn("/web/login", answer.headers["Location"])

    def test_a_customer_disputes_a_part_by_a_plain_form(self):
        self.enter("payer")
        _status, text = self.open(f"/my/billing/invoices/{self.move.id}")
        self.assertIn(f"/my/billing/questions/new?invoice={self.move.id}", text)
        line = self.move.invoice_line_ids[:1]
        self.assertIn(f"invoice={self.move.id}&amp;line={line.id}", text)
        status, text = self.open(f"/my/billing/questions/new?invoice={self.move.id}&line={line.id}")
        self.assertEqual(status, 200)
        self.assertRegex(text, rf'name="lines"[^>]*value="{line.id}"[^>]*checked')
        answer = self.post(invoice=self.move.id, kind="dispute", amount="20,00", **self.get_values())
        question = self.get_newest()
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(f"/my/billing/questions/{question.id}"))
        self.assertEqual((question.amount, question.kind, question.topic), (20, "dispute", "amount"))
        self.assertEqual(question.author_id, self.people["payer"].partner_id)
        self.assertEqual(self.get_asked(), 130)
        _status, text = self.open(f"/my/billing/questions/{question.id}")
        self.assertIn("This is wrong", text)
        self.assertIn("need not pay this part", text)
        _status, text = self.open(f"/my/billing/invoices/{self.move.id}")
        self.assertIn("in dispute:", text)
        self.assertIn(question.subject, text)

    def test_an_amount_is_not_dropped_in_silence_where_no_dispute_was_chosen(self):
        self.enter("payer")
        answer = self.post(invoice=self.move.id, kind="question", amount="20,00", **self.get_values())
        self.assertIn("You have written an amount", answer.text)
        self.assertIn('value="20,00"', answer.text)
        self.assertFalse(self.get_newest())

    def test_an_invoice_over_nothing_is_asked_about_and_not_disputed(self):
        free = self.move.copy({"invoice_date": self.move.invoice_date})
        free.invoice_line_ids.price_unit = 0
        free.billing_account_id = self.account
        free.action_post()
        self.env.flush_all()
        self.enter("payer")
        _status, text = self.open(f"/my/billing/questions/new?invoice={free.id}")
        self.assertNotIn('value="dispute"', text)
        self.assertIn('name="lines"', text)
        self.assertEqual(self.post(invoice=free.id, **self.get_values()).status_code, 303)
        with self.assertRaisesRegex(UserError, "cost nothing"):
            self.dispute(move=free)

    def test_a_form_that_is_sent_twice_is_sent_once(self):
        self.browser_js(f"/my/billing/questions/new?invoice={self.move.id}", SEND_TWICE, READY, login="payer")

    def test_a_form_that_comes_twice_to_the_server_is_one_question(self):
        self.enter("payer")
        line = self.move.invoice_line_ids[:1]
        forms = (
            {"invoice": self.move.id, "kind": "dispute", "amount": "20"},
            {"invoice": self.move.id, "kind": "dispute", "amount": "5"},
            {"invoice": self.move.id, "kind": "dispute", "lines": [str(line.id)]},
            {"invoice": self.move.id},
            {},
        )
        led_to = []
        for form in forms:
            answers = [self.post(**form, **self.get_values()).headers["Location"] for _time in range(2)]
            self.assertEqual(len(set(answers)), 1, form)
            led_to += answers[:1]
        self.assertEqual(len(set(led_to)), len(forms), "what differs is another question")
        self.service.end_by_customer(self.get_newest().sudo())
        again = self.post(**self.get_values()).headers["Location"]
        self.assertNotIn(again, led_to, "what was closed may be asked again")

    def test_an_amount_with_decimals_that_the_currency_has_not_is_none(self):
        self.enter("payer")
        for amount in ("1.234", "20.005", "9" * 20):  # in Germany 1.234 are more than a thousand
            answer = self.post(invoice=self.move.id, kind="dispute", amount=amount, **self.get_values())
            self.assertIn("Write the amount as a number above zero", answer.text, amount)
        self.assertFalse(self.get_newest())

    def test_no_page_asks_for_what_is_in_dispute(self):
        self.dispute(20)
        self.env.flush_all()
        self.enter("payer")
        path = self.env["billing.pay.links"].get_pay_path(self.account.id, self.account.currency_id.id)
        _status, text = self.open(path)
        self.assertIn("in dispute, not included", text)
        self.assertRegex(re.sub(r"<[^>]+>|\s|\xa0|\ufeff", "", text), r"Tobepaid\$130\.00")
        _status, text = self.open("/my/billing")
        self.assertIn("In dispute or being paid", text)
        _status, text = self.open(self.move.get_portal_url())
        [asked] = html.fromstring(text).xpath("//*[@id='o_payment_summary_amount_full']")
        self.assertIn("30.00", asked.text_content())

    def test_a_payer_disputes_chosen_lines_and_all(self):
        self.enter("payer")
        line = self.move.invoice_line_ids[:1]
        self.post(invoice=self.move.id, kind="dispute", lines=[str(line.id)], **self.get_values())
        self.assertEqual((self.get_newest().line_ids, self.get_newest().amount), (line, line.price_total))
        self.post(invoice=self.moves[1].id, kind="dispute", **self.get_values())
        self.assertEqual((self.get_newest().amount, self.moves[1].payment_state), (0, "blocked"))

    def test_a_question_about_the_account_alone(self):
        self.enter("viewer")
        self.assertEqual(self.post(**self.get_values()).status_code, 303)
        question = self.get_newest()
        self.assertEqual((question.kind, question.move_id.id, question.account_id), ("question", False, self.account))

    def test_a_viewer_asks_and_does_not_dispute(self):
        self.enter("viewer")
        _status, text = self.open(f"/my/billing/questions/new?invoice={self.move.id}")
        self.assertNotIn('value="dispute"', text)
        answer = self.post(invoice=self.move.id, kind="dispute", amount="20", **self.get_values())
        self.assertIn("You may ask here", answer.text)
        self.assertIn("This is wrong", answer.text)
        self.assertFalse(self.get_newest())
        self.assertEqual(self.post(invoice=self.move.id, **self.get_values()).status_code, 303)
        self.assertEqual(self.get_newest().move_id, self.move)

    def test_a_viewer_does_not_withdraw_what_others_dispute(self):
        question = self.dispute(20)
        self.env.flush_all()
        self.enter("viewer")
        _status, text = self.open(f"/my/billing/questions/{question.id}")
        self.assertNotIn('name="end"', text)
        self.assertEqual(self.post(f"/my/billing/questions/{question.id}/end").status_code, 404)
        self.assertEqual((question.state, self.get_asked()), ("new", 130))
        self.enter("owner")
        self.assertEqual(self.post(f"/my/billing/questions/{question.id}/end").status_code, 303)
        self.assertEqual((question.outcome, self.get_asked()), ("withdrawn", 150))

    def test_foreign_and_missing_ids_answer_alike(self):
        question = self.ask(files=[("a.txt", b"x")])
        foreign = self.foreign_account
        self.env.flush_all()
        for name, own in (("owner", 200), ("viewer", 200), ("colleague", 200), ("stranger", 404)):
            self.enter(name)
            self.assertEqual(self.open(f"/my/billing/questions/{question.id}")[0], own, name)
            path = f"/my/billing/questions/{question.id}/files/{question.attachment_ids.id}"
            self.assertEqual(self.open(path)[0], own, name)
            for number in (0, 2**31 - 1, 10**20):
                self.assertEqual(self.open(f"/my/billing/questions/{number}")[0], 404, name)
                self.assertEqual(self.open(f"/my/billing/questions/{question.id}/files/{number}")[0], 404, name)
                self.assertEqual(self.open(f"/my/billing/questions/new?invoice={number}")[0], 404, name)
        self.assertEqual(self.post(f"/my/billing/questions/{question.id}/answer", text="x").status_code, 404)
        self.assertEqual(self.post(f"/my/billing/questions/{question.id}/end").status_code, 404)
        self.enter("owner")
        for values in ({"invoice": foreign.move_ids[:1].id}, {"account": foreign.id}, {"account": "x"}):
            self.assertEqual(self.post(**values, **self.get_values()).status_code, 404, values)
        self.assertEqual(question.state, "new")
        self.assertEqual(len(self.service.get_thread(question)), 0)

    def test_only_files_of_what_is_shown_are_handed_out(self):
        question = self.ask()
        note = question.with_user(self.staff).message_post(
            body="Among us", subtype_xmlid="mail.mt_note", attachments=[("secret.txt", b"secret")]
        )
        answer = self.answer_as_staff(question, attachments=[("letter.txt", b"letter")])
        other = self.env["ir.attachment"].create({"name": "other.txt", "raw": b"other"})
        self.env.flush_all()
        self.enter("payer")
        _status, text = self.open(f"/my/billing/questions/{question.id}")
        self.assertIn("Because of this", text)
        self.assertNotIn("Among us", text)
        self.assertNotIn("secret.txt", text)
        path = f"/my/billing/questions/{question.id}/files"
        handed = self.url_open(f"{path}/{answer.attachment_ids.id}")
        self.assertEqual((handed.status_code, handed.content), (200, b"letter"))
        self.assertIn("attachment", handed.headers["Content-Disposition"])
        self.assertEqual(handed.headers["X-Content-Type-Options"], "nosniff")
        for file in (note.attachment_ids, other):
            self.assertEqual(self.open(f"{path}/{file.id}")[0], 404)

    def test_the_thread_goes_on_until_it_is_closed(self):
        question = self.ask()
        self.answer_as_staff(question)
        self.env.flush_all()
        self.enter("payer")
        path = f"/my/billing/questions/{question.id}"
        answer = self.post(f"{path}/answer", files={"files": ("photo.png", b"\x89PNG\r\n\x1a\nx")}, text="<b>And</b>?")
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(question.state, "work")
        _status, text = self.open(path)
        self.assertIn("&lt;b&gt;And&lt;/b&gt;?", text)
        self.assertIn("photo.png", text)
        self.assertEqual(self.post(f"{path}/end").status_code, 303)
        self.assertEqual(question.state, "closed")
        self.assertIn("closed already", self.post(f"{path}/answer", text="Hello?").text)
        self.assertIn("closed already", self.post(f"{path}/end").text)

    def test_without_the_token_of_the_form_nothing_happens(self):
        question = self.dispute(20)
        self.env.flush_all()
        self.enter("payer")
        path = f"/my/billing/questions/{question.id}"
        for address in ("/my/billing/questions/new", f"{path}/answer", f"{path}/end"):
            self.assertEqual(self.post(address, token=False, **self.get_values()).status_code, 400, address)
        self.assertEqual((self.get_newest(), question.state), (question, "new"))

    def test_acts_are_no_links(self):
        question = self.ask()
        self.env.flush_all()
        self.enter("payer")
        for act in ("answer", "end"):
            self.assertEqual(self.open(f"/my/billing/questions/{question.id}/{act}")[0], 303)
        self.assertEqual(question.state, "new")

    def test_what_is_refused_comes_back_with_what_was_written(self):
        self.enter("payer")
        for changes, said in (
            ({"subject": " "}, "write a subject"),
            ({"text": "\0 "}, "write what it is about"),
            ({"kind": "dispute", "amount": "50.01"}, "No more than"),
            ({"kind": "dispute", "amount": "0"}, "number above zero"),
            ({"kind": "dispute", "amount": "-5"}, "number above zero"),
            ({"kind": "dispute", "amount": "0.001"}, "number above zero"),
            ({"kind": "dispute", "amount": "NaN"}, "number above zero"),
            ({"kind": "dispute", "amount": "1e400"}, "number above zero"),
            ({"kind": "dispute", "amount": "Infinity"}, "number above zero"),
            ({"kind": "dispute", "amount": "1,234.56"}, "No more than"),
            ({"kind": "dispute", "amount": "1.23.4"}, "number above zero"),
            ({"kind": "dispute", "amount": "9" * 500}, "number above zero"),
            ({"kind": "dispute", "amount": "zwölf"}, "number above zero"),
        ):
            answer = self.post(invoice=self.move.id, **self.get_values(**changes))
            self.assertEqual(answer.status_code, 200, changes)
            self.assertIn(said, answer.text, changes)
            self.assertIn('role="alert"', answer.text)
            self.assertIn("Too much" if "subject" not in changes else "This is wrong", answer.text, changes)
        self.assertFalse(self.get_newest())
        self.assertEqual((self.move.payment_state, self.get_asked()), ("not_paid", 150))

    def test_files_of_a_form_are_checked(self):
        self.enter("payer")
        for files, said in (
            ([("a.exe", b"MZ")], "cannot be added"),
            ([("a.pdf", b"<script>")], "no file of its type"),
            ([(f"{number}.txt", b"x") for number in range(MOST_FILES + 1)], "at most"),
        ):
            answer = self.post(files=[("files", one) for one in files], **self.get_values())
            self.assertIn(said, answer.text, said)
        self.assertFalse(self.get_newest())
        self.assertEqual(self.post(files={"files": ("a.txt", b"x")}, **self.get_values()).status_code, 303)
        self.assertEqual(self.get_newest().attachment_ids.mapped("name"), ["a.txt"])

    def test_too_many_questions_are_refused_with_the_reason(self):
        self.enter("payer")
        for _number in range(MOST_AN_HOUR):
            self.ask()
        self.env.flush_all()
        self.assertIn("within an hour", self.post(**self.get_values()).text)

    def test_b80_parameters_that_make_no_sense_do_no_harm(self):
        question = self.ask()
        self.env.flush_all()
        self.enter("payer")
        odd = ("", "abc", "-1", "0", "99999999999999999999", "%00", "%F0%9F%92%B8", "1.5", "x" * 5000, "'; drop", "١")
        for value in odd:
            for path in (
                f"?filterby={value}", f"?page={value}", f"/page/{value}", f"/{value}", f"/new?invoice={value}",
                f"/new?account={value}", f"/new?invoice={self.move.id}&line={value}", f"/new?kind={value}",
                f"/{question.id}?error={value}", f"/{question.id}/files/{value}", f"/new?invoice[]={value}",
            ):  # fmt: skip
                self.assertIn(self.open(f"/my/billing/questions{path}")[0], (200, 301, 303, 308, 404), (path[:60]))
        token = self.get_token()
        for value in (
            "",
            "abc",
            "-1",
            "0",
            "9" * 30,
            "\0",
            "💸\ud83d".encode("utf-8", "replace").decode(),
            "x" * 20000,
        ):
            for name in (
                "invoice",
                "account",
                "kind",
                "topic",
                "amount",
                "lines",
                "subject",
                "text",
                "files",
                "unknown",
            ):
                values = {**self.get_values(), "invoice": str(self.move.id), name: value, "csrf_token": token}
                answer = self.url_open("/my/billing/questions/new", data=values, allow_redirects=False)
                self.assertIn(answer.status_code, (200, 303, 404), (name, value[:20]))

    def test_the_list_is_filtered_and_shows_own_questions_alone(self):
        own = self.ask(subject="Mine alone")
        foreign = self.env["billing.question"].create(
            {"account_id": self.foreign_account.id, "subject": "Somebody else's", "text": "x"}
        )
        self.env.flush_all()
        self.enter("viewer")
        for asked, shown in (("", True), ("?filterby=open", True), ("?filterby=closed", False)):
            _status, text = self.open(f"/my/billing/questions{asked}")
            self.assertEqual(own.subject in text, shown, asked)
            self.assertNotIn(foreign.subject, text.replace("&#39;", "'"))

    def test_labels_belong_to_fields_and_headers_keep_it_private(self):
        question = self.ask()
        self.env.flush_all()
        self.enter("payer")
        for path in (f"/new?invoice={self.move.id}", f"/{question.id}", ""):
            answer = self.url_open(f"/my/billing/questions{path}")
            self.assertEqual(answer.headers["Cache-Control"], "no-store", path)
            main = answer.text.partition('aria-label="Billing"')[2].partition("<footer")[0]
            labelled = set(re.findall(r'<label[^>]* for="([^"]+)"', main))
            for tag in re.findall(r"<(?:input|select|textarea)\b[^>]*>", main):
                if 'type="hidden"' not in tag:
                    self.assertIn(re.search(r'\bid="([^"]+)"', tag)[1], labelled, tag)
