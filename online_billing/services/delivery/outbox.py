"""Make the messages of the collection: queued in the transaction that decided them, sent by their own step."""

from odoo import api, models

from ...models.accounts.account_recipient import DEBITS, REMINDERS
from ..shared.rows import insert_missing, insert_rows

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
    "billing_delivery_state",
)
# {kind of a message: what recipients get with it}; all others are reminders
GIVEN = {"debit": DEBITS}
FIRST_STATES = {"email": "pending", "sms": "pending", "letter": "letter"}


class BillingOutbox(models.AbstractModel):
    _name = "billing.outbox"
    _description = "Messages of the Collection"

    # -- the outbox ---------------------------------------------------------------------------------------------------

    @api.private
    def queue(self, vals_list):
        """Put messages into the outbox, in few statements however many; one whose key exists is left as it is.

        :param vals_list: values of `billing.collection.message`; `partner_ids` and `move_ids` as plain lists of ids.
            Without `billing_delivery_state` a letter waits for printing and everything else for sending; without
            `partner_ids` those recipients of the account get it who get messages of its `kind`.
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
            filled.setdefault("billing_delivery_state", FIRST_STATES[filled["channel"]])
            wanted[filled["company_id"], filled["key"]] = filled
            rows.append((*(filled.get(name) or None for name in COLUMNS), 0, uid, now, uid, now))
        made = insert_missing(
            self.env.cr,
            "billing_collection_message",
            (*COLUMNS, "billing_delivery_attempt_count", "create_uid", "create_date", "write_uid", "write_date"),
            rows,
            ("company_id", "key"),
        )
        self._link(made, wanted)
        messages.invalidate_model()
        if made:
            self.env["billing.message.delivery"].wake()
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
        accounts = self.env["billing.account"].sudo().browse(without)
        recipients = {
            (account.id, kind): account._get_billing_recipients(kind).ids
            for account in accounts
            for kind in (REMINDERS, DEBITS)
        }
        for key, message_id in made.items():
            vals = wanted[key]
            people = vals.get("partner_ids")
            people = recipients[vals["account_id"], GIVEN.get(vals["kind"], REMINDERS)] if people is None else people
            partners += [(message_id, partner_id) for partner_id in dict.fromkeys(people)]
            moves += [(message_id, move_id) for move_id in dict.fromkeys(vals.get("move_ids") or ())]
        self._insert_links("billing_collection_message_partner_rel", "partner_id", partners)
        self._insert_links("billing_collection_message_move_rel", "move_id", moves)

    def _insert_links(self, table, column, rows):
        insert_rows(self.env.cr, table, ("message_id", column), rows)
