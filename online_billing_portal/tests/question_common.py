"""Questions of the people of one customer, by the services and over HTTP."""

import itertools

from odoo.tests import new_test_user

from .portal_common import DAY, PortalCase


class QuestionCase(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.service = cls.env["billing.questions"]
        cls.staff = new_test_user(
            cls.env, "staff", "online_billing.group_billing_user", email="staff@example.com",
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
        )  # fmt: skip
        cls.account.collector_id = cls.staff
        for name, user in cls.people.items():
            user.partner_id.email = f"{name}@example.com"
        cls.numbers = itertools.count(1)
        cls.moves = cls.account.move_ids.sorted("invoice_date")
        cls.move = cls.moves[:1]
        cls.env.flush_all()

    def ask(self, name="payer", files=(), **vals):
        text = f"Tell me {next(self.numbers)}"  # the same once more is no other question
        values = {"account_id": self.account.id, "subject": "Why so much?", "text": text, **vals}
        return self.service.ask(self.people[name].partner_id, values, files)

    def dispute(self, amount=0, name="payer", move=None, **vals):
        return self.ask(name, move_id=(move or self.move).id, kind="dispute", amount=amount, **vals)

    def answer_as_staff(self, question, text="Because of this", **vals):
        return question.with_user(self.staff).message_post(
            body=text, message_type="comment", subtype_xmlid="mail.mt_comment", **vals
        )

    def get_asked(self):
        """Return what is asked for of the account, as a float."""
        self.env.invalidate_all()
        service = self.env["billing.open.items"]
        return float(service.sum_up(service.get_items(self.account.ids)[self.account.id], DAY)["all"])

    # -- over HTTP ----------------------------------------------------------------------------------------------------

    def get_token(self):
        text = self.url_open("/my/billing/questions").text
        return text.partition('csrf_token: "')[2].partition('"')[0]

    def post(self, path="/my/billing/questions/new", files=None, token=True, **values):
        """Send a form with the token that the visitor's forms carry, without following where it leads."""
        if token:
            values["csrf_token"] = self.get_token()
        answer = self.url_open(path, data=values, files=files, allow_redirects=False)
        self.env.invalidate_all()
        return answer

    def get_values(self, **changes):
        return {"subject": "Too much", "text": "This is wrong", "topic": "amount", **changes}

    def get_newest(self):
        return self.env["billing.question"].search([("account_id", "=", self.account.id)], limit=1)
