from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import ANY, Life, names
from odoo.exceptions import ValidationError

OWNER, PAYER, VIEWER, NOBODY = "owner", "payer", "viewer", "nobody"
# each sees and does what those before it do, and more
GROWING = (NOBODY, VIEWER, PAYER, OWNER)


class BillingAccountMember(models.Model):
    """What a person among those of the customer may see and do on an account, in the portal."""

    _name = "billing.account.member"
    _description = "Person of a Billing Account"
    _inherit = ["billing.guarded"]
    _order = "account_id, id"
    _rec_name = "partner_id"
    _check_company_auto = True
    _life = Life(
        create=names("account_id partner_id role"),
        write={ANY: names("role")},
        delete=names(ANY),
    )

    account_id = fields.Many2one("billing.account", required=True, index=True, ondelete="cascade", check_company=True)
    company_id = fields.Many2one(related="account_id.company_id", store=True, index=True)
    partner_id = fields.Many2one("res.partner", string="Person", required=True, index=True, ondelete="cascade")
    role = fields.Selection(
        [(OWNER, "Owner"), (PAYER, "Payer"), (VIEWER, "Viewer"), (NOBODY, "Sees Nothing")],
        required=True,
        default=PAYER,
        help="Owner: sees, pays, agrees to installments and decides who sees the account. Payer: sees, asks, pays and"
        " promises to pay. Viewer: sees, downloads and asks. Sees nothing: also where colleagues see the account.",
    )

    _once = models.Constraint("UNIQUE (account_id, partner_id)", "This person has a role on the account already.")

    @api.constrains("account_id", "partner_id")
    def _check_person_of_the_customer(self):
        for member in self:
            if member.partner_id.commercial_partner_id != member.account_id.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(person)s is no contact of %(customer)s. Choose one of the customer's contacts, or add the"
                        " person to them first.",
                        person=member.partner_id.display_name,
                        customer=member.account_id.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.private
    def leave(self, moved):
        """Take the roles of those who belong to the customer of an account no more.

        :param moved: `res.partner` who belong, with all below them, to another company perhaps
        """
        around = ["|", ("partner_id", "child_of", moved.ids), ("account_id.partner_id", "child_of", moved.ids)]
        members = self.sudo().search(around)  # sudo: whoever moves a contact need not see its accounts
        members.filtered(
            lambda member: member.partner_id.commercial_partner_id != member.account_id.partner_id.commercial_partner_id
        ).unlink()

    # -- whoever loses a role has had links by mail, which ask nobody who they are -------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._turn_links_of_smaller({member: PAYER for member in members if member.account_id.is_open_to_colleagues})
        return members

    def write(self, vals):
        before = {member: member.role for member in self}
        res = super().write(vals)
        self._turn_links_of_smaller(before)
        return res

    def unlink(self):
        accounts = self.filtered(lambda member: member.role != NOBODY).account_id
        res = super().unlink()
        self.env["billing.pay.links"].turn(accounts)
        return res

    def _turn_links_of_smaller(self, before):
        """Turn the links of the accounts on which a role is smaller than before.

        :param before: {member: the role that they had}
        """
        smaller = self.filtered(
            lambda member: member in before and GROWING.index(member.role) < GROWING.index(before[member])
        )
        self.env["billing.pay.links"].turn(smaller.account_id)
