"""What others refer to is not deleted, and that is said in words: who does, and what to do instead."""

import re

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..late_fees.late_fee_common import LateFeeCase
from ..statements import Statements

#: that administrators alone delete, in Odoo's own lists, where nothing of ours is a clerk's to do
OF_ADMINISTRATORS = {
    "payment.provider",
    "payment.token",
    "payment.transaction",
    "res.company",
    "res.currency",
    "res.users",
}


@tagged("post_install", "-at_install")
class TestHeld(LateFeeCase):
    def refuse(self, record, *said):
        with self.assertRaisesRegex(UserError, ".*".join(map(re.escape, ("cannot be deleted", *said)))):
            record.with_user(self.manager).unlink()

    def test_whatever_staff_delete_says_what_holds_it(self):
        """Of each model to which something refers for good: it says so by itself, or nobody of the staff deletes it."""
        references, missing = self.env["billing.references"], []
        for name in sorted(self.env.registry):
            held = [field for _model, field in references.get_references(name) if field.ondelete == "restrict"]
            if not held or name in OF_ADMINISTRATORS:
                continue
            model = self.env[name]
            kinds = [self.env.registry[kind] for kind in ("billing.held", "billing.configuration")]
            is_kept = "_life" in dir(model) and not model._get_life().delete
            is_refused = any(method.startswith("_unlink_except_billed") for method in dir(model))
            if not isinstance(model, tuple(kinds)) and not is_kept and not is_refused:
                missing.append(f"{name}: {', '.join(map(str, held))}")
        self.assertFalse(missing, "\n".join(missing))

    def test_each_model_that_is_held_says_what_to_do(self):
        held, advice = self.env.registry["billing.held"], self.env["billing.references"]._get_advice()
        models = [model for model in self.env.values() if isinstance(model, held) and not model._abstract]
        self.assertGreater(len(models), 4)
        self.assertEqual({model._name for model in models} - advice.keys(), set())

    def test_a_contact_who_is_billed_says_by_which_account(self):
        account = self.make_account()
        self.refuse(account.partner_id, account.name, "Archive it instead")

    def test_an_account_on_which_something_was_agreed_says_what(self):
        account = self.make_account()
        promise = self.env["billing.payment.promise"].create(
            {"account_id": account.id, "amount": 5, "date_made": "2026-11-01", "date": "2099-12-01"}
        )
        self.refuse(account, promise._description, promise.display_name, "Close it instead")

    def test_an_invoice_of_which_a_late_fee_arose_says_so(self):
        """It is said by its due date, which is asked for before."""
        account = self.make_account()
        move = self.make_debt(account)
        self.make_rule(announce=True)
        self.announce_on(account, self.after(30))
        move.button_draft()
        with self.assertRaisesRegex(UserError, "Late fees were announced.*Cancel the invoice instead"):
            move.with_user(self.manager).unlink()

    def test_who_refers_to_records_is_asked_for_all_of_them_at_once(self):
        partners = self.env["res.partner"].create([{"name": f"Contact {number}"} for number in range(12)])
        service, asked = self.env["billing.references"], []
        for some in (partners[:2], partners):
            with Statements() as statements:
                service.check_unheld(some)
            asked.append(len(statements))
        self.assertTrue(asked[0])
        self.assertEqual(*asked)

    def test_what_nothing_refers_to_is_deleted(self):
        account = self.make_account()
        partner = account.partner_id
        for record in (account, partner):
            record.with_user(self.manager).unlink()
            self.assertFalse(record.exists())
