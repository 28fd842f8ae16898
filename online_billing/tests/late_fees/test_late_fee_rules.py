"""Rules: which one holds, what they say in words, simulation, switch, presets, interest with reference rates."""

from datetime import date

from lxml import html
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import SQL

from .late_fee_common import LateFeeCase


@tagged("post_install", "-at_install")
class TestLateFeeRules(LateFeeCase):
    def get_rule(self, account):
        self.env.flush_all()
        rules = self.env["billing.late.fee.ledger"]._get_rules({(account.id, account.currency_id.id)})
        return self.env["billing.late.fee.rule"].browse(rules.get((account.id, account.currency_id.id)))

    # -- precedence ---------------------------------------------------------------------------------------------------

    def test_account_before_tag_before_country_before_company_before_everybody(self):
        tag = self.env["res.partner.category"].create({"name": "Club"})
        country = self.env.ref("base.be")
        account = self.make_account()
        account.partner_id.write({"category_id": [Command.set(tag.ids)], "country_id": country.id})
        scopes = [
            {"company_id": False},
            {},
            {"country_ids": [Command.set(country.ids)]},
            {"category_ids": [Command.set(tag.ids)]},
            {"account_ids": [Command.set(account.ids)]},
        ]
        for number, scope in enumerate(scopes):
            # the more general, the earlier in the list: the scope decides, not the order
            rule = self.make_rule(name=f"Rule {number}", sequence=number, **scope)
            self.assertEqual(self.get_rule(account), rule)
        other = self.make_account("Other")
        self.assertEqual(self.get_rule(other).name, "Rule 1")

    def test_among_equals_the_order_of_the_list_decides(self):
        late, early = self.make_rule(sequence=9), self.make_rule(sequence=3)
        account = self.make_account()
        self.assertEqual(self.get_rule(account), early)
        early.sudo()._switch(False)
        self.assertEqual(self.get_rule(account), late)
        late.action_archive()
        self.assertFalse(self.get_rule(account))
        self.assertFalse(late.is_on)

    def test_a_rule_that_is_off_or_of_another_currency_or_company_does_not_hold(self):
        account = self.make_account()
        self.make_rule(on=False)
        self.make_rule(currency_id=self.env.ref("base.JPY").id)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.make_rule(company_id=other.id)
        self.assertFalse(self.get_rule(account))

    def test_a_scope_of_several_kinds_needs_all_of_them(self):
        tag = self.env["res.partner.category"].create({"name": "Club"})
        country = self.env.ref("base.be")
        self.make_rule(category_ids=[Command.set(tag.ids)], country_ids=[Command.set(country.ids)])
        account = self.make_account()
        account.partner_id.category_id = tag
        self.assertFalse(self.get_rule(account))
        account.partner_id.country_id = country
        self.assertTrue(self.get_rule(account))

    def test_the_rules_of_a_batch_are_one_query(self):
        self.make_rule()
        accounts = self.env["billing.account"].union(*[self.make_account(f"Customer {n}") for n in range(20)])
        pairs = {(account.id, account.currency_id.id) for account in accounts}
        self.env.flush_all()
        with self.assertQueryCount(1):
            rules = self.env["billing.late.fee.ledger"]._get_rules(pairs)
        self.assertEqual(len(rules), 20)

    def test_the_queries_of_a_batch_do_not_grow_with_it(self):
        self.make_rule(announce=True, notice_days=7)
        accounts = self.env["billing.account"].union(*[self.make_account(f"Customer {n}") for n in range(12)])
        for account in accounts:
            self.make_debt(account)
        counts = []
        for batch in (accounts[:1], accounts[1:]):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.announce_on(batch, self.after(2))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(self.get_fees(accounts)), 12)
        self.assertLessEqual(counts[1], counts[0])

    def test_a_debt_that_another_rule_has_charged_goes_on_where_that_one_ended(self):
        first = self.make_rule(method="percent", percent=10, repeat_unit="day", repeat_count=10)
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(11))
        self.make_rule(
            method="percent",
            percent=5,
            repeat_unit="day",
            repeat_count=10,
            account_ids=[Command.set(account.ids)],
        )
        self.charge_on(account, self.after(21))
        fees = self.get_fees(move)
        self.assertEqual(fees.filtered(lambda fee: fee.rule_id == first).mapped("occurrence"), [1, 2])
        self.assertEqual([(fee.occurrence, fee.amount) for fee in fees if fee.rule_id != first], [(3, 50)])

    # -- interest -----------------------------------------------------------------------------------------------------

    def test_interest_follows_the_reference_rate_and_waits_for_days_that_nobody_knows(self):
        index = self.env["billing.reference.index"].create(
            {
                "name": "Base",
                "source": "Test",
                "known_until": "2026-01-20",
                "rate_ids": [
                    Command.create({"valid_from": "2025-01-01", "percent": 4.25}),
                    Command.create({"valid_from": "2026-01-06", "percent": 5.25}),
                ],
            }
        )
        rule = self.make_rule(
            method="interest",
            interest_rate=8,
            rate_index_id=index.id,
            repeat_unit="day",
            repeat_count=10,
            grace_days=9,
        )
        account = self.make_account()
        move = self.make_debt(account, 36500)
        self.charge_on(account, self.after(10))
        fee = self.get_fees(move)
        segments = [(one["days"], one["rate"]) for one in fee.breakdown["segments"]]
        self.assertEqual(segments, [(4, "12.25"), (6, "13.25")])
        self.assertEqual(fee.amount, 4 * 12.25 + 6 * 13.25)
        self.charge_on(account, self.after(20))
        self.assertEqual(len(self.get_fees(move)), 1)
        self.assertIn("01/21/2026", rule.problem)
        index.known_until = "2026-02-28"
        self.charge_on(account, self.after(20))
        self.assertFalse(rule.problem)
        self.assertEqual(self.get_fees(move).mapped("amount"), [128.5, 132.5])

    def test_the_rest_of_the_interest_is_charged_after_the_payment_once(self):
        rule = self.make_rule(method="interest", interest_rate=36.5, repeat_unit="month", closing=True)
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        self.pay(move, 1000, self.after(10))
        for days in (10, 11, 12, 40):
            self.charge_on(account, self.after(days))
        self.assertFees(move, [(1, "2026-01-02", "1.00", "charged"), (2, "2026-01-11", "9.00", "charged")])
        self.assertTrue(rule.is_on)

    def test_a_debt_that_was_credited_is_owed_no_interest_at_its_end(self):
        self.make_rule(method="interest", interest_rate=36.5, closing=True)
        account = self.make_account()
        move = self.make_debt(account)
        self.credit(move, self.after(10))
        self.charge_on(account, self.after(11))
        self.assertFees(move, [])

    def test_the_fee_says_why_it_is_what_it_is(self):
        self.make_rule(
            method="interest_compensation",
            interest_rate="12.25",
            closing=True,
            rounding="day",
            bands=((0, 40), (1000, 70), (10000, 100)),
        )
        account = self.make_account()
        move = self.make_debt(account, 5000)
        self.pay(move, 5000, self.after(101))
        self.charge_on(account, self.after(101))
        fee = self.get_fees(move)
        self.assertEqual(fee.amount, 239.68)
        for record in (fee, fee.charge_id):
            text = html.fromstring(record.with_user(self.clerk).explanation).text_content()
            for part in (move.name, "101 days at 12.25 % a year on 5000.00, 1.68 a day", "70.00", "239.68"):
                self.assertIn(part, text)

    # -- words, checks, presets ---------------------------------------------------------------------------------------

    def test_a_rule_says_in_words_what_it_does(self):
        rule = self.make_rule(
            method="percent",
            percent=1.5,
            grace_days=10,
            repeat_unit="month",
            minimum_amount=5,
            maximum_amount=50,
            max_count=3,
            announce=True,
        )
        for part in ("day 11", "every month", "At most 3 times", "1.50 %", "At least", "5.00", "7 days later"):
            self.assertIn(part, rule.summary)

    def test_contradictions_are_refused(self):
        for given in (
            {"currency_id": False},
            {"method": "fixed", "fixed_amount": 0},
            {"method": "percent"},
            {"method": "interest", "repeat_unit": "month"},
            {"method": "compensation"},
            {"minimum_amount": 10, "maximum_amount": 9},
            {"method": "interest", "interest_rate": 8},
            {"company_id": False, "code_id": self.debt_code.id},
        ):
            with self.subTest(**given), self.assertRaises(ValidationError):
                self.make_rule(**given)

    def test_presets_are_off_and_name_what_they_rest_on(self):
        data = self.env["ir.model.data"].search(
            [("module", "=", "online_billing"), ("model", "=", "billing.late.fee.rule")]
        )
        rules = self.env["billing.late.fee.rule"].browse(data.mapped("res_id"))
        self.assertEqual(len(rules), 4)
        self.assertFalse(any(rules.mapped("is_on")))
        for rule in rules:
            self.assertGreater(len(rule.source), 100)
            self.assertTrue(rule.summary)
        self.assertTrue(all(data.mapped("noupdate")))

    def test_the_uk_preset_charges_what_the_act_says(self):
        pound = self.env.ref("base.GBP")
        pound.active = True
        uk = self.env.ref("online_billing.late_fee_rule_uk")
        uk.announce = False
        uk.sudo()._switch(True)
        account = self.make_account(currency_id=pound.id)
        account.partner_id.country_id = self.env.ref("base.uk")
        self.make_price(self.debt_code, {"model": "dynamic"}, currency=pound)
        move = self.make_debt(account, 1000, due=date(2025, 3, 3))
        self.pay(move, 1000, date(2025, 8, 10))
        self.charge_on(account, date(2025, 8, 10))
        [fee] = self.get_fees(move)
        # Bank Rate was 4.75 on 31 December 2024: 12.75 % throughout, for 160 days, and 70 pounds
        self.assertEqual([(one["rate"], one["days"]) for one in fee.breakdown["segments"]], [("12.75", 160)])
        self.assertEqual(fee.amount, 125.89)

    def test_a_tax_on_fees_comes_from_the_product(self):
        tax = self.env["account.tax"].search(
            [("type_tax_use", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        code = self.make_code("FEE", kind="fee", tax=tax)
        self.make_rule(code_id=code.id)
        account = self.make_account()
        move = self.make_debt(account)
        self.charge_on(account, self.after(1))
        self.assertEqual(self.get_fees(move).invoice_id.invoice_line_ids.tax_ids, tax)

    # -- simulation and switch ----------------------------------------------------------------------------------------

    def simulate(self, rule, day):
        return self.env["billing.late.fee.estimate"].with_user(self.clerk).simulate(rule, day)

    def test_a_simulation_says_what_would_be_charged_and_writes_nothing(self):
        rule = self.make_rule(on=False, method="percent", percent=10)
        accounts = [self.make_account(name) for name in ("One", "Two", "Three")]
        for account in accounts:
            self.make_debt(account)
        accounts[2].write({"late_fee_exempt": True, "late_fee_exempt_reason": "Agreed"})
        self.env.flush_all()
        tables = ("billing_late_fee", "billing_charge", "account_move", "billing_collection_message")
        before = [self.count(table) for table in tables]
        answer = self.simulate(rule, self.after(1))
        ours = [line for line in answer["lines"] if line["account_id"] in [account.id for account in accounts]]
        self.assertEqual([(line["base"], line["amount"]) for line in ours], [(1000, 100), (1000, 100)])
        self.assertEqual((answer["fees"], answer["stopped"]), (2, 1))
        self.assertEqual(answer["totals"], {self.company.currency_id.name: 200})
        self.assertEqual([self.count(table) for table in tables], before)

    def count(self, table):
        self.env.flush_all()
        return self.env.execute_query(SQL("SELECT count(*) FROM %s", SQL.identifier(table)))[0][0]

    def test_switching_on_shows_first_what_it_would_charge(self):
        rule = self.make_rule(on=False)
        self.make_debt(self.make_account())
        action = rule.with_user(self.manager).action_switch_on()
        self.assertFalse(rule.is_on)
        dialogue = Form(self.env[action["res_model"]].with_user(self.manager).with_context(**action["context"])).save()
        self.assertIn("25.00", html.fromstring(dialogue.content).text_content())
        dialogue.action_switch_on()
        self.assertTrue(rule.is_on)

    def test_a_clerk_simulates_but_does_not_switch(self):
        rule = self.make_rule(on=False)
        action = rule.with_user(self.clerk).action_simulate()
        dialogue = Form(self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])).save()
        with self.assertRaises(AccessError):
            dialogue.action_switch_on()
        with self.assertRaises(AccessError):
            rule.with_user(self.manager).write({"is_on": True})

    def test_a_rule_for_all_companies_is_not_switched_on_by_somebody_of_one(self):
        self.env["res.company"].create({"name": "Elsewhere"})
        rule = self.make_rule(on=False, company_id=False)
        with self.assertRaisesRegex(UserError, "company"):
            rule.with_user(self.manager)._switch_on()
