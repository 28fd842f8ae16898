import json
import socket
from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import mute_logger

from ...services.posting import aside, check
from ...services.posting.render import Renderer
from ...services.posting.writer import SETTING
from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestPostingCheck(BillingCase):
    """Case E3 to E5 in production: some invoices of the day are made twice, compared, and taken back."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price=50)
        cls.calls = cls.make_code("CALLS", price=3.333)
        cls.plan = cls.make_plan(cls.net, cls.calls, alignment="calendar")
        accounts = [cls.make_account(f"Customer {number}") for number in range(6)]
        cls.accounts = cls.env["billing.account"].union(*accounts)
        for account in accounts:
            cls.subscribe(account, cls.plan, "2026-08-01")
        cls.billed = cls.bill(cls.accounts, "2026-08-31")
        cls.check = cls.env["billing.posting.check"]
        cls.parameters = cls.env["ir.config_parameter"]

    def count_rows(self):
        self.env.flush_all()
        counts = []
        for table in ("account_move", "account_move_line", "mail_message", "mail_mail", "mail_activity"):
            self.cr.execute(f"SELECT count(*), max(id) FROM {table}")  # noqa: S608 (names of the test itself)
            counts.append(self.cr.fetchone())
        return counts

    def test_what_was_billed_comes_out_alike_and_nothing_of_it_stays(self):
        before = self.count_rows(), self.accounts.partner_id.mapped("customer_rank")
        found = self.check.compare_newest()
        self.assertEqual((set(found.alike), found.left, found.differing), (set(self.billed.move_ids.ids), [], {}))
        self.assertEqual((self.count_rows(), self.accounts.partner_id.mapped("customer_rank")), before)
        self.assertTrue(self.env["billing.posting"].is_in_batches())
        self.assertIn("6 invoices were made in both ways and came out alike", self.check.get_last_result())

    def test_the_next_invoice_by_hand_gets_the_next_number(self):
        self.check.compare_newest()
        last = max(self.billed.move_ids.mapped("sequence_number"))
        run = self.bill(self.accounts, "2026-09-30")
        self.assertEqual(sorted(run.move_ids.mapped("sequence_number")), list(range(last + 1, last + 7)))

    def test_only_what_is_new_since_the_last_time_is_compared(self):
        self.check.compare_newest()
        self.assertEqual(self.check.compare_newest().alike, [])
        run = self.bill(self.accounts, "2026-09-30")
        self.assertEqual(set(self.check.compare_newest().alike), set(run.move_ids.ids))

    def test_so_many_at_random_and_no_more(self):
        self.assertEqual(len(self.check.compare_newest(2).alike), 2)

    def test_a_difference_switches_the_batches_off_and_tells_the_manager(self):
        """The column is filled wrongly only where the examples cannot show it."""
        original = Renderer.move

        def move(renderer, request, template, identity):
            row = original(renderer, request, template, identity)
            return row if request.index in (0, 17) else row.replace(request.origin, f"{request.origin}?")

        with patch.object(Renderer, "move", move), mute_logger(check.__name__):
            found = self.check.compare_newest()
        move_id, differences = next(iter(found.differing.items()))
        self.assertEqual(differences[0][0], "account_move.invoice_origin")
        self.assertEqual(self.parameters.get_param(SETTING), "odoo")
        activity = self.env["account.move"].browse(move_id).activity_ids
        self.assertEqual(activity.activity_type_id, self.env.ref(check.TASK))
        for words in ("Origin", f"{differences[0][2]}?", "one by one", "Posting of Invoices"):
            self.assertIn(words, activity.note)
        self.assertIn("switched off", self.check.get_last_result())
        self.assertIsNone(self.check.compare_newest(), "switched off, there is nothing to compare")

    def test_what_odoo_refuses_today_is_left_out(self):
        self.billed.move_ids[0].partner_id.property_account_receivable_id.active = False
        with mute_logger(check.__name__):
            found = self.check.compare_newest()
        self.assertEqual((found.alike, found.differing, len(found.left)), ([], {}, 6))
        self.assertTrue(self.env["billing.posting"].is_in_batches())

    def test_nothing_of_it_reaches_the_network(self):
        """Whatever an addon does when an invoice is posted, this process stays alone with the database."""
        seen = []
        move_class = self.env.registry["account.move"]
        original = move_class._post

        def _post(moves, soft=True):
            for act in (
                lambda: socket.create_connection(("127.0.0.1", 9)),
                lambda: socket.getaddrinfo("example.com", 443),
            ):
                try:
                    act()
                except OSError as error:
                    seen.append(str(error))
            return original(moves, soft=soft)

        with patch.object(move_class, "_post", _post):
            self.check.compare_newest(1)
        self.assertTrue(seen)
        self.assertTrue(all("the network is closed" in text for text in seen), seen)
        with aside.closed_network(), self.assertRaisesRegex(OSError, "closed"):
            socket.create_connection(("127.0.0.1", 9))
        with self.assertRaises(OSError) as opened:
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        self.assertNotIn("closed while", str(opened.exception))

    def test_what_waits_for_the_commit_waits_on_and_nothing_is_added(self):
        noted = []
        self.cr.postcommit.add(lambda: noted.append("before"))
        waiting = len(self.cr.postcommit._funcs)
        self.check.compare_newest()
        self.assertEqual(len(self.cr.postcommit._funcs), waiting)
        self.assertEqual(noted, [])

    def test_the_settings_say_which_way_and_why(self):
        self.check.compare_newest()
        text = self.env["res.config.settings"].create({}).billing_posting_ways
        self.assertIn(self.billed.display_name, text)
        for words in ("invoices were written in batches", "as examples for the others", "came out alike"):
            self.assertIn(words, text)

    def test_the_run_says_which_way_and_why(self):
        written = self.billed.rendered_count
        self.assertEqual(
            self.billed.path_summary.splitlines(),
            [
                f"{written} invoices were written in batches, after the example of one that Odoo made.",
                f"{6 - written} were made one by one by Odoo, with the same result:",
                f"{6 - written} × as examples for the others",
            ],
        )

    def test_every_reason_is_said_in_words(self):
        ways = self.env["billing.posting.ways"]
        text = ways.describe(3, {"override: acme account.move._post": 2, "patched: x": 1, "never heard of": 4})
        self.assertIn("3 invoices were written in batches", text)
        self.assertIn("7 were made one by one", text)
        self.assertIn("another addon takes part in posting (acme account.move._post)", text)
        self.assertIn("not a usual bill (never heard of)", text)
        self.assertEqual(ways.describe(0, {}), "")

    def test_the_result_is_kept_from_night_to_night(self):
        self.check._cron_compare()
        result = json.loads(self.parameters.get_param(check.RESULT))
        self.assertEqual((result["alike"], result["left"], result["differing"]), (6, 0, False))
