"""Fields that only the billing itself sets, with elevated rights; whoever else writes them is refused."""

from odoo.exceptions import AccessError


def refuse_service_fields(records, names, service_fields):
    """Refuse that somebody sets by hand what the billing keeps: states, and how far something has been billed.

    :param names: names of the fields that are being written
    :param service_fields: names of those that belong to the billing
    :raise AccessError: one of them is written without elevated rights
    """
    if not records.env.su and (refused := set(service_fields) & set(names)):
        raise AccessError(
            records.env._(
                "“%(fields)s” of “%(record)s” are set by the billing itself. Use the buttons of the form, or the public"
                " methods, which change them in step with everything that depends on them.",
                fields=", ".join(sorted(records._fields[name].string for name in refused)),
                record=records[:1].display_name or records._description,
            )
        )
