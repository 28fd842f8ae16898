"""Stripe's pages with something on them, without a network: what Stripe would answer is told here, the product does the
rest. The provider stays disabled and has no key, so that nothing ever asks Stripe itself."""

from contextlib import contextmanager
from datetime import datetime, time, timedelta, timezone
from types import SimpleNamespace
from unittest.mock import patch

from dateutil.relativedelta import relativedelta
from odoo import fields
from odoo.addons.online_billing.services.shared.numbers import to_decimal

MODEL = "billing.stripe.connection"
PAYMENTS = 4
HELD = 2  # movements of a month that is locked
DISPUTED = 1  # the place of the payment that its bank takes back
# only while the records are made; afterwards there is none
KEYS = {"stripe_secret_key": "sk_test_demo", "stripe_publishable_key": "pk_test_demo"}
FEE = (150, 25)  # hundredths of a percent, and units, of a card payment
DISPUTE_FEE = 2000


def is_here(env):
    """Tell whether the addon for Stripe is installed."""
    return MODEL in env


class RecordedStripe:
    """What Stripe would say of the payments of the demo, in the shapes in which it says it."""

    def __init__(self, provider, today):
        self.env = provider.env
        self.provider = provider
        self.today = today
        self.has_news = False

    @contextmanager
    def answering(self):
        """Let the product ask this instead of Stripe, for the length of a block."""
        client = SimpleNamespace(
            v1=SimpleNamespace(
                disputes=SimpleNamespace(retrieve=lambda _reference: self.get_dispute()),
                payment_intents=SimpleNamespace(retrieve=lambda reference, _params: self._get_intent(reference)),
                balance=SimpleNamespace(retrieve=self._get_balance),
                balance_transactions=SimpleNamespace(
                    list=lambda _params: SimpleNamespace(auto_paging_iter=self.get_movements)
                ),
            )
        )
        service = type(self.env["billing.stripe.client"])
        with patch.object(service, "get_client", lambda _service, _provider, _use: client):
            yield

    def get_transactions(self):
        return self.env["payment.transaction"].search([("provider_id", "=", self.provider.id)], order="id")

    def _get_units(self, transaction):
        return int(to_decimal(transaction.amount, transaction.currency_id) * 100)

    def _make(self, number, kind, day, amount, fee=0, **more):
        # in the order in which it happened
        moment = datetime.combine(day, time(8, number), timezone.utc)
        return {
            "id": f"txn_demo{number:02}",
            "object": "balance_transaction",
            "type": kind,
            "reporting_category": more.pop("category", kind),
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "currency": self.get_transactions()[:1].currency_id.name.lower(),
            "created": int(moment.timestamp()),
            "description": more.pop("description", None),
            "source": more.pop("source", None),
        }

    def get_movements(self):
        """Return the movements of the balance."""
        transactions, yesterday = self.get_transactions(), self.today - timedelta(days=1)
        locked = get_locked_day(self.today)
        movements = [
            self._make(
                0, "adjustment", locked, 1250, description="Correction of a payment", category="other_adjustment"
            ),
            self._make(1, "adjustment", locked, 4800, description="Balance of the former shop", category="transfer"),
        ]
        for number, transaction in enumerate(transactions):
            units = self._get_units(transaction)
            source = {
                "id": f"ch_demo{number:02}",
                "object": "charge",
                "amount": units,
                "amount_captured": units,
                "currency": transaction.currency_id.name.lower(),
                "payment_intent": transaction.provider_reference,
            }
            fee = (units * FEE[0] + 5_000) // 10_000 + FEE[1]
            movements.append(
                self._make(
                    10 + number, "charge", yesterday, units, fee, description=transaction.reference, source=source
                )
            )
        movements += self.get_dispute()["balance_transactions"]
        paid_out = movements[2]["net"] // 2
        payout = {"id": "po_demo00", "object": "payout"}
        movements.append(self._make(40, "payout", yesterday, -paid_out, description="STRIPE PAYOUT", source=payout))
        if self.has_news:
            movements.append(self._make(50, "stripe_fee", self.today, -700, description="Radar", category="fee"))
        return movements

    def get_dispute(self):
        """Return the dispute of one payment, as its bank has opened it."""
        transaction = self.get_transactions()[DISPUTED]
        yesterday = self.today - timedelta(days=1)
        due = datetime.combine(self.today + timedelta(days=7), time(23, 59), timezone.utc)
        disputed = {"amount": self._get_units(transaction), "currency": transaction.currency_id.name.lower()}
        withdrawal = self._make(
            30,
            "adjustment",
            yesterday,
            -self._get_units(transaction),
            DISPUTE_FEE,
            description="Chargeback withdrawal",
            category="dispute",
            source={"id": "du_demo00", "object": "dispute", **disputed},
        )
        return {
            "id": "du_demo00",
            "object": "dispute",
            **disputed,
            "created": withdrawal["created"],
            "payment_intent": transaction.provider_reference,
            "reason": "product_not_received",
            "status": "needs_response",
            "evidence_details": {"due_by": int(due.timestamp())},
            "balance_transactions": [withdrawal],
        }

    def _get_intent(self, reference):
        marks = self.env["billing.stripe.client"].get_marks(self.env["billing.payment.attempt"].search([], limit=1))
        known = {"billing_database": marks["billing_database"]} if reference == "pi_demo_lost" else {}
        return {"id": reference, "object": "payment_intent", "status": "succeeded", "metadata": known}

    def _get_balance(self):
        movements = self.get_movements()
        currency = movements[0]["currency"]
        pending = sum(one["net"] for one in movements if one["type"] == "charge") // 2
        available = sum(one["net"] for one in movements) - pending
        return {
            "available": [{"amount": available, "currency": currency}],
            "pending": [{"amount": pending, "currency": currency}],
        }

    def get_events(self):
        """Return events as Stripe sends them."""
        [intent] = self.get_transactions()[:1].mapped("provider_reference")
        told = (
            ("payment_intent.succeeded", {"id": "pi_demo_other", "object": "payment_intent"}, False),
            ("payment_intent.succeeded", {"id": "pi_demo_lost", "object": "payment_intent"}, False),
            ("payment_intent.succeeded", {"id": intent, "object": "payment_intent"}, True),
            ("balance.available", {"object": "balance"}, False),
            ("charge.dispute.created", {"id": "du_demo00", "object": "dispute"}, False),
            ("payout.paid", {"id": "po_demo00", "object": "payout"}, False),
        )
        begun = datetime.combine(self.today - timedelta(days=1), time(9), timezone.utc)
        for number, (kind, about, is_live) in enumerate(told):
            yield {
                "id": f"evt_demo{number:02}",
                "object": "event",
                "type": kind,
                "created": int((begun + timedelta(minutes=11 * number)).timestamp()),
                "livemode": is_live,
                "api_version": None,
                "data": {"object": about},
            }


def get_locked_day(today):
    """Return a day of the month before the businesses began, which is locked."""
    return today.replace(day=15) - relativedelta(months=5)


def find(env, today):
    """Return what Stripe would say in the demo; None where there is nothing of it."""
    connection = env[MODEL].sudo().search([("is_statement_kept", "=", True)], limit=1)  # sudo: of an administrator
    return RecordedStripe(connection.provider_id, today) if connection else None


class PayingByStripe:
    """Let some customers have paid by card through Stripe, and one of their banks have taken its payment back."""

    def __init__(self, env, today):
        self.env = env
        self.today = today

    def play(self, keep):
        """Make payments, events, a statement and a dispute; return how many payments."""
        invoices = self._get_invoices()
        if len(invoices) < PAYMENTS:
            return 0
        company = invoices.company_id
        env = self.env(context=dict(self.env.context, allowed_company_ids=company.ids))
        provider = self._connect(env, company)
        self._pay(env, provider, invoices.with_env(env))
        keep()
        stripe = RecordedStripe(provider, self.today)
        connection = env["billing.stripe.connections"].get(provider)
        with stripe.answering():
            for event in stripe.get_events():
                env["billing.stripe.inbox"].keep(connection, event, "sent")
            events = env["billing.stripe.event"].search([("state", "=", "received")], order="id")
            env["billing.stripe.event.work"].work_now(events)
        self._leave_one_out(env, connection)
        provider.write({"state": "disabled", **dict.fromkeys(KEYS, False)})
        keep()
        return PAYMENTS

    def _get_invoices(self):
        """Return open invoices of one company, in its currency, of customers who are not debited."""
        company = self.env["billing.run"].search([], order="id", limit=1).company_id
        plans = self.env["billing.installment.plan"].search([])
        found = self.env["account.move"].search(
            [
                ("company_id", "=", company.id),
                ("move_type", "=", "out_invoice"),
                ("state", "=", "posted"),
                ("payment_state", "=", "not_paid"),
                ("currency_id", "=", company.currency_id.id),
                ("billing_account_id.consent_ids", "=", False),
                ("billing_account_id", "not in", plans.account_id.ids),
                ("partner_id.user_ids", "=", False),
            ],
            order="amount_residual desc, id",
        )
        accounts = found.billing_account_id[:PAYMENTS]
        return found.browse(
            [found.filtered(lambda move, one=one: move.billing_account_id == one)[:1].id for one in accounts]
        )

    def _connect(self, env, company):
        """Return Stripe as a provider of a company, with a journal and a statement of its own."""
        providers = env["payment.provider"].sudo()  # sudo: providers are the administrator's
        provider = providers.search([("code", "=", "stripe"), ("company_id", "=", company.id)], limit=1)
        provider = provider or env.ref("payment.payment_provider_stripe").sudo().copy(  # sudo: as above
            {"company_id": company.id, "name": "Stripe"}
        )
        provider.write({"state": "test", **KEYS})
        provider.journal_id = env["account.journal"].create(
            {"name": "Stripe", "code": "STRP", "type": "bank", "company_id": company.id}
        )
        fees = env["account.account"].search(
            [("account_type", "=", "expense"), ("company_ids", "in", company.ids)], order="code desc", limit=1
        )
        connection = env["billing.stripe.connections"].get(provider)
        connection.write({"is_statement_kept": True, "fee_account_id": fees.id})
        # closed before the businesses began
        company.sudo().fiscalyear_lock_date = get_locked_day(self.today) + relativedelta(day=31)
        return provider

    def _pay(self, env, provider, invoices):
        card = env.ref("payment.payment_method_card")
        for number, invoice in enumerate(invoices):
            transaction = (
                env["payment.transaction"]
                .sudo()  # sudo: as the pay page does it
                .create(
                    {
                        "provider_id": provider.id,
                        "payment_method_id": card.id,
                        "reference": f"{invoice.name}-stripe",
                        "provider_reference": f"pi_demo{number:02}",
                        "amount": invoice.amount_residual,
                        "currency_id": invoice.currency_id.id,
                        "partner_id": invoice.partner_id.id,
                        "operation": "online_direct",
                        "invoice_ids": [fields.Command.set(invoice.ids)],
                    }
                )
            )
            transaction._set_done()
            transaction._post_process()

    def _leave_one_out(self, env, connection):
        held = connection.held_movement_ids.sorted("id")
        # those of the locked month: anything else that waits is a fault, which nobody would see in a demo
        if len(held) != HELD:
            raise AssertionError(f"Stripe's movements that are in no statement: {held.mapped('reason')}")
        held = held[-1:]
        manager = env["res.users"].search([("login", "=", "manager@demo.example")])
        env["billing.stripe.holding"].with_user(manager).leave_out(
            held.with_user(manager), "by_hand", "Entered with the opening balance"
        )
