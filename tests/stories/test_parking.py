"""An account that cannot be billed is put aside with its reason and one task, and comes back by itself."""

from __future__ import annotations

from datetime import date
from unittest.mock import patch

from odoo import Command
from odoo.addons.online_billing.services.billing import rating
from odoo.exceptions import UserError
from odoo.tools import mute_logger

from tests.stories.closed_form import Agreement, Line
from tests.stories.story_case import StoryCase

MONTHLY = Agreement("month", 1, "calendar", date(2026, 1, 1), (Line("A", "29.90"),))
JANUARY, FEBRUARY = (date(2026, 1, 1), (("A", 2990),)), (date(2026, 2, 1), (("A", 2990),))


class TestParking(StoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.healthy = cls.env["billing.account"].union(*[cls.sign(MONTHLY) for _number in range(4)])
        cls.poor = cls.sign(MONTHLY)
        cls.more = cls.sign(MONTHLY)

    def get_tasks(self):
        return self.env["mail.activity"].search(
            [("res_model", "=", "billing.account"), ("res_id", "in", self.poor.ids)]
        )

    def check_parked(self, run, *words):
        """The one is parked, with its reason and one task; all others are billed, and the run is done."""
        self.env.invalidate_all()
        self.assertEqual(run.state, "done")
        outcomes = {outcome.account_id: outcome for outcome in run.outcome_ids}
        self.assertEqual(outcomes[self.poor].result, "parked")
        self.assertEqual({outcomes[one].result for one in self.healthy | self.more}, {"billed"})
        for word in words:
            self.assertIn(word, self.poor.parked_reason)
        self.assertEqual(outcomes[self.poor].reason, self.poor.parked_reason)
        self.assertEqual(self.poor.parked_run_id, run)
        self.assertTrue(self.poor.is_parked)
        self.assertFalse(self.poor.move_ids)
        self.assertFalse(self.poor.charge_ids)
        self.assertEqual(len(self.get_tasks()), 1)
        self.assertEqual(run.parked_count, 1)

    def check_comes_back(self):
        """The next run bills what was missed too, and the task is done."""
        run = self.run_by_hand(date(2026, 2, 1))
        self.env.invalidate_all()
        found = self.get_invoices(self.healthy | self.poor | self.more)
        for account in self.healthy | self.poor | self.more:
            self.assertEqual(found[account.id], [JANUARY, FEBRUARY])
        self.assertFalse(self.poor.parked_reason)
        self.assertFalse(self.poor.is_parked)
        self.assertFalse(self.get_tasks())
        self.assertEqual(run.parked_count, 0)
        self.assert_nothing_left(self.healthy | self.poor | self.more, date(2026, 2, 1))
        self.assert_whole()

    def test_an_account_without_a_price_is_parked_until_it_has_one(self):
        code = self.codes["A"].copy({"code": "NOPRICE", "product_id": self.codes["A"].product_id.id, "price_ids": []})
        line = self.poor.subscription_ids.line_ids
        # a price that was agreed cannot be taken away through the interface; a database can be repaired by hand
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE billing_subscription_line SET price_id = NULL, code_id = %s WHERE id = %s", [code.id, line.id]
        )
        self.env.invalidate_all()
        self.check_parked(self.run_by_hand(date(2026, 1, 1)), "no price", "01/01/2026")
        self.env.cr.execute(
            "UPDATE billing_subscription_line SET code_id = %s WHERE id = %s", [self.codes["A"].id, line.id]
        )
        self.env.invalidate_all()
        self.check_comes_back()

    def test_an_account_whose_journal_is_archived_is_parked_until_it_has_another(self):
        journal = self.env["account.journal"].create(
            {"name": "Special", "code": "SPEC", "type": "sale", "company_id": self.company.id}
        )
        journal.active = False
        self.poor.journal_id = journal
        self.check_parked(self.run_by_hand(date(2026, 1, 1)), "Special")
        self.poor.journal_id = False
        self.check_comes_back()

    def test_an_account_whose_income_account_is_archived_is_parked_until_it_is_mended(self):
        income = self.env["account.account"].create(
            {"name": "Closed income", "code": "499999", "account_type": "income"}
        )
        code = self.codes["A"].copy({"code": "CLOSED", "product_id": False})
        code.product_id.write({"property_account_income_id": income.id, "taxes_id": [Command.clear()]})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE billing_subscription_line SET code_id = %s WHERE id = %s",
            [code.id, self.poor.subscription_ids.line_ids.id],
        )
        self.env.invalidate_all()
        income.active = False
        self.check_parked(self.run_by_hand(date(2026, 1, 1)), "Closed income")
        income.active = True
        self.env.cr.execute(
            "UPDATE billing_subscription_line SET code_id = %s WHERE id = %s",
            [self.codes["A"].id, self.poor.subscription_ids.line_ids.id],
        )
        self.env.invalidate_all()
        self.check_comes_back()

    def test_without_any_sales_journal_all_are_parked_with_the_reason(self):
        journals = self.env["account.journal"].search([("type", "=", "sale"), ("company_id", "=", self.company.id)])
        journals.active = False
        run = self.run_by_hand(date(2026, 1, 1))
        self.assertEqual(run.state, "done")
        self.assertEqual(set(run.outcome_ids.mapped("result")), {"parked"})
        self.assertIn("journal", self.poor.parked_reason)
        self.assertEqual(len(self.get_tasks()), 1)
        journals.active = True
        self.check_comes_back()

    def test_an_unforeseen_error_parks_the_account_and_goes_to_the_log(self):
        group = rating.BillingRating._group

        def broken(service, prepared, found):
            if self.poor.id in prepared.accounts:
                raise ZeroDivisionError("unforeseen")
            return group(service, prepared, found)

        with (
            patch.object(rating.BillingRating, "_group", broken),
            self.assertLogs("odoo.addons.online_billing.services.shared.work_loop", "ERROR"),
        ):
            run = self.run_by_hand(date(2026, 1, 1))
        self.check_parked(run, "ZeroDivisionError", "administrator")
        self.check_comes_back()

    def test_an_account_that_stays_parked_has_still_one_task(self):
        group = rating.BillingRating._group

        def broken(service, prepared, found):
            if self.poor.id in prepared.accounts:
                raise UserError("The goat has eaten the contract.")
            return group(service, prepared, found)

        with patch.object(rating.BillingRating, "_group", broken):
            runs = [self.run_by_hand(date(2026, 1, day)) for day in (1, 2, 3)]
            self.check_parked_again(runs)
        self.check_comes_back()

    def check_parked_again(self, runs):
        self.assertEqual(self.poor.parked_reason, "The goat has eaten the contract.")
        for run in runs:
            self.assertEqual(run.outcome_ids.filtered(lambda one: one.account_id == self.poor).result, "parked")
        self.assertEqual(len(self.get_tasks()), 1)
        self.assertEqual(self.poor.parked_run_id, runs[-1])

    def test_a_failing_batch_takes_nothing_from_those_who_are_well(self):
        """The accounts of a batch that fails are billed one by one; what the batch had begun leaves no trace."""
        self.more.journal_id = self.env["account.journal"].create(
            {"name": "Special", "code": "SPEC", "type": "sale", "company_id": self.company.id}
        )
        self.poor.journal_id = self.more.journal_id
        with mute_logger("odoo.sql_db"):
            self.env.flush_all()
            self.env.cr.execute(
                "ALTER TABLE account_move ADD CONSTRAINT test_refuses"
                " CHECK (billing_account_id <> %s OR state <> 'posted')",
                [self.poor.id],
            )
            with self.assertLogs("odoo.addons.online_billing.services.shared.work_loop", "ERROR"):
                run = self.run_by_hand(date(2026, 1, 1))
            self.check_parked(run, "CheckViolation")
            self.env.cr.execute("ALTER TABLE account_move DROP CONSTRAINT test_refuses")
        self.check_comes_back()
