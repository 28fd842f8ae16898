"""Tell customers of late fees to come who follow no collection policy."""

from collections import defaultdict
from decimal import Decimal

from odoo import api, models
from odoo.tools.misc import format_date

from ..shared.numbers import as_float


class BillingLateFeeNotices(models.AbstractModel):
    _name = "billing.late.fee.notices"
    _description = "Notices of Late Fees to Come"

    @api.private
    def queue_notices(self, told):
        """Queue one notice per account, currency and day for fees that no reminder has announced.

        :param dict told: {(account id, currency id, day): [announcement]}
        :return: {fee id: message id}
        """
        # sudo: the job writes to every customer; all accounts together, so that they are read together
        accounts = self.env["billing.account"].sudo().browse({account_id for account_id, *_rest in told})
        by_id = {account.id: account for account in accounts}
        items = self.env["billing.open.items"].get_items(list(by_id))
        vals_list = [
            self._prepare_notice_values(
                by_id[account_id], currency_id, day, self._add_owed(fees, items[account_id], day)
            )
            for (account_id, currency_id, day), fees in told.items()
        ]
        messages = self.env["billing.outbox"].queue(vals_list).sudo()  # sudo: made a moment ago
        by_key = {(message.company_id, message.key): message.id for message in messages}
        return {
            fee["fee_id"]: by_key[by_id[account_id].company_id, vals["key"]]
            for ((account_id, *_rest), fees), vals in zip(told.items(), vals_list, strict=True)
            for fee in fees
        }

    def _add_owed(self, fees, items, day):
        """Return announcements with what is overdue of their invoices now, as the pay page says.

        The base of a fee is what was open when it arose, without earlier fees: right for the fee, and not what the
        customer finds open. For what was paid late the base is all there is to say.
        """
        owed, receivables = defaultdict(Decimal), self.env["billing.open.items"]
        for item, amount in receivables.net(receivables.leave_disputed_out(items)):
            if item.due_date < day:
                owed[item.move_id] += amount
        return [{**fee, "owed": fee["base"] if fee["is_paid"] else owed[fee["move_id"]]} for fee in fees]

    def _prepare_notice_values(self, account, currency_id, day, fees):
        account = account.with_context(lang=account.partner_id.lang or self.env.lang)
        _, currency = account.env._, account.env["res.currency"].browse(currency_id)
        rows = [
            {
                "number": fee["number"],
                "amount": currency.format(as_float(fee["amount"])),
                "owed": currency.format(as_float(fee["owed"])),
                "day": format_date(account.env, fee["due_on"]),
                "is_paid": fee["is_paid"],
            }
            for fee in fees
        ]
        groups = [[row for row in rows if row["is_paid"] == is_paid] for is_paid in (False, True)]
        url = self.env["billing.pay.links"].get_pay_url(account, currency)
        values = {"account": account, "groups": [group for group in groups if group], "pay_url": url}
        body = account.env["ir.qweb"]._render("online_billing.late_fee_notice", values)
        asked = {fee["move_id"]: fee for fee in fees if not fee["is_paid"]}
        total = currency.format(as_float(sum(fee["amount"] for fee in fees)))
        subject = (
            _("Late fee of %(amount)s for %(invoice)s", amount=total, invoice=fees[0]["number"])
            if len(fees) == 1
            else _("Late fees of %(amount)s", amount=total)
        )
        return {
            "key": f"late_fee_notice:{account.id}:{currency_id}:{min(fee['fee_id'] for fee in fees)}:{day}",
            "account_id": account.id,
            "currency_id": currency_id,
            "kind": "fee_notice",
            "channel": "letter" if account.delivery_channel == "letter" else "email",
            "lang": account.partner_id.lang or None,
            "subject": subject,
            "body": body,
            "amount": as_float(sum(fee["owed"] for fee in asked.values())),
            "lines": [
                {"number": fee["number"], "due_date": str(fee["due_date"]), "open": str(as_float(fee["owed"]))}
                for fee in asked.values()
            ],
            "move_ids": [fee["move_id"] for fee in fees],
            "res_model": "billing.late.fee",
            "res_id": fees[0]["fee_id"],
        }
