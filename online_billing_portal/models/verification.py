from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names
from odoo.exceptions import ValidationError

ASKED, RECEIVED, ACCEPTED, REFUSED, CANCELLED = "asked", "received", "accepted", "refused", "cancelled"


class BillingVerification(models.Model):
    """A document by which a customer shows who they are: asked for by staff or sent unasked, accepted or refused."""

    _name = "billing.verification"
    _description = "Document for Verification"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True
    _life = Life(
        create=names("account_id kind note user_id"),
        write={ANY: names("user_id"), ASKED: names("note")},
        by_event=True,
    )

    account_id = fields.Many2one(
        "billing.account", required=True, index=True, ondelete="restrict", check_company=True, tracking=True
    )
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True, precompute=True)
    partner_id = fields.Many2one(related="account_id.partner_id", string="Customer")
    kind = fields.Selection(
        [
            ("identity", "Identity card or passport"),
            ("register", "Extract from the commercial register"),
            ("address", "Proof of address"),
            ("tax", "Tax certificate"),
            ("authority", "Power of attorney"),
            ("other", "Another document"),
        ],
        string="Document",
        required=True,
        default="identity",
        tracking=True,
        help="What the customer shows by it.",
    )
    note = fields.Char(string="To the Customer", help="What is wanted, and why; the customer reads it.")
    person_id = fields.Many2one(
        "res.partner",
        string="Sent By",
        ondelete="set null",
        copy=False,
        help="Who of the customer has sent the document, and is told what came of it.",
    )
    attachment_ids = fields.Many2many(
        "ir.attachment",
        "billing_verification_attachment_rel",
        "verification_id",
        "attachment_id",
        string="Files",
        copy=False,
        bypass_search_access=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Checked By",
        domain=[("share", "=", False)],
        help="Who looks at it. By default whoever looks after the account.",
    )
    state = fields.Selection(
        [
            (ASKED, "Asked For"),
            (RECEIVED, "Received"),
            (ACCEPTED, "Accepted"),
            (REFUSED, "Refused"),
            (CANCELLED, "Not Needed"),
        ],
        string="Status",
        required=True,
        default=ASKED,
        copy=False,
        index=True,
        tracking=True,
        help="Asked for: the customer has been mailed. Received: somebody looks at it. Accepted: the account is"
        " verified. Refused: the customer was told why, and may send another one.",
    )
    reason = fields.Text(string="Why Refused", copy=False, help="The customer reads it.")
    received_on = fields.Datetime(copy=False)
    decided_on = fields.Datetime(copy=False)

    @api.depends("kind", "account_id")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for one in self:
            one.display_name = f"{kinds.get(one.kind, '')}: {one.account_id.display_name or ''}"

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        self.env["billing.verifying"].begin(made)
        return made

    @api.model
    def _complete_values(self, vals_list):
        for vals in vals_list:
            account = self.env["billing.account"].browse(vals.get("account_id")).exists()
            if account:
                vals.setdefault("user_id", account._get_collector().id)
        return vals_list

    @api.model
    def _get_life_advice(self):
        return self.env._("Use the buttons: accept, refuse with a reason, or ask for a new document.")

    def copy_data(self, default=None):
        """Refuse: whoever needs another document asks for it anew."""
        raise ValidationError(self.env._("A document cannot be duplicated. Ask for a new one."))

    # -- buttons ------------------------------------------------------------------------------------------------------

    def action_accept(self):
        """Accept documents: their accounts are verified, unless another one is still wanted."""
        self.check_access("write")
        self.env["billing.verifying"].accept(self)

    def action_refuse(self):
        """Ask why, tell the customer, and let them send another document."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Refuse a Document"),
            "res_model": "billing.verification.refusal",
            "view_mode": "form",
            "target": "new",
            "context": {"default_verification_id": self.id},
        }

    def action_cancel(self):
        """Take back what was asked for."""
        self.check_access("write")
        self.env["billing.verifying"].cancel(self)

    def action_reopen(self):
        """Take back a decision: the document waits again."""
        self.check_access("write")
        self.env["billing.verifying"].reopen(self)
