"""Configuration in use cannot vanish: one rule for policies, steps, codes, plans, rates, templates, journals."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

#: the records of these models count on what they refer to, and which of them still do; all others are history
ALIVE = {
    "res.company": Domain.TRUE,
    "billing.account": Domain("state", "!=", "closed"),
    "billing.code": Domain("active", "=", True),
    "billing.code.resource": Domain("code_id.active", "=", True),
    "billing.collection.step": Domain("active", "=", True) & Domain("policy_id.active", "=", True),
    "billing.installment.rule": Domain("active", "=", True),
    "billing.late.fee.rule": Domain("is_on", "=", True),
    "billing.plan.line": Domain("plan_id.active", "=", True),
    "billing.subscription": Domain("state", "in", ("draft", "active")),
    "billing.subscription.line": Domain("subscription_id.state", "in", ("draft", "active")),
}


class BillingConfiguration(models.AbstractModel):
    """What others refer to, and count on.

    Whatever anything refers to is not deleted. What is still worked with is not archived either, where archiving takes
    it out of the work: whoever wants that first chooses another one for those who use it.
    """

    _name = "billing.configuration"
    _description = "Configuration That Others Count On"
    #: whether those who use a record go on without it, once it is archived
    _is_done_with_when_archived = False
    #: fields that are worked out anew on every look, and hold nothing back
    _followers = ()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_in_use(self):
        for record in self:
            if users := record._find_users():
                way = (
                    self.env._("Archive it instead, or choose another one there.")
                    if "active" in self._fields
                    else self.env._("Choose another one there first.")
                )
                raise self.env["billing.references"].get_refusal(record, users, way)

    def write(self, vals):
        if self._name in self.env and self._is_archived_by(vals):
            self._check_not_needed()
        return super().write(vals)

    def _is_archived_by(self, vals):
        return not self._is_done_with_when_archived and "active" in vals and not vals["active"]

    def _check_not_needed(self):
        for record in self:
            if users := record._find_users(alive=True):
                raise UserError(
                    self.env._(
                        "“%(record)s” cannot be archived, because it is in use: %(users)s. Choose another one there"
                        " first.",
                        record=record.display_name,
                        users="; ".join(users),
                    )
                )

    def _find_users(self, alive=False):
        """Return who refers to a record, as texts: "Billing Account: A1, A2, and 31 more".

        :param alive: only those that still work with it, see `ALIVE`
        """
        users, references = [], self.env["billing.references"]
        for model, field in references.get_references(self._name):
            if alive and (model not in ALIVE or field.name in self._followers):
                continue
            domain = Domain(field.name, "in", self.ids)
            domain &= ALIVE[model] if alive else Domain.TRUE
            if field.ondelete == "cascade":
                users += self._find_users_of_parts(model, domain, alive)
            elif text := references.describe(model, domain):
                users.append(text)
        return users

    def _find_users_of_parts(self, model, domain, alive):
        """Return who refers to the parts that go with a record."""
        if alive or not isinstance(self.env[model], self.env.registry["billing.configuration"]):
            return []
        # sudo: whatever company they belong to; archived ones are deleted, too
        parts = self.env[model].sudo().with_context(active_test=False).search(domain)
        return parts._find_users() if parts else []
