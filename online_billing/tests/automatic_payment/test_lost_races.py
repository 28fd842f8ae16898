"""C-10: whoever asks a provider for money and loses a race in the database asks for it once, and books it once."""

from collections import Counter
from contextlib import ExitStack, suppress
from unittest.mock import patch

from odoo import fields
from odoo.service.model import retrying
from odoo.tests import tagged
from odoo.tools import mute_logger
from psycopg2.errorcodes import SERIALIZATION_FAILURE
from psycopg2.errors import SerializationFailure

from ...services.automatic_payment.demo_adapter import BillingPaymentAdapterDemo
from ...services.automatic_payment.values import SUCCEEDED, UNKNOWN, Answer
from ..tiers import IS_NIGHT
from .page_common import PagePayCase

#: where the transaction is lost: before the provider is asked, when its answer is noted, worked off and booked
PLACES = (
    ("billing.payment.adapter.demo", "take_up"),
    ("billing.attempt.answers", "note"),
    ("billing.attempt.settling", "_settle_all"),
    ("billing.debit.booking", "_handle"),
)
#: Odoo tries five times; after four it goes through, after five nobody tries any more
LOST = (1, 2, 3, 4, 5) if IS_NIGHT else (5,)


class Lost(SerializationFailure):
    pgcode = SERIALIZATION_FAILURE


@tagged("post_install", "-at_install")
class TestLostRaces(PagePayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.billing_debit_notice_days = 0
        cls.token = cls.save_method(cls.account.partner_id)
        cls.agreed = cls.consent(cls.account, cls.token)

    def setUp(self):
        super().setUp()
        self.asked, self.answers = Counter(), []
        self.authenticate(self.person.login, self.person.login)

        def send(adapter, request):
            self.asked[request[1]] += 1
            return self.answers.pop() if self.answers else Answer(SUCCEEDED, request[1])

        for name in ("_send_charge", "_send_refund"):
            self.startPatcher(patch.object(BillingPaymentAdapterDemo, name, send))
        self.startPatcher(
            patch.object(BillingPaymentAdapterDemo, "_send_question", lambda _self, given: Answer(SUCCEEDED, given[1]))
        )
        self.startPatcher(patch("odoo.service.model.random.uniform", lambda _least, _most: 0))  # nobody waits

    def lose(self, model, name, times):
        """Let a method lose a race so many times before it does anything."""
        owner, lost = self.registry[model], []
        original = getattr(owner, name)

        def act(service, *given, **more):
            if len(lost) < times:
                lost.append(name)
                raise Lost
            return original(service, *given, **more)

        return patch.object(owner, name, act)

    def act(self, act):
        """Do something as a request of staff or a job, as often as Odoo tries it; who loses all tries is told."""
        with self.worker() as env, suppress(Exception):
            retrying(lambda: act(env), env)

    # -- who asks providers -------------------------------------------------------------------------------------------

    def send_by_job(self):
        with self.worker() as env:
            env["billing.debit.planning"].plan_now(self.agreed.with_env(env))
        self.hurry()
        return lambda: self.act(lambda env: env["billing.payment.attempt"]._cron_send())

    def charge_now(self):
        return lambda: self.act(lambda env: env["billing.charging.now"].charge(self.account.with_env(env)))

    def pay_on_a_page(self):
        route, given = self.get_route(flow="token", token_id=self.token.id, payment_method_id=None)
        return lambda: self.call(route, self.get_payment_params(119.0, self.get_link(), **given))

    def ask_by_job(self):
        """What nobody knows is asked after; the question says that it was made."""
        self.answers.append(Answer(UNKNOWN))
        self.charge_now()()
        self.hurry()
        return lambda: self.act(lambda env: env["billing.payment.attempt"]._cron_ask())

    def ask_by_hand(self):
        self.answers.append(Answer(UNKNOWN))
        self.charge_now()()
        unknown = self.get_attempts(self.account)[-1:]
        return lambda: self.act(lambda env: env["billing.attempt.questions"].ask_now(unknown.with_env(env)))

    def give_back(self):
        """What is given back is open again afterwards."""
        self.charge_now()()
        payment = self.get_attempts(self.account)[-1:].payment_id
        return lambda: self.act(
            lambda env: env["billing.payment.refunds"].refund(payment.with_env(env), 119, "Agreed", seen=0)
        )

    # -- what comes of it ---------------------------------------------------------------------------------------------

    def hurry(self):
        """Let the time come for everything that waits."""
        self.env.flush_all()
        self.env.cr.execute("UPDATE billing_payment_attempt SET next_time = next_time - interval '2 days'")
        self.env.invalidate_all()

    def let_jobs_work(self):
        self.hurry()
        with self.worker() as env:
            env["billing.payment.attempt"]._cron_send()
            env["billing.payment.attempt"]._cron_ask()
        self.env.invalidate_all()

    def get_open(self):
        [items] = self.env["billing.open.items"].get_items(self.account.ids).values()
        return [float(item.amount) for item in items]

    def check(self, begin, opened):
        for model, name in PLACES:
            for times in LOST:
                if not self.get_open():
                    self.owe(self.account, fields.Date.today(), 100)
                act = begin()
                with self.subTest(place=name, times=times), ExitStack() as stack:
                    stack.enter_context(mute_logger("odoo.service.model", "odoo.http", "odoo.addons.online_billing"))
                    stack.enter_context(self.lose(model, name, times))
                    act()
                    stack.close()
                    self.let_jobs_work()
                    self.let_jobs_work()
                    self.assertEqual({key: count for key, count in self.asked.items() if count != 1}, {})
                    self.assertEqual(self.get_open(), opened)
        self.assertGreaterEqual(len(self.asked), len(PLACES) * len(LOST), "each of them was asked for")

    def test_c10_the_job_that_sends_asks_once(self):
        self.check(self.send_by_job, [])

    def test_c10_charge_now_asks_once(self):
        self.check(self.charge_now, [])

    def test_c10_a_page_asks_once(self):
        self.check(self.pay_on_a_page, [])

    def test_c10_the_job_that_asks_charges_nothing_again(self):
        self.check(self.ask_by_job, [])

    def test_c10_a_question_by_hand_charges_nothing_again(self):
        self.check(self.ask_by_hand, [])

    def test_c10_a_refund_is_asked_for_once(self):
        self.check(self.give_back, [119])
