"""States are tables: records move along them, or are refused."""

from odoo import api, models
from odoo.exceptions import UserError

from ...engine import EngineError, next_state
from ...models.shared.guarded import BY_EVENT


class BillingLife(models.AbstractModel):
    _name = "billing.life"
    _description = "States and Who May Change Them"

    @api.private
    def apply_event(self, machine, records, event, values=None):
        """Move records along the table of their life; refuse what the table does not have.

        :param dict values: what is written together with the new state
        :raise UserError: the event is not possible in the record's state
        """
        records.check_access("write")
        for record in records:
            try:
                following = next_state(machine, record.state, event)
                # sudo: only along this table
                record.sudo().with_context(billing_by=BY_EVENT).write({**(values or {}), "state": following})
            except EngineError as error:
                states = dict(record._fields["state"]._description_selection(self.env))
                raise UserError(
                    self.env._(
                        "%(record)s is in the state “%(state)s”, where this is not possible. Reload the page to see"
                        " what is.",
                        record=record.display_name,
                        state=states[record.state],
                    )
                ) from error
