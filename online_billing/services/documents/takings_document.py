"""Turn the closing list of a day into the texts of a printed list."""

from odoo import api, models

from .pdf_document import Column, Row, Total
from .pdf_layout import draw


class BillingDocumentDrawing(models.AbstractModel):
    _inherit = "billing.document.drawing"

    @api.private
    def draw_closing(self, company, title, closing):
        """Return the PDF of a closing list, in the language of whoever prints it.

        :param dict closing: as `billing.cash.closing.list` returns it
        """
        env = self.env
        document = self._get_letter(env, company, company.partner_id.browse(), title)
        document.columns = [
            Column(env._("Number"), 0.2, right=False),
            Column(env._("Customer"), None, right=False),
            Column(env._("Remark"), 0.28, right=False),
            Column(env._("Amount"), 0.16),
        ]
        document.rows = [row for group in closing["groups"] for row in self._get_closing_rows(group)]
        document.totals = [
            Total(
                env._("%(journal)s, payments: %(count)s", journal=one["label"], count=one["count"]), one["total"], True
            )
            for one in closing["sums"]
        ]
        if not closing["groups"]:
            document.text = [env._("Nothing was taken on this day.")]
        document.notes = [env._("Cashier: ____________________        Checked by: ____________________")]
        return draw(document, whole=False)  # a list for the till: Odoo has no report that could stand in

    def _get_closing_rows(self, group):
        head = ", ".join(text for text in (group["cashier"], group["journal"], group["way"]) if text)
        yield Row((head, "", "", group["total"]), kind="section")
        for row in group["rows"]:
            remark = ", ".join(text for text in (row["cheque"], row["memo"], row["state"]) if text)
            yield Row((row["number"], row["customer"], remark, row["amount"]))
