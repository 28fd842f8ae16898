"""Accounts and subscriptions of another system: the sample files are imported as Odoo's own importer does it."""

import csv
import unicodedata
from pathlib import Path

from lxml import etree
from odoo.tests import Form, tagged

from ..common import BillingCase
from ..statements import Statements

STATEMENTS_OF_A_ROW = 20  # of an account and of a subscription together
FILES = Path(__file__).parents[2] / "static"
OPTIONS = {
    "has_headers": True,
    "separator": ",",
    "quoting": '"',
    "encoding": "utf-8",
    "date_format": "%Y-%m-%d",
    "datetime_format": "",
    "float_thousand_separator": ",",
    "float_decimal_separator": ".",
}


@tagged("post_install", "-at_install")
class TestImport(BillingCase):
    def offer(self, model):
        """Return the sample file that the importer offers, as its bytes."""
        [template] = self.env[model].with_user(self.clerk).get_import_templates()
        path = template["template"].removeprefix("/online_billing/static/")
        return (FILES / path).read_bytes()

    def run_import(self, model, content, dryrun=False):
        """Import a file as the page of the importer does: it finds the fields by the headings, then loads them."""
        importing = self.env["base_import.import"].with_user(self.clerk)
        record = importing.create(
            {"res_model": model, "file": content, "file_name": "sample.csv", "file_type": "text/csv"}
        )
        preview = record.parse_preview({**OPTIONS})
        self.assertNotIn("error", preview, preview.get("error"))
        columns = preview["headers"]
        fields = ["/".join(preview["matches"].get(place, [])) for place in range(len(columns))]
        self.assertTrue(all(fields), dict(zip(columns, fields, strict=True)))
        return record.execute_import(fields, columns, {**OPTIONS, **preview.get("options", {})}, dryrun=dryrun)

    def import_sample(self, model):
        result = self.run_import(model, self.offer(model))
        self.assertEqual(result["messages"], [])
        return self.env[model].browse(result["ids"])

    def test_the_sample_of_accounts_is_imported(self):
        accounts = self.import_sample("billing.account")
        self.assertEqual(accounts.mapped("name"), ["C-1001", "C-1002", "C-1003"])
        self.assertEqual(accounts.partner_id.mapped("name"), ["Ada Lovelace", "Hartwood and Sons Ltd.", "Grace Hopper"])
        self.assertEqual(accounts[1].partner_id.email, "bills@hartwood.example")
        self.assertEqual(accounts.mapped("billing_day"), [1, 15, 1])
        self.assertEqual(accounts.mapped("delivery_channel"), ["email", "email", "letter"])
        self.assertEqual(accounts[2].timezone, "America/New_York")
        self.assertEqual(set(accounts.mapped("state")), {"draft"})
        accounts.with_user(self.clerk).action_activate()

    def test_the_sample_of_subscriptions_is_imported_after_the_accounts(self):
        with Form(self.env["billing.new.price"].with_user(self.manager)) as price:
            price.ready, price.amount = "month", 20
        price.record.action_create()
        self.import_sample("billing.account").action_activate()
        subscriptions = self.import_sample("billing.subscription")
        self.assertEqual(subscriptions.account_id.mapped("name"), ["C-1001", "C-1002", "C-1003"])
        self.assertEqual([str(one.start_date) for one in subscriptions], ["2026-01-01", "2026-01-15", "2026-02-01"])
        self.assertEqual(set(subscriptions.plan_id.mapped("name")), {"Basic Monthly"})
        self.assertEqual(subscriptions.line_ids.mapped("code_id.code"), ["BASIC-MONTHLY"])
        subscriptions.with_user(self.clerk).action_activate()
        self.bill(subscriptions.account_id, "2026-02-01")
        self.assertEqual(len(self.get_invoices(subscriptions.account_id[0])), 2)

    def test_a_trial_of_the_import_leaves_nothing(self):
        result = self.run_import("billing.account", self.offer("billing.account"), dryrun=True)
        self.assertEqual(result["messages"], [])
        self.assertFalse(self.env["res.partner"].search([("name", "=", "Hartwood and Sons Ltd.")]))

    def test_the_same_file_again_changes_nothing_and_makes_nobody_twice(self):
        first = self.import_sample("billing.account")
        again = self.import_sample("billing.account")
        self.assertEqual(again, first)
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Hartwood and Sons Ltd.")]), 1)

    def test_a_customer_who_is_there_already_is_taken(self):
        ada = self.env["res.partner"].create({"name": "Ada Lovelace", "email": "ada.lovelace@example.com"})
        self.env["res.partner"].create({"name": "Ada Lovelace", "email": "another@example.com"})
        self.assertEqual(self.import_sample("billing.account")[0].partner_id, ada)

    def test_a_customer_is_the_same_however_the_name_before_the_address_is_written(self):
        there = self.env["res.partner"].create({"name": "José Núñez", "email": "Jose@example.com"})
        texts = ("JOSÉ NÚÑEZ <jose@example.com>", "jose  nunez <jose@example.com>", "Zoë Müller <zoe@example.com>")
        texts += ("ZOË MÜLLER <Zoe@example.com>", "Zoë Müller", "José Núñez <other@example.com>")
        result, customers = self.import_customers(*(unicodedata.normalize("NFD", text) for text in texts))
        self.assertEqual(result["messages"], [])
        accounts = self.env["billing.account"].browse(result["ids"])
        self.assertEqual(accounts[:2].partner_id, there)
        [zoe] = accounts[2:5].partner_id
        self.assertEqual((zoe.name, zoe.email), ("Zoë Müller", "zoe@example.com"))
        self.assertEqual(len(customers), 3, "who has another address is somebody else")

    def test_a_name_of_several_customers_is_asked_about(self):
        self.env["res.partner"].create([{"name": "Grace Hopper"}, {"name": "Grace Hopper"}])
        result = self.run_import("billing.account", self.offer("billing.account"))
        self.assertFalse(result["ids"])
        self.assertIn("Several customers are called “Grace Hopper”", result["messages"][0]["message"])
        self.assertEqual(result["messages"][0]["rows"], {"from": 2, "to": 2})

    def import_customers(self, *texts):
        """Return (the result, customers) of a file with an account for each customer."""
        rows = "".join(f'X{number},"{text.replace(chr(34), chr(34) * 2)}"\n' for number, text in enumerate(texts))
        result = self.run_import("billing.account", f"Number,Customer\n{rows}".encode())
        return result, self.env["billing.account"].browse(result["ids"] or []).partner_id

    def test_a_name_is_taken_as_it_stands_before_the_address(self):
        """Commas, brackets and quotes are part of many names; nobody becomes “Inc.”."""
        expected = {
            "Acme, Inc. <Bills@acme.example>": ("Acme, Inc.", "bills@acme.example"),
            '"Braun, Lee & Co." <lee@braun.example>': ("Braun, Lee & Co.", "lee@braun.example"),
            'Robert "Bob" Smith <bob@smith.example>': ('Robert "Bob" Smith', "bob@smith.example"),
            "Jane Doe (Shop) <jane@doe.example>": ("Jane Doe (Shop)", "jane@doe.example"),
            "Doe; John <john@doe.example>": ("Doe; John", "john@doe.example"),
            "Smith, John": ("Smith, John", False),
            "only@mail.example": ("only@mail.example", "only@mail.example"),
            "<sole@mail.example>": ("sole@mail.example", "sole@mail.example"),
            "=1+1": ("=1+1", False),
        }
        result, customers = self.import_customers(*expected)
        self.assertEqual(result["messages"], [])
        self.assertEqual([(one.name, one.email) for one in customers], list(expected.values()))
        service = self.env["billing.account.importing"].with_user(self.clerk)
        again = service.name_customers([[text] for text in expected], 0, self.fail)
        self.assertEqual([int(found) for [found] in again], customers.ids)

    def test_a_mere_name_finds_the_customer_with_an_address_in_whatever_row(self):
        _result, customers = self.import_customers("Ada Byron", "Ada Byron <ada@byron.example>", "Ada Byron")
        self.assertEqual(customers.mapped("email"), ["ada@byron.example"])

    def test_customers_of_a_long_file_are_found_and_made_by_few_statements(self):
        service = self.env["billing.account.importing"].with_user(self.clerk)
        rows = [[f"Customer {number} <c{number}@many.example>"] for number in range(300)]
        made = service.name_customers(rows, 0, self.fail)
        with Statements() as asked:
            self.assertEqual(service.name_customers(rows, 0, self.fail), made)
        self.assertLess(len(asked.of("res_partner")), 5)

    def test_what_is_no_customer_is_asked_about(self):
        for text in ("Ann <ann@a.example>, Bea <bea@b.example>", "Ann <no address>", "Ann <ann@a.example", "<>"):
            with self.subTest(text=text), self.cr.savepoint():
                result, _customers = self.import_customers(text)
                self.assertFalse(result["ids"])
                self.assertIn("is no customer. Write a name", result["messages"][0]["message"])
                self.assertFalse(self.env["res.partner"].search([("email", "=like", "ann@%")]))

    def say(self, model, *rows):
        """Return what the importer's page shows of a file: (row, sentence) of each error; nothing of it is kept."""
        counts = {name: self.env[name].search_count([]) for name in (model, "res.partner")}
        result = self.run_import(model, "".join(f"{row}\n" for row in rows).encode())
        self.assertFalse(result["ids"])
        for name, count in counts.items():
            self.assertEqual(self.env[name].search_count([]), count, name)
        # the page shows both of errors that name no column
        self.assertFalse([message for message in result["messages"] if message.get("field")])
        return [(message["record"], message["message"]) for message in result["messages"]]

    def test_each_error_of_a_file_says_its_row_as_a_spreadsheet_counts(self):
        said = self.say(
            "billing.account",
            "Number,Customer,Delivery Channel,Billing Day",
            "W-1,Ada Wells,By e-mail,1",
            "W-2,Bea Wells,By pigeon,1",
            "W-3,Cyd Wells,By letter,first",
            "W-4,<>,By letter,1",
        )
        self.assertEqual({row for row, _text in said}, {3, 4, 5})
        by_row = dict(said)
        self.assertTrue(all(text.startswith(f"W-{row - 1}: ") for row, text in said), said)
        self.assertIn("By pigeon", by_row[3])
        self.assertIn("Write one of these: By e-mail, In the portal only, By letter.", by_row[3])
        self.assertIn("first", by_row[4])
        self.assertIn("is no customer", by_row[5])

    def test_what_a_record_refuses_is_said_of_its_own_row_alone(self):
        """Of a batch that fails Odoo says the reason with the first row."""
        said = self.say(
            "billing.account",
            "Number,Customer,Time Zone,Billing Day",
            "W-1,Ada Wells,Europe/London,1",
            "W-2,Bea Wells,Europe/London,32",
            "W-3,Cyd Wells,Europe/London,1",
        )
        self.assertEqual(said, [(3, "W-2: The billing day is a day of the month, from 1 to 31.")])

    def test_subscriptions_to_what_is_not_there_are_named_by_their_row(self):
        self.make_plan(self.make_code("BASIC", 20), name="Basic Monthly")
        account = self.make_account()
        said = self.say(
            "billing.subscription",
            "External ID,Account,Plan,Start Date",
            f"old.s_1,{account.name},Basic Monthly,2026-01-01",
            f"old.s_2,{account.name},Golden,2026-01-01",
            "old.s_3,C-nobody,Basic Monthly,2026-01-01",
        )
        self.assertEqual([row for row, _text in said], [3, 4], said)
        self.assertRegex(said[0][1], "^old.s_2: .*Golden")
        self.assertRegex(said[1][1], "^old.s_3: .*C-nobody")

    def test_rows_that_go_wrong_together_are_each_said_and_the_others_are_not(self):
        said = self.say(
            "billing.account",
            "Number,Customer,Delivery Channel",
            "W-1,Ada Wells,By e-mail",
            "W-2,Bea Wells,By pigeon",
            "W-3,Cyd Wells,By letter",
            "W-4,Dan Wells,By pigeon",
            "W-5,,By letter",
            "W-6,Eve Wells,By letter",
        )
        self.assertEqual([row for row, _text in said], [3, 5, 6], said)
        self.assertNotIn("\n", said[2][1])
        self.assertIn("Customer", said[2][1])

    def test_values_that_failed_once_can_be_tried_again(self):
        """Odoo's importer makes records one by one when all at once has failed, of the same values."""
        plan = self.make_plan(self.make_code("BASIC", 20))
        values = {"account_id": self.make_account().id, "plan_id": plan.id, "start_date": "2026-01-01"}
        subscriptions = self.env["billing.subscription"].with_user(self.clerk)
        before = dict(values)
        for _try in range(2):
            self.assertTrue(subscriptions.create([values]).name)
        self.assertEqual(values, before)

    def test_a_program_that_loads_rows_gets_what_odoo_says(self):
        accounts = self.env["billing.account"].with_user(self.clerk)
        found = accounts.load(["name", "partner_id", "delivery_channel"], [["W-1", "Ada Wells", "By pigeon"]])
        self.assertEqual([message["field"] for message in found["messages"]], ["delivery_channel"])

    def count_statements(self, rows):
        """Return how many statements an import of so many accounts and subscriptions takes."""
        numbers = [f"M{rows}-{number}" for number in range(rows)]
        accounts = "".join(f"{number},Customer {number} <{number}@many.example>,1\n" for number in numbers)
        subscriptions = "".join(f"{number},Basic Monthly,2026-01-01\n" for number in numbers)
        with Statements() as asked:
            for model, text in (
                ("billing.account", f"Number,Customer,Billing Day\n{accounts}"),
                ("billing.subscription", f"Account,Plan,Start Date\n{subscriptions}"),
            ):
                result = self.run_import(model, text.encode())
                self.assertEqual((len(result["ids"]), result["messages"]), (rows, []))
                self.env.flush_all()
        return len(asked)

    def test_a_longer_file_takes_few_statements_more_a_row(self):
        self.make_plan(self.make_code("BASIC", 20), name="Basic Monthly")
        self.count_statements(2)
        few, many = self.count_statements(10), self.count_statements(40)
        self.assertLess((many - few) / 30, STATEMENTS_OF_A_ROW)

    def test_the_empty_lists_offer_the_sample_files(self):
        for action, name in (("billing_account_action", "accounts"), ("billing_subscription_action", "subscriptions")):
            help_text = self.env.ref(f"online_billing.{action}").help
            self.assertIn(f"/online_billing/static/import/{name}.csv", help_text)
            self.assertTrue((FILES / "import" / f"{name}.csv").is_file())

    def test_the_samples_name_no_account_twice_and_fit_together(self):
        rows = {
            name: list(csv.DictReader((FILES / "import" / f"{name}.csv").read_text().splitlines()))
            for name in ("accounts", "subscriptions")
        }
        numbers = [row["Number"] for row in rows["accounts"]]
        self.assertEqual(len(numbers), len(set(numbers)))
        self.assertLessEqual({row["Account"] for row in rows["subscriptions"]}, set(numbers))

    # -- export -------------------------------------------------------------------------------------------------------

    def test_every_list_can_be_exported_as_it_stands(self):
        """What Odoo's export asks of the columns of each list is answered, with records where there are any."""
        account = self.make_account()
        self.subscribe(account, self.make_plan(self.make_code("NET", 10)), "2026-01-01")
        self.bill(account, "2026-01-01")
        data = self.env["ir.model.data"].search([("module", "=", "online_billing"), ("model", "=", "ir.ui.view")])
        views = self.env["ir.ui.view"].browse(data.mapped("res_id")).filtered(lambda view: view.type == "list")
        self.assertGreater(len(views), 20)
        for view in views.filtered(lambda view: not view.inherit_id):
            model = self.env[view.model].with_user(self.manager)
            if model._transient:
                continue
            with self.subTest(view=view.name):
                arch = etree.fromstring(model.get_view(view.id, "list")["arch"])
                names = [node.get("name") for node in arch.iterchildren("field") if not node.get("column_invisible")]
                wanted = [name for name in names if model._fields[name].exportable]
                found = model.search([], limit=3)
                rows = found.export_data(wanted)["datas"]
                self.assertEqual(len(rows), len(found))
                self.assertTrue(all(len(row) == len(wanted) for row in rows))

    def test_what_is_offered_for_an_export_can_be_exported(self):
        """Odoo offers all fields of a model; of a record that staff may not read, not even the name is exported."""
        looked_at = 0
        for name in self.env.registry:
            model = self.env[name].with_user(self.manager)
            if not name.startswith("billing.") or model._abstract or model._transient or not model.has_access("read"):
                continue
            offered = model.fields_get(attributes=["exportable", "relation"])
            for field, described in offered.items():
                if (relation := described.get("relation")) and described.get("exportable", True):
                    looked_at += 1
                    self.assertTrue(model.env[relation].has_access("read"), f"{name}.{field}")
        self.assertGreater(looked_at, 100)

    def test_who_works_with_the_billing_may_export(self):
        for user in (self.clerk, self.manager):
            self.assertTrue(user.has_group("base.group_allow_export"))
