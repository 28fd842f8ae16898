"""Make the messages of the collection: queued in the transaction that decided them, sent by their own step."""

import hmac
from uuid import uuid4

from odoo import api, models
from odoo.tools import hmac as sign

from ..shared.rows import insert_missing, insert_rows, update_rows

PAY_SCOPE = "online_billing.pay_account"
COLUMNS = (
    "key",
    "account_id",
    "company_id",
    "currency_id",
    "kind",
    "channel",
    "lang",
    "subject",
    "body",
    "sms_text",
    "amount",
    "lines",
    "res_model",
    "res_id",
    "delivery_state",
)
FIRST_STATES = {"email": "pending", "sms": "pending", "letter": "letter"}


class BillingOutbox(models.AbstractModel):
    _name = "billing.outbox"
    _description = "Messages of the Collection"

    # -- the outbox ---------------------------------------------------------------------------------------------------

    @api.private
    def queue(self, vals_list):
        """Put messages into the outbox, in few statements however many; one whose key exists is left as it is.

        :param vals_list: values of `billing.collection.message`; `partner_ids` and `move_ids` as plain lists of ids.
            Without `delivery_state` a letter waits for printing and everything else for sending; without `partner_ids`
            the account's recipients get it.
        :return: the messages of those keys, new and old
        """
        messages = self.env["billing.collection.message"]
        if not vals_list:
            return messages
        self.env.flush_all()
        accounts = self.env["billing.account"].sudo().browse({vals["account_id"] for vals in vals_list})
        companies = {account.id: account.company_id.id for account in accounts}  # sudo above: clerks of this company
        now, uid = self.env.cr.now(), self.env.uid
        rows, wanted = [], {}
        for vals in vals_list:
            filled = {
                "kind": "other",
                "channel": "email",
                "company_id": companies[vals["account_id"]],
                "lang": None,
                **vals,
            }
            filled.setdefault("delivery_state", FIRST_STATES[filled["channel"]])
            wanted[filled["company_id"], filled["key"]] = filled
            rows.append((*(filled.get(name) or None for name in COLUMNS), 0, uid, now, uid, now))
        made = insert_missing(
            self.env.cr,
            "billing_collection_message",
            (*COLUMNS, "delivery_attempt_count", "create_uid", "create_date", "write_uid", "write_date"),
            rows,
            ("company_id", "key"),
        )
        self._link(made, wanted)
        messages.invalidate_model()
        if made:
            self.env["billing.delivery"].trigger_messages()
        if len(made) == len(wanted):
            return messages.browse(made.values())
        keys = [key for _company, key in wanted]
        found = messages.sudo().search(
            [("company_id", "in", list({company for company, _key in wanted})), ("key", "in", keys)]
        )  # sudo: the caller made them, or somebody else before
        return found.sudo(False).browse(found.ids)

    def _link(self, made, wanted):
        """Store recipients and documents of new messages."""
        partners, moves = [], []
        without = {wanted[key]["account_id"] for key in made if wanted[key].get("partner_ids") is None}
        # sudo: who gets an account's mails is known to whoever may send it one
        recipients = {
            account.id: account._get_billing_recipients().ids
            for account in self.env["billing.account"].sudo().browse(without)
        }
        for key, message_id in made.items():
            vals = wanted[key]
            people = vals.get("partner_ids")
            people = recipients[vals["account_id"]] if people is None else people
            partners += [(message_id, partner_id) for partner_id in dict.fromkeys(people)]
            moves += [(message_id, move_id) for move_id in dict.fromkeys(vals.get("move_ids") or ())]
        self._insert_links("billing_collection_message_partner_rel", "partner_id", partners)
        self._insert_links("billing_collection_message_move_rel", "move_id", moves)

    def _insert_links(self, table, column, rows):
        insert_rows(self.env.cr, table, ("message_id", column), rows)

    # -- the pay link -------------------------------------------------------------------------------------------------

    @api.private
    def get_pay_url(self, account, currency):
        """Return the address on which everything open of an account in one currency is paid at once, without login."""
        return f"{account.get_base_url()}{self.get_pay_path(account.id, currency.id)}"

    @api.private
    def get_pay_path(self, account_id, currency_id):
        token = self._get_pay_token(account_id, currency_id)
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
            without.invalidate_recordset(["access_token"], flush=False)

    def _get_pay_token(self, account_id, currency_id):
        # sudo: the secret of the database
        return sign(self.env(su=True), PAY_SCOPE, (int(account_id), int(currency_id)))

    @api.private
    def is_pay_token(self, token, account_id, currency_id):
        """Compare in constant time; anything that is no token at all is simply wrong."""
        if not isinstance(token, str) or not token.isascii():
            return False
        return hmac.compare_digest(token, self._get_pay_token(account_id, currency_id))
