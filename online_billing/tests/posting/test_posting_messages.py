from odoo.tests import tagged
from odoo.tools.mail import generate_tracking_message_id, mail_header_msgid_re

from ...services.posting.message_id import make_message_ids
from .posting_common import InvoiceWriterCase

ANSWER = """From: Somebody <somebody@customer.example.com>
To: catchall@example.com
Message-Id: <answer-1@customer.example.com>
In-Reply-To: {answered}
Subject: Re: your invoice

What is this for?
"""


@tagged("post_install", "-at_install")
class TestInvoiceWriterMessages(InvoiceWriterCase):
    """Messages of invoices that were written in batches have ids as any other message has."""

    def test_ids_are_a_headers_and_all_different(self):
        found = [name for number in range(500) for name in make_message_ids(f"{number}-account.move", 2)]
        self.assertEqual(len(set(found)), 1000)
        for name in found:
            self.assertEqual(mail_header_msgid_re.findall(name), [name])

    def test_ids_stand_behind_those_of_odoo_in_the_order_in_which_they_are_made(self):
        # only so do they enter an index at its end
        names = [generate_tracking_message_id("7-account.move")]
        names += [make_message_ids("7-account.move", 1)[0].split(".")[0] for _number in range(50)]
        query = "SELECT name FROM unnest(%s) WITH ORDINALITY AS made(name, place) ORDER BY name, place"
        self.env.cr.execute(query, [names])
        self.assertEqual([name for (name,) in self.env.cr.fetchall()], names)

    def test_an_answer_to_a_message_finds_its_invoice(self):
        with_messages = self.env(context={"allowed_company_ids": self.company.ids})
        result = self.writer.with_env(with_messages).create_posted(self.invoices())
        move = with_messages["account.move"].browse(sorted(result.rendered_ids)[:1])
        self.assertTrue(move, result.reasons)
        [written] = move.message_ids
        self.assertTrue(written.message_id.startswith("<z"), written.message_id)
        with_messages["mail.thread"].message_process(False, ANSWER.format(answered=written.message_id))
        self.assertIn("What is this for?", move.message_ids[0].body)
        self.assertEqual(move.message_ids[0].parent_id, written)
