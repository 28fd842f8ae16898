"""What customers read: no text is empty, each names every document, the sum and the link; answers come back."""

from lxml import html
from odoo.tests import tagged

from .collection_common import CollectionCase

STEPS = ("coming_due", "due", "first", "second", "last", "suspension")


@tagged("post_install", "-at_install")
class TestCollectionTexts(CollectionCase):
    def get_text(self, body):
        return " ".join(html.fromstring(str(body)).text_content().replace("\ufeff", "").split())

    def test_no_text_is_empty_and_each_names_every_item_the_sum_and_the_link(self):
        for key in STEPS:
            with self.subTest(text=key):
                trigger = {"coming_due": ("before", 30), "due": ("due", 0)}.get(key, ("overdue", 5))
                template = self.env.ref(f"online_billing.mail_template_{key}")
                self.make_policy((*trigger, {"template_id": template.id, "deadline_days": 7}))
                account = self.make_account(f"Customer {key}")
                due = {"coming_due": "2024-11-20", "due": "2024-11-10"}.get(key, "2024-11-01")
                moves = [self.owe(account, due, price=price) for price in (100, 50)]
                self.collect("2024-11-10", account)
                [message] = self.get_messages(account)
                text = self.get_text(message.body)
                self.assertGreater(len(text), 150)
                for part in (*(move.name for move in moves), "119.00", "59.50", "178.50", account.partner_id.name):
                    self.assertIn(part, text)
                self.assertIn(
                    self.env["billing.pay.links"].get_pay_url(account, account.currency_id).split("?")[0], message.body
                )
                self.assertIn("178.50", message.subject)
                self.assertNotIn("t-out", message.body)

    def test_every_step_of_the_standard_policy_has_a_text(self):
        policy = self.env.ref("online_billing.policy_standard")
        self.assertGreaterEqual(len(policy.step_ids), 5)
        self.assertFalse(self.env["res.company"].search([("default_collection_policy_id", "=", policy.id)]))
        for step in policy.step_ids:
            with self.subTest(step=step.name):
                self.assertTrue(step.channel == "none" or step.template_id)
                self.assertTrue(step.summary)

    def test_the_standard_policy_goes_its_whole_way(self):
        self.company.default_collection_policy_id = self.env.ref("online_billing.policy_standard")
        account = self.make_account(collector_id=self.clerk.id)
        self.owe(account, "2024-11-04")
        self.collect_days("2024-10-30", "2025-02-28")
        self.assertEqual([place for _day, place in self.get_log(account)], [10, 20, 30, 40, 50, 60, 70])
        self.assertEqual(self.get_case(account).state, "handed_over")
        self.assertEqual(account.state, "suspended")

    def test_the_text_is_in_the_language_of_the_customer(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        amount = "<t t-out='object._get_reminder()[&quot;total&quot;]'/>"
        self.text.with_context(lang="fr_FR").body_html = f"<div><p>Bonjour, {amount}</p></div>"
        self.make_policy(("overdue", 7))
        english, french = self.make_account("Ann"), self.make_account("Anne")
        french.partner_id.lang = "fr_FR"
        for account in (english, french):
            self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.assertIn("Hello Ann", self.get_messages(english).body)
        text = self.get_text(self.get_messages(french).body)
        self.assertTrue(text.startswith("Bonjour"), text)
        self.assertIn("119,00", text)
        self.assertEqual(self.get_messages(french).lang, "fr_FR")

    def test_names_are_text_and_never_markup(self):
        self.make_policy(("overdue", 7))
        account = self.make_account("<script>alert(1)</script>")
        account.partner_id.email = "x@example.com"
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.assertNotIn("<script>", self.get_messages(account).body)

    def test_staff_can_preview_a_text_on_a_case(self):
        self.make_policy(("overdue", 70))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        case = self.get_case(account)
        body = self.text._render_field("body_html", case.ids)[case.id]
        self.assertIn("119.00", body)

    def test_an_answer_arrives_on_the_account_and_reaches_whoever_looks_after_it(self):
        domain = self.env["mail.alias.domain"].create({"name": "acme.example", "catchall_alias": "catchall"})
        self.company.alias_domain_id = domain
        self.make_policy(("overdue", 7))
        account = self.make_account(collector_id=self.clerk.id)
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        [mail] = self._work("billing.collection.message", "_cron_send_messages")
        self.assertIn("catchall@acme.example", mail["reply_to"])
        message = self.get_messages(account)
        self.assertEqual(message.billing_delivery_state, "sent")
        answer = (
            f"From: {account.partner_id.email}\nTo: catchall@acme.example\nSubject: Re: {message.subject}\n"
            f"Message-Id: <answer@example.com>\nIn-Reply-To: {message.billing_delivery_message_id.message_id}\n"
            "Content-Type: text/plain\n\nI paid yesterday."
        )
        with self.mock_mail_gateway():
            self.env["mail.thread"].message_process("mail.thread", answer)
        newest = account.message_ids.sorted("id")[-1]
        self.assertIn("I paid yesterday", newest.body)
        self.assertIn(self.clerk.partner_id, newest.notified_partner_ids)
