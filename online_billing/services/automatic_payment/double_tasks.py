"""What people are told of what was paid twice."""

from odoo import api, models

from ..shared.numbers import to_decimal

PAID_TWICE = "payments.paid_twice"  # by which its task is known again


class BillingDoubleTasks(models.AbstractModel):
    _name = "billing.double.tasks"
    _description = "Tasks of What Was Paid Twice"

    @api.private
    def tell_not_given_back(self, attempt):
        """Say on the payment that it was not given back: it pays something else by now, or the provider has refused.

        :param attempt: the refund, which has failed for good (elevated)
        """
        payment = attempt.refunds_id
        unspent = self.env["billing.payment.reopening"].get_unspent(payment)
        values = {
            "amount": attempt.currency_id.format(attempt.amount),
            "payment": payment.display_name,
            "reason": attempt.reason or "",
        }
        if unspent < to_decimal(attempt.amount, attempt.currency_id):
            note = self.env._(
                "Two payments of the same bill have come. %(amount)s of the later one, %(payment)s, was not given back:"
                " it has paid something else meanwhile. Nothing is to be given back for it.",
                **values,
            )
        else:
            note = self.env._(
                "Two payments of the same bill have come. %(amount)s of the later one, %(payment)s, could not be given"
                " back (%(reason)s) and stands as a credit. Give it back in another way, or agree with the customer to"
                " keep it.",
                **values,
            )
        self.tell(payment, note)

    @api.private
    def tell(self, payment, note):
        """Give somebody the task to look at a payment of what was paid before, or say there what is so now."""
        self.env["billing.tasks"].give(
            payment,
            PAID_TWICE,
            "mail.mail_activity_data_todo",
            summary=self.env._("Paid twice"),
            note=note,
            user_id=self.env["billing.work.loop"].get_responsible(payment.billing_account_id).id,
        )
