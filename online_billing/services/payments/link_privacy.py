"""What the link of a document shows to somebody who has nothing but the link, and how long it does."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...models.payments.account_payment import CONFIRMED_STATES
from ...models.payments.res_company import ALL

# a link lives until its document is settled, and so long after that
LIFE = timedelta(days=90)


class BillingLinkPrivacy(models.AbstractModel):
    _name = "billing.link.privacy"
    _description = "What a Link Alone Shows"

    @api.private
    def get_shown(self, account, user):
        """Return what a visitor with a link sees of an account: "all", "amount" (with the due day) or "nothing".

        Whoever is logged in and sees the account anyway sees all of it.

        :param account: a `billing.account` (elevated)
        :param user: the `res.users` who visits
        """
        if self._sees_account(account, user):
            return ALL
        return account.link_privacy or account.company_id.billing_link_privacy

    @api.private
    def is_link_open(self, move, day):
        """Tell whether the link of a document still shows it, on a day.

        :param move: an `account.move` (elevated)
        """
        if move.state == "posted" and not self.env["billing.open.documents"].is_settled(move):
            return True
        settled = self._get_settled_day(move) or move.invoice_date or move.date
        return day <= max(settled, move.billing_link_date or settled) + LIFE

    @api.private
    def is_pay_link_open(self, account, day):
        """Tell whether the link of an account on which nothing is open still says so, on a day."""
        self.env["account.payment"].flush_model(["billing_account_id", "state", "date"])
        [[latest]] = self.env.execute_query(
            SQL(
                "SELECT GREATEST((SELECT max(date) FROM account_move WHERE billing_account_id = %(account)s"
                " AND state = 'posted'), (SELECT max(date) FROM account_payment WHERE billing_account_id = %(account)s"
                " AND state IN %(confirmed)s))",
                account=account.id,
                confirmed=CONFIRMED_STATES,
            )
        )
        return not latest or day <= latest + LIFE

    @api.private
    def renew(self, move, day):
        """Give a document another link, and mail it to those who get the documents of its account.

        :param move: an `account.move` (elevated)
        :return: whether there was an address to mail it to
        """
        move.write({"access_token": False, "billing_link_date": day})
        self.env["billing.pay.links"].ensure_invoice_tokens(move)
        if not move._get_billing_recipients():
            return False
        self.env["billing.invoice.delivery"].sudo().mail_again(move)  # sudo: to the known addresses alone
        return True

    def _sees_account(self, account, user):
        """Tell whether somebody sees an account without any link."""
        user = user.sudo()  # sudo: who it is, and nothing else
        if user._is_public():
            return False
        if user._is_internal():
            own = {"allowed_company_ids": user.company_ids.ids}
            return account.with_user(user.id).with_context(**own).has_access("read")
        return user.partner_id.commercial_partner_id == account.partner_id.commercial_partner_id

    def _get_settled_day(self, move):
        found = self.env["billing.settlements"].sudo().get_settlements(move_ids=[move.id])  # sudo: the days alone
        return max((one.day for own in found.values() for one in own), default=None)
