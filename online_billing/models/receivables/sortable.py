from odoo import fields


class SortableMonetary(fields.Monetary):
    """A computed amount by which its model sorts; whether it can is not tried out each time a view is opened."""

    _description_sortable = True
