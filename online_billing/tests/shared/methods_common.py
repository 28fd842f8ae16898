"""A-10: every public method of ours, called over the wire by everybody; who may not call it changes nothing."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.service.model import call_kw
from odoo.tools import SQL, mute_logger

from ...services.shared.reader import ValueRefused
from ..tiers import comes_now
from .access_common import PERSONAS, AccessCase, get_own_methods, is_own

# what a stranger's hand must not change, besides our own tables
TABLES = (
    "account_move",
    "account_move_line",
    "account_payment",
    "mail_activity",
    "mail_mail",
    "mail_message",
    "ir_cron_trigger",
)
CHANGES_OF_ODOO = {"create", "write", "unlink", "copy_data"}


class MethodsCase(AccessCase):
    """The public methods of one addon, called by everybody."""

    least_methods = 20

    def get_arguments(self, model, name):
        """Return the arguments after self, for a method that works on customer A."""
        number = self.account.name
        return {
            ("billing.account", "get_balance"): [number],
            ("billing.account", "load"): [["name"], [["stranger"]]],
            ("billing.account", "web_search_read"): [[("has_overdue", "=", True)], {"name": {}}],
            ("billing.subscription", "load"): [["start_date"], [["2026-01-01"]]],
            ("billing.charge", "record"): [[{"account": number, "code": "NET", "key": "stranger"}]],
            ("billing.plan", "estimate"): [self.records["billing.plan"].id],
            ("billing.run", "preview"): ["2026-02-01", [number]],
            ("billing.run", "start"): ["2026-02-01", [number]],
            ("ir.actions.report", "is_billing_drawn"): ["account.report_invoice", self.records["account.move"].ids],
        }.get((model, name), [])

    def call(self, persona, model, name):
        """Call a method as the web client would."""
        subject = self.as_person(persona, self.env[model])
        if name == "action_process_now":  # it would commit; its work is the matter of other tests
            with patch.object(type(self.env["billing.run.work"]), "process"):
                return call_kw(subject, name, [self.records[model].ids], {})
        arguments = self.get_arguments(model, name)
        if getattr(getattr(type(subject), name), "_api_model", False):
            return call_kw(subject, name, arguments, {})
        return call_kw(subject, name, [self.records[model].ids, *arguments], {})

    def get_print(self):
        """Return a hash of everything that must not change."""
        self.env.flush_all()
        prints = {}
        for table in self.get_tables():
            query = SQL("SELECT md5(string_agg(t::text, chr(10) ORDER BY t.id)) FROM %s t", SQL.identifier(table))
            [(prints[table],)] = self.env.execute_query(query)
        return prints

    def get_tables(self):
        """Return the tables of all our addons, and those of Odoo's that matter."""
        own = {
            model._table
            for _name, model in self.env.items()
            if (model._original_module or "").startswith("online_billing")
            and model._auto
            and not model._abstract | model._transient
        }
        return sorted(own | set(TABLES))

    def count_written(self):
        """Return how many rows of what must not change were written in this transaction, taken back or not."""
        self.env.flush_all()
        query = "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)"
        [(written,)] = self.env.execute_query(SQL(query, self.get_tables()))
        return written

    def get_methods(self):
        return [key[1:] for key in self.rows if key[0] == "method"]

    def test_a10_what_is_written_and_taken_back_is_counted(self):
        before = self.count_written()
        with self.undone():
            self.account.note = "A stranger was here"
            self.assertGreater(self.count_written(), before)
        self.assertGreater(self.count_written(), before)

    def test_a10_who_may_not_call_a_method_is_refused_and_changes_nothing(self):
        self.env.cr.flush()  # what waits for the end of the transaction is no act of anybody below
        whole = self.get_print()
        self.assertGreaterEqual(len(self.get_methods()), self.least_methods)
        for row, (model, name) in enumerate(self.get_methods()):
            for column, persona in enumerate(PERSONAS):
                if not comes_now(row, column):
                    continue
                expected = self.rows["method", model, name][persona]
                if expected == "y":
                    continue
                with (
                    self.subTest(method=f"{model}.{name}", persona=persona),
                    mute_logger("odoo.sql_db"),
                    self.undone(),
                ):
                    before = self.count_written()
                    if expected == "0":  # finds nothing of what it would work on
                        self.call(persona, model, name)
                    else:
                        # a record that is not there and one of others answer alike
                        with self.assertRaises(UserError) as caught:
                            self.call(persona, model, name)
                        self.assertIsInstance(caught.exception, AccessError | ValueRefused)
                    if self.count_written() > before:  # it may have taken that back itself
                        self.env.invalidate_all()
                        self.assertEqual(self.get_print(), whole)

    def test_a10_who_may_call_a_method_is_not_refused(self):
        self.assertGreaterEqual(len(self.get_methods()), self.least_methods)
        for row, (model, name) in enumerate(self.get_methods()):
            for column, persona in enumerate(PERSONAS):
                if self.rows["method", model, name][persona] != "y" or not comes_now(row, column):
                    continue
                with self.subTest(method=f"{model}.{name}", persona=persona), self.undone():
                    try:
                        self.call(persona, model, name)
                    except AccessError as error:
                        self.fail(f"refused: {error}")
                    except UserError:
                        pass  # the record is in a state where this is not possible; that is not a matter of rights

    def test_a10_services_have_no_public_methods(self):
        public = {
            f"{model._name}.{name}"
            for _name, model in self.env.items()
            if model._abstract and is_own(model._original_module, self.addon)
            for name in get_own_methods(model, self.addon)
            - CHANGES_OF_ODOO  # a mixin of records adds to what Odoo does
        }
        self.assertEqual(public, set())

    def test_a10_create_write_and_unlink_over_the_wire(self):
        """What the matrix denies is denied by the methods themselves, whatever ours add to them."""
        before = self.get_print()
        for row, model in enumerate(self.get_own_models()):
            for column, persona in enumerate(PERSONAS):
                if not comes_now(row, column):
                    continue
                letters = self.get_expected("model", model._name, "", persona)
                record = self.as_person(persona, self.records[model._name])
                calls = {"w": ("write", [record.ids, {}]), "c": ("create", [[{}]]), "u": ("unlink", [record.ids])}
                for letter, (name, arguments) in calls.items():
                    if letter in letters or (model._transient and letter != "c"):
                        continue
                    with (
                        self.subTest(model=model._name, persona=persona, method=name),
                        self.undone(),
                        self.assertRaises(AccessError),
                    ):
                        call_kw(self.as_person(persona, self.env[model._name]), name, arguments, {})
        self.assertEqual(self.get_print(), before)
