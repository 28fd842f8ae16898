"""Installments that a customer asks for: shown, agreed as shown, asked for where the rules do not give them."""

import re
from datetime import timedelta
from unittest.mock import patch

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools.misc import format_date

from ..services import installments
from .portal_common import PortalCase

PATH = "/my/billing/installments"


@tagged("post_install", "-at_install")
class TestInstallments(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["billing.installment.rule"].search([]).active = False
        cls.fee_code = cls.make_code("PLANFEE", kind="one_time")
        cls.rule = cls.env["billing.installment.rule"].create(
            {
                "name": "Everybody", "company_id": cls.company.id, "self_service": True, "month_max": 6, "part_min": 10,
                "approval_limit": 1000, "fee_amount": 5, "fee_code_id": cls.fee_code.id, "deposit_percent": 10,
            }
        )  # fmt: skip
        cls.today = cls.env["billing.days"].get_local_day(cls.account)
        cls.service = cls.env["billing.portal.installments"]
        cls.person = cls.people["owner"].partner_id
        cls.moves = cls.account.move_ids

    def wish(self, count="3", every="month", first=None):
        return self.service.read_wish(self.account, count, every, first)

    def preview(self, moves=None, **wish):
        return self.service.preview(self.account, (self.moves if moves is None else moves).ids, self.wish(**wish))

    def agree(self, **wish):
        digest = self.preview(**wish)["digest"]
        return self.service.agree(self.account, self.moves.ids, self.wish(**wish), digest, self.person)

    def test_the_rule_gives_deposit_and_fee_and_every_cent_is_in_a_row(self):
        preview = self.preview()
        self.assertEqual(preview["total"], 150)
        self.assertEqual(sum(row["amount"] for row in preview["rows"]), 150)
        self.assertEqual([row["is_deposit"] for row in preview["rows"]], [True, False, False, False])
        self.assertEqual((preview["rows"][0]["amount"], preview["rows"][0]["day"]), (15, self.today))
        self.assertEqual(preview["extra"], 5)
        self.assertFalse(preview["problems"])

    def test_a_deposit_is_never_less_than_its_share(self):
        self.rule.deposit_percent = 33.33
        self.assertFalse(self.preview(self.moves[:1])["problems"])
        self.assertEqual(self.preview(self.moves[:1])["rows"][0]["amount"], 16.67)  # 33.33 % of 50 are 16.665

    def test_what_is_agreed_is_what_was_shown(self):
        plan = self.agree()
        self.assertEqual((plan.state, plan.requested_by, len(plan.installment_ids)), ("active", "customer", 4))
        self.assertEqual(sum(plan.installment_ids.mapped("amount")), 150)
        self.assertIn(self.person.display_name, "".join(plan.message_ids.mapped("body")))
        with self.assertRaisesRegex(UserError, "not on a plan"):
            self.agree()

    def test_a_plan_that_would_be_another_has_to_be_looked_at_again(self):
        digest = self.preview()["digest"]
        self.rule.fee_amount = 9
        with self.assertRaisesRegex(UserError, "another one by now"):
            self.service.agree(self.account, self.moves.ids, self.wish(), digest, self.person)
        self.assertFalse(self.account.env["billing.installment.plan"].search([("account_id", "=", self.account.id)]))

    def test_what_the_rules_do_not_give_is_asked_for_and_waits(self):
        preview = self.preview(count="12")
        self.assertTrue(preview["problems"] and preview["needs_approval"])
        plan = self.agree(count="12")
        self.assertEqual(plan.state, "requested")
        self.assertIn("takes too long", plan.approval_reason)
        self.assertFalse(self.moves.billing_installment_part_ids)
        self.service.withdraw(plan, self.person)
        self.assertEqual(plan.state, "cancelled")
        with self.assertRaisesRegex(UserError, "decided"):
            self.service.withdraw(plan, self.person)

    def test_a_rule_that_is_not_for_customers_is_not_told(self):
        self.rule.self_service = False
        preview = self.preview()
        self.assertEqual(len(preview["problems"]), 1)
        self.assertNotIn("Everybody", preview["problems"][0])
        self.assertEqual(self.agree().state, "requested")

    def test_a_manager_approves_what_was_asked_for(self):
        plan = self.agree(count="12")
        self.env["billing.installment.request"].with_user(self.manager).approve(plan.with_user(self.manager))
        self.assertEqual((plan.state, plan.approved_by_id), ("active", self.manager))

    def test_the_first_day_is_not_put_off_for_ever(self):
        late = self.today + timedelta(days=32)
        self.assertTrue(self.preview(first=late)["problems"])
        self.assertFalse(self.preview(first=late - timedelta(days=1))["problems"])

    def test_of_many_open_invoices_the_oldest_are_offered(self):
        oldest = self.moves.sorted("invoice_date")[:2]
        with patch.object(installments, "MOST_OFFERED", 2):
            self.assertEqual(self.service.get_plannable(self.account), oldest)
        self.assertEqual(len(self.service.get_plannable(self.account)), 3)

    def test_other_invoices_are_refused(self):
        foreign = self.foreign_account.move_ids
        for moves in (foreign, self.moves | foreign, self.moves.browse(2**30)):
            with self.assertRaisesRegex(UserError, "Choose at least one"):
                self.preview(moves)

    def test_the_rest_is_settled_early(self):
        plan = self.agree()
        self.service.settle(plan, self.person)
        self.assertEqual(plan.state, "settled")
        items = self.env["billing.open.items"].get_items([self.account.id])[self.account.id]
        self.assertEqual(self.env["billing.open.items"].sum_up(items, self.today)["due"], 150)
        with self.assertRaisesRegex(UserError, "Nothing of this plan"):
            self.service.settle(plan, self.person)

    # -- pages --------------------------------------------------------------------------------------------------------

    def test_page_preview_and_agreement_in_a_browser_s_words(self):
        self.enter("owner")
        status, text = self.open(PATH)
        self.assertEqual(status, 200)
        self.assertIn(self.moves[0].name, text)
        chosen = "&".join(f"move={move.id}" for move in self.moves)
        _status, text = self.open(f"{PATH}?account={self.account.id}&count=3&every=month&{chosen}")
        fields = dict(re.findall(r'<input type="hidden" name="(count|every|first|digest)" value="([^"]*)"', text))
        status, place = self.submit(f"{PATH}/{self.account.id}/agree", move=self.moves.ids, **fields)
        self.assertEqual((status, "done=agreed" in place), (303, True), place[:300])
        plan = self.account.env["billing.installment.plan"].search([("account_id", "=", self.account.id)])
        self.assertEqual(plan.state, "active")
        self.assertIn(plan.name, self.open(PATH)[1])
        status, place = self.submit(f"{PATH}/plan/{plan.id}/settle")
        self.assertEqual((status, "done=settle" in place), (303, True), place[:300])

    def get_offer(self):
        """Return what the page says of the rules before a plan is looked at."""
        page = html.fromstring(self.open(f"{PATH}?account={self.account.id}")[1])
        return " ".join(" ".join(page.xpath("//div[@name='offer']//text()")).split())

    def test_the_page_says_what_the_rules_give_before_a_plan_is_looked_at(self):
        self.enter("owner")
        said = self.get_offer()
        for text in ("at most: 6", "Smallest installment: ", "10.00", "Deposit, due today: 10 %", "Fee before tax"):
            self.assertIn(text, said)
        self.assertIn(format_date(self.env, self.today + timedelta(days=31), lang_code="en_US"), said)
        self.assertNotIn("Interest", said)
        self.assertNotIn("once we have agreed", said)
        self.rule.approval_limit = 100
        self.assertIn("once we have agreed", self.get_offer())
        self.rule.self_service = False
        self.assertFalse(self.get_offer())

    def test_who_may_not_agree_is_told_who_may(self):
        for name, told in (("payer", True), ("viewer", True), ("owner", False)):
            self.enter(name)
            self.assertEqual("An owner of the account can agree on them" in self.open(PATH)[1], told, name)

    def test_who_may_not_agree_sees_plans_and_no_form(self):
        plan = self.agree()
        for name in ("payer", "viewer"):
            self.enter(name)
            _status, text = self.open(PATH)
            self.assertIn(plan.name, text)
            self.assertNotIn("Pay the rest earlier", text)
            self.assertNotIn("See the plan", text)
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}/agree", move=self.moves.ids)[0], 404)
            self.assertEqual(self.submit(f"{PATH}/plan/{plan.id}/settle")[0], 404)
        self.assertEqual(plan.state, "active")

    def test_foreign_and_missing_plans_answer_alike(self):
        plan = self.agree()
        self.enter("stranger")
        self.assertNotIn(plan.name, self.open(PATH)[1])
        for number in (plan.id, 2**31 - 1, 10**20, 0):
            self.assertEqual(self.submit(f"{PATH}/plan/{number}/settle")[0], 404)
        self.enter("owner")
        self.assertEqual(self.submit(f"{PATH}/plan/{plan.id}/delete")[0], 404)

    def test_b80_parameters_that_make_no_sense(self):
        self.enter("owner")
        move = self.moves[0].id
        for asked in (
            "account=x", "count=x&move=1", f"count=-1&move={move}", f"count=99999&move={move}",
            f"move={move}&every=ever", f"move={move}&count=²",
            f"move={move}&count=3&every=month&first=9999-12-31", f"move={move}&count=3&every=month&first=0001-01-01",
            "move=99999999999999999999", "move=%00", f"move={move}&count=60&every=month", "done=x",
        ):  # fmt: skip
            self.assertEqual(self.open(f"{PATH}?{asked}")[0], 200, asked)
        for data in ({}, {"move": "x"}, {"move": move}, {"move": move, "count": "3", "every": "month", "digest": "é"}):
            self.assertEqual(self.submit(f"{PATH}/{self.account.id}/agree", **data)[0], 200, data)
