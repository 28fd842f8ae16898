"""Who refers to a record, in words; and why it cannot be deleted then, and what to do instead."""

from odoo import api, models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain

SHOWN = 3
#: rows that nobody knows by themselves: {model: the field that leads to what people know}
KNOWN_BY = {"billing.payment.attempt.line": "attempt_id"}


class BillingReferences(models.AbstractModel):
    _name = "billing.references"
    _description = "Who Refers to a Record"

    @api.private
    @tools.ormcache("name")
    def get_references(self, name):
        """Return [(model name, field)] of the stored references that our addons keep to a model.

        :param str name: of the model
        """
        return [
            (model_name, field)
            for model_name, model in sorted(self.env.registry.items())
            if not model._abstract and not model._transient and model._auto
            for field in model._fields.values()
            if field.type == "many2one"
            and field.store
            and field.comodel_name == name
            and not field.related
            and (field._module or "").startswith("online_billing")
        ]

    @api.private
    def describe(self, model, domain):
        """Return which records there are, as a text: "Billing Account: A1, A2, and 31 more"; none: an empty one.

        :param str model: name of a model
        :param Domain domain: of its records
        """
        rows = self.env[model].with_context(active_test=False)
        count = rows.sudo().search_count(domain)  # sudo: somebody else's records hold it as well; they are not named
        if not count:
            return ""
        found = rows.search(domain, limit=SHOWN) if rows.has_access("read") else rows
        named = found[KNOWN_BY[model]] if model in KNOWN_BY else found
        names, more, kind = ", ".join(named.mapped("display_name")), count - len(found), named._description
        if not names:
            return self.env._("%(kind)s: %(count)s", kind=kind, count=more)
        if not more:
            return self.env._("%(kind)s: %(names)s", kind=kind, names=names)
        return self.env._("%(kind)s: %(names)s and %(count)s more", kind=kind, names=names, count=more)

    @api.private
    def get_refusal(self, record, users, advice):
        """Return the error that says why a record is not deleted.

        :param list users: who refers to it, of :meth:`describe`
        :param str advice: what to do instead
        """
        return UserError(
            self.env._(
                "“%(record)s” cannot be deleted, because it is used: %(users)s. %(way)s",
                record=record.display_name,
                users="; ".join(users),
                way=advice,
            )
        )

    @api.private
    def check_unheld(self, records):
        """Refuse to delete what the database would refuse, whose own sentence says nothing to do.

        :raise UserError: something of ours refers to one of them for good
        """
        advice = self._get_advice()
        for model, field in self.get_references(records._name):
            if field.ondelete != "restrict":
                continue
            others = Domain("id", "not in", records.ids) if model == records._name else Domain.TRUE
            holding = self.env[model].sudo().with_context(active_test=False)  # sudo: whether any does
            if not holding.search_count(Domain(field.name, "in", records.ids) & others, limit=1):
                continue
            for record in records:
                if users := self.describe(model, Domain(field.name, "=", record.id) & others):
                    way = advice.get(f"{model}.{field.name}") or advice[records._name]
                    raise self.get_refusal(record, [users], way)

    def _get_advice(self):
        """Return {model of what is deleted, or the field that holds it: what to do}. An override adds its own."""
        _ = self.env._
        cancel = _("Cancel it instead of deleting it.")
        return {
            "account.move": cancel,
            "account.payment": cancel,
            "billing.account": _("Close it instead."),
            "billing.installment.plan": _("Delete the later one first."),
            "res.partner": _("Archive it instead."),
            "account.move.billing_credited_invoice_id": _(
                "Delete these, or reset them to draft and empty the field “Credits Invoice”, first."
            ),
        }
