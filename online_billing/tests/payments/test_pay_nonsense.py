"""Whatever somebody sends to an address of ours: a page or an answer in plain words, and no fault of the program."""

import re

from odoo.tests import new_test_user, tagged

from ..installments.installment_common import InstallmentCase
from ..shared.access_common import get_own_routes
from .pay_common import PayCase

# as they stand in an address: numbers that are none, characters that nothing can hold, halves of pairs
IN_PATHS = (
    "0",
    "-1",
    "1",
    "99999999999999999999",
    "NaN",
    "1e308",
    "%00",
    "1%00",
    "%C3%A9",
    "%ED%A0%80",
    "%F0%9F",
    "..",
)
IN_QUERIES = (*IN_PATHS, "", "%0A", "x" * 5000, "[]", "{}", "'")
IN_ODOOS = ("99999999999999999999", "NaN", "1e308", "-1", "%00", "%C3%A9", "x" * 5000)
NAMES = ("access_token", "scope", "amount", "installment", "installment_token", "payment", "provider_id", "csrf_token")
IN_CALLS = (
    None, True, False, 0, -1, 2**31, 10**30, float("nan"), float("inf"), 1e308, -5, "", "é", "\ud800", "\x00", "NaN",
    "x" * 5000, [], [1], {}, {"x": 1},
)  # fmt: skip
# what a person is told; anything else that a call answers with is a fault of the program
REFUSALS = {"odoo.exceptions.ValidationError", "werkzeug.exceptions.NotFound", "werkzeug.exceptions.BadRequest"}


@tagged("post_install", "-at_install")
class TestPayNonsense(PayCase, InstallmentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.move = cls.make_invoice(900)
        cls.installment = cls.plan(cls.move, first_date=cls.day("2027-01-10")).installment_ids[0]
        cls.move._portal_ensure_token()
        links, currency = cls.env["billing.pay.links"], cls.account.currency_id
        cls.pay_token = links.get_pay_token(cls.account.id, currency.id)
        page = f"/billing/pay/{cls.account.id}/{currency.id}"
        cls.pages = {page: cls.pay_token, f"/my/invoices/{cls.move.id}": cls.move.access_token}
        cls.calls = {
            f"{page}/transaction/all": cls.pay_token,
            f"/online_billing/installment/{cls.installment.id}/transaction/{cls.move.id}": cls.move.access_token,
            f"/invoice/transaction/{cls.move.id}": cls.move.access_token,
        }

    def assertPlain(self, answer, statuses):
        self.assertIn(answer.status_code, statuses, answer.text[:300])
        self.assertNotIn("Traceback", answer.text)

    def assertRefused(self, answer):
        """A call is refused in words that say what to do; nothing of the program's inside is its message."""
        if not answer.ok:
            self.assertPlain(answer, range(400, 500))
            return
        error = answer.json()["error"]["data"]
        self.assertIn(error["name"], REFUSALS)
        self.assertNotRegex(error["message"], r"Error|object|argument|None|\bnull\b")

    def get_right(self, path):
        """Return what a call takes that is as it should be."""
        amount = 300.0 if "/installment/" in path else 900.0
        return self.get_payment_params(amount, "/my", access_token=self.calls[path])

    def get_started(self):
        self.env.invalidate_all()
        return self.env["payment.transaction"].search([("partner_id", "=", self.account.partner_id.id)])

    def test_case_F8_paths_that_name_nothing(self):
        routes = get_own_routes(self.env)
        self.assertGreaterEqual(len(routes), 3)
        looked_at = 0
        with self.assertNoLogs(level="ERROR"):
            for route in sorted(routes):
                parts = re.findall(r"<[^>]+>", route)
                for position, _part in enumerate(parts):
                    for value in IN_PATHS:
                        values = iter(["1"] * position + [value] + ["1"] * (len(parts) - position - 1))
                        path = re.sub(r"<[^>]+>", lambda _found, values=values: next(values), route)
                        with self.subTest(path=path):
                            if path.startswith("/my/"):
                                # Odoo's own page: no document is shown, and whoever may not see it is led away
                                answer = self.url_open(path, allow_redirects=False)
                                self.assertPlain(answer, (301, 303, *range(400, 500)))
                                continue
                            self.assertPlain(self.url_open(path), range(400, 500))
                            self.assertRefused(self.call(path, {"access_token": "x"}))
                        looked_at += 1
        self.assertGreaterEqual(looked_at, 7 * len(IN_PATHS))

    def test_case_F8_nonsense_in_the_query_of_a_page(self):
        with self.assertNoLogs(level="ERROR"):
            for page, token in self.pages.items():
                for name in NAMES:
                    for value in IN_QUERIES:
                        right = "" if name == "access_token" else f"access_token={token}&"
                        with self.subTest(page=page, name=name, value=value):
                            answer = self.url_open(f"{page}?{right}{name}={value}")
                            self.assertPlain(answer, (200, *range(400, 500)))
                            if name == "access_token":
                                self.assertNotIn(self.move.name, answer.text)

    def test_b80_nonsense_in_the_query_of_odoo_s_own_pages(self):
        user = new_test_user(self.env, "nonsense", "base.group_portal", partner_id=self.account.partner_id.id)
        transaction = self.env["payment.transaction"].create(
            {"provider_id": self.provider.id, "payment_method_id": self.method.id, "reference": "nonsense",
             "amount": 1, "currency_id": self.account.currency_id.id, "partner_id": user.partner_id.id}
        )  # fmt: skip
        pages = (
            ("/my/invoices?", ("sortby", "filterby", "date_begin", "date_begin=2026-01-01&date_end")),
            ("/payment/pay?", ("amount", "currency_id", "company_id", "invoice_id", "reference", "partner_id")),
            ("/payment/pay?partner_id=1&amount=1&currency_id=1&", ("access_token",)),
            (f"/payment/confirmation?tx_id={transaction.id}&", ("access_token",)),
            ("/payment/confirmation?access_token=x&", ("tx_id",)),
        )
        self.authenticate(user.login, user.login)
        with self.assertNoLogs(level="ERROR"):
            for page, names in pages:
                for address in [page[:-1], *(f"{page}{name}={value}" for name in names for value in IN_ODOOS)]:
                    with self.subTest(address=address[:80]):
                        answer = self.url_open(address, allow_redirects=False)
                        self.assertPlain(answer, (200, 303, *range(400, 500)))
        for asked in ("sortby=x", "filterby=x", "date_begin=x", "date_begin=2026-01-01&date_end=x"):
            self.assertIn(self.move.name, self.url_open(f"/my/invoices?{asked}").text, asked)
        for token in ("é", 5, None):
            given = {"amount": None, "currency_id": None, "partner_id": user.partner_id.id, "access_token": token}
            answer = self.call("/payment/transaction", {**given, "is_validation": True})
            self.assertEqual(answer.json()["error"]["data"]["name"], "werkzeug.exceptions.Forbidden", token)

    def test_case_F8_nonsense_in_a_call(self):
        names = set(self.get_payment_params(1)) | {"access_token", "is_validation"}
        decisive = {"access_token", "flow", "provider_id", "payment_method_id"}
        refused = taken = 0
        with self.assertNoLogs(level="ERROR"):
            for path in self.calls:
                right = self.get_right(path)
                for name in sorted(names):
                    for value in IN_CALLS:
                        given = {**right, name: value}
                        answer = self.call(path, given)
                        if "result" not in answer.json():
                            self.assertRefused(answer)
                            refused += 1
                            continue
                        started = self.get_started()
                        self.assertNotIn(name, decisive, value)
                        self.assertEqual((started.amount, started.operation), (given["amount"], "online_direct"))
                        started.unlink()
                        taken += 1
        self.assertFalse(self.get_started())
        self.assertGreater(refused, 3 * len(decisive) * (len(IN_CALLS) - 1))
        self.assertGreater(taken, 100)

    def test_case_F8_what_a_call_needs_and_does_not_get(self):
        with self.assertNoLogs(level="ERROR"):
            for path, token in self.calls.items():
                right = self.get_right(path)
                for name in ("provider_id", "payment_method_id", "amount", "flow"):
                    with self.subTest(path=path, name=name):
                        self.assertRefused(self.call(path, {key: right[key] for key in right if key != name}))
                self.assertRefused(self.call(path, {"access_token": token}))
                self.assertRefused(self.call(path, {**right, "invoice_ids": [1]}))
        self.assertFalse(self.move.transaction_ids)

    def test_case_F8_a_way_to_pay_that_the_page_does_not_offer(self):
        draft = self.env.ref("payment.payment_method_card").copy({"code": "another", "active": False})
        hidden = self.env["payment.provider"].search([("state", "=", "disabled")], limit=1)
        with self.assertNoLogs(level="ERROR"):
            for path in self.calls:
                for changes in (
                    {"provider_id": hidden.id},
                    {"payment_method_id": draft.id},
                    {"flow": "token", "token_id": 1},
                    {"flow": "offline"},
                ):
                    with self.subTest(path=path, **changes):
                        answer = self.call(path, {**self.get_right(path), **changes}).json()
                        self.assertIn("reload the page and choose", answer["error"]["data"]["message"])

    def test_case_F8_a_customer_comes_back_to_this_site(self):
        for path in self.calls:
            for landing in ("https://example.com/", "//example.com", "/\\example.com", "x", None, 5):
                with self.subTest(path=path, landing=landing):
                    answer = self.call(path, {**self.get_right(path), "landing_route": landing})
                    self.assertIn("result", answer.json())
                    started = self.get_started()
                    self.assertRegex(started.landing_route, r"^/(my/invoices|billing/pay)/")
                    started.unlink()
