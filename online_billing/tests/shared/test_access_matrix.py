from odoo.tests import tagged

from . import matrix_common

# where Odoo keeps what the billing writes of a customer
OF_ODOO = (
    "account.move",
    "account.move.line",
    "account.payment",
    "ir.attachment",
    "mail.message",
    "payment.token",
    "payment.transaction",
    "res.partner",
)


@tagged("post_install", "-at_install")
class TestAccessMatrix(matrix_common.MatrixCase):
    """This addon's own cells, and what of a customer stands in Odoo's own models."""

    def get_probed_models(self):
        move = self.records["account.move"]
        note = {"body": "A word of staff", "subtype_xmlid": "mail.mt_note"}
        message = move.message_post(**note)
        self.records |= {"mail.message": message, "account.move.line": move.line_ids[:1]}
        return [*super().get_probed_models(), *OF_ODOO]
