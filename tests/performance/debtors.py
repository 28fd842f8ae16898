"""The same debtors for every case of collection: each has one overdue invoice, a copy of one that Odoo posted."""

from __future__ import annotations

from datetime import timedelta

from odoo.fields import Command

from tests.performance.business import DAY, Business, clone

DAYS_OVERDUE = 15


class Debtors(Business):
    """Customers who have not paid."""

    def make_overdue(self, count: int, with_accounts: bool = False, of_one_customer: bool = False) -> int:
        """Make ``count`` customers with an overdue invoice each; return the id before the first copied invoice.

        :param with_accounts: each customer has a billing account, to which the invoice belongs
        :param of_one_customer: all invoices are of the first customer
        """
        env, cr = self.env, self.env.cr
        self.company.email = "billing@seller.example.com"  # nothing is sent for a company without an address
        customers = 1 if of_one_customer else count
        partners = self.make_partners(customers)
        accounts = self._make_debtor_accounts(partners, customers) if with_accounts else None
        owner = "1" if of_one_customer else "n"
        vals = self.invoice_values(self.make_products(), partners + 1, 1)
        due = DAY - timedelta(days=DAYS_OVERDUE)
        vals.update(invoice_date=due - timedelta(days=30), invoice_date_due=due)
        seed = env["account.move"].create(vals)
        seed._post(soft=False)
        env.flush_all()
        name = f"'{seed.sequence_prefix}' || lpad((n + 1)::text, 5, '0')"
        partner = f"{partners} + {owner}"
        moves = clone(
            cr,
            "account_move",
            seed.id,
            count,
            {
                "name": name,
                "payment_reference": name,
                "sequence_number": "n + 1",
                "partner_id": partner,
                "commercial_partner_id": partner,
                "partner_shipping_id": partner,
                "invoice_partner_display_name": "'Customer ' || n",
                **({"billing_account_id": f"{accounts} + {owner}"} if accounts is not None else {}),
            },
        )
        self.clone_lines(seed, count, {"move_id": f"{moves} + n", "move_name": name, "partner_id": partner})
        # the first one was the pattern; it is nobody's debt
        seed.button_draft()
        seed.button_cancel()
        env.flush_all()
        env.invalidate_all()
        return moves

    # ---- ours

    def make_overdue_of_accounts(self, count: int) -> None:
        """The same debtors with accounts, under a policy with a first reminder by mail ten days after the due date."""
        self.make_overdue(count, with_accounts=True)
        text = self.env.ref("online_billing.mail_template_first")
        step = {"name": "First reminder", "trigger": "overdue", "days": 10, "template_id": text.id}
        self.company.default_collection_policy_id = self.env["billing.collection.policy"].create(
            {"name": "Bench", "hour": 0, "quiet_weekend": False, "step_ids": [Command.create(step)]}
        )

    def _make_debtor_accounts(self, partners: int, count: int) -> int:
        """Make an account per customer; return the id before the first one."""
        seed = self.env["billing.account"].create({"partner_id": partners + 1, "timezone": "UTC"})
        seed.action_activate()
        self.env.flush_all()
        values = {"name": "'B' || n", "partner_id": f"{partners} + n"}
        return clone(self.env.cr, "billing_account", seed.id, count, values)

    # ---- OCA account_credit_control

    def make_policy_of_credit_control(self) -> None:
        """Its own policy with a first reminder by mail ten days after the due date, for the whole company."""
        policy = self.env.ref("account_credit_control.credit_control_3_time")
        receivable = self.env["account.account"].search(
            [("account_type", "=", "asset_receivable"), ("company_ids", "in", self.company.ids)]
        )
        policy.account_ids = receivable
        self.company.credit_policy_id = policy
        # its PDF is left out on both sides: a reminder is a text with a table and a link
        policy.level_ids.email_template_id.report_template_ids = False
