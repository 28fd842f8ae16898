"""The first steps: done is what is there, each opens its form, and two dialogues make what one needs first."""

from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ...services.home import steps
from ..common import BillingCase
from ..statements import Statements


@tagged("post_install", "-at_install")
class TestFirstSteps(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.newcomer = cls.env["res.company"].create({"name": "Quite New", "currency_id": cls.company.currency_id.id})
        for user in (cls.manager, cls.clerk):
            user.company_ids += cls.newcomer
        cls.env["account.chart.template"].try_loading("generic_coa", company=cls.newcomer, install_demo=False)

    def at_home(self, user=None):
        """Return the model of companies as somebody of the new company sees it."""
        user = user or self.manager
        return self.env["res.company"].with_user(user).with_context(allowed_company_ids=self.newcomer.ids).sudo(False)

    def get_steps(self, user=None):
        return {step["name"]: step for step in self.at_home(user).get_billing_home()["steps"]}

    def get_done(self, is_optional=False):
        steps = self.get_steps().items()
        return {name for name, step in steps if step["is_done"] and step["is_optional"] == is_optional}

    def get_left(self):
        """Return the steps to the first paid invoice that are left."""
        return {name for name, step in self.get_steps().items() if not (step["is_done"] or step["is_optional"])}

    def do_what_can_wait(self):
        self.env["res.partner.bank"].create({"acc_number": "123456", "partner_id": self.newcomer.partner_id.id})
        self.env["ir.mail_server"].create({"name": "Mails", "smtp_host": "mail.example.com"})
        provider = self.env.ref("payment.payment_provider_demo", raise_if_not_found=False)
        provider = provider or self.env["payment.provider"].search([], limit=1)
        provider.copy({"company_id": self.newcomer.id, "state": "test"})
        policy = self.env.ref("online_billing.policy_standard")
        action = self.at_home().open_billing_home_step("reminders")
        form = Form(self.at_home().env["billing.settings"], view=action["views"][0][0])
        form.default_collection_policy_id = policy
        form.save()

    def make_new_price(self, user=None, **vals):
        form = Form(self.at_home(user).env["billing.new.price"])
        for name, value in {"name": "Home Internet 100", "amount": 50, **vals}.items():
            form[name] = value
        form.save().action_create()
        return self.env["billing.code"].search([("company_id", "=", self.newcomer.id)], order="id desc", limit=1)

    def make_customer(self, **vals):
        form = Form(self.at_home().env["billing.new.customer"])
        for name, value in {"name": "Ada Lovelace", "email": "ada@example.com", **vals}.items():
            form[name] = value
        action = form.save().action_create()
        return self.env["billing.account"].browse(action["res_id"]).with_company(self.newcomer)

    def test_d15_each_step_is_done_by_what_is_there(self):
        self.assertEqual(self.get_done(), set())
        self.newcomer.write(
            {"street": "1 Main St", "country_id": self.env.ref("base.us").id, "email": "we@example.com"}
        )
        self.assertEqual(self.get_done(), {"company"})
        self.make_new_price()
        self.assertEqual(self.get_done(), {"company", "price", "plan"})
        account = self.make_customer()
        self.assertEqual(self.get_done(), {"company", "price", "plan", "customer", "subscription"})
        account.with_user(self.manager).with_context(allowed_company_ids=self.newcomer.ids).action_bill_now()
        self.assertEqual(self.get_left(), {"send", "payment"})
        account.move_ids.billing_delivery_state = "sent"
        self.assertEqual(self.get_left(), {"payment"})
        account.move_ids.payment_state = "paid"
        self.assertEqual(self.get_left(), set())
        self.env["ir.mail_server"].search([]).active = False
        self.patch(steps, "config", {"smtp_server": "localhost"})
        self.assertEqual(self.get_done(is_optional=True), set())
        self.do_what_can_wait()
        self.assertEqual(self.get_steps(), {}, "a list of which everything is done is not shown")

    def test_d15_after_the_installation_apps_leads_to_the_first_page_once(self):
        self.env.ref("online_billing.billing_home_todo").state = "open"
        first, second = (self.env["ir.module.module"].next() for _time in range(2))
        self.assertEqual((first["type"], first["url"]), ("ir.actions.act_url", "/odoo/billing-home"))
        self.assertNotEqual(second.get("url"), "/odoo/billing-home")

    def test_d15_each_step_opens_a_form_or_a_list(self):
        self.assertEqual(len(self.get_steps()), 12)
        for name in self.get_steps():
            with self.subTest(name):
                action = self.env["billing.home.steps"].with_company(self.newcomer).get_action(name)
                self.assertEqual(action["type"], "ir.actions.act_window")
                self.assertTrue(self.env[action["res_model"]].get_views(action["views"]))

    def test_d15_steps_with_one_record_open_it(self):
        self.make_new_price()
        account = self.make_customer()
        home = self.at_home()
        self.assertEqual(home.open_billing_home_step("run")["res_id"], account.id)
        account.with_user(self.manager).with_context(allowed_company_ids=self.newcomer.ids).action_bill_now()
        self.assertEqual(home.open_billing_home_step("send")["res_id"], account.move_ids.id)
        self.assertEqual(home.open_billing_home_step("payment")["res_id"], account.move_ids.id)

    def test_d15_the_step_of_sending_leads_to_letters_and_is_done_where_nothing_is_sent(self):
        self.make_new_price()
        accounts = self.env["billing.account"].with_company(self.newcomer)
        for name in ("Ada Lovelace", "Grace Hopper"):
            account = self.make_customer(name=name, email=False)
            account.with_user(self.manager).with_context(allowed_company_ids=self.newcomer.ids).action_bill_now()
            self.assertEqual(account.move_ids.billing_delivery_state, "letter")
            accounts += account
            opened = self.at_home().open_billing_home_step("send")
            if len(accounts) == 1:
                self.assertEqual(opened["res_id"], account.move_ids.id)
        found = self.env["account.move"].search(
            [*literal_eval(opened["domain"]), ("company_id", "=", self.newcomer.id)]
        )
        self.assertEqual(found, accounts.move_ids)
        self.assertNotIn("send", self.get_done())
        accounts[0].move_ids.billing_delivery_state = "none"
        self.assertIn("send", self.get_done())

    def test_d15_what_a_person_may_not_do_is_left_to_others(self):
        shut = {name for name, step in self.get_steps(self.clerk).items() if not step["may_open"]}
        self.assertEqual(shut, {"company", "bank", "sender", "price", "plan", "run", "provider", "reminders"})
        for name in (*shut, "nothing"):
            with self.subTest(name), self.assertRaisesRegex(UserError, "manager or an administrator"):
                self.at_home(self.clerk).open_billing_home_step(name)

    def test_d15_the_list_is_put_away_by_managers_for_one_company(self):
        with self.assertRaises(AccessError):
            self.at_home(self.clerk).put_billing_steps_away()
        self.at_home().put_billing_steps_away()
        self.assertEqual(self.get_steps(), {})
        self.assertTrue(self.newcomer.billing_steps_away)
        self.assertFalse(self.company.billing_steps_away)

    def test_d15_a_new_price_makes_code_price_and_plan(self):
        expected = {"month": (1, "month"), "quarter": (3, "month"), "year": (1, "year")}
        for interval, period in expected.items():
            with self.subTest(interval):
                code = self.make_new_price(interval=interval, timing="arrears")
                line = self.env["billing.plan.line"].search([("code_id", "=", code.id)])
                self.assertEqual((code.kind, code.price_ids.unit_price), ("recurring", 50))
                self.assertEqual((line.plan_id.interval_count, line.plan_id.interval_unit), period)
                self.assertEqual((line.timing, line.plan_id.name), ("arrears", "Home Internet 100"))

    def test_d15_a_monthly_and_a_yearly_plan_are_ready_to_take(self):
        for ready, name in (("month", "Basic Monthly"), ("year", "Basic Yearly")):
            form = Form(self.at_home().env["billing.new.price"])
            form.ready = ready
            form.amount = 20
            form.save().action_create()
            plan = self.env["billing.plan"].search([("company_id", "=", self.newcomer.id), ("name", "=", name)])
            self.assertEqual((plan.interval_count, plan.interval_unit), (1, ready))
            self.assertEqual(plan.line_ids.code_id.price_ids.unit_price, 20)

    def test_d15_what_is_billed_once_gets_no_plan(self):
        code = self.make_new_price(interval="once")
        self.assertEqual((code.kind, code.price_ids.unit_price), ("one_time", 50))
        self.assertFalse(self.env["billing.plan"].search([("company_id", "=", self.newcomer.id)]))

    def test_d15_codes_are_made_from_names_and_stay_apart(self):
        codes = [self.make_new_price(name=name).code for name in ("Fibre & TV!", "Fibre & TV!", "Réseau", "网络")]
        self.assertEqual(codes, ["FIBRE-TV", "FIBRE-TV-2", "RÉSEAU", "网络"])

    def test_d15_a_price_of_nothing_is_refused_and_makes_nothing(self):
        for amount in (0, -5):
            with self.subTest(amount), self.assertRaisesRegex(UserError, "above zero"):
                self.make_new_price(amount=amount)
        self.assertFalse(self.env["billing.code"].search([("company_id", "=", self.newcomer.id)]))

    def test_d15_a_new_customer_is_ready_to_be_billed(self):
        self.make_new_price()
        account = self.make_customer()
        subscription = account.subscription_ids
        self.assertEqual((account.state, subscription.state), ("active", "active"))
        self.assertEqual((account.delivery_channel, account.partner_id.email), ("email", "ada@example.com"))
        self.assertEqual(account.next_billing_date, subscription.start_date)

    def test_d15_one_dialogue_makes_one_customer(self):
        wizard = self.at_home(self.clerk).env["billing.new.customer"].create({"name": "Grace Hopper"})
        first = wizard.action_create()
        self.assertEqual(wizard.action_create(), first)
        self.assertEqual(self.env["res.partner"].search_count([("name", "=", "Grace Hopper")]), 1)

    def get_customers(self, name="Ada Lovelace"):
        return self.env["res.partner"].search([("name", "=", name)])

    def test_d15_who_is_there_already_is_offered_before_a_second_contact_is_made(self):
        ada = self.env["res.partner"].create({"name": "Ada Lovelace", "email": "ada@example.com", "city": "London"})
        form = Form(self.at_home(self.clerk).env["billing.new.customer"])
        form.name, form.email = " ada  lovelace", "Ada@Example.com"
        self.assertEqual(form.namesakes, "Ada Lovelace, ada@example.com, London")
        with self.assertRaisesRegex(AssertionError, "is_known"):
            form.save()  # as in a browser: what is required is missing
        form.is_known = "yes"
        self.assertEqual(form.partner_id, ada)
        account = self.env["billing.account"].browse(form.save().action_create()["res_id"])
        self.assertEqual((account.partner_id, account.delivery_channel), (ada, "email"))
        self.assertEqual(self.get_customers(), ada)

    def test_d15_a_contact_is_offered_however_the_name_is_written(self):
        zoe = self.env["res.partner"].create({"name": "Zoë Müller-Strauß", "email": "zoe@example.com"})
        others = ("Müller-Strauß Zoë", "Zoë", "Zoë Müller Strauß II")
        self.env["res.partner"].create([{"name": name} for name in others])
        lookup = self.env["billing.account.lookup"]
        for name in ("zoe muller strauss", " Zoë  Müller-Strauß ", "ZOE MÜLLER-STRAUSS"):
            with self.subTest(name):
                self.assertEqual(lookup.find_namesakes(name, "", self.company), zoe)

    def test_d15_contacts_of_a_name_are_found_by_the_index_of_words(self):
        with Statements() as asked:
            self.env["billing.account.lookup"].find_namesakes("Ada Lovelace", "ada@example.com", self.company)
        [(query, values)] = [given for given in asked.given if "plainto_tsquery" in given[0]]
        self.env.cr.execute("SET LOCAL enable_seqscan = off")
        self.env.cr.execute("SET LOCAL enable_indexscan = off")  # by which names would be read in their order
        # while there are few contacts, that of their companies answers too
        self.env.cr.execute("DROP INDEX res_partner__company_id_index")
        self.env.cr.execute(f"EXPLAIN {query}", values)
        self.assertIn("res_partner_billing_words_idx", "\n".join(row[0] for row in self.env.cr.fetchall()))

    def test_d15_who_is_somebody_else_of_the_name_becomes_a_contact(self):
        ada = self.env["res.partner"].create({"name": "Ada Lovelace"})
        account = self.make_customer(is_known="no")
        self.assertEqual(self.get_customers() - ada, account.partner_id)
        form = Form(self.at_home().env["billing.new.customer"])
        form.name = "Ada Lovelace"
        self.assertEqual(form.namesake_ids[:], self.get_customers())
        self.assertIn(f"ada@example.com, account {account.name}", form.namesakes)

    def test_d15_another_address_or_company_is_somebody_else_and_a_missing_address_is_taken_over(self):
        others = self.env["res.partner"].create(
            [
                {"name": "Ada Lovelace", "email": "other@example.com"},
                {"name": "Ada Lovelace", "company_id": self.company.id},
                {"name": "Ada Lovelace King", "email": "ada@example.com"},
            ]
        )
        form = Form(self.at_home().env["billing.new.customer"])
        form.name, form.email = "Ada Lovelace", "ada@example.com"
        self.assertFalse(form.namesake_ids[:])
        ada = others[0].copy({"name": "Ada Lovelace", "email": False})
        form.name = "Ada Lovelace "
        self.assertEqual(form.namesake_ids[:], ada)
        form.is_known = "yes"
        form.email = "other@example.com"
        self.assertFalse(form.is_known, "others come into question now")
        form.email = "ada@example.com"
        form.is_known = "yes"
        form.save().action_create()
        self.assertEqual(ada.email, "ada@example.com")

    def test_d15_programs_are_asked_nothing(self):
        for _time in range(2):
            wizard = self.at_home(self.clerk).env["billing.new.customer"].create({"name": "Ada Lovelace"})
            self.assertTrue(wizard.action_create()["res_id"])
        self.assertEqual(len(self.get_customers()), 2)

    def test_d15_an_address_that_is_none_is_refused_before_anything_is_made(self):
        wizards, customers = self.at_home(self.clerk).env["billing.new.customer"], self.env["res.partner"].search([])
        for address in ("ada at example", "ada@example.com, grace@example.com", "none"):
            with self.subTest(address), self.assertRaisesRegex(UserError, address):
                wizards.create({"name": "Ada Lovelace", "email": address}).action_create()
        self.assertEqual(self.env["res.partner"].search([]), customers)

    def test_d15_a_customer_without_address_or_plan_is_possible(self):
        account = self.make_customer(email=False)
        self.assertEqual((account.delivery_channel, account.subscription_ids.ids), ("letter", []))

    def test_d15_clerks_open_customers_and_make_no_prices(self):
        with self.assertRaises(AccessError):
            self.make_new_price(user=self.clerk)
        wizard = self.at_home(self.clerk).env["billing.new.customer"].create({"name": "Grace Hopper"})
        self.assertTrue(wizard.action_create()["res_id"])
