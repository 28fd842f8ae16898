from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import email_normalize


class BillingNewCustomer(models.TransientModel):
    """Open an account for a new customer and subscribe it to a plan, in one go."""

    _name = "billing.new.customer"
    _description = "New Customer"
    _check_company_auto = True

    name = fields.Char(required=True, help="Of the person or company that is billed.")
    email = fields.Char(string="E-mail", help="Invoices and receipts go there.")
    company_id = fields.Many2one("res.company", required=True, default=lambda self: self.env.company)
    plan_id = fields.Many2one(
        "billing.plan",
        check_company=True,
        default=lambda self: self._get_only_plan(),
        help="What the customer subscribes to. Empty: the account is opened, and nothing is subscribed yet.",
    )
    start_date = fields.Date(
        string="First Day",
        required=True,
        default=fields.Date.context_today,
        help="First day of service. It may lie in the past: the periods since then are on the first bill.",
    )
    namesake_ids = fields.Many2many("res.partner", compute="_compute_namesakes", string="Contacts of This Name")
    namesakes = fields.Text(compute="_compute_namesakes", help="Contacts of the same name, without another address.")
    is_known = fields.Selection(
        [("yes", "The customer is one of them"), ("no", "The customer is somebody else")],
        compute="_compute_choice",
        store=True,
        readonly=False,
        string="Who Is It",
        help="For one of them an account is opened; for somebody else a new contact is made.",
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_choice",
        store=True,
        readonly=False,
        help="The contact for whom the account is opened.",
    )
    account_id = fields.Many2one("billing.account", readonly=True, help="What was made by this dialogue.")

    @api.depends("name", "email", "company_id")
    def _compute_namesakes(self):
        for wizard in self:
            found = self.env["billing.account.lookup"].find_namesakes(wizard.name, wizard.email, wizard.company_id)
            wizard.namesake_ids = found
            wizard.namesakes = "\n".join(wizard._describe(partner) for partner in found)

    def _describe(self, partner):
        """Return who a contact is: the name, where mails go, the town, and the accounts."""
        accounts = partner.billing_account_ids.filtered(lambda account: account.company_id == self.company_id)
        names = [self.env._("account %(number)s", number=account.name) for account in accounts]
        parts = [partner.name, partner.email, partner.city, *names]
        return ", ".join(part for part in parts if part)

    @api.depends("namesake_ids")
    def _compute_choice(self):
        """Ask anew whenever others come into question."""
        for wizard in self:
            wizard.is_known = False
            wizard.partner_id = wizard.namesake_ids[:1]

    @api.model
    def _get_only_plan(self):
        """Propose the plan where there is only one."""
        plans = self.env["billing.plan"].search([("company_id", "=", self.env.company.id)], limit=2)
        return plans if len(plans) == 1 else plans.browse()

    def action_create(self):
        """Make the customer, an account that is active, and a subscription that runs; open the account.

        Whoever presses the button once more, because the answer was lost, gets to the same account.
        """
        self.ensure_one()
        self.account_id = self.account_id or self._create_account()
        return {
            "type": "ir.actions.act_window",
            "res_model": "billing.account",
            "res_id": self.account_id.id,
            "views": [(False, "form")],
        }

    def _create_account(self):
        if self.email and not email_normalize(self.email):
            raise UserError(
                self.env._(
                    "Nothing can be mailed to “%(address)s”. Correct it, or leave it empty: invoices are then printed"
                    " as letters.",
                    address=self.email,
                )
            )
        partner = self._get_customer()
        account = self.env["billing.account"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company_id.id,
                "currency_id": self.company_id.currency_id.id,
                "delivery_channel": "email" if partner.email else "letter",
            }
        )
        account.action_activate()
        if self.plan_id:
            subscription = self.env["billing.subscription"].create(
                {"account_id": account.id, "plan_id": self.plan_id.id, "start_date": self.start_date}
            )
            subscription.action_activate()
        return account

    def _get_customer(self):
        """Return the contact whom somebody has chosen, else a new one: programs are asked nothing."""
        if self.is_known != "yes" or not self.partner_id:
            return self.env["res.partner"].create({"name": self.name, "email": self.email, "company_id": False})
        if self.email and not self.partner_id.email:
            self.partner_id.email = self.email
        return self.partner_id
