"""What providers say of attempts, noted on the rows at once and worked off afterwards."""

import json

from odoo import api, models
from odoo.tools import SQL

from .values import UNKNOWN, Answer


class BillingAttemptAnswers(models.AbstractModel):
    """An answer, an event and the answer to a question are one thing: the last one that knows something counts."""

    _name = "billing.attempt.answers"
    _description = "Answers of Providers"

    @api.private
    def record(self, attempt, answer):
        """Note an answer and commit it: money may have moved, and this must not be lost.

        Where somebody else changes the row at this moment, it is noted again.

        :param answer: :class:`Answer`
        """

        def note():
            self.note(attempt, answer)
            self.env.cr.commit()  # pylint: disable=invalid-commit

        self.env["billing.work.loop"].try_again(note)

    @api.private
    def note(self, attempt, answer):
        """Note an answer in the present transaction, for callers that commit themselves: events, Odoo's own routes.

        One that says nothing does not take the place of one that is not worked off yet, and none that of "succeeded":
        the money has been taken.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE billing_payment_attempt SET answer = %s::jsonb"
                " WHERE id = %s AND (answer IS NULL OR (%s AND answer->>'kind' <> 'succeeded'))",
                json.dumps(answer.as_json()),
                attempt.id,
                answer.kind != UNKNOWN,
            )
        )
        attempt.invalidate_recordset(["answer"])

    @api.private
    def note_transactions(self, transactions):
        """Note for attempts what Odoo's own routes have heard of their transactions."""
        adapters = self.env["billing.payment.adapter"].sudo()  # sudo: customers and events come here
        for transaction in transactions.sudo():
            if attempt := transaction._get_billing_attempt():
                self.note(attempt, adapters.read_transaction(transaction))

    @api.private
    def take(self, attempt):
        """Return the answer of an attempt that is not worked off, and take it off the row; None where there is none."""
        attempt = attempt.sudo()  # sudo: kept by the billing
        if not attempt.answer:
            return None
        answer = Answer.from_json(attempt.answer)
        attempt.answer = False
        return answer
