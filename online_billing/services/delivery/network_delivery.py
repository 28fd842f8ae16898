"""Where the legal document goes besides the customer: the networks and authorities that are told of an invoice."""

from odoo import api, fields, models
from odoo.tools import SQL

from ...models.delivery.account_move_send import PLAIN_METHODS
from ..shared.work_loop import Pass, Queue
from .queue import ERROR_LENGTH, RETRY_DELAYS

ODOO_QUEUE = "account.ir_cron_account_move_send"
FIRST_STATES = {"email": "pending", "letter": "letter"}


class BillingNetworkDelivery(models.AbstractModel):
    """How a customer is told (mail, letter, portal) and where the legal document goes are two things.

    A document that is mailed goes over its networks with the mail. Of any other it is asked here, after the commit,
    whether one of Odoo's ways of sending beyond mail and paper, or an authority, is for it; then Odoo's own queue of
    invoices sends it there, as what a network answers is committed at once. What fails is tried again.
    """

    _name = "billing.network.delivery"
    _inherit = "billing.work.loop"
    _description = "Hand Documents to Networks"

    _batch_size = 20  # to ask whether a customer is on a network may itself be a call of it

    # -- entry points -------------------------------------------------------------------------------------------------

    @api.private
    def get_first_states(self, channel):
        """Return the values with which a new document waits to be sent, by the channel of its account."""
        states = {"billing_delivery_state": FIRST_STATES.get(channel, "none")}
        if states["billing_delivery_state"] != "pending" and self._is_any_installed():
            states["billing_network_state"] = "pending"
        return states

    @api.private
    def work(self):
        """Hand over what waits, until the cron's time is up."""
        self.work_through(Pass())

    @api.private
    def is_told(self, move):
        """Tell whether a network or an authority is told of a document when it is sent."""
        sender = self.env["account.move.send"].with_company(move.company_id)
        return bool(sender._get_default_sending_methods(move) - PLAIN_METHODS or sender._get_default_extra_edis(move))

    @api.private
    def get_obstacle(self):
        """Return why nothing can be left to Odoo's queue of invoices, as a sentence, or nothing."""
        queue = self.env.ref(ODOO_QUEUE, raise_if_not_found=False)
        if queue and queue.sudo().active:  # sudo: whether it is at work, whoever sends
            return None
        return self.env._(
            "A network or an authority is told of this invoice, which is done by a scheduled action of Odoo that is"
            " not active. Ask your administrator to activate “Send invoices automatically”, and send again."
        )

    @api.private
    def leave_to_odoo(self, moves):
        """Let Odoo's own queue of invoices send documents by all that is for them."""
        if moves:
            # sudo: the mark belongs to the sending, whoever may do that
            moves.sudo().with_context(skip_invoice_sync=True).sending_data = {
                "author_user_id": self.env.user.id,
                "author_partner_id": self.env.user.partner_id.id,
            }
            self.env["billing.delivery.queue"].wake_crons((ODOO_QUEUE,))

    @api.private
    def note_sent(self, moves_data):
        """Note the documents of which Odoo has told a network; what was sent in another way meanwhile waits again.

        :param dict moves_data: {document: how it was sent}, as Odoo has it
        """
        for move, data in moves_data.items():
            if move.billing_network_state == "queued":
                is_told = set(data["sending_methods"]) - PLAIN_METHODS or data["extra_edis"]
                self._mark(move, "sent" if is_told else "pending")

    @api.private
    def mark_failed(self, move, reason):
        """Note why a network has not taken a document, and when to try again."""
        attempts = move.billing_delivery_attempt_count + 1
        delay = RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else None
        self._mark(
            move,
            "failed",
            billing_delivery_error=reason[:ERROR_LENGTH],
            billing_delivery_attempt_count=attempts,
            billing_delivery_retry_date=fields.Datetime.now() + delay if delay else False,
        )

    # -- the loop -----------------------------------------------------------------------------------------------------

    def _get_queue(self, work):
        condition = SQL(
            "unit.state = 'posted' AND unit.sending_data IS NULL AND (unit.billing_network_state = 'pending'"
            " OR unit.billing_network_state = 'failed' AND unit.billing_delivery_retry_date <= %s)",
            fields.Datetime.now(),
        )
        return Queue("account_move", "unit", condition)

    def _handle(self, work, units):
        moves = self.env["account.move"].browse(units)
        told = moves.filtered(self.is_told)
        self._mark(moves - told, False)
        if told and (reason := self.get_obstacle()):
            for move in told:
                self.mark_failed(move, reason)
            return
        self._mark(told, "queued")
        self.leave_to_odoo(told)

    def _note_failure(self, work, unit_id, value, error):
        self.mark_failed(self.env["account.move"].browse(unit_id), self.get_reason(error))

    # -- small helps --------------------------------------------------------------------------------------------------

    def _is_any_installed(self):
        """Tell whether this Odoo knows any network or authority: elsewhere nothing is asked of anybody."""
        methods = {name for name, _label in self.env["res.partner"]._fields["invoice_sending_method"].selection}
        return bool(methods - PLAIN_METHODS or self.env["account.move.send"]._get_all_extra_edis())

    def _mark(self, moves, state, **values):
        # sudo: the mark belongs to the sending, whoever may do that
        values = {"billing_delivery_error": False, "billing_delivery_retry_date": False, **values}
        moves.sudo().with_context(skip_invoice_sync=True).write({"billing_network_state": state, **values})
