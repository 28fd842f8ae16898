"""Paying a chosen installment: in the payment dialogue, by a link, in the portal."""

import json
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

from lxml import html
from odoo.exceptions import UserError
from odoo.tests import JsonRpcException, freeze_time, new_test_user, tagged
from odoo.tools import format_date, mute_logger

from ..payments.pay_common import PayCase
from .installment_common import TODAY, InstallmentCase


@tagged("post_install", "-at_install")
@freeze_time(TODAY)
class TestInstallmentPayments(InstallmentCase):
    def opens(self, plan):
        return [row[2] for row in self.get_rows(plan)]

    def test_a_payment_from_the_plan_lands_on_the_chosen_installment(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        second = plan.installment_ids[1]
        action = second.with_user(self.clerk).action_register_payment()
        wizard = self.env["account.payment.register"].with_user(self.clerk).with_context(**action["context"]).create({})
        self.assertEqual((wizard.amount, wizard.billing_installment_id), (300.0, second))
        payment = wizard._create_payments()
        self.assertEqual(self.opens(plan), ["300.00", "0.00", "300.00"])
        self.assertEqual(payment.billing_installment_id, second)
        with self.assertRaisesRegex(UserError, "nothing to pay"):
            second.action_register_payment()

    def test_the_payment_dialogue_of_an_invoice_lets_choose_an_installment(self):
        move = self.make_invoice(900)
        plan = self.plan(move)
        third = plan.installment_ids[2]
        self.pay(move, 250, billing_installment_id=third.id)
        self.assertEqual(self.opens(plan), ["300.00", "300.00", "50.00"])
        self.pay(move, 400, billing_installment_id=third.id)
        self.assertEqual(self.opens(plan), ["0.00", "250.00", "0.00"])
        self.assertConsistent(plan)

    def test_an_installment_of_two_invoices_is_paid_at_once(self):
        moves = self.make_invoice(100, "2026-04-01") | self.make_invoice(200, "2026-05-01")
        plan = self.plan(moves, count=2)
        first = plan.installment_ids[0]
        context = first.action_register_payment()["context"]
        wizard = self.env["account.payment.register"].with_context(**context).create({})
        self.assertEqual(wizard.amount, 150.0)
        wizard._create_payments()
        self.assertEqual(self.opens(plan), ["0.00", "150.00"])

    def test_a_chosen_installment_of_a_virtual_plan_is_remembered(self):
        move = self.make_invoice(900)
        self.company.fiscalyear_lock_date = "2026-05-31"
        plan = self.plan(move)
        self.assertEqual(plan.mode, "virtual")
        self.pay(move, 300, billing_installment_id=plan.installment_ids[1].id)
        self.assertEqual(self.opens(plan), ["300.00", "0.00", "300.00"])
        self.pay(move, 350)
        self.assertEqual(self.opens(plan), ["0.00", "0.00", "250.00"])

    def test_a_printed_invoice_shows_its_due_dates(self):
        reports = self.env["ir.actions.report"]
        for is_locked in (False, True):
            move = self.make_invoice(900)
            if is_locked:
                self.company.fiscalyear_lock_date = "2026-05-31"
            self.plan(move)
            document = self.env["billing.document.drawing"]._get_invoice_document(move)
            self.assertEqual(
                document.schedule,
                [f"Due on {day}: $\N{NO-BREAK SPACE}300.00" for day in ("07/01/2026", "08/01/2026", "09/01/2026")],
            )
            report = reports._render_qweb_html("account.report_invoice_with_payments", move.ids)[0].decode()
            self.assertIn("09/01/2026", report)
            self.assertEqual(report.count("Due on"), 3)


@tagged("post_install", "-at_install")
class TestInstallmentPortal(PayCase, InstallmentCase):
    """On the real day, because the server runs in a thread that knows no other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer = new_test_user(cls.env, "customer", "base.group_portal", password="customer-pass")
        cls.account.partner_id = cls.customer.partner_id

    def make_plan(self, overdue=False, locked=False):
        move = self.make_invoice(900)
        if locked:
            self.company.fiscalyear_lock_date = move.date
        first = date.today() + timedelta(days=-200 if overdue else 45)
        return move, self.plan(move, first_date=first, interval_count=12 if overdue else 1)

    def test_the_portal_shows_the_next_installment(self):
        move, _plan = self.make_plan()
        self.authenticate("customer", "customer-pass")
        page = self.url_open(move.get_portal_url()).text
        self.assertIn("Next Installment", page)
        self.assertIn("300.00", page)
        invoices = self.url_open("/my/invoices").text
        self.assertIn("300.00", invoices)
        self.assertIn(move.name, invoices)

    def test_an_invoice_with_an_overdue_installment_is_among_the_overdue_ones(self):
        move, _plan = self.make_plan(overdue=True)
        self.authenticate("customer", "customer-pass")
        self.assertIn("Overdue", self.url_open(move.get_portal_url()).text)
        self.assertIn(move.name, self.url_open("/my/invoices?filterby=overdue_invoices").text)
        later, _plan = self.make_plan()
        self.assertNotIn(later.name, self.url_open("/my/invoices?filterby=overdue_invoices").text)
        overdue = self.url_open("/my/invoices/overdue")
        self.assertEqual(urlsplit(overdue.url).path, "/my/invoices/overdue")
        self.assertIn("300.00", overdue.text)
        self.assertNotIn("900.00", overdue.text)

    def test_an_invoice_with_a_virtual_plan_shows_its_installments_in_the_portal(self):
        move, plan = self.make_plan(overdue=True, locked=True)
        self.assertEqual(plan.mode, "virtual")
        self.authenticate("customer", "customer-pass")
        self.assertIn("Overdue", self.url_open(move.get_portal_url()).text)
        self.assertIn(move.name, self.url_open("/my/invoices?filterby=overdue_invoices").text)

    def test_what_is_overdue_in_the_portal_is_so_on_the_local_day_of_the_account(self):
        move, other = self.make_invoice(900, "2026-06-01"), self.make_invoice(900, "2026-06-01")
        other.billing_account_id = False
        with freeze_time("2026-06-01 13:00:00"):
            for zone, overdue in (("UTC", False), ("Pacific/Auckland", True)):
                self.account.timezone = zone
                domain = move._get_locally_overdue_domain(move.partner_id.id)
                self.assertEqual(move in move.search(domain), overdue, zone)
                self.assertEqual(other in move.search(domain), overdue, "it belongs to the only account")

    def test_the_days_of_a_plan_are_those_of_its_account(self):
        _move, plan = self.make_plan()
        self.account.timezone = "Pacific/Auckland"
        with freeze_time("2026-06-01 13:00:00"):
            self.env["billing.installment.ending"].cancel(plan)
        self.assertEqual(str(plan.ended_on), "2026-06-02")

    # -- the link -----------------------------------------------------------------------------------------------------

    def get_link(self, installment):
        action = installment.with_user(self.clerk).action_payment_link()
        wizard = self.env["payment.link.wizard"].with_user(self.clerk).with_context(**action["context"])
        return wizard.create({"amount": installment.amount_open}).link

    def pay_by(self, route, move, amount):
        self.finish_payment(self.start_payment(route, amount, move.get_portal_url(), access_token=move.access_token))

    def test_a_link_pays_the_installment_for_which_it_was_made(self):
        move, plan = self.make_plan()
        second = plan.installment_ids[1]
        link = self.get_link(second)
        query = parse_qs(urlsplit(link).query)
        self.assertEqual(query["installment"], [str(second.id)])
        page = self.url_open(self.get_path(link))
        route = f"/online_billing/installment/{second.id}/transaction/{move.id}"
        self.assertIn(route, page.text)
        self.pay_by(route, move, 300.0)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["300.00", "0.00", "300.00"])
        self.assertEqual((move.payment_state, move.amount_residual), ("partial", 600.0))
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.pay_by(route, move, 300.0)

    def test_case_F4_the_amount_of_a_page_is_a_part_of_what_is_open(self):
        move, plan = self.make_plan()
        second = plan.installment_ids[1]
        routes = {
            f"/online_billing/installment/{second.id}/transaction/{move.id}": 300.01,
            f"/invoice/transaction/{move.id}": 900.01,
        }
        looked_at = 0
        for route, too_much in routes.items():
            for amount in (-5, 0, None, 1e-9, 1e9, 1e308, True, "5", [], too_much):
                with (
                    self.subTest(route=route, amount=amount),
                    mute_logger("odoo.http"),
                    self.assertRaisesRegex(JsonRpcException, "ValidationError"),
                ):
                    self.start_payment(route, amount, move.get_portal_url(), access_token=move.access_token)
                looked_at += 1
            for amount in (float("nan"), float("inf")):
                params = self.get_payment_params(amount, move.get_portal_url(), access_token=move.access_token)
                body = json.dumps({"jsonrpc": "2.0", "id": 0, "method": "call", "params": params})
                with mute_logger("odoo.http"):
                    answer = self.url_open(route, data=body, headers={"Content-Type": "application/json"}).json()
                self.assertIn("ValidationError", answer["error"]["data"]["name"])
                looked_at += 1
        self.assertEqual(looked_at, 24)
        self.assertFalse(move.transaction_ids)

    def test_case_F4_what_is_paid_is_not_paid_again_by_the_page_of_the_invoice(self):
        move, _plan = self.make_plan()
        route = f"/invoice/transaction/{move.id}"
        self.pay_by(route, move, 900.0)
        self.assertEqual(move.amount_residual, 0)
        with self.assertRaisesRegex(JsonRpcException, "ValidationError"), mute_logger("odoo.http"):
            self.start_payment(route, 900.0, move.get_portal_url(), access_token=move.access_token)
        self.assertEqual(len(move.transaction_ids), 1)

    # -- the page of the whole account --------------------------------------------------------------------------------

    def make_account_page(self, locked=False):
        """Return an invoice of 900 in three installments, the first today, and a way to pay a choice of its page."""
        move = self.make_invoice(900)
        if locked:
            self.company.fiscalyear_lock_date = move.date
        today = self.env["billing.days"].get_local_day(self.account)
        plan = self.plan(move, first_date=today)
        links = self.env["billing.pay.links"]
        currency = self.account.currency_id
        route = f"/billing/pay/{self.account.id}/{currency.id}/transaction"
        path, token = (
            links.get_pay_path(self.account.id, currency.id),
            links.get_pay_token(self.account.id, currency.id),
        )

        def pay(scope, amount):
            self.finish_payment(self.start_payment(f"{route}/{scope}", amount, path, access_token=token))

        return plan, path, pay

    def read(self, path, name):
        page = html.fromstring(self.url_open(path).text)
        found = page.xpath(f"//*[@name='{name}']")
        text = " ".join(found[0].text_content().replace("\ufeff", "").split()) if found else ""
        return page, text

    def test_case_D13_after_an_installment_the_page_names_the_next_and_has_no_pay_button_in_the_way(self):
        for locked in (False, True):
            with self.subTest(locked=locked):
                plan, path, pay = self.make_account_page(locked)
                pay("next", 300.0)
                self.assertEqual([row[2] for row in self.get_rows(plan)], ["0.00", "300.00", "300.00"])
                page, received = self.read(path, "received")
                second = plan.installment_ids[1]
                self.assertIn("300.00 has arrived", received)
                self.assertIn("The next payment is $ 300.00 (Installment 2 of 3) on", received.replace("\xa0", " "))
                self.assertIn(format_date(self.env, second.date), received)
                self.assertFalse(page.xpath("//form[@id='o_payment_form']"), "nobody is asked to pay again")
                self.assertEqual(
                    [node.text_content() for node in page.xpath("//span[@name='installment']")],
                    ["Installment 2 of 3", "Installment 3 of 3"],
                )
                pay("next", 300.0)
                pay("all", 300.0)
                self.assertEqual(plan.installment_ids.mapped("state"), ["paid"] * 3)
                self.opener.cookies.clear()

    def test_case_D13_later_the_page_asks_for_the_next_installment_and_not_for_the_rest(self):
        _plan, path, pay = self.make_account_page()
        pay("due", 300.0)
        self.opener.cookies.clear()
        self.authenticate(None, None)
        page, _text = self.read(path, "received")
        [form] = page.xpath("//form[@id='o_payment_form']")
        self.assertEqual(float(form.get("data-amount")), 300.0)
        self.assertTrue(form.get("data-transaction-route").endswith("/next"))

    def test_case_D13_any_one_installment_can_be_chosen(self):
        plan, path, pay = self.make_account_page()
        third = plan.installment_ids[2]
        page, _text = self.read(path, "received")
        [link] = page.xpath("//a[@aria-label='Pay Installment 3 of 3']/@href")
        page = html.fromstring(self.url_open(link).text)
        [form] = page.xpath("//form[@id='o_payment_form']")
        self.assertEqual(float(form.get("data-amount")), 300.0)
        pay(f"part-{third.id}", 300.0)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["300.00", "300.00", "0.00"])
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            pay(f"part-{third.id}", 300.0)
        page, _text = self.read(f"{path}&scope=part-{third.id}", "received")
        [gone] = page.xpath("//div[@name='choice_gone']")
        self.assertIn("Paid already: Installment 3 of 3.", " ".join(gone.text_content().split()))
        self.assertFalse(page.xpath("//form[@id='o_payment_form']"), "another installment is asked for instead")

    def test_case_D13_an_installment_of_two_invoices_is_offered_once_and_paid_at_once(self):
        today = self.env["billing.days"].get_local_day(self.account)
        moves = self.make_invoice(100) | self.make_invoice(200)
        plan = self.plan(moves, count=2, first_date=today)
        links, currency = self.env["billing.pay.links"], self.account.currency_id
        path = links.get_pay_path(self.account.id, currency.id)
        page = html.fromstring(self.url_open(path).text)
        offered = page.xpath("//a[starts-with(@aria-label, 'Pay Installment')]")
        self.assertEqual(
            [link.get("aria-label") for link in offered], ["Pay Installment 1 of 2", "Pay Installment 2 of 2"]
        )
        self.assertIn("150.00", offered[0].text_content())
        token = links.get_pay_token(self.account.id, currency.id)
        route = f"/billing/pay/{self.account.id}/{currency.id}/transaction/part-{plan.installment_ids[0].id}"
        self.finish_payment(self.start_payment(route, 150.0, path, access_token=token))
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["0.00", "150.00"])

    def test_case_D13_another_amount_is_a_part_of_what_is_open(self):
        plan, path, pay = self.make_account_page()
        page, _text = self.read(f"{path}&scope=other&wanted=350.00", "received")
        [form] = page.xpath("//form[@id='o_payment_form']")
        self.assertEqual(float(form.get("data-amount")), 350.0)
        pay("other", 350.0)
        self.assertEqual([row[2] for row in self.get_rows(plan)], ["0.00", "250.00", "300.00"])
        for wanted in ("550.01", "-5", "0", "nan", "1e308", "x", "", "1,234", "0.001", "9" * 35, "1" * 400):
            page, wrong = self.read(f"{path}&scope=other&wanted={wanted}", "wrong_amount")
            self.assertIn("550.00", wrong, wanted)
            self.assertFalse(page.xpath("//form[@id='o_payment_form']"), wanted)
        for amount in (550.01, -5, 0, None, True):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                pay("other", amount)
        self.assertEqual(len(plan.move_ids.transaction_ids), 1)

    def test_another_amount_is_read_as_the_language_of_the_payer_writes_it(self):
        self.env["res.lang"]._activate_lang("de_DE")
        links, currency = self.env["billing.pay.links"], self.account.currency_id
        self.make_invoice(2000)
        path = f"{links.get_pay_path(self.account.id, currency.id)}&scope=other&wanted="
        for lang, typed, amount, again in (
            ("en_US", "1,234", 1234, "1234.00"),
            ("en_US", "1,234.56", 1234.56, "1234.56"),
            ("en_US", "١٢٣٤٫٥", 1234.5, "1234.50"),
            ("de_DE", "1.234", 1234, "1234,00"),
            ("de_DE", "1.234,56", 1234.56, "1234,56"),
            ("de_DE", "12,5", 12.5, "12,50"),
        ):
            with self.subTest(lang=lang, typed=typed):
                self.opener.cookies["frontend_lang"] = lang
                page, _text = self.read(f"{path}{typed}", "received")
                [form] = page.xpath("//form[@id='o_payment_form']")
                self.assertEqual(float(form.get("data-amount")), amount)
                self.assertEqual(page.xpath("//input[@name='wanted']/@value"), [again])

    def test_a_tampered_link_pays_no_chosen_installment(self):
        move, plan = self.make_plan()
        first, second = plan.installment_ids[:2]
        link = self.get_path(self.get_link(second))
        page = self.url_open(link.replace(f"installment={second.id}", f"installment={first.id}"))
        self.assertNotIn("/online_billing/installment/", page.text)
        other = self.make_invoice(100)
        for number, of_move in ((second.id, other), (0, move), (2**31 - 1, move)):
            with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
                self.pay_by(f"/online_billing/installment/{number}/transaction/{of_move.id}", of_move, 1.0)
        move.access_token = "another"
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request(
                f"/online_billing/installment/{second.id}/transaction/{move.id}",
                {"access_token": "wrong", "provider_id": self.provider.id, "amount": 1},
            )
        self.assertFalse(move.transaction_ids)
