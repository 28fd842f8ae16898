"""Customers ask and dispute, and staff answers: what waits, what is answered, what is settled."""

from datetime import timedelta

from odoo import fields

from .foundation import COLLEAGUES, PORTAL, STAFF

CLERK = STAFF[0][0]
# who asks, how many hours ago, about which of the latest invoices, what, and what staff answers after how many hours
QUESTIONS = (
    (COLLEAGUES[2][0], 70, None, "data", "Our new address", "We have moved. Where can I change our address?",
     (3, "Under “Your addresses” in the portal. I have done it for you this time.")),
    (COLLEAGUES[1][0], 26, 0, "amount", "Why more seats than last month?", "Who has ordered these seats?", None),
    (PORTAL[0][0], 50, 0, "service", "Two days without a line", "The line was down on two days. Is that taken off?",
     (20, "We are looking into it with our technicians and will write to you here.")),
)  # fmt: skip
# who disputes how much of which of the latest invoices, why, and how it ended
DISPUTES = (
    (COLLEAGUES[0][0], 30, 0, 0.4, "These seats were cancelled", "Two of the seats were cancelled in time.", None),
    (COLLEAGUES[1][0], 200, 1, 0.2, "Set-up was free of charge", "Your colleague said that the set-up is free.",
     ("refused", "The offer was for new customers alone, as it says. Please pay the amount with the next invoice.")),
    (PORTAL[0][0], 120, 1, 0.25, "Calls that I did not make", "I was away in these days.",
     ("credited", "You were right, these calls were not yours. We are sorry.")),
)  # fmt: skip


class Asking:
    """Let people who log in to the portal ask, and the clerk answer."""

    def __init__(self, env):
        self.env = env
        self.clerk = self._get_user(CLERK)

    def play(self):
        for login, hours, place, topic, subject, text, answer in QUESTIONS:
            question = self._ask(login, hours, place, {"topic": topic, "subject": subject, "text": text})
            if answer:
                self._answer(question, *answer)
        for login, hours, place, share, subject, text, outcome in DISPUTES:
            vals = {"kind": "dispute", "topic": "amount", "subject": subject, "text": text}
            question = self._ask(login, hours, place, vals, share)
            if outcome:
                self._settle(question, *outcome)

    def _get_user(self, login):
        return self.env["res.users"].search([("login", "=", login)])

    def _ask(self, login, hours, place, vals, share=None):
        person = self._get_user(login).partner_id
        account = next(iter(self.env["billing.portal.access"].get_roles(person)))
        if place is not None:
            own = [("billing_account_id", "=", account.id), ("state", "=", "posted"), ("move_type", "=", "out_invoice")]
            moves = self.env["account.move"].search(own, order="invoice_date desc, id desc", limit=place + 1)
            vals["move_id"] = moves[-1:].id
            if share:
                vals["amount"] = moves[-1:].currency_id.round(moves[-1:].amount_total * share)
        question = self.env["billing.questions"].ask(person, {**vals, "account_id": account.id})
        self.env.flush_all()
        moment = fields.Datetime.now() - timedelta(hours=hours)
        self.env.cr.execute("UPDATE billing_question SET create_date = %s WHERE id = %s", (moment, question.id))
        question.invalidate_recordset(["create_date"])
        return question

    def _answer(self, question, hours, text):
        question.with_user(self.clerk).message_post(body=text, message_type="comment", subtype_xmlid="mail.mt_comment")
        question.date_answered = question.create_date + timedelta(hours=hours)

    def _settle(self, question, outcome, text):
        own = question.with_user(self.clerk).with_context(allowed_company_ids=question.company_id.ids)
        wizard = own.env["billing.question.settlement"].create(
            {"question_id": own.id, "outcome": outcome, "text": text}
        )
        (wizard.action_credit if outcome == "credited" else wizard.action_settle)()
