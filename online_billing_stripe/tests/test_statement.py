"""Stripe's balance as a bank statement: equal to the cent, each movement once, each matched with its payment."""

import json
from contextlib import contextmanager
from datetime import timedelta
from unittest.mock import patch

import psycopg2
from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .stripe_common import StripeCase

NOT_IN_STATEMENT = "Movements of Stripe's balance are not in the statement"
CONNECTIONS_LOG = "odoo.addons.online_billing_stripe.services.connections"
WORK_LOG = "odoo.addons.online_billing.services.shared.work_loop"


class LostRace(psycopg2.OperationalError):
    pgcode = "40001"


@tagged("post_install", "-at_install")
class TestStatement(StripeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fees = cls.env["account.account"].create(
            {"name": "Fees of Stripe", "code": "698765", "account_type": "expense"}
        )
        cls.connection.write({"is_statement_kept": True, "fee_account_id": cls.fees.id})

    def setUp(self):
        super().setUp()
        self.set_webhook()

    def take_over(self):
        with self.worker() as env:
            env["billing.stripe.statement"].work()
        return self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)], order="id")

    def compare(self):
        with self.worker() as env:
            found = env["billing.stripe.comparing"].compare(self.connection.with_env(env))
            return found.read()[0], [(line.kind, line.amount) for line in found.line_ids]

    def get_balance(self):
        """Return what Stripe says that it holds, in units of the currency."""
        balance = self.client.v1.balance.retrieve()
        return sum(one.amount for one in (*balance.available, *balance.pending) if one.currency == "usd") / 100

    def test_every_movement_is_a_line_once_and_matched_with_its_payment(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 19)
        lines = self.take_over()
        # 1.5 % of 119.00 and 0.25
        self.assertEqual(sorted(lines.mapped("amount")), [-19, -2.04, 119])
        self.assertTrue(all(lines.mapped("is_reconciled")))
        self.assertTrue(attempt.payment_id.is_matched)
        self.assertTrue(refund.payment_id.is_matched)
        self.assertEqual(self.take_over(), lines)
        fee = self.env["account.move.line"].search([("account_id", "=", self.fees.id)])
        self.assertEqual(fee.mapped("balance"), [2.04])

    def test_the_page_is_equal_to_the_cent_with_all_that_can_happen(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 19)
        self.simulator.settle(refund.provider_reference, outcome="failed")
        other = self.make_account("Hedy Lamarr")
        disputed = self.charge(self.save_card(other.partner_id), account=other)
        found = self.simulator.dispute(disputed.provider_reference)
        self.bring_events()
        self.simulator.close_dispute(found["id"], "won")
        self.bring_events()
        [payout] = self.simulator.pay_out(everything=True)
        another = self.make_account("Ida Rhodes")
        self.charge(self.save_card(another.partner_id), account=another)
        self.bring_events()
        lines = self.take_over()
        values, differences = self.compare()
        self.assertEqual(differences, [])
        self.assertEqual((values["difference"], values["unexplained"]), (0, 0))
        self.assertEqual(values["at_stripe"], self.get_balance())
        self.assertEqual(values["in_ledger"], self.get_balance())
        sent = lines.filtered(lambda line: line.billing_stripe_kind == "payout")
        self.assertEqual(sent.amount, -payout["amount"] / 100)
        self.assertEqual(sent.line_ids.account_id - self.journal.default_account_id, self.company.transfer_account_id)
        self.assertFalse(lines.filtered(lambda line: not line.is_reconciled and line != sent))

    def test_what_differs_is_named_and_explained(self):
        self.charge(self.save_card(self.account.partner_id))
        self.take_over()
        self.client.v1.payment_intents.create(
            {
                "amount": 5000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
                "allowed_payment_method_types": ["card"],
            }
        )  # fmt: skip
        values, differences = self.compare()
        self.assertEqual(differences, [("missing", 49)])
        self.assertEqual((values["difference"], values["unexplained"]), (49, 0))
        self.take_over()
        values, differences = self.compare()
        self.assertEqual((values["difference"], differences), (0, [("unmatched", 50)]))

    def test_while_stripe_does_not_answer_the_comparison_says_what_to_do(self):
        for request in ("balance.retrieve", "balance_transactions.list"):
            with self.subTest(request=request):
                self.simulator.fail(request, "error_before", count=None)
                with self.assertRaisesRegex(UserError, "answered APIError.*Check the Connection"):
                    self.compare()
                self.simulator.clear_faults()

    def test_what_is_exchanged_is_matched_by_what_was_paid(self):
        self.make_euro()
        self.simulator.set(exchange={"currency": "usd", "rate": 1.1})
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 19)
        found = self.simulator.dispute(attempt.provider_reference, amount=5000)
        self.bring_events()
        lines = self.take_over()
        moved = lines.filtered(lambda line: line.billing_stripe_kind != "fee")
        self.assertEqual(
            sorted((line.amount, line.amount_currency, line.foreign_currency_id.name) for line in moved),
            [(-55, -50, "EUR"), (-20.9, -19, "EUR"), (130.9, 119, "EUR")],
        )
        self.assertEqual([line.is_reconciled for line in lines], [True] * len(lines), lines.mapped("payment_ref"))
        self.assertTrue(attempt.payment_id.is_matched and refund.payment_id.is_matched)
        self.assertIn("exchanged at 1.1", moved[0].payment_ref)
        self.simulator.close_dispute(found["id"], "won")
        self.bring_events()
        self.assertEqual(self.take_over().filtered(lambda line: not line.is_reconciled).ids, [])
        values, differences = self.compare()
        self.assertEqual((values["difference"], differences), (0, []))

    def test_a_statement_stays_in_the_journal_in_which_its_lines_stand(self):
        other = self.env["account.journal"].create({"name": "Other", "code": "OTHR", "type": "bank"})
        self.provider.journal_id = other
        self.provider.journal_id = self.journal  # nothing stands anywhere yet
        self.charge(self.save_card(self.account.partner_id))
        lines = self.take_over()
        company = self.env["res.company"].create({"name": "Elsewhere"})
        for vals in ({"journal_id": other.id}, {"journal_id": False}, {"company_id": company.id}):
            with self.subTest(vals=vals), self.assertRaisesRegex(UserError, "stands in the journal Stripe"):
                self.provider.write(vals)
        self.assertEqual((self.provider.journal_id, self.provider.company_id), (self.journal, self.company))

        # whoever changes the journal's own list of ways to pay is told by a task, and nothing is divided
        way = self.journal.inbound_payment_method_line_ids.filtered("payment_provider_id")
        way.journal_id = other
        self.provider.invalidate_recordset()
        self.assertEqual(self.provider.journal_id, other)
        self.client.v1.payment_intents.create(
            {
                "amount": 5000, "currency": "usd", "confirm": True, "payment_method": "pm_card_visa",
                "allowed_payment_method_types": ["card"],
            }
        )  # fmt: skip
        self.assertEqual(self.take_over(), lines)
        self.assertIn("stands in the journal Stripe", self.connection.activity_ids.note)
        made = self.env["account.bank.statement.line"]
        self.assertFalse(made.search([("journal_id", "=", other.id)]))
        way.journal_id = self.journal
        self.provider.invalidate_recordset()
        self.assertEqual(len(self.take_over() - lines), 2, "what moved, and its fee")
        self.assertFalse(self.connection.activity_ids)
        values, _differences = self.compare()
        self.assertEqual((values["difference"], values["unexplained"]), (0, 0))

    def test_a_line_without_its_payment_is_matched_once_that_is_booked(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1900)
        lines = self.take_over()
        open_line = lines.filtered(lambda line: not line.is_reconciled)
        self.assertEqual(open_line.amount, -19)
        self.bring_events()
        self.take_over()
        self.assertTrue(open_line.is_reconciled)

    @contextmanager
    def broken(self, method, what, error, service="billing.stripe.statement"):
        """Let one movement or line not fit, as in a month that is locked; the others do.

        :param what: tells of an argument whether it is the one
        """
        statement = self.env.registry[service]
        original = getattr(statement, method)

        def fails(statement, *arguments):
            if any(what(argument) for argument in arguments):
                raise error
            return original(statement, *arguments)

        with patch.object(statement, method, fails), mute_logger(WORK_LOG):
            yield

    def test_a_movement_that_does_not_fit_waits_with_its_reason_and_stops_no_other(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.refund(attempt, 19)
        for error, reason in ((UserError("The month is locked."), "The month is locked."), (KeyError("x"), "KeyError")):
            with (
                self.subTest(reason=reason),
                self.broken("_prepare_lines", lambda one: isinstance(one, dict) and one["type"] == "charge", error),
            ):
                lines = self.take_over()
            self.assertEqual(lines.mapped("amount"), [-19], "neither the payment nor its fee")
            self.assertTrue(lines.is_reconciled, "what fits is matched")
            held = self.connection.held_movement_ids
            self.assertEqual((held.amount, held.fee), (119, 2.04))
            self.assertIn(reason, held.reason)
            kept = json.dumps(held.body)
            self.assertIn("txn_", kept)
            self.assertNotIn("billing_details", kept, "no erasure looks for who somebody is here")
        self.assertEqual(self.connection.activity_ids.mapped("summary"), [NOT_IN_STATEMENT])
        self.assertIn("KeyError", self.connection.activity_ids.note, "it says why it waits now")
        # long after Stripe's list has gone on
        self.connection.sudo().statement_until = "2040-01-01 00:00:00"
        _values, differences = self.compare()
        self.assertEqual(differences[:1], [("missing", 116.96)])
        lines = self.take_over()
        self.assertEqual(sorted(lines.mapped("amount")), [-19, -2.04, 119])
        self.assertFalse(self.connection.held_movement_ids)
        self.assertFalse(self.connection.activity_ids)
        self.assertTrue(all(lines.mapped("is_reconciled")))

    def lock(self):
        """Lock what has moved until now for good; return the first open day."""
        today = fields.Date.today()
        self.company.hard_lock_date = today
        return today + timedelta(days=1)

    def decide(self, act, *arguments, held=None):
        """Let a manager decide about movements that are not in the statement."""
        held = held or self.connection.held_movement_ids
        with self.worker() as env:
            env = env(user=self.manager.id)
            getattr(env["billing.stripe.holding"], act)(held.with_env(env), *arguments)
        self.env.invalidate_all()

    def test_what_moved_in_a_locked_month_is_booked_on_the_first_open_day_by_whoever_decides_it(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        open_day = self.lock()
        self.assertFalse(self.take_over(), "it may have been entered by hand")
        held = self.connection.held_movement_ids
        self.assertIn("Its day is locked", held.reason)
        self.decide("book_on_open_day")
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)], order="id")
        self.assertEqual(sorted(lines.mapped("amount")), [-2.04, 119])
        self.assertEqual(set(lines.mapped("date")), {open_day})
        for line in lines:
            self.assertIn("whose month is locked", line.payment_ref)
        self.assertTrue(attempt.payment_id.is_matched)
        self.assertFalse(self.connection.held_movement_ids)
        self.assertFalse(self.connection.activity_ids)
        logged = self.connection.message_ids.filtered(lambda message: message.author_id == self.manager.partner_id)
        self.assertIn("because its own day is locked", " ".join(logged.mapped("body")))
        self.assertEqual(self.compare()[1], [])
        self.assertEqual(self.take_over(), lines)

    def test_a_lock_is_the_same_for_whoever_has_an_exception_from_it(self):
        self.charge(self.save_card(self.account.partner_id))
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today
        self.env["account.lock_exception"].create(
            {
                "company_id": self.company.id,
                "user_id": self.manager.id,
                "fiscalyear_lock_date": False,
                "end_datetime": fields.Datetime.now() + timedelta(days=1),
            }
        )
        self.take_over()
        held = self.connection.held_movement_ids
        self.decide("leave_out", "not_at_all", "Not yet")
        self.decide("take_up_again", held=held)
        self.assertFalse(self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)]))
        self.decide("book_on_open_day")
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual((len(lines), set(lines.mapped("date"))), (2, {today + timedelta(days=1)}))

    def test_a_chosen_day_holds_as_long_as_the_own_one_is_locked(self):
        self.charge(self.save_card(self.account.partner_id))
        today = fields.Date.today()
        self.company.fiscalyear_lock_date = today
        self.take_over()
        with self.broken("_prepare_lines", lambda one: isinstance(one, dict), UserError("An account is archived.")):
            self.decide("book_on_open_day")
        self.assertEqual(self.connection.held_movement_ids.book_on, today + timedelta(days=1))
        self.company.fiscalyear_lock_date = False
        lines = self.take_over()
        self.assertEqual((len(lines), set(lines.mapped("date"))), (2, {today}))
        self.assertNotIn("locked", " ".join(lines.mapped("payment_ref")))

    def test_a_fee_that_lost_its_line_is_named(self):
        self.charge(self.save_card(self.account.partner_id))
        self.take_over().filtered(lambda line: line.amount < 0).unlink()
        values, differences = self.compare()
        self.assertIn(("missing", -2.04), differences)
        self.assertEqual((values["difference"], values["unexplained"]), (-2.04, 0))

    def test_what_is_left_out_is_not_tried_again_and_explains_the_difference_until_it_is_taken_up(self):
        self.charge(self.save_card(self.account.partner_id))
        open_day = self.lock()
        self.take_over()
        held = self.connection.held_movement_ids
        with self.assertRaisesRegex(UserError, "Say why"):
            self.decide("leave_out", "by_hand", " ")
        with self.assertRaisesRegex(UserError, "is not left out"):
            self.decide("take_up_again")
        dialogue = Form(
            self.env["billing.stripe.leave.out"].with_user(self.manager).with_context(default_held_ids=held.ids)
        )
        dialogue.reason = "Entered by the tax adviser"
        with self.worker() as env:
            dialogue.save().with_env(env(user=self.manager.id)).action_leave_out()
        self.assertFalse(self.take_over())
        self.env.invalidate_all()
        self.assertFalse(self.connection.activity_ids, "nobody has anything to do")
        self.assertEqual((held.state, held.left_out_by_id, held.left_out_way), ("left_out", self.manager, "by_hand"))
        self.connection.sudo().statement_until = "2040-01-01 00:00:00"
        values, differences = self.compare()
        self.assertEqual(differences, [("left_out", 116.96), ("unpaid", 119)])
        self.assertEqual((values["difference"], values["unexplained"]), (116.96, 0))
        account = self.journal.default_account_id
        entry = self.env["account.move"].create(
            {
                "journal_id": self.get_general_journal().id,
                "date": open_day,
                "line_ids": [
                    Command.create({"account_id": account.id, "balance": 116.96}),
                    Command.create({"account_id": self.fees.id, "balance": -116.96}),
                ],
            }
        )
        entry.action_post()
        values, differences = self.compare()
        self.assertEqual(differences, [("left_out", 116.96), ("stranger", -116.96), ("unpaid", 119)])
        self.assertEqual((values["difference"], values["unexplained"]), (0, 0))
        entry.button_draft()
        self.decide("take_up_again", held=held)
        self.assertEqual((held.state, held.left_out_reason), ("waiting", False))
        self.assertEqual(self.connection.activity_ids.mapped("summary"), [NOT_IN_STATEMENT])
        bodies = " ".join(self.connection.message_ids.mapped("body"))
        self.assertIn("is left out of the statement (Entered by hand): Entered by the tax adviser", bodies)
        self.assertIn("is taken up again", bodies)
        self.decide("book_on_open_day")
        self.assertEqual(self.compare()[1], [])

    def get_general_journal(self):
        return self.env["account.journal"].search(
            [("type", "=", "general"), ("company_id", "=", self.company.id)], limit=1
        )

    def test_another_day_helps_nothing_where_the_own_one_is_open(self):
        self.charge(self.save_card(self.account.partner_id))
        with self.broken("_prepare_lines", lambda one: isinstance(one, dict), UserError("An account is archived.")):
            self.take_over()
        with self.assertRaisesRegex(UserError, "An account is archived"):
            self.decide("book_on_open_day")

    def test_a_line_that_cannot_be_matched_stops_no_other(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        refund = self.refund(attempt, 19)
        with self.broken(
            "_match_line",
            lambda one: one._name == "account.bank.statement.line" and one.amount == 119,
            UserError("The month is locked."),
            "billing.stripe.matching",
        ):
            lines = self.take_over()
        self.assertEqual(lines.filtered(lambda line: not line.is_reconciled).mapped("amount"), [119])
        self.assertTrue(refund.payment_id.is_matched)
        self.assertIn("The month is locked.", self.connection.activity_ids.note)
        self.take_over()
        self.assertTrue(attempt.payment_id.is_matched)
        self.assertFalse(self.connection.activity_ids)

    def test_what_stays_of_nothing_known_makes_no_pass_longer(self):
        self.charge(self.save_card(self.account.partner_id))
        matching = self.env["billing.stripe.matching"]

        def count():
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertFalse(matching.match(self.connection))
            return self.env.cr.sql_log_count - before

        self.take_over()
        count()
        few = count()
        for number, kind in enumerate(("charge", "refund", "adjustment", "refund_failure", "charge") * 5):
            self.env["account.bank.statement.line"].create(
                {
                    "journal_id": self.journal.id, "amount": 7, "payment_ref": "Of a shop", "date": "2026-11-02",
                    "billing_stripe_ref": f"txn_shop_{number}", "billing_stripe_source": f"pi_shop_{number}",
                    "billing_stripe_kind": kind,
                }
            )  # fmt: skip
        self.env.flush_all()
        self.assertEqual(count(), few)

    def test_a_payment_of_another_provider_of_the_account_is_matched_too(self):
        second = self.make_second_connection()
        second.provider_id.journal_id = self.journal.copy({"code": "STR2"})
        self.provider = second.provider_id
        attempt = self.charge(self.save_card(self.account.partner_id))
        lines = self.take_over()
        self.assertEqual((len(lines), attempt.payment_id.is_matched), (2, True))

    def move_statement(self):
        """Let another provider of the same account, with a journal of its own, keep the statement from now on."""
        second = self.make_second_connection()
        second.provider_id.journal_id = self.journal.copy({"code": "STR2"})
        self.connection.is_statement_kept = False
        second.write({"is_statement_kept": True, "fee_account_id": self.fees.id})
        return second

    def get_amounts(self, connection):
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", connection.journal_id.id)])
        return sorted(lines.mapped("amount"))

    def test_a_statement_that_moves_to_another_provider_goes_on_where_it_ended(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        self.simulator.refund_in_dashboard(attempt.provider_reference, amount=1900)
        lines = self.take_over()
        second = self.move_statement()
        self.assertEqual((self.take_over(), self.get_amounts(second)), (lines, []))
        refund_line = lines.filtered(lambda line: line.amount == -19)
        self.bring_events()
        other = self.make_account("Hedy Lamarr")
        self.charge(self.save_card(other.partner_id), account=other)
        self.assertEqual(self.take_over(), lines)
        self.assertEqual(self.get_amounts(second), [-2.04, 119])
        self.assertTrue(refund_line.is_reconciled, "its payment came into the books after the move")
        first, self.connection = self.connection, second
        values, differences = self.compare()
        self.assertEqual((values["difference"], values["unexplained"], differences), (0, 0, []))
        second.is_statement_kept = False
        first.is_statement_kept = True
        self.assertEqual((self.take_over(), self.get_amounts(second)), (lines, [-2.04, 119]))

    def test_what_waits_or_is_left_out_moves_with_the_statement(self):
        self.charge(self.save_card(self.account.partner_id))
        with self.broken("_prepare_lines", lambda one: isinstance(one, dict), UserError("Locked.")):
            self.take_over()
        held = self.connection.held_movement_ids
        self.decide("leave_out", "by_hand", "Entered by the tax adviser", held=held)
        second = self.move_statement()
        self.take_over()
        self.assertEqual((held.connection_id, self.get_amounts(second)), (second, []))
        self.decide("take_up_again", held=held)
        self.assertEqual(self.get_amounts(second), [-2.04, 119])

    def test_a_manager_takes_over_at_once(self):
        self.charge(self.save_card(self.account.partner_id))
        with self.worker() as env:
            answer = self.connection.with_env(env).with_user(self.manager.id).action_take_over()
        self.assertIn("0", answer["params"]["message"])
        lines = self.env["account.bank.statement.line"].search([("journal_id", "=", self.journal.id)])
        self.assertEqual(sorted(lines.mapped("amount")), [-2.04, 119])

    def test_whoever_takes_over_and_loses_a_race_is_told_so_and_of_no_task(self):
        for error, words, tasks in ((LostRace(), "went first", 0), (ValueError(), "task on the connection", 2)):
            for service, method, act in (
                ("billing.stripe.statement", "take_over", "action_take_over"),
                ("billing.stripe.missed.events", "_fetch", "action_fetch_events"),
            ):
                with (
                    self.subTest(act=act, error=error),
                    patch.object(self.env.registry[service], method, side_effect=error),
                    mute_logger(CONNECTIONS_LOG),
                    self.worker() as env,
                ):
                    answer = getattr(self.connection.with_env(env).with_user(self.manager.id), act)()
                    self.assertIn(words, answer["params"]["message"])
            self.env.invalidate_all()
            self.assertEqual(len(self.connection.activity_ids), tasks)

    def test_without_a_statement_there_is_nothing_to_compare(self):
        self.connection.is_statement_kept = False
        self.assertFalse(self.take_over())
        with self.assertRaisesRegex(UserError, "No statement is kept"):
            self.compare()

    def test_a_key_that_was_changed_to_one_of_the_same_account_makes_no_second_statement(self):
        second = self.make_second_connection()
        second.provider_id.journal_id = self.journal.copy({"code": "STR2"})
        second.provider_id.stripe_secret_key = self.simulator.restricted_key
        account_ref = self.client.v1.accounts.retrieve_current().id
        self.connection.sudo().account_ref, second.sudo().account_ref = account_ref, "acct_before"
        second.write({"is_statement_kept": True, "fee_account_id": self.fees.id})
        self.charge(self.save_card(self.account.partner_id))
        with self.assertRaisesRegex(UserError, "of the same Stripe account"), self.worker() as env:
            env["billing.stripe.statement"].take_over(second.with_env(env))
        self.take_over()
        self.assertEqual((self.get_amounts(second), self.get_amounts(self.connection)), ([], [-2.04, 119]))
        self.assertIn("of the same Stripe account", second.activity_ids.note)
        self.assertFalse(self.connection.activity_ids)
        second.sudo().account_ref = account_ref  # the check of the connection tells it
        self.take_over()
        self.assertTrue(self.connection.activity_ids, "which of the two goes on is for somebody to decide")
        second.is_statement_kept = False
        self.take_over()
        self.assertFalse(self.connection.activity_ids)

    def test_an_error_of_one_connection_gives_a_task_and_stops_no_other(self):
        attempt = self.charge(self.save_card(self.account.partner_id))
        taken_over, broken = [], self.connection

        def take_over(statement, connection):
            taken_over.append(connection)
            if connection == broken:
                raise ValueError("a locked month")

        second = self.make_second_connection()
        with self.assertRaisesRegex(UserError, "of the same Stripe account already"):
            second.write({"is_statement_kept": True, "fee_account_id": self.fees.id})
        second.provider_id.stripe_secret_key = "sk_test_of_another_account"
        with self.assertRaisesRegex(UserError, "nobody knows yet"):
            second.write({"is_statement_kept": True, "fee_account_id": self.fees.id})
        broken.sudo().account_ref, second.sudo().account_ref = "acct_first", "acct_second"
        second.write({"is_statement_kept": True, "fee_account_id": self.fees.id, "journal_id": self.journal.id})
        self.env.flush_all()
        statement = self.env.registry["billing.stripe.statement"]
        with patch.object(statement, "take_over", take_over), mute_logger(CONNECTIONS_LOG):
            self.take_over()
        self.assertEqual(set(taken_over), {broken, second})
        self.assertEqual(broken.activity_ids.mapped("summary"), ["Stripe's balance cannot be read"])
        self.assertFalse(second.activity_ids)
        self.assertTrue(attempt.is_booked)
