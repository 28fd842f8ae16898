from odoo import api, fields, models
from odoo.addons.online_billing.models.shared.guarded import Life, names
from odoo.exceptions import AccessError

MANAGER = "online_billing.group_billing_manager"
ASKED, REFUSED, WITHDRAWN, DONE = "asked", "refused", "withdrawn", "done"
#: whether whoever asked knows that it is done
WAITING, TOLD, NOT_TOLD, CLOSED = "waiting", "told", "not_told", "closed"


class BillingErasure(models.Model):
    """A customer's request to have their data erased, and what became of it."""

    _name = "billing.erasure"
    _description = "Request for Erasure"
    _inherit = ["billing.guarded", "mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "customer_id"
    _life = Life(create=names("customer_id contact_id company_id person_id"), by_event=True)

    customer_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        index=True,
        ondelete="restrict",
        domain=[("parent_id", "=", False)],
        help="Whose data is erased, with those of all contacts, in the accounts of this company.",
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Only This Contact",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('commercial_partner_id', '=', customer_id), ('id', '!=', customer_id)]",
        help="Whoever has left a customer: what is held on them alone is erased. The customer, its accounts and its"
        " documents stay. Empty: the whole customer is erased.",
    )
    company_id = fields.Many2one("res.company", required=True, index=True, default=lambda self: self.env.company)
    person_id = fields.Many2one(
        "res.partner", string="Asked By", ondelete="restrict", help="Who of the customer asked; empty: by letter."
    )
    state = fields.Selection(
        [(ASKED, "Asked For"), (REFUSED, "Refused"), (WITHDRAWN, "Withdrawn"), (DONE, "Done")],
        string="Status",
        required=True,
        default=ASKED,
        copy=False,
        index=True,
        tracking=True,
        help="Asked for: a manager decides. Refused: the customer was told why. Withdrawn: by the customer. Done: what"
        " the law does not keep is erased; the rest is erased once its time is over.",
    )
    reason = fields.Text(string="Why Refused", copy=False, help="The customer reads it.")
    kept_until = fields.Date(
        copy=False,
        tracking=True,
        help="So long the law keeps the documents, with name, address and tax number of the customer. Empty: nothing is"
        " kept any more.",
    )
    is_shared = fields.Boolean(
        string="Contact Data Stays",
        copy=False,
        tracking=True,
        help="Another company here has the customer still, or they work here. It goes once that is over.",
    )
    stays = fields.Text(string="Why It Stays", compute="_compute_stays", help="The customer reads it.")
    look_on = fields.Date(
        string="Next Look", copy=False, help="When the scheduled action looks whether more can be erased."
    )
    decided_by_id = fields.Many2one("res.users", string="Decided By", copy=False)
    decided_on = fields.Datetime(copy=False)
    erased_on = fields.Datetime(string="Last Erased On", copy=False)
    telling = fields.Selection(
        [
            (WAITING, "Being Mailed"),
            (TOLD, "Mailed"),
            (NOT_TOLD, "Could Not Be Mailed"),
            (CLOSED, "Letter Written, or Closed"),
        ],
        string="Customer Told",
        copy=False,
        tracking=True,
        help="Whether whoever asked was mailed that it is done. Empty: nobody was to be mailed. A mail that cannot be"
        " delivered within seven days is deleted with its address, and a manager has the task to write a letter.",
    )
    telling_mail_id = fields.Many2one(
        "mail.mail", string="Last Mail", ondelete="set null", copy=False, groups="base.group_system"
    )
    mail_ids = fields.Many2many("mail.mail", string="Mails", copy=False, groups="base.group_system")
    tell_at = fields.Text(
        string="Write To",
        compute="_compute_tell_at",
        help="By letter. Empty: no name and address are kept, so that nobody can be written to.",
    )
    mails_until = fields.Date(
        string="Mails Deleted On", copy=False, help="A mail to an erased address that waits still is deleted then."
    )

    _one_at_a_time = models.UniqueIndex(
        "(customer_id, company_id) WHERE state = 'asked' AND contact_id IS NULL",
        "There is a request of this customer already.",
    )
    _contact_one_at_a_time = models.UniqueIndex(
        "(contact_id, company_id) WHERE state = 'asked' AND contact_id IS NOT NULL",
        "There is a request of this contact already.",
    )
    _look_idx = models.Index("(look_on) WHERE look_on IS NOT NULL")
    _mails_idx = models.Index("(mails_until) WHERE mails_until IS NOT NULL")
    _telling_mail_idx = models.Index("(telling_mail_id) WHERE telling_mail_id IS NOT NULL")

    @api.depends("customer_id", "contact_id")
    def _compute_display_name(self):
        for erasure in self:
            erasure.display_name = erasure._get_subject().display_name

    @api.depends("customer_id", "contact_id", "company_id", "state", "is_shared")
    @api.depends_context("lang", "uid")
    def _compute_stays(self):
        keeping, seen = self.env["billing.erasure.keeping"], self.env.user.company_ids
        for erasure in self:
            is_open = erasure.state == ASKED or erasure.is_shared
            subject = erasure._get_subject()
            reasons = keeping.get_reasons(subject, erasure.company_id, seen) if subject and is_open else ()
            erasure.stays = "\n".join(reasons)

    @api.depends("telling", "person_id", "contact_id", "customer_id")
    def _compute_tell_at(self):
        """Read it of what is kept, at every look: on the request itself it would outlive its time."""
        for erasure in self:
            known = erasure.sudo()  # sudo: address of a contact, for whoever may read the request
            people = known.person_id.browse()
            if erasure.telling == NOT_TOLD:
                # what a person asked for themselves is no business of the customer whom they belong to
                is_own = known.contact_id and known.contact_id == known.person_id
                people = known.person_id if is_own else known.person_id | known.customer_id
            person = people.filtered(lambda one: one.street or one.zip or one.city)[:1]
            lines = [person.name, *person._display_address(without_company=True).split("\n")] if person else ()
            erasure.tell_at = "\n".join(line.strip() for line in lines if line.strip())

    @api.model_create_multi
    def create(self, vals_list):
        erasures = super().create(vals_list)
        self.env["billing.erasing"].begin(erasures)
        return erasures

    @api.model
    def _get_life_advice(self):
        return self.env._("Use the buttons: erase, or refuse with a reason.")

    def _get_subject(self):
        """Return whose data is erased: one contact, or the customer with all of them."""
        return self.contact_id or self.customer_id.commercial_partner_id

    def _check_decider(self):
        """Refuse whoever does not decide requests.

        :raise AccessError: the user is no billing manager, or may not see them
        """
        self.check_access("write")
        if not self.env.su and not self.env.user.has_group(MANAGER):
            raise AccessError(self.env._("Only billing managers decide this. Ask one of them."))

    def action_decide(self):
        """Show what would be erased, what is kept and what must end first; erase it there, or refuse."""
        self.ensure_one()
        self.check_access("write")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Erase a Customer's Data"),
            "res_model": "billing.erasure.decision",
            "view_mode": "form",
            "target": "new",
            "context": {"default_erasure_id": self.id},
        }

    def action_close_telling(self):
        """Note that whoever could not be mailed was written a letter, or cannot be told."""
        self.ensure_one()
        self.env["billing.erasure.telling"].close(self)

    @api.model
    def _cron_erase(self):
        self.env["billing.erasure.telling"].work()
        self.env["billing.erasure.days"].work()
