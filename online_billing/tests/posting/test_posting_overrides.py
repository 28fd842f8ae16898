import functools
from unittest.mock import MagicMock, patch

from odoo.addons.account.models.account_move import AccountMove
from odoo.addons.account.models.sequence_mixin import SequenceMixin
from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from ...services.posting import known, overrides
from .posting_common import ODOO, InvoiceWriterCase, laid_over, written_in

STRANGER = "payment_surcharge_acme"


def pass_on(original):
    """A method that does what the original does, as somebody else would put it over it."""

    def own(self, *args, **kwargs):
        return original(self, *args, **kwargs)

    return own


@tagged("post_install", "-at_install")
class TestPostingPatches(InvoiceWriterCase):
    """Case E4: what is put over a method is seen, however it was done."""

    def assertSeen(self, name):
        self.assert_equal_to_odoo(self.invoices(), rendered=False, reason=f"patched: account.move.{name}")

    def test_case_E4_on_the_class_of_the_registry(self):
        model_class = self.env.registry["account.move"]
        with patch.object(model_class, "_post", pass_on(model_class._post)):
            self.assertSeen("_post")
        self.assert_equal_to_odoo(self.invoices())

    def test_case_E4_on_the_class_of_the_addon(self):
        with patch.object(AccountMove, "_post", pass_on(AccountMove._post)):
            self.assertSeen("_post")
        self.assert_equal_to_odoo(self.invoices())

    def test_case_E4_on_a_class_that_invoices_inherit_from(self):
        with patch.object(SequenceMixin, "_set_next_sequence", pass_on(SequenceMixin._set_next_sequence)):
            self.assertSeen("_set_next_sequence")

    def test_case_E4_a_function_that_claims_to_be_the_original(self):
        own = functools.wraps(AccountMove._post)(pass_on(AccountMove._post))
        self.assertEqual((own.__module__, own.__qualname__), (ODOO, "AccountMove._post"))
        with patch.object(AccountMove, "_post", own):
            self.assertSeen("_post")

    def test_case_E4_a_method_of_another_addon_on_the_class_of_a_known_one(self):
        own = written_in(f"odoo.addons.{STRANGER}.models.account_move", pass_on(AccountMove._post))
        with patch.object(AccountMove, "_post", own):
            self.assertSeen("_post")

    def test_case_E4_what_is_no_function_cannot_be_watched(self):
        with patch.object(AccountMove, "_get_lines_onchange_currency", MagicMock()):
            result = self.writer.create_posted(self.invoices())
        self.assertEqual(result.reasons, {"patched: account.move._get_lines_onchange_currency": 6})

    def test_case_E4_after_batches_that_were_written(self):
        """What is remembered of the registry and of the examples hides nothing."""
        self.assert_equal_to_odoo(self.invoices())
        own = pass_on(AccountMove._post)
        with patch.object(AccountMove, "_post", own):
            self.assertSeen("_post")
        with patch.object(AccountMove, "_post", written_in(ODOO, own)):
            self.assert_equal_to_odoo(self.invoices())

    def test_case_E4_a_tax_that_looks_at_the_line(self):
        tax_class = self.env.registry["account.tax"]
        name = "_prepare_base_line_for_taxes_computation"
        with patch.object(tax_class, name, pass_on(getattr(tax_class, name))):
            self.assert_equal_to_odoo(self.invoices(), rendered=False, reason=f"patched: account.tax.{name}")

    def test_case_E4_wrappers_of_the_framework_are_no_patches(self):
        found = overrides.get_overrides(self.env)
        patched = [reason for reason in [*found.always, *found.codes.values()] if str(reason).startswith("patched")]
        self.assertEqual(patched, [])

    def test_case_E4_addons_are_known_by_their_exact_name(self):
        for name in (STRANGER, "online_billing_acme", "account_", "l10n_de_acme"):
            self.assertNotIn(name, known.ADDONS | known.UNDERSTOOD.keys())


@tagged("post_install", "-at_install")
class TestPostingBesideOtherAddons(InvoiceWriterCase):
    """Case E5: another addon is judged by what of it runs while Odoo makes the examples, and by what that changes."""

    def test_case_E5_an_addon_that_takes_no_part(self):
        with laid_over(
            self.env["account.move"],
            STRANGER,
            _compute_payments_widget_to_reconcile_info=lambda above, _moves: (
                above._compute_payments_widget_to_reconcile_info()
            ),
            _surcharge=lambda _above, _moves: None,
        ):
            self.assert_equal_to_odoo(self.invoices())

    def test_case_E5_an_addon_that_takes_part(self):
        for name in ("_post", "create", "write", "_get_invoice_computed_reference", "_compute_amount"):
            method = lambda above, _moves, *args, _name=name, **kwargs: getattr(above, _name)(*args, **kwargs)  # noqa: E731
            with self.subTest(name), laid_over(self.env["account.move"], STRANGER, **{name: method}):
                self.assert_equal_to_odoo(
                    self.invoices(), rendered=False, reason=f"override: {STRANGER} account.move.{name}"
                )

    def test_case_E5_an_addon_that_takes_part_in_some_invoices_only(self):
        """What runs for one kind of invoice in a batch sends that batch to Odoo, and no other batch."""

        def change_reference(above, move):
            return above._get_invoice_reference_odoo_partner()

        with laid_over(self.env["account.move"], STRANGER, _get_invoice_reference_odoo_partner=change_reference):
            self.assert_equal_to_odoo(self.invoices())

    def test_case_E5_an_addon_that_finds_fiscal_positions_by_more_than_the_address(self):
        """Of two customers of one country, one has another position: by the title, the language, whatever it is."""
        position = self.env["account.fiscal.position"].create({"name": "Firms"})
        free = self.make_tax("Free", 0)
        free.write(
            {"fiscal_position_ids": [Command.set(position.ids)], "original_tax_ids": [Command.set(self.tax.ids)]}
        )
        self.customers[2:5].function = "Firm"

        def find(above, _positions, partner, delivery=None):
            return position if partner.function else above._get_fiscal_position(partner, delivery=delivery)

        with laid_over(self.env["account.fiscal.position"], STRANGER, _get_fiscal_position=find):
            result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(result.moves[2:5].invoice_line_ids.tax_ids, free)

    def test_case_E5_a_computation_of_a_column_that_no_slot_fills(self):
        """Odoo's own computation is run on what was written, whatever it looks at."""

        def compute(above, moves):
            above._compute_narration()
            for move in moves:
                move.narration = f"<p>{move.partner_id.name}</p>"

        with laid_over(self.env["account.move"], STRANGER, _compute_narration=compute):
            result = self.assert_equal_to_odoo(self.invoices())
        self.assertEqual(len(set(result.moves.mapped("narration"))), 6)

    def test_case_E5_a_constraint_is_asked_of_what_is_written(self):
        asked = []

        def check(moves):
            asked.extend(moves.ids)
            if self.customers[4] in moves.partner_id:
                raise UserError(self.env._("Customer 4 is not served."))

        method = written_in(f"odoo.addons.{STRANGER}.models.account_move", check)
        method._constrains = ("partner_id",)
        model_class = self.env.registry["account.move"]
        methods = [*self.env["account.move"]._constraint_methods, method]
        with patch.object(model_class, "_constraint_methods", methods):
            invoices = self.invoices()
            with self.assertRaisesRegex(UserError, "not served"), self.env.cr.savepoint():
                self.writer.create_posted(self.invoices())
            asked.clear()
            result = self.writer.create_posted(invoices[:4] + invoices[5:])
        self.assertEqual(result.rendered, 3)
        self.assertEqual(set(asked), set(result.moves.ids))
