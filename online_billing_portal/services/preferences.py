"""What a customer decides alone: how documents come, in which forms, to whom, and who of them sees the account."""

from odoo import api, models
from odoo.addons.online_billing.models.accounts.account_recipient import DEBITS, INVOICES, KINDS, RECEIPTS, REMINDERS
from odoo.exceptions import UserError

from ..models.account_member import NOBODY, OWNER, PAYER, VIEWER

ROLES = (OWNER, PAYER, VIEWER, NOBODY)
MOST_PEOPLE = 200
#: of more, those who are not chosen stand behind a click
MOST_AT_ONCE = 10


class BillingPortalPreferences(models.AbstractModel):
    _name = "billing.portal.preferences"
    _description = "Preferences of a Customer"

    @api.private
    def get_page(self, account):
        """Return what can be chosen, and what is chosen.

        :param account: a `billing.account` (elevated) of which the visitor is an owner
        """
        people = self._get_people(account)
        formats = self.env["billing.document.format"].sudo().search([])  # sudo: names of formats
        chosen = account.document_format_ids or account.company_id.billing_document_format_ids
        return {
            "channels": [
                (value, label)
                for value, label in account._fields["delivery_channel"]._description_selection(self.env)
                # letters cost the company something: whoever gets none cannot ask for them here
                if value != "letter" or account.delivery_channel == "letter"
            ],
            # text messages cost the company something: customers choose them where it has
            "notice_channels": account._fields["debit_notice_channel"]._description_selection(self.env)
            if "sms" in (account.debit_notice_channel, account.company_id.billing_debit_notice_channel)
            else [],
            "chosen_notice_channel": self.env["billing.debit.news"].get_channel(account),
            "formats": formats.filtered(lambda one: not one.obstacle),
            "chosen_formats": chosen or formats.filtered(lambda one: one.code == "pdf"),
            "languages": self.env["res.lang"].get_installed(),
            "people": people,
            "are_many": len(people) > MOST_AT_ONCE,
            # whoever gets documents now may be somebody else besides, as a bookkeeper
            "recipients": people | account.recipient_ids.partner_id,
            "kinds": self._get_kinds(),
            "chosen_recipients": {
                kind: account.recipient_ids.filtered(name).partner_id.ids for kind, name in KINDS.items()
            },
            "roles": {member.partner_id: member.role for member in account.member_ids},
            "link_views": account._fields["link_privacy"]._description_selection(self.env),
            "chosen_link_view": account.link_privacy or account.company_id.billing_link_privacy,
            "role_labels": self.env["billing.account.member"]._fields["role"]._description_selection(self.env),
        }

    def _get_kinds(self):
        """Return [(what a recipient may get, in words)]."""
        _ = self.env._
        return [
            (INVOICES, _("Invoices")),
            (RECEIPTS, _("Receipts")),
            (REMINDERS, _("Reminders")),
            (DEBITS, _("Automatic payment")),
        ]

    @api.private
    def save_delivery(self, account, channel, codes, language, recipient_ids, notice_channel=None):
        """Keep how documents come.

        :param account: a `billing.account` (elevated) of which the visitor is an owner
        :param str channel: "email", "portal", or "letter" where it is that already
        :param list codes: of `billing.document.format`
        :param str language: code of an installed language
        :param dict recipient_ids: {one of KINDS: ids of the contacts of the customer who get it}; where there are none
            at all, the customer itself gets everything
        :param str notice_channel: "email" or "sms" for notices of debits, where the page offers it; none as it was
        :raise UserError: something cannot be chosen, or a form is chosen anew that lacks something; the caller takes
            back what is written then
        """
        page = self.get_page(account)
        if channel not in dict(page["channels"]):
            raise UserError(self.env._("Choose how your documents should come."))
        formats = page["formats"].filtered(lambda one: one.code in codes)
        if not formats:
            raise UserError(self.env._("Choose at least one form in which you want your documents."))
        if language not in dict(page["languages"]):
            raise UserError(self.env._("Choose one of the languages."))
        recipients = page["recipients"].filtered(lambda one: any(one.id in ids for ids in recipient_ids.values()))
        # who was chosen by staff for letters keeps nobody from changing anything else
        is_same_way = channel == account.delivery_channel
        asked = recipients - account.recipient_ids.partner_id if is_same_way else recipients
        self._check_addresses(asked)
        was_reached = is_same_way and account._get_billing_recipients(INVOICES).filtered("email")
        is_new = bool(formats - page["chosen_formats"])
        account.write(
            {
                "delivery_channel": channel,
                "document_format_ids": [(6, 0, formats.ids)],
            }
        )
        self._save_recipients(account, recipients, recipient_ids)
        if channel == "email" and (was_reached or not is_same_way):
            self._check_addresses(account._get_billing_recipients(INVOICES))
        if notice_channel and notice_channel != page["chosen_notice_channel"]:
            self._save_notice_channel(account, notice_channel, page["notice_channels"])
        if is_new:
            self._check_formats(account)
        if account.partner_id.lang != language:
            account.partner_id.lang = language
            if account.partner_id.user_ids:
                # Odoo keeps the language of a user at hand, and lets go of it only where the user is written
                self.env.registry.clear_cache()

    def _check_addresses(self, people):
        if without := people.filtered(lambda one: not one.email):
            raise UserError(
                self.env._(
                    "%(person)s has no e-mail address. Add it under your addresses first.", person=without[0].name
                )
            )

    def _save_recipients(self, account, recipients, recipient_ids):
        rows = {row.partner_id: row for row in account.recipient_ids}
        for person in recipients:
            gets = {name: person.id in recipient_ids.get(kind, ()) for kind, name in KINDS.items()}
            if person in rows:
                rows[person].write(gets)
            else:
                account.recipient_ids.create({"account_id": account.id, "partner_id": person.id, **gets})
        account.recipient_ids.filtered(lambda row: row.partner_id not in recipients).unlink()

    def _save_notice_channel(self, account, notice_channel, offered):
        if notice_channel not in dict(offered):
            raise UserError(self.env._("Choose how we should tell you of debits."))
        account.debit_notice_channel = notice_channel
        if notice_channel == "sms" and self.env["billing.debit.news"].get_channel(account) != "sms":
            raise UserError(
                self.env._(
                    "Nobody who is told of automatic payment has a telephone number for text messages. Add it under"
                    " your addresses first."
                )
            )

    def _check_formats(self, account):
        """Refuse forms in which no document could be made: as activation does, so that no invoice waits for it."""
        by_customer, by_company = account._get_format_obstacles()
        if by_customer:
            raise UserError(
                self.env._(
                    "These forms cannot be made yet: %(reasons)s Mend that under your addresses first.",
                    reasons=" ".join(by_customer),
                )
            )
        if by_company:
            raise UserError(
                self.env._(
                    "One of these forms cannot be made yet, for something that we have to enter. Please write to us"
                    " under Questions that you want it, and choose the others meanwhile."
                )
            )

    @api.private
    def save_people(self, account, is_open, roles, link_view=None):
        """Keep who of the customer sees the account, and what a link shows to anybody else.

        :param bool is_open: whether every colleague who can log in does
        :param dict roles: {contact id: role, or empty for none of their own}
        :param str link_view: "all", "amount" or "nothing"; none as it was
        :raise UserError: a role does not exist, nothing like it can be shown, or nobody would be left to decide; the
            caller takes back what is written then
        """
        if any(role and role not in ROLES for role in roles.values()):
            raise UserError(self.env._("Choose one of the roles."))
        page = self.get_page(account)
        if link_view and link_view not in dict(page["link_views"]):
            raise UserError(self.env._("Choose what a link alone shows."))
        if link_view and link_view != page["chosen_link_view"]:
            account.link_privacy = link_view
        account.is_open_to_colleagues = is_open
        members = {member.partner_id: member for member in account.member_ids}
        for person in self._get_people(account):
            role = roles.get(person.id)
            if role:
                self._set_role(account, person, role, members)
            elif role is not None and person in members:
                members[person].unlink()
        self._check_owner(account)

    @api.private
    def give_role(self, account, person, role):
        """Give one contact of the customer a role on an account.

        :param account: a `billing.account` (elevated) of which the visitor is an owner
        :raise UserError: as of :meth:`save_people`
        """
        self._set_role(account, person, role, {member.partner_id: member for member in account.member_ids})
        self._check_owner(account)

    def _set_role(self, account, person, role, members):
        if person in members:
            members[person].role = role
        else:
            account.member_ids.create({"account_id": account.id, "partner_id": person.id, "role": role})

    def _check_owner(self, account):
        """Refuse to leave an account without anybody who can log in and decide for it.

        :raise UserError: nobody is left; the caller takes back what is written then
        """
        owners = account.member_ids.filtered(lambda member: member.role == OWNER).partner_id
        if not (account.partner_id | account.partner_id.commercial_partner_id | owners).user_ids:
            raise UserError(
                self.env._("Somebody who can log in has to stay an owner. Make a colleague an owner first.")
            )

    def _get_people(self, account):
        """Return the contacts of the customer, and everybody who has a role."""
        found = account.env["res.partner"].search(
            [
                ("commercial_partner_id", "=", account.partner_id.commercial_partner_id.id),
                ("id", "!=", account.partner_id.id),
                ("type", "in", ("contact", "invoice")),
            ],
            order="name, id",
            limit=MOST_PEOPLE,
        )
        return found | account.member_ids.partner_id
