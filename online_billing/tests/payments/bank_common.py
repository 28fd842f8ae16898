"""Transfers on bank statements, matched with customers as Odoo's own tests and OCA's widget do it."""

import importlib.util
from unittest.mock import patch

from odoo.fields import Command
from odoo.tools.misc import file_path

from ..receivables.receivables_common import ReceivablesCase


class BankCase(ReceivablesCase):
    def make_second_account(self):
        account = self.env["billing.account"].create(
            {"partner_id": self.account.partner_id.id, "timezone": "UTC", "delivery_channel": "portal"}
        )
        account.action_activate()
        return account

    def match_from_bank(self, amount, customers, payment=None, **vals):
        """Return the receivable items of a transfer that is matched with customers and settles their documents.

        :param dict customers: {partner: the document that is settled, or None}
        :param payment: an `account.payment` with an outstanding account that the same transfer brings
        """
        journals = self.env["account.journal"]
        journal = journals.search([("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1)
        statement_line = self.env["account.bank.statement.line"].create(
            {"journal_id": journal.id, "date": "2026-11-10", "payment_ref": "Transfer", "amount": amount, **vals}
        )
        _liquidity, suspense, _others = statement_line._seek_for_lines()
        receivable = self.account.partner_id.property_account_receivable_id.id
        if len(customers) == 1 and not payment:
            suspense.write({"account_id": receivable, "partner_id": next(iter(customers)).id})
            lines = suspense
        else:
            rows = [(receivable, partner.id, move.amount_total) for partner, move in customers.items()]
            if payment:
                rows.append((payment.outstanding_account_id.id, payment.partner_id.id, payment.amount))
            commands = [
                Command.create(
                    {
                        "account_id": account_id,
                        "partner_id": partner_id,
                        "name": "Transfer",
                        "balance": -part,
                        "amount_currency": -part,
                        "currency_id": statement_line.currency_id.id,
                    }
                )
                for account_id, partner_id, part in rows
            ]
            statement_line.move_id.with_context(force_delete=True, skip_readonly_check=True).write(
                {"line_ids": [Command.delete(suspense.id), *commands]}
            )
            lines = statement_line.move_id.line_ids.filtered(lambda line: line.account_id.id == receivable)
        if payment:
            outstanding = payment.outstanding_account_id
            both = statement_line.move_id.line_ids | payment.move_id.line_ids
            both.filtered(lambda line: line.account_id == outstanding).reconcile()
        for partner, document in customers.items():
            if document:
                self.settle(lines.filtered(lambda line, partner=partner: line.partner_id == partner), document)
        return lines

    def pay_before(self, partner, amount):
        """Return a payment with an entry on an outstanding account, that waits for the bank."""
        journal = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        values = {"name": "Outstanding", "code": "OUT2", "account_type": "asset_current", "reconcile": True}
        journal.inbound_payment_method_line_ids.payment_account_id = self.env["account.account"].create(values)
        return self.pay(partner, amount, date="2026-11-08")

    def settle(self, lines, document):
        """Reconcile receivable items with those of a document."""
        both = lines | document.line_ids
        both.filtered(lambda line: line.account_id.account_type == "asset_receivable").reconcile()

    def pay_without_entry(self, invoice, **vals):
        """Return a payment as Odoo's accounting makes it, that waits for the bank without an entry."""
        register = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        wizard = register.create({"payment_date": "2026-11-08", **vals})
        wizard.payment_method_line_id.payment_account_id = False
        with patch.object(self.registry["account.move"], "_get_invoice_in_payment_state", lambda move: "in_payment"):
            return wizard._create_payments()

    def run_migration(self, path):
        place = file_path(f"online_billing/migrations/{path}")
        spec = importlib.util.spec_from_file_location("migration_of_test", place)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        script.migrate(self.env.cr, "19.0.1.0.0")
        self.env.invalidate_all()
