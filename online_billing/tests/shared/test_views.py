from ast import literal_eval

from lxml import etree, html
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from ..common import BillingCase

# what everybody understands, wherever it stands
PLAIN = set(
    """name display_name sequence active note subject body reason date amount quantity count state company_id
    currency_id partner_id account_id partner_address partner_email partner_phone user_id plan_id code_id category_id
    subscription_id invoice_id move_id move_ids message_ids""".split()
)
# what is plain where it stands
PLAIN_HERE = set(
    """account.move.billing_account_id account.move.billing_delivery_date account.move.billing_delivery_error
    account.move.billing_installment_part_ids account.move.billing_run_id account.payment.billing_delivery_date
    account.payment.billing_delivery_error billing.account.case_ids billing.account.late_fee_exempt_reason
    billing.account.promise_ids billing.account.subscription_ids billing.category.code_ids
    billing.charge.again.charge_ids billing.charge.void.charge_ids billing.charge.void_reason
    billing.code.resource.resource_id billing.collection.act.case_ids billing.collection.case.message_count_sent
    billing.collection.case.step_date billing.collection.item.due_date
    billing.collection.message.billing_delivery_date billing.collection.message.billing_delivery_error
    billing.collection.message.create_date billing.installment.part.installment_id
    billing.installment.plan.approved_by_id billing.late.fee.waive.fee_ids billing.run.finished_at
    billing.run.outcome.run_id billing.run.started_at billing.subscription.change.line_id
    billing.subscription.end.subscription_ids billing.take.payment.last_amount billing.take.payment.last_partner_id
    billing.take.payment.last_payment_id billing.take.payment.line.due billing.attempt.verdict.provider_id
    billing.attempt.verdict.sent_at billing.payment.attempt.asked billing.payment.attempt.consent_id
    billing.payment.attempt.ended_at billing.payment.attempt.line.due_date
    billing.payment.attempt.line.installment_id billing.payment.attempt.provider_id
    billing.payment.attempt.returned_on billing.payment.attempt.sent_at billing.payment.consent.channel
    billing.payment.consent.ended_at billing.payment.consent.ended_by_id billing.payment.consent.given_at
    billing.payment.consent.given_by_id billing.retry.rule.unit""".split()
)

# what staff do to all that is chosen in a list, and customers get
ASK_FIRST = set(
    """action_activate action_approve action_give_back action_invoice_now action_send_billing_now action_send_link
    action_send_now action_send_receipt action_stop action_work_again""".split()
)
# dialogues in which managers alone decide
OF_MANAGERS = {"billing.attempt.verdict"}


@tagged("post_install", "-at_install")
@freeze_time("2026-08-11")
class TestViews(BillingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.net = cls.make_code("NET", price={"model": "flat", "unit_price": 50})
        cls.account = cls.make_account()
        cls.plan = cls.make_plan(cls.net, alignment="calendar")
        cls.subscription = cls.subscribe(cls.account, cls.plan, "2026-08-01")
        cls.run_record = cls.bill(cls.account, "2026-08-01")

    def _get_own_views(self):
        data = self.env["ir.model.data"].search([("module", "=", "online_billing"), ("model", "=", "ir.ui.view")])
        return self.env["ir.ui.view"].browse(data.mapped("res_id")).filtered("model")

    def _get_menus(self, user):
        """Return the menus of the addon that a user sees, with their actions."""
        data = self.env["ir.model.data"].search([("module", "=", "online_billing"), ("model", "=", "ir.ui.menu")])
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus._visible_menu_ids()
        return menus.browse(own for own in data.mapped("res_id") if own in visible)

    def test_every_view_loads_for_clerk_and_manager(self):
        views = self._get_own_views()
        self.assertGreater(len(views), 40)
        for user in (self.clerk, self.manager):
            refused = {"res.config.settings", "billing.settings"}
            if user == self.clerk:
                refused |= OF_MANAGERS
            for view in views.filtered(lambda view, refused=refused: view.model not in refused):
                with self.subTest(user=user.login, view=view.name):
                    view_id = False if view.inherit_id else view.id
                    arch = self.env[view.model].with_user(user).get_views([(view_id, view.type)])["views"][view.type]
                    self.assertTrue(arch["arch"])

    def test_what_is_added_to_odoos_pages_is_complete_for_those_who_are_no_employees(self):
        """Groups as those of the point of sale read journals: Odoo warns of what they would meet, while it installs."""
        views = self._get_own_views().filtered(lambda view: not view.model.startswith("billing."))
        self.assertGreater(len(views), 5)
        group = self.env["res.groups"].create({"name": "No employees"})
        self.env["ir.model.access"].create(
            [
                {"name": name, "model_id": self.env["ir.model"]._get_id(name), "group_id": group.id, "perm_read": True}
                for name in set(views.mapped("model"))
            ]
        )
        for view in views:
            with self.subTest(view=view.name), self.assertNoLogs("odoo.addons.base.models.ir_ui_view", "WARNING"):
                view._check_xml()

    def test_every_menu_opens_for_whom_it_is_shown(self):
        for user in (self.clerk, self.manager):
            menus = self._get_menus(user).filtered(
                lambda menu: menu.action and menu.action._name == "ir.actions.act_window"
            )
            self.assertGreater(len(menus), 15)
            for menu in menus:
                with self.subTest(user=user.login, menu=menu.complete_name):
                    action = menu.action.sudo()
                    model = self.env[action.res_model].with_user(user)
                    views = [view for view in action.views if view[1] != "search"]
                    model.get_views([*views, (action.search_view_id.id, "search")])
                    domain = literal_eval(action.domain or "[]")
                    found = model.search_fetch(domain, ["display_name"], limit=5)
                    self.assertEqual(found, model.search(domain, limit=5))

    def test_case_D11_each_sees_the_settings_that_are_theirs(self):
        people = (self.clerk, self.manager, self.env.ref("base.user_admin"))
        for menu, expected in (
            ("menu_settings", [False, True, True]),
            ("menu_manager_settings", [False, True, True]),
            ("menu_system_settings", [False, False, True]),
        ):
            with self.subTest(menu=menu):
                settings = self.env.ref(f"online_billing.{menu}")
                self.assertEqual([settings in self._get_menus(user) for user in people], expected)

    def test_case_D11_a_manager_changes_what_is_the_billings_and_nothing_else(self):
        form = Form(self.env["billing.settings"].with_user(self.manager))
        self.assertEqual(form.billing_zero_invoice, self.company.billing_zero_invoice)
        form.billing_zero_invoice = "skip"
        form.billing_late_fee_waive_limit = 12.5
        design = self.env["billing.document.design"].create({"name": "Ours", "company_id": self.company.id})
        form.billing_document = "odoo"
        form.billing_design_id = design
        self.assertEqual(form.billing_posting, "batch")
        form.billing_posting = "odoo"
        form.save().action_save()
        self.assertEqual((self.company.billing_document, self.company.billing_design_id), ("odoo", design))
        self.assertFalse(self.env["billing.posting"].is_in_batches())
        form = Form(self.env["billing.settings"].with_user(self.manager))
        self.assertEqual(form.billing_posting, "odoo")
        self.assertIn("Odoo's report", form.billing_document_now)
        self.assertIn(self.run_record.display_name, form.billing_posting_ways)
        form.billing_posting = "batch"
        form.save()
        self.assertTrue(self.env["billing.posting"].is_in_batches())
        self.assertEqual((self.company.billing_zero_invoice, self.company.billing_late_fee_waive_limit), ("skip", 12.5))
        with self.assertRaises(AccessError):
            self.company.with_user(self.manager).name = "Mine"

    def test_case_D11_nobody_else_and_no_other_company_is_reached(self):
        for user in (self.clerk, self.env.ref("base.user_demo", raise_if_not_found=False) or self.clerk):
            with self.assertRaises(AccessError):
                self.env["billing.settings"].with_user(user).create({"billing_zero_invoice": "skip"})
            with self.assertRaises(AccessError):
                self.env["billing.settings"].with_user(user).create({"billing_posting": "odoo"})
        self.assertTrue(self.env["billing.posting"].is_in_batches())
        other = self.env["res.company"].create({"name": "Other Company"})
        settings = self.env["billing.settings"].with_user(self.manager)
        with self.assertRaises(AccessError):
            settings.create({"company_id": other.id, "billing_zero_invoice": "skip"})
        own = settings.create({})
        with self.assertRaises(AccessError):
            own.write({"company_id": other.id})
        self.assertEqual(other.billing_zero_invoice, "issue")

    def test_case_D11_a_manager_writes_nothing_that_the_form_would_not_offer(self):
        """The form offers some records and amounts; a program that writes others is refused, by whichever door."""
        other = self.env["res.company"].create({"name": "Other Company"})
        policy = self.env["billing.collection.policy"].create({"name": "Theirs", "company_id": other.id})
        codes = self.env["billing.code"].with_company(other)
        fee = codes.create({"code": "FEE", "name": "Fee", "kind": "fee", "company_id": other.id})
        no_fee = codes.with_company(self.company).create(
            {"code": "NOFEE", "name": "No Fee", "kind": "one_time", "company_id": self.company.id}
        )
        accounts = self.env["account.account"].search([("company_ids", "in", self.company.id)])
        owed = accounts.filtered(lambda account: account.account_type == "asset_receivable")[:1]
        settings = self.env["billing.settings"].with_user(self.manager)
        for name, value, on_company in (
            ("default_collection_policy_id", policy.id, "default_collection_policy_id"),
            ("billing_late_fee_code_id", fee.id, "billing_late_fee_code_id"),
            ("billing_late_fee_code_id", no_fee.id, "billing_late_fee_code_id"),
            ("billing_write_off_account_id", owed.id, "billing_write_off_account_id"),
            ("billing_late_fee_waive_limit", -5, "billing_late_fee_waive_limit"),
        ):
            with self.subTest(name=name), self.assertRaises(UserError), self.cr.savepoint():
                settings.create({name: value})
            with self.subTest(name=name, by="company"), self.assertRaises(UserError), self.cr.savepoint():
                self.company.write({on_company: value})
        design = self.env["billing.document.design"].create({"name": "Theirs", "company_id": other.id})
        with self.assertRaises(UserError), self.cr.savepoint():
            self.company.billing_design_id = design

    def test_billing_is_hidden_from_other_employees(self):
        self.clerk.group_ids = self.env.ref("base.group_user")
        self.assertFalse(self._get_menus(self.clerk))

    def test_case_D16_every_field_that_is_not_plain_has_help(self):
        """Each field of ours that a form shows says what it means, unless its name says it to everybody."""
        forms = self._get_own_views().filtered(lambda view: view.type == "form")
        self.assertGreater(len(forms), 30)
        looked_at, silent, helped = 0, set(), set()
        for view in forms:
            model = self.env[view.model]
            arch = etree.fromstring(model.get_view(False if view.inherit_id else view.id, "form")["arch"])
            for node in arch.iter("field"):
                field = self._get_field_of(model, node)
                if field is None or not (field._module or "").startswith("online_billing"):
                    continue
                if {node.get("invisible"), node.get("column_invisible")} & {"1", "True"}:
                    continue
                looked_at += 1
                name = f"{field.model_name}.{field.name}"
                is_plain = field.name in PLAIN or field.name.endswith("_count") or name in PLAIN_HERE
                if field.help or node.get("help"):
                    helped.add(name)
                elif not is_plain:
                    silent.add(name)
        self.assertGreater(looked_at, 400)
        self.assertFalse(sorted(silent), "say what they mean by `help`, or that they are plain")
        self.assertFalse(sorted(PLAIN_HERE & helped), "these have help: take them off the list")

    def _get_field_of(self, model, node):
        """Return the field that a node of a form shows, in the form itself or in a list inside it."""
        way = [parent.get("name") for parent in node.iterancestors("field")]
        for name in reversed(way):
            field = model._fields.get(name)
            if field is None or not field.comodel_name:
                return None
            model = self.env[field.comodel_name]
        return model._fields.get(node.get("name"))

    def test_buttons_over_lists_ask_before_they_send_or_bill_for_many(self):
        data = self.env["ir.model.data"].search([("module", "=like", "online_billing%"), ("model", "=", "ir.ui.view")])
        lists = self.env["ir.ui.view"].browse(data.mapped("res_id")).filtered(lambda view: view.type == "list")
        buttons = {
            (view.model, button.get("name")): button.get("confirm")
            for view in lists
            for button in etree.fromstring(view.arch).iterfind("header/button")
            if button.get("name") in ASK_FIRST
        }
        self.assertGreaterEqual(len(buttons), 8)
        self.assertFalse(sorted(place for place, question in buttons.items() if not question))

    def test_every_empty_page_explains_what_to_do(self):
        menus = self._get_menus(self.manager).filtered("action")
        silent = menus.filtered(
            lambda menu: len(html.fromstring(menu.action.sudo().help or "<p/>").text_content()) < 60
        )
        self.assertFalse(silent.mapped("complete_name"))

    def test_every_menu_has_an_address_of_its_own(self):
        actions = [menu.action.sudo() for menu in self._get_menus(self.env.ref("base.user_admin")) if menu.action]
        paths = [action.path for action in actions]
        self.assertTrue(all(path and path.startswith("billing-") for path in paths), paths)
        self.assertEqual(len(set(paths)), len(paths))

    def test_smart_buttons_open_for_the_clerk(self):
        account, subscription = self.account.with_user(self.clerk), self.subscription.with_user(self.clerk)
        invoice = self.get_invoices(self.account).with_user(self.clerk)
        buttons = [
            account.action_view_subscriptions,
            account.action_view_charges,
            account.action_view_invoices,
            subscription.action_view_charges,
            subscription.action_view_invoices,
            self.net.with_user(self.clerk).action_view_prices,
            self.net.with_user(self.clerk).action_view_charges,
            self.plan.with_user(self.clerk).action_view_subscriptions,
            self.run_record.with_user(self.clerk).action_view_invoices,
            invoice.action_view_billing_charges,
        ]
        for button in buttons:
            with self.subTest(button=button.__name__, model=button.__self__._name):
                action = button()
                self.assertEqual(len(self.env[action["res_model"]].with_user(self.clerk).search(action["domain"])), 1)

    def test_case_D12_sums_under_lists_do_not_count_what_is_void_or_cancelled(self):
        account, clerk = self.account.with_user(self.clerk), self.clerk
        bill, charge = self.get_invoices(self.account), self.account.charge_ids
        self.bill(self.account, "2026-09-01")
        cancelled, wrong = self.get_invoices(self.account) - bill, self.account.charge_ids - charge
        cancelled.button_draft()
        cancelled.button_cancel()
        self.assertEqual((cancelled.state, wrong.state), ("cancel", "void"))
        paid, dead = self.env["account.payment"].create(
            [
                {"partner_id": self.account.partner_id.id, "billing_account_id": self.account.id, "amount": amount}
                for amount in (20, 70)
            ]
        )
        dead.action_cancel()
        money = self.env["billing.money"]
        menus = {
            name: self.env["ir.actions.act_window"].with_user(clerk)._for_xml_id(f"online_billing.{name}")
            for name in ("billing_charge_action", "account_move_action_billing", "account_payment_action_billing")
        }
        for expected, removed, actions in (
            (
                charge,
                wrong,
                [
                    menus["billing_charge_action"],
                    account.action_view_charges(),
                    self.net.with_user(clerk).action_view_charges(),
                    self.subscription.with_user(clerk).action_view_charges(),
                ],
            ),
            (bill, cancelled, [menus["account_move_action_billing"], account.action_view_invoices()]),
            (paid, dead, [menus["account_payment_action_billing"]]),
            (money.browse(paid.id), money.browse(dead.id), [account.action_view_payments()]),
        ):
            for action in actions:
                with self.subTest(action=action["name"], domain=action["domain"]):
                    found = self.find_at_first(action)
                    self.assertLessEqual(expected, found)
                    self.assertFalse(removed & found)

    def test_payments_are_shown_in_the_currency_in_which_they_came(self):
        """With several currencies, what was taken in euros is not read as dollars."""
        self.env.user.group_ids += self.env.ref("base.group_multi_currency")
        view = self.env.ref("online_billing.account_payment_view_list_billing")
        arch = etree.fromstring(self.env["account.payment"].get_view(view.id, "list")["arch"])
        [column] = arch.findall("field[@name='amount_signed']")
        self.assertEqual((column.get("optional"), column.get("sum")), ("show", "Total"))

    def test_case_D8_the_page_of_the_customer_is_one_click_away(self):
        for record in (self.subscription, self.account.charge_ids):
            action = record.with_user(self.clerk).action_view_account()
            self.assertEqual((action["res_model"], action["res_id"]), ("billing.account", self.account.id))
            arch = record.with_user(self.clerk).get_view(view_type="form")["arch"]
            self.assertTrue(etree.fromstring(arch).xpath("//button[@name='action_view_account']"))

    def test_forms_open_for_the_clerk(self):
        charge = self.account.charge_ids
        records = [
            self.net,
            self.plan,
            self.net.price_ids,
            self.account,
            self.subscription,
            charge,
            self.run_record,
            self.run_record.outcome_ids,
            self.account.partner_id,
            charge.invoice_id,
        ]
        for record in records:
            with self.subTest(model=record._name):
                self.assertEqual(Form(record.with_user(self.clerk)).id, record.id)

    def test_customer_without_account_gets_the_form_of_a_new_one(self):
        partner = self.env["res.partner"].create({"name": "Grace Hopper"})
        action = partner.with_user(self.clerk).action_view_billing_accounts()
        self.assertEqual(action["views"], [(False, "form")])
        self.assertEqual(action["context"]["default_partner_id"], partner.id)

    # -- what forms show ----------------------------------------------------------------------------------------------

    def test_price_form_shows_only_the_fields_of_its_model(self):
        shown = {
            "flat": set(),
            "package": {"package_size", "free_units", "charge_flat_on_zero", "included_quantity"},
            "volume": {"charge_flat_on_zero", "scale_bounds", "included_quantity"},
            "percentage": {"rate", "fixed_amount", "event_minimum", "event_maximum", "free_events", "free_amount"},
            "dynamic": set(),
        }
        every = set().union(*shown.values())
        form = Form(self.env["billing.price"].with_user(self.manager))
        for model, expected in shown.items():
            form.model = model
            visible = {name for name in every if not form._get_modifier(name, "invisible")}
            self.assertEqual(visible, expected, model)

    def test_used_price_can_only_be_given_an_end(self):
        form = Form(self.net.price_ids.with_user(self.manager))
        with self.assertRaises(AssertionError):
            form.discount_percent = 10
        form.valid_to = "2026-12-31"
        self.assertEqual(form.save().valid_to, self.day("2026-12-31"))

    def test_subscription_form_shows_the_next_twelve_bills(self):
        table = html.fromstring(self.subscription.with_user(self.clerk).forecast)
        rows = [[cell.text_content().strip() for cell in row.iter("td")] for row in table.iter("tr")][1:]
        self.assertEqual(len(rows), 12)
        self.assertEqual(rows[0][0], "09/01/2026")
        self.assertIn("50.00", rows[0][2])

    def test_charge_form_shows_why_this_amount(self):
        text = html.fromstring(self.account.charge_ids.with_user(self.clerk).explanation).text_content()
        self.assertIn("31 of 31 days", text)
        self.assertIn("50.00", text)

    def test_new_subscription_can_choose_any_account_that_is_not_closed(self):
        # its company follows from the account: a choice narrowed by company would be empty
        views = self.env["billing.subscription"].with_user(self.clerk).get_views([(False, "form")])
        [node] = html.fromstring(views["views"]["form"]["arch"]).xpath("//field[@name='account_id']")
        accounts = self.env["billing.account"].with_user(self.clerk).search(literal_eval(node.get("domain")))
        self.assertIn(self.account, accounts)

    # -- charges by form ----------------------------------------------------------------------------------------------

    def test_clerk_records_a_charge_by_form_and_the_price_gives_the_amount(self):
        repair = self.make_code("REPAIR", price=80, kind="one_time", name="Repair")
        form = Form(self.env["billing.charge"].with_user(self.clerk))
        form.account_id = self.account
        form.code_id = repair
        form.quantity = 1.5
        charge = form.save()
        self.assertEqual((charge.name, charge.amount, charge.state), ("Repair", 120, "pending"))

    def test_new_charge_asks_for_nothing_that_nobody_can_type(self):
        # in a browser a hidden required field stops the form from being saved
        self.clerk.group_ids |= self.env.ref("base.group_multi_company")
        views = self.env["billing.charge"].with_user(self.clerk).get_views([(False, "form")])
        arch = html.fromstring(views["views"]["form"]["arch"])
        filled_in_later = [
            node for node in arch.iter("field") if node.get("name") in ("company_id", "currency_id", "key")
        ]
        self.assertEqual({node.get("name") for node in filled_in_later}, {"company_id", "currency_id", "key"})
        self.assertEqual({node.get("required") for node in filled_in_later}, {"0"})

    def test_amount_typed_into_the_form_replaces_the_price(self):
        repair = self.make_code("REPAIR", price=80, kind="one_time")
        form = Form(self.env["billing.charge"].with_user(self.clerk))
        form.account_id = self.account
        form.code_id = repair
        form.amount = 99.5
        self.assertEqual(form.save().amount, 99.5)

    def test_recorded_charge_cannot_be_edited(self):
        with self.assertRaises(AssertionError):
            Form(self.account.charge_ids.with_user(self.clerk)).quantity = 2
