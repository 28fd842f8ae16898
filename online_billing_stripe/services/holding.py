"""What becomes of movements that could not be taken over: booked on another day, left out, or taken up again."""

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

LEFT_OUT, WAITING = "left_out", "waiting"


class BillingStripeHolding(models.AbstractModel):
    """What people decide about a movement stands on its row, and with their name in the record of the connection."""

    _name = "billing.stripe.holding"
    _description = "Movements That Are Not in the Statement"

    @api.private
    def book_on_open_day(self, held):
        """Book movements whose day is locked on the first day that is not, which their lines say; at once.

        :param held: `billing.stripe.held.movement`
        :raise UserError: one of them is left out, or its day is open: then another day changes nothing
        """
        held = self._take(held, WAITING)
        for one in held:
            day = self.env["billing.stripe.statement"].get_open_day(one.connection_id, one.date)
            if day == one.date:
                raise UserError(
                    self.env._(
                        "The day of “%(movement)s” is not locked, so another day changes nothing. It waits for another"
                        " reason: %(reason)s Mend that, or leave it out.",
                        movement=one.name,
                        reason=one.reason,
                    )
                )
            one.book_on = day
            message = self.env._(
                "“%(movement)s” of %(day)s is to be booked on %(open_day)s, because its own day is locked.",
                movement=one.name,
                day=format_date(self.env, one.date),
                open_day=format_date(self.env, day),
            )
            one.connection_id.message_post(body=message)
        names = {one.id: one.name for one in held}
        self._try(held.connection_id)
        if left := held.exists():
            message = self.env._("Not booked: %(movements)s", movements="\n".join(names[one.id] for one in left))
            return self._show(f"{message}\n{left[0].reason}", "warning")
        return self._show(self.env._("Movements that were booked: %(count)s", count=len(names)), "success")

    @api.private
    def leave_out(self, held, way, reason):
        """Leave movements out of the statement: they are not tried again, and explain the difference to the ledger.

        :param held: `billing.stripe.held.movement`
        :param way: "by_hand", where somebody has made the entries, or "not_at_all"
        :raise UserError: no reason is given, or one of them is left out already
        """
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: whoever closes the year will ask."))
        held = self._take(held, WAITING)
        held.write(
            {
                "state": LEFT_OUT,
                "left_out_way": way,
                "left_out_reason": reason,
                "left_out_by_id": self.env.uid,
                "left_out_at": fields.Datetime.now(),
                "book_on": False,
            }
        )
        label = dict(held._fields["left_out_way"]._description_selection(self.env))[way]
        for one in held:
            message = self.env._(
                "“%(movement)s” of %(day)s is left out of the statement (%(way)s): %(reason)s",
                movement=one.name,
                day=format_date(self.env, one.date),
                way=label,
                reason=reason,
            )
            one.connection_id.message_post(body=message)
        self._try(held.connection_id)
        return self._show(self.env._("Movements that were left out: %(count)s", count=len(held)), "success")

    @api.private
    def take_up_again(self, held):
        """Let movements that were left out be tried again, at once and every hour.

        :param held: `billing.stripe.held.movement`
        :raise UserError: one of them is not left out
        """
        held = self._take(held, LEFT_OUT)
        for one in held:
            message = self.env._(
                "“%(movement)s” of %(day)s is taken up again; it had been left out: %(reason)s",
                movement=one.name,
                day=format_date(self.env, one.date),
                reason=one.left_out_reason,
            )
            one.connection_id.message_post(body=message)
        held.write(
            {
                "state": WAITING,
                "left_out_way": False,
                "left_out_reason": False,
                "left_out_by_id": False,
                "left_out_at": False,
            }
        )
        count = len(held)
        self._try(held.connection_id)
        waiting = self.env._(
            "Movements that were taken up again: %(count)s, of them still waiting: %(waiting)s",
            count=count,
            waiting=len(held.exists()),
        )
        return self._show(waiting, "success")

    def _take(self, held, state):
        """Return movements (elevated) whose connections nobody else works on; all have to be in a state."""
        held = held.sudo()  # sudo: rows of the billing alone
        for connection in held.connection_id:
            self.env["billing.stripe.statement"].hold(connection)
        held.invalidate_recordset()
        if len(held.exists()) < len(held):
            raise UserError(self.env._("One of them has been booked meanwhile. Open the page again."))
        if others := held.filtered(lambda one: one.state != state):
            raise UserError(
                self.env._("“%(movement)s” is left out. Take it up again first.", movement=others[0].name)
                if state == WAITING
                else self.env._("“%(movement)s” is not left out: it is tried every hour.", movement=others[0].name)
            )
        return held

    def _try(self, connections):
        for connection in connections:
            self.env["billing.stripe.statement"].try_held(connection)

    def _show(self, message, kind):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": message,
                "type": kind,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }
