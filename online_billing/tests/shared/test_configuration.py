"""Configuration in use cannot vanish: neither deleted nor, while it is worked with, archived."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tests.common import freeze_time

from ..collection.collection_common import CollectionCase

# what may be left behind or go along: links from work to work, and parts of what is deleted
NOT_CONFIGURATION = {
    "account.account.tag", "account.move", "account.move.line", "account.payment", "billing.account", "billing.charge",
    "billing.collection.case", "billing.collection.message", "billing.installment", "billing.installment.plan",
    "billing.late.fee", "billing.run", "billing.subscription", "billing.subscription.line", "mail.activity",
    "mail.message", "payment.token", "payment.transaction", "res.company", "res.country", "res.currency", "res.partner",
    "res.users", "uom.uom", "ir.attachment", "sms.tracker", "billing.payment.promise", "billing.run.outcome",
    "billing.price.tier", "mail.mail", "billing.stop", "billing.payment.attempt", "billing.payment.consent",
    "payment.provider", "billing.stripe.connection",
}  # fmt: skip


@tagged("post_install", "-at_install")
@freeze_time("2024-11-20 12:00:00")
class TestConfiguration(CollectionCase):
    def get_references(self):
        for name, model in sorted(self.env.registry.items()):
            if model._abstract or model._transient or not model._auto:
                continue
            for field in model._fields.values():
                own = (field._module or "").startswith("online_billing")
                if own and field.type == "many2one" and field.store and not field.related:
                    yield name, field

    def test_case_C5_every_reference_to_configuration_holds_it(self):
        looked_at, wrong = 0, []
        for name, field in self.get_references():
            if field.comodel_name in NOT_CONFIGURATION:
                continue
            looked_at += 1
            guarded = isinstance(self.env[field.comodel_name], self.env.registry["billing.configuration"])
            derived = field.name in getattr(self.env[field.comodel_name], "_followers", ())
            if not guarded or (field.ondelete not in ("restrict", "cascade") and not derived):
                wrong.append(f"{name}.{field.name} -> {field.comodel_name} ({field.ondelete}, guarded: {guarded})")
        self.assertGreater(looked_at, 25)
        self.assertFalse(wrong, "\n".join(wrong))

    def refuse(self, act, *words):
        with self.assertRaises(UserError) as caught, self.cr.savepoint():
            act()
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_case_C5_a_policy_that_cases_follow_is_neither_deleted_nor_archived(self):
        policy = self.make_policy(("overdue", 7))
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.refuse(policy.unlink, "Policy", "deleted")
        self.refuse(policy.action_archive, "Policy", "archived", self.company.name)
        other = self.make_policy(("overdue", 7), name="Other")
        policy.action_archive()
        self.refuse(policy.unlink, "Policy", "deleted")
        self.collect("2024-11-11")
        self.assertEqual(self.get_case(account).policy_id, other)
        self.refuse(other.action_archive, "Other")

    def test_case_C5_a_policy_that_is_followed_by_tag_or_by_name_is_not_archived(self):
        tag = self.env["res.partner.category"].create({"name": "Public bodies"})
        by_tag = self.make_policy(("overdue", 7), name="By Tag", category_ids=[Command.set(tag.ids)])
        by_name = self.make_policy(("overdue", 7), name="By Name")
        self.make_policy(("overdue", 7))
        tagged_account, named = self.make_account(), self.make_account("Alan Turing", collection_policy_id=by_name.id)
        tagged_account.partner_id.category_id = tag
        self.owe(tagged_account, "2024-11-01")
        self.collect("2024-11-10")
        self.refuse(by_tag.action_archive, "By Tag", tagged_account.name)
        self.refuse(by_name.action_archive, "By Name", named.name)
        tagged_account.partner_id.category_id = False
        by_tag.action_archive()

    def test_case_C5_a_policy_that_vanished_all_the_same_is_replaced_and_the_case_says_so(self):
        company = self.make_policy(("overdue", 7), name="Company")
        own = self.make_policy(("overdue", 7), name="Own")
        self.company.default_collection_policy_id = company
        account = self.make_account(collection_policy_id=own.id)
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        case = self.get_case(account)
        self.assertEqual(case.policy_id, own)
        self.cr.execute("UPDATE billing_collection_policy SET active = FALSE WHERE id = %s", [own.id])
        own.invalidate_recordset()
        self.collect("2024-11-11")
        self.assertEqual(case.policy_id, company)
        note = case.entry_ids.filtered(lambda entry: entry.state == "note")
        self.assertIn("Company", note.name)
        self.assertIn("Own", note.name)

    def test_case_C5_a_step_that_was_had_is_archived_and_not_deleted(self):
        policy = self.make_policy(("overdue", 7), ("overdue", 14), ("overdue", 40))
        first, second, third = policy.step_ids
        account = self.make_account()
        self.owe(account, "2024-11-01")
        self.collect("2024-11-10")
        self.refuse(first.unlink, "Step 1", account.name)
        self.refuse(lambda: policy.write({"step_ids": [Command.delete(first.id)]}), "Step 1")
        first.action_archive()
        third.unlink()  # nobody has come so far
        self.assertEqual(policy.step_ids, second)

    def test_case_C5_the_text_of_a_step_stays(self):
        text = self.text.copy({"name": "Own text"})
        policy = self.make_policy(("overdue", 7, {"template_id": text.id}))
        self.refuse(text.unlink, "Own text", "Step 1")
        self.refuse(lambda: text.write({"active": False}), "Own text", "Step 1")
        self.company.default_collection_policy_id = False
        policy.action_archive()
        text.write({"active": False})

    def test_case_C5_a_journal_a_term_and_a_write_off_account_that_are_chosen_stay(self):
        journal = self.env["account.journal"].create({"name": "Subscriptions", "code": "SUBS", "type": "sale"})
        term = self.env["account.payment.term"].create({"name": "Ten days"})
        account = self.make_account(journal_id=journal.id, payment_term_id=term.id)
        expense = self.env["account.account"].create({"name": "Bad debts", "code": "BAD1", "account_type": "expense"})
        self.company.billing_write_off_account_id = expense
        for record in (journal, term):
            self.refuse(record.unlink, record.display_name, account.name)
            self.refuse(lambda record=record: record.write({"active": False}), record.display_name, account.name)
        self.refuse(expense.unlink, "Bad debts", self.company.name)
        account.write({"journal_id": False, "payment_term_id": False})
        journal.write({"active": False})

    def test_case_C5_a_code_that_a_plan_sells_is_not_archived(self):
        code = self.make_code("SEAT")
        plan = self.make_plan(code)
        self.refuse(code.action_archive, code.display_name)
        self.refuse(code.unlink, code.display_name)
        plan.action_archive()
        code.action_archive()
