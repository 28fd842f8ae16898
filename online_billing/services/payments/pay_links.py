"""The links by which customers pay without login."""

import hmac
from dataclasses import dataclass
from datetime import date
from uuid import uuid4

from odoo import api, models
from odoo.tools import hmac as sign

from ..shared.rows import update_rows

PAY_SCOPE = "online_billing.pay_account"


@dataclass(frozen=True, slots=True)
class PayLink:
    """What the link of an account says of itself."""

    issued: date  # the local day on which it was made
    is_turned: bool  # whether links as old as this one were made useless since


class BillingPayLinks(models.AbstractModel):
    _name = "billing.pay.links"
    _description = "Links by Which Customers Pay"

    @api.private
    def get_pay_url(self, account, currency, day=None):
        """Return the address on which everything open of an account in one currency is paid at once, without login.

        :param day: of a page that is reached by a link of its own: when that one was made. A visitor gets no better
            link by it than they had; where links were made useless before, it leads to where another one is mailed.
        """
        return f"{account.get_base_url()}{self.get_pay_path(account.id, currency.id, day)}"

    @api.private
    def get_pay_path(self, account_id, currency_id, day=None):
        """Return the same address below the site's."""
        token = self.get_pay_token(account_id, currency_id, day)
        return f"/billing/pay/{account_id}/{currency_id}?access_token={token}"

    @api.private
    def ensure_invoice_tokens(self, moves):
        """Give invoices the tokens of their portal links, all in one statement.

        Odoo's own way writes one invoice at a time and has the whole invoice derived anew each time.
        """
        moves = moves.sudo()  # sudo: whoever may tell a customer of an invoice gives its link
        if without := moves.filtered(lambda move: move.id and not move.access_token):
            without.flush_recordset(["access_token"])
            rows = [(move_id, str(uuid4())) for move_id in without.ids]
            update_rows(self.env.cr, "account_move", ("access_token",), rows)
            for move, (_move_id, token) in zip(without, rows, strict=True):
                move._fields["access_token"]._update_cache(move, token)  # whoever makes links reads it next

    @api.private
    def get_pay_token(self, account_id, currency_id, day=None):
        """Return what proves that somebody was given the link: today, or on a day before any links were turned."""
        account = self.env["billing.account"].sudo().browse(account_id)  # sudo: day and number alone
        head = f"0.{day}" if day else f"{account.pay_link_number}.{self.env['billing.days'].get_local_day(account)}"
        return f"{head}.{self._sign(head, account_id, currency_id)}"

    @api.private
    def read_pay_token(self, token, account_id, currency_id):
        """Return a PayLink; None for what we have never given to anybody. Signatures are compared in constant time."""
        if not isinstance(token, str) or not token.isascii():
            return None
        head, _dot, signature = token.rpartition(".")
        if not hmac.compare_digest(signature, self._sign(head, account_id, currency_id)):
            return None
        number, _dot, day = head.partition(".")
        account = self.env["billing.account"].sudo().browse(account_id).exists()  # sudo: its number alone
        return PayLink(date.fromisoformat(day), account.pay_link_number != int(number))

    @api.private
    def turn(self, accounts):
        """Make the links that were given so far useless; whoever has one may have a new one mailed as ever."""
        accounts = accounts.sudo()  # sudo: the number belongs to the links
        accounts.hold()
        for account in accounts:
            account.pay_link_number += 1

    def _sign(self, head, account_id, currency_id):
        # sudo: the secret of the database
        return sign(self.env(su=True), PAY_SCOPE, (head, int(account_id), int(currency_id)))
