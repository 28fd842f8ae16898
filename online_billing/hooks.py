"""What is to be done when the addon has come, and before it goes: then Odoo deletes what it knows to be its own."""

from .models.payments.account_payment_method import CHEQUE
from .services.posting.number_blocks import drop_table


def post_init_hook(env):
    """Give companies that were there before what those get that are made later: their columns came before the data."""
    companies = env["res.company"].with_context(active_test=False)
    policy = companies._default_billing_retry_policy_id()
    companies.search([("billing_retry_policy_id", "=", False)]).billing_retry_policy_id = policy


def uninstall_hook(env):
    """Leave payments by cheque and files of invoices as they are, and take away what Odoo does not know to be ours.

    Formats can only go when nobody has chosen them any more. What Odoo does not know is the table that is no model's,
    and Odoo's notes of foreign keys, which have no names of their own.
    """
    lines = env["account.payment.method.line"].search([("code", "=", CHEQUE)])
    used = env["account.payment"].search([("payment_method_line_id", "in", lines.ids)]).payment_method_line_id
    used.payment_method_id = env.ref("account.account_payment_method_manual_in")
    for model, name in (("billing.account", "document_format_ids"), ("res.company", "billing_document_format_ids")):
        env[model].with_context(active_test=False).search([(name, "!=", False)])[name] = False
    env["ir.attachment"].search([("billing_format_id", "!=", False)]).billing_format_id = False
    drop_table(env.cr)
    keys = [("module.name", "=", __name__.split(".")[2]), ("type", "=", "f")]
    env["ir.model.constraint"].search(keys).unlink()
