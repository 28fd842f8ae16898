"""What the link of a document shows to somebody who has nothing but the link, and how long it does."""

from datetime import timedelta

from odoo import api, models
from odoo.tools import SQL

from ...models.accounts.account_recipient import INVOICES
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
        if self.sees_account(account, user):
            return ALL
        return account.link_privacy or account.company_id.billing_link_privacy

    @api.private
    def sees_account(self, account, user):
        """Tell whether somebody sees an account without any link."""
        user = user.sudo()  # sudo: who it is, and nothing else
        if user._is_public():
            return False
        if user._is_internal():
            own = {"allowed_company_ids": user.company_ids.ids}
            return account.with_user(user.id).with_context(**own).has_access("read")
        return user.partner_id.commercial_partner_id == account.partner_id.commercial_partner_id

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
    def is_pay_link_open(self, account, issued, day, open_moves):
        """Tell whether a link of an account, made on one day, is still accepted on another.

        It lives as long as something that was there on its day is open, and so long after that as any link does.

        :param account: a `billing.account` (elevated)
        :param open_moves: the `account.move` (elevated) of which something is owed still
        """
        if day <= issued + LIFE or any(move.date <= issued for move in open_moves):
            return True
        settled = self._get_last_settlement(account, issued)
        return bool(settled) and day <= settled + LIFE

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

    @api.private
    def renew_pay_link(self, account, currency, day):
        """Mail another link to those who get the documents of an account; once a day, however often it is asked for.

        :param account: a `billing.account` (elevated)
        """
        lang = account.partner_id.lang or account.company_id.partner_id.lang or "en_US"
        people = account._get_billing_recipients(INVOICES).filtered("email")
        if not people:
            return
        local, qweb = account.with_context(lang=lang), self.env["ir.qweb"].with_context(lang=lang)
        values = {"account": local, "pay_url": self.env["billing.pay.links"].get_pay_url(account, currency)}
        self.env["billing.outbox"].queue(
            [
                {
                    "key": f"link:{account.id}:{account.pay_link_number}:{currency.id}:{day}",
                    "account_id": account.id,
                    "company_id": account.company_id.id,
                    "currency_id": currency.id,
                    "lang": lang,
                    "subject": local.env._("Your new link"),
                    "body": str(qweb._render("online_billing.link_message", values)),
                    "partner_ids": people.ids,
                    "res_model": account._name,
                    "res_id": account.id,
                }
            ]
        )

    def _get_last_settlement(self, account, issued):
        """Return the day on which something was settled last of what was there on a day."""
        self.env.flush_all()
        [[latest]] = self.env.execute_query(
            SQL(
                """
                WITH there AS (
                    SELECT id FROM account_move
                     WHERE billing_account_id = %(account)s AND state = 'posted' AND date <= %(issued)s
                )
                SELECT GREATEST(
                    (SELECT max(partial.max_date) FROM there
                       JOIN account_move_line line ON line.move_id = there.id
                       JOIN account_partial_reconcile partial ON partial.debit_move_id = line.id),
                    (SELECT max(payment.date) FROM there
                       JOIN account_move__account_payment paid ON paid.invoice_id = there.id
                       JOIN account_payment payment ON payment.id = paid.payment_id
                      WHERE payment.state IN %(confirmed)s)
                )
                """,
                account=account.id,
                issued=issued,
                confirmed=CONFIRMED_STATES,
            )
        )
        return latest

    def _get_settled_day(self, move):
        found = self.env["billing.settlements"].sudo().get_settlements(move_ids=[move.id])  # sudo: the days alone
        return max((one.day for own in found.values() for one in own), default=None)
