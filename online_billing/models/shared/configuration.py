"""Configuration in use cannot vanish: one rule for policies, steps, codes, plans, rates, templates, journals."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

SHOWN = 3

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
                raise UserError(
                    self.env._(
                        "“%(record)s” cannot be deleted, because it is used: %(users)s. %(way)s",
                        record=record.display_name,
                        users="; ".join(users),
                        way=way,
                    )
                )

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
        users = []
        for model, field in self._get_references():
            if alive and (model not in ALIVE or field.name in self._followers):
                continue
            domain = Domain(field.name, "in", self.ids)
            domain &= ALIVE[model] if alive else Domain.TRUE
            if field.ondelete == "cascade":
                users += self._find_users_of_parts(model, domain, alive)
            elif text := self._describe_users(model, domain):
                users.append(text)
        return users

    def _find_users_of_parts(self, model, domain, alive):
        """Return who refers to the parts that go with a record."""
        if alive or not isinstance(self.env[model], self.env.registry["billing.configuration"]):
            return []
        # sudo: whatever company they belong to; archived ones are deleted, too
        parts = self.env[model].sudo().with_context(active_test=False).search(domain)
        return parts._find_users() if parts else []

    def _describe_users(self, model, domain):
        # sudo: somebody else's records hold it as well; only those that one may read are named
        users = self.env[model].sudo().with_context(active_test=False).search(domain)
        if not users:
            return ""
        named = users.with_env(self.env)._filtered_access("read")[:SHOWN]
        names = ", ".join(named.mapped("display_name"))
        more = len(users) - len(named)
        kind = users._description
        if not named:
            return self.env._("%(kind)s: %(count)s", kind=kind, count=more)
        if not more:
            return self.env._("%(kind)s: %(names)s", kind=kind, names=names)
        return self.env._("%(kind)s: %(names)s and %(count)s more", kind=kind, names=names, count=more)

    @api.model
    def _get_references(self):
        """Return [(model name, field)] of the stored references that our addons keep to this model."""
        return [
            (model_name, field)
            for model_name, model in sorted(self.env.registry.items())
            if not model._abstract and not model._transient and model._auto
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name == self._name
            and not field.related
            and (field._module or "").startswith("online_billing")
        ]
