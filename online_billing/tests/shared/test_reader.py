import json
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..common import BillingCase

NUL, HALF = "a\x00b", "\ud800"
DEEP = [[[[]]]]
# what no field of a program's call accepts
NEVER = (NUL, HALF, "x" * 5000, [], DEEP, {}, {"a": 1}, True, 1e308, -1e308, float("nan"), float("inf"), 10**400, "١")
BAD_DATES = (
    *NEVER, None, "", 0, False, 5, "2026-02-30", "2026-13-01", "20260101", "2026-W05-1", "2026-1-1", "26-01-01",
    "1900-01-01", "2999-01-01", "0000-00-00", "9999-12-31", "2026-01-01T00:00:00", " 2026-01-01", "tomorrow",
)  # fmt: skip
BAD_NUMBERS = (
    *NEVER, "", "NaN", "Infinity", "1e999999999", "1e-7", "1,5", "1_000", "1/2", "0x10", "1e13", 1e13, 0.0000001,
    1.23456789, "--1", "1 2",
)  # fmt: skip
BAD_COUNTS = (*NEVER, None, "", "1", 1.0, -1, 2**63)
BAD_NAMES = (*NEVER, None, "", 0, 5, False, "nobody")


@tagged("post_install", "-at_install")
class TestReader(BillingCase, HttpCase):
    """What programs send is read by one reader: bad values are told by a code, and change nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.make_account()
        cls.hour = cls.make_code("HOUR", price=95, kind="one_time")
        cls.plan = cls.make_plan(cls.make_code("NET", price=50), alignment="calendar")
        cls.subscribe(cls.account, cls.plan, "2026-08-01")
        expiry = fields.Datetime.now() + timedelta(days=1)
        cls.key = cls.env(user=cls.manager)["res.users.apikeys"]._generate("rpc", "test", expiry)

    def call(self, model, method, **arguments):
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        return self.url_open(f"/json/2/{model}/{method}", data=json.dumps(arguments), headers=headers)

    def give(self, **vals):
        return {"account": self.account.name, "code": "HOUR", "key": "k", "date": "2026-08-20", **vals}

    def get_stored(self):
        """Return a digest of every row of every table of the billing."""
        self.env.flush_all()
        digests = {}
        for model in self.env.values():
            if model._name.startswith("billing.") and model._auto and not model._abstract and not model._transient:
                query = SQL(
                    "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t.id), '')) FROM %s t",
                    SQL.identifier(model._table),
                )
                digests[model._name] = self.env.execute_query(query)[0][0]
        self.assertGreater(len(digests), 20)
        return digests

    def iterate_bad_calls(self):
        """Yield (model, method, arguments) that a program must not get away with."""
        for value in BAD_DATES:
            yield "billing.run", "preview", {"target_date": value}
            yield "billing.run", "start", {"target_date": value}
            if value is not None:
                yield "billing.plan", "estimate", {"plan_id": self.plan.id, "start": value}
        for value in BAD_NAMES:
            yield "billing.account", "get_balance", {"account": value}
            if value != self.plan.id:
                yield "billing.plan", "estimate", {"plan_id": value}
            yield "billing.run", "preview", {"target_date": "2026-08-31", "accounts": [value]}
            yield "billing.run", "start", {"target_date": "2026-08-31", "accounts": [self.account.name, value]}
            if value is not None:
                yield "billing.run", "preview", {"target_date": "2026-08-31", "accounts": value}
                yield "billing.run", "start", {"target_date": "2026-08-31", "accounts": value}
                yield "billing.plan", "estimate", {"plan_id": self.plan.id, "currency": value}
        for value in BAD_COUNTS:
            yield "billing.run", "preview", {"target_date": "2026-08-31", "limit": value}
            yield "billing.plan", "estimate", {"plan_id": self.plan.id, "count": value}
        for value in BAD_NUMBERS:
            yield "billing.plan", "estimate", {"plan_id": self.plan.id, "quantities": {"NET": value}}
        for value in ([], "x", 5, True, {"": 1}, {NUL: 1}, {HALF: 1}, {"TV": 1}, {"NET": -1}, {"NET": None}):
            yield "billing.plan", "estimate", {"plan_id": self.plan.id, "quantities": value}
        for value in (None, "x", 5, True, {}, [{}] * 1001, NUL):
            yield "billing.charge", "record", {"charges": value}

    @mute_logger("odoo.http")
    def test_case_F5_bad_values_are_answered_with_a_code_and_change_nothing(self):
        before, looked_at = self.get_stored(), 0
        for model, method, arguments in self.iterate_bad_calls():
            with self.subTest(method=method, arguments=repr(arguments)[:200]):
                response = self.call(model, method, **arguments)
                self.assertEqual(response.status_code, 422, response.text[-300:])
                answer = response.json()
                self.assertTrue(answer["context"].get("code"), answer["message"])
                self.assertTrue(answer["message"])
                looked_at += 1
        self.assertGreater(looked_at, 250)
        self.assertEqual(self.get_stored(), before)

    @mute_logger("odoo.http")
    def test_case_F5_missing_and_unknown_arguments_are_no_server_errors(self):
        for model, method in (
            ("billing.account", "get_balance"),
            ("billing.plan", "estimate"),
            ("billing.run", "start"),
        ):
            self.assertEqual(self.call(model, method).status_code, 422)
            self.assertEqual(self.call(model, method, colour="red").status_code, 422)

    def test_case_B18_each_entry_has_its_own_result_whatever_the_others_are(self):
        bad = [{"quantity": value} for value in (*BAD_NUMBERS, None, -1)]
        bad += [{"amount": value} for value in BAD_NUMBERS]
        bad += [{"date": value} for value in BAD_DATES if value != "9999-12-31"]
        bad += [{name: value} for name in ("account", "code") for value in BAD_NAMES]
        bad += [{"key": value} for value in BAD_NAMES if value not in ("١", "nobody")]
        bad += [{"name": value} for value in (NUL, HALF, "x" * 501, "", "  ", [], {}, True, 5)]
        bad += [{"invoice": value} for value in (*NEVER, None, "later", "")]
        bad += [{"colour": "red"}, {NUL: 1}, {HALF: 1}]
        entries = [self.give(**given) for given in bad] + [None, 5, "x", [], True, {}, 1e308]
        self.assertGreater(len(entries), 150)
        good = [self.give(key=f"good {number}") for number in range(3)]
        sent = [good[0], *entries[:70], good[1], *entries[70:], good[2]]
        response = self.call("billing.charge", "record", charges=sent)
        self.assertEqual(response.status_code, 200, response.text[-300:])
        results = response.json()
        self.assertEqual(len(results), len(sent))
        for given, result in zip(sent, results, strict=True):
            with self.subTest(given=repr(given)[:200]):
                if given in good:
                    self.assertEqual(result["status"], "created")
                else:
                    self.assertEqual(result["status"], "error")
                    self.assertTrue(result["error"]["code"] and result["error"]["message"])
        self.assertEqual(len(self.account.charge_ids), 3)

    def test_case_G8_a_float_that_means_a_number_of_six_decimals_is_taken_as_that(self):
        sums = {
            10 + 1.13: 11.13,
            0.1 + 0.2: 0.3,
            1.1 * 3: 3.3,
            1e-6: 1e-6,
            4.35 * 100: 435,
            99999.07 + 0.03: 99999.1,
        }
        for number, (given, meant) in enumerate(sums.items()):
            [result] = self.env["billing.charge"].record([self.give(key=f"{number}", quantity=given, amount=given)])
            self.assertEqual(result["status"], "created", given)
            self.assertEqual(self.env["billing.charge"].browse(result["id"]).quantity, meant)

    def test_case_B7_an_empty_selection_is_nobody_and_not_everybody(self):
        runs = self.env["billing.run"].with_user(self.manager)
        for method in ("preview", "start"):
            with self.assertRaises(UserError) as caught:
                getattr(runs, method)("2026-08-31", accounts=[])
            self.assertEqual(caught.exception.code, "empty_selection")
        self.assertEqual(runs.preview("2026-08-31")["accounts"], 1)

    def test_case_F10_a_day_far_ahead_is_refused_and_many_numbers_are_one_query(self):
        with self.assertRaises(UserError) as caught:
            self.env["billing.run"].preview("2090-01-01")
        self.assertEqual(caught.exception.code, "invalid_target_date")
        numbers = (
            self.env["billing.account"]
            .create([{"partner_id": self.account.partner_id.id} for _number in range(50)])
            .mapped("name")
        )
        reader = self.env["billing.reader"]
        self.env.flush_all()
        with self.assertQueryCount(2):
            self.assertEqual(len(reader.read_accounts(numbers)), 50)


@tagged("post_install", "-at_install")
class TestReaderCompanies(BillingCase):
    """A number or code that is unique within a company is looked up in the current one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.others = cls.env["res.company"].create([{"name": "Second"}, {"name": "Third"}])
        cls.own, cls.second, cls.third = [
            cls.env["billing.account"].create({"partner_id": cls.make_partner().id, "company_id": company.id})
            for company in (cls.company, *cls.others)
        ]
        (cls.own | cls.second | cls.third).sudo().name = "SAME-1"
        cls.user = new_test_user(
            cls.env,
            "everywhere",
            "online_billing.group_billing_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, (cls.company | cls.others).ids)],
        )

    @classmethod
    def make_partner(cls):
        return cls.env["res.partner"].create({"name": "Ada"})

    def reader(self, *companies):
        ids = [company.id for company in companies]
        return self.env["billing.reader"].with_user(self.user).with_context(allowed_company_ids=ids)

    def test_case_B6_the_account_of_the_current_company_is_meant(self):
        second, third = self.others
        for companies, account in (
            ((self.company, second, third), self.own),
            ((second, self.company), self.second),
            ((third,), self.third),
        ):
            self.assertEqual(self.reader(*companies).read_account("SAME-1"), account)

    def test_case_B6_a_number_of_several_other_companies_is_refused_as_ambiguous(self):
        self.own.sudo().name = "OTHER-1"
        with self.assertRaises(UserError) as caught:
            self.reader(self.company, *self.others).read_account("SAME-1")
        self.assertEqual(caught.exception.code, "ambiguous_account")
        [result] = (
            self.env["billing.charge"]
            .with_user(self.user)
            .with_context(allowed_company_ids=(self.company | self.others).ids)
            .record([{"account": "SAME-1", "code": "X", "key": "1"}])
        )
        self.assertEqual(result["error"]["code"], "ambiguous_account")
        self.assertEqual(self.reader(self.company, *self.others).read_account("OTHER-1"), self.own)

    def test_case_B6_a_run_takes_accounts_of_its_own_company_alone(self):
        self.own.sudo().name = "OTHER-1"
        runs = self.env["billing.run"].with_user(self.user)
        with self.assertRaises(UserError) as caught:
            runs.with_context(allowed_company_ids=(self.company | self.others).ids).preview("2026-08-31", ["SAME-1"])
        self.assertEqual(caught.exception.code, "unknown_account")

    def test_case_B6_the_code_of_the_nearest_company_is_meant(self):
        branch = self.env["res.company"].create({"name": "Branch", "parent_id": self.company.id})
        above = self.make_code("HOUR", price=95)
        reader = self.env["billing.reader"]
        self.assertEqual(reader.read_code("HOUR", branch), above)
        below = above.copy({"code": "HOUR", "company_id": branch.id, "product_id": False})
        self.assertEqual(reader.read_code("HOUR", branch), below)
        self.assertEqual(reader.read_code("HOUR", self.company), above)
