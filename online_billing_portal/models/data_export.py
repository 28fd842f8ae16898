from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import Life

ASKED, MAKING, READY, EXPIRED, FAILED = "asked", "making", "ready", "expired", "failed"


class BillingDataExport(models.Model):
    """All that is held on a customer in accounts of one company, as files that the customer downloads for some days.

    The row stays when its files are deleted: who asked for what, and when.
    """

    _name = "billing.data.export"
    _description = "Export of a Customer's Data"
    _inherit = ["billing.guarded"]
    _order = "id desc"
    _rec_name = "customer_id"
    _check_company_auto = True
    _life = Life(by_event=True)

    customer_id = fields.Many2one("res.partner", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one("res.company", required=True, index=True)
    person_id = fields.Many2one(
        "res.partner",
        string="Asked By",
        required=True,
        ondelete="restrict",
        help="Who of the customer asked, and is mailed when it is ready.",
    )
    account_ids = fields.Many2many(
        "billing.account",
        "billing_data_export_account_rel",
        "export_id",
        "account_id",
        string="Accounts",
        check_company=True,
        help="Those that the person owned when asking. Whoever does not own all of them cannot download it.",
    )
    state = fields.Selection(
        [
            (ASKED, "Asked For"),
            (MAKING, "Being Made"),
            (READY, "Ready"),
            (EXPIRED, "Deleted"),
            (FAILED, "Failed"),
        ],
        string="Status",
        required=True,
        default=ASKED,
        index=True,
        help="Asked for: waits for the scheduled action. Being made: batch by batch. Ready: the customer has been"
        " mailed. Deleted: its days are over, and the files are gone. Failed: see the reason.",
    )
    part_ids = fields.Many2many(
        "ir.attachment",
        "billing_data_export_attachment_rel",
        "export_id",
        "attachment_id",
        string="Files",
        copy=False,
        bypass_search_access=True,
        groups="base.group_system",
    )
    part_count = fields.Integer(string="Number of Files", readonly=True)
    document_total = fields.Integer(string="Documents", help="How many documents it will hold.")
    document_done = fields.Integer(string="Documents Done", help="So many of the invoices are in the file already.")
    stage = fields.Integer(help="Which kind of document is being added.")
    last_number = fields.Integer(help="The last document of that kind that was added.")
    ready_on = fields.Datetime(string="Ready Since")
    expires_on = fields.Datetime(string="Deleted On", help="Then the files are deleted.")
    reason = fields.Char(help="Why it could not be made.")

    _due_idx = models.Index("(id) WHERE state IN ('asked', 'making', 'ready')")

    @api.model
    def _get_life_advice(self):
        return self.env._("Customers ask for an export on their own page; it is made and deleted by itself.")

    @api.depends("customer_id")
    def _compute_display_name(self):
        for export in self:
            day = export.create_date.date() if export.create_date else ""
            export.display_name = f"{export.customer_id.name or ''} {day}".strip()

    def action_retry(self):
        """Have failed exports made anew."""
        self.check_access("read")
        self.env["billing.data.exporting"].retry(self)

    @api.model
    def _cron_export(self):
        self.env["billing.data.exporting"].work()
