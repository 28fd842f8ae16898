"""G5: no page of the app reads what grows for ever."""

from lxml import etree
from odoo import models
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..common import BillingCase
from ..statements import Statements, explain, get_plan

# lists that grow for ever, in the order in which they open
GROWING = (
    "billing.charge",
    "billing.run.outcome",
    "billing.collection.message",
    "billing.collection.case",
    "billing.payment.promise",
    "billing.stop",
    "billing.late.fee",
    "billing.installment",
)
# of these every month brings more
ADDED_UP = {"account.move", "billing.money", "billing.charge", "billing.charge.month"}


@tagged("post_install", "-at_install")
class TestPages(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.code = cls.make_code("NET", 10)
        cls.account = cls.make_account(delivery_channel="portal")
        cls.subscribe(cls.account, cls.make_plan(cls.code), "2026-06-01")
        cls.run_record = cls.bill(cls.account, "2026-08-31")

    def test_case_G5_the_first_page_of_a_list_is_found_by_an_index_in_its_order(self):
        for name in GROWING:
            with self.subTest(name):
                plan = get_plan(self.env[name], [])
                self.assertIn("Index", plan)
                self.assertNotIn("Sort", plan)

    def test_case_G5_payments_like_the_one_that_is_shown_are_found_by_an_index(self):
        payment = self.env["account.payment"].create({"partner_id": self.account.partner_id.id, "amount": 5})
        with Statements() as asked:
            self.assertFalse(payment.duplicate_payment_ids)
        [looked] = [given for given in asked.given if "duplicate_payment" in given[0]]
        self.assertIn("account_payment_billing_like_idx", explain(self.env.cr, *looked))

    def test_case_N4_why_something_was_not_sent_is_read_in_the_lists_of_what_was_not(self):
        reasons = {"billing_delivery_error", "billing_delivery_retry_date"}
        for name, has_reasons in (
            ("account_move_action_billing", False),
            ("account_move_action_failed", True),
            ("account_payment_action_billing", False),
            ("account_payment_action_receipt_failed", True),
        ):
            action = self.env.ref(f"online_billing.{name}")
            model = self.env[action.res_model].with_user(self.clerk).with_context(**safe_eval(action.context))
            arch = etree.fromstring(model.get_view(action.view_id.id, "list")["arch"])
            shown = {node.get("name") for node in arch.iter("field")}
            self.assertEqual(reasons & shown, reasons if has_reasons else set(), name)

    def test_case_N4_what_adds_up_everything_there_ever_was_begins_with_a_part_of_it(self):
        """Pivots and graphs of what every month brings more of: the last months, or what is open."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "online_billing"), ("model", "=", "ir.actions.act_window")]
        )
        actions = (
            self.env["ir.actions.act_window"]
            .browse(data.mapped("res_id"))
            .filtered(
                lambda action: action.res_model in ADDED_UP and {"pivot", "graph"} & set(action.view_mode.split(","))
            )
        )
        self.assertGreaterEqual(len(actions), 4)
        for action in actions:
            with self.subTest(action.name):
                chosen = [name for name in safe_eval(action.context) if name.startswith("search_default_")]
                if not chosen:
                    self.assertIn("billing_is_open", action.domain)
                    continue
                model = self.env[action.res_model].with_user(self.clerk)
                arch = etree.fromstring(model.get_view(action.search_view_id.id, "search")["arch"])
                filters = {f"search_default_{node.get('name')}": node.get("domain") for node in arch.iter("filter")}
                self.assertTrue([name for name in chosen if "today =1d -2m" in filters[name]], chosen)
                for name in chosen:
                    model.search(safe_eval(filters[name]), limit=1)

    def test_what_has_a_page_of_its_own_has_a_name(self):
        actions = self.env["ir.actions.act_window"].search([("view_mode", "like", "form")])
        own = {action.res_model for action in actions if action.res_model.startswith("billing.")}
        self.assertGreater(len(own), 20)
        nameless = [
            name
            for name in sorted(own)
            if not self.env[name]._transient
            and not self.env[name]._rec_name
            and type(self.env[name])._compute_display_name is models.BaseModel._compute_display_name
        ]
        self.assertFalse(nameless, "their pages and links would say model and number")
        outcome = self.env["billing.run.outcome"].search([("run_id", "=", self.run_record.id)], limit=1)
        self.assertEqual(outcome.display_name, f"{self.run_record.name}: {self.account.display_name}")

    def ask(self, records, *names):
        """Return the statements that a clerk's page of these fields takes."""
        self.env.flush_all()
        self.env.invalidate_all()
        with Statements() as asked:
            records.with_user(self.clerk).web_read({name: {} for name in names})
        return asked

    def test_case_G5_codes_and_prices_count_no_charges(self):
        asked = [
            query
            for records in (self.code, self.code.price_ids)
            for query in self.ask(records, *self._get_names(records)).of("billing_charge")
        ]
        self.assertTrue(asked)
        self.assertFalse([query for query in asked if "LIMIT 1" not in query or "count(" in query.lower()])

    def test_case_G5_a_used_price_and_a_free_one(self):
        free = self.make_price(self.code, 12, valid_from="2027-01-01")
        drafted = self.make_price(self.code, 13, valid_from="2028-01-01")
        self.assertEqual((free | drafted | self.code.price_ids.sorted("valid_from")[0]).mapped("is_used"), [0, 0, 1])

    def test_case_G5_a_list_of_codes_takes_the_statements_of_one(self):
        codes = self.code.browse().union(*(self.make_code(f"C{number}", number + 1) for number in range(30)))
        few = self.ask(codes[:2], "current_price_summary", "price_count")
        many = self.ask(codes, "current_price_summary", "price_count")
        self.assertLessEqual(len(many), len(few) + 1)
        self.assertEqual(codes[3].current_price_id, codes[3].price_ids)
        self.assertIn("4", codes[3].current_price_summary)

    def test_case_G5_the_figures_of_a_run_that_is_done_are_kept(self):
        figures = ("account_done", "parked_count", "invoice_count", "rendered_count", "amount_summary", "path_summary")
        asked = self.ask(self.run_record, "name", "progress", *figures)
        self.assertFalse(asked.of("billing_run_outcome"))
        self.assertEqual(
            [self.run_record[name] for name in figures[:4]],
            [1, 0, 3, self.run_record.rendered_count],
        )
        self.assertEqual(self.env["billing.run.work"].count_results(self.run_record)[self.run_record.id],
                         self.run_record.final_figures)  # fmt: skip

    def test_case_G5_the_figures_of_a_run_at_work_are_counted(self):
        run = self.env["billing.run"].create({"target_date": "2026-10-31"})
        self.assertEqual((run.account_done, run.progress, run.amount_summary), (0, 0.0, ""))
        self.env["billing.run.work"].start(run, background=False)
        self.env["billing.run.work"].process_batch(run)
        run.invalidate_recordset()
        self.assertEqual((run.state, run.account_done, run.invoice_count), ("running", 1, 2))
        self.assertEqual(run.progress, 100.0)

    def test_case_G5_the_form_of_a_run_lists_no_accounts(self):
        view = self.env["billing.run"].get_views([(False, "form")])["views"]["form"]
        self.assertNotIn('name="outcome_ids"', view["arch"])

    def _get_names(self, records):
        views = records.get_views([(False, "list"), (False, "form"), (False, "kanban")])
        return [name for name in views["models"][records._name]["fields"] if name in records._fields]
