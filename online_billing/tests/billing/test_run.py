import gc

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.extras import Json

from ...engine import EngineError
from ...services.billing.run_work import BY_ODOO, RunPass
from ...services.posting.kept import KEPT
from ...services.posting.writer import SETTING
from ...services.shared import garbage
from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestRun(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        cls.accounts = cls.env["billing.account"].union(
            *(cls.make_account(f"Customer {number}") for number in range(5))
        )
        for account in cls.accounts:
            cls.subscribe(account, cls.plan, "2026-08-01")

    def process(self, run):
        self.env["billing.run.work"].start(run, background=False)
        self.env["billing.run.work"].process(run, commit=False)
        return run

    def make_run(self, until="2026-08-31", **vals):
        return (
            self.env["billing.run"]
            .with_user(self.manager)
            .sudo()  # the instant of a daily run is for services to give
            .create({"target_date": until, "account_ids": [(6, 0, self.accounts.ids)], **vals})
            .sudo(False)
        )

    def test_every_missed_period_is_billed_in_order(self):
        run = self.process(self.make_run("2026-10-15"))
        self.assertEqual((run.state, run.account_total, run.account_done, run.invoice_count), ("done", 5, 5, 15))
        self.assertInvoices(
            self.accounts[0], [("2026-08-01", "50.00"), ("2026-09-01", "50.00"), ("2026-10-01", "50.00")]
        )

    def test_case_F10_a_preview_goes_no_further_than_somebody_can_be_billed(self):
        run = self.make_run("9999-12-31")
        with self.assertRaisesRegex(UserError, "too far"):
            self.env["billing.run.work"].preview(run)

    def test_case_B23_a_charge_of_another_century_is_refused(self):
        for day in ("1900-01-01", "2999-01-01"):
            with self.assertRaisesRegex(UserError, "too far"):
                self.env["billing.charge"].create(
                    {"account_id": self.accounts[0].id, "code_id": self.net.id, "charge_date": day}
                )

    def test_a_run_renews_no_index_of_the_lines_that_it_bills(self):
        self.env.flush_all()
        query = "SELECT n_tup_upd, n_tup_hot_upd FROM pg_stat_xact_user_tables WHERE relname = %s"
        counted = []
        for _moment in range(2):
            self.env.cr.execute(query, ["billing_subscription_line"])
            counted.append(self.env.cr.fetchone())
            self.process(self.make_run())
        (before, before_alone), (after, after_alone) = counted
        self.assertEqual((after - before, after_alone - before_alone), (5, 5))

    def test_garbage_is_looked_for_again_after_a_batch_whatever_became_of_it(self):
        self.addCleanup(gc.enable if gc.isenabled() else gc.disable)
        gc.enable()
        looked, bill = [], type(self.env["billing.run.work"])._bill

        def fail_at_first(work, run, targets):
            looked.append(gc.isenabled())
            if len(looked) == 1:
                raise EngineError("schedule.price_missing")
            bill(work, run, targets)

        self.patch(type(self.env["billing.run.work"]), "_bill", fail_at_first)
        run = self.process(self.make_run())
        self.assertEqual((run.state, run.invoice_count, looked), ("done", 5, [False, False, False]))
        self.assertTrue(gc.isenabled())

    def test_garbage_is_looked_for_again_when_the_last_of_several_has_ended(self):
        self.addCleanup(gc.enable if gc.isenabled() else gc.disable)
        gc.enable()
        with garbage.kept():
            with garbage.kept():
                pass
            self.assertFalse(gc.isenabled())
        self.assertTrue(gc.isenabled())

    def test_batches_are_small_until_it_is_known_that_invoices_are_written_in_them(self):
        service, run = self.env["billing.run.work"], self.make_run()
        size = type(service)._batch_size

        def get_limit(**figures):
            return service._get_limit(RunPass(run=run, **({"figures": figures} if figures else {})))

        self.assertEqual(get_limit(), BY_ODOO, "the first of all")
        self.assertEqual(get_limit(invoices=200, rendered=190), size)
        self.assertEqual(get_limit(invoices=200, rendered=90), BY_ODOO)
        self.process(self.make_run())
        for rendered, expected in ((5, size), (0, BY_ODOO)):
            figures = Json({"invoices": 5, "rendered": rendered})
            self.env.cr.execute("UPDATE billing_run SET final_figures = %s WHERE state = 'done'", [figures])
            self.env["billing.run"].invalidate_model()
            self.assertEqual(get_limit(), expected, "as the run before")
        self.env["ir.config_parameter"].set_param(SETTING, "odoo")
        self.assertEqual(get_limit(invoices=200, rendered=190), BY_ODOO)

    def test_second_run_for_the_same_day_bills_nothing(self):
        self.process(self.make_run())
        again = self.process(self.make_run())
        self.assertEqual((again.state, again.account_total, again.invoice_count), ("done", 0, 0))

    def test_preview_tells_what_the_run_bills_and_saves_nothing(self):
        counts = [
            self.env[model].search_count([])
            for model in ("billing.charge", "account.move", "billing.run", "billing.run.outcome")
        ]
        preview = self.env["billing.run"].with_user(self.manager).preview("2026-09-15", self.accounts.mapped("name"))
        self.assertEqual(
            [
                self.env[model].search_count([])
                for model in ("billing.charge", "account.move", "billing.run", "billing.run.outcome")
            ],
            counts,
        )
        run = self.process(self.make_run("2026-09-15"))
        self.assertEqual((preview["accounts"], preview["invoices"]), (run.account_done, run.invoice_count))
        self.assertEqual(
            preview["totals"][self.company.currency_id.name], sum(self.accounts.charge_ids.mapped("amount"))
        )

    def test_case_D6_preview_and_run_name_the_customers_and_whom_they_leave_out_and_why(self):
        suspended, closed, current, *_rest = self.accounts
        suspended.action_suspend()
        self.bill(current, "2026-08-31")
        self.env.flush_all()
        self.env.cr.execute("UPDATE billing_account SET state = 'closed' WHERE id = %s", [closed.id])
        self.env.invalidate_all()
        preview = self.env["billing.run"].with_user(self.manager).preview("2026-08-31", self.accounts.mapped("name"))
        self.assertEqual(
            [(one["account"], one["customer"], one["reason"].split(".")[0]) for one in preview["left_out"]],
            [
                (suspended.name, "Customer 0", "The account is suspended"),
                (closed.name, "Customer 1", "The account is closed"),
                (current.name, "Customer 2", "Nothing is due on this account up to the day of the run"),
            ],
        )
        self.assertEqual({line["customer"] for line in preview["lines"]}, {"Customer 3", "Customer 4"})
        run = self.make_run("2026-08-31")
        dialogue = (
            self.env["billing.run.preview"].with_user(self.manager).with_context(default_run_id=run.id).create({})
        )
        for text in ("Customer 0", "The account is suspended", "Customer 3"):
            self.assertIn(text, dialogue.content)
        self.process(run)
        suspended.action_resume()
        run.invalidate_recordset()
        self.assertEqual((run.left_out_count, run.account_done), (3, 2))
        self.assertIn("The account is suspended", run.left_out_page, "as it was when the run began")

    def test_case_D6_a_run_over_everybody_leaves_out_whom_it_would_bill_in_another_state(self):
        suspended, draft = self.accounts[0], self.make_account("Somebody New")
        suspended.action_suspend()
        run = self.make_run("2026-08-31", account_ids=False, plan_ids=[(6, 0, self.plan.ids)])
        preview = self.env["billing.run.work"].preview(run)
        self.assertEqual([one["customer"] for one in preview["left_out"]], ["Customer 0"])
        self.assertNotIn(draft.name, [one["account"] for one in preview["left_out"]])
        run = self.make_run("2026-07-31")
        self.assertEqual(self.env["billing.run.work"].preview(run)["left_out_count"], 5)
        self.assertEqual(len(self.env["billing.run.work"].preview(run, limit=2)["left_out"]), 2)

    def test_case_D6_the_invoices_of_a_run_are_shown_with_their_customers(self):
        run = self.process(self.make_run())
        for record in (run, run.outcome_ids[0]):
            action = record.with_user(self.manager).action_view_invoices()
            self.assertEqual(action["view_id"][0], self.env.ref("online_billing.account_move_view_list_billing").id)

    def test_account_without_price_is_parked_and_blocks_nobody(self):
        broken = self.accounts[2]
        broken.subscription_ids.line_ids.write({"price_id": False})
        stray = (
            self.env["res.currency"]
            .with_context(active_test=False)
            .search([("id", "!=", self.company.currency_id.id)], limit=1)
        )
        self.env.flush_all()
        self.env.cr.execute("UPDATE billing_account SET currency_id = %s WHERE id = %s", [stray.id, broken.id])
        self.env.invalidate_all()
        run = self.process(self.make_run())
        self.assertEqual((run.parked_count, run.invoice_count, run.state), (1, 4, "done"))
        self.assertTrue(broken.is_parked)
        self.assertIn("price", broken.parked_reason)
        self.assertEqual(len(broken.activity_ids), 1)
        self.assertEqual(broken.next_billing_date, self.day("2026-08-01"))

    def test_parked_account_is_billed_by_the_next_run_after_mending(self):
        broken = self.accounts[2]
        self.env["billing.run.work"]._park(self.make_run(), broken.id, "Something is missing")
        self.process(self.make_run())
        self.assertFalse(broken.is_parked)
        self.assertFalse(broken.activity_ids)
        self.assertInvoices(broken, [("2026-08-01", "50.00")])

    def test_unexpected_error_parks_with_words_for_people(self):
        broken = self.accounts[1]
        writer = type(self.env["billing.posting"])
        original = writer.create_posted

        def fail(self, vals_list, **options):
            if any(vals["billing_account_id"] == broken.id for vals in vals_list):
                raise ZeroDivisionError
            return original(self, vals_list, **options)

        self.patch(writer, "create_posted", fail)
        with mute_logger("odoo.addons.online_billing.services.shared.work_loop"):
            run = self.process(self.make_run())
        self.assertEqual((run.parked_count, run.invoice_count), (1, 4))
        self.assertIn("administrator", broken.parked_reason)
        self.assertFalse(broken.charge_ids)

    def test_suspended_account_is_not_billed(self):
        self.accounts[0].action_suspend()
        self.assertEqual(self.process(self.make_run()).account_total, 4)

    def test_stopped_run_goes_on_where_it_was(self):
        run = self.make_run()
        runner = self.env["billing.run.work"]
        runner.start(run, background=False)
        run.action_stop()
        self.assertEqual(runner.process_batch(run), 0)
        self.assertFalse(self.accounts.charge_ids)
        run.action_resume()
        runner.process(run, commit=False)
        self.assertEqual((run.state, run.invoice_count), ("done", 5))

    def test_begun_run_keeps_its_scope_and_cannot_be_deleted(self):
        run = self.process(self.make_run())
        for act in (lambda: run.write({"target_date": "2026-12-31"}), run.unlink, run.action_start):
            with self.assertRaises(UserError):
                act()

    def test_run_over_a_plan_leaves_other_accounts_alone(self):
        other = self.make_account("Other")
        self.subscribe(other, self.make_plan(self.net, name="Other"), "2026-08-01")
        self.process(self.make_run(account_ids=False, plan_ids=[(6, 0, self.plan.ids)]))
        self.assertFalse(other.charge_ids)
        self.assertEqual(len(self.accounts.charge_ids), 5)

    def test_account_is_billed_by_the_local_day_of_its_time_zone(self):
        east, west = self.accounts[0], self.accounts[1]
        east.timezone, west.timezone = "Asia/Kolkata", "America/Bogota"
        run = self.make_run(account_ids=[(6, 0, (east | west).ids)], as_of="2026-07-31 19:00:00")
        self.process(run)
        self.assertEqual((len(east.charge_ids), len(west.charge_ids)), (1, 0))
        self.process(self.make_run(account_ids=[(6, 0, (east | west).ids)], as_of="2026-08-01 05:00:00"))
        self.assertEqual((len(east.charge_ids), len(west.charge_ids)), (1, 1))

    def test_zero_bills_are_skipped_by_switch_and_their_charges_voided(self):
        self.company.billing_zero_invoice = "skip"
        account = self.make_account("Free")
        self.subscribe(account, self.make_plan(self.make_code("FREE", price=0), name="Free"), "2026-08-01")
        self.bill(account, "2026-09-01")
        self.assertFalse(self.get_invoices(account))
        self.assertEqual(account.charge_ids.mapped("state"), ["void", "void"])
        self.assertEqual(account.next_billing_date, self.day("2026-10-01"))

    def test_credit_larger_than_the_bill_becomes_a_credit_note(self):
        account = self.make_account("Credit")
        back = self.make_code("BACK", price=80, kind="credit")
        self.subscribe(account, self.make_plan(self.net, back, name="Mixed"), "2026-08-01")
        self.bill(account, "2026-08-01")
        invoice = self.get_invoices(account)
        self.assertEqual((invoice.move_type, invoice.amount_total), ("out_refund", 30))

    def test_line_shows_quantity_and_unit_price_where_they_give_the_amount(self):
        account = self.make_account("Seats")
        self.subscribe(
            account, self.make_plan((self.net, {"quantity": 3}), name="Seats", alignment="calendar"), "2026-08-10"
        )
        self.bill(account, "2026-09-01")
        first, second = self.get_invoices(account).mapped("invoice_line_ids")
        self.assertEqual((first.quantity, first.price_subtotal), (1, 106.45))
        self.assertIn("quantity 3", first.name)
        self.assertEqual((second.quantity, second.price_unit, second.price_subtotal), (3, 50, 150))

    def test_invoice_carries_terms_reference_and_account(self):
        account = self.make_account(
            "Terms", purchase_reference="PO-7", payment_term_id=self.env.ref("account.account_payment_term_30days").id
        )
        self.subscribe(account, self.plan, "2026-08-01")
        self.bill(account, "2026-08-01")
        invoice = self.get_invoices(account)
        self.assertEqual(
            (invoice.ref, str(invoice.invoice_date_due), invoice.invoice_origin), ("PO-7", "2026-08-31", account.name)
        )
        self.assertEqual(account.charge_ids.invoice_line_id.move_id, invoice)

    def test_invoices_made_late_are_payable_from_the_day_they_were_made(self):
        terms = self.env.ref("account.account_payment_term_30days")
        with_terms = self.make_account("Terms", payment_term_id=terms.id)
        at_once = self.make_account("At once")
        for account in with_terms | at_once:
            self.subscribe(account, self.plan, "2026-08-01")
        # the daily run was away from the first of August until the 20th of October in the evening
        self.process(self.make_run(account_ids=[(6, 0, (with_terms | at_once).ids)], as_of="2026-10-20 20:00:00"))
        for account, due in ((with_terms, "2026-11-19"), (at_once, "2026-10-20")):
            invoices = self.get_invoices(account)
            self.assertEqual([str(day) for day in invoices.mapped("invoice_date_due")], [due] * 3)
            self.assertEqual(
                [str(day) for day in invoices.mapped("invoice_date")], ["2026-08-01", "2026-09-01", "2026-10-01"]
            )
        invoice = self.get_invoices(with_terms)[0]
        invoice.button_draft()
        invoice.action_post()
        self.assertEqual(str(invoice.invoice_date_due), "2026-11-19")

    def test_invoices_of_days_to_come_are_payable_from_their_date(self):
        account = self.make_account("Early", payment_term_id=self.env.ref("account.account_payment_term_30days").id)
        start = fields.Date.add(fields.Date.today(), days=10)
        self.subscribe(account, self.plan, start)
        self.bill(account, fields.Date.add(start, days=5).isoformat())
        invoice = self.get_invoices(account)[0]
        self.assertEqual(invoice.invoice_date_due, fields.Date.add(invoice.invoice_date, days=30))

    def test_daily_runs_start_once_per_company_with_something_due(self):
        runner = self.env["billing.run.work"]
        runner.start_daily_runs(fields.Datetime.to_datetime("2026-08-01 12:00:00"))
        runner.start_daily_runs(fields.Datetime.to_datetime("2026-08-01 13:00:00"))
        runs = self.env["billing.run"].search([("origin", "=", "daily"), ("company_id", "=", self.company.id)])
        self.assertEqual(len(runs), 1)

    def test_run_tells_how_its_invoices_were_written(self):
        KEPT.clear()  # as in a process that has just begun
        run = self.process(self.make_run())
        written_by_odoo = run.invoice_count - run.rendered_count
        self.assertGreater(run.rendered_count, 0)
        self.assertIn(f"{written_by_odoo} × as examples for the others", run.path_summary)

    def test_bill_of_the_background_has_no_salesperson_but_the_customers_own(self):
        self.accounts[4].partner_id.user_id = self.clerk
        run = self.process(self.make_run())
        people = {move.billing_account_id: move.invoice_user_id for move in run.move_ids}
        self.assertEqual(people[self.accounts[4]], self.clerk)
        self.assertFalse(people[self.accounts[0]] | people[self.accounts[3]])
        self.assertGreater(run.rendered_count, 0)

    def test_chatter_of_every_bill_begins_with_its_creation(self):
        run = self.process(self.make_run())
        rendered = run.move_ids.filtered(lambda move: move.message_ids)
        self.assertEqual(rendered, run.move_ids)
        bodies = {move.message_ids.sorted("id")[0].subtype_id for move in run.move_ids}
        self.assertEqual(bodies, {self.env.ref("account.mt_invoice_created")})
