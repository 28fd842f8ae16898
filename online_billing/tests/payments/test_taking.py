"""Money that somebody hands over: typed, seen spread over what is open, changed, taken, and a receipt given."""

from contextlib import contextmanager

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tests.common import freeze_time

from ..collection.collection_common import CollectionCase


@tagged("post_install", "-at_install")
@freeze_time("2026-11-27 12:00:00")
class TestTaking(CollectionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        journals = cls.env["account.journal"]
        cls.till = journals.create({"name": "Till", "type": "cash", "code": "TILL"})
        cls.bank = journals.search([("type", "=", "bank"), ("company_id", "=", cls.company.id)], limit=1)
        cls.bank.action_receive_cheques()
        cls.account = cls.make_account()

    @classmethod
    def bill_for(cls, due, price, account=None, **vals):
        """Return an invoice without tax."""
        lines = [{"name": "Fibre", "price_unit": price, "tax_ids": [Command.clear()]}]
        return cls.owe(account or cls.account, due, lines=lines, **vals)

    @contextmanager
    def desk(self, account=None):
        """Yield the form of the desk as the menu opens it."""
        takes = self.env["billing.take.payment"].with_user(self.clerk).with_context(default_is_desk=True)
        form = Form(takes, view="online_billing.billing_take_payment_view_form_desk")
        form.account_id = account or self.account
        yield form

    def get_shares(self, form):
        """Return [(number, what it gets)] as the form shows it."""
        return [
            (self.env["account.move"].browse(line["move_id"]).name, line["share"]) for line in form.line_ids._records
        ]

    def change_share(self, form, place, share):
        with form.line_ids.edit(place) as line:
            line.share = share

    def take(self, form, **way):
        """Press the button and return the payment."""
        before = self.env["account.payment"].search([])
        action = form.save().action_take()
        return self.env["account.payment"].search([]) - before, action

    # -- spread -------------------------------------------------------------------------------------------------------

    def test_case_D9_what_is_handed_over_goes_to_the_oldest_first(self):
        old, new = self.bill_for("2026-10-01", 100), self.bill_for("2026-11-01", 50)
        with self.desk() as form:
            self.assertEqual(self.get_shares(form), [(old.name, 0), (new.name, 0)])
            form.amount = 120
            self.assertEqual(self.get_shares(form), [(old.name, 100), (new.name, 20)])
            self.assertEqual((form.amount_open, form.amount_left), (150, 0))
        payment, _action = self.take(form)
        self.assertEqual((payment.amount, payment.journal_id), (120, self.till))
        self.assertIn(payment.state, ("in_process", "paid"))
        self.assertEqual((old.payment_state, new.amount_residual), ("paid", 30))
        self.assertEqual(payment._get_billing_applied_amounts(), [(old, 100), (new, 20)])
        self.assertEqual(payment.billing_account_id, self.account)

    def test_case_D9_the_spread_is_changed_by_hand(self):
        old, new = self.bill_for("2026-10-01", 100), self.bill_for("2026-11-01", 50)
        with self.desk() as form:
            form.amount = 60
            self.change_share(form, 0, 10)
            self.change_share(form, 1, 50)
            self.assertEqual(form.amount_left, 0)
        payment, _action = self.take(form)
        self.assertEqual((old.amount_residual, new.amount_residual), (90, 0))
        self.assertEqual(payment._get_billing_applied_amounts(), [(old, 10), (new, 50)])

    def test_case_D9_two_parts_of_one_amount_each_go_where_they_should(self):
        moves = [self.bill_for(f"2026-10-0{day}", 40) for day in range(1, 5)]
        with self.desk() as form:
            form.amount = 40
            for place, share in enumerate((0, 20, 0, 20)):
                self.change_share(form, place, share)
        self.take(form)
        self.assertEqual([move.amount_residual for move in moves], [40, 20, 40, 20])

    def test_case_D9_what_is_not_spread_stays_as_a_credit(self):
        move = self.bill_for("2026-10-01", 100)
        with self.desk() as form:
            form.amount = 130
            self.assertEqual(form.amount_left, 30)
        payment, _action = self.take(form)
        self.assertEqual(move.payment_state, "paid")
        self.assertEqual((self.account.amount_due, self.account.amount_credit), (-30, 30))
        self.assertEqual(payment.move_id.line_ids.filtered(lambda line: line.amount_residual < 0).amount_residual, -30)

    def test_case_D9_money_without_anything_open_is_a_credit(self):
        with self.desk() as form:
            form.amount = 25
            self.assertFalse(form.line_ids._records)
        payment, _action = self.take(form)
        self.assertEqual((payment.billing_account_id, self.account.amount_credit), (self.account, 25))

    def test_a_payment_is_for_no_account_of_somebody_else(self):
        stranger = self.make_account("Somebody Else")
        vals = {"partner_id": self.account.partner_id.id, "amount": 25, "payment_type": "inbound"}
        payments = self.env["account.payment"]
        with self.assertRaisesRegex(ValidationError, f"{stranger.name} is not one of"), self.cr.savepoint():
            payments.create({**vals, "billing_account_id": stranger.id})
        payment = payments.create({**vals, "billing_account_id": self.account.id})
        with self.assertRaisesRegex(ValidationError, f"{stranger.name} is not one of"), self.cr.savepoint():
            payment.billing_account_id = stranger
        payment.partner_id = stranger.partner_id
        self.assertFalse(payment.billing_account_id)

    def test_a_payment_of_another_customer_is_for_the_account_that_it_settles(self):
        move, stranger = self.bill_for("2026-10-01", 100), self.make_account("Somebody Else")
        payment = self.env["account.payment"].create(
            {"partner_id": stranger.partner_id.id, "amount": 100, "payment_type": "inbound"}
        )
        payment.action_post()
        lines = (payment.move_id.line_ids | move.line_ids).filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        lines.reconcile()
        self.assertEqual(payment.billing_account_id, self.account)

    def test_case_D9_credits_are_taken_off_as_everywhere_and_settled_with_it(self):
        move = self.bill_for("2026-10-01", 100)
        credit = self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.account.partner_id.id,
                "amount": 30,
            }
        )
        credit.action_post()
        with self.desk() as form:
            form.amount = 70
            self.assertEqual(self.get_shares(form), [(move.name, 70)])
            self.assertEqual((form.amount_open, form.amount_left), (70, 0))
        self.take(form)
        self.assertEqual((move.payment_state, self.account.amount_due), ("paid", 0))
        self.assertFalse(self.account.amount_credit)

    def test_case_D9_what_is_in_dispute_gets_money_only_by_hand(self):
        disputed, other = self.bill_for("2026-10-01", 100), self.bill_for("2026-11-01", 50)
        disputed.action_toggle_block_payment()
        with self.desk() as form:
            form.amount = 60
            self.assertEqual(self.get_shares(form), [(disputed.name, 0), (other.name, 50)])
            self.assertEqual(form.amount_left, 10)
            self.change_share(form, 0, 10)
        self.take(form)
        self.assertEqual((disputed.amount_residual, other.amount_residual), (90, 0))

    def test_case_D9_installments_are_paid_in_the_order_of_their_dates(self):
        planned, plain = self.bill_for("2026-10-01", 90), self.bill_for("2026-12-15", 50)
        wizard = Form(
            self.env["billing.installment.wizard"].with_context(**planned.action_plan_installments().get("context", {}))
        )
        self.assertTrue(wizard)
        with self.desk() as form:
            form.amount = 10
            self.assertEqual(self.get_shares(form)[0], (planned.name, 10))
        self.assertEqual(plain.amount_residual, 50)

    def test_case_D9_another_currency_is_paid_by_itself_and_to_the_last_cent(self):
        euro = self.env.ref("base.EUR")
        euro.active = True
        self.env["res.currency.rate"].create(
            {"currency_id": euro.id, "name": "2026-01-01", "rate": 1.37, "company_id": self.company.id}
        )
        account = self.make_account("Grace Hopper", currency_id=euro.id)
        moves = [self.bill_for(f"2026-10-0{day}", 33.33, account, currency_id=euro.id) for day in (1, 2, 3)]
        with self.desk(account) as form:
            self.assertEqual(form.currency_id, euro)
            form.amount = 77.77
        payment, _action = self.take(form)
        self.assertEqual([move.amount_residual for move in moves], [0, 0, 22.22])
        self.assertFalse(self.company.currency_id.round(sum(payment.move_id.line_ids.mapped("balance"))))

    def test_case_D9_nonsense_is_refused_with_what_to_do(self):
        move = self.bill_for("2026-10-01", 100)
        for amount, share, message in (
            (0, 0, "how much was handed over"),
            (-5, 0, "how much was handed over"),
            (50, 60, "only .*50.00 was handed over"),
            (200, 150, "cannot go to"),
            (50, -10, "cannot go to"),
        ):
            with self.subTest(amount=amount, share=share), self.desk() as form:
                form.amount = amount
                self.change_share(form, 0, share)
                with self.assertRaisesRegex(UserError, message):
                    form.save().action_take()
        self.assertEqual(move.amount_residual, 100)

    def test_case_D9_what_another_desk_has_taken_meanwhile_is_not_taken_twice(self):
        move = self.bill_for("2026-10-01", 100)
        with self.desk() as first, self.desk() as second:
            first.amount = second.amount = 100
            first_take, second_take = first.save(), second.save()
        first_take.action_take()
        with self.assertRaisesRegex(UserError, "paid meanwhile"):
            second_take.action_take()
        self.assertEqual((move.payment_state, self.account.amount_credit), ("paid", 0))

    def test_case_D9_one_dialogue_takes_money_once(self):
        """Whoever presses the button once more, because the answer was lost, pays neither a part nor a credit twice."""
        for price in (0, 100):
            with self.subTest(price=price):
                if price:
                    self.bill_for("2026-10-01", price)
                with self.desk() as form:
                    form.amount = 40
                    form.receipt = "none"
                take = form.save()
                take.action_take()
                with self.assertRaisesRegex(UserError, r"was taken already: PTILL.*40\.00"), self.cr.savepoint():
                    take.action_take()
                taken = self.env["account.payment"].search([("billing_account_id", "=", self.account.id)])
                self.assertEqual(len(taken), 1)
                taken.action_draft()
                taken.unlink()

    def test_case_D9_money_of_a_day_to_come_is_refused(self):
        self.clerk.tz = "Pacific/Auckland"  # where it is the 28th already
        self.bill_for("2026-10-01", 100)
        takes = self.env["billing.take.payment"].with_user(self.clerk)
        vals = {"account_id": self.account.id, "amount": 1, "receipt": "none"}
        for day in ("2026-11-29", "2099-01-01"):
            with self.subTest(day=day), self.assertRaisesRegex(UserError, "is still to come"), self.cr.savepoint():
                takes.create({**vals, "date": day}).action_take()
        for day in ("2026-11-28", "2026-10-31"):
            takes.create({**vals, "date": day}).action_take()
        self.assertEqual(self.account.amount_due, 98)

    def test_case_D9_more_than_any_payment_can_be_is_refused(self):
        """A scanner of bar codes types into whatever field has the focus."""
        takes = self.env["billing.take.payment"].with_user(self.clerk)
        for amount in (4006381333931, 1e20):
            take = takes.create({"account_id": self.account.id, "amount": amount, "receipt": "none"})
            with self.assertRaisesRegex(UserError, "more than any payment can be"), self.cr.savepoint():
                take.action_take()

    def test_case_D9_nobody_chosen_is_asked_for(self):
        take = self.env["billing.take.payment"].with_user(self.clerk).create({"amount": 5})
        with self.assertRaisesRegex(UserError, "Choose the customer"):
            take.action_take()

    def test_case_D9_a_payment_that_was_spread_can_be_changed_as_a_draft(self):
        self.bill_for("2026-10-01", 100)
        self.bill_for("2026-11-01", 50)
        with self.desk() as form:
            form.amount = 150
        payment, _action = self.take(form)
        payment.action_draft()
        payment.amount = 80
        payment.action_post()
        self.assertEqual(len(payment.move_id.line_ids), 2)
        self.assertEqual(self.account.amount_due, 70)

    # -- from where one stands ----------------------------------------------------------------------------------------

    def open_dialogue(self, action):
        takes = self.env["billing.take.payment"].with_user(self.clerk).with_context(**action["context"])
        return Form(takes, view="online_billing.billing_take_payment_view_form")

    def test_case_D9_the_page_of_the_account_proposes_what_is_overdue(self):
        late = self.bill_for("2026-10-01", 100)
        self.bill_for("2027-11-01", 50)
        form = self.open_dialogue(self.account.with_user(self.clerk).action_take_payment())
        self.assertEqual((form.account_id, form.amount), (self.account, 100))
        payment, action = self.take(form)
        self.assertEqual(late.payment_state, "paid")
        self.assertEqual(payment.amount, 100)
        self.assertEqual(action, {"type": "ir.actions.act_window_close"})

    def test_case_D9_chosen_invoices_alone_are_paid(self):
        self.bill_for("2026-10-01", 100)
        chosen = self.bill_for("2026-11-01", 50) | self.bill_for("2026-11-02", 30)
        form = self.open_dialogue(chosen.with_user(self.clerk).action_take_billing_payment())
        self.assertEqual(form.amount, 80)
        self.assertEqual(self.get_shares(form), [(move.name, move.amount_total) for move in chosen])
        form.amount = 60
        self.take(form)
        self.assertEqual([move.amount_residual for move in chosen], [0, 20])

    def test_case_D9_invoices_of_several_customers_are_paid_as_odoo_does(self):
        moves = self.bill_for("2026-10-01", 100) | self.bill_for("2026-10-01", 100, self.make_account("Grace Hopper"))
        action = moves.with_user(self.clerk).action_take_billing_payment()
        self.assertEqual(action["res_model"], "account.payment.register")
        moves.button_draft()
        with self.assertRaisesRegex(UserError, "Nothing of these invoices is open"):
            moves.with_user(self.clerk).action_take_billing_payment()

    # -- the desk -----------------------------------------------------------------------------------------------------

    def test_the_desk_stays_open_for_the_next_customer(self):
        self.bill_for("2026-10-01", 100)
        with self.desk() as form:
            form.amount = 100
            form.journal_id = self.bank
            form.receipt = "none"
        payment, action = self.take(form)
        takes = self.env[action["res_model"]].with_user(self.clerk).with_context(**action["context"])
        following = Form(takes, view="online_billing.billing_take_payment_view_form_desk")
        self.assertFalse(following.account_id)
        self.assertEqual(following.save().display_name, "Cash Desk")
        self.assertEqual(following.journal_id, self.bank)
        self.assertEqual((following.last_payment_id, following.last_amount), (payment, 100))
        self.assertEqual(payment.billing_delivery_state, "none")

    def test_a_cheque_has_its_number_and_its_bank_on_payment_and_receipt(self):
        self.bill_for("2026-10-01", 100)
        with self.desk() as form:
            form.amount = 100
            form.journal_id = self.bank
            form.method_id = self.bank.inbound_payment_method_line_ids.filtered(
                lambda line: line.code == "billing_cheque"
            )
            form.cheque_number, form.cheque_bank = "004711", "First Bank of Springfield"
        payment, _action = self.take(form)
        self.assertEqual(payment.billing_cheque_number, "004711")
        content, _kind = (
            self.env["ir.actions.report"]
            .with_context(force_report_rendering=True)
            ._render_qweb_pdf("account.action_report_payment_receipt", payment.ids)
        )
        self.assertIn("Cheque 004711 First Bank of Springfield", self.read_pdf(content))

    def test_the_receipt_is_mailed_printed_or_left_out(self):
        for receipt, state in (("mail", "pending"), ("print", "none"), ("none", "none")):
            with self.subTest(receipt=receipt):
                self.bill_for("2026-10-01", 10)
                with self.desk() as form:
                    self.assertEqual(form.receipt, "mail")
                    form.amount = 10
                    form.receipt = receipt
                payment, action = self.take(form)
                self.assertEqual(payment.billing_delivery_state, state)
                self.assertEqual(action.get("tag") == "online_billing.print_and_go_on", receipt == "print")

    def test_a_customer_without_an_address_gets_a_printed_receipt(self):
        self.account.partner_id.email = False
        with self.desk() as form:
            self.assertEqual(form.receipt, "print")
            form.amount = 10
            form.receipt = "mail"
        with self.assertRaisesRegex(UserError, "no e-mail address"):
            form.save().action_take()

    def test_a_mailed_receipt_of_the_desk_goes_out_once(self):
        self.bill_for("2026-10-01", 10)
        with self.desk() as form:
            form.amount = 30
        self.take(form)
        self.assertEqual(len(self.send_receipts()), 1)
        self.assertEqual(self.send_receipts(), [])

    def test_a_cheque_in_odoos_own_dialogue_has_number_and_bank_too(self):
        move = self.bill_for("2026-10-01", 100)
        way = self.bank.inbound_payment_method_line_ids.filtered(lambda line: line.code == "billing_cheque")
        register = self.env["account.payment.register"].with_user(self.clerk)
        payment = (
            register.with_context(active_model="account.move", active_ids=move.ids)
            .create(
                {
                    "journal_id": self.bank.id,
                    "payment_method_line_id": way.id,
                    "billing_cheque_number": "1",
                    "billing_cheque_bank": "First",
                }
            )
            ._create_payments()
        )
        self.assertEqual((payment.billing_cheque_number, payment.billing_cheque_bank), ("1", "First"))
