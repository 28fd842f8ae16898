from odoo import api, fields, models

from ..shared.guarded import ANY, Life, names

INVOICES, RECEIPTS, REMINDERS, DEBITS = "invoices", "receipts", "reminders", "debits"
#: {what is sent about an account: the field that says whether somebody gets it}
KINDS = {
    INVOICES: "gets_invoices",
    RECEIPTS: "gets_receipts",
    REMINDERS: "gets_reminders",
    DEBITS: "gets_debits",
}


class BillingAccountRecipient(models.Model):
    """Somebody who gets what is sent about an account, all of it or some of it."""

    _name = "billing.account.recipient"
    _description = "Recipient of a Billing Account"
    _inherit = ["billing.guarded"]
    _order = "account_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True
    _life = Life(
        create=names("account_id partner_id gets_invoices gets_receipts gets_reminders gets_debits"),
        write={ANY: names("partner_id gets_invoices gets_receipts gets_reminders gets_debits")},
        delete=names(ANY),
    )

    account_id = fields.Many2one("billing.account", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", string="Recipient", required=True, index=True, ondelete="cascade")
    email = fields.Char(related="partner_id.email", help="Where mails go; it is changed on the contact itself.")
    gets_invoices = fields.Boolean(string="Invoices", default=True, help="Invoices, credit notes, and links to pay.")
    gets_receipts = fields.Boolean(string="Receipts", default=True, help="Receipts for what was paid.")
    gets_reminders = fields.Boolean(
        string="Reminders",
        default=True,
        help="Reminders and other letters, late fees, installment plans and promises to pay.",
    )
    gets_debits = fields.Boolean(
        string="Automatic Payment", default=True, help="What is collected when, and what could not be collected."
    )

    _once = models.Constraint("UNIQUE (account_id, partner_id)", "This person is among the recipients already.")
    _something = models.Constraint(
        "CHECK (gets_invoices OR gets_receipts OR gets_reminders OR gets_debits)",
        "Choose what this person gets, or take them out of the recipients.",
    )

    @api.private
    def join(self, people, kept):
        """Let one person get what several get who are the same, before their rows are put on that person's name.

        Odoo gives up all rows of the others where one of them would be there twice.

        :param people: `res.partner` who become one
        :param kept: the one of them who stays
        """
        rows = self.search([("partner_id", "in", people.ids)])
        for same in rows.grouped("account_id").values():
            first = same.filtered(lambda row: row.partner_id == kept)[:1] or same[:1]
            if len(same) > 1:
                first.write({name: any(same.mapped(name)) for name in KINDS.values()})
                (same - first).unlink()
