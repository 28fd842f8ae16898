"""Whether customers can be told, and have been: what rests on a notice waits until the notice has left."""

from odoo import api, models

from ...models.accounts.account_recipient import REMINDERS

# by these ways the same text goes
WRITTEN = ("email", "letter")


class BillingCollectionNotices(models.AbstractModel):
    _name = "billing.collection.notices"
    _description = "Whether a Customer Has Been Told"

    @api.private
    def set_channels(self, files):
        """Note on files how the message of their step goes, with few queries however many."""
        # sudo: where customers are reached, for whoever runs the collection; all at once, so that few queries do
        accounts = self.env["billing.account"].sudo().browse([file.debtor.id for file in files])
        by_id = {account.id: account for account in accounts}
        for file in files:
            if file.decision.step.is_message:
                file.channel = self._get_channel(file, file.get_step(file.decision.step), by_id[file.debtor.id])

    def _get_channel(self, file, step, account):
        """Return how the message of a step goes; None where the customer has no address for it.

        Who gets invoices by letter gets reminders by letter, too, unless somebody wishes otherwise. Where the policy
        says so, a letter goes to whoever has no address for the other ways.
        """
        channel = "letter" if step.channel == "email" and account.delivery_channel == "letter" else step.channel
        if file.wished_channel and channel in WRITTEN:
            channel = file.wished_channel
        recipients = account._get_billing_recipients(REMINDERS)
        if channel == "email" and not any(recipients.mapped("email_normalized")):
            channel = None
        if channel == "sms" and not any(recipients.mapped("phone")):
            channel = None
        if channel is None and file.view.policy.letter_without_address:
            channel = "letter"
        return channel

    @api.private
    def get_reasons(self, files, by_hand=False):
        """Return {case id: why its step of the day has to wait}: the customer cannot be told, or has not been.

        :param by_hand: somebody decides to go on although an earlier message has not left
        """
        reasons = {} if by_hand else self._find_untold(files)
        self.set_channels(files)
        for file in files:
            if file.decision.step.is_message and file.channel is None:
                reasons[file.id] = self._get_unreachable_reason(file.get_step(file.decision.step))
        return reasons

    def _get_unreachable_reason(self, step):
        return (
            self.env._("The customer has no telephone number, so “%(step)s” cannot be sent.", step=step.name)
            if step.channel == "sms"
            else self.env._(
                "The customer has no e-mail address that works, so “%(step)s” cannot be sent.", step=step.name
            )
        )

    def _find_untold(self, files):
        """Return {case id: why not} of files whose step has consequences while the last message has not left."""
        serious = {
            file.id: step
            for file in files
            if (step := file.get_step(file.decision.step)) and (step.suspends or step.hands_over)
        }
        if not serious:
            return {}
        # sudo: messages of the collection, whoever runs it
        messages = (
            self.env["billing.collection.message"]
            .sudo()
            .search([("res_model", "=", "billing.collection.case"), ("res_id", "in", list(serious))], order="id")
        )
        last = {message.res_id: message for message in messages}
        return {
            case_id: self.env._(
                "“%(step)s” waits, because the message before it has not been sent yet: “%(subject)s”. See “Reminders"
                " Not Sent”.",
                step=serious[case_id].name,
                subject=message.subject or message.display_name,
            )
            for case_id, message in last.items()
            if not message._has_left()
        }
