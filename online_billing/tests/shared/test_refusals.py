"""What people read when something is refused: the sentence, and not that the server has failed."""

from odoo import exceptions
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..common import BillingCase


def find_subclasses(parent):
    for child in parent.__subclasses__():
        yield child
        yield from find_subclasses(child)


@tagged("post_install", "-at_install")
class TestRefusals(BillingCase, HttpCase):
    """The browser knows Odoo's exceptions by their names; of any other it says that something went wrong."""

    def call(self, model, method, *arguments):
        self.authenticate(self.manager.login, self.manager.login)
        params = {"model": model, "method": method, "args": arguments, "kwargs": {}}
        with mute_logger("odoo.http"):
            answer = self.url_open("/web/dataset/call_kw", json={"jsonrpc": "2.0", "method": "call", "params": params})
        return answer.json()["error"]["data"]

    def test_what_must_stay_is_said_in_a_sentence(self):
        plan = self.make_plan(self.make_code(price=10))
        running = self.subscribe(self.make_account(), plan, "2026-01-01")
        refused = self.call("billing.subscription", "unlink", running.ids)
        self.assertEqual(refused["context"]["exception_class"], "odoo.exceptions.AccessError")
        self.assertIn(running.display_name, refused["arguments"][0])

    def test_a_day_that_is_too_far_away_is_said_in_a_sentence(self):
        refused = self.call("billing.run", "preview", "2099-01-01")
        self.assertEqual(refused["context"]["exception_class"], "odoo.exceptions.UserError")
        self.assertIn("2099", refused["arguments"][0])

    def test_each_exception_of_ours_names_the_one_of_odoo_that_it_is(self):
        looked_at = 0
        for kind in find_subclasses(exceptions.UserError):
            if not kind.__module__.startswith("odoo.addons.online_billing"):
                continue
            with self.subTest(kind.__name__):
                module, _dot, name = kind.context["exception_class"].rpartition(".")
                self.assertEqual(module, "odoo.exceptions")
                self.assertTrue(issubclass(kind, getattr(exceptions, name)))
                looked_at += 1
        self.assertGreaterEqual(looked_at, 2)
