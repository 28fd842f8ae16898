"""Which stored fields of a contact outlive an erasure: what is named here, and nothing else."""

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

#: what says nothing about who somebody is, and what the rows of others stand on
STRUCTURE = frozenset(
    (
        "active",
        "company_id",
        "country_id",  # reports sum up by it, and no address is left
        "is_company",
        "parent_id",
        "type",
        # where the ledger of the customer is kept
        "property_account_payable_id",
        "property_account_receivable_id",
    )
)
#: to whom a document is addressed, and how it is drawn again; with it go address and tax fields of any country
IDENTITY = frozenset(
    (
        "company_name",
        "company_registry",
        "customer_rank",
        "global_location_number",
        "lang",
        "name",
        "peppol_eas",
        "peppol_endpoint",
        "ref",
        "supplier_rank",
        "vat",
    )
)
#: by whichever name and of whichever country: how somebody is reached
REACHED_MARKS = ("email", "phone", "mobile")
COUNTRIES = "l10n_"
GONE = "…"  # in the place of a text that has to be there
#: by type: what says nothing in a field that has to have a value
NOTHING = {**dict.fromkeys(("char", "text", "html"), GONE), **dict.fromkeys(("integer", "float", "monetary"), 0)}


class BillingErasureFields(models.AbstractModel):
    """What another addon adds to a contact is erased, unless it adds it to one of the lists above.

    It extends `_is_structure` or `_is_identity` for that.
    """

    _name = "billing.erasure.fields"
    _description = "Fields of a Contact That Are Erased"

    @api.private
    def prepare_values(self, person, is_addressed):
        """Return the values that empty a contact; a second time there are none.

        :param person: the `res.partner` (elevated)
        :param is_addressed: whether a document that is kept is addressed to them
        :raise UserError: a field has to have a value, and nobody has said which one says nothing
        """
        values = {}
        for field in self._get_erased(person, is_addressed):
            if not person[field.name]:
                continue
            empty = self._get_empty(person, field) if field.required else False
            if person[field.name] != empty:
                values[field.name] = [(5,)] if field.type == "many2many" else empty
        if not is_addressed:
            name = self.env._("Erased %(number)s", number=person.id)
            values |= {"name": name} if person.name != name else {}
        return values

    @api.private
    def erase_settings(self, people, is_addressed):
        """Erase what each company has set for contacts by itself: what is left is what holds for everybody.

        :param people: `res.partner` (elevated)
        :param is_addressed: as above
        """
        names = [field.name for field in self._get_erased(people, is_addressed, of_companies=True)]
        if not names or not people:
            return
        people.flush_recordset(names)
        columns = SQL(", ").join(SQL("%s = NULL", SQL.identifier(name)) for name in names)
        self.env.cr.execute(SQL("UPDATE res_partner SET %s WHERE id IN %s", columns, tuple(people.ids)))
        people.invalidate_recordset(names)

    def _get_empty(self, person, field):
        """Return what stands in a field that has to have a value: its default, else what says nothing."""
        default = person.default_get([field.name]).get(field.name, NOTHING.get(field.type))
        if default is None:
            raise UserError(
                self.env._(
                    "“%(field)s” of %(contact)s has to have a value, and has no default that says nothing about them."
                    " Give the field a default, or let it be empty; then erase.",
                    field=field._description_string(self.env),
                    contact=person.display_name,
                )
            )
        return default

    # -- seams --------------------------------------------------------------------------------------------------------

    def _is_structure(self, people, field):
        """Tell whether a field stays for ever."""
        return field.name in STRUCTURE

    def _is_identity(self, people, field):
        """Tell whether a field stays as long as documents are kept that are addressed to the contact."""
        if any(mark in field.name for mark in REACHED_MARKS):
            return False
        return (
            field.name in IDENTITY
            or field.name in {*people._address_fields(), *people._formatting_address_fields()}
            or (field.name in people._commercial_fields() and not field.company_dependent)
            or (field._module or "").startswith(COUNTRIES)
        )

    # -- helpers ------------------------------------------------------------------------------------------------------

    def _get_erased(self, people, is_addressed, of_companies=False):
        """Return the stored fields that are emptied.

        :param of_companies: those of which every company has a value of its own, or else the others
        """
        return [
            field
            for field in people._fields.values()
            if self._is_written(field)
            and bool(field.company_dependent) == of_companies
            and field.name != "name"  # a contact has to have one
            and not self._is_structure(people, field)
            and not (is_addressed and self._is_identity(people, field))
        ]

    def _is_written(self, field):
        """Tell whether a field holds something itself; what is worked out of others follows them."""
        is_worked_out = bool(field.related) or (bool(field.compute) and field.readonly)
        return field.store and field.name not in models.MAGIC_COLUMNS and not is_worked_out and field.type != "one2many"
