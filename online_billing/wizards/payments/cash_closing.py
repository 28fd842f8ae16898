from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools.misc import format_date

MIME = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


class BillingCashClosing(models.TransientModel):
    """Show, print and export what was taken and paid back on a day, by cashier and journal."""

    _name = "billing.cash.closing"
    _description = "Closing List"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    day = fields.Date(
        required=True,
        default=lambda self: self.env["billing.days"].get_day_of_company(self.env.company),
        help="The day on which the payments were confirmed, by the clock of the company; the day on which the money"
        " came stands beside them.",
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Cashiers",
        default=lambda self: self.env.user,
        domain=[("share", "=", False)],
        help="Who entered the payments. Empty: everybody.",
    )
    journal_ids = fields.Many2many(
        "account.journal",
        string="Journals",
        check_company=True,
        domain=[("type", "in", ("cash", "bank", "credit"))],
        help="Tills and bank accounts. Empty: all of them.",
    )
    content = fields.Html(
        compute="_compute_content",
        sanitize=False,
        string="Closing List",
        help="What was entered on the day, and its sums.",
    )

    @api.depends("day")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for closing in self:
            closing.display_name = closing._get_title() if closing.day else self.env._("Closing List")

    @api.depends("company_id", "day", "user_ids", "journal_ids")
    def _compute_content(self):
        for closing in self:
            found = closing._get_list() if closing.day else {"groups": [], "sums": [], "count": 0}
            closing.content = self.env["ir.qweb"]._render("online_billing.cash_closing", {"closing": found})

    def action_print(self):
        """Download the closing list as a PDF."""
        self.check_access("read")
        title, found = self._get_title(), self._get_list()
        return self._download(
            title, "pdf", self.env["billing.document.drawing"].draw_closing(self.company_id, title, found)
        )

    def action_export(self):
        """Download the closing list as a spreadsheet."""
        self.check_access("read")
        title, service = self._get_title(), self.env["billing.cash.closing.list"]
        return self._download(title, "xlsx", service.get_workbook(self._get_list(), title))

    def _get_list(self):
        self.env["account.payment"].check_access("read")
        if self.company_id not in self.env.companies:
            raise AccessError(self.env._("Choose the company first whose closing list you want to see."))
        return self.env["billing.cash.closing.list"].get_list(
            self.company_id, self.day, self.user_ids._origin, self.journal_ids._origin
        )

    def _get_title(self):
        return self.env._("Closing List %(day)s", day=format_date(self.env, self.day))

    def _download(self, title, kind, content):
        """Return the action that downloads a file; it goes with the dialogue."""
        self.ensure_one()
        attachment = self.env["ir.attachment"].create(
            {
                "name": f"{title.replace('/', '-')}.{kind}",
                "raw": content,
                "mimetype": MIME[kind],
                "res_model": self._name,
                "res_id": self.id,
            }
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{attachment.id}?download=true",
            "target": "download",
        }
