"""Two customers, one of them with colleagues of each role, and what is billed to them."""

from datetime import date

from odoo.addons.online_billing.tests.common import BillingCase
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, new_test_user

DAY = date(2026, 3, 1)


class PortalCase(BillingCase, HttpCase):
    """The customer is a company; each of its contacts logs in under the name of what they may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # one test asks more often than any visitor; those of the limits switch them on
        cls.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "off")
        cls.code = cls.make_code("NET", price=50)
        cls.plan = cls.make_plan(cls.code)
        cls.account = cls.make_account("Ada Works", delivery_channel="portal")
        cls.foreign_account = cls.make_account("Bob Works", delivery_channel="portal")
        for account in cls.account | cls.foreign_account:
            account.partner_id.is_company = True
            cls.subscribe(account, cls.plan, "2026-01-01")
        cls.bill(cls.account | cls.foreign_account, DAY.isoformat())
        company = cls.account.partner_id
        cls.people = {
            name: cls.make_user(name, parent)
            for name, parent in (
                ("owner", company),
                ("payer", company),
                ("viewer", company),
                ("colleague", company),
                ("stranger", cls.foreign_account.partner_id),
            )
        }
        cls.people["customer"] = cls.make_user("customer", partner=company)
        members = cls.env["billing.account.member"]
        for role in ("owner", "payer", "viewer"):
            members.create({"account_id": cls.account.id, "partner_id": cls.people[role].partner_id.id, "role": role})
        cls.env.flush_all()

    @classmethod
    def make_user(cls, login, parent=None, partner=None):
        partner = partner or cls.env["res.partner"].create({"name": login.title(), "parent_id": parent.id})
        return new_test_user(
            cls.env, login, "base.group_portal", partner_id=partner.id,
            company_id=cls.company.id, company_ids=[(6, 0, cls.company.ids)],
        )  # fmt: skip

    @classmethod
    def save_method(cls, partner, name="4242", provider=None, **vals):
        """Return a saved method of a contact; without a provider, of one of the company that nobody asks."""
        provider = provider or cls.env["payment.provider"].create({"name": "Test", "company_id": cls.company.id})
        methods = provider.payment_method_ids or cls.env["payment.method"].with_context(active_test=False)
        return cls.env["payment.token"].create(
            {
                "provider_id": provider.id,
                "payment_method_id": (methods[:1] or methods.search([], limit=1)).id,
                "partner_id": partner.id,
                "provider_ref": f"card {name}",
                "payment_details": name,
                **vals,
            }
        )

    def enter(self, name):
        self.authenticate(*((name, name) if name else (None, None)))

    def open(self, path):
        """Return status and text of a page, without following where it leads."""
        answer = self.url_open(path, allow_redirects=False)
        return answer.status_code, answer.text

    def count_statements(self, path, expected=200):
        """Return how many statements a page takes once the server is warm.

        :param expected: the status with which it answers
        """
        self.open(path)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        status, _text = self.open(path)
        self.assertEqual(status, expected)
        return self.env.cr.sql_log_count - before

    def post(self, path, **values):
        """Send a form with the token that the visitor's forms carry."""
        token = self.open("/my/billing")[1].partition('csrf_token: "')[2].partition('"')[0]
        return self.url_open(path, data={"csrf_token": token, **values}, allow_redirects=False)

    def switch_limits_on(self):
        def forget():
            with db_connect(self.env.cr.dbname).cursor() as cursor:
                cursor.execute("DELETE FROM billing_request_count")

        self.env["ir.config_parameter"].sudo().set_param("online_billing.request_limits", "on")
        self.env.flush_all()
        forget()
        self.addCleanup(forget)

    def submit(self, path, **values):
        """Send a form; return the status, and where it leads or else the text that answers."""
        answer = self.post(path, **values)
        return answer.status_code, answer.headers.get("Location") or answer.text
