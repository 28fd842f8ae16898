"""A-02, A-13, A-19, B-80: every address of the portal, asked by everybody over real HTTP, against route_matrix.csv."""

import time
import unittest
from statistics import median

from odoo.addons.online_billing.tests.tiers import IS_NIGHT
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from . import around_common
from .route_common import ALSO, PERSONAS, PLACE, get_routes

NO_IDS = ("0", "-1", "2147483648", "9223372036854775808", "18446744073709551616", "1e19", "abc", "1.5", "1\0", "é")
NO_VALUES = (
    "-1", "0", "1e19", "9223372036854775808", "abc", "é€\N{GRINNING FACE}", "\0", "2026-02-30", "' OR 1=1 --",
    "x" * 5000,
)  # fmt: skip
# read by Odoo's own layers below every page
OF_ANY_PAGE = ("access_token", "report_type", "download", "sortby", "filterby", "groupby", "search_in", "page")


@tagged("post_install", "-at_install")
class TestAccessRoutes(around_common.AroundCase):
    def test_a02_every_route_is_declared_and_nothing_else(self):
        declared = [(row["method"], row["route"]) for row in self.rows]
        self.assertEqual(len(declared), len(set(declared)))
        self.assertEqual(set(declared), set(get_routes(self.env)))

    def test_a02_what_everybody_gets(self):
        self.assertGreaterEqual(len(self.rows), 30)
        own_words = (self.account.name, self.account.partner_id.name, self.account.move_ids[:1].name)
        for persona in (*PERSONAS, *ALSO):
            self.enter_as(persona)
            sees = persona in ("owner", "payer", "viewer", "colleague")
            for row in self.get_part(persona, self.rows):
                with self.subTest(persona=persona, method=row["method"], route=row["route"]):
                    answer = self.ask(row, self.own)
                    self.assertEqual(self.read(answer), row[persona])
                    self.assertKept(answer)
                    if not sees:
                        self.assertFalse([word for word in own_words if word in answer.text])

    def assertKept(self, answer):
        """Check that no browser or proxy keeps what is a customer's own, and that no other site frames or learns it."""
        kind = self.read(answer)
        if kind in ("page", "file"):
            self.assertIn("no-store", answer.headers["Cache-Control"])
        if kind == "page":
            self.assertEqual(answer.headers["Referrer-Policy"], "same-origin")
            self.assertEqual(answer.headers["X-Frame-Options"], "SAMEORIGIN")
        if kind == "file":
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")

    def test_a02_foreign_and_missing_look_the_same(self):
        about = [row for row in self.rows if "_id" in row["route"] + row["given"]]
        self.assertGreaterEqual(len(about), 19)
        for column, persona in enumerate((*PERSONAS[1:], *ALSO)):
            self.enter_as(persona)
            # the company is that of the stranger as well
            foreign = {**self.own, "company_id": self.foreign["company_id"]} if persona == "stranger" else self.foreign
            for row in self.get_slant(about, column) if persona in PERSONAS else self.get_part(persona, about):
                with self.subTest(persona=persona, method=row["method"], route=row["route"]):
                    answer = self.ask(row, foreign)
                    self.assertEqual(answer.status_code, 404)
                    self.assertEqual(self.compare(answer), self.compare(self.ask(row, self.missing)))

    def test_a02_who_sees_nothing_finds_what_is_there_as_little_as_what_is_not(self):
        """Neither by the ids of the customer that they belong to, nor by those of records that were deleted."""
        about = [row for row in self.rows if "_id" in row["route"] + row["given"]]
        deleted = {**self.own, **self.get_deleted()}
        for persona in ("nobody", "child", "internal", "other_manager"):
            self.enter_as(persona)
            # what a person may ask for themselves is no matter of the account
            own = [row for row in about if row[persona] == "gone"]
            self.assertGreaterEqual(len(own), 19)
            for row in self.get_part(persona, own):
                with self.subTest(persona=persona, method=row["method"], route=row["route"]):
                    answer = self.ask(row, self.own)
                    self.assertEqual(answer.status_code, 404)
                    self.assertEqual(self.compare(answer), self.compare(self.ask(row, deleted)))

    def get_deleted(self):
        """Return an id of each kind that was given once and is not there any more."""
        names = {
            "company": "res.company", "export": "billing.data.export", "erasure": "billing.erasure",
            "account": "billing.account", "move": "account.move", "subscription": "billing.subscription",
            "payment": "account.payment", "plan": "billing.installment.plan", "question": "billing.question",
            "file": "ir.attachment",
        }  # fmt: skip
        self.assertEqual({f"{name}_id" for name in names}, {name for name in self.own if name.endswith("_id")})
        queries = {
            f"{name}_id": SQL("SELECT nextval(%s)", f"{self.env[model]._table}_id_seq") for name, model in names.items()
        }
        return {name: self.env.execute_query(query)[0][0] for name, query in queries.items()}

    @unittest.skipUnless(IS_NIGHT, "takes long; BILLING_TIER=nightly runs it")
    def test_a02_foreign_and_missing_take_the_same_time(self):
        [row] = [row for row in self.rows if row["route"] == "/my/billing/invoices/<int:move_id>"]
        self.enter_as("stranger")
        times = {"own": [], "missing": []}
        for _try in range(200):
            for name, spent in times.items():
                start = time.perf_counter()
                self.assertEqual(self.ask(row, getattr(self, name)).status_code, 404)
                spent.append(time.perf_counter() - start)
        # of some, another process had the core
        self.assertLess(abs(median(times["own"]) - median(times["missing"])), 0.005)

    def test_a02_a_file_of_another_question_is_not_found_by_way_of_an_own_one(self):
        [row] = [row for row in self.rows if "file_id" in row["route"]]
        self.enter_as("owner")
        mixed = {**self.own, "file_id": self.foreign["file_id"]}
        self.assertEqual(self.ask(row, mixed).status_code, 404)
        self.assertEqual(self.ask(row, self.own).status_code, 200)

    def test_a13_no_form_is_taken_without_its_token(self):
        forms = [row for row in self.rows if row["method"] == "POST"]
        self.assertGreaterEqual(len(forms), 10)
        self.enter_as("owner")
        token_of_owner = self.token
        for row in forms:
            with self.subTest(route=row["route"]), mute_logger("odoo.http"):
                self.assertEqual(self.ask(row, self.own, token=False).status_code, 400)
        self.enter_as("customer")
        self.token = token_of_owner
        for row in forms:
            with self.subTest(route=row["route"], token="of another session"), mute_logger("odoo.http"):
                self.assertEqual(self.ask(row, self.own).status_code, 400)

    def test_the_address_of_a_form_leads_to_its_page(self):
        """Whoever logs in before it is taken comes back to it, or reads what was refused in another language."""
        forms = [row for row in self.rows if row["method"] == "POST" and row["route"] != "/my/billing/questions/new"]
        self.assertGreaterEqual(len(forms), 20)
        self.enter_as("owner")
        for row in forms:
            with self.subTest(route=row["route"]):
                answer = self.ask({**row, "method": "GET"}, self.own)
                self.assertEqual(self.read(answer), "done")
                page = self.url_open(answer.headers["Location"], allow_redirects=False)
                self.assertEqual(self.read(page), "page", answer.headers["Location"])
                if "<int:account_id>" in row["route"]:
                    self.assertIn(f"account={self.own['account_id']}", answer.headers["Location"])
        self.enter_as("stranger")
        for row in forms:
            answer = self.ask({**row, "method": "GET"}, self.own)
            self.assertIn(self.read(answer), ("done", "gone"), row["route"])

    def test_b80_ids_that_are_none(self):
        numbered = [(row, name) for row in self.rows for name in PLACE.findall(row["route"]) if name.endswith("_id")]
        self.assertGreaterEqual(len(numbered), 16)
        self.enter_as("owner")
        for row, name in numbered:
            for value in NO_IDS:
                with self.subTest(method=row["method"], route=row["route"], value=value):
                    self.assertIn(self.ask(row, {**self.own, name: value}).status_code, (303, 404))

    def test_b80_values_that_make_no_sense(self):
        routes, pairs = get_routes(self.env), set()
        self.enter_as("owner")
        for row in self.rows:
            places = [name for name in PLACE.findall(row["route"]) if not name.endswith("_id")]
            names = [*routes[row["method"], row["route"]], *places]
            for turn in range(len(NO_VALUES) if names else 0):
                # each gets each of them, and never two the same, so that no refusal of one hides the others
                given = {name: NO_VALUES[(turn + place) % len(NO_VALUES)] for place, name in enumerate(names)}
                pairs |= {(row["method"], row["route"], *pair) for pair in given.items()}
                with self.subTest(method=row["method"], route=row["route"], turn=turn):
                    answer = self.ask(row, self.own, given)
                    self.assertIn(answer.status_code, (200, 303, 404))
                    self.assertNotIn("Traceback", answer.text)
        self.assertGreater(len(pairs), 400)

    def test_b80_what_no_page_of_ours_reads_changes_nothing(self):
        pages = [row for row in self.rows if row["owner"] == "page" and row["method"] == "GET"]
        self.assertGreaterEqual(len(pages), 12)
        self.enter_as("owner")
        for row in pages:
            with self.subTest(route=row["route"]):
                more = {name: ["é\0", "exe"] for name in OF_ANY_PAGE if f"<{name}>" not in row["route"]}
                self.assertEqual(self.read(self.ask(row, self.own, more)), "page")
