"""The search of accounts: by what a customer says on the telephone or at the counter."""

import unicodedata

from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import SQL

from ..common import BillingCase


@tagged("post_install", "-at_install")
class TestLookup(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.ada = cls.make_account("Ada Lovelace")
        cls.ada.partner_id.write({"phone": "+44 20 7946 0123", "ref": "C-77"})
        cls.brien = cls.make_account("Conan O'Brien-Smythe")
        firm = partners.create({"name": "Hartwood & Sons 100% Ltd.", "is_company": True})
        partners.create(
            {"name": "Maud Finch", "parent_id": firm.id, "phone": "0171/98 76 54", "email": "m@hartwood.example"}
        )
        cls.firm = cls.env["billing.account"].create({"partner_id": firm.id})
        cls.zoe = cls.make_account("Zoë Müller")
        cls.wang = cls.make_account("王小明")
        cls.accounts = cls.ada | cls.brien | cls.firm | cls.zoe | cls.wang

    def find(self, text, operator="ilike"):
        found = self.env["billing.account"].with_user(self.clerk).search([("lookup", operator, text)])
        return found & self.accounts

    def assertFinds(self, expected, *texts):
        for text in texts:
            with self.subTest(text=text):
                self.assertEqual(self.find(text), expected)

    def make_invoice(self, account, **vals):
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": account.partner_id.id,
                "billing_account_id": account.id,
                "invoice_line_ids": [Command.create({"name": "Fibre", "price_unit": 10, "tax_ids": False})],
                **vals,
            }
        )
        move.action_post()
        return move

    def test_case_D8_a_name_is_found_by_the_beginning_of_its_words_in_any_order(self):
        self.assertFinds(self.ada, "ada", "LOVE", "lovelace ada", "  Ada   Love ")
        self.assertFinds(self.brien, "O'Brien", "brien", "o'brien-smy", "smythe", "conan")
        self.assertFinds(self.firm, "hartwood", "100%", "sons & hart")
        self.assertFinds(self.zoe, "zoë", "MÜLLER")
        self.assertFinds(self.wang, "王小明", "王小")
        self.assertFinds(self.accounts.browse(), "velace", "ada hartwood")

    def test_case_D8_a_name_is_found_with_and_without_its_accents(self):
        self.assertFinds(self.zoe, "zoe", "Muller", "MULLER zoë", unicodedata.normalize("NFD", "Zoë Müller"))
        imported = self.make_account(unicodedata.normalize("NFD", "José Núñez"))
        dane, german, czech = (self.make_account(name) for name in ("Søren Bjørk", "Hans Strauß", "Čeněk Dvořák"))
        self.accounts |= imported | dane | german | czech
        self.assertFinds(imported, "José", "jose", "NUNEZ", "Núñez josé")
        self.assertFinds(dane, "soren", "bjork", "Bjørk")
        self.assertFinds(german, "strauss", "STRAUSS", "Strauß")
        self.assertFinds(czech, "dvorak", "Čeněk", "cenek DVOŘÁK")

    def test_case_D8_a_name_is_found_by_each_word_whatever_stands_between_them(self):
        names = (
            "A/B Media",
            "Shop@Work",
            "www.tea.example/shop GmbH",
            "24/7 Service",
            "Liam O’Neill",
            "Road-66 Grill",
        )
        media, work, tea, service, neill, grill = (self.make_account(name) for name in names)
        self.accounts |= media | work | tea | service | neill | grill
        self.assertFinds(media, "A/B", "b media", "media")
        self.assertFinds(work, "work")
        self.assertFinds(tea, "tea.example", "tea", "www.tea", "gmbh")
        self.assertFinds(service, "24/7", "7 service")
        self.assertFinds(neill, "O'Neill", "O’Neill", "neill")
        self.assertFinds(grill, "road 66", "66", "Road-66")

    def test_case_D8_a_company_is_found_by_its_contacts(self):
        self.assertFinds(self.firm, "Maud", "finch", "m@hartwood", "0171 987654")

    def test_case_D8_an_account_number_is_found_whole_from_its_beginning_and_by_its_last_digits(self):
        number = self.firm.name
        self.assertFinds(self.firm, number, number.lower(), f" {number} ", number.lstrip("A0"))
        self.assertIn(self.firm, self.find(number[:-1]))

    def test_case_D8_an_e_mail_address_is_found_from_its_beginning(self):
        self.assertFinds(self.ada, "ada.lovelace@example.com", "Ada.Lovelace@EXAMPLE.com", "ada.lovelace@")
        self.assertFinds(self.accounts.browse(), "ada_lovelace@", "%@example.com")

    def test_case_D8_a_telephone_number_is_found_however_it_is_written(self):
        self.assertFinds(
            self.ada, "+44 20 7946 0123", "020 7946 0123", "02079460123", "7946-0123", "0044 (0)20 7946 0123", "60123"
        )
        self.assertFinds(self.accounts.browse(), "0124", "+44 20 7946 0124")

    def test_case_D8_an_invoice_is_found_by_number_and_by_payment_reference(self):
        move = self.make_invoice(self.ada, payment_reference="RF18 5390 0754 7034")
        self.assertFinds(self.ada, move.name, move.name.lower(), "RF18 5390 0754 7034", "rf18539007547034")
        plain = self.make_invoice(self.firm)
        self.assertEqual(plain.payment_reference, plain.name)
        self.assertFinds(self.firm, plain.name)
        draft = self.make_invoice(self.zoe)
        draft.button_draft()
        self.assertFinds(self.accounts.browse(), "RF18 5390", move.name[:-1])

    def test_case_D8_the_customers_own_reference_is_found(self):
        self.assertFinds(self.ada, "C-77")

    def test_case_D8_nonsense_finds_nobody_and_breaks_nothing(self):
        for text in ("'", "''':*", "\\", "zq\\", "!&|()", ":*", "%", "_", "x\x00y", "9" * 500, "'; DROP TABLE", "&"):
            with self.subTest(text=text):
                self.assertFalse(self.find(text))
        self.assertEqual(self.find(""), self.accounts)

    def test_case_D8_every_choice_of_an_account_searches_alike(self):
        accounts = self.env["billing.account"].with_user(self.clerk)
        for text in ("lovelace", "+44 20 7946 0123", "ada.lovelace@example.com", "C-77"):
            with self.subTest(text=text):
                self.assertIn(self.ada.id, [found[0] for found in accounts.name_search(text)])
        self.assertEqual(accounts.search([("subscription_ids.account_id", "ilike", "nobody")]), accounts.browse())

    def test_case_D8_what_no_database_can_hold_is_left_out_of_the_search(self):
        self.assertFinds(self.ada, "lovelace\x00", "love\ud800lace", "\udfffada")

    def test_case_D8_who_may_not_read_an_account_does_not_find_it(self):
        other = self.env["res.company"].create({"name": "Other Company"})
        self.clerk.write({"company_ids": [Command.link(other.id)], "company_id": other.id})
        accounts = self.env["billing.account"].with_user(self.clerk).with_context(allowed_company_ids=other.ids)
        self.assertFalse(accounts.search([("lookup", "ilike", "lovelace")]))

    def test_case_D8_every_way_is_answered_by_an_index(self):
        lookup = self.env["billing.account.lookup"]
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        # Odoo's own index of telephone numbers answers too, while there are few of them
        self.env.cr.execute("DROP INDEX IF EXISTS res_partner_phone_partial_tgm")
        wanted = {
            "ada": "res_partner_billing_words_idx",
            "ada@example.com": "res_partner_billing_email_idx",
            "0171 987654": "res_partner_billing_phone_idx",
            "A0001": "billing_account_number_",  # or that of its being unique, where the database sorts by code point
            "10245": "billing_account_number_end_idx",
            "INV/2026/00001": "account_move_unique_name",
            "RF18": "account_move_billing_reference_idx",
        }
        # of the customers the contact alone: a small table is joined the other way round
        found = lambda _self, condition: SQL("SELECT found.id FROM res_partner found WHERE %s", condition)  # noqa: E731
        self.patch(type(lookup), "_of_customers", found)
        for text, index in wanted.items():
            with self.subTest(text=text):
                plans = [str(self.env.execute_query(SQL("EXPLAIN %s", part))) for part in lookup._get_parts(text)]
                self.assertFalse([plan for plan in plans if "Seq Scan" in plan])
                self.assertTrue([plan for plan in plans if index in plan], plans)
