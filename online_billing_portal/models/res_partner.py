from odoo import api, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def write(self, vals):
        """Take the roles from whoever belongs to the customer of an account no more; their links become useless."""
        res = super().write(vals)
        if vals.keys() & {"parent_id", "is_company"}:
            self.env["billing.account.member"].leave(self)
        return res

    @api.private
    def can_edit_vat(self):
        """Let a customer correct the tax number that they have entered themselves, while no document bears it."""
        return super().can_edit_vat() or self.env["billing.portal.profile"].may_correct_tax_number(self)

    def _can_be_edited_by_current_customer(self, **kwargs):
        """Let the people of a customer with billing accounts change themselves, and only owners change others.

        Bills and links go where an invoice address says: whoever may not decide for an account does not move it.
        """
        if not super()._can_be_edited_by_current_customer(**kwargs):
            return False
        person = self._get_current_partner(**kwargs)
        return self == person or self.env["billing.portal.access"].may_change_others(person)

    def _filter_editable_by_current_customer(self):
        """Return those of whom ``_can_be_edited_by_current_customer`` says yes, all of them in the same few queries."""
        person = self._get_current_partner()
        others, own = self - person, self & person
        if not others or not self.env["billing.portal.access"].may_change_others(person):
            return own
        # by the kinds of addresses for which Odoo has a form
        return own | self.search(
            [
                ("id", "in", others.ids),
                ("id", "child_of", person.commercial_partner_id.id),
                ("type", "in", ("invoice", "delivery", "other")),
            ]
        )
