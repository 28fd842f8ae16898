"""What is to be done when the addon goes, before Odoo deletes what it knows to be of the addon."""

from .models.payments.account_payment_method import CHEQUE
from .services.posting.number_blocks import drop_table


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
