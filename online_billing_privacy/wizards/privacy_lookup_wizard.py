import re

from odoo import api, models, tools
from odoo.fields import Domain
from odoo.tools import SQL

#: of ours, by whichever name: what a person is written to
ADDRESS_MARKS = ("email",)


class PrivacyLookupWizard(models.TransientModel):
    _inherit = "privacy.lookup.wizard"

    def _get_query(self):
        """Find what Odoo does not look at: links to several contacts, and those that go with the contact."""
        query, address = super()._get_query(), f"%{tools.email_normalize(self.email.strip())}%"
        for name, fields_of_model in self.get_billing_fields().items():
            model = self.env[name]
            conditions = [self._get_billing_condition(model, field, address) for field in fields_of_model.values()]
            query = SQL(
                # a row that Odoo has found already is not listed twice
                "%(query)s UNION SELECT %(model)s AS res_model_id, id AS res_id, %(active)s AS is_active FROM %(table)s"
                " WHERE %(conditions)s",
                query=query,
                model=self.env["ir.model"]._get_id(name),
                active=SQL.identifier("active") if "active" in model else True,
                table=SQL.identifier(model._table),
                conditions=SQL(" OR ").join(conditions),
            )
        return query

    def _find_billing_people(self, customers):
        """Return those of customers whom Odoo takes to be looked up, by name or address.

        :param customers: commercial `res.partner` (elevated)
        """
        address, name = tools.email_normalize(self.email.strip()), self.name.strip()
        known = Domain("email_normalized", "=", address) | Domain("name", "=ilike", _escape(name))
        people = customers.with_context(active_test=False)
        return people.search(known & Domain("commercial_partner_id", "in", customers.ids))

    @api.private
    def get_billing_fields(self):
        """Return {model: {name: field}} of the suite's stored links to contacts and addresses of them."""
        found = {}
        for name, model in self.env.items():
            if model._abstract or model._transient or not model._auto:
                continue
            own = {
                field.name: field
                for field in model._fields.values()
                if field.store and self._is_billing_field(model, field) and self._is_personal(field)
            }
            if own:
                found[name] = own
        return found

    def _is_billing_field(self, model, field):
        return any((owner or "").startswith("online_billing") for owner in (model._original_module, field._module))

    def _is_personal(self, field):
        if field.comodel_name == "res.partner":
            return field.type in ("many2one", "many2many")
        return field.type == "char" and any(mark in field.name for mark in ADDRESS_MARKS)

    def _get_billing_condition(self, model, field, address):
        people = SQL("(SELECT id FROM indirect_references)")
        if field.type == "many2many":
            return SQL(
                "id IN (SELECT %s FROM %s WHERE %s IN %s)",
                SQL.identifier(field.column1),
                SQL.identifier(field.relation),
                SQL.identifier(field.column2),
                people,
            )
        column = SQL.identifier(field.name)
        return SQL("%s IN %s", column, people) if field.type == "many2one" else SQL("%s ILIKE %s", column, address)


def _escape(name):
    """Return a pattern that only the name itself meets, in capital or small letters."""
    return re.sub(r"([\\%_])", r"\\\1", name)
