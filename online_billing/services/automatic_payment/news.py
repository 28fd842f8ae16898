"""What customers are told of debits: one is coming, has failed, is to be confirmed, or cannot be made any more."""

from odoo import api, fields, models
from odoo.tools.misc import format_date

from ...models.accounts.account_recipient import DEBITS
from ..shared.numbers import as_float


class BillingDebitNews(models.AbstractModel):
    """Each message is made once, in the transaction that decided it, and leaves with the others of the billing."""

    _name = "billing.debit.news"
    _description = "What Customers Are Told of Debits"

    @api.private
    def tell_coming(self, attempts):
        """Announce debits."""
        self._tell_attempts(attempts, "coming")

    @api.private
    def tell_tried_again(self, attempt, following):
        """Say that a debit failed, and when it is tried again."""
        self._tell_attempts(attempt, "again", {"following": following.sudo()})  # sudo: as below

    @api.private
    def tell_failed(self, attempt):
        """Say that a debit failed for good, with the link to pay."""
        self._tell_attempts(attempt, "failed")

    @api.private
    def tell_to_confirm(self, attempts, again=False):
        """Send the link by which a payment is confirmed.

        :param again: also to those who were sent it before
        """
        self._tell_attempts(attempts, "confirm", occasion=f":{fields.Datetime.now()}" if again else "")

    @api.private
    def get_text_to_confirm(self, attempt):
        """Return what somebody reads on the page on which they pay, where the link has been sent; in their language."""
        local = attempt.with_context(lang=attempt.partner_id.lang or self.env.lang)
        return local.env._("Please confirm this payment: we have sent you the link.")

    @api.private
    def get_text_not_confirmed(self, attempt):
        """Return why a debit has failed that nobody has confirmed; in the language of the customer, who reads it."""
        local = attempt.with_context(lang=attempt.partner_id.lang or self.env.lang)
        return local.env._("The payment was not confirmed in time.")

    @api.private
    def tell_uncovered(self, consent, lines):
        """Say once of each bill that it is more than the consent covers, with the link to pay."""
        moves = self.env["account.move"].sudo().browse({line.move_id for line in lines})  # sudo: as below
        for move in moves:
            amount = as_float(sum(line.amount for line in lines if line.move_id == move.id))
            self._queue(consent, "uncovered", f"{consent.id}:{move.id}", amount, {move: amount}, consent)

    @api.private
    def tell_without_method(self, consent, unserved):
        """Say that none of the methods for some bills, or for any, can be charged any more.

        :param unserved: for which: of ``recurring`` and ``other``
        """
        newest = max(filter(None, consent.sudo().method_ids.mapped("gone_on")), default=None)  # sudo: as below
        key = f"{consent.id}:{newest or consent.write_date}"
        self._queue(consent, "no_method", key, 0.0, {}, consent, {"unserved": unserved})

    @api.private
    def tell_expiring(self, method):
        """Say that a saved method expires soon."""
        consent = method.consent_id
        key = f"{method.id}:{method.expires_on}"
        self._queue(consent, "expiring", key, 0.0, {}, consent, {"method": method.sudo()})

    def _tell_attempts(self, attempts, event, more=None, occasion=""):
        for attempt in attempts.sudo():  # sudo: the customer's address and language, whoever has it sent
            # of each bill what is taken now: a part where some is paid already, or one installment
            amounts = {move: sum(lines.mapped("amount")) for move, lines in attempt.line_ids.grouped("move_id").items()}
            self._queue(attempt, event, f"{attempt.id}{occasion}", attempt.amount, amounts, attempt, more)

    def _queue(self, about, event, key, amount, amounts, record, more=None):
        account = about.sudo().account_id  # sudo: as above
        lang = account.partner_id.lang or account.company_id.partner_id.lang or "en_US"
        channel = self.get_channel(account)
        local = record.sudo().with_context(lang=lang)
        values = {
            "event": event,
            "record": local,
            "account": account.with_context(lang=lang),
            "bills": [(move.name, about.currency_id.format(of_it)) for move, of_it in amounts.items()],
            "amount": about.currency_id.format(amount),
            "format_day": lambda day: format_date(local.env, day),
            "pay_url": self.env["billing.pay.links"].get_pay_url(account, about.currency_id),
            **(more or {}),
        }
        common = {
            "account_id": account.id,
            "company_id": account.company_id.id,
            "currency_id": about.currency_id.id,
            "kind": "debit",
            "lang": lang,
            "subject": self._get_subject(local.env, event, values),
            "amount": amount,
            "move_ids": [move.id for move in amounts],
            "res_model": record._name,
            "res_id": record.id,
        }
        recipients, messages = account._get_billing_recipients(DEBITS), []
        if channel == "sms":
            by_text = recipients.filtered("phone")
            recipients -= by_text
            text = {"channel": "sms", "sms_text": self._get_text(local.env, event, values), "partner_ids": by_text.ids}
            messages.append({"key": f"debit:{event}:{key}", **common, **text})
            channel = "email"
        if recipients:
            body = self.env["ir.qweb"].with_context(lang=lang)._render("online_billing.debit_message", values)
            text = {"channel": channel, "body": str(body), "partner_ids": recipients.ids}
            # whoever has no telephone gets the same by e-mail
            suffix = ":mail" if messages else ""
            messages.append({"key": f"debit:{event}:{key}{suffix}", **common, **text})
        self.env["billing.outbox"].queue(messages)

    @api.private
    def get_channel(self, account):
        """Return how the customer of an account (elevated) is told of debits: "email", "sms" or "letter"."""
        chosen, recipients = account.debit_notice_channel, account._get_billing_recipients(DEBITS)
        if account.delivery_channel == "letter":
            reached = {"email": any(recipients.mapped("email")), "sms": any(recipients.mapped("phone"))}
            return chosen if reached.get(chosen) else "letter"
        chosen = chosen or account.company_id.billing_debit_notice_channel
        return "sms" if chosen == "sms" and any(recipients.mapped("phone")) else "email"

    def _get_text(self, env, event, values):
        """Return a text message: short, with the one day, amount and link that matter."""
        record, format_day, following = values["record"], values["format_day"], values.get("following")
        if event == "expiring":
            method, day = values["method"].token_id.display_name, values["method"].expires_on
        elif record._name == "billing.payment.attempt":
            method, day = record.method_name, following.day if following else record.day
        else:
            method, day = None, None
        told = {
            "company": values["account"].company_id.name,
            "amount": values["amount"],
            "method": method,
            "day": day and format_day(day),
            "link": (event == "confirm" and record.action_url) or values["pay_url"],
        }
        texts = {
            "coming": env._(
                "%(company)s: on %(day)s we will collect %(amount)s from %(method)s, as agreed. Your bills: %(link)s",
                **told,
            ),
            "again": env._(
                "%(company)s: we could not collect %(amount)s from %(method)s and try it again on %(day)s. To pay it"
                " yourself: %(link)s",
                **told,
            ),
            "failed": env._(
                "%(company)s: we could not collect %(amount)s from %(method)s. Please pay: %(link)s", **told
            ),
            "confirm": env._(
                "%(company)s: please confirm the payment of %(amount)s from %(method)s. Nothing has been taken yet:"
                " %(link)s",
                **told,
            ),
            "uncovered": env._(
                "%(company)s: a bill of %(amount)s is above the limit that you allow us to collect. Please pay it:"
                " %(link)s",
                **told,
            ),
            "no_method": env._(
                "%(company)s: some or all of your bills cannot be collected with your saved payment methods any more."
                " Please save another one, and pay until then: %(link)s",
                **told,
            ),
            "expiring": env._(
                "%(company)s: your payment method %(method)s expires on %(day)s. Please save another one: %(link)s",
                **told,
            ),
        }
        return texts[event]

    def _get_subject(self, env, event, values):
        amount = values["amount"]
        subjects = {
            "coming": env._("Coming debit: %(amount)s", amount=amount),
            "again": env._("A debit of %(amount)s has failed and is tried again", amount=amount),
            "failed": env._("A debit of %(amount)s has failed: please pay", amount=amount),
            "confirm": env._("Please confirm your payment of %(amount)s", amount=amount),
            "uncovered": env._("A bill of %(amount)s is above your limit: please pay it yourself", amount=amount),
            "no_method": env._("Your automatic payment needs another payment method"),
            "expiring": env._("Your saved payment method expires soon"),
        }
        return subjects[event]
