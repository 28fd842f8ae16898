"""Customers named in a file of accounts: found by name and address, or made."""

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import parse_contact_from_email


class BillingAccountImporting(models.AbstractModel):
    _name = "billing.account.importing"
    _description = "Import of Billing Accounts"

    @api.private
    def name_customers(self, data, place, log):
        """Return rows of a file in which customers stand as ids in the database.

        A customer is written as a name, or as `Name <address>`. One who is not there yet is made, so that the same file
        imported again finds them. Where several have the name, somebody has to say which.

        :param data: rows of a file
        :param int place: of the customer in each row
        :param log: what takes the messages of Odoo's importer
        """
        known, rows = {}, []
        for number, row in enumerate(data):
            text = " ".join(str(row[place] or "").split())
            if text and text not in known:
                known[text] = self._find_or_make(text)
            customers = known.get(text)
            if customers is not None and len(customers) != 1:
                log(self._get_message(number, text))
            found = str(customers.id) if customers is not None and len(customers) == 1 else ""
            rows.append([*row[:place], found, *row[place + 1 :]])
        return rows

    def _find_or_make(self, text):
        """Return the customer; several where nobody knows which is meant."""
        name, email = parse_contact_from_email(text)
        partners = self.env["res.partner"]
        own = Domain("name", "=", name or email)
        if email:
            own &= Domain("email_normalized", "=", email)
        found = partners.search(own, limit=2)
        return found or partners.create({"name": name or email, "email": email or False})

    def _get_message(self, number, text):
        return {
            "type": "error",
            "record": number,
            "rows": {"from": number, "to": number},
            "field": "partner_id",
            "message": self.env._(
                "Several customers are called “%(name)s”. Write the e-mail address behind the name, as in Name"
                " <name@example.com>, or use the External ID of the customer.",
                name=text,
            ),
        }
